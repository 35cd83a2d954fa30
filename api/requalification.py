"""`liggare requalification`: which months are used up, which are free, and when support can be had again."""

from typing import Annotated

from cyclopts import Parameter

from api import printing, words
from api.readers import must_open
from api.words import Json, On, Purpose, Reader, the_ledger
from domain.requalification import CLAUSE
from projections.windows import Windows, why_not, windows

FIELDS = ("evidence", "months")
"""What is opened, and what is shown of it."""

MARKS = {"counted": "■", "free": "□", "not_sufficing": "·", "skipped": "-"}


def requalification(
    case: str,
    *,
    month: Annotated[str | None, Parameter(help="Why this month, YYYY-MM, may not be counted.")] = None,
    sealed: Annotated[
        bool, Parameter(help="Open the evidence, for one who may read it; else only what is used up.")
    ] = True,
    on: On = None,
    actor: Reader = None,
    purpose: Purpose = None,
    json: Json = False,
) -> None:
    """Show the months of a case's person: used up, free, not sufficing or skipped; and what lacks."""
    day, who, why = words.day(on), words.reader(actor), words.purpose(purpose)
    with the_ledger() as ledger:
        named = words.case_id(ledger, case)
        if sealed:
            must_open(ledger, ledger.person_of(named).cases, who, "requalification", why, FIELDS)
        found = windows(ledger, named, day, opened=sealed)
    if month is not None:
        _why(found, month, json=json)
    elif json:
        _json(found)
    else:
        _show(found)


def _why(found: Windows, month: str, *, json: bool) -> None:
    told = why_not(found, month) or {"month": month, "clause": None, "en": "No earlier decision used it up."}
    if json:
        printing.json_line(told)
        return
    printing.line(f"{month}: {told['en']}" + (f"  ({told['clause']})" if told["clause"] else ""))
    if told["clause"]:
        printing.line(f"  {told['sv']}")
        printing.line(f"  event {told['event']}")


def _json(found: Windows) -> None:
    again = found.again
    strip = again.months if again else ()
    printing.json_line(
        {
            "on": found.on,
            "position": found.position,
            "opens_on": found.opens_on,
            "missing": again.missing if again else None,
            "earliest": again.earliest if again else None,
            "earliest_working": again.earliest_working if again else None,
        }
    )
    for row in strip:
        printing.json_line({"month": row.month, "status": row.status, "why": why_not(found, row.month)})
    for month in sorted(set(found.used) - {row.month for row in strip}):
        printing.json_line({"month": month, "status": "counted", "why": why_not(found, month)})


def _show(found: Windows) -> None:
    """Print the strip of months, each decision that used some up, and when support can be had again."""
    again = found.again
    if again is not None:
        strip = "".join(MARKS[row.status] for row in again.months)
        printing.line(f"{again.months[0].month} {strip} {again.months[-1].month}")
        printing.line("  " + "  ".join(f"{mark} {name.replace('_', ' ')}" for name, mark in MARKS.items()))
        printing.line(f"  {again.missing} months are missing to a new application on {found.on}.")
    for grant in sorted(set(found.used.values()), key=lambda one: one.decided_on):
        months = f"{grant.months[0]} to {grant.months[-1]}, {len(grant.months)} months"
        printing.line(f"  used up: {months}, by the decision of {grant.decided_on} in case {grant.case}")
        printing.line(f"    ({CLAUSE}; event {grant.event_id}; runs until {grant.last_day})")
    if found.opens_on is not None:
        printing.line(f"  New support opens on {found.opens_on}.")
    if again is None:
        printing.line("  The evidence was not opened, so free months are not known.")
    else:
        printing.line(f"  Earliest day without further work: {again.earliest or 'none'}.")
        printing.line(f"  Earliest day with work every month from now: {again.earliest_working or 'none'}.")
