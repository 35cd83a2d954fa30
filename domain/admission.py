"""Whether an event may enter a case, and why: the rules that hold for every way in.

`admit` looks at the case as it stands and either says on what clause the event is allowed, or raises
`CommandRejected`. Deciding a command, correcting an entry and replaying a case all ask this one function.
"""

from collections.abc import Iterator
from datetime import date
from functools import singledispatch
from typing import NamedTuple

from domain.case import Case, Engagement, day_after
from domain.events import (
    AdvisorAssigned,
    ApplicationReceived,
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
    Resumed,
)
from domain.history import Entry
from domain.register import Register
from domain.register_admission import must_be_registered
from domain.rejections import CommandRejected
from domain.services import SERVICES, Clauses


class Grounds(NamedTuple):
    """Why an event was allowed: the clause, and a sentence in Swedish and English."""

    clause: str
    sv: str
    en: str


class Known(NamedTuple):
    """What a decision on a command needs beside the case: the day in Stockholm, the case's entries as the log
    keeps them, the person's other cases, the case whose person is said to be the same, and the register.
    """

    today: date
    entries: tuple[Entry, ...] = ()
    other_cases: tuple[Case, ...] = ()
    same_as: Case | None = None
    register: Register = Register()


class Part(NamedTuple):
    """Something that only certain roles may supply: nobody supplies another's part."""

    roles: frozenset[str]
    clause: str
    sv: str
    en: str


STAFF = Part(
    frozenset({"advisor", "case_officer", "decision_maker", "system"}),
    "AMB-35",
    "organisationens personal",
    "the organisation's staff",
)
DECIDERS = Part(frozenset({"decision_maker", "system"}), "K-5.4", "en beslutsfattare", "a decision maker")
PARTS = {
    NeedJudged: Part(frozenset({"advisor"}), "K-5.1-5", "en rådgivare", "an advisor"),
    EmployerNotified: Part(frozenset({"employer"}), "O-25-d", "arbetsgivaren", "the employer"),
    PersonJoined: Part(
        frozenset({"case_officer", "decision_maker"}), "K-5.5-b", "en handläggare", "a case officer"
    ),
    EligibilityAssessed: DECIDERS,
    GrantAnnulled: DECIDERS,
    EvidenceRecorded: Part(STAFF.roles | {"applicant"}, *STAFF[1:]),
    ApplicationReceived: Part(STAFF.roles | {"applicant"}, *STAFF[1:]),
}


def admit(event: Event, case: Case, known: Known) -> Grounds:
    """Return why the event may enter the case as it stands; raise `CommandRejected` where it may not."""
    if not isinstance(event, ApplicationReceived):
        must_be_open(case)
    part = PARTS.get(type(event), STAFF)
    if event.actor.partition(":")[0] not in part.roles:
        raise CommandRejected("ACTOR_NOT_ENTITLED", clause=part.clause, roles_sv=part.sv, roles_en=part.en)
    if not isinstance(event, EngagementExpired):  # its day follows from the agreed end, and is tried with it
        _may_be_dated(event.occurred_on, case, known)
    must_be_registered(event, case, known.register)
    return _grounds(event, case, known)


def must_be_open(case: Case) -> None:
    """Raise `CommandRejected` where there is no case, or where its person is erased."""
    if case.application is None:
        raise CommandRejected("UNKNOWN_CASE")
    if case.erased:
        raise CommandRejected("PERSON_ERASED")


def _may_be_dated(on: date, case: Case, known: Known) -> None:
    """Raise `CommandRejected` where a day has not come yet, or lies before the application (AMB-35)."""
    if on > known.today:
        raise CommandRejected("OCCURRED_IN_FUTURE", occurred_on=on)
    if case.application is not None and on < case.application.occurred_on:
        received_on = case.application.occurred_on
        raise CommandRejected("BEFORE_APPLICATION", occurred_on=on, received_on=received_on)


@singledispatch
def _grounds(event: Event, case: Case, known: Known) -> Grounds:
    """Return the grounds of one kind of event, or raise what speaks against it."""
    raise TypeError(f"no rule for {type(event).__name__}")


