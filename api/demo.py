"""`make demo`: a year of a transition organisation's work, on fictional people, by the commands that a user types.

Run again it changes nothing; interrupted, it goes on where it was. Everything lies in the ledger's folder, in
`demo`, and each file there marks how far it has come.
"""

import json
import shlex
import sys
from datetime import date
from pathlib import Path
from typing import Annotated
from uuid import UUID

from cyclopts import App, Parameter

from api import cli, printing
from api.demo_hints import print_hints
from api.words import BAD_INPUT, the_ledger
from domain.register import REGISTER
from domain.rejections import CommandRejected
from domain.values import months_before
from ledger.faults import InputFault, LedgerFault
from ledger.ledger import Ledger
from ledger.settings import Settings
from ledger.synthetic.drafts import last_day_of
from ledger.synthetic.files import APPLICATIONS, DECLARATIONS, EMPLOYERS_CASES, NOTICES, STAFF
from ledger.synthetic.organisation import DECIDES

FIRST_DECIDED, MONTHS_DECIDED = "2024-01", 18
DECIDED_AGAIN = date(2025, 7, 31)
EXPIRED_BY = date(2026, 9, 30)
"""Every support has come to its agreed end by then."""

demo = App(name="demo", result_action="return_value", suppress_keyboard_interrupt=False)


@demo.default
def main(
    *,
    cases: Annotated[int, Parameter(help="How many applications.")] = 500,
    seed: Annotated[int, Parameter(help="The same seed gives the same people.")] = 7,
) -> int:
    """Show what Liggare does, on fictional people."""
    try:
        _run("upgrade")
        folder = Settings.of_environment().home / "demo"
        with the_ledger() as ledger:  # held open, so that the database stays up from command to command
            _check(folder, ledger)
            if _finished(folder, ledger):
                _say("The fictional people are in the ledger already: nothing was changed")
            else:
                _work(folder, cases, seed)
            _say("Where it all stands")
            _run("summary")
            print_hints(folder, ledger)
    except (InputFault, LedgerFault, CommandRejected) as fault:
        printing.fault(str(fault))
        return BAD_INPUT
    except KeyboardInterrupt:
        printing.fault("interrupted; run it again and it goes on")
        return 130
    return 0


def _run(*words: str, shown: str | None = None) -> None:
    """Print a command as a user types it, and carry it out; end the demo where it does not succeed."""
    printing.line(f"$ liggare {shown or shlex.join(words)}", style="bold")
    sys.stdout.flush()
    try:
        status = cli.main(list(words))
    except SystemExit as stop:  # Ctrl-C, which the command line's parser takes to itself
        status = int(stop.code or 0)
    if status:
        printing.fault("the demo stopped here; run it again and it goes on")
        sys.exit(status)


def _say(text: str) -> None:
    """Say what comes next."""
    printing.line(f"\n# {text}", style="dim")


def _check(folder: Path, ledger: Ledger) -> None:
    """Raise `InputFault` where the ledger is in real use, or where the files belong to another ledger."""
    staffed = bool(ledger.entries([REGISTER])[REGISTER])
    filled = bool(ledger.rows("cases_like", low=UUID(int=0), high=UUID(int=2**128 - 1)))
    if (filled or staffed) and not folder.exists():
        raise InputFault("this ledger is in use; name another folder for the demo, as LIGGARE_HOME")
    if not filled and (folder / "late.jsonl").exists():
        raise InputFault(f"{folder}: these files belong to a ledger that is gone; remove the folder")


def _finished(folder: Path, ledger: Ledger) -> bool:
    """Tell whether every command of the last file was carried out, and nothing is left to expire."""
    try:
        text = (folder / "ends.jsonl").read_text("utf-8")
    except FileNotFoundError:
        return False
    commands = [UUID(json.loads(line)["id"]) for line in text.splitlines()]
    done = ledger.rows("known_commands", commands=commands)
    return len(done) == len(commands) and not ledger.rows("cases_to_expire", today=EXPIRED_BY)


def _work(folder: Path, cases: int, seed: int) -> None:
    """Carry out what is not done yet; whatever is sent twice is recognised."""
    if not folder.exists():
        _say("Fictional people: what they apply for, and what their employers declare month by month")
        _run("synth", str(folder), "--cases", str(cases), "--seed", str(seed))
    if not (folder / "late.jsonl").exists():
        _decide(folder)
        _run("synth", str(folder), "--then", "late")
    if not (folder / "lives.jsonl").exists():
        _say("What came in late: evidence to refused applications, and grants to annul")
        _run("do", "--lines", str(folder / "late.jsonl"))
        _run("decide", "--on", DECIDED_AGAIN.isoformat(), "--actor", DECIDES)
        _run("synth", str(folder), "--then", "lives")
    _say("The support itself: meetings, interruptions, results, entries put right; and then time runs out")
    _run("do", "--lines", str(folder / "lives.jsonl"))
    _run("expire", "--on", EXPIRED_BY.isoformat())
    if not (folder / "ends.jsonl").exists():
        _run("synth", str(folder), "--then", "ends")
    _run("do", "--lines", str(folder / "ends.jsonl"))


def _decide(folder: Path) -> None:
    """Bring everything in, and decide at the end of each month what came in during it."""
    _say("The organisation: offices, teams, who works where and from when, and its service providers")
    _run("do", "--lines", str(folder / STAFF))
    _say(
        "Two employers: modules of strategic competence supply, and funds to preventive measures, line by line"
    )
    _run("do", "--lines", str(folder / EMPLOYERS_CASES))
    _say("Everything comes in; of people who never applied, nothing is kept")
    _run("import", "applications", str(folder / APPLICATIONS))
    files = sorted(str(path) for path in (folder / DECLARATIONS).glob("*.xml"))
    _run("import", "agi", *files, shown=f"import agi {folder / DECLARATIONS}/*.xml")
    _run("do", "--lines", str(folder / NOTICES))
    _say("At the end of each month, what came in during it is decided")
    for count in range(MONTHS_DECIDED):
        on = last_day_of(months_before(FIRST_DECIDED, -count))
        _run("decide", "--on", on.isoformat(), "--actor", DECIDES)


if __name__ == "__main__":
    sys.exit(demo())
