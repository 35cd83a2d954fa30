"""The rules of Kammarkollegiet's services one by one: what each clause allows, and the code that says no."""

from datetime import date, timedelta
from typing import Any, NamedTuple

import pytest
from pydantic import ValidationError

from domain.admission import admit
from domain.command import Command
from domain.commands import (
    AnnulGrant,
    Decide,
    DecideAppeal,
    DecideReconsideration,
    JudgeNeed,
    LodgeAppeal,
    RecordEvidence,
    RequestReconsideration,
)
from domain.deadlines import deadlines
from domain.event import sealed_fields
from domain.events import EVENTS, EligibilityAssessed, EntryCorrected, Evidence, EvidenceRecorded
from domain.grounds import Known
from domain.rejection_texts import REJECTIONS
from domain.results import OUTCOMES
from domain.review_events import AppealDecided, AppealLodged, ReconsiderationDecided, ReconsiderationRequested
from domain.services import CATALOGUES
from domain.support_commands import (
    CompleteTask,
    EvidenceOutcome,
    Expire,
    ExplainShortfall,
    ExtendPeriod,
    HoldHealthCollaboration,
    IssueStatement,
    MakeContact,
    MissMeeting,
    Pause,
    RecordActivity,
    Reopen,
    RequestStatement,
    Resume,
    StartEngagement,
    Withdraw,
)
from domain.support_events import (
    ActivityRecorded,
    ContactMade,
    EngagementExpired,
    HealthCollaborationHeld,
    MeetingHeld,
    MeetingMissed,
    OutcomeReached,
    Paused,
    PauseDetails,
    PlanAgreed,
    PlanContent,
    StatementContent,
    StatementIssued,
    StatementRequested,
    TaskDone,
)
from domain.support_rejection_texts import SUPPORT_REJECTIONS
from tests.given import (
    ADVISOR,
    APPLICANT,
    DECIDED,
    OFFICER,
    RECEIVED,
    TODAY,
    Given,
    application,
    details,
    do,
    given,
    meeting,
    work,
)
from tests.registers import STAFFED
from tests.supports import (
    EMPLOYED,
    SERVICES,
    TASK,
    a_statement,
    correcting,
    counselling,
    guidance,
    on_the_basis_of_the_first,
    placement,
    plan,
    refused,
    reinforced,
    result,
    studies,
    support_of,
)

FORECAST = {"kind": "forecast", "reference": "Yrkesprognos 2025"}
DEMAND = {"kind": "employer_demand", "reference": "Tre regioner söker."}
POST = do(Pause, "2025-03-03", reason="substitute_post", expected_until="2025-05-01")
PLANNED = plan("2025-02-03", TASK, {"task": "Skriva cv.", "by": "both", "target_on": "2025-03-01"})
JOB = result("2025-04-01", "permanent_job", starts_on="2025-04-15", evidence="contract")
EXPIRED = do(Expire, "2026-01-16")
GONE = do(Withdraw, "2025-01-20")
ASKED = do(RequestReconsideration, "2025-02-05")
APPEALED = do(LodgeAppeal, "2025-02-05")


def issue(on: str, *sources: dict[str, str], **content: Any) -> IssueStatement:
    """A statement that an education strengthens the client."""
    stated: dict[str, Any] = {"strengthens": True, "sources": sources, "reasons": "Bristyrke."} | content
    return do(IssueStatement, on, **stated)


def activity(name: str, on: str = "2025-02-10", **content: Any) -> RecordActivity:
    """An activity that was done, or found not needed."""
    return do(RecordActivity, on, activity=name, **content)


def beside() -> Given:
    """A case of guidance that may not begin, since counselling on the same basis is under way."""
    first, other = on_the_basis_of_the_first()
    first.carry_out(do(StartEngagement, "2025-02-02"))
    return other


# What is rejected, and on what clause


class Rejected(NamedTuple):
    """A code, the clause it rests on here, and a history with the command that meets it."""

    code: str
    clause: str
    past: Given
    command: Command


