"""Events as they are stored: JSON bytes, sealed fields in boxes, old shapes brought up to today's."""

import json
from collections.abc import Mapping
from typing import Any
from uuid import UUID

from eventsourcing.persistence import StoredEvent
from pydantic import ValidationError
from pydantic_core import from_json, to_json

from domain.employer_events import EMPLOYER_EVENTS
from domain.event import ERASED, Event, sealed_fields
from domain.events import EVENTS
from domain.register_events import REGISTER_EVENTS
from ledger.faults import LedgerFault
from ledger.sealing import PersonKey, place

SEALED = "sealed"
CLASS_VERSION = "class_version"
TOPICS = EVENTS | REGISTER_EVENTS | EMPLOYER_EVENTS


class EventMapper:
    """Turns events into stored events and back, by a closed dictionary of topics."""

    def __init__(self, events: Mapping[str, type[Event]] = TOPICS) -> None:
        self._events = events
        self._sealed = {topic: sealed_fields(event) for topic, event in events.items()}

    def seals(self, event: Event) -> bool:
        """Tell whether an event has fields that are stored under the person's key."""
        return bool(self._sealed[event.topic])

    def to_stored_event(
        self, case_id: UUID, version: int, event: Event, key: PersonKey | None
    ) -> StoredEvent:
        """Return an event as it is stored, its sealed fields under the person's key."""
        fields = self._sealed[event.topic]
        body = event.model_dump(mode="json", exclude=set(fields), exclude_none=True)
        if event.class_version > 1:
            body[CLASS_VERSION] = event.class_version
        if fields:
            assert key is not None
            body[SEALED] = {"key": str(key.key_id)} | {
                field: key.seal(to_json(getattr(event, field)), place(case_id, event.event_id, field))
                for field in fields
            }
        return StoredEvent(
            originator_id=case_id,
            originator_version=version,
            topic=event.topic,
            state=json.dumps(body, separators=(",", ":"), ensure_ascii=False).encode(),
        )

    def key_of(self, stored: StoredEvent) -> UUID | None:
        """Return the id of the key that an event's sealed fields need, None where it has none."""
        boxes = self._body(stored).get(SEALED)
        return self._key_of(boxes, stored) if boxes else None

    def to_event(self, stored: StoredEvent, keys: Mapping[UUID, PersonKey | None]) -> Event:
        """Return the event that was stored; sealed fields whose key is destroyed read as erased.

        Raises `LedgerFault` where the topic is unknown, or the stored event can't be read as that kind.
        """
        kind = self._events.get(stored.topic)
        if kind is None:
            raise self._unreadable(stored, "its topic is unknown; install the newer Liggare")
        body = self._body(stored)
        boxes = body.pop(SEALED, None)
        if boxes:
            key = keys[self._key_of(boxes, stored)]
            del boxes["key"]
            if key is None:
                body |= dict.fromkeys(boxes, ERASED)
            else:
                for field, box in boxes.items():
                    at = place(UUID(str(stored.originator_id)), body.get("event_id", ""), field)
                    body[field] = from_json(key.open(box, at))
        version = body.pop(CLASS_VERSION, 1)
        if version > kind.class_version:
            raise self._unreadable(stored, "its shape is newer than this program; install the newer Liggare")
        for older in range(version, kind.class_version):
            body = getattr(kind, f"upcast_v{older}_v{older + 1}")(body)
        try:
            return kind.model_validate(body, strict=False)
        except ValidationError as error:
            where = ".".join(str(part) for part in error.errors(include_input=False)[0]["loc"])
            raise self._unreadable(stored, f"its {where} does not fit") from None

    def read(
        self, case_id: UUID, version: int, topic: str, state: bytes, keys: Mapping[UUID, PersonKey | None]
    ) -> Event:
        """Return the event that a row of the log holds, as `to_event` does."""
        return self.to_event(StoredEvent(case_id, version, topic, state), keys)

    def _key_of(self, boxes: dict[str, Any], stored: StoredEvent) -> UUID:
        try:
            return UUID(boxes["key"])
        except (KeyError, TypeError, ValueError, AttributeError):
            raise self._unreadable(stored, "its sealed part names no key") from None

    def _body(self, stored: StoredEvent) -> dict[str, Any]:
        try:
            body = from_json(stored.state)
        except ValueError:
            raise self._unreadable(stored, "its content is no JSON") from None
        if not isinstance(body, dict):
            raise self._unreadable(stored, "its content is no JSON object")
        return body

    @staticmethod
    def _unreadable(stored: StoredEvent, why: str) -> LedgerFault:
        return LedgerFault(
            f"event {stored.originator_version} of case {stored.originator_id} ({stored.topic}) "
            f"can't be read: {why}"
        )
