"""Employers' cases: modules in an advised order, funds line by line, and what nobody can approve."""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any, NamedTuple
from uuid import UUID, uuid5

import pytest
from hypothesis import given as drawn
from hypothesis import settings
from hypothesis import strategies as st
from pydantic import ValidationError

from domain.employer import EmployerCase, evolve_employer, fold_employer, is_employer_case
from domain.employer_admission import admit_employer, employer_grounds, in_kronor
from domain.employer_commands import EMPLOYER_COMMANDS, EmployerCommand
from domain.employer_decisions import decide_employer
from domain.employer_events import (
    EMPLOYER_EVENTS,
    EmployerCaseClosed,
    EmployerCaseOpened,
    EmployerEntryCorrected,
    FundingDecided,
    LineDecision,
    ModuleCompleted,
    ModuleStarted,
    PreventiveFundingApplied,
)
from domain.employer_openings import employer_openings
from domain.employer_terms import COSTS, CRITERIA, MODULES, PURPOSES
from domain.event import Event
from domain.grounds import Known
from domain.history import Entry
from domain.register import fold_register
from domain.register_commands import LetLeave
from domain.rejections import CommandRejected
from domain.support_events import Resumed
from replays.employer_replay import replay_employer
from replays.employer_state import employer_commands, employer_state, funding, module_board
from tests.applications import identity_number
from tests.employers import CLERK, DECIDER, application, approval, asked, cost, opening
from tests.given import NOON, TODAY, happened
from tests.registers import HIRED, STAFFED, entries_of
from tests.registers import asked as of_register

D = date.fromisoformat
CASE = UUID(int=17)
FIRST, ENTERED = 101, NOON + timedelta(days=400)
"""Where the case's entries begin in the log, after the register's, and when they were recorded."""
STRATEGIC = opening("strategic_competence_supply")
PREVENTIVE = opening()
ALWAYS = [kind for kind, row in COSTS.items() if row.paid == "always"]
NEVER = [kind for kind, row in COSTS.items() if row.paid == "never"]


class Past:
    """An employer's case as it came about by commands, each asked in turn."""

    def __init__(self, *commands: EmployerCommand) -> None:
        self.entries: list[Entry] = []
        for command in commands:
            self.then(command)

    @property
    def case(self) -> EmployerCase:
        return fold_employer(CASE, self.entries)

    def known(self, today: date = TODAY) -> Known:
        return Known(today, tuple(self.entries), register=STAFFED)

    def decided(self, command: EmployerCommand, today: date = TODAY) -> list[Event]:
        return decide_employer(CASE, command, self.known(today))

    def then(self, command: EmployerCommand) -> list[Any]:
        events = self.decided(command)
        for event in events:
            self.entries.append(Entry(len(self.entries) + FIRST, ENTERED, event))
        return events

    def rejected(self, command: EmployerCommand, code: str, clause: str, today: date = TODAY) -> str:
        with pytest.raises(CommandRejected) as rejected:
            self.decided(command, today)
        assert (rejected.value.code, rejected.value.clause) == (code, clause)
        for text in (rejected.value.sv, rejected.value.en):
            assert text
            assert not {"{", "}"} & set(text), text
            assert "None" not in text
        assert rejected.value.sv != rejected.value.en
        return rejected.value.en

    def last(self) -> UUID:
        return self.entries[-1].event.event_id

    def corrected(
        self, which: int = -1, replacement: EmployerCommand | None = None, actor: str = CLERK
    ) -> EmployerCommand:
        wrong = self.entries[which].event.event_id
        content: dict[str, Any] = {"corrects": wrong, "reason": "fel uppgift"}
        if replacement:
            content["replacement"] = replacement
        command: EmployerCommand = asked("correct_employer_entry", "2025-09-01", actor, **content)
        return command


def start(module: int, on: str) -> EmployerCommand:
    command: EmployerCommand = asked("start_module", on, module=module)
    return command


def complete(module: int, on: str) -> EmployerCommand:
    command: EmployerCommand = asked("complete_module", on, module=module)
    return command


def decision(on: str = "2025-03-01", actor: str | None = None, **content: Any) -> EmployerCommand:
    command: EmployerCommand = asked("decide_funding", on, actor, **content)
    return command


CLOSING = asked("close_employer_case", "2025-06-30", remark="Färdigt.")


class Sample(NamedTuple):
    """A command that is allowed, after others, and the event that it leads to."""

    past: tuple[EmployerCommand, ...]
    command: EmployerCommand
    event: type[Event]
    content: dict[str, Any]


SAMPLES = [
    Sample((), PREVENTIVE, EmployerCaseOpened, {"kind": "municipality", "area": "preventive_measures"}),
    Sample((STRATEGIC,), start(1, "2025-02-10"), ModuleStarted, {"module": 1}),
    Sample((STRATEGIC, start(1, "2025-02-10")), complete(1, "2025-03-10"), ModuleCompleted, {"module": 1}),
    Sample(
        (PREVENTIVE,),
        application("education", purposes=["rehabilitation"]),
        PreventiveFundingApplied,
        {"purposes": ("rehabilitation",), "beyond_ordinary": True},
    ),
    Sample((PREVENTIVE, application("education")), decision(), FundingDecided, {"funded_ore": 100_001}),
    Sample((PREVENTIVE,), CLOSING, EmployerCaseClosed, {"remark": "Färdigt."}),
    Sample(
        (STRATEGIC, start(1, "2025-02-10")),
        asked("correct_employer_entry", "2025-03-01", corrects=UUID(int=0), reason="fel modul"),
        EmployerEntryCorrected,
        {"replaced_by": None, "reason": "fel modul"},
    ),
]
every_command = pytest.mark.parametrize("sample", SAMPLES, ids=lambda sample: sample.command.name)


