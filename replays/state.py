"""A case's state and events as plain values, for printing, for JSON and for an auditor's eyes."""

import json
from collections.abc import Sequence
from datetime import date
from typing import Any

from domain.case import Case
from domain.deadlines import DEADLINES, deadlines
from domain.declarations import declaration_warnings, earned_income
from domain.engagement import Engagement
from domain.event import Erased, Event
from domain.events import (
    ApplicationDetails,
    DeclarationRecorded,
    EligibilityAssessed,
    EntryCorrected,
    Receipt,
)
from domain.grounds import Known
from domain.history import Entry, struck
from domain.openings import Opening, openings
from domain.protection import Protection, protection_in
from domain.register_events import Line
from domain.study_support import Calculation, kronor
from domain.support_events import OutcomeReached, PlanAgreed, Withdrawn


def state(case: Case, on: date) -> dict[str, Any]:
    """Return what a case comes to on a day, without sealed content."""
    application, grant, engagement = case.application, case.grant, case.engagement
    return {
        "stage": case.stage(on),
        "policy": application.policy if application else None,
        "service": application.service if application else None,
        "months": application.months if application else None,
        "received_on": _iso(application.occurred_on) if application else None,
        "evidence": len(case.evidence),
        "decisions": [
            {"decided_on": _iso(row.occurred_on), "decision": row.decision, "refusals": list(row.refusals)}
            for row in case.decisions
        ],
        "advisor": case.advisor,
        **protection_values(protection_in([case])),
        "last_day": _iso(grant.last_day) if grant else None,
        "basis_months": list(grant.basis_months) if grant else [],
        "starts_on": _iso(engagement.starts_on) if engagement else None,
        "agreed_end": _iso(engagement.agreed_end) if engagement else None,
        **(_support(engagement, on) if engagement else NO_SUPPORT),
        "withdrawn_on": _iso(case.withdrawn.occurred_on) if case.withdrawn else None,
        "statements": [{"event": type(row).__name__, "on": _iso(row.occurred_on)} for row in case.statements],
        "reviews": [{"event": type(row).__name__, "on": _iso(row.occurred_on)} for row in case.reviews],
    }


def protection_values(protection: Protection | None) -> dict[str, Any]:
    """Return how an identity is protected, and who may open it."""
    return {
        "protection": protection.kind if protection else None,
        "readers": list(protection.readers) if protection else [],
    }


def _support(engagement: Engagement, on: date) -> dict[str, Any]:
    """Return what a support comes to on a day."""
    plan, away = engagement.plan, engagement.open_break
    return {
        "days_left": 0 if engagement.ended(on) else (engagement.agreed_end - on).days + 1,
        "meetings_held": engagement.meetings_held,
        "meetings_required": engagement.meetings_required,
        "meetings_missed": len(engagement.missed),
        "contacts": len(engagement.contacts),
        "plan_agreed_on": _iso(plan.occurred_on) if plan else None,
        "tasks_open": [item.number for item in plan.items if item.number not in engagement.tasks_done]
        if plan
        else [],
        "paused_since": _iso(away.since) if away else None,
        "result": engagement.result,
        "earlier_results": [
            {"result": _result(row), "on": _iso(row.occurred_on)} for row in engagement.earlier
        ],
    }


NO_SUPPORT: dict[str, Any] = {
    "days_left": None,
    "meetings_held": 0,
    "meetings_required": None,
    "meetings_missed": 0,
    "contacts": 0,
    "plan_agreed_on": None,
    "tasks_open": [],
    "paused_since": None,
    "result": None,
    "earlier_results": [],
}


def _result(row: OutcomeReached | Withdrawn) -> str:
    return row.outcome if isinstance(row, OutcomeReached) else "withdrawn"


def activities(case: Case) -> list[dict[str, Any]]:
    """Return the service's activities with their clause and what was recorded of each (K-2.4, K-3.3, K-4.4)."""
    engagement = case.engagement
    if engagement is None:
        return []
    rows = []
    for name, activity in engagement.terms.activities.items():
        recorded = engagement.activities.get(name)
        status = "missing" if activity.need != "optional" else "open"
        if recorded is not None:
            status = "done" if recorded.done else "not needed"
        rows.append(
            {
                "activity": name,
                "need": activity.need,
                "clause": activity.clause,
                "status": status,
                "on": _iso(recorded.occurred_on) if recorded else None,
                "sv": activity.sv,
                "en": activity.en,
            }
        )
    return rows


def due(case: Case, entries: Sequence[Entry]) -> list[dict[str, Any]]:
    """Return what is due in a case, the earliest first, in words too."""
    return [
        {
            "code": row.code,
            "due_on": _iso(row.due_on),
            "clause": row.clause,
            "sv": DEADLINES[row.code][0],
            "en": DEADLINES[row.code][1],
        }
        for row in deadlines(case, entries)
    ]


def open_commands(case: Case, known: Known) -> list[dict[str, Any]]:
    """Return which commands are open in a case now, and why each other one is not."""
    return [opening_values(row) for row in openings(case, known)]


def opening_values(row: Opening) -> dict[str, Any]:
    """Return whether a command is open, until which day where that is not today, and else why not."""
    return {
        "command": row.command,
        "open": row.rejected is None,
        "until": _iso(row.until),
        "code": row.rejected.code if row.rejected else None,
        "clause": row.rejected.clause if row.rejected else None,
        "sv": row.rejected.sv if row.rejected else None,
        "en": row.rejected.en if row.rejected else None,
    }


