"""The log as an object-centric event log (OCEL 2.0): one case's events and objects, without personal data.

The corrected state is told: an entry that was struck out is not there, what replaced it stands in its place, and
the case says how many corrections it had. A day is all that is known of when something happened, so an event's time
is its day at midnight UTC, and each later event of the case's day a millisecond more, in the course of a day.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import date, datetime
from typing import Any, NamedTuple
from uuid import UUID

from domain.employer import course_of_a_day, is_employer_case
from domain.employer_events import EmployerCaseOpened, PreventiveFundingApplied
from domain.event import Event
from domain.events import ApplicationReceived, EligibilityAssessed, EntryCorrected
from domain.history import Entry, standing
from domain.register import REGISTER
from domain.support_events import EngagementStarted
from ledger.faults import LedgerFault
from replays.ocel_terms import IN_SUPPORT, NAMED, NOT_TOLD, OBJECTS, TOLD

Pseudonym = Callable[[str], str]
"""Gives somebody of the staff a name that says nothing, always the same."""

STAFF_ROLES = ("advisor", "case_officer", "decision_maker")
EPOCH = "1970-01-01T00:00:00Z"


class ToldCase(NamedTuple):
    """A case in OCEL: events, objects of its own, and those that others name too, by id with their type."""

    events: list[dict[str, Any]]
    objects: list[dict[str, Any]]
    shared: dict[str, str]


class Link(NamedTuple):
    """A relation to an object, and what it is to the one that is related."""

    object_id: str
    qualifier: str


def told_case(case_id: UUID, entries: Sequence[Entry], pseudonym: Pseudonym) -> ToldCase:
    """Return what is told of a case, an employer's case or the register, given all its entries.

    Raises `LedgerFault` where they are not all a case's, an employer's case's or the register's.
    """
    try:
        told = _Telling(case_id, entries, pseudonym)
    except KeyError:
        raise LedgerFault(
            f"case {case_id}: its events can't be those of one case; verify the ledger"
        ) from None
    events = [told.event(entry, time) for entry, time in _timed(told.entries)]
    return ToldCase(events, [*told.own_objects()], told.shared)


def _timed(entries: Sequence[Entry]) -> Iterator[tuple[Entry, str]]:
    """Yield each entry with its time, given them in the order in which they happened."""
    day, count = date.min, 0
    for entry in entries:
        count = count + 1 if entry.event.occurred_on == day else 0
        day = entry.event.occurred_on
        minutes, milliseconds = divmod(count, 60_000)
        yield entry, f"{day}T{minutes // 60:02}:{minutes % 60:02}:{milliseconds / 1000:06.3f}Z"


class _Telling:
    """One case under way of being told: which support its next event may be in."""

    def __init__(self, case_id: UUID, entries: Sequence[Entry], pseudonym: Pseudonym) -> None:
        self._pseudonym = pseudonym
        self._id = None if case_id == REGISTER else str(case_id)
        self._corrections = sum(isinstance(entry.event, EntryCorrected) for entry in entries)
        entries = [entry for entry in entries if not isinstance(entry.event, NOT_TOLD)]
        if case_id == REGISTER:
            self.entries = standing(entries, lambda _: 0)
        elif is_employer_case(entries):
            self.entries = standing(entries, course_of_a_day)
        else:
            self.entries = standing(entries)
        self._made = {entry.event.event_id: own for entry in self.entries if (own := _own_id(entry.event))}
        self._decided: UUID | None = None
        self._support: str | None = None
        self.shared: dict[str, str] = {}

    def event(self, entry: Entry, time: str) -> dict[str, Any]:
        """Return an event as OCEL tells it."""
        event = entry.event
        attributes = {
            "recorded_at": _instant(entry.recorded_at),
            "recorded_by": event.actor.partition(":")[0],
            "position": str(entry.position),
        }
        for name in TOLD[type(event)].attributes:
            if (value := getattr(event, name)) is not None:
                attributes[name] = _text(value)
        return {
            "id": str(event.event_id),
            "type": type(event).__name__,
            "time": time,
            "attributes": [{"name": name, "value": value} for name, value in attributes.items()],
            "relationships": _related(self._links(event)),
        }

    def _links(self, event: Event) -> Iterator[Link]:
        """Yield what an event is about, and who recorded it."""
        if self._id is not None:
            yield Link(self._id, "case")
        if own := self._made.get(event.event_id):
            yield Link(own, "made")
        if isinstance(event, EligibilityAssessed):
            self._decided, self._support = event.event_id, None
        elif isinstance(event, EngagementStarted) and event.grant == self._decided:
            self._support = self._made[event.event_id]
        elif self._support is not None and type(event) in IN_SUPPORT:
            yield Link(self._support, "in")
        for name in TOLD[type(event)].objects:
            if (named := self._named(NAMED[name], getattr(event, name))) is not None:
                yield Link(named, name)
        role, _, who = event.actor.partition(":")
        if role in STAFF_ROLES:
            yield Link(self._share("staff", self._pseudonym(who)), "recorded_by")

    def _named(self, kind: str, name: UUID | str | None) -> str | None:
        """Return the id of the object that a field names, None where it names none that is told."""
        if name is None or isinstance(name, UUID):
            return self._made.get(name) if name else None
        return self._share(kind, self._pseudonym(name) if kind == "staff" else name)

    def _share(self, kind: str, name: str) -> str:
        own = f"{kind}:{name}"
        self.shared[own] = kind
        return own

    def own_objects(self) -> Iterator[dict[str, Any]]:
        """Yield the objects that are this case's alone."""
        for event in (entry.event for entry in self.entries):
            if isinstance(event, ApplicationReceived | EmployerCaseOpened):
                kind = "case" if isinstance(event, ApplicationReceived) else "employer_case"
                yield object_(str(self._id), kind, self._values(event, kind))
            elif own := self._made.get(event.event_id):
                kind = own.partition(":")[0]
                yield object_(own, kind, self._values(event, kind), self._ties(event))

    def _values(self, event: Event, kind: str) -> dict[str, Any]:
        """Return what is told of an object, by the event that made it."""
        found = {name: getattr(event, name) for name in OBJECTS[kind] if name in type(event).model_fields}
        if "corrections" in OBJECTS[kind]:
            found["corrections"] = self._corrections
        if isinstance(event, PreventiveFundingApplied):
            found["sought_ore"] = sum(line.amount_ore for line in event.lines)
        return found

    def _ties(self, event: Event) -> Iterator[Link]:
        """Yield what an object is tied to as long as it is there."""
        yield Link(str(self._id), "case")
        if isinstance(event, EngagementStarted):
            if grant := self._made.get(event.grant):
                yield Link(grant, "grant")
            if event.provider is not None:
                yield Link(self._share("provider", event.provider), "provider")


