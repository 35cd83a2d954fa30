"""What a ledger refuses or gives up: unknown cases, closed keys, what never stands still, files from the future."""

from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from domain.register import REGISTER
from domain.rejections import CommandRejected
from ledger import ledger as ledger_module
from ledger import migrations, recorder
from ledger.declarations import read_declarations
from ledger.faults import InputFault, LedgerFault
from ledger.imports import LONGEST_LINE, import_applications, import_declarations, lines_of
from ledger.ledger import Ledger
from ledger.opening import open_ledger
from ledger.recorder import Append, CaseRecorder, Overtaken, Recorded
from ledger.settings import Settings
from tests.applications import OFFICER, TODAY, application, command, line, received

AGI = Path(__file__).parents[1] / "data" / "agi"


def test_a_case_that_is_not_there(ledger: Ledger) -> None:
    """Whatever is asked of it."""
    case_id = uuid4()
    for asked in (ledger.history, ledger.case, ledger.person_of):
        with pytest.raises(CommandRejected) as raised:
            asked(case_id)
        assert raised.value.code == "UNKNOWN_CASE"
    assert ledger.entries([case_id]) == {case_id: ()}


def test_nothing_is_sealed_for_who_is_being_erased(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Cut short after the order, the erasure leaves no key to seal under: that is said, and nothing is stored.

    The ledger that is opened next completes it.
    """
    monkeypatch.setattr(ledger_module, "ATTEMPTS", 3)
    with open_ledger(settings) as ledger:
        case_id = received(ledger)
        person = ledger.person_of(case_id).person_ref
        ledger.person_keys.execute("order_destruction", persons=[person], actor=OFFICER, on=TODAY)
        ledger.person_keys.forget_persons()
        judged = command("judge_need", "2025-04-20", "advisor:anna.berg", special_need=True)
        with pytest.raises(LedgerFault, match="the person is being erased, which was cut short"):
            ledger.execute(case_id, judged, TODAY)
        assert len(ledger.history(case_id)) == 1
    with open_ledger(settings) as ledger:
        assert ledger.case(case_id).erased
        with pytest.raises(CommandRejected) as raised:
            ledger.execute(case_id, judged, TODAY)
        assert raised.value.code == "PERSON_ERASED"


def test_a_case_that_never_stands_still_is_given_up(ledger: Ledger, monkeypatch: pytest.MonkeyPatch) -> None:
    """After so many attempts somebody is told, and nothing is stored; sent again later it is carried out."""
    case_id = received(ledger)
    attempts: list[int] = []

    def overtaken(self: CaseRecorder, appends: Sequence[Append]) -> list[Recorded]:
        attempts.append(len(list(appends)))
        raise Overtaken

    decide = command("decide", "2025-04-20")
    with monkeypatch.context() as patch:
        patch.setattr(ledger_module, "LONGEST_PAUSE_SECONDS", 0.0)
        patch.setattr(CaseRecorder, "append", overtaken)
        with pytest.raises(LedgerFault, match=r"the case kept changing .* try again"):
            ledger.execute(case_id, decide, TODAY)
    assert attempts == [1] * ledger_module.ATTEMPTS
    assert ledger.case(case_id).decisions == ()
    assert not ledger.execute(case_id, decide, TODAY).repeated


def test_more_than_one_statement_holds_goes_in_wholly_or_not_at_all(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Over several round trips it is still one transaction: what is overtaken in the last undoes the first."""
    monkeypatch.setattr(recorder, "LARGEST_STATEMENT", 2)
    with open_ledger(settings) as ledger, open_ledger(settings) as another:
        cases = [received(ledger, serial) for serial in range(1, 6)]

        def evidence() -> Any:
            return command("record_evidence", "2025-04-20", source="applicant", content={})

        ledger.entries([REGISTER, *cases])  # so that it remembers them, and is overtaken
        commands = [(case_id, evidence()) for case_id in cases]
        another.execute(cases[4], evidence(), TODAY)
        with monkeypatch.context() as patch:
            patch.setattr(ledger_module, "ATTEMPTS", 1)
            with pytest.raises(LedgerFault, match="kept changing"):
                ledger.execute_all(commands, TODAY)
        assert [len(another.history(case_id)) for case_id in cases] == [1, 1, 1, 1, 2]
        stored = ledger.execute_all(commands, TODAY)
        positions = [row.position for row in stored]
        assert [row.repeated for row in stored] == [False] * 5
        assert positions == list(range(positions[0], positions[0] + 5))
        assert [len(another.history(case_id)) for case_id in cases] == [2, 2, 2, 2, 3]


def test_a_declaration_that_says_it_was_made_tomorrow_is_refused(ledger: Ledger) -> None:
    """On the day in its Skapad, in Stockholm, it may come in; the day before nothing of it does."""
    path = AGI / "agi-2025-01.xml"
    person = application()["person"] | {"identity_number": "199001052381"}
    received(ledger, person=person)
    made_on = read_declarations(path).created_at.astimezone(ledger_module.STOCKHOLM).date()
    before = ledger.rows("open_applications")
    with pytest.raises(InputFault, match="made in the future \\(Skapad\\)"):
        import_declarations(ledger, path, OFFICER, date.fromordinal(made_on.toordinal() - 1))
    assert [len(ledger.history(row["case_id"])) for row in before] == [1]


def test_an_older_database_is_brought_up_to_date_first(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By a program that knows a step more it is not opened, and neither is its key store."""
    steps = migrations.steps

    def more(series: migrations.Series = migrations.LEDGER) -> dict[int, str]:
        return steps(series) | {9000: "SELECT 1"}

    monkeypatch.setattr(migrations, "steps", more)
    with (
        pytest.raises(LedgerFault, match="older than this program; run `liggare upgrade`"),
        open_ledger(settings),
    ):
        pass


# Lines


def test_blank_lines_count_and_say_nothing(tmp_path: Path) -> None:
    """A line is named by its number in the file, whatever stands between; a byte order mark is no part of one."""
    path = tmp_path / "lines.jsonl"
    path.write_bytes(b"\xef\xbb\xbf{}\n\n  \t\r\n[1]\n\xef\xbb\xbf2")
    assert list(lines_of(path)) == [(1, b"{}\n"), (4, b"[1]\n"), (5, b"\xef\xbb\xbf2")]


def test_a_line_that_is_too_long_is_its_beginning(tmp_path: Path) -> None:
    """The rest of it is passed over, and is no line of its own."""
    path = tmp_path / "lines.jsonl"
    path.write_bytes(b"a" * (2 * LONGEST_LINE + 1) + b"\n{}\n")
    assert [(number, len(text)) for number, text in lines_of(path)] == [(1, LONGEST_LINE), (2, 3)]


def test_a_blank_line_is_no_application(ledger: Ledger, tmp_path: Path) -> None:
    """It is neither recorded nor at fault."""
    path = tmp_path / "applications.jsonl"
    path.write_bytes(line(application(1)) + b"\n\n" + line(application(2)) + b"\n\n{}\n")
    done = import_applications(ledger, path, OFFICER, TODAY, lambda _: None)
    assert (done.recorded, done.repeated, [fault.line for fault in done.faults]) == (2, 0, [5])


def test_an_application_for_a_statement_needs_no_form(ledger: Ledger, tmp_path: Path) -> None:
    """AMB-28: no support is asked for, so nothing is asked of its length; whoever may ask for it is not tried."""
    path = tmp_path / "applications.jsonl"
    path.write_bytes(line(application(1, service="statement", months=0, employments=[], work=[])))
    done = import_applications(ledger, path, OFFICER, TODAY, lambda _: None)
    assert (done.recorded, done.faults) == (1, ())
    (row,) = ledger.select("SELECT case_id FROM liggare.case_register")
    made = ledger.case(row["case_id"])
    assert made.stage(TODAY) == "statement"
    assert made.application is not None
    assert made.application.months == 0