NOT_BEGUN = given(
    application(service="reinforced_support", details=details()),
    do(JudgeNeed, "2025-01-12", ADVISOR, special_need=True),
    DECIDED,
)
REJECTED = [
    # the beginning and the time
    Rejected("NOT_STARTED", "K-2.1-b", given(RECEIVED, DECIDED), meeting("2025-02-03")),
    Rejected("NOT_STARTED", "K-4.1-c", NOT_BEGUN, meeting("2025-02-03")),
    Rejected("NOT_STARTED", "AMB-28", a_statement(), meeting("2025-02-03")),
    Rejected("NOT_STARTED", "K-2.1-b", given(RECEIVED, DECIDED), do(Reopen, "2025-02-03")),
    Rejected("NOT_STARTED", "K-2.1-b", given(RECEIVED, DECIDED), do(ExtendPeriod, "2025-02-03")),
    Rejected("ALREADY_STARTED", "K-2.1-i", counselling(), do(StartEngagement, "2025-02-03")),
    Rejected("ALREADY_STARTED", "K-3.1-d", guidance(), do(StartEngagement, "2025-02-03")),
    Rejected("ALREADY_STARTED", "K-4.1-g", reinforced(), do(StartEngagement, "2025-02-03")),
    Rejected("START_OUTSIDE_WINDOW", "K-5.4", given(RECEIVED, DECIDED), do(StartEngagement, "2026-01-16")),
    Rejected("DUPLICATE_ACTIVE_CASE", "AMB-29", beside(), do(StartEngagement, "2025-02-03")),
    Rejected("OUTSIDE_PERIOD", "K-2.1-i", counselling(), meeting("2026-01-16")),
    Rejected("OUTSIDE_PERIOD", "K-3.1-d", guidance(), meeting("2025-05-02")),
    Rejected("OUTSIDE_PERIOD", "K-4.1-g", reinforced(), meeting("2026-01-16")),
    Rejected("OUTSIDE_PERIOD", "K-2.1-i", counselling(), issue("2026-01-16", FORECAST)),
    Rejected(
        "OUTSIDE_PERIOD", "K-2.1-i", counselling(JOB), do(RequestStatement, "2025-04-02", education="Kurs.")
    ),
    Rejected("PERIOD_EXTENSION_FORBIDDEN", "K-2.1-i", counselling(), do(ExtendPeriod, "2025-02-03")),
    Rejected("PERIOD_EXTENSION_FORBIDDEN", "K-3.1-d", guidance(), do(ExtendPeriod, "2025-02-03")),
    Rejected("PERIOD_EXTENSION_FORBIDDEN", "K-4.1-g", reinforced(), do(ExtendPeriod, "2025-02-03")),
    # the plan
    Rejected("PLAN_NOT_JOINT", "K-2.2-b", counselling(), plan("2025-02-03", jointly=False)),
    Rejected("PLAN_NOT_JOINT", "K-3.4-b", guidance(), plan("2025-02-03", jointly=False)),
    Rejected("PLAN_NOT_JOINT", "K-4.2-b", reinforced(), plan("2025-02-03", jointly=False)),
    Rejected("PLAN_EMPTY", "K-2.2-b", counselling(), plan("2025-02-03", items=())),
    Rejected("PLAN_EMPTY", "K-4.2-b", reinforced(), plan("2025-02-03", items=())),
    Rejected("PLAN_TARGET_PASSED", "K-2.2-b", counselling(), plan("2025-05-02")),
    Rejected("PLAN_TARGET_PASSED", "K-3.4-b", guidance(), plan("2025-05-01")),
    Rejected(
        "PLAN_MISSING",
        "K-3.4-b",
        guidance(*(meeting(f"2025-0{month}-03") for month in (2, 3, 4))),
        result("2025-04-03", "guidance_completed"),
    ),
    Rejected("TASK_UNKNOWN", "K-2.3-b", counselling(), do(CompleteTask, "2025-02-10", number=1)),
    Rejected("TASK_UNKNOWN", "K-2.3-b", counselling(PLANNED), do(CompleteTask, "2025-02-10", number=3)),
    Rejected("TASK_UNKNOWN", "K-3.2-b", guidance(PLANNED), do(CompleteTask, "2025-02-10", number=3)),
    Rejected("TASK_UNKNOWN", "K-4.3-b", reinforced(PLANNED), do(CompleteTask, "2025-02-10", number=3)),
    Rejected("TASK_BEFORE_PLAN", "K-2.3-b", counselling(PLANNED), do(CompleteTask, "2025-02-02", number=1)),
    Rejected(
        "TASK_ALREADY_DONE",
        "K-2.3-b",
        counselling(PLANNED, do(CompleteTask, "2025-02-10", number=2)),
        do(CompleteTask, "2025-02-11", number=2),
    ),
    # activities
    Rejected("ACTIVITY_NOT_IN_SERVICE", "K-2.4-c", counselling(), activity("rehabilitation_plan")),
    Rejected("ACTIVITY_NOT_IN_SERVICE", "K-3.3-j", guidance(), activity("mapping")),
    Rejected("ACTIVITY_NOT_IN_SERVICE", "K-4.4", reinforced(), activity("labour_market")),
    Rejected(
        "ACTIVITY_MANDATORY", "K-2.4-b1", counselling(), activity("mapping", done=False, reason="Känd.")
    ),
    Rejected("ACTIVITY_COMES_FIRST", "K-2.1-l", counselling(), activity("study_guidance")),
    Rejected("ACTIVITY_COMES_FIRST", "K-4.1-m", reinforced(), activity("study_guidance")),
    Rejected("REASON_MISSING", "K-2.4-c5", counselling(), activity("interview_training", done=False)),
    Rejected("REASON_MISSING", "K-4.4-d", reinforced(), activity("rehabilitation_plan", done=False)),
    # meetings and statements
    Rejected("MEETING_ALREADY_HELD", "K-2.1-d", counselling(meeting("2025-02-03")), meeting("2025-02-03")),
    Rejected("MEETING_ALREADY_HELD", "K-3.1-e", guidance(meeting("2025-02-03")), meeting("2025-02-03")),
    Rejected("MEETING_ALREADY_HELD", "K-4.1-d", reinforced(meeting("2025-02-03")), meeting("2025-02-03")),
    Rejected(
        "NOT_IN_SERVICE",
        "K-4.1-j",
        counselling(),
        do(HoldHealthCollaboration, "2025-02-03", party="health_care"),
    ),
    Rejected(
        "NOT_IN_SERVICE",
        "K-4.1-j",
        guidance(),
        do(HoldHealthCollaboration, "2025-02-03", party="health_care"),
    ),
    Rejected("STATEMENT_WITHOUT_SOURCE", "O-17-c", counselling(), issue("2025-02-03")),
    Rejected("STATEMENT_WITHOUT_SOURCE", "O-17-c", a_statement(), issue("2025-02-03")),
    Rejected("NO_SUPPORT_APPLIED_FOR", "AMB-28", a_statement(), DECIDED),
    # interruptions
    Rejected(
        "ALREADY_PAUSED", "K-2.1-g", counselling(POST), do(Pause, "2025-03-04", reason="parental_leave")
    ),
    Rejected("ALREADY_PAUSED", "K-4.1-f", reinforced(POST), do(Pause, "2025-03-04", reason="parental_leave")),
    Rejected("NOT_PAUSED", "K-2.1-g", counselling(), do(Resume, "2025-03-04")),
    Rejected("NOT_PAUSED", "K-4.1-f", reinforced(), do(Resume, "2025-03-04")),
    Rejected("PAUSE_INCOMPLETE", "K-2.1-g", counselling(), do(Pause, "2025-03-03", reason="other")),
    Rejected("PAUSE_INCOMPLETE", "K-2.1-g", counselling(), do(Pause, "2025-03-03", reason="substitute_post")),
    Rejected(
        "PAUSE_INCOMPLETE", "K-4.1-f", reinforced(), do(Pause, "2025-03-03", reason="full_time_studies_term")
    ),
    Rejected(
        "PAUSE_ENDS_FIRST",
        "K-2.1-g",
        counselling(),
        do(Pause, "2025-03-03", reason="short_sick_leave", expected_until="2025-03-02"),
    ),
    Rejected(
        "RESULT_NOT_INTERRUPTION",
        "K-2.5-b",
        counselling(),
        do(Pause, "2025-03-03", reason="substitute_post", expected_until="2025-07-03"),
    ),
    Rejected(
        "RESULT_NOT_INTERRUPTION",
        "K-4.5-d",
        reinforced(),
        do(Pause, "2025-08-18", reason="full_time_studies_term", school="university", pace_percent=100),
    ),
    # results and ends
    Rejected("OUTCOME_NOT_IN_SERVICE", "K-2.5", counselling(), placement("2025-08-03")),
    Rejected(
        "OUTCOME_NOT_IN_SERVICE",
        "K-3.4",
        guidance(),
        result("2025-04-01", "business", starts_on="2025-04-01"),
    ),
    Rejected("OUTCOME_NOT_IN_SERVICE", "K-4.5", reinforced(), result("2025-04-01", "goal_reached")),
    Rejected(
        "MEETINGS_BELOW_MINIMUM", "K-3.4-a", guidance(PLANNED), result("2025-04-01", "guidance_completed")
    ),
    Rejected("MEETINGS_BELOW_MINIMUM", "K-2.1-f", counselling(), result("2025-04-01", "completed")),
    Rejected("MEETINGS_BELOW_MINIMUM", "K-4.1-e", reinforced(), result("2025-04-01", "completed")),
    Rejected("RESULT_NOT_IN_DEFINITION", "K-2.5-a", counselling(), result("2025-04-01", "permanent_job")),
    Rejected("RESULT_NOT_IN_DEFINITION", "K-2.5-d", counselling(), studies(pace_percent=50)),
    Rejected("RESULT_NOT_IN_DEFINITION", "K-4.5-e", reinforced(), placement("2025-06-03")),
    Rejected("ALREADY_ENDED", "K-2.5", counselling(JOB), JOB),
    Rejected("ALREADY_ENDED", "K-2.1-i", counselling(JOB), do(Withdraw, "2025-04-01")),
    Rejected("ALREADY_ENDED", "K-4.1-g", reinforced(EXPIRED), EXPIRED),
    Rejected(
        "AGREED_END_NOT_REACHED",
        "K-2.1-f",
        counselling(EXPIRED),
        do(ExplainShortfall, "2026-01-15", reason="Sjukdom."),
    ),
    Rejected("LATER_ENTRIES", "AMB-35", counselling(meeting("2025-04-02")), JOB),
    Rejected("LATER_ENTRIES", "AMB-35", counselling(meeting("2025-04-02")), do(Withdraw, "2025-04-01")),
    Rejected("NO_RESULT", "K-2.5", counselling(), do(EvidenceOutcome, "2025-04-01", evidence="contract")),
    Rejected("NO_RESULT", "K-4.5", reinforced(), do(EvidenceOutcome, "2025-04-01", evidence="contract")),
    Rejected("NOT_CLOSED", "K-2.1-g", counselling(), do(Reopen, "2025-04-02")),
    Rejected("NOT_CLOSED", "K-2.1-g", counselling(EXPIRED), do(Reopen, "2025-04-02")),
    Rejected("NOT_CLOSED", "K-4.1-f", reinforced(JOB), do(Reopen, "2025-03-31")),
    Rejected("NO_SHORTFALL", "K-2.1-f", counselling(), do(ExplainShortfall, "2026-02-01", reason="Sjuk.")),
    Rejected("NO_SHORTFALL", "K-2.1-f", counselling(JOB), do(ExplainShortfall, "2026-02-01", reason="Sjuk.")),
    Rejected("NO_SHORTFALL", "K-4.1-e", reinforced(), do(ExplainShortfall, "2026-02-01", reason="Sjuk.")),
    Rejected(
        "ALREADY_WITHDRAWN", "K-2.1-i", given(RECEIVED, DECIDED, GONE), do(StartEngagement, "2025-01-27")
    ),
    Rejected("ALREADY_WITHDRAWN", "K-2.1-c", given(RECEIVED, GONE), do(Decide, "2025-01-21")),
    Rejected("NOTHING_TO_WITHDRAW", "K-2.1-i", given(RECEIVED, GONE), GONE),
    Rejected("NOTHING_TO_WITHDRAW", "K-2.1-i", refused(), GONE),
    # decisions again
    Rejected("NOT_DECIDED", "K-5.4", given(RECEIVED), ASKED),
    Rejected("NOT_DECIDED", "K-5.4", given(RECEIVED), APPEALED),
    Rejected("ALREADY_ASKED", "2022:850-26", refused(ASKED), ASKED),
    Rejected("ALREADY_ASKED", "2022:850-26", refused(APPEALED), APPEALED),
    Rejected("RECONSIDERATION_TOO_LATE", "2022:850-26", refused(), do(RequestReconsideration, "2025-02-06")),
    Rejected(
        "NOT_ASKED", "2022:850-26", refused(), do(DecideReconsideration, "2025-02-10", "decision_maker:test")
    ),
    Rejected(
        "NOT_ASKED",
        "2022:850-26",
        refused(ASKED),
        do(DecideReconsideration, "2025-02-04", "decision_maker:test"),
    ),
    Rejected("NOT_APPEALED", "2022:850-26", refused(), do(DecideAppeal, "2025-06-02", result="upheld")),
    Rejected(
        "NOT_APPEALED", "2022:850-26", refused(APPEALED), do(DecideAppeal, "2025-02-04", result="upheld")
    ),
]
OF_DECISIONS_AGAIN = {
    "NO_SUPPORT_APPLIED_FOR",
    "NOT_DECIDED",
    "ALREADY_ASKED",
    "RECONSIDERATION_TOO_LATE",
    "NOT_ASKED",
    "NOT_APPEALED",
}


