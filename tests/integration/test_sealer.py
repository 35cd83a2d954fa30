"""The tree over a real log: sealed in any steps it is one tree, and what was changed is never signed again."""

import sys
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path
from typing import Any
from uuid import uuid4

import psycopg
import pytest
from psycopg.rows import DictRow

from domain.register import REGISTER
from ledger import tree
from ledger.checkpoint import Checkpoint, open_checkpoint
from ledger.faults import LedgerFault
from ledger.ledger import Ledger
from ledger.logs import EVENTS
from ledger.merkle import inclusion_proof, leaf_hash, root_of_inclusion
from ledger.publishing import Publisher
from ledger.tree import SQL, Placed, Tree, entry_of, read_entries
from projections import sealer as sealers
from projections.running import run_projections
from projections.sealer import Sealer
from tests.applications import TODAY, received
from tests.registers import hire, placed

LETTERS = str.maketrans("0123456789", "ghijklmnop")
"""A name of staff has no six digits in a row."""


@pytest.fixture
def connection(ledger: Ledger) -> Iterator[psycopg.Connection[DictRow]]:
    """A connection to a ledger whose log has the first lines of its register."""
    hire(ledger)
    with ledger.own_connection() as own:
        yield own


def grow(ledger: Ledger, events: int) -> None:
    """Put so many small events into the log, and leave a gap in its positions."""
    for _ in range(events):
        name = uuid4().hex.translate(LETTERS)
        ledger.execute(REGISTER, placed(f"a{name[:12]}", roles=("advisor",)), TODAY)
    with ledger.own_connection() as connection:
        connection.execute("SELECT nextval(pg_get_serial_sequence('liggare.case_events', 'notification_id'))")


def plain_root(leaves: list[bytes]) -> bytes:
    """The root by the definition, of hashes of leaves."""
    if len(leaves) == 1:
        return leaves[0]
    half = max(2**power for power in range(20) if 2**power < len(leaves))
    return sha256(b"\1" + plain_root(leaves[:half]) + plain_root(leaves[half:])).digest()


def rows(connection: psycopg.Connection[DictRow]) -> list[DictRow]:
    return connection.execute("SELECT * FROM liggare.case_events ORDER BY notification_id").fetchall()


def notes(connection: psycopg.Connection[DictRow]) -> list[str]:
    return [row["note"] for row in connection.execute(SQL["checkpoints"], {"tree": EVENTS.tree})]


def test_an_entry_is_what_the_database_writes_of_it(
    ledger: Ledger, connection: psycopg.Connection[DictRow]
) -> None:
    """So a verifier that has the fields, and no database, comes to the same bytes."""
    received(ledger, 1)
    found = list(read_entries(connection, 0))
    assert found == [
        Placed(
            row["notification_id"],
            entry_of(
                row["notification_id"],
                row["originator_id"],
                row["originator_version"],
                row["topic"],
                row["recorded_at"],
                row["state"],
            ),
        )
        for row in rows(connection)
    ]
    assert list(read_entries(connection, found[1].position, 1)) == [found[2]]
    assert list(read_entries(connection, found[-1].position)) == []


@pytest.mark.parametrize("at_once", [1, 3, 4, 7, 1000])
def test_sealed_in_any_steps_it_is_one_tree(
    ledger: Ledger, connection: psycopg.Connection[DictRow], monkeypatch: pytest.MonkeyPatch, at_once: int
) -> None:
    """Rows of four hashes instead of 256, so that some dozens of events fill three levels.

    Every proof leads to the root; each signed checkpoint is that of the log as far as it goes.
    """
    monkeypatch.setattr(tree, "TILE_LEVELS", 2)
    monkeypatch.setattr(tree, "WIDTH", 4)
    monkeypatch.setattr(sealers, "AT_ONCE", at_once)
    monkeypatch.setitem(SQL, "places", SQL["places"].replace("256", "4"))
    one = Sealer(connection, ledger.keys.signer())
    for _ in range(6):
        grow(ledger, 4)
        one.seal()
    grow(ledger, 5)
    made = one.seal()
    assert made is not None
    assert one.seal() is None
    leaves = [leaf_hash(entry.content) for entry in read_entries(connection, 0)]
    size = len(rows(connection))
    assert len(leaves) == made.size == size
    for note in notes(connection):
        checkpoint = open_checkpoint(note, ledger.keys.signer().key)
        assert checkpoint.root == plain_root(leaves[: checkpoint.size])
    whole = Tree(connection, size)
    positions = [row["notification_id"] for row in rows(connection)]
    places = {
        row["position"]: row["place"] for row in connection.execute(SQL["places"], {"positions": positions})
    }
    assert [places[position] for position in positions] == list(range(size))
    for index, leaf in enumerate(leaves):
        assert root_of_inclusion(leaf, index, size, inclusion_proof(whole.hashes, index, size)) == made.root


