"""An organisation's own conditions, read from the text of a file; what is wrong in it is named by its path."""

import json
import re
import tomllib
from collections.abc import Iterable

from pydantic import ValidationError

from domain.policy import Policy, load_policy
from domain.policy_sentences import WORDS
from domain.request import InputError, input_error

_COUNTRY = re.compile(r"[A-Z]{2}")

EXPECTED = {
    "model_type": "expected a table: value, clause, source",
    "dict_type": "expected a table",
    "mapping_type": "expected a table",
    "frozen_set_type": "expected a list",
    "list_type": "expected a list",
    "too_short": "at least one is needed",
}
"""What a TOML file should have had, where the words for JSON don't fit."""


def read_policy(text: str) -> Policy:
    """Read a version of somebody's conditions; raise InputError with the path of the first thing wrong (K-1-b)."""
    try:
        given = tomllib.loads(text)
    except RecursionError:
        raise InputError("", "not TOML: nested too deeply") from None
    except ValueError as error:
        raise InputError("", f"not TOML: {error}") from None
    if "income_base_amounts" in given:
        raise InputError("income_base_amounts", "leave this out: the amounts are the same for everybody")
    unknown = [key for key in given if key not in Policy.model_fields]
    if unknown:
        raise InputError(unknown[0][:40], "an unknown key")
    try:
        policy = load_policy(text)
    except ValidationError as error:
        raise _named(error) from None
    check_fit(policy)
    return policy


def check_fit(policy: Policy) -> None:
    """Raise InputError where words are unknown, or numbers don't fit together, in conditions sound one by one."""
    _check_words(policy)
    _check_numbers(policy)


def _named(exc: ValidationError) -> InputError:
    """Name the first error by its path, in words for a TOML file."""
    error, first = input_error(exc), exc.errors(include_url=False)[0]
    if first["loc"][-1] == "[key]":
        return InputError(
            error.path.rpartition(".")[0], "a name is small letters, digits, - and _, at most 40"
        )
    return InputError(error.path, EXPECTED.get(first["type"], error.message))


def _check_words(policy: Policy) -> None:
    """Refuse a word that no assessment knows: misspelt, it would silently decide nothing."""
    for field, known in WORDS.items():
        parameter = getattr(policy, field)
        if parameter is None:
            continue
        inner = ".relations" if field == "owner_share" else ""
        words = parameter.value.relations if inner else parameter.value
        if not set(words) <= set(known):
            raise InputError(f"{field}.value{inner}", f"a word that isn't known; there are {_words(known)}")
    if not all(_COUNTRY.fullmatch(country) for country in policy.creditable_countries.value):
        raise InputError("creditable_countries.value", "a country is two capital letters (ISO 3166)")


def _words(words: Iterable[str]) -> str:
    return ", ".join(json.dumps(word) for word in words)


def _check_numbers(policy: Policy) -> None:
    """Refuse numbers that don't fit together: conditions that nobody could meet, or that nobody fails."""
    hours, share = policy.hours_needed.value, policy.owner_share.value
    if policy.months_required.value > policy.frame_months.value:
        raise InputError("months_required.value", f"at most the frame's {policy.frame_months.value} months")
    if hours.per == "week" and hours.hours > 168:
        raise InputError("hours_needed.value.hours", "at most 168 a week")
    if share.numerator > share.denominator:
        raise InputError("owner_share.value.numerator", "at most the denominator")
