"""The register in the ledger: one more aggregate of the log, asked by every command that names somebody."""

import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from pathlib import Path
from uuid import UUID

import pytest

from api import cli
from domain.history import fold
from domain.register import REGISTER, fold_register
from domain.register_commands import CorrectLine, LetLeave
from domain.register_events import Line
from domain.rejections import CommandRejected
from ledger.faults import CommandIdReused
from ledger.ledger import Ledger
from ledger.opening import open_ledger
from ledger.recorder import Stored
from ledger.settings import Settings
from replays.replay import replay
from tests.applications import TODAY, application, command, line, received
from tests.registers import HIRED, STAFFED, asked, hire, placed

D = date.fromisoformat

Cli = Callable[..., tuple[int, str, str]]


@pytest.fixture
def liggare(settings: Settings, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Cli:
    """The command line, on a ledger whose register has the tests' staff."""
    monkeypatch.setenv("LIGGARE_HOME", str(settings.home))
    monkeypatch.setenv("LIGGARE_DATABASE_URL", settings.database_url or "")
    with open_ledger(settings) as ledger:
        hire(ledger)

    def run(*words: str) -> tuple[int, str, str]:
        capsys.readouterr()
        status = cli.main(list(words))
        return status, *capsys.readouterr()

    return run


@pytest.fixture
def case(liggare: Cli, tmp_path: Path) -> str:
    """A case that was granted by a registered decision maker."""
    file = tmp_path / "applications.jsonl"
    file.write_bytes(line(application()))
    assert liggare("import", "applications", str(file))[0] == 0
    status, out, _ = liggare("decide", "--on", "2025-04-20", "--actor", "decision_maker:test", "--json")
    assert status == 0
    return str(json.loads(out)["case"])


def test_what_is_recorded_is_read_back(ledger: Ledger) -> None:
    """The register of the log is the one that the same lines make without a database; no case learns of it."""
    hire(ledger)
    assert fold_register(ledger.entries([REGISTER])[REGISTER]).lines.keys() == STAFFED.lines.keys()
    for day in ("2022-10-01", "2024-12-31", "2025-01-01", "2026-06-01"):
        assert [line.about for line in ledger.register().on(D(day))] == [
            line.about for line in STAFFED.on(D(day))
        ]
    assert ledger.select("SELECT * FROM liggare.case_register") == []
    assert ledger.select("SELECT * FROM liggare.person") == []
    rows = ledger.select("SELECT originator_id, originator_version FROM liggare.case_events ORDER BY 2")
    assert [(row["originator_id"], row["originator_version"]) for row in rows] == [
        (REGISTER, number) for number in range(1, len(HIRED) + 1)
    ]


def test_sent_again_it_is_recognised(ledger: Ledger) -> None:
    """Also where its own effect would now reject it; the same id with another content never is."""
    hire(ledger)
    before = ledger.entries([REGISTER])
    assert all(ledger.execute(REGISTER, command, TODAY).repeated for command in HIRED)
    assert ledger.entries([REGISTER]) == before
    with pytest.raises(CommandIdReused):
        ledger.execute(REGISTER, HIRED[0].model_copy(update={"organisation": "annan"}), TODAY)


def test_a_correction_is_read_by_whoever_had_read_the_register(settings: Settings) -> None:
    """A ledger opened before sees the newest lines with the next command, and asks nothing but what is later."""
    with open_ledger(settings) as one, open_ledger(settings) as two:
        hire(one)
        case_id = received(two)
        assign = command("assign_advisor", "2025-04-21", advisor="bo")
        assert two.register().is_advisor("bo", TODAY)
        wrong = next(
            entry.event.event_id
            for entry in one.entries([REGISTER])[REGISTER]
            if isinstance(entry.event, Line) and entry.event.about == "bo"
        )
        one.execute(REGISTER, asked(CorrectLine, "2025-01-01", corrects=wrong, reason="ingen bo"), TODAY)
        with pytest.raises(CommandRejected) as rejected:
            two.execute(case_id, assign, TODAY)
        assert rejected.value.code == "NOT_REGISTERED"


def test_two_lines_about_one_person_in_a_race(settings: Settings) -> None:
    """Eight place one person on the same day, each elsewhere: one is stored, the others are decided again."""
    with open_ledger(settings) as ledger:
        hire(ledger)
        moves = [
            placed("bo", "2025-03-01", "lund", roles=roles) for roles in (("advisor",), ("case_officer",))
        ]
        days = [placed("anna", str(D("2025-03-01") + timedelta(days=day)), "lund") for day in range(8)]

        def tried(one: object) -> Stored | str:
            try:
                return ledger.execute(REGISTER, one, TODAY)  # type: ignore[arg-type]
            except CommandRejected as rejected:
                return rejected.code

        with ThreadPoolExecutor(8) as pool:
            done = list(pool.map(tried, [*moves, *days]))
        assert [isinstance(row, Stored) for row in done[:2]].count(True) == 1
        assert done[:2].count("ALREADY_REGISTERED") == 1
        assert all(isinstance(row, Stored) for row in done[2:])


def test_the_register_is_no_case_and_a_case_no_register(ledger: Ledger) -> None:
    """Each takes its own commands; under the other's id nothing is found."""
    hire(ledger)
    case_id = received(ledger)
    for at, asked_ in ((REGISTER, command("decide", "2025-04-20")), (case_id, placed("ny"))):
        with pytest.raises(CommandRejected) as rejected:
            ledger.execute(at, asked_, TODAY)
        assert rejected.value.code == "UNKNOWN_CASE"


def test_who_has_left_since_stays_in_what_was(ledger: Ledger) -> None:
    """A departure that is recorded late changes no case, and a replay tells what was known when."""
    hire(ledger)
    case_id = received(ledger)
    ledger.execute(case_id, command("decide", "2025-04-20", "decision_maker:test"), TODAY)
    ledger.execute(REGISTER, asked(LetLeave, "2025-01-31", staff="test"), TODAY)
    assert fold(case_id, ledger.history(case_id)).grant is not None
    lines = ledger.entries([REGISTER])[REGISTER]
    steps = list(replay(case_id, ledger.history(case_id), lines=lines))
    assert [step.grounds.clause for step in steps] == ["K-5.2-1", "K-5.4"]
    assert "beviljad" not in steps[-1].grounds.sv
    assert "Alla villkor" in steps[-1].grounds.sv
    annul = command("annul_grant", "2025-05-01", "decision_maker:test", reason="fel underlag")
    with pytest.raises(CommandRejected) as rejected:
        ledger.execute(case_id, annul, TODAY)
    assert rejected.value.code == "NO_LONGER_REGISTERED"


# Through the command line

UNKNOWN, DEPARTED = "NOT_REGISTERED", "NO_LONGER_REGISTERED"


@pytest.mark.parametrize(("name", "code"), [("okand", UNKNOWN), ("gone", DEPARTED), ("late", UNKNOWN)])
def test_an_advisor_who_is_unknown_or_gone(liggare: Cli, case: str, name: str, code: str) -> None:
    """Neither takes a case nor holds a meeting; one line says who, and status 2."""
    on = json.dumps({"occurred_on": "2025-04-27"})
    assert liggare("do", "start_engagement", case, "--json", on)[0] == 0
    for words in (
        ("assign_advisor", {"advisor": name, "occurred_on": "2025-04-27"}),
        ("hold_meeting", {"advisor": name, "occurred_on": "2025-04-28", "mode": "digital"}),
    ):
        status, out, err = liggare("do", words[0], case, "--json", json.dumps(words[1]))
        assert (status, out) == (2, "")
        assert err.startswith(f"{code} (K-2.3-a): {name} ")
        assert len(err.splitlines()) == 1


@pytest.mark.parametrize(
    ("actor", "said"),
    [
        ("decision_maker:okand", f"{UNKNOWN} (K-5.4): okand "),
        ("decision_maker:gone", f"{DEPARTED} (K-5.4): gone "),
        ("decision_maker:anna", f"{UNKNOWN} (K-5.4): anna "),
        ("case_officer:test", "ACTOR_NOT_ENTITLED (K-5.4)"),
        (None, f"{UNKNOWN} (K-5.4): "),
    ],
)
def test_a_decision_maker_who_is_unknown_or_gone(
    liggare: Cli, case: str, tmp_path: Path, actor: str | None, said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Decides nothing, one case or all that wait; and annuls nothing. Who runs it is not in this register."""
    monkeypatch.setattr("getpass.getuser", lambda: "besokare")
    file = tmp_path / "second.jsonl"
    file.write_bytes(line(application(2)) + b"\n" + line(application(3)))
    assert liggare("import", "applications", str(file))[0] == 0
    by = ("--actor", actor) if actor else ()
    for words in (
        ("decide", "--on", "2025-04-21", *by),
        ("do", "annul_grant", case, "--json", '{"reason": "fel", "occurred_on": "2025-04-21"}', *by),
    ):
        status, out, err = liggare(*words)
        assert (status, out) == (2, "")
        assert said in err
        assert err.count(said[:12]) == 1


@pytest.mark.parametrize(("name", "code"), [("okand", UNKNOWN), ("avslutad", DEPARTED)])
def test_a_provider_that_is_unknown_or_gone(liggare: Cli, case: str, name: str, code: str) -> None:
    """Takes no support on (K-1-g); a registered one does."""
    body = {"occurred_on": "2025-04-27", "provider": name}
    status, out, err = liggare("do", "start_engagement", case, "--json", json.dumps(body))
    assert (status, out) == (2, "")
    assert err.startswith(f"{code} (K-1-g): {name} ")
    body["provider"] = "abc"
    assert liggare("do", "start_engagement", case, "--json", json.dumps(body))[0] == 0


def test_the_register_is_changed_and_shown(liggare: Cli) -> None:
    """Somebody moves, and is shown where on which day; a line is corrected, and the history shows both."""
    move = {"staff": "anna", "roles": ["advisor"], "office": "lund", "occurred_on": "2025-03-01"}
    status, out, _ = liggare("do", "place_staff", "--json", json.dumps(move))
    assert status == 0
    moved = json.loads(out)["event_ids"][0]

    def office(on: str) -> str:
        _, shown, _ = liggare("register", "--on", on, "--json")
        rows = [json.loads(row) for row in shown.splitlines()]
        (row,) = [row for row in rows if (row["kind"], row["name"]) == ("staff", "anna")]
        assert list(row)[:3] == ["kind", "name", "since"]
        return str(row["office"])

    assert (office("2025-02-28"), office("2025-03-01")) == ("umea", "lund")
    right = {"command": "place_staff"} | move | {"occurred_on": "2025-03-08"}
    correction = {"corrects": moved, "reason": "en vecka senare", "replacement": right}
    assert liggare("do", "correct_line", "--json", json.dumps(correction))[0] == 0
    assert (office("2025-03-07"), office("2025-03-08")) == ("umea", "lund")
    _, out, _ = liggare("register", "--history", "--json")
    history = [json.loads(row) for row in out.splitlines()][-3:]
    assert [(row["event"], row["stands"]) for row in history] == [
        ("StaffPlaced", False),
        ("LineCorrected", True),
        ("StaffPlaced", True),
    ]
    assert "lund" in liggare("register")[1]
    assert "(corrected)" in liggare("register", "--history")[1]


def test_what_is_asked_of_the_register_wrongly(liggare: Cli, case: str) -> None:
    """A case's name, an unknown key, a case's command in a line's place: one line, status 2, nothing changed."""
    _, before, _ = liggare("register", "--history", "--json")
    replacing = {"corrects": str(UUID(int=1)), "reason": "fel", "replacement": {"command": "decide"}}
    for words in (
        ("do", "place_staff", case, "--json", "{}"),
        ("do", "place_staff", "--json", '{"staff": "ny", "roles": ["boss"], "office": "umea"}'),
        ("do", "place_staff", "--json", '{"staff": "19800517-1234", "roles": ["advisor"], "office": "umea"}'),
        ("do", "let_leave", "--json", '{"staff": "okand"}'),
        ("do", "correct_line", "--json", json.dumps(replacing)),
        (
            "do",
            "correct_entry",
            case,
            "--json",
            json.dumps(replacing | {"replacement": {"command": "open_office"}}),
        ),
    ):
        status, out, err = liggare(*words)
        assert (status, out, len(err.strip().splitlines())) == (2, "", 1), words
        assert "0517" not in err
    assert liggare("register", "--history", "--json")[1] == before


def test_a_file_of_commands_has_both(liggare: Cli, case: str, tmp_path: Path) -> None:
    """Lines on the register name no case; each is carried out before the next, which may rest on it."""
    rows: list[dict[str, object]] = [
        {"command": "place_staff", "staff": "ny", "roles": ["advisor"], "office": "umea"},
        {"case": case, "command": "assign_advisor", "advisor": "ny"},
        {"command": "let_leave", "staff": "ny"},
        {"case": case, "command": "annul_grant", "reason": "fel", "actor": "decision_maker:beslutare"},
    ]
    file = tmp_path / "commands.jsonl"
    file.write_text("".join(json.dumps(row | {"occurred_on": "2025-05-02"}) + "\n" for row in rows))
    status, out, err = liggare("do", "--lines", str(file))
    assert (status, err.count("\n") < 3) == (0, True), err
    assert "4 carried out" in out