def of(sample: Sample) -> tuple[Past, EmployerCommand]:
    past, command = Past(*sample.past), sample.command
    if command.name == "correct_employer_entry":
        command = command.model_copy(update={"corrects": past.last()})
    return past, command


def test_there_is_a_sample_of_every_command_and_every_event() -> None:
    """Vacuous without: "every command" is as good as the list."""
    assert [sample.command.name for sample in SAMPLES] == list(EMPLOYER_COMMANDS)
    assert [sample.event for sample in SAMPLES] == list(EMPLOYER_EVENTS.values())


@every_command
def test_what_it_produces(sample: Sample) -> None:
    """One event, which carries over who, when and by which command; decided again it is the same."""
    past, command = of(sample)
    (event,) = past.decided(command)
    assert type(event) is sample.event
    assert (event.command_id, event.actor, event.occurred_on) == (
        command.command_id,
        command.actor,
        command.occurred_on,
    )
    for name, value in sample.content.items():
        assert getattr(event, name) == value
    assert past.decided(command) == [event]


@every_command
def test_nothing_is_recorded_before_its_day(sample: Sample) -> None:
    """On the day itself it is allowed, the day before it is not."""
    past, command = of(sample)
    assert past.decided(command, command.occurred_on)
    past.rejected(command, "OCCURRED_IN_FUTURE", "AMB-35", command.occurred_on - timedelta(days=1))


@pytest.mark.parametrize("role", ["applicant", "employer"])
@every_command
def test_the_case_is_the_staffs(sample: Sample, role: str) -> None:
    """What the employer asks for, the staff enter; a decision on funds is a decision maker's (O-09)."""
    past, command = of(sample)
    outsider = command.model_copy(update={"actor": f"{role}:someone"})
    past.rejected(outsider, "ACTOR_NOT_ENTITLED", "O-09" if sample.event is FundingDecided else "AMB-35")


@pytest.mark.parametrize("sample", SAMPLES[1:], ids=lambda sample: sample.command.name)
def test_there_must_be_a_case_and_nothing_happens_before_it(sample: Sample) -> None:
    past, command = of(sample)
    Past().rejected(command, "UNKNOWN_CASE", "AMB-35")
    early = command.model_copy(update={"occurred_on": D("2025-02-02")})
    past.rejected(early, "BEFORE_OPENING", "AMB-35")


@pytest.mark.parametrize("sample", SAMPLES[1:6], ids=lambda sample: sample.command.name)
def test_nothing_happens_after_the_case_is_closed(sample: Sample) -> None:
    """On the last day, and entered late, it does; a day later, never."""
    area = "strategic_competence_supply" if "module" in sample.command.name else "preventive_measures"
    past = Past(opening(area), *sample.past[1:])
    command = sample.command
    if command.name == "decide_funding":
        past.then(decision("2025-02-11"))
        past.then(application("other", on="2025-02-12"))
        past.then(decision("2025-02-13"))
        command = decision(approvals=[approval(1)])
    past.then(CLOSING)
    late = command.model_copy(update={"occurred_on": D("2025-07-01")})
    past.rejected(late, "EMPLOYER_CASE_CLOSED", "AMB-35")
    if command.name not in ("close_employer_case", "apply_preventive_funding"):
        assert past.decided(command.model_copy(update={"occurred_on": D("2025-06-30")}))


# The opening (O-01, O-02, O-05)


def test_a_municipality_and_a_region_are_covered_and_a_company_where_the_agreement_binds_it() -> None:
    """O-02, O-05: from the day that is given, that day included."""
    for kind in ("municipality", "region"):
        assert Past(opening(kind=kind)).case.stage == "open"
    company = {"kind": "municipal_company", "employer": "Påhittade bolaget AB"}
    Past().rejected(opening(**company), "NOT_AFFILIATED", "O-05")
    Past().rejected(opening(**company, affiliated_from="2025-02-04"), "NOT_AFFILIATED", "O-05")
    Past().rejected(opening(affiliated_from="2025-02-04"), "NOT_AFFILIATED", "O-05")
    assert Past(opening(**company, affiliated_from="2025-02-03")).case.stage == "open"


def test_a_case_is_opened_once_and_in_one_of_the_employers_fields() -> None:
    """O-01: support to persons is no employer's case."""
    past = Past(PREVENTIVE)
    for on in ("2025-02-02", "2025-02-03", "2025-03-01"):
        past.rejected(opening(on=on), "ALREADY_OPENED", "AMB-35")
    for area in ("support_during_employment", "support_when_employment_ends"):
        with pytest.raises(ValidationError):
            opening(area)


def test_each_field_takes_its_own() -> None:
    """O-01: modules in the one, funds in the other."""
    said = Past(PREVENTIVE).rejected(start(1, "2025-02-10"), "NOT_IN_AREA", "O-01")
    assert "preventive measures" in said
    Past(PREVENTIVE).rejected(complete(1, "2025-02-10"), "NOT_IN_AREA", "O-01")
    Past(STRATEGIC).rejected(application("education"), "NOT_IN_AREA", "O-01")
    Past(STRATEGIC).rejected(decision(), "NOT_IN_AREA", "O-01")


BORN = identity_number(1)[2:]


