"""The sealer: extends the trees over the logs, signs checkpoints of them, and has them published.

Before it goes on from a checkpoint it looks whether the tree still has the root that was signed: a tree that was
changed is never signed again.

Events are committed in the log's order. Readings wait for nobody, so one may come to be seen after another of a
higher number: they are sealed up to the newest only when each transaction that was recording then has ended.
"""

from collections.abc import Callable
from datetime import UTC, datetime
from time import monotonic, sleep

from psycopg import Connection, DatabaseError, InterfaceError, OperationalError
from psycopg.rows import DictRow

from ledger.checkpoint import Checkpoint, open_checkpoint
from ledger.faults import LedgerFault
from ledger.logs import EVENTS, LOGS, READINGS, Log
from ledger.publishing import Publisher
from ledger.signed_note import NoteFault, NoteSigner
from ledger.tree import AT_ONCE, SQL, Tree, read_entries

LOCK = 0x4C494753  # "LIGS": one process seals at a time
LOOK_SECONDS = 1.0
"""How often it is looked whether there is enough to seal."""
RECORDING_SECONDS = 0.2
"""So long whoever is recording readings is waited for, and then another time."""
PAUSE_SECONDS = 0.001

Tell = Callable[[str], None]


class Sealer:
    """Seals the logs: each every so many rows, or what there is after so many seconds."""

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
        self._looked = monotonic()
        self._sealed = dict.fromkeys(LOGS, self._looked)
        self._told = dict[str, str]()

    def look(self) -> None:
        """Seal where enough rows came in, or enough time went by; a fault is told, and tried again later."""
        now = monotonic()
        if now - self._looked < LOOK_SECONDS:
            return
        self._looked = now
        for log in LOGS:
            behind = self.behind(log)
            if behind >= self._every_events or (behind and now - self._sealed[log] >= self._every_seconds):
                self._finish(log)
        self.publish()

    def finish(self) -> None:
        """Seal all that there is, and publish it; a fault is told."""
        for log in LOGS:
            self._finish(log)
        self.publish()

    def _finish(self, log: Log) -> None:
        try:
            self.seal(log)
        except (OperationalError, InterfaceError):
            raise  # the connection is lost: whoever runs this makes another
        except (LedgerFault, DatabaseError) as fault:
            why = str(fault) if isinstance(fault, LedgerFault) else type(fault).__name__
            self._say(log.tree, f"nothing of the {log.whole} is sealed: {why}")
        else:
            self._told.pop(log.tree, None)

    def behind(self, log: Log = EVENTS) -> int:
        """Return by how many positions a log goes further than its last checkpoint."""
        last = self._newest_checkpoint(log)
        return self._newest(log) - (int(last["position"]) if last else 0)

    def _newest(self, log: Log) -> int:
        row = self._connection.execute(SQL[f"newest_of_{log.tree}"], prepare=True).fetchone()
        assert row is not None
        return int(row["position"])

    def _newest_checkpoint(self, log: Log) -> DictRow | None:
        return self._connection.execute(SQL["newest_checkpoint"], {"tree": log.tree}, prepare=True).fetchone()

    def seal(self, log: Log = EVENTS) -> Checkpoint | None:
        """Seal all that a log holds, and return the last checkpoint, None where nothing is new.

        Raises `LedgerFault` where what was sealed before is not as it was signed.
        """
        made, until = None, self._settled(log)
        while made is None or made.size % AT_ONCE == 0:
            one = self._step(log, until)
            if one is None:
                break
            made = one
        self._sealed[log] = monotonic()
        return made

    def _settled(self, log: Log) -> int:
        """Return the position of the last row; none comes to be seen before it any more.

        Whoever drew a number up to that of the last reading has ended since, or is among those who were recording
        right after it was read. They are waited for, and nobody waits for this.
        """
        newest = self._newest(log)
        if log is READINGS:
            recording, deadline = self._recording(), monotonic() + RECORDING_SECONDS
            while recording:
                if monotonic() > deadline:
                    raise LedgerFault(
                        "a reading is being recorded for long; what came after it waits for that"
                    )
                sleep(PAUSE_SECONDS)
                recording &= self._recording()
        return newest

    def _recording(self) -> set[str]:
        """Return the transactions that are recording readings."""
        return {row["virtualtransaction"] for row in self._connection.execute(SQL["recording"], prepare=True)}

    def _step(self, log: Log, until: int) -> Checkpoint | None:
        """Seal what comes next, and return its checkpoint; None where there is nothing, or another is at it."""
        with self._connection.transaction():
            row = self._connection.execute(SQL["alone"], {"lock": LOCK}).fetchone()
            if row is None or not row["alone"]:
                return None
            size, position = self._trusted(log)
            limit = AT_ONCE - size % AT_ONCE
            entries = list(read_entries(self._connection, position, limit, log, until))
            if not entries:
                return None
            tree = Tree(self._connection, size, log)
            tree.extend(entries)
            origin = log.origin(self._signer.key.name)
            made = Checkpoint(origin, tree.size, tree.root(), entries[-1].position, datetime.now(UTC))
            self._connection.execute(
                SQL["add_checkpoint"],
                {
                    "tree": log.tree,
                    "size": made.size,
                    "position": made.position,
                    "sealed_at": made.sealed_at,
                    "note": self._signer.sign(made.text),
                },
            )
            return made

    def _trusted(self, log: Log) -> tuple[int, int]:
        """Return the size and the last position that were sealed, once the tree is what was signed of it."""
        last = self._newest_checkpoint(log)
        if last is None:
            return 0, 0
        try:
            checkpoint = open_checkpoint(last["note"], self._signer.key, log)
        except NoteFault as fault:
            raise LedgerFault(
                f"the checkpoint of {last['size']} {log.row}s: {fault}; run `liggare verify`"
            ) from None
        try:
            same = Tree(self._connection, checkpoint.size, log).root() == checkpoint.root
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
            self._say("published", f"checkpoints are not published: {fault}")
            return
        self._told.pop("published", None)
        trees, sizes = [row["tree"] for row in rows], [row["size"] for row in rows]
        self._connection.execute(SQL["published"], {"trees": trees, "sizes": sizes})

    def _say(self, about: str, what: str) -> None:
        """Tell what is wrong, once for as long as it is the same."""
        if what != self._told.get(about):
            self._told[about] = what
            self._tell(what)
