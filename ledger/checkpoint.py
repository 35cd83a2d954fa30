"""Checkpoints: how many events the log had, and the root of their tree, in a note that the ledger signs.

    liggare/0f8c…                       the ledger; liggare/0f8c…/readings where it is of the readings
    41233                               how many events
    pXJ1…=                              the root, in base64
    position 41240                      of the last of them
    sealed 2026-11-22T04:00:00.000000Z

It is C2SP's checkpoint, the last two lines its extensions. A copy outside the ledger's reach is what shows later
that nothing was taken back. One key signs those of both logs.
"""

import re
from base64 import b64decode, b64encode
from datetime import UTC, datetime
from typing import NamedTuple

from ledger.logs import EVENTS, LOGS, Log
from ledger.signed_note import NoteFault, NoteKey

_FORM = re.compile(
    r"(?P<origin>\S+)\n(?P<size>[1-9][0-9]{0,17})\n(?P<root>[A-Za-z0-9+/]{43}=)\n"
    r"position (?P<position>[1-9][0-9]{0,17})\nsealed (?P<sealed_at>[0-9T:.-]{26}Z)\n"
)


class Checkpoint(NamedTuple):
    """The state of a log: whose it is, how many rows, the root of their tree, the position of the last of them."""

    origin: str
    size: int
    root: bytes
    position: int
    sealed_at: datetime

    @property
    def text(self) -> str:
        """The checkpoint as it is signed."""
        sealed_at = self.sealed_at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
        return (
            f"{self.origin}\n{self.size}\n{b64encode(self.root).decode()}\n"
            f"position {self.position}\nsealed {sealed_at}\n"
        )


def log_of_note(note: str, key: NoteKey) -> Log:
    """Return which log a note says that it is of; what says nothing is tried as one of the events."""
    origin, _, _ = note.partition("\n")
    return next((log for log in LOGS if log.origin(key.name) == origin), EVENTS)


def open_checkpoint(note: str, key: NoteKey, log: Log = EVENTS) -> Checkpoint:
    """Return a log's checkpoint of a note; raise `NoteFault` where the key did not sign it, or it is none of it."""
    text = key.open(note)
    found, none = _FORM.fullmatch(text), f"it is no checkpoint of this ledger's {log.whole}"
    if found is None or found["origin"] != log.origin(key.name):
        raise NoteFault(none)
    try:
        sealed_at = datetime.strptime(found["sealed_at"], "%Y-%m-%dT%H:%M:%S.%fZ").replace(tzinfo=UTC)
    except ValueError:
        raise NoteFault(none) from None
    root = b64decode(found["root"])
    return Checkpoint(found["origin"], int(found["size"]), root, int(found["position"]), sealed_at)
