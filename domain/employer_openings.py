"""Which commands are open in an employer's case now, and why each other one is not: tried by their own rules."""

from collections.abc import Iterator
from datetime import date
from typing import Any
from uuid import UUID

from domain.employer import EmployerCase
from domain.employer_commands import EMPLOYER_COMMANDS, OpenEmployerCase
from domain.employer_decisions import decide_employer
from domain.employer_terms import CRITERIA, MODULES
from domain.grounds import Known
from domain.history import struck
from domain.openings import TEXT, Opening
from domain.register import Register
from domain.rejections import CommandRejected


def employer_openings(case: EmployerCase, known: Known) -> list[Opening]:
    """Return what may be asked of an employer's case today, and what may not, as `liggare do --list` has them."""
    return [_opening(name, case, known) for name in EMPLOYER_COMMANDS if name != OpenEmployerCase.name]


def _opening(name: str, case: EmployerCase, known: Known) -> Opening:
    """Try a command today, and in a closed case on its last day: late entry is allowed (AMB-35)."""
    days = [known.today]
    if case.closed is not None and case.closed.occurred_on < known.today:
        days.append(case.closed.occurred_on)
    rejections = []
    for day in days:
        for content in _contents(name, case, known, day):
            rejected = _tried(name, content, day, case, known)
            if rejected is None:
                return Opening(name, until=None if day == known.today else day)
            rejections.append(rejected)
    telling = (row for row in rejections if row.code != "EMPLOYER_CASE_CLOSED")
    return Opening(name, rejected=next(telling, rejections[0]))


def _tried(
    name: str, content: dict[str, Any], on: date, case: EmployerCase, known: Known
) -> CommandRejected | None:
    """Return why a command is rejected, None where it is not; nothing comes of it."""
    own = UUID(int=0)
    shared = {"command_id": own, "correlation_id": own, "actor": "system:liggare", "occurred_on": on}
    command = EMPLOYER_COMMANDS[name].model_validate(shared | content, strict=False)
    try:
        decide_employer(case.case_id, command, known)
    except CommandRejected as rejected:
        return rejected
    return None


def _contents(name: str, case: EmployerCase, known: Known, on: date) -> Iterator[dict[str, Any]]:
    """Yield contents of a command; it is open where one of them is allowed."""
    if name in ("start_module", "complete_module"):
        yield from ({"module": module} for module in MODULES)
    elif name == "apply_preventive_funding":
        line = {"kind": "education", "amount_ore": 1, "description": TEXT}
        yield dict.fromkeys(CRITERIA, True) | {"lines": [line]}
    elif name == "decide_funding":
        yield from _decisions(case, known.register, on)
    elif name == "correct_employer_entry":
        gone = struck(known.entries)
        ids = [row.event.event_id for row in known.entries if row.event.event_id not in gone]
        yield from ({"corrects": own, "reason": TEXT} for own in reversed(ids))
    else:
        yield {}


def _decisions(case: EmployerCase, register: Register, on: date) -> Iterator[dict[str, Any]]:
    """Yield a decision on each application, without an approval and with one, by somebody who may give it."""
    staff = (name for kind, name in register.lines if kind == "staff")
    decider = next((name for name in staff if register.is_decision_maker(name, on)), None)
    for application in case.applications:
        yield {"application": application.event_id}
        for number in case.undecided(application) if decider else ():
            approval = {"line": number, "by": decider, "reason": TEXT}
            yield {"application": application.event_id, "approvals": [approval]}
    if not case.applications:
        yield {}
