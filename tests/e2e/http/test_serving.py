"""The server as a process: how it starts and ends, what it bounds, and what is on every answer."""

import contextlib
import json
import re
import socket
import threading
import time
from base64 import b64encode
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from hashlib import sha256
from html import unescape
from pathlib import Path
from uuid import uuid4

import psycopg
import pytest
import uvicorn
from fastapi import APIRouter, FastAPI
from starlette.testclient import TestClient

from api import cli
from api.http import connections, health
from api.http.answers import HEADERS, Route
from api.http.app import make_app
from api.http.connections import Connection
from api.http.demo import DemoProvider, ThisMachine, demo_people, demo_router
from api.http.desk import House
from api.http.limits import Rates
from api.http.problems import Problem
from api.http.settings import HttpSettings
from ledger.ledger import Ledger
from ledger.opening import open_ledger
from ledger.settings import Settings
from tests.filled import SERIALS, Filled
from tests.issuer import Issuer
from tests.projected import under_way
from tests.proxy import proxy
from tests.served import (
    Answer,
    LocalIssuer,
    Served,
    environment_of,
    read_answer,
    request_bytes,
    sent,
    served,
)

LIMITS = HttpSettings(requests_a_minute=1_000_000)


def exchanged(server: Served, content: bytes) -> Answer:
    with server.connect() as connection:
        connection.sendall(content)
        return read_answer(connection)


def fields_of(answer: Answer) -> None:
    """Every answer has the headers, and none tells what serves it or lets another site in."""
    for name, value in HEADERS.items():
        assert answer.fields.get(name.lower()) == value, name
    assert "server" not in answer.fields
    assert not [name for name in answer.fields if name.startswith("access-control")]


EVERY_KIND = {
    "an answer": (200, request_bytes("GET", "/api-info", {})),
    "nobody signed in": (401, request_bytes("GET", "/v1/projections", {})),
    "no such address": (404, request_bytes("GET", "/v1/nothing", {})),
    "another method": (405, request_bytes("DELETE", "/api-info", {})),
    "a preflight": (
        405,
        request_bytes(
            "OPTIONS",
            "/v1/projections",
            {"Origin": "https://example.se", "Access-Control-Request-Method": "GET"},
        ),
    ),
    "another site": (200, request_bytes("GET", "/api-info", {"Origin": "https://example.se"})),
    "a path parameter": (400, request_bytes("GET", "/v1/cases/7", {})),
    "no JSON": (415, request_bytes("POST", "/v1/applications", {}, b"{}")),
    "no request": (400, b"NONSENSE\r\n\r\n"),
    "two lengths": (400, request_bytes("GET", "/api-info", {"Content-Length": "1, 2"})),
    "no host that can be": (200, request_bytes("GET", "/api-info", {"Host": "[::1"})),
    "an upgrade": (200, request_bytes("GET", "/api-info", {"Connection": "Upgrade", "Upgrade": "websocket"})),
    "a large head": (431, request_bytes("GET", "/api-info", {"X": "x" * 40_000})),
    "a long address": (431, request_bytes("GET", "/" + "x" * 40_000, {})),
    "many fields": (
        431,
        request_bytes("GET", "/api-info", {f"X-{number}": "y" * 30 for number in range(1500)}),
    ),
}


@pytest.mark.parametrize("kind", EVERY_KIND)
def test_the_headers_are_on_every_kind_of_answer(server: Served, kind: str) -> None:
    status, content = EVERY_KIND[kind]
    answer = exchanged(server, content)
    assert answer.status == status
    fields_of(answer)
    if status >= 400:
        problem = json.loads(answer.body)
        assert (answer.fields["content-type"], problem["status"]) == ("application/problem+json", status)


