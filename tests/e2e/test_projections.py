"""What is read, as its users read it: projections run, looked at and built anew; and what they are read for."""

import json
from pathlib import Path

import pytest

from tests.applications import application, line
from tests.e2e.test_cli import Liggare, liggare, run

__all__ = ["liggare"]


@pytest.fixture
def case(liggare: Liggare, tmp_path: Path) -> str:
    """A case under way, and two others of which one is refused."""
    file = tmp_path / "applications.jsonl"
    lines = [application(1), application(2, work=[]), application(3)]
    file.write_bytes(b"\n".join(map(line, lines)))
    liggare("import", "applications", str(file))
    decided = liggare("decide", "--on", "2025-04-20", "--json").rows
    granted = next(str(row["case"]) for row in decided if row["decision"] == "grant")
    for name, content in (
        ("assign_advisor", {"occurred_on": "2025-04-20", "advisor": "bo"}),
        ("start_engagement", {"occurred_on": "2025-04-27"}),
    ):
        assert liggare("do", name, granted, "--json", json.dumps(content)).status == 0
    return granted


def test_run_status_and_rebuild(liggare: Liggare, case: str) -> None:
    """Before anything runs there is nothing to read, which is said on one line with what to do."""
    unread = liggare("caseload")
    assert (unread.status, unread.err.count("\n")) == (2, 1)
    assert "run `liggare projections run`" in unread.err
    assert {row["version"] for row in liggare("projections", "status", "--json").rows} == {0}
    assert liggare("projections", "run", "--once").status == 0
    found = liggare("projections", "status", "--json").rows
    assert {(row["behind"], row["serves"], row["error"]) for row in found} == {(0, True, None)}
    assert liggare("projections", "status").out.count("\n") >= len(found)
    built = liggare("projections", "rebuild")
    assert (built.status, built.out.count("every row is the same")) == (0, len(found))
    assert [row["name"] for row in liggare("projections", "rebuild", "duties", "--json").rows] == ["duties"]
    wrong = liggare("projections", "rebuild", "nothing")
    assert (wrong.status, "no such projection; there are caseload, duties" in wrong.err) == (2, True)


def test_due_reads_the_same_with_and_without_projections(liggare: Liggare, case: str) -> None:
    scanned = liggare("due", "--on", "2025-06-15", "--json").rows
    liggare("projections", "run", "--once")
    assert liggare("due", "--on", "2025-06-15", "--json").rows == scanned != []
    expired = liggare("expire", "--on", "2026-06-15", "--json").rows
    assert [row["case"] for row in expired] == [case]
    assert liggare("expire", "--on", "2026-06-15", "--json").rows == []


@pytest.mark.long
def test_caseload(liggare: Liggare, case: str) -> None:
    liggare("projections", "run", "--once")
    rows = liggare("caseload", "--advisor", "bo", "--on", "2025-06-15", "--json").rows
    kinds = [row["kind"] for row in rows]
    assert (kinds, rows[0]["case"], rows[0]["office"], rows[0]["pace"]) == (
        ["case", "workload"],
        case,
        "umea",
        -1,
    )
    assert len(liggare("caseload", "--waits", "advisor", "--json").rows) >= 1
    assert "Workload" in liggare("caseload", "--office", "umea").out
    late = liggare("caseload", "--after", "999999")
    assert (late.status, "not at position 999999 within 5 s" in late.err) == (2, True)


def test_statistics_of_outcomes_and_decisions(liggare: Liggare, case: str) -> None:
    liggare("projections", "run", "--once")
    table = liggare("statistics", "outcomes", "--format", "csv", "--exact").out.splitlines()
    assert table[0] == "service,year,code,label_sv,label_en,supports,position"
    assert [row.split(",")[-2] for row in table[1:]] == ["1", "1"]
    codes = [row["code"] for row in liggare("statistics", "decisions", "--exact", "--json").rows]
    assert codes == ["grant", "refuse", "all", "WORK_CONDITION_NOT_MET"]
    assert "namn" in liggare("statistics", "outcomes").out


@pytest.mark.long
def test_requalification(liggare: Liggare, case: str) -> None:
    """Work went on until March 2025: of the twelve months before the grant none may be counted again."""
    liggare("projections", "run", "--once")
    asked = ("requalification", case, "--on", "2025-10-01")
    head, *months = liggare(*asked, "--json").rows
    assert (head["opens_on"], head["missing"]) == ("2026-04-21", 6)
    assert [row["status"] for row in months].count("counted") == 12
    why = liggare(*asked, "--month", "2025-03", "--json").rows[0]
    assert (why["clause"], why["case"], why["decided_on"]) == ("K-5.5-b", case, "2025-04-20")
    assert "carried the decision of 2025-04-20" in liggare(*asked, "--month", "2025-03").out
    assert "No earlier decision used it up" in liggare(*asked, "--month", "2020-01").out
    assert "New support opens on 2026-04-21" in liggare(*asked).out
    closed = liggare(*asked, "--no-sealed").out
    assert "The evidence was not opened" in closed
    liggare("erase-person", case, "--yes")
    liggare("projections", "run", "--once")
    head, *months = liggare(*asked, "--json").rows
    assert (head["missing"], {row["status"] for row in months}) == (None, {"counted"})


def test_employers(liggare: Liggare, case: str) -> None:
    liggare("projections", "run", "--once")
    assert liggare("employers", "--json").rows == []


def test_a_ledger_is_filled_with_fictional_cases(liggare: Liggare, tmp_path: Path) -> None:
    """Only an empty one, and only when a number is named; then everything reads it."""
    for words in ((), ("--seed", "7"), ("--cases", "3", "--then", "late")):
        unclear = liggare("synth", *words)
        assert (unclear.status, "name a folder to write to, or --cases alone" in unclear.err) == (2, True)
    used = liggare("synth", "--cases", "3")
    assert (used.status, "this ledger is in use; fictional cases go into an empty one" in used.err) == (
        2,
        True,
    )
    environment = {"LIGGARE_HOME": str(tmp_path / "filled"), "LIGGARE_DATABASE_URL": ""}
    assert run(environment, "upgrade").status == 0
    filled = run(environment, "synth", "--cases", "60", "--seed", "7")
    assert (filled.status, filled.out.startswith("60 fictional cases, ")) == (0, True)
    assert run(environment, "projections", "run", "--once").status == 0
    rows = run(environment, "caseload", "--on", "2025-08-01", "--json").rows
    assert {row["kind"] for row in rows} == {"case", "workload"}
    shown = run(environment, "caseload", "--on", "2025-08-01").out
    assert "ada.exempel " in shown, "not cut to the width of a terminal that is not there"
    assert "kronor" in run(environment, "employers").out


def test_nobody_is_not_the_same_as_nothing(liggare: Liggare) -> None:
    """Whoever was never in the register is a mistake in the question; one without cases has none."""
    liggare("projections", "run", "--once")
    for option, name in (("--advisor", "nobody"), ("--office", "oslo"), ("--team", "ost")):
        unknown = liggare("caseload", option, name)
        assert (unknown.status, f"{name} in the register; there are" in unknown.err) == (2, True)
    assert "No open cases, at position" in liggare("caseload", "--advisor", "bo").out
    assert "Nothing of employers is on record" in liggare("employers").out
    assert "No process keeps them up with the log" in liggare("projections", "status").out
