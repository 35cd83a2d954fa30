"""Checkpoints: how many events the log had, and the root of their tree, in a note that the ledger signs.

    liggare/0f8c…                       the ledger
    41233                               how many events
    pXJ1…=                              the root, in base64
    position 41240                      of the last of them
    sealed 2026-11-22T04:00:00.000000Z

It is C2SP's checkpoint, the last two lines its extensions. A copy outside the ledger's reach is what shows later
that nothing was taken back.
"""

import re
from base64 import b64decode, b64encode
from datetime import UTC, datetime
from typing import NamedTuple

from ledger.signed_note import NoteFault, NoteKey

_FORM = re.compile(
    r"(?P<origin>\S+)\n(?P<size>[1-9][0-9]{0,17})\n(?P<root>[A-Za-z0-9+/]{43}=)\n"
    r"position (?P<position>[1-9][0-9]{0,17})\nsealed (?P<sealed_at>[0-9T:.-]{26}Z)\n"
)


class Checkpoint(NamedTuple):
    """The state of the log: of which ledger, how many events, the root of their tree, the last one's position."""

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


def open_checkpoint(note: str, key: NoteKey) -> Checkpoint:
    """Return the checkpoint of a note; raise `NoteFault` where the key did not sign it, or it is none."""
    text = key.open(note)
    found = _FORM.fullmatch(text)
    if found is None or found["origin"] != key.name:
        raise NoteFault("it is no checkpoint of this ledger")
    try:
        sealed_at = datetime.strptime(found["sealed_at"], "%Y-%m-%dT%H:%M:%S.%fZ").replace(tzinfo=UTC)
    except ValueError:
        raise NoteFault("it is no checkpoint of this ledger") from None
    root = b64decode(found["root"])
    return Checkpoint(found["origin"], int(found["size"]), root, int(found["position"]), sealed_at)