@pytest.mark.parametrize(
    "number",
    [
        f"{BORN[:6]}-{BORN[6:]}",
        "559999-1328",
        "5599991329",
        "55999-1329",
        "559999-13290",
        "åäö999-1329",
    ],
)
def test_an_organisation_number_is_no_identity_number(number: str) -> None:
    """Its third digit and its check digit; written with a hyphen."""
    with pytest.raises(ValidationError):
        opening(organisation_number=number)


@pytest.mark.parametrize("text", ["", " ", "Anna 19800517-1234", "8005171234 deltar", "a" * 501])
def test_no_text_holds_an_identity_number(text: str) -> None:
    """Everything here is stored clear: names, descriptions, reasons and remarks."""
    for make in (
        lambda: opening(employer=text),
        lambda: application("education", lines=[cost("education", description=text)]),
        lambda: decision(approvals=[approval(1, reason=text)]),
        lambda: asked("close_employer_case", "2025-06-30", remark=text),
        lambda: asked("correct_employer_entry", "2025-06-30", corrects=CASE, reason=text),
    ):
        with pytest.raises(ValidationError) as error:
            make()
        message = error.value.errors(include_input=False)[0]["msg"]
        assert "0517" not in message


# The four modules (O-06, O-07)


def statuses(past: Past) -> list[tuple[str, list[int]]]:
    return [(row["status"], row["ahead_of"]) for row in module_board(past.case)]


def test_the_advised_order_deviates_nowhere() -> None:
    """O-06, O-07: one after the other, each on the day on which the one before ends, however entered."""
    past = Past(STRATEGIC)
    days = ["2025-03-01", "2025-04-01", "2025-05-01", "2025-06-01", "2025-07-01"]
    for module in MODULES:
        past.then(start(module, days[module - 1]))
    for module in MODULES:
        past.then(complete(module, days[module]))
    assert statuses(past) == [("completed", [])] * 4
    assert employer_state(past.case)["deviations"] == 0
    assert [row["name_sv"] for row in module_board(past.case)] == [
        "Kompetensanalys",
        "Kompetensplanering",
        "Genomförande",
        "Utvärdering",
    ]


def test_another_order_is_allowed_and_shown() -> None:
    """O-06: the third first, the second while the first goes on; each deviation is told in both languages."""
    past = Past(STRATEGIC, start(3, "2025-03-01"), start(1, "2025-03-02"), start(2, "2025-03-03"))
    past.then(complete(3, "2025-03-04"))
    assert statuses(past) == [("started", []), ("started", [1]), ("completed", [1, 2]), ("not_started", [])]
    rows = module_board(past.case)
    assert rows[2]["sv"] == "Började innan modul 1, 2 var genomgången."
    assert rows[2]["en"]
    assert rows[0]["sv"] is None
    steps = list(replay_employer(CASE, past.entries, lines=entries_of(HIRED)))
    assert ["Avvikelse" in step.grounds.sv for step in steps] == [False, True, False, True, False]
    assert ["Deviation" in step.grounds.en for step in steps] == [False, True, False, True, False]


def test_a_module_that_is_entered_late_takes_the_deviation_back() -> None:
    """The board is told from what happened, not from when it was entered."""
    past = Past(STRATEGIC, start(2, "2025-04-01"))
    assert statuses(past)[1] == ("started", [1])
    past.then(start(1, "2025-03-01"))
    past.then(complete(1, "2025-03-20"))
    assert statuses(past)[:2] == [("completed", []), ("started", [])]


def test_a_module_is_begun_before_it_is_gone_through_and_each_once() -> None:
    past = Past(STRATEGIC, start(2, "2025-04-01"))
    past.rejected(start(2, "2025-05-01"), "MODULE_ALREADY_STARTED", "O-06")
    past.rejected(start(2, "2025-03-01"), "MODULE_ALREADY_STARTED", "O-06")
    past.rejected(complete(1, "2025-05-01"), "MODULE_NOT_STARTED", "O-06")
    past.rejected(complete(2, "2025-03-31"), "MODULE_NOT_STARTED", "O-06")
    past.then(complete(2, "2025-04-01"))
    past.rejected(complete(2, "2025-05-01"), "MODULE_ALREADY_COMPLETED", "O-06")
    for module in (0, 5):
        with pytest.raises(ValidationError):
            start(module, "2025-04-01")


MOVES = st.lists(
    st.tuples(st.sampled_from(["start_module", "complete_module"]), st.integers(1, 4), st.integers(1, 28)),
    max_size=12,
)


@settings(max_examples=200, deadline=None)
@drawn(MOVES)
def test_the_board_follows_from_the_moves_that_were_allowed(moves: list[tuple[str, int, int]]) -> None:
    """Tried in any order of days: what was begun and gone through when is as was said, and an order that is not the
    advised one stops nothing (O-06). Vacuous if all were rejected: a first start never is.
    """
    past, began, done = Past(STRATEGIC), dict[int, int](), dict[int, int]()
    for name, module, day in moves:
        fits = module not in began if name == "start_module" else module in began and began[module] <= day
        fits = fits and (name == "start_module" or module not in done)
        try:
            past.then(asked(name, f"2025-03-{day:02}", module=module))
        except CommandRejected:
            assert not fits
            continue
        assert fits
        (began if name == "start_module" else done)[module] = day
    for row in module_board(past.case):
        module = row["module"]
        assert row["started_on"] == (f"2025-03-{began[module]:02}" if module in began else None)
        assert row["completed_on"] == (f"2025-03-{done[module]:02}" if module in done else None)
        late = (
            [one for one in range(1, module) if done.get(one, 99) > began[module]] if module in began else []
        )
        assert row["ahead_of"] == late


