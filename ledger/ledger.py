"""The ledger: cases are read from it and commands are carried out in it, one at a time or many at once."""

import json
import random
import time
from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime
from typing import Any, NamedTuple
from uuid import UUID
from zoneinfo import ZoneInfo

from eventsourcing.persistence import StoredEvent
from eventsourcing.postgres import PostgresDatastore
from psycopg.rows import DictRow

from domain.admission import Known
from domain.case import Case, Entry, fold, fresh_evidence
from domain.commands import Command, CorrectEntry, JoinPerson
from domain.decisions import decide
from domain.events import EligibilityAssessed, Event, GrantAnnulled, PersonErased
from domain.rejections import CommandRejected, Meanwhile
from ledger.faults import CommandIdReused, LedgerFault
from ledger.mapper import EventMapper
from ledger.patience import patiently
from ledger.queries import SQL
from ledger.recorder import Append, CaseRecorder, Overtaken, Stored
from ledger.sealing import PersonKeys
from ledger.settings import Keys

STOCKHOLM = ZoneInfo("Europe/Stockholm")
ATTEMPTS = 30
LONGEST_PAUSE_SECONDS = 0.1
CASES_REMEMBERED = 20_000

Read = dict[UUID, tuple[Entry, ...]]
"""What was read of some cases, each oldest first."""


def today() -> date:
    """Return today's date in Stockholm."""
    return datetime.now(STOCKHOLM).date()


class Person(NamedTuple):
    """A person as the ledger knows one: a reference, the version of what was decided, and all the cases."""

    person_ref: str
    version: int
    cases: tuple[UUID, ...]


