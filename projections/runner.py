"""The runner of all projections: batches of the log in its order, their rows and the position in one transaction.

    listen   first, so that nothing comes unnoticed after the look; and look again after 1 to 50 ms anyway
    read     up to 1,000 events, decoded and folded before any transaction opens
    write    the rows of the aggregates they touch, and the position, all projections together

A projection that an event or a row of its own stops is read on event by event until the culprit is known. It stays
there with the reason, and the others go on. One process leads; the others wait for its place.
"""

import time
from collections.abc import Callable, Sequence
from itertools import groupby

from psycopg import Connection, DatabaseError, InterfaceError, OperationalError
from psycopg.rows import DictRow

from ledger.faults import LedgerFault
from projections.building import Rebuilt, rebuild, start_empty
from projections.projection import Aggregate, Projection, Rows, rows_of
from projections.reading import SQL, LogReader, at
from projections.states import LOCK
from projections.writing import LIVE, Written, replace, sources_of

BATCH = 1000
SHORTEST_SECONDS, LONGEST_SECONDS = 0.001, 0.05
FAR_BEHIND = 10_000
"""So many events behind, and more than half of the log, a projection is built anew rather than taken on."""
LEADER_SECONDS = 0.1
"""How often a process that waits looks whether the leader is gone."""

Tell = Callable[[str], None]


class Moved(Exception):
    """Somebody else moved a projection meanwhile: a rebuild put other rows in its place."""


