"""What is asked for of Omställningsfonden's own part: study support, compensations, measures, the five steps."""

from typing import Annotated

from pydantic import Field

from domain.command import Command
from domain.fund_events import CompensationKind, MeasureKind, Ore, PartyInformed, StudySupportKind, Topic, Way
from domain.values import Day, Month


class ChooseWay(Command):
    """Record which way the client takes: studies, a new job, or staying in the present one (O-22-3)."""

    name = "choose_way"
    way: Way


class RecordCsnDecision(Command):
    """Record what CSN decided on transition study support, or that it is used up (O-18-a, O-20)."""

    name = "record_csn_decision"
    granted: bool
    starts_on: Day | None = None
    ends_on: Day | None = None
    exhausted: bool = False


class GrantStudySupport(Command):
    """Grant study support; the amount is calculated, and shown line by line (O-19, O-20, O-21).

    `income` is in whole öre: a month's before the studies, or for a short course what is lost during its `days`.
    """

    name = "grant_study_support"
    asks_person = True
    kind: StudySupportKind
    income: Ore
    months: Annotated[tuple[Month, ...], Field(max_length=24)] = ()
    days: Annotated[int, Field(ge=1, le=366)] | None = None


class RecordCompensation(Command):
    """Record a compensation at the end of employment, with its days and its amount in whole öre (O-23)."""

    name = "record_compensation"
    asks_person = True
    kind: CompensationKind
    starts_on: Day
    ends_on: Day
    amount: Ore


class PayMeasure(Command):
    """Record that the fund paid for an extended measure, with the amount in whole öre (O-25-a, O-25-b)."""

    name = "pay_measure"
    asks_person = True
    kind: MeasureKind
    amount: Ore


class ExtendForSickness(Command):
    """Let the collective part go on until a later day at sickness; the act's clock stands (O-25-c; AMB-34)."""

    name = "extend_for_sickness"
    until: Day


class ContactFund(Command):
    """Record, as step 1, that the employer contacted the fund, and what it confirms (O-26-1)."""

    name = "contact_fund"
    rehabilitation_fulfilled: bool
    redeployment_exhausted: bool
    agreement_wanted: bool
    certificate: bool | None = None


class GiveInformation(Command):
    """Record, as step 2, what the fund told the employer or the employee (O-26-2)."""

    name = "give_information"
    to: PartyInformed
    topics: Annotated[tuple[Topic, ...], Field(min_length=1, max_length=4)]


class HoldDeliberation(Command):
    """Record, as step 3, the deliberation at the employer (O-26-3)."""

    name = "hold_deliberation"


class OfferAgreement(Command):
    """Record, as step 4, that an agreement is offered (O-26-4)."""

    name = "offer_agreement"


class AgreeTermination(Command):
    """Record, as step 5, that employee and employer agree to end, and the last day of employment (O-26-5)."""

    name = "agree_termination"
    ends_on: Day
