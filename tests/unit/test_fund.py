"""Omställningsfonden's own part of a case: each row of its conditions, and the code that says no."""

from datetime import UTC, date, datetime, timedelta
from typing import Any, NamedTuple, get_args
from uuid import UUID

import pytest
from hypothesis import given as drawn
from hypothesis import settings
from hypothesis import strategies as st
from pydantic import ValidationError

from domain.command import Command
from domain.commands import (
    AnnulGrant,
    CorrectEntry,
    Decide,
    ErasePerson,
    JudgeNeed,
    NotifyAsEmployer,
)
from domain.event import ERASED, Event, sealed_fields
from domain.events import (
    EVENTS,
    ApplicationReceived,
    EligibilityAssessed,
    EntryCorrected,
)
from domain.five_steps import five_steps
from domain.fund import Fund, FundEvent, given_by_fund
from domain.fund_admission import collective_end, fund_grounds
from domain.fund_commands import (
    AgreeTermination,
    ChooseWay,
    ExtendForSickness,
    GrantStudySupport,
    HoldDeliberation,
    OfferAgreement,
    PayMeasure,
    RecordCsnDecision,
)
from domain.fund_events import (
    CollectiveSupportExtended,
    CompensationKind,
    CompensationRecorded,
    CsnDecisionRecorded,
    MeasureKind,
    MeasurePaid,
    StudySupportGranted,
    TerminationAgreed,
    Way,
)
from domain.fund_rejection_texts import FUND_REJECTIONS
from domain.grounds import Known
from domain.history import fold
from domain.rejections import CommandRejected
from domain.support_commands import (
    Expire,
    IssueStatement,
    ReachOutcome,
    RecordActivity,
    RequestStatement,
)
from domain.support_events import (
    ActivityRecorded,
    EngagementExpired,
    MeetingHeld,
    OutcomeReached,
    StatementIssued,
)
from replays.replay import Step, replay
from tests.funds import (
    ADVISED,
    AFFILIATED,
    CAREER,
    EXTENDED,
    LEAVES,
    LEAVING,
    NOTIFIED,
    YEAR_ONE,
    YEAR_TWO,
    calculation_of,
    career,
    compensation,
    contact,
    csn,
    inform,
    leaving,
    of_fund,
    procedure,
    support,
    used_up,
    with_measures,
)
from tests.given import (
    APPLICANT,
    CASE,
    DECIDED,
    DECIDER,
    EMPLOYER,
    OFFICER,
    OTHER_CASE,
    RECEIVED,
    STARTED,
    TODAY,
    Given,
    details,
    do,
    employment,
    given,
    happened,
    meeting,
    work,
)
from tests.registers import HIRED, entries_of
from tests.supports import a_statement, correcting, counselling, support_of

FEE = do(PayMeasure, "2025-02-03", kind="course_fee", amount=1_250_000)
STAYS = do(ChooseWay, "2025-02-10", way="stays")
SICK = do(ExtendForSickness, "2025-12-20", until="2026-06-30")
ABOVE_CAP = 4_000_000
COMPLEMENTED = support("complementary", ABOVE_CAP, "2025-02", "2025-03")
STEPS = (
    contact(),
    inform("employer"),
    inform("employee"),
    do(HoldDeliberation, "2025-01-22"),
    do(OfferAgreement, "2025-01-23"),
    do(AgreeTermination, "2025-01-24", ends_on="2025-02-28"),
)
AGREED = procedure(*STEPS, case_id=OTHER_CASE)
"""Another case of the person, in which the employment ended by the five steps."""
COURSE = support("short", 600_000, days=4)
DECISION_MAKER = "decision_maker:test"


def measure(kind: str, on: str = "2025-02-03", amount: int = 1_000) -> PayMeasure:
    """The fund pays for a measure."""
    return do(PayMeasure, on, kind=kind, amount=amount)


# What is rejected, and on what clause


class Rejected(NamedTuple):
    """A code, the clause it rests on here, and a history with the command that meets it."""

    code: str
    clause: str
    past: Given
    command: Command


