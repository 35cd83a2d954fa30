"""The life of Kammarkollegiet's three services, from grant to end: examples L01 to L11, and more."""

from datetime import date, timedelta
from importlib.resources import files
from typing import Any

import pytest

from domain import policy
from domain.admission import admit
from domain.command import Command
from domain.commands import (
    AnnulGrant,
    CorrectEntry,
    Decide,
    RecordEarlierGrant,
    RecordEvidence,
)
from domain.deadlines import deadlines
from domain.events import EligibilityAssessed, EntryCorrected, Evidence, EvidenceRecorded, GrantAnnulled
from domain.grounds import Known
from domain.history import fresh_evidence
from domain.services import CATALOGUES, catalogue
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
    EngagementExpired,
    EngagementStarted,
    MeetingHeld,
    OutcomeReached,
    Paused,
    PeriodExtended,
    Reopened,
    Resumed,
    ShortfallExplained,
    Withdrawn,
)
from domain.values import add_months
from tests.given import (
    AGREED_END,
    DECIDED,
    OTHER_CASE,
    RECEIVED,
    STARTED,
    TODAY,
    UNDER_WAY,
    Given,
    application,
    details,
    do,
    employment,
    given,
    meeting,
    work,
)
from tests.supports import (
    SERVICES,
    correcting,
    counselling,
    guidance,
    on_the_basis_of_the_first,
    placement,
    plan,
    reinforced,
    result,
    second,
    studies,
    support_of,
)

FIVE = tuple(meeting(f"2025-0{month}-03") for month in range(2, 7))
THREE = FIVE[:3]
EXPIRED = do(Expire, "2026-01-16")
POST = do(Pause, "2025-03-01", reason="substitute_post", expected_until="2025-06-01")
BACK = do(Resume, "2025-06-01")
WHY = do(ExplainShortfall, "2025-08-01", reason="Kunden var sjuk i juni.")


# L01: five of six meetings


def test_l01_five_of_six_meetings_at_the_agreed_end() -> None:
    """The expiry says that one is missing and a reason is due; it is recorded afterwards (K-2.1-e)."""
    past = counselling(*FIVE, months=6)
    done = past.when(do(Expire, "2025-09-01"), today="2025-07-28")
    done.then(
        EngagementExpired,
        occurred_on=date(2025, 7, 28),
        meetings_held=5,
        meetings_required=6,
        meetings_missing=1,
    )
    why = admit(done.events[0], past.case, Known(TODAY))
    assert why.sv.endswith("5 av minst 6 möten hölls. 1 saknas; skälet ska anges.")
    past.carry_out(EXPIRED)
    assert support_of(past).shortfall is None
    past.when(WHY).then(ShortfallExplained, reason="Kunden var sjuk i juni.")
    past.carry_out(WHY)
    assert support_of(past).shortfall is not None
    assert support_of(past).result == "expired"


def test_l01_no_result_completed_in_counselling() -> None:
    """With five of six meetings they are too few; with six it is still none of K-2.5's results (K-2.1-e)."""
    completed = result("2025-07-27", "completed")
    counselling(*FIVE, months=6).when(completed).then_rejected("MEETINGS_BELOW_MINIMUM", "K-2.1-e")
    six = counselling(*FIVE, meeting("2025-07-03"), months=6)
    six.when(completed).then_rejected("OUTCOME_NOT_IN_SERVICE", "K-2.5")


def test_l01_no_reason_is_due_for_enough_meetings() -> None:
    """A sixth meeting, entered after the expiry, leaves nothing to explain; the expiry stays as it was."""
    past = counselling(*FIVE, EXPIRED, months=6)
    past.carry_out(meeting("2025-07-27"))
    past.when(WHY).then_rejected("NO_SHORTFALL", "K-2.1-e")
    support = support_of(past)
    assert (support.meetings_held, support.expired and support.expired.meetings_missing) == (6, 1)


def test_l01_the_reason_is_told_after_the_end() -> None:
    """On the agreed end the support still goes on: a reason comes the day after at the earliest (K-2.1-c)."""
    past = counselling(*FIVE, EXPIRED, months=6)
    past.when(WHY.model_copy(update={"occurred_on": date(2025, 7, 28)})).then(ShortfallExplained)
    rejected = past.when(WHY.model_copy(update={"occurred_on": date(2025, 7, 27)})).then_rejected(
        "AGREED_END_NOT_REACHED", "K-2.1-e"
    )
    assert "2025-07-27" in rejected.sv  # the last day on which it goes on, and not the day after it


# L02: a result


