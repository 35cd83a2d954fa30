"""kill -9 of the program and of PostgreSQL, everywhere in turn: run again, and all is there, once."""

import json
import os
import random
import re
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import psycopg
import pytest
from psycopg import sql

from ledger.cluster_folder import ClusterFolder
from ledger.ledger import Ledger
from ledger.local_postgres import local_postgres
from ledger.opening import open_ledger
from ledger.settings import Settings, read_keys
from tests.applications import application, employment, line, work
from tests.conftest import has_ended, swift_home
from tests.forks import ANSWERED, BEFORE, SENT, Forks, forks

AGI = Path(__file__).parents[1] / "data/agi"
MONTHS = ("agi-2025-01.xml", "agi-2025-02.xml", "agi-2025-03.xml")
FIRST_NUMBERS = ("199001052381", "198302099265")  # those in the employers' files


@pytest.fixture(scope="module")
def starter(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Forks]:
    with forks(tmp_path_factory.mktemp("forks")) as one:
        yield one


class Stage:
    """A ledger's database at one point of its course, to which it can be set back in some milliseconds."""

    TABLES = (
        "SELECT n.nspname AS schema, c.relname AS name FROM pg_class AS c JOIN pg_namespace AS n "
        "ON n.oid = c.relnamespace WHERE n.nspname LIKE 'liggare%' AND c.relkind = 'r' ORDER BY 1, 2"
    )

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.environment = environment(settings)

    def keep(self) -> None:
        """Keep the database as it is now."""
        with self._connect() as connection:
            connection.execute("DROP SCHEMA IF EXISTS kept CASCADE; CREATE SCHEMA kept")
            for schema, name in connection.execute(self.TABLES).fetchall():
                connection.execute(
                    sql.SQL("CREATE TABLE {} AS TABLE {}").format(
                        sql.Identifier("kept", name), sql.Identifier(schema, name)
                    )
                )

    def set_back(self) -> None:
        """Make the database as it was kept, once the killed have left it."""
        others = "SELECT FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
        with self._connect() as connection:
            while connection.execute(f"{others} AND backend_type = 'client backend'").rowcount:
                connection.commit()  # or the answer stays the same
                time.sleep(0.002)
            tables = connection.execute(self.TABLES).fetchall()
            names = sql.SQL(", ").join(sql.Identifier(*names) for names in tables)
            connection.execute("SET session_replication_role = replica")  # past the trigger and foreign keys
            connection.execute(sql.SQL("TRUNCATE {}").format(names))
            for schema, name in tables:
                connection.execute(
                    sql.SQL("INSERT INTO {} OVERRIDING SYSTEM VALUE TABLE {}").format(
                        sql.Identifier(schema, name), sql.Identifier("kept", name)
                    )
                )

    def _connect(self) -> psycopg.Connection[Any]:
        assert self.settings.database_url
        return psycopg.connect(self.settings.database_url)


def environment(settings: Settings) -> dict[str, str]:
    """The settings, as a process is told them."""
    return {"LIGGARE_HOME": str(settings.home), "LIGGARE_DATABASE_URL": settings.database_url or ""}


class Work(NamedTuple):
    """What is carried out, command by command: the words of each command line, by name."""

    commands: dict[str, tuple[str, ...]]

    def until(self, name: str) -> list[tuple[str, ...]]:
        """The commands that come before one."""
        names = list(self.commands)
        return [self.commands[before] for before in names[: names.index(name)]]


def work_on(folder: Path, settings: Settings, people: int) -> Work:
    """Write the input: people of whom two are in the employers' files, one applies twice, one line is bad."""
    applications = [application(serial) for serial in range(1, people + 1)]
    for values, number in zip(applications, FIRST_NUMBERS, strict=False):
        values["person"]["identity_number"] = number
    applications.append(
        application(people, reference="AGAIN", employments=[employment()], work=work("2024-01", 15))
    )
    lines = [line(values) for values in applications]
    (folder / "applications.jsonl").write_bytes(b"\n".join([lines[0], b"{}", *lines[1:]]) + b"\n")
    keys = read_keys(settings.home)
    steps = []
    for values in applications[:-2]:
        case = str(keys.uuid("case", values["reference"]))
        steps += [
            {"case": case, "command": "start_engagement", "occurred_on": "2025-04-27"},
            {"case": case, "command": "hold_meeting", "occurred_on": "2025-05-05", "mode": "digital"},
            {"case": case, "command": "pause", "occurred_on": "2025-06-05", "reason": "parental_leave"},
        ]
    steps.sort(key=lambda step: step["occurred_on"])  # a batch a kind
    rows = [
        json.dumps(step | {"id": str(keys.uuid("test", str(number)))}) for number, step in enumerate(steps)
    ]
    (folder / "commands.jsonl").write_text("\n".join(rows) + "\n")
    return Work(
        {
            "applications": ("import", "applications", str(folder / "applications.jsonl")),
            "agi": ("import", "agi", *(str(AGI / month) for month in MONTHS)),
            "decide": ("decide", "--on", "2025-04-20", "--actor", "system:decide", "--json"),
            "lines": ("do", "--lines", str(folder / "commands.jsonl")),
            "expire": ("expire", "--on", "2026-06-01", "--json"),
        }
    )


