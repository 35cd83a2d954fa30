"""`liggare caseload`: an advisor's, an office's or a team's open cases, the most urgent first."""

from typing import Annotated, Any, Literal

from cyclopts import Parameter

from api import printing, words
from api.words import Json, On, the_ledger
from projections.dashboard import Whose, caseload, workload
from projections.states import Behind, State, states, wait_for

SECONDS = 5.0
COLUMNS = (
    *("case", "advisor", "service", "stage", "waits", "days_left", "meetings", "pace"),
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
        kept = {state.name: state for state in states(ledger)}
        position = min(_served(kept[name]) for name in ("caseload", "duties"))
        rows = caseload(ledger, day, whose, waits)
        loads = workload(ledger, day, whose)
    if json:
        for row in rows:
            printing.json_line({"kind": "case", **row, "position": position})
        for load in loads:
            printing.json_line({"kind": "workload", **load, "position": position})
        return
    title = f"Open cases on {day}, at position {position} of the log"
    printing.table(title, list(COLUMNS), [_shown(row) for row in rows])
    printing.table("Workload", list(loads[0]) if loads else ["advisor", "cases"], loads)


def _served(state: State) -> int:
    """Return how far a projection reaches; raise `Behind` where it has no rows to read."""
    if state.version != state.wanted:
        raise Behind(f"projection {state.name} is not built; run `liggare projections run`")
    return state.position


def _shown(row: dict[str, Any]) -> dict[str, object]:
    """Return what a person reads of a case on one line."""
    first = row["due"][0] if row["due"] else None
    under_way = row["agreed_end"] is not None
    return {
        "case": str(row["case"])[:8],
        "advisor": row["advisor"],
        "service": row["service"],
        "stage": row["stage"],
        "waits": row["waits_for"],
        "days_left": row["days_left"],
        "meetings": f"{row['meetings_held']}/{row['meetings_required']}" if under_way else None,
        "pace": f"{row['pace']:+d}" if under_way else None,
        "plan": f"{row['tasks_done']}/{row['tasks']}" if row["plan_agreed_on"] else None,
        "checklist": f"{row['activities_done']}/{row['activities']}" if under_way else None,
        "contact": row["last_contact"],
        "paused": row["paused_since"],
        "due": f"{first['due_on']} {first['code']}" if first else None,
    }