def test_l02_a_result_after_two_meetings() -> None:
    """A result ends the support after any number of meetings; one held later is refused (K-2.1-c; AMB-23)."""
    past = counselling(*FIVE[:2])
    job = result("2025-04-01", "permanent_job", starts_on="2025-04-15", evidence="contract")
    past.when(job).then(OutcomeReached, evidence="contract", starts_on=date(2025, 4, 15))
    past.carry_out(job)
    past.when(meeting("2025-04-02")).then_rejected("OUTSIDE_PERIOD", "K-2.1-i")
    past.when(meeting("2025-04-01")).then(MeetingHeld)
    past.when(meeting("2025-03-31")).then(MeetingHeld)
    past.when(job).then_rejected("ALREADY_ENDED", "K-2.5")
    past.when(EXPIRED).then_rejected("ALREADY_ENDED", "K-2.1-i")


# L03: the agreed end


def test_l03_the_agreed_end_follows_from_the_decision() -> None:
    """Granted on 15 January, started on 27, twelve months: the decision's twelve months end first (K-5.4)."""
    granted = given(RECEIVED, DECIDED)
    granted.when(STARTED).then(EngagementStarted, agreed_end=date(2026, 1, 15))
    granted.when(do(StartEngagement, "2025-01-15")).then(EngagementStarted, agreed_end=date(2026, 1, 15))
    assert counselling().case.stage(date(2026, 1, 15)) == "active"
    assert counselling().case.stage(date(2026, 1, 16)) == "ended"


def test_l03_six_months_end_by_themselves_first() -> None:
    """Six months from the start, unless the decision's twelve end before them (K-2.1-b, K-5.4)."""
    granted = given(application(months=6, details=details()), DECIDED)
    granted.when(STARTED).then(EngagementStarted, agreed_end=date(2025, 7, 27))
    granted.when(do(StartEngagement, "2025-12-01")).then(EngagementStarted, agreed_end=AGREED_END)


# L04 and L05: interruptions


def test_l04_three_months_away_and_back() -> None:
    """A pause moves nothing; the last day to come back is the agreed end (K-2.1-g, -i)."""
    past = counselling(POST)
    assert past.case.stage(date(2025, 4, 1)) == "paused"
    past.when(BACK).then(Resumed)
    past.when(do(Resume, "2026-01-15")).then(Resumed)
    rejected = past.when(do(Resume, "2026-01-16")).then_rejected("OUTSIDE_PERIOD", "K-2.1-i")
    assert "2026-01-15" in rejected.en
    past.carry_out(BACK)
    assert past.case.stage(date(2025, 6, 1)) == "active"
    assert support_of(past).agreed_end == AGREED_END
    assert [(row.since, row.until) for row in support_of(past).breaks] == [
        (date(2025, 3, 1), date(2025, 6, 1))
    ]


@pytest.mark.parametrize(
    ("service", "clause"),
    [
        ("counselling_dismissed", "K-2.1-i"),
        ("guidance_employed", "K-3.1-d"),
        ("reinforced_support", "K-4.1-g"),
    ],
)
def test_l04_no_service_is_extended(service: str, clause: str) -> None:
    """Neither under way, nor during an interruption, nor on the last day."""
    for past in (SERVICES[service](), SERVICES[service](POST)):
        end = support_of(past).agreed_end
        for day in ("2025-03-15", str(end)):
            rejected = past.when(do(ExtendPeriod, day)).then_rejected("PERIOD_EXTENSION_FORBIDDEN", clause)
            assert str(end) in rejected.sv


@pytest.mark.parametrize(
    ("since", "until", "allowed"),
    [
        ("2025-03-01", "2025-06-01", True),  # three months
        ("2025-03-01", "2025-06-30", True),
        ("2025-03-01", "2025-07-01", False),  # four
        ("2025-05-01", "2025-08-31", True),  # three months and thirty days
        ("2025-05-01", "2025-09-01", False),
        ("2025-10-31", "2026-02-27", True),
        ("2025-10-31", "2026-02-28", False),  # the last day of a month that has no 31st
    ],
)
@pytest.mark.parametrize(
    ("service", "result_clause"), [("counselling_dismissed", "K-2.5-b"), ("reinforced_support", "K-4.5-b")]
)
def test_l05_a_post_of_four_months_is_no_interruption(
    service: str, result_clause: str, since: str, until: str, allowed: bool
) -> None:
    """K-2.1-h2, K-4.1-f2: a shorter post is one; of four months or more it is a result (AMB-21)."""
    done = SERVICES[service]().when(do(Pause, since, reason="substitute_post", expected_until=until))
    if allowed:
        done.then(Paused, reason="substitute_post", expected_until=date.fromisoformat(until))
    else:
        done.then_rejected("RESULT_NOT_INTERRUPTION", result_clause)


# L06, on guidance


def test_l06_guidance_is_three_months_and_three_meetings() -> None:
    """From 1 February until 1 May; with the third meeting it is completed (K-3.1-d, -e, K-3.4-a)."""
    past = guidance(plan("2025-02-03", goal="career"), *THREE)
    assert support_of(past).agreed_end == date(2025, 5, 1)
    assert support_of(past).meetings_required == 3
    past.when(result("2025-05-01", "guidance_completed")).then(OutcomeReached)
    past.when(result("2025-05-02", "guidance_completed")).then_rejected("OUTSIDE_PERIOD", "K-3.1-d")


