"""`liggare policy`: conditions as a text, and an organisation's own beside Kammarkollegiet's, without a ledger."""

from collections.abc import Sequence
from itertools import groupby
from pathlib import Path
from typing import Annotated, Any

from cyclopts import App, Parameter

from api import printing
from api.words import Json
from domain.policy import POLICIES, Policy, digest, policy_in_force, policy_version
from domain.policy_comparison import WHOSE, Comparison, SideBySide, beside_kammarkollegiet
from domain.policy_effects import Judgement
from domain.policy_file import read_policy
from domain.policy_sentences import Condition, conditions
from domain.request import InputError
from ledger.faults import InputFault
from ledger.ledger import today

policy = App(name="policy", help="Read conditions, and set your own beside Kammarkollegiet's.")

MARKS: dict[Judgement, str] = {
    "equal": "= equal",
    "stricter": "✗ stricter",
    "more_generous": "+ more generous",
    "different": "≠ different",
    "permitted": "✓ permitted",
}
SHORT = {
    "hours_needed": "{hours} h a {per}",
    "income_share": "{percent} % {year}",
    "owner_share": "{numerator}/{denominator}",
    "distant_ground": "{months_before_application} before, {months_after_decision} after",
}
"""How a value of several parts is written in the table."""

SHOWN = 2
"""Words of a list that are shown in the table; a difference in a longer one is told below it."""

STRAINED = """\
Villkor bör inte vara påtagligt mer begränsande (K-1-c); tjänster ska väsentligen motsvara Kammarkollegiets (K-1-b).
Conditions should not be noticeably more restrictive (K-1-c); services should essentially correspond (K-1-b).
En varning hindrar inget. A warning blocks nothing."""


@policy.command
def show(
    name: str | None = None,
    *,
    version: Annotated[
        str | None, Parameter(help="The day it begins, YYYY-MM-DD (default: in force).")
    ] = None,
    json: Json = False,
) -> None:
    """Show a version of an organisation's conditions as a text; without a name, list the versions there are.

    Each condition is a sentence in Swedish and in English, with its clause and where it was read.
    """
    if name is None:
        if version is not None:
            raise InputFault(f"name whose version; there are {_names()}")
        _list(json)
        return
    chosen = _chosen(name, version)
    rows = conditions(chosen)
    if not json:
        _text(chosen, rows)
    for row in rows if json else ():
        printing.json_line({"policy": chosen.name, "version": chosen.version, **row.model_dump()})


def _names() -> str:
    return ", ".join(dict.fromkeys(one.name for one in POLICIES))


def _list(json: bool) -> None:
    rows = [
        {
            "policy": one.name,
            "version": one.version,
            "in_force_from": one.in_force_from,
            "digest": digest(one, today().year),
        }
        for one in POLICIES
    ]
    for row in rows if json else ():
        printing.json_line(row)
    if not json:
        shown = [row | {"digest": f"{row['digest']:.16}…"} for row in rows]
        printing.table("Conditions", ["policy", "version", "in force from", "digest"], shown)
        printing.line(f"To read one: liggare policy show {POLICIES[0].name}")


def _chosen(name: str, version: str | None) -> Policy:
    if name not in {one.name for one in POLICIES}:
        raise InputFault(f"no such conditions; there are {_names()}")
    try:
        return policy_in_force(name, today()) if version is None else policy_version(name, version)
    except LookupError:
        known = ", ".join(one.version for one in POLICIES if one.name == name)
        raise InputFault(f"no such version of {name}; there are {known}") from None


def _text(chosen: Policy, rows: tuple[Condition, ...]) -> None:
    printing.line(f"{chosen.name}, version {chosen.version}", style="bold")
    printing.line(f"In force from {chosen.in_force_from}; digest {digest(chosen, today().year)}", style="dim")
    for (sv, en), under in groupby(rows, key=lambda row: (row.heading_sv, row.heading_en)):
        printing.line(f"\n{sv} · {en}", style="bold")
        for row in under:
            printing.line(f"  {row.clause:<9} {row.sv}")
            printing.line(f"  {'':<9} {row.en}")
            settled = f" ({row.amb})" if row.amb else ""
            printing.line(f"  {'':<9} {row.source}{settled}", style="dim")
    printing.line("\nInkomstbasbelopp · Income base amounts", style="bold")
    for amount in chosen.income_base_amounts:
        printing.line(f"  {amount.year:<9} {amount.amount:>6} SEK")
        printing.line(f"  {'':<9} {amount.source}", style="dim")


