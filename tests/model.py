"""A small model of a person's two cases, written from the rules and not from the code: a list of what was recorded.

Nothing is kept but the list. What stands after corrections, when a support ran and what may come next is counted
anew from it each time. Nothing is imported from the program, so that a mistake there is not made here again.
"""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any, NamedTuple

ONE_DAY = timedelta(days=1)

COURSE = (
    ("receive_application",),
    ("record_evidence", "record_declaration", "record_earlier_grant", "judge_need", "notify_as_employer"),
    ("join_person",),
    ("protect_identity", "lift_protection"),
    ("decide", "annul_grant"),
    ("request_reconsideration", "lodge_appeal"),
    ("decide_reconsideration", "decide_appeal"),
    ("assign_advisor",),
    ("start_engagement",),
    ("reopen",),
    ("resume",),
    ("agree_plan",),
    ("hold_meeting", "miss_meeting", "make_contact", "hold_health_collaboration"),
    ("complete_task", "record_activity"),
    ("request_statement",),
    ("issue_statement",),
    ("pause",),
    ("reach_outcome", "withdraw"),
    ("evidence_outcome",),
    ("expire",),
    ("explain_shortfall",),
    ("erase_person",),
)
"""The course of a day: what happened on one day happened in this order."""
RANK = {kind: rank for rank, kinds in enumerate(COURSE) for kind in kinds}

FINAL = ("receive_application", "decide", "annul_grant", "decide_reconsideration", "erase_person")
"""What no correction strikes: a decision is annulled or made anew, an erasure is for ever."""
EVIDENCE = COURSE[1]
PROTECTION = COURSE[3]
CLOSING = ("reach_outcome", "withdraw")
DECISIONS = ("decide", "annul_grant", "decide_reconsideration")
"""What a decision maker must be registered as one for."""
WITHIN = frozenset(kind for kinds in COURSE[9:18] for kind in kinds)
"""What happens in a support, and so on a day of it."""

STAFF = {"advisor", "case_officer", "decision_maker", "system"}
BY: dict[str, set[str]] = {
    "judge_need": {"advisor"},
    "notify_as_employer": {"employer"},
    "join_person": {"case_officer", "decision_maker"},
    "protect_identity": {"case_officer", "decision_maker"},
    "lift_protection": {"case_officer", "decision_maker"},
} | {name: {"decision_maker", "system"} for name in ("decide", "annul_grant", "decide_reconsideration")}
BY |= {
    name: STAFF | {"applicant"}
    for name in (
        "receive_application",
        "record_evidence",
        "request_statement",
        "withdraw",
        "request_reconsideration",
        "lodge_appeal",
    )
}
"""Whose part a thing is, where it isn't all of the staff's."""

ADVISORS = {
    name: (date(2022, 10, 1), date.max) for name in ("anna.berg", "bo", "cia", "test", "someone", "beslutare")
} | {"gone": (date(2022, 10, 1), date(2024, 12, 31)), "late": (date(2026, 6, 1), date.max)}
DECIDERS = {"test", "someone", "beslutare"}
PROVIDERS = {"abc"}

FORMS = {
    "counselling_dismissed": {6: 6, 12: 12},
    "guidance_employed": {3: 3},
    "reinforced_support": {12: 12},
}
"""Months of a form, and the least number of meetings in it (K-2.1-b, -e, -f, K-3.1-d, -e, K-4.1-c, -e)."""
JOBS = ("permanent_job", "fixed_term_job", "business", "studies")
RESULTS = {
    "counselling_dismissed": JOBS,
    "guidance_employed": ("guidance_completed",),
    "reinforced_support": (*JOBS, "placement"),
}
"""K-2.5, K-3.4, K-4.5."""
SCHOOLS = ("university", "university_college", "higher_vocational", "komvux")
ACTIVITIES = {
    "counselling_dismissed": {
        "mapping": "must",
        "labour_market": "must",
        "cv": "may",
        "studies_found_best": "may",
        "study_guidance": "may",
    },
    "guidance_employed": {"forecasts": "may", "matching": "may"},
    "reinforced_support": {
        "mapping": "may",
        "cv": "may",
        "studies_found_best": "may",
        "study_guidance": "may",
        "rehabilitation_plan": "may",
    },
}
"""Some activities of each service, and which of them can't be left out (K-2.4-b1, -b3)."""


class Refused(Exception):
    """The rules do not allow it."""


class Wish(NamedTuple):
    """What somebody asks for: a command's name, its day, who asks, and what is told."""

    name: str
    on: date
    actor: str
    told: dict[str, Any]


