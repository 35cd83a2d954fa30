"""The tree over a log: each row's bytes as they are stored are a leaf, in the order of the log.

An entry is what PostgreSQL's binary COPY writes of a row: the number of its fields in two bytes, and each field
after its length in four, all big-endian; a field that is empty has the length -1.

An event's fields are the position (8 bytes), the case (16), the number of the event in its case (8), the topic,
the time of recording in microseconds since 2000-01-01 UTC (8), and the content. A reading's are the number (8), the
time (8, as above), who, the case (16), the command, the parts of the content as PostgreSQL sends an array of texts,
the purpose, and the policy.

The tree is kept as tiles, 256 hashes of one level a row, and only of every eighth level: the levels between follow.
"""

import struct
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import NamedTuple
from uuid import UUID

from psycopg import Connection, sql
from psycopg.rows import DictRow

from ledger.logs import EVENTS, Log
from ledger.merkle import leaf_hash, parents, root
from ledger.queries import queries

SQL = queries("ledger.sql", "proofs.sql")

TILE_LEVELS = 8
WIDTH = 1 << TILE_LEVELS
HASH_BYTES = 32
AT_ONCE = 65_536
"""So many rows are read, and their tiles written, at a time."""
LAST = 2**63 - 1
"""No row of a log has a higher position."""

_SIGNATURE = b"PGCOPY\n\xff\r\n\0" + bytes(8)
_EPOCH = datetime(2000, 1, 1, tzinfo=UTC)
_FIELDS, _POSITION = struct.Struct(">hiqi16siqi"), struct.Struct(">q")


class Placed(NamedTuple):
    """An entry of a log: an event's position or a reading's number, and the bytes that are hashed."""

    position: int
    content: bytes


def entry_of(
    position: int, case_id: UUID, version: int, topic: str, recorded_at: datetime, state: bytes
) -> bytes:
    """Return the bytes of an event that are hashed, from its fields."""
    name = topic.encode()
    microseconds = (recorded_at - _EPOCH) // timedelta(microseconds=1)
    return b"".join(
        (
            _FIELDS.pack(6, 8, position, 16, case_id.bytes, 8, version, len(name)),
            name,
            struct.pack(">iqi", 8, microseconds, len(state)),
            state,
        )
    )


def read_entries(
    connection: Connection[DictRow], after: int, limit: int = AT_ONCE, log: Log = EVENTS, until: int = LAST
) -> Iterator[Placed]:
    """Yield the entries of a log after a position and up to another, in its order."""
    statement = sql.SQL(SQL[f"entries_of_{log.tree}"]).format(
        after=sql.Literal(after), until=sql.Literal(until), limit=sql.Literal(limit)
    )
    with connection.cursor() as cursor, cursor.copy(statement) as copy:
        for block in copy:
            row = bytes(block)
            if row.startswith(_SIGNATURE):
                row = row[len(_SIGNATURE) :]
            if len(row) > 2:  # the end is the number of fields alone, -1
                yield Placed(_POSITION.unpack_from(row, 6)[0], row)


class Tree:
    """A log's tree as its tiles have it, up to a size; what was read of it is remembered."""

    def __init__(self, connection: Connection[DictRow], size: int, log: Log = EVENTS) -> None:
        self._connection = connection
        self._log = log
        self.size = size
        self._tiles: dict[tuple[int, int], list[list[bytes]]] = {}

    def hashes(self, level: int, number: int) -> bytes:
        """Return the hash of a full subtree; `LookupError` where a row is missing, or too short."""
        height = level // TILE_LEVELS
        above = level % TILE_LEVELS
        tile, offset = divmod(number << above, WIDTH)
        return self._tile(height, tile)[above][offset >> above]

    def _tile(self, height: int, number: int) -> list[list[bytes]]:
        """Return a row's hashes, and those of the levels between it and the next."""
        found = self._tiles.get((height, number))
        if found is None:
            stored = self.tile_bytes(height, number)
            if not stored:
                raise LookupError(f"tile {height}/{number}")
            found = self._tiles[height, number] = levels(split(stored))
        return found

    def root(self) -> bytes:
        """Return the root; `LookupError` where a row is missing."""
        return root(self.hashes, self.size)

    def tile_bytes(self, height: int, number: int) -> bytes:
        """Return a row as it is stored, empty where there is none."""
        place = {"tree": self._log.tree, "level": height, "number": number}
        row = self._connection.execute(SQL["tile"], place, prepare=True).fetchone()
        return bytes(row["hashes"]) if row else b""

    def extend(self, entries: Sequence[Placed]) -> None:
        """Add entries that follow the last, and keep their tiles; within a transaction."""
        new, number = [leaf_hash(entry.content) for entry in entries], self.size
        first = -number % WIDTH
        positions = {
            (number + offset) // WIDTH: entries[offset].position for offset in range(first, len(new), WIDTH)
        }
        rows: list[tuple[int, int, int | None, bytes]] = []
        height = 0
        while new:
            made, above = self._filled(height, number, new)
            rows += [
                (height, tile, positions.get(tile, 0) if height == 0 else None, hashes)
                for tile, hashes in made
            ]
            height, number, new = height + 1, number // WIDTH, above
        self._put(rows)
        self.size += len(entries)
        self._tiles.clear()

    def _filled(
        self, height: int, number: int, new: list[bytes]
    ) -> tuple[list[tuple[int, bytes]], list[bytes]]:
        """Return the rows of one level with new hashes added, and the hashes of those that are now full."""
        tile, offset = divmod(number, WIDTH)
        begun = split(self.tile_bytes(height, tile))[:offset] if offset else []
        assert len(begun) == offset, f"tile {height}/{tile} is cut short"
        whole = begun + new
        rows, above = [], []
        for start in range(0, len(whole), WIDTH):
            part = whole[start : start + WIDTH]
            rows.append((tile + start // WIDTH, b"".join(part)))
            if len(part) == WIDTH:
                above.append(levels(part)[TILE_LEVELS][0])
        return rows, above

    def _put(self, rows: Sequence[tuple[int, int, int | None, bytes]]) -> None:
        heights, numbers, positions, hashes = (list(column) for column in zip(*rows, strict=True))
        self._connection.execute(
            SQL["put_tiles"],
            {
                "tree": self._log.tree,
                "levels": heights,
                "numbers": numbers,
                "positions": positions,
                "hashes": hashes,
            },
        )


def split(hashes: bytes) -> list[bytes]:
    """Return the hashes of a row."""
    packed = bytes(hashes)
    return [packed[start : start + HASH_BYTES] for start in range(0, len(packed), HASH_BYTES)]


def levels(hashes: list[bytes]) -> list[list[bytes]]:
    """Return a row's hashes, and above them those of full subtrees of 2, 4, … up to the row as a whole."""
    found = [hashes]
    for _ in range(TILE_LEVELS):
        found.append(parents(found[-1]))
    return found
