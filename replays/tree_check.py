"""A tree tried against its log: every event, or reading, hashed again, every row of the tree and every checkpoint
compared.

An entry holds its own position, so those that stand as they were sealed stand in their order. What lies between two
of them was changed where there is one for one, put in where there are more, and is gone where there are fewer.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import NamedTuple

from psycopg import Connection
from psycopg.rows import DictRow

from ledger.checkpoint import Checkpoint, log_of_note, open_checkpoint
from ledger.garbage import seldom_collecting
from ledger.logs import EVENTS, READINGS, Log
from ledger.merkle import consistency_proof, is_consistent, leaf_hash, parents, root
from ledger.signed_note import NoteFault, NoteKey
from ledger.tree import AT_ONCE, HASH_BYTES, SQL, TILE_LEVELS, WIDTH, Tree, levels, read_entries, split
from replays.faults import Fault, at_position

ROWS_AT_ONCE = 256


class Leaf(NamedTuple):
    """An event or a reading as the tree knows it: its position in the log, and its hash."""

    position: int
    hash: bytes


class Held(NamedTuple):
    """A checkpoint and where it was found: in the ledger, or where checkpoints are published."""

    checkpoint: Checkpoint
    where: str


class Tried(NamedTuple):
    """What came of it: how many rows of the log were hashed, how many are sealed, and what is wrong."""

    hashed: int
    sealed: int
    checkpoints: int
    faults: list[Fault]


def leaves_of(connection: Connection[DictRow], after: int = 0, log: Log = EVENTS) -> Iterator[Leaf]:
    """Yield the rows of a log after a position, hashed; between two of them the connection is free."""
    while True:
        entries = read_entries(connection, after, log=log)
        read = [Leaf(position, leaf_hash(content)) for position, content in entries]
        yield from read
        if len(read) < AT_ONCE:
            return
        after = read[-1].position


def check_tree(
    connection: Connection[DictRow],
    key: NoteKey,
    leaves: Iterable[Leaf],
    published: Sequence[str] = (),
    since: Checkpoint | None = None,
    until: int | None = None,
    log: Log = EVENTS,
) -> Tried:
    """Try a log's tree and its checkpoints; `leaves` are those after `since`, up to which the tree is trusted.

    What is published of the other log is left to that one. Every fault of the readings' tree is one of a reading.
    """
    tried = _check(connection, key, leaves, published, since, until, log)
    if log is READINGS:
        return tried._replace(faults=[fault._replace(kind="reading") for fault in tried.faults])
    return tried


def _check(
    connection: Connection[DictRow],
    key: NoteKey,
    leaves: Iterable[Leaf],
    published: Sequence[str],
    since: Checkpoint | None,
    until: int | None,
    log: Log,
) -> Tried:
    faults: list[Fault] = []
    kept, notes = _of_ledger(connection, key, log, faults)
    held = [*kept, *_of_publication(published, key, log, notes, faults)]
    if until is not None:  # an archive: what was sealed after it is not its matter
        kept, held = ([one for one in some if one.checkpoint.position <= until] for some in (kept, held))
    newest = kept[-1].checkpoint if kept else None
    if since is not None and not _goes_on_from(connection, since, newest, faults):
        return Tried(0, newest.size if newest else 0, len(held), faults)
    checking = _Checking(connection, log, since, newest, held, archived=until is not None)
    with seldom_collecting():
        checking.take(leaves)
    faults += checking.faults()
    return Tried(checking.count, newest.size if newest else 0, len(held), faults)


def _of_ledger(
    connection: Connection[DictRow], key: NoteKey, log: Log, faults: list[Fault]
) -> tuple[list[Held], set[str]]:
    """Return the ledger's own checkpoints that are sound, and the notes of all."""
    found, notes, before = [], set[str](), 0
    for row in connection.execute(SQL["checkpoints"], {"tree": log.tree}):
        notes.add(row["note"])
        name = f"checkpoint of {row['size']} {log.row}s"
        try:
            checkpoint = open_checkpoint(row["note"], key, log)
        except NoteFault as fault:
            faults.append(Fault("checkpoint", f"{name}: {fault}"))
            continue
        if (checkpoint.size, checkpoint.position) != (row["size"], row["position"]):
            faults.append(Fault("checkpoint", f"{name}: its row says something else than its note"))
        elif checkpoint.position <= before:
            faults.append(Fault("checkpoint", f"{name}: its position does not follow the one before"))
        else:
            found.append(Held(checkpoint, "in the ledger"))
            before = checkpoint.position
    return found, notes


