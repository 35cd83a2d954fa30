"""Many processes started at once, and many writers with a reader behind them."""

import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, nullcontext
from datetime import date
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import psycopg
import pytest
from eventsourcing.persistence import StoredEvent

from ledger.cluster_folder import ClusterFolder
from ledger.ledger import Ledger
from ledger.opening import open_ledger
from ledger.recorder import Append
from ledger.settings import Settings
from tests.applications import application, line

WRITERS = 8
EVENTS = 100_000
EVENTS_A_SAVE = 20


def at_once(environment: dict[str, str], commands: list[tuple[str, ...]]) -> list[tuple[int, str, str]]:
    """Start processes together, and return how each ended and what it said."""
    program = Path(sys.executable).parent / "liggare"
    pipe = subprocess.PIPE
    processes = [
        subprocess.Popen([program, *words], env=os.environ | environment, stdout=pipe, stderr=pipe, text=True)
        for words in commands
    ]
    said = [process.communicate(timeout=120) for process in processes]
    return [(process.returncode, *texts) for process, texts in zip(processes, said, strict=True)]


@pytest.fixture(params=["embedded", "server"])
def environment(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[dict[str, str]]:
    """The settings of a ledger that does not exist yet, on its own PostgreSQL or on a server."""
    home = tmp_path / "home"
    if request.param == "server":
        url = request.getfixturevalue("empty_database")
        yield {"LIGGARE_HOME": str(home), "LIGGARE_DATABASE_URL": url}
        return
    yield {"LIGGARE_HOME": str(home), "LIGGARE_DATABASE_URL": ""}
    deadline = time.monotonic() + 30
    while (home / "postgres").exists() and not ClusterFolder(home / "postgres").is_free("server"):
        assert time.monotonic() < deadline, "a server was left behind"
        time.sleep(0.05)


@pytest.mark.long
def test_twelve_processes_started_at_once(environment: dict[str, str], tmp_path: Path) -> None:
    """Against a new database: each upgrade succeeds, one of them takes the steps, and the others either find the
    ledger or say on one line that there is none yet. Against the old one: every process succeeds, and what four
    imported at once is there once. Vacuous if they had run in turn: they are all started before any is waited for.
    """
    file = tmp_path / "applications.jsonl"
    file.write_bytes(b"\n".join(line(application(serial)) for serial in range(1, 31)) + b"\n")
    mixed = [
        ("upgrade", "--json"),
        ("summary", "--json"),
        ("import", "applications", str(file), "--json"),
    ] * 4
    recorded, upgrades = 0, []
    for (name, *_), (status, out, err) in zip(mixed, at_once(environment, mixed), strict=True):
        if name == "upgrade":
            assert status == 0, err
            upgrades.append(json.loads(out)["steps"])
        elif status == 0:
            recorded += json.loads(out.splitlines()[-1])["recorded"] if name == "import" else 0
        else:
            lines = [row for row in err.splitlines() if row.strip()]
            assert (status, out, len(lines)) == (2, "", 1), err
            assert "`liggare upgrade`" in lines[0]
    assert sorted(map(bool, upgrades)) == [False, False, False, True]
    again = at_once(environment, mixed)
    assert [status for status, _, _ in again] == [0] * 12, again
    imports = [json.loads(out.splitlines()[-1]) for _, out, _ in again[2::3]]
    assert all(row["recorded"] + row["repeated"] == 30 for row in imports)
    assert recorded + sum(row["recorded"] for row in imports) == 30
    [(_, out, _)] = at_once(environment, [("summary", "--json")])
    rows = [json.loads(row) for row in out.splitlines()]
    assert [row["events"] for row in rows if row["count"] == "events"] == [30]


def save(case_id: UUID, version: int, key_id: UUID) -> Append:
    """A command that stores many events of a case at once."""
    events = [
        StoredEvent(case_id, version + index, "case.meeting_held", b'{"mode":"digital"}')
        for index in range(EVENTS_A_SAVE)
    ]
    given: dict[str, Any] = {
        "command_id": uuid4(),
        "body_hmac": b"body",
        "case_id": case_id,
        "person_ref": case_id.hex,
        "consume": (),
        "release": False,
        "service": "counselling_dismissed",
        "received_on": date(2025, 4, 10),
        "stage": "active",
        "fresh_evidence": False,
        "key_id": key_id,
        "event_ids": [uuid4()],
        "events": events,
    }
    everything: dict[str, Any] = dict.fromkeys(Append._fields)
    return Append(**(everything | given))


def write(ledger: Ledger, saves: int) -> None:
    case_id = uuid4()
    key = ledger.person_keys.of_person(case_id.hex)
    assert key is not None
    for number in range(saves):
        ledger._recorder.append([save(case_id, 1 + number * EVENTS_A_SAVE, key.key_id)])


def follow(url: str, written: threading.Event, *, listen: bool) -> list[int]:
    """Read the log from its beginning as it grows, always what lies after the last position that was seen.

    One that listens reads when it is woken up; the other one looks again and again.
    """
    seen: list[int] = []
    statement = (
        "SELECT notification_id FROM liggare.case_events WHERE notification_id > %s ORDER BY 1 LIMIT 1000"
    )
    with psycopg.connect(url, autocommit=True) as connection:
        if listen:
            connection.execute("LISTEN case_events")
        while True:
            last = written.is_set()
            rows = connection.execute(statement, [seen[-1] if seen else 0], prepare=True).fetchall()
            seen += [row[0] for row in rows]
            if last and not rows:
                return seen
            if listen and not rows:
                list(connection.notifies(timeout=1, stop_after=1))


@pytest.mark.long
def test_eight_writers_and_readers_that_follow(settings: Settings) -> None:
    """Eight writers, each with a ledger of its own as eight programs have, and readers behind them, who only ever
    ask for what comes after the last position: they miss nothing and see nothing twice, because the order of
    positions is the order of commits. One is woken by notifications, one looks all the time, one reads through
    the recorder. Vacuous if they came after the writers: hence one must have read while they wrote.
    """
    assert settings.database_url
    url, saves, written = settings.database_url, EVENTS // EVENTS_A_SAVE // WRITERS, threading.Event()
    with ExitStack() as opened:
        ledgers = [opened.enter_context(open_ledger(settings)) for _ in range(WRITERS)]
        pool = opened.enter_context(ThreadPoolExecutor(WRITERS + 2))
        opened.callback(written.set)  # also when a writer fails
        readers = [pool.submit(follow, url, written, listen=listen) for listen in (True, False)]
        writers = [pool.submit(write, ledger, saves) for ledger in ledgers]
        through: list[int] = []
        early = 0  # read while at least one was still writing
        while True:
            last = all(writer.done() for writer in writers)
            start = through[-1] if through else 0
            rows = ledgers[0]._recorder.select_notifications(start, 1000, inclusive_of_start=False)
            through += [row.id for row in rows]
            if last and not rows:
                break
            early = early if last else len(through)
        for writer in writers:
            writer.result()
        written.set()
        seen = [reader.result() for reader in readers]
    with psycopg.connect(url) as connection:
        stored = [
            row[0] for row in connection.execute("SELECT notification_id FROM liggare.case_events ORDER BY 1")
        ]
    assert len(stored) == EVENTS
    assert through == stored
    assert seen == [stored, stored]
    assert early > 0


def test_a_writer_waits_for_the_one_before_it(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    """Why nothing is missed: while one writer has its positions and has not committed, no other can commit a later
    one, which a reader would take for the newest. Vacuous if the first had not stored: its events are counted.
    """
    done = threading.Event()

    def second(ledger: Ledger) -> None:
        write(ledger, 1)
        done.set()

    with open_ledger(settings) as one, open_ledger(settings) as two:
        with one._datastore.get_connection() as first:
            first.execute("BEGIN")
            monkeypatch.setattr(one._datastore, "get_connection", lambda: nullcontext(first))
            write(one, 1)
            assert _count(first) == EVENTS_A_SAVE
            thread = threading.Thread(target=second, args=(two,))
            thread.start()
            assert not done.wait(0.5)
            first.execute("COMMIT")
        assert done.wait(10)
        thread.join()
        assert two.select("SELECT count(*) AS n FROM liggare.case_events") == [{"n": 2 * EVENTS_A_SAVE}]


def _count(connection: psycopg.Connection[Any]) -> int:
    row = connection.execute("SELECT count(*) AS n FROM liggare.case_events").fetchone()
    assert row is not None
    return int(row["n"])
