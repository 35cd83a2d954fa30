"""What people ask the register to record. Each command becomes the one event that says the same."""

from typing import Annotated, ClassVar
from uuid import UUID

from pydantic import Field, SerializeAsAny

from domain.command import Command
from domain.event import StaffName
from domain.register_events import (
    Line,
    OfficeClosed,
    OfficeOpened,
    OrganisationEnded,
    OrganisationRegistered,
    ProviderEnded,
    ProviderRegistered,
    Remark,
    Role,
    StaffLeft,
    StaffPlaced,
    TeamDissolved,
    TeamFormed,
)


class RegisterCommand(Command):
    """A wish to record something in the register, on a day, by somebody."""

    records: ClassVar[type[Line]]
    """What happens when it is carried out."""


class RegisterOrganisation(RegisterCommand):
    """Let a transition organisation give support from that day."""

    name = "register_organisation"
    records = OrganisationRegistered
    organisation: StaffName


class EndOrganisation(RegisterCommand):
    """Let that be an organisation's last day; its offices are closed by then."""

    name = "end_organisation"
    records = OrganisationEnded
    organisation: StaffName


class OpenOffice(RegisterCommand):
    """Open an office of an organisation."""

    name = "open_office"
    records = OfficeOpened
    office: StaffName
    organisation: StaffName


class CloseOffice(RegisterCommand):
    """Let that be an office's last day; its staff have moved or left, and its teams are dissolved, by then."""

    name = "close_office"
    records = OfficeClosed
    office: StaffName


class FormTeam(RegisterCommand):
    """Form a team at an office."""

    name = "form_team"
    records = TeamFormed
    team: StaffName
    office: StaffName


class DissolveTeam(RegisterCommand):
    """Let that be a team's last day; nobody is in it after."""

    name = "dissolve_team"
    records = TeamDissolved
    team: StaffName


class PlaceStaff(RegisterCommand):
    """Let somebody work at an office from that day, in some roles: who joins, moves or gets another role."""

    name = "place_staff"
    records = StaffPlaced
    staff: StaffName
    roles: Annotated[tuple[Role, ...], Field(min_length=1)]
    office: StaffName
    team: StaffName | None = None


class LetLeave(RegisterCommand):
    """Let that be somebody's last day here."""

    name = "let_leave"
    records = StaffLeft
    staff: StaffName


class RegisterProvider(RegisterCommand):
    """Let a service provider take support on from that day (K-1-g)."""

    name = "register_provider"
    records = ProviderRegistered
    provider: StaffName


class EndProvider(RegisterCommand):
    """Let that be the last day on which a provider takes support on."""

    name = "end_provider"
    records = ProviderEnded
    provider: StaffName


class CorrectLine(RegisterCommand):
    """Strike a line of the register out, or put another command's line in its place, and say why (AMB-36).

    `replacement` is a command of the kind that made the line, written as in `correct_entry`.
    """

    name = "correct_line"
    corrects: UUID
    reason: Remark
    replacement: SerializeAsAny[RegisterCommand] | None = None


REGISTER_COMMANDS: dict[str, type[RegisterCommand]] = {
    command.name: command
    for command in (
        RegisterOrganisation,
        EndOrganisation,
        OpenOffice,
        CloseOffice,
        FormTeam,
        DissolveTeam,
        PlaceStaff,
        LetLeave,
        RegisterProvider,
        EndProvider,
        CorrectLine,
    )
}
