"""How every request ends: an answer or a problem, always under the same headers, and one line in the log.

What is logged of a request is its method, its route with the names of its parameters and not their values, status,
time, role and code: no query, no body, no header, no message of an error, which might hold personal data.
"""

import os
import re
import time
import traceback
from asyncio import CancelledError
from collections.abc import Callable, Coroutine
from typing import Any
from uuid import UUID, uuid4

import structlog
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute
from opentelemetry.trace import INVALID_SPAN, INVALID_TRACE_ID, format_trace_id, get_current_span
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator
from pydantic_core import to_json
from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import Match
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.http.limits import bounded
from api.http.problems import MEDIA_TYPE, Problem, problem_of
from domain.request import message_of, path_of

HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    "Referrer-Policy": "no-referrer",
    "Strict-Transport-Security": "max-age=63072000; includeSubDomains",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}
"""Of every answer. A page that needs more says its own Content-Security-Policy."""

_ENCODED = {name.lower().encode(): text.encode() for name, text in HEADERS.items()}

OF_STATUS = {404: "NOT_FOUND", 405: "METHOD_NOT_ALLOWED", 413: "TOO_LARGE"}
CLIENT_GONE = 499
"""What the log says of a request whose client went away before it was whole."""
_LANGUAGE = re.compile(r"\s*([a-zA-Z]{1,8}|\*)(?:-[a-zA-Z0-9-]*)?\s*(?:;\s*q=([01](?:\.[0-9]{0,3})?))?\s*")

log = structlog.get_logger("liggare.http")


def language_of(header: str | None) -> str:
    """Return the language that `Accept-Language` prefers, `sv` or `en`; Swedish where it doesn't say."""
    best, quality = "sv", 0.0
    for part in (header or "").split(","):
        found = _LANGUAGE.fullmatch(part)
        if found and found[1].lower() in ("sv", "en") and float(found[2] or 1) > quality:
            best, quality = found[1].lower(), float(found[2] or 1)
    return best


def problem_answer(request: Request, problem: Problem) -> Response:
    """Return a problem as it is sent, in the language that is asked for."""
    language = language_of(request.headers.get("accept-language"))
    request.scope.setdefault("state", {})["code"] = problem.code
    trace = trace_of(request.scope)
    body = problem.body(f"urn:uuid:{UUID(trace)}", language) | {"trace": trace}
    headers = {"Content-Language": language, "Vary": "Accept-Language", **problem.headers}
    return Response(to_json(body), problem.status, headers, MEDIA_TYPE)


def trace_of(scope: Scope) -> str:
    """Return by which id a request is found in logs and traces."""
    state = scope.setdefault("state", {})
    if "trace" not in state:
        span = get_current_span()
        if span is INVALID_SPAN and any(name == b"traceparent" for name, _ in scope["headers"]):
            # nobody traces here, but the caller does
            span = get_current_span(TraceContextTextMapPropagator().extract(Headers(scope=scope)))
        found = span.get_span_context().trace_id
        state["trace"] = format_trace_id(found) if found != INVALID_TRACE_ID else uuid4().hex
    return str(state["trace"])


def failed(request: Request, error: Exception) -> Response:
    """Return the problem that an error is; one that is nobody's but ours is logged with where it arose."""
    if isinstance(error, RequestValidationError):
        places = [
            {"path": path_of(row["loc"]), "message": message_of(row["type"], row.get("ctx", {}))}
            for row in error.errors()
        ]
        return problem_answer(request, Problem("MALFORMED_REQUEST", errors=places))
    if isinstance(error, ClientDisconnect):
        return Response(status_code=CLIENT_GONE)  # to nobody
    if isinstance(error, HTTPException):
        code = OF_STATUS.get(error.status_code, "MALFORMED_REQUEST")
        return problem_answer(request, Problem(code, headers=error.headers))
    problem = problem_of(error)
    if problem.status == 503:
        log.warning("unavailable", trace=trace_of(request.scope), error=type(error).__name__)
    elif problem.status >= 500:
        frames = [
            f"{row.filename.rpartition('/')[2]}:{row.lineno}"
            for row in traceback.extract_tb(error.__traceback__)
        ]
        log.error("failed", trace=trace_of(request.scope), error=type(error).__name__, at=frames[-6:])
    return problem_answer(request, problem)


class Route(APIRoute):
    """A route of which every error becomes a problem; it is known by its function's name."""

    def __init__(self, path: str, endpoint: Callable[..., Any], **more: Any) -> None:
        super().__init__(path, endpoint, **more)
        self.unique_id = self.name
        last = path.rpartition("/")[2]
        self._end = "" if "{" in last else f"/{last}"

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        """Tell whether a request is for this route; most are not, as their last word says."""
        if scope["type"] == "http" and scope["path"].endswith(self._end):
            return super().matches(scope)
        return Match.NONE, {}

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """Return what answers a request."""
        handle = super().get_route_handler()

        async def answered(request: Request) -> Response:
            try:
                return await handle(request)
            except Exception as error:
                return failed(request, error)

        return answered


class Envelope:
    """Puts the headers on every answer, and writes a line of the log for each."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        began, status = time.perf_counter(), 0

        async def sent(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                own = dict(message["headers"])  # a page may say its own policy
                own |= {name: text for name, text in _ENCODED.items() if name not in own}
                message["headers"] = [*own.items(), (b"trace-id", trace_of(scope).encode())]
            await send(message)

        most = scope["app"].state.house.settings.largest_body
        try:
            await self._app(scope, bounded(scope, receive, most), sent)
        except (Exception, CancelledError) as error:
            if status == 0:  # no route made an answer of it, or the server ends before there is one
                told = Problem("UNAVAILABLE") if isinstance(error, CancelledError) else error
                await failed(Request(scope), told)(scope, receive, sent)
        finally:
            self._tell(scope, status, time.perf_counter() - began)

    def _tell(self, scope: Scope, status: int, seconds: float) -> None:
        route = scope.get("route")
        state = scope.get("state", {})
        log.info(
            "request",
            method=scope["method"],
            route=route.path if route else None,
            status=status,
            ms=round(seconds * 1000, 1),
            role=state.get("role"),
            code=state.get("code"),
            trace=trace_of(scope),
            pid=os.getpid(),
        )


async def outside_routes(request: Request, error: Exception) -> Response:
    """Answer what no route took: an unknown address or method, a body that is too large."""
    return failed(request, error)
