"""The event store's recorder: one function in the database carries a command out in one round trip."""

from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime
from itertools import chain, count, islice
from typing import Any, NamedTuple
from uuid import UUID

from eventsourcing.persistence import IntegrityError, InterfaceError, OperationalError, StoredEvent
from eventsourcing.postgres import PostgresApplicationRecorder, PostgresDatastore
from psycopg import Connection, errors
from psycopg.rows import DictRow
from pydantic_core import to_json

from ledger.faults import CommandIdReused
from ledger.group_commit import GroupCommit
from ledger.patience import patiently
from ledger.queries import SQL

TABLE = "case_events"
LARGEST_STATEMENT = 500
"""So many commands go to the database in one round trip at the most."""


class Append(NamedTuple):
    """A command that was decided: its events, and what the ledger's own tables learn with them.

    `person_version` is the version that a decision was made on, None for a command that does not look at the
    person's other cases; `register_version` is how many entries the register had, None for a command on it.
    `join` and `part` are the reference of a number that stands, or no longer stands, for the same person. A command
    on the register or an employer's case has no person, and none of what is kept of a person's case.
    `key_id` is the key that the events are sealed under, None where nothing in them is.
    """

    command_id: UUID
    body_hmac: bytes
    case_id: UUID
    event_ids: Sequence[UUID]
    events: Sequence[StoredEvent]
    person_ref: str | None = None
    person_version: int | None = None
    register_version: int | None = None
    join: str | None = None
    part: str | None = None
    consume: Sequence[str] = ()
    release: bool = False
    service: str | None = None
    received_on: date | None = None
    stage: str | None = None
    outcome: str | None = None
    agreed_end: date | None = None
    fresh_evidence: bool | None = None
    key_id: UUID | None = None


class Stored(NamedTuple):
    """What a command led to: its events, the log position of the last, and whether it had come before."""

    event_ids: tuple[UUID, ...]
    position: int
    repeated: bool


class Recorded(NamedTuple):
    """What a command led to, and when it was recorded; None where it had been before."""

    stored: Stored
    recorded_at: datetime | None


class Overtaken(Exception):
    """Somebody else wrote to the case or the register, or decided on the person, since they were read."""


class KeyClosed(Overtaken):
    """The key that was sealed under is closed: the person is being erased, or was."""


class CaseRecorder(PostgresApplicationRecorder):
    """The library's recorder, saving through the function `liggare.append`, which takes the lock.

    What several threads save at the same time goes in together, in one transaction and one round trip.
    """

    def __init__(self, datastore: PostgresDatastore) -> None:
        super().__init__(datastore, events_table_name=TABLE)
        self._together = GroupCommit(self._save, of_all=(InterfaceError, OperationalError))

    def append(self, appends: Iterable[Append]) -> list[Recorded]:
        """Carry commands out, all or none, and return what each led to.

        A lost answer is safe: the retry finds the commands carried out. Raises `Overtaken` where a case, a
        person or the register moved meanwhile, and `CommandIdReused` where an id came before with another content.
        """
        return self._together.store(list(appends))

    def _save(self, calls: Sequence[Sequence[Append]]) -> list[list[Recorded]]:
        """Carry the commands of several callers out in one transaction, all or none."""
        tries = count()

        @patiently
        def tried() -> list[list[Recorded]]:
            again = next(tries) > 0
            recorded = self._try(calls)
            return self._own(calls, recorded) if again else recorded

        return tried()

    def _own(self, calls: Sequence[Sequence[Append]], recorded: list[list[Recorded]]) -> list[list[Recorded]]:
        """Return what a try after a lost answer found: what lies where it was to be stored is no repetition."""
        rows = [row.stored for one in recorded for row in one]
        positions = [row.position for row in rows if row.repeated]
        with self.datastore.get_connection() as connection:
            found = connection.execute(SQL["versions_at"], {"positions": positions}).fetchall()
        versions = {row["notification_id"]: row["originator_version"] for row in found}
        lasts = (append.events[-1] for appends in calls for append in appends)
        own = iter(
            row._replace(repeated=row.repeated and versions[row.position] != last.originator_version)
            for row, last in zip(rows, lasts, strict=True)
        )
        return [[row._replace(stored=next(own)) for row in one] for one in recorded]

    def _try(self, calls: Sequence[Sequence[Append]]) -> list[list[Recorded]]:
        rows = [_row(append) for appends in calls for append in appends]
        with self.datastore.get_connection() as connection:
            try:
                if len(rows) <= LARGEST_STATEMENT:
                    recorded = iter(_call(connection, rows))
                else:
                    with connection.transaction():
                        parts = range(0, len(rows), LARGEST_STATEMENT)
                        recorded = chain.from_iterable(
                            [_call(connection, rows[part : part + LARGEST_STATEMENT]) for part in parts]
                        )
            except (errors.UniqueViolation, IntegrityError):
                raise Overtaken from None
            except errors.DatabaseError as error:
                raise _fault(error) from None
        return [list(islice(recorded, len(appends))) for appends in calls]


def _call(connection: Connection[DictRow], rows: list[dict[str, Any]]) -> list[Recorded]:
    """Carry commands out in their order by one statement: their rows go as one JSON text."""
    found = connection.execute(SQL["append"], {"commands": to_json(rows).decode()}, prepare=True)
    return [_recorded(row) for row in found]


def _row(append: Append) -> dict[str, Any]:
    """Return an append as the database reads it from JSON."""
    events = [
        {
            "originator_id": event.originator_id,
            "originator_version": event.originator_version,
            "topic": event.topic,
            "state": _bytea(event.state),
        }
        for event in append.events
    ]
    return append._asdict() | {"body_hmac": _bytea(append.body_hmac), "events": events}


def _bytea(content: bytes) -> str:
    return "\\x" + content.hex()


def _recorded(row: DictRow) -> Recorded:
    at = row["recorded_at"]
    stored = Stored(tuple(row["event_ids"]), row["position"], row["repeated"])
    return Recorded(stored, at and at.astimezone(UTC))


def _fault(error: errors.DatabaseError) -> Exception:
    """Return what a failed append means; the library turns any other into its own kind of error."""
    if error.sqlstate == "LG001":
        return CommandIdReused("the same command id (or reference) was used before with another content")
    if error.sqlstate == "LG002":
        return Overtaken()
    if error.sqlstate == "LG003":
        return KeyClosed()
    return error
