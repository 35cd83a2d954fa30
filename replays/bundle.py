"""Audit bundles: a case's events in one file that proves them, by `verify_bundle.py` and a public key alone.

    rows        the case's events as they are stored, and those of other cases that its decisions relied on
    checkpoint  the log is sealed, and the events have their places in its tree
    keys        each sealed box's own key, which opens that box and nothing else
    note        all of it as JSON that the ledger signs; verified before anybody gets it

An event of another case keeps its boxes closed: what a decision takes from one is clear (the months of a grant, its
last day), and its whole stored text is needed to show that the tree holds it.
"""

import json
import time
from base64 import b64encode
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, NamedTuple
from uuid import UUID

from psycopg import Connection
from psycopg.rows import DictRow

from domain.events import EligibilityAssessed, PersonErased
from domain.policy import canonical_text, policy_version
from ledger.checkpoint import open_checkpoint
from ledger.faults import LedgerFault
from ledger.ledger import Ledger
from ledger.logs import EVENTS
from ledger.mapper import SEALED, EventMapper
from ledger.merkle import inclusion_proof
from ledger.queries import queries
from ledger.readings import readings_of
from ledger.sealing import OWN_KEY, PersonKey, place
from ledger.signed_note import NoteSigner
from ledger.tree import SQL as TREE_SQL
from ledger.tree import Tree
from projections.sealer import Sealer
from replays import verify_bundle
from replays.log import LogRow, log_rows
from replays.receipts import Redecided, redecided
from replays.verify_bundle import FORMAT, NoBundle, NotProved, Verified, key_of

SQL = queries("replays", "bundle.sql")
WAITS, WAIT_SECONDS = 120, 0.5
"""How often, and how long, another process that seals is waited for."""
AS_VERIFIED = "run `liggare verify`, which says what is wrong"


class Proof(NamedTuple):
    """Where in the tree an event is, and the hashes that lead from it to the root."""

    leaf: int
    hashes: list[bytes]


def bundle_of(ledger: Ledger, case_id: UUID, by: str) -> bytes:
    """Return a case's bundle, which was verified; what is not sealed yet is sealed first.

    Raises `CommandRejected` where there is no such case, `LedgerFault` where it is not as it was sealed.
    """
    signer = ledger.keys.signer()
    ledger.history(case_id)  # which says where there is no such case
    rows = log_rows(ledger.rows("case_entries", cases=[case_id], versions=[0]))
    bodies = [_body(row) for row in rows]
    others = _relied_on(ledger, bodies)
    with ledger.own_connection() as connection:
        note = sealed_up_to(connection, signer, max(row.position for row in (*rows, *others)))
        size = open_checkpoint(note, signer.key).size
        places = proofs(connection, [row.position for row in (*rows, *others)], size)
    keys = _keys(ledger, rows, bodies)
    values = {
        "format": FORMAT,
        "ledger": signer.key.name,
        "made_at": _instant(datetime.now(UTC)),
        "made_by": by,
        "case": str(case_id),
        "checkpoint": note,
        "events": [
            _event(row, places[row.position]) | _boxes(row, body, keys)
            for row, body in zip(rows, bodies, strict=True)
        ],
        "relied_on": [{"case": str(row.case_id)} | _event(row, places[row.position]) for row in others],
        "policies": list(_policies(bodies)),
        "readings": [
            row._asdict() | {"read_at": _instant(row.read_at)} for row in readings_of(ledger, case_id)
        ],
    }
    made = signer.sign(json.dumps(values, indent=1, ensure_ascii=False) + "\n").encode()
    try:
        verify_bundle.verify(made, key_of(str(signer.key)))
    except (NoBundle, NotProved) as fault:
        raise LedgerFault(f"no bundle is made, for it would not hold: {fault}; {AS_VERIFIED}") from None
    return made


def sealed_up_to(connection: Connection[DictRow], signer: NoteSigner, position: int) -> str:
    """Return the note of the newest checkpoint once it covers a position; another sealer is waited for."""
    for _ in range(WAITS):
        Sealer(connection, signer).seal()
        newest = connection.execute(TREE_SQL["newest_checkpoint"], {"tree": EVENTS.tree}).fetchone()
        if newest is not None and newest["position"] >= position:
            return str(newest["note"])
        time.sleep(WAIT_SECONDS)
    raise LedgerFault("another process is sealing the log; try again when it is done")


def proofs(connection: Connection[DictRow], positions: Sequence[int], size: int) -> dict[int, Proof]:
    """Return the proofs that events, by their positions, are in the tree of a size."""
    places = connection.execute(TREE_SQL["places"], {"positions": positions}).fetchall()
    tree = Tree(connection, size)
    try:
        found = {
            row["position"]: Proof(row["place"], inclusion_proof(tree.hashes, row["place"], size))
            for row in places
        }
    except (LookupError, ValueError):
        found = {}
    if len(found) < len(set(positions)):
        raise LedgerFault(f"the tree is not as it was signed; {AS_VERIFIED}")
    return found


