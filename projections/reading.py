"""The log as the projections read it: in its order, decoded with nothing opened, and folded aggregate by aggregate.

What is sealed reads as erased, key or no key. What was read of an aggregate is remembered, in a bounded memory, so
that the next event of it goes on from there.
"""

from collections import OrderedDict
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC
from typing import NamedTuple
from uuid import UUID

from eventsourcing.persistence import StoredEvent
from psycopg import Connection
from psycopg.rows import DictRow

from domain.case import Case
from domain.employer import EmployerCase, fold_employer
from domain.history import Entry, fold, fold_on
from domain.register import Register, fold_register
from ledger.faults import LedgerFault
from ledger.mapper import EventMapper
from ledger.queries import queries
from projections.projection import KINDS, Aggregate, Kind

SQL = queries("projections", "engine.sql")
EVENTS_REMEMBERED = 200_000


class _NoKeys(dict[UUID, None]):
    """No key at all: whichever is asked for, what it seals reads as erased."""

    def __missing__(self, key: UUID) -> None:
        return None


NO_KEYS = _NoKeys()


class Touched(NamedTuple):
    """What a batch of the log touched: aggregates as they stand after it, and why some kinds can't be read on.

    A fault says the event's position, case and topic, and what is wrong with it.
    """

    aggregates: list[Aggregate]
    faults: dict[Kind, str]


def kind_of(topic: str) -> Kind | None:
    """Return which kind of aggregate an event is about, by its topic."""
    return next((kind for kind in KINDS if topic.startswith(f"{kind}.")), None)


def at(row: DictRow) -> str:
    """Return which event a row of the log is, in words without personal data."""
    return f"event {row['notification_id']} of the log ({row['topic']}, case {row['originator_id']})"


class Decoder:
    """Makes entries of rows of the log, with nothing opened, and aggregates of entries."""

    def __init__(self) -> None:
        self._mapper = EventMapper()

    def entry(self, row: DictRow) -> Entry:
        """Return a row of the log as an entry, what is sealed in it read as erased."""
        stored = StoredEvent(row["originator_id"], row["originator_version"], row["topic"], row["state"])
        try:
            event = self._mapper.to_event(stored, NO_KEYS)
        except LedgerFault as fault:
            why = str(fault).partition("can't be read: ")[2] or "it can't be read"
            raise Unreadable(kind_of(row["topic"]), f"{at(row)} can't be read: {why}") from None
        return Entry(row["notification_id"], row["recorded_at"].astimezone(UTC), event)

    def aggregate(self, case_id: UUID, rows: Sequence[DictRow]) -> Aggregate:
        """Return an aggregate, given all its rows of the log."""
        entries = tuple(self.entry(row) for row in rows)
        return _folded(case_id, kind_of(rows[0]["topic"]), (), None, entries)


