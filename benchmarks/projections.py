"""What is read: catching up against the library's runner, building anew, reading, seeing what was written.

The library's `ProjectionRunner` keeps one view of one row an event, as it comes. Ours keep every projection there
is: decoded, folded by case, and all their rows. `catch-up` begins with nothing, which builds by case; `in batches`
goes through the log in its order, where each event of a batch is of another case: the worst there can be.

Whoever would be a process of its own is one here: the runner, and those who write while others read.
"""

import multiprocessing
import re
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from datetime import date
from multiprocessing.synchronize import Event
from pathlib import Path
from typing import Any, NamedTuple
from uuid import UUID

import psycopg
from psycopg.rows import dict_row

from benchmarks.databases import new_database
from benchmarks.ledgers import advisors, fill, under_way
from benchmarks.library_projection import LIBRARY_EVENTS, library_seconds
from ledger.garbage import seldom_collecting
from ledger.ledger import Ledger
from ledger.opening import open_ledger, upgrade_ledger
from ledger.settings import Settings
from projections.building import start_empty
from projections.catalogue import PROJECTIONS
from projections.dashboard import Whose, caseload
from projections.runner import Runner
from projections.running import run_projections
from projections.states import wait_for
from projections.windows import windows
from tests.applications import TODAY, command

DAY = date(2025, 8, 1)
"""The day after the last that the fictional cases tell of."""
TURNS = 3
SAMPLES = 500
SPAWN = multiprocessing.get_context("spawn")
Connection = psycopg.Connection[dict[str, Any]]


class CaughtUp(NamedTuple):
    """How long a process took that read the whole log, and the most memory that it had."""

    seconds: float
    mebibytes: float


