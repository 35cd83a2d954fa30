"""From evidence to the question that is assessed, and the decision that carries its own receipt."""

import json
from collections.abc import Iterable
from datetime import UTC, date, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given as drawn
from hypothesis import settings
from pydantic_core import to_json

from domain.assessment import assess, assess_json
from domain.case import Case
from domain.command import Command
from domain.commands import (
    AnnulGrant,
    CorrectEntry,
    Decide,
    JudgeNeed,
    NotifyAsEmployer,
    ReceiveApplication,
    RecordDeclaration,
    RecordEarlierGrant,
    RecordEvidence,
)
from domain.decisions import decide
from domain.declarations import Declaration, IncomeMonth, Statement
from domain.event import ERASED, Event
from domain.events import ApplicationReceived, EligibilityAssessed, Evidence, Receipt
from domain.evidence import add_declared_income, benefit_order, earlier_grants, question
from domain.grounds import Known
from domain.rejections import CommandRejected
from domain.request import Benefit, EarlierGrant, Employment, Request, Work, parse_request
from tests.given import (
    ADVISOR,
    CASE,
    DECIDED,
    EMPLOYER,
    OTHER_CASE,
    RECEIVED,
    Given,
    application,
    details,
    do,
    employment,
    given,
    work,
)
from tests.registers import STAFFED
from tests.strategies import requests

DECIDED_ON = date(2025, 1, 15)
NUMBER = "165599999017"
NOT_LISTED = "162120001355"


def asked(past: Given, on: date = DECIDED_ON) -> Request:
    others = tuple(other.case for other in past.others)
    return question(past.case, others, on, None).request


def income(request: Request) -> dict[tuple[str, str], tuple[str | None, int | None]]:
    return {(row.employment, row.month): (row.hours, row.income) for row in request.work}


def declared(
    amount: int = 31_000,
    month: str = "2024-12",
    employer: str = NUMBER,
    *,
    made: str = "2025-01-12",
    on: str = "2025-01-12",
    removed: bool = False,
) -> RecordDeclaration:
    """A file that says that an employer paid an amount in a month."""
    statement = Statement(
        employer=employer,
        payee="198005171234",
        period=month,
        number=1,
        removed=removed,
        amounts={} if removed else {"011": amount},
    )
    declaration = Declaration(
        file_sha256=sha256(f"{statement}{made}".encode()).hexdigest(),
        file_name="agi.xml",
        created_at=datetime.combine(date.fromisoformat(made), datetime.min.time(), UTC),
        statements=(statement,),
    )
    return do(RecordDeclaration, on, "system:import", declaration=declaration)


def evidence(on: str = "2025-01-12", **content: Any) -> RecordEvidence:
    return do(RecordEvidence, on, source="certificate", content=Evidence(**content))


def stated(*employments: Employment, months: tuple[Work, ...] = ()) -> ReceiveApplication:
    return application(details=details(employments=employments, work=months))


# The employers' word


def test_declared_income_replaces_stated_income_and_hours_are_kept() -> None:
    """For one employment and month; other months, and a month without a declaration, stay as stated (K-5.2-7)."""
    months = work("2024-11", 2, hours="80", income=20_000)
    past = given(stated(employment(), months=months), declared(31_000))
    assert income(asked(past)) == {("e1", "2024-11"): ("80", 20_000), ("e1", "2024-12"): ("80", 31_000)}


def test_a_declaration_of_nothing_that_counts_replaces_too() -> None:
    """An employer who declares 0 of earned income has said that none was earned."""
    months = work("2024-12", 1, hours=None, income=20_000)
    nothing = Statement(employer=NUMBER, payee="198005171234", period="2024-12", number=1)
    command = declared()
    command = command.model_copy(
        update={"declaration": command.declaration.model_copy(update={"statements": (nothing,)})}
    )
    past = given(stated(employment(), months=months), command)
    assert income(asked(past)) == {("e1", "2024-12"): (None, 0)}


