"""Hypothesis strategies for requests, built so that a good share of them is granted.

A request drawn value by value would nearly always be refused. Here each value is mostly the one that qualifies, and
otherwise any that is allowed, so that each rule is met from both sides.
"""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import TypeVar, cast, get_args

from hypothesis import strategies as st

from domain.policy import PolicyName, Service, policy_in_force
from domain.request import (
    Benefit,
    BenefitKind,
    EarlierGrant,
    Employment,
    EndReason,
    Initiative,
    Relation,
    Relative,
    Request,
    Sector,
    Shares,
    Work,
)
from domain.values import add_months, month_of, months_before

T = TypeVar("T")

COUNTRIES = ("SE", "NO", "DE", "GB", "CH", "US", "XX")

HOURS = ("0", "36", "63.99", "64", "64.0", "66.28", "66.29", "68.57", "68.58", "70.85", "70.86", "160.5")

INCOMES = (0, 12_000, 18_574, 18_575, 19_049, 19_050, 20_149, 20_150, 20_849, 20_850)

NEAR: tuple[tuple[str | None, int | None], ...] = (
    *((hours, None) for hours in HOURS),
    *((None, income) for income in INCOMES),
    ("63.99", 20_149),
    (None, None),
)
"""Months near the limits of hours and income, and one without work."""

FULL: tuple[tuple[str | None, int | None], ...] = (("160", None), (None, 31_000)) * 24
"""Months well over the limits, twice as many as those near them."""


def mostly(usual: T, other: st.SearchStrategy[T]) -> st.SearchStrategy[T]:
    """Draw the usual value seven times of eight, and another otherwise."""
    return st.integers(0, 7).flatmap(lambda eighth: other if eighth == 7 else st.just(usual))


def days_around(day: date, before: int, after: int) -> st.SearchStrategy[date]:
    """Draw a day near another."""
    return st.integers(-before, after).map(lambda days: day + timedelta(days=days))


@st.composite
def shares(draw: st.DrawFn) -> Shares:
    """Draw a shareholding near a third, with relatives that are summed and some that aren't."""
    own = draw(st.integers(0, 40))
    relatives = draw(
        st.lists(
            st.builds(Relative, relation=st.sampled_from(get_args(Relation)), shares=st.integers(0, 20)),
            max_size=2,
        )
    )
    listed = own + sum(relative.shares for relative in relatives)
    return Shares(own=own, total=draw(st.integers(max(1, listed), 130)), relatives=tuple(relatives))


@st.composite
def employments(draw: st.DrawFn, identity: str, decided_on: date, service: Service) -> Employment:
    """Draw an employment that mostly carries the service on the day of decision."""
    is_open = service in ("guidance_employed", "career_study_counselling")
    starts_on = draw(mostly(date(2015, 1, 1), days_around(decided_on, 3000, 100)))
    usual_end = None if is_open else decided_on + timedelta(days=40)
    ends_on = draw(mostly(usual_end, st.none() | days_around(decided_on, 1200, 500)))
    return Employment(
        id=identity,
        employer=draw(st.sampled_from(("556012-3456", "Kommunen", "Bolaget AB"))),
        sector=draw(st.sampled_from((*get_args(Sector), "municipality", "region"))),
        country=draw(mostly("SE", st.sampled_from(COUNTRIES))),
        form=draw(st.sampled_from(("permanent", "fixed_term"))),
        starts_on=draw(mostly(starts_on, st.none())),
        ends_on=None if ends_on is None else max(ends_on, starts_on),
        notice_on=None,
        end_reason=draw(mostly("redundancy", st.none() | st.sampled_from(get_args(EndReason)))),
        end_initiative=draw(mostly("employer", st.none() | st.sampled_from(get_args(Initiative)))),
        managing_director=draw(mostly(False, st.just(True))),
        shares=draw(mostly(None, shares())),
        sole_trader_relation=draw(mostly(None, st.sampled_from(get_args(Relation)))),
    )


