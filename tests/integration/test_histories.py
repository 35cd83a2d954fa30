"""Ledgers recorded by every released version: brought to today's shape, each reads and decides as it did."""

import json
import shutil
from collections.abc import Callable
from datetime import date
from hashlib import sha256
from importlib.resources import files
from pathlib import Path
from typing import Any
from uuid import UUID

import psycopg
import pytest
from psycopg import sql

import domain.assessment
from domain.employer_events import EMPLOYER_EVENTS
from domain.events import EVENTS
from domain.history import fold
from domain.values import birthday, month_of, months_before
from ledger import migrations
from ledger.ledger import Ledger
from ledger.mapper import TOPICS
from ledger.opening import open_ledger, upgrade_ledger
from ledger.settings import Settings
from replays.employer_state import employer_state
from replays.redecide import redecide
from replays.state import person, state
from tests.histories.record import HISTORIES, NOT_YET, ON, fill, lines
from tests.keys import sound

RELEASES = sorted(path.name for path in HISTORIES.iterdir() if (path / "ledger.jsonl").exists())


def rows_of(release: str) -> list[dict[str, Any]]:
    text = (HISTORIES / release / "ledger.jsonl").read_text("utf-8")
    return [json.loads(row) for row in text.splitlines()]


def migrate_as(connection: psycopg.Connection[Any], steps: dict[str, str]) -> None:
    """Give a database the shape that a release gave it, by its own migrations."""
    for name in steps:
        connection.execute(files("ledger.sql").joinpath(name).read_text("utf-8"))
        number = int(name.removeprefix("keys_")[:4])
        series = migrations.KEY_STORE if name.startswith("keys_") else migrations.LEDGER
        table = sql.Identifier(series.schema, series.table)
        connection.execute(sql.SQL("INSERT INTO {} VALUES (%s)").format(table), [number])


@pytest.fixture(params=RELEASES)
def history(
    request: pytest.FixtureRequest, empty_database: str, tmp_path: Path
) -> tuple[Settings, list[Any]]:
    """A release's ledger as it was left, and what is known of it."""
    home, rows = tmp_path / "home", rows_of(request.param)
    home.mkdir(mode=0o700)
    shutil.copy(HISTORIES / request.param / "keys.json", home)
    (home / "keys.json").chmod(0o600)
    with psycopg.connect(empty_database) as connection:
        migrate_as(connection, rows[0]["steps"])
        connection.execute("SET session_replication_role = replica")  # in the tables' alphabetical order
        for row in rows:
            if "table" in row:
                table = sql.Identifier(*row["table"].split("."))
                connection.execute(
                    sql.SQL(
                        "INSERT INTO {0} OVERRIDING SYSTEM VALUE SELECT * FROM jsonb_populate_record(null::{0}, %s)"
                    ).format(table),
                    [json.dumps(row["row"])],
                )
        connection.execute(
            "SELECT setval(pg_get_serial_sequence('liggare.case_events', 'notification_id'), "
            "(SELECT max(notification_id) FROM liggare.case_events))"
        )
    return Settings(home=home, database_url=empty_database), rows


def test_there_is_a_history() -> None:
    """Without one, everything below would be empty."""
    assert "0.1.0" in RELEASES


def test_every_case_reads_folds_and_decides_as_it_did(history: tuple[Settings, list[Any]]) -> None:
    """After all migrations since; nothing of it is personal data of the living, so the keys lie beside it."""
    settings, rows = history
    assert upgrade_ledger(settings)
    assert upgrade_ledger(settings) == []
    recorded = {row["case"]: row["state"] for row in rows if "case" in row}
    with open_ledger(settings) as ledger:
        cases = [
            ledger.case(row["case_id"]) for row in ledger.select("SELECT case_id FROM liggare.case_register")
        ]
        assert {str(case.case_id) for case in cases} == set(recorded)
        for case in cases:
            now, then = state(case, ON), recorded[str(case.case_id)]
            assert {key: json.loads(json.dumps(now[key], default=str)) for key in then} == then
            assert (person(case)["name"] == "raderad") == case.erased
            [register] = [
                row
                for row in ledger.select("SELECT * FROM liggare.case_register")
                if row["case_id"] == case.case_id
            ]
            assert register["stage"] == case.stage(date.min)
            assert fold(case.case_id, ledger.history(case.case_id)) == case
        for of_employer in (row for row in rows if "employer_case" in row):
            stands = employer_state(ledger.employer_case(UUID(of_employer["employer_case"])))
            assert {key: stands[key] for key in of_employer["state"]} == of_employer["state"]
        again = redecide(ledger, settings).examined
        topics = {row["row"]["topic"] for row in rows if row.get("table") == "liggare.case_events"}
    assert again.differences == ()
    assert again.same >= 4
    assert again.erased >= 1
    assert again.decisions == again.same + again.erased == sum(len(case.decisions) for case in cases)
    assert len(topics) >= 17
    assert topics <= TOPICS.keys()
    sound(settings)


def test_a_later_change_of_the_law_is_noticed(
    history: tuple[Settings, list[Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each by itself: birthdays a year late, a frame a month too early, a last day that is everybody's."""
    settings, _ = history
    upgrade_ledger(settings)
    before = domain.assessment.last_permitted_day
    plants: dict[str, Callable[..., Any]] = {
        "domain.assessment.birthday": lambda born, age: birthday(born, age + 1),
        "domain.frame.month_of": lambda day: months_before(month_of(day), 1),
        "domain.assessment.last_permitted_day": lambda *asked: before(*asked)._replace(
            last_day=date(2030, 1, 1)
        ),
    }
    with open_ledger(settings) as ledger:
        assert redecide(ledger, settings).examined.different == 0
        for place, planted in plants.items():
            with monkeypatch.context() as patched:
                patched.setattr(place, planted)
                found = redecide(ledger, settings).examined
            assert found.different >= 4, place
            assert {row.clause for row in found.differences} & {"K-5.3", "K-5.2-10", "K-5.4"}, place


def test_released_migrations_never_change() -> None:
    """A database that had them must be what a database that gets them now is."""
    for release in RELEASES:
        for name, digest in rows_of(release)[0]["steps"].items():
            assert sha256(files("ledger.sql").joinpath(name).read_bytes()).hexdigest() == digest, name


def test_what_would_be_recorded_today_is_whole(ledger: Ledger, settings: Settings) -> None:
    """Every kind of event of a case is in it, so that the next release's history can be recorded."""
    fill(ledger)
    assert settings.database_url
    rows = list(lines(ledger, settings.database_url))
    found = {row["row"]["topic"] for row in rows if row.get("table") == "liggare.case_events"}
    assert (EVENTS | EMPLOYER_EVENTS).keys() - found == NOT_YET
    assert {type(row) for row in rows} == {dict}
