"""Databases to measure on: a durable PostgreSQL of this run's own, and new ledgers in it."""

import os
import statistics
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4

import psycopg
from psycopg import sql
from psycopg.conninfo import make_conninfo

from ledger.ledger import Ledger
from ledger.local_postgres import local_postgres
from ledger.opening import open_ledger, upgrade_ledger
from ledger.settings import Settings


@contextmanager
def durable_server() -> Iterator[str]:
    """Yield the URL of BENCH_DATABASE_URL's server, else of one where every commit is synced."""
    if url := os.environ.get("BENCH_DATABASE_URL"):
        yield url
        return
    with tempfile.TemporaryDirectory() as folder, local_postgres(Path(folder), grace_seconds=1.0) as url:
        yield make_conninfo(url, dbname="postgres")


@contextmanager
def new_database(server: str) -> Iterator[str]:
    """Yield the URL of a database with nothing in it, dropped afterwards."""
    name = sql.Identifier(database := f"bench_{uuid4().hex}")
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(sql.SQL("CREATE DATABASE {}").format(name))
        try:
            yield make_conninfo(server, dbname=database)
        finally:
            connection.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(name))


@contextmanager
def new_ledger(database: str) -> Iterator[Ledger]:
    """Yield an open, empty ledger in a database."""
    with tempfile.TemporaryDirectory() as home:
        settings = Settings(home=Path(home), database_url=database)
        upgrade_ledger(settings)
        with open_ledger(settings) as ledger:
            yield ledger


def print_machine(server: str) -> None:
    """Print what the figures rest on: the processors, the server, and what making a write durable costs."""
    with psycopg.connect(server, autocommit=True) as connection:
        row = connection.execute(
            "SELECT current_setting('server_version'), current_setting('fsync'), "
            "current_setting('synchronous_commit'), current_setting('wal_sync_method')"
        ).fetchone()
        assert row is not None
        version, fsync, synchronous, method = row
    print(
        f"{os.cpu_count()} processors; PostgreSQL {version}, fsync {fsync}, "
        f"synchronous_commit {synchronous}, wal_sync_method {method}"
    )
    if fsync != "on" or synchronous != "on":
        raise SystemExit("this server may lose commits; its figures would mean nothing")
    synced, unsynced = (_commit_seconds(server, synchronous=synchronous) for synchronous in (True, False))
    print(
        f"a commit of one row: {synced * 1e6:,.0f} µs, of which {(synced - unsynced) * 1e6:,.0f} for the disk"
    )


def _commit_seconds(server: str, *, synchronous: bool, commits: int = 300) -> float:
    """Return how long a commit of one row takes on one connection (median), waited for on the disk or not."""
    with new_database(server) as database, psycopg.connect(database, autocommit=True) as connection:
        connection.execute("CREATE TABLE bench_row (content text)")
        connection.execute(f"SET synchronous_commit = {'on' if synchronous else 'off'}")
        times = []
        for _ in range(commits):
            began = time.perf_counter()
            connection.execute("INSERT INTO bench_row VALUES ('content')", prepare=True)
            times.append(time.perf_counter() - began)
    return statistics.median(times)
