"""Eligibility: the worked cases, and each code, service, flag and limit from both sides."""

import json
import re
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from domain.assessment import Assessment, assess, assess_json
from domain.policy import POLICIES, digest
from domain.refusals import EXCLUSIONS, Code, Flag
from domain.request import InputError, parse_request
from domain.values import month_of, months_before

CASES = [
    json.loads(line)
    for line in (Path(__file__).parents[1] / "data" / "assessments.jsonl").read_text("utf-8").splitlines()
]

KEYS = [
    *("decision", "refusals", "policy", "policy_version", "policy_digest", "frame", "countable_months"),
    *("basis_months", "consumed_in_frame", "ground", "last_day", "agreed_end", "opens_on", "months_missing"),
    *("findings", "flags"),
]


@pytest.mark.parametrize("case", CASES, ids=[case["id"] for case in CASES])
def test_worked_case(case: dict[str, Any]) -> None:
    expected = case["expected"]
    text = json.dumps(case["request"])
    if "error_path" in expected:
        with pytest.raises(InputError) as raised:
            assess_json(text)
        assert raised.value.path == expected["error_path"]
        return
    answer = json.loads(assess_json(text))
    answer["countable_count"] = len(answer["countable_months"])
    assert {key: answer[key] for key in expected} == expected


NUMBER = "556012-3456"


def job(identity: str = "e1", **other: Any) -> dict[str, Any]:
    return {
        "id": identity,
        "employer": NUMBER,
        "sector": "municipality",
        "country": "SE",
        "form": "permanent",
        "starts_on": "2015-01-01",
        "ends_on": "2025-05-31",
        "end_reason": "redundancy",
        "end_initiative": "employer",
        "managing_director": False,
        "shares": None,
        "sole_trader_relation": None,
        **other,
    }


def months(first: str, count: int) -> list[str]:
    return [months_before(first, -number) for number in range(count)]


def worked(
    listed: list[str], identity: str = "e1", hours: str | None = "160", income: int | None = None
) -> list[Any]:
    return [{"employment": identity, "month": month, "hours": hours, "income": income} for month in listed]


def grant(case: str = "c1", basis: list[str] | None = None, **other: Any) -> dict[str, Any]:
    return {
        "case": case,
        "decided_on": "2024-06-01",
        "last_day": "2025-06-01",
        "basis_months": basis or [],
        "annulled": False,
        **other,
    }


def benefit(
    starts_on: str, ends_on: str, kind: str = "parental_benefit", country: str = "SE"
) -> dict[str, Any]:
    return {"kind": kind, "country": country, "starts_on": starts_on, "ends_on": ends_on}


def given(**other: Any) -> Assessment:
    """Assess a request that is granted but for what is given here."""
    request: dict[str, Any] = {
        "policy": "kammarkollegiet",
        "service": "counselling_dismissed",
        "months": 12,
        "received_on": "2025-04-10",
        "decided_on": "2025-04-20",
        "born": "1980-05-17",
        "employments": [job()],
        "work": worked(months("2023-04", 24)),
        "benefits": [],
        "earlier_grants": [],
        **other,
    }
    return assess(parse_request(json.dumps(request)))


def refused(*codes: str, **other: Any) -> Assessment:
    assessment = given(**other)
    assert list(assessment.refusals) == sorted(codes)
    assert (assessment.decision, assessment.flags, assessment.basis_months) == ("refuse", (), ())
    assert (assessment.last_day, assessment.agreed_end) == (None, None)
    return assessment


def granted(*flags: str, **other: Any) -> Assessment:
    assessment = given(**other)
    assert (assessment.decision, assessment.refusals) == ("grant", ())
    assert list(assessment.flags) == sorted(flags)
    return assessment


SERVICES = [
    ("kammarkollegiet", "counselling_dismissed", 6, {}),
    ("kammarkollegiet", "counselling_dismissed", 12, {}),
    ("kammarkollegiet", "guidance_employed", 3, {}),
    ("kammarkollegiet", "reinforced_support", 12, {"special_need": True}),
    ("omstallningsfonden", "career_study_counselling", 12, {}),
    ("omstallningsfonden", "counselling", 12, {}),
    ("omstallningsfonden", "extended_counselling", 12, {"employer_notified": True}),
]
OPEN = ("guidance_employed", "career_study_counselling")


@pytest.mark.parametrize(("policy", "service", "form", "need"), SERVICES)
def test_every_service(policy: str, service: str, form: int, need: dict[str, Any]) -> None:
    """Each in its own forms alone, on its own ground, where its need is met.

    K-2.1-b, K-3.1-d, K-4.1-c, K-5.1-1, -2, -5; O-14-c, O-24-d, O-25-c, -d.
    """
    asked = {"policy": policy, "service": service, "months": form}
    assessment = granted(**asked, **need)
    assert assessment.last_day == date(2026, 4, 20)
    assert assessment.agreed_end == {3: date(2025, 7, 20), 6: date(2025, 10, 20)}.get(form, date(2026, 4, 20))
    for wrong in (
        {0, 1, 3, 5, 6, 7, 9, 11, 12, 13, 24}
        - {form}
        - ({6, 12} if service == "counselling_dismissed" else set())
    ):
        refused("DURATION_NOT_ALLOWED", **{**asked, "months": wrong}, **need)
    for key, code in {
        "special_need": "NO_SPECIAL_NEED",
        "employer_notified": "EMPLOYER_NOTIFICATION_MISSING",
    }.items():
        if key in need:
            refused(code, **asked)
            refused(code, **asked, **{key: False})
    still_open = [job(ends_on=None, end_reason=None, end_initiative=None)]
    if service in OPEN:
        granted(**asked, employments=still_open)
    else:
        refused("SERVICE_GROUND_MISMATCH", **asked, **need, employments=still_open)