def test_a_month_that_nobody_stated_has_income_alone() -> None:
    past = given(stated(employment()), declared(month="2024-06"))
    assert income(asked(past)) == {("e1", "2024-06"): (None, 31_000)}


OLD = {"starts_on": "2020-01-01", "ends_on": "2024-06-14"}
NEW = {"starts_on": "2024-06-15", "ends_on": None}
OVERLAPPING = [
    ("2024-05", "b"),  # only the old one, though it isn't the smallest id
    ("2024-07", "a"),  # only the new one
    ("2024-06", "a"),  # both, one day is enough: the smallest id
    ("2019-12", "a"),  # neither: the smallest id
]


@pytest.mark.parametrize(("month", "identity"), OVERLAPPING)
def test_it_belongs_to_the_employment_that_overlaps_the_month(month: str, identity: str) -> None:
    """Two employments with one employer; else, and among several, the smallest id."""
    past = given(stated(employment("b", **OLD), employment("a", **NEW)), declared(month=month))
    assert list(income(asked(past))) == [(identity, month)]


def test_the_last_month_of_an_employment_overlaps_and_the_next_does_not() -> None:
    """A declaration for the month after the end goes to another employment there, or else stays with it."""
    ended = employment("b", starts_on="2020-01-01", ends_on="2024-05-31")
    two = stated(ended, employment("a", starts_on="2024-07-01", ends_on=None))
    assert list(income(asked(given(two, declared(month="2024-05"))))) == [("b", "2024-05")]
    assert list(income(asked(given(two, declared(month="2024-06"))))) == [("a", "2024-06")]
    alone = given(stated(ended), declared(month="2024-06"))
    assert list(income(asked(alone))) == [("b", "2024-06")]


WRITTEN = [
    "5599999017",
    "559999-9017",
    "165599999017",
    "16559999-9017",
    " 559999 - 9017 ",
    "559999\u20139017",
    "559999\u20119017",
    "16\u00a0559999\u00a09017",
]


@pytest.mark.parametrize("written", WRITTEN)
def test_an_organisation_number_is_known_however_it_is_written(written: str) -> None:
    """Ten or twelve digits, with any hyphen, dash or space: else income would be counted for two employments."""
    past = given(stated(employment(employer=written)), declared())
    request = asked(past)
    assert len(request.employments) == 1
    assert list(income(request)) == [("e1", "2024-12")]


def test_a_sole_traders_number_is_known_with_its_century() -> None:
    past = given(stated(employment(employer="570101-2380")), declared(employer="195701012380"))
    assert list(income(asked(past))) == [("e1", "2024-12")]


@pytest.mark.parametrize("other", ["559999-9018", "Bolaget AB", "99", "٥٥٩٩٩٩٩٠١٧"])
def test_another_employer_is_another(other: str) -> None:
    """Neither a number that differs, nor a name, nor digits of another script."""
    request = asked(given(stated(employment(employer=other)), declared()))
    assert {row.id for row in request.employments} == {"e1", f"agi-{NUMBER}"}


def test_an_employer_that_nobody_listed() -> None:
    """Its months count; without a start it is never a ground, and its sector is the one that proves nothing."""
    past = given(stated(), *(declared(month=month) for month in ("2024-11", "2024-12")))
    request = asked(past)
    (unlisted,) = request.employments
    assert unlisted.model_dump(exclude_defaults=True) == {
        "id": f"agi-{NUMBER}",
        "employer": NUMBER,
        "country": "SE",
        "form": "permanent",
        "starts_on": None,
        "ends_on": None,
        "end_reason": None,
        "end_initiative": None,
        "managing_director": False,
        "shares": None,
        "sole_trader_relation": None,
    }
    assert unlisted.sector == "other"
    assert set(income(request).values()) == {(None, 31_000)}
    assessment = assess(request)
    assert assessment.countable_months == ("2024-11", "2024-12")
    assert "GROUND_MISSING" in assessment.refusals


