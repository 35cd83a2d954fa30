"""A case under other rules: decisions are made again in their place, and what then rests on none is named."""

from collections.abc import Sequence
from datetime import UTC, datetime

from domain.commands import (
    AnnulGrant,
    CorrectEntry,
    Decide,
    LodgeAppeal,
    RecordEvidence,
    RequestReconsideration,
)
from domain.event import ERASED
from domain.events import EligibilityAssessed, Evidence, PersonErased
from domain.history import Entry
from domain.policy import Policy
from domain.support_commands import StartEngagement, Withdraw
from replays.other_rules import answered_otherwise, answers, placed, resting
from replays.replay import Step, replay
from tests.given import (
    DECIDED,
    RECEIVED,
    UNDER_WAY,
    Given,
    application,
    details,
    do,
    given,
    happened,
    meeting,
    work,
)
from tests.registers import HIRED, entries_of
from tests.unit.test_replays_receipts import with_rules

SEVEN_MONTHS = application(details=details(work=work("2024-06", 7)))
NOBODY = with_rules(age_limit=40)
"""Under these rules the applicant, born in 1980, is too old."""
SEVEN = with_rules(months_required=7)
MORE = do(RecordEvidence, "2025-02-01", source="applicant", content=Evidence(work=work("2023-06", 12)))


def steps(past: Given, rules: Policy | None) -> list[Step]:
    """The steps of a case under rules, all of it recorded long after in the register of the tests."""
    lines = [row._replace(position=row.position - 1000) for row in entries_of(HIRED)]
    entries = [row._replace(recorded_at=datetime(2026, 11, 20, 12, tzinfo=UTC)) for row in past.entries]
    return list(replay(past.case_id, entries, lines=lines, rules=rules))


def rests(past: Given, rules: Policy) -> dict[str, int]:
    """What rests on a decision that would be the other way round, and on the how manieth entry."""
    order = [row.event.event_id for row in past.entries]
    names = {row.event.event_id: type(row.event).__name__ for row in past.entries}
    found = resting(past.entries, answers(past.entries, rules))
    return {names[own]: order.index(on) for own, on in found.items()}


def kinds(entries: Sequence[Entry]) -> list[str]:
    return [type(row.event).__name__ for row in entries]


def test_without_rules_a_replay_is_as_recorded() -> None:
    shown = steps(given(*UNDER_WAY, meeting("2025-02-03")), None)
    assert [(step.again, step.rests_on) for step in shown] == [(None, None)] * 4
    assert shown[-1].after.stage(shown[-1].entry.event.occurred_on) == "active"


def test_the_same_rules_change_nothing() -> None:
    past = given(*UNDER_WAY, meeting("2025-02-03"))
    plain, again = steps(past, None), steps(past, with_rules())
    assert [step.after for step in again] == [step.after for step in plain]
    assert [step.grounds for step in again] == [step.grounds for step in plain]
    assert [step.again.status for step in again if step.again] == ["same"]


def test_a_grant_that_would_be_refused_leaves_what_followed_resting_on_nothing() -> None:
    past = given(*UNDER_WAY, meeting("2025-02-03"))
    shown = steps(past, NOBODY)
    decided, begun, met = shown[1:]
    assert decided.again is not None
    assert decided.again.assessment is not None
    assert decided.again.assessment.refusals == ("AGE_LIMIT",)
    assert decided.grounds.clause == "K-5.3"
    assert decided.entry == steps(past, None)[1].entry, "the entry is shown as it was recorded"
    for step in (begun, met):
        assert step.rests_on == decided.entry.event
        assert step.grounds.sv.startswith("Skulle inte tillåtas med dessa villkor: ")
        assert step.grounds.en.startswith("Would not be allowed under these rules: ")
        assert step.after.stage(step.entry.event.occurred_on) == "refused"
        assert step.after.engagement is None
    assert rests(past, NOBODY) == {"EngagementStarted": 1, "MeetingHeld": 1}


