"""A person's decisions by other rules: what turns by itself, and what follows from earlier decisions."""

from collections import Counter
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from domain.commands import (
    AnnulGrant,
    CorrectEntry,
    Decide,
    JoinPerson,
    ReceiveApplication,
    RecordEarlierGrant,
    RecordEvidence,
)
from domain.event import ERASED, Event
from domain.events import EligibilityAssessed, Evidence
from domain.history import Entry
from domain.policy import POLICIES
from domain.request import InputError
from domain.values import months_before
from replays.outcomes import Change, Outcome, effect
from replays.requalifying import Happened, decided_again
from replays.rules import amended, rules_of
from replays.what_if import Row, rows_of
from tests.given import (
    CASE,
    NOON,
    OTHER_CASE,
    STRANGERS_CASE,
    Given,
    application,
    details,
    do,
    employment,
    given,
    work,
)

KAMMARKOLLEGIET, FONDEN = POLICIES
OWN = Path(__file__).parents[2] / "docs" / "own-conditions.toml"
LATER = employment(ends_on="2026-02-28")


def first(**changes: Any) -> ReceiveApplication:
    """An application in January 2025, of somebody who works on until February 2026."""
    return application(details=details(employments=(LATER,)), **changes)


def second(months: int = 21, **changes: Any) -> ReceiveApplication:
    """Another application a year later: of 21 months of work in its frame, the first has used up eleven."""
    worked = work("2024-02", months)
    return application("2026-02-10", details=details(employments=(LATER,), work=worked), **changes)


ONCE, AGAIN = do(Decide, "2025-01-15"), do(Decide, "2026-02-20")


def in_order(*histories: Given) -> list[Happened]:
    """The events of several cases, as if each had come about after the one before."""
    events = [(one.case_id, entry.event) for one in histories for entry in one.entries]
    return [
        Happened(case_id, Entry(position, NOON, event)) for position, (case_id, event) in enumerate(events, 1)
    ]


def found(events: list[Happened], *changes: str) -> dict[UUID, Change]:
    """What becomes of the decisions, by the case that each is in."""
    return {UUID(one.case): one for one in decided_again(events, rules_of(None, changes))}


def directions(change: Change) -> tuple[str | None, ...]:
    return tuple(one and one.direction for one in (change.direct, change.follow_on, change.altogether))


def test_by_the_same_rules_nothing_changes() -> None:
    before = given(first(), ONCE)
    after = given(second(), AGAIN, case_id=OTHER_CASE, others=(before,))
    assert after.case.decisions[0].refusals == ("WORK_CONDITION_NOT_MET",)
    assert found(in_order(before, after), "age_limit=65") == {}


def test_a_grant_that_falls_frees_its_months() -> None:
    """The second application lacked months that the first had used up; its form is not given any more."""
    before = given(first(months=6), ONCE)
    after = given(second(), AGAIN, case_id=OTHER_CASE, others=(before,))
    changes = found(in_order(before, after), "services.counselling_dismissed.months=[12]")
    assert after.case.decisions[0].refusals == ("WORK_CONDITION_NOT_MET",)
    fallen, freed = changes[CASE], changes[OTHER_CASE]
    assert directions(fallen) == ("grant_to_refuse", None, "grant_to_refuse")
    assert fallen.direct
    assert fallen.direct.causes == ("K-2.1-b DURATION_NOT_ALLOWED",)
    assert (fallen.freed, fallen.consumed) == (12, 0)
    assert directions(freed) == (None, "refuse_to_grant", "refuse_to_grant")
    assert freed.follow_on
    assert freed.follow_on.causes == ("K-5.2-1 WORK_CONDITION_NOT_MET",)
    assert (freed.freed, freed.consumed) == (0, 12)


def test_a_grant_that_falls_closes_its_window() -> None:
    """Within the year of the first, the second was refused for that alone, on thirty months of work."""
    before = given(first(months=6), ONCE)
    soon = application("2025-12-10", details=details(employments=(LATER,), work=work("2023-12", 24)))
    after = given(soon, do(Decide, "2025-12-15"), case_id=OTHER_CASE, others=(before,))
    assert after.case.decisions[0].refusals[0] == "REQUALIFICATION_NOT_OPEN"
    changes = found(in_order(before, after), "services.counselling_dismissed.months=[12]")
    assert directions(changes[OTHER_CASE]) == (None, "refuse_to_grant", "refuse_to_grant")


