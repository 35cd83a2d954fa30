"""The catalogue of clauses: what a rule, an event or a parameter may name, with a title in both languages."""

import tomllib
from collections.abc import Mapping
from importlib.resources import files
from types import MappingProxyType
from typing import Literal

from domain.values import Frozen

Part = Literal["statutory", "collective"]
"""Whether the act gives something, or the collective agreement (O-04)."""


class Clause(Frozen):
    """One clause of the sources: what it asks of a case, where it stands, and its title in two languages."""

    kind: Literal["invariant", "event", "projection", "reference", "lead-in"]
    section: str
    sv: str
    en: str
    part: Part | None = None
    """Told where the fund's text gives it; None where it does not tell the two apart."""


def _load() -> dict[str, Clause]:
    text = files("domain.policies").joinpath("clauses.toml").read_text("utf-8")
    return {name: Clause(**row) for name, row in tomllib.loads(text).items()}


CLAUSES: Mapping[str, Clause] = MappingProxyType(_load())
"""Every clause, by its id, in the order of the sources."""


def part_of(clause: str) -> Part | None:
    """Return which part a clause is of: Kammarkollegiet's text and the act are statutory throughout (O-04)."""
    if clause.startswith(("K-", "2022:")):
        return "statutory"
    return CLAUSES[clause].part if clause in CLAUSES else None
