"""A case, and what each event changes in it."""

from datetime import date, timedelta
from functools import singledispatch
from typing import Literal
from uuid import UUID

from domain.event import Event
from domain.events import (
    ApplicationReceived,
    DeclarationRecorded,
    EarlierGrantRecorded,
    EligibilityAssessed,
    EmployerNotified,
    EvidenceRecorded,
    GrantAnnulled,
    NeedJudged,
    PersonErased,
    PersonJoined,
)
from domain.services import SERVICES
from domain.support_events import (
    AdvisorAssigned,
    EngagementExpired,
    EngagementStarted,
    MeetingHeld,
    OutcomeReached,
    Paused,
    Resumed,
)
from domain.values import Frozen

Stage = Literal["none", "received", "refused", "granted", "annulled", "active", "paused", "ended", "erased"]
EvidenceEvent = EvidenceRecorded | DeclarationRecorded | EarlierGrantRecorded | NeedJudged | EmployerNotified


def day_after(day: date) -> date:
    """Return the next day."""
    return day + timedelta(days=1)


class Break(Frozen):
    """An interruption of the support: from a day, until the client came back (None while away)."""

    since: date
    until: date | None = None


class Engagement(Frozen):
    """The support under way: `agreed_end` is its last day and never moves later (K-2.1-i)."""

    service: str
    months: int
    starts_on: date
    agreed_end: date
    meetings: tuple[date, ...] = ()
    breaks: tuple[Break, ...] = ()
    outcome: OutcomeReached | None = None
    expired: EngagementExpired | None = None
    annulled_on: date | None = None

    @property
    def meetings_required(self) -> int:
        """Return the least number of meetings of the form (K-2.1-e, -f, K-3.1-e, K-4.1-e)."""
        return SERVICES[self.service].meetings[self.months]

    @property
    def last_day(self) -> date:
        """Return the last day on which something can happen in the support: its result's, or the agreed end."""
        ends = (self.outcome.occurred_on if self.outcome else None, self.annulled_on)
        return min((day for day in ends if day), default=self.agreed_end)

    @property
    def result(self) -> str | None:
        """Return the kind of result that ended the support, `expired` at the agreed end, None while it goes on."""
        if self.outcome:
            return self.outcome.outcome
        return "expired" if self.expired else None

    @property
    def open_break(self) -> Break | None:
        """Return the interruption that the client has not come back from."""
        return self.breaks[-1] if self.breaks and self.breaks[-1].until is None else None

    def ended(self, on: date) -> bool:
        """Tell whether the support reads as ended on a day, recorded or not (K-2.1-c)."""
        return bool(self.outcome or self.expired or self.annulled_on) or on > self.agreed_end

    @property
    def last_entry(self) -> date:
        """Return the last day on which something in the support is on record."""
        days = [self.starts_on, *self.meetings]
        for pause in self.breaks:
            days += [pause.since, pause.until or pause.since]
        return max(days)

    def meets(self, first: date, last: date) -> bool:
        """Tell whether the support went on in some of a stretch of days; a result or annulment ends its day."""
        cut_short = self.outcome is not None or self.annulled_on is not None
        after = self.last_day if cut_short else day_after(self.last_day)
        return self.starts_on <= last and first < after


class Case(Frozen):
    """The state of a case. It is derived from its events by `fold`, and from nothing else."""

    case_id: UUID
    application: ApplicationReceived | None = None
    evidence: tuple[tuple[int, EvidenceEvent], ...] = ()
    """Evidence with its position in the log, which says what came in first."""
    decisions: tuple[EligibilityAssessed, ...] = ()
    annulled: tuple[GrantAnnulled, ...] = ()
    advisor: str | None = None
    engagement: Engagement | None = None
    joined: tuple[str, ...] = ()
    """Other references under which the person is known."""
    erased: bool = False

    @property
    def decision(self) -> EligibilityAssessed | None:
        """Return the newest decision, which stands."""
        return self.decisions[-1] if self.decisions else None

    @property
    def grant(self) -> EligibilityAssessed | None:
        """Return the grant that stands: the newest decision, if it grants and is not annulled."""
        newest = self.decision
        if newest is None or newest.decision != "grant":
            return None
        return None if any(row.grant == newest.event_id for row in self.annulled) else newest

    def stage(self, on: date) -> Stage:
        """Return how far the case has come, as it reads on a day."""
        if self.erased:
            return "erased"
        if self.application is None:
            return "none"
        if self.decision is None:
            return "received"
        if self.engagement and not self.engagement.annulled_on:
            if self.engagement.ended(on):
                return "ended"
            return "paused" if self.engagement.open_break else "active"
        if self.grant:
            return "granted"
        return "annulled" if self.decision.decision == "grant" else "refused"


