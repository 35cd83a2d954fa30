"""Supports by what came of them, and decisions by code and clause, counted from the projected rows (O-24-b).

A support counts in the year in which it began. One without a result goes on (`ongoing`), or its agreed end has
passed and nothing is on record yet (`not_recorded`). Small groups are withheld as `projections.disclosure` says,
unless the organisation itself asks; a decision may fail on several clauses, so that those counts have no total.
"""

from typing import NamedTuple

from domain.policy import PolicyName
from domain.refusals import Code
from ledger.ledger import Ledger, today
from ledger.queries import queries
from projections.disclosure import Published, Told, few, published
from projections.states import reached

SQL = queries("projections", "readers.sql")

LABELS = {
    "permanent_job": ("Tillsvidareanställning", "Permanent job"),
    "fixed_term_job": ("Tidsbegränsad anställning", "Fixed-term job"),
    "business": ("Eget företag", "Own business"),
    "studies": ("Studier", "Studies"),
    "placement": ("Placering", "Placement"),
    "guidance_completed": ("Vägledning genomförd", "Guidance completed"),
    "goal_reached": ("Målet nått", "Goal reached"),
    "completed": ("Genomfört", "Completed"),
    "withdrawn": ("Återtaget", "Withdrawn"),
    "annulled": ("Beslutet upphävt", "Grant annulled"),
    "expired": ("Slut utan resultat", "Ended without a result"),
    "not_recorded": ("Slutdagen passerad, inget registrerat", "Agreed end passed, nothing on record"),
    "ongoing": ("Pågår", "Ongoing"),
}
"""What may come of a support, in Swedish and English."""

DECIDED = {"grant": ("Beviljat", "Granted"), "refuse": ("Avslag", "Refused")}
TOTAL = ("Alla", "All")


class Outcome(NamedTuple):
    """Supports of a service that began in a year and of which one thing came; the last row is all of them."""

    service: str | None
    year: int | None
    code: str
    label_sv: str
    label_en: str
    supports: Told
    position: int


class Decided(NamedTuple):
    """Decisions of a kind, or refusals with a code by a clause; `all` is granted and refused together."""

    code: str
    clause: str | None
    label_sv: str
    label_en: str
    decisions: Told
    position: int


def outcomes(
    ledger: Ledger, policy: PolicyName | None = None, service: str | None = None, *, exact: bool = False
) -> list[Outcome]:
    """Count supports by service, year and result, as they read today."""
    reached(ledger, "outcomes")
    found = ledger.select(SQL["outcomes"], policy=policy, service=service, day=today())
    position, rows = int(found[0]["position"]), [row for row in found if row["result"]]
    told = _told([row["supports"] for row in rows], exact=exact)
    return [
        Outcome(row["service"], row["year"], row["result"], *LABELS[row["result"]], count, position)
        for row, count in zip(rows, told.counts, strict=True)
    ] + [Outcome(None, None, "all", *TOTAL, told.total, position)]


def decisions(
    ledger: Ledger, policy: PolicyName | None = None, service: str | None = None, *, exact: bool = False
) -> list[Decided]:
    """Count decisions by what was decided, and refusals by code and clause."""
    reached(ledger, "outcomes")
    found = ledger.select(SQL["decisions"], policy=policy, service=service)
    position, counts = int(found[0]["position"]), {row["decision"]: row["decisions"] for row in found}
    told = _told([counts.get(name, 0) for name in DECIDED], exact=exact)
    rows = [
        Decided(name, None, *label, count, position)
        for (name, label), count in zip(DECIDED.items(), told.counts, strict=True)
    ]
    rows.append(Decided("all", None, *TOTAL, told.total, position))
    for row in ledger.select(SQL["clauses_failed"], policy=policy, service=service):
        code, count = Code[row["code"]], row["decisions"]
        told_ = count if exact else few(count)
        rows.append(Decided(code.value, row["clause"], code.sv, code.en, told_, position))
    return rows


def _told(counts: list[int], *, exact: bool) -> Published:
    return Published(tuple(counts), sum(counts)) if exact else published(counts)
