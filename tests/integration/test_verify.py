"""An adversary who has the database: whatever is edited, dropped, put in, reordered, taken back or forged is named.

Each begins from a sound ledger, sealed in several checkpoints that were published, of which nothing is wrong.
The adversary owns every table and switches the triggers off, but has neither the key file nor what was published.
"""

import secrets
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple
from uuid import UUID, uuid4

import psycopg
import pytest
from psycopg.rows import DictRow, dict_row

from domain.event import Erased
from ledger.checkpoint import Checkpoint, open_checkpoint
from ledger.erasure import erase_person
from ledger.logs import EVENTS
from ledger.opening import open_ledger
from ledger.publishing import Publisher
from ledger.settings import Settings, read_keys, replace_keys
from ledger.signed_note import NoteSigner
from ledger.tree import SQL, Tree, read_entries
from projections.sealer import Sealer
from replays.faults import Fault
from replays.verify import Verified, verify
from tests.applications import OFFICER, TODAY, command, received
from tests.integration.conftest import copied
from tests.projected import catch_up, meet, under_way
from tests.registers import hire

Connection = psycopg.Connection[DictRow]


class Scene(NamedTuple):
    """A sound ledger: its settings, a case under way, one that was refused, one whose person is erased."""

    settings: Settings
    going: UUID
    refused: UUID
    erased: UUID


@pytest.fixture(scope="module")
def original(
    server_url: str, template: tuple[str, Path], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[str, str, Scene]]:
    """The name of a database with the sound ledger, what was published of it, and its scene."""
    origin, home = template
    name, published = f"scene_{uuid4().hex}", tmp_path_factory.mktemp("scene") / "published"
    with copied(server_url, origin, name) as url:
        made = played(Settings(home=home, database_url=url, publish=str(published)))
        yield name, published.read_text(), made


def played(settings: Settings) -> Scene:
    """Let it happen, sealed and published at four moments."""
    with open_ledger(settings) as ledger, ledger.own_connection() as connection:
        sealer = Sealer(connection, ledger.keys.signer(), Publisher(str(settings.publish)), pytest.fail)
        hire(ledger)
        sealer.finish()
        going = under_way(ledger, 1)
        refused = received(ledger, 2, work=[])
        ledger.execute(refused, command("decide", "2025-04-20"), TODAY)
        sealer.finish()
        erased = under_way(ledger, 3)
        erase_person(ledger, ledger.person_of(erased).person_ref, OFFICER, TODAY)
        connection.execute("SELECT nextval(pg_get_serial_sequence('liggare.case_events', 'notification_id'))")
        meet(ledger, going, "2025-05-05")
        sealer.finish()
        meet(ledger, going, "2025-05-12")
        catch_up(connection)
        sealer.finish()
    return Scene(settings, going, refused, erased)


@pytest.fixture
def scene(server_url: str, original: tuple[str, str, Scene], tmp_path: Path) -> Iterator[Scene]:
    """The sound ledger, a copy of its own for each test, with its key file and what was published."""
    name, published, made = original
    (tmp_path / "published").write_text(published)
    home = tmp_path / "home"
    shutil.copytree(made.settings.home, home, copy_function=shutil.copy2)
    with copied(server_url, name, f"copy_{uuid4().hex}") as url:
        settings = Settings(home=home, database_url=url, publish=str(tmp_path / "published"))
        yield made._replace(settings=settings)


@pytest.fixture
def adversary(scene: Scene) -> Iterator[Connection]:
    """A connection with every right, for which no trigger fires."""
    with psycopg.connect(
        str(scene.settings.database_url), autocommit=True, row_factory=dict_row
    ) as connection:
        connection.execute("SET session_replication_role = replica")
        yield connection


def tried(scene: Scene, **how: Any) -> Verified:
    with open_ledger(scene.settings) as ledger:
        return verify(ledger, scene.settings, **how)


def kinds(found: Verified) -> set[str]:
    return {fault.kind for fault in found.faults}


def said(found: Verified) -> str:
    return "\n".join(f"{fault.kind}: {fault.what}" for fault in found.faults)


def event(adversary: Connection, case: UUID, version: int) -> DictRow:
    row = adversary.execute(
        "SELECT * FROM liggare.case_events WHERE originator_id = %s AND originator_version = %s",
        [case, version],
    ).fetchone()
    assert row is not None
    return row