def object_(
    own: str, kind: str, values: dict[str, Any] | None = None, ties: Iterable[Link] = ()
) -> dict[str, Any]:
    """Return an object as OCEL tells it; what is told of it holds from the beginning."""
    return {
        "id": own,
        "type": kind,
        "attributes": [
            {"name": name, "value": _text(value), "time": EPOCH} for name, value in (values or {}).items()
        ],
        "relationships": _related(ties),
    }


def _related(links: Iterable[Link]) -> list[dict[str, str]]:
    """Return relations as OCEL writes them, one an object, the first: readers keep no second."""
    first: dict[str, str] = {}
    for link in links:
        first.setdefault(link.object_id, link.qualifier)
    return [{"objectId": own, "qualifier": qualifier} for own, qualifier in first.items()]


def _own_id(event: Event) -> str | None:
    """Return the id of the object that an event makes, None where it makes none."""
    made = {
        EligibilityAssessed: "decision",
        EngagementStarted: "engagement",
        PreventiveFundingApplied: "funding_application",
    }
    kind = made.get(type(event))
    return f"{kind}:{event.event_id}" if kind else None


def _text(value: Any) -> str:
    """Return a value as a text, which is what the standard's schema asks for; its type is declared."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, date):
        return f"{value}T00:00:00Z"
    if isinstance(value, tuple):
        return ", ".join(str(part) for part in value)
    return str(value)


def _instant(at: datetime) -> str:
    return at.isoformat(timespec="microseconds").replace("+00:00", "Z")
