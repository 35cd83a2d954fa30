"""Employers: the module board (O-06), funds by kind (O-08 to -11), notifications (O-25-d), five steps (O-26)."""

from collections.abc import Iterator
from typing import Any

from domain.case import Case
from domain.employer import EmployerCase
from domain.events import EmployerNotified
from domain.five_steps import five_steps
from projections.projection import Aggregate, Projection, Row, Table

EMPLOYER_CASE = ("organisation_number", "kind", "area", "stage", "opened_on", "closed_on", "funded_ore")
FUNDING_LINE = (
    *("application", "line", "applied_on", "kind"),
    *("amount_ore", "result", "clause", "code"),
)


def employer_case(aggregate: Aggregate) -> Iterator[Row]:
    """Yield the row of an employer's case."""
    case, opened = _employer(aggregate), _employer(aggregate).opened
    if opened is not None:
        closed_on = case.closed.occurred_on if case.closed else None
        whose = (opened.organisation_number, opened.kind, opened.area)
        yield *whose, case.stage, opened.occurred_on, closed_on, case.funded_ore


def employer_module(aggregate: Aggregate) -> Iterator[Row]:
    """Yield each module that an employer began."""
    for module, taken in _employer(aggregate).modules.items():
        yield module, taken.started_on, taken.completed_on, bool(taken.ahead_of)


def funding_line(aggregate: Aggregate) -> Iterator[Row]:
    """Yield each line of each application for funds."""
    case = _employer(aggregate)
    for ordinal, application in enumerate(case.applications, 1):
        decided = case.decided(application.event_id)
        for number, line in enumerate(application.lines, 1):
            made = decided.get(number)
            became = (made.result, made.clause, made.code) if made else ("undecided", None, None)
            yield ordinal, number, application.occurred_on, line.kind, line.amount_ore, *became


def employer_notification(aggregate: Aggregate) -> Iterator[Row]:
    """Yield each notification on record in a person's case; whose employer it was is sealed."""
    case = _person(aggregate)
    told = [event for _, event in case.evidence if isinstance(event, EmployerNotified)]
    for ordinal, event in enumerate(told, 1):
        yield ordinal, event.occurred_on


def procedure_step(aggregate: Aggregate) -> Iterator[Row]:
    """Yield the five steps of a case about reduced work capacity."""
    case = _person(aggregate)
    if case.application is not None and case.application.service == "reduced_capacity":
        for step in five_steps(case.fund):
            yield step.number, step.clause, step.done_on, step.deviates


def _employer(aggregate: Aggregate) -> EmployerCase:
    state: Any = aggregate.state
    assert isinstance(state, EmployerCase)
    return state


def _person(aggregate: Aggregate) -> Case:
    assert isinstance(aggregate.state, Case)
    return aggregate.state


EMPLOYERS = Projection(
    "employers",
    1,
    "employers.sql",
    (
        Table("employer_case", "employer", EMPLOYER_CASE, employer_case),
        Table(
            "employer_module",
            "employer",
            ("module", "started_on", "completed_on", "deviates"),
            employer_module,
        ),
        Table("funding_line", "employer", FUNDING_LINE, funding_line),
        Table("employer_notification", "case", ("ordinal", "notified_on"), employer_notification),
        Table("procedure_step", "case", ("step", "clause", "done_on", "deviates"), procedure_step),
    ),
)
