"""`liggare employers`: modules, funds by kind, notifications and the five steps, over all employers."""

from typing import Any

from api import printing
from api.words import Json, the_ledger
from domain.employer_admission import in_kronor
from projections.employer_board import employer_board

TITLES = {
    "modules": "Modules",
    "funding": "Preventive funds, by kind",
    "notifications": "Notifications for extended measures",
    "steps": "The five steps at reduced work capacity",
}


def employers(*, json: Json = False) -> None:
    """Count what employers do: the module board, funds by kind, notifications, and procedures by step."""
    with the_ledger() as ledger:
        board = employer_board(ledger)
    if not json and not any(getattr(board, name) for name in TITLES):
        printing.line(f"Nothing of employers is on record, at position {board.position} of the log.")
    for name, title in TITLES.items():
        rows = getattr(board, name)
        if json:
            for row in rows:
                printing.json_line({"count": name, **row, "position": board.position})
        elif rows:
            shown = [_in_kronor(row) for row in rows]
            printing.table(f"{title}, at position {board.position} of the log", list(shown[0]), shown)


def _in_kronor(row: dict[str, Any]) -> dict[str, Any]:
    """Return a row as a person reads it: an amount in kronor."""
    told = dict(row)
    if "amount_ore" in told:
        told["kronor"] = in_kronor(told.pop("amount_ore"), " ", ",")
    return told
