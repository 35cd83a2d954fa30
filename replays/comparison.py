"""Two looks at one case, side by side: what differs, and why.

A cause is found by trying. Two looks differ in what they see, in the day they are read on and in the rules: one
of these at a time is taken from the other look, and in it one entry or one decision at a time. Whatever changes a
value then is a cause of its difference, so that a value may have several.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import date
from itertools import product
from typing import Any, Literal, NamedTuple, get_args
from uuid import UUID

from domain.employer import fold_employer, is_employer_case
from domain.events import EligibilityAssessed, EntryCorrected, Receipt
from domain.history import Entry, fold, known
from replays.clocks import Clocks
from replays.employer_state import employer_state, funding, module_board
from replays.fund_state import fund_values
from replays.other_rules import Answers, answers, in_place, placed, resting
from replays.receipts import RULES, Difference, answers_differ
from replays.state import state

Kind = Literal["learned_later", "time_passed", "rules", "program"]
"""Something was recorded after one look's instant; something happened after one look's day; a decision was made by
other rules; or today's program answers otherwise than the one that decided, by the same rules."""

Values = Mapping[str, Any]


class Cause(NamedTuple):
    """Why a value differs: the entry that makes the difference, and of a decision what is otherwise in it.

    Without an entry it is the calendar: between the two days something begins or ends by itself.
    """

    kind: Kind
    entry: Entry | None = None
    clauses: tuple[str, ...] = ()
    differences: tuple[Difference, ...] = ()


class Contrast(NamedTuple):
    """A value of the state that differs between two looks, with every cause."""

    field: str
    left: Any
    right: Any
    causes: tuple[Cause, ...]


class Look(NamedTuple):
    """A case as one set of clocks shows it: what was known, the day it is read on, and decisions made again."""

    case_id: UUID
    clocks: Clocks
    day: date
    entries: tuple[Entry, ...]
    again: Answers
    of_employer: bool

    @property
    def seen(self) -> frozenset[UUID]:
        """The entries that count: what had happened by the day, and every correction that was known."""
        until = self.clocks.valid_on
        return frozenset(
            event.event_id
            for _, _, event in self.entries
            if until is None or event.occurred_on <= until or isinstance(event, EntryCorrected)
        )

    @property
    def known(self) -> dict[UUID, Entry]:
        """The entries that were known, by their events."""
        return {entry.event.event_id: entry for entry in self.entries}

    @property
    def rests(self) -> dict[UUID, UUID]:
        """The entries that rest on a decision that would be the other way round, and on which."""
        return resting(self.entries, self.again)

    def without(self, event_ids: Collection[UUID]) -> "Look":
        """Return the same look, had some entries never been made."""
        return self._replace(
            entries=tuple(row for row in self.entries if row.event.event_id not in event_ids)
        )

    def values(self) -> Values:
        """Return what the case comes to, as plain values."""
        until = self.clocks.valid_on
        if self.of_employer:
            employer = fold_employer(self.case_id, self.entries, until)
            boards = {"modules": module_board(employer), "funding": funding(employer)}
            return employer_state(employer) | boards
        case = fold(self.case_id, placed(self.entries, self.again), until)
        return state(case, self.day) | fund_values(case)


Try = tuple[tuple[Cause, ...], Values, Look]
"""Causes that are tried together, what the case comes to with them, and a look without them."""


def look(case_id: UUID, entries: Sequence[Entry], clocks: Clocks, today: date) -> Look:
    """Look at a case: as it was, as it was known, and by which rules."""
    seen = tuple(known(entries, clocks.known_at))
    again = answers(seen, clocks.rules) if clocks.rules else {}
    return Look(case_id, clocks, clocks.day(today), seen, again, is_employer_case(entries))


def contrasts(left: Look, right: Look) -> list[Contrast]:
    """Return the values of a case that differ between two looks at it, each with all its causes."""
    mine, theirs = left.values(), right.values()
    causes: dict[str, dict[tuple[Kind, UUID | None], Cause]] = {
        name: {} for name in mine if mine[name] != theirs[name]
    }
    for name, cause in _causes(left, right) if causes else ():
        own = cause.entry.event.event_id if cause.entry else None
        if name in causes:
            causes[name].setdefault((cause.kind, own), cause)
    return [
        Contrast(name, mine[name], theirs[name], tuple(sorted(found.values(), key=_order)))
        for name, found in causes.items()
    ]


def _order(cause: Cause) -> tuple[int, int]:
    return get_args(Kind).index(cause.kind), cause.entry.position if cause.entry else 0


