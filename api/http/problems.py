"""What went wrong, as RFC 9457 has it: one shape for every answer that is no success.

`type` is the place in docs/problems.md that says what the problem is and what to do; `code` tells a program which
one, `clause` the rule that it rests on, `sv` and `en` say it in both languages, and `detail` in the one that was
asked for. Nothing that was sent in is repeated.

Problem
├── 400 MALFORMED_REQUEST       a header, a path or a parameter can't be read
├── 401 NOT_SIGNED_IN           no token, or one that does not hold
├── 403 NOT_ALLOWED, PURPOSE_NEEDED, ACTOR_NOT_ENTITLED
├── 404 NOT_FOUND, UNKNOWN_CASE
├── 405 METHOD_NOT_ALLOWED
├── 409 whatever code the rules reject a command with
├── 412 CHANGED                 the case is at another version; what happened in between is told
├── 413 TOO_LARGE
├── 415 NOT_JSON
├── 422 INVALID_CONTENT, KEY_REUSED
├── 428 VERSION_NEEDED, KEY_NEEDED
├── 429 TOO_MANY_REQUESTS
├── 500 FAILED                  a fault of this program
└── 503 UNAVAILABLE, BEHIND
"""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from domain.rejections import REJECTIONS, CommandRejected, Meanwhile
from domain.request import InputError
from ledger.declarations import DeclarationError
from ledger.faults import Changed, CommandIdReused, DatabaseUnavailable, InputFault, LedgerFault
from ledger.opening import fault_of
from projections.states import Behind

MEDIA_TYPE = "application/problem+json"
PAGE = "/docs/problems"
RETRY_SECONDS = 1


class Kind(NamedTuple):
    """One kind of problem: its status, its title, what it is in two languages, and what to do."""

    status: int
    title: str
    sv: str
    en: str
    advice: str


KINDS = {
    "MALFORMED_REQUEST": Kind(
        400,
        "Malformed request",
        "En rubrik, en parameter eller ett värde i adressen kan inte läsas.",
        "A header, a parameter or a value in the path can't be read.",
        "Put right what `errors` names, and send it again.",
    ),
    "NOT_SIGNED_IN": Kind(
        401,
        "Not signed in",
        "Det saknas en giltig inloggning.",
        "A valid token is missing.",
        "Send `Authorization: Bearer TOKEN`, a token of the provider that `/api-info` names, not yet expired.",
    ),
    "NOT_ALLOWED": Kind(
        403,
        "Not allowed",
        "Din roll ger inte rätt till detta.",
        "Your role does not allow this.",
        "Ask somebody whose role allows it; `docs/access.md` says who may what.",
    ),
    "PURPOSE_NEEDED": Kind(
        403,
        "A purpose is needed",
        "Uppgifterna är skyddade: ange varför de behöver läsas.",
        "The identity is protected: say what it is read for.",
        "Send the header `Liggare-Purpose` with the reason in a few words, without personal data.",
    ),
    "NOT_FOUND": Kind(
        404,
        "Not found",
        "Det finns inget på den adressen.",
        "There is nothing at this address.",
        "See `/openapi.json` for the addresses that there are.",
    ),
    "METHOD_NOT_ALLOWED": Kind(
        405,
        "Method not allowed",
        "Adressen finns, men inte för den metoden.",
        "The address is there, but not for this method.",
        "Use one of the methods that the header `Allow` names.",
    ),
    "CHANGED": Kind(
        412,
        "Changed meanwhile",
        "Ärendet har ändrats sedan det lästes; inget har sparats.",
        "The case changed after it was read; nothing was recorded.",
        "Look at `meanwhile`, read the case again, and send the command with its new `ETag` if it still holds.",
    ),
    "TOO_LARGE": Kind(
        413,
        "Too large",
        "Det som skickades är för stort.",
        "What was sent is too large.",
        "Send less at a time; `/api-info` tells the limit.",
    ),
    "NOT_JSON": Kind(
        415,
        "Not JSON",
        "Innehållet ska skickas som JSON.",
        "The content is to be sent as JSON.",
        "Send the header `Content-Type: application/json`.",
    ),
    "INVALID_CONTENT": Kind(
        422,
        "Invalid content",
        "Innehållet kan inte användas som det är.",
        "The content can't be used as it is.",
        "Put right what `errors` names by its path, and send it again.",
    ),
    "KEY_REUSED": Kind(
        422,
        "Idempotency key reused",
        "Samma Idempotency-Key har använts tidigare med annat innehåll; inget har sparats.",
        "The same Idempotency-Key was used before with another content; nothing was recorded.",
        "Send a new command under a new key; send an old one again just as it was.",
    ),
    "VERSION_NEEDED": Kind(
        428,
        "A version is needed",
        "Ange ärendets version i If-Match, så att ingen annans ändring förbises.",
        "Send the case's version in If-Match, so that nobody else's change is overlooked.",
        "Read the case, and send its `ETag` as `If-Match`.",
    ),
    "KEY_NEEDED": Kind(
        428,
        "An idempotency key is needed",
        "Ange en Idempotency-Key, så att det går att skicka igen utan att något görs två gånger.",
        "Send an Idempotency-Key, so that sending again never does anything twice.",
        "Send `Idempotency-Key` with a new UUID for each command, and the same one when it is sent again.",
    ),
    "TOO_MANY_REQUESTS": Kind(
        429,
        "Too many requests",
        "För många anrop på kort tid.",
        "Too many requests in a short time.",
        "Wait as many seconds as `Retry-After` says.",
    ),
    "FAILED": Kind(
        500,
        "Failed",
        "Något gick fel i programmet. Det som bekräftats är sparat.",
        "Something went wrong in the program. What was acknowledged is recorded.",
        "Send it again with the same Idempotency-Key; if it goes on, tell the operator the `trace`.",
    ),
    "UNAVAILABLE": Kind(
        503,
        "Unavailable",
        "Databasen svarar inte just nu. Det som bekräftats är sparat.",
        "The database does not answer now. What was acknowledged is recorded.",
        "Wait as many seconds as `Retry-After` says, and send it again with the same Idempotency-Key.",
    ),
    "BEHIND": Kind(
        503,
        "Not there yet",
        "Översikterna har inte hunnit så långt ännu.",
        "The projections do not reach that far yet.",
        "Wait as many seconds as `Retry-After` says; `/v1/projections` shows how far they are.",
    ),
}
"""The problems that are not a rule's; those are in domain/rejections.py, by the same codes as here."""

