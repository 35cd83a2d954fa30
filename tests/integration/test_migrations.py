"""The database's shape: numbered steps in one transaction, which end in the schema file."""

from concurrent.futures import ProcessPoolExecutor
from importlib.resources import files
from pathlib import Path

import psycopg
import pytest
from psycopg.rows import dict_row

from ledger import migrations
from ledger.faults import DatabaseUnavailable, LedgerFault
from ledger.opening import open_ledger, upgrade_ledger
from ledger.settings import Settings

CATALOGUE = """
SELECT 'column' AS kind, table_schema || '.' || table_name || '.' || column_name AS name,
    concat_ws(' ', data_type, is_nullable, column_default, is_identity) AS definition
FROM information_schema.columns WHERE table_schema LIKE 'liggare%%'
UNION ALL
SELECT 'index', schemaname || '.' || indexname, indexdef FROM pg_indexes WHERE schemaname LIKE 'liggare%%'
UNION ALL
SELECT 'constraint', conrelid::regclass || '.' || conname, pg_get_constraintdef(c.oid)
FROM pg_constraint AS c JOIN pg_namespace AS n ON n.oid = connamespace WHERE nspname LIKE 'liggare%%'
UNION ALL
SELECT 'function', p.oid::regprocedure::text, pg_get_functiondef(p.oid)
FROM pg_proc AS p JOIN pg_namespace AS n ON n.oid = pronamespace WHERE nspname LIKE 'liggare%%'
UNION ALL
SELECT 'trigger', tgrelid::regclass || '.' || tgname, pg_get_triggerdef(t.oid)
FROM pg_trigger AS t JOIN pg_class AS c ON c.oid = tgrelid JOIN pg_namespace AS n ON n.oid = relnamespace
WHERE nspname LIKE 'liggare%%' AND NOT tgisinternal
UNION ALL
SELECT 'options', c.oid::regclass::text, array_to_string(reloptions, ',')
FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = relnamespace WHERE nspname LIKE 'liggare%%' AND relkind = 'r'
ORDER BY 1, 2, 3
"""


def catalogue(url: str) -> list[dict[str, object]]:
    """What a database holds, as its own catalogue tells."""
    with psycopg.connect(url, row_factory=dict_row) as connection:
        return connection.execute(CATALOGUE).fetchall()


def wipe(url: str) -> None:
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(
            "DROP SCHEMA IF EXISTS liggare CASCADE; DROP SCHEMA IF EXISTS liggare_keys CASCADE; "
            "DROP SCHEMA IF EXISTS liggare_read CASCADE; DROP SCHEMA IF EXISTS liggare_proof CASCADE"
        )


def test_migrations_end_in_the_schema_file(empty_database: str, tmp_path: Path) -> None:
    """A new database brought forward step by step is, to the last default, the one that the file describes."""
    upgrade_ledger(Settings(home=tmp_path, database_url=empty_database))
    by_steps = catalogue(empty_database)
    assert len(by_steps) > 40
    wipe(empty_database)
    with psycopg.connect(empty_database, autocommit=True) as connection:
        connection.execute(files("ledger.sql").joinpath("schema.sql").read_text())
    assert catalogue(empty_database) == by_steps


def test_upgrade_again_changes_nothing(empty_database: str, tmp_path: Path) -> None:
    """The second run takes no step and leaves the key file as it is."""
    settings = Settings(home=tmp_path, database_url=empty_database)
    assert upgrade_ledger(settings) == sorted(migrations.steps())
    keys = (tmp_path / "keys.json").read_bytes()
    assert upgrade_ledger(settings) == []
    assert (tmp_path / "keys.json").read_bytes() == keys
    assert (tmp_path / "keys.json").stat().st_mode & 0o777 == 0o600


def upgrade(url: str, home: str) -> list[int]:
    return upgrade_ledger(Settings(home=Path(home), database_url=url))


def test_upgrades_started_at_once(empty_database: str, tmp_path: Path) -> None:
    """Of six processes one takes the steps; the others wait and find nothing to do."""
    with ProcessPoolExecutor(6) as pool:
        taken = list(pool.map(upgrade, [empty_database] * 6, [str(tmp_path)] * 6))
    assert sorted(taken, key=len)[-1] == sorted(migrations.steps())
    assert sum(len(steps) for steps in taken) == len(migrations.steps())


def test_no_ledger_yet_older_and_newer(empty_database: str, tmp_path: Path) -> None:
    """Each is said on one line with what to do."""
    settings = Settings(home=tmp_path, database_url=empty_database)
    upgrade_ledger(settings)
    with psycopg.connect(empty_database, autocommit=True) as connection:
        connection.execute("INSERT INTO liggare.migration (version) VALUES (9999)")
        with pytest.raises(LedgerFault, match="install the newer Liggare"), open_ledger(settings):
            pass
        with pytest.raises(LedgerFault, match="install the newer Liggare"):
            upgrade_ledger(settings)
        connection.execute("DELETE FROM liggare.migration")
        with pytest.raises(LedgerFault, match="run `liggare upgrade`"), open_ledger(settings):
            pass
    wipe(empty_database)
    with pytest.raises(LedgerFault, match="run `liggare upgrade`"), open_ledger(settings):
        pass


def test_a_step_that_fails_leaves_nothing(
    empty_database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """All steps or none: the database is as it was."""
    good = migrations.steps()
    monkeypatch.setattr(
        migrations, "steps", lambda *_: good | {9000: "CREATE TABLE liggare.half (); SELECT 1/0"}
    )
    with pytest.raises(DatabaseUnavailable, match="division by zero"):
        upgrade_ledger(Settings(home=tmp_path, database_url=empty_database))
    assert catalogue(empty_database) == []
