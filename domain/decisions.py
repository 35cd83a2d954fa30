"""How a command becomes events: `decide` says what happens, or why it may not.

A plain function on frozen values. It reads no clock and makes no ids: an event's id follows from its command's,
so the same command sent twice is the same events.
"""

from collections.abc import Iterator, Sequence
from functools import singledispatch
from typing import Any, TypeVar
from uuid import UUID, uuid5

from domain.admission import Known, admit, may_decide, must_be_open, no_second_support
from domain.assessment import assess
from domain.case import Case, day_after, evolve
from domain.commands import (
    AnnulGrant,
    AssignAdvisor,
    Command,
    CorrectEntry,
    Decide,
    ErasePerson,
    Expire,
    HoldMeeting,
    JoinPerson,
    JudgeNeed,
    NotifyAsEmployer,
    Pause,
    ReachOutcome,
    ReceiveApplication,
    RecordDeclaration,
    RecordEarlierGrant,
    RecordEvidence,
    Resume,
    StartEngagement,
)
from domain.events import (
    AdvisorAssigned,
    ApplicationReceived,
    ClauseResult,
    DeclarationRecorded,
    EarlierGrantRecorded,
    EligibilityAssessed,
    EmployerNotified,
    EngagementExpired,
    EngagementStarted,
    EntryCorrected,
    Event,
    EvidenceRecorded,
    GrantAnnulled,
    MeetingHeld,
    NeedJudged,
    OutcomeReached,
    Paused,
    PersonErased,
    PersonJoined,
    Receipt,
    Resumed,
)
from domain.evidence import check_evidence, question
from domain.history import Entry, case_on, fold, fresh_evidence, standing, struck
from domain.rejections import CommandRejected
from domain.request import InputError, check_request
from domain.services import SERVICES
from domain.values import add_months

E = TypeVar("E", bound=Event)


def decide(case: Case, command: Command, known: Known) -> list[Event]:
    """Return the events that a command leads to; raise `CommandRejected` where the case does not allow it."""
    if not isinstance(command, ReceiveApplication):
        must_be_open(case)
    events = _events(command, case, known)
    if not isinstance(command, CorrectEntry):
        for event in events:
            admit(event, case, known)
    return events


def _event(kind: type[E], command: Command, index: int = 0, **fields: Any) -> E:
    """Return an event of a command; what the two have in common is carried over."""
    shared = {name: value for name, value in command if name in kind.model_fields}
    return kind(**shared | {"event_id": uuid5(command.command_id, str(index))} | fields)


@singledispatch
def _events(command: Command, case: Case, known: Known) -> list[Event]:
    """Return the events of one kind of command, before anyone asked whether they are admitted."""
    raise TypeError(f"no rule for {type(command).__name__}")


@_events.register
def _(command: ReceiveApplication, case: Case, known: Known) -> list[Event]:
    return [_event(ApplicationReceived, command, birth_year=command.details.born.year)]


@_events.register
def _(command: RecordEvidence, case: Case, known: Known) -> list[Event]:
    try:
        check_evidence(command.content, case)
    except InputError as error:
        raise CommandRejected("EVIDENCE_MALFORMED", path=error.path, message=error.message) from None
    return [_event(EvidenceRecorded, command)]


@_events.register
def _(command: RecordDeclaration, case: Case, known: Known) -> list[Event]:
    received_on = case.application.occurred_on if case.application else command.occurred_on
    return [_event(DeclarationRecorded, command, occurred_on=max(command.occurred_on, received_on))]


@_events.register
def _(command: RecordEarlierGrant, case: Case, known: Known) -> list[Event]:
    return [_event(EarlierGrantRecorded, command)]


@_events.register
def _(command: JudgeNeed, case: Case, known: Known) -> list[Event]:
    return [_event(NeedJudged, command)]


@_events.register
def _(command: NotifyAsEmployer, case: Case, known: Known) -> list[Event]:
    return [_event(EmployerNotified, command)]


