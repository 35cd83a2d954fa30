"""A part of the log tried case by case: its events are whole and open, its decisions hold, its tables follow.

numbers     a case's events are numbered from one on without a gap, in the log's order
boxes       each event reads, and what is sealed in it opens in its place
keys        a person's key is the person's, there as long as nobody was erased, and destroyed after that
receipts    each decision, asked again, gives what was recorded
tables      the case register, the months used up and the commands are what the events give
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import pairwise
from typing import NamedTuple
from uuid import UUID

from psycopg import Connection, IsolationLevel
from psycopg.rows import DictRow

from domain.event import Erased
from domain.events import ApplicationReceived, EligibilityAssessed, GrantAnnulled, PersonErased
from domain.history import Entry, fold
from ledger.appends import registered
from ledger.faults import LedgerFault
from ledger.garbage import seldom_collecting
from ledger.ledger import Ledger
from replays.faults import SQL, Fault, Kind
from replays.log import PARTITIONS, LogRow, log_rows, opened
from replays.log import SQL as LOG_SQL
from replays.receipts import WORDS, redecided
from replays.redecide import told
from replays.source import Source

EVERYTHING = 2**62
"""A position that no log reaches."""


class Joined(NamedTuple):
    """A case whose person has several numbers by a decision: its own reference, and those of the others."""

    case_id: str
    person_ref: str
    others: tuple[str, ...]


class Checked(NamedTuple):
    """What came of a partition: how much was tried, which numbers are joined, and what is wrong."""

    events: int
    cases: int
    decisions: int
    erased: int
    commands: int
    joined: tuple[Joined, ...]
    faults: tuple[Fault, ...]


class Tables(NamedTuple):
    """What the ledger's own tables have of a partition, by case; None where an archive of the log is tried."""

    registered: Mapping[UUID, DictRow]
    consumed: Mapping[UUID, list[DictRow]]
    connection: Connection[DictRow]


def check_cases(source: Source, cases: Sequence[UUID] | None, ledger: Ledger, number: int) -> Checked:
    """Try one partition of the log, or those of its cases that are named."""
    if source.folder is not None:
        rows = source.log(ledger).partition(number, source.until)
        return _checked(ledger, _of(rows, cases), None)
    first = _in_the_database(ledger, number, cases)
    # An erasure in this very moment closes a key that the log does not speak of yet: what is wrong is wrong twice.
    return _in_the_database(ledger, number, cases) if first.faults else first


def _in_the_database(ledger: Ledger, number: int, cases: Sequence[UUID] | None) -> Checked:
    with ledger.own_connection() as connection, _snapshot(connection):
        place = {"number": number, "partitions": PARTITIONS, "until": EVERYTHING}
        rows = _of(log_rows(connection.execute(LOG_SQL["partition"], place).fetchall()), cases)
        return _checked(ledger, rows, _tables(connection, number, cases))


def _of(rows: Sequence[LogRow], cases: Sequence[UUID] | None) -> Sequence[LogRow]:
    if cases is None:
        return rows
    wanted = set(cases)
    return [row for row in rows if row.case_id in wanted]


@contextmanager
def _snapshot(connection: Connection[DictRow]) -> Iterator[None]:
    """Let everything be read as it is at one moment: the log and the tables beside it."""
    connection.isolation_level = IsolationLevel.REPEATABLE_READ
    connection.read_only = True
    with connection.transaction():
        yield


def _tables(connection: Connection[DictRow], number: int, cases: Sequence[UUID] | None) -> Tables:
    place = {"number": number, "partitions": PARTITIONS}
    there = {row["case_id"]: row for row in connection.execute(SQL["registered"], place)}
    consumed: dict[UUID, list[DictRow]] = {}
    for row in connection.execute(SQL["consumed"], place):
        consumed.setdefault(row["case_id"], []).append(row)
    if cases is not None:
        there = {case: there[case] for case in cases if case in there}
        consumed = {case: consumed[case] for case in cases if case in consumed}
    return Tables(there, consumed, connection)


