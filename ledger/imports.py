"""Imports: files of applications line by line, files of employers' declarations wholly or not at all."""

from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import NamedTuple
from uuid import UUID

from domain.commands import RecordDeclaration
from domain.declarations import Declaration
from domain.event import Actor
from domain.request import InputError
from domain.values import month_of
from ledger.applications import application_command, parse_application
from ledger.batches import Line, carry_out
from ledger.declarations import declarations_of, read_declarations
from ledger.faults import InputFault
from ledger.ledger import STOCKHOLM, Ledger
from ledger.recorder import Stored

LONGEST_LINE = 4 * 1024 * 1024


class LineFault(NamedTuple):
    """A line that did not go in: its number, the path of the value, and what is wrong with it."""

    line: int
    path: str
    message: str


class ApplicationsImported(NamedTuple):
    """What became of a file of applications: lines recorded, recognised from before, and at fault."""

    recorded: int
    repeated: int
    faults: tuple[LineFault, ...]


class DeclarationsImported(NamedTuple):
    """What became of a file of declarations.

    `cases` are those it says something new of, `statements` what was newly kept for them, `repeated` the cases
    that had it before; `left_alone` are the statements of everybody else, of which nothing was kept.
    """

    file: str
    cases: int
    statements: int
    left_alone: int
    repeated: int
    warnings: tuple[str, ...]


def lines_of(path: Path) -> Iterator[tuple[int, bytes]]:
    """Yield the lines of a JSON Lines file that aren't blank, with their numbers; raise `InputFault`.

    A line that is too long is yielded as its beginning, which is no JSON.
    """
    try:
        if path.exists() and not path.is_file():
            raise InputFault(f"{path}: not a file; it is read twice, so a pipe won't do")
        with path.open("rb") as file:
            number = 0
            while line := file.readline(LONGEST_LINE):
                number += 1
                rest = line
                while rest and not rest.endswith(b"\n"):
                    rest = file.readline(LONGEST_LINE)
                if line.strip():
                    yield number, line.removeprefix(b"\xef\xbb\xbf") if number == 1 else line
    except OSError as error:
        raise InputFault(f"{path}: can't be read: {error.strerror}") from None


def import_applications(
    ledger: Ledger, path: Path, actor: Actor, on: date, step: Callable[[int], None]
) -> ApplicationsImported:
    """Register every good line of a file and list the bad ones; a line sent before is recognised.

    `step` is called with the number of lines done. Raises `InputFault` where the file can't be read.
    """
    flow = ledger.keys.uuid("import", str(path.resolve()), datetime.now(UTC).isoformat())
    faults: list[LineFault] = []
    counts = {True: 0, False: 0}
    for line, result in carry_out(ledger, _applications(ledger, path, actor, on, flow, faults), on):
        if isinstance(result, Stored):
            counts[result.repeated] += 1
        else:
            faults.append(LineFault(line.number, "reference", str(result)))
        step(1)
    step(len(faults))
    return ApplicationsImported(counts[False], counts[True], tuple(sorted(faults)))


def _applications(
    ledger: Ledger, path: Path, actor: Actor, on: date, flow: UUID, faults: list[LineFault]
) -> Iterator[Line]:
    """Yield the command of each good line, and note what is wrong with each bad one."""
    for number, text in lines_of(path):
        try:
            application, person = parse_application(text, on)
        except InputError as error:
            faults.append(LineFault(number, error.path, error.message))
        else:
            yield Line(number, *application_command(application, person, ledger.keys, actor, flow))


def import_declarations(ledger: Ledger, path: Path, actor: Actor, on: date) -> DeclarationsImported:
    """Record what a file says of the people whose application is open; all of it or, at any error, nothing.

    The same file again records what concerns applications opened since, and nothing else. Raises
    `DeclarationError` where the file is not sound.
    """
    if path.exists() and not path.is_file():
        raise InputFault(f"{path}: not a file; it is read twice, so a pipe won't do")
    file = read_declarations(path)
    made_on = file.created_at.astimezone(STOCKHOLM).date()
    if made_on > on:
        raise InputFault(f"{file.name}: the file says that it was made in the future (Skapad)")
    if ahead := [period for period in file.periods if period > month_of(on)]:
        raise InputFault(
            f"{file.name}: declares {', '.join(ahead)}, which lies in the future: nothing is paid yet"
        )
    cases: dict[str, list[UUID]] = {}
    for row in ledger.rows("open_applications"):
        cases.setdefault(row["person_ref"], []).append(row["case_id"])
    found = declarations_of(path, file, lambda payee: ledger.keys.person_ref(payee) in cases)
    commands = [
        (case_id, _command(ledger, case_id, declaration, actor, made_on))
        for payee, declaration in found.items()
        for case_id in cases[ledger.keys.person_ref(payee)]
    ]
    known = _known(ledger, (command.command_id for _, command in commands))
    new = [(case_id, command) for case_id, command in commands if command.command_id not in known]
    ledger.execute_all(new, on)
    kept = sum(len(declaration.statements) for declaration in found.values())
    return DeclarationsImported(
        file=file.name,
        cases=len(new),
        statements=sum(len(command.declaration.statements) for _, command in new),
        left_alone=file.statements - kept,
        repeated=len(known),
        warnings=file.warnings,
    )


def _command(
    ledger: Ledger, case_id: UUID, declaration: Declaration, actor: Actor, made_on: date
) -> RecordDeclaration:
    """Return the command that records what a file says of a client; the same file and case, the same id."""
    return RecordDeclaration(
        command_id=ledger.keys.uuid("declaration", declaration.file_sha256, str(case_id)),
        correlation_id=ledger.keys.uuid("declarations", declaration.file_sha256),
        actor=actor,
        occurred_on=made_on,
        declaration=declaration,
    )


def _known(ledger: Ledger, command_ids: Iterable[UUID]) -> set[UUID]:
    """Return which commands were carried out before."""
    return {row["command_id"] for row in ledger.rows("known_commands", commands=list(command_ids))}
