"""The events of a case: what happened, for ever.

Every event says when it happened (`occurred_on`), who recorded it (`actor`) and by which command. What
identifies or describes a person is `Sealed`: stored under that person's own key, and read as `Erased` once the
key is destroyed. Everything else is clear, and stays when the person is erased.
"""

import re
from typing import Annotated, ClassVar, Literal, TypeVar
from uuid import UUID

from pydantic import AfterValidator, StringConstraints

from domain.declarations import Declaration
from domain.policy import PolicyName, Service
from domain.request import Benefit, Employment, Work
from domain.values import Day, Frozen, Month

T = TypeVar("T")

ROLES = ("applicant", "advisor", "case_officer", "decision_maker", "employer", "system")
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._@-]{0,63}")
_NUMBER = re.compile(r"[0-9]{6}")
_CASE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:/-]{0,63}")
_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
IDENTITY = re.compile(r"(?<![0-9])([0-9]{2})?[0-9]{6}-?[0-9]{4}(?![0-9])")


class Erased(Frozen):
    """What is read in place of a sealed field when the person's key is destroyed ("raderad")."""

    erased: Literal[True] = True


ERASED = Erased()


class SealMark:
    """Marks a field that is stored under the person's own key."""


Sealed = Annotated[T | Erased, SealMark()]


def _staff_name(value: str) -> str:
    if not _NAME.fullmatch(value) or _NUMBER.search(value):
        raise ValueError(
            "a name of letters, digits and . _ @ -, without six digits in a row (no identity number)"
        )
    return value


def _actor(value: str) -> str:
    role, _, name = value.partition(":")
    if role not in ROLES:
        raise ValueError("an actor is written role:name, the role one of " + ", ".join(ROLES))
    _staff_name(name)
    return value


Actor = Annotated[str, AfterValidator(_actor)]
"""Who acts, `role:name`, such as `advisor:anna.berg`. Stored clear, so it never holds an identity number."""

StaffName = Annotated[str, AfterValidator(_staff_name)]
"""An advisor's or provider's name or code at the organisation."""


def _case_name(value: str) -> str:
    if not _UUID.fullmatch(value) and (not _CASE.fullmatch(value) or IDENTITY.search(value)):
        raise ValueError(
            "a case's id: letters, digits and . _ : / -, at most 64, and no identity number in it"
        )
    return value


CaseName = Annotated[str, AfterValidator(_case_name)]
"""A case as it is called here, or `organisation:case` elsewhere. Stored clear, so it holds no identity number."""

PersonRef = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
"""The person, as an HMAC-SHA256 of the identity number under a key of the settings."""

OutcomeKind = Literal[
    "permanent_job",
    "fixed_term_job",
    "business",
    "studies",
    "placement",
    "guidance_completed",
    "goal_reached",
]
PauseReason = Literal[
    "full_time_studies_term", "substitute_post", "short_sick_leave", "parental_leave", "other"
]
MeetingMode = Literal["digital", "physical"]


class Event(Frozen):
    """Something that happened in a case; it never changes, a mistake is put right by a later event."""

    topic: ClassVar[str]
    """The name that is stored with the event, independent of where its class stands."""
    class_version: ClassVar[int] = 1
    """Raised when the stored shape changes; `upcast_v1_v2(body)` then turns an older body into the newer one."""

    event_id: UUID
    occurred_on: Day
    actor: Actor
    command_id: UUID
    correlation_id: UUID


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


class ApplicationReceived(Event):
    """An application came in (K-5.2-1, O-24-e): `occurred_on` is the day that the frame is counted from.

    `months` is the form asked for; `region` is the county's two digits, `occupation` SSYK 2012's four (O-15).
    """

    topic = "case.application_received"
    person_ref: PersonRef
    policy: PolicyName
    policy_version: str | None = None
    service: Service
    months: int
    on_basis_of: CaseName | None = None
    birth_year: int
    sex: Literal["female", "male"]
    region: Annotated[str, StringConstraints(pattern=r"^[0-9]{2}$")]
    occupation: Annotated[str, StringConstraints(pattern=r"^[0-9]{4}$")] | None = None
    details: Sealed[ApplicationDetails]


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


class AdvisorAssigned(Event):
    """An advisor took the case, from that day and until another does (O-22-2)."""

    topic = "case.advisor_assigned"
    advisor: StaffName


class EngagementStarted(Event):
    """The support began (K-2.1-b, K-3.1-d, K-4.1-c); `agreed_end` is fixed and nothing moves it later (K-2.1-i)."""

    topic = "case.engagement_started"
    grant: UUID
    service: Service
    months: int
    agreed_end: Day
    provider: StaffName | None = None


class MeetingHeld(Event):
    """A conversation with the client took place, digital (the telephone too) or physical (K-2.1-d; AMB-22)."""

    topic = "case.meeting_held"
    mode: MeetingMode
    advisor: StaffName | None = None


class Paused(Event):
    """The client interrupted the support and has the right to come back (K-2.1-g, K-4.1-f).

    The reason is sealed: a sick leave is data about health.
    """

    topic = "case.paused"
    reason: Sealed[PauseReason]
    expected_until: Day | None = None


class Resumed(Event):
    """The client came back, within the agreed period (K-2.1-g, -i)."""

    topic = "case.resumed"


class OutcomeReached(Event):
    """The support led to a result as the service defines it (K-2.5, K-3.4, K-4.5, O-22-4, O-24-b).

    `starts_on` and `ends_on` are those of the job, the studies, the business or the placement.
    """

    topic = "case.outcome_reached"
    outcome: OutcomeKind
    starts_on: Day | None = None
    ends_on: Day | None = None
    evidence: Literal["contract", "employer", "school", "registration", "client"] | None = None


class EngagementExpired(Event):
    """The agreed end passed without a result; `occurred_on` is the day after it (K-2.1-c, AMB-23)."""

    topic = "case.engagement_expired"
    meetings_held: int
    meetings_required: int
    meetings_missing: int


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
        MeetingHeld,
        Paused,
        Resumed,
        OutcomeReached,
        EngagementExpired,
        EntryCorrected,
        PersonJoined,
        PersonErased,
    )
}
"""The closed dictionary of topics: nothing else is ever read from the store."""


def sealed_fields(event: type[Event]) -> tuple[str, ...]:
    """Return the names of an event's fields that are stored under the person's key."""
    return tuple(
        name
        for name, field in event.model_fields.items()
        if any(isinstance(mark, SealMark) for mark in field.metadata)
    )
