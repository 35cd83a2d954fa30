"""How the database reads what is asked for often: by indexes, never by going through all cases."""

import re
from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest

from benchmarks.ledgers import fill
from ledger.ledger import Ledger
from ledger.synthetic import filling
from projections.work_queue import SQL
from tests.projected import Connection, catch_up

DAY = date(2025, 8, 1)
ALL: dict[str, Any] = {"limit": None, "offset": 0}


@pytest.fixture
def connection(ledger: Ledger, monkeypatch: pytest.MonkeyPatch) -> Iterator[Connection]:
    """A ledger of 4,000 fictional cases, eighty a branch; a hundred were made by commands. The planner knows it."""
    monkeypatch.setattr(filling, "CASES_A_BRANCH", 80)
    fill(ledger, 60_000, originals=100)
    with ledger.own_connection() as opened:
        catch_up(opened)
        opened.execute("ANALYZE")
        yield opened


def scanned(connection: Connection, name: str, **values: Any) -> set[str]:
    """The tables that a statement goes through from one end to the other."""
    plan = connection.execute(f"EXPLAIN {SQL[name]}", values).fetchall()
    text = "\n".join(str(row["QUERY PLAN"]) for row in plan)
    return set(re.findall(r"Seq Scan on (\w+)", text))


def test_by_indexes(connection: Connection) -> None:
    few = connection.execute(
        "SELECT advisor FROM liggare_read.open_case WHERE advisor IS NOT NULL"
        " GROUP BY advisor ORDER BY count(*), advisor LIMIT 1"
    ).fetchone()
    case = connection.execute("SELECT source FROM liggare_read.open_case LIMIT 1").fetchone()
    assert few  # for one with many of the few cases here, going through all would be right
    assert case
    name = few["advisor"]
    asked: dict[str, dict[str, Any]] = {
        "caseload": {"advisors": [name], "day": DAY, "waits_for": None, "nobodys": False, **ALL},
        "workload": {"advisors": [name], "day": DAY, "nobodys": False},
        "due_until": {"until": date(2024, 10, 1), "advisor": name},
        "ends_before": {"today": date(2024, 10, 1)},
        "carried_grants": {"case": case["source"], "day": DAY},
        "advisors_of_case": {"case": case["source"]},
        "cases_of_advisor": {"advisor": name},
    }
    found = {query: scanned(connection, query, **values) for query, values in asked.items()}
    assert set().union(*found.values()) <= {"place_of_staff"}, found  # as small as the staff is
    everybody = {"advisors": None, "day": DAY, "waits_for": None, "nobodys": False, **ALL}
    assert "open_case" in scanned(connection, "caseload", **everybody), "vacuous: a scan would not be seen"