# The demands and purposes (O-08, O-11)


@pytest.mark.parametrize("criterion", CRITERIA)
def test_all_three_demands_are_stated_to_be_met(criterion: Any) -> None:
    """O-08-a, O-08-b, O-08-c: each by itself is enough to reject."""
    past = Past(PREVENTIVE)
    past.rejected(
        application("education", **dict[str, Any]({criterion: False})),
        "CRITERION_NOT_MET",
        CRITERIA[criterion].clause,
    )
    assert [row.clause for row in CRITERIA.values()] == ["O-08-a", "O-08-b", "O-08-c"]


def test_purposes_at_reduced_capacity_are_told_and_not_demanded() -> None:
    """O-11, each by its own clause: O-11-a to -d."""
    past = Past(PREVENTIVE, application("education", purposes=list(PURPOSES)), application("education"))
    first, second = funding(past.case)
    assert [row["clause"] for row in first["purposes"]] == ["O-11-a", "O-11-b", "O-11-c", "O-11-d"]
    assert second["purposes"] == []
    with pytest.raises(ValidationError):
        application("education", purposes=["other"])


# The costs (O-09, O-10)


def decided_lines(past: Past) -> list[tuple[str, str | None, str]]:
    (row,) = funding(past.case)
    return [(line["result"], line["code"], line["clause"]) for line in row["lines"]]


def test_every_kind_of_cost_is_decided_by_its_own_clause() -> None:
    """O-09-a to -d are paid, O-10-a to -d never, anything else waits for an approval."""
    past = Past(PREVENTIVE, application(*COSTS))
    assert [row["result"] for row in funding(past.case)[0]["lines"]] == ["undecided"] * 9
    past.then(decision())
    no = "COST_TYPE_NOT_FUNDED"
    assert decided_lines(past) == [
        ("funded", None, "O-09-a"),
        ("funded", None, "O-09-b"),
        ("funded", None, "O-09-c"),
        ("funded", None, "O-09-d"),
        ("refused", no, "O-10-a"),
        ("refused", no, "O-10-b"),
        ("refused", no, "O-10-c"),
        ("refused", no, "O-10-d"),
        ("waiting", "MANUAL_APPROVAL_NEEDED", "O-09"),
    ]
    assert past.case.funded_ore == 100_001 + 200_001 + 300_001 + 400_001
    for line in funding(past.case)[0]["lines"]:
        assert line["sv"].startswith(f"Rad {line['number']}")
        assert line["en"].startswith(f"Line {line['number']}")


def test_an_application_for_wages_alone_is_registered_and_refused() -> None:
    """O-10-a: a refusal is a decision, and the case may be closed after it."""
    past = Past(PREVENTIVE, application("wages"))
    past.rejected(CLOSING, "FUNDING_UNDECIDED", "O-08")
    (made,) = past.then(decision())
    assert made.funded_ore == 0
    steps = list(replay_employer(CASE, past.entries, lines=entries_of(HIRED)))
    assert steps[-1].grounds.clause == "O-10-a"
    past.then(CLOSING)
    assert past.case.stage == "closed"


@pytest.mark.parametrize("kind", NEVER)
def test_nobody_can_approve_what_is_never_paid(kind: str) -> None:
    """O-10: neither before nor after the decision, whoever asks."""
    clause = COSTS[kind].clause  # type: ignore[index]
    past = Past(PREVENTIVE, application("education", kind))
    approving = decision(approvals=[approval(2)])
    past.rejected(approving, "COST_TYPE_NOT_FUNDED", clause)
    past.rejected(approving.model_copy(update={"actor": "system:auto"}), "COST_TYPE_NOT_FUNDED", clause)
    past.then(decision())
    past.rejected(
        decision(approvals=[approval(2)], application=past.case.applications[0].event_id),
        "COST_TYPE_NOT_FUNDED",
        clause,
    )


def test_another_kind_is_paid_by_a_named_decision_makers_approval() -> None:
    """O-09: it waits until somebody approves it, then or later, and says why."""
    past = Past(PREVENTIVE, application("other", "other", "education"))
    past.then(decision(approvals=[approval(2, "someone")]))
    assert [row[0] for row in decided_lines(past)] == ["waiting", "funded", "funded"]
    assert funding(past.case)[0]["lines"][1]["approved_by"] == "someone"
    past.rejected(decision("2025-03-02"), "MANUAL_APPROVAL_NEEDED", "O-09")
    past.rejected(decision("2025-03-02", approvals=[approval(2)]), "APPROVAL_NOT_NEEDED", "O-09")
    (made,) = past.then(decision("2025-03-02", approvals=[approval(1)]))
    assert [(row.number, row.result) for row in made.lines] == [(1, "funded")]
    assert made.funded_ore == 100_001
    assert past.case.funded_ore == 100_001 + 200_001 + 300_001
    past.rejected(decision("2025-03-03"), "FUNDING_ALREADY_DECIDED", "O-09")
    past.rejected(decision("2025-02-20"), "FUNDING_ALREADY_DECIDED", "O-09")


def test_an_approval_is_of_a_line_that_needs_one() -> None:
    past = Past(PREVENTIVE, application("other", "education"))
    past.rejected(decision(approvals=[approval(3)]), "LINE_UNKNOWN", "O-09")
    past.rejected(decision(approvals=[approval(2)]), "APPROVAL_NOT_NEEDED", "O-09")
    past.rejected(decision(approvals=[approval(1), approval(1)]), "APPROVAL_NOT_NEEDED", "O-09")
    for amount in (0, -1, 10**13 + 1, 1.5, "100", True):
        with pytest.raises(ValidationError):
            application("other", lines=[cost("other") | {"amount_ore": amount}])
    with pytest.raises(ValidationError):
        application()


