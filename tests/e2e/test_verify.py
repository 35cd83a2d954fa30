"""`liggare verify` as an auditor runs it: sound, changed, since a checkpoint, from an archive."""

from pathlib import Path

import psycopg
import pytest

from tests.applications import application, line
from tests.e2e.test_cli import Liggare, liggare

__all__ = ["liggare"]


@pytest.fixture
def published(liggare: Liggare, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Two cases, one decided; sealed and published twice, in between and after."""
    file = tmp_path / "notes"
    monkeypatch.setenv("LIGGARE_PUBLISH", str(file))
    applications = tmp_path / "applications.jsonl"
    applications.write_bytes(line(application(1)) + b"\n" + line(application(2)))
    liggare("import", "applications", str(applications))
    assert liggare("projections", "run", "--once").status == 0
    liggare("decide", "--on", "2025-04-20")
    assert liggare("projections", "run", "--once").status == 0
    return file


def test_sound_since_and_from_an_archive(liggare: Liggare, published: Path, tmp_path: Path) -> None:
    done = liggare("verify")
    assert (done.status, "Everything is as it was signed" in done.out) == (0, True), done.err
    first = tmp_path / "first"
    first.write_text(published.read_text().split("\n\n\n")[0].lstrip("\n") + "\n")
    whole, later = (
        liggare("verify", *words, "--json").rows[-1]["verified"] for words in ((), ("--since", str(first)))
    )
    assert isinstance(whole, dict)
    assert isinstance(later, dict)
    assert whole["decisions"] == later["decisions"] == 2
    assert later["events hashed"] == 2 < whole["events hashed"]
    assert liggare("export", "parquet", str(tmp_path / "archive")).status == 0
    archived = liggare("verify", "--from", str(tmp_path / "archive"), "--processes", "2", "--json").rows[-1]
    assert archived["faults"] == 0
    assert isinstance(archived["verified"], dict)
    assert archived["verified"] | {"commands": 0} == whole | {"commands": 0}
    more = tmp_path / "more.jsonl"
    more.write_bytes(line(application(3)))
    liggare("import", "applications", str(more))
    assert liggare("projections", "run", "--once").status == 0
    older = liggare("verify", "--from", str(tmp_path / "archive"))
    assert older.status == 0, older.err


@pytest.mark.usefixtures("published")
def test_what_was_changed_is_named(liggare: Liggare, environment: dict[str, str]) -> None:
    """Exit status 1, a line a fault; the same as JSON."""
    with psycopg.connect(environment["LIGGARE_DATABASE_URL"], autocommit=True) as connection:
        connection.execute("SET session_replication_role = replica")
        connection.execute(
            "UPDATE liggare.case_events SET state = state || ' '::bytea "
            "WHERE originator_version = 2 AND topic = 'case.eligibility_assessed'"
        )
    done = liggare("verify")
    assert done.status == 1
    assert "(case.eligibility_assessed, number 2 of case" in done.err
    assert "is not as it was sealed" in done.err
    rows = liggare("verify", "--json").rows
    assert rows[-1]["faults"] == len(rows) - 1
    assert {row["fault"] for row in rows[:-1]} == {"event", "checkpoint"}


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (None, "can't be read"),
        (b"\xff", "no text"),
        (b"hello\n", "not a signed note"),
        (b"", "not a signed note"),
    ],
)
def test_a_checkpoint_that_is_none(liggare: Liggare, tmp_path: Path, content: bytes | None, why: str) -> None:
    file = tmp_path / "note"
    if content is not None:
        file.write_bytes(content)
    done = liggare("verify", "--since", str(file))
    assert (done.status, done.out, len(done.err.splitlines())) == (2, "", 1)
    assert why in done.err
