"""What a history adds up to: seen from a day, from an instant of knowledge, and once corrections are followed."""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given as drawn
from hypothesis import settings
from hypothesis import strategies as st

from domain.case import Case, evolve
from domain.command import Command
from domain.commands import (
    CorrectEntry,
    Decide,
    DecideAppeal,
    JoinPerson,
    JudgeNeed,
    LiftProtection,
    LodgeAppeal,
    NotifyAsEmployer,
    ProtectIdentity,
    RecordEarlierGrant,
    RecordEvidence,
    RequestReconsideration,
)
from domain.corrections import CORRECTABLE
from domain.event import Event
from domain.events import (
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
from domain.history import Entry, case_on, fold, fold_on, standing, struck
from domain.protection_events import IdentityProtected, ProtectionLifted
from domain.review_events import AppealDecided, AppealLodged, ReconsiderationRequested
from domain.support_commands import (
    AgreePlan,
    AssignAdvisor,
    CompleteTask,
    EvidenceOutcome,
    Expire,
    ExplainShortfall,
    HoldHealthCollaboration,
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
    ANOTHERS_CASE,
    CASE,
    DECIDED,
    DECIDER,
    EMPLOYER,
    NOON,
    RECEIVED,
    STARTED,
    STRANGERS_CASE,
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

GRANT = UUID(int=501)


def entry(position: int, event: Event) -> Entry:
    return Entry(position, NOON + timedelta(minutes=position), event)


def content(case: Case) -> Case:
    """The case without the positions in the log, which follow the order of recording and not what happened."""
    evidence = tuple((0, event) for _, event in case.evidence)
    protection = case.protection and (0, case.protection[1])
    return case.model_copy(update={"evidence": evidence, "protection": protection})


# Histories drawn at random. They need not be allowed ones: the fold takes whatever the log holds.

BASE = given(*UNDER_WAY)
BEGINNING = tuple(one.event for one in BASE.entries)
GRANTED = BEGINNING[1]
assert isinstance(GRANTED, EligibilityAssessed)

KINDS: dict[type[Event], dict[str, Any]] = {
    EvidenceRecorded: {"source": "applicant", "content": Evidence(work=work("2022-12", 1))},
    NeedJudged: {"special_need": True},
    EmployerNotified: {"employer": "Kommunen"},
    AdvisorAssigned: {"advisor": "anna"},
    IdentityProtected: {"kind": "confidentiality_marking", "readers": ("anna",)},
    ProtectionLifted: {},
    EligibilityAssessed: GRANTED.model_dump(exclude=set(Event.model_fields)),
    GrantAnnulled: {"grant": GRANTED.event_id, "reason": "Fel."},
    EngagementStarted: {
        "grant": GRANTED.event_id,
        "service": "counselling_dismissed",
        "months": 6,
        "agreed_end": "2025-07-27",
        "catalogue": "2022-10-01",
    },
    MeetingHeld: {"mode": "digital"},
    Paused: {"reason": "other"},
    Resumed: {},
    OutcomeReached: {"outcome": "business"},
    PlanAgreed: {
        "goal": "job",
        "jointly": True,
        "items": ({"number": 1, "by": "both", "target_on": "2025-03-01"},),
        "content": {"tasks": ("Söka arbete.",)},
    },
    TaskDone: {"number": 1},
    ActivityRecorded: {"activity": "mapping", "done": True},
    MeetingMissed: {"mode": "digital"},
    ContactMade: {"kind": "webinar"},
    StatementIssued: {"strengthens": True, "kinds": (), "content": {"references": (), "reasons": "Brist."}},
    Withdrawn: {},
    Reopened: {},
    PeriodExtended: {"agreed_end": "2025-08-27"},
    ReconsiderationRequested: {"decision": GRANTED.event_id, "received_on": "2025-01-15"},
    EngagementExpired: {"meetings_held": 0, "meetings_required": 12, "meetings_missing": 12},
    WayChosen: {"way": "stays"},
    CsnDecisionRecorded: {"granted": True, "starts_on": "2025-01-13", "ends_on": "2025-12-20"},
    StudySupportGranted: {"kind": "short", "days": 4, "calculation": {"lines": (), "total": 0}},
    CompensationRecorded: {
        "kind": "leave",
        "starts_on": "2025-02-03",
        "ends_on": "2025-02-04",
        "amount": 240_000,
    },
    MeasurePaid: {"kind": "travel", "amount": 1_000},
    CollectiveSupportExtended: {"until": "2026-06-30"},
    EmployerContactedFund: {
        "rehabilitation_fulfilled": True,
        "redeployment_exhausted": True,
        "agreement_wanted": True,
    },
    InformationGiven: {"to": "employee", "topics": ("securing_sgi",)},
    DeliberationHeld: {},
    AgreementOffered: {},
    TerminationAgreed: {"ends_on": "2025-04-30"},
}
DAYS = st.dates(date(2025, 1, 27), date(2025, 2, 10))
FREQUENT = (MeetingHeld, Paused, Resumed, MeetingHeld, Paused, Resumed)


@st.composite
def histories(draw: st.DrawFn, *, days: st.SearchStrategy[date] = DAYS, least: int = 0) -> list[Entry]:
    """A support under way and what happened in it, mostly meetings, pauses and returns, in any order of days."""
    kinds: st.SearchStrategy[type[Event]] = st.sampled_from((*KINDS, *FREQUENT))
    drawn_events = draw(st.lists(st.tuples(kinds, days), min_size=least, max_size=9))
    events = [
        happened(kind, day, **KINDS[kind] | ({"advisor": f"a{number}"} if kind is AdvisorAssigned else {}))
        for number, (kind, day) in enumerate(drawn_events)
    ]
    return [entry(10 * number, event) for number, event in enumerate((*BEGINNING, *events), 1)]


def correction(of: Event, by: Event | None = None) -> EntryCorrected:
    return happened(
        EntryCorrected,
        "2025-03-01",
        corrects=of.event_id,
        reason="Fel.",
        replaced_by=by.event_id if by else None,
    )


def after(entries: Sequence[Entry], *events: Event) -> list[Entry]:
    """The history with more recorded at its end."""
    end = max(one.position for one in entries)
    return [*entries, *(entry(end + number, event) for number, event in enumerate(events, 1))]


def among(draw: Any, entries: Sequence[Entry]) -> Event:
    return draw.draw(st.sampled_from([one.event for one in entries]))  # type: ignore[no-any-return]


def again(event: Event, day: date) -> Event:
    """An event like another, with an id of its own, on a day."""
    other = happened(type(event), day, **event.model_dump(exclude=set(Event.model_fields)))
    return other.model_copy(update={"occurred_on": day})


@settings(max_examples=150)
@drawn(histories(), st.data())
def test_striking_out_equals_never_having_recorded(entries: list[Entry], draw: Any) -> None:
    """For any entry of any history: with a correction of it the state is that of the history without it.

    Vacuous where the entry changes nothing anyway; three of four are meetings, pauses, returns and starts.
    """
    wrong = among(draw, entries)
    without = [one for one in entries if one.event != wrong]
    assert fold(CASE, after(entries, correction(wrong))) == fold(CASE, without)


@settings(max_examples=150)
@drawn(histories(), st.data(), DAYS)
def test_replacing_equals_having_recorded_it_right_at_once(
    entries: list[Entry], draw: Any, day: date
) -> None:
    """The replacement takes the place of the wrong entry, in its day too; only the log's positions differ."""
    wrong = among(draw, entries)
    right = again(wrong, day)
    from_the_start = [one._replace(event=right) if one.event == wrong else one for one in entries]
    corrected = after(entries, correction(wrong, right), right)
    assert content(fold(CASE, corrected)) == content(fold(CASE, from_the_start))


@settings(max_examples=150)
@drawn(histories(), st.data(), DAYS, st.booleans())
def test_a_struck_correction_equals_no_correction(
    entries: list[Entry], draw: Any, day: date, replaces: bool
) -> None:
    """What it struck stands again and what it put in place falls; striking the second one brings both back.

    Vacuous if the first correction changed nothing: the last line shows that it is followed when it stands.
    """
    wrong = among(draw, entries)
    right = again(wrong, day) if replaces else None
    first = correction(wrong, right)
    corrected = after(entries, first, *([right] if right else []))
    second = correction(first)
    assert fold(CASE, after(corrected, second)) == fold(CASE, entries)
    assert fold(CASE, after(corrected, second, correction(second))) == fold(CASE, corrected)


@settings(max_examples=100)
@drawn(histories(), st.data())
def test_known_at_an_instant_equals_the_log_up_to_it(entries: list[Entry], draw: Any) -> None:
    """What a case looked like at every past position is what was shown then, whatever was corrected since."""
    wrong = among(draw, entries)
    first = correction(wrong)
    log = after(entries, first, correction(first))
    for length in range(len(log) + 1):
        instant = log[length - 1].recorded_at if length else NOON
        assert fold(CASE, log, known_at=instant) == fold(CASE, log[:length])
        just_before_next = instant + timedelta(seconds=59)
        assert fold(CASE, log, known_at=just_before_next) == fold(CASE, log[:length])


@settings(max_examples=100)
@drawn(histories(), st.dates(date(2025, 1, 9), date(2025, 2, 11)))
def test_valid_on_a_day_equals_what_had_happened_by_it(entries: list[Entry], day: date) -> None:
    """Later days are left out, the day itself is in, however late it was recorded."""
    by_then = [one for one in entries if one.event.occurred_on <= day]
    assert fold(CASE, entries, valid_on=day) == fold(CASE, by_then)


@settings(max_examples=100)
@drawn(st.permutations(range(8)), st.lists(st.sampled_from(tuple(KINDS)), min_size=8, max_size=8))
def test_the_order_of_recording_does_not_matter(order: list[int], kinds: list[type[Event]]) -> None:
    """Entries of different days add up to the same case in whatever order they were recorded.

    Vacuous if the permutation is the identity; positions in the log are set aside, they are that order.
    """
    start = date(2025, 1, 28)
    events = [happened(kind, start + timedelta(days=day), **KINDS[kind]) for day, kind in enumerate(kinds)]
    first = [entry(number, event) for number, event in enumerate(BEGINNING, 1)]
    in_order = [entry(10 + number, event) for number, event in enumerate(events)]
    shuffled = [entry(10 + number, events[which]) for number, which in enumerate(order)]
    assert content(fold(CASE, [*first, *shuffled])) == content(fold(CASE, [*first, *in_order]))


@settings(max_examples=50)
@drawn(histories(least=2), st.randoms(use_true_random=False))
def test_the_order_of_reading_does_not_matter(entries: list[Entry], random: Any) -> None:
    """The position says what was recorded first, not the place in the sequence handed over."""
    mixed = list(entries)
    random.shuffle(mixed)
    assert fold(CASE, mixed) == fold(CASE, entries)


@settings(max_examples=200)
@drawn(histories(), st.data(), st.integers(0, 3), st.booleans())
def test_folding_on_equals_folding_it_all(entries: list[Entry], draw: Any, late: int, corrects: bool) -> None:
    """From any point of any log, and with corrections on either side of it, going on gives the whole fold.

    Vacuous where every new entry is late, and so folded with the rest: the test below has none that is.
    """
    wrong = among(draw, entries)
    right = again(wrong, draw.draw(DAYS))
    log = after(entries, correction(wrong, right), right) if corrects else entries
    length = len(log) - late if corrects else draw.draw(st.integers(0, len(log)))
    assert fold_on(CASE, fold(CASE, log[:length]), log[:length], log[length:]) == fold(CASE, log)


def test_folding_on_puts_a_replacement_in_the_wrong_entrys_place() -> None:
    """Also when its correction was folded before: of two of one kind and day the place in the log decides."""
    wrong = happened(AdvisorAssigned, "2025-02-03", advisor="ana")
    other = happened(AdvisorAssigned, "2025-02-03", advisor="bo")
    right = happened(AdvisorAssigned, "2025-02-03", advisor="anna")
    past = [entry(number, event) for number, event in enumerate((*BEGINNING, wrong, other), 1)]
    log = after(past, correction(wrong, right), right)
    assert fold(CASE, log).advisor == "bo"
    assert fold_on(CASE, fold(CASE, log[:-1]), log[:-1], log[-1:]) == fold(CASE, log)


@settings(max_examples=50)
@drawn(histories())
def test_folding_on_from_what_was_corrected(entries: list[Entry]) -> None:
    """What happens after a correction, on a day after all the others, is applied to the corrected case."""
    log = after(entries, correction(entries[-1].event))
    longer = after(log, happened(MeetingHeld, "2025-03-02", mode="digital"))
    assert fold_on(CASE, fold(CASE, log), log, longer[len(log) :]) == fold(CASE, longer)


@settings(max_examples=100)
@drawn(histories(), st.dates(date(2025, 1, 9), date(2025, 3, 2)), st.booleans())
def test_case_on_a_day_equals_the_fold_of_that_day(entries: list[Entry], day: date, corrects: bool) -> None:
    """Also where nothing happened later, and the case is taken as it stands."""
    log = after(entries, correction(entries[-1].event)) if corrects else entries
    assert case_on(fold(CASE, log), log, day) == fold(CASE, log, valid_on=day)


DAY = "2025-03-01"
ONE_DAY = [
    happened(Resumed, DAY),
    happened(MeetingHeld, DAY, mode="digital"),
    happened(MeetingHeld, DAY, mode="physical", advisor="bo"),
    happened(Paused, DAY, reason="parental_leave"),
    happened(AdvisorAssigned, DAY, advisor="bo"),
    happened(NeedJudged, DAY, ADVISOR, special_need=True),
    happened(OutcomeReached, DAY, outcome="business"),
]


@settings(max_examples=100)
@drawn(st.permutations(ONE_DAY))
def test_entries_of_one_day_add_up_the_same_in_any_order(day: list[Event]) -> None:
    """A day is all that is known of when: whatever was recorded first, the client came back before the meeting,
    was interrupted after it, and the result came last. Vacuous if the day changed nothing: hence the last lines.
    """
    before = [*BEGINNING, happened(Paused, "2025-02-01", reason="other")]
    first = [entry(number, event) for number, event in enumerate(before, 1)]
    last = [entry(20 + number, event) for number, event in enumerate(day)]
    case = fold(CASE, [*first, *last])
    in_order = [entry(20 + number, event) for number, event in enumerate(ONE_DAY)]
    assert content(case).engagement == content(fold(CASE, [*first, *in_order])).engagement
    assert case.advisor == "bo"
    engagement = case.engagement
    assert engagement is not None
    assert [(row.since.day, row.until and row.until.day) for row in engagement.breaks] == [(1, 1), (1, None)]
    assert (len(engagement.meetings), engagement.result) == (2, "business")


def test_nobody_comes_back_on_the_day_of_leaving() -> None:
    """A return ends an interruption from an earlier day; leaving again on the day of return is possible."""
    away = given(*UNDER_WAY, do(Pause, "2025-03-01", reason="other", words="Annat."))
    away.when(do(Resume, "2025-03-01")).then_rejected("NOT_PAUSED")
    again = given(
        *UNDER_WAY,
        do(Pause, "2025-03-01", reason="other", words="Annat."),
        do(Resume, "2025-03-02"),
        do(Pause, "2025-03-02", reason="other", words="Annat."),
    )
    assert again.case.stage(date(2025, 3, 2)) == "paused"


def test_an_annulment_of_the_starting_day_holds_whichever_was_recorded_first() -> None:
    """A support that begins on the day on which its grant is annulled is annulled."""
    start = next(event for event in BEGINNING if isinstance(event, EngagementStarted))
    begun = [event for event in BEGINNING if not isinstance(event, EngagementStarted)]
    annulled = happened(GrantAnnulled, start.occurred_on, grant=start.grant, reason="fel")
    for day in ([start, annulled], [annulled, start]):
        entries = [entry(number, event) for number, event in enumerate([*begun, *day], 1)]
        engagement = fold(CASE, entries).engagement
        assert engagement is not None
        assert engagement.annulled_on == start.occurred_on


# Corrections of every kind, as they are made


def elsewhere(case: str) -> RecordEarlierGrant:
    return do(
        RecordEarlierGrant,
        "2025-01-12",
        organisation="trr",
        case=case,
        decided_on="2023-01-10",
        last_day="2024-01-10",
        basis_months=(),
    )


def proof(month: str) -> RecordEvidence:
    return do(RecordEvidence, "2025-01-12", source="authority", content=Evidence(work=work(month, 1)))


def plan(on: str, task: str) -> AgreePlan:
    items = ({"task": task, "by": "client", "target_on": "2025-06-01"},)
    return do(AgreePlan, on, goal="job", jointly=True, items=items)


def statement(on: str) -> IssueStatement:
    source = {"kind": "forecast", "reference": "Prognos"}
    return do(IssueStatement, on, strengthens=True, sources=(source,), reasons="Brist.")


REACHED = do(ReachOutcome, "2025-04-01", outcome="business", starts_on="2025-04-01")
REINFORCED: tuple[Command, ...] = (
    application(service="reinforced_support", details=details()),
    do(JudgeNeed, "2025-01-12", ADVISOR, special_need=True),
    do(Decide, "2025-01-15"),
    do(StartEngagement, "2025-01-27"),
)
OFFERED: tuple[Command, ...] = (
    REDUCED,
    contact(),
    inform("employer"),
    inform("employee"),
    do(HoldDeliberation, "2025-01-25"),
    do(OfferAgreement, "2025-01-26"),
)

EACH: list[tuple[type[Event], tuple[Command, ...], Command, Command]] = [
    (EvidenceRecorded, (RECEIVED,), proof("2022-12"), proof("2022-11")),
    (EarlierGrantRecorded, (RECEIVED,), elsewhere("1"), elsewhere("2")),
    (
        NeedJudged,
        (RECEIVED,),
        do(JudgeNeed, "2025-01-12", ADVISOR, special_need=False),
        do(JudgeNeed, "2025-01-12", ADVISOR, special_need=True),
    ),
    (
        EmployerNotified,
        (RECEIVED,),
        do(NotifyAsEmployer, "2025-01-12", EMPLOYER, employer="Komunen"),
        do(NotifyAsEmployer, "2025-01-12", EMPLOYER, employer="Kommunen"),
    ),
    (
        AdvisorAssigned,
        (RECEIVED,),
        do(AssignAdvisor, "2025-01-12", advisor="ana"),
        do(AssignAdvisor, "2025-01-12", advisor="anna"),
    ),
    (
        EngagementStarted,
        UNDER_WAY[:2],
        do(StartEngagement, "2025-01-27"),
        do(StartEngagement, "2025-01-20"),
    ),
    (MeetingHeld, UNDER_WAY, meeting("2025-02-03"), meeting("2025-02-04")),
    (
        Paused,
        UNDER_WAY,
        do(Pause, "2025-03-01", reason="other", words="Annat."),
        do(Pause, "2025-03-02", reason="other", words="Annat."),
    ),
    (
        Resumed,
        (*UNDER_WAY, do(Pause, "2025-03-01", reason="other", words="Annat.")),
        do(Resume, "2025-04-01"),
        do(Resume, "2025-04-02"),
    ),
    (
        OutcomeReached,
        UNDER_WAY,
        do(ReachOutcome, "2025-04-01", outcome="business", starts_on="2025-04-01"),
        do(ReachOutcome, "2025-04-02", outcome="permanent_job", starts_on="2025-04-02"),
    ),
    (PlanAgreed, UNDER_WAY, plan("2025-02-03", "Sökka arbete."), plan("2025-02-03", "Söka arbete.")),
    (
        TaskDone,
        (*UNDER_WAY, plan("2025-02-03", "Söka arbete.")),
        do(CompleteTask, "2025-02-10", number=1),
        do(CompleteTask, "2025-02-11", number=1),
    ),
    (
        ActivityRecorded,
        UNDER_WAY,
        do(RecordActivity, "2025-02-03", activity="mapping"),
        do(RecordActivity, "2025-02-03", activity="labour_market"),
    ),
    (
        ContactMade,
        UNDER_WAY,
        do(MakeContact, "2025-02-03", kind="webinar"),
        do(MakeContact, "2025-02-04", kind="webinar"),
    ),
    (
        MeetingMissed,
        UNDER_WAY,
        do(MissMeeting, "2025-02-03", mode="digital"),
        do(MissMeeting, "2025-02-04", mode="digital"),
    ),
    (
        HealthCollaborationHeld,
        REINFORCED,
        do(HoldHealthCollaboration, "2025-02-03", party="other"),
        do(HoldHealthCollaboration, "2025-02-04", party="health_care"),
    ),
    (
        StatementRequested,
        UNDER_WAY,
        do(RequestStatement, "2025-02-03", education="Kock"),
        do(RequestStatement, "2025-02-03", education="Bagare"),
    ),
    (StatementIssued, UNDER_WAY, statement("2025-02-03"), statement("2025-02-04")),
    (
        OutcomeEvidenced,
        (*UNDER_WAY, REACHED),
        do(EvidenceOutcome, "2025-04-20", evidence="client"),
        do(EvidenceOutcome, "2025-04-20", evidence="contract"),
    ),
    (Withdrawn, UNDER_WAY, do(Withdraw, "2025-04-01"), do(Withdraw, "2025-04-02")),
    (Reopened, (*UNDER_WAY, REACHED), do(Reopen, "2025-05-01"), do(Reopen, "2025-05-02")),
    (
        ShortfallExplained,
        (*UNDER_WAY, do(Expire, "2026-01-16")),
        do(ExplainShortfall, "2026-01-20", reason="sjuk"),
        do(ExplainShortfall, "2026-01-20", reason="Sjuk."),
    ),
    (
        ReconsiderationRequested,
        (RECEIVED, do(Decide, "2025-01-15")),
        do(RequestReconsideration, "2025-01-20"),
        do(RequestReconsideration, "2025-01-21"),
    ),
    (
        AppealLodged,
        (RECEIVED, do(Decide, "2025-01-15")),
        do(LodgeAppeal, "2025-01-20"),
        do(LodgeAppeal, "2025-01-21"),
    ),
    (
        AppealDecided,
        (RECEIVED, do(Decide, "2025-01-15"), do(LodgeAppeal, "2025-01-20")),
        do(DecideAppeal, "2025-03-20", result="changed"),
        do(DecideAppeal, "2025-03-20", result="upheld"),
    ),
    (EngagementExpired, UNDER_WAY, do(Expire, "2026-01-16"), do(Expire, "2026-01-17")),
    (
        WayChosen,
        (CAREER, DECIDED, STARTED, ADVISED),
        do(ChooseWay, "2025-02-03", way="studies"),
        do(ChooseWay, "2025-02-04", way="stays"),
    ),
    (CsnDecisionRecorded, (CAREER,), csn(), csn("2025-02-02", ends_on="2025-06-05")),
    (
        StudySupportGranted,
        (CAREER, DECIDED, csn()),
        support("complementary", 40_000_00, "2025-02"),
        support("complementary", 41_000_00, "2025-02", "2025-03"),
    ),
    (CompensationRecorded, (LEAVES, DECIDED), compensation(), compensation(amount=250_000)),
    (
        MeasurePaid,
        (EXTENDED, NOTIFIED, DECIDED, STARTED),
        do(PayMeasure, "2025-02-03", kind="travel", amount=1_000),
        do(PayMeasure, "2025-02-04", kind="literature", amount=1_000),
    ),
    (
        CollectiveSupportExtended,
        (EXTENDED, NOTIFIED, DECIDED, STARTED),
        do(ExtendForSickness, "2025-12-20", until="2026-06-30"),
        do(ExtendForSickness, "2025-12-20", until="2026-05-31"),
    ),
    (EmployerContactedFund, (REDUCED,), contact(), contact("2025-01-14", certificate=True)),
    (InformationGiven, (REDUCED,), inform("employee"), inform("employer", "securing_sgi")),
    (
        DeliberationHeld,
        (REDUCED,),
        do(HoldDeliberation, "2025-01-25"),
        do(HoldDeliberation, "2025-01-24"),
    ),
    (
        AgreementOffered,
        (REDUCED, contact()),
        do(OfferAgreement, "2025-01-26"),
        do(OfferAgreement, "2025-01-27"),
    ),
    (
        TerminationAgreed,
        OFFERED,
        do(AgreeTermination, "2025-01-30", ends_on="2025-04-30"),
        do(AgreeTermination, "2025-01-31", ends_on="2025-05-31"),
    ),
    (
        IdentityProtected,
        (RECEIVED,),
        do(ProtectIdentity, "2025-02-01", kind="confidentiality_marking", readers=("bo",)),
        do(ProtectIdentity, "2025-02-03", kind="protected_registration", readers=("bo", "cia")),
    ),
    (
        ProtectionLifted,
        (RECEIVED, do(ProtectIdentity, "2025-02-01", kind="confidentiality_marking", readers=("bo",))),
        do(LiftProtection, "2025-03-01"),
        do(LiftProtection, "2025-04-01"),
    ),
    (
        PersonJoined,
        (RECEIVED,),
        do(JoinPerson, "2025-02-01", same_as=STRANGERS_CASE, reason="samma"),
        do(JoinPerson, "2025-02-01", same_as=ANOTHERS_CASE, reason="samma"),
    ),
]
each = pytest.mark.parametrize(
    ("kind", "past", "wrong", "right"), EACH, ids=[kind.__name__ for kind, *_ in EACH]
)


def test_every_correctable_kind_is_corrected_below() -> None:
    """Declarations are corrected by files of their own, corrections are tried below; no form can be extended."""
    assert {kind for kind, *_ in EACH} | {DeclarationRecorded, EntryCorrected, PeriodExtended} == set(
        CORRECTABLE
    )


def strike(past: Given, event: Event, replacement: Command | None = None) -> CorrectEntry:
    """By a decision maker, whose part anything is."""
    content = {"corrects": event.event_id, "reason": "Fel dag.", "replacement": replacement}
    return do(CorrectEntry, "2026-02-01", DECIDER, **content)


@each
def test_a_struck_entry_was_never_there(
    kind: type[Event], past: tuple[Command, ...], wrong: Command, right: Command
) -> None:
    """The entry had changed the case, and struck out it has not; taken back, it has again."""
    before, history = given(*past).case, given(*past)
    (event,) = history.carry_out(wrong)
    assert type(event) is kind
    standing_so_far = history.case
    assert content(standing_so_far) != content(before)
    (struck_out,) = history.carry_out(strike(history, event))
    assert content(history.case) == content(_same_ids(before, past, history))
    history.carry_out(strike(history, struck_out))
    assert history.case == standing_so_far


def _same_ids(before: Case, past: tuple[Command, ...], history: Given) -> Case:
    """The case before, from the very entries of the history."""
    return fold(before.case_id, history.entries[: len(past)])


@each
def test_a_replaced_entry_is_as_if_right_from_the_start(
    kind: type[Event], past: tuple[Command, ...], wrong: Command, right: Command
) -> None:
    """The corrected state equals that of the right entry alone but for its id; the history shows all three."""
    history = given(*past)
    (event,) = history.carry_out(wrong)
    correction_made, replacement = history.carry_out(strike(history, event, right))
    assert type(replacement) is kind
    at_once = given(*past)
    (alone,) = at_once.carry_out(right)
    reach = {"event_id": alone.event_id, "command_id": alone.command_id}
    reach["correlation_id"] = alone.correlation_id
    seen = [one for one in history.entries if one.event not in (event, correction_made, replacement)]
    assert content(fold(CASE, after(seen, replacement.model_copy(update=reach)))) == content(at_once.case)
    assert content(history.case) == content(fold(CASE, after(seen, replacement)))
    assert len(history.entries) == len(past) + 3
    assert struck(history.entries) == {event.event_id}


@each
def test_a_corrected_replacement(
    kind: type[Event], past: tuple[Command, ...], wrong: Command, right: Command
) -> None:
    """A replacement is corrected as any entry, and the third stands; taken back one by one, the first does."""
    history = given(*past)
    (first,) = history.carry_out(wrong)
    one, second = history.carry_out(strike(history, first, right))
    two, third = history.carry_out(strike(history, second, wrong))
    stands = {entry.event.event_id for entry in standing(history.entries)}
    assert third.event_id in stands
    assert not {first.event_id, second.event_id} & stands
    history.carry_out(strike(history, two))
    assert second.event_id in {entry.event.event_id for entry in standing(history.entries)}
    history.carry_out(strike(history, one))
    stands = {entry.event.event_id for entry in standing(history.entries)}
    assert first.event_id in stands
    assert not {second.event_id, third.event_id} & stands


def test_a_correction_is_seen_from_the_instant_it_was_made() -> None:
    """Two clocks: what was known before it shows the wrong entry, whatever day one looks at."""
    history = given(*UNDER_WAY, meeting("2025-02-03"))
    made_at = history.entries[-1].recorded_at
    wrong = history.entries[-1].event
    history.carry_out(strike(history, wrong, meeting("2025-02-10")))

    def meetings(**seen: Any) -> tuple[date, ...]:
        engagement = fold(CASE, history.entries, **seen).engagement
        assert engagement is not None
        return tuple(sorted(row.on for row in engagement.meetings))

    assert meetings() == (date(2025, 2, 10),)
    assert meetings(known_at=made_at) == (date(2025, 2, 3),)
    assert meetings(valid_on=date(2025, 2, 5)) == ()
    assert meetings(valid_on=date(2025, 2, 5), known_at=made_at) == (date(2025, 2, 3),)


def test_a_late_entry_takes_its_place_in_time() -> None:
    """A pause recorded months later is where it belongs among what had happened, and the count follows."""
    history = given(
        *UNDER_WAY, meeting("2025-06-03"), do(Pause, "2025-02-01", reason="other", words="Annat.")
    )
    assert history.case.stage(date(2025, 6, 3)) == "paused"
    history.carry_out(do(Resume, "2025-03-01"))
    history.carry_out(meeting("2025-04-03"))
    engagement = history.case.engagement
    assert engagement is not None
    assert tuple(sorted(row.on for row in engagement.meetings)) == (date(2025, 4, 3), date(2025, 6, 3))
    assert [(row.since, row.until) for row in engagement.breaks] == [(date(2025, 2, 1), date(2025, 3, 1))]


def test_what_belongs_to_a_struck_start_changes_nothing() -> None:
    """A meeting, pause, return, result or expiry without a support under way is kept and has no effect."""
    start = next(one.event for one in BASE.entries if isinstance(one.event, EngagementStarted))
    events = [happened(kind, "2025-02-03", **fields) for kind, fields in KINDS.items() if kind in SUPPORTING]
    log = after(BASE.entries, *events)
    assert fold(CASE, log).engagement != fold(CASE, BASE.entries).engagement
    assert fold(CASE, after(log, correction(start))).engagement is None


SUPPORTING = (MeetingHeld, Paused, Resumed, OutcomeReached, EngagementExpired)


def test_the_result_of_an_engagement() -> None:
    """None while it goes on, the result's kind when reached, expired at the agreed end; a result counts first."""
    ended = do(ReachOutcome, "2025-04-01", outcome="business", starts_on="2025-04-01")
    lapsed = do(Expire, "2026-01-16")
    found = [given(*UNDER_WAY, *more).case.engagement for more in ((), (ended,), (lapsed,), (lapsed, ended))]
    assert [one.result for one in found if one] == [None, "business", "expired", "business"]


def test_an_event_without_a_rule_is_an_error_never_skipped() -> None:
    """An event of a kind that the fold doesn't know stops it."""

    class Danced(Event):
        topic = "case.danced"

    with pytest.raises(TypeError, match="no rule for Danced"):
        evolve(happened(Danced, "2025-02-01"), Case(case_id=CASE), 1)


def test_an_erased_case_keeps_its_structure() -> None:
    """What is clear stays: decisions, agreed end, meetings."""
    case = given(*UNDER_WAY, meeting("2025-02-03")).case
    erased = fold(CASE, after(BASE.entries, happened(PersonErased, "2025-05-01", "system:erasure")))
    assert erased.erased
    assert erased.engagement == BASE.case.engagement
    assert case.engagement is not None
    assert isinstance(erased.application, ApplicationReceived)


def test_folding_on_keeps_where_evidence_stands_in_the_log() -> None:
    """Of two pieces of one day the one that was recorded last is the newer."""
    past = [entry(number, event) for number, event in enumerate(BEGINNING, 1)]
    log = after(past, happened(NeedJudged, "2025-03-01", ADVISOR, special_need=True))
    gone_on = fold_on(CASE, fold(CASE, past), past, log[len(past) :])
    assert gone_on.evidence
    assert gone_on == fold(CASE, log)