def _chunked(total: int) -> bytes:
    fields = {"Transfer-Encoding": "chunked", "Content-Type": "application/json"}
    chunk = b"%x\r\n" % 50_000 + b" " * 50_000 + b"\r\n"
    return request_bytes("POST", "/v1/applications", fields) + chunk * (total // 50_000) + b"0\r\n\r\n"


@pytest.mark.parametrize(
    ("content", "status"),
    [
        (
            request_bytes(
                "POST",
                "/v1/applications",
                {"Content-Type": "application/json", "Content-Length": "1000001"},
            ),
            413,
        ),
        (_chunked(1_050_000), 413),
        (_chunked(950_000), 401),
    ],
)
def test_a_body_that_is_too_large_is_refused_told_or_not(server: Served, content: bytes, status: int) -> None:
    answer = exchanged(server, content)
    assert answer.status == status
    fields_of(answer)


def test_a_fault_of_ours_tells_nobody_what_it_was(ledger: Ledger, issuer: Issuer) -> None:
    raw, caught = APIRouter(), APIRouter(route_class=Route)

    @raw.get("/raw")
    @caught.get("/caught")
    def fails() -> None:
        raise RuntimeError("199001019802")

    app = make_app(House(ledger, issuer.provider(), LIMITS, Rates(10)), [raw, caught])
    with TestClient(app) as client:
        for path in ("/raw", "/caught"):
            answer = client.get(path)
            assert (answer.status_code, answer.json()["code"]) == (500, "FAILED")
            assert HEADERS.items() <= {name: answer.headers.get(name) for name in HEADERS}.items()
            assert "199001019802" not in answer.text


# How the server ends


def test_told_to_stop_it_finishes_what_runs_and_ends_with_clients_attached(
    settings: Settings, ledger: Ledger, filled: Filled, local_issuer: LocalIssuer, tmp_path: Path
) -> None:
    dribbled, waiting = (under_way(ledger, next(SERIALS), "bo") for _ in range(2))
    environment = environment_of(settings, local_issuer, LIGGARE_HTTP_LONGEST_WAIT_SECONDS="1")
    with served(environment, tmp_path / "log") as server:
        idle, new, slow, waits = (server.connect() for _ in range(4))
        idle.sendall(request_bytes("GET", "/health/live", {}))
        assert read_answer(idle).status == 200
        slow.sendall(sent(local_issuer, dribbled, str(uuid4()), '"4"')[:-5])
        command = sent(local_issuer, waiting, str(uuid4()), '"4"').replace(
            b"Host:", b"Prefer: wait=10\r\nHost:", 1
        )
        waits.sendall(command)
        time.sleep(0.3)
        with ThreadPoolExecutor(1) as pool:
            answer = pool.submit(read_answer, waits)
            status, seconds = server.end()
            told = answer.result()
        assert (status, seconds < 5) == (0, True)
        assert told.status in (201, 503)
        assert read_answer(slow).status == 408
        for one in (idle, new):
            assert one.recv(1) == b""
        for one in (idle, new, slow, waits):
            one.close()
        with pytest.raises(ConnectionRefusedError):
            server.connect()
        assert [line for line in server.lines() if line["level"] == "error"] == []
    assert (len(ledger.history(waiting)), len(ledger.history(dribbled))) == (5, 4)


@pytest.mark.long
def test_told_to_stop_it_ends_in_time_whatever_the_database_does(
    settings: Settings, ledger: Ledger, filled: Filled, local_issuer: LocalIssuer, tmp_path: Path
) -> None:
    with (
        psycopg.connect(str(settings.database_url)) as holding,
        served(environment_of(settings, local_issuer), tmp_path / "log") as server,
        server.connect() as connection,
    ):
        holding.execute("LOCK TABLE liggare.case_events IN ACCESS EXCLUSIVE MODE")
        fields = local_issuer.headers("revisor", "auditor")
        connection.sendall(request_bytes("GET", f"/v1/cases/{filled.active}", fields))
        time.sleep(0.5)
        status, seconds = server.end()
        assert (status, seconds < 5) == (0, True)


NO_START: dict[str, tuple[dict[str, str], list[str]]] = {
    "--host": ({}, ["--host", "example.se"]),
    "can't listen on 192.0.2.1": ({}, ["--host", "192.0.2.1"]),
    "--port: from 0 to 65535": ({}, ["--port", "70000"]),
    "no identity provider": ({"LIGGARE_OIDC_ISSUER": ""}, []),
    "LIGGARE_OIDC_ISSUER is malformed": ({"LIGGARE_OIDC_ISSUER": "http://example.se"}, []),
    "LIGGARE_HTTP_THREADS is malformed": ({"LIGGARE_HTTP_THREADS": "many"}, []),
    "no key file there": ({"LIGGARE_HOME": "nowhere"}, []),
    "the database does not answer": ({"LIGGARE_DATABASE_URL": "postgresql://127.0.0.1:1/none"}, []),
    "run `make demo` first": ({}, ["--demo"]),
    "on this machine alone": ({}, ["--demo", "--host", "192.0.2.1"]),
    "Address already in use": ({}, []),
}


@pytest.mark.parametrize("said", NO_START)
def test_what_keeps_a_server_from_starting_is_said_on_one_line(
    settings: Settings,
    local_issuer: LocalIssuer,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
    tmp_path: Path,
    said: str,
) -> None:
    more, words = NO_START[said]
    for name, value in (environment_of(settings, local_issuer) | more).items():
        monkeypatch.setenv(name, value)
    if "--host" in words and "--demo" in words:
        (tmp_path / "demo").mkdir()
        monkeypatch.setenv("LIGGARE_HOME", str(tmp_path))
        monkeypatch.delenv("LIGGARE_DATABASE_URL")
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1] if said.startswith("Address") else 0)
        assert cli.main(["serve", *(words if "--port" in words else ["--port", port, *words])]) == 2
    out, errors = capfd.readouterr()
    assert (out, len(errors.splitlines())) == ("", 1)
    assert said in errors


