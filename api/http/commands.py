"""Commands over HTTP: what is sent to which address, each carried out once however often it is sent.

A command is named by what it adds: a meeting is held by `POST /v1/cases/{case}/meetings`. `Idempotency-Key` makes
sending again harmless, `If-Match` names the version of the case that the command is meant for.
"""

from collections.abc import Callable, Coroutine
from contextlib import suppress
from datetime import date
from json import dumps
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Path, Request
from pydantic_core import from_json
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from api import words
from api.http.access import Resource, actor_of
from api.http.answers import Route, failed
from api.http.desk import Desk, answer
from api.http.problems import Problem, invalid
from api.http.ways import WAYS
from domain.command import Command
from domain.commands import CorrectEntry, ErasePerson, NotifyAsEmployer, ReceiveApplication
from domain.corrections import first_corrected
from domain.employer_commands import OpenEmployerCase
from domain.event import Actor, Event
from domain.events import PersonErased, PersonJoined
from domain.grounds import Known
from domain.history import Entry
from domain.register import REGISTER, Register
from domain.rejections import CommandRejected
from domain.request import InputError
from domain.review_events import AppealDecided
from domain.support_events import AdvisorAssigned
from ledger.applications import application_command, parse_application
from ledger.erasure import erase_person
from ledger.faults import Changed, CommandIdReused
from ledger.ledger import STOCKHOLM, today
from ledger.recorder import Stored
from projections.states import Behind, wait_for

OTHERS: dict[type[Event], str] = {
    AdvisorAssigned: "assign_advisor",
    PersonJoined: "join_person",
    AppealDecided: "decide_appeal",
}
"""What fewer may do than may correct entries: who corrects such an entry must be one who may make it."""

router = APIRouter(prefix="/v1", route_class=Route, tags=["commands"])


async def content(request: Request) -> bytes:
    """Return the body of a request that sends JSON."""
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != "application/json":
        raise Problem("NOT_JSON")
    return await request.body()


Content = Annotated[bytes, Depends(content)]
CaseId = Annotated[UUID, Path(description="The case's id.", alias="case")]


@router.post("/applications", status_code=201)
def receive_application(request: Request, body: Content) -> Response:
    """Register an application: it makes the case, and every application is decided."""
    desk = Desk(request)
    allowed = desk.may(ReceiveApplication.name, Resource("person"))
    command_id, key = desk.command_id()
    values = _object(body)
    if "reference" in values:
        raise invalid("reference", "an unknown key: the Idempotency-Key is the reference")
    line = _with(body, reference=f"{desk.caller.name}/{key}")
    application, person = parse_application(line, today())
    case_id, command = application_command(
        application, person, desk.ledger.keys, actor_of(desk.caller, allowed.role), command_id
    )
    stored = desk.ledger.execute(case_id, command, today())
    return _made(desk, case_id, stored, 0, f"/v1/cases/{case_id}")


@router.post("/employer-cases", status_code=201)
def open_employer_case(request: Request, body: Content) -> Response:
    """Open a case for an employer in one field (O-01, O-02)."""
    desk = Desk(request)
    allowed = desk.may(OpenEmployerCase.name, Resource("employer_case"))
    actor = actor_of(desk.caller, allowed.role)
    command = _command(desk, OpenEmployerCase.name, body, actor)
    case_id = words.new_case(command.command_id)
    try:
        stored = desk.ledger.execute(case_id, command, today())
    except CommandIdReused as error:
        stored = _found(desk, case_id, OpenEmployerCase.name, body, error)
    return _made(desk, case_id, stored, 0, f"/v1/cases/{case_id}")


@router.post("/cases/{case}/erasures", status_code=201)
def erase(request: Request, body: Content, case: CaseId) -> Response:
    """Erase the person of a case for ever: recorded on each of the person's cases, then the key is destroyed."""
    desk = Desk(request)
    allowed = desk.case_to_write(case, ErasePerson.name)
    desk.command_id()  # asked for everywhere; an erasure is done once by what it is
    if _object(body) != {"erase": True}:
        raise invalid("erase", 'it can\'t be undone, so send {"erase": true}')
    version, entries = desk.version(), desk.ledger.history(case)
    if version not in (None, len(entries)) and not isinstance(entries[-1].event, PersonErased):
        raise Changed(len(entries), entries[version:] if desk.may_be_told(case) else ())
    person_ref = desk.ledger.person_of(case).person_ref
    cases = erase_person(desk.ledger, person_ref, actor_of(desk.caller, allowed.role), today())
    return answer({"case": case, "cases": cases}, 201)


