"""Requalification (K-5.5): the grants that used up a person's months, here and elsewhere."""

from collections.abc import Iterator

from domain.case import Case
from domain.events import EarlierGrantRecorded
from projections.projection import Aggregate, Projection, Row, Table

CARRIED_GRANT = (
    *("ordinal", "person_ref", "granted_in", "event_id", "decided_on"),
    *("last_day", "months", "told_on", "told_at"),
)


def carried_grant(aggregate: Aggregate) -> Iterator[Row]:
    """Yield the grant that stands in a case, and those of other organisations that its evidence tells of."""
    case = aggregate.state
    assert isinstance(case, Case)
    if case.application is None:
        return
    person, ordinal, grant = case.application.person_ref, 1, case.grant
    if grant is not None and grant.last_day is not None:
        position = next(
            entry.position for entry in aggregate.entries if entry.event.event_id == grant.event_id
        )
        days = (grant.occurred_on, grant.last_day, list(grant.basis_months), grant.occurred_on, position)
        yield ordinal, person, str(aggregate.id), grant.event_id, *days
    for position, event in case.evidence:
        if isinstance(event, EarlierGrantRecorded):
            ordinal += 1
            elsewhere = f"{event.organisation}:{event.case}"
            days = (event.decided_on, event.last_day, list(event.basis_months), event.occurred_on, position)
            yield ordinal, person, elsewhere, event.event_id, *days


REQUALIFICATION = Projection(
    "requalification",
    1,
    "requalification.sql",
    (Table("carried_grant", "case", CARRIED_GRANT, carried_grant),),
)
