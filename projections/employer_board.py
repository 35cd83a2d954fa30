"""What is read of employers: the module board, funds by kind, notifications, and procedures by step."""

from typing import Any, NamedTuple

from ledger.ledger import Ledger
from ledger.queries import queries
from projections.states import reached

SQL = queries("projections", "readers.sql")


class Board(NamedTuple):
    """Counts over all employers, and the position of the log that they are made from."""

    position: int
    modules: list[dict[str, Any]]
    funding: list[dict[str, Any]]
    notifications: list[dict[str, Any]]
    steps: list[dict[str, Any]]


def employer_board(ledger: Ledger) -> Board:
    """Count what employers do; raise `Behind` where that is not projected yet."""
    position = reached(ledger, "employers")
    names = ("modules", "funding", "notifications", "steps")
    rows = ([dict(row) for row in ledger.select(SQL[name])] for name in names)
    return Board(position, *rows)
