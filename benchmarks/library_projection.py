"""The library's own way to keep a view: its application, its runner, and one table of a row an event."""

import time
from typing import Any
from uuid import UUID

from eventsourcing.application import Application
from eventsourcing.dispatch import singledispatchmethod
from eventsourcing.domain import Aggregate
from eventsourcing.persistence import Tracking
from eventsourcing.postgres import PostgresDatastore, PostgresTrackingRecorder
from eventsourcing.projection import Projection as LibraryProjection
from eventsourcing.projection import ProjectionRunner
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict

from benchmarks.databases import new_database

LIBRARY_EVENTS = 2000


class _Counter(Aggregate):
    """A case of the library's."""

    def meet(self, on: str, advisor: str) -> None:
        """A meeting is held."""
        self.trigger_event(_Counter.Met, on=on, advisor=advisor, mode="digital")

    class Met(Aggregate.Event):
        """A meeting was held."""

        on: str
        advisor: str
        mode: str

        def apply(self, aggregate: Any) -> None:
            """Change nothing."""


class _Cases(Application[UUID]):
    """The library's application."""


class _View(PostgresTrackingRecorder):
    """One table of a row an event, kept with the library's tracking."""

    def __init__(self, datastore: PostgresDatastore, **kwargs: Any) -> None:
        super().__init__(datastore, **kwargs)
        self.sql_create_statements.append(
            sql.SQL(
                "CREATE TABLE IF NOT EXISTS library_view (case_id uuid, on_day text, advisor text)"
            ).format()
        )

    def add(self, case_id: UUID, event: Any, tracking: Tracking) -> None:
        """Add a row and the position, in one transaction."""
        with self.datastore.transaction(commit=True) as cursor:
            self._insert_tracking(cursor, tracking)
            cursor.execute(
                "INSERT INTO library_view VALUES (%s, %s, %s)",
                (case_id, event.on, event.advisor),
                prepare=True,
            )


class _OneView(LibraryProjection[_View]):
    """The library's projection of that view."""

    name = "oneview"
    topics = ()

    @singledispatchmethod
    def process_event(self, event: Any, tracking: Tracking) -> None:
        """Take an event that is not projected."""
        self.view.insert_tracking(tracking)

    @process_event.register
    def _(self, event: _Counter.Met, tracking: Tracking) -> None:
        self.view.add(event.originator_id, event, tracking)


def library_seconds(server: str) -> float:
    """Return how long the library's runner takes over its events, once they are stored."""
    with new_database(server) as database:
        place = conninfo_to_dict(database)
        env = {
            "PERSISTENCE_MODULE": "eventsourcing.postgres",
            "POSTGRES_DBNAME": str(place["dbname"]),
            "POSTGRES_HOST": str(place["host"]),
            "POSTGRES_PORT": str(place.get("port", "5432")),
            "POSTGRES_USER": str(place["user"]),
            "POSTGRES_PASSWORD": str(place.get("password", "x")),
        }
        app = _Cases(env)
        for _ in range(LIBRARY_EVENTS // 100):
            case = _Counter()
            for number in range(99):
                case.meet(f"2025-05-{number % 28 + 1:02d}", "bo")
            app.save(case)
        last = app.recorder.max_notification_id()
        app.close()
        began = time.perf_counter()
        with ProjectionRunner(
            application_class=_Cases, projection_class=_OneView, view_class=_View, env=env
        ) as runner:
            runner.wait(last, timeout=60)
            return time.perf_counter() - began
