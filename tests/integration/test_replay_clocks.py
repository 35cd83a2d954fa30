"""Three clocks on the command line: a case as it was, as it was known and by which rules; two looks compared."""

import json
from pathlib import Path
from typing import Any

import pytest

from api import cli
from api.words import actor
from ledger.opening import open_ledger
from ledger.settings import Settings
from tests.applications import application, identity_number, line, work
from tests.e2e.test_cli import Liggare, Run
from tests.registers import hire, placed

EXAMPLE = Path(__file__).parents[2] / "docs" / "own-conditions.toml"


@pytest.fixture
def liggare(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Liggare:
    """The command line in this process, on a ledger whose register has the tests' staff and who runs them."""
    monkeypatch.setenv("LIGGARE_HOME", str(settings.home))
    monkeypatch.setenv("LIGGARE_DATABASE_URL", settings.database_url or "")
    with open_ledger(settings) as ledger:
        hire(ledger, placed(actor(None).partition(":")[2]))

    def run(*words: str) -> Run:
        capsys.readouterr()
        status = cli.main(list(words))
        return Run(status, *capsys.readouterr())

    return run


@pytest.fixture
def own(tmp_path: Path) -> str:
    """A file of conditions by which nobody born in 1980 is young enough."""
    text = EXAMPLE.read_text("utf-8")
    assert text.count("value = 66\n") == 1
    file = tmp_path / "own rules.toml"
    file.write_text(text.replace("value = 66\n", "value = 40\n"), "utf-8")
    return str(file)


@pytest.fixture
def case(liggare: Liggare, tmp_path: Path) -> str:
    """A case that was granted on 20 April 2025, began on the 27th, and had two meetings in May."""
    return begun(liggare, tmp_path)


def begun(liggare: Liggare, tmp_path: Path, **changes: Any) -> str:
    file = tmp_path / "applications.jsonl"
    file.write_bytes(line(application(**changes)))
    assert liggare("import", "applications", str(file)).status == 0
    case = str(liggare("decide", "--on", "2025-04-20", "--json").rows[0]["case"])
    if not changes:
        did(liggare, case, "start_engagement", occurred_on="2025-04-27")
        for day in ("2025-05-05", "2025-05-12"):
            did(liggare, case, "hold_meeting", occurred_on=day, mode="digital")
    return case


def did(liggare: Liggare, case: str, name: str, **content: Any) -> None:
    done = liggare("do", name, case, "--json", json.dumps(content))
    assert done.status == 0, done.err


def differing(done: Run) -> dict[str, dict[str, Any]]:
    """The differences of a comparison by their field; what it says first is how many there are."""
    assert done.status == 0, done.err
    first, *rows = done.rows
    fields = {str(row["field"]): row for row in rows if "field" in row}
    assert first["differences"] == len(fields)
    return fields


def test_each_step_tells_the_state_before_and_after_it(liggare: Liggare, case: str) -> None:
    steps: list[Any] = liggare("replay", case, "--valid-on", "2025-05-10", "--json").rows
    assert [step["event"] for step in steps] == [
        "ApplicationReceived",
        "EligibilityAssessed",
        "EngagementStarted",
        "MeetingHeld",
    ]
    assert [step["state"]["stage"] for step in steps] == ["received", "granted", "active", "active"]
    assert [step["before"] for step in steps[1:]] == [step["state"] for step in steps[:-1]]
    assert steps[0]["before"]["stage"] == "none"
    for step in steps:
        assert step["actor"]
        assert step["recorded_at"]
        assert step["allowed"]["clause"]
        assert (step["redecided"], step["rests_on"]) == (None, None)
    text = liggare("replay", case, "--valid-on", "2025-05-10").out
    assert "as it was on 2025-05-10; as known now; by the rules as recorded" in text
    assert "stage granted → active" in text


def test_a_case_under_other_rules_is_decided_again_in_memory_only(
    liggare: Liggare, case: str, own: str
) -> None:
    before = liggare("summary", "--json").out
    steps: list[Any] = liggare("replay", case, "--rules", own, "--json").rows
    _, decided, begins, first, second = steps
    assert decided["content"]["decision"] == "grant", "the entry itself is as recorded"
    assert decided["redecided"]["status"] == "different"
    assert decided["redecided"]["assessment"]["refusals"] == ["AGE_LIMIT"]
    assert decided["allowed"]["clause"] == "§ 5"
    for step in (begins, first, second):
        assert step["rests_on"]["decision"] == decided["event_id"]
        assert step["state"]["stage"] == "refused"
        assert "med dessa villkor" in step["allowed"]["sv"]
    compared = liggare("replay", case, "--against", f"rules={own}")
    assert "right: 2025-04-27 EngagementStarted, and 2 later: Vilar på beviljandet 2025-04-20" in compared.out
    text = liggare("replay", case, "--rules", own).out
    for part in (
        "by exempelfonden 2025-01-01",
        "ett annat svar · another answer · refused: AGE_LIMIT",
        "✗ § 5",
        "Vilar på beviljandet 2025-04-20, som inte skulle ha gjorts med dessa villkor.",
        "Rests on the grant of 2025-04-20, which would not be made under these rules.",
    ):
        assert part in text
    assert liggare("summary", "--json").out == before
    assert liggare("case", case, "--json").rows[0]["state"]["stage"] == "ended"  # type: ignore[index]


def test_a_refusal_that_would_be_a_grant(liggare: Liggare, tmp_path: Path) -> None:
    case = begun(liggare, tmp_path, work=work("2024-09", 7))
    fewer = tmp_path / "fewer.toml"
    text = EXAMPLE.read_text("utf-8")
    fewer.write_text(text.replace("[months_required]\nvalue = 12", "[months_required]\nvalue = 6"), "utf-8")
    found = differing(liggare("replay", case, "--against", f"rules={fewer}", "--json"))
    assert (found["stage"]["left"], found["stage"]["right"]) == ("refused", "granted")
    assert [(one["cause"], one["clauses"]) for one in found["stage"]["causes"]] == [("rules", ["K-5.2-1"])]
    assert "granted, last day 2026-04-20" in liggare("replay", case, "--rules", str(fewer)).out


def test_the_rules_that_it_was_decided_by_change_nothing(liggare: Liggare, case: str) -> None:
    again = liggare("replay", case, "--against", "rules=2022-10-01", "--json")
    assert differing(again) == {}
    assert (again.rows[0]["sv"], again.rows[0]["en"]) == ("Ingen skillnad.", "No difference.")
    assert len(again.rows) == 1
    assert "Ingen skillnad. No difference." in liggare("replay", case, "--against", "rules=2022-10-01").out
    assert "samma svar · the same answer" in liggare("replay", case, "--rules", "2022-10-01").out


@pytest.mark.parametrize(
    "words",
    [
        ("--against", "valid-on=2025-05-10 rules={own}"),
        ("--against", "valid-on=2025-05-10", "rules={own}"),
        ("--against", "rules={own}  valid-on=2025-05-10"),
        ("--against=rules={own}", "--against", "valid-on=2025-05-10"),
    ],
)
def test_the_other_look_is_told_in_one_word_or_in_several(
    liggare: Liggare, case: str, own: str, words: tuple[str, ...]
) -> None:
    """The file's name has a space in it, and --json after the parts is no part."""
    assert " " in own
    given = [word.format(own=own) for word in words]
    found = differing(liggare("replay", case, "--valid-on", "2025-05-12", *given, "--json"))
    causes = [(one["cause"], one["event"]) for one in found["meetings_held"]["causes"]]
    assert (found["meetings_held"]["left"], found["meetings_held"]["right"]) == (2, 0)
    assert causes == [("time_passed", "MeetingHeld"), ("rules", "EligibilityAssessed")]


def test_against_nothing_is_against_the_case_as_it_stands(liggare: Liggare, case: str) -> None:
    for words in (("--against",), ("--against", ""), ("--against", "--json")):
        shown = liggare("replay", case, "--valid-on", "2025-04-30", *words)
        assert shown.status == 0
        assert "meetings" in shown.out
    assert "as it was on 2025-04-30" in liggare("replay", case, "--valid-on", "2025-04-30", "--against").out


def test_what_was_learned_later_is_named_with_who_and_when(liggare: Liggare, case: str) -> None:
    steps: list[Any] = liggare("replay", case, "--json").rows
    last = steps[-1]
    day, known_at = "2025-05-31", steps[-2]["recorded_at"]
    words = ("--valid-on", day, "--known-at", known_at, "--against", f"valid-on={day}")
    found = differing(liggare("replay", case, *words, "--json"))
    assert set(found) == {"meetings_held"}
    [cause] = found["meetings_held"]["causes"]
    told = ("cause", "event_id", "event", "occurred_on", "actor", "recorded_at", "position")
    assert [cause[key] for key in told] == [
        "learned_later",
        *(last[key] for key in ("event_id", "event", "occurred_on", "actor", "recorded_at", "position")),
    ]
    text = liggare("replay", case, *words).out
    assert f"blev känt senare · learned later: 2025-05-12 MeetingHeld by {last['actor']}, recorded" in text


def test_an_erased_case_is_told_from_what_is_clear(liggare: Liggare, case: str, own: str) -> None:
    assert liggare("erase-person", case, "--yes").status == 0
    said = ("raderad; kan inte prövas på nytt", "erased, not re-executable")
    compared = liggare("replay", case, "--valid-on", "2025-05-31", "--against", f"rules={own}", "--json")
    assert {"stage"} <= set(differing(compared))
    [again] = [row["redecided"] for row in compared.rows if "redecided" in row]
    assert (again["status"], again["sv"], again["en"]) == ("erased", *said)  # type: ignore[index]
    text = liggare("replay", case, "--rules", own)
    assert text.status == 0
    assert " · ".join(said) in text.out
    assert "stage granted → active" in text.out, "as recorded, since it can't be tried"
    everything = text.out + compared.out
    for secret in ("Testa", identity_number(1), "559999"):
        assert secret not in everything


def test_an_employers_case_has_two_clocks(liggare: Liggare) -> None:
    opening = {"employer": "Påhittade kommun", "organisation_number": "559999-1329", "kind": "municipality"}
    opening |= {"area": "strategic_competence_supply", "occurred_on": "2025-02-03"}
    case = str(liggare("do", "open_employer_case", "--json", json.dumps(opening)).rows[0]["case"])
    did(liggare, case, "start_module", occurred_on="2025-03-03", module=1)
    found = differing(liggare("replay", case, "--valid-on", "2025-02-28", "--against", "--json"))
    assert set(found) == {"modules"}
    assert [(one["cause"], one["event"]) for one in found["modules"]["causes"]] == [
        ("time_passed", "ModuleStarted")
    ]
    assert liggare("replay", case, "--valid-on", "2025-02-28", "--against").status == 0
    steps: list[Any] = liggare("replay", case, "--json").rows
    assert steps[1]["before"] == steps[0]["state"]
    for words in (("--rules", "2022-10-01"), ("--against", "rules=2022-10-01")):
        one_line(liggare("replay", case, *words), "an employer's case has no decision by conditions")


def one_line(done: Run, beginning: str) -> None:
    """It is said in one line what is wrong, and nothing else; status 2."""
    assert (done.status, done.out) == (2, "")
    assert len(done.err.strip().splitlines()) == 1, done.err
    assert done.err.startswith(beginning), done.err


def test_what_is_asked_wrongly_is_one_line_and_status_2(liggare: Liggare, case: str, tmp_path: Path) -> None:
    """In either look: nothing that is unknown, unreadable or before the first event is shown as if it were."""
    broken = tmp_path / "broken.toml"
    broken.write_text("name = 'x'\nunknown = 1\n")
    wrong = {
        ("rules", "1999-01-01"): "no such version of kammarkollegiet; there are 2022-10-01",
        ("rules", "exempelfonden"): "no such version of kammarkollegiet",
        ("rules", str(tmp_path / "none.toml")): f"{tmp_path / 'none.toml'}: can't be read: No such file",
        ("rules", str(tmp_path)): f"{tmp_path}: can't be read: ",
        ("rules", str(broken)): f"{broken}: unknown: an unknown key",
        ("valid-on", "2025-02-30"): "a day is written YYYY-MM-DD",
        ("valid-on", "yesterday"): "a day is written YYYY-MM-DD",
        ("valid-on", "2025-04-09"): "nothing to show of the case: it began on 2025-04-10",
        ("known-at", "2020-01-01T00:00:00Z"): "nothing to show of the case: it began on 2025-04-10",
        ("known-at", "noon"): "an instant is written YYYY-MM-DDTHH:MM:SS",
        ("known-at", "0001-01-01T00:00:00"): "an instant lies in the years 1900 to 2199",
        ("known-at", "9999-12-31T23:59:59-12:00"): "an instant lies in the years 1900 to 2199",
    }
    for (part, value), said in wrong.items():
        one_line(liggare("replay", case, f"--{part}", value), said)
        one_line(liggare("replay", case, "--against", f"{part}={value}"), said)
    for other in ("valid_on=2025-05-01", "2025-05-01", "rules=", "rules", "=x"):
        one_line(liggare("replay", case, "--against", other), "--against: each part is one of valid-on=…")
    twice = "rules=2022-10-01 rules=2022-10-01"
    one_line(liggare("replay", case, "--against", twice), "--against: rules is given twice")
    one_line(liggare("replay", case, "--valid-on", ""), "a day is written YYYY-MM-DD")
