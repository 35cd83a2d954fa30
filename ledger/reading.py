"""Reading from the ledger: cases, the register and whose a case is, from the events and nothing else."""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, date
from typing import Any, NamedTuple, cast
from uuid import UUID

import psycopg
from eventsourcing.persistence import InterfaceError, OperationalError, StoredEvent
from eventsourcing.postgres import PostgresDatastore
from psycopg import Connection
from psycopg.rows import DictRow

from domain.case import Case
from domain.employer import EmployerCase, fold_employer, is_employer_case
from domain.events import ApplicationReceived, PersonErased
from domain.grounds import Known
from domain.history import Entry
from domain.protection import Protection, protection_in
from domain.register import REGISTER, Register
from domain.rejections import CommandRejected
from ledger.group_commit import GroupCommit
from ledger.mapper import EventMapper
from ledger.memory import Memory, Read
from ledger.patience import patiently
from ledger.queries import SQL, queries
from ledger.sealing import PersonKeys

READINGS_SQL = queries("ledger.sql", "readings.sql")


class Person(NamedTuple):
    """A person as the ledger knows one: a reference, the version of what was decided, and all the cases."""

    person_ref: str
    version: int
    cases: tuple[UUID, ...]


class LedgerReader:
    """What can be read of an open ledger; the database is asked each time, and only for what is not remembered."""

    def __init__(self, datastore: PostgresDatastore, person_keys: PersonKeys) -> None:
        self._datastore = datastore
        self.person_keys = person_keys
        self._mapper = EventMapper()
        self._memory = Memory()
        self._readings = GroupCommit(self._put_on_record, of_all=(InterfaceError, OperationalError))

    def rows(self, name: str, **values: Any) -> list[DictRow]:
        """Return the rows of one of the ledger's named statements."""
        return self.select(SQL[name], **values)

    @patiently
    def select(self, statement: str, **values: Any) -> list[DictRow]:
        """Return the rows of a statement that another room reads with."""
        with self._datastore.get_connection() as connection:
            return connection.execute(statement, values).fetchall()

    def put_on_record(self, readings: Sequence[Mapping[str, object]]) -> None:
        """Store that something is read; what several threads read at the same time goes in together."""
        if readings:
            self._readings.store(readings)

    def _put_on_record(self, readings: Sequence[Sequence[Mapping[str, object]]]) -> list[int]:
        rows = [row for one in readings for row in one]
        self.select(READINGS_SQL["add_readings"], readings=json.dumps(rows, default=str))
        return [len(one) for one in readings]

    @contextmanager
    def own_connection(self) -> Iterator[Connection[DictRow]]:
        """Yield a connection to the ledger's database that nobody else uses, such as one that listens."""
        with psycopg.connect(
            **cast(dict[str, Any], self._datastore.pool.kwargs), autocommit=True
        ) as connection:
            yield connection

    def entries(self, case_ids: Iterable[UUID]) -> Read:
        """Return the events of some cases as the log keeps them, oldest first; an unknown case has none.

        Events read before are remembered: they never change, so only later ones are read.
        """
        wanted = {case_id: self._memory.known(case_id) for case_id in case_ids}
        versions = [len(entries) for entries in wanted.values()]
        rows = self.rows("case_entries", cases=list(wanted), versions=versions)
        erased = {row["originator_id"] for row in rows if row["topic"] == PersonErased.topic}
        if any(wanted[case_id] for case_id in erased):
            self.forget(erased)  # what was read while it could be
            return self.entries(wanted)
        new: dict[UUID, list[Entry]] = {}
        for row, entry in zip(rows, self.opened(rows, erased), strict=True):
            new.setdefault(row["originator_id"], []).append(entry)
        wanted |= {case_id: (*wanted[case_id], *late) for case_id, late in new.items()}
        self._memory.keep(wanted)
        return wanted

    def opened(self, rows: Sequence[Mapping[str, Any]], erased: set[UUID]) -> list[Entry]:
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

    def forget(self, case_ids: Iterable[UUID]) -> None:
        """Forget what was read of some cases: a person was erased."""
        self._memory.forget(case_ids)

    def history(self, case_id: UUID) -> tuple[Entry, ...]:
        """Return the events of a case, oldest first; raise `CommandRejected` where there is no such case."""
        entries = self.entries([case_id])[case_id]
        if not entries:
            raise CommandRejected("UNKNOWN_CASE")
        return entries

    def case(self, case_id: UUID) -> Case:
        """Return a person's case as it stands; raise `CommandRejected` where there is no such case."""
        entries = self.history(case_id)
        if not isinstance(entries[0].event, ApplicationReceived):
            raise CommandRejected("UNKNOWN_CASE")
        return self._memory.case(case_id, entries)

    def employer_case(self, case_id: UUID) -> EmployerCase:
        """Return an employer's case as it stands; raise `CommandRejected` where there is no such case."""
        entries = self.history(case_id)
        if not is_employer_case(entries):
            raise CommandRejected("UNKNOWN_CASE")
        return fold_employer(case_id, entries)

    def case_of(self, case_id: UUID, entries: tuple[Entry, ...]) -> Case:
        """Return the case that some entries, all that there are, add up to."""
        return self._memory.case(case_id, entries)

    def known(self, case_id: UUID, on: date) -> Known:
        """Return what a decision on a case would be made on, on a day; raise `CommandRejected` for no such case."""
        entries = self.history(case_id)
        others = self.entries(other for other in self.person_of(case_id).cases if other != case_id)
        cases = tuple(self._memory.case(other, rows) for other, rows in others.items())
        return Known(on, entries, cases, register=self.register())

    def register(self) -> Register:
        """Return the register of the organisation's staff and providers, as it stands."""
        return self._memory.register(self.entries([REGISTER])[REGISTER])

    def protection_of(self, case_id: UUID) -> Protection | None:
        """Return the protection of a person's identity, whichever of the person's cases has it; None for no person.

        The log is asked each time, and nothing that is derived from it later: no protection is ever missed.
        """
        return self.protections_of([case_id]).get(case_id)

    def protections_of(self, case_ids: Sequence[UUID]) -> dict[UUID, Protection]:
        """Return the protections that stand of the persons of some cases, asked of the log as above."""
        rows = self.rows("cases_of_same_person", cases=list(case_ids)) if case_ids else []
        read = self.entries(dict.fromkeys(own for row in rows for own in row["cases"])) if rows else {}
        cases = {own: self._memory.case(own, entries) for own, entries in read.items()}
        found = {row["case_id"]: protection_in(cases[own] for own in row["cases"]) for row in rows}
        return {case_id: protection for case_id, protection in found.items() if protection}

    def looked_at(self, case_id: UUID, version: int | None = None) -> tuple[Register, tuple[Entry, ...]]:
        """Return the register and a case's events, none of an unknown one, by one look at the log.

        Not even that is needed where just the events of a `version` are remembered, and a command is meant for it:
        the store takes it only if neither case nor register has more.
        """
        read = self._memory.all_of([REGISTER, case_id]) if version else None
        if read is None or len(read[case_id]) != version:
            read = self.entries([REGISTER, case_id])
        return self._memory.register(read[REGISTER]), read[case_id]

    def version_at(self, position: int) -> int:
        """Return which event of its case lies at a position of the log, counted from 1."""
        (row,) = self.rows("versions_at", positions=[position])
        return int(row["originator_version"])

    def cases_of_person(self, person_ref: str) -> tuple[UUID, ...]:
        """Return every case of a person, by any of the person's numbers, the oldest first."""
        return tuple(row["case_id"] for row in self.rows("cases_of_person", person=person_ref))

    def person_of(self, case_id: UUID) -> Person:
        """Return whose a case is; raise `CommandRejected` where there is no such case."""
        rows = self.rows("person_of_case", case=case_id)
        if not rows:
            raise CommandRejected("UNKNOWN_CASE")
        return Person(rows[0]["person_ref"], rows[0]["version"], tuple(rows[0]["cases"]))
