"""What a decision comes to, and in which direction it changes when something else is decided instead."""

from collections.abc import Mapping
from typing import Any, Literal, NamedTuple
from uuid import UUID

from domain.assessment import Assessment
from domain.events import ApplicationReceived, EligibilityAssessed
from domain.policy import Policy

Direction = Literal["refuse_to_grant", "grant_to_refuse", "other_terms", "other_reasons", "not_needed"]
"""A grant for a refusal, a refusal for a grant, a grant with another last day or on other months, a refusal for
other reasons; and a decision that is not needed, as an earlier one on the application would have granted it."""

DIRECTIONS: tuple[Direction, ...] = (
    "refuse_to_grant",
    "grant_to_refuse",
    "other_terms",
    "other_reasons",
    "not_needed",
)

EFFECTS = ("direct", "follow_on", "altogether")


class Outcome(NamedTuple):
    """What is decided: granted until a day on some months, refused for reasons (clause and code), or nothing."""

    decision: Literal["grant", "refuse", "none"]
    reasons: tuple[str, ...] = ()
    last_day: str | None = None
    basis_months: tuple[str, ...] = ()


NOTHING = Outcome("none")


class Effect(NamedTuple):
    """In which direction a decision changes, and what brings it about: clauses, each with its code or term."""

    direction: Direction
    causes: tuple[str, ...]


class Change(NamedTuple):
    """A decision that would have been another: at once by the rules, and by what earlier decisions became.

    `altogether` is what both come to; None where they cancel each other. `freed` months are no longer used up by
    it, `consumed` ones newly are.
    """

    case: str
    event: str
    position: int
    decided_on: str
    service: str
    region: str
    direct: Effect | None
    follow_on: Effect | None
    altogether: Effect | None
    freed: int
    consumed: int

    @property
    def year(self) -> str:
        """The year of the decision."""
        return self.decided_on[:4]


def recorded(decision: EligibilityAssessed) -> Outcome:
    """Return what a decision came to."""
    reasons = tuple(f"{row.clause} {row.code}" for row in decision.clauses if not row.holds)
    return Outcome(decision.decision, reasons, _text(decision.last_day), decision.basis_months)


def answered(answer: Assessment) -> Outcome:
    """Return what an assessment comes to."""
    reasons = tuple(f"{row.clause} {row.code}" for row in answer.findings if not row.holds)
    return Outcome(answer.decision, reasons, _text(answer.last_day), answer.basis_months)


def effect(before: Outcome, after: Outcome, policy: Policy) -> Effect | None:
    """Return how one outcome differs from another, None where it is the same."""
    if before == after:
        return None
    if after.decision == "none":
        return Effect("not_needed", ())
    if before.decision != after.decision:
        refused = before if before.decision == "refuse" else after
        return Effect("refuse_to_grant" if refused is before else "grant_to_refuse", refused.reasons)
    if after.decision == "refuse":
        return Effect("other_reasons", tuple(sorted({*before.reasons} ^ {*after.reasons})))
    last_day = [f"{policy.support_months.clause} last_day"] * (before.last_day != after.last_day)
    basis = [f"{policy.months_required.clause} basis_months"] * (before.basis_months != after.basis_months)
    return Effect("other_terms", (*last_day, *basis))


class Tried(NamedTuple):
    """A decision as recorded, by other rules alone, and with what earlier decisions became; and those rules."""

    recorded: Outcome
    direct: Outcome
    final: Outcome
    policy: Policy

    def change(
        self, case_id: UUID, position: int, decision: EligibilityAssessed, application: ApplicationReceived
    ) -> Change | None:
        """Return what becomes of the decision, None where nothing does."""
        direct = effect(self.recorded, self.direct, self.policy)
        follow_on = effect(self.direct, self.final, self.policy)
        if direct is None and follow_on is None:
            return None
        before, after = {*self.recorded.basis_months}, {*self.final.basis_months}
        return Change(
            case=str(case_id),
            event=str(decision.event_id),
            position=position,
            decided_on=decision.occurred_on.isoformat(),
            service=application.service,
            region=application.region,
            direct=direct,
            follow_on=follow_on,
            altogether=effect(self.recorded, self.final, self.policy),
            freed=len(before - after),
            consumed=len(after - before),
        )


def change_of(kept: Mapping[str, Any]) -> Change:
    """Return a change as it was kept in a journal."""
    effects = {
        name: None if kept[name] is None else Effect(kept[name][0], tuple(kept[name][1])) for name in EFFECTS
    }
    return Change(**{**kept, **effects})


def _text(day: Any) -> str | None:
    return None if day is None else str(day)
