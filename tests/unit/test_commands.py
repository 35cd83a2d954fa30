"""Every command: what it produces, what it is rejected for, and what it leaves as it was."""

import json
from collections.abc import Iterable
from datetime import date, timedelta
from pathlib import Path
from typing import Any, NamedTuple, get_args
from uuid import UUID, uuid5

import pytest
from hypothesis import given as drawn
from hypothesis import settings
from hypothesis import strategies as st
from pydantic import ValidationError

from domain.admission import admit
from domain.case import Case
from domain.command import Command
from domain.commands import (
    COMMANDS,
    AnnulGrant,
    CorrectEntry,
    Decide,
    DecideAppeal,
    DecideReconsideration,
    ErasePerson,
    JoinPerson,
    JudgeNeed,
    LiftProtection,
    LodgeAppeal,
    NotifyAsEmployer,
    ProtectIdentity,
    ReceiveApplication,
    RecordDeclaration,
    RecordEarlierGrant,
    RecordEvidence,
    RequestReconsideration,
)
from domain.corrections import CORRECTABLE
from domain.decisions import decide
from domain.declarations import Declaration, Statement
from domain.event import Event
from domain.events import (
    EVENTS,
    ApplicationReceived,
    DeclarationRecorded,
    EarlierGrantRecorded,
    EligibilityAssessed,
    EmployerNotified,
    EntryCorrected,
    Evidence,
    EvidenceRecorded,
    GrantAnnulled,
    NeedJudged,
    PersonErased,
    PersonJoined,
)
from domain.fund_commands import (
    AgreeTermination,
    ChooseWay,
    ExtendForSickness,
    HoldDeliberation,
    OfferAgreement,
    PayMeasure,
)
from domain.fund_events import (
    AgreementOffered,
    CollectiveSupportExtended,
    CompensationRecorded,
    CsnDecisionRecorded,
    DeliberationHeld,
    EmployerContactedFund,
    InformationGiven,
    MeasurePaid,
    StudySupportGranted,
    TerminationAgreed,
    WayChosen,
)
from domain.grounds import Known
from domain.history import fresh_evidence
from domain.protection_events import IdentityProtected, ProtectionLifted
from domain.rejections import CommandRejected, Meanwhile
from domain.review_events import AppealDecided, AppealLodged, ReconsiderationDecided, ReconsiderationRequested
from domain.services import CATALOGUES
from domain.support_commands import (
    AgreePlan,
    AssignAdvisor,
    CompleteTask,
    EvidenceOutcome,
    Expire,
    ExplainShortfall,
    HoldHealthCollaboration,
    HoldMeeting,
    IssueStatement,
    MakeContact,
    MissMeeting,
    Pause,
    ReachOutcome,
    RecordActivity,
    Reopen,
    RequestStatement,
    Resume,
    StartEngagement,
    Withdraw,
)
from domain.support_events import (
    ActivityRecorded,
    AdvisorAssigned,
    ContactMade,
    EngagementExpired,
    EngagementStarted,
    HealthCollaborationHeld,
    MeetingHeld,
    MeetingMissed,
    OutcomeEvidenced,
    OutcomeKind,
    OutcomeReached,
    Paused,
    PeriodExtended,
    PlanAgreed,
    PlanContent,
    Reopened,
    Resumed,
    ShortfallExplained,
    StatementIssued,
    StatementRequested,
    TaskDone,
    Withdrawn,
)
from tests.funds import (
    ADVISED,
    CAREER,
    EXTENDED,
    LEAVES,
    NOTIFIED,
    REDUCED,
    compensation,
    contact,
    csn,
    inform,
    support,
)
from tests.given import (
    ADVISOR,
    AGREED_END,
    APPLICANT,
    CASE,
    DECIDED,
    DECIDER,
    EMPLOYER,
    OFFICER,
    OTHER_CASE,
    RECEIVED,
    STARTED,
    STRANGERS_CASE,
    TODAY,
    UNDER_WAY,
    Given,
    application,
    details,
    do,
    given,
    happened,
    meeting,
    work,
)
from tests.registers import STAFFED
from tests.supports import guidance, on_the_basis_of_the_first

DECLARED = Declaration.model_validate(
    {
        "file_sha256": "ab" * 32,
        "file_name": "agi.xml",
        "created_at": "2025-01-12T09:00:00Z",
        "statements": (
            Statement(
                employer="165599999017",
                payee="198005171234",
                period="2024-12",
                number=1,
                amounts={"011": 31_000},
            ),
        ),
    },
    strict=False,
)
REINFORCED: tuple[Command, ...] = (
    application(service="reinforced_support", details=details()),
    do(JudgeNeed, "2025-01-12", ADVISOR, special_need=True),
    do(Decide, "2025-01-15"),
    do(StartEngagement, "2025-01-27"),
)
PLAN = do(
    AgreePlan,
    "2025-02-03",
    goal="job",
    jointly=True,
    items=({"task": "Söka arbete.", "by": "client", "target_on": "2025-03-01"},),
)
PLANNED = PlanContent(needs=None, tasks=("Söka arbete.",))
MEETING = meeting("2025-02-03", advisor="anna.berg")
PAUSED = do(Pause, "2025-03-01", reason="substitute_post", expected_until="2025-06-01")
RESUMED = do(Resume, "2025-06-01")
RESULT = do(ReachOutcome, "2025-04-01", outcome="permanent_job", starts_on="2025-04-15", evidence="contract")
ANNULLED = do(AnnulGrant, "2025-02-01", reason="Fel person.")
EXPIRED = do(Expire, "2026-01-16")
JOINED = do(JoinPerson, "2025-02-01", same_as=STRANGERS_CASE, reason="nytt personnummer")
PROTECTED = do(ProtectIdentity, "2025-02-01", kind="confidentiality_marking", readers=("cia", "bo", "cia"))
LIFTED = do(LiftProtection, "2025-03-01")
ERASED = do(ErasePerson, "2025-02-01")
MORE = do(
    RecordEvidence,
    "2025-01-12",
    source="certificate",
    content=Evidence(work=work("2022-12", 1)),
)
ELSEWHERE = do(
    RecordEarlierGrant,
    "2025-01-12",
    organisation="trr",
    case="2023-17",
    decided_on="2023-01-10",
    last_day="2024-01-10",
    basis_months=("2022-01", "2022-02"),
)
STRUCK = do(CorrectEntry, "2025-02-10", corrects=UUID(int=0), reason="Fel dag.")


class Sample(NamedTuple):
    """A command that is allowed: on what history, what it produces, and which parts of the case it touches."""

    past: tuple[Command, ...]
    command: Command
    event: type[Event]
    content: dict[str, Any]
    touches: set[str]


