"""Entries that come late, are dated before what they rest on, name something else, or can't be read any more."""

from typing import Any
from uuid import UUID

import pytest

from domain.admission import admit
from domain.commands import LodgeAppeal, RequestReconsideration
from domain.engagement import happen
from domain.event import ERASED, Event
from domain.events import EligibilityAssessed, EntryCorrected
from domain.grounds import Known
from domain.rejections import CommandRejected
from domain.review_events import AppealLodged, ReconsiderationDecided, ReconsiderationRequested
from domain.support_commands import CompleteTask, EvidenceOutcome, Pause, RequestStatement, Withdraw
from domain.support_events import OutcomeReached, Paused, PlanAgreed
from tests.funds import CAREER, YEAR_ONE, YEAR_TWO, career, support, used_up
from tests.given import APPLICANT, DECIDED, RECEIVED, TODAY, do, given, happened
from tests.registers import STAFFED
from tests.supports import (
    TASK,
    a_statement,
    correcting,
    counselling,
    plan,
    refused,
    result,
    support_of,
)

KNOWN = Known(TODAY, register=STAFFED)
TWO = (TASK, {"task": "Skriva cv.", "by": "both", "target_on": "2025-04-30"})
JOB = result("2025-04-01", "permanent_job", starts_on="2025-04-15")
SEEN = do(EvidenceOutcome, "2025-04-20", evidence="contract")


# A plan that is entered late


def test_a_plan_entered_late_has_the_tasks_that_were_done_in_it() -> None:
    """AMB-35: what was done from its day on becomes its own, so it can't be one without that task."""
    past = counselling(plan("2025-02-03", *TWO), do(CompleteTask, "2025-02-20", number=2))
    past.when(plan("2025-02-10", TASK)).then_rejected("TASK_UNKNOWN", "K-2.2-b")
    past.when(plan("2025-02-20", TASK)).then_rejected("TASK_UNKNOWN", "K-2.2-b")
    past.when(plan("2025-02-21", TASK)).then(PlanAgreed)
    past.when(plan("2025-02-10", *TWO)).then(PlanAgreed)
    past.carry_out(plan("2025-02-10", *TWO))
    assert support_of(past).tasks_done == {2}


def test_tasks_of_the_next_plan_are_not_its_own() -> None:
    """AMB-35: between it and a plan of a later day, that is; what was done after that belongs to the later one."""
    past = counselling(
        plan("2025-02-03", TASK), plan("2025-03-03", *TWO), do(CompleteTask, "2025-03-10", number=2)
    )
    past.when(plan("2025-02-10", TASK)).then(PlanAgreed)
    past.when(plan("2025-03-04", TASK)).then_rejected("TASK_UNKNOWN", "K-2.2-b")


# Withdrawals and results


def test_a_grant_is_not_withdrawn_from_before_it_was_made() -> None:
    """K-2.1-c: dated before the decision, the application could not have been granted."""
    past = given(RECEIVED, DECIDED)
    past.when(do(Withdraw, "2025-01-14", APPLICANT)).then_rejected("DECISION_OUT_OF_ORDER", "K-5.5-a")
    assert past.when(do(Withdraw, "2025-01-15", APPLICANT)).case.withdrawn is not None


def test_an_application_is_not_withdrawn_before_what_was_asked_in_it() -> None:
    """AMB-28, AMB-35: a statement that was asked for on a later day stands in the way."""
    past = a_statement(do(RequestStatement, "2025-02-03", APPLICANT, education="Undersköterska."))
    past.when(do(Withdraw, "2025-02-02", APPLICANT)).then_rejected("LATER_ENTRIES", "AMB-35")
    assert past.when(do(Withdraw, "2025-02-03", APPLICANT)).case.withdrawn is not None


def test_a_result_is_not_struck_out_under_its_evidence() -> None:
    """AMB-26: evidence is of one result; that one neither goes nor is replaced before it."""
    past = counselling(JOB, SEEN)
    past.when(correcting(past, OutcomeReached)).then_rejected("NO_RESULT", "K-2.5")
    instead = result("2025-04-02", "permanent_job", starts_on="2025-04-15")
    past.when(correcting(past, OutcomeReached, instead)).then_rejected("NO_RESULT", "K-2.5")


def test_a_result_ends_after_it_begins() -> None:
    """K-2.5-a: also where nothing is asked of its length."""
    told = result("2025-04-01", "permanent_job", starts_on="2025-04-15", ends_on="2025-04-14")
    rejected = counselling().when(told).then_rejected("RESULT_NOT_IN_DEFINITION", "K-2.5-a")
    assert "it ends before its first day" in rejected.en
    one_day = told.model_copy(update={"ends_on": told.starts_on})
    counselling().when(one_day).then(OutcomeReached)


# Interruptions that are over


def test_an_interruption_that_is_over_lies_in_the_support() -> None:
    """K-2.1-g, AMB-35: entered with its return, which comes after it and by the agreed end."""
    past = counselling()
    away = {"reason": "parental_leave"}
    for back_on in ("2025-03-02", "2025-03-03"):
        past.when(do(Pause, "2025-03-03", back_on=back_on, **away)).then_rejected(
            "PAUSE_ENDS_FIRST", "K-2.1-g"
        )
    past.when(do(Pause, "2025-03-03", back_on="2025-03-04", **away)).then(Paused)
    past.when(do(Pause, "2025-03-03", back_on="2026-01-15", **away)).then(Paused)
    past.when(do(Pause, "2025-03-03", back_on="2026-01-16", **away)).then_rejected(
        "OUTSIDE_PERIOD", "K-2.1-i"
    )


