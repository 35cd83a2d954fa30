"""The command line as its users run it: real processes, real files, one line for what is wrong."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import NamedTuple

import pytest

from api.words import actor
from domain.occupations import OCCUPATIONS
from ledger.opening import open_ledger
from ledger.settings import Settings
from tests.applications import application, identity_number, line, work
from tests.prefork import carried_out
from tests.registers import hire, placed

DATA = Path(__file__).parents[1] / "data"
AGI = DATA / "agi"


class Run(NamedTuple):
    """What a process said and how it ended."""

    status: int
    out: str
    err: str

    @property
    def rows(self) -> list[dict[str, object]]:
        return [json.loads(row) for row in self.out.splitlines()]


Liggare = Callable[..., Run]


def run(environment: dict[str, str], *words: str, stdin: str = "") -> Run:
    """Run `liggare` in a process of its own."""
    done = carried_out(os.environ | environment, words, stdin)
    assert "Traceback" not in done.stderr, done.stderr
    return Run(done.returncode, done.stdout, done.stderr)


def as_installed(environment: dict[str, str], *words: str) -> Run:
    """Run the command as it is installed, with the import that takes most of a second."""
    done = subprocess.run(
        [Path(sys.executable).parent / "liggare", *words],
        env=os.environ | environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert "Traceback" not in done.stderr, done.stderr
    return Run(done.returncode, done.stdout, done.stderr)


@pytest.fixture
def liggare(environment: dict[str, str]) -> Liggare:
    """`liggare` on a new ledger of its own, in whose register the tests' staff are, and who runs them."""
    assert run(environment, "upgrade").status == 0
    settings = Settings(
        home=Path(environment["LIGGARE_HOME"]), database_url=environment["LIGGARE_DATABASE_URL"]
    )
    with open_ledger(settings) as ledger:
        hire(ledger, placed(actor(None).partition(":")[2]))
    return lambda *words, stdin="": run(environment, *words, stdin=stdin)


def test_assess_gives_what_the_ledger_would(liggare: Liggare, tmp_path: Path) -> None:
    """A file, standard input and JSON Lines give the same bytes as a recorded decision's receipt."""
    applications = tmp_path / "applications.jsonl"
    applications.write_bytes(line(application()))
    liggare("import", "applications", str(applications))
    case = liggare("decide", "--on", "2025-04-20", "--json").rows[0]["case"]
    [receipt] = [
        row["content"]["receipt"]  # type: ignore[index]
        for row in liggare("case", str(case), "--json").rows
        if row.get("event") == "EligibilityAssessed"
    ]
    request = tmp_path / "request.json"
    request.write_text(json.dumps(receipt["request"], indent=2))
    from_file, piped = liggare("assess", str(request)), liggare("assess", "-", stdin=request.read_text())
    assert from_file.out == piped.out
    assert from_file.rows == [receipt["assessment"]]
    two = json.dumps(receipt["request"]) + "\n" + json.dumps(receipt["request"] | {"months": "x"}) + "\n"
    lines = liggare("assess", "-", stdin=two)
    assert lines.status == 3
    assert lines.out.splitlines()[0] + "\n" == from_file.out
    assert lines.rows[1]["error"] == {"path": "months", "message": "expected a whole number"}


def test_assess_malformed(liggare: Liggare, tmp_path: Path) -> None:
    """One request at fault: its path, exit status 2; no file: one line."""
    run_ = liggare("assess", "-", stdin='{"policy": 1}')
    assert run_.status == 2
    assert list(run_.rows[0]["error"]) == ["path", "message"]  # type: ignore[call-overload]
    assert liggare("assess", "-", stdin="").status == 2
    missing = liggare("assess", str(tmp_path / "none.json"))
    assert (missing.status, missing.err.count("\n")) == (2, 1)


def test_applications_good_lines_go_in_and_bad_ones_are_listed(liggare: Liggare, tmp_path: Path) -> None:
    """Status 3; each bad line with its number and path, and nothing of what it said."""
    file = tmp_path / "applications.jsonl"
    person = application()["person"]
    bad = [
        b'{"reference": "X',
        line(application(2, person=person | {"identity_number": "8001021001"})),
        line(application(3, person=person | {"identity_number": "198001021000"})),
        line(application(4, wage=25_000)),
        line(application(5, work=work("2025-05", 1))),
        line(application(6, received_on="2199-01-01")),
        b"\xff\xfe",
    ]
    file.write_bytes(b"\n".join([line(application(1)), *bad, line(application(7))]) + b"\n")
    run_ = liggare("import", "applications", str(file), "--json")
    assert run_.status == 3
    *faults, totals = run_.rows
    assert [row["line"] for row in faults] == [2, 3, 4, 5, 6, 7, 8]
    paths = [row["path"] for row in faults]
    identity = "person.identity_number"
    assert paths == ["", identity, identity, "wage", "work[0].month", "received_on", ""]
    assert (totals["recorded"], totals["faults"]) == (2, 7)
    assert "80010210" not in run_.out + run_.err
    again = liggare("import", "applications", str(file), "--json").rows[-1]
    assert (again["recorded"], again["repeated"]) == (0, 2)


