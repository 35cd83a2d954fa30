"""`liggare`: the command line. Each command parses its words, asks one room of the house, and prints."""

import json as jsonlib
import os
import sys
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path
from typing import Annotated

from cyclopts import App, CycloptsError, Parameter

from api import bundle, cases, commands, files, keys, printing
from api.caseload import show_caseload
from api.duties import due
from api.employers import employers
from api.export import export
from api.policy import policy
from api.projections import projections
from api.readings import readings
from api.redecide import redecide
from api.register import register
from api.replays import replay
from api.requalification import requalification
from api.serve import serve
from api.statistics import statistics
from api.synth import synth
from api.verify import verify
from api.words import BAD_INPUT, SOME_BAD, Json, the_ledger
from domain.assessment import assess_json
from domain.rejections import CommandRejected
from domain.request import InputError
from ledger.declarations import DeclarationError
from ledger.faults import InputFault, LedgerFault
from ledger.opening import upgrade_ledger
from ledger.settings import Settings
from projections.summary import summary as count

app = App(
    name="liggare",
    help="A case ledger for transition support (omställnings- och kompetensstöd).",
    result_action="return_value",
    suppress_keyboard_interrupt=False,
    version=version("liggare"),
)
imports = App(name="import", help="Bring files in: applications, or employers' declarations.")
imports.command(files.applications)
imports.command(files.agi)
app.command(imports)
app.command(cases.decide)
app.command(commands.do_command, name="do")
app.command(cases.show_case, name="case")
app.command(replay)
app.command(cases.expire)
app.command(due)
app.command(show_caseload, name="caseload")
app.command(employers)
app.command(export)
app.command(readings)
app.command(requalification)
app.command(projections)
app.command(cases.erase_person, name="erase-person")
app.command(keys.rotate_keys, name="rotate-keys")
app.command(redecide)
app.command(verify)
app.command(bundle.public_key, name="public-key")
app.command(bundle.bundle)
app.command(bundle.verify_bundle, name="verify-bundle")
app.command(register)
app.command(serve)
app.command(statistics)
app.command(policy)
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
def assess_file(
    file: Annotated[str, Parameter(allow_leading_hyphen=True)],
    *,
    json: Json = True,
) -> int:
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
    text = text.removeprefix(b"\xef\xbb\xbf")
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
    except (ValueError, RecursionError):
        return False
    return True


def main(tokens: list[str] | None = None) -> int:
    """Run a command line and return its exit status: 0 done, 2 bad input, 3 some of it bad."""
    given = sys.argv[1:] if tokens is None else tokens
    if given[:1] == ["do"] and "--json" in given and {"--list", "--lines"} & set(given):
        given = [*(word for word in given if word != "--json"), "--json", "lines"]  # no content, but the form
    try:
        return app(given, exit_on_error=False, print_error=False) or 0
    except CommandRejected as rejected:
        printing.fault(printing.both(rejected))
    except (CycloptsError, LedgerFault, DeclarationError) as error:
        printing.fault(str(error))
    except InputError as error:
        printing.fault(f"{error.path or 'input'}: {error.message}")
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # the reader left: no fault of ours
        return 0
    except OSError as error:
        printing.fault(f"what was asked for can't be printed: {error.strerror}")
    except KeyboardInterrupt:
        printing.fault("interrupted; what was recorded stays recorded, run it again for the rest")
        return 130
    return BAD_INPUT
