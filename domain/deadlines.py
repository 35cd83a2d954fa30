"""What is due in a case, and on which day: facts about the case, without a today.

Advisors' lists and reminders all come from `deadlines`. Whether something is late is for the reader to compare.
How long each thing may take stands in the services' catalogue, with its clause.
"""

from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from typing import NamedTuple

from domain.case import Case
from domain.engagement import Engagement
from domain.history import Entry, corrected_on
from domain.review_events import ReconsiderationDecided
from domain.reviews import open_reconsideration, to_be_made_anew
from domain.services import CATALOGUES, Deadlines, Figure, catalogue_on
from domain.support_events import StatementIssued, StatementRequested
from domain.values import add_months


class Deadline(NamedTuple):
    """Something that is due: a code, the day, and the clause it rests on."""

    code: str
    due_on: date
    clause: str


DEADLINES = {
    "plan_missing": ("en handlings- och tidsplan", "an action and time plan"),
    "task_due": ("en uppgift i planen", "a task of the plan"),
    "meeting_due": (
        "nästa möte, för att nå formens minsta antal",
        "the next meeting, to reach the form's least number",
    ),
    "no_contact": ("kontakt med kunden", "contact with the client"),
    "pause_long": ("att höra om avbrottet fortsätter", "to ask whether the interruption goes on"),
    "agreed_end_near": ("att förbereda avslutet", "to prepare the end"),
    "result_without_evidence": ("underlag för resultatet", "evidence of the result"),
    "shortfall_unexplained": ("skälet till att möten saknas", "the reason why meetings are missing"),
    "statement_waiting": ("ett yttrande till CSN", "a statement to CSN"),
    "reconsideration_waiting": (
        "svar på begäran om omprövning",
        "an answer to the request for reconsideration",
    ),
    "appeal_to_follow": ("nytt beslut efter överklagandet", "a new decision after the appeal"),
    "decision_to_review": (
        "att se över beslutet: underlag har rättats",
        "to look at the decision: evidence was corrected",
    ),
}
"""Each code with what is due, in Swedish and English."""


def deadlines(case: Case, entries: Sequence[Entry]) -> list[Deadline]:
    """Return what is due in a case, the earliest first; nothing in one whose person is erased.

    `entries` are the case's own, which tell when evidence of a grant was corrected (AMB-36).
    """
    if case.application is None or case.erased:
        return []
    lengths = catalogue_on(case.application.occurred_on).deadlines
    due = [*_of_decisions(case, entries, lengths), *_of_statements(case, lengths)]
    engagement = case.engagement
    if engagement is not None and engagement.annulled_on is None:
        lengths = CATALOGUES[engagement.catalogue].deadlines
        due += _of_end(engagement, lengths)
        if engagement.closed_by is None and engagement.expired is None:
            due += _of_support(engagement, lengths)
    return sorted(due, key=lambda row: (row.due_on, row.code))


def _of_decisions(case: Case, entries: Sequence[Entry], lengths: Deadlines) -> Iterator[Deadline]:
    asked = open_reconsideration(case)
    if asked is not None:
        yield _in_days("reconsideration_waiting", asked.occurred_on, lengths.answer_days)
    appealed = to_be_made_anew(case)
    if appealed is not None:
        yield _in_days("appeal_to_follow", appealed.occurred_on, lengths.review_days)
    if case.grant is not None:
        corrected = corrected_on(entries, case.grant)
        if corrected is not None and not _looked_at(case, corrected):
            yield _in_days("decision_to_review", corrected, lengths.review_days)


def _looked_at(case: Case, since: date) -> bool:
    """Tell whether the decision was made again, and upheld, on a day or after it."""
    return any(isinstance(row, ReconsiderationDecided) and row.occurred_on >= since for row in case.reviews)


def _of_statements(case: Case, lengths: Deadlines) -> Iterator[Deadline]:
    """Yield the statements that were asked for and not given."""
    waiting: StatementRequested | None = None
    for event in case.statements:
        waiting = None if isinstance(event, StatementIssued) else waiting or event
    over = case.withdrawn or (case.engagement and (case.engagement.closed_by or case.engagement.expired))
    if waiting is not None and not over:
        yield _in_days("statement_waiting", waiting.occurred_on, lengths.statement_days)


def _of_end(engagement: Engagement, lengths: Deadlines) -> Iterator[Deadline]:
    """Yield what is due once the support has ended."""
    outcome, expired, clauses = engagement.outcome, engagement.expired, engagement.terms.clauses
    if outcome is not None and outcome.evidence is None and outcome.event_id not in engagement.evidenced:
        yield _in_days("result_without_evidence", outcome.occurred_on, lengths.evidence_days, clauses.outcome)
    missing = engagement.meetings_held < engagement.meetings_required
    if expired is not None and engagement.closed_by is None and missing and engagement.shortfall is None:
        clause = engagement.form.clause
        yield _in_days("shortfall_unexplained", expired.occurred_on, lengths.shortfall_days, clause)


def _of_support(engagement: Engagement, lengths: Deadlines) -> Iterator[Deadline]:
    """Yield what is due while the support goes on; nothing but the return of a client who is away."""
    clauses = engagement.terms.clauses
    near = engagement.agreed_end - timedelta(days=lengths.end_near_days.value)
    yield Deadline("agreed_end_near", max(near, engagement.starts_on), clauses.period)
    away = engagement.open_break
    if away is not None:
        long = add_months(away.since, lengths.pause_months.value)
        yield Deadline("pause_long", long, clauses.pause)
        return
    if engagement.plan is None:
        yield _in_days("plan_missing", engagement.starts_on, lengths.plan_days, clauses.plan)
    else:
        clause = clauses.task
        for item in engagement.plan.items:
            if item.number not in engagement.tasks_done:
                yield Deadline("task_due", item.target_on, clause)
    yield _in_days("no_contact", last_contact(engagement), lengths.contact_days, clauses.regular)
    if engagement.meetings_held < engagement.meetings_required:
        yield Deadline("meeting_due", _next_meeting(engagement), engagement.form.clause)


def last_contact(engagement: Engagement) -> date:
    """Return the last day on which client and advisor were in contact, the start and each return among them."""
    returns = [row.until for row in (*engagement.breaks, *engagement.gaps) if row.until is not None]
    meetings = [row.on for row in engagement.meetings]
    return max([engagement.starts_on, *engagement.contacts, *returns, *meetings])


def _next_meeting(engagement: Engagement) -> date:
    """Return the day by which the next meeting keeps an even pace to the form's least number (K-2.1-e, -f)."""
    days = (engagement.agreed_end - engagement.starts_on).days
    return engagement.starts_on + timedelta(
        days=days * (engagement.meetings_held + 1) // engagement.meetings_required
    )


def _in_days(code: str, since: date, length: Figure, clause: str | None = None) -> Deadline:
    """Return what is due so many days after one; the service's own clause rather than the parameter's."""
    return Deadline(code, since + timedelta(days=length.value), clause or length.clause)
