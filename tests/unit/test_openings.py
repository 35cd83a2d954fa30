"""Which commands are open in a case: at every stage those that are allowed, and why the others are not."""

from collections.abc import Callable, Iterator, Mapping
from datetime import date
from types import MappingProxyType
from typing import Any, NamedTuple, get_args
from uuid import UUID

import pytest

from domain.case import Stage
from domain.command import Command
from domain.commands import (
    COMMANDS,
    AnnulGrant,
    Decide,
    DecideReconsideration,
    ErasePerson,
    JudgeNeed,
    LodgeAppeal,
    ProtectIdentity,
    RequestReconsideration,
)
from domain.corrections import CORRECTABLE
from domain.fund_commands import HoldDeliberation, OfferAgreement
from domain.grounds import Known
from domain.history import struck
from domain.openings import OWN_WAYS, Opening, openings
from domain.register import Register
from domain.rejections import CommandRejected
from domain.services import CATALOGUES
from domain.support_commands import (
    CompleteTask,
    Expire,
    ExplainShortfall,
    Pause,
    Reopen,
    Resume,
    StartEngagement,
    Withdraw,
)
from domain.support_events import MeetingHeld, OutcomeKind
from tests.funds import ADVISED, career, contact, inform, procedure, with_measures
from tests.given import (
    ADVISOR,
    APPLICANT,
    DECIDED,
    DECIDER,
    EMPLOYER,
    OFFICER,
    RECEIVED,
    STRANGERS_CASE,
    Given,
    application,
    details,
    do,
    given,
    meeting,
)
from tests.registers import STAFFED
from tests.supports import (
    TASK,
    a_statement,
    correcting,
    counselling,
    guidance,
    on_the_basis_of_the_first,
    plan,
    refused,
    reinforced,
    result,
    support_of,
)

PLANNED = plan("2025-02-03")
AWAY = do(Pause, "2025-03-01", reason="parental_leave")
JOB = result("2025-04-01", "permanent_job", starts_on="2025-04-15")
GONE = do(Withdraw, "2025-01-20", APPLICANT)
ANNULLED = do(AnnulGrant, "2025-02-01", reason="Fel person.")
EXPIRED = do(Expire, "2026-01-16")
WHY = do(ExplainShortfall, "2026-01-20", reason="Kunden var sjuk.")
ASKED = do(RequestReconsideration, "2025-01-20", APPLICANT)
ANSWERED = do(DecideReconsideration, "2025-02-03", DECIDER)
APPEALED = do(LodgeAppeal, "2025-01-20", APPLICANT)
PROTECTED = do(ProtectIdentity, "2025-02-01", kind="protected_registration", readers=("bo",))
PROTECTED_FIRST = do(ProtectIdentity, "2025-02-01", kind="confidentiality_marking", readers=("test",))
ERASED = do(ErasePerson, "2025-06-01")

OFFERED = [name for name in COMMANDS if name not in OWN_WAYS]
ANY_TIME = {
    "record_evidence",
    "record_earlier_grant",
    "judge_need",
    "notify_as_employer",
    "assign_advisor",
    "join_person",
    "protect_identity",
}
"""What is open in every case that there is, whatever its stage, until the person is erased."""
STATEMENTS = {"request_statement", "issue_statement"}
WORK = {"agree_plan", "record_activity", "hold_meeting", "miss_meeting", "make_contact", *STATEMENTS}
"""What is done in a support on any day of it, be it recorded late."""
GRANTED = ANY_TIME | {"annul_grant", "lodge_appeal"}
ACTIVE = GRANTED | WORK | {"pause", "reach_outcome", "withdraw", "correct_entry"}

STEPS = (ANY_TIME - {"notify_as_employer"}) | {
    "withdraw",
    "contact_fund",
    "give_information",
    "hold_deliberation",
}


class At(NamedTuple):
    """A case on a day: its stage, what is open that day, what on its last day alone, and why some others aren't."""

    stage: Stage
    past: Callable[[], Given]
    today: str
    now: set[str]
    late: frozenset[str] | set[str] = frozenset()
    closed: Mapping[str, str] = MappingProxyType({})


