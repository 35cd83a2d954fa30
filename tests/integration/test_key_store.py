"""A lost key store is noticed when the ledger is opened; and the store may lie in another database."""

import time
from pathlib import Path

import psycopg
import pytest

from ledger.faults import LedgerFault
from ledger.opening import open_ledger, upgrade_ledger
from ledger.settings import Settings
from replays.state import person
from tests.applications import TODAY, command, received
from tests.keys import key_rows, sound


def opened(settings: Settings) -> None:
    with open_ledger(settings):
        pass


def run(url: str | None, statement: str) -> None:
    assert url
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(statement)


NEWEST_LOST = """
DELETE FROM liggare_keys.person_key WHERE created_at = (SELECT max(created_at) FROM liggare_keys.person_key)
"""


@pytest.mark.parametrize(
    ("harm", "said"),
    [
        ("TRUNCATE liggare_keys.person_key", "lacks 3 of 3 persons' keys"),
        ("DROP SCHEMA liggare_keys CASCADE", "no key store in its database"),
        ("DROP TABLE liggare_keys.key_migration", "no key store in its database"),
        ("DELETE FROM liggare_keys.key_setting", "another ledger's"),
        ("UPDATE liggare_keys.key_setting SET value = 'f'", "another ledger's"),
        (NEWEST_LOST, "lacks 1 of 3 persons' keys"),
        ("INSERT INTO liggare_keys.key_migration VALUES (9999)", "install the newer Liggare"),
    ],
)
@pytest.mark.parametrize("databases", ["one", "two"])
def test_a_key_store_that_is_not_the_ledgers(
    settings: Settings, keys_database: str, databases: str, harm: str, said: str
) -> None:
    """Emptied, missing, another's, or restored from an old backup: said on one line with what to do."""
    settings = settings.model_copy(update={"keys_url": keys_database if databases == "two" else None})
    with open_ledger(settings) as ledger:
        for serial in range(3):
            received(ledger, serial)
    run(settings.keys_url or settings.database_url, harm)
    with pytest.raises(LedgerFault, match=said) as fault:
        opened(settings)
    assert "\n" not in str(fault.value)
    assert "LIGGARE_KEYS_URL" in str(fault.value) or "newer" in str(fault.value)


@pytest.mark.parametrize("databases", ["one", "two"])
def test_a_key_store_that_was_never_made(settings: Settings, empty_database: str, databases: str) -> None:
    """The upgrade that makes it is under way, or was cut short: no backup has it, and to upgrade is the advice."""
    run(
        settings.database_url,
        "DROP SCHEMA liggare_keys CASCADE; DELETE FROM liggare.setting WHERE name = 'ledger_id'",
    )
    settings = settings.model_copy(update={"keys_url": empty_database if databases == "two" else None})
    with pytest.raises(LedgerFault, match="run `liggare upgrade`"):
        opened(settings)
    assert upgrade_ledger(settings) == []
    opened(settings)


def test_an_upgrade_makes_no_new_store_for_cases_that_have_one(
    settings: Settings, empty_database: str
) -> None:
    """A setting that was forgotten or mistyped would otherwise begin a second store."""
    with open_ledger(settings) as ledger:
        received(ledger)
    elsewhere = settings.model_copy(update={"keys_url": empty_database})
    with pytest.raises(LedgerFault, match="lacks 1 of 1 persons' keys"):
        upgrade_ledger(elsewhere)
    with pytest.raises(LedgerFault, match="no key store in its database"):
        opened(elsewhere)
    assert len(sound(settings)) == 1


def test_a_key_store_in_another_database(empty_database: str, settings: Settings, tmp_path: Path) -> None:
    """`upgrade` makes it there, everything goes there, and without the setting the ledger does not open."""
    run(
        settings.database_url,
        "DROP SCHEMA liggare CASCADE; DROP SCHEMA liggare_keys CASCADE; DROP SCHEMA liggare_read CASCADE; "
        "DROP SCHEMA liggare_proof CASCADE",
    )
    two = Settings(home=tmp_path, database_url=settings.database_url, keys_url=empty_database)
    assert upgrade_ledger(two)
    assert upgrade_ledger(two) == []
    with open_ledger(two) as ledger:
        case_id = received(ledger)
        ledger.execute(case_id, command("decide", "2025-04-20"), TODAY)
    assert len(key_rows(two)) == 1
    one = two.model_copy(update={"keys_url": None})
    assert key_rows(one) == {}
    with pytest.raises(LedgerFault, match="no key store in its database"):
        opened(one)
    assert sound(two) == {case_id: False}
    other = two.model_copy(update={"keys_url": "postgresql://127.0.0.1:1/nothing"})
    with pytest.raises(LedgerFault, match="check LIGGARE_KEYS_URL"):
        opened(other)


def test_a_key_that_goes_while_the_ledger_is_open(settings: Settings) -> None:
    """Lost, it is a fault that says what to do; destroyed, what it sealed reads as erased."""
    with open_ledger(settings) as writer, open_ledger(settings) as reader:
        case_id = received(writer)
        run(
            settings.database_url,
            "UPDATE liggare_keys.person_key SET wrapped_key = NULL, wrapped_by = NULL, destroyed_at = now()",
        )
        assert person(reader.case(case_id)) == {"name": "raderad"}
        lost = received(writer, 2)
        run(settings.database_url, "DELETE FROM liggare_keys.person_key WHERE wrapped_key IS NOT NULL")
        with pytest.raises(LedgerFault, match="is not in the key store; restore it"):
            reader.case(lost)


def test_another_ledgers_key_store_is_not_taken_over(settings: Settings, empty_database: str) -> None:
    """A new ledger that is pointed at a store that has its ledger."""
    new = Settings(home=settings.home, database_url=empty_database, keys_url=settings.database_url)
    with pytest.raises(LedgerFault, match="another ledger's"):
        upgrade_ledger(new)
    opened(settings)


def test_the_look_at_the_start_does_not_grow_with_the_ledger(settings: Settings) -> None:
    """With 100,000 persons, opening takes hardly longer than with none; a store that lost half is noticed."""
    took = [_seconds(settings)]
    assert settings.database_url
    with psycopg.connect(settings.database_url, autocommit=True) as connection:
        connection.execute(
            "INSERT INTO liggare.person (person_ref) SELECT 'p' || n FROM generate_series(1, 100000) AS n"
        )
        connection.execute(
            "INSERT INTO liggare_keys.person_key (key_id, person_ref, wrapped_by, wrapped_key) "
            "SELECT gen_random_uuid(), 'p' || n, (SELECT id FROM liggare_keys.wrapping_key), '\\x00' "
            "FROM generate_series(1, 100000) AS n"
        )
        connection.execute(
            "INSERT INTO liggare.case_register (case_id, person_ref, service, received_on, stage, fresh_evidence, "
            "key_id) SELECT gen_random_uuid(), person_ref, 'x', '2025-01-01', 'received', true, key_id "
            "FROM liggare_keys.person_key"
        )
        connection.execute("ANALYZE")
        took.append(_seconds(settings))
        assert took[1] < took[0] + 0.1, took
        connection.execute("DELETE FROM liggare_keys.person_key WHERE key_id::text < '8'")
        with pytest.raises(LedgerFault, match="lacks"):
            opened(settings)


def _seconds(settings: Settings) -> float:
    """The shortest of five openings."""
    took = []
    for _ in range(5):
        began = time.perf_counter()
        opened(settings)
        took.append(time.perf_counter() - began)
    return min(took)