@pytest.mark.parametrize("row", REJECTED, ids=lambda row: f"{row.code}-{row.clause}-{row.command.name}")
def test_what_a_support_rejects(row: Rejected) -> None:
    """Each code is met with the clause of the service at hand, and both its sentences are filled in."""
    rejected = row.past.when(row.command).then_rejected(row.code, row.clause)
    assert rejected.sv != rejected.en


def test_every_code_of_a_support_is_met() -> None:
    """Vacuous without: a code that no history meets is a rule that nobody tried."""
    assert {row.code for row in REJECTED} == SUPPORT_REJECTIONS.keys() | OF_DECISIONS_AGAIN
    assert REJECTIONS.keys() > OF_DECISIONS_AGAIN


# Forms and meetings


@pytest.mark.parametrize(
    ("service", "months", "clause"),
    [
        ("counselling_dismissed", 5, "K-2.1-b"),
        ("counselling_dismissed", 7, "K-2.1-b"),
        ("guidance_employed", 4, "K-3.1-d"),
        ("reinforced_support", 6, "K-4.1-c"),
    ],
)
def test_no_other_form_is_granted(service: str, months: int, clause: str) -> None:
    """Six or twelve months of counselling, three of guidance, twelve of reinforced support."""
    stated = EMPLOYED if service == "guidance_employed" else details()
    past = given(application(service=service, months=months, details=stated))
    past.carry_out(do(JudgeNeed, "2025-01-12", ADVISOR, special_need=True))
    done = past.when(DECIDED).then(EligibilityAssessed, decision="refuse", refusals=("DURATION_NOT_ALLOWED",))
    decision = done.events[0]
    assert isinstance(decision, EligibilityAssessed)
    assert [row.clause for row in decision.clauses if not row.holds] == [clause]


