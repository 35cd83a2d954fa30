"""A case, and what each event changes in it."""

from datetime import date
from functools import singledispatch
from typing import Literal
from uuid import UUID

from domain.engagement import Engagement, begun, happen
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
from domain.fund import Fund, FundEvent, given_by_fund
from domain.fund_events import MeasurePaid, WayChosen
from domain.protection_events import ProtectionEvent
from domain.review_events import AppealDecided, AppealLodged, ReconsiderationDecided, ReconsiderationRequested
from domain.support_events import (
    AdvisorAssigned,
    EngagementStarted,
    StatementIssued,
    StatementRequested,
    Withdrawn,
)
from domain.values import Frozen

Stage = Literal[
    "none",
    "received",
    "statement",
    "procedure",
    "withdrawn",
    "refused",
    "granted",
    "annulled",
    "active",
    "paused",
    "ended",
    "erased",
]
"""How far a case has come; `statement` is one that asks for a statement alone (AMB-28), `procedure` one of the five
steps at reduced work capacity (O-26)."""
Review = ReconsiderationRequested | ReconsiderationDecided | AppealLodged | AppealDecided
EvidenceEvent = EvidenceRecorded | DeclarationRecorded | EarlierGrantRecorded | NeedJudged | EmployerNotified


OTHER_CASES: dict[str, Stage] = {"statement": "statement", "reduced_capacity": "procedure"}
"""Cases in which no support is applied for, and how far they read as having come."""


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
    withdrawn: Withdrawn | None = None
    """The withdrawal of the application, before any support began."""
    statements: tuple[StatementRequested | StatementIssued, ...] = ()
    fund: Fund = Fund()
    """What Omställningsfonden gave and did by collective agreement."""
    reviews: tuple[Review, ...] = ()
    """Requests for reconsideration, appeals, and what came of them."""
    joined: tuple[str, ...] = ()
    """Other references under which the person is known."""
    protection: tuple[int, ProtectionEvent] | None = None
    """The newest change of the identity's protection, with its position in the log."""
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
        if self.engagement and not self.engagement.annulled_on:
            return _stage_of(self.engagement, on)
        if self.withdrawn:
            return "withdrawn"
        if self.decision is None:
            return OTHER_CASES.get(self.application.service, "received")
        if self.grant:
            return "granted"
        return "annulled" if self.decision.decision == "grant" else "refused"


def _stage_of(engagement: Engagement, on: date) -> Stage:
    """Return how far a support has come, as it reads on a day."""
    if engagement.ended(on):
        return "ended"
    return "paused" if engagement.away(on) else "active"


@singledispatch
def evolve(event: Event, case: Case, position: int) -> Case:
    """Return the case after an event; what happens in a support has its rules in engagement.py.

    Where there is no support, because its start was struck out, nothing happens in it. An event that has no rule
    is an error, never skipped.
    """
    if case.engagement is None:
        if happen.dispatch(type(event)) is happen.dispatch(object):
            raise TypeError(f"no rule for {type(event).__name__}")
        return case
    return _engaged(case, happen(event, case.engagement))


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
    if case.engagement is None:
        return case
    return _engaged(case, case.engagement.model_copy(update={"annulled_on": event.occurred_on}))


@evolve.register
def _(event: AdvisorAssigned, case: Case, position: int) -> Case:
    return case.model_copy(update={"advisor": event.advisor})


@evolve.register
def _(event: EngagementStarted, case: Case, position: int) -> Case:
    # A day is all that is known of when: what began and was annulled on the day of a new decision is over with it.
    if case.decision is not None and event.grant != case.decision.event_id:
        return case
    annulled = next((row.occurred_on for row in case.annulled if row.grant == event.grant), None)
    return case.model_copy(update={"engagement": begun(event, annulled)})


@evolve.register
def _(event: Withdrawn, case: Case, position: int) -> Case:
    if case.engagement is None:
        return case.model_copy(update={"withdrawn": event})
    return _engaged(case, happen(event, case.engagement))


@evolve.register
def _(event: StatementRequested | StatementIssued, case: Case, position: int) -> Case:
    case = case.model_copy(update={"statements": (*case.statements, event)})
    if case.engagement is None:
        return case
    last_entry = max(case.engagement.last_entry, event.occurred_on)
    return _engaged(case, case.engagement.model_copy(update={"last_entry": last_entry}))


@evolve.register
def _(
    event: ReconsiderationRequested | ReconsiderationDecided | AppealLodged | AppealDecided,
    case: Case,
    position: int,
) -> Case:
    return case.model_copy(update={"reviews": (*case.reviews, event)})


@evolve.register
def _(event: FundEvent, case: Case, position: int) -> Case:
    case = case.model_copy(update={"fund": given_by_fund(event, case.fund)})
    of_support = isinstance(event, WayChosen | MeasurePaid)
    if case.engagement is None or not of_support or event.occurred_on > case.engagement.agreed_end:
        return case  # after the act's end the collective part has a clock of its own (AMB-34)
    last_entry = max(case.engagement.last_entry, event.occurred_on)
    return _engaged(case, case.engagement.model_copy(update={"last_entry": last_entry}))


def _engaged(case: Case, engagement: Engagement) -> Case:
    """Return the case with its support changed."""
    return case.model_copy(update={"engagement": engagement})


@evolve.register
def _(event: PersonJoined, case: Case, position: int) -> Case:
    return case.model_copy(update={"joined": (*case.joined, event.person_ref)})


@evolve.register
def _(event: ProtectionEvent, case: Case, position: int) -> Case:
    return case.model_copy(update={"protection": (position, event)})


@evolve.register
def _(event: PersonErased, case: Case, position: int) -> Case:
    return case.model_copy(update={"erased": True})
