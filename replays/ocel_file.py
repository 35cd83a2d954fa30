"""An object-centric event log as a file: JSON as OCEL 2.0 has it, written case by case, whole or not at all."""

import json
import shutil
import tempfile
from collections.abc import Callable, Iterator, Sequence
from itertools import groupby
from pathlib import Path
from typing import IO, Any, NamedTuple
from uuid import UUID

from domain.history import Entry
from ledger.mapper import EventMapper
from projections.reading import NO_KEYS
from replays.drafts import whole_file
from replays.log import PARTITIONS, Log, LogRow
from replays.ocel import Pseudonym, object_, told_case
from replays.ocel_terms import event_types, object_types


class Exported(NamedTuple):
    """What a file tells, up to which position, and how many entries are left out."""

    position: int
    events: int
    objects: int
    left_out: int


def write_ocel(
    path: Path, log: Log, pseudonym: Pseudonym, step: Callable[[], object] = lambda: None
) -> Exported:
    """Write the log as it stands; nothing that is sealed is opened. One partition is held in memory at a time.

    Raises `InputFault` where the file is there already or can't be written, and `LedgerFault` where an event can't
    be read.
    """
    position, read, mapper = log.newest(), 0, EventMapper()
    with whole_file(path) as file, tempfile.TemporaryFile(dir=path.parent) as aside:
        file.write(b'{"eventTypes":' + _json(event_types()) + b',\n"objectTypes":' + _json(object_types()))
        file.write(b',\n"events":[')
        events, objects = _Array(file), _Array(aside)
        shared: dict[str, str] = {}
        for number in range(PARTITIONS):
            for case_id, rows in _cases(log.partition(number, position)):
                told = told_case(case_id, _entries(rows, mapper), pseudonym)
                events.extend(told.events)
                objects.extend(told.objects)
                shared |= told.shared
                read += len(rows)
            step()
        objects.extend(object_(own, kind) for own, kind in sorted(shared.items()))
        file.write(b'],\n"objects":[')
        aside.seek(0)
        shutil.copyfileobj(aside, file)
        file.write(b"]}\n")
    return Exported(position, events.count, objects.count, read - events.count)


class _Array:
    """The items of a JSON array, a line each."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self.count = 0

    def extend(self, items: Iterator[dict[str, Any]] | Sequence[dict[str, Any]]) -> None:
        """Write some more items."""
        for item in items:
            self._file.write((b",\n" if self.count else b"\n") + _json(item))
            self.count += 1


def _json(value: Any) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()


def _cases(rows: Sequence[LogRow]) -> Iterator[tuple[UUID, list[LogRow]]]:
    """Yield the cases of a partition, each with its rows."""
    for case_id, of_case in groupby(rows, lambda row: row.case_id):
        yield case_id, list(of_case)


def _entries(rows: Sequence[LogRow], mapper: EventMapper) -> list[Entry]:
    """Return what rows hold, with what is sealed in them read as erased, key or no key."""
    return [
        Entry(
            row.position,
            row.recorded_at,
            mapper.read(row.case_id, row.version, row.topic, row.state, NO_KEYS),
        )
        for row in rows
    ]
