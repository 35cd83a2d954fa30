"""Writing what projections are: the rows of some aggregates put in the place of those before, set by set."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from importlib.resources import files
from uuid import UUID

from psycopg import Connection, sql
from psycopg.rows import DictRow

from projections.projection import Aggregate, Kind, Projection, Row, Rows, Table
from projections.reading import SQL

LIVE, SHADOW = "liggare_read", "liggare_shadow"
"""The schema that is read, and the one in which tables are built beside it."""

SOURCES_REMEMBERED = 20_000
"""Of so many aggregates a process remembers what it wrote to a table, before it begins anew."""
BySource = dict[UUID, list[Row]]
"""Rows of a table, by the aggregate that they come from."""

Sources = Mapping[Kind, Sequence[UUID]]
"""The ids of some aggregates, by their kind."""


def statement(name: str, **parts: sql.Composable) -> sql.Composed:
    """Return one of the named statements with its tables and columns filled in."""
    return sql.SQL(SQL[name]).format(**parts)


def placed(schema: str, table: Table) -> sql.Identifier:
    """Return a table's name in a schema."""
    return sql.Identifier(schema, table.name)


def columns(table: Table) -> sql.Composed:
    """Return the names of all columns of a table."""
    return sql.SQL(", ").join(map(sql.Identifier, ("source", *table.columns)))


def sources_of(aggregates: Iterable[Aggregate]) -> Sources:
    """Return the ids of aggregates by their kind."""
    found: dict[Kind, list[UUID]] = defaultdict(list)
    for one in aggregates:
        found[one.kind].append(one.id)
    return found


def make_tables(connection: Connection[DictRow], projection: Projection, schema: str) -> None:
    """Make a projection's tables in a schema; within a transaction."""
    connection.execute(SQL["build_in"], {"schema": schema})
    connection.execute(files("projections").joinpath(projection.shape).read_text("utf-8"))


def fill(connection: Connection[DictRow], schema: str, projection: Projection, rows: Rows) -> None:
    """Add rows to a projection's tables."""
    for table in projection.tables:
        _copy(connection, schema, table, rows[table.name])


def by_source(projection: Projection, rows: Rows, sources: Sources) -> dict[str, BySource]:
    """Return rows by table and aggregate; an aggregate without any has none."""
    found: dict[str, BySource] = {}
    for table in projection.tables:
        of_table: BySource = {source: [] for source in sources.get(table.kind, ())}
        for row in rows[table.name]:
            of_table[row[0]].append(row)
        found[table.name] = of_table
    return found


def replace(connection: Connection[DictRow], schema: str, table: Table, rows: BySource) -> None:
    """Put the rows of some aggregates in the place of those that a table has of them."""
    if rows:
        query = statement("clear", table=placed(schema, table))
        connection.execute(query, {"sources": list(rows)}, prepare=True)
        _copy(connection, schema, table, [row for own in rows.values() for row in own])


class Written:
    """The rows that this process wrote last: what an event leaves as it was need not be written again.

    It holds while nobody else writes to the tables, which the position tells.
    """

    def __init__(self) -> None:
        self._rows: dict[str, BySource] = {}
        self._new: dict[str, BySource] = {}
        self._positions: dict[str, int] = {}

    def stand_at(self, projection: Projection, position: int) -> None:
        """Forget what was written of a projection unless it stands where this process left it."""
        if self._positions.get(projection.name) != position:
            for table in projection.tables:
                self._rows.pop(table.name, None)

    def changed(self, projection: Projection, rows: Rows, sources: Sources) -> dict[str, BySource]:
        """Return those aggregates' rows, by table, that are not the ones that were written last."""
        found = by_source(projection, rows, sources)
        for name, of_table in found.items():
            before = self._rows.get(name, {})
            found[name] = self._new[name] = {
                source: own for source, own in of_table.items() if before.get(source) != own
            }
        return found

    def keep(self, projection: Projection, position: int) -> None:
        """Remember what was written of a projection, now that it stands at a position."""
        self._positions[projection.name] = position
        for table in projection.tables:
            kept = self._rows.setdefault(table.name, {})
            if len(kept) > SOURCES_REMEMBERED:
                kept.clear()
            kept |= self._new.pop(table.name, {})


def _copy(connection: Connection[DictRow], schema: str, table: Table, rows: Sequence[Row]) -> None:
    if not rows:
        return
    query = statement("fill", table=placed(schema, table), columns=columns(table))
    with connection.cursor() as cursor, cursor.copy(query) as copy:
        for row in rows:
            copy.write_row(row)
