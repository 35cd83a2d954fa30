"""The register: who and what the organisation consists of, on any day, as its lines add up.

A line holds from its day until the next line about the same thing. No two lines about one thing hold from the same
day, so the register is the same whatever order its lines came in.
"""

from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from types import MappingProxyType
from typing import NamedTuple, get_args
from uuid import UUID, uuid5

from domain.history import Entry, struck
from domain.register_events import Kind, Line, Role, StaffPlaced

REGISTER = uuid5(UUID(int=0), "liggare:register")
"""The register's own id in the log, where the events of a case have the case's."""

Thing = tuple[Kind, str]
"""Something the register has lines about: its kind and its name."""


class Register(NamedTuple):
    """The lines that stand, about each thing in the order of their days."""

    lines: Mapping[Thing, tuple[Line, ...]] = MappingProxyType({})

    def line(self, kind: Kind, name: str, on: date) -> Line | None:
        """Return the line about a thing that holds on a day, be it that it is gone; None before its first."""
        held = (line for line in reversed(self.lines.get((kind, name), ())) if line.since <= on)
        return next(held, None)

    def has(self, kind: Kind, name: str, on: date) -> bool:
        """Tell whether a thing is there on a day."""
        line = self.line(kind, name, on)
        return line is not None and not line.ends

    def place_of(self, staff: str, on: date) -> StaffPlaced | None:
        """Return where somebody works on a day, and as what; None for one who isn't here."""
        line = self.line("staff", staff, on)
        return line if isinstance(line, StaffPlaced) else None

    def has_role(self, staff: str, role: Role, on: date) -> bool:
        """Tell whether somebody has a role on a day."""
        place = self.place_of(staff, on)
        return place is not None and role in place.roles

    def is_advisor(self, staff: str, on: date) -> bool:
        """Tell whether somebody is an advisor on a day (O-22-2, K-2.3-a)."""
        return self.has_role(staff, "advisor", on)

    def is_decision_maker(self, staff: str, on: date) -> bool:
        """Tell whether somebody makes decisions on a day (K-5.4)."""
        return self.has_role(staff, "decision_maker", on)

    def is_provider(self, name: str, on: date) -> bool:
        """Tell whether a provider takes support on, on a day (K-1-g)."""
        return self.has("provider", name, on)

    def office_of(self, staff: str, on: date) -> str | None:
        """Return the office where somebody works on a day."""
        place = self.place_of(staff, on)
        return place.office if place else None

    def team_of(self, staff: str, on: date) -> str | None:
        """Return the team that somebody works in on a day."""
        place = self.place_of(staff, on)
        return place.team if place else None

    def on(self, day: date) -> Iterator[Line]:
        """Yield what is there on a day: the line that holds about each thing, by kind and name."""
        for kind, name in sorted(self.lines, key=lambda thing: (get_args(Kind).index(thing[0]), thing[1])):
            line = self.line(kind, name, day)
            if line is not None and not line.ends:
                yield line


def fold_register(entries: Iterable[Entry]) -> Register:
    """Return the register that some entries add up to, corrections followed (AMB-36)."""
    entries = list(entries)
    gone = struck(entries)
    lines: dict[Thing, list[Line]] = {}
    for entry in entries:
        if isinstance(entry.event, Line) and entry.event.event_id not in gone:
            lines.setdefault((entry.event.kind, entry.event.about), []).append(entry.event)
    return Register({thing: tuple(sorted(rows, key=_place)) for thing, rows in lines.items()})


def _place(line: Line) -> tuple[date, bool, str]:
    """Return where a line stands among those about its thing; an end comes before what begins on its morrow."""
    return line.since, not line.ends, str(line.event_id)
