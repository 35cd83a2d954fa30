"""A ledger of any size, for measuring what reads it: filled as `liggare synth --cases` fills one."""

from functools import partial
from uuid import UUID, uuid4

from api import words
from ledger.ledger import Ledger
from ledger.synthetic.filling import ORIGINALS
from ledger.synthetic.filling import fill as fill_with_cases

SEED = 7
EVENTS_A_CASE = 15
"""About so many events a fictional case has."""


def fill(ledger: Ledger, events: int, originals: int = ORIGINALS) -> int:
    """Fill an empty ledger with about so many events; return how many there are."""
    command_of = partial(words.command_line, by=None, flow=uuid4())
    cases = max(1, events // EVENTS_A_CASE)
    return fill_with_cases(ledger, cases, SEED, command_of, lambda _: None, originals)


def under_way(ledger: Ledger, most: int) -> list[UUID]:
    """Return cases of which the support goes on for months, in no order that means anything."""
    rows = ledger.select(
        "SELECT case_id FROM liggare.case_register WHERE stage = 'active' AND agreed_end > '2025-09-30' "
        "ORDER BY case_id LIMIT %(most)s",
        most=most,
    )
    return [row["case_id"] for row in rows]


def advisors(ledger: Ledger) -> list[str]:
    """Return those who have open cases, as they are projected."""
    rows = ledger.select(
        "SELECT DISTINCT advisor FROM liggare_read.open_case WHERE advisor IS NOT NULL ORDER BY 1"
    )
    return [row["advisor"] for row in rows]