EVIDENCE = {"evidence"}
SUPPORT = {"engagement"}
FUND = {"fund"}
STUDYING = (CAREER, DECIDED, STARTED)
WITH_MEASURES = (EXTENDED, NOTIFIED, DECIDED, STARTED)
OFFERED = (
    REDUCED,
    contact(),
    inform("employer"),
    inform("employee"),
    do(HoldDeliberation, "2025-01-25"),
    do(OfferAgreement, "2025-01-26"),
)
SAMPLES = [
    Sample((), RECEIVED, ApplicationReceived, {"birth_year": 1980, "months": 12}, {"application"}),
    Sample((RECEIVED,), MORE, EvidenceRecorded, {"source": "certificate"}, EVIDENCE),
    Sample(
        (RECEIVED,),
        do(RecordDeclaration, "2025-01-12", "system:import", declaration=DECLARED),
        DeclarationRecorded,
        {"declaration": DECLARED, "occurred_on": date(2025, 1, 12)},
        EVIDENCE,
    ),
    Sample((RECEIVED,), ELSEWHERE, EarlierGrantRecorded, {"basis_months": ("2022-01", "2022-02")}, EVIDENCE),
    Sample(
        (RECEIVED,),
        do(JudgeNeed, "2025-01-12", ADVISOR, special_need=True),
        NeedJudged,
        {"special_need": True},
        EVIDENCE,
    ),
    Sample(
        (RECEIVED,),
        do(NotifyAsEmployer, "2025-01-12", EMPLOYER, employer="Kommunen"),
        EmployerNotified,
        {"employer": "Kommunen"},
        EVIDENCE,
    ),
    Sample(
        (RECEIVED,),
        DECIDED,
        EligibilityAssessed,
        {"decision": "grant", "refusals": (), "last_day": AGREED_END, "agreed_end": AGREED_END},
        {"decisions"},
    ),
    Sample(UNDER_WAY[:2], ANNULLED, GrantAnnulled, {"reason": "Fel person."}, {"annulled"}),
    Sample(
        (RECEIVED,),
        do(AssignAdvisor, "2025-01-12", advisor="anna.berg"),
        AdvisorAssigned,
        {"advisor": "anna.berg"},
        {"advisor"},
    ),
    Sample(
        UNDER_WAY[:2],
        STARTED,
        EngagementStarted,
        {"agreed_end": AGREED_END, "months": 12, "service": "counselling_dismissed"},
        SUPPORT,
    ),
    Sample(UNDER_WAY, PLAN, PlanAgreed, {"goal": "job", "content": PLANNED}, SUPPORT),
    Sample((*UNDER_WAY, PLAN), do(CompleteTask, "2025-02-20", number=1), TaskDone, {"number": 1}, SUPPORT),
    Sample(
        UNDER_WAY,
        do(RecordActivity, "2025-02-03", activity="interview_training", done=False, reason="Van."),
        ActivityRecorded,
        {"done": False, "reason": "Van."},
        SUPPORT,
    ),
    Sample(UNDER_WAY, MEETING, MeetingHeld, {"mode": "digital", "advisor": "anna.berg"}, SUPPORT),
    Sample(
        UNDER_WAY, do(MissMeeting, "2025-02-03", mode="digital"), MeetingMissed, {"advisor": None}, SUPPORT
    ),
    Sample(
        UNDER_WAY, do(MakeContact, "2025-02-03", kind="webinar"), ContactMade, {"kind": "webinar"}, SUPPORT
    ),
    Sample(
        REINFORCED,
        do(HoldHealthCollaboration, "2025-02-03", party="health_advisor"),
        HealthCollaborationHeld,
        {"party": "health_advisor"},
        SUPPORT,
    ),
    Sample(
        UNDER_WAY,
        do(RequestStatement, "2025-02-03", APPLICANT, education="Undersköterska"),
        StatementRequested,
        {"education": "Undersköterska"},
        {"statements", "engagement"},
    ),
    Sample(
        UNDER_WAY,
        do(
            IssueStatement,
            "2025-02-03",
            strengthens=True,
            sources=({"kind": "forecast", "reference": "Prognos 2025"},),
            reasons="Brist.",
        ),
        StatementIssued,
        {"strengthens": True, "kinds": ("forecast",)},
        {"statements", "engagement"},
    ),
    Sample(UNDER_WAY, PAUSED, Paused, {"reason": "substitute_post"}, SUPPORT),
    Sample((*UNDER_WAY, PAUSED), RESUMED, Resumed, {"occurred_on": date(2025, 6, 1)}, SUPPORT),
    Sample(UNDER_WAY, RESULT, OutcomeReached, {"outcome": "permanent_job", "evidence": "contract"}, SUPPORT),
    Sample(
        (*UNDER_WAY, RESULT),
        do(EvidenceOutcome, "2025-04-20", evidence="employer"),
        OutcomeEvidenced,
        {"evidence": "employer"},
        SUPPORT,
    ),
    Sample(UNDER_WAY, do(Withdraw, "2025-04-01", APPLICANT), Withdrawn, {"reason": None}, SUPPORT),
    Sample((*UNDER_WAY, RESULT), do(Reopen, "2025-05-01"), Reopened, {}, SUPPORT),
    Sample(
        UNDER_WAY,
        EXPIRED,
        EngagementExpired,
        {"meetings_held": 0, "meetings_required": 12, "meetings_missing": 12},
        SUPPORT,
    ),
    Sample(
        (*UNDER_WAY, EXPIRED),
        do(ExplainShortfall, "2026-01-20", reason="Sjuk."),
        ShortfallExplained,
        {"reason": "Sjuk."},
        SUPPORT,
    ),
    Sample(
        (*STUDYING, ADVISED),
        do(ChooseWay, "2025-02-03", way="stays"),
        WayChosen,
        {"way": "stays"},
        {"fund", "engagement"},
    ),
    Sample(STUDYING, csn(), CsnDecisionRecorded, {"granted": True, "exhausted": False}, FUND),
    Sample(
        (*STUDYING, csn()),
        support("complementary", 40_000_00, "2025-03", "2025-02"),
        StudySupportGranted,
        {"kind": "complementary", "months": ("2025-02", "2025-03"), "days": None},
        FUND,
    ),
    Sample((LEAVES, DECIDED), compensation(), CompensationRecorded, {"amount": 240_000}, FUND),
    Sample(
        WITH_MEASURES,
        do(PayMeasure, "2025-02-03", kind="course_fee", amount=1_250_000),
        MeasurePaid,
        {"kind": "course_fee", "amount": 1_250_000},
        {"fund", "engagement"},
    ),
    Sample(
        WITH_MEASURES,
        do(ExtendForSickness, "2025-12-20", until="2026-06-30"),
        CollectiveSupportExtended,
        {"until": date(2026, 6, 30)},
        FUND,
    ),
    Sample(
        (REDUCED,),
        contact(certificate=True),
        EmployerContactedFund,
        {"rehabilitation_fulfilled": True, "certificate": True},
        FUND,
    ),
    Sample((REDUCED,), inform("employee", "securing_sgi"), InformationGiven, {"to": "employee"}, FUND),
    Sample((REDUCED,), do(HoldDeliberation, "2025-01-25"), DeliberationHeld, {}, FUND),
    Sample((REDUCED, contact()), do(OfferAgreement, "2025-01-26"), AgreementOffered, {}, FUND),
    Sample(
        OFFERED,
        do(AgreeTermination, "2025-01-30", ends_on="2025-04-30"),
        TerminationAgreed,
        {"ends_on": date(2025, 4, 30)},
        FUND,
    ),
    Sample(
        (RECEIVED, DECIDED),
        do(RequestReconsideration, "2025-01-20", APPLICANT),
        ReconsiderationRequested,
        {"received_on": date(2025, 1, 15)},
        {"reviews"},
    ),
    Sample(
        (RECEIVED, DECIDED, do(RequestReconsideration, "2025-01-20", APPLICANT)),
        do(DecideReconsideration, "2025-01-25", DECIDER),
        ReconsiderationDecided,
        {"result": "upheld"},
        {"reviews"},
    ),
    Sample((RECEIVED, DECIDED), do(LodgeAppeal, "2025-01-20", APPLICANT), AppealLodged, {}, {"reviews"}),
    Sample(
        (RECEIVED, DECIDED, do(LodgeAppeal, "2025-01-20", APPLICANT)),
        do(DecideAppeal, "2025-03-20", result="upheld"),
        AppealDecided,
        {"result": "upheld"},
        {"reviews"},
    ),
    Sample((*UNDER_WAY, MEETING), STRUCK, EntryCorrected, {"replaced_by": None}, SUPPORT),
    Sample((RECEIVED,), JOINED, PersonJoined, {"person_ref": "cd" * 32}, {"joined"}),
    Sample(
        (RECEIVED,),
        PROTECTED,
        IdentityProtected,
        {"kind": "confidentiality_marking", "readers": ("bo", "cia")},
        {"protection"},
    ),
    Sample((RECEIVED, PROTECTED), LIFTED, ProtectionLifted, {}, {"protection"}),
    Sample((RECEIVED,), ERASED, PersonErased, {}, {"erased"}),
]


