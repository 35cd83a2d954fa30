"""Months of work and the frame they are looked for in (K-5.2, K-5.5-b)."""

from collections.abc import Iterable
from fractions import Fraction
from functools import lru_cache
from typing import NamedTuple

from domain.policy import Policy
from domain.request import EarlierGrant, Request
from domain.values import days_in_month, month_of, months_before

Exact = int | Fraction
"""Hours without rounding: a whole number, or a fraction where the text has decimals."""


class Sufficing(NamedTuple):
    """Months that suffice, by hours and by income; one that does both stands in both (AMB-05)."""

    by_hours: frozenset[str]
    by_income: frozenset[str]

    @property
    def months(self) -> frozenset[str]:
        """Months that suffice by hours or by income: the two routes add up (K-5.2-1, K-5.2-2)."""
        return self.by_hours | self.by_income


class ReferenceFrame(NamedTuple):
    """The 24 months in which work is looked for, and those skipped on the way back, sorted (K-5.2-10)."""

    months: tuple[str, ...]
    skipped: tuple[str, ...]


@lru_cache(maxsize=8192)
def exact_hours(text: str) -> Exact:
    """Return hours as they were written, without rounding (AMB-02)."""
    whole, _, decimals = text.partition(".")
    if not decimals.strip("0"):
        return int(whole)
    return Fraction(int(whole + decimals), 10 ** len(decimals))


def sufficing_months(request: Request, policy: Policy) -> Sufficing:
    """A month suffices by the hours, or by the income, of all creditable employments together (AMB-03).

    Work and income in the EEA, the United Kingdom and Switzerland count as Swedish (K-5.2-3, K-5.2-9).

    An organisation may leave income out (K-1-d); then the hours decide alone.
    """
    countries = policy.creditable_countries.value
    creditable = {employment.id for employment in request.employments if employment.country in countries}
    hours: dict[str, Exact] = {}
    incomes: dict[str, int] = {}
    for row in request.work:
        if row.employment in creditable:
            if row.hours is not None:
                hours[row.month] = hours.get(row.month, 0) + exact_hours(row.hours)
            if row.income is not None and policy.tries_income:
                incomes[row.month] = incomes.get(row.month, 0) + row.income
    applied_in = request.received_on.year
    return Sufficing(
        frozenset(month for month, worked in hours.items() if hours_suffice(month, worked, policy)),
        frozenset(
            month for month, earned in incomes.items() if income_suffices(month, earned, policy, applied_in)
        ),
    )


def hours_suffice(month: str, worked: Exact, policy: Policy) -> bool:
    """At least sixteen hours a week on average over the month (K-5.2-1), or 64 in the month (O-14-b)."""
    needed = policy.hours_needed.value
    if needed.per == "week":
        return worked * 7 >= needed.hours * days_in_month(month)
    return worked >= needed.hours


def income_suffices(month: str, earned: int, policy: Policy, applied_in: int) -> bool:
    """A quarter of the base amount, that of the month's year (K-5.2-7) or the application's (O-14-b)."""
    share = policy.income_share.value
    amount = policy.amounts.get(int(month[:4]) if share.year == "of_month" else applied_in)
    return amount is not None and earned * 100 >= share.percent * amount


def consumed_months(grants: Iterable[EarlierGrant]) -> frozenset[str]:
    """Months that carried an earlier grant, not annulled, are used up whole (K-5.5-b; AMB-32)."""
    return frozenset(month for grant in grants if not grant.annulled for month in grant.basis_months)


def reference_frame(request: Request, policy: Policy, kept: frozenset[str]) -> ReferenceFrame:
    """Walk back from the month before the application over 24 months, past those with a benefit (K-5.2-10).

    A month that suffices and isn't consumed is kept whatever benefit was paid in it (AMB-10). The walk ends
    without a cap: no benefit lies before 1900, so that earlier months are never skipped.
    """
    benefits = skippable_periods(request, policy)
    months: list[str] = []
    skipped: list[str] = []
    month = months_before(month_of(request.received_on), 1)
    while len(months) < policy.frame_months.value:
        if month not in kept and any(first <= month <= last for first, last in benefits):
            skipped.append(month)
        else:
            months.append(month)
        month = months_before(month, 1)
    return ReferenceFrame(tuple(reversed(months)), tuple(reversed(skipped)))


def skippable_periods(request: Request, policy: Policy) -> list[tuple[str, str]]:
    """First and last month of each benefit that is disregarded: a day in a month is enough (K-5.2-11)."""
    kinds, countries = policy.skippable_benefits.value, policy.creditable_countries.value
    return sorted(
        {
            (month_of(benefit.starts_on), month_of(benefit.ends_on))
            for benefit in request.benefits
            if benefit.kind in kinds and benefit.country in countries
        }
    )