def test_who_decides_and_who_approves_is_a_decision_maker_on_that_day() -> None:
    """Asked of the register; the system decides too, but approves nothing (O-09)."""
    past = Past(PREVENTIVE, application("other"))
    unknown, gone = "NOT_REGISTERED", "NO_LONGER_REGISTERED"
    past.rejected(decision(actor="decision_maker:okand"), unknown, "O-09")
    past.rejected(decision(actor="decision_maker:anna"), unknown, "O-09")
    past.rejected(decision(actor="decision_maker:gone"), gone, "O-09")
    past.rejected(decision(actor=CLERK), "ACTOR_NOT_ENTITLED", "O-09")
    past.rejected(decision(approvals=[approval(1, "anna")]), unknown, "O-09")
    past.rejected(decision(approvals=[approval(1, "gone")]), gone, "O-09")
    past.then(decision(actor="system:auto"))
    past.then(decision("2025-03-02", actor="system:auto", approvals=[approval(1, "someone")]))
    assert past.case.funded_ore == 100_001


def test_which_application_is_decided() -> None:
    """The only one that has something to decide, or the one that is named."""
    past = Past(PREVENTIVE)
    past.rejected(decision(), "FUNDING_NOT_APPLIED", "O-08")
    past.then(application("education"))
    past.rejected(decision("2025-02-09"), "FUNDING_NOT_APPLIED", "O-08")
    past.then(application("mentoring", on="2025-02-11"))
    first, second = past.case.applications
    past.rejected(decision(), "APPLICATION_UNCLEAR", "O-08")
    past.rejected(decision(application=UUID(int=3)), "FUNDING_NOT_APPLIED", "O-08")
    past.then(decision(application=second.event_id))
    (made,) = past.then(decision())
    assert made.application == first.event_id
    past.rejected(decision(), "FUNDING_ALREADY_DECIDED", "O-09")


LINES = st.lists(st.tuples(st.sampled_from(list(COSTS)), st.integers(1, 10**13)), min_size=1, max_size=12)
APPROVED = st.lists(st.integers(1, 14), max_size=8)


@settings(max_examples=300, deadline=None)
@drawn(LINES, st.lists(APPROVED, max_size=4))
def test_what_is_funded_is_the_sum_of_the_funded_lines_and_never_of_what_is_never_paid(
    lines: list[tuple[Any, int]], approvals: list[list[int]]
) -> None:
    """Whatever is approved, in whatever order, to the ore; each decision says its own part of it (O-09, O-10).

    Vacuous if nothing were funded: a line of a kind that is always paid always is.
    """
    past = Past(PREVENTIVE, application(lines=[cost(kind, amount) for kind, amount in lines]))
    given = set[int]()
    for day, numbers in enumerate([[], *approvals], 1):
        command = decision(f"2025-03-{day:02}", approvals=[approval(number) for number in numbers])
        try:
            past.then(command)
        except CommandRejected:
            assert day > 1
            continue
        given |= set(numbers)
    paid = {
        number: amount
        for number, (kind, amount) in enumerate(lines, 1)
        if COSTS[kind].paid == "always" or (kind == "other" and number in given)
    }
    assert past.case.funded_ore == sum(paid.values())
    assert past.case.funded_ore == sum(made.funded_ore for made in past.case.decisions)
    (row,) = funding(past.case)
    assert {line["number"] for line in row["lines"] if line["result"] == "funded"} == paid.keys()
    for line in row["lines"]:
        if line["kind"] in NEVER:
            assert (line["result"], line["code"]) == ("refused", "COST_TYPE_NOT_FUNDED")


@settings(max_examples=100, deadline=None)
@drawn(st.sampled_from(NEVER), st.sampled_from([None, "test"]))
def test_an_event_that_funds_what_is_never_paid_is_not_admitted(kind: Any, approved_by: str | None) -> None:
    """However it came about: the rule is asked of the event too, not of the command alone (O-10)."""
    past = Past(PREVENTIVE, application(kind, "other"))
    rows = (
        LineDecision(number=1, result="funded", clause=COSTS[kind].clause, approved_by=approved_by),
        LineDecision(number=2, result="funded", clause="O-09"),
    )
    for row, code in zip(rows, ("COST_TYPE_NOT_FUNDED", "MANUAL_APPROVAL_NEEDED"), strict=True):
        made = happened(
            FundingDecided,
            "2025-03-01",
            DECIDER,
            application=past.case.applications[0].event_id,
            lines=(row,),
            funded_ore=1,
        )
        with pytest.raises(CommandRejected) as rejected:
            admit_employer(made, past.case, past.known())
        assert rejected.value.code == code


# What is put right


def test_an_entry_is_corrected_and_the_correction_taken_back() -> None:
    past = Past(STRATEGIC, start(1, "2025-03-01"))
    correction, right = past.then(past.corrected(replacement=start(2, "2025-03-08")))
    assert correction.replaced_by == right.event_id
    assert list(past.case.modules) == [2]
    past.rejected(past.corrected(1), "ALREADY_CORRECTED", "AMB-36")
    past.then(past.corrected(-2))
    assert list(past.case.modules) == [1]
    wrong = asked("correct_employer_entry", "2025-09-01", corrects=UUID(int=9), reason="fel")
    past.rejected(wrong, "UNKNOWN_ENTRY", "AMB-36")
    past.rejected(past.corrected(1, CLOSING), "REPLACEMENT_OF_ANOTHER_KIND", "AMB-36")
    past.rejected(past.corrected(1, past.corrected(1)), "REPLACEMENT_OF_ANOTHER_KIND", "AMB-36")
    past.rejected(past.corrected(1, start(1, "2026-11-22")), "OCCURRED_IN_FUTURE", "AMB-35")


