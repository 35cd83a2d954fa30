"""What becomes of an application for funds, line by line: a pure rule of the lines and who approved which."""

from collections.abc import Mapping, Sequence

from domain.employer import EmployerCase
from domain.employer_commands import ManualApproval
from domain.employer_events import CostLine, LineDecision, PreventiveFundingApplied
from domain.employer_rejection_texts import EMPLOYER_REJECTIONS
from domain.employer_terms import COSTS
from domain.grounds import Grounds
from domain.rejections import CommandRejected


def judged(number: int, line: CostLine, approval: ManualApproval | None = None) -> LineDecision:
    """Return what becomes of a line: what is never paid is refused whoever approves it (O-09, O-10)."""
    cost = COSTS[line.kind]
    if cost.paid == "never":
        return LineDecision(number=number, result="refused", clause=cost.clause, code="COST_TYPE_NOT_FUNDED")
    if cost.paid == "always":
        return LineDecision(number=number, result="funded", clause=cost.clause)
    if approval is None:
        return LineDecision(
            number=number, result="waiting", clause=cost.clause, code="MANUAL_APPROVAL_NEEDED"
        )
    return LineDecision(
        number=number, result="funded", clause=cost.clause, approved_by=approval.by, reason=approval.reason
    )


def decided_lines(
    application: PreventiveFundingApplied, approvals: Sequence[ManualApproval], case: EmployerCase
) -> tuple[LineDecision, ...]:
    """Return what is decided: every line at first, and later those that waited and are approved now (O-09).

    Raises `CommandRejected` where nothing is left to decide, or where an approval can't be given.
    """
    by_line = approved(application, approvals, case)
    decided, undecided = case.decided(application.event_id), case.undecided(application)
    left = [number for number in undecided if number not in decided or number in by_line]
    if not undecided:
        raise CommandRejected("FUNDING_ALREADY_DECIDED")
    if not left:
        raise CommandRejected("MANUAL_APPROVAL_NEEDED", number=undecided[0])
    return tuple(judged(number, application.lines[number - 1], by_line.get(number)) for number in left)


def approved(
    application: PreventiveFundingApplied, approvals: Sequence[ManualApproval], case: EmployerCase
) -> Mapping[int, ManualApproval]:
    """Return approvals by their lines; raise `CommandRejected` for one that can't be given, or isn't needed."""
    by_line: dict[int, ManualApproval] = {}
    left = case.undecided(application)
    for approval in approvals:
        line = line_of(application, approval.line)
        cost = COSTS[line.kind]
        if cost.paid == "never":
            raise never_paid(approval.line, line)
        if cost.paid == "always" or approval.line not in left or approval.line in by_line:
            raise CommandRejected("APPROVAL_NOT_NEEDED", number=approval.line)
        by_line[approval.line] = approval
    return by_line


def line_of(application: PreventiveFundingApplied, number: int) -> CostLine:
    """Return a line by its number; raise `CommandRejected` where there is none."""
    if number > len(application.lines):
        raise CommandRejected("LINE_UNKNOWN", number=number, last=len(application.lines))
    return application.lines[number - 1]


def never_paid(number: int, line: CostLine) -> CommandRejected:
    """Return why a line can't be funded: funds never pay its kind (O-10)."""
    cost = COSTS[line.kind]
    return CommandRejected(
        "COST_TYPE_NOT_FUNDED", clause=cost.clause, number=number, cost_sv=cost.sv, cost_en=cost.en
    )


def funded_ore(application: PreventiveFundingApplied, decided: Sequence[LineDecision]) -> int:
    """Return the sum of the lines that are funded, in whole ore (O-09)."""
    return sum(application.lines[row.number - 1].amount_ore for row in decided if row.result == "funded")


def said_of(line: CostLine, decision: LineDecision) -> Grounds:
    """Return a line's decision as its clause and two sentences."""
    cost, number = COSTS[line.kind], decision.number
    if decision.code is not None:
        text = EMPLOYER_REJECTIONS[decision.code]
        facts = {"number": number, "cost_sv": cost.sv, "cost_en": cost.en}
        return Grounds(decision.clause, text.sv.format(**facts), text.en.format(**facts))
    if decision.approved_by is not None:
        return Grounds(
            decision.clause,
            f"Rad {number}: godkänd av {decision.approved_by}: {decision.reason}",
            f"Line {number}: approved by {decision.approved_by}: {decision.reason}",
        )
    return Grounds(
        decision.clause, f"Rad {number}: medel betalar {cost.sv}.", f"Line {number}: funds pay {cost.en}."
    )
