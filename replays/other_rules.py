"""A case as it would read under other rules: each decision executed again, and what then rests on none.

In memory only: nothing here is ever written to the ledger.
"""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from domain.assessment import Assessment
from domain.case import Review
from domain.engagement import happen
from domain.event import Event
from domain.events import EVENTS, ClauseResult, EligibilityAssessed, GrantAnnulled, Receipt
from domain.history import Entry, standing
from domain.policy import Policy
from domain.support_events import EngagementStarted
from replays.receipts import CLEAR, Redecided, redecided

Answers = Mapping[UUID, Redecided]
"""What came of decisions that were executed again, by the decisions' events; one that is missing is as recorded."""

OF_SUPPORT = tuple(kind for kind in EVENTS.values() if happen.dispatch(kind) is not happen.dispatch(object))
"""What happens in a support."""

GIVEN: tuple[type[Event], ...] = (EngagementStarted, GrantAnnulled, *OF_SUPPORT)
"""What there is only where a grant was given: without the grant it is not there."""


def answers(entries: Sequence[Entry], rules: Policy | None) -> dict[UUID, Redecided]:
    """Execute every decision of a case again: by other rules, or each by its own where none are given."""
    decisions = [entry.event for entry in entries if isinstance(entry.event, EligibilityAssessed)]
    return {decision.event_id: redecided(decision, rules) for decision in decisions}


def answered_otherwise(entries: Sequence[Entry]) -> list[Redecided]:
    """Return the decisions that today's program answers otherwise than recorded, by the rules as recorded."""
    return [again for again in answers(entries, None).values() if again.status == "different"]


def executed(decision: EligibilityAssessed, answer: Assessment) -> EligibilityAssessed:
    """Return the decision as it would have been recorded with another answer."""
    clauses = [ClauseResult(clause=row.clause, holds=row.holds, code=row.code) for row in answer.findings]
    changes: dict[str, Any] = {name: getattr(answer, name) for name in CLEAR} | {"clauses": tuple(clauses)}
    if isinstance(decision.receipt, Receipt):
        sealed = {"assessment": answer.model_dump_json()}
        changes["receipt"] = decision.receipt.model_copy(update=sealed)
    return decision.model_copy(update=changes)


def placed(entries: Sequence[Entry], again: Answers) -> list[Entry]:
    """Return a history with each new answer in its decision's place, without what was given on a fallen grant."""
    rests = resting(entries, again)
    history = []
    for entry in entries:
        event = entry.event
        on = rests.get(event.event_id)
        if isinstance(event, GIVEN) and on is not None and _answer(on, again) == "refuse":
            continue
        history.append(entry._replace(event=in_place(event, again)))
    return history


def in_place(event: Event, again: Answers) -> Event:
    """Return what stands in the place of an event: a decision with its new answer, anything else as it is."""
    made = again.get(event.event_id)
    if isinstance(event, EligibilityAssessed) and made is not None and made.assessment is not None:
        return executed(event, made.assessment)
    return event


def resting(entries: Sequence[Entry], again: Answers) -> dict[UUID, UUID]:
    """Return the entries that rest on a decision that would be the other way round, and on which.

    A support and all that happens in it rest on their grant, a new decision on the one before it, a review on the
    decision that it is about.
    """
    turned = {
        entry.event.event_id
        for entry in entries
        if isinstance(entry.event, EligibilityAssessed)
        and _answer(entry.event.event_id, again) not in (None, entry.event.decision)
    }
    if not turned:
        return {}
    rests: dict[UUID, UUID] = {}
    newest: UUID | None = None
    given: UUID | None = None
    for entry in standing(entries):
        event, on = entry.event, None
        if isinstance(event, EligibilityAssessed):
            on, newest, given = newest, event.event_id, None
        elif isinstance(event, EngagementStarted):
            on = event.grant
            given = on if on == newest else given
        elif isinstance(event, GrantAnnulled):
            on = event.grant
        elif isinstance(event, Review):
            on = event.decision
        elif isinstance(event, OF_SUPPORT):
            on = given
        if on in turned:
            rests[event.event_id] = on
    return rests


def _answer(decision: UUID, again: Answers) -> str | None:
    """Return whether a decision would grant or refuse, None where it was not executed again."""
    made = again.get(decision)
    return made.assessment.decision if made is not None and made.assessment is not None else None