@singledispatch
def evolve(event: Event, case: Case, position: int) -> Case:
    """Return the case after an event. An event that has no rule here is an error, never skipped."""
    raise TypeError(f"no rule for {type(event).__name__}")


@evolve.register
def _(event: ApplicationReceived, case: Case, position: int) -> Case:
    return case.model_copy(update={"application": event})


@evolve.register(EvidenceRecorded)
@evolve.register(DeclarationRecorded)
@evolve.register(EarlierGrantRecorded)
@evolve.register(NeedJudged)
@evolve.register(EmployerNotified)
def _(event: EvidenceEvent, case: Case, position: int) -> Case:
    return case.model_copy(update={"evidence": (*case.evidence, (position, event))})


@evolve.register
def _(event: EligibilityAssessed, case: Case, position: int) -> Case:
    return case.model_copy(update={"decisions": (*case.decisions, event), "engagement": None})


@evolve.register
def _(event: GrantAnnulled, case: Case, position: int) -> Case:
    case = case.model_copy(update={"annulled": (*case.annulled, event)})
    return _engaged(case, annulled_on=event.occurred_on)


@evolve.register
def _(event: AdvisorAssigned, case: Case, position: int) -> Case:
    return case.model_copy(update={"advisor": event.advisor})


@evolve.register
def _(event: EngagementStarted, case: Case, position: int) -> Case:
    annulled = next((row.occurred_on for row in case.annulled if row.grant == event.grant), None)
    engagement = Engagement(
        service=event.service,
        months=event.months,
        starts_on=event.occurred_on,
        agreed_end=event.agreed_end,
        annulled_on=annulled,
    )
    return case.model_copy(update={"engagement": engagement})


def _engaged(case: Case, **changes: object) -> Case:
    """Return the case with its engagement changed; without one (its start was struck out) unchanged."""
    if case.engagement is None:
        return case
    return case.model_copy(update={"engagement": case.engagement.model_copy(update=changes)})


@evolve.register
def _(event: MeetingHeld, case: Case, position: int) -> Case:
    held = case.engagement.meetings if case.engagement else ()
    return _engaged(case, meetings=(*held, event.occurred_on))


@evolve.register
def _(event: Paused, case: Case, position: int) -> Case:
    if case.engagement is None or case.engagement.open_break:
        return case
    return _engaged(case, breaks=(*case.engagement.breaks, Break(since=event.occurred_on)))


@evolve.register
def _(event: Resumed, case: Case, position: int) -> Case:
    if case.engagement is None or case.engagement.open_break is None:
        return case
    back = Break(since=case.engagement.open_break.since, until=event.occurred_on)
    return _engaged(case, breaks=(*case.engagement.breaks[:-1], back))


@evolve.register
def _(event: OutcomeReached, case: Case, position: int) -> Case:
    return _engaged(case, outcome=event)


@evolve.register
def _(event: EngagementExpired, case: Case, position: int) -> Case:
    return _engaged(case, expired=event)


@evolve.register
def _(event: PersonJoined, case: Case, position: int) -> Case:
    return case.model_copy(update={"joined": (*case.joined, event.person_ref)})


@evolve.register
def _(event: PersonErased, case: Case, position: int) -> Case:
    return case.model_copy(update={"erased": True})