def test_l06_guidance_needs_meetings_and_a_plan_both() -> None:
    """K-3.4-a, K-3.4-b: two meetings are too few, and three without a plan are not enough (AMB-27)."""
    completed = result("2025-05-01", "guidance_completed")
    guidance(*THREE).when(completed).then_rejected("PLAN_MISSING", "K-3.4-b")
    planned = plan("2025-02-03", goal="career")
    guidance(planned, *THREE[:2]).when(completed).then_rejected("MEETINGS_BELOW_MINIMUM", "K-3.4-a")
    more = guidance(plan("2025-02-03", goal="career", meetings=4), *THREE)
    rejected = more.when(completed).then_rejected("MEETINGS_BELOW_MINIMUM", "K-3.4-a")
    assert "4" in rejected.en  # as many as were agreed on
    more.carry_out(meeting("2025-04-10"))
    more.when(completed).then(OutcomeReached)


# L07, on a placement


def test_l07_a_placement_is_a_result_of_reinforced_support_only() -> None:
    """K-4.5-e: of four months, in reinforced support; shorter, or in another service, it is none (K-2.5)."""
    four, three = placement("2025-07-03"), placement("2025-06-03")
    counselling().when(four).then_rejected("OUTCOME_NOT_IN_SERVICE", "K-2.5")
    counselling().when(three).then_rejected("OUTCOME_NOT_IN_SERVICE", "K-2.5")
    guidance().when(four).then_rejected("OUTCOME_NOT_IN_SERVICE", "K-3.4")
    reinforced().when(four).then(OutcomeReached, outcome="placement", ends_on=date(2025, 7, 3))
    reinforced().when(three).then_rejected("RESULT_NOT_IN_DEFINITION", "K-4.5-e")
    reinforced().when(placement("2025-07-02")).then_rejected("RESULT_NOT_IN_DEFINITION", "K-4.5-e")


# L08: a second application


def test_l08_a_second_application_is_registered_and_decided() -> None:
    """It is refused while the first window is open, and granted the day after it (K-5.5-a)."""
    first = counselling()
    other = given(second("2025-06-01"), case_id=OTHER_CASE, others=(first,))
    other.when(do(Decide, "2026-01-15")).then(
        EligibilityAssessed, decision="refuse", refusals=("REQUALIFICATION_NOT_OPEN",)
    )
    months = details(employments=(employment(ends_on="2026-02-28"),), work=work("2024-01", 24))
    later = given(application("2026-01-10", details=months), case_id=OTHER_CASE, others=(first,))
    later.when(do(Decide, "2026-01-15")).then(EligibilityAssessed, refusals=("REQUALIFICATION_NOT_OPEN",))
    later.when(do(Decide, "2026-01-16")).then(EligibilityAssessed, decision="grant", refusals=())


def test_l08_no_second_support_beside_one_under_way() -> None:
    """Guidance on the basis of counselling begins when counselling has ended, and ends with its window."""
    first, other = on_the_basis_of_the_first()
    other.when(do(StartEngagement, "2025-02-10")).then(EngagementStarted, agreed_end=date(2025, 5, 10))
    first.carry_out(STARTED)
    other.when(do(StartEngagement, "2025-02-10")).then_rejected("DUPLICATE_ACTIVE_CASE", "AMB-29")
    first.carry_out(do(Withdraw, "2025-04-01"))
    other.when(do(StartEngagement, "2025-04-01")).then(EngagementStarted, agreed_end=date(2025, 7, 1))
    other.when(do(StartEngagement, "2025-12-01")).then(EngagementStarted, agreed_end=AGREED_END)


def test_l08_a_start_entered_late_is_tried_against_what_was_under_way_then() -> None:
    """The other support has ended by now; on the day of this start it had not, so they would overlap."""
    first, other = on_the_basis_of_the_first()
    first.carry_out(STARTED)
    first.carry_out(do(Withdraw, "2025-04-01"))
    other.when(do(StartEngagement, "2025-03-31")).then_rejected("DUPLICATE_ACTIVE_CASE")
    other.when(do(StartEngagement, "2025-02-01")).then_rejected("DUPLICATE_ACTIVE_CASE")


def test_l08_a_start_entered_late_may_not_run_into_a_support_that_began_after_it() -> None:
    """Guidance of three months from 10 February meets counselling from 10 May, not from the day after."""
    guided = do(StartEngagement, "2025-02-10")
    for day, allowed in (("2025-05-10", False), ("2025-05-11", True)):
        first, other = on_the_basis_of_the_first()
        first.carry_out(do(StartEngagement, day))
        done = other.when(guided)
        if allowed:
            done.then(EngagementStarted, agreed_end=date(2025, 5, 10))
        else:
            done.then_rejected("DUPLICATE_ACTIVE_CASE")


