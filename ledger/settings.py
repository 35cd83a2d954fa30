"""Where a ledger is, and the keys that only its keeper holds.

Settings come from the environment: `LIGGARE_HOME` (the ledger's folder, default `.liggare`),
`LIGGARE_DATABASE_URL` (a server's; without it the ledger runs its own PostgreSQL in the folder),
`LIGGARE_KEYS_URL` (another database for the persons' keys; without it they lie in the ledger's) and
`LIGGARE_PUBLISH` (where signed checkpoints are published; without it they stay in the ledger).
"""

import hmac
import json
import os
import secrets
from pathlib import Path
from uuid import UUID

from psycopg import ProgrammingError
from psycopg.conninfo import conninfo_to_dict
from pydantic import Field, ValidationError, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from domain.values import Frozen
from ledger.faults import LedgerFault
from ledger.signed_note import NoteSigner


class Settings(BaseSettings):
    """The environment's say: the ledger's folder, and the server where it does not run its own."""

    model_config = SettingsConfigDict(env_prefix="LIGGARE_", frozen=True)

    home: Path = Path(".liggare")
    database_url: str | None = Field(default=None, repr=False)
    keys_url: str | None = Field(default=None, repr=False)
    publish: str | None = Field(default=None, repr=False)

    @field_validator("database_url", "keys_url")
    @classmethod
    def _connects(cls, value: str | None) -> str | None:
        try:
            conninfo_to_dict(value or "")
        except ProgrammingError:
            raise ValueError("no connection string") from None  # whose text may hold a password
        return value or None

    @classmethod
    def of_environment(cls) -> "Settings":
        """Read the environment; raise `LedgerFault` naming the variable that is malformed."""
        try:
            return cls()
        except ValidationError as error:
            name = f"LIGGARE_{str(error.errors()[0]['loc'][0]).upper()}"
            raise LedgerFault(
                f"{name} is malformed: expected a URL like postgresql://user@host/name"
            ) from None


class KeyEncryptionKey(Frozen):
    """A key that wraps the persons' keys; the newest of the file wraps new ones."""

    id: str
    key: str = Field(pattern=r"^[0-9a-f]{64}$", repr=False)


class Keys(Frozen):
    """The ledger's own secrets: the lookup key, under which a person is known, the key-encryption keys, and the key
    that checkpoints are signed with, which key files of 0.1.0 lack until `liggare upgrade`.
    """

    lookup_key: str = Field(pattern=r"^[0-9a-f]{64}$", repr=False)
    key_encryption_keys: tuple[KeyEncryptionKey, ...] = Field(min_length=1)
    signing_key: str | None = Field(default=None, pattern=r"^[0-9a-f]{64}$", repr=False)

    def _hmac(self, purpose: str, content: bytes) -> bytes:
        key = bytes.fromhex(self.lookup_key)
        return hmac.digest(key, purpose.encode() + b"\0" + content, "sha256")

    def person_ref(self, identity_number: str) -> str:
        """Return the reference under which a person is known; the identity number can't be found from it."""
        return self._hmac("person", identity_number.encode()).hex()

    def body_hmac(self, body: bytes) -> bytes:
        """Return the mark by which a command's content is recognised when its id comes again."""
        return self._hmac("command", body)

    def uuid(self, purpose: str, *parts: str) -> UUID:
        """Return the id that follows from a purpose and its parts, which can't be guessed back from it."""
        content = bytearray(self._hmac(purpose, json.dumps(parts).encode())[:16])
        content[6] = content[6] & 0x0F | 0x80  # version 8 (RFC 9562), which Python 3.11 can't set by itself
        content[8] = content[8] & 0x3F | 0x80
        return UUID(bytes=bytes(content))

    def signer(self) -> NoteSigner:
        """Return what signs for this ledger; raise `LedgerFault` where the file has no key for it yet."""
        if self.signing_key is None:
            raise LedgerFault("the key file has no key to sign with yet; run `liggare upgrade`")
        return NoteSigner(
            f"liggare/{self._hmac('name', b'liggare')[:8].hex()}", bytes.fromhex(self.signing_key)
        )

    def check(self) -> str:
        """Return a mark that a ledger keeps, so that the wrong key file is noticed."""
        return self._hmac("check", b"liggare").hex()


KEY_FILE = "keys.json"


def read_keys(home: Path) -> Keys:
    """Read the ledger's key file; raise `LedgerFault` where it is missing, malformed or open to others."""
    path = home / KEY_FILE
    try:
        mode = path.stat().st_mode
        content = path.read_bytes()
    except FileNotFoundError:
        raise LedgerFault(
            f"{path}: no key file there; put the ledger's own back, or run `liggare upgrade` to begin a new ledger"
        ) from None
    except OSError as error:
        raise LedgerFault(f"{path}: can't be read ({error.strerror}); check its owner and mode") from None
    if mode & 0o077:
        raise LedgerFault(f"{path}: others may read it; run chmod 600 on it")
    try:
        return Keys.model_validate_json(content)
    except ValidationError:
        raise LedgerFault(f"{path}: not a key file; put the ledger's own back") from None


def create_keys(home: Path) -> Keys:
    """Write a new key file, whole or not at all; one that is there already is read instead."""
    home.mkdir(mode=0o700, parents=True, exist_ok=True)
    path = home / KEY_FILE
    first = KeyEncryptionKey(id=secrets.token_hex(4), key=secrets.token_hex(32))
    keys = Keys(
        lookup_key=secrets.token_hex(32), key_encryption_keys=(first,), signing_key=secrets.token_hex(32)
    )
    draft = path.with_suffix(f".{os.getpid()}")
    _write(draft, keys)
    try:
        os.link(draft, path)  # fails where another process was first, and never replaces
    except FileExistsError:
        return read_keys(home)
    finally:
        draft.unlink()
        _settle(home)
    return keys


def replace_keys(home: Path, keys: Keys) -> None:
    """Replace the key file, whole or not at all; it stays its owner's."""
    path = home / KEY_FILE
    draft = path.with_suffix(".new")
    _write(draft, keys)
    if os.geteuid() == 0:
        owner = path.stat()
        os.chown(draft, owner.st_uid, owner.st_gid)
    draft.replace(path)
    _settle(home)


def _write(path: Path, keys: Keys) -> None:
    path.unlink(missing_ok=True)
    with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:  # noqa: PTH123
        file.write(keys.model_dump_json(indent=1).encode() + b"\n")
        file.flush()
        os.fsync(file.fileno())


def _settle(folder: Path) -> None:
    """Wait until a folder's names are on the disk: a power cut must not lose what the database relies on."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
