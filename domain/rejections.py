"""Why a command is rejected: a code, the clause it rests on, and a sentence in Swedish and English.

CommandRejected
├── the case as such: UNKNOWN_CASE, ALREADY_RECEIVED, ALREADY_JOINED, PERSON_ERASED
├── a protected identity: ALREADY_PROTECTED, NOT_PROTECTED, PROTECTION_OUT_OF_ORDER
├── who and when: ACTOR_NOT_ENTITLED, OCCURRED_IN_FUTURE, BEFORE_APPLICATION
├── the register: NOT_REGISTERED, NO_LONGER_REGISTERED, ALREADY_REGISTERED, STILL_IN_USE, TEAM_OF_ANOTHER_OFFICE
├── decisions: ALREADY_GRANTED, NO_NEW_EVIDENCE, DECISION_OUT_OF_ORDER, EVIDENCE_MALFORMED, NOT_GRANTED,
│   BASIS_IN_USE, NO_SUPPORT_APPLIED_FOR, ALREADY_WITHDRAWN
├── decisions again: NOT_DECIDED, ALREADY_ASKED, RECONSIDERATION_TOO_LATE, NOT_ASKED, NOT_APPEALED
├── the support: ALREADY_STARTED, START_OUTSIDE_WINDOW, DUPLICATE_ACTIVE_CASE, NOT_STARTED, OUTSIDE_PERIOD,
│   NOT_IN_SERVICE, MEETING_ALREADY_HELD, STATEMENT_WITHOUT_SOURCE
├── plan and activities: PLAN_NOT_JOINT, PLAN_EMPTY, PLAN_TARGET_PASSED, TASK_UNKNOWN, TASK_BEFORE_PLAN,
│   TASK_ALREADY_DONE, ACTIVITY_NOT_IN_SERVICE, ACTIVITY_MANDATORY, ACTIVITY_COMES_FIRST, REASON_MISSING
├── pauses: ALREADY_PAUSED, NOT_PAUSED, PAUSE_INCOMPLETE, PAUSE_ENDS_FIRST, RESULT_NOT_INTERRUPTION
├── the fund's part: PERIOD_MISSING, PERIOD_ENDS_FIRST, STUDY_SUPPORT_OVERLAPS, CSN_GRANT_MISSING,
│   CSN_NOT_EXHAUSTED, EXTENDED_SUPPORT_USED_UP, COURSE_TOO_LONG, BASE_AMOUNT_UNKNOWN,
│   NOTHING_ABOVE_CAP, ROUTE_EXCLUDES_BENEFITS
├── the five steps: PRECONDITION_MISSING, STEP_OUT_OF_ORDER, STEP_ALREADY_DONE
├── ends: OUTCOME_NOT_IN_SERVICE, RESULT_NOT_IN_DEFINITION, MEETINGS_BELOW_MINIMUM, PLAN_MISSING, ALREADY_ENDED,
│   AGREED_END_NOT_REACHED, PERIOD_EXTENSION_FORBIDDEN, LATER_ENTRIES, NO_RESULT, NOT_CLOSED, NO_SHORTFALL,
│   NOTHING_TO_WITHDRAW
├── employers' cases: ALREADY_OPENED, NOT_AFFILIATED, BEFORE_OPENING, OPENING_STAYS, EMPLOYER_CASE_CLOSED,
│   NOT_IN_AREA, MODULE_ALREADY_STARTED, MODULE_NOT_STARTED, MODULE_ALREADY_COMPLETED
├── employers' funds: CRITERION_NOT_MET, COST_TYPE_NOT_FUNDED, MANUAL_APPROVAL_NEEDED, APPROVAL_NOT_NEEDED,
│   FUNDING_NOT_APPLIED, APPLICATION_UNCLEAR, LINE_UNKNOWN, FUNDING_ALREADY_DECIDED, FUNDING_UNDECIDED
└── corrections: UNKNOWN_ENTRY, NOT_CORRECTABLE, ALREADY_CORRECTED, REPLACEMENT_OF_ANOTHER_KIND

A refusal is something else: it is a decision, and stands in refusals.py.
"""

from collections.abc import Sequence
from datetime import date
from typing import NamedTuple
from uuid import UUID

from domain.employer_rejection_texts import EMPLOYER_REJECTIONS
from domain.fund_rejection_texts import FUND_REJECTIONS
from domain.rejection_texts import REJECTIONS as OF_CASES
from domain.support_rejection_texts import SUPPORT_REJECTIONS

REJECTIONS = OF_CASES | SUPPORT_REJECTIONS | FUND_REJECTIONS | EMPLOYER_REJECTIONS


class Meanwhile(NamedTuple):
    """An entry that came in while a command was being decided; nothing of it that is sealed."""

    case_id: UUID
    event: str
    occurred_on: date
    actor: str
    position: int

    def __str__(self) -> str:
        return f"{self.event} of {self.occurred_on} by {self.actor}, position {self.position}"


class CommandRejected(Exception):
    """The case's state does not allow the command: `code`, `clause`, and a sentence in `sv` and `en`.

    `meanwhile` are the entries that came in after the command was first decided on, if it was overtaken.
    """

    meanwhile: Sequence[Meanwhile] = ()

    def __init__(self, code: str, **facts: object) -> None:
        self.code = code
        rejection = REJECTIONS[code]
        self.clause = rejection.clause.format(**facts)
        self.sv = rejection.sv.format(**facts)
        self.en = rejection.en.format(**facts)
        super().__init__(f"{code} ({self.clause}): {self.en}")

    def __str__(self) -> str:
        changed = "; ".join(str(entry) for entry in self.meanwhile)
        return f"{super().__str__()} meanwhile: {changed}" if changed else super().__str__()
