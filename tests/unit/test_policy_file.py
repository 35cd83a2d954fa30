"""A file of own conditions: read as the versions that are known, and its faults named by their path."""

from importlib import resources
from pathlib import Path

import pytest

from domain.policy import POLICIES
from domain.policy_comparison import beside_kammarkollegiet
from domain.policy_file import read_policy
from domain.request import InputError

EXAMPLE = (Path(__file__).parents[2] / "docs" / "own-conditions.toml").read_text("utf-8")


@pytest.mark.parametrize("policy", POLICIES, ids=lambda policy: policy.name)
def test_a_version_that_is_known_reads_as_it_is(policy: object) -> None:
    name, version = (getattr(policy, key) for key in ("name", "version"))
    text = resources.files("domain.policies").joinpath(f"{name}-{version}.toml").read_text("utf-8")
    assert read_policy(text) == policy


def test_the_example_warns_once_and_uses_its_leave() -> None:
    beside = beside_kammarkollegiet(read_policy(EXAMPLE))
    judgements = {row.parameter: row.judgement for row in beside.rows if row.judgement != "equal"}
    assert judgements == {
        "frame_months": "stricter",
        "income_route": "permitted",
        "age_limit": "more_generous",
    }
    assert [row.parameter for row in beside.warnings] == ["frame_months"]


FAULTS = [
    ("value = 66", 'value = "66"', "age_limit.value", "whole number"),
    ("value = 66", "value = 66.5", "age_limit.value", "whole number"),
    ("value = 66", "value = true", "age_limit.value", "whole number"),
    ("value = 66", "value = 121", "age_limit.value", "at most 120"),
    ("value = 66", "value = 1" + "0" * 30, "age_limit.value", "at most 120"),
    ("value = 66", "value = 1" + "0" * 5000, "", "not TOML"),
    ("value = 66\n", "", "age_limit.value", "required"),
    ("[age_limit]", "[age_limt]", "age_limt", "unknown key"),
    ("[age_limit]", '["' + "x" * 99 + '"]', "x" * 40, "unknown key"),
    ("[age_limit]\n", "[age_limit]\nvalu = 3\n", "age_limit.valu", "unknown key"),
    ('clause = "§ 5"\n', "", "age_limit.clause", "required"),
    ('clause = "§ 5"', 'clause = ""', "age_limit.clause", "isn't empty"),
    ('name = "exempelfonden"\n', "", "name", "required"),
    ('name = "exempelfonden"', 'name = "Vår fond"', "name", "pattern"),
    ('in_force_from = "2025-01-01"', 'in_force_from = "2025"', "in_force_from", "YYYY-MM-DD"),
    ('in_force_from = "2025-01-01"', "in_force_from = 2025-01-01T08:00:00", "in_force_from", "YYYY-MM-DD"),
    ("value = false", "value = 0", "income_route.value", "true or false"),
    ("value = true", "value = false", "managing_director_excluded.value", "expected True"),
    ("hours = 16", "hours = 0", "hours_needed.value.hours", "at least 1"),
    ("hours = 16", "hours = 169", "hours_needed.value.hours", "168"),
    ('"week"', '"day"', "hours_needed.value.per", "'week' or 'month'"),
    ("value = 12\n", "value = 19\n", "months_required.value", "at most the frame's 18"),
    ("numerator = 1", "numerator = 4", "owner_share.value.numerator", "the denominator"),
    ('"parent", "child"]', '"cousin"]', "owner_share.value.relations", '"sibling"'),
    ('"parental_benefit"', '"parental_leave"', "skippable_benefits.value", '"parental_benefit"'),
    ('["redundancy", "sickness"', '["redundency"', "end_reasons.value", '"redundancy"'),
    ('"AT", "BE"', '"Austria"', "creditable_countries.value", "two capital letters"),
    ('value = ["redundancy"]', 'value = "redundancy"', "employer_initiated_reasons.value", "a list"),
    ("[frame_months]\nvalue = 18", "[frame_months.value]\nmonths = 18", "frame_months.value", "whole number"),
    ("value = [6, 12]", "value = []", "services.counselling_dismissed.months.value", "at least one"),
    ("value = [6, 12]", "value = [6, 0]", "services.counselling_dismissed.months.value[1]", "at least 1"),
    ("[services.guidance_employed]", '[services."För anställda"]', "services.?", "small letters"),
    ('name = "', 'services = 3\nname = "', "", "not TOML"),
    ('name = "', 'age = 3\nname = "', "age", "unknown key"),
    ('name = "', 'name = = "', "", "line 6"),
    ('name = "', "x = " + "[" * 9999 + '\nname = "', "", "not TOML"),
    ('name = "', 'income_base_amounts = []\nname = "', "income_base_amounts", "leave this out"),
]


@pytest.mark.parametrize(("old", "new", "path", "said"), FAULTS)
def test_a_fault_is_named_by_its_path(old: str, new: str, path: str, said: str) -> None:
    """One line, and no traceback of ours."""
    assert old in EXAMPLE
    with pytest.raises(InputError) as caught:
        read_policy(EXAMPLE.replace(old, new, 1))
    assert caught.value.path == path
    assert said in caught.value.message
    assert "\n" not in str(caught.value)


def test_a_parameter_in_another_shape_is_told_what_shape_it_has() -> None:
    before, _, after = EXAMPLE.partition("[age_limit]")
    rest = after.partition("[end_reasons]")[2]
    with pytest.raises(InputError, match="age_limit: expected a table"):
        read_policy(before.replace('name = "', 'age_limit = 66\nname = "', 1) + "[end_reasons]" + rest)
    without = EXAMPLE.partition("[services.")[0]
    for services, said in (("services = 3", "services: expected a table"), ("services = {}", "at least one")):
        with pytest.raises(InputError, match=said):
            read_policy(f"{services}\n{without}")


def test_a_day_needs_no_quotes() -> None:
    assert read_policy(EXAMPLE.replace('from = "2025-01-01"', "from = 2025-01-01")) == read_policy(EXAMPLE)


def test_a_sector_is_a_word_that_is_known() -> None:
    sector = '[affiliated_sectors]\nvalue = ["{}"]\nclause = "§ 6"\nsource = "A test."\n'
    assert read_policy(EXAMPLE + sector.format("region")).affiliated_sectors is not None
    with pytest.raises(InputError, match=r"affiliated_sectors\.value"):
        read_policy(EXAMPLE + sector.format("other"))


def test_the_amounts_are_nobodys_own() -> None:
    with pytest.raises(InputError) as caught:
        read_policy(EXAMPLE.replace('name = "', 'income_base_amounts = []\nname = "', 1))
    assert str(caught.value) == (
        "income_base_amounts: leave this out: the amounts are the same for everybody"
    )


def test_numbers_that_just_fit_together_are_read() -> None:
    """As many months as the frame has; one more, or an hour more than a week has, is too many."""
    whole = EXAMPLE.replace("value = 12\n", "value = 18\n", 1)
    assert read_policy(whole).months_required.value == read_policy(whole).frame_months.value
    with pytest.raises(InputError) as caught:
        read_policy(EXAMPLE.replace("hours = 16", "hours = 169", 1))
    assert caught.value.message == "at most 168 a week"
    assert read_policy(EXAMPLE.replace("hours = 16", "hours = 168", 1)).hours_needed.value.hours == 168
