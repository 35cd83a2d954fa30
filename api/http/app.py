"""The API as an ASGI application."""

import os
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from functools import partial
from importlib.metadata import version

from anyio import to_thread
from fastapi import APIRouter, FastAPI
from starlette.exceptions import HTTPException

from api.http import caseloads, cases, commands, operations, persons, proofs, replays, statistics
from api.http.answers import Envelope, outside_routes
from api.http.desk import House
from api.http.health import Health
from api.http.openapi import contract

TRACED = bool(os.environ.get("OTEL_EXPORTER_OTLP_ENDPOINT"))
"""Whether traces and metrics are made at all: where somebody takes them."""

ROUTERS = (
    operations.router,
    commands.router,
    cases.router,
    caseloads.router,
    persons.router,
    replays.router,
    proofs.router,
    statistics.router,
)


def make_app(house: House, more: Sequence[APIRouter] = ()) -> FastAPI:
    """Return the application that answers from an open ledger; `more` are routes beside its own."""

    @asynccontextmanager
    async def running(_: FastAPI) -> AsyncIterator[None]:
        to_thread.current_default_thread_limiter().total_tokens = house.settings.threads
        yield

    app = FastAPI(
        title="Liggare",
        version=version("liggare"),
        summary="A case ledger for transition support (omställnings- och kompetensstöd).",
        lifespan=running,
        docs_url=None,
        redoc_url=None,
        telemetry={
            "tracing": TRACED,
            "metrics": TRACED,
            "logs": False,
            "operation_spans": False,
            "auto_configure": False,
        },
        redirect_slashes=False,
    )
    app.openapi = partial(contract, app)  # type: ignore[method-assign]
    app.state.house = house
    app.state.health = Health(house.ledger)
    for router in (*ROUTERS, *more):
        app.router.routes += router.routes  # all on one level: each level costs a request its time
    app.add_exception_handler(HTTPException, outside_routes)
    app.add_middleware(Envelope)
    return app
