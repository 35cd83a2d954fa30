"""Bundles of real cases: what they hold, what they leave closed, and when none is made."""

import json
from base64 import b64decode
from typing import Any, NamedTuple
from uuid import UUID, uuid4

import psycopg
import pytest
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from pydantic_core import to_jsonable_python

from domain.event import sealed_fields
from domain.policy import POLICIES
from domain.rejections import CommandRejected
from ledger.erasure import erase_person
from ledger.faults import LedgerFault
from ledger.ledger import Ledger
from ledger.opening import open_ledger, upgrade_ledger
from ledger.readings import record_reading
from ledger.settings import Settings
from ledger.tree import SQL as TREE_SQL
from projections.sealer import LOCK, Sealer
from replays import bundle, receipts
from replays.bundle import bundle_of, redecided_in
from replays.verify_bundle import ERASED, Verified, key_of, verify
from tests import employers
from tests.applications import OFFICER, TODAY, command, received
from tests.integration import test_histories
from tests.registers import hire

history = test_histories.history
"""The fixture: a release's ledger as it was left."""


class Lives(NamedTuple):
    """A person's two cases: a grant, and a refusal that rests on it."""

    granted: UUID
    refused: UUID


@pytest.fixture
def lives(ledger: Ledger) -> Lives:
    hire(ledger)
    granted = received(ledger, 1)
    ledger.execute(granted, command("decide", "2025-04-20"), TODAY)
    received(ledger, 2)
    ledger.execute(granted, command("start_engagement", "2025-04-27", provider="abc"), TODAY)
    ledger.execute(granted, command("hold_meeting", "2025-05-02", mode="digital"), TODAY)
    refused = received(ledger, 1, reference="again", received_on="2026-08-01")
    ledger.execute(refused, command("decide", "2026-08-10"), TODAY)
    return Lives(granted, refused)


def opened(ledger: Ledger, case_id: UUID) -> Verified:
    """A case's bundle, made and verified."""
    return verify(bundle_of(ledger, case_id, "user:eva"), key_of(str(ledger.keys.signer().key)))


def test_every_event_of_the_case_is_shown_as_the_ledger_reads_it(ledger: Ledger, lives: Lives) -> None:
    for case_id in lives:
        found, entries = opened(ledger, case_id), ledger.history(case_id)
        assert [event.row["position"] for event in found.events] == [entry.position for entry in entries]
        for event, entry in zip(found.events, entries, strict=True):
            read = to_jsonable_python(entry.event)
            assert set(event.opened) == set(sealed_fields(type(entry.event)))
            assert {name: read[name] for name in event.opened} == event.opened
            assert event.row["recorded_at"] == entry.recorded_at.strftime("%Y-%m-%dT%H:%M:%S.%fZ")
            assert event.body["event_id"] == read["event_id"]
        assert found.remarks == []
        assert (found.bundle["case"], found.bundle["made_by"]) == (str(case_id), "user:eva")
        assert [one.status for _, one in redecided_in(found)] == ["same"]


def test_what_a_decision_relied_on_in_another_case_stays_closed(ledger: Ledger, lives: Lives) -> None:
    """The grant is proved as it is stored; none of the bundle's keys opens any of its boxes."""
    found = opened(ledger, lives.refused)
    [row] = found.bundle["relied_on"]
    grant = ledger.case(lives.granted).grant
    assert grant is not None
    body = json.loads(row["state"])
    assert (row["case"], body["event_id"]) == (str(lives.granted), str(grant.event_id))
    assert "keys" not in row
    raw = b64decode(body["sealed"]["receipt"][2:])
    place = f"{lives.granted}/{grant.event_id}/receipt".encode()
    keys = [key for event in found.events for key in event.row.get("keys", {}).values()]
    assert len(keys) == 2
    for key in keys:
        with pytest.raises(InvalidTag):
            AESGCM(b64decode(key)).decrypt(raw[:12], raw[12:], place)


def test_a_decisions_conditions_are_there_as_their_digest_has_them(ledger: Ledger, lives: Lives) -> None:
    [text] = opened(ledger, lives.granted).bundle["policies"]
    policy = json.loads(text)
    assert (policy["name"], policy["version"]) == ("kammarkollegiet", "2022-10-01")
    assert policy["months_required"]["value"] == POLICIES[0].months_required.value


