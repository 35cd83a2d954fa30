"""The ledger: cases are read from it and commands are carried out in it, one at a time or many at once."""

import random
import time
from collections.abc import Callable, Sequence
from datetime import date, datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from eventsourcing.postgres import PostgresDatastore

from domain.command import Command
from domain.commands import CorrectEntry, JoinPerson, ReceiveApplication
from domain.decisions import decide
from domain.employer import is_employer_case
from domain.employer_commands import EmployerCommand
from domain.employer_decisions import decide_employer
from domain.events import ApplicationReceived, PersonErased
from domain.grounds import Known
from domain.history import Entry
from domain.register import REGISTER, Register
from domain.register_commands import RegisterCommand
from domain.register_decisions import decide_register
from domain.rejections import CommandRejected, Meanwhile
from ledger.appends import AppendMaker, Decided
from ledger.faults import Changed, CommandIdReused, LedgerFault
from ledger.memory import Read
from ledger.reading import LedgerReader
from ledger.recorder import Append, CaseRecorder, KeyClosed, Overtaken, Recorded, Stored
from ledger.sealing import PersonKeys
from ledger.settings import Keys

STOCKHOLM = ZoneInfo("Europe/Stockholm")
ATTEMPTS = 30
LONGEST_PAUSE_SECONDS = 0.1

Ask = Callable[[Register, tuple[Entry, ...]], None]
"""Asks whether a command may be carried out at all, on the register and the case that it is decided on."""


def today() -> date:
    """Return today's date in Stockholm."""
    return datetime.now(STOCKHOLM).date()


