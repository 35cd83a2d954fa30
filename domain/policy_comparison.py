"""An organisation's own conditions beside Kammarkollegiet's, clause by clause (K-1-b to K-1-d; AMB-30).

Where a condition of its own is stricter, the organisation is warned: its conditions should not be noticeably more
restrictive. No source says how much is noticeable, so every stricter condition is named and a person judges. A
warning blocks nothing.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from fractions import Fraction
from typing import Any, Literal

from pydantic import JsonValue, SkipValidation

from domain.policy import POLICIES, HoursNeeded, IncomeShare, Parameter, Policy, ServiceTerms, policy_in_force
from domain.policy_effects import EFFECTS, SAME, Judgement
from domain.policy_sentences import ROUTE_ON, Pair, listed, plain
from domain.values import Frozen

WHOSE = "kammarkollegiet"
Warned = Literal["K-1-b", "K-1-c"]
Services = Mapping[str, ServiceTerms]
Rule = Callable[[Policy, Policy], Judgement]


class Comparison(Frozen):
    """One condition of two versions: both values, the judgement, and what it means for the person.

    `clause` is that of the version compared with, where it has one. `warning` is the clause that a stricter own
    condition strains: K-1-c where it decides who may have support, K-1-b where it makes a service fall short.
    """

    parameter: str
    clause: str
    own_clause: str | None
    own: SkipValidation[JsonValue]
    other: SkipValidation[JsonValue]
    judgement: Judgement
    warning: Warned | None
    sv: str
    en: str


class SideBySide(Frozen):
    """An own version beside Kammarkollegiet's, with a sentence on why that one."""

    own: Policy
    other: Policy
    sv: str
    en: str
    rows: tuple[Comparison, ...]

    @property
    def warnings(self) -> tuple[Comparison, ...]:
        """The conditions that may be noticeably more restrictive, and services that may not correspond."""
        return tuple(row for row in self.rows if row.warning is not None)


def beside_kammarkollegiet(own: Policy, policies: tuple[Policy, ...] = POLICIES) -> SideBySide:
    """Set a version beside Kammarkollegiet's in force on the day it begins, else beside the first (K-1-c)."""
    day = own.in_force_from
    known = sorted((one for one in policies if one.name == WHOSE), key=lambda one: one.in_force_from)
    if day < known[0].in_force_from:
        other = known[0]
        sv = f"Kammarkollegiets första version, {other.version}; ingen gällde så tidigt som {day}."
        en = f"Kammarkollegiet's first version, {other.version}; none was in force as early as {day}."
    else:
        other = policy_in_force(WHOSE, day, policies)
        sv = f"Kammarkollegiets version {other.version}, som gäller {day}"
        en = f"Kammarkollegiet's version {other.version}, in force on {day}"
        newest = other is known[-1]
        sv = f"{sv}; den senaste som är känd." if newest else f"{sv}; en senare är känd."
        en = f"{en}; the newest that is known." if newest else f"{en}; a later one is known."
    return SideBySide(own=own, other=other, sv=sv, en=en, rows=compare_policies(own, other))


def compare_policies(own: Policy, other: Policy) -> tuple[Comparison, ...]:
    """Compare every condition that either version has, and then their services."""
    rows = []
    for name, rule in RULES.items():
        mine, theirs = _parameter(own, name), _parameter(other, name)
        if mine is not None or theirs is not None:
            judgement = rule(own, other)
            words = _words(name, mine, theirs) if judgement != "equal" and name in SETS else ("", "")
            rows.append(_row(name, mine, theirs, judgement, words=words))
    return (*rows, *compare_services(own.services, other.services))


def _parameter(policy: Policy, name: str) -> Parameter[Any] | None:
    parameter: Parameter[Any] | None = getattr(policy, name)
    return ROUTE_ON if name == "income_route" and parameter is None else parameter


def _row(
    name: str,
    own: Parameter[Any] | None,
    other: Parameter[Any] | None,
    judgement: Judgement,
    *,
    effect: str | None = None,
    words: Pair = ("", ""),
    warning: Warned = "K-1-c",
) -> Comparison:
    sv, en = SAME if judgement == "equal" else EFFECTS[effect or name][judgement]
    [clause, *_] = [parameter.clause for parameter in (other, own) if parameter is not None]
    return Comparison(
        parameter=name,
        clause=clause,
        own_clause=None if own is None else own.clause,
        own=plain(own),
        other=plain(other),
        judgement=judgement,
        warning=warning if judgement == "stricter" else None,
        sv=sv + words[0],
        en=en + words[1],
    )


