"""From the evidence of a case to the request of an assessment: one pure function.

Nothing is judged here. Evidence counts from the day it came in, so a decision rests on what had come in by its
own date; what came in later is there for the next decision.
"""

import re
from collections.abc import Iterable, Iterator
from datetime import date
from typing import NamedTuple, TypeVar
from uuid import UUID

from domain.case import Case
from domain.declarations import Declaration, IncomeMonth, earned_income
from domain.event import Erased
from domain.events import (
    DeclarationRecorded,
    EarlierGrantRecorded,
    EligibilityAssessed,
    EmployerNotified,
    Evidence,
    EvidenceRecorded,
    NeedJudged,
)
from domain.rejections import CommandRejected
from domain.request import (
    Benefit,
    EarlierGrant,
    Employment,
    Request,
    Work,
    check_benefits,
    check_employments,
    check_work,
)
from domain.values import month_of

T = TypeVar("T")

_BETWEEN_DIGITS = re.compile(r"[\s+\u002d\u2010-\u2015]")
"""Spaces of any kind, plus signs, and the hyphens and dashes that people write in a number."""


class Question(NamedTuple):
    """The request of a decision, and the ids of the events that it relies on, in the order they came in."""

    request: Request
    relied_on: tuple[UUID, ...]


def question(case: Case, others: Iterable[Case], decided_on: date, starts_on: date | None) -> Question:
    """Return the request that the case's evidence adds up to on a day of decision.

    Raises `CommandRejected` where the person is erased.
    """
    application = case.application
    if application is None:
        raise CommandRejected("UNKNOWN_CASE")
    details = readable(application.details)
    seen = [(position, event) for position, event in case.evidence if event.occurred_on <= decided_on]
    employments = {row.id: row for row in details.employments}
    work = {(row.employment, row.month): row for row in details.work}
    benefits = list(details.benefits)
    declarations: dict[int, Declaration] = {}
    special_need = employer_notified = False
    for position, event in seen:
        if isinstance(event, EvidenceRecorded):
            content = readable(event.content)
            employments |= {row.id: row for row in content.employments}
            work |= {(row.employment, row.month): row for row in content.work}
            benefits += content.benefits
        elif isinstance(event, DeclarationRecorded):
            declarations[position] = readable(event.declaration)
        elif isinstance(event, NeedJudged):
            special_need = readable(event.special_need)
        elif isinstance(event, EmployerNotified):
            employer_notified = True
    imported = [declaration for _, declaration in sorted(declarations.items(), key=lambda row: row[0])]
    add_declared_income(employments, work, earned_income(imported))
    assert application.service != "statement"
    assert application.service != "reduced_capacity"
    grants = list(earlier_grants(case, others, decided_on))
    request = Request(
        policy=application.policy,
        policy_version=application.policy_version,
        service=application.service,
        months=application.months,
        received_on=application.occurred_on,
        decided_on=decided_on,
        starts_on=starts_on,
        born=details.born,
        special_need=special_need,
        employer_notified=employer_notified,
        employments=tuple(sorted(employments.values(), key=lambda row: row.id)),
        work=tuple(row for _, row in sorted(work.items())),
        benefits=tuple(sorted(set(benefits), key=benefit_order)),
        earlier_grants=tuple(grant for grant, _ in grants),
        on_basis_of=application.on_basis_of,
    )
    relied_on = (application.event_id, *(event.event_id for _, event in seen), *(id_ for _, id_ in grants))
    return Question(request, tuple(dict.fromkeys(relied_on)))


def check_evidence(content: Evidence, case: Case) -> None:
    """Raise `InputError` where new evidence doesn't fit together, or with what the case knows already."""
    listed = (
        {row.id: row for row in readable(case.application.details).employments} if case.application else {}
    )
    for _, event in case.evidence:
        if isinstance(event, EvidenceRecorded):
            listed |= {row.id: row for row in readable(event.content).employments}
    listed |= {row.id: row for row in content.employments}
    check_employments(content.employments, "content.employments")
    check_work(content.work, list(listed.values()), "content.work")
    check_benefits(content.benefits, "content.benefits")


def readable(content: T | Erased) -> T:
    """Return sealed content; raise `CommandRejected` (PERSON_ERASED) where it can't be read any more."""
    if isinstance(content, Erased):
        raise CommandRejected("PERSON_ERASED")
    return content


