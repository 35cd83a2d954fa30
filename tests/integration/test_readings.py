"""Who has read what of whom: an entry a look or a search, which nobody changes, and for which nobody waits."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from threading import Barrier, Thread
from uuid import uuid4

import psycopg
import pytest
from psycopg import errors

from ledger.ledger import Ledger
from ledger.readings import Reading, readings_of, record_reading, record_search
from ledger.settings import Settings
from tests.applications import received
from tests.registers import hire


@pytest.fixture
def database(settings: Settings) -> Iterator[psycopg.Connection]:
    """A connection of somebody who goes round the program."""
    assert settings.database_url
    with psycopg.connect(settings.database_url, autocommit=True) as connection:
        yield connection


def test_readings_are_kept_in_their_order(ledger: Ledger) -> None:
    first, second = uuid4(), uuid4()
    before = datetime.now(UTC)
    record_reading(ledger, [first, second], "user:eva", "requalification")
    record_reading(
        ledger,
        [first],
        "case_officer:bo",
        "GET /v1/cases/{case}",
        "dnr 2026/17",
        fields=("state", "person"),
        policy="own-cases",
    )
    one, two = readings_of(ledger, first)
    assert one == Reading(1, one.read_at, "user:eva", "requalification", (), None, None)
    assert two == Reading(
        3,
        two.read_at,
        "case_officer:bo",
        "GET /v1/cases/{case}",
        ("state", "person"),
        "dnr 2026/17",
        "own-cases",
    )
    assert before - timedelta(seconds=60) < one.read_at < two.read_at
    assert [(row.number, row.command) for row in readings_of(ledger, second)] == [(2, "requalification")]
    record_reading(ledger, [], "user:eva", "case")
    assert readings_of(ledger, uuid4()) == []


def test_a_search_is_an_entry_of_no_case(ledger: Ledger, database: psycopg.Connection) -> None:
    record_search(ledger, "user:eva", "GET /v1/cases", "dnr 17", fields=["state"], policy="office")
    record_search(ledger, "user:eva", "GET /v1/duties")
    assert database.execute(
        "SELECT number, actor, case_id, command, fields, purpose, policy FROM liggare.reading ORDER BY number"
    ).fetchall() == [
        (1, "user:eva", None, "GET /v1/cases", ["state"], "dnr 17", "office"),
        (2, "user:eva", None, "GET /v1/duties", [], None, None),
    ]


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE liggare.reading SET actor = 'user:nobody'",
        "DELETE FROM liggare.reading",
        "TRUNCATE liggare.reading",
    ],
)
def test_a_reading_never_changes(ledger: Ledger, database: psycopg.Connection, change: str) -> None:
    case_id = uuid4()
    record_reading(ledger, [case_id], "user:eva", "case")
    with pytest.raises(errors.RaiseException, match="readings are never changed"):
        database.execute(change)
    assert [row.actor for row in readings_of(ledger, case_id)] == ["user:eva"]


def test_a_reading_waits_for_no_writer(ledger: Ledger, database: psycopg.Connection) -> None:
    """While somebody holds the log's own lock, a reading is recorded and a case is read."""
    hire(ledger)
    case_id = received(ledger)
    with database.transaction():
        database.execute("LOCK TABLE liggare.case_events IN EXCLUSIVE MODE")
        record_reading(ledger, [case_id], "user:eva", "case")
        assert len(ledger.history(case_id)) == 1
        assert len(readings_of(ledger, case_id)) == 1


def test_readings_recorded_at_once(ledger: Ledger) -> None:
    """Of many threads each has its own entry, there as soon as it is told so."""
    case_id, together = uuid4(), Barrier(8)

    def look(name: str) -> None:
        together.wait()
        for _ in range(5):
            record_reading(ledger, [case_id, uuid4()], f"user:{name}", "case")
            seen.append(any(row.actor == f"user:{name}" for row in readings_of(ledger, case_id)))

    seen: list[bool] = []
    threads = [Thread(target=look, args=[name]) for name in "abcdefgh"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert seen == [True] * 40
    found = readings_of(ledger, case_id)
    assert sorted(row.actor for row in found) == sorted(f"user:{name}" for name in "abcdefgh" * 5)
