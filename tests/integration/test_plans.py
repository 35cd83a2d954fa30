"""How the database reads what is asked for often: by indexes, never by going through all cases."""

import re
from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest

from benchmarks.ledgers import advisor, fill
from ledger.ledger import Ledger
from ledger.settings import Settings
from projections.work_queue import SQL
from tests.projected import Connection, catch_up

DAY = date(2025, 6, 15)


@pytest.fixture
def connection(ledger: Ledger, settings: Settings) -> Iterator[Connection]:
    """A ledger of 2,000 cases whose tables the planner knows."""
    fill(ledger, str(settings.database_url), 16_000)
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
    case = connection.execute("SELECT source FROM liggare_read.open_case LIMIT 1").fetchone()
    assert case
    asked: dict[str, dict[str, Any]] = {
        "caseload": {"advisors": [advisor(3)], "day": DAY, "waits_for": None},
        "workload": {"advisors": [advisor(3)], "day": DAY},
        "due_until": {"until": date(2025, 5, 1), "advisor": advisor(3)},
        "ends_before": {"today": date(2025, 5, 1)},
        "carried_grants": {"case": case["source"], "day": DAY},
        "advisors_of_case": {"case": case["source"]},
        "cases_of_advisor": {"advisor": advisor(3)},
    }
    found = {name: scanned(connection, name, **values) for name, values in asked.items()}
    assert set().union(*found.values()) <= {"place_of_staff"}, found  # as small as the staff is


def test_a_scan_would_be_seen(connection: Connection) -> None:
    """Vacuous without: all cases of everybody are read by going through the table."""
    everybody = {"advisors": None, "day": DAY, "waits_for": None}
    assert "open_case" in scanned(connection, "caseload", **everybody)