FORMS = [
    ("counselling_dismissed", 6, 6, "K-2.1-e"),
    ("counselling_dismissed", 12, 12, "K-2.1-f"),
    ("guidance_employed", 3, 3, "K-3.1-e"),
    ("reinforced_support", 12, 12, "K-4.1-e"),
]


@pytest.mark.parametrize(("service", "months", "least", "clause"), FORMS)
def test_each_form_has_its_least_number_of_meetings(
    service: str, months: int, least: int, clause: str
) -> None:
    """One fewer is missing at the end and its reason is asked for; with the last one nothing is."""
    days = [date(2025, 2, 3) + timedelta(days=7 * week) for week in range(least)]
    past = counselling(months=months) if months == 6 else SERVICES[service]()
    for day in days[:-1]:
        past.carry_out(meeting(str(day)))
    past.when(EXPIRED).then(EngagementExpired, meetings_required=least, meetings_missing=1)
    past.carry_out(meeting(str(days[-1])))
    past.when(EXPIRED).then(EngagementExpired, meetings_held=least, meetings_missing=0)
    past.carry_out(EXPIRED)
    late = do(ExplainShortfall, "2026-02-01", reason="Sjukdom.")
    past.when(late).then_rejected("NO_SHORTFALL", clause)


@pytest.mark.parametrize("service", SERVICES)
@pytest.mark.parametrize("mode", ["digital", "physical"])
def test_meetings_are_digital_or_physical(service: str, mode: str) -> None:
    """K-2.1-d, K-3.1-e, K-4.1-d: both count; the telephone is digital and no way of its own (AMB-22)."""
    past = SERVICES[service]()
    past.when(meeting("2025-02-03", mode=mode)).then(MeetingHeld, mode=mode)
    past.carry_out(meeting("2025-02-03", mode=mode))
    assert support_of(past).meetings_held == 1


@pytest.mark.parametrize("mode", ["phone", "email", "webinar", ""])
def test_there_is_no_other_mode(mode: str) -> None:
    """K-2.1-d: what is neither digital nor physical is no meeting, and no command either (AMB-22)."""
    with pytest.raises(ValidationError):
        meeting("2025-02-03", mode=mode)
    with pytest.raises(ValidationError):
        do(MissMeeting, "2025-02-03", mode=mode)


def test_one_meeting_counts_a_day_and_advisor() -> None:
    """AMB-22: another advisor's meeting of the same day is another one; the mode makes no second."""
    past = counselling(meeting("2025-02-03", advisor="anna"))
    for mode in ("digital", "physical"):
        again = meeting("2025-02-03", advisor="anna", mode=mode)
        past.when(again).then_rejected("MEETING_ALREADY_HELD", "K-2.1-d")
    past.carry_out(meeting("2025-02-03", advisor="bo"))
    past.carry_out(meeting("2025-02-04", advisor="anna"))
    assert support_of(past).meetings_held == 3


@pytest.mark.parametrize("service", SERVICES)
def test_a_no_show_is_on_record_and_does_not_count(service: str) -> None:
    """AMB-22: the day it did not happen is kept, and a meeting may be held that same day."""
    past = SERVICES[service](do(MissMeeting, "2025-02-03", mode="digital"))
    assert (support_of(past).meetings_held, support_of(past).missed) == (0, (date(2025, 2, 3),))
    past.when(do(MissMeeting, "2025-02-10", mode="physical")).then(MeetingMissed)
    past.when(meeting("2025-02-03")).then(MeetingHeld)


@pytest.mark.parametrize("kind", ["email_feedback", "phone_support", "gathering", "webinar", "other"])
@pytest.mark.parametrize("service", SERVICES)
def test_a_contact_never_counts_as_a_meeting(service: str, kind: str) -> None:
    """K-2.3-c, K-3.2-c, K-4.3-c: it is on record beside the meetings, as often as it happened (AMB-22)."""
    past = SERVICES[service]()
    clauses = {
        admit(past.when(do(MakeContact, "2025-02-03", kind=kind)).events[0], past.case, Known(TODAY)).clause
    }
    assert clauses == {CATALOGUES["2022-10-01"].services[service].clauses.contact}
    past.when(do(MakeContact, "2025-02-03", kind=kind)).then(ContactMade, kind=kind)
    past.carry_out(do(MakeContact, "2025-02-03", kind=kind))
    past.carry_out(do(MakeContact, "2025-02-03", kind=kind))
    assert (support_of(past).meetings_held, len(support_of(past).contacts)) == (0, 2)
    past.when(meeting("2025-02-03")).then(MeetingHeld)


# The plan


@pytest.mark.parametrize(
    ("service", "clause"),
    [
        ("counselling_dismissed", "K-2.2-b"),
        ("guidance_employed", "K-3.4-b"),
        ("reinforced_support", "K-4.2-b"),
    ],
)
def test_one_plan_holds_at_a_time(service: str, clause: str) -> None:
    """Agreed jointly, with what is done, by whom and by when; a revised one takes its place, tasks undone."""
    past = SERVICES[service](PLANNED, do(CompleteTask, "2025-02-10", number=1))
    support = support_of(past)
    assert support.plan is not None
    assert [(row.number, row.by, str(row.target_on)) for row in support.plan.items] == [
        (1, "client", "2025-04-30"),
        (2, "both", "2025-03-01"),
    ]
    assert support.tasks_done == {1}
    revised = past.when(plan("2025-03-03"))
    assert admit(revised.events[0], past.case, Known(TODAY)).clause == clause
    revised.then(PlanAgreed, jointly=True)
    past.carry_out(plan("2025-03-03"))
    support = support_of(past)
    assert support.plan is not None
    assert (str(support.plan.occurred_on), len(support.plan.items)) == ("2025-03-03", 1)
    assert not support.tasks_done
    assert [type(entry.event) for entry in past.entries].count(PlanAgreed) == 2
    past.when(do(CompleteTask, "2025-03-03", number=1)).then(TaskDone)


def test_a_task_may_be_due_on_the_day_of_its_plan() -> None:
    """K-2.2-c: the target is a day from the plan's own on."""
    counselling().when(plan("2025-04-30")).then(PlanAgreed)
    counselling().when(plan("2025-05-01")).then_rejected("PLAN_TARGET_PASSED", "K-2.2-b")


# Activities


