"""The events of a support: what happened from the day it began until it ended, for ever."""

from typing import Literal
from uuid import UUID

from domain.event import Event, Sealed, StaffName
from domain.policy import Service
from domain.values import Day

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
