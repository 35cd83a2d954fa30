"""Sealing: what identifies a person is stored under that person's own key, which can be destroyed.

A person's key is random, and is itself stored wrapped by a key-encryption key of the key file. The box of a
sealed field is AES-256-GCM over the field's compressed JSON, bound to its case, its event and its name, so that
a ciphertext fits one place only.
"""

import secrets
import zlib
from base64 import b64decode, b64encode
from collections.abc import Iterable
from typing import Any
from uuid import UUID, uuid4

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.keywrap import InvalidUnwrap, aes_key_unwrap, aes_key_wrap
from eventsourcing.postgres import PostgresDatastore

from ledger.faults import LedgerFault
from ledger.queries import SQL
from ledger.settings import Keys

NONCE_BYTES = 12
PADDED_TO = 64
"""A box's content is filled up to a multiple of so many bytes: its length must not tell a yes from a no."""


class PersonKey:
    """One person's key: it seals and opens fields."""

    def __init__(self, key_id: UUID, key: bytes) -> None:
        self.key_id = key_id
        self._cipher = AESGCM(key)

    def seal(self, content: bytes, place: str) -> str:
        """Return the box of a content, which opens in that place only."""
        nonce = secrets.token_bytes(NONCE_BYTES)
        packed = zlib.compress(content)
        packed += bytes(-len(packed) % PADDED_TO)
        return b64encode(nonce + self._cipher.encrypt(nonce, packed, place.encode())).decode()

    def open(self, box: str, place: str) -> bytes:
        """Return the content of a box; raise `LedgerFault` where it was sealed elsewhere or was changed."""
        try:
            raw = b64decode(box, validate=True)
            packed = self._cipher.decrypt(raw[:NONCE_BYTES], raw[NONCE_BYTES:], place.encode())
            return zlib.decompressobj().decompress(packed)  # which leaves the filling alone
        except (InvalidTag, ValueError):
            raise LedgerFault(
                f"a sealed field does not open in its place ({place}): it was changed"
            ) from None


def place(case_id: UUID, event_id: UUID | str, field: str) -> str:
    """Return the name of the one place that a box fits."""
    return f"{case_id}/{event_id}/{field}"


class PersonKeys:
    """The store of the persons' keys. It has connections of its own use, so it can lie in another database."""

    def __init__(self, datastore: PostgresDatastore, keys: Keys) -> None:
        self._datastore = datastore
        self._wrapping = {key.id: bytes.fromhex(key.key) for key in keys.key_encryption_keys}
        self._newest = keys.key_encryption_keys[-1].id
        self._opened: dict[UUID, PersonKey] = {}
        self._of_person: dict[str, PersonKey] = {}

    def of_person(self, person_ref: str) -> PersonKey:
        """Return a person's living key, made now where there is none."""
        if person_ref not in self._of_person:
            self._of_person[person_ref] = self._find(person_ref) or self._make(person_ref)
        return self._of_person[person_ref]

    def _find(self, person_ref: str) -> PersonKey | None:
        row = self._execute("person_key", person=person_ref)
        return self._open(row[0]) if row else None

    def _make(self, person_ref: str) -> PersonKey:
        self._execute(
            "add_person_key",
            person=person_ref,
            key_id=uuid4(),
            wrapped_by=self._newest,
            wrapped_key=aes_key_wrap(self._wrapping[self._newest], secrets.token_bytes(32)),
        )
        key = self._find(person_ref)
        if key is None:
            raise LedgerFault("a person's key was destroyed while it was being used; try again")
        return key

    def by_id(self, key_ids: Iterable[UUID]) -> dict[UUID, PersonKey | None]:
        """Return keys by their ids, None for those destroyed; raise `LedgerFault` where one is unknown."""
        wanted = set(key_ids)
        if missing := [key_id for key_id in wanted if key_id not in self._opened]:
            rows = {row["key_id"]: row for row in self._execute("keys_by_id", keys=missing)}
            for key_id in missing:
                if key_id not in rows:
                    raise LedgerFault(f"key {key_id} is not in the key store; restore it from its backup")
                if rows[key_id]["wrapped_key"] is not None:
                    self._open(rows[key_id])
        return {key_id: self._opened.get(key_id) for key_id in wanted}

    def order_destruction(self, person_ref: str, actor: str) -> None:
        """Order a person's key destroyed: nothing new is sealed under it, and the erasure is completed."""
        self._execute("order_destruction", person=person_ref, actor=actor)
        self._of_person.pop(person_ref, None)

    def destroy(self, person_ref: str) -> None:
        """Destroy a person's key that was ordered destroyed, for ever."""
        self._execute("destroy_person_key", person=person_ref)

    def forget(self) -> None:
        """Forget every key that was opened, so that a destroyed one opens nothing more."""
        self._opened.clear()
        self._of_person.clear()

    def ordered_destroyed(self) -> list[tuple[str, str]]:
        """Return the persons whose key was ordered destroyed and still lives, and who ordered it."""
        return [(row["person_ref"], row["ordered_by"]) for row in self._execute("erasures_ordered")]

    def _open(self, row: dict[str, Any]) -> PersonKey:
        wrapping = self._wrapping.get(row["wrapped_by"])
        if wrapping is None:
            raise LedgerFault(f"the key file lacks key-encryption key {row['wrapped_by']}; put it back")
        try:
            key = PersonKey(row["key_id"], aes_key_unwrap(wrapping, bytes(row["wrapped_key"])))
        except InvalidUnwrap:
            raise LedgerFault(
                f"key {row['key_id']} does not unwrap: the key file is another ledger's"
            ) from None
        self._opened[key.key_id] = key
        return key

    def _execute(self, name: str, **values: Any) -> list[dict[str, Any]]:
        with self._datastore.get_connection() as connection:
            cursor = connection.execute(SQL[name], values)
            return cursor.fetchall() if cursor.description else []
