"""Files in: applications, and employers' declarations."""

from pathlib import Path

from api import printing, words
from api.words import BAD_INPUT, SOME_BAD, By, Json, the_ledger
from ledger.declarations import DeclarationError
from ledger.faults import InputFault
from ledger.imports import import_applications, import_declarations, lines_of
from ledger.ledger import today

FILES_LISTED = 10


def applications(*files: Path, actor: By = None, json: Json = False) -> int:
    """Register the applications of JSON Lines files: good lines go in, bad ones are listed."""
    who, status = words.actor(actor), 0
    _require(files)
    with the_ledger() as ledger:
        for file in files:
            with printing.progress(f"applications {file.name}", sum(1 for _ in lines_of(file))) as step:
                done = import_applications(ledger, file, who, today(), step)
            for row in done.faults:
                status = SOME_BAD
                if json:
                    printing.json_line({"file": str(file), **row._asdict()})
                else:
                    printing.fault(f"{file}, line {row.line}: {row.path or 'the line'}: {row.message}")
            totals = done._asdict() | {"faults": len(done.faults)}
            if json:
                printing.json_line({"file": str(file), **totals})
            else:
                printing.line(
                    "{0}: {recorded} registered, {repeated} known from before, {faults} at fault.".format(
                        file, **totals
                    )
                )
    return status


def _require(files: tuple[Path, ...]) -> None:
    if not files:
        raise InputFault("name at least one file")


def agi(*files: Path, actor: By = None, json: Json = False) -> int:
    """Record employers' monthly declarations (AGI): each file goes in wholly or not at all.

    Only what concerns people with an open application is kept. A file imported again records what concerns
    applications opened since, and nothing else.
    """
    who, status, imported = words.actor(actor), 0, []
    _require(files)
    with the_ledger() as ledger, printing.progress("declarations", len(files)) as step:
        for file in files:
            try:
                done = import_declarations(ledger, file, who, today())
            except (DeclarationError, InputFault) as error:
                printing.fault(str(error))
                if json:
                    printing.json_line({"file": str(file), "fault": str(error)})
                status = BAD_INPUT if len(files) == 1 else SOME_BAD
                continue
            finally:
                step()
            imported.append(done)
            for warning in done.warnings:
                printing.fault(f"{done.file}: {warning}")
            if json:
                printing.json_line(done._asdict())
            elif len(files) <= FILES_LISTED:
                printing.line(
                    f"{done.file}: {done.statements} statements kept, for {done.cases} cases; "
                    f"{done.left_alone} left alone."
                )
    if not json and len(files) > FILES_LISTED:
        kept, left = sum(row.statements for row in imported), sum(row.left_alone for row in imported)
        printing.line(f"{len(imported)} files: {kept} statements kept, {left} left alone.")
    return status
