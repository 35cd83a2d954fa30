"""Protected identities (AMB-37): whose is protected, by whom it is opened, and what may change that."""

from typing import Any

import pytest
from pydantic import ValidationError

from domain.commands import CorrectEntry, ErasePerson, LiftProtection, ProtectIdentity
from domain.protection import Protection, protection_in
from domain.protection_events import LARGEST_CIRCLE, IdentityProtected, ProtectionLifted
from domain.support_commands import Withdraw
from tests.given import (
    ADVISOR,
    APPLICANT,
    DECIDED,
    DECIDER,
    OTHER_CASE,
    RECEIVED,
    STARTED,
    Given,
    do,
    given,
)

MARKING = "confidentiality_marking"
REGISTRATION = "protected_registration"


def protect(on: str = "2025-02-01", *readers: str, kind: str = MARKING, actor: str | None = None) -> Any:
    return do(ProtectIdentity, on, actor, kind=kind, readers=readers or ("bo", "cia"))


def lift(on: str = "2025-03-01") -> Any:
    return do(LiftProtection, on)


def protection(*past: Given) -> Protection | None:
    return protection_in(one.case for one in past)


def strike(past: Given, which: int, replacement: Any = None, actor: str = DECIDER) -> Any:
    wrong = past.entries[which].event.event_id
    return do(CorrectEntry, "2025-09-01", actor, corrects=wrong, reason="Fel.", replacement=replacement)


# What stands


def test_an_identity_is_protected_until_that_is_lifted() -> None:
    past = given(RECEIVED)
    assert protection(past) is None
    past.carry_out(protect())
    stands = protection(past)
    assert stands is not None
    assert (stands.kind, stands.readers, str(stands.since)) == (MARKING, ("bo", "cia"), "2025-02-01")
    past.carry_out(lift())
    assert protection(past) is None


def test_a_later_protection_replaces_kind_and_readers() -> None:
    past = given(RECEIVED, protect(), protect("2025-02-05", "test", kind=REGISTRATION))
    stands = protection(past)
    assert stands is not None
    assert (stands.kind, stands.readers) == (REGISTRATION, ("test",))


def test_it_stands_for_all_the_persons_cases_and_the_newest_names_the_readers() -> None:
    """Lifted in one case it still stands in the other; of one day the one that was recorded last is the newest."""
    one, other = given(RECEIVED, protect("2025-02-05", "bo")), given(RECEIVED, case_id=OTHER_CASE)
    assert protection(other) is None
    for past in ((one, other), (other, one)):
        stands = protection(*past)
        assert stands is not None
        assert stands.readers == ("bo",)
    other.carry_out(protect("2025-02-04", "cia"))
    assert [row.readers for row in (protection(one, other), protection(other, one)) if row] == [("bo",)] * 2
    other.carry_out(protect("2025-02-05", "test"))
    assert [row.readers for row in (protection(one, other), protection(other, one)) if row] == [("test",)] * 2
    other.carry_out(lift())
    assert [row.readers for row in (protection(one, other), protection(other, one)) if row] == [("bo",)] * 2
    one.carry_out(lift())
    assert protection(one, other) is None


@pytest.mark.parametrize(
    ("reader", "opens"),
    [
        ("advisor:bo", True),
        ("case_officer:cia", True),
        ("decision_maker:bo", True),
        ("user:bo", True),
        ("advisor:anna", False),
        ("advisor:bo.b", False),
        ("applicant:bo", False),
        ("employer:bo", False),
        ("system:bo", False),
        ("bo", False),
        ("", False),
    ],
)
def test_it_opens_for_the_named_and_for_nobody_who_is_called_so_elsewhere(reader: str, opens: bool) -> None:
    stands = protection(given(RECEIVED, protect()))
    assert stands is not None
    assert stands.names(reader) is opens
    assert stands.opens_for(reader, "utredning") is opens
    assert not stands.opens_for(reader, None)


# What may change it


@pytest.mark.parametrize(
    "past",
    [
        given(RECEIVED),
        given(RECEIVED, DECIDED, STARTED),
        given(RECEIVED, do(Withdraw, "2025-01-12", APPLICANT)),
        given(RECEIVED, DECIDED, STARTED, do(Withdraw, "2025-01-30", APPLICANT)),
    ],
    ids=["received", "active", "withdrawn", "ended"],
)
def test_it_comes_and_goes_at_any_stage(past: Given) -> None:
    """Also where the case is closed: what is sealed in it stays there to be read."""
    past.when(protect()).then(IdentityProtected, readers=("bo", "cia"))
    past.carry_out(protect())
    past.when(lift()).then(ProtectionLifted)


def test_nobody_else_says_whose_identity_is_protected() -> None:
    for actor in (ADVISOR, APPLICANT, "employer:x", "system:x"):
        given(RECEIVED).when(protect(actor=actor)).then_rejected("ACTOR_NOT_ENTITLED", "AMB-37")


