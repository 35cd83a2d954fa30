"""Numbers over HTTP: statistics with small groups withheld, what employers do, and the register."""

from collections.abc import Sequence
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from starlette.responses import Response

from api.http.access import Resource
from api.http.answers import Route
from api.http.caseloads import Position
from api.http.cases import Limit, Offset
from api.http.desk import Desk, answer, page
from api.http.number_shapes import (
    DecisionStatistics,
    Employers,
    OccupationStatistics,
    OutcomeStatistics,
    RegisterHistory,
    RegisterLines,
)
from domain.events import ApplicationService
from domain.policy import PolicyName
from domain.register import REGISTER, fold_register
from domain.values import Day
from ledger.ledger import today
from projections.employer_board import employer_board
from projections.occupations import occupations
from projections.outcome_statistics import decisions, outcomes
from replays.state import history, line_values

router = APIRouter(prefix="/v1", route_class=Route, tags=["statistics"])

Policy = Annotated[PolicyName | None, Query(description="Only the applications under these conditions.")]
Service = Annotated[ApplicationService | None, Query(description="Only the applications for this service.")]


@router.get(
    "/statistics/outcomes",
    responses={200: {"model": OutcomeStatistics, "description": "Supports, counted."}},
)
def show_outcomes(
    request: Request, policy: Policy = None, service: Service = None, position: Position = None
) -> Response:
    """Supports by service, the year they began and what came of them; small groups are withheld."""
    desk = _statistician(request, position)
    return _table(outcomes(desk.ledger, policy, service))


@router.get(
    "/statistics/decisions",
    responses={200: {"model": DecisionStatistics, "description": "Decisions, counted."}},
)
def show_decisions(
    request: Request, policy: Policy = None, service: Service = None, position: Position = None
) -> Response:
    """Decisions by what was decided, and refusals by code and clause; small groups are withheld."""
    desk = _statistician(request, position)
    return _table(decisions(desk.ledger, policy, service))


@router.get(
    "/statistics/occupations",
    responses={200: {"model": OccupationStatistics, "description": "Applications, counted."}},
)
def show_occupations(request: Request, policy: Policy = None, service: Service = None) -> Response:
    """Applications by occupation; small groups are withheld."""
    desk = _statistician(request)
    return _table(occupations(desk.ledger, policy, service))


@router.get(
    "/employers",
    tags=["employers"],
    responses={200: {"model": Employers, "description": "What employers do, counted."}},
)
def show_employers(request: Request, position: Position = None) -> Response:
    """What employers do: modules, preventive funds by kind, notifications, and procedures by step."""
    desk = Desk(request)
    desk.may("read_employers", Resource("statistics"))  # small groups stand in it as they are
    desk.reach(position, "employers")
    return answer(employer_board(desk.ledger)._asdict())


@router.get(
    "/register",
    tags=["register"],
    responses={200: {"model": RegisterLines, "description": "Who and what is there on the day."}},
)
def show_register(
    request: Request,
    on: Annotated[Day | None, Query(description="On this day; today where none is named.")] = None,
    limit: Limit = 100,
    offset: Offset = 0,
) -> Response:
    """Organisations, offices, teams, staff and providers as they are on a day; its ETag is for the next command."""
    desk = Desk(request)
    desk.may("read_register", Resource("register"))
    day, entries = on or today(), desk.ledger.entries([REGISTER])[REGISTER]
    version, rows = len(entries), [line_values(line) for line in fold_register(entries).on(day)]
    return answer({"on": day, "version": version, **page(rows, limit, offset)}, ETag=f'"{version}"')


@router.get(
    "/register/history",
    tags=["register"],
    responses={200: {"model": RegisterHistory, "description": "Every line, in the order of the log."}},
)
def show_register_history(request: Request, limit: Limit = 100, offset: Offset = 0) -> Response:
    """Every line of the register in the order it was recorded, and whether it still stands."""
    desk = Desk(request)
    desk.may("read_register", Resource("register"))
    entries = desk.ledger.entries([REGISTER])[REGISTER]
    told = page(history(entries), limit, offset)
    return answer({"version": len(entries), **told}, ETag=f'"{len(entries)}"')


def _statistician(request: Request, position: int | None = None) -> Desk:
    """Return the request of somebody who may read numbers, once they reach the position that is waited for."""
    desk = Desk(request)
    desk.may("read_statistics", Resource("statistics"))
    if position is not None:
        desk.reach(position, "outcomes")
    return desk


def _table(rows: Sequence[Any]) -> Response:
    """Answer with a table, and the position that it is counted at."""
    items = [{name: value for name, value in row._asdict().items() if name != "position"} for row in rows]
    return answer({"position": rows[0].position, "items": items})
