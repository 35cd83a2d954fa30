"""`liggare caseload`: an advisor's, an office's or a team's open cases, the most urgent first."""

from typing import Annotated, Any, Literal

from cyclopts import Parameter

from api import printing, words
from api.words import Json, On, the_ledger
from ledger.faults import InputFault
from ledger.ledger import Ledger
from projections.dashboard import Whose, caseload, workload
from projections.states import reached, wait_for

SECONDS = 5.0
LISTED = 20
COLUMNS = (
    *("case", "advisor", "service", "stage", "waits", "since", "days_left", "meetings", "pace"),
    *("plan", "checklist", "contact", "paused", "due"),
)
Waits = Literal["decision", "advisor", "start", "statement"]


def show_caseload(
    *,
    advisor: Annotated[str | None, Parameter(help="Only the cases of this advisor.")] = None,
    office: Annotated[
        str | None, Parameter(help="Only those of who works at this office on the day.")
    ] = None,
    team: Annotated[str | None, Parameter(help="Only those of who works in this team on the day.")] = None,
    waits: Annotated[Waits | None, Parameter(help="Only the cases that wait for this.")] = None,
    after: Annotated[
        int | None, Parameter(help="Wait until the log is read up to this position, such as a command's.")
    ] = None,
    on: On = None,
    json: Json = False,
) -> None:
    """List open cases, the most urgent first, with what is due and the pace of the meetings; and workloads.

    It is read from what `liggare projections run` keeps, and says how far that reaches.
    """
    day, whose = words.day(on), Whose(advisor, office, team)
    with the_ledger() as ledger:
        if after is not None:
            wait_for(ledger, after, SECONDS, ("caseload", "duties"))
        _must_be_registered(ledger, advisor, office, team)
        position = reached(ledger, "caseload", "duties")
        rows = caseload(ledger, day, whose, waits)
        loads = workload(ledger, day, whose)
    if json:
        for row in rows:
            printing.json_line({"kind": "case", **row, "position": position})
        for load in loads:
            printing.json_line({"kind": "workload", **load, "position": position})
        return
    if not rows:
        printing.line(f"No open cases, at position {position} of the log.")
        return
    title = f"Open cases, with days counted to {day}, at position {position} of the log"
    printing.table(title, list(COLUMNS), [_shown(row) for row in rows])
    shown = [load | {"advisor": _advisor(load) or "nobody"} for load in loads]
    printing.table("Workload", list(shown[0]), shown)


def _must_be_registered(ledger: Ledger, *names: str | None) -> None:
    """Raise `InputFault` for an advisor, office or team that was never in the register: none is not nobody's."""
    lines = ledger.register().lines
    for kind, name in zip(("staff", "office", "team"), names, strict=True):
        if name is not None and (kind, name) not in lines:
            known = sorted(other for of_kind, other in lines if of_kind == kind)
            there = ", ".join(known[:LISTED]) + (" and others" if len(known) > LISTED else "")
            raise InputFault(f"no {kind} {name} in the register; there are {there or 'none'}")


def _shown(row: dict[str, Any]) -> dict[str, object]:
    """Return what a person reads of a case on one line."""
    first = row["due"][0] if row["due"] else None
    under_way = row["agreed_end"] is not None
    return {
        "case": str(row["case"])[:8],
        "advisor": _advisor(row),
        "service": row["service"],
        "stage": row["stage"],
        "waits": row["waits_for"],
        "since": row["starts_on"] or row["decided_on"] or row["received_on"],
        "days_left": row["days_left"],
        "meetings": f"{row['meetings_held']}/{row['meetings_required']}" if under_way else None,
        "pace": f"{row['pace']:+d}" if under_way else None,
        "plan": f"{row['tasks_done']}/{row['tasks']}" if row["plan_agreed_on"] else None,
        "checklist": f"{row['activities_done']}/{row['activities']}" if under_way else None,
        "contact": row["last_contact"],
        "paused": row["paused_since"],
        "due": f"{first['due_on']} {first['code']}" if first else None,
    }


def _advisor(row: dict[str, Any]) -> str | None:
    """Return who has a case, and whether that is somebody who works nowhere on the day."""
    name = row["advisor"]
    return f"{name} (left)" if name and row["office"] is None else name
