"""Who has read a case: an entry a look, which nobody changes, and for which nobody waits."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import psycopg
import pytest

from ledger.ledger import Ledger
from ledger.readings import readings_of, record_reading
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
    record_reading(ledger, [first], "case_officer:bo", "bundle", "dnr 2026/17")
    one, two = readings_of(ledger, first)
    assert (one.actor, one.command, one.purpose) == ("user:eva", "requalification", None)
    assert (two.actor, two.command, two.purpose) == ("case_officer:bo", "bundle", "dnr 2026/17")
    assert before - timedelta(seconds=60) < one.read_at < two.read_at
    assert [row.command for row in readings_of(ledger, second)] == ["requalification"]
    assert readings_of(ledger, uuid4()) == []


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
    with pytest.raises(psycopg.errors.RaiseException, match="readings are never changed"):
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
