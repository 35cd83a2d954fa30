"""The steps of a replay as shown: each entry, why it was allowed, what it changed, and under which rules."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any
from uuid import UUID

from api import printing
from domain.clauses import part_of
from domain.events import EligibilityAssessed
from domain.grounds import Grounds
from domain.policy import Policy
from replays.clocks import Clocks
from replays.other_rules import executed
from replays.receipts import WORDS, Redecided
from replays.replay import Step
from replays.state import described, entry_values, state

FALLS = {
    "grant": (
        "Vilar på beviljandet {day}, som inte skulle ha gjorts med dessa villkor.",
        "Rests on the grant of {day}, which would not be made under these rules.",
    ),
    "refuse": (
        "Vilar på avslaget {day}, som inte skulle ha gjorts med dessa villkor.",
        "Rests on the refusal of {day}, which would not be made under these rules.",
    ),
}
"""What is said of an entry that rests on a decision that would be the other way round."""


def clocks_in_words(clocks: Clocks) -> list[str]:
    """Return what each clock says, in words."""
    return [
        f"as it was on {clocks.valid_on}" if clocks.valid_on else "all that happened",
        f"as known at {clocks.known_at:%Y-%m-%d %H:%M:%S %z}" if clocks.known_at else "as known now",
        f"by {rules_in_words(clocks.rules)}" if clocks.rules else "by the rules as recorded",
    ]


def rules_in_words(rules: Policy) -> str:
    """Name a version of an organisation's conditions."""
    return f"{rules.name} {rules.version}"


def json_steps(steps: Sequence[Step], valid_on: date | None) -> None:
    """Print a JSON line a step: the entry, why it was allowed, and the state before and after it."""
    for step in steps:
        printing.json_line(values_of_step(step, valid_on))


def values_of_step(step: Step, valid_on: date | None) -> dict[str, Any]:
    """Return a step as plain values; a state is read on the day that the replay is for, else on the entry's."""
    on = valid_on or step.entry.event.occurred_on
    return entry_values(step.entry) | {
        "allowed": {**step.grounds._asdict(), "part": part_of(step.grounds.clause)},
        "before": state(step.before, on),
        "state": state(step.after, on),
        "rests_on": resting_values(step.rests_on) if step.rests_on else None,
        "redecided": answer_values(step.again) if step.again else None,
    }


def resting_values(decision: EligibilityAssessed) -> dict[str, Any]:
    """Return on which decision something rests that would be the other way round, in words too."""
    sv, en = (text.format(day=decision.occurred_on) for text in FALLS[decision.decision])
    return {"decision": str(decision.event_id), "decided_on": decision.occurred_on, "sv": sv, "en": en}


def answer_values(again: Redecided) -> dict[str, Any]:
    """Return what came of a decision that was executed again."""
    sv, en = WORDS[again.status]
    return {
        "decision": str(again.event_id),
        "status": again.status,
        "sv": sv,
        "en": en,
        "differences": [row._asdict() for row in again.differences],
        "assessment": again.assessment.model_dump(mode="json") if again.assessment else None,
    }


def show_steps(case: UUID, clocks: Clocks, steps: Sequence[Step]) -> None:
    """Print the steps of a replay: each entry, why it was allowed, and what it changed.

    A state is read on the day that the replay is for, else on the day of the entry. Where a clock is set, it is
    said first by which clocks the case is shown.
    """
    if clocks != Clocks():
        printing.line(f"Case {case}: {'; '.join(clocks_in_words(clocks))}", style="bold")
    for run in printing.runs(steps, lambda step: step.entry):
        _step(run, clocks)


def _step(run: Sequence[Step], clocks: Clocks) -> None:
    """Print a step, or several like it together."""
    entries, event = [made.entry for made in run], run[0].entry.event
    title = (
        f"{event.occurred_on}  {printing.named(entries)}  {described(*(entry.event for entry in entries))}"
    )
    printing.line(title.rstrip(), style="bold")
    printing.line(f"    {printing.recorded(entries)}", style="dim")
    show_grounds(run[0].grounds)
    if isinstance(event, EligibilityAssessed):
        _decision(event, run[0].again, clocks.rules)
    if run[0].rests_on is not None:
        said = resting_values(run[0].rests_on)
        printing.line(f"    {said['sv']}\n    {said['en']}", style="yellow")
    on = clocks.valid_on or run[-1].entry.event.occurred_on
    changes(state(run[0].before, on), state(run[-1].after, on))


def show_grounds(grounds: Grounds) -> None:
    """Print why something was allowed: the clause, and the sentence in both languages."""
    rests_on = grounds.clause + (", collective part" if part_of(grounds.clause) == "collective" else "")
    printing.line(f"    {rests_on}: {grounds.sv}")
    printing.line(f"    {'':<{len(rests_on)}}  {grounds.en}", style="dim")


def _decision(decision: EligibilityAssessed, again: Redecided | None, rules: Policy | None) -> None:
    """Print a decision by its own rules, or what it would be by other ones."""
    shown, by = decision, f"{decision.policy} {decision.policy_version}"
    if rules is not None and again is not None and again.assessment is not None:
        shown, by = executed(decision, again.assessment), rules_in_words(rules)
    printing.line(f"    rules: {by}, digest {shown.policy_digest[:16]}…", style="dim")
    if again is not None:
        sv, en = WORDS[again.status]
        now = f" · {described(shown)}" if again.status == "different" else ""
        printing.line(f"    {sv} · {en}{now}", style="" if again.status == "same" else "yellow")
    printing.findings(shown, "    ")


def changes(before: Mapping[str, Any], after: Mapping[str, Any]) -> None:
    """Print what a step changed in the state: each value before and after."""
    changed = [name for name in after if after[name] != before[name]]
    if changed:
        words = (
            f"{name.replace('_', ' ')} {_short(before[name])} → {_short(after[name])}" for name in changed
        )
        printing.line(f"    {', '.join(words)}", style="cyan")


def _short(value: Any) -> str:
    if isinstance(value, list) and value and isinstance(value[0], dict):
        return str(len(value))
    if isinstance(value, list):
        return f"{value[0]} to {value[-1]}" if value else "none"
    return "none" if value is None else str(value)