def _words(name: str, own: Parameter[Any] | None, other: Parameter[Any] | None) -> Pair:
    """Name what stands in one version's list and not in the other's."""
    mine, theirs = (
        frozenset(one.value.relations if name == "owner_share" else one.value) if one else frozenset[str]()
        for one in (own, other)
    )
    sv, en = "", ""
    for words, lead_sv, lead_en in (
        (mine - theirs, "Bara i de egna villkoren", "In the own conditions alone"),
        (theirs - mine, "Bara i Kammarkollegiets", "In Kammarkollegiet's alone"),
    ):
        if words:
            words_sv, words_en = listed(name, words)
            sv, en = f"{sv} {lead_sv}: {words_sv}.", f"{en} {lead_en}: {words_en}."
    return sv, en


def judged(own: Iterable[Any], other: Iterable[Any]) -> Judgement:
    """Judge demands one by one, each harder the larger it is: stricter where some are harder and none easier."""
    pairs = list(zip(own, other, strict=True))
    harder, easier = any(a > b for a, b in pairs), any(a < b for a, b in pairs)
    if harder and easier:
        return "different"
    return "stricter" if harder else "more_generous" if easier else "equal"


def _larger_is_stricter(name: str) -> Rule:
    return lambda own, other: judged([getattr(own, name).value], [getattr(other, name).value])


def _smaller_is_stricter(name: str) -> Rule:
    return lambda own, other: judged([getattr(other, name).value], [getattr(own, name).value])


def _more_is_stricter(name: str) -> Rule:
    return lambda own, other: judged(*_membership(getattr(own, name).value, getattr(other, name).value))


def _more_is_generous(name: str) -> Rule:
    return lambda own, other: judged(*_membership(getattr(other, name).value, getattr(own, name).value))


def _membership(own: Iterable[str], other: Iterable[str]) -> tuple[list[bool], list[bool]]:
    every = {*own, *other}
    return [word in own for word in every], [word in other for word in every]


def _alike(name: str) -> Rule:
    """A difference that is neither stricter nor more generous is one of another kind."""

    def rule(own: Policy, other: Policy) -> Judgement:
        return "equal" if plain(getattr(own, name)) == plain(getattr(other, name)) else "different"

    return rule


def _hours(own: Policy, other: Policy) -> Judgement:
    """Compare the hours that a month of each length needs (K-5.2-1, O-14-b)."""

    def needed(hours: HoursNeeded) -> list[Fraction]:
        weekly = hours.per == "week"
        return [
            Fraction(hours.hours * days, 7) if weekly else Fraction(hours.hours) for days in range(28, 32)
        ]

    return judged(needed(own.hours_needed.value), needed(other.hours_needed.value))


def _income_share(own: Policy, other: Policy) -> Judgement:
    """Compare what a month needs, for every application year known and the months up to two years back."""
    if not (own.tries_income and other.tries_income):
        return "equal" if own.income_share.value == other.income_share.value else "different"
    amounts = {**own.amounts, **other.amounts}

    def needed(share: IncomeShare) -> list[int]:
        return [
            share.percent * (amounts[month] if share.year == "of_month" else amounts[applied])
            for applied in amounts
            for month in range(applied - 2, applied + 1)
            if month in amounts
        ]

    return judged(needed(own.income_share.value), needed(other.income_share.value))


def _income_route(own: Policy, other: Policy) -> Judgement:
    """Not to try income is the difference that is expressly permitted (K-1-d)."""
    if own.tries_income == other.tries_income:
        return "equal"
    return "more_generous" if own.tries_income else "permitted"


def _owner_share(own: Policy, other: Policy) -> Judgement:
    """A smaller share excludes more people, and so do more relatives whose shares are summed (K-5.1-4b)."""
    mine, theirs = own.owner_share.value, other.owner_share.value
    members = _membership(mine.relations, theirs.relations)
    return judged(
        [Fraction(-mine.numerator, mine.denominator), *members[0]],
        [Fraction(-theirs.numerator, theirs.denominator), *members[1]],
    )


