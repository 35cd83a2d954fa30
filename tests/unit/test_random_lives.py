"""Lives drawn at random: any command in any order, against a small model of its own (tests/model.py).

A life is a person with two cases, over two years or so. At each step somebody asks for something, mostly for what
could come next and often for what could not, on the day or late or on a day that has not come. What the program
answers is what the model answers, and whatever was recorded, no state comes about that the rules forbid.

The lives follow from one seed, so a run can be had again. `LIGGARE_STEPS=200000 LIGGARE_SEED=7 python -m
tests.unit.test_random_lives` runs another one, and tells what was tried.
"""

import os
import sys
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from datetime import date, timedelta
from itertools import pairwise
from random import Random
from traceback import extract_tb
from typing import Any, NamedTuple
from uuid import UUID

from domain.case import Case
from domain.command import Command
from domain.commands import COMMANDS, CorrectEntry, JoinPerson
from domain.decisions import decide
from domain.event import Event
from domain.events import EntryCorrected, Evidence
from domain.grounds import Known
from domain.history import Entry, fold, fold_on, standing
from domain.rejections import CommandRejected
from ledger.mapper import EventMapper
from ledger.sealing import PersonKey
from tests.given import NOON, details, employment, strangers, work
from tests.model import (
    ACTIVITIES,
    CLOSING,
    FORMS,
    ONE_DAY,
    PROTECTION,
    RANK,
    RESULTS,
    WITHIN,
    Person,
    Refused,
    Row,
    View,
    Wish,
    beside,
    month,
    months_on,
    tasks_known,
)
from tests.registers import STAFFED
from tests.unit.test_commands import DECLARED

STEPS = int(os.environ.get("LIGGARE_STEPS", "20000"))
SEED = int(os.environ.get("LIGGARE_SEED", "2022"))
STEPS_OF_A_LIFE = 80

ONE, TWO = str(UUID(int=1)), str(UUID(int=2))
MAPPER, KEY = EventMapper(), PersonKey(UUID(int=9), bytes(32))
STRANGERS = strangers()
NEVER = {"extend_period"}
"""What no form of the source has (K-2.1-i)."""
ASKED = tuple(name for name in COMMANDS if name in RANK or name in (*NEVER, "correct_entry"))
"""Every command of the three services; what the collective agreement alone has, the model does not know."""


class Step(NamedTuple):
    """Somebody asks for something in a case, on a day that has come."""

    case: str
    wish: Wish
    today: date

    def __str__(self) -> str:
        told = {
            key: value for key, value in self.wish.told.items() if key not in ("details", "worked", "content")
        }
        return (
            f"{self.today} in {self.case[-1]}: {self.wish.name} of {self.wish.on} by {self.wish.actor} {told}"
        )


