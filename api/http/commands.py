"""Commands over HTTP: what is sent to which address, each carried out once however often it is sent.

A command is named by what it adds: a meeting is held by `POST /v1/cases/{case}/meetings`. `Idempotency-Key` makes
sending again harmless, `If-Match` names the version of the case that the command is meant for.
"""

from collections.abc import Callable, Coroutine
from contextlib import suppress
from json import dumps
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Path, Request
from pydantic_core import from_json
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from api import words
from api.http.access import Granted, Resource, actor_of
from api.http.answers import Route, failed
from api.http.desk import Desk, answer
from api.http.problems import Problem, invalid
from domain.command import Command
from domain.commands import ErasePerson, ReceiveApplication
from domain.employer_commands import OpenEmployerCase
from domain.events import PersonErased
from domain.register import REGISTER
from ledger.applications import application_command, parse_application
from ledger.erasure import erase_person
from ledger.faults import Changed
from ledger.ledger import today
from ledger.recorder import Stored
from projections.states import Behind, wait_for

WAYS = {
    "/cases/{case}/evidence": "record_evidence",
    "/cases/{case}/earlier-grants": "record_earlier_grant",
    "/cases/{case}/need-judgements": "judge_need",
    "/cases/{case}/employer-notifications": "notify_as_employer",
    "/cases/{case}/decisions": "decide",
    "/cases/{case}/annulments": "annul_grant",
    "/cases/{case}/advisors": "assign_advisor",
    "/cases/{case}/engagements": "start_engagement",
    "/cases/{case}/plans": "agree_plan",
    "/cases/{case}/completed-tasks": "complete_task",
    "/cases/{case}/activities": "record_activity",
    "/cases/{case}/meetings": "hold_meeting",
    "/cases/{case}/missed-meetings": "miss_meeting",
    "/cases/{case}/contacts": "make_contact",
    "/cases/{case}/health-collaborations": "hold_health_collaboration",
    "/cases/{case}/statement-requests": "request_statement",
    "/cases/{case}/statements": "issue_statement",
    "/cases/{case}/pauses": "pause",
    "/cases/{case}/resumptions": "resume",
    "/cases/{case}/extensions": "extend_period",
    "/cases/{case}/results": "reach_outcome",
    "/cases/{case}/result-evidence": "evidence_outcome",
    "/cases/{case}/withdrawals": "withdraw",
    "/cases/{case}/reopenings": "reopen",
    "/cases/{case}/expiries": "expire",
    "/cases/{case}/shortfall-explanations": "explain_shortfall",
    "/cases/{case}/ways": "choose_way",
    "/cases/{case}/csn-decisions": "record_csn_decision",
    "/cases/{case}/supports/studies": "grant_study_support",
    "/cases/{case}/supports/compensations": "record_compensation",
    "/cases/{case}/supports/measures": "pay_measure",
    "/cases/{case}/supports/sickness-extensions": "extend_for_sickness",
    "/cases/{case}/five-steps/contacts": "contact_fund",
    "/cases/{case}/five-steps/information": "give_information",
    "/cases/{case}/five-steps/deliberations": "hold_deliberation",
    "/cases/{case}/five-steps/offers": "offer_agreement",
    "/cases/{case}/five-steps/agreements": "agree_termination",
    "/cases/{case}/reconsideration-requests": "request_reconsideration",
    "/cases/{case}/reconsiderations": "decide_reconsideration",
    "/cases/{case}/appeals": "lodge_appeal",
    "/cases/{case}/appeal-decisions": "decide_appeal",
    "/cases/{case}/corrections": "correct_entry",
    "/cases/{case}/joined-persons": "join_person",
    "/cases/{case}/protections": "protect_identity",
    "/cases/{case}/lifted-protections": "lift_protection",
    "/employer-cases/{case}/modules": "start_module",
    "/employer-cases/{case}/completed-modules": "complete_module",
    "/employer-cases/{case}/funding-applications": "apply_preventive_funding",
    "/employer-cases/{case}/funding-decisions": "decide_funding",
    "/employer-cases/{case}/closings": "close_employer_case",
    "/employer-cases/{case}/corrections": "correct_employer_entry",
    "/register/organisations": "register_organisation",
    "/register/ended-organisations": "end_organisation",
    "/register/offices": "open_office",
    "/register/closed-offices": "close_office",
    "/register/teams": "form_team",
    "/register/dissolved-teams": "dissolve_team",
    "/register/staff": "place_staff",
    "/register/departures": "let_leave",
    "/register/providers": "register_provider",
    "/register/ended-providers": "end_provider",
    "/register/corrections": "correct_line",
}
"""Where each command is sent that changes what is there; those that make a case have routes of their own."""

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
    command = _command(desk, OpenEmployerCase.name, body, allowed)
    case_id = words.new_case(command.command_id)
    stored = desk.ledger.execute(case_id, command, today())
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
        raise Changed(len(entries), entries[version:])
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
        allowed = desk.case_to_write(case, name)
        command, version = _command(desk, name, body, allowed), desk.version()
        stored = desk.ledger.execute(case, command, today(), version)
        return _made(desk, case, stored, version)

    def send_to_register(request: Request, body: Content) -> Response:
        desk = Desk(request)
        allowed = desk.may(name, Resource("register"))
        command, version = _command(desk, name, body, allowed), desk.version()
        stored = desk.ledger.execute(REGISTER, command, today(), version)
        return _made(desk, REGISTER, stored, version)

    return send_to_register if words.is_of_register(name) else send


def _command(desk: Desk, name: str, body: bytes, allowed: Granted) -> Command:
    """Return the command that a body is."""
    command_id, _ = desk.command_id()
    try:
        text = body.decode()
    except UnicodeDecodeError:
        raise invalid("", "not UTF-8 text") from None
    return words.command(name, text, actor_of(desk.caller, allowed.role), command_id)


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
        operation_id=f"{command_name}",
        summary=first_sentence(kind.__doc__ or ""),
        description=kind.__doc__,
    )
