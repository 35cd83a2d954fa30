"""A small filled ledger for tests: two offices, a case of each kind that readers meet, an employer's case."""

from itertools import count
from typing import Any, NamedTuple
from uuid import UUID

from domain.register_commands import RegisterCommand
from ledger.erasure import erase_person
from ledger.ledger import Ledger
from tests.applications import OFFICER, TODAY, command, employment, identity_number, received
from tests.employers import MUNICIPALITY, approval, asked, opening
from tests.employers import application as funding
from tests.projected import catch_up, meet, under_way
from tests.registers import hire, placed

NUMBER = str(MUNICIPALITY["organisation_number"])
"""The organisation number of the employer whose case there is."""

MORE: tuple[RegisterCommand, ...] = (
    placed("dag", team="norr", roles=("advisor",)),
    placed("lisa", office="lund", roles=("advisor",)),
    placed("berit", roles=("decision_maker",)),
)
"""An advisor in a team, one at the other office, and one who decides, beside those of `tests.registers`."""

SECRETS = ("Testa", "Påhittsson", "testa@example.se", "559999-9017", "Jobb som smed", "short_sick_leave")
"""What is sealed of the people of the cases: names, addresses, employers, words of a plan, why one was away."""


AMOUNT = 123_457
"""What the fund compensated, in öre; sealed as well."""


class Filled(NamedTuple):
    """The cases by what they are: each of a person of its own, but `second`, which is of the person of `active`."""

    active: UUID
    second: UUID
    lund: UUID
    team: UUID
    protected: UUID
    closed: UUID
    waiting: UUID
    granted: UUID
    refused: UUID
    erased: UUID
    fund: UUID
    employer: UUID

    def people(self) -> dict[str, UUID]:
        """The cases that are a person's."""
        return {name: case for name, case in self._asdict().items() if name != "employer"}


NUMBERS = {
    name: identity_number(serial)
    for serial, name in enumerate(
        ("active", "lund", "team", "protected", "closed", "waiting", "granted", "refused", "erased", "fund"),
        1,
    )
} | {"second": identity_number(1)}
"""The identity number of each case's person."""


SERIALS = count(500)
"""The next person that nobody in this process has made: the tests of a session share a ledger."""


def fill(ledger: Ledger) -> Filled:
    """Fill a ledger, and build its projections."""
    hire(ledger, *MORE)
    filled = Filled(
        active=under_way(ledger, 1, "bo"),
        lund=under_way(ledger, 2, "lisa"),
        team=under_way(ledger, 3, "dag"),
        protected=under_way(ledger, 4, "bo"),
        closed=under_way(ledger, 5, "bo"),
        waiting=received(ledger, 6),
        granted=received(ledger, 7),
        refused=received(ledger, 8, work=[]),
        erased=under_way(ledger, 9, "bo"),
        fund=_fund_case(ledger),
        second=received(ledger, 1, reference="REF-second"),
        employer=_employer_case(ledger),
    )
    _under_way(ledger, filled)
    for case in (filled.granted, filled.refused):
        _do(ledger, case, "decide", "2025-04-20")
    circle = {"kind": "confidentiality_marking", "readers": ("bo", "berit")}
    _do(ledger, filled.protected, "protect_identity", "2025-06-02", **circle)
    _do(ledger, filled.closed, "reach_outcome", "2025-07-01", outcome="business", starts_on="2025-07-01")
    erase_person(ledger, ledger.person_of(filled.erased).person_ref, OFFICER, TODAY)
    keep_up(ledger)
    return filled


def keep_up(ledger: Ledger) -> None:
    """Let the projections reach the log's end."""
    with ledger.own_connection() as connection:
        catch_up(connection)


def _under_way(ledger: Ledger, filled: Filled) -> None:
    """The active case gets a plan, meetings, an interruption and a correction."""
    task = {"task": "Jobb som smed", "by": "client", "target_on": "2025-06-30"}
    plan = {"goal": "job", "jointly": True, "items": [task]}
    _do(ledger, filled.active, "agree_plan", "2025-05-02", **plan)
    wrong = meet(ledger, filled.active, "2025-05-05")
    right = command("hold_meeting", "2025-05-06", mode="physical")
    corrects = wrong.event_ids[0]
    _do(
        ledger,
        filled.active,
        "correct_entry",
        "2025-05-07",
        corrects=corrects,
        reason="fel dag",
        replacement=right,
    )
    _do(ledger, filled.active, "pause", "2025-06-01", reason="short_sick_leave")
    _do(ledger, filled.active, "resume", "2025-06-10")


def _fund_case(ledger: Ledger) -> UUID:
    """A case of Omställningsfonden's, at the other office, with a compensation whose amount is sealed."""
    conditions = {"policy": "omstallningsfonden", "service": "counselling"}
    case = under_way(ledger, 10, "lisa", **conditions, employments=[employment(sector="region")])
    days = {"starts_on": "2025-05-05", "ends_on": "2025-05-06", "amount": AMOUNT}
    _do(ledger, case, "record_compensation", "2025-05-07", kind="leave", **days)
    return case


def _employer_case(ledger: Ledger) -> UUID:
    opened = opening()
    case = UUID(int=0xE, version=4)
    ledger.execute(case, opened, TODAY)
    ledger.execute(case, funding("education", "other"), TODAY)
    ledger.execute(case, asked("decide_funding", "2025-03-01", approvals=[approval(2)]), TODAY)
    return case


def _do(ledger: Ledger, case: UUID, name: str, on: str, **content: Any) -> None:
    ledger.execute(case, command(name, on, **content), TODAY)