class Life:
    """A person as the program and the model have them, side by side."""

    def __init__(self, tried: Counter[tuple[str, str]] | None = None) -> None:
        self.model = Person({ONE: [], TWO: []})
        self.entries: dict[str, list[Entry]] = {ONE: [], TWO: []}
        self.cases = {name: Case(case_id=UUID(name)) for name in (ONE, TWO)}
        self.ids: dict[int, UUID] = {}
        self.ends: dict[int, tuple[date, date]] = {}
        self.steps: list[Step] = []
        self.tried = Counter() if tried is None else tried

    def step(self, step: Step) -> None:
        """Ask the program and the model, compare what they say, and look at what has come of it."""
        self.steps.append(step)
        name = step.case
        try:
            rows, refused = self.model.asked(name, step.wish, step.today), ""
        except Refused as no:
            rows, refused = [], str(no)
        command = self._command(step.wish, len(self.steps))
        try:
            events, rejected = self._decided(name, command, step.today), ""
        except CommandRejected as no:
            events, rejected = [], no.code
        self.tried[step.wish.name, rejected or "accepted"] += 1
        assert bool(refused) == bool(rejected), (
            f"model: {refused or 'allowed'}; program: {rejected or events}"
        )
        if rejected:
            return
        self._record(name, rows, events)
        self._sound(step)

    def _command(self, wish: Wish, number: int) -> Command:
        told = {key: value for key, value in wish.told.items() if key not in ("worked", "born")}
        if wish.name == "correct_entry":
            told["corrects"] = self.ids.get(told["corrects"], UUID(int=4))
            if isinstance(told["replacement"], Wish):
                told["replacement"] = self._command(told["replacement"], number + 5000)
        if wish.name == "record_earlier_grant":
            told["organisation"], _, told["case"] = told["case"].partition(":")
        own = {"command_id": UUID(int=number), "correlation_id": UUID(int=number)}
        told |= own | {"actor": wish.actor, "occurred_on": wish.on}
        return COMMANDS[wish.name].model_validate(told, strict=False)

    def _decided(self, name: str, command: Command, today: date) -> list[Event]:
        others = tuple(case for other, case in self.cases.items() if other != name and case.application)
        known = Known(today, tuple(self.entries[name]), others, register=STAFFED)
        joining = command.replacement if isinstance(command, CorrectEntry) else command
        if isinstance(joining, JoinPerson):
            known = known._replace(same_as=STRANGERS.get(joining.same_as))
        return decide(self.cases[name], command, known)

    def _record(self, name: str, rows: Sequence[Row], events: Sequence[Event]) -> None:
        assert len(rows) == len(events)
        before, new = self.entries[name], []
        for row, event in zip(rows, events, strict=True):
            self.ids[row.number] = event.event_id
            new.append(Entry(row.number, NOON + timedelta(minutes=row.number), event))
        self.model.record(name, rows)
        for row, event in zip(rows, events, strict=True):
            self._alike(row, event)
            stored = MAPPER.to_stored_event(UUID(name), row.number, event, KEY)
            assert MAPPER.to_event(stored, {KEY.key_id: KEY}) == event
        self.cases[name] = fold_on(UUID(name), self.cases[name], before, new)
        self.entries[name] = [*before, *new]

    def _alike(self, row: Row, event: Event) -> None:
        """An event says what the model's row says."""
        assert event.occurred_on == row.on
        for key in ("last_day", "advisor", "received_on"):
            if key in row.told and key in type(event).model_fields:
                assert getattr(event, key) == row.told[key], key
        if row.kind == "start_engagement":
            assert getattr(event, "agreed_end", None) == row.told["agreed_end"]
        if row.kind == "decide":
            assert getattr(event, "basis_months", None) == row.told["basis"]
        for key in ("grant", "decision", "outcome", "corrects"):
            if isinstance(row.told.get(key), int):
                assert getattr(event, key) == self.ids[row.told[key]], key
        if isinstance(event, EntryCorrected):
            put = [one for rows in self.model.cases.values() for one in rows if one.by == row.number]
            assert event.replaced_by == (self.ids[put[0].number] if put else None)

    def _sound(self, step: Step) -> None:
        """Whatever happened, the case is what its log says, and nothing is in it that the rules forbid."""
        case, view = self.cases[step.case], self.model.view(step.case)
        shuffled = Random(len(self.steps)).sample(self.entries[step.case], len(self.entries[step.case]))
        assert fold(case.case_id, shuffled) == case
        ids = [self.ids[row.number] for row in view.rows]
        assert [entry.event.event_id for entry in standing(self.entries[step.case])] == ids
        assert case.stage(step.today) == view.stage(step.today)
        assert case.advisor == view.advisor_on(date.max)
        protection = case.protection and case.protection[1].event_id
        assert protection == self._id(view.last(*PROTECTION))
        assert (case.decision and case.decision.event_id) == self._id(view.decision)
        assert (case.grant and case.grant.event_id) == self._id(view.grant)
        assert (case.withdrawn and case.withdrawn.event_id) == self._id(view.withdrawn)
        self._sound_support(step, case, view)
        self._sound_person()

    def _id(self, row: Row | None) -> UUID | None:
        return None if row is None else self.ids[row.number]

    def _sound_support(self, step: Step, case: Case, view: View) -> None:
        support, start = case.engagement, view.start
        assert (support is None) == (start is None)
        if support is None or start is None or view.application is None:
            return
        end = support.agreed_end
        granted = next(row for row in view.of("decide") if row.number == start.told["grant"])
        assert end <= min(months_on(start.on, view.application.told["months"]), granted.told["last_day"])
        first, last = self.ends.get(granted.number, (end, end))
        taken_back = row_of(self.model, step.case, step.wish.told.get("corrects")) == "correct_entry"
        assert end <= (first if taken_back else last), "the agreed end was moved later"
        self.ends[granted.number] = first, end
        assert (support.starts_on, end, support.last_day) == (start.on, view.agreed_end, view.last_day)
        for row in view.after:
            assert row.kind not in WITHIN or view.inside(row.on), f"{row.kind} outside the support"
        assert all(start.on <= day <= end for day, _ in view.held)
        assert support.meetings_held == len(view.held) <= len(view.since_start("hold_meeting"))
        assert support.meetings_required == view.least
        self._sound_closing(case, view)
        self._sound_breaks(case, view)
        plan = view.plan
        assert (support.plan and support.plan.event_id) == self._id(plan)
        assert support.tasks_done == view.tasks_done
        assert tasks_known(view.rows), "a task done that its plan has not"

    def _sound_closing(self, case: Case, view: View) -> None:
        support = case.engagement
        assert support
        assert not (support.outcome and support.withdrawn), "closed twice"
        closings, backs = view.since_start(*CLOSING), view.since_start("reopen")
        assert (
            len(closings) == len(backs) + bool(view.closing) == len(support.earlier) + bool(support.closed_by)
        )
        assert (support.closed_by and support.closed_by.event_id) == self._id(view.closing)
        assert [(gap.since, gap.until) for gap in support.gaps] == view.gaps
        for row in view.since_start("reach_outcome"):
            assert row.told["outcome"] in RESULTS[view.service]
        expired = view.since_start("expire")
        assert len(expired) <= 1
        assert (support.expired and support.expired.event_id) == self._id(expired[0] if expired else None)
        # An expiry before a result that was entered late stays as it was recorded.
        assert view.closing or all(row.on == view.agreed_end + ONE_DAY for row in expired)

    def _sound_breaks(self, case: Case, view: View) -> None:
        support = case.engagement
        assert support
        breaks: list[tuple[date, date | None]] = [*view.breaks, *([(view.away, None)] if view.away else [])]
        assert [(one.since, one.until) for one in support.breaks] == breaks
        for (_, back), (away, _) in pairwise(breaks):
            assert back is not None
            assert back <= away, "a pause in a pause"

    def _sound_person(self) -> None:
        one, two = self.model.view(ONE), self.model.view(TWO)
        assert not beside(one, two), "two supports at once"
        grants = [case.grant.basis_months for case in self.cases.values() if case.grant]
        counted = Counter(number for basis in grants for number in basis)
        assert max(counted.values(), default=1) == 1, "a month carries two grants"
        assert all(len(basis) in (0, 12) for basis in grants)

    def over(self, random: Random) -> None:
        """At its end the life is read in the order of the log, and on days in its past."""
        for name, entries in self.entries.items():
            assert fold(UUID(name), entries) == self.cases[name]
            rows = self.model.view(name).rows
            for row in random.sample(rows, min(3, len(rows))):
                then = View(name, [one for one in rows if one.on <= row.on])
                assert fold(UUID(name), entries, valid_on=row.on).stage(row.on) == then.stage(row.on)


