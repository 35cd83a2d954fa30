"""The fields of an employer declaration, read once from domain/policies/agi-fields.toml."""

import tomllib
from importlib.resources import files
from types import MappingProxyType
from typing import Any, Literal

from domain.values import Frozen

FieldKind = Literal["key", "counts", "fuel", "fuel_paid", "review", "never", "social", "tick"]


class DeclarationField(Frozen):
    """One field of a person's statement: its element, and what it says of earned income (2022:852 4 §)."""

    code: str
    #: the element's local name, fixed to the code by the schema
    name: str
    kind: FieldKind
    #: in a few words, why it counts or doesn't
    why: str
    #: the provision of law, where one decides
    source: str = ""
    #: the largest amount, in SEK
    most: int
    #: the tick that takes the field out of review
    unless: str = ""
    #: for a remuneration code: the field with its amount
    pays: str = ""


def _load() -> dict[str, Any]:
    return tomllib.loads(files("domain.policies").joinpath("agi-fields.toml").read_text("utf-8"))


_TABLE = _load()

FIELDS = MappingProxyType(
    {
        code: DeclarationField(code=code, **{"most": _TABLE["most"], **row})
        for code, row in _TABLE["fields"].items()
    }
)
"""Every field of a person's statement whose element is known, by its code (faltkod)."""

SILENT_CODES = frozenset(_TABLE["silent"]["codes"])
"""Codes that carry no amount to count, whatever the element is called."""

MAIN_STATEMENT_NAMES = MappingProxyType(dict(_TABLE["main_statement"]))
"""The employer's own sums: element by code."""

ABSENCE_NAMES = MappingProxyType(dict(_TABLE["absence"]))
"""Absence data: element by code."""

EARLIEST_PERIOD: str = _TABLE["earliest_period"]
EARLIEST_ABSENCE_PERIOD: str = _TABLE["earliest_absence_period"]
LARGEST_AMOUNT: int = _TABLE["most"]
HIGH_MONTH_TIMES: int = _TABLE["high_month"]["times"]
HIGH_MONTH_LEAST_OTHERS: int = _TABLE["high_month"]["least_other_months"]


def _codes(*kinds: FieldKind) -> tuple[str, ...]:
    return tuple(sorted(code for code, field in FIELDS.items() if field.kind in kinds))


COUNTED = _codes("counts")
REVIEWED = _codes("review")
KEPT_AMOUNTS = frozenset(_codes("counts", "fuel", "fuel_paid", "review"))
"""The amounts that are kept: those that count, and those that a person must decide."""

KEPT_TICKS = frozenset(field.unless for field in FIELDS.values() if field.unless)
"""The ticks that are kept, since they decide what another field means."""

SOCIAL_PAIRS = tuple((code, FIELDS[code].pays) for code in _codes("social") if FIELDS[code].pays)
"""A remuneration code's field and the field of its amount."""

(FUEL,) = _codes("fuel")
(FUEL_PAID,) = _codes("fuel_paid")
FUEL_SHARE: tuple[int, int] = tuple(_TABLE["fuel_share"])
