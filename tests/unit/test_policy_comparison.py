"""An organisation's own conditions beside Kammarkollegiet's: each condition from both sides."""

import json
from collections import Counter
from datetime import date
from pathlib import Path
from typing import Any, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel

from domain.policy import (
    POLICIES,
    DistantGround,
    HoursNeeded,
    IncomeShare,
    OwnerShare,
    Parameter,
    Policy,
    ServiceTerms,
)
from domain.policy_comparison import (
    RULES,
    SETS,
    Comparison,
    beside_kammarkollegiet,
    compare_policies,
    counterparts,
    judged,
)
from domain.policy_effects import EFFECTS, Judgement
from domain.policy_sentences import SECTIONS, SENTENCES, conditions

THEIRS, FONDEN = POLICIES
OPPOSITE: dict[Judgement, Judgement] = {
    "equal": "equal",
    "stricter": "more_generous",
    "more_generous": "stricter",
    "different": "different",
    "permitted": "more_generous",
}
READ: dict[str, Any] = {"clause": "§ 1", "source": "A test."}
IDENTITY = {"name", "version", "in_force_from", "income_base_amounts"}
"""What tells which version it is, and the amounts that are everybody's: no condition of the organisation's own."""

COUNTRIES = THEIRS.creditable_countries.value
SPOUSE, CHILD = "spouse", "child"


def having(base: Policy = THEIRS, **values: Any) -> Policy:
    """A version with other values, checked as one from a file is."""
    plain = base.model_dump()
    for name, value in values.items():
        plain[name] = value if name in IDENTITY | {"services"} else {"value": value} | READ
    return Policy.model_validate(plain)


def row(own: Policy, parameter: str, other: Policy = THEIRS) -> Comparison:
    [found] = [each for each in compare_policies(own, other) if each.parameter == parameter]
    return found


def owners(numerator: int, denominator: int, *relations: str) -> OwnerShare:
    return OwnerShare(numerator=numerator, denominator=denominator, relations=relations)


FAMILY = THEIRS.owner_share.value.relations

