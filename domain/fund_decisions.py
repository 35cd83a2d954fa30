"""How a command on the fund's part becomes events: amounts are calculated here, and nowhere else."""

from functools import singledispatch

from domain.case import Case
from domain.command import Command, event_of
from domain.event import Event
from domain.fund_commands import (
    AgreeTermination,
    ChooseWay,
    ContactFund,
    ExtendForSickness,
    GiveInformation,
    GrantStudySupport,
    HoldDeliberation,
    OfferAgreement,
    PayMeasure,
    RecordCompensation,
    RecordCsnDecision,
)
from domain.fund_events import (
    AgreementOffered,
    CollectiveSupportExtended,
    CompensationRecorded,
    CsnDecisionRecorded,
    DeliberationHeld,
    EmployerContactedFund,
    InformationGiven,
    MeasurePaid,
    StudySupportGranted,
    TerminationAgreed,
    WayChosen,
)
from domain.grounds import Known
from domain.policy import policy_in_force
from domain.rejections import CommandRejected
from domain.services import catalogue_on
from domain.study_support import Calculation, complementary, extended, short

CARRIED_OVER: dict[type[Command], type[Event]] = {
    ChooseWay: WayChosen,
    RecordCsnDecision: CsnDecisionRecorded,
    RecordCompensation: CompensationRecorded,
    PayMeasure: MeasurePaid,
    ExtendForSickness: CollectiveSupportExtended,
    ContactFund: EmployerContactedFund,
    GiveInformation: InformationGiven,
    HoldDeliberation: DeliberationHeld,
    OfferAgreement: AgreementOffered,
    AgreeTermination: TerminationAgreed,
}
"""Commands that become one event with the same content."""


@singledispatch
def fund_gives(command: Command, case: Case, known: Known) -> list[Event]:
    """Return the events of one kind of command on the fund's part, before admission."""
    if type(command) not in CARRIED_OVER:
        raise TypeError(f"no rule for {type(command).__name__}")
    return [event_of(CARRIED_OVER[type(command)], command)]


@fund_gives.register
def _(command: GrantStudySupport, case: Case, known: Known) -> list[Event]:
    if case.grant is None:
        raise CommandRejected("NOT_GRANTED")
    months = () if command.kind == "short" else tuple(sorted(set(command.months)))
    calculation = _calculated(command, months, case, known)
    return [event_of(StudySupportGranted, command, months=months, calculation=calculation)]


def _calculated(command: GrantStudySupport, months: tuple[str, ...], case: Case, known: Known) -> Calculation:
    """Return what the support comes to; raise `CommandRejected` where there is nothing to calculate on.

    Of the extended one the months granted by that day tell the year, in whichever of the person's cases (O-20).
    """
    assert case.grant is not None
    terms = catalogue_on(case.grant.occurred_on).study_support
    if command.kind == "short":
        return short(command.income, command.days or 0, terms)
    if command.kind == "extended":
        persons = (case, *known.other_cases)
        before = sum(one.fund.months_extended(command.occurred_on) for one in persons)
        most = 12 * len(terms.extended_percents)
        if before + len(months) > most:
            raise CommandRejected("EXTENDED_SUPPORT_USED_UP", most=most, granted=before)
        return extended(command.income, months, before, terms)
    amounts = policy_in_force(case.grant.policy, case.grant.occurred_on).amounts
    unknown = [month for month in months if int(month[:4]) not in amounts]
    if unknown:
        raise CommandRejected("BASE_AMOUNT_UNKNOWN", year=unknown[0][:4])
    calculated = complementary(command.income, months, amounts, terms)
    if months and calculated.total <= 0:
        raise CommandRejected("NOTHING_ABOVE_CAP")
    return calculated