def test_a_reference_used_again_for_something_else(liggare: Liggare, tmp_path: Path) -> None:
    """The sender's reference stands for one application: the other line is listed, the first stays."""
    file = tmp_path / "applications.jsonl"
    file.write_bytes(
        line(application(1)) + b"\n" + line(application(1, months=6)) + b"\n" + line(application(2))
    )
    run_ = liggare("import", "applications", str(file), "--json")
    assert run_.status == 3
    assert [row["line"] for row in run_.rows[:-1]] == [2]
    assert run_.rows[-1]["recorded"] == 2


def test_declarations_of_applicants_alone_are_kept(liggare: Liggare, tmp_path: Path) -> None:
    """One of the file's people applied: hers are kept, the others counted; again, nothing; after another
    application, the other's.
    """
    first = application(1, person=application()["person"] | {"identity_number": "199001052381"})
    file = tmp_path / "applications.jsonl"
    file.write_bytes(line(first))
    liggare("import", "applications", str(file))
    agi = [str(AGI / name) for name in ("agi-2025-01.xml", "agi-2025-02.xml", "agi-2025-03.xml")]
    kept = liggare("import", "agi", *agi, "--json").rows
    assert [(row["statements"], row["cases"]) for row in kept] == [(1, 1), (2, 1), (1, 1)]
    again = liggare("import", "agi", *agi, "--json").rows
    assert [(row["statements"], row["repeated"]) for row in again] == [(0, 1), (0, 1), (0, 1)]
    assert [row["left_alone"] for row in again] == [row["left_alone"] for row in kept]
    second = application(2, person=application()["person"] | {"identity_number": "198302099265"})
    file.write_bytes(line(second))
    liggare("import", "applications", str(file))
    later = liggare("import", "agi", *agi, "--json").rows
    assert [(row["cases"], row["repeated"]) for row in later] == [(1, 1), (1, 1), (1, 1)]


