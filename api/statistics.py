"""`liggare statistics`: tables counted from the log, with the position that they are made from."""

import csv
import io
import sys
from collections.abc import Callable
from typing import Annotated, Literal

from cyclopts import Parameter

from api import printing
from api.words import Json, the_ledger
from domain.events import ApplicationService
from domain.policy import PolicyName
from projections.occupations import Row, occupations

TABLES: dict[str, Callable[..., list[Row]]] = {"occupations": occupations}
TITLES = {"occupations": "Applications by occupation"}


def statistics(
    table: Literal["occupations"],
    *,
    policy: Annotated[
        PolicyName | None, Parameter(help="Only the applications under these conditions.")
    ] = None,
    service: Annotated[
        ApplicationService | None, Parameter(help="Only the applications for this service.")
    ] = None,
    format_: Annotated[
        Literal["table", "csv"], Parameter(name="--format", help="A table to read, or a CSV file.")
    ] = "table",
    exact: Annotated[
        bool,
        Parameter(negative="", help="Small groups too: for the organisation itself, never to be published."),
    ] = False,
    json: Json = False,
) -> None:
    """Count the ledger for a table: codes, labels in two languages, counts, and the log's position.

    Groups of fewer than five are withheld (<5), and others with them (..) where they could be computed.
    """
    with the_ledger() as ledger:
        rows = TABLES[table](ledger, policy, service, exact=exact)
    if json:
        for row in rows:
            printing.json_line(row._asdict())
    elif format_ == "csv":
        sys.stdout.buffer.write(as_csv(rows))
        sys.stdout.buffer.flush()
    else:
        title = f"{TITLES[table]}, at position {rows[0].position} of the log"
        columns = ["code", "namn", "name", "applications", "share"]
        printing.table(title, columns, [_shown(row) for row in rows])


def _shown(row: Row) -> dict[str, object]:
    return {name: value for name, value in row._asdict().items() if name != "position"}


def as_csv(rows: list[Row]) -> bytes:
    """Return a table as CSV in UTF-8, a header row first; nothing stands where there is no value."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(Row._fields)
    writer.writerows(rows)
    return text.getvalue().encode()
