"""The process that leads is killed with -9, again and again, while commands come in: the next takes over."""

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from ledger.ledger import Ledger
from ledger.settings import Settings
from projections.building import rebuild
from projections.catalogue import PROJECTIONS
from projections.states import LOCK, is_led, states, wait_for
from tests.projected import all_rows, meet, under_way
from tests.registers import hire

WAITING = """
SELECT count(*) AS processes FROM pg_stat_activity
WHERE datname = current_database()
    AND pid <> pg_backend_pid() AND query LIKE '%%pg_try_advisory_lock%%'
"""
LEADING = """
SELECT pid FROM pg_locks WHERE locktype = 'advisory' AND objid = %(lock)s AND granted
    AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
"""


@contextmanager
def running(settings: Settings) -> Iterator["subprocess.Popen[str]"]:
    """`liggare projections run`, a process of its own."""
    environment = {"LIGGARE_HOME": str(settings.home), "LIGGARE_DATABASE_URL": str(settings.database_url)}
    words = [str(Path(sys.executable).parent / "liggare"), "projections", "run"]
    with subprocess.Popen(words, env=os.environ | environment, stderr=subprocess.PIPE, text=True) as process:
        try:
            yield process
        finally:
            process.kill()


def until(holds: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 20
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def test_the_process_that_waits_takes_over(ledger: Ledger, settings: Settings) -> None:
    hire(ledger)
    case_id = under_way(ledger)
    with ExitStack() as stack:
        leader = stack.enter_context(running(settings))
        until(lambda: is_led(ledger) and all(one.serves for one in states(ledger)))
        for day in (1, 2):  # from the one that began, and from one that took over
            other = stack.enter_context(running(settings))
            until(lambda: ledger.select(WAITING)[0]["processes"] >= 1)
            before = ledger.select(LEADING, lock=LOCK)
            assert len(before) == 1
            meet(ledger, case_id, f"2025-05-{day:02d}")
            leader.kill()
            position = meet(ledger, case_id, f"2025-05-{day + 10:02d}").position
            wait_for(ledger, position, 20)
            assert ledger.select(LEADING, lock=LOCK) != before
            assert other.poll() is None
            leader = other
    with ledger.own_connection() as connection:
        assert {one.differing for one in rebuild(connection, PROJECTIONS)} == {0}
    assert all_rows(ledger)["open_case"][0].count("datetime.date(2025, 5, 12)") == 1
