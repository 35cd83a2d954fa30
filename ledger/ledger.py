"""The ledger: cases are read from it and commands are carried out in it, one at a time or many at once."""

import json
import random
import time
from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime
from operator import is_
from typing import Any, NamedTuple
from uuid import UUID
from zoneinfo import ZoneInfo

from eventsourcing.persistence import StoredEvent
from eventsourcing.postgres import PostgresDatastore
from psycopg.rows import DictRow

from domain.case import Case
from domain.command import Command
from domain.commands import CorrectEntry, JoinPerson, ReceiveApplication
from domain.decisions import decide
from domain.event import Event
from domain.events import ApplicationReceived, EligibilityAssessed, GrantAnnulled, PersonErased
from domain.grounds import Known
from domain.history import Entry, fold, fold_on, fresh_evidence
from domain.register import REGISTER, Register, fold_register
from domain.register_commands import RegisterCommand
from domain.register_decisions import decide_register
from domain.rejections import CommandRejected, Meanwhile
from ledger.faults import CommandIdReused, LedgerFault
from ledger.mapper import EventMapper
from ledger.patience import patiently
from ledger.queries import SQL
from ledger.recorder import Append, CaseRecorder, KeyClosed, Overtaken, Stored
from ledger.sealing import PersonKey, PersonKeys
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

    def __init__(self, datastore: PostgresDatastore, keys: Keys, person_keys: PersonKeys) -> None:
        self._datastore = datastore
        self.keys = keys
        self.person_keys = person_keys
        self._recorder = CaseRecorder(datastore)
        self._mapper = EventMapper()
        self._read: dict[UUID, tuple[Entry, ...]] = {}
        self._folded: dict[UUID, tuple[tuple[Entry, ...], Case]] = {}
        self._register: tuple[tuple[Entry, ...], Register] = ((), Register())

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
        erased = {row["originator_id"] for row in rows if row["topic"] == PersonErased.topic}
        if any(wanted[case_id] for case_id in erased):
            self.forget(erased)  # what was read while it could be
            return self.entries(wanted)
        new: dict[UUID, list[Entry]] = {}
        for row, entry in zip(rows, self._opened(rows, erased), strict=True):
            new.setdefault(row["originator_id"], []).append(entry)
        wanted |= {case_id: (*wanted[case_id], *late) for case_id, late in new.items()}
        self._remember(wanted)
        return wanted

    def _opened(self, rows: list[DictRow], erased: set[UUID]) -> list[Entry]:
        """Return stored events with their sealed fields opened; those of erased cases never are, key or no key."""
        stored = [
            StoredEvent(row["originator_id"], row["originator_version"], row["topic"], row["state"])
            for row in rows
        ]
        needed = [(event.originator_id, self._mapper.key_of(event)) for event in stored]
        gone = {key_id for case_id, key_id in needed if key_id and case_id in erased}
        keys = self.person_keys.by_id(key_id for _, key_id in needed if key_id and key_id not in gone)
        keys |= dict.fromkeys(gone)
        self.person_keys.forget(gone)
        return [
            Entry(
                row["notification_id"], row["recorded_at"].astimezone(UTC), self._mapper.to_event(event, keys)
            )
            for row, event in zip(rows, stored, strict=True)
        ]

    def _remember(self, read: dict[UUID, tuple[Entry, ...]]) -> None:
        self._read |= {case_id: entries for case_id, entries in read.items() if entries}
        if len(self._read) > CASES_REMEMBERED:
            self.forget(list(self._read)[: CASES_REMEMBERED // 10])

    def forget(self, case_ids: Iterable[UUID]) -> None:
        """Forget what was read of some cases: a person was erased."""
        for case_id in case_ids:
            self._read.pop(case_id, None)
            self._folded.pop(case_id, None)

    def history(self, case_id: UUID) -> tuple[Entry, ...]:
        """Return the events of a case, oldest first; raise `CommandRejected` where there is no such case."""
        entries = self.entries([case_id])[case_id]
        if not entries:
            raise CommandRejected("UNKNOWN_CASE")
        return entries

    def case(self, case_id: UUID) -> Case:
        """Return a case as it stands; raise `CommandRejected` where there is no such case."""
        return self._case_of(case_id, self.history(case_id))

    def _case_of(self, case_id: UUID, entries: tuple[Entry, ...]) -> Case:
        """Return what a case's entries add up to; what was folded before goes on where it was."""
        before, case = self._folded.get(case_id, ((), Case(case_id=case_id)))
        if before is not entries:  # which an unknown case's are, and nothing is remembered of it
            goes_on = len(before) <= len(entries) and all(map(is_, before, entries))
            case = (
                fold_on(case_id, case, before, entries[len(before) :]) if goes_on else fold(case_id, entries)
            )
            self._folded[case_id] = entries, case
        return case

    def register(self) -> Register:
        """Return the register of the organisation's staff and providers, as it stands."""
        return self._register_of(self.entries([REGISTER])[REGISTER])

    def _register_of(self, entries: tuple[Entry, ...]) -> Register:
        """Return what the register's entries add up to; it changes seldom, so the last answer is remembered."""
        remembered = self._register
        if remembered[0] is not entries:
            self._register = remembered = (entries, fold_register(entries))
        return remembered[1]

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
        changing = "the case kept changing while the command was being decided; try again"
        for attempt in range(ATTEMPTS):
            read: Read = {}
            try:
                return self._attempt(commands, on, read)
            except CommandRejected as rejected:
                rejected.meanwhile = _meanwhile(first, read) if attempt else ()
                raise
            except Overtaken as overtaken:
                first = first or read
                if isinstance(overtaken, KeyClosed):
                    self.person_keys.forget_persons()
                    changing = "the person is being erased, which was cut short; run the command again"
                # Those who collided come back at different moments.
                time.sleep(random.uniform(0, min(LONGEST_PAUSE_SECONDS, 0.001 * 2**attempt)))  # noqa: S311
        raise LedgerFault(changing)

    def try_out(self, case_id: UUID, command: Command, on: date) -> None:
        """Raise `CommandRejected` where a command would be rejected; nothing is stored."""
        read = self.entries([REGISTER, case_id])
        self._decided(case_id, command, read[case_id], on, read)

    def _attempt(self, commands: Sequence[tuple[UUID, Command]], on: date, read: Read) -> list[Stored]:
        """Decide commands and store what they lead to; `read` is filled with what they were decided on."""
        read |= (loaded := self.entries([REGISTER, *(case_id for case_id, _ in commands)]))
        if len(commands) > 1:
            self._fetch_keys(commands, loaded)
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

    def _fetch_keys(self, commands: Sequence[tuple[UUID, Command]], loaded: Read) -> None:
        """Have every key at hand that some commands may seal under, by one round trip for all of them."""
        pairs = [(command, loaded[case_id]) for case_id, command in commands]
        self.person_keys.of_persons(
            command.person_ref
            for command, entries in pairs
            if isinstance(command, ReceiveApplication) and not entries
        )
        firsts = [entries[0].event for _, entries in pairs if entries]
        self.person_keys.of_persons(
            (first.person_ref for first in firsts if isinstance(first, ApplicationReceived)), make=False
        )

    def _decided(
        self, case_id: UUID, command: Command, entries: tuple[Entry, ...], on: date, read: Read
    ) -> Append:
        """Decide a command and return what is to be stored for it."""
        if isinstance(command, RegisterCommand) != (case_id == REGISTER):
            raise CommandRejected("UNKNOWN_CASE")
        known, version = Known(on, entries, register=self._register_of(read[REGISTER])), None
        if isinstance(command, RegisterCommand):
            return self._append_lines(command, entries, decide_register(command, known))
        if command.asks_person:
            person = self.person_of(case_id)
            read |= (others := self.entries(other for other in person.cases if other != case_id))
            known = known._replace(
                other_cases=tuple(self._case_of(other, rows) for other, rows in others.items())
            )
            version = person.version
        joining = command.replacement if isinstance(command, CorrectEntry) else command
        if isinstance(joining, JoinPerson):
            known = known._replace(same_as=self.case(joining.same_as))
        events = decide(self._case_of(case_id, entries), command, known)
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
        earlier = self._case_of(case_id, entries)
        case = fold_on(case_id, earlier, entries, new)
        assert case.application is not None
        before, joined = set(earlier.joined), set(case.joined)
        person_ref = case.application.person_ref
        seals = any(self._mapper.seals(event) for event in events)
        key = self._sealing_key(person_ref, new=not entries) if seals else None
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
            key_id=key.key_id if key else None,
            event_ids=[event.event_id for event in events],
            events=[
                self._mapper.to_stored_event(case_id, len(entries) + index, event, key)
                for index, event in enumerate(events, 1)
            ],
        )

    def _append_lines(
        self, command: RegisterCommand, entries: tuple[Entry, ...], events: list[Event]
    ) -> Append:
        """Return what is to be stored for a command on the register: its events, and nothing of any case."""
        return Append(
            command_id=command.command_id,
            body_hmac=self.keys.body_hmac(_body(REGISTER, command)),
            case_id=REGISTER,
            event_ids=[event.event_id for event in events],
            events=[
                self._mapper.to_stored_event(REGISTER, len(entries) + index, event, None)
                for index, event in enumerate(events, 1)
            ],
        )

    def _sealing_key(self, person_ref: str, *, new: bool) -> PersonKey:
        """Return the key to seal under; only a new case may give its person one."""
        key = self.person_keys.of_person(person_ref, make=new)
        if key is None:
            raise KeyClosed
        return key

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


NOT_CONTENT = {"command_id": True, "correlation_id": True, "actor": True}
"""What may differ when a command is sent again: who sends it, and in which flow."""


def _body(case_id: UUID, command: Command) -> bytes:
    """Return a command's canonical content, by which it is recognised when its id comes again."""
    content = command.model_dump(
        mode="json", exclude=NOT_CONTENT | {"replacement": NOT_CONTENT, "declaration": {"file_name"}}
    )
    content |= {"command": command.name, "case": str(case_id)}
    return json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()
