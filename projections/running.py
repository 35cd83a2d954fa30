"""Running the projections for as long as somebody wants them, through whatever the database goes through."""

import time
from collections.abc import Callable, Sequence

import psycopg
from psycopg import Connection
from psycopg.rows import DictRow

from ledger.garbage import seldom_collecting
from ledger.patience import PATIENCE_SECONDS
from ledger.reading import LedgerReader
from projections.catalogue import PROJECTIONS
from projections.projection import Projection
from projections.runner import Runner, Tell
from projections.sealer import Sealer

PAUSE_SECONDS = 0.5


def run_projections(
    ledger: LedgerReader,
    *,
    once: bool,
    tell: Tell,
    projections: Sequence[Projection] = PROJECTIONS,
    sealing: Callable[[Connection[DictRow]], Sealer] | None = None,
) -> None:
    """Keep projections up with the log, for ever or until all of it is read; the leader seals the log too.

    A lost connection is made anew; one that can't be had for twenty seconds is an error.
    """
    lost_at: float | None = None
    while True:
        try:
            with ledger.own_connection() as connection, seldom_collecting():
                runner = Runner(connection, projections, tell)
                if not runner.lead(wait=not once):
                    tell("another process keeps the projections; nothing was done here")
                    return
                lost_at = None
                sealer = sealing(connection) if sealing else None
                runner.catch_up()
                if once:
                    if sealer:
                        sealer.finish()
                    return
                runner.follow(sealer.look if sealer else lambda: None)
        except psycopg.OperationalError:
            lost_at = lost_at or time.monotonic()
            if time.monotonic() - lost_at > PATIENCE_SECONDS:
                raise
            time.sleep(PAUSE_SECONDS)