@_events.register
def _(command: Decide, case: Case, known: Known) -> list[Event]:
    may_decide(command.occurred_on, case, known)
    refused = case.decision is not None and case.decision.decision == "refuse"
    if refused and not command.again and not fresh_evidence(known.entries):
        raise CommandRejected("NO_NEW_EVIDENCE")
    request, relied_on = question(case, known.other_cases, command.occurred_on, command.starts_on)
    try:
        check_request(request)
    except InputError as error:
        raise CommandRejected("EVIDENCE_MALFORMED", path=error.path, message=error.message) from None
    answer = assess(request)
    return [
        _event(
            EligibilityAssessed,
            command,
            decision=answer.decision,
            refusals=answer.refusals,
            policy=answer.policy,
            policy_version=answer.policy_version,
            policy_digest=answer.policy_digest,
            relied_on=relied_on,
            clauses=tuple(
                ClauseResult(clause=row.clause, holds=row.holds, code=row.code) for row in answer.findings
            ),
            basis_months=answer.basis_months,
            months_missing=answer.months_missing,
            last_day=answer.last_day,
            agreed_end=answer.agreed_end,
            opens_on=answer.opens_on,
            flags=answer.flags,
            receipt=Receipt(request=request.model_dump_json(), assessment=answer.model_dump_json()),
        )
    ]


@_events.register
def _(command: AnnulGrant, case: Case, known: Known) -> list[Event]:
    if case.grant is None:
        raise CommandRejected("NOT_GRANTED")
    return [_event(GrantAnnulled, command, grant=case.grant.event_id)]


@_events.register
def _(command: AssignAdvisor, case: Case, known: Known) -> list[Event]:
    return [_event(AdvisorAssigned, command)]


@_events.register
def _(command: StartEngagement, case: Case, known: Known) -> list[Event]:
    grant, application = case.grant, case.application
    if grant is None or grant.last_day is None or application is None:
        raise CommandRejected("NOT_GRANTED")
    # A start that was struck out fixed the agreed end all the same: nothing moves it later.
    begun = [entry.event for entry in known.entries if isinstance(entry.event, EngagementStarted)]
    fixed = [start.agreed_end for start in begun if start.grant == grant.event_id]
    return [
        _event(
            EngagementStarted,
            command,
            grant=grant.event_id,
            service=application.service,
            months=application.months,
            agreed_end=min(add_months(command.occurred_on, application.months), grant.last_day, *fixed),
        )
    ]


@_events.register
def _(command: HoldMeeting, case: Case, known: Known) -> list[Event]:
    advisor = command.advisor or case_on(case, known.entries, command.occurred_on).advisor
    return [_event(MeetingHeld, command, advisor=advisor)]


@_events.register
def _(command: Pause, case: Case, known: Known) -> list[Event]:
    return [_event(Paused, command)]


@_events.register
def _(command: Resume, case: Case, known: Known) -> list[Event]:
    return [_event(Resumed, command)]


@_events.register
def _(command: ReachOutcome, case: Case, known: Known) -> list[Event]:
    return [_event(OutcomeReached, command)]


@_events.register
def _(command: Expire, case: Case, known: Known) -> list[Event]:
    engagement = case.engagement
    if engagement is None:
        service = case.application.service if case.application else "counselling_dismissed"
        raise CommandRejected("NOT_STARTED", clause=SERVICES[service].clauses.start)
    held, least = len(engagement.meetings), engagement.meetings_required
    return [
        _event(
            EngagementExpired,
            command,
            occurred_on=day_after(engagement.agreed_end),
            meetings_held=held,
            meetings_required=least,
            meetings_missing=max(0, least - held),
        )
    ]


@_events.register
def _(command: JoinPerson, case: Case, known: Known) -> list[Event]:
    if known.same_as is None or known.same_as.application is None:
        raise CommandRejected("UNKNOWN_CASE")
    return [_event(PersonJoined, command, person_ref=known.same_as.application.person_ref)]


