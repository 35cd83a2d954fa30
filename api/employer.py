"""An employer's case as it is shown: where it stands, its modules, its funds line by line, and its replay."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

from api import duties, printing
from api.steps import changes, show_grounds
from domain.employer_admission import in_kronor
from domain.grounds import Known
from domain.history import Entry
from ledger.ledger import Ledger, today
from replays.employer_replay import EmployerStep, replay_employer
from replays.employer_state import employer_commands, employer_state, funding, module_board
from replays.state import described, entry_values, history

FIELDS = ("state", "modules", "funding", "commands", "history")
"""What is shown of an employer's case."""

MARKS = {"funded": "✓", "refused": "✗", "waiting": "…", "undecided": "·"}


def show(ledger: Ledger, case_id: UUID, entries: tuple[Entry, ...], *, json: bool) -> None:
    """Show an employer's case: where it stands, modules and funds, what may be done, and its timeline."""
    case = ledger.employer_case(case_id)
    known = Known(today(), entries, register=ledger.register())
    stands, board, funds = employer_state(case), module_board(case), funding(case)
    commands = employer_commands(case, known)
    if json:
        more = {"modules": board, "funding": funds, "commands": commands}
        printing.json_line({"case": case_id, "state": stands, **more})
        for row in history(entries):
            printing.json_line({"case": case_id, **row})
        return
    amount = stands.pop("funded_ore")
    printing.state(case_id, stands | {"funded": _sek(amount) if funds else None})
    _modules(board)
    for row in funds:
        _funds(row)
    duties.show([], [], commands)
    printing.timeline(entries)


def _modules(board: list[dict[str, Any]]) -> None:
    """Print the board of modules; what deviates from the advised order is said below."""
    if board:
        printing.line("\n  modules (O-06)", style="bold")
    for row in board:
        when = " to ".join(filter(None, (row["started_on"], row["completed_on"])))
        status = row["status"].replace("_", " ")
        printing.line(f"    {row['module']} {row['name_sv']} · {row['name_en']}: {status} {when}".rstrip())
        if row["ahead_of"]:
            printing.line(f"      {row['sv']} · {row['en']}", style="yellow")


def _funds(row: dict[str, Any]) -> None:
    """Print an application for funds, line by line."""
    sums = f"{_sek(row['funded_ore'])} of {_sek(row['sought_ore'])}"
    printing.line(f"\n  funds applied for {row['applied_on']}: {sums}", style="bold")
    for purpose in row["purposes"]:
        printing.line(f"    {purpose['clause']:<8} {purpose['sv']} · {purpose['en']}")
    for line in row["lines"]:
        cost = f"{line['kind']}, {_sek(line['amount_ore'])}: {line['description']}"
        printing.line(f"    {MARKS[line['result']]} {line['number']} {cost}")
        if line["sv"]:
            style = "" if line["result"] == "funded" else "red"
            printing.line(f"      {line['clause']:<8} {line['sv']}", style=style)
            printing.line(f"      {'':<8} {line['en']}", style="dim")


def _sek(ore: int) -> str:
    return f"{in_kronor(ore, ' ', ',')} kr"


def replay(
    case_id: UUID,
    entries: Sequence[Entry],
    valid_on: date | None,
    known_at: datetime | None,
    lines: Sequence[Entry],
    *,
    json: bool,
) -> None:
    """Show the steps of a case: each entry, why it was allowed, and what it changed."""
    for step in replay_employer(case_id, entries, valid_on, known_at, lines):
        if json:
            printing.json_line(values_of_step(step))
            continue
        event = step.entry.event
        title = f"{event.occurred_on}  {type(event).__name__}  {described(event)}"
        printing.line(title.rstrip(), style="bold")
        printing.line(f"    {printing.recorded([step.entry])}", style="dim")
        show_grounds(step.grounds)
        changes(employer_state(step.before), employer_state(step.after))


def values_of_step(step: EmployerStep) -> dict[str, Any]:
    """Return a step as plain values: the entry, why it was allowed, and the case before and after it."""
    return entry_values(step.entry) | {
        "allowed": step.grounds._asdict(),
        "before": employer_state(step.before),
        "state": employer_state(step.after),
        "modules": module_board(step.after),
        "funding": funding(step.after),
    }