@pytest.mark.parametrize("how", [{}, {"processes": 2}])
def test_a_sound_ledger(scene: Scene, how: dict[str, Any]) -> None:
    """Nothing is found, and how much was tried is told; in two processes as in one."""
    found = tried(scene, **how)
    assert found.faults == []
    with open_ledger(scene.settings) as ledger, ledger.own_connection() as connection:
        events = len(list(read_entries(connection, 0)))
    assert found.counts == {
        "events hashed": events,
        "events sealed": events,
        "checkpoints": 8,
        "readings hashed": 0,
        "readings sealed": 0,
        "checkpoints of readings": 0,
        "events opened": events,
        "cases": 4,
        "decisions": 3,
        "of them erased": 1,
        "commands": events,
    }


def test_what_is_not_sealed_yet_is_no_fault(scene: Scene) -> None:
    with open_ledger(scene.settings) as ledger:
        meet(ledger, scene.going, "2025-05-19")
    found = tried(scene)
    assert found.faults == []
    assert found.counts["events hashed"] == found.counts["events sealed"] + 1


def test_what_is_sealed_while_it_is_verified(scene: Scene) -> None:
    """The tree grows between two looks at it; the ledger is tried as it stood at the first."""

    def stage(name: str, _: int) -> Callable[[int], None]:
        def step(_: int) -> None:
            with open_ledger(scene.settings) as ledger, ledger.own_connection() as connection:
                meet(ledger, scene.going, "2025-05-19")
                Sealer(connection, ledger.keys.signer()).seal()

        return step if name == "tree" else lambda _: None

    found = tried(scene, stage=stage)
    assert found.faults == [], said(found)
    assert found.counts["events hashed"] == found.counts["events sealed"]
    assert found.counts["events sealed"] == tried(scene).counts["events sealed"] - 1


EDITS = {
    "state": "state = convert_to(replace(convert_from(state, 'UTF8'), '2025-05-05', '2025-05-06'), 'UTF8')",
    "a blank more": "state = state || ' '::bytea",
    "recorded at": "recorded_at = recorded_at - interval '1 microsecond'",
    "topic": "topic = 'case.meeting_missed'",
}


@pytest.mark.parametrize("edit", EDITS.values(), ids=EDITS)
def test_an_edited_event(scene: Scene, adversary: Connection, edit: str) -> None:
    """A day, a blank, a microsecond or the kind: the event is named."""
    row = event(adversary, scene.going, 5)
    adversary.execute(
        f"UPDATE liggare.case_events SET {edit} WHERE notification_id = %s", [row["notification_id"]]
    )
    found = tried(scene)
    where = f"number 5 of case {scene.going}) is not as it was sealed"
    assert [fault.position for fault in found.faults if where in fault.what] == [row["notification_id"]]
    assert not any(
        fault.kind == "event" and fault.position != row["notification_id"] for fault in found.faults
    ), said(found)
    assert "its root is not that of the log" in said(found)
    assert "tree" not in kinds(found), said(found)


def test_a_dropped_event(scene: Scene, adversary: Connection) -> None:
    """Gone from the middle: told between which positions, by the tree, and by the case, which number."""
    row = event(adversary, scene.going, 5)
    adversary.execute("DELETE FROM liggare.case_events WHERE notification_id = %s", [row["notification_id"]])
    found = tried(scene)
    assert "1 event that was sealed is gone from the log, between positions" in said(found)
    assert f"case {scene.going}: event 5 is missing" in said(found)


def test_the_last_event_dropped(scene: Scene, adversary: Connection) -> None:
    row = event(adversary, scene.going, 6)
    adversary.execute("DELETE FROM liggare.case_events WHERE notification_id = %s", [row["notification_id"]])
    found = tried(scene)
    assert "1 event that was sealed is gone from the log, after position" in said(found)
    assert "events are gone" in said(found)


