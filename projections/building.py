"""Building projections beside the live ones: case by case, up to one position, compared, and put in their place.

What is built is compared in the snapshot that it is built in: the live rows there are those of the same position,
whatever the runner writes meanwhile. The tables change places in one transaction, with what came in since.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import NamedTuple
from uuid import UUID

from psycopg import Connection, IsolationLevel, errors, sql
from psycopg.rows import DictRow

from ledger.faults import LedgerFault
from ledger.garbage import seldom_collecting
from projections.differences import Difference, Differences, differences
from projections.making import Wanted, Whole, maker, rows
from projections.projection import Projection
from projections.reading import SQL, LogReader
from projections.writing import (
    LIVE,
    SHADOW,
    by_source,
    fill,
    make_tables,
    placed,
    replace,
    sources_of,
    statement,
)

READ_AT_ONCE = 5000
BATCH = 1000
LOCK = 0x4C494742  # "LIGB": one process builds at a time
TRIES = 20

Step = Callable[[int], object]


class Rebuilt(NamedTuple):
    """What came of building a projection anew: up to which position, and how the live rows differed from it.

    `before` is the version that was live, None where nothing was; only rows of the same version are compared.
    """

    name: str
    version: int
    before: int | None
    position: int
    differing: int
    differences: list[Difference]


class _Plan(NamedTuple):
    """A projection to build, the version that is live, and the position to build it to."""

    projection: Projection
    before: int | None
    position: int


def rebuild(
    connection: Connection[DictRow],
    projections: Sequence[Projection],
    progress: Callable[[int], Step] = lambda _: lambda _: None,
) -> list[Rebuilt]:
    """Build projections anew beside the live ones, compare them, and put them in their place.

    `progress` is told how far the log goes, and returns what is told of each step. Raises `LedgerFault` where an
    event can't be read or made a row of; the live rows are then as they were.
    """
    with _alone(connection), seldom_collecting():
        connection.execute(statement("drop_shadow", schema=_schema()))
        try:
            with _snapshot(connection):
                plans = _plans(connection, projections)
                _build(connection, plans, progress)
                compared = [_compared(connection, plan) for plan in plans]
            reached = [_put_in_place(connection, plan) for plan in plans]
        finally:
            if not connection.broken:
                connection.execute(statement("drop_shadow", schema=_schema()))
    return [
        Rebuilt(plan.projection.name, plan.projection.version, plan.before, position, *found)
        for plan, position, found in zip(plans, reached, compared, strict=True)
    ]


def compare(
    connection: Connection[DictRow],
    projections: Sequence[Projection],
    progress: Callable[[int], Step] = lambda _: lambda _: None,
) -> list[Rebuilt]:
    """Build projections anew beside the live ones and compare them; what is live stays as it is.

    Raises `LedgerFault` where an event can't be read or made a row of.
    """
    with _alone(connection), seldom_collecting():
        connection.execute(statement("drop_shadow", schema=_schema()))
        try:
            with _snapshot(connection):
                plans = _plans(connection, projections)
                _build(connection, plans, progress)
                return [
                    Rebuilt(
                        plan.projection.name,
                        plan.projection.version,
                        plan.before,
                        plan.position,
                        *_compared(connection, plan),
                    )
                    for plan in plans
                ]
        finally:
            if not connection.broken:
                connection.execute(statement("drop_shadow", schema=_schema()))


def start_empty(connection: Connection[DictRow], projection: Projection) -> None:
    """Make a projection's tables, to be filled from the log's first event on."""
    with connection.transaction():
        make_tables(connection, projection, LIVE)
        _set_state(connection, projection, 0)


@contextmanager
def _alone(connection: Connection[DictRow]) -> Iterator[None]:
    """Let one process build at a time."""
    row = connection.execute(SQL["lead"], {"lock": LOCK}).fetchone()
    if row is None or not row["leads"]:
        raise LedgerFault("another process is building projections; wait until it is done")
    try:
        connection.execute(SQL["hurry"])
        yield
    finally:
        if not connection.broken:
            connection.execute(SQL["leave"], {"lock": LOCK})


@contextmanager
def _snapshot(connection: Connection[DictRow]) -> Iterator[None]:
    """Yield a transaction that sees the database as it is now, and what it writes itself."""
    connection.isolation_level = IsolationLevel.REPEATABLE_READ
    try:
        with connection.transaction():
            yield
    finally:
        if not connection.broken:
            connection.isolation_level = None


def _plans(connection: Connection[DictRow], projections: Sequence[Projection]) -> list[_Plan]:
    """Return to which position each projection is built: the live one's, where it is of the same version."""
    newest = LogReader(connection).newest()
    live = {row["name"]: row for row in connection.execute(SQL["states"])}
    plans = []
    for one in projections:
        row = live.get(one.name)
        same = row is not None and row["version"] == one.version
        plans.append(_Plan(one, row["version"] if row else None, row["position"] if row and same else newest))
    return plans