def test_two_employers_that_nobody_listed_are_two() -> None:
    """Each has its own months; one that an applicant happened to name like it stays itself."""
    mine = employment(f"agi-{NOT_LISTED}", employer="Kommunen")
    past = given(stated(mine), declared(), declared(employer=NOT_LISTED), declared(1, "2024-10", NOT_LISTED))
    request = asked(past)
    assert {row.id: row.employer for row in request.employments} == {
        f"agi-{NOT_LISTED}": "Kommunen",
        f"agi-{NUMBER}": NUMBER,
        f"agi-{NOT_LISTED}+": NOT_LISTED,
    }
    assert {identity for identity, _ in income(request)} == {f"agi-{NUMBER}", f"agi-{NOT_LISTED}+"}


def test_an_employment_listed_later_takes_the_declared_months() -> None:
    """What was unlisted belongs to the employment once evidence lists it: nothing is counted twice."""
    past = given(stated(), declared())
    assert [row.id for row in asked(past).employments] == [f"agi-{NUMBER}"]
    past.carry_out(evidence(employments=(employment("e7"),)))
    assert [row.id for row in asked(past).employments] == ["e7"]
    assert list(income(asked(past))) == [("e7", "2024-12")]


def test_a_later_file_corrects_an_earlier_one() -> None:
    """The file made last holds, whichever was imported first; a removal leaves what was stated."""
    months = work("2024-12", 1, hours="80", income=20_000)
    newer, older = declared(31_000, made="2025-01-12"), declared(29_000, made="2025-01-11")
    past = given(stated(employment(), months=months), newer, older)
    assert income(asked(past)) == {("e1", "2024-12"): ("80", 31_000)}
    past.carry_out(declared(made="2025-01-13", removed=True, on="2025-01-13"))
    assert income(asked(past)) == {("e1", "2024-12"): ("80", 20_000)}


def test_files_of_one_instant_hold_in_the_order_of_import() -> None:
    """Import is the nearest thing to the order of submission; a file is not older because its day is."""
    late = declared(29_000, made="2025-01-12", on="2025-01-11")
    past = given(stated(employment()), declared(31_000, on="2025-01-12"), late)
    assert income(asked(past)) == {("e1", "2024-12"): (None, 29_000)}


# Others' evidence


def test_evidence_replaces_an_employment_and_a_row_of_work() -> None:
    """By id, and by employment and month; the newest counts, also for what evidence before it said."""
    past = given(stated(employment(), months=work("2024-11", 2)))
    past.carry_out(evidence(employments=(employment(sector="region"), employment("e2"))))
    past.carry_out(evidence(work=work("2024-12", 1, hours="70")))
    past.carry_out(evidence(work=work("2024-12", 1, hours="71")))
    request = asked(past)
    assert {row.id: row.sector for row in request.employments} == {"e1": "region", "e2": "other"}
    assert income(request) == {("e1", "2024-11"): ("160", None), ("e1", "2024-12"): ("71", None)}


def test_benefits_are_gathered_each_once() -> None:
    """The same period stated twice is one period, and the order in which they came in changes nothing."""

    def benefit(starts_on: str) -> Benefit:
        values = {
            "kind": "parental_benefit",
            "country": "SE",
            "starts_on": starts_on,
            "ends_on": "2024-12-31",
        }
        return Benefit.model_validate(values, strict=False)

    first, second = benefit("2024-01-01"), benefit("2024-02-01")
    one = given(application(details=details(benefits=(second,))), evidence(benefits=(first, second)))
    other = given(application(details=details(benefits=(first,))), evidence(benefits=(second,)))
    assert asked(one).benefits == asked(other).benefits == (first, second)