@pytest.mark.parametrize("kind", ["truncated", "foreign", "doctype", "letters", "empty", "missing"])
def test_a_declaration_file_at_fault_leaves_nothing(liggare: Liggare, tmp_path: Path, kind: str) -> None:
    """Exit status 2, one line with the file's name, and not an event more."""
    content = (AGI / "agi-2025-01.xml").read_bytes()
    broken = {
        "truncated": content[: len(content) * 2 // 3],
        "foreign": b"<html><body/></html>",
        "doctype": content.replace(b"?>", b'?><!DOCTYPE a [<!ENTITY x "1">]>', 1),
        "letters": content.replace(b">19800<", b">nineteen<"),
        "empty": b"",
    }
    applications = tmp_path / "applications.jsonl"
    person = application()["person"] | {"identity_number": "199001052381"}
    applications.write_bytes(line(application(1, person=person)))
    liggare("import", "applications", str(applications))
    file = tmp_path / "broken.xml"
    if kind != "missing":
        file.write_bytes(broken[kind])
    run_ = liggare("import", "agi", str(file), "--json")
    assert run_.status == 2
    assert "broken.xml" in run_.err
    assert "199001052381" not in run_.err
    events = [row for row in liggare("summary", "--json").rows if row["count"] == "events"]
    topics = [str(row["topic"]) for row in events]
    assert [topic for topic in topics if topic.startswith("case.")] == ["case.application_received"]


def test_do_case_and_replay(liggare: Liggare, tmp_path: Path) -> None:
    """An advisor's day: decide, start, meet, correct; the timeline keeps both, the replay says why."""
    file = tmp_path / "applications.jsonl"
    file.write_bytes(line(application()))
    liggare("import", "applications", str(file))
    case = str(liggare("decide", "--on", "2025-04-20", "--json").rows[0]["case"])
    assert liggare("do", "start_engagement", case[:6], "--json", '{"occurred_on": "2025-04-27"}').status == 0
    held = liggare(
        "do", "hold_meeting", case, "--json", '{"occurred_on": "2025-05-05", "mode": "digital"}'
    ).rows
    correction = {
        "corrects": held[0]["event_ids"][0],  # type: ignore[index]
        "reason": "fel dag",
        "replacement": {"command": "hold_meeting", "occurred_on": "2025-05-06", "mode": "digital"},
    }
    assert liggare("do", "correct_entry", case, "--json", json.dumps(correction)).status == 0
    shown = liggare("case", case, "--json").rows
    assert shown[0]["state"]["meetings_held"] == 1  # type: ignore[index]
    meetings = [(row["occurred_on"], row["stands"]) for row in shown[1:] if row["event"] == "MeetingHeld"]
    assert meetings == [("2025-05-05", False), ("2025-05-06", True)]
    steps = liggare("replay", case, "--json").rows
    assert all(step["allowed"]["clause"] and step["allowed"]["sv"] for step in steps)  # type: ignore[index]
    early = liggare("replay", case, "--known-at", str(steps[1]["recorded_at"]), "--json").rows
    assert [step["event"] for step in early] == ["ApplicationReceived", "EligibilityAssessed"]
    as_of = liggare("replay", case, "--valid-on", "2025-04-21", "--json").rows
    assert as_of[-1]["state"]["stage"] == "granted"  # type: ignore[index]
    for words in (("case", case), ("replay", case)):
        text = liggare(*words)
        assert text.status == 0
        assert "MeetingHeld" in text.out


@pytest.mark.parametrize(
    "words",
    [
        ("case", "deadbeef"),
        ("case", "no-such"),
        ("replay", "00000000-0000-0000-0000-000000000000"),
        ("do", "decide", "deadbeef"),
        ("do", "nothing", "deadbeef"),
        ("do", "decide"),
        ("decide", "deadbeef"),
        ("decide", "--on", "yesterday"),
        ("decide", "--actor", "advisor:199001052381"),
        ("expire", "--on", "2025-02-30"),
        ("erase-person", "deadbeef", "--yes"),
        ("replay", "deadbeef", "--known-at", "noon"),
        ("import", "applications", "/nonexistent.jsonl"),
        ("nothing",),
    ],
)
def test_a_mistake_is_one_line_and_status_2(liggare: Liggare, words: tuple[str, ...]) -> None:
    """Whatever is wrong with the words: one line on standard error, nothing on standard output."""
    done = liggare(*words)
    assert done.status == 2
    assert done.out == ""
    assert len(done.err.strip().splitlines()) == 1


def test_database_down(tmp_path: Path, liggare: Liggare) -> None:
    """A server that does not answer, and a folder without a ledger: one line, soon."""
    home = str(tmp_path / "home")
    down = run({"LIGGARE_HOME": home, "LIGGARE_DATABASE_URL": "postgresql://127.0.0.1:1/x"}, "summary")
    assert (down.status, len(down.err.strip().splitlines())) == (2, 1)
    nothing = run({"LIGGARE_HOME": str(tmp_path / "nothing"), "LIGGARE_DATABASE_URL": ""}, "summary")
    assert nothing.status == 2
    assert "liggare upgrade" in nothing.err
    assert not (tmp_path / "nothing").exists()


def test_expire_is_idempotent(liggare: Liggare, tmp_path: Path) -> None:
    """Recorded once, on the day after the agreed end; run again nothing more."""
    file = tmp_path / "applications.jsonl"
    file.write_bytes(line(application()))
    liggare("import", "applications", str(file))
    case = str(liggare("decide", "--on", "2025-04-20", "--json").rows[0]["case"])
    liggare("do", "start_engagement", case, "--json", '{"occurred_on": "2025-04-20"}')
    assert liggare("expire", "--on", "2026-04-20", "--json").rows == []
    assert [row["case"] for row in liggare("expire", "--on", "2026-04-21", "--json").rows] == [case]
    assert liggare("expire", "--json").rows == []
    last = liggare("case", case, "--json").rows[-1]
    assert (last["event"], last["occurred_on"]) == ("EngagementExpired", "2026-04-21")
    assert last["content"] == {"meetings_held": 0, "meetings_required": 12, "meetings_missing": 12}


def test_erase_person(liggare: Liggare, tmp_path: Path) -> None:
    """Needs --yes; afterwards every view says raderad."""
    file = tmp_path / "applications.jsonl"
    file.write_bytes(line(application()))
    liggare("import", "applications", str(file))
    case = str(liggare("decide", "--on", "2025-04-20", "--json").rows[0]["case"])
    assert liggare("erase-person", case).status == 2
    assert "Testa" in liggare("case", case).out
    assert liggare("erase-person", case, "--yes").status == 0
    assert "raderad" in liggare("replay", case).out
    everything = liggare("case", case, "--json").out + liggare("case", case).out + liggare("replay", case).out
    for secret in ("Testa", identity_number(1), "559999"):
        assert secret not in everything


def test_do_list(liggare: Liggare) -> None:
    """Every command is listed with its purpose and keys, from the code."""
    rows = liggare("do", "--list", "--json").rows
    assert {"decide", "pause", "correct_entry"} <= {row["command"] for row in rows}
    assert all(row["purpose"] for row in rows)
    assert "hold_meeting" in liggare("do", "--list").out


def test_do_lines(liggare: Liggare, tmp_path: Path) -> None:
    """A file of commands: good lines are carried out, bad ones are listed with their line."""
    file = tmp_path / "applications.jsonl"
    file.write_bytes(line(application()))
    liggare("import", "applications", str(file))
    case = str(liggare("decide", "--on", "2025-04-20", "--json").rows[0]["case"])
    rows = [
        {"case": case, "command": "start_engagement", "occurred_on": "2025-04-27"},
        {"case": case, "command": "hold_meeting", "occurred_on": "2025-05-05"},
        {"case": case, "command": "hold_meeting", "occurred_on": "2025-05-06", "mode": "digital"},
        {"case": "nobody", "command": "resume"},
    ]
    lines = tmp_path / "commands.jsonl"
    lines.write_text("".join(json.dumps(row) + "\n" for row in rows))
    done = liggare("do", "--lines", str(lines))
    assert done.status == 3
    assert "line 2: mode" in done.err
    assert "line 4: case" in done.err
    assert liggare("case", case, "--json").rows[0]["state"]["meetings_held"] == 1  # type: ignore[index]


def test_a_bad_number_stops_no_other_line(liggare: Liggare, tmp_path: Path) -> None:
    """A form of more months than a number can hold is one bad line; the lines around it go in."""
    file = tmp_path / "applications.jsonl"
    rows = [application(1), application(2, months=9_007_199_254_740_992), application(3)]
    file.write_bytes(b"\n".join(map(line, rows)))
    done = liggare("import", "applications", str(file), "--json")
    assert done.status == 3
    assert (done.rows[0]["line"], done.rows[0]["path"]) == (2, "months")
    assert done.rows[-1]["recorded"] == 2


def test_a_line_sent_again_by_somebody_else_is_known(liggare: Liggare, tmp_path: Path) -> None:
    """The reference and the content say that it is the same, not who sends it."""
    file = tmp_path / "applications.jsonl"
    file.write_bytes(line(application()))
    liggare("import", "applications", str(file), "--actor", "case_officer:anna")
    again = liggare("import", "applications", str(file), "--actor", "case_officer:bo", "--json")
    assert (again.status, again.rows[-1]["repeated"]) == (0, 1)


@pytest.mark.parametrize("kind", ["applications", "agi"])
def test_a_pipe_is_refused(liggare: Liggare, tmp_path: Path, kind: str) -> None:
    """A file is read twice; what can be read once is refused, never dropped in silence."""
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    done = liggare("import", kind, str(pipe))
    assert done.status == 2
    assert "not a file" in done.err


def test_months_that_have_not_come_are_no_evidence(liggare: Liggare, tmp_path: Path) -> None:
    """A declaration of a month in the future is refused whole."""
    applications = tmp_path / "applications.jsonl"
    person = application()["person"] | {"identity_number": "199001052381"}
    applications.write_bytes(line(application(1, person=person)))
    liggare("import", "applications", str(applications))
    file = tmp_path / "future.xml"
    file.write_bytes((AGI / "agi-2025-01.xml").read_bytes().replace(b"202501", b"203001"))
    done = liggare("import", "agi", str(file))
    assert (done.status, "2030-01" in done.err) == (2, True)
    events = [row for row in liggare("summary", "--json").rows if row["count"] == "events"]
    assert {row["topic"] for row in events} >= {"case.application_received"}
    assert "case.declaration_recorded" not in {row["topic"] for row in events}


def test_a_sweep_decides_each_case_once(liggare: Liggare, tmp_path: Path) -> None:
    """Two sweeps at once, and one more: one decision a case, no complaint; a named case wants a reason."""
    file = tmp_path / "applications.jsonl"
    rows = [application(serial, work=work("2024-04", 11)) for serial in range(1, 31)]
    file.write_bytes(b"\n".join(map(line, rows)))
    liggare("import", "applications", str(file))
    with ThreadPoolExecutor(2) as pool:
        sweeps = list(pool.map(lambda _: liggare("decide", "--on", "2025-04-20", "--json"), range(2)))
    assert [(sweep.status, "case " in sweep.err) for sweep in sweeps] == [(0, False), (0, False)]
    assert sum(len(sweep.rows) for sweep in sweeps) == 30
    assert liggare("decide", "--on", "2025-04-21", "--json").rows == []
    case = str(next(row["case"] for sweep in sweeps for row in sweep.rows))
    assert "NO_NEW_EVIDENCE" in liggare("decide", case).err
    assert liggare("decide", case, "--again").status == 0


@pytest.mark.parametrize("name", ["erase_person", "record_declaration", "receive_application"])
def test_do_is_no_way_around(liggare: Liggare, tmp_path: Path, name: str) -> None:
    """An erasure destroys the key, a declaration comes from a file: neither is a command to type."""
    file = tmp_path / "applications.jsonl"
    file.write_bytes(line(application()))
    liggare("import", "applications", str(file))
    case = str(liggare("decide", "--on", "2025-04-20", "--json").rows[0]["case"])
    assert liggare("do", name, case).status == 2
    assert "Testa" in liggare("case", case).out


def test_a_key_that_is_somebodys_number_is_not_repeated(liggare: Liggare, tmp_path: Path) -> None:
    """An unknown key is named by its path only where it is a name; control characters never reach a terminal."""
    file = tmp_path / "applications.jsonl"
    file.write_bytes(line(application(1, **{"198507099805\x1b[31m": 1})))
    done = liggare("import", "applications", str(file))
    assert done.status == 3
    assert "19850709" not in done.err
    assert "\x1b[31mA" not in done.err
    deep = liggare("do", "record_evidence", "deadbeef", "--json", "[" * 60_000)
    assert deep.status == 2


@pytest.mark.long
def test_the_printed_occupations_as_csv(liggare: Liggare, tmp_path: Path) -> None:
    """O-15: the fund's table goes in as applications, and comes out in its order with its sum as denominator."""
    printed = json.loads((DATA / "occupations.json").read_text("utf-8"))["printed"]
    names = {row.sv: (code, row.en) for code, row in OCCUPATIONS.items()}
    stated = [names[sv][0] for sv, count in printed for _ in range(count)] + [None] * 3
    file = tmp_path / "applications.jsonl"
    file.write_bytes(
        b"".join(
            line(application(serial, occupation=None, occupation_name=name)) + b"\n"
            for serial, name in enumerate(stated, 1)
        )
    )
    assert liggare("import", "applications", str(file)).status == 0
    table = liggare("statistics", "occupations", "--format", "csv").out.splitlines()
    position = table[1].rpartition(",")[2]
    assert table[0] == "code,label_sv,label_en,applications,share,position"
    assert [row.split(",")[:4] for row in table[1:21]] == [
        [names[sv][0], sv, names[sv][1], str(count)] for sv, count in printed
    ]
    assert table[21:] == [
        f"other,Övriga yrken,Other occupations,0,0.0000,{position}",
        f"registered,Yrke registrerat,Occupation registered,1193,1.0000,{position}",
        f"not_registered,Yrke inte registrerat,Occupation not registered,<5,,{position}",
    ]
    exact = liggare("statistics", "occupations", "--exact", "--json").rows
    assert exact[-1]["applications"] == 3
    assert f"at position {position} of the log" in liggare("statistics", "occupations").out
    none = liggare("statistics", "occupations", "--policy", "omstallningsfonden", "--json").rows
    assert {row["applications"] for row in none} == {0}
    assert liggare("statistics", "occupations", "--policy", "trr").status == 2
    assert liggare("statistics", "religions").status == 2


def test_a_name_that_contradicts_its_group_is_a_bad_line(liggare: Liggare, tmp_path: Path) -> None:
    """O-15: the line is listed, by the path of the name."""
    file = tmp_path / "applications.jsonl"
    file.write_bytes(line(application(occupation="2341", occupation_name="cook")))
    done = liggare("import", "applications", str(file))
    assert done.status == 3
    assert "line 1: occupation_name: not the name of the occupation's SSYK group" in done.err
