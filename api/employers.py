"""`liggare employers`: modules, funds by kind, notifications and the five steps, over all employers."""

from api import printing
from api.words import Json, the_ledger
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
    for name, title in TITLES.items():
        rows = getattr(board, name)
        if json:
            for row in rows:
                printing.json_line({"count": name, **row, "position": board.position})
        elif rows:
            printing.table(f"{title}, at position {board.position} of the log", list(rows[0]), rows)
