"""Several server processes on one port: they answer as one, and begin and end as one."""

import os
import signal
import sys
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from ledger.ledger import Ledger
from ledger.settings import Settings
from tests.filled import SERIALS, Filled
from tests.projected import under_way
from tests.served import LocalIssuer, environment_of, read_answer, sent, served

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="looks for the processes in /proc")


def children(pid: int) -> list[int]:
    return [int(one) for one in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


def test_what_one_carried_out_the_other_knows(
    ledger: Ledger, filled: Filled, settings: Settings, local_issuer: LocalIssuer, tmp_path: Path
) -> None:
    """Each of ten versions is sent for by four connections, which two processes share: one wins, whoever it asks.

    Vacuous if one process had all the connections: both have some in the end.
    """
    case = under_way(ledger, next(SERIALS), "bo")
    with (
        served(environment_of(settings, local_issuer), tmp_path / "log", "--processes", "2") as server,
        ThreadPoolExecutor(4) as pool,
    ):
        parent = server.process.pid
        begun = children(parent)
        assert len(begun) == 2
        assert [os.getpgid(one) for one in begun] == begun  # a terminal tells the first alone of Ctrl-C
        for round_ in range(10):
            version = f'"{4 + round_}"'

            def one(number: int, round_: int = round_, version: str = version) -> int:
                with server.connect() as connection:
                    connection.sendall(sent(local_issuer, case, f"p-{round_}-{number}", version, round_))
                    return read_answer(connection).status

            assert Counter(pool.map(one, range(4))) == {201: 1, 412: 3}
        with server.connect() as connection:  # a key is good for ever, whichever process is asked
            connection.sendall(sent(local_issuer, case, "p-0-again", '"4"'))
            assert read_answer(connection).status == 412
        deadline = time.monotonic() + 20
        while {line["pid"] for line in server.lines()} != set(children(parent)):
            assert time.monotonic() < deadline
            list(pool.map(server.get, ["/health/live"] * 8))
        status, seconds = server.end()
        assert status == 0
        assert seconds < 5
    assert len(ledger.history(case)) == 14


@pytest.mark.parametrize("killed", ["one of them", pytest.param("the first", marks=pytest.mark.long)])
def test_they_end_together(
    filled: Filled, settings: Settings, local_issuer: LocalIssuer, tmp_path: Path, killed: str
) -> None:
    """Whoever began them begins them anew, whole: so none is left that would hold the port."""
    with served(environment_of(settings, local_issuer), tmp_path / "log", "--processes", "2") as server:
        begun = children(server.process.pid)
        os.kill(begun[0] if killed == "one of them" else server.process.pid, signal.SIGKILL)
        assert server.process.wait(10) != 0
        ended = [wait_until_gone(pid) for pid in begun]
        assert ended == [True, True]


def wait_until_gone(pid: int, seconds: float = 10) -> bool:
    deadline = time.monotonic() + seconds
    while alive(pid) and time.monotonic() < deadline:
        time.sleep(0.02)
    return not alive(pid)
