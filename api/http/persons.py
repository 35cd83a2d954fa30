"""Persons over HTTP: whose cases are there, which months are used up, and all that is known of one person.

A person is asked for by the identity number, which stands in the body and nowhere else, or by one of the cases. A
protected identity is found by its number by those named alone, who say what for; anybody else gets the answer that
there is nobody, and the attempt is on record.
"""

from collections.abc import Sequence
from typing import Annotated, Any, TypeVar
from uuid import UUID

from fastapi import APIRouter, Request
from pydantic import Field, StringConstraints, ValidationError
from starlette.responses import Response

from api.http.access import Resource, granted, reader_of
from api.http.answers import Route
from api.http.cases import Include
from api.http.commands import Content
from api.http.desk import Desk, answer
from api.http.shapes import PersonExtract, PersonFound, RequalificationFound
from api.readers import REFUSED
from domain.case import Case
from domain.events import ApplicationDetails
from domain.history import Entry
from domain.rejections import CommandRejected
from domain.request import InputError, check_keys, decoded, input_error
from domain.values import Day, Frozen
from ledger.identity_numbers import parse_identity_number
from ledger.ledger import today
from ledger.readings import readings_of
from projections.windows import Windows, why_not, windows
from replays.fund_state import fund_values
from replays.state import history, state

router = APIRouter(prefix="/v1", route_class=Route, tags=["persons"])

Number = Annotated[str, StringConstraints(max_length=40), Field(description="Twelve digits, YYYYMMDDNNNN.")]


class ByNumber(Frozen):
    """A person, by the identity number."""

    identity_number: Number


class ByEither(Frozen):
    """A person, by the identity number or by one of the person's cases: one of the two."""

    identity_number: Number | None = None
    case: UUID | None = None


class ByEitherOnDay(ByEither):
    """A person, and the day of an application; today where none is named."""

    on: Day | None = None


Body = TypeVar("Body", bound=Frozen)


@router.post(
    "/person-lookups",
    responses={200: {"model": PersonFound, "description": "The person's cases; none where nobody is found."}},
)
def look_up_person(request: Request, body: Content) -> Response:
    """The cases of a person, by the identity number: what an application that comes in belongs to."""
    desk = Desk(request)
    allowed = desk.may("look_up_person", Resource("person"))
    asked = _parsed(ByNumber, body)
    cases = _found(desk, asked.identity_number)
    desk.record(cases, allowed, ["person_lookup"])
    read = desk.ledger.entries(cases)
    rows = [_row(desk.ledger.case_of(case_id, read[case_id])) for case_id in cases]
    return answer({"items": rows})


@router.post(
    "/requalification-lookups",
    responses={
        200: {"model": RequalificationFound, "description": "The months, and when support opens again."}
    },
)
def look_up_requalification(request: Request, body: Content, include: Include = None) -> Response:
    """Which months an earlier grant used up, which are free, and when a person can have support again (K-5.5)."""
    desk = Desk(request)
    asked = _parsed(ByEitherOnDay, body)
    cases = _cases(desk, asked, "look_up_person")
    resource = _readable(desk, cases, "read_person" if include else "read_case")
    if include is None:
        allowed, fields = desk.may("read_case", resource), ["requalification"]
    else:
        allowed, fields = desk.open_person(cases, resource), ["requalification", "person"]
    desk.record(cases, allowed, fields)
    day = asked.on or today()
    found = windows(desk.ledger, cases[0], day, opened=include is not None)
    return answer({"cases": cases, **requalification_values(found)})


@router.post(
    "/person-extracts",
    responses={200: {"model": PersonExtract, "description": "Everything about the person."}},
)
def extract_person(request: Request, body: Content) -> Response:
    """Everything that is kept about one person, for whom it is about (GDPR, article 15)."""
    desk = Desk(request)
    desk.may("extract_person", Resource("person"))
    cases = _cases(desk, _parsed(ByEither, body), "extract_person")
    allowed = desk.open_person(cases, Resource("person"), "extract_person")
    desk.record(cases, allowed, ["extract", "person"])
    read, on = desk.ledger.entries(cases), today()
    found = windows(desk.ledger, cases[0], on)
    return answer(
        {
            "on": on,
            "person": _identity([desk.ledger.case_of(case_id, read[case_id]) for case_id in cases]),
            "cases": [_whole(desk, case_id, read[case_id]) for case_id in cases],
            "requalification": requalification_values(found),
        }
    )


