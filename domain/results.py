"""What is a result of a service: the definitions of K-2.5, K-3.4 and K-4.5, as the catalogue states them."""

from datetime import date

from domain.case import Case
from domain.engagement import Engagement
from domain.rejections import CommandRejected
from domain.services import Outcome
from domain.support_events import OutcomeKind, OutcomeReached, School
from domain.values import add_months

OUTCOMES: dict[OutcomeKind, tuple[str, str]] = {
    "permanent_job": ("tillsvidareanställning", "permanent job"),
    "fixed_term_job": ("tidsbegränsad anställning", "fixed-term job"),
    "business": ("eget företag", "business"),
    "studies": ("studier", "studies"),
    "placement": ("praktik", "placement"),
    "guidance_completed": ("genomförd vägledning", "completed guidance"),
    "goal_reached": ("målet nått", "goal reached"),
    "completed": ("genomfört stöd", "completed support"),
}
"""What each result is called, in Swedish and English."""

SCHOOLS: dict[School, tuple[str, str]] = {
    "university": ("universitet", "university"),
    "university_college": ("högskola", "university college"),
    "higher_vocational": ("yrkeshögskola", "higher vocational education"),
    "komvux": ("Komvux", "municipal adult education"),
    "folk_high_school": ("folkhögskola", "folk high school"),
    "other": ("annan skola", "another school"),
}
"""What each kind of school is called, in Swedish and English."""

COMPLETED = ("guidance_completed", "completed")
"""Results that say that the support was carried through."""

WAY = (
    "O-22-3",
    "vägen: studier, nytt arbete eller att stanna kvar",
    "the way: studies, a new job or staying",
)


def must_be_a_result(event: OutcomeReached, engagement: Engagement, case: Case) -> Outcome:
    """Return the definition that a result meets; raise `CommandRejected` where the service has none such."""
    outcomes = engagement.terms.outcomes
    definition = outcomes.get(event.outcome)
    if definition.meetings if definition else event.outcome in COMPLETED:
        _meetings_held(engagement, definition.clause if definition else engagement.form.clause)
    if definition is None:
        raise CommandRejected(
            "OUTCOME_NOT_IN_SERVICE",
            clause=engagement.terms.clauses.outcome,
            outcomes_sv=", ".join(OUTCOMES[kind][0] for kind in outcomes),
            outcomes_en=", ".join(OUTCOMES[kind][1] for kind in outcomes),
        )
    if definition.plan is not None and engagement.plan is None:
        raise CommandRejected("PLAN_MISSING", clause=definition.plan)
    if definition.way is not None and not any(row.occurred_on <= event.occurred_on for row in case.fund.ways):
        _, sv, en = WAY
        raise CommandRejected("STEP_OUT_OF_ORDER", clause=definition.way, first_sv=sv, first_en=en)
    lacks = _lacks(event, engagement, definition)
    if lacks is not None:
        sv, en = lacks
        raise CommandRejected("RESULT_NOT_IN_DEFINITION", clause=definition.clause, why_sv=sv, why_en=en)
    return definition


def _meetings_held(engagement: Engagement, clause: str) -> None:
    """Raise `CommandRejected` below the form's meetings, or those agreed on in the plan (K-3.4-a)."""
    agreed = engagement.plan.meetings if engagement.plan and engagement.plan.meetings else 0
    required = max(engagement.meetings_required, agreed)
    if engagement.meetings_held < required:
        held = engagement.meetings_held
        raise CommandRejected("MEETINGS_BELOW_MINIMUM", clause=clause, required=required, held=held)


def _lacks(event: OutcomeReached, engagement: Engagement, definition: Outcome) -> tuple[str, str] | None:
    """Return what a result lacks of its definition, in Swedish and English; None where it meets it."""
    if definition.start is None:
        return None
    if event.starts_on is None:
        return "startdagen ska anges", "its first day is to be told"
    if event.starts_on < engagement.starts_on:
        return (
            f"det började {event.starts_on}, före stödet",
            f"it began on {event.starts_on}, before the support",
        )
    if definition.start == "begun" and event.starts_on > event.occurred_on:
        return f"det börjar först {event.starts_on}", f"it does not begin until {event.starts_on}"
    if event.ends_on is not None and event.ends_on < event.starts_on:
        return "det slutar före startdagen", "it ends before its first day"
    return _lacks_school(event, definition) or _lacks_length(event, definition)


def _lacks_school(event: OutcomeReached, definition: Outcome) -> tuple[str, str] | None:
    """Return what studies lack: one of the kinds of school, full time (K-2.5-d; AMB-26)."""
    if definition.schools and event.school not in definition.schools:
        names = [SCHOOLS[kind] for kind in definition.schools]
        return (
            f"skolan ska vara {', '.join(sv for sv, _ in names)}",
            f"the school is to be one of {', '.join(en for _, en in names)}",
        )
    if definition.pace_percent and (event.pace_percent or 0) < definition.pace_percent:
        return (
            f"takten ska vara {definition.pace_percent} procent",
            f"the pace is to be {definition.pace_percent} per cent",
        )
    return None


def _lacks_length(event: OutcomeReached, definition: Outcome) -> tuple[str, str] | None:
    """Return that a result does not last long enough, or that nobody told how long it lasts (AMB-21)."""
    if not definition.least_months and not definition.least_weeks:
        return None
    assert event.starts_on is not None
    if event.ends_on is not None and long_enough(event.starts_on, event.ends_on, definition):
        return None
    if definition.least_weeks:
        return (
            f"det ska omfatta minst {definition.least_weeks} veckor",
            f"it is to last {definition.least_weeks} weeks at least",
        )
    return (
        f"det ska omfatta minst {definition.least_months} månader",
        f"it is to last {definition.least_months} months at least",
    )


def long_enough(first: date, last: date, definition: Outcome) -> bool:
    """Tell whether a stretch of days is as long as a result's definition asks for.

    Months end on the day with the same number: from 1 March four months are reached on 1 July (AMB-21). Of weeks
    the last counts once it has begun, since a term ends on a Friday as well as on a Sunday (AMB-19).
    """
    if definition.least_weeks:
        return (last - first).days // 7 + 1 >= definition.least_weeks
    return last >= add_months(first, definition.least_months)