class Runner:
    """Keeps projections up with the log, on one connection that nobody else uses."""

    def __init__(
        self,
        connection: Connection[DictRow],
        projections: Sequence[Projection],
        tell: Tell = lambda _: None,
        size: int = BATCH,
    ) -> None:
        self._connection = connection
        self._projections = {one.name: one for one in projections}
        self._tell = tell
        self._size = size
        self._log = LogReader(connection)
        self._narrow: dict[str, int] = {}
        """Projections that something in a batch stopped, each with the batch's end: read event by event."""
        self._written = Written()

    def lead(self, *, wait: bool = True) -> bool:
        """Wait until this process leads, or tell at once whether it does; then prepare what is to be kept."""
        while not self._leads():
            if not wait:
                return False
            time.sleep(LEADER_SECONDS)
        self._connection.execute(SQL["hurry"])
        self._connection.execute(SQL["listen"])
        self._connection.execute(SQL["try_again"], {"names": list(self._projections)})
        self._prepare()
        return True

    def _prepare(self) -> None:
        """Build what is not there, is of an older version, or has more before it than behind it."""
        newest = self._log.newest()
        live = {row["name"]: row for row in self._connection.execute(SQL["states"])}
        wanted = []
        for one in self._projections.values():
            row = live.get(one.name)
            if row is not None and row["version"] > one.version:
                self._tell(f"projection {one.name} is of version {row['version']}: install the newer Liggare")
            elif row is None or row["version"] < one.version or _far_behind(newest, row["position"]):
                wanted.append(one)
        try:
            self._build(wanted)
        except LedgerFault:
            for one in wanted:
                self._build_one(one, live.get(one.name))

    def _build(self, projections: Sequence[Projection]) -> list[Rebuilt]:
        return rebuild(self._connection, projections) if projections else []

    def _build_one(self, projection: Projection, live: DictRow | None) -> None:
        """Build one; where an event or a row stops it, what is new begins at the log's first event."""
        try:
            self._build([projection])
        except LedgerFault as fault:
            if live is None:
                start_empty(self._connection, projection)
            elif live["version"] < projection.version:
                self._stop(projection.name, live["position"], f"it can't be built anew: {fault}")

    def _leads(self) -> bool:
        row = self._connection.execute(SQL["lead"], {"lock": LOCK}).fetchone()
        return bool(row and row["leads"])

    def catch_up(self) -> None:
        """Go on until there is nothing more in the log."""
        while self.step():
            pass

    def follow(self, between: Callable[[], object] = lambda: None) -> None:
        """Go on for ever; `between` is called between two steps."""
        pause = SHORTEST_SECONDS
        while True:
            between()
            if self.step():
                pause = SHORTEST_SECONDS
            else:
                for _ in self._connection.notifies(timeout=pause, stop_after=1):
                    pass
                pause = min(pause * 2, LONGEST_SECONDS)

    def step(self) -> bool:
        """Take projections a batch further; tell whether there was anything to do."""
        going = self._going()
        for name, position in going:
            self._written.stand_at(self._projections[name], position)
        done = False
        for position, group in groupby(sorted(going, key=lambda pair: pair[1]), key=lambda pair: pair[1]):
            named = [name for name, _ in group]
            alone = [name for name in named if position < self._narrow.get(name, 0)]
            together = [name for name in named if name not in alone]
            if together:
                done |= self._batch(together, position, self._size)
            for name in alone:
                done |= self._batch([name], position, 1)
        return done

    def _going(self) -> list[tuple[str, int]]:
        """Return the projections that are not stopped, each with its position."""
        return [
            (row["name"], row["position"])
            for row in self._connection.execute(SQL["states"], prepare=True)
            if row["error"] is None
            and row["name"] in self._projections
            and row["version"] == self._projections[row["name"]].version
        ]

    def _batch(self, names: Sequence[str], after: int, size: int) -> bool:
        """Take projections that stand at one position a batch further; tell whether there was one."""
        batch = self._log.batch(after, size)
        if not batch:
            return False
        touched = self._log.touched(batch)
        made, failing = dict[str, Rows](), dict[str, str]()
        for name in names:
            projection = self._projections[name]
            if unreadable := [touched.faults[kind] for kind in projection.kinds & touched.faults.keys()]:
                failing[name] = unreadable[0]
                continue
            try:
                made[name] = rows_of(projection, touched.aggregates)
            except Exception as error:
                failing[name] = _row_fault(batch[-1], name, error)
        failing |= self._write(made, touched.aggregates, after, batch[-1]["notification_id"])
        for name, why in failing.items():
            if len(batch) == 1:
                self._stop(name, after, why)
            else:
                self._narrow[name] = batch[-1]["notification_id"]
        return True

    def _write(
        self, made: dict[str, Rows], aggregates: Sequence[Aggregate], after: int, until: int
    ) -> dict[str, str]:
        """Write rows and position of some projections; return those that the database did not take, and why."""
        try:
            with self._connection.transaction():
                self._move(list(made), after, until)
                for name, rows in made.items():
                    changed = self._written.changed(self._projections[name], rows, sources_of(aggregates))
                    for table in self._projections[name].tables:
                        replace(self._connection, LIVE, table, changed[table.name])
            for name in made:
                self._written.keep(self._projections[name], until)
        except Moved:
            return {}
        except (OperationalError, InterfaceError):
            raise
        except DatabaseError as error:
            if len(made) == 1:
                row = self._log.batch(after, 1)[0]
                return {next(iter(made)): _row_fault(row, next(iter(made)), error)}
            refused: dict[str, str] = {}
            for name, rows in made.items():
                refused |= self._write({name: rows}, aggregates, after, until)
            return refused
        return {}

    def _move(self, names: list[str], after: int, until: int) -> None:
        values = {"names": names, "versions": [self._projections[name].version for name in names]}
        moved = self._connection.execute(
            SQL["move"], values | {"from": after, "to": until}, prepare=True
        ).fetchall()
        if len(moved) != len(names):
            raise Moved

    def _stop(self, name: str, position: int, why: str) -> None:
        """Stop a projection loudly, before the event that it can't pass."""
        self._connection.execute(SQL["stop"], {"name": name, "position": position, "error": why})
        self._narrow.pop(name, None)
        self._tell(f"projection {name} stopped: {why}")


def _far_behind(newest: int, position: int) -> bool:
    return newest - position > max(FAR_BEHIND, position)


def _row_fault(row: DictRow, name: str, error: Exception) -> str:
    """Return why a row could not be made or kept, by the kind of error alone: its text may repeat a value."""
    kind = type(error).__name__
    if isinstance(error, DatabaseError) and error.diag.column_name:
        kind = f"{kind} in column {error.diag.column_name}"
    return f"{at(row)} can't be made rows of {name}: {kind}"
