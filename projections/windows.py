"""A person's months and windows (K-5.5), read: what is used up is projected, what is free is in the evidence.

Who may read sealed evidence sees which months are free, and when support can be had again. Of an erased person, and
for everybody else, only what earlier grants used up is told.
"""

from datetime import date
from typing import Any, NamedTuple, get_args
from uuid import UUID

from domain.event import Erased
from domain.evidence import question
from domain.policy import Service
from domain.requalification import CLAUSE, Again, Carried, again, carried_by, opens_on
from domain.request import Request, policy_of
from ledger.ledger import Ledger
from ledger.queries import queries
from projections.states import reached

SQL = queries("projections", "readers.sql")


class Windows(NamedTuple):
    """What is used up of a person's months, when the last window is over, and what the evidence adds to that.

    `again` is None where the evidence was not opened, or can't be.
    """

    position: int
    on: date
    used: dict[str, Carried]
    opens_on: date | None
    again: Again | None


def windows(ledger: Ledger, case_id: UUID, on: date, *, opened: bool = True) -> Windows:
    """Return the months and windows of the person of a case, for an application on a day."""
    position, grants = reached(ledger, "requalification"), carried(ledger, case_id, on)
    asked = requests(ledger, case_id, on) if opened else []
    found = again(asked, grants, policy_of(asked[0]), on) if asked else None
    return Windows(position, on, carried_by(grants), opens_on(grants, on), found)


def carried(ledger: Ledger, case_id: UUID, on: date) -> list[Carried]:
    """Return the grants of the person of a case, as they are projected."""
    rows = ledger.select(SQL["carried_grants"], case=case_id, day=on)
    return [
        Carried(row["granted_in"], row["event_id"], row["decided_on"], row["last_day"], tuple(row["months"]))
        for row in rows
    ]


def requests(ledger: Ledger, case_id: UUID, on: date) -> list[Request]:
    """Return what each case of the person knows, as a request on a day, the newest case first."""
    found = []
    for other, entries in ledger.entries(ledger.person_of(case_id).cases).items():
        case = ledger.case_of(other, entries)
        told = case.application
        if told is None or isinstance(told.details, Erased) or told.occurred_on > on:
            continue
        if told.service in get_args(Service):
            found.append(question(case, (), on, None).request)
    return sorted(found, key=lambda one: one.received_on, reverse=True)


def why_not(found: Windows, month: str) -> dict[str, Any] | None:
    """Return why a month may not be counted again: the earlier decision that it carried, if any."""
    grant = found.used.get(month)
    if grant is None:
        return None
    return {
        "month": month,
        "clause": CLAUSE,
        "case": grant.case,
        "decided_on": grant.decided_on.isoformat(),
        "event": str(grant.event_id),
        "sv": f"{month} bar beslutet {grant.decided_on} i ärendet {grant.case} och får inte räknas igen.",
        "en": f"{month} carried the decision of {grant.decided_on} in case {grant.case}; it counts only once.",
    }
