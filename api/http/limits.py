"""How much one client may ask for: requests a minute, counted in this process, and bytes of one request."""

import threading
import time
from collections.abc import Callable
from math import ceil

from starlette.datastructures import Headers
from starlette.types import Message, Receive, Scope

from api.http.problems import Problem

CLIENTS_COUNTED = 10_000


class Rates:
    """Lets each client ask so often a minute, evenly or all at once (the generic cell rate algorithm).

    Of each client one number is kept: when what it asked for would have been asked for at an even pace.
    """

    def __init__(self, requests_a_minute: int, now: Callable[[], float] = time.monotonic) -> None:
        self._pace = 60.0 / requests_a_minute
        self._now = now
        self._guard = threading.Lock()
        self._even: dict[str, float] = {}

    def take(self, client: str) -> None:
        """Count a request; raise the problem where it is one too many."""
        now = self._now()
        with self._guard:
            even = max(now, self._even.get(client, now)) + self._pace
            if even - now > 60.0:
                wait = max(1, ceil(even - now - 60.0))
                raise Problem("TOO_MANY_REQUESTS", headers={"Retry-After": str(wait)})
            self._even[client] = even
            if len(self._even) > CLIENTS_COUNTED:
                self._even = {name: then for name, then in self._even.items() if then > now}


def bounded(scope: Scope, receive: Receive, most: int) -> Receive:
    """Return what receives a request's body; it raises the problem of one that is, or says to be, too large."""
    told = Headers(scope=scope).get("content-length", "0")
    taken = int(told) if told.isdecimal() else 0
    there = 0

    async def received() -> Message:
        nonlocal there
        if taken > most:
            raise Problem("TOO_LARGE")
        message = await receive()
        there += len(message.get("body", b""))
        if there > most:
            raise Problem("TOO_LARGE")
        return message

    return received
