"""How a command becomes events: `decide` says what happens, or why it may not.

A plain function on frozen values. It reads no clock and makes no ids: an event's id follows from its command's,
so the same command sent twice is the same events.
"""

from datetime import date
from functools import singledispatch
from uuid import uuid5

from domain.admission import admit, may_decide, must_be_entitled, must_be_open
from domain.assessment import assess
from domain.case import OTHER_CASES, Case
from domain.command import Command, event_of
from domain.commands import (
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
from domain.corrections import admit_history, entry_to_correct, first_corrected
from domain.event import Event
from domain.events import (
    ApplicationReceived,
    ClauseResult,
    DeclarationRecorded,
    EarlierGrantRecorded,
    EligibilityAssessed,
    EmployerNotified,
    EntryCorrected,
    EvidenceRecorded,
    GrantAnnulled,
    NeedJudged,
    PersonErased,
    PersonJoined,
    Receipt,
)
from domain.evidence import check_evidence, question
from domain.fund_events import CompensationRecorded, MeasurePaid, StudySupportGranted
from domain.grounds import Known
from domain.history import Entry, case_on, fold, fresh_evidence
from domain.protection_events import IdentityProtected, ProtectionEvent, ProtectionLifted
from domain.rejections import CommandRejected
from domain.request import InputError, check_request
from domain.review_events import AppealDecided, AppealLodged, ReconsiderationDecided, ReconsiderationRequested
from domain.reviews import decided, open_appeal, open_reconsideration, to_be_made_anew
from domain.support_decisions import support_happens

CARRIED_OVER: dict[type[Command], type[Event]] = {
    RecordEarlierGrant: EarlierGrantRecorded,
    JudgeNeed: NeedJudged,
    NotifyAsEmployer: EmployerNotified,
    LiftProtection: ProtectionLifted,
    ErasePerson: PersonErased,
}
"""Commands that become one event with the same content."""


def decide(case: Case, command: Command, known: Known) -> list[Event]:
    """Return the events that a command leads to; raise `CommandRejected` where the case does not allow it."""
    if not isinstance(command, ReceiveApplication):
        must_be_open(case)
    events = _events(command, case, known)
    if not isinstance(command, CorrectEntry):
        for event in events:
            admit(event, case, known)
    return events


@singledispatch
def _events(command: Command, case: Case, known: Known) -> list[Event]:
    """Return the events of one kind of command, before anyone asked whether they are admitted."""
    if type(command) in CARRIED_OVER:
        return [event_of(CARRIED_OVER[type(command)], command)]
    return support_happens(command, case, known)


@_events.register
def _(command: ReceiveApplication, case: Case, known: Known) -> list[Event]:
    months = 0 if command.service in OTHER_CASES else command.months
    return [event_of(ApplicationReceived, command, months=months, birth_year=command.details.born.year)]


@_events.register
def _(command: RecordEvidence, case: Case, known: Known) -> list[Event]:
    try:
        check_evidence(command.content, case)
    except InputError as error:
        raise CommandRejected("EVIDENCE_MALFORMED", path=error.path, message=error.message) from None
    return [event_of(EvidenceRecorded, command)]


@_events.register
def _(command: RecordDeclaration, case: Case, known: Known) -> list[Event]:
    received_on = case.application.occurred_on if case.application else command.occurred_on
    return [event_of(DeclarationRecorded, command, occurred_on=max(command.occurred_on, received_on))]


@_events.register
def _(command: Decide, case: Case, known: Known) -> list[Event]:
    may_decide(command.occurred_on, case, known)
    refused = case.decision is not None and case.decision.decision == "refuse"
    if refused and not command.again and not fresh_evidence(known.entries) and not to_be_made_anew(case):
        raise CommandRejected("NO_NEW_EVIDENCE")
    return [_assessed(command, case, known, command.starts_on)]


def _assessed(
    command: Command, case: Case, known: Known, starts_on: date | None = None
) -> EligibilityAssessed:
    """Return the decision that the law gives on what is known on the day of the command."""
    request, relied_on = question(case, known.other_cases, command.occurred_on, starts_on)
    try:
        check_request(request)
    except InputError as error:
        raise CommandRejected("EVIDENCE_MALFORMED", path=error.path, message=error.message) from None
    answer = assess(request)
    return event_of(
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


@_events.register
def _(command: RequestReconsideration, case: Case, known: Known) -> list[Event]:
    decision = _decided_by(command.occurred_on, case, known)
    received_on = command.received_on or decision.occurred_on
    return [event_of(ReconsiderationRequested, command, decision=decision.event_id, received_on=received_on)]


@_events.register
def _(command: DecideReconsideration, case: Case, known: Known) -> list[Event]:
    if open_reconsideration(case) is None and not command.own_initiative:
        raise CommandRejected("NOT_ASKED")
    decided(case)
    if case.grant is not None:  # there is nothing more to give, and nothing is taken away
        return [event_of(ReconsiderationDecided, command, decision=case.grant.event_id, result="upheld")]
    may_decide(command.occurred_on, case, known)
    anew = _assessed(command, case, known)
    result = "changed" if anew.decision == "grant" else "upheld"
    return [anew, event_of(ReconsiderationDecided, command, 1, decision=anew.event_id, result=result)]


@_events.register
def _(command: LodgeAppeal, case: Case, known: Known) -> list[Event]:
    decision = _decided_by(command.occurred_on, case, known)
    return [event_of(AppealLodged, command, decision=decision.event_id)]


def _decided_by(day: date, case: Case, known: Known) -> EligibilityAssessed:
    """Return the decision that stood on a day, which may have been made again since."""
    return case_on(case, known.entries, day).decision or decided(case)


@_events.register
def _(command: DecideAppeal, case: Case, known: Known) -> list[Event]:
    lodged = open_appeal(case)
    if lodged is None:
        raise CommandRejected("NOT_APPEALED")
    return [event_of(AppealDecided, command, decision=lodged.decision)]


@_events.register
def _(command: AnnulGrant, case: Case, known: Known) -> list[Event]:
    if case.grant is None:
        raise CommandRejected("NOT_GRANTED")
    return [event_of(GrantAnnulled, command, grant=case.grant.event_id)]


@_events.register
def _(command: JoinPerson, case: Case, known: Known) -> list[Event]:
    if known.same_as is None or known.same_as.application is None:
        raise CommandRejected("UNKNOWN_CASE")
    return [event_of(PersonJoined, command, person_ref=known.same_as.application.person_ref)]


@_events.register
def _(command: ProtectIdentity, case: Case, known: Known) -> list[Event]:
    return [event_of(IdentityProtected, command, readers=tuple(sorted({*command.readers})))]


@_events.register
def _(command: CorrectEntry, case: Case, known: Known) -> list[Event]:
    correction = event_of(EntryCorrected, command)
    admit(correction, case, known)
    wrong = entry_to_correct(command.corrects, known)
    about = first_corrected(wrong.event, known)
    if isinstance(about, StudySupportGranted | ProtectionEvent):
        must_be_entitled(about, command.actor)  # what is theirs alone to say, nobody else takes away
    if command.replacement is None:
        events: list[Event] = [correction]
    else:
        right = _replacement(command, wrong, case, known)
        events = [correction.model_copy(update={"replaced_by": right.event_id}), right]
    admit_history(case, events, known)
    return events


def _replacement(command: CorrectEntry, wrong: Entry, case: Case, known: Known) -> Event:
    """Return the event that takes the wrong one's place, made as if the wrong one had never been entered.

    A correction has no replacement: it is taken back, and the right one is then made by itself.
    """
    assert command.replacement is not None
    if isinstance(command.replacement, CorrectEntry):
        raise CommandRejected("REPLACEMENT_OF_ANOTHER_KIND")
    others = [entry for entry in known.entries if entry != wrong]
    without = fold(case.case_id, others)
    right = _events(command.replacement, without, known)[0]
    if type(right) is not type(wrong.event):
        raise CommandRejected("REPLACEMENT_OF_ANOTHER_KIND")
    if isinstance(right, StudySupportGranted | CompensationRecorded | MeasurePaid):
        # What these rest on lies in the person's other cases too; the history of this one is tried as a whole.
        admit(right, fold(case.case_id, others, valid_on=right.occurred_on), known)
    return right.model_copy(update={"event_id": uuid5(command.command_id, "1")})
