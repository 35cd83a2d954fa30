"""`liggare bundle`: a case in one file that proves itself; how it is verified, and the key it is verified by."""

from pathlib import Path
from typing import Annotated, Any

from cyclopts import Parameter

from api import printing, words
from api.readers import must_open
from api.words import Json, Purpose, Reader, the_ledger
from ledger.faults import InputFault, LedgerFault
from ledger.settings import Settings, read_keys
from replays.bundle import bundle_of, redecided_in
from replays.drafts import whole_file
from replays.receipts import WORDS, Redecided
from replays.verify_bundle import NOT_PROVED, NoBundle, NotProved, Verified, key_at, read, verify

DISPROVED = 1
"""Exit status: what was asked to be proved does not hold."""

FIELDS = ("history", "sealed", "relied_on", "readings")
"""What a bundle shows of a case: its events, what was sealed in them, events of others, and who has read it."""


def public_key(*, json: Json = False) -> None:
    """Print the ledger's public key, by which its bundles and checkpoints are verified, on one line."""
    key = read_keys(Settings.of_environment().home).signer().key
    if json:
        printing.json_line({"ledger": key.name, "key": str(key)})
    else:
        printing.line(str(key))


def bundle(
    case: str,
    *,
    output: Annotated[Path, Parameter(name=["--output", "-o"], help="The new file.")],
    actor: Reader = None,
    purpose: Purpose = None,
    json: Json = False,
) -> None:
    """Write a case into one file that proves itself: events, opened boxes, proofs, conditions and who has read it.

    It holds personal data, and can be read by whoever has it: only its owner may read the file.
    """
    who, why = words.reader(actor), words.purpose(purpose)
    with whole_file(output) as file, the_ledger() as ledger:
        named = words.case_id(ledger, case)
        must_open(ledger, [named], who, "bundle", why, FIELDS)
        content = bundle_of(ledger, named, who)
        file.write(content)
    if json:
        printing.json_line({"case": named, "file": str(output), "bytes": len(content)})
    else:
        printing.line(f"{output}: case {named}, verified; {len(content)} bytes with personal data.")


def verify_bundle(
    file: Annotated[Path, Parameter(allow_leading_hyphen=True)],
    *,
    key: Annotated[str, Parameter(help="The ledger's public key, or a file with it.")],
    json: Json = False,
) -> int:
    """Verify a bundle without a ledger, show what is in it, and decide its decisions again.

    Exit status 1: something is not what was sealed, or a decision gives another answer by this program.
    """
    try:
        found = verify(read(file), key_at(key))
    except NoBundle as fault:
        raise InputFault(f"{file}: {fault}") from None
    except NotProved as fault:
        printing.fault(f"{file}: {fault}")
        return DISPROVED
    try:
        again, untried = list(redecided_in(found)), ""
    except LedgerFault as fault:
        again, untried = [], str(fault)
    different = [f"{name}: {_said(one)}" for name, one in again if one.status == "different"]
    told = [f"{name}: decided again: {WORDS[one.status][1]}" for name, one in again]
    told += [f"no decision was made again: {untried}"] if untried else []
    if json:
        try:
            _json(found, again, different, untried)
        except UnicodeEncodeError:
            raise InputFault(f"{file}: the ledger signed it, but it holds what is no text") from None
    else:
        for line in (*found.lines[:-1], *told, *(() if different else found.lines[-1:])):
            printing.line(line)
    for line in different:
        printing.fault(f"{file}: {line}")
    return DISPROVED if different else 0


def _said(again: Redecided) -> str:
    """Say which parts of a decision are others today, without what they are."""
    fields = ", ".join(row.field for row in again.differences)
    return f"decided again by this program, it gives another answer: {fields}"


def _json(found: Verified, again: list[tuple[str, Redecided]], different: list[str], untried: str) -> None:
    statuses = {name: one.status for name, one in again}
    bundle: dict[str, Any] = found.bundle
    for event in found.events:
        row = {name: event.row[name] for name in ("version", "position", "topic", "recorded_at")}
        body = {name: value for name, value in event.body.items() if name != "sealed"}
        decided = {"redecided": statuses[event.name]} if event.name in statuses else {}
        printing.json_line({**row, "content": body | event.opened, **decided})
    for reading in bundle["readings"]:
        printing.json_line({"reading": reading})
    head = {name: bundle[name] for name in ("case", "ledger", "made_at", "made_by", "checkpoint")}
    remarks = [*found.remarks, *NOT_PROVED, *([untried] if untried else [])]
    printing.json_line({**head, "events": len(found.events), "remarks": remarks, "ok": not different})
