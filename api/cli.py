"""`liggare`: the command line. Each command parses its words, asks one room of the house, and prints."""

import json as jsonlib
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any
from uuid import UUID, uuid4

from cyclopts import App, CycloptsError, Parameter

from api import printing, words
from api.synth import synth
from api.words import By, Json, On, the_ledger
from domain.assessment import assess_json
from domain.commands import COMMANDS, Decide, Expire, ReceiveApplication
from domain.rejections import CommandRejected
from domain.request import InputError
from ledger.declarations import DeclarationError
from ledger.faults import InputFault, LedgerFault
from ledger.imports import import_applications, import_declarations, lines_of
from ledger.ledger import Ledger, today, upgrade_ledger
from ledger.settings import Settings
from projections.summary import summary as count
from replays.replay import replay as steps_of
from replays.state import entry_values, history, person, state, to_review

BAD_INPUT, SOME_BAD = 2, 3
FILES_LISTED = 10

app = App(
    name="liggare",
    help="A case ledger for transition support (omställnings- och kompetensstöd).",
    result_action="return_value",
)
imports = App(name="import", help="Bring files in: applications, or employers' declarations.")
app.command(imports)
app.command(synth)


@app.command
def upgrade(*, json: Json = False) -> None:
    """Make the ledger, or bring its database to this program's shape; run again it changes nothing."""
    taken = upgrade_ledger(Settings.of_environment())
    if json:
        printing.json_line({"steps": taken})
    else:
        printing.line("Ledger ready." if taken else "Ledger ready; there was nothing to do.")


@app.command
def summary(*, json: Json = False) -> None:
    """Count the ledger: where the cases stand, why applications were refused, what the log holds."""
    with the_ledger() as ledger:
        figures = count(ledger)
    if json:
        for kind, rows in figures._asdict().items():
            for row in rows:
                printing.json_line({"count": kind, **row})
        return
    printing.table("Cases", ["service", "stage", "result", "cases"], figures.cases)
    printing.table("Refusals, by code", ["code", "decisions"], figures.refusals)
    printing.table("Events", ["event", "events"], figures.events)


@app.command(name="assess")
def assess_file(file: Annotated[str, Parameter(allow_leading_hyphen=True)]) -> int:
    """Assess a request (a file, or - for standard input); a JSON Lines file gives a line each."""
    faults = total = 0
    for text in _requests(file):
        total += 1
        try:
            answer = assess_json(text)
        except InputError as error:
            faults += 1
            wrong = {"error": {"path": error.path, "message": error.message}}
            answer = jsonlib.dumps(wrong, ensure_ascii=False).encode()
        sys.stdout.buffer.write(answer + b"\n")
    sys.stdout.buffer.flush()
    if not faults:
        return 0
    return BAD_INPUT if total == 1 else SOME_BAD


def _requests(file: str) -> Iterator[bytes]:
    """Yield the requests of a file: the whole text where it is one JSON value, else each line."""
    try:
        text = sys.stdin.buffer.read() if file == "-" else Path(file).read_bytes()
    except OSError as error:
        raise InputFault(f"{file}: can't be read: {error.strerror}") from None
    lines = [line for line in text.splitlines() if line.strip()]
    if not lines:
        raise InputFault(f"{file}: empty; expected a request as JSON, or one a line")
    if len(lines) == 1 or _is_json(text) or not any(_is_json(line) for line in lines):
        yield text
    else:
        yield from lines


def _is_json(text: bytes) -> bool:
    try:
        jsonlib.loads(text)
    except ValueError:
        return False
    return True


@imports.command
def applications(*files: Path, actor: By = None, json: Json = False) -> int:
    """Register the applications of JSON Lines files: good lines go in, bad ones are listed."""
    who, status = words.actor(actor), 0
    _require(files)
    with the_ledger() as ledger:
        ledger.complete_erasures(today())
        for file in files:
            with printing.progress(f"applications {file.name}", sum(1 for _ in lines_of(file))) as step:
                done = import_applications(ledger, file, who, today(), step)
            for row in done.faults:
                status = SOME_BAD
                if json:
                    printing.json_line({"file": file.name, **row._asdict()})
                else:
                    printing.fault(f"{file.name}, line {row.line}: {row.path}: {row.message}")
            totals = done._asdict() | {"faults": len(done.faults)}
            if json:
                printing.json_line({"file": file.name, **totals})
            else:
                printing.line(
                    "{0}: {recorded} registered, {repeated} known from before, {faults} at fault.".format(
                        file.name, **totals
                    )
                )
    return status


