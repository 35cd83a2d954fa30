"""How a command on a support becomes events."""

from functools import singledispatch

from domain.case import Case, day_after
from domain.command import Command, event_of
from domain.event import Event
from domain.grounds import Known
from domain.history import case_on
from domain.rejections import CommandRejected
from domain.services import SERVICES
from domain.support_commands import (
    AssignAdvisor,
    Expire,
    HoldMeeting,
    Pause,
    ReachOutcome,
    Resume,
    StartEngagement,
)
from domain.support_events import (
    AdvisorAssigned,
    EngagementExpired,
    EngagementStarted,
    MeetingHeld,
    OutcomeReached,
    Paused,
    Resumed,
)
from domain.values import add_months

CARRIED_OVER: dict[type[Command], type[Event]] = {
    AssignAdvisor: AdvisorAssigned,
    Pause: Paused,
    Resume: Resumed,
    ReachOutcome: OutcomeReached,
}
"""Commands that become one event with the same content."""


@singledispatch
def support_happens(command: Command, case: Case, known: Known) -> list[Event]:
    """Return the events of one kind of command on a support, before anyone asked whether they are admitted."""
    if type(command) not in CARRIED_OVER:
        raise TypeError(f"no rule for {type(command).__name__}")
    return [event_of(CARRIED_OVER[type(command)], command)]


@support_happens.register
def _(command: StartEngagement, case: Case, known: Known) -> list[Event]:
    grant, application = case.grant, case.application
    if grant is None or grant.last_day is None or application is None:
        raise CommandRejected("NOT_GRANTED")
    # A start that was struck out fixed the agreed end all the same: nothing moves it later.
    begun = [entry.event for entry in known.entries if isinstance(entry.event, EngagementStarted)]
    fixed = [start.agreed_end for start in begun if start.grant == grant.event_id]
    return [
        event_of(
            EngagementStarted,
            command,
            grant=grant.event_id,
            service=application.service,
            months=application.months,
            agreed_end=min(add_months(command.occurred_on, application.months), grant.last_day, *fixed),
        )
    ]


@support_happens.register
def _(command: HoldMeeting, case: Case, known: Known) -> list[Event]:
    advisor = command.advisor or case_on(case, known.entries, command.occurred_on).advisor
    return [event_of(MeetingHeld, command, advisor=advisor)]


@support_happens.register
def _(command: Expire, case: Case, known: Known) -> list[Event]:
    engagement = case.engagement
    if engagement is None:
        service = case.application.service if case.application else "counselling_dismissed"
        raise CommandRejected("NOT_STARTED", clause=SERVICES[service].clauses.start)
    held, least = len(engagement.meetings), engagement.meetings_required
    return [
        event_of(
            EngagementExpired,
            command,
            occurred_on=day_after(engagement.agreed_end),
            meetings_held=held,
            meetings_required=least,
            meetings_missing=max(0, least - held),
        )
    ]
