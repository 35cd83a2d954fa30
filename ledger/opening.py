"""Opening a ledger: its keys, its database, and its shape, each checked before anything is read."""

from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from functools import partial

import psycopg
from eventsourcing.persistence import PersistenceError
from eventsourcing.postgres import PostgresDatastore
from psycopg.conninfo import conninfo_to_dict
from psycopg.rows import DictRow, dict_row

from ledger import key_store, migrations
from ledger.erasure import complete_erasures
from ledger.faults import DatabaseUnavailable, LedgerFault
from ledger.ledger import Ledger, today
from ledger.local_postgres import local_postgres
from ledger.patience import is_passing
from ledger.queries import SQL
from ledger.rotation import add_signing_key
from ledger.sealing import PersonKeys
from ledger.settings import Keys, Settings, create_keys, read_keys

POOL_SIZE = 8
CONNECT_SECONDS = 10
POOL_SECONDS = 5.0
STANDSTILL_SECONDS = 30.0
"""A transaction holds up every other writer, so one whose program was halted in it is ended by the server."""

ADVICE = "what was acknowledged is recorded; put that right and run it again"

NOTICE_SILENCE = {
    "keepalives_idle": 10,
    "keepalives_interval": 5,
    "keepalives_count": 3,
    "tcp_user_timeout": 25_000,
}
"""A server that vanished without a word is noticed within half a minute, not after the system's two hours."""


@contextmanager
def open_ledger(settings: Settings, statement_seconds: float | None = None) -> Iterator[Ledger]:
    """Open the ledger that the settings name, for as long as the context lasts.

    An erasure that was cut short is completed. No statement takes longer than `statement_seconds`, where that is
    told. Raises `LedgerFault` where there is no ledger yet, where its keys don't fit or are lost, or where the
    database is down.
    """
    keys = read_keys(settings.home)
    with _database(settings) as url:
        with _connect(url) as connection, _store(settings, connection) as store:
            migrations.check(connection)
            _check_keys(connection, keys)
            key_store.check(connection, store, partial(read_keys, settings.home))
        with (
            _datastore(url, statement_seconds) as datastore,
            _datastore(settings.keys_url) if settings.keys_url else nullcontext(datastore) as key_datastore,
        ):
            try:
                person_keys = PersonKeys(key_datastore, partial(read_keys, settings.home))
                ledger = Ledger(datastore, keys, person_keys)
                complete_erasures(ledger, today())
                yield ledger
            except (PersistenceError, psycopg.Error) as error:
                raise _failed(error, url) from error


def fault_of(error: Exception) -> DatabaseUnavailable | None:
    """Return what an error means that came out of an open ledger; None where the database has no part in it."""
    if isinstance(error, PersistenceError | psycopg.Error):
        return DatabaseUnavailable(f"the database failed: {_line(error)}; {ADVICE}")
    return None


def upgrade_ledger(settings: Settings) -> list[int]:
    """Make the ledger, or bring it to this program's shape, and its key store; return the ledger's steps taken.

    A new ledger gets a new key file; an older one must still have its own.
    """
    with _database(settings) as url, _connect(url) as connection, _store(settings, connection) as store:
        fresh = not migrations.applied(connection)
        keys = create_keys(settings.home) if fresh else read_keys(settings.home)
        taken = migrations.upgrade(connection)
        _check_keys(connection, keys)
        key_store.upgrade(connection, store, partial(read_keys, settings.home))
        add_signing_key(settings.home)
    return taken


def _check_keys(connection: psycopg.Connection[DictRow], keys: Keys) -> None:
    """Raise `LedgerFault` where the key file belongs to another ledger; a new ledger takes the file's mark."""
    row = connection.execute(SQL["setting"], {"name": "key_check"}).fetchone()
    if row is None:
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
def _store(settings: Settings, ledger: psycopg.Connection[DictRow]) -> Iterator[psycopg.Connection[DictRow]]:
    """Yield a connection to the key store: the ledger's own, where it does not lie elsewhere."""
    if settings.keys_url is None:
        yield ledger
    else:
        with _connect(settings.keys_url, "LIGGARE_KEYS_URL") as store:
            yield store


@contextmanager
def _connect(url: str, setting: str = "LIGGARE_DATABASE_URL") -> Iterator[psycopg.Connection[DictRow]]:
    try:
        connection = psycopg.connect(
            url, autocommit=True, row_factory=dict_row, connect_timeout=CONNECT_SECONDS
        )
    except psycopg.OperationalError as error:
        raise DatabaseUnavailable(
            f"the database does not answer: {_line(error)}; check {setting} and the server"
        ) from None
    try:
        with connection:
            yield connection
    except psycopg.Error as error:
        advice = f"check the rights of the user that {setting} names, and that its database can be written to"
        raise DatabaseUnavailable(f"the database refused: {_line(error)}; {advice}") from error


@contextmanager
def _datastore(url: str, statement_seconds: float | None = None) -> Iterator[PostgresDatastore]:
    """Yield the library's pool of connections to a database, whatever its connection string says."""
    datastore = PostgresDatastore(
        "",
        "",
        "",
        "",
        "",
        schema="liggare",
        pool_size=1,
        max_overflow=POOL_SIZE - 1,
        connect_timeout=POOL_SECONDS,
        idle_in_transaction_session_timeout=STANDSTILL_SECONDS,
    )
    limit = {"options": f"-c statement_timeout={int(statement_seconds * 1000)}"} if statement_seconds else {}
    datastore.pool.kwargs = NOTICE_SILENCE | limit | conninfo_to_dict(url) | {"row_factory": dict_row}
    try:
        yield datastore
    finally:
        datastore.close()


def _failed(error: Exception, url: str) -> DatabaseUnavailable:
    """Return what an error of the database means for whoever was at work."""
    if isinstance(error, PersistenceError) and is_passing(error):
        try:  # the pool says that it has no connection, and not why
            psycopg.connect(url, connect_timeout=2).close()
        except psycopg.OperationalError as why:
            error = why
        return DatabaseUnavailable(f"the database went away: {_line(error)}; {ADVICE}")
    return DatabaseUnavailable(f"the database failed: {_line(error)}; {ADVICE}")


def _line(error: Exception) -> str:
    """Return an error's text on one line, without the row that it may be about."""
    told = error if isinstance(error, psycopg.Error) else error.__cause__
    diagnosis = told.diag if isinstance(told, psycopg.Error) else None
    if diagnosis is not None and diagnosis.message_primary:
        return " ".join(f"{diagnosis.message_primary}. {diagnosis.message_hint or ''}".split())
    return " ".join(str(error).split())
