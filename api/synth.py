"""`liggare synth`: writes a fictional population's files, and later what happened in its cases."""

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Annotated, Literal, NamedTuple
from uuid import UUID

from cyclopts import Parameter

from api import printing
from api.words import the_ledger
from domain.case import Case
from domain.history import fold
from ledger.faults import InputFault
from ledger.ledger import Ledger
from ledger.settings import Settings, read_keys
from ledger.synthetic.files import files_of_declarations, notice_lines, write_lines, write_population
from ledger.synthetic.lives import Granted, lives, shortfalls
from ledger.synthetic.population import Population, population

POPULATION = "population.json"
READ_AT_ONCE = 100

Stage = Literal["late", "lives", "ends"]


class Known(NamedTuple):
    """A folder's population, and the case in this ledger that each of its applications leads to."""

    people: Population
    cases: dict[str, UUID]


def synth(
    folder: Path,
    *,
    cases: Annotated[int, Parameter(help="How many applications.")] = 500,
    seed: Annotated[int, Parameter(help="The same seed gives the same people.")] = 7,
    then: Annotated[
        Stage | None, Parameter(help="Ask the ledger what was decided, and write what came after.")
    ] = None,
) -> None:
    """Write a fictional population: applications, employers' declarations, and what others had to say.

    With --then late: what came in after the decisions (evidence, annulments), as a file for `do --lines`.
    With --then lives: what happened in the cases that were granted.
    With --then ends: why meetings are missing, in supports that have expired.
    """
    if cases < 1:
        raise InputFault("--cases: at least one")
    if then is None:
        _write_inputs(folder, population(seed, cases))
        return
    known = known_population(folder)
    with the_ledger() as ledger:
        lines = {"late": _late, "lives": _lives, "ends": _ends}[then](known, ledger)
    write_lines(folder / f"{then}.jsonl", lines)
    printing.line(f"{folder / then}.jsonl: {len(lines)} commands.")


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


def read_cases(ledger: Ledger, case_ids: Iterable[UUID]) -> dict[UUID, Case]:
    """Return cases as they stand in the ledger."""
    wanted, found = list(case_ids), {}
    for start in range(0, len(wanted), READ_AT_ONCE):
        for case_id, entries in ledger.entries(wanted[start : start + READ_AT_ONCE]).items():
            found[case_id] = fold(case_id, entries)
    return found


def _late(known: Known, ledger: Ledger) -> list[dict[str, object]]:
    """Return what came in after the decisions: annulments of what was granted, evidence to what was refused."""
    stand = read_cases(ledger, {known.cases[row.reference] for row in known.people.late})
    rows = [
        row
        for row in known.people.late
        if (stand[known.cases[row.reference]].grant is not None) == (row.command == "annul_grant")
    ]
    return notice_lines(rows, known.cases.__getitem__)


def _lives(known: Known, ledger: Ledger) -> list[dict[str, object]]:
    """Return what happened in the cases whose grant stands."""
    stand = read_cases(ledger, known.cases.values())
    grants = []
    for row in known.people.cases:
        application = row.application
        grant = stand[known.cases[application.reference]].grant
        if grant is not None and grant.last_day is not None:
            grants.append(
                Granted(
                    case=known.cases[application.reference],
                    reference=application.reference,
                    service=application.service,
                    months=application.months,
                    decided_on=grant.occurred_on,
                    last_day=grant.last_day,
                )
            )
    return lives(known.people.seed, grants)


def _ends(known: Known, ledger: Ledger) -> list[dict[str, object]]:
    """Return why meetings are missing in supports that expired, where somebody has told it: every third."""
    expired = [
        (case_id, case.engagement, case.advisor)
        for case_id, case in sorted(read_cases(ledger, known.cases.values()).items())
        if case.engagement and case.engagement.expired and case.engagement.expired.meetings_missing
    ]
    return shortfalls(
        (case_id, engagement.agreed_end, advisor)
        for case_id, engagement, advisor in expired[::3]
        if engagement
    )
