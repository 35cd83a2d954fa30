"""The keeper of a local PostgreSQL step by step, beside programs that only pretend to be PostgreSQL."""

import fcntl
import os
import pwd
import shutil
import signal
import subprocess
from pathlib import Path
from typing import Any

import pytest

from ledger import cluster_folder, postgres_keeper
from ledger import local_postgres as launcher
from ledger.cluster_folder import ClusterFolder
from ledger.faults import DatabaseUnavailable
from ledger.local_postgres import LocalPostgres
from ledger.postgres_account import namespaces_work
from ledger.postgres_keeper import ANOTHER_KEEPER, Keeper, _stop
from tests.nobody import as_nobody, only_root, open_folder, python

SLEEPS = "exec sleep 60"


def pretending(folder: Path, **programs: str) -> Path:
    """A folder of programs, each a shell script."""
    folder.mkdir(exist_ok=True)
    folder.chmod(0o755)
    for name, text in programs.items():
        (folder / name).write_text(f"#!/bin/sh\n{text}\n")
        (folder / name).chmod(0o755)
    return folder


@pytest.fixture
def cluster(tmp_path: Path) -> ClusterFolder:
    """The folder of a cluster that was never started."""
    (tmp_path / "postgres").mkdir()
    return ClusterFolder(tmp_path / "postgres")


def keeper_of(cluster: ClusterFolder, binaries: Path | None = None) -> Keeper:
    """A keeper that was not started, with programs in a folder."""
    return Keeper(cluster, binaries or cluster.path, grace_seconds=0, durable=False)


# Locks


