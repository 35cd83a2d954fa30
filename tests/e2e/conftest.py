"""Where the commands of a test run: a new database, and a home of its own."""

from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import psycopg
import pytest
from psycopg import sql
from psycopg.conninfo import make_conninfo


@pytest.fixture
def environment(server_url: str, tmp_path: Path) -> Iterator[dict[str, str]]:
    """The settings of a ledger that is not there yet."""
    name = f"cli_{uuid4().hex}"
    with psycopg.connect(server_url, autocommit=True) as connection:
        connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
        yield {
            "LIGGARE_DATABASE_URL": make_conninfo(server_url, dbname=name),
            "LIGGARE_HOME": str(tmp_path / "home"),
        }
        connection.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))
