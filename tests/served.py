"""The API as it is run: a process of its own on a socket, and an identity provider on this machine."""

import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Protocol
from uuid import UUID

import httpx2

from ledger.settings import Settings
from tests.issuer import AUDIENCE, Issuer


class Provider(Protocol):
    """Whose tokens a server takes."""

    url: str


LIGGARE = Path(sys.executable).parent / "liggare"
MANY = 1_000_000


class LocalIssuer(Issuer):
    """An identity provider whose documents are fetched from this machine."""

    def __init__(self) -> None:
        super().__init__()
        issuer = self

        class Documents(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                body = json.dumps(issuer.document(self.path)).encode()
                self.send_response(200)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: Any) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Documents)
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"
        threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True).start()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()

    def document(self, url: str) -> Any:
        if url.endswith("/.well-known/openid-configuration"):
            return {"issuer": self.url, "jwks_uri": f"{self.url}/keys"}
        return {"keys": [self.key.as_dict(private=False)]}

    def token(self, name: str, *roles: str, **claims: Any) -> str:
        return super().token(name, *roles, **{"iss": self.url} | claims)

    def headers(self, name: str, *roles: str, **more: str) -> dict[str, str]:
        """Who asks, as a request says it."""
        return {"Authorization": f"Bearer {self.token(name, *roles)}"} | more


class Served:
    """A server process."""

    def __init__(self, environment: dict[str, str], words: tuple[str, ...], log: Path) -> None:
        self.log = log
        with log.open("ab") as errors:
            self.process = subprocess.Popen(
                [LIGGARE, "serve", *words], stdout=subprocess.PIPE, stderr=errors, env=environment, text=True
            )
        assert self.process.stdout is not None
        said = self.process.stdout.readline()
        assert said.startswith("Listening on http://"), log.read_text("utf-8")
        self.base = said.split()[2].rstrip(";")
        self.port = int(self.base.rpartition(":")[2])
        self._client = httpx2.Client(base_url=self.base, timeout=30)

    def connect(self) -> socket.socket:
        return socket.create_connection(("127.0.0.1", self.port), timeout=30)

    def get(self, path: str, **more: Any) -> httpx2.Response:
        return self._client.get(path, **more)

    def post(self, path: str, **more: Any) -> httpx2.Response:
        return self._client.post(path, **more)

    def close(self) -> None:
        self._client.close()

    def lines(self) -> list[dict[str, Any]]:
        """What it has logged."""
        return [json.loads(line) for line in self.log.read_text("utf-8").splitlines()]

    def end(self, sent: int = signal.SIGTERM, seconds: float = 10) -> tuple[int, float]:
        """Tell it to stop; its exit status, and how many seconds it took."""
        began = time.monotonic()
        self.process.send_signal(sent)
        status = self.process.wait(seconds)
        return status, time.monotonic() - began


def environment_of(settings: Settings, issuer: Provider, **more: str) -> dict[str, str]:
    """The settings of a server on a ledger."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("LIGGARE_", "OTEL_"))}
    return kept | {
        "LIGGARE_HOME": str(settings.home),
        "LIGGARE_DATABASE_URL": str(settings.database_url),
        "LIGGARE_OIDC_ISSUER": issuer.url,
        "LIGGARE_OIDC_AUDIENCE": AUDIENCE,
        "LIGGARE_HTTP_REQUESTS_A_MINUTE": str(MANY),
        **more,
    }


@contextmanager
def served(environment: dict[str, str], log: Path, *words: str, port: int = 0) -> Iterator[Served]:
    """A server for as long as the context lasts."""
    one = Served(environment, ("--port", str(port), *words), log)
    try:
        yield one
    finally:
        if one.process.poll() is None:
            one.process.kill()
        one.process.wait()
        one.close()
        assert one.process.stdout is not None
        one.process.stdout.close()


def request_bytes(method: str, path: str, headers: dict[str, str], body: bytes = b"") -> bytes:
    """A request as it goes over the wire."""
    told = {"Host": "127.0.0.1"} | headers | ({"Content-Length": str(len(body))} if body else {})
    head = "".join(f"{name}: {value}\r\n" for name, value in told.items())
    return f"{method} {path} HTTP/1.1\r\n{head}\r\n".encode() + body


class Answer:
    """An answer as it came over the wire: its status, fields and body."""

    def __init__(self, status: int, fields: dict[str, str], body: bytes) -> None:
        self.status, self.fields, self.body = status, fields, body


def read_answer(connection: socket.socket) -> Answer:
    """Read one answer, and nothing of what follows; raise `ConnectionError` where it does not come whole."""
    head, body = b"", b""
    while not head.endswith(b"\r\n\r\n"):
        head += _more(connection, 1)
    first, *rows = head.decode().removesuffix("\r\n\r\n").split("\r\n")
    fields = {name.lower(): value for name, _, value in (row.partition(": ") for row in rows)}
    while missing := int(fields.get("content-length", 0)) - len(body):
        body += _more(connection, missing)
    return Answer(int(first.split()[1]), fields, body)


def _more(connection: socket.socket, most: int) -> bytes:
    read = connection.recv(most)
    if not read:
        raise ConnectionError("the connection ended before the answer did")
    return read


def meeting(day: int) -> bytes:
    """The content of a meeting during the support."""
    return json.dumps({"occurred_on": str(date(2025, 4, 28) + timedelta(day)), "mode": "digital"}).encode()


def sent(issuer: LocalIssuer, case: UUID, key: str, version: str, day: int = 1) -> bytes:
    """A meeting to be held, as it goes over the wire."""
    fields = {"Content-Type": "application/json", "Idempotency-Key": key, "If-Match": version}
    return request_bytes(
        "POST", f"/v1/cases/{case}/meetings", issuer.headers("bo", "advisor", **fields), meeting(day)
    )
