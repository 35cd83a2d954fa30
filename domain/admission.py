"""Whether an event may enter a case, and why: the rules that hold for every way in.

`admit` looks at the case as it stands and either says on what clause the event is allowed, or raises
`CommandRejected`. Deciding a command, correcting an entry and replaying a case all ask this one function.
"""

from collections.abc import Iterator
from datetime import date
from functools import singledispatch
from typing import NamedTuple

from domain.case import OTHER_CASES, Case
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
from domain.five_steps import STEPS
from domain.fund_events import EmployerContactedFund, StudySupportGranted
from domain.grounds import Grounds, Known
from domain.period import nothing_later
from domain.protection import protection_grounds
from domain.protection_events import IdentityProtected, ProtectionEvent, ProtectionLifted
from domain.register_admission import must_be_registered
from domain.rejections import CommandRejected
from domain.review_events import AppealLodged, ReconsiderationDecided, ReconsiderationRequested
from domain.support_admission import support_grounds
from domain.support_events import EngagementExpired, StatementRequested, Withdrawn


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
APPLICANTS = Part(
    STAFF.roles | {"applicant"}, "O-24-e", "den sökande eller personalen", "the applicant or the staff"
)
CLIENTS_TOO = Part(STAFF.roles | {"applicant"}, *STAFF[1:])
DECIDERS = Part(frozenset({"decision_maker", "system"}), "K-5.4", "en beslutsfattare", "a decision maker")
OFFICERS = frozenset({"case_officer", "decision_maker"})
PROTECTORS = Part(OFFICERS, "AMB-37", "en handläggare", "a case officer")
PARTS: dict[type[Event], Part] = {
    NeedJudged: Part(frozenset({"advisor"}), "K-5.1-5", "en rådgivare", "an advisor"),
    EmployerNotified: Part(frozenset({"employer"}), "O-25-d", "arbetsgivaren", "the employer"),
    PersonJoined: Part(OFFICERS, "K-5.5-b", "en handläggare", "a case officer"),
    IdentityProtected: PROTECTORS,
    ProtectionLifted: PROTECTORS,
    EligibilityAssessed: DECIDERS,
    ReconsiderationDecided: DECIDERS,
    StudySupportGranted: DECIDERS,
    EmployerContactedFund: Part(
        STAFF.roles | {"employer"}, "O-26-1", "arbetsgivaren eller personalen", "the employer or the staff"
    ),
    GrantAnnulled: DECIDERS,
    ApplicationReceived: APPLICANTS,
    EvidenceRecorded: CLIENTS_TOO,
    StatementRequested: CLIENTS_TOO,
    Withdrawn: CLIENTS_TOO,
    ReconsiderationRequested: CLIENTS_TOO,
    AppealLodged: CLIENTS_TOO,
}


def admit(event: Event, case: Case, known: Known) -> Grounds:
    """Return why the event may enter the case as it stands; raise `CommandRejected` where it may not."""
    if not isinstance(event, ApplicationReceived):
        must_be_open(case)
    must_be_entitled(event, event.actor)
    if not isinstance(event, EngagementExpired):  # its day follows from the agreed end, and is tried with it
        _may_be_dated(event.occurred_on, case, known)
    must_be_registered(event, case, known.register)
    return _grounds(event, case, known)


def must_be_entitled(event: Event, actor: str) -> None:
    """Raise `CommandRejected` where an event is not an actor's to supply."""
    part = PARTS.get(type(event), STAFF)
    if actor.partition(":")[0] not in part.roles:
        raise CommandRejected("ACTOR_NOT_ENTITLED", clause=part.clause, roles_sv=part.sv, roles_en=part.en)


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
    """Return the grounds of one kind of event, or raise what speaks against it; the support has its own rules."""
    return support_grounds(event, case, known)


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
    of_steps = case.application is not None and case.application.service == "reduced_capacity"
    agreed = case.fund.agreed
    if of_steps and (agreed is None or event.occurred_on < agreed.occurred_on):
        _, sv, en = STEPS[4]
        raise CommandRejected("STEP_OUT_OF_ORDER", clause="O-26-5", first_sv=sv, first_en=en)
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
    if case.application is not None and case.application.service in OTHER_CASES:
        raise CommandRejected("NO_SUPPORT_APPLIED_FOR")
    if case.withdrawn is not None:
        raise CommandRejected("ALREADY_WITHDRAWN", clause="K-2.1-c", withdrawn_on=case.withdrawn.occurred_on)
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
    if case.engagement is not None:
        nothing_later(event.occurred_on, case.engagement)
    return Grounds(
        "K-5.5-b",
        f"Beslutet från {case.grant.occurred_on} upphävs; dess månader blir fria.",
        f"The grant of {case.grant.occurred_on} is annulled; its months are free again.",
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
def _(event: ProtectionEvent, case: Case, known: Known) -> Grounds:
    return protection_grounds(event, case)


@_grounds.register
def _(event: PersonErased, case: Case, known: Known) -> Grounds:
    return Grounds(
        "AMB-33",
        "Personens uppgifter raderas genom att nyckeln förstörs; struktur och statistik står kvar.",
        "The person's data are erased by destroying the key; structure and statistics remain.",
    )
