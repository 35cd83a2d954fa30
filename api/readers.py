"""Who reads a case: each reading is put on record first, and a protected identity opens for the named alone."""

from collections.abc import Sequence
from uuid import UUID

from ledger.faults import InputFault
from ledger.ledger import Ledger
from ledger.readings import record_reading

REFUSED = "refused"
"""What is on record as the rule by which it was allowed, where it was not."""

PROTECTED = "the identity is protected: only those named may open it, with --purpose"


def may_open(
    ledger: Ledger,
    case_ids: Sequence[UUID],
    reader: str,
    command: str,
    purpose: str | None,
    fields: Sequence[str],
    otherwise: Sequence[str] = (),
) -> bool:
    """Record a reading of a person's cases, or the attempt, and tell whether what is sealed may be shown (AMB-37).

    Of a protected identity it may be shown to the named people, who say what for, and to nobody else. `fields` are
    the parts that the command shows then, and `otherwise` those that it shows to anybody.
    """
    protection = ledger.protection_of(case_ids[0])
    opens = protection is None or protection.opens_for(reader, purpose)
    shown, policy = (fields, None) if opens else (otherwise, REFUSED)
    record_reading(ledger, case_ids, reader, command, purpose, fields=shown, policy=policy)
    return opens


def must_open(
    ledger: Ledger,
    case_ids: Sequence[UUID],
    reader: str,
    command: str,
    purpose: str | None,
    fields: Sequence[str],
) -> None:
    """Record a reading of a person's cases; raise `InputFault` where the identity is protected from the reader."""
    if not may_open(ledger, case_ids, reader, command, purpose, fields):
        raise InputFault(PROTECTED)
