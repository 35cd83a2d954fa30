"""The events of an employer's case: support that is given to an employer, and not to a person.

No person's key exists here, so everything is stored clear, and no text may hold an identity number.
"""

from typing import Annotated, Literal
from uuid import UUID

from pydantic import AfterValidator, BeforeValidator, Field, StringConstraints

from domain.employer_terms import Area, CostKind, Module, Purpose
from domain.event import IDENTITY, Event, StaffName
from domain.events import EntryCorrected
from domain.values import Day, Frozen, whole_number

LARGEST_AMOUNT = 10**13
"""In ore. A hundred lines of it are still a number that every reader of JSON keeps exactly."""
MOST_LINES = 100


def _no_identity_number(value: str) -> str:
    if IDENTITY.search(value):
        raise ValueError("no identity number in it: an employer's case is stored clear")
    return value


def _organisation_number(value: str) -> str:
    digits = [int(digit) for digit in value.replace("-", "")]
    doubled = (sum(divmod(digit * (2 - place % 2), 10)) for place, digit in enumerate(digits))
    if digits[2] < 2 or sum(doubled) % 10:
        raise ValueError("an organisation number with the third digit 2 or more and the right check digit")
    return value


ClearText = Annotated[
    str,
    StringConstraints(min_length=1, max_length=500, strip_whitespace=True),
    AfterValidator(_no_identity_number),
]
"""What an employer or the staff write here; stored clear."""

OrganisationNumber = Annotated[
    str, StringConstraints(pattern=r"^[0-9]{6}-[0-9]{4}$"), AfterValidator(_organisation_number)
]
"""A legal person's number; its third digit tells it from anybody's identity number."""

EmployerKind = Literal["municipality", "region", "municipal_company"]
Whole = Annotated[int, BeforeValidator(whole_number)]
LineNumber = Annotated[Whole, Field(ge=1)]
"""A line of an application, counted from 1."""


class CostLine(Frozen):
    """One cost that funds are sought for: its kind, the amount in whole ore, and what it is (O-09, O-10)."""

    kind: CostKind
    amount_ore: Annotated[Whole, Field(ge=1, le=LARGEST_AMOUNT)]
    description: ClearText


class LineDecision(Frozen):
    """What became of one line: funded, refused, or waiting for somebody's approval (O-09, O-10).

    `code` says why a line is not funded. One that needed an approval names who gave it, and the reason.
    """

    number: LineNumber
    result: Literal["funded", "refused", "waiting"]
    clause: str
    code: Literal["COST_TYPE_NOT_FUNDED", "MANUAL_APPROVAL_NEEDED"] | None = None
    approved_by: StaffName | None = None
    reason: ClearText | None = None


class EmployerEvent(Event):
    """Something that happened in an employer's case."""


class EmployerCaseOpened(EmployerEvent):
    """A municipality, a region or a municipal company gets support in one of the two fields (O-01, O-02, O-05).

    `affiliated_from` is the day from which the agreement binds a company; the others are always bound.
    """

    topic = "employer.case_opened"
    employer: ClearText
    organisation_number: OrganisationNumber
    kind: EmployerKind
    area: Area
    affiliated_from: Day | None = None


class ModuleStarted(EmployerEvent):
    """The employer begins one of the four modules; in which order is advised, not forced (O-06)."""

    topic = "employer.module_started"
    module: Module


class ModuleCompleted(EmployerEvent):
    """The employer has gone through one of the four modules (O-06)."""

    topic = "employer.module_completed"
    module: Module


class PreventiveFundingApplied(EmployerEvent):
    """The employer applies for funds to preventive measures and states that all three demands are met (O-08).

    `purposes` are those at reduced work capacity (O-11).
    """

    topic = "employer.preventive_funding_applied"
    strengthens_supply: bool
    secures_employment: bool
    beyond_ordinary: bool
    purposes: tuple[Purpose, ...] = ()
    lines: Annotated[tuple[CostLine, ...], Field(min_length=1, max_length=MOST_LINES)]


class FundingDecided(EmployerEvent):
    """An application for funds is decided line by line; what funds never pay is refused by its clause (O-09, O-10).

    The first decision is on every line, a later one on lines that waited. `funded_ore` is what this one funds.
    """

    topic = "employer.funding_decided"
    application: UUID
    lines: Annotated[tuple[LineDecision, ...], Field(min_length=1)]
    funded_ore: Annotated[Whole, Field(ge=0)]


class EmployerCaseClosed(EmployerEvent):
    """The support to the employer is over; nothing happens in the case after that day (O-06, O-08)."""

    topic = "employer.case_closed"
    remark: ClearText | None = None


class EmployerEntryCorrected(EntryCorrected):
    """An entry of an employer's case was wrong: it no longer stands, and `replaced_by`, if given, does (AMB-36).

    The reason is clear, since the case is nobody's.
    """

    topic = "employer.entry_corrected"
    reason: ClearText


EMPLOYER_EVENTS: dict[str, type[Event]] = {
    event.topic: event
    for event in (
        EmployerCaseOpened,
        ModuleStarted,
        ModuleCompleted,
        PreventiveFundingApplied,
        FundingDecided,
        EmployerCaseClosed,
        EmployerEntryCorrected,
    )
}
"""The closed dictionary of an employer case's topics."""
