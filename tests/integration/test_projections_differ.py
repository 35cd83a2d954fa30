"""Random histories through the projections, and through a naive count of the same list: row by row the same.

The histories are those of tests/unit/test_random_lives.py: corrections of corrections, annulments, decisions made
anew, reopenings and erasures among them. Bugs that are planted in the program must all be noticed.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import timedelta
from random import Random
from typing import Any, NamedTuple
from uuid import UUID, uuid5

import pytest

from domain.case import evolve
from domain.deadlines import DEADLINES
from domain.engagement import Engagement
from domain.event import Event
from domain.events import EligibilityAssessed, EntryCorrected, GrantAnnulled, PersonErased
from domain.history import Entry, fold
from domain.protection_events import IdentityProtected
from domain.support_events import Paused, Reopened
from ledger.ledger import Ledger
from projections import outcomes, reading, runner
from projections.building import rebuild, start_empty
from projections.catalogue import PROJECTIONS
from projections.projection import Aggregate, Projection, Row, Table
from projections.reading import SQL, LogReader
from tests.model import Row as Told
from tests.naive_rows import COLUMNS, naive_rows
from tests.projected import Connection, all_rows, catch_up
from tests.unit.test_random_lives import KEY, MAPPER, lives

STEPS, SEED = 5000, 10


class Recorded(NamedTuple):
    """A log of many persons' histories across one another, and what was recorded in each case, as a list."""

    log: list[tuple[UUID, int, Event]]
    told: dict[UUID, list[Told]]


@pytest.fixture(scope="module")
def recorded() -> Recorded:
    """Sixty persons; the events of a case keep their order, those of different persons come as chance has it."""
    told, waiting = dict[UUID, list[Told]](), list[list[tuple[UUID, int, Event]]]()
    for number, life in enumerate(lives(STEPS, SEED, Counter())):
        of_life: list[tuple[int, tuple[UUID, int, Event]]] = []
        for name, entries in life.entries.items():
            case_id = uuid5(UUID(int=number), name)
            told[case_id] = life.model.cases[name]
            tell_flags({life.ids[row.number]: row for row in told[case_id]}, entries)
            of_life += [
                (entry.position, (case_id, version, entry.event)) for version, entry in enumerate(entries, 1)
            ]
        waiting.append([event for _, event in sorted(of_life, key=lambda pair: pair[0])][::-1])
    random, log = Random(SEED), []
    while waiting := [one for one in waiting if one]:
        log.append(random.choice(waiting).pop())
    return Recorded(log, {case_id: rows for case_id, rows in told.items() if rows})


def tell_flags(by_event: Mapping[UUID, Told], entries: Sequence[Entry]) -> None:
    """Let a decision's row tell the flags that its event does: the model knows nothing of them."""
    for entry in entries:
        if isinstance(entry.event, EligibilityAssessed):
            by_event[entry.event.event_id].told["flags"] = list(entry.event.flags)


@pytest.fixture
def filled(ledger: Ledger, recorded: Recorded) -> Iterator[Connection]:
    """A ledger with that log, and a connection of its own."""
    with ledger.own_connection() as connection:
        with connection.cursor() as cursor, cursor.copy(FILL) as copy:
            for case_id, version, event in recorded.log:
                stored = MAPPER.to_stored_event(case_id, version, event, KEY)
                copy.write_row((case_id, version, stored.topic, stored.state, "2026-11-01 12:00:00+00"))
        yield connection


FILL = """
COPY liggare.case_events (originator_id, originator_version, topic, state, recorded_at) FROM STDIN
"""


def compared(
    connection: Connection, recorded: Recorded, size: int, projections: Sequence[Projection] = PROJECTIONS
) -> None:
    """Run the log through the projections from its first event on, and compare every case with the naive count."""
    for one in projections:
        for table in one.tables:
            connection.execute(f"DROP TABLE IF EXISTS liggare_read.{table.name}")
    connection.execute("DELETE FROM liggare_read.projection")
    told = catch_up(connection, size, projections)
    assert told == []
    same_as_naive(connection, recorded)


def same_as_naive(connection: Connection, recorded: Recorded) -> None:
    rows = {name: rows_of(connection, name) for name in COLUMNS}
    for case_id, told in recorded.told.items():
        expected = naive_rows(str(case_id), told)
        for name in COLUMNS:
            assert rows[name].get(case_id, []) == sorted(map(repr, expected[name])), (name, case_id)


def rows_of(connection: Connection, table: str) -> dict[UUID, list[str]]:
    """The compared columns of a table's rows, by case."""
    found: dict[UUID, list[str]] = {}
    for row in connection.execute(f"SELECT source, {', '.join(COLUMNS[table])} FROM liggare_read.{table}"):
        source, *values = row.values()
        found.setdefault(source, []).append(repr(tuple(values)))
    return {source: sorted(rows) for source, rows in found.items()}


def test_the_histories_have_everything(recorded: Recorded) -> None:
    """Vacuous without: each of these must be there for a comparison to mean anything."""
    topics = Counter(event.topic for _, _, event in recorded.log)
    assert len(recorded.log) > 1000
    for kind in (EntryCorrected, GrantAnnulled, IdentityProtected, PersonErased, Paused, Reopened):
        assert topics[kind.topic] >= 4, kind.topic
    rows = [naive_rows(str(case_id), told) for case_id, told in recorded.told.items()]
    due = {code for found in rows for code, *_ in found["due"]}
    assert due == DEADLINES.keys() - {"appeal_to_follow"}  # rarer than so few histories; a unit test has it
    opened = [
        dict(zip(COLUMNS["open_case"], row, strict=True)) for found in rows for row in found["open_case"]
    ]
    for column in ("activities_done", "tasks_done", "meetings_missed", "paused_since", "protected"):
        assert any(row[column] for row in opened), column
    assert any(found["employer_notification"] for found in rows)


