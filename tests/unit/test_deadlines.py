"""What is due in a case: each code appears, on its exact day and clause, and disappears again."""

from collections.abc import Callable
from datetime import date
from typing import NamedTuple

import pytest

from domain.case import Case
from domain.command import Command
from domain.commands import (
    AnnulGrant,
    Decide,
    DecideAppeal,
    DecideReconsideration,
    ErasePerson,
    LodgeAppeal,
    RecordEvidence,
    RequestReconsideration,
)
from domain.deadlines import DEADLINES, deadlines
from domain.events import EntryCorrected, Evidence, EvidenceRecorded
from domain.services import CATALOGUES, Catalogue, Deadlines
from domain.support_commands import (
    CompleteTask,
    EvidenceOutcome,
    Expire,
    ExplainShortfall,
    HoldHealthCollaboration,
    IssueStatement,
    MakeContact,
    MissMeeting,
    Pause,
    Reopen,
    RequestStatement,
    Resume,
    StartEngagement,
    Withdraw,
)
from domain.support_events import PlanAgreed
from tests.given import (
    APPLICANT,
    CASE,
    DECIDED,
    DECIDER,
    RECEIVED,
    STARTED,
    Given,
    application,
    details,
    do,
    given,
    meeting,
    work,
)
from tests.supports import (
    SERVICES,
    TASK,
    a_statement,
    correcting,
    counselling,
    guidance,
    plan,
    refused,
    reinforced,
    result,
    studies,
)

VERSION = "2022-10-01"
PLANNED = plan("2025-02-03", TASK, {"task": "Skriva cv.", "by": "both", "target_on": "2025-03-01"})
AWAY = do(Pause, "2025-03-01", reason="parental_leave")
BACK = do(Resume, "2025-06-01")
ASKED = do(RequestStatement, "2025-02-03", APPLICANT, education="Undersköterska.")
GIVEN = do(
    IssueStatement,
    "2025-02-10",
    strengthens=True,
    sources=({"kind": "forecast", "reference": "Yrkesprognos 2025"},),
    reasons="Bristyrke.",
)
JOB = result("2025-04-01", "permanent_job", starts_on="2025-04-15")
SEEN = do(EvidenceOutcome, "2025-04-20", evidence="contract")
EXPIRED = do(Expire, "2026-01-16")
WHY = do(ExplainShortfall, "2026-01-20", reason="Kunden var sjuk.")
AGAIN = do(RequestReconsideration, "2025-01-20", APPLICANT)
ANSWERED = do(DecideReconsideration, "2025-02-03", DECIDER)
TWELVE = tuple(meeting(f"2025-{month:02}-28") for month in range(1, 13))
PROOF = do(RecordEvidence, "2025-01-12", source="certificate", content=Evidence(work=work("2023-01", 24)))
ANNULLED = do(AnnulGrant, "2025-03-20", reason="Underlaget höll inte.")
ERASED = do(ErasePerson, "2026-02-01")


def due(past: Given, code: str) -> list[tuple[str, str]]:
    """The days, with their clauses, on which something of a code is due."""
    return [(str(row.due_on), row.clause) for row in deadlines(past.case, past.entries) if row.code == code]


def days(past: Given, code: str) -> list[str]:
    """The days on which something of a code is due."""
    return [day for day, _ in due(past, code)]


def proven(*more: Command) -> Given:
    """Counselling whose grant rests on a certificate."""
    return given(application(details=details(work=())), PROOF, DECIDED, STARTED, *more)


def doubted(on: str = "2025-03-03") -> Given:
    """Counselling of whose grant the certificate was struck out on a day."""
    past = proven()
    past.carry_out(correcting(past, EvidenceRecorded, on=on))
    return past


class Due(NamedTuple):
    """A code, a history in which it is due, on which day and clause, and another in which it is not any more."""

    code: str
    past: Callable[[], Given]
    on: str
    clause: str
    done: Callable[[], Given]
    length: str | None = None
    """The parameter of the catalogue that says when."""