def test_a_refusal_that_would_be_a_grant_is_what_a_later_decision_rests_on() -> None:
    past = given(SEVEN_MONTHS, DECIDED, MORE, do(Decide, "2025-02-10"), do_start("2025-02-12"))
    assert [row.decision for row in past.case.decisions] == ["refuse", "grant"]
    shown = steps(past, SEVEN)
    assert shown[1].after.stage(shown[1].entry.event.occurred_on) == "granted"
    assert shown[3].rests_on == shown[1].entry.event
    assert shown[3].grounds.en.startswith("Would not be allowed under these rules: ")
    assert shown[4].rests_on is None, "the second decision is a grant under both rules"
    assert shown[4].after.engagement is not None


def do_start(on: str) -> StartEngagement:
    return do(StartEngagement, on)


def test_an_annulment_falls_with_its_grant_and_so_does_the_support() -> None:
    past = given(
        *UNDER_WAY, do(AnnulGrant, "2025-02-10", reason="Fel."), do(Decide, "2025-02-11", again=True)
    )
    again = answers(past.entries, NOBODY)
    assert kinds(placed(past.entries, again)) == [
        "ApplicationReceived",
        "EligibilityAssessed",
        "EligibilityAssessed",
    ]
    assert rests(past, NOBODY) == {"EngagementStarted": 1, "GrantAnnulled": 1, "EligibilityAssessed": 1}


def test_a_review_rests_on_the_decision_that_it_is_about_and_stays() -> None:
    past = given(
        SEVEN_MONTHS,
        DECIDED,
        do(RequestReconsideration, "2025-01-20"),
        do(LodgeAppeal, "2025-01-21"),
    )
    assert rests(past, SEVEN) == {"ReconsiderationRequested": 1, "AppealLodged": 1}
    assert len(placed(past.entries, answers(past.entries, SEVEN))) == len(past.entries)


def test_what_was_struck_out_rests_on_nothing() -> None:
    met = meeting("2025-02-03")
    past = given(*UNDER_WAY, met)
    past.carry_out(
        do(CorrectEntry, "2025-02-04", corrects=past.entries[-1].event.event_id, reason="Fel dag.")
    )
    assert rests(past, NOBODY) == {"EngagementStarted": 1}


def test_what_happens_without_a_support_rests_on_no_grant() -> None:
    past = given(RECEIVED, DECIDED, do(Withdraw, "2025-01-20"))
    assert rests(past, NOBODY) == {}


def test_other_rules_that_decide_alike_leave_everything_in_place() -> None:
    past = given(*UNDER_WAY)
    shorter = with_rules(support_months=6)
    assert rests(past, shorter) == {}
    after = steps(past, shorter)[1].after
    assert after.grant is not None
    assert str(after.grant.last_day) == "2025-07-15"


def test_an_erased_decision_stays_as_recorded() -> None:
    past = given(*UNDER_WAY)
    entries = [
        row._replace(event=row.event.model_copy(update={"receipt": ERASED}))
        if isinstance(row.event, EligibilityAssessed)
        else row
        for row in past.entries
    ]
    past.entries[:] = entries
    past.add(happened(PersonErased, "2025-03-01"))
    shown = steps(past, NOBODY)
    assert [step.again.status for step in shown if step.again] == ["erased"]
    assert shown[2].after.stage(shown[2].entry.event.occurred_on) == "active"
    assert rests(past, NOBODY) == {}


def test_what_todays_program_answers_otherwise_is_found() -> None:
    past = given(*UNDER_WAY)
    assert answered_otherwise(past.entries) == []
    past.entries[1] = past.entries[1]._replace(
        event=past.entries[1].event.model_copy(update={"last_day": None, "policy_digest": "0" * 64})
    )
    [found] = answered_otherwise(past.entries)
    assert {row.field for row in found.differences} == {"event.last_day", "event.policy_digest"}
