"""What verifying finds wrong: one line each, naming the event where it lies, without personal data."""

from collections.abc import Iterable
from typing import Literal, NamedTuple

from psycopg import Connection
from psycopg.rows import DictRow

from ledger.queries import queries

SQL = queries("replays", "faults.sql")

Kind = Literal[
    "event",
    "checkpoint",
    "tree",
    "receipt",
    "month",
    "register",
    "command",
    "person",
    "key",
    "projection",
    "reading",
]


class Fault(NamedTuple):
    """One thing that is wrong: what it is about, a line that says it, and the event's position, if there is one.

    Of a reading, or the readings' tree and checkpoints, the position is the reading's number.
    """

    kind: Kind
    what: str
    position: int | None = None


def at_position(connection: Connection[DictRow], positions: Iterable[int]) -> dict[int, str]:
    """Return which events stand at some positions, in words."""
    rows = connection.execute(SQL["at_positions"], {"positions": list(positions)})
    return {
        row["notification_id"]: f"event {row['notification_id']} of the log ({row['topic']}, number "
        f"{row['originator_version']} of case {row['originator_id']})"
        for row in rows
    }
