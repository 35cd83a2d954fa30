"""The work queue for time: what falls due on which day, and which supports end when.

Days come from `domain.deadlines`, without a today, so that neither reminders nor expiries ever look at all cases.
"""

from collections.abc import Iterator
from datetime import date

from domain.case import Case
from domain.deadlines import deadlines
from projections.projection import Aggregate, Projection, Row, Table


def due(aggregate: Aggregate) -> Iterator[Row]:
    """Yield what is due in a case; nothing in one whose grant is annulled or whose person is erased."""
    case = aggregate.state
    assert isinstance(case, Case)
    if case.stage(date.min) == "annulled":
        return
    for ordinal, row in enumerate(deadlines(case, aggregate.entries), 1):
        yield ordinal, row.code, row.due_on, row.clause, case.advisor


def last_day(aggregate: Aggregate) -> Iterator[Row]:
    """Yield the last day of a support that goes on."""
    case = aggregate.state
    assert isinstance(case, Case)
    if case.stage(date.min) in ("active", "paused") and case.engagement:
        yield (case.engagement.agreed_end,)


DUTIES = Projection(
    "duties",
    1,
    "duties.sql",
    (
        Table("due", "case", ("ordinal", "code", "due_on", "clause", "advisor"), due),
        Table("last_day", "case", ("agreed_end",), last_day),
    ),
)
