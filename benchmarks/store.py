"""The event store's append against the library as it comes, and against INSERT without a lock."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import date
from itertools import count
from uuid import UUID, uuid4

import psycopg
from eventsourcing.persistence import StoredEvent
from eventsourcing.postgres import PostgresApplicationRecorder, PostgresDatastore
from psycopg.conninfo import conninfo_to_dict
from psycopg.rows import dict_row

from benchmarks.turns import THREADS, Work, print_rates, rates_in_turns, ratio
from ledger.ledger import Ledger
from ledger.recorder import Append, CaseRecorder

EACH, TURNS = 150, 9
TOPIC = "case.meeting_held"
STATE = b'{"event_id":"%s","occurred_on":"2025-05-05","actor":"advisor:anna.berg","mode":"digital"}' % (
    b"x" * 180
)


def store_rate(database: str, ledger: Ledger) -> None:
    """Print what one event a save costs, with and without what makes a ledger of it."""
    with library_save(database, EACH) as library, _raw_insert(database) as raw:
        rates = rates_in_turns(
            {"ledger": ledger_append(ledger), "library": library, "raw INSERT": raw}, EACH, TURNS
        )
    print(f"append: {ratio(rates, 'ledger', 'library')} times the library as it comes (wanted: 2)")
    print(f"append: {ratio(rates, 'ledger', 'raw INSERT')} times raw INSERT without a lock (wanted: 0.3)")
    print_rates(rates, f"events/s, {THREADS} threads, one event a save")


def _each(save: Callable[[UUID, int], object], each: int) -> Work:
    """Return a turn's share of one thread: events in a row on a case of its own."""
    versions = [count(1) for _ in range(THREADS)]
    cases = [uuid4() for _ in range(THREADS)]

    def work(thread: int) -> None:
        for _ in range(each):
            save(cases[thread], next(versions[thread]))

    return work


def ledger_append(ledger: Ledger) -> Work:
    """Save through the ledger's function: recognised when sent again, registered, stamped under the lock."""
    recorder: CaseRecorder = ledger._recorder  # noqa: SLF001

    def save(case_id: UUID, version: int) -> None:
        command_id = uuid4()
        recorder.append(
            [
                Append(
                    command_id=command_id,
                    body_hmac=bytes(32),
                    case_id=case_id,
                    person_ref=case_id.hex * 2,
                    person_version=None,
                    join=None,
                    part=None,
                    consume=[],
                    release=False,
                    service="counselling_dismissed",
                    received_on=date(2025, 4, 10),
                    stage="active",
                    outcome=None,
                    agreed_end=date(2026, 4, 20),
                    fresh_evidence=False,
                    key_id=case_id,
                    event_ids=[command_id],
                    events=[StoredEvent(case_id, version, TOPIC, STATE)],
                )
            ]
        )

    return _each(save, EACH)


@contextmanager
def library_save(database: str, each: int) -> Iterator[Work]:
    """Save with the library's recorder as it is shipped: its table, its lock, its notification."""
    with PostgresDatastore("", "", "", "", "", schema="library", pool_size=THREADS) as datastore:
        datastore.pool.kwargs = conninfo_to_dict(database) | {"row_factory": dict_row}
        with psycopg.connect(database, autocommit=True) as connection:
            connection.execute("CREATE SCHEMA IF NOT EXISTS library")
        recorder = PostgresApplicationRecorder(datastore)
        recorder.create_table()
        yield _each(
            lambda case_id, version: recorder.insert_events([StoredEvent(case_id, version, TOPIC, STATE)]),
            each,
        )


@contextmanager
def _raw_insert(database: str) -> Iterator[Work]:
    """Insert the same row into a table of the same columns and indexes, each thread on its own connection."""
    with ExitStack() as stack:
        connections = [
            stack.enter_context(psycopg.connect(database, autocommit=True)) for _ in range(THREADS)
        ]
        connections[0].execute("CREATE TABLE raw_events (LIKE library.stored_events INCLUDING ALL)")

        versions = [count(1) for _ in range(THREADS)]
        cases = [uuid4() for _ in range(THREADS)]

        def work(thread: int) -> None:
            for _ in range(EACH):
                connections[thread].execute(
                    "INSERT INTO raw_events (originator_id, originator_version, topic, state) "
                    "VALUES (%s, %s, %s, %s)",
                    (cases[thread], next(versions[thread]), TOPIC, STATE),
                    prepare=True,
                )

        yield work