def test_a_new_grant_consumes_months_and_opens_a_window() -> None:
    before = given(first(months=3), ONCE)
    after = given(second(), AGAIN, case_id=OTHER_CASE, others=(before,))
    assert before.case.grant is None
    assert after.case.grant is not None
    changes = found(in_order(before, after), "services.counselling_dismissed.months=[3,6,12]")
    assert directions(changes[CASE]) == ("refuse_to_grant", None, "refuse_to_grant")
    assert directions(changes[OTHER_CASE]) == (None, "grant_to_refuse", "grant_to_refuse")
    lost = changes[OTHER_CASE].follow_on
    assert lost
    assert lost.causes == ("K-5.2-1 WORK_CONDITION_NOT_MET",)
    assert (changes[CASE].consumed, changes[OTHER_CASE].freed) == (12, 12)


def test_what_turns_by_itself_and_what_follows_may_cancel_each_other() -> None:
    """Ten months would do for both; but then the first has used up what the second rests on."""
    few = application("2025-01-10", details=details(employments=(LATER,), work=work("2024-03", 10)))
    before = given(few, ONCE)
    after = given(second(10), AGAIN, case_id=OTHER_CASE, others=(before,))
    changes = found(in_order(before, after), "months_required=10")
    assert directions(changes[CASE]) == ("refuse_to_grant", None, "refuse_to_grant")
    assert directions(changes[OTHER_CASE]) == ("refuse_to_grant", "grant_to_refuse", None)
    assert (changes[OTHER_CASE].freed, changes[OTHER_CASE].consumed) == (0, 0)


def test_a_decision_is_not_needed_where_an_earlier_one_would_have_granted() -> None:
    """Refused on ten months, decided again when two more were shown; what follows stands on the first."""
    lacking = application(details=details(work=work("2024-03", 10)))
    more = do(RecordEvidence, "2025-01-20", source="certificate", content=Evidence(work=work("2024-01", 2)))
    case = given(lacking, ONCE, more, do(Decide, "2025-01-25"))
    assert [one.decision for one in case.case.decisions] == ["refuse", "grant"]
    early, late = sorted(
        decided_again(in_order(case), rules_of(None, ["months_required=10"])), key=lambda one: one.position
    )
    assert directions(early) == ("refuse_to_grant", None, "refuse_to_grant")
    assert directions(late) == ("other_terms", "not_needed", "not_needed")
    assert (early.consumed, late.freed, late.consumed) == (10, 12, 0)


def test_an_annulled_grant_stays_annulled() -> None:
    before = given(first(), ONCE, do(AnnulGrant, "2025-02-01", reason="Fel."))
    after = given(second(), AGAIN, case_id=OTHER_CASE, others=(before,))
    assert after.case.grant is not None
    changes = found(in_order(before, after), "months_required=11")
    assert directions(changes[OTHER_CASE]) == ("other_terms", None, "other_terms")


def test_what_another_organisation_granted_stays() -> None:
    """It used up twelve months and its window is past: by other rules it still does."""
    elsewhere = do(
        RecordEarlierGrant,
        "2026-02-12",
        organisation="trr",
        case="T-1",
        decided_on="2025-01-02",
        last_day="2026-01-02",
        basis_months=[months_before("2026-02", count) for count in range(1, 13)],
    )
    before = given(first(months=3), do(Decide, "2025-01-15"))
    after = given(second(24), elsewhere, AGAIN, case_id=OTHER_CASE, others=(before,))
    assert after.case.grant is not None
    changes = found(in_order(before, after), "months_required=12", "age_limit=66")
    assert changes == {}
    both = found(in_order(before, after), "services.counselling_dismissed.months=[3,6,12]")
    assert directions(both[OTHER_CASE]) == (None, "grant_to_refuse", "grant_to_refuse")
    fewer = found(in_order(before, after), "months_required=13")
    assert directions(fewer[OTHER_CASE]) == ("grant_to_refuse", None, "grant_to_refuse")


