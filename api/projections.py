"""`liggare projections`: keep what is read up with the log, say where it stands, build it anew."""

from typing import Annotated

from cyclopts import App, Parameter

from api import printing
from api.words import SOME_BAD, Json, the_ledger
from ledger.faults import InputFault
from projections.building import Rebuilt, rebuild
from projections.catalogue import PROJECTIONS
from projections.differences import changed
from projections.running import run_projections
from projections.states import states

projections = App(name="projections", help="What is read: kept up with the log, and built anew from it.")


@projections.command
def run(
    *,
    once: Annotated[bool, Parameter(negative="", help="End when everything in the log is read.")] = False,
) -> int:
    """Keep all projections up with the log, until interrupted; one process at a time leads, others wait for it."""
    with the_ledger() as ledger:
        run_projections(ledger, once=once, tell=printing.fault)
        stopped = [state for state in states(ledger) if state.error]
    return SOME_BAD if stopped else 0


@projections.command
def status(*, json: Json = False) -> None:
    """Say how far each projection reaches, how far behind the log that is, and what stopped it."""
    with the_ledger() as ledger:
        found = states(ledger)
    if json:
        for state in found:
            printing.json_line({**state._asdict(), "serves": state.serves})
        return
    rows = [
        {
            "projection": state.name,
            "version": f"{state.version or 'none'}"
            + ("" if state.version == state.wanted else f" (to be {state.wanted})"),
            "position": state.position,
            "behind": state.behind,
            "moved": f"{state.moved_at:%Y-%m-%d %H:%M:%S}" if state.moved_at else None,
            "stopped by": state.error,
        }
        for state in found
    ]
    printing.table("Projections", list(rows[0]), rows)


@projections.command(name="rebuild")
def rebuild_(name: str | None = None, /, *, json: Json = False) -> int:
    """Build one projection, or all, anew beside the live ones; say what differs, and put them in their place.

    Readers go on reading meanwhile. Exit status 3 where something differed.
    """
    wanted = [one for one in PROJECTIONS if name in (None, one.name)]
    if not wanted:
        raise InputFault(f"no such projection; there are {', '.join(one.name for one in PROJECTIONS)}")
    with (
        the_ledger() as ledger,
        ledger.own_connection() as connection,
        printing.progress("rebuild", 0) as bar,
    ):
        made = rebuild(connection, wanted, bar.of)
    for one in made:
        _json(one) if json else _tell(one)
    return SOME_BAD if any(one.differing for one in made) else 0


def _json(made: Rebuilt) -> None:
    found = [
        {
            "table": one.table,
            "case": one.source,
            "live": one.live,
            "built": one.built,
            "why": one.why,
            "events": [entry.event.event_id for entry in one.events],
        }
        for one in made.differences
    ]
    printing.json_line({**made._asdict(), "differences": found})


def _tell(made: Rebuilt) -> None:
    """Say what came of a rebuild, and which rows differed and why."""
    if made.before != made.version:
        told = f"built as version {made.version}" + (f", in place of {made.before}" if made.before else "")
    else:
        told = f"{made.differing} cases differed" if made.differing else "every row is the same"
    printing.line(f"{made.name}: {told}, at position {made.position} of the log.")
    for one in made.differences:
        columns = ", ".join(changed(one)) or f"{len(one.live)} rows, {len(one.built)} when built anew"
        printing.line(f"  {one.table}, case {one.source}: {columns}")
        printing.line(f"    {one.why}:")
        for entry in one.events:
            event = entry.event
            printing.line(
                f"    {entry.position}  {event.occurred_on}  {type(event).__name__}  {event.event_id}"
            )