REJECTED = [
    # times
    Rejected("PERIOD_MISSING", "O-18-a", career(), csn(ends_on=None)),
    Rejected("PERIOD_MISSING", "O-18-a", career(), csn(starts_on=None)),
    Rejected("PERIOD_MISSING", "O-19", career(csn()), support("complementary", ABOVE_CAP)),
    Rejected("PERIOD_MISSING", "O-20", career(used_up()), support("extended", ABOVE_CAP)),
    Rejected("PERIOD_MISSING", "O-21", career(), support("short", 600_000)),
    Rejected("PERIOD_ENDS_FIRST", "O-18-a", career(), csn(ends_on="2025-01-12")),
    Rejected("PERIOD_ENDS_FIRST", "O-23", leaving(), compensation(ends_on="2025-02-02")),
    Rejected(
        "PERIOD_ENDS_FIRST",
        "O-25-c",
        with_measures(),
        do(ExtendForSickness, "2025-12-20", until="2026-01-27"),
    ),
    Rejected(
        "PERIOD_ENDS_FIRST",
        "O-25-c",
        with_measures(SICK),
        do(ExtendForSickness, "2026-02-01", until="2026-06-30"),
    ),
    # study support
    Rejected(
        "STUDY_SUPPORT_OVERLAPS",
        "O-19",
        career(csn(), COMPLEMENTED),
        support("complementary", ABOVE_CAP, "2025-03", "2025-04"),
    ),
    Rejected(
        "STUDY_SUPPORT_OVERLAPS",
        "O-20",
        career(csn(), COMPLEMENTED, used_up()),
        support("extended", ABOVE_CAP, "2025-03"),
    ),
    Rejected("CSN_GRANT_MISSING", "O-19", career(), COMPLEMENTED),
    Rejected("CSN_GRANT_MISSING", "O-19", career(csn(granted=False)), COMPLEMENTED),
    Rejected(
        "CSN_GRANT_MISSING", "O-19", career(csn()), support("complementary", ABOVE_CAP, "2025-12", "2026-01")
    ),
    Rejected("CSN_GRANT_MISSING", "O-19", career(csn("2025-02-04")), COMPLEMENTED),
    Rejected("CSN_NOT_EXHAUSTED", "O-20", career(csn()), support("extended", ABOVE_CAP, "2026-01")),
    Rejected(
        "CSN_NOT_EXHAUSTED", "O-20", career(used_up("2025-02-04")), support("extended", ABOVE_CAP, "2025-03")
    ),
    Rejected(
        "EXTENDED_SUPPORT_USED_UP",
        "O-20",
        career(used_up(), support("extended", ABOVE_CAP, *YEAR_ONE, *YEAR_TWO)),
        support("extended", ABOVE_CAP, "2027-01"),
    ),
    Rejected("COURSE_TOO_LONG", "O-21", career(), support("short", 600_000, days=5)),
    Rejected("COURSE_TOO_LONG", "O-21", career(), support("short", 600_000, days=6)),
    Rejected(
        "BASE_AMOUNT_UNKNOWN",
        "O-18-c",
        career(csn(ends_on="2099-06-01")),
        support("complementary", ABOVE_CAP, "2099-01"),
    ),
    Rejected("NOTHING_ABOVE_CAP", "O-18-d", career(csn()), support("complementary", 3_022_500, "2025-02")),
    Rejected("NOT_GRANTED", "K-5.4", given(CAREER), COURSE),
    Rejected("NOT_GRANTED", "K-5.4", given(CAREER, used_up()), support("extended", ABOVE_CAP, "2025-03")),
    # what belongs to which service
    Rejected("NOT_IN_SERVICE", "O-18-a", counselling(), csn()),
    Rejected("NOT_IN_SERVICE", "O-18-a", procedure(), csn()),
    Rejected("NOT_IN_SERVICE", "O-19", counselling(), COMPLEMENTED),
    Rejected("NOT_IN_SERVICE", "O-20", leaving(used_up()), support("extended", ABOVE_CAP, "2025-03")),
    Rejected("NOT_IN_SERVICE", "O-21", leaving(), COURSE),
    Rejected("NOT_IN_SERVICE", "O-21", with_measures(), COURSE),
    Rejected("NOT_IN_SERVICE", "O-22-3", leaving(ADVISED), STAYS),
    Rejected("NOT_IN_SERVICE", "O-23", career(), compensation()),
    Rejected("NOT_IN_SERVICE", "O-23", counselling(), compensation()),
    Rejected("NOT_IN_SERVICE", "O-25-b", leaving(), FEE),
    Rejected("NOT_IN_SERVICE", "O-25-b", career(), FEE),
    Rejected("NOT_IN_SERVICE", "O-25-c", leaving(), SICK),
    Rejected("NOT_GRANTED", "K-5.4", given(LEAVES), compensation()),
    # steps
    Rejected("STEP_OUT_OF_ORDER", "O-22-2", career(), STAYS),
    Rejected(
        "STEP_OUT_OF_ORDER", "O-22-3", career(ADVISED), do(ReachOutcome, "2025-05-01", outcome="goal_reached")
    ),
    Rejected("STEP_OUT_OF_ORDER", "O-26-2", procedure(STEPS[0], *STEPS[3:5]), STEPS[5]),
    Rejected("STEP_OUT_OF_ORDER", "O-26-3", procedure(*STEPS[:3], STEPS[4]), STEPS[5]),
    Rejected("STEP_OUT_OF_ORDER", "O-26-4", procedure(*STEPS[:4]), STEPS[5]),
    Rejected(
        "STEP_OUT_OF_ORDER",
        "O-26-5",
        procedure(*STEPS[:5]),
        do(NotifyAsEmployer, "2025-01-24", EMPLOYER, employer="Regionen"),
    ),
    Rejected("STEP_ALREADY_DONE", "O-26-5", procedure(*STEPS), STEPS[5]),
    Rejected("PRECONDITION_MISSING", "O-26-1", procedure(contact(rehabilitation_fulfilled=False)), STEPS[4]),
    # benefits on the route of the five steps
    Rejected("ROUTE_EXCLUDES_BENEFITS", "O-26-2", procedure(), compensation()),
    Rejected("ROUTE_EXCLUDES_BENEFITS", "O-26-2", procedure(*STEPS), compensation()),
    Rejected("ROUTE_EXCLUDES_BENEFITS", "O-26-2", procedure(*STEPS), measure("economic_benefit")),
    Rejected("ROUTE_EXCLUDES_BENEFITS", "O-26-2", leaving(others=(AGREED,)), compensation()),
    Rejected(
        "ROUTE_EXCLUDES_BENEFITS", "O-26-2", with_measures(others=(AGREED,)), measure("economic_benefit")
    ),
    # the collective year
    Rejected("OUTSIDE_PERIOD", "O-25-c", with_measures(), measure("travel", "2025-01-26")),
    Rejected("OUTSIDE_PERIOD", "O-25-c", with_measures(), measure("travel", "2026-01-28")),
    Rejected("OUTSIDE_PERIOD", "O-25-c", with_measures(SICK), measure("travel", "2026-07-01")),
    Rejected(
        "OUTSIDE_PERIOD", "O-25-c", with_measures(), do(ExtendForSickness, "2026-01-28", until="2026-06-30")
    ),
    Rejected("OUTSIDE_PERIOD", "O-14-c", career(ADVISED), do(ChooseWay, "2026-01-16", way="studies")),
    Rejected("NOT_STARTED", "O-25-c", given(EXTENDED, NOTIFIED, DECIDED), FEE),
    Rejected("NOT_STARTED", "O-14-c", given(CAREER, DECIDED, ADVISED), STAYS),
    # no support in the case
    Rejected("NO_SUPPORT_APPLIED_FOR", "AMB-28", procedure(), DECIDED),
    Rejected("NOT_GRANTED", "K-5.4", procedure(), STARTED),
]


@pytest.mark.parametrize("row", REJECTED, ids=lambda row: f"{row.code}-{row.clause}-{row.command.name}")
def test_what_the_fund_rejects(row: Rejected) -> None:
    """Each code is met with the clause at hand, and both its sentences are filled in."""
    rejected = row.past.when(row.command).then_rejected(row.code, row.clause)
    assert rejected.sv != rejected.en


def test_every_code_of_the_fund_is_met() -> None:
    """Vacuous without: a code that no history meets is a rule that nobody tried."""
    assert {row.code for row in REJECTED} >= FUND_REJECTIONS.keys()


def test_a_kind_without_a_rule_is_an_error_never_skipped() -> None:
    """What the fund's part does not know stops loudly, in the fold as in admission."""

    class Gave(Event):
        topic = "case.gave"

    event = happened(Gave, "2025-02-01")
    with pytest.raises(TypeError, match="no rule for Gave"):
        given_by_fund(event, Fund())
    with pytest.raises(TypeError, match="no rule for Gave"):
        fund_grounds(event, career().case, Known(TODAY))


