"""Random histories of employers' cases, corrections among them, through the projection and through a naive count.

The count reads the log's own JSON and nothing of the program: what stands, in which order it happened, what came of
each line.
"""

import json
from collections import Counter
from collections.abc import Iterator
from datetime import date, timedelta
from random import Random
from typing import Any
from uuid import UUID, uuid4

import pytest

from domain.rejections import CommandRejected
from ledger.ledger import Ledger
from projections.building import rebuild, start_empty
from projections.employers import EMPLOYERS
from projections.runner import Runner
from tests.applications import TODAY
from tests.employers import application, approval, asked, opening
from tests.projected import all_rows
from tests.registers import hire

CASES, STEPS, SEED = 10, 500, 5
KINDS = ("education", "mentoring", "wages", "other", "competence_mapping")
Row = tuple[Any, ...]


def draw(random: Random, day: date, entries: list[UUID], applied: list[UUID]) -> Any:
    """Something that somebody asks for: mostly what could come next, and in some order."""
    kind = random.choices(
        ("start_module", "complete_module", "apply", "decide", "close", "correct"), (6, 5, 4, 6, 0.3, 5)
    )[0]
    on = str(day - timedelta(days=random.choice((0, 0, 0, 1, 4, 20))))
    if kind in ("start_module", "complete_module"):
        return asked(kind, on, module=random.randint(1, 4))
    if kind == "apply":
        return application(*random.choices(KINDS, k=random.randint(1, 3)), on=on)
    if kind == "decide":
        approvals = [approval(number) for number in (1, 2, 3) if random.random() < 0.1]
        return asked("decide_funding", on, approvals=approvals, application=random.choice([None, *applied]))
    if kind == "close":
        return asked("close_employer_case", on)
    replacement = draw(random, day, entries, applied) if random.random() < 0.5 else None
    told = {"corrects": random.choice(entries), "reason": "Fel.", "replacement": replacement}
    return asked("correct_employer_entry", str(day), "decision_maker:test", **told)


@pytest.fixture
def lived(ledger: Ledger) -> list[UUID]:
    """Employers' cases in both fields, in which things happened that were allowed."""
    hire(ledger)
    random, day, tried = Random(SEED), date(2025, 2, 3), Counter[str]()
    cases = [uuid4() for _ in range(CASES)]
    entries: dict[UUID, list[UUID]] = {}
    applied: dict[UUID, list[UUID]] = {case_id: [] for case_id in cases}
    for number, case_id in enumerate(cases):
        area = ("preventive_measures", "strategic_competence_supply")[number % 2]
        entries[case_id] = list(ledger.execute(case_id, opening(area), TODAY).event_ids)
    for _ in range(STEPS):
        day += timedelta(days=random.choice((0, 0, 1, 2)))
        case_id = random.choice(cases)
        command = draw(random, day, entries[case_id], applied[case_id])
        try:
            made = ledger.execute(case_id, command, TODAY).event_ids
        except CommandRejected:
            continue
        entries[case_id] += made
        applied[case_id] += made if command.name == "apply_preventive_funding" else ()
        tried[command.name] += 1
    assert min(tried[name] for name in TRIED) >= 8, tried
    return cases


TRIED = (
    "start_module",
    "complete_module",
    "apply_preventive_funding",
    "decide_funding",
    "correct_employer_entry",
)


def test_the_same_as_a_naive_count(ledger: Ledger, lived: list[UUID]) -> None:
    """In batches of one and of many, and built anew."""
    expected = naive(ledger, lived)
    assert all(expected.values())
    for size in (1, 50):
        with ledger.own_connection() as connection:
            start_empty_again(connection)
            runner = Runner(connection, [EMPLOYERS], size=size)
            runner._prepare = lambda: None  # type: ignore[method-assign]
            assert runner.lead(wait=False)
            runner.catch_up()
            found = all_rows(ledger, [EMPLOYERS])
            assert {name: found[name] for name in expected} == expected
    with ledger.own_connection() as connection:
        assert [one.differing for one in rebuild(connection, [EMPLOYERS])] == [0]


def start_empty_again(connection: Any) -> None:
    connection.execute("DELETE FROM liggare_read.projection")
    for table in EMPLOYERS.tables:
        connection.execute(f"DROP TABLE IF EXISTS liggare_read.{table.name}")
    start_empty(connection, EMPLOYERS)


