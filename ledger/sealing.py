"""Sealing: what identifies a person is stored under that person's own key, which can be destroyed.

A person's key is random, and is itself stored wrapped by a key-encryption key of the key file. The box of a
sealed field is AES-256-GCM over the field's compressed JSON, bound to its case, its event and its name, so that
a ciphertext fits one place only. Each box has a key of its own that follows from the person's: it can be shown to
an auditor, opens that one box, and tells nothing of the others. The first boxes lay under the person's key itself.
"""

import hmac
import secrets
import zlib
from base64 import b64decode, b64encode
from collections.abc import Callable, Collection, Iterable, Mapping
from typing import Any, NamedTuple
from uuid import UUID, uuid4

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.keywrap import InvalidUnwrap, aes_key_unwrap, aes_key_wrap
from eventsourcing.persistence import IntegrityError
from eventsourcing.postgres import PostgresDatastore

from ledger.faults import LedgerFault
from ledger.patience import patiently
from ledger.queries import SQL
from ledger.settings import Keys

NONCE_BYTES = 12
LOOKS = 5
PADDED_TO = 64
"""A box's content is filled up to a multiple of so many bytes: its length must not tell a yes from a no."""


OWN_KEY = "2."
"""A box that begins so lies under a key of its own; one that doesn't, under the person's."""


class PersonKey:
    """One person's key: it seals and opens fields."""

    def __init__(self, key_id: UUID, key: bytes) -> None:
        self.key_id = key_id
        self._key = key

    def box_key(self, place: str) -> bytes:
        """Return the key of the one box in a place."""
        return hmac.digest(self._key, b"box\0" + place.encode(), "sha256")

    def seal(self, content: bytes, place: str) -> str:
        """Return the box of a content, which opens in that place only."""
        nonce = secrets.token_bytes(NONCE_BYTES)
        packed = zlib.compress(content)
        packed += bytes(-len(packed) % PADDED_TO)
        sealed = AESGCM(self.box_key(place)).encrypt(nonce, packed, place.encode())
        return OWN_KEY + b64encode(nonce + sealed).decode()

    def open(self, box: str, place: str) -> bytes:
        """Return the content of a box; raise `LedgerFault` where it was sealed elsewhere or was changed."""
        key = self.box_key(place) if box.startswith(OWN_KEY) else self._key
        try:
            raw = b64decode(box.removeprefix(OWN_KEY), validate=True)
            packed = AESGCM(key).decrypt(raw[:NONCE_BYTES], raw[NONCE_BYTES:], place.encode())
            return zlib.decompressobj().decompress(packed)  # which leaves the filling alone
        except (InvalidTag, ValueError):
            raise LedgerFault(
                f"a sealed field does not open in its place ({place}): it was changed"
            ) from None


def place(case_id: UUID | str, event_id: UUID | str, field: str) -> str:
    """Return the name of the one place that a box fits."""
    return f"{case_id}/{event_id}/{field}"


class Wrapping(NamedTuple):
    """The key-encryption keys of the key file by their ids, and the newest of those in use."""

    keys: dict[str, bytes]
    newest: str


