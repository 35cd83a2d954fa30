"""The events of a support: what happened from the day it began until it ended, for ever."""

from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import Field, StringConstraints

from domain.event import Event, Sealed, StaffName
from domain.policy import Service
from domain.values import Day, Frozen

OutcomeKind = Literal[
    "permanent_job",
    "fixed_term_job",
    "business",
    "studies",
    "placement",
    "guidance_completed",
    "goal_reached",
    "completed",
]
PauseReason = Literal[
    "full_time_studies_term", "substitute_post", "short_sick_leave", "parental_leave", "other"
]
MeetingMode = Literal["digital", "physical"]
School = Literal[
    "university", "university_college", "higher_vocational", "komvux", "folk_high_school", "other"
]
EvidenceKind = Literal["contract", "employer", "school", "registration", "client"]
Goal = Literal["job", "studies", "business", "career", "return_to_work", "placement"]
Doer = Literal["client", "advisor", "both"]
ContactKind = Literal["email_feedback", "phone_support", "gathering", "webinar", "other"]
Party = Literal[
    "health_advisor",
    "health_care",
    "occupational_health",
    "substance_treatment",
    "social_insurance_agency",
    "employment_service",
    "social_services",
    "other",
]
SourceKind = Literal[
    "forecast", "employer_demand", "education_provider", "sector_report", "client_history", "other"
]
Pace = Annotated[int, Field(ge=1, le=100)]


class AdvisorAssigned(Event):
    """An advisor took the case, from that day and until another does (K-2.3-a, O-22-2)."""

    topic = "case.advisor_assigned"
    advisor: StaffName


class EngagementStarted(Event):
    """The support began (K-2.1-b, K-3.1-d, K-4.1-c); `agreed_end` is fixed and nothing moves it later (K-2.1-i).

    `catalogue` is the version of the services' catalogue that the support follows from here on.
    """

    topic = "case.engagement_started"
    class_version = 2
    grant: UUID
    service: Service
    months: int
    agreed_end: Day
    provider: StaffName | None = None
    catalogue: str

    @staticmethod
    def upcast_v1_v2(body: dict[str, Any]) -> dict[str, Any]:
        """Name the catalogue of every support that was recorded before there could be another."""
        return body | {"catalogue": "2022-10-01"}


class PeriodExtended(Event):
    """The support goes on until a later day, in a form that has extensions; none of the source's has (K-2.1-i)."""

    topic = "case.period_extended"
    agreed_end: Day


class PlanItem(Frozen):
    """A task of the plan, by its number: who does it, and by when (K-2.2-c, K-2.3-b). What it is, is sealed."""

    number: int
    by: Doer
    target_on: Day


class PlanContent(Frozen):
    """What the client needs, and what is to be done, a text for each item in their order."""

    needs: str | None = None
    tasks: tuple[str, ...]


class PlanAgreed(Event):
    """Client and advisor agreed on an action and time plan, in place of any before (K-2.2-b, K-3.4-b, K-4.2-b).

    `meetings` is how many they agreed on, where they did (K-3.4-a).
    """

    topic = "case.plan_agreed"
    goal: Goal
    jointly: bool
    items: tuple[PlanItem, ...]
    meetings: int | None = None
    content: Sealed[PlanContent]


class TaskDone(Event):
    """A task of the current plan was carried out (K-2.3-b, K-3.2-b, K-4.3-b)."""

    topic = "case.task_done"
    number: int


class ActivityRecorded(Event):
    """An activity of the service was done, or not needed and why (K-2.4, K-3.3, K-4.4, O-13, O-24-c; AMB-24)."""

    topic = "case.activity_recorded"
    activity: str
    done: bool
    reason: Sealed[str | None] = None


class ContactMade(Event):
    """A contact beside the meetings, which never counts as one (K-2.3-c, K-3.2-c, K-4.3-c; AMB-22)."""

    topic = "case.contact_made"
    kind: ContactKind


class MeetingHeld(Event):
    """A talk with the client took place, digital (the telephone too) or physical (K-2.1-d, K-4.1-d; AMB-22)."""

    topic = "case.meeting_held"
    mode: MeetingMode
    advisor: StaffName | None = None