def named(sample: Sample) -> str:
    return sample.command.name


def corrected(command: Command, past: Given) -> Command:
    """The command, naming the newest entry if it is a correction (no id is known before the history is)."""
    if not isinstance(command, CorrectEntry) or command.corrects.int or not past.entries:
        return command
    return command.model_copy(update={"corrects": past.entries[-1].event.event_id})


every_command = pytest.mark.parametrize("sample", SAMPLES, ids=named)


def test_there_is_a_sample_of_every_command_and_every_event() -> None:
    """Vacuous without: the tests on samples say "every command", and are as good as the list.

    No form of today can be extended (K-2.1-i); one that can is tried in test_lifecycle.py.
    """
    assert [sample.command.name for sample in SAMPLES] == [
        name for name in COMMANDS if name != "extend_period"
    ]
    assert {sample.event for sample in SAMPLES} | {PeriodExtended} == set(EVENTS.values())


@every_command
def test_what_it_produces(sample: Sample) -> None:
    """One event of the right kind, which carries over who, when and by which command."""
    past = given(*sample.past)
    command = corrected(sample.command, past)
    done = past.when(command).then(sample.event, **sample.content)
    event = done.events[0]
    assert (event.command_id, event.correlation_id) == (command.command_id, command.correlation_id)
    assert event.actor == command.actor
    if not isinstance(command, Expire):
        assert event.occurred_on == command.occurred_on


@every_command
def test_what_it_leaves_silent(sample: Sample) -> None:
    """Only the parts of the case that the command is about change; all others are equal before and after."""
    past = given(*sample.past)
    done = past.when(corrected(sample.command, past))
    after = done.case
    changed = {name for name in Case.model_fields if getattr(done.before, name) != getattr(after, name)}
    assert changed == sample.touches


@every_command
def test_sent_twice_it_is_the_same_events(sample: Sample) -> None:
    """No clock is read and no id is made: deciding again on the same history gives the same events."""
    past = given(*sample.past)
    command = corrected(sample.command, past)
    assert past.when(command).events == past.when(command).events


@every_command
def test_no_case_no_command(sample: Sample) -> None:
    """On a case that doesn't exist every command but the application says so, and nothing else first."""
    if not isinstance(sample.command, ReceiveApplication):
        given().when(sample.command).then_rejected("UNKNOWN_CASE", "AMB-35")


@every_command
def test_an_erased_case_never_changes(sample: Sample) -> None:
    """Whatever had happened, and whatever is asked, the erasure is what the answer names."""
    if not isinstance(sample.command, ReceiveApplication):
        past = given(*sample.past, ERASED)
        past.when(corrected(sample.command, past)).then_rejected("PERSON_ERASED", "AMB-33")


@every_command
def test_nothing_is_recorded_before_it_has_happened(sample: Sample) -> None:
    """On the day itself it is allowed, the day before it is not; an expiry waits for its own day."""
    past = given(*sample.past)
    command = corrected(sample.command, past)
    day = command.occurred_on
    past.when(command, today=day).then(sample.event)
    code = "AGREED_END_NOT_REACHED" if isinstance(command, Expire) else "OCCURRED_IN_FUTURE"
    rejected = past.when(command, today=day - timedelta(days=1)).then_rejected(code)
    assert str(AGREED_END if isinstance(command, Expire) else day) in rejected.sv


@every_command
def test_nothing_happens_before_the_application(sample: Sample) -> None:
    """A declaration made before it is evidence from the day of the application on; an expiry has its own day."""
    command = sample.command.model_copy(update={"occurred_on": date(2025, 1, 9)})
    past = given(*sample.past)
    done = past.when(corrected(command, past))
    if isinstance(command, RecordDeclaration):
        done.then(DeclarationRecorded, occurred_on=date(2025, 1, 10))
    elif isinstance(command, ReceiveApplication | Expire):
        done.then(sample.event)
    else:
        done.then_rejected("BEFORE_APPLICATION", "AMB-35")


ROLES = ("applicant", "advisor", "case_officer", "decision_maker", "employer", "system")
STAFF = {"advisor", "case_officer", "decision_maker", "system"}
ENTITLED = {
    "receive_application": STAFF | {"applicant"},
    "record_evidence": STAFF | {"applicant"},
    "judge_need": {"advisor"},
    "notify_as_employer": {"employer"},
    "decide": {"decision_maker", "system"},
    "annul_grant": {"decision_maker", "system"},
    "decide_reconsideration": {"decision_maker", "system"},
    "withdraw": STAFF | {"applicant"},
    "request_statement": STAFF | {"applicant"},
    "request_reconsideration": STAFF | {"applicant"},
    "lodge_appeal": STAFF | {"applicant"},
    "join_person": {"case_officer", "decision_maker"},
    "protect_identity": {"case_officer", "decision_maker"},
    "lift_protection": {"case_officer", "decision_maker"},
    "grant_study_support": {"decision_maker", "system"},
    "contact_fund": STAFF | {"employer"},
}


@pytest.mark.parametrize("role", ROLES)
@every_command
def test_nobody_supplies_anothers_part(sample: Sample, role: str) -> None:
    """Each role may do what is its own: the need is the advisor's to judge, the notification the employer's."""
    past = given(*sample.past)
    command = corrected(sample.command, past).model_copy(update={"actor": f"{role}:someone"})
    done = past.when(command)
    if role in ENTITLED.get(command.name, STAFF):
        done.then(sample.event)
    else:
        done.then_rejected("ACTOR_NOT_ENTITLED")


# What is rejected

REFUSED = (application(details=details(work=())), DECIDED)
BEGUN_ELSEWHERE = given(*UNDER_WAY, case_id=OTHER_CASE)


def id_of(past: Given, kind: type[Event], which: int = -1) -> UUID:
    return [entry.event.event_id for entry in past.entries if isinstance(entry.event, kind)][which]


def correcting(
    past: Given, kind: type[Event], replacement: Command | None = None, on: str = "2025-09-01"
) -> Any:
    corrects = id_of(past, kind)
    return do(CorrectEntry, on, corrects=corrects, reason="Fel.", replacement=replacement)


class Rejected(NamedTuple):
    """A code, the clause it rests on here, and a history with the command that meets it."""

    code: str
    clause: str
    past: Given
    command: Command


COUNSELLED = given(*UNDER_WAY)
MET = given(*UNDER_WAY, MEETING)
CORRECTED = given(*UNDER_WAY, MEETING)
CORRECTED.carry_out(correcting(CORRECTED, MeetingHeld))
LAPSED = given(application(months=6, details=details()), DECIDED, STARTED, EXPIRED)
BESIDE = on_the_basis_of_the_first()
BESIDE[0].carry_out(STARTED)