def test_conditions_that_this_program_does_not_know(
    ledger: Ledger, lives: Lives, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The bundle is made without their text, which it says, and the decision is not made again."""

    def unknown(name: str, version: str) -> None:
        raise LookupError

    monkeypatch.setattr(bundle, "policy_version", unknown)
    monkeypatch.setattr(receipts, "policy_version", unknown)
    found = opened(ledger, lives.granted)
    assert found.bundle["policies"] == []
    [remark] = found.remarks
    assert "event 2 of case" in remark
    assert "the text of its conditions is not in the bundle" in remark
    assert [one.status for _, one in redecided_in(found)] == ["unknown_rules"]


def test_who_has_read_the_case_is_told(ledger: Ledger, lives: Lives) -> None:
    record_reading(ledger, [lives.granted], "user:eva", "case", "begäran 17")
    record_reading(ledger, [lives.refused], "user:bo", "case")
    found = opened(ledger, lives.granted)
    [reading] = found.bundle["readings"]
    assert (reading["actor"], reading["command"], reading["purpose"]) == ("user:eva", "case", "begäran 17")
    assert any("by user:eva: case; begäran 17" in line for line in found.lines)


def test_of_an_erased_person_the_proof_holds_and_the_content_is_raderad(ledger: Ledger, lives: Lives) -> None:
    before = bundle_of(ledger, lives.granted, "user:eva")
    erase_person(ledger, ledger.person_of(lives.granted).person_ref, OFFICER, TODAY)
    found = opened(ledger, lives.granted)
    assert found.events[-1].row["topic"] == "case.person_erased"
    assert {content for event in found.events for content in event.opened.values()} == {ERASED}
    assert '"keys"' not in json.dumps(found.bundle)
    assert any(line.strip() == "details: raderad" for line in found.lines)
    assert [one.status for _, one in redecided_in(found)] == ["erased"]
    assert len(opened(ledger, lives.refused).events) == 3
    assert len(verify(before, key_of(str(ledger.keys.signer().key))).events) == 4  # as a copy on paper


def test_an_employers_case_is_clear(ledger: Ledger) -> None:
    hire(ledger)
    case_id = uuid4()
    ledger.execute(case_id, employers.opening(), TODAY)
    ledger.execute(case_id, employers.application("education", "wages"), TODAY)
    ledger.execute(case_id, employers.asked("decide_funding", "2025-03-01"), TODAY)
    found = opened(ledger, case_id)
    assert [event.row["version"] for event in found.events] == [1, 2, 3]
    assert not any(event.opened for event in found.events)
    assert any("COST_TYPE_NOT_FUNDED" in line for line in found.lines)
    assert list(redecided_in(found)) == []


def test_every_case_of_every_release(history: tuple[Settings, list[Any]]) -> None:
    """Boxes of 0.1.0 have no key of their own: their content rests on the signature, which is said of each."""
    settings, _ = history
    upgrade_ledger(settings)
    with open_ledger(settings) as ledger:
        rows = ledger.select(
            "SELECT DISTINCT originator_id AS case_id FROM liggare.case_events "
            "WHERE topic IN ('case.application_received', 'employer.case_opened')"
        )
        bundles = [opened(ledger, row["case_id"]) for row in rows]
    assert len(bundles) > 5
    again = [one.status for found in bundles for _, one in redecided_in(found)]
    assert set(again) == {"same", "erased"}
    old = [event for found in bundles for event in found.events if event.row.get("contents")]
    remarks = [remark for found in bundles for remark in found.remarks]
    assert len(old) > 5
    assert len(remarks) == sum(len(event.row["contents"]) for event in old)
    assert all("rests on the ledger's signature alone" in remark for remark in remarks)


def test_an_unknown_case(ledger: Ledger) -> None:
    with pytest.raises(CommandRejected, match="UNKNOWN_CASE"):
        bundle_of(ledger, uuid4(), "user:eva")


def test_another_sealer_is_waited_for(ledger: Ledger, lives: Lives, monkeypatch: pytest.MonkeyPatch) -> None:
    """What another process holds up is tried again, and no bundle is made without its checkpoint."""
    monkeypatch.setattr(bundle, "WAIT_SECONDS", 0.01)
    monkeypatch.setattr(bundle, "WAITS", 3)
    with ledger.own_connection() as other:
        with other.transaction():
            assert other.execute(TREE_SQL["alone"], {"lock": LOCK}).fetchone() == {"alone": True}
            with pytest.raises(LedgerFault, match="another process is sealing"):
                bundle_of(ledger, lives.granted, "user:eva")
        assert len(opened(ledger, lives.granted).events) == 4


MEETING = " WHERE topic = 'case.meeting_held'"
HARM = {
    "an event": (
        "UPDATE liggare.case_events SET state = replace(convert_from(state, 'UTF8'), 'digital', 'physical')::bytea"
        + MEETING,
        r"event 4 of case .* is not what was sealed",
    ),
    "its time": (
        "UPDATE liggare.case_events SET recorded_at = recorded_at + interval '1 microsecond'" + MEETING,
        r"event 4 of case .* is not what was sealed",
    ),
    "the event before it": (
        "DELETE FROM liggare.case_events WHERE topic = 'case.engagement_started'",
        r"no bundle is made, for it would not hold",
    ),
    "the tree": ("DELETE FROM liggare_proof.tile", "the tree is not as it was signed"),
}


@pytest.mark.parametrize("what", HARM)
def test_of_what_was_changed_no_bundle_is_made(
    ledger: Ledger, settings: Settings, lives: Lives, what: str
) -> None:
    with ledger.own_connection() as connection:
        Sealer(connection, ledger.keys.signer()).seal()
    harm, said = HARM[what]
    assert settings.database_url
    with psycopg.connect(settings.database_url, autocommit=True) as database:
        database.execute("SET session_replication_role = replica")
        assert database.execute(harm).rowcount == 1
    with (
        open_ledger(settings) as reader,
        pytest.raises(LedgerFault, match=said) as fault,
    ):
        bundle_of(reader, lives.granted, "user:eva")
    assert "\n" not in str(fault.value)
    assert "run `liggare verify`" in str(fault.value)


def test_while_the_person_is_being_erased_no_bundle_is_made(
    ledger: Ledger, settings: Settings, lives: Lives
) -> None:
    """The key is gone, and nothing in the case says why yet."""
    with open_ledger(settings) as reader:
        ledger.person_keys.execute(
            "order_destruction", persons=[ledger.person_of(lives.granted).person_ref], actor=OFFICER, on=TODAY
        )
        orders = ledger.person_keys.execute("keys_ordered_destroyed")
        ledger.person_keys.execute("destroy_keys", keys=[order["key_id"] for order in orders])
        with pytest.raises(LedgerFault, match="is being erased"):
            bundle_of(reader, lives.granted, "user:eva")