def row_of(person: Person, case: str, number: int | None) -> str | None:
    """What kind of row has a number."""
    return next((row.kind for row in person.cases[case] if row.number == number), None)


# What is asked for. Values are mostly those that may be, so that a good share is accepted.


class Asker:
    """Draws the next step of a life from what has come of it."""

    def __init__(self, random: Random, life: Life) -> None:
        self.random = random
        self.life = life
        self.today = date(2025, 1, 10) + timedelta(days=random.randrange(60))
        turns_65_about_now = date(1961, 1, 1) + timedelta(days=random.randrange(500))
        self.born = random.choice((date(1980, 5, 17), date(1980, 2, 29), turns_65_about_now))

    def next(self) -> Step:
        random = self.random
        self.today += timedelta(days=random.choice((0, 0, 0, 0, 1, 1, 2, 4, 7, 12, 30)))
        views = [self.life.model.view(name) for name in (ONE, TWO)]
        ends = [view.agreed_end for view in views if view.start]
        if ends and self.chance(0.1) and timedelta(0) < min(ends) - self.today < timedelta(days=60):
            self.today = min(ends) + timedelta(days=self.some(0, 0, 1))
        if self.life.steps and self.chance(0.04):
            return self.life.steps[-1]._replace(today=self.today)
        if views[0].application is None:
            views = views[:1]
        view = random.choices(views, [self._share(view) for view in views])[0]
        return Step(view.case, self.wish(view, self._name(view)), self.today)

    def _share(self, view: View) -> float:
        """How much more may happen in a case."""
        over = view.erased or view.withdrawn or view.service == "statement"
        return 1 if over else 5 if view.start or view.case == ONE else 3

    def _name(self, view: View) -> str:
        """Mostly what could come next, now and then anything."""
        if self.chance(0.15):
            name: str = self.some(*ASKED)
            return "hold_meeting" if name == "erase_person" and self.chance(0.8) else name
        if view.application is None:
            return "receive_application"
        if view.start is None or view.annulled_on:
            return self._drawn(
                GRANTED if view.grant else STATEMENT if view.service == "statement" else BEFORE
            )
        likely: dict[str, float] = {"reopen": 9} if view.closing else {"reopen": 0.3}
        likely["resume"] = 9 if view.away else 0.5
        likely["pause"] = 0.5 if view.away else 3
        likely["expire"] = 3 if self.today > view.agreed_end else 0.3
        likely["complete_task"] = 4 if view.plan else 0.3
        likely["explain_shortfall"] = 3 if view.since_start("expire") else 0.2
        return self._drawn(UNDER_WAY | likely)

    def _drawn(self, weights: dict[str, float]) -> str:
        return self.random.choices(tuple(weights), tuple(weights.values()))[0]

    def wish(self, view: View, name: str) -> Wish:
        told = TOLD[name](self, view) if name in TOLD else {}
        return Wish(name, self._day(view, name), self._actor(name), told)

    def chance(self, share: float) -> bool:
        return self.random.random() < share

    def some(self, *values: Any) -> Any:
        return self.random.choice(values)

    def _actor(self, name: str) -> str:
        anybody = ("applicant:self", "advisor:bo", "case_officer:test", "decision_maker:okand", "system:y")
        usual = {
            "judge_need": "advisor:bo",
            "notify_as_employer": "employer:x",
            "decide": "decision_maker:test",
            "annul_grant": "decision_maker:test",
            "decide_reconsideration": "decision_maker:test",
        }
        return (
            self.some(*anybody, "employer:x") if self.chance(0.05) else usual.get(name, "case_officer:test")
        )

    def _day(self, view: View, name: str) -> date:
        """Mostly the day itself; else one that is late, that has not come, or that is an edge of something."""
        drawn = self.random.random()
        if drawn < 0.55:
            return self.today
        if drawn < 0.58:
            return self.today + timedelta(days=self.random.randrange(1, 9))
        if drawn < 0.75:
            return self.today - timedelta(days=self.random.randrange(40))
        edges = [row.on for row in view.rows] or [self.today]
        if view.start and self.chance(0.6):
            days = (min(view.last_day, self.today) - view.start.on).days
            return view.start.on + timedelta(days=self.random.randrange(max(1, days + 1)))
        if view.start:
            edges += [view.agreed_end, view.last_day, view.last_entry, view.start.on] * 2
        return self.some(*edges) + timedelta(days=self.some(-1, 0, 0, 1, 1, 3))  # type: ignore[no-any-return]

    def later(self) -> date:
        return self.today + timedelta(days=self.random.randrange(-10, 200))


