"""Policy versions are data, chosen by date, and their digests never change once published."""

import json
from datetime import date, timedelta
from importlib import resources

import pytest
from pydantic import ValidationError

from domain.clauses import CLAUSES, part_of
from domain.policy import (
    POLICIES,
    Policy,
    canonical_text,
    digest,
    load_policy,
    policy_in_force,
    policy_version,
)
from domain.policy_sentences import conditions

PUBLISHED = {
    ("kammarkollegiet", "2022-10-01"): {
        2022: "c91cf56ca38a252c30d86a85bb02a32a7b79c44dbe9b1a5d81e778c5d7edf1dd",
        2025: "5882f067e2b3f91987c0cb018bedce66c1da5dde4b14899b378c3beddf96dc72",
        2026: "59bda04b186a823cd6e92a33b410ce30346f5d1770efcc912ba3a7170dbf313e",
    },
    ("omstallningsfonden", "2022-10-01"): {
        2022: "73e40ff9d01431d41925e204799eb904cfeecae4d3aae5bcf1ad3b8dac34d7e6",
        2025: "c5c1f5f081d2a8d9f4d73d5c4bf7cb1f7afebca04243e23e4d73a1810e1f102b",
        2026: "77dfe2957e68e8ddbf6619c1e3a219ec18938c4fbc644a4f6f89198813f69282",
    },
}


def packaged(file: str) -> str:
    return resources.files("domain.policies").joinpath(file).read_text("utf-8")


def test_published_digests_are_pinned() -> None:
    """A decision names its rules by these: one that changes breaks every decision that was made under it."""
    assert {(policy.name, policy.version) for policy in POLICIES} == set(PUBLISHED)
    for (name, version), by_year in PUBLISHED.items():
        policy = policy_version(name, version)
        assert {year: digest(policy, year) for year in by_year} == by_year


def test_next_years_amount_changes_no_older_digest() -> None:
    amounts = packaged("income_base_amounts.toml")
    more = amounts + '\n[[income_base_amounts]]\nyear = 2027\namount = 90_000\nsource = "A test."\n'
    for policy in POLICIES:
        later = load_policy(packaged(f"{policy.name}-{policy.version}.toml"), more)
        for year in range(2019, 2027):
            assert digest(later, year) == digest(policy, year)
        assert digest(later, 2027) != digest(policy, 2027) == digest(policy, 2026)


def test_a_digest_covers_values_and_clauses_and_no_prose() -> None:
    policy = POLICIES[0]
    file, amounts = (
        packaged(f"{policy.name}-{policy.version}.toml"),
        packaged("income_base_amounts.toml"),
    )

    def after(old: str, new: str) -> str:
        assert old in file
        return digest(load_policy(file.replace(old, new, 1), amounts), 2026)

    assert after("Two forms.", "Both of them.") == digest(policy, 2026)
    assert after('sv = "rådgivning', 'sv = "stöd') == digest(policy, 2026)
    assert after('"AT", "BE"', '"BE", "AT"') == digest(policy, 2026)
    assert after("value = 65", "value = 66") != digest(policy, 2026)
    assert after('clause = "K-5.3"', 'clause = "K-5.3-a"') != digest(policy, 2026)
    assert after('"AT", "BE"', '"AT"') != digest(policy, 2026)


def test_the_canonical_text_is_sorted_compact_json_without_prose() -> None:
    for policy in POLICIES:
        text = canonical_text(policy, 2024)
        read = json.loads(text)
        assert text == json.dumps(read, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
        assert list(read["income_base_amounts"]) == ["2020", "2021", "2022", "2023", "2024"]
        assert '"source"' not in text
        assert '"amb"' not in text


def test_every_parameter_says_where_it_was_read() -> None:
    for policy in POLICIES:
        for name in Policy.model_fields:
            value = getattr(policy, name)
            if hasattr(value, "clause"):
                assert value.clause, name
                assert value.source, name


def test_a_file_with_an_unknown_parameter_is_refused() -> None:
    conditions = packaged("kammarkollegiet-2022-10-01.toml")
    with pytest.raises(ValidationError, match="age_limt"):
        load_policy(
            conditions + '\n[age_limt]\nvalue = 65\nclause = "x"\nsource = "y"\n',
            packaged("income_base_amounts.toml"),
        )


def test_the_version_in_force_is_the_newest_that_has_begun() -> None:
    first = policy_version("kammarkollegiet", "2022-10-01")
    second = first.model_copy(update={"version": "2025-07-01", "in_force_from": date(2025, 7, 1)})
    versions = (second, first)
    assert policy_in_force("kammarkollegiet", date(2025, 6, 30), versions) is first
    assert policy_in_force("kammarkollegiet", date(2025, 7, 1), versions) is second
    with pytest.raises(LookupError):
        policy_in_force("omstallningsfonden", date(2025, 7, 1), versions)


def test_no_version_is_in_force_before_the_first() -> None:
    for policy in POLICIES:
        assert policy_in_force(policy.name, policy.in_force_from) is policy
        with pytest.raises(LookupError):
            policy_in_force(policy.name, policy.in_force_from - timedelta(days=1))


def test_an_unknown_version_or_name_is_no_policy() -> None:
    with pytest.raises(LookupError):
        policy_version("kammarkollegiet", "2024-01-01")
    with pytest.raises(LookupError):
        policy_version("arbetsformedlingen", "2022-10-01")


def test_the_amounts_are_those_published() -> None:
    published = {
        2020: 66_800,
        2021: 68_200,
        2022: 71_000,
        2023: 74_300,
        2024: 76_200,
        2025: 80_600,
        2026: 83_400,
    }
    for policy in POLICIES:
        assert policy.amounts == published


def test_what_is_no_version_is_told_so() -> None:
    with pytest.raises(LookupError, match=r"^no such version of these conditions$"):
        policy_version("kammarkollegiet", "2021-01-01")
    with pytest.raises(LookupError, match=r"^no version of kammarkollegiet is in force on 2022-09-30$"):
        policy_in_force("kammarkollegiet", date(2022, 9, 30))


def test_every_condition_names_a_clause_that_is_in_the_catalogue() -> None:
    """Kammarkollegiet's and the act's are statutory throughout (O-04); what is unknown is neither part's."""
    for policy in POLICIES:
        for condition in conditions(policy):
            assert condition.clause in CLAUSES
            if condition.clause.startswith(("K-", "2022:")):
                assert part_of(condition.clause) == "statutory"
    assert part_of("no clause") is None
