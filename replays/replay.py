"""Replays: what happened in a case, what was known then, by which rules, and why each step was allowed."""

from collections.abc import Iterator, Sequence
from datetime import date, datetime
from typing import NamedTuple
from uuid import UUID

from domain.admission import admit
from domain.case import Case
from domain.events import EligibilityAssessed
from domain.grounds import Grounds, Known
from domain.history import Entry, fold, known
from domain.policy import Policy
from domain.register import Register, fold_register
from domain.rejections import CommandRejected
from ledger.ledger import STOCKHOLM
from replays.other_rules import answers, in_place, placed, resting
from replays.receipts import Redecided

TODAY = ("Skulle inte tillåtas i dag", "Would not be allowed today")
UNDER_RULES = ("Skulle inte tillåtas med dessa villkor", "Would not be allowed under these rules")


class Step(NamedTuple):
    """One entry as it came to the case: the state before and after, and why it was allowed.

    Under other rules than it was recorded by, a decision has its new answer, and what rests on a decision that
    would be the other way round names it.
    """

    entry: Entry
    before: Case
    after: Case
    grounds: Grounds
    again: Redecided | None = None
    rests_on: EligibilityAssessed | None = None


def replay(
    case_id: UUID,
    entries: Sequence[Entry],
    valid_on: date | None = None,
    known_at: datetime | None = None,
    lines: Sequence[Entry] = (),
    rules: Policy | None = None,
) -> Iterator[Step]:
    """Yield the steps of a case in the order they were recorded, as far as was known at an instant.

    `valid_on` lets the states show the case as it was on that day; entries about later days are left out.
    `lines` are the register's entries: each step was allowed in view of those that came before it. Under `rules`
    each decision is executed again and the states follow its new answer; without, they are as recorded.
    """
    taken: list[Entry] = []
    before, register, count = Case(case_id=case_id), Register(), 0
    in_time = known(entries, known_at)
    again = answers(in_time, rules) if rules else {}
    decisions = {
        row.event.event_id: row.event for row in in_time if isinstance(row.event, EligibilityAssessed)
    }
    for entry in in_time:
        earlier = [line for line in lines if line.position < entry.position]
        if len(earlier) != count:
            count, register = len(earlier), fold_register(earlier)
        tried = entry._replace(event=in_place(entry.event, again))
        words = UNDER_RULES if rules else TODAY
        grounds = _grounds(tried, fold(case_id, placed(taken, again)), register, words)
        taken.append(entry)
        after = fold(case_id, placed(taken, again), valid_on)
        if valid_on is None or entry.event.occurred_on <= valid_on:
            own = entry.event.event_id
            on = resting(taken, again).get(own)
            yield Step(entry, before, after, grounds, again.get(own), decisions[on] if on else None)
        before = after


def _grounds(entry: Entry, case: Case, register: Register, words: tuple[str, str]) -> Grounds:
    """Ask again why an entry was allowed, on what the case was then and the day it was recorded."""
    recorded_on = entry.recorded_at.astimezone(STOCKHOLM).date()
    try:
        return admit(entry.event, case, Known(recorded_on, register=register))
    except CommandRejected as rejected:
        return Grounds(rejected.clause, f"{words[0]}: {rejected.sv}", f"{words[1]}: {rejected.en}")