def test_evidence_after_the_day_of_decision_is_not_used() -> None:
    """The day itself counts; what came in later is there for the next decision, whatever kind it is."""
    later: list[Command] = [
        evidence("2025-01-16", employments=(employment("e2"),)),
        declared(on="2025-01-16"),
        do(JudgeNeed, "2025-01-16", ADVISOR, special_need=True),
        do(NotifyAsEmployer, "2025-01-16", EMPLOYER, employer="Kommunen"),
        elsewhere("1", on="2025-01-16"),
    ]
    past = given(RECEIVED, *later)
    assert asked(past) == asked(given(RECEIVED))
    received_id = past.entries[0].event.event_id
    assert question(past.case, (), DECIDED_ON, None).relied_on == (received_id,)
    the_day = asked(past, date(2025, 1, 16))
    assert {row.id for row in the_day.employments} == {"e1", "e2"}
    assert (the_day.special_need, the_day.employer_notified) == (True, True)
    assert [row.case for row in the_day.earlier_grants] == ["trr:1"]
    assert income(the_day)["e1", "2024-12"] == ("160", 31_000)


def test_the_newest_judgement_of_need_counts() -> None:
    """K-5.1-5: nobody has judged, no need. The newest by its day, and of one day the one recorded last."""

    def judged(on: str, answer: bool) -> JudgeNeed:
        return do(JudgeNeed, on, ADVISOR, special_need=answer)

    assert not asked(given(RECEIVED)).special_need
    assert asked(given(RECEIVED, judged("2025-01-12", True))).special_need
    assert not asked(given(RECEIVED, judged("2025-01-12", True), judged("2025-01-13", False))).special_need
    assert asked(given(RECEIVED, judged("2025-01-12", False), judged("2025-01-12", True))).special_need
    entered_late = given(RECEIVED, judged("2025-01-13", True), judged("2025-01-12", False))
    assert asked(entered_late).special_need


def test_the_employers_notification() -> None:
    """O-25-d: none came in, then one did."""
    assert not asked(given(RECEIVED)).employer_notified
    notified = do(NotifyAsEmployer, "2025-01-12", EMPLOYER, employer="Kommunen")
    assert asked(given(RECEIVED, notified)).employer_notified


# Earlier grants


def elsewhere(case: str, on: str = "2025-01-12", **changes: Any) -> RecordEarlierGrant:
    """Support that another organisation granted."""
    values: dict[str, Any] = {
        "organisation": "trr",
        "case": case,
        "decided_on": "2023-01-10",
        "last_day": "2024-01-10",
        "basis_months": ("2022-01",),
    }
    return do(RecordEarlierGrant, on, **values | changes)


def other_case(*more: Command, number: int = 2, months: str = "2021-01") -> Given:
    """Another case of the person, granted on 15 January 2023."""
    before = details(
        employments=(employment(ends_on="2023-02-28"),),
        work=work(months, 24),
    )
    asked_then = application("2023-01-10", details=before)
    return given(asked_then, *more or (do(Decide, "2023-01-15"),), case_id=UUID(int=number))


def test_earlier_grants_from_the_persons_other_cases() -> None:
    """A case's own grant is none; another's is, with its months; the oldest first (K-5.5-b)."""
    mine = given(RECEIVED, DECIDED)
    assert asked(mine, date(2025, 1, 16)).earlier_grants == ()
    assert list(earlier_grants(mine.case, [mine.case], date(2025, 1, 16))) == []
    other = other_case()
    assert other.case.grant is not None
    past = given(RECEIVED, elsewhere("1", decided_on="2023-01-16"), others=(other,))
    first, second = asked(past).earlier_grants
    assert first == EarlierGrant(
        case=str(OTHER_CASE),
        decided_on=date(2023, 1, 15),
        last_day=date(2024, 1, 15),
        basis_months=other.case.grant.basis_months,
        annulled=False,
    )
    assert len(first.basis_months) == 12
    assert (second.case, second.basis_months) == ("trr:1", ("2022-01",))


