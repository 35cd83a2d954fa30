"""What happens in fictional cases once support is granted: meetings, interruptions, results, mistakes put right."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import date, timedelta
from random import Random
from typing import Any, NamedTuple
from uuid import UUID, uuid5

from domain.events import ApplicationService
from domain.services import Outcome, catalogue_on
from domain.support_events import OutcomeKind
from domain.values import add_months
from ledger.synthetic.fund_lives import Given, during_employment, with_extended_measures
from ledger.synthetic.organisation import (
    ADVISORS,
    DECIDES,
    DECISION_MAKERS,
    LEFT,
    PROVIDERS,
    present,
    taking_on,
)

CommandLine = dict[str, Any]
"""A line of `liggare do --lines`: case, command, actor, id, the day, and the command's own keys."""

PAUSES: tuple[dict[str, Any], ...] = (
    {"reason": "full_time_studies_term", "school": "folk_high_school"},
    {"reason": "substitute_post"},
    {"reason": "short_sick_leave"},
    {"reason": "parental_leave"},
    {"reason": "other", "words": "Vårdar en anhörig."},
)
PROTECTED_ON, PROTECTED_NO_MORE = date(2026, 9, 1), date(2026, 9, 30)
GOALS = ("job", "job", "studies", "business")
CONTACTS = ("email_feedback", "phone_support", "gathering", "webinar")
TASKS = (
    ("Uppdatera meritförteckningen.", "client"),
    ("Söka fem arbeten i veckan.", "client"),
    ("Gå igenom utbildningar.", "both"),
    ("Kontakta två arbetsgivare.", "advisor"),
)


class Granted(NamedTuple):
    """A grant that stands: the case, the reference of its application, the form, and the decision's dates."""

    case: UUID
    reference: str
    service: ApplicationService
    months: int
    decided_on: date
    last_day: date


def command_line(
    case: UUID, ordinal: int, command: str, *, actor: str, on: date, content: dict[str, Any] | None = None
) -> CommandLine:
    """Return one line; its id follows from case, command and ordinal, so that sending it again is harmless."""
    own = uuid5(case, f"{command}:{ordinal}")
    line: CommandLine = {"case": str(case), "command": command, "actor": actor, "id": str(own)}
    return line | {"occurred_on": on.isoformat()} | (content or {})


def lives(seed: int, grants: Iterable[Granted]) -> list[CommandLine]:
    """Return what happens in all cases, in the order of the days; pure in the seed and the grants.

    The first of each service has everything: a pause, a correction, a result and what else belongs to it.
    """
    lines: list[CommandLine] = []
    full: set[str] = set()
    for grant in sorted(grants, key=lambda one: (one.decided_on, one.reference)):
        chance = Random(f"{seed}:{grant.reference}")  # noqa: S311 - chance that can be repeated
        wanted = grant.service not in full and grant.months != 6
        full |= {grant.service} if wanted else set()
        lines += _Support(grant, chance, everything=wanted).lines()
    return sorted(lines, key=lambda line: str(line["occurred_on"]))


def protections(cases: Sequence[UUID]) -> list[CommandLine]:
    """Return that the identities of some cases' persons are protected, and of all but the first no more."""
    content = {"kind": "confidentiality_marking", "readers": [*DECISION_MAKERS]}
    protected = [
        command_line(case, 0, "protect_identity", actor=DECIDES, on=PROTECTED_ON, content=content)
        for case in cases
    ]
    return protected + [
        command_line(case, 0, "lift_protection", actor=DECIDES, on=PROTECTED_NO_MORE) for case in cases[1:]
    ]


def shortfalls(expired: Iterable[tuple[UUID, date, str | None]]) -> list[CommandLine]:
    """Return why meetings are missing in supports that expired: the case, the agreed end, and the advisor."""
    lines = []
    for case_id, agreed_end, advisor in expired:
        on = agreed_end + timedelta(days=10)
        actor = f"advisor:{present(advisor or ADVISORS[0], on)}"
        told = {"reason": "Kunden avbokade flera möten."}
        lines.append(command_line(case_id, 0, "explain_shortfall", actor=actor, on=on, content=told))
    return sorted(lines, key=lambda line: str(line["occurred_on"]))