@pytest.mark.parametrize(
    ("joined", "direction"),
    [("before", "grant_to_refuse"), ("after", None), ("corrected", None), ("never", None)],
)
def test_numbers_count_as_one_person_from_when_they_are_joined(joined: str, direction: str | None) -> None:
    other = given(first(months=3, person_ref="cd" * 32), ONCE, case_id=STRANGERS_CASE)
    join = do(JoinPerson, "2026-02-15", same_as=str(STRANGERS_CASE), reason="Samma person.")
    case = given(second(), case_id=OTHER_CASE)
    others = (other,) if joined == "before" else ()
    if joined in ("before", "corrected"):
        [event] = case.carry_out(join)
        if joined == "corrected":
            case.carry_out(do(CorrectEntry, "2026-02-16", corrects=event.event_id, reason="Fel person."))
    case.others = others
    case.carry_out(AGAIN)
    if joined == "after":
        case.carry_out(join)
    changes = found(in_order(other, case), "services.counselling_dismissed.months=[3,6,12]")
    assert directions(changes[STRANGERS_CASE])[0] == "refuse_to_grant"
    assert (OTHER_CASE in changes) == (direction is not None)
    if direction:
        assert directions(changes[OTHER_CASE])[1] == direction


def test_an_erased_decision_stays_as_it_is_and_counts_for_later_ones() -> None:
    before = given(first(), ONCE)
    after = given(second(), AGAIN, case_id=OTHER_CASE, others=(before,))
    events = [
        Happened(case, entry._replace(event=_erased(entry.event, case)))
        for case, entry in in_order(before, after)
    ]
    assert found(events, "services.counselling_dismissed.months=[6]").keys() == {OTHER_CASE}
    [late] = found(events, "services.counselling_dismissed.months=[6]").values()
    assert directions(late) == ("other_reasons", None, "other_reasons")


def _erased(event: Event, case_id: UUID) -> Event:
    erased = isinstance(event, EligibilityAssessed) and case_id == CASE
    return event.model_copy(update={"receipt": ERASED}) if erased else event


def test_directions_and_causes() -> None:
    granted = Outcome("grant", (), "2026-01-15", ("2024-12",))
    refused = Outcome("refuse", ("K-5.3 AGE_LIMIT",))
    cases = [
        (granted, granted, None),
        (granted, refused, ("grant_to_refuse", ("K-5.3 AGE_LIMIT",))),
        (refused, granted, ("refuse_to_grant", ("K-5.3 AGE_LIMIT",))),
        (refused, Outcome("refuse", ("K-5.4 X",)), ("other_reasons", ("K-5.3 AGE_LIMIT", "K-5.4 X"))),
        (granted, granted._replace(last_day="2026-01-16"), ("other_terms", ("K-5.4 last_day",))),
        (granted, granted._replace(basis_months=()), ("other_terms", ("K-5.2-1 basis_months",))),
        (granted, Outcome("none"), ("not_needed", ())),
    ]
    for before, after, expected in cases:
        assert effect(before, after, KAMMARKOLLEGIET) == expected


def test_counts_are_by_effect_clause_service_year_and_region() -> None:
    before = given(first(months=6), ONCE)
    after = given(second(region="25"), AGAIN, case_id=OTHER_CASE, others=(before,))
    changes = [*found(in_order(before, after), "services.counselling_dismissed.months=[12]").values()]
    service = "counselling_dismissed"
    tried = Counter({(service, "2025", "01"): 3, (service, "2026", "25"): 2})
    rows = [*rows_of(changes, tried)]
    assert Row("direct", "all", "", "grant_to_refuse", 1, 5) in rows
    assert Row("follow_on", "all", "", "refuse_to_grant", 1, 5) in rows
    assert Row("direct", "clause", "K-2.1-b DURATION_NOT_ALLOWED", "grant_to_refuse", 1, None) in rows
    assert Row("direct", "year", "2025", "grant_to_refuse", 1, 3) in rows
    assert Row("follow_on", "region", "25", "refuse_to_grant", 1, 2) in rows
    assert {row.decisions for row in rows if row.by == "service"} == {1}
    assert sum(row.decisions for row in rows if (row.effect, row.by) == ("altogether", "year")) == 2