@pytest.mark.parametrize(
    ("name", "clause"),
    [
        ("mapping", "K-2.4-b1"),
        ("plan_drawn_up", "K-2.4-b2"),
        ("labour_market", "K-2.4-b3"),
        ("encouragement", "K-2.4-b4"),
    ],
)
def test_what_is_done_with_everyone_is_never_left_out(name: str, clause: str) -> None:
    """K-2.4-b1 to -b4: it is done, and no reason makes it not needed."""
    past = counselling()
    past.when(activity(name)).then(ActivityRecorded, activity=name, done=True)
    past.when(activity(name, done=False, reason="Behövs inte.")).then_rejected("ACTIVITY_MANDATORY", clause)


@pytest.mark.parametrize(
    ("service", "name", "clause"),
    [
        ("counselling_dismissed", "application_documents", "K-2.4-c1"),
        ("counselling_dismissed", "presented_to_employers", "K-2.4-c2"),
        ("counselling_dismissed", "unadvertised_jobs", "K-2.4-c3"),
        ("counselling_dismissed", "applied_jobs", "K-2.4-c4"),
        ("counselling_dismissed", "interview_training", "K-2.4-c5"),
        ("counselling_dismissed", "information", "K-2.4-c6"),
        ("reinforced_support", "mapping", "K-4.4-a"),
        ("reinforced_support", "ill_health_support", "K-4.4-b"),
        ("reinforced_support", "plan_drawn_up", "K-4.4-c"),
        ("reinforced_support", "rehabilitation_plan", "K-4.4-d"),
        ("reinforced_support", "application_documents", "K-4.4-e"),
        ("reinforced_support", "applied_jobs", "K-4.4-f"),  # K-4.4-j is the same, printed twice
        ("reinforced_support", "workplace_activities", "K-4.4-g"),
        ("reinforced_support", "presented_to_employers", "K-4.4-h"),
        ("reinforced_support", "unadvertised_jobs", "K-4.4-i"),
        ("reinforced_support", "interview_training", "K-4.4-k"),
        ("reinforced_support", "information", "K-4.4-l"),
    ],
)
def test_what_goes_by_need_is_done_or_not_needed_and_why(service: str, name: str, clause: str) -> None:
    """K-2.4-c, K-4.4: left out, the reason is told; nothing of it keeps the support from ending (AMB-24)."""
    past = SERVICES[service]()
    past.when(activity(name)).then(ActivityRecorded, done=True)
    past.when(activity(name, done=False)).then_rejected("REASON_MISSING", clause)
    past.when(activity(name, done=False, reason="Kunden kan det.")).then(ActivityRecorded, done=False)
    past.when(JOB).then(OutcomeReached)


@pytest.mark.parametrize(
    ("name", "clause"),
    [
        ("options_review", "K-3.3-a"),
        ("validation_talk", "K-3.3-b"),
        ("education_websites", "K-3.3-c"),
        ("forecasts", "K-3.3-d"),
        ("shortage_occupations", "K-3.3-e"),
        ("study_plan", "K-3.3-f"),
        ("education_goals", "K-3.3-g"),
        ("application_support", "K-3.3-h"),
        ("carrying_out_plan", "K-3.3-i"),
    ],
)
def test_what_guidance_may_contain_is_never_asked_for(name: str, clause: str) -> None:
    """K-3.3: it may be recorded, under its own clause, and guidance is completed without any of it."""
    past = guidance()
    done = past.when(activity(name)).then(ActivityRecorded, activity=name)
    assert admit(done.events[0], past.case, Known(TODAY)).clause == clause
    assert CATALOGUES["2022-10-01"].services["guidance_employed"].activities[name].need == "optional"


@pytest.mark.parametrize(
    ("service", "clause"), [("counselling_dismissed", "K-2.1-l"), ("reinforced_support", "K-4.1-m")]
)
def test_study_guidance_follows_a_joint_finding(service: str, clause: str) -> None:
    """Client and advisor find studies the best form first, on that day or before, never after."""
    guided = activity("study_guidance", "2025-03-03")
    past = SERVICES[service](activity("studies_found_best", "2025-03-04"))
    past.when(guided).then_rejected("ACTIVITY_COMES_FIRST", clause)
    past = SERVICES[service](activity("studies_found_best", "2025-03-03", done=False, reason="Nej."))
    past.when(guided).then_rejected("ACTIVITY_COMES_FIRST", clause)
    SERVICES[service](activity("studies_found_best", "2025-03-03")).when(guided).then(ActivityRecorded)


# Interruptions

REASONS: list[tuple[str, dict[str, Any]]] = [
    ("full_time_studies_term", {"school": "folk_high_school", "pace_percent": 100}),
    ("substitute_post", {"expected_until": "2025-07-02"}),
    ("short_sick_leave", {}),
    ("parental_leave", {}),
    ("other", {"words": "Vårdar en anhörig."}),
]


@pytest.mark.parametrize(("reason", "told"), REASONS, ids=lambda row: row if isinstance(row, str) else "")
@pytest.mark.parametrize(
    ("service", "clause"), [("counselling_dismissed", "K-2.1-g"), ("reinforced_support", "K-4.1-f")]
)
def test_who_interrupts_has_the_right_to_come_back(
    service: str, clause: str, reason: str, told: dict[str, Any]
) -> None:
    """K-2.1-h1 to -h4, K-4.1-f1 to -f4: the four examples, and others in words; the end stands (K-4.1-g)."""
    past = SERVICES[service]()
    end = support_of(past).agreed_end
    paused = past.when(do(Pause, "2025-03-03", reason=reason, **told)).then(Paused, reason=reason)
    assert admit(paused.events[0], past.case, Known(TODAY)).clause == clause
    past.carry_out(do(Pause, "2025-03-03", reason=reason, **told))
    past.carry_out(do(Resume, str(end)))
    assert support_of(past).agreed_end == end
    assert past.case.stage(end) == "active"


def test_the_reason_in_words_is_kept() -> None:
    """What is told of an interruption is on record, sealed as its reason is."""
    words = do(Pause, "2025-03-03", reason="other", words="Vårdar en anhörig.")
    counselling().when(words).then(Paused, details=PauseDetails(words="Vårdar en anhörig."))
    assert sealed_fields(Paused) == ("reason", "details")