class _Support:
    """One grant's support as it goes on."""

    def __init__(self, grant: Granted, random: Random, *, everything: bool) -> None:
        self._grant, self._random, self._everything = grant, random, everything
        self._terms = catalogue_on(grant.decided_on).services[grant.service]
        self._advisor = present(random.choice(ADVISORS), grant.decided_on)
        self._count = 0
        self._planned_on: date | None = None
        start = grant.decided_on + timedelta(days=random.randint(2, 20))
        self._start = min(start, grant.last_day)
        self._end = min(add_months(self._start, grant.months), grant.last_day)

    def lines(self) -> Iterator[CommandLine]:
        """Yield what happens, in the order of the days but for the corrections, which come later."""
        random = self._random
        yield self._line("assign_advisor", self._grant.decided_on, {"advisor": self._advisor})
        if not self._everything and random.random() < 0.03:
            return  # granted, and never begun
        provider = taking_on(random.choice(PROVIDERS), self._start)
        yield self._line("start_engagement", self._start, {"provider": provider})
        away = self._pause()
        result_on = self._result_on(away)
        until = result_on or self._end
        yield from self._taken_over(until)
        meetings = [day for day in self._meeting_days(until) if not (away and away[0] <= day < away[1])]
        yield from self._met(meetings, until)
        if away and away[0] <= until:
            pause = random.choice(PAUSES)
            if pause["reason"] == "substitute_post":
                last = min(away[1], add_months(away[0], 4) - timedelta(days=1))
                pause = pause | {"expected_until": last.isoformat()}
            yield self._line("pause", away[0], pause)
            if away[1] <= until:
                yield self._line("resume", away[1])
        if result_on:
            yield from self._result(result_on, len(meetings))
            yield from self._afterwards(result_on)

    def _met(self, meetings: Sequence[date], until: date) -> Iterator[CommandLine]:
        """Yield each meeting with what there is on its day: plan, tasks done, a statement, a mistake put right."""
        for number, day in enumerate(meetings, 1):
            mode = self._random.choice(("digital", "digital", "physical"))
            meeting = self._line("hold_meeting", day, {"mode": mode})
            yield meeting
            if number == 1:
                yield from self._planned(day)
            yield from self._between(number, day)
            if number == 2:
                yield from self._of_fund(day)
            if number == 3 and self._everything and day < until:
                yield self._line("miss_meeting", day + timedelta(days=1), {"mode": "digital"})
            if number == 2 and (self._everything or self._random.random() < 0.06):
                yield self._moved(meeting, day)

    def _of_fund(self, day: date) -> Iterator[CommandLine]:
        """Yield what Omställningsfonden gives beside the act's support, in its own services."""
        given: Iterator[Given] = iter(())
        if self._grant.service == "career_study_counselling":
            given = during_employment(self._random, day, everything=self._everything)
        elif self._grant.service == "extended_counselling":
            given = with_extended_measures(self._random, day, everything=self._everything)
        elif self._grant.service == "reinforced_support" and (
            self._everything or self._random.random() < 0.5
        ):
            yield self._line("hold_health_collaboration", day, {"party": "health_advisor"})
        for row in given:
            yield self._line(row.command, row.on, row.content, row.actor)

    def _line(
        self, command: str, on: date, content: dict[str, Any] | None = None, actor: str | None = None
    ) -> CommandLine:
        self._count += 1
        actor = actor or f"advisor:{present(self._advisor, on)}"
        return command_line(self._grant.case, self._count, command, actor=actor, on=on, content=content)

    def _taken_over(self, until: date) -> Iterator[CommandLine]:
        """Yield that another advisor takes the case, where its own leaves while the support goes on."""
        first = LEFT[1] + timedelta(days=1)
        successor = present(self._advisor, first)
        if successor != self._advisor and first <= until:
            yield self._line("assign_advisor", first, {"advisor": successor})

    def _moved(self, meeting: CommandLine, day: date) -> CommandLine:
        """Return the correction of a meeting that was entered on the wrong day."""
        content = {
            "corrects": str(uuid5(UUID(meeting["id"]), "0")),
            "reason": "The meeting was held the day before.",
            "replacement": {
                "command": "hold_meeting",
                "occurred_on": (day - timedelta(days=1)).isoformat(),
                "mode": meeting["mode"],
            },
        }
        return self._line("correct_entry", day + timedelta(days=4), content)

    def _pause(self) -> tuple[date, date] | None:
        """Return first day away and day of return, for one in five; a return after the end never comes."""
        if not self._everything and (self._grant.months < 6 or self._random.random() > 0.2):
            return None
        since = self._start + timedelta(days=self._random.randint(60, 100))
        length = (
            self._random.randint(30, 80) if self._everything else self._random.choice((25, 40, 70, 110, 150))
        )
        return since, since + timedelta(days=length)

    def _result_on(self, away: tuple[date, date] | None) -> date | None:
        """Return the day on which a result is reached, never while away; for half of them there is none."""
        length = (self._end - self._start).days
        if self._grant.service == "guidance_employed":
            return (
                self._end - timedelta(days=self._random.randint(0, 5))
                if self._random.random() < 0.8
                else None
            )
        if not self._everything and self._random.random() < 0.45:
            return None
        day = self._start + timedelta(days=length * self._random.randint(60, 97) // 100)
        return None if away and away[0] <= day <= away[1] else day

    def _meeting_days(self, until: date) -> Iterator[date]:
        """Yield the days of meetings: one soon, then about one a month; some advisors let one fall out."""
        day = self._start + timedelta(days=self._random.randint(1, 6))
        while day < until:
            if self._random.random() < 0.96:
                yield day
            day += timedelta(days=self._random.randint(24, 31))

    def _planned(self, day: date) -> Iterator[CommandLine]:
        """Yield the plan that is agreed at the first meeting, and what is gone through there; some forget it."""
        needed = self._everything or any(row.plan for row in self._terms.outcomes.values())
        if not needed and self._random.random() < 0.1:
            return
        self._planned_on = day
        tasks = self._random.sample(TASKS, 2)
        items = [
            {"task": task, "by": by, "target_on": (day + timedelta(days=30 * number)).isoformat()}
            for number, (task, by) in enumerate(tasks, 1)
        ]
        goal = "career" if self._grant.service == "guidance_employed" else self._random.choice(GOALS)
        yield self._line("agree_plan", day, {"goal": goal, "jointly": True, "items": items})
        activities = self._terms.activities
        for name, activity in activities.items():
            if activity.need == "mandatory" or (activity.requires is None and self._random.random() < 0.2):
                yield self._line("record_activity", day, {"activity": name})

    def _between(self, number: int, day: date) -> Iterator[CommandLine]:
        """Yield what there is beside a meeting: a contact, and once a statement to CSN."""
        if self._random.random() < 0.3:
            yield self._line("make_contact", day, {"kind": self._random.choice(CONTACTS)})
        if number == 2 and self._planned_on and self._random.random() < 0.7:
            yield self._line("complete_task", day, {"number": 1})
        if number == 3 and (self._everything or self._random.random() < 0.1):
            yield self._line("request_statement", day, {"education": "Undersköterska, Komvux, tre terminer."})
            source = {"kind": "forecast", "reference": "Yrkesprognos, undersköterska"}
            reasons = "Utbildningen leder till ett yrke där det saknas personal."
            given = {"strengthens": True, "sources": [source], "reasons": reasons}
            yield self._line("issue_statement", day, given)

    def _result(self, on: date, held: int) -> Iterator[CommandLine]:
        """Yield the result, of a kind that the service knows; guidance needs its meetings first (K-3.4-a)."""
        kind = self._random.choice(tuple(self._terms.outcomes))
        definition = self._terms.outcomes[kind]
        if definition.meetings and held < self._terms.forms[self._grant.months].meetings:
            return
        told = _told(kind, definition, on)
        if self._everything:
            evidence = told.pop("evidence")
            yield self._line("reach_outcome", on, {"outcome": kind} | told)
            yield self._line("evidence_outcome", on, {"evidence": evidence})
        else:
            yield self._line("reach_outcome", on, {"outcome": kind} | told)

    def _afterwards(self, ended_on: date) -> Iterator[CommandLine]:
        """Yield that somebody comes back after a result, and then ends the support for good."""
        back, gone = ended_on + timedelta(days=2), ended_on + timedelta(days=5)
        if self._everything and self._grant.service == "counselling" and gone <= self._end:
            yield self._line("reopen", back)
            yield self._line("withdraw", gone, {"reason": "Flyttar utomlands."})


EVIDENCE = {
    "permanent_job": "contract",
    "fixed_term_job": "contract",
    "business": "registration",
    "studies": "school",
    "placement": "employer",
}


def _told(kind: OutcomeKind, definition: Outcome, on: date) -> dict[str, Any]:
    """Return what is told of a result: when it begins and ends, the school, and the evidence."""
    told: dict[str, Any] = {"evidence": EVIDENCE.get(kind, "client")}
    if definition.start is not None:
        told["starts_on"] = on.isoformat()
    if kind in ("fixed_term_job", "studies", "placement"):
        told["ends_on"] = add_months(on, 8).isoformat()
    if kind == "studies":
        told |= {"school": "komvux", "pace_percent": 100}
    return told
