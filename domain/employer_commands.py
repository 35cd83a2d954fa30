"""What people ask an employer's case to do. A command is a wish: it becomes events, or it is rejected."""

from typing import Annotated, ClassVar
from uuid import UUID

from pydantic import Field, SerializeAsAny

from domain.command import Command
from domain.employer_events import (
    MOST_LINES,
    ClearText,
    CostLine,
    EmployerCaseClosed,
    EmployerCaseOpened,
    EmployerEntryCorrected,
    EmployerKind,
    FundingDecided,
    LineNumber,
    ModuleCompleted,
    ModuleStarted,
    OrganisationNumber,
    PreventiveFundingApplied,
)
from domain.employer_terms import Area, Module, Purpose
from domain.event import Event, StaffName
from domain.values import Day, Frozen


class EmployerCommand(Command):
    """A wish to record something in an employer's case, on a day, by somebody."""

    records: ClassVar[type[Event]]
    """What happens when it is carried out."""


class OpenEmployerCase(EmployerCommand):
    """Open a case for an employer in one field (O-01, O-02): it makes the case, and says which id it got.

    A municipal company has `affiliated_from`, the day from which the agreement binds it (O-05).
    """

    name = "open_employer_case"
    records = EmployerCaseOpened
    employer: ClearText
    organisation_number: OrganisationNumber
    kind: EmployerKind
    area: Area
    affiliated_from: Day | None = None


class StartModule(EmployerCommand):
    """Begin one of the four modules, 1 to 4; out of the order that is advised it is shown as a deviation (O-06)."""

    name = "start_module"
    records = ModuleStarted
    module: Module


class CompleteModule(EmployerCommand):
    """Record that one of the modules, which was begun, is gone through (O-06)."""

    name = "complete_module"
    records = ModuleCompleted
    module: Module


class ApplyPreventiveFunding(EmployerCommand):
    """Register an application for funds to preventive measures: three demands, costs by line (O-08, O-11).

    What funds never pay may stand in it: it is registered, and refused when it is decided.
    """

    name = "apply_preventive_funding"
    records = PreventiveFundingApplied
    strengthens_supply: bool
    secures_employment: bool
    beyond_ordinary: bool
    purposes: tuple[Purpose, ...] = ()
    lines: Annotated[tuple[CostLine, ...], Field(min_length=1, max_length=MOST_LINES)]


class ManualApproval(Frozen):
    """A decision maker's approval of a line of another kind than those listed, by its number (O-09)."""

    line: LineNumber
    by: StaffName
    reason: ClearText


class DecideFunding(EmployerCommand):
    """Decide an application for funds line by line, or what waits for an approval in it (O-09, O-10).

    Without `application`, the id of its entry, it is the only one with a line that is not decided for good.
    """

    name = "decide_funding"
    records = FundingDecided
    application: UUID | None = None
    approvals: tuple[ManualApproval, ...] = ()


class CloseEmployerCase(EmployerCommand):
    """Let that be the last day of the support to the employer; every application is decided by then."""

    name = "close_employer_case"
    records = EmployerCaseClosed
    remark: ClearText | None = None


class CorrectEmployerEntry(EmployerCommand):
    """Strike an entry of an employer's case out, or put another command's entry in its place, and say why (AMB-36).

    `replacement` is a command of the kind that made the entry, written as in `correct_entry`. A decision is put
    right by a decision maker.
    """

    name = "correct_employer_entry"
    records = EmployerEntryCorrected
    corrects: UUID
    reason: ClearText
    replacement: SerializeAsAny[EmployerCommand] | None = None


EMPLOYER_COMMANDS: dict[str, type[EmployerCommand]] = {
    command.name: command
    for command in (
        OpenEmployerCase,
        StartModule,
        CompleteModule,
        ApplyPreventiveFunding,
        DecideFunding,
        CloseEmployerCase,
        CorrectEmployerEntry,
    )
}
