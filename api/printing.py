"""What the command line prints: JSON Lines for programs, tables and sentences for people."""

import json
import os
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date
from itertools import groupby
from typing import Any, TypeVar
from uuid import UUID

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeRemainingColumn
from rich.table import Table
from rich.text import Text

from domain.events import DeclarationRecorded, EligibilityAssessed, Receipt
from domain.history import Entry
from domain.rejections import CommandRejected
from ledger.ledger import STOCKHOLM
from replays.replay import Step
from replays.state import described, history

T = TypeVar("T", Entry, Step)


class _Console(Console):
    """A terminal, or whoever reads instead of it; one who leaves early is no fault."""

    def on_broken_pipe(self) -> None:
        """End quietly when the reader has left."""
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        raise SystemExit(0)


WIDEST = 400
"""Who reads instead of a terminal gets whole rows: nothing is cut to the width of a screen that is not there."""
OUT = _Console(highlight=False, soft_wrap=True, width=None if sys.stdout.isatty() else WIDEST)
ERR = _Console(stderr=True, highlight=False, soft_wrap=True)


def line(text: str, style: str = "") -> None:
    """Print one line of text as it is."""
    OUT.print(Text(_printable(text), style=style))


def json_line(values: Mapping[str, Any]) -> None:
    """Print one JSON object on a line of its own."""
    sys.stdout.write(json.dumps(values, ensure_ascii=False, default=str) + "\n")


def fault(text: str) -> None:
    """Say on one line of standard error what was wrong."""
    ERR.print(Text(_printable(" ".join(text.split())), style="red"))


def both(error: Exception) -> str:
    """Return what was wrong: of a rejected command its code and clause, and the sentence in both languages."""
    return f"{error} · {error.sv}" if isinstance(error, CommandRejected) else str(error)


def _printable(text: str) -> str:
    """Return a text without what would steer a terminal."""
    return "".join(
        letter if letter.isprintable() or letter == "\n" else "\N{REPLACEMENT CHARACTER}" for letter in text
    )


def table(title: str, columns: list[str], rows: Iterable[Mapping[str, object]]) -> None:
    """Print a table; numbers stand to the right."""
    made = Table(title=title, title_justify="left", title_style="bold", box=None, pad_edge=False)
    content = [list(row.values()) for row in rows]
    for index, column in enumerate(columns):
        numbers = bool(content) and all(isinstance(row[index], int) for row in content)
        made.add_column(column, justify="right" if numbers else "left", header_style="dim")
    for row in content:
        made.add_row(*("" if cell is None else Text(_printable(str(cell))) for cell in row))
    OUT.print(made)
    OUT.print()


class Bar:
    """A progress bar under way; call it with the number of steps done."""

    def __init__(self, bar: Progress, task: TaskID) -> None:
        self._bar, self._task = bar, task

    def __call__(self, steps: int = 1) -> None:
        """Move the bar on."""
        self._bar.advance(self._task, steps)

    def of(self, total: int) -> "Bar":
        """Say how many steps there are, where that was not known before."""
        self._bar.update(self._task, total=total)
        return self

    def to(self, done: int, total: int) -> None:
        """Say how many steps are done, and how many there are as far as is known."""
        self._bar.update(self._task, completed=done, total=total)


