"""The five steps at reduced work capacity: an ordered checklist, and whether a step may be taken (O-26, O-27).

The order is recommended. What was done out of it is on record as a deviation, but for two things: nothing is
offered before the employer has confirmed what comes first, and nothing is agreed before both were informed. After
the agreement there are no more steps; one from before it may still be entered late (AMB-35).
"""

from datetime import date
from typing import NamedTuple

from domain.case import Case
from domain.event import Event
from domain.fund import Fund
from domain.fund_events import AgreementOffered, TerminationAgreed
from domain.grounds import Grounds
from domain.rejections import CommandRejected


class Step(NamedTuple):
    """One of the five steps: when it was done, and whether that was before the one that comes first."""

    number: int
    clause: str
    sv: str
    en: str
    done_on: date | None
    deviates: bool


STEPS = (
    ("O-26-1", "arbetsgivaren kontaktar fonden", "the employer contacts the fund"),
    ("O-26-2", "båda parter informeras", "both parties are informed"),
    ("O-26-3", "överläggning hos arbetsgivaren", "deliberation at the employer"),
    ("O-26-4", "överenskommelse erbjuds", "an agreement is offered"),
    ("O-26-5", "överenskommelse träffas", "the agreement is made"),
)


def five_steps(fund: Fund) -> list[Step]:
    """Return the steps as a checklist, each with its day, and with what was done out of order marked."""
    informed = (fund.informed_on("employer"), fund.informed_on("employee"))
    days = (
        fund.contacted_on,
        max(day for day in informed if day) if all(informed) else None,
        fund.deliberated_on,
        fund.offered_on,
        fund.agreed.occurred_on if fund.agreed else None,
    )
    rows = []
    for index, (clause, sv, en) in enumerate(STEPS):
        done = days[index]
        late = any(earlier is None or (done and earlier > done) for earlier in days[:index])
        rows.append(Step(index + 1, clause, sv, en, done, done is not None and late))
    return rows


def contact_came_late(fund: Fund) -> bool:
    """Tell whether the employer made contact only when an agreement was offered already (O-27)."""
    return (
        fund.contacted_on is not None and fund.offered_on is not None and fund.offered_on < fund.contacted_on
    )


def step_grounds(event: Event, case: Case, number: int) -> Grounds:
    """Return the grounds of a step, or raise what speaks against it: a precondition, or a step that comes first."""
    if case.application is None or case.application.service != "reduced_capacity":
        raise CommandRejected("NOT_IN_SERVICE", clause="O-26-1")
    clause, sv, en = STEPS[number - 1]
    if case.withdrawn is not None and event.occurred_on > case.withdrawn.occurred_on:
        raise CommandRejected("ALREADY_WITHDRAWN", clause=clause, withdrawn_on=case.withdrawn.occurred_on)
    fund = case.fund
    agreed = fund.agreed
    if agreed and (isinstance(event, TerminationAgreed) or agreed.occurred_on < event.occurred_on):
        raise CommandRejected("STEP_ALREADY_DONE", clause=STEPS[4][0], done_on=agreed.occurred_on)
    if isinstance(event, AgreementOffered) and not fund.preconditions_met:
        raise CommandRejected(
            "PRECONDITION_MISSING", missing_sv=_missing(fund)[0], missing_en=_missing(fund)[1]
        )
    if isinstance(event, TerminationAgreed):
        for step in five_steps(fund)[1:4]:
            if step.done_on is None or step.done_on > event.occurred_on:
                raise CommandRejected(
                    "STEP_OUT_OF_ORDER", clause=step.clause, first_sv=step.sv, first_en=step.en
                )
        if event.ends_on < event.occurred_on:
            raise CommandRejected(
                "PERIOD_ENDS_FIRST", clause=clause, on=event.occurred_on, until=event.ends_on
            )
    return Grounds(clause, f"Steg {number} av fem: {sv}.", f"Step {number} of five: {en}.")


def _missing(fund: Fund) -> tuple[str, str]:
    """Return what the employer has not confirmed, in Swedish and English (O-26-1)."""
    contact = fund.contact
    parts = (
        (
            contact and contact.rehabilitation_fulfilled,
            "rehabiliteringsskyldigheten",
            "the duty of rehabilitation",
        ),
        (contact and contact.redeployment_exhausted, "omplaceringen", "redeployment"),
        (contact and contact.agreement_wanted, "önskan om överenskommelse", "the wish for an agreement"),
    )
    lacking = [(sv, en) for confirmed, sv, en in parts if not confirmed]
    return ", ".join(sv for sv, _ in lacking), ", ".join(en for _, en in lacking)
