"""How a command on an employer's case becomes events, or why it may not: as `decide` does for a person's."""

from datetime import UTC, datetime, time
from uuid import UUID, uuid5

from domain.command import event_of
from domain.corrections import entry_to_correct
from domain.employer import EmployerCase, fold_employer
from domain.employer_admission import may_be_said, must_be_about, must_hold
from domain.employer_commands import CorrectEmployerEntry, DecideFunding, EmployerCommand, OpenEmployerCase
from domain.employer_events import (
    EmployerEntryCorrected,
    EmployerEvent,
    FundingDecided,
    PreventiveFundingApplied,
)
from domain.employer_funding import decided_lines, funded_ore
from domain.event import Event
from domain.grounds import Known
from domain.history import Entry
from domain.rejections import CommandRejected


def decide_employer(case_id: UUID, command: EmployerCommand, known: Known) -> list[Event]:
    """Return the events that a command leads to; `known.entries` are the case's own.

    Raises `CommandRejected` where the case does not allow it. What happened is asked of the whole history as it
    will stand, so that an entry may come late.
    """
    case = fold_employer(case_id, known.entries)
    if case.opened is None and not isinstance(command, OpenEmployerCase):
        raise CommandRejected("UNKNOWN_CASE")
    if case.opened is not None and command.occurred_on < case.opened.occurred_on:
        if isinstance(command, OpenEmployerCase):
            raise CommandRejected("ALREADY_OPENED", opened_on=case.opened.occurred_on)
        raise CommandRejected("BEFORE_OPENING", on=command.occurred_on, opened_on=case.opened.occurred_on)
    events = _events(command, case_id, known)
    for event in events:
        may_be_said(event, known)
    must_hold(case_id, known.entries, _entries(known, events))
    return events


def _events(command: EmployerCommand, case_id: UUID, known: Known) -> list[Event]:
    """Return the events of a command, before anyone asked whether the case allows them."""
    if isinstance(command, CorrectEmployerEntry):
        return _corrected(command, case_id, known)
    if isinstance(command, DecideFunding):
        return [_decided(command, fold_employer(case_id, known.entries, valid_on=command.occurred_on))]
    return [event_of(command.records, command)]


def _decided(command: DecideFunding, case: EmployerCase) -> FundingDecided:
    """Return the decision on an application, line by line, as the case was on the day (O-09, O-10)."""
    must_be_about("preventive_measures", case)
    found = _application(command, case)
    lines = decided_lines(found, command.approvals, case)
    return event_of(
        FundingDecided,
        command,
        application=found.event_id,
        lines=lines,
        funded_ore=funded_ore(found, lines),
    )


def _application(command: DecideFunding, case: EmployerCase) -> PreventiveFundingApplied:
    """Return the application that is to be decided: the one that is named, or else the only one not done with."""
    if command.application is not None:
        found = case.application(command.application)
    else:
        undecided = [row for row in case.applications if case.undecided(row)]
        if len(undecided) > 1:
            raise CommandRejected("APPLICATION_UNCLEAR", count=len(undecided))
        found = next(iter(undecided or case.applications[-1:]), None)
    if found is None:
        raise CommandRejected("FUNDING_NOT_APPLIED")
    return found


def _corrected(command: CorrectEmployerEntry, case_id: UUID, known: Known) -> list[Event]:
    """Return the correction, and the entry that stands instead of the wrong one (AMB-36)."""
    wrong = entry_to_correct(command.corrects, known, (EmployerEvent, EmployerEntryCorrected))
    correction = event_of(EmployerEntryCorrected, command)
    may_be_said(correction, known)
    if command.replacement is None:
        return [correction]
    if (
        isinstance(command.replacement, CorrectEmployerEntry)
        or type(wrong.event) is not command.replacement.records
    ):
        raise CommandRejected("REPLACEMENT_OF_ANOTHER_KIND")
    without = known._replace(entries=tuple(entry for entry in known.entries if entry != wrong))
    right = _events(command.replacement, case_id, without)[0]
    right = right.model_copy(update={"event_id": uuid5(command.command_id, "1")})
    return [correction.model_copy(update={"replaced_by": right.event_id}), right]


def _entries(known: Known, events: list[Event]) -> list[Entry]:
    """Return what is about to be recorded as the log's next entries."""
    position = known.entries[-1].position if known.entries else 0
    now = datetime.combine(known.today, time(), UTC)
    return [Entry(position + index, now, event) for index, event in enumerate(events, 1)]
