"""Applications by occupation (O-15): the fund's printed table, counted from the events of the log.

Each application that states an occupation counts once: under the fund's own name that it gives, else under the
name that its SSYK group belongs to, else among the others. An application is never corrected away, and an
erased person's still counts: the occupation is stored clear. Those without an occupation are counted apart, and
are not in the denominator, as in the printed table.
"""

from collections import Counter
from decimal import ROUND_HALF_UP, Decimal
from typing import NamedTuple

from domain.occupations import OCCUPATIONS, counted_as
from domain.policy import PolicyName
from ledger.ledger import Ledger
from ledger.queries import queries
from projections.disclosure import Published, Told, few, published

SQL = queries("projections", "occupations.sql")

LABELS = {name: (occupation.sv, occupation.en) for name, occupation in OCCUPATIONS.items()} | {
    "other": ("Övriga yrken", "Other occupations"),
    "registered": ("Yrke registrerat", "Occupation registered"),
    "not_registered": ("Yrke inte registrerat", "Occupation not registered"),
}
"""The rows of the table in their order: the printed names, the others, the denominator, and those that lack one."""

NAMES = (*OCCUPATIONS, "other")
"""The groups that the denominator is the sum of."""


class Row(NamedTuple):
    """A row of the table: what it counts, in two languages; `share` is of those with an occupation registered.

    A share has four decimals, each rounded half up by itself, so that they need not sum to 1. Without a count there
    is none.
    """

    code: str
    label_sv: str
    label_en: str
    applications: Told
    share: str | None
    position: int


def occupations(
    ledger: Ledger, policy: PolicyName | None = None, service: str | None = None, *, exact: bool = False
) -> list[Row]:
    """Count applications by occupation, of one policy or service or of all, at the log's newest position (O-15).

    What is published withholds small groups (`projections.disclosure`); `exact` is for the organisation itself.
    """
    rows = ledger.select(SQL["occupations"], policy=policy, service=service)
    counts = Counter[str | None]()
    for row in rows:
        counts[counted_as(row["occupation"], row["occupation_name"])] += row["applications"]
    groups = [counts[name] for name in NAMES]
    told = Published(tuple(groups), sum(groups)) if exact else published(groups)
    lacking = counts[None] if exact else few(counts[None])
    cells = dict(zip(NAMES, told.counts, strict=True)) | {"registered": told.total, "not_registered": lacking}
    position = int(rows[0]["position"])
    return [
        Row(code, sv, en, cells[code], _share(code, cells[code], told.total), position)
        for code, (sv, en) in LABELS.items()
    ]


def _share(code: str, count: Told, registered: Told) -> str | None:
    """Return a row's share of those with an occupation registered, where both are told."""
    if code == "not_registered" or isinstance(count, str) or isinstance(registered, str) or not registered:
        return None
    return str((Decimal(count) / registered).quantize(Decimal("0.0001"), ROUND_HALF_UP))