def begun_anew() -> Given:
    """A support that a result had closed, and that was reopened."""
    return counselling(JOB, do(Reopen, "2025-05-05"))


def basis_of_another() -> Given:
    """A grant on whose basis the person has another."""
    return on_the_basis_of_the_first()[0]


def beside_another() -> Given:
    """A grant of a person who has support in another case."""
    first, other = on_the_basis_of_the_first()
    first.carry_out(do(StartEngagement, "2025-02-02"))
    return other


def judged() -> Given:
    """Reinforced support, granted and not begun."""
    asked = application(service="reinforced_support", details=details())
    return given(asked, do(JudgeNeed, "2025-01-12", ADVISOR, special_need=True), DECIDED)


def corrected() -> Given:
    """A support of which the one entry that could be corrected was, and the correction with it."""
    past = counselling(meeting("2025-02-03"))
    past.carry_out(correcting(past, MeetingHeld, on="2025-02-10"))
    return past


LIVES = {
    "nothing": At("none", given, "2025-03-03", set(), closed=dict.fromkeys(OFFERED, "UNKNOWN_CASE")),
    "received": At(
        "received",
        lambda: given(RECEIVED),
        "2025-03-03",
        ANY_TIME | {"decide", "withdraw"},
        closed={
            "annul_grant": "NOT_GRANTED",
            "start_engagement": "NOT_GRANTED",
            "reach_outcome": "NOT_STARTED",
            "request_statement": "NOT_STARTED",
            "request_reconsideration": "NOT_DECIDED",
            "lodge_appeal": "NOT_DECIDED",
            "decide_reconsideration": "NOT_ASKED",
            "decide_appeal": "NOT_APPEALED",
            "correct_entry": "UNKNOWN_ENTRY",
            "lift_protection": "NOT_PROTECTED",
        },
    ),
    "received, of a protected identity": At(
        "received",
        lambda: given(RECEIVED, PROTECTED),
        "2025-02-01",
        ANY_TIME | {"decide", "withdraw", "lift_protection", "correct_entry"},
    ),
    "received, and protected as any other would be first": At(
        "received",
        lambda: given(RECEIVED, PROTECTED_FIRST),
        "2025-02-01",
        ANY_TIME | {"decide", "withdraw", "lift_protection", "correct_entry"},
    ),
    "a statement": At(
        "statement",
        a_statement,
        "2025-03-03",
        ANY_TIME | STATEMENTS | {"withdraw"},
        closed={
            "decide": "NO_SUPPORT_APPLIED_FOR",
            "record_activity": "NOT_STARTED",
            "reach_outcome": "NOT_STARTED",
        },
    ),
    "withdrawn": At(
        "withdrawn",
        lambda: given(RECEIVED, GONE),
        "2025-03-03",
        ANY_TIME | {"correct_entry"},
        closed={"decide": "ALREADY_WITHDRAWN", "withdraw": "NOTHING_TO_WITHDRAW"},
    ),
    "a withdrawn statement": At(
        "withdrawn",
        lambda: a_statement(GONE),
        "2025-03-03",
        ANY_TIME | {"correct_entry"},
        closed=dict.fromkeys(STATEMENTS, "ALREADY_WITHDRAWN"),
    ),
    "refused": At(
        "refused",
        refused,
        "2025-02-03",
        ANY_TIME | {"request_reconsideration", "lodge_appeal"},
        closed={"decide": "NO_NEW_EVIDENCE", "withdraw": "NOTHING_TO_WITHDRAW"},
    ),
    "refused, and asked again": At(
        "refused",
        lambda: refused(ASKED),
        "2025-02-03",
        ANY_TIME | {"decide_reconsideration", "lodge_appeal", "correct_entry"},
        closed={"request_reconsideration": "ALREADY_ASKED"},
    ),
    "refused, and appealed against": At(
        "refused",
        lambda: refused(APPEALED),
        "2025-02-03",
        ANY_TIME | {"request_reconsideration", "decide_appeal", "correct_entry"},
        closed={"lodge_appeal": "ALREADY_ASKED"},
    ),
    "granted": At(
        "granted",
        lambda: given(RECEIVED, DECIDED),
        "2025-02-03",
        GRANTED | {"start_engagement", "withdraw", "request_reconsideration"},
        closed={"decide": "ALREADY_GRANTED", "resume": "NOT_STARTED"},
    ),
    "granted reinforced support": At(
        "granted",
        judged,
        "2025-02-03",
        GRANTED | {"start_engagement", "withdraw", "request_reconsideration", "correct_entry"},
        closed={"hold_health_collaboration": "NOT_STARTED"},
    ),
    "granted, and the window is closed": At(
        "granted",
        lambda: given(RECEIVED, DECIDED),
        "2026-01-16",
        GRANTED | {"withdraw"},
        closed={"start_engagement": "START_OUTSIDE_WINDOW"},
    ),
    "granted, and basis of another grant": At(
        "granted",
        basis_of_another,
        "2025-02-03",
        (GRANTED | {"start_engagement", "withdraw", "request_reconsideration"}) - {"annul_grant"},
        closed={"annul_grant": "BASIS_IN_USE"},
    ),
    "granted beside another support": At(
        "granted",
        beside_another,
        "2025-02-03",
        GRANTED | {"withdraw", "request_reconsideration"},
        closed={"start_engagement": "DUPLICATE_ACTIVE_CASE"},
    ),
    "annulled": At(
        "annulled",
        lambda: given(RECEIVED, DECIDED, ANNULLED),
        "2025-02-03",
        ANY_TIME | {"decide", "request_reconsideration", "lodge_appeal"},
        closed={"annul_grant": "NOT_GRANTED", "withdraw": "NOTHING_TO_WITHDRAW"},
    ),
    "counselling": At(
        "active",
        counselling,
        "2025-03-03",
        ACTIVE,
        closed={
            "start_engagement": "ALREADY_STARTED",
            "complete_task": "TASK_UNKNOWN",
            "hold_health_collaboration": "NOT_IN_SERVICE",
            "resume": "NOT_PAUSED",
            "extend_period": "PERIOD_EXTENSION_FORBIDDEN",
            "evidence_outcome": "NO_RESULT",
            "reopen": "NOT_CLOSED",
            "explain_shortfall": "NO_SHORTFALL",
        },
    ),
    "counselling with a plan": At(
        "active", lambda: counselling(PLANNED), "2025-03-03", ACTIVE | {"complete_task"}
    ),
    "counselling with its plan carried out": At(
        "active",
        lambda: counselling(PLANNED, do(CompleteTask, "2025-02-10", number=1)),
        "2025-03-03",
        ACTIVE,
        closed={"complete_task": "TASK_ALREADY_DONE"},
    ),
    "counselling with the first task carried out": At(
        "active",
        lambda: counselling(plan("2025-02-03", TASK, TASK), do(CompleteTask, "2025-02-10", number=1)),
        "2025-03-03",
        ACTIVE | {"complete_task"},
    ),
    "counselling with a meeting today": At(
        "active",
        lambda: counselling(meeting("2025-03-03")),
        "2025-03-03",
        ACTIVE - {"hold_meeting"},
        closed={"hold_meeting": "MEETING_ALREADY_HELD"},
    ),
    "counselling with an entry corrected": At("active", corrected, "2025-03-03", ACTIVE),
    "counselling begun anew": At("active", begun_anew, "2025-05-06", ACTIVE, closed={"reopen": "NOT_CLOSED"}),
    "guidance": At(
        "active",
        guidance,
        "2025-03-03",
        ACTIVE - {"reach_outcome"},
        closed={"reach_outcome": "MEETINGS_BELOW_MINIMUM", "hold_health_collaboration": "NOT_IN_SERVICE"},
    ),
    "guidance with all it needs": At(
        "active",
        lambda: guidance(PLANNED, *(meeting(f"2025-02-0{day}") for day in (4, 5, 6))),
        "2025-03-03",
        ACTIVE | {"complete_task"},
    ),
    "career and study counselling": At(
        "active",
        lambda: career(ADVISED),
        "2025-03-03",
        ACTIVE | {"choose_way", "record_csn_decision", "grant_study_support"},
        closed={"pay_measure": "NOT_IN_SERVICE", "record_compensation": "NOT_IN_SERVICE"},
    ),
    "counselling with measures": At(
        "active",
        with_measures,
        "2025-03-03",
        ACTIVE | {"record_csn_decision", "record_compensation", "pay_measure", "extend_for_sickness"},
        closed={"choose_way": "NOT_IN_SERVICE", "grant_study_support": "CSN_GRANT_MISSING"},
    ),
    "the five steps": At(
        "procedure",
        procedure,
        "2025-03-03",
        STEPS,
        closed={
            "offer_agreement": "PRECONDITION_MISSING",
            "agree_termination": "STEP_OUT_OF_ORDER",
            "notify_as_employer": "STEP_OUT_OF_ORDER",
            "decide": "NO_SUPPORT_APPLIED_FOR",
        },
    ),
    "the five steps with what comes first confirmed": At(
        "procedure",
        lambda: procedure(contact()),
        "2025-03-03",
        STEPS | {"offer_agreement", "correct_entry"},
        closed={"agree_termination": "STEP_OUT_OF_ORDER"},
    ),
    "the five steps before the agreement": At(
        "procedure",
        lambda: procedure(
            contact(),
            inform("employer"),
            inform("employee"),
            do(HoldDeliberation, "2025-02-01"),
            do(OfferAgreement, "2025-02-03"),
        ),
        "2025-03-03",
        STEPS | {"offer_agreement", "agree_termination", "correct_entry"},
    ),
    "reinforced support": At("active", reinforced, "2025-03-03", ACTIVE | {"hold_health_collaboration"}),
    "away": At(
        "paused",
        lambda: counselling(AWAY),
        "2025-03-03",
        (ACTIVE | {"resume"}) - {"pause"},
        closed={"pause": "ALREADY_PAUSED"},
    ),
    "away since today": At(
        "paused",
        lambda: counselling(AWAY),
        "2025-03-01",
        ACTIVE - {"pause"},
        closed={"pause": "ALREADY_PAUSED", "resume": "NOT_PAUSED"},
    ),
    "back again": At("active", lambda: counselling(AWAY, do(Resume, "2025-03-02")), "2025-03-03", ACTIVE),
    "ended by a job": At(
        "ended",
        lambda: counselling(JOB),
        "2025-05-05",
        GRANTED | {"evidence_outcome", "reopen", "correct_entry"},
        late=WORK | {"pause"},
        closed={
            "decide": "ALREADY_GRANTED",
            "reach_outcome": "ALREADY_ENDED",
            "withdraw": "ALREADY_ENDED",
            "explain_shortfall": "NO_SHORTFALL",
            "resume": "NOT_PAUSED",
            "complete_task": "TASK_UNKNOWN",
        },
    ),
    "ended by the client": At(
        "ended",
        lambda: counselling(do(Withdraw, "2025-04-01", APPLICANT)),
        "2025-05-05",
        GRANTED | {"reopen", "correct_entry"},
        late=WORK | {"pause"},
        closed={"evidence_outcome": "NO_RESULT", "withdraw": "ALREADY_ENDED"},
    ),
    "at its agreed end, unrecorded": At(
        "ended",
        counselling,
        "2026-02-02",
        GRANTED | {"correct_entry"},
        late=WORK | {"pause", "reach_outcome", "withdraw"},
        closed={"explain_shortfall": "NO_SHORTFALL", "reopen": "NOT_CLOSED"},
    ),
    "away at its agreed end": At(
        "ended",
        lambda: counselling(AWAY),
        "2026-02-02",
        GRANTED | {"correct_entry"},
        late=WORK | {"resume", "reach_outcome", "withdraw"},
        closed={"pause": "ALREADY_PAUSED"},
    ),
    "expired": At(
        "ended",
        lambda: counselling(EXPIRED),
        "2026-02-02",
        GRANTED | {"explain_shortfall", "correct_entry"},
        late=WORK | {"pause", "reach_outcome", "withdraw"},
    ),
    "on its last day": At("active", counselling, "2026-01-15", ACTIVE),
    "erased": At(
        "erased",
        lambda: counselling(ERASED),
        "2025-06-02",
        set(),
        closed=dict.fromkeys(OFFERED, "PERSON_ERASED"),
    ),
}


