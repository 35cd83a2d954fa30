"""`liggare redecide`: every recorded decision again by today's code, or all history by other rules."""

from collections.abc import Sequence
from contextlib import nullcontext
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from api import printing
from api.words import Archive, Json, Processes, Resume, the_ledger
from ledger.faults import InputFault
from ledger.settings import Settings
from replays.log import PARTITIONS
from replays.outcomes import EFFECTS, Direction
from replays.picture import Files, picture_files
from replays.redecide import LEFT_OUT, Differing, Findings
from replays.redecide import redecide as decide_again
from replays.rules import Rules, rules_of
from replays.what_if import Row, WhatIf, what_if

DIFFERENT = 1
"""Exit status: a decision is not what it was."""

SHOWN = 20
"""Differences that are printed for people; --json gives all of them."""


def redecide(
    *,
    policy: Annotated[Path | None, Parameter(help="What if: by the conditions of this file.")] = None,
    set_: Annotated[
        tuple[str, ...],
        Parameter(
            name="--set", help="What if: with this parameter of the conditions, name=value; repeatable."
        ),
    ] = (),
    picture: Annotated[
        Path | None, Parameter(help="What if: draw it in this .svg file, its data beside it as .csv.")
    ] = None,
    from_: Archive = None,
    processes: Processes = 1,
    resume: Resume = None,
    json: Json = False,
) -> int:
    """Decide every recorded decision again by today's code, and compare everything but the sentences.

    Exit status 1 where one differs. The case of an erased person can't be asked again, which is no fault. With
    --policy or --set: what would have been decided by other rules, and what follows from it; nothing is recorded.
    """
    if policy is None and not set_:
        if picture is not None:
            raise InputFault("a picture is of what other rules change; give --policy or --set too")
        return _again(from_, processes, resume, json)
    rules = rules_of(policy, set_)
    title = ", ".join(
        [*([policy.name] if policy else []), *(f"{name} = {value}" for name, value in rules.changes)]
    )
    with picture_files(picture) if picture else nullcontext() as files:
        found = _tried(rules, from_, processes, resume)
        if isinstance(files, Files):
            files.write(found, title)
    _json(found) if json else _tables(found, title)
    return 0


def _again(folder: Path | None, processes: int, resume: Path | None, json: bool) -> int:
    with the_ledger() as ledger, printing.progress("decisions again", PARTITIONS) as bar:
        found = decide_again(
            ledger, Settings.of_environment(), folder=folder, processes=processes, resume=resume, step=bar
        )
    if json:
        for row in found.examined.differences:
            printing.json_line({"kind": "difference", **row._asdict()})
        printing.json_line({"kind": "summary", **_summary(found)})
    else:
        for row in found.examined.differences[:SHOWN]:
            printing.line(_difference(row), style="red")
        if (more := len(found.examined.differences) - SHOWN) > 0:
            printing.line(f"and {more} differences more; --json gives all of them", style="red")
        printing.line(
            "{decisions} decisions up to position {position} of the log: {same} the same, {different} different, "
            "{erased} erased, not re-executable; {decisions_per_second} decisions/s.".format(
                **_summary(found)
            )
        )
    return DIFFERENT if found.examined.different else 0


def _summary(found: Findings) -> dict[str, object]:
    return {
        "position": found.position,
        "decisions": found.examined.decisions,
        "same": found.examined.same,
        "different": found.examined.different,
        "erased": found.examined.erased,
        "seconds": round(found.seconds, 3),
        "decisions_per_second": round(found.per_second),
    }


def _difference(row: Differing) -> str:
    """Return a difference as a line: the case, the clause and the fact, and values where they are clear."""
    where = (
        f"case {row.case}, decision of {row.decided_on}: {f'{row.clause}, ' if row.clause else ''}{row.fact}"
    )
    if row.recorded == row.now == LEFT_OUT:
        return f"{where} differs (sealed)"
    return f"{where} was {_value(row.recorded)}, is now {_value(row.now)}"


def _value(value: object) -> str:
    if isinstance(value, list | tuple):
        return ", ".join(map(_value, value)) or "none"
    return "none" if value is None else str(value)


def _tried(rules: Rules, folder: Path | None, processes: int, resume: Path | None) -> WhatIf:
    with the_ledger() as ledger, printing.progress("decisions by other rules", PARTITIONS) as bar:
        return what_if(
            ledger,
            Settings.of_environment(),
            rules,
            folder=folder,
            processes=processes,
            resume=resume,
            step=bar.to,
        )


def _json(found: WhatIf) -> None:
    for change in found.changes:
        effects = {
            name: effect and effect._asdict() for name in EFFECTS for effect in [getattr(change, name)]
        }
        printing.json_line({"kind": "decision", **change._asdict(), **effects})
    for row in found.rows:
        printing.json_line({"kind": "count", **row._asdict()})
    left = {name: value for name, value in found._asdict().items() if name not in ("changes", "rows")}
    printing.json_line({"kind": "summary", **left, "changed": _changed(found)})


def _changed(found: WhatIf) -> int:
    return sum(change.altogether is not None for change in found.changes)


TITLES = {
    "all": "In all",
    "clause": "By clause, and the code or term that turns the decision",
    "service": "By service",
    "year": "By year of the decision",
    "region": "By region",
}
COLUMNS: dict[Direction, str] = {
    "refuse_to_grant": "granted",
    "grant_to_refuse": "refused",
    "other_terms": "terms",
    "other_reasons": "reasons",
    "not_needed": "unneeded",
}
LEGEND = """\
granted: a refusal becomes a grant · refused: a grant becomes a refusal · terms: still granted, until another last
day or on other months · reasons: still refused, for others · unneeded: an earlier decision grants it already"""


def _tables(found: WhatIf, title: str) -> None:
    """Print how many decisions change, direct effects and what follows from them apart."""
    printing.line(f"By {title}, up to position {found.position} of the log:", style="bold")
    printing.line(
        f"{_changed(found)} of {found.tried} decisions would have been others; {found.erased} erased and "
        f"{found.outside} outside these rules were not tried.\n"
        f"{found.freed} months would not have been used up, {found.consumed} others would.\n"
    )
    for by, heading in TITLES.items():
        shown = _shown(by, [row for row in found.rows if row.by == by])
        if shown:
            printing.table(heading, list(shown[0]), shown)
    printing.line(LEGEND, style="dim")


def _shown(by: str, rows: Sequence[Row]) -> list[dict[str, object]]:
    """Return counts by something as the lines of a table: a value and an effect each."""
    lines: dict[tuple[str, str], dict[str, object]] = {}
    for row in sorted(rows, key=lambda row: row.value):
        if by == "all" or row.effect != "altogether":
            named = {} if by == "all" else {by: row.value}
            of = {} if by == "clause" else {"tried": row.tried}
            begun: dict[str, object] = {
                **named,
                "effect": row.effect.replace("_", "-"),
                **of,
                **dict.fromkeys(COLUMNS.values(), 0),
            }
            lines.setdefault((row.value, row.effect), begun)[COLUMNS[row.direction]] = row.decisions
    return list(lines.values())