def naive(ledger: Ledger, cases: list[UUID]) -> dict[str, list[str]]:
    """The rows of the tables of employers' own cases, as text."""
    made: dict[str, list[Row]] = {"employer_case": [], "employer_module": [], "funding_line": []}
    for case_id in cases:
        rows = ledger.select(
            "SELECT topic, convert_from(state, 'UTF8') AS text, notification_id AS position "
            "FROM liggare.case_events WHERE originator_id = %(case)s ORDER BY 3",
            case=case_id,
        )
        log = [
            json.loads(row["text"]) | {"topic": row["topic"].partition(".")[2], "place": row["position"]}
            for row in rows
        ]
        stands = in_order(log)
        lines = list(funds(stands))
        (opened,) = (row for row in stands if row["topic"] == "case_opened")
        closed = [on(row) for row in stands if row["topic"] == "case_closed"]
        funded = sum(line[4] for line in lines if line[5] == "funded")
        whose = (opened["organisation_number"], opened["kind"], opened["area"])
        made["employer_case"].append(
            (
                case_id,
                *whose,
                "closed" if closed else "open",
                on(opened),
                closed[-1] if closed else None,
                funded,
            )
        )
        made["employer_module"] += [(case_id, *row) for row in modules(stands)]
        made["funding_line"] += [(case_id, *row) for row in lines]
    return {name: sorted(str(list(row)) for row in rows) for name, rows in made.items()}


def in_order(log: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """What stands, in the order it happened: what replaces an entry has its place."""
    by_id = {row["event_id"]: row for row in log}

    def stands(row: dict[str, Any]) -> bool:
        strikes = [one for one in log if one.get("corrects") == row["event_id"]]
        if any(stands(one) for one in strikes):
            return False
        makers = [one for one in log if one.get("replaced_by") == row["event_id"]]
        return all(stands(one) for one in makers)

    for row in log:
        if row.get("replaced_by"):
            by_id[row["replaced_by"]]["place"] = by_id[row["corrects"]]["place"]
    left = [row for row in log if row["topic"] != "entry_corrected" and stands(row)]
    return sorted(left, key=lambda row: (row["occurred_on"], rank(row), row["place"]))


def rank(row: dict[str, Any]) -> tuple[int, int]:
    """In a day: opened, applied, the modules one after another, decided, closed."""
    kinds = ("case_opened", "preventive_funding_applied", "module_", "funding_decided", "case_closed")
    of_day = next(number for number, kind in enumerate(kinds) if row["topic"].startswith(kind))
    return of_day, 2 * row.get("module", 0) + (row["topic"] == "module_completed")


def on(row: dict[str, Any]) -> date:
    return date.fromisoformat(row["occurred_on"])


def modules(stands: list[dict[str, Any]]) -> Iterator[Row]:
    """Each module as it was begun last; out of order where one before it was not gone through by then."""
    for module in (1, 2, 3, 4):
        begun = [
            index
            for index, row in enumerate(stands)
            if (row["topic"], row.get("module")) == ("module_started", module)
        ]
        if not begun:
            continue
        before = stands[: begun[-1]]
        after = [
            row
            for row in stands[begun[-1] :]
            if (row["topic"], row.get("module")) == ("module_completed", module)
        ]
        yield (
            module,
            on(stands[begun[-1]]),
            on(after[-1]) if after else None,
            any(not done(before, one) for one in range(1, module)),
        )


def done(rows: list[dict[str, Any]], module: int) -> bool:
    """Whether a module was begun, and gone through after that."""
    of_it = [row["topic"] for row in rows if row.get("module") == module]
    return "module_started" in of_it and of_it[-1] == "module_completed"


def funds(stands: list[dict[str, Any]]) -> Iterator[Row]:
    """Each line of each application, with what was said of it last."""
    applied = [row for row in stands if row["topic"] == "preventive_funding_applied"]
    decided = [row for row in stands if row["topic"] == "funding_decided"]
    for ordinal, row in enumerate(applied, 1):
        for number, line in enumerate(row["lines"], 1):
            said = [
                one
                for made in decided
                if made["application"] == row["event_id"]
                for one in made["lines"]
                if one["number"] == number
            ]
            became = (
                (said[-1]["result"], said[-1]["clause"], said[-1].get("code"))
                if said
                else ("undecided", None, None)
            )
            yield ordinal, number, on(row), line["kind"], line["amount_ore"], *became