def _checked(ledger: Ledger, rows: Sequence[LogRow], tables: Tables | None) -> Checked:
    with seldom_collecting():
        by_case: dict[UUID, list[LogRow]] = {}
        for row in rows:
            by_case.setdefault(row.case_id, []).append(row)
        faults = [fault for case, own in by_case.items() for fault in _numbers(case, own)]
        entries, unread = _opened(ledger, by_case)
        faults += unread
        faults += _keys(ledger, entries, tables)
        decisions = erased = 0
        joined: list[Joined] = []
        for case, own in entries.items():
            for entry in own:
                if isinstance(entry.event, EligibilityAssessed):
                    decisions += 1
                    erased += isinstance(entry.event.receipt, Erased)
                    faults += _receipt(case, entry, entry.event)
            if tables is not None:
                faults += _case_tables(case, own, tables, joined)
        commands = _commands(by_case, entries, tables, faults) if tables is not None else 0
        if tables is not None:
            faults += _strangers(by_case, tables)
    ledger.person_keys.forget_all()
    return Checked(len(rows), len(by_case), decisions, erased, commands, tuple(joined), tuple(faults))


def _numbers(case: UUID, rows: Sequence[LogRow]) -> Iterator[Fault]:
    """Yield where a case's events are not numbered from one on, or not in the log's order."""
    for expected, row in enumerate(rows, 1):
        if row.version != expected:
            yield Fault(
                "event",
                f"case {case}: event {expected} is missing; the next that is there is number {row.version}",
                row.position,
            )
            break
    for before, row in pairwise(rows):
        if row.position <= before.position or row.recorded_at < before.recorded_at:
            where = f"{_name(row)} stands, or was recorded, before number {before.version} of its case"
            yield Fault("event", where, row.position)


def _name(row: LogRow) -> str:
    return f"event {row.position} of the log ({row.topic}, number {row.version} of case {row.case_id})"


def _opened(
    ledger: Ledger, by_case: Mapping[UUID, Sequence[LogRow]]
) -> tuple[dict[UUID, list[Entry]], list[Fault]]:
    """Return the cases whose events all open, and which events don't."""
    try:
        every = iter(opened(ledger, [row for rows in by_case.values() for row in rows]))
        return {case: [next(every) for _ in rows] for case, rows in by_case.items()}, []
    except LedgerFault:
        pass
    entries, faults = dict[UUID, list[Entry]](), list[Fault]()
    for case, rows in by_case.items():
        try:
            entries[case] = opened(ledger, rows)
        except LedgerFault:
            faults += _unreadable(ledger, rows)
    return entries, faults


def _unreadable(ledger: Ledger, rows: Sequence[LogRow]) -> Iterator[Fault]:
    """Yield which events of a case can't be read, each tried by itself."""
    gone = [row for row in rows if row.topic == PersonErased.topic][:1]
    for row in rows:
        try:
            opened(ledger, [row, *gone])
        except LedgerFault as fault:
            kind: Kind = "key" if str(fault).startswith("key ") else "event"
            yield Fault(kind, f"{_name(row)}: {fault}", row.position)


def _keys(ledger: Ledger, entries: Mapping[UUID, Sequence[Entry]], tables: Tables | None) -> Iterator[Fault]:
    """Yield which persons' keys are not as their cases say: whose they are, there or destroyed."""
    if tables is None:
        return
    keys = {case: row["key_id"] for case, row in tables.registered.items() if case in entries}
    rows = ledger.person_keys.execute("key_states", keys=list(set(keys.values())))
    states = {row["key_id"]: row for row in rows}
    for case, key_id in keys.items():
        state = states.get(key_id)
        if state is None:
            yield Fault("key", f"case {case}: its key {key_id} is not in the key store")
            continue
        erased = any(isinstance(entry.event, PersonErased) for entry in entries[case])
        if state["there"] and erased:
            why = "the erasure was cut short, or the key store put back from a backup; open the ledger again"
            yield Fault(
                "key", f"case {case}: its person is erased, and the key {key_id} is still there: {why}"
            )
        if not state["there"] and not erased:
            yield Fault("key", f"case {case}: its key {key_id} is destroyed, and its person is not erased")
        if state["person_ref"] != tables.registered[case]["person_ref"]:
            yield Fault("key", f"case {case}: its key {key_id} is kept as another person's")