@pytest.mark.parametrize("policy", POLICIES, ids=lambda policy: policy.name)
def test_hours_from_both_sides(policy: Any) -> None:
    """K-5.2-1: sixteen a week over 28, 29, 30 and 31 days; O-14-b: 64 in every month."""
    weekly = policy.name == "kammarkollegiet"
    limits = {
        "2023-02": ("63.99", "64"),
        "2024-02": ("66.285714285714285714", "66.285714285714285715") if weekly else ("63.99", "64"),
        "2024-04": ("68.571428571428571428", "68.571428571428571429") if weekly else ("63.9999", "64.0000"),
        "2024-05": ("70.857142857142857142", "70.857142857142857143") if weekly else ("63", "0064"),
    }
    service = "counselling_dismissed" if weekly else "counselling"
    for month, (short, enough) in limits.items():
        for hours, count in ((short, 0), (enough, 1)):
            assessment = given(
                policy=policy.name,
                service=service,
                received_on="2024-09-10" if month > "2023-12" else "2023-09-10",
                work=worked([month], hours=hours),
            )
            assert len(assessment.countable_months) == count, (month, hours)


def test_hours_are_summed_exactly() -> None:
    """A third of an hour can't be written, but ten tenths are one: no rounding loses the limit (AMB-02, AMB-03)."""
    listed = [job(f"e{number}") for number in range(10)]
    rows = [row for number in range(10) for row in worked(["2025-02"], f"e{number}", "6.4")]
    assert len(given(employments=listed, work=rows).countable_months) == 1
    rows[3]["hours"] = "6.39999999999999999999999999"
    assert len(given(employments=listed, work=rows).countable_months) == 0


@pytest.mark.parametrize(
    ("month", "short", "enough"),
    [
        *(("2023-12", 18_574, 18_575), ("2024-01", 19_049, 19_050), ("2024-12", 19_049, 19_050)),
        ("2025-01", 20_149, 20_150),
    ],
)
def test_income_is_measured_by_the_months_year_or_the_applications(
    month: str, short: int, enough: int
) -> None:
    """K-5.2-2, -7: the year of the month; O-14-b: that of the application, 2025, for every month."""
    for income, count in ((short, 0), (enough, 1)):
        assert len(given(work=worked([month], hours=None, income=income)).countable_months) == count
    fund = {"policy": "omstallningsfonden", "service": "counselling"}
    for income, count in ((20_149, 0), (20_150, 1)):
        assert len(given(**fund, work=worked([month], hours=None, income=income)).countable_months) == count


def test_a_year_without_a_known_amount_is_never_enough_by_income() -> None:
    days = {"received_on": "2028-03-10", "decided_on": "2028-03-20", "employments": [job(ends_on=None)]}
    rich = worked(months("2026-03", 24), hours=None, income=10**9)
    assessment = given(service="guidance_employed", months=3, work=rich, **days)
    assert assessment.countable_months == tuple(months("2026-03", 10))
    fund = {"policy": "omstallningsfonden", "service": "career_study_counselling"}
    assert given(**fund, work=rich, **days).countable_months == ()
    assert len(given(**fund, work=worked(months("2026-03", 24)), **days).countable_months) == 24


def test_hours_and_income_add_up_over_creditable_employments_alone() -> None:
    """K-5.2-3: work in a listed country adds to work in Sweden, work elsewhere never does (AMB-03, AMB-08)."""
    two = [job("e1"), job("e2", country="US"), job("e3", country="LI")]
    rows = [*worked(["2025-01"], "e1", "40"), *worked(["2025-01"], "e2", "400", 10**6)]
    assert given(employments=two, work=rows).countable_months == ()
    rows += worked(["2025-01"], "e3", "40")
    assert given(employments=two, work=rows).countable_months == ("2025-01",)


def test_income_earned_in_a_listed_country_counts() -> None:
    """K-5.2-9: income of the EEA, the United Kingdom or Switzerland is as good as Swedish, others' is not."""
    for country, counts in (("NO", True), ("GB", True), ("CH", True), ("US", False)):
        rows = worked(["2025-01"], "e1", None, 10**6)
        assert given(employments=[job("e1", country=country)], work=rows).countable_months == (
            ("2025-01",) if counts else ()
        )


def test_the_work_condition_at_eleven_and_twelve() -> None:
    """K-5.2-1: twelve months in the frame, wherever they lie in it."""
    short = refused("WORK_CONDITION_NOT_MET", work=worked(months("2023-05", 11)))
    assert short.months_missing == 1
    enough = granted(work=worked(months("2023-05", 12)))
    assert enough.basis_months == tuple(months("2023-05", 12))
    assert enough.months_missing == 0
    outside = worked(["2023-03", "2025-04", *months("2023-04", 11)])
    assert refused("WORK_CONDITION_NOT_MET", work=outside).countable_months == tuple(months("2023-04", 11))


