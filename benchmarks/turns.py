"""Competitors measured in turns, so that a busy machine slows them all and their ratios hold."""

import statistics
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor

THREADS = 8

Work = Callable[[int], object]
"""Do one thread's share of a turn; the thread is given by its number."""


def seconds_of(work: Work, threads: int = THREADS) -> float:
    """Return how long the threads take together, from the moment when all of them are ready."""
    ready = threading.Barrier(threads + 1)

    def share(thread: int) -> None:
        ready.wait()
        work(thread)

    with ThreadPoolExecutor(threads) as pool:
        shares = [pool.submit(share, thread) for thread in range(threads)]
        ready.wait()
        began = time.perf_counter()
        for done in shares:
            done.result()
        return time.perf_counter() - began


def rates_in_turns(
    competitors: Mapping[str, Work], each: int, turns: int, threads: int = THREADS
) -> dict[str, list[float]]:
    """Return each competitor's operations a second, turn by turn; `each` is how many a thread does in a turn.

    The first turn warms up and is left out. Every other turn goes the other way round.
    """
    rates: dict[str, list[float]] = {name: [] for name in competitors}
    for turn in range(turns + 1):
        for name in sorted(competitors, reverse=bool(turn % 2)):
            rate = each * threads / seconds_of(competitors[name], threads)
            if turn:
                rates[name].append(rate)
    return rates


def ratio(rates: Mapping[str, Sequence[float]], name: str, to: str) -> str:
    """Return the median ratio of two competitors, each turn by itself, and the lowest and highest of them."""
    turns = sorted(ours / theirs for ours, theirs in zip(rates[name], rates[to], strict=True))
    return f"{statistics.median(turns):.2f} ({turns[0]:.2f} to {turns[-1]:.2f})"


def print_rates(rates: Mapping[str, Sequence[float]], unit: str) -> None:
    """Print each competitor's median rate."""
    for name, turns in rates.items():
        print(f"  {name}: {statistics.median(turns):,.0f} {unit}")
