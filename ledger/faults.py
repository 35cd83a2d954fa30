"""What can go wrong outside the rules, said on one line to the one who can mend it.

LedgerFault             the ledger can't be used as it is: settings, keys, database
├── DatabaseUnavailable   no answer from the database
├── CommandIdReused       the same command id with another content
└── InputFault            a file or a line that can't be read
"""


class LedgerFault(Exception):
    """What was wrong, where, and what to do, on one line, without personal data."""


class DatabaseUnavailable(LedgerFault):
    """The database does not answer."""


class CommandIdReused(LedgerFault):
    """A command id (or a sender's reference) was sent again with another content; nothing was recorded."""


class InputFault(LedgerFault):
    """A file, a line or a value from outside can't be used as it is."""
