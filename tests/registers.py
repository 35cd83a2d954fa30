"""The organisation of the tests: staff and providers that are there all the time, and some that came or went."""

from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid5

from domain.history import Entry
from domain.register import REGISTER, fold_register
from domain.register_commands import (
    EndProvider,
    FormTeam,
    LetLeave,
    OpenOffice,
    PlaceStaff,
    RegisterCommand,
    RegisterOrganisation,
    RegisterProvider,
)
from ledger.ledger import Ledger
from tests.applications import TODAY

THE_CLERK = "case_officer:test"


def asked(kind: type[RegisterCommand], on: str, actor: str = THE_CLERK, **content: Any) -> Any:
    """A command on the register; the same words are the same command."""
    own = uuid5(UUID(int=3), f"{kind.name} {on} {actor} {sorted(content.items(), key=str)}")
    shared = {"command_id": own, "correlation_id": own, "actor": actor, "occurred_on": on}
    return kind.model_validate(shared | content, strict=False)


def placed(staff: str, on: str = "2022-10-01", office: str = "umea", **content: Any) -> Any:
    """Somebody is placed, with every role where none is named."""
    roles = content.pop("roles", ("advisor", "case_officer", "decision_maker"))
    return asked(PlaceStaff, on, staff=staff, roles=roles, office=office, **content)


HOUSE: tuple[RegisterCommand, ...] = (
    asked(RegisterOrganisation, "2022-10-01", organisation="exempel"),
    asked(OpenOffice, "2022-10-01", office="umea", organisation="exempel"),
    asked(OpenOffice, "2022-10-01", office="lund", organisation="exempel"),
    asked(FormTeam, "2022-10-01", team="norr", office="umea"),
)
"""An organisation with two offices and a team, and nobody in them."""

HIRED: tuple[RegisterCommand, ...] = (
    *HOUSE,
    *(placed(name) for name in ("test", "someone", "beslutare")),
    *(placed(name, roles=("advisor",)) for name in ("anna.berg", "anna", "ana", "bo", "cia")),
    placed("gone"),
    asked(LetLeave, "2024-12-31", staff="gone"),
    placed("late", "2026-06-01", "lund"),
    asked(RegisterProvider, "2022-10-01", provider="abc"),
    asked(RegisterProvider, "2022-10-01", provider="avslutad"),
    asked(EndProvider, "2024-12-31", provider="avslutad"),
)


def hire(ledger: Ledger, *more: RegisterCommand) -> None:
    """Register the organisation of the tests in a ledger, and more."""
    for command in (*HIRED, *more):
        ledger.execute(REGISTER, command, TODAY)


def entries_of(commands: tuple[RegisterCommand, ...]) -> tuple[Entry, ...]:
    """The entries that commands lead to, unasked whether they may."""
    return tuple(
        Entry(
            position,
            datetime(2022, 10, 1, tzinfo=UTC),
            command.records(
                **{name: value for name, value in command if name in command.records.model_fields},
                event_id=uuid5(command.command_id, "0"),
            ),
        )
        for position, command in enumerate(commands, 1)
    )


STAFFED = fold_register(entries_of(HIRED))
"""The register in which the tests' advisors, decision makers and providers are."""
