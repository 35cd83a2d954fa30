"""Events are for ever: their shapes are pinned, and what is stored comes back as it was, or as erased."""

import base64
import json
import re
import zlib
from datetime import UTC, date, datetime
from hashlib import sha256
from typing import Any, ClassVar
from uuid import UUID

import pytest
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from eventsourcing.persistence import StoredEvent
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from domain.declarations import Absence, Declaration, Statement
from domain.employer_events import (
    EMPLOYER_EVENTS,
    EmployerCaseClosed,
    EmployerCaseOpened,
    EmployerEntryCorrected,
    EmployerEvent,
    FundingDecided,
    ModuleCompleted,
    ModuleStarted,
    PreventiveFundingApplied,
)
from domain.event import ERASED, Event, Sealed, sealed_fields
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
from domain.protection_events import LARGEST_CIRCLE, IdentityProtected, ProtectionLifted
from domain.register_events import (
    REGISTER_EVENTS,
    Line,
    LineCorrected,
    OfficeClosed,
    OfficeOpened,
    OrganisationEnded,
    OrganisationRegistered,
    ProviderEnded,
    ProviderRegistered,
    StaffLeft,
    StaffPlaced,
    TeamDissolved,
    TeamFormed,
)
from domain.request import Benefit, Relative, Shares
from domain.review_events import AppealDecided, AppealLodged, ReconsiderationDecided, ReconsiderationRequested
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
    OutcomeReached,
    Paused,
    PeriodExtended,
    PlanAgreed,
    Reopened,
    Resumed,
    ShortfallExplained,
    StatementIssued,
    StatementRequested,
    TaskDone,
    Withdrawn,
)
from ledger.faults import LedgerFault
from ledger.mapper import EventMapper
from ledger.sealing import OWN_KEY, PersonKey, place
from tests.given import CASE, OTHER_CASE, details, employment, happened, work

ALL = EVENTS | REGISTER_EVENTS | EMPLOYER_EVENTS
every_kind = pytest.mark.parametrize("kind", ALL.values(), ids=ALL)

