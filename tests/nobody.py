"""Runs a piece of Python in a process of its own, as root or as `nobody`, which is measured like any other.

As `nobody` it imports everything first: the interpreter may lie where nobody else can read it.
"""

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).parents[1]

only_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root can be somebody else")

BECOME_NOBODY = """
if os.geteuid() == 0:
    account = pwd.getpwnam("nobody")
    os.setgroups([])
    os.setgid(account.pw_gid)
    os.setuid(account.pw_uid)
"""


def python(script: str, *words: object) -> subprocess.CompletedProcess[str]:
    """Run a script with words, as whoever runs this, and return what became of it."""
    command = [sys.executable, "-c", script, *map(str, words)]
    return subprocess.run(command, cwd=REPOSITORY, capture_output=True, text=True, timeout=60, check=False)


def as_nobody(script: str, *words: object, imports: str = "") -> subprocess.CompletedProcess[str]:
    """Run a script as `nobody`, or as whoever runs this where that is not root."""
    return python(
        f"import os, pwd, sys\nfrom pathlib import Path\n{imports}\n{BECOME_NOBODY}\n{script}", *words
    )


@contextmanager
def open_folder(mode: int = 0o777) -> Iterator[Path]:
    """Yield a folder that other users can reach, unlike pytest's."""
    with tempfile.TemporaryDirectory(prefix="liggare-") as name:
        folder = Path(name)
        folder.chmod(mode)
        yield folder