# During employment: who qualifies, and for how long


def decision(asked: Command, *more: Command) -> EligibilityAssessed:
    """The decision of 15 January 2025 on an application."""
    made = given(asked, *more, DECIDED).case.decision
    assert made is not None
    return made


def lacking(made: EligibilityAssessed) -> list[str]:
    """The clauses that do not hold in a decision."""
    return [row.clause for row in made.clauses if not row.holds]


@pytest.mark.parametrize("form", ["permanent", "fixed_term"])
@pytest.mark.parametrize("sector", ["municipality", "region", "municipal_company", "other"])
@pytest.mark.parametrize("service", ["career_study_counselling", "counselling", "extended_counselling"])
def test_for_those_employed_by_an_affiliated_employer(service: str, sector: str, form: str) -> None:
    """O-14-a, O-05: employed in a municipality, a region or a company of theirs, permanently or for a term."""
    if service == "career_study_counselling":
        stated = employment(sector=sector, form=form, ends_on=None, end_reason=None)
    else:
        stated = employment(sector=sector, form=form)
    made = decision(of_fund(service, details=details(employments=(stated,))), NOTIFIED)
    assert made.decision == ("refuse" if sector == "other" else "grant")
    assert lacking(made) == (["O-14-a"] if sector == "other" else [])


@pytest.mark.parametrize(
    ("hours", "income", "months", "granted"),
    [
        ("64", None, 12, True),
        ("63.99", None, 12, False),
        (None, 20_150, 12, True),
        (None, 20_149, 12, False),
        ("64", None, 11, False),
    ],
)
def test_twelve_months_of_hours_or_income(
    hours: str | None, income: int | None, months: int, granted: bool
) -> None:
    """O-14-b: 64 hours or 20 150 kr, at the limit and just below it, in 12 of the 24 months."""
    worked = work("2024-01", months, hours=hours, income=income)
    stated = AFFILIATED.model_copy(update={"work": worked})
    made = decision(of_fund("career_study_counselling", details=stated))
    assert lacking(made) == ([] if granted else ["O-14-b"])


@pytest.mark.parametrize("months", [0, 6, 11, 13, 24])
@pytest.mark.parametrize(
    ("service", "clause"),
    [("career_study_counselling", "O-14-c"), ("counselling", "O-24-d"), ("extended_counselling", "O-25-c")],
)
def test_a_year_and_no_other_length(service: str, clause: str, months: int) -> None:
    """O-14-c, O-24-d, O-25-c: each of the fund's three services is granted for twelve months."""
    stated = AFFILIATED if service == "career_study_counselling" else LEAVING
    made = decision(of_fund(service, months=months, details=stated), NOTIFIED)
    assert (made.refusals, lacking(made)) == (("DURATION_NOT_ALLOWED",), [clause])


@pytest.mark.parametrize("begin", [career, leaving, with_measures])
def test_a_support_never_lasts_longer_than_a_year(begin: Any) -> None:
    """O-14-c, O-24-d: a year from the decision at the most, whenever it began, and nothing extends it."""
    assert support_of(begin()).agreed_end == date(2026, 1, 15)
    begin().when(meeting("2026-01-15")).then(MeetingHeld)
    clauses = support_of(begin()).terms.clauses
    begin().when(meeting("2026-01-16")).then_rejected("OUTSIDE_PERIOD", clauses.period)


@pytest.mark.parametrize("begin", [career, leaving, with_measures])
@pytest.mark.parametrize("activity", ["mapping_talk", "advice", "guidance", "validation"])
def test_what_counselling_consists_of(begin: Any, activity: str) -> None:
    """O-13, O-24-c: talks, advice, guidance and validation, and none of them asked of everyone."""
    past = begin()
    past.when(do(RecordActivity, "2025-02-03", activity=activity)).then(ActivityRecorded, activity=activity)
    assert support_of(past).terms.activities[activity].need == "optional"
    other = do(RecordActivity, "2025-02-03", activity="interview_training")
    past.when(other).then_rejected("ACTIVITY_NOT_IN_SERVICE", support_of(past).terms.clauses.activity)


def test_counselling_has_no_least_number_of_meetings() -> None:
    """O-13: the source names none, so at its end nothing is missing."""
    career(meeting("2025-02-03")).when(do(Expire, "2026-01-16")).then(
        EngagementExpired, meetings_required=0, meetings_missing=0
    )


def test_every_service_during_employment_is_in_one_case() -> None:
    """O-12: counselling, a statement to CSN, and all three study supports."""
    past = career(ADVISED, do(RequestStatement, "2025-02-03", APPLICANT, education="Sjuksköterska"))
    sources = ({"kind": "forecast", "reference": "Yrkesprognos"},)
    issued = do(IssueStatement, "2025-02-05", strengthens=True, sources=sources, reasons="Brist.")
    for command in (
        issued,
        do(ChooseWay, "2025-02-10", way="studies"),
        csn("2025-02-12"),
        support("complementary", ABOVE_CAP, "2025-03", on="2025-02-13"),
        support("short", 600_000, days=2, on="2025-02-14"),
        used_up("2025-12-20"),
        support("extended", ABOVE_CAP, "2026-01", on="2025-12-21"),
    ):
        past.carry_out(command)
    assert [row.kind for row in past.case.fund.study_supports] == ["complementary", "short", "extended"]
    assert len(past.case.statements) == 2


# A statement to CSN (its rules are those of every service; these are the fund's own clauses)


def test_a_statement_rests_on_the_funds_clause() -> None:
    """O-17-a, O-17-b: the employee asks, the answer is a verdict with its reasons; CSN decides (O-17-d)."""
    past = career(do(RequestStatement, "2025-02-03", APPLICANT, education="Sjuksköterska"))
    sources = ({"kind": "forecast", "reference": "Yrkesprognos"},)
    unfounded = do(IssueStatement, "2025-02-05", strengthens=False, sources=(), reasons="x")
    past.when(unfounded).then_rejected("STATEMENT_WITHOUT_SOURCE", "O-17-c")
    verdict = do(IssueStatement, "2025-02-05", strengthens=False, sources=sources, reasons="Ingen brist.")
    done = past.when(verdict).then(StatementIssued, strengthens=False)
    assert done.case.fund == Fund()


def test_a_statement_alone_carries_no_study_support() -> None:
    """O-19: what the fund adds belongs to a support that it granted (AMB-28)."""
    alone = a_statement()
    alone.when(COMPLEMENTED).then_rejected("NOT_GRANTED", "K-5.4")
    alone.when(csn()).then_rejected("NOT_IN_SERVICE", "O-18-a")