REJECTED = [
    Rejected("UNKNOWN_CASE", "AMB-35", given(), DECIDED),
    Rejected("ALREADY_RECEIVED", "AMB-35", given(RECEIVED), RECEIVED),
    Rejected("PERSON_ERASED", "AMB-33", given(RECEIVED, ERASED), DECIDED),
    Rejected("NO_NEW_EVIDENCE", "AMB-36", given(*REFUSED), do(Decide, "2025-01-20")),
    Rejected("ALREADY_JOINED", "K-5.5-b", given(RECEIVED, JOINED), JOINED),
    Rejected(
        "ACTOR_NOT_ENTITLED", "K-5.1-5", given(RECEIVED), do(JudgeNeed, "2025-01-12", special_need=True)
    ),
    Rejected(
        "ACTOR_NOT_ENTITLED",
        "O-25-d",
        given(RECEIVED),
        do(NotifyAsEmployer, "2025-01-12", ADVISOR, employer="Kommunen"),
    ),
    Rejected("ACTOR_NOT_ENTITLED", "K-5.4", given(RECEIVED), do(Decide, "2025-01-15", APPLICANT)),
    Rejected("ACTOR_NOT_ENTITLED", "K-5.4", given(RECEIVED), do(Decide, "2025-01-15", OFFICER)),
    Rejected(
        "ACTOR_NOT_ENTITLED",
        "AMB-35",
        given(RECEIVED),
        do(AssignAdvisor, "2025-01-15", APPLICANT, advisor="anna"),
    ),
    Rejected("NOT_REGISTERED", "K-5.4", given(RECEIVED), do(Decide, "2025-01-15", "decision_maker:okand")),
    Rejected(
        "NOT_REGISTERED", "K-5.4", given(RECEIVED), do(Decide, "2025-01-15", "decision_maker:anna.berg")
    ),
    Rejected(
        "NO_LONGER_REGISTERED", "K-5.4", given(RECEIVED), do(Decide, "2025-01-15", "decision_maker:gone")
    ),
    Rejected(
        "NOT_REGISTERED",
        "K-5.4",
        given(RECEIVED, DECIDED),
        do(AnnulGrant, "2025-02-01", "decision_maker:okand", reason="Fel."),
    ),
    Rejected("NOT_REGISTERED", "K-2.3-a", given(RECEIVED), do(AssignAdvisor, "2025-01-12", advisor="okand")),
    Rejected(
        "NO_LONGER_REGISTERED", "K-2.3-a", given(RECEIVED), do(AssignAdvisor, "2025-01-12", advisor="gone")
    ),
    Rejected(
        "NOT_REGISTERED",
        "O-22-2",
        given(application(policy="omstallningsfonden", service="counselling", details=details())),
        do(AssignAdvisor, "2025-01-12", advisor="okand"),
    ),
    Rejected("NOT_REGISTERED", "K-2.3-a", COUNSELLED, meeting("2025-02-03", advisor="late")),
    Rejected("NO_LONGER_REGISTERED", "K-2.3-a", COUNSELLED, meeting("2025-02-03", advisor="gone")),
    Rejected(
        "NOT_REGISTERED",
        "K-2.3-a",
        MET,
        correcting(MET, MeetingHeld, meeting("2025-02-03", advisor="okand")),
    ),
    Rejected(
        "NOT_REGISTERED",
        "K-1-g",
        given(RECEIVED, DECIDED),
        do(StartEngagement, "2025-01-27", provider="okand"),
    ),
    Rejected(
        "NO_LONGER_REGISTERED",
        "K-1-g",
        given(RECEIVED, DECIDED),
        do(StartEngagement, "2025-01-27", provider="avslutad"),
    ),
    Rejected("OCCURRED_IN_FUTURE", "AMB-35", given(RECEIVED), do(Decide, "2026-11-22")),
    Rejected("BEFORE_APPLICATION", "AMB-35", given(RECEIVED), do(Decide, "2025-01-09")),
    Rejected("ALREADY_GRANTED", "K-5.4", given(RECEIVED, DECIDED), do(Decide, "2025-01-16")),
    Rejected("DECISION_OUT_OF_ORDER", "K-5.5-a", given(*REFUSED), do(Decide, "2025-01-14")),
    Rejected(
        "DECISION_OUT_OF_ORDER", "K-5.5-a", given(RECEIVED, DECIDED, ANNULLED), do(Decide, "2025-01-20")
    ),
    Rejected(
        "DECISION_OUT_OF_ORDER",
        "K-5.5-a",
        given(RECEIVED, others=(BEGUN_ELSEWHERE,)),
        do(Decide, "2025-01-14"),
    ),
    Rejected(
        "DECISION_OUT_OF_ORDER",
        "K-5.5-a",
        given(RECEIVED, others=(given(RECEIVED, DECIDED, ANNULLED, case_id=OTHER_CASE),)),
        do(Decide, "2025-01-20"),
    ),
    Rejected(
        "DECISION_OUT_OF_ORDER",
        "K-5.5-a",
        given(RECEIVED, DECIDED),
        do(AnnulGrant, "2025-01-14", reason="Fel."),
    ),
    Rejected(
        "EVIDENCE_MALFORMED",
        "K-5.2-1",
        given(application(details=details(employments=()))),
        DECIDED,
    ),
    Rejected(
        "EVIDENCE_MALFORMED",
        "K-5.2-1",
        given(RECEIVED),
        do(RecordEvidence, "2025-01-12", source="applicant", content=Evidence(work=work("2024-01", 1, "e9"))),
    ),
    Rejected("NOT_GRANTED", "K-5.4", given(RECEIVED), ANNULLED),
    Rejected("NOT_GRANTED", "K-5.4", given(*REFUSED), STARTED),
    Rejected("NOT_GRANTED", "K-5.4", given(RECEIVED, DECIDED, ANNULLED), ANNULLED),
    Rejected("NOT_GRANTED", "K-5.4", given(RECEIVED, DECIDED, ANNULLED), do(StartEngagement, "2025-02-01")),
    Rejected("BASIS_IN_USE", "K-5.5-b", on_the_basis_of_the_first()[0], ANNULLED),
    Rejected("ALREADY_STARTED", "K-2.1-i", COUNSELLED, do(StartEngagement, "2025-02-01")),
    Rejected("ALREADY_STARTED", "K-3.1-d", guidance(), do(StartEngagement, "2025-02-01")),
    Rejected("START_OUTSIDE_WINDOW", "K-5.4", given(RECEIVED, DECIDED), do(StartEngagement, "2025-01-14")),
    Rejected("START_OUTSIDE_WINDOW", "K-5.4", given(RECEIVED, DECIDED), do(StartEngagement, "2026-01-16")),
    Rejected(
        "DUPLICATE_ACTIVE_CASE",
        "AMB-29",
        BESIDE[1],
        do(StartEngagement, "2025-03-01"),
    ),
    Rejected("NOT_STARTED", "K-2.1-b", given(RECEIVED, DECIDED), MEETING),
    Rejected("NOT_STARTED", "K-2.1-b", given(RECEIVED), EXPIRED),
    Rejected("OUTSIDE_PERIOD", "K-2.1-i", COUNSELLED, meeting("2025-01-26")),
    Rejected("OUTSIDE_PERIOD", "K-2.1-i", COUNSELLED, meeting("2026-01-16")),
    Rejected("OUTSIDE_PERIOD", "K-3.1-d", guidance(), meeting("2025-05-02")),
    Rejected(
        "OUTSIDE_PERIOD", "K-2.1-i", COUNSELLED, do(Pause, "2026-01-16", reason="other", words="Annat.")
    ),
    Rejected(
        "OUTSIDE_PERIOD",
        "K-2.1-i",
        COUNSELLED,
        do(ReachOutcome, "2026-01-16", outcome="business", starts_on="2026-01-16"),
    ),
    Rejected("OUTSIDE_PERIOD", "K-2.1-i", given(*UNDER_WAY, ANNULLED), meeting("2025-02-02")),
    Rejected(
        "ALREADY_PAUSED",
        "K-2.1-g",
        given(*UNDER_WAY, PAUSED),
        do(Pause, "2025-03-02", reason="other", words="Annat."),
    ),
    Rejected(
        "ALREADY_PAUSED",
        "K-2.1-g",
        given(*UNDER_WAY, PAUSED),
        do(Pause, "2025-02-28", reason="other", words="Annat."),
    ),
    Rejected(
        "ALREADY_PAUSED",
        "K-2.1-g",
        given(*UNDER_WAY, PAUSED, RESUMED),
        do(Pause, "2025-05-31", reason="other", words="Annat."),
    ),
    Rejected(
        "LATER_ENTRIES",
        "AMB-35",
        given(*UNDER_WAY, meeting("2025-02-11")),
        do(ReachOutcome, "2025-02-10", outcome="business", starts_on="2025-02-10"),
    ),
    Rejected("NOT_PAUSED", "K-2.1-g", COUNSELLED, RESUMED),
    Rejected("NOT_PAUSED", "K-2.1-g", given(*UNDER_WAY, PAUSED), do(Resume, "2025-02-28")),
    Rejected("NOT_PAUSED", "K-2.1-g", given(*UNDER_WAY, PAUSED, RESUMED), do(Resume, "2025-06-02")),
    Rejected(
        "OUTCOME_NOT_IN_SERVICE", "K-2.5", COUNSELLED, do(ReachOutcome, "2025-04-01", outcome="placement")
    ),
    Rejected(
        "OUTCOME_NOT_IN_SERVICE", "K-3.4", guidance(), do(ReachOutcome, "2025-04-01", outcome="studies")
    ),
    Rejected(
        "MEETINGS_BELOW_MINIMUM",
        "K-3.4-a",
        guidance(meeting("2025-02-03"), meeting("2025-03-03")),
        do(ReachOutcome, "2025-04-01", outcome="guidance_completed"),
    ),
    Rejected("ALREADY_ENDED", "K-2.5", given(*UNDER_WAY, RESULT), RESULT),
    Rejected("ALREADY_ENDED", "K-2.1-i", given(*UNDER_WAY, RESULT), EXPIRED),
    Rejected("ALREADY_ENDED", "K-2.1-i", given(*UNDER_WAY, EXPIRED), EXPIRED),
    Rejected("ALREADY_ENDED", "K-2.1-i", given(*UNDER_WAY, ANNULLED), EXPIRED),
    Rejected("UNKNOWN_ENTRY", "AMB-36", COUNSELLED, STRUCK),
    Rejected("NOT_CORRECTABLE", "AMB-36", COUNSELLED, correcting(COUNSELLED, ApplicationReceived)),
    Rejected("NOT_CORRECTABLE", "AMB-36", COUNSELLED, correcting(COUNSELLED, EligibilityAssessed)),
    Rejected("ALREADY_CORRECTED", "AMB-36", CORRECTED, correcting(CORRECTED, MeetingHeld)),
    Rejected("REPLACEMENT_OF_ANOTHER_KIND", "AMB-36", MET, correcting(MET, MeetingHeld, PAUSED)),
    Rejected(
        "REPLACEMENT_OF_ANOTHER_KIND",
        "AMB-36",
        CORRECTED,
        correcting(CORRECTED, EntryCorrected, correcting(CORRECTED, MeetingHeld)),
    ),
    # A correction may not leave later entries without what allowed them; the history is tried in its own order.
    Rejected("NOT_STARTED", "K-2.1-b", MET, correcting(MET, EngagementStarted)),
    Rejected(
        "NOT_STARTED", "K-2.1-b", MET, correcting(MET, EngagementStarted, do(StartEngagement, "2025-02-04"))
    ),
    Rejected("NOT_STARTED", "K-2.1-b", MET, correcting(MET, MeetingHeld, meeting("2025-01-26"))),
    Rejected("OUTSIDE_PERIOD", "K-2.1-i", MET, correcting(MET, MeetingHeld, meeting("2026-01-16"))),
    Rejected(
        "OCCURRED_IN_FUTURE", "AMB-35", MET, correcting(MET, MeetingHeld, meeting("2026-11-22"), "2026-11-21")
    ),
    Rejected(
        "AGREED_END_NOT_REACHED",
        "K-2.1-i",
        LAPSED,
        correcting(LAPSED, EngagementStarted, do(StartEngagement, "2025-01-20")),
    ),
]