@pytest.mark.parametrize(
    ("told", "allowed"),
    [
        ({"school": "komvux", "pace_percent": 100}, False),
        ({"school": "komvux", "pace_percent": 100, "expected_until": "2025-07-21"}, False),
        ({"school": "komvux", "pace_percent": 100, "expected_until": "2025-07-13"}, True),  # nineteen weeks
        ({"school": "komvux", "pace_percent": 50}, True),
        ({"school": "folk_high_school", "pace_percent": 100}, True),
        ({"school": "other", "pace_percent": 100}, True),
    ],
)
@pytest.mark.parametrize(
    ("service", "clause"), [("counselling_dismissed", "K-2.5-d"), ("reinforced_support", "K-4.5-d")]
)
def test_listed_full_time_studies_are_a_result(
    service: str, clause: str, told: dict[str, Any], allowed: bool
) -> None:
    """AMB-19: a term of them is no interruption; at another school, at half the pace or shorter it is one."""
    done = SERVICES[service]().when(do(Pause, "2025-03-03", reason="full_time_studies_term", **told))
    if allowed:
        done.then(Paused)
    else:
        done.then_rejected("RESULT_NOT_INTERRUPTION", clause)


# Results

BOTH = [("counselling_dismissed", "K-2.5"), ("reinforced_support", "K-4.5")]
JOBS: list[tuple[str, dict[str, Any], str | None]] = [
    ("permanent_job", {"starts_on": "2025-04-15"}, None),
    ("permanent_job", {"starts_on": "2025-01-27"}, None),
    ("permanent_job", {"starts_on": "2025-01-26"}, "a"),  # before the support
    ("permanent_job", {}, "a"),
    ("fixed_term_job", {"starts_on": "2025-04-15", "ends_on": "2025-08-15"}, None),
    ("fixed_term_job", {"starts_on": "2025-04-15", "ends_on": "2025-08-14"}, "b"),
    ("fixed_term_job", {"starts_on": "2025-04-15"}, "b"),
    ("fixed_term_job", {"ends_on": "2025-08-15"}, "b"),
    ("business", {"starts_on": "2025-04-01"}, None),
    ("business", {"starts_on": "2025-04-02"}, "c"),  # not started yet
    ("business", {}, "c"),
]


@pytest.mark.parametrize(("outcome", "told", "lacks"), JOBS)
@pytest.mark.parametrize(("service", "clause"), BOTH)
def test_what_a_job_and_a_business_are(
    service: str, clause: str, outcome: str, told: dict[str, Any], lacks: str | None
) -> None:
    """K-2.5-a to -c, K-4.5-a to -c: a first day that is known, a term of four months, a business begun.

    A job's extent and form do not matter; what proves it is told (AMB-26).
    """
    done = SERVICES[service]().when(result("2025-04-01", outcome, evidence="employer", **told))
    if lacks is None:
        done.then(OutcomeReached, outcome=outcome, evidence="employer")
    else:
        done.then_rejected("RESULT_NOT_IN_DEFINITION", f"{clause}-{lacks}")


@pytest.mark.parametrize(
    ("ends_on", "starts_on", "allowed"),
    [
        ("2025-07-03", "2025-03-03", True),
        ("2025-07-02", "2025-03-03", False),
        (None, "2025-03-03", False),
        ("2025-07-04", "2025-03-04", False),  # begins the day after the result
    ],
)
def test_what_a_placement_is(ends_on: str | None, starts_on: str, allowed: bool) -> None:
    """K-4.5-e: it has begun, and is of four months at least."""
    placed = result("2025-03-03", "placement", starts_on=starts_on, ends_on=ends_on)
    done = reinforced().when(placed)
    if allowed:
        done.then(OutcomeReached)
    else:
        done.then_rejected("RESULT_NOT_IN_DEFINITION", "K-4.5-e")


@pytest.mark.parametrize("service", ["counselling_dismissed", "reinforced_support"])
def test_a_result_needs_no_number_of_meetings(service: str) -> None:
    """K-2.1-c, K-4.1-c: the support is given until the agreed end or until a result (AMB-23)."""
    past = SERVICES[service](JOB)
    assert (past.case.stage(date(2025, 4, 1)), support_of(past).meetings_held) == ("ended", 0)


# Reinforced support


@pytest.mark.parametrize("judged", [None, False, True])
def test_reinforced_support_is_for_a_special_need(judged: bool | None) -> None:
    """K-4.1-a, K-5.1-5: an advisor has judged that sickness gives a special need, or it is refused."""
    past = given(application(service="reinforced_support", details=details()))
    if judged is not None:
        past.carry_out(do(JudgeNeed, "2025-01-12", ADVISOR, special_need=judged))
    done = past.when(DECIDED)
    if judged:
        done.then(EligibilityAssessed, decision="grant")
    else:
        done.then(EligibilityAssessed, decision="refuse", refusals=("NO_SPECIAL_NEED",))


PARTIES = (
    "health_advisor",
    "health_care",
    "occupational_health",
    "substance_treatment",
    "social_insurance_agency",
    "employment_service",
    "social_services",
    "other",
)


@pytest.mark.parametrize("party", PARTIES)
def test_health_collaboration_says_with_whom_and_nothing_of_health(party: str) -> None:
    """K-4.1-j: the kind of party, sealed, and no place for a diagnosis; it counts as no meeting (AMB-33)."""
    past = reinforced()
    past.when(do(HoldHealthCollaboration, "2025-02-03", party=party)).then(
        HealthCollaborationHeld, party=party
    )
    past.carry_out(do(HoldHealthCollaboration, "2025-02-03", party=party))
    assert support_of(past).meetings_held == 0
    for field in ("diagnosis", "reason", "words", "note"):
        with pytest.raises(ValidationError):
            do(HoldHealthCollaboration, "2025-02-03", party=party, **{field: "F43"})


def test_nothing_is_applied_for_in_the_clients_place() -> None:
    """K-4.1-b: of authorities a case tells with whom the advisor met; no event is an application to one.

    Every event's own fields are looked through, so that a new one that names an authority is looked at here.
    """
    naming = {
        (event.__name__, field)
        for event in EVENTS.values()
        for field in event.model_fields
        if any(word in field for word in ("authority", "agency", "party", "benefit", "sickness", "diagnos"))
    }
    assert naming == {("HealthCollaborationHeld", "party")}


# Statements


@pytest.mark.parametrize("service", SERVICES)
def test_a_statement_is_given_inside_a_support(service: str) -> None:
    """K-2.1-m, K-3.1-h, K-4.1-n: while it goes on, with its sources; CSN decides, so nothing ends by it."""
    past = SERVICES[service](do(RequestStatement, "2025-02-03", APPLICANT, education="Undersköterska."))
    done = past.when(issue("2025-02-10", FORECAST, DEMAND, strengthens=False))
    done.then(StatementIssued, strengthens=False)
    event = done.events[0]
    assert isinstance(event, StatementIssued)
    assert list(event.kinds) == ["forecast", "employer_demand"]
    clause = {
        "counselling_dismissed": "K-2.1-m",
        "guidance_employed": "K-3.1-h",
        "reinforced_support": "K-4.1-n",
    }
    assert admit(event, past.case, Known(TODAY)).clause == clause[service]
    past.carry_out(issue("2025-02-10", FORECAST))
    assert past.case.stage(date(2025, 2, 10)) == "active"
    assert len(past.case.statements) == 2