# CSN's decision


def test_csns_decision_is_recorded_as_others_made_it() -> None:
    """O-18-a: granted with its days, refused without, or used up; the case's own decision is not touched."""
    past = career()
    past.when(csn()).then(CsnDecisionRecorded, granted=True, starts_on=date(2025, 1, 13), exhausted=False)
    past.when(do(RecordCsnDecision, "2025-02-01", granted=False)).then(CsnDecisionRecorded, starts_on=None)
    done = past.when(used_up()).then(CsnDecisionRecorded, granted=False, exhausted=True)
    assert done.case.decisions == done.before.decisions
    one_day = csn(starts_on="2025-03-03", ends_on="2025-03-03")
    past.when(one_day).then(CsnDecisionRecorded)
    given(CAREER).when(csn()).then(CsnDecisionRecorded)


@pytest.mark.parametrize("actor", [APPLICANT, EMPLOYER])
def test_csns_decision_is_recorded_by_the_staff(actor: str) -> None:
    """O-18-a: neither applicant nor employer says what CSN decided."""
    career().when(csn().model_copy(update={"actor": actor})).then_rejected("ACTOR_NOT_ENTITLED", "AMB-35")


# Study support in the case


def test_complementary_in_the_case() -> None:
    """O-18-d, O-19: four lines for two months, to the öre; the months in order however they were named."""
    past = career(csn())
    done = past.when(support("complementary", ABOVE_CAP, "2025-03", "2025-02"))
    done.then(StudySupportGranted, kind="complementary", months=("2025-02", "2025-03"), days=None)
    assert done.case.fund.study_supports
    calculation = calculation_of(past)
    assert [line.amount for line in calculation.lines] == [3_200_000, -2_418_000] * 2
    assert [line.sv[:7] for line in calculation.lines] == ["2025-02", "2025-02", "2025-03", "2025-03"]
    assert calculation.total == 1_564_000


def test_complementary_at_the_end_of_employment() -> None:
    """O-23, O-19: it is on the list of both parts; the other two are for those who are employed."""
    for past in (leaving(csn()), with_measures(csn())):
        past.when(COMPLEMENTED).then(StudySupportGranted, kind="complementary")


def test_complementary_follows_csns_months() -> None:
    """O-19: from the month in which CSN's support begins to the one in which it ends, both included."""
    past = career(csn(starts_on="2025-03-31", ends_on="2025-05-01"))
    for month, covered in (("2025-02", False), ("2025-03", True), ("2025-05", True), ("2025-06", False)):
        done = past.when(support("complementary", ABOVE_CAP, month))
        if covered:
            done.then(StudySupportGranted)
        else:
            assert month in done.then_rejected("CSN_GRANT_MISSING", "O-19").sv


def test_complementary_in_two_years_has_two_caps() -> None:
    """O-18-c: each month's cap follows the base amount of its own year."""
    past = career(csn(ends_on="2026-06-05"))
    past.carry_out(support("complementary", ABOVE_CAP, "2025-12", "2026-01"))
    assert [line.amount for line in calculation_of(past).lines] == [
        3_200_000,
        -2_418_000,
        3_200_000,
        -2_502_000,
    ]


def test_at_the_cap_there_is_nothing_to_fill_up() -> None:
    """O-18-d: an öre is granted as soon as there is one."""
    past = career(csn())
    for income in (3_022_500, 3_022_501):
        at_cap = support("complementary", income, "2025-02")
        past.when(at_cap).then_rejected("NOTHING_ABOVE_CAP", "O-18-d")
    past.carry_out(support("complementary", 3_022_502, "2025-02"))
    assert calculation_of(past).total == 1


def test_extended_for_two_years_and_no_third() -> None:
    """O-20: 70 per cent for twelve months, 50 for twelve more, in as many grants as one likes; no third."""
    past = career(used_up(), support("extended", 3_000_000, *YEAR_ONE[:10]))
    past.carry_out(support("extended", 3_000_000, *YEAR_ONE[10:], *YEAR_TWO[:2], on="2025-03-01"))
    assert [line.amount for line in calculation_of(past).lines] == [
        2_100_000,
        2_100_000,
        1_500_000,
        1_500_000,
    ]
    past.carry_out(support("extended", 3_000_000, *YEAR_TWO[2:], on="2025-04-01"))
    assert calculation_of(past).total == 10 * 1_500_000
    third = support("extended", 3_000_000, "2027-01", on="2025-05-01")
    rejected = past.when(third).then_rejected("EXTENDED_SUPPORT_USED_UP", "O-20")
    assert "24" in rejected.en


def test_more_than_what_is_left_is_rejected_whole() -> None:
    """O-20: two months where one is left are not granted in part."""
    past = career(used_up(), support("extended", 3_000_000, *YEAR_ONE, *YEAR_TWO[:11]))
    two = support("extended", 3_000_000, "2026-12", "2027-01", on="2025-03-01")
    past.when(two).then_rejected("EXTENDED_SUPPORT_USED_UP", "O-20")
    past.when(support("extended", 3_000_000, "2026-12", on="2025-03-01")).then(StudySupportGranted)


def second_case(first: Given) -> Given:
    """Another case of the person, granted in February 2025, in view of the first."""
    asked = of_fund("career_study_counselling", details=AFFILIATED)
    later = Given(OTHER_CASE, (first,))
    later.add(happened(ApplicationReceived, "2025-02-01", **_content(asked)))
    granted = first.case.decision
    assert granted is not None
    later.add(granted.model_copy(update={"event_id": UUID(int=99), "occurred_on": date(2025, 2, 2)}))
    return later


def _content(asked: Command) -> dict[str, Any]:
    stated = asked.model_dump(exclude=set(Command.model_fields))
    return stated | {"birth_year": 1980}


def test_there_is_no_third_year_in_another_case_either() -> None:
    """O-20: the two years are a person's; a new case goes on where the last stopped, no month counts twice."""
    first = career(used_up(), support("extended", 3_000_000, *YEAR_ONE))
    later = second_case(first)
    later.carry_out(used_up("2025-02-03"))
    again = support("extended", 3_000_000, "2025-12", on="2025-02-04")
    later.when(again).then_rejected("STUDY_SUPPORT_OVERLAPS", "O-20")
    later.carry_out(support("extended", 3_000_000, *YEAR_TWO, on="2025-02-04"))
    assert {line.amount for line in calculation_of(later).lines} == {1_500_000}
    third = support("extended", 3_000_000, "2027-01", on="2025-02-05")
    later.when(third).then_rejected("EXTENDED_SUPPORT_USED_UP", "O-20")
    assert GrantStudySupport.asks_person


