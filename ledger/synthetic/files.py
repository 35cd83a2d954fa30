"""A fictional population as files: applications, notices, and a payroll bureau's declarations month by month."""

import json
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import UTC, date, datetime
from itertools import groupby
from pathlib import Path
from typing import Any
from uuid import UUID

from domain.declarations import Statement
from domain.values import month_of, months_before
from ledger.applications import Application
from ledger.declaration_writer import write_declarations
from ledger.synthetic.drafts import Notice
from ledger.synthetic.employers import employer_lines
from ledger.synthetic.lives import CommandLine, command_line
from ledger.synthetic.organisation import register_lines
from ledger.synthetic.population import Population

APPLICATIONS, DECLARATIONS, NOTICES = "applications.jsonl", "agi", "notices.jsonl"
STAFF, EMPLOYERS_CASES = "register.jsonl", "employers.jsonl"

CaseOf = Callable[[str], UUID]
"""Tells the case that an application's reference leads to in a ledger."""


def write_population(people: Population, folder: Path, case_of: CaseOf, step: Callable[[], None]) -> None:
    """Write the register, employers' cases, and what comes in from outside; `step` is called after each file."""
    (folder / DECLARATIONS).mkdir(parents=True)
    write_lines(folder / APPLICATIONS, (_application(case.application, case_of) for case in people.cases))
    write_lines(folder / STAFF, register_lines())
    write_lines(folder / EMPLOYERS_CASES, employer_lines())
    write_lines(folder / NOTICES, notice_lines(people.notices, case_of))
    for period, statements in groupby(people.statements, key=lambda said: said.period):
        _write(folder / DECLARATIONS / f"{period}.xml", _on(months_before(period, -1), 9), statements)
        step()
    corrections = sorted(people.corrections, key=lambda row: (row.made_on, row.statement.key))
    for made_on, rows in groupby(corrections, key=lambda row: row.made_on):
        name = f"{month_of(made_on)}-corrections.xml"
        _write(folder / DECLARATIONS / name, made_on, (row.statement for row in rows))
        step()


def files_of_declarations(people: Population) -> int:
    """Return how many files of declarations a population takes."""
    return len({said.period for said in people.statements}) + len({row.made_on for row in people.corrections})


def notice_lines(notices: Iterable[Notice], case_of: CaseOf) -> list[CommandLine]:
    """Return notices as lines of commands, in the order of their days."""
    lines = [
        command_line(
            case_of(row.reference),
            ordinal,
            row.command,
            actor=row.actor,
            on=row.occurred_on,
            content=row.content,
        )
        for ordinal, row in _counted(notices)
    ]
    return sorted(lines, key=lambda line: str(line["occurred_on"]))


def _counted(notices: Iterable[Notice]) -> Iterator[tuple[int, Notice]]:
    """Yield each notice with how many of its command came before it in its case."""
    counts: Counter[tuple[str, str]] = Counter()
    for row in notices:
        yield counts[row.reference, row.command], row
        counts[row.reference, row.command] += 1


def write_lines(path: Path, lines: Iterable[Mapping[str, Any]]) -> None:
    """Write a JSON Lines file, whole or not at all."""
    draft = path.with_name(f"{path.name}.part")
    draft.write_text("".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines), "utf-8")
    draft.replace(path)


def _application(application: Application, case_of: CaseOf) -> dict[str, Any]:
    """Return an application's line; a second service names the earlier case by the ledger's own id."""
    line: dict[str, Any] = application.model_dump(mode="json")
    if application.on_basis_of is not None and application.on_basis_of.startswith("DEMO-"):
        line["on_basis_of"] = str(case_of(application.on_basis_of))
    return {key: value for key, value in line.items() if value is not None}


def _write(path: Path, made_on: date, statements: Iterable[Statement]) -> None:
    """Write one file as a payroll bureau does: every employer's statements, employer by employer."""
    ordered = sorted(statements, key=lambda said: said.key)
    employers = list(dict.fromkeys(said.employer for said in ordered))
    made_at = datetime(made_on.year, made_on.month, made_on.day, 9, tzinfo=UTC)
    write_declarations(path, employers[0], made_at, ordered, others=employers[1:])


def _on(month: str, day: int) -> date:
    return date.fromisoformat(f"{month}-{day:02d}")