class Ledger(LedgerReader):
    """An open ledger. Every write goes through `execute`; whatever is read, is read from the events."""

    def __init__(self, datastore: PostgresDatastore, keys: Keys, person_keys: PersonKeys) -> None:
        super().__init__(datastore, person_keys)
        self.keys = keys
        self._appends = AppendMaker(keys, person_keys)
        self._recorder = CaseRecorder(datastore)

    def execute(
        self, case_id: UUID, command: Command, on: date, version: int | None = None, ask: Ask | None = None
    ) -> Stored:
        """Carry a command out, and return what it led to; `on` is today in Stockholm.

        Sent again, it is recognised and not carried out twice. Where the case changed meanwhile it is decided
        again on what is true then; but where a `version` is given, how many events the case has, it is carried out
        on that version or not at all. Each time before it is decided, `ask` is asked, and may raise. Raises
        `CommandRejected`, `CommandIdReused`, `Changed` or `LedgerFault`.
        """
        return self._execute([(case_id, command)], on, version, ask)[0]

    def execute_all(self, commands: Sequence[tuple[UUID, Command]], on: date) -> list[Stored]:
        """Carry out commands on different cases, all or none, in one transaction; one on the register goes alone.

        They are first decided on what is remembered. The store takes nothing that was decided on too little, and
        nobody is told of a rejection before the cases were read.
        """
        return self._execute(commands, on)

    def _execute(
        self,
        commands: Sequence[tuple[UUID, Command]],
        on: date,
        version: int | None = None,
        ask: Ask | None = None,
    ) -> list[Stored]:
        cases = [REGISTER, *(case_id for case_id, _ in commands)]
        first, began = Read(), self._memory.newest
        changing = "the case kept changing while the command was being decided; try again"
        remembered = self._memory.all_of(cases)
        for attempt in range(ATTEMPTS):
            read = remembered or self.entries(cases)
            try:
                if version is None or len(read[cases[1]]) == version:
                    if ask is not None:
                        ask(self._memory.register(read[REGISTER]), read[cases[1]])
                    return self._attempt(commands, on, read)
                if not remembered:
                    return [self._before(*commands[0], read, version)]
            except CommandRejected as rejected:
                if not remembered:
                    rejected.meanwhile = _meanwhile(first, read, began) if first else ()
                    raise
            except Overtaken as overtaken:
                first = first or read
                if isinstance(overtaken, KeyClosed):
                    self.person_keys.forget_persons()
                    changing = "the person is being erased, which was cut short; run the command again"
                # Those who collided come back at different moments.
                time.sleep(random.uniform(0, min(LONGEST_PAUSE_SECONDS, 0.001 * 2**attempt)))  # noqa: S311
            remembered = None
        raise LedgerFault(changing)

    def _before(self, case_id: UUID, command: Command, read: Read, version: int) -> Stored:
        """Return what a command led to when it came before; raise `Changed` where it is new, and came too late."""
        if not read[case_id]:
            raise CommandRejected("UNKNOWN_CASE")
        if repeated := self._carried_out(case_id, command):
            return repeated
        raise Changed(len(read[case_id]), read[case_id][version:])

    def try_out(self, case_id: UUID, command: Command, on: date) -> None:
        """Raise `CommandRejected` where a command would be rejected; nothing is stored."""
        read = self.entries([REGISTER, case_id])
        self._append(self._decided(case_id, command, on, read))

    def _attempt(self, commands: Sequence[tuple[UUID, Command]], on: date, read: Read) -> list[Stored]:
        """Decide commands and store what they lead to; `read` gets what else they were decided on."""
        if len(commands) > 1:
            self._fetch_keys(commands, read)
        done: dict[int, Stored] = {}
        decided: dict[int, tuple[Decided, Append]] = {}
        for index, (case_id, command) in enumerate(commands):
            try:
                one = self._decided(case_id, command, on, read)
                decided[index] = one, self._append(one)
            except CommandRejected:
                repeated = self._carried_out(case_id, command)
                if repeated is None:
                    raise
                done[index] = repeated
        if decided:
            recorded = self._recorder.append(append for _, append in decided.values())
            for (index, (one, _)), answer in zip(decided.items(), recorded, strict=True):
                done[index] = answer.stored
                self._keep(one, answer)
        return [done[index] for index in range(len(commands))]

    def _keep(self, decided: Decided, answer: Recorded) -> None:
        """Remember what was stored, which follows what it was decided on; of an erased person forget everything."""
        if any(isinstance(event, PersonErased) for event in decided.events):
            self.forget([decided.case_id])
        elif answer.recorded_at is not None:
            before = answer.stored.position - len(decided.events)
            new = [
                Entry(before + index, answer.recorded_at, event)
                for index, event in enumerate(decided.events, 1)
            ]
            self._memory.go_on(decided.case_id, decided.entries, new)

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

    def _decided(self, case_id: UUID, command: Command, on: date, read: Read) -> Decided:
        """Decide a command; `read` gets the person's other cases where they were looked at."""
        entries = read[case_id]
        if not _takes(case_id, entries, command):
            raise CommandRejected("UNKNOWN_CASE")
        known = Known(on, entries, register=self._memory.register(read[REGISTER]))
        if isinstance(command, RegisterCommand):
            return Decided(case_id, command, entries, decide_register(command, known))
        if isinstance(command, EmployerCommand):
            events = decide_employer(case_id, command, known)
            return Decided(case_id, command, entries, events, register_version=len(read[REGISTER]))
        version = None
        if command.asks_person:
            person = self.person_of(case_id)
            read |= (others := self.entries(other for other in person.cases if other != case_id))
            known = known._replace(
                other_cases=tuple(self._memory.case(other, rows) for other, rows in others.items())
            )
            version = person.version
        joining = command.replacement if isinstance(command, CorrectEntry) else command
        if isinstance(joining, JoinPerson):
            known = known._replace(same_as=self.case(joining.same_as))
        events = decide(self._memory.case(case_id, entries), command, known)
        return Decided(case_id, command, entries, events, version, len(read[REGISTER]))

    def _append(self, decided: Decided) -> Append:
        """Return what is to be stored for a command that was decided."""
        if isinstance(decided.command, RegisterCommand | EmployerCommand):
            return self._appends.append_impersonal(decided)
        return self._appends.append(decided, self._memory.case(decided.case_id, decided.entries))

    def _carried_out(self, case_id: UUID, command: Command) -> Stored | None:
        """Return what a command led to when it came before; raise where its content was another then."""
        rows = self.rows("command", command=command.command_id)
        if not rows:
            return None
        if bytes(rows[0]["body_hmac"]) != self._appends.body_hmac(case_id, command):
            raise CommandIdReused("the same command id (or reference) was used before with another content")
        return Stored(tuple(rows[0]["event_ids"]), rows[0]["position"], repeated=True)


def _takes(case_id: UUID, entries: tuple[Entry, ...], command: Command) -> bool:
    """Tell whether a command is one on what an id stands for: the register, an employer's case or a person's."""
    if case_id == REGISTER or isinstance(command, RegisterCommand):
        return case_id == REGISTER and isinstance(command, RegisterCommand)
    return not entries or is_employer_case(entries) == isinstance(command, EmployerCommand)


def _meanwhile(first: Read, last: Read, began: int) -> tuple[Meanwhile, ...]:
    """Return what was read last and not at first, in the log's order; what was there when it began is left out."""
    return tuple(
        Meanwhile(case_id, type(event).__name__, event.occurred_on, event.actor, position)
        for position, event, case_id in sorted(
            (
                (entry.position, entry.event, case_id)
                for case_id, entries in last.items()
                for entry in entries[len(first.get(case_id, ())) :]
                if entry.position > began
            ),
            key=lambda row: row[0],
        )
    )