@pytest.mark.parametrize("row", REJECTED, ids=lambda row: f"{row.code}-{row.command.name}")
def test_what_is_rejected(row: Rejected) -> None:
    """Each code is met, with the clause of the service at hand, and its sentences are filled in."""
    rejected = row.past.when(row.command).then_rejected(row.code, row.clause)
    assert rejected.sv != rejected.en
    assert str(rejected) == f"{row.code} ({row.clause}): {rejected.en}"


def test_an_unknown_kind_is_an_error_never_skipped() -> None:
    """A command or an event without a rule stops loudly."""

    class Dance(Command):
        name = "dance"

    with pytest.raises(TypeError, match="no rule for Dance"):
        decide(given(RECEIVED).case, do(Dance, "2025-01-12"), known=None)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("field", "value"),
    [("region", "1"), ("region", "AB"), ("occupation", "23"), ("months", -1), ("on_basis_of", "")],
)
def test_an_application_is_sound_before_it_is_decided(field: str, value: Any) -> None:
    """What the event or the request can't hold is stopped when the command is made, not when it is decided."""
    with pytest.raises(ValidationError):
        application(details=details(), **{field: value})


# Lifecycles


SERVICES = CATALOGUES["2022-10-01"].services


FITTING: dict[str, Any] = {
    "starts_on": "2025-06-01",
    "ends_on": "2025-12-01",
    "school": "komvux",
    "pace_percent": 100,
}


@pytest.mark.parametrize("service", SERVICES)
def test_l07_every_result_that_a_service_names_and_no_other(service: str) -> None:
    """Each of the eight kinds is tried in each service; guidance has a plan and meetings (K-2.5, K-3.4, K-4.5)."""
    past = given(*UNDER_WAY)
    started, form = past.entries[-1], max(SERVICES[service].forms)
    changed = {"service": service, "months": form}
    past.entries[-1] = started._replace(event=started.event.model_copy(update=changed))
    past.carry_out(PLAN)
    for month in (2, 3, 4):
        past.carry_out(meeting(f"2025-0{month}-03"))
    past.add(happened(WayChosen, "2025-05-01", way="stays"))
    for outcome in get_args(OutcomeKind):
        done = past.when(do(ReachOutcome, "2025-06-01", outcome=outcome, **FITTING))
        if outcome in SERVICES[service].outcomes:
            done.then(OutcomeReached, outcome=outcome)
        elif outcome in ("completed", "guidance_completed") and SERVICES[service].forms[form].meetings > 3:
            done.then_rejected("MEETINGS_BELOW_MINIMUM", SERVICES[service].forms[form].clause)
        else:
            done.then_rejected("OUTCOME_NOT_IN_SERVICE", SERVICES[service].clauses.outcome)


