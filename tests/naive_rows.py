"""What the projections' rows should be, counted from the model's plain list of what was recorded (tests/model.py).

Nothing of the program is used: days, counts and stages are looked up among the rows that stand, each time anew.
"""

from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from typing import Any

from tests.model import EVIDENCE, Row, View, months_on, standing

Rows = dict[str, list[tuple[Any, ...]]]

COLUMNS = {
    "open_case": (
        *("stage", "waits_for", "advisor", "received_on", "decided_on", "starts_on", "agreed_end"),
        *("meetings_held", "meetings_required", "meetings_missed", "plan_agreed_on", "tasks_done", "tasks"),
        *("last_contact", "paused_since"),
    ),
    "advisor_of_case": ("ordinal", "advisor", "since", "until"),
    "last_day": ("agreed_end",),
    "due": ("code", "due_on"),
    "decision": ("ordinal", "decided_on", "decision", "annulled_on"),
    "engagement": (
        *("ordinal", "starts_on", "agreed_end", "meetings_held", "meetings_required", "meetings_missed"),
        *("pauses", "days_paused", "paused_since", "reopened", "result", "result_on", "days"),
    ),
    "carried_grant": ("granted_in", "decided_on", "last_day", "months"),
}
"""The columns that are compared, of each table."""
DUE = ("agreed_end_near", "pause_long", "plan_missing", "no_contact", "meeting_due")
"""What is due while a support goes on; the rest has tests of its own."""


def naive_rows(case: str, log: Sequence[Row]) -> Rows:
    """The rows of a case, given all that was recorded in it."""
    view = View(case, standing(log))
    return {
        "open_case": list(open_case(view, log)),
        "advisor_of_case": list(advisors(view)),
        "last_day": [(view.agreed_end,)] if view.stage(date.min) in ("active", "paused") else [],
        "due": list(due(view)),
        "decision": list(decisions(view)),
        "engagement": list(engagements(view)),
        "carried_grant": list(grants(view)),
    }


def open_case(view: View, log: Sequence[Row]) -> Iterator[tuple[Any, ...]]:
    stage = view.stage(date.min)
    waiting = {"received": "decision", "refused": "decision", "statement": "statement"}.get(stage)
    if stage == "refused" and not news(log):
        return
    last = view.last("request_statement", "issue_statement")
    if stage == "statement" and last and last.kind == "issue_statement":
        return
    if stage not in ("received", "refused", "statement", "granted", "active", "paused"):
        return
    advisor = view.advisor_on(date.max)
    if waiting is None and advisor is None:
        waiting = "advisor"
    elif stage == "granted":
        waiting = "start"
    assert view.application
    decided = view.decision.on if view.decision else None
    support: tuple[Any, ...] = (None, None, 0, None, 0, None, 0, 0, None, None)
    if stage in ("active", "paused") and view.start:
        plan = view.plan
        support = (
            view.start.on,
            view.agreed_end,
            len(view.held),
            view.least,
            len(view.since_start("miss_meeting")),
            plan.on if plan else None,
            len(view.tasks_done),
            len(plan.told["items"]) if plan else 0,
            last_contact(view),
            view.away,
        )
    yield stage, waiting, advisor, view.application.on, decided, *support


def news(log: Sequence[Row]) -> bool:
    """Whether evidence came, or was corrected, since the last decision was recorded."""
    numbered = {row.number: row for row in log}

    def concerns_evidence(row: Row) -> bool:
        if row.kind == "correct_entry":
            return concerns_evidence(numbered[row.told["corrects"]])
        return row.kind in EVIDENCE

    last = max(row.number for row in log if row.kind == "decide")
    return any(row.number > last and concerns_evidence(row) for row in log)


def last_contact(view: View) -> date:
    assert view.start
    met = [day for day, _ in view.held]
    other = [row.on for row in view.since_start("make_contact", "hold_health_collaboration")]
    back = [day for _, day in (*view.breaks, *view.gaps)]
    return max([view.start.on, *met, *other, *back])


def advisors(view: View) -> Iterator[tuple[Any, ...]]:
    rows = view.of("assign_advisor")
    for index, row in enumerate(rows):
        until = rows[index + 1].on if index + 1 < len(rows) else None
        yield index + 1, row.told["advisor"], row.on, until


def due(view: View) -> Iterator[tuple[Any, ...]]:
    """A plan in 14 days, contact every 30, a long pause after 3 months, the end 30 days ahead, meetings evenly."""
    if view.stage(date.min) not in ("active", "paused"):
        return
    assert view.start
    begins, ends = view.start.on, view.agreed_end
    yield "agreed_end_near", max(begins, ends - timedelta(days=30))
    if view.away:
        yield "pause_long", months_on(view.away, 3)
        return
    if view.plan is None:
        yield "plan_missing", begins + timedelta(days=14)
    yield "no_contact", last_contact(view) + timedelta(days=30)
    if len(view.held) < view.least:
        yield (
            "meeting_due",
            begins + timedelta(days=(ends - begins).days * (len(view.held) + 1) // view.least),
        )


def decisions(view: View) -> Iterator[tuple[Any, ...]]:
    annulled = {row.told["grant"]: row.on for row in view.of("annul_grant")}
    for ordinal, row in enumerate(view.of("decide"), 1):
        yield ordinal, row.on, "grant" if row.told["last_day"] else "refuse", annulled.get(row.number)


def engagements(view: View) -> Iterator[tuple[Any, ...]]:
    """Every support: the one that there is, and those that stood before a later decision."""
    until = [index for index, row in enumerate(view.rows) if row.kind == "decide"] + [len(view.rows)]
    then = [View(view.case, view.rows[:index]) for index in until]
    for ordinal, seen in enumerate((one for one in then if one.start), 1):
        assert seen.start
        result, result_on = result_of(seen)
        yield (
            ordinal,
            seen.start.on,
            seen.agreed_end,
            len(seen.held),
            seen.least,
            len(seen.since_start("miss_meeting")),
            len(seen.breaks) + (seen.away is not None),
            sum((back - away).days for away, back in seen.breaks),
            seen.away,
            len(seen.gaps),
            result,
            result_on,
            (result_on - seen.start.on).days if result_on else None,
        )


def result_of(view: View) -> tuple[str | None, date | None]:
    closing, expired = view.closing, view.since_start("expire")
    if closing:
        return closing.told.get("outcome", "withdrawn"), closing.on
    if view.annulled_on:
        return "annulled", view.annulled_on
    return ("expired", expired[0].on) if expired else (None, None)


def grants(view: View) -> Iterator[tuple[Any, ...]]:
    if view.grant:
        yield view.case, view.grant.on, view.grant.told["last_day"], list(view.grant.told["basis"])
    for row in view.of("record_earlier_grant"):
        told = row.told
        yield told["case"], told["decided_on"], told["last_day"], list(told["basis_months"])
