"""The process beside a local PostgreSQL: starts it, again after a crash, and stops it after its last user.

Four locks in the cluster's folder (flock: the kernel drops them even on kill -9):

    start.lock   exclusive: a user until it has a server; the keeper from its decision to stop until its end
    users.lock   shared: a user while it lives; exclusive: the keeper, to learn that nobody is left
    server.lock  exclusive; inherited by initdb, postgres and all their children: free when none of them lives
    keeper.lock  exclusive: the keeper, which takes it only while it has server.lock

Why nobody is given a dying server: a user joins (users.lock) only while it holds start.lock, and the keeper
decides to stop only while it holds both. So either the keeper sees the user and goes on, or the user waits
until server and keeper have ended and starts new ones. Both take start.lock first and the keeper waits for
neither, so there is no deadlock. A keeper that is killed takes its server along (PR_SET_PDEATHSIG); the next
keeper waits for server.lock before it takes keeper.lock, and users talk to a server only while keeper.lock is
held: so what answers them is not the old one. No pid is trusted anywhere.
"""

import argparse
import ctypes
import fcntl
import os
import select
import shutil
import signal
import stat
import subprocess
import sys
import tempfile
import time
from contextlib import suppress
from hashlib import sha256
from pathlib import Path

from ledger.cluster_folder import PATIENCE_SECONDS, ClusterFolder
from ledger.postgres_account import enter_namespace, namespaces_work, step_down

STOP_SECONDS = 60.0
TICK_SECONDS = 0.1
SOCKET_PATH_BYTES = 100  # the systems' limits are 103 and 107
SOCKET_NAME = ".s.PGSQL.5432"
DEAD_PID = b"2147483647"  # beyond the largest pid of any system
ANOTHER_KEEPER = os.EX_TEMPFAIL

SETTINGS = {
    "listen_addresses": "",
    "port": "5432",
    "unix_socket_permissions": "0700",
    "timezone": "UTC",
    "log_timezone": "UTC",
    # Statements and values, personal data perhaps, have no place in a log: an error goes to its user alone.
    "logging_collector": "off",
    "log_statement": "none",
    "log_min_messages": "log",
    "log_min_error_statement": "panic",
    "log_error_verbosity": "terse",
    "log_checkpoints": "off",
}
# Commits are still written before they are acknowledged, so that a killed server loses none: only a power cut does.
NOT_DURABLE = {"fsync": "off", "full_page_writes": "off"}

_PR_SET_PDEATHSIG = 1
_libc = ctypes.CDLL(None)  # loaded here: between fork and exec a child should load nothing