def test_what_others_rest_on_is_not_struck_out() -> None:
    """A start that was gone through, an application that was decided; the opening stays, but may be put right."""
    past = Past(STRATEGIC, start(1, "2025-03-01"), complete(1, "2025-04-01"))
    past.rejected(past.corrected(1), "MODULE_NOT_STARTED", "O-06")
    past.rejected(past.corrected(1, start(1, "2025-04-02")), "MODULE_NOT_STARTED", "O-06")
    past.rejected(past.corrected(0), "OPENING_STAYS", "AMB-36")
    late = opening("strategic_competence_supply", on="2025-03-02")
    past.rejected(past.corrected(0, late), "BEFORE_OPENING", "AMB-35")
    right = opening(
        "strategic_competence_supply", on="2025-02-01", employer="Påhittade regionen", kind="region"
    )
    past.then(past.corrected(0, right))
    assert employer_state(past.case)["employer"] == "Påhittade regionen"
    assert is_employer_case(past.entries)
    funds = Past(PREVENTIVE, application("education"), decision())
    funds.rejected(funds.corrected(1), "FUNDING_NOT_APPLIED", "O-08")


def test_a_decision_is_put_right_by_a_decision_maker() -> None:
    """Struck out, made again, taken back: each is a decision maker's, in the register on that day (O-09)."""
    past = Past(PREVENTIVE, application("other", "education"), decision(approvals=[approval(1)]))
    past.rejected(past.corrected(actor=CLERK), "ACTOR_NOT_ENTITLED", "O-09")
    past.rejected(past.corrected(actor="decision_maker:gone"), "NO_LONGER_REGISTERED", "O-09")
    past.then(past.corrected(replacement=decision(), actor=DECIDER))
    assert past.case.funded_ore == 200_001
    past.rejected(past.corrected(-2, actor=CLERK), "ACTOR_NOT_ENTITLED", "O-09")
    past.then(past.corrected(-2, actor=DECIDER))
    assert past.case.funded_ore == 300_002
    past.then(past.corrected(2, actor=DECIDER))
    assert past.case.funded_ore == 0
    past.rejected(CLOSING, "FUNDING_UNDECIDED", "O-08")


def test_a_first_decision_is_made_again_beside_a_later_one_of_the_same_day() -> None:
    past = Past(PREVENTIVE, application("other", "education"), decision(), decision(approvals=[approval(1)]))
    past.then(past.corrected(2, decision(actor="decision_maker:someone"), actor=DECIDER))
    assert past.case.funded_ore == 300_002


def test_a_closing_is_struck_out_and_the_case_goes_on() -> None:
    past = Past(PREVENTIVE, CLOSING)
    past.rejected(asked("close_employer_case", "2025-05-01"), "EMPLOYER_CASE_CLOSED", "AMB-35")
    past.then(past.corrected())
    past.then(application("education", on="2025-07-01"))
    again = asked("close_employer_case", "2025-06-30")
    past.rejected(again, "EMPLOYER_CASE_CLOSED", "AMB-35")


# What was known when, and what may be done


def test_a_replay_tells_the_state_after_each_entry_as_it_was_known() -> None:
    past = Past(PREVENTIVE, application("other", "wages"), decision(), decision(approvals=[approval(1)]))
    entries = [
        entry._replace(recorded_at=ENTERED + timedelta(days=number))
        for number, entry in enumerate(past.entries)
    ]
    steps = list(replay_employer(CASE, entries, lines=entries_of(HIRED)))
    assert [step.after.funded_ore for step in steps] == [0, 0, 0, 100_001]
    assert [step.grounds.clause for step in steps] == ["O-01", "O-08", "O-09", "O-09"]
    then = list(replay_employer(CASE, entries, known_at=entries[2].recorded_at, lines=entries_of(HIRED)))
    assert then[-1].after == fold_employer(CASE, entries[:3])
    assert [step.after.funded_ore for step in replay_employer(CASE, entries, D("2025-02-28"))] == [0, 0]


def test_a_replay_asks_the_register_as_it_was_known_then() -> None:
    """A departure that is recorded after a decision makes it no less allowed; before it, it does."""
    past = Past(PREVENTIVE, application("education"), decision())
    left = entries_of((of_register(LetLeave, "2024-06-30", staff="test"),))[0]
    for position, allowed in ((FIRST + 3, True), (FIRST - 1, False)):
        register = [*entries_of(HIRED), left._replace(position=position)]
        assert not fold_register(register).is_decision_maker("test", D("2025-03-01"))
        step = list(replay_employer(CASE, past.entries, lines=register))[-1]
        assert ("Skulle inte tillåtas i dag: test finns inte kvar" in step.grounds.sv) is not allowed


def test_entries_that_came_late_are_replayed_in_their_place() -> None:
    """What was entered after the case was closed, of a day before, was allowed, and reads so."""
    past = Past(STRATEGIC, asked("close_employer_case", "2025-06-30"), start(1, "2025-03-01"))
    steps = list(replay_employer(CASE, past.entries, lines=entries_of(HIRED)))
    assert "i dag" not in "".join(step.grounds.sv for step in steps)


