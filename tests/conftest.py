"""What every test may ask for: a PostgreSQL server, and empty databases on it."""

import os
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from uuid import uuid4

import psycopg
import pytest
from hypothesis import settings
from psycopg import sql
from psycopg.conninfo import make_conninfo

from ledger.cluster_folder import ClusterFolder
from ledger.local_postgres import local_postgres

settings.register_profile("liggare", deadline=None)
settings.load_profile("liggare")
"""No test fails because a machine is slow."""

CLUSTER = "TEST_CLUSTER"
MEMORY = Path("/dev/shm")
ROOM_BYTES = 4_000_000_000


def swift_place() -> Path:
    """Where the files of servers may lie, which no test needs after a power cut: in memory, if it has room."""
    if os.access(MEMORY, os.W_OK):
        found = os.statvfs(MEMORY)
        if found.f_bavail * found.f_frsize >= ROOM_BYTES and not found.f_flag & os.ST_NOEXEC:
            return MEMORY
    return Path(tempfile.gettempdir())


@contextmanager
def swift_home() -> Iterator[Path]:
    """A new home that other users can reach, unlike pytest's, removed once its server has ended."""
    home = Path(tempfile.mkdtemp(prefix="liggare-", dir=swift_place()))
    home.chmod(0o711)
    try:
        yield home
        has_ended(home)
    finally:
        shutil.rmtree(home, ignore_errors=True)


def has_ended(home: Path, seconds: float = 15) -> bool:
    """Wait until no server of a home runs; whether that came to be."""
    deadline = time.monotonic() + seconds
    cluster = ClusterFolder(home / "postgres")
    while cluster.path.exists() and not (cluster.is_free("keeper") and cluster.is_free("server")):
        if time.monotonic() > deadline:
            return False
        time.sleep(0.02)
    return True


def pytest_configure(config: pytest.Config) -> None:
    """Make the place of the one server that all processes of a run share, before the others start."""
    if "PYTEST_XDIST_WORKER" not in os.environ:
        shared = ExitStack()
        os.environ[CLUSTER] = str(shared.enter_context(swift_home()))
        config.add_cleanup(shared.close)


@pytest.fixture(scope="session")
def server_url() -> Iterator[str]:
    """The server of this run, as its superuser: TEST_DATABASE_URL's, else one that all xdist workers share."""
    if url := os.environ.get("TEST_DATABASE_URL"):
        yield url
        return
    with local_postgres(Path(os.environ[CLUSTER]), grace_seconds=1.0, durable=False) as url:
        yield make_conninfo(url, dbname="postgres")


@pytest.fixture
def empty_database(server_url: str) -> Iterator[str]:
    """The URL of a database with nothing in it, dropped after the test."""
    name = f"test_{uuid4().hex}"
    with psycopg.connect(server_url, autocommit=True) as connection:
        connection.execute(sql.SQL("CREATE DATABASE {} STRATEGY file_copy").format(sql.Identifier(name)))
        try:
            yield make_conninfo(server_url, dbname=name)
        finally:
            connection.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))