class Ledger:
    """An open ledger. Every write goes through `execute`; whatever is read, is read from the events."""

    def __init__(self, datastore: PostgresDatastore, keys: Keys) -> None:
        self._datastore = datastore
        self.keys = keys
        self.person_keys = PersonKeys(datastore, keys)
        self._recorder = CaseRecorder(datastore)
        self._mapper = EventMapper()
        self._read: dict[UUID, tuple[Entry, ...]] = {}

    def rows(self, name: str, **values: Any) -> list[DictRow]:
        """Return the rows of one of the ledger's named statements."""
        return self.select(SQL[name], **values)

    @patiently
    def select(self, statement: str, **values: Any) -> list[DictRow]:
        """Return the rows of a statement that another room reads with."""
        with self._datastore.get_connection() as connection:
            return connection.execute(statement, values).fetchall()

    # Reading

    def entries(self, case_ids: Iterable[UUID]) -> dict[UUID, tuple[Entry, ...]]:
        """Return the events of some cases as the log keeps them, oldest first; an unknown case has none.

        Events read before are remembered: they never change, so only later ones are read.
        """
        wanted = {case_id: self._read.get(case_id, ()) for case_id in case_ids}
        versions = [len(entries) for entries in wanted.values()]
        rows = self.rows("case_entries", cases=list(wanted), versions=versions)
        new: dict[UUID, list[Entry]] = {}
        for entry, case_id in zip(self._opened(rows), (row["originator_id"] for row in rows), strict=True):
            new.setdefault(case_id, []).append(entry)
        erased = {case_id for case_id, late in new.items() if isinstance(late[-1].event, PersonErased)}
        if any(wanted[case_id] for case_id in erased):
            self.forget(erased)
            return self.entries(wanted)
        wanted |= {case_id: (*wanted[case_id], *late) for case_id, late in new.items()}
        self._remember(wanted)
        return wanted

    def _opened(self, rows: list[DictRow]) -> list[Entry]:
        """Return stored events with their sealed fields opened, or erased."""
        stored = [
            StoredEvent(row["originator_id"], row["originator_version"], row["topic"], row["state"])
            for row in rows
        ]
        key_ids = {self._mapper.key_of(event) for event in stored} - {None}
        keys = self.person_keys.by_id(key_id for key_id in key_ids if key_id)
        return [
            Entry(
                row["notification_id"], row["recorded_at"].astimezone(UTC), self._mapper.to_event(event, keys)
            )
            for row, event in zip(rows, stored, strict=True)
        ]

    def _remember(self, read: dict[UUID, tuple[Entry, ...]]) -> None:
        self._read |= {case_id: entries for case_id, entries in read.items() if entries}
        for case_id in list(self._read)[: max(0, len(self._read) - CASES_REMEMBERED)]:
            self._read.pop(case_id, None)

    def forget(self, case_ids: Iterable[UUID]) -> None:
        """Forget what was read of some cases, and every key: a person was erased."""
        for case_id in case_ids:
            self._read.pop(case_id, None)
        self.person_keys.forget()

    def history(self, case_id: UUID) -> tuple[Entry, ...]:
        """Return the events of a case, oldest first; raise `CommandRejected` where there is no such case."""
        entries = self.entries([case_id])[case_id]
        if not entries:
            raise CommandRejected("UNKNOWN_CASE")
        return entries

    def case(self, case_id: UUID) -> Case:
        """Return a case as it stands; raise `CommandRejected` where there is no such case."""
        return fold(case_id, self.history(case_id))

    def person_of(self, case_id: UUID) -> Person:
        """Return whose a case is; raise `CommandRejected` where there is no such case."""
        rows = self.rows("person_of_case", case=case_id)
        if not rows:
            raise CommandRejected("UNKNOWN_CASE")
        return Person(rows[0]["person_ref"], rows[0]["version"], tuple(rows[0]["cases"]))

    # Writing

    def execute(self, case_id: UUID, command: Command, on: date) -> Stored:
        """Carry a command out, and return what it led to; `on` is today in Stockholm.

        Sent again, it is recognised and not carried out twice. Where the case changed meanwhile it is decided
        again on what is true then. Raises `CommandRejected`, `CommandIdReused` or `LedgerFault`.
        """
        return self.execute_all([(case_id, command)], on)[0]

    def execute_all(self, commands: Sequence[tuple[UUID, Command]], on: date) -> list[Stored]:
        """Carry out commands on different cases, all or none, in one transaction."""
        first: Read = {}
        for attempt in range(ATTEMPTS):
            read: Read = {}
            try:
                return self._attempt(commands, on, read)
            except CommandRejected as rejected:
                rejected.meanwhile = _meanwhile(first, read) if attempt else ()
                raise
            except Overtaken:
                first = first or read
                # Those who collided come back at different moments.
                time.sleep(random.uniform(0, min(LONGEST_PAUSE_SECONDS, 0.001 * 2**attempt)))  # noqa: S311
        raise LedgerFault("the case kept changing while the command was being decided; try again")

    def _attempt(self, commands: Sequence[tuple[UUID, Command]], on: date, read: Read) -> list[Stored]:
        """Decide commands and store what they lead to; `read` is filled with what they were decided on."""
        read |= (loaded := self.entries(case_id for case_id, _ in commands))
        done: dict[int, Stored] = {}
        appends: dict[int, Append] = {}
        for index, (case_id, command) in enumerate(commands):
            try:
                appends[index] = self._decided(case_id, command, loaded[case_id], on, read)
            except CommandRejected:
                repeated = self._carried_out(case_id, command)
                if repeated is None:
                    raise
                done[index] = repeated
        if appends:
            done |= dict(zip(appends, self._recorder.append(appends.values()), strict=True))
        return [done[index] for index in range(len(commands))]

    def _decided(
        self, case_id: UUID, command: Command, entries: tuple[Entry, ...], on: date, read: Read
    ) -> Append:
        """Decide a command and return what is to be stored for it."""
        known, version = Known(on, entries), None
        if command.asks_person:
            person = self.person_of(case_id)
            read |= (others := self.entries(other for other in person.cases if other != case_id))
            known = known._replace(other_cases=tuple(fold(other, rows) for other, rows in others.items()))
            version = person.version
        joining = command.replacement if isinstance(command, CorrectEntry) else command
        if isinstance(joining, JoinPerson):
            known = known._replace(same_as=self.case(joining.same_as))
        events = decide(fold(case_id, entries), command, known)
        return self._append(case_id, command, entries, events, version)

    def _append(
        self,
        case_id: UUID,
        command: Command,
        entries: tuple[Entry, ...],
        events: list[Event],
        version: int | None,
    ) -> Append:
        position, now = (entries[-1].position if entries else 0), datetime.now(UTC)
        new = [Entry(position + index, now, event) for index, event in enumerate(events, 1)]
        case = fold(case_id, [*entries, *new])
        assert case.application is not None
        before, joined = set(fold(case_id, entries).joined), set(case.joined)
        person_ref = case.application.person_ref
        seals = any(self._mapper.seals(event) for event in events)
        key = self.person_keys.of_person(person_ref) if seals else None
        return Append(
            command_id=command.command_id,
            body_hmac=self.keys.body_hmac(_body(case_id, command)),
            case_id=case_id,
            person_ref=person_ref,
            person_version=version,
            join=next(iter(joined - before), None),
            part=next(iter(before - joined), None),
            consume=[month for event in events for month in _consumed(event)],
            release=any(isinstance(event, GrantAnnulled) for event in events),
            service=case.application.service,
            received_on=case.application.occurred_on,
            stage=case.stage(date.min),
            outcome=case.engagement.result if case.engagement else None,
            agreed_end=case.engagement.agreed_end if case.engagement else None,
            fresh_evidence=fresh_evidence([*entries, *new]),
            event_ids=[event.event_id for event in events],
            events=[
                self._mapper.to_stored_event(case_id, len(entries) + index, event, key)
                for index, event in enumerate(events, 1)
            ],
        )

    def _carried_out(self, case_id: UUID, command: Command) -> Stored | None:
        """Return what a command led to when it came before; raise where its content was another then."""
        rows = self.rows("command", command=command.command_id)
        if not rows:
            return None
        if bytes(rows[0]["body_hmac"]) != self.keys.body_hmac(_body(case_id, command)):
            raise CommandIdReused("the same command id (or reference) was used before with another content")
        return Stored(tuple(rows[0]["event_ids"]), rows[0]["position"], repeated=True)


def _meanwhile(first: Read, last: Read) -> tuple[Meanwhile, ...]:
    """Return what was read last and not at first, in the log's order."""
    return tuple(
        Meanwhile(case_id, type(event).__name__, event.occurred_on, event.actor, position)
        for position, event, case_id in sorted(
            (
                (entry.position, entry.event, case_id)
                for case_id, entries in last.items()
                for entry in entries[len(first.get(case_id, ())) :]
            ),
            key=lambda row: row[0],
        )
    )


def _consumed(event: Event) -> tuple[str, ...]:
    """Return the months that an event consumes: those of a grant (K-5.5-b)."""
    return event.basis_months if isinstance(event, EligibilityAssessed) else ()


NOT_CONTENT = {"command_id": True, "correlation_id": True}


def _body(case_id: UUID, command: Command) -> bytes:
    """Return a command's canonical content, by which it is recognised when its id comes again."""
    content = command.model_dump(mode="json", exclude=NOT_CONTENT | {"replacement": NOT_CONTENT})
    content |= {"command": command.name, "case": str(case_id)}
    return json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()