def test_corrections_are_replayed_too() -> None:
    """What they strike, and who may: each entry as it was allowed when it came."""
    past = Past(PREVENTIVE, application("other", "education"), decision(approvals=[approval(1)]))
    past.then(past.corrected(replacement=decision(), actor=DECIDER))
    steps = list(replay_employer(CASE, past.entries, lines=entries_of(HIRED)))
    assert [step.grounds.clause for step in steps] == ["O-01", "O-08", "O-09", "AMB-36", "O-09"]
    assert [step.after.funded_ore for step in steps] == [0, 0, 300_002, 0, 200_001]
    assert "i dag" not in "".join(step.grounds.sv for step in steps)


def test_what_could_not_have_come_about_stops_nothing_else() -> None:
    """Entries that today's rules would reject stay as they are, and others are recorded beside them."""
    past = Past(STRATEGIC, start(1, "2025-03-01"))
    twice = happened(ModuleStarted, "2025-03-02", module=1)
    past.entries.append(Entry(past.entries[-1].position + 1, ENTERED, twice))
    past.then(complete(1, "2025-04-01"))
    steps = list(replay_employer(CASE, past.entries, lines=entries_of(HIRED)))
    assert ["Skulle inte tillåtas i dag: Modul 1" in step.grounds.sv for step in steps] == [
        False,
        False,
        True,
        False,
    ]


def test_an_event_of_a_person_has_no_rule_here() -> None:
    """It is an error, never skipped; and what has no case has no state."""
    empty, resumed = EmployerCase(case_id=CASE), happened(Resumed, "2025-03-01")
    for rule in (evolve_employer, employer_grounds):
        with pytest.raises(TypeError, match="no rule for Resumed"):
            rule(resumed, empty)
    with pytest.raises(CommandRejected) as rejected:
        admit_employer(happened(ModuleStarted, "2025-03-01", module=1), empty, Past().known())
    assert rejected.value.code == "UNKNOWN_CASE"
    assert (employer_state(empty)["stage"], module_board(empty)) == ("none", [])


def open_in(past: Past) -> dict[str, Any]:
    rows = employer_commands(past.case, past.known())
    return {row["command"]: row["until"] if row["open"] else row["code"] for row in rows}


def test_which_commands_are_open_and_why_the_others_are_not() -> None:
    """Each as its own rules say: in a new case, with an application, decided, and closed."""
    past = Past(PREVENTIVE)
    assert open_in(past) == {
        "start_module": "NOT_IN_AREA",
        "complete_module": "NOT_IN_AREA",
        "apply_preventive_funding": None,
        "decide_funding": "FUNDING_NOT_APPLIED",
        "close_employer_case": None,
        "correct_employer_entry": "OPENING_STAYS",
    }
    past.then(application("other"))
    assert (open_in(past)["decide_funding"], open_in(past)["close_employer_case"]) == (
        None,
        "FUNDING_UNDECIDED",
    )
    past.then(decision())
    assert open_in(past)["decide_funding"] is None
    past.then(decision(approvals=[approval(1)]))
    assert open_in(past)["decide_funding"] == "FUNDING_ALREADY_DECIDED"
    past.then(CLOSING)
    assert open_in(past)["apply_preventive_funding"] == "FUNDING_UNDECIDED"
    assert open_in(past)["correct_employer_entry"] is None
    strategic = Past(STRATEGIC, start(1, "2025-03-01"), asked("close_employer_case", "2025-06-30"))
    assert open_in(strategic)["complete_module"] == "2025-06-30"
    assert len(employer_openings(past.case, past.known())) == len(EMPLOYER_COMMANDS) - 1


@settings(max_examples=60, deadline=None)
@drawn(st.randoms(use_true_random=False))
def test_the_case_is_the_same_in_whatever_order_its_entries_are_given(random: Any) -> None:
    """The fold is one of a set, corrections among them."""
    past = Past(STRATEGIC, start(3, "2025-03-01"), start(1, "2025-03-01"), complete(1, "2025-04-01"))
    past.then(past.corrected(1, start(2, "2025-04-01")))
    shuffled: Sequence[Entry] = random.sample(past.entries, len(past.entries))
    assert fold_employer(CASE, shuffled) == past.case


# What is said, and how it is written


def test_a_decided_line_says_what_was_decided_and_why() -> None:
    """O-09, O-10: by whom it was approved and with which words, what funds pay, and what they never do."""
    past = Past(PREVENTIVE, application("other", "education", "wages"))
    past.then(decision(approvals=[approval(1, "someone")]))
    approved, paid, refused = funding(past.case)[0]["lines"]
    reason = "Ligger nära det som räknas upp."
    assert approved["sv"] == f"Rad 1: godkänd av someone: {reason}"
    assert approved["en"] == f"Line 1: approved by someone: {reason}"
    education = COSTS["education"]
    assert paid["sv"] == f"Rad 2: medel betalar {education.sv}."
    assert paid["en"] == f"Line 2: funds pay {education.en}."
    assert COSTS["wages"].sv in refused["sv"]
    assert COSTS["wages"].en in refused["en"]


@pytest.mark.parametrize(
    ("ore", "sv", "en"),
    [(5, "0,05", "0.05"), (100, "1,00", "1.00"), (123_456_799, "1 234 567,99", "1,234,567.99")],
)
def test_an_amount_is_written_in_kronor_to_the_ore(ore: int, sv: str, en: str) -> None:
    assert (in_kronor(ore, " ", ","), in_kronor(ore, ",", ".")) == (sv, en)


