"""What an advisor asks a support to do, from its beginning to its end."""

from typing import Annotated

from pydantic import Field

from domain.command import Command, Text
from domain.event import StaffName
from domain.support_events import (
    ContactKind,
    Doer,
    EvidenceKind,
    Goal,
    MeetingMode,
    OutcomeKind,
    Pace,
    Party,
    PauseReason,
    School,
    Source,
)
from domain.values import Day, Frozen

Number = Annotated[int, Field(ge=1, le=100)]


class AssignAdvisor(Command):
    """Let an advisor take the case from that day (K-2.3-a, O-22-2)."""

    name = "assign_advisor"
    advisor: StaffName


class StartEngagement(Command):
    """Begin the granted support on `occurred_on`; this fixes the agreed end (K-2.1-b, K-3.1-d, K-4.1-c)."""

    name = "start_engagement"
    asks_person = True
    provider: StaffName | None = None


class ExtendPeriod(Command):
    """Extend the support once more, where its form has extensions; none of the source's has (K-2.1-i)."""

    name = "extend_period"
    asks_person = True


class Task(Frozen):
    """A task of a plan: what is done, by whom, and by when (K-2.2-c)."""

    task: Text
    by: Doer
    target_on: Day


class AgreePlan(Command):
    """Record the action and time plan that client and advisor agreed on, the first or a revised one (K-2.2-b).

    `meetings` is how many they agreed to hold, where they did (K-3.4-a).
    """

    name = "agree_plan"
    goal: Goal
    jointly: bool
    items: Annotated[tuple[Task, ...], Field(max_length=50)]
    needs: Text | None = None
    meetings: Number | None = None


class CompleteTask(Command):
    """Record that a task of the plan was carried out, by its number (K-2.3-b)."""

    name = "complete_task"
    number: Number


class RecordActivity(Command):
    """Record an activity as done, or as not needed and why; `liggare case` names them (K-2.4, K-3.3, K-4.4)."""

    name = "record_activity"
    activity: Annotated[str, Field(max_length=64)]
    done: bool = True
    reason: Text | None = None


class MakeContact(Command):
    """Record a contact beside the meetings; it never counts as one (K-2.3-c, K-3.2-c, K-4.3-c)."""

    name = "make_contact"
    kind: ContactKind


class HoldMeeting(Command):
    """Record a conversation with the client, digital (the telephone too) or physical (K-2.1-d; AMB-22)."""

    name = "hold_meeting"
    mode: MeetingMode
    advisor: StaffName | None = None


class MissMeeting(Command):
    """Record that the client did not come to a meeting; it does not count (K-2.1-d; AMB-22)."""

    name = "miss_meeting"
    mode: MeetingMode
    advisor: StaffName | None = None


class HoldHealthCollaboration(Command):
    """Record a meeting with somebody about the client's return to work; never a diagnosis (K-4.1-j)."""

    name = "hold_health_collaboration"
    party: Party


class RequestStatement(Command):
    """Ask, as the client, for a statement to CSN on an education (K-2.1-m, O-17-a)."""

    name = "request_statement"
    education: Text


class IssueStatement(Command):
    """Give a statement to CSN, with the sources that it rests on (K-2.1-m, O-17-b, -c)."""

    name = "issue_statement"
    strengthens: bool
    sources: Annotated[tuple[Source, ...], Field(max_length=50)]
    reasons: Text


class Pause(Command):
    """Interrupt the support; the agreed end stands (K-2.1-g to -i, K-4.1-f, -g).

    Studies name the school and their pace, a post says until when it lasts, another reason is told in `words`.
    One that is over already may be entered with the day of return, `back_on`.
    """

    name = "pause"
    reason: PauseReason
    expected_until: Day | None = None
    back_on: Day | None = None
    school: School | None = None
    pace_percent: Pace | None = None
    words: Text | None = None


class Resume(Command):
    """Come back from an interruption, at the latest on the agreed end (K-2.1-g, -i)."""

    name = "resume"


class ReachOutcome(Command):
    """Record the result that the support led to; it closes the support (K-2.5, K-3.4, K-4.5).

    `starts_on` and `ends_on` are those of what the client begins; studies name the school and their pace.
    """

    name = "reach_outcome"
    outcome: OutcomeKind
    starts_on: Day | None = None
    ends_on: Day | None = None
    evidence: EvidenceKind | None = None
    school: School | None = None
    pace_percent: Pace | None = None


class EvidenceOutcome(Command):
    """Record evidence of the result, which came in after it (K-2.5; AMB-26)."""

    name = "evidence_outcome"
    evidence: EvidenceKind


class Withdraw(Command):
    """Withdraw, as the client, the application or the support (K-2.1-c)."""

    name = "withdraw"
    reason: Text | None = None


class Reopen(Command):
    """Come back to a support that a result or a withdrawal closed, until the agreed end (K-2.1-g; AMB-19)."""

    name = "reopen"
    asks_person = True


class Expire(Command):
    """Record that the agreed end passed without a result; recorded by `liggare expire` (K-2.1-c)."""

    name = "expire"


class ExplainShortfall(Command):
    """Say why fewer meetings were held than the form asks for, after the agreed end (K-2.1-e; AMB-23)."""

    name = "explain_shortfall"
    reason: Text
