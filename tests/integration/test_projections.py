"""The runner of the projections: batches, one leader, what stops one of them, and waiting for what was written."""

import threading
import time
from collections.abc import Iterator
from typing import Any

import psycopg
import pytest

from domain.register import REGISTER
from ledger.ledger import Ledger
from projections import runner as running
from projections.catalogue import PROJECTIONS
from projections.reading import SQL
from projections.runner import Runner
from projections.states import LOCK, Behind, is_led, states, wait_for
from projections.writing import replace
from tests.applications import TODAY, command, received
from tests.projected import Connection, all_rows, catch_up, meet, under_way
from tests.registers import hire, placed

NAMES = {one.name for one in PROJECTIONS}


@pytest.fixture
def staffed(ledger: Ledger) -> Ledger:
    """A ledger whose register has the tests' staff."""
    hire(ledger)
    return ledger


@pytest.fixture
def connection(ledger: Ledger) -> Iterator[Connection]:
    with ledger.own_connection() as opened:
        yield opened


def test_all_stand_at_the_newest_position(staffed: Ledger, connection: Connection) -> None:
    assert {(one.version, one.serves) for one in states(staffed)} == {(0, False)}
    catch_up(connection)
    for serial in (1, 2, 3):
        under_way(staffed, serial)
    assert {one.behind for one in states(staffed)} == {12}
    catch_up(connection)
    assert {(one.name, one.behind, one.serves) for one in states(staffed)} == {
        (name, 0, True) for name in NAMES
    }
    assert len(all_rows(staffed)["open_case"]) == 3


def test_the_batches_make_no_difference(staffed: Ledger) -> None:
    """Events of four cases lie across one another, and a correction changes what an earlier batch had written."""
    with staffed.own_connection() as one:
        catch_up(one)
    cases = [under_way(staffed, serial) for serial in range(1, 5)]
    for day in range(1, 6):
        for case_id in cases:
            held = staffed.execute(
                case_id, command("hold_meeting", f"2025-05-{day:02d}", mode="digital"), TODAY
            )
    wrong = command("correct_entry", "2025-06-02", corrects=held.event_ids[0], reason="fel")
    staffed.execute(cases[-1], wrong, TODAY)
    staffed.execute(REGISTER, placed("bo", "2025-05-01", "lund", roles=("advisor",)), TODAY)
    found = []
    for size in (1, 7, 1000):
        with staffed.own_connection() as one:
            one.execute("UPDATE liggare_read.projection SET position = 0")
            catch_up(one, size)
        found.append(all_rows(staffed))
    assert found[0] == found[1] == found[2]
    assert len(found[0]["place_of_staff"]) > 10


def test_what_is_left_of_a_batch_is_all_or_nothing(
    staffed: Ledger, connection: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Cut short while rows are written, neither they nor the position are there; nor is anything twice later."""
    catch_up(connection)
    under_way(staffed)
    before, calls = all_rows(staffed), [0]

    def cut_short(*given: Any) -> None:
        replace(*given)
        calls[0] += 1
        if calls[0] == len(PROJECTIONS):
            raise KeyboardInterrupt

    monkeypatch.setattr(running, "replace", cut_short)
    with pytest.raises(KeyboardInterrupt):
        catch_up(connection)
    assert all_rows(staffed) == before
    assert {one.behind for one in states(staffed)} == {4}
    monkeypatch.setattr(running, "replace", replace)
    catch_up(connection)
    assert len(all_rows(staffed)["open_case"]) == 1


def test_one_leads_and_the_next_takes_its_place(ledger: Ledger, connection: Connection) -> None:
    """The second waits, and leads as soon as the first one's connection is gone."""
    first, second = Runner(connection, PROJECTIONS), []
    assert not is_led(ledger)
    assert first.lead()
    assert is_led(ledger)

    def wait() -> None:
        with ledger.own_connection() as other:
            runner = Runner(other, PROJECTIONS)
            second.append(runner.lead(wait=False))
            second.append(runner.lead())

    waiting = threading.Thread(target=wait)
    waiting.start()
    time.sleep(0.3)
    assert second == [False]
    connection.close()
    waiting.join(5)
    assert second == [False, True]


@pytest.mark.parametrize("hears", [True, False])
def test_listens_and_looks(staffed: Ledger, monkeypatch: pytest.MonkeyPatch, hears: bool) -> None:
    """A runner that hears of a command looks at once, however long it would wait; a deaf one looks anyway."""
    if hears:
        monkeypatch.setattr(running, "SHORTEST_SECONDS", 60)
        monkeypatch.setattr(running, "LONGEST_SECONDS", 60)
    else:
        monkeypatch.setitem(SQL, "listen", "SELECT 1")
    ready = threading.Event()

    def follow() -> None:
        with staffed.own_connection() as own:
            runner = Runner(own, PROJECTIONS)
            runner.lead()
            runner.catch_up()
            ready.set()
            with pytest.raises(psycopg.OperationalError):
                runner.follow()

    thread = threading.Thread(target=follow)
    thread.start()
    ready.wait(10)
    time.sleep(0.2)
    received(staffed, 1)
    case_id = received(staffed, 2)
    wait_for(staffed, staffed.history(case_id)[-1].position, 5)
    staffed.select(
        "SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory' AND objid = %(lock)s "
        "AND database = (SELECT oid FROM pg_database WHERE datname = current_database())",
        lock=LOCK,
    )
    thread.join(10)
    assert not thread.is_alive()


def test_waiting_has_an_end(staffed: Ledger, connection: Connection) -> None:
    """Nobody runs: the wait says who is where. Each pause is a quarter longer than the last, from 1 to 50 ms."""
    catch_up(connection)
    position = meet(staffed, under_way(staffed), "2025-05-05").position
    pauses: list[float] = []

    def sleep(pause: float) -> None:
        pauses.append(pause)
        time.sleep(pause)

    with pytest.raises(Behind, match=f"not at position {position} within 0.2 s: caseload at"):
        wait_for(staffed, position, 0.2, sleep=sleep)
    assert pauses[:3] == [0.001, 0.00125, 0.0015625]
    assert max(pauses) < 0.05
    catch_up(connection)
    wait_for(staffed, position, 0)
