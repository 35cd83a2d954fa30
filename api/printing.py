"""What the command line prints: JSON Lines for programs, tables and sentences for people."""

import json
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date
from typing import Any
from uuid import UUID

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeRemainingColumn
from rich.table import Table
from rich.text import Text

from domain.case import Entry
from domain.events import EligibilityAssessed, Receipt
from ledger.ledger import STOCKHOLM
from replays.replay import Step
from replays.state import described, history
from replays.state import state as state_of

OUT = Console(highlight=False, soft_wrap=True)
ERR = Console(stderr=True, highlight=False, soft_wrap=True)


def line(text: str, style: str = "") -> None:
    """Print one line of text as it is."""
    OUT.print(Text(text, style=style))


def json_line(values: Mapping[str, Any]) -> None:
    """Print one JSON object on a line of its own."""
    sys.stdout.write(json.dumps(values, ensure_ascii=False, default=str) + "\n")


def fault(text: str) -> None:
    """Say on one line of standard error what was wrong."""
    ERR.print(Text(" ".join(text.split()), style="red"))


def table(title: str, columns: list[str], rows: Iterable[Mapping[str, object]]) -> None:
    """Print a table; numbers stand to the right."""
    made = Table(title=title, title_justify="left", title_style="bold", box=None, pad_edge=False)
    content = [list(row.values()) for row in rows]
    for index, column in enumerate(columns):
        numbers = bool(content) and all(isinstance(row[index], int) for row in content)
        made.add_column(column, justify="right" if numbers else "left", header_style="dim")
    for row in content:
        made.add_row(*("" if cell is None else str(cell) for cell in row))
    OUT.print(made)
    OUT.print()


class Bar:
    """A progress bar under way; call it with the number of steps done."""

    def __init__(self, bar: Progress, task: TaskID) -> None:
        self._bar, self._task = bar, task

    def __call__(self, steps: int = 1) -> None:
        """Move the bar on."""
        self._bar.advance(self._task, steps)


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


def decision(case: UUID, made: EligibilityAssessed) -> None:
    """Print a decision with every clause that it tried, in both languages."""
    outcome = f"granted, last day {made.last_day}" if made.decision == "grant" else "refused"
    line(f"Case {case}: {outcome}", style="bold")
    if made.flags:
        line(f"  for a person to look at: {', '.join(made.flags)}", style="yellow")
    _findings(made, "  ")


def _findings(made: EligibilityAssessed, indent: str) -> None:
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
    if name == "basis_months":
        return f"{value[0]} to {value[-1]}, {len(value)} months"
    return str(value)


def review(rows: list[dict[str, Any]]) -> None:
    """Print what of the employers' declarations a person should look at."""
    for row in rows:
        what = ", ".join(
            [*row["flags"], *(f"field {code}: {amount} SEK" for code, amount in row["amounts"].items())]
        )
        line(f"  to look at         {row['month']}, employer {row['employer']}: {what}", style="yellow")


def timeline(entries: Sequence[Entry]) -> None:
    """Print a case's entries as they were recorded; one that was corrected is struck through."""
    line("")
    for entry, row in zip(entries, history(entries), strict=True):
        text = f"  {entry.event.occurred_on}  {row['event']:<22} {described(entry.event)}"
        line(text + ("" if row["stands"] else "  (corrected)"), style="" if row["stands"] else "strike")
        line(f"  {'':<10}  {'':<22} {_recorded(entry)}; id {entry.event.event_id}", style="dim")


def _recorded(entry: Entry) -> str:
    at = entry.recorded_at.astimezone(STOCKHOLM)
    return f"recorded {at:%Y-%m-%d %H:%M:%S} by {entry.event.actor}, position {entry.position}"


def step(made: Step, on: date) -> None:
    """Print one step of a replay: the entry, why it was allowed, and what it changed."""
    event = made.entry.event
    line(f"{event.occurred_on}  {type(event).__name__}  {described(event)}", style="bold")
    line(f"    {_recorded(made.entry)}", style="dim")
    line(f"    {made.grounds.clause}: {made.grounds.sv}")
    line(f"    {'':<{len(made.grounds.clause)}}  {made.grounds.en}", style="dim")
    if isinstance(event, EligibilityAssessed):
        line(
            f"    rules: {event.policy} {event.policy_version}, digest {event.policy_digest[:16]}…",
            style="dim",
        )
        _findings(event, "    ")
    before, after = state_of(made.before, on), state_of(made.after, on)
    changed = [name for name in after if after[name] != before[name]]
    if changed:
        words = ", ".join(f"{name.replace('_', ' ')} {_short(after[name])}" for name in changed)
        line(f"    → {words}", style="cyan")


def _short(value: Any) -> str:
    if isinstance(value, list) and value and isinstance(value[0], dict):
        return str(len(value))
    if isinstance(value, list):
        return f"{value[0]} to {value[-1]}" if value else "none"
    return "none" if value is None else str(value)