def test_a_statement_is_a_case_of_its_own() -> None:
    """AMB-28: asked for by the client, given with its sources, without any support and without a decision."""
    past = a_statement()
    assert past.case.stage(TODAY) == "statement"
    asked = do(RequestStatement, "2025-01-12", APPLICANT, education="Undersköterska.")
    past.when(asked).then(StatementRequested, education="Undersköterska.")
    past.carry_out(asked)
    assert "statement_waiting" in {row.code for row in deadlines(past.case, past.entries)}
    past.carry_out(issue("2025-01-20", FORECAST))
    assert "statement_waiting" not in {row.code for row in deadlines(past.case, past.entries)}
    past.when(DECIDED).then_rejected("NO_SUPPORT_APPLIED_FOR", "AMB-28")
    past.when(do(StartEngagement, "2025-01-27")).then_rejected("NOT_GRANTED", "K-5.4")


def test_a_withdrawn_application_for_a_statement_gets_none() -> None:
    """AMB-28: after the withdrawal nothing is stated; what was stated before it may still be recorded."""
    past = a_statement(do(Withdraw, "2025-02-03", APPLICANT))
    assert past.case.stage(TODAY) == "withdrawn"
    past.when(issue("2025-02-04", FORECAST)).then_rejected("ALREADY_WITHDRAWN", "AMB-28")
    past.when(issue("2025-02-03", FORECAST)).then(StatementIssued)


@pytest.mark.parametrize("reference", ["", "   "])
def test_a_source_is_named(reference: str) -> None:
    """O-17-c: a kind of source that says nothing of where it is found is none."""
    with pytest.raises(ValidationError):
        issue("2025-02-03", {"kind": "forecast", "reference": reference})


# Decisions again

ANEW = do(DecideReconsideration, "2025-02-10", "decision_maker:test")
PROOF = do(RecordEvidence, "2025-01-20", source="certificate", content=Evidence(work=work("2023-01", 24)))


def test_reconsideration_is_asked_for_within_three_weeks() -> None:
    """2022:850-26: of the day the client got the decision; the decision's own where nothing is said."""
    past = refused()
    past.when(do(RequestReconsideration, "2025-02-05", APPLICANT)).then(
        ReconsiderationRequested, received_on=date(2025, 1, 15)
    )
    past.when(do(RequestReconsideration, "2025-02-06")).then_rejected(
        "RECONSIDERATION_TOO_LATE", "2022:850-26"
    )
    later = {"received_on": "2025-01-20"}
    past.when(do(RequestReconsideration, "2025-02-10", **later)).then(ReconsiderationRequested)
    past.when(do(RequestReconsideration, "2025-02-11", **later)).then_rejected("RECONSIDERATION_TOO_LATE")


def test_a_reconsidered_refusal_becomes_a_grant() -> None:
    """2022:850-26: it is decided anew on what is known now; both decisions stay on record."""
    past = refused(PROOF, ASKED)
    assert "reconsideration_waiting" in {row.code for row in deadlines(past.case, past.entries)}
    past.when(ANEW).then(EligibilityAssessed, ReconsiderationDecided, result="changed")
    past.carry_out(ANEW)
    assert past.case.grant is not None
    assert str(past.case.grant.occurred_on) == "2025-02-10"
    assert [row.decision for row in past.case.decisions] == ["refuse", "grant"]
    assert "reconsideration_waiting" not in {row.code for row in deadlines(past.case, past.entries)}


def test_a_reconsidered_refusal_may_be_upheld() -> None:
    """It is decided anew without new evidence too, since it was asked for."""
    past = refused(ASKED)
    past.when(ANEW).then(EligibilityAssessed, ReconsiderationDecided, result="upheld")


def test_reconsideration_is_never_to_the_persons_detriment() -> None:
    """AMB-36: a grant whose evidence was struck out since stands after it, with its days and months."""
    past = given(
        application(details=details(work=())), PROOF.model_copy(update={"occurred_on": date(2025, 1, 12)})
    )
    past.carry_out(DECIDED)
    granted = past.case.grant
    past.carry_out(do(RequestReconsideration, "2025-01-20"))
    past.carry_out(correcting(past, EvidenceRecorded, on="2025-01-21"))
    assert granted is not None
    past.when(ANEW).then(ReconsiderationDecided, result="upheld", decision=granted.event_id)
    past.carry_out(ANEW)
    assert past.case.grant == granted


def test_a_request_that_was_answered_is_corrected_like_any_entry() -> None:
    """AMB-36: it still names the decision of its own day; struck out, the answer would answer nothing."""
    past = refused(ASKED, ANEW)
    asked_of = past.case.decisions[0]
    instead = correcting(past, ReconsiderationRequested, do(RequestReconsideration, "2025-02-03"))
    past.when(correcting(past, ReconsiderationRequested)).then_rejected("NOT_ASKED", "2022:850-26")
    past.when(instead).then(EntryCorrected, ReconsiderationRequested, decision=asked_of.event_id)


@pytest.mark.parametrize("day", ["2025-02-09", "2025-02-10"])
def test_an_appeal_is_of_the_decision_of_its_day(day: str) -> None:
    """Recorded late, it is of the decision that stood then, not of one made after it (AMB-35)."""
    past = refused(do(Decide, "2025-02-10", again=True))
    which = 0 if day == "2025-02-09" else 1
    past.when(do(LodgeAppeal, day)).then(AppealLodged, decision=past.case.decisions[which].event_id)


def test_what_is_asked_and_answered_on_one_day_is_a_history_that_could_be() -> None:
    """The day's course puts the new decision before the request, which names the old one and is let in."""
    asked = do(RequestReconsideration, "2025-02-10", received_on="2025-01-20")
    past = refused(asked, ANEW)
    request = next(row.event for row in past.entries if isinstance(row.event, ReconsiderationRequested))
    unasked = past.case.model_copy(update={"reviews": ()})
    assert len(unasked.decisions) == 2
    assert admit(request, unasked, Known(TODAY, register=STAFFED)).clause == "2022:850-26"


