"""`liggare synth`: writes a fictional population's files, and later what happened in its cases."""

import json
from functools import partial
from pathlib import Path
from typing import Annotated, Literal, NamedTuple
from uuid import UUID, uuid4

from cyclopts import Parameter

from api import printing, words
from api.words import the_ledger
from ledger.faults import InputFault
from ledger.ledger import Ledger
from ledger.settings import Settings, read_keys
from ledger.synthetic.files import files_of_declarations, write_lines, write_population
from ledger.synthetic.filling import fill
from ledger.synthetic.lives import CommandLine
from ledger.synthetic.population import Population, population
from ledger.synthetic.sequel import ends_lines, late_lines, lives_lines

POPULATION = "population.json"
POPULATION_SIZE = 500

Stage = Literal["late", "lives", "ends"]


class Known(NamedTuple):
    """A folder's population, and the case in this ledger that each of its applications leads to."""

    people: Population
    cases: dict[str, UUID]


def synth(
    folder: Path | None = None,
    *,
    cases: Annotated[int | None, Parameter(help="How many applications (into a folder: 500).")] = None,
    seed: Annotated[int, Parameter(help="The same seed gives the same people.")] = 7,
    then: Annotated[
        Stage | None, Parameter(help="Ask the ledger what was decided, and write what came after.")
    ] = None,
) -> None:
    """Write a fictional population: applications, employers' declarations, and what others had to say.

    With --then late: what came in after the decisions (evidence, annulments), as a file for `do --lines`.
    With --then lives: what happened in the cases that were granted.
    With --then ends: why meetings are missing, in supports that have expired.

    Without a folder: fill the ledger itself, which must be empty, with so many fictional cases.
    """
    if cases is not None and cases < 1:
        raise InputFault("--cases: at least one")
    if folder is None:
        _fill(cases, seed, then)
        return
    if then is None:
        _write_inputs(folder, population(seed, cases or POPULATION_SIZE))
        return
    known = known_population(folder)
    with the_ledger() as ledger:
        lines = _lines(then, known, ledger)
    write_lines(folder / f"{then}.jsonl", lines)
    printing.line(f"{folder / then}.jsonl: {len(lines)} commands.")


def _fill(cases: int | None, seed: int, then: Stage | None) -> None:
    """Fill the ledger itself."""
    if cases is None or then is not None:
        raise InputFault(
            "name a folder to write to, or --cases alone to fill an empty ledger with fictional cases"
        )
    with the_ledger() as ledger, printing.progress("fictional cases", cases) as step:
        events = fill(ledger, cases, seed, partial(words.command_line, by=None, flow=uuid4()), step)
    printing.line(f"{cases} fictional cases, {events} events.")


def known_population(folder: Path) -> Known:
    """Return the population whose files a folder holds; raise `InputFault` where it holds none."""
    try:
        said = json.loads((folder / POPULATION).read_text("utf-8"))
    except OSError:
        raise InputFault(f"{folder}: no fictional population there; write one with `liggare synth`") from None
    people = population(said["seed"], said["cases"])
    return Known(people, _cases(people))


def _cases(people: Population) -> dict[str, UUID]:
    keys = read_keys(Settings.of_environment().home)
    references = (case.application.reference for case in people.cases)
    return {reference: keys.uuid("case", reference) for reference in references}


def _write_inputs(folder: Path, people: Population) -> None:
    """Write a population's files into a new folder, whole or not at all."""
    if folder.exists():
        raise InputFault(f"{folder}: there is something already; name a new folder")
    cases, files = _cases(people), files_of_declarations(people)
    draft = folder.with_name(f"{folder.name}.part")
    if draft.exists():
        _remove(draft)
    with printing.progress(f"files {folder.name}", files) as step:
        write_population(people, draft, cases.__getitem__, step)
    said = {"seed": people.seed, "cases": len(people.cases)}
    (draft / POPULATION).write_text(json.dumps(said) + "\n", "utf-8")
    draft.rename(folder)
    printing.line(
        f"{folder}: {len(people.cases)} applications; {len(people.statements)} statements of employers in "
        f"{files} files."
    )


def _remove(folder: Path) -> None:
    """Remove what an interrupted run left."""
    for path in sorted(folder.rglob("*"), reverse=True):
        path.rmdir() if path.is_dir() else path.unlink()
    folder.rmdir()


def _lines(then: Stage, known: Known, ledger: Ledger) -> list[CommandLine]:
    """Return what came after, as far as the ledger has come."""
    if then == "late":
        return late_lines(known.people, known.cases, ledger)
    if then == "lives":
        return lives_lines(known.people, known.cases, ledger)
    return ends_lines(known.cases, ledger)