@_events.register
def _(command: ErasePerson, case: Case, known: Known) -> list[Event]:
    return [_event(PersonErased, command)]


CORRECTABLE = (
    EvidenceRecorded,
    DeclarationRecorded,
    EarlierGrantRecorded,
    NeedJudged,
    EmployerNotified,
    AdvisorAssigned,
    EngagementStarted,
    MeetingHeld,
    Paused,
    Resumed,
    OutcomeReached,
    EngagementExpired,
    PersonJoined,
    EntryCorrected,
)
"""What a correction may strike. A decision is annulled or made anew instead; an erasure is final."""


@_events.register
def _(command: CorrectEntry, case: Case, known: Known) -> list[Event]:
    correction = _event(EntryCorrected, command)
    admit(correction, case, known)
    wrong = entry_to_correct(command.corrects, known)
    if command.replacement is None:
        events: list[Event] = [correction]
    else:
        right = _replacement(command, wrong, case, known)
        events = [correction.model_copy(update={"replaced_by": right.event_id}), right]
    _admit_history(case, events, known)
    return events


def entry_to_correct(
    corrects: UUID, known: Known, correctable: tuple[type[Event], ...] = CORRECTABLE
) -> Entry:
    """Return the entry that a correction names; it must be there, be correctable, and still stand.

    A correction is taken back only while what it put in place, or let stand again, still stands itself.
    """
    entries = {entry.event.event_id: entry for entry in known.entries}
    if corrects not in entries:
        raise CommandRejected("UNKNOWN_ENTRY")
    wrong = entries[corrects]
    if not isinstance(wrong.event, correctable):
        raise CommandRejected("NOT_CORRECTABLE")
    resting = {corrects}
    if isinstance(wrong.event, EntryCorrected):
        before = entries[wrong.event.corrects].event
        resting |= {wrong.event.replaced_by or corrects}
        resting |= {before.corrects if isinstance(before, EntryCorrected) else corrects}
    if resting & struck(known.entries):
        raise CommandRejected("ALREADY_CORRECTED")
    return wrong


def _replacement(command: CorrectEntry, wrong: Entry, case: Case, known: Known) -> Event:
    """Return the event that takes the wrong one's place, made as if the wrong one had never been entered.

    A correction has no replacement: it is taken back, and the right one is then made by itself.
    """
    assert command.replacement is not None
    if isinstance(command.replacement, CorrectEntry):
        raise CommandRejected("REPLACEMENT_OF_ANOTHER_KIND")
    without = fold(case.case_id, [entry for entry in known.entries if entry != wrong])
    right = _events(command.replacement, without, known)[0]
    if type(right) is not type(wrong.event):
        raise CommandRejected("REPLACEMENT_OF_ANOTHER_KIND")
    return right.model_copy(update={"event_id": uuid5(command.command_id, "1")})


def _admit_history(case: Case, events: list[Event], known: Known) -> None:
    """Ask of the whole history, as it will stand after a correction, whether each entry is still allowed.

    What was not allowed in that order before, such as an expiry before a result that was entered late, stays.
    """
    last = known.entries[-1]
    entries = [*known.entries]
    for offset, event in enumerate(events, 1):
        entries.append(Entry(last.position + offset, last.recorded_at, event))
    before = {event_id for event_id, _ in _disallowed(case, known.entries, known)}
    for event_id, rejected in _disallowed(case, entries, known):
        if event_id not in before:
            raise rejected
    no_second_support(case, fold(case.case_id, entries), known)


def _disallowed(case: Case, entries: Sequence[Entry], known: Known) -> Iterator[tuple[UUID, CommandRejected]]:
    """Yield the entries that stand but would be rejected, were they recorded in the order they happened."""
    history = Case(case_id=case.case_id)
    for entry in standing(entries):
        try:
            admit(entry.event, history, Known(known.today, register=known.register))
        except CommandRejected as rejected:
            yield entry.event.event_id, rejected
        history = evolve(entry.event, history, entry.position)
