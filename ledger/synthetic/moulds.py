"""A life as a mould: all that the ledger keeps of one person, from which any number of like lives are cast.

What is a person's own is put in for each cast: identity number, name, what follows from the birth date, the branch
that the advisors work at, and every id. Everything else, the days, decisions and months, is the same; so what the
law says of the first it says of them all. What is sealed is sealed anew, under the cast's own key.
"""

import re
from collections.abc import Sequence
from hashlib import sha1
from random import Random
from typing import NamedTuple

from pydantic_core import from_json, to_json

from domain.event import Event
from domain.events import ApplicationDetails, ApplicationReceived
from domain.policy import POLICIES
from domain.values import birthday
from ledger.mapper import SEALED
from ledger.sealing import PersonKey, place
from ledger.settings import Keys
from ledger.synthetic.organisation import ADVISORS, of_branch
from ledger.synthetic.people import Person, born_on, sex_of

AGES = sorted({policy.age_limit.value for policy in POLICIES})
"""A finding names the birthday on which an age limit is reached."""

_UUID = re.compile("[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
_PLACE = re.compile("\0([^\0]+)\0")

Names = dict[str, str]
"""What stands in a cast for each text of the original that is somebody's own."""


class Kept(NamedTuple):
    """An event as the ledger keeps it."""

    case_id: str
    version: int
    topic: str
    state: bytes


class Carried(NamedTuple):
    """A command as the ledger keeps it, with its canonical content; `last` is the index of its last event."""

    command_id: str
    body: bytes
    event_ids: tuple[str, ...]
    last: int


class Registered(NamedTuple):
    """A case as the ledger keeps it beside its events: the register's columns, and the months that it used up."""

    case_id: str
    columns: tuple[str, ...]
    months: tuple[str, ...]


class Life(NamedTuple):
    """All that a ledger keeps of one person, the events in the log's order."""

    person_ref: str
    person_version: int
    key_id: str
    events: tuple[Kept, ...]
    commands: tuple[Carried, ...]
    cases: tuple[Registered, ...]


class _Text(NamedTuple):
    """A text, and the names that stand in its places."""

    pattern: str
    names: tuple[str, ...]

    def of(self, names: Names) -> bytes:
        return (self.pattern % tuple([names[name] for name in self.names])).encode()


class _Event(NamedTuple):
    """An event of the mould: its own id and its command's, its text, and the contents of its boxes by field."""

    kept: Kept
    event_id: str
    state: _Text
    boxes: tuple[tuple[str, _Text], ...]


class Mould:
    """One person's life, from which others are cast."""

    def __init__(self, life: Life, opened: Sequence[Event], who: Person) -> None:
        self._life = life
        self._applied = [
            (kept.case_id, event.details.reference, str(event.command_id))
            for kept, event in zip(life.events, opened, strict=True)
            if isinstance(event, ApplicationReceived) and isinstance(event.details, ApplicationDetails)
        ]
        self._own = _own(who, 0)
        self._plain = [*self._own, life.person_ref, *(reference for _, reference, _ in self._applied)]
        ids = {row.command_id for row in life.commands} | {row.case_id for row in life.cases} | {life.key_id}
        self._ids = ids | {event_id for row in life.commands for event_id in row.event_ids}
        self._events = [self._event(*pair) for pair in zip(life.events, opened, strict=True)]
        self._bodies = [self._text(row.body.decode()) for row in life.commands]

    @property
    def count(self) -> int:
        """Return how many cases the person has."""
        return len(self._life.cases)

    def cast(self, who: Person, key: PersonKey, keys: Keys, branch: int, mark: str, random: Random) -> Life:
        """Return a like life of another person, at a branch; `mark` tells the references from the original's."""
        names = dict(zip(self._own, _own(who, branch), strict=True))
        ref = names[self._life.person_ref] = keys.person_ref(who.identity_number)
        names[self._life.key_id] = str(key.key_id)
        self._name_ids(names, keys, mark, random)
        return Life(
            person_ref=ref,
            person_version=self._life.person_version,
            key_id=str(key.key_id),
            events=tuple(_cast(one, names, key) for one in self._events),
            commands=tuple(
                Carried(
                    names[row.command_id],
                    body.of(names),
                    tuple([names[event_id] for event_id in row.event_ids]),
                    row.last,
                )
                for row, body in zip(self._life.commands, self._bodies, strict=True)
            ),
            cases=tuple(one._replace(case_id=names[one.case_id]) for one in self._life.cases),
        )

    def _name_ids(self, names: Names, keys: Keys, mark: str, random: Random) -> None:
        """Name cases, commands and events; an application's follow from its reference, as when it is sent."""
        applied = {}
        for case_id, reference, command_id in self._applied:
            names[reference] = sent = f"{reference}.{mark}"
            names[case_id] = str(keys.uuid("case", sent))
            applied[command_id] = str(keys.uuid("application", sent))
        for row in self._life.commands:
            own = applied.get(row.command_id) or _uuid(f"{random.getrandbits(128):032x}", "4")
            names[row.command_id] = own
            command = bytes.fromhex(own.replace("-", ""))
            for index, event_id in enumerate(row.event_ids):
                made = sha1(command + str(index).encode(), usedforsecurity=False)
                names[event_id] = _uuid(made.hexdigest(), "5")

    def _event(self, kept: Kept, event: Event) -> _Event:
        """Return an event with places for what is its own, the boxes too."""
        text, boxes = kept.state.decode(), []
        for field, box in from_json(kept.state).get(SEALED, {}).items():
            if field != "key":
                text = text.replace(box, f"\0{field}\0")
                boxes.append((field, self._text(to_json(getattr(event, field)).decode())))
        return _Event(kept, str(event.event_id), self._text(text), tuple(boxes))

    def _text(self, text: str) -> _Text:
        """Return a text with places for what is a person's own, and for the life's ids."""
        text = text.replace("%", "%%")
        for own in self._plain:
            text = text.replace(own, f"\0{own}\0")
        text = _UUID.sub(lambda found: f"\0{found[0]}\0" if found[0] in self._ids else found[0], text)
        return _Text(_PLACE.sub("%s", text), tuple(_PLACE.findall(text)))


def _cast(one: _Event, names: Names, key: PersonKey) -> Kept:
    """Return an event of a cast, what is sealed in it under the cast's key."""
    case_id = names[one.kept.case_id]
    for field, content in one.boxes:
        names[field] = key.seal(content.of(names), place(case_id, names[one.event_id], field))
    return Kept(case_id, one.kept.version, one.kept.topic, one.state.of(names))


def _uuid(digits: str, version: str) -> str:
    """Return 32 hexadecimal digits as a UUID; what `uuid.uuid5` does, of a command's id, in a third of the time."""
    variant = "89ab"[int(digits[16], 16) & 3]
    return f"{digits[:8]}-{digits[8:12]}-{version}{digits[13:16]}-{variant}{digits[17:20]}-{digits[20:32]}"


def _own(who: Person, branch: int) -> list[str]:
    """Return the texts that are a person's own, and the names of the branch's advisors; each in its place."""
    number = who.identity_number
    born = born_on(number)
    return [
        number,
        who.name,
        who.email,
        who.phone,
        f'"region":"{who.region}"',
        f'"sex":"{sex_of(number)}"',
        f'"birth_year":{born.year}',
        born.isoformat(),
        *(birthday(born, age).isoformat() for age in AGES),
        *(of_branch(advisor, branch) for advisor in ADVISORS),
    ]


def person_of(events: Sequence[Event]) -> Person:
    """Return the person whom an application among some opened events is from."""
    event = next(one for one in events if isinstance(one, ApplicationReceived))
    told = event.details
    assert isinstance(told, ApplicationDetails)
    assert told.email
    assert told.phone
    return Person(
        told.identity_number, told.name, told.email, told.phone, event.region, event.occupation or ""
    )
