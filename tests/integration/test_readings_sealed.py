"""The readings' own tree: none is missed however they come in, and whatever is done to one is named.

The adversary owns every table and switches the triggers off, but has neither the key file nor what was published.
"""

import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from struct import pack
from threading import Event, Thread
from typing import Any, NamedTuple
from uuid import UUID, uuid4

import psycopg
import pytest
from psycopg.rows import DictRow, dict_row

from ledger.checkpoint import log_of_note, open_checkpoint
from ledger.faults import LedgerFault
from ledger.ledger import Ledger
from ledger.logs import EVENTS, READINGS
from ledger.publishing import Publisher
from ledger.readings import record_reading, record_search
from ledger.settings import Settings
from ledger.signed_note import NoteFault
from ledger.tree import SQL, Tree, read_entries
from projections import sealer as sealers
from projections.sealer import Sealer
from replays.faults import Fault
from replays.tree_check import check_tree, leaves_of
from replays.verify import verify
from tests.registers import hire

Connection = psycopg.Connection[DictRow]

INSERT = (
    "INSERT INTO liggare.reading (actor, command, fields) VALUES ('user:eva', 'case', '{}') RETURNING number"
)


class Scene(NamedTuple):
    """A ledger whose readings were sealed and published in three steps, and the adversary's connection."""

    ledger: Ledger
    connection: Connection
    settings: Settings
    case_id: UUID

    def found(self) -> list[Fault]:
        """What the readings' tree tells."""
        published = Publisher(str(self.settings.publish)).published() or ()
        leaves = leaves_of(self.connection, log=READINGS)
        key = self.ledger.keys.signer().key
        return check_tree(self.connection, key, leaves, published, log=READINGS).faults

    def said(self) -> str:
        """The same in lines."""
        return "\n".join(fault.what for fault in self.found())


@pytest.fixture
def connection(ledger: Ledger) -> Iterator[Connection]:
    """A connection of whoever seals."""
    with ledger.own_connection() as own:
        yield own


@pytest.fixture
def scene(ledger: Ledger, settings: Settings, connection: Connection, tmp_path: Path) -> Iterator[Scene]:
    """Readings 1 to 3, 5 to 6 and 7; number 4 was drawn by a transaction that was rolled back."""
    own, case_id = settings.model_copy(update={"publish": str(tmp_path / "notes")}), uuid4()
    sealer = Sealer(connection, ledger.keys.signer(), Publisher(str(own.publish)), pytest.fail)
    hire(ledger)
    record_reading(ledger, [case_id, uuid4()], "user:eva", "case", "dnr 17", fields=["state"], policy="own")
    record_search(ledger, "user:bo", "GET /v1/cases", fields=["state", "person"])
    sealer.finish()
    with connection.transaction(force_rollback=True):
        connection.execute(INSERT)
    record_reading(ledger, [case_id, case_id], "user:eva", "replay")
    sealer.finish()
    record_reading(ledger, [case_id], "user:bo", "bundle")
    sealer.finish()
    with psycopg.connect(str(own.database_url), autocommit=True, row_factory=dict_row) as adversary:
        adversary.execute("SET session_replication_role = replica")
        yield Scene(ledger, adversary, own, case_id)


def numbers(connection: Connection) -> list[int]:
    return [entry.position for entry in read_entries(connection, 0, log=READINGS)]


def checkpoints(connection: Connection) -> list[DictRow]:
    return connection.execute(SQL["checkpoints"], {"tree": READINGS.tree}).fetchall()