# What is published never changes. A new shape is a new class_version, an upcaster, and a row of its own beside
# the old one here. A digest covers names, types, patterns and defaults, not titles and descriptions.
PUBLISHED: dict[tuple[str, int], tuple[str, str]] = {
    ("case.activity_recorded", 1): (
        "activity done reason*",
        "dd150eb03c0d9b56",
    ),
    ("case.advisor_assigned", 1): (
        "advisor",
        "1afa3522ed2d7f5a",
    ),
    ("case.agreement_offered", 1): (
        "",
        "76f993b01c38e310",
    ),
    ("case.appeal_decided", 1): (
        "decision result",
        "c6d2aee9cdfc6674",
    ),
    ("case.appeal_lodged", 1): (
        "decision",
        "bd0955d76e3c7c2f",
    ),
    ("case.application_received", 1): (
        (
            "person_ref policy policy_version service months "
            "on_basis_of birth_year sex region occupation details*"
        ),
        "4a742e1a15ed582c",
    ),
    ("case.application_received", 2): (
        (
            "person_ref policy policy_version service months on_basis_of "
            "birth_year sex region occupation occupation_name details*"
        ),
        "aff52464299d5c38",
    ),
    ("case.collective_support_extended", 1): (
        "until",
        "83c5679878741da7",
    ),
    ("case.compensation_recorded", 1): (
        "kind starts_on ends_on amount*",
        "096887d5b79ad011",
    ),
    ("case.contact_made", 1): (
        "kind",
        "1d0585e66d92f24c",
    ),
    ("case.csn_decision_recorded", 1): (
        "granted starts_on ends_on exhausted",
        "fce650938ee61540",
    ),
    ("case.declaration_recorded", 1): (
        "declaration*",
        "40420d146a7ceef8",
    ),
    ("case.deliberation_held", 1): (
        "",
        "76f993b01c38e310",
    ),
    ("case.earlier_grant_recorded", 1): (
        "organisation case decided_on last_day basis_months",
        "1715085068feebdb",
    ),
    ("case.eligibility_assessed", 1): (
        (
            "decision refusals policy policy_version policy_digest relied_on clauses "
            "basis_months months_missing last_day agreed_end opens_on flags receipt*"
        ),
        "509e9b884bf226c8",
    ),
    ("case.employer_contacted_fund", 1): (
        "rehabilitation_fulfilled redeployment_exhausted agreement_wanted certificate*",
        "3fa98bd53d4f5e66",
    ),
    ("case.employer_notified", 1): (
        "employer*",
        "a832647b8c0163bb",
    ),
    ("case.engagement_expired", 1): (
        "meetings_held meetings_required meetings_missing",
        "1252d3b9707f3b73",
    ),
    ("case.engagement_started", 1): (
        "grant service months agreed_end provider",
        "d5af677f2722e8d6",
    ),
    ("case.engagement_started", 2): (
        "grant service months agreed_end provider catalogue",
        "d1933155836993d8",
    ),
    ("case.entry_corrected", 1): (
        "corrects replaced_by reason*",
        "7fa69c0f369b3127",
    ),
    ("case.evidence_recorded", 1): (
        "source content*",
        "fd00422871dd3c86",
    ),
    ("case.grant_annulled", 1): (
        "grant reason*",
        "8cce5bf5e6c683dd",
    ),
    ("case.health_collaboration_held", 1): (
        "party*",
        "112f8ac435d3f6b0",
    ),
    ("case.identity_protected", 1): (
        "kind readers",
        "d49a3edaf5de9aff",
    ),
    ("case.information_given", 1): (
        "to topics",
        "27ba3c4832b7d6e4",
    ),
    ("case.measure_paid", 1): (
        "kind amount*",
        "0b8e5c7368f98aa0",
    ),
    ("case.meeting_held", 1): (
        "mode advisor",
        "88c73405b2738ad9",
    ),
    ("case.meeting_missed", 1): (
        "mode advisor",
        "88c73405b2738ad9",
    ),
    ("case.need_judged", 1): (
        "special_need*",
        "6f82d658c58f5522",
    ),
    ("case.outcome_evidenced", 1): (
        "outcome evidence",
        "142d10558ad2ed2e",
    ),
    ("case.outcome_reached", 1): (
        "outcome starts_on ends_on evidence",
        "9ab3959bce23f38c",
    ),
    ("case.outcome_reached", 2): (
        "outcome starts_on ends_on evidence school pace_percent",
        "bee8799cb606a956",
    ),
    ("case.paused", 1): (
        "reason* expected_until",
        "153849c0802e115b",
    ),
    ("case.paused", 2): (
        "reason* expected_until back_on details*",
        "531644c12853a40e",
    ),
    ("case.period_extended", 1): (
        "agreed_end",
        "a893fd4e423776fd",
    ),
    ("case.person_erased", 1): (
        "",
        "76f993b01c38e310",
    ),
    ("case.person_joined", 1): (
        "person_ref same_as reason*",
        "896f21e5e32a85d2",
    ),
    ("case.plan_agreed", 1): (
        "goal jointly items meetings content*",
        "db7baafac101a1fd",
    ),
    ("case.protection_lifted", 1): (
        "",
        "76f993b01c38e310",
    ),
    ("case.reconsideration_decided", 1): (
        "decision result own_initiative",
        "29bf050719188a77",
    ),
    ("case.reconsideration_requested", 1): (
        "decision received_on",
        "646fd083bf57f14a",
    ),
    ("case.reopened", 1): (
        "",
        "76f993b01c38e310",
    ),
    ("case.resumed", 1): (
        "",
        "76f993b01c38e310",
    ),
    ("case.shortfall_explained", 1): (
        "reason*",
        "80989bde25903680",
    ),
    ("case.statement_issued", 1): (
        "strengthens kinds content*",
        "5879684e748ecc40",
    ),
    ("case.statement_requested", 1): (
        "education*",
        "11c0cccf4c945a6c",
    ),
    ("case.study_support_granted", 1): (
        "kind months days calculation*",
        "7f092684b96560e2",
    ),
    ("case.task_done", 1): (
        "number",
        "b0bdbece5ad11ed8",
    ),
    ("case.termination_agreed", 1): (
        "ends_on",
        "82eec2519277966d",
    ),
    ("case.way_chosen", 1): (
        "way",
        "edcb291a460f7f40",
    ),
    ("case.withdrawn", 1): (
        "reason*",
        "b21cc7bf55fa71bc",
    ),
    ("employer.case_closed", 1): (
        "remark",
        "f3c84adfbf5cb66a",
    ),
    ("employer.case_opened", 1): (
        "employer organisation_number kind area affiliated_from",
        "94e5f53769faaf9b",
    ),
    ("employer.entry_corrected", 1): (
        "corrects replaced_by reason",
        "37ea6f7010c3b27d",
    ),
    ("employer.funding_decided", 1): (
        "application lines funded_ore",
        "08b8537481fdc7da",
    ),
    ("employer.module_completed", 1): (
        "module",
        "745752e257a16727",
    ),
    ("employer.module_started", 1): (
        "module",
        "745752e257a16727",
    ),
    ("employer.preventive_funding_applied", 1): (
        "strengthens_supply secures_employment beyond_ordinary purposes lines",
        "48d3de9d2f0aeec5",
    ),
    ("register.line_corrected", 1): (
        "corrects replaced_by reason",
        "0356434c397401f1",
    ),
    ("register.office_closed", 1): (
        "office",
        "2cff7f40a005f90c",
    ),
    ("register.office_opened", 1): (
        "office organisation",
        "53266c99c24193c1",
    ),
    ("register.organisation_ended", 1): (
        "organisation",
        "cb5772abafefe49d",
    ),
    ("register.organisation_registered", 1): (
        "organisation",
        "cb5772abafefe49d",
    ),
    ("register.provider_ended", 1): (
        "provider",
        "fce980c76a8221d0",
    ),
    ("register.provider_registered", 1): (
        "provider",
        "fce980c76a8221d0",
    ),
    ("register.staff_left", 1): (
        "staff",
        "78b9218df6de2c07",
    ),
    ("register.staff_placed", 1): (
        "staff roles office team",
        "0f609b05084c02b2",
    ),
    ("register.team_dissolved", 1): (
        "team",
        "b2ea40d781b2433f",
    ),
    ("register.team_formed", 1): (
        "team office",
        "501ae64b656abaaf",
    ),
}


