"""The contract: what the API takes and answers, as OpenAPI 3.1 has it, built from the routes and the commands.

A body is its command without what the API adds itself: who acts, and the ids that follow from the Idempotency-Key.
Where a status can stand for more than one problem, its answer shows an example of each.
"""

from collections.abc import Iterator
from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from api.http.bodies import DAY, LOOKUPS, Schema, body_schemas
from api.http.commands import first_sentence
from api.http.components import HEADERS, PARAMETERS, SHAPES, STATUSES, problem_answer, status_of
from api.http.examples import ANSWERS, BODIES, CASE, ENTRY, WORDS
from api.http.ways import WAYS
from domain.employer_commands import OpenEmployerCase

DESCRIPTION = """\
Every command and every view of the ledger. `docs/api.md` begins with lines to try.

A command is sent with an `Idempotency-Key`, so that sending it again does nothing twice, and with `If-Match`, the
version of the case that it was decided on. Its answer is the same however often it is sent. Whoever reads a case is
put on record first. What is no success is a problem (RFC 9457); `/docs/problems` has each of them.
"""
TAGS = {
    "operations": "What runs here, and how it is.",
    "commands": "What changes the ledger: each command is a POST of what it adds.",
    "cases": "One case, a person's or an employer's: where it stands, how it came there, who has looked at it.",
    "caseloads": "Whose open cases, what they wait for, and what falls due in them.",
    "persons": "People: found by their identity number, their months of work, all that is kept of them.",
    "replays": "What auditors do: a case as it was, and as it was known; what differs, and why.",
    "proofs": "What shows that nothing was changed: receipts, decisions made again, signed checkpoints, bundles.",
    "statistics": "Numbers, in which nobody can be told.",
    "employers": "What employers got: modules, funds, notifications, the five steps.",
    "register": "Who and what is where: organisations, offices, teams, staff, providers.",
}
RECORDED = ("caseloads", "persons")
"""What is about people beside the cases themselves, so that looking at it is put on record."""
OPEN = ("/api-info", "/health/", "/docs/", "/openapi.json")
"""What anybody may read without signing in."""
BEARER = "bearer"
ALWAYS = ("MALFORMED_REQUEST", "NOT_SIGNED_IN", "NOT_ALLOWED", "TOO_MANY_REQUESTS", "FAILED", "UNAVAILABLE")
OF_BODIES = ("TOO_LARGE", "NOT_JSON", "INVALID_CONTENT")
OF_COMMANDS = ("KEY_REUSED", "KEY_NEEDED", "MEETING_ALREADY_HELD")
OF_CASES = ("UNKNOWN_CASE", "PURPOSE_NEEDED")
OF_PROJECTIONS = ("BEHIND",)
OF_VERSIONS = ("CHANGED", "VERSION_NEEDED", "ACTOR_NOT_ENTITLED")
MAKING = ("receive_application", OpenEmployerCase.name)
"""What makes a case, so that there is no version yet to name."""
NEXT = {
    "receive_application": ("record_evidence", "judge_need", "decide", "withdraw"),
    "decide": ("assign_advisor", "start_engagement", "annul_grant", "request_reconsideration"),
    "start_engagement": ("hold_meeting", "agree_plan", "pause", "reach_outcome"),
    "pause": ("resume",),
    "hold_meeting": ("hold_meeting", "reach_outcome"),
    OpenEmployerCase.name: ("start_module", "apply_preventive_funding", "close_employer_case"),
    "apply_preventive_funding": ("decide_funding",),
    "show_case": ("decide", "hold_meeting", "correct_entry"),
}
"""Which commands usually come after which answer."""
VIEWS = ("show_case", "show_history")
VERSIONED = (*VIEWS, "show_replay", "show_differences", "show_register", "show_register_history")
"""Which views say the version to send as If-Match."""


def contract(app: FastAPI) -> dict[str, Any]:
    """Return the contract of an application, built once."""
    if app.openapi_schema is None:
        app.openapi_schema = _built(app)
    return app.openapi_schema


def _built(app: FastAPI) -> dict[str, Any]:
    made = get_openapi(
        title=app.title,
        version=app.version,
        summary=app.summary,
        description=DESCRIPTION,
        routes=app.routes,
        tags=[{"name": name, "description": text} for name, text in TAGS.items()],
    )
    made["security"] = [{BEARER: []}]
    components = made.setdefault("components", {})
    components["securitySchemes"] = {
        BEARER: {
            "type": "http",
            "scheme": "bearer",
            "bearerFormat": "JWT",
            "description": "A token of the provider that `/api-info` names as `issuer`.",
        }
    }
    shapes = components.setdefault("schemas", {})
    for name in ("HTTPValidationError", "ValidationError"):
        shapes.pop(name, None)
    bodies = body_schemas()
    assert not shapes.keys() & bodies.keys(), f"one name, two shapes: {shapes.keys() & bodies.keys()}"
    shapes |= bodies | SHAPES
    components["parameters"] = PARAMETERS
    components["headers"] = HEADERS
    components["responses"] = {f"Problem{status}": problem_answer(status) for status in STATUSES}
    for path, _, operation in operations(made):
        _complete(path, operation)
    return made