class LogReader:
    """Reads the log on one connection, and remembers what it read."""

    def __init__(self, connection: Connection[DictRow]) -> None:
        self._connection = connection
        self._decoder = Decoder()
        self._memory = Memory()

    def newest(self) -> int:
        """Return the position of the log's last event, 0 where there is none."""
        row = self._connection.execute(SQL["newest"]).fetchone()
        return int(row["position"]) if row else 0

    def batch(self, after: int, size: int) -> list[DictRow]:
        """Return the next rows of the log after a position."""
        return self._connection.execute(SQL["batch"], {"after": after, "size": size}, prepare=True).fetchall()

    def touched(self, rows: Sequence[DictRow]) -> Touched:
        """Return the aggregates that some rows of the log touch, as they stand after them."""
        new: dict[UUID, list[DictRow]] = {}
        for row in rows:
            new.setdefault(row["originator_id"], []).append(row)
        known = {case_id: self._memory.get(case_id) for case_id in new}  # what is kept below may push it out
        earlier = self._earlier(new, known)
        aggregates, faults = [], dict[Kind, str]()
        for case_id, late in new.items():
            try:
                aggregates.append(self._grown(case_id, known[case_id], earlier.get(case_id, []), late))
            except Unreadable as unreadable:
                for kind in (unreadable.kind,) if unreadable.kind else KINDS:
                    faults.setdefault(kind, str(unreadable))
        return Touched(aggregates, faults)

    def whole(self, case_ids: Iterable[UUID], until: int) -> list[Aggregate]:
        """Return aggregates with all their events up to a position."""
        new: dict[UUID, list[DictRow]] = {}
        for row in self._connection.execute(SQL["histories"], {"cases": list(case_ids), "until": until}):
            new.setdefault(row["originator_id"], []).append(row)
        return [self._decoder.aggregate(case_id, rows) for case_id, rows in new.items()]

    def _earlier(
        self, new: dict[UUID, list[DictRow]], remembered: Mapping[UUID, Aggregate | None]
    ) -> dict[UUID, list[DictRow]]:
        """Return the events before some new ones that are not remembered."""
        after, before = dict[UUID, int](), dict[UUID, int]()
        for case_id, rows in new.items():
            one, first = remembered[case_id], rows[0]["originator_version"]
            count = len(one.entries) if one else 0
            if count < first - 1:
                after[case_id], before[case_id] = count, first
        if not after:
            return {}
        values = {"cases": list(after), "after": list(after.values()), "before": list(before.values())}
        found: dict[UUID, list[DictRow]] = {}
        for row in self._connection.execute(SQL["earlier"], values, prepare=True):
            found.setdefault(row["originator_id"], []).append(row)
        return found

    def _grown(
        self, case_id: UUID, known: Aggregate | None, earlier: list[DictRow], late: list[DictRow]
    ) -> Aggregate:
        """Return an aggregate after its new rows; one that is remembered further than these is read anew."""
        if known is not None and len(known.entries) >= late[0]["originator_version"]:
            entries = (*known.entries[: late[0]["originator_version"] - 1], *map(self._decoder.entry, late))
            return _folded(case_id, known.kind, (), None, entries)
        new = tuple(self._decoder.entry(row) for row in (*earlier, *late))
        if known is None:
            grown = _folded(case_id, kind_of(late[0]["topic"]), (), None, new, late[-1])
        else:
            grown = _folded(case_id, known.kind, known.entries, known.state, new, late[-1])
        self._memory.keep(grown)
        return grown


def cut(aggregate: Aggregate, position: int) -> Aggregate | None:
    """Return an aggregate as it was at a position of the log; None where it was not there yet."""
    if aggregate.entries[-1].position <= position:
        return aggregate
    return of_entries(aggregate, [entry for entry in aggregate.entries if entry.position <= position])


def of_entries(aggregate: Aggregate, entries: Sequence[Entry]) -> Aggregate | None:
    """Return what an aggregate would be if these were its events."""
    return _folded(aggregate.id, aggregate.kind, (), None, tuple(entries)) if entries else None


class Unreadable(Exception):
    """An event that no projection of its kind can pass."""

    def __init__(self, kind: Kind | None, why: str) -> None:
        super().__init__(why)
        self.kind = kind


def _folded(
    case_id: UUID,
    kind: Kind | None,
    before: tuple[Entry, ...],
    state: Case | Register | EmployerCase | None,
    new: tuple[Entry, ...],
    last: DictRow | None = None,
) -> Aggregate:
    """Return an aggregate whose entries so far, which add up to a state, are followed by new ones."""
    entries = (*before, *new)
    try:
        if kind == "case":
            if isinstance(state, Case):
                return Aggregate(case_id, "case", entries, fold_on(case_id, state, before, new))
            return Aggregate(case_id, "case", entries, fold(case_id, entries))
        if kind == "register":
            return Aggregate(case_id, "register", entries, fold_register(entries))
        return Aggregate(case_id, "employer", entries, fold_employer(case_id, entries))
    except (TypeError, KeyError, ValueError, AttributeError) as error:
        where = at(last) if last else f"case {case_id}"
        raise Unreadable(kind, f"{where} can't be added to the case: {type(error).__name__}") from None


class Memory:
    """Aggregates that were read last, up to a number of events altogether."""

    def __init__(self) -> None:
        self._kept: OrderedDict[UUID, Aggregate] = OrderedDict()
        self._events = 0

    def get(self, case_id: UUID) -> Aggregate | None:
        """Return what is remembered of an aggregate."""
        return self._kept.get(case_id)

    def keep(self, aggregate: Aggregate) -> None:
        """Remember an aggregate, and forget those that were not met for longest where it gets too much."""
        before = self._kept.get(aggregate.id)
        self._events += len(aggregate.entries) - (len(before.entries) if before else 0)
        self._kept[aggregate.id] = aggregate
        self._kept.move_to_end(aggregate.id)
        while self._events > EVENTS_REMEMBERED and len(self._kept) > 1:
            self._events -= len(self._kept.popitem(last=False)[1].entries)
