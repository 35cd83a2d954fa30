"""What every test may ask for: a PostgreSQL server, and empty databases on it."""

import os
import tempfile
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path
from uuid import uuid4

import psycopg
import pytest
from hypothesis import settings
from psycopg import sql
from psycopg.conninfo import make_conninfo

from ledger.local_postgres import local_postgres
from ledger.postgres_account import namespaces_work

settings.register_profile("liggare", deadline=None)
settings.load_profile("liggare")
"""No test fails because a machine is slow."""


@pytest.fixture(scope="session")
def server_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The server of this run, as its superuser: TEST_DATABASE_URL's, else one that all xdist workers share."""
    if url := os.environ.get("TEST_DATABASE_URL"):
        yield url
        return
    run = tmp_path_factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        run = run.parent
    home = run / "cluster"
    if os.geteuid() == 0 and not namespaces_work():
        # The server has to run as another user then, and pytest's folders are closed to others.
        home = Path(tempfile.gettempdir()) / f"liggare-tests-{sha256(os.fsencode(run)).hexdigest()[:20]}"
        home.mkdir(mode=0o711, exist_ok=True)
    with local_postgres(home, grace_seconds=1.0, durable=False) as url:
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