def _causes(left: Look, right: Look) -> Iterator[tuple[str, Cause]]:
    """Yield names of values with a cause: each way to go from one look to the other, one clock at a time."""
    stops, kinds = _ways(left, right)
    days, ways = tuple(dict.fromkeys((left.day, right.day))), range(len(stops))

    def on(which: Look, day: date, way: int) -> Look:
        return which._replace(day=day, again=stops[way])

    for day, way in product(days, ways):
        yield from _of_entries(on(left, day, way), on(right, day, way))
    for which, way in product((left, right), ways):
        for name in _changed(on(which, left.day, way).values(), on(which, right.day, way).values()):
            yield name, Cause("time_passed")
    for which, day, way in product((left, right), days, ways[1:]):
        yield from _of_decisions(kinds[way - 1], on(which, day, way - 1), on(which, day, way))


def _ways(left: Look, right: Look) -> tuple[list[Answers], list[Kind]]:
    """Return the ways to answer the decisions, from the one look's to the other's, and what changes between them.

    From what was recorded to other rules it goes by today's program under the recorded rules, so that a change of
    the program isn't taken for one of the rules.
    """
    entries = {entry.position: entry for entry in (*left.entries, *right.entries)}
    decided = [entries[position] for position in sorted(entries)]
    mine, theirs = left.clocks.rules, right.clocks.rules
    if mine == theirs:
        return [answers(decided, mine) if mine else {}], []
    if mine and theirs:
        return [answers(decided, mine), answers(decided, theirs)], ["rules"]
    stops: list[Answers] = [{}, answers(decided, None), answers(decided, mine or theirs)]
    kinds: list[Kind] = ["program", "rules"]
    return (stops[::-1], kinds[::-1]) if mine else (stops, kinds)


def _changed(before: Values, after: Values) -> list[str]:
    return [name for name in before if before[name] != after[name]]


def _of_entries(left: Look, right: Look) -> Iterator[tuple[str, Cause]]:
    """Yield what an entry changes that only one of two looks sees, each taken away by itself.

    A correction is taken away with what it put in place: the two came together.
    """
    mine, theirs = left.values(), right.values()
    names, seen = _changed(mine, theirs), left.seen
    apart = seen ^ right.seen if names else frozenset()
    in_both = left.known.keys() & right.known.keys()
    tried: list[Try] = []
    for came_together in _together(apart, left.known | right.known):
        here, whole = (left, mine) if came_together[0] in seen else (right, theirs)
        causes = tuple(
            Cause("time_passed" if event_id in in_both else "learned_later", here.known[event_id])
            for event_id in came_together
        )
        tried.append((causes, whole, here.without(came_together)))
    return _found(names, tried)


def _together(apart: frozenset[UUID], known: Mapping[UUID, Entry]) -> Iterator[list[UUID]]:
    """Yield entries one by one, but a correction and what it put in place together."""
    by = {
        entry.event.replaced_by: event_id
        for event_id, entry in known.items()
        if event_id in apart and isinstance(entry.event, EntryCorrected)
    }
    groups: dict[UUID, list[UUID]] = {}
    for event_id in apart:
        groups.setdefault(by.get(event_id, event_id), []).append(event_id)
    yield from groups.values()


def _of_decisions(kind: Kind, before: Look, after: Look) -> Iterator[tuple[str, Cause]]:
    """Yield what a decision changes that is answered otherwise, each by itself as it was before."""
    whole = after.values()
    names = _changed(before.values(), whole)
    tried: list[Try] = []
    for event_id, made in after.known.items() if names else ():
        then, now = in_place(made.event, before.again), in_place(made.event, after.again)
        if then != now and isinstance(then, EligibilityAssessed) and isinstance(now, EligibilityAssessed):
            cause = Cause(kind, made, *_otherwise(then, now, RULES if kind == "rules" else ()))
            one = {own: answer for own, answer in after.again.items() if own != event_id}
            one |= {own: answer for own, answer in before.again.items() if own == event_id}
            tried.append(((cause,), whole, after._replace(again=one)))
    return _found(names, tried)


def _found(names: Sequence[str], tried: Sequence[Try]) -> Iterator[tuple[str, Cause]]:
    """Yield the causes without which a value would be another; where no one is by itself, all of them together."""
    tries = [(causes, whole, less.values()) for causes, whole, less in tried]
    for name in names:
        alone = [causes for causes, whole, less in tries if whole[name] != less[name]]
        for causes in alone or [causes for causes, _, _ in tries]:
            yield from ((name, cause) for cause in causes)


def _otherwise(
    then: EligibilityAssessed, now: EligibilityAssessed, apart: tuple[str, ...]
) -> tuple[tuple[str, ...], tuple[Difference, ...]]:
    """Return the clauses on which two answers to one question part, and all that differs in them.

    Where a code came or fell, its clauses; else those whose facts differ.
    """
    assert isinstance(then.receipt, Receipt)
    assert isinstance(now.receipt, Receipt)
    differences = tuple(answers_differ(then.receipt.assessment, now.receipt.assessment, apart))
    codes = {*then.refusals} ^ {*now.refusals}
    clauses = [row.clause for row in (*then.clauses, *now.clauses) if row.code in codes]
    clauses = clauses or [row.clause for row in differences if row.clause]
    return tuple(dict.fromkeys(clauses)), differences