def test_the_width_of_a_row(ledger: Ledger, connection: psycopg.Connection[DictRow]) -> None:
    """Six hundred events fill two rows of 256 and begin a third; one row above has two hashes."""
    tree_ = Tree(connection, 0)
    entries = [Placed(number + 1, number.to_bytes(4)) for number in range(600)]
    with connection.transaction():
        tree_.extend(entries[:300])
        tree_.extend(entries[300:])
    assert tree_.size == 600
    assert tree_.root() == plain_root([leaf_hash(entry.content) for entry in entries])
    widths = connection.execute(
        "SELECT level, number, position, length(hashes) / 32 AS width FROM liggare_proof.tile ORDER BY 1, 2"
    ).fetchall()
    assert [tuple(row.values()) for row in widths] == [
        (0, 0, 1, 256),
        (0, 1, 257, 256),
        (0, 2, 513, 88),
        (1, 0, None, 2),
    ]


def test_an_empty_log_has_no_checkpoint(ledger: Ledger) -> None:
    with ledger.own_connection() as connection:
        assert Sealer(connection, ledger.keys.signer()).seal() is None
        assert notes(connection) == []


TAMPERED = {
    "a hash": "UPDATE liggare_proof.tile SET hashes = overlay(hashes PLACING '\\x00'::bytea FROM 5)",
    "a row less": "DELETE FROM liggare_proof.tile",
    "a shorter row": "UPDATE liggare_proof.tile SET hashes = substr(hashes, 1, 32)",
    "a note": "UPDATE liggare_proof.checkpoint SET note = replace(note, 'sealed', 'sealed ')",
}


@pytest.mark.parametrize("change", TAMPERED.values(), ids=TAMPERED)
def test_what_was_changed_is_not_signed_again(
    ledger: Ledger, connection: psycopg.Connection[DictRow], change: str
) -> None:
    grow(ledger, 3)
    told: list[str] = []
    one = Sealer(connection, ledger.keys.signer(), tell=told.append)
    one.seal()
    connection.execute(change)
    before = notes(connection)
    grow(ledger, 1)
    with pytest.raises(LedgerFault, match="run `liggare verify`"):
        one.seal()
    one.finish()
    one.finish()
    assert notes(connection) == before
    assert len(told) == 1
    assert told[0].startswith("nothing of the log is sealed: ")


def test_a_key_of_another_ledger_signs_nothing(
    ledger: Ledger, connection: psycopg.Connection[DictRow]
) -> None:
    grow(ledger, 2)
    Sealer(connection, ledger.keys.signer()).seal()
    other = ledger.keys.model_copy(update={"signing_key": "ab" * 32}).signer()
    with pytest.raises(LedgerFault, match="another key"):
        Sealer(connection, other).seal()


def test_one_seals_at_a_time(ledger: Ledger, connection: psycopg.Connection[DictRow]) -> None:
    grow(ledger, 2)
    with ledger.own_connection() as other, other.transaction():
        other.execute(SQL["alone"], {"lock": sealers.LOCK})
        assert Sealer(connection, ledger.keys.signer()).seal() is None
    assert Sealer(connection, ledger.keys.signer()).seal() is not None


