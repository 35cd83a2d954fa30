"""Breaking off at a chosen round trip to the database, by an exception: before it, or when it was answered."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

import psycopg

BEFORE, AFTER = "before", "after"


class BrokenOff(BaseException):
    """The program ends here; nothing that it would still have done is done."""


class Trips:
    """How many round trips there were."""

    def __init__(self) -> None:
        self.made = 0


@contextmanager
def broken_off(at: int, when: str) -> Iterator[Trips]:
    """Raise at a round trip of this thread, counted from 1, and let no other through; yield how many there were.

    The connection is cut with it, as by a program that ended.
    """
    wait, trips = psycopg.Connection.wait, Trips()

    def counted(self: Any, generator: Any, *rest: Any, **how: Any) -> Any:
        if threading.current_thread() is not threading.main_thread():
            return wait(self, generator, *rest, **how)  # the pool's own, whenever it likes
        trips.made += 1
        if trips.made > at or (trips.made == at and when == BEFORE):
            self.pgconn.finish()
            raise BrokenOff
        answer = wait(self, generator, *rest, **how)
        if trips.made == at:
            self.pgconn.finish()
            raise BrokenOff
        return answer

    psycopg.Connection.wait = counted  # type: ignore[method-assign, assignment]
    try:
        with suppress(BrokenOff, psycopg.OperationalError):
            yield trips
    finally:
        psycopg.Connection.wait = wait  # type: ignore[method-assign]
