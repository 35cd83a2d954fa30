"""Decisions again: reconsideration and appeal, and whether each may enter a case (2022:850-26; AMB-36)."""

from datetime import timedelta
from functools import singledispatch
from uuid import UUID

from domain.case import Case
from domain.event import Event
from domain.events import EligibilityAssessed
from domain.fund_admission import fund_grounds
from domain.grounds import Grounds, Known
from domain.rejections import CommandRejected
from domain.review_events import AppealDecided, AppealLodged, ReconsiderationDecided, ReconsiderationRequested
from domain.services import catalogue_on

CLAUSE = "2022:850-26"


@singledispatch
def review_grounds(event: Event, case: Case, known: Known) -> Grounds:
    """Return the grounds of one kind of event about a decision, or raise what speaks against it."""
    return fund_grounds(event, case, known)


def decided(case: Case) -> EligibilityAssessed:
    """Return the decision that stands; raise `CommandRejected` where none was made."""
    if case.decision is None:
        raise CommandRejected("NOT_DECIDED")
    return case.decision


def open_reconsideration(case: Case) -> ReconsiderationRequested | None:
    """Return the request for reconsideration that waits for an answer."""
    rows = [row for row in case.reviews if isinstance(row, ReconsiderationRequested | ReconsiderationDecided)]
    return rows[-1] if rows and isinstance(rows[-1], ReconsiderationRequested) else None


def to_be_made_anew(case: Case) -> AppealDecided | None:
    """Return the outcome of an appeal that changed the decision or sent it back, and waits for a new one."""
    rows = [row for row in case.reviews if isinstance(row, AppealDecided)]
    again = rows and rows[-1].result in ("changed", "referred_back")
    return rows[-1] if again and case.decision and rows[-1].decision == case.decision.event_id else None


def open_appeal(case: Case) -> AppealLodged | None:
    """Return the appeal that waits for its outcome."""
    rows = [row for row in case.reviews if isinstance(row, AppealLodged | AppealDecided)]
    return rows[-1] if rows and isinstance(rows[-1], AppealLodged) else None


def _named(decision: UUID, case: Case) -> EligibilityAssessed:
    """Return the decision that an event names; it may have been made again since, on the same day too."""
    standing = decided(case)
    for row in case.decisions:
        if row.event_id == decision:
            return row
    raise CommandRejected("DECISION_OUT_OF_ORDER", decided_on=standing.occurred_on)


@review_grounds.register
def _(event: ReconsiderationRequested, case: Case, known: Known) -> Grounds:
    decision = _named(event.decision, case)
    if open_reconsideration(case) is not None:
        raise CommandRejected("ALREADY_ASKED")
    if event.received_on < decision.occurred_on:
        raise CommandRejected("DECISION_OUT_OF_ORDER", decided_on=decision.occurred_on)
    weeks = catalogue_on(decision.occurred_on).deadlines.reconsideration_days
    last = event.received_on + timedelta(days=weeks.value)
    if not event.received_on <= event.occurred_on <= last:
        raise CommandRejected("RECONSIDERATION_TOO_LATE", received_on=event.received_on, last=last)
    return Grounds(
        CLAUSE,
        f"Begärt i tid, senast {last}; beslutet från {decision.occurred_on} står tills det omprövats.",
        f"Asked for in time, by {last}; the decision of {decision.occurred_on} stands until it is made again.",
    )


@review_grounds.register
def _(event: ReconsiderationDecided, case: Case, known: Known) -> Grounds:
    asked = open_reconsideration(case)
    if asked is None and event.own_initiative:
        decided(case)
    elif asked is None or event.occurred_on < asked.occurred_on:
        raise CommandRejected("NOT_ASKED")
    return Grounds(
        CLAUSE,
        "Beslutet har prövats på nytt; en omprövning är aldrig till personens nackdel.",
        "The decision was made again; a reconsideration is never to the person's detriment.",
    )


@review_grounds.register
def _(event: AppealLodged, case: Case, known: Known) -> Grounds:
    decision = _named(event.decision, case)
    if open_appeal(case) is not None:
        raise CommandRejected("ALREADY_ASKED")
    if event.occurred_on < decision.occurred_on:
        raise CommandRejected("DECISION_OUT_OF_ORDER", decided_on=decision.occurred_on)
    return Grounds(
        CLAUSE,
        f"Beslutet från {decision.occurred_on} är överklagat; det står tills det ändras.",
        f"The decision of {decision.occurred_on} is appealed against; it stands until it is changed.",
    )


@review_grounds.register
def _(event: AppealDecided, case: Case, known: Known) -> Grounds:
    lodged = open_appeal(case)
    if lodged is None or event.decision != lodged.decision or event.occurred_on < lodged.occurred_on:
        raise CommandRejected("NOT_APPEALED")
    return Grounds(
        "AMB-36",
        "Utgången är registrerad; ärendet ändras genom ett nytt beslut.",
        "The outcome is on record; the case changes by a new decision.",
    )
