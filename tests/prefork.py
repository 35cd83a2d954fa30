"""Processes of `liggare` that need not wait for its import: one process imports it, and forks for each command.

`python -m tests.prefork` reads a request a line. Each is carried out in a process of its own, many at a time, with
its own environment and files for what goes in and out; a second process waits for its end, and says how it was.
"""

import atexit
import json
import os
import signal
import subprocess
import sys
import tempfile
import threading
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

REPOSITORY = Path(__file__).parents[1]


class Done(NamedTuple):
    """How a process ended (minus the signal, where it was killed), and what it said."""

    returncode: int
    stdout: str
    stderr: str


_SENDING = threading.Lock()


def carried_out(environment: dict[str, str], words: tuple[str, ...], stdin: str = "") -> Done:
    """Run `liggare` with some words in a process of its own, and wait for its end."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "in").write_text(stdin)
        os.mkfifo(folder / "ended")
        request = {"environment": environment, "words": words, "folder": name, "cwd": str(Path.cwd())}
        pipe = _server().stdin
        assert pipe is not None
        with _SENDING:
            pipe.write(json.dumps(request) + "\n")
            pipe.flush()
        status = int((folder / "ended").read_text())
        return Done(status, (folder / "out").read_text(), (folder / "err").read_text())


@cache
def _server() -> "subprocess.Popen[str]":
    """Return the process that forks, one for this process; it ends with it."""
    server = subprocess.Popen(
        [sys.executable, "-m", "tests.prefork"], cwd=REPOSITORY, stdin=subprocess.PIPE, text=True
    )

    def end() -> None:
        assert server.stdin is not None
        server.stdin.close()
        server.wait()

    atexit.register(end)
    return server


# What runs in the other process


def serve() -> None:
    """Carry out a request for every line of standard input."""
    import api.cli  # noqa: F401 - once, before the forks

    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody waits for those who wait
    for text in sys.stdin:
        request = json.loads(text)
        if os.fork() == 0:
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            pid = os.fork()
            if pid == 0:
                _child(request)
            status = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
            (Path(request["folder"]) / "ended").write_text(str(status))
            os._exit(0)


def _child(request: dict[str, Any]) -> None:
    from api.cli import main

    folder = Path(request["folder"])
    os.dup2(os.open(folder / "in", os.O_RDONLY), 0)
    for number, name in ((1, "out"), (2, "err")):
        os.dup2(os.open(folder / name, os.O_WRONLY | os.O_CREAT), number)
    os.chdir(request["cwd"])
    os.environ.clear()
    os.environ.update(request["environment"])
    sys.stdin = os.fdopen(0)
    sys.argv = ["liggare", *request["words"]]
    status = 1
    try:
        status = main()
    except BaseException:
        sys.excepthook(*sys.exc_info())
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(status)


if __name__ == "__main__":
    serve()
