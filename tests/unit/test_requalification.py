"""When a person may get support again (K-5.5): the strip of months, what is missing, and the earliest days."""

from datetime import date
from typing import Any
from uuid import UUID

import pytest

from domain.evidence import question
from domain.policy import Policy
from domain.requalification import Again, Carried, again, carried_by, opens_on
from domain.request import Benefit, Request, policy_of
from tests.given import application, details, given, work

GRANT = UUID(int=70)


def carried(first: str, last_day: date, case: str = "elsewhere:1", count: int = 12) -> Carried:
    """A grant that twelve months in a row carried, from the first."""
    months = tuple(row.month for row in work(first, count))
    return Carried(case, GRANT, date(2024, 1, 2), last_day, months)


def asked(first: str = "2023-01", count: int = 24, **changes: Any) -> Request:
    """What a case knows: work enough in so many months in a row, from the first."""
    past = given(application(details=details(work=work(first, count))))
    return question(past.case, (), date(2025, 2, 1), None).request.model_copy(update=changes)


POLICY: Policy = policy_of(asked())


def found(on: date, *grants: Carried, requests: tuple[Request, ...] = ()) -> Again:
    return again(requests or (asked(),), grants, POLICY, on)


def statuses(one: Again) -> str:
    return "".join(
        {"counted": "c", "free": "f", "not_sufficing": "n", "skipped": "s"}[row.status] for row in one.months
    )


def test_without_a_grant_every_month_of_work_is_free() -> None:
    one = found(date(2025, 1, 15))
    assert statuses(one) == "f" * 24
    assert (one.months[0].month, one.months[-1].month) == ("2023-01", "2024-12")
    assert (one.missing, one.opens_on, one.earliest) == (0, None, date(2025, 1, 15))


def test_months_that_carried_a_grant_are_counted_in_it() -> None:
    """Twelve used up, twelve free: support can be had again as soon as the window is over (K-5.5-a, -b)."""
    one = found(date(2025, 1, 15), carried("2023-01", date(2025, 1, 31)))
    assert statuses(one) == "c" * 12 + "f" * 12
    assert one.months[0].carried == carried("2023-01", date(2025, 1, 31))
    assert (one.missing, one.opens_on) == (0, date(2025, 2, 1))
    assert (one.earliest, one.earliest_working) == (date(2025, 2, 1), date(2025, 2, 1))


@pytest.mark.parametrize(("used", "missing", "earliest"), [(12, 0, date(2025, 1, 15)), (13, 1, None)])
def test_one_month_too_few(used: int, missing: int, earliest: date | None) -> None:
    """The thirteenth month used up is the one that lacks; working on, the month of the application completes it."""
    one = found(date(2025, 1, 15), carried("2023-01", date(2024, 12, 31), count=used))
    assert (one.missing, one.earliest) == (missing, earliest)
    assert one.earliest_working == (earliest or date(2025, 2, 1))


def test_time_alone_only_loses_months() -> None:
    """In a year without work the frame passes the months by; working, it takes the year that is missing."""
    one = found(date(2026, 1, 15), carried("2023-01", date(2024, 12, 31)))
    assert statuses(one) == "f" * 12 + "n" * 12
    assert one.earliest == date(2026, 1, 15)
    later = found(date(2026, 2, 15), carried("2023-01", date(2024, 12, 31)))
    assert (later.missing, later.earliest, later.earliest_working) == (1, None, date(2027, 2, 1))


def test_a_benefit_is_skipped_and_lengthens_the_frame() -> None:
    sick = Benefit(
        kind="sickness_benefit", country="SE", starts_on=date(2025, 1, 1), ends_on=date(2025, 6, 30)
    )
    one = found(date(2025, 7, 15), requests=(asked(benefits=(sick,)),))
    assert statuses(one) == "f" * 24 + "s" * 6
    assert (one.missing, one.earliest) == (0, date(2025, 7, 15))


def test_months_of_two_cases_are_never_added_up_within_a_month() -> None:
    """Each case's evidence makes its own months suffice; together they are all of them."""
    one = found(date(2025, 1, 15), requests=(asked("2023-01", 6), asked("2024-07", 6)))
    assert statuses(one) == "f" * 6 + "n" * 12 + "f" * 6
    assert one.missing == 0


def test_nobody_gets_support_from_the_age_limit_on() -> None:
    """Whoever turns 65 on 1 February 2025 has January left, and no later day (K-5.3)."""
    old = asked(born=date(1960, 2, 1))
    assert found(date(2025, 1, 31), requests=(old,)).earliest == date(2025, 1, 31)
    assert found(date(2025, 2, 1), requests=(old,)).earliest is None
    waiting = found(date(2025, 1, 15), carried("2023-01", date(2025, 1, 31)), requests=(old,))
    assert (waiting.opens_on, waiting.earliest, waiting.earliest_working) == (date(2025, 2, 1), None, None)


def test_a_month_in_two_grants_is_the_first_ones() -> None:
    first, second = carried("2023-01", date(2024, 1, 1)), carried("2023-06", date(2025, 1, 1), "b:2")
    used = carried_by([second, first._replace(decided_on=date(2023, 12, 1))])
    assert (used["2023-06"].case, used["2024-05"].case) == ("elsewhere:1", "b:2")
    assert opens_on([first, second], date(2024, 12, 31)) == date(2025, 1, 2)
    assert opens_on([first, second], date(2025, 1, 2)) is None