@_grounds.register
def _(event: ApplicationReceived, case: Case, known: Known) -> Grounds:
    if case.application is not None:
        raise CommandRejected("ALREADY_RECEIVED")
    return Grounds(
        "K-5.2-1",
        f"Varje ansökan registreras och prövas; ramtiden räknas från {event.occurred_on}.",
        f"Every application is registered and decided; the frame is counted from {event.occurred_on}.",
    )


@_grounds.register(EvidenceRecorded)
@_grounds.register(DeclarationRecorded)
def _(event: EvidenceRecorded | DeclarationRecorded, case: Case, known: Known) -> Grounds:
    return Grounds(
        "K-5.2-7" if isinstance(event, DeclarationRecorded) else "K-5.2-1",
        "Underlag får läggas till så länge ärendet finns; beslut som fattats ändras inte av det.",
        "Evidence may be added as long as the case exists; decisions already made are not changed by it.",
    )


@_grounds.register
def _(event: EarlierGrantRecorded, case: Case, known: Known) -> Grounds:
    return Grounds(
        "K-5.5-b",
        "Månader som burit ett tidigare beviljat stöd får inte räknas igen, vem som än beviljade det.",
        "Months that carried an earlier grant may not be counted again, whoever granted it.",
    )


@_grounds.register
def _(event: NeedJudged, case: Case, known: Known) -> Grounds:
    return Grounds(
        "K-5.1-5",
        "En rådgivare bedömer det särskilda behovet, med ja eller nej.",
        "An advisor judges the special need, with yes or no.",
    )


@_grounds.register
def _(event: EmployerNotified, case: Case, known: Known) -> Grounds:
    return Grounds(
        "O-25-d",
        "Arbetsgivaren anmäler medarbetaren till utökade insatser.",
        "The employer notifies the employee for extended measures.",
    )


@_grounds.register
def _(event: EligibilityAssessed, case: Case, known: Known) -> Grounds:
    may_decide(event.occurred_on, case, known)
    if event.decision == "grant":
        return Grounds(
            "K-5.4",
            f"Alla villkor är uppfyllda; stöd får lämnas till och med {event.last_day}.",
            f"All conditions hold; support may be given until {event.last_day}, that day included.",
        )
    codes = ", ".join(event.refusals)
    return Grounds(
        next(result.clause for result in event.clauses if not result.holds),
        f"Minst ett villkor är inte uppfyllt: {codes}.",
        f"At least one condition does not hold: {codes}.",
    )


def may_decide(on: date, case: Case, known: Known) -> None:
    """Raise `CommandRejected` where no decision may be made on a day, whatever the evidence says.

    A grant stands until it is annulled, and decisions on one person are dated in the order they are made.
    """
    must_be_open(case)
    _may_be_dated(on, case, known)
    if case.grant is not None:
        raise CommandRejected("ALREADY_GRANTED", decided_on=case.grant.occurred_on)
    latest = max((decision.occurred_on for decision in _persons_decisions(case, known)), default=on)
    if latest > on:
        raise CommandRejected("DECISION_OUT_OF_ORDER", decided_on=latest)


def _persons_decisions(case: Case, known: Known) -> Iterator[EligibilityAssessed | GrantAnnulled]:
    """Yield the decisions and annulments of the case, and the grants and annulments of the person's others."""
    yield from case.decisions
    yield from case.annulled
    for other in known.other_cases:
        yield from other.annulled
        if other.grant:
            yield other.grant


@_grounds.register
def _(event: GrantAnnulled, case: Case, known: Known) -> Grounds:
    if case.grant is None or case.grant.event_id != event.grant:
        raise CommandRejected("NOT_GRANTED")
    if event.occurred_on < case.grant.occurred_on:
        raise CommandRejected("DECISION_OUT_OF_ORDER", decided_on=case.grant.occurred_on)
    for other in known.other_cases:
        if other.grant and other.application and other.application.on_basis_of == str(case.case_id):
            raise CommandRejected("BASIS_IN_USE", case=other.case_id)
    if case.engagement is not None and not case.engagement.expired:
        _nothing_later(event.occurred_on, case.engagement)
    return Grounds(
        "K-5.5-b",
        f"Beslutet från {case.grant.occurred_on} upphävs; dess månader blir fria.",
        f"The grant of {case.grant.occurred_on} is annulled; its months are free again.",
    )