def projection_rates(server: str, events: int = 100_000) -> None:
    """Print how fast projections catch up and are built anew, and how long reading takes."""
    with _filled(server, events // 10) as (small, few, _):
        short = [_apart(small) for _ in range(TURNS)]
    with _filled(server, events) as (settings, many, ledger):
        ratios, long, library = [], [], []
        for _ in range(TURNS):
            library.append(LIBRARY_EVENTS / library_seconds(server))
            long.append(_apart(settings))
            ratios.append(many / long[-1].seconds / library[-1])
        print(
            f"catch-up of all projections: {statistics.median(ratios):.1f} "
            f"({min(ratios):.1f} to {max(ratios):.1f}) times the library's runner for one view (wanted: 25)"
        )
        took, before = (statistics.median(one.seconds for one in many_) for many_ in (long, short))
        print(f"  ours: {many / took:,.0f} events/s; the library: {statistics.median(library):,.0f}")
        print(
            f"rebuild of all projections: {many:,} events in {took:.1f} s, {few:,} in {before:.1f} s; "
            f"time an event, ratio {took / many / (before / few):.2f}; peak memory "
            f"{max(one.mebibytes for one in long):.0f} MiB against {max(one.mebibytes for one in short):.0f}"
        )
        print(f"  in batches of 1,000 in the log's order: {_batches(settings):,.0f} events/s")
        _apart(settings)
        _reading(settings, ledger)
        _visible(settings, ledger)


@contextmanager
def _filled(server: str, events: int) -> Iterator[tuple[Settings, int, Ledger]]:
    """Yield the settings of a ledger with about so many events, how many there are, and the ledger."""
    with new_database(server) as database, tempfile.TemporaryDirectory() as home:
        settings = Settings(home=Path(home), database_url=database)
        upgrade_ledger(settings)
        with open_ledger(settings) as ledger:
            began = time.perf_counter()
            there = fill(ledger, events)
            print(
                f"fictional cases: {there / (time.perf_counter() - began):,.0f} events/s written (wanted: 20,000)"
            )
            yield settings, there, ledger


def _apart(settings: Settings) -> CaughtUp:
    """Catch up from nothing in a process of its own."""
    with ProcessPoolExecutor(1, mp_context=SPAWN) as process:
        return process.submit(_caught_up, settings).result()


def _caught_up(settings: Settings) -> CaughtUp:
    with _connected(settings) as connection, seldom_collecting():
        _forget(connection)
        runner = Runner(connection, PROJECTIONS)
        began = time.perf_counter()
        runner.lead()
        runner.catch_up()
        return CaughtUp(time.perf_counter() - began, _peak_mebibytes())


def _connected(settings: Settings) -> Connection:
    return psycopg.connect(settings.database_url or "", autocommit=True, row_factory=dict_row)


def _forget(connection: Connection) -> None:
    """Leave nothing of what was projected."""
    connection.execute("DELETE FROM liggare_read.projection")
    for one in PROJECTIONS:
        for table in one.tables:
            connection.execute(f"DROP TABLE IF EXISTS liggare_read.{table.name}")


def _peak_mebibytes() -> float:
    found = re.search(r"VmHWM:\s+(\d+)", Path("/proc/self/status").read_text("utf-8"))
    return int(found[1]) / 1024 if found else 0


def _batches(settings: Settings, batches: int = 20) -> float:
    """Return how many events a second are taken on from the log's first event, in batches."""
    with _connected(settings) as connection, seldom_collecting():
        _forget(connection)
        for one in PROJECTIONS:
            start_empty(connection, one)
        runner = _leading(connection)
        began = time.perf_counter()
        for _ in range(batches):
            runner.step()
        return batches * 1000 / (time.perf_counter() - began)


def _leading(connection: Connection) -> Runner:
    """Return a runner that builds nothing by case."""
    runner = Runner(connection, PROJECTIONS)
    runner._prepare = lambda: None  # type: ignore[method-assign]  # noqa: SLF001
    runner.lead()
    return runner


@contextmanager
def beside(*works: tuple[Callable[..., None], Any]) -> Iterator[None]:
    """Let processes work until the end of the context; each is told of it by an event."""
    over = SPAWN.Event()
    processes = [SPAWN.Process(target=work, args=(*given, over)) for work, given in works]
    for process in processes:
        process.start()
    time.sleep(3)  # until they are at work
    try:
        yield
    finally:
        over.set()
        for process in processes:
            process.join(10)
            process.kill()


def run_beside(settings: Settings, over: Event) -> None:
    """Keep the projections, until it is over."""
    with open_ledger(settings) as ledger:
        run_projections(ledger, once=False, tell=print)


def write_beside(settings: Settings, cases: Sequence[UUID], over: Event) -> None:
    """Record one contact after another, as fast as it goes."""
    with open_ledger(settings) as ledger:
        while True:
            for case_id in cases:
                if over.is_set():
                    return
                _contact(ledger, case_id)


def _contact(ledger: Ledger, case_id: UUID) -> int:
    """Record a contact in a case, and return its position in the log."""
    held = command("make_contact", str(DAY), f"advisor:{ledger.case(case_id).advisor}", kind="webinar")
    return ledger.execute(case_id, held, TODAY).position


def _reading(settings: Settings, ledger: Ledger) -> None:
    """Print how long a dashboard and a person's months take while others write and the runner runs."""
    names, cases = advisors(ledger), under_way(ledger, 4 * SAMPLES)
    before = ledger.select("SELECT count(*) AS n FROM liggare.case_events")[0]["n"]
    written = cases[2 * SAMPLES :] or cases
    with beside((run_beside, (settings,)), (write_beside, (settings, written))):
        began = time.perf_counter()
        _told("an advisor's dashboard", lambda n: caseload(ledger, DAY, Whose(advisor=names[n % len(names)])))
        _told(
            "a person's used-up months", lambda n: windows(ledger, cases[n % len(cases)], DAY, opened=False)
        )
        _told("the same with the evidence opened", lambda n: windows(ledger, cases[n % len(cases)], DAY))
        took = time.perf_counter() - began
        after = ledger.select("SELECT count(*) AS n FROM liggare.case_events")[0]["n"]
    print(
        f"  of {_count(ledger):,} cases, {(after - before) / (took + 3):,.0f} events/s being written meanwhile"
    )


def _count(ledger: Ledger) -> int:
    return int(ledger.select("SELECT count(*) AS n FROM liggare.case_register")[0]["n"])


def _told(what: str, read: Callable[[int], object]) -> None:
    times = sorted(_seconds(read, number) for number in range(SAMPLES))
    print(
        f"{what}, the writers busy: {statistics.median(times) * 1000:.2f} ms, median (wanted: 5); "
        f"{times[SAMPLES * 99 // 100] * 1000:.2f} ms, 99th of 100 (wanted: 20)"
    )


def _seconds(work: Callable[[int], object], number: int) -> float:
    began = time.perf_counter()
    work(number)
    return time.perf_counter() - began


def _visible(settings: Settings, ledger: Ledger) -> None:
    """Print how long after its commit a command can be seen in the dashboard's tables."""
    times = []
    with beside((run_beside, (settings,))):
        for case_id in under_way(ledger, SAMPLES):
            position = _contact(ledger, case_id)
            began = time.perf_counter()
            wait_for(ledger, position, 5, ("caseload",))
            times.append(time.perf_counter() - began)
            time.sleep(0.02)
    times.sort()
    print(
        f"from commit to visible: {statistics.median(times) * 1000:.2f} ms, median (wanted: 10); "
        f"{times[len(times) * 99 // 100] * 1000:.2f} ms, 99th of 100"
    )