def test_an_event_put_in(scene: Scene, adversary: Connection) -> None:
    """At a position that a rolled-back save had left free, as one more event of a case."""
    row = event(adversary, scene.going, 5)
    free = row["notification_id"] - 1
    adversary.execute(
        "INSERT INTO liggare.case_events (originator_id, originator_version, topic, state, notification_id, "
        "recorded_at) OVERRIDING SYSTEM VALUE VALUES (%s, 3, %s, %s, %s, %s)",
        [scene.refused, row["topic"], row["state"], free, row["recorded_at"]],
    )
    found = tried(scene)
    where = f"event {free} of the log (case.meeting_held, number 3 of case {scene.refused})"
    assert f"{where} was put in among what was sealed" in said(found)
    assert {fault.position for fault in found.faults if fault.kind == "event"} == {free}


def test_events_that_change_places(scene: Scene, adversary: Connection) -> None:
    one, two = event(adversary, scene.going, 5), event(adversary, scene.going, 6)
    adversary.execute("ALTER TABLE liggare.case_events ALTER notification_id DROP IDENTITY")
    for row, position in ((one, -5), (two, one["notification_id"]), (one, two["notification_id"])):
        adversary.execute(
            "UPDATE liggare.case_events SET notification_id = %s "
            "WHERE originator_id = %s AND originator_version = %s",
            [position, row["originator_id"], row["originator_version"]],
        )
    found = tried(scene)
    named = {fault.position for fault in found.faults if "is not as it was sealed" in fault.what}
    assert named == {one["notification_id"], two["notification_id"]}
    assert "stands, or was recorded, before number" in said(found)


def test_boxes_that_change_places(scene: Scene, adversary: Connection) -> None:
    """What is sealed of one person put into another's event does not open there."""
    mine, other = event(adversary, scene.refused, 1), event(adversary, scene.going, 1)
    adversary.execute(
        "UPDATE liggare.case_events SET state = convert_to(jsonb_set(convert_from(state, 'UTF8')::jsonb, "
        "'{sealed}', convert_from(%s, 'UTF8')::jsonb -> 'sealed')::text, 'UTF8') WHERE notification_id = %s",
        [other["state"], mine["notification_id"]],
    )
    found = tried(scene)
    assert "does not open in its place" in said(found)
    assert f"number 1 of case {scene.refused}) is not as it was sealed" in said(found)


def rebuilt(connection: Connection, signer: NoteSigner) -> None:
    """What an adversary can do who knows this program: build the tree anew over a changed log, and sign it."""
    for table in ("tile", "checkpoint"):
        connection.execute(f"DELETE FROM liggare_proof.{table}")
    Sealer(connection, signer).seal()


def test_an_edited_event_and_a_tree_built_anew(scene: Scene, adversary: Connection) -> None:
    """The rows of the tree fit again, the checkpoints don't: it is told between which of them the change lies."""
    row = event(adversary, scene.going, 5)
    adversary.execute(
        f"UPDATE liggare.case_events SET {EDITS['state']} WHERE notification_id = %s",
        [row["notification_id"]],
    )
    entries = list(read_entries(adversary, 0))
    adversary.execute("DELETE FROM liggare_proof.tile")
    Tree(adversary, 0).extend(entries)
    found = tried(scene)
    assert kinds(found) == {"checkpoint"}
    signed = [open_checkpoint(note, key(scene)) for note in notes(adversary)]
    before = max(one.position for one in signed if one.position < row["notification_id"])
    after = min(one.position for one in signed if one.position >= row["notification_id"])
    assert f"what differs lies after position {before} and not after {after}" in said(found)


def test_signed_again_with_another_key(scene: Scene, adversary: Connection) -> None:
    """The whole chain forged but for the key; and, had the key file been changed too, what was published tells."""
    rebuilt(adversary, NoteSigner(key(scene).name, secrets.token_bytes(32)))
    found = tried(scene)
    assert "it was signed with another key" in said(found)
    seed = read_keys(scene.settings.home).model_copy(update={"signing_key": "ab" * 32})
    replace_keys(scene.settings.home, seed)
    rebuilt(adversary, seed.signer())
    found = tried(scene)
    assert "published checkpoint 1: it was signed with another key" in said(found)


def key(scene: Scene) -> Any:
    return read_keys(scene.settings.home).signer().key


def notes(connection: Connection) -> list[str]:
    return [row["note"] for row in connection.execute(SQL["checkpoints"], {"tree": EVENTS.tree})]


