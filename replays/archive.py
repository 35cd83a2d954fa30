"""An archive of the log: a folder of Parquet files, one a partition, so that a case lies whole in one of them.

Every file says in its metadata which ledger it is of, up to which position, and the newest signed checkpoint's
text. Events are kept byte for byte as they are stored: what is sealed stays sealed. `SHA256SUMS` names each file's
digest, as `sha256sum -c` reads it: a file that is cut short or damaged is noticed before it is read.
"""

from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from hashlib import file_digest, sha256
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple
from uuid import UUID

from ledger.faults import InputFault
from ledger.reading import LedgerReader
from ledger.tree import SQL
from replays.drafts import sync, whole_folder
from replays.log import PARTITIONS, Log, LogRow

if TYPE_CHECKING:
    from polars import DataFrame

FORMAT = "1"
"""The shape of an archive: raised when its columns or metadata change."""
SUMS = "SHA256SUMS"
TAKE_WHOLE = "an archive is read whole, as it was exported: take it from its backup, or export it anew"


class Archived(NamedTuple):
    """What an archive says of itself: whose log it is, up to which position, and a checkpoint as it was signed."""

    ledger_id: str
    position: int
    checkpoint: str | None = None


def archived_now(ledger: LedgerReader, ledger_id: str, position: int) -> Archived:
    """Return what an archive of a ledger up to a position says of itself."""
    notes = ledger.select(SQL["checkpoint_before"], position=position)
    return Archived(ledger_id, position, notes[0]["note"] if notes else None)


def write_archive(
    folder: Path, log: Log, archived: Archived, step: Callable[[], object] = lambda: None
) -> int:
    """Write the log up to a position into a new folder, whole or not at all; return how many events that is.

    One partition is held in memory at a time. Raises `InputFault` where the folder is there already.
    """
    events, sums = 0, list[str]()
    with whole_folder(folder) as draft:
        for number in range(PARTITIONS):
            rows = log.partition(number, archived.position)
            content = _parquet(rows, _metadata(number, archived))
            _write(draft / _name(number), content)
            sums.append(f"{sha256(content).hexdigest()}  {_name(number)}\n")
            events += len(rows)
            step()
        _write(draft / SUMS, "".join(sums).encode())
    return events


def _write(path: Path, content: bytes) -> None:
    with path.open("xb") as file:
        file.write(content)
        sync(file)


def _name(number: int) -> str:
    return f"partition-{number:02}.parquet"


def _metadata(number: int, archived: Archived) -> dict[str, str]:
    """Return what a file says of itself and of the archive that it is a part of."""
    said = {
        "format": FORMAT,
        "ledger": archived.ledger_id,
        "position": str(archived.position),
        "partition": str(number),
        "partitions": str(PARTITIONS),
    }
    if archived.checkpoint is not None:
        said["checkpoint"] = archived.checkpoint
    return {f"liggare.{name}": text for name, text in said.items()}


def _parquet(rows: Sequence[LogRow], metadata: dict[str, str]) -> bytes:
    """Return a partition as the bytes of a Parquet file."""
    import polars  # noqa: PLC0415 - takes a tenth of a second, which only an archive is worth

    frame = polars.DataFrame(
        [
            polars.Series("position", [row.position for row in rows], polars.Int64),
            polars.Series("case_id", [row.case_id.bytes for row in rows], polars.Binary),
            polars.Series("version", [row.version for row in rows], polars.Int64),
            polars.Series("topic", [row.topic for row in rows], polars.String),
            polars.Series("state", [row.state for row in rows], polars.Binary),
            polars.Series("recorded_at", [row.recorded_at for row in rows], polars.Datetime("us", "UTC")),
        ]
    )
    content = BytesIO()
    frame.write_parquet(content, metadata=metadata)
    return content.getvalue()


class ArchiveLog:
    """The log in an archive, read as the one in the database is."""

    def __init__(self, folder: Path) -> None:
        """Look every file through; raise `InputFault` where they are not one whole archive as it was written."""
        self._folder = folder
        sums = _sums(folder / SUMS)
        said = [_said(folder / _name(number), number, sums) for number in range(PARTITIONS)]
        for number, other in enumerate(said):
            if other != said[0]:
                raise InputFault(f"{folder / _name(number)}: {_apart(other, said[0])}; {TAKE_WHOLE}")
        self.archived = said[0]

    def newest(self) -> int:
        """Return the position of the last event, 0 where there is none."""
        return self.archived.position

    def partition(self, number: int, until: int, topics: Collection[str] | None = None) -> Sequence[LogRow]:
        """Return a partition's events up to a position, of some topics or all, case by case in their order."""
        return [
            LogRow(position, UUID(bytes=case_id), version, topic, state, recorded_at)
            for position, case_id, version, topic, state, recorded_at in self._frame(
                number, until, topics
            ).iter_rows()
        ]

    def _frame(self, number: int, until: int, topics: Collection[str] | None) -> "DataFrame":
        import polars  # noqa: PLC0415

        file = self._folder / _name(number)
        with _readable(file):
            found = polars.scan_parquet(file, glob=False).select(LogRow._fields)
            found = found.filter(polars.col("position") <= until)
            if topics is not None:
                found = found.filter(polars.col("topic").is_in(list(topics)))
            return found.collect()


def _sums(file: Path) -> dict[str, str]:
    """Return the digests that an archive names, by the names of its files."""
    with _readable(file):
        text = file.read_bytes().decode("ascii", "replace")
    return {name: digest for digest, _, name in (line.partition("  ") for line in text.splitlines())}


def _said(file: Path, number: int, sums: dict[str, str]) -> Archived:
    """Return what a file says of the archive that it is a part of; it is as it was written."""
    import polars  # noqa: PLC0415

    with _readable(file):
        with file.open("rb") as opened:
            if file_digest(opened, "sha256").hexdigest() != sums.get(file.name):
                raise InputFault(f"{file}: cut short, changed or of another archive ({SUMS}); {TAKE_WHOLE}")
        metadata = polars.read_parquet_metadata(file)
    said = {name.removeprefix("liggare."): text for name, text in metadata.items()}
    shape = said.get("format"), said.get("partition"), said.get("partitions")
    if shape != (FORMAT, str(number), str(PARTITIONS)):
        raise InputFault(f"{file}: no partition {number} of an archive of this shape; {TAKE_WHOLE}")
    return Archived(said["ledger"], int(said["position"]), said.get("checkpoint"))


def _apart(other: Archived, first: Archived) -> str:
    """Return what tells a file from the first one of its folder."""
    if other.ledger_id != first.ledger_id:
        return "of another ledger than the archive's first file"
    if other.position != first.position:
        return f"up to position {other.position}, and the archive's first file up to {first.position}"
    return "with another checkpoint than the archive's first file"


@contextmanager
def _readable(file: Path) -> Iterator[None]:
    """Say on one line why a file can't be read."""
    from polars.exceptions import PolarsError  # noqa: PLC0415

    try:
        yield
    except FileNotFoundError:
        raise InputFault(f"{file}: no such file; {TAKE_WHOLE}") from None
    except OSError as error:
        raise InputFault(f"{file}: can't be read: {error.strerror or error}") from None
    except PolarsError:
        raise InputFault(f"{file}: no Parquet file with the log's columns; {TAKE_WHOLE}") from None
