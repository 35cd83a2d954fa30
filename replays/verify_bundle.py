"""Verifies an audit bundle of a Liggare ledger, without the ledger, its database or a network.

    python verify_bundle.py FILE --key PUB

PUB is the ledger's public key, as `liggare public-key` prints it, or a file with it. Get it otherwise than with the
bundle: whoever could give you both could have made both. Needed are Python 3.11 and the package `cryptography`.

Read from the top to the bottom. `verify` checks, in this order:

    1  the file is a note that the key signed (C2SP signed-note), so no byte of it was changed
    2  the checkpoint in it is another one (C2SP tlog-checkpoint): so many events have this Merkle root
    3  each event, byte by byte as it is stored, is a leaf of that tree (RFC 9162)
    4  the events are the case's first, second, third and so on, in the order of the log and of time
    5  each sealed box opens in its one place under its own key: what is shown is what was sealed
    6  each decision tells in the clear what its sealed answer tells, by conditions and on events that are here

Exit status: 0 all of it holds, 1 something does not, 2 the file is no whole bundle of the ledger whose key it is.
"""

import argparse
import json
import os
import struct
import sys
import zlib
from base64 import b64decode, b64encode
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any, NamedTuple
from uuid import UUID

from cryptography.exceptions import InvalidSignature, InvalidTag
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

FORMAT, ERASED = 1, "raderad"
LARGEST = 64 << 20  # bytes: no bundle has more, nor anything in a box
NOT_PROVED = (
    "Not proved: that the case had no later event than these, before the checkpoint or after it;",
    "that the checkpoint is the one that others were shown (compare it with the published ones);",
    "who has read the case, which rests on the ledger's signature alone.",
)
SHARED = ("event_id", "occurred_on", "actor", "command_id", "correlation_id", "class_version", "sealed")
TOLD_TWICE = (  # by a decision: in the clear, and in its sealed answer
    *("decision", "refusals", "policy", "policy_version", "policy_digest", "basis_months"),
    *("months_missing", "last_day", "agreed_end", "opens_on", "flags"),
)
FAULTS = (ValueError, TypeError, LookupError, AttributeError, ArithmeticError, RecursionError, struct.error)


class NoBundle(Exception):
    """The file is no whole bundle of the ledger whose key was given: exit status 2."""


class NotProved(Exception):
    """Something in the bundle is not what was sealed: exit status 1."""


class Key(NamedTuple):
    """The ledger's public key, in text `name+id+base64(1, key)`; the id is the beginning of a hash of the rest."""

    name: str
    id: bytes
    public: bytes


class Event(NamedTuple):
    """An event that is in the tree: its row in the bundle, its content, what was sealed in it, and its name."""

    row: dict[str, Any]
    body: dict[str, Any]
    opened: dict[str, Any]
    name: str


class Verified(NamedTuple):
    """A bundle that holds: what it says, its events, what is less than proved, and all of it in lines to read."""

    bundle: dict[str, Any]
    events: list[Event]
    remarks: list[str]
    lines: list[str]


def key_of(text: str) -> Key:
    """Return the public key that a text stands for."""
    try:
        name, key_id, packed = text.strip().split("+", 2)
        raw = b64decode(packed, validate=True)
        key = Key(name, sha256(f"{name}\n".encode() + raw).digest()[:4], raw[1:])
        if len(raw) == 33 and raw[0] == 1 and key.id.hex() == key_id:  # 1 is for Ed25519
            return key
    except ValueError:
        pass
    raise NoBundle(
        "--key is no public key and no file with one: name+id+key, as `liggare public-key` prints it"
    )


def text_of(note: str, key: Key, what: str) -> str:
    """Return a note's text, steps 1 and 2: below it an empty line, then `— name base64(key's id, signature)`."""
    text, dash, last = note.rpartition("\n— ")
    name, _, packed = last.partition(" ")
    if not (dash and text.endswith("\n") and packed.endswith("\n")):
        raise NoBundle(f"{what} is no signed note: it is cut short, or something else")
    if name != key.name:
        raise NoBundle(f"{what} was signed for another ledger")
    try:
        signature = b64decode(packed[:-1], validate=True)
    except ValueError:
        signature = b""
    if b64encode(signature).decode() != packed[:-1]:
        raise NotProved(f"the signature of {what} is malformed: it was changed")
    if signature[:4] != key.id:
        raise NoBundle(f"{what} was signed with another key")
    try:
        Ed25519PublicKey.from_public_bytes(key.public).verify(signature[4:], text.encode())
    except InvalidSignature:
        raise NotProved(f"the signature of {what} does not fit its text: one of them was changed") from None
    return text


