"""The server process: it listens until it is told to stop, finishes what runs, and ends in good time."""

import os
import signal
import socket
import threading
from types import FrameType

import uvicorn
from starlette.types import ASGIApp

from api.http.connections import Connection

GRACE_SECONDS = 4
"""So long what runs may go on when the server is told to stop; nobody is let wait for so long (settings.py)."""
LAST_SECONDS = 4.5
"""Then it ends, whatever still runs: a statement that takes long is undone by the database."""
IDLE_SECONDS = 30


class Server(uvicorn.Server):
    """A server that ends in time."""

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """Begin to end."""
        last = threading.Timer(LAST_SECONDS, os._exit, (0,))
        last.daemon = True
        last.start()
        super().handle_exit(sig, frame)


def run(app: ASGIApp, listening: socket.socket, backlog: int) -> None:
    """Answer what comes in until a signal says to stop; `backlog` connections may wait to be taken."""
    config = uvicorn.Config(
        app,
        http=Connection,
        ws="none",
        access_log=False,
        log_config=None,
        server_header=False,
        timeout_graceful_shutdown=GRACE_SECONDS,
        timeout_keep_alive=IDLE_SECONDS,
        backlog=backlog,
    )
    server = Server(config)
    # Its own from now on: what comes before the server listens to signals is not lost, and what it sends itself
    # again when it has ended, as it does, changes nothing more.
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, server.handle_exit)
    server.run(sockets=[listening])