def known(past: Given, today: str, register: Register = STAFFED) -> Known:
    """What a decision on a case needs beside it."""
    others = tuple(other.case for other in past.others)
    return Known(date.fromisoformat(today), tuple(past.entries), others, register=register)


def opened(past: Given, today: str) -> dict[str, Opening]:
    """What is open in a case on a day, and what isn't, by the commands' names."""
    return {row.command: row for row in openings(past.case, known(past, today))}


# What somebody would really ask for, apart from what `openings` tries


STATED: dict[str, dict[str, Any]] = {
    "record_evidence": {"source": "authority", "content": {"work": ()}},
    "record_earlier_grant": {
        "organisation": "trr",
        "case": "2023-17",
        "decided_on": "2023-01-10",
        "last_day": "2024-01-10",
        "basis_months": ("2022-01",),
    },
    "judge_need": {"special_need": False},
    "notify_as_employer": {"employer": "Kommunen"},
    "annul_grant": {"reason": "Fel person."},
    "assign_advisor": {"advisor": "anna.berg"},
    "hold_meeting": {"mode": "physical"},
    "miss_meeting": {"mode": "physical"},
    "make_contact": {"kind": "webinar"},
    "hold_health_collaboration": {"party": "health_care"},
    "request_statement": {"education": "Undersköterska."},
    "issue_statement": {
        "strengthens": False,
        "sources": ({"kind": "forecast", "reference": "Yrkesprognos 2025"},),
        "reasons": "Få platser.",
    },
    "pause": {"reason": "short_sick_leave"},
    "evidence_outcome": {"evidence": "contract"},
    "explain_shortfall": {"reason": "Kunden var sjuk."},
    "decide_appeal": {"result": "dismissed"},
    "protect_identity": {"kind": "confidentiality_marking", "readers": ("anna.berg", "cia")},
    "join_person": {"same_as": STRANGERS_CASE, "reason": "Nytt personnummer."},
    "choose_way": {"way": "studies"},
    "record_csn_decision": {"granted": False},
    "pay_measure": {"kind": "literature", "amount": 90_000},
    "contact_fund": {
        "rehabilitation_fulfilled": False,
        "redeployment_exhausted": True,
        "agreement_wanted": True,
    },
    "give_information": {"to": "employer", "topics": ("securing_sgi",)},
    "agree_termination": {"ends_on": "2025-12-31"},
    "extend_for_sickness": {"until": "2027-12-31"},
    "record_compensation": {
        "kind": "unemployment_benefit_top_up",
        "starts_on": "2025-03-01",
        "ends_on": "2025-03-31",
        "amount": 250_000,
    },
}
BY = {
    "judge_need": ADVISOR,
    "notify_as_employer": EMPLOYER,
    "decide": DECIDER,
    "annul_grant": DECIDER,
    "decide_reconsideration": DECIDER,
    "grant_study_support": DECIDER,
    "contact_fund": EMPLOYER,
    "withdraw": APPLICANT,
}


