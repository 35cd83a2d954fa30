"""What Omställningsfonden gave in a case by collective agreement, and how far the five steps have come."""

from datetime import date
from functools import singledispatch
from typing import NamedTuple

from domain.event import Event
from domain.fund_events import (
    AgreementOffered,
    CollectiveSupportExtended,
    CompensationRecorded,
    CsnDecisionRecorded,
    DeliberationHeld,
    EmployerContactedFund,
    InformationGiven,
    MeasurePaid,
    PartyInformed,
    StudySupportGranted,
    TerminationAgreed,
    Topic,
    WayChosen,
)
from domain.values import Frozen

FundEvent = (
    WayChosen
    | CsnDecisionRecorded
    | StudySupportGranted
    | CompensationRecorded
    | MeasurePaid
    | CollectiveSupportExtended
    | EmployerContactedFund
    | InformationGiven
    | DeliberationHeld
    | AgreementOffered
    | TerminationAgreed
)


class Told(NamedTuple):
    """One of the four things, told to one of the parties, on a day (O-26-2)."""

    to: PartyInformed
    topic: Topic
    on: date


class Fund(Frozen):
    """What the fund gave and did in a case; empty in a case under the act alone."""

    ways: tuple[WayChosen, ...] = ()
    csn: tuple[CsnDecisionRecorded, ...] = ()
    study_supports: tuple[StudySupportGranted, ...] = ()
    compensations: tuple[CompensationRecorded, ...] = ()
    measures: tuple[MeasurePaid, ...] = ()
    extended_until: date | None = None
    """The last day of the collective part where sickness moved it (O-25-c; AMB-34)."""
    contact: EmployerContactedFund | None = None
    """What the employer last confirmed (O-26-1)."""
    contacted_on: date | None = None
    """When it first made contact (O-27)."""
    told: frozenset[Told] = frozenset()
    deliberated_on: date | None = None
    offered_on: date | None = None
    agreed: TerminationAgreed | None = None

    @property
    def preconditions_met(self) -> bool:
        """Tell whether the employer has confirmed all that comes before an offer (O-26-1-a, -b, -c)."""
        contact = self.contact
        return contact is not None and (
            contact.rehabilitation_fulfilled and contact.redeployment_exhausted and contact.agreement_wanted
        )

    def informed_on(self, to: PartyInformed) -> date | None:
        """Return the day on which a party had been told all four things, None before that (O-26-2)."""
        days: dict[Topic, date] = {}
        for row in self.told:
            if row.to == to:
                days[row.topic] = min(row.on, days.get(row.topic, row.on))
        return max(days.values()) if len(days) == FOUR_THINGS else None

    def months_extended(self, by: date | None = None) -> int:
        """Return for how many months extended study support was granted, by a day or at all (O-20)."""
        return sum(len(row.months) for row in self.extended if by is None or row.occurred_on <= by)

    @property
    def extended(self) -> tuple[StudySupportGranted, ...]:
        """Return the grants of extended study support (O-20)."""
        return tuple(row for row in self.study_supports if row.kind == "extended")


FOUR_THINGS = 4


@singledispatch
def given_by_fund(event: Event, fund: Fund) -> Fund:
    """Return what the fund gave after an event. An event that has no rule here is an error, never skipped."""
    raise TypeError(f"no rule for {type(event).__name__}")


@given_by_fund.register
def _(event: WayChosen, fund: Fund) -> Fund:
    return fund.model_copy(update={"ways": (*fund.ways, event)})


@given_by_fund.register
def _(event: CsnDecisionRecorded, fund: Fund) -> Fund:
    return fund.model_copy(update={"csn": (*fund.csn, event)})


@given_by_fund.register
def _(event: StudySupportGranted, fund: Fund) -> Fund:
    return fund.model_copy(update={"study_supports": (*fund.study_supports, event)})


@given_by_fund.register
def _(event: CompensationRecorded, fund: Fund) -> Fund:
    return fund.model_copy(update={"compensations": (*fund.compensations, event)})


@given_by_fund.register
def _(event: MeasurePaid, fund: Fund) -> Fund:
    return fund.model_copy(update={"measures": (*fund.measures, event)})


@given_by_fund.register
def _(event: CollectiveSupportExtended, fund: Fund) -> Fund:
    return fund.model_copy(update={"extended_until": max(event.until, fund.extended_until or event.until)})


@given_by_fund.register
def _(event: EmployerContactedFund, fund: Fund) -> Fund:
    first = fund.contacted_on or event.occurred_on
    return fund.model_copy(update={"contact": event, "contacted_on": first})


@given_by_fund.register
def _(event: InformationGiven, fund: Fund) -> Fund:
    told = {Told(event.to, topic, event.occurred_on) for topic in event.topics}
    return fund.model_copy(update={"told": fund.told | told})


@given_by_fund.register
def _(event: DeliberationHeld, fund: Fund) -> Fund:
    return fund.model_copy(update={"deliberated_on": fund.deliberated_on or event.occurred_on})


@given_by_fund.register
def _(event: AgreementOffered, fund: Fund) -> Fund:
    return fund.model_copy(update={"offered_on": fund.offered_on or event.occurred_on})


@given_by_fund.register
def _(event: TerminationAgreed, fund: Fund) -> Fund:
    return fund.model_copy(update={"agreed": event})
