"""Employers' cases in the ledger: one more aggregate of the log, without a person, a key or a row beside it."""

import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4, uuid5

import pytest

from api import cli
from domain.employer import fold_employer, is_employer_case
from domain.register import REGISTER
from domain.register_commands import LetLeave
from domain.rejections import CommandRejected
from ledger.faults import CommandIdReused
from ledger.ledger import Ledger
from ledger.opening import open_ledger
from ledger.recorder import Stored
from ledger.settings import Settings
from replays.employer_replay import replay_employer
from replays.employer_state import employer_state
from tests.applications import TODAY, command, received
from tests.employers import DECIDER, MET, MUNICIPALITY, application, approval, asked, cost, opening
from tests.registers import asked as of_register
from tests.registers import hire, placed

CASE = UUID(int=0xE1)

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


def funded(ledger: Ledger) -> UUID:
    """A case with an application that is decided."""
    hire(ledger)
    for each in (
        opening(),
        application("education", "wages", "other"),
        asked("decide_funding", "2025-03-01"),
    ):
        ledger.execute(CASE, each, TODAY)
    return CASE


def test_what_is_recorded_is_read_back_and_nothing_beside_the_log(settings: Settings) -> None:
    """By a ledger that remembers nothing, too; nobody has a key or a row of it, and a replay finds it allowed."""
    with open_ledger(settings) as ledger:
        case = ledger.employer_case(funded(ledger))
    with open_ledger(settings) as ledger:
        assert ledger.employer_case(CASE) == case
        assert case.funded_ore == 100_001
        for table in ("liggare.case_register", "liggare.person", "liggare_keys.person_key"):
            assert ledger.select(f"SELECT * FROM {table}") == []
        entries = ledger.history(CASE)
        steps = list(replay_employer(CASE, entries, lines=ledger.entries([REGISTER])[REGISTER]))
    assert is_employer_case(entries)
    assert [step.grounds.clause for step in steps] == ["O-01", "O-08", "O-09"]
    assert steps[-1].after == case == fold_employer(CASE, entries)
    assert "tillåtas" not in "".join(step.grounds.sv for step in steps)


def test_sent_again_it_is_recognised(ledger: Ledger) -> None:
    """Also where its own effect would now reject it; the same id with another content never is."""
    hire(ledger)
    commands = [opening(), application("education"), asked("decide_funding", "2025-03-01")]
    first = [ledger.execute(CASE, each, TODAY) for each in commands]
    again = [ledger.execute(CASE, each, TODAY) for each in commands]
    assert [row._replace(repeated=True) for row in first] == again
    with pytest.raises(CommandIdReused):
        ledger.execute(CASE, commands[0].model_copy(update={"employer": "Annan kommun"}), TODAY)
    with pytest.raises(CommandIdReused):
        ledger.execute(UUID(int=0xE2), commands[0], TODAY)
    assert len(ledger.history(CASE)) == 3


def test_a_persons_case_and_an_employers_take_their_own_commands(ledger: Ledger) -> None:
    """Under the other's id nothing is found, in the register least of all; nothing of it is stored."""
    case, person = funded(ledger), received(ledger)
    joining = command("join_person", "2025-04-20", same_as=case, reason="samma person")
    for at, asked_ in (
        (case, command("decide", "2025-04-20")),
        (case, command("withdraw", "2025-04-20")),
        (case, placed("ny")),
        (person, opening()),
        (person, application("education")),
        (REGISTER, opening()),
        (REGISTER, application("education")),
        (uuid4(), application("education")),
        (person, joining),
    ):
        before = ledger.entries([case, person, REGISTER])
        with pytest.raises(CommandRejected) as rejected:
            ledger.execute(at, asked_, TODAY)
        assert rejected.value.code == "UNKNOWN_CASE"
        assert ledger.entries([case, person, REGISTER]) == before
    for read, at in ((ledger.case, case), (ledger.employer_case, person), (ledger.case, REGISTER)):
        with pytest.raises(CommandRejected) as rejected:
            read(at)
        assert rejected.value.code == "UNKNOWN_CASE"
    with pytest.raises(CommandRejected):
        ledger.try_out(case, asked("decide_funding", "2025-03-02"), TODAY)