@dataclass(frozen=True)
class Row:
    """A line of the list. `place` is where it stands in a day: its own number, or the replaced one's."""

    number: int
    kind: str
    on: date
    actor: str
    told: dict[str, Any]
    place: int
    by: int | None = None
    """The correction that put it here."""


def months_on(day: date, count: int) -> date:
    """The same day number so many months on, or that month's last day."""
    year, month = divmod(day.year * 12 + day.month - 1 + count, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def month(day: date, back: int = 0) -> str:
    """The calendar month so many months before a day."""
    year, number = divmod(day.year * 12 + day.month - 1 - back, 12)
    return f"{year}-{number + 1:02d}"


def standing(rows: Sequence[Row]) -> list[Row]:
    """The rows that stand, in the order they happened, corrections left out."""
    struck_by: dict[int, list[Row]] = {}
    for row in rows:
        if row.kind == "correct_entry":
            struck_by.setdefault(row.told["corrects"], []).append(row)
    numbered = {row.number: row for row in rows}

    def stands(row: Row) -> bool:
        if any(stands(correction) for correction in struck_by.get(row.number, ())):
            return False
        return row.by is None or stands(numbered[row.by])

    return sorted((row for row in rows if row.kind != "correct_entry" and stands(row)), key=order)


def order(row: Row) -> tuple[date, int, int]:
    """When a row happened: its day, and where it stands in it."""
    return row.on, RANK[row.kind], row.place


def in_force(rows: Sequence[Row], number: int) -> bool:
    """Whether a row, a correction perhaps, has not been struck."""
    (row,) = (row for row in rows if row.number == number)
    strikes = (one for one in rows if one.kind == "correct_entry" and one.told["corrects"] == number)
    if any(in_force(rows, one.number) for one in strikes):
        return False
    return row.by is None or in_force(rows, row.by)


class View:
    """What some rows that stand add up to, each thing looked up among them."""

    def __init__(self, case: str, rows: Sequence[Row]) -> None:
        self.case = case
        self.rows = rows
        self.application = next(iter(self.of("receive_application")), None)
        self.erased = bool(self.of("erase_person"))
        self.decision = self.last("decide")
        annulled = {row.told["grant"]: row.on for row in self.of("annul_grant")}
        granted = self.decision if self.decision and self.decision.told["last_day"] else None
        self.grant = granted if granted and granted.number not in annulled else None
        start = self.last("start_engagement")
        of_it = start and self.decision and start.told["grant"] == self.decision.number
        self.start = start if of_it else None
        self.after = list(rows[rows.index(start) + 1 :]) if start and of_it else []
        self.annulled_on = annulled.get(self.start.told["grant"]) if self.start else None
        self.gaps: list[tuple[date, date]] = []
        self.breaks: list[tuple[date, date]] = []
        self.away: date | None = None
        self.closing: Row | None = None
        self.withdrawn = self._withdrawn()
        for row in self.after:
            if row.kind == "pause" and self.away is None:
                self.away = row.on
            if row.kind in ("resume", "reopen") and self.away is not None:
                self.breaks.append((self.away, row.on))
                self.away = None
            if row.kind == "reopen" and self.closing:
                self.gaps.append((self.closing.on, row.on))
                self.closing = None
            if row.kind in CLOSING:
                self.closing = row

    def _withdrawn(self) -> Row | None:
        """The withdrawal of the application, not of a support that had begun."""
        decision, begun = 0, False
        for row in self.rows:
            if row.kind == "decide":
                decision, begun = row.number, False
            if row.kind == "start_engagement":
                begun = begun or row.told["grant"] == decision
            if row.kind == "withdraw" and not begun:
                return row
        return None

    def of(self, *kinds: str) -> list[Row]:
        return [row for row in self.rows if row.kind in kinds]

    def last(self, *kinds: str) -> Row | None:
        return next((row for row in reversed(self.rows) if row.kind in kinds), None)

    def numbered(self, kind: str, number: int) -> Row | None:
        return next((row for row in self.of(kind) if row.number == number), None)

    def since_start(self, *kinds: str) -> list[Row]:
        return [row for row in self.after if row.kind in kinds]

    @property
    def service(self) -> str:
        return str(self.application.told["service"]) if self.application else ""

    @property
    def agreed_end(self) -> date:
        assert self.start
        end: date = self.start.told["agreed_end"]
        return end

    @property
    def least(self) -> int:
        assert self.application
        return FORMS[self.service][self.application.told["months"]]

    @property
    def cut_on(self) -> date | None:
        """The day on which a result, a withdrawal or an annulment ended the support before its agreed end."""
        days = [day for day in (self.closing.on if self.closing else None, self.annulled_on) if day]
        return min((day for day in days if day <= self.agreed_end), default=None)

    @property
    def last_day(self) -> date:
        return self.cut_on or self.agreed_end

    def inside(self, day: date) -> bool:
        """Whether a day lies in the support: from its start to its last day, and in no gap."""
        if self.start is None or not self.start.on <= day <= self.last_day:
            return False
        return not any(first < day < last for first, last in self.gaps)

    @property
    def stretches(self) -> list[tuple[date, date]]:
        """When the support ran, each stretch with the day after its last; what cuts one short frees its own day."""
        if self.start is None:
            return []
        begins = [self.start.on, *(back for _, back in self.gaps)]
        ends = [*(closed for closed, _ in self.gaps), self.cut_on or self.agreed_end + ONE_DAY]
        return list(zip(begins, ends, strict=True))

    def runs(self, first: date, last: date) -> bool:
        """Whether the support ran on a day of a stretch, both its ends included."""
        return any(begins <= last and first < ends for begins, ends in self.stretches)

    @property
    def last_entry(self) -> date:
        """The last day on which something is on record in the support, its closing aside."""
        assert self.start
        rows = [row.on for row in self.after if row.kind in WITHIN and row.kind not in CLOSING]
        return max(self.start.on, *rows) if rows else self.start.on

    @property
    def held(self) -> set[tuple[date, str | None]]:
        """Meetings that count: one a day and advisor."""
        return {(row.on, row.told["advisor"]) for row in self.since_start("hold_meeting")}

    @property
    def plan(self) -> Row | None:
        return next(iter(reversed(self.since_start("agree_plan"))), None)

    @property
    def tasks_done(self) -> set[int]:
        """The current plan's tasks that were carried out."""
        rows = self.since_start("agree_plan", "complete_task")
        plans = [index for index, row in enumerate(rows) if row.kind == "agree_plan"]
        return {row.told["number"] for row in rows[plans[-1] + 1 :]} if plans else set()

    def plan_on(self, day: date) -> tuple[Row | None, set[int]]:
        """The plan that held on a day, and its tasks that were carried out, on whatever day."""
        plan: Row | None = None
        done: set[int] = set()
        for row in self.since_start("agree_plan", "complete_task"):
            if row.kind == "agree_plan" and row.on <= day:
                plan, done = row, set()
            elif row.kind == "agree_plan":
                break
            else:
                done.add(row.told["number"])
        return plan, done

    def open_one(self, asked: str, answered: str) -> Row | None:
        """What was asked and not answered."""
        row = self.last(asked, answered)
        return row if row and row.kind == asked else None

    def advisor_on(self, day: date) -> str | None:
        names = [row.told["advisor"] for row in self.of("assign_advisor") if row.on <= day]
        return names[-1] if names else None

    def stage(self, on: date) -> str:
        """How far the case has come, as it reads on a day."""
        if self.erased or self.application is None:
            return "erased" if self.erased else "none"
        if self.start and self.annulled_on is None:
            if self.closing or self.since_start("expire") or on > self.agreed_end:
                return "ended"
            return "paused" if self.away else "active"
        if self.withdrawn:
            return "withdrawn"
        if self.decision is None:
            return "statement" if self.service == "statement" else "received"
        if self.decision.told["last_day"]:
            return "granted" if self.grant else "annulled"
        return "refused"


class Seen(NamedTuple):
    """What is looked at beside the case: the day, and the person's other cases (none where a history is retold)."""

    today: date
    others: tuple[View, ...] = ()


Rule = Callable[[Row, View, Seen], str]
"""Why a row may not enter a case, empty where it may."""
RULES: dict[str, Rule] = {}


def rule(*kinds: str) -> Callable[[Rule], Rule]:
    def keep(function: Rule) -> Rule:
        RULES.update(dict.fromkeys(kinds, function))
        return function

    return keep


def first_of(*reasons: tuple[bool, str]) -> str:
    """The first reason that holds, else nothing."""
    return next((why for holds, why in reasons if holds), "")


def why_not(row: Row, view: View, seen: Seen) -> str:
    """Why a row may not enter a case; empty where it may."""
    role, _, name = row.actor.partition(":")
    received = view.application
    advisor = row.told.get("advisor") if RANK.get(row.kind) in (7, 12) else None
    since, until = ADVISORS.get(advisor or "bo", (date.max, date.max))
    before_the_application = received is not None and row.on < received.on
    why = first_of(
        (received is None and row.kind != "receive_application", "no case"),
        (view.erased, "erased"),
        (role not in BY.get(row.kind, STAFF), "another's part"),
        (row.kind != "expire" and (row.on > seen.today or before_the_application), "no day for it"),
        (
            row.kind in DECISIONS and role == "decision_maker" and name not in DECIDERS,
            "no decision maker",
        ),
        (not since <= row.on <= until, "no advisor"),
        (row.told.get("provider") not in (None, *PROVIDERS), "no provider"),
    )
    if why or row.kind not in RULES:
        return why
    return RULES[row.kind](row, view, seen)


@rule("receive_application")
def _(row: Row, view: View, seen: Seen) -> str:
    return first_of((view.application is not None, "received before"))


@rule("join_person")
def _(row: Row, view: View, seen: Seen) -> str:
    joined = [one.told["same_as"] for one in view.of("join_person")]
    return first_of((row.told["same_as"] in joined, "joined before"))


@rule(*PROTECTION)
def _(row: Row, view: View, seen: Seen) -> str:
    newest = view.last(*PROTECTION)
    circle, lifts = set(row.told.get("readers", ())), row.kind == "lift_protection"
    here = {name for name, (since, until) in ADVISORS.items() if since <= row.on <= until}
    if newest is None:
        return first_of((lifts, "not protected"), (not circle <= here, "no staff"))
    same = not lifts and newest.kind == row.kind and newest.told["kind"] == row.told["kind"]
    return first_of(
        (row.on < newest.on, "changed later"),
        (lifts and newest.kind == "lift_protection", "not protected"),
        (same and set(newest.told["readers"]) == circle, "protected so"),
        (not circle <= here, "no staff"),
    )


@rule("decide")
def _(row: Row, view: View, seen: Seen) -> str:
    made = [one.on for one in view.of("decide", "annul_grant")]
    for other in seen.others:
        made += [one.on for one in (*other.of("annul_grant"), *([other.grant] if other.grant else []))]
    return first_of(
        (view.service == "statement", "nothing to decide"),
        (view.withdrawn is not None, "withdrawn"),
        (view.grant is not None, "granted"),
        (any(day > row.on for day in made), "out of order"),
    )


@rule("annul_grant")
def _(row: Row, view: View, seen: Seen) -> str:
    if view.grant is None or view.grant.number != row.told["grant"] or row.on < view.grant.on:
        return "no such grant"
    rests = [one for one in seen.others if one.grant and one.application]
    in_it = [one.on for one in view.after if one.kind in WITHIN]
    return first_of(
        (any(one.application.told["on_basis_of"] == view.case for one in rests if one.application), "in use"),
        (view.start is not None and max([view.start.on, *in_it]) > row.on, "the support has later rows"),
    )


@rule("start_engagement")
def _(row: Row, view: View, seen: Seen) -> str:
    if view.grant is None or view.grant.number != row.told["grant"]:
        return "no such grant"
    end = row.told["agreed_end"]
    return first_of(
        (view.withdrawn is not None, "withdrawn"),
        (view.start is not None, "begun before"),
        (not view.grant.on <= row.on <= min(view.grant.told["last_day"], end), "outside the grant"),
        (any(other.runs(row.on, end) for other in seen.others), "another support"),
    )


def outside(row: Row, view: View) -> str:
    return first_of((view.start is None, "not begun"), (not view.inside(row.on), "outside the support"))


@rule("miss_meeting", "make_contact")
def _(row: Row, view: View, seen: Seen) -> str:
    return outside(row, view)


@rule("hold_meeting")
def _(row: Row, view: View, seen: Seen) -> str:
    return outside(row, view) or first_of(((row.on, row.told["advisor"]) in view.held, "held before"))


@rule("hold_health_collaboration")
def _(row: Row, view: View, seen: Seen) -> str:
    return outside(row, view) or first_of((view.service != "reinforced_support", "not in the service"))


@rule("extend_period")
def _(row: Row, view: View, seen: Seen) -> str:
    return "no form is extended"


@rule("agree_plan")
def _(row: Row, view: View, seen: Seen) -> str:
    targets = [item["target_on"] for item in row.told["items"]]
    return outside(row, view) or first_of(
        (not row.told["jointly"], "not together"),
        (not targets, "nothing to do"),
        (any(day < row.on for day in targets), "a day that is past"),
        (not tasks_known([*view.rows, row]), "a task that was done is not in it"),
    )


def tasks_known(rows: Iterable[Row]) -> bool:
    """Whether every task that was done is one of the plan that held then."""
    plan = 0
    for row in sorted(rows, key=order):
        if row.kind in ("agree_plan", "start_engagement"):
            plan = len(row.told.get("items", ()))
        if row.kind == "complete_task" and row.told["number"] > plan:
            return False
    return True


@rule("complete_task")
def _(row: Row, view: View, seen: Seen) -> str:
    plan, done = view.plan_on(row.on)
    number = row.told["number"]
    if plan is None or not 1 <= number <= len(plan.told["items"]):
        return "no such task then"
    return outside(row, view) or first_of((number in done, "done before"))


@rule("record_activity")
def _(row: Row, view: View, seen: Seen) -> str:
    activities, told = ACTIVITIES.get(view.service, {}), row.told
    found_best = [
        one.on
        for one in view.since_start("record_activity")
        if one.told["activity"] == "studies_found_best" and one.told["done"]
    ]
    need, done = activities.get(told["activity"]), told["done"]
    return outside(row, view) or first_of(
        (need is None, "not in the service"),
        (not done and (need == "must" or told["reason"] is None), "not left out so"),
        (
            told["activity"] == "study_guidance" and done and not any(day <= row.on for day in found_best),
            "not found best together",
        ),
    )


@rule("request_statement", "issue_statement")
def _(row: Row, view: View, seen: Seen) -> str:
    unfounded = row.kind == "issue_statement" and not row.told["sources"]
    gone = view.withdrawn
    return (outside(row, view) if view.service != "statement" else "") or first_of(
        (view.service == "statement" and gone is not None and gone.on < row.on, "withdrawn"),
        (unfounded, "no source"),
    )


def lasts(kind: str, first: date, last: date) -> bool:
    """Whether a job or a placement lasts four months, studies a term of twenty weeks, the last one begun."""
    if kind == "studies":
        return last >= first + timedelta(weeks=19)
    return last >= months_on(first, 4)


@rule("pause")
def _(row: Row, view: View, seen: Seen) -> str:
    told, last = row.told, row.told["expected_until"]
    reason, school = told["reason"], told["school"]
    away = [*view.breaks, *([(view.away, date.max)] if view.away else [])]
    untold = {"substitute_post": last, "full_time_studies_term": school, "other": told["words"]}
    result = {"substitute_post": "fixed_term_job", "full_time_studies_term": "studies"}.get(reason, "")
    full_time = result != "studies" or (school in SCHOOLS and told["pace_percent"] in (None, 100))
    return outside(row, view) or first_of(
        (any(since <= row.on < back for since, back in away), "away already"),
        (bool(away) and away[-1][0] > row.on, "away later"),
        (untold.get(reason, "told") is None, "not told in full"),
        (last is not None and last < row.on, "ends first"),
        (
            result in RESULTS[view.service] and full_time and (last is None or lasts(result, row.on, last)),
            "a result",
        ),
    )


@rule("resume")
def _(row: Row, view: View, seen: Seen) -> str:
    return outside(row, view) or first_of((view.away is None or row.on <= view.away, "not away"))


@rule("reach_outcome")
def _(row: Row, view: View, seen: Seen) -> str:
    why = unending(row, view) or first_of(
        (row.told["outcome"] not in RESULTS[view.service], "not in the service")
    )
    return why or undefined(row, view)


def unending(row: Row, view: View) -> str:
    """Why a support can't end on a day."""
    return (
        first_of((view.closing is not None, "ended"))
        or outside(row, view)
        or first_of((view.start is not None and view.last_entry > row.on, "it has later rows"))
    )


def undefined(row: Row, view: View) -> str:
    """What a result lacks of its definition (K-2.5, K-3.4, K-4.5)."""
    kind, first, last = row.told["outcome"], row.told["starts_on"], row.told["ends_on"]
    if kind == "guidance_completed":
        agreed = (view.plan.told["meetings"] if view.plan else None) or 0
        return first_of(
            (view.plan is None or len(view.held) < max(view.least, agreed), "not carried through")
        )
    assert view.start
    if first is None or first < view.start.on or (last is not None and last < first):
        return "not in the support's time"
    must_have_begun = kind in ("business", "studies", "placement")
    must_last = kind in ("fixed_term_job", "studies", "placement")
    full_time = row.told["school"] in SCHOOLS and row.told["pace_percent"] == 100
    return first_of(
        (must_have_begun and first > row.on, "not begun"),
        (kind == "studies" and not full_time, "no full-time studies"),
        (must_last and (last is None or not lasts(kind, first, last)), "too short"),
    )


@rule("evidence_outcome")
def _(row: Row, view: View, seen: Seen) -> str:
    reached = view.closing
    if view.start is None:
        return "not begun"
    if reached is None or reached.kind != "reach_outcome" or reached.number != row.told["outcome"]:
        return "no such result"
    return first_of((row.on < reached.on, "before it"))


@rule("withdraw")
def _(row: Row, view: View, seen: Seen) -> str:
    if view.start:
        return unending(row, view)
    statements = view.of("request_statement", "issue_statement")
    return first_of(
        (view.withdrawn is not None, "withdrawn"),
        (any(one.on > row.on for one in statements), "a statement later"),
        (view.decision is not None and view.grant is None, "refused"),
        (view.grant is not None and row.on < view.grant.on, "granted later"),
    )


@rule("reopen")
def _(row: Row, view: View, seen: Seen) -> str:
    if view.start is None:
        return "not begun"
    if view.closing is None or view.annulled_on or row.on <= view.closing.on:
        return "not closed"
    return first_of(
        (row.on > view.agreed_end, "outside the support"),
        (any(other.runs(row.on, view.agreed_end) for other in seen.others), "another support"),
    )


@rule("expire")
def _(row: Row, view: View, seen: Seen) -> str:
    if view.start is None:
        return "not begun"
    if view.closing or view.annulled_on or view.since_start("expire"):
        return "ended"
    return first_of((seen.today <= view.agreed_end or row.on != view.agreed_end + ONE_DAY, "not yet"))


@rule("explain_shortfall")
def _(row: Row, view: View, seen: Seen) -> str:
    expired = view.since_start("expire")
    short = bool(expired) and not view.closing and len(view.held) < view.least
    return first_of(
        (view.start is None, "not begun"),
        (not short, "nothing to explain"),
        (short and row.on < expired[-1].on, "not yet"),
    )


@rule("request_reconsideration")
def _(row: Row, view: View, seen: Seen) -> str:
    received, decision = row.told["received_on"], view.numbered("decide", row.told["decision"])
    if decision is None or received < decision.on:
        return "no such decision"
    return first_of(
        (view.open_one("request_reconsideration", "decide_reconsideration") is not None, "asked before"),
        (not received <= row.on <= received + timedelta(weeks=3), "too late"),
    )


@rule("decide_reconsideration")
def _(row: Row, view: View, seen: Seen) -> str:
    asked = view.open_one("request_reconsideration", "decide_reconsideration")
    return first_of((asked is None or row.on < asked.on, "not asked"))


@rule("lodge_appeal")
def _(row: Row, view: View, seen: Seen) -> str:
    decision = view.numbered("decide", row.told["decision"])
    if decision is None or row.on < decision.on:
        return "no such decision"
    return first_of((view.open_one("lodge_appeal", "decide_appeal") is not None, "lodged before"))


@rule("decide_appeal")
def _(row: Row, view: View, seen: Seen) -> str:
    lodged = view.open_one("lodge_appeal", "decide_appeal")
    if lodged is None or lodged.told["decision"] != row.told["decision"]:
        return "not appealed"
    return first_of((row.on < lodged.on, "before the appeal"))


def assessed(view: View, seen: Seen, on: date, starts_on: date | None) -> dict[str, Any]:
    """The decision on a day: its months and last day, or None for a refusal (K-5.2 to K-5.5).

    Months are worked in full or not at all, one employment ended by redundancy, and one goes on.
    """
    applied = view.application
    assert applied
    worked = dict.fromkeys(applied.told["worked"], True)
    need = False
    for row in view.of(*EVIDENCE):
        if row.on <= on and row.kind == "record_evidence":
            worked |= {(name, number): full for name, number, full in row.told["worked"]}
        if row.on <= on and row.kind == "judge_need":
            need = row.told["special_need"]
    months = {number for (_, number), full in worked.items() if full}
    months |= {"2024-12" for row in view.of("record_declaration") if row.on <= on}
    grants = list(earlier(view, seen, on))
    running = [last for _, last, _ in grants if last >= on]
    named = [last for name, last, _ in grants if last >= on and name == applied.told["on_basis_of"]]
    used = {number for _, _, basis in grants for number in basis}
    frame = {month(applied.on, back) for back in range(1, 25)}
    basis = sorted((months & frame) - used)[-12:]
    turns_65 = months_on(applied.told["born"], 65 * 12)
    last_day = min([months_on(on, 12), turns_65 - ONE_DAY, *named])
    refused = (
        (not named and len(basis) < 12)
        or on >= turns_65
        or applied.told["months"] not in FORMS[view.service]
        or (view.service == "reinforced_support" and not need)
        or (not named and bool(running or applied.told["on_basis_of"]))
        or not on <= (starts_on or on) <= last_day
    )
    if refused:
        return {"last_day": None, "basis": ()}
    return {"last_day": last_day, "basis": () if named else tuple(basis)}


def earlier(view: View, seen: Seen, on: date) -> Iterable[tuple[str, date, tuple[str, ...]]]:
    """The person's earlier grants: the other cases' that stand, and those of other organisations told by then."""
    told = [row for one in (view, *seen.others) for row in one.of("record_earlier_grant") if row.on <= on]
    elsewhere = {
        row.told["case"]: (row.told["case"], row.told["last_day"], row.told["basis_months"])
        for row in sorted(told, key=lambda row: (row.on, row.number))
    }
    yield from elsewhere.values()
    for other in seen.others:
        if other.grant:
            yield other.case, other.grant.told["last_day"], other.grant.told["basis"]


@dataclass
class Person:
    """Two cases of one person, by their names, each a list of what was recorded in it."""

    cases: dict[str, list[Row]]
    numbers: int = 0
    views: dict[str, View] = field(default_factory=dict)

    def view(self, case: str) -> View:
        """What stands in a case."""
        if case not in self.views:
            self.views[case] = View(case, standing(self.cases[case]))
        return self.views[case]

    def others(self, case: str) -> tuple[View, ...]:
        return tuple(self.view(name) for name in self.cases if name != case)

    def record(self, case: str, rows: Iterable[Row]) -> None:
        for row in rows:
            self.cases[case].append(row)
            self.numbers = row.number
        self.views.pop(case, None)

    def asked(self, case: str, wish: Wish, today: date) -> list[Row]:
        """The rows that a wish leads to; raise `Refused` where the rules do not allow it."""
        view, seen = self.view(case), Seen(today, self.others(case))
        if wish.name != "receive_application" and (view.application is None or view.erased):
            raise Refused("no case")
        if wish.name == "correct_entry":
            return self._corrected(case, wish, seen)
        rows = self._made(case, view, wish, seen)
        for row in rows:
            if why := why_not(row, view, seen):
                raise Refused(why)
        return rows

    def _made(self, case: str, view: View, wish: Wish, seen: Seen) -> list[Row]:
        """The rows of a wish, before anyone asks whether they are allowed."""
        if wish.name == "decide_reconsideration":
            return self._decided_again(view, wish, seen)
        told, on = dict(wish.told), wish.on
        if wish.name in ("hold_meeting", "miss_meeting"):
            told["advisor"] = told["advisor"] or view.advisor_on(on)
        if wish.name == "record_declaration" and view.application:
            on = max(on, view.application.on)
        if wish.name == "expire" and view.start:
            on = view.agreed_end + ONE_DAY
        told |= self._follows(case, view, wish, seen)
        return [self._row(1, wish.name, on, wish.actor, told)]

    def _row(self, offset: int, kind: str, on: date, actor: str, told: dict[str, Any]) -> Row:
        number = self.numbers + offset
        return Row(number, kind, on, actor, told, number)

    def _decided_again(self, view: View, wish: Wish, seen: Seen) -> list[Row]:
        if view.open_one("request_reconsideration", "decide_reconsideration") is None:
            raise Refused("not asked")
        if view.grant:
            told = {"decision": view.grant.number, "result": "upheld"}
            return [self._row(1, "decide_reconsideration", wish.on, wish.actor, told)]
        if view.application is None or view.service == "statement":
            raise Refused("nothing to decide")
        anew = self._row(1, "decide", wish.on, wish.actor, assessed(view, seen, wish.on, None))
        told = {"decision": anew.number, "result": "changed" if anew.told["last_day"] else "upheld"}
        return [anew, self._row(2, "decide_reconsideration", wish.on, wish.actor, told)]

    def _follows(self, case: str, view: View, wish: Wish, seen: Seen) -> dict[str, Any]:
        """What follows from the case and not from the wish."""
        if wish.name == "decide":
            return self._decision(case, view, wish, seen)
        if wish.name == "start_engagement":
            return self._beginning(case, view, wish)
        needs_decision = ("request_reconsideration", "lodge_appeal")
        if wish.name in needs_decision and view.decision is None:
            raise Refused("not decided")
        if wish.name in needs_decision and view.decision:
            decided = [row for row in view.of("decide") if row.on <= wish.on] or [view.decision]
            received = wish.told.get("received_on") or decided[-1].on
            return {"decision": decided[-1].number, "received_on": received}
        names = {
            "annul_grant": ("grant", view.grant),
            "decide_appeal": ("decision", view.open_one("lodge_appeal", "decide_appeal")),
            "evidence_outcome": ("outcome", view.closing),
        }
        if wish.name not in names:
            return {}
        key, row = names[wish.name]
        if row is None or row.kind == "withdraw":
            raise Refused("nothing of the kind")
        return {key: row.told["decision"] if wish.name == "decide_appeal" else row.number}

    def _decision(self, case: str, view: View, wish: Wish, seen: Seen) -> dict[str, Any]:
        if view.service == "statement":
            raise Refused("nothing to decide")
        refused = view.decision is not None and view.decision.told["last_day"] is None
        if refused and not wish.told["again"] and not self._news(case):
            raise Refused("nothing new")
        return assessed(view, seen, wish.on, wish.told["starts_on"])

    def _beginning(self, case: str, view: View, wish: Wish) -> dict[str, Any]:
        """Which grant a support is of, and its agreed end: that of no start of the same grant is ever later."""
        if view.grant is None or view.application is None:
            raise Refused("not granted")
        fixed = [
            row.told["agreed_end"]
            for row in self.cases[case]
            if row.kind == "start_engagement" and row.told["grant"] == view.grant.number
        ]
        form = months_on(wish.on, view.application.told["months"])
        return {
            "grant": view.grant.number,
            "agreed_end": min([form, view.grant.told["last_day"], *fixed]),
        }

    def _news(self, case: str) -> bool:
        """Whether evidence came in, or was corrected, after the newest decision was recorded."""
        touched: set[int] = set()
        news = False
        for row in self.cases[case]:
            if row.kind == "decide":
                news = False
            elif row.kind in EVIDENCE or row.told.get("corrects") in touched:
                touched.add(row.number)
                news = True
        return news

    def _corrected(self, case: str, wish: Wish, seen: Seen) -> list[Row]:
        """The correction, and what it puts in place, provided that the history could have come about so."""
        rows, number = self.cases[case], wish.told["corrects"]
        before = self.view(case)
        correction = self._row(1, "correct_entry", wish.on, wish.actor, wish.told)
        if why := why_not(correction, before, seen):
            raise Refused(why)
        wrong = next((row for row in rows if row.number == number), None)
        if wrong is None or wrong.kind in FINAL:
            raise Refused("nothing to correct")
        about = wrong
        while about.kind == "correct_entry":
            (about,) = (row for row in rows if row.number == about.told["corrects"])
        if about.kind in PROTECTION and wish.actor.partition(":")[0] not in BY[about.kind]:
            raise Refused("another's part")
        if not all(in_force(rows, one) for one in self._resting(case, wrong)):
            raise Refused("corrected before")
        new = [correction]
        if wish.told["replacement"] is not None:
            new.append(self._instead(case, wrong, wish.told["replacement"], seen))
        after = View(case, standing([*rows, *new]))
        if why := self._newly_broken(before, after, seen.today):
            raise Refused(why)
        for other in seen.others:
            if beside(after, other) and not beside(before, other):
                raise Refused("another support")
        return new

    def _resting(self, case: str, wrong: Row) -> set[int]:
        """What has to be in force still for a row to be corrected: itself, and what it brought about."""
        resting = {wrong.number}
        if wrong.kind == "correct_entry":
            resting |= {row.number for row in self.cases[case] if row.by == wrong.number}
            (struck,) = (row for row in self.cases[case] if row.number == wrong.told["corrects"])
            if struck.kind == "correct_entry":
                resting.add(struck.told["corrects"])
        return resting

    def _instead(self, case: str, wrong: Row, wish: Wish, seen: Seen) -> Row:
        """What takes the place of a wrong row, made as if that had never been recorded."""
        if wish.name != wrong.kind or wish.name == "correct_entry":
            raise Refused("of another kind")
        without = View(case, [row for row in self.view(case).rows if row is not wrong])
        (right,) = self._made(case, without, wish, seen)
        return Row(
            self.numbers + 2, right.kind, right.on, right.actor, right.told, wrong.place, self.numbers + 1
        )

    def _newly_broken(self, before: View, after: View, today: date) -> str:
        """Why a row would not have been allowed in the order things happened, where that was not so before."""
        known = broken(before, today).items()
        return next((why for number, why in broken(after, today).items() if (number, why) not in known), "")


def broken(view: View, today: date) -> dict[int, str]:
    """The rows that would not be allowed, were they recorded in the order they happened."""
    found = {}
    for index, row in enumerate(view.rows):
        if why := why_not(row, View(view.case, view.rows[:index]), Seen(today)):
            found[row.number] = why
    return found


def beside(one: View, other: View) -> bool:
    """Whether two supports ran at the same time."""
    return any(
        max(first, begins) < min(after, ends)
        for first, after in one.stretches
        for begins, ends in other.stretches
    )
