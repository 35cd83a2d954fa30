"""What can go wrong outside the rules, said on one line to the one who can mend it.

LedgerFault             the ledger can't be used as it is: settings, keys, database
├── DatabaseUnavailable   no answer from the database
├── CommandIdReused       the same command id with another content
├── Changed               the case is not at the version that the command was meant for
└── InputFault            a file or a line that can't be read
"""

from collections.abc import Sequence

from domain.history import Entry


class LedgerFault(Exception):
    """What was wrong, where, and what to do, on one line, without personal data."""


class DatabaseUnavailable(LedgerFault):
    """The database does not answer."""


class CommandIdReused(LedgerFault):
    """A command id (or a sender's reference) was sent again with another content; nothing was recorded."""


class Changed(LedgerFault):
    """The case is at another version than the one that a command was meant for; nothing was recorded.

    `version` is the one that it is at, and `meanwhile` are the entries after the one that was meant.
    """

    def __init__(self, version: int, meanwhile: Sequence[Entry]) -> None:
        super().__init__(
            f"the case is at version {version} now; look at what was recorded, then decide again"
        )
        self.version = version
        self.meanwhile = meanwhile


class InputFault(LedgerFault):
    """A file, a line or a value from outside can't be used as it is."""
