"""`liggare verify`: the log against what was signed, and everything that is said against the log."""

from contextlib import ExitStack
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from api import printing
from api.words import Archive, Json, Processes, Resume, the_ledger
from ledger.checkpoint import Checkpoint, open_checkpoint
from ledger.faults import InputFault
from ledger.ledger import Ledger
from ledger.settings import Settings
from ledger.signed_note import NoteFault
from replays.verify import Step, Verified
from replays.verify import verify as try_all

WRONG = 1
"""Exit status: something is not as it was signed, or not what the log gives."""

SHOWN = 50
"""Faults that are printed for people; --json gives all of them."""


def verify(
    *,
    since: Annotated[
        Path | None, Parameter(help="A file with a checkpoint that you trust: try only what came after it.")
    ] = None,
    from_: Archive = None,
    processes: Processes = 1,
    resume: Resume = None,
    json: Json = False,
) -> int:
    """Try everything that the ledger says: the signed tree, each event and decision, the tables, the projections.

    Who has read what is tried by a signed tree of its own. Published checkpoints (LIGGARE_PUBLISH) are tried too.
    Exit status 1 where something is wrong; each fault is one line that names the event or the reading. From an
    archive, or since a checkpoint, the projections are not built anew.
    """
    with the_ledger() as ledger, ExitStack() as bars:

        def stage(name: str, total: int) -> Step:
            bars.pop_all().close()  # one bar after the other
            return bars.enter_context(printing.progress(name, total))

        trusted = _trusted(ledger, since) if since else None
        settings = Settings.of_environment()
        found = try_all(
            ledger,
            settings,
            since=trusted,
            folder=from_,
            processes=processes,
            resume=resume,
            stage=stage,
        )
    if json:
        for fault in found.faults:
            printing.json_line({"fault": fault.kind, "position": fault.position, "what": fault.what})
        printing.json_line({"verified": found.counts, "faults": len(found.faults)})
    else:
        _tell(found)
    return WRONG if found.faults else 0


def _trusted(ledger: Ledger, path: Path) -> Checkpoint:
    """Return the checkpoint of a file; raise `InputFault` where it is none that this ledger signed."""
    try:
        return open_checkpoint(path.read_text("utf-8").lstrip("\n"), ledger.keys.signer().key)
    except (OSError, UnicodeDecodeError) as error:
        why = error.strerror if isinstance(error, OSError) else "it is no text"
        raise InputFault(f"{path}: can't be read: {why}") from None
    except NoteFault as fault:
        raise InputFault(f"{path}: no checkpoint to trust: {fault}") from None


def _tell(found: Verified) -> None:
    for fault in found.faults[:SHOWN]:
        printing.fault(f"{fault.kind}: {fault.what}")
    if len(found.faults) > SHOWN:
        printing.fault(f"and {len(found.faults) - SHOWN} more; --json gives all of them")
    printing.line(", ".join(f"{count:,} {name}" for name, count in found.counts.items()))
    unsealed = found.counts["events opened"] - found.counts["events sealed"]
    unproved = found.counts["readings hashed"] - found.counts["readings sealed"]
    for count, what in ((unsealed, "events"), (unproved, "readings")):
        if count > 0:
            printing.line(f"{count:,} {what} are not sealed yet; `liggare projections run` seals them.")
    if found.faults:
        printing.line(f"{len(found.faults)} faults.", style="bold red")
    elif not found.counts["events sealed"]:
        printing.line("Everything says what the log gives; nothing was signed yet.", style="bold green")
    else:
        printing.line("Everything is as it was signed, and says what the log gives.", style="bold green")