def shape(kind: type[Event]) -> tuple[str, str]:
    """An event's own fields, sealed ones with a *, and a digest of the types of all."""
    sealed = sealed_fields(kind)
    own = [name for name in kind.model_fields if name not in Event.model_fields]
    names = " ".join(f"{name}*" if name in sealed else name for name in own)
    schema = json.dumps(_plain(kind.model_json_schema()), sort_keys=True)
    return names, sha256(schema.encode()).hexdigest()[:16]


def _plain(schema: Any) -> Any:
    """A schema without its prose: the words of a docstring are free to change."""
    if isinstance(schema, dict):
        return {
            key: _plain(value)
            for key, value in schema.items()
            if not (key in ("title", "description") and isinstance(value, str))
        }
    return [_plain(value) for value in schema] if isinstance(schema, list) else schema


def test_no_published_shape_ever_changes() -> None:
    """Every topic and version that was ever stored is here, each with the fields and types it had.

    Vacuous if a digest is simply replaced: a failing line means a new version, not a new digest.
    """
    today = {(topic, kind.class_version): shape(kind) for topic, kind in ALL.items()}
    assert today == {key: PUBLISHED[key] for key in PUBLISHED if key in today}
    assert {topic for topic, _ in PUBLISHED} == set(ALL)


@pytest.mark.parametrize(("topic", "version"), PUBLISHED)
def test_every_published_version_is_brought_up_to_todays(topic: str, version: int) -> None:
    """For each version before today's there is the step to the next."""
    for older in range(version, ALL[topic].class_version):
        assert hasattr(ALL[topic], f"upcast_v{older}_v{older + 1}")


def test_the_eight_of_the_mission_are_there() -> None:
    assert {kind.__name__ for kind in EVENTS.values()} >= {
        "ApplicationReceived",
        "EligibilityAssessed",
        "EngagementStarted",
        "MeetingHeld",
        "Paused",
        "Resumed",
        "OutcomeReached",
        "EngagementExpired",
    }


def test_the_dictionary_of_topics_is_closed() -> None:
    """Every kind of event that a case can hold is in it, under its own topic."""
    defined = {
        kind
        for kind in Event.__subclasses__()
        if kind.__module__
        in {f"domain.{of}events" for of in ("", "review_", "support_", "fund_", "protection_")}
    }
    assert defined == set(EVENTS.values())
    assert {*Line.__subclasses__(), LineCorrected} == set(REGISTER_EVENTS.values())
    assert {*EmployerEvent.__subclasses__(), EmployerEntryCorrected} == set(EMPLOYER_EVENTS.values())
    assert set(EntryCorrected.__subclasses__()) == {LineCorrected, EmployerEntryCorrected}
    assert all(kind.topic == topic for topic, kind in ALL.items())


@every_kind
def test_an_event_says_what_it_records_and_why(kind: type[Event]) -> None:
    """A docstring of its own with the clause that asks for it."""
    assert kind.__doc__
    assert kind.__doc__ != Event.__doc__
    assert re.search(r"\b(K-\d|O-\d\d|AMB-\d\d)", kind.__doc__)


@every_kind
def test_an_event_is_frozen_and_closed(kind: type[Event]) -> None:
    """No field can be set, no field can be added."""
    assert kind.model_config["frozen"] is True
    assert kind.model_config["extra"] == "forbid"
    example = next(event for event in EXAMPLES if type(event) is kind)
    with pytest.raises(ValidationError, match="frozen"):
        example.actor = "advisor:another"  # type: ignore[misc]
    with pytest.raises(ValidationError, match="more"):
        kind.model_validate(dict(example) | {"more": 1})


@every_kind
def test_a_topic_is_no_module_path(kind: type[Event]) -> None:
    """It says of what and, in the past tense, what happened; it names no place in the code."""
    assert re.fullmatch(r"(case|register|employer)\.[a-z]+(_[a-z]+)*", kind.topic)
    words = re.sub(r"(?<!^)(?=[A-Z])", "_", kind.__name__).lower()
    prefix = "employer" if kind.topic in EMPLOYER_EVENTS else "case" if kind.topic in EVENTS else "register"
    assert kind.topic == f"{prefix}.{words.removeprefix('employer_') if prefix == 'employer' else words}"
    assert kind.__module__ not in kind.topic


SEALED_FIELDS = {
    "ApplicationReceived": ("details",),
    "EvidenceRecorded": ("content",),
    "DeclarationRecorded": ("declaration",),
    "NeedJudged": ("special_need",),
    "EmployerNotified": ("employer",),
    "EligibilityAssessed": ("receipt",),
    "GrantAnnulled": ("reason",),
    "PlanAgreed": ("content",),
    "ActivityRecorded": ("reason",),
    "HealthCollaborationHeld": ("party",),
    "StatementRequested": ("education",),
    "StatementIssued": ("content",),
    "Withdrawn": ("reason",),
    "ShortfallExplained": ("reason",),
    "Paused": ("reason", "details"),
    "StudySupportGranted": ("calculation",),
    "CompensationRecorded": ("amount",),
    "MeasurePaid": ("amount",),
    "EmployerContactedFund": ("certificate",),
    "EntryCorrected": ("reason",),
    "PersonJoined": ("reason",),
}


