"""Replays of an employer's case: what happened, what was known then, and why each step was allowed."""

from collections.abc import Iterator, Sequence
from datetime import date, datetime
from typing import NamedTuple
from uuid import UUID

from domain.employer import EmployerCase, fold_employer
from domain.employer_admission import admit_employer, case_before
from domain.grounds import Grounds, Known
from domain.history import Entry, known
from domain.register import fold_register
from domain.rejections import CommandRejected
from ledger.ledger import STOCKHOLM


class EmployerStep(NamedTuple):
    """One entry as it came to an employer's case: the state before and after, and why it was allowed."""

    entry: Entry
    before: EmployerCase
    after: EmployerCase
    grounds: Grounds


def replay_employer(
    case_id: UUID,
    entries: Sequence[Entry],
    valid_on: date | None = None,
    known_at: datetime | None = None,
    lines: Sequence[Entry] = (),
) -> Iterator[EmployerStep]:
    """Yield the steps of a case in the order they were recorded, as `replay` does for a person's."""
    taken: list[Entry] = []
    before = EmployerCase(case_id=case_id)
    for entry in known(entries, known_at):
        grounds = _grounds(case_id, entry, taken, lines)
        taken.append(entry)
        after = fold_employer(case_id, taken, valid_on)
        if valid_on is None or entry.event.occurred_on <= valid_on:
            yield EmployerStep(entry, before, after, grounds)
        before = after


def _grounds(case_id: UUID, entry: Entry, taken: Sequence[Entry], lines: Sequence[Entry]) -> Grounds:
    """Ask again why an entry was allowed, on what the case and the register were then."""
    register = fold_register([line for line in lines if line.position < entry.position])
    recorded_on = entry.recorded_at.astimezone(STOCKHOLM).date()
    then = Known(recorded_on, tuple(taken), register=register)
    try:
        return admit_employer(entry.event, case_before(case_id, entry, taken), then)
    except CommandRejected as rejected:
        return Grounds(
            rejected.clause,
            f"Skulle inte tillåtas i dag: {rejected.sv}",
            f"Would not be allowed today: {rejected.en}",
        )
