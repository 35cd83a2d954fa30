"""`liggare replay`: a case as it was, as it was known, and by which rules; and two such looks side by side."""

import re
from collections.abc import Sequence
from typing import Annotated
from uuid import UUID

from cyclopts import Parameter

from api import employer, words
from api.contrasts import json_contrasts, show_contrasts
from api.policy import own_conditions
from api.readers import must_open
from api.steps import json_steps, show_steps
from api.words import Json, Purpose, Reader, the_ledger
from domain.employer import is_employer_case
from domain.events import ApplicationReceived
from domain.history import Entry, known
from domain.policy import POLICIES, Policy, PolicyName, policy_version
from domain.register import REGISTER
from ledger.faults import InputFault
from ledger.ledger import today
from replays.clocks import Clocks
from replays.comparison import contrasts, look
from replays.replay import replay as steps_of

FIELDS = ("history", "decisions", "state")
"""What a replay shows of a case: its entries, its decisions clause by clause, and the state that they lead to."""

PARTS = ("valid-on", "known-at", "rules")
_NEXT_PART = re.compile(rf"\s+(?=(?:{'|'.join(PARTS)})=)")


def replay(
    case: str,
    *,
    valid_on: Annotated[str | None, Parameter(help="The case as it was on this day, YYYY-MM-DD.")] = None,
    known_at: Annotated[
        str | None, Parameter(help="Only what was recorded at this instant or before, YYYY-MM-DDTHH:MM:SS.")
    ] = None,
    rules: Annotated[
        str | None,
        Parameter(
            help="Decide again by this version of its organisation's conditions, or a file's: own.toml."
        ),
    ] = None,
    against: Annotated[
        list[str] | None,
        Parameter(
            consume_multiple=True,
            negative="",
            help="Show what differs from another look, and why: any of valid-on=DAY known-at=INSTANT "
            "rules=VERSION; none is the case as it stands.",
        ),
    ] = None,
    actor: Reader = None,
    purpose: Purpose = None,
    json: Json = False,
) -> None:
    """Replay a case: each step, who took it, why it was allowed, and the state before and after it.

    Nothing is written but who read it: decisions made by other rules are made in memory only.
    """
    who, why = words.reader(actor), words.purpose(purpose)
    with the_ledger() as ledger:
        named = words.case_id(ledger, case)
        must_open(ledger, [named], who, "replay", why, FIELDS)
        entries = ledger.history(named)
        lines = ledger.entries([REGISTER])[REGISTER]
    clocks = _clocks(named, entries, valid_on, known_at, rules)
    if against is not None:
        _compare(named, entries, clocks, _clocks(named, entries, **_parts(against)), json=json)
    elif is_employer_case(entries):
        employer.replay(named, entries, clocks.valid_on, clocks.known_at, lines, json=json)
    else:
        steps = list(steps_of(named, entries, clocks.valid_on, clocks.known_at, lines, clocks.rules))
        if json:
            json_steps(steps, clocks.valid_on)
        else:
            show_steps(named, clocks, steps)


def _compare(case: UUID, entries: Sequence[Entry], clocks: Clocks, other: Clocks, *, json: bool) -> None:
    """Show what differs between two looks at a case."""
    left, right = (look(case, entries, one, today()) for one in (clocks, other))
    (json_contrasts if json else show_contrasts)(left, right, contrasts(left, right))


def _parts(given: Sequence[str]) -> dict[str, str]:
    """Return the parts of another look, `valid-on=2025-03-01 rules=2022-10-01`, given as one word or as several."""
    parts: dict[str, str] = {}
    for word in _NEXT_PART.split(" ".join(given).strip()) if any(map(str.strip, given)) else ():
        name, equals, value = word.partition("=")
        if name not in PARTS or not equals or not value:
            raise InputFault(f"--against: each part is one of {', '.join(f'{part}=…' for part in PARTS)}")
        if name in parts:
            raise InputFault(f"--against: {name} is given twice")
        parts[name] = value
    return {name.replace("-", "_"): value for name, value in parts.items()}


def _clocks(
    case: UUID,
    entries: Sequence[Entry],
    valid_on: str | None = None,
    known_at: str | None = None,
    rules: str | None = None,
) -> Clocks:
    """Return the clocks that the words set; raise `InputFault` where they show nothing of the case."""
    clocks = Clocks(
        words.day(valid_on) if valid_on is not None else None,
        words.instant(known_at),
        _rules(rules, entries) if rules is not None else None,
    )
    must_show(case, entries, clocks)
    return clocks


def must_show(case: UUID, entries: Sequence[Entry], clocks: Clocks) -> None:
    """Raise `InputFault` where some clocks show nothing of a case."""
    seen = known(entries, clocks.known_at)
    if not any(clocks.valid_on is None or row.event.occurred_on <= clocks.valid_on for row in seen):
        recorded, began = entries[0].recorded_at, entries[0].event.occurred_on
        first = f"it began on {began}, and was first recorded at {recorded:%Y-%m-%d %H:%M:%S} UTC"
        raise InputFault(f"nothing to show of the case: {first}")


def _rules(text: str, entries: Sequence[Entry]) -> Policy:
    """Return a version of the conditions of a case's own organisation, or those of a file."""
    if "/" in text or text.endswith(".toml"):
        _own_policy(entries)
        return own_conditions(text)
    return version_named(text, entries, ", or name a file: own.toml, ./FILE")


def version_named(text: str, entries: Sequence[Entry], more: str = "") -> Policy:
    """Return a version of the conditions of a case's own organisation; raise `InputFault` where there is none."""
    policy = _own_policy(entries)
    try:
        return policy_version(policy, text)
    except LookupError:
        there = ", ".join(one.version for one in POLICIES if one.name == policy)
        raise InputFault(f"no such version of {policy}; there are {there}{more}") from None


def _own_policy(entries: Sequence[Entry]) -> PolicyName:
    """Return by whose conditions a person's case is decided; raise `InputFault` for an employer's."""
    application = entries[0].event
    if not isinstance(application, ApplicationReceived):
        raise InputFault("an employer's case has no decision by conditions: leave the rules out")
    return application.policy
