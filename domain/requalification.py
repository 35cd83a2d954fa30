"""When a person may get support again (K-5.5), month by month: what is used up, what is free, and what is missing.

The months that carried a grant are known from the grants alone. Which others suffice rests on evidence, and each
case has its own: a month is free where one case's evidence makes it suffice.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, timedelta
from typing import Literal, NamedTuple
from uuid import UUID

from domain.assessment import limit_birthday
from domain.frame import ReferenceFrame, reference_frame, sufficing_months
from domain.policy import Policy
from domain.request import Benefit, Request
from domain.values import add_months, month_of

CLAUSE = "K-5.5-b"
LONGEST_MONTHS = 36
"""So far ahead a day is looked for; a year's work from today is always enough before that."""

Counted = Literal["counted", "free", "not_sufficing", "skipped"]


class Carried(NamedTuple):
    """A grant that stands: where it was given, its event, its days, and the months that carried it."""

    case: str
    event_id: UUID
    decided_on: date
    last_day: date
    months: tuple[str, ...]


class MonthStatus(NamedTuple):
    """A calendar month: whether it may be counted in a new application, and the grant that it carried, if any."""

    month: str
    status: Counted
    carried: Carried | None


class Again(NamedTuple):
    """What a new application on a day would find.

    `opens_on` is the day after the last grant's window. `earliest` is the first day from which an application
    succeeds on what is known, None where more work is needed; `earliest_working` is that day for one who works
    enough every month from that of `on`, None where the age limit comes first.
    """

    on: date
    months: tuple[MonthStatus, ...]
    missing: int
    opens_on: date | None
    earliest: date | None
    earliest_working: date | None


def again(requests: Sequence[Request], grants: Sequence[Carried], policy: Policy, on: date) -> Again:
    """Return what a new application on a day would find, given what each of a person's cases knows."""
    used = carried_by(grants)
    free = _free(requests, policy, used)
    frame = _frame(requests, policy, on, free)
    opens = opens_on(grants, on)
    first = max(on, opens) if opens else on
    working = free | {month for month in _months_from(on) if month not in used}
    return Again(
        on,
        tuple(_statuses(frame, used, free)),
        max(0, policy.months_required.value - len(free.intersection(frame.months))),
        opens,
        _earliest(requests, policy, first, free),
        _earliest(requests, policy, first, working),
    )


def carried_by(grants: Iterable[Carried]) -> dict[str, Carried]:
    """Return the grant that each month carried; the first one, should there be two."""
    used: dict[str, Carried] = {}
    for grant in sorted(grants, key=lambda one: (one.decided_on, one.case)):
        for month in grant.months:
            used.setdefault(month, grant)
    return used


def opens_on(grants: Iterable[Carried], on: date) -> date | None:
    """Return the day after the last window that is open on a day, None where none is (K-5.5-a)."""
    last = max((grant.last_day for grant in grants if grant.last_day >= on), default=None)
    return None if last is None else last + timedelta(days=1)


def _free(requests: Sequence[Request], policy: Policy, used: Mapping[str, Carried]) -> frozenset[str]:
    """Return the months that suffice by some case's evidence and carried no grant."""
    sufficing = (sufficing_months(request, policy).months for request in requests)
    return frozenset(month for months in sufficing for month in months if month not in used)


def _frame(requests: Sequence[Request], policy: Policy, on: date, free: frozenset[str]) -> ReferenceFrame:
    """Return the months that an application on a day looks at, past those with a benefit in any case's evidence."""
    benefits: tuple[Benefit, ...] = tuple(row for request in requests for row in request.benefits)
    asked = requests[0].model_copy(update={"received_on": on, "benefits": benefits})
    return reference_frame(asked, policy, free)


def _statuses(
    frame: ReferenceFrame, used: Mapping[str, Carried], free: frozenset[str]
) -> Iterator[MonthStatus]:
    for month in sorted((*frame.months, *frame.skipped)):
        if month in used:
            yield MonthStatus(month, "counted", used[month])
        elif month in free:
            yield MonthStatus(month, "free", None)
        else:
            yield MonthStatus(month, "skipped" if month in frame.skipped else "not_sufficing", None)


def _months_from(on: date) -> Iterator[str]:
    for ahead in range(LONGEST_MONTHS):
        yield month_of(add_months(on.replace(day=1), ahead))


def _earliest(requests: Sequence[Request], policy: Policy, first: date, free: frozenset[str]) -> date | None:
    """Return the first day on which enough months are free in the frame: that one, or the first of a month."""
    if len(free) < policy.months_required.value:
        return None
    limit = min(limit_birthday(request, policy) for request in requests)
    for ahead in range(LONGEST_MONTHS):
        day = first if ahead == 0 else add_months(first.replace(day=1), ahead)
        if day >= limit:
            return None
        if len(free.intersection(_frame(requests, policy, day, free).months)) >= policy.months_required.value:
            return day
    return None