def test_a_corrected_first_year_is_still_the_first() -> None:
    """O-20: an income put right in the grant of the first year is calculated as the first year's (AMB-36)."""
    first = support("extended", 3_000_000, *YEAR_ONE)
    past = career(used_up(), first, support("extended", 3_000_000, *YEAR_TWO, on="2025-03-01"))
    wrong = next(row for row in past.entries if isinstance(row.event, StudySupportGranted))
    right = support("extended", 3_100_000, *YEAR_ONE)
    correction = do(
        CorrectEntry, "2026-09-01", DECIDER, corrects=wrong.event.event_id, reason="Fel.", replacement=right
    )
    past.when(correction).then(EntryCorrected, StudySupportGranted)
    past.carry_out(correction)
    assert {line.amount for line in calculation_of(past, 0).lines} == {2_170_000}


def test_extended_support_is_granted_in_the_order_of_its_days() -> None:
    """O-20: none is dated before one that is there, whose year would then be another than was paid."""
    past = career(used_up(), support("extended", 3_000_000, *YEAR_ONE, on="2025-03-01"))
    early = support("extended", 3_000_000, *YEAR_TWO, on="2025-02-20")
    past.when(early).then_rejected("DECISION_OUT_OF_ORDER")


def test_four_days_but_not_five() -> None:
    """O-21: a course of four days is short, one of five is not; 70 per cent of the income lost."""
    past = career()
    past.when(support("short", 600_000, days=5)).then_rejected("COURSE_TOO_LONG", "O-21")
    for days in (1, 4):
        past.carry_out(support("short", 600_000, days=days))
        assert calculation_of(past).total == 420_000
    with pytest.raises(ValidationError):
        support("short", 600_000, days=0)


@pytest.mark.parametrize("actor", [OFFICER, "advisor:anna.berg", APPLICANT, EMPLOYER])
def test_a_decision_maker_grants_study_support(actor: str) -> None:
    """O-19, O-20, O-21: nobody else does (K-5.4)."""
    command = COURSE.model_copy(update={"actor": actor})
    career().when(command).then_rejected("ACTOR_NOT_ENTITLED", "K-5.4")


@pytest.mark.parametrize("income", [0, -1, 0.5, "3000000"])
def test_amounts_are_whole_ore(income: object) -> None:
    """O-19: neither fractions nor nothing at all; the command is not even made."""
    content = {
        "kind": "short",
        "income": income,
        "days": 2,
        "occurred_on": date(2025, 2, 3),
        "actor": DECIDER,
    }
    own = UUID(int=1)
    with pytest.raises(ValidationError):
        GrantStudySupport.model_validate(content | {"command_id": own, "correlation_id": own})


INCOMES = st.integers(1, 10**9)
GRANTS = st.lists(
    st.tuples(
        st.sampled_from(("complementary", "extended", "short")),
        INCOMES,
        st.lists(st.sampled_from((*YEAR_ONE, *YEAR_TWO, "2027-01")), max_size=6, unique=True),
        st.integers(1, 6),
        st.integers(0, 20),
    ),
    max_size=8,
)


@settings(max_examples=40, deadline=None)
@drawn(GRANTS)
def test_whatever_is_granted_stays_within_the_limits(grants: list[Any]) -> None:
    """O-19, O-20, O-21: no month twice, twelve at each share at most, no course of five days, sums right.

    Vacuous where all is rejected: short courses of up to four days never are.
    """
    past = career(csn(ends_on="2027-01-31"), used_up())
    codes, refused = set[str](), list[tuple[str, int]]()
    for kind, income, months, days, later in grants:
        on = str(date(2025, 2, 3) + timedelta(days=later))
        content = {"days": days} if kind == "short" else {}
        command = support(kind, income, *(() if kind == "short" else months), on=on, **content)
        try:
            past.carry_out(command)
        except CommandRejected as rejected:
            codes.add(rejected.code)
            refused.append((kind, days))
    assert codes <= FUND_REJECTIONS.keys() | {"DECISION_OUT_OF_ORDER"}
    assert not [days for kind, days in refused if kind == "short" and days < 5]
    for number in range(len(past.case.fund.study_supports)):
        calculation = calculation_of(past, number)
        assert calculation.total == sum(line.amount for line in calculation.lines)
    granted = [month for row in past.case.fund.study_supports for month in row.months]
    assert len(granted) == len(set(granted))
    years = [
        line.en.partition(" %")[0].rpartition(" ")[2]
        for number, row in enumerate(past.case.fund.study_supports)
        if row.kind == "extended"
        for line in calculation_of(past, number).lines
    ]
    assert years == ["70"] * min(12, len(years)) + ["50"] * (len(years) - 12)
    assert len(years) <= 24


# The four steps during employment


def test_four_steps_during_employment() -> None:
    """O-22-1, O-22-2, O-22-3, O-22-4: applied, an advisor, a way, the goal; each after the last."""
    past = given(CAREER, DECIDED, STARTED)
    assert past.case.advisor is None
    past.when(STAYS).then_rejected("STEP_OUT_OF_ORDER", "O-22-2")
    past.carry_out(ADVISED)
    goal = do(ReachOutcome, "2025-06-01", outcome="goal_reached")
    past.when(goal).then_rejected("STEP_OUT_OF_ORDER", "O-22-3")
    past.carry_out(STAYS)
    past.when(goal).then(OutcomeReached, outcome="goal_reached")


@pytest.mark.parametrize("way", get_args(Way))
def test_every_way_is_a_way(way: str) -> None:
    """O-22-3: studies, a new job, or staying in the present one; each leads to the goal."""
    past = career(ADVISED, do(ChooseWay, "2025-02-10", way=way))
    assert [row.way for row in past.case.fund.ways] == [way]
    past.when(do(ReachOutcome, "2025-06-01", outcome="goal_reached")).then(OutcomeReached)


def test_another_way_may_be_chosen_later() -> None:
    """O-22-3: who stayed may begin studies after all, and the history keeps both."""
    past = career(ADVISED, STAYS, do(ChooseWay, "2025-05-10", way="studies"))
    assert [row.way for row in past.case.fund.ways] == ["stays", "studies"]
    ended = do(ReachOutcome, "2025-05-09", outcome="permanent_job", starts_on="2025-05-12")
    past.when(ended).then_rejected("LATER_ENTRIES", "AMB-35")


