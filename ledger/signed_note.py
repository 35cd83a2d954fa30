"""Signed notes (C2SP): a text that a person can read, with an Ed25519 signature below it.

    text, each of its lines ended
                                        (an empty line)
    — name base64(4 bytes of the key's id, 64 bytes of signature)

The key that tries a note is itself a text, `name+id+base64(1, public key)`, so that it fits a line of a letter.
"""

import re
from base64 import b64decode, b64encode
from hashlib import sha256

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

ED25519 = b"\1"
_NOTE = re.compile(r"(?P<text>.*\n)\n— (?P<name>\S+) (?P<signature>[A-Za-z0-9+/]+=*)\n", re.DOTALL)
_KEY = re.compile(r"(?P<name>[^+\s]+)\+(?P<id>[0-9a-f]{8})\+(?P<key>[A-Za-z0-9+/]+=*)")


class NoteFault(Exception):
    """A note, or a key to try it by, is not what it should be."""


class NoteKey:
    """The public key that notes of one name are tried by."""

    def __init__(self, name: str, public: bytes) -> None:
        self.name = name
        self.id = sha256(name.encode() + b"\n" + ED25519 + public).digest()[:4]
        self._public = public

    @classmethod
    def parse(cls, text: str) -> "NoteKey":
        """Return the key that a text stands for; raise `NoteFault` where it is none."""
        found = _KEY.fullmatch(text.strip())
        try:
            packed = b64decode(found["key"], validate=True) if found else b""
        except ValueError:
            packed = b""
        if found is None or len(packed) != 33 or packed[:1] != ED25519:
            raise NoteFault(
                "not a public key: expected one line, name+id+key, as `liggare public-key` prints it"
            )
        key = cls(found["name"], packed[1:])
        if key.id.hex() != found["id"]:
            raise NoteFault("the public key is mistyped: its id does not fit it")
        return key

    def __str__(self) -> str:
        return f"{self.name}+{self.id.hex()}+{b64encode(ED25519 + self._public).decode()}"

    def open(self, note: str) -> str:
        """Return a note's text; raise `NoteFault` unless this key signed it, and every character is as it was."""
        found = _NOTE.fullmatch(note)
        if found is None:
            raise NoteFault("not a signed note: it is cut short, or something else")
        try:
            signature = b64decode(found["signature"], validate=True)
        except ValueError:
            raise NoteFault("its signature is malformed") from None
        if b64encode(signature).decode() != found["signature"]:
            raise NoteFault("its signature is malformed")
        if found["name"] != self.name:
            raise NoteFault("it was signed for another ledger")
        if signature[:4] != self.id:
            raise NoteFault("it was signed with another key")
        try:
            Ed25519PublicKey.from_public_bytes(self._public).verify(signature[4:], found["text"].encode())
        except InvalidSignature:
            raise NoteFault("its signature does not fit its text: one of them was changed") from None
        return found["text"]


class NoteSigner:
    """The private key that notes of one name are signed with."""

    def __init__(self, name: str, seed: bytes) -> None:
        self._private = Ed25519PrivateKey.from_private_bytes(seed)
        self.key = NoteKey(name, self._private.public_key().public_bytes_raw())

    def sign(self, text: str) -> str:
        """Return a text, whose last line is ended, as a signed note."""
        signature = b64encode(self.key.id + self._private.sign(text.encode())).decode()
        return f"{text}\n— {self.key.name} {signature}\n"
