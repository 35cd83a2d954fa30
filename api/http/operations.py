"""What runs here and how it is: for operators, for clients that begin, and for who looks after the projections."""

from importlib.metadata import version

from fastapi import APIRouter, Request
from starlette.responses import PlainTextResponse, Response

from api.http.access import Resource
from api.http.answers import Route
from api.http.case_shapes import ApiInfo, Projections
from api.http.case_shapes import Health as How
from api.http.cases import LARGEST_PAGE
from api.http.desk import Desk, House, answer
from api.http.health import Health
from api.http.problems import PAGE, Problem, page
from projections.states import states

router = APIRouter(route_class=Route, tags=["operations"])


@router.get("/api-info", responses={200: {"model": ApiInfo, "description": "What this API is."}})
def api_info(request: Request) -> Response:
    """What this API is: its name and version, whose tokens it takes, its contract, and its limits."""
    house: House = request.app.state.house
    settings = house.settings
    return answer(
        {
            "apiName": "liggare",
            "apiVersion": version("liggare"),
            "apiReleased": "2026-11-22",
            "apiDocumentation": "/openapi.json",
            "apiStatus": "beta",
            "openapi": "/openapi.json",
            "issuer": house.provider.issuer,
            "limits": {
                "body_bytes": settings.largest_body,
                "page_rows": LARGEST_PAGE,
                "requests_a_minute": settings.requests_a_minute,
                "wait_seconds": settings.longest_wait_seconds,
            },
        }
    )


@router.get(PAGE)
def problems() -> Response:
    """What each problem means, and what to do about it."""
    return PlainTextResponse(page(), media_type="text/markdown; charset=utf-8")


@router.head("/health/live", include_in_schema=False)
@router.get("/health/live", responses={200: {"model": How, "description": "It answers."}})
def live() -> Response:
    """Whether the process answers."""
    return answer({"status": "live"})


@router.head("/health/ready", include_in_schema=False)
@router.get("/health/ready", responses={200: {"model": How, "description": "Requests can be answered."}})
def ready(request: Request) -> Response:
    """Whether requests can be answered: the database answers, and no projection is stopped or long behind."""
    health: Health = request.app.state.health
    late = health.late()
    if late:
        raise Problem("BEHIND", projections=late, headers={"Retry-After": "1"})
    return answer({"status": "ready"})


@router.get("/v1/projections", responses={200: {"model": Projections, "description": "Where each stands."}})
def projections(request: Request) -> Response:
    """Where each projection stands, and how far the log lies ahead of it."""
    desk = Desk(request)
    desk.may("read_statistics", Resource("statistics"))
    rows = [row._asdict() | {"serves": row.serves} for row in states(desk.ledger)]
    return answer({"items": rows})