BEFORE: dict[str, float] = {
    "decide": 9,
    "record_evidence": 2,
    "judge_need": 2,
    "assign_advisor": 1,
    "request_statement": 0.7,
    "issue_statement": 0.7,
    "correct_entry": 2,
    "withdraw": 0.3,
    "request_reconsideration": 1,
    "decide_reconsideration": 1,
    "lodge_appeal": 0.7,
    "decide_appeal": 0.7,
    "record_earlier_grant": 0.2,
    "protect_identity": 0.3,
}
STATEMENT: dict[str, float] = {
    "request_statement": 3,
    "issue_statement": 3,
    "correct_entry": 1,
    "withdraw": 0.5,
}
GRANTED: dict[str, float] = {
    "start_engagement": 9,
    "correct_entry": 1,
    "assign_advisor": 1,
    "annul_grant": 0.4,
    "withdraw": 0.3,
    "request_reconsideration": 0.3,
    "decide_reconsideration": 0.3,
    "protect_identity": 0.3,
    "lift_protection": 0.2,
}
UNDER_WAY: dict[str, float] = {
    "hold_meeting": 6,
    "miss_meeting": 1,
    "make_contact": 1,
    "agree_plan": 1.5,
    "record_activity": 2,
    "reach_outcome": 3,
    "withdraw": 1.5,
    "evidence_outcome": 1,
    "hold_health_collaboration": 0.5,
    "correct_entry": 7,
    "annul_grant": 0.5,
    "request_statement": 0.5,
    "issue_statement": 0.5,
    "assign_advisor": 0.7,
    "protect_identity": 0.5,
    "lift_protection": 0.3,
}
"""How often each is asked for before a grant, after it, and when a support has begun."""


