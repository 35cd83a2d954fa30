"""Policy versions: each parameter of the conditions once, as data with its clause, and their digest."""

import hashlib
import json
import tomllib
from collections.abc import Mapping
from datetime import date
from functools import cached_property
from importlib import resources
from typing import Any, Generic, Literal, TypeVar

from domain.values import Day, Frozen

PolicyName = Literal["kammarkollegiet", "omstallningsfonden"]
Service = Literal[
    "counselling_dismissed",
    "guidance_employed",
    "reinforced_support",
    "career_study_counselling",
    "counselling",
    "extended_counselling",
]

T = TypeVar("T")

PROSE = frozenset({"source", "amb", "sv", "en"})
"""Keys of a policy file that explain and name; they decide nothing, so the digest doesn't cover them."""


class Parameter(Frozen, Generic[T]):
    """A value of the conditions with the clause that gives it, and where it was read."""

    value: T
    clause: str
    source: str
    amb: str | None = None


class HoursNeeded(Frozen):
    """Hours that suffice: an average a week over the month's days (K-5.2-1), or a number a month (O-14-b)."""

    per: Literal["week", "month"]
    hours: int


class IncomeShare(Frozen):
    """A share of the income base amount: of the month's year (K-5.2-7) or the application's (O-14-b)."""

    percent: int
    year: Literal["of_month", "of_application"]


class OwnerShare(Frozen):
    """The share of a company that excludes, own and these relatives' shares summed (K-5.1-4b)."""

    numerator: int
    denominator: int
    relations: tuple[str, ...]


class DistantGround(Frozen):
    """How far the end of a ground may lie from application and decision before a person is asked to look."""

    months_before_application: int
    months_after_decision: int


class ServiceTerms(Frozen):
    """A service: the kind of ground it stands on, the forms it has, and the need it asks for, if any."""

    sv: str
    en: str
    ground: Parameter[Literal["ending", "open"]]
    months: Parameter[tuple[int, ...]]
    need: Parameter[Literal["special_need", "employer_notified"]] | None = None


class IncomeBaseAmount(Frozen):
    """The income base amount (inkomstbasbelopp) of a year, in whole SEK."""

    year: int
    amount: int
    source: str


class Policy(Frozen):
    """One organisation's conditions from one day on, with the income base amounts known."""

    name: PolicyName
    version: str
    in_force_from: Day
    commencement: Parameter[Day]
    frame_months: Parameter[int]
    months_required: Parameter[int]
    hours_needed: Parameter[HoursNeeded]
    income_share: Parameter[IncomeShare]
    creditable_countries: Parameter[frozenset[str]]
    skippable_benefits: Parameter[frozenset[str]]
    age_limit: Parameter[int]
    end_reasons: Parameter[frozenset[str]]
    employer_initiated_reasons: Parameter[frozenset[str]]
    affiliated_sectors: Parameter[frozenset[str]] | None = None
    managing_director_excluded: Parameter[Literal[True]]
    owner_share: Parameter[OwnerShare]
    excluded_family: Parameter[frozenset[str]]
    support_months: Parameter[int]
    requalification: Parameter[Literal["after_last_day"]]
    consumption: Parameter[Literal["whole_month"]]
    distant_ground: Parameter[DistantGround]
    services: Mapping[Service, ServiceTerms]
    income_base_amounts: tuple[IncomeBaseAmount, ...]

    @cached_property
    def amounts(self) -> Mapping[int, int]:
        """Income base amount by year; a year without one can't suffice by income (K-5.2-7)."""
        return {row.year: row.amount for row in self.income_base_amounts}

    @cached_property
    def digests(self) -> Mapping[int, str]:
        """Digest by the last year whose amount it covers; year 0 covers none."""
        return {
            year: hashlib.sha256(canonical_text(self, year).encode()).hexdigest()
            for year in (0, *self.amounts)
        }


def canonical_text(policy: Policy, year: int) -> str:
    """Return the policy as sorted compact JSON: values and clauses, and the amounts up to a year."""
    rules = _without_prose(policy.model_dump(mode="json", exclude={"income_base_amounts"}, exclude_none=True))
    rules["income_base_amounts"] = {
        str(known): amount for known, amount in policy.amounts.items() if known <= year
    }
    return json.dumps(rules, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def digest(policy: Policy, year: int) -> str:
    """Return the SHA-256, as hex, of a policy's canonical text with the amounts up to a year."""
    return policy.digests[max((known for known in policy.amounts if known <= year), default=0)]


def _without_prose(value: Any) -> Any:
    """Drop notes and names, and put what is a set in the file in one order."""
    if isinstance(value, dict):
        return {key: _without_prose(inner) for key, inner in value.items() if key not in PROSE}
    if isinstance(value, list):
        return sorted(value)
    return value


def load_policy(conditions: str, amounts: str) -> Policy:
    """Read a policy from the texts of its two files, and refuse whatever isn't a parameter of ours."""
    read = {**tomllib.loads(conditions), **tomllib.loads(amounts)}
    return Policy.model_validate_json(json.dumps(read))


def _packaged(file: str) -> str:
    return resources.files("domain.policies").joinpath(file).read_text("utf-8")


POLICIES: tuple[Policy, ...] = tuple(
    load_policy(_packaged(f"{name}-{version}.toml"), _packaged("income_base_amounts.toml"))
    for name, version in (("kammarkollegiet", "2022-10-01"), ("omstallningsfonden", "2022-10-01"))
)
"""Every version there is, of both organisations."""

_BY_VERSION: dict[tuple[str, str], Policy] = {(policy.name, policy.version): policy for policy in POLICIES}


def policy_in_force(name: str, on: date, policies: tuple[Policy, ...] = POLICIES) -> Policy:
    """Return the version of an organisation's conditions that is in force on a day, or raise LookupError."""
    in_force = [policy for policy in policies if policy.name == name and policy.in_force_from <= on]
    if not in_force:
        raise LookupError(f"no version of {name} is in force on {on}")
    return max(in_force, key=lambda policy: policy.in_force_from)


def policy_version(name: str, version: str) -> Policy:
    """Return a named version of an organisation's conditions, or raise LookupError."""
    if (name, version) not in _BY_VERSION:
        raise LookupError("no such version of these conditions")
    return _BY_VERSION[name, version]
