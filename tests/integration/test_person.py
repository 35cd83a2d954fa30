"""One person: decisions that race, grants of other organisations, and two numbers that are one person's."""

import threading
from concurrent.futures import ThreadPoolExecutor
from uuid import UUID

import pytest

from domain.rejections import CommandRejected
from ledger.erasure import erase_person
from ledger.ledger import Ledger
from ledger.opening import open_ledger
from ledger.settings import Settings
from tests.applications import OFFICER, TODAY, command, employment, received, work

OLD = {"employments": [employment(ends_on="2024-04-30")], "work": work("2023-04", 12)}
NEW = {"employments": [employment(starts_on="2024-04-01")], "work": work("2024-04", 12)}


def refusals(ledger: Ledger, case_id: UUID) -> tuple[str, ...]:
    """The codes of a case's newest decision; none where it grants."""
    return ledger.case(case_id).decisions[-1].refusals


def months(ledger: Ledger) -> list[tuple[str, str, UUID]]:
    """What is consumed: under which number, which month, by which case."""
    rows = ledger.select(
        "SELECT person_ref, month, case_id FROM liggare.consumed_month ORDER BY month, case_id"
    )
    return [(row["person_ref"], row["month"], row["case_id"]) for row in rows]


def join(ledger: Ledger, case_id: UUID, other: UUID) -> UUID:
    """Decide that two cases are one person's; return the entry that says so."""
    joining = command("join_person", "2025-06-01", same_as=other, reason="nytt personnummer")
    return ledger.execute(case_id, joining, TODAY).event_ids[0]


@pytest.mark.parametrize("round_", range(3))
def test_two_grants_on_different_months_do_not_pass_each_other(settings: Settings, round_: int) -> None:
    """Their months are disjoint, so no month could stop them: the person's version does. The loser is decided
    again, and finds the window open. Vacuous if one came after the other: hence the barrier.
    """
    with open_ledger(settings) as one, open_ledger(settings) as two:
        cases = (
            received(one, 1, reference="OLD", received_on="2024-05-10", **OLD),
            received(one, 1, reference="NEW", **NEW),
        )
        barrier, tries = threading.Barrier(2), [0, 0]
        for index, ledger in enumerate((one, two)):
            append = ledger._recorder.append

            def racing(appends, index=index, append=append):  # type: ignore[no-untyped-def]
                tries[index] += 1
                if tries[index] == 1:
                    barrier.wait(10)
                return append(appends)

            ledger._recorder.append = racing  # type: ignore[method-assign]
        with ThreadPoolExecutor(2) as pool:
            for done in [
                pool.submit(ledger.execute, case_id, command("decide", "2025-04-20"), TODAY)
                for ledger, case_id in zip((one, two), cases, strict=True)
            ]:
                done.result()
        outcomes = [refusals(one, case_id) for case_id in cases]
        assert sorted(tries) == [1, 2]
        assert sorted(outcomes) == [(), ("REQUALIFICATION_NOT_OPEN",)]
        assert len(months(one)) == 12


def test_a_grant_by_another_organisation_counts(ledger: Ledger) -> None:
    """Entered as evidence in one case it closes the window and consumes its months in every case of the person."""
    first = received(ledger, 1, reference="FIRST", **OLD)
    other = received(ledger, 1, reference="OTHER", **NEW)
    grant = command(
        "record_earlier_grant",
        "2025-04-11",
        organisation="trr",
        case="A-17",
        decided_on="2025-02-01",
        last_day="2026-02-01",
        basis_months=tuple(row["month"] for row in NEW["work"]),
    )
    ledger.execute(first, grant, TODAY)
    ledger.execute(other, command("decide", "2025-04-20"), TODAY)
    assert refusals(ledger, other) == ("REQUALIFICATION_NOT_OPEN", "WORK_CONDITION_NOT_MET")
    decision = ledger.case(other).decisions[-1]
    assert ledger.history(first)[1].event.event_id in decision.relied_on


