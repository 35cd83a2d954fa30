"""Threads that store at once share a transaction; what stands in one caller's way stands in nobody else's."""

import threading
import time
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

import pytest

from ledger.group_commit import LARGEST, GroupCommit, _Turn

PATIENCE = 10


class Away(Exception):
    """The store does not answer."""


class Store:
    """A store that is held up until it is let go, and refuses negative numbers and all that comes with them."""

    def __init__(self) -> None:
        self.groups: list[list[int]] = []
        self.stored: list[int] = []
        self.going = threading.Event()
        self.fault: BaseException | None = None

    def save(self, works: Sequence[int]) -> list[int]:
        self.groups.append(list(works))
        assert self.going.wait(PATIENCE)
        fault, self.fault = self.fault, None
        if fault is not None:
            raise fault
        if any(work < 0 for work in works):
            raise ValueError(min(works))
        self.stored += works
        return [work * 10 for work in works]


def together(store: Store, works: Sequence[int]) -> list[Future[int]]:
    """One caller is being stored, all the others have come meanwhile; then the store is let go."""
    group = GroupCommit(store.save, of_all=(Away,))
    pool = ThreadPoolExecutor(len(works))
    answers = [pool.submit(group.store, works[0])]
    until(lambda: store.groups)
    for number, work in enumerate(works[1:], 1):
        answers.append(pool.submit(group.store, work))
        until(lambda number=number: len(group._queue) == number)
    store.going.set()
    pool.shutdown()
    return answers


def until(holds: Any) -> None:
    deadline = time.monotonic() + PATIENCE
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.001)


def test_one_alone_is_stored_at_once() -> None:
    store = Store()
    store.going.set()
    group = GroupCommit(store.save, of_all=())
    assert [group.store(work) for work in (1, 2, 3)] == [10, 20, 30]
    assert store.groups == [[1], [2], [3]]


def test_who_comes_meanwhile_goes_in_together() -> None:
    """Each gets its own answer, in the order of coming."""
    store = Store()
    answers = together(store, range(1, 6))
    assert [answer.result() for answer in answers] == [10, 20, 30, 40, 50]
    assert store.groups == [[1], [2, 3, 4, 5]]


def test_a_transaction_is_not_shared_by_more_than_the_largest() -> None:
    store = Store()
    answers = together(store, range(1, LARGEST + 3))
    assert [answer.result() for answer in answers] == [10 * work for work in range(1, LARGEST + 3)]
    assert [len(group) for group in store.groups] == [1, LARGEST, 1]


def test_a_fault_of_one_is_no_fault_of_the_others() -> None:
    """Nothing of the group was stored: each is tried alone, in the order of coming."""
    store = Store()
    answers = together(store, [1, 2, -3, 4])
    assert [answer.result() for answer in (answers[0], answers[1], answers[3])] == [10, 20, 40]
    with pytest.raises(ValueError, match="-3"):
        answers[2].result()
    assert store.groups == [[1], [2, -3, 4], [2], [-3], [4]]
    assert store.stored == [1, 2, 4]


def test_a_store_that_is_away_is_away_for_all() -> None:
    """It is not asked again for each of them."""
    store = Store()
    save = store.save

    def once(works: Sequence[int]) -> list[int]:
        done = save(works)
        store.fault = Away()  # from the second time on
        return done

    store.save = once  # type: ignore[method-assign]
    answers = together(store, [1, 2, 3])
    assert answers[0].result() == 10
    for answer in answers[1:]:
        with pytest.raises(Away):
            answer.result()
    assert store.groups == [[1], [2, 3]]


def test_who_waits_is_stored_though_the_first_was_interrupted() -> None:
    """The interrupted thread's transaction is nobody's; the next of those who wait leads."""
    store = Store()
    store.fault = KeyboardInterrupt()
    answers = together(store, [1, 2, 3])
    with pytest.raises(KeyboardInterrupt):
        answers[0].result()
    assert [answer.result() for answer in answers[1:]] == [20, 30]
    assert store.stored == [2, 3]


class Interrupted(BaseException):
    """A thread is told to stop while it waits."""


@pytest.mark.parametrize("leads", [False, True])
def test_nobody_waits_for_a_thread_that_was_interrupted_while_it_waited(leads: bool) -> None:
    """Neither where it was waiting its turn, nor where it had just been told to lead."""
    store = Store()
    store.going.set()
    group = GroupCommit(store.save, of_all=())

    class Broken:
        def acquire(self) -> None:
            if leads:
                group._saving = True
                with group._guard:
                    group._hand_over()
            raise Interrupted

        def release(self) -> None:
            pass

    group._saving = True  # somebody is storing
    work = group_turn(group, Broken())
    with pytest.raises(Interrupted):
        group._wait(work)
    if not leads:
        group._hand_over()  # that somebody is done
    assert group.store(7) == 70
    assert store.groups == [[7]]


def group_turn(group: Any, woken: Any) -> Any:
    """A caller's turn in the queue."""
    turn: Any = _Turn(1)
    turn.woken = woken
    group._queue.append(turn)
    return turn


def test_who_was_in_the_interrupted_transaction_is_stored_after_it() -> None:
    """Nothing of it was stored: those who came along go back to the queue, and one of them leads."""
    store = Store()
    save = store.save

    def interrupted(works: Sequence[int]) -> list[int]:
        if 2 in works:
            store.fault = KeyboardInterrupt()
        return save(works)

    store.save = interrupted  # type: ignore[method-assign]
    answers = together(store, [1, 2, 3, 4])
    assert answers[0].result() == 10
    with pytest.raises(KeyboardInterrupt):
        answers[1].result()
    assert [answer.result() for answer in answers[2:]] == [30, 40]
    assert store.groups == [[1], [2, 3, 4], [3, 4]]
    assert store.stored == [1, 3, 4]
