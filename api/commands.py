"""`liggare do`: one command on a case or on the register, or those of a file; and the list of them."""

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated
from uuid import UUID, uuid4

from cyclopts import Parameter

from api import printing, words
from api.words import SOME_BAD, By, the_ledger
from domain.command import Command
from domain.employer_commands import OpenEmployerCase
from domain.register import REGISTER
from domain.request import InputError
from ledger.batches import Line, carry_out
from ledger.faults import InputFault
from ledger.imports import lines_of
from ledger.ledger import Ledger, today
from ledger.recorder import Stored

WHERE = {
    "case": "",
    "register": "  (on the register: names no case)",
    "employer_case": "  (on an employer's case)",
}
"""What is said of a command that is not on a person's case."""


def do_command(
    name: Annotated[str, Parameter(help="The command; --list shows them all.")] = "",
    case: Annotated[
        str,
        Parameter(help="The case's id, or its beginning; none for the register, or for a new case."),
    ] = "",
    *,
    json: Annotated[str, Parameter(name="--json", help="The command's content, a JSON object.")] = "{}",
    lines: Annotated[
        Path | None, Parameter(help="A JSON Lines file of commands, each with its case.")
    ] = None,
    show: Annotated[bool, Parameter(name="--list", negative="", help="List the commands.")] = False,
    id_: Annotated[
        UUID | None, Parameter(name="--id", help="The command's id, to send it again safely.")
    ] = None,
    actor: By = None,
) -> int:
    """Carry out one command on a case or on the register, or those of a file; print where each lies in the log."""
    if show:
        return _list_commands(as_json=json != "{}")
    who = words.actor(actor, name)
    if lines is not None:
        return _do_lines(lines, who if actor else None, as_json=json != "{}")
    if not name or (words.is_of_register(name) if case else not words.needs_no_case(name)):
        raise InputFault(
            "name a command and, unless it is the register's, a case: liggare do COMMAND CASE --json '{...}' "
            "(do --list shows them)"
        )
    with the_ledger() as ledger:
        asked = words.command(name, json, who, id_)
        named = _named(ledger, case, asked)
        stored = ledger.execute(named, asked, today())
    printing.json_line({"case": named, **stored._asdict()})
    return 0


def _named(ledger: Ledger, case: str, command: Command) -> UUID:
    """Return what a command is on: the register, the case that is named, or the one that it makes."""
    if not isinstance(command, OpenEmployerCase):
        return words.case_id(ledger, case) if case else REGISTER
    if not case:
        return words.new_case(command.command_id)
    try:
        return UUID(case)
    except ValueError:
        raise InputFault("a new case's id is a UUID, written whole; without one it gets one") from None


def _do_lines(file: Path, who: str | None, *, as_json: bool) -> int:
    """Carry out a file of commands; a line is `{"case", "command", "actor", "id", ...the command's own keys}`."""
    faults: list[tuple[int, Exception]] = []
    counts = {True: 0, False: 0}
    total = sum(1 for _ in lines_of(file))
    with the_ledger() as ledger, printing.progress(f"commands {file.name}", total) as step:
        for line, result in carry_out(ledger, _command_lines(ledger, file, who, faults), today()):
            if isinstance(result, Stored):
                counts[result.repeated] += 1
            else:
                faults.append((line.number, result))
            step()
    for number, error in sorted(faults, key=lambda row: row[0]):
        printing.fault(f"{file}, line {number}: {printing.both(error)}")
        if as_json:
            printing.json_line({"file": str(file), "line": number, "fault": str(error)})
    if as_json:
        totals = {"carried_out": counts[False], "repeated": counts[True], "faults": len(faults)}
        printing.json_line({"file": str(file), **totals})
        return SOME_BAD if faults else 0
    printing.line(
        f"{file.name}: {counts[False]} carried out, {counts[True]} known from before, {len(faults)} at fault."
    )
    return SOME_BAD if faults else 0


def _command_lines(
    ledger: Ledger, file: Path, who: str | None, faults: list[tuple[int, Exception]]
) -> Iterator[Line]:
    """Yield the command of each good line, and note what is wrong with each bad one."""
    flow = ledger.keys.uuid("commands", str(uuid4()))
    for number, text in lines_of(file):
        try:
            yield Line(number, *words.command_line(text, who, flow))
        except (InputError, InputFault) as error:
            faults.append((number, error))


def _list_commands(*, as_json: bool) -> int:
    """Print every command with what it is for and the keys of its content."""
    for name, kind in words.ASKED.items():
        keys = {
            key: "required" if field.is_required() else "optional"
            for key, field in kind.model_fields.items()
            if key not in words.SHARED
        }
        purpose = " ".join((kind.__doc__ or "").split())
        if as_json:
            on = words.aggregate_of(name)
            printing.json_line({"command": name, "on": on, "purpose": purpose, "keys": keys})
        else:
            where = WHERE[words.aggregate_of(name)]
            printing.line(f"{name}{where}", style="bold")
            printing.line(f"    {purpose}")
            printing.line(f"    keys: {', '.join(f'{key} ({need})' for key, need in keys.items()) or 'none'}")
    return 0