@pytest.mark.parametrize("kind", [DecideReconsideration, AnnulGrant])
def test_who_decides_again(kind: Any) -> None:
    """A decision maker, as with the first decision (K-5.4)."""
    past = refused(ASKED) if kind is DecideReconsideration else given(RECEIVED, DECIDED)
    content = {"reason": "Fel."} if kind is AnnulGrant else {}
    past.when(do(kind, "2025-02-10", OFFICER, **content)).then_rejected("ACTOR_NOT_ENTITLED", "K-5.4")


@pytest.mark.parametrize("outcome", ["upheld", "changed", "referred_back", "dismissed"])
def test_an_appeal_and_its_outcome_are_on_record(outcome: str) -> None:
    """AMB-36: neither changes the decision by itself; after it the case may be decided anew."""
    past = refused()
    decision = past.case.decision
    assert decision is not None
    past.when(do(LodgeAppeal, "2025-02-05", APPLICANT)).then(AppealLodged, decision=decision.event_id)
    past.carry_out(APPEALED)
    ruled = do(DecideAppeal, "2025-06-02", result=outcome)
    past.when(ruled).then(AppealDecided, result=outcome, decision=decision.event_id)
    past.carry_out(ruled)
    assert past.case.decision == decision
    past.when(ruled).then_rejected("NOT_APPEALED", "2022:850-26")
    past.when(do(Decide, "2025-06-10", again=True)).then(EligibilityAssessed)


def test_a_grant_is_annulled_with_a_reason() -> None:
    """K-5.5-b: no annulment without one."""
    with pytest.raises(ValidationError):
        do(AnnulGrant, "2025-02-01")
    with pytest.raises(ValidationError):
        do(AnnulGrant, "2025-02-01", reason="")


def test_what_a_result_lacks_is_told_in_both_languages() -> None:
    """K-2.5, K-4.5: the first thing that its definition asks for and that is not so."""
    past, help_ = counselling(), reinforced()
    job = result("2025-04-01", "permanent_job", starts_on="2025-04-15")
    assert past.when(job).rejected is None
    for one, command, sv, en in (
        (past, result("2025-04-01", "permanent_job"), "startdagen ska anges", "its first day is to be told"),
        (
            past,
            result("2025-04-01", "permanent_job", starts_on="2025-01-26"),
            "det började 2025-01-26, före stödet",
            "it began on 2025-01-26, before the support",
        ),
        (
            past,
            studies(starts_on="2025-08-19"),
            "det börjar först 2025-08-19",
            "it does not begin until 2025-08-19",
        ),
        (past, studies(ends_on="2025-08-17"), "det slutar före startdagen", "it ends before its first day"),
        (
            past,
            studies(school="folk_high_school"),
            "skolan ska vara universitet, högskola, yrkeshögskola, Komvux",
            (
                "the school is to be one of university, university college, higher vocational education, "
                "municipal adult education"
            ),
        ),
        (
            past,
            studies(pace_percent=None),
            "takten ska vara 100 procent",
            "the pace is to be 100 per cent",
        ),
        (
            past,
            studies(ends_on=None),
            "det ska omfatta minst 20 veckor",
            "it is to last 20 weeks at least",
        ),
        (
            help_,
            placement("2025-07-02"),
            "det ska omfatta minst 4 månader",
            "it is to last 4 months at least",
        ),
    ):
        rejected = one.when(command).then_rejected("RESULT_NOT_IN_DEFINITION")
        assert rejected.sv.endswith(f": {sv}.")
        assert rejected.en.endswith(f": {en}.")


def test_the_results_of_a_service_are_named_where_there_is_no_such_one() -> None:
    """K-2.5: all of them, in each language by its own words."""
    rejected = counselling().when(placement("2025-07-03")).then_rejected("OUTCOME_NOT_IN_SERVICE", "K-2.5")
    terms = support_of(counselling()).terms
    assert len(terms.outcomes) > 1
    text = SUPPORT_REJECTIONS["OUTCOME_NOT_IN_SERVICE"]
    sv, en = (", ".join(OUTCOMES[kind][which] for kind in terms.outcomes) for which in (0, 1))
    assert rejected.sv == text.sv.format(outcomes_sv=sv)
    assert rejected.en == text.en.format(outcomes_en=en)


def test_a_statement_of_the_funds_rests_on_its_own_clause() -> None:
    """O-17-a, AMB-28: a case of its own of each organisation."""
    asked = do(RequestStatement, "2025-01-12", APPLICANT, education="Undersköterska.")
    for policy, clause in (("omstallningsfonden", "O-17-a"), ("kammarkollegiet", "AMB-28")):
        alone = given(application(service="statement", months=0, policy=policy, details=details()))
        (event,) = alone.when(asked).events
        assert admit(event, alone.case, Known(TODAY)).clause == clause


def test_no_reason_is_asked_for_where_the_meetings_were_held() -> None:
    """K-2.1-e: what the expiry says ends with the count."""
    held = [meeting(f"2025-{month:02d}-03") for month in range(2, 8)]
    past = counselling(*held, months=6)
    (event,) = past.when(do(Expire, "2025-07-28")).events
    why = admit(event, past.case, Known(TODAY))
    assert why.sv.endswith("6 av minst 6 möten hölls.")
    assert why.en.endswith("6 of at least 6 meetings were held.")
    (short,) = counselling(*held[:4], months=6).when(do(Expire, "2025-07-28")).events
    assert admit(short, past.case, Known(TODAY)).en.endswith("2 missing; the reason is to be told.")


def test_what_was_written_in_a_plan_is_kept() -> None:
    """K-2.2-b: what the client needs, each task in its order, by whom and until when."""
    other = {"task": "Skriva cv.", "by": "advisor", "target_on": "2025-03-01"}
    (event,) = counselling().when(plan("2025-02-03", TASK, other, needs="Att komma vidare.")).events
    assert isinstance(event, PlanAgreed)
    assert event.content == PlanContent(needs="Att komma vidare.", tasks=(TASK["task"], "Skriva cv."))
    assert [(item.number, item.by, str(item.target_on)) for item in event.items] == [
        (1, "client", "2025-04-30"),
        (2, "advisor", "2025-03-01"),
    ]


def test_what_was_written_in_a_statement_is_kept() -> None:
    """O-17-c: each source with its reference, in their order, and the reasons."""
    (event,) = counselling().when(issue("2025-02-10", FORECAST, DEMAND)).events
    assert isinstance(event, StatementIssued)
    assert event.kinds == ("forecast", "employer_demand")
    assert isinstance(event.content, StatementContent)
    assert event.content.references == (FORECAST["reference"], DEMAND["reference"])
    assert event.content.reasons
