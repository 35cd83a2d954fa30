"""What is read of employers: the module board, funds by kind, notifications, and procedures by step."""

from typing import Any, NamedTuple

from ledger.ledger import Ledger
from ledger.queries import queries
from projections.states import Behind, states

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
    kept = next(state for state in states(ledger) if state.name == "employers")
    if kept.version != kept.wanted:
        raise Behind("projection employers is not built; run `liggare projections run`")
    names = ("modules", "funding", "notifications", "steps")
    rows = ([dict(row) for row in ledger.select(SQL[name])] for name in names)
    return Board(kept.position, *rows)