class Keeper:
    """Starts the server, again after a crash, and stops it when nobody is left."""

    def __init__(self, cluster: ClusterFolder, binaries: Path, grace_seconds: float, durable: bool) -> None:
        self.cluster = cluster
        self.binaries = binaries
        self.grace_seconds = grace_seconds
        self.durable = durable
        self.in_namespace = False
        self.told_to_stop = False
        self.last_visit_ns = 0
        self.idle_since = time.monotonic()

    def run(self) -> int:
        """Do all of it; the process that was started ends as soon as its child holds keeper.lock."""
        server_lock = self._wait_for_last_server()
        if server_lock is None:
            return ANOTHER_KEEPER
        if os.geteuid() == 0:
            self.in_namespace = self.cluster.path.stat().st_uid == 0 and namespaces_work()
            if not self.in_namespace:
                self.binaries = step_down(self.cluster.path, self.binaries)
        if self.cluster.lock("keeper") is None:  # held until the end
            return ANOTHER_KEEPER
        if os.fork():
            os._exit(0)
        os.chdir("/")
        self._hear_signals()
        return self._keep(server_lock) if self._create_data(server_lock) else 1

    def _wait_for_last_server(self) -> int | None:
        """Take server.lock once the last old process has gone; None if another keeper came first."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        while (server_lock := self.cluster.lock("server")) is None:
            if not self.cluster.is_free("keeper"):
                return None
            if time.monotonic() > deadline:
                sys.exit(f"liggare: an old PostgreSQL still runs in {self.cluster.path}: end it")
            time.sleep(0.01)
        return server_lock

    def _create_data(self, server_lock: int) -> bool:
        """Run initdb beside the place, then rename: a data directory is there whole or not at all."""
        data, unfinished = self.cluster.path / "data", self.cluster.path / "data.unfinished"
        if (data / "PG_VERSION").exists():
            return True
        if unfinished.exists():
            shutil.rmtree(unfinished)  # a killed initdb's, of which server.lock says that it is gone
        options = ["--username=postgres", "--auth=trust", "--encoding=UTF8", "--locale=C.UTF-8"]
        options += ["--no-instructions", *([] if self.durable else ["--no-sync"])]
        initdb = self._spawn(["initdb", "-D", str(unfinished), *options], server_lock, signal.SIGKILL)
        while initdb.poll() is None and not self.told_to_stop:
            self._pause()
        if initdb.poll() is None:
            initdb.kill()
        if initdb.wait() != 0:
            return False
        unfinished.rename(data)
        folder = os.open(self.cluster.path, os.O_RDONLY)
        os.fsync(folder)  # or a power cut takes the name away, and with it all that was committed
        os.close(folder)
        return True

    def _keep(self, server_lock: int) -> int:
        while True:
            server = self._start_server(server_lock)
            os.close(server_lock)  # the server's own copy is left
            try:
                while server.poll() is None and not self.told_to_stop and not self._nobody_left():
                    self._pause()
            finally:
                ended_by_itself = server.poll() is not None
                _stop(server)
            left = self.cluster.postmaster()  # by a crash alone: an ordered stop or a failed start removes it
            if not ended_by_itself or (left[:1], left[7:8]) != ([str(server.pid)], ["ready"]):
                return 0
            sys.stderr.write("liggare: PostgreSQL crashed, and is started again\n")
            server_lock = self.cluster.wait_for("server")  # its children may outlive it for a moment

    def _nobody_left(self) -> bool:
        """Say whether the grace passed without users; if so, start.lock is held until this process ends."""
        try:
            visit_ns = (self.cluster.path / "users.lock").stat().st_mtime_ns
        except FileNotFoundError:
            return True  # somebody removed the home
        if visit_ns != self.last_visit_ns or not self.cluster.is_free("users", fcntl.LOCK_EX):
            self.last_visit_ns = visit_ns
            self.idle_since = time.monotonic()
        if time.monotonic() - self.idle_since < self.grace_seconds:
            return False
        start = self.cluster.lock("start")
        if start is None:
            return False
        if self.cluster.lock("users") is None:
            os.close(start)
            return False
        return True

    def _start_server(self, server_lock: int) -> subprocess.Popen[bytes]:
        data, sockets = self.cluster.path / "data", self._socket_directory()
        _declare_dead(data / "postmaster.pid", data)
        _declare_dead(sockets / f"{SOCKET_NAME}.lock", data)
        quoted = str(sockets).replace('"', '""')
        settings = SETTINGS | {"unix_socket_directories": f'"{quoted}"'}
        settings |= {} if self.durable else NOT_DURABLE
        options = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
        # SIGQUIT is the immediate stop: the next user waits for it, and recovery loses nothing.
        return self._spawn(["postgres", "-D", str(data), *options], server_lock, signal.SIGQUIT)

    def _socket_directory(self) -> Path:
        """Return a directory that is this user's alone, since whoever reaches the socket is trusted."""
        directory = self.cluster.path / "socket"
        # A comma would part the hosts of a URL.
        if len(os.fsencode(directory / SOCKET_NAME)) > SOCKET_PATH_BYTES or "," in str(directory):
            digest = sha256(os.fsencode(self.cluster.path)).hexdigest()[:20]
            directory = Path(tempfile.gettempdir()) / f"liggare-{digest}"
        with suppress(FileExistsError):
            directory.mkdir(mode=0o700)
        found = directory.lstat()
        private = stat.S_ISDIR(found.st_mode) and not found.st_mode & 0o077
        if not private or found.st_uid != os.geteuid():
            sys.exit(f"liggare: {directory} is not a directory of this user alone (mode 0700): remove it")
        return directory

    def _spawn(self, command: list[str], server_lock: int, when_orphaned: int) -> subprocess.Popen[bytes]:
        """Start a program that inherits server.lock, and gets a signal when this process dies."""
        keeper = os.getpid()

        def before_exec() -> None:
            if self.in_namespace:
                enter_namespace()
            # Last, since a change of user clears it; bound to the parent's thread: the keeper has only one.
            if sys.platform == "linux":  # pragma: no branch - elsewhere, as on macOS, there is no such signal
                _libc.prctl(_PR_SET_PDEATHSIG, when_orphaned)
            if os.getppid() != keeper:
                os._exit(1)

        environment = {
            name: value for name, value in os.environ.items() if not name.startswith(("PG", "LC_"))
        }
        return subprocess.Popen(
            [self.binaries / command[0], *command[1:]],
            env=environment | {"LC_ALL": "C"},
            stdin=subprocess.DEVNULL,
            pass_fds=[server_lock],
            preexec_fn=before_exec,  # noqa: PLW1509 - the keeper has one thread
        )

    def _hear_signals(self) -> None:
        """Wake up when told to stop, and when a child ends."""
        self.ears, mouth = os.pipe()
        os.set_blocking(mouth, False)
        signal.set_wakeup_fd(mouth, warn_on_full_buffer=False)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: setattr(self, "told_to_stop", True))

    def _pause(self) -> None:
        if select.select([self.ears], [], [], TICK_SECONDS)[0]:
            os.read(self.ears, 1000)


