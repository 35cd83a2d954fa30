"""`liggare readings`: who has looked at a case."""

from api import printing, words
from api.words import Json, Purpose, Reader, the_ledger
from ledger.ledger import STOCKHOLM
from ledger.readings import readings_of, record_reading


def readings(case: str, *, actor: Reader = None, purpose: Purpose = None, json: Json = False) -> None:
    """Show who has read a case: when, who, by which command, which parts of it, what for and by which rule.

    It shows nothing of the person; who asks it is put on record too, and is the last line.
    """
    who, why = words.reader(actor), words.purpose(purpose)
    with the_ledger() as ledger:
        named = words.case_id(ledger, case)
        record_reading(ledger, [named], who, "readings", why, fields=["readings"])
        found = readings_of(ledger, named)
    if json:
        for row in found:
            printing.json_line({"case": named, **row._asdict()})
        return
    rows = [
        {
            "number": row.number,
            "read": f"{row.read_at.astimezone(STOCKHOLM):%Y-%m-%d %H:%M:%S}",
            "by": row.actor,
            "command": row.command,
            "shown": ", ".join(row.fields) or None,
            "purpose": row.purpose,
            "policy": row.policy,
        }
        for row in found
    ]
    printing.table(f"Readings of case {named}", list(rows[0]), rows)
