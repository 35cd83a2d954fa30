"""What holds for any request: the five properties of the assessment, and what its parts owe each other.

Vacuous if nothing were granted: then most of what is said here of a grant says nothing. So the first test counts,
over a fixed sample, how many requests are granted, how many with a consumed month, a skipped month, a flag and an
earlier basis, and how many are refused for each code.
"""

import random
from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st

from domain.assessment import Assessment, assess, assess_json
from domain.frame import exact_hours
from domain.policy import policy_in_force
from domain.refusals import Code, Flag
from domain.request import Request, Work, check_request
from domain.values import month_of, months_before
from tests.many import properties, tried_on_many
from tests.strategies import benefits, earlier_grants, requests

EEA = {
    *("AT", "BE", "BG", "HR", "CY", "CZ", "DK", "EE", "FI", "FR", "DE", "GR", "HU", "IE", "IT", "LV", "LT"),
    *("LU", "MT", "NL", "PL", "PT", "RO", "SK", "SI", "ES", "SE", "IS", "LI", "NO"),
}

often = settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))


def changed(request: Request, **update: Any) -> Request:
    """Return the request with other values, checked as a new one is."""
    after = request.model_copy(update=update)
    check_request(after)
    return after


def test_the_sample_is_not_vacuous() -> None:
    seen: Counter[str] = Counter()

    @seed(20221001)
    @settings(often, max_examples=600, database=None, phases=[Phase.generate])
    @given(requests())
    def count(request: Request) -> None:
        assessment = assess(request)
        seen["all"] += 1
        seen.update(assessment.refusals)
        if assessment.decision == "grant":
            seen["grant"] += 1
            seen.update(assessment.flags)
            seen["consumed"] += bool(assessment.consumed_in_frame)
            seen["skipped"] += bool(assessment.frame.skipped)
            seen["by basis"] += not assessment.basis_months

    count()
    assert seen["grant"] > seen["all"] / 5
    assert seen["consumed"] > 10
    assert seen["skipped"] > 30
    assert seen["by basis"] > 0
    # not every code: what hypothesis draws shifts with any change of the code; the boundary tests reach each
    assert sum(bool(seen[code]) for code in Code) >= 12
    assert sum(bool(seen[flag]) for flag in Flag) >= 2


@often
@given(requests(), st.data())
def test_a_benefit_more_never_turns_a_grant_into_a_refusal(request: Request, data: st.DataObject) -> None:
    """K-5.2-10, AMB-10: to skip a month is never a loss."""
    more = changed(request, benefits=(*request.benefits, data.draw(benefits(request.received_on))))
    before, after = assess(request), assess(more)
    assert set(after.refusals) <= set(before.refusals)
    assert len(after.countable_months) >= len(before.countable_months)


@often
@given(requests(), st.data())
def test_an_hour_or_a_krona_more_never_turns_a_grant_into_a_refusal(
    request: Request, data: st.DataObject
) -> None:
    """Vacuous if nothing were added; a month is added where it isn't there yet, so something always is."""
    identity = data.draw(st.sampled_from([employment.id for employment in request.employments]))
    month = months_before(month_of(request.received_on), data.draw(st.integers(-1, 60)))
    hours, krona = data.draw(st.sampled_from((("1", 0), ("0.01", 0), ("0", 1), ("100", 0), ("0", 50_000))))
    old = next((row for row in request.work if (row.employment, row.month) == (identity, month)), None)
    new = Work(employment=identity, month=month, hours=hours, income=krona)
    if old is not None:
        summed = exact_hours(old.hours or "0") + exact_hours(hours)
        text = f"{int(summed * 10_000) // 10_000}.{int(summed * 10_000) % 10_000:04d}"
        assert exact_hours(text) == summed
        new = new.model_copy(update={"hours": text, "income": (old.income or 0) + krona})
    others = tuple(row for row in request.work if row is not old)
    before, after = assess(request), assess(changed(request, work=(*others, new)))
    assert set(after.refusals) <= set(before.refusals)
    assert len(after.countable_months) >= len(before.countable_months)


@often
@given(requests(), st.data())
def test_an_earlier_grant_more_never_raises_the_countable_months(
    request: Request, data: st.DataObject
) -> None:
    grant = data.draw(earlier_grants("another", request.decided_on))
    before = assess(request)
    after = assess(changed(request, earlier_grants=(*request.earlier_grants, grant)))
    assert len(after.countable_months) <= len(before.countable_months)
    if grant.annulled:
        assert after.model_copy(update={"findings": before.findings}) == before


@often
@given(requests(), st.randoms(use_true_random=False))
def test_the_order_of_a_list_changes_nothing(request: Request, order: random.Random) -> None:
    lists = ("employments", "work", "benefits", "earlier_grants")
    mixed = {
        name: tuple(order.sample(items, len(items))) for name in lists for items in [getattr(request, name)]
    }
    mixed["employments"] = tuple(
        one
        if one.shares is None
        else one.model_copy(
            update={"shares": one.shares.model_copy(update={"relatives": one.shares.relatives[::-1]})}
        )
        for one in mixed["employments"]
    )
    mixed["earlier_grants"] = tuple(
        one.model_copy(update={"basis_months": one.basis_months[::-1]}) for one in mixed["earlier_grants"]
    )
    assert assess(changed(request, **mixed)).model_dump_json() == assess(request).model_dump_json()