def _body(row: LogRow) -> dict[str, Any]:
    """Return what an event says, its boxes closed."""
    try:
        body = json.loads(row.state.decode())
    except (ValueError, RecursionError):
        body = None
    if not isinstance(body, dict):
        raise LedgerFault(
            f"event {row.version} of case {row.case_id} ({row.topic}) is no JSON object; {AS_VERIFIED}"
        )
    return body


def _relied_on(ledger: Ledger, bodies: Sequence[Mapping[str, Any]]) -> list[LogRow]:
    """Return the events of other cases that a case's decisions relied on, in the log's order."""
    own = {body.get("event_id") for body in bodies}
    wanted = {one for body in bodies for one in body.get("relied_on", ())} - own
    if not wanted:
        return []
    rows = log_rows(ledger.select(SQL["events_by_id"], ids=sorted(wanted)))
    return [row for row in rows if _body(row).get("event_id") in wanted]


def _keys(
    ledger: Ledger, rows: Sequence[LogRow], bodies: Iterable[Mapping[str, Any]]
) -> dict[str, PersonKey]:
    """Return the keys of a case's person by their names; none of a person who is erased."""
    if any(row.topic == PersonErased.topic for row in rows):
        return {}
    named = {body[SEALED]["key"] for body in bodies if body.get(SEALED)}
    found = ledger.person_keys.by_id(UUID(key_id) for key_id in named)
    living = {str(key_id): key for key_id, key in found.items() if key}
    if len(living) < len(found):
        raise LedgerFault("the person is being erased; run it again when that is done")
    return living


def _event(row: LogRow, proof: Proof) -> dict[str, Any]:
    return {
        "position": row.position,
        "version": row.version,
        "topic": row.topic,
        "recorded_at": _instant(row.recorded_at),
        "state": row.state.decode(),
        "leaf": proof.leaf,
        "proof": [b64encode(one).decode() for one in proof.hashes],
    }


def _boxes(row: LogRow, body: Mapping[str, Any], keys: Mapping[str, PersonKey]) -> dict[str, dict[str, Any]]:
    """Return the keys of an event's boxes, each for itself; of the first boxes, which have none, their content."""
    own_keys, contents = dict[str, str](), dict[str, Any]()
    boxes: dict[str, str] = body.get(SEALED, {}) if keys else {}
    for field, box in boxes.items():
        if field == "key":
            continue
        key, at = keys[boxes["key"]], place(row.case_id, body["event_id"], field)
        if box.startswith(OWN_KEY):
            own_keys[field] = b64encode(key.box_key(at)).decode()
        else:
            contents[field] = json.loads(key.open(box, at))
    return {name: values for name, values in (("keys", own_keys), ("contents", contents)) if values}


def _policies(bodies: Iterable[Mapping[str, Any]]) -> Iterator[str]:
    """Yield the text of each version of the conditions that decisions name, as far as this program knows them."""
    asked = {
        (body["policy"], body["policy_version"], body["policy_digest"])
        for body in bodies
        if "policy_digest" in body
    }
    for name, version, digest in sorted(asked):
        try:
            policy = policy_version(name, version)
        except LookupError:
            continue
        for year, known in policy.digests.items():
            if known == digest:
                yield canonical_text(policy, year)
                break


def _instant(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


class _Opened(PersonKey):
    """Stands for a person's key: it gives the contents that a bundle proved, each in its place."""

    def __init__(self, contents: Mapping[str, Any]) -> None:
        self._contents = contents

    def open(self, box: str, place: str) -> bytes:
        """Return the content of a box."""
        return json.dumps(self._contents[place.rpartition("/")[2]]).encode()


def redecided_in(found: Verified) -> Iterator[tuple[str, Redecided]]:
    """Yield each decision of a verified bundle by its name, executed again by this program's rules.

    Raises `LedgerFault` where one is of a shape that this program does not know.
    """
    case_id = UUID(found.bundle["case"])
    for event in found.events:
        if event.row["topic"] == EligibilityAssessed.topic:
            yield event.name, redecided(_decision(event, case_id))


def _decision(event: verify_bundle.Event, case_id: UUID) -> EligibilityAssessed:
    """Return a decision of a verified bundle; raise `LedgerFault` where this program can't read it."""
    key = None if event.opened["receipt"] == verify_bundle.ERASED else _Opened(event.opened)
    keys = defaultdict[UUID, PersonKey | None](lambda: key)  # whichever its boxes name
    row = event.row
    try:
        read = EventMapper().read(case_id, row["version"], row["topic"], row["state"].encode(), keys)
    except ValueError:
        raise LedgerFault(f"{event.name} can't be read: its sealed content is no text") from None
    assert isinstance(read, EligibilityAssessed)
    return read