@every_kind
def test_what_is_sealed(kind: type[Event]) -> None:
    """Identity, employments, income, facts of findings, health and free text: under the person's key."""
    assert sealed_fields(kind) == SEALED_FIELDS.get(kind.__name__, ())


@pytest.mark.parametrize(
    "actor",
    [
        "anna",
        "advisor:",
        "boss:anna",
        "advisor:198005171234",
        "advisor:anna berg",
        "advisor:a800517-1234",
        "advisor:" + "a" * 65,
        "advisor:åsa",
        "Advisor:anna",
    ],
)
def test_an_actor_is_a_role_and_a_name_without_an_identity_number(actor: str) -> None:
    """It is stored clear, for ever."""
    with pytest.raises(ValidationError):
        happened(Resumed, "2025-06-01", actor)


# Stored, and read again

KEY = PersonKey(UUID(int=77), bytes(range(32)))
KEYS = {KEY.key_id: KEY}
SECRET = "Ett påhittat förhållande"

FULL_JOB = employment(
    shares=Shares(own=1, total=10, relatives=(Relative(relation="parent", shares=2),)), notice_on="2024-12-01"
)
TIME = datetime(2025, 1, 12, 9, 0, 0, 123456, tzinfo=UTC)
STATEMENT = Statement(
    employer="165599999017",
    payee="198005171234",
    period="2024-12",
    number=1,
    amounts={"011": 31_000},
    social={"01": 400},
    ticks=("048",),
    unknown={"999": SECRET},
)
ABSENCE = Absence(
    employer="165599999017",
    payee="198005171234",
    period="2024-12",
    date=date(2024, 12, 3),
    number=2,
    kind="FORALDRAPENNING",
    hours="4.5",
)
EXAMPLES: list[Event] = [
    happened(
        ApplicationReceived,
        "2025-01-10",
        person_ref="ab" * 32,
        policy="kammarkollegiet",
        policy_version="2022-10-01",
        service="counselling_dismissed",
        months=12,
        on_basis_of="c1",
        birth_year=1980,
        sex="female",
        region="01",
        occupation="2341",
        occupation_name="teacher",
        details=details(employments=(FULL_JOB,)),
    ),
    happened(
        EvidenceRecorded,
        "2025-01-12",
        source="certificate",
        content=Evidence(
            employments=(FULL_JOB,),
            work=work("2024-01", 2, hours=None, income=31_000),
            benefits=(
                Benefit(kind="other", country="SE", starts_on=date(2024, 1, 1), ends_on=date(2024, 2, 1)),
            ),
        ),
    ),
    happened(
        DeclarationRecorded,
        "2025-01-12",
        "system:import",
        declaration=Declaration(
            file_sha256="cd" * 32,
            file_name="agi.xml",
            created_at=TIME,
            standing="filed",
            statements=(STATEMENT,),
            absences=(ABSENCE,),
        ),
    ),
    happened(
        EarlierGrantRecorded,
        "2025-01-12",
        organisation="trr",
        case="2023-17",
        decided_on="2023-01-10",
        last_day="2024-01-10",
        basis_months=("2022-01", "2022-02"),
    ),
    happened(NeedJudged, "2025-01-12", "advisor:anna", special_need=True),
    happened(NeedJudged, "2025-01-12", "advisor:anna", special_need=False),
    happened(EmployerNotified, "2025-01-12", "employer:x", employer=SECRET),
    happened(
        EligibilityAssessed,
        "2025-01-15",
        decision="grant",
        refusals=(),
        policy="kammarkollegiet",
        policy_version="2022-10-01",
        policy_digest="ef" * 32,
        relied_on=(UUID(int=5), UUID(int=6)),
        clauses=(
            {"clause": "K-5.3", "holds": True},
            {"clause": "K-5.1-1", "holds": False, "code": "GROUND_MISSING"},
        ),
        basis_months=("2024-01",),
        months_missing=0,
        last_day="2026-01-15",
        agreed_end="2026-01-15",
        flags=("GROUND_DISTANT",),
        receipt={"request": '{"a":1}', "assessment": SECRET},
    ),
    happened(GrantAnnulled, "2025-02-01", grant=UUID(int=9), reason=SECRET),
    happened(AdvisorAssigned, "2025-02-01", advisor="anna.berg"),
    happened(
        EngagementStarted,
        "2025-01-27",
        grant=UUID(int=9),
        service="counselling_dismissed",
        months=12,
        agreed_end="2026-01-15",
        catalogue="2022-10-01",
        provider="utforare-3",
    ),
    happened(MeetingHeld, "2025-02-03", mode="digital", advisor=None),
    happened(Paused, "2025-03-01", reason="short_sick_leave", expected_until="2025-04-01"),
    happened(
        Paused,
        "2025-03-01",
        reason="full_time_studies_term",
        details={"school": "folk_high_school", "pace_percent": 50, "words": SECRET},
    ),
    happened(PeriodExtended, "2025-03-01", agreed_end="2026-01-15"),
    happened(
        PlanAgreed,
        "2025-02-03",
        goal="studies",
        jointly=True,
        items=({"number": 1, "by": "both", "target_on": "2025-03-01"},),
        meetings=14,
        content={"needs": SECRET, "tasks": (SECRET,)},
    ),
    happened(TaskDone, "2025-02-20", number=1),
    happened(ActivityRecorded, "2025-02-20", activity="mapping", done=True),
    happened(ActivityRecorded, "2025-02-20", activity="cv", done=False, reason=SECRET),
    happened(ContactMade, "2025-02-20", kind="phone_support"),
    happened(MeetingMissed, "2025-02-20", mode="physical", advisor="anna"),
    happened(HealthCollaborationHeld, "2025-02-20", party="substance_treatment"),
    happened(StatementRequested, "2025-02-20", "applicant:self", education=SECRET),
    happened(
        StatementIssued,
        "2025-02-20",
        strengthens=False,
        kinds=("forecast",),
        content={"references": (SECRET,), "reasons": SECRET},
    ),
    happened(OutcomeEvidenced, "2025-05-02", outcome=UUID(int=9), evidence="school"),
    happened(Withdrawn, "2025-05-02", "applicant:self", reason=SECRET),
    happened(Withdrawn, "2025-05-02", "applicant:self"),
    happened(Reopened, "2025-05-03"),
    happened(ShortfallExplained, "2026-01-20", reason=SECRET),
    happened(WayChosen, "2025-02-20", way="stays"),
    happened(CsnDecisionRecorded, "2025-02-20", granted=True, starts_on="2025-08-18", ends_on="2026-06-05"),
    happened(CsnDecisionRecorded, "2026-06-20", granted=False, exhausted=True),
    happened(
        StudySupportGranted,
        "2025-02-20",
        "decision_maker:test",
        kind="complementary",
        months=("2025-08",),
        calculation={
            "lines": ({"clause": "O-19", "sv": SECRET, "en": "x", "amount": 1_000},),
            "total": 1_000,
        },
    ),
    happened(
        StudySupportGranted,
        "2025-02-20",
        "decision_maker:test",
        kind="short",
        days=4,
        calculation={"lines": (), "total": 0},
    ),
    happened(
        CompensationRecorded,
        "2025-02-20",
        kind="leave",
        starts_on="2025-02-03",
        ends_on="2025-02-04",
        amount=240_000,
    ),
    happened(MeasurePaid, "2025-02-20", kind="course_fee", amount=1_250_000),
    happened(CollectiveSupportExtended, "2025-12-20", until="2026-06-30"),
    happened(
        EmployerContactedFund,
        "2025-01-12",
        "employer:x",
        rehabilitation_fulfilled=True,
        redeployment_exhausted=False,
        agreement_wanted=True,
        certificate=True,
    ),
    happened(InformationGiven, "2025-01-20", to="employee", topics=("securing_sgi", "doctors_certificate")),
    happened(DeliberationHeld, "2025-01-25"),
    happened(AgreementOffered, "2025-01-26"),
    happened(TerminationAgreed, "2025-01-30", ends_on="2025-04-30"),
    happened(ReconsiderationRequested, "2025-01-20", decision=UUID(int=9), received_on="2025-01-17"),
    happened(ReconsiderationDecided, "2025-01-25", decision=UUID(int=9), result="upheld"),
    happened(AppealLodged, "2025-01-20", decision=UUID(int=9)),
    happened(AppealDecided, "2025-01-20", decision=UUID(int=9), result="referred_back"),
    happened(Resumed, "2025-04-01"),
    happened(
        OutcomeReached,
        "2025-05-01",
        outcome="studies",
        starts_on="2025-08-20",
        ends_on="2026-06-10",
        evidence="school",
        school="komvux",
        pace_percent=100,
    ),
    happened(EngagementExpired, "2026-01-16", meetings_held=11, meetings_required=12, meetings_missing=1),
    happened(EntryCorrected, "2025-05-01", corrects=UUID(int=9), replaced_by=UUID(int=10), reason=SECRET),
    happened(EntryCorrected, "2025-05-01", corrects=UUID(int=9), reason=SECRET),
    happened(
        PersonJoined, "2025-05-01", person_ref="cd" * 32, same_as=UUID(int=77), reason="nytt personnummer"
    ),
    happened(
        IdentityProtected,
        "2025-05-01",
        kind="protected_registration",
        readers=tuple(f"handlaggare-{number}" for number in range(LARGEST_CIRCLE)),
    ),
    happened(ProtectionLifted, "2025-05-02"),
    happened(PersonErased, "2025-05-01", "system:erasure"),
    happened(OrganisationRegistered, "2022-10-01", organisation="exempel"),
    happened(OrganisationEnded, "2025-06-30", organisation="exempel"),
    happened(OfficeOpened, "2022-10-01", office="umea", organisation="exempel"),
    happened(OfficeClosed, "2025-06-30", office="umea"),
    happened(TeamFormed, "2022-10-01", team="norr", office="umea"),
    happened(TeamDissolved, "2025-06-30", team="norr"),
    happened(StaffPlaced, "2022-10-01", staff="anna.berg", roles=("advisor",), office="umea", team="norr"),
    happened(
        StaffPlaced, "2022-10-01", staff="test", roles=("case_officer", "decision_maker"), office="umea"
    ),
    happened(StaffLeft, "2025-06-30", staff="anna.berg"),
    happened(ProviderRegistered, "2022-10-01", provider="abc"),
    happened(ProviderEnded, "2025-06-30", provider="abc"),
    happened(LineCorrected, "2025-05-01", corrects=UUID(int=9), replaced_by=UUID(int=10), reason="fel dag"),
]
EXAMPLES += [
    happened(
        EmployerCaseOpened,
        "2025-02-03",
        employer="Påhittade bolaget AB",
        organisation_number="559999-1329",
        kind="municipal_company",
        area="preventive_measures",
        affiliated_from="2023-01-01",
    ),
    happened(ModuleStarted, "2025-02-10", module=1),
    happened(ModuleCompleted, "2025-03-10", module=1),
    happened(
        PreventiveFundingApplied,
        "2025-02-10",
        strengthens_supply=True,
        secures_employment=True,
        beyond_ordinary=True,
        purposes=("rehabilitation", "remain_employed"),
        lines=({"kind": "education", "amount_ore": 1_250_050, "description": "Kurs i ledarskap."},),
    ),
    happened(
        FundingDecided,
        "2025-03-01",
        "decision_maker:test",
        application=UUID(int=9),
        lines=(
            {"number": 1, "result": "funded", "clause": "O-09", "approved_by": "test", "reason": "Nära."},
            {"number": 2, "result": "refused", "clause": "O-10-a", "code": "COST_TYPE_NOT_FUNDED"},
        ),
        funded_ore=1_250_050,
    ),
    happened(EmployerCaseClosed, "2025-06-30", remark="Färdigt."),
    happened(
        EmployerEntryCorrected, "2025-05-01", corrects=UUID(int=9), replaced_by=UUID(int=10), reason="fel dag"
    ),
]
every_example = pytest.mark.parametrize("event", EXAMPLES, ids=lambda event: event.topic)
SEALING = [event for event in EXAMPLES if sealed_fields(type(event))]
every_sealing = pytest.mark.parametrize("event", SEALING, ids=lambda event: event.topic)