class PersonKeys:
    """The store of the persons' keys. It has connections of its own use, so it can lie in another database."""

    def __init__(self, datastore: PostgresDatastore, read_keys: Callable[[], Keys]) -> None:
        self._datastore = datastore
        self._read_keys = read_keys
        self._wrapping: Wrapping | None = None
        self._opened: dict[UUID, PersonKey] = {}
        self._of_person: dict[str, PersonKey] = {}

    @property
    def wrapping(self) -> Wrapping:
        """The key-encryption keys as they were when the key file was read last."""
        return self._wrapping or self.read_file()

    def read_file(self) -> Wrapping:
        """Read the key file (again): its keys may be changed while this process runs."""
        used, keys = in_use(lambda: {row["id"] for row in self.execute("wrapping_keys")}, self._read_keys)
        self._wrapping = Wrapping(keys, [key_id for key_id in keys if key_id in used][-1])
        return self._wrapping

    def of_person(self, person_ref: str, *, make: bool = True) -> PersonKey | None:
        """Return a person's living key; where there is none, one made now, or None."""
        return self.of_persons([person_ref], make=make).get(person_ref)

    def of_persons(self, person_refs: Iterable[str], *, make: bool = True) -> dict[str, PersonKey]:
        """Return persons' living keys, by one round trip for all; those who have none get one, or are left out."""
        wanted = set(person_refs)
        if missing := wanted - self._of_person.keys():
            found = self._find(missing)
            if make and (keyless := missing - found.keys()):
                found |= self._make(keyless)
            self._of_person |= found
        return {ref: key for ref in wanted if (key := self._of_person.get(ref))}

    def _find(self, person_refs: Iterable[str]) -> dict[str, PersonKey]:
        rows = self.execute("keys_of_persons", persons=list(person_refs))
        return {row["person_ref"]: self._open(row) for row in rows}

    def _make(self, person_refs: Collection[str]) -> dict[str, PersonKey]:
        wrapping = self.wrapping
        while True:
            try:
                self._add(person_refs, wrapping)
            except IntegrityError:  # that key-encryption key was retired since the key file was read
                wrapping = self.read_file()
            else:
                return self._find(person_refs)  # not those that were ordered destroyed in this moment

    def _add(self, person_refs: Collection[str], wrapping: Wrapping) -> None:
        self.execute(
            "add_person_keys",
            persons=list(person_refs),
            key_ids=[uuid4() for _ in person_refs],
            wrapped_by=wrapping.newest,
            wrapped_keys=[
                aes_key_wrap(wrapping.keys[wrapping.newest], secrets.token_bytes(32)) for _ in person_refs
            ],
        )

    def by_id(self, key_ids: Iterable[UUID]) -> dict[UUID, PersonKey | None]:
        """Return keys by their ids, None for those destroyed; raise `LedgerFault` where one is unknown."""
        wanted = set(key_ids)
        if missing := [key_id for key_id in wanted if key_id not in self._opened]:
            rows = {row["key_id"]: row for row in self.execute("keys_by_id", keys=missing)}
            for key_id in missing:
                if key_id not in rows:
                    raise LedgerFault(f"key {key_id} is not in the key store; restore it from its backup")
                if rows[key_id]["wrapped_key"] is not None:
                    self._open(rows[key_id])
        return {key_id: self._opened.get(key_id) for key_id in wanted}

    def forget(self, key_ids: Collection[UUID]) -> None:
        """Forget keys that were opened: they are destroyed."""
        for key_id in key_ids:
            self._opened.pop(key_id, None)
        if key_ids:
            self.forget_persons()

    def forget_all(self) -> None:
        """Forget every key that was opened: whoever reads all history needs each of them once."""
        self.forget(list(self._opened))

    def forget_persons(self) -> None:
        """Forget which key is whose: one of them is closed."""
        self._of_person.clear()

    def _open(self, row: dict[str, Any]) -> PersonKey:
        wrapping = self.wrapping.keys.get(row["wrapped_by"]) or self.read_file().keys[row["wrapped_by"]]
        key = PersonKey(row["key_id"], unwrapped(wrapping, row))
        self._opened[key.key_id] = key
        return key

    @patiently
    def execute(self, name: str, **values: Any) -> list[dict[str, Any]]:
        """Return what one of the named statements gives in the key store's database."""
        with self._datastore.get_connection() as connection:
            cursor = connection.execute(SQL[name], values)
            return cursor.fetchall() if cursor.description else []


def unwrapped(wrapping: bytes, row: Mapping[str, Any]) -> bytes:
    """Return a person's key out of its wrapping; raise `LedgerFault` where it was not wrapped by that key."""
    try:
        return aes_key_unwrap(wrapping, bytes(row["wrapped_key"]))
    except InvalidUnwrap:
        raise LedgerFault(f"key {row['key_id']} does not unwrap: the key file is another ledger's") from None


def in_use(used: Callable[[], set[str]], read_keys: Callable[[], Keys]) -> tuple[set[str], dict[str, bytes]]:
    """Return the ids of the key-encryption keys in use, and the key file's keys by their ids.

    One may be retired between the two looks, so there are several before the file is said to be an old copy.
    """
    lacking = set[str]()
    for _ in range(LOOKS):
        ids = used()
        keys = {key.id: bytes.fromhex(key.key) for key in read_keys().key_encryption_keys}
        lacking = ids - keys.keys()
        if not lacking:
            return ids, keys
    raise LedgerFault(
        f"the key file lacks key-encryption key {', '.join(sorted(lacking))}, which is in use: it is an old copy; "
        "put the newest one back"
    )
