"""The demo as a newcomer runs it: once, again, and after it was killed in the middle."""

import json
import os
import re
import shlex
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from domain.employer_events import EMPLOYER_EVENTS
from domain.events import EVENTS
from domain.refusals import Code
from domain.register_events import REGISTER_EVENTS
from ledger.cluster_folder import ClusterFolder
from tests.conftest import has_ended, swift_home
from tests.prefork import Done, carried_out

pytestmark = pytest.mark.xdist_group("demo")

CASES = "60"
ROOT = Path(__file__).parents[2]
MISSION = {
    "case.application_received",
    "case.eligibility_assessed",
    "case.engagement_started",
    "case.meeting_held",
    "case.paused",
    "case.resumed",
    "case.outcome_reached",
    "case.engagement_expired",
}
NOT_SHOWN = {
    "case.earlier_grant_recorded",
    "case.period_extended",
    "case.person_erased",
    "case.person_joined",
    "register.line_corrected",
    "register.office_closed",
    "register.organisation_ended",
    "register.team_dissolved",
}


def environment(home: Path) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("LIGGARE_")}
    return kept | {"LIGGARE_HOME": str(home), "COLUMNS": "120"}


def demo(home: Path) -> str:
    command = [sys.executable, "-m", "api.demo", "--cases", CASES]
    done = subprocess.run(
        command, cwd=ROOT, env=environment(home), capture_output=True, text=True, timeout=300, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def liggare(home: Path, *words: str) -> Done:
    return carried_out(environment(home), words)


def summary(home: Path) -> list[dict[str, object]]:
    done = liggare(home, "summary", "--json")
    assert done.returncode == 0, done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()]


def events(rows: list[dict[str, object]]) -> dict[object, object]:
    return {row["topic"]: row["events"] for row in rows if row["count"] == "events"}


@pytest.fixture(scope="module")
def shown() -> Iterator[tuple[Path, str]]:
    """A home in which the demo has run, and what it printed."""
    with swift_home() as folder:
        home = folder / "home"
        yield home, demo(home)
        os.kill(int(ClusterFolder(home / "postgres").postmaster()[0]), signal.SIGINT)  # its grace is long
        assert has_ended(home)


def test_everything_of_the_mission_happens(shown: tuple[Path, str]) -> None:
    home, _ = shown
    found = events(summary(home))
    assert found.keys() >= MISSION
    assert found.keys() == (EVENTS.keys() | REGISTER_EVENTS.keys() | EMPLOYER_EVENTS.keys()) - NOT_SHOWN
    assert found["case.application_received"] == int(CASES)


def test_every_code_that_an_application_can_show_is_shown(shown: tuple[Path, str]) -> None:
    """OUTSIDE_WINDOW follows from the officer's own choice of a start, never from an application."""
    home, _ = shown
    codes = {row["code"] for row in summary(home) if row["count"] == "refusals"}
    assert codes == set(Code) - {Code.OUTSIDE_WINDOW}


def test_run_again_it_changes_nothing_and_says_so(shown: tuple[Path, str]) -> None:
    home, first = shown
    before = summary(home)
    again = demo(home)
    assert "nothing was changed" in again
    assert summary(home) == before
    assert again[again.index("$ liggare summary") :] == first[first.index("$ liggare summary") :]


def test_it_ends_with_commands_that_run_as_they_are(
    shown: tuple[Path, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first in a shell; the others, of which a shell reads the same words, without its import."""
    home, printed = shown
    _, _, hints = printed.partition("What to try next")
    first, *others = [line.strip() for line in hints.splitlines() if line.strip() and "# " not in line]
    assert len(others) == 14
    done = subprocess.run(
        first,
        shell=True,
        cwd=ROOT,
        env=environment(home),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, first + done.stderr
    assert done.stdout, first
    monkeypatch.chdir(ROOT)
    head = shlex.split(first)[:2]
    for command in others:
        setting, program, *words = shlex.split(command)
        assert [setting, program] == head == [f"LIGGARE_HOME={home}", program]
        assert shlex.join([setting, program, *words]) == command, "a shell may read something else in it"
        told = liggare(home, *words)
        assert told.returncode == 0, command + told.stderr
        assert told.stdout, command


def test_the_first_case_named_has_a_pause_a_correction_and_a_result(shown: tuple[Path, str]) -> None:
    home, printed = shown
    named = re.search(r"liggare replay ([0-9a-f]{8})", printed)
    assert named
    done = liggare(home, "case", named[1], "--json")
    assert done.returncode == 0, done.stderr
    kinds = {json.loads(line).get("event") for line in done.stdout.splitlines()}
    assert kinds >= {"Paused", "Resumed", "EntryCorrected", "OutcomeReached"}


def test_a_file_of_commands_sent_again_changes_nothing(shown: tuple[Path, str]) -> None:
    """What is interrupted among the last commands, corrections too, goes on by sending them all again."""
    home, _ = shown
    before = summary(home)
    done = liggare(home, "do", "--lines", str(home / "demo" / "lives.jsonl"))
    assert summary(home) == before
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("at", ["decide --on 2024-06-30", "do --lines .*late", "do --lines .*lives"])
@pytest.mark.long
def test_killed_in_the_middle_it_goes_on_to_the_same_end(
    shown: tuple[Path, str], tmp_path: Path, at: str
) -> None:
    home = tmp_path / "home"
    command = [sys.executable, "-m", "api.demo", "--cases", CASES]
    with subprocess.Popen(
        command, cwd=ROOT, env=environment(home), stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    ) as running:
        assert running.stdout
        for line in running.stdout:
            if re.search(at, line):
                running.send_signal(signal.SIGKILL)
                break
        running.wait(timeout=60)
    assert running.returncode == -signal.SIGKILL
    demo(home)
    assert summary(home) == summary(shown[0])


def test_it_leaves_a_ledger_with_other_cases_alone(shown: tuple[Path, str]) -> None:
    home, _ = shown
    folder = home / "demo"
    aside = home / "aside"
    folder.rename(aside)
    try:
        done = subprocess.run(
            [sys.executable, "-m", "api.demo", "--cases", CASES],
            cwd=ROOT,
            env=environment(home),
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
    finally:
        aside.rename(folder)
    assert done.returncode == 2
    assert "LIGGARE_HOME" in done.stderr