CHANGED = (do(LodgeAppeal, "2025-01-20"), do(DecideAppeal, "2025-03-20", result="referred_back"))
"""An appeal that was sent back: the case is decided anew without more evidence (AMB-36)."""

ALL = [
    Due("plan_missing", counselling, "2025-02-10", "K-2.2-b", lambda: counselling(PLANNED), "plan_days"),
    Due(
        "task_due",
        lambda: counselling(plan("2025-02-03", TASK)),
        "2025-04-30",
        "K-2.3-b",
        lambda: counselling(plan("2025-02-03", TASK), do(CompleteTask, "2025-03-03", number=1)),
    ),
    Due("meeting_due", counselling, "2025-02-25", "K-2.1-f", lambda: counselling(*TWELVE)),
    Due("no_contact", counselling, "2025-02-26", "K-2.3-a", lambda: counselling(AWAY), "contact_days"),
    Due(
        "pause_long",
        lambda: counselling(AWAY),
        "2025-06-01",
        "K-2.1-g",
        lambda: counselling(AWAY, BACK),
        "pause_months",
    ),
    Due(
        "agreed_end_near", counselling, "2025-12-16", "K-2.1-i", lambda: counselling(EXPIRED), "end_near_days"
    ),
    Due(
        "result_without_evidence",
        lambda: counselling(JOB),
        "2025-05-01",
        "K-2.5",
        lambda: counselling(JOB, SEEN),
        "evidence_days",
    ),
    Due(
        "shortfall_unexplained",
        lambda: counselling(EXPIRED),
        "2026-01-30",
        "K-2.1-f",
        lambda: counselling(EXPIRED, WHY),
        "shortfall_days",
    ),
    Due(
        "statement_waiting",
        lambda: a_statement(ASKED),
        "2025-02-17",
        "O-17-a",
        lambda: a_statement(ASKED, GIVEN),
        "statement_days",
    ),
    Due(
        "reconsideration_waiting",
        lambda: refused(AGAIN),
        "2025-02-10",
        "2022:850-26",
        lambda: refused(AGAIN, ANSWERED),
        "answer_days",
    ),
    Due(
        "appeal_to_follow",
        lambda: refused(*CHANGED),
        "2025-04-03",
        "AMB-36",
        lambda: refused(*CHANGED, do(Decide, "2025-03-25")),
    ),
    Due(
        "decision_to_review",
        doubted,
        "2025-03-17",
        "AMB-36",
        proven,
        "review_days",
    ),
]


@pytest.mark.parametrize("one", ALL, ids=lambda one: one.code)
def test_each_code_appears_and_disappears(one: Due) -> None:
    """It is due on its day and on its clause, and not any more once what was due is done."""
    assert due(one.past(), one.code) == [(one.on, one.clause)]
    assert due(one.done(), one.code) == []


def test_every_code_is_tried_and_has_its_words() -> None:
    """No code is added without a history in which it is due, and words in both languages."""
    assert {one.code for one in ALL} == set(DEADLINES)
    assert all(sv and en and sv != en for sv, en in DEADLINES.values())


def test_the_earliest_comes_first() -> None:
    """What is due is listed by its day."""
    rows = deadlines(counselling(ASKED, PLANNED).case, ())
    assert [(row.code, str(row.due_on)) for row in rows] == [
        ("statement_waiting", "2025-02-17"),
        ("meeting_due", "2025-02-25"),
        ("no_contact", "2025-02-26"),
        ("task_due", "2025-03-01"),
        ("task_due", "2025-04-30"),
        ("agreed_end_near", "2025-12-16"),
    ]


# Where nothing is due


def test_nothing_is_due_where_there_is_no_case() -> None:
    """A case that nobody applied in has nothing that could be late."""
    assert deadlines(Case(case_id=CASE), ()) == []


@pytest.mark.parametrize("service", SERVICES)
def test_nothing_is_due_of_an_erased_person(service: str) -> None:
    """AMB-33: nobody is reminded of a person who is forgotten, whatever was due."""
    past = SERVICES[service](ASKED, JOB if service != "guidance_employed" else PLANNED)
    assert deadlines(past.case, past.entries)
    past.carry_out(ERASED)
    assert deadlines(past.case, past.entries) == []


