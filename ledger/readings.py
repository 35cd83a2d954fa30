"""Who has read what of whom: an entry each time content is shown, written before it is, and never changed.

An entry waits for no writer: it takes none of the log's locks. It is durable when the call returns; what threads
record at the same time shares a transaction. The entries have a tree and checkpoints of their own, as events have.
"""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import NamedTuple
from uuid import UUID

from ledger.reading import READINGS_SQL, LedgerReader


class Reading(NamedTuple):
    """One look at a case: its number, when, who, what was asked for, which parts of the content that showed, what
    for, if that was told, and by which rule it was allowed, where one was asked.
    """

    number: int
    read_at: datetime
    actor: str
    command: str
    fields: tuple[str, ...]
    purpose: str | None
    policy: str | None


def record_reading(
    ledger: LedgerReader,
    case_ids: Iterable[UUID],
    actor: str,
    command: str,
    purpose: str | None = None,
    *,
    fields: Sequence[str] = (),
    policy: str | None = None,
) -> None:
    """Record that cases are read, before anything of them is shown; stored clear, without personal data."""
    ledger.put_on_record([_row(case_id, actor, command, purpose, fields, policy) for case_id in case_ids])


def record_search(
    ledger: LedgerReader,
    actor: str,
    command: str,
    purpose: str | None = None,
    *,
    fields: Sequence[str] = (),
    policy: str | None = None,
) -> None:
    """Record a search or a list, which is on no single case, before anything of it is shown."""
    ledger.put_on_record([_row(None, actor, command, purpose, fields, policy)])


def _row(
    case_id: UUID | None,
    actor: str,
    command: str,
    purpose: str | None,
    fields: Sequence[str],
    policy: str | None,
) -> dict[str, object]:
    return {
        "case_id": case_id,
        "actor": actor,
        "command": command,
        "fields": list(fields),
        "purpose": purpose,
        "policy": policy,
    }


def readings_of(ledger: LedgerReader, case_id: UUID) -> list[Reading]:
    """Return who has read a case, the first reader first."""
    return [
        Reading(**row | {"read_at": row["read_at"].astimezone(UTC), "fields": tuple(row["fields"])})
        for row in ledger.select(READINGS_SQL["readings"], case=case_id)
    ]
