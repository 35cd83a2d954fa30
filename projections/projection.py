"""What a projection is: pure functions from what an aggregate's events add up to, to the rows of tables.

An aggregate is a person's case, the register or an employer's case. Its rows follow from its own events and from
nothing else: no clock, no other aggregate, nothing that is sealed. So they are the same in whatever batches the
log is read, and after the person is erased.
"""

from collections.abc import Callable, Iterable
from typing import Any, Literal, NamedTuple
from uuid import UUID

from domain.case import Case
from domain.employer import EmployerCase
from domain.history import Entry
from domain.register import Register

Kind = Literal["case", "register", "employer"]
"""What an aggregate is; the topics of its events begin with it."""
KINDS: tuple[Kind, ...] = ("case", "register", "employer")

Row = tuple[Any, ...]


class Aggregate(NamedTuple):
    """An aggregate as the log up to some position has it: its events, and what they add up to."""

    id: UUID
    kind: Kind
    entries: tuple[Entry, ...]
    state: Case | Register | EmployerCase | None


class Table(NamedTuple):
    """A table of a projection: which aggregates it has rows of, its columns, and the function that makes them.

    The first column of the table is `source`, the aggregate's id; `columns` are the rest, as `rows` gives them.
    """

    name: str
    kind: Kind
    columns: tuple[str, ...]
    rows: Callable[[Any], Iterable[Row]]


class Projection(NamedTuple):
    """Tables that are kept together, at one position of the log.

    `version` is raised with every change of what the rows are: the tables are then built anew before they serve.
    `shape` is the .sql file that makes the tables.
    """

    name: str
    version: int
    shape: str
    tables: tuple[Table, ...]

    @property
    def kinds(self) -> frozenset[Kind]:
        """Return the kinds of aggregates that there are rows of."""
        return frozenset(table.kind for table in self.tables)


Rows = dict[str, list[Row]]
"""The rows of some aggregates by the table's name, each with the aggregate's id in front."""


def rows_of(projection: Projection, aggregates: Iterable[Aggregate]) -> Rows:
    """Return the rows that a projection has of some aggregates."""
    made: Rows = {table.name: [] for table in projection.tables}
    for one in aggregates:
        for table in projection.tables:
            if table.kind == one.kind:
                made[table.name] += [(one.id, *row) for row in table.rows(one)]
    return made
