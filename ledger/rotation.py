"""Changing the key-encryption key while the ledger is in use: added, everything wrapped anew, the old one retired.

Killed anywhere, it is run again and goes on. What other processes do meanwhile is safe: a key wrapped by one that
they do not know makes them read the key file again, and the database lets nothing be wrapped by a retired one.
"""

import fcntl
import os
import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import UUID

from cryptography.hazmat.primitives.keywrap import aes_key_wrap
from eventsourcing.persistence import IntegrityError

from ledger.faults import LedgerFault
from ledger.sealing import PersonKeys, unwrapped
from ledger.settings import KeyEncryptionKey, read_keys, replace_keys

BATCH = 1000


def rotate_keys(person_keys: PersonKeys, home: Path, step: Callable[[int], None]) -> str:
    """Wrap every person's key by a new key-encryption key, and return its id; the old ones stay in the file.

    Where some key is not wrapped by the newest yet, a rotation was cut short, or a process made it meanwhile: then
    that rotation is completed, and no key-encryption key added. `step` is called with how many were wrapped.
    """
    with _alone(home):
        keys = read_keys(home)
        newest = keys.key_encryption_keys[-1].id
        if not person_keys.execute("keys_wrapped_otherwise", after=UUID(int=0), newest=newest, limit=1):
            new = KeyEncryptionKey(id=secrets.token_hex(4), key=secrets.token_hex(32))
            newest = new.id
            added = (*keys.key_encryption_keys, new)
            replace_keys(home, keys.model_copy(update={"key_encryption_keys": added}))
        person_keys.execute("add_wrapping_key", id=newest)
        person_keys.read_file()
        _wrap_all(person_keys, newest, step)
    return newest


def _wrap_all(person_keys: PersonKeys, newest: str, step: Callable[[int], None]) -> None:
    wrapping, after = person_keys.wrapping.keys, UUID(int=0)
    while rows := person_keys.execute("keys_wrapped_otherwise", after=after, newest=newest, limit=BATCH):
        person_keys.execute(
            "rewrap_keys",
            newest=newest,
            keys=[row["key_id"] for row in rows],
            old=[bytes(row["wrapped_key"]) for row in rows],
            new=[aes_key_wrap(wrapping[newest], unwrapped(wrapping[row["wrapped_by"]], row)) for row in rows],
        )
        after = rows[-1]["key_id"]
        step(len(rows))


def retire_keys(person_keys: PersonKeys, home: Path) -> list[str]:
    """Take every key-encryption key but the newest out of use and out of the key file, and return their ids.

    Raises `LedgerFault`, and keeps the file as it is, while any person's key is still wrapped by one of them.
    """
    with _alone(home):
        keys, newest = read_keys(home), person_keys.read_file().newest
        for row in person_keys.execute("wrapping_keys"):
            if row["id"] != newest:
                try:
                    person_keys.execute("retire_wrapping_key", id=row["id"])
                except IntegrityError:
                    raise LedgerFault(
                        f"persons' keys are still wrapped by key-encryption key {row['id']}; run `liggare "
                        "rotate-keys` again, and then --retire"
                    ) from None
        kept = tuple(key for key in keys.key_encryption_keys if key.id == newest)
        replace_keys(home, keys.model_copy(update={"key_encryption_keys": kept}))
        person_keys.read_file()
    return [key.id for key in keys.key_encryption_keys if key.id != newest]


def add_signing_key(home: Path) -> None:
    """Give a key file of before checkpoints the key that they are signed with."""
    with _alone(home):
        keys = read_keys(home)
        if keys.signing_key is None:
            replace_keys(home, keys.model_copy(update={"signing_key": secrets.token_hex(32)}))


@contextmanager
def _alone(home: Path) -> Iterator[None]:
    """Let one process at a time change the key file; the lock is the folder's own, dropped even by kill -9."""
    folder = os.open(home, os.O_RDONLY)
    try:
        fcntl.flock(folder, fcntl.LOCK_EX)
        yield
    finally:
        os.close(folder)