@policy.command
def compare(
    file: Annotated[str, Parameter(allow_leading_hyphen=True)],
    *,
    json: Json = False,
) -> None:
    """Set the conditions of a file beside Kammarkollegiet's, and warn where they are stricter.

    The file has the form of docs/own-conditions.toml. A warning blocks nothing: exit status 0.
    """
    beside = beside_kammarkollegiet(own_conditions(file))
    if json:
        _json_lines(beside)
    else:
        _table(beside)


def own_conditions(file: str) -> Policy:
    """Return the conditions of a file of the form of docs/own-conditions.toml; say what is wrong with it."""
    try:
        return read_policy(Path(file).read_bytes().decode("utf-8-sig"))
    except OSError as error:
        raise InputFault(f"{file}: can't be read: {error.strerror}") from None
    except UnicodeDecodeError:
        raise InputFault(f"{file}: not UTF-8 text") from None
    except ValueError as error:  # a name that no file can have
        raise InputFault(f"{file}: can't be read: {error}") from None
    except InputError as error:
        raise InputFault(f"{file}: {error}") from None


def _json_lines(beside: SideBySide) -> None:
    versions = {
        whose: {"policy": one.name, "version": one.version, "in_force_from": one.in_force_from}
        for whose, one in (("own", beside.own), ("kammarkollegiet", beside.other))
    }
    said = {"sv": beside.sv, "en": beside.en, "warnings": len(beside.warnings)}
    printing.json_line({**versions, **said})
    for row in beside.rows:
        values = {
            "kammarkollegiet" if key == "other" else key: value for key, value in row.model_dump().items()
        }
        printing.json_line(values)


def _table(beside: SideBySide) -> None:
    printing.line(
        f"{beside.own.name}, version {beside.own.version}, from {beside.own.in_force_from}", style="bold"
    )
    printing.line(f"Jämförs med · Compared with: {beside.sv}\n{'':<29}{beside.en}\n")
    rows = [
        (row.clause, _label(row), _cell(row, row.own), _cell(row, row.other), MARKS[row.judgement])
        for row in beside.rows
    ]
    titles = ("clause", "condition", beside.own.name, beside.other.name, "judgement")
    widths = [max(len(row[column]) for row in (titles, *rows)) for column in range(len(titles))]
    for style, row in (("dim", titles), *(("", row) for row in rows)):  # wider than a terminal, it isn't cut
        cells = (f"{cell:<{width}}" for cell, width in zip(row, widths, strict=True))
        printing.line("  ".join(cells).rstrip(), style)
    printing.line("")
    other = [row for row in beside.rows if row.judgement != "equal" and row.warning is None]
    _sentences("Skillnader · Differences", other, "")
    _sentences("Varningar · Warnings", beside.warnings, "yellow")
    printing.line(STRAINED if beside.warnings else "Inga varningar. No warnings.")


def _sentences(title: str, rows: Sequence[Comparison], style: str) -> None:
    """Print what each difference means, if there is any."""
    if not rows:
        return
    printing.line(title, style="bold")
    for row in rows:
        strains = f"{row.warning}: " if row.warning else ""
        values = f"{_cell(row, row.own)}; {WHOSE}: {_cell(row, row.other)}"
        printing.line(f"  {row.clause:<9} {strains}{_label(row)}: {values}", style=style)
        printing.line(f"  {'':<9} {row.sv}")
        printing.line(f"  {'':<9} {row.en}", style="dim")
    printing.line("")


def _label(row: Comparison) -> str:
    """Name a condition in words; one of a service by the service's name."""
    kind, _, name = row.parameter.partition(".")
    return name.replace(".", ": ") if name else kind.replace("_", " ")


def _cell(row: Comparison, value: Any) -> str:
    """Write a value shortly: a long list by how many it has."""
    if isinstance(value, dict):
        return SHORT[row.parameter].format(**value)
    if isinstance(value, list):
        return ", ".join(str(one) for one in value) if len(value) <= SHOWN else f"{len(value)} in all"
    if isinstance(value, bool):
        return "yes" if value else "no"
    return "–" if value is None else str(value)
