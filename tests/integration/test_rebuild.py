"""Building projections anew: what differs is told and explained, and readers go on reading."""

import multiprocessing
import threading
from collections.abc import Callable, Iterator

import psycopg
import pytest

from domain.register import REGISTER
from ledger.faults import LedgerFault
from ledger.ledger import Ledger
from projections import building, making
from projections.building import rebuild
from projections.catalogue import PROJECTIONS
from projections.differences import changed
from projections.projection import Projection, Rows
from projections.reading import SQL
from projections.states import states
from tests.applications import TODAY, received
from tests.projected import Connection, all_rows, catch_up, meet, under_way
from tests.registers import hire, placed

CASELOAD = next(one for one in PROJECTIONS if one.name == "caseload")


@pytest.fixture
def staffed(ledger: Ledger) -> Ledger:
    """A ledger whose register has the tests' staff, and whose projections stand at its last event."""
    hire(ledger)
    with ledger.own_connection() as connection:
        catch_up(connection)
    return ledger


@pytest.fixture
def connection(staffed: Ledger) -> Iterator[Connection]:
    with staffed.own_connection() as opened:
        yield opened


def anew(ledger: Ledger, *projections: Projection) -> list[building.Rebuilt]:
    with ledger.own_connection() as connection:
        return rebuild(connection, projections or PROJECTIONS)


def test_built_anew_every_row_is_the_same(staffed: Ledger, connection: Connection) -> None:
    """Whatever batches had made them; the steps told add up to the log."""
    for serial in (1, 2, 3):
        meet(staffed, under_way(staffed, serial), "2025-05-05")
    catch_up(connection, 2)
    before, told = all_rows(staffed), list[int]()

    def progress(total: int) -> Callable[[int], object]:
        told.append(-total)
        return told.append

    made = rebuild(connection, PROJECTIONS, progress)
    assert all_rows(staffed) == before
    assert [(one.differing, one.differences) for one in made] == [(0, [])] * len(made)
    assert [one.before for one in made] == [one.version for one in PROJECTIONS]
    assert sum(told) == 0


def test_what_differs_is_explained(staffed: Ledger, connection: Connection) -> None:
    """An event that was passed over, one in the middle, a row that somebody wrote, a case that the log has not."""
    late, middle, written = (under_way(staffed, serial) for serial in (1, 2, 3))
    catch_up(connection)
    second = meet(staffed, late, "2025-05-05")
    connection.execute("UPDATE liggare_read.projection SET position = %s", [second.position])
    lost = meet(staffed, middle, "2025-05-06").event_ids[0]
    meet(staffed, middle, "2025-05-07")
    catch_up(connection)
    connection.execute("UPDATE liggare_read.open_case SET meetings_held = 1 WHERE source = %s", [middle])
    connection.execute(
        "UPDATE liggare_read.open_case SET last_contact = '2025-05-07' WHERE source = %s", [middle]
    )
    connection.execute("UPDATE liggare_read.open_case SET advisor = 'x' WHERE source = %s", [written])
    connection.execute(
        "INSERT INTO liggare_read.advisor_of_case SELECT gen_random_uuid(), 1, 'x', '2025-01-01', NULL"
    )
    (made,) = anew(staffed, CASELOAD)
    assert made.differing == 4
    told = {one.source: one for one in made.differences}
    assert told[late].why == "the live rows lack what came after"
    assert [entry.position for entry in told[late].events] == [second.position]
    assert changed(told[late]) == ["meetings_held", "last_contact"]
    assert told[middle].why == "the live rows lack this event"
    assert [entry.event.event_id for entry in told[middle].events] == [lost]
    assert told[written].why == "no events of the case lead to the live rows"
    stranger = next(one for one in made.differences if one.table == "advisor_of_case")
    assert (stranger.why, stranger.events, stranger.built) == ("the log has no such case", [], [])
    assert anew(staffed, CASELOAD)[0].differing == 0


