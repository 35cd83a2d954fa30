"""What Omställningsfonden gives in fictional cases: the way chosen, study support, measures, compensations."""

from collections.abc import Iterator
from datetime import date, timedelta
from random import Random
from typing import Any, NamedTuple

from domain.values import add_months, month_of
from ledger.synthetic.organisation import DECIDES

WAYS = ("studies", "new_job", "stays")
MEASURES = ("course_fee", "literature", "travel", "support_talks")
PAY = 38_000_00
"""A monthly income in öre, above the cap of CSN's support."""


class Given(NamedTuple):
    """Something the fund gives: a command, its day, its content, and who decides where that is no advisor."""

    command: str
    on: date
    content: dict[str, Any]
    actor: str | None = None


def during_employment(random: Random, day: date, *, everything: bool) -> Iterator[Given]:
    """Yield the way that is chosen on a day, and what the fund adds to studies (O-19, O-20, O-21, O-22-3)."""
    way = "studies" if everything else random.choice(WAYS)
    yield Given("choose_way", day, {"way": way})
    if way != "studies":
        return
    first = add_months(day.replace(day=1), 1)
    if first.year > 2025:
        return  # the next year's base amount was not known then
    last = first.replace(month=12, day=31) if first.month > 9 else add_months(first, 3) - timedelta(days=1)
    granted = {"granted": True, "starts_on": first.isoformat(), "ends_on": last.isoformat()}
    yield Given("record_csn_decision", day, granted)
    months = [month_of(add_months(first, index)) for index in range(last.month - first.month + 1)]
    content: dict[str, Any] = {"kind": "complementary", "income": PAY + random.randint(0, 900) * 1_000}
    yield Given("grant_study_support", day, content | {"months": months}, DECIDES)
    used_up = random.random()
    if used_up < 0.3 or everything:
        yield Given("record_csn_decision", day, {"granted": False, "exhausted": True})
        later = [month_of(add_months(first, index + 12)) for index in range(3)]
        extended = {"kind": "extended", "income": PAY, "months": later}
        yield Given("grant_study_support", day, extended, DECIDES)
    if used_up >= 0.7 or everything:
        yield Given("grant_study_support", day, {"kind": "short", "income": 4_200_00, "days": 3}, DECIDES)


def with_extended_measures(random: Random, day: date, *, everything: bool) -> Iterator[Given]:
    """Yield what the fund pays on a day, a compensation, and more time at sickness (O-23, O-25-b, O-25-c)."""
    for kind in random.sample(MEASURES, 2):
        yield Given("pay_measure", day, {"kind": kind, "amount": random.randint(8, 90) * 100_00})
    if everything or random.random() < 0.5:
        period = {"starts_on": day.isoformat(), "ends_on": (day + timedelta(days=13)).isoformat()}
        amount = random.randint(40, 120) * 100_00
        yield Given("record_compensation", day, {"kind": "leave", "amount": amount} | period)
    if everything or random.random() < 0.4:
        yield Given("extend_for_sickness", day, {"until": add_months(day, 16).isoformat()})