@pytest.mark.parametrize("past", [lambda: counselling(PLANNED), lambda: counselling(JOB)])
def test_nothing_is_due_in_an_annulled_support(past: Callable[[], Given]) -> None:
    """AMB-32: its plan, meetings and result are nobody's business any more."""
    annulled = past()
    assert deadlines(annulled.case, annulled.entries)
    annulled.carry_out(do(AnnulGrant, "2025-04-20", reason="Fel person."))
    assert deadlines(annulled.case, annulled.entries) == []


@pytest.mark.parametrize(
    "ends",
    [
        JOB.model_copy(update={"evidence": "contract"}),
        do(Withdraw, "2025-04-01", APPLICANT),
    ],
)
def test_nothing_is_due_once_the_support_has_ended(ends: Command) -> None:
    """K-2.1-c: neither a plan nor contact, meetings, tasks or the end that was agreed on."""
    assert deadlines(counselling(ends).case, ()) == []
    past = counselling(PLANNED, AWAY, BACK.model_copy(update={"occurred_on": date(2025, 3, 20)}), ends)
    assert deadlines(past.case, past.entries) == []


def test_an_expired_support_with_all_its_meetings_leaves_nothing() -> None:
    """K-2.1-e: with twelve of twelve meetings there is no reason to tell; with eleven there is."""
    assert deadlines(counselling(*TWELVE, EXPIRED).case, ()) == []
    assert days(counselling(*TWELVE[1:], EXPIRED), "shortfall_unexplained") == ["2026-01-30"]


def test_an_application_that_waits_has_nothing_due() -> None:
    """Deadlines begin with a decision, a support or something that was asked for."""
    assert deadlines(given(RECEIVED).case, ()) == []
    assert deadlines(given(RECEIVED, DECIDED).case, ()) == []
    assert deadlines(refused().case, ()) == []


# The plan and its tasks


def test_a_plan_is_due_again_once_it_is_struck_out() -> None:
    """AMB-36: what no longer stands is no plan."""
    past = counselling(PLANNED)
    past.carry_out(correcting(past, PlanAgreed))
    assert days(past, "plan_missing") == ["2025-02-10"]
    assert days(past, "task_due") == []


@pytest.mark.parametrize(
    ("service", "plan_on", "meeting_on", "contact_on", "end_on", "clauses"),
    [
        (
            "counselling_dismissed",
            "2025-02-10",
            "2025-02-25",
            "2025-02-26",
            "2025-12-16",
            ("K-2.1-f", "K-2.3-b"),
        ),
        ("guidance_employed", "2025-02-15", "2025-03-02", "2025-03-03", "2025-04-01", ("K-3.1-e", "K-3.2-b")),
        (
            "reinforced_support",
            "2025-02-10",
            "2025-02-25",
            "2025-02-26",
            "2025-12-16",
            ("K-4.1-e", "K-4.3-b"),
        ),
    ],
)
def test_a_new_support_of_each_service(
    service: str, plan_on: str, meeting_on: str, contact_on: str, end_on: str, clauses: tuple[str, str]
) -> None:
    """What is due from its first day on; meetings on the form's clause, tasks on the service's."""
    past = SERVICES[service]()
    assert [(row.code, str(row.due_on)) for row in deadlines(past.case, past.entries)] == [
        ("plan_missing", plan_on),
        ("meeting_due", meeting_on),
        ("no_contact", contact_on),
        ("agreed_end_near", end_on),
    ]
    assert due(past, "meeting_due") == [(meeting_on, clauses[0])]
    past.carry_out(plan("2025-02-03", TASK))
    assert due(past, "task_due") == [("2025-04-30", clauses[1])]


