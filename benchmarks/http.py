"""The API over HTTP against the ledger called directly: commands, dashboards, cases; and what it holds in memory.

The server is `liggare serve` in a process of its own; its tokens are those of a provider that runs here. The client
writes requests to sockets that stay open, and reads no more of an answer than its status and its length: it takes
about a twentieth of the time that the server does.
"""

import json
import os
import re
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import cycle
from pathlib import Path
from queue import SimpleQueue
from uuid import UUID, uuid4

from api.http.demo import AUDIENCE, DemoProvider, Person
from benchmarks.databases import new_database
from benchmarks.projections import beside, run_beside, write_beside
from benchmarks.turns import Work, print_rates, rates_in_turns, ratio
from ledger.ledger import Ledger
from ledger.opening import open_ledger, upgrade_ledger
from ledger.settings import Settings
from projections.running import run_projections
from tests.applications import TODAY, command, received
from tests.registers import hire, placed

CLIENTS, EACH, TURNS = 16, 150, 7
PROCESSES = 2
ADVISORS = tuple(f"advisor.{number}" for number in range(12))
"""All at one office, so that each may write in the others' cases; each has about a hundred."""
ADVISOR = ADVISORS[0]
CASES_A_CLIENT = 40
"""No case gets longer than some forty events."""
MANY = 100_000
_HEAD = re.compile(rb"HTTP/1\.1 (\d{3}) .*?\r\ncontent-length: (\d+)\r\n", re.DOTALL | re.IGNORECASE)


class Client:
    """One connection that stays open."""

    def __init__(self, port: int) -> None:
        self._socket = socket.create_connection(("127.0.0.1", port))
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def ask(self, request: bytes) -> tuple[int, bytes]:
        """Send a request that is written out, and return the status and the body of its answer."""
        self._socket.sendall(request)
        got = self._socket.recv(65_536)
        while (end := got.find(b"\r\n\r\n")) < 0:
            got += self._socket.recv(65_536)
        found = _HEAD.match(got)
        assert found, got[:200]
        whole = end + 4 + int(found[2])
        while len(got) < whole:
            got += self._socket.recv(65_536)
        return int(found[1]), got[end + 4 :]


def written(method: str, path: str, token: str, body: bytes = b"", **headers: str) -> bytes:
    """Return a request as it goes over the wire."""
    lines = [f"{method} {path} HTTP/1.1", "host: localhost", f"authorization: Bearer {token}"]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    if body:
        lines += ["content-type: application/json", f"content-length: {len(body)}"]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


@contextmanager
def provider() -> Iterator[DemoProvider]:
    """Yield an identity provider that answers over HTTP on this machine."""

    class Documents(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = json.dumps(own.document(self.path)).encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Documents)
    people = {
        "advisor": Person(ADVISOR, ("advisor",), "", "", ""),
        "auditor": Person("revisor", ("auditor",), "", "", ""),
    }
    own = DemoProvider(f"http://127.0.0.1:{server.server_port}", people)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield own
    finally:
        server.shutdown()


@contextmanager
def served(settings: Settings, issuer: str) -> Iterator[tuple[int, int]]:
    """Yield the port and the process id of a server."""
    environment = os.environ | {
        "LIGGARE_HOME": str(settings.home),
        "LIGGARE_DATABASE_URL": str(settings.database_url),
        "LIGGARE_OIDC_ISSUER": issuer,
        "LIGGARE_OIDC_AUDIENCE": AUDIENCE,
        "LIGGARE_HTTP_REQUESTS_A_MINUTE": "1000000000",
    }
    with tempfile.TemporaryFile() as log:
        process = subprocess.Popen(
            [
                Path(sys.executable).with_name("liggare"),
                "serve",
                "--port",
                "0",
                "--processes",
                str(PROCESSES),
            ],
            env=environment,
            stdout=subprocess.PIPE,
            stderr=log,
            text=True,
        )
        assert process.stdout
        try:
            said = process.stdout.readline()
            found = re.search(r":(\d+)$", said.strip())
            assert found, (said, log.seek(0), log.read())
            yield int(found[1]), process.pid
        finally:
            process.terminate()
            process.wait(10)


def print_http_rates(server: str) -> None:
    """Print what HTTP costs."""
    with new_database(server) as database, tempfile.TemporaryDirectory() as home:
        settings = Settings(home=Path(home), database_url=database)
        upgrade_ledger(settings)
        with open_ledger(settings) as ledger, provider() as own:
            hire(ledger, *(placed(name, roles=("advisor",)) for name in ADVISORS))
            cases = _under_way(ledger)
            run_projections(ledger, once=True, tell=print)
            with served(settings, own.issuer) as (port, pid):
                Client(port).ask(
                    written("GET", "/v1/projections", own.token("advisor"))
                )  # which fetches the keys
                _commands(ledger, port, own.token("advisor"), cases)
                _reads(settings, port, own, cases)
                _memory(port, pid, own.token("auditor"), cases)


def _under_way(ledger: Ledger) -> list[UUID]:
    """Return cases of one advisor of which the support has begun."""

    def begun(serial: int) -> UUID:
        case_id = received(ledger, serial)
        for wish in (
            command("decide", "2025-04-20"),
            command("start_engagement", "2025-04-27"),
            command(
                "assign_advisor", "2025-04-27", "case_officer:test", advisor=ADVISORS[serial % len(ADVISORS)]
            ),
        ):
            ledger.execute(case_id, wish, TODAY)
        return case_id

    with ThreadPoolExecutor(8) as pool:
        return list(pool.map(begun, range(2 * CLIENTS * CASES_A_CLIENT)))