JUDGED: list[tuple[str, Any, Judgement]] = [
    ("frame_months", 23, "stricter"),
    ("frame_months", 24, "equal"),
    ("frame_months", 25, "more_generous"),
    ("months_required", 13, "stricter"),
    ("months_required", 12, "equal"),
    ("months_required", 11, "more_generous"),
    ("hours_needed", HoursNeeded(per="week", hours=17), "stricter"),
    ("hours_needed", HoursNeeded(per="week", hours=15), "more_generous"),
    ("hours_needed", HoursNeeded(per="month", hours=63), "more_generous"),
    ("hours_needed", HoursNeeded(per="month", hours=64), "more_generous"),  # as much in a February of 28 days
    ("hours_needed", HoursNeeded(per="month", hours=65), "different"),
    ("hours_needed", HoursNeeded(per="month", hours=70), "different"),
    ("hours_needed", HoursNeeded(per="month", hours=71), "stricter"),
    ("income_route", True, "equal"),
    ("income_route", False, "permitted"),
    ("income_share", IncomeShare(percent=26, year="of_month"), "stricter"),
    ("income_share", IncomeShare(percent=25, year="of_month"), "equal"),
    ("income_share", IncomeShare(percent=24, year="of_month"), "more_generous"),
    ("income_share", IncomeShare(percent=25, year="of_application"), "stricter"),
    ("income_share", IncomeShare(percent=24, year="of_application"), "different"),
    ("income_share", IncomeShare(percent=20, year="of_application"), "more_generous"),
    ("creditable_countries", COUNTRIES - {"GB"}, "stricter"),
    ("creditable_countries", COUNTRIES | {"US"}, "more_generous"),
    ("creditable_countries", COUNTRIES - {"GB"} | {"US"}, "different"),
    ("skippable_benefits", frozenset({"parental_benefit"}), "stricter"),
    ("skippable_benefits", THEIRS.skippable_benefits.value | {"other"}, "more_generous"),
    ("skippable_benefits", frozenset({"other"}), "different"),
    ("consumption", "whole_month", "equal"),
    ("age_limit", 64, "stricter"),
    ("age_limit", 66, "more_generous"),
    ("end_reasons", frozenset({"redundancy", "sickness"}), "stricter"),
    ("end_reasons", THEIRS.end_reasons.value | {"resignation"}, "more_generous"),
    ("end_reasons", frozenset({"resignation"}), "different"),
    ("end_reasons", frozenset[str](), "stricter"),
    ("employer_initiated_reasons", frozenset({"redundancy", "sickness"}), "stricter"),
    ("employer_initiated_reasons", frozenset[str](), "more_generous"),
    ("employer_initiated_reasons", frozenset({"sickness"}), "different"),
    (
        "employer_initiated_reasons",
        frozenset({"redundancy", "resignation"}),
        "different",
    ),  # not covered at all
    ("affiliated_sectors", frozenset({"municipality"}), "different"),
    ("managing_director_excluded", True, "equal"),
    ("owner_share", owners(1, 4, *FAMILY), "stricter"),
    ("owner_share", owners(1, 3, *FAMILY, "sibling"), "stricter"),
    ("owner_share", owners(2, 6, *FAMILY), "equal"),
    ("owner_share", owners(1, 2, *FAMILY), "more_generous"),
    ("owner_share", owners(1, 3, SPOUSE, CHILD), "more_generous"),
    ("owner_share", owners(1, 4, SPOUSE, CHILD), "different"),
    ("excluded_family", frozenset({"spouse"}), "more_generous"),
    ("excluded_family", THEIRS.excluded_family.value | {"sibling"}, "stricter"),
    ("excluded_family", frozenset({"sibling"}), "different"),
    ("commencement", date(2022, 10, 2), "stricter"),
    ("commencement", date(2022, 9, 30), "more_generous"),
    ("distant_ground", DistantGround(months_before_application=1, months_after_decision=1), "different"),
    ("support_months", 11, "stricter"),
    ("support_months", 13, "more_generous"),
    ("requalification", "after_last_day", "equal"),
]


@pytest.mark.parametrize(("parameter", "value", "judgement"), JUDGED)
def test_a_condition_is_judged(parameter: str, value: Any, judgement: Judgement) -> None:
    """It alone differs; a stricter one is warned of by K-1-c, no other is."""
    own = having(**{parameter: value})
    found = row(own, parameter)
    assert found.judgement == judgement
    assert found.warning == ("K-1-c" if judgement == "stricter" else None)
    assert found.own_clause == "§ 1"
    assert (found.sv == "Samma villkor.") == (found.en == "The same condition.") == (judgement == "equal")
    # what decides together with it says so of itself
    linked = {"end_reasons": {"employer_initiated_reasons"}}.get(parameter, set())
    assert {each.parameter for each in compare_policies(own, THEIRS) if each.judgement != "equal"} <= {
        parameter,
        *linked,
    }


def test_every_condition_is_judged_from_both_sides() -> None:
    """Those that a version can't have otherwise, or that refuse nobody, know no stricter side."""
    seen = {name: {judgement for one, _, judgement in JUDGED if one == name} for name in RULES}
    sided = {name for name, judgements in seen.items() if judgements >= {"stricter", "more_generous"}}
    fixed = {"consumption", "managing_director_excluded", "requalification"}
    assert set(RULES) - sided == fixed | {"affiliated_sectors", "distant_ground", "income_route"}


def test_every_parameter_of_a_version_has_a_rule_and_a_sentence() -> None:
    """A new parameter fails here until it is judged and read."""
    parameters = set(Policy.model_fields) - IDENTITY
    assert set(RULES) | {"services"} == parameters
    assert {name for _, names in SECTIONS for name in names} == parameters
    assert set(SENTENCES) == parameters - {"services"}
    assert set(EFFECTS) == parameters - {"services"} | {"service", "service.months", "service.need"}
    assert set(RULES) >= SETS


