"""What is due, what was gone through, and what may be done: for an advisor, of one case or of many."""

from datetime import date, timedelta
from typing import Annotated, Any
from uuid import UUID

from cyclopts import Parameter

from api import printing, words
from api.words import Json, On, the_ledger
from domain.case import Case
from ledger.ledger import Ledger, today
from projections.work_queue import due_until
from replays import state
from replays.fund_state import fund_lines, fund_values, step_values


def due(
    *,
    advisor: Annotated[str | None, Parameter(help="Only the cases of this advisor.")] = None,
    on: On = None,
    days: Annotated[int, Parameter(help="Also what is due within so many days.")] = 7,
    json: Json = False,
) -> None:
    """List what is due in all cases, the most overdue first: plans, meetings, contacts, evidence, answers."""
    day = words.day(on)
    until = day + timedelta(days=days)
    with the_ledger() as ledger:
        rows = due_until(ledger, until, advisor)
        if rows is None:
            rows = scanned(ledger, until, advisor)
    if json:
        for row in rows:
            printing.json_line(row)
        return
    for row in rows:
        who = row["advisor"] or "-"
        what = f"{row['sv']} · {row['en']}  ({row['code']}, {row['clause']})"
        printing.line(f"{row['due_on']}  {row['case'][:8]}  {who:<16} {what}")
    late = sum(row["due_on"] < day.isoformat() for row in rows)
    printing.line(f"{len(rows)} due, {late} of them before {day}.")


def scanned(ledger: Ledger, until: date, advisor: str | None) -> list[dict[str, Any]]:
    """Return what is due until a day by going through all cases, as the work queue does without."""
    rows: list[dict[str, Any]] = []
    named = [row["case_id"] for row in ledger.rows("cases_with_duties")]
    for start in range(0, len(named), 500):
        for case_id, entries in ledger.entries(named[start : start + 500]).items():
            case = ledger.case_of(case_id, entries)
            if advisor not in (None, case.advisor):
                continue
            rows += [
                {"case": str(case_id), "advisor": case.advisor, **row}
                for row in state.due(case, entries)
                if row["due_on"] <= until.isoformat()
            ]
    return sorted(rows, key=lambda row: (row["due_on"], row["case"], row["code"]))


def show_fund(case: Case) -> None:
    """Print what Omställningsfonden gave and did in a case, and the five steps; nothing where there is none."""
    lines = fund_lines(case)
    if lines:
        printing.line("\n  the fund's part", style="bold")
    for text in lines:
        printing.line(f"    {text}")


def show(
    duties: list[dict[str, Any]], activities: list[dict[str, Any]], commands: list[dict[str, Any]]
) -> None:
    """Print what is due in a case, what of the service was gone through, and which commands are open."""
    if duties:
        printing.line("\n  due", style="bold")
    for row in duties:
        printing.line(f"    {row['due_on']}  {row['sv']} · {row['en']}  ({row['code']}, {row['clause']})")
    told = [row for row in activities if row["status"] != "open"]
    if told:
        printing.line("\n  activities", style="bold")
    for row in told:
        on = f", {row['on']}" if row["on"] else ""
        printing.line(f"    {row['activity']:<24} {row['status']}{on}  ({row['clause']})")
    printing.line("\n  open commands", style="bold")
    for row in commands:
        if row["open"]:
            until = f"  for what happened until {row['until']}" if row["until"] else ""
            printing.line(f"    {row['command']}{until}")
    printing.line("\n  not open", style="bold")
    for row in commands:
        if not row["open"]:
            printing.line(f"    {row['command']:<26} {row['sv']}  ({row['code']}, {row['clause']})")
            printing.line(f"    {'':<26} {row['en']}", style="dim")


def of_case(ledger: Ledger, case_id: UUID) -> dict[str, Any]:
    """Return what is due in a case, its activities, and which commands are open today."""
    known = ledger.known(case_id, today())
    case = ledger.case_of(case_id, known.entries)
    return {
        "fund": fund_values(case),
        "steps": step_values(case),
        "due": state.due(case, known.entries),
        "activities": state.activities(case),
        "commands": state.open_commands(case, known),
    }
