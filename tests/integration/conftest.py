"""Ledgers for tests: each test has a database of its own, copied from one that is migrated once."""

from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import psycopg
import pytest
from psycopg import sql
from psycopg.conninfo import make_conninfo

from ledger.ledger import Ledger
from ledger.opening import open_ledger, upgrade_ledger
from ledger.settings import Settings


@pytest.fixture(scope="session")
def template(server_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Path]]:
    """The name of a migrated database without cases, and the home with its key file."""
    name, home = f"template_{uuid4().hex}", tmp_path_factory.mktemp("home")
    with psycopg.connect(server_url, autocommit=True) as connection:
        connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
        upgrade_ledger(Settings(home=home, database_url=make_conninfo(server_url, dbname=name)))
        yield name, home
        connection.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


@pytest.fixture
def settings(server_url: str, template: tuple[str, Path]) -> Iterator[Settings]:
    """The settings of a new, empty ledger."""
    origin, home = template
    name = f"ledger_{uuid4().hex}"
    with psycopg.connect(server_url, autocommit=True) as connection:
        connection.execute(
            sql.SQL("CREATE DATABASE {} TEMPLATE {} STRATEGY file_copy").format(
                sql.Identifier(name), sql.Identifier(origin)
            )
        )
        try:
            yield Settings(home=home, database_url=make_conninfo(server_url, dbname=name))
        finally:
            connection.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


@pytest.fixture
def ledger(settings: Settings) -> Iterator[Ledger]:
    """An open, empty ledger."""
    with open_ledger(settings) as opened:
        yield opened
