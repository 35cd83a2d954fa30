"""Projections in tests: run to the log's end, and read whole."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

import psycopg
from psycopg.rows import DictRow

from ledger.ledger import Ledger
from projections.catalogue import PROJECTIONS
from projections.projection import Projection
from projections.runner import Runner
from tests.applications import TODAY, command, received

Connection = psycopg.Connection[DictRow]


def catch_up(
    connection: Connection, size: int = 1000, projections: Sequence[Projection] = PROJECTIONS
) -> list[str]:
    """Run projections to the log's end, and return what was told."""
    told: list[str] = []
    runner = Runner(connection, projections, told.append, size)
    assert runner.lead(wait=False)
    runner.catch_up()
    return told


def all_rows(ledger: Ledger, projections: Sequence[Projection] = PROJECTIONS) -> dict[str, list[str]]:
    """Every row of some projections, in one order."""
    return {
        table.name: sorted(
            str(list(row.values())) for row in ledger.select(f"SELECT * FROM liggare_read.{table.name}")
        )
        for one in projections
        for table in one.tables
    }


def under_way(ledger: Ledger, serial: int = 1, advisor: str = "bo", **changes: Any) -> UUID:
    """A case whose support has begun, with an advisor: four events."""
    case_id = received(ledger, serial, **changes)
    ledger.execute(case_id, command("decide", "2025-04-20"), TODAY)
    ledger.execute(case_id, command("assign_advisor", "2025-04-20", advisor=advisor), TODAY)
    ledger.execute(case_id, command("start_engagement", "2025-04-27"), TODAY)
    return case_id


def meet(ledger: Ledger, case_id: UUID, on: str, **content: Any) -> Any:
    """A meeting is held; what it led to is returned."""
    return ledger.execute(case_id, command("hold_meeting", on, **{"mode": "digital"} | content), TODAY)
