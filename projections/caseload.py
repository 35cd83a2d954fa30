"""The caseload (K-2.3-a, O-03): which cases are open, who has them and had them, and who works where.

Rows are facts without a today: days left, the pace and what is late are counted when they are read.
"""

from collections.abc import Iterator
from datetime import date
from typing import Any

from domain.case import Case
from domain.deadlines import last_contact
from domain.engagement import Engagement
from domain.history import fresh_evidence, standing
from domain.protection import protection_in
from domain.register import Register
from domain.register_events import StaffPlaced
from domain.support_events import AdvisorAssigned, StatementIssued
from projections.projection import Aggregate, Projection, Row, Table

OPEN_CASE = (
    "service",
    "policy",
    "months",
    "stage",
    "waits_for",
    "advisor",
    "received_on",
    "decided_on",
    "starts_on",
    "agreed_end",
    "meetings_held",
    "meetings_required",
    "meetings_missed",
    "plan_agreed_on",
    "tasks_done",
    "tasks",
    "activities_done",
    "activities",
    "last_contact",
    "paused_since",
    "flags",
    "protected",
)


def open_case(aggregate: Aggregate) -> Iterator[Row]:
    """Yield the row of a case that is open: before a decision, before the start, or under way."""
    case = aggregate.state
    assert isinstance(case, Case)
    stage, application, decision = case.stage(date.min), case.application, case.decision
    if application is None or not _is_open(aggregate, case, stage):
        return
    engagement = case.engagement if stage in ("active", "paused") else None
    yield (
        application.service,
        application.policy,
        application.months,
        stage,
        _waits_for(case, stage),
        case.advisor,
        application.occurred_on,
        decision.occurred_on if decision else None,
        *(_support(engagement) if engagement else NO_SUPPORT),
        list(decision.flags) if decision else [],
        protection_in([case]) is not None,
    )


def _is_open(aggregate: Aggregate, case: Case, stage: str) -> bool:
    """Tell whether anything is left to do in a case but reviews of its decision, which the work queue has."""
    if stage == "refused":
        return fresh_evidence(aggregate.entries)
    if stage == "statement":
        return not case.statements or not isinstance(case.statements[-1], StatementIssued)
    return stage in ("received", "procedure", "granted", "active", "paused")


def _waits_for(case: Case, stage: str) -> str | None:
    """Return what a case can't go on without."""
    if stage in ("received", "refused"):
        return "decision"
    if stage == "statement":
        return "statement"
    if case.advisor is None:
        return "advisor"
    return "start" if stage == "granted" else None


NO_SUPPORT: Row = (None, None, 0, None, 0, None, 0, 0, 0, 0, None, None)


def _support(engagement: Engagement) -> Row:
    """Return the columns from the first day of a support to the day on which an interruption began."""
    plan, away, activities = engagement.plan, engagement.open_break, engagement.terms.activities
    wanted = [name for name, row in activities.items() if row.need != "optional"]
    return (
        engagement.starts_on,
        engagement.agreed_end,
        engagement.meetings_held,
        engagement.meetings_required,
        len(engagement.missed),
        plan.occurred_on if plan else None,
        len(engagement.tasks_done),
        len(plan.items) if plan else 0,
        sum(name in engagement.activities for name in wanted),
        len(wanted),
        last_contact(engagement),
        away.since if away else None,
    )


def advisor_of_case(aggregate: Aggregate) -> Iterator[Row]:
    """Yield every advisor that a case had, with the first day and the day on which another took over."""
    if not any(type(entry.event) is AdvisorAssigned for entry in aggregate.entries):
        return
    assigned = [row.event for row in standing(aggregate.entries) if isinstance(row.event, AdvisorAssigned)]
    ends: list[date | None] = [*(row.occurred_on for row in assigned[1:]), None]
    for ordinal, (row, until) in enumerate(zip(assigned, ends, strict=False), 1):
        yield ordinal, row.advisor, row.occurred_on, until


def place_of_staff(aggregate: Aggregate) -> Iterator[Row]:
    """Yield where everybody in the register works, from which day up to which, and as what."""
    register: Any = aggregate.state
    assert isinstance(register, Register)
    for (kind, name), lines in register.lines.items():
        if kind == "staff":
            ends: list[date | None] = [*(line.since for line in lines[1:]), None]
            for line, until in zip(lines, ends, strict=True):
                if isinstance(line, StaffPlaced) and line.since != until:
                    yield name, line.since, until, line.office, line.team, sorted(line.roles)


CASELOAD = Projection(
    "caseload",
    2,
    "caseload.sql",
    (
        Table("open_case", "case", OPEN_CASE, open_case),
        Table("advisor_of_case", "case", ("ordinal", "advisor", "since", "until"), advisor_of_case),
        Table(
            "place_of_staff",
            "register",
            ("staff", "since", "until", "office", "team", "roles"),
            place_of_staff,
        ),
    ),
)
