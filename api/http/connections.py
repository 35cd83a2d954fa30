"""What a client may do to a connection: a request comes whole, in good time and of a bounded size, or it is ended.

The server itself waits for a request's head and body for ever, and takes a head of any size. Whoever sends slowly
holds nothing but a connection here, and that not for long.
"""

import asyncio
from collections.abc import Sized
from typing import Any
from uuid import uuid4

from pydantic_core import to_json
from uvicorn.protocols.http.flow_control import FlowControl
from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol

from api.http.answers import HEADERS
from api.http.problems import MEDIA_TYPE, Problem

LARGEST_HEAD = 32_000
HEAD_SECONDS = 10.0
BODY_SECONDS = 30.0
LAST_SECONDS = 1.0
"""So long a body may still come in after the server was told to stop."""


class Flow(FlowControl):
    """Reads on only when no request waits for an earlier one: who sends ahead without end fills no memory."""

    def __init__(self, transport: asyncio.Transport, waiting: Sized) -> None:
        super().__init__(transport)
        self._waiting = waiting

    def resume_reading(self) -> None:
        """Read on, unless a request waits."""
        if not self._waiting:
            super().resume_reading()


class Connection(HttpToolsProtocol):
    """A client's connection."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Begin: the first request is due soon."""
        self._due: asyncio.TimerHandle | None = None
        self._head = 0
        super().connection_made(transport)
        self.flow = Flow(transport, self.pipeline)
        self._expect(HEAD_SECONDS)

    def connection_lost(self, exc: Exception | None) -> None:
        """End."""
        self._expect(None)
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Take what came in; more of a head is due soon, and not without end."""
        self._head += len(data)
        super().data_received(data)
        if self.transport.is_closing():
            return
        if self._head > LARGEST_HEAD:
            self._refuse(_too_large())
        elif self._due is None and self._is_idle():
            self._expect(HEAD_SECONDS)

    def on_message_begin(self) -> None:
        """A request begins."""
        super().on_message_begin()
        self._fields, self._is_head = 0, True

    def on_url(self, url: bytes) -> None:
        """Count the target."""
        self._fields += len(url)
        super().on_url(url)

    def on_header(self, name: bytes, value: bytes) -> None:
        """Count a field; one that comes after the body is none of the head's, and decides nothing."""
        if not self._is_head:
            return
        self._fields += len(name) + len(value)
        super().on_header(name, value)

    def on_headers_complete(self) -> None:
        """The head is whole; its body is due within a time."""
        self._head, self._is_head = 0, False
        if self._fields > LARGEST_HEAD:
            self._refuse(_too_large())
            return
        self._expect(BODY_SECONDS)
        super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        """Take a part of a body, which is no head."""
        self._head = 0
        if not self.transport.is_closing():
            super().on_body(body)

    def on_message_complete(self) -> None:
        """The request is whole."""
        self._head = 0
        self._expect(None)
        if not self.transport.is_closing():
            super().on_message_complete()

    def shutdown(self) -> None:
        """Let what runs be finished; a request that is not whole yet is waited for a moment only."""
        super().shutdown()
        if self._due is not None and not self.transport.is_closing():
            self._expect(LAST_SECONDS)

    def send_400_response(self, msg: str) -> None:
        """Refuse what is no request, in the shape of every other problem."""
        self._refuse(Problem("MALFORMED_REQUEST"))

    def _is_idle(self) -> bool:
        return self.cycle is None or self.cycle.response_complete

    def _expect(self, seconds: float | None) -> None:
        """Let something be due in so many seconds, or nothing any more."""
        if self._due is not None:
            self._due.cancel()
        self._due = None if seconds is None else self.loop.call_later(seconds, self._late)

    def _late(self) -> None:
        begun = bool(self._head) or not self._is_idle()
        if self.transport.is_closing():
            return
        if begun and not (self.cycle and self.cycle.response_started and not self.cycle.response_complete):
            self._refuse(
                Problem(
                    "MALFORMED_REQUEST",
                    status=408,
                    sv="Anropet kom inte fram i tid; det har inte utförts.",
                    en="The request did not come in time; it was not carried out.",
                )
            )
        else:
            self.transport.close()

    def _refuse(self, problem: Problem) -> None:
        """Answer with a problem that no route was asked about, and end.

        Where an earlier request has no answer yet, it would be taken for that one's: then nothing is told.
        """
        if self.transport.is_closing():
            return
        if self.pipeline or not (self._is_idle() or self.cycle.more_body):
            self.transport.close()
            return
        trace = uuid4()
        body = to_json(problem.body(trace.urn, "sv") | {"trace": trace.hex})
        fields: dict[str, Any] = {
            **HEADERS,
            "Content-Type": MEDIA_TYPE,
            "Content-Language": "sv",
            "Content-Length": len(body),
            "Trace-Id": trace.hex,
            "Connection": "close",
        }
        head = "".join(f"{name}: {value}\r\n" for name, value in fields.items())
        self.transport.write(b"".join([STATUS_LINE[problem.status], head.encode(), b"\r\n", body]))
        self.transport.close()


def _too_large() -> Problem:
    return Problem("TOO_LARGE", status=431)
