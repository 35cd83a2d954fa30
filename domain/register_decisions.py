"""How a command on the register becomes events, or why it may not: as `decide` does for a case."""

from datetime import UTC, datetime, time
from typing import Any
from uuid import uuid5

from domain.admission import STAFF
from domain.corrections import entry_to_correct
from domain.event import Event
from domain.grounds import Known
from domain.history import Entry
from domain.register import fold_register
from domain.register_admission import must_be_sound
from domain.register_commands import CorrectLine, RegisterCommand
from domain.register_events import Line, LineCorrected
from domain.rejections import CommandRejected


def decide_register(command: RegisterCommand, known: Known) -> list[Event]:
    """Return the events that a command leads to; `known.entries` are the register's own.

    Raises `CommandRejected` where the register, as it will stand, would not hold.
    """
    if command.actor.partition(":")[0] not in STAFF.roles:
        raise CommandRejected("ACTOR_NOT_ENTITLED", clause=STAFF.clause, roles_sv=STAFF.sv, roles_en=STAFF.en)
    events = _events(command, known)
    for event in events:
        if event.occurred_on > known.today:
            raise CommandRejected("OCCURRED_IN_FUTURE", occurred_on=event.occurred_on)
    must_be_sound(fold_register(_with(known, events)))
    return events


def _events(command: RegisterCommand, known: Known) -> list[Event]:
    """Return the events of a command, before anyone asked whether the register would hold with them."""
    if isinstance(command, CorrectLine):
        return _corrected(command, known)
    return [_line(command)]


def _line(command: RegisterCommand, **changes: Any) -> Line:
    """Return the line that a command asks for; what the two have in common is carried over."""
    shared = {name: value for name, value in command if name in command.records.model_fields}
    return command.records(**shared | {"event_id": uuid5(command.command_id, "0")} | changes)


def _corrected(command: CorrectLine, known: Known) -> list[Event]:
    """Return the correction, and the line that stands instead of the wrong one (AMB-36)."""
    wrong = entry_to_correct(command.corrects, known, (Line, LineCorrected)).event
    correction = LineCorrected(
        **{name: value for name, value in command if name in LineCorrected.model_fields},
        event_id=uuid5(command.command_id, "0"),
    )
    if command.replacement is None:
        return [correction]
    if isinstance(command.replacement, CorrectLine) or command.replacement.records is not type(wrong):
        raise CommandRejected("REPLACEMENT_OF_ANOTHER_KIND")
    right = _line(command.replacement, event_id=uuid5(command.command_id, "1"))
    return [correction.model_copy(update={"replaced_by": right.event_id}), right]


def _with(known: Known, events: list[Event]) -> list[Entry]:
    """Return the register's entries and, as the log's next, what is about to be recorded."""
    position = known.entries[-1].position if known.entries else 0
    now = datetime.combine(known.today, time(), UTC)
    return [*known.entries, *(Entry(position + index, now, event) for index, event in enumerate(events, 1))]