def test_every_value_of_a_service_is_compared() -> None:
    parts = set(ServiceTerms.model_fields) - {"sv", "en"}
    compared = {each.parameter for each in compare_policies(THEIRS, THEIRS)}
    assert {f"services.reinforced_support.{part}" for part in parts} <= compared


@pytest.mark.parametrize("policy", [*POLICIES, having(income_route=False)])
def test_a_version_beside_itself_differs_in_nothing(policy: Policy) -> None:
    rows = compare_policies(policy, policy)
    assert {(each.judgement, each.warning) for each in rows} == {("equal", None)}
    assert all(each.own == each.other and each.clause for each in rows)


def test_a_value_that_no_version_can_have_yet_is_of_another_kind() -> None:
    other = THEIRS.model_copy(update={"requalification": Parameter(value="at_once", **READ)})
    assert row(other, "requalification").judgement == "different"


def test_the_lists_say_what_differs() -> None:
    countries = row(having(creditable_countries=COUNTRIES - {"GB", "CH"} | {"US"}), "creditable_countries")
    assert countries.sv.endswith("Bara i de egna villkoren: US. Bara i Kammarkollegiets: CH och GB.")
    assert countries.en.endswith("In the own conditions alone: US. In Kammarkollegiet's alone: CH and GB.")
    owner = row(having(owner_share=owners(1, 3, *FAMILY, "sibling")), "owner_share")
    assert owner.en.endswith("In the own conditions alone: sibling.")
    sectors = row(FONDEN, "affiliated_sectors")
    assert "en kommun och en region" in sectors.sv
    assert (sectors.clause, sectors.other) == ("O-14-a", None)


def test_not_to_try_income_is_permitted() -> None:
    """No warning (K-1-d), whatever share is written down: it decides nothing then."""
    share = IncomeShare(percent=90, year="of_month")
    for other, judgement in ((THEIRS.income_share.value, "equal"), (share, "different")):
        own = having(income_route=False, income_share=other)
        assert beside_kammarkollegiet(own).warnings == ()
        assert "K-1-d" in row(own, "income_route").sv
        assert row(own, "income_share").judgement == judgement
    assert row(THEIRS, "income_route", having(income_route=False)).judgement == "more_generous"


def services(**changes: Any) -> dict[str, Any]:
    """Kammarkollegiet's services, some taken out (None) or others put in."""
    given: dict[str, Any] = {name: terms.model_dump() for name, terms in THEIRS.services.items()} | changes
    return {name: terms for name, terms in given.items() if terms is not None}


def terms(ground: str, *months: int, need: str | None = None) -> dict[str, Any]:
    given = {"ground": ground, "months": months} | ({"need": need} if need else {})
    made: dict[str, Any] = {name: {"value": value} | READ for name, value in given.items()}
    return made | {"sv": "en tjänst", "en": "a service"}


def test_a_missing_service_is_warned_of_and_one_more_is_not() -> None:
    for name in THEIRS.services:
        own = having(services=services(**{name: None}))
        [warned] = beside_kammarkollegiet(own).warnings
        assert (warned.parameter, warned.clause, warned.warning) == (f"services.{name}", "K-1-a", "K-1-b")
        assert (warned.own, warned.other) == (None, name)
    more = having(services=services(mentoring=terms("open", 3)))
    assert beside_kammarkollegiet(more).warnings == ()
    assert row(more, "services.mentoring").judgement == "more_generous"


SERVICE = "counselling_dismissed"


@pytest.mark.parametrize(
    ("own", "part", "judgement", "warning"),
    [
        (terms("ending", 6), "months", "stricter", "K-1-b"),
        (terms("ending", 12, 6), "months", "equal", None),
        (terms("ending", 12), "months", "different", None),
        (terms("ending", 6, 18), "months", "more_generous", None),
        (terms("ending", 6, 12, need="employer_notified"), "need", "stricter", "K-1-c"),
    ],
)
def test_a_service_is_judged_by_its_time_and_need(
    own: dict[str, Any], part: str, judgement: Judgement, warning: str | None
) -> None:
    found = row(having(services=services(**{SERVICE: own})), f"services.{SERVICE}.{part}")
    assert (found.judgement, found.warning) == (judgement, warning)