def test_the_basis_is_the_twelve_newest() -> None:
    """AMB-31: of fifteen that count, the oldest three are left for another time."""
    listed = months("2023-04", 6) + months("2024-03", 9)
    assert granted(work=worked(listed)).basis_months == tuple(listed[-12:])


def test_consumed_months_count_no_more() -> None:
    """K-5.5-b, AMB-32: those of a grant that stands; an annulled one frees them."""
    used = months("2024-04", 12)
    over = grant(basis=used, last_day="2025-04-19")
    assessment = granted(earlier_grants=[over])
    assert assessment.countable_months == tuple(months("2023-04", 12)) == assessment.basis_months
    assert assessment.consumed_in_frame == tuple(used)
    assert assessment.opens_on is None
    more = grant("c2", ["2023-04", "2020-01"], last_day="2025-04-19")
    assert refused("WORK_CONDITION_NOT_MET", earlier_grants=[over, more]).months_missing == 1
    more["annulled"] = True
    granted(earlier_grants=[over, more])


def test_a_month_that_does_not_suffice_is_consumed_in_the_frame_all_the_same() -> None:
    over = grant(basis=["2023-05"], last_day="2025-04-19")
    assert given(work=[], earlier_grants=[over]).consumed_in_frame == ("2023-05",)


def test_one_day_of_benefit_skips_a_month_that_does_not_suffice() -> None:
    """K-5.2-10, AMB-10: and one that suffices is kept."""
    rows = worked([month for month in months("2022-04", 36) if month != "2024-06"])
    for starts_on, ends_on, skipped in (
        ("2024-06-30", "2024-06-30", ("2024-06",)),
        ("2024-05-31", "2024-06-01", ("2024-06",)),
        ("2024-06-01", "2024-07-01", ("2024-06",)),
        ("2024-05-01", "2024-05-31", ()),
        ("2024-07-01", "2024-07-31", ()),
    ):
        assessment = granted(work=rows, benefits=[benefit(starts_on, ends_on)])
        assert assessment.frame.skipped == skipped
        assert assessment.frame.first == ("2023-03" if skipped else "2023-04")


@pytest.mark.parametrize(
    ("kind", "country", "skips"),
    [
        ("parental_benefit", "SE", True),
        ("sickness_benefit", "NO", True),
        ("conscription_allowance", "GB", True),
        ("transition_study_support", "CH", True),
        ("unemployment_benefit", "SE", False),
        ("other", "SE", False),
        ("parental_benefit", "US", False),
    ],
)
def test_which_benefits_skip(kind: str, country: str, skips: bool) -> None:
    """K-5.2-10, -11: four kinds, paid by Sweden or by another listed country (AMB-09)."""
    assessment = given(work=[], benefits=[benefit("2025-01-15", "2025-01-20", kind, country)])
    assert assessment.frame.skipped == (("2025-01",) if skips else ())


def test_a_consumed_month_with_a_benefit_is_skipped_and_a_countable_one_kept() -> None:
    """AMB-10: what can't count any more is no loss to skip."""
    over = grant(basis=["2024-06"], last_day="2025-04-19")
    assessment = granted(earlier_grants=[over], benefits=[benefit("2024-05-01", "2024-06-30")])
    assert assessment.frame.skipped == ("2024-06",)
    assert assessment.frame.first == "2023-03"
    assert assessment.consumed_in_frame == ()


def test_skipped_months_may_lie_after_the_newest_of_the_frame_and_never_before_the_oldest() -> None:
    spells = [benefit("2025-02-10", "2025-06-30"), benefit("2022-01-01", "2022-06-30")]
    assessment = given(work=[], benefits=spells)
    assert (assessment.frame.first, assessment.frame.last) == ("2023-02", "2025-01")
    assert assessment.frame.skipped == ("2025-02", "2025-03")


def test_a_skip_of_three_centuries_ends_before_them() -> None:
    assessment = given(work=[], benefits=[benefit("1900-01-01", "2199-12-31")])
    assert (assessment.frame.first, assessment.frame.last) == ("1898-01", "1899-12")
    assert (assessment.frame.skipped[0], assessment.frame.skipped[-1]) == ("1900-01", "2025-03")
    assert len(assessment.frame.skipped) == 125 * 12 + 3
    old = given(
        born="1900-01-01", received_on="1900-01-01", work=[], benefits=[benefit("1900-01-01", "1900-01-01")]
    )
    assert (old.frame.first, old.frame.last) == ("1898-01", "1899-12")
    kept = granted(benefits=[benefit("1900-01-01", "2199-12-31")])
    assert len(kept.countable_months) == 24


def test_the_last_days_of_the_calendar() -> None:
    far = given(
        received_on="2199-12-31",
        decided_on="2199-12-31",
        born="2199-12-31",
        employments=[job(ends_on="2199-12-31")],
        earlier_grants=[grant(last_day="2199-12-31")],
    )
    assert far.opens_on == date(2200, 1, 1)