def test_two_ledgers_in_a_race(settings: Settings) -> None:
    """Each starts every module and decides on funds, on what both had read: one of each is stored, and the other is
    decided again on what is true then.
    """
    with open_ledger(settings) as one, open_ledger(settings) as two:
        hire(one)
        modules, funds = UUID(int=0xE2), UUID(int=0xE3)
        one.execute(modules, opening("strategic_competence_supply"), TODAY)
        one.execute(funds, opening(), TODAY)
        one.execute(funds, application("education", "other"), TODAY)
        assert two.employer_case(modules) == one.employer_case(modules)
        assert two.employer_case(funds) == one.employer_case(funds)

        def tried(work: tuple[Ledger, UUID, object]) -> Stored | str:
            ledger, case, each = work
            try:
                return ledger.execute(case, each, TODAY)  # type: ignore[arg-type]
            except CommandRejected as rejected:
                return rejected.code

        work: list[tuple[Ledger, UUID, object]] = [
            (ledger, modules, asked("start_module", "2025-03-01", module=module))
            for module in (1, 2, 3, 4)
            for ledger in (one, two)
        ]
        work += [
            (ledger, funds, asked("decide_funding", "2025-03-01", approvals=[approval(2)]))
            for ledger in (one, two)
        ]
        with ThreadPoolExecutor(10) as pool:
            done = list(pool.map(tried, work))
        for pair in zip(done[::2], done[1::2], strict=True):
            assert sum(isinstance(row, Stored) for row in pair) == 1
        assert {row for row in done if isinstance(row, str)} == {
            "MODULE_ALREADY_STARTED",
            "APPROVAL_NOT_NEEDED",
        }
        assert one.employer_case(funds) == two.employer_case(funds)
        assert one.employer_case(funds).funded_ore == 300_002
        assert len(two.history(modules)) == 5


def test_one_id_is_not_two_cases(settings: Settings) -> None:
    """A case is opened twice at the same time, under one id: one is stored."""
    with open_ledger(settings) as one, open_ledger(settings) as two:
        hire(one)

        def tried(ledger: Ledger) -> Stored | str:
            try:
                return ledger.execute(CASE, opening(), TODAY)
            except CommandRejected as rejected:
                return rejected.code

        with ThreadPoolExecutor(2) as pool:
            done = list(pool.map(tried, [one, two]))
    assert [row for row in done if isinstance(row, str)] == ["ALREADY_OPENED"]


def test_a_decision_is_made_on_the_register_as_it_is(settings: Settings) -> None:
    """Who left since another ledger read the register decides nothing there; a replay tells what was known then."""
    with open_ledger(settings) as one, open_ledger(settings) as two:
        funded(two)
        left = of_register(LetLeave, "2025-02-28", staff="test")
        one.execute(REGISTER, left, TODAY)
        with pytest.raises(CommandRejected) as rejected:
            two.execute(
                CASE, asked("decide_funding", "2025-03-05", approvals=[approval(3, "someone")]), TODAY
            )
        assert (rejected.value.code, rejected.value.clause) == ("NO_LONGER_REGISTERED", "O-09")
        two.execute(CASE, asked("close_employer_case", "2025-06-30"), TODAY)
        lines = two.entries([REGISTER])[REGISTER]
        steps = list(replay_employer(CASE, two.history(CASE), lines=lines))
    assert "tillåtas" not in "".join(step.grounds.sv for step in steps)


def test_many_go_in_together_and_one_at_fault_takes_none_with_it(ledger: Ledger) -> None:
    """Persons' cases and employers' in one transaction, all or none."""
    hire(ledger)
    person, cases = received(ledger), [uuid4() for _ in range(3)]
    work = [(case, opening()) for case in cases]
    note = command("assign_advisor", "2025-04-21", advisor="bo")
    with pytest.raises(CommandRejected):
        ledger.execute_all([*work, (person, note), (uuid4(), application("education"))], TODAY)
    assert not any(ledger.entries(cases).values())
    assert len(ledger.execute_all([*work, (person, note)], TODAY)) == 4
    assert {ledger.employer_case(case).stage for case in cases} == {"open"}
    assert ledger.case(person).advisor == "bo"


# Through the command line


def opened(liggare: Cli, area: str, *words: str, **changes: str) -> str:
    body = MUNICIPALITY | {"area": area, "occurred_on": "2025-02-03"} | changes
    status, out, err = liggare("do", "open_employer_case", *words, "--json", json.dumps(body))
    assert status == 0, err
    return str(json.loads(out)["case"])


def did(
    liggare: Cli, name: str, case: str, on: str, actor: str = "case_officer:test", **content: object
) -> str:
    body = json.dumps(content | {"occurred_on": on})
    status, out, err = liggare("do", name, case, "--json", body, "--actor", actor)
    assert status == 0, err
    return str(json.loads(out)["event_ids"][-1])


