"""Many commands from a file: carried out together where they may be, and one by one where one is at fault."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from typing import NamedTuple
from uuid import UUID

from domain.command import Command
from domain.register import REGISTER
from domain.rejections import CommandRejected, Meanwhile
from ledger.faults import CommandIdReused
from ledger.ledger import Ledger
from ledger.recorder import Stored

BATCH = 200


class Line(NamedTuple):
    """A line of a file: its number, and the case and the command that it makes."""

    number: int
    case_id: UUID
    command: Command


Result = tuple[Line, Stored | CommandRejected | CommandIdReused]


def carry_out(ledger: Ledger, lines: Iterable[Line], on: date) -> Iterator[Result]:
    """Carry out the lines in order, and yield what each led to or why it was not carried out.

    Lines in a row on different cases go in together, in one transaction; a command that looks at the person's
    other cases goes by itself, and so does one on the register, which the next may rest on.
    """
    batch: dict[UUID, Line] = {}
    for line in lines:
        alone = line.command.asks_person or line.case_id == REGISTER
        if line.case_id in batch or alone or len(batch) == BATCH:
            yield from _together(ledger, list(batch.values()), on)
            batch = {}
        if alone:
            yield from _alone(ledger, [line], on)
        else:
            batch[line.case_id] = line
    yield from _together(ledger, list(batch.values()), on)


def _together(ledger: Ledger, lines: list[Line], on: date) -> Iterator[Result]:
    """Carry lines out in one transaction; where one is at fault nothing is stored, and each is tried alone."""
    try:
        stored = ledger.execute_all([(line.case_id, line.command) for line in lines], on)
    except CommandRejected as rejected:
        yield from _alone(ledger, lines, on, rejected.meanwhile)
    except CommandIdReused:
        yield from _alone(ledger, lines, on)
    else:
        yield from zip(lines, stored, strict=True)


def _alone(
    ledger: Ledger, lines: list[Line], on: date, meanwhile: Sequence[Meanwhile] = ()
) -> Iterator[Result]:
    """Carry lines out one by one; `meanwhile` are the entries that overtook them while they were together."""
    for line in lines:
        try:
            yield line, ledger.execute(line.case_id, line.command, on)
        except CommandRejected as rejected:
            earlier = [entry for entry in meanwhile if entry.case_id == line.case_id]
            rejected.meanwhile = (*earlier, *rejected.meanwhile)
            yield line, rejected
        except CommandIdReused as reused:
            yield line, reused