def microseconds(row: dict[str, Any]) -> int:
    """Return when an event was recorded, in microseconds since 2000-01-01 UTC."""
    at = datetime.strptime(row["recorded_at"], "%Y-%m-%dT%H:%M:%S.%fZ").replace(tzinfo=UTC)
    return (at - datetime(2000, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1)


def leaf_of(case: UUID, row: dict[str, Any]) -> bytes:
    """Return the hash of an event's bytes as a leaf (RFC 9162, 2.1.1: SHA-256 of a zero byte and them).

    They are what PostgreSQL's binary COPY writes of it: how many fields (6) in 2 bytes, then each field after its
    length in 4 bytes; whole numbers in 8 bytes; the highest byte first everywhere.
    """
    place, version, at = (struct.pack(">q", n) for n in (row["position"], row["version"], microseconds(row)))
    fields = (place, case.bytes, version, row["topic"].encode(), at, row["state"].encode())
    entry = struct.pack(">h", 6) + b"".join(struct.pack(">i", len(field)) + field for field in fields)
    return sha256(b"\0" + entry).digest()


def root_of(leaf: bytes, index: int, size: int, path: list[bytes]) -> bytes | None:
    """Return the root of the tree that a proof leads to (RFC 9162, 2.1.3.2, and its names; 2.1.1 for a node)."""
    fn, sn, r = index, size - 1, leaf
    for p in path:
        if sn == 0:
            return None
        if fn & 1 or fn == sn:
            r = sha256(b"\1" + p + r).digest()
            while not fn & 1 and fn:
                fn, sn = fn >> 1, sn >> 1
        else:
            r = sha256(b"\1" + r + p).digest()
        fn, sn = fn >> 1, sn >> 1
    return r if sn == 0 and 0 <= index < size else None


def proved(row: dict[str, Any], case: UUID, size: int, root: bytes) -> Event:
    """Return an event once it is shown to be in the tree, step 3; its boxes are closed."""
    name = f"event {row['version']} of case {case} (position {row['position']}, {row['topic']})"
    path = [b64decode(p, validate=True) for p in row["proof"]]
    if root_of(leaf_of(case, row), row["leaf"], size, path) != root:
        raise NotProved(f"{name} is not what was sealed: its proof does not lead to the checkpoint's root")
    return Event(row, json.loads(row["state"]), {}, name)


def open_boxes(event: Event, case: UUID, *, erased: bool) -> Iterator[str]:
    """Open what is sealed in an event, step 5; yield what rests on the bundle's signature alone.

    A box is `2.` and in base64 a nonce of 12 bytes and AES-256-GCM's ciphertext, in which is JSON, compressed by
    zlib, and zeros. Case, event and field are authenticated with it, so that it opens nowhere else. The first
    boxes, without `2.`, lie under the person's key, which is not in the bundle; their content is.
    """
    for field, box in event.body.get("sealed", {}).items():
        if field == "key":
            continue  # which of the persons' keys it is
        if erased:
            event.opened[field] = ERASED
        elif not box.startswith("2."):
            event.opened[field] = event.row["contents"][field]
            yield f"{event.name}: {field}, sealed by release 0.1.0, rests on the ledger's signature alone"
        else:
            place = f"{case}/{event.body['event_id']}/{field}"
            try:
                raw, own_key = b64decode(box[2:], validate=True), b64decode(event.row["keys"][field])
                packed = AESGCM(own_key).decrypt(raw[:12], raw[12:], place.encode())
                event.opened[field] = json.loads(zlib.decompressobj().decompress(packed, LARGEST))
            except (InvalidTag, zlib.error, *FAULTS):
                raise NotProved(f"{event.name}: {field} does not open in its place under its key") from None


def check_decision(event: Event, policies: dict[str, Any], known: set[str]) -> Iterator[str]:
    """Check that what a decision rests on is here, and that it says the same twice, step 6."""
    body = event.body
    if missing := [one for one in body["relied_on"] if one not in known]:
        raise NotProved(f"{event.name} relied on event {missing[0]}, which is not in the bundle")
    policy = policies.get(body["policy_digest"])  # by the SHA-256 of its text
    if policy is None:
        yield f"{event.name}: the text of its conditions is not in the bundle"
    elif (policy["name"], policy["version"]) != (body["policy"], body["policy_version"]):
        raise NotProved(f"{event.name}: its digest is that of other conditions than it names")
    if event.opened["receipt"] == ERASED:
        return
    answer = json.loads(event.opened["receipt"]["assessment"])
    for field in TOLD_TWICE:
        if body.get(field) != answer.get(field):
            raise NotProved(f"{event.name}: its {field} is not what its sealed answer says")
    clear, sealed = (
        [(row["clause"], row["holds"], row.get("code")) for row in rows]
        for rows in (body["clauses"], answer["findings"])
    )
    if clear != sealed:
        raise NotProved(f"{event.name}: its clauses are not those of its sealed answer")


def verify(content: bytes, key: Key) -> Verified:
    """Return what a bundle says; raise `NoBundle` or `NotProved` where it is none, or does not hold."""
    try:
        text = text_of(content.decode(), key, "it")
    except UnicodeDecodeError:
        raise NoBundle("it is no signed note: it is no UTF-8 text") from None
    try:
        return _verified(json.loads(text), key)
    except FAULTS:
        raise NoBundle("the ledger signed it, but it has not the form of a bundle") from None


def _verified(bundle: dict[str, Any], key: Key) -> Verified:
    if bundle["format"] != FORMAT:
        raise NoBundle("it is of a newer form than this program knows; take the newest verifier")
    case, remarks = UUID(bundle["case"]), list[str]()
    checkpoint = text_of(bundle["checkpoint"], key, "its checkpoint").splitlines()
    size, root = int(checkpoint[1]), b64decode(checkpoint[2], validate=True)
    if not bundle["events"] or {checkpoint[0], bundle["ledger"]} != {key.name}:
        raise NoBundle("it has no events, or its checkpoint is another ledger's")
    events = [proved(row, case, size, root) for row in bundle["events"]]
    others = [proved(row, UUID(row["case"]), size, root) for row in bundle["relied_on"]]
    last = (0, -1, 0)
    for version, event in enumerate(events, 1):  # step 4
        place = (event.row["position"], event.row["leaf"], microseconds(event.row))
        if event.row["version"] != version:
            raise NotProved(f"event {version} of case {case} is missing: in its place is {event.name}")
        if place[0] <= last[0] or place[1] <= last[1] or place[2] < last[2]:
            raise NotProved(f"{event.name} does not come after the one before it")
        last = place
    erased = any(event.row["topic"] == "case.person_erased" for event in events)
    policies = {sha256(text.encode()).hexdigest(): json.loads(text) for text in bundle["policies"]}
    known = {event.body["event_id"] for event in (*events, *others)}
    for event in events:
        remarks += open_boxes(event, case, erased=erased)
        if event.row["topic"] == "case.eligibility_assessed":
            remarks += check_decision(event, policies, known)
    return Verified(bundle, events, remarks, list(report(bundle, events, [*remarks, *NOT_PROVED], size)))


def told(name: str, value: Any, depth: int = 5) -> Iterator[str]:
    """Yield the lines that tell a value by its name, one below the other where it has parts."""
    if isinstance(value, dict):
        yield f"{' ' * depth}{name}:"
        for part, inner in value.items():
            yield from told(part, inner, depth + 2)
    elif isinstance(value, list) and any(isinstance(one, dict) for one in value):
        yield f"{' ' * depth}{name}:"
        yield from (f"{' ' * depth}  {json.dumps(one, ensure_ascii=False)}" for one in value)
    elif value not in (None, []):
        yield f"{' ' * depth}{name}: {'; '.join(map(str, value)) if isinstance(value, list) else value}"


def report(bundle: dict[str, Any], events: list[Event], remarks: list[str], size: int) -> Iterator[str]:
    """Yield the lines that tell what a bundle holds, and what it does not prove."""
    yield f"Case {bundle['case']} in {bundle['ledger']}, bundled {bundle['made_at']} by {bundle['made_by']}"
    for event in events:
        row, body = event.row, event.body
        at = f"{row['version']:>3}  position {row['position']}, recorded {row['recorded_at']}"
        yield f"{at}: {body['occurred_on']} {row['topic']} by {body['actor']}"
        content = {name: value for name, value in body.items() if name not in SHARED} | event.opened
        if isinstance(content.get("receipt"), dict):  # the question and the answer are texts, of JSON
            content["receipt"] = {part: json.loads(text) for part, text in content["receipt"].items()}
        for name, value in content.items():
            yield from told(name, value)
    for row in bundle["readings"]:
        yield f"  read {row['read_at']} by {row['actor']}: {row['command']}; {row['purpose'] or 'no purpose told'}"
    yield from remarks
    yield f"OK: {len(events)} events, proved by the checkpoint of {size} events"


def read(file: Path) -> bytes:
    """Return what a file holds, as far as a bundle's could go."""
    try:
        with file.open("rb") as opened:
            return opened.read(LARGEST)
    except (OSError, ValueError) as error:
        raise NoBundle(f"it can't be read: {getattr(error, 'strerror', None) or 'no such name'}") from None


def key_at(word: str) -> Key:
    """Return the public key that a word is, or that the file of that name holds."""
    try:
        return key_of(read(Path(word)).decode("utf-8", "replace"))
    except NoBundle:
        return key_of(word)


def main() -> int:
    """Verify the bundle that the command line names."""
    parser = argparse.ArgumentParser(description="Verify an audit bundle of a Liggare ledger.")
    parser.add_argument("file", type=Path)
    parser.add_argument("--key", required=True, help="the ledger's public key, or a file with it")
    words, out, status = parser.parse_args(), sys.stdout, 0
    try:
        lines = verify(read(words.file), key_at(words.key)).lines
    except (NoBundle, NotProved) as fault:
        lines, out, status = [f"{words.file}: {fault}"], sys.stderr, 1 if isinstance(fault, NotProved) else 2
    try:
        for line in lines:  # without what would steer a terminal
            out.buffer.write("".join(c if c.isprintable() else "\ufffd" for c in line).encode() + b"\n")
        out.flush()
    except OSError:  # nobody reads on, or there is no room
        os.dup2(os.open(os.devnull, os.O_WRONLY), out.fileno())
        return 2
    return status


if __name__ == "__main__":
    sys.exit(main())
