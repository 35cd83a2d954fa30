"""Whether an event of the support may enter a case, and why."""

from datetime import date
from functools import singledispatch

from domain.case import Case, Engagement, day_after
from domain.event import Event
from domain.grounds import Grounds, Known
from domain.rejections import CommandRejected
from domain.services import SERVICES, Clauses
from domain.support_events import (
    AdvisorAssigned,
    EngagementExpired,
    EngagementStarted,
    MeetingHeld,
    OutcomeReached,
    Paused,
    Resumed,
)


@singledispatch
def support_grounds(event: Event, case: Case, known: Known) -> Grounds:
    """Return the grounds of one kind of event in a support, or raise what speaks against it."""
    raise TypeError(f"no rule for {type(event).__name__}")


@support_grounds.register
def _(event: AdvisorAssigned, case: Case, known: Known) -> Grounds:
    return Grounds(
        "O-22-2" if case.application and case.application.policy == "omstallningsfonden" else "K-2.3-a",
        f"Ärendet får en egen rådgivare från {event.occurred_on}.",
        f"The case has its own advisor from {event.occurred_on}.",
    )


@support_grounds.register
def _(event: EngagementStarted, case: Case, known: Known) -> Grounds:
    grant = case.grant
    if grant is None or grant.last_day is None or grant.event_id != event.grant:
        raise CommandRejected("NOT_GRANTED")
    clauses = SERVICES[event.service].clauses
    if case.engagement is not None:
        raise CommandRejected("ALREADY_STARTED", clause=clauses.period, starts_on=case.engagement.starts_on)
    last_day = min(grant.last_day, event.agreed_end)
    if not grant.occurred_on <= event.occurred_on <= last_day:
        raise CommandRejected("START_OUTSIDE_WINDOW", decided_on=grant.occurred_on, last_day=last_day)
    _no_other_support(event.occurred_on, event.agreed_end, known)
    return Grounds(
        clauses.start,
        f"Stödet beviljades {grant.occurred_on} och får pågå till och med {event.agreed_end}.",
        f"The support was granted on {grant.occurred_on} and may go on until {event.agreed_end}.",
    )


def _no_other_support(first: date, last: date, known: Known) -> None:
    """Raise `CommandRejected` where another case of the person has support in a stretch of days (AMB-29)."""
    for other in known.other_cases:
        if other.engagement and other.engagement.meets(first, last):
            raise CommandRejected("DUPLICATE_ACTIVE_CASE", case=other.case_id)


def no_second_support(before: Case, after: Case, known: Known) -> None:
    """Raise `CommandRejected` where a correction lets a case's support run beside another of the person's."""
    if after.engagement is None or (
        before.engagement and before.engagement.last_day >= after.engagement.last_day
    ):
        return
    first = before.engagement.last_day if before.engagement else after.engagement.starts_on
    _no_other_support(first, after.engagement.last_day, known)


def nothing_later(on: date, engagement: Engagement) -> None:
    """Raise `CommandRejected` where the support would end before what is on record in it."""
    if engagement.last_entry > on:
        raise CommandRejected("LATER_ENTRIES", on=on, last=engagement.last_entry)


def _started(case: Case) -> tuple[Engagement, Clauses]:
    """Return the support that began and the clauses of its service."""
    if case.engagement is None:
        service = case.application.service if case.application else "counselling_dismissed"
        raise CommandRejected("NOT_STARTED", clause=SERVICES[service].clauses.start)
    return case.engagement, SERVICES[case.engagement.service].clauses


def _within(event: Event, case: Case) -> tuple[Engagement, Clauses]:
    """Return the support, provided that the event happened in its time; late entry is allowed (AMB-35)."""
    engagement, clauses = _started(case)
    if not engagement.starts_on <= event.occurred_on <= engagement.last_day:
        raise CommandRejected(
            "OUTSIDE_PERIOD",
            clause=clauses.period,
            occurred_on=event.occurred_on,
            starts_on=engagement.starts_on,
            ends_on=engagement.last_day,
        )
    return engagement, clauses


