"""Whether requests can be answered: told soon, also where the database is waited for."""

import threading
from concurrent.futures import Future
from concurrent.futures import TimeoutError as TookTooLong

from api.http.problems import Problem
from ledger.ledger import Ledger
from projections.states import late

LONGEST_SECONDS = 1.5
"""So long whoever asks waits for the database; requests wait longer, for one that comes back."""
LONGEST_LAG_SECONDS = 60.0
"""A projection that has not read what was recorded so long ago is told as not ready."""
RETRY_SECONDS = "1"


class Health:
    """Looks at a ledger, once at a time however many ask."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger
        self._guard = threading.Lock()
        self._looked: Future[list[str]] | None = None

    def late(self) -> list[str]:
        """Return which projections are stopped or long behind; raise the problem where the database is silent."""
        with self._guard:
            if self._looked is None or self._looked.done():
                self._looked = Future()
                threading.Thread(target=self._look, args=(self._looked,), daemon=True).start()
            looked = self._looked
        try:
            return looked.result(LONGEST_SECONDS)
        except TookTooLong:
            raise Problem("UNAVAILABLE", headers={"Retry-After": RETRY_SECONDS}) from None

    def _look(self, looked: "Future[list[str]]") -> None:
        try:
            looked.set_result(late(self._ledger, LONGEST_LAG_SECONDS))
        except Exception as error:
            looked.set_exception(error)
