"""What to try after the demo: commands to paste, about cases that show something."""

import json
import os
import shlex
import sys
from collections import defaultdict
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import NamedTuple
from uuid import UUID

from api import printing
from api.synth import Known, known_population
from domain.case import Case
from domain.events import EligibilityAssessed, Receipt
from ledger.ledger import Ledger
from ledger.synthetic.employers import PREVENTIVE
from ledger.synthetic.sequel import read_cases

LIVELY = {"pause", "resume", "correct_entry", "reach_outcome"}


class Shown(NamedTuple):
    """The cases to look at: with everything in it, refused, qualified again; with study support, the five steps."""

    lively: UUID | None
    refused: UUID | None
    again: UUID | None
    studies: UUID | None
    steps: UUID | None


def print_hints(folder: Path, ledger: Ledger) -> None:
    """Print the commands; a request to assess is taken out of a decision and written beside the other files."""
    shown = _cases_to_show(folder, known_population(folder), ledger)
    printing.line("What to try next", style="bold")
    for text, words in _hints(folder, shown, ledger):
        printing.line(f"  # {text}", style="dim")
        printing.line(f"  {_program()} {shlex.join(words)}")


def _cases_to_show(folder: Path, known: Known, ledger: Ledger) -> Shown:
    """Choose the cases: the same ones whenever it is asked."""
    commands: dict[str, set[str]] = defaultdict(set)
    for line in (folder / "lives.jsonl").read_text("utf-8").splitlines():
        said = json.loads(line)
        commands[said["case"]].add(said["command"])
    lively = max(sorted(commands), key=lambda case: len(commands[case] & LIVELY), default=None)
    return Shown(
        UUID(lively) if lively else None,
        _told(known, ledger, {"too_few_months", "resigned"}, "refuse"),
        _told(known, ledger, {"qualified_again"}, "grant"),
        next((UUID(case) for case in sorted(commands) if "grant_study_support" in commands[case]), None),
        next(
            (
                known.cases[row.application.reference]
                for row in known.people.cases
                if row.story == "five_steps"
            ),
            None,
        ),
    )


def _told(known: Known, ledger: Ledger, stories: set[str], decision: str) -> UUID | None:
    """Return the last case of some stories that was decided so."""
    ids = [known.cases[case.application.reference] for case in known.people.cases if case.story in stories]
    found = read_cases(ledger, ids)
    fitting = [case for case in ids if (made := found[case].decision) and made.decision == decision]
    return fitting[-1] if fitting else None


def _hints(folder: Path, shown: Shown, ledger: Ledger) -> Iterator[tuple[str, list[str]]]:
    """Yield what each command shows, and its words."""
    if shown.lively:
        yield from _of_lively(shown.lively, ledger)
    if shown.refused:
        yield "a case that was refused, with every clause that was tried", ["replay", shown.refused.hex[:8]]
    if shown.again:
        yield "somebody who qualified again, on months not used before", ["replay", shown.again.hex[:8]]
    if shown.studies:
        yield (
            "study support from the fund, calculated line by line to the öre",
            ["case", shown.studies.hex[:8]],
        )
    if shown.steps:
        yield "the five steps at reduced work capacity, as a checklist", ["case", shown.steps.hex[:8]]
    yield "what is due in all cases, and on which clause", ["due", "--on", "2026-11-01"]
    if decided := shown.refused or shown.lively:
        request = _write_request(folder, ledger.case(decided))
        yield "the law alone: that request in, an assessment out; change it and see", ["assess", str(request)]
    yield "an employer's funds line by line, and what is never paid", ["case", PREVENTIVE.hex[:8]]
    yield "who worked where on a day, before one moved and one left", ["register", "--on", "2024-08-31"]
    yield "keep what is read up with the log, and seal the log", ["projections", "run", "--once"]
    yield "try everything that the ledger says, and that nothing was changed", ["verify"]
    yield (
        "what if the age limit were 67 and ten months enough",
        [
            *("redecide", "--set", "age_limit=67", "--set", "months_required=10"),
        ],
    )
    yield "what can be recorded in a case, and in the register", ["do", "--list"]


def _of_lively(case: UUID, ledger: Ledger) -> Iterator[tuple[str, list[str]]]:
    """Yield what to look at in the case that has everything."""
    name, moment = case.hex[:8], _just_decided(ledger, case)
    yield (
        "a case with a pause, a correction and a result: each step, and why it was allowed",
        ["replay", name],
    )
    yield "where it stands, and its timeline with the corrected entry struck through", ["case", name]
    yield "the same case as it was known when just decided", ["replay", name, "--known-at", moment]


def _just_decided(ledger: Ledger, case: UUID) -> str:
    """Return the instant of a case's first decision, to the next whole second."""
    made = next(entry for entry in ledger.history(case) if isinstance(entry.event, EligibilityAssessed))
    later = made.recorded_at.replace(microsecond=0) + timedelta(seconds=1)
    return later.isoformat().replace("+00:00", "Z")


def _write_request(folder: Path, case: Case) -> Path:
    """Write the request that a case's newest decision sealed, as a file to assess and to change."""
    path = folder / "request.json"
    receipt = case.decision.receipt if case.decision else None
    assert isinstance(receipt, Receipt)
    path.write_text(json.dumps(json.loads(receipt.request), ensure_ascii=False, indent=1) + "\n", "utf-8")
    return path


def _program() -> str:
    """Return how this Liggare is called from here, with the ledger's folder where that was named."""
    program = Path(sys.executable).with_name("liggare")
    here = Path.cwd()
    shown = str(program.relative_to(here) if program.is_relative_to(here) else program)
    home = os.environ.get("LIGGARE_HOME")
    return f"LIGGARE_HOME={shlex.quote(home)} {shown}" if home else shown
