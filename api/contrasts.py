"""Two looks at one case as they are shown, side by side: only what differs, and each difference with its causes."""

from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import Any, NamedTuple

from api import printing
from api.steps import answer_values, clocks_in_words, resting_values
from domain.events import EligibilityAssessed
from domain.policy import digest
from ledger.ledger import STOCKHOLM
from replays.comparison import Cause, Contrast, Kind, Look
from replays.other_rules import answered_otherwise
from replays.receipts import WORDS, Redecided

CAUSES: dict[Kind, tuple[str, str]] = {
    "learned_later": ("blev känt senare", "learned later"),
    "time_passed": ("tiden gick", "time passed"),
    "rules": ("andra villkor", "rules"),
    "program": ("programmet svarar annorlunda", "program"),
}
"""Why something differs, in Swedish and English."""

NONE = ("Ingen skillnad.", "No difference.")
CELL, SHOWN = 38, 3
"""Columns that a value of the left look gets at least, and how many values of a list are shown whole."""


class Note(NamedTuple):
    """Something to be known of two looks beside what differs: of what, what is said of it, and as values."""

    what: str
    said: str
    values: dict[str, Any]


def json_contrasts(left: Look, right: Look, rows: Sequence[Contrast]) -> None:
    """Print the two looks on a JSON line, then a line a difference, then what else is to be known of them."""
    told = values_of_contrasts(left, right, rows)
    differences, notes = told["differences"], told["notes"]
    head = {"left": told["left"], "right": told["right"], "differences": len(differences)}
    printing.json_line({"case": left.case_id, **head, "sv": told["sv"], "en": told["en"]})
    for row in (*differences, *notes):
        printing.json_line({"case": left.case_id, **row})


def values_of_contrasts(left: Look, right: Look, rows: Sequence[Contrast]) -> dict[str, Any]:
    """Return two looks, what differs with its causes, and what else is to be known, as plain values."""
    sv, en = (None, None) if rows else NONE
    return {
        "left": _look(left),
        "right": _look(right),
        "sv": sv,
        "en": en,
        "differences": [{**row._asdict(), "causes": [_cause(cause) for cause in row.causes]} for row in rows],
        "notes": [note.values for note in _notes(left, right)],
    }


def _look(look: Look) -> dict[str, Any]:
    valid_on, known_at, rules = look.clocks
    named = (
        {"policy": rules.name, "version": rules.version, "digest": digest(rules, look.day.year)}
        if rules
        else None
    )
    return {
        "valid_on": valid_on,
        "known_at": known_at and known_at.isoformat().replace("+00:00", "Z"),
        "rules": named,
        "read_on": look.day,
    }


def _cause(cause: Cause) -> dict[str, Any]:
    sv, en = CAUSES[cause.kind]
    entry = cause.entry
    return {
        "cause": cause.kind,
        "sv": sv,
        "en": en,
        "event_id": str(entry.event.event_id) if entry else None,
        "event": type(entry.event).__name__ if entry else None,
        "occurred_on": entry.event.occurred_on if entry else None,
        "actor": entry.event.actor if entry else None,
        "recorded_at": entry.recorded_at.isoformat().replace("+00:00", "Z") if entry else None,
        "position": entry.position if entry else None,
        "clauses": list(cause.clauses),
        "differences": [row._asdict() for row in cause.differences],
    }


def _notes(left: Look, right: Look) -> Iterator[Note]:
    """Yield which decisions are answered otherwise today, which can't be asked again, and what rests on none."""
    by_rules = left.clocks.rules or right.clocks.rules
    known = left.known | right.known
    for again in answered_otherwise([*known.values()]) if by_rules else ():
        sv, en = CAUSES["program"]
        said = f"{sv} · {en}: {', '.join(row.field for row in again.differences)}"
        what = f"decision of {known[again.event_id].event.occurred_on}"
        yield Note(what, said, {"cause": "program", "sv": sv, "en": en, "redecided": answer_values(again)})
    for side, one in (("left", left), ("right", right)):
        yield from (note for again in one.again.values() for note in _unanswered(side, one, again))
        yield from _resting(side, one)


