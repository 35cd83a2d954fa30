"""Cases of Omställningsfonden's, as tests/given.py makes a case: its three services, and the five steps."""

from typing import Any

from domain.command import Command
from domain.commands import NotifyAsEmployer, ReceiveApplication
from domain.fund_commands import (
    ContactFund,
    GiveInformation,
    GrantStudySupport,
    RecordCompensation,
    RecordCsnDecision,
)
from domain.study_support import Calculation
from domain.support_commands import AssignAdvisor
from tests.given import DECIDED, EMPLOYER, STARTED, Given, application, details, do, employment, given

AFFILIATED = details(employments=(employment(sector="municipality", ends_on=None, end_reason=None),))
"""What an applicant states who is employed in a municipality."""
LEAVING = details(employments=(employment(sector="region"),))
"""What an applicant states whose employment in a region ends on 28 February 2025."""
FOUR_THINGS = ("support_content", "no_economic_benefits", "securing_sgi", "doctors_certificate")
YEAR_ONE = tuple(f"2025-{month:02d}" for month in range(1, 13))
YEAR_TWO = tuple(f"2026-{month:02d}" for month in range(1, 13))


def of_fund(service: str, *, months: int = 12, **content: Any) -> ReceiveApplication:
    """An application to Omställningsfonden, of 10 January 2025."""
    return application(policy="omstallningsfonden", service=service, months=months, **content)


CAREER = of_fund("career_study_counselling", details=AFFILIATED)
LEAVES = of_fund("counselling", details=LEAVING)
EXTENDED = of_fund("extended_counselling", details=LEAVING)
REDUCED = of_fund("reduced_capacity", months=0, details=AFFILIATED)
NOTIFIED = do(NotifyAsEmployer, "2025-01-12", EMPLOYER, employer="Regionen")
ADVISED = do(AssignAdvisor, "2025-01-20", advisor="anna.berg")


def career(*more: Command, **content: Any) -> Given:
    """Career and study counselling, granted on 15 January 2025 and begun on 27 January."""
    return given(CAREER, DECIDED, STARTED, *more, **content)


def leaving(*more: Command, **content: Any) -> Given:
    """Counselling at the end of an employment, granted on 15 January 2025 and begun on 27 January."""
    return given(LEAVES, DECIDED, STARTED, *more, **content)


def with_measures(*more: Command, **content: Any) -> Given:
    """Counselling with extended measures: the employer gave notice, granted and begun as the others."""
    return given(EXTENDED, NOTIFIED, DECIDED, STARTED, *more, **content)


def procedure(*more: Command, **content: Any) -> Given:
    """A case of the five steps, from 10 January 2025, in which nothing has happened yet."""
    return given(REDUCED, *more, **content)


def csn(on: str = "2025-02-01", **content: Any) -> RecordCsnDecision:
    """CSN grants transition study support for the year of 2025."""
    granted: dict[str, Any] = {"granted": True, "starts_on": "2025-01-13", "ends_on": "2025-12-20"}
    return do(RecordCsnDecision, on, **granted | content)


def used_up(on: str = "2025-02-01") -> RecordCsnDecision:
    """CSN's transition study support is used up."""
    return do(RecordCsnDecision, on, granted=False, exhausted=True)


def support(kind: str, income: int, *months: str, on: str = "2025-02-03", **content: Any) -> Any:
    """Study support of a kind for an income in öre, granted by a decision maker."""
    actor = "decision_maker:test"
    return do(GrantStudySupport, on, actor, kind=kind, income=income, months=months, **content)


def compensation(on: str = "2025-02-03", **content: Any) -> RecordCompensation:
    """Compensation during two days of leave."""
    stated: dict[str, Any] = {
        "kind": "leave",
        "starts_on": "2025-02-03",
        "ends_on": "2025-02-04",
        "amount": 240_000,
    }
    return do(RecordCompensation, on, **stated | content)


def contact(on: str = "2025-01-13", actor: str = EMPLOYER, **content: Any) -> ContactFund:
    """Step 1: the employer contacts the fund and confirms all that comes before an offer."""
    confirmed = {
        "rehabilitation_fulfilled": True,
        "redeployment_exhausted": True,
        "agreement_wanted": True,
    }
    return do(ContactFund, on, actor, **confirmed | content)


def inform(to: str, *topics: str, on: str = "2025-01-20") -> GiveInformation:
    """Step 2: a party is told some of the four things, or all of them where none is named."""
    return do(GiveInformation, on, to=to, topics=topics or FOUR_THINGS)


def calculation_of(past: Given, which: int = -1) -> Calculation:
    """The calculation of a study support that was granted."""
    calculation = past.case.fund.study_supports[which].calculation
    assert isinstance(calculation, Calculation)
    return calculation
