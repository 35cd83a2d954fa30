"""What a bundle costs: making one out of a large ledger, and verifying it as an auditor does."""

import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from benchmarks.databases import new_database, new_ledger
from benchmarks.ledgers import fill, under_way
from projections.sealer import Sealer
from replays import verify_bundle
from replays.bundle import bundle_of

CASES, RUNS = 40, 15


def print_bundle_seconds(server: str, events: int = 100_000) -> None:
    """Print how long a case's bundle takes to make, and to verify with the start of Python included."""
    with new_database(server) as database, new_ledger(database) as ledger:
        total = fill(ledger, events)
        with ledger.own_connection() as connection:
            Sealer(connection, ledger.keys.signer()).seal()
        cases = under_way(ledger, CASES)
        bundles = list[bytes]()
        making = [
            _seconds(lambda case_id=case_id: bundles.append(bundle_of(ledger, case_id, "user:bench")))  # type: ignore[misc]
            for case_id in cases
        ]
        key = str(ledger.keys.signer().key)
    largest = max(bundles, key=len)
    verifying, bare = _verifying(largest, key)
    print(
        f"a bundle of {len(largest):,} bytes verified, start of Python included: {_ms(verifying)} (wanted: 200); "
        f"Python by itself: {_ms(bare)}"
    )
    print(f"  bundles made out of a ledger of {total:,} events: {_ms(making)}")


def _verifying(content: bytes, key: str) -> tuple[list[float], list[float]]:
    """Return how long processes take that verify a bundle, and such as only start and end, in turns."""
    with tempfile.TemporaryDirectory() as folder:
        bundle, alone = Path(folder) / "case.bundle", Path(folder) / "verify_bundle.py"
        bundle.write_bytes(content)
        alone.write_bytes(Path(verify_bundle.__file__).read_bytes())
        whole, bare = [], []
        for _ in range(RUNS):
            whole.append(_seconds(lambda: _run(str(alone), str(bundle), "--key", key)))
            bare.append(_seconds(lambda: _run("-c", "pass")))
    return whole, bare


def _run(*words: str) -> None:
    subprocess.run([sys.executable, *words], check=True, stdout=subprocess.DEVNULL)


def _seconds(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def _ms(seconds: list[float]) -> str:
    return f"{statistics.median(seconds) * 1000:.1f} ms (at most {max(seconds) * 1000:.1f})"