def _stop(server: subprocess.Popen[bytes]) -> None:
    """Stop a server: fast (its users are cut off, its work is written), then at once, then by force."""
    for number, seconds in ((signal.SIGINT, STOP_SECONDS), (signal.SIGQUIT, 10), (signal.SIGKILL, 10)):
        server.send_signal(number)
        with suppress(subprocess.TimeoutExpired):
            server.wait(seconds)
            return


def _declare_dead(lock: Path, data: Path) -> None:
    """Write a dead pid into the lock file of a server that is gone: its own may be another process's by now.

    The file stays, for its other lines: by them PostgreSQL sees whether its shared memory is still in use.
    """
    with suppress(FileNotFoundError):
        pid, newline, others = lock.read_bytes().partition(b"\n")
        with suppress(
            OSError, ValueError
        ):  # ours are gone, says server.lock; one started by hand shows where it is
            if Path(f"/proc/{int(pid)}/cwd").readlink() == data:
                sys.exit(f"liggare: process {int(pid)}, started by hand, runs on {data}: stop it with pg_ctl")
        written = lock.with_name(f"{lock.name}.dead")
        written.write_bytes(DEAD_PID + (newline or b"\n") + others)
        written.replace(lock)


def main() -> int:
    """Keep the PostgreSQL of a folder running for as long as it has users."""
    parser = argparse.ArgumentParser(prog="python -m ledger.postgres_keeper", description=main.__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("binaries", type=Path, help="where initdb and postgres are")
    parser.add_argument(
        "--grace-seconds", type=float, required=True, help="without users, until the server stops"
    )
    parser.add_argument("--not-durable", action="store_true", help="for tests: a power cut loses commits")
    given = parser.parse_args()
    return Keeper(
        ClusterFolder(given.folder), given.binaries, given.grace_seconds, not given.not_durable
    ).run()


if __name__ == "__main__":
    sys.exit(main())