def test_everything_taken_back(scene: Scene, adversary: Connection) -> None:
    """All tables as they were at the second checkpoint, as after a backup put back: what was published tells."""
    kept = notes(adversary)[:2]
    until = open_checkpoint(kept[-1], key(scene))
    adversary.execute("DELETE FROM liggare.case_events WHERE notification_id > %s", [until.position])
    adversary.execute("DELETE FROM liggare.command WHERE position > %s", [until.position])
    adversary.execute("DELETE FROM liggare_proof.checkpoint WHERE size > %s", [until.size])
    adversary.execute("DELETE FROM liggare_proof.tile")
    Tree(adversary, 0).extend(list(read_entries(adversary, 0)))
    found = tried(scene)
    assert "was published and is not in the ledger: the ledger is an older copy" in said(found)
    assert "events are gone" in said(found)


def test_a_fork(scene: Scene, adversary: Connection) -> None:
    """Taken back, gone on with, and sealed with the ledger's own key: another branch than was published."""
    until = open_checkpoint(notes(adversary)[1], key(scene))
    for table, column in (("liggare.case_events", "notification_id"), ("liggare.command", "position")):
        adversary.execute(f"DELETE FROM {table} WHERE {column} > %s", [until.position])
    adversary.execute("DELETE FROM liggare_proof.checkpoint WHERE size > %s", [until.size])
    adversary.execute("DELETE FROM liggare_proof.tile")
    Tree(adversary, 0).extend(list(read_entries(adversary, 0)))
    with open_ledger(scene.settings) as ledger, ledger.own_connection() as connection:
        for day in range(1, 20):
            meet(ledger, scene.going, f"2025-06-{day:02d}")
        Sealer(connection, ledger.keys.signer()).seal()
    found = tried(scene)
    assert "or another branch of it" in said(found)
    assert "(published): its root is not that of the log" in said(found)