def test_l08_nobody_reopens_a_support_beside_another() -> None:
    """AMB-29: guidance began when counselling had closed; until it has ended, nothing is reopened."""
    first, other = on_the_basis_of_the_first()
    first.carry_out(STARTED)
    first.carry_out(do(Withdraw, "2025-04-01"))
    other.carry_out(do(StartEngagement, "2025-04-02"))
    first.when(do(Reopen, "2025-05-01")).then_rejected("DUPLICATE_ACTIVE_CASE", "AMB-29")
    other.carry_out(do(Withdraw, "2025-06-01"))
    first.when(do(Reopen, "2025-06-01")).then(Reopened)


# L09, on studies


def test_l09_a_term_at_komvux_closes_and_the_support_is_reopened() -> None:
    """Twenty weeks of full-time studies are a result; until the agreed end one may come back (AMB-19)."""
    past = counselling(*FIVE[:2])
    past.when(studies()).then(OutcomeReached, school="komvux", pace_percent=100)
    past.carry_out(studies())
    assert (past.case.stage(date(2025, 9, 1)), support_of(past).result) == ("ended", "studies")
    past.when(do(Reopen, "2026-01-15")).then(Reopened)
    past.when(do(Reopen, "2026-01-16")).then_rejected("OUTSIDE_PERIOD", "K-2.1-i")
    past.carry_out(do(Reopen, "2026-01-07"))
    assert (past.case.stage(date(2026, 1, 7)), support_of(past).agreed_end) == ("active", AGREED_END)
    past.when(meeting("2026-01-07")).then(MeetingHeld)
    past.when(meeting("2025-10-01")).then_rejected("OUTSIDE_PERIOD", "K-2.1-i")
    past.when(EXPIRED).then(EngagementExpired, meetings_held=2, meetings_missing=10)


@pytest.mark.parametrize(
    ("lacking", "allowed"),
    [
        ({}, True),
        ({"school": "university"}, True),
        ({"school": "university_college"}, True),
        ({"school": "higher_vocational"}, True),
        ({"school": "folk_high_school"}, False),
        ({"school": "other"}, False),
        ({"school": None}, False),
        ({"pace_percent": 50}, False),
        ({"pace_percent": 99}, False),
        ({"pace_percent": None}, False),
        ({"ends_on": "2025-12-18"}, False),  # four months
        ({"ends_on": "2025-12-28"}, False),  # nineteen weeks
        ({"ends_on": None}, False),
        ({"starts_on": "2025-08-19"}, False),  # the day after
        ({"starts_on": None}, False),
    ],
)
@pytest.mark.parametrize(
    ("service", "clause"), [("counselling_dismissed", "K-2.5-d"), ("reinforced_support", "K-4.5-d")]
)
def test_l09_studies_are_full_time_a_term_at_one_of_four_schools(
    service: str, clause: str, lacking: dict[str, Any], allowed: bool
) -> None:
    """K-2.5-d, K-4.5-d: a folk high school, half the pace or four months are none (AMB-19, AMB-26)."""
    done = SERVICES[service]().when(studies(**lacking))
    if allowed:
        done.then(OutcomeReached, outcome="studies")
    else:
        done.then_rejected("RESULT_NOT_IN_DEFINITION", clause)


# L10: late entries


def test_l10_a_late_entry_of_what_happened_inside_the_period() -> None:
    """A meeting on the last day may be recorded months later, after the expiry too (AMB-35)."""
    past = counselling(EXPIRED)
    past.when(meeting("2026-01-15")).then(MeetingHeld)
    past.when(meeting("2026-01-16")).then_rejected("OUTSIDE_PERIOD", "K-2.1-i")
    past.when(meeting("2025-01-26")).then_rejected("OUTSIDE_PERIOD", "K-2.1-i")
    past.carry_out(meeting("2026-01-15"))
    assert support_of(past).meetings_held == 1


DONE = plan("2025-02-03"), do(CompleteTask, "2025-02-10", number=1)
LATE: list[tuple[tuple[Command, ...], Command]] = [
    ((), meeting("2025-03-03")),
    ((), do(MissMeeting, "2025-03-03", mode="digital")),
    ((), plan("2025-03-03")),
    ((DONE[0],), do(CompleteTask, "2025-03-03", number=1)),
    ((), do(RecordActivity, "2025-03-03", activity="mapping")),
    ((), do(MakeContact, "2025-03-03", kind="webinar")),
    ((), do(RequestStatement, "2025-03-03", education="Undersköterska.")),
    (
        (),
        do(
            IssueStatement,
            "2025-03-03",
            strengthens=True,
            sources=({"kind": "forecast", "reference": "Prognos 2025"},),
            reasons="Bristyrke.",
        ),
    ),
    ((), do(HoldHealthCollaboration, "2025-03-03", party="health_advisor")),
    ((), do(Pause, "2025-03-03", reason="short_sick_leave")),
    ((do(Pause, "2025-02-10", reason="short_sick_leave"),), do(Resume, "2025-03-03")),
    ((), result("2025-03-03", "business", starts_on="2025-03-03", evidence="registration")),
    ((), do(Withdraw, "2025-03-03", reason="Vill inte mer.")),
]


