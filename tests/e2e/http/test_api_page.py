"""The lines that docs/api.md begins with, as somebody who reads it types them, against `make serve`."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.api_page import DOCUMENT
from tests.conftest import swift_home
from tests.served import served

ROOT = Path(__file__).parents[3]
BASE = "http://127.0.0.1:8000"


def commands() -> str:
    """The page's first block."""
    return DOCUMENT.read_text("utf-8").partition("```sh\n")[2].partition("```")[0]


@pytest.mark.long
@pytest.mark.skipif(shutil.which("curl") is None, reason="curl is not installed")
def test_the_lines_of_the_page_work_as_they_stand(tmp_path: Path) -> None:
    """Who am I, my cases, a case, a meeting sent twice, a stale version, months, a replay, and who has read it."""
    script = commands()
    assert script.count(BASE) == 1
    with swift_home() as home:
        kept = {name: value for name, value in os.environ.items() if not name.startswith("LIGGARE_")}
        environment = kept | {"LIGGARE_HOME": str(home)}
        demo = [sys.executable, "-m", "api.demo"]
        subprocess.run(demo, cwd=ROOT, env=environment, stdout=subprocess.DEVNULL, timeout=300, check=True)
        with served(environment, tmp_path / "log", "--demo") as server:
            done = subprocess.run(
                ["bash", "-euo", "pipefail", "-c", script.replace(BASE, server.base)],
                cwd=tmp_path,
                capture_output=True,
                text=True,
                timeout=60,
                check=False,
            )
            assert server.end()[0] == 0
    assert (done.returncode, done.stderr) == (0, "")
    order = (
        '"roles":["advisor"]',
        '"workload":[{"advisor":"dag.tankt"',
        '"commands":[',
        "HTTP/1.1 201",
        '"events":["',
        "HTTP/1.1 201",
        '"events":["',
        "HTTP/1.1 412",
        '"code":"CHANGED"',
        '"used":[{"month":',
        '"valid_on":"2024-09-01"',
        "GET /v1/cases/{case}/replay",
        "liggare/",
        '"label_en"',
    )
    assert list(tmp_path.glob("*.bundle"))
    at = 0
    for text in order:
        found = done.stdout.find(text, at)
        assert found >= at, f"{text} after\n{done.stdout[at:]}"
        at = found + len(text)
    first, again = re.findall(
        r'\{"case":"[^"]*","version":[0-9]*,"position":[0-9]*,"events":[^}]*\}', done.stdout
    )
    assert first == again
