"""The whole log, as replays over all history read it: in partitions, each case whole in one of them.

A partition follows from the case's id alone, so that the database and an archive of files give the same one.
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, NamedTuple, Protocol
from uuid import UUID

from domain.events import PersonErased
from domain.history import Entry
from ledger.queries import queries
from ledger.reading import LedgerReader

SQL = queries("replays", "log.sql")
PARTITIONS = 64
"""Into how many parts the log is divided: what is lost at the most when a replay is stopped is one of them."""


class LogRow(NamedTuple):
    """An event as it is stored: its position, its case and which of the case's events it is, and when it came."""

    position: int
    case_id: UUID
    version: int
    topic: str
    state: bytes
    recorded_at: datetime


def partition_of(case_id: UUID) -> int:
    """Return the number of the partition in which a case lies."""
    return case_id.bytes[-1] % PARTITIONS


class Log(Protocol):
    """Where the log is read from: the database, or an archive of it."""

    def newest(self) -> int:
        """Return the position of the last event, 0 where there is none."""

    def partition(self, number: int, until: int, topics: Collection[str] | None = None) -> Sequence[LogRow]:
        """Return a partition's events up to a position, of some topics or all, case by case in their order."""


class DatabaseLog:
    """The log in the ledger's database."""

    def __init__(self, ledger: LedgerReader) -> None:
        self._ledger = ledger
        self._positions: dict[tuple[int, frozenset[str]], dict[int, list[int]]] = {}
        """Where the events of some topics lie, by partition, once that was looked up."""

    def newest(self) -> int:
        """Return the position of the last event, 0 where there is none."""
        return int(self._ledger.select(SQL["newest"])[0]["position"])

    def partition(self, number: int, until: int, topics: Collection[str] | None = None) -> Sequence[LogRow]:
        """Return a partition's events up to a position, of some topics or all, case by case in their order."""
        if topics is None:
            rows = self._ledger.select(SQL["partition"], number=number, partitions=PARTITIONS, until=until)
        else:
            positions = self._found(until, frozenset(topics)).get(number, [])
            rows = self._ledger.select(SQL["at_positions"], positions=positions)
        return log_rows(rows)

    def _found(self, until: int, topics: frozenset[str]) -> dict[int, list[int]]:
        """Return where the events of some topics lie: one look at the log, and not one a partition."""
        if (until, topics) not in self._positions:
            rows = self._ledger.select(
                SQL["positions"], partitions=PARTITIONS, topics=list(topics), until=until
            )
            self._positions[until, topics] = {row["number"]: row["positions"] for row in rows}
        return self._positions[until, topics]


def opened(ledger: LedgerReader, rows: Sequence[LogRow]) -> list[Entry]:
    """Return stored events with what is sealed in them opened, unless the rows tell that the case is erased."""
    return ledger.opened(_stored(rows), {row.case_id for row in rows if row.topic == PersonErased.topic})


def closed(ledger: LedgerReader, rows: Sequence[LogRow]) -> list[Entry]:
    """Return stored events with nothing opened: what is sealed in them reads as erased."""
    return ledger.opened(_stored(rows), {row.case_id for row in rows})


def _stored(rows: Sequence[LogRow]) -> list[dict[str, Any]]:
    return [
        {
            "originator_id": row.case_id,
            "originator_version": row.version,
            "topic": row.topic,
            "state": row.state,
            "notification_id": row.position,
            "recorded_at": row.recorded_at,
        }
        for row in rows
    ]


def log_rows(rows: Sequence[Mapping[str, Any]]) -> list[LogRow]:
    """Return rows of the database's log."""
    return [
        LogRow(
            row["notification_id"],
            row["originator_id"],
            row["originator_version"],
            row["topic"],
            bytes(row["state"]),
            row["recorded_at"].astimezone(UTC),
        )
        for row in rows
    ]