def content(settings: Settings) -> dict[str, Any]:
    """Everything that a ledger holds, apart from ids made at random, ciphertexts and times.

    Events are opened, and every event's id is replaced by its case and version; every other table of the ledger
    is taken with all its columns but instants, and with positions and command ids left out.
    """
    with open_ledger(settings) as ledger:
        cases = [row["case_id"] for row in ledger.select("SELECT case_id FROM liggare.case_register")]
        labels: dict[str, str] = {}
        events: dict[str, list[Any]] = {}
        for case_id, entries in sorted(ledger.entries(cases).items()):
            for version, entry in enumerate(entries, 1):
                labels[str(entry.event.event_id)] = f"{case_id}/{version}"
                said = entry.event.model_dump(mode="json", exclude={"command_id", "correlation_id"})
                events.setdefault(str(case_id), []).append([entry.event.topic, said])
        tables = {
            row["name"]: _rows(ledger, row["name"])
            for row in ledger.select(
                "SELECT c.oid::regclass::text AS name FROM pg_class AS c JOIN pg_namespace AS n "
                "ON n.oid = c.relnamespace WHERE n.nspname = 'liggare' AND c.relkind = 'r' "
                "AND c.relname NOT IN ('case_events', 'migration', 'setting')"
            )
        }
        tables["keys"] = ledger.select(
            "SELECT person_ref, count(*) FROM liggare_keys.person_key GROUP BY person_ref ORDER BY person_ref"
        )
        text = json.dumps([events, tables], default=str)
    for own, label in labels.items():
        text = text.replace(own, label)
    found: dict[str, Any] = {"events": json.loads(text)[0]}
    for name, rows in json.loads(text)[1].items():
        found[name] = sorted(rows, key=json.dumps)
    return found


def _rows(ledger: Ledger, table: str) -> list[dict[str, Any]]:
    rows = ledger.select(f"SELECT to_jsonb(t) AS row FROM {table} AS t")
    passing = {"command_id", "position", "key_id"}
    return [
        {
            name: value
            for name, value in row["row"].items()
            if name not in passing and not name.endswith("_at")
        }
        for row in rows
    ]


HALVES = """
SELECT made.by FROM (
    SELECT convert_from(state, 'UTF8')::jsonb ->> 'command_id' AS by, count(*) AS events
    FROM liggare.case_events GROUP BY 1
) AS made
LEFT JOIN liggare.command AS c ON c.command_id = made.by::uuid AND cardinality(c.event_ids) = made.events
WHERE c.command_id IS NULL
UNION ALL SELECT command_id::text FROM liggare.command AS c WHERE NOT EXISTS (
    SELECT FROM liggare.case_events AS e WHERE e.notification_id = c.position
)
UNION ALL SELECT originator_id::text FROM liggare.case_events
WHERE originator_id NOT IN (SELECT case_id FROM liggare.case_register)
UNION ALL SELECT case_id::text FROM liggare.case_register
WHERE case_id NOT IN (SELECT originator_id FROM liggare.case_events)
UNION ALL SELECT convert_from(state, 'UTF8')::jsonb ->> 'correlation_id' FROM liggare.case_events
WHERE topic = 'case.declaration_recorded' GROUP BY 1 HAVING count(*) <> 2
"""
"""What is half-done: events without their command or the other way round, a case without its register's row, an
employers' file that is in for one of the two people in it.
"""


