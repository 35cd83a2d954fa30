"""A ledger filled with fictional cases: each cast is what commands would have left, opens, and goes on."""

from collections.abc import Iterator
from datetime import date
from functools import partial
from pathlib import Path
from random import Random
from uuid import UUID, uuid4, uuid5

import pytest

from api import words
from domain.assessment import assess_json
from domain.commands import RecordDeclaration
from domain.events import (
    ApplicationDetails,
    ApplicationReceived,
    DeclarationRecorded,
    EligibilityAssessed,
    Receipt,
)
from domain.history import Entry, fold, fresh_evidence
from domain.register import REGISTER
from domain.rejections import CommandRejected
from ledger.applications import Applicant, Application, application_command
from ledger.faults import InputFault
from ledger.identity_numbers import parse_identity_number
from ledger.ledger import Ledger
from ledger.opening import open_ledger
from ledger.settings import Settings
from ledger.synthetic import filling, originals, people
from ledger.synthetic.drafts import last_day_of
from ledger.synthetic.filling import fill
from ledger.synthetic.lives import command_line
from ledger.synthetic.originals import CommandOf, Originals
from ledger.synthetic.population import population
from projections.building import rebuild
from projections.catalogue import PROJECTIONS
from tests.applications import TODAY, command
from tests.integration.conftest import copied
from tests.projected import catch_up
from tests.registers import HIRED

CASES, ORIGINALS, BRANCHES = 240, 80, 3
Histories = dict[UUID, tuple[Entry, ...]]


def command_of() -> CommandOf:
    return partial(words.command_line, by=None, flow=uuid4())


