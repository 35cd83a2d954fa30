"""The database's shape, brought forward by numbered steps in one transaction."""

import re
from importlib.resources import files

from psycopg import Connection
from psycopg.rows import DictRow

from ledger.faults import LedgerFault
from ledger.queries import SQL

ADVISORY_LOCK = 0x4C494747  # "LIGG": one process migrates at a time
_FILE = re.compile(r"(\d{4})_\w+\.sql")


def steps() -> dict[int, str]:
    """Return the migrations by number, in order."""
    found = {}
    for file in files("ledger.sql").iterdir():
        if match := _FILE.fullmatch(file.name):
            found[int(match[1])] = file.read_text("utf-8")
    return dict(sorted(found.items()))


def upgrade(connection: Connection[DictRow]) -> list[int]:
    """Apply the migrations that are missing, all or none, and return their numbers.

    Safe to run from several machines at once: an advisory lock lets one at a time through.
    """
    with connection.transaction():
        connection.execute(SQL["migration_lock"], {"lock": ADVISORY_LOCK})
        done = applied(connection)
        missing = {number: text for number, text in steps().items() if number not in done}
        if unknown := done - steps().keys():
            raise LedgerFault(
                f"the database is at step {max(unknown)}, newer than this program; install the newer Liggare"
            )
        for number, text in missing.items():
            connection.execute(text)
            connection.execute(SQL["add_migration"], {"version": number})
    return list(missing)


def check(connection: Connection[DictRow]) -> None:
    """Raise `LedgerFault` unless the database has exactly the steps that this program knows."""
    done = applied(connection)
    if not done:
        raise LedgerFault("there is no ledger in the database yet; run `liggare upgrade` to make one")
    if done < steps().keys():
        raise LedgerFault("the database is older than this program; run `liggare upgrade`")
    if done != steps().keys():
        raise LedgerFault("the database is newer than this program; install the newer Liggare")


def applied(connection: Connection[DictRow]) -> set[int]:
    """Return the numbers of the migrations that the database has had."""
    row = connection.execute(SQL["migrated"]).fetchone()
    if row is None or not row["there"]:
        return set()
    return {row["version"] for row in connection.execute(SQL["migrations"])}