def test_another_need_is_of_another_kind_and_none_is_more_generous() -> None:
    for own, judgement in (
        (terms("ending", 12, need="employer_notified"), "different"),
        (terms("ending", 12, need="special_need"), "equal"),
        (terms("ending", 12), "more_generous"),
    ):
        version = having(services=services(reinforced_support=own))
        assert row(version, "services.reinforced_support.need").judgement == judgement


def test_a_service_finds_its_counterpart_by_ground_then_name_then_need() -> None:
    """By the name alone none is found: one for the employed is none for the dismissed, whatever it is called."""
    assert counterparts(FONDEN.services, THEIRS.services) == {
        "counselling_dismissed": "counselling",
        "guidance_employed": "career_study_counselling",
        "reinforced_support": "extended_counselling",
    }
    swapped = having(services=services(counselling_dismissed=terms("open", 12)))
    assert counterparts(swapped.services, THEIRS.services) == {
        "guidance_employed": "guidance_employed",
        "reinforced_support": "reinforced_support",
    }
    two = having(services={"a": terms("ending", 12), "b": terms("ending", 12), "c": terms("open", 3)})
    assert counterparts(two.services, THEIRS.services) == {
        "counselling_dismissed": "a",
        "reinforced_support": "b",
        "guidance_employed": "c",
    }


def test_the_other_version_is_the_one_in_force_when_the_own_begins() -> None:
    later = THEIRS.model_copy(update={"version": "2026-01-01", "in_force_from": date(2026, 1, 1)})
    known = (later, FONDEN, THEIRS)
    for begins, other, said in (
        ("2022-09-30", THEIRS, "none was in force as early as 2022-09-30"),
        ("2025-12-31", THEIRS, "in force on 2025-12-31; a later one is known"),
        ("2026-01-01", later, "in force on 2026-01-01; the newest that is known"),
    ):
        beside = beside_kammarkollegiet(having(in_force_from=begins), known)
        assert beside.other is other
        assert said in beside.en
        assert begins in beside.sv


DRAWN = {
    name: st.sampled_from([value for one, value, _ in JUDGED if one == name] + [getattr(THEIRS, name).value])
    for name in RULES
    if name not in ("income_route", "affiliated_sectors")
}


@st.composite
def versions(draw: st.DrawFn) -> Policy:
    """A version with some conditions otherwise, and any services."""
    names = draw(st.sets(st.sampled_from(sorted(DRAWN))))
    values = {name: draw(DRAWN[name]) for name in sorted(names)}
    if draw(st.booleans()):
        values["income_route"] = draw(st.booleans())
    offered = draw(
        st.dictionaries(
            st.sampled_from([*THEIRS.services, "a", "b"]),
            st.builds(
                lambda ground, months, need: terms(ground, months, need=need),
                st.sampled_from(["ending", "open"]),
                st.sampled_from([3, 6, 12]),
                st.sampled_from([None, "special_need", "employer_notified"]),
            ),
            min_size=1,
        )
    )
    return having(**values, services=offered)


@given(versions(), versions())
def test_what_is_stricter_one_way_is_more_generous_the_other(own: Policy, other: Policy) -> None:
    """Of services the counterparts may have other names, so those are counted rather than named."""

    def judgements(rows: tuple[Comparison, ...], turned: bool) -> Counter[tuple[str, Judgement]]:
        return Counter(
            (
                ".".join(each.parameter.split(".")[:1] + each.parameter.split(".")[2:]),
                OPPOSITE[each.judgement] if turned else _without_leave(each.judgement),
            )
            for each in rows
        )

    assert judgements(compare_policies(own, other), turned=False) == judgements(
        compare_policies(other, own), turned=True
    )


def _without_leave(judgement: Judgement) -> Judgement:
    return "stricter" if judgement == "permitted" else judgement