@contextmanager
def progress(what: str, total: int) -> Iterator[Bar]:
    """Show a progress bar on standard error while the context lasts."""
    bar = Progress(
        TextColumn("{task.description:<32}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(elapsed_when_finished=True),
        console=ERR,
    )
    task = bar.add_task(what, total=total)
    with bar:
        yield Bar(bar, task)


def decision(case: UUID, made: EligibilityAssessed, *, sealed: bool = True) -> None:
    """Print a decision with every clause that it tried, in both languages; of a protected identity the outcome."""
    outcome = f"granted, last day {made.last_day}" if made.decision == "grant" else "refused"
    line(f"Case {case}: {outcome}", style="bold")
    if made.flags:
        line(f"  for a person to look at: {', '.join(made.flags)}", style="yellow")
    if sealed:
        findings(made, "  ")


def findings(made: EligibilityAssessed, indent: str) -> None:
    """Print every clause that a decision tried, in both languages; of an erased one the codes that are left."""
    if not isinstance(made.receipt, Receipt):
        for row in made.clauses:
            line(f"{indent}{'✓' if row.holds else '✗'} {row.clause:<9} {row.code or ''} (raderad)")
        return
    for row in json.loads(made.receipt.assessment)["findings"]:
        mark = "✓" if row["holds"] else "✗"
        line(f"{indent}{mark} {row['clause']:<9} {row['sv']}", style="" if row["holds"] else "red")
        line(f"{indent}  {'':<9} {row['en']}", style="dim")


def state(case: UUID, values: Mapping[str, Any]) -> None:
    """Print where a case stands."""
    line(f"Case {case}", style="bold")
    for name, value in values.items():
        if value not in (None, [], ""):
            line(f"  {name.replace('_', ' '):<18} {_in_words(name, value)}")


def _in_words(name: str, value: Any) -> str:
    if name == "decisions":
        rows = (
            f"{row['decided_on']} {row['decision']} {', '.join(row['refusals'])}".strip() for row in value
        )
        return "; ".join(rows)
    if name == "readers":
        return ", ".join(value)
    if name in ("statements", "reviews", "earlier_results"):
        return "; ".join(f"{row['on']} {row.get('event') or row['result']}" for row in value)
    if name == "basis_months":
        return f"{value[0]} to {value[-1]}, {len(value)} months"
    return str(value)


def register(on: date, rows: list[dict[str, Any]]) -> None:
    """Print what is in the register on a day, a table a kind."""
    if not rows:
        line(f"The register is empty on {on}.")
    for kind, of_kind in groupby(rows, key=lambda row: row["kind"]):
        shown = [
            {name: _short_line(value) for name, value in row.items() if name not in ("kind", "line")}
            for row in of_kind
        ]
        table(f"{kind}, {on}", list(shown[0]), shown)


def _short_line(value: Any) -> Any:
    return ", ".join(value) if isinstance(value, list) else value


def review(rows: list[dict[str, Any]]) -> None:
    """Print what of the employers' declarations a person should look at."""
    for row in rows:
        what = ", ".join(
            [*row["flags"], *(f"field {code}: {amount} SEK" for code, amount in row["amounts"].items())]
        )
        line(f"  to look at         {row['month']}, employer {row['employer']}: {what}", style="yellow")


def timeline(entries: Sequence[Entry]) -> None:
    """Print a case's entries as they were recorded; one that was corrected is struck through.

    Declarations that came in together stand on one line.
    """
    line("")
    stands = {row["event_id"]: row["stands"] for row in history(entries)}
    for run in runs(entries, lambda entry: entry):
        event = run[0].event
        standing = stands[str(event.event_id)]
        text = f"  {event.occurred_on}  {named(run):<22} {described(*(entry.event for entry in run))}"
        line(text + ("" if standing else "  (corrected)"), style="" if standing else "strike")
        own = f"; id {event.event_id}" if len(run) == 1 else ""
        line(f"  {'':<10}  {'':<22} {recorded(run)}{own}", style="dim")


def runs(items: Iterable[T], entry: Callable[[T], Entry]) -> Iterator[list[T]]:
    """Yield items one by one, but declarations in a row on one day, by one actor, together."""

    def mark(item: T) -> object:
        event = entry(item).event
        together = isinstance(event, DeclarationRecorded)
        return (event.occurred_on, event.actor) if together else entry(item).position

    for _, run in groupby(items, mark):
        yield list(run)


def named(run: Sequence[Entry]) -> str:
    """Name the event of an entry, or of several like it together."""
    name = type(run[0].event).__name__
    return name if len(run) == 1 else f"{name} ×{len(run)}"


def recorded(run: Sequence[Entry]) -> str:
    """Say when entries were recorded, by whom, and where they lie in the log."""
    at = run[0].recorded_at.astimezone(STOCKHOLM)
    first, last = run[0].position, run[-1].position
    where = f"position {first}" if len(run) == 1 else f"positions {first} to {last}"
    return f"recorded {at:%Y-%m-%d %H:%M:%S} by {run[0].event.actor}, {where}"
