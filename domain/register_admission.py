"""What the register demands: of those whom a case names, and of its own lines.

Somebody who is named in a case is there on the day that it happened, not on the day that it was recorded. Of the
register's own lines all together are asked whether they hold, so that a line may come late and in any order.
"""

from collections.abc import Iterator
from datetime import date
from typing import NamedTuple

from domain.case import Case
from domain.event import Event
from domain.events import EligibilityAssessed, GrantAnnulled
from domain.fund_events import StudySupportGranted
from domain.protection_events import IdentityProtected
from domain.register import Register, Thing
from domain.register_events import Kind, Line, OfficeOpened, Role, StaffPlaced, TeamFormed
from domain.rejections import CommandRejected
from domain.review_events import ReconsiderationDecided
from domain.support_events import AdvisorAssigned, EngagementStarted, MeetingHeld, MeetingMissed


class Words(NamedTuple):
    """What a kind of thing, or a role, rests on and is called in Swedish and English."""

    clause: str
    sv: str
    en: str


KINDS: dict[Kind, Words] = {
    "organisation": Words("K-1-b", "organisation", "an organisation"),
    "office": Words("O-03", "kontor", "an office"),
    "team": Words("O-03", "team", "a team"),
    "staff": Words("O-22-2", "anställd", "staff"),
    "provider": Words("K-1-g", "omställningsföretag", "a provider"),
}
DECISIONS = (EligibilityAssessed, GrantAnnulled, ReconsiderationDecided, StudySupportGranted)
DECISION_MAKER = Words("K-5.4", "beslutsfattare", "a decision maker")


def must_be_registered(event: Event, case: Case, register: Register) -> None:
    """Raise `CommandRejected` where an event of a case names somebody who isn't registered so on its day."""
    role, _, name = event.actor.partition(":")
    on = event.occurred_on
    if isinstance(event, DECISIONS) and role == "decision_maker":
        must_have_role(register, name, "decision_maker", on, DECISION_MAKER)
    if isinstance(event, AdvisorAssigned | MeetingHeld | MeetingMissed) and event.advisor is not None:
        of_fund = case.application is not None and case.application.policy == "omstallningsfonden"
        words = Words("O-22-2" if of_fund else "K-2.3-a", "rådgivare", "an advisor")
        must_have_role(register, event.advisor, "advisor", on, words)
    if isinstance(event, EngagementStarted) and event.provider is not None:
        _is_there(register, ("provider", event.provider), on, KINDS["provider"])
    if isinstance(event, IdentityProtected):
        for reader in event.readers:
            _is_there(register, ("staff", reader), on, Words("AMB-37", "anställd", "staff"))


def must_have_role(register: Register, name: str, role: Role, on: date, words: Words) -> None:
    """Raise `CommandRejected` where somebody isn't here on a day, or is here as something else."""
    _is_there(register, ("staff", name), on, words)
    if not register.has_role(name, role, on):
        raise CommandRejected(
            "NOT_REGISTERED", clause=words.clause, name=name, on=on, kind_sv=words.sv, kind_en=words.en
        )


def _is_there(register: Register, thing: Thing, on: date, words: Words) -> None:
    """Raise `CommandRejected` where a thing is unknown, or gone, on a day."""
    line = register.line(*thing, on)
    if line is not None and not line.ends:
        return
    facts = {"clause": words.clause, "name": thing[1], "on": on, "kind_sv": words.sv, "kind_en": words.en}
    if line is None:
        raise CommandRejected("NOT_REGISTERED", **facts)
    raise CommandRejected("NO_LONGER_REGISTERED", last_day=line.occurred_on, **facts)


def must_be_sound(register: Register) -> None:
    """Raise `CommandRejected` where the register's lines contradict each other."""
    for thing, lines in register.lines.items():
        for index, line in enumerate(lines):
            _must_follow(thing, line, lines[index - 1] if index else None)
            if not line.ends:
                until = lines[index + 1].since if index + 1 < len(lines) else date.max
                _must_have_room(line, until, register)


def _must_follow(thing: Thing, line: Line, before: Line | None) -> None:
    """Raise `CommandRejected` where what ends was not there, or what begins was; staff may be placed anew."""
    kind, name = thing
    words = KINDS[kind]
    there = before is not None and not before.ends
    moves = isinstance(before, StaffPlaced) and before.since != line.since
    facts = {"clause": words.clause, "name": name, "kind_sv": words.sv, "kind_en": words.en}
    if line.ends and not there:
        raise CommandRejected("NOT_REGISTERED", on=line.occurred_on, **facts)
    if not line.ends and there and not moves:
        raise CommandRejected("ALREADY_REGISTERED", on=line.occurred_on, **facts)


def _must_have_room(line: Line, until: date, register: Register) -> None:
    """Raise `CommandRejected` where what a line lies in isn't there, or ends before it does."""
    for thing in _surroundings(line):
        _is_there(register, thing, line.since, KINDS[thing[0]])
        for end in register.lines[thing]:
            if end.ends and line.since < end.since < until:
                words = KINDS[thing[0]]
                raise CommandRejected(
                    "STILL_IN_USE", clause=words.clause, name=thing[1], on=end.occurred_on, user=line.about
                )
    if isinstance(line, StaffPlaced) and line.team is not None:
        team = register.line("team", line.team, line.since)
        if isinstance(team, TeamFormed) and team.office != line.office:
            raise CommandRejected("TEAM_OF_ANOTHER_OFFICE", team=line.team, office=team.office)


def _surroundings(line: Line) -> Iterator[Thing]:
    """Yield what a thing lies in: an office in an organisation, a team in an office, staff in both."""
    if isinstance(line, OfficeOpened):
        yield "organisation", line.organisation
    if isinstance(line, TeamFormed | StaffPlaced):
        yield "office", line.office
    if isinstance(line, StaffPlaced) and line.team is not None:
        yield "team", line.team
