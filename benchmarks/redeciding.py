"""How fast recorded decisions are decided again: on a core, and by two processes against one."""

import statistics
import tempfile
from functools import partial
from pathlib import Path
from uuid import uuid4

from api import words
from benchmarks.databases import new_database
from ledger.opening import open_ledger, upgrade_ledger
from ledger.settings import Settings
from ledger.synthetic.filling import fill
from replays.redecide import redecide
from replays.rules import rules_of
from replays.what_if import what_if

CASES, BY_COMMANDS, TURNS = 20_000, 200, 3
ANOTHER_AGE = ("age_limit=67",)


def print_redecide_rate(server: str, cases: int = CASES) -> None:
    """Print how many times two processes make of one, and decisions a second; the same by other rules."""
    with new_database(server) as database, tempfile.TemporaryDirectory() as home:
        settings = Settings(home=Path(home), database_url=database)
        upgrade_ledger(settings)
        with open_ledger(settings) as ledger:
            command_of = partial(words.command_line, by=None, flow=uuid4())
            events = fill(ledger, cases, 7, command_of, lambda _: None, BY_COMMANDS)
        with open_ledger(settings) as ledger:
            # turn by turn, so that a busy machine slows both sides of the ratio
            turns = [
                [redecide(ledger, settings, processes=processes) for processes in (1, 2)]
                for _ in range(TURNS)
            ]
            tried = what_if(ledger, settings, rules_of(None, ANOTHER_AGE))
        examined = turns[0][0].examined
        assert examined.same == examined.decisions
        ratio = statistics.median(both.per_second / alone.per_second for alone, both in turns)
        print(
            f"redecide, {examined.decisions:,} decisions in a log of {events:,} events: "
            f"two processes make {ratio:.2f} times one's decisions"
        )
        for index, who in enumerate(("one process", "two processes")):
            rates = [turn[index].per_second for turn in turns]
            print(f"  {who}: {statistics.median(rates):,.0f} decisions/s (median), {max(rates):,.0f} (best)")
        print(
            f"what if {ANOTHER_AGE[0]}: {tried.tried / tried.seconds:,.0f} decisions/s by one, "
            f"{len(tried.changes):,} of them others"
        )
