"""What a replay over all history reads: the log in the database, or an archive of it, up to one position."""

from functools import cache, lru_cache
from pathlib import Path
from typing import NamedTuple

from ledger.faults import InputFault
from ledger.ledger import Ledger
from ledger.queries import SQL
from replays.log import DatabaseLog, Log


class Source(NamedTuple):
    """Where the log is read from, the database or a folder of files, and up to which position."""

    folder: Path | None
    until: int

    def log(self, ledger: Ledger) -> Log:
        """Return the log to read."""
        return log_of(ledger, self.folder)


def log_of(ledger: Ledger, folder: Path | None) -> Log:
    """Return the log of the database, or of an archive of it; raise `InputFault` where that is another ledger's."""
    return _database(ledger) if folder is None else _archive(folder, ledger_id(ledger))


def ledger_id(ledger: Ledger) -> str:
    """Return by what name a ledger is known to its key store, and to its archives."""
    return str(ledger.select(SQL["setting"], name="ledger_id")[0]["value"])


@lru_cache(maxsize=1)
def _database(ledger: Ledger) -> Log:
    """Return the log of an open ledger, which remembers where it found what."""
    return DatabaseLog(ledger)


@cache
def _archive(folder: Path, ledger: str) -> Log:
    """Return the log of an archive, which is looked through once a process."""
    from replays.archive import ArchiveLog  # noqa: PLC0415 - archive.py builds on what log.py has

    log = ArchiveLog(folder)
    if log.archived.ledger_id != ledger:
        raise InputFault(f"{folder}: an archive of another ledger; name one of this ledger's")
    return log