def _build(connection: Connection[DictRow], plans: Sequence[_Plan], progress: Callable[[int], Step]) -> None:
    """Fill new tables beside the live ones with what the log up to the wanted positions comes to."""
    connection.execute(statement("make_shadow", schema=_schema()))
    for plan in plans:
        make_tables(connection, plan.projection, SHADOW)
    until = max((plan.position for plan in plans), default=0)
    step = progress(until)
    wanted = [Wanted(plan.projection, plan.position) for plan in plans]
    with maker(wanted, until) as make:
        for found in make(whole_cases(connection, until, step)):
            for plan, rows_ in zip(plans, found, strict=True):
                fill(connection, SHADOW, plan.projection, rows_)
    for plan in plans:
        for table in plan.projection.tables:
            connection.execute(statement("analyze", table=placed(SHADOW, table)))


def whole_cases(connection: Connection[DictRow], until: int, step: Step = lambda _: None) -> Iterator[Whole]:
    """Yield all aggregates' rows of the log up to a position, some at a time; within a transaction."""
    open_rows = list[DictRow]()
    connection.execute(SQL["read_all"])
    with connection.cursor(name="log_by_case") as cursor:
        cursor.execute(SQL["by_case"], {"until": until})
        while rows_ := cursor.fetchmany(READ_AT_ONCE):
            whole: dict[UUID, list[DictRow]] = {}
            for row in (*open_rows, *rows_):
                whole.setdefault(row["originator_id"], []).append(row)
            open_rows = whole.pop(rows_[-1]["originator_id"])  # it may go on
            yield list(whole.items())
            step(len(rows_))
    if open_rows:
        yield [(open_rows[0]["originator_id"], open_rows)]


def _compared(connection: Connection[DictRow], plan: _Plan) -> Differences:
    """Return how the live rows differ from those built, where both are of one version."""
    if plan.before != plan.projection.version:
        return Differences(0, [])
    return differences(connection, plan.projection, plan.position)


def _put_in_place(connection: Connection[DictRow], plan: _Plan) -> int:
    """Let what was built be the live tables, with what came in meanwhile; return the position that it reaches."""
    position = plan.position
    while (live := _live_position(connection, plan.projection)) - position > BATCH:
        position = _take_on(connection, plan.projection, position, live)
    for _ in range(TRIES):
        try:
            with connection.transaction():
                connection.execute(SQL["soon"])
                live = _live_position(connection, plan.projection, hold=True)
                reached = _take_on(connection, plan.projection, position, live)
                for table in plan.projection.tables:
                    connection.execute(statement("drop_table", table=placed(LIVE, table)))
                    connection.execute(statement("move_table", table=placed(SHADOW, table)))
                _set_state(connection, plan.projection, reached)
        except (errors.LockNotAvailable, errors.DeadlockDetected):
            continue
        return reached
    raise LedgerFault(f"projection {plan.projection.name} is read all the time; nothing was put in its place")


def _live_position(connection: Connection[DictRow], projection: Projection, *, hold: bool = False) -> int:
    """Return how far the live rows of a projection reach, where they are of the same version."""
    statement_ = SQL["hold"] if hold else SQL["state"]
    row = connection.execute(statement_, {"name": projection.name}).fetchone()
    return int(row["position"]) if row and row["version"] == projection.version else 0


def _take_on(connection: Connection[DictRow], projection: Projection, position: int, until: int) -> int:
    """Take what was built on to a later position; return how far it reaches."""
    log = LogReader(connection)
    while position < until:
        batch = [row for row in log.batch(position, BATCH) if row["notification_id"] <= until]
        touched = log.touched(batch)
        for fault in touched.faults.values():
            raise LedgerFault(fault)
        made = rows(projection, touched.aggregates)
        with connection.transaction():
            found = by_source(projection, made, sources_of(touched.aggregates))
            for table in projection.tables:
                replace(connection, SHADOW, table, found[table.name])
        position = batch[-1]["notification_id"]
    return position


def _set_state(connection: Connection[DictRow], projection: Projection, position: int) -> None:
    values = {"name": projection.name, "version": projection.version, "position": position}
    connection.execute(SQL["set_state"], values)


def _schema() -> sql.Identifier:
    return sql.Identifier(SHADOW)
