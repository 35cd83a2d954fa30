"""Opening a ledger: its keys, its database, and its shape, each checked before anything is read."""

from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
from eventsourcing.persistence import PersistenceError
from eventsourcing.postgres import PostgresDatastore
from psycopg.conninfo import conninfo_to_dict
from psycopg.rows import DictRow, dict_row

from ledger import migrations
from ledger.faults import DatabaseUnavailable, LedgerFault
from ledger.ledger import Ledger
from ledger.local_postgres import local_postgres
from ledger.queries import SQL
from ledger.settings import Keys, Settings, create_keys, read_keys

POOL_SIZE = 8
CONNECT_SECONDS = 10


@contextmanager
def open_ledger(settings: Settings) -> Iterator[Ledger]:
    """Open the ledger that the settings name, for as long as the context lasts.

    Raises `LedgerFault` where there is none yet, where its keys don't fit, or where the database is down.
    """
    keys = read_keys(settings.home)
    with _database(settings) as url:
        with _connect(url) as connection:
            migrations.check(connection)
            _check_keys(connection, keys)
        with _datastore(url) as datastore:
            try:
                yield Ledger(datastore, keys)
            except (PersistenceError, psycopg.Error) as error:
                raise DatabaseUnavailable(f"the database failed: {_line(error)}") from error


def upgrade_ledger(settings: Settings) -> list[int]:
    """Make the ledger, or bring it to this program's shape; return the numbers of the steps taken.

    A new ledger gets a new key file; an older one must still have its own.
    """
    with _database(settings) as url, _connect(url) as connection:
        fresh = not migrations.applied(connection)
        keys = create_keys(settings.home) if fresh else read_keys(settings.home)
        taken = migrations.upgrade(connection)
        _check_keys(connection, keys)
    return taken


def _check_keys(connection: psycopg.Connection[DictRow], keys: Keys) -> None:
    """Raise `LedgerFault` where the key file belongs to another ledger; a new ledger takes the file's mark."""
    connection.execute(SQL["set_once"], {"name": "key_check", "value": keys.check()})
    row = connection.execute(SQL["setting"], {"name": "key_check"}).fetchone()
    if row is None or row["value"] != keys.check():
        raise LedgerFault("the key file belongs to another ledger; put this ledger's own back")


@contextmanager
def _database(settings: Settings) -> Iterator[str]:
    """Yield the connection string of the server's database, or of the ledger's own."""
    if settings.database_url is not None:
        yield settings.database_url
    else:
        with local_postgres(settings.home) as url:
            yield url


@contextmanager
def _connect(url: str) -> Iterator[psycopg.Connection[DictRow]]:
    try:
        connection = psycopg.connect(
            url, autocommit=True, row_factory=dict_row, connect_timeout=CONNECT_SECONDS
        )
    except psycopg.OperationalError as error:
        raise DatabaseUnavailable(
            f"the database does not answer: {_line(error)}; check LIGGARE_DATABASE_URL and the server"
        ) from None
    with connection:
        yield connection


@contextmanager
def _datastore(url: str) -> Iterator[PostgresDatastore]:
    """Yield the library's pool of connections to a database, whatever its connection string says."""
    datastore = PostgresDatastore(
        "", "", "", "", "", schema="liggare", pool_size=1, max_overflow=POOL_SIZE - 1, connect_timeout=30
    )
    datastore.pool.kwargs = conninfo_to_dict(url) | {"row_factory": dict_row}
    try:
        yield datastore
    finally:
        datastore.close()


def _line(error: Exception) -> str:
    """Return an error's text on one line."""
    return " ".join(str(error).split())