def test_a_meeting_belongs_to_the_advisor_of_its_day() -> None:
    """Recorded after the case changed hands, a meeting is still that of the advisor who held it (O-22-2)."""
    anna, bo = do(AssignAdvisor, "2025-01-27", advisor="anna"), do(AssignAdvisor, "2025-03-01", advisor="bo")
    past = given(*UNDER_WAY, anna, bo)
    past.when(meeting("2025-02-28")).then(MeetingHeld, advisor="anna")
    past.when(meeting("2025-03-01")).then(MeetingHeld, advisor="bo")
    past.when(meeting("2025-03-01", advisor="cia")).then(MeetingHeld, advisor="cia")
    given(*UNDER_WAY).when(meeting("2025-03-01")).then(MeetingHeld, advisor=None)


STAGES: list[tuple[str, Iterable[Command], str, str]] = [
    ("received", (RECEIVED,), "received", "received"),
    ("refused", REFUSED, "refused", "refused"),
    ("granted", (RECEIVED, DECIDED), "granted", "granted"),
    ("annulled", (RECEIVED, DECIDED, ANNULLED), "annulled", "annulled"),
    ("under way", UNDER_WAY, "active", "ended"),
    ("away", (*UNDER_WAY, PAUSED), "paused", "ended"),
    ("back", (*UNDER_WAY, PAUSED, RESUMED), "active", "ended"),
    ("result", (*UNDER_WAY, RESULT), "ended", "ended"),
    ("expired", (*UNDER_WAY, EXPIRED), "ended", "ended"),
    ("annulled under way", (*UNDER_WAY, ANNULLED), "annulled", "annulled"),
    ("erased", (*UNDER_WAY, ERASED), "erased", "erased"),
]


@pytest.mark.parametrize(("note", "past", "last_day", "day_after"), STAGES, ids=[row[0] for row in STAGES])
def test_the_stage_on_each_side_of_midnight(
    note: str, past: Iterable[Command], last_day: str, day_after: str
) -> None:
    """The agreed end is the last day; from the day after the support reads as ended, recorded or not."""
    case = given(*past).case
    assert (case.stage(AGREED_END), case.stage(AGREED_END + timedelta(days=1))) == (last_day, day_after)
    assert given().case.stage(AGREED_END) == "none"


def test_an_expiry_is_recorded_from_the_day_after() -> None:
    """On the agreed end it goes on; the expiry has the day after as its day, always (K-2.1-c)."""
    past = given(*UNDER_WAY)
    past.when(EXPIRED, today="2026-01-15").then_rejected("AGREED_END_NOT_REACHED", "K-2.1-i")
    for today in ("2026-01-16", "2026-05-01"):
        past.when(EXPIRED, today=today).then(EngagementExpired, occurred_on=date(2026, 1, 16))


def test_a_refused_case_is_decided_again_and_all_decisions_stay() -> None:
    """New evidence may turn a refusal into a grant; the newest decision stands."""
    past = given(*REFUSED)
    assert (fresh_evidence(past.entries), past.case.stage(TODAY)) == (False, "refused")
    proof = Evidence(work=work("2023-01", 24))
    past.carry_out(do(RecordEvidence, "2025-01-16", source="certificate", content=proof))
    assert (fresh_evidence(past.entries), past.case.stage(TODAY)) == (True, "refused")
    case = past.when(do(Decide, "2025-01-17")).then(EligibilityAssessed, decision="grant").case
    assert [row.decision for row in case.decisions] == ["refuse", "grant"]


def test_a_refused_case_is_decided_again_without_evidence_only_when_asked() -> None:
    """A window may have opened, or months been freed: then somebody says so."""
    given(*REFUSED).when(do(Decide, "2025-01-20", again=True)).then(EligibilityAssessed, decision="refuse")


def test_correcting_evidence_makes_a_refused_case_wait_again() -> None:
    """Striking a wrong earlier grant out, and taking that back, both change what the next decision rests on."""
    elsewhere = {"organisation": "Annan", "case": "A1", "decided_on": "2024-12-01", "last_day": "2025-12-01"}
    past = given(RECEIVED, do(RecordEarlierGrant, "2025-01-11", basis_months=(), **elsewhere), DECIDED)
    assert past.case.stage(TODAY) == "refused"
    assert not fresh_evidence(past.entries)
    wrong = past.entries[1].event.event_id
    past.carry_out(do(CorrectEntry, "2025-01-20", corrects=wrong, reason="annan person"))
    assert fresh_evidence(past.entries)
    past.carry_out(do(Decide, "2025-01-21"))
    assert past.case.stage(TODAY) == "granted"
    assert not fresh_evidence(past.entries)
    struck = past.entries[2 + 1].event.event_id
    past.carry_out(do(CorrectEntry, "2025-01-22", corrects=struck, reason="samma person"))
    assert fresh_evidence(past.entries)


@pytest.mark.parametrize(
    "ending",
    [
        do(ReachOutcome, "2025-02-10", outcome="business", starts_on="2025-02-10"),
        do(AnnulGrant, "2025-02-10", reason="fel underlag"),
    ],
)
@pytest.mark.parametrize(
    "late",
    [meeting("2025-02-11"), do(Pause, "2025-02-11", reason="other", words="Annat.")],
    ids=["meeting", "pause"],
)
def test_a_support_does_not_end_before_what_is_on_record(ending: Command, late: Command) -> None:
    """As nothing is entered after an end, no end is entered before an entry; on its day it may be."""
    given(*UNDER_WAY, late).when(ending).then_rejected("LATER_ENTRIES", "AMB-35")
    assert given(*UNDER_WAY, late).when(ending.model_copy(update={"occurred_on": date(2025, 2, 11)})).events


def test_a_correction_lets_no_second_support_run() -> None:
    """AMB-29: striking a result out is rejected where another support of the person began after it."""
    result = do(ReachOutcome, "2025-03-01", outcome="business", starts_on="2025-03-01")
    past = given(*UNDER_WAY, result)
    other = given(
        application("2025-03-05", details=details(), on_basis_of=str(CASE)),
        do(Decide, "2025-03-10"),
        do(StartEngagement, "2025-03-11"),
        case_id=OTHER_CASE,
        others=(past,),
    )
    strike = do(CorrectEntry, "2025-04-01", corrects=past.entries[-1].event.event_id, reason="inget resultat")
    past.others = (other,)
    past.when(strike).then_rejected("DUPLICATE_ACTIVE_CASE", "AMB-29")
    past.others = ()
    past.when(strike).then(EntryCorrected)


def test_after_an_annulment_the_case_is_decided_anew() -> None:
    """The months are free again, a second support has its own agreed end, and the first annulment is not its."""
    past = given(*UNDER_WAY, ANNULLED)
    case = past.when(do(Decide, "2025-02-01")).then(EligibilityAssessed, decision="grant").case
    assert case.grant == case.decisions[1]
    past.carry_out(do(StartEngagement, "2025-02-10"))
    assert past.case.stage(date(2025, 2, 10)) == "active"
    assert past.case.engagement is not None
    assert past.case.engagement.agreed_end == date(2026, 2, 1)


