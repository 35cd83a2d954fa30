"""What the work queue is read for: reminders, and the supports to expire. None where it has not caught up."""

from datetime import date
from typing import Any
from uuid import UUID

from domain.deadlines import DEADLINES
from ledger.ledger import Ledger
from ledger.queries import queries
from projections.states import caught_up

SQL = queries("projections", "readers.sql")


def due_until(ledger: Ledger, until: date, advisor: str | None = None) -> list[dict[str, Any]] | None:
    """Return what is due until a day, the earliest first, in words too."""
    return duties(ledger, until, advisor) if caught_up(ledger, "duties") else None


def duties(ledger: Ledger, until: date, advisor: str | None = None) -> list[dict[str, Any]]:
    """Return what is due until a day as far as the work queue reaches."""
    return [
        {
            "case": str(row["source"]),
            "advisor": row["advisor"],
            "code": row["code"],
            "due_on": row["due_on"].isoformat(),
            "clause": row["clause"],
            "sv": DEADLINES[row["code"]][0],
            "en": DEADLINES[row["code"]][1],
        }
        for row in ledger.select(SQL["due_until"], until=until, advisor=advisor)
    ]


def to_expire(ledger: Ledger, today: date) -> list[UUID] | None:
    """Return the cases whose agreed end has passed without a result, the earliest first."""
    if not caught_up(ledger, "duties"):
        return None
    return [row["case_id"] for row in ledger.select(SQL["ends_before"], today=today)]