def sent(value: Any) -> bytes:
    """A value as PostgreSQL sends it, by what is said of it in `ledger/tree.py`."""
    match value:
        case int():
            return pack(">q", value)
        case datetime():
            return pack(">q", (value - datetime(2000, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1))
        case UUID():
            return value.bytes
        case list():  # dimensions, no nulls, of texts (25), how many, the first is number 1
            items = [pack(">i", len(item.encode())) + item.encode() for item in value]
            head = (1, 0, 25, len(value), 1) if value else (0, 0, 25)
            return pack(f">{len(head)}i", *head) + b"".join(items)
        case _:
            return str(value).encode()


def test_an_entry_is_its_row(scene: Scene) -> None:
    """So whoever has the row, and no database, comes to the same bytes."""
    rows = scene.connection.execute(
        "SELECT number, read_at, actor, case_id, command, fields, purpose, policy "
        "FROM liggare.reading ORDER BY number"
    ).fetchall()
    assert [entry.content for entry in read_entries(scene.connection, 0, log=READINGS)] == [
        pack(">h", 8)
        + b"".join(
            pack(">i", -1) if value is None else pack(">i", len(sent(value))) + sent(value)
            for value in row.values()
        )
        for row in rows
    ]
    assert [row["number"] for row in rows] == [1, 2, 3, 5, 6, 7]


def test_its_checkpoints_are_no_others(scene: Scene) -> None:
    """Three of each log in one file, each told by its first line; none passes for one of the other log."""
    signer = scene.ledger.keys.signer()
    published = Publisher(str(scene.settings.publish)).published() or []
    readings = [note for note in published if log_of_note(note, signer.key) is READINGS]
    assert readings == [row["note"] for row in checkpoints(scene.connection)]
    assert [note.split("\n")[0] for note in readings] == [f"{signer.key.name}/readings"] * 3
    made = [open_checkpoint(note, signer.key, READINGS) for note in readings]
    assert [(one.size, one.position) for one in made] == [(3, 3), (5, 6), (6, 7)]
    [events] = [note for note in published if note not in readings]
    with pytest.raises(NoteFault, match=r"no checkpoint of this ledger's log$"):
        open_checkpoint(readings[0], signer.key)
    with pytest.raises(NoteFault, match="no checkpoint of this ledger's log of readings"):
        open_checkpoint(events, signer.key, READINGS)
    scene.connection.execute(
        "UPDATE liggare_proof.checkpoint SET note = %s WHERE tree = 'readings' AND size = 6", [events]
    )
    assert "checkpoint of 6 readings: it is no checkpoint of this ledger's log of readings" in scene.said()


def test_sound_readings(scene: Scene) -> None:
    """`liggare verify` tries both trees, and tells what of each; what is not sealed yet is no fault."""
    record_search(scene.ledger, "user:eva", "GET /v1/cases")
    found = verify(scene.ledger, scene.settings)
    assert found.faults == []
    told = ("readings hashed", "readings sealed", "checkpoints of readings", "checkpoints")
    assert [found.counts[name] for name in told] == [7, 6, 6, 2]


EDITS = {
    "who": "actor = 'user:nobody'",
    "when": "read_at = read_at - interval '1 microsecond'",
    "of whom": "case_id = NULL",
    "what": "command = 'summary'",
    "which parts": "fields = '{state}'",
    "what for": "purpose = 'dnr 18'",
    "by which rule": "policy = 'all'",
    "nothing for a word": "purpose = ''",
}


def test_an_edited_reading(scene: Scene) -> None:
    """Any part of it: the reading is named, and no other."""
    for edit in EDITS.values():
        with scene.connection.transaction(force_rollback=True):
            scene.connection.execute(f"UPDATE liggare.reading SET {edit} WHERE number = 5")
            found = scene.found()
            named = [(fault.position, fault.what) for fault in found if "checkpoint" not in fault.what]
            assert named == [(5, "reading 5 is not as it was sealed")], edit
            assert {fault.kind for fault in found} == {"reading"}
            wanted = "checkpoint of 5 readings (published): its root is not that of the log of readings"
            assert wanted in scene.said(), edit
    assert scene.found() == []


CHANGES = {
    "removed": (
        "DELETE FROM liggare.reading WHERE number = 2",
        "1 reading that was sealed is gone from the log of readings, between readings 1 and 3",
    ),
    "the last removed": (
        "DELETE FROM liggare.reading WHERE number = 7",
        "1 reading that was sealed is gone from the log of readings, after reading 6",
    ),
    "all of a reader's removed": (
        "DELETE FROM liggare.reading WHERE actor = 'user:eva'",
        "checkpoint of 6 readings (published): the log of readings has only 2: readings are gone",
    ),
    "put in": (
        (
            "INSERT INTO liggare.reading (number, actor, command, fields) OVERRIDING SYSTEM VALUE "
            "VALUES (4, 'user:eva', 'case', '{}')"
        ),
        "reading 4 was put in among what was sealed",
    ),
    "the tree": (
        "DELETE FROM liggare_proof.tile WHERE tree = 'readings'",
        "rows of the tree of readings after reading 0 are not as they were",
    ),
    "a checkpoint": (
        "DELETE FROM liggare_proof.checkpoint WHERE tree = 'readings' AND size = 6",
        "checkpoint of 6 readings, sealed ",
    ),
    "all checkpoints": (
        "DELETE FROM liggare_proof.checkpoint WHERE tree = 'readings'",
        "was published and is not in the ledger",
    ),
}


def test_what_is_done_to_readings(scene: Scene) -> None:
    """Removed or put in, or the proofs themselves: it is named, and the tree of the events is none the worse."""
    key = scene.ledger.keys.signer().key
    for change, wanted in CHANGES.values():
        with scene.connection.transaction(force_rollback=True):
            assert scene.connection.execute(change).rowcount
            assert wanted in scene.said(), change
            assert check_tree(scene.connection, key, leaves_of(scene.connection)).faults == []


def test_readings_that_change_places(scene: Scene) -> None:
    scene.connection.execute("ALTER TABLE liggare.reading ALTER number DROP IDENTITY")
    for old, new in ((1, -1), (2, 1), (-1, 2)):
        scene.connection.execute("UPDATE liggare.reading SET number = %s WHERE number = %s", [new, old])
    assert [fault.position for fault in scene.found() if "as it was sealed" in fault.what] == [1, 2]


def test_a_reading_taken_out_and_all_built_anew(scene: Scene) -> None:
    """The rows of the tree fit again, what was signed does not; and the sealer signs nothing more."""
    scene.connection.execute("DELETE FROM liggare.reading WHERE number = 5")
    scene.connection.execute("DELETE FROM liggare_proof.tile WHERE tree = 'readings'")
    Tree(scene.connection, 0, READINGS).extend(list(read_entries(scene.connection, 0, log=READINGS)))
    said = scene.said()
    assert "what differs lies after reading 3 and not after 6" in said
    told: list[str] = []
    record_search(scene.ledger, "user:eva", "GET /v1/cases")
    Sealer(scene.connection, scene.ledger.keys.signer(), tell=told.append).finish()
    assert told == [
        "nothing of the log of readings is sealed: the tree is not as it was signed; run `liggare verify`"
    ]
    assert len(checkpoints(scene.connection)) == 3


def test_verify_names_the_reading(scene: Scene) -> None:
    scene.connection.execute("UPDATE liggare.reading SET actor = 'user:nobody' WHERE number = 5")
    found = verify(scene.ledger, scene.settings).faults
    assert Fault("reading", "reading 5 is not as it was sealed", 5) in found
    assert {fault.kind for fault in found} == {"reading"}


def test_a_number_is_drawn_after_the_recording_is_announced(connection: Connection, ledger: Ledger) -> None:
    """Somebody who holds the announcement's lock alone stops a reading before it has drawn a number."""
    sequence = "SELECT is_called FROM liggare.reading_number_seq"
    with ledger.own_connection() as other, other.transaction():
        connection.execute("SELECT pg_advisory_lock(1279870802)")
        other.execute("SET LOCAL lock_timeout = '20ms'")
        with pytest.raises(psycopg.errors.LockNotAvailable):
            other.execute(INSERT)
    assert connection.execute(sequence).fetchone() == {"is_called": False}
    connection.execute("SELECT pg_advisory_unlock(1279870802)")
    connection.execute(INSERT)
    assert connection.execute(sequence).fetchone() == {"is_called": True}


@pytest.mark.parametrize("announced", [True, False])
def test_a_reading_that_is_committed_after_a_later_one(
    ledger: Ledger, connection: Connection, announced: bool
) -> None:
    """The sealer waits for it; were it not announced, it would be missed, and verifying tells."""
    if not announced:
        connection.execute("ALTER TABLE liggare.reading DISABLE TRIGGER reading_is_announced")
    sealer = Sealer(connection, ledger.keys.signer())
    with ledger.own_connection() as slow:
        with slow.transaction():
            slow.execute(INSERT)
            record_search(ledger, "user:bo", "GET /v1/cases")
            record_search(ledger, "user:bo", "GET /v1/cases")
            if announced:
                with pytest.raises(LedgerFault, match="a reading is being recorded for long"):
                    sealer.seal(READINGS)
            else:
                sealer.seal(READINGS)
        sealer.seal(READINGS)
    sizes = [row["size"] for row in checkpoints(connection)]
    assert sizes == ([3] if announced else [2])
    faults = check_tree(
        connection, ledger.keys.signer().key, leaves_of(connection, log=READINGS), log=READINGS
    )
    assert ("reading 1 was put in" in str(faults.faults)) is not announced


def test_nobody_waits_for_the_sealer(
    ledger: Ledger, connection: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    """While it waits for one who is slow, others record."""
    waiting, sealed = Event(), Event()

    def pause(seconds: float) -> None:
        waiting.set()
        time.sleep(seconds)

    def seal() -> None:
        Sealer(connection, ledger.keys.signer()).seal(READINGS)
        sealed.set()

    monkeypatch.setattr(sealers, "sleep", pause)
    monkeypatch.setattr(sealers, "RECORDING_SECONDS", 60.0)
    with ledger.own_connection() as slow, slow.transaction():
        slow.execute(INSERT)
        record_search(ledger, "user:bo", "GET /v1/cases")
        thread = Thread(target=seal)
        thread.start()
        assert waiting.wait(60)
        record_search(ledger, "user:bo", "GET /v1/cases")
        assert not sealed.is_set()
    thread.join()
    assert [(row["size"], row["position"]) for row in checkpoints(connection)] == [(2, 2)]


def test_none_is_missed_among_many(
    ledger: Ledger, connection: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Eight record at once, slow and quick ones and some that take it back, while it is sealed over and over."""
    monkeypatch.setattr(sealers, "RECORDING_SECONDS", 60.0)
    done = Event()

    def record(seed: int) -> None:
        random = Random(seed)
        with ledger.own_connection() as own:
            while not done.is_set():
                with own.transaction(force_rollback=random.random() < 0.2):
                    own.execute(INSERT)
                    time.sleep(random.choice((0, 0.001, 0.005)))

    threads = [Thread(target=record, args=[seed]) for seed in range(8)]
    for thread in threads:
        thread.start()
    sealer, began = Sealer(connection, ledger.keys.signer()), time.monotonic()
    while time.monotonic() - began < 0.6 or len(checkpoints(connection)) < 5:
        sealer.seal(READINGS)
    done.set()
    for thread in threads:
        thread.join()
    sealer.seal(READINGS)
    tried = check_tree(
        connection, ledger.keys.signer().key, leaves_of(connection, log=READINGS), log=READINGS
    )
    assert tried.faults == []
    assert tried.hashed == tried.sealed == len(numbers(connection))
    assert EVENTS.tree not in {
        row["tree"] for row in connection.execute("SELECT tree FROM liggare_proof.tile")
    }