def asked(name: str, past: Given, on: str) -> Iterator[dict[str, Any]]:
    """What a command may say on a day, of which some is allowed if any is."""
    if name == "agree_plan":
        yield {"goal": "job", "jointly": True, "items": ({"task": "Söka.", "by": "client", "target_on": on},)}
    elif name == "complete_task":
        support = past.case.engagement
        yield from (
            {"number": item.number} for item in (support.plan.items if support and support.plan else ())
        )
        yield {"number": 1}
    elif name == "record_activity":
        yield from ({"activity": name} for name in ("mapping", "career_planning", "rehabilitation_plan"))
        yield from (
            {"activity": name}
            for service in CATALOGUES["2022-10-01"].services.values()
            for name in service.activities
        )
    elif name == "reach_outcome":
        told = {"starts_on": on, "ends_on": "2027-12-31", "school": "komvux", "pace_percent": 100}
        yield from ({"outcome": kind} | told for kind in ("guidance_completed", "permanent_job", "placement"))
    elif name == "grant_study_support":
        yield {"kind": "complementary", "income": 4_500_000, "months": (on[:7],)}
        yield {"kind": "extended", "income": 4_500_000, "months": (on[:7],)}
        yield {"kind": "short", "income": 450_000, "days": 4}
    elif name == "correct_entry":
        gone = struck(past.entries)
        ids = [row.event.event_id for row in past.entries if isinstance(row.event, CORRECTABLE)]
        ids = [own for own in ids if own not in gone] or [UUID(int=4711)]
        yield from ({"corrects": own, "reason": "Fel dag."} for own in ids)
    else:
        yield STATED.get(name, {})


