"""`liggare export`: the log as an archive that large replays read, and as a file for process mining."""

from pathlib import Path

from cyclopts import App

from api import printing
from api.words import Json, the_ledger
from ledger.ledger import Ledger
from replays.archive import archived_now, write_archive
from replays.drafts import must_be_new
from replays.log import PARTITIONS, DatabaseLog
from replays.ocel_file import write_ocel
from replays.source import ledger_id

export = App(
    name="export", help="Write the log out: an archive as Parquet, or for process mining as OCEL 2.0."
)


@export.command
def parquet(folder: Path, *, json: Json = False) -> None:
    """Write the whole log into a new folder of Parquet files, with its position and newest checkpoint.

    What is sealed stays sealed. A case lies whole in one of the 64 files.
    """
    must_be_new(folder)
    with the_ledger() as ledger:
        log = DatabaseLog(ledger)
        archived = archived_now(ledger, ledger_id(ledger), log.newest())
        with printing.progress(f"archive {folder.name}", PARTITIONS) as step:
            events = write_archive(folder, log, archived, step)
    if json:
        printing.json_line({"folder": str(folder), "events": events, **archived._asdict()})
        return
    sealed = (
        "with the newest checkpoint" if archived.checkpoint else "without a checkpoint: none was signed yet"
    )
    printing.line(f"{folder}: {events} events up to position {archived.position}, {sealed}.")


@export.command
def ocel(file: Path, *, json: Json = False) -> None:
    """Write the log into a new file for process mining (OCEL 2.0, JSON), without personal data.

    It tells the corrected state, no sealed field and nothing that describes a person; staff have pseudonyms.
    """
    must_be_new(file)
    with the_ledger() as ledger, printing.progress(f"process mining {file.name}", PARTITIONS) as step:
        done = write_ocel(file, DatabaseLog(ledger), lambda name: _pseudonym(ledger, name), step)
    if json:
        printing.json_line({"file": str(file), **done._asdict()})
        return
    printing.line(
        f"{file}: {done.events} events and {done.objects} objects up to position {done.position}; "
        f"{done.left_out} entries left out: corrections, what they struck, protections."
    )


def _pseudonym(ledger: Ledger, name: str) -> str:
    """Return a name for one of the staff that says nothing without the ledger's key file, always the same."""
    return ledger.keys.uuid("staff in exports", name).hex[:12]
