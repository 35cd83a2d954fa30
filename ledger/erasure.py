"""Erasing a person: ordered, recorded on each case, then the key destroyed; and completing what was cut short."""

from datetime import date

from domain.commands import ErasePerson
from domain.events import Actor
from ledger.ledger import Ledger


def erase_person(ledger: Ledger, person_ref: str, actor: Actor, on: date) -> int:
    """Erase a person: order it, record it on each case, destroy the keys; return how many cases there are.

    A person who is known by several numbers has a key for each. Cut short anywhere after the order, it is
    completed by `complete_erasures`.
    """
    numbers = [row["person_ref"] for row in ledger.rows("numbers_of_person", person=person_ref)]
    for number in numbers:
        ledger.person_keys.order_destruction(number, actor)
    rows = ledger.rows("cases_of_person", person=person_ref)
    commands = [
        (
            row["case_id"],
            ErasePerson(
                command_id=ledger.keys.uuid("erase", str(row["case_id"])),
                correlation_id=ledger.keys.uuid("erasure", person_ref),
                actor=actor,
                occurred_on=on,
            ),
        )
        for row in rows
        if row["stage"] != "erased"
    ]
    if commands:
        ledger.execute_all(commands, on)
    for number in numbers:
        ledger.person_keys.destroy(number)
    ledger.forget(row["case_id"] for row in rows)
    return len(rows)


def complete_erasures(ledger: Ledger, on: date) -> int:
    """Complete the erasures that were ordered and then cut short; return how many there were."""
    ordered = ledger.person_keys.ordered_destroyed()
    for person_ref, actor in ordered:
        erase_person(ledger, person_ref, actor, on)
    return len(ordered)
