"""The events of a case: what happened, for ever.

Every event says when it happened (`occurred_on`), who recorded it (`actor`) and by which command. What
identifies or describes a person is `Sealed`: stored under that person's own key, and read as `Erased` once the
key is destroyed. Everything else is clear, and stays when the person is erased.
"""

from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import StringConstraints

from domain.declarations import Declaration
from domain.event import CaseName, Event, PersonRef, Sealed, StaffName
from domain.fund_events import (
    AgreementOffered,
    CollectiveSupportExtended,
    CompensationRecorded,
    CsnDecisionRecorded,
    DeliberationHeld,
    EmployerContactedFund,
    InformationGiven,
    MeasurePaid,
    StudySupportGranted,
    TerminationAgreed,
    WayChosen,
)
from domain.occupations import OccupationName
from domain.policy import PolicyName, Service
from domain.protection_events import IdentityProtected, ProtectionLifted
from domain.request import Benefit, Employment, Work
from domain.review_events import AppealDecided, AppealLodged, ReconsiderationDecided, ReconsiderationRequested
from domain.support_events import (
    ActivityRecorded,
    AdvisorAssigned,
    ContactMade,
    EngagementExpired,
    EngagementStarted,
    HealthCollaborationHeld,
    MeetingHeld,
    MeetingMissed,
    OutcomeEvidenced,
    OutcomeReached,
    Paused,
    PeriodExtended,
    PlanAgreed,
    Reopened,
    Resumed,
    ShortfallExplained,
    StatementIssued,
    StatementRequested,
    TaskDone,
    Withdrawn,
)
from domain.values import Day, Frozen, Month


class ApplicationDetails(Frozen):
    """Who applies, and what they state of their work, from the application itself."""

    identity_number: str
    name: str
    email: str | None = None
    phone: str | None = None
    reference: str
    born: Day
    employments: tuple[Employment, ...] = ()
    work: tuple[Work, ...] = ()
    benefits: tuple[Benefit, ...] = ()


ApplicationService = Literal[Service, "statement", "reduced_capacity"]
"""What a case may be about: a service, a statement to CSN by itself (AMB-28), or the five steps at reduced work
capacity, which begin with the employer's contact (O-26)."""


class ApplicationReceived(Event):
    """An application came in (K-5.2-1, O-24-e): `occurred_on` is the day that the frame is counted from.

    `months` is the form asked for, 0 for a statement by itself (AMB-28); `region` is the county's two digits,
    `occupation` SSYK 2012's four, `occupation_name` the fund's own name; either, both or none is given (O-15).
    """

    topic = "case.application_received"
    class_version = 2
    person_ref: PersonRef
    policy: PolicyName
    policy_version: str | None = None
    service: ApplicationService
    months: int
    on_basis_of: CaseName | None = None
    birth_year: int
    sex: Literal["female", "male"]
    region: Annotated[str, StringConstraints(pattern=r"^[0-9]{2}$")]
    occupation: Annotated[str, StringConstraints(pattern=r"^[0-9]{4}$")] | None = None
    occupation_name: OccupationName | None = None
    details: Sealed[ApplicationDetails]

    @staticmethod
    def upcast_v1_v2(body: dict[str, Any]) -> dict[str, Any]:
        """Read an application from before a statement could be applied for by itself."""
        return body


class Evidence(Frozen):
    """Employments, months of work and benefits that a certificate or the applicant adds.

    An employment with an id already known replaces it; so does a row of work for an employment and month.
    """

    employments: tuple[Employment, ...] = ()
    work: tuple[Work, ...] = ()
    benefits: tuple[Benefit, ...] = ()


class EvidenceRecorded(Event):
    """Evidence was added to the case after the application (K-5.2-1, -2, -10)."""

    topic = "case.evidence_recorded"
    source: Literal["applicant", "certificate", "authority"]
    content: Sealed[Evidence]


class DeclarationRecorded(Event):
    """What one file of employers' monthly declarations says of the client (K-5.2-7).

    `occurred_on` is the day that the file was made, or the day of the application when that came later.
    """

    topic = "case.declaration_recorded"
    declaration: Sealed[Declaration]