@pytest.mark.parametrize(("before", "command"), LATE, ids=lambda row: getattr(row, "name", ""))
def test_l10_whatever_happened_inside_may_be_recorded_after_the_end(
    before: tuple[Command, ...], command: Command
) -> None:
    """Recorded after the expiry it is allowed on a day of the support, and outside it refused (AMB-35)."""
    past = reinforced(*before, EXPIRED)
    assert past.when(command).events
    for outside in (date(2025, 1, 26), date(2026, 1, 16)):
        late = command.model_copy(update={"occurred_on": outside})
        past.when(late).then_rejected("OUTSIDE_PERIOD", "K-4.1-g")


# L11: what carries a grant

EXACTLY_TWELVE = work("2024-01", 12)
TOO_FEW_HOURS = (*work("2024-01", 11), *work("2024-12", 1, hours="60"))
CONSUMED = do(
    RecordEarlierGrant,
    "2025-01-12",
    organisation="trr",
    case="2022-17",
    decided_on="2023-06-01",
    last_day="2024-06-01",
    basis_months=("2024-01",),
)


@pytest.mark.parametrize(
    ("months", "more", "missing"),
    [
        (work("2024-01", 11), (), 1),
        (TOO_FEW_HOURS, (), 1),
        (EXACTLY_TWELVE, (CONSUMED,), 1),
        (EXACTLY_TWELVE, (), 0),
    ],
    ids=["eleven", "uncountable", "consumed", "twelve"],
)
def test_l11_twelve_months_that_count_carry_a_grant(
    months: Any, more: tuple[Command, ...], missing: int
) -> None:
    """Eleven, or twelve of which one does not count or carried a grant before, do not (K-5.2-1, K-5.5-b)."""
    done = given(application(details=details(work=months)), *more).when(DECIDED)
    if missing:
        refusals = ("WORK_CONDITION_NOT_MET",)
        done.then(EligibilityAssessed, decision="refuse", refusals=refusals, months_missing=missing)
        assert done.case.grant is None
    else:
        done.then(EligibilityAssessed, decision="grant", months_missing=0)


PROOF = do(RecordEvidence, "2025-01-12", source="certificate", content=Evidence(work=work("2023-01", 24)))


def test_l11_corrected_evidence_never_silently_undoes_a_grant() -> None:
    """The grant and the support stand as they were; that the evidence changed is on record (AMB-36)."""
    past = given(application(details=details(work=())), PROOF, DECIDED, STARTED)
    before = past.case
    past.when(correcting(past, EvidenceRecorded)).then(EntryCorrected)
    past.carry_out(correcting(past, EvidenceRecorded))
    after = past.case
    assert after.evidence == ()
    assert (after.grant, after.engagement) == (before.grant, before.engagement)
    assert fresh_evidence(past.entries)
    past.when(meeting("2025-02-03")).then(MeetingHeld)


def test_l11_corrected_evidence_raises_a_flag() -> None:
    """Somebody is to look at the decision, until the correction is taken back or it is annulled (AMB-36)."""
    past = given(application(details=details(work=())), PROOF, DECIDED, STARTED)

    def flagged() -> list[tuple[str, str]]:
        due = deadlines(past.case, past.entries)
        return [(str(row.due_on), row.clause) for row in due if row.code == "decision_to_review"]

    assert flagged() == []
    past.carry_out(correcting(past, EvidenceRecorded, on="2025-03-03"))
    assert flagged() == [("2025-03-17", "AMB-36")]
    past.carry_out(correcting(past, EntryCorrected))
    assert flagged() == []
    again = replaced(past, EvidenceRecorded, Evidence(work=work("2023-01", 23)))
    past.carry_out(again)
    assert flagged() == [("2025-03-18", "AMB-36")]
    past.carry_out(do(AnnulGrant, "2025-03-20", reason="Underlaget höll inte."))
    assert flagged() == []
    past.carry_out(do(Decide, "2025-03-21"))
    assert flagged() == []


def replaced(past: Given, kind: type[EvidenceRecorded], content: Evidence) -> Any:
    """The correction of the evidence that puts other evidence in its place."""
    instead = do(RecordEvidence, "2025-01-12", source="certificate", content=content)
    return correcting(past, kind, instead, on="2025-03-04")


