"""The sealer: extends the tree over the log, signs checkpoints of it, and has them published.

Before it goes on from a checkpoint it looks whether the tree still has the root that was signed: a tree that was
changed is never signed again.
"""

from collections.abc import Callable
from datetime import UTC, datetime
from time import monotonic

from psycopg import Connection, DatabaseError, InterfaceError, OperationalError
from psycopg.rows import DictRow

from ledger.checkpoint import Checkpoint, open_checkpoint
from ledger.faults import LedgerFault
from ledger.publishing import Publisher
from ledger.signed_note import NoteFault, NoteSigner
from ledger.tree import AT_ONCE, SQL, Tree, read_entries

LOCK = 0x4C494753  # "LIGS": one process seals at a time
LOOK_SECONDS = 1.0
"""How often it is looked whether there is enough to seal."""

Tell = Callable[[str], None]


class Sealer:
    """Seals the log: every so many events, or what there is after so many seconds."""

    def __init__(
        self,
        connection: Connection[DictRow],
        signer: NoteSigner,
        publisher: Publisher | None = None,
        tell: Tell = lambda _: None,
        every_events: int = 1000,
        every_seconds: float = 60.0,
    ) -> None:
        self._connection = connection
        self._signer = signer
        self._publisher = publisher
        self._tell = tell
        self._every_events = every_events
        self._every_seconds = every_seconds
        self._looked = self._sealed = monotonic()
        self._told = ""

    def look(self) -> None:
        """Seal where enough events came in, or enough time went by; a fault is told, and tried again later."""
        now = monotonic()
        if now - self._looked < LOOK_SECONDS:
            return
        self._looked = now
        behind = self.behind()
        if behind >= self._every_events or (behind and now - self._sealed >= self._every_seconds):
            self.finish()
        else:
            self.publish()

    def finish(self) -> None:
        """Seal all that there is, and publish it; a fault is told."""
        try:
            self.seal()
        except (OperationalError, InterfaceError):
            raise  # the connection is lost: whoever runs this makes another
        except (LedgerFault, DatabaseError) as fault:
            why = str(fault) if isinstance(fault, LedgerFault) else type(fault).__name__
            self._say(f"nothing is sealed: {why}")
        else:
            self._told = ""
        self.publish()

    def behind(self) -> int:
        """Return by how many positions the log goes further than the last checkpoint."""
        last = self._connection.execute(SQL["newest_checkpoint"], prepare=True).fetchone()
        newest = self._connection.execute(SQL["newest_position"], prepare=True).fetchone()
        assert newest is not None
        return int(newest["position"]) - (int(last["position"]) if last else 0)

    def seal(self) -> Checkpoint | None:
        """Seal all that the log holds, and return the last checkpoint, None of an empty log.

        Raises `LedgerFault` where what was sealed before is not as it was signed.
        """
        made = None
        while made is None or made.size % AT_ONCE == 0:
            one = self._step()
            if one is None:
                break
            made = one
        self._sealed = monotonic()
        return made

    def _step(self) -> Checkpoint | None:
        """Seal what comes next, and return its checkpoint; None where there is nothing, or another is at it."""
        with self._connection.transaction():
            row = self._connection.execute(SQL["alone"], {"lock": LOCK}).fetchone()
            if row is None or not row["alone"]:
                return None
            size, position = self._trusted()
            limit = AT_ONCE - size % AT_ONCE
            entries = list(read_entries(self._connection, position, limit))
            if not entries:
                return None
            tree = Tree(self._connection, size)
            tree.extend(entries)
            made = Checkpoint(
                self._signer.key.name, tree.size, tree.root(), entries[-1].position, datetime.now(UTC)
            )
            self._connection.execute(
                SQL["add_checkpoint"],
                {
                    "size": made.size,
                    "position": made.position,
                    "sealed_at": made.sealed_at,
                    "note": self._signer.sign(made.text),
                },
            )
            return made

    def _trusted(self) -> tuple[int, int]:
        """Return the size and the last position that were sealed, once the tree is what was signed of it."""
        last = self._connection.execute(SQL["newest_checkpoint"]).fetchone()
        if last is None:
            return 0, 0
        try:
            checkpoint = open_checkpoint(last["note"], self._signer.key)
        except NoteFault as fault:
            raise LedgerFault(
                f"the checkpoint of {last['size']} events: {fault}; run `liggare verify`"
            ) from None
        try:
            same = Tree(self._connection, checkpoint.size).root() == checkpoint.root
        except LookupError:
            same = False
        if not same:
            raise LedgerFault("the tree is not as it was signed; run `liggare verify`")
        return checkpoint.size, checkpoint.position

    def publish(self) -> None:
        """Publish the checkpoints that were not yet; what fails is told, and tried again."""
        if self._publisher is None:
            return
        rows = self._connection.execute(SQL["unpublished"], prepare=True).fetchall()
        if not rows:
            return
        try:
            self._publisher.publish([row["note"] for row in rows])
        except LedgerFault as fault:
            self._say(f"checkpoints are not published: {fault}")
            return
        self._connection.execute(SQL["published"], {"sizes": [row["size"] for row in rows]})

    def _say(self, what: str) -> None:
        """Tell what is wrong, once for as long as it is the same."""
        if what != self._told:
            self._told = what
            self._tell(what)
