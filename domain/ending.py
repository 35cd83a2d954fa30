"""How a support pauses and ends: whether it may, and why (K-2.1-c to -i, K-2.5, K-3.4, K-4.5)."""

from datetime import date
from functools import singledispatch

from domain.case import Case
from domain.engagement import Engagement, day_after
from domain.event import Erased, Event
from domain.grounds import Grounds, Known
from domain.period import no_other_support, nothing_later, started, terms_of, within
from domain.rejections import CommandRejected
from domain.results import OUTCOMES, long_enough, must_be_a_result
from domain.reviews import review_grounds
from domain.support_events import (
    EngagementExpired,
    OutcomeEvidenced,
    OutcomeReached,
    Paused,
    Reopened,
    Resumed,
    ShortfallExplained,
    Withdrawn,
)


@singledispatch
def ending_grounds(event: Event, case: Case, known: Known) -> Grounds:
    """Return the grounds of an event that interrupts or ends a support, or raise what speaks against it."""
    return review_grounds(event, case, known)


@ending_grounds.register
def _(event: Paused, case: Case, known: Known) -> Grounds:
    engagement = within(event, case)
    clause = engagement.terms.clauses.pause
    since, back_on = event.occurred_on, event.back_on or date.max
    if back_on <= since:
        raise CommandRejected("PAUSE_ENDS_FIRST", clause=clause, on=since, until=back_on)
    if event.back_on is not None:
        within(event.model_copy(update={"occurred_on": back_on}), case)
    for pause in engagement.breaks:
        if since < (pause.until or date.max) and (pause.since <= since or pause.since < back_on):
            raise CommandRejected("ALREADY_PAUSED", clause=clause, since=pause.since)
    _must_be_an_interruption(event, engagement)
    return Grounds(
        clause,
        f"Kunden får avbryta och komma tillbaka; slutdatum {engagement.agreed_end} står fast.",
        f"The client may interrupt and come back; the agreed end {engagement.agreed_end} stands.",
    )


def _must_be_an_interruption(event: Paused, engagement: Engagement) -> None:
    """Raise `CommandRejected` where a reason is not told in full, or is a result (K-2.1-h1, -h2, K-4.1-f1, -f2).

    What was sealed and is erased is not tried again.
    """
    if isinstance(event.reason, Erased) or isinstance(event.details, Erased):
        return
    clause, details, results = engagement.terms.clauses.pause, event.details, engagement.terms.outcomes
    school = details.school if details else None
    lacking = {
        "substitute_post": event.expected_until is None,
        "full_time_studies_term": school is None,
        "other": details is None or details.words is None,
    }
    if lacking.get(event.reason, False):
        raise CommandRejected("PAUSE_INCOMPLETE", clause=clause)
    last = event.expected_until
    if last is not None and last < event.occurred_on:
        raise CommandRejected("PAUSE_ENDS_FIRST", clause=clause, on=event.occurred_on, until=last)
    kind = {"substitute_post": "fixed_term_job", "full_time_studies_term": "studies"}.get(event.reason)
    definition = next((row for name, row in results.items() if name == kind), None)
    if definition is None or not (definition.least_months or definition.least_weeks):
        return
    pace = details.pace_percent if details else None
    listed = not definition.schools or (
        school in definition.schools and pace in (None, definition.pace_percent)
    )
    if listed and (last is None or long_enough(event.occurred_on, last, definition)):
        raise CommandRejected("RESULT_NOT_INTERRUPTION", clause=definition.clause)


@ending_grounds.register
def _(event: Resumed, case: Case, known: Known) -> Grounds:
    engagement = within(event, case)
    clause = engagement.terms.clauses.pause
    if engagement.open_break is None or event.occurred_on <= engagement.open_break.since:
        raise CommandRejected("NOT_PAUSED", clause=clause, occurred_on=event.occurred_on)
    return Grounds(
        clause,
        f"Kunden har rätt att komma tillbaka till och med {engagement.agreed_end}.",
        f"The client has the right to come back until {engagement.agreed_end}, that day included.",
    )


def _still_open(case: Case, clause: str) -> None:
    """Raise `CommandRejected` where a result or a withdrawal closed the support before."""
    engagement = started(case)
    if engagement.closed_by is not None:
        raise CommandRejected("ALREADY_ENDED", clause=clause, ended_on=engagement.closed_by.occurred_on)


@ending_grounds.register
def _(event: OutcomeReached, case: Case, known: Known) -> Grounds:
    clause = started(case).terms.clauses.outcome
    _still_open(case, clause)
    engagement = within(event, case)
    nothing_later(event.occurred_on, engagement)
    definition = must_be_a_result(event, engagement, case)
    return Grounds(
        definition.clause,
        f"Resultatet, {OUTCOMES[event.outcome][0]}, hör till tjänsten och nåddes inom stödets tid.",
        f"The result, {OUTCOMES[event.outcome][1]}, belongs to the service and was reached within its time.",
    )