def test_l01_a_reason_is_due_until_it_is_told() -> None:
    """The list of what is due names it from the expiry on; told, it is off the list (K-2.1-e)."""
    past = counselling(*FIVE, EXPIRED, months=6)
    due = [row for row in deadlines(past.case, past.entries) if row.code == "shortfall_unexplained"]
    assert [row.clause for row in due] == ["K-2.1-e"]
    assert due[0].due_on > date(2025, 7, 28)
    past.carry_out(WHY)
    assert "shortfall_unexplained" not in {row.code for row in deadlines(past.case, past.entries)}


# Ends


def test_an_annulment_frees_the_months_and_an_early_end_does_not() -> None:
    """K-5.5-b: a withdrawn support keeps its months and window; an annulled grant has neither (AMB-32)."""
    annulled = given(*UNDER_WAY, do(AnnulGrant, "2025-02-01", reason="Fel person."))
    withdrawn = given(*UNDER_WAY, do(Withdraw, "2025-02-01"))
    for first, decision in ((annulled, "grant"), (withdrawn, "refuse")):
        other = given(second("2025-06-01"), case_id=OTHER_CASE, others=(first,))
        other.when(do(Decide, "2025-06-02")).then(EligibilityAssessed, decision=decision)
    assert (annulled.case.stage(TODAY), withdrawn.case.stage(TODAY)) == ("annulled", "ended")


def test_an_annulment_ends_the_support_and_says_why() -> None:
    """What happens on its day may still be recorded; the day after is outside."""
    past = counselling()
    past.when(do(AnnulGrant, "2025-02-01", reason="Fel person.")).then(GrantAnnulled, reason="Fel person.")
    past.carry_out(do(AnnulGrant, "2025-02-01", reason="Fel person."))
    past.when(meeting("2025-02-01")).then(MeetingHeld)
    past.when(meeting("2025-02-02")).then_rejected("OUTSIDE_PERIOD", "K-2.1-i")
    past.when(do(Reopen, "2025-02-10")).then_rejected("NOT_CLOSED", "K-2.1-g")


def test_a_client_withdraws_the_application_or_the_support() -> None:
    """K-2.1-c: before support began the case is withdrawn; after it the support ends, and may be reopened."""
    early = given(RECEIVED, do(Withdraw, "2025-01-12", "applicant:self", reason="Fått arbete."))
    assert early.case.stage(TODAY) == "withdrawn"
    early.when(DECIDED).then_rejected("ALREADY_WITHDRAWN", "K-2.1-c")
    past = counselling()
    past.when(do(Withdraw, "2025-02-10")).then(Withdrawn, reason=None)
    past.carry_out(do(Withdraw, "2025-02-10"))
    assert (past.case.stage(date(2025, 2, 10)), support_of(past).result) == ("ended", "withdrawn")
    past.when(meeting("2025-02-11")).then_rejected("OUTSIDE_PERIOD", "K-2.1-i")
    past.when(do(Reopen, "2025-02-11")).then(Reopened)


def test_a_support_is_closed_and_reopened_more_than_once() -> None:
    """Each closing stays on record, and what lies between a closing and a return is outside the support."""
    job = {"starts_on": "2025-03-10", "evidence": "contract"}
    past = counselling(
        result("2025-03-03", "permanent_job", **job),
        do(Reopen, "2025-05-01"),
        do(Withdraw, "2025-06-01"),
        do(Reopen, "2025-08-01"),
    )
    assert [row.occurred_on for row in support_of(past).earlier] == [date(2025, 3, 3), date(2025, 6, 1)]
    for day, allowed in (
        ("2025-03-03", True),
        ("2025-04-01", False),
        ("2025-05-01", True),
        ("2025-07-01", False),
        ("2025-08-01", True),
    ):
        done = past.when(meeting(day))
        if allowed:
            done.then(MeetingHeld)
        else:
            rejected = done.then_rejected("OUTSIDE_PERIOD", "K-2.1-i")
            for text in (rejected.sv, rejected.en):  # the day lies in none of the stretches that it names
                said = [date.fromisoformat(word.strip(".,;:")) for word in text.split() if word[:2] == "20"]
                assert not any(
                    first <= said[0] <= last for first, last in zip(said[1::2], said[2::2], strict=True)
                )
    assert support_of(past).agreed_end == AGREED_END


def test_evidence_of_a_result_may_come_after_it() -> None:
    """AMB-26: it never comes before the result, and names the one that it proves."""
    job = result("2025-04-01", "permanent_job", starts_on="2025-04-15")
    past = counselling(job)
    reached = support_of(past).outcome
    assert reached is not None
    past.when(do(EvidenceOutcome, "2025-03-31", evidence="contract")).then_rejected("OUTSIDE_PERIOD", "K-2.5")
    past.carry_out(do(EvidenceOutcome, "2026-02-01", evidence="contract"))
    assert support_of(past).evidenced == {reached.event_id}


# Corrections