def _application(asker: Asker, view: View) -> dict[str, Any]:
    service = asker.some(*FORMS, *FORMS, *FORMS, "counselling_dismissed", "statement")
    form = asker.some(*FORMS.get(service, (0,)))
    months = 7 if asker.chance(0.03) else form
    stated = work("2023-01", asker.some(9, 11, 20, *(24,) * 9))
    if view.case == TWO and asker.chance(0.8):
        since = sum(month(date(2025, 3, 1)) <= month(asker.today, back) for back in range(40))
        stated += work("2025-04", max(0, since - 1), "e2")
    other = ONE if view.case == TWO else TWO
    basis = asker.some(*(other,) * 6, "elsewhere:1") if view.case == TWO and asker.chance(0.7) else None
    jobs = (employment(), employment("e2", starts_on="2025-03-01", ends_on=None, employer="556012-3456"))
    return {
        "person_ref": "ab" * 32,
        "policy": "kammarkollegiet",
        "service": service,
        "months": months,
        "on_basis_of": basis,
        "sex": "female",
        "region": "01",
        "details": details(born=asker.born, employments=jobs, work=stated),
        "worked": [(row.employment, row.month) for row in stated],
        "born": asker.born,
    }


def _evidence(asker: Asker, view: View) -> dict[str, Any]:
    first, name = asker.some(("2023-01", "e1"), ("2024-01", "e1"), ("2025-04", "e2"))
    full = asker.chance(0.8)
    rows = work(first, asker.some(1, 6, 12, 20), name, hours="160" if full else "0")
    content = Evidence(work=rows)
    return {
        "source": "certificate",
        "content": content,
        "worked": [(row.employment, row.month, full) for row in rows],
    }


def _earlier_grant(asker: Asker, view: View) -> dict[str, Any]:
    last = asker.some(date(2024, 6, 1), date(2024, 6, 1), date(2025, 3, 1), date(2025, 9, 1))
    basis = [f"2023-{number:02d}" for number in range(1, asker.some(2, 2, 7, 13))]
    case = asker.some("elsewhere:1", "elsewhere:2")
    return {"case": case, "decided_on": date(2024, 1, 2), "last_day": last, "basis_months": tuple(basis)}


def _plan(asker: Asker, view: View) -> dict[str, Any]:
    count = asker.some(0, 1, 2, 3, 3)
    early = -30 if asker.chance(0.1) else 0
    items = [
        {"task": "Söka", "by": "client", "target_on": asker.today + timedelta(days=early + 7 * number)}
        for number in range(count)
    ]
    told = {"goal": "job", "jointly": asker.chance(0.95), "needs": None}
    return told | {"items": tuple(items), "meetings": asker.some(None, None, 1, 2, 4)}


def _activity(asker: Asker, view: View) -> dict[str, Any]:
    names = [*ACTIVITIES.get(view.service, {})] * 3 + ["cv", "forecasts", "unknown"]
    done = asker.chance(0.8)
    reason = None if done or asker.chance(0.3) else "Behövs inte."
    return {"activity": asker.some(*names), "done": done, "reason": reason}


def _meeting(asker: Asker, view: View) -> dict[str, Any]:
    advisor = asker.some(None, "bo", "bo", "cia", "gone", "late")
    return {"mode": asker.some("digital", "physical"), "advisor": advisor}


def _pause(asker: Asker, view: View) -> dict[str, Any]:
    reason = asker.some(
        "full_time_studies_term", "substitute_post", "short_sick_leave", "parental_leave", "other"
    )
    spans = (-3, 30, 119, 122, 123, 132, 133, 140)
    until = asker.today + timedelta(days=asker.some(*spans))
    return {
        "reason": reason,
        "expected_until": None if asker.chance(0.3) else asker.some(until, months_on(asker.today, 4)),
        "school": asker.some(None, "university", "komvux", "folk_high_school"),
        "pace_percent": asker.some(None, 50, 100),
        "words": asker.some(None, "Resa."),
    }


