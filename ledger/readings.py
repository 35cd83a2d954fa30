"""Who has read a case: an entry each time its content is shown, written before it is, and never changed.

An entry waits for no writer: it takes none of the log's locks.
"""

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import NamedTuple
from uuid import UUID

from ledger.queries import queries
from ledger.reading import LedgerReader

SQL = queries("ledger.sql", "readings.sql")


class Reading(NamedTuple):
    """One look at a case: when, who, what was asked for, and what for, if that was told."""

    read_at: datetime
    actor: str
    command: str
    purpose: str | None


def record_reading(
    ledger: LedgerReader, case_ids: Iterable[UUID], actor: str, command: str, purpose: str | None = None
) -> None:
    """Record that cases are read, before anything of them is shown; stored clear, without personal data."""
    ledger.select(SQL["add_readings"], cases=list(case_ids), actor=actor, command=command, purpose=purpose)


def readings_of(ledger: LedgerReader, case_id: UUID) -> list[Reading]:
    """Return who has read a case, the first reader first."""
    return [
        Reading(row["read_at"].astimezone(UTC), row["actor"], row["command"], row["purpose"])
        for row in ledger.select(SQL["readings"], case=case_id)
    ]
