"""What the contract's operations share: parameters, headers, shapes of answers, and an answer for each problem."""

from typing import Any
from uuid import UUID

from api.http.examples import CASE, ENTRY
from api.http.problems import KINDS, MEDIA_TYPE, NOT_409, Problem
from domain.rejections import REJECTIONS

Schema = dict[str, Any]


def status_of(code: str) -> int:
    """Return the status that a problem is answered with."""
    return KINDS[code].status if code in KINDS else NOT_409.get(code, 409)


STATUSES = sorted({status_of(code) for code in (*KINDS, *REJECTIONS)})
SHOWN = ("MEETING_ALREADY_HELD", "OUTSIDE_PERIOD", "NOT_GRANTED")
"""Of the many codes of the rules, a few as examples; docs/problems.md has all."""
_MORE_HEADERS = {401: "WWW-Authenticate", 405: "Allow", 412: "ETag", 429: "Retry-After", 503: "Retry-After"}


def problem_answer(status: int) -> dict[str, Any]:
    """Return how a status is answered: the one shape, with an example of each problem that it stands for."""
    codes = [code for code in KINDS if status_of(code) == status]
    codes += [code for code in REJECTIONS if status_of(code) == status and (code in NOT_409 or code in SHOWN)]
    headers = ["Content-Language"] + ([_MORE_HEADERS[status]] if status in _MORE_HEADERS else [])
    return {
        "description": " ".join(KINDS[code].en for code in codes if code in KINDS)
        or "The rules don't allow it.",
        "headers": {name: {"$ref": f"#/components/headers/{name}"} for name in headers},
        "content": {
            MEDIA_TYPE: {
                "schema": {"$ref": "#/components/schemas/Problem"},
                "examples": {code: {"value": _example_of(code)} for code in codes},
            }
        },
    }


def _example_of(code: str) -> dict[str, Any]:
    more: dict[str, Any] = {}
    if code in REJECTIONS:
        found = REJECTIONS[code]
        more = {"clause": found.clause, "sv": found.sv, "en": found.en, "meanwhile": []}
    elif code == "CHANGED":
        more = {"meanwhile": [MEANWHILE]}
    elif code in ("MALFORMED_REQUEST", "INVALID_CONTENT"):
        more = {"errors": [{"path": "occurred_on", "message": "a date is written YYYY-MM-DD"}]}
    problem = Problem(code, status=status_of(code), **more)
    return problem.body(f"urn:uuid:{UUID(TRACE)}", "en") | {"trace": TRACE}


