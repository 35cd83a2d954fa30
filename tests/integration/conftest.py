"""Ledgers for tests: each test has a database of its own, copied from one that is migrated once."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
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


@contextmanager
def copied(server_url: str, origin: str, name: str) -> Iterator[str]:
    """Yield the URL of a copy of a database, dropped afterwards."""
    with psycopg.connect(server_url, autocommit=True) as connection:
        connection.execute(
            sql.SQL("CREATE DATABASE {} TEMPLATE {} STRATEGY file_copy").format(
                sql.Identifier(name), sql.Identifier(origin)
            )
        )
        try:
            yield make_conninfo(server_url, dbname=name)
        finally:
            connection.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


@pytest.fixture
def settings(server_url: str, template: tuple[str, Path]) -> Iterator[Settings]:
    """The settings of a new, empty ledger."""
    origin, home = template
    with copied(server_url, origin, f"ledger_{uuid4().hex}") as url:
        yield Settings(home=home, database_url=url)


@pytest.fixture
def keys_database(server_url: str, template: tuple[str, Path]) -> Iterator[str]:
    """The URL of another database, with an empty key store of the same ledger: a setting for LIGGARE_KEYS_URL."""
    with copied(server_url, template[0], f"keys_{uuid4().hex}") as url:
        yield url


@pytest.fixture
def own_home(settings: Settings, tmp_path: Path) -> Settings:
    """The settings of a new, empty ledger whose key file may be changed."""
    home = tmp_path / "home"
    home.mkdir(mode=0o700)
    shutil.copy(settings.home / "keys.json", home)
    return settings.model_copy(update={"home": home})


@pytest.fixture
def ledger(settings: Settings) -> Iterator[Ledger]:
    """An open, empty ledger."""
    with open_ledger(settings) as opened:
        yield opened
