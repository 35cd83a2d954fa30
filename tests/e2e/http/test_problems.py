"""What an answer that is no success looks like: one shape (RFC 9457), two languages, and nothing that was sent."""

import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple
from uuid import UUID, uuid4

import psycopg
import pytest
from fastapi import APIRouter, FastAPI
from httpx2 import Response
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict, make_conninfo
from starlette.testclient import TestClient
from structlog.testing import capture_logs

from api.http.answers import Route
from api.http.app import make_app
from api.http.desk import House
from api.http.limits import Rates
from api.http.problems import KINDS, MEDIA_TYPE, page
from api.http.settings import HttpSettings
from ledger.ledger import Ledger
from ledger.opening import open_ledger
from tests.clauses import HOUSE
from tests.e2e.http.conftest import MANY, Client, database
from tests.filled import SERIALS, Filled, fill
from tests.issuer import Issuer
from tests.projected import under_way

MARK = "zq-19800101-1009-qz"
"""What is sent wherever something can be sent, and may come back nowhere."""
KEYS = {"type", "title", "status", "detail", "instance", "code", "clause", "sv", "en", "trace"}

Ask = Callable[..., Response]


@pytest.fixture
def case(ledger: Ledger, filled: Filled) -> UUID:
    """A case of this test alone, of four events."""
    return under_way(ledger, next(SERIALS), "bo")


def written(key: str | None = None, version: str | None = '"4"', **more: str) -> dict[str, str]:
    """The headers of a command."""
    told = {"Content-Type": "application/json", "Idempotency-Key": key or str(uuid4()), "If-Match": version}
    return {name: text for name, text in (told | more).items() if text}


def meeting(**changes: Any) -> bytes:
    return json.dumps({"occurred_on": "2025-04-29", "mode": "digital"} | changes).encode()


def is_problem(answer: Response, status: int, code: str, client: TestClient | None = None) -> dict[str, Any]:
    """Check that an answer is a problem of a kind, all of it, and return what it says."""
    assert (answer.status_code, answer.headers["content-type"]) == (status, MEDIA_TYPE), answer.text
    told: dict[str, Any] = answer.json()
    assert told.keys() >= KEYS
    assert told.keys() - KEYS <= {"errors", "meanwhile", "projections"}
    assert (told["status"], told["code"], told["type"]) == (status, code, f"/docs/problems#{code}")
    assert told["title"]
    assert told["sv"] != told["en"]
    assert answer.headers["content-language"] in ("sv", "en")
    assert told["detail"] == told[answer.headers["content-language"]]
    assert re.fullmatch(r"[0-9a-f]{32}", told["trace"])
    assert told["instance"] == f"urn:uuid:{UUID(told['trace'])}"
    assert answer.headers["trace-id"] == told["trace"]
    assert f"\n## {code}\n" in page()
    assert "19800101" not in answer.text
    assert "19800101" not in str(answer.headers)
    return told


class Asked(NamedTuple):
    """A request that goes wrong, and how: who asks, method, address, what else is sent, status and code."""

    role: str | None
    method: str
    address: str
    more: dict[str, Any]
    status: int
    code: str


def command(role: str, content: bytes, headers: dict[str, str], status: int, code: str) -> Asked:
    more = {"content": content, "headers": headers}
    return Asked(role, "POST", "/v1/cases/{case}/meetings", more, status, code)