def test_a_case_is_opened_and_says_its_id(liggare: Cli) -> None:
    """A new one each time; the same one where the command's id is given again, or where the case's own is."""
    own = str(uuid4())
    first = opened(liggare, "preventive_measures", "--id", own)
    assert first == str(uuid5(UUID(own), "case"))
    assert opened(liggare, "preventive_measures", "--id", own) == first
    assert opened(liggare, "preventive_measures") != first
    named = str(uuid4())
    assert opened(liggare, "preventive_measures", named) == named
    status, out, err = liggare("case", first[:8], "--json")
    assert (status, err) == (0, "")
    assert json.loads(out.splitlines()[0])["state"]["stage"] == "open"


def test_modules_and_their_deviations_are_shown(liggare: Cli) -> None:
    case = opened(liggare, "strategic_competence_supply")
    did(liggare, "start_module", case, "2025-03-01", module=2)
    did(liggare, "complete_module", case, "2025-04-01", module=2)
    wrong = did(liggare, "start_module", case, "2025-04-02", module=3)
    right = {"command": "start_module", "module": 4, "occurred_on": "2025-04-02"}
    did(
        liggare, "correct_employer_entry", case, "2025-04-03", corrects=wrong, reason="fel", replacement=right
    )
    first, *entries = [json.loads(row) for row in liggare("case", case, "--json")[1].splitlines()]
    assert [(row["status"], row["ahead_of"]) for row in first["modules"]] == [
        ("not_started", []),
        ("completed", [1]),
        ("not_started", []),
        ("started", [1, 3]),
    ]
    assert [row["stands"] for row in entries] == [True, True, True, False, True, True]
    assert first["state"]["deviations"] == 2
    _, shown, _ = liggare("case", case)
    assert "4 Utvärdering · Evaluation: started 2025-04-02" in shown
    assert "Började innan modul 1, 3 var genomgången." in shown
    assert "(corrected)" in shown
    assert "apply_preventive_funding" in shown.partition("not open")[2]
    _, replayed, _ = liggare("replay", case)
    assert "Avvikelse: modul 4, Utvärdering, börjar före 1, 3." in replayed
    steps = [json.loads(row) for row in liggare("replay", case, "--json")[1].splitlines()]
    assert [step["state"]["deviations"] for step in steps] == [0, 1, 1, 2, 1, 2]
    assert {step["allowed"]["clause"] for step in steps} == {"O-01", "O-06", "AMB-36"}
    assert len(liggare("replay", case, "--valid-on", "2025-03-31", "--json")[1].splitlines()) == 2


def test_funds_are_shown_line_by_line(liggare: Cli) -> None:
    """Each with its clause and sentences, in both languages, and what it came to."""
    case = opened(liggare, "preventive_measures")
    lines = [cost("education", 1_250_050), cost("wages", 3_000_000), cost("other", 99, "Studiebesök.")]
    did(
        liggare,
        "apply_preventive_funding",
        case,
        "2025-02-10",
        **MET,
        purposes=["rehabilitation"],
        lines=lines,
    )
    assert json.loads(liggare("case", case, "--json")[1].splitlines()[0])["state"]["lines_undecided"] == 3
    did(liggare, "decide_funding", case, "2025-03-01", DECIDER)
    first = json.loads(liggare("case", case, "--json")[1].splitlines()[0])
    (funds,) = first["funding"]
    assert [(row["result"], row["code"], row["clause"]) for row in funds["lines"]] == [
        ("funded", None, "O-09-a"),
        ("refused", "COST_TYPE_NOT_FUNDED", "O-10-a"),
        ("waiting", "MANUAL_APPROVAL_NEEDED", "O-09"),
    ]
    assert (funds["sought_ore"], funds["funded_ore"], first["state"]["funded_ore"]) == (
        4_250_149,
        1_250_050,
        1_250_050,
    )
    is_open = {row["command"]: row["open"] for row in first["commands"]}
    assert is_open["decide_funding"]
    assert not is_open["start_module"]
    _, shown, _ = liggare("case", case)
    for text in (
        "12 500,50 kr of 42 501,49 kr",
        "✗ 2 wages, 30 000,00 kr: Kurs i ledarskap.",
        "O-10-a   Rad 2: medel betalar aldrig lön till deltagare, och ingen kan godkänna det.",
        "Line 2: funds never pay participants' wages, and nobody can approve it.",
        "O-11-a   en del av rehabiliteringen",
    ):
        assert text in shown
    _, replayed, _ = liggare("replay", case)
    assert "1 beviljas, 1 avslås, 1 väntar på godkännande; 12 500,50 kr." in replayed
    assert liggare("replay", case, "--known-at", "2025-01-01")[0] == 2


