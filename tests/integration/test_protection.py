"""Protected identities in a ledger: asked of the log each time, for the person whatever the case."""

from uuid import UUID, uuid4

import pytest

from domain.rejections import CommandRejected
from ledger.erasure import erase_person
from ledger.ledger import Ledger
from ledger.opening import open_ledger
from ledger.settings import Settings
from tests.applications import OFFICER, TODAY, command, received
from tests.employers import opening
from tests.registers import hire


def protect(ledger: Ledger, case_id: UUID, on: str = "2025-06-02", *readers: str) -> None:
    kind = "protected_registration"
    asked = command("protect_identity", on, kind=kind, readers=readers or ("bo",))
    ledger.execute(case_id, asked, TODAY)


def readers(ledger: Ledger, case_id: UUID) -> tuple[str, ...] | None:
    """Who may open a case's identity, None where it is not protected."""
    protection = ledger.protection_of(case_id)
    return protection.readers if protection else None


def test_a_protection_in_one_case_holds_in_all_of_the_person(ledger: Ledger) -> None:
    """And in nobody else's; the newest names the readers, and it is gone when it is lifted wherever it stands."""
    hire(ledger)
    first, second = received(ledger, 1, reference="A"), received(ledger, 1, reference="B")
    strangers = received(ledger, 2, reference="C")
    protect(ledger, first)
    assert [readers(ledger, one) for one in (first, second, strangers)] == [("bo",), ("bo",), None]
    third = received(ledger, 1, reference="D")
    assert readers(ledger, third) == ("bo",)
    protect(ledger, second, "2025-06-03", "cia", "anna")
    assert {readers(ledger, one) for one in (first, second, third)} == {("anna", "cia")}
    ledger.execute(second, command("lift_protection", "2025-06-04"), TODAY)
    assert {readers(ledger, one) for one in (first, second, third)} == {("bo",)}
    ledger.execute(first, command("lift_protection", "2025-06-04"), TODAY)
    assert {readers(ledger, one) for one in (first, second, third)} == {None}


def test_two_numbers_that_are_joined_are_protected_together(ledger: Ledger) -> None:
    """From the joining on, and no more once they are parted."""
    hire(ledger)
    old, new = received(ledger, 1, reference="OLD"), received(ledger, 2, reference="NEW")
    protect(ledger, old)
    assert readers(ledger, new) is None
    joining = command("join_person", "2025-06-03", same_as=old, reason="nytt personnummer")
    joined = ledger.execute(new, joining, TODAY).event_ids[0]
    assert readers(ledger, new) == ("bo",)
    parting = command("correct_entry", "2025-06-04", corrects=joined, reason="två personer")
    ledger.execute(new, parting, TODAY)
    assert (readers(ledger, new), readers(ledger, old)) == (None, ("bo",))


def test_the_protections_of_a_list(ledger: Ledger) -> None:
    """Of each case its person's own, whether that case is in the list or not; who has none is not in the answer."""
    hire(ledger)
    first, second = received(ledger, 1, reference="A"), received(ledger, 1, reference="B")
    other, open_to_all = received(ledger, 2, reference="C"), received(ledger, 3, reference="D")
    protect(ledger, first)
    protect(ledger, other, "2025-06-03", "cia")
    protect(ledger, open_to_all)
    ledger.execute(open_to_all, command("lift_protection", "2025-06-03"), TODAY)
    found = ledger.protections_of([second, other, open_to_all, uuid4()])
    assert {case_id: one.readers for case_id, one in found.items()} == {second: ("bo",), other: ("cia",)}
    assert ledger.protections_of([open_to_all]) == ledger.protections_of([uuid4()]) == {}


def test_of_no_cases_nothing_is_asked(ledger: Ledger, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ledger, "rows", None)
    assert ledger.protections_of([]) == {}


def test_another_process_learns_of_it_at_once(settings: Settings) -> None:
    """Whatever it remembers of the case, and though nothing that is derived from the log was brought up with it."""
    with open_ledger(settings) as one, open_ledger(settings) as another:
        hire(one)
        case_id = received(one)
        assert readers(another, case_id) is None
        protect(one, case_id)
        assert readers(another, case_id) == ("bo",)
        one.execute(case_id, command("lift_protection", "2025-06-03"), TODAY)
        assert readers(another, case_id) is None


def test_what_is_nobodys_case_protects_nobody(ledger: Ledger) -> None:
    """An employer's case has no person, and an unknown one nothing to open."""
    employers = uuid4()
    ledger.execute(employers, opening(), TODAY)
    assert ledger.protection_of(employers) is None
    assert ledger.protection_of(uuid4()) is None


def test_an_erased_person_stays_as_protected_as_they_were(ledger: Ledger) -> None:
    """Nothing sealed is left to open; the structure is, and the case says so without a key."""
    hire(ledger)
    case_id = received(ledger)
    protect(ledger, case_id)
    erase_person(ledger, ledger.person_of(case_id).person_ref, OFFICER, TODAY)
    assert readers(ledger, case_id) == ("bo",)
    with pytest.raises(CommandRejected) as rejected:
        ledger.execute(case_id, command("lift_protection", "2025-06-03"), TODAY)
    assert rejected.value.code == "PERSON_ERASED"