# What a client may do to a connection


@pytest.fixture
def quick(app: FastAPI, monkeypatch: pytest.MonkeyPatch) -> Iterator[int]:
    """The port of a server in this process that waits for nobody long."""
    monkeypatch.setattr(connections, "HEAD_SECONDS", 0.3)
    monkeypatch.setattr(connections, "BODY_SECONDS", 0.4)
    with socket.create_server(("127.0.0.1", 0)) as listening:
        config = uvicorn.Config(app, http=Connection, ws="none", log_config=None, access_log=False)
        server = uvicorn.Server(config)
        thread = threading.Thread(target=server.run, args=([listening],))
        thread.start()
        yield listening.getsockname()[1]
        server.should_exit = True
        thread.join(10)


def _dribbled(port: int, pieces: Iterator[bytes], pause: float = 0.05) -> tuple[bytes, float]:
    """Send piece by piece until the server ends it: what it said, and after how many seconds."""
    began = time.monotonic()
    with socket.create_connection(("127.0.0.1", port), timeout=pause) as connection:
        said = b""
        while time.monotonic() - began < 5:
            with contextlib.suppress(ConnectionError):
                connection.sendall(next(pieces, b""))
            try:
                piece = connection.recv(1 << 16)
            except TimeoutError:
                continue
            except ConnectionError:
                piece = b""
            said += piece
            if not piece:
                return said, time.monotonic() - began
    raise AssertionError("it was not ended")


BODY = request_bytes(
    "POST", "/v1/applications", {"Content-Type": "application/json", "Content-Length": "900"}
)


@pytest.mark.parametrize(
    ("first", "then", "said"),
    [
        (b"", b"", b""),
        (b"", b"\r\n", b"HTTP/1.1 408"),
        (b"G", b"", b"HTTP/1.1 408"),
        (b"GET /api-info HTTP/1.1\r\n", b"X", b"HTTP/1.1 408"),
        (request_bytes("GET", "/api-info", {})[:-2], b"X: y\r\n", b"HTTP/1.1 408"),
        (BODY, b" ", b"HTTP/1.1 408"),
        (request_bytes("GET", "/health/live", {}), b"G", b"HTTP/1.1 200"),
    ],
)
def test_who_sends_slowly_is_not_waited_for(quick: int, first: bytes, then: bytes, said: bytes) -> None:
    def pieces() -> Iterator[bytes]:
        yield first
        while True:
            yield then

    answer, seconds = _dribbled(quick, pieces())
    assert answer[:12] == said
    assert seconds < 2


def test_a_head_without_end_is_refused_before_it_fills_the_memory(server: Served) -> None:
    with server.connect() as connection:
        connection.sendall(b"GET /api-info HTTP/1.1\r\nX: ")
        taken = 0
        with contextlib.suppress(ConnectionError):
            while taken < 50_000_000:
                connection.sendall(b"x" * 10_000)
                taken += 10_000
        assert taken < 50_000_000


def test_a_field_after_the_body_decides_nothing(server: Served, local_issuer: LocalIssuer) -> None:
    """A trailer is none of the head's fields (RFC 9110, 6.5.1): a proxy in front has never looked at it."""
    signed_in = f"Authorization: {local_issuer.headers('bo', 'advisor')['Authorization']}\r\n"
    chunked = "Host: x\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n"
    for head, trailer, status in ((signed_in, "", 422), ("", signed_in, 401)):
        with server.connect() as connection:
            asked = f"POST /v1/person-lookups HTTP/1.1\r\n{chunked}{head}\r\n2\r\n{{}}\r\n0\r\n{trailer}\r\n"
            connection.sendall(asked.encode())
            assert read_answer(connection).status == status


