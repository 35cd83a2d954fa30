"""Whether an event may enter an employer's case, and why: who may, when, and in view of what happened before it."""

from collections.abc import Iterator, Sequence
from functools import singledispatch
from uuid import UUID

from domain.admission import DECIDERS, STAFF, Part
from domain.employer import (
    EmployerCase,
    course_of_a_day,
    evolve_employer,
    fold_employer,
    folded,
    not_completed,
)
from domain.employer_events import (
    EmployerCaseClosed,
    EmployerCaseOpened,
    EmployerEntryCorrected,
    EmployerEvent,
    FundingDecided,
    ModuleCompleted,
    ModuleStarted,
    PreventiveFundingApplied,
)
from domain.employer_funding import line_of, never_paid
from domain.employer_terms import AREAS, COSTS, CRITERIA, MODULES, PURPOSES, Area
from domain.event import Event
from domain.events import EntryCorrected
from domain.grounds import Grounds, Known
from domain.history import Entry, standing
from domain.register_admission import Words, must_have_role
from domain.rejections import CommandRejected

FUNDING_DECIDERS = Part(DECIDERS.roles, "O-09", "en beslutsfattare", "a decision maker")
DECISION_MAKER = Words("O-09", "beslutsfattare", "a decision maker")


def admit_employer(event: Event, case: EmployerCase, known: Known) -> Grounds:
    """Return why an event may enter a case that was `case` before it; raise `CommandRejected` where it may not."""
    may_be_said(event, known)
    return employer_grounds(event, case)


def may_be_said(event: Event, known: Known) -> None:
    """Raise `CommandRejected` where it is not for the actor to say, has not happened yet, or names a stranger.

    Whoever decides on funds, or approves a line, is a decision maker in the register on that day (O-09).
    """
    decides = isinstance(_corrected_by(event, known.entries), FundingDecided)
    part = FUNDING_DECIDERS if decides else STAFF
    role, _, name = event.actor.partition(":")
    if role not in part.roles:
        raise CommandRejected("ACTOR_NOT_ENTITLED", clause=part.clause, roles_sv=part.sv, roles_en=part.en)
    if event.occurred_on > known.today:
        raise CommandRejected("OCCURRED_IN_FUTURE", occurred_on=event.occurred_on)
    deciders = [name] if decides and role == "decision_maker" else []
    if isinstance(event, FundingDecided):
        deciders += [row.approved_by for row in event.lines if row.approved_by is not None]
    for decider in deciders:
        must_have_role(known.register, decider, "decision_maker", event.occurred_on, DECISION_MAKER)


def _corrected_by(event: Event, entries: Sequence[Entry]) -> Event | None:
    """Return what an event corrects, through corrections of corrections; itself where it corrects nothing."""
    by_id = {entry.event.event_id: entry.event for entry in entries}
    found: Event | None = event
    while isinstance(found, EntryCorrected):
        found = by_id.get(found.corrects)
    return found


def case_before(case_id: UUID, entry: Entry, earlier: Sequence[Entry]) -> EmployerCase:
    """Return the case as it was before an entry, in the order in which things happened; a correction comes last."""
    if isinstance(entry.event, EntryCorrected):
        return fold_employer(case_id, earlier)
    order = standing([*earlier, entry], course_of_a_day)
    return folded(case_id, order[: order.index(entry)] if entry in order else order)


def must_hold(case_id: UUID, entries: Sequence[Entry], new: Sequence[Entry]) -> None:
    """Raise `CommandRejected` where the history, with new entries in their places, could not have come about.

    What could not before, because the rules were others, stays.
    """
    after = standing([*entries, *new], course_of_a_day)
    opened = fold_employer(case_id, [*entries, *new]).opened
    if opened is None:
        raise CommandRejected("OPENING_STAYS")
    if not isinstance(after[0].event, EmployerCaseOpened):
        on = after[0].event.occurred_on
        raise CommandRejected("BEFORE_OPENING", on=on, opened_on=opened.occurred_on)
    before = {
        (event_id, rejected.code)
        for event_id, rejected in _disallowed(case_id, standing(entries, course_of_a_day))
    }
    for event_id, rejected in _disallowed(case_id, after):
        if (event_id, rejected.code) not in before:
            raise rejected


