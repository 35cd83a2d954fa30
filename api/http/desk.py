"""Where a request is answered: the ledger, who asks, and what that one may; every look at a person goes on record.

A route parses, asks here whether it may, runs one command or one query, and answers.
"""

import re
from collections.abc import Sequence
from typing import Any, NamedTuple
from urllib.parse import unquote
from uuid import UUID

from pydantic_core import to_json
from starlette.requests import Request
from starlette.responses import Response

from api import words
from api.http.access import Granted, Place, Resource, granted, reader_of, ten_digits
from api.http.limits import Rates
from api.http.problems import Problem, invalid
from api.http.settings import HttpSettings
from api.http.tokens import Caller, Provider
from api.readers import REFUSED
from domain.employer import is_employer_case
from domain.employer_events import EmployerCaseOpened
from domain.history import Entry
from domain.register import REGISTER, Register
from domain.rejections import CommandRejected
from ledger.faults import InputFault
from ledger.ledger import Ledger, today
from ledger.readings import record_reading, record_search
from projections.states import newest, reached, wait_for

JSON = "application/json"
PURPOSE_HEADER = "liggare-purpose"
_KEY = re.compile(r'"?([\x21\x23-\x7e]{1,100})"?')
_WAIT = re.compile(r"(?:^|[,;\s])wait=([0-9]{1,4})(?=$|[,;\s])")
DEFAULT_WAIT_SECONDS = 2.0
_VERSION = re.compile(r'"([0-9]{1,9})"')


class Opened(NamedTuple):
    """A case that may be read: its entries, what the rules look at of it, and what allowed reading it."""

    case_id: UUID
    entries: tuple[Entry, ...]
    resource: Resource
    granted: Granted

    @property
    def version(self) -> int:
        """How many events it has."""
        return len(self.entries)


class House(NamedTuple):
    """What every request shares: the open ledger, the identity provider, limits and rates."""

    ledger: Ledger
    provider: Provider
    settings: HttpSettings
    rates: Rates


