"""What if other rules had held: all history decided again by them, and what follows for later decisions.

    partition   each decision by itself, on the earlier grants that there were: the direct effect
    persons     whose decisions changed, decided again one after the other: what follows from earlier decisions
    rows        how many decisions change in which direction, by clause, service, year and region

Nothing is written to the ledger. Who is one person is asked of it as it is now. What is kept in a journal is clear.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from hashlib import sha256
from pathlib import Path
from time import perf_counter
from typing import Any, NamedTuple
from uuid import UUID

from domain.assessment import assess_by
from domain.event import Erased
from domain.events import ApplicationReceived, EligibilityAssessed, PersonErased
from domain.history import Entry
from ledger.garbage import seldom_collecting
from ledger.ledger import Ledger
from ledger.queries import queries
from ledger.settings import Settings
from replays.journal import about, journal
from replays.log import PARTITIONS, LogRow, closed, log_rows, opened
from replays.outcomes import DIRECTIONS, EFFECTS, Change, Direction, Tried, answered, change_of, recorded
from replays.requalifying import KINDS, Happened, decided_again, question
from replays.rules import Rules
from replays.source import Source, ledger_id, log_of
from replays.workers import spread

SQL = queries("replays", "what_if.sql")
TOPICS = (ApplicationReceived.topic, EligibilityAssessed.topic, PersonErased.topic)
OF_PERSONS = (*(kind.topic for kind in KINDS), PersonErased.topic)
PERSONS_AT_ONCE = 500
CASES_AT_ONCE = 10_000

Group = tuple[str, str, str]
"""The service, the year and the region of decisions that are counted together."""


class Part(NamedTuple):
    """What came of a part of the log: decisions tried, by group; those that couldn't be; and those that change.

    `decided_again` are the cases that changed and have more than one decision.
    """

    tried: dict[Group, int]
    erased: int
    outside: int
    changes: tuple[Change, ...]
    decided_again: tuple[str, ...]


class Row(NamedTuple):
    """How many decisions an effect turns in a direction: in all, or by a clause, service, year or region.

    `tried` is how many were tried of that service, year or region.
    """

    effect: str
    by: str
    value: str
    direction: Direction
    decisions: int
    tried: int | None


class WhatIf(NamedTuple):
    """What would have been decided otherwise, up to a position of the log.

    Apart are the decisions of erased persons, and those `outside`: what the rules are not for.
    """

    position: int
    tried: int
    erased: int
    outside: int
    freed: int
    consumed: int
    changes: tuple[Change, ...]
    rows: tuple[Row, ...]
    seconds: float


def what_if(
    ledger: Ledger,
    settings: Settings,
    rules: Rules,
    *,
    folder: Path | None = None,
    processes: int = 1,
    resume: Path | None = None,
    step: Callable[[int, int], object] = lambda done, total: None,
) -> WhatIf:
    """Decide all history by other rules; `step` is told how many tasks are done, and how many there are so far."""
    began = perf_counter()
    with journal(resume, about(ledger_id(ledger), rules.digest), log_of(ledger, folder).newest()) as kept:
        source = Source(folder, kept.until)
        numbers = {str(number): number for number in range(PARTITIONS)}
        step(0, PARTITIONS)
        for number, part in spread(
            ledger, settings, partial(examine, source, rules), _left(numbers, kept.done), processes
        ):
            kept.keep(str(number), _plain(part))
            step(len(kept.done), PARTITIONS)
        parts = [_part(kept.done[name]) for name in numbers]
        groups = {_name(persons): persons for persons in _persons(ledger, parts)}
        for persons, changes in spread(
            ledger, settings, partial(follow, source.until, rules), _left(groups, kept.done), processes
        ):
            kept.keep(_name(persons), [change._asdict() for change in changes])
            step(len(kept.done), PARTITIONS + len(groups))
        followed = [change_of(row) for name in groups for row in kept.done[name]]
        return _summed(source.until, parts, followed, perf_counter() - began)


def examine(source: Source, rules: Rules, ledger: Ledger, number: int) -> Part:
    """Decide again what was decided in one partition of the log, each decision by itself."""
    rows = source.log(ledger).partition(number, source.until, TOPICS)
    tried, changes, decisions = Counter[Group](), list[Change](), Counter[str]()
    erased = outside = 0
    with seldom_collecting():
        applications = _applications(ledger, rows)
        for case_id, (position, _, event) in _decisions(ledger, rows):
            assert isinstance(event, EligibilityAssessed)
            application = applications[case_id]
            decisions[str(case_id)] += 1
            found = question(event, rules)
            if found is None:
                erased += isinstance(event.receipt, Erased)
                outside += not isinstance(event.receipt, Erased)
                continue
            tried[application.service, str(event.occurred_on.year), application.region] += 1
            policy = found.applied.policy
            answer = answered(assess_by(policy, found.request))
            change = Tried(recorded(event), answer, answer, policy).change(
                case_id, position, event, application
            )
            if change is not None:
                changes.append(change)
    ledger.person_keys.forget_all()
    again = {change.case for change in changes if decisions[change.case] > 1}
    return Part(dict(tried), erased, outside, tuple(changes), tuple(sorted(again)))


def follow(until: int, rules: Rules, ledger: Ledger, persons: Sequence[Sequence[UUID]]) -> list[Change]:
    """Decide again what was decided on some persons, given all the cases of each: one after the other."""
    cases = [case_id for person in persons for case_id in person]
    rows = log_rows(ledger.select(SQL["events_of_cases"], cases=cases, topics=list(OF_PERSONS), until=until))
    happened: dict[UUID, list[Happened]] = {case_id: [] for case_id in cases}
    with seldom_collecting():
        rest = [row for row in rows if row.topic != EligibilityAssessed.topic]
        for row, entry in zip(rest, closed(ledger, rest), strict=True):
            happened[row.case_id].append(Happened(row.case_id, entry))
        for case_id, entry in _decisions(ledger, rows):
            happened[case_id].append(Happened(case_id, entry))
        changes = list[Change]()
        for person in persons:
            events = [event for case_id in person for event in happened[case_id]]
            changes += decided_again(sorted(events, key=lambda event: event.entry.position), rules)
    ledger.person_keys.forget_all()
    return changes


def _decisions(ledger: Ledger, rows: Sequence[LogRow]) -> Iterator[tuple[UUID, Entry]]:
    """Yield the decisions among some events, opened unless the case is erased."""
    wanted = [row for row in rows if row.topic in (EligibilityAssessed.topic, PersonErased.topic)]
    for row, entry in zip(wanted, opened(ledger, wanted), strict=True):
        if row.topic == EligibilityAssessed.topic:
            yield row.case_id, entry


def _applications(ledger: Ledger, rows: Sequence[LogRow]) -> dict[UUID, ApplicationReceived]:
    """Return the applications that were decided on, with nothing of them opened."""
    decided = {row.case_id for row in rows if row.topic == EligibilityAssessed.topic}
    wanted = [row for row in rows if row.topic == ApplicationReceived.topic and row.case_id in decided]
    return {
        row.case_id: entry.event
        for row, entry in zip(wanted, closed(ledger, wanted), strict=True)
        if isinstance(entry.event, ApplicationReceived)
    }


def _persons(ledger: Ledger, parts: Iterable[Part]) -> Iterator[tuple[tuple[UUID, ...], ...]]:
    """Yield the persons for whom something may follow from what changed, some at a time, by their cases."""
    parts = tuple(parts)
    changed = sorted({UUID(change.case) for part in parts for change in part.changes})
    again = [UUID(case) for part in parts for case in part.decided_again]
    found: dict[str, tuple[UUID, ...]] = {}
    for first in range(0, len(changed), CASES_AT_ONCE):
        cases = changed[first : first + CASES_AT_ONCE]
        for row in ledger.select(SQL["persons_of_cases"], cases=cases, decided_again=again):
            found[row["person_ref"]] = tuple(row["cases"])
    persons = [found[ref] for ref in sorted(found)]
    for first in range(0, len(persons), PERSONS_AT_ONCE):
        yield tuple(persons[first : first + PERSONS_AT_ONCE])


def _summed(until: int, parts: Sequence[Part], followed: Iterable[Change], seconds: float) -> WhatIf:
    """Return what all parts come to; what was decided again in its order says more than what was by itself."""
    changes = {change.event: change for part in parts for change in part.changes}
    changes |= {change.event: change for change in followed}
    found = tuple(sorted(changes.values(), key=lambda change: change.position))
    tried = Counter[Group]()
    for part in parts:
        tried.update(part.tried)
    return WhatIf(
        position=until,
        tried=tried.total(),
        erased=sum(part.erased for part in parts),
        outside=sum(part.outside for part in parts),
        freed=sum(change.freed for change in found),
        consumed=sum(change.consumed for change in found),
        changes=found,
        rows=tuple(rows_of(found, tried)),
        seconds=seconds,
    )


def rows_of(changes: Sequence[Change], tried: Counter[Group]) -> Iterator[Row]:
    """Yield how many decisions change, in all and by clause, service, year and region, for each effect apart."""
    sizes = Counter({("all", ""): tried.total()})
    for (service, year, region), decisions in tried.items():
        sizes.update(
            {("service", service): decisions, ("year", year): decisions, ("region", region): decisions}
        )
    counted = Counter[tuple[str, str, str, Direction]]()
    for change in changes:
        for name in EFFECTS:
            effect = getattr(change, name)
            if effect is not None:
                places = [("all", ""), *(("clause", cause) for cause in effect.causes)]
                places += [(by, getattr(change, by)) for by in ("service", "year", "region")]
                counted.update((name, by, value, effect.direction) for by, value in places)
    order = ("all", "clause", "service", "year", "region")
    for name, by, value, direction in sorted(
        counted,
        key=lambda key: (EFFECTS.index(key[0]), order.index(key[1]), key[2], DIRECTIONS.index(key[3])),
    ):
        size = None if by == "clause" else sizes[by, value]
        yield Row(name, by, value, direction, counted[name, by, value, direction], size)


def _left(tasks: dict[str, Any], done: dict[str, Any]) -> list[Any]:
    """Return the tasks that are not done yet."""
    return [task for name, task in tasks.items() if name not in done]


def _name(persons: Sequence[Sequence[UUID]]) -> str:
    """Return by what name the persons of a task are known in a journal."""
    return sha256(b"".join(case_id.bytes for cases in persons for case_id in cases)).hexdigest()


def _plain(part: Part) -> dict[str, Any]:
    """Return a part as a journal keeps it."""
    return part._asdict() | {
        "tried": [[*group, decisions] for group, decisions in part.tried.items()],
        "changes": [change._asdict() for change in part.changes],
    }


def _part(kept: dict[str, Any]) -> Part:
    """Return a part as it was kept in a journal."""
    return Part(
        {(service, year, region): decisions for service, year, region, decisions in kept["tried"]},
        kept["erased"],
        kept["outside"],
        tuple(map(change_of, kept["changes"])),
        tuple(kept["decided_again"]),
    )
