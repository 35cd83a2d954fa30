"""Work over all history, shared out to processes: this one, and others that open the ledger themselves.

Each other process has a task and the next one. One that ends before its time is an error, said on one line; when
this process ends, however it ends, so do they.
"""

import signal
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from multiprocessing import get_context, resource_tracker
from multiprocessing.connection import Connection, wait
from typing import Any, TypeVar

from ledger.faults import LedgerFault
from ledger.ledger import Ledger
from ledger.opening import open_ledger
from ledger.settings import Settings

T = TypeVar("T")
R = TypeVar("R")

Work = Callable[[Ledger, T], R]
LEAVING_SECONDS = 5.0


def spread(
    ledger: Ledger, settings: Settings, work: Work[T, R], tasks: Sequence[T], processes: int
) -> Iterator[tuple[T, R]]:
    """Yield each task with what came of it, as they are done, in this process and the others that there are to be.

    What is given to others must be picklable. Raises `LedgerFault` where one of them can't go on.
    """
    waiting = deque(tasks)
    with _workers(settings, work, min(processes, len(tasks)) - 1) as workers:
        at_work = {worker: deque[T]() for worker in workers}
        for worker in (*workers, *workers):
            _hand(worker, waiting, at_work)
        while waiting or any(at_work.values()):
            asked = [worker for worker, given in at_work.items() if given]
            for ready in wait(asked, timeout=0 if waiting else None) if asked else ():
                assert isinstance(ready, Connection)
                done = _answer(ready)
                task = at_work[ready].popleft()
                _hand(ready, waiting, at_work)
                yield task, done
            if waiting:
                task = waiting.popleft()
                yield task, work(ledger, task)


def _hand(worker: Connection, waiting: deque[T], at_work: dict[Connection, deque[T]]) -> None:
    """Give a process the next task, if there is one."""
    if waiting:
        at_work[worker].append(waiting.popleft())
        try:
            worker.send(at_work[worker][-1])
        except OSError:
            raise _ended() from None


def _answer(worker: Connection) -> Any:
    try:
        done, answer = worker.recv()
    except (EOFError, OSError):
        raise _ended() from None
    if not done:
        raise LedgerFault(answer)
    return answer


def _ended() -> LedgerFault:
    return LedgerFault("one of the processes ended before its time; run it again, or with --processes 1")


@contextmanager
def _workers(settings: Settings, work: Work[T, R], others: int) -> Iterator[list[Connection]]:
    """Yield a connection to each of some new processes, which end with the context."""
    context = get_context("spawn")
    started, ours = [], []
    try:
        for _ in range(others):
            own, other = context.Pipe()
            process = context.Process(target=_serve, args=(settings, work, other), daemon=True)
            with _uninterrupted():
                process.start()
            other.close()
            started.append(process)
            ours.append(own)
        yield ours
    except BaseException:
        for process in started:
            process.terminate()
        raise
    finally:
        for own in ours:
            own.close()
        for process in started:
            process.join(LEAVING_SECONDS)
            process.kill()
            process.join()
            process.close()


@contextmanager
def _uninterrupted() -> Iterator[None]:
    """Let a process be started that no Ctrl-C reaches: who asks is interrupted too, and ends it."""
    resource_tracker.ensure_running()  # which lets interrupts through again when it begins
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _serve(settings: Settings, work: Work[T, R], asking: Connection) -> None:
    """Do one task after the other until nobody asks any more."""
    try:
        with open_ledger(settings) as ledger:
            while True:
                asking.send((True, work(ledger, asking.recv())))
    except LedgerFault as fault:
        asking.send((False, str(fault)))
    except (EOFError, BrokenPipeError, ConnectionResetError):
        return
