"""What the projections' rows should be, counted from the model's plain list of what was recorded (tests/model.py).

Nothing of the program is used: days, counts and stages are looked up among the rows that stand, each time anew.
"""

import tomllib
from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from tests.model import EVIDENCE, Row, View, in_force, months_on, standing

Rows = dict[str, list[tuple[Any, ...]]]

COLUMNS = {
    "open_case": (
        *("stage", "waits_for", "advisor", "received_on", "decided_on", "starts_on", "agreed_end"),
        *("meetings_held", "meetings_required", "meetings_missed", "plan_agreed_on", "tasks_done", "tasks"),
        *("activities_done", "activities", "last_contact", "paused_since", "flags"),
        "protected",
    ),
    "advisor_of_case": ("ordinal", "advisor", "since", "until"),
    "last_day": ("agreed_end",),
    "due": ("code", "due_on", "advisor"),
    "decision": ("ordinal", "decided_on", "decision", "annulled_on"),
    "engagement": (
        *("ordinal", "starts_on", "agreed_end", "meetings_held", "meetings_required", "meetings_missed"),
        *("pauses", "days_paused", "paused_since", "reopened", "result", "result_on", "days"),
    ),
    "carried_grant": ("granted_in", "decided_on", "last_day", "months"),
    "employer_notification": ("ordinal", "notified_on"),
}
"""The columns that are compared, of each table."""
CATALOGUE = Path(__file__).parent.parent / "domain/policies/services-2022-10-01.toml"
CHECKLISTS: dict[str, set[str]] = {
    name: {key for key, row in service["activities"].items() if row["need"] != "optional"}
    for name, service in tomllib.loads(CATALOGUE.read_text("utf-8"))["services"].items()
}
"""What a client is to be gone through with, of each service: the rest is for those who want it."""


def naive_rows(case: str, log: Sequence[Row]) -> Rows:
    """The rows of a case, given all that was recorded in it."""
    view = View(case, standing(log))
    return {
        "open_case": list(open_case(view, log)),
        "advisor_of_case": list(advisors(view)),
        "last_day": [(view.agreed_end,)] if view.stage(date.min) in ("active", "paused") else [],
        "due": [(*row, view.advisor_on(date.max)) for row in (*due(view), *due_beside(view, log))],
        "decision": list(decisions(view)),
        "engagement": list(engagements(view)),
        "carried_grant": list(grants(view)),
        "employer_notification": [(ordinal, row.on) for ordinal, row in enumerate(notices(view), 1)],
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
    support: tuple[Any, ...] = (None, None, 0, None, 0, None, 0, 0, 0, 0, None, None)
    if stage in ("active", "paused") and view.start:
        plan, checklist = view.plan, CHECKLISTS[view.service]
        support = (
            view.start.on,
            view.agreed_end,
            len(view.held),
            view.least,
            len(view.since_start("miss_meeting")),
            plan.on if plan else None,
            len(view.tasks_done),
            len(plan.told["items"]) if plan else 0,
            len({row.told["activity"] for row in view.since_start("record_activity")} & checklist),
            len(checklist),
            last_contact(view),
            view.away,
        )
    flags = view.decision.told["flags"] if view.decision else []
    protected = view.open_one("protect_identity", "lift_protection")
    yield stage, waiting, advisor, view.application.on, decided, *support, flags, protected is not None


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


def notices(view: View) -> list[Row]:
    """What an employer told, in the order it happened; nothing is kept of an erased person's."""
    return view.of("notify_as_employer")


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
    else:
        for number, item in enumerate(view.plan.told["items"], 1):
            if number not in view.tasks_done:
                yield "task_due", item["target_on"]
    yield "no_contact", last_contact(view) + timedelta(days=30)
    if len(view.held) < view.least:
        yield (
            "meeting_due",
            begins + timedelta(days=(ends - begins).days * (len(view.held) + 1) // view.least),
        )


def due_beside(view: View, log: Sequence[Row]) -> Iterator[tuple[Any, ...]]:
    """What is due whether or not a support goes on: answers, statements, evidence, reasons, a second look."""
    stage = view.stage(date.min)
    if stage in ("none", "erased", "annulled"):
        return
    asked = view.open_one("request_reconsideration", "decide_reconsideration")
    if asked:
        yield "reconsideration_waiting", asked.on + timedelta(days=21)
    appealed = view.last("decide_appeal")
    of_it = appealed and view.decision and appealed.told["decision"] == view.decision.number
    if appealed and of_it and appealed.told["result"] in ("changed", "referred_back"):
        yield "appeal_to_follow", appealed.on + timedelta(days=14)
    seen_to = corrected(view, log)
    if seen_to:
        yield "decision_to_review", seen_to + timedelta(days=14)
    expired = view.since_start("expire")
    unanswered: Row | None = None
    for row in view.of("request_statement", "issue_statement"):
        unanswered = None if row.kind == "issue_statement" else unanswered or row
    if unanswered and not (view.withdrawn or view.closing or expired):
        yield "statement_waiting", unanswered.on + timedelta(days=14)
    if view.start is None or view.annulled_on:
        return
    result = view.closing if view.closing and view.closing.kind == "reach_outcome" else None
    told = {row.told["outcome"] for row in view.since_start("evidence_outcome")}
    if result and result.told.get("evidence") is None and result.number not in told:
        yield "result_without_evidence", result.on + timedelta(days=30)
    short = len(view.held) < view.least and not view.since_start("explain_shortfall")
    if expired and not view.closing and short:
        yield "shortfall_unexplained", expired[0].on + timedelta(days=14)


def corrected(view: View, log: Sequence[Row]) -> date | None:
    """The last day on which evidence that the grant was made on was corrected, if nobody upheld the grant since."""
    if view.grant is None:
        return None
    grant, until = view.grant, [row for row in log if row.number < view.grant.number]
    relied = {row.number for row in standing(until) if row.kind in EVIDENCE and row.on <= grant.on}
    strikes = [row for row in log if row.kind == "correct_entry" and row.told["corrects"] in relied]
    day = max((row.on for row in strikes if in_force(log, row.number)), default=None)
    if day is None or any(row.on >= day for row in view.of("decide_reconsideration")):
        return None
    return day


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
