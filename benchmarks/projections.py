"""What is read: catching up against the library's runner, building anew, reading, seeing what was written.

The library's `ProjectionRunner` keeps one view of one row an event, as it comes. Ours keep every projection there
is: decoded, folded by case, and all their rows. `catch-up` begins with nothing, which builds by case; `in batches`
goes through the log in its order, where each event of a batch is of another case: the worst there can be.
"""

import re
import statistics
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Any
from uuid import UUID

import psycopg

from benchmarks.databases import new_database, new_ledger
from benchmarks.ledgers import advisor, fill
from benchmarks.library_projection import LIBRARY_EVENTS, library_seconds
from ledger.ledger import Ledger
from projections import runner as running
from projections.building import rebuild, start_empty
from projections.catalogue import PROJECTIONS
from projections.dashboard import Whose, caseload
from projections.runner import Runner
from projections.states import wait_for
from projections.windows import windows
from tests.applications import TODAY, command

DAY = date(2025, 6, 15)
TURNS = 3


def projection_rates(server: str, events: int = 100_000) -> None:
    """Print how fast projections catch up and are built anew, and how long reading takes."""
    ratios, ours, library = [], [], []
    with new_database(server) as database, new_ledger(database) as ledger:
        under_way = fill(ledger, database, events)[0]
        total = int(ledger.select("SELECT count(*) AS n FROM liggare.case_events")[0]["n"])
        for _ in range(TURNS):
            library.append(LIBRARY_EVENTS / library_seconds(server))
            with ledger.own_connection() as connection:
                _forget(connection)
                ours.append(total / _seconds(lambda: _catch_up(connection)))
            ratios.append(ours[-1] / library[-1])
        print(
            f"catch-up of all projections: {statistics.median(ratios):.1f} "
            f"({min(ratios):.1f} to {max(ratios):.1f}) times the library's runner for one view (wanted: 25)"
        )
        print(
            f"  ours: {statistics.median(ours):,.0f} events/s; the library: {statistics.median(library):,.0f}"
        )
        _batches(ledger)
        _reading(ledger, under_way)
        _visible(ledger, under_way)
    _linear(server, events)


def _catch_up(connection: psycopg.Connection[Any]) -> None:
    runner = Runner(connection, PROJECTIONS)
    runner.lead()
    runner.catch_up()


def _forget(connection: psycopg.Connection[Any]) -> None:
    """Leave nothing of what was projected."""
    connection.execute("DELETE FROM liggare_read.projection")
    for one in PROJECTIONS:
        for table in one.tables:
            connection.execute(f"DROP TABLE IF EXISTS liggare_read.{table.name}")


def _seconds(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


@contextmanager
def _from_empty() -> Iterator[None]:
    """Let what is new begin at the log's first event, in batches."""
    prepare = Runner._prepare  # noqa: SLF001

    def empty(self: Runner) -> None:
        for one in self._projections.values():
            start_empty(self._connection, one)

    Runner._prepare = empty  # type: ignore[method-assign]  # noqa: SLF001
    try:
        yield
    finally:
        Runner._prepare = prepare  # type: ignore[method-assign]  # noqa: SLF001


def _batches(ledger: Ledger, batches: int = 20) -> None:
    with ledger.own_connection() as connection, _from_empty():
        _forget(connection)
        runner = Runner(connection, PROJECTIONS)
        runner.lead()
        took = _seconds(lambda: [runner.step() for _ in range(batches)])
        print(f"  in batches of 1,000 in the log's order: {batches * 1000 / took:,.0f} events/s")
        _forget(connection)
    with ledger.own_connection() as connection:
        _catch_up(connection)


def _reading(ledger: Ledger, under_way: UUID, samples: int = 300) -> None:
    """Print how long a dashboard and a person's months take while others write."""
    cases = [
        row["source"] for row in ledger.select(f"SELECT source FROM liggare_read.open_case LIMIT {samples}")
    ]
    over = threading.Event()
    with ledger.own_connection() as connection:
        runner = Runner(connection, PROJECTIONS)
        runner.lead()

        def write() -> None:
            for number in range(10**9):
                if over.is_set():
                    return
                meeting = command("make_contact", f"2025-06-{number % 28 + 1:02d}", kind="webinar")
                ledger.execute(under_way, meeting, TODAY)
                runner.step()

        writer = threading.Thread(target=write)
        writer.start()
        _told("an advisor's dashboard", samples, lambda n: caseload(ledger, DAY, Whose(advisor=advisor(n))))
        _told("a person's months", samples, lambda n: windows(ledger, cases[n], DAY, opened=False))
        over.set()
        writer.join()


def _told(what: str, samples: int, read: Callable[[int], object]) -> None:
    times = sorted(_seconds(lambda: read(number)) for number in range(samples))  # noqa: B023
    print(
        f"{what}, the writers busy: {statistics.median(times) * 1000:.2f} ms, median (wanted: 5); "
        f"{times[samples * 99 // 100] * 1000:.2f} ms, 99th of 100 (wanted: 20)"
    )


def _visible(ledger: Ledger, case_id: UUID, samples: int = 200) -> None:
    """Print how long after its commit a command can be seen in the dashboard's tables."""
    times = []

    def follow() -> None:
        with ledger.own_connection() as own:
            runner = Runner(own, PROJECTIONS)
            runner.lead()
            runner.catch_up()
            try:
                runner.follow()
            except psycopg.OperationalError:
                return

    thread = threading.Thread(target=follow)
    thread.start()
    time.sleep(1)
    for number in range(samples):
        meeting = command("make_contact", f"2025-07-{number % 28 + 1:02d}", kind="webinar")
        stored = ledger.execute(case_id, meeting, TODAY)
        times.append(_seconds(lambda: wait_for(ledger, stored.position, 5, ("caseload",))))  # noqa: B023
    ledger.select(
        "SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory' AND objid = %(lock)s "
        "AND database = (SELECT oid FROM pg_database WHERE datname = current_database())",
        lock=running.LOCK,
    )
    thread.join()
    times.sort()
    print(
        f"from commit to visible: {statistics.median(times) * 1000:.2f} ms, median (wanted: 10); "
        f"{times[samples * 99 // 100] * 1000:.2f} ms, 99th of 100"
    )


def _forget_peak() -> None:
    """Let Linux count this process's peak of memory from here on."""
    Path("/proc/self/clear_refs").write_text("5")


def _peak_mebibytes() -> float:
    found = re.search(r"VmHWM:\s+(\d+)", Path("/proc/self/status").read_text())
    return int(found[1]) / 1024 if found else 0


def _linear(server: str, events: int) -> None:
    """Print how the time of building everything anew grows with ten times as many events, and the peak memory."""
    found = []
    for size in (events // 10, events):
        with new_database(server) as database, new_ledger(database) as ledger:
            fill(ledger, database, size)
            total = int(ledger.select("SELECT count(*) AS n FROM liggare.case_events")[0]["n"])
            _forget_peak()
            with ledger.own_connection() as connection:
                took = _seconds(lambda: rebuild(connection, PROJECTIONS))
            peak = _peak_mebibytes()
            found.append((total, took, peak))
    (few, short, low), (many, long, high) = found
    print(
        f"rebuild of all projections: {many:,} events in {long:.1f} s, {few:,} in {short:.1f} s; "
        f"time an event, ratio {long / many / (short / few):.2f}; peak memory {high:.0f} MiB against {low:.0f}"
    )