def test_age_from_both_sides_and_on_leap_days() -> None:
    """K-5.3, AMB-14: not on the 65th birthday; who is born on 29 February has it on 28 in a common year."""
    for born, eve in (
        ("1960-04-21", "2025-04-20"),
        ("1960-02-29", "2025-02-27"),
        ("1960-03-01", "2025-02-28"),
    ):
        day = date.fromisoformat(eve)
        days = {"born": born, "received_on": "2025-02-10"}
        last = granted(Flag.SHORTENED_BY_AGE, **days, decided_on=eve, work=worked(months("2023-02", 24)))
        assert (last.last_day, last.agreed_end) == (day, day)
        refused(
            "AGE_LIMIT", **days, decided_on=f"{day + timedelta(days=1)}", work=worked(months("2023-02", 24))
        )


def test_the_end_is_cut_at_the_eve_of_the_birthday() -> None:
    """K-5.3: and by no day more."""
    assert granted(Flag.SHORTENED_BY_AGE, born="1961-04-20").last_day == date(2026, 4, 19)
    assert granted(born="1961-04-21").last_day == date(2026, 4, 20)


def test_the_end_is_the_same_day_number_or_the_months_last() -> None:
    """K-5.4, AMB-15: twelve months from 29 February, six from 31 August."""
    assert granted(received_on="2024-02-29", decided_on="2024-02-29", employments=[job(ends_on="2024-03-31")],
                   work=worked(months("2022-02", 24))).last_day == date(2025, 2, 28)  # fmt: skip
    six = granted(months=6, starts_on="2025-08-31")
    assert six.agreed_end == date(2026, 2, 28)


def test_the_start_lies_between_decision_and_last_day() -> None:
    """K-5.4, AMB-17: both days included."""
    assert granted(starts_on="2026-04-20").agreed_end == date(2026, 4, 20)
    assert granted(starts_on="2025-04-20", months=6).agreed_end == date(2025, 10, 20)
    refused("OUTSIDE_WINDOW", starts_on="2025-04-19")
    refused("OUTSIDE_WINDOW", starts_on="2026-04-21")
    refused("AGE_LIMIT", starts_on="2031-01-01", born="1955-01-01")
    refused("OUTSIDE_WINDOW", starts_on="2025-04-22", born="1960-04-22")


@pytest.mark.parametrize("reason", ["resignation", "misconduct", None])
def test_reasons_that_are_not_covered(reason: str | None) -> None:
    refused("END_REASON_NOT_COVERED", employments=[job(end_reason=reason)])


@pytest.mark.parametrize("reason", ["sickness", "fixed_term_end"])
@pytest.mark.parametrize("initiative", ["employer", "employee", None])
def test_reasons_that_are_covered_whoever_took_the_initiative(reason: str, initiative: str | None) -> None:
    """K-5.1-1: the initiative matters at redundancy alone (K-5.1-3)."""
    granted(employments=[job(end_reason=reason, end_initiative=initiative)])


def test_redundancy_is_on_the_employers_initiative() -> None:
    granted(employments=[job()])
    refused("NOT_EMPLOYER_INITIATED", employments=[job(end_initiative="employee")])
    refused("NOT_EMPLOYER_INITIATED", employments=[job(end_initiative=None)])


def test_commencement_from_both_sides() -> None:
    days = {"received_on": "2022-10-10", "decided_on": "2022-10-20", "work": worked(months("2020-10", 24))}
    refused("GROUND_BEFORE_COMMENCEMENT", **days, employments=[job(ends_on="2022-09-30")])
    granted(**days, employments=[job(ends_on="2022-10-01")])
    both = job(ends_on="2022-09-30", end_reason="resignation")
    refused("END_REASON_NOT_COVERED", "GROUND_BEFORE_COMMENCEMENT", **days, employments=[both])


def test_without_an_end_the_reasons_are_not_tried() -> None:
    still = job(ends_on=None, end_reason="resignation", end_initiative="employee", managing_director=True)
    refused("EXCLUDED_MANAGING_DIRECTOR", "SERVICE_GROUND_MISMATCH", employments=[still])


@pytest.mark.parametrize("service", OPEN)
def test_an_open_employment_has_its_first_and_last_day(service: str) -> None:
    """K-5.1-2: on the day of decision, however it will end."""
    policy = "kammarkollegiet" if service == "guidance_employed" else "omstallningsfonden"
    asked = {"policy": policy, "service": service, "months": 3 if policy == "kammarkollegiet" else 12}
    for employment, is_open in (
        (job(starts_on="2025-04-20", ends_on=None), True),
        (job(starts_on="2025-04-21", ends_on=None), False),
        (job(ends_on="2025-04-20"), True),
        (job(ends_on="2025-04-19"), False),
        (job(ends_on="2025-04-20", end_reason="misconduct", end_initiative="employee"), True),
    ):
        if is_open:
            granted(**asked, employments=[employment])
        else:
            refused("SERVICE_GROUND_MISMATCH", **asked, employments=[employment])


def test_exclusions_from_both_sides() -> None:
    refused("EXCLUDED_MANAGING_DIRECTOR", employments=[job(managing_director=True)])
    for relation, is_excluded in (
        *(("spouse", True), ("registered_partner", True), ("cohabitant", True)),
        *(("parent", False), ("child", False), ("sibling", False)),
    ):
        employments = [job(sole_trader_relation=relation)]
        refused("EXCLUDED_FAMILY", employments=employments) if is_excluded else granted(
            employments=employments
        )


