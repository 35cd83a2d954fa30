"""Which commands are open in a case now, and why each other one is not.

Each command is tried by the rules that decide it for good, with content that they would allow where any is, so that
the answer can't differ from theirs.
"""

from collections.abc import Iterator
from datetime import date
from typing import Any, NamedTuple, get_args
from uuid import UUID

from domain.case import Case
from domain.commands import COMMANDS
from domain.corrections import CORRECTABLE
from domain.decisions import decide
from domain.grounds import Known
from domain.history import struck
from domain.period import terms_of
from domain.protection_events import ProtectionKind
from domain.register import Register
from domain.rejections import CommandRejected
from domain.values import add_months, month_of

OWN_WAYS = ("receive_application", "record_declaration", "expire", "erase_person")
"""Commands that are sent by ways of their own: `liggare import`, `expire` and `erase-person`."""

ACTORS = {
    "judge_need": "advisor",
    "notify_as_employer": "employer",
    "join_person": "case_officer",
    "protect_identity": "case_officer",
    "lift_protection": "case_officer",
    "correct_entry": "decision_maker",
}
"""Who may ask, where not everybody of the staff may."""

TEXT = "x"


class Opening(NamedTuple):
    """A command that is open, for what happened on `until` or before where that is not today; or why it isn't."""

    command: str
    until: date | None = None
    rejected: CommandRejected | None = None


def openings(case: Case, known: Known) -> list[Opening]:
    """Return what may be asked of a case today, and what may not, in the order of `liggare do --list`."""
    known = known._replace(same_as=_stranger(case))
    return [_opening(name, case, known) for name in COMMANDS if name not in OWN_WAYS]


def _stranger(case: Case) -> Case | None:
    """Return a case of somebody else, to try with whether a person may be joined at all."""
    if case.application is None:
        return None
    return case.model_copy(
        update={"application": case.application.model_copy(update={"person_ref": "0" * 64})}
    )


def _opening(name: str, case: Case, known: Known) -> Opening:
    """Try a command today, and where the support is over, on its last day: late entry is allowed (AMB-35)."""
    days = [known.today]
    if case.engagement is not None and case.engagement.last_day < known.today:
        days.append(case.engagement.last_day)
    rejections = []
    for day in days:
        for content in _contents(name, case, known, day):
            rejected = _tried(name, content, day, case, known)
            if rejected is None:
                return Opening(name, until=None if day == known.today else day)
            rejections.append(rejected)
    telling = (row for row in rejections if row.code != "OUTSIDE_PERIOD")
    return Opening(name, rejected=next(telling, rejections[0]))


def _tried(name: str, content: dict[str, Any], on: date, case: Case, known: Known) -> CommandRejected | None:
    """Return why a command is rejected, None where it is not; nothing comes of it."""
    own = UUID(int=0)
    shared = {
        "command_id": own,
        "correlation_id": own,
        "actor": f"{ACTORS.get(name, 'system')}:liggare",
        "occurred_on": on,
    }
    command = COMMANDS[name].model_validate(shared | content, strict=False)
    try:
        decide(case, command, known)
    except CommandRejected as rejected:
        return rejected
    return None


def _contents(name: str, case: Case, known: Known, on: date) -> Iterator[dict[str, Any]]:
    """Yield contents of a command; it is open where one of them is allowed."""
    if name == "reach_outcome":
        yield from _results(case, on)
    elif name == "record_activity":
        terms = terms_of(case)
        yield from ({"activity": activity} for activity in (terms.activities if terms else (TEXT,)))
    elif name == "protect_identity":
        readers = [_some_staff(known.register, on)]
        yield from ({"kind": kind, "readers": readers} for kind in get_args(ProtectionKind))
    elif name == "correct_entry":
        gone = struck(known.entries)
        ids = [row.event.event_id for row in known.entries if isinstance(row.event, CORRECTABLE)]
        standing = [own for own in reversed(ids) if own not in gone]
        yield from ({"corrects": own, "reason": TEXT} for own in standing or [UUID(int=0)])
    elif name == "grant_study_support":
        month = month_of(on)
        yield {"kind": "complementary", "income": 10**9, "months": [month]}
        yield {"kind": "extended", "income": 10**9, "months": [month]}
        yield {"kind": "short", "income": 10**9, "days": 1}
    elif name == "complete_task":
        plan = case.engagement.plan if case.engagement else None
        yield from ({"number": item.number} for item in (plan.items if plan else ()))
        yield {"number": 1}
    else:
        yield CONTENT.get(name, {}) | _of_the_day(name, known, on)