def _of_publication(
    published: Sequence[str], key: NoteKey, log: Log, notes: set[str], faults: list[Fault]
) -> Iterator[Held]:
    """Yield the published checkpoints of a log; one that the ledger no longer has is a fault."""
    for number, note in enumerate(published, 1):
        if log_of_note(note, key) is not log:
            continue
        try:
            checkpoint = open_checkpoint(note, key, log)
        except NoteFault as fault:
            faults.append(Fault("checkpoint", f"published checkpoint {number}: {fault}"))
            continue
        if note not in notes:
            sealed = f"sealed {checkpoint.sealed_at:%Y-%m-%d %H:%M:%S} UTC"
            name = f"checkpoint of {checkpoint.size} {log.row}s, {sealed}, was published and is not in the ledger"
            faults.append(
                Fault("checkpoint", f"{name}: the ledger is an older copy, or another branch of it")
            )
        yield Held(checkpoint, "published")


def _goes_on_from(
    connection: Connection[DictRow], since: Checkpoint, newest: Checkpoint | None, faults: list[Fault]
) -> bool:
    """Tell whether the newest checkpoint's tree begins with the one that is trusted, by a consistency proof."""
    if newest is None or newest.size < since.size:
        faults.append(
            Fault(
                "checkpoint",
                f"the trusted checkpoint has {since.size} events, and the ledger's newest "
                f"{newest.size if newest else 0}: something was taken back",
            )
        )
        return False
    tree = Tree(connection, newest.size)
    try:
        proof = consistency_proof(tree.hashes, since.size, newest.size)
        trusted = Tree(connection, since.size).root() == since.root
    except LookupError:
        trusted, proof = False, []
    if not trusted or not is_consistent(since.size, since.root, newest.size, newest.root, proof):
        faults.append(
            Fault(
                "checkpoint",
                f"the tree of {newest.size} events does not begin with the trusted one of {since.size}; "
                "run `liggare verify` without --since to find where",
            )
        )
        return False
    return True


