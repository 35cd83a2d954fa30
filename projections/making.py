"""The rows of whole aggregates: made here or, where the log is long, by processes beside this one.

Making rows is all work of the processor: nothing is opened, nothing asked of the database. A process beside this
one gets the log's rows through a pipe and gives projected rows back; it ends when this one does, even killed.
"""

import gc
import os
import signal
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from multiprocessing import get_context
from multiprocessing.connection import Connection
from typing import Any, NamedTuple, TypeAlias
from uuid import UUID

from psycopg.rows import DictRow

from ledger.faults import LedgerFault
from ledger.garbage import COLLECTING
from projections.projection import Aggregate, Projection, Rows, rows_of
from projections.reading import Decoder, Unreadable, cut

LONG = 50_000
"""From so many events on it pays to start processes."""
MOST_PROCESSES = 4
SPAWN = get_context("spawn")
ENDED = "a process that made rows beside this one ended; build the projections again"

Pipe: TypeAlias = "Connection[Any, Any]"
"""What goes through it: aggregates one way, the other way their rows, or the fault for which there are none."""
Whole = list[tuple[UUID, list[DictRow]]]
"""Some aggregates, each with all its rows of the log."""


class Wanted(NamedTuple):
    """A projection to make rows of, and the position of the log that they reach."""

    projection: Projection
    position: int


def made(wanted: Sequence[Wanted], whole: Whole) -> list[Rows]:
    """Return the rows of some aggregates, for each projection; raise `LedgerFault` where there can be none."""
    decoder = Decoder()
    try:
        aggregates = [decoder.aggregate(case_id, rows) for case_id, rows in whole]
    except Unreadable as unreadable:
        raise LedgerFault(str(unreadable)) from None
    return [
        rows(one.projection, [there for row in aggregates if (there := cut(row, one.position))])
        for one in wanted
    ]


def rows(projection: Projection, aggregates: Sequence[Aggregate]) -> Rows:
    """Return the rows of aggregates; raise `LedgerFault` with the one that has none, where a function fails."""
    try:
        return rows_of(projection, aggregates)
    except Exception:
        for one in aggregates:
            try:
                rows_of(projection, [one])
            except Exception as error:
                last = one.entries[-1]
                raise LedgerFault(
                    f"event {last.position} of the log ({last.event.topic}, case {one.id}) can't be made rows "
                    f"of {projection.name}: {type(error).__name__}"
                ) from None
        raise


@contextmanager
def maker(
    wanted: Sequence[Wanted], events: int
) -> Iterator[Callable[[Iterable[Whole]], Iterator[list[Rows]]]]:
    """Yield what makes the rows of a log of about so many events, in the order in which aggregates come."""
    processes = min(os.cpu_count() or 1, MOST_PROCESSES)
    if events < LONG or processes == 1:
        yield lambda parts: (made(wanted, whole) for whole in parts)
        return
    with ExitStack() as stack:
        pipes = [stack.enter_context(_beside(wanted)) for _ in range(processes)]
        yield lambda parts: _in_turn(pipes, parts)


def _in_turn(pipes: Sequence[Pipe], parts: Iterable[Whole]) -> Iterator[list[Rows]]:
    """Give each process a part in turn; each part's rows are taken before its process gets the next one."""
    given = 0
    try:
        for given, whole in enumerate(parts, 1):
            pipe = pipes[(given - 1) % len(pipes)]
            ready = _taken(pipe) if given > len(pipes) else None
            pipe.send(whole)
            if ready is not None:
                yield ready
        for number in range(max(0, given - len(pipes)), given):
            yield _taken(pipes[number % len(pipes)])
    except (EOFError, OSError):
        raise LedgerFault(ENDED) from None


def _taken(pipe: Pipe) -> list[Rows]:
    answer: list[Rows] | LedgerFault = pipe.recv()
    if isinstance(answer, Exception):
        raise answer
    return answer


@contextmanager
def _beside(wanted: Sequence[Wanted]) -> Iterator[Pipe]:
    """Yield the pipe to a process that makes rows."""
    ours, theirs = SPAWN.Pipe()
    process = SPAWN.Process(target=_make, args=(theirs, wanted), daemon=True)
    process.start()
    theirs.close()
    try:
        yield ours
    finally:
        ours.close()
        process.join()


def _make(pipe: Pipe, wanted: Sequence[Wanted]) -> None:
    """Make rows of what comes through a pipe until nobody is at its other end, who alone is interrupted."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    gc.set_threshold(*COLLECTING)
    while True:
        try:
            whole = pipe.recv()
        except EOFError:
            return
        try:
            answer: list[Rows] | LedgerFault = made(wanted, whole)
        except LedgerFault as fault:
            answer = fault
        try:
            pipe.send(answer)
        except OSError:
            return
