"""The logs that are sealed, each with a tree and checkpoints of its own: the events, and who has read what."""

from typing import NamedTuple


class Log(NamedTuple):
    """A log: by which name its tree is kept, what a row of it, a row's number and all of it are called."""

    tree: str
    row: str
    number: str
    whole: str
    path: str
    """What follows the ledger's name in the origin of its checkpoints, so that none passes for another log's."""

    def origin(self, ledger: str) -> str:
        """Return what its checkpoints say they are of."""
        return ledger + self.path


EVENTS = Log("events", "event", "position", "log", "")
READINGS = Log("readings", "reading", "reading", "log of readings", "/readings")
LOGS = (EVENTS, READINGS)
