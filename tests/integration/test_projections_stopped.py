"""What stops a projection: an event that can't be read, a row that can't be made. The others go on."""

from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import pytest

from domain.register import REGISTER
from ledger.ledger import Ledger
from projections import runner as running
from projections.catalogue import PROJECTIONS
from projections.projection import Aggregate, Projection, Table
from projections.runner import Runner
from projections.states import Behind, states, wait_for
from tests.applications import TODAY, command
from tests.projected import Connection, all_rows, catch_up, under_way
from tests.registers import hire, placed


@pytest.fixture
def staffed(ledger: Ledger) -> Ledger:
    """A ledger whose register has the tests' staff."""
    hire(ledger)
    return ledger


@pytest.fixture
def connection(ledger: Ledger) -> Iterator[Connection]:
    with ledger.own_connection() as opened:
        yield opened


def unheard_of(ledger: Ledger, topic: str, state: bytes = b"{}") -> int:
    """Put an event into the log that this program does not know."""
    rows = ledger.select(
        "INSERT INTO liggare.case_events (originator_id, originator_version, topic, state, recorded_at) "
        "VALUES (%(case)s, 1, %(topic)s, %(state)s, clock_timestamp()) RETURNING notification_id AS position",
        case=uuid4(),
        topic=topic,
        state=state,
    )
    return int(rows[0]["position"])


def only_staff() -> Projection:
    """A projection of the register alone."""
    return Projection(
        "staff_alone",
        1,
        "../tests/data/staff_alone.sql",
        (Table("staff_alone", "register", ("lines",), _lines),),
    )


def _lines(aggregate: Aggregate) -> Iterator[tuple[Any, ...]]:
    yield (len(aggregate.entries),)


def test_an_unknown_event_stops_loudly_whom_it_concerns(staffed: Ledger, connection: Connection) -> None:
    """What comes before it is read; what is after is not; a projection of the register goes on."""
    both = (*PROJECTIONS, only_staff())
    told: list[str] = []
    runner = Runner(connection, both, told.append)
    runner.lead()
    runner.catch_up()
    under_way(staffed, 1)
    position = unheard_of(staffed, "case.unheard_of")
    under_way(staffed, 2)
    staffed.execute(REGISTER, placed("ny"), TODAY)
    runner.catch_up()
    where = f"event {position} of the log (case.unheard_of, case "
    found = {one.name: one for one in states(staffed, both)}
    for name in ("caseload", "duties"):
        error = found[name].error
        assert error is not None
        assert error.startswith(where)
        assert "its topic is unknown; install the newer Liggare" in error
        assert found[name].position == position - 1
    assert (found["staff_alone"].error, found["staff_alone"].behind) == (None, 0)
    assert all(where in text for text in told)
    assert len(told) >= 2
    assert len(all_rows(staffed)["open_case"]) == 1
    with pytest.raises(Behind, match="projection caseload stopped at"):
        wait_for(staffed, position + 1, 5, ("caseload",))


def test_content_that_does_not_fit_stops_too_and_tells_nothing_of_it(
    staffed: Ledger, connection: Connection
) -> None:
    catch_up(connection)
    unheard_of(staffed, "case.meeting_held", b'{"event_id": "19800101-1234"}')
    told = catch_up(connection)
    assert told
    assert "event_id does not fit" in told[0]
    assert "1980" not in "".join(told)


class Failing:
    """A projection whose rows fail, in the program or in the database, once a case has a pause on record."""

    def __init__(self, how: str) -> None:
        self.how = how
        table = Table("staff_alone", "case", ("lines",), self._rows)
        self.projection = Projection("failing", 1, "../tests/data/staff_alone.sql", (table,))

    def _rows(self, aggregate: Aggregate) -> Iterator[tuple[Any, ...]]:
        paused = any(entry.event.topic == "case.paused" for entry in aggregate.entries)
        if paused and self.how == "program":
            raise ValueError("19800101-1234")
        yield (None if paused and self.how == "database" else len(aggregate.entries),)


@pytest.mark.parametrize("how", ["program", "database"])
def test_a_row_that_fails_stops_its_projection_alone(
    staffed: Ledger, connection: Connection, how: str
) -> None:
    """It stops before the very event, whatever lies around it in the batch; mended, it goes on when run again."""
    failing, told = Failing(how), list[str]()
    both = (*PROJECTIONS, failing.projection)
    runner = Runner(connection, both, told.append)
    runner.lead()
    case_id = under_way(staffed)
    pause = staffed.execute(
        case_id, command("pause", "2025-06-01", reason="short_sick_leave"), TODAY
    ).position
    under_way(staffed, 2)
    runner.catch_up()
    found = {one.name: one for one in states(staffed, both)}
    assert (found["failing"].position, found["caseload"].behind) == (pause - 1, 0)
    assert told == [f"projection failing stopped: {found['failing'].error}"]
    where = f"event {pause} of the log (case.paused, case {case_id}) can't be made rows of failing"
    assert where in told[0]
    assert "1980" not in told[0]
    failing.how = "not at all"
    runner.lead()
    runner.catch_up()
    assert {one.behind for one in states(staffed, both)} == {0}
    assert {row["lines"] for row in staffed.select("SELECT lines FROM liggare_read.staff_alone")} == {5, 4}


def test_what_is_far_behind_is_built_anew(
    staffed: Ledger, connection: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The rows are the same; where an event can't be read it is taken on up to there instead."""
    catch_up(connection)
    under_way(staffed)
    unheard_of(staffed, "case.unheard_of")
    monkeypatch.setattr(running, "FAR_BEHIND", 1)
    connection.execute("UPDATE liggare_read.projection SET position = 1")
    assert all("unheard_of" in text for text in catch_up(connection))
    assert len(all_rows(staffed)["open_case"]) == 1


def test_a_new_ledger_with_an_event_nobody_knows_is_read_up_to_it(
    staffed: Ledger, connection: Connection
) -> None:
    under_way(staffed)
    position = unheard_of(staffed, "strange.thing")
    assert len(catch_up(connection)) == len(PROJECTIONS)
    assert {one.position for one in states(staffed)} == {position - 1}
    assert len(all_rows(staffed)["open_case"]) == 1


def test_a_version_of_a_newer_program_is_left_alone(staffed: Ledger, connection: Connection) -> None:
    catch_up(connection)
    connection.execute("UPDATE liggare_read.projection SET version = 99 WHERE name = 'duties'")
    under_way(staffed)
    assert catch_up(connection) == ["projection duties is of version 99: install the newer Liggare"]
    found = {one.name: one for one in states(staffed)}
    assert (found["caseload"].behind, found["duties"].behind, found["duties"].serves) == (0, 4, False)