@pytest.mark.parametrize(
    ("code", "past", "command"),
    [
        ("NOT_PROTECTED", (), lift()),
        ("NOT_PROTECTED", (protect(), lift()), lift("2025-03-02")),
        ("ALREADY_PROTECTED", (protect(),), protect("2025-02-05")),
        ("ALREADY_PROTECTED", (protect(),), protect("2025-02-05", "cia", "bo", "bo")),
        ("PROTECTION_OUT_OF_ORDER", (protect(),), protect("2025-01-31", "anna")),
        ("PROTECTION_OUT_OF_ORDER", (protect(),), lift("2025-01-31")),
        ("PROTECTION_OUT_OF_ORDER", (protect(), lift()), protect("2025-02-28")),
        ("NOT_REGISTERED", (), protect("2025-02-01", "bo", "okand")),
        ("NOT_REGISTERED", (), protect("2025-02-01", "late")),
        ("NO_LONGER_REGISTERED", (), protect("2025-02-01", "gone", "bo")),
        ("PERSON_ERASED", (do(ErasePerson, "2025-02-01"),), protect()),
    ],
)
def test_what_is_rejected(code: str, past: tuple[Any, ...], command: Any) -> None:
    clause = "AMB-33" if code == "PERSON_ERASED" else "AMB-37"
    given(RECEIVED, *past).when(command).then_rejected(code, clause)


def test_a_rejection_tells_the_day_of_what_it_rests_on() -> None:
    past = given(RECEIVED, protect())
    assert "2025-02-01" in past.when(protect("2025-02-05")).then_rejected("ALREADY_PROTECTED").en
    rejected = past.when(lift("2025-01-31")).then_rejected("PROTECTION_OUT_OF_ORDER")
    assert {"2025-01-31", "2025-02-01"} <= {*rejected.en.replace(",", " ").replace(";", " ").split()}


@pytest.mark.parametrize(
    ("past", "command"),
    [
        ((protect(),), protect("2025-02-05", kind=REGISTRATION)),
        ((protect(),), protect("2025-02-05", "bo")),
        ((protect(),), protect("2025-02-05", "bo", "cia", "anna")),
        ((protect(), lift()), protect("2025-03-01")),
    ],
    ids=["kind", "fewer readers", "more readers", "again on the day it was lifted"],
)
def test_what_differs_is_no_repetition(past: tuple[Any, ...], command: Any) -> None:
    history = given(RECEIVED, *past)
    history.carry_out(command)
    stands = protection(history)
    assert stands is not None
    assert (stands.kind, set(stands.readers)) == (command.kind, set(command.readers))


def test_a_mistake_is_corrected_as_any_other() -> None:
    """A protection of the wrong case goes; a lifting that was a mistake leaves the protection standing."""
    past = given(RECEIVED, protect())
    past.carry_out(strike(past, -1))
    assert protection(past) is None
    past = given(RECEIVED, protect(), lift())
    past.carry_out(strike(past, -1))
    assert protection(past) is not None
    past = given(RECEIVED, protect())
    past.carry_out(strike(past, -1, protect("2025-02-02", "test")))
    stands = protection(past)
    assert stands is not None
    assert (stands.readers, str(stands.since)) == (("test",), "2025-02-02")


def test_a_protection_that_a_lifting_ends_is_not_struck_alone() -> None:
    past = given(RECEIVED, protect(), lift())
    past.when(strike(past, 1)).then_rejected("NOT_PROTECTED")


def test_who_may_not_protect_may_not_correct_it_either() -> None:
    """Nor take a correction back, by which a lifting would stand again and the identity be open."""
    past = given(RECEIVED, protect(), lift())
    past.when(strike(past, 2, actor=ADVISOR)).then_rejected("ACTOR_NOT_ENTITLED", "AMB-37")
    past.carry_out(strike(past, 2))
    past.when(strike(past, 3, actor=ADVISOR)).then_rejected("ACTOR_NOT_ENTITLED", "AMB-37")
    past.carry_out(strike(past, 3))
    past.when(strike(past, 4, actor=ADVISOR)).then_rejected("ACTOR_NOT_ENTITLED", "AMB-37")


@pytest.mark.parametrize(
    "content",
    [
        {"readers": ()},
        {"readers": tuple(f"a{number}" for number in range(LARGEST_CIRCLE + 1))},
        {"readers": ("19800517-1234",)},
        {"kind": "secret"},
    ],
    ids=["nobody", "too many", "an identity number", "no such kind"],
)
def test_what_is_no_protection(content: dict[str, Any]) -> None:
    """Somebody must be able to go on with the case, a circle is small, and names are stored clear."""
    with pytest.raises(ValidationError):
        do(ProtectIdentity, "2025-02-01", **{"kind": MARKING, "readers": ("bo",)} | content)


def test_the_largest_circle() -> None:
    assert len(protect("2025-02-01", *(f"a{number}" for number in range(LARGEST_CIRCLE))).readers) == 20