@_grounds.register
def _(event: AdvisorAssigned, case: Case, known: Known) -> Grounds:
    return Grounds(
        "O-22-2" if case.application and case.application.policy == "omstallningsfonden" else "K-2.3-a",
        f"Ärendet får en egen rådgivare från {event.occurred_on}.",
        f"The case has its own advisor from {event.occurred_on}.",
    )


@_grounds.register
def _(event: EngagementStarted, case: Case, known: Known) -> Grounds:
    grant = case.grant
    if grant is None or grant.last_day is None or grant.event_id != event.grant:
        raise CommandRejected("NOT_GRANTED")
    clauses = SERVICES[event.service].clauses
    if case.engagement is not None:
        raise CommandRejected("ALREADY_STARTED", clause=clauses.period, starts_on=case.engagement.starts_on)
    last_day = min(grant.last_day, event.agreed_end)
    if not grant.occurred_on <= event.occurred_on <= last_day:
        raise CommandRejected("START_OUTSIDE_WINDOW", decided_on=grant.occurred_on, last_day=last_day)
    _no_other_support(event.occurred_on, event.agreed_end, known)
    return Grounds(
        clauses.start,
        f"Stödet beviljades {grant.occurred_on} och får pågå till och med {event.agreed_end}.",
        f"The support was granted on {grant.occurred_on} and may go on until {event.agreed_end}.",
    )


def _no_other_support(first: date, last: date, known: Known) -> None:
    """Raise `CommandRejected` where another case of the person has support in a stretch of days (AMB-29)."""
    for other in known.other_cases:
        if other.engagement and other.engagement.meets(first, last):
            raise CommandRejected("DUPLICATE_ACTIVE_CASE", case=other.case_id)


def no_second_support(before: Case, after: Case, known: Known) -> None:
    """Raise `CommandRejected` where a correction lets a case's support run beside another of the person's."""
    if after.engagement is None or (
        before.engagement and before.engagement.last_day >= after.engagement.last_day
    ):
        return
    first = before.engagement.last_day if before.engagement else after.engagement.starts_on
    _no_other_support(first, after.engagement.last_day, known)


def _nothing_later(on: date, engagement: Engagement) -> None:
    """Raise `CommandRejected` where the support would end before what is on record in it."""
    if engagement.last_entry > on:
        raise CommandRejected("LATER_ENTRIES", on=on, last=engagement.last_entry)


def _started(case: Case) -> tuple[Engagement, Clauses]:
    """Return the support that began and the clauses of its service."""
    if case.engagement is None:
        service = case.application.service if case.application else "counselling_dismissed"
        raise CommandRejected("NOT_STARTED", clause=SERVICES[service].clauses.start)
    return case.engagement, SERVICES[case.engagement.service].clauses


def _within(event: Event, case: Case) -> tuple[Engagement, Clauses]:
    """Return the support, provided that the event happened in its time; late entry is allowed (AMB-35)."""
    engagement, clauses = _started(case)
    if not engagement.starts_on <= event.occurred_on <= engagement.last_day:
        raise CommandRejected(
            "OUTSIDE_PERIOD",
            clause=clauses.period,
            occurred_on=event.occurred_on,
            starts_on=engagement.starts_on,
            ends_on=engagement.last_day,
        )
    return engagement, clauses


@_grounds.register
def _(event: MeetingHeld, case: Case, known: Known) -> Grounds:
    engagement, clauses = _within(event, case)
    count, least = len(engagement.meetings) + 1, engagement.meetings_required
    return Grounds(
        clauses.meeting,
        f"Mötet ligger inom stödets tid; det är möte {count}, minst {least} ska hållas.",
        f"The meeting lies within the support's time; it is number {count}, of at least {least}.",
    )


@_grounds.register
def _(event: Paused, case: Case, known: Known) -> Grounds:
    engagement, clauses = _within(event, case)
    for pause in engagement.breaks:
        if pause.since <= event.occurred_on and (pause.until is None or event.occurred_on < pause.until):
            raise CommandRejected("ALREADY_PAUSED", clause=clauses.pause, since=pause.since)
    if engagement.breaks and engagement.breaks[-1].since > event.occurred_on:
        raise CommandRejected("ALREADY_PAUSED", clause=clauses.pause, since=engagement.breaks[-1].since)
    return Grounds(
        clauses.pause,
        f"Kunden får avbryta och komma tillbaka; slutdatum {engagement.agreed_end} står fast.",
        f"The client may interrupt and come back; the agreed end {engagement.agreed_end} stands.",
    )


