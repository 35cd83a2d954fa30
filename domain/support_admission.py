"""Whether what happens in a support may enter a case, and why; how it pauses and ends stands in ending.py."""

from functools import singledispatch

from domain.case import Case
from domain.ending import ending_grounds
from domain.engagement import Engagement, Meeting
from domain.event import Event
from domain.grounds import Grounds, Known
from domain.history import standing
from domain.period import no_other_support, started, within
from domain.rejections import CommandRejected
from domain.services import CATALOGUES, Activity
from domain.support_events import (
    ActivityRecorded,
    AdvisorAssigned,
    ContactMade,
    EngagementStarted,
    HealthCollaborationHeld,
    MeetingHeld,
    MeetingMissed,
    PeriodExtended,
    PlanAgreed,
    StatementIssued,
    StatementRequested,
    TaskDone,
)


@singledispatch
def support_grounds(event: Event, case: Case, known: Known) -> Grounds:
    """Return the grounds of one kind of event in a support, or raise what speaks against it."""
    return ending_grounds(event, case, known)


@support_grounds.register
def _(event: AdvisorAssigned, case: Case, known: Known) -> Grounds:
    return Grounds(
        "O-22-2" if case.application and case.application.policy == "omstallningsfonden" else "K-2.3-a",
        f"Ärendet får en egen rådgivare från {event.occurred_on}.",
        f"The case has its own advisor from {event.occurred_on}.",
    )


@support_grounds.register
def _(event: EngagementStarted, case: Case, known: Known) -> Grounds:
    grant = case.grant
    if grant is None or grant.last_day is None or grant.event_id != event.grant:
        raise CommandRejected("NOT_GRANTED")
    clauses = CATALOGUES[event.catalogue].services[event.service].clauses
    if case.withdrawn is not None:
        raise CommandRejected(
            "ALREADY_WITHDRAWN", clause=clauses.period, withdrawn_on=case.withdrawn.occurred_on
        )
    if case.engagement is not None:
        raise CommandRejected("ALREADY_STARTED", clause=clauses.period, starts_on=case.engagement.starts_on)
    last_day = min(grant.last_day, event.agreed_end)
    if not grant.occurred_on <= event.occurred_on <= last_day:
        raise CommandRejected("START_OUTSIDE_WINDOW", decided_on=grant.occurred_on, last_day=last_day)
    no_other_support(event.occurred_on, event.agreed_end, known)
    return Grounds(
        clauses.start,
        f"Stödet beviljades {grant.occurred_on} och får pågå till och med {event.agreed_end}.",
        f"The support was granted on {grant.occurred_on} and may go on until {event.agreed_end}.",
    )


@support_grounds.register
def _(event: PeriodExtended, case: Case, known: Known) -> Grounds:
    engagement = started(case)
    if not engagement.agreed_end < event.agreed_end:
        raise CommandRejected(
            "PERIOD_EXTENSION_FORBIDDEN",
            clause=engagement.terms.clauses.period,
            agreed_end=engagement.agreed_end,
        )
    within(event, case)
    no_other_support(event.occurred_on, event.agreed_end, known)
    return Grounds(
        engagement.form.clause,
        f"Formen får förlängas; stödet pågår till och med {event.agreed_end}.",
        f"The form may be extended; the support goes on until {event.agreed_end}.",
    )


@support_grounds.register
def _(event: PlanAgreed, case: Case, known: Known) -> Grounds:
    clause = (engagement := within(event, case)).terms.clauses.plan
    if not event.jointly:
        raise CommandRejected("PLAN_NOT_JOINT", clause=clause)
    if not event.items:
        raise CommandRejected("PLAN_EMPTY", clause=clause)
    early = [item.target_on for item in event.items if item.target_on < event.occurred_on]
    if early:
        raise CommandRejected("PLAN_TARGET_PASSED", clause=clause, target_on=min(early), on=event.occurred_on)
    if unknown := _done_in(event, known) - {item.number for item in event.items}:
        raise CommandRejected("TASK_UNKNOWN", clause=clause, number=min(unknown))
    revised = engagement.plan_on(event.occurred_on) is not None
    return Grounds(
        clause,
        f"Planen är gjord gemensamt{' och ersätter den förra' if revised else ''}; {len(event.items)} "
        f"{'uppgift' if len(event.items) == 1 else 'uppgifter'}.",
        f"The plan was made jointly{' and takes the place of the last' if revised else ''}; "
        f"{len(event.items)} {'task' if len(event.items) == 1 else 'tasks'}.",
    )


def _done_in(plan: PlanAgreed, known: Known) -> set[int]:
    """Return the tasks, done from its day to the next plan's, that become those of a plan entered late (AMB-35)."""
    done = set()
    for _, _, event in standing(known.entries):
        if event.occurred_on > plan.occurred_on and isinstance(event, PlanAgreed):
            break
        if event.occurred_on >= plan.occurred_on and isinstance(event, TaskDone):
            done.add(event.number)
    return done


