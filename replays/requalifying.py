"""The decisions of one person, decided again by other rules in the log's order, each on what became of the others.

An earlier grant that falls frees its months and closes its window; a new one consumes them and opens one. What
other organisations granted stays, and so does what is annulled and what can't be asked again.
"""

from collections.abc import Iterable, Iterator
from typing import NamedTuple
from uuid import UUID

from domain.assessment import assess_by
from domain.event import Event
from domain.events import (
    ApplicationReceived,
    EligibilityAssessed,
    EntryCorrected,
    GrantAnnulled,
    PersonJoined,
    Receipt,
)
from domain.history import Entry, struck
from domain.request import EarlierGrant, InputError, Request
from replays.outcomes import NOTHING, Change, Outcome, Tried, answered, recorded
from replays.receipts import asked
from replays.rules import Applied, Rules

KINDS: tuple[type[Event], ...] = (
    ApplicationReceived,
    EligibilityAssessed,
    GrantAnnulled,
    PersonJoined,
    EntryCorrected,
)
"""The events that a person's decisions rest on one another through."""


class Happened(NamedTuple):
    """An event of one of the person's cases."""

    case_id: UUID
    entry: Entry


class Question(NamedTuple):
    """What a decision was asked, in the words of the rules that it is tried by."""

    request: Request
    applied: Applied


def question(decision: EligibilityAssessed, rules: Rules) -> Question | None:
    """Return a decision's question, None where it can't be asked again or these rules are not for it."""
    if not isinstance(decision.receipt, Receipt):
        return None
    try:
        request = asked(decision.receipt)
    except InputError:
        return None
    applied = rules.applied(decision.policy, decision.policy_version, request.service)
    if applied is None:
        return None
    return Question(request.model_copy(update={"service": applied.service}), applied)


def decided_again(events: Iterable[Happened], rules: Rules) -> Iterator[Change]:
    """Yield what becomes of a person's decisions, given all that they rest on in the log's order."""
    person = _Person()
    for case_id, entry in events:
        event = entry.event
        if not isinstance(event, EligibilityAssessed):
            person.learn(case_id, entry)
            continue
        tried = _tried(case_id, event, person, rules)
        person.decided(case_id, event, recorded(event) if tried is None else tried.final)
        if tried is not None:
            found = tried.change(case_id, entry.position, event, person.applications[case_id])
            if found is not None:
                yield found


def _tried(case_id: UUID, decision: EligibilityAssessed, person: "_Person", rules: Rules) -> Tried | None:
    """Try a decision by other rules: on the grants there were, and on those that there would have been."""
    found = question(decision, rules)
    if found is None:
        return None
    request, (policy, _) = found
    direct = answered(assess_by(policy, request))
    grants = person.earlier_grants(case_id, request)
    if case_id in person.grants:
        final = NOTHING
    elif grants == request.earlier_grants:
        final = direct
    else:
        final = answered(assess_by(policy, request.model_copy(update={"earlier_grants": grants})))
    return Tried(recorded(decision), direct, final, policy)


class _Person:
    """What would be known of a person at a point of the log, had every decision so far been made by other rules."""

    def __init__(self) -> None:
        self.applications: dict[UUID, ApplicationReceived] = {}
        self.grants: dict[UUID, EarlierGrant] = {}
        """The grant that stands in each case that has one."""
        self._joinings: dict[UUID, tuple[str, str]] = {}
        self._corrected: list[Entry] = []

    def learn(self, case_id: UUID, entry: Entry) -> None:
        """Take in an event that is no decision."""
        event = entry.event
        if isinstance(event, ApplicationReceived):
            self.applications[case_id] = event
        elif isinstance(event, GrantAnnulled):
            self.grants.pop(case_id, None)
        elif isinstance(event, PersonJoined):
            self._joinings[event.event_id] = (self.applications[case_id].person_ref, event.person_ref)
        elif isinstance(event, EntryCorrected):
            self._corrected.append(entry)

    def decided(self, case_id: UUID, decision: EligibilityAssessed, outcome: Outcome) -> None:
        """Take in what a decision would have been; one that was not needed leaves the grant that there is."""
        if outcome.decision == "none":
            return
        self.grants.pop(case_id, None)
        if outcome.last_day is not None:
            self.grants[case_id] = EarlierGrant.model_validate(
                {
                    "case": str(case_id),
                    "decided_on": decision.occurred_on,
                    "last_day": outcome.last_day,
                    "basis_months": outcome.basis_months,
                    "annulled": False,
                },
            )

    def earlier_grants(self, case_id: UUID, request: Request) -> tuple[EarlierGrant, ...]:
        """Return the grants that a decision would have rested on: other organisations', and those here."""
        here = {str(other) for other in self.applications}
        elsewhere = [grant for grant in request.earlier_grants if grant.case not in here]
        refs = self._refs(self.applications[case_id].person_ref)
        own = [
            grant
            for other, grant in self.grants.items()
            if other != case_id and self.applications[other].person_ref in refs
        ]
        return tuple(sorted((*elsewhere, *own), key=lambda grant: (grant.decided_on, grant.case)))

    def _refs(self, ref: str) -> set[str]:
        """Return every number that is known to be the same person's as one."""
        gone = struck(self._corrected)
        joined = [pair for event_id, pair in self._joinings.items() if event_id not in gone]
        refs = {ref}
        for _ in joined:
            refs |= {one for pair in joined if refs & {*pair} for one in pair}
        return refs
