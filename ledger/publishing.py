"""Where checkpoints are published: out of the reach of whoever could change the ledger.

`LIGGARE_PUBLISH` names it: a file that notes are added to, a database (`postgresql://…`) that keeps a row of each,
or `run:` and a command that is given each on its standard input. A file and a database can be read back.

Checkpoints of the events and of the readings go to the same place; the first line of each says which it is.
"""

import os
import re
import shlex
import subprocess
from collections.abc import Sequence
from pathlib import Path

import psycopg

from ledger.faults import LedgerFault
from ledger.tree import SQL

RUN = "run:"
DATABASES = ("postgresql://", "postgres://")
RUN_SECONDS = 60
CONNECT_SECONDS = 10
_NOTE = re.compile(r"(?:[^\n]+\n)+\n— [^\n]+\n")


class Publisher:
    """One place where checkpoints are published."""

    def __init__(self, target: str) -> None:
        self._target = target

    def publish(self, notes: Sequence[str]) -> None:
        """Publish notes, the oldest first; raise `LedgerFault` where that fails. Some may come twice after that."""
        if self._target.startswith(RUN):
            for note in notes:
                self._run(note)
        elif self._target.startswith(DATABASES):
            self._insert(notes)
        else:
            self._write(notes)

    def published(self) -> list[str] | None:
        """Return the notes that were published, None where a command was given them."""
        if self._target.startswith(RUN):
            return None
        if self._target.startswith(DATABASES):
            return self._select()
        try:
            text = Path(self._target).read_text("utf-8")
        except FileNotFoundError:
            return []
        except (OSError, UnicodeDecodeError) as error:
            why = error.strerror if isinstance(error, OSError) else "it is no text"
            raise LedgerFault(f"{self._target}: published checkpoints can't be read: {why}") from None
        return _NOTE.findall(text)

    def _run(self, note: str) -> None:
        try:
            command = shlex.split(self._target.removeprefix(RUN))
            done = subprocess.run(
                command, input=note.encode(), capture_output=True, timeout=RUN_SECONDS, check=False
            )
        except (OSError, ValueError, IndexError, subprocess.TimeoutExpired) as error:
            raise LedgerFault(
                f"the command can't be run: {type(error).__name__}; check LIGGARE_PUBLISH"
            ) from None
        if done.returncode:
            raise LedgerFault(f"the command ended with {done.returncode}; check LIGGARE_PUBLISH")

    def _write(self, notes: Sequence[str]) -> None:
        """Add notes to the file; two empty lines end whatever a write that was cut short left there."""
        content = "".join(f"\n\n{note}" for note in notes).encode()
        try:
            with Path(self._target).open("ab") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
        except OSError as error:
            raise LedgerFault(f"{self._target}: {error.strerror}; check LIGGARE_PUBLISH") from None

    def _insert(self, notes: Sequence[str]) -> None:
        try:
            with psycopg.connect(self._target, connect_timeout=CONNECT_SECONDS) as connection:
                connection.execute(SQL["published_table"])
                with connection.cursor() as cursor:
                    cursor.executemany(SQL["publish"], [{"note": note} for note in notes])
        except psycopg.Error as error:
            raise _refused(error) from None

    def _select(self) -> list[str]:
        try:
            with psycopg.connect(self._target, connect_timeout=CONNECT_SECONDS) as connection:
                connection.execute(SQL["published_table"])
                return [row[0] for row in connection.execute(SQL["published_notes"])]
        except psycopg.Error as error:
            raise _refused(error) from None


def _refused(error: psycopg.Error) -> LedgerFault:
    """Return why the other database did not take notes, without what its message may repeat."""
    return LedgerFault(f"the database that LIGGARE_PUBLISH names failed: {type(error).__name__}")
