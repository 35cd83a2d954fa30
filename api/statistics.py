"""`liggare statistics`: tables counted from the log, with the position that they are made from."""

import csv
import io
import sys
from collections.abc import Callable, Sequence
from typing import Annotated, Any, Literal

from cyclopts import Parameter

from api import printing
from api.words import Json, the_ledger
from domain.events import ApplicationService
from domain.policy import PolicyName
from projections.occupations import occupations
from projections.outcome_statistics import decisions, outcomes

TABLES: dict[str, Callable[..., Sequence[Any]]] = {
    "occupations": occupations,
    "outcomes": outcomes,
    "decisions": decisions,
}
TITLES = {
    "occupations": "Applications by occupation",
    "outcomes": "Supports by service, the year they began, and what came of them",
    "decisions": "Decisions, and refusals by code and clause",
}


def statistics(
    table: Literal["occupations", "outcomes", "decisions"],
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
        shown = [_shown(row) for row in rows]
        printing.table(title, [COLUMNS.get(name, name) for name in shown[0]], shown)


COLUMNS = {"label_sv": "namn", "label_en": "name"}


def _shown(row: Any) -> dict[str, object]:
    return {name: value for name, value in row._asdict().items() if name != "position"}


def as_csv(rows: Sequence[Any]) -> bytes:
    """Return a table as CSV in UTF-8, a header row first; nothing stands where there is no value."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(rows[0]._fields)
    writer.writerows(rows)
    return text.getvalue().encode()