CORRECTED = [
    *LATE,
    ((meeting("2025-02-03"),), meeting("2025-02-03", mode="physical", advisor="bo")),
    ((), do(StartEngagement, "2025-01-27")),
    ((do(Withdraw, "2025-02-10"),), do(Reopen, "2025-03-03")),
    ((), EXPIRED),
    ((EXPIRED,), do(ExplainShortfall, "2026-02-01", reason="Sjukdom.")),
    (
        (result("2025-03-03", "permanent_job", starts_on="2025-03-10"),),
        do(EvidenceOutcome, "2025-04-01", evidence="employer"),
    ),
]


@pytest.mark.parametrize(("before", "command"), CORRECTED, ids=lambda row: getattr(row, "name", ""))
def test_any_entry_is_corrected_by_a_later_one(before: tuple[Command, ...], command: Command) -> None:
    """AMB-36: struck out, the case is as if it had not been; the history shows entry and correction."""
    past = given(RECEIVED, DECIDED) if isinstance(command, StartEngagement) else reinforced(*before)
    without, entries = past.case, len(past.entries)
    made = past.carry_out(command)
    assert past.case != without
    past.carry_out(do(CorrectEntry, "2026-09-01", corrects=made[0].event_id, reason="Fel."))
    assert past.case == without
    assert [type(entry.event) for entry in past.entries[entries:]] == [type(made[0]), EntryCorrected]


def test_the_count_follows_a_corrected_meeting() -> None:
    """Replaced by one of another day it counts once; moved to a day that has one, it is refused (AMB-22)."""
    past = counselling(meeting("2025-02-03"), meeting("2025-02-10"))
    past.when(correcting(past, MeetingHeld, meeting("2025-02-03"))).then_rejected(
        "MEETING_ALREADY_HELD", "K-2.1-d"
    )
    past.carry_out(correcting(past, MeetingHeld, meeting("2025-02-11")))
    assert support_of(past).meetings_held == 2
    past.carry_out(correcting(past, MeetingHeld))
    assert support_of(past).meetings_held == 1


def test_a_result_struck_out_lets_the_support_go_on() -> None:
    """The support is open again from the day it was closed, as though no result had been recorded."""
    past = counselling(result("2025-03-03", "permanent_job", starts_on="2025-03-10"))
    past.when(meeting("2025-03-04")).then_rejected("OUTSIDE_PERIOD", "K-2.1-i")
    past.carry_out(correcting(past, OutcomeReached))
    past.when(meeting("2025-03-04")).then(MeetingHeld)


# The services as data

TEXT = files("domain.policies").joinpath("services-2022-10-01.toml").read_text("utf-8")
CONDITIONS = files("domain.policies").joinpath("kammarkollegiet-2022-10-01.toml").read_text("utf-8")


def in_force_from(day: str, text: str) -> str:
    """The text of a catalogue, or of conditions, as a version in force from a day."""
    return text.replace('version = "2022-10-01"', f'version = "{day}"').replace(
        'in_force_from = "2022-10-01"', f'in_force_from = "{day}"'
    )


def extendable() -> str:
    """A catalogue from 2025 in which counselling has a form of four months, extended by one at a time."""
    form = 'forms.4 = { meetings = 4, clause = "K-2.1-e", extension_months = 1 }\nforms.6 ='
    return in_force_from("2025-01-01", TEXT.replace("forms.6 =", form, 1))


def test_a_new_form_is_a_new_entry_in_the_catalogue(monkeypatch: pytest.MonkeyPatch) -> None:
    """Four months, extended by one until the grant's last day, is data alone; then K-2.1-i says no."""
    monkeypatch.setitem(CATALOGUES, "2025-01-01", catalogue(extendable()))
    terms = in_force_from("2025-01-01", CONDITIONS.replace("value = [6, 12]", "value = [4, 6, 12]", 1))
    monkeypatch.setattr(policy, "_BY_VERSION", {("kammarkollegiet", "2025-01-01"): policy.load_policy(terms)})
    asked = application(months=4, policy_version="2025-01-01", details=details())
    past = given(asked, DECIDED, STARTED)
    end = support_of(past).agreed_end
    assert (end, support_of(past).meetings_required) == (date(2025, 5, 27), 4)
    past.when(do(ExtendPeriod, "2025-05-28")).then_rejected("OUTSIDE_PERIOD", "K-2.1-i")  # it has ended
    while end < AGREED_END:
        end = min(add_months(end, 1), AGREED_END)
        past.when(do(ExtendPeriod, "2025-03-03")).then(PeriodExtended, agreed_end=end)
        past.carry_out(do(ExtendPeriod, "2025-03-03"))
        assert support_of(past).agreed_end == end
        past.when(meeting(str(end))).then(MeetingHeld)
        past.when(meeting(str(end + timedelta(days=1)))).then_rejected("OUTSIDE_PERIOD", "K-2.1-i")
    past.when(do(ExtendPeriod, "2025-03-03")).then_rejected("PERIOD_EXTENSION_FORBIDDEN", "K-2.1-i")


