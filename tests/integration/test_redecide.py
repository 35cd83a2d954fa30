"""Recorded decisions decided again: by one process or two, stopped and gone on with, from database or archive."""

import itertools
import json
import os
import time
from collections.abc import Callable, Iterator
from functools import partial
from importlib.resources import files
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import psycopg
import pytest

from api import words
from domain.event import Erased
from domain.events import EligibilityAssessed
from domain.values import birthday
from ledger.erasure import erase_person
from ledger.faults import InputFault, LedgerFault
from ledger.ledger import Ledger
from ledger.opening import open_ledger
from ledger.settings import Settings
from ledger.synthetic.filling import fill
from replays import journal, redecide
from replays.archive import Archived, archived_now, write_archive
from replays.log import PARTITIONS, DatabaseLog, opened, partition_of
from replays.redecide import LEFT_OUT, Findings
from replays.rules import rules_of
from replays.source import ledger_id
from replays.what_if import follow, what_if
from replays.workers import spread
from tests.applications import TODAY
from tests.integration.conftest import copied

CASES = 60


@pytest.fixture(scope="module")
def settings(server_url: str, template: tuple[str, Path]) -> Iterator[Settings]:
    """A ledger of fictional cases, some of people who came back; one of them is erased."""
    with copied(server_url, template[0], f"redecided_{uuid4().hex}") as url:
        settings = Settings(home=template[1], database_url=url)
        with open_ledger(settings) as ledger:
            fill(ledger, CASES, 7, partial(words.command_line, by=None, flow=uuid4()), lambda _: None, CASES)
            person = ledger.select(
                "SELECT person_ref FROM liggare.case_register WHERE stage = 'refused' LIMIT 1"
            )
            erase_person(ledger, person[0]["person_ref"], "case_officer:eva", TODAY)
        yield settings


@pytest.fixture
def ledger(settings: Settings) -> Iterator[Ledger]:
    with open_ledger(settings) as ledger:
        yield ledger


@pytest.fixture
def decisions(ledger: Ledger) -> list[EligibilityAssessed]:
    """Every decision, found in another way: case by case."""
    cases = [row["case_id"] for row in ledger.select("SELECT case_id FROM liggare.case_register")]
    return [
        entry.event
        for entries in ledger.entries(cases).values()
        for entry in entries
        if isinstance(entry.event, EligibilityAssessed)
    ]


def counts(found: Findings) -> tuple[int, int, int, int]:
    return found.examined.decisions, found.examined.same, found.examined.different, found.examined.erased


def archived(ledger: Ledger) -> Archived:
    return archived_now(ledger, ledger_id(ledger), DatabaseLog(ledger).newest())


def everything(settings: Settings) -> dict[str, str]:
    """A digest of every table of the ledger."""
    with psycopg.connect(settings.database_url or "") as connection:
        names = connection.execute(
            "SELECT format('%I.%I', schemaname, tablename) FROM pg_tables WHERE schemaname LIKE 'liggare%'"
        ).fetchall()
        return {
            name: str(
                connection.execute(
                    f"SELECT md5(coalesce(string_agg(t::text, '|' ORDER BY t::text), '')) FROM {name} AS t"
                ).fetchone()
            )
            for (name,) in names
        }