def test_what_is_asked_wrongly(liggare: Cli) -> None:
    """One line that says why, without what was written; status 2, and nothing is stored."""
    case = opened(liggare, "preventive_measures")
    lines = [cost("wages")]
    did(liggare, "apply_preventive_funding", case, "2025-02-10", **MET, lines=lines)
    before = liggare("case", case, "--json")[1]
    number = "19800517-1234"
    new = MUNICIPALITY | {"area": "preventive_measures"}
    approving = {"approvals": [approval(1)], "occurred_on": "2025-03-01"}
    replacing = {"corrects": str(CASE), "reason": "fel", "replacement": {"command": "decide"}}
    rows: list[tuple[list[str], dict[str, Any], str]] = [
        (["decide_funding", case, "--actor", DECIDER], approving, "COST_TYPE_NOT_FUNDED (O-10-a)"),
        (["decide_funding", case, "--actor", "case_officer:test"], {}, "ACTOR_NOT_ENTITLED (O-09)"),
        (["close_employer_case", case], {"remark": number}, "remark: no identity number in it"),
        (["close_employer_case"], {}, "name a command"),
        (["decide", case], {}, "UNKNOWN_CASE"),
        (["start_module", str(uuid4())], {"module": 1}, "UNKNOWN_CASE"),
        (["open_employer_case", "kort"], new, "is a UUID, written whole"),
        (["open_employer_case"], new | {"area": "other"}, "area: expected"),
        (["open_employer_case"], new | {"organisation_number": number}, "organisation_number: "),
        (["correct_employer_entry", case], replacing, "no such command"),
    ]
    for words, body, said in rows:
        status, out, err = liggare("do", *words, "--json", json.dumps(body))
        assert (status, out, len(err.strip().splitlines())) == (2, "", 1), words
        assert said in err
        assert "0517" not in err
    assert liggare("case", case, "--json")[1] == before


def test_a_file_of_commands(liggare: Cli, tmp_path: Path) -> None:
    """A line that opens a case may name its id, so that the next can; sent again, all are recognised."""
    case, flow = str(uuid4()), uuid4()
    opening_ = MUNICIPALITY | {"area": "preventive_measures"}
    rows: list[dict[str, object]] = [
        {"case": case, "command": "open_employer_case", **opening_},
        {"case": case, "command": "apply_preventive_funding", **MET, "lines": [cost("mentoring")]},
        {"case": case, "command": "decide_funding", "actor": DECIDER},
        {"command": "open_employer_case", **opening_},
    ]
    file = tmp_path / "employers.jsonl"
    file.write_text(
        "".join(
            json.dumps(row | {"id": str(uuid5(flow, str(number))), "occurred_on": "2025-02-03"}) + "\n"
            for number, row in enumerate(rows)
        )
    )
    assert "4 carried out" in liggare("do", "--lines", str(file))[1]
    assert "4 known from before" in liggare("do", "--lines", str(file))[1]
    other = str(uuid5(uuid5(flow, "3"), "case"))
    for each, sum_ in ((case, 100_000), (other, 0)):
        assert json.loads(liggare("case", each, "--json")[1].splitlines()[0])["state"]["funded_ore"] == sum_
    listed = [json.loads(row) for row in liggare("do", "--list", "--json")[1].splitlines()]
    assert sum(row["on"] == "employer_case" for row in listed) == 7
    assert "(on an employer's case)" in liggare("do", "--list")[1]


def test_a_beginning_of_an_id_names_one_case_of_either_kind(liggare: Cli, settings: Settings) -> None:
    """Told apart by the whole ledger: a person's case and an employer's with one beginning are ambiguous."""
    with open_ledger(settings) as ledger:
        person = received(ledger)
        other = UUID(int=person.int ^ 1)
        ledger.execute(other, opening(), TODAY)
        assert employer_state(ledger.employer_case(other))["stage"] == "open"
    status, _, err = liggare("case", str(person)[:8])
    assert (status, "more than one case" in err) == (2, True)
    assert liggare("case", str(person))[0] == 0
    assert liggare("case", str(other))[0] == 0