def test_the_third_digit_tells_an_organisation_number() -> None:
    """Whatever the fourth is; both have the right check digit, and the message repeats no digit."""
    assert Past(opening(organisation_number="998099-0007")).case.stage == "open"
    with pytest.raises(ValidationError, match="third digit 2 or more and the right check digit") as error:
        opening(organisation_number="551299-0002")
    assert "551299" not in error.value.errors(include_input=False)[0]["msg"]


def test_funds_are_applied_for_and_decided_on_the_opening_day() -> None:
    """A day is all that is known: whatever the opening is corrected to, it comes first on its day."""
    past = Past(PREVENTIVE, application("education", on="2025-02-03"), decision("2025-02-03"))
    past.then(past.corrected(0, opening(employer="Påhittade regionen", kind="region")))
    assert past.case.opened is not None
    assert past.case.opened.employer == "Påhittade regionen"
    assert past.case.funded_ore == 100_001


def test_a_correction_has_its_commands_first_id_and_the_replacement_its_second() -> None:
    """Sent again by another version, it is still the same two entries."""
    past = Past(STRATEGIC, start(1, "2025-03-01"))
    command = past.corrected(replacement=start(2, "2025-03-08"))
    ids = [event.event_id for event in past.decided(command)]
    assert ids == [uuid5(command.command_id, "0"), uuid5(command.command_id, "1")]


def test_what_is_allowed_says_why_in_both_languages() -> None:
    """A replay tells on what each entry rests."""
    said = {}
    for sample in SAMPLES:
        past, command = of(sample)
        (event,) = past.decided(command)
        why = admit_employer(event, past.case, past.known())
        said[type(event).__name__] = (why.clause, why.sv, why.en)
    assert said == WHY


WHY = {
    "EmployerCaseOpened": (
        "O-01",
        "Arbetsgivaren omfattas av avtalet; ärendet gäller förebyggande insatser.",
        "The employer is covered by the agreement; the case is about preventive measures.",
    ),
    "ModuleStarted": (
        "O-06",
        "Modul 1, Kompetensanalys, börjar i den ordning som rekommenderas.",
        "Module 1, Competence analysis, begins in the order that is advised.",
    ),
    "ModuleCompleted": (
        "O-06",
        "Modul 1, Kompetensanalys, började 2025-02-10 och är genomgången.",
        "Module 1, Competence analysis, began on 2025-02-10 and is gone through.",
    ),
    "PreventiveFundingApplied": (
        "O-08",
        (
            "Alla tre kraven är intygade; en del av rehabiliteringen. "
            "Varje ansökan registreras och beslutas rad för rad."
        ),
        (
            "All three demands are stated to be met; a part of the rehabilitation. "
            "Every application is registered and decided line by line."
        ),
    ),
    "FundingDecided": (
        "O-09",
        "Rad för rad: 1 beviljas, 0 avslås, 0 väntar på godkännande; 1 000,01 kr.",
        "Line by line: 1 funded, 0 refused, 0 waiting for an approval; SEK 1,000.01.",
    ),
    "EmployerCaseClosed": (
        "O-08",
        "Stödet till arbetsgivaren är slut; varje ansökan om medel är beslutad.",
        "The support to the employer is over; every application for funds is decided.",
    ),
    "EmployerEntryCorrected": (
        "AMB-36",
        "Ett fel rättas genom en ny händelse som pekar ut den felaktiga; båda står kvar i historiken.",
        "A mistake is put right by a new entry that names the wrong one; the history keeps both.",
    ),
}


def test_what_would_come_before_the_opening_is_told_with_its_day() -> None:
    past = Past(PREVENTIVE, application("education", on="2025-02-10"), decision("2025-03-01"))
    late = past.corrected(0, opening(on="2025-02-20"))
    assert "2025-02-10" in past.rejected(late, "BEFORE_OPENING", "AMB-35")


def test_a_decision_on_funds_has_no_place_among_the_modules() -> None:
    """O-01: nor where an event says so."""
    application_id = UUID(int=5)
    line = {"number": 1, "result": "waiting", "clause": "O-09", "code": "MANUAL_APPROVAL_NEEDED"}
    event = happened(FundingDecided, "2025-03-01", application=application_id, lines=(line,), funded_ore=0)
    with pytest.raises(CommandRejected) as rejected:
        employer_grounds(event, Past(STRATEGIC).case)
    assert rejected.value.code == "NOT_IN_AREA"


def test_an_amount_is_a_whole_number() -> None:
    with pytest.raises(ValidationError) as error:
        application("other", lines=[cost("other") | {"amount_ore": 1.5}])
    assert error.value.errors()[0]["msg"] == "Value error, expected a whole number"


def test_a_text_with_an_identity_number_is_told_why() -> None:
    with pytest.raises(ValidationError) as error:
        opening(employer="Anna 19800517-1234")
    said = error.value.errors(include_input=False)[0]["msg"]
    assert said == "Value error, no identity number in it: an employer's case is stored clear"


def test_a_line_that_needs_an_approval_is_named() -> None:
    """O-09: by its number, also where an event says that it is funded."""
    past = Past(PREVENTIVE, application("education", "other"))
    line = {"number": 2, "result": "funded", "clause": "O-09"}
    application_id = past.case.applications[0].event_id
    event = happened(FundingDecided, "2025-03-01", application=application_id, lines=(line,), funded_ore=1)
    with pytest.raises(CommandRejected) as rejected:
        employer_grounds(event, past.case)
    assert rejected.value.code == "MANUAL_APPROVAL_NEEDED"
    assert "2" in rejected.value.sv
    assert "2" in rejected.value.en