def codes(name: str, past: Given, on: str, today: str) -> set[str]:
    """The codes with which a command of a day is rejected, `""` among them where one is allowed."""
    found = set()
    for content in asked(name, past, on):
        command: Command = do(COMMANDS[name], on, BY.get(name, OFFICER), **content)
        try:
            past.decided(command, date.fromisoformat(today))
        except CommandRejected as rejected:
            found.add(rejected.code)
        else:
            found.add("")
    return found


@pytest.mark.parametrize("life", LIVES)
def test_what_is_open_and_why_the_rest_is_not(life: str) -> None:
    """At every stage: open today, open on the last day alone, and the code of what is neither."""
    at = LIVES[life]
    past = at.past()
    assert past.case.stage(date.fromisoformat(at.today)) == at.stage
    rows = opened(past, at.today)
    assert {name for name, row in rows.items() if row.rejected is None and row.until is None} == at.now
    assert {name for name, row in rows.items() if row.until is not None} == at.late
    told = {name: row.rejected.code for name, row in rows.items() if row.rejected is not None}
    assert {name: told.get(name) for name in at.closed} == at.closed
    if at.late:
        assert {row.until for row in rows.values()} == {None, support_of(past).last_day}


@pytest.mark.parametrize("life", LIVES)
def test_what_is_open_is_allowed_and_what_is_not_is_rejected_so(life: str) -> None:
    """Each command is asked for in earnest: `decide` says of it what was said beforehand, with the same code."""
    at = LIVES[life]
    past = at.past()
    for name, row in opened(past, at.today).items():
        today = codes(name, past, at.today, at.today)
        if row.rejected is None and row.until is None:
            assert "" in today, name
            continue
        assert "" not in today, name
        engagement = past.case.engagement
        last = str(engagement.last_day) if engagement else at.today
        then = codes(name, past, min(last, at.today), at.today)
        if row.rejected is None:
            assert "" in then, name
        else:
            assert "" not in then, name
            assert row.rejected.code in today | then, name