def _result(asker: Asker, view: View) -> dict[str, Any]:
    kinds = RESULTS.get(view.service, ("business",))
    starts_on = asker.today + timedelta(days=asker.some(-20, -5, 0, 0, 14))
    spans = (-1, 90, 132, 133, 400)
    return {
        "outcome": asker.some(*kinds, *kinds, "placement", "completed", "guidance_completed", "goal_reached"),
        "starts_on": None if asker.chance(0.1) else starts_on,
        "ends_on": asker.some(None, months_on(starts_on, 4), starts_on + timedelta(days=asker.some(*spans))),
        "evidence": asker.some(None, "contract"),
        "school": asker.some(None, "university", "komvux", "komvux", "folk_high_school"),
        "pace_percent": asker.some(None, 99, 100, 100),
    }


def _statement(asker: Asker, view: View) -> dict[str, Any]:
    source = {"kind": "forecast", "reference": "AF 2025"}
    return {"strengthens": True, "sources": asker.some((source,), (source,), ()), "reasons": "Brist."}


def _correction(asker: Asker, view: View) -> dict[str, Any]:
    """Of something newly recorded, of anything, or of a correction; struck, or replaced by one mostly alike."""
    rows = asker.life.model.cases[view.case]
    corrections = [row for row in rows if row.kind == "correct_entry"]
    told: dict[str, Any] = {"corrects": 0, "reason": "Fel.", "replacement": None}
    if not rows or asker.chance(0.02):
        return told
    wrong = asker.some(*(corrections if corrections and asker.chance(0.2) else rows[-asker.some(4, 30) :]))
    marks = [row for row in rows if row.kind in (*CLOSING, "start_engagement", "reopen")]
    if marks and asker.chance(0.35):
        wrong = asker.some(*marks)
    replaced = asker.chance(0.6) and wrong.kind in TOLD_NAMES
    if replaced:
        kind = asker.some(*TOLD_NAMES) if asker.chance(0.05) else wrong.kind
        told["replacement"] = asker.wish(view, kind)
        if asker.chance(0.5):
            near = wrong.on + timedelta(days=asker.random.randrange(-15, 16))
            told["replacement"] = told["replacement"]._replace(on=near)
    return told | {"corrects": wrong.number}


TOLD: dict[str, Callable[[Asker, View], dict[str, Any]]] = {
    "receive_application": _application,
    "record_evidence": _evidence,
    "record_declaration": lambda asker, view: {"declaration": DECLARED},
    "record_earlier_grant": _earlier_grant,
    "judge_need": lambda asker, view: {"special_need": asker.chance(0.8)},
    "notify_as_employer": lambda asker, view: {"employer": "Kommunen"},
    "decide": lambda asker, view: {
        "starts_on": asker.later() if asker.chance(0.1) else None,
        "again": asker.chance(0.4),
    },
    "annul_grant": lambda asker, view: {"reason": "Fel."},
    "assign_advisor": lambda asker, view: {"advisor": asker.some("bo", "cia", "anna.berg", "gone", "late")},
    "start_engagement": lambda asker, view: {"provider": asker.some(None, None, None, "abc", "avslutad")},
    "agree_plan": _plan,
    "complete_task": lambda asker, view: {"number": asker.some(1, 1, 2, 2, 3, 4)},
    "record_activity": _activity,
    "make_contact": lambda asker, view: {"kind": "webinar"},
    "hold_meeting": _meeting,
    "miss_meeting": _meeting,
    "hold_health_collaboration": lambda asker, view: {"party": "health_care"},
    "request_statement": lambda asker, view: {"education": "Undersköterska"},
    "issue_statement": _statement,
    "pause": _pause,
    "reach_outcome": _result,
    "evidence_outcome": lambda asker, view: {"evidence": "contract"},
    "explain_shortfall": lambda asker, view: {"reason": "Sjuk."},
    "request_reconsideration": lambda asker, view: {
        "received_on": None
        if asker.chance(0.5)
        else asker.today - timedelta(days=asker.some(0, 5, 20, 21, 22))
    },
    "decide_appeal": lambda asker, view: {"result": "upheld"},
    "correct_entry": _correction,
    "join_person": lambda asker, view: {
        "same_as": asker.some(*STRANGERS),
        "reason": "Nytt nummer.",
    },
    "protect_identity": lambda asker, view: {
        "kind": asker.some("confidentiality_marking", "protected_registration"),
        "readers": asker.some(("bo",), ("bo",), ("bo", "cia"), ("cia", "bo"), ("bo", "gone"), ("late",)),
    },
    "lift_protection": lambda asker, view: {},
    "withdraw": lambda asker, view: {},
    "resume": lambda asker, view: {},
    "reopen": lambda asker, view: {},
    "expire": lambda asker, view: {},
    "lodge_appeal": lambda asker, view: {},
}
"""What each command tells, where it tells anything."""
TOLD_NAMES = tuple(name for name in TOLD if name != "correct_entry")


