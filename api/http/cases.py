"""Cases over HTTP: where one stands, what is due, what may be done now or why not, and its history."""

from collections.abc import Collection, Sequence
from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import APIRouter, Path, Query, Request
from starlette.responses import Response

from api.http.access import Resource
from api.http.answers import Route
from api.http.case_shapes import EmployersCase, History, PersonsCase, Readings
from api.http.desk import Desk, answer, page
from domain.employer import is_employer_case
from domain.employer_openings import employer_openings
from domain.event import sealed_fields
from domain.grounds import Known
from domain.history import Entry
from ledger.ledger import today
from ledger.readings import readings_of
from replays.employer_state import employer_state, funding, module_board
from replays.state import (
    activities,
    due,
    history,
    open_commands,
    opening_values,
    person,
    state,
    to_review,
)

router = APIRouter(prefix="/v1", route_class=Route, tags=["cases"])

CaseId = Annotated[UUID, Path(description="The case's id.", alias="case")]
Include = Annotated[
    Literal["person"] | None, Query(description="`person`: what is sealed as well, for one who may open it.")
]
LARGEST_PAGE = 200
Limit = Annotated[int, Query(ge=1, le=LARGEST_PAGE, description="So many at the most.")]
Offset = Annotated[int, Query(ge=0, le=2**31, description="From this one on, counted from 0.")]
WITHHELD = {"withheld": True}
DESCRIBING = ("birth_year", "sex", "region", "occupation", "occupation_name")
"""What of an application describes a person and is stored clear, for statistics."""


@router.get(
    "/cases/{case}",
    responses={200: {"model": PersonsCase | EmployersCase, "description": "Where the case stands."}},
)
def show_case(request: Request, case: CaseId, include: Include = None) -> Response:
    """Where a case stands today: its state, what is due, and each command, open or why it is not."""
    desk = Desk(request)
    opened = desk.read_case(case, ["state"], person=include == "person")
    if is_employer_case(opened.entries):
        value = _employer_case(desk, case, opened.resource)
    else:
        value = _person_case(desk, case, opened.entries, opened.resource, include == "person")
    return answer(value, ETag=f'"{opened.version}"')


@router.get("/cases/{case}/history", responses={200: {"model": History, "description": "The entries."}})
def show_history(
    request: Request, case: CaseId, include: Include = None, limit: Limit = 100, offset: Offset = 0
) -> Response:
    """A case's entries as they were recorded, each with its content and whether it still stands."""
    desk = Desk(request)
    opened = desk.read_case(case, ["history"], person=include == "person")
    rows = history(opened.entries)
    if include is None:
        rows = withheld(desk, case, opened.entries, rows)
    return answer({"case": case, **page(rows, limit, offset)}, ETag=f'"{opened.version}"')


@router.get("/cases/{case}/readings", responses={200: {"model": Readings, "description": "The readings."}})
def show_readings(request: Request, case: CaseId, limit: Limit = 100, offset: Offset = 0) -> Response:
    """Who has looked at a case: when, in which role, at what, what for, and by which rule they might."""
    desk = Desk(request)
    desk.look_at_readings(case)
    rows = [row._asdict() for row in readings_of(desk.ledger, case)]
    return answer({"case": case, **page(rows, limit, offset)})


def withheld(
    desk: Desk, case_id: UUID, entries: Sequence[Entry], rows: Sequence[dict[str, Any]]
) -> list[dict[str, Any]]:
    """Return entries as plain values without what is sealed in them.

    Of a protected identity neither what tells somebody from others is shown, nor where the person lives (AMB-37).
    """
    more = DESCRIBING if desk.ledger.protection_of(case_id) else ()
    return [
        row | {"content": _without((*sealed_fields(type(entry.event)), *more), row["content"])}
        for entry, row in zip(entries, rows, strict=True)
    ]


def _without(names: Collection[str], content: dict[str, Any]) -> dict[str, Any]:
    return {
        name: WITHHELD if name in names and value is not None else value for name, value in content.items()
    }


def _person_case(
    desk: Desk, case_id: UUID, entries: tuple[Entry, ...], resource: Resource, opened: bool
) -> dict[str, Any]:
    case = desk.ledger.case_of(case_id, entries)
    known = desk.ledger.known(case_id, today())
    return {
        "case": case_id,
        "kind": "case",
        "version": len(entries),
        "on": today(),
        "state": state(case, today()),
        "due": due(case, entries),
        "activities": activities(case),
        "commands": desk.told_who_may(open_commands(case, known), resource),
        "person": {**person(case), "review": to_review(case)} if opened else None,
    }


def _employer_case(desk: Desk, case_id: UUID, resource: Resource) -> dict[str, Any]:
    case, entries = desk.ledger.employer_case(case_id), desk.ledger.history(case_id)
    known = Known(today(), entries, register=desk.register)
    return {
        "case": case_id,
        "kind": "employer_case",
        "version": len(entries),
        "on": today(),
        "state": employer_state(case),
        "modules": module_board(case),
        "funding": funding(case),
        "commands": desk.told_who_may(
            [opening_values(row) for row in employer_openings(case, known)], resource
        ),
        "person": None,
    }
