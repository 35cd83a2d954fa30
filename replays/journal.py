"""The journal of a long replay: what of it is done, in a file, so that it can be stopped and gone on with.

The first line says what it is the journal of, and up to which position of the log it reads; each other line is one
task that is done. A line that was cut short is a task that is not.
"""

import fcntl
import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from hashlib import sha256
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any, BinaryIO

from ledger.faults import InputFault

About = Mapping[str, str]
"""What a replay is of (the ledger, the rules, the program), each in a word or a digest."""

BEGINNING = b'{"replay"'


class Journal:
    """What of a replay is done, by task; kept in a file where there is one."""

    def __init__(self, until: int, done: dict[str, Any], file: BinaryIO | None) -> None:
        self.until = until
        self.done = done
        self._file = file

    def keep(self, task: str, result: Any) -> None:
        """Remember what came of a task, on the disk before this returns."""
        self.done[task] = result
        if self._file is not None:
            _write(self._file, {"task": task, "result": result})


@contextmanager
def journal(path: Path | None, about: About, newest: int) -> Iterator[Journal]:
    """Yield a new journal up to the newest position, or go on with the one that a file holds.

    The file is removed when all is done. Raises `InputFault` where it is another replay's.
    """
    if path is None:
        yield Journal(newest, {}, None)
        return
    with _opened(path) as file:
        lines = _whole_lines(path, file)
        if lines:
            until = _position(path, lines[0], about, newest)
            done = {row["task"]: row["result"] for row in lines[1:]}
        else:
            until, done = newest, {}
            _write(file, {"replay": {**about}, "until": newest})
        yield Journal(until, done, file)
        path.unlink()


@contextmanager
def _opened(path: Path) -> Iterator[BinaryIO]:
    """Yield the file, which nobody else goes on with meanwhile."""
    try:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    except OSError as error:
        raise InputFault(f"{path}: can't be written: {error.strerror}") from None
    with os.fdopen(descriptor, "r+b") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise InputFault(f"{path}: another process is at it; wait until it is done") from None
        yield file


def _whole_lines(path: Path, file: BinaryIO) -> list[Any]:
    """Return the lines of the file, and cut off what does not end in one."""
    content = file.read()
    if not content.startswith(BEGINNING[: len(content)]):
        raise InputFault(f"{path}: not a file to resume from; name another")
    whole = content[: content.rfind(b"\n") + 1]
    file.seek(len(whole))
    file.truncate()
    try:
        return [json.loads(line) for line in whole.splitlines()]
    except ValueError:
        raise InputFault(f"{path}: damaged; remove it, and begin again") from None


def _position(path: Path, first: Any, about: About, newest: int) -> int:
    """Return the position that a journal reads up to; raise `InputFault` where it is of something else."""
    for what, value in about.items():
        if first["replay"].get(what) != value:
            raise InputFault(f"{path}: was begun with another {what}; remove it, or name another file")
    if first["until"] > newest:
        raise InputFault(f"{path}: was begun when the log was longer; remove it, or name another file")
    return int(first["until"])


def _write(file: BinaryIO, row: Mapping[str, Any]) -> None:
    file.write(json.dumps(row, ensure_ascii=False).encode() + b"\n")
    file.flush()
    os.fsync(file.fileno())


def about(ledger_id: str, rules: str) -> About:
    """Return what a replay is of: the ledger, the rules that it decides by, and the program that does it."""
    return {"ledger": ledger_id, "rules": rules, "version of the program": _program()}


@cache
def _program() -> str:
    """Return a digest of the law's code and its numbers, as they are installed."""
    digest = sha256()
    for name, content in sorted(_contents(files("domain"))):
        digest.update(name.encode() + b"\0" + sha256(content).digest())
    return digest.hexdigest()


def _contents(folder: Traversable) -> Iterator[tuple[str, bytes]]:
    for one in folder.iterdir():
        if one.is_dir():
            yield from _contents(one)
        elif one.name.endswith((".py", ".toml")):
            yield f"{folder.name}/{one.name}", one.read_bytes()