def stored(event: Event, case_id: UUID = CASE) -> StoredEvent:
    return EventMapper().to_stored_event(case_id, 3, event, KEY)


def body_of(event: StoredEvent) -> dict[str, Any]:
    body = json.loads(event.state)
    assert isinstance(body, dict)
    return body


def with_body(event: StoredEvent, body: object) -> StoredEvent:
    return StoredEvent(event.originator_id, event.originator_version, event.topic, json.dumps(body).encode())


def test_there_is_an_example_of_every_kind() -> None:
    """Vacuous without: every test on examples is as good as the list."""
    assert {type(event) for event in EXAMPLES} == set(ALL.values())


@every_example
def test_an_event_comes_back_as_it_was_stored(event: Event) -> None:
    """Equal to the last field, and its version and topic are columns of the store."""
    one = stored(event)
    assert (one.originator_id, one.originator_version, one.topic) == (CASE, 3, event.topic)
    assert EventMapper().to_event(one, KEYS) == event


@every_example
def test_the_key_that_an_event_needs(event: Event) -> None:
    """Named by those that have sealed fields; nothing else is looked up."""
    wants = KEY.key_id if sealed_fields(type(event)) else None
    assert EventMapper().key_of(stored(event)) == wants
    assert EventMapper().seals(event) is (wants is not None)


