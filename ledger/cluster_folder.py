"""The folder of a local PostgreSQL cluster: its locks and its files, for users and keeper alike."""

import fcntl
import os
import time
from dataclasses import dataclass
from pathlib import Path

PATIENCE_SECONDS = 120.0  # for a lock, and for a server to answer: initdb or a recovery on a slow disk


@dataclass(frozen=True)
class ClusterFolder:
    """The folder of one cluster: its locks, its log, its data."""

    path: Path

    def open(self, name: str, flags: int = 0) -> int:
        """Open a file; what root creates belongs to the folder's owner, who has to open it too."""
        descriptor = os.open(self.path / name, os.O_RDWR | os.O_CREAT | flags, 0o600)
        if os.geteuid() == 0:
            owner = self.path.stat()
            os.fchown(descriptor, owner.st_uid, owner.st_gid)
        return descriptor

    def lock(self, name: str, how: int = fcntl.LOCK_EX) -> int | None:
        """Take a lock if it is free, and return its descriptor: closed in all processes, it is free again."""
        descriptor = self.open(f"{name}.lock")
        try:
            fcntl.flock(descriptor, how | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(descriptor)
            return None
        return descriptor

    def wait_for(self, name: str, how: int = fcntl.LOCK_EX) -> int:
        """Take a lock as soon as it is free; TimeoutError says that it never was."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        while (descriptor := self.lock(name, how)) is None:
            if time.monotonic() > deadline:
                raise TimeoutError(f"{name}.lock was not free for {PATIENCE_SECONDS:.0f} s")
            time.sleep(0.01)
        return descriptor

    def is_free(self, name: str, how: int = fcntl.LOCK_SH) -> bool:
        """Say whether a lock could be taken."""
        descriptor = self.lock(name, how)
        if descriptor is not None:
            os.close(descriptor)
        return descriptor is not None

    def postmaster(self) -> list[str]:
        """Return postmaster.pid: pid, data, start, port, socket directory, address, memory, status."""
        try:
            return [
                line.strip()
                for line in os.fsdecode((self.path / "data/postmaster.pid").read_bytes()).split("\n")
            ]
        except FileNotFoundError:
            return []
