"""How long a database that went away is waited for: a failover's time, not for ever."""

import random
import time
from collections.abc import Callable
from functools import wraps
from typing import ParamSpec, TypeVar

from eventsourcing.persistence import InterfaceError, InternalError, OperationalError
from psycopg.errors import PipelineAborted

PATIENCE_SECONDS = 20.0
PAUSE_SECONDS = 0.1

# Connection lost or refused; shutting down, crashed, starting; too many connections; a transaction that stood
# still for too long; a deadlock. Whatever else the server says, a full disk for one, it would say again.
PASSING = ("08", "57P01", "57P02", "57P03", "57P05", "53300", "25P03", "40")

P = ParamSpec("P")
R = TypeVar("R")


def patiently(work: Callable[P, R]) -> Callable[P, R]:
    """Do work again while the database is away, for `PATIENCE_SECONDS` from the first failure.

    Only for work that may be done twice: whether what was sent was carried out is not known.
    """

    @wraps(work)
    def again(*args: P.args, **kwargs: P.kwargs) -> R:
        deadline = None
        while True:
            try:
                return work(*args, **kwargs)
            except (InterfaceError, OperationalError, InternalError) as error:
                now = time.monotonic()
                deadline = deadline or now + PATIENCE_SECONDS
                if not is_passing(error) or now > deadline:
                    raise
                time.sleep(PAUSE_SECONDS * random.uniform(0.5, 1))  # noqa: S311

    return again


def is_passing(error: Exception) -> bool:
    """Tell whether a database's error may be gone in a moment: the server is away, or ended the transaction."""
    cause = error.__cause__
    state = getattr(cause, "sqlstate", None)
    if state is None:  # said by this side: the connection is lost, or none was to be had
        return isinstance(error, (InterfaceError, OperationalError)) and not isinstance(
            cause, PipelineAborted
        )
    return str(state).startswith(PASSING)