class Desk:
    """One request: who asks, from where in the organisation, for what, and why."""

    def __init__(self, request: Request) -> None:
        house: House = request.app.state.house
        client = request.client.host if request.client else "?"
        try:
            told = ", ".join(request.headers.getlist("authorization"))  # two of them are none that holds
            self.caller: Caller = house.provider.caller(told)
        except Problem:
            house.rates.take(f"host {client}")
            raise
        house.rates.take(f"caller {self.caller.name}")
        _check_words(request)
        self.ledger = house.ledger
        self.settings = house.settings
        self.asked = f"{request.method} {request.scope['route'].path}"
        self._headers = request.headers
        self._state = request.scope.setdefault("state", {})
        self._register: Register | None = None

    @property
    def register(self) -> Register:
        """The register as it stands."""
        if self._register is None:
            self._register = self.ledger.register()
        return self._register

    @property
    def place(self) -> Place:
        """Where the caller works today."""
        on = today()
        return Place(
            self.register.office_of(self.caller.name, on), self.register.team_of(self.caller.name, on)
        )

    @property
    def purpose(self) -> str | None:
        """What something is read for, as the request says; percent-encoded where it is not plain ASCII."""
        told = self._headers.get(PURPOSE_HEADER)
        if told is None:
            return None
        try:
            return words.purpose(unquote(told))
        except InputFault:
            raise invalid(
                "Liggare-Purpose",
                "a few words, 100 characters at most, no identity number",
                "MALFORMED_REQUEST",
            ) from None

    def may(self, action: str, resource: Resource) -> Granted:
        """Return what allows something; raise the problem where nothing does."""
        found = granted(self.caller, self.place, action, resource)
        if found is None:
            raise Problem("NOT_ALLOWED")
        self._state["role"] = found.role
        return found

    def case_to_write(self, case_id: UUID, action: str, speaks_for: str | None = None) -> Granted:
        """Return what allows a command on a case, as it is now; `speaks_for` is the employer who sends it."""
        _, resource = self._looked_at(case_id, self.version())
        return self.may(action, _spoken_for(resource, speaks_for))

    def told_who_may(self, commands: Sequence[dict[str, Any]], resource: Resource) -> list[dict[str, Any]]:
        """Return commands with whether the caller may send each."""
        place = self.place
        return [
            row | {"may": granted(self.caller, place, row["command"], resource) is not None}
            for row in commands
        ]

    def still_may(
        self,
        case_id: UUID,
        action: str,
        allowed: Granted,
        register: Register,
        entries: tuple[Entry, ...],
        speaks_for: str | None = None,
    ) -> None:
        """Raise the problem where what allowed a command does not any more, by what it is decided on."""
        self._register = register
        resource = _spoken_for(self.resource_of(case_id, entries), speaks_for)
        if self.may(action, resource).role != allowed.role:
            raise Problem("NOT_ALLOWED")

    def may_be_told(self, case_id: UUID) -> bool:
        """Tell whether the caller may see what came in meanwhile, as who may read the case; that goes on record."""
        _, resource = self._looked_at(case_id)
        allowed = granted(self.caller, self.place, "read_case", resource)
        if allowed is not None:
            self.record([case_id], allowed, ["meanwhile"])
        return allowed is not None

    def read_case(self, case_id: UUID, fields: Sequence[str], *, person: bool = False) -> Opened:
        """Open a case to read, and put that on record before anything of it is shown.

        `fields` are the parts that will be shown; with `person`, what is sealed in it too.
        """
        entries, resource = self._looked_at(case_id)
        allowed = self.may("read_case", resource)
        shown = list(fields)
        if person:
            allowed = self.open_person([case_id], resource)
            shown.append("person")
        self.record([case_id], allowed, shown)
        return Opened(case_id, entries, resource, allowed)

    def look_at_readings(self, case_id: UUID) -> None:
        """Let somebody see who has read a case, which is a look at it too."""
        _, resource = self._looked_at(case_id)
        self.record([case_id], self.may("read_readings", resource), ["readings"])

    def open_person(
        self, case_ids: Sequence[UUID], resource: Resource, action: str = "read_person"
    ) -> Granted:
        """Return what allows opening what is sealed of the person of some cases; a refusal goes on record.

        Of a protected identity it opens for the named people, who say what for (AMB-37).
        """
        protection = self.ledger.protection_of(case_ids[0])
        if protection is not None:
            is_named = any(protection.names(reader_of(self.caller, role)) for role in self.caller.roles)
            resource = resource._replace(is_protected=True, is_named=is_named)
        found = granted(self.caller, self.place, action, resource)
        if found is not None and not (protection and self.purpose is None):
            self._state["role"] = found.role
            return found
        role = self.caller.roles[0] if self.caller.roles else "nobody"
        self.ledger_reading(case_ids, f"{role}:{self.caller.name}", (), REFUSED)
        raise Problem("PURPOSE_NEEDED" if found else "NOT_ALLOWED")

    def record(self, case_ids: Sequence[UUID], allowed: Granted, fields: Sequence[str]) -> None:
        """Put a look at some cases on record, or where there are none, a search or a list."""
        self.ledger_reading(case_ids, reader_of(self.caller, allowed.role), fields, allowed.policy)

    def ledger_reading(
        self, case_ids: Sequence[UUID], reader: str, fields: Sequence[str], policy: str
    ) -> None:
        """Write the entry, before anything is shown."""
        if case_ids:
            record_reading(
                self.ledger, case_ids, reader, self.asked, self.purpose, fields=fields, policy=policy
            )
        else:
            record_search(self.ledger, reader, self.asked, self.purpose, fields=fields, policy=policy)

    def resource_of(self, case_id: UUID, entries: tuple[Entry, ...]) -> Resource:
        """Return what the rules look at of a case."""
        first = entries[0].event
        if is_employer_case(entries):
            number = ten_digits(first.organisation_number) if isinstance(first, EmployerCaseOpened) else None
            return Resource("employer_case", organisation_number=number)
        advisor = self.ledger.case_of(case_id, entries).advisor
        office = self.register.office_of(advisor, today()) if advisor else None
        return Resource("case", office)

    def _looked_at(self, case_id: UUID, version: int | None = None) -> tuple[tuple[Entry, ...], Resource]:
        self._register, entries = self.ledger.looked_at(case_id, version)
        if not entries or case_id == REGISTER:
            raise CommandRejected("UNKNOWN_CASE")
        return entries, self.resource_of(case_id, entries)

    def command_id(self) -> tuple[UUID, str]:
        """Return the id of the command that is sent, which follows from its key and who sends it; and the key."""
        told = self._told("idempotency-key")
        if told is None:
            raise Problem("KEY_NEEDED")
        found = _KEY.fullmatch(told.strip())
        if found is None:
            raise invalid(
                "Idempotency-Key", "1 to 100 visible ASCII characters, a UUID best", "MALFORMED_REQUEST"
            )
        key = found[1]
        return self.ledger.keys.uuid("idempotency", self.caller.name, key), key

    def version(self) -> int | None:
        """Return the version that a command is meant for; None where it is for whatever there is (`*`)."""
        told = self._told("if-match")
        if told is None:
            raise Problem("VERSION_NEEDED")
        if told.strip() == "*":
            return None
        found = _VERSION.fullmatch(told.strip())
        if found is None:
            raise invalid("If-Match", 'a version in quotes as ETag gave it, such as "7"', "MALFORMED_REQUEST")
        return int(found[1])

    def _told(self, header: str) -> str | None:
        """Return what a header says; two of one are one that is malformed, for nobody guesses which was meant."""
        return ", ".join(self._headers.getlist(header)) if header in self._headers else None

    @property
    def wait_seconds(self) -> float:
        """How long the caller would wait for what was just written (`Prefer: wait=SECONDS`, RFC 7240); 0 is not."""
        found = _WAIT.search(self._headers.get("prefer", ""))
        return min(float(found[1]), self.settings.longest_wait_seconds) if found else 0.0

    def reach(self, position: int | None, *names: str) -> int:
        """Return how far projections reach, once they reach a position that the caller asks for."""
        if position is not None:
            if position > newest(self.ledger):
                raise invalid("position", "the log does not go so far", "MALFORMED_REQUEST")
            wait_for(self.ledger, position, self.wait_seconds or DEFAULT_WAIT_SECONDS, names)
        return reached(self.ledger, *names)


def _spoken_for(resource: Resource, employer: str | None) -> Resource:
    number = ten_digits(employer)
    return resource._replace(organisation_number=number) if number else resource


def _check_words(request: Request) -> None:
    """Raise the problem of a parameter that the route does not know: a word that is misspelt changes nothing."""
    if request.scope["query_string"]:
        known = {field.alias for field in request.scope["route"].dependant.query_params}
        if not request.query_params.keys() <= known:
            told = f"an unknown parameter; there are {', '.join(sorted(known)) or 'none'}"
            raise invalid("query", told, "MALFORMED_REQUEST")


def answer(value: Any, status: int = 200, **headers: str) -> Response:
    """Return a value as JSON; `_` in a header's name stands for `-`."""
    named = {name.replace("_", "-"): text for name, text in headers.items()}
    return Response(to_json(value), status, named, JSON)


def page(rows: Sequence[Any], limit: int, offset: int) -> dict[str, Any]:
    """Return a page of rows, with how many there are altogether."""
    return {
        "total": len(rows),
        "limit": limit,
        "offset": offset,
        "items": list(rows[offset : offset + limit]),
    }
