"""Who may: the rules of access.cedar, asked for each request, and by which of them it was allowed."""

import re
from functools import cache, lru_cache
from importlib.resources import files
from typing import Any, Literal, NamedTuple

from cedarpy import PolicySet, is_authorized

from api.http.tokens import Caller, Role
from domain.event import Actor

Thing = Literal["case", "employer_case", "person", "caseload", "register", "statistics", "ledger"]

ACTS_AS: dict[Role, str] = {
    "advisor": "advisor",
    "team_lead": "case_officer",
    "decision_maker": "decision_maker",
    "employer_contact": "employer",
    "administrator": "case_officer",
}
"""In which role of an event's actor somebody writes; the others write nothing."""


class Place(NamedTuple):
    """Where somebody works today, by the register."""

    office: str | None = None
    team: str | None = None


class Resource(NamedTuple):
    """What is asked for, as far as the rules look at it."""

    kind: Thing
    office: str | None = None
    organisation_number: str | None = None
    is_protected: bool = False
    is_named: bool = False


class Granted(NamedTuple):
    """What allowed a request: in which role, and the id of the rule."""

    role: Role
    policy: str


def granted(caller: Caller, place: Place, action: str, resource: Resource) -> Granted | None:
    """Return which role and rule allow somebody something; None where nothing does."""
    for role in caller.roles:
        policy = _policy(role, place, ten_digits(caller.organisation_number), action, resource)
        if policy is not None:
            return Granted(role, policy)
    return None


def ten_digits(number: str | None) -> str | None:
    """Return an organisation number as rules compare it, however it is written; None of what is none."""
    digits = re.sub("[^0-9]", "", number or "")
    return digits[-10:] if len(digits) in (10, 12) else None


def actor_of(caller: Caller, role: Role) -> Actor:
    """Return who acts, as an event has it."""
    return f"{ACTS_AS[role]}:{caller.name}"


def reader_of(caller: Caller, role: Role) -> str:
    """Return who reads, as the log of readings has it."""
    return f"{role}:{caller.name}"


@cache
def rules() -> PolicySet:
    """Return the rules of access.cedar."""
    return PolicySet.from_str(files("api.http").joinpath("access.cedar").read_text("utf-8"))


@lru_cache(maxsize=10_000)
def _policy(
    role: Role, place: Place, organisation_number: str | None, action: str, resource: Resource
) -> str | None:
    """Return the rule that allows one role something; pure, so what was asked before is remembered."""
    principal = _told({"role": role, **place._asdict(), "organisation_number": organisation_number})
    entities = [
        {"uid": {"type": "Staff", "id": "caller"}, "attrs": principal, "parents": []},
        {"uid": {"type": "Thing", "id": "asked"}, "attrs": _told(resource._asdict()), "parents": []},
    ]
    asked: dict[str, Any] = {
        "principal": 'Staff::"caller"',
        "action": {"type": "Action", "id": action},
        "resource": 'Thing::"asked"',
        "context": {},
    }
    answer = is_authorized(asked, rules(), entities)
    if answer.diagnostics.errors:
        raise AssertionError(f"access.cedar: {answer.diagnostics.errors}")
    if not answer.allowed:
        return None
    names = answer.diagnostics.id_annotations_by_reason
    return str(min(names[reason] for reason in answer.diagnostics.reasons))


def _told(attributes: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in attributes.items() if value is not None}