def test_each_task_is_due_until_it_is_done() -> None:
    """K-2.3-b: the tasks of the plan that holds, each on its own day; a revised plan has tasks of its own."""
    past = counselling(PLANNED)
    assert days(past, "task_due") == ["2025-03-01", "2025-04-30"]
    past.carry_out(do(CompleteTask, "2025-02-20", number=2))
    assert days(past, "task_due") == ["2025-04-30"]
    past.carry_out(do(CompleteTask, "2025-02-21", number=1))
    assert days(past, "task_due") == []
    past.carry_out(plan("2025-03-03", TASK | {"target_on": "2025-05-31"}))
    assert days(past, "task_due") == ["2025-05-31"]


# Meetings and contact


def test_meetings_are_due_at_an_even_pace() -> None:
    """K-2.1-e, -f: of 353 days in twelve parts; an early meeting moves the next one no nearer."""
    met = [days(counselling(*TWELVE[:held]), "meeting_due") for held in range(13)]
    assert met == [
        ["2025-02-25"],
        ["2025-03-26"],
        ["2025-04-25"],
        ["2025-05-24"],
        ["2025-06-23"],
        ["2025-07-22"],
        ["2025-08-20"],
        ["2025-09-19"],
        ["2025-10-18"],
        ["2025-11-17"],
        ["2025-12-16"],
        ["2026-01-15"],  # the agreed end
        [],
    ]


def test_three_meetings_in_three_months() -> None:
    """K-3.1-e: of 89 days in three parts; the last by the agreed end, the fourth by no day."""
    held = (meeting("2025-02-03"), meeting("2025-02-04"), meeting("2025-02-05"))
    met = [days(guidance(*held[:count]), "meeting_due") for count in range(4)]
    assert met == [["2025-03-02"], ["2025-04-01"], ["2025-05-01"], []]


@pytest.mark.parametrize(
    ("more", "on"),
    [
        ((), "2025-02-26"),
        ((meeting("2025-02-10"),), "2025-03-12"),
        ((do(MakeContact, "2025-02-10", kind="phone_support"),), "2025-03-12"),
        ((do(MissMeeting, "2025-02-10", mode="digital"),), "2025-02-26"),
        ((PLANNED,), "2025-02-26"),
        ((AWAY, BACK), "2025-07-01"),
        ((JOB, do(Reopen, "2025-05-05")), "2025-06-04"),
        ((do(MakeContact, "2025-03-03", kind="other"), meeting("2025-02-10")), "2025-04-02"),  # entered late
    ],
)
def test_contact_is_due_thirty_days_after_the_last(more: tuple[Command, ...], on: str) -> None:
    """AMB-25: after the start, a meeting, another contact or a return; a meeting that was missed is none."""
    assert due(counselling(*more), "no_contact") == [(on, "K-2.3-a")]


def test_collaboration_about_health_is_contact() -> None:
    """K-4.1-j: the advisor worked with the client's return on that day."""
    past = reinforced(do(HoldHealthCollaboration, "2025-02-10", party="health_care"))
    assert days(past, "no_contact") == ["2025-03-12"]


# Interruptions and the end


@pytest.mark.parametrize(
    ("since", "on"),
    [("2025-03-01", "2025-06-01"), ("2025-03-31", "2025-06-30"), ("2025-11-30", "2026-02-28")],
)
def test_an_interruption_is_long_after_three_months(since: str, on: str) -> None:
    """AMB-20: on the day with the same number, or the month's last, be it after the agreed end."""
    past = counselling(do(Pause, since, reason="parental_leave"))
    assert due(past, "pause_long") == [(on, "K-2.1-g")]


def test_a_client_who_is_away_is_left_alone() -> None:
    """K-2.1-g: neither plan nor tasks, meetings or contact are due meanwhile; the end that is agreed on stands."""
    for more in ((), (PLANNED,)):
        rows = deadlines(counselling(*more, AWAY).case, ())
        assert [row.code for row in rows] == ["pause_long", "agreed_end_near"]
        codes = {row.code for row in deadlines(counselling(*more, AWAY, BACK).case, ())}
        assert codes == {
            "no_contact",
            "meeting_due",
            "agreed_end_near",
            "task_due" if more else "plan_missing",
        }