def test_a_grant_that_nothing_rests_on_any_more_may_be_annulled() -> None:
    """Annulling goes in the order that the grants rest on each other (K-5.5-b)."""
    first, other = on_the_basis_of_the_first()
    rejected = first.when(ANNULLED).then_rejected("BASIS_IN_USE")
    assert str(OTHER_CASE) in rejected.sv
    other.carry_out(ANNULLED)
    first.when(ANNULLED).then(GrantAnnulled)


@pytest.mark.parametrize(
    ("day", "allowed"),
    [("2025-01-15", True), ("2026-01-15", True), ("2025-01-14", False), ("2026-01-16", False)],
)
def test_the_support_begins_inside_the_window(day: str, allowed: bool) -> None:
    """From the day of decision to the last day that support may be given, both included (AMB-17)."""
    done = given(RECEIVED, DECIDED).when(do(StartEngagement, day))
    if allowed:
        done.then(EngagementStarted)
    else:
        assert "2025-01-15" in done.then_rejected("START_OUTSIDE_WINDOW").en


# The agreed end never moves (K-2.1-i)

HALF_A_YEAR = (application(months=6, details=details()), DECIDED, STARTED)
SIX_MONTHS_END = date(2025, 7, 27)


def end_of(past: Given) -> date:
    assert past.case.engagement is not None
    return past.case.engagement.agreed_end


def test_a_corrected_start_never_moves_the_agreed_end_later() -> None:
    """K-2.1-i: a later start leaves it; an earlier brings it nearer; taking that back restores the first."""
    past = given(*HALF_A_YEAR)
    assert end_of(past) == SIX_MONTHS_END
    past.carry_out(correcting(past, EngagementStarted, do(StartEngagement, "2025-02-20")))
    assert end_of(past) == SIX_MONTHS_END
    past.carry_out(correcting(past, EngagementStarted, do(StartEngagement, "2025-01-20")))
    assert end_of(past) == date(2025, 7, 20)
    past.carry_out(correcting(past, EngagementStarted, do(StartEngagement, "2025-02-20")))
    assert end_of(past) == date(2025, 7, 20)
    past.carry_out(correcting(past, EntryCorrected))
    past.carry_out(do(CorrectEntry, "2025-09-01", corrects=id_of(past, EntryCorrected, 1), reason="Fel."))
    assert end_of(past) == SIX_MONTHS_END


def test_a_start_struck_out_and_made_anew_keeps_the_agreed_end() -> None:
    """Striking the start out is no way round: what it fixed under this grant stays fixed."""
    past = given(*HALF_A_YEAR)
    past.carry_out(correcting(past, EngagementStarted))
    assert past.case.stage(TODAY) == "granted"
    past.when(do(StartEngagement, "2025-03-01")).then(EngagementStarted, agreed_end=SIX_MONTHS_END)
    past.when(do(StartEngagement, "2025-07-28")).then_rejected("START_OUTSIDE_WINDOW")


def test_a_start_is_not_corrected_to_after_the_agreed_end() -> None:
    """A support that begins after its end is none."""
    past = given(*HALF_A_YEAR)
    late = correcting(past, EngagementStarted, do(StartEngagement, "2025-08-01"))
    assert str(SIX_MONTHS_END) in past.when(late).then_rejected("START_OUTSIDE_WINDOW").en


DAYS = st.dates(date(2025, 1, 10), date(2026, 2, 10)).map(str)
ATTEMPTS = st.lists(
    st.tuples(
        st.sampled_from(
            (StartEngagement, HoldMeeting, Pause, Resume, ReachOutcome, CorrectEntry, CorrectEntry)
        ),
        DAYS,
        st.integers(0, 30),
        st.booleans(),
    ),
    max_size=12,
)
CONTENT: dict[Any, dict[str, Any]] = {
    HoldMeeting: {"mode": "physical"},
    Pause: {"reason": "parental_leave"},
    ReachOutcome: {"outcome": "business"},
}


@settings(max_examples=60, deadline=None)
@drawn(ATTEMPTS)
def test_nothing_ever_moves_the_agreed_end_later(attempts: list[tuple[Any, str, int, bool]]) -> None:
    """K-2.1-i: whatever is tried, corrections included, it is never later than the first start fixed.

    Vacuous where no start is ever corrected: entry numbers are small, and half of the corrections replace.
    """
    past = given(*HALF_A_YEAR)
    for kind, on, number, replaces in attempts:
        command: Command
        if kind is CorrectEntry:
            wrong = past.entries[number % len(past.entries)].event
            again = next((one.command for one in SAMPLES if one.event is type(wrong)), None)
            right = again.model_copy(update={"occurred_on": date.fromisoformat(on)}) if again else None
            command = do(
                CorrectEntry,
                "2026-02-10",
                corrects=wrong.event_id,
                reason="Fel.",
                replacement=right if replaces else None,
            )
        else:
            command = do(kind, on, **CONTENT.get(kind, {}))
        try:
            past.carry_out(command)
        except CommandRejected:
            continue
        engagement = past.case.engagement
        assert engagement is None or engagement.starts_on <= engagement.agreed_end <= SIX_MONTHS_END


# Corrections, as commands


def test_a_replacement_is_the_command_carried_out_again() -> None:
    """Two events: the correction names the one that stands in the wrong one's place, both of one command."""
    past = given(*UNDER_WAY, MEETING)
    command = correcting(past, MeetingHeld, meeting("2025-02-04", mode="physical"))
    done = past.when(command).then(EntryCorrected, MeetingHeld, mode="physical", occurred_on=date(2025, 2, 4))
    correction, right = done.events
    assert isinstance(correction, EntryCorrected)
    assert correction.replaced_by == right.event_id
    assert correction.corrects == id_of(past, MeetingHeld)
    assert len({event.event_id for event in done.events}) == 2


def test_a_correction_is_taken_back_and_made_again() -> None:
    """Struck out, let stand again, struck out again; what is already corrected says so."""
    past = given(*UNDER_WAY, MEETING)
    first = correcting(past, MeetingHeld, meeting("2025-02-04"))
    past.carry_out(first)
    past.when(do(CorrectEntry, "2025-09-01", corrects=first.corrects, reason="Fel.")).then_rejected(
        "ALREADY_CORRECTED"
    )
    back = correcting(past, EntryCorrected)
    past.carry_out(back)
    past.when(back.model_copy(update={"command_id": UUID(int=7)})).then_rejected("ALREADY_CORRECTED")
    past.when(do(CorrectEntry, "2025-09-01", corrects=first.corrects, reason="Fel.")).then(EntryCorrected)


def test_a_correction_is_taken_back_while_what_rests_on_it_stands() -> None:
    """Its replacement was corrected in turn: take that one back first. Then it may be taken back itself."""
    past = given(*UNDER_WAY, MEETING)
    past.carry_out(correcting(past, MeetingHeld, meeting("2025-02-04")))
    past.carry_out(correcting(past, MeetingHeld, meeting("2025-02-05")))
    the_first = do(CorrectEntry, "2025-09-01", corrects=id_of(past, EntryCorrected, 0), reason="Fel.")
    past.when(the_first).then_rejected("ALREADY_CORRECTED")
    past.carry_out(correcting(past, EntryCorrected))
    past.when(the_first).then(EntryCorrected)


