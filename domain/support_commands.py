"""What an advisor asks a support to do, from its beginning to its end."""

from typing import Literal

from domain.command import Command
from domain.event import StaffName
from domain.support_events import MeetingMode, OutcomeKind, PauseReason
from domain.values import Day


class AssignAdvisor(Command):
    """Let an advisor take the case from that day (O-22-2)."""

    name = "assign_advisor"
    advisor: StaffName


class StartEngagement(Command):
    """Begin the granted support on `occurred_on`; this fixes the agreed end (K-2.1-b, K-3.1-d, K-4.1-c)."""

    name = "start_engagement"
    asks_person = True
    provider: StaffName | None = None


class HoldMeeting(Command):
    """Record a conversation with the client, digital (the telephone too) or physical (K-2.1-d; AMB-22)."""

    name = "hold_meeting"
    mode: MeetingMode
    advisor: StaffName | None = None


class Pause(Command):
    """Interrupt the support; the agreed end stands (K-2.1-g to -i, K-4.1-f, -g)."""

    name = "pause"
    reason: PauseReason
    expected_until: Day | None = None


class Resume(Command):
    """Come back from an interruption, at the latest on the agreed end (K-2.1-g, -i)."""

    name = "resume"


class ReachOutcome(Command):
    """Record the result that the support led to; it ends the support (K-2.5, K-3.4, K-4.5)."""

    name = "reach_outcome"
    outcome: OutcomeKind
    starts_on: Day | None = None
    ends_on: Day | None = None
    evidence: Literal["contract", "employer", "school", "registration", "client"] | None = None


class Expire(Command):
    """Record that the agreed end passed without a result; recorded by `liggare expire` (K-2.1-c)."""

    name = "expire"