@pytest.mark.parametrize("size", [1, 7, 1000])
def test_the_same_as_a_naive_count(
    filled: Connection, recorded: Recorded, size: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever the batches, from the log's first event on and built by case; and however little is remembered."""
    by_batches(monkeypatch)
    if size == 7:
        monkeypatch.setattr(reading, "EVENTS_REMEMBERED", 300)
    compared(filled, recorded, size)


def test_built_by_case_the_same_as_by_batches(
    filled: Connection, recorded: Recorded, ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    compared(filled, recorded, 1000)
    by_case = all_rows(ledger)
    with monkeypatch.context() as patched:
        by_batches(patched)
        compared(filled, recorded, 1000)
    assert all_rows(ledger) == by_case
    assert {one.differing for one in rebuild(filled, PROJECTIONS)} == {0}
    same_as_naive(filled, recorded)


def by_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let nothing be built by case: what is new begins empty, at the log's first event."""

    def nothing(self: runner.Runner) -> None:
        for one in self._projections.values():
            start_empty(self._connection, one)

    monkeypatch.setattr(runner.Runner, "_prepare", nothing)


# Planted bugs.

Plant = Callable[[pytest.MonkeyPatch], Sequence[Projection]]


def without(kind: type[Event]) -> Plant:
    """A kind of event changes nothing."""

    def plant(patched: pytest.MonkeyPatch) -> Sequence[Projection]:
        def blind(case_id: UUID, entries: Sequence[Entry]) -> Any:
            return fold(case_id, [entry for entry in entries if not isinstance(entry.event, kind)])

        patched.setattr(reading, "fold", blind)
        patched.setattr(reading, "fold_on", lambda case_id, _, old, new: blind(case_id, [*old, *new]))
        return PROJECTIONS

    return plant


def rows_changed(table: str, change: Callable[[Any, list[Row]], list[Row]]) -> Plant:
    """A table's function gives other rows."""

    def plant(patched: pytest.MonkeyPatch) -> Sequence[Projection]:
        def changed(table_: Table) -> Table:
            def rows(aggregate: Any) -> list[Row]:
                return change(aggregate, list(table_.rows(aggregate)))

            return table_._replace(rows=rows) if table_.name == table else table_

        return [one._replace(tables=tuple(map(changed, one.tables))) for one in PROJECTIONS]

    return plant


def set_to(target: Any, name: str, value: Any) -> Plant:
    def plant(patched: pytest.MonkeyPatch) -> Sequence[Projection]:
        patched.setattr(target, name, value)
        return PROJECTIONS

    return plant


def statement(name: str, old: str, new: str) -> Plant:
    def plant(patched: pytest.MonkeyPatch) -> Sequence[Projection]:
        assert old in SQL[name]
        patched.setitem(SQL, name, SQL[name].replace(old, new))
        return PROJECTIONS

    return plant


def in_log_order(case_id: UUID, case: Any, entries: Sequence[Entry], new: Sequence[Entry]) -> Any:
    for entry in new:
        if not isinstance(entry.event, EntryCorrected):
            case = evolve(entry.event, case, entry.position)
    return case


first_of_batch, real_supports = LogReader.touched, outcomes.supports


def forgetful(self: LogReader, new: Any, known: Any) -> dict[UUID, list[Any]]:
    return {}


def a_month_later(aggregate: Aggregate, rows: list[Row]) -> list[Row]:
    return [(*row[:2], row[2] + timedelta(days=31), *row[3:]) for row in rows]


PLANTED: dict[str, Plant] = {
    "off by one month": rows_changed("due", a_month_later),
    "off by one day": rows_changed(
        "last_day", lambda _, rows: [(rows[0][0] + timedelta(days=1),)] if rows else []
    ),
    "pause ignored": without(Paused),
    "correction ignored": without(EntryCorrected),
    "annulment ignored": without(GrantAnnulled),
    "reopening ignored": without(Reopened),
    "erasure ignored": without(PersonErased),
    "missed meetings count as held": set_to(
        Engagement, "meetings_held", property(lambda self: len(self.meetings) + len(self.missed))
    ),
    "what is entered late is put last": set_to(reading, "fold_on", in_log_order),
    "what was before the batch is forgotten": set_to(LogReader, "_earlier", forgetful),
    "the last event of a batch is passed over": set_to(
        LogReader, "touched", lambda self, rows: first_of_batch(self, rows[:-1] or rows)
    ),
    "old rows stay": statement("clear", "source = ANY(%(sources)s)", "source = ANY(%(sources)s) AND false"),
    "an earlier support is lost": set_to(outcomes, "supports", lambda one: real_supports(one)[-1:]),
    "the position runs ahead": statement("move", "position = %(to)s", "position = %(to)s + 1"),
}


@pytest.mark.parametrize("name", PLANTED)
@pytest.mark.long
def test_a_planted_bug_is_noticed(
    filled: Connection, recorded: Recorded, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Little is remembered, so that cases are read again as after a restart."""
    by_batches(monkeypatch)
    monkeypatch.setattr(reading, "EVENTS_REMEMBERED", 300)
    projections = PLANTED[name](monkeypatch)
    with pytest.raises(AssertionError):
        compared(filled, recorded, 7, projections)
