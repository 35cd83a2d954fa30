"""Applications as they come in: a JSON object a line, checked whole before anything is recorded.

A line is the request of an assessment without what others supply, and with the person, the region, the
occupation (O-15) and the sender's own reference, which makes sending a line again harmless.
"""

from datetime import date
from typing import Annotated
from uuid import UUID

from pydantic import StringConstraints, ValidationError

from domain.commands import ReceiveApplication
from domain.event import Actor, CaseName
from domain.events import ApplicationDetails, ApplicationService
from domain.occupations import OccupationName, contradicts
from domain.policy import PolicyName, Service
from domain.request import (
    Benefit,
    Employment,
    InputError,
    Number,
    Request,
    Work,
    check_keys,
    check_request,
    decoded,
    input_error,
)
from domain.values import Day, Frozen, month_of
from ledger.identity_numbers import IdentityNumber, parse_identity_number
from ledger.settings import Keys

Line = Annotated[str, StringConstraints(min_length=1, max_length=200, pattern=r"^[^\x00-\x1f]*$")]


class Applicant(Frozen):
    """Who applies: an identity number of twelve digits, a name, and how to reach the person."""

    identity_number: str
    name: Line
    email: Line | None = None
    phone: Line | None = None


class Application(Frozen):
    """One line of an applications file."""

    reference: Line
    person: Applicant
    region: Annotated[str, StringConstraints(pattern=r"^[0-9]{2}$")]
    occupation: Annotated[str, StringConstraints(pattern=r"^[0-9]{4}$")] | None = None
    occupation_name: OccupationName | None = None
    policy: PolicyName
    policy_version: str | None = None
    service: ApplicationService
    months: Number
    received_on: Day
    employments: tuple[Employment, ...]
    work: tuple[Work, ...]
    benefits: tuple[Benefit, ...]
    on_basis_of: CaseName | None = None


def parse_application(text: bytes, today: date) -> tuple[Application, IdentityNumber]:
    """Read a line; raise `InputError` with the path of the value on anything malformed, which it never repeats.

    Nothing may lie in the future: neither the application, nor a month of work that it states.
    """
    line = decoded(text)
    try:
        application = Application.model_validate_json(line)
    except ValidationError as error:
        raise input_error(error) from None
    check_keys(line)
    try:
        person = parse_identity_number(application.person.identity_number)
    except ValueError as error:
        raise InputError("person.identity_number", str(error)) from None
    if person.born is None:
        raise InputError("person.identity_number", "this coordination number leaves the date of birth open")
    if person.born > application.received_on:
        raise InputError("person.identity_number", "nobody applies before being born")
    if application.received_on > today:
        raise InputError("received_on", "an application is never received in the future")
    for index, row in enumerate(application.work):
        if row.month > month_of(application.received_on):
            raise InputError(
                f"work[{index}].month", "a month after the application, which nobody has worked yet"
            )
    if contradicts(application.occupation, application.occupation_name):
        raise InputError("occupation_name", "not the name of the occupation's SSYK group, which has another")
    if application.service != "statement" and application.service != "reduced_capacity":  # noqa: PLR1714 - narrows
        check_request(_request(application, application.service, person.born, today))
    return application, person


def _request(application: Application, service: Service, born: date, today: date) -> Request:
    """Return the request that the application alone makes today, to check that its values fit together."""
    return Request(
        policy=application.policy,
        policy_version=application.policy_version,
        service=service,
        months=application.months,
        received_on=application.received_on,
        decided_on=today,
        born=born,
        employments=application.employments,
        work=application.work,
        benefits=application.benefits,
        earlier_grants=(),
        on_basis_of=application.on_basis_of,
    )


def application_command(
    application: Application, person: IdentityNumber, keys: Keys, actor: Actor, correlation_id: UUID
) -> tuple[UUID, ReceiveApplication]:
    """Return the case's id and the command that registers the application; both follow from the reference."""
    assert person.born is not None
    details = ApplicationDetails(
        **application.person.model_dump(),
        reference=application.reference,
        born=person.born,
        employments=application.employments,
        work=application.work,
        benefits=application.benefits,
    )
    command = ReceiveApplication(
        command_id=keys.uuid("application", application.reference),
        correlation_id=correlation_id,
        actor=actor,
        occurred_on=application.received_on,
        person_ref=keys.person_ref(person.number),
        policy=application.policy,
        policy_version=application.policy_version,
        service=application.service,
        months=application.months,
        on_basis_of=_case(application.on_basis_of),
        sex=person.sex,
        region=application.region,
        occupation=application.occupation,
        occupation_name=application.occupation_name,
        details=details,
    )
    return keys.uuid("case", application.reference), command


def _case(named: str | None) -> str | None:
    """Return a case's id as the ledger writes it; another organisation's name of a case stays as it is."""
    try:
        return str(UUID(named)) if named else None
    except ValueError:
        return named
