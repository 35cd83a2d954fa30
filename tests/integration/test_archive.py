"""An archive of the log: read as the database is, whole or refused with one line."""

import resource
import shutil
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path
from random import Random

import polars
import pytest

from ledger.faults import InputFault
from ledger.ledger import Ledger
from replays.archive import SUMS, Archived, ArchiveLog, archived_now, write_archive
from replays.drafts import whole_file
from replays.log import PARTITIONS, DatabaseLog, LogRow, partition_of
from replays.source import ledger_id
from tests.projected import meet, under_way
from tests.registers import hire

NOTE = "liggare/x\n7\nroot=\n\n— liggare/x åäö\n"


@pytest.fixture
def filled(ledger: Ledger) -> Ledger:
    """Four supports with a meeting each, beside the register's lines."""
    hire(ledger)
    for serial in range(1, 5):
        meet(ledger, under_way(ledger, serial), "2025-05-02")
    return ledger


@pytest.fixture
def archive(filled: Ledger, tmp_path: Path) -> Path:
    """An archive of them, with a checkpoint."""
    log, folder = DatabaseLog(filled), tmp_path / "archive"
    write_archive(folder, log, Archived(ledger_id(filled), log.newest(), NOTE))
    return folder


def refused(folder: Path) -> str:
    with pytest.raises(InputFault) as fault:
        ArchiveLog(folder)
    assert "\n" not in str(fault.value)
    return str(fault.value)


def signed(folder: Path) -> None:
    """Let the digests of an archive be those of its files, as whoever changes both would."""
    lines = []
    for number in range(PARTITIONS):
        name = f"partition-{number:02}.parquet"
        lines.append(f"{sha256((folder / name).read_bytes()).hexdigest()}  {name}\n")
    (folder / SUMS).write_text("".join(lines))


def test_an_archive_reads_as_the_database_does(filled: Ledger, archive: Path) -> None:
    """Every partition, to any position, of some topics or all: the same rows, byte for byte."""
    log, read = DatabaseLog(filled), ArchiveLog(archive)
    assert read.newest() == log.newest() > 20
    assert read.archived == Archived(ledger_id(filled), log.newest(), NOTE)
    count = 0
    for number in range(PARTITIONS):
        rows = log.partition(number, log.newest())
        count += len(rows)
        assert list(read.partition(number, log.newest())) == list(rows)
        assert {partition_of(row.case_id) for row in rows} <= {number}
        half = log.newest() // 2
        assert list(read.partition(number, half)) == list(log.partition(number, half))
        for topics in (["case.meeting_held", "case.no_such"], []):
            asked = list(read.partition(number, half * 2, topics))
            assert asked == list(log.partition(number, half * 2, topics))
    assert count == log.newest()


def test_an_archive_can_be_read_by_others(archive: Path) -> None:
    """With any reader of Parquet, and `sha256sum -c`: columns as the log's, and what it is of in the metadata."""
    frame = polars.concat([polars.read_parquet(file) for file in sorted(archive.glob("*.parquet"))])
    assert frame.columns == list(LogRow._fields)
    assert sorted(frame["position"]) == list(range(1, frame.height + 1))
    metadata = polars.read_parquet_metadata(archive / "partition-07.parquet")
    assert metadata["liggare.checkpoint"] == NOTE
    assert metadata["liggare.partition"] == "7"
    assert len((archive / SUMS).read_text().splitlines()) == PARTITIONS == len(list(archive.iterdir())) - 1


def test_nobody_else_may_read_it(archive: Path) -> None:
    """The clear part of the log tells of people who can be found again."""
    assert archive.stat().st_mode & 0o777 == 0o700


def test_what_is_sealed_stays_sealed(filled: Ledger, archive: Path) -> None:
    content = b"".join(row.state for number in range(64) for row in ArchiveLog(archive).partition(number, 99))
    assert b'"sealed"' in content
    assert "Påhittsson".encode() not in content


def test_an_empty_log_has_an_archive_too(tmp_path: Path) -> None:
    class Empty:
        def newest(self) -> int:
            return 0

        def partition(self, number: int, until: int, topics: Collection[str] | None = None) -> list[LogRow]:
            return []

    assert write_archive(tmp_path / "a", Empty(), Archived("x", 0)) == 0
    assert ArchiveLog(tmp_path / "a").archived == Archived("x", 0, None)
    assert ArchiveLog(tmp_path / "a").partition(5, 10) == []