@_grounds.register
def _(event: Resumed, case: Case, known: Known) -> Grounds:
    engagement, clauses = _within(event, case)
    if engagement.open_break is None or event.occurred_on <= engagement.open_break.since:
        raise CommandRejected("NOT_PAUSED", clause=clauses.pause, occurred_on=event.occurred_on)
    return Grounds(
        clauses.pause,
        f"Kunden har rätt att komma tillbaka till och med {engagement.agreed_end}.",
        f"The client has the right to come back until {engagement.agreed_end}, that day included.",
    )


@_grounds.register
def _(event: OutcomeReached, case: Case, known: Known) -> Grounds:
    engagement, clauses = _started(case)
    service = SERVICES[engagement.service]
    if engagement.outcome is not None:
        raise CommandRejected(
            "ALREADY_ENDED", clause=clauses.outcome, ended_on=engagement.outcome.occurred_on
        )
    _within(event, case)
    _nothing_later(event.occurred_on, engagement)
    if event.outcome not in service.outcomes:
        raise CommandRejected(
            "OUTCOME_NOT_IN_SERVICE", clause=clauses.outcome, outcomes=", ".join(service.outcomes)
        )
    held, least = len(engagement.meetings), engagement.meetings_required
    if event.outcome == "guidance_completed" and held < least:
        raise CommandRejected("MEETINGS_BELOW_MINIMUM", clause="K-3.4-a", required=least, held=held)
    return Grounds(
        clauses.outcome,
        f"Resultatet {event.outcome} hör till tjänsten och nåddes inom stödets tid.",
        f"The result {event.outcome} belongs to the service and was reached within the support's time.",
    )


@_grounds.register
def _(event: EngagementExpired, case: Case, known: Known) -> Grounds:
    engagement, clauses = _started(case)
    if engagement.outcome or engagement.expired or engagement.annulled_on:
        ended_on = engagement.expired.occurred_on if engagement.expired else engagement.last_day
        raise CommandRejected("ALREADY_ENDED", clause=clauses.period, ended_on=ended_on)
    if known.today <= engagement.agreed_end or event.occurred_on != day_after(engagement.agreed_end):
        raise CommandRejected(
            "AGREED_END_NOT_REACHED", clause=clauses.period, agreed_end=engagement.agreed_end
        )
    return Grounds(
        clauses.period,
        f"Avtalat slutdatum {engagement.agreed_end} passerade utan resultat; {event.meetings_held} av minst "
        f"{event.meetings_required} möten hölls.",
        f"The agreed end {engagement.agreed_end} passed without a result; {event.meetings_held} of at least "
        f"{event.meetings_required} meetings were held.",
    )


@_grounds.register
def _(event: EntryCorrected, case: Case, known: Known) -> Grounds:
    return Grounds(
        "AMB-36",
        "Ett fel rättas genom en ny händelse som pekar ut den felaktiga; båda står kvar i historiken.",
        "A mistake is put right by a new entry that names the wrong one; the history keeps both.",
    )


@_grounds.register
def _(event: PersonJoined, case: Case, known: Known) -> Grounds:
    own = {case.application.person_ref if case.application else "", *case.joined}
    others = {other.application.person_ref for other in known.other_cases if other.application}
    if event.person_ref in own | others:
        raise CommandRejected("ALREADY_JOINED")
    return Grounds(
        "K-5.5-b",
        "Två nummer för samma person förs samman; arbete som burit stöd räknas en gång för båda.",
        "Two numbers of one person are joined; work that carried support counts once for both.",
    )


@_grounds.register
def _(event: PersonErased, case: Case, known: Known) -> Grounds:
    return Grounds(
        "AMB-33",
        "Personens uppgifter raderas genom att nyckeln förstörs; struktur och statistik står kvar.",
        "The person's data are erased by destroying the key; structure and statistics remain.",
    )