@pytest.mark.parametrize(
    ("relation", "summed"),
    [
        *(("spouse", True), ("registered_partner", True), ("parent", True), ("child", True)),
        *(("cohabitant", False), ("sibling", False)),
    ],
)
def test_whose_shares_are_summed(relation: str, summed: bool) -> None:
    """K-5.1-4b, AMB-13: a third exactly excludes; who owns nothing is not excluded by what others own."""
    for own, theirs, is_excluded in (
        (1, 99, summed),
        (34, 0, True),
        (33, 0, False),
        (1, 32, False),
        (0, 99, False),
    ):
        relatives = [{"relation": relation, "shares": theirs}]
        employments = [job(shares={"own": own, "total": 100, "relatives": relatives})]
        refused("EXCLUDED_OWNER", employments=employments) if is_excluded else granted(
            employments=employments
        )
    third = [job(shares={"own": 1, "total": 3, "relatives": []})]
    refused("EXCLUDED_OWNER", employments=third)


def test_affiliation_is_the_funds_alone() -> None:
    fund = {"policy": "omstallningsfonden", "service": "counselling"}
    for sector in ("municipality", "region", "municipal_company"):
        granted(**fund, employments=[job(sector=sector)])
    refused("NOT_AFFILIATED", **fund, employments=[job(sector="other")])
    granted(employments=[job(sector="other")])


def test_every_code_of_every_employment_tried() -> None:
    bad = [job("e2", end_reason="misconduct"), job("e1", managing_director=True, ends_on=None)]
    codes = ("END_REASON_NOT_COVERED", "EXCLUDED_MANAGING_DIRECTOR", "SERVICE_GROUND_MISMATCH")
    assert refused(*codes, employments=bad).ground is None
    assert granted(employments=[*bad, job("e3")], work=worked(months("2023-04", 24), "e3")).ground == "e3"


def test_no_employment_to_try() -> None:
    refused("GROUND_MISSING", employments=[job(starts_on=None)])
    refused("GROUND_MISSING", "WORK_CONDITION_NOT_MET", employments=[], work=[])
    refused("GROUND_MISSING", service="guidance_employed", months=3, employments=[job(starts_on=None)])
    unproved = [job(starts_on=None, managing_director=True), job("e2", end_reason="misconduct")]
    refused("END_REASON_NOT_COVERED", employments=unproved)


def test_the_ground_ends_last_or_started_last_and_ties_go_to_the_smallest_id() -> None:
    def ground(*employments: dict[str, Any], **other: Any) -> str | None:
        answers = {
            given(employments=list(order), work=[], **other).ground
            for order in (employments, employments[::-1])
        }
        assert len(answers) == 1
        return answers.pop()

    early, late = job("e1", ends_on="2025-04-30"), job("e2", ends_on="2025-05-01", starts_on="2014-01-01")
    assert ground(early, late) == "e2"
    guidance = {"service": "guidance_employed", "months": 3}
    assert ground(early, late, **guidance) == "e1"
    assert ground(job("e2"), job("e10")) == "e10"
    assert ground(job("b"), job("a"), **guidance) == "a"
    assert ground(job("a", starts_on="2020-01-01"), job("b", starts_on="2020-01-02"), **guidance) == "b"


def test_the_ground_is_stated_in_a_refusal_too() -> None:
    assert refused("DURATION_NOT_ALLOWED", months=9).ground == "e1"


def test_a_window_is_open_on_its_last_day() -> None:
    """K-5.5-a, AMB-16: new support opens the day after."""
    before = refused("REQUALIFICATION_NOT_OPEN", earlier_grants=[grant(last_day="2025-04-20")])
    assert before.opens_on == date(2025, 4, 21)
    assert granted(earlier_grants=[grant(last_day="2025-04-19")]).opens_on is None
    assert granted(earlier_grants=[grant(last_day="2025-04-20", annulled=True)]).opens_on is None
    two = [
        grant(last_day="2025-05-01"),
        grant("c2", last_day="2025-06-01"),
        grant("c3", last_day="2025-04-25"),
    ]
    assert refused("REQUALIFICATION_NOT_OPEN", earlier_grants=two).opens_on == date(2025, 6, 2)


def test_a_second_service_on_an_open_basis() -> None:
    """AMB-16: it ends with the first, and needs no months of its own."""
    two = [grant(last_day="2025-05-01"), grant("c2", last_day="2025-06-01")]
    assessment = granted(on_basis_of="c1", earlier_grants=two, work=[])
    assert (assessment.last_day, assessment.agreed_end) == (date(2025, 5, 1), date(2025, 5, 1))
    assert assessment.opens_on == date(2025, 6, 2)
    assert (assessment.countable_months, assessment.basis_months, assessment.months_missing) == ((), (), 0)
    full = granted(on_basis_of="c1", earlier_grants=two)
    assert (len(full.countable_months), full.basis_months) == (24, ())
    refused("OUTSIDE_WINDOW", on_basis_of="c1", earlier_grants=two, starts_on="2025-05-02")
    granted(on_basis_of="c1", earlier_grants=[grant(last_day="2025-04-20")])


