"""Caseloads over HTTP: whose open cases, what they wait for and what is due; and who the caller is."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import APIRouter, Path, Query, Request
from starlette.responses import Response

from api.http.access import Resource, granted
from api.http.answers import Route
from api.http.cases import WITHHELD, Include, Limit, Offset
from api.http.desk import Desk, answer, page
from api.http.problems import Problem
from api.http.shapes import Caseload, Due, Me
from domain.register_events import Kind, TeamFormed
from domain.values import Day
from ledger.ledger import today
from projections.dashboard import Whose, caseload_page, workload
from projections.work_queue import duties
from replays.state import person

router = APIRouter(prefix="/v1", route_class=Route, tags=["caseloads"])

Named = Annotated[str, Path(max_length=64, description="The name that the register has.")]
Position = Annotated[
    int | None,
    Query(
        ge=0, le=2**63 - 1, description="Wait until the log is read up to here, such as a command's position."
    ),
]
Waits = Annotated[
    Literal["decision", "advisor", "start", "statement"] | None,
    Query(description="Only the cases that wait for this."),
]
DAYS = 7
"""So many days ahead is told what falls due, where no day is named."""


@router.get(
    "/caseloads/advisors/{name}",
    responses={200: {"model": Caseload, "description": "The open cases of the advisor."}},
)
def advisors_caseload(
    request: Request,
    name: Named,
    waits_for: Waits = None,
    include: Include = None,
    position: Position = None,
    limit: Limit = 100,
    offset: Offset = 0,
) -> Response:
    """An advisor's open cases, the most urgent first, with what is due and the pace of the meetings."""
    desk = Desk(request)
    office = desk.register.office_of(name, today())
    whose = Whose(advisor=name)
    return _caseload(desk, whose, office, ("staff", name), waits_for, include, position, limit, offset)


@router.get(
    "/caseloads/teams/{name}",
    responses={200: {"model": Caseload, "description": "The open cases of the team's advisors."}},
)
def teams_caseload(
    request: Request,
    name: Named,
    waits_for: Waits = None,
    include: Include = None,
    position: Position = None,
    limit: Limit = 100,
    offset: Offset = 0,
) -> Response:
    """The open cases of everybody who works in a team today, and how much each has."""
    desk = Desk(request)
    team = desk.register.line("team", name, today())
    office = team.office if isinstance(team, TeamFormed) else None
    whose = Whose(team=name)
    return _caseload(desk, whose, office, ("team", name), waits_for, include, position, limit, offset)


@router.get(
    "/caseloads/offices/{name}",
    responses={200: {"model": Caseload, "description": "The open cases of the office's advisors."}},
)
def offices_caseload(
    request: Request,
    name: Named,
    waits_for: Waits = None,
    include: Include = None,
    position: Position = None,
    limit: Limit = 100,
    offset: Offset = 0,
) -> Response:
    """The open cases of everybody who works at an office today, and how much each has."""
    whose = Whose(office=name)
    desk = Desk(request)
    return _caseload(desk, whose, name, ("office", name), waits_for, include, position, limit, offset)


@router.get(
    "/caseloads/waiting",
    responses={200: {"model": Caseload, "description": "The open cases that nobody has."}},
)
def waiting_cases(
    request: Request,
    waits_for: Waits = None,
    include: Include = None,
    position: Position = None,
    limit: Limit = 100,
    offset: Offset = 0,
) -> Response:
    """The open cases without an advisor: those to be decided, and those to be handed out."""
    desk, whose = Desk(request), Whose(nobodys=True)
    return _caseload(desk, whose, None, None, waits_for, include, position, limit, offset)


