"""The ledger in a few figures: where the cases stand, why applications were refused, what the log holds."""

from typing import NamedTuple

from psycopg.rows import DictRow

from ledger.ledger import Ledger
from ledger.queries import queries

SQL = queries("projections", "summary.sql")


class Summary(NamedTuple):
    """Counts of cases by service, stage and result; of refusals by code; of events by kind."""

    cases: list[DictRow]
    refusals: list[DictRow]
    events: list[DictRow]


def summary(ledger: Ledger) -> Summary:
    """Count the ledger as it stands."""
    return Summary(*(ledger.select(SQL[name]) for name in ("cases", "refusals", "events")))