def _disallowed(case_id: UUID, stands: Sequence[Entry]) -> Iterator[tuple[UUID, CommandRejected]]:
    """Yield the entries that stand but would be rejected, were they recorded in the order they happened."""
    case = EmployerCase(case_id=case_id)
    for entry in stands:
        try:
            employer_grounds(entry.event, case)
        except CommandRejected as rejected:
            yield entry.event.event_id, rejected
        case = evolve_employer(entry.event, case)


@singledispatch
def employer_grounds(event: Event, case: EmployerCase) -> Grounds:
    """Return the grounds of one kind of event, or raise what speaks against it; one without a rule is an error."""
    raise TypeError(f"no rule for {type(event).__name__}")


def _within(event: EmployerEvent, case: EmployerCase, area: Area | None = None) -> None:
    """Raise `CommandRejected` where a case isn't open for an event, or is about the other field (O-01)."""
    if case.opened is None:
        raise CommandRejected("UNKNOWN_CASE")
    if case.closed is not None:
        closed_on = case.closed.occurred_on
        raise CommandRejected("EMPLOYER_CASE_CLOSED", closed_on=closed_on, on=event.occurred_on)
    if area is not None:
        must_be_about(area, case)


def must_be_about(area: Area, case: EmployerCase) -> None:
    """Raise `CommandRejected` where a case is about the other field (O-01)."""
    if case.opened is not None and case.opened.area != area:
        words = AREAS[case.opened.area]
        raise CommandRejected("NOT_IN_AREA", area_sv=words.sv, area_en=words.en)


@employer_grounds.register
def _(event: EmployerCaseOpened, case: EmployerCase) -> Grounds:
    """Every municipality and region is covered; a company is where the agreement binds it (O-02, O-05)."""
    if case.opened is not None:
        raise CommandRejected("ALREADY_OPENED", opened_on=case.opened.occurred_on)
    bound = event.affiliated_from
    if (bound is None and event.kind == "municipal_company") or (bound and bound > event.occurred_on):
        raise CommandRejected("NOT_AFFILIATED", on=event.occurred_on)
    area = AREAS[event.area]
    return Grounds(
        "O-01",
        f"Arbetsgivaren omfattas av avtalet; ärendet gäller {area.sv}.",
        f"The employer is covered by the agreement; the case is about {area.en}.",
    )


@employer_grounds.register
def _(event: ModuleStarted, case: EmployerCase) -> Grounds:
    _within(event, case, "strategic_competence_supply")
    if event.module in case.modules:
        began = case.modules[event.module].started_on
        raise CommandRejected("MODULE_ALREADY_STARTED", module=event.module, on=began)
    words, ahead = MODULES[event.module], not_completed(event.module, case)
    if not ahead:
        return Grounds(
            "O-06",
            f"Modul {event.module}, {words.sv}, börjar i den ordning som rekommenderas.",
            f"Module {event.module}, {words.en}, begins in the order that is advised.",
        )
    numbers = ", ".join(map(str, ahead))
    return Grounds(
        "O-06",
        f"Modulerna kan anpassas. Avvikelse: modul {event.module}, {words.sv}, börjar före {numbers}.",
        f"The modules can be adapted. Deviation: module {event.module}, {words.en}, begins ahead of {numbers}.",
    )