TRACE = "0af7651916cd43dd8448eb211c80319c"
MEANWHILE = {
    "event_id": ENTRY,
    "event": "MeetingHeld",
    "occurred_on": "2025-05-06",
    "actor": "advisor:bo",
    "position": 4711,
}
_ID = {"type": "string", "format": "uuid"}
_COUNT = {"type": "integer", "minimum": 0}
SHAPES: dict[str, Schema] = {
    "Made": {
        "description": "What a command led to: the case, its version now, the position in the log, the entries.",
        "type": "object",
        "properties": {
            "case": _ID,
            "version": _COUNT,
            "position": _COUNT | {"description": "Send it as `position` to read a view that has it."},
            "events": {"type": "array", "items": _ID},
        },
        "required": ["case", "version", "position", "events"],
        "additionalProperties": False,
    },
    "Erased": {
        "description": "The person's key is destroyed; on so many cases that is on record.",
        "type": "object",
        "properties": {"case": _ID, "cases": _COUNT},
        "required": ["case", "cases"],
        "additionalProperties": False,
    },
    "Problem": {
        "description": "What went wrong (RFC 9457). Nothing that was sent in is repeated.",
        "type": "object",
        "properties": {
            "type": {
                "type": "string",
                "format": "uri-reference",
                "description": "The page that explains it.",
            },
            "title": {"type": "string"},
            "status": {"enum": STATUSES},
            "detail": {"type": "string", "description": "`sv` or `en`, as Accept-Language asks."},
            "instance": {
                "type": "string",
                "format": "uri",
                "description": "This one occurrence, by its trace.",
            },
            "code": {"enum": sorted({*KINDS, *REJECTIONS}), "description": "Which one it is, for programs."},
            "clause": {"type": ["string", "null"], "description": "The rule that it rests on."},
            "sv": {"type": "string"},
            "en": {"type": "string"},
            "trace": {"type": "string", "description": "By which the request is found in logs."},
            "errors": {
                "description": "What is malformed, by its path.",
                "type": "array",
                "items": {
                    "type": "object",
                    "properties": {"path": {"type": "string"}, "message": {"type": "string"}},
                    "required": ["path", "message"],
                    "additionalProperties": False,
                },
            },
            "meanwhile": {
                "description": "The entries that came in since; nothing of them that is sealed.",
                "type": "array",
                "items": {
                    "type": "object",
                    "properties": {
                        "event_id": _ID,
                        "case_id": _ID,
                        "event": {"type": "string"},
                        "occurred_on": {"type": "string", "format": "date"},
                        "actor": {"type": "string"},
                        "position": _COUNT,
                    },
                    "required": ["event", "occurred_on", "actor", "position"],
                    "additionalProperties": False,
                },
            },
            "projections": {
                "description": "Which projections are behind.",
                "type": "array",
                "items": {"type": "string"},
            },
        },
        "required": ["type", "title", "status", "detail", "instance", "code", "clause", "sv", "en", "trace"],
        "additionalProperties": False,
    },
}
PARAMETERS: dict[str, dict[str, Any]] = {
    "Idempotency-Key": {
        "in": "header",
        "name": "Idempotency-Key",
        "required": True,
        "description": "A new UUID for each command, and the same one when it is sent again.",
        "schema": {"type": "string", "pattern": r'^"?[\x21\x23-\x7e]{1,100}"?$'},
        "example": "8e03978e-40d5-43e8-bc93-6894a57f9324",
    },
    "If-Match": {
        "in": "header",
        "name": "If-Match",
        "required": True,
        "description": "The version that the command is meant for, as `ETag` gave it; `*` is whichever there is.",
        "schema": {"type": "string", "pattern": r'^(\*|"[0-9]{1,9}")$'},
        "example": '"7"',
    },
    "Prefer": {
        "in": "header",
        "name": "Prefer",
        "description": "`wait=SECONDS`: answer when the projections have what was recorded (RFC 7240).",
        "schema": {"type": "string"},
        "example": "wait=2",
    },
    "Accept-Language": {
        "in": "header",
        "name": "Accept-Language",
        "description": "`sv` or `en`: the language of a problem's `detail`.",
        "schema": {"type": "string", "default": "sv"},
        "example": "en",
    },
    "Liggare-Purpose": {
        "in": "header",
        "name": "Liggare-Purpose",
        "description": "What it is read for, in a few words without personal data; percent-encoded where it is not "
        "plain ASCII. A protected identity opens for nobody who doesn't say.",
        "schema": {
            "type": "string",
            "pattern": r"^(?=.*[^ ])(?!.*%([01][0-9A-Fa-f]|7[Ff]))[\x20-\x7e]{1,100}$",
        },
        "example": "preparing the first meeting",
    },
}
HEADERS: dict[str, dict[str, Any]] = {
    "ETag": {
        "description": "The case's version, to send as `If-Match`.",
        "required": True,
        "schema": {"type": "string", "pattern": '^"[0-9]+"$'},
        "example": '"8"',
    },
    "Location": {
        "description": "Where the new case is read.",
        "required": True,
        "schema": {"type": "string", "format": "uri-reference"},
        "example": f"/v1/cases/{CASE}",
    },
    "Preference-Applied": {
        "description": "`wait`, where the projections were waited for.",
        "schema": {"enum": ["wait"]},
    },
    "Content-Language": {
        "description": "The language of `detail`.",
        "required": True,
        "schema": {"enum": ["sv", "en"]},
    },
    "WWW-Authenticate": {
        "description": "The challenge (RFC 6750).",
        "required": True,
        "schema": {"type": "string", "pattern": "^Bearer "},
    },
    "Allow": {"description": "The methods that there are.", "required": True, "schema": {"type": "string"}},
    "Retry-After": {
        "description": "In so many seconds.",
        "required": True,
        "schema": {"type": "integer", "minimum": 1},
    },
}
