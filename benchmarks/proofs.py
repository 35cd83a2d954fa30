"""What the tree costs: trying it against the log, sealing while others write, and one case's proofs."""

import statistics
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import sha256

from benchmarks.databases import new_database, new_ledger
from benchmarks.ledgers import fill, under_way
from benchmarks.store import EACH, ledger_append
from benchmarks.turns import rates_in_turns, ratio
from ledger.ledger import Ledger
from ledger.merkle import inclusion_proof
from ledger.tree import SQL, Tree, read_entries
from projections.sealer import Sealer
from replays.tree_check import check_tree, leaves_of

TURNS = 9
SEALED_EVERY = 1000


def print_proof_costs(server: str, events: int) -> None:
    """Print what is asked of the tree, on a ledger of so many events."""
    with new_database(server) as database, new_ledger(database) as ledger:
        written = fill(ledger, events)
        with ledger.own_connection() as connection:
            began = time.perf_counter()
            made = Sealer(connection, ledger.keys.signer()).seal()
            seconds = time.perf_counter() - began
        assert made is not None
        print(f"sealing a log at once: {made.size / seconds:,.0f} events/s ({made.size:,} of {written:,})")
        _print_checking(ledger)
        _print_proofs(ledger, made.size)
    with new_database(server) as database, new_ledger(database) as ledger:
        _print_sealing(ledger)


def _print_checking(ledger: Ledger) -> None:
    """The tree tried, against reading the same rows and hashing each once."""
    ratios = []
    with ledger.own_connection() as connection:
        for _ in range(TURNS):
            began = time.perf_counter()
            events, after = 0, 0
            while True:
                count = 0
                for entry in read_entries(connection, after):
                    sha256(entry.content).digest()
                    after, count = entry.position, count + 1
                events += count
                if not count:
                    break
            middle = time.perf_counter()
            tried = check_tree(connection, ledger.keys.signer().key, leaves_of(connection))
            end = time.perf_counter()
            assert not tried.faults
            assert tried.hashed == events
            ratios.append((middle - began) / (end - middle))
    print(
        f"verifying the tree: {statistics.median(ratios):.2f} ({min(ratios):.2f} to {max(ratios):.2f}) of reading "
        f"the rows and hashing each once (wanted: 0.5); {events / (end - middle):,.0f} events/s"
    )


def _print_proofs(ledger: Ledger, size: int) -> None:
    """All inclusion proofs of one case, each case asked for the first time by a tree that remembers nothing."""
    times = []
    with ledger.own_connection() as connection:
        for case in under_way(ledger, 200):
            began = time.perf_counter()
            positions = [
                row["notification_id"] for row in ledger.rows("case_entries", cases=[case], versions=[0])
            ]
            tree = Tree(connection, size)
            for row in connection.execute(SQL["places"], {"positions": positions}, prepare=True):
                inclusion_proof(tree.hashes, row["place"], size)
            times.append((time.perf_counter() - began) * 1e3)
    times.sort()
    print(
        f"the proofs of one case in a ledger of {size:,} events: {statistics.median(times):.1f} ms median, "
        f"{times[int(len(times) * 0.99)]:.1f} ms 99th of 100 (wanted: 20)"
    )


def _print_sealing(ledger: Ledger) -> None:
    """The append rate while a sealer follows, against the rate without one."""
    plain, wanted = ledger_append(ledger), threading.Event()

    def sealed(thread: int) -> None:
        wanted.set()
        plain(thread)
        wanted.clear()

    with _sealing(ledger, wanted):
        rates = rates_in_turns({"sealed": sealed, "unsealed": plain}, EACH * 4, TURNS)
    print(f"append while the log is sealed: {ratio(rates, 'sealed', 'unsealed')} of without (wanted: 0.95)")


@contextmanager
def _sealing(ledger: Ledger, wanted: threading.Event) -> Iterator[None]:
    """Seal in another thread while that is wanted, every thousand events, as the runner of the projections does."""
    done = threading.Event()

    def follow() -> None:
        with ledger.own_connection() as connection:
            sealer = Sealer(connection, ledger.keys.signer())
            while not done.wait(0.05):
                if wanted.is_set() and sealer.behind() >= SEALED_EVERY:
                    sealer.seal()

    thread = threading.Thread(target=follow)
    thread.start()
    try:
        yield
    finally:
        done.set()
        thread.join()
