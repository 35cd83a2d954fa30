"""The API in this process, on a small filled ledger that all its tests share; tokens are signed for real.

What is recorded here stays for the other tests: a test that counts asks for `own_ledger`.
"""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from urllib.parse import quote
from uuid import uuid4

import psycopg
import pytest
from fastapi import FastAPI
from psycopg import sql
from psycopg.conninfo import make_conninfo
from starlette.testclient import TestClient

from api.http.app import make_app
from api.http.desk import House
from api.http.limits import Rates
from api.http.settings import HttpSettings
from ledger.ledger import Ledger
from ledger.opening import open_ledger, upgrade_ledger
from ledger.settings import Settings
from tests.filled import NUMBER, Filled, fill
from tests.issuer import Issuer
from tests.served import LocalIssuer, Served, environment_of, served

MANY = 1_000_000
STAFF = {
    "advisor": "bo",
    "team_lead": "anna",
    "decision_maker": "berit",
    "auditor": "revisor",
    "statistician": "siv",
    "employer_contact": "kontakt",
    "administrator": "admin",
}
"""Who is meant where a role is named alone; the first three work in Umeå."""

Client = Callable[..., TestClient]


@contextmanager
def database(server_url: str, home: Path) -> Iterator[Settings]:
    """A new, empty ledger."""
    name = f"http_{uuid4().hex}"
    with psycopg.connect(server_url, autocommit=True) as connection:
        connection.execute(sql.SQL("CREATE DATABASE {} STRATEGY file_copy").format(sql.Identifier(name)))
        settings = Settings(home=home, database_url=make_conninfo(server_url, dbname=name))
        upgrade_ledger(settings)
        yield settings
        connection.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


@pytest.fixture(scope="session")
def settings(server_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Settings]:
    """Where the filled ledger lies."""
    with database(server_url, tmp_path_factory.mktemp("home")) as made:
        yield made


@pytest.fixture(scope="session")
def ledger(settings: Settings) -> Iterator[Ledger]:
    """The filled ledger, open as the server opens it."""
    with open_ledger(settings, HttpSettings().statement_seconds) as opened:
        yield opened


@pytest.fixture(scope="session")
def filled(ledger: Ledger) -> Filled:
    """The cases in it."""
    return fill(ledger)


@pytest.fixture(scope="session")
def issuer() -> Issuer:
    """Who signs the tokens."""
    return Issuer()


@pytest.fixture(scope="session")
def app(ledger: Ledger, filled: Filled, issuer: Issuer) -> FastAPI:
    """The application, which hardly limits how often it is asked."""
    limits = HttpSettings(requests_a_minute=MANY)
    return make_app(House(ledger, issuer.provider(), limits, Rates(limits.requests_a_minute)))


@pytest.fixture(scope="session")
def client(app: FastAPI, issuer: Issuer) -> Iterator[Client]:
    """Make the client of somebody in a role: `client("advisor")`, `client("advisor", name="lisa")`.

    With `purpose`, it says what it reads for; an employer's contact is one of the employer whose case there is.
    """
    with ExitStack() as opened:
        plain = opened.enter_context(TestClient(app, raise_server_exceptions=False))

        def made(
            *roles: str, name: str | None = None, purpose: str | None = None, number: str = NUMBER
        ) -> TestClient:
            who = name or STAFF[roles[0]]
            claims = {"organisation_number": number} if "employer_contact" in roles else {}
            headers = {"Authorization": f"Bearer {issuer.token(who, *roles, **claims)}"}
            if purpose is not None:
                headers["Liggare-Purpose"] = quote(purpose)
            one = TestClient(app, raise_server_exceptions=False, headers=headers)
            one.portal = plain.portal
            return one

        yield made


@pytest.fixture(scope="session")
def nobody(app: FastAPI) -> TestClient:
    """The client of somebody who is not signed in."""
    return TestClient(app, raise_server_exceptions=False)


@pytest.fixture(scope="session")
def local_issuer() -> Iterator[LocalIssuer]:
    """Who signs the tokens for servers that are processes of their own."""
    issuer = LocalIssuer()
    yield issuer
    issuer.close()


@pytest.fixture(scope="session")
def server(
    settings: Settings, filled: Filled, local_issuer: LocalIssuer, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Served]:
    """The API as it is run, on the filled ledger."""
    log = tmp_path_factory.mktemp("server") / "log"
    with served(environment_of(settings, local_issuer), log) as one:
        yield one