def test_a_basis_beyond_twelve_months_gives_no_longer_support() -> None:
    long = [grant(last_day="2027-01-01")]
    assert granted(on_basis_of="c1", earlier_grants=long).last_day == date(2026, 4, 20)


def test_naming_what_is_no_open_window() -> None:
    for earlier in (
        [],
        [grant(last_day="2025-04-19")],
        [grant(annulled=True)],
        [grant("c2")],
    ):
        refused("BASIS_NOT_OPEN", on_basis_of="c1", earlier_grants=earlier)
    short = refused("BASIS_NOT_OPEN", "WORK_CONDITION_NOT_MET", on_basis_of="c1", work=[])
    assert short.months_missing == 12
    uncapped = [grant("c2", last_day="2025-05-01")]
    refused("BASIS_NOT_OPEN", on_basis_of="c1", earlier_grants=uncapped, starts_on="2025-05-02")


def test_an_annulled_grant_beside_a_new_one_of_the_same_case() -> None:
    both = [grant(annulled=True, last_day="2025-04-25"), grant(last_day="2025-05-25")]
    for order in (both, both[::-1]):
        assert granted(on_basis_of="c1", earlier_grants=order).last_day == date(2025, 5, 25)


def test_shortened_by_age_only_where_the_birthday_is_what_cuts() -> None:
    basis = {"on_basis_of": "c1", "earlier_grants": [grant(last_day="2025-06-01")]}
    assert granted(**basis, born="1960-06-02").last_day == date(2025, 6, 1)
    assert granted(Flag.SHORTENED_BY_AGE, **basis, born="1960-06-01").last_day == date(2025, 5, 31)
    assert granted(**basis, born="1960-09-01").last_day == date(2025, 6, 1)


def test_a_distant_ground_is_flagged_from_both_sides() -> None:
    def ends(day: str) -> dict[str, Any]:
        return {"employments": [job(ends_on=day)]}

    granted(**ends("2023-04-10"))
    granted(Flag.GROUND_DISTANT, **ends("2023-04-09"))
    granted(**ends("2026-04-20"))
    granted(Flag.GROUND_DISTANT, **ends("2026-04-21"))
    guidance = {"service": "guidance_employed", "months": 3}
    granted(**guidance, **ends("2026-04-21"))


def test_months_of_an_excluded_employment_are_flagged_where_the_basis_rests_on_them() -> None:
    """AMB-13: they count, and a person is asked to look."""

    def beside(rows: list[Any], *flags: str, **other: Any) -> None:
        director = job("e2", managing_director=True, ends_on=None, **other)
        granted(*flags, employments=[job(), director], work=[*worked(months("2023-04", 24)), *rows])

    flag = Flag.EXCLUDED_EMPLOYMENT_COUNTED
    beside(worked(["2024-04"], "e2", "0.01"), flag)
    beside(worked(["2025-03"], "e2", None, 1), flag)
    beside(worked(["2024-03"], "e2"))
    beside(worked(["2025-03"], "e2", "0.00", 0))
    beside(worked(["2025-03"], "e2", None, None))
    beside(worked(["2025-03"], "e2"), country="US")
    beside(worked(["2025-03"], "e2"), flag, country="NO")
    for excluded in (
        {"shares": {"own": 1, "total": 3, "relatives": []}},
        {"sole_trader_relation": "cohabitant"},
        {"managing_director": True, "starts_on": None},
    ):
        employments = [job(), job("e2", **excluded)]
        granted(
            flag, employments=employments, work=[*worked(months("2023-04", 24)), *worked(["2025-01"], "e2")]
        )
    on_basis = {"on_basis_of": "c1", "earlier_grants": [grant()]}
    granted(
        employments=[job(), job("e2", managing_director=True)], work=worked(["2025-01"], "e2"), **on_basis
    )


def test_all_codes_at_once() -> None:
    """Never only the first: a request that fails on everything it can be tried on."""
    refused(
        *("AGE_LIMIT", "DURATION_NOT_ALLOWED", "EMPLOYER_NOTIFICATION_MISSING", "END_REASON_NOT_COVERED"),
        *("EXCLUDED_FAMILY", "EXCLUDED_MANAGING_DIRECTOR", "EXCLUDED_OWNER", "GROUND_BEFORE_COMMENCEMENT"),
        *("NOT_AFFILIATED", "NOT_EMPLOYER_INITIATED", "REQUALIFICATION_NOT_OPEN", "SERVICE_GROUND_MISMATCH"),
        "WORK_CONDITION_NOT_MET",
        policy="omstallningsfonden",
        service="extended_counselling",
        months=9,
        born="1950-01-01",
        starts_on="2030-01-01",
        work=[],
        earlier_grants=[grant()],
        employments=[
            job("e1", sector="other", managing_director=True, sole_trader_relation="spouse", ends_on=None),
            job("e2", shares={"own": 1, "total": 1, "relatives": []}, end_initiative="employee"),
            job("e3", end_reason="misconduct", ends_on="2022-09-30"),
        ],
    )


def test_the_assessment_has_its_keys_in_order() -> None:
    assert list(json.loads(given().model_dump_json())) == KEYS
    assert list(Assessment.model_fields) == KEYS