NOT_409 = {"UNKNOWN_CASE": 404, "ACTOR_NOT_ENTITLED": 403}
"""Rejections that HTTP has a status of its own for."""


class Problem(Exception):
    """Something went wrong: its code, status and sentences, and what else is told of it."""

    def __init__(
        self,
        code: str,
        *,
        status: int | None = None,
        clause: str | None = None,
        sv: str | None = None,
        en: str | None = None,
        headers: Mapping[str, str] | None = None,
        **more: Any,
    ) -> None:
        super().__init__(code)
        kind = KINDS.get(code)
        self.code = code
        self.status = status or (kind.status if kind else 409)
        self.title = kind.title if kind else "Rejected by the rules"
        self.clause = clause
        self.sv = sv or (kind.sv if kind else "")
        self.en = en or (kind.en if kind else "")
        self.headers = dict(headers or {})
        self.more = more

    def body(self, instance: str, language: str) -> dict[str, Any]:
        """Return the problem as it is sent."""
        return {
            "type": f"{PAGE}#{self.code}",
            "title": self.title,
            "status": self.status,
            "detail": self.sv if language == "sv" else self.en,
            "instance": instance,
            "code": self.code,
            "clause": self.clause,
            "sv": self.sv,
            "en": self.en,
            **self.more,
        }


def invalid(path: str, message: str, code: str = "INVALID_CONTENT") -> Problem:
    """Return the problem of a value that is malformed: where it stands, and what is wrong with it."""
    return Problem(code, errors=[{"path": path, "message": message}])


def problem_of(error: Exception) -> Problem:
    """Return the problem that an error is, whatever room of the house it comes from."""
    if isinstance(error, Problem):
        return error
    if isinstance(error, CommandRejected):
        return Problem(
            error.code,
            status=NOT_409.get(error.code, 409),
            clause=error.clause,
            sv=error.sv,
            en=error.en,
            meanwhile=_meanwhile(error.meanwhile),
        )
    if isinstance(error, InputError):
        return invalid(error.path, error.message)
    if isinstance(error, DeclarationError | InputFault):
        return invalid("", str(error))
    if isinstance(error, Changed):
        entries = [
            {
                "event_id": str(entry.event.event_id),
                "event": type(entry.event).__name__,
                "occurred_on": entry.event.occurred_on.isoformat(),
                "actor": entry.event.actor,
                "position": entry.position,
            }
            for entry in error.meanwhile
        ]
        return Problem("CHANGED", headers={"ETag": f'"{error.version}"'}, meanwhile=entries)
    if isinstance(error, CommandIdReused):
        return Problem("KEY_REUSED")
    if isinstance(error, Behind):
        return Problem("BEHIND", headers={"Retry-After": str(RETRY_SECONDS)})
    if isinstance(error, DatabaseUnavailable | LedgerFault) or fault_of(error):
        return Problem("UNAVAILABLE", headers={"Retry-After": str(RETRY_SECONDS)})
    return Problem("FAILED")


def _meanwhile(rows: Sequence[Meanwhile]) -> list[dict[str, Any]]:
    return [
        row._asdict() | {"case_id": str(row.case_id), "occurred_on": row.occurred_on.isoformat()}
        for row in rows
    ]


def page() -> str:
    """Return docs/problems.md: every code, what it means and what to do about it."""
    lines = [
        "# Problems",
        "",
        "Every answer that is no success is a problem as RFC 9457 has it, `application/problem+json`. Its `type`",
        "leads to a heading of this page. `code` is for programs, `clause` names the rule, `sv` and `en` say it in",
        "both languages, `detail` in the one that `Accept-Language` asks for. `errors` names values by their path,",
        "and never repeats them; `trace` finds the request in the logs. `make clauses` writes this page.",
        "",
    ]
    for code, kind in KINDS.items():
        lines += [f"## {code}", "", f"{kind.status}: {kind.en}  ", f"*{kind.sv}*", "", kind.advice, ""]
    lines += ["# Commands that the rules reject", "", "Status 409 unless another is told here.", ""]
    for code, rejection in sorted(REJECTIONS.items()):
        status = f"{NOT_409[code]}: " if code in NOT_409 else ""
        lines += [f"## {code}", "", f"{status}{rejection.en} ({rejection.clause})  ", f"*{rejection.sv}*", ""]
    return "\n".join(lines)