@pytest.mark.parametrize(
    ("starts_on", "on"),
    [("2025-01-27", "2025-12-16"), ("2025-12-16", "2025-12-16"), ("2026-01-05", "2026-01-05")],
)
def test_the_end_is_near_thirty_days_before(starts_on: str, on: str) -> None:
    """K-2.1-i: in a support of fewer days from its first on."""
    past = given(RECEIVED, DECIDED, do(StartEngagement, starts_on))
    assert due(past, "agreed_end_near") == [(on, "K-2.1-i")]


# Results and what is missing


def test_evidence_told_with_the_result_is_enough() -> None:
    """K-2.5, AMB-26: so is evidence that came in later, of that very result."""
    assert days(counselling(studies(evidence="school")), "result_without_evidence") == []
    assert days(counselling(studies()), "result_without_evidence") == ["2025-09-17"]
    assert days(counselling(do(Withdraw, "2025-04-01", APPLICANT)), "result_without_evidence") == []
    back = (JOB, SEEN, do(Reopen, "2025-05-05"))
    assert days(counselling(*back), "result_without_evidence") == []
    assert days(counselling(*back, studies()), "result_without_evidence") == ["2025-09-17"]


def test_a_result_that_was_entered_late_explains_the_shortfall() -> None:
    """K-2.1-c: the support then ended by its result, which needs no number of meetings."""
    past = counselling(EXPIRED, JOB)
    assert days(past, "shortfall_unexplained") == []
    assert days(past, "result_without_evidence") == ["2025-05-01"]


# Statements, reconsideration and decisions to look at


def test_the_first_request_that_waits_counts() -> None:
    """O-17-a: asking again moves nothing; after a statement the next request is counted anew."""
    again = do(RequestStatement, "2025-02-06", APPLICANT, education="Barnskötare.")
    later = do(RequestStatement, "2025-03-03", APPLICANT, education="Lärare.")
    for begun in (a_statement, counselling, reinforced):
        assert days(begun(ASKED, again), "statement_waiting") == ["2025-02-17"]
        assert days(begun(ASKED, again, GIVEN), "statement_waiting") == []
        assert days(begun(ASKED, again, GIVEN, later), "statement_waiting") == ["2025-03-17"]
    assert days(counselling(GIVEN), "statement_waiting") == []


def test_an_answer_is_due_three_weeks_after_it_was_asked_for() -> None:
    """2022:850-26: whenever the decision came; a second request is counted anew."""
    past = refused(do(RequestReconsideration, "2025-02-05", received_on="2025-01-20"))
    assert days(past, "reconsideration_waiting") == ["2025-02-26"]
    past.carry_out(do(DecideReconsideration, "2025-02-10", DECIDER))
    assert days(past, "reconsideration_waiting") == []
    past.carry_out(do(RequestReconsideration, "2025-02-20", received_on="2025-02-12"))
    assert days(past, "reconsideration_waiting") == ["2025-03-13"]


def test_a_decision_is_looked_at_until_its_evidence_stands_again() -> None:
    """AMB-36: the grant itself stands meanwhile; taken back, the correction leaves nothing to look at."""
    past = doubted()
    granted = past.case.grant
    assert granted is not None
    assert past.case.engagement is not None
    past.carry_out(correcting(past, EntryCorrected, on="2025-03-10"))
    assert days(past, "decision_to_review") == []
    past.carry_out(correcting(past, EvidenceRecorded, on="2025-03-11"))
    assert days(past, "decision_to_review") == ["2025-03-25"]
    assert past.case.grant == granted
    past.carry_out(ANNULLED)
    assert days(past, "decision_to_review") == []


def test_the_newest_correction_counts() -> None:
    """AMB-36: of two pieces of evidence, each corrected, the day of the later."""
    more = do(RecordEvidence, "2025-01-13", source="certificate", content=Evidence(work=work("2022-12", 1)))
    past = given(application(details=details(work=())), PROOF, more, DECIDED)
    ids = [row.event.event_id for row in past.entries if isinstance(row.event, EvidenceRecorded)]
    for corrects, on in zip(ids, ("2025-03-03", "2025-03-01"), strict=True):
        wrong = correcting(past, EvidenceRecorded, on=on).model_copy(update={"corrects": corrects})
        past.carry_out(wrong)
    assert days(past, "decision_to_review") == ["2025-03-17"]