@router.get("/due", responses={200: {"model": Due, "description": "What falls due, the earliest first."}})
def show_due(
    request: Request,
    advisor: Annotated[str, Query(max_length=64, description="In whose cases.")],
    until: Annotated[
        Day | None, Query(description="Up to this day; a week from today where none is named.")
    ] = None,
    position: Position = None,
    limit: Limit = 100,
    offset: Offset = 0,
) -> Response:
    """What falls due in an advisor's cases until a day: plans, meetings, contacts, evidence, answers."""
    desk = Desk(request)
    day = until or today() + timedelta(days=DAYS)
    allowed = desk.may("read_caseload", Resource("caseload", desk.register.office_of(advisor, today())))
    _must_be_registered(desk, "staff", advisor)
    desk.record([], allowed, ["due"])
    reached = desk.reach(position, "duties")
    rows = duties(desk.ledger, day, advisor)
    return answer({"position": reached, "advisor": advisor, "until": day, **page(rows, limit, offset)})


@router.get("/me", responses={200: {"model": Me, "description": "Who is signed in."}})
def show_me(request: Request) -> Response:
    """Who is signed in: name, roles, where the register has them today, and addresses to begin with."""
    desk = Desk(request)
    name, place = desk.caller.name, desk.place
    mine = {
        "caseload": f"/v1/caseloads/advisors/{name}" if place.office else None,
        "due": f"/v1/due?advisor={name}" if place.office else None,
        "team": f"/v1/caseloads/teams/{place.team}" if place.team else None,
        "office": f"/v1/caseloads/offices/{place.office}" if place.office else None,
    }
    return answer(
        {
            **desk.caller._asdict(),
            **place._asdict(),
            "addresses": {what: address for what, address in mine.items() if address},
        }
    )


def _caseload(
    desk: Desk,
    whose: Whose,
    office: str | None,
    named: tuple[Kind, str] | None,
    waits_for: str | None,
    include: str | None,
    position: int | None,
    limit: int,
    offset: int,
) -> Response:
    """Answer with the open cases of some people; whose they are is opened for those of the page alone."""
    allowed, day = desk.may("read_caseload", Resource("caseload", office)), today()
    if named is not None:
        _must_be_registered(desk, *named)
    if include is not None:
        allowed = desk.may("read_person", Resource("case", office))
    reached = desk.reach(position, "caseload", "duties")
    cases = caseload_page(desk.ledger, day, whose, waits_for, limit, offset)
    shown = [row["case"] for row in cases.rows] if include else []
    opened = _opened(desk, shown) if shown else []
    desk.record(opened, allowed, ["caseload", "person"] if opened else ["caseload"])
    names = dict.fromkeys(shown, WITHHELD) | (_names(desk, opened) if opened else {})
    rows = [row | {"person": names.get(row["case"])} for row in cases.rows]
    paged = {"total": cases.total, "limit": limit, "offset": offset, "items": rows}
    return answer({"position": reached, "on": day, "workload": workload(desk.ledger, day, whose), **paged})


def _opened(desk: Desk, case_ids: Sequence[UUID]) -> list[UUID]:
    """Return of which cases of a list the person may be named: by the log, which a list may lag behind."""
    protected, read = desk.ledger.protections_of(case_ids), desk.ledger.entries(case_ids)
    resources = {case_id: desk.resource_of(case_id, read[case_id]) for case_id in case_ids}
    return [
        case_id
        for case_id, resource in resources.items()
        if case_id not in protected and granted(desk.caller, desk.place, "read_person", resource)
    ]


def _names(desk: Desk, case_ids: Sequence[UUID]) -> dict[UUID, dict[str, Any]]:
    """Return who some cases are about, by name alone."""
    read = desk.ledger.entries(case_ids)
    return {
        case_id: {"name": person(desk.ledger.case_of(case_id, entries))["name"]}
        for case_id, entries in read.items()
    }


def _must_be_registered(desk: Desk, kind: Kind, name: str) -> None:
    """Raise the problem of a name that was never in the register: none is not nobody's."""
    if (kind, name) not in desk.register.lines:
        raise Problem("NOT_FOUND")