def _require(files: tuple[Path, ...]) -> None:
    if not files:
        raise InputFault("name at least one file")


@imports.command
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


@app.command
def decide(
    *cases: str, on: On = None, starts_on: str | None = None, actor: By = None, json: Json = False
) -> int:
    """Decide applications: the named cases, or all that wait for a decision on that day.

    A case waits when it was never decided, or was refused and has evidence since.
    """
    decided_on, who = words.day(on), words.actor(actor)
    starts = words.day(starts_on) if starts_on else None
    status, counts = 0, {"grant": 0, "refuse": 0}
    with the_ledger() as ledger:
        waiting = [words.case_id(ledger, case) for case in cases] or _waiting(ledger, decided_on)
        with printing.progress(f"decisions {decided_on}", len(waiting)) as step:
            for case in waiting:
                command = Decide(**_shared(who), occurred_on=decided_on, starts_on=starts)
                try:
                    ledger.execute(case, command, today())
                except CommandRejected as rejected:
                    printing.fault(f"case {case}: {rejected}")
                    status = BAD_INPUT if len(waiting) == 1 else SOME_BAD
                    continue
                finally:
                    step()
                made = ledger.case(case).decisions[-1]
                counts[made.decision] += 1
                if json:
                    printing.json_line(
                        {
                            "case": case,
                            "decision": made.decision,
                            "refusals": made.refusals,
                            "flags": made.flags,
                        }
                    )
                elif cases:
                    printing.decision(case, made)
    if not json and not cases:
        printing.line(f"{decided_on}: {counts['grant']} granted, {counts['refuse']} refused.")
    return status


def _waiting(ledger: Ledger, on: Any) -> list[UUID]:
    """Return the cases that wait for a decision and whose application had come in by a day."""
    return [row["case_id"] for row in ledger.rows("cases_to_decide", on=on)]


def _shared(actor: str) -> dict[str, Any]:
    own = uuid4()
    return {"command_id": own, "correlation_id": own, "actor": actor}