def strings_in(value: Any) -> set[str]:
    """Every text of a value, at any depth, that is long enough to be told from chance."""
    if isinstance(value, dict):
        return set[str]().union(*map(strings_in, value.values()))
    if isinstance(value, list | tuple):
        return set[str]().union(*map(strings_in, value))
    return {value} if isinstance(value, str) and len(value) > 3 else set()


def raw_box(box: str) -> bytes:
    """The bytes of a box: its nonce and what is sealed."""
    return base64.b64decode(box.removeprefix(OWN_KEY), validate=True)


@every_sealing
def test_no_sealed_content_is_readable_in_the_stored_bytes(event: Event) -> None:
    """Neither in the text, nor under the base64 of a box; and no clear field stands twice.

    Vacuous if a sealed field held no text: then there is only the length, which the next test is about.
    """
    one = stored(event)
    body = body_of(one)
    boxes = body["sealed"]
    assert set(boxes) == {"key", *sealed_fields(type(event))}
    assert not set(sealed_fields(type(event))) & set(body)
    raw = one.state + b"".join(raw_box(box) for name, box in boxes.items() if name != "key")
    clear = strings_in({name: value for name, value in body.items() if name != "sealed"})
    for field in sealed_fields(type(event)):
        dumped = event.model_dump(mode="json", include={field})[field]
        for text in strings_in(dumped) - clear:
            assert text.encode() not in raw


