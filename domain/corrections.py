"""What a correction may strike, and whether the history as it will stand is one that could have come about."""

from collections.abc import Iterator, Sequence
from uuid import UUID

from domain.admission import admit
from domain.case import Case, evolve
from domain.event import Event
from domain.events import (
    EVENTS,
    ApplicationReceived,
    EligibilityAssessed,
    EntryCorrected,
    GrantAnnulled,
    PersonErased,
)
from domain.grounds import Known
from domain.history import Entry, fold, standing, struck
from domain.period import no_second_support
from domain.rejections import CommandRejected
from domain.review_events import ReconsiderationDecided

FINAL = (ApplicationReceived, EligibilityAssessed, GrantAnnulled, ReconsiderationDecided, PersonErased)
"""What no correction strikes: a decision is annulled or made anew, an erasure is final."""

CORRECTABLE = tuple(kind for kind in EVENTS.values() if kind not in FINAL)
"""What a correction may strike: everything else."""


def entry_to_correct(
    corrects: UUID, known: Known, correctable: tuple[type[Event], ...] = CORRECTABLE
) -> Entry:
    """Return the entry that a correction names; it must be there, be correctable, and still stand.

    A correction is taken back only while what it put in place, or let stand again, still stands itself.
    """
    entries = {entry.event.event_id: entry for entry in known.entries}
    if corrects not in entries:
        raise CommandRejected("UNKNOWN_ENTRY")
    wrong = entries[corrects]
    if not isinstance(wrong.event, correctable):
        raise CommandRejected("NOT_CORRECTABLE")
    resting = {corrects}
    if isinstance(wrong.event, EntryCorrected):
        before = entries[wrong.event.corrects].event
        resting |= {wrong.event.replaced_by or corrects}
        resting |= {before.corrects if isinstance(before, EntryCorrected) else corrects}
    if resting & struck(known.entries):
        raise CommandRejected("ALREADY_CORRECTED")
    return wrong


def first_corrected(event: Event, known: Known) -> Event:
    """Return what a correction, or a correction of corrections, is about in the end; any other event is itself."""
    entries = {entry.event.event_id: entry.event for entry in known.entries}
    while isinstance(event, EntryCorrected):
        event = entries[event.corrects]
    return event


def admit_history(case: Case, events: list[Event], known: Known) -> None:
    """Ask of the whole history, as it will stand after a correction, whether each entry is still allowed.

    What was not allowed in that order before, such as an expiry before a result that was entered late, stays, as
    long as the same speaks against it.
    """
    last = known.entries[-1]
    entries = [*known.entries]
    for offset, event in enumerate(events, 1):
        entries.append(Entry(last.position + offset, last.recorded_at, event))
    before = {(event_id, rejected.code) for event_id, rejected in _disallowed(case, known.entries, known)}
    for event_id, rejected in _disallowed(case, entries, known):
        if (event_id, rejected.code) not in before:
            raise rejected
    no_second_support(case, fold(case.case_id, entries), known)


def _disallowed(case: Case, entries: Sequence[Entry], known: Known) -> Iterator[tuple[UUID, CommandRejected]]:
    """Yield the entries that stand but would be rejected, were they recorded in the order they happened."""
    history = Case(case_id=case.case_id)
    for entry in standing(entries):
        try:
            admit(entry.event, history, Known(known.today, register=known.register))
        except CommandRejected as rejected:
            yield entry.event.event_id, rejected
        history = evolve(entry.event, history, entry.position)