def add_declared_income(
    employments: dict[str, Employment],
    work: dict[tuple[str, str], Work],
    incomes: Iterable[IncomeMonth],
) -> None:
    """Put employers' declared incomes in the place of stated ones; hours are kept (K-5.2-7).

    What an employer declares is all that was paid there in the month, so it takes the place of whatever was stated
    for any employment with that employer. It belongs to the employment with that employer that overlaps the month,
    else to the one with the smallest id. An employer that nobody listed becomes an employment without `starts_on`:
    its months count, it can't be a ground.
    """
    listed = tuple(employments.values())
    for income in incomes:
        employment = _employment_of(income, listed) or _unlisted(income, employments)
        employments.setdefault(employment.id, employment)
        for other in listed:
            elsewhere = work.get((other.id, income.month))
            if elsewhere is not None and _organisation(other.employer) == _organisation(income.employer):
                work[other.id, income.month] = elsewhere.model_copy(update={"income": None})
        key = (employment.id, income.month)
        stated = work.get(key)
        if stated is None:
            work[key] = Work(employment=employment.id, month=income.month, hours=None, income=income.amount)
        else:
            work[key] = stated.model_copy(update={"income": income.amount})


def _employment_of(income: IncomeMonth, listed: Iterable[Employment]) -> Employment | None:
    """Return the listed employment that a declared income belongs to."""
    candidates = sorted(
        (row for row in listed if _organisation(row.employer) == _organisation(income.employer)),
        key=lambda row: (not _overlaps(row, income.month), row.id),
    )
    return candidates[0] if candidates else None


def _organisation(employer: str) -> str:
    """Return the ten digits of an organisation number however it is written, or the name as it stands.

    A declaration writes twelve digits, `16` before an organisation number and the century before a sole
    trader's personal number; people write ten, with or without a hyphen.
    """
    digits = _BETWEEN_DIGITS.sub("", employer)
    if digits.isascii() and digits.isdigit() and len(digits) in (10, 12):
        return digits[-10:]
    return employer.strip().casefold()


def _overlaps(employment: Employment, month: str) -> bool:
    """Tell whether an employment lasted on some day of a calendar month."""
    began = employment.starts_on is None or month_of(employment.starts_on) <= month
    return began and (employment.ends_on is None or month_of(employment.ends_on) >= month)


def _unlisted(income: IncomeMonth, employments: dict[str, Employment]) -> Employment:
    """Return the employment that stands for an employer whom nobody listed."""
    name = f"agi-{income.employer}"
    while name in employments and employments[name].employer != income.employer:
        name += "+"
    return employments.get(name) or Employment(
        id=name,
        employer=income.employer,
        country="SE",
        form="permanent",
        starts_on=None,
        ends_on=None,
        end_reason=None,
        end_initiative=None,
        managing_director=False,
        shares=None,
        sole_trader_relation=None,
    )


def benefit_order(benefit: Benefit) -> tuple[date, date, str, str]:
    """Return the key that puts benefits in one order, whatever order they came in."""
    return benefit.starts_on, benefit.ends_on, benefit.kind, benefit.country


def earlier_grants(
    case: Case, others: Iterable[Case], decided_on: date
) -> Iterator[tuple[EarlierGrant, UUID]]:
    """Yield the person's earlier grants with the event that tells of each, oldest first (K-5.5).

    Grants of the ledger's own cases come with their case id; those that another organisation made come from
    evidence in any of the person's cases, the newest where several tell of the same. A grant that is annulled
    is left out: it frees its months.
    """
    others = tuple(others)
    found: dict[str, tuple[EarlierGrant, UUID]] = {}
    told = [row for one in (*others, case) for row in one.evidence]
    for _, event in sorted(told, key=lambda row: (row[1].occurred_on, row[0])):
        if isinstance(event, EarlierGrantRecorded) and event.occurred_on <= decided_on:
            found[f"{event.organisation}:{event.case}"] = (_granted_elsewhere(event), event.event_id)
    for other in others:
        if other.grant and other.case_id != case.case_id and other.grant.last_day:
            found[str(other.case_id)] = (_granted(other.case_id, other.grant), other.grant.event_id)
    yield from sorted(found.values(), key=lambda row: (row[0].decided_on, row[0].case))


def _granted(case_id: UUID, grant: EligibilityAssessed) -> EarlierGrant:
    assert grant.last_day is not None
    return EarlierGrant(
        case=str(case_id),
        decided_on=grant.occurred_on,
        last_day=grant.last_day,
        basis_months=grant.basis_months,
        annulled=False,
    )


def _granted_elsewhere(event: EarlierGrantRecorded) -> EarlierGrant:
    return EarlierGrant(
        case=f"{event.organisation}:{event.case}",
        decided_on=event.decided_on,
        last_day=event.last_day,
        basis_months=event.basis_months,
        annulled=False,
    )