def test_a_correction_that_let_an_entry_stand_is_kept_while_that_entry_is_corrected() -> None:
    """Otherwise the old replacement and the new one would both stand, for one meeting that was held."""
    past = given(*UNDER_WAY, MEETING)
    past.carry_out(correcting(past, MeetingHeld, meeting("2025-02-04")))
    past.carry_out(correcting(past, EntryCorrected))
    anew = do(
        CorrectEntry,
        "2025-09-01",
        corrects=id_of(past, MeetingHeld, 0),
        reason="Fel.",
        replacement=meeting("2025-02-05"),
    )
    past.carry_out(anew)
    the_second = do(CorrectEntry, "2025-09-01", corrects=id_of(past, EntryCorrected, 1), reason="Fel.")
    past.when(the_second).then_rejected("ALREADY_CORRECTED")


def test_a_start_with_a_meeting_on_its_day_can_be_corrected() -> None:
    """What replaces an entry takes its place in the day, so the meeting still comes after the start."""
    past = given(*UNDER_WAY, meeting("2025-01-27"), do(Pause, "2025-01-27", reason="other", words="Annat."))
    case = past.when(
        correcting(past, EngagementStarted, do(StartEngagement, "2025-01-27", provider="abc"))
    ).case
    assert case.engagement is not None
    assert tuple(sorted(row.on for row in case.engagement.meetings)) == (date(2025, 1, 27),)
    assert case.stage(date(2025, 1, 27)) == "paused"


def test_a_late_result_leaves_the_case_correctable() -> None:
    """A result inside the period, entered after the expiry: the expiry is no reason to reject corrections."""
    past = given(*UNDER_WAY, MEETING, EXPIRED, RESULT)
    past.when(correcting(past, MeetingHeld)).then(EntryCorrected)
    past.when(correcting(past, EngagementExpired)).then(EntryCorrected)
    past.when(correcting(past, EngagementStarted)).then_rejected("NOT_STARTED")


def test_every_kind_is_correctable_but_decisions_applications_and_erasures() -> None:
    """The list is closed: a new kind of event must be put on one side or the other."""
    assert set(EVENTS.values()) - set(CORRECTABLE) == {
        ApplicationReceived,
        EligibilityAssessed,
        GrantAnnulled,
        ReconsiderationDecided,
        PersonErased,
    }


# What no command makes, and no history may hold


def test_an_event_without_a_rule_is_never_let_in() -> None:
    """A kind that admission does not know stops loudly; vacuous for a kind that it knows."""

    class Unheard(Event):
        topic = "case.unheard"

    with pytest.raises(TypeError, match="no rule for Unheard"):
        admit(happened(Unheard, "2025-02-01"), given(*UNDER_WAY).case, Known(TODAY))


@pytest.mark.parametrize(
    "event",
    [
        happened(GrantAnnulled, "2025-02-01", "system:test", grant=UUID(int=9), reason="fel"),
        happened(
            EngagementStarted,
            "2025-02-01",
            grant=UUID(int=9),
            service="counselling_dismissed",
            months=12,
            agreed_end="2026-01-15",
            catalogue="2022-10-01",
        ),
    ],
    ids=["annulled", "started"],
)
def test_a_grant_that_does_not_stand_carries_nothing(event: Event) -> None:
    """An annulment or a start names the grant that stands, or is not let in."""
    with pytest.raises(CommandRejected) as rejected:
        admit(event, given(RECEIVED, DECIDED).case, Known(TODAY))
    assert rejected.value.code == "NOT_GRANTED"


def test_nobody_is_joined_with_an_unknown_case() -> None:
    """The other case must be there."""
    stranger = do(JoinPerson, "2025-02-01", same_as=UUID(int=404), reason="samma")
    given(RECEIVED).when(stranger).then_rejected("UNKNOWN_CASE")


def test_a_correction_has_its_commands_first_id_and_the_replacement_its_second() -> None:
    """Sent again by another version, it is still the same two entries."""
    past = given(RECEIVED, DECIDED, STARTED, meeting("2025-02-03"))
    wrong = past.entries[-1].event.event_id
    command = do(CorrectEntry, "2025-03-01", corrects=wrong, reason="Fel.", replacement=meeting("2025-02-04"))
    ids = [event.event_id for event in past.decided(command, TODAY)]
    assert ids == [uuid5(command.command_id, "0"), uuid5(command.command_id, "1")]


def test_a_rejection_says_what_came_in_meanwhile() -> None:
    """Each entry on the same line, after the code, its clause and why."""
    rejected = CommandRejected("NOT_GRANTED")
    alone = str(rejected)
    assert alone == f"NOT_GRANTED (K-5.4): {rejected.en}"
    entries = [
        Meanwhile(UUID(int=1), "MeetingHeld", date(2025, 2, 3), OFFICER, 7),
        Meanwhile(UUID(int=1), "Paused", date(2025, 2, 4), ADVISOR, 8),
    ]
    rejected.meanwhile = entries
    first = f"MeetingHeld of 2025-02-03 by {OFFICER}, position 7"
    assert str(rejected) == f"{alone} meanwhile: {first}; Paused of 2025-02-04 by {ADVISOR}, position 8"


BEGUN = (RECEIVED, DECIDED, STARTED)
TASKS = [{"task": "Söka arbete.", "by": "client", "target_on": "2025-04-30"}] * 2
ALLOWED: list[tuple[tuple[Command, ...], Command]] = [
    *((sample.past, sample.command) for sample in SAMPLES),
    ((application(details=details(work=())),), DECIDED),
    (BEGUN, do(Withdraw, "2025-03-03", APPLICANT)),
    ((RECEIVED,), do(Withdraw, "2025-01-12", APPLICANT)),
    (BEGUN, do(AgreePlan, "2025-02-03", goal="job", jointly=True, items=TASKS)),
    (
        (*BEGUN, do(AgreePlan, "2025-02-03", goal="job", jointly=True, items=TASKS)),
        do(AgreePlan, "2025-03-03", goal="job", jointly=True, items=TASKS[:1]),
    ),
    (BEGUN, do(RecordActivity, "2025-02-03", activity="mapping")),
    (STUDYING, do(AssignAdvisor, "2025-02-03", advisor="anna.berg")),
    (
        (*STUDYING, do(RequestStatement, "2025-02-03", APPLICANT, education="Undersköterska")),
        do(Withdraw, "2025-02-03", APPLICANT),
    ),
]
"""What is allowed: every command once, and those that are allowed in more than one way."""


def test_what_is_allowed_says_why_in_the_same_words() -> None:
    """A replay tells an auditor on what each entry rests, in Swedish and in English; each is a line of the file."""
    said = []
    for past, command in ALLOWED:
        history = given(*past)
        event, *_ = history.decided(corrected(command, history), TODAY)
        why = admit(event, history.case, Known(TODAY, tuple(history.entries), register=STAFFED))
        said.append([type(event).__name__, why.clause, why.sv, why.en])
    lines = (Path(__file__).parents[1] / "data" / "grounds.jsonl").read_text("utf-8").splitlines()
    assert said == [json.loads(line) for line in lines]


def test_a_decision_made_again_is_its_commands_first_event_and_the_answer_its_second() -> None:
    """Sent again by another version, it is still the same two entries."""
    past = given(application(details=details(work=())), DECIDED)
    past.carry_out(do(RequestReconsideration, "2025-01-20", APPLICANT))
    command = do(DecideReconsideration, "2025-01-25", "decision_maker:test")
    ids = [event.event_id for event in past.decided(command, TODAY)]
    assert ids == [uuid5(command.command_id, "0"), uuid5(command.command_id, "1")]