@app.command(name="do")
def do_command(
    name: Annotated[str, Parameter(help="The command; --list shows them all.")] = "",
    case: Annotated[str, Parameter(help="The case's id, or the beginning of it.")] = "",
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
    """Carry out one command on a case, or those of a file, and print where each lies in the log."""
    if show:
        return _list_commands(as_json=json != "{}")
    who = words.actor(actor)
    if lines is not None:
        return _do_lines(lines, who)
    if not name or not case:
        raise InputFault(
            "name a command and a case: liggare do COMMAND CASE --json '{...}' (do --list shows them)"
        )
    with the_ledger() as ledger:
        named = words.case_id(ledger, case)
        stored = ledger.execute(named, words.command(name, json, who, id_), today())
    printing.json_line({"case": named, **stored._asdict()})
    return 0


def _do_lines(file: Path, who: str) -> int:
    """Carry out a file of commands; a line is `{"case", "command", "actor", ...the command's own keys}`."""
    status = 0
    with (
        the_ledger() as ledger,
        printing.progress(f"commands {file.name}", sum(1 for _ in lines_of(file))) as step,
    ):
        flow = ledger.keys.uuid("commands", str(uuid4()))
        for number, text in lines_of(file):
            try:
                case, command = words.command_line(text, who, flow)
                ledger.execute(case, command, today())
            except (InputError, CommandRejected, LedgerFault) as error:
                printing.fault(f"{file.name}, line {number}: {error}")
                status = SOME_BAD
            finally:
                step()
    return status


def _list_commands(*, as_json: bool) -> int:
    """Print every command with what it is for and the keys of its content."""
    for name, kind in COMMANDS.items():
        if kind is ReceiveApplication:
            continue
        keys = {
            key: "required" if field.is_required() else "optional"
            for key, field in kind.model_fields.items()
            if key not in words.SHARED
        }
        purpose = " ".join((kind.__doc__ or "").split())
        if as_json:
            printing.json_line({"command": name, "purpose": purpose, "keys": keys})
        else:
            printing.line(name, style="bold")
            printing.line(f"    {purpose}")
            printing.line(f"    keys: {', '.join(f'{key} ({need})' for key, need in keys.items()) or 'none'}")
    return 0


@app.command(name="case")
def show_case(case: str, *, json: Json = False) -> None:
    """Show a case: where it stands today, and its timeline with corrections."""
    with the_ledger() as ledger:
        named = words.case_id(ledger, case)
        entries = ledger.history(named)
        stands = ledger.case(named)
    if json:
        printing.json_line(
            {
                "case": named,
                "state": state(stands, today()),
                "person": person(stands),
                "review": to_review(stands),
            }
        )
        for row in history(entries):
            printing.json_line({"case": named, **row})
    else:
        printing.state(named, person(stands) | state(stands, today()))
        printing.review(to_review(stands))
        printing.timeline(entries)


@app.command
def replay(
    case: str, *, known_at: str | None = None, valid_on: str | None = None, json: Json = False
) -> None:
    """Replay a case: its state after every event, and why each was allowed.

    Parameters
    ----------
    known_at: Only what was recorded at this instant or before.
    valid_on: The case as it was on this day.
    """
    with the_ledger() as ledger:
        named = words.case_id(ledger, case)
        entries = ledger.history(named)
    as_of = words.day(valid_on) if valid_on else None
    steps = list(steps_of(named, entries, as_of, words.instant(known_at)))
    if not steps:
        raise InputFault(f"nothing of case {named} was known then")
    if not json:
        printing.replay(steps, as_of)
        return
    for step in steps:
        allowed = dict(zip(("clause", "sv", "en"), step.grounds, strict=True))
        stands = state(step.after, as_of or step.entry.event.occurred_on)
        printing.json_line(entry_values(step.entry) | {"allowed": allowed, "state": stands})


@app.command
def expire(*, on: On = None, json: Json = False) -> None:
    """Record that the agreed end of a support has passed without a result; safe to run again, and anywhere."""
    until = words.day(on)
    if until > today():
        raise InputFault(f"{until} has not come yet: nothing has expired by then")
    with the_ledger() as ledger:
        due = ledger.rows("cases_to_expire", today=until)
        expired = []
        with printing.progress("expiries", len(due)) as step:
            for row in due:
                command = Expire(**_shared("system:expire"), occurred_on=until)
                try:
                    stored = ledger.execute(row["case_id"], command, until)
                    expired.append({"case": row["case_id"], "position": stored.position})
                except CommandRejected as rejected:
                    if rejected.code != "ALREADY_ENDED":  # another machine was first
                        raise
                step()
    for line in expired if json else ():
        printing.json_line(line)
    if not json:
        printing.line(f"{until}: {len(expired)} expired.")


@app.command(name="erase-person")
def erase_person(
    case: str, *, yes: Annotated[bool, Parameter(negative="")] = False, actor: By = None, json: Json = False
) -> None:
    """Erase the person of a case for ever: recorded on each of the person's cases, then the key is destroyed.

    Parameters
    ----------
    case: One of the person's cases (an identity number never stands on a command line).
    yes: Needed, because it can't be undone.
    """
    who = words.actor(actor)
    with the_ledger() as ledger:
        named = words.case_id(ledger, case)
        if not yes:
            raise InputFault("nothing was erased: it can't be undone, so say --yes as well")
        ledger.complete_erasures(today())
        cases = ledger.erase_person(ledger.person_of(named).person_ref, who, today())
    if json:
        printing.json_line({"case": named, "cases": cases})
    else:
        printing.line(f"The person is erased in {cases} cases; structure and statistics remain.")


def main(tokens: list[str] | None = None) -> int:
    """Run a command line and return its exit status: 0 done, 2 bad input, 3 some of it bad."""
    given = sys.argv[1:] if tokens is None else tokens
    if given[:1] == ["do"] and given[-1:] == ["--json"]:
        given = [*given, "list"]  # `do --list --json`
    try:
        return app(given, exit_on_error=False, print_error=False) or 0
    except (CycloptsError, CommandRejected, LedgerFault, DeclarationError) as error:
        printing.fault(str(error))
    except InputError as error:
        printing.fault(f"{error.path or 'input'}: {error.message}")
    except BrokenPipeError:
        sys.stderr.close()  # the reader left; that is no fault of ours
        return 0
    except KeyboardInterrupt:
        printing.fault("interrupted; what was recorded stays recorded, run it again for the rest")
        return 130
    return BAD_INPUT
