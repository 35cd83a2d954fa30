"""Where each projection stands: its version, how far it reaches, what stopped it; and waiting for it to come on."""

import time
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from typing import NamedTuple

from psycopg.rows import DictRow

from ledger.faults import LedgerFault
from ledger.reading import LedgerReader
from projections.catalogue import PROJECTIONS
from projections.projection import Projection
from projections.reading import SQL

LOCK = 0x4C494750  # "LIGP": one process runs the projections of a ledger

SHORTEST_SECONDS, LONGEST_SECONDS = 0.001, 0.05
LONGER = 1.25
"""Between two looks: each pause is a quarter longer than the last, so that no wait is longer by more than that."""


class State(NamedTuple):
    """A projection as the database has it: version 0 where it was never built.

    `behind` is how far the log's newest position lies ahead; `wanted` is the version that this program makes.
    """

    name: str
    version: int
    wanted: int
    position: int
    behind: int
    error: str | None
    failed_at: datetime | None
    moved_at: datetime | None

    @property
    def serves(self) -> bool:
        """Tell whether its rows are those that this program reads, and nothing stopped it."""
        return self.version == self.wanted and self.error is None


class Behind(LedgerFault):
    """A projection does not reach far enough yet."""


def states(ledger: LedgerReader, projections: Sequence[Projection] = PROJECTIONS) -> list[State]:
    """Return where each projection stands."""
    last = newest(ledger)
    found = {row["name"]: row for row in ledger.select(SQL["states"])}
    return [_state(one, found.get(one.name), last) for one in projections]


def late(ledger: LedgerReader, seconds: float) -> list[str]:
    """Return which projections don't serve, or have not read what was recorded so many seconds ago."""
    overdue = {row["name"] for row in ledger.select(SQL["overdue"], seconds=seconds)}
    return [one.name for one in states(ledger) if not one.serves or one.name in overdue]


def newest(ledger: LedgerReader) -> int:
    """Return the position of the log's last event, 0 where there is none."""
    return int(ledger.select(SQL["newest"])[0]["position"])


def _state(projection: Projection, row: DictRow | None, newest: int) -> State:
    """Return where a projection stands, given its row in the database."""
    if row is None:
        return State(projection.name, 0, projection.version, 0, newest, None, None, None)
    return State(
        name=projection.name,
        version=row["version"],
        wanted=projection.version,
        position=row["position"],
        behind=max(0, newest - row["position"]),
        error=row["error"],
        failed_at=row["failed_at"],
        moved_at=row["moved_at"],
    )


def reached(ledger: LedgerReader, *names: str) -> int:
    """Return how far all of some projections reach; raise `Behind` where one of them has no rows to read."""
    wanted = {one.name: one.version for one in PROJECTIONS if one.name in names}
    found = {row["name"]: row for row in ledger.select(SQL["states"]) if row["name"] in wanted}
    for name, version in wanted.items():
        if name not in found or found[name]["version"] != version:
            raise Behind(f"projection {name} is not built; run `liggare projections run`")
    return min(int(row["position"]) for row in found.values())


def is_led(ledger: LedgerReader) -> bool:
    """Tell whether a process keeps the projections up with the log."""
    return bool(ledger.select(SQL["led"], lock=LOCK)[0]["led"])


def caught_up(ledger: LedgerReader, name: str) -> bool:
    """Tell whether a projection serves, and has all that the log has."""
    return any(one.serves and not one.behind for one in states(ledger) if one.name == name)


def wait_for(
    ledger: LedgerReader,
    position: int,
    timeout: float,
    names: Iterable[str] | None = None,
    sleep: Callable[[float], None] = time.sleep,
) -> None:
    """Wait until projections (all, unless named) reach a position of the log, such as a command's.

    Raises `Behind` after `timeout` seconds, and at once where one of them is stopped or of another version.
    """
    wanted = None if names is None else set(names)
    deadline, pause = time.monotonic() + timeout, SHORTEST_SECONDS
    while True:
        late = [
            one
            for one in states(ledger)
            if (wanted is None or one.name in wanted) and not (one.serves and one.position >= position)
        ]
        if not late:
            return
        for one in late:
            if one.error is not None:
                raise Behind(f"projection {one.name} stopped at position {one.position}: {one.error}")
        if time.monotonic() + pause > deadline:
            names_of = ", ".join(f"{one.name} at {one.position}" for one in late)
            raise Behind(
                f"not at position {position} within {timeout:g} s: {names_of}; "
                "is `liggare projections run` running?"
            )
        sleep(pause)
        pause = min(pause * LONGER, LONGEST_SECONDS)