@support_grounds.register
def _(event: MeetingHeld, case: Case, known: Known) -> Grounds:
    engagement, clauses = _within(event, case)
    count, least = len(engagement.meetings) + 1, engagement.meetings_required
    return Grounds(
        clauses.meeting,
        f"Mötet ligger inom stödets tid; det är möte {count}, minst {least} ska hållas.",
        f"The meeting lies within the support's time; it is number {count}, of at least {least}.",
    )


@support_grounds.register
def _(event: Paused, case: Case, known: Known) -> Grounds:
    engagement, clauses = _within(event, case)
    for pause in engagement.breaks:
        if pause.since <= event.occurred_on and (pause.until is None or event.occurred_on < pause.until):
            raise CommandRejected("ALREADY_PAUSED", clause=clauses.pause, since=pause.since)
    if engagement.breaks and engagement.breaks[-1].since > event.occurred_on:
        raise CommandRejected("ALREADY_PAUSED", clause=clauses.pause, since=engagement.breaks[-1].since)
    return Grounds(
        clauses.pause,
        f"Kunden får avbryta och komma tillbaka; slutdatum {engagement.agreed_end} står fast.",
        f"The client may interrupt and come back; the agreed end {engagement.agreed_end} stands.",
    )


@support_grounds.register
def _(event: Resumed, case: Case, known: Known) -> Grounds:
    engagement, clauses = _within(event, case)
    if engagement.open_break is None or event.occurred_on <= engagement.open_break.since:
        raise CommandRejected("NOT_PAUSED", clause=clauses.pause, occurred_on=event.occurred_on)
    return Grounds(
        clauses.pause,
        f"Kunden har rätt att komma tillbaka till och med {engagement.agreed_end}.",
        f"The client has the right to come back until {engagement.agreed_end}, that day included.",
    )


@support_grounds.register
def _(event: OutcomeReached, case: Case, known: Known) -> Grounds:
    engagement, clauses = _started(case)
    service = SERVICES[engagement.service]
    if engagement.outcome is not None:
        raise CommandRejected(
            "ALREADY_ENDED", clause=clauses.outcome, ended_on=engagement.outcome.occurred_on
        )
    _within(event, case)
    nothing_later(event.occurred_on, engagement)
    if event.outcome not in service.outcomes:
        raise CommandRejected(
            "OUTCOME_NOT_IN_SERVICE", clause=clauses.outcome, outcomes=", ".join(service.outcomes)
        )
    held, least = len(engagement.meetings), engagement.meetings_required
    if event.outcome == "guidance_completed" and held < least:
        raise CommandRejected("MEETINGS_BELOW_MINIMUM", clause="K-3.4-a", required=least, held=held)
    return Grounds(
        clauses.outcome,
        f"Resultatet {event.outcome} hör till tjänsten och nåddes inom stödets tid.",
        f"The result {event.outcome} belongs to the service and was reached within the support's time.",
    )


@support_grounds.register
def _(event: EngagementExpired, case: Case, known: Known) -> Grounds:
    engagement, clauses = _started(case)
    if engagement.outcome or engagement.expired or engagement.annulled_on:
        ended_on = engagement.expired.occurred_on if engagement.expired else engagement.last_day
        raise CommandRejected("ALREADY_ENDED", clause=clauses.period, ended_on=ended_on)
    if known.today <= engagement.agreed_end or event.occurred_on != day_after(engagement.agreed_end):
        raise CommandRejected(
            "AGREED_END_NOT_REACHED", clause=clauses.period, agreed_end=engagement.agreed_end
        )
    return Grounds(
        clauses.period,
        f"Avtalat slutdatum {engagement.agreed_end} passerade utan resultat; {event.meetings_held} av minst "
        f"{event.meetings_required} möten hölls.",
        f"The agreed end {engagement.agreed_end} passed without a result; {event.meetings_held} of at least "
        f"{event.meetings_required} meetings were held.",
    )
