"""What a history adds up to, seen from a day (`valid_on`) and from an instant of knowledge (`known_at`).

The log is never changed: corrections are followed here, and the entries of one day are put in their order.
"""

from collections.abc import Callable, Iterable, Sequence
from datetime import date, datetime
from operator import itemgetter
from typing import NamedTuple
from uuid import UUID

from domain.case import Case, EvidenceEvent, evolve
from domain.event import Event
from domain.events import (
    ApplicationReceived,
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
from domain.protection_events import IdentityProtected, ProtectionLifted
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


class Entry(NamedTuple):
    """An event as the ledger keeps it: its position in the log, and when it was recorded (UTC)."""

    position: int
    recorded_at: datetime
    event: Event


COURSE_OF_A_DAY: dict[type[Event], int] = {
    kind: rank
    for rank, kinds in enumerate(
        (
            (ApplicationReceived,),
            (CsnDecisionRecorded, EmployerContactedFund),
            (InformationGiven,),
            (DeliberationHeld,),
            (AgreementOffered,),
            (TerminationAgreed,),
            (EvidenceRecorded, DeclarationRecorded, EarlierGrantRecorded, NeedJudged, EmployerNotified),
            (PersonJoined,),
            (IdentityProtected, ProtectionLifted),
            (EligibilityAssessed, GrantAnnulled),
            (ReconsiderationRequested, AppealLodged),
            (ReconsiderationDecided, AppealDecided),
            (AdvisorAssigned,),
            (EngagementStarted,),
            (Reopened,),
            (Resumed,),
            (PeriodExtended,),
            (PlanAgreed,),
            (MeetingHeld, MeetingMissed, ContactMade, HealthCollaborationHeld),
            (TaskDone, ActivityRecorded),
            (CollectiveSupportExtended,),
            (WayChosen, StudySupportGranted, CompensationRecorded, MeasurePaid),
            (StatementRequested,),
            (StatementIssued,),
            (Paused,),
            (OutcomeReached, Withdrawn),
            (OutcomeEvidenced,),
            (EngagementExpired,),
            (ShortfallExplained,),
            (PersonErased,),
        )
    )
    for kind in kinds
}
"""In which order the kinds of entries of one day are taken, since a day is all that is known of when."""


def struck(entries: Iterable[Entry]) -> set[UUID]:
    """Return the ids of the entries that no longer stand once every correction is followed.

    A correction stands unless a later one strikes it. What a struck correction had put in place falls with it,
    and what it had struck stands again (AMB-36).
    """
    gone: set[UUID] = set()
    for event in reversed(_corrections(entries)):
        if event.event_id not in gone:
            gone.add(event.corrects)
        elif event.replaced_by is not None:
            gone.add(event.replaced_by)
    return gone


def _course(event: Event) -> int:
    return COURSE_OF_A_DAY[type(event)]


def standing(entries: Sequence[Entry], course: Callable[[Event], int] = _course) -> list[Entry]:
    """Return the entries that stand, in the order in which they happened, corrections themselves left out.

    The entries of one day follow the course of a case, in whatever order they were recorded: evidence before a
    decision, a return before a meeting, a meeting before a result. Only of two of one kind is the one that was
    recorded last the later; what replaces an entry takes its place.
    """
    corrections = _corrections(entries)
    if not corrections:
        return sorted(
            entries, key=lambda entry: (entry.event.occurred_on, course(entry.event), entry.position)
        )
    gone = struck(entries)
    places = {entry.event.event_id: entry.position for entry in entries}
    for event in corrections:
        if event.replaced_by in places and event.corrects in places:
            places[event.replaced_by] = places[event.corrects]
    stands = [
        entry
        for entry in entries
        if entry.event.event_id not in gone and not isinstance(entry.event, EntryCorrected)
    ]
    return sorted(
        stands,
        key=lambda entry: (
            entry.event.occurred_on,
            course(entry.event),
            places[entry.event.event_id],
        ),
    )


def _corrections(entries: Iterable[Entry]) -> list[EntryCorrected]:
    """Return the corrections among some entries, in the order they were recorded."""
    found = [(entry.position, entry.event) for entry in entries if isinstance(entry.event, EntryCorrected)]
    return [event for _, event in sorted(found, key=itemgetter(0))]


def known(entries: Iterable[Entry], known_at: datetime | None) -> list[Entry]:
    """Return what was recorded at an instant or before: the log up to a position."""
    return [entry for entry in entries if known_at is None or entry.recorded_at <= known_at]


def fold(
    case_id: UUID,
    entries: Iterable[Entry],
    valid_on: date | None = None,
    known_at: datetime | None = None,
) -> Case:
    """Return the case as it was on a day, as far as was known at an instant; each may be left out.

    What was known is taken, corrections are followed, the rest is put in the order of what happened, and each
    event is then applied in turn.
    """
    case = Case(case_id=case_id)
    for entry in standing(known(entries, known_at)):
        if valid_on is None or entry.event.occurred_on <= valid_on:
            case = evolve(entry.event, case, entry.position)
    return case


def fold_on(case_id: UUID, case: Case, entries: Sequence[Entry], new: Sequence[Entry]) -> Case:
    """Return what `entries` and then `new` ones add up to, given that the former are `case`; the same as `fold`.

    New entries that correct nothing, replace nothing and happened last are applied to the case. Any other is put
    in its place among all of them.
    """
    last = max(map(_moment, entries), default=(date.min, 0))
    replacements = {row.event.replaced_by for row in entries if isinstance(row.event, EntryCorrected)}
    for entry in new:
        placed = isinstance(entry.event, EntryCorrected) or entry.event.event_id in replacements
        if placed or _moment(entry) < last:
            return fold(case_id, [*entries, *new])
        case, last = evolve(entry.event, case, entry.position), _moment(entry)
    return case


def _moment(entry: Entry) -> tuple[date, int]:
    """Return the day of an entry and its kind's place in the course of one; a correction has none of its own."""
    if isinstance(entry.event, EntryCorrected):
        return date.min, 0
    return entry.event.occurred_on, COURSE_OF_A_DAY[type(entry.event)]


def case_on(case: Case, entries: Sequence[Entry], day: date) -> Case:
    """Return the case as it was on a day; it is the case as it stands where nothing happened later."""
    if all(entry.event.occurred_on <= day for entry in entries):
        return case
    return fold(case.case_id, entries, valid_on=day)


def fresh_evidence(entries: Iterable[Entry]) -> bool:
    """Tell whether evidence came, or was corrected, after the newest decision was recorded; or none was made."""
    evidence: set[UUID] = set()
    fresh = True
    for entry in sorted(entries, key=lambda entry: entry.position):
        event = entry.event
        if isinstance(event, EligibilityAssessed):
            fresh = False
        elif isinstance(event, EvidenceEvent) or (
            isinstance(event, EntryCorrected) and event.corrects in evidence
        ):
            evidence.add(event.event_id)
            fresh = True
    return fresh


def corrected_on(entries: Iterable[Entry], grant: EligibilityAssessed) -> date | None:
    """Return the day on which evidence that a grant rests on was last corrected, None where all of it stands.

    The grant stands until a new decision (AMB-36); somebody should look at it.
    """
    corrections = [row for row in _corrections(entries) if row.corrects in set(grant.relied_on)]
    gone = struck(entries)
    return max((row.occurred_on for row in corrections if row.corrects in gone), default=None)