# At the end of employment


@pytest.mark.parametrize("kind", get_args(CompensationKind))
def test_a_compensation_has_its_days_and_amount_and_no_formula(kind: str) -> None:
    """O-23: during leave, in place of unemployment benefit, or on top of it: as recorded, so it stands."""
    for past in (leaving(), with_measures()):
        done = past.when(compensation(kind=kind, amount=123_457))
        done.then(CompensationRecorded, kind=kind, amount=123_457, ends_on=date(2025, 2, 4))
        assert done.case.fund.compensations[0].amount == 123_457
    one_day = compensation(kind=kind, ends_on="2025-02-03")
    leaving().when(one_day).then(CompensationRecorded)


def test_three_compensations_and_no_fourth() -> None:
    """O-23: the source names three."""
    assert set(get_args(CompensationKind)) == {
        "leave",
        "instead_of_unemployment_benefit",
        "unemployment_benefit_top_up",
    }
    with pytest.raises(ValidationError):
        compensation(kind="bonus")


@pytest.mark.parametrize("role", ["employer", "system", "applicant"])
def test_who_applies(role: str) -> None:
    """O-24-e: the employee applies, or the staff registers what came from the employee; no employer does."""
    done = given().when(LEAVES.model_copy(update={"actor": f"{role}:self"}))
    if role == "employer":
        done.then_rejected("ACTOR_NOT_ENTITLED", "O-24-e")
    else:
        done.then(ApplicationReceived)


@pytest.mark.parametrize("outcome", ["permanent_job", "fixed_term_job", "business", "studies"])
def test_what_counselling_leads_to(outcome: str) -> None:
    """O-24-a, O-24-b: a job, studies or a business of one's own; a goal as such is the other part's (O-22-4)."""
    reached = do(ReachOutcome, "2025-06-01", outcome=outcome, starts_on="2025-06-01")
    for past in (leaving(), with_measures()):
        past.when(reached).then(OutcomeReached)
        unnamed = do(ReachOutcome, "2025-06-01", outcome="goal_reached")
        past.when(unnamed).then_rejected("OUTCOME_NOT_IN_SERVICE", "O-24-b")


def test_a_need_that_follows_from_sickness_may_be_judged() -> None:
    """O-24-f, O-25-e: reinforced support is for the advisor to judge, and no condition of these services."""
    for asked in (LEAVES, EXTENDED):
        judged = do(JudgeNeed, "2025-01-13", "advisor:anna.berg", special_need=True)
        assert decision(asked, NOTIFIED, judged).decision == "grant"


def test_extended_measures_need_the_employers_notice() -> None:
    """O-25-d: without it the application is refused; nobody but the employer gives it."""
    assert lacking(decision(EXTENDED)) == ["O-25-d"]
    for actor in (APPLICANT, OFFICER):
        notice = NOTIFIED.model_copy(update={"actor": actor})
        given(EXTENDED).when(notice).then_rejected("ACTOR_NOT_ENTITLED", "O-25-d")
    past = given(EXTENDED, DECIDED, do(NotifyAsEmployer, "2025-01-16", EMPLOYER, employer="Regionen"))
    past.when(do(Decide, "2025-01-17")).then(EligibilityAssessed, decision="grant")


@pytest.mark.parametrize("kind", get_args(MeasureKind))
def test_every_kind_of_measure(kind: str) -> None:
    """O-25-a, O-25-b: what the fund pays, by kind and to the öre; the list is open, so there is an `other`."""
    done = with_measures().when(measure(kind, amount=1)).then(MeasurePaid, kind=kind, amount=1)
    assert [row.kind for row in done.case.fund.measures] == [kind]


def test_the_measures_that_the_source_names() -> None:
    """O-25-b: fees, literature, business grant, travel, support talks, placement and economic benefits."""
    assert set(get_args(MeasureKind)) == {
        "course_fee",
        "literature",
        "business_grant",
        "travel",
        "support_talks",
        "placement",
        "economic_benefit",
        "other",
    }


# Two clocks: the act's year and the agreement's (AMB-34)


def clocks(past: Given) -> tuple[date, date]:
    """The last day of the act's support, and that of the collective part."""
    engagement = support_of(past)
    return engagement.agreed_end, collective_end(past.case, engagement)


def test_the_two_clocks_run_apart() -> None:
    """AMB-34, O-25-c: the act's year counts from the decision, the agreement's from the start."""
    past = with_measures()
    assert clocks(past) == (date(2026, 1, 15), date(2026, 1, 27))
    past.when(meeting("2026-01-16")).then_rejected("OUTSIDE_PERIOD", "O-25-c")
    past.when(measure("travel", "2026-01-27")).then(MeasurePaid)
    assert past.case.stage(date(2026, 1, 16)) == "ended"


def test_sickness_moves_the_collective_clock_alone() -> None:
    """AMB-34, O-25-c: measures are paid for longer; meetings and the support's end are as they were."""
    past = with_measures(SICK)
    assert clocks(past) == (date(2026, 1, 15), date(2026, 6, 30))
    assert support_of(past) == support_of(with_measures_like(past))
    past.when(measure("travel", "2026-06-30")).then(MeasurePaid)
    past.when(measure("travel", "2026-07-01")).then_rejected("OUTSIDE_PERIOD", "O-25-c")
    past.when(meeting("2026-01-16")).then_rejected("OUTSIDE_PERIOD", "O-25-c")
    past.when(do(Expire, "2026-01-16")).then(EngagementExpired, occurred_on=date(2026, 1, 16))


def with_measures_like(past: Given) -> Given:
    """The same history without the extension."""
    other = Given(CASE, ())
    other.entries = [row for row in past.entries if not isinstance(row.event, CollectiveSupportExtended)]
    return other


def test_the_act_runs_out_whatever_the_agreement_pays() -> None:
    """AMB-34: with a measure paid after the act's end, the support still expires on its own day."""
    past = with_measures(SICK, measure("travel", "2026-03-02"))
    past.when(do(Expire, "2026-03-02")).then(EngagementExpired, occurred_on=date(2026, 1, 16))
    past.carry_out(do(Expire, "2026-03-02"))
    past.when(measure("travel", "2026-03-03")).then(MeasurePaid)