def test_two_numbers_joined_are_one_person(ledger: Ledger) -> None:
    """From the joining on, a grant under the coordination number closes the window and consumes its months for
    the personal number too; both histories stay as they were.
    """
    old, new = received(ledger, 1, reference="OLD"), received(ledger, 2, reference="NEW")
    ledger.execute(old, command("decide", "2025-04-20"), TODAY)
    before = {case_id: ledger.history(case_id) for case_id in (old, new)}
    join(ledger, new, old)
    assert set(ledger.person_of(new).cases) == {old, new} == set(ledger.person_of(old).cases)
    assert ledger.history(old) == before[old]
    assert ledger.history(new)[:1] == before[new]
    ledger.execute(new, command("decide", "2025-06-02"), TODAY)
    assert refusals(ledger, new) == ("REQUALIFICATION_NOT_OPEN",)
    later = received(ledger, 1, reference="LATER", received_on="2025-06-10")
    assert set(ledger.person_of(new).cases) == {old, new, later}
    with pytest.raises(CommandRejected) as rejected:
        join(ledger, old, new)
    assert rejected.value.code == "ALREADY_JOINED"


def test_grants_of_both_numbers_stay_when_they_are_joined(ledger: Ledger) -> None:
    """Both consumed the same months before anybody knew: both grants are facts, and each can be annulled."""
    old, new = received(ledger, 1, reference="OLD"), received(ledger, 2, reference="NEW")
    for case_id in (old, new):
        ledger.execute(case_id, command("decide", "2025-04-20"), TODAY)
    join(ledger, new, old)
    assert len(months(ledger)) == 24
    for case_id in (old, new):
        ledger.execute(case_id, command("annul_grant", "2025-06-03", reason="dubbelt"), TODAY)
    assert months(ledger) == []


def test_parted_again_when_the_joining_was_a_mistake(ledger: Ledger) -> None:
    """Correcting the entry gives each number its own months, cases and window back."""
    old, new = received(ledger, 1, reference="OLD"), received(ledger, 2, reference="NEW")
    ledger.execute(old, command("decide", "2025-04-20"), TODAY)
    before = months(ledger)
    joined = join(ledger, new, old)
    assert months(ledger) != before
    mistake = command("correct_entry", "2025-06-02", corrects=joined, reason="två olika personer")
    ledger.execute(new, mistake, TODAY)
    assert months(ledger) == before
    assert ledger.person_of(new).cases == (new,)
    assert ledger.person_of(old).cases == (old,)
    ledger.execute(new, command("decide", "2025-06-03"), TODAY)
    assert refusals(ledger, new) == ()


def test_the_cases_of_a_person_by_any_number(ledger: Ledger) -> None:
    """The oldest first, under every number that stands for the person and no other; nobody has none."""
    young = received(ledger, 1, reference="YOUNG", received_on="2025-06-10")
    new = received(ledger, 2, reference="NEW")
    old = received(ledger, 1, reference="OLD", received_on="2025-04-09")
    stranger = received(ledger, 3, reference="STRANGER")
    one, two, three = (ledger.person_of(case_id).person_ref for case_id in (young, new, stranger))
    assert (ledger.cases_of_person(one), ledger.cases_of_person(two)) == ((old, young), (new,))
    join(ledger, new, old)
    assert ledger.cases_of_person(one) == ledger.cases_of_person(two) == (old, new, young)
    assert ledger.cases_of_person(three) == (stranger,)
    assert ledger.cases_of_person("0" * len(one)) == ()


def test_a_decision_that_races_a_joining_is_made_again(settings: Settings) -> None:
    """The coordination number is granted while the numbers are being joined: whoever is second sees the other."""
    with open_ledger(settings) as one, open_ledger(settings) as two:
        old, new = received(one, 1, reference="OLD"), received(one, 2, reference="NEW")
        one.execute(old, command("decide", "2025-04-20"), TODAY)
        append, tries = two._recorder.append, [0]

        def late(appends):  # type: ignore[no-untyped-def]
            tries[0] += 1
            if tries[0] == 1:
                join(one, new, old)
            return append(appends)

        two._recorder.append = late  # type: ignore[method-assign]
        two.execute(new, command("decide", "2025-06-02"), TODAY)
        assert tries[0] == 2
        assert "REQUALIFICATION_NOT_OPEN" in refusals(two, new)


def test_erasing_a_person_erases_both_numbers(ledger: Ledger) -> None:
    """Asked for by either case, every case of the person is erased, under whichever number."""
    old, new = received(ledger, 1, reference="OLD"), received(ledger, 2, reference="NEW")
    join(ledger, new, old)
    assert erase_person(ledger, ledger.person_of(old).person_ref, OFFICER, TODAY) == 2
    assert {ledger.case(case_id).stage(TODAY) for case_id in (old, new)} == {"erased"}
    keys = ledger.select("SELECT wrapped_key FROM liggare_keys.person_key")
    assert [row["wrapped_key"] for row in keys] == [None, None]
