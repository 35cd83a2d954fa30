"""How live rows differ from those that were built anew, and which events of the case explain it."""

from collections.abc import Sequence
from typing import Any, NamedTuple
from uuid import UUID

from psycopg import Connection
from psycopg.rows import DictRow

from domain.history import Entry
from projections.projection import Aggregate, Projection, Table
from projections.reading import LogReader, Unreadable, of_entries
from projections.writing import LIVE, SHADOW, columns, placed, statement

LISTED = 20
"""So many cases of a table are told of; the rest are counted."""


class Difference(NamedTuple):
    """A case whose rows differ in a table: what stands there, what should, and the events that explain it."""

    table: str
    source: UUID
    live: list[dict[str, Any]]
    built: list[dict[str, Any]]
    why: str
    events: list[Entry]


class Differences(NamedTuple):
    """How many cases differ, counted in each table, and the first of them."""

    cases: int
    listed: list[Difference]


def differences(connection: Connection[DictRow], projection: Projection, position: int) -> Differences:
    """Return how a projection's live rows differ from those built beside, both of one position."""
    cases, listed, log = 0, list[Difference](), LogReader(connection)
    for table in projection.tables:
        values = {"columns": columns(table), "live": placed(LIVE, table), "shadow": placed(SHADOW, table)}
        found = connection.execute(statement("differing", **values), {"limit": LISTED}).fetchall()
        cases += found[0]["cases"] if found else 0
        whole = {one.id: one for one in log.whole((row["source"] for row in found), position)}
        for row in found:
            source = row["source"]
            live, built = (_of(connection, schema, table, source) for schema in (LIVE, SHADOW))
            why, events = explained(table, whole.get(source), live)
            listed.append(Difference(table.name, source, live, built, why, events))
    return Differences(cases, listed)


def _of(connection: Connection[DictRow], schema: str, table: Table, source: UUID) -> list[dict[str, Any]]:
    """Return the rows that a table has of a case."""
    query = statement("rows_of_case", columns=columns(table), table=placed(schema, table))
    return connection.execute(query, {"source": source}).fetchall()


def explained(
    table: Table, aggregate: Aggregate | None, live: Sequence[dict[str, Any]]
) -> tuple[str, list[Entry]]:
    """Return why live rows may be what they are, and the events that make the difference.

    Either they stop at an event, so that those after it are missing; or they lack single events; or nothing in the
    log leads to them.
    """
    if aggregate is None:
        return "the log has no such case", []
    entries, stands = aggregate.entries, _comparable(tuple(row.values())[1:] for row in live)
    for count in range(len(entries) - 1, -1, -1):
        if _made(table, aggregate, entries[:count]) == stands:
            return "the live rows lack what came after", list(entries[count:])
    for index, entry in enumerate(entries):
        if _made(table, aggregate, (*entries[:index], *entries[index + 1 :])) == stands:
            return "the live rows lack this event", [entry]
    return "no events of the case lead to the live rows", [entries[-1]]


def _made(table: Table, aggregate: Aggregate, entries: Sequence[Entry]) -> list[str] | None:
    """Return the rows that some of an aggregate's events come to, None where they come to nothing that holds."""
    try:
        there = of_entries(aggregate, entries)
        return _comparable(table.rows(there)) if there else []
    except (Unreadable, AttributeError, TypeError, ValueError, KeyError, AssertionError, IndexError):
        return None


def _comparable(rows: Any) -> list[str]:
    """Return rows in an order and form in which those of the database and of the program are alike."""
    return sorted(repr([list(cell) if isinstance(cell, tuple) else cell for cell in row]) for row in rows)


def changed(difference: Difference) -> list[str]:
    """Return the columns in which a single row differs; none where there are more rows than one."""
    if len(difference.live) != 1 or len(difference.built) != 1:
        return []
    live, built = difference.live[0], difference.built[0]
    return [name for name in live if live[name] != built[name]]
