"""A ledger written out for process mining: whole or not at all, as the standard has it, and read by pm4py."""

import json
from pathlib import Path
from typing import Any

import psycopg
import pytest

from domain.history import standing
from ledger.erasure import erase_person
from ledger.faults import InputFault, LedgerFault
from ledger.ledger import Ledger
from ledger.settings import Settings
from replays.log import DatabaseLog
from replays.ocel_file import Exported, write_ocel
from tests.applications import OFFICER, TODAY, command, received
from tests.employers import opening
from tests.ocel_form import attributes, check_ocel
from tests.process_mining import NotInstalled, an_environment, read_by
from tests.projected import meet, under_way
from tests.registers import hire


def pseudonym(name: str) -> str:
    return name[::-1].upper()


@pytest.fixture
def cases(ledger: Ledger) -> list[Any]:
    """Four cases: one refused, one with a day on which much happens, one that ends, one put right and under way."""
    hire(ledger)
    refused = received(ledger, 1, work=[])
    ledger.execute(refused, command("decide", "2025-04-20"), TODAY)
    busy, ended, corrected = (under_way(ledger, serial) for serial in (2, 3, 4))
    ledger.execute(busy, command("pause", "2025-05-02", reason="short_sick_leave"), TODAY)
    meet(ledger, busy, "2025-05-02")
    ledger.execute(busy, command("make_contact", "2025-05-02", kind="phone_support"), TODAY)
    outcome = {"outcome": "permanent_job", "starts_on": "2025-06-01"}
    for case in (busy, ended):
        ledger.execute(case, command("reach_outcome", "2025-05-20", **outcome), TODAY)
    wrong = meet(ledger, corrected, "2025-05-02").event_ids[0]
    ledger.execute(
        corrected, command("correct_entry", "2025-05-03", corrects=wrong, reason="fel ärende"), TODAY
    )
    return [refused, busy, ended, corrected]


def written(ledger: Ledger, path: Path) -> tuple[Exported, dict[str, Any]]:
    done = write_ocel(path, DatabaseLog(ledger), pseudonym)
    return done, json.loads(path.read_bytes())


def test_a_ledger_is_told_as_the_standard_has_it(ledger: Ledger, cases: list[Any], tmp_path: Path) -> None:
    """Every entry that stands is an event, at its place in the log; the two of the correction are left out."""
    employers = opening()
    ledger.execute(employers.command_id, employers, TODAY)
    done, log = written(ledger, tmp_path / "log.json")
    check_ocel(log)
    assert done == Exported(done.position, len(log["events"]), len(log["objects"]), 2)
    assert done.events == done.position - 2
    positions = {int(attributes(event)["position"]) for event in log["events"]}
    assert len(positions) == done.events
    assert max(positions) <= done.position
    kinds = [one["type"] for one in log["objects"]]
    assert {kind: kinds.count(kind) for kind in ("case", "decision", "engagement", "employer_case")} == {
        "case": 4,
        "decision": 4,
        "engagement": 3,
        "employer_case": 1,
    }


def test_the_same_ledger_gives_the_same_bytes(ledger: Ledger, cases: list[Any], tmp_path: Path) -> None:
    written(ledger, tmp_path / "one")
    written(ledger, tmp_path / "two")
    assert (tmp_path / "one").read_bytes() == (tmp_path / "two").read_bytes()


def test_an_erasure_takes_nothing_away(ledger: Ledger, cases: list[Any], tmp_path: Path) -> None:
    """What is sealed was not told in the first place: the erasure is one event more."""
    before = written(ledger, tmp_path / "before")[1]["events"]
    erase_person(ledger, ledger.person_of(cases[1]).person_ref, OFFICER, TODAY)
    after = written(ledger, tmp_path / "after")[1]["events"]
    new = [event for event in after if event not in before]
    assert [event["type"] for event in new] == ["PersonErased"]
    assert [event for event in after if event not in new] == before


def test_an_empty_ledger_is_a_log_without_events(ledger: Ledger, tmp_path: Path) -> None:
    done, log = written(ledger, tmp_path / "log.json")
    check_ocel(log)
    assert (done, log["events"], log["objects"]) == (Exported(0, 0, 0, 0), [], [])


def test_nothing_is_written_over_and_no_draft_is_left(
    ledger: Ledger, settings: Settings, cases: list[Any], tmp_path: Path
) -> None:
    """An event that can't be read stops it; so does a name that is taken; then there is no file, and no part."""
    mine = tmp_path / "mine"
    mine.write_text("mine")
    with pytest.raises(InputFault, match="mine: there is something already"):
        write_ocel(mine, DatabaseLog(ledger), pseudonym)
    with psycopg.connect(settings.database_url or "") as connection:
        connection.execute("ALTER TABLE liggare.case_events DISABLE TRIGGER case_events_never_change")
        connection.execute("UPDATE liggare.case_events SET topic = 'case.strange' WHERE notification_id = 30")
    with pytest.raises(LedgerFault, match=r"case\.strange.*can't be read: its topic is unknown"):
        write_ocel(tmp_path / "log.json", DatabaseLog(ledger), pseudonym)
    with pytest.raises(InputFault, match="there is no folder"):
        write_ocel(tmp_path / "no" / "log.json", DatabaseLog(ledger), pseudonym)
    assert [path.name for path in tmp_path.iterdir()] == ["mine"]
    assert mine.read_text() == "mine"


@pytest.mark.long
def test_pm4py_reads_what_was_written(ledger: Ledger, cases: list[Any], tmp_path: Path) -> None:
    """As many of everything, each case in its order, and whether it follows the services' normal course."""
    done, log = written(ledger, tmp_path / "log.json")
    try:
        with an_environment() as python:
            found = read_by(python, tmp_path / "log.json")
    except NotInstalled as why:
        pytest.skip(str(why))
    assert found["events"] == done.events
    assert found["relations"] == sum(len(event["relationships"]) for event in log["events"])
    assert sum(found["objects"].values()) == done.objects
    assert found["orders"] == {
        str(case): [type(entry.event).__name__ for entry in standing(ledger.history(case))] for case in cases
    }
    assert found["orders"][str(cases[1])][-4:] == ["MeetingHeld", "ContactMade", "Paused", "OutcomeReached"]
    told = found["conformance"]
    assert (told["under way"], told["cases"], told["follow the course"]) == (1, 3, 2)
    assert told["cases that leave it, by how"] == {"Paused more than the course has": 1}