class EarlierGrantRecorded(Event):
    """Support that another transition organisation granted: its months may not be counted again (K-5.5-b)."""

    topic = "case.earlier_grant_recorded"
    organisation: StaffName
    case: CaseName
    decided_on: Day
    last_day: Day
    basis_months: tuple[Month, ...]


class NeedJudged(Event):
    """An advisor judged whether sickness gives a special need of support: yes or no, no diagnosis (K-5.1-5)."""

    topic = "case.need_judged"
    special_need: Sealed[bool]


class EmployerNotified(Event):
    """The employer notified the employee for extended measures (O-25-d)."""

    topic = "case.employer_notified"
    employer: Sealed[str]


class ClauseResult(Frozen):
    """One clause that a decision tried, whether it holds, and the refusal code where it doesn't."""

    clause: str
    holds: bool
    code: str | None = None


class Receipt(Frozen):
    """The whole question and the whole answer of a decision, as JSON texts, to be asked again for ever."""

    request: str
    assessment: str


class EligibilityAssessed(Event):
    """A decision on the application (K-5): granted, or refused with every code that holds.

    `occurred_on` is the day of decision. `relied_on` are the events it rests on, in this case and, for earlier
    grants, in others. `basis_months` may not be counted again (K-5.5-b); `last_day` is fixed here (K-5.4).
    """

    topic = "case.eligibility_assessed"
    decision: Literal["grant", "refuse"]
    refusals: tuple[str, ...]
    policy: PolicyName
    policy_version: str
    policy_digest: str
    relied_on: tuple[UUID, ...]
    clauses: tuple[ClauseResult, ...]
    basis_months: tuple[Month, ...]
    months_missing: int
    last_day: Day | None = None
    agreed_end: Day | None = None
    opens_on: Day | None = None
    flags: tuple[str, ...]
    receipt: Sealed[Receipt]


class GrantAnnulled(Event):
    """A grant was annulled: its months are free again and its window is closed (K-5.5-b; AMB-32)."""

    topic = "case.grant_annulled"
    grant: UUID
    reason: Sealed[str]


class EntryCorrected(Event):
    """An earlier entry was wrong: it no longer stands, and `replaced_by`, if given, stands in its place (AMB-36).

    Correcting a correction lets the first entry stand again.
    """

    topic = "case.entry_corrected"
    corrects: UUID
    replaced_by: UUID | None = None
    reason: Sealed[str]


class PersonJoined(Event):
    """A person decided that another number, in case `same_as`, is the same person's (K-5.5-b).

    Such as a personal number that replaced a coordination number. Both histories stay; from here on work counts,
    and support is given, once for both.
    """

    topic = "case.person_joined"
    person_ref: PersonRef
    same_as: UUID
    reason: Sealed[str]


class PersonErased(Event):
    """The person's key was ordered destroyed: what is sealed in the case is never read again (AMB-33)."""

    topic = "case.person_erased"


EVENTS: dict[str, type[Event]] = {
    event.topic: event
    for event in (
        ApplicationReceived,
        EvidenceRecorded,
        DeclarationRecorded,
        EarlierGrantRecorded,
        NeedJudged,
        EmployerNotified,
        EligibilityAssessed,
        GrantAnnulled,
        AdvisorAssigned,
        EngagementStarted,
        PeriodExtended,
        PlanAgreed,
        TaskDone,
        ActivityRecorded,
        ContactMade,
        MeetingHeld,
        MeetingMissed,
        HealthCollaborationHeld,
        StatementRequested,
        StatementIssued,
        Paused,
        Resumed,
        OutcomeReached,
        OutcomeEvidenced,
        Withdrawn,
        Reopened,
        EngagementExpired,
        ShortfallExplained,
        WayChosen,
        CsnDecisionRecorded,
        StudySupportGranted,
        CompensationRecorded,
        MeasurePaid,
        CollectiveSupportExtended,
        EmployerContactedFund,
        InformationGiven,
        DeliberationHeld,
        AgreementOffered,
        TerminationAgreed,
        ReconsiderationRequested,
        ReconsiderationDecided,
        AppealLodged,
        AppealDecided,
        EntryCorrected,
        PersonJoined,
        IdentityProtected,
        ProtectionLifted,
        PersonErased,
    )
}
"""The closed dictionary of topics: nothing else is ever read from the store."""
