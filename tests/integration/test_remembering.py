"""Commands decided on what a program remembers: two open ledgers on one database are two programs."""

from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any
from uuid import UUID

import pytest

from domain.event import Erased
from domain.events import ApplicationReceived
from domain.register import REGISTER
from domain.register_commands import LetLeave
from domain.rejections import CommandRejected
from ledger import memory
from ledger.batches import Line, carry_out
from ledger.erasure import erase_person
from ledger.ledger import Ledger
from ledger.opening import open_ledger
from ledger.recorder import Stored
from ledger.settings import Settings
from tests.applications import OFFICER, TODAY, command, received
from tests.registers import asked, hire, placed

RESULT = command("reach_outcome", "2025-05-01", "advisor:x", outcome="business", starts_on="2025-05-01")


@pytest.fixture
def pair(settings: Settings) -> Iterator[tuple[Ledger, Ledger]]:
    """Two programs' ledgers on one database, whose register has the tests' staff."""
    with ExitStack() as opened:
        one, two = (opened.enter_context(open_ledger(settings)) for _ in range(2))
        hire(two)
        yield one, two


def granted(ledger: Ledger, serial: int = 1) -> UUID:
    """A case whose application was granted, and which the ledger remembers with the register."""
    case_id = received(ledger, serial)
    ledger.execute(case_id, command("decide", "2025-04-20"), TODAY)
    return case_id


def under_way(ledger: Ledger, serial: int = 1) -> UUID:
    """A case whose support has begun, and which the ledger remembers."""
    case_id = granted(ledger, serial)
    ledger.execute(case_id, command("start_engagement", "2025-04-27"), TODAY)
    return case_id


def meeting(on: str = "2025-05-05", **content: Any) -> Any:
    return command("hold_meeting", on, mode="digital", **content)