def test_the_digest_covers_the_amounts_up_to_the_year_of_the_decision() -> None:
    days = {"received_on": "2025-12-20", "work": worked(months("2024-01", 23))}
    still_open = {"service": "guidance_employed", "months": 3, "employments": [job(ends_on=None)]}
    digests = {
        granted(**days, **still_open, decided_on=on).policy_digest for on in ("2025-12-31", "2026-01-01")
    }
    assert digests == {digest(POLICIES[0], 2025), digest(POLICIES[0], 2026)}
    assert granted(**days, **still_open, decided_on="2026-01-01").policy_digest == digest(POLICIES[0], 2026)


def test_the_clauses_tried_stand_in_order() -> None:
    earlier = [grant(last_day="2025-04-19")]
    granted_one = granted(service="reinforced_support", special_need=True, earlier_grants=earlier)
    assert [finding.clause for finding in granted_one.findings] == [
        *(
            "K-5.5-b",
            "K-5.2-10",
            "K-5.2-1",
            "K-5.3",
            "K-5.1-1",
            "K-5.1-3",
            "2022:850-transitional",
            "K-5.1-4a",
        ),
        *("K-5.1-4b", "K-5.1-4c", "K-5.1-5", "K-4.1-c", "K-5.5-a", "K-5.4"),
    ]
    fund = granted(policy="omstallningsfonden", service="career_study_counselling")
    assert [finding.clause for finding in fund.findings] == [
        *("K-5.2-10", "O-14-b", "K-5.3", "K-5.1-2", "K-5.1-4a", "K-5.1-4b", "K-5.1-4c", "O-14-a", "O-14-c"),
        *("K-5.5-a", "K-5.4"),
    ]


def said(code: str | None, clause: str, **other: Any) -> tuple[str, str]:
    found = [
        finding for finding in given(**other).findings if (finding.code, finding.clause) == (code, clause)
    ]
    assert len(found) == 1
    return found[0].sv, found[0].en


def test_a_sentence_says_how_many_months_are_missing() -> None:
    span, frame = "inom ramtiden 2023-04 till 2025-03", "within the frame 2023-04 to 2025-03"
    code, clause = "WORK_CONDITION_NOT_MET", "K-5.2-1"
    assert said(code, clause, work=worked(months("2023-05", 11))) == (
        f"Du har arbetat tillräckligt i 11 av de 12 månader som krävs {span}; en månad saknas.",
        f"You worked enough in 11 of the 12 months required {frame}; one month is missing.",
    )
    assert said(code, clause, work=worked(months("2023-05", 1))) == (
        f"Du har arbetat tillräckligt i 1 av de 12 månader som krävs {span}; 11 månader saknas.",
        f"You worked enough in 1 of the 12 months required {frame}; 11 months are missing.",
    )
    assert said(code, clause, work=[]) == (
        f"Du har inte arbetat tillräckligt i någon av de 12 månader som krävs {span}; 12 månader saknas.",
        f"You worked enough in none of the 12 months required {frame}; 12 months are missing.",
    )
    assert said(None, clause)[0] == f"Du har arbetat tillräckligt i 24 månader {span}; 12 krävs."


def test_a_sentence_says_why_the_employment_ends() -> None:
    ended = [job(ends_on="2025-04-19", end_reason="resignation", end_initiative="employee")]
    not_covered = "this reason is not covered"
    assert said("END_REASON_NOT_COVERED", "K-5.1-1", employments=ended) == (
        "Anställningen hos 556012-3456 upphörde 2025-04-19 på grund av egen uppsägning; det skälet omfattas inte.",
        f"Employment with {NUMBER} ended on 2025-04-19 because of your own resignation; {not_covered}.",
    )
    assert said(None, "K-5.1-1", employments=[job(ends_on="2025-04-20")]) == (
        "Anställningen hos 556012-3456 upphör 2025-04-20 på grund av arbetsbrist; det skälet omfattas.",
        "Employment with 556012-3456 ends on 2025-04-20 because of redundancy; this reason is covered.",
    )
    unstated = [job(end_reason=None)]
    assert (
        "ett skäl som inte är angivet" in said("END_REASON_NOT_COVERED", "K-5.1-1", employments=unstated)[0]
    )


def test_one_and_many_in_both_languages() -> None:
    one = said("DURATION_NOT_ALLOWED", "K-2.1-b", months=1)
    assert one[0].endswith("du sökte en månad.")
    assert one[1].endswith("you asked for one month.")
    spell = [benefit("2025-03-01", "2025-03-02")]
    assert "; en månad med ersättning hoppas över." in said(None, "K-5.2-10", work=[], benefits=spell)[0]
    assert "; one month with a benefit is skipped." in said(None, "K-5.2-10", work=[], benefits=spell)[1]
    spell = [benefit("2025-02-01", "2025-03-02")]
    assert "; 2 months with a benefit are skipped." in said(None, "K-5.2-10", work=[], benefits=spell)[1]
    used = said(None, "K-5.5-b", earlier_grants=[grant(basis=["2024-01"], last_day="2025-01-01")])
    assert used[0].startswith("En månad i ramtiden har redan burit ett tidigare stöd")