@employer_grounds.register
def _(event: ModuleCompleted, case: EmployerCase) -> Grounds:
    _within(event, case, "strategic_competence_supply")
    taken = case.modules.get(event.module)
    if taken is None:
        raise CommandRejected("MODULE_NOT_STARTED", module=event.module, on=event.occurred_on)
    if taken.completed_on is not None:
        raise CommandRejected("MODULE_ALREADY_COMPLETED", module=event.module, on=taken.completed_on)
    words = MODULES[event.module]
    return Grounds(
        "O-06",
        f"Modul {event.module}, {words.sv}, började {taken.started_on} och är genomgången.",
        f"Module {event.module}, {words.en}, began on {taken.started_on} and is gone through.",
    )


@employer_grounds.register
def _(event: PreventiveFundingApplied, case: EmployerCase) -> Grounds:
    """All three demands are stated to be met (O-08-a, -b, -c); purposes are those of O-11."""
    _within(event, case, "preventive_measures")
    for criterion, words in CRITERIA.items():
        if not getattr(event, criterion):
            raise CommandRejected(
                "CRITERION_NOT_MET", clause=words.clause, demand_sv=words.sv, demand_en=words.en
            )
    sv = "".join(f"; {PURPOSES[purpose].sv}" for purpose in event.purposes)
    en = "".join(f"; {PURPOSES[purpose].en}" for purpose in event.purposes)
    return Grounds(
        "O-08",
        f"Alla tre kraven är intygade{sv}. Varje ansökan registreras och beslutas rad för rad.",
        f"All three demands are stated to be met{en}. Every application is registered and decided line by line.",
    )


@employer_grounds.register
def _(event: FundingDecided, case: EmployerCase) -> Grounds:
    """What is never paid is funded by nobody, and another kind by approval only (O-09, O-10)."""
    _within(event, case, "preventive_measures")
    application = case.application(event.application)
    if application is None:
        raise CommandRejected("FUNDING_NOT_APPLIED")
    undecided = case.undecided(application)
    for row in event.lines:
        line = line_of(application, row.number)
        if row.number not in undecided:
            raise CommandRejected("FUNDING_ALREADY_DECIDED")
        paid = COSTS[line.kind].paid
        if row.result == "funded" and paid == "never":
            raise never_paid(row.number, line)
        if row.result == "funded" and paid == "by_approval" and row.approved_by is None:
            raise CommandRejected("MANUAL_APPROVAL_NEEDED", number=row.number)
    count = {
        result: sum(row.result == result for row in event.lines)
        for result in ("funded", "refused", "waiting")
    }
    whole = all(row.result == "refused" for row in event.lines)
    return Grounds(
        event.lines[0].clause if whole else "O-09",
        f"Rad för rad: {count['funded']} beviljas, {count['refused']} avslås, {count['waiting']} väntar på "
        f"godkännande; {in_kronor(event.funded_ore, ' ', ',')} kr.",
        f"Line by line: {count['funded']} funded, {count['refused']} refused, {count['waiting']} waiting for an "
        f"approval; SEK {in_kronor(event.funded_ore, ',', '.')}.",
    )


def in_kronor(ore: int, thousands: str, decimal: str) -> str:
    """Write an amount of whole ore in kronor, to the ore."""
    return f"{ore // 100:,}".replace(",", thousands) + f"{decimal}{ore % 100:02d}"


@employer_grounds.register
def _(event: EmployerCaseClosed, case: EmployerCase) -> Grounds:
    _within(event, case)
    for application in case.applications:
        if not case.decided(application.event_id):
            raise CommandRejected("FUNDING_UNDECIDED", applied_on=application.occurred_on)
    assert case.opened is not None
    return Grounds(
        AREAS[case.opened.area].clause,
        "Stödet till arbetsgivaren är slut; varje ansökan om medel är beslutad.",
        "The support to the employer is over; every application for funds is decided.",
    )


@employer_grounds.register
def _(event: EmployerEntryCorrected, case: EmployerCase) -> Grounds:
    return Grounds(
        "AMB-36",
        "Ett fel rättas genom en ny händelse som pekar ut den felaktiga; båda står kvar i historiken.",
        "A mistake is put right by a new entry that names the wrong one; the history keeps both.",
    )