def _employer_initiated(own: Policy, other: Policy) -> Judgement:
    """Compare the reasons that both cover: of another reason, the list of covered reasons says enough (K-5.1-3)."""
    mine, theirs = own.employer_initiated_reasons.value, other.employer_initiated_reasons.value
    both = own.end_reasons.value & other.end_reasons.value
    judgement = judged(*_membership(mine & both, theirs & both))
    return "different" if judgement == "equal" and mine != theirs else judgement


RULES: dict[str, Rule] = {
    "frame_months": _smaller_is_stricter("frame_months"),
    "months_required": _larger_is_stricter("months_required"),
    "hours_needed": _hours,
    "income_route": _income_route,
    "income_share": _income_share,
    "creditable_countries": _more_is_generous("creditable_countries"),
    "skippable_benefits": _more_is_generous("skippable_benefits"),
    "consumption": _alike("consumption"),
    "age_limit": _smaller_is_stricter("age_limit"),
    "end_reasons": _more_is_generous("end_reasons"),
    "employer_initiated_reasons": _employer_initiated,
    "affiliated_sectors": _alike("affiliated_sectors"),
    "managing_director_excluded": _alike("managing_director_excluded"),
    "owner_share": _owner_share,
    "excluded_family": _more_is_stricter("excluded_family"),
    "commencement": _larger_is_stricter("commencement"),
    "distant_ground": _alike("distant_ground"),
    "support_months": _smaller_is_stricter("support_months"),
    "requalification": _alike("requalification"),
}
"""How each condition of a version is judged; the services have a rule of their own."""

SETS = {
    *("creditable_countries", "skippable_benefits", "end_reasons", "employer_initiated_reasons"),
    *("affiliated_sectors", "excluded_family", "owner_share"),
}
"""Conditions that hold a list of words."""


def compare_services(own: Services, other: Services) -> Iterator[Comparison]:
    """Compare each service with its counterpart; one without any may not correspond (K-1-a, K-1-b)."""
    found = counterparts(own, other)
    for name, terms in other.items():
        yield _service(f"services.{name}", found.get(name), name)
        if name in found:
            yield from _terms(f"services.{name}", own[found[name]], terms)
    for name in own:
        if name not in found.values():
            yield _service(f"services.{name}", name, None)


def counterparts(own: Services, other: Services) -> dict[str, str]:
    """Return which own service stands for which: of the same ground, and of the same name or need if any is."""
    found: dict[str, str] = {}
    for alike in (
        lambda name, terms: (terms.ground.value, name),
        lambda _, terms: (terms.ground.value, terms.need is None),
        lambda _, terms: terms.ground.value,
    ):
        left = sorted(name for name in own if name not in found.values())
        for name in sorted(set(other) - set(found)):
            mine = [one for one in left if alike(one, own[one]) == alike(name, other[name])]
            if mine:
                found[name] = mine[0]
                left.remove(mine[0])
    return found


def _service(parameter: str, own: str | None, other: str | None) -> Comparison:
    judgement: Judgement = "equal" if own and other else "more_generous" if own else "stricter"
    sv, en = EFFECTS["service"][judgement]
    return Comparison(
        parameter=parameter,
        clause="K-1-a",
        own_clause=None,
        own=own,
        other=other,
        judgement=judgement,
        warning="K-1-b" if judgement == "stricter" else None,
        sv=sv,
        en=en,
    )


def _terms(parameter: str, own: ServiceTerms, other: ServiceTerms) -> Iterator[Comparison]:
    """Compare what a service and its counterpart stand on, last and ask for: the ground is always the same."""
    yield _row(f"{parameter}.ground", own.ground, other.ground, "equal")
    mine, theirs = own.months.value, other.months.value
    longest = judged([max(theirs)], [max(mine)])
    forms: Judgement = "different" if longest == "equal" and {*mine} != {*theirs} else longest
    yield _row(
        f"{parameter}.months", own.months, other.months, forms, effect="service.months", warning="K-1-b"
    )
    if own.need is not None or other.need is not None:
        need = judged([own.need is not None], [other.need is not None])
        if own.need is not None and other.need is not None and own.need.value != other.need.value:
            need = "different"
        yield _row(f"{parameter}.need", own.need, other.need, need, effect="service.need")