def half_done(settings: Settings) -> list[Any]:
    """Whatever lies in the database in part; nothing is ever."""
    assert settings.database_url
    with psycopg.connect(settings.database_url) as connection:
        return connection.execute(HALVES).fetchall()


@pytest.mark.parametrize("name", ["applications", "agi", "decide", "lines", "expire"])
@pytest.mark.long
def test_killed_at_every_round_trip(settings: Settings, starter: Forks, tmp_path: Path, name: str) -> None:
    """A command killed before its first round trip, and after its n-th for every n, when the server has done it
    and the program has not learned it; nothing is half-done then, and the same command again leaves what an
    uninterrupted run leaves.

    Vacuous if the kills missed: hence each killed process must have died of the signal, the one told to die after
    the last round trip must not, and some must have been cut after something had been stored.
    """
    stage, work_ = Stage(settings), work_on(tmp_path, settings, 3)
    for words in work_.until(name):
        assert starter.run(stage.environment, *words).status in (0, 3)
    words = work_.commands[name]
    stage.keep()
    nothing = content(settings)
    ended = starter.run(stage.environment, *words)
    assert ended.status in (0, 3), ended.err
    expected = content(settings)
    assert expected["events"] != nothing["events"]
    opening = starter.run(stage.environment, "case", "deadbeef").trips - 2 if name != "applications" else 1
    assert ended.trips > opening + 5
    cut_after_storing = 0
    points = [at for at in ended.sent if at >= opening]
    for at, how in [(points[0], BEFORE), *((at, ANSWERED) for at in points)]:
        stage.set_back()
        killed = starter.run(stage.environment, *words, at=at, how=how)
        assert killed.status == -signal.SIGKILL, f"{how} round trip {at}: {killed}"
        assert half_done(settings) == []
        again = starter.run(stage.environment, *words)
        assert again.status == ended.status, f"{how} round trip {at}: {again}"
        cut_after_storing += again.out != ended.out
        assert content(settings) == expected, f"{how} round trip {at}"
    assert cut_after_storing
    stage.set_back()
    assert starter.run(stage.environment, *words, at=ended.trips + 1).status == ended.status


@pytest.mark.parametrize("times", [3, pytest.param(10, marks=pytest.mark.long)])
def test_killed_at_random_moments(settings: Settings, starter: Forks, tmp_path: Path, times: int) -> None:
    """Each command is killed several times somewhere in its run, and then let finish."""
    chance = random.Random(1)
    stage, work_ = Stage(settings), work_on(tmp_path, settings, 25)
    kills = 0
    for words in work_.commands.values():
        stage.keep()
        ended = starter.run(stage.environment, *words)
        assert ended.status in (0, 3), ended.err
        expected = content(settings)
        stage.set_back()
        for _ in range(times):
            under_way = starter.start(stage.environment, *words)
            time.sleep(chance.uniform(0.02, ended.seconds * 0.8))
            under_way.kill()
            kills += under_way.ended().status == -signal.SIGKILL
            assert half_done(settings) == []
        assert starter.run(stage.environment, *words).status == ended.status
        assert content(settings) == expected
    assert kills > times  # of five times as many; the others had ended by themselves


@pytest.fixture
def own_home() -> Iterator[Path]:
    """A home of an embedded PostgreSQL, removed after its server has ended."""
    with swift_home() as folder:
        home = folder / "home"
        home.mkdir(mode=0o700)
        yield home
        stop(home)


def stop(home: Path) -> None:
    """Stop the server of a home, which its keeper would do some seconds after its last user."""
    if ClusterFolder(home / "postgres").postmaster():
        os.kill(server_pid(home), signal.SIGINT)
    assert has_ended(home, 30), "a server was left behind"


def own_ledger(home: Path, settings: Settings, starter: Forks) -> Settings:
    """A new ledger in a home, with the keys of another: so its cases have the same ids."""
    shutil.copy(settings.home / "keys.json", home)
    own = Settings(home=home, database_url=None)
    assert starter.run(environment(own), "upgrade").status == 0
    return own


def said(out: str) -> str:
    """What a process said, apart from positions: a crash leaves a gap in them."""
    return re.sub(r'"position": \d+', "", out)


def server_pid(home: Path) -> int:
    return int(ClusterFolder(home / "postgres").postmaster()[0])


