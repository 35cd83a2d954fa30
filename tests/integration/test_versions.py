"""Commands meant for one version of a case: carried out on just that one or not at all, whoever else writes."""

import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from uuid import UUID, uuid4

import pytest

from domain.register import REGISTER
from domain.rejections import CommandRejected
from domain.support_events import MeetingHeld, Paused
from ledger.faults import Changed, CommandIdReused
from ledger.ledger import Ledger
from ledger.opening import open_ledger
from ledger.recorder import Stored
from ledger.settings import Settings
from tests.applications import TODAY, command, received
from tests.registers import hire, placed

SUPPORT = 3
"""The version of a case whose support has just begun."""


def under_way(ledger: Ledger) -> UUID:
    """A case whose support has begun."""
    hire(ledger)
    case_id = received(ledger)
    ledger.execute(case_id, command("decide", "2025-04-20"), TODAY)
    ledger.execute(case_id, command("start_engagement", "2025-04-27"), TODAY)
    return case_id


def meeting(on: str = "2025-05-05") -> Any:
    return command("hold_meeting", on, mode="digital")


def pause() -> Any:
    return command("pause", "2025-06-01", reason="short_sick_leave")


def test_on_its_version_it_is_carried_out(ledger: Ledger) -> None:
    case_id = under_way(ledger)
    assert not ledger.execute(case_id, meeting(), TODAY, SUPPORT).repeated
    assert not ledger.execute(case_id, pause(), TODAY, SUPPORT + 1).repeated
    assert not ledger.execute(
        REGISTER, placed("ny"), TODAY, len(ledger.entries([REGISTER])[REGISTER])
    ).repeated
    assert [type(entry.event) for entry in ledger.history(case_id)[SUPPORT:]] == [MeetingHeld, Paused]


@pytest.mark.parametrize("version", [0, 1, SUPPORT, SUPPORT + 2, SUPPORT + 3])
def test_on_another_it_leaves_nothing_and_is_told_what_came_meanwhile(ledger: Ledger, version: int) -> None:
    """Also where the case would allow it, and where it has not come so far as was believed."""
    case_id = under_way(ledger)
    ledger.execute(case_id, pause(), TODAY)
    before = ledger.history(case_id)
    with pytest.raises(Changed, match=f"at version {SUPPORT + 1} now") as changed:
        ledger.execute(case_id, meeting(), TODAY, version)
    assert (changed.value.version, changed.value.meanwhile) == (SUPPORT + 1, before[version:])
    assert ledger.history(case_id) == before


def test_what_another_program_wrote_makes_it_too_late(settings: Settings) -> None:
    """A memory that is as old as the version meant does not make it new."""
    with open_ledger(settings) as one, open_ledger(settings) as another:
        case_id = under_way(one)
        another.execute(case_id, pause(), TODAY)
        assert len(one._memory.known(case_id)) == SUPPORT
        with pytest.raises(Changed) as changed:
            one.execute(case_id, meeting(), TODAY, SUPPORT)
        assert [type(entry.event) for entry in changed.value.meanwhile] == [Paused]
        assert len(another.history(case_id)) == SUPPORT + 1


def test_what_another_program_wrote_may_be_what_it_was_meant_for(settings: Settings) -> None:
    """Nor does a memory that is older make it too early."""
    with open_ledger(settings) as one, open_ledger(settings) as another:
        case_id = under_way(one)
        another.execute(case_id, pause(), TODAY)
        assert not one.execute(case_id, meeting(), TODAY, SUPPORT + 1).repeated


def test_sent_again_for_the_same_version_it_is_recognised(settings: Settings) -> None:
    """Whatever came since; with another content it is neither that command nor one that came too late."""
    with open_ledger(settings) as one, open_ledger(settings) as another:
        case_id, held = under_way(one), meeting()
        first = one.execute(case_id, held, TODAY, SUPPORT)
        another.execute(case_id, pause(), TODAY)
        for ledger in (one, another):
            assert ledger.execute(case_id, held, TODAY, SUPPORT) == first._replace(repeated=True)
            with pytest.raises(CommandIdReused):
                ledger.execute(case_id, held.model_copy(update={"mode": "phone"}), TODAY, SUPPORT)


def test_where_there_is_no_such_case_there_is_no_version_either(ledger: Ledger) -> None:
    hire(ledger)
    for version in (0, 1):
        with pytest.raises(CommandRejected) as rejected:
            ledger.execute(uuid4(), meeting(), TODAY, version)
        assert rejected.value.code == "UNKNOWN_CASE"


def test_of_many_for_the_same_version_one_is_carried_out(settings: Settings) -> None:
    """Eight programs that all looked at the same version: the others are told of the one that was first."""
    with open_ledger(settings) as ledger:
        case_id = under_way(ledger)
    together = threading.Barrier(8)

    def write(day: int) -> Stored | Changed:
        with open_ledger(settings) as own:
            own.looked_at(case_id)
            together.wait()
            try:
                return own.execute(case_id, meeting(f"2025-05-{day:02d}"), TODAY, SUPPORT)
            except Changed as changed:
                return changed

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(write, range(1, 9)))
    (stored,) = (answer for answer in answers if isinstance(answer, Stored))
    late = [answer for answer in answers if isinstance(answer, Changed)]
    assert [[entry.event.event_id for entry in one.meanwhile] for one in late] == [[*stored.event_ids]] * 7


# What is looked at before


def test_a_look_at_a_case_and_the_register(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is of now, and asks the database for nothing only where just the version meant is remembered."""
    with open_ledger(settings) as one, open_ledger(settings) as another:
        case_id = under_way(another)
        register, entries = one.looked_at(case_id, SUPPORT)
        assert (register, entries) == (another.register(), another.history(case_id))
        another.execute(case_id, pause(), TODAY)
        with monkeypatch.context() as unread:
            unread.setattr(one, "rows", None)
            assert one.looked_at(case_id, SUPPORT) == (register, entries)
        assert len(one.looked_at(case_id, SUPPORT + 1)[1]) == SUPPORT + 1
        assert one.looked_at(uuid4())[1] == one.looked_at(uuid4(), 1)[1] == ()
        another.execute(case_id, meeting(), TODAY)
        another.execute(REGISTER, placed("ny"), TODAY)
        assert one.looked_at(case_id) == (another.register(), another.history(case_id))


def test_which_version_lies_at_a_position(ledger: Ledger) -> None:
    case_id = under_way(ledger)
    assert [ledger.version_at(entry.position) for entry in ledger.history(case_id)] == [1, 2, 3]
    assert ledger.version_at(ledger.execute(case_id, pause(), TODAY).position) == SUPPORT + 1
