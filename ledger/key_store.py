"""What a ledger knows of its key store: whose it is, and which keys it should hold. Tried before anything is read.

A lost key store is not an erasure: without these checks its cases would fail one by one, or worse, new keys would
be made in an empty store and nobody would miss the old ones until they are needed.
"""

from collections.abc import Callable
from uuid import UUID, uuid4

from psycopg import Connection
from psycopg.rows import DictRow

from ledger import migrations
from ledger.faults import LedgerFault
from ledger.queries import SQL
from ledger.sealing import in_use
from ledger.settings import Keys

ADVICE = "put it back from its backup, or name its database in LIGGARE_KEYS_URL"
PART = 10_000


def check(ledger: Connection[DictRow], store: Connection[DictRow], read_keys: Callable[[], Keys]) -> None:
    """Raise `LedgerFault` unless the key store is the ledger's, and fits its cases and its key file.

    The keys of the newest cases and of a hundred others are looked up: enough to notice a store that was emptied,
    restored from an old backup, or lost a part, in a time that does not grow with the ledger.
    """
    had_one = _ledger_id(ledger) is not None
    try:
        migrations.check(store, migrations.KEY_STORE)
    except LedgerFault:
        if not had_one or migrations.applied(store, migrations.KEY_STORE):
            raise  # it is being made right now, or was cut short: an upgrade makes it, and no backup has it
        raise LedgerFault(f"there is no key store in its database; {ADVICE}") from None
    held, ours = _of(store), _ledger_id(ledger)
    if ours is None or ours != held["ledger_id"]:
        raise LedgerFault(f"the key store is another ledger's; {ADVICE}")
    in_use(lambda: set(_of(store)["wrapping_keys"]), read_keys)
    _hold(store, [row["key_id"] for row in ledger.execute(SQL["keys_expected"])])


def upgrade(
    ledger: Connection[DictRow], store: Connection[DictRow], read_keys: Callable[[], Keys]
) -> list[int]:
    """Make the key store, or bring it to this program's shape; return the numbers of the steps taken.

    Raises `LedgerFault`, and leaves everything as it was, where any key of any case is not in it.
    """
    with store.transaction():
        taken = migrations.upgrade(store, migrations.KEY_STORE)
        if not _of(store)["wrapping_keys"]:
            store.execute(SQL["add_wrapping_key"], {"id": read_keys().key_encryption_keys[-1].id})
        wanted = [row["key_id"] for row in ledger.execute(SQL["keys_of_cases"])]
        for part in range(0, len(wanted), PART):
            _hold(store, wanted[part : part + PART])
        ledger.execute(SQL["set_once"], {"name": "ledger_id", "value": str(uuid4())})
        store.execute(SQL["key_set_once"], {"name": "ledger_id", "value": _ledger_id(ledger)})
    check(ledger, store, read_keys)
    return taken


def _ledger_id(ledger: Connection[DictRow]) -> str | None:
    """Return by what a ledger and its key store know each other; None where it has never had one."""
    row = ledger.execute(SQL["setting"], {"name": "ledger_id"}).fetchone()
    return str(row["value"]) if row else None


def _of(store: Connection[DictRow]) -> DictRow:
    """Return what a key store says of itself."""
    row = store.execute(SQL["key_store"]).fetchone()
    assert row is not None
    return row


def _hold(store: Connection[DictRow], wanted: list[UUID]) -> None:
    """Raise `LedgerFault` unless the key store holds some keys, or knows them as destroyed."""
    held = {row["key_id"] for row in store.execute(SQL["keys_held"], {"keys": wanted})}
    if missing := set(wanted) - held:
        raise LedgerFault(
            f"the key store lacks {len(missing)} of {len(wanted)} persons' keys that were looked up; {ADVICE}"
        )
