"""How a command on a support becomes events."""

from functools import singledispatch

from domain.case import Case
from domain.command import Command, event_of
from domain.engagement import day_after
from domain.event import Event
from domain.fund_decisions import fund_gives
from domain.grounds import Known
from domain.history import case_on
from domain.period import started
from domain.rejections import CommandRejected
from domain.services import catalogue_on
from domain.support_commands import (
    AgreePlan,
    AssignAdvisor,
    CompleteTask,
    EvidenceOutcome,
    Expire,
    ExplainShortfall,
    ExtendPeriod,
    HoldHealthCollaboration,
    HoldMeeting,
    IssueStatement,
    MakeContact,
    MissMeeting,
    Pause,
    ReachOutcome,
    RecordActivity,
    Reopen,
    RequestStatement,
    Resume,
    StartEngagement,
    Withdraw,
)
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
    PauseDetails,
    PeriodExtended,
    PlanAgreed,
    PlanContent,
    PlanItem,
    Reopened,
    Resumed,
    ShortfallExplained,
    StatementContent,
    StatementIssued,
    StatementRequested,
    TaskDone,
    Withdrawn,
)
from domain.values import add_months

CARRIED_OVER: dict[type[Command], type[Event]] = {
    AssignAdvisor: AdvisorAssigned,
    CompleteTask: TaskDone,
    RecordActivity: ActivityRecorded,
    MakeContact: ContactMade,
    HoldHealthCollaboration: HealthCollaborationHeld,
    RequestStatement: StatementRequested,
    Resume: Resumed,
    ReachOutcome: OutcomeReached,
    Withdraw: Withdrawn,
    Reopen: Reopened,
    ExplainShortfall: ShortfallExplained,
}
"""Commands that become one event with the same content."""


@singledispatch
def support_happens(command: Command, case: Case, known: Known) -> list[Event]:
    """Return the events of one kind of command on a support, before anyone asked whether they are admitted."""
    if type(command) not in CARRIED_OVER:
        return fund_gives(command, case, known)
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
            catalogue=catalogue_on(grant.occurred_on).version,
        )
    ]


@support_happens.register
def _(command: ExtendPeriod, case: Case, known: Known) -> list[Event]:
    engagement, latest = started(case), case.grant.last_day if case.grant else None
    months = engagement.months + (engagement.extensions + 1) * engagement.form.extension_months
    longer = (
        add_months(engagement.starts_on, months)
        if engagement.form.extension_months
        else engagement.agreed_end
    )
    return [event_of(PeriodExtended, command, agreed_end=min(longer, latest or longer))]


@support_happens.register
def _(command: AgreePlan, case: Case, known: Known) -> list[Event]:
    items = tuple(
        PlanItem(number=number, by=task.by, target_on=task.target_on)
        for number, task in enumerate(command.items, 1)
    )
    content = PlanContent(needs=command.needs, tasks=tuple(task.task for task in command.items))
    return [event_of(PlanAgreed, command, items=items, content=content)]


@support_happens.register
def _(command: HoldMeeting | MissMeeting, case: Case, known: Known) -> list[Event]:
    kind = MeetingHeld if isinstance(command, HoldMeeting) else MeetingMissed
    advisor = command.advisor or case_on(case, known.entries, command.occurred_on).advisor
    return [event_of(kind, command, advisor=advisor)]


@support_happens.register
def _(command: IssueStatement, case: Case, known: Known) -> list[Event]:
    content = StatementContent(
        references=tuple(source.reference for source in command.sources), reasons=command.reasons
    )
    kinds = tuple(source.kind for source in command.sources)
    return [event_of(StatementIssued, command, kinds=kinds, content=content)]


@support_happens.register
def _(command: Pause, case: Case, known: Known) -> list[Event]:
    told = (command.school, command.pace_percent, command.words)
    details = PauseDetails(school=told[0], pace_percent=told[1], words=told[2]) if any(told) else None
    return [event_of(Paused, command, details=details)]


@support_happens.register
def _(command: EvidenceOutcome, case: Case, known: Known) -> list[Event]:
    engagement = started(case)
    if engagement.outcome is None:
        raise CommandRejected("NO_RESULT", clause=engagement.terms.clauses.outcome)
    return [event_of(OutcomeEvidenced, command, outcome=engagement.outcome.event_id)]


@support_happens.register
def _(command: Expire, case: Case, known: Known) -> list[Event]:
    engagement = started(case)
    held, least = engagement.meetings_held, engagement.meetings_required
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