class _Checking:
    """Goes through the leaves, row by row of the tree; from the first row that differs on, both sides are kept."""

    def __init__(
        self,
        connection: Connection[DictRow],
        log: Log,
        since: Checkpoint | None,
        newest: Checkpoint | None,
        held: Sequence[Held],
        *,
        archived: bool,
    ) -> None:
        self._connection = connection
        self._log = log
        self._archived = archived
        self._start = since.size if since else 0
        self._tree = Tree(connection, self._start, log)
        self._sealed = newest.size if newest else 0
        self._sealed_until = newest.position if newest else 0
        self._stops: dict[int, list[Held]] = {}
        for one in held:
            if one.checkpoint.size > self._start:
                self._stops.setdefault(one.checkpoint.size, []).append(one)
        self.count = 0
        self._last = self._sound_until = since.position if since else 0
        self._row: list[list[bytes]] = []
        self._full: dict[tuple[int, int], bytes] = {}
        """The hashes of full subtrees of whole rows, by level and number."""
        self._differs_after: int | None = None
        """The position of the last leaf before the first row that differs."""
        self._there: list[Leaf] = []
        self._was: list[bytes] = []
        self._faults: list[Fault] = []

    def take(self, leaves: Iterable[Leaf]) -> None:
        """Take the leaves from the start on; compare rows, and the roots of checkpoints."""
        each = iter(leaves)
        number, offset = divmod(self._start, WIDTH)
        begun = split(self._tree.tile_bytes(0, number))[:offset]
        stored = _StoredRows(self._connection, self._log, number)
        while True:
            new = list(islice(each, WIDTH - len(begun)))
            self.count += len(new)
            hashes = begun + [leaf.hash for leaf in new]
            self._compare(number, len(begun), new, hashes, stored.row(number))
            self._row = levels(hashes)
            if len(hashes) == WIDTH:
                self._keep(number)
            start = number * WIDTH
            for size in sorted(size for size in self._stops if size <= start + len(hashes)):
                at = size - start - len(begun) - 1
                for held in self._stops.pop(size):
                    self._try(held, number, new[at].position if new else None)
            self._last = new[-1].position if new else self._last
            number, begun = number + 1, []
            if len(hashes) < WIDTH:
                break
        while self._differs_after is not None and (row := stored.row(number)):
            self._was += split(row)
            number += 1

    def _compare(self, number: int, begun: int, new: list[Leaf], hashes: list[bytes], stored: bytes) -> None:
        """Compare a row with the one that is stored, as far as it was sealed."""
        width = min(WIDTH, max(0, self._sealed - number * WIDTH))
        if self._archived:
            stored = stored[: width * HASH_BYTES]
        if self._differs_after is None:
            if stored == b"".join(hashes[:width]) and len(hashes) >= width:
                return
            self._differs_after = self._last
        self._there += new
        self._was += split(stored)[begun:]

    def _keep(self, number: int) -> None:
        """Keep the hash of a full row, and those above it that it completes."""
        level = TILE_LEVELS
        self._full[level, number] = self._row[level][0]
        while number & 1:
            (above,) = parents([self._hash(level, number - 1), self._full[level, number]])
            level, number = level + 1, number >> 1
            self._full[level, number] = above

    def _hash(self, level: int, number: int) -> bytes:
        """Return the hash of a full subtree: as the events give it, or, before the start, as it is stored."""
        found = self._full.get((level, number))
        return found if found is not None else self._tree.hashes(level, number)

    def _try(self, held: Held, number: int, position: int | None) -> None:
        """Try a checkpoint whose last leaf stands in this row."""

        def hashes(level: int, place: int) -> bytes:
            if level >= TILE_LEVELS:
                return self._hash(level, place)
            return self._row[level][place - (number << (TILE_LEVELS - level))]

        one, log = held.checkpoint, self._log
        name = f"checkpoint of {one.size} {log.row}s ({held.where})"
        if root(hashes, one.size) != one.root:
            where = f"what differs lies after {log.number} {self._sound_until} and not after {one.position}"
            what = f"{name}: its root is not that of the {log.whole}; {where}"
            self._faults.append(Fault("checkpoint", what, one.position))
        elif position not in (None, one.position):
            self._faults.append(Fault("checkpoint", f"{name}: its last {log.row} is another", one.position))
        else:
            self._sound_until = one.position

    def faults(self) -> Iterator[Fault]:
        """Yield what is wrong, one by one where that can be told."""
        yield from self._changed()
        yield from self._rows_above()
        yield from self._faults
        rows = f"{self._log.row}s"
        for size, stopped in sorted(self._stops.items()):
            for held in stopped:
                what = f"the {self._log.whole} has only {self._start + self.count}: {rows} are gone"
                name = f"checkpoint of {size} {rows} ({held.where})"
                yield Fault("checkpoint", f"{name}: {what}", held.checkpoint.position)

    def _changed(self) -> Iterator[Fault]:
        """Yield which leaves are not as they were sealed, were put in, or are gone.

        Up to the last checkpoint whose root is the log's they are sound: there it is the tree that is not.
        """
        if self._differs_after is None:
            return
        sound = [leaf.hash for leaf in self._there if leaf.position <= self._sound_until]
        if sound != self._was[: len(sound)] or not self._sealed:
            number, rows = self._log.number, f"{self._log.row}s"
            until = f"up to {number} {self._sound_until}, whose {rows} are as they were signed"
            where = f"rows of the tree of {rows} after {number} {self._differs_after}"
            yield Fault("tree", f"{where} are not as they were {until}")
        there = [leaf for leaf in self._there if leaf.position <= self._sealed_until]
        places = {hashed: place for place, hashed in enumerate(self._was)}
        expected, before, between = 0, self._differs_after, list[Leaf]()
        for leaf in (*there, None):
            place = places.get(leaf.hash, -1) if leaf else len(self._was)
            if leaf and place < expected:
                between.append(leaf)
                continue
            yield from self._between(between, place - expected, before, leaf)
            expected, between, before = place + 1, [], leaf.position if leaf else before

    def _between(self, there: Sequence[Leaf], were: int, before: int, after: Leaf | None) -> Iterator[Fault]:
        """Yield what happened between two leaves that stand as they were sealed."""
        if after and after.position <= self._sound_until:
            return
        names, log = self._names([leaf.position for leaf in there]), self._log
        for number, leaf in enumerate(there):
            if leaf.position > self._sound_until:
                what = "is not as it was sealed" if number < were else "was put in among what was sealed"
                yield Fault("event", f"{names[leaf.position]} {what}", leaf.position)
        if (gone := were - len(there)) > 0:
            between = f"between {log.number}s {before} and {after.position}" if after else ""
            where = between or f"after {log.number} {before}"
            some = (
                f"1 {log.row} that was sealed is" if gone == 1 else f"{gone} {log.row}s that were sealed are"
            )
            yield Fault("event", f"{some} gone from the {log.whole}, {where}", before)

    def _names(self, positions: Sequence[int]) -> Mapping[int, str]:
        """Return what stands at some positions, in words."""
        if self._log is READINGS:
            return {position: f"reading {position}" for position in positions}
        return at_position(self._connection, positions)

    def _rows_above(self) -> Iterator[Fault]:
        """Yield which rows of the tree, above those of the leaves, are not what these give."""
        height = 1
        while count := self._sealed >> (TILE_LEVELS * height):
            first = (self._start >> (TILE_LEVELS * height)) // WIDTH
            stored = _StoredRows(self._connection, self._log, first, height)
            for number in range(first, -(-count // WIDTH)):
                row = split(stored.row(number))
                given = range(number * WIDTH, min(count, (number + 1) * WIDTH))
                wanted = [self._full.get((TILE_LEVELS * height, place)) for place in given]
                if self._differs_after is None and any(
                    hashed is not None and row[place : place + 1] != [hashed]
                    for place, hashed in enumerate(wanted)
                ):
                    where = f"row {number} on level {height} of the tree of {self._log.row}s"
                    yield Fault("tree", f"{where} is not what the rows below it give")
            height += 1


class _StoredRows:
    """The rows of one level of the tree as they are stored, read some at a time."""

    def __init__(self, connection: Connection[DictRow], log: Log, first: int, height: int = 0) -> None:
        self._connection = connection
        self._tree = log.tree
        self._height = height
        self._rows: Mapping[int, bytes] = {}
        self._until = first

    def row(self, number: int) -> bytes:
        """Return a row, empty where there is none."""
        if number >= self._until:
            wanted = {
                "tree": self._tree,
                "level": self._height,
                "number": number,
                "limit": ROWS_AT_ONCE,
            }
            found = self._connection.execute(SQL["tiles"], wanted).fetchall()
            self._rows = {row["number"]: bytes(row["hashes"]) for row in found}
            self._until = number + ROWS_AT_ONCE
        return self._rows.get(number, b"")