def _unanswered(side: str, one: Look, again: Redecided) -> Iterator[Note]:
    """Yield that a decision can't be made again in a look, where it can't."""
    if again.assessment is None:
        sv, en = WORDS[again.status]
        what = f"{side}: decision of {one.known[again.event_id].event.occurred_on}"
        yield Note(what, f"{sv} · {en}", {"look": side, "redecided": answer_values(again)})


def _resting(side: str, one: Look) -> Iterator[Note]:
    """Yield what a look shows to rest on a decision that would be the other way round."""
    known = one.known
    for event_id, on in one.rests.items():
        event, decision = known[event_id].event, known[on].event
        if event_id in one.seen and isinstance(decision, EligibilityAssessed):
            said, name = resting_values(decision), type(event).__name__
            what = f"{side}: {event.occurred_on} {name}"
            own = {"event_id": event_id, "event": name, "occurred_on": event.occurred_on}
            yield Note(what, f"{said['sv']} {said['en']}", {"look": side, **own, "rests_on": said})


def show_contrasts(left: Look, right: Look, rows: Sequence[Contrast]) -> None:
    """Print the two looks side by side, each difference with its causes, and what else is to be known of them.

    Differences in a row that have the same causes stand together.
    """
    printing.line(f"Case {left.case_id}", style="bold")
    for mine, theirs in zip(clocks_in_words(left.clocks), clocks_in_words(right.clocks), strict=True):
        printing.line(f"  {'':<20}  {mine:<{CELL}}  {theirs}", style="dim")
    if not rows:
        printing.line(f"  {' '.join(NONE)}")
    for said, of_these in groupby(rows, lambda row: [_in_words(cause, left, right) for cause in row.causes]):
        for row in of_these:
            mine, theirs = _cells(row)
            printing.line(f"  {row.field.replace('_', ' '):<20}  {mine:<{CELL}}  {theirs}", style="bold")
        for text in said:
            printing.line(f"      {text}")
    for said, notes in groupby(_notes(left, right), lambda note: note.said):
        of_one = list(notes)
        more = f", and {len(of_one) - 1} later" if len(of_one) > 1 else ""
        printing.line(f"  {of_one[0].what}{more}: {said}", style="yellow")


def _cells(row: Contrast) -> tuple[str, str]:
    """Write both values shortly; of two long lists, only what the other does not have."""
    left, right = row.left, row.right
    if isinstance(left, list) and isinstance(right, list) and max(len(left), len(right)) > SHOWN:
        return _listed(left, right), _listed(right, left)
    return _word(left), _word(right)


def _listed(own: list[Any], other: list[Any]) -> str:
    """Write what only one of two lists has; the first and the last where that is much."""
    alone = [value for value in own if value not in other]
    words = [_word(value) for value in (alone if len(alone) <= SHOWN else [alone[0], alone[-1]])]
    return (" … " if len(alone) > SHOWN else "; ").join(words) or ("nothing more" if own else "none")


def _word(value: Any) -> str:
    """Write a value shortly, without the lines of a table in it."""
    if isinstance(value, list):
        return "; ".join(map(_word, value)) or "none"
    if not isinstance(value, dict):
        return "none" if value is None else str(value)
    words = []
    for name, inner in value.items():
        if isinstance(inner, bool):
            words += [name] if inner else [f"not {name}"]
        elif isinstance(inner, list) and not any(isinstance(row, dict) for row in inner):
            words += [", ".join(map(str, inner))] if inner else []
        elif isinstance(inner, str | int):
            words.append(str(inner))
    return " ".join(words)


def _in_words(cause: Cause, left: Look, right: Look) -> str:
    """Say why something differs, on one line."""
    title = f"{CAUSES[cause.kind][0]} · {CAUSES[cause.kind][1]}"
    if cause.entry is None:
        return f"{title}: {left.day} · {right.day}"
    event, at = cause.entry.event, cause.entry.recorded_at.astimezone(STOCKHOLM)
    if cause.kind in ("learned_later", "time_passed"):
        recorded = f"recorded {at:%Y-%m-%d %H:%M:%S}, position {cause.entry.position}"
        return f"{title}: {event.occurred_on} {type(event).__name__} by {event.actor}, {recorded}"
    more = ""
    if cause.kind == "program":
        more = f"; {', '.join(row.field for row in cause.differences)}"
    return f"{title}: {', '.join(cause.clauses) or '–'}, decision of {event.occurred_on}{more}"