def test_nothing_is_written_over(filled: Ledger, archive: Path, tmp_path: Path) -> None:
    """A folder that is there, a file, a link to nowhere: what is in them stays as it is."""
    before = {file.name: file.read_bytes() for file in archive.iterdir()}
    (tmp_path / "file").write_text("mine")
    (tmp_path / "link").symlink_to(tmp_path / "nowhere")
    for name in ("archive", "file", "link"):
        with pytest.raises(InputFault, match="replaces nothing"):
            write_archive(tmp_path / name, DatabaseLog(filled), Archived("x", 3))
    assert {file.name: file.read_bytes() for file in archive.iterdir()} == before
    assert {path.name for path in tmp_path.iterdir()} >= {"archive", "file", "link"}
    assert not list(tmp_path.glob(".*archive*"))


def test_stopped_or_failed_it_leaves_nothing(filled: Ledger, tmp_path: Path) -> None:
    """As far as it had come, it was beside its place and goes."""
    steps = iter(range(3))
    with pytest.raises(StopIteration):
        write_archive(tmp_path / "a", DatabaseLog(filled), Archived("x", 99), lambda: next(steps))
    assert not list(tmp_path.iterdir())
    with pytest.raises(InputFault, match="there is no folder"):
        write_archive(tmp_path / "no" / "a", DatabaseLog(filled), Archived("x", 99))


def test_a_folder_made_meanwhile_is_not_taken(filled: Ledger, tmp_path: Path) -> None:
    with pytest.raises(InputFault, match="replaces nothing"):
        write_archive(
            tmp_path / "a",
            DatabaseLog(filled),
            Archived("x", 99),
            lambda: (tmp_path / "a").mkdir(exist_ok=True),
        )
    assert list((tmp_path / "a").iterdir()) == []


def test_a_file_made_meanwhile_is_not_taken(tmp_path: Path) -> None:
    theirs = tmp_path / "a"
    with pytest.raises(InputFault, match="replaces nothing"), whole_file(theirs) as file:
        file.write(theirs.write_text("theirs").to_bytes())
    assert theirs.read_text() == "theirs"
    assert len(list(tmp_path.iterdir())) == 1


@contextmanager
def no_file_over(size: int) -> Iterator[None]:
    """Let no file of this process grow larger: what it writes fails then, as on a disk that is full."""
    before, most = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, most))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (before, most))


def test_a_disk_that_is_full_is_told(filled: Ledger, tmp_path: Path) -> None:
    with pytest.raises(InputFault, match="a: can't be written: File too large"), no_file_over(4096):
        write_archive(tmp_path / "a", DatabaseLog(filled), Archived("x", 99))
    assert not list(tmp_path.iterdir())


def gone(folder: Path) -> None:
    (folder / "partition-09.parquet").unlink()


def without_digests(folder: Path) -> None:
    (folder / SUMS).unlink()


def cut(folder: Path) -> None:
    file = folder / "partition-09.parquet"
    file.write_bytes(file.read_bytes()[:-1])


def emptied(folder: Path) -> None:
    (folder / "partition-09.parquet").write_bytes(b"")


def is_a_folder(folder: Path) -> None:
    gone(folder)
    (folder / "partition-09.parquet").mkdir()


def taken_away(folder: Path) -> None:
    shutil.rmtree(folder)


def swapped(folder: Path) -> None:
    shutil.copy(folder / "partition-08.parquet", folder / "partition-09.parquet")
    signed(folder)


def no_parquet(folder: Path) -> None:
    (folder / "partition-09.parquet").write_text("PAR1 or so")
    signed(folder)


def strange_parquet(folder: Path) -> None:
    polars.DataFrame({"a": [1]}).write_parquet(folder / "partition-09.parquet")
    signed(folder)


