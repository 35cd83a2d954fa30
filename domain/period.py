"""The time of a support: whether it has begun, and whether a day lies in it."""

from datetime import date

from domain.case import Case
from domain.engagement import Engagement
from domain.event import Event
from domain.grounds import Known
from domain.rejections import CommandRejected
from domain.services import Service, catalogue_on


def terms_of(case: Case) -> Service | None:
    """Return the service that a case is about, as the support's catalogue states it, or the one now applied for."""
    if case.engagement is not None:
        return case.engagement.terms
    if case.application is None:
        return None
    return catalogue_on(case.application.occurred_on).services.get(case.application.service)


def started(case: Case) -> Engagement:
    """Return the support; raise `CommandRejected` where it has not begun."""
    if case.engagement is None:
        terms = terms_of(case)
        raise CommandRejected("NOT_STARTED", clause=terms.clauses.start if terms else "AMB-28")
    return case.engagement


def within(event: Event, case: Case) -> Engagement:
    """Return the support, provided that the event happened in its time; late entry is allowed (AMB-35)."""
    engagement, on = started(case), event.occurred_on
    gap = engagement.gap_on(on)
    if not engagement.starts_on <= on <= engagement.last_day or gap is not None:
        raise CommandRejected(
            "OUTSIDE_PERIOD",
            clause=engagement.terms.clauses.period,
            occurred_on=on,
            starts_on=gap.until if gap else engagement.starts_on,
            ends_on=engagement.last_day,
        )
    return engagement


def nothing_later(on: date, engagement: Engagement) -> None:
    """Raise `CommandRejected` where the support would end before what is on record in it."""
    closed_on = engagement.closed_by.occurred_on if engagement.closed_by else on
    last = max(engagement.last_entry, closed_on)
    if last > on:
        raise CommandRejected("LATER_ENTRIES", on=on, last=last)


def no_other_support(first: date, last: date, known: Known) -> None:
    """Raise `CommandRejected` where another case of the person has support in a stretch of days (AMB-29)."""
    for other in known.other_cases:
        if other.engagement and other.engagement.meets(first, last):
            raise CommandRejected("DUPLICATE_ACTIVE_CASE", case=other.case_id)


def no_second_support(before: Case, after: Case, known: Known) -> None:
    """Raise `CommandRejected` where a correction lets a case's support run beside another of the person's."""
    for other in known.other_cases:
        if _beside(after, other) and not _beside(before, other):
            raise CommandRejected("DUPLICATE_ACTIVE_CASE", case=other.case_id)


def _beside(one: Case, other: Case) -> bool:
    """Tell whether the supports of two cases go on at the same time."""
    return bool(one.engagement and other.engagement and one.engagement.runs_beside(other.engagement))