HIDDEN_PERSON = {"name": "skyddad"}
"""What is told of who a case is about to those who may not open a protected identity."""


def person(case: Case) -> dict[str, Any]:
    """Return who a case is about, as sealed in it: `raderad` once the person is erased."""
    details = case.application.details if case.application else None
    if isinstance(details, ApplicationDetails):
        return {"name": details.name, "email": details.email, "phone": details.phone}
    return {"name": "raderad"}


def to_review(case: Case) -> list[dict[str, Any]]:
    """Return what the employers' declarations leave for a person to judge: amounts by field, and flags."""
    declarations = [
        event.declaration
        for _, event in sorted(case.evidence, key=lambda row: row[0])
        if isinstance(event, DeclarationRecorded) and not isinstance(event.declaration, Erased)
    ]
    rows: dict[tuple[str, str], dict[str, Any]] = {}

    def row(month: str, employer: str) -> dict[str, Any]:
        new = {"month": month, "employer": employer, "flags": [], "amounts": {}}
        return rows.setdefault((month, employer), new)

    for income in earned_income(declarations):
        if income.review or income.flags:
            row(income.month, income.employer)["amounts"] = income.review
            row(income.month, income.employer)["flags"] = list(income.flags)
    for warning in declaration_warnings(declarations):
        flags = row(warning.month, warning.employer)["flags"]
        if warning.code not in flags:
            flags.append(warning.code)
    return [rows[key] for key in sorted(rows)]


def history(entries: Sequence[Entry]) -> list[dict[str, Any]]:
    """Return a case's entries in the order they were recorded, each with its content and whether it stands."""
    gone = struck(entries) - {
        entry.event.event_id for entry in entries if isinstance(entry.event, EntryCorrected)
    }
    return [entry_values(entry) | {"stands": entry.event.event_id not in gone} for entry in entries]


def line_values(line: Line) -> dict[str, Any]:
    """Return a line of the register: what it is about, since when, and the line's own content and id."""
    content = line.model_dump(mode="json")
    own = {name: content[name] for name in content if name not in Event.model_fields and name != line.kind}
    return {
        "kind": line.kind,
        "name": line.about,
        "since": _iso(line.since),
        **own,
        "line": str(line.event_id),
    }


def entry_values(entry: Entry) -> dict[str, Any]:
    """Return one entry: where it lies in the log, when it was recorded, and the event's own content."""
    event = entry.event
    content = event.model_dump(mode="json")
    shared = {name: content.pop(name) for name in Event.model_fields}
    if isinstance(event, EligibilityAssessed) and isinstance(event.receipt, Receipt):
        content["receipt"] = {
            "request": json.loads(event.receipt.request),
            "assessment": json.loads(event.receipt.assessment),
        }
    return {
        "position": entry.position,
        "recorded_at": entry.recorded_at.isoformat().replace("+00:00", "Z"),
        "event": type(event).__name__,
        **shared,
        "content": content,
    }


def described(event: Event, *more: Event) -> str:
    """Return an event's content in a few words, for one line; several declarations are told together."""
    if isinstance(event, DeclarationRecorded):
        return _declarations([row for row in (event, *more) if isinstance(row, DeclarationRecorded)])
    if isinstance(event, EligibilityAssessed):
        if event.decision == "grant":
            return f"granted, last day {event.last_day}"
        return f"refused: {', '.join(event.refusals)}"
    if isinstance(event, PlanAgreed):
        return _plan(event)
    words = []
    for name in type(event).model_fields:
        value = getattr(event, name)
        if name in Event.model_fields or name in HIDDEN or value is None:
            continue
        if isinstance(value, bool):
            words.append(name if value else f"not {name}")
        elif isinstance(value, tuple):
            words.append(f"{len(value)} {name}")
        elif isinstance(value, Calculation):
            words.append(kronor(value.total))
        else:
            words.append(f"{name} {'raderad' if isinstance(value, Erased) else value}")
    return ", ".join(words)


def _plan(event: PlanAgreed) -> str:
    """Return a plan in a few words: its goal, and each task with who does it and by when."""
    tasks = ("raderad",) * len(event.items) if isinstance(event.content, Erased) else event.content.tasks
    needs = "" if isinstance(event.content, Erased) or not event.content.needs else f"; {event.content.needs}"
    listed = "; ".join(
        f"{item.number} {task} ({item.by}, by {item.target_on})"
        for item, task in zip(event.items, tasks, strict=True)
    )
    return f"goal {event.goal}{needs}; {listed}"


def _declarations(events: Sequence[DeclarationRecorded]) -> str:
    readable = [row.declaration for row in events if not isinstance(row.declaration, Erased)]
    if not readable:
        return "raderad"
    statements = [statement for declaration in readable for statement in declaration.statements]
    periods = sorted({statement.period for statement in statements})
    months = periods[0] if len(periods) == 1 else f"{periods[0]} to {periods[-1]}" if periods else "none"
    return f"{len(statements)} statement{'s' if len(statements) != 1 else ''}, {months}"


HIDDEN = ("person_ref", "details", "content", "birth_year", "grant", "policy_version")
"""Fields that one line has no room for."""


def _iso(day: date | None) -> str | None:
    return day.isoformat() if day else None