def test_evidence_that_no_grant_rests_on_is_nobodys_business() -> None:
    """AMB-36: not what came after the decision, not what a refusal rested on."""
    later = do(RecordEvidence, "2025-02-12", source="certificate", content=Evidence(work=work("2022-12", 1)))
    after = counselling(later)
    after.carry_out(correcting(after, EvidenceRecorded, on="2025-03-03"))
    assert days(after, "decision_to_review") == []
    short = do(RecordEvidence, "2025-01-12", source="certificate", content=Evidence(work=work("2024-01", 2)))
    refusal = given(application(details=details(work=())), short, DECIDED)
    refusal.carry_out(correcting(refusal, EvidenceRecorded, on="2025-03-03"))
    assert refusal.case.grant is None
    assert days(refusal, "decision_to_review") == []


# The catalogue


def changed(made: Catalogue, **lengths: int) -> Catalogue:
    """A catalogue with other lengths, on a clause of their own."""
    others = {
        name: getattr(made.deadlines, name).model_copy(update={"value": value, "clause": "O-03"})
        for name, value in lengths.items()
    }
    return made.model_copy(update={"deadlines": made.deadlines.model_copy(update=others)})


@pytest.mark.parametrize("one", [one for one in ALL if one.length], ids=lambda one: one.code)
def test_every_length_comes_from_the_catalogue(one: Due, monkeypatch: pytest.MonkeyPatch) -> None:
    """Another number there is another day here; the clause is the service's own, or the one beside the number."""
    assert one.length is not None
    made = CATALOGUES[VERSION]
    longer = getattr(made.deadlines, one.length).value + 1
    monkeypatch.setitem(CATALOGUES, VERSION, changed(made, **{one.length: longer}))
    ((on, clause),) = due(one.past(), one.code)
    days_later = (date.fromisoformat(on) - date.fromisoformat(one.on)).days
    assert days_later == {"pause_months": 30, "end_near_days": -1}.get(one.length, 1)
    assert clause in ("O-03", one.clause)
    assert (clause == "O-03") == (one.length in ("statement_days", "answer_days", "review_days"))


def test_every_length_is_tried() -> None:
    """Only the three weeks for asking again are no deadline of the organisation's: they reject what is late."""
    assert {one.length for one in ALL} - {None} == set(Deadlines.model_fields) - {"reconsideration_days"}


def test_a_support_follows_the_catalogue_of_its_grant(monkeypatch: pytest.MonkeyPatch) -> None:
    """K-5.4: one in force later changes nothing in it; one in force when it was granted does."""
    newer = changed(CATALOGUES[VERSION], plan_days=20, statement_days=20, evidence_days=20)
    for since, plan_on in (("2025-01-16", "2025-02-10"), ("2025-01-15", "2025-02-16")):
        later = newer.model_copy(update={"version": since, "in_force_from": date.fromisoformat(since)})
        with monkeypatch.context() as patch:
            patch.setitem(CATALOGUES, since, later)
            assert days(counselling(), "plan_missing") == [plan_on]


def test_what_was_asked_for_follows_the_catalogue_of_the_application(monkeypatch: pytest.MonkeyPatch) -> None:
    """AMB-28: a statement has no grant; the day on which the case began says which numbers hold."""
    newer = changed(CATALOGUES[VERSION], statement_days=20)
    for since, on in (("2025-01-11", "2025-02-17"), ("2025-01-10", "2025-02-23")):
        later = newer.model_copy(update={"version": since, "in_force_from": date.fromisoformat(since)})
        with monkeypatch.context() as patch:
            patch.setitem(CATALOGUES, since, later)
            assert days(a_statement(ASKED), "statement_waiting") == [on]
