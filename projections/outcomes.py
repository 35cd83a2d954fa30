"""What came of applications (O-15, O-24-b): applications, decisions with the clauses that failed, and supports.

Rows are facts without a today: whether a support without a result still goes on is for the reader's day to say.
"""

from collections.abc import Iterator
from datetime import date

from domain.case import Case, evolve
from domain.engagement import Engagement
from domain.events import ApplicationReceived, EligibilityAssessed
from domain.history import standing
from domain.support_events import EngagementStarted
from projections.projection import Aggregate, Projection, Row, Table

APPLICATION = (
    *("policy", "service", "months", "received_on"),
    *("region", "occupation", "occupation_name", "sex", "birth_year"),
)
DECISION = (
    *("ordinal", "decided_on", "decision"),
    *("policy", "policy_version", "service", "annulled_on"),
)
CLAUSE_FAILED = ("ordinal", "number", "clause", "code", "decided_on")
ENGAGEMENT = (
    *("ordinal", "policy", "service", "months", "catalogue", "provider"),
    *("region", "occupation", "occupation_name", "sex", "birth_year"),
    *("received_on", "decided_on", "starts_on", "agreed_end"),
    *("meetings_held", "meetings_required", "meetings_missed"),
    *("pauses", "days_paused", "paused_since", "reopened"),
    *("result", "result_on", "days", "evidenced"),
)


def application(aggregate: Aggregate) -> Iterator[Row]:
    """Yield the application that opened a case."""
    first = aggregate.entries[0].event
    if isinstance(first, ApplicationReceived):
        yield (first.policy, first.service, first.months, first.occurred_on, *_whose(first))


def _whose(first: ApplicationReceived) -> Row:
    """Return what is known, clear, of who applied."""
    return first.region, first.occupation, first.occupation_name, first.sex, first.birth_year


def decision(aggregate: Aggregate) -> Iterator[Row]:
    """Yield every decision in a case, oldest first."""
    case = _case(aggregate)
    annulled = {row.grant: row.occurred_on for row in case.annulled}
    for ordinal, row in enumerate(case.decisions, 1):
        yield (
            ordinal,
            row.occurred_on,
            row.decision,
            row.policy,
            row.policy_version,
            case.application.service if case.application else "",
            annulled.get(row.event_id),
        )


def clause_failed(aggregate: Aggregate) -> Iterator[Row]:
    """Yield every clause that a decision in a case found not to hold."""
    for ordinal, row in enumerate(_case(aggregate).decisions, 1):
        failed = [clause for clause in row.clauses if not clause.holds]
        for number, clause in enumerate(failed, 1):
            yield ordinal, number, clause.clause, clause.code, row.occurred_on


def engagement(aggregate: Aggregate) -> Iterator[Row]:
    """Yield every support of a case: the one that there is, and those that a new decision put an end to."""
    starts = [entry.event for entry in aggregate.entries if type(entry.event) is EngagementStarted]
    if not starts:
        return
    case = _case(aggregate)
    if len(starts) == 1 and case.engagement is not None:
        yield _row(1, aggregate, case.engagement, case.decision, starts[0].provider)
        return
    for ordinal, (support, decided) in enumerate(supports(aggregate), 1):
        yield _row(ordinal, aggregate, support, decided, _provider(aggregate, support))


def supports(aggregate: Aggregate) -> list[tuple[Engagement, EligibilityAssessed | None]]:
    """Return every support of a case as it was last, each with the decision that it rests on."""
    found: list[tuple[Engagement, EligibilityAssessed | None]] = []
    before = Case(case_id=aggregate.id)
    for entry in standing(aggregate.entries):
        after = evolve(entry.event, before, entry.position)
        again = isinstance(entry.event, EngagementStarted) and after.engagement is not before.engagement
        if before.engagement is not None and (again or after.engagement is None):
            found.append((before.engagement, before.decision))
        before = after
    if before.engagement is not None:
        found.append((before.engagement, before.decision))
    return found


def _row(
    ordinal: int,
    aggregate: Aggregate,
    support: Engagement,
    decided: EligibilityAssessed | None,
    provider: str | None,
) -> Row:
    first = aggregate.entries[0].event
    assert isinstance(first, ApplicationReceived)
    result, result_on = _result(support)
    away = support.open_break
    over = [(row.until - row.since).days for row in support.breaks if row.until is not None]
    return (
        ordinal,
        first.policy,
        support.service,
        support.months,
        support.catalogue,
        provider,
        *_whose(first),
        first.occurred_on,
        decided.occurred_on if decided else None,
        support.starts_on,
        support.agreed_end,
        support.meetings_held,
        support.meetings_required,
        len(support.missed),
        len(support.breaks),
        sum(over),
        away.since if away else None,
        sum(gap.until is not None for gap in support.gaps),
        result,
        result_on,
        (result_on - support.starts_on).days if result_on else None,
        _evidenced(support),
    )


def _result(support: Engagement) -> tuple[str | None, date | None]:
    """Return what ended a support and when: a result's kind, else withdrawn, annulled or expired."""
    if support.closed_by is not None:
        return support.result, support.closed_by.occurred_on
    if support.annulled_on is not None:
        return "annulled", support.annulled_on
    return support.result, support.expired.occurred_on if support.expired else None


def _evidenced(support: Engagement) -> bool | None:
    """Tell whether there is evidence of the result; None where there is no result (AMB-26)."""
    outcome = support.outcome
    if outcome is None:
        return None
    return outcome.evidence is not None or outcome.event_id in support.evidenced


def _provider(aggregate: Aggregate, support: Engagement) -> str | None:
    """Return who gives a support: whom its start names, the last of those of one day that stand."""
    starts = [row.event for row in standing(aggregate.entries) if isinstance(row.event, EngagementStarted)]
    return [row for row in starts if row.occurred_on == support.starts_on][-1].provider


def _case(aggregate: Aggregate) -> Case:
    assert isinstance(aggregate.state, Case)
    return aggregate.state


OUTCOMES = Projection(
    "outcomes",
    1,
    "outcomes.sql",
    (
        Table("application", "case", APPLICATION, application),
        Table("decision", "case", DECISION, decision),
        Table("clause_failed", "case", CLAUSE_FAILED, clause_failed),
        Table("engagement", "case", ENGAGEMENT, engagement),
    ),
)