@often
@given(requests())
def test_a_grant_rests_on_new_months_and_ends_in_time(request: Request) -> None:
    """The basis is disjoint from every earlier one, the twelve newest; it ends in time (K-5.4, K-5.5-b)."""
    assessment = assess(request)
    earlier = {
        month for grant in request.earlier_grants if not grant.annulled for month in grant.basis_months
    }
    assert earlier.isdisjoint(assessment.basis_months)
    assert earlier.isdisjoint(assessment.countable_months)
    if assessment.decision == "refuse":
        assert assessment.refusals
        assert (assessment.last_day, assessment.agreed_end, assessment.basis_months) == (None, None, ())
        assert assessment.flags == ()
        return
    assert not assessment.refusals
    assert assessment.last_day is not None
    assert assessment.agreed_end is not None
    assert request.decided_on <= assessment.agreed_end <= assessment.last_day
    assert assessment.last_day <= request.decided_on + timedelta(days=366)
    assert assessment.ground in {employment.id for employment in request.employments}
    if request.on_basis_of is None:
        assert assessment.basis_months == assessment.countable_months[-12:]
        assert len(assessment.basis_months) == 12
    else:
        assert assessment.basis_months == ()


@often
@given(requests())
def test_the_parts_of_an_assessment_agree(request: Request) -> None:
    assessment = assess(request)
    assert set(assessment.refusals) == {finding.code for finding in assessment.findings} - {None}
    assert list(assessment.refusals) == sorted(assessment.refusals)
    for finding in assessment.findings:
        assert finding.holds == (finding.code is None)
        assert finding.code is None or finding.clause in finding.code.clauses
        assert finding.clause
        assert finding.sv.endswith(".")
        assert finding.en.endswith(".")
        assert "None" not in finding.sv + finding.en
    frame = set(assessment.countable_months + assessment.consumed_in_frame)
    assert frame.isdisjoint(assessment.frame.skipped)
    assert all(assessment.frame.first <= month <= assessment.frame.last for month in frame)
    for months in (assessment.frame.skipped, assessment.countable_months, assessment.consumed_in_frame):
        assert list(months) == sorted(set(months))


@often
@given(requests())
def test_file_code_and_replay_give_the_same_bytes(request: Request) -> None:
    assessment = assess(request)
    text = request.model_dump_json()
    assert assess_json(text) == assess_json(text.encode()) == assessment.model_dump_json().encode()
    assert Assessment.model_validate_json(assess_json(text)) == assessment


@often
@given(requests())
def test_the_frame_is_what_its_definition_says(request: Request) -> None:
    """A second reckoning, month by month in days and fractions, of the frame and of what counts in it.

    Vacuous if it shared the code it checks: it calls none of frame.py, and tells days one by one.
    """
    policy = policy_in_force(request.policy, request.decided_on)
    assessment = assess(request)
    country = {employment.id: employment.country for employment in request.employments}
    credited = EEA | {"GB", "CH"}
    consumed = {
        month for grant in request.earlier_grants if not grant.annulled for month in grant.basis_months
    }
    first = request.received_on.replace(day=1)
    kept: list[str] = []
    countable, skipped = [], []
    while len(kept) < 24:
        last = first - timedelta(days=1)
        first = last.replace(day=1)
        month = f"{first.year}-{first.month:02d}"
        rows = [row for row in request.work if row.month == month and country[row.employment] in credited]
        hours = sum((Fraction(row.hours) for row in rows if row.hours), Fraction(0))
        income = sum(row.income for row in rows if row.income)
        year = last.year if request.policy == "kammarkollegiet" else request.received_on.year
        quarter = Fraction(policy.amounts[year], 4) if year in policy.amounts else None
        needed = Fraction(16 * last.day, 7) if request.policy == "kammarkollegiet" else Fraction(64)
        counts = (hours >= needed or (quarter is not None and income >= quarter)) and month not in consumed
        benefit = any(
            one.country in credited
            and one.kind not in ("unemployment_benefit", "other")
            and one.starts_on <= last
            and first <= one.ends_on
            for one in request.benefits
        )
        if benefit and not counts:
            skipped.append(month)
            continue
        kept.append(month)
        if counts:
            countable.append(month)
    assert (assessment.frame.first, assessment.frame.last) == (kept[-1], kept[0])
    assert list(assessment.frame.skipped) == skipped[::-1]
    assert list(assessment.countable_months) == countable[::-1]
    assert list(assessment.consumed_in_frame) == sorted(consumed & set(kept))


@pytest.mark.long
@pytest.mark.parametrize("holds", properties(globals()))
def test_of_many_more_requests(holds: Callable[[], None], monkeypatch: pytest.MonkeyPatch) -> None:
    tried_on_many(holds, monkeypatch)
