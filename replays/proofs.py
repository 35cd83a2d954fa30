"""Proofs over what is sealed: that a case's events are in the log's tree, and the checkpoints of its roots.

A proof leads from the hash of an event, as it is stored now, to the root that a checkpoint signs. It tells nothing
of what the event says; a bundle has that too.
"""

from typing import NamedTuple
from uuid import UUID

from ledger.checkpoint import open_checkpoint
from ledger.ledger import Ledger
from ledger.logs import EVENTS, Log
from ledger.merkle import leaf_hash
from ledger.tree import SQL, entry_of
from replays.bundle import Proof, proofs
from replays.log import log_rows


class EventProof(NamedTuple):
    """An event of a case, the hash of its bytes, and its proof; None where no checkpoint covers it yet."""

    position: int
    version: int
    topic: str
    hash: bytes
    proof: Proof | None


def case_proof(ledger: Ledger, case_id: UUID) -> tuple[str | None, list[EventProof]]:
    """Return the newest checkpoint of the log of events, None before the first, and each event's proof up to it."""
    rows = log_rows(ledger.rows("case_entries", cases=[case_id], versions=[0]))
    newest = ledger.select(SQL["newest_checkpoint"], tree=EVENTS.tree)
    note = str(newest[0]["note"]) if newest else None
    found: dict[int, Proof] = {}
    if note is not None:
        checkpoint = open_checkpoint(note, ledger.keys.signer().key)
        sealed = [row.position for row in rows if row.position <= checkpoint.position]
        with ledger.own_connection() as connection:
            found = proofs(connection, sealed, checkpoint.size)
    return note, [
        EventProof(
            row.position,
            row.version,
            row.topic,
            leaf_hash(
                entry_of(row.position, row.case_id, row.version, row.topic, row.recorded_at, row.state)
            ),
            found.get(row.position),
        )
        for row in rows
    ]


def checkpoints(ledger: Ledger, log: Log) -> list[str]:
    """Return the notes of a log's checkpoints, the newest first."""
    return [str(row["note"]) for row in reversed(ledger.select(SQL["checkpoints"], tree=log.tree))]
