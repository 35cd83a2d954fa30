"""What every event is: when it happened, who recorded it, by which command, and what of it is sealed."""

import re
from functools import cache, lru_cache
from typing import Annotated, ClassVar, Literal, TypeVar
from uuid import UUID

from pydantic import AfterValidator, StringConstraints

from domain.values import Day, Frozen

T = TypeVar("T")

ROLES = ("applicant", "advisor", "case_officer", "decision_maker", "employer", "system")
NAMES_REMEMBERED = 4096
"""So many names are not looked at again: few people act in very many events."""
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._@-]{0,63}")
_NUMBER = re.compile(r"[0-9]{6}")
_CASE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:/-]{0,63}")
_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
_APART = r"[-+. _:/\u2010-\u2015]?"
IDENTITY = re.compile(
    rf"(?<![0-9])([0-9]{{2}})?[0-9]{{2}}{_APART}[0-9]{{2}}{_APART}[0-9]{{2}}{_APART}[0-9]{{4}}(?![0-9])"
)
"""Something that can be an identity number, however it is written."""


class Erased(Frozen):
    """What is read in place of a sealed field when the person's key is destroyed ("raderad")."""

    erased: Literal[True] = True


ERASED = Erased()


class SealMark:
    """Marks a field that is stored under the person's own key."""


Sealed = Annotated[T | Erased, SealMark()]


@lru_cache(maxsize=NAMES_REMEMBERED)
def _staff_name(value: str) -> str:
    if not _NAME.fullmatch(value) or _NUMBER.search(value):
        raise ValueError(
            "a name of letters, digits and . _ @ -, without six digits in a row (no identity number)"
        )
    return value


@lru_cache(maxsize=NAMES_REMEMBERED)
def _actor(value: str) -> str:
    role, _, name = value.partition(":")
    if role not in ROLES:
        raise ValueError("an actor is written role:name, the role one of " + ", ".join(ROLES))
    _staff_name(name)
    return value


Actor = Annotated[str, AfterValidator(_actor)]
"""Who acts, `role:name`, such as `advisor:anna.berg`. Stored clear, so it never holds an identity number."""

StaffName = Annotated[str, AfterValidator(_staff_name)]
"""An advisor's or provider's name or code at the organisation."""


def _case_name(value: str) -> str:
    if not _UUID.fullmatch(value) and (not _CASE.fullmatch(value) or IDENTITY.search(value)):
        raise ValueError(
            "a case's id: letters, digits and . _ : / -, at most 64, and no identity number in it"
        )
    return value


CaseName = Annotated[str, AfterValidator(_case_name)]
"""A case as it is called here, or `organisation:case` elsewhere. Stored clear, so it holds no identity number."""

PersonRef = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
"""The person, as an HMAC-SHA256 of the identity number under a key of the settings."""


class Event(Frozen):
    """Something that happened in a case; it never changes, a mistake is put right by a later event."""

    topic: ClassVar[str]
    """The name that is stored with the event, independent of where its class stands."""
    class_version: ClassVar[int] = 1
    """Raised when the stored shape changes; `upcast_v1_v2(body)` then turns an older body into the newer one."""

    event_id: UUID
    occurred_on: Day
    actor: Actor
    command_id: UUID
    correlation_id: UUID


@cache
def sealed_fields(event: type[Event]) -> tuple[str, ...]:
    """Return the names of an event's fields that are stored under the person's key."""
    return tuple(
        name
        for name, field in event.model_fields.items()
        if any(isinstance(mark, SealMark) for mark in field.metadata)
    )
