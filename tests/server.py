"""The database parts of the suite on an installed PostgreSQL, the oldest there is: `make test-server`.

A server of its own is started in a temporary folder, on a Unix socket only, as another user than root where that
is needed; its keeper stops it when this process ends, whatever ends it. Where no server is installed, there is
nothing to do.
"""

import os
import subprocess
import sys
import tempfile
from pathlib import Path

from ledger import local_postgres as launcher
from ledger.postgres_account import major_version

PARTS = (
    "tests/integration",
    "tests/e2e",
    "--ignore=tests/integration/test_local_postgres.py",
    "-m",
    "long or not long",
)
"""The launcher's own tests start servers themselves, from the binaries that it prefers."""


def main() -> int:
    """Run the tests on the server (or those that the words name), and return how they ended; 0 without a server."""
    found = [folder for folder in launcher.installed() if launcher.is_server(folder)]
    if not found:
        say(f"No PostgreSQL {launcher.OLDEST_MAJOR} or newer is installed: nothing was run on a server.")
        return 0
    binaries = min(found, key=major_version)
    say(f"On PostgreSQL {major_version(binaries)} ({binaries}):")
    launcher.find_binaries = lambda: binaries
    with tempfile.TemporaryDirectory(prefix="liggare-server-", ignore_cleanup_errors=True) as temporary:
        Path(temporary).chmod(0o711)  # so that another user can run the server in it
        with launcher.local_postgres(Path(temporary), grace_seconds=0, durable=False) as url:
            command = [
                sys.executable,
                "-m",
                "pytest",
                "-n",
                "2",
                "--dist",
                "worksteal",
                *(sys.argv[1:] or PARTS),
            ]
            told = os.environ | {"TEST_DATABASE_URL": url}
            return subprocess.run(command, env=told, check=False).returncode


def say(text: str) -> None:
    """Print a line at once, before what the tests print."""
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