def test_every_stage_and_every_command_are_tried() -> None:
    """No stage and no command is added without a case in which it is open, and one in which it is not."""
    assert {at.stage for at in LIVES.values()} == set(get_args(Stage))
    for name in OFFERED:
        if name != "extend_period":  # which no form of the catalogue has
            assert any(name in at.now | at.late for at in LIVES.values()), name
        assert any(name not in at.now | at.late for at in LIVES.values()), name


def test_each_command_is_named_once_in_its_order() -> None:
    """As `liggare do --list` has them; imports, expiries and erasures have ways of their own."""
    rows = openings(counselling().case, known(counselling(), "2025-03-03"))
    assert [row.command for row in rows] == OFFERED
    assert set(COMMANDS) - set(OFFERED) == {
        "receive_application",
        "record_declaration",
        "expire",
        "erase_person",
    }


def test_a_rejection_tells_its_clause_and_why() -> None:
    """It is the rejection itself, as the command would get it."""
    row = opened(counselling(), "2025-03-03")["extend_period"]
    assert row.rejected is not None
    assert row.rejected.clause == "K-2.1-i"
    assert "2026-01-15" in row.rejected.sv
    assert "2026-01-15" in row.rejected.en


def test_nothing_comes_of_asking() -> None:
    """The case and its history are what they were."""
    past = counselling(PLANNED)
    before, entries = past.case, list(past.entries)
    opened(past, "2025-03-03")
    assert (past.case, past.entries) == (before, entries)


