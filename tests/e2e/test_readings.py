"""Who has looked at a case, as an officer asks for it, and its proof as an auditor does."""

from pathlib import Path

import psycopg
import pytest

from tests.applications import application, line
from tests.e2e import test_cli

liggare = test_cli.liggare
"""The fixture: the command line on a ledger of its own."""


def test_who_has_looked_at_a_case(
    liggare: test_cli.Liggare,
    environment: dict[str, str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Each look with what it showed, the asking itself too; sealed by the run, tried by `verify`."""
    monkeypatch.setenv("LIGGARE_PUBLISH", str(tmp_path / "notes"))
    file = tmp_path / "applications.jsonl"
    file.write_bytes(line(application()))
    liggare("import", "applications", str(file))
    case = str(liggare("decide", "--on", "2025-04-20", "--json").rows[0]["case"])
    liggare("case", case, "--actor", "case_officer:eva", "--purpose", "begäran [17/]")
    liggare("replay", case)
    rows = liggare("readings", case, "--actor", "case_officer:bo", "--json").rows
    assert [(row["number"], row["command"], row["purpose"], row["policy"]) for row in rows] == [
        (1, "case", "begäran [17/]", None),
        (2, "replay", None, None),
        (3, "readings", None, None),
    ]
    assert [row["fields"] for row in rows[1:]] == [["history", "decisions", "state"], ["readings"]]
    assert {"person", "history"} < set(rows[0]["fields"])  # type: ignore[call-overload]
    assert (rows[0]["case"], rows[2]["actor"]) == (case, "case_officer:bo")
    shown = liggare("readings", case[:8])
    assert (shown.status, shown.err) == (0, "")
    assert "begäran [17/]" in shown.out
    assert len([row for row in shown.out.splitlines() if " readings " in row]) == 2
    assert "4 readings are not sealed yet" in liggare("verify").out
    assert liggare("projections", "run", "--once").status == 0
    done = liggare("verify")
    assert done.status == 0, done.err
    assert "4 readings hashed, 4 readings sealed, 2 checkpoints of readings" in done.out
    with psycopg.connect(environment["LIGGARE_DATABASE_URL"], autocommit=True) as connection:
        connection.execute("SET session_replication_role = replica")
        connection.execute("DELETE FROM liggare.reading WHERE number = 2")
    done = liggare("verify")
    assert done.status == 1
    said = "reading: 1 reading that was sealed is gone from the log of readings, between readings 1 and 3"
    assert said in done.err


def test_readings_of_no_case(liggare: test_cli.Liggare) -> None:
    done = liggare("readings", "abcd1234")
    assert (done.status, done.out, len(done.err.splitlines())) == (2, "", 1)
