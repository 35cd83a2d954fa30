"""Policy versions: each parameter of the conditions once, as data with its clause, and their digest."""

import hashlib
import json
import tomllib
from collections.abc import Mapping
from datetime import date
from functools import cached_property
from importlib import resources
from typing import Annotated, Any, Generic, Literal, TypeVar

from pydantic import Field, StringConstraints

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

Months = Annotated[int, Field(ge=1, le=120)]
Line = Annotated[str, StringConstraints(min_length=1)]
Word = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_-]{0,39}$")]
Version = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,39}$")]

PROSE = frozenset({"source", "amb", "sv", "en"})
"""Keys of a policy file that explain and name; they decide nothing, so the digest doesn't cover them."""


class Parameter(Frozen, Generic[T]):
    """A value of the conditions with the clause that gives it, and where it was read."""

    value: T
    clause: Line
    source: Line
    amb: str | None = None


class HoursNeeded(Frozen):
    """Hours that suffice: an average a week over the month's days (K-5.2-1), or a number a month (O-14-b)."""

    per: Literal["week", "month"]
    hours: Annotated[int, Field(ge=1, le=744)]


class IncomeShare(Frozen):
    """A share of the income base amount: of the month's year (K-5.2-7) or the application's (O-14-b)."""

    percent: Annotated[int, Field(ge=1, le=1000)]
    year: Literal["of_month", "of_application"]


class OwnerShare(Frozen):
    """The share of a company that excludes, own and these relatives' shares summed (K-5.1-4b)."""

    numerator: Annotated[int, Field(ge=1)]
    denominator: Annotated[int, Field(ge=1)]
    relations: tuple[str, ...]


class DistantGround(Frozen):
    """How far the end of a ground may lie from application and decision before a person is asked to look."""

    months_before_application: Annotated[int, Field(ge=0, le=1200)]
    months_after_decision: Annotated[int, Field(ge=0, le=1200)]


class ServiceTerms(Frozen):
    """A service: the kind of ground it stands on, the forms it has, and the need it asks for, if any."""

    sv: Line
    en: Line
    ground: Parameter[Literal["ending", "open"]]
    months: Parameter[Annotated[tuple[Months, ...], Field(min_length=1)]]
    need: Parameter[Literal["special_need", "employer_notified"]] | None = None


class IncomeBaseAmount(Frozen):
    """The income base amount (inkomstbasbelopp) of a year, in whole SEK."""

    year: int
    amount: int
    source: str


class Policy(Frozen):
    """One organisation's conditions from one day on, with the income base amounts known.

    Two parameters may be left out and are then no part of the digest: the sectors, where every employer's employees
    are covered (O-14-a), and the income route, where a month may suffice by income as well (K-1-d).
    """

    name: Word
    version: Version
    in_force_from: Day
    commencement: Parameter[Day]
    frame_months: Parameter[Months]
    months_required: Parameter[Months]
    hours_needed: Parameter[HoursNeeded]
    income_share: Parameter[IncomeShare]
    income_route: Parameter[bool] | None = None
    creditable_countries: Parameter[frozenset[str]]
    skippable_benefits: Parameter[frozenset[str]]
    age_limit: Parameter[Annotated[int, Field(ge=16, le=120)]]
    end_reasons: Parameter[frozenset[str]]
    employer_initiated_reasons: Parameter[frozenset[str]]
    affiliated_sectors: Parameter[frozenset[str]] | None = None
    managing_director_excluded: Parameter[Literal[True]]
    owner_share: Parameter[OwnerShare]
    excluded_family: Parameter[frozenset[str]]
    support_months: Parameter[Months]
    requalification: Parameter[Literal["after_last_day"]]
    consumption: Parameter[Literal["whole_month"]]
    distant_ground: Parameter[DistantGround]
    services: Annotated[Mapping[Word, ServiceTerms], Field(min_length=1)]
    income_base_amounts: Annotated[tuple[IncomeBaseAmount, ...], Field(min_length=1)]

    @property
    def tries_income(self) -> bool:
        """Tell whether a month may suffice by income too, as it may where nothing is said (K-5.2-2, K-1-d)."""
        return self.income_route is None or self.income_route.value

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


def _packaged(file: str) -> str:
    return resources.files("domain.policies").joinpath(file).read_text("utf-8")


AMOUNTS = _packaged("income_base_amounts.toml")
"""The income base amounts, which are the same for every organisation."""


def load_policy(conditions: str, amounts: str = AMOUNTS) -> Policy:
    """Read a policy from the texts of its two files, and refuse whatever isn't a parameter of ours."""
    read = {**tomllib.loads(conditions), **tomllib.loads(amounts)}
    return Policy.model_validate_json(json.dumps(read, default=str))  # a day without quotes is a date to TOML


POLICIES: tuple[Policy, ...] = tuple(
    load_policy(_packaged(f"{name}-{version}.toml"))
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