@support_grounds.register
def _(event: TaskDone, case: Case, known: Known) -> Grounds:
    engagement = within(event, case)
    plan, clause = engagement.plan_on(event.occurred_on), engagement.terms.clauses.task
    if plan is None and engagement.plans:
        first = engagement.plans[0].occurred_on
        raise CommandRejected("TASK_BEFORE_PLAN", clause=clause, on=event.occurred_on, plan=first)
    if plan is None or event.number not in {item.number for item in plan.items}:
        raise CommandRejected("TASK_UNKNOWN", clause=clause, number=event.number)
    if (plan.event_id, event.number) in engagement.done:
        raise CommandRejected("TASK_ALREADY_DONE", clause=clause, number=event.number)
    return Grounds(
        clause,
        f"Uppgift {event.number} i planen från {plan.occurred_on} är genomförd.",
        f"Task {event.number} of the plan of {plan.occurred_on} is done.",
    )


@support_grounds.register
def _(event: ActivityRecorded, case: Case, known: Known) -> Grounds:
    engagement = within(event, case)
    terms = engagement.terms
    activity = terms.activities.get(event.activity)
    if activity is None:
        names = ", ".join(terms.activities)
        raise CommandRejected("ACTIVITY_NOT_IN_SERVICE", clause=terms.clauses.activity, activities=names)
    _may_be_recorded_so(event, activity, engagement)
    return Grounds(
        activity.clause,
        f"{activity.sv[0].upper()}{activity.sv[1:]}: {'genomfört' if event.done else 'behövs inte'}.",
        f"{activity.en[0].upper()}{activity.en[1:]}: {'done' if event.done else 'not needed'}.",
    )


def _may_be_recorded_so(event: ActivityRecorded, activity: Activity, engagement: Engagement) -> None:
    """Raise `CommandRejected` where an activity can't be left out so, or another comes before it (AMB-24)."""
    if not event.done and activity.need == "mandatory":
        raise CommandRejected(
            "ACTIVITY_MANDATORY", clause=activity.clause, activity_sv=activity.sv, activity_en=activity.en
        )
    if not event.done and event.reason is None:
        raise CommandRejected("REASON_MISSING", clause=activity.clause)
    first = engagement.activities.get(activity.requires or "")
    if (
        event.done
        and activity.requires
        and not (first and first.done and first.occurred_on <= event.occurred_on)
    ):
        needed = engagement.terms.activities[activity.requires]
        raise CommandRejected(
            "ACTIVITY_COMES_FIRST", clause=activity.clause, first_sv=needed.sv, first_en=needed.en
        )


@support_grounds.register
def _(event: ContactMade, case: Case, known: Known) -> Grounds:
    engagement = within(event, case)
    return Grounds(
        engagement.terms.clauses.contact,
        "Stöd mellan mötena ges vid behov och räknas aldrig som möte.",
        "Support between the meetings is given when needed and never counts as one.",
    )


@support_grounds.register
def _(event: MeetingHeld, case: Case, known: Known) -> Grounds:
    engagement = within(event, case)
    clause = engagement.terms.clauses.meeting
    if Meeting(event.occurred_on, event.advisor) in engagement.meetings:
        raise CommandRejected("MEETING_ALREADY_HELD", clause=clause, on=event.occurred_on)
    count, least = engagement.meetings_held + 1, engagement.meetings_required
    return Grounds(
        clause,
        f"Mötet ligger inom stödets tid; det är möte {count}, minst {least} ska hållas.",
        f"The meeting lies within the support's time; it is number {count}, of at least {least}.",
    )


@support_grounds.register
def _(event: MeetingMissed, case: Case, known: Known) -> Grounds:
    engagement = within(event, case)
    return Grounds(
        engagement.terms.clauses.meeting,
        "Kunden kom inte; det registreras och räknas inte som möte.",
        "The client did not come; it is on record and does not count as a meeting.",
    )


@support_grounds.register
def _(event: HealthCollaborationHeld, case: Case, known: Known) -> Grounds:
    """Record with whom, and no application: the client answers to authorities (K-4.1-b, K-4.1-j)."""
    clauses = within(event, case).terms.clauses
    if clauses.health is None:
        raise CommandRejected("NOT_IN_SERVICE", clause="K-4.1-j")
    return Grounds(
        clauses.health,
        "Samverkan om återgång i arbete hör till förstärkt stöd; ingen diagnos registreras.",
        "Collaboration on the return to work belongs to reinforced support; no diagnosis is recorded.",
    )


def _statement_clause(event: Event, case: Case) -> str:
    """Return what a statement rests on: a case of its own, or a support that goes on that day (AMB-28)."""
    if case.application is not None and case.application.service == "statement":
        gone = case.withdrawn
        if gone is not None and gone.occurred_on < event.occurred_on:
            raise CommandRejected("ALREADY_WITHDRAWN", clause="AMB-28", withdrawn_on=gone.occurred_on)
        return "O-17-a" if case.application.policy == "omstallningsfonden" else "AMB-28"
    return within(event, case).terms.clauses.statement


@support_grounds.register
def _(event: StatementRequested, case: Case, known: Known) -> Grounds:
    return Grounds(
        _statement_clause(event, case),
        "Kunden får be om ett yttrande till CSN om den utbildning som planeras.",
        "The client may ask for a statement to CSN on the education that is planned.",
    )


@support_grounds.register
def _(event: StatementIssued, case: Case, known: Known) -> Grounds:
    clause = _statement_clause(event, case)
    if not event.kinds:
        raise CommandRejected("STATEMENT_WITHOUT_SOURCE")
    return Grounds(
        clause,
        f"Källor som yttrandet vilar på: {len(event.kinds)}. CSN beslutar.",
        f"Sources that the statement rests on: {len(event.kinds)}. CSN decides.",
    )
