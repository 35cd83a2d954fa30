"""Replays over HTTP: a case as it was, as it was known, and by which rules; and two such looks side by side.

Without `include=person` a replay tells each entry, why it was allowed, the states and the decisions' codes; what is
sealed in an entry, the facts of a decision and sums that were paid are withheld.
"""

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from pydantic import BeforeValidator
from starlette.responses import Response

from api import employer, steps, words
from api.contrasts import values_of_contrasts
from api.http.answers import Route
from api.http.cases import WITHHELD, CaseId, Include, Limit, Offset, withheld
from api.http.desk import Desk, Opened, answer, page
from api.http.problems import invalid
from api.http.proof_shapes import Differences, Replay
from api.replays import must_show, version_named
from domain.employer import is_employer_case
from domain.register import REGISTER
from domain.values import Day
from ledger.faults import InputFault
from ledger.ledger import today
from replays.clocks import Clocks
from replays.comparison import contrasts, look
from replays.employer_replay import replay_employer
from replays.receipts import is_clear
from replays.replay import replay

router = APIRouter(prefix="/v1", route_class=Route, tags=["replays"])

SEALED_FIELDS = ("study_supports", "compensations", "measures")
"""What a case comes to that has sealed sums in it."""


def _instant(text: Any) -> Any:
    try:
        moment = words.instant(text) if isinstance(text, str) else None
        return moment.astimezone(UTC) if moment else text
    except InputFault as fault:
        raise ValueError(str(fault)) from None


ValidOn = Annotated[Day | None, Query(description="The case as it was on this day.")]
KnownAt = Annotated[
    Annotated[datetime, BeforeValidator(_instant)] | None,
    Query(
        description="Only what was recorded at this instant or before; without an offset it is Swedish time."
    ),
]
Rules = Annotated[
    str | None,
    Query(max_length=40, description="Decided again by this version of its organisation's conditions."),
]


@router.get(
    "/cases/{case}/replay",
    responses={200: {"model": Replay, "description": "The steps of the case, in the order of the log."}},
)
def show_replay(
    request: Request,
    case: CaseId,
    valid_on: ValidOn = None,
    known_at: KnownAt = None,
    rules: Rules = None,
    include: Include = None,
    limit: Limit = 100,
    offset: Offset = 0,
) -> Response:
    """Each step of a case, who took it, why it was allowed, and the state before and after it."""
    desk = Desk(request)
    opened = desk.read_case(case, ["replay"], person=include == "person")
    clocks = _clocks(opened, "", valid_on, known_at, rules)
    told = page(_steps(desk, opened, clocks, include), limit, offset)
    return answer({"case": case, **_told(clocks), **told}, ETag=f'"{opened.version}"')


@router.get(
    "/cases/{case}/replay/differences",
    responses={
        200: {"model": Differences, "description": "What differs between two looks at the case, and why."}
    },
)
def show_differences(
    request: Request,
    case: CaseId,
    valid_on: ValidOn = None,
    known_at: KnownAt = None,
    rules: Rules = None,
    other_valid_on: ValidOn = None,
    other_known_at: KnownAt = None,
    other_rules: Rules = None,
    include: Include = None,
) -> Response:
    """What differs between two looks at a case, each value with every cause; without clocks it is as it stands."""
    desk = Desk(request)
    opened = desk.read_case(case, ["replay"], person=include == "person")
    clocks = (
        _clocks(opened, "", valid_on, known_at, rules),
        _clocks(opened, "other_", other_valid_on, other_known_at, other_rules),
    )
    left, right = (look(case, opened.entries, one, today()) for one in clocks)
    told = values_of_contrasts(left, right, contrasts(left, right))
    if include is None:
        told["differences"] = [_without_sums(row) for row in told["differences"]]
        told["notes"] = [_without_answer(row) for row in told["notes"]]
    return answer({"case": case, **told}, ETag=f'"{opened.version}"')


def without_facts(redecided: Mapping[str, Any]) -> dict[str, Any]:
    """Return what came of a decision that was executed again, without what is sealed in the answers."""
    assessment = WITHHELD if redecided["assessment"] is not None else None
    differences = [_clear_difference(row) for row in redecided["differences"]]
    return {**redecided, "differences": differences, "assessment": assessment}


def _clocks(
    opened: Opened, prefix: str, valid_on: date | None, known_at: datetime | None, rules: str | None
) -> Clocks:
    """Return the clocks that are asked for; raise the problem where they show nothing of the case."""
    try:
        named = version_named(rules, opened.entries) if rules is not None else None
    except InputFault as fault:
        raise invalid(f"query.{prefix}rules", str(fault), "MALFORMED_REQUEST") from None
    clocks = Clocks(valid_on, known_at, named)
    try:
        must_show(opened.case_id, opened.entries, clocks)
    except InputFault as fault:
        at = f"query.{prefix}{'known_at' if valid_on is None else 'valid_on'}"
        raise invalid(at, str(fault), "MALFORMED_REQUEST") from None
    return clocks


def _steps(desk: Desk, opened: Opened, clocks: Clocks, include: str | None) -> Sequence[dict[str, Any]]:
    """Return the steps of a person's case or an employer's."""
    lines = desk.ledger.entries([REGISTER])[REGISTER]
    seen = (opened.case_id, opened.entries, clocks.valid_on, clocks.known_at, lines)
    if is_employer_case(opened.entries):
        return [employer.values_of_step(step) for step in replay_employer(*seen)]
    taken = list(replay(*seen, clocks.rules))
    rows = [steps.values_of_step(step, clocks.valid_on) for step in taken]
    if include is not None:
        return rows
    seen_entries = [step.entry for step in taken]
    return [_without_answer(row) for row in withheld(desk, opened.case_id, seen_entries, rows)]


def _told(clocks: Clocks) -> dict[str, Any]:
    """Return the clocks that a case is shown by."""
    rules = clocks.rules and {"policy": clocks.rules.name, "version": clocks.rules.version}
    return {"valid_on": clocks.valid_on, "known_at": clocks.known_at, "rules": rules}


def _without_answer(row: Mapping[str, Any]) -> dict[str, Any]:
    """Return a step, or a note of a comparison, without what is sealed in the answer of a decision in it."""
    again = row.get("redecided")
    return {**row, "redecided": without_facts(again)} if again is not None else {**row}


def _without_sums(row: Mapping[str, Any]) -> dict[str, Any]:
    """Return a difference without the sums in it and the facts of decisions."""
    values = {side: WITHHELD if row["field"] in SEALED_FIELDS else row[side] for side in ("left", "right")}
    causes = [
        {**cause, "differences": [_clear_difference(one) for one in cause["differences"]]}
        for cause in row["causes"]
    ]
    return {**row, **values, "causes": causes}


def _clear_difference(row: Mapping[str, Any]) -> dict[str, Any]:
    if is_clear(row["field"]):
        return {**row}
    return {**row, "recorded": WITHHELD, "now": WITHHELD}