def test_a_request_that_is_none_is_not_taken_for_the_one_before(
    server: Served, ledger: Ledger, local_issuer: LocalIssuer, filled: Filled
) -> None:
    """A command that was carried out is never answered with what was wrong with the request after it."""
    case = under_way(ledger, next(SERIALS), "bo")
    content = sent(local_issuer, case, str(uuid4()), '"4"')
    for after in (b"no request\r\n\r\n", b"GET / HTTP/1.1\r\nX: " + b"x" * 40_000 + b"\r\n\r\n"):
        with server.connect() as connection, contextlib.suppress(ConnectionError):
            connection.sendall(content + after)
            assert read_answer(connection).status == 201
    with server.connect() as connection:
        connection.sendall(content)
        assert read_answer(connection).status == 201


def test_who_sends_ahead_without_end_is_read_no_further(server: Served) -> None:
    """Requests wait for the one before; while one waits, nothing more is read."""
    content = request_bytes("GET", "/health/live", {"X": "x" * 900}) * 50
    with server.connect() as connection:
        connection.settimeout(2)
        taken = 0
        with contextlib.suppress(OSError):
            while taken < 40_000_000:
                taken += connection.send(content)
        assert taken < 40_000_000


def test_many_slow_clients_hold_nobody_up(server: Served) -> None:
    slow = [server.connect() for _ in range(300)]
    for one in slow:
        one.sendall(b"GET /api-info HTTP/1.1\r\nX: ")
    began = time.monotonic()
    assert exchanged(server, request_bytes("GET", "/health/ready", {})).status == 200
    assert time.monotonic() - began < 2
    for one in slow:
        one.close()


def test_requests_that_follow_each_other_on_a_connection_are_each_answered(quick: int) -> None:
    with socket.create_connection(("127.0.0.1", quick), timeout=10) as connection:
        for _ in range(3):
            time.sleep(0.15)
            content = request_bytes("GET", "/health/live", {})
            connection.sendall(content[:9])
            time.sleep(0.05)
            connection.sendall(content[9:] + content)
            assert [read_answer(connection).status for _ in range(1)] == [200]
            assert read_answer(connection).status == 200


# What is bounded


@pytest.mark.parametrize("most", [1, 3, 7, 600])
def test_who_asks_too_often_is_told_when_to_come_again_and_that_is_true(most: int) -> None:
    now, refused = 1000.0, 0
    rates = Rates(most, lambda: now)
    for step in range(2000):
        now += step * 7919 % 97 / 25 / most
        try:
            rates.take("eva")
        except Problem as problem:
            told = problem
            refused += 1
        else:
            continue
        assert told.status == 429
        seconds = int(told.headers["Retry-After"])
        assert 1 <= seconds <= 61
        now += seconds
        rates.take("eva")
        rates.take(f"somebody else {step}")
    assert refused


def test_requests_are_counted_for_each_caller_and_for_nobody_by_address(
    ledger: Ledger, issuer: Issuer
) -> None:
    app = make_app(House(ledger, issuer.provider(), LIMITS, Rates(2)))
    eva, bo = ({"Authorization": f"Bearer {issuer.token(name, 'auditor')}"} for name in ("eva", "bo"))
    with TestClient(app) as client:

        def status(headers: dict[str, str]) -> int:
            return client.get("/v1/projections", headers=headers).status_code

        assert [status(eva) for _ in range(3)] == [200, 200, 429]
        assert [status({"Authorization": f"Bearer {number}"}) for number in range(3)] == [401, 401, 429]
        assert status(bo) == 200
        refused = client.get("/v1/projections", headers=eva)
        assert 1 <= int(refused.headers["Retry-After"]) <= 60


def test_a_statement_that_takes_long_is_ended_and_its_thread_is_free(
    settings: Settings, filled: Filled, issuer: Issuer
) -> None:
    router = APIRouter(route_class=Route)
    limited = HttpSettings(statement_seconds=0.3, threads=1)
    with open_ledger(settings, limited.statement_seconds) as ledger:

        @router.get("/slow")
        def slow() -> None:
            ledger.select("SELECT pg_sleep(20)")

        app = make_app(House(ledger, issuer.provider(), limited, Rates(100)), [router])
        with TestClient(app) as client:
            began = time.monotonic()
            answer = client.get("/slow")
            assert (answer.status_code, answer.json()["code"]) == (503, "UNAVAILABLE")
            assert answer.headers["Retry-After"]
            assert client.get("/health/ready").status_code == 200
            assert time.monotonic() - began < 3


# How it is


