"""Erasing a person: ordered, recorded on each case, then the keys destroyed; and completing what was cut short.

The key store may be another database, so no one transaction holds it all. Each step is safe to take again:

    ordered    the living keys of all the person's numbers are marked, with who ordered it and when
    closed     nothing more is sealed under them; so which cases they hold is settled
    recorded   `PersonErased` on each of those cases, in one transaction
    destroyed  the keys are overwritten with nothing
"""

from collections.abc import Sequence
from datetime import date
from typing import Any
from uuid import UUID

from domain.commands import ErasePerson
from domain.event import Actor
from domain.rejections import CommandRejected
from ledger.ledger import Ledger

LOOKED_BACK = 1000
"""So many of the keys closed last are tried for whether a restored backup of the key store brought them back."""

BY_ITSELF = "system:erasure"


def erase_person(ledger: Ledger, person_ref: str, actor: Actor, on: date) -> int:
    """Erase a person, under whichever of their numbers; return how many cases there are.

    Cut short anywhere after the order, it is completed by `complete_erasures`. Raises `CommandRejected`, before
    anything is ordered, where the actor may not do it.
    """
    numbers = [row["person_ref"] for row in ledger.rows("numbers_of_person", person=person_ref)]
    return erase_numbers(ledger, numbers, actor, on)


def erase_numbers(ledger: Ledger, numbers: Sequence[str], actor: Actor, on: date) -> int:
    """Erase what is kept under some numbers of one person; return how many cases there are."""
    rows = [row for number in numbers for row in ledger.rows("cases_of_number", person=number)]
    for row in rows:
        if row["stage"] != "erased":
            ledger.try_out(row["case_id"], _command(ledger, row["case_id"], actor, on), on)
    ledger.person_keys.execute("order_destruction", persons=list(numbers), actor=actor, on=on)
    orders = ledger.person_keys.execute("keys_ordered_destroyed")
    _carry_out(ledger, [order for order in orders if order["person_ref"] in numbers], on)
    return len(rows)


def complete_erasures(ledger: Ledger, on: date) -> int:
    """Complete the erasures that were ordered and then cut short; return of how many persons' numbers.

    Keys that a restored backup of the key store brought back are destroyed again.
    """
    if closed := [row["key_id"] for row in ledger.rows("keys_closed", limit=LOOKED_BACK)]:
        ledger.person_keys.execute("order_again", keys=closed, on=on)
    orders = ledger.person_keys.execute("keys_ordered_destroyed")
    _carry_out(ledger, orders, on)
    return len({order["person_ref"] for order in orders})


def _carry_out(ledger: Ledger, orders: Sequence[dict[str, Any]], on: date) -> None:
    """Close the ordered keys, record the erasure on each case under them, and destroy them."""
    if not orders:
        return
    by_key = {order["key_id"]: order for order in orders}
    ledger.rows("close_keys", keys=list(by_key))
    rows = ledger.rows("cases_of_keys", keys=list(by_key))
    commands = [
        (
            row["case_id"],
            _command(
                ledger,
                row["case_id"],
                by_key[row["key_id"]]["ordered_by"],
                by_key[row["key_id"]]["ordered_on"],
            ),
        )
        for row in rows
        if row["stage"] != "erased"
    ]
    latest = max(on, *(order["ordered_on"] for order in orders))
    try:
        ledger.execute_all(commands, latest)
    except CommandRejected:  # whoever ordered it has left since; the order stands
        anew = [(case_id, command.model_copy(update={"actor": BY_ITSELF})) for case_id, command in commands]
        ledger.execute_all(anew, latest)
    ledger.person_keys.execute("destroy_keys", keys=list(by_key))
    ledger.person_keys.forget(by_key)
    ledger.forget(row["case_id"] for row in rows)


def _command(ledger: Ledger, case_id: UUID, actor: Actor, on: date) -> ErasePerson:
    """Return the command that records an erasure; the same order and case, the same command."""
    return ErasePerson(
        command_id=ledger.keys.uuid("erase", str(case_id)),
        correlation_id=ledger.keys.uuid("erasure", str(case_id)),
        actor=actor,
        occurred_on=on,
    )