def test_an_extension_never_runs_into_another_support(monkeypatch: pytest.MonkeyPatch) -> None:
    """AMB-29: what may be extended is still one support at a time."""
    monkeypatch.setitem(CATALOGUES, "2025-01-01", catalogue(extendable()))
    first, other = on_the_basis_of_the_first()
    first.carry_out(STARTED)
    number = next(at for at, entry in enumerate(first.entries) if isinstance(entry.event, EngagementStarted))
    shorter = {"months": 4, "agreed_end": date(2025, 5, 27)}
    start = first.entries[number]
    first.entries[number] = start._replace(event=start.event.model_copy(update=shorter))
    other.carry_out(do(StartEngagement, "2025-06-01"))
    first.when(do(ExtendPeriod, "2025-05-01")).then_rejected("DUPLICATE_ACTIVE_CASE", "AMB-29")


def test_a_support_keeps_to_the_catalogue_of_its_grant(monkeypatch: pytest.MonkeyPatch) -> None:
    """A later version asks for more meetings: of supports that are granted under it, not of one under way."""
    past: Given = counselling()
    stricter = TEXT.replace("forms.12 = { meetings = 12", "forms.12 = { meetings = 15", 1)
    monkeypatch.setitem(CATALOGUES, "2025-02-01", catalogue(in_force_from("2025-02-01", stricter)))
    assert support_of(past).meetings_required == 12
    past.when(EXPIRED).then(EngagementExpired, meetings_required=12)
    later = given(application("2025-03-01", details=details()), do(Decide, "2025-03-01"))
    later.carry_out(do(StartEngagement, "2025-03-03"))
    assert support_of(later).meetings_required == 15


def test_a_granted_form_is_there_when_the_support_begins(monkeypatch: pytest.MonkeyPatch) -> None:
    """A version that came between grant and start, without such a form, takes nothing of what was granted."""
    without = TEXT.replace('forms.12 = { meetings = 12, clause = "K-2.1-f" }\n', "", 1)
    other = without.replace("services.counselling_dismissed", "services.career", 99)
    monkeypatch.setitem(CATALOGUES, "2025-01-20", catalogue(in_force_from("2025-01-20", other)))
    past = given(RECEIVED, DECIDED)
    past.when(STARTED).then(EngagementStarted, catalogue="2022-10-01", agreed_end=AGREED_END)
    past.carry_out(STARTED)
    assert support_of(past).meetings_required == 12


def test_a_catalogue_says_which_results_need_the_meetings(monkeypatch: pytest.MonkeyPatch) -> None:
    """That a result asks for the form's meetings is data of the result, whatever it is called."""
    asking = 'permanent_job = { clause = "K-2.5-a", start = "known", meetings = true }'
    text = TEXT.replace('permanent_job = { clause = "K-2.5-a", start = "known" }', asking, 1)
    monkeypatch.setitem(CATALOGUES, "2025-01-01", catalogue(in_force_from("2025-01-01", text)))
    job = result("2025-04-01", "permanent_job", starts_on="2025-04-15")
    counselling(*FIVE[:2]).when(job).then_rejected("MEETINGS_BELOW_MINIMUM", "K-2.5-a")


def test_a_client_who_has_come_back_was_away_from_the_first_day() -> None:
    """K-2.1-g: the first day of an interruption is one of it, the day of return is not."""
    past = counselling(POST, BACK)
    stages = {
        day: past.case.stage(date.fromisoformat(day)) for day in ("2025-02-28", "2025-03-01", "2025-06-01")
    }
    assert list(stages.values()) == ["active", "paused", "active"]


def test_a_support_may_begin_on_the_day_that_another_was_over() -> None:
    """AMB-29: on the day of its result the first is over; they don't run beside each other."""
    first, other = on_the_basis_of_the_first()
    first.carry_out(STARTED)
    first.carry_out(result("2025-04-01", "permanent_job", starts_on="2025-04-15"))
    other.carry_out(do(StartEngagement, "2025-04-01"))
    assert not support_of(first).runs_beside(support_of(other))
    assert not support_of(other).runs_beside(support_of(first))


def test_a_grant_is_not_annulled_before_the_result_that_it_led_to() -> None:
    """AMB-35: what would end the support before what is on record in it is rejected; on that day it is not."""
    past = counselling(result("2025-04-01", "permanent_job", starts_on="2025-04-15"))
    early = do(AnnulGrant, "2025-03-31", reason="Fel.")
    assert "2025-04-01" in past.when(early).then_rejected("LATER_ENTRIES").sv
    past.when(early.model_copy(update={"occurred_on": date(2025, 4, 1)})).then(GrantAnnulled)