def _receipt(case: UUID, entry: Entry, decision: EligibilityAssessed) -> Iterator[Fault]:
    """Yield what of a decision is not what was recorded, asked again."""
    again = redecided(decision)
    if again.status in ("same", "erased"):
        return
    facts = [f"{row.clause or ''} {row.fact}".strip() for row in told(case, entry.position, decision, again)]
    what = f"{WORDS[again.status][1]}: {', '.join(facts[:5])}"
    yield Fault(
        "receipt",
        f"case {case}, decision of {decision.occurred_on} (event {entry.position}): {what}",
        entry.position,
    )


def _case_tables(
    case: UUID, entries: Sequence[Entry], tables: Tables, joined: list[Joined]
) -> Iterator[Fault]:
    """Yield where the case register and the months used up are not what a case's events give."""
    row, months = tables.registered.get(case), tables.consumed.get(case, [])
    first = entries[0].event
    if not isinstance(first, ApplicationReceived):
        if row or months:
            yield Fault("register", f"case {case}: the case register has it, and it is no person's case")
        return
    if row is None:
        yield Fault("register", f"case {case}: the case register lacks it")
        return
    stands = fold(case, entries)
    wanted = registered(stands, entries) | {"person_ref": first.person_ref}
    if wrong := [name for name, value in wanted.items() if row[name] != value]:
        yield Fault("register", f"case {case}: the case register has another {', '.join(wrong)}")
    if stands.joined:
        joined.append(Joined(str(case), first.person_ref, tuple(stands.joined)))
    yield from _months(case, entries, months, {row["person_ref"], row["root"]})


def _months(
    case: UUID, entries: Sequence[Entry], kept: Sequence[DictRow], persons: set[str]
) -> Iterator[Fault]:
    """Yield where the months kept as used up are not those of the grant that stands (K-5.5-b)."""
    used: set[str] = set()
    for entry in entries:
        if isinstance(entry.event, GrantAnnulled):
            used = set()
        elif isinstance(entry.event, EligibilityAssessed):
            used |= set(entry.event.basis_months)
    there = {row["month"] for row in kept}
    for month in sorted(used - there):
        yield Fault("month", f"case {case}: month {month} is used up by its decision, and kept as free")
    for month in sorted(there - used):
        yield Fault(
            "month", f"case {case}: month {month} is kept as used up, and no decision of it stands on it"
        )
    for row in kept:
        if row["person_ref"] not in persons:
            yield Fault("month", f"case {case}: month {row['month']} is kept as another person's")


def _commands(
    by_case: Mapping[UUID, Sequence[LogRow]],
    entries: Mapping[UUID, Sequence[Entry]],
    tables: Tables,
    faults: list[Fault],
) -> int:
    """Return how many commands events came by, and add where what is kept of one is not what it led to."""
    led_to: dict[UUID, list[tuple[LogRow, UUID]]] = {}
    for case, own in entries.items():
        for row, entry in zip(by_case[case], own, strict=True):
            led_to.setdefault(entry.event.command_id, []).append((row, entry.event.event_id))
    found = tables.connection.execute(SQL["commands"], {"commands": list(led_to)})
    kept = {row["command_id"]: row for row in found}
    for command, led in led_to.items():
        last, events = led[-1][0], [event for _, event in led]
        what = None
        if command not in kept:
            what = "its command is not kept"
        elif kept[command]["event_ids"] != events:
            gone = len(set(kept[command]["event_ids"]) - set(events))
            what = f"its command led to {len(kept[command]['event_ids'])} events, of which {gone} are gone"
        elif kept[command]["position"] != last.position:
            what = "its command is kept with another position"
        if what:
            faults.append(Fault("command", f"{_name(last)}: {what}", last.position))
    return len(led_to)


def _strangers(by_case: Mapping[UUID, Sequence[LogRow]], tables: Tables) -> Iterator[Fault]:
    """Yield cases that the tables know and the log does not."""
    for case in tables.registered.keys() - by_case.keys():
        yield Fault("register", f"case {case}: the case register has it, and the log has no event of it")
    for case in tables.consumed.keys() - by_case.keys():
        yield Fault("month", f"case {case}: months are used up by it, and the log has no event of it")