def requalification_values(found: Windows) -> dict[str, Any]:
    """Return a person's months and windows as plain values; `person` is what the opened evidence adds."""
    again = found.again
    return {
        "on": found.on,
        "position": found.position,
        "opens_on": found.opens_on,
        "used": [why_not(found, month) for month in sorted(found.used)],
        "person": again
        and {
            "months": [{"month": row.month, "status": row.status} for row in again.months],
            "missing": again.missing,
            "earliest": again.earliest,
            "earliest_working": again.earliest_working,
        },
    }


def _parsed(kind: type[Body], body: bytes) -> Body:
    """Return what a body says; raise `InputError` with the path of what is wrong, which it never repeats."""
    text = decoded(body)
    try:
        asked = kind.model_validate_json(text)
    except ValidationError as error:
        raise input_error(error) from None
    check_keys(text)
    return asked


def _cases(desk: Desk, asked: ByEither, action: str) -> Sequence[UUID]:
    """Return the cases of the person who is asked for; raise the problem where there is none."""
    if (asked.identity_number is None) == (asked.case is None):
        raise InputError("", "either identity_number or case")
    if asked.case is not None:
        return desk.ledger.cases_of_person(desk.ledger.person_of(asked.case).person_ref)
    assert asked.identity_number is not None
    allowed = desk.may(action, Resource("person"))
    cases = _found(desk, asked.identity_number)
    desk.record(cases, allowed, ["person_lookup"])
    if not cases:
        raise CommandRejected("UNKNOWN_CASE")
    return cases


def _found(desk: Desk, number: str) -> Sequence[UUID]:
    """Return a person's cases by the identity number; none of a protected person but to those named."""
    try:
        identity = parse_identity_number(number)
    except ValueError as error:
        raise InputError("identity_number", str(error)) from None
    cases = desk.ledger.cases_of_person(desk.ledger.keys.person_ref(identity.number))
    protection = desk.ledger.protection_of(cases[0]) if cases else None
    readers = [reader_of(desk.caller, role) for role in desk.caller.roles]
    if protection is None or any(protection.opens_for(reader, desk.purpose) for reader in readers):
        return cases
    desk.ledger_reading(cases, readers[0], (), REFUSED)
    return ()


def _readable(desk: Desk, case_ids: Sequence[UUID], action: str) -> Resource:
    """Return the resource of the first of a person's cases that the caller may read; of the first where none."""
    read = desk.ledger.entries(case_ids)
    resources = [desk.resource_of(case_id, read[case_id]) for case_id in case_ids]
    allowed = (one for one in resources if granted(desk.caller, desk.place, action, one))
    return next(allowed, resources[0])


def _row(case: Case) -> dict[str, Any]:
    told = state(case, today())
    return {"case": case.case_id} | {name: told[name] for name in ("service", "stage", "received_on")}


def _identity(cases: Sequence[Case]) -> dict[str, Any]:
    """Return who a person is by the newest application that still tells it; `raderad` where none does."""
    told = [case.application for case in cases if case.application is not None]
    for application in reversed(told):
        details = application.details
        if isinstance(details, ApplicationDetails):
            own = {
                name: getattr(details, name) for name in ("identity_number", "name", "email", "phone", "born")
            }
            return {**own, "sex": application.sex, "region": application.region}
    return dict.fromkeys(("identity_number", "email", "phone", "born", "sex", "region")) | {"name": "raderad"}


def _whole(desk: Desk, case_id: UUID, entries: tuple[Entry, ...]) -> dict[str, Any]:
    """Return everything of a case: its state, what the fund gave, its entries opened, and who has read it."""
    case = desk.ledger.case_of(case_id, entries)
    return {
        "case": case_id,
        "state": state(case, today()),
        "fund": fund_values(case),
        "history": history(entries),
        "readings": [row._asdict() for row in readings_of(desk.ledger, case_id)],
    }