def test_a_grant_that_is_annulled_or_was_refused_is_left_out() -> None:
    """It frees its months; what another organisation granted and is struck out is left out too."""
    annulled = other_case(do(Decide, "2023-01-15"), do(AnnulGrant, "2023-02-01", reason="Fel."))
    refused = other_case(do(Decide, "2023-01-15"), number=3, months="2018-01")
    waiting = given(application("2023-01-10", details=details()), case_id=UUID(int=4))
    assert refused.case.decision is not None
    past = given(RECEIVED, elsewhere("1"), others=(annulled, refused, waiting))
    assert [row.case for row in asked(past).earlier_grants] == ["trr:1"]
    wrong = past.entries[-1].event.event_id
    past.carry_out(do(CorrectEntry, "2025-01-13", corrects=wrong, reason="Fel person."))
    assert asked(past).earlier_grants == ()


def test_what_another_case_knows_of_other_organisations_counts_here() -> None:
    """Evidence of a grant is about the person; where two cases tell of the same, the newest does."""
    knows = other_case(
        elsewhere("1", on="2023-01-11", last_day="2023-12-31", decided_on="2022-01-10"),
        elsewhere("2", on="2023-01-11", decided_on="2022-01-10"),
    )
    past = given(RECEIVED, elsewhere("1", last_day="2024-06-30"), others=(knows,))
    assert {row.case: str(row.last_day) for row in asked(past).earlier_grants} == {
        "trr:1": "2024-06-30",
        "trr:2": "2024-01-10",
    }
    late = given(application("2022-12-01", details=details()), elsewhere("1", on="2022-12-02"), case_id=CASE)
    late.others = (knows,)
    assert str(asked(late).earlier_grants[0].last_day) == "2023-12-31"


def test_the_order_of_the_persons_cases_changes_nothing() -> None:
    """Three cases that tell of the same grant differently: the request is one, whichever is read first."""
    tell = [
        other_case(elsewhere("1", on=f"2023-01-1{day}", last_day=f"2024-01-0{day}"), number=day)
        for day in (2, 3, 4)
    ]
    here = given(RECEIVED)
    seen = {
        str([grant for grant, _ in earlier_grants(here.case, [one.case for one in order], DECIDED_ON)])
        for order in (tell, tell[::-1], [tell[1], tell[2], tell[0]])
    }
    assert len(seen) == 1
    assert "datetime.date(2024, 1, 4)" in seen.pop()


def test_what_a_decision_relied_on() -> None:
    """The application, the evidence of the case, and the events that tell of earlier grants; each once."""
    other = other_case()
    past = given(RECEIVED, declared(), elsewhere("1"), evidence(work=work("2022-12", 1)), others=(other,))
    granted = other.entries[-1].event.event_id
    relied_on = question(past.case, (other.case,), DECIDED_ON, None).relied_on
    own = [one.event.event_id for one in past.entries]
    assert relied_on == (*own, granted)
    (decision,) = past.when(DECIDED).events
    assert isinstance(decision, EligibilityAssessed)
    assert decision.relied_on == relied_on


def test_a_corrected_piece_of_evidence_is_not_relied_on() -> None:
    past = given(RECEIVED, evidence(work=work("2022-12", 1)))
    wrong = past.entries[-1].event
    right = evidence(work=work("2022-11", 1))
    past.carry_out(
        do(CorrectEntry, "2025-01-13", corrects=wrong.event_id, reason="Fel månad.", replacement=right)
    )
    received_id, replacement_id = past.entries[0].event.event_id, past.entries[-1].event.event_id
    assert question(past.case, (), DECIDED_ON, None).relied_on == (received_id, replacement_id)


def test_the_start_that_is_asked_for_stands_in_the_question() -> None:
    """Without one the request has none, and the support may start on the day of decision (AMB-17)."""
    case = given(RECEIVED).case
    assert question(case, (), DECIDED_ON, None).request.starts_on is None
    assert question(case, (), DECIDED_ON, date(2025, 2, 1)).request.starts_on == date(2025, 2, 1)