TABLES = {
    "a month freed": (
        "DELETE FROM liggare.consumed_month WHERE month = '2024-12' AND case_id = %(going)s",
        "case {going}: month 2024-12 is used up by its decision, and kept as free",
    ),
    "a month used up": (
        (
            "INSERT INTO liggare.consumed_month "
            "SELECT person_ref, '2020-01', case_id FROM liggare.consumed_month LIMIT 1"
        ),
        "month 2020-01 is kept as used up, and no decision of it stands on it",
    ),
    "a month moved": (
        "UPDATE liggare.consumed_month SET month = '2019-01' WHERE month = '2024-12' AND case_id = %(going)s",
        "case {going}: month 2019-01 is kept as used up",
    ),
    "another's month": (
        (
            "UPDATE liggare.consumed_month SET person_ref = (SELECT person_ref FROM liggare.case_register "
            "WHERE case_id = %(refused)s) WHERE month = '2024-12' AND case_id = %(going)s"
        ),
        "case {going}: month 2024-12 is kept as another person's",
    ),
    "a month of no case": (
        (
            "INSERT INTO liggare.consumed_month "
            "SELECT person_ref, '2020-01', '00000000-0000-4000-8000-00000000000f' "
            "FROM liggare.consumed_month LIMIT 1"
        ),
        "months are used up by it, and the log has no event of it",
    ),
    "the stage": (
        "UPDATE liggare.case_register SET stage = 'granted' WHERE case_id = %(refused)s",
        "case {refused}: the case register has another stage",
    ),
    "a case less": (
        "DELETE FROM liggare.case_register WHERE case_id = %(refused)s",
        "case {refused}: the case register lacks it",
    ),
    "a case more": (
        (
            "INSERT INTO liggare.case_register SELECT '00000000-0000-4000-8000-00000000000f', person_ref, service, "
            "received_on, stage, outcome, agreed_end, fresh_evidence, key_id FROM liggare.case_register LIMIT 1"
        ),
        "the case register has it, and the log has no event of it",
    ),
    "a person joined": (
        (
            "UPDATE liggare.person SET joined_to = (SELECT person_ref FROM liggare.case_register WHERE case_id = "
            "%(going)s) WHERE person_ref = (SELECT person_ref FROM liggare.case_register "
            "WHERE case_id = %(refused)s)"
        ),
        "case {refused}: its person is kept as one with another, by no decision",
    ),
    "a command less": (
        (
            "DELETE FROM liggare.command WHERE position = (SELECT notification_id FROM "
            "liggare.case_events WHERE originator_id = %(refused)s AND originator_version = 2)"
        ),
        "number 2 of case {refused}): its command is not kept",
    ),
    "a command's answer": (
        (
            "UPDATE liggare.command SET event_ids = event_ids || gen_random_uuid() WHERE position = (SELECT "
            "notification_id FROM liggare.case_events WHERE originator_id = %(refused)s AND originator_version = 2)"
        ),
        "number 2 of case {refused}): its command led to 2 events, of which 1 are gone",
    ),
    "a command's position": (
        (
            "UPDATE liggare.command SET position = position + 1000 WHERE position = (SELECT notification_id FROM "
            "liggare.case_events WHERE originator_id = %(refused)s AND originator_version = 2)"
        ),
        "number 2 of case {refused}): its command is kept with another position",
    ),
    "a row that is shown": (
        "UPDATE liggare_read.engagement SET meetings_held = meetings_held + 1 WHERE source = %(going)s",
        "table engagement, case {going}: meetings_held differ",
    ),
    "a row less": (
        "DELETE FROM liggare_read.engagement WHERE source = %(going)s",
        "table engagement, case {going}: 0 rows, 1 when built anew differ",
    ),
    "a key destroyed": (
        (
            "UPDATE liggare_keys.person_key SET wrapped_key = NULL, destroyed_at = now() WHERE key_id = "
            "(SELECT key_id FROM liggare.case_register WHERE case_id = %(going)s)"
        ),
        "is destroyed, and its person is not erased",
    ),
    "a key put back": (
        (
            "WITH gone AS (DELETE FROM liggare.closed_key) UPDATE liggare_keys.person_key AS k "
            "SET wrapped_key = o.wrapped_key, wrapped_by = o.wrapped_by, "
            "destroyed_at = NULL, ordered_at = NULL, ordered_by = NULL FROM liggare_keys.person_key AS o "
            "WHERE o.wrapped_key IS NOT NULL AND k.key_id = "
            "(SELECT key_id FROM liggare.case_register WHERE case_id = %(erased)s)"
        ),
        "case {erased}: its person is erased, and the key",
    ),
    "keys exchanged": (
        (
            "UPDATE liggare_keys.person_key AS k SET wrapped_key = o.wrapped_key FROM liggare_keys.person_key AS o "
            "WHERE o.wrapped_key IS NOT NULL AND k.wrapped_key IS NOT NULL AND o.key_id <> k.key_id"
        ),
        "does not open in its place",
    ),
    "a key of nobody's": (
        (
            "UPDATE liggare_keys.person_key SET wrapped_key = decode(repeat('00', 40), 'hex') WHERE key_id = "
            "(SELECT key_id FROM liggare.case_register WHERE case_id = %(going)s)"
        ),
        "does not unwrap",
    ),
    "whose a key is": (
        (
            "UPDATE liggare_keys.person_key SET person_ref = repeat('0', 64) WHERE key_id = "
            "(SELECT key_id FROM liggare.case_register WHERE case_id = %(going)s)"
        ),
        "is kept as another person's",
    ),
    "a hash of the tree": (
        "UPDATE liggare_proof.tile SET hashes = overlay(hashes PLACING '\\x00'::bytea FROM 70)",
        "rows of the tree of events after position 0 are not as they were",
    ),
    "a tree gone": (
        "DELETE FROM liggare_proof.tile",
        "rows of the tree of events after position 0 are not as they were",
    ),
    "a checkpoint's row": (
        "UPDATE liggare_proof.checkpoint SET position = position - 1",
        "its row says something else than its note",
    ),
    "a checkpoint's note": (
        "UPDATE liggare_proof.checkpoint SET note = replace(note, E'\\nsealed 2', E'\\nsealed 3')",
        "its signature does not fit its text",
    ),
    "a checkpoint taken away": (
        "DELETE FROM liggare_proof.checkpoint WHERE size = (SELECT max(size) FROM liggare_proof.checkpoint)",
        "was published and is not in the ledger",
    ),
}


@pytest.mark.parametrize(("change", "wanted"), TABLES.values(), ids=TABLES)
def test_a_table_beside_the_log(scene: Scene, adversary: Connection, change: str, wanted: str) -> None:
    """The ledger's own tables, what is shown, keys and proofs: what is changed is named, by case or event."""
    cases = {"going": scene.going, "refused": scene.refused, "erased": scene.erased}
    done = adversary.execute(change, cases)
    assert done.rowcount
    found = tried(scene)
    assert wanted.format(**cases) in said(found), said(found)


