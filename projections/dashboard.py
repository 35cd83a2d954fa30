"""The advisor's view: open cases in the order of urgency, and how much everybody has on their table.

What depends on the day is counted here, from rows that don't.
"""

from datetime import date
from typing import Any, NamedTuple
from uuid import UUID

from ledger.ledger import Ledger
from ledger.queries import queries

SQL = queries("projections", "readers.sql")


class Whose(NamedTuple):
    """Whose cases: an advisor's, those of everybody at an office or in a team on the day, or nobody's; else all."""

    advisor: str | None = None
    office: str | None = None
    team: str | None = None
    nobodys: bool = False


EVERYBODY = Whose()


class Cases(NamedTuple):
    """Some open cases, and how many there are altogether."""

    total: int
    rows: list[dict[str, Any]]


def caseload(
    ledger: Ledger, day: date, whose: Whose = EVERYBODY, waits_for: str | None = None
) -> list[dict[str, Any]]:
    """Return open cases as they read on a day: first what has been due for longest, then what ends first."""
    return caseload_page(ledger, day, whose, waits_for).rows


def caseload_page(
    ledger: Ledger,
    day: date,
    whose: Whose = EVERYBODY,
    waits_for: str | None = None,
    limit: int | None = None,
    offset: int = 0,
) -> Cases:
    """Return so many of the open cases from one on, counted from 0, in the order of `caseload`."""
    rows = ledger.select(
        SQL["caseload"],
        advisors=_advisors(ledger, whose, day),
        day=day,
        waits_for=waits_for,
        nobodys=whose.nobodys,
        limit=limit,
        offset=offset,
    )
    if not rows and offset:
        return Cases(caseload_page(ledger, day, whose, waits_for, 1).total, [])
    total = rows[0]["total"] if rows else 0
    return Cases(total, [on_day({k: v for k, v in row.items() if k != "total"}, day) for row in rows])


def workload(ledger: Ledger, day: date, whose: Whose = EVERYBODY) -> list[dict[str, Any]]:
    """Return how many open cases each advisor has, and how many of them wait, are away or overdue on a day."""
    advisors = _advisors(ledger, whose, day)
    rows = ledger.select(SQL["workload"], advisors=advisors, day=day, nobodys=whose.nobodys)
    return [dict(row) for row in rows]


def advisors_of(ledger: Ledger, case_id: UUID) -> list[dict[str, Any]]:
    """Return everybody who had a case, each from which day up to which."""
    return [dict(row) for row in ledger.select(SQL["advisors_of_case"], case=case_id)]


def cases_of(ledger: Ledger, advisor: str) -> list[dict[str, Any]]:
    """Return every case that somebody had, now or before."""
    return [dict(row) for row in ledger.select(SQL["cases_of_advisor"], advisor=advisor)]


def _advisors(ledger: Ledger, whose: Whose, day: date) -> list[str] | None:
    """Return whose cases are meant, None for everybody's."""
    if whose.office is None and whose.team is None:
        return None if whose.advisor is None else [whose.advisor]
    rows = ledger.select(SQL["staff_at"], office=whose.office, team=whose.team, day=day)
    return [row["staff"] for row in rows if whose.advisor in (None, row["staff"])]


def on_day(row: dict[str, Any], day: date) -> dict[str, Any]:
    """Return a row with what depends on the day: the stage, the days left, and the pace of the meetings.

    `pace` is how many meetings are held beyond those of an even pace to the form's least number by that day.
    """
    under_way = row["agreed_end"] is not None
    over = under_way and row["agreed_end"] < day
    row = {"case": row.pop("source")} | row | {"due": row["due"] or []}
    row["stage"] = "ended" if over else row["stage"]
    row["days_left"] = (0 if over else (row["agreed_end"] - day).days + 1) if under_way else None
    row["pace"] = row["meetings_held"] - expected_meetings(row, day) if under_way else None
    row["overdue"] = sum(duty["due_on"] < day.isoformat() for duty in row["due"])
    return row


def expected_meetings(row: dict[str, Any], day: date) -> int:
    """Return how many meetings an even pace to the form's least number reaches by a day (K-2.1-e, -f)."""
    length = max(1, (row["agreed_end"] - row["starts_on"]).days)
    passed = min(max(0, (day - row["starts_on"]).days), length)
    return int(row["meetings_required"] * passed // length)
