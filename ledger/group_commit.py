"""Group commit: what arrives while a transaction is being committed goes in together with the next one.

The log takes one transaction at a time, and each waits for the disk. Threads that write at once therefore share
a transaction, and its round trip; a thread that writes alone waits for nobody.
"""

import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from typing import Generic, TypeVar

LARGEST = 64
"""So many callers share a transaction at the most."""
WAITING_SHARE = 0.1
"""Where the last transaction was shared, others are about to come: a tenth of its time is waited for them."""

A = TypeVar("A")
R = TypeVar("R")


class _Turn(Generic[A, R]):
    """One caller's work, and what became of it; `woken` is released when it is done, or when it must lead."""

    def __init__(self, work: A) -> None:
        self.work = work
        self.leads = False
        self.done = False
        self.result: R | None = None
        self.error: Exception | None = None
        self.woken = threading.Lock()
        self.woken.acquire()


class GroupCommit(Generic[A, R]):
    """Brings callers together. `save` stores the work of several, all or none, and returns what each led to.

    `of_all` are the errors that say nothing of one caller's work: the database is away.
    """

    def __init__(
        self, save: Callable[[Sequence[A]], Sequence[R]], of_all: tuple[type[Exception], ...]
    ) -> None:
        self._save = save
        self._of_all = of_all
        self._guard = threading.Lock()
        self._queue: deque[_Turn[A, R]] = deque()
        self._saving = False
        self._pause = 0.0

    def store(self, work: A) -> R:
        """Store one caller's work, and return what it led to; raise what stands in its own way alone."""
        mine: _Turn[A, R] = _Turn(work)
        with self._guard:
            mine.leads = not self._saving
            self._saving = True
            if not mine.leads:
                self._queue.append(mine)
        if not mine.leads:
            self._wait(mine)
        if not mine.done:
            self._lead(mine)
        if mine.error is not None:
            raise mine.error
        assert mine.result is not None
        return mine.result

    def _wait(self, mine: _Turn[A, R]) -> None:
        try:
            mine.woken.acquire()
        except BaseException:  # interrupted: nobody may be left waiting for this thread
            with self._guard:
                if mine in self._queue:
                    self._queue.remove(mine)
                if mine.leads:
                    self._hand_over()
            raise

    def _lead(self, mine: _Turn[A, R]) -> None:
        """Store this caller's work and that of those who wait, then let the next lead."""
        group = [mine]
        try:
            if self._pause:
                time.sleep(self._pause)
            with self._guard:
                group += [self._queue.popleft() for _ in range(min(LARGEST - 1, len(self._queue)))]
            began = time.perf_counter()
            self._store(group)
            shared = len(group) > 1
            self._pause = WAITING_SHARE * (time.perf_counter() - began) if shared else 0.0
        finally:
            with self._guard:
                # Where this thread was interrupted, the others' work is still theirs to store.
                self._queue.extendleft(turn for turn in reversed(group[1:]) if not turn.done)
                self._hand_over()
            for turn in group[1:]:
                if turn.done:
                    turn.woken.release()

    def _hand_over(self) -> None:
        self._saving = bool(self._queue)
        if self._saving:
            following = self._queue.popleft()
            following.leads = True
            following.woken.release()

    def _store(self, group: Sequence[_Turn[A, R]]) -> None:
        """Store the work of all; where one is at fault nothing was stored, and each is tried by itself."""
        try:
            for turn, result in zip(group, self._save([turn.work for turn in group]), strict=True):
                turn.result, turn.done = result, True
        except Exception as error:
            if len(group) > 1 and not isinstance(error, self._of_all):
                for turn in group:
                    self._store([turn])
            else:
                for turn in group:
                    turn.error, turn.done = error, True