REASONS = ("full_time_studies_term", "substitute_post", "short_sick_leave", "parental_leave", "other")


def test_the_length_of_a_box_tells_nothing_of_an_answer() -> None:
    """A yes and a no, every reason for a pause, and whether a doctor's certificate was spoken of: boxes of one
    length each, since sick leave is data about health.
    """
    needs = [happened(NeedJudged, "2025-01-12", special_need=answer) for answer in (True, False)]
    pauses = [happened(Paused, "2025-03-01", reason=reason) for reason in REASONS]
    assert len({len(body_of(stored(one))["sealed"]["special_need"]) for one in needs}) == 1
    assert len({len(body_of(stored(one))["sealed"]["reason"]) for one in pauses}) == 1
    confirmed = {"rehabilitation_fulfilled": True, "redeployment_exhausted": True, "agreement_wanted": True}
    contacts = [
        happened(EmployerContactedFund, "2025-01-12", certificate=answer, **confirmed)  # type: ignore[arg-type]
        for answer in (True, False, None)
    ]
    assert len({len(body_of(stored(one))["sealed"]["certificate"]) for one in contacts}) == 1


@every_sealing
def test_the_same_event_is_never_the_same_bytes(event: Event) -> None:
    """A box has a nonce of its own, so equal contents can't be recognised."""
    assert stored(event).state != stored(event).state


@every_sealing
def test_a_box_opens_in_its_own_place_only(event: Event) -> None:
    """Moved to another case, event or field it does not open, and says so without repeating anything."""
    mapper, one = EventMapper(), stored(event)
    moved = StoredEvent(OTHER_CASE, one.originator_version, one.topic, one.state)
    with pytest.raises(LedgerFault, match="does not open in its place"):
        mapper.to_event(moved, KEYS)
    with pytest.raises(LedgerFault, match="does not open in its place"):
        mapper.to_event(with_body(one, body_of(one) | {"event_id": str(UUID(int=4))}), KEYS)
    with pytest.raises(LedgerFault, match="does not open in its place"):
        mapper.to_event(one, {KEY.key_id: PersonKey(KEY.key_id, bytes(32))})
    body = body_of(one)
    field = sealed_fields(type(event))[0]
    body["sealed"]["reference"] = body["sealed"].pop(field)
    with pytest.raises(LedgerFault, match="does not open in its place"):
        mapper.to_event(with_body(one, body), KEYS)


@pytest.mark.parametrize("change", ["bit", "short", "empty", "no base64", "no key of its own"])
def test_a_changed_box_does_not_open(change: str) -> None:
    """One bit, a cut, nothing, or letters that are no base64: a fault that names the place, never a crash."""
    one = stored(SEALING[0])
    body = body_of(one)
    raw = bytearray(raw_box(body["sealed"]["details"]))
    raw[20] ^= 1
    body["sealed"]["details"] = {
        "bit": OWN_KEY + base64.b64encode(raw).decode(),
        "short": OWN_KEY + base64.b64encode(raw[:5]).decode(),
        "empty": "",
        "no base64": OWN_KEY + "åäö!",
        "no key of its own": body["sealed"]["details"].removeprefix(OWN_KEY),
    }[change]
    with pytest.raises(LedgerFault, match=f"{CASE}/{SEALING[0].event_id}/details"):
        EventMapper().to_event(with_body(one, body), KEYS)


def test_the_key_of_a_box_opens_that_box_and_no_other() -> None:
    """So it can be shown to an auditor; what it was made from can't be found from it."""
    boxes = {field: body_of(stored(SEALING[0]))["sealed"][field] for field in sealed_fields(type(SEALING[0]))}
    other = stored(SEALING[1])
    boxes |= {f"other {name}": box for name, box in body_of(other)["sealed"].items() if name != "key"}
    shown = place(CASE, SEALING[0].event_id, "details")
    cipher = AESGCM(KEY.box_key(shown))
    opened = set()
    for name, box in boxes.items():
        try:
            cipher.decrypt(raw_box(box)[:12], raw_box(box)[12:], shown.encode())
        except InvalidTag:
            continue
        opened.add(name)
    assert opened == {"details"}


def test_a_box_of_before_opens_under_the_persons_own_key() -> None:
    """The first ledgers sealed under the person's key itself."""
    where = place(CASE, SEALING[0].event_id, "details")
    packed = zlib.compress(b"before")
    nonce = bytes(12)
    sealed = AESGCM(bytes(range(32))).encrypt(nonce, packed, where.encode())
    assert KEY.open(base64.b64encode(nonce + sealed).decode(), where) == b"before"


@every_example
def test_an_erased_key_gives_erased_fields(event: Event) -> None:
    """What is clear reads as before; what was sealed reads as erased, in every field that was."""
    erased = EventMapper().to_event(stored(event), {KEY.key_id: None})
    fields = sealed_fields(type(event))
    assert erased == event.model_copy(update=dict.fromkeys(fields, ERASED))


