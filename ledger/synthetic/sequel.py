"""What came after the decisions in fictional cases, given what the ledger decided: it is asked each time."""

from collections.abc import Iterable, Mapping
from uuid import UUID

from domain.case import Case
from domain.history import fold
from ledger.ledger import Ledger
from ledger.synthetic.files import notice_lines
from ledger.synthetic.lives import CommandLine, Granted, lives, protections, shortfalls
from ledger.synthetic.population import Population

READ_AT_ONCE = 100

Cases = Mapping[str, UUID]
"""The case in a ledger that each application of a population leads to."""


def read_cases(ledger: Ledger, case_ids: Iterable[UUID]) -> dict[UUID, Case]:
    """Return cases as they stand in the ledger."""
    wanted, found = list(case_ids), {}
    for start in range(0, len(wanted), READ_AT_ONCE):
        for case_id, entries in ledger.entries(wanted[start : start + READ_AT_ONCE]).items():
            found[case_id] = fold(case_id, entries)
    return found


def late_lines(people: Population, cases: Cases, ledger: Ledger) -> list[CommandLine]:
    """Return what came in after the decisions: annulments of what was granted, evidence to what was refused."""
    stand = read_cases(ledger, {cases[row.reference] for row in people.late})
    rows = [
        row
        for row in people.late
        if (stand[cases[row.reference]].grant is not None) == (row.command == "annul_grant")
    ]
    return notice_lines(rows, cases.__getitem__)


def lives_lines(people: Population, cases: Cases, ledger: Ledger) -> list[CommandLine]:
    """Return what happened in the cases whose grant stands."""
    stand = read_cases(ledger, cases.values())
    grants = []
    for row in people.cases:
        application = row.application
        grant = stand[cases[application.reference]].grant
        if grant is not None and grant.last_day is not None:
            grants.append(
                Granted(
                    case=cases[application.reference],
                    reference=application.reference,
                    service=application.service,
                    months=application.months,
                    decided_on=grant.occurred_on,
                    last_day=grant.last_day,
                )
            )
    return lives(people.seed, grants)


def ends_lines(cases: Cases, ledger: Ledger) -> list[CommandLine]:
    """Return why meetings are missing in supports that expired, where somebody has told it: every third.

    And whose identity was protected in the end: of the first two who were refused, the second's no more.
    """
    stand = read_cases(ledger, cases.values())
    expired = [
        (case_id, case.engagement, case.advisor)
        for case_id, case in sorted(stand.items())
        if case.engagement and case.engagement.expired and case.engagement.expired.meetings_missing
    ]
    told = shortfalls(
        (case_id, engagement.agreed_end, advisor)
        for case_id, engagement, advisor in expired[::3]
        if engagement
    )
    refused = [own for own in cases.values() if (made := stand[own].decision) and made.decision == "refuse"]
    return told + protections(refused[:2])
