"""Processes of `liggare` that end, or do harm, at a chosen round trip to the database.

`python -m tests.forks` imports the program once and forks a process a request, so that hundreds of them cost
little. In the child every round trip of psycopg is counted (`Connection.wait`, through which statements, BEGIN,
COMMIT and pipelines all go); before the chosen one, when it was sent, or when its answer came and the program has
not yet learned it, the child sends a signal: to itself, SIGKILL, or to the server.
"""

import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from itertools import count as count_up
from pathlib import Path
from typing import Any, NamedTuple

import psycopg

REPOSITORY = Path(__file__).parents[1]
BEFORE, SENT, ANSWERED = "before", "sent", "answered"


class Ended(NamedTuple):
    """How a process ended (minus the signal, where it was killed), what it said, and its round trips.

    `sent` are those that sent something: psycopg has a few for form's sake.
    """

    status: int
    out: str
    err: str
    trips: int
    sent: list[int]
    seconds: float


class Fork:
    """A process of `liggare` under way."""

    def __init__(self, pipe: "subprocess.Popen[str]", folder: str) -> None:
        self._pipe, self._folder = pipe, Path(folder)
        self._began = time.monotonic()
        self.pid = int(self._answer())

    def _answer(self) -> str:
        assert self._pipe.stdout is not None
        return self._pipe.stdout.readline()

    def kill(self) -> None:
        with suppress(ProcessLookupError):
            os.kill(self.pid, signal.SIGKILL)

    def ended(self) -> Ended:
        """Wait until it has ended, and say how."""
        status = int(self._answer())
        said = {path.name: path.read_text() for path in self._folder.iterdir()}  # fewer, if killed early
        out, err = said.get("out", ""), said.get("err", "")
        count, sent = json.loads(said.get("trips", "[0, []]"))
        assert "Traceback" not in err, err
        return Ended(status, out, err, count, sent, time.monotonic() - self._began)


class Forks:
    """Starts processes of `liggare`, one at a time."""

    def __init__(self, pipe: "subprocess.Popen[str]", folder: Path) -> None:
        self._pipe, self._folder = pipe, folder

    def start(
        self,
        environment: dict[str, str],
        *words: str,
        at: int | None = None,
        how: str = BEFORE,
        hit: tuple[int, int] | None = None,
        patience: float | None = None,
    ) -> Fork:
        """Start one; at a round trip, counted from 1, it sends a signal to a pid: SIGKILL to its own, if none."""
        folder = tempfile.mkdtemp(dir=self._folder)
        request = {"environment": environment, "words": words, "at": at, "how": how, "hit": hit}
        assert self._pipe.stdin is not None
        self._pipe.stdin.write(json.dumps(request | {"folder": folder, "patience": patience}) + "\n")
        self._pipe.stdin.flush()
        return Fork(self._pipe, folder)

    def run(self, environment: dict[str, str], *words: str, **how: Any) -> Ended:
        """Start one and wait for its end."""
        return self.start(environment, *words, **how).ended()


@contextmanager
def forks(folder: Path) -> Iterator[Forks]:
    """Yield a starter of processes; its own process ends with the context."""
    pipe = subprocess.Popen(
        [sys.executable, "-m", "tests.forks"],
        cwd=REPOSITORY,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    with pipe:
        yield Forks(pipe, folder)
        assert pipe.stdin is not None
        pipe.stdin.close()


# What runs in the other process


def serve() -> None:
    """Fork a process for every line of standard input; say its pid, then its status."""
    import api.cli  # noqa: F401 - once, before the forks

    for text in sys.stdin:
        request = json.loads(text)
        pid = os.fork()
        if pid == 0:
            _child(request)
        print(pid, flush=True)  # noqa: T201
        print(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]), flush=True)  # noqa: T201


def _child(request: dict[str, Any]) -> None:
    from api.cli import main
    from ledger import patience

    folder = Path(request["folder"])
    null = os.open(os.devnull, os.O_RDONLY)
    os.dup2(null, 0)
    for number, name in ((1, "out"), (2, "err")):
        os.dup2(os.open(folder / name, os.O_WRONLY | os.O_CREAT), number)
    os.environ.update(request["environment"])
    if request["patience"] is not None:
        patience.PATIENCE_SECONDS = request["patience"]
    count, sent = _watch(request["at"], request["how"], request["hit"] or (os.getpid(), signal.SIGKILL))
    status = 1
    try:
        status = main(request["words"])
    except BaseException:
        sys.excepthook(*sys.exc_info())
    sys.stdout.flush()
    sys.stderr.flush()
    (folder / "trips").write_text(json.dumps([count[0], sent]))
    os._exit(status)


def _watch(at: int | None, how: str, hit: tuple[int, int]) -> tuple[list[int], list[int]]:
    """Count the round trips of this process, and do the harm at the chosen one."""
    count, sent, wait = [0], list[int](), psycopg.Connection.wait

    def counted(self: Any, generator: Any, *rest: Any, **how_long: Any) -> Any:
        count[0] += 1
        if count[0] == at and how == BEFORE:
            _harm(*hit)
        elif count[0] == at:
            generator = _sent(generator, hit, answered=how == ANSWERED)
        else:
            generator = _noted(generator, sent, count[0])
        return wait(self, generator, *rest, **how_long)

    psycopg.Connection.wait = counted  # type: ignore[method-assign, assignment]
    return count, sent


def _noted(generator: Any, sent: list[int], number: int) -> Any:
    """Go on with a round trip as it would, and note its number if it has to wait for the server."""
    value = None
    while True:
        try:
            waits_for = generator.send(value)
        except StopIteration as end:
            return end.value
        if number not in sent[-1:]:
            sent.append(number)
        value = yield waits_for


def _harm(pid: int, number: int) -> None:
    """Send a signal; where another is hit, wait until it has gone."""
    with suppress(ProcessLookupError):
        os.kill(pid, number)
    while pid != os.getpid() and Path(f"/proc/{pid}/cwd").exists():
        time.sleep(0.005)


def _sent(generator: Any, hit: tuple[int, int], *, answered: bool) -> Any:
    """Go on with a round trip as it would, and do the harm once it has sent something, or has its answer."""
    value = None
    for step in count_up():
        try:
            waits_for = generator.send(value)
        except StopIteration as end:
            if step == 0 or answered:  # there was nothing to send, or all of it was answered
                _harm(*hit)
            return end.value
        if step == 0 and not answered:
            _harm(*hit)
        value = yield waits_for
    return None


if __name__ == "__main__":
    serve()