def test_compared_at_the_live_position_and_put_in_place_at_the_newest(
    staffed: Ledger, connection: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What comes in while it is built is no difference, and is there in the end; the runner goes on from there."""
    case_id = under_way(staffed)
    catch_up(connection)
    build = building._build

    def meanwhile(*given: object) -> None:
        build(*given)  # type: ignore[arg-type]
        for day in range(1, 6):
            meet(staffed, case_id, f"2025-05-{day:02d}")
        staffed.execute(REGISTER, placed("ny"), TODAY)
        catch_up(connection, 2)
        under_way(staffed, 2)

    monkeypatch.setattr(building, "_build", meanwhile)
    monkeypatch.setattr(building, "BATCH", 2)
    made = anew(staffed)
    assert {(one.differing, one.position) for one in made} == {(0, staffed.history(case_id)[-1].position + 1)}
    assert {one.behind for one in states(staffed)} == {4}
    catch_up(connection)
    assert {one.behind for one in states(staffed)} == {0}
    after = all_rows(staffed)
    monkeypatch.setattr(building, "_build", build)
    anew(staffed)
    assert all_rows(staffed) == after


def test_readers_go_on_reading(staffed: Ledger, connection: Connection) -> None:
    """At every moment there is one whole table, built before or after."""
    for serial in range(1, 6):
        under_way(staffed, serial)
    catch_up(connection)
    counts, over = list[int](), threading.Event()

    def read() -> None:
        while not over.is_set():
            counts.append(len(staffed.select("SELECT * FROM liggare_read.open_case")))

    reader = threading.Thread(target=read)
    reader.start()
    for _ in range(5):
        anew(staffed)
    over.set()
    reader.join()
    assert set(counts) == {5}
    assert len(counts) > 20


def test_a_reader_that_stays_for_long_is_not_waited_for_for_ever(
    staffed: Ledger, connection: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The rows stay as they were, and nothing is left over."""
    monkeypatch.setattr(building, "TRIES", 2)
    monkeypatch.setitem(SQL, "soon", "SELECT set_config('lock_timeout', '50ms', true)")
    with connection.transaction():
        connection.execute("SELECT * FROM liggare_read.open_case")
        with pytest.raises(LedgerFault, match="caseload is read all the time; nothing was put"):
            anew(staffed)
    assert staffed.select("SELECT FROM pg_namespace WHERE nspname = 'liggare_shadow'") == []
    assert anew(staffed)


def test_a_newer_version_is_built_before_it_serves(staffed: Ledger, connection: Connection) -> None:
    """The rows of the one before are there until then, and are not compared."""
    under_way(staffed)
    catch_up(connection)
    version = CASELOAD.version + 1
    newer = CASELOAD._replace(version=version, tables=CASELOAD.tables[:1])
    assert [one.serves for one in states(staffed, [newer])] == [False]
    assert catch_up(connection, projections=[newer]) == []
    assert [(one.version, one.serves, one.behind) for one in states(staffed, [newer])] == [(version, True, 0)]


def test_two_do_not_build_at_once(staffed: Ledger, connection: Connection) -> None:
    connection.execute("SELECT pg_advisory_lock(%s)", [building.LOCK])
    with pytest.raises(LedgerFault, match="another process is building"):
        anew(staffed)


def test_cut_short_it_leaves_nothing(
    staffed: Ledger, connection: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The connection ends where the rows are put in place: the live ones are whole, and the next one builds."""
    under_way(staffed)
    catch_up(connection)
    before, put = all_rows(staffed), building._put_in_place

    def ended(connection: Connection, *given: object) -> int:
        connection.execute("SELECT pg_terminate_backend(pg_backend_pid())")
        return 0

    monkeypatch.setattr(building, "_put_in_place", ended)
    with pytest.raises(psycopg.OperationalError):
        anew(staffed)
    assert all_rows(staffed) == before
    monkeypatch.setattr(building, "_put_in_place", put)
    assert {one.differing for one in anew(staffed)} == {0}
    assert all_rows(staffed) == before


def test_an_event_that_cannot_be_read_leaves_the_live_rows(staffed: Ledger, connection: Connection) -> None:
    received(staffed)
    catch_up(connection)
    before = all_rows(staffed)
    connection.execute(
        "INSERT INTO liggare.case_events (originator_id, originator_version, topic, state, recorded_at) "
        "VALUES (gen_random_uuid(), 1, 'case.unheard_of', '{}', clock_timestamp())"
    )
    connection.execute("UPDATE liggare_read.projection SET position = position + 1")
    with pytest.raises(LedgerFault, match=r"event \d+ of the log \(case.unheard_of, case"):
        anew(staffed)
    assert all_rows(staffed) == before


@pytest.fixture
def beside(monkeypatch: pytest.MonkeyPatch) -> None:
    """However short the log, its rows are made by two processes, a few events at a time."""
    monkeypatch.setattr(making, "LONG", 0)
    monkeypatch.setattr("os.cpu_count", lambda: 2)
    monkeypatch.setattr(building, "READ_AT_ONCE", 5)


@pytest.mark.usefixtures("beside")
def test_made_by_processes_the_rows_are_the_same(staffed: Ledger, connection: Connection) -> None:
    """Whatever is left over in the end, and with less than a part for each."""
    anew(staffed)
    for serial in range(1, 8):
        under_way(staffed, serial)
    catch_up(connection)
    before = all_rows(staffed)
    assert {one.differing for one in anew(staffed)} == {0}
    assert all_rows(staffed) == before


@pytest.mark.usefixtures("beside")
def test_what_a_process_cannot_read_is_told_as_ever(staffed: Ledger, connection: Connection) -> None:
    received(staffed)
    connection.execute(
        "INSERT INTO liggare.case_events (originator_id, originator_version, topic, state, recorded_at) "
        "VALUES (gen_random_uuid(), 1, 'case.unheard_of', '{}', clock_timestamp())"
    )
    connection.execute("UPDATE liggare_read.projection SET position = position + 2")
    with pytest.raises(LedgerFault, match=r"event \d+ of the log \(case.unheard_of, case"):
        anew(staffed)


@pytest.mark.usefixtures("beside")
def test_a_process_that_is_killed_ends_the_build(
    staffed: Ledger, connection: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The live rows are as they were, nothing is left over, and none of the others stays."""
    for serial in range(1, 8):
        under_way(staffed, serial)
    catch_up(connection)
    before, taken = all_rows(staffed), making._taken

    def killed(pipe: making.Pipe) -> list[Rows]:
        multiprocessing.active_children()[0].kill()
        multiprocessing.active_children()[-1].kill()
        return taken(pipe)

    monkeypatch.setattr(making, "_taken", killed)
    with pytest.raises(LedgerFault, match="a process that made rows beside this one ended; build"):
        anew(staffed)
    assert multiprocessing.active_children() == []
    assert all_rows(staffed) == before
    monkeypatch.setattr(making, "_taken", taken)
    assert {one.differing for one in anew(staffed)} == {0}
