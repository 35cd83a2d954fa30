"""`liggare redecide` as auditors run it: again by today's code, by other rules, stopped, resumed, and drawn."""

import csv
import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from uuid import uuid4

import psycopg
import pytest
from psycopg import sql
from psycopg.conninfo import make_conninfo

from api import words
from api.cli import main
from domain.values import birthday
from ledger.opening import open_ledger, upgrade_ledger
from ledger.settings import Settings
from ledger.synthetic.filling import fill
from tests.e2e.test_cli import Liggare, run

CASES, BY_COMMANDS = 400, 60
ENOUGH = 3
"""Lines of what is done after which a run is killed."""


@pytest.fixture(scope="module")
def environment(server_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    """Where a ledger of some hundred fictional cases is."""
    name, home = f"redecide_{uuid4().hex}", tmp_path_factory.mktemp("redecide") / "home"
    with psycopg.connect(server_url, autocommit=True) as connection:
        connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
        url = make_conninfo(server_url, dbname=name)
        settings = Settings(home=home, database_url=url)
        upgrade_ledger(settings)
        with open_ledger(settings) as ledger:
            command_of = partial(words.command_line, by=None, flow=uuid4())
            fill(ledger, CASES, 7, command_of, lambda _: None, BY_COMMANDS)
        yield {"LIGGARE_DATABASE_URL": url, "LIGGARE_HOME": str(home)}
        connection.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


@pytest.fixture
def liggare(environment: dict[str, str]) -> Liggare:
    return lambda *given, stdin="": run(environment, *given, stdin=stdin)


def test_every_decision_again(liggare: Liggare, tmp_path: Path) -> None:
    """From the database and from an archive, by one process and by two: one answer, status 0."""
    told = liggare("redecide")
    assert (told.status, "0 different" in told.out) == (0, True)
    assert liggare("export", "parquet", str(tmp_path / "archive")).status == 0
    answers = []
    for more in ((), ("--processes", "2"), ("--from", str(tmp_path / "archive"))):
        [row] = liggare("redecide", "--json", *more).rows
        assert row.pop("kind") == "summary"
        assert float(str(row.pop("seconds"))) > 0
        assert int(str(row.pop("decisions_per_second"))) > 0
        answers.append(row)
    assert answers[0] == answers[1] == answers[2]
    assert int(str(answers[0]["decisions"])) == int(str(answers[0]["same"])) >= CASES


def test_a_change_of_the_law_ends_with_status_1(
    environment: dict[str, str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The line names case, clause and fact, and nobody's birthday."""
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr("domain.assessment.birthday", lambda born, age: birthday(born, age + 1))
    assert main(["redecide"]) == 1
    lines = capsys.readouterr().out.splitlines()
    assert re.fullmatch(
        r"case [0-9a-f-]{36}, decision of [0-9-]{10}: K-5.3, birthday differs \(sealed\)", lines[0]
    )
    assert re.match(r"and [0-9]+ differences more; --json gives all of them", lines[-2])
    assert main(["redecide", "--json"]) == 1
    *rows, summary = map(json.loads, capsys.readouterr().out.splitlines())
    assert summary["different"] == len({row["event"] for row in rows}) == summary["decisions"]
    assert {row["recorded"] for row in rows if row["fact"] == "birthday"} == {"sealed"}
    turned = next(row for row in rows if row["fact"] == "decision")
    assert (turned["recorded"], turned["now"], turned["clause"]) == ("refuse", "grant", None)


def test_other_rules_in_tables_rows_and_a_picture(liggare: Liggare, tmp_path: Path) -> None:
    asked = ("redecide", "--set", "support_months=3", "--set", "months_required=13")
    told = liggare(*asked, "--picture", str(tmp_path / "bilder.svg"))
    assert told.status == 0
    for heading in ("In all", "By clause", "By service", "By year", "By region"):
        assert heading in told.out
    assert "support_months = 3, months_required = 13" in told.out
    svg = (tmp_path / "bilder.svg").read_text("utf-8")
    for text in ("Om andra regler hade gällt", "Antal beslut", "Beslutsår", "Tjänst", "Följdverkan"):
        assert text in svg
    with (tmp_path / "bilder.csv").open(encoding="utf-8") as file:
        drawn = list(csv.DictReader(file))
    rows = liggare(*asked, "--json").rows
    counted = [row for row in rows if row["kind"] == "count" and row["by"] in ("year", "service")]
    expected = {
        (str(row["by"]), str(row["value"]), str(row["effect"]), str(row["direction"]), str(row["decisions"]))
        for row in counted
        if row["effect"] != "altogether"
    }
    assert {
        (row["by"], row["value"], row["effect"], row["direction"], row["decisions"]) for row in drawn
    } == expected
    summary = rows[-1]
    changed = [row for row in rows if row["kind"] == "decision" and row["altogether"]]
    assert (summary["kind"], summary["changed"]) == ("summary", len(changed))
    assert int(str(summary["consumed"])) > 0
    again = liggare(*asked, "--picture", str(tmp_path / "bilder.svg"))
    assert (again.status, again.err.count("\n")) == (2, 1)


@pytest.mark.parametrize(
    ("words_", "why"),
    [
        (("--set", "age=67"), "age: no such parameter; there are "),
        (("--set", "age_limit=12"), "age_limit: at least 16"),
        (("--set", "age_limit"), "--set: expected name=value"),
        (("--policy", "missing.toml"), "missing.toml: can't be read"),
        (("--policy", __file__), "not TOML"),
        (("--picture", "a.svg"), "give --policy or --set too"),
        (("--set", "age_limit=67", "--picture", "a.png"), "a.png: a picture is an .svg file"),
        (("--from", "missing"), "missing"),
        (("--processes", "3"), "--processes"),
        (("--resume", __file__), "not a file to resume from"),
    ],
)
def test_what_can_not_be_done_is_said_on_one_line(
    environment: dict[str, str],
    words_: tuple[str, ...],
    why: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    status, said = main(["redecide", *words_]), capsys.readouterr()
    lines = [line for line in said.err.splitlines() if "0/64" not in line]  # the bar
    assert (status, len(lines), said.out) == (2, 1, "")
    assert why in lines[0]


@pytest.mark.parametrize(
    ("how", "processes"),
    [
        (signal.SIGKILL, "2"),
        (signal.SIGINT, "2"),
        pytest.param(signal.SIGKILL, "1", marks=pytest.mark.long),
        pytest.param(signal.SIGINT, "1", marks=pytest.mark.long),
    ],
)
def test_killed_or_interrupted_it_goes_on(
    environment: dict[str, str], liggare: Liggare, tmp_path: Path, how: signal.Signals, processes: str
) -> None:
    """No process is left behind, and what was done is not done again."""
    file = tmp_path / "done"
    words_ = ("redecide", "--processes", processes, "--resume", str(file))
    for _ in range(20):
        if stopped(environment, words_, file, how):
            break
    else:
        pytest.fail("each run was over before it could be stopped")
    before = file.read_bytes().count(b"\n") - 1
    assert ENOUGH <= before < 64
    [row] = liggare(*words_, "--json").rows
    assert row["decisions"] == row["same"]
    [whole] = liggare("redecide", "--json").rows
    assert row["decisions"] == whole["decisions"]
    assert not file.exists()


def stopped(environment: dict[str, str], words_: tuple[str, ...], file: Path, how: signal.Signals) -> bool:
    """Begin a run and stop it when some of it is done; tell whether it was stopped in time."""
    command = [str(Path(sys.executable).parent / "liggare"), *words_]
    with subprocess.Popen(
        command,
        env=os.environ | environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    ) as process:
        while process.poll() is None:
            try:
                done = file.read_bytes().count(b"\n") - 1
            except FileNotFoundError:
                done = 0
            if done >= ENOUGH:
                break
            time.sleep(0.001)
        if how == signal.SIGINT:
            os.killpg(process.pid, how)  # as a terminal does: all of them are told
        else:
            process.kill()
        _, err = process.communicate(timeout=30)
        assert "Traceback" not in err, err
        until = time.monotonic() + 15
        while alive(process.pid) and time.monotonic() < until:
            time.sleep(0.02)
        assert not alive(process.pid), "a process was left behind"
        return file.exists()


def alive(session: int) -> list[int]:
    """The processes of a session that still run."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                state, _, _, of = (entry / "stat").read_text().rpartition(") ")[2].split()[:4]
            except OSError:
                continue
            if int(of) == session and state != "Z":
                found.append(int(entry.name))
    return found