class Sent(Route):
    """The route of a command, which is found and read without what routes of every kind need."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """Return what answers a request."""

        async def answered(request: Request) -> Response:
            try:
                named = {name: _uuid(name, text) for name, text in request.path_params.items()}
                return await run_in_threadpool(self.endpoint, request, await content(request), **named)
            except Exception as error:
                return failed(request, error)

        return answered


def _uuid(name: str, text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        raise invalid(f"path.{name}", "not what is expected here", "MALFORMED_REQUEST") from None


def _sender(name: str) -> Any:
    """Return the route of a command."""

    def send(request: Request, body: Content, case: CaseId) -> Response:
        desk = Desk(request)
        try:
            stored = _carried_out(desk, case, name, body)
        except CommandIdReused as error:
            stored = _found(desk, case, name, body, error)
        except Problem as problem:
            if problem.code != "NOT_ALLOWED":
                raise
            stored = _found(desk, case, name, body, problem)
        except (Changed, CommandRejected) as error:
            if error.meanwhile and not desk.may_be_told(case):
                error.meanwhile = ()
            raise
        return _made(desk, case, stored, desk.version())

    def send_to_register(request: Request, body: Content) -> Response:
        desk = Desk(request)
        allowed = desk.may(name, Resource("register"))
        command = _command(desk, name, body, actor_of(desk.caller, allowed.role))
        version = desk.version()
        try:
            stored = desk.ledger.execute(REGISTER, command, today(), version)
        except CommandIdReused as error:
            stored = _found(desk, REGISTER, name, body, error)
        return _made(desk, REGISTER, stored, version)

    return send_to_register if words.is_of_register(name) else send


def _carried_out(desk: Desk, case_id: UUID, name: str, body: bytes) -> Stored:
    """Carry a command out; who may is asked of what it is decided on, which another process may have changed."""
    employer = _object(body).get("employer") if name == NotifyAsEmployer.name else None
    speaks_for = employer if isinstance(employer, str) else None
    allowed = desk.case_to_write(case_id, name, speaks_for)
    command, version = _command(desk, name, body, actor_of(desk.caller, allowed.role)), desk.version()

    def ask(register: Register, entries: tuple[Entry, ...]) -> None:
        desk.still_may(case_id, name, allowed, register, entries, speaks_for)
        if isinstance(command, CorrectEntry):
            wrong = [entry.event for entry in entries if entry.event.event_id == command.corrects]
            for about in (first_corrected(event, Known(today(), entries)) for event in wrong):
                desk.still_may(case_id, OTHERS.get(type(about), name), allowed, register, entries)

    return desk.ledger.execute(case_id, command, today(), version, ask)


def _found(desk: Desk, case_id: UUID, name: str, body: bytes, refused: Exception) -> Stored:
    """Return what a command led to when the same was sent before; raise what refused it where it was not.

    It is known by its key and who sends it, whoever may do it by now; a day that the content leaves out is the one
    when it first came.
    """
    try:
        command_id, _ = desk.command_id()
        entries = desk.ledger.entries([case_id])[case_id]
        first = next(entry for entry in entries if entry.event.command_id == command_id)
        for on in {first.event.occurred_on, first.recorded_at.astimezone(STOCKHOLM).date()}:
            with suppress(CommandIdReused):
                command = _command(desk, name, body, first.event.actor, on)
                return desk.ledger.execute(case_id, command, today())
    except (StopIteration, InputError, Problem):
        pass
    raise refused


def _command(desk: Desk, name: str, body: bytes, actor: Actor, on: date | None = None) -> Command:
    """Return the command that a body is; a day that it leaves out is `on`, or today."""
    command_id, _ = desk.command_id()
    try:
        text = body.decode()
    except UnicodeDecodeError:
        raise invalid("", "not UTF-8 text") from None
    return words.command(name, text, actor, command_id, on)


def _made(
    desk: Desk, case_id: UUID, stored: Stored, before: int | None, location: str | None = None
) -> Response:
    """Return what a command led to, the same whenever it is sent; `before` is the version that it was sent for."""
    if stored.repeated or before is None:
        version = desk.ledger.version_at(stored.position)
    else:
        version = before + len(stored.event_ids)
    headers = {"ETag": f'"{version}"'} | ({"Location": location} if location else {})
    if desk.wait_seconds:
        with suppress(Behind):  # recorded all the same; a preference that is not met is not named (RFC 7240)
            wait_for(desk.ledger, stored.position, desk.wait_seconds)
            headers["Preference_Applied"] = "wait"
    value = {"case": case_id, "version": version, "position": stored.position, "events": stored.event_ids}
    return answer(value, 201, **headers)


def _object(body: bytes) -> dict[str, Any]:
    try:
        values = from_json(body)
    except ValueError:
        raise invalid("", "not JSON") from None
    if not isinstance(values, dict):
        raise invalid("", "the content is a JSON object")
    return values


def _with(body: bytes, **more: str) -> bytes:
    """Return a JSON object with more keys in front, its own text as it came."""
    text = body.strip()
    rest = text[1:].lstrip()
    return b"{" + dumps(more).encode()[1:-1] + (b"," if rest != b"}" else b"") + rest


def first_sentence(text: str) -> str:
    """Return the first sentence of a docstring, on one line."""
    return " ".join(text.split()).split(". ")[0].removesuffix(".")


for path, command_name in WAYS.items():
    kind = words.ASKED[command_name]
    router.add_api_route(
        path,
        _sender(command_name),
        methods=["POST"],
        status_code=201,
        name=command_name,
        route_class_override=Sent,
        operation_id=command_name,
        summary=first_sentence(kind.__doc__ or ""),
        description=kind.__doc__,
    )