def test_a_lock_is_waited_for_so_long_and_no_longer(
    cluster: ClusterFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is named in the end; free again, it is to be had at once."""
    monkeypatch.setattr(cluster_folder, "PATIENCE_SECONDS", 0.05)
    held = cluster.lock("start")
    assert held is not None
    assert not cluster.is_free("start")
    with pytest.raises(TimeoutError, match=r"start\.lock was not free"):
        cluster.wait_for("start")
    os.close(held)
    assert cluster.is_free("start")
    os.close(cluster.wait_for("start"))


OPENED = """
folder = ClusterFolder(Path(sys.argv[1]))
os.close(folder.open("start.lock"))
"""


def test_what_a_user_opens_is_that_users() -> None:
    """Who is not root gives nothing to anybody, in a folder that somebody else owns."""
    with open_folder() as folder:
        run = as_nobody(OPENED, folder, imports="from ledger.cluster_folder import ClusterFolder")
        assert (run.returncode, run.stderr) == (0, "")
        user = pwd.getpwnam("nobody").pw_uid if os.geteuid() == 0 else os.geteuid()
        assert (folder / "start.lock").stat().st_uid == user


@only_root
def test_what_root_opens_is_the_folders_owners(cluster: ClusterFolder) -> None:
    """Or the owner could not open it any more."""
    nobody = pwd.getpwnam("nobody")
    os.chown(cluster.path, nobody.pw_uid, nobody.pw_gid)
    os.close(cluster.open("start.lock"))
    assert (cluster.path / "start.lock").stat().st_uid == nobody.pw_uid


# A user that gets no server


def test_a_process_that_hangs_while_it_starts_is_named(
    cluster: ClusterFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody waits for it for ever."""
    monkeypatch.setattr(cluster_folder, "PATIENCE_SECONDS", 0.05)
    held = cluster.wait_for("start")
    with pytest.raises(DatabaseUnavailable, match=r"another process starts or stops PostgreSQL in .* end it"):
        LocalPostgres(cluster.path, 0, durable=False).join()
    os.close(held)


@pytest.mark.parametrize(
    ("log", "complaint"),
    [
        ("", "it does not answer"),
        ("LOG:  all is well\nFATAL:  no room\nLOG:  over\n", "FATAL:  no room"),
    ],
)
def test_a_server_that_never_answers_is_given_up(
    cluster: ClusterFolder, monkeypatch: pytest.MonkeyPatch, log: str, complaint: str
) -> None:
    """While its keeper lives it is waited for; then its log is named, and the last complaint there repeated."""
    monkeypatch.setattr(launcher, "PATIENCE_SECONDS", 0.05)
    keeper = cluster.lock("keeper")
    assert keeper is not None
    (cluster.path / "server.log").write_text(log)
    with pytest.raises(DatabaseUnavailable, match=rf"does not start in .*: {complaint}; .*server\.log"):
        LocalPostgres(cluster.path, 0, durable=False).join()
    assert cluster.is_free("users", fcntl.LOCK_EX)
    os.close(keeper)


def test_a_server_that_says_it_is_ready_and_is_not_has_no_address(cluster: ClusterFolder) -> None:
    """It was killed a moment ago: its file is still there, and nobody answers where it says."""
    data = cluster.path / "data"
    data.mkdir()
    for status in ("starting", "ready"):
        lines = ("4711", str(data), "0", "5432", str(cluster.path), "", "0 0", status)
        (data / "postmaster.pid").write_text("\n".join(lines))
        assert LocalPostgres(cluster.path, 0, durable=False)._url() == ""


# A keeper that does not come to keep


def test_of_two_keepers_the_second_leaves(cluster: ClusterFolder) -> None:
    """The first holds both locks; the second one says so by its exit status and touches nothing."""
    locks = [cluster.lock("server"), cluster.lock("keeper")]
    assert keeper_of(cluster).run() == ANOTHER_KEEPER
    assert sorted(path.name for path in cluster.path.iterdir()) == ["keeper.lock", "server.lock"]
    for lock in locks:
        assert lock is not None
        os.close(lock)


def test_of_two_keepers_that_waited_one_leaves() -> None:
    """Both had waited for the last server; the second to come to the keepers' lock starts nothing."""
    nobody = pwd.getpwnam("nobody")
    with open_folder() as folder:
        told = kept(folder, nobody)
        first = ClusterFolder(folder / "postgres").lock("keeper")
        assert first is not None
        run = as_nobody(KEPT, folder, imports=IMPORTS)
        assert (run.returncode, run.stderr) == (ANOTHER_KEEPER, "")
        os.close(first)
        assert told.read_text() == ""


def test_an_old_server_that_does_not_end_is_named(
    cluster: ClusterFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without a keeper, and still running: somebody has to look."""
    monkeypatch.setattr(postgres_keeper, "PATIENCE_SECONDS", 0.05)
    held = cluster.lock("server")
    assert held is not None
    with pytest.raises(SystemExit, match="an old PostgreSQL still runs in"):
        keeper_of(cluster).run()
    os.close(held)


def test_a_keeper_that_is_told_to_stop_stops_initdb(cluster: ClusterFolder, tmp_path: Path) -> None:
    """And leaves no half-made data behind under their name."""
    keeper = keeper_of(cluster, pretending(tmp_path / "bin", initdb=SLEEPS))
    keeper.ears, _ = os.pipe()
    keeper.told_to_stop = True
    server_lock = cluster.lock("server")
    assert server_lock is not None
    assert not keeper._create_data(server_lock)
    os.close(server_lock)
    assert cluster.is_free("server", fcntl.LOCK_EX)
    assert not (cluster.path / "data").exists()


def test_what_a_killed_initdb_left_is_made_anew(cluster: ClusterFolder, tmp_path: Path) -> None:
    """The half-made folder goes; the whole one takes its place under their name, and is made once."""
    unfinished = cluster.path / "data.unfinished"
    unfinished.mkdir()
    (unfinished / "half").touch()
    keeper = keeper_of(cluster, pretending(tmp_path / "bin", initdb='mkdir "$2" && touch "$2/PG_VERSION"'))
    keeper.ears, _ = os.pipe()
    server_lock = cluster.lock("server")
    assert server_lock is not None
    for _ in range(2):
        assert keeper._create_data(server_lock)
        assert [path.name for path in (cluster.path / "data").iterdir()] == ["PG_VERSION"]
    assert not unfinished.exists()
    os.close(server_lock)


CRASHES_ONCE = """data=$2
if test -e "$data/crashed"; then rm "$data/postmaster.pid"; exit 0; fi
touch "$data/crashed"
printf '%s\\n' $$ "$data" 0 5432 /tmp none none ready > "$data/postmaster.pid"
exit 1"""


def test_a_server_that_crashed_is_started_again(
    cluster: ClusterFolder, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """While it has users; the log says so. One that ended in order stays ended."""
    (cluster.path / "data").mkdir()
    keeper = Keeper(cluster, pretending(tmp_path / "bin", postgres=CRASHES_ONCE), 30, durable=False)
    keeper.ears, _ = os.pipe()
    os.close(cluster.wait_for("users"))
    assert keeper._keep(cluster.wait_for("server")) == 0
    assert capsys.readouterr().err == "liggare: PostgreSQL crashed, and is started again\n"
    assert [path.name for path in (cluster.path / "data").iterdir()] == ["crashed"]


def test_of_a_home_that_was_removed_nobody_is_left(cluster: ClusterFolder, tmp_path: Path) -> None:
    """Its server, which may still run, is stopped at once, however long it was to wait for users."""
    keeper = Keeper(cluster, cluster.path, grace_seconds=1000, durable=False)
    user = cluster.wait_for("users", fcntl.LOCK_SH)
    assert not keeper._nobody_left()
    shutil.rmtree(tmp_path / "postgres")
    assert keeper._nobody_left()
    os.close(user)


@pytest.mark.parametrize("comes", ["start", "users"])
def test_a_user_who_comes_at_the_last_moment_keeps_the_server(cluster: ClusterFolder, comes: str) -> None:
    """While the keeper is about to lock: one who is starting, or has joined. It lets go of what it had locked."""
    os.close(cluster.wait_for("users"))
    came: list[int | None] = []

    class Visited(ClusterFolder):
        def lock(self, name: str, how: int = fcntl.LOCK_EX) -> int | None:
            if name == "start":
                came.append(cluster.lock(comes, fcntl.LOCK_SH))
            return super().lock(name, how)

    assert not keeper_of(Visited(cluster.path))._nobody_left()
    (user,) = came
    assert user is not None
    assert cluster.is_free("start", fcntl.LOCK_EX) == (comes == "users")
    os.close(user)
    assert cluster.is_free("start", fcntl.LOCK_EX)


@pytest.mark.parametrize("patient", range(4))
def test_a_server_is_stopped_ever_more_firmly(patient: int) -> None:
    """Fast, at once, by force, and then it is left alone; one that has ended gets no signal more."""
    sent: list[int] = []

    class Server:
        def send_signal(self, number: int) -> None:
            sent.append(number)

        def wait(self, seconds: float) -> None:
            if len(sent) <= patient:
                raise subprocess.TimeoutExpired("postgres", seconds)

    server: Any = Server()
    _stop(server)
    assert sent == [signal.SIGINT, signal.SIGQUIT, signal.SIGKILL][: patient + 1]


# The account that it keeps under


KEPT = """
folder = Path(sys.argv[1])
sys.exit(Keeper(ClusterFolder(folder / "postgres"), folder / "bin", 30, False).run())
"""
IMPORTS = "from ledger.postgres_keeper import Keeper\nfrom ledger.cluster_folder import ClusterFolder"


def kept(folder: Path, account: pwd.struct_passwd) -> Path:
    """Make somebody's cluster, and a server that tells its user and ends; return the file that it tells it in."""
    told = folder / "told"
    told.touch()
    told.chmod(0o666)
    pretending(folder / "bin", postgres=f'test "$1" = --version || id -u > {told}')
    data = folder / "postgres/data"
    data.mkdir(parents=True)
    (data / "PG_VERSION").write_text("18")
    (folder / "postgres/users.lock").touch(mode=0o600)  # or the server would be stopped before it told
    if os.geteuid() == 0:
        for path in (folder / "postgres", *(folder / "postgres").rglob("*")):
            os.chown(path, account.pw_uid, account.pw_gid)
    return told


def tells(cluster: ClusterFolder, told: Path) -> str:
    """What the server has told, once its keeper has ended."""
    os.close(cluster.wait_for("keeper"))
    return told.read_text().strip()


def test_who_is_not_root_keeps_as_who_it_is() -> None:
    """Neither a namespace nor another account is wanted."""
    nobody = pwd.getpwnam("nobody")
    with open_folder() as folder:
        told = kept(folder, nobody)
        run = as_nobody(KEPT, folder, imports=IMPORTS)
        assert (run.returncode, run.stderr) == (0, "")
        user = nobody.pw_uid if os.geteuid() == 0 else os.geteuid()
        assert tells(ClusterFolder(folder / "postgres"), told) == str(user)


@only_root
def test_root_keeps_as_the_folders_owner() -> None:
    """Whose ledger it is, started by root just this once."""
    daemon = pwd.getpwnam("daemon")
    with open_folder() as folder:
        told = kept(folder, daemon)
        run = python(f"import sys\nfrom pathlib import Path\n{IMPORTS}\n{KEPT}", folder)
        assert (run.returncode, run.stderr) == (0, "")
        assert tells(ClusterFolder(folder / "postgres"), told) == str(daemon.pw_uid)


# Between fork and exec, in a process that is measured


SPAWNED = """
import ctypes, os, pwd, signal, sys, time
from pathlib import Path
from types import SimpleNamespace
from ledger import postgres_keeper
from ledger.cluster_folder import ClusterFolder

read, write = os.pipe()

def forked(command, *, preexec_fn, **how):
    # As subprocess does it, but for the exec: what the child is by then, it says.
    if sys.argv[1] == "orphaned":
        if os.fork():
            return SimpleNamespace(pid=os.wait()[0])
        pid = os.fork()
        if pid:
            os._exit(0)
    elif os.fork():
        return SimpleNamespace(pid=os.wait()[0])
    preexec_fn()
    dies_by = ctypes.c_int()
    ctypes.CDLL(None).prctl(2, ctypes.byref(dies_by))
    os.write(write, f"{dies_by.value} {pwd.getpwuid(os.getuid()).pw_name}".encode())
    os._exit(0)

postgres_keeper.subprocess.Popen = forked
keeper = postgres_keeper.Keeper(ClusterFolder(Path("/")), Path("/"), 0, False)
keeper.in_namespace = sys.argv[1] == "in a namespace"
keeper._spawn(["postgres"], 0, signal.SIGQUIT)
os.close(write)
print(os.read(read, 100).decode())
"""


def spawned(how: str) -> str:
    """What a child of the keeper is, right before it becomes PostgreSQL; nothing where it has ended by then."""
    run = python(SPAWNED, how)
    assert (run.returncode, run.stderr) == (0, "")
    return run.stdout.strip()


def test_the_server_dies_with_its_keeper() -> None:
    """A signal is set for it; a child whose keeper died before that ends by itself."""
    assert spawned("plain") == f"{signal.SIGQUIT.value} {pwd.getpwuid(os.getuid()).pw_name}"
    assert spawned("orphaned") == ""


@only_root
@pytest.mark.skipif(not namespaces_work(), reason="the kernel refuses user namespaces")
def test_in_a_namespace_the_server_dies_with_its_keeper_too() -> None:
    """The signal is set last, since a change of user clears it."""
    assert spawned("in a namespace") == f"{signal.SIGQUIT.value} nobody"
