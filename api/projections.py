"""`liggare projections`: keep what is read up with the log, say where it stands, build it anew."""

from collections.abc import Callable
from functools import partial
from typing import Annotated

from cyclopts import App, Parameter

from api import printing
from api.words import SOME_BAD, Json, the_ledger
from ledger.faults import InputFault
from ledger.ledger import STOCKHOLM, Ledger
from ledger.publishing import Publisher
from ledger.settings import Settings
from projections.building import Rebuilt, rebuild
from projections.catalogue import PROJECTIONS
from projections.differences import changed
from projections.running import run_projections
from projections.sealer import Sealer
from projections.states import is_led, states

SEAL_EVENTS, SEAL_MINUTES = 1000, 1.0

projections = App(name="projections", help="What is read: kept up with the log, and built anew from it.")


@projections.command
def run(
    *,
    once: Annotated[bool, Parameter(negative="", help="End when everything in the log is read.")] = False,
    seal_events: Annotated[int, Parameter(help="Seal the log every so many events ...")] = SEAL_EVENTS,
    seal_minutes: Annotated[
        float, Parameter(help="... or after so many minutes, whichever comes first.")
    ] = SEAL_MINUTES,
) -> int:
    """Keep all projections up with the log, until interrupted; one process at a time leads, others wait for it.

    The leader seals the log too, and that of the readings: it extends the tree over each, and signs checkpoints of
    it, which are published where LIGGARE_PUBLISH says.
    """
    if seal_events < 1 or seal_minutes <= 0:
        raise InputFault("--seal-events and --seal-minutes: more than nothing")
    with the_ledger() as ledger:
        keep_up(ledger, printing.fault, once=once, seal_events=seal_events, seal_minutes=seal_minutes)
        found = states(ledger)
        stopped = [state for state in found if state.error]
        if once and not stopped:
            reached = min((state.position or 0 for state in found), default=0)
            printing.line(f"Everything is read up to position {reached}.")
    return SOME_BAD if stopped else 0


def keep_up(
    ledger: Ledger,
    tell: Callable[[str], None],
    *,
    once: bool = False,
    seal_events: int = SEAL_EVENTS,
    seal_minutes: float = SEAL_MINUTES,
) -> None:
    """Keep a ledger's projections up with the log, and seal it; `tell` gets what happens."""
    target = Settings.of_environment().publish
    sealing = partial(
        Sealer,
        signer=ledger.keys.signer(),
        publisher=Publisher(target) if target else None,
        tell=tell,
        every_events=seal_events,
        every_seconds=seal_minutes * 60,
    )
    run_projections(ledger, once=once, tell=tell, sealing=sealing)


@projections.command
def status(*, json: Json = False) -> None:
    """Say how far each projection reaches, how far behind the log that is, and what stopped it."""
    with the_ledger() as ledger:
        found, led = states(ledger), is_led(ledger)
    if json:
        for state in found:
            printing.json_line({**state._asdict(), "serves": state.serves, "led": led})
        return
    rows = [
        {
            "projection": state.name,
            "version": f"{state.version or 'none'}"
            + ("" if state.version == state.wanted else f" (to be {state.wanted})"),
            "position": state.position,
            "behind": state.behind,
            "moved": f"{state.moved_at.astimezone(STOCKHOLM):%Y-%m-%d %H:%M:%S}" if state.moved_at else None,
            "stopped by": state.error,
        }
        for state in found
    ]
    printing.table("Projections", list(rows[0]), rows)
    printing.line(
        "A process keeps them up with the log."
        if led
        else "No process keeps them up with the log; `liggare projections run` does."
    )


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
