"""Supports of each of Kammarkollegiet's services, as tests/given.py makes a case."""

from typing import Any
from uuid import UUID

from domain.command import Command
from domain.commands import CorrectEntry, Decide, JudgeNeed, ReceiveApplication
from domain.engagement import Engagement
from domain.event import Event
from domain.support_commands import AgreePlan, ReachOutcome, StartEngagement
from tests.given import (
    ADVISOR,
    CASE,
    DECIDED,
    OTHER_CASE,
    RECEIVED,
    STARTED,
    Given,
    application,
    details,
    do,
    employment,
    given,
    work,
)

EMPLOYED = details(employments=(employment(ends_on=None, end_reason=None),))
"""What an applicant states who has an employment that goes on."""
TASK = {"task": "Söka tre arbeten.", "by": "client", "target_on": "2025-04-30"}


def counselling(*more: Command, months: int = 12) -> Given:
    """Counselling after redundancy, from 27 January 2025: until 27 July, or until 15 January 2026."""
    return given(application(months=months, details=details()), DECIDED, STARTED, *more)


def guidance(*more: Command) -> Given:
    """Three months of guidance for an employed person, from 1 February 2025 until 1 May (L06)."""
    asked = application(service="guidance_employed", months=3, details=EMPLOYED)
    return given(asked, DECIDED, do(StartEngagement, "2025-02-01"), *more)


def reinforced(*more: Command) -> Given:
    """Twelve months of reinforced support, from 27 January 2025 until 15 January 2026."""
    asked = application(service="reinforced_support", details=details())
    return given(asked, do(JudgeNeed, "2025-01-12", ADVISOR, special_need=True), DECIDED, STARTED, *more)


SERVICES = {
    "counselling_dismissed": counselling,
    "guidance_employed": guidance,
    "reinforced_support": reinforced,
}
"""Each service's support, by its name; on 3 February, March and April each of them is under way."""


def a_statement(*more: Command) -> Given:
    """A case that asks for a statement to CSN and for no support (AMB-28)."""
    return given(application(service="statement", months=0, details=details()), *more)


def refused(*more: Command) -> Given:
    """A case that is refused on 15 January 2025, since no work is on record."""
    return given(application(details=details(work=())), DECIDED, *more)


def second(on: str = "2025-06-01", **content: Any) -> ReceiveApplication:
    """A second application of the same person."""
    return application(on, details=details(work=work("2023-06", 24)), **content)


def on_the_basis_of_the_first() -> tuple[Given, Given]:
    """A case, and another of the same person on the same basis: guidance (K-5.5-a; AMB-16)."""
    first = given(RECEIVED, DECIDED)
    asked = application(
        "2025-02-01", service="guidance_employed", months=3, on_basis_of=str(CASE), details=EMPLOYED
    )
    other = given(asked, do(Decide, "2025-02-01"), case_id=OTHER_CASE, others=(first,))
    assert other.case.grant is not None
    first.others = (other,)
    return first, other


def plan(on: str, *tasks: dict[str, Any], **content: Any) -> AgreePlan:
    """A plan that client and advisor agreed on; of one task, where none is named."""
    stated: dict[str, Any] = {"goal": "job", "jointly": True, "items": tasks or (TASK,)} | content
    return do(AgreePlan, on, **stated)


def result(on: str, outcome: str, **content: Any) -> ReachOutcome:
    """A result of that kind."""
    return do(ReachOutcome, on, outcome=outcome, **content)


def studies(on: str = "2025-08-18", **content: Any) -> ReachOutcome:
    """Twenty weeks of full-time studies at Komvux, from 18 August 2025 (L09)."""
    told = {"starts_on": "2025-08-18", "ends_on": "2026-01-04", "school": "komvux", "pace_percent": 100}
    return result(on, "studies", **told | content)


def placement(ends_on: str) -> ReachOutcome:
    """An approved placement from 3 March 2025."""
    return result("2025-03-03", "placement", starts_on="2025-03-03", ends_on=ends_on, evidence="employer")


def support_of(past: Given) -> Engagement:
    """The support of a case, as it stands."""
    support = past.case.engagement
    assert support is not None
    return support


def correcting(
    past: Given, kind: type[Event], replacement: Command | None = None, on: str = "2026-09-01"
) -> Any:
    """The correction of a case's newest entry of a kind."""
    ids: list[UUID] = [entry.event.event_id for entry in past.entries if isinstance(entry.event, kind)]
    return do(CorrectEntry, on, corrects=ids[-1], reason="Fel.", replacement=replacement)