def test_a_form_with_extensions_may_be_extended(monkeypatch: pytest.MonkeyPatch) -> None:
    """K-2.1-i: where the catalogue has months to add; its last day is the grant's."""
    made = CATALOGUES["2022-10-01"]
    service = made.services["counselling_dismissed"]
    form = service.forms[6].model_copy(update={"extension_months": 3})
    longer = service.model_copy(update={"forms": service.forms | {6: form}})
    services = made.services | {"counselling_dismissed": longer}
    monkeypatch.setitem(CATALOGUES, "2022-10-01", made.model_copy(update={"services": services}))
    past = counselling(months=6)
    assert opened(past, "2025-03-03")["extend_period"].rejected is None
    assert "" in codes("extend_period", past, "2025-03-03", "2025-03-03")


@pytest.mark.parametrize("kind", ["permanent_job", "fixed_term_job", "business", "studies", "placement"])
def test_each_kind_of_result_is_tried_as_its_definition_asks_for_it(
    kind: OutcomeKind, monkeypatch: pytest.MonkeyPatch
) -> None:
    """K-2.5, K-4.5: in a service of that result alone, one may be reached, long enough and at the right school."""
    made = CATALOGUES["2022-10-01"]
    definition = next(row.outcomes[kind] for row in made.services.values() if kind in row.outcomes)
    alone = made.services["counselling_dismissed"].model_copy(update={"outcomes": {kind: definition}})
    services = made.services | {"counselling_dismissed": alone}
    monkeypatch.setitem(CATALOGUES, "2022-10-01", made.model_copy(update={"services": services}))
    assert opened(counselling(), "2025-03-03")["reach_outcome"].rejected is None


def test_who_is_no_advisor_is_passed_over() -> None:
    """K-2.3-a: whoever is tried is one on that day, in whatever order the register has its staff."""
    some = ("gone", "late", "anna.berg")
    lines = {thing: STAFFED.lines[thing] for thing in sorted(STAFFED.lines, reverse=True) if thing[1] in some}
    assert [name for _, name in lines] == ["late", "gone", "anna.berg"]
    rows = openings(given(RECEIVED).case, known(given(RECEIVED), "2025-02-03", Register(lines)))
    assert next(row for row in rows if row.command == "assign_advisor").rejected is None


def test_an_advisor_is_named_who_is_there_that_day() -> None:
    """K-2.3-a: `late` comes on 1 June 2026 and `gone` left in 2024; where there is nobody, nobody is assigned."""
    past = given(RECEIVED)
    for staff, today, there in (
        ("late", "2026-06-01", True),
        ("late", "2026-05-31", False),
        ("gone", "2025-02-03", False),
    ):
        one = Register({("staff", staff): STAFFED.lines["staff", staff]})
        row = next(
            row for row in openings(past.case, known(past, today, one)) if row.command == "assign_advisor"
        )
        assert (row.rejected is None) == there, (staff, today)
    nobody = openings(past.case, known(past, "2025-02-03", Register()))
    row = next(row for row in nobody if row.command == "assign_advisor")
    assert row.rejected is not None
    assert row.rejected.code == "NOT_REGISTERED"


def test_who_joined_already_can_be_joined_with_another() -> None:
    """K-5.5-b: it is tried with a stranger, whomever the caller had in mind."""
    past = given(RECEIVED)
    same = known(past, "2025-02-03")._replace(same_as=past.case)
    row = next(row for row in openings(past.case, same) if row.command == "join_person")
    assert row.rejected is None


def test_a_decision_may_be_made_again_on_new_evidence() -> None:
    """AMB-36: a refusal alone leaves nothing to decide; the evidence that came since does."""
    past = refused()
    assert opened(past, "2025-02-03")["decide"].rejected is not None
    past.carry_out(do(COMMANDS["record_evidence"], "2025-01-20", source="certificate", content={}))
    assert opened(past, "2025-02-03")["decide"].rejected is None
    past.carry_out(do(Decide, "2025-02-01"))
    assert opened(past, "2025-02-03")["decide"].rejected is not None
