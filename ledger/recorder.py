"""The event store's recorder: one function in the database carries a command out in one round trip."""

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any, NamedTuple
from uuid import UUID

from eventsourcing.persistence import IntegrityError, StoredEvent
from eventsourcing.postgres import PostgresApplicationRecorder, PostgresDatastore
from psycopg import Connection, errors
from psycopg.rows import DictRow

from ledger.faults import CommandIdReused
from ledger.patience import patiently
from ledger.queries import SQL

TABLE = "case_events"


class Append(NamedTuple):
    """A command that was decided: its events, and what the ledger's own tables learn with them.

    `person_version` is the version that a decision was made on, None for a command that does not look at the
    person's other cases. `join` and `part` are the reference of a number that stands, or no longer stands, for
    the same person.
    """

    command_id: UUID
    body_hmac: bytes
    case_id: UUID
    person_ref: str
    person_version: int | None
    join: str | None
    part: str | None
    consume: Sequence[str]
    release: bool
    service: str
    received_on: date
    stage: str
    outcome: str | None
    agreed_end: date | None
    fresh_evidence: bool
    event_ids: Sequence[UUID]
    events: Sequence[StoredEvent]


class Stored(NamedTuple):
    """What a command led to: its events, the log position of the last, and whether it had come before."""

    event_ids: tuple[UUID, ...]
    position: int
    repeated: bool


class Overtaken(Exception):
    """Somebody else wrote to the case, or decided on the person, after it was read: decide again."""


class CaseRecorder(PostgresApplicationRecorder):
    """The library's recorder, saving through the function `liggare.append`, which takes the lock."""

    def __init__(self, datastore: PostgresDatastore) -> None:
        super().__init__(datastore, events_table_name=TABLE)

    @patiently
    def append(self, appends: Iterable[Append]) -> list[Stored]:
        """Carry commands out, all or none, and return what each led to.

        A lost answer is safe: the retry finds the commands carried out. Raises `Overtaken` where a case or a
        person moved meanwhile, and `CommandIdReused` where an id came before with another content.
        """
        rows = [self._row(append) for append in appends]
        with self.datastore.get_connection() as connection:
            try:
                if len(rows) == 1:
                    return [self._call(connection, rows[0])]
                with connection.transaction():
                    return self._call_all(connection, rows)
            except (errors.UniqueViolation, IntegrityError):
                raise Overtaken from None
            except errors.DatabaseError as error:
                raise _fault(error) from None

    def _row(self, append: Append) -> dict[str, Any]:
        events = [
            self.construct_pg_stored_event(
                event.originator_id, event.originator_version, event.topic, event.state
            )
            for event in append.events
        ]
        return append._asdict() | {
            "events": events,
            "event_ids": list(append.event_ids),
            "consume": list(append.consume),
        }

    @staticmethod
    def _call(connection: Connection[DictRow], row: dict[str, Any]) -> Stored:
        found = connection.execute(SQL["append"], row, prepare=True).fetchone()
        assert found is not None
        return _stored(found)

    @staticmethod
    def _call_all(connection: Connection[DictRow], rows: list[dict[str, Any]]) -> list[Stored]:
        with connection.pipeline():
            cursors = [connection.cursor().execute(SQL["append"], row, prepare=True) for row in rows]
            found = [cursor.fetchone() for cursor in cursors]
        return [_stored(row) for row in found if row is not None]


def _stored(row: DictRow) -> Stored:
    return Stored(tuple(row["event_ids"]), row["position"], row["repeated"])


def _fault(error: errors.DatabaseError) -> Exception:
    """Return what a failed append means; the library turns any other into its own kind of error."""
    if error.sqlstate == "LG001":
        return CommandIdReused("the same command id (or reference) was used before with another content")
    if error.sqlstate == "LG002":
        return Overtaken()
    return error
