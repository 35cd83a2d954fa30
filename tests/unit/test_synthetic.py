"""Fictional populations: the same seed the same people, every line and file sound, and something of everything."""

import json
from collections import Counter
from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any
from uuid import UUID, uuid5

import pytest

from api.words import command_line
from domain.employer import fold_employer
from domain.employer_commands import EmployerCommand
from domain.employer_decisions import decide_employer
from domain.grounds import Known
from domain.history import Entry
from domain.refusals import Code
from domain.register import REGISTER, Register, fold_register
from domain.register_commands import RegisterCommand
from domain.register_decisions import decide_register
from domain.services import CATALOGUES
from ledger.applications import parse_application
from ledger.declarations import read_declarations
from ledger.identity_numbers import check_digit, parse_identity_number
from ledger.synthetic.files import (
    APPLICATIONS,
    DECLARATIONS,
    EMPLOYERS_CASES,
    NOTICES,
    files_of_declarations,
    notice_lines,
    write_population,
)
from ledger.synthetic.fund_lives import during_employment
from ledger.synthetic.lives import Granted, lives
from ledger.synthetic.organisation import LEFT, MOVED, PROVIDER_ENDED, register_lines
from ledger.synthetic.people import EMPLOYERS, Crowd
from ledger.synthetic.population import STORIES, Population, _stories, population

TODAY = date(2026, 1, 1)
SEVEN = UUID(int=7)
EXPIRED_BY = "2026-09-30"


def case_of(reference: str) -> UUID:
    return uuid5(SEVEN, reference)


@pytest.fixture(scope="module")
def people() -> Population:
    return population(7, 120)


