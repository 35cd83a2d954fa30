"""The database's shape, brought forward by numbered steps in one transaction."""

import re
from importlib.resources import files
from typing import NamedTuple

from psycopg import Connection
from psycopg.rows import DictRow

from ledger.faults import LedgerFault
from ledger.queries import SQL

ADVISORY_LOCK = 0x4C494747  # "LIGG": one process migrates at a time


class Series(NamedTuple):
    """A row of migrations: the ledger's own, or the key store's, which may lie in another database."""

    schema: str
    table: str
    files: str
    """The beginning of the files' names."""
    applied: str
    add: str


LEDGER = Series("liggare", "migration", "", "migrations", "add_migration")
KEY_STORE = Series("liggare_keys", "key_migration", "keys_", "key_migrations", "add_key_migration")


def steps(series: Series = LEDGER) -> dict[int, str]:
    """Return the migrations by number, in order."""
    name = re.compile(series.files + r"(\d{4})_\w+\.sql")
    found = {}
    for file in files("ledger.sql").iterdir():
        if match := name.fullmatch(file.name):
            found[int(match[1])] = file.read_text("utf-8")
    return dict(sorted(found.items()))


def upgrade(connection: Connection[DictRow], series: Series = LEDGER) -> list[int]:
    """Apply the migrations that are missing, all or none, and return their numbers.

    Safe to run from several machines at once: an advisory lock lets one at a time through.
    """
    with connection.transaction():
        connection.execute(SQL["migration_lock"], {"lock": ADVISORY_LOCK})
        done = applied(connection, series)
        missing = {number: text for number, text in steps(series).items() if number not in done}
        if unknown := done - steps(series).keys():
            raise LedgerFault(
                f"the database is at step {max(unknown)}, newer than this program; install the newer Liggare"
            )
        for number, text in missing.items():
            connection.execute(text)
            connection.execute(SQL[series.add], {"version": number})
    return list(missing)


def check(connection: Connection[DictRow], series: Series = LEDGER) -> None:
    """Raise `LedgerFault` unless the database has exactly the steps that this program knows."""
    done, known = applied(connection, series), steps(series).keys()
    if not done:
        raise LedgerFault("there is no ledger in the database yet; run `liggare upgrade` to make one")
    if done < known:
        raise LedgerFault("the database is older than this program; run `liggare upgrade`")
    if done != known:
        raise LedgerFault("the database is newer than this program; install the newer Liggare")


def applied(connection: Connection[DictRow], series: Series = LEDGER) -> set[int]:
    """Return the numbers of the migrations that the database has had."""
    row = connection.execute(SQL["migrated"], {"schema": series.schema, "table": series.table}).fetchone()
    if row is None or not row["there"]:
        return set()
    return {row["version"] for row in connection.execute(SQL[series.applied])}