def test_postgresql_killed_under_every_command(
    settings: Settings, starter: Forks, tmp_path: Path, own_home: Path
) -> None:
    """The embedded PostgreSQL, durable, is killed under each command at round trips all over its run, before a
    statement and while one is being carried out: the keeper starts it again, the same process finishes, what was
    acknowledged is there, and in the end there is what an uninterrupted run leaves.

    Vacuous if the server had not been killed: hence its pid must have changed each time.
    """
    chance = random.Random(7)
    own = own_ledger(own_home, settings, starter)
    work_ = work_on(tmp_path, settings, 12)
    with local_postgres(own_home) as url:  # which keeps the server up
        by_url = own.model_copy(update={"database_url": url})
        for name, words in work_.commands.items():
            ended = starter.run(environment(settings), *words)
            before = server_pid(own_home)
            ran = starter.run(
                environment(own),
                *words,
                at=chance.randrange(ended.trips // 3, ended.trips),
                how=chance.choice([BEFORE, SENT]),
                hit=(before, signal.SIGKILL),
            )
            assert ran.status == ended.status, f"{name}: {ran}"
            assert said(ran.out) == said(ended.out), name
            assert server_pid(own_home) != before
            assert half_done(by_url) == []
            assert content(by_url) == content(settings)


@pytest.mark.long
def test_postgresql_stopped_for_good(
    settings: Settings, starter: Forks, tmp_path: Path, own_home: Path
) -> None:
    """The server is stopped by order between two statements of an import: exit status 2 and one line, soon; the
    next run starts it again, and completes.

    Vacuous if the server had still been up: hence the line must say that it went away.
    """
    own = own_ledger(own_home, settings, starter)
    words = work_on(tmp_path, settings, 10).commands["applications"]
    ended = starter.run(environment(settings), *words)
    cut = starter.run(
        environment(own), *words, at=ended.trips // 2, hit=(server_pid(own_home), signal.SIGINT), patience=2.0
    )
    assert (cut.status, cut.out) == (2, "")
    lines = [row for row in cut.err.splitlines() if "━" not in row and row]
    assert len(lines) == 1
    assert lines[0].startswith("the database went away: ")
    assert cut.seconds < 15
    assert starter.run(environment(own), *words).status == ended.status
    with local_postgres(own_home) as url:
        assert content(own.model_copy(update={"database_url": url})) == content(settings)


@pytest.fixture
def small_disk(own_home: Path) -> Iterator[Path]:
    """A home on a file system of its own, of 160 MB."""
    if os.geteuid() != 0:
        pytest.skip("only root may mount a small file system")
    home = own_home
    done = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=160m,mode=0700", "none", home], capture_output=True, check=False
    )
    if done.returncode != 0:
        pytest.skip("mounting a small file system is not allowed here")
    try:
        yield home
    finally:
        stop(home)
        subprocess.run(["umount", "-l", home], check=True)


@pytest.mark.parametrize("left_mb", [1, 14])
@pytest.mark.long
def test_disk_full(
    settings: Settings, starter: Forks, tmp_path: Path, small_disk: Path, left_mb: int
) -> None:
    """With nothing left for tables (1 MB), or for the server's log of changes (14 MB, in which it crashes), an
    import is refused on one line, nothing is half-stored, and after space is freed the same import goes in whole.
    """
    home = small_disk
    own = own_ledger(home, settings, starter)
    file = tmp_path / "many.jsonl"
    file.write_bytes(b"\n".join(line(application(serial)) for serial in range(1, 4001)) + b"\n")
    words = ("import", "applications", str(file), "--json")
    ballast = home / "ballast"
    with ballast.open("wb") as content_:
        content_.write(bytes(shutil.disk_usage(home).free - left_mb * 1024 * 1024))
    refused = starter.run(environment(own), *words, patience=3.0)
    lines = [row for row in refused.err.splitlines() if "━" not in row and row]
    assert (refused.status, refused.out, len(lines)) == (2, "", 1), refused
    assert "No space left on device" in lines[0]
    assert refused.seconds < 60
    crashed = "PANIC" in (home / "postgres/server.log").read_text()
    assert crashed == (left_mb > 1)
    ballast.unlink()
    with local_postgres(home) as url:
        by_url = own.model_copy(update={"database_url": url})
        assert half_done(by_url) == []
        again = starter.run(environment(own), *words)
        assert again.status == 0, again
        totals = json.loads(again.out)
        assert totals["recorded"] + totals["repeated"] == 4000
        assert totals["recorded"] > 0
        assert half_done(by_url) == []