def test_sickness_may_last_on() -> None:
    """O-25-c: the collective part is extended again while it goes on, each time to a later day."""
    past = with_measures(SICK, do(ExtendForSickness, "2026-06-01", until="2026-09-30"))
    assert clocks(past)[1] == date(2026, 9, 30)
    back = do(ExtendForSickness, "2026-07-01", until="2026-09-29")
    past.when(back).then_rejected("PERIOD_ENDS_FIRST", "O-25-c")


def test_an_extension_entered_late_still_counts() -> None:
    """O-25-c, AMB-35: of two extensions the furthest day holds, whichever happened first."""
    past = with_measures(SICK, do(ExtendForSickness, "2025-12-01", until="2026-08-31"))
    assert clocks(past)[1] == date(2026, 8, 31)


def test_a_struck_extension_never_was() -> None:
    """AMB-36, O-25-c: with the extension struck out the year is a year again."""
    past = with_measures(SICK)
    past.carry_out(correcting(past, CollectiveSupportExtended))
    assert clocks(past)[1] == date(2026, 1, 27)


def test_a_struck_extension_that_carries_a_measure_stays() -> None:
    """AMB-36: a correction may not leave a payment without what allowed it."""
    past = with_measures(SICK, measure("travel", "2026-03-02"))
    past.when(correcting(past, CollectiveSupportExtended)).then_rejected("OUTSIDE_PERIOD", "O-25-c")


@pytest.mark.parametrize("last", ["2025-06-02", "2026-02-02"])
def test_nothing_is_paid_after_an_annulment(last: str) -> None:
    """O-25-c, K-5.5-b: whether the grant was annulled in the act's year or in the collective part after it."""
    past = with_measures(SICK, do(AnnulGrant, last, reason="Fel underlag."))
    day_after = str(date.fromisoformat(last) + timedelta(days=1))
    past.when(measure("travel", day_after)).then_rejected("OUTSIDE_PERIOD", "O-25-c")


def test_nothing_is_paid_after_a_result() -> None:
    """O-25-c: a result ends the collective part too."""
    job = do(ReachOutcome, "2025-06-02", outcome="permanent_job", starts_on="2025-06-09")
    past = with_measures(job)
    past.when(measure("travel", "2025-06-02")).then(MeasurePaid)
    past.when(measure("travel", "2025-06-03")).then_rejected("OUTSIDE_PERIOD", "O-25-c")


# The five steps leave no room for economic benefits


def test_other_measures_are_paid_after_the_five_steps() -> None:
    """O-26-2-b, O-26-5: the agreement includes extended measures; what it excludes is economic benefits."""
    past = with_measures(others=(AGREED,))
    for kind in get_args(MeasureKind):
        done = past.when(measure(kind))
        if kind == "economic_benefit":
            assert str(OTHER_CASE) in done.then_rejected("ROUTE_EXCLUDES_BENEFITS", "O-26-2").en
        else:
            done.then(MeasurePaid)


@pytest.mark.parametrize("kind", get_args(CompensationKind))
def test_no_compensation_after_the_five_steps(kind: str) -> None:
    """O-26-2-b: none of the three, in whichever of the person's cases; before the agreement nothing is excluded."""
    talking = procedure(*STEPS[:5], case_id=OTHER_CASE)
    for begin in (leaving, with_measures):
        begin(others=(talking,)).when(compensation(kind=kind)).then(CompensationRecorded)
        begin(others=(AGREED,)).when(compensation(kind=kind)).then_rejected(
            "ROUTE_EXCLUDES_BENEFITS", "O-26-2"
        )


def test_an_agreement_struck_out_excludes_nothing() -> None:
    """AMB-36: recorded by mistake and struck out, it is no agreement."""
    steps = procedure(*STEPS, case_id=OTHER_CASE)
    steps.carry_out(correcting(steps, TerminationAgreed))
    leaving(others=(steps,)).when(compensation()).then(CompensationRecorded)


# Once the person is erased, and seen again


WHOLE: tuple[Given, ...] = (
    career(ADVISED, STAYS, csn(), COMPLEMENTED, COURSE),
    with_measures(FEE, compensation(), SICK),
    procedure(contact(certificate=True), *STEPS[1:]),
)


def erased(past: Given) -> Given:
    """The case after its person is erased: what was sealed reads as erased, in every entry."""
    gone = Given(past.case_id, ())
    for row in past.entries:
        fields = dict.fromkeys(sealed_fields(type(row.event)), ERASED)
        gone.entries.append(row._replace(event=row.event.model_copy(update=fields)))
    gone.carry_out(do(ErasePerson, "2026-11-01"))
    return gone


def test_every_kind_of_the_fund_is_in_these_histories() -> None:
    """Vacuous without: the tests below say every kind."""
    found = {type(row.event) for past in WHOLE for row in past.entries}
    assert found >= set(get_args(FundEvent))
    assert set(get_args(FundEvent)) <= set(EVENTS.values())


@pytest.mark.parametrize("past", WHOLE, ids=["career", "measures", "steps"])
def test_an_erased_case_still_folds(past: Given) -> None:
    """AMB-33: kinds, months, days and steps stay; amounts and calculations are gone, and so is the certificate."""
    before, after = past.case.fund, erased(past).case.fund
    assert erased(past).case.erased
    assert [(row.kind, row.months, row.days) for row in after.study_supports] == [
        (row.kind, row.months, row.days) for row in before.study_supports
    ]
    assert all(row.calculation == ERASED for row in after.study_supports)
    assert all(row.amount == ERASED for row in after.compensations)
    assert all(row.amount == ERASED for row in after.measures)
    assert (after.contact is None) or after.contact.certificate == ERASED
    assert five_steps(after) == five_steps(before)
    assert (after.extended_until, after.ways, after.csn) == (before.extended_until, before.ways, before.csn)
    assert after.months_extended() == before.months_extended()


def replayed(past: Given) -> list[Step]:
    """The steps of a case, all of it recorded on one day long after, in the register of the tests."""
    lines = [row._replace(position=row.position - 1000) for row in entries_of(HIRED)]
    entries = [row._replace(recorded_at=datetime(2026, 11, 20, 12, tzinfo=UTC)) for row in past.entries]
    return list(replay(past.case_id, entries, lines=lines))


@pytest.mark.parametrize("past", WHOLE, ids=["career", "measures", "steps"])
def test_an_erased_case_still_replays(past: Given) -> None:
    """AMB-33: every step has its grounds as before, for none of them rests on what was sealed."""
    then, now = replayed(past), replayed(erased(past))
    assert [step.grounds for step in now[:-1]] == [step.grounds for step in then]
    assert now[-1].grounds.clause == "AMB-33"
    assert not [step.grounds.en for step in now if "not be allowed" in step.grounds.en]