@given(versions())
def test_every_row_of_any_version_can_be_read(own: Policy) -> None:
    beside = beside_kammarkollegiet(own)
    for each in beside.rows:
        assert each.sv
        assert each.en
        assert (each.warning is None) == (each.judgement != "stricter")
        assert each.own != each.other or each.judgement == "equal"
    assert all(each.sv and each.en and each.source for each in conditions(own))


@given(st.lists(st.tuples(st.integers(0, 2), st.integers(0, 2))))
def test_demands_are_judged_together(pairs: list[tuple[int, int]]) -> None:
    own, other = [one for one, _ in pairs], [one for _, one in pairs]
    judgement = judged(own, other)
    assert judgement == OPPOSITE[judged(other, own)]
    assert judgement in get_args(Judgement)
    assert (judgement == "equal") == (own == other)


def test_the_values_are_json() -> None:
    assert isinstance(compare_policies(FONDEN, THEIRS)[0], BaseModel)
    for each in compare_policies(FONDEN, THEIRS):
        each.model_dump_json()


def test_a_version_is_read_in_these_words() -> None:
    """Every condition of both organisations, under its heading, in Swedish and in English."""
    read = [
        [
            policy.name,
            each.parameter,
            each.clause,
            each.heading_sv,
            each.heading_en,
            each.sv,
            each.en,
        ]
        for policy in POLICIES
        for each in conditions(policy)
    ]
    lines = (Path(__file__).parents[1] / "data" / "conditions.jsonl").read_text("utf-8").splitlines()
    assert read == [json.loads(line) for line in lines]


def said(policy: Policy, parameter: str) -> tuple[str, str]:
    [found] = [each for each in conditions(policy) if each.parameter == parameter]
    return found.sv, found.en


def test_what_is_empty_or_one_is_read_so() -> None:
    none = having(skippable_benefits=frozenset[str]())
    assert said(none, "skippable_benefits") == (
        "Månader med dessa ersättningar hoppas över: inget alls.",
        "Months with these benefits are skipped: nothing at all.",
    )
    one = having(services=services(counselling_dismissed=terms("ending", 1, need="employer_notified")))
    months, need = (said(one, f"services.counselling_dismissed.{part}") for part in ("months", "need"))
    assert months == ("en tjänst: ges i en månad.", "a service: given for one month.")
    assert need == (
        "en tjänst: kräver att arbetsgivaren har anmält den sökande.",
        "a service: asks for a notification by the employer.",
    )
    unrouted = having(income_route=False)
    assert said(unrouted, "income_route") == (
        "Bara arbetade timmar räknas; inkomst prövas inte.",
        "Only hours count; income isn't tried.",
    )
    assert "income_share" not in {each.parameter for each in conditions(unrouted)}


def test_a_list_says_nothing_of_a_side_that_has_nothing_more() -> None:
    """What follows the sentence on the difference is the words themselves, and nothing beside them."""
    found = row(having(creditable_countries=COUNTRIES - {"GB"}), "creditable_countries")
    sv, en = EFFECTS["creditable_countries"]["stricter"]
    assert found.sv == f"{sv} Bara i Kammarkollegiets: GB."
    assert found.en == f"{en} In Kammarkollegiet's alone: GB."


def test_demands_come_in_pairs() -> None:
    with pytest.raises(ValueError, match="shorter"):
        judged([1, 2], [1])


def test_each_rule_asks_for_the_condition_that_it_is_named_for() -> None:
    """A rule is made by name when its module is imported, so it is asked here of versions that differ in one."""
    for name, value, judgement in JUDGED:
        assert RULES[name](having(**{name: value}), THEIRS) == judgement


def test_an_income_share_is_compared_for_months_up_to_two_years_back() -> None:
    """K-5.2-7: the frame reaches no further, so an older year's amount decides nothing; each of these does.

    The shares are those for which the amount of one year more, or less, would judge otherwise.
    """
    for theirs, own, judgement in ((9, 8, "more_generous"), (22, 20, "more_generous"), (12, 11, "different")):
        other = having(income_share=IncomeShare(percent=theirs, year="of_month"))
        found = row(
            having(income_share=IncomeShare(percent=own, year="of_application")), "income_share", other
        )
        assert found.judgement == judgement
