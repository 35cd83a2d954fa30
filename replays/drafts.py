"""What is exported lies there whole or not at all: written beside its place, synced, then put there by its name.

A process that is killed outright leaves its draft, whose name begins with a dot; it is in nobody's way.
"""

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from ledger.faults import InputFault


@contextmanager
def whole_file(path: Path) -> Iterator[IO[bytes]]:
    """Yield a file to write; it takes its name when the context ends well, and is gone when it doesn't.

    Raises `InputFault` as `must_be_new` does, and where it can't be written.
    """
    must_be_new(path)
    with _said(path), tempfile.NamedTemporaryFile(dir=path.parent, prefix=f".{path.name}.") as draft:
        yield draft.file
        sync(draft.file)
        try:
            os.link(draft.name, path)  # never replaces what another process put there meanwhile
        except FileExistsError:
            must_be_new(path)
        settle(path.parent)


@contextmanager
def whole_folder(path: Path) -> Iterator[Path]:
    """Yield a folder to write files into, each synced by its writer, as `whole_file` does a file."""
    must_be_new(path)
    with _said(path):
        draft = Path(tempfile.mkdtemp(dir=path.parent, prefix=f".{path.name}."))
        try:
            yield draft
            settle(draft)
            must_be_new(path)
            draft.rename(path)
            settle(path.parent)
        finally:
            shutil.rmtree(draft, ignore_errors=True)


def sync(file: IO[bytes]) -> None:
    """Wait until what was written to a file is on the disk."""
    file.flush()
    os.fsync(file.fileno())


def settle(folder: Path) -> None:
    """Wait until a folder's names are on the disk."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def must_be_new(path: Path) -> None:
    """Raise `InputFault` where something has that name already, or there is no folder for it."""
    if path.exists() or path.is_symlink():
        raise InputFault(f"{path}: there is something already, and an export replaces nothing; name another")
    if not path.parent.is_dir():
        raise InputFault(f"{path}: can't be written: there is no folder {path.parent}; make it first")


@contextmanager
def _said(path: Path) -> Iterator[None]:
    """Say on one line why something can't be written."""
    try:
        yield
    except OSError as error:
        raise InputFault(f"{path}: can't be written: {error.strerror or error}") from None