@pytest.fixture(scope="module")
def folder(people: Population, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("synthetic") / "people"
    write_population(people, folder, case_of, lambda: None)
    return folder


def test_the_same_seed_gives_the_same_people(people: Population) -> None:
    assert population(7, 120) == people


def test_the_same_people_make_the_same_files(people: Population, folder: Path, tmp_path: Path) -> None:
    write_population(people, tmp_path / "again", case_of, lambda: None)
    names = sorted(path.relative_to(folder) for path in folder.rglob("*.*"))
    assert len(names) == files_of_declarations(people) + 4
    for name in names:
        assert (folder / name).read_bytes() == (tmp_path / "again" / name).read_bytes(), name


def test_another_seed_gives_other_people(people: Population) -> None:
    def numbers(of: Population) -> set[str]:
        return {case.application.person.identity_number for case in of.cases}

    other = population(8, 120)
    assert len(numbers(other) - numbers(people)) > 0.9 * len(numbers(other))
    references = {case.application.reference for case in other.cases}
    assert references.isdisjoint(case.application.reference for case in people.cases)


@pytest.mark.parametrize("cases", [0, 1, 2, 17, 120])
def test_there_are_as_many_applications_as_asked_for(cases: int) -> None:
    made = population(3, cases)
    assert len(made.cases) == cases
    assert len({case.application.reference for case in made.cases}) == cases


def test_every_identity_number_is_valid_and_plainly_made_up(people: Population) -> None:
    numbers = {case.application.person.identity_number for case in people.cases}
    numbers |= {statement.payee for statement in people.statements}
    parsed = [parse_identity_number(number) for number in sorted(numbers)]
    assert all(980 <= int(row.number[8:11]) <= 999 for row in parsed)
    assert all(row.born is not None for row in parsed)
    assert any(row.coordination for row in parsed)
    assert {row.sex for row in parsed} == {"female", "male"}


def test_every_employers_case_comes_about_by_its_lines(folder: Path) -> None:
    """One in each field, with a deviation from the advised order and lines of every kind; none is rejected."""
    told, now = dict[UUID, list[Entry]](), datetime(2026, 1, 1, tzinfo=UTC)
    register = registered(register_lines())
    for position, line in enumerate((folder / EMPLOYERS_CASES).read_bytes().splitlines(), 1):
        case, command = command_line(line, None, SEVEN)
        assert isinstance(command, EmployerCommand)
        entries = told.setdefault(case, [])
        events = decide_employer(case, command, Known(TODAY, tuple(entries), register=register))
        entries += [Entry(100 * position + index, now, event) for index, event in enumerate(events)]
    strategic, preventive = (fold_employer(case, entries) for case, entries in told.items())
    assert (strategic.stage, preventive.stage) == ("closed", "open")
    assert [taken.ahead_of for taken in strategic.modules.values()] == [(), (1,), (), ()]
    assert preventive.funded_ore == sum((18_500_000, 1_249_050, 4_200_000, 900_000, 600_000))


def test_employers_are_plainly_made_up() -> None:
    assert all(one.number.startswith("55999991") or one.number.startswith("55999992") for one in EMPLOYERS)
    assert all(check_digit(one.number[:9]) == one.number[9] for one in EMPLOYERS)
    assert {one.sector for one in EMPLOYERS} == {"municipality", "region", "municipal_company", "other"}


def test_every_application_goes_in(people: Population, folder: Path) -> None:
    lines = (folder / APPLICATIONS).read_bytes().splitlines()
    parsed = [parse_application(line, TODAY)[0] for line in lines]
    assert [row.reference for row in parsed] == [case.application.reference for case in people.cases]
    assert {row.service for row in parsed} == {*SERVICES, "statement", "reduced_capacity"}
    assert {case_of(row.reference) for row in parsed} & {
        UUID(row.on_basis_of) for row in parsed if row.on_basis_of and not row.on_basis_of.startswith("OTHER")
    }


def test_every_file_of_declarations_can_be_read(people: Population, folder: Path) -> None:
    paths = sorted((folder / DECLARATIONS).iterdir())
    files = [read_declarations(path) for path in paths]
    assert sum(file.statements for file in files) == len(people.statements) + len(people.corrections)
    assert all(not file.warnings for file in files)
    made = [file.created_at for file in files]
    assert made == sorted(made), "the names sort as the files were made"
    assert any(row.statement.removed for row in people.corrections)


def test_some_people_never_applied(people: Population) -> None:
    applied = {case.application.person.identity_number for case in people.cases}
    assert len({statement.payee for statement in people.statements} - applied) == 24


def test_every_notice_is_a_command(people: Population, folder: Path) -> None:
    for line in (folder / NOTICES).read_bytes().splitlines():
        command_line(line, "case_officer:test", SEVEN)
    assert {row.command for row in people.late} == {
        "annul_grant",
        "judge_need",
        "notify_as_employer",
        "record_evidence",
        "request_statement",
        "issue_statement",
        "contact_fund",
        "give_information",
        "hold_deliberation",
        "offer_agreement",
        "agree_termination",
        "request_reconsideration",
        "decide_reconsideration",
        "lodge_appeal",
        "decide_appeal",
    }
    ids = [line["id"] for line in notice_lines([*people.notices], case_of)]
    assert len(set(ids)) == len(ids)


def test_every_story_is_told_before_one_is_told_often(people: Population) -> None:
    assert Counter(case.story for case in people.cases).keys() == {story.name for story in STORIES}
    assert len(STORIES) > len(Code)


SERVICES = CATALOGUES["2022-10-01"].services


def grants(count: int = 60) -> list[Granted]:
    forms = [(service, months) for service, row in SERVICES.items() for months in row.forms]
    return [
        Granted(
            case=uuid5(SEVEN, str(number)),
            reference=f"DEMO-7-{number:05d}",
            service=forms[number % len(forms)][0],  # type: ignore[arg-type]
            months=forms[number % len(forms)][1],
            decided_on=date(2024, 1 + number % 12, 28),
            last_day=date(2025, 1 + number % 12, 28),
        )
        for number in range(count)
    ]


def test_lives_are_the_same_whatever_order_the_grants_come_in() -> None:
    assert lives(7, grants()) == lives(7, reversed(grants()))
    assert lives(7, grants()) != lives(8, grants())


def test_lives_have_something_of_everything_in_the_order_of_the_days() -> None:
    lines = lives(7, grants())
    assert {line["command"] for line in lines} == {
        "assign_advisor",
        "start_engagement",
        "hold_meeting",
        "correct_entry",
        "pause",
        "resume",
        "reach_outcome",
        "agree_plan",
        "record_activity",
        "make_contact",
        "request_statement",
        "issue_statement",
        "choose_way",
        "record_csn_decision",
        "grant_study_support",
        "pay_measure",
        "record_compensation",
        "extend_for_sickness",
        "complete_task",
        "miss_meeting",
        "hold_health_collaboration",
        "evidence_outcome",
        "reopen",
        "withdraw",
    }
    days = [line["occurred_on"] for line in lines]
    assert days == sorted(days)
    assert days[-1] < EXPIRED_BY
    assert len({line["id"] for line in lines}) == len(lines)


def test_a_life_that_is_long_enough_has_a_pause_a_correction_and_a_result() -> None:
    (twelve,) = [row for row in grants() if row.months == 12][:1]
    commands = {line["command"] for line in lives(7, [twelve])}
    assert commands >= {"pause", "resume", "correct_entry", "reach_outcome"}


def registered(lines: Iterable[dict[str, Any]]) -> Register:
    """The register that an organisation's lines make, each asked in its turn."""
    entries: list[Entry] = []
    for row in lines:
        at, command = command_line(json.dumps(row).encode(), None, SEVEN)
        assert at == REGISTER
        assert isinstance(command, RegisterCommand)
        for event in decide_register(command, Known(TODAY, tuple(entries))):
            entries.append(Entry(len(entries) + 1, datetime(2026, 1, 1, tzinfo=UTC), event))
    return fold_register(entries)


def test_the_organisation_is_registered_line_by_line() -> None:
    """Somebody moves, somebody leaves, a provider ends; and the lines have ids of their own."""
    lines = register_lines()
    register = registered(lines)
    assert len({line["id"] for line in lines}) == len(lines)
    who, moved_on, office = MOVED
    assert (
        register.office_of(who, moved_on - timedelta(days=1)) != register.office_of(who, moved_on) == office
    )
    assert [register.is_advisor(LEFT[0], LEFT[1] + timedelta(days=day)) for day in (0, 1)] == [True, False]
    ended = PROVIDER_ENDED[1]
    assert [register.is_provider(PROVIDER_ENDED[0], ended + timedelta(days=day)) for day in (0, 1)] == [
        True,
        False,
    ]


def test_whoever_is_named_in_a_life_is_registered_on_that_day(people: Population) -> None:
    """Vacuous unless somebody leaves while support goes on: cases that were another's are taken over."""
    register, taken_over = registered(register_lines()), 0
    for line in lives(7, grants()):
        on = date.fromisoformat(line["occurred_on"])
        role, _, name = line["actor"].partition(":")
        assert register.has_role(name, role, on)
        if line["command"] == "assign_advisor":
            assert register.is_advisor(line["advisor"], on)
            taken_over += on == LEFT[1] + timedelta(days=1)
        if line.get("provider"):
            assert register.is_provider(line["provider"], on)
    assert taken_over
    for notice in (*people.notices, *people.late):
        role, _, name = notice.actor.partition(":")
        if role in ("advisor", "decision_maker", "case_officer"):
            assert register.has_role(name, role, notice.occurred_on), notice  # type: ignore[arg-type]


def test_nobody_comes_back_after_the_end_and_no_guidance_is_completed_without_its_meetings() -> None:
    """Some stay away for good, and some miss a meeting too many: what they do is what a ledger would allow."""
    told: dict[str, Counter[str]] = {}
    made = grants(2_000)
    for line in lives(7, made):
        told.setdefault(line["case"], Counter())[line["command"]] += 1
    for_good = [case for case, lines in told.items() if lines["pause"] > lines["resume"]]
    assert for_good
    guidance = {str(one.case) for one in made if one.service == "guidance_employed"}
    least = SERVICES["guidance_employed"].forms[3].meetings
    short = [
        case for case in guidance if told[case]["hold_meeting"] < least and told[case]["start_engagement"]
    ]
    assert short
    assert not any(told[case]["reach_outcome"] for case in short)


def test_people_born_on_one_day_share_no_number() -> None:
    """Twenty numbers a day and sex are drawn from: who would get one that is taken gets another."""
    crowd, day = Crowd(Random(7)), date(1980, 5, 17)
    people = [crowd.person(day, day) for _ in range(24)]
    assert len({person.identity_number for person in people}) == 24


def test_some_who_apply_to_the_fund_give_its_own_name_of_their_occupation(people: Population) -> None:
    """O-15: a name alone, a group with its name, or a group alone; nobody else gives a name."""
    stated = [
        (row.occupation is not None, row.occupation_name is not None)
        for row in (case.application for case in people.cases)
        if row.policy == "omstallningsfonden"
    ]
    assert set(stated) == {(False, True), (True, True), (True, False)}
    others = (case.application for case in people.cases if case.application.policy == "kammarkollegiet")
    assert all(row.occupation and row.occupation_name is None for row in others)


def test_a_story_that_is_too_long_for_what_is_left_is_not_told() -> None:
    """So that there are as many applications as were asked for, wherever chance begins."""
    for seed in range(100):
        assert [story.applications for story in _stories(Random(seed), 1)] == [1]
    assert any(story.applications > 1 for story in STORIES)


@pytest.mark.parametrize(("day", "supported"), [(date(2025, 11, 30), True), (date(2025, 12, 1), False)])
def test_no_study_support_of_a_year_whose_base_amount_is_not_known(day: date, supported: bool) -> None:
    """O-18-c: it begins in the month after the way was chosen, and is calculated on that year's amount."""
    steps = [given.command for given in during_employment(Random(7), day, everything=True)]
    assert steps[0] == "choose_way"
    assert ("grant_study_support" in steps) == supported
    assert supported or len(steps) == 1