def reads_of(ledger: Ledger, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Every named statement that a ledger reads with from here on."""
    asked_for: list[str] = []
    rows = ledger.rows

    def counted(name: str, **values: Any) -> Any:
        asked_for.append(name)
        return rows(name, **values)

    monkeypatch.setattr(ledger, "rows", counted)
    return asked_for


def test_what_was_stored_is_remembered_as_it_is_read(
    pair: tuple[Ledger, Ledger], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Entries of every shape, sealed ones and two of one command among them, equal those that another program
    reads. Vacuous if they had been read: hence the statements are counted.
    """
    one, two = pair
    case_id = under_way(one)
    reads = reads_of(one, monkeypatch)
    one.execute(case_id, meeting(advisor="anna"), TODAY)
    one.execute(case_id, command("pause", "2025-06-01", reason="short_sick_leave"), TODAY)
    held = one.execute(case_id, meeting("2025-05-06"), TODAY).event_ids[0]
    assert reads == []
    wrong = command(
        "correct_entry", "2025-06-02", corrects=held, reason="fel dag", replacement=meeting("2025-05-07")
    )
    assert len(one.execute(case_id, wrong, TODAY).event_ids) == 2
    one.execute(REGISTER, placed("ny"), TODAY)
    one.execute(case_id, meeting("2025-05-08", advisor="ny"), TODAY)
    assert reads == ["person_of_case", "case_entries"]  # for the correction, which asks for the other cases
    for remembered in (case_id, REGISTER):
        assert one._memory.known(remembered) == two.entries([remembered])[remembered]
    assert len(one._memory.known(case_id)) == 9
    assert one.case(case_id) == two.case(case_id)


def test_a_new_case_is_not_remembered(ledger: Ledger) -> None:
    """An import of many would fill the memory with cases that nobody asked for."""
    case_id = received(ledger)
    assert ledger._memory.known(case_id) == ()
    ledger.history(case_id)
    assert len(ledger._memory.known(case_id)) == 1


def test_the_register_is_remembered_while_cases_are_forgotten(
    ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The memory has an end; the oldest cases go, the register stays."""
    monkeypatch.setattr(memory, "CASES_REMEMBERED", 10)
    hire(ledger)
    cases = [granted(ledger, serial) for serial in range(1, 13)]
    assert ledger._memory.known(REGISTER) == ledger.entries([REGISTER])[REGISTER] != ()
    assert ledger._memory.known(cases[0]) == ()
    assert len(ledger._memory.known(cases[-1])) == 2


def test_what_an_old_memory_rejects_is_decided_again(pair: tuple[Ledger, Ledger]) -> None:
    """Another program began the support: the meeting, which the memory alone would reject, is recorded."""
    one, two = pair
    case_id = granted(one)
    with pytest.raises(CommandRejected) as rejected:
        one.execute(case_id, meeting(), TODAY)
    assert rejected.value.code == "NOT_STARTED"
    two.execute(case_id, command("start_engagement", "2025-04-27"), TODAY)
    assert len(one._memory.known(case_id)) == 2
    assert not one.execute(case_id, meeting(), TODAY).repeated
    assert len(two.history(case_id)) == 4


def test_what_an_old_memory_allows_is_decided_again(pair: tuple[Ledger, Ledger]) -> None:
    """Another program recorded the result: the meeting after it, which the memory alone would allow, is not stored.

    What came after all that the program knew of is told. What is known to have come before the command is not,
    and neither is anything where the command was rejected at once.
    """
    one, two = pair
    first, second = under_way(one, 1), under_way(one, 2)
    position = two.execute(first, RESULT, TODAY).position
    with pytest.raises(CommandRejected) as rejected:
        one.execute(first, meeting(), TODAY)
    assert rejected.value.code == "OUTSIDE_PERIOD"
    assert [entry.position for entry in rejected.value.meanwhile] == [position]
    two.execute(second, RESULT.model_copy(update={"command_id": UUID(int=9)}), TODAY)
    received(one, 3)  # from here on the program knows of a later position
    with pytest.raises(CommandRejected) as rejected:
        one.execute(second, meeting(), TODAY)
    assert (rejected.value.code, rejected.value.meanwhile) == ("OUTSIDE_PERIOD", ())
    assert [len(two.history(case_id)) for case_id in (first, second)] == [4, 4]


def test_who_left_by_another_programs_word_is_no_longer_named(pair: tuple[Ledger, Ledger]) -> None:
    """The register is remembered as well, and its version is what keeps an advisor who left out of a case."""
    one, two = pair
    case_id = under_way(one)
    assert one.register().is_advisor("bo", TODAY)
    left = two.execute(REGISTER, asked(LetLeave, "2025-04-30", staff="bo"), TODAY)
    with pytest.raises(CommandRejected) as rejected:
        one.execute(case_id, meeting(advisor="bo"), TODAY)
    assert rejected.value.code == "NO_LONGER_REGISTERED"
    assert [(entry.case_id, entry.position) for entry in rejected.value.meanwhile] == [
        (REGISTER, left.position)
    ]
    assert len(two.history(case_id)) == 3


def test_who_came_by_another_programs_word_is_known(pair: tuple[Ledger, Ledger]) -> None:
    """One whom the remembered register lacks is not rejected for it."""
    one, two = pair
    case_id = under_way(one)
    one.register()
    two.execute(REGISTER, placed("ny"), TODAY)
    one.execute(case_id, meeting(advisor="ny"), TODAY)
    assert len(two.history(case_id)) == 4


def test_a_departure_does_not_pass_a_command_that_names_who_left(
    pair: tuple[Ledger, Ledger], monkeypatch: pytest.MonkeyPatch
) -> None:
    """It comes after the decision was made on a register just read, and before it is stored: decided again."""
    one, two = pair
    case_id = under_way(one)
    append, tries = one._recorder.append, [0]

    def overtaken(appends: Any) -> Any:
        tries[0] += 1
        two.execute(REGISTER, asked(LetLeave, "2025-04-30", staff="bo"), TODAY)
        return append(appends)

    monkeypatch.setattr(one._recorder, "append", overtaken)
    one.forget([case_id, REGISTER])
    with pytest.raises(CommandRejected) as rejected:
        one.execute(case_id, meeting(advisor="bo"), TODAY)
    assert (rejected.value.code, tries) == ("NO_LONGER_REGISTERED", [1])


@pytest.mark.parametrize("name", ["hold_meeting", "pause", "decide"])
def test_erased_by_another_program_it_is_refused_and_forgotten(
    pair: tuple[Ledger, Ledger], name: str
) -> None:
    """Commands that the memory allows and one that it rejects, sealed and not, of a person who is erased."""
    one, two = pair
    case_id = under_way(one)
    content = {"hold_meeting": {"mode": "digital"}, "pause": {"reason": "short_sick_leave"}, "decide": {}}
    assert not isinstance(details(one, case_id), Erased)
    erase_person(two, two.person_of(case_id).person_ref, OFFICER, TODAY)
    with pytest.raises(CommandRejected) as rejected:
        one.execute(case_id, command(name, "2025-05-05", **content[name]), TODAY)
    assert rejected.value.code == "PERSON_ERASED"
    assert isinstance(details(one, case_id), Erased)
    assert len(two.history(case_id)) == 4


def details(ledger: Ledger, case_id: UUID) -> Any:
    """What a ledger remembers of who applied."""
    first = ledger._memory.known(case_id)[0].event
    assert isinstance(first, ApplicationReceived)
    return first.details


def test_sent_again_over_an_old_memory_it_is_recognised(pair: tuple[Ledger, Ledger]) -> None:
    """Carried out by another program, after which the memory would allow it again, or reject it."""
    one, two = pair
    case_id = under_way(one)
    for wish in (meeting("2025-04-28"), RESULT):
        stored = two.execute(case_id, wish, TODAY)
        for _ in range(2):
            again = one.execute(case_id, wish, TODAY)
            assert (again.repeated, again.position) == (True, stored.position)
    assert len(two.history(case_id)) == 5


def test_two_programs_in_turns_on_one_case(pair: tuple[Ledger, Ledger]) -> None:
    """Each finds its memory old every time, and nothing is lost for it."""
    one, two = pair
    case_id = under_way(one)
    for day in range(1, 21):
        (one if day % 2 else two).execute(case_id, meeting(f"2025-05-{day:02d}"), TODAY)
    assert one.entries([case_id]) == two.entries([case_id])
    assert len(one.history(case_id)) == 23


def test_a_line_on_the_register_goes_before_those_that_rest_on_it(ledger: Ledger) -> None:
    """In a file, somebody leaves and is named on the next line: that line is at fault, whatever they share."""
    hire(ledger)
    cases = [under_way(ledger, serial) for serial in (1, 2)]
    lines = [
        Line(1, cases[0], meeting(advisor="bo")),
        Line(2, REGISTER, asked(LetLeave, "2025-04-30", staff="bo")),
        Line(3, cases[1], meeting(advisor="bo")),
    ]
    results = [made for _, made in carry_out(ledger, lines, TODAY)]
    assert [isinstance(made, Stored) for made in results] == [True, True, False]
    assert isinstance(results[2], CommandRejected)
    assert (results[2].code, results[2].meanwhile) == ("NO_LONGER_REGISTERED", ())