@pytest.mark.parametrize(
    ("harm", "told"),
    [
        (gone, "partition-09.parquet: no such file"),
        (without_digests, "SHA256SUMS: no such file"),
        (taken_away, "SHA256SUMS: no such file"),
        (cut, "partition-09.parquet: cut short, changed"),
        (emptied, "partition-09.parquet: cut short, changed"),
        (is_a_folder, "partition-09.parquet: can't be read: Is a directory"),
        (swapped, "partition-09.parquet: no partition 9 of an archive"),
        (no_parquet, "partition-09.parquet: no Parquet file"),
        (strange_parquet, "partition-09.parquet: no partition 9 of an archive"),
    ],
)
def test_an_archive_that_is_not_whole_is_refused(
    archive: Path, harm: Callable[[Path], None], told: str
) -> None:
    harm(archive)
    said = refused(archive)
    assert told in said


@pytest.mark.parametrize(
    ("other", "told"),
    [
        (Archived("another", 24, NOTE), "of another ledger"),
        (Archived("", 23, NOTE), "up to position 23, and the archive's first file up to"),
        (Archived("", 24, None), "with another checkpoint"),
    ],
)
def test_a_file_of_another_archive_is_refused(
    filled: Ledger, archive: Path, tmp_path: Path, other: Archived, told: str
) -> None:
    """By its digest; and where the digests were made anew, by what the file says of itself."""
    own = ArchiveLog(archive).archived
    position = own.position if other.position == 24 else 23
    other = other._replace(ledger_id=other.ledger_id or own.ledger_id, position=position)
    write_archive(tmp_path / "other", DatabaseLog(filled), other)
    shutil.copy(tmp_path / "other" / "partition-09.parquet", archive)
    assert "cut short, changed or of another archive" in refused(archive)
    signed(archive)
    assert f"partition-09.parquet: {told}" in refused(archive)


def test_columns_that_are_not_the_logs_are_told(archive: Path) -> None:
    """Only who makes an archive by hand comes that far."""
    file = archive / "partition-09.parquet"
    metadata = polars.read_parquet_metadata(file)
    ours = {name: text for name, text in metadata.items() if name.startswith("liggare.")}
    polars.DataFrame({"position": [1]}).write_parquet(file, metadata=ours)
    signed(archive)
    with pytest.raises(InputFault, match="no Parquet file with the log's columns"):
        ArchiveLog(archive).partition(9, 1)


def test_a_changed_byte_anywhere_is_noticed(archive: Path) -> None:
    """Before the file is read as Parquet, whose readers may ask for all the memory there is."""
    number = max(
        range(PARTITIONS), key=lambda number: (archive / f"partition-{number:02}.parquet").stat().st_size
    )
    file = archive / f"partition-{number:02}.parquet"
    content, random = file.read_bytes(), Random(5)
    for _ in range(50):
        at = random.randrange(len(content))
        other = bytes([content[at] ^ random.randrange(1, 256)])
        file.write_bytes(content[:at] + other + content[at + 1 :])
        assert f"{file.name}: cut short, changed" in refused(archive)
    file.write_bytes(content)
    assert ArchiveLog(archive).newest() > 0


def test_the_newest_checkpoint_up_to_the_position_goes_along(filled: Ledger) -> None:
    """A later one would say more than the archive holds."""
    assert archived_now(filled, "x", 9) == Archived("x", 9, None)
    with filled.own_connection() as connection:
        for size in (4, 8, 12):
            connection.execute(
                "INSERT INTO liggare_proof.checkpoint (tree, size, position, sealed_at, note)"
                " VALUES ('events', %(size)s, %(size)s, now(), %(note)s)",
                {"size": size, "note": f"note {size}"},
            )
    assert archived_now(filled, "x", 9) == Archived("x", 9, "note 8")


def test_at_most_one_partition_is_held(tmp_path: Path) -> None:
    """The next is not asked for before the one before it is written."""
    written: list[int] = []

    class Watched:
        def newest(self) -> int:
            return 0

        def partition(
            self, number: int, until: int, topics: Collection[str] | None = None
        ) -> Sequence[LogRow]:
            [draft] = tmp_path.iterdir()
            written.append(len(list(draft.iterdir())))
            return []

    write_archive(tmp_path / "a", Watched(), Archived("x", 0))
    assert written == list(range(PARTITIONS))
