"""A decision's receipt, executed again: what today's program answers to the question that was asked then.

Everything but the sentences is compared. A sentence may be put better; what a decision says may not change.
"""

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any, Literal, NamedTuple
from uuid import UUID

from pydantic import ValidationError
from pydantic_core import to_jsonable_python

from domain.assessment import Assessment, assess_by
from domain.event import Erased
from domain.events import EligibilityAssessed, Receipt
from domain.policy import Policy, policy_version
from domain.policy_comparison import counterparts
from domain.request import InputError, Request, check_request, input_error

Status = Literal["same", "different", "erased", "unknown_rules"]
"""`unknown_rules`: this program has no such version of the conditions, or they have no such service."""

WORDS: dict[Status, tuple[str, str]] = {
    "same": ("samma svar", "the same answer"),
    "different": ("ett annat svar", "another answer"),
    "erased": ("raderad; kan inte prövas på nytt", "erased, not re-executable"),
    "unknown_rules": (
        "villkoren eller deras tjänst finns inte här; kan inte prövas på nytt",
        "these rules or their service are not known here, not re-executable",
    ),
}
"""What came of asking again, in Swedish and English."""

RULES = ("policy", "policy_version", "policy_digest")
"""What of an answer only names the rules: under other rules it is not compared."""

CLEAR = (
    "decision",
    "refusals",
    *RULES,
    "basis_months",
    "months_missing",
    "last_day",
    "agreed_end",
    "opens_on",
    "flags",
)
"""What a decision tells in the clear just as its sealed answer does."""


_CLAUSE = re.compile(r"findings\.(.+?)'*\.(?:holds|code|facts\..*)")


class Difference(NamedTuple):
    """One thing that was recorded otherwise than it is answered now, by its path in the answer.

    A path that begins with `event.` is one that the event tells in the clear; `request` and `assessment` by
    themselves are texts that can't be read.
    """

    field: str
    recorded: Any
    now: Any

    @property
    def clause(self) -> str | None:
        """The clause whose finding differs, None where it is no finding."""
        found = _CLAUSE.fullmatch(self.field)
        return found[1] if found else None


def is_clear(field: str) -> bool:
    """Tell whether what differs by a path is told in the clear: all but the facts of a finding, and texts."""
    if field.startswith("findings."):
        return ".facts." not in field
    return field == "findings" or field in CLEAR or field.startswith("event.")


class Redecided(NamedTuple):
    """A recorded decision and today's answer to the same question; none where it can't be asked again."""

    event_id: UUID
    status: Status
    differences: tuple[Difference, ...] = ()
    assessment: Assessment | None = None


def redecided(decision: EligibilityAssessed, policy: Policy | None = None) -> Redecided:
    """Execute a decision again from its own request, by its own rules or by other ones.

    By its own rules, the rules' digest is compared as well, and what the event tells in the clear.
    """
    if isinstance(decision.receipt, Erased):
        return Redecided(decision.event_id, "erased")
    try:
        rules = policy or policy_version(decision.policy, decision.policy_version)
    except LookupError:
        return Redecided(decision.event_id, "unknown_rules")
    try:
        request = asked(decision.receipt)
    except InputError as error:
        unread = Difference("request", None, f"can't be asked any longer: {error}")
        return Redecided(decision.event_id, "different", (unread,))
    service = _service(request.service, decision, policy) if policy else request.service
    if service is None:
        return Redecided(decision.event_id, "unknown_rules")
    request = request.model_copy(update={"service": service})
    answer = assess_by(rules, request)
    apart = RULES if policy else ()
    differences = (*answers_differ(decision.receipt.assessment, answer.model_dump_json(), apart),)
    if policy is None:
        differences += (*_clear_differs(decision, request, answer, {row.field for row in differences}),)
    return Redecided(decision.event_id, "different" if differences else "same", differences, answer)


def asked(receipt: Receipt) -> Request:
    """Return the question that was asked then; raise `InputError` where this program can't ask it any longer.

    The text is the ledger's own, in which no key stands twice.
    """
    try:
        request = Request.model_validate_json(receipt.request)
    except ValidationError as error:
        raise input_error(error) from None
    check_request(request)
    return request


def _service(asked: str, decision: EligibilityAssessed, rules: Policy) -> str | None:
    """Return which service of other rules stands for the one that was asked for, None where none does (K-1-a)."""
    try:
        own = policy_version(decision.policy, decision.policy_version).services
    except LookupError:
        return asked if asked in rules.services else None
    return counterparts(rules.services, own).get(asked)


def answers_differ(recorded: str, given: str, apart: tuple[str, ...] = ()) -> Iterator[Difference]:
    """Yield what differs between two answers, as recorded and as given now; most are the same to the byte."""
    if recorded == given:
        return
    try:
        before, now = _flat(json.loads(recorded)), _flat(json.loads(given))
    except (ValueError, RecursionError, TypeError, KeyError, AttributeError):
        yield Difference("assessment", "can't be read", None)
        return
    for field in {**before, **now}:
        if field not in apart and not _equal(field, before, now):
            yield Difference(field, before.get(field), now.get(field))


def _flat(answer: Mapping[str, Any]) -> dict[str, Any]:
    """Return an answer by the path of each value, findings by their clause and its facts, without sentences."""
    values = {field: value for field, value in answer.items() if field != "findings"}
    places: list[str] = []
    for finding in answer["findings"]:
        place = finding["clause"]
        while place in places:
            place += "'"  # a clause that is tried for more than one thing
        places.append(place)
        values[f"findings.{place}.holds"] = finding["holds"]
        values[f"findings.{place}.code"] = finding["code"]
        for fact, value in finding["facts"].items():
            values[f"findings.{place}.facts.{fact}"] = value
    return values | {"findings": places}


def _equal(field: str, before: Mapping[str, Any], now: Mapping[str, Any]) -> bool:
    """Tell whether a value is there in both and is the same, a yes not being the number one."""
    if field not in before or field not in now:
        return False
    return type(before[field]) is type(now[field]) and bool(before[field] == now[field])


def _clear_differs(
    decision: EligibilityAssessed, request: Request, answer: Assessment, told: set[str]
) -> Iterator[Difference]:
    """Yield what the event tells in the clear otherwise than its answer does; not what is told of that already."""
    if decision.occurred_on != request.decided_on:
        yield Difference("event.occurred_on", f"{decision.occurred_on}", f"{request.decided_on}")
    clauses = [[row.clause, row.holds, row.code] for row in decision.clauses]
    found = [[row.clause, row.holds, row.code] for row in answer.findings]
    if clauses != found and not any(field.startswith("findings") for field in told):
        yield Difference("event.clauses", clauses, found)
    for field in CLEAR:
        recorded, now = getattr(decision, field), getattr(answer, field)
        if recorded != now and field not in told:
            yield Difference(f"event.{field}", to_jsonable_python(recorded), to_jsonable_python(now))