def operations(made: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Go through a contract's operations: path, method, and what it says of each."""
    for path, methods in made["paths"].items():
        for method, operation in methods.items():
            yield path, method, operation


def _complete(path: str, operation: dict[str, Any]) -> None:
    """Add to an operation what all of its kind have in common."""
    name = operation["operationId"]
    operation["tags"] = operation["tags"][-1:]
    operation["responses"].pop("422", None)
    if name not in WAYS.values():
        operation["summary"] = first_sentence(operation["description"])
    for parameter in operation.setdefault("parameters", []):
        _say_of(parameter)
    if path.startswith(OPEN):
        _complete_open(name, operation)
        return
    of_case = "{case}" in path
    _use(operation, "Accept-Language")
    codes = [*ALWAYS, *(OF_CASES if of_case else ())]
    if name in BODIES:
        operation["requestBody"] = {
            "required": True,
            "content": {"application/json": {"schema": _body_of(name), "example": BODIES[name]}},
        }
        codes += OF_BODIES
    if name in BODIES and name not in LOOKUPS:
        codes += _complete_command(name, operation)
    else:
        codes += _complete_view(name, operation, of_case)
    if name in NEXT:
        operation["responses"]["200" if name in VIEWS else "201"]["links"] = _links(name)
    _add_problems(operation, codes)


def _complete_open(name: str, operation: dict[str, Any]) -> None:
    """Add what is to be said of what anybody may read."""
    operation["security"] = []
    if name == "problems":
        operation["responses"]["200"]["content"] = {"text/markdown": {"schema": {"type": "string"}}}
    _show(name, operation)
    _add_problems(operation, ("FAILED", "UNAVAILABLE", *(OF_PROJECTIONS if name == "ready" else ())))


def _complete_command(name: str, operation: dict[str, Any]) -> tuple[str, ...]:
    """Add what a command takes and answers; return which problems it can have."""
    _use(operation, "Idempotency-Key", *(() if name in MAKING else ("If-Match",)), "Prefer")
    operation["responses"]["201"] = _made_answer(name)
    return OF_COMMANDS if name in MAKING else OF_COMMANDS + OF_VERSIONS


def _complete_view(name: str, operation: dict[str, Any], of_case: bool) -> tuple[str, ...]:
    """Add what a view takes and answers; return which problems it can have."""
    _show(name, operation)
    if name in VERSIONED:
        operation["responses"]["200"]["headers"] = {"ETag": {"$ref": "#/components/headers/ETag"}}
    if not of_case and (operation["tags"][0] not in RECORDED or name == "show_me"):
        return OF_PROJECTIONS
    _use(operation, "Liggare-Purpose")
    return OF_PROJECTIONS + OF_CASES


def _use(operation: dict[str, Any], *names: str) -> None:
    operation["parameters"] += [{"$ref": f"#/components/parameters/{name}"} for name in names]


def _show(name: str, operation: dict[str, Any]) -> None:
    """Add an example of an answer."""
    for content in operation["responses"]["200"].get("content", {}).values():
        content["schema"].pop("title", None)
        if name in ANSWERS:
            content["example"] = ANSWERS[name]


def _say_of(parameter: Schema) -> None:
    """Add an example to a parameter, and which years there are."""
    if parameter["name"] in WORDS:
        parameter["example"] = WORDS[parameter["name"]]
    for one in (parameter["schema"], *parameter["schema"].get("anyOf", ())):
        if one.get("format") == "date":
            one["pattern"] = DAY


def _body_of(name: str) -> Schema:
    if name == "erase":
        return {
            "type": "object",
            "properties": {"erase": {"const": True, "type": "boolean", "description": "It can't be undone."}},
            "required": ["erase"],
            "additionalProperties": False,
        }
    return {"$ref": f"#/components/schemas/{name}"}


def _made_answer(name: str) -> dict[str, Any]:
    """Return how a command is answered that was carried out, now or when it was sent before."""
    if name == "erase":
        return {
            "description": "The person's key is destroyed.",
            "content": {
                "application/json": {
                    "schema": {"$ref": "#/components/schemas/Erased"},
                    "example": {"case": CASE, "cases": 2},
                }
            },
        }
    headers = ["ETag", "Preference-Applied"] + (["Location"] if name in MAKING else [])
    return {
        "description": "It is recorded; sent again under the same key, it was.",
        "headers": {word: {"$ref": f"#/components/headers/{word}"} for word in headers},
        "content": {
            "application/json": {
                "schema": {"$ref": "#/components/schemas/Made"},
                "example": {
                    "case": CASE,
                    "version": 1 if name in MAKING else 8,
                    "position": 4711,
                    "events": [ENTRY],
                },
            }
        },
    }


def _links(name: str) -> dict[str, Any]:
    case = {"case": "$response.body#/case"}
    version = {"header.If-Match": "$response.header.ETag"}
    views = VIEWS if name != "show_case" else ("show_history",)
    return {view: {"operationId": view, "parameters": case} for view in views} | {
        command: {"operationId": command, "parameters": case | version} for command in NEXT[name]
    }


def _add_problems(operation: dict[str, Any], codes: Any) -> None:
    for status in sorted({status_of(code) for code in codes}):
        operation["responses"][str(status)] = {"$ref": f"#/components/responses/Problem{status}"}
