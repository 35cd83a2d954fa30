"""What must be true of cases and keys in every ledger, whatever came between."""

from typing import Any
from uuid import UUID

import psycopg
from psycopg.rows import dict_row
from pydantic_core import from_json

from domain.event import Erased
from domain.events import ApplicationReceived, PersonErased
from ledger.opening import open_ledger
from ledger.settings import Settings


def key_rows(settings: Settings) -> dict[UUID, dict[str, Any]]:
    """The key store's rows, by key."""
    with psycopg.connect(
        settings.keys_url or settings.database_url or "", row_factory=dict_row
    ) as connection:
        rows = connection.execute("SELECT * FROM liggare_keys.person_key").fetchall()
    return {row["key_id"]: row for row in rows}


def sound(settings: Settings) -> dict[UUID, bool]:
    """Assert that cases and keys fit, and return each case with whether it is erased.

    Every event of a case is sealed under one key; a case is erased exactly where that key is destroyed; whatever
    is not erased opens; and no key lives that no case needs.
    """
    with open_ledger(settings) as ledger:
        register = {
            row["case_id"]: row["key_id"] for row in ledger.select("SELECT * FROM liggare.case_register")
        }
        sealed = ledger.select("SELECT originator_id AS case_id, state FROM liggare.case_events")
        erased = {}
        for case_id in register:
            first, *_, last = (*(entry.event for entry in ledger.history(case_id)), None)
            newest = ledger.history(case_id)[-1].event
            assert last is None
            assert isinstance(first, ApplicationReceived)
            erased[case_id] = isinstance(newest, PersonErased)
            assert isinstance(first.details, Erased) == erased[case_id]
    keys = key_rows(settings)
    for row in sealed:
        if boxes := from_json(row["state"]).get("sealed"):
            assert UUID(boxes["key"]) == register[row["case_id"]]
    destroyed = {key_id for key_id, row in keys.items() if row["wrapped_key"] is None}
    assert {register[case_id] for case_id, gone in erased.items() if gone} == destroyed
    assert {register[case_id] for case_id, gone in erased.items() if not gone} == keys.keys() - destroyed
    return erased