@pytest.fixture(scope="module")
def filled(
    server_url: str, template: tuple[str, Path], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Ledger]:
    """A ledger of which a third was made by commands; three branches, so that not all advisors are the first's."""
    with (
        pytest.MonkeyPatch.context() as patched,
        copied(server_url, template[0], f"filled_{uuid4().hex}") as url,
    ):
        patched.setattr(filling, "CASES_A_BRANCH", CASES // BRANCHES)
        patched.setattr(filling, "AT_ONCE", 50)
        settings = Settings(home=template[1], database_url=url)
        with open_ledger(settings) as ledger:
            steps: list[int] = []
            events = fill(ledger, CASES, 7, command_of(), steps.append, ORIGINALS)
            assert CASES <= sum(steps) <= CASES + 1
            assert events == ledger.select("SELECT count(*) AS n FROM liggare.case_events")[0]["n"]
        with open_ledger(settings) as ledger:  # which remembers nothing
            yield ledger


@pytest.fixture(scope="module")
def histories(filled: Ledger) -> Histories:
    """Every person's case, opened."""
    ids = [row["case_id"] for row in filled.select("SELECT case_id FROM liggare.case_register")]
    assert CASES <= len(ids) <= CASES + 1
    return filled.entries(ids)


def test_every_seal_opens_for_its_own_person(filled: Ledger, histories: Histories) -> None:
    """Names and numbers in what is sealed are those of the person whom the case is registered for."""
    numbers = dict[str, str]()
    for entries in histories.values():
        first = entries[0].event
        assert isinstance(first, ApplicationReceived)
        assert isinstance(first.details, ApplicationDetails)
        number = parse_identity_number(first.details.identity_number)
        assert filled.keys.person_ref(number.number) == first.person_ref
        assert (number.sex, number.born) == (first.sex, first.details.born)
        assert first.birth_year == first.details.born.year
        assert 980 <= int(number.number[8:11]) <= 999
        assert numbers.setdefault(number.number, first.details.name) == first.details.name
        for entry in entries:
            if isinstance(entry.event, DeclarationRecorded):
                said = entry.event.declaration.statements  # type: ignore[union-attr]
                assert {one.payee for one in said} == {number.number}
    assert len(numbers) > CASES * 0.8
    keys = filled.select("SELECT DISTINCT person_ref, key_id FROM liggare.case_register")
    assert len({row["key_id"] for row in keys}) == len(keys) == len(numbers)


def test_every_decision_is_made_again_to_the_byte(histories: Histories) -> None:
    """The receipts hold each person's own birth date; the law gives the same answer."""
    receipts = [
        entry.event.receipt
        for entries in histories.values()
        for entry in entries
        if isinstance(entry.event, EligibilityAssessed)
    ]
    assert len(receipts) > CASES * 0.8
    for receipt in receipts:
        assert isinstance(receipt, Receipt)
        assert assess_json(receipt.request).decode() == receipt.assessment


def test_what_is_kept_beside_follows_from_the_events(filled: Ledger, histories: Histories) -> None:
    """Case register, months, persons' versions and commands, as the append function keeps them."""
    registered = {row["case_id"]: row for row in filled.select("SELECT * FROM liggare.case_register")}
    months = dict[UUID, set[str]]()
    for row in filled.select("SELECT * FROM liggare.consumed_month"):
        assert row["person_ref"] == registered[row["case_id"]]["person_ref"]
        months.setdefault(row["case_id"], set()).add(row["month"])
    commands = {row["command_id"]: row for row in filled.select("SELECT * FROM liggare.command")}
    decided = dict[str, int]()
    for case_id, entries in histories.items():
        case, row = fold(case_id, entries), registered[case_id]
        assert case.application
        engagement = case.engagement
        assert (row["person_ref"], row["service"], row["received_on"]) == (
            case.application.person_ref,
            case.application.service,
            case.application.occurred_on,
        )
        assert (row["stage"], row["outcome"], row["agreed_end"], row["fresh_evidence"]) == (
            case.stage(date.min),
            engagement.result if engagement else None,
            engagement.agreed_end if engagement else None,
            fresh_evidence(entries),
        )
        assert months.get(case_id, set()) == (set(case.grant.basis_months) if case.grant else set())
        for entry in entries:
            kept = commands[entry.event.command_id]
            assert entry.event.event_id in kept["event_ids"]
            assert uuid5(entry.event.command_id, "0") == kept["event_ids"][0]
            if entry.event.event_id == kept["event_ids"][-1]:
                assert kept["position"] == entry.position
        asked = {entry.event.command_id for entry in entries if entry.event.topic in ASKING}
        decided[row["person_ref"]] = decided.get(row["person_ref"], 0) + len(asked)
    versions = {row["person_ref"]: row["version"] for row in filled.select("SELECT * FROM liggare.person")}
    assert versions == decided
    stamps = filled.select("SELECT recorded_at FROM liggare.case_events ORDER BY notification_id")
    assert stamps == sorted(stamps, key=lambda row: row["recorded_at"])


ASKING = {
    f"case.{name}"
    for name in (
        *("eligibility_assessed", "grant_annulled", "entry_corrected", "reconsideration_decided"),
        *("engagement_started", "reopened", "study_support_granted", "compensation_recorded", "measure_paid"),
    )
}
"""Events of commands that look at the person's other cases, and so raise the person's version."""


def test_lives_differ(filled: Ledger, histories: Histories) -> None:
    """Advisors of every branch, who are in the register that day; cases at every stage; each id once."""
    cases = {case_id: fold(case_id, entries) for case_id, entries in histories.items()}
    register = filled.register()
    advisors = {case.advisor for case in cases.values() if case.advisor}
    assert advisors <= {name for kind, name in register.lines if kind == "staff"}
    assert {name.rpartition(".")[2] for name in advisors} >= {"1", "2"}
    stages = {case.stage(date.min) for case in cases.values()}
    assert stages >= {"received", "refused", "granted", "active", "ended", "annulled"} - {"received"}
    people = {(one.region, one.birth_year) for case in cases.values() if (one := case.application)}
    assert len(people) > CASES / 2


def test_an_application_sent_again_is_recognised(filled: Ledger, histories: Histories) -> None:
    """By id and content, though it never came: the last case is one that was cast."""
    case_id, entries = max(histories.items(), key=lambda pair: pair[1][0].position)
    first = entries[0].event
    assert isinstance(first, ApplicationReceived)
    told = first.details
    assert isinstance(told, ApplicationDetails)
    assert told.reference.count(".") == 1
    sent = Application(
        **{
            name: getattr(first, name)
            for name in ("region", "occupation", "occupation_name", "policy", "months")
        },
        service=first.service,
        received_on=first.occurred_on,
        on_basis_of=first.on_basis_of,
        reference=told.reference,
        person=Applicant.model_validate(told.model_dump(include=set(Applicant.model_fields))),
        employments=told.employments,
        work=told.work,
        benefits=told.benefits,
    )
    number = parse_identity_number(told.identity_number)
    found, asked = application_command(sent, number, filled.keys, "case_officer:x", uuid4())
    assert found == case_id
    stored = filled.execute(found, asked, TODAY)
    assert (stored.repeated, stored.position) == (True, entries[0].position)


def test_projections_read_it_and_cases_go_on(filled: Ledger, histories: Histories) -> None:
    """The next command on a cast case is decided, sealed and stored as any other."""
    with filled.own_connection() as connection:
        assert catch_up(connection) == []
        assert {one.differing for one in rebuild(connection, PROJECTIONS)} == {0}
    active = [
        case_id
        for case_id, entries in histories.items()
        if fold(case_id, entries).stage(date.min) == "active" and entries[0].position > 3000
    ]
    for case_id in active[:5]:
        case = fold(case_id, histories[case_id])
        done = filled.execute(
            case_id, command("make_contact", "2025-08-04", f"advisor:{case.advisor}", kind="webinar"), TODAY
        )
        assert filled.history(case_id)[-1].position == done.position


def test_only_an_empty_ledger_is_filled(ledger: Ledger) -> None:
    """The register alone is use enough."""
    ledger.execute(REGISTER, HIRED[0], TODAY)
    with pytest.raises(InputFault, match="this ledger is in use"):
        fill(ledger, 10, 7, command_of(), lambda _: None)


def test_the_same_seed_gives_the_same_lives(
    ledger: Ledger, filled: Ledger, histories: Histories, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(filling, "CASES_A_BRANCH", CASES // BRANCHES)
    monkeypatch.setattr(filling, "AT_ONCE", 50)
    fill(ledger, CASES, 7, command_of(), lambda _: None, ORIGINALS)
    counted = (
        "SELECT notification_id, topic FROM liggare.case_events WHERE notification_id <= %(last)s ORDER BY 1"
    )
    last = max(entries[-1].position for entries in histories.values())
    assert ledger.select(counted, last=last) == filled.select(counted, last=last)


def test_there_are_only_so_many_made_up_people(ledger: Ledger, monkeypatch: pytest.MonkeyPatch) -> None:
    """In a month, twenty of each day with a personal number and as many with a coordination number."""
    for name, day in (("FIRST_BORN", date(1980, 1, 1)), ("LAST_BORN", date(1980, 1, 31))):
        monkeypatch.setattr(people, name, day)
    somebody = people.Crowd(Random(2)).person(people.FIRST_BORN, people.LAST_BORN).identity_number
    crowd = people.Crowd(Random(1), [somebody])
    numbers = [parse_identity_number(one.identity_number) for one in crowd.multitude()]
    assert len({one.number for one in numbers} | {somebody}) == len(numbers) + 1 == 31 * 20 * 2
    assert {one.born for one in numbers} == {date(1980, 1, day) for day in range(1, 32)}
    monkeypatch.setattr(people.Crowd, "multitude", lambda self: iter([]))
    with pytest.raises(InputFault, match="no more than 3 cases"):
        fill(ledger, 10, 7, command_of(), lambda _: None, 3)


def test_so_few_that_all_are_made_by_commands(ledger: Ledger) -> None:
    assert fill(ledger, 3, 7, command_of(), lambda _: None) > 3 * 3
    assert len(ledger.select("SELECT FROM liggare.case_register")) == 3


def test_what_the_law_rejects_is_no_life(ledger: Ledger) -> None:
    """Nothing is left out silently: a story that can't be is a mistake in the story."""
    lives = Originals(ledger, command_of())
    lives.organise()
    told = command_line(UUID(int=1), 1, "resume", actor="advisor:ada.exempel", on=date(2025, 1, 7))
    with pytest.raises(CommandRejected, match="UNKNOWN_CASE"):
        lives.carry_out_lines([told])


def test_what_employers_declare_is_known_when_it_is_decided() -> None:
    """Months before the application alone, and no correction that came after the decision's month."""
    people_ = population(7, 400)
    days = {row.application.reference: row.application.received_on for row in people_.cases}
    cases = {reference: uuid5(UUID(int=1), reference) for reference in days}
    of_case = {case_id: days[reference] for reference, case_id in cases.items()}
    made = [(case_id, asked) for case_id, asked in originals._declared(people_, cases)]
    later = 0
    for case_id, asked in made:
        assert isinstance(asked, RecordDeclaration)
        day = of_case[case_id]
        assert all(said.period < f"{day:%Y-%m}" for said in asked.declaration.statements)
        assert day <= asked.occurred_on <= last_day_of(f"{day:%Y-%m}")
        later += day < asked.occurred_on
    assert later == len(people_.corrections) > 20
    assert len(made) - later > 300