def test_a_database_that_is_away_is_told_soon_though_requests_wait_for_it(
    settings: Settings, filled: Filled, issuer: Issuer
) -> None:
    with (
        proxy(str(settings.database_url)) as between,
        open_ledger(settings.model_copy(update={"database_url": between.url}), 5) as ledger,
    ):
        app = make_app(House(ledger, issuer.provider(), LIMITS, Rates(100)))
        with TestClient(app) as client:
            assert client.get("/health/ready").json() == {"status": "ready"}
            between.close()
            began = time.monotonic()
            answer = client.get("/health/ready")
            assert time.monotonic() - began < 2
            assert (answer.status_code, answer.json()["code"]) == (503, "UNAVAILABLE")
            assert answer.headers["Retry-After"] == "1"
            assert client.get("/health/live").json() == {"status": "live"}


@pytest.fixture
def stopped(settings: Settings, filled: Filled) -> Iterator[str]:
    """A projection that something stopped."""
    with psycopg.connect(str(settings.database_url), autocommit=True) as connection:
        connection.execute(
            "UPDATE liggare_read.projection SET error = 'stopped', failed_at = now() WHERE name = 'caseload'"
        )
        yield "caseload"
        connection.execute("UPDATE liggare_read.projection SET error = NULL, failed_at = NULL")


def test_a_projection_that_is_stopped_is_not_ready(server: Served, stopped: str) -> None:
    answer = server.get("/health/ready")
    assert (answer.status_code, answer.json()["code"]) == (503, "BEHIND")
    assert answer.json()["projections"] == [stopped]
    assert server.get("/health/live").status_code == 200


def test_a_projection_that_is_long_behind_is_not_ready(
    nobody: TestClient, ledger: Ledger, filled: Filled, monkeypatch: pytest.MonkeyPatch
) -> None:
    """So is one that nobody keeps up; one that is behind for a moment is."""
    assert nobody.get("/health/ready").status_code == 200
    monkeypatch.setattr(health, "LONGEST_LAG_SECONDS", 0.0)
    under_way(ledger, next(SERIALS), "bo")  # which no runner reads here
    answer = nobody.get("/health/ready")
    assert (answer.status_code, answer.json()["code"]) == (503, "BEHIND")


# The demo


@pytest.fixture
def demo(ledger: Ledger, filled: Filled) -> Iterator[TestClient]:
    own = DemoProvider("http://127.0.0.1:8000", demo_people(ledger))
    app = make_app(House(ledger, own.provider(), LIMITS, Rates(1000)), [demo_router(own)])
    app.add_middleware(ThisMachine)
    with TestClient(app, base_url="http://127.0.0.1:8000") as client:
        yield client


def test_the_lines_of_the_demo_work_as_they_stand(demo: TestClient) -> None:
    roles = re.findall(r'action="/demo/([a-z-]+)"', demo.get("/demo").text)
    assert roles == ["advisor", "decision-maker", "auditor"]
    for role in roles:
        shown = unescape(demo.post(f"/demo/{role}").text)
        fetched = re.search(r"TOKEN=\$\(curl -s -X POST (\S+)\)", shown)
        assert fetched
        token = demo.post(fetched[1]).text
        addresses = re.findall(r"Bearer \$TOKEN\" '(\S+)'", shown)
        assert len(addresses) == 2
        for address in addresses:
            answer = demo.get(address, headers={"Authorization": f"Bearer {token}"})
            assert answer.status_code == 200, answer.text
    assert demo.post("/demo/nobody").status_code == 404


def test_the_demos_style_is_the_one_that_its_policy_allows(demo: TestClient) -> None:
    for page in (demo.get("/demo"), demo.post("/demo/auditor")):
        (style,) = re.findall("<style>(.*?)</style>", page.text)
        mark = b64encode(sha256(style.encode()).digest()).decode()
        assert f"style-src 'sha256-{mark}'" in page.headers["Content-Security-Policy"]
        assert "unsafe" not in page.headers["Content-Security-Policy"]
        assert page.headers["X-Content-Type-Options"] == "nosniff"


@pytest.mark.parametrize(
    ("host", "answered"),
    [
        ("127.0.0.1:8000", True),
        ("localhost:8000", True),
        ("[::1]:8000", True),
        ("localhost", True),
        ("example.se:8000", False),
        ("127.0.0.1.example.se:8000", False),
        ("localhost:8001", False),
        ("", False),
    ],
)
def test_the_demo_answers_for_this_machine_alone(demo: TestClient, host: str, answered: bool) -> None:
    for answer in (
        demo.get("/demo", headers={"host": host}),
        demo.post("/demo/auditor/token", headers={"host": host}),
        demo.get("/api-info", headers={"host": host}),
    ):
        assert (answer.status_code == 200) is answered
        assert answered or answer.status_code == 421
        assert answer.headers["X-Frame-Options"] == "DENY"