def test_a_receipt_forged_with_the_persons_key(scene: Scene) -> None:
    """Who has the keys too can seal another answer; it is not what the law gives, and not what was signed."""
    with open_ledger(scene.settings) as ledger, ledger.own_connection() as connection:
        connection.execute("SET session_replication_role = replica")
        row = event(connection, scene.refused, 2)
        entry = ledger.history(scene.refused)[1]
        receipt = entry.event.receipt  # type: ignore[attr-defined]
        assert not isinstance(receipt, Erased)
        other = receipt.assessment.replace("2025-04-20", "2025-04-21")
        forged = entry.event.model_copy(update={"receipt": receipt.model_copy(update={"assessment": other})})
        person_key = ledger.person_keys.of_person(ledger.person_of(scene.refused).person_ref)
        stored = ledger._mapper.to_stored_event(scene.refused, 2, forged, person_key)
        connection.execute(
            "UPDATE liggare.case_events SET state = %s WHERE notification_id = %s",
            [stored.state, row["notification_id"]],
        )
    found = tried(scene)
    assert {"receipt", "event", "checkpoint"} <= kinds(found)
    assert f"case {scene.refused}, decision of 2025-04-20" in said(found)


def since(scene: Scene, adversary: Connection, number: int) -> Checkpoint:
    return open_checkpoint(notes(adversary)[number], key(scene))


@pytest.mark.parametrize("number", range(4))
def test_since_a_trusted_checkpoint(scene: Scene, adversary: Connection, number: int) -> None:
    """Only what came after is hashed, and only its cases are tried."""
    trusted = since(scene, adversary, number)
    whole = tried(scene)
    found = tried(scene, since=trusted)
    assert found.faults == []
    assert found.counts["events hashed"] == whole.counts["events hashed"] - trusted.size
    assert found.counts["cases"] == [3, 2, 1, 0][number]


def test_since_a_trusted_checkpoint_what_was_changed_later(scene: Scene, adversary: Connection) -> None:
    trusted = since(scene, adversary, 1)
    row = event(adversary, scene.going, 5)
    adversary.execute(
        f"UPDATE liggare.case_events SET {EDITS['state']} WHERE notification_id = %s",
        [row["notification_id"]],
    )
    found = tried(scene, since=trusted)
    assert f"number 5 of case {scene.going}) is not as it was sealed" in said(found)


def test_since_a_checkpoint_that_the_tree_does_not_go_on_from(scene: Scene, adversary: Connection) -> None:
    """Of another branch, larger than what is left, or over a tree that lost rows: a consistency proof is none."""
    trusted = since(scene, adversary, 1)
    other = trusted._replace(root=bytes(32))
    assert "does not begin with the trusted one" in said(tried(scene, since=other))
    larger = trusted._replace(size=10_000)
    assert "something was taken back" in said(tried(scene, since=larger))
    adversary.execute("DELETE FROM liggare_proof.tile")
    assert "does not begin with the trusted one" in said(tried(scene, since=trusted))


def test_stopped_and_gone_on_with(scene: Scene, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Stopped anywhere, what was done is not done again, and what comes of it is the same."""
    whole, resume = tried(scene), tmp_path / "resume"
    steps = 0

    def stage(name: str, total: int) -> Callable[[int], None]:
        def step(count: int) -> None:
            nonlocal steps
            steps += count if name == "cases" else 0
            if name == "cases" and steps == 20:
                raise KeyboardInterrupt

        return step

    with pytest.raises(KeyboardInterrupt):
        tried(scene, resume=resume, stage=stage)
    steps = 100
    assert tried(scene, resume=resume, stage=stage) == whole
    assert steps == 164
    assert not resume.exists()


def test_faults_come_in_the_logs_order(scene: Scene, adversary: Connection) -> None:
    for version in (6, 5):
        adversary.execute(
            "UPDATE liggare.case_events SET state = state || ' '::bytea WHERE originator_id = %s AND "
            "originator_version = %s",
            [scene.going, version],
        )
    positions = [fault.position for fault in tried(scene).faults if fault.position]
    assert positions == sorted(positions)
    assert isinstance(tried(scene).faults[0], Fault)
