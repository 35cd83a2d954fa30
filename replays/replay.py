"""Replays: what happened in a case, what was known then, and why each step was allowed."""

from collections.abc import Iterator, Sequence
from datetime import date, datetime
from typing import NamedTuple
from uuid import UUID

from domain.admission import admit
from domain.case import Case
from domain.grounds import Grounds, Known
from domain.history import Entry, fold, known
from domain.register import Register, fold_register
from domain.rejections import CommandRejected
from ledger.ledger import STOCKHOLM


class Step(NamedTuple):
    """One entry as it came to the case: the state before and after, and why it was allowed."""

    entry: Entry
    before: Case
    after: Case
    grounds: Grounds


def replay(
    case_id: UUID,
    entries: Sequence[Entry],
    valid_on: date | None = None,
    known_at: datetime | None = None,
    lines: Sequence[Entry] = (),
) -> Iterator[Step]:
    """Yield the steps of a case in the order they were recorded, as far as was known at an instant.

    `valid_on` lets the states show the case as it was on that day; entries about later days are left out.
    `lines` are the register's entries: each step was allowed in view of those that came before it.
    """
    taken: list[Entry] = []
    before, register, count = Case(case_id=case_id), Register(), 0
    for entry in known(entries, known_at):
        earlier = [line for line in lines if line.position < entry.position]
        if len(earlier) != count:
            count, register = len(earlier), fold_register(earlier)
        grounds = _grounds(entry, fold(case_id, taken), register)
        taken.append(entry)
        after = fold(case_id, taken, valid_on)
        if valid_on is None or entry.event.occurred_on <= valid_on:
            yield Step(entry, before, after, grounds)
        before = after


def _grounds(entry: Entry, case: Case, register: Register) -> Grounds:
    """Ask again why an entry was allowed, on what the case was then and the day it was recorded."""
    recorded_on = entry.recorded_at.astimezone(STOCKHOLM).date()
    try:
        return admit(entry.event, case, Known(recorded_on, register=register))
    except CommandRejected as rejected:
        return Grounds(
            rejected.clause,
            f"Skulle inte tillåtas i dag: {rejected.sv}",
            f"Would not be allowed today: {rejected.en}",
        )
