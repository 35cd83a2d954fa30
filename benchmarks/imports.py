"""How fast a file of applications is registered."""

import statistics
import tempfile
import time
from pathlib import Path

from benchmarks.databases import new_database, new_ledger
from ledger.imports import import_applications
from tests.applications import OFFICER, TODAY, application, line

APPLICATIONS = 10_000


def import_rate(server: str, applications: int = APPLICATIONS, runs: int = 3) -> None:
    """Print applications a second, each run into a new ledger; and of the same file once more."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "applications.jsonl"
        with path.open("wb") as file:
            for serial in range(applications):
                file.write(line(application(serial)) + b"\n")
        new, again, work = zip(*(_run(server, path, applications) for _ in range(runs)), strict=True)
    print(
        f"import: {statistics.median(new):,.0f} applications/s (wanted: 1,000), best {max(new):,.0f}; "
        f"the same file again: {statistics.median(again):,.0f}/s"
    )
    print(f"  of this program's own processor time: {min(work) * 1e6:,.0f} µs an application")


def _run(server: str, path: Path, applications: int) -> tuple[float, float, float]:
    with new_database(server) as database, new_ledger(database) as ledger:
        rates, work = [], []
        for repeated in (0, applications):
            began, worked = time.perf_counter(), time.process_time()
            done = import_applications(ledger, path, OFFICER, TODAY, lambda _: None)
            rates.append(applications / (time.perf_counter() - began))
            work.append((time.process_time() - worked) / applications)
            assert done.repeated == repeated, done
            assert done.recorded == applications - repeated
    return rates[0], rates[1], work[0]
