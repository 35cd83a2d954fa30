"""Where what the fund gives ends: other employments, other clocks, others' decisions, and corrections of money."""

from typing import Any

import pytest
from pydantic import ValidationError

from domain.commands import AnnulGrant, CorrectEntry, Decide
from domain.event import IDENTITY, Event
from domain.events import EntryCorrected
from domain.fund_admission import collective_end
from domain.fund_commands import (
    AgreeTermination,
    ExtendForSickness,
    HoldDeliberation,
    OfferAgreement,
    PayMeasure,
)
from domain.fund_events import (
    CompensationRecorded,
    EmployerContactedFund,
    MeasurePaid,
    StudySupportGranted,
    TerminationAgreed,
)
from domain.support_commands import ReachOutcome, StartEngagement, Withdraw
from domain.support_events import OutcomeReached
from tests.funds import (
    LEAVING,
    career,
    compensation,
    contact,
    csn,
    inform,
    of_fund,
    procedure,
    support,
    with_measures,
)
from tests.given import ADVISOR, DECIDER, OTHER_CASE, Given, do, given

ABOVE_CAP = 4_000_000


def agreed(ends_on: str) -> Given:
    """The five steps, from 10 January 2025, to an agreement of 10 February."""
    return procedure(
        contact(),
        inform("employer"),
        inform("employee"),
        do(HoldDeliberation, "2025-01-25"),
        do(OfferAgreement, "2025-02-01"),
        do(AgreeTermination, "2025-02-10", ends_on=ends_on),
        case_id=OTHER_CASE,
    )


def correcting(past: Given, kind: type[Event], actor: str, replacement: Any = None) -> CorrectEntry:
    wrong = [row.event.event_id for row in past.entries if isinstance(row.event, kind)][-1]
    content = {"corrects": wrong, "reason": "Fel.", "replacement": replacement}
    return do(CorrectEntry, "2025-09-01", actor, **content)


def test_the_route_excludes_benefits_of_that_employment_and_not_for_ever() -> None:
    """O-26-2-b: what is applied for within a year of the employment's end; a later employment is another matter."""
    for ends_on, excluded in (("2025-04-30", True), ("2024-01-10", True), ("2024-01-09", False)):
        steps = agreed("2025-04-30")
        before = steps.case.fund.agreed
        assert before is not None
        steps.entries[-1] = steps.entries[-1]._replace(
            event=before.model_copy(update={"ends_on": before.ends_on.fromisoformat(ends_on)})
        )
        done = with_measures(others=(steps,)).when(compensation())
        if excluded:
            done.then_rejected("ROUTE_EXCLUDES_BENEFITS", "O-26-2")
        else:
            done.then(CompensationRecorded)


def test_an_old_extension_never_shortens_the_year_of_a_new_start() -> None:
    """O-25-c, AMB-34: after an annulment the collective year is counted from the new start."""
    past = with_measures(do(ExtendForSickness, "2025-01-30", until="2026-02-01"))
    past.carry_out(do(AnnulGrant, "2025-02-01", reason="Fel."))
    past.carry_out(do(Decide, "2025-02-03"))
    past.carry_out(do(StartEngagement, "2025-06-02"))
    engagement = past.case.engagement
    assert engagement is not None
    assert str(collective_end(past.case, engagement)) == "2026-06-02"


def test_what_is_paid_after_the_acts_end_keeps_no_late_result_out() -> None:
    """AMB-34, AMB-35: the collective part has a clock of its own; the result happened inside the act's."""
    past = with_measures(do(PayMeasure, "2026-01-20", kind="travel", amount=90_000))
    result = do(ReachOutcome, "2026-01-10", outcome="permanent_job", starts_on="2026-01-10")
    past.when(result).then(OutcomeReached)


def test_a_correction_goes_round_no_rule_about_money() -> None:
    """O-20, O-26-2-b: the right entry is tried in view of the person's other cases, as it would be by itself."""
    march, april = (support("complementary", ABOVE_CAP, month) for month in ("2025-03", "2025-04"))
    second = career(csn(), april)
    second.others = (career(csn(), march, case_id=OTHER_CASE),)
    wrong = correcting(second, StudySupportGranted, DECIDER, march)
    second.when(wrong).then_rejected("STUDY_SUPPORT_OVERLAPS")
    paid = with_measures(do(PayMeasure, "2025-02-03", kind="travel", amount=90_000))
    paid.others = (agreed("2025-04-30"),)
    benefit = do(PayMeasure, "2025-02-03", kind="economic_benefit", amount=90_000)
    paid.when(correcting(paid, MeasurePaid, ADVISOR, benefit)).then_rejected("ROUTE_EXCLUDES_BENEFITS")


def test_what_a_decision_maker_granted_nobody_else_takes_away() -> None:
    """K-5.4: struck out by a decision maker, and by no advisor; unregistered ones grant nothing."""
    past = career(csn(), support("complementary", ABOVE_CAP, "2025-03"))
    past.when(correcting(past, StudySupportGranted, ADVISOR)).then_rejected("ACTOR_NOT_ENTITLED", "K-5.4")
    past.when(correcting(past, StudySupportGranted, DECIDER)).then(EntryCorrected)
    unknown = support("complementary", ABOVE_CAP, "2025-04").model_copy(
        update={"actor": "decision_maker:okand"}
    )
    past.when(unknown).then_rejected("NOT_REGISTERED", "K-5.4")


def test_nothing_is_given_once_the_application_is_withdrawn() -> None:
    """K-2.1-c: not after that day; the five steps end with it too."""
    granted = given(
        of_fund("counselling", details=LEAVING), do(Decide, "2025-01-15"), do(Withdraw, "2025-01-20")
    )
    granted.when(compensation()).then_rejected("ALREADY_WITHDRAWN", "O-23")
    steps = procedure(do(Withdraw, "2025-01-20"))
    steps.when(contact("2025-01-21")).then_rejected("ALREADY_WITHDRAWN", "O-26-1")
    steps.when(contact("2025-01-20")).then(EmployerContactedFund)


@pytest.mark.parametrize("amount", [True, "5", 7.0, 0, -1, 10**12 + 1])
def test_an_amount_is_a_whole_number_of_ore(amount: Any) -> None:
    """O-25-b: no text, no fraction, no yes or no."""
    with pytest.raises(ValidationError):
        do(PayMeasure, "2025-02-03", kind="travel", amount=amount)


@pytest.mark.parametrize(
    "written",
    [
        "19800101-9876",
        "198001019876",
        "800101+9876",
        "19800101 9876",
        "19800101\u20139876",
        "1980-01-01-9876",
        "800101.9876",
    ],
)
def test_an_identity_number_is_known_however_it_is_written(written: str) -> None:
    """AMB-33: in clear texts none is let in, whatever stands between its digits."""
    assert IDENTITY.search(f"Kurs för {written}.")
    assert not IDENTITY.search("Kurs 2025-01, 12 500 kr, ref 4711")


def test_an_agreement_ends_no_employment_in_the_past() -> None:
    """O-26-5: the last day of employment is the day of the agreement at the earliest."""
    ready = procedure(
        contact(),
        inform("employer"),
        inform("employee"),
        do(HoldDeliberation, "2025-01-25"),
        do(OfferAgreement, "2025-02-01"),
    )
    past = do(AgreeTermination, "2025-02-10", ends_on="2025-02-09")
    ready.when(past).then_rejected("PERIOD_ENDS_FIRST", "O-26-5")
    ready.when(do(AgreeTermination, "2025-02-10", ends_on="2025-02-10")).then(TerminationAgreed)