class MeetingMissed(Event):
    """The client did not come to a meeting: it is on record and does not count (K-2.1-d; AMB-22)."""

    topic = "case.meeting_missed"
    mode: MeetingMode
    advisor: StaffName | None = None


class HealthCollaborationHeld(Event):
    """The advisor met with somebody about the client's return to work: with whom, never a diagnosis (K-4.1-j).

    The client keeps the responsibility towards authorities: nothing is applied for in the client's place (K-4.1-b).
    """

    topic = "case.health_collaboration_held"
    party: Sealed[Party]


class StatementRequested(Event):
    """The client asks for a statement to CSN on an education (K-2.1-m, K-3.1-h, K-4.1-n, O-17-a)."""

    topic = "case.statement_requested"
    education: Sealed[str]


class Source(Frozen):
    """What a statement rests on: a kind, and where it is found (O-17-c)."""

    kind: SourceKind
    reference: Annotated[str, StringConstraints(min_length=1, max_length=2000, strip_whitespace=True)]


class StatementContent(Frozen):
    """What a statement rests on, in the order of its kinds of sources, and the reasons for it (O-17-b, -c)."""

    references: tuple[str, ...]
    reasons: str


class StatementIssued(Event):
    """The organisation states whether an education improves the client's chances; CSN decides (O-17-b, -c, -d).

    `kinds` are those of the sources that it rests on.
    """

    topic = "case.statement_issued"
    strengthens: bool
    kinds: tuple[SourceKind, ...]
    content: Sealed[StatementContent]


class PauseDetails(Frozen):
    """What is told of an interruption: the studies' school and pace, or a reason in words."""

    school: School | None = None
    pace_percent: Pace | None = None
    words: str | None = None


class Paused(Event):
    """The client interrupted the support and has the right to come back (K-2.1-g, K-4.1-f).

    The reason is sealed: a sick leave is data about health. `back_on` is the day of return of an interruption that
    was entered when it was over; else the return is an event of its own.
    """

    topic = "case.paused"
    class_version = 2
    reason: Sealed[PauseReason]
    expected_until: Day | None = None
    back_on: Day | None = None
    details: Sealed[PauseDetails | None] = None

    @staticmethod
    def upcast_v1_v2(body: dict[str, Any]) -> dict[str, Any]:
        """Read an interruption of which no more was told."""
        return body


class Resumed(Event):
    """The client came back, within the agreed period (K-2.1-g, -i)."""

    topic = "case.resumed"


class OutcomeReached(Event):
    """The support led to a result as the service defines it (K-2.5-a to -d, K-3.4, K-4.5-a to -e, O-22-4, O-24-b).

    `starts_on` and `ends_on` are those of the job, the studies, the business or the placement; `pace_percent` is
    of full time.
    """

    topic = "case.outcome_reached"
    class_version = 2
    outcome: OutcomeKind
    starts_on: Day | None = None
    ends_on: Day | None = None
    evidence: EvidenceKind | None = None
    school: School | None = None
    pace_percent: Pace | None = None

    @staticmethod
    def upcast_v1_v2(body: dict[str, Any]) -> dict[str, Any]:
        """Read a result of which neither school nor pace was asked."""
        return body


class OutcomeEvidenced(Event):
    """Evidence of a result came in after it was recorded (K-2.5; AMB-26)."""

    topic = "case.outcome_evidenced"
    outcome: UUID
    evidence: EvidenceKind


class Withdrawn(Event):
    """The client withdrew: the application before support began, the support after (K-2.1-c)."""

    topic = "case.withdrawn"
    reason: Sealed[str | None] = None


class Reopened(Event):
    """The client came back to a support that a result or withdrawal had closed, in its period (K-2.1-g; AMB-19)."""

    topic = "case.reopened"


class EngagementExpired(Event):
    """The agreed end passed without a result; `occurred_on` is the day after it (K-2.1-c, AMB-23)."""

    topic = "case.engagement_expired"
    meetings_held: int
    meetings_required: int
    meetings_missing: int


class ShortfallExplained(Event):
    """Why fewer meetings were held than the form asks for, told when the support had ended (K-2.1-e; AMB-23)."""

    topic = "case.shortfall_explained"
    reason: Sealed[str]