def _of_the_day(name: str, known: Known, on: date) -> dict[str, Any]:
    """Return what of a content depends on the day."""
    if name == "agree_plan":
        return {"items": [{"task": TEXT, "by": "both", "target_on": on}]}
    if name == "assign_advisor":
        return {"advisor": _some_advisor(known.register, on)}
    spans: dict[str, dict[str, Any]] = {
        "record_earlier_grant": {"decided_on": on, "last_day": on},
        "record_csn_decision": {"granted": True, "starts_on": on, "ends_on": on},
        "record_compensation": {"kind": "leave", "starts_on": on, "ends_on": on, "amount": 1},
        "extend_for_sickness": {"until": add_months(on, 24)},
        "agree_termination": {"ends_on": on},
    }
    return spans.get(name, {})


CONTENT: dict[str, dict[str, Any]] = {
    "record_evidence": {"source": "applicant", "content": {}},
    "record_earlier_grant": {"organisation": TEXT, "case": TEXT, "basis_months": ()},
    "judge_need": {"special_need": True},
    "notify_as_employer": {"employer": TEXT},
    "annul_grant": {"reason": TEXT},
    "agree_plan": {"goal": "job", "jointly": True},
    "hold_meeting": {"mode": "digital"},
    "miss_meeting": {"mode": "digital"},
    "make_contact": {"kind": "other"},
    "hold_health_collaboration": {"party": "other"},
    "request_statement": {"education": TEXT},
    "issue_statement": {
        "strengthens": True,
        "sources": [{"kind": "other", "reference": TEXT}],
        "reasons": TEXT,
    },
    "pause": {"reason": "parental_leave"},
    "evidence_outcome": {"evidence": "client"},
    "explain_shortfall": {"reason": TEXT},
    "decide_appeal": {"result": "upheld"},
    "choose_way": {"way": "stays"},
    "pay_measure": {"kind": "other", "amount": 1},
    "contact_fund": {
        "rehabilitation_fulfilled": True,
        "redeployment_exhausted": True,
        "agreement_wanted": True,
    },
    "give_information": {"to": "employee", "topics": ["support_content"]},
    "join_person": {"same_as": UUID(int=0), "reason": TEXT},
}
"""What a command holds at least, where that is the same in every case."""


def _results(case: Case, on: date) -> Iterator[dict[str, Any]]:
    """Yield each result of the service as its definition asks for it, and one where there is no service."""
    terms = terms_of(case)
    for kind, definition in (terms.outcomes if terms else {}).items():
        content: dict[str, Any] = {"outcome": kind, "starts_on": on, "ends_on": add_months(on, 12)}
        if definition.schools:
            content |= {"school": definition.schools[0], "pace_percent": definition.pace_percent}
        yield content
    if not terms:
        yield {"outcome": "completed"}


def _some_staff(register: Register, on: date) -> str:
    """Return somebody who is here on a day."""
    staff = (name for kind, name in register.lines if kind == "staff")
    return next((name for name in staff if register.has("staff", name, on)), TEXT)


def _some_advisor(register: Register, on: date) -> str:
    """Return somebody who is an advisor on a day."""
    staff = (name for kind, name in register.lines if kind == "staff")
    return next((name for name in staff if register.is_advisor(name, on)), TEXT)