def test_every_so_many_events_or_after_a_while(
    ledger: Ledger, connection: psycopg.Connection[DictRow], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing is looked at twice within a second; then it is the number, or the time, that decides."""
    now = 1000.0
    monkeypatch.setattr(sealers, "monotonic", lambda: now)
    one = Sealer(connection, ledger.keys.signer(), every_events=5, every_seconds=60)
    sizes = []

    def look(after: float) -> None:
        nonlocal now
        now += after
        one.look()
        sizes.append(len(notes(connection)))

    one.seal()
    grow(ledger, 5)
    look(0.5)
    look(0.6)
    grow(ledger, 1)
    look(2)
    look(59)
    look(61)
    assert sizes == [1, 2, 2, 3, 3]


def test_published_to_a_file_a_database_and_a_command(
    ledger: Ledger, connection: psycopg.Connection[DictRow], keys_database: str, tmp_path: Path
) -> None:
    """Each place gets every note once; a file that a write was cut short in still reads."""
    program = tmp_path / "take.py"
    program.write_text("import sys; open(sys.argv[1], 'a').write(sys.stdin.read() + '|')")
    taken, file = tmp_path / "taken", tmp_path / "notes"
    file.write_text("liggare/0\n12")
    for target in (
        str(file),
        url(keys_database),
        f"run:{sys.executable} {program} {taken}",
    ):
        connection.execute("UPDATE liggare_proof.checkpoint SET published_at = NULL")
        one = Sealer(connection, ledger.keys.signer(), Publisher(target), tell=pytest.fail)
        for _ in range(2):
            grow(ledger, 2)
            one.finish()
            one.publish()
        published = Publisher(target).published()
        if target.startswith("run:"):
            assert published is None
            assert taken.read_text("utf-8").split("|")[:-1] == notes(connection)
        else:
            assert published == notes(connection)


def url(conninfo: str) -> str:
    """The URL of a connection string."""
    place = psycopg.conninfo.conninfo_to_dict(conninfo)
    where = "&".join(
        f"{name}={place[name]}" for name in ("host", "port", "user", "password") if name in place
    )
    return f"postgresql:///{place['dbname']}?{where}"


@pytest.mark.parametrize(
    ("target", "why"),
    [
        ("run:false", "ended with 1"),
        ("run:/no/such/program", "can't be run"),
        ("run:", "can't be run"),
        ("run:'", "can't be run"),
        ("/no/such/folder/notes", "No such file"),
        ("/dev/full", "No space left"),
        ("postgresql://127.0.0.1:1/none", "failed: OperationalError"),
    ],
)
def test_what_is_not_published_is_told_and_tried_again(
    ledger: Ledger, connection: psycopg.Connection[DictRow], target: str, why: str
) -> None:
    told: list[str] = []
    grow(ledger, 2)
    one = Sealer(connection, ledger.keys.signer(), Publisher(target), told.append)
    one.finish()
    one.publish()
    assert len(told) == 1
    assert why in told[0]
    assert connection.execute(SQL["unpublished"]).fetchall()


def test_published_notes_that_can_t_be_read(tmp_path: Path) -> None:
    assert Publisher(str(tmp_path / "none")).published() == []
    (tmp_path / "bytes").write_bytes(b"\xff")
    for target, why in (
        (str(tmp_path), "Is a directory"),
        (str(tmp_path / "bytes"), "no text"),
        ("postgresql://127.0.0.1:1/none", "OperationalError"),
    ):
        with pytest.raises(LedgerFault, match=why):
            Publisher(target).published()


def test_the_leader_of_the_projections_seals(ledger: Ledger, connection: psycopg.Connection[DictRow]) -> None:
    """As `liggare projections run --once` does; what it seals is the whole log."""
    grow(ledger, 3)

    def sealing(own: psycopg.Connection[Any]) -> Sealer:
        return Sealer(own, ledger.keys.signer())

    run_projections(ledger, once=True, tell=print, sealing=sealing)
    (note,) = notes(connection)
    checkpoint = open_checkpoint(note, ledger.keys.signer().key)
    assert isinstance(checkpoint, Checkpoint)
    found = rows(connection)
    assert (checkpoint.size, checkpoint.position) == (len(found), found[-1]["notification_id"])
