"""Fictional lives as a ledger's own commands make them, up to a day on which many of them are under way."""

import json
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, date, datetime, time, timedelta
from hashlib import sha256
from itertools import groupby
from operator import itemgetter
from uuid import UUID, uuid5

from domain.command import Command
from domain.commands import Decide, RecordDeclaration
from domain.declarations import Declaration, Statement
from domain.support_commands import Expire
from domain.values import month_of, months_before
from ledger.appends import canonical_body
from ledger.applications import application_command
from ledger.batches import Line, carry_out
from ledger.identity_numbers import parse_identity_number
from ledger.ledger import Ledger, today
from ledger.recorder import Stored
from ledger.synthetic.drafts import last_day_of
from ledger.synthetic.employers import employer_lines
from ledger.synthetic.files import notice_lines
from ledger.synthetic.lives import CommandLine
from ledger.synthetic.organisation import CLERK, DECIDES, register_lines
from ledger.synthetic.population import Case, Population
from ledger.synthetic.sequel import ends_lines, late_lines, lives_lines

FIRST_DECIDED = "2024-01"
SO_FAR = date(2025, 7, 31)
"""The last day that is told of. A good third of the supports go on."""

CommandOf = Callable[[bytes], tuple[UUID, Command]]
"""Tells the case and the command of a line, as `liggare do --lines` reads it."""
Asked = tuple[UUID, Command]
"""A command, and what it is on."""


class Originals:
    """A population's lives in the making; `bodies` are the commands' canonical contents by their ids."""

    def __init__(self, ledger: Ledger, command_of: CommandOf) -> None:
        self.bodies: dict[UUID, bytes] = {}
        self._ledger = ledger
        self._command_of = command_of

    def live(self, people: Population) -> None:
        """Let everything happen that a population does until `SO_FAR`."""
        cases = self._apply(people)
        self.carry_out_lines(notice_lines(people.notices, cases.__getitem__))
        month = FIRST_DECIDED
        while (on := last_day_of(month)) <= SO_FAR:
            if on == SO_FAR:
                self.carry_out_lines(late_lines(people, cases, self._ledger))
            self._decide(on)
            month = months_before(month, -1)
        self.carry_out_lines(lives_lines(people, cases, self._ledger))
        self._carry_out(self._expiries())
        self.carry_out_lines(ends_lines(cases, self._ledger))

    def organise(self) -> None:
        """Register the organisation, and what its employers do."""
        self.carry_out_lines(register_lines())
        self.carry_out_lines(employer_lines())

    def carry_out_lines(self, lines: Iterable[CommandLine]) -> None:
        """Carry out the lines of commands that happened so far: of each case its next, so that many go together."""
        turns: Counter[str | None] = Counter()
        told: list[tuple[int, Asked]] = []
        for line in lines:
            if date.fromisoformat(line["occurred_on"]) <= SO_FAR:
                turns[line.get("case")] += 1
                asked = self._command_of(json.dumps(line, ensure_ascii=False).encode())
                told.append((turns[line.get("case")], asked))
        self._carry_out(asked for _, asked in sorted(told, key=itemgetter(0)))

    def _carry_out(self, commands: Iterable[Asked]) -> None:
        numbered = (Line(number, *asked) for number, asked in enumerate(commands, 1))
        for line, result in carry_out(self._ledger, numbered, today()):
            if not isinstance(result, Stored):
                raise result
            self.bodies[line.command.command_id] = canonical_body(line.case_id, line.command)

    def _apply(self, people: Population) -> dict[str, UUID]:
        """Register the applications, and what employers declared of each person; return their cases."""
        cases: dict[str, UUID] = {}
        applications: list[Asked] = []
        for row in people.cases:
            earlier = cases.get(row.application.on_basis_of or "")
            told = (
                row.application.model_copy(update={"on_basis_of": str(earlier)})
                if earlier
                else row.application
            )
            person = parse_identity_number(told.person.identity_number)
            flow = self._ledger.keys.uuid("application", told.reference)
            case_id, command = application_command(told, person, self._ledger.keys, CLERK, flow)
            cases[told.reference] = case_id
            applications.append((case_id, command))
        self._carry_out(applications)
        self._carry_out(_declared(people, cases))
        return cases

    def _decide(self, on: date) -> None:
        """Decide all that wait on a day."""
        waiting = [row["case_id"] for row in self._ledger.rows("cases_to_decide", on=on)]
        for case_id in waiting:
            own = uuid5(case_id, f"decide:{on}")
            asked = Decide(command_id=own, correlation_id=own, actor=DECIDES, occurred_on=on)
            self._carry_out([(case_id, asked)])

    def _expiries(self) -> Iterator[Asked]:
        for row in self._ledger.rows("cases_to_expire", today=SO_FAR):
            own = uuid5(row["case_id"], "expire")
            yield (
                row["case_id"],
                Expire(command_id=own, correlation_id=own, actor="system:expire", occurred_on=SO_FAR),
            )


def _declared(people: Population, cases: dict[str, UUID]) -> Iterator[Asked]:
    """Yield what employers declared of each applicant until the application, and what they then put right."""
    statements = {
        payee: list(rows)
        for payee, rows in groupby(
            sorted(people.statements, key=lambda said: (said.payee, said.key)), key=lambda said: said.payee
        )
    }
    for row in people.cases:
        payee, day = row.application.person.identity_number, row.application.received_on
        said = [one for one in statements.get(payee, ()) if one.period < month_of(day)]
        if said:
            yield _declaration(row, cases, day, 0, said)
        right = [one for one in people.corrections if one.statement.payee == payee]
        for number, one in enumerate(right, 1):
            made_on = max(one.made_on, day + timedelta(days=1))
            yield _declaration(row, cases, made_on, number, [one.statement])


def _declaration(
    row: Case, cases: dict[str, UUID], made_on: date, number: int, said: Iterable[Statement]
) -> Asked:
    """Return the command that records a file with what employers say of one applicant."""
    case_id = cases[row.application.reference]
    own = uuid5(case_id, f"declaration:{number}")
    declaration = Declaration(
        file_sha256=sha256(own.bytes).hexdigest(),
        file_name=f"{own}.xml",
        created_at=datetime.combine(made_on, time(9), UTC),
        statements=tuple(said),
    )
    told = RecordDeclaration(
        command_id=own, correlation_id=own, actor=CLERK, occurred_on=made_on, declaration=declaration
    )
    return case_id, told