def work(identity: str, received_on: date, full: bool) -> st.SearchStrategy[list[Work]]:
    """Draw months of one employment back from the application, near the limits or, where full, well over them."""
    shapes = (*FULL, *NEAR) if full else NEAR
    return st.lists(st.sampled_from(shapes), min_size=20, max_size=40).map(
        lambda drawn: [
            Work(
                employment=identity,
                month=months_before(month_of(received_on), back),
                hours=hours,
                income=income,
            )
            for back, (hours, income) in enumerate(drawn)
            if hours is not None or income is not None
        ]
    )


@st.composite
def benefits(draw: st.DrawFn, received_on: date) -> Benefit:
    """Draw a benefit in the years before the application; now and then one that lasts very long."""
    starts_on = draw(days_around(received_on, 1600, 60))
    days = draw(st.one_of(st.integers(0, 40), st.integers(0, 800)))
    if draw(st.integers(0, 19)) == 0:
        starts_on = date(1900, 1, 1)
    return Benefit(
        kind=draw(mostly("parental_benefit", st.sampled_from(get_args(BenefitKind)))),
        country=draw(mostly("SE", st.sampled_from(COUNTRIES))),
        starts_on=starts_on,
        ends_on=starts_on + timedelta(days=days) if starts_on.year > 1900 else received_on,
    )


@st.composite
def earlier_grants(draw: st.DrawFn, case: str, decided_on: date) -> EarlierGrant:
    """Draw an earlier grant, mostly over, that rests on twelve months in a row or on a few of them."""
    over, running = st.integers(400, 1500), st.integers(0, 360)
    granted_on = decided_on - timedelta(days=draw(over | over | running))
    row = tuple(months_before(month_of(granted_on), back) for back in range(12, 0, -1))
    some = st.lists(st.sampled_from(row), unique=True).map(tuple)
    return EarlierGrant(
        case=case,
        decided_on=granted_on,
        last_day=add_months(granted_on, 12),
        basis_months=draw(mostly(row, some)),
        annulled=draw(mostly(False, st.just(True))),
    )


@st.composite
def requests(draw: st.DrawFn) -> Request:
    """Draw a request; about two of five are granted."""
    policy = draw(st.sampled_from(get_args(PolicyName)))
    decided_on = draw(st.dates(date(2023, 1, 1), date(2027, 12, 31)))
    received_on = decided_on - timedelta(days=draw(st.integers(0, 40)))
    services = policy_in_force(policy, decided_on).services
    service = cast(Service, draw(st.sampled_from(sorted(services))))
    ids = [f"e{number}" for number in range(draw(st.integers(1, 3)))]
    listed = [draw(employments(identity, decided_on, service)) for identity in ids]
    grants = [
        draw(earlier_grants(f"c{number}", decided_on))
        for number in range(draw(st.sampled_from((0, 0, 1, 2))))
    ]
    return Request(
        policy=policy,
        policy_version=draw(st.sampled_from((None, "2022-10-01"))),
        service=service,
        months=draw(mostly(services[service].months.value[-1], st.integers(0, 13))),
        received_on=received_on,
        decided_on=decided_on,
        starts_on=draw(mostly(None, days_around(decided_on, 3, 370))),
        born=draw(mostly(date(1980, 2, 29), days_around(add_months(decided_on, -65 * 12), 10, 400))),
        special_need=draw(st.sampled_from((True, True, False))),
        employer_notified=draw(st.sampled_from((True, True, False))),
        employments=tuple(listed),
        work=tuple(
            row
            for number, identity in enumerate(ids)
            for row in draw(work(identity, received_on, number == 0))
        ),
        benefits=tuple(draw(st.lists(benefits(received_on), max_size=2))),
        earlier_grants=tuple(grants),
        on_basis_of=draw(basis(grants, decided_on)),
    )


def basis(grants: Sequence[EarlierGrant], decided_on: date) -> st.SearchStrategy[str | None]:
    """Draw a case to rest on: mostly none, or one whose window is open; else any, or one that nobody knows."""
    running = [grant.case for grant in grants if grant.last_day >= decided_on]
    any_case: st.SearchStrategy[str | None] = st.sampled_from((*(grant.case for grant in grants), "unknown"))
    open_or_none: tuple[str | None, ...] = tuple(running) or (None,)
    return mostly(None, any_case) | st.sampled_from(open_or_none)