def lives(steps: int, seed: int, tried: Counter[tuple[str, str]]) -> Iterator[Life]:
    """Lives of so many steps together, each step looked at; a failure tells the steps that lead to one."""
    left, number = steps, 0
    while left:
        random = Random(f"{seed} {number}")
        life = Life(tried)
        asker = Asker(random, life)
        try:
            for _ in range(min(left, STEPS_OF_A_LIFE)):
                life.step(asker.next())
            life.over(random)
        except Exception as error:
            told = "\n".join(map(str, shortest(life.steps)))
            where = extract_tb(error.__traceback__)[-1].line
            raise AssertionError(f"seed {seed}, life {number}: {error} ({where})\n{told}") from error
        yield life
        left, number = left - len(life.steps), number + 1


def shortest(steps: list[Step]) -> list[Step]:
    """The steps without those that a failure does not need."""
    before = len(steps) + 1
    while len(steps) < before:
        before = len(steps)
        for index in reversed(range(before)):
            fewer = [*steps[:index], *steps[index + 1 :]]
            if fails(fewer):
                steps = fewer
    return steps


def fails(steps: Sequence[Step]) -> bool:
    """Whether a life of these steps fails too."""
    life = Life()
    try:
        for step in steps:
            life.step(step)
        life.over(Random(0))
    except Exception:
        return True
    return False


INTERPLAY = {
    "ALREADY_CORRECTED",
    "ALREADY_PAUSED",
    "BASIS_IN_USE",
    "DECISION_OUT_OF_ORDER",
    "DUPLICATE_ACTIVE_CASE",
    "LATER_ENTRIES",
    "MEETINGS_BELOW_MINIMUM",
    "MEETING_ALREADY_HELD",
    "NOT_CLOSED",
    "NO_SHORTFALL",
    "OUTSIDE_PERIOD",
    "PERIOD_EXTENSION_FORBIDDEN",
    "RESULT_NOT_INTERRUPTION",
    "START_OUTSIDE_WINDOW",
}
"""Rejections that only a life of some length leads to."""


def test_no_random_life_leads_to_what_the_rules_forbid() -> None:
    """20,000 steps; every command was accepted and rejected in them, and every answer was the model's."""
    tried: Counter[tuple[str, str]] = Counter()
    ran = sum(len(life.steps) for life in lives(STEPS, SEED, tried))
    assert ran == STEPS == tried.total()
    if STEPS < 20_000:
        return
    accepted = {name for name, answer in tried if answer == "accepted"}
    rejected = {name for name, answer in tried if answer != "accepted"}
    assert accepted == set(ASKED) - NEVER
    assert rejected == set(ASKED)
    assert {answer for _, answer in tried} >= INTERPLAY
    assert sum(count for (_, answer), count in tried.items() if answer == "accepted") > STEPS / 4
    corrected = {answer for name, answer in tried if name == "correct_entry"}
    assert corrected >= {"accepted", "DUPLICATE_ACTIVE_CASE", "OUTSIDE_PERIOD", "NOT_STARTED", "NOT_CLOSED"}


def main() -> None:
    """Run the lives and tell what was tried."""
    tried: Counter[tuple[str, str]] = Counter()
    ran = sum(len(life.steps) for life in lives(STEPS, SEED, tried))
    sys.stdout.write(f"{ran} steps\n")
    for (name, answer), count in sorted(tried.items()):
        sys.stdout.write(f"{count:7} {name} {answer}\n")


if __name__ == "__main__":
    main()