WRONG = {
    "a parameter": Asked(
        "advisor", "GET", f"/v1/cases/{{case}}/history?limit={MARK}", {}, 400, "MALFORMED_REQUEST"
    ),
    "a path": Asked("advisor", "GET", f"/v1/cases/{MARK}", {}, 400, "MALFORMED_REQUEST"),
    "a header": command("advisor", meeting(), written(version=MARK), 400, "MALFORMED_REQUEST"),
    "a key": command("advisor", meeting(), written(key=f"{MARK} {MARK}"), 400, "MALFORMED_REQUEST"),
    "a purpose": Asked(
        "advisor", "GET", "/v1/cases/{case}", {"headers": {"Liggare-Purpose": MARK}}, 400, "MALFORMED_REQUEST"
    ),
    "no token": Asked(None, "GET", "/v1/cases/{case}", {}, 401, "NOT_SIGNED_IN"),
    "a token": Asked(
        None,
        "GET",
        "/v1/cases/{case}",
        {"headers": {"Authorization": f"Bearer {MARK}"}},
        401,
        "NOT_SIGNED_IN",
    ),
    "a role": Asked("statistician", "GET", "/v1/cases/{case}", {}, 403, "NOT_ALLOWED"),
    "a route": Asked("advisor", "GET", f"/v1/{MARK}?{MARK}={MARK}", {}, 404, "NOT_FOUND"),
    "a case": Asked("advisor", "GET", f"/v1/cases/{UUID(int=7)}", {}, 404, "UNKNOWN_CASE"),
    "a method": Asked("advisor", "DELETE", "/v1/cases/{case}", {}, 405, "METHOD_NOT_ALLOWED"),
    "a rule": command("advisor", meeting(occurred_on="2025-01-01"), written(), 409, "BEFORE_APPLICATION"),
    "too much": command("advisor", b" " * 1_000_001, written(), 413, "TOO_LARGE"),
    "no JSON": command("advisor", meeting(), written(**{"Content-Type": f"text/{MARK}"}), 415, "NOT_JSON"),
    "a value": command("advisor", meeting(mode=MARK), written(), 422, "INVALID_CONTENT"),
    "a name": command("advisor", meeting(**{MARK: MARK}), written(), 422, "INVALID_CONTENT"),
    "no key": command(
        "advisor", meeting(), {"Content-Type": "application/json", "If-Match": "*"}, 428, "KEY_NEEDED"
    ),
    "no version": command("advisor", meeting(), written(version=None), 428, "VERSION_NEEDED"),
}
"""What can be wrong with a request, with something in it that nobody may see again."""


@pytest.mark.parametrize("language", ["sv", "en"])
@pytest.mark.parametrize("name", WRONG)
def test_every_problem_has_the_one_shape_and_repeats_nothing(
    client: Client, nobody: TestClient, case: UUID, name: str, language: str
) -> None:
    """And nothing is recorded."""
    asked = WRONG[name]
    who = nobody if asked.role is None else client(asked.role)
    more = asked.more | {"headers": asked.more.get("headers", {}) | {"Accept-Language": language}}
    answer = who.request(asked.method, asked.address.replace("{case}", str(case)), **more)
    told = is_problem(answer, asked.status, asked.code)
    assert answer.headers["content-language"] == language
    assert ("errors" in told) == (asked.code in ("MALFORMED_REQUEST", "INVALID_CONTENT"))
    assert client("advisor").get(f"/v1/cases/{case}").headers["etag"] == '"4"'


def test_what_a_status_needs_beside_the_problem_is_there(
    client: Client, nobody: TestClient, case: UUID
) -> None:
    """The challenge of 401 (RFC 6750), the methods of 405, the clause of a rule, the place of what is malformed."""
    assert nobody.get("/v1/me").headers["www-authenticate"] == 'Bearer realm="liggare"'
    wrong = nobody.get("/v1/me", headers={"Authorization": "Bearer x"})
    assert wrong.headers["www-authenticate"] == 'Bearer realm="liggare", error="invalid_token"'
    bo = client("advisor")
    assert bo.delete(f"/v1/cases/{case}").headers["allow"] == "GET"
    assert bo.get(f"/v1/cases/{case}/meetings").headers["allow"] == "POST"
    held = bo.post(f"/v1/cases/{case}/meetings", content=meeting(occurred_on="2025-01-01"), headers=written())
    assert held.json()["clause"] is not None
    bad = bo.post(f"/v1/cases/{case}/meetings", content=meeting(mode="letter"), headers=written())
    assert [row["path"] for row in bad.json()["errors"]] == ["mode"]


def test_a_stale_version_is_told_what_happened_meanwhile(client: Client, case: UUID) -> None:
    """412 tells the new version and the entries in between, and a key that was used for something else is 422."""
    bo, way, key = client("advisor"), f"/v1/cases/{case}/meetings", str(uuid4())
    first = bo.post(way, content=meeting(), headers=written(key))
    assert (first.status_code, first.headers["etag"]) == (201, '"5"')
    stale = bo.post(way, content=meeting(occurred_on="2025-05-06"), headers=written())
    told = is_problem(stale, 412, "CHANGED")
    assert stale.headers["etag"] == '"5"'
    assert [(row["event"], row["event_id"], row["actor"]) for row in told["meanwhile"]] == [
        ("MeetingHeld", first.json()["events"][0], "advisor:bo")
    ]
    again = bo.post(way, content=meeting(), headers=written(key))
    assert (again.status_code, again.json()) == (201, first.json())
    other = bo.post(way, content=meeting(mode="physical"), headers=written(key))
    is_problem(other, 422, "KEY_REUSED")


def test_a_protected_identity_asks_for_a_purpose(client: Client, filled: Filled) -> None:
    address = f"/v1/cases/{filled.protected}?include=person"
    is_problem(client("advisor").get(address), 403, "PURPOSE_NEEDED")
    assert client("advisor", purpose="möte").get(address).status_code == 200