# Decisions again


def test_a_decision_is_made_again_unasked_where_there_is_one() -> None:
    """2022:850-26: the organisation may look at its own decision; of none there is nothing to look at."""
    event = happened(
        ReconsiderationDecided,
        "2025-02-10",
        "decision_maker:test",
        decision=UUID(int=1),
        result="upheld",
        own_initiative=True,
    )
    assert admit(event, refused().case, KNOWN).clause == "2022:850-26"
    with pytest.raises(CommandRejected) as raised:
        admit(event, given(RECEIVED).case, KNOWN)
    assert raised.value.code == "NOT_DECIDED"
    with pytest.raises(CommandRejected) as raised:
        admit(event.model_copy(update={"own_initiative": False}), refused().case, KNOWN)
    assert raised.value.code == "NOT_ASKED"


def test_a_decision_is_not_received_before_it_is_made() -> None:
    """2022:850-26: the three weeks are counted from a day on which there was a decision to get."""
    asked = do(RequestReconsideration, "2025-01-20", received_on="2025-01-14")
    refused().when(asked).then_rejected("DECISION_OUT_OF_ORDER", "K-5.5-a")
    on_the_day = do(RequestReconsideration, "2025-01-20", received_on="2025-01-15")
    refused().when(on_the_day).then(ReconsiderationRequested)


def test_nothing_is_appealed_against_before_it_is_decided() -> None:
    """2022:850-26: dated before the first decision it is of none."""
    refused().when(do(LodgeAppeal, "2025-01-14", APPLICANT)).then_rejected("DECISION_OUT_OF_ORDER", "K-5.5-a")
    refused().when(do(LodgeAppeal, "2025-01-15", APPLICANT)).then(AppealLodged)


@pytest.mark.parametrize("kind", [ReconsiderationRequested, AppealLodged])
def test_a_decision_that_is_named_is_one_of_the_cases(kind: type[Event]) -> None:
    """AMB-36: one that is not on record in the case can't be asked about in it."""
    past = refused()
    own = next(row.event.event_id for row in past.entries if isinstance(row.event, EligibilityAssessed))
    told = {"received_on": "2025-01-15"} if kind is ReconsiderationRequested else {}
    assert admit(happened(kind, "2025-01-20", decision=own, **told), past.case, KNOWN)
    another = happened(kind, "2025-01-20", decision=UUID(int=4711), **told)
    with pytest.raises(CommandRejected) as raised:
        admit(another, past.case, KNOWN)
    assert raised.value.code == "DECISION_OUT_OF_ORDER"


def test_study_support_rests_on_a_grant_that_stands() -> None:
    """O-18-a: entered in a case without one it was not allowed, whoever calculated it."""
    decided = career().decided(support("short", 250_000, days=2), TODAY)
    assert admit(decided[0], career().case, KNOWN).clause.startswith("O-")
    with pytest.raises(CommandRejected) as raised:
        admit(decided[0], given(CAREER).case, KNOWN)
    assert raised.value.code == "NOT_GRANTED"


def test_extended_study_support_is_of_two_years_however_it_comes_in() -> None:
    """O-20: what was calculated where less was on record is not let in beside two whole years."""
    third = support("extended", 3_000_000, "2027-01", on="2025-02-05")
    (event,) = career(used_up()).decided(third, TODAY)
    one = career(used_up(), support("extended", 3_000_000, *YEAR_ONE))
    assert admit(event, one.case, KNOWN).clause == "O-20"
    one.carry_out(support("extended", 3_000_000, *YEAR_TWO, on="2025-02-04"))
    with pytest.raises(CommandRejected) as raised:
        admit(event, one.case, KNOWN)
    assert raised.value.code == "EXTENDED_SUPPORT_USED_UP"


# What can't be read, and what nobody knows


@pytest.mark.parametrize("erased", [{"reason": ERASED, "details": ERASED}, {"details": ERASED}])
def test_an_interruption_whose_reason_is_erased_was_allowed(erased: dict[str, Any]) -> None:
    """AMB-33: a replay asks no more than what is left; with its reason told, it is asked for in full."""
    told = {"reason": "substitute_post"} | erased
    grounds = admit(happened(Paused, "2025-03-03", **told), counselling().case, KNOWN)
    assert grounds.clause == "K-2.1-g"
    with pytest.raises(CommandRejected) as raised:
        admit(happened(Paused, "2025-03-03", reason="substitute_post"), counselling().case, KNOWN)
    assert raised.value.code == "PAUSE_INCOMPLETE"


def test_a_support_skips_no_event_that_it_does_not_know() -> None:
    """An event without a rule is a fault of the program, and is said."""
    correction = happened(EntryCorrected, "2025-03-03", corrects=UUID(int=1), reason="Fel.")
    with pytest.raises(TypeError, match="no rule for EntryCorrected"):
        happen(correction, support_of(counselling()))
