"""What is stored for a command that was decided: its events, and what the ledger's own tables learn with them."""

import json
from collections.abc import Sequence
from datetime import UTC, date, datetime
from typing import Any, NamedTuple
from uuid import UUID

from domain.case import Case
from domain.command import Command
from domain.event import Event
from domain.events import EligibilityAssessed, GrantAnnulled
from domain.history import Entry, fold_on, fresh_evidence
from ledger.mapper import EventMapper
from ledger.recorder import Append, KeyClosed
from ledger.sealing import PersonKey, PersonKeys
from ledger.settings import Keys


class Decided(NamedTuple):
    """What a command led to, and the entries and versions that it was decided on, as `Append` has them."""

    case_id: UUID
    command: Command
    entries: tuple[Entry, ...]
    events: list[Event]
    person_version: int | None = None
    register_version: int | None = None


class AppendMaker:
    """Makes what is stored; it seals what is sealed, and recognises a command by its content."""

    def __init__(self, keys: Keys, person_keys: PersonKeys) -> None:
        self._keys = keys
        self._person_keys = person_keys
        self._mapper = EventMapper()

    def append(self, decided: Decided, earlier: Case) -> Append:
        """Return what is to be stored for a command on a case, which was `earlier` before it."""
        entries, events = decided.entries, decided.events
        position, now = (entries[-1].position if entries else 0), datetime.now(UTC)
        new = [Entry(position + index, now, event) for index, event in enumerate(events, 1)]
        case = fold_on(decided.case_id, earlier, entries, new)
        assert case.application is not None
        before, joined = set(earlier.joined), set(case.joined)
        person_ref = case.application.person_ref
        seals = any(self._mapper.seals(event) for event in events)
        key = self._sealing_key(person_ref, new=not entries) if seals else None
        return self._bare(decided, key)._replace(
            person_ref=person_ref,
            person_version=decided.person_version,
            register_version=decided.register_version,
            join=next(iter(joined - before), None),
            part=next(iter(before - joined), None),
            consume=[month for event in events for month in _consumed(event)],
            release=any(isinstance(event, GrantAnnulled) for event in events),
            **registered(case, [*entries, *new]),
        )

    def append_impersonal(self, decided: Decided) -> Append:
        """Return what is to be stored for a command that is about no person: its events, and nothing beside.

        So are those on the register, and on an employer's case, which is decided in view of the register.
        """
        return self._bare(decided, None)._replace(register_version=decided.register_version)

    def _bare(self, decided: Decided, key: PersonKey | None) -> Append:
        """Return what is stored for any command."""
        return Append(
            command_id=decided.command.command_id,
            body_hmac=self.body_hmac(decided.case_id, decided.command),
            case_id=decided.case_id,
            key_id=key.key_id if key else None,
            event_ids=[event.event_id for event in decided.events],
            events=[
                self._mapper.to_stored_event(decided.case_id, len(decided.entries) + index, event, key)
                for index, event in enumerate(decided.events, 1)
            ],
        )

    def _sealing_key(self, person_ref: str, *, new: bool) -> PersonKey:
        """Return the key to seal under; only a new case may give its person one."""
        key = self._person_keys.of_person(person_ref, make=new)
        if key is None:
            raise KeyClosed
        return key

    def body_hmac(self, case_id: UUID, command: Command) -> bytes:
        """Return by what a command's content is recognised when its id comes again."""
        return self._keys.body_hmac(canonical_body(case_id, command))


def registered(case: Case, entries: Sequence[Entry]) -> dict[str, Any]:
    """Return what the case register has of a case, by its columns, beside whose the case is and its key."""
    assert case.application is not None
    return {
        "service": case.application.service,
        "received_on": case.application.occurred_on,
        "stage": case.stage(date.min),
        "outcome": case.engagement.result if case.engagement else None,
        "agreed_end": case.engagement.agreed_end if case.engagement else None,
        "fresh_evidence": fresh_evidence(entries),
    }


def _consumed(event: Event) -> tuple[str, ...]:
    """Return the months that an event consumes: those of a grant (K-5.5-b)."""
    return event.basis_months if isinstance(event, EligibilityAssessed) else ()


NOT_CONTENT = {"command_id": True, "correlation_id": True, "actor": True}
"""What may differ when a command is sent again: who sends it, and in which flow."""


def canonical_body(case_id: UUID, command: Command) -> bytes:
    """Return a command's canonical content."""
    content = command.model_dump(
        mode="json",
        exclude_defaults=True,
        exclude=NOT_CONTENT | {"replacement": NOT_CONTENT, "declaration": {"file_name"}},
    )
    content |= {"command": command.name, "case": str(case_id)}
    return json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()