class Broken(Exception):
    """A fault of the program whose message holds somebody's data."""


def _boom() -> None:
    raise Broken(f"no row for {MARK}")


def app_of(ledger: Ledger, issuer: Issuer, limits: HttpSettings, *more: APIRouter) -> FastAPI:
    return make_app(House(ledger, issuer.provider(), limits, Rates(limits.requests_a_minute)), more)


def client_of(app: FastAPI, issuer: Issuer) -> TestClient:
    headers = {"Authorization": f"Bearer {issuer.token('bo', 'advisor')}"}
    return TestClient(app, raise_server_exceptions=False, headers=headers)


@pytest.mark.parametrize("kind", [Route, None])
def test_a_fault_of_the_program_tells_nothing_of_anybody(
    ledger: Ledger, issuer: Issuer, kind: type[Route] | None, capfd: pytest.CaptureFixture[str]
) -> None:
    """Neither in the answer nor in the log, which says where it arose; whatever kind of route it was."""
    router = APIRouter(route_class=kind) if kind else APIRouter()
    router.add_api_route("/boom/{name}", _boom)
    app = app_of(ledger, issuer, HttpSettings(requests_a_minute=MANY), router)
    with capture_logs() as lines:
        answer = client_of(app, issuer).get(f"/boom/{MARK}?q={MARK}", headers={"X-Mark": MARK})
    told = is_problem(answer, 500, "FAILED")
    failed = [line for line in lines if line["event"] == "failed"]
    assert [(line["error"], line["trace"]) for line in failed] == [("Broken", told["trace"])]
    assert any(place.startswith("test_problems.py:") for place in failed[0]["at"])
    for text in (json.dumps(lines, default=str), *capfd.readouterr()):
        assert MARK not in text


def test_one_who_asks_too_often_is_told_when_to_come_back(ledger: Ledger, issuer: Issuer) -> None:
    app = app_of(ledger, issuer, HttpSettings(requests_a_minute=3))
    client = client_of(app, issuer)
    answers = [client.get("/v1/me") for _ in range(5)]
    assert [answer.status_code for answer in answers] == [200, 200, 200, 429, 429]
    is_problem(answers[-1], 429, "TOO_MANY_REQUESTS")
    assert 1 <= int(answers[-1].headers["retry-after"]) <= 60


@pytest.fixture
def alone(server_url: str, tmp_path: Path) -> Iterator[tuple[Ledger, str, Filled]]:
    """A ledger in a database that this test may shut, with the name of the database."""
    with database(server_url, tmp_path) as settings, open_ledger(settings, 2.0) as ledger:
        assert settings.database_url is not None
        yield ledger, str(conninfo_to_dict(settings.database_url)["dbname"]), fill(ledger)


def test_a_database_that_is_gone_is_unavailable_and_then_there_again(
    alone: tuple[Ledger, str, Filled], server_url: str, issuer: Issuer
) -> None:
    """And a projection that is not there yet is behind."""
    ledger, name, filled = alone
    client = client_of(app_of(ledger, issuer, HttpSettings(requests_a_minute=MANY)), issuer)
    way = f"/v1/cases/{filled.active}"
    made = client.post(
        f"{way}/contacts",
        content=b'{"kind": "phone_support", "occurred_on": "2025-05-09"}',
        headers=written(version="*"),
    )
    assert made.status_code == 201, made.text
    asked = f"/v1/caseloads/advisors/bo?position={made.json()['position']}"
    behind = client.get(asked, headers={"Prefer": "wait=1"})
    is_problem(behind, 503, "BEHIND")
    assert behind.headers["retry-after"] == "1"

    with psycopg.connect(make_conninfo(server_url), autocommit=True) as server:
        shut = sql.SQL("ALTER DATABASE {} ALLOW_CONNECTIONS {}")
        server.execute(shut.format(sql.Identifier(name), sql.SQL("false")))
        server.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", [name])
        gone = client.get("/health/ready")
        server.execute(shut.format(sql.Identifier(name), sql.SQL("true")))
    is_problem(gone, 503, "UNAVAILABLE")
    assert int(gone.headers["retry-after"]) >= 1
    assert client.get(way).status_code == 200


def test_the_page_of_problems_is_what_the_program_answers(nobody: TestClient) -> None:
    """docs/problems.md is written by `make clauses`, and served where `type` leads to."""
    assert (HOUSE / "docs" / "problems.md").read_text("utf-8") == page()
    assert nobody.get("/docs/problems").text == page()
    for code, kind in KINDS.items():
        assert f"\n## {code}\n\n{kind.status}: " in page()