@pytest.mark.parametrize("kind", ["application", "evidence", "declaration", "need"])
def test_what_is_erased_is_no_question(kind: str) -> None:
    """A sealed field that can't be read any more stops the question; it is never taken for nothing."""
    commands: dict[str, tuple[Command, str]] = {
        "application": (RECEIVED, "details"),
        "evidence": (evidence(), "content"),
        "declaration": (declared(), "declaration"),
        "need": (do(JudgeNeed, "2025-01-12", ADVISOR, special_need=True), "special_need"),
    }
    command, field = commands[kind]
    past = given(RECEIVED) if kind == "application" else given(RECEIVED, command)
    last = past.entries[-1]
    past.entries[-1] = last._replace(event=last.event.model_copy(update={field: ERASED}))
    with pytest.raises(CommandRejected, match="PERSON_ERASED"):
        asked(past)


def test_no_application_no_question() -> None:
    with pytest.raises(CommandRejected, match="UNKNOWN_CASE"):
        question(Case(case_id=CASE), (), DECIDED_ON, None)


# Evidence that can't be right is stopped where it comes in


MALFORMED = [
    ({"work": work("2024-01", 1, "e9")}, "content.work[0].employment"),
    ({"work": work("2024-01", 1) * 2}, "content.work[1].month"),
    ({"employments": (employment("e2"), employment("e2"))}, "content.employments[1].id"),
    ({"employments": (employment(ends_on="2019-12-31"),)}, "content.employments[0].ends_on"),
    (
        {
            "benefits": (
                Benefit(kind="other", country="SE", starts_on=date(2024, 1, 2), ends_on=date(2024, 1, 1)),
            )
        },
        "content.benefits[0].ends_on",
    ),
]


@pytest.mark.parametrize(("content", "path"), MALFORMED, ids=[path for _, path in MALFORMED])
def test_malformed_evidence_is_rejected_with_its_path(content: dict[str, Any], path: str) -> None:
    """Two rows for one month would silently become one, and work for nobody would make the case undecidable."""
    rejected = given(RECEIVED).when(evidence(**content)).then_rejected("EVIDENCE_MALFORMED")
    assert path in rejected.en


def test_evidence_may_speak_of_what_earlier_evidence_listed() -> None:
    past = given(RECEIVED, evidence(employments=(employment("e2"),)))
    past.carry_out(evidence(work=work("2024-01", 1, "e2")))
    past.carry_out(evidence(employments=(employment("e3"),), work=work("2024-01", 1, "e3")))
    assert {"e1", "e2", "e3"} == {identity for identity, _ in income(asked(past))}


def test_a_question_that_is_malformed_is_a_rejection_not_a_refusal() -> None:
    """An earlier grant that ends before it began: no decision, and the path says where."""
    past = given(RECEIVED, elsewhere("1", last_day="2022-12-31"))
    assert "earlier_grants[0].last_day" in past.when(DECIDED).then_rejected("EVIDENCE_MALFORMED").sv


# The decision and its receipt

DATA = Path(__file__).parents[1] / "data" / "assessments.jsonl"
WORKED = [json.loads(line) for line in DATA.read_text("utf-8").splitlines()]
SOUND = [one for one in WORKED if "error_path" not in one["expected"]]