@pytest.mark.parametrize("past", WHOLE, ids=["career", "measures", "steps"])
def test_what_the_fund_did_is_seen_as_of_a_day(past: Given) -> None:
    """AMB-35: on the day of the application nothing had happened yet, and each entry adds to what is there."""
    first = past.entries[0].event.occurred_on
    assert fold(past.case_id, past.entries, valid_on=first).fund == Fund()
    assert fold(past.case_id, past.entries, valid_on=TODAY).fund == past.case.fund


def test_a_case_under_the_act_alone_has_an_empty_fund_part() -> None:
    """AMB-34: nothing of the collective agreement is in a case of Kammarkollegiet's."""
    assert given(RECEIVED, DECIDED, STARTED).case.fund == Fund()


def test_each_ground_names_its_clause() -> None:
    """O-18 to O-26: what is allowed says on which row it rests."""
    clauses = {
        type(step.entry.event): step.grounds.clause
        for past in WHOLE
        for step in replayed(past)
        if isinstance(step.entry.event, FundEvent)
    }
    assert {kind.__name__: clause for kind, clause in clauses.items()} == {
        "WayChosen": "O-22-3",
        "CsnDecisionRecorded": "O-18-a",
        "StudySupportGranted": "O-21",
        "CompensationRecorded": "O-23",
        "MeasurePaid": "O-25-b",
        "CollectiveSupportExtended": "O-25-c",
        "EmployerContactedFund": "O-26-1",
        "InformationGiven": "O-26-2",
        "DeliberationHeld": "O-26-3",
        "AgreementOffered": "O-26-4",
        "TerminationAgreed": "O-26-5",
    }


def test_study_support_says_on_what_it_rests() -> None:
    """O-19 to O-21: each of the three, in Swedish and in English."""
    past = career(csn(), COMPLEMENTED, COURSE, used_up("2025-03-01"))
    past.carry_out(support("extended", ABOVE_CAP, "2026-01", on="2025-03-02"))
    said = {
        step.entry.event.kind: (step.grounds.sv, step.grounds.en)
        for step in replayed(past)
        if isinstance(step.entry.event, StudySupportGranted)
    }
    assert said == {
        "complementary": (
            "CSN har beviljat stöd de månaderna; det kompletterande fyller upp till andelen av hela inkomsten.",
            (
                "CSN granted support for those months; the complementary part fills up to the share of the whole "
                "income."
            ),
        ),
        "short": ("Utbildningen är 4 dagar, kortare än 5.", "The course is 4 days, shorter than 5."),
        "extended": (
            "CSN:s stöd är förbrukat; det förlängda ges i högst två år.",
            "CSN's support is used up; the extended one is given for two years at most.",
        ),
    }


def test_a_step_says_which_of_the_five_it_is() -> None:
    """O-26: in Swedish and in English."""
    first = next(step for step in replayed(AGREED) if step.grounds.clause == "O-26-1")
    assert first.grounds.sv == "Steg 1 av fem: arbetsgivaren kontaktar fonden."
    assert first.grounds.en == "Step 1 of five: the employer contacts the fund."


def test_a_third_year_is_told_how_much_there_was() -> None:
    """O-20: in both languages, and whether the case or another of the person's used it up."""
    past = career(used_up(), support("extended", 3_000_000, *YEAR_ONE, *YEAR_TWO[:11]))
    two = support("extended", 3_000_000, "2026-12", "2027-01", on="2025-03-01")
    rejected = past.when(two).then_rejected("EXTENDED_SUPPORT_USED_UP", "O-20")
    for text in (rejected.sv, rejected.en):
        assert "24" in text
        assert "23" in text


def test_a_party_is_informed_by_itself() -> None:
    """O-26-2: what the employer was told, the employee was not."""
    past = procedure(contact(), inform("employer", on="2025-01-20"))
    assert past.case.fund.informed_on("employer") == date(2025, 1, 20)
    assert past.case.fund.informed_on("employee") is None


def test_a_result_that_the_fund_does_not_have_needs_no_meeting() -> None:
    """O-24-b: counselling has no least number of meetings, so what is told is that there is no such result."""
    completed = do(ReachOutcome, "2025-02-03", outcome="completed")
    leaving().when(completed).then_rejected("OUTCOME_NOT_IN_SERVICE")


def test_a_month_named_twice_is_granted_once() -> None:
    """O-19: nothing is calculated twice; a short course has no months, which would block later ones (O-21)."""
    twice = career(csn(), support("complementary", ABOVE_CAP, "2025-02", "2025-02"))
    assert [row.months for row in twice.case.fund.study_supports] == [("2025-02",)]
    course = career(csn(), support("short", 600_000, "2025-02", days=3))
    course.when(support("complementary", ABOVE_CAP, "2025-02")).then(StudySupportGranted)


def test_a_measure_is_paid_from_the_first_day_to_the_last() -> None:
    """O-25-b, O-25-c: both included, and on neither side of them."""
    past = with_measures()
    for day, inside in (
        ("2025-01-26", False),
        ("2025-01-27", True),
        ("2026-01-27", True),
        ("2026-01-28", False),
    ):
        done = past.when(measure("other", day))
        if inside:
            done.then(MeasurePaid)
        else:
            done.then_rejected("OUTSIDE_PERIOD", "O-25-c")


def test_a_line_of_extended_support_says_which_year_it_is_of() -> None:
    """O-20: the first of the second year is the thirteenth month."""
    past = career(used_up(), support("extended", 3_000_000, *YEAR_ONE, *YEAR_TWO))
    lines = calculation_of(past).lines
    said = (lines[0], lines[11], lines[12], lines[23])
    assert [(line.sv, line.en) for line in said] == [
        (
            f"{month}: år {year}, {percent} % av inkomsten 30 000,00 kr",
            f"{month}: year {year}, {percent} % of the income 30 000,00 kr",
        )
        for month, year, percent in (
            ("2025-01", 1, 70),
            ("2025-12", 1, 70),
            ("2026-01", 2, 50),
            ("2026-12", 2, 50),
        )
    ]


def test_a_way_is_chosen_with_an_advisor() -> None:
    """O-22-2, O-22-3: which step comes first is said in both languages."""
    rejected = career().when(STAYS).then_rejected("STEP_OUT_OF_ORDER", "O-22-2")
    assert "en egen rådgivare" in rejected.sv
    assert "an advisor of one's own" in rejected.en
