"""The events of what Omställningsfonden gives by collective agreement, beside the act's support, for ever.

Amounts are whole öre. What a person gets is sealed; kinds, months and steps are clear.
"""

from typing import Annotated, Literal

from pydantic import BeforeValidator, Field

from domain.event import Event, Sealed
from domain.study_support import Calculation
from domain.values import Day, Month, whole_number

Ore = Annotated[int, BeforeValidator(whole_number), Field(ge=1, le=10**12)]
"""An amount in whole öre."""

StudySupportKind = Literal["complementary", "extended", "short"]
CompensationKind = Literal["leave", "instead_of_unemployment_benefit", "unemployment_benefit_top_up"]
MeasureKind = Literal[
    "course_fee",
    "literature",
    "business_grant",
    "travel",
    "support_talks",
    "placement",
    "economic_benefit",
    "other",
]
Way = Literal["studies", "new_job", "stays"]
PartyInformed = Literal["employer", "employee"]
Topic = Literal["support_content", "no_economic_benefits", "securing_sgi", "doctors_certificate"]


class WayChosen(Event):
    """The client begins studies, seeks a new job, or stays where they are, which is a way too (O-22-3)."""

    topic = "case.way_chosen"
    way: Way


class CsnDecisionRecorded(Event):
    """What CSN decided on transition study support; `exhausted` says that it is used up (O-18-a, O-20)."""

    topic = "case.csn_decision_recorded"
    granted: bool
    starts_on: Day | None = None
    ends_on: Day | None = None
    exhausted: bool = False


class StudySupportGranted(Event):
    """The fund grants study support: for months, or for a course of some days (O-19, O-20, O-21)."""

    topic = "case.study_support_granted"
    kind: StudySupportKind
    months: tuple[Month, ...] = ()
    days: int | None = None
    calculation: Sealed[Calculation]


class CompensationRecorded(Event):
    """A compensation at the end of employment, with its days and amount; the source gives no formula (O-23)."""

    topic = "case.compensation_recorded"
    kind: CompensationKind
    starts_on: Day
    ends_on: Day
    amount: Sealed[Ore]


class MeasurePaid(Event):
    """The fund paid for an extended measure (O-25-a, O-25-b)."""

    topic = "case.measure_paid"
    kind: MeasureKind
    amount: Sealed[Ore]


class CollectiveSupportExtended(Event):
    """The collective part goes on until a later day at sickness; the act's own clock is not moved (O-25-c; AMB-34).

    That somebody is ill follows from it, so the day is all that is told.
    """

    topic = "case.collective_support_extended"
    until: Day


class EmployerContactedFund(Event):
    """Step 1 at reduced work capacity: the employer contacts the fund, and what it confirms (O-26-1; O-27).

    Rehabilitation is fulfilled, redeployment exhausted, and an agreement to end is wanted; a doctor's certificate
    is noted, sealed, where the employer spoke of one.
    """

    topic = "case.employer_contacted_fund"
    rehabilitation_fulfilled: bool
    redeployment_exhausted: bool
    agreement_wanted: bool
    certificate: Sealed[bool | None] = None


class InformationGiven(Event):
    """Step 2: the fund informs one of the parties of some of the four things (O-26-2)."""

    topic = "case.information_given"
    to: PartyInformed
    topics: tuple[Topic, ...]


class DeliberationHeld(Event):
    """Step 3: there is a deliberation at the employer (O-26-3)."""

    topic = "case.deliberation_held"


class AgreementOffered(Event):
    """Step 4: an agreement is offered (O-26-4)."""

    topic = "case.agreement_offered"


class TerminationAgreed(Event):
    """Step 5: both agree to end because of reduced capacity, with extended measures included (O-26-5)."""

    topic = "case.termination_agreed"
    ends_on: Day