def test_an_unknown_topic_is_refused_loudly() -> None:
    """Nothing is imported or guessed by a stored name, a module's path least of all."""
    for topic in ("case.danced", "domain.events:MeetingHeld", ""):
        unknown = StoredEvent(CASE, 3, topic, b"{}")
        with pytest.raises(LedgerFault, match="its topic is unknown"):
            EventMapper().to_event(unknown, {})


UNREADABLE = [
    (b"\xff", "its content is no JSON"),
    (b"[]", "its content is no JSON object"),
    (b'{"sealed":{}}', "its event_id does not fit"),
    (b'{"sealed":{"reason":"x"}}', "its sealed part names no key"),
    (b'{"sealed":{"key":"no"}}', "its sealed part names no key"),
    (b'{"sealed":"no"}', "its sealed part names no key"),
    (b'{"class_version":3}', "its shape is newer than this program"),
    (b'{"event_id":"19800517-1234"}', "its event_id does not fit"),
]


@pytest.mark.parametrize(("state", "why"), UNREADABLE)
def test_what_can_not_be_read_says_which_event_and_why(state: bytes, why: str) -> None:
    """One line with the case, the version and the topic, and no content."""
    with pytest.raises(LedgerFault, match=why) as fault:
        EventMapper().to_event(StoredEvent(CASE, 3, "case.paused", state), KEYS)
    assert str(fault.value).startswith(f"event 3 of case {CASE} (case.paused) can't be read: ")
    assert "19800517" not in str(fault.value)


def test_an_unknown_field_is_refused_loudly() -> None:
    one = stored(EXAMPLES[-1])
    with pytest.raises(LedgerFault, match="its more does not fit"):
        EventMapper().to_event(with_body(one, body_of(one) | {"more": 1}), KEYS)


class Moved(Event):
    """A meeting place was changed, as it is stored today: `town` was called `place`, and has a `country`."""

    topic = "case.moved"
    class_version: ClassVar[int] = 3
    town: Sealed[str]
    country: str

    @staticmethod
    def upcast_v1_v2(body: dict[str, Any]) -> dict[str, Any]:
        return {name: value for name, value in body.items() if name != "place"} | {"town": body["place"]}

    @staticmethod
    def upcast_v2_v3(body: dict[str, Any]) -> dict[str, Any]:
        return body | {"country": "SE"}


class MovedFirst(Event):
    """The same event, as it was stored first."""

    topic = "case.moved"
    place: Sealed[str]


def test_an_old_shape_is_brought_up_step_by_step() -> None:
    """What version 1 stored is read as version 3, its sealed field too; version 3 needs no step."""
    first = happened(MovedFirst, "2025-02-01", place="Umeå")
    old = EventMapper({"case.moved": MovedFirst}).to_stored_event(CASE, 1, first, KEY)
    assert "class_version" not in body_of(old)
    newest = EventMapper({"case.moved": Moved})
    read = newest.to_event(old, KEYS)
    assert isinstance(read, Moved)
    assert (read.town, read.country, read.event_id) == ("Umeå", "SE", first.event_id)
    erased = newest.to_event(old, {KEY.key_id: None})
    assert isinstance(erased, Moved)
    assert erased.town == ERASED
    again = newest.to_stored_event(CASE, 2, read, KEY)
    assert body_of(again)["class_version"] == 3
    assert newest.to_event(again, KEYS) == read
    with pytest.raises(LedgerFault, match="its shape is newer than this program"):
        EventMapper({"case.moved": MovedFirst}).to_event(again, KEYS)


TEXTS = st.text(st.characters(codec="utf-8"), min_size=1, max_size=300)


@settings(max_examples=60, deadline=None)
@given(TEXTS, TEXTS, st.uuids())
def test_any_text_comes_back_as_it_was(name: str, reference: str, case_id: UUID) -> None:
    """Letters of any script, quotes, line ends, zero bytes: sealed and opened again, byte for byte."""
    event = EXAMPLES[0].model_copy(update={"details": details(name=name, reference=reference)})
    assert EventMapper().to_event(stored(event, case_id), KEYS) == event


def test_a_support_from_before_there_were_catalogues_is_of_the_first() -> None:
    """K-2.1-b: whatever else was stored of it stays; nothing is asked of the three that were told less of."""
    stored = {"grant": str(UUID(int=1)), "months": 12}
    assert EngagementStarted.upcast_v1_v2(stored) == stored | {"catalogue": "2022-10-01"}
    for kind in (Paused, OutcomeReached, ApplicationReceived):
        assert kind.upcast_v1_v2(stored) == stored


@pytest.mark.parametrize(
    ("actor", "said"),
    [
        (
            "boss:anna",
            (
                "an actor is written role:name, the role one of applicant, advisor, case_officer, decision_maker, "
                "employer, system"
            ),
        ),
        (
            "advisor:800517",
            "a name of letters, digits and . _ @ -, without six digits in a row (no identity number)",
        ),
    ],
)
def test_a_wrong_actor_is_told_how_one_is_written(actor: str, said: str) -> None:
    with pytest.raises(ValidationError) as error:
        happened(Resumed, "2025-06-01", actor)
    assert error.value.errors()[0]["msg"] == f"Value error, {said}"