def test_the_partitions_are_the_log(ledger: Ledger) -> None:
    """Each case lies whole in the partition that its id says; to any position, of some topics or all."""
    log = DatabaseLog(ledger)
    stored = ledger.select("SELECT notification_id, originator_id, topic FROM liggare.case_events")
    half = sorted(row["notification_id"] for row in stored)[len(stored) // 2]
    for until, topics in itertools.product((log.newest(), half, 0), (None, redecide.TOPICS, ())):
        rows = [(number, row) for number in range(PARTITIONS) for row in log.partition(number, until, topics)]
        assert {row.position for _, row in rows} == {
            row["notification_id"]
            for row in stored
            if row["notification_id"] <= until and (topics is None or row["topic"] in topics)
        }
        assert len({row.position for _, row in rows}) == len(rows)
        assert all(partition_of(row.case_id) == number for number, row in rows)
        keys = [(number, row.case_id, row.version) for number, row in rows]
        assert keys == sorted(keys)


def test_every_decision_is_asked_again_and_gives_what_it_gave(
    ledger: Ledger, settings: Settings, decisions: list[EligibilityAssessed]
) -> None:
    erased = sum(isinstance(one.receipt, Erased) for one in decisions)
    steps: list[int] = []
    found = redecide.redecide(ledger, settings, step=steps.append)
    assert counts(found) == (len(decisions), len(decisions) - erased, 0, erased)
    assert erased >= 1
    assert len(decisions) >= CASES
    assert sum(steps) == PARTITIONS
    assert found.position == DatabaseLog(ledger).newest()


def test_two_processes_and_an_archive_give_the_same(
    ledger: Ledger, settings: Settings, tmp_path: Path
) -> None:
    folder, alone = tmp_path / "archive", redecide.redecide(ledger, settings)
    write_archive(folder, DatabaseLog(ledger), archived(ledger))
    for values in ({"processes": 2}, {"folder": folder}, {"folder": folder, "processes": 2}):
        assert counts(redecide.redecide(ledger, settings, **values)) == counts(alone)
    rules = rules_of(None, ["support_months=3", "age_limit=67"])
    one = what_if(ledger, settings, rules)
    other = what_if(ledger, settings, rules, folder=folder, processes=2)
    assert other._replace(seconds=one.seconds) == one


def test_an_archive_of_another_ledger_is_refused(ledger: Ledger, settings: Settings, tmp_path: Path) -> None:
    folder = tmp_path / "archive"
    write_archive(folder, DatabaseLog(ledger), archived(ledger)._replace(ledger_id="another"))
    with pytest.raises(InputFault, match="an archive of another ledger"):
        redecide.redecide(ledger, settings, folder=folder)


def test_a_change_of_the_laws_code_is_noticed_and_named(
    ledger: Ledger, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The birthday is reached a year late: the clause and the fact are told, and nobody's birthday."""
    monkeypatch.setattr("domain.assessment.birthday", lambda born, age: birthday(born, age + 1))
    found = redecide.redecide(ledger, settings)
    examined = found.examined
    assert examined.different == examined.decisions - examined.erased
    told = {(row.clause, row.fact) for row in examined.differences}
    assert ("K-5.3", "birthday") in told
    assert {row.recorded for row in examined.differences if row.fact == "birthday"} == {LEFT_OUT}
    turned = [row for row in examined.differences if row.fact == "decision"]
    assert {(row.recorded, row.now) for row in turned} == {("refuse", "grant")}
    assert all(UUID(row.case) and UUID(row.event) for row in turned)
    text = json.dumps(examined)
    assert not any(born in text for born in _birthdays(ledger))


def _birthdays(ledger: Ledger) -> set[str]:
    log = DatabaseLog(ledger)
    found = set()
    for number in range(PARTITIONS):
        for entry in opened(ledger, log.partition(number, log.newest(), redecide.TOPICS)):
            if isinstance(entry.event, EligibilityAssessed) and not isinstance(entry.event.receipt, Erased):
                found.add(json.loads(entry.event.receipt.request)["born"])
    assert len(found) > CASES // 2
    return found


def test_a_version_that_is_not_known_any_more_is_a_difference(
    ledger: Ledger, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    def unknown(name: str, version: str) -> Any:
        raise LookupError

    monkeypatch.setattr("replays.receipts.policy_version", unknown)
    examined = redecide.redecide(ledger, settings).examined
    assert (examined.same, examined.different) == (0, examined.decisions - examined.erased)
    assert {(row.fact, row.now) for row in examined.differences} == {
        ("policy_version", "not known to this program")
    }


@pytest.mark.parametrize(
    ("field", "place"),
    [
        ("decision", (None, "decision", True)),
        ("frame", (None, "frame", False)),
        ("event.last_day", (None, "event.last_day", True)),
        ("findings", (None, "findings", True)),
        ("findings.K-5.3.holds", ("K-5.3", "holds", True)),
        ("findings.K-5.1-4b'.code", ("K-5.1-4b'", "code", True)),
        ("findings.K-5.3.facts.birthday", ("K-5.3", "birthday", False)),
        ("request", (None, "request", False)),
    ],
)
def test_what_is_sealed_is_told_by_its_name_alone(field: str, place: tuple[str | None, str, bool]) -> None:
    assert redecide._place(field) == place


class Stopped(Exception):
    """Somebody stopped it."""


def stop_after(tasks: int) -> Callable[[int], object]:
    left = [tasks]

    def step(done: int) -> None:
        left[0] -= done
        if left[0] <= 0:
            raise Stopped

    return step


@pytest.mark.parametrize("processes", [1, 2])
def test_it_goes_on_where_it_was_stopped(
    ledger: Ledger, settings: Settings, tmp_path: Path, processes: int
) -> None:
    """What was done is not done again; a line that was cut short is."""
    file, whole = tmp_path / "done", redecide.redecide(ledger, settings)
    with pytest.raises(Stopped):
        redecide.redecide(ledger, settings, resume=file, processes=processes, step=stop_after(20))
    kept = file.read_bytes().splitlines()
    assert len(kept) == 1 + 20
    assert file.stat().st_mode & 0o077 == 0
    file.write_bytes(b"\n".join(kept)[:-5])
    steps: list[int] = []
    found = redecide.redecide(ledger, settings, resume=file, processes=processes, step=steps.append)
    assert counts(found) == counts(whole)
    assert (steps[0], sum(steps)) == (19, PARTITIONS)
    assert not file.exists()


def test_other_rules_go_on_where_they_were_stopped(
    ledger: Ledger, settings: Settings, tmp_path: Path
) -> None:
    """In the partitions, and among the persons; nothing of a sealed question is in the file."""
    file, rules = tmp_path / "done", rules_of(None, ["support_months=3"])
    whole = what_if(ledger, settings, rules)
    assert any(change.follow_on for change in whole.changes)
    for last in (10, PARTITIONS + 1):

        def step(done: int, total: int, last: int = last) -> None:
            if done == last:
                raise Stopped

        with pytest.raises(Stopped):
            what_if(ledger, settings, rules, resume=file, step=step)
        text = file.read_text("utf-8")
        assert text.count("\n") == 1 + last
        assert not any(born in text for born in _birthdays(ledger))
    found = what_if(ledger, settings, rules, resume=file)
    assert found._replace(seconds=whole.seconds) == whole
    assert not file.exists()


def test_a_journal_is_of_one_ledger_one_program_and_one_position(
    ledger: Ledger, settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "done"
    with pytest.raises(Stopped):
        redecide.redecide(ledger, settings, resume=file, step=stop_after(3))

    def refused(why: str) -> None:
        before = file.read_bytes()
        with pytest.raises(InputFault, match=why) as fault:
            redecide.redecide(ledger, settings, resume=file)
        assert "\n" not in str(fault.value)
        assert file.read_bytes() == before

    with pytest.raises(InputFault, match="another rules"):
        what_if(ledger, settings, rules_of(None, ["age_limit=67"]), resume=file)
    with monkeypatch.context() as patched:
        patched.setattr(journal, "_program", lambda: "another")
        refused("another version of the program")
    with monkeypatch.context() as patched:
        patched.setattr(redecide, "ledger_id", lambda _: "another")
        refused("another ledger")
    with journal._opened(file):
        refused("another process is at it")
    good = file.read_bytes()
    first, *rest = good.splitlines(keepends=True)
    file.write_bytes(first.replace(b'"until": ', b'"until": 9') + b"".join(rest))
    refused("the log was longer")
    file.write_bytes(first + b"not JSON\n")
    refused("damaged")
    for other in (b"# my notes", b"x", b'{"replays": 1}\n'):
        file.write_bytes(other)
        refused("not a file to resume from")
    file.write_bytes(b'{"rep')
    assert redecide.redecide(ledger, settings, resume=file).examined.decisions >= CASES
    with pytest.raises(InputFault, match="can't be written: No such file"):
        redecide.redecide(ledger, settings, resume=tmp_path / "none" / "done")


def test_the_program_is_known_by_the_laws_code() -> None:
    """Two copies of it are one program; a changed line makes another."""
    digests = {journal.about("x", "y")["version of the program"] for _ in range(2)}
    assert len(digests) == 1
    names = [name for name, _ in journal._contents(files("domain"))]
    assert {"domain/assessment.py", "policies/kammarkollegiet-2022-10-01.toml"} <= {*names}


def fails(number: int, ledger: Ledger, task: int) -> int:
    if task == number:
        raise LedgerFault("it can't go on")
    return task


def ends_elsewhere(main: int, ledger: Ledger, task: int) -> int:
    if os.getpid() != main:
        os._exit(3)
    time.sleep(0.2)
    return task


def slow_here(main: int, ledger: Ledger, task: int) -> tuple[int, int]:
    if os.getpid() == main:
        time.sleep(0.2)
    return task, os.getpid()


def test_work_is_shared_out_and_what_fails_is_said(ledger: Ledger, settings: Settings) -> None:
    done = list(spread(ledger, settings, partial(slow_here, os.getpid()), range(12), 2))
    assert sorted(task for task, _ in done) == [*range(12)]
    assert all(task == answer[0] for task, answer in done)
    assert len({answer[1] for _, answer in done}) == 2
    with pytest.raises(LedgerFault, match="it can't go on"):
        list(spread(ledger, settings, partial(fails, 1), range(12), 2))
    with pytest.raises(LedgerFault, match="ended before its time; run it again"):
        list(spread(ledger, settings, partial(ends_elsewhere, os.getpid()), range(40), 2))


def test_other_rules_write_nothing(ledger: Ledger, settings: Settings) -> None:
    before = everything(settings)
    found = what_if(
        ledger, settings, rules_of(None, ["age_limit=67", "months_required=10", "support_months=6"])
    )
    assert len(found.changes) > CASES // 2
    assert everything(settings) == before


def test_by_the_rules_that_were_nothing_changes_and_the_erased_are_apart(
    ledger: Ledger, settings: Settings, decisions: list[EligibilityAssessed]
) -> None:
    """Nor where every person's decisions are decided again in their order: each finds the grants that it had."""
    rules = rules_of(None, ["age_limit=65"])
    found = what_if(ledger, settings, rules)
    erased = sum(isinstance(one.receipt, Erased) for one in decisions)
    assert (found.changes, found.rows) == ((), ())
    assert (found.tried, found.erased, found.outside) == (len(decisions) - erased, erased, 0)
    persons = ledger.select(
        "SELECT array_agg(case_id) AS cases FROM liggare.case_register GROUP BY person_ref"
    )
    returned = [row["cases"] for row in persons if len(row["cases"]) > 1]
    assert len(returned) >= 3
    assert follow(found.position, rules, ledger, [row["cases"] for row in persons]) == []


def test_counts_of_other_rules_add_up(ledger: Ledger, settings: Settings) -> None:
    found = what_if(ledger, settings, rules_of(None, ["support_months=3", "months_required=13"]))
    for effect in ("direct", "follow_on", "altogether"):
        whole = sum(getattr(change, effect) is not None for change in found.changes)
        assert whole > 0
        for by in ("all", "service", "year", "region"):
            assert sum(row.decisions for row in found.rows if (row.effect, row.by) == (effect, by)) == whole
    sizes = {row.value: row.tried for row in found.rows if row.by == "year"}
    assert sum(size or 0 for size in sizes.values()) == found.tried


def test_rules_that_are_for_others_try_nothing(ledger: Ledger, settings: Settings, tmp_path: Path) -> None:
    """Conditions under Kammarkollegiet's name leave the fund's decisions alone."""
    file = tmp_path / "conditions.toml"
    text = (Path(__file__).parents[2] / "docs" / "own-conditions.toml").read_text("utf-8")
    file.write_text(text.replace('name = "exempelfonden"', 'name = "kammarkollegiet"'), "utf-8")
    found = what_if(ledger, settings, rules_of(file, []))
    assert found.outside > 0
    assert {row.value for row in found.rows if row.by == "service"} <= {
        "counselling_dismissed",
        "guidance_employed",
        "reinforced_support",
    }
