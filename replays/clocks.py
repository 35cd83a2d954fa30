"""The three clocks of a replay: when something was true, when it was known, and by which rules it was decided."""

from datetime import date, datetime
from typing import NamedTuple

from domain.policy import Policy
from ledger.ledger import STOCKHOLM


class Clocks(NamedTuple):
    """A day, an instant of knowledge, and rules; each may be left out: all that happened, is known, was decided."""

    valid_on: date | None = None
    known_at: datetime | None = None
    rules: Policy | None = None

    def day(self, today: date) -> date:
        """Return the day on which the case is read: the one asked for, else that of the knowledge, else today."""
        if self.valid_on is not None:
            return self.valid_on
        if self.known_at is not None:
            return min(self.known_at.astimezone(STOCKHOLM).date(), today)
        return today
