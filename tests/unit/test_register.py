"""The register: who was where when, whatever order it was recorded in; what it rejects; what cases ask of it."""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any, NamedTuple
from uuid import UUID, uuid5

import pytest
from hypothesis import given as drawn
from hypothesis import settings
from hypothesis import strategies as st
from pydantic import ValidationError

from domain.commands import CorrectEntry
from domain.decisions import decide
from domain.event import Event
from domain.grounds import Known
from domain.history import Entry
from domain.register import Register, fold_register
from domain.register_commands import (
    REGISTER_COMMANDS,
    CloseOffice,
    CorrectLine,
    DissolveTeam,
    EndOrganisation,
    EndProvider,
    FormTeam,
    LetLeave,
    OpenOffice,
    PlaceStaff,
    RegisterCommand,
    RegisterOrganisation,
    RegisterProvider,
)
from domain.register_decisions import decide_register
from domain.register_events import (
    REGISTER_EVENTS,
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
from domain.rejections import CommandRejected
from domain.support_commands import StartEngagement
from replays.replay import replay
from tests.given import DECIDED, NOON, RECEIVED, STARTED, TODAY, do, given, meeting
from tests.registers import HIRED, HOUSE, STAFFED, asked, entries_of, placed

D = date.fromisoformat


class Asked:
    """A register as it came about by commands, each asked in turn."""

    def __init__(self, *commands: RegisterCommand) -> None:
        self.entries: list[Entry] = []
        for command in commands:
            self.carry_out(command)

    @property
    def register(self) -> Register:
        return fold_register(self.entries)

    def decided(self, command: RegisterCommand, today: date = TODAY) -> list[Event]:
        return decide_register(command, Known(today, tuple(self.entries)))

    def carry_out(self, command: RegisterCommand) -> list[Event]:
        events = self.decided(command)
        for event in events:
            self.entries.append(Entry(len(self.entries) + 1, NOON, event))
        return events

    def rejected(self, command: RegisterCommand, today: date = TODAY) -> CommandRejected:
        with pytest.raises(CommandRejected) as rejected:
            self.decided(command, today)
        for text in (rejected.value.clause, rejected.value.sv, rejected.value.en):
            assert text
            assert not {"{", "}"} & set(text), text
            assert "None" not in text
        return rejected.value


def correction(past: Asked, which: int, replacement: RegisterCommand | None = None) -> Any:
    """A correction of a line, by its place among the entries."""
    wrong = past.entries[which].event.event_id
    return asked(CorrectLine, "2025-09-01", corrects=wrong, reason="fel dag", replacement=replacement)


ANNA = placed("anna.berg", "2023-01-01", team="norr", roles=("advisor",))
GIVES_SUPPORT = asked(RegisterProvider, "2023-01-01", provider="abc")


class Sample(NamedTuple):
    """A command that is allowed, after others, and the event that it leads to."""

    past: tuple[RegisterCommand, ...]
    command: RegisterCommand
    event: type[Event]
    content: dict[str, Any]


SAMPLES = [
    Sample((), HOUSE[0], OrganisationRegistered, {"organisation": "exempel"}),
    Sample(
        HOUSE[:1],
        asked(EndOrganisation, "2025-06-30", organisation="exempel"),
        OrganisationEnded,
        {"organisation": "exempel"},
    ),
    Sample(HOUSE[:1], HOUSE[1], OfficeOpened, {"office": "umea", "organisation": "exempel"}),
    Sample(HOUSE, asked(CloseOffice, "2025-06-30", office="lund"), OfficeClosed, {"office": "lund"}),
    Sample(HOUSE[:2], HOUSE[3], TeamFormed, {"team": "norr", "office": "umea"}),
    Sample(HOUSE, asked(DissolveTeam, "2025-06-30", team="norr"), TeamDissolved, {"team": "norr"}),
    Sample(HOUSE, ANNA, StaffPlaced, {"staff": "anna.berg", "roles": ("advisor",), "team": "norr"}),
    Sample(
        (*HOUSE, ANNA),
        asked(LetLeave, "2025-06-30", staff="anna.berg"),
        StaffLeft,
        {"staff": "anna.berg"},
    ),
    Sample((), GIVES_SUPPORT, ProviderRegistered, {"provider": "abc"}),
    Sample(
        (GIVES_SUPPORT,), asked(EndProvider, "2025-06-30", provider="abc"), ProviderEnded, {"provider": "abc"}
    ),
    Sample(
        (GIVES_SUPPORT,),
        asked(CorrectLine, "2025-06-30", corrects=UUID(int=0), reason="fel"),
        LineCorrected,
        {"replaced_by": None, "reason": "fel"},
    ),
]
every_command = pytest.mark.parametrize("sample", SAMPLES, ids=lambda sample: sample.command.name)


def of(sample: Sample) -> tuple[Asked, RegisterCommand]:
    past, command = Asked(*sample.past), sample.command
    if isinstance(command, CorrectLine):
        command = command.model_copy(update={"corrects": past.entries[-1].event.event_id})
    return past, command


def test_there_is_a_sample_of_every_command_and_every_event() -> None:
    """Vacuous without: "every command" is as good as the list."""
    assert [sample.command.name for sample in SAMPLES] == list(REGISTER_COMMANDS)
    assert [sample.event for sample in SAMPLES] == list(REGISTER_EVENTS.values())


@every_command
def test_what_it_produces(sample: Sample) -> None:
    """One event, which carries over who, when and by which command; decided again it is the same."""
    past, command = of(sample)
    (event,) = past.decided(command)
    assert type(event) is sample.event
    assert (event.command_id, event.actor, event.occurred_on) == (
        command.command_id,
        command.actor,
        command.occurred_on,
    )
    for name, value in sample.content.items():
        assert getattr(event, name) == value
    assert past.decided(command) == [event]


@every_command
def test_what_it_leaves_silent(sample: Sample) -> None:
    """Lines about everything else are as before."""
    past, command = of(sample)
    before = dict(past.register.lines)
    past.carry_out(command)
    after = dict(past.register.lines)
    assert len({thing for thing in {*before, *after} if before.get(thing) != after.get(thing)}) == 1


@every_command
def test_nothing_is_recorded_before_its_day(sample: Sample) -> None:
    """On the day itself it is allowed, the day before it is not."""
    past, command = of(sample)
    assert past.decided(command, command.occurred_on)
    day_before = D("2022-09-30")
    assert past.rejected(command, day_before).code == "OCCURRED_IN_FUTURE"


@pytest.mark.parametrize("role", ["applicant", "employer"])
@every_command
def test_the_register_is_the_staffs(sample: Sample, role: str) -> None:
    """Neither an applicant nor an employer says who works here."""
    past, command = of(sample)
    outsider = command.model_copy(update={"actor": f"{role}:someone"})
    assert past.rejected(outsider).code == "ACTOR_NOT_ENTITLED"


FULL = (*HOUSE, ANNA)
REJECTED: list[tuple[str, str, Sequence[RegisterCommand], RegisterCommand]] = [
    ("ALREADY_REGISTERED", "K-1-b", HOUSE, asked(RegisterOrganisation, "2023-01-01", organisation="exempel")),
    ("ALREADY_REGISTERED", "K-1-b", HOUSE, asked(RegisterOrganisation, "2022-01-01", organisation="exempel")),
    (
        "ALREADY_REGISTERED",
        "O-03",
        HOUSE,
        asked(OpenOffice, "2023-01-01", office="umea", organisation="exempel"),
    ),
    ("ALREADY_REGISTERED", "O-03", HOUSE, asked(FormTeam, "2023-01-01", team="norr", office="umea")),
    ("ALREADY_REGISTERED", "O-22-2", FULL, placed("anna.berg", "2023-01-01", "lund")),
    ("ALREADY_REGISTERED", "K-1-g", [GIVES_SUPPORT], asked(RegisterProvider, "2024-01-01", provider="abc")),
    ("NOT_REGISTERED", "K-1-b", [], asked(OpenOffice, "2023-01-01", office="umea", organisation="exempel")),
    ("NOT_REGISTERED", "K-1-b", HOUSE, asked(OpenOffice, "2022-09-30", office="ny", organisation="exempel")),
    ("NOT_REGISTERED", "K-1-b", [], asked(EndOrganisation, "2023-01-01", organisation="exempel")),
    ("NOT_REGISTERED", "O-03", HOUSE, asked(FormTeam, "2023-01-01", team="syd", office="okand")),
    ("NOT_REGISTERED", "O-03", HOUSE, placed("bo", "2023-01-01", "okand")),
    ("NOT_REGISTERED", "O-03", HOUSE, placed("bo", "2023-01-01", team="okand")),
    ("NOT_REGISTERED", "O-03", HOUSE, asked(CloseOffice, "2023-01-01", office="okand")),
    ("NOT_REGISTERED", "O-03", HOUSE, asked(DissolveTeam, "2023-01-01", team="okand")),
    ("NOT_REGISTERED", "O-22-2", HOUSE, asked(LetLeave, "2023-01-01", staff="anna.berg")),
    ("NOT_REGISTERED", "O-22-2", FULL, asked(LetLeave, "2022-12-30", staff="anna.berg")),
    ("NOT_REGISTERED", "K-1-g", [], asked(EndProvider, "2023-01-01", provider="abc")),
    (
        "NO_LONGER_REGISTERED",
        "O-03",
        (*HOUSE, asked(CloseOffice, "2023-06-30", office="lund")),
        placed("bo", "2023-07-01", "lund"),
    ),
    ("STILL_IN_USE", "K-1-b", HOUSE, asked(EndOrganisation, "2025-06-30", organisation="exempel")),
    ("STILL_IN_USE", "O-03", HOUSE, asked(CloseOffice, "2025-06-30", office="umea")),
    ("STILL_IN_USE", "O-03", FULL, asked(DissolveTeam, "2025-06-30", team="norr")),
    (
        "STILL_IN_USE",
        "O-03",
        (*FULL, asked(LetLeave, "2025-07-01", staff="anna.berg")),
        asked(DissolveTeam, "2025-06-30", team="norr"),
    ),
    ("TEAM_OF_ANOTHER_OFFICE", "O-03", HOUSE, placed("bo", "2023-01-01", "lund", team="norr")),
    ("UNKNOWN_ENTRY", "AMB-36", HOUSE, asked(CorrectLine, "2025-01-01", corrects=UUID(int=9), reason="fel")),
]


@pytest.mark.parametrize(
    ("code", "clause", "past", "command"), REJECTED, ids=[f"{row[0]}-{row[3].name}" for row in REJECTED]
)
def test_what_is_rejected(
    code: str, clause: str, past: Sequence[RegisterCommand], command: RegisterCommand
) -> None:
    """Each code, with the clause of the kind at hand; sentences are filled in, and differ."""
    rejected = Asked(*past).rejected(command)
    assert (rejected.code, rejected.clause) == (code, clause)
    assert rejected.sv != rejected.en


@pytest.mark.parametrize("reason", ["", " ", "gällde 19800517-1234", "a" * 201])
def test_a_reason_is_short_and_names_nobody(reason: str) -> None:
    """It is stored clear."""
    with pytest.raises(ValidationError):
        asked(CorrectLine, "2025-01-01", corrects=UUID(int=9), reason=reason)


def test_somebody_is_placed_with_a_role() -> None:
    for roles in ((), ("boss",)):
        with pytest.raises(ValidationError):
            asked(PlaceStaff, "2025-01-01", staff="bo", roles=roles, office="umea")


# Who was where when


def test_each_placing_holds_from_its_day_and_the_last_day_is_one_of_work() -> None:
    """Anna is in Umeå until the day before she moves to Lund, decides from then on, and leaves."""
    past = Asked(
        *FULL,
        placed("anna.berg", "2024-03-01", "lund", roles=("advisor", "decision_maker")),
        asked(LetLeave, "2025-06-30", staff="anna.berg"),
        placed("anna.berg", "2025-09-01", roles=("case_officer",)),
    )
    register = past.register
    seen = [
        (on, register.office_of("anna.berg", D(on)), register.team_of("anna.berg", D(on)))
        for on in (
            "2022-12-31",
            "2023-01-01",
            "2024-02-29",
            "2024-03-01",
            "2025-06-30",
            "2025-07-01",
            "2025-09-01",
        )
    ]
    assert seen == [
        ("2022-12-31", None, None),
        ("2023-01-01", "umea", "norr"),
        ("2024-02-29", "umea", "norr"),
        ("2024-03-01", "lund", None),
        ("2025-06-30", "lund", None),
        ("2025-07-01", None, None),
        ("2025-09-01", "umea", None),
    ]
    assert [register.is_advisor("anna.berg", D(on)) for on in ("2025-06-30", "2025-07-01", "2025-09-01")] == [
        True,
        False,
        False,
    ]
    assert [register.is_decision_maker("anna.berg", D(on)) for on in ("2024-02-29", "2024-03-01")] == [
        False,
        True,
    ]


def test_a_provider_takes_support_on_until_its_last_day() -> None:
    past = Asked(
        GIVES_SUPPORT,
        asked(EndProvider, "2024-06-30", provider="abc"),
        asked(RegisterProvider, "2024-07-01", provider="abc"),
        asked(EndProvider, "2024-07-01", provider="abc"),
    )
    days = ("2022-12-31", "2023-01-01", "2024-06-30", "2024-07-01", "2024-07-02")
    assert [past.register.is_provider("abc", D(on)) for on in days] == [False, True, True, True, False]


def test_what_is_there_on_a_day() -> None:
    """Kind by kind, in the order in which they lie in each other, and by name."""
    shown = [(line.kind, line.about) for line in Asked(*FULL, GIVES_SUPPORT).register.on(D("2024-01-01"))]
    assert shown == [
        ("organisation", "exempel"),
        ("office", "lund"),
        ("office", "umea"),
        ("team", "norr"),
        ("staff", "anna.berg"),
        ("provider", "abc"),
    ]
    assert list(Register().on(D("2024-01-01"))) == []


def test_the_last_in_an_office_leaves_on_the_day_it_closes() -> None:
    """Who moves elsewhere the day after, or leaves on that day, is in nobody's way."""
    past = Asked(
        *FULL,
        placed("bo", "2023-01-01", roles=("advisor",)),
        asked(LetLeave, "2025-06-30", staff="anna.berg"),
        placed("bo", "2025-07-01", "lund"),
        asked(DissolveTeam, "2025-06-30", team="norr"),
    )
    (closed,) = past.decided(asked(CloseOffice, "2025-06-30", office="umea"))
    assert isinstance(closed, OfficeClosed)
    assert past.rejected(asked(CloseOffice, "2025-06-29", office="umea")).code == "STILL_IN_USE"


# Corrections


def test_a_line_is_corrected_and_the_correction_taken_back() -> None:
    past = Asked(*FULL)
    right = placed("anna.berg", "2023-02-01", roles=("advisor",))
    correction_, line = past.carry_out(correction(past, -1, right))
    assert isinstance(correction_, LineCorrected)
    assert correction_.replaced_by == line.event_id
    assert not past.register.is_advisor("anna.berg", D("2023-01-31"))
    assert past.register.is_advisor("anna.berg", D("2023-02-01"))
    assert past.rejected(correction(past, 4)).code == "ALREADY_CORRECTED"
    past.carry_out(correction(past, -2))
    assert past.register.is_advisor("anna.berg", D("2023-01-31"))


def test_a_line_that_others_rest_on_is_not_struck_out() -> None:
    """Without the office there is no place for its team; a line of another kind takes no line's place."""
    past = Asked(*FULL)
    assert past.rejected(correction(past, 1)).code == "NOT_REGISTERED"
    assert past.rejected(correction(past, 4, GIVES_SUPPORT)).code == "REPLACEMENT_OF_ANOTHER_KIND"
    nested = correction(past, 4, correction(past, 4))
    assert past.rejected(nested).code == "REPLACEMENT_OF_ANOTHER_KIND"
    late = correction(past, 4, placed("anna.berg", "2026-11-22"))
    assert past.rejected(late).code == "OCCURRED_IN_FUTURE"


# The same register whatever came first


@settings(max_examples=100, deadline=None)
@drawn(st.permutations(HIRED))
def test_the_register_is_the_same_in_whatever_order_its_lines_came(commands: list[RegisterCommand]) -> None:
    """Late lines, earlier lines: the fold is one of a set.

    Vacuous if the fold ignored lines: it is compared with the register in which the tests' staff are.
    """
    assert fold_register(entries_of(tuple(commands))) == STAFFED
    assert STAFFED.is_advisor("gone", D("2024-12-31"))
    assert not STAFFED.is_advisor("gone", D("2025-01-01"))


DAYS = st.dates(date(2023, 1, 1), date(2023, 1, 12)).map(str)
MOVES = st.lists(st.tuples(DAYS, st.sampled_from(("umea", "lund", None))), max_size=8)


@settings(max_examples=200, deadline=None)
@drawn(MOVES)
def test_where_somebody_is_follows_from_the_moves_that_were_allowed(
    moves: list[tuple[str, str | None]],
) -> None:
    """Moves and departures tried in any order of days: each day reads as the newest of those before it says.

    Vacuous if all were rejected: a first placing on a free day never is.
    """
    past, told = Asked(*HOUSE), dict[date, str | None]()
    for on, office in moves:
        command = placed("bo", on, office) if office else asked(LetLeave, on, staff="bo")
        try:
            past.carry_out(command)
        except CommandRejected:
            continue
        since = D(on) if office else date(2023, 1, D(on).day + 1)
        told[since] = office or told.get(since)
    assert bool(told) == any(office for _, office in moves)
    for day in range(1, 15):
        seen = date(2023, 1, day)
        newest = max((since for since in told if since <= seen), default=None)
        assert past.register.office_of("bo", seen) == (told[newest] if newest else None)


@settings(max_examples=100, deadline=None)
@drawn(MOVES, st.randoms(use_true_random=False))
def test_lines_that_were_allowed_in_one_order_add_up_in_any(
    moves: list[tuple[str, str | None]], random: Any
) -> None:
    past = Asked(*HOUSE)
    for on, office in moves:
        command = placed("bo", on, office) if office else asked(LetLeave, on, staff="bo")
        try:
            past.carry_out(command)
        except CommandRejected:
            continue
    shuffled = random.sample(past.entries, len(past.entries))
    assert fold_register(shuffled) == past.register


# What cases ask of it


def test_a_meeting_belongs_to_an_advisor_who_was_here_on_its_day() -> None:
    """The advisor has left since: what was held before is recorded late, on the last day too; after it no more."""
    past = given(RECEIVED, DECIDED, STARTED)
    leaves = (*HIRED, asked(LetLeave, "2025-03-31", staff="anna.berg"))
    known = Known(TODAY, tuple(past.entries), register=fold_register(entries_of(leaves)))
    assert decide(past.case, meeting("2025-03-31", advisor="anna.berg"), known)
    with pytest.raises(CommandRejected) as rejected:
        decide(past.case, meeting("2025-04-01", advisor="anna.berg"), known)
    assert (rejected.value.code, rejected.value.clause) == ("NO_LONGER_REGISTERED", "K-2.3-a")
    assert "2025-03-31" in rejected.value.sv


def test_a_replay_asks_the_register_as_it_was_known_then() -> None:
    """A departure recorded after a decision, though dated before it, makes the decision no less allowed."""
    past = given(RECEIVED, DECIDED)
    recorded = [entry._replace(recorded_at=NOON + timedelta(days=9)) for entry in past.entries]
    known_then = entries_of(HIRED)
    left = entries_of((asked(LetLeave, "2024-06-30", staff="test"),))[0]
    for position, allowed in ((past.entries[-1].position + 1, True), (past.entries[-1].position - 1, False)):
        lines = [row._replace(position=row.position - 100) for row in known_then]
        lines.append(left._replace(position=position))
        step = list(replay(past.case_id, recorded, lines=lines))[-1]
        assert ("Skulle inte tillåtas i dag: test finns inte kvar" in step.grounds.sv) is not allowed
        assert ("Alla villkor" in step.grounds.sv) is allowed


def test_a_correction_keeps_what_the_register_allows() -> None:
    """A start that named a provider no longer registered can't be put in another's place (K-1-g)."""
    past = given(RECEIVED, DECIDED, STARTED)
    wrong = past.entries[-1].event.event_id
    for provider, code in (("avslutad", "NO_LONGER_REGISTERED"), ("okand", "NOT_REGISTERED")):
        right = do(StartEngagement, "2025-01-28", provider=provider)
        command = do(CorrectEntry, "2025-02-01", corrects=wrong, reason="fel", replacement=right)
        past.when(command).then_rejected(code, "K-1-g")


def test_what_is_opened_anew_on_the_morrow_takes_people_in_on_that_day() -> None:
    past = Asked(
        *HOUSE,
        asked(CloseOffice, "2025-06-30", office="lund"),
        asked(OpenOffice, "2025-07-01", office="lund", organisation="exempel"),
        placed("bo", "2025-07-01", "lund", roles=("advisor",)),
    )
    assert past.register.office_of("bo", D("2025-07-01")) == "lund"


def test_a_correction_has_its_commands_first_id_and_the_line_its_second() -> None:
    """Sent again by another version, it is still the same two entries."""
    past = Asked(*FULL)
    command = correction(past, -1, placed("anna.berg", "2023-02-01", roles=("advisor",)))
    ids = [event.event_id for event in past.decided(command)]
    assert ids == [uuid5(command.command_id, "0"), uuid5(command.command_id, "1")]


def test_a_correction_is_not_taken_back_where_the_line_has_been_entered_anew() -> None:
    """What would stand again is asked for with what came after it."""
    past = Asked(*HOUSE)
    past.carry_out(correction(past, 2))
    past.carry_out(asked(OpenOffice, "2023-01-01", office="lund", organisation="exempel"))
    assert past.rejected(correction(past, 4)).code == "ALREADY_REGISTERED"


def test_a_reason_with_an_identity_number_is_told_why() -> None:
    with pytest.raises(ValidationError) as error:
        asked(CorrectLine, "2025-01-01", corrects=UUID(int=9), reason="gällde 19800517-1234")
    said = error.value.errors(include_input=False)[0]["msg"]
    assert said == "Value error, no identity number in it: the register is stored clear"


def test_two_lines_of_one_day_add_up_the_same_in_either_order() -> None:
    """Whatever was read first."""
    one, two = placed("bo", "2023-01-01", "umea"), placed("bo", "2023-01-01", "lund")
    entries = entries_of((*HOUSE, one, two))
    assert fold_register(entries) == fold_register(entries[::-1])


def test_what_is_there_on_a_day_leaves_out_who_has_gone() -> None:
    """O-22-2: one line about each thing that holds; nobody before the first day, and nobody who left."""
    there = {line.about for line in STAFFED.on(date(2025, 2, 3))}
    assert "anna.berg" in there
    assert "gone" not in there
    assert list(STAFFED.on(date(2000, 1, 1))) == []