def test_every_finding_speaks_plainly() -> None:
    """Over all worked cases: a clause, two sentences that end, no code, no None, no line break."""
    codes_seen = set()
    for case in CASES:
        if "error_path" in case["expected"]:
            continue
        for finding in assess(parse_request(json.dumps(case["request"]))).findings:
            codes_seen.add(finding.code)
            assert finding.clause
            assert finding.facts
            for sentence in (finding.sv, finding.en):
                assert re.fullmatch(r"\S[^\n]+\S\.", sentence), sentence
                assert not re.search(r"None|_|\b[A-Z]{4,}\b| ,|  |\b1 månader|\b1 months", sentence), sentence
            assert finding.sv != finding.en
    assert len(codes_seen) > 12


def test_an_employers_name_never_breaks_the_line() -> None:
    for finding in given(employments=[job(employer="Bolaget\n  AB")]).findings:
        assert "\n" not in finding.sv + finding.en


def test_codes_and_flags_have_clauses_and_names() -> None:
    assert [code.value for code in Code] == [code.name for code in Code]
    assert all(code.clauses and code.sv and code.en for code in Code)
    assert all(flag.value == flag.name and flag.clause and flag.sv and flag.en for flag in Flag)
    assert {code for code in Code if code.startswith("EXCLUDED_")} == EXCLUSIONS
    assert json.dumps([Code.AGE_LIMIT, Flag.GROUND_DISTANT]) == '["AGE_LIMIT", "GROUND_DISTANT"]'


def test_the_month_of_the_application_never_counts() -> None:
    """AMB-01: whichever day of the month it came in."""
    for received_on, last in (
        ("2025-04-01", "2025-03"),
        ("2025-04-30", "2025-03"),
        ("2025-05-01", "2025-04"),
    ):
        assessment = given(
            received_on=received_on, decided_on="2025-05-10", work=worked(months("2023-04", 26))
        )
        assert assessment.frame.last == last == months_before(month_of(date.fromisoformat(received_on)), 1)
        assert assessment.countable_months[-1] == last


def shares(own: int, *relatives: tuple[str, int]) -> dict[str, Any]:
    listed = [{"relation": relation, "shares": number} for relation, number in relatives]
    return {"own": own, "total": 12, "relatives": listed}


OF_THE_FUND: dict[str, Any] = {"policy": "omstallningsfonden", "service": "counselling"}
GUIDANCE: dict[str, Any] = {"service": "guidance_employed", "months": 3}
ENDED = {"decided_on": "2023-06-01", "last_day": "2024-06-01"}
SAID: list[dict[str, Any]] = [
    {},
    {"employments": [], "work": []},
    {"work": []},
    *({"work": worked(months("2024-04", number))} for number in (1, 11, 12)),
    *({"earlier_grants": [grant(basis=months("2023-04", number), **ENDED)]} for number in (0, 1, 2)),
    {"work": worked(months("2023-04", 23)), "benefits": [benefit("2025-03-01", "2025-03-31")]},
    {"work": worked(months("2023-04", 22)), "benefits": [benefit("2025-02-01", "2025-03-31")]},
    {"born": "1960-04-20"},
    {"born": "1960-04-21"},
    *({"service": "reinforced_support", "special_need": need} for need in (False, True)),
    *(
        {"policy": "omstallningsfonden", "service": "extended_counselling", "employer_notified": told}
        for told in (False, True)
    ),
    {"months": 9},
    {"months": 1},
    {"earlier_grants": [grant()]},
    {"earlier_grants": [grant()], "on_basis_of": "c1"},
    {"on_basis_of": "c1"},
    {"starts_on": "2025-04-19"},
    {"starts_on": "2026-04-21"},
    *({"employments": [job(end_reason=reason)]} for reason in ("sickness", "fixed_term_end", "misconduct")),
    *({"employments": [job(end_reason=reason)]} for reason in ("resignation", None)),
    *({"employments": [job(end_initiative=by)]} for by in ("employee", None)),
    *({"employments": [job(ends_on=day)]} for day in (None, "2022-09-30", "2025-04-20", "2025-04-19")),
    {"employments": [job(managing_director=True)]},
    {"employments": [job(employer="Påhittade\n  kommun")]},
    *({"employments": [job(shares=shares(*of))]} for of in ((0,), (1,), (4,), (3, ("spouse", 1)))),
    *(
        {"employments": [job(sole_trader_relation=relation)]}
        for relation in ("spouse", "registered_partner", "cohabitant", "parent", "child", "sibling")
    ),
    *(
        OF_THE_FUND | {"employments": [job(sector=sector)]}
        for sector in ("municipality", "region", "municipal_company", "other")
    ),
    *(GUIDANCE | {"employments": [job(ends_on=day)]} for day in (None, "2025-04-20", "2025-04-19")),
    GUIDANCE | {"employments": [job(starts_on="2025-04-21", ends_on=None)]},
]
"""What is given otherwise; together they meet every sentence that a finding can be."""


def test_a_finding_says_the_same_as_ever() -> None:
    """Facts and sentences are part of a decision: a receipt that is asked again gives the same bytes.

    Each finding that these requests lead to is a line of the file; what is new is added there.
    """
    seen = {
        json.dumps(each.model_dump(mode="json"), ensure_ascii=False)
        for other in SAID
        for each in given(**other).findings
    }
    lines = (Path(__file__).parents[1] / "data" / "findings.jsonl").read_text("utf-8").splitlines()
    assert sorted(seen) == lines
