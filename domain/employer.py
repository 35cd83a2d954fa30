"""An employer's case, and what each event changes in it.

The entries of one day are taken in the order that is advised, since a day is all that is known of when.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from functools import singledispatch
from typing import Literal
from uuid import UUID

from pydantic import Field

from domain.employer_events import (
    EmployerCaseClosed,
    EmployerCaseOpened,
    FundingDecided,
    LineDecision,
    ModuleCompleted,
    ModuleStarted,
    PreventiveFundingApplied,
)
from domain.employer_terms import MODULES, Module
from domain.event import Event
from domain.history import Entry, known, standing
from domain.values import Frozen

Stage = Literal["none", "open", "closed"]


class ModuleTaken(Frozen):
    """A module that was begun: when, which earlier ones were not gone through by then, and when it was (O-06)."""

    started_on: date
    ahead_of: tuple[Module, ...] = ()
    """The earlier modules that were not completed: where there are any, that deviates from the advised order."""
    completed_on: date | None = None


class EmployerCase(Frozen):
    """The state of an employer's case. It is derived from its events by `fold_employer`, and from nothing else."""

    case_id: UUID
    opened: EmployerCaseOpened | None = None
    modules: Mapping[Module, ModuleTaken] = Field(default_factory=dict)
    applications: tuple[PreventiveFundingApplied, ...] = ()
    decisions: tuple[FundingDecided, ...] = ()
    closed: EmployerCaseClosed | None = None

    @property
    def stage(self) -> Stage:
        """Return how far the case has come."""
        if self.opened is None:
            return "none"
        return "closed" if self.closed else "open"

    def application(self, event_id: UUID) -> PreventiveFundingApplied | None:
        """Return the application for funds that an entry made."""
        return next((row for row in self.applications if row.event_id == event_id), None)

    def decided(self, application: UUID) -> dict[int, LineDecision]:
        """Return what became of an application's lines, by their numbers: what was said of each last (O-09)."""
        rows = (row for made in self.decisions if made.application == application for row in made.lines)
        return {row.number: row for row in rows}

    def undecided(self, application: PreventiveFundingApplied) -> list[int]:
        """Return the numbers of an application's lines that no decision was made on, or that wait."""
        decided = self.decided(application.event_id)
        numbers = range(1, len(application.lines) + 1)
        return [number for number in numbers if number not in decided or decided[number].result == "waiting"]

    @property
    def funded_ore(self) -> int:
        """Return what is funded in the case: the sum of its funded lines (O-09)."""
        return sum(
            line.amount_ore
            for application in self.applications
            for number, line in enumerate(application.lines, 1)
            if (made := self.decided(application.event_id).get(number)) and made.result == "funded"
        )


def is_employer_case(entries: Sequence[Entry]) -> bool:
    """Tell whether entries, all that a case has, are those of an employer's case."""
    return bool(entries) and isinstance(entries[0].event, EmployerCaseOpened)


def course_of_a_day(event: Event) -> int:
    """Return an event's place among those of its day; modules follow each other as is advised (O-06)."""
    if isinstance(event, ModuleStarted | ModuleCompleted):
        return 2 * event.module + isinstance(event, ModuleCompleted)
    ranks = {EmployerCaseOpened: 0, PreventiveFundingApplied: 1, FundingDecided: 10, EmployerCaseClosed: 11}
    return ranks[type(event)]


def fold_employer(
    case_id: UUID,
    entries: Sequence[Entry],
    valid_on: date | None = None,
    known_at: datetime | None = None,
) -> EmployerCase:
    """Return the case as it was on a day, as far as was known at an instant; corrections are followed (AMB-36)."""
    return folded(
        case_id,
        (
            entry
            for entry in standing(known(entries, known_at), course_of_a_day)
            if valid_on is None or entry.event.occurred_on <= valid_on
        ),
    )


def folded(case_id: UUID, stands: Iterable[Entry]) -> EmployerCase:
    """Return what entries that stand, in the order in which they happened, add up to."""
    case = EmployerCase(case_id=case_id)
    for entry in stands:
        case = evolve_employer(entry.event, case)
    return case


@singledispatch
def evolve_employer(event: Event, case: EmployerCase) -> EmployerCase:
    """Return the case after an event; one without a rule is an error, never skipped."""
    raise TypeError(f"no rule for {type(event).__name__}")


@evolve_employer.register
def _(event: EmployerCaseOpened, case: EmployerCase) -> EmployerCase:
    return case.model_copy(update={"opened": event})


@evolve_employer.register
def _(event: ModuleStarted, case: EmployerCase) -> EmployerCase:
    taken = ModuleTaken(started_on=event.occurred_on, ahead_of=not_completed(event.module, case))
    return case.model_copy(update={"modules": {**case.modules, event.module: taken}})


def not_completed(module: Module, case: EmployerCase) -> tuple[Module, ...]:
    """Return the modules before one that were not gone through: to begin it deviates from the order (O-06)."""
    return tuple(
        earlier
        for earlier in MODULES
        if earlier < module and ((taken := case.modules.get(earlier)) is None or taken.completed_on is None)
    )


@evolve_employer.register
def _(event: ModuleCompleted, case: EmployerCase) -> EmployerCase:
    if event.module not in case.modules:  # its start was struck out
        return case
    taken = case.modules[event.module].model_copy(update={"completed_on": event.occurred_on})
    return case.model_copy(update={"modules": {**case.modules, event.module: taken}})


@evolve_employer.register
def _(event: PreventiveFundingApplied, case: EmployerCase) -> EmployerCase:
    return case.model_copy(update={"applications": (*case.applications, event)})


@evolve_employer.register
def _(event: FundingDecided, case: EmployerCase) -> EmployerCase:
    return case.model_copy(update={"decisions": (*case.decisions, event)})


@evolve_employer.register
def _(event: EmployerCaseClosed, case: EmployerCase) -> EmployerCase:
    return case.model_copy(update={"closed": event})