@ending_grounds.register
def _(event: OutcomeEvidenced, case: Case, known: Known) -> Grounds:
    engagement = started(case)
    clause = engagement.terms.clauses.outcome
    reached = engagement.outcome
    if reached is None or reached.event_id != event.outcome:
        raise CommandRejected("NO_RESULT", clause=clause)
    if event.occurred_on < reached.occurred_on:
        raise CommandRejected(
            "OUTSIDE_PERIOD",
            clause=clause,
            occurred_on=event.occurred_on,
            starts_on=reached.occurred_on,
            ends_on=known.today,
        )
    return Grounds(
        clause,
        f"Underlag för resultatet från {reached.occurred_on} har kommit in.",
        f"Evidence of the result of {reached.occurred_on} came in.",
    )


@ending_grounds.register
def _(event: Withdrawn, case: Case, known: Known) -> Grounds:
    terms = terms_of(case)
    clause = terms.clauses.period if terms else "AMB-28"
    if case.engagement is not None:
        _still_open(case, clause)
        nothing_later(event.occurred_on, within(event, case))
        return Grounds(
            clause,
            f"Kunden avslutar stödet {event.occurred_on}; beslutets månader förblir förbrukade.",
            f"The client ends the support on {event.occurred_on}; the grant's months stay used.",
        )
    refused = case.decision is not None and case.grant is None
    if case.withdrawn is not None or refused:
        raise CommandRejected("NOTHING_TO_WITHDRAW", clause=clause)
    if case.grant is not None and event.occurred_on < case.grant.occurred_on:
        raise CommandRejected("DECISION_OUT_OF_ORDER", decided_on=case.grant.occurred_on)
    last = max((row.occurred_on for row in case.statements), default=event.occurred_on)
    if last > event.occurred_on:
        raise CommandRejected("LATER_ENTRIES", on=event.occurred_on, last=last)
    return Grounds(
        clause,
        f"Kunden återtar ansökan {event.occurred_on}.",
        f"The client withdraws the application on {event.occurred_on}.",
    )


@ending_grounds.register
def _(event: Reopened, case: Case, known: Known) -> Grounds:
    engagement, on = started(case), event.occurred_on
    clause, closed = engagement.terms.clauses.pause, engagement.closed_by
    if closed is None or engagement.annulled_on is not None or on <= closed.occurred_on:
        raise CommandRejected("NOT_CLOSED", clause=clause, on=on)
    if on > engagement.agreed_end:
        raise CommandRejected(
            "OUTSIDE_PERIOD",
            clause=engagement.terms.clauses.period,
            occurred_on=on,
            starts_on=engagement.starts_on,
            ends_on=engagement.agreed_end,
        )
    no_other_support(on, engagement.agreed_end, known)
    return Grounds(
        clause,
        f"Kunden får komma tillbaka till stödet till och med {engagement.agreed_end}; slutdatum står fast.",
        f"The client may come back to the support until {engagement.agreed_end}; the agreed end stands.",
    )


@ending_grounds.register
def _(event: EngagementExpired, case: Case, known: Known) -> Grounds:
    engagement = started(case)
    clause, agreed_end = engagement.terms.clauses.period, engagement.agreed_end
    if engagement.closed_by or engagement.expired or engagement.annulled_on:
        ended_on = engagement.expired.occurred_on if engagement.expired else engagement.last_day
        raise CommandRejected("ALREADY_ENDED", clause=clause, ended_on=ended_on)
    if known.today <= agreed_end or event.occurred_on != day_after(agreed_end):
        raise CommandRejected("AGREED_END_NOT_REACHED", clause=clause, agreed_end=agreed_end)
    return Grounds(
        clause,
        f"Avtalat slutdatum {agreed_end} passerade utan resultat; {event.meetings_held} av minst "
        f"{event.meetings_required} möten hölls.{_reason_due_sv(event)}",
        f"The agreed end {agreed_end} passed without a result; {event.meetings_held} of at least "
        f"{event.meetings_required} meetings were held.{_reason_due_en(event)}",
    )


def _reason_due_sv(event: EngagementExpired) -> str:
    return f" {event.meetings_missing} saknas; skälet ska anges." if event.meetings_missing else ""


def _reason_due_en(event: EngagementExpired) -> str:
    return f" {event.meetings_missing} missing; the reason is to be told." if event.meetings_missing else ""


@ending_grounds.register
def _(event: ShortfallExplained, case: Case, known: Known) -> Grounds:
    engagement = started(case)
    held, least, clause = engagement.meetings_held, engagement.meetings_required, engagement.form.clause
    if engagement.expired is None or engagement.closed_by or held >= least:
        raise CommandRejected("NO_SHORTFALL", clause=clause, held=held, required=least)
    if event.occurred_on <= engagement.agreed_end:
        raise CommandRejected("AGREED_END_NOT_REACHED", clause=clause, agreed_end=engagement.agreed_end)
    return Grounds(
        clause,
        f"{held} av minst {least} möten hölls; skälet är registrerat.",
        f"{held} of at least {least} meetings were held; the reason is on record.",
    )
