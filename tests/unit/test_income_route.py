"""An organisation that doesn't try income: the hours decide alone, and nothing is said of income (K-1-d)."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings

from domain.assessment import Assessment, assess, assess_by
from domain.policy import POLICIES, Parameter, Policy, canonical_text
from domain.policy_sentences import conditions
from domain.refusals import Code, Flag
from domain.request import Request, parse_request, policy_of
from tests.applications import employment, work
from tests.many import properties, tried_on_many
from tests.strategies import requests

often = settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))


def routed(policy: Policy, on: bool) -> Policy:
    """A version that says whether income is tried."""
    route = Parameter[bool](value=on, clause="K-1-d", source="A test.")
    return policy.model_copy(update={"income_route": route})


def asked(rows: list[dict[str, Any]], **changes: Any) -> Request:
    return parse_request(
        json.dumps(
            {
                "policy": "kammarkollegiet",
                "service": "counselling_dismissed",
                "months": 12,
                "received_on": "2025-04-10",
                "decided_on": "2025-04-20",
                "born": "1980-01-02",
                "employments": [employment()],
                "work": rows,
                "benefits": [],
                "earlier_grants": [],
            }
            | changes
        )
    )


def without(request: Request) -> Assessment:
    """The request's assessment where the same conditions leave income out."""
    return assess_by(routed(policy_of(request), on=False), request)


def earned(first: str, count: int, income: int = 40_000, **changes: Any) -> list[dict[str, Any]]:
    return [row | {"hours": None, "income": income} | changes for row in work(first, count)]


def test_neither_version_leaves_income_out() -> None:
    """Both are published without the parameter, so that it is no part of their digests."""
    for policy in POLICIES:
        assert policy.income_route is None
        assert policy.tries_income
        assert "income_route" not in canonical_text(policy, 2026)
        assert routed(policy, on=True).tries_income
        assert not routed(policy, on=False).tries_income
        assert '"income_route":{"clause":"K-1-d","value":false}' in canonical_text(
            routed(policy, False), 2026
        )


def test_months_of_income_alone_carry_no_grant_without_the_route() -> None:
    request = asked(earned("2024-04", 12))
    assert assess(request).decision == "grant"
    refused = without(request)
    assert refused.refusals == (Code.WORK_CONDITION_NOT_MET,)
    assert (refused.countable_months, refused.months_missing) == ((), 12)


def test_hours_carry_it_and_income_beside_them_adds_nothing() -> None:
    """Eleven months by hours and one by income: a month is missing. Twelve by hours: a grant."""
    mixed = asked(work("2024-04", 11) + earned("2025-03", 1))
    assert assess(mixed).decision == "grant"
    assert without(mixed).months_missing == 1
    assert without(asked(work("2024-04", 12))).decision == "grant"


def test_nothing_is_said_of_income() -> None:
    """Neither in a grant nor in a refusal; with the route on it is counted in the facts."""
    for rows in (work("2024-04", 12), earned("2024-04", 12), work("2024-04", 11), []):
        request = asked(rows)
        said = without(request).model_dump_json()
        assert "income" not in said
        assert "inkomst" not in said
        assert "only hours worked count." in said
        assert "; bara arbetade timmar räknas." in said
        assert "months_by_income" in assess(request).model_dump_json()
    read = " ".join(one.sv for one in conditions(routed(POLICIES[0], on=False)))
    assert "Bara arbetade timmar räknas; inkomst prövas inte." in read
    assert "inkomstbasbelopp" not in read


def test_income_that_isn_t_counted_asks_nobody_to_look() -> None:
    """The flag tells of counted months from an excluded employment; its income isn't counted without the route."""
    both = [employment(), employment(id="e2", managing_director=True)]
    rows = work("2024-04", 12) + earned("2024-04", 1, employment="e2")
    request = asked(rows, employments=both)
    assert Flag.EXCLUDED_EMPLOYMENT_COUNTED in assess(request).flags
    assert without(request).flags == ()
    worked = asked([*work("2024-04", 12), *work("2024-04", 1, employment="e2")], employments=both)
    assert Flag.EXCLUDED_EMPLOYMENT_COUNTED in without(worked).flags


@often
@given(requests())
def test_to_leave_income_out_never_turns_a_refusal_into_a_grant(request: Request) -> None:
    """Vacuous if no month counted by income: the strategy gives half of the months by it."""
    before, after = assess(request), without(request)
    assert set(before.refusals) <= set(after.refusals)
    assert len(after.countable_months) <= len(before.countable_months)


@often
@given(requests())
def test_to_say_that_income_is_tried_changes_nothing_but_the_digest(request: Request) -> None:
    policy = policy_of(request)
    after = assess_by(routed(policy, on=True), request)
    assert after.model_copy(update={"policy_digest": assess(request).policy_digest}) == assess(request)
    assert assess_by(policy, request) == assess(request)


@often
@given(requests())
def test_without_the_route_income_changes_nothing(request: Request) -> None:
    """The assessment is the same, byte for byte, as that of one who earned nothing."""
    none = request.model_copy(
        update={"work": tuple(row.model_copy(update={"income": None}) for row in request.work)}
    )
    assert without(request).model_dump_json() == without(none).model_dump_json()


def test_the_finding_says_that_hours_alone_count() -> None:
    """At the end of the sentence on the months, whether they are enough or not."""
    enough, few = (without(asked(work("2024-04", number))) for number in (12, 11))
    for assessment, sv, en in (
        (
            enough,
            "Du har arbetat tillräckligt i 12 månader inom ramtiden 2023-04 till 2025-03; 12 krävs",
            "You worked enough in 12 months within the frame 2023-04 to 2025-03; 12 are required",
        ),
        (
            few,
            (
                "Du har arbetat tillräckligt i 11 av de 12 månader som krävs inom ramtiden 2023-04 till 2025-03; "
                "en månad saknas"
            ),
            (
                "You worked enough in 11 of the 12 months required within the frame 2023-04 to 2025-03; "
                "one month is missing"
            ),
        ),
    ):
        [found] = [row for row in assessment.findings if "months_required" in row.facts]
        assert found.sv == f"{sv}; bara arbetade timmar räknas."
        assert found.en == f"{en}; only hours worked count."


@pytest.mark.long
@pytest.mark.parametrize("holds", properties(globals()))
def test_of_many_more_requests(holds: Callable[[], None], monkeypatch: pytest.MonkeyPatch) -> None:
    tried_on_many(holds, monkeypatch)