def from_request(request: Request) -> Given:
    """The case whose evidence is a request: each part supplied by the one whose part it is."""
    received_on = str(request.received_on)
    told: list[Command] = [
        application(
            received_on,
            policy=request.policy,
            policy_version=request.policy_version,
            service=request.service,
            months=request.months,
            on_basis_of=f"tso:{request.on_basis_of}" if request.on_basis_of else None,
            details=details(
                born=request.born,
                employments=request.employments,
                work=request.work,
                benefits=request.benefits,
            ),
        ),
        do(JudgeNeed, received_on, ADVISOR, special_need=request.special_need),
    ]
    if request.employer_notified:
        told.append(do(NotifyAsEmployer, received_on, EMPLOYER, employer="Kommunen"))
    told += [
        elsewhere(
            grant.case,
            received_on,
            organisation="tso",
            decided_on=grant.decided_on,
            last_day=grant.last_day,
            basis_months=grant.basis_months,
        )
        for grant in request.earlier_grants
        if not grant.annulled
    ]
    return given(*told, today=request.decided_on)


def as_the_ledger_writes(request: Request) -> Request:
    """The same request with its lists in order, cases named by organisation, and annulled grants left out."""
    grants = [
        grant.model_copy(update={"case": f"tso:{grant.case}"})
        for grant in request.earlier_grants
        if not grant.annulled
    ]
    return request.model_copy(
        update={
            "employments": tuple(sorted(request.employments, key=lambda row: row.id)),
            "work": tuple(sorted(request.work, key=lambda row: (row.employment, row.month))),
            "benefits": tuple(sorted(set(request.benefits), key=benefit_order)),
            "earlier_grants": tuple(sorted(grants, key=lambda row: (row.decided_on, row.case))),
            "on_basis_of": f"tso:{request.on_basis_of}" if request.on_basis_of else None,
        }
    )


def decision_on(request: Request) -> tuple[EligibilityAssessed, Receipt]:
    """Decide the case of a request on the request's own day."""
    past = from_request(request)
    on = str(request.decided_on)
    command = do(Decide, on, starts_on=request.starts_on)
    known = Known(request.decided_on, tuple(past.entries), register=STAFFED)
    (decision,) = decide(past.case, command, known)
    assert isinstance(decision, EligibilityAssessed)
    assert isinstance(decision.receipt, Receipt)
    return decision, decision.receipt


@pytest.mark.parametrize("row", SOUND, ids=[row["id"] for row in SOUND])
def test_the_worked_cases_through_a_case(row: dict[str, Any]) -> None:
    """The request that the case's evidence adds up to is the worked one, and so is the answer.

    Vacuous for the order of lists, which changes nothing, and for annulled grants, which the ledger leaves out.
    """
    request = parse_request(json.dumps(row["request"]))
    decision, receipt = decision_on(request)
    assert parse_request(receipt.request) == as_the_ledger_writes(request)
    answer = json.loads(receipt.assessment)
    answer["countable_count"] = len(answer["countable_months"])
    expected = {key: value for key, value in row["expected"].items() if key in answer}
    assert {"decision", "refusals"} <= set(expected)
    assert {key: answer[key] for key in expected} == expected
    assert (decision.decision, list(decision.refusals)) == (answer["decision"], answer["refusals"])


def same_bytes(receipt: Receipt) -> None:
    """The receipt's answer is what its request gives again, byte for byte, by each way in."""
    again = assess(parse_request(receipt.request))
    assert receipt.assessment.encode() == to_json(again) == assess_json(receipt.request)


def test_a_decision_carries_its_whole_answer() -> None:
    """What stands clear in the event is what the receipt says, and the receipt can be asked again."""
    past = given(RECEIVED, declared(), elsewhere("1"))
    (decision,) = past.when(do(Decide, "2025-01-15", starts_on="2025-02-01")).events
    assert isinstance(decision, EligibilityAssessed)
    assert isinstance(decision.receipt, Receipt)
    same_bytes(decision.receipt)
    answer = json.loads(decision.receipt.assessment)
    clear = decision.model_dump(mode="json", exclude={"receipt", "relied_on", "clauses", *Event.model_fields})
    assert clear == {key: answer[key] for key in clear}
    assert [row.model_dump() for row in decision.clauses] == [
        {key: row[key] for key in ("clause", "holds", "code")} for row in answer["findings"]
    ]
    assert json.loads(decision.receipt.request)["starts_on"] == "2025-02-01"


