"""A proxy between a program and PostgreSQL that cuts a connection in a chosen phase."""

import contextlib
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from psycopg.conninfo import conninfo_to_dict, make_conninfo

ON_CONNECT, BEFORE_SERVER, BEFORE_ANSWER, MID_ANSWER, IDLE = PHASES = (
    "on connect",
    "before the statement reaches the server",
    "after the server executed it, before the answer",
    "in the middle of the answer",
    "while idle",
)
MARK = b"liggare.append"
"""Words of the statement that carries commands out; prepared before, it is told by its size."""
LARGE = 600


class Proxy:
    """Forwards connections; `cut` arms it to cut once, in a phase, at a statement that stores something."""

    def __init__(self, url: str) -> None:
        parts = conninfo_to_dict(url)
        self._host, self._port = str(parts["host"]), int(parts.get("port") or 5432)
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.url = make_conninfo(
            url, host="127.0.0.1", port=self._listener.getsockname()[1], sslmode="disable"
        )
        self._open: list[socket.socket] = []
        self._lock = threading.Lock()
        self._phase: str | None = None
        self.cuts = 0
        threading.Thread(target=self._accept, daemon=True).start()

    def cut(self, phase: str) -> None:
        """Arm it; on connect and while idle, what is open is cut at once."""
        with self._lock:
            self._phase = phase
            if phase in (ON_CONNECT, IDLE):
                for one in self._open:
                    _shut(one)
                self._open.clear()
            if phase == IDLE:
                self.cuts += 1
                self._phase = None

    def close(self) -> None:
        """Cut everything, for good."""
        _shut(self._listener)
        with self._lock:
            for one in self._open:
                _shut(one)

    def _due(self, *phases: str) -> bool:
        """Say whether it is armed for one of the phases; it is cut once."""
        with self._lock:
            if self._phase in phases:
                self.cuts += 1
                self._phase = None
                return True
            return False

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                if self._due(ON_CONNECT):
                    _shut(client)
                    continue
                server = self._reach()
                with self._lock:
                    self._open += [client, server]
                pair = _Pair(self, client, server)
                threading.Thread(target=pair.to_server, daemon=True).start()
                threading.Thread(target=pair.to_client, daemon=True).start()

    def _reach(self) -> socket.socket:
        if self._host.startswith("/"):
            server = socket.socket(socket.AF_UNIX)
            server.connect(f"{self._host}/.s.PGSQL.{self._port}")
            return server
        return socket.create_connection((self._host, self._port))

    def phase(self) -> str | None:
        """The phase for which it is armed."""
        with self._lock:
            return self._phase


class _Pair:
    def __init__(self, proxy: Proxy, client: socket.socket, server: socket.socket) -> None:
        self._proxy, self._client, self._server = proxy, client, server
        self._storing = False  # the statement under way is the one to be cut

    def to_server(self) -> None:
        with contextlib.suppress(OSError):
            while content := self._client.recv(1 << 20):
                if MARK in content or len(content) > LARGE:
                    if self._proxy._due(BEFORE_SERVER):
                        break
                    self._storing = self._proxy.phase() is not None
                self._server.sendall(content)
        self._end()

    def to_client(self) -> None:
        with contextlib.suppress(OSError):
            while content := self._server.recv(1 << 20):
                if self._storing and self._proxy._due(BEFORE_ANSWER):
                    break
                if self._storing and self._proxy._due(MID_ANSWER):
                    self._client.sendall(content[: len(content) // 2])
                    break
                self._client.sendall(content)
        self._end()

    def _end(self) -> None:
        _shut(self._client)
        _shut(self._server)


def _shut(one: socket.socket) -> None:
    with contextlib.suppress(OSError):
        one.shutdown(socket.SHUT_RDWR)
    one.close()


@contextmanager
def proxy(url: str) -> Iterator[Proxy]:
    """Yield a proxy to a server."""
    one = Proxy(url)
    try:
        yield one
    finally:
        one.close()