@pytest.mark.parametrize(
    ("words", "path", "message"),
    [
        ("age_limt=67", "age_limt", "no such parameter; there are "),
        ("age_limit", "--set", "expected name=value"),
        ("=67", "--set", "expected name=value"),
        ("age_limit=", "--set", "expected name=value"),
        ("age_limit=old", "age_limit", "expected a whole number"),
        ("age_limit=12", "age_limit", "at least 16"),
        ("months_required=40", "months_required", "at most the frame's 24 months"),
        ("hours_needed.hour=1", "hours_needed.hour", "an unknown key"),
        ("hours_needed.hours.most=1", "hours_needed.hours.most", "no such parameter"),
        ("services.nothing.months=[3]", "services.nothing.months", "no such parameter"),
        ("version=2", "version", "no such parameter"),
        ("name.x=2", "name.x", "no such parameter"),
        ('end_reasons=["boredom"]', "end_reasons", "a word that isn't known"),
        ("age_limit=67\nx = 1", "age_limit", "expected a whole number"),
    ],
)
def test_unfit_parameters_are_named(words: str, path: str, message: str) -> None:
    with pytest.raises(InputError) as error:
        rules_of(None, [words])
    assert error.value.path == path
    assert error.value.message.startswith(message)


def test_parameters_are_set_where_conditions_have_them() -> None:
    rules = rules_of(None, ["services.counselling.months=[3]", "hours_needed.hours=20", "income_route=false"])
    theirs = rules.applied("kammarkollegiet", "2022-10-01", "counselling_dismissed")
    fonden = rules.applied("omstallningsfonden", "2022-10-01", "counselling")
    assert theirs is not None
    assert fonden is not None
    assert theirs.policy.services == KAMMARKOLLEGIET.services
    assert fonden.policy.services["counselling"].months.value == (3,)
    assert (theirs.policy.hours_needed.value.hours, theirs.policy.hours_needed.value.per) == (20, "week")
    assert not theirs.policy.tries_income
    assert amended(KAMMARKOLLEGIET, []) == KAMMARKOLLEGIET
    assert rules.applied("kammarkollegiet", "1999-01-01", "counselling_dismissed") is None
    assert rules.digest != rules_of(None, ["hours_needed.hours=20"]).digest


def test_a_file_of_conditions_is_for_services_that_correspond(tmp_path: Path) -> None:
    own = rules_of(OWN, ["age_limit=68"])
    fonden = own.applied("omstallningsfonden", "2022-10-01", "counselling")
    assert fonden is not None
    assert (fonden.policy.name, fonden.service) == ("exempelfonden", "counselling_dismissed")
    assert fonden.policy.age_limit.value == 68
    text = OWN.read_text("utf-8")
    file = tmp_path / "conditions.toml"
    file.write_text(text.replace('name = "exempelfonden"', 'name = "kammarkollegiet"'), "utf-8")
    named = rules_of(file, [])
    assert named.applied("omstallningsfonden", "2022-10-01", "counselling") is None
    assert named.applied("kammarkollegiet", "2022-10-01", "counselling_dismissed") is not None
    cut = (
        text[: text.index("[services.guidance_employed]")]
        + text[text.index("[services.reinforced_support]") :]
    )
    file.write_text(cut, "utf-8")
    assert rules_of(file, []).applied("kammarkollegiet", "2022-10-01", "guidance_employed") is None


def test_what_is_wrong_in_a_file_is_named_with_it(tmp_path: Path) -> None:
    file = tmp_path / "conditions.toml"
    text = OWN.read_text("utf-8")
    for wrong, path in ((text.replace("value = 66", "value = 7"), ", age_limit.value"), ("x", "")):
        file.write_text(wrong, "utf-8")
        with pytest.raises(InputError) as error:
            rules_of(file, [])
        assert error.value.path == f"{file}{path}"