@settings(max_examples=60, deadline=None)
@drawn(requests())
def test_any_decision_is_the_assessment_of_its_own_receipt(request: Request) -> None:
    """For any request that evidence can add up to: the case gives that request, and the same bytes again."""
    decision, receipt = decision_on(request)
    same_bytes(receipt)
    assert parse_request(receipt.request) == as_the_ledger_writes(request)
    assert decision.decision == assess(as_the_ledger_writes(request)).decision


def test_a_receipt_holds_the_conditions_that_were_in_force() -> None:
    """Version and digest stand clear in the event, so that they outlive an erasure."""
    (decision,) = given(RECEIVED).when(DECIDED).events
    assert isinstance(decision, EligibilityAssessed)
    assert decision.policy_version == "2022-10-01"
    assert len(decision.policy_digest) == 64


def applicants(entries: Iterable[Any]) -> list[ApplicationReceived]:
    return [entry.event for entry in entries if isinstance(entry.event, ApplicationReceived)]


def test_the_birth_year_is_clear_and_the_birth_date_sealed() -> None:
    """The event says the year; the day is in the details alone."""
    (received,) = applicants(given(RECEIVED).entries)
    assert received.birth_year == 1980
    assert "1980-05-17" not in received.model_dump_json(exclude={"details"})


def test_a_declaration_takes_the_place_of_all_that_was_stated_with_its_employer() -> None:
    """Two contracts follow each other in a month, an income is stated for each: the employer declared both.

    Vacuous without the stated hours, which stay where they stood.
    """
    employments = {
        "e1": employment("e1", starts_on="2025-01-01", ends_on="2025-03-15"),
        "e2": employment("e2", starts_on="2025-03-16", ends_on=None),
        "e3": employment("e3", employer="Annan AB"),
    }
    rows = {
        (name, "2025-03"): Work(employment=name, month="2025-03", hours="80", income=9_000)
        for name in employments
    }
    declared_there = IncomeMonth(employer="165599999017", month="2025-03", amount=18_000)
    add_declared_income(employments, rows, [declared_there])
    assert {name: row.income for (name, _), row in rows.items()} == {"e1": 18_000, "e2": None, "e3": 9_000}
    assert {row.hours for row in rows.values()} == {"80"}


def test_each_of_the_persons_other_cases_has_its_own_grant() -> None:
    """Two of them, two grants: neither takes the other's place (K-5.5-b)."""
    first, second = other_case(), other_case(number=3)
    past = given(RECEIVED, others=(first, second))
    assert [row.case for row in asked(past).earlier_grants] == [str(UUID(int=2)), str(UUID(int=3))]


def test_a_refusal_says_clear_which_clauses_did_not_hold_and_when_to_come_again() -> None:
    """K-5.4: as its receipt does; a grant has neither code nor such a day."""
    past = given(RECEIVED, elsewhere("1", decided_on="2024-03-01", last_day="2025-03-01"))
    (decision,) = past.when(DECIDED).events
    assert isinstance(decision, EligibilityAssessed)
    assert isinstance(decision.receipt, Receipt)
    assert decision.refusals == ("REQUALIFICATION_NOT_OPEN",)
    answer = json.loads(decision.receipt.assessment)
    assert str(decision.opens_on) == answer["opens_on"] == "2025-03-02"
    codes = {row.clause: row.code for row in decision.clauses if row.code}
    assert codes == {"K-5.5-a": "REQUALIFICATION_NOT_OPEN"}


def test_a_name_with_a_number_in_it_is_a_name() -> None:
    """Only digits are compared as a number: what a name ends with says nothing of whose it is."""
    request = asked(given(stated(employment(employer="Testbolaget 559999-9017")), declared()))
    assert {row.id for row in request.employments} == {"e1", f"agi-{NUMBER}"}