def _commands(ledger: Ledger, port: int, token: str, cases: Sequence[UUID]) -> None:
    """Print how fast commands are carried out over HTTP, each with its key and the version it is meant for."""
    half = len(cases) // 2
    rates = rates_in_turns(
        {"http": _sending(port, token, ledger, cases[:half]), "direct": _executing(ledger, cases[half:])},
        EACH,
        TURNS,
        CLIENTS,
    )
    print(
        f"commands over HTTP: {ratio(rates, 'http', 'direct')} times the ledger called directly (wanted: 0.5)"
    )
    print_rates(rates, f"commands/s, {CLIENTS} clients or threads")


def _tickets() -> "SimpleQueue[bool]":
    """Return what the clients of a turn share: one for each command of it, and one for each client that ends it."""
    tickets: SimpleQueue[bool] = SimpleQueue()
    for ticket in ([True] * EACH * CLIENTS + [False] * CLIENTS) * (TURNS + 1):
        tickets.put(ticket)
    return tickets


def _sending(port: int, token: str, ledger: Ledger, cases: Sequence[UUID]) -> Work:
    clients, tickets = [Client(port) for _ in range(CLIENTS)], _tickets()
    requests = [_contacts(token, ledger, cases[number::CLIENTS]) for number in range(CLIENTS)]

    def work(thread: int) -> None:
        client, own = clients[thread], requests[thread]
        while tickets.get():
            status, body = client.ask(next(own))
            assert status == 201, body

    return work


def _contacts(token: str, ledger: Ledger, cases: Sequence[UUID]) -> Iterator[bytes]:
    """Yield one contact after another on cases that nobody else writes to."""
    versions = {case: len(ledger.history(case)) for case in cases}
    body = b'{"kind":"webinar","occurred_on":"2025-05-05"}'
    for case in cycle(cases):
        headers = {"idempotency_key": str(uuid4()), "if_match": f'"{versions[case]}"'}
        yield written("POST", f"/v1/cases/{case}/contacts", token, body, **headers)
        versions[case] += 1


def _executing(ledger: Ledger, cases: Sequence[UUID]) -> Work:
    tickets, own = _tickets(), [cycle(cases[number::CLIENTS]) for number in range(CLIENTS)]

    def work(thread: int) -> None:
        while tickets.get():
            wish = command("make_contact", "2025-05-05", f"advisor:{ADVISOR}", kind="webinar")
            ledger.execute(next(own[thread]), wish, TODAY)

    return work


def _reads(settings: Settings, port: int, own: DemoProvider, cases: Sequence[UUID]) -> None:
    """Print how fast dashboards and cases are read, alone and while commands are being carried out."""
    token = own.token("advisor")
    dashboard = written("GET", f"/v1/caseloads/advisors/{ADVISOR}?limit=50", token)
    case = [written("GET", f"/v1/cases/{one}", token) for one in cases]
    for name, requests in (("dashboards", [dashboard]), ("cases", case)):
        rate, times = _asked(port, requests)
        print(f"{name}: {rate:,.0f}/s with {CLIENTS} clients; {_ms(times)}")
    writers = [(write_beside, (settings, cases[half::2])) for half in (0, 1)]
    with beside((run_beside, (settings,)), *writers):
        _, times = _asked(port, [dashboard], clients=4)
    print(f"a dashboard, two writers and the runner busy, 4 clients: {_ms(times)} (wanted: 99th under 50)")


def _asked(
    port: int, requests: Sequence[bytes], clients: int = CLIENTS, each: int = 100
) -> tuple[float, list[float]]:
    """Ask as fast as it goes; return the requests a second, and how long each took, in order."""

    def share(number: int) -> list[float]:
        client, times = Client(port), []
        for turn in range(each):
            began = time.perf_counter()
            status, body = client.ask(requests[(number * each + turn) % len(requests)])
            times.append(time.perf_counter() - began)
            assert status == 200, body
        return times

    with ThreadPoolExecutor(clients) as pool:
        began = time.perf_counter()
        times = [one for done in list(pool.map(share, range(clients))) for one in done]
        took = time.perf_counter() - began
    return clients * each / took, sorted(times)


def _ms(times: Sequence[float]) -> str:
    return (
        f"{statistics.median(times) * 1000:.1f} ms median, {times[len(times) * 99 // 100] * 1000:.1f} ms 99th"
    )


def _memory(port: int, pid: int, token: str, cases: Sequence[UUID]) -> None:
    """Print what the server holds in memory after a tenth of many requests, and after all of them."""
    requests = [written("GET", f"/v1/cases/{one}/history?limit=1", token) for one in cases]
    many = MANY if "--long" in sys.argv[1:] else MANY // 10
    _asked(port, requests, each=many // 10 // CLIENTS)
    first = _resident(pid)
    _asked(port, requests, each=many * 9 // 10 // CLIENTS)
    print(
        f"memory: {first:.0f} MiB after {many // 10:,} requests, {_resident(pid):.0f} after {many:,} (wanted: flat)"
    )


def _resident(pid: int) -> float:
    """Return how many MiB the server's processes hold."""
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    found = [Path(f"/proc/{one}/status").read_text() for one in (str(pid), *children)]
    return sum(int(text.partition("VmRSS:")[2].split()[0]) for text in found) / 1024
