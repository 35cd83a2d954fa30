"""Given what happened, when somebody asks for something, then this follows: histories without a database.

What is given is events, or commands that are carried out in turn, so that a history is one that could have come
about. The case is one that is granted: applied for on 10 January 2025, counselling after redundancy.
"""

from datetime import UTC, date, datetime, timedelta
from itertools import count
from typing import Any, Self, TypeVar
from uuid import UUID

from domain.case import Case
from domain.command import Command
from domain.commands import AnnulGrant, CorrectEntry, Decide, JoinPerson, ReceiveApplication
from domain.decisions import decide
from domain.event import Event
from domain.events import ApplicationDetails, EligibilityAssessed, GrantAnnulled
from domain.grounds import Known
from domain.history import Entry, fold
from domain.rejections import CommandRejected
from domain.request import Employment, Work
from domain.support_commands import HoldMeeting, StartEngagement
from domain.values import months_before
from tests.registers import STAFFED

TODAY = date(2026, 11, 21)
NOON = datetime(2025, 1, 10, 12, tzinfo=UTC)

CASE = UUID(int=1)
OTHER_CASE = UUID(int=2)

OFFICER = "case_officer:test"
DECIDER = "decision_maker:test"
ADVISOR = "advisor:anna.berg"
EMPLOYER = "employer:kommunen"
APPLICANT = "applicant:self"

C = TypeVar("C", bound=Command)
E = TypeVar("E", bound=Event)

_numbers = count(1000)


def do(kind: type[C], on: str, /, actor: str | None = None, **content: Any) -> C:
    """A command of a kind, on a day, by one who may; each has an id of its own."""
    own = UUID(int=next(_numbers))
    actor = actor or (DECIDER if kind in (Decide, AnnulGrant) else OFFICER)
    shared = {"command_id": own, "correlation_id": own, "actor": actor, "occurred_on": on}
    return kind.model_validate(shared | content, strict=False)


def happened(kind: type[E], on: str | date, /, actor: str | None = None, **content: Any) -> E:
    """An event of a kind, on a day; each has an id of its own."""
    own = UUID(int=next(_numbers))
    actor = actor or (DECIDER if kind in (EligibilityAssessed, GrantAnnulled) else OFFICER)
    shared = {"event_id": own, "command_id": own, "correlation_id": own, "actor": actor, "occurred_on": on}
    return kind.model_validate(shared | content, strict=False)


def employment(identity: str = "e1", **changes: Any) -> Employment:
    """An employment that ends through redundancy, on the employer's initiative."""
    values = {
        "id": identity,
        "employer": "559999-9017",
        "sector": "other",
        "country": "SE",
        "form": "permanent",
        "starts_on": "2020-01-01",
        "ends_on": "2025-02-28",
        "end_reason": "redundancy",
        "end_initiative": "employer",
        "managing_director": False,
        "shares": None,
        "sole_trader_relation": None,
    }
    return Employment.model_validate(values | changes, strict=False)


def work(first: str, months: int, identity: str = "e1", **changes: Any) -> tuple[Work, ...]:
    """Full months of work in a row, from the first."""
    stated: dict[str, Any] = {"hours": "160", "income": None} | changes
    return tuple(
        Work(employment=identity, month=months_before(first, -index), **stated) for index in range(months)
    )


def details(**changes: Any) -> ApplicationDetails:
    """What an applicant states: an employment that is to end, and two years of full months in it."""
    stated: dict[str, Any] = {
        "identity_number": "198005171234",
        "name": "Testa Påhittsson",
        "email": "testa@example.se",
        "phone": "070-1740605",
        "reference": "REF-1",
        "born": date(1980, 5, 17),
        "employments": (employment(),),
        "work": work("2023-01", 24),
    }
    return ApplicationDetails(**stated | changes)


def application(on: str = "2025-01-10", *, details: ApplicationDetails, **changes: Any) -> ReceiveApplication:
    """An application for twelve months of counselling after redundancy."""
    asked: dict[str, Any] = {
        "person_ref": "ab" * 32,
        "policy": "kammarkollegiet",
        "service": "counselling_dismissed",
        "months": 12,
        "sex": "female",
        "region": "01",
        "occupation": "2341",
        "details": details,
    }
    return do(ReceiveApplication, on, **asked | changes)


RECEIVED = application(details=details())
DECIDED = do(Decide, "2025-01-15")
STARTED = do(StartEngagement, "2025-01-27")
"""The support begins; its agreed end is 15 January 2026, twelve months after the decision (L03)."""

AGREED_END = date(2026, 1, 15)
UNDER_WAY: tuple[Command, ...] = (RECEIVED, DECIDED, STARTED)


def meeting(on: str, **content: Any) -> HoldMeeting:
    """A digital conversation with the client."""
    return do(HoldMeeting, on, **{"mode": "digital"} | content)


STRANGERS_CASE, ANOTHERS_CASE = UUID(int=77), UUID(int=78)


def strangers() -> dict[UUID, Case]:
    """Other numbers' cases, which somebody may find to be the same person's."""
    known_as = {STRANGERS_CASE: "cd" * 32, ANOTHERS_CASE: "ef" * 32}
    return {
        case_id: given(application(details=details(), person_ref=ref), case_id=case_id).case
        for case_id, ref in known_as.items()
    }


class Given:
    """A case as it came about, and the person's other cases."""

    def __init__(self, case_id: UUID, others: tuple["Given", ...]) -> None:
        self.case_id = case_id
        self.others = others
        self.entries: list[Entry] = []

    @property
    def case(self) -> Case:
        """The case as it stands."""
        return fold(self.case_id, self.entries)

    def add(self, event: Event) -> None:
        """Record an event, a minute after the one before."""
        position = 10 * self.case_id.int + len(self.entries) + 1
        self.entries.append(Entry(position, NOON + timedelta(minutes=position), event))

    def carry_out(self, command: Command, today: date = TODAY) -> list[Event]:
        """Decide a command and record its events."""
        events = self.decided(command, today)
        for event in events:
            self.add(event)
        return events

    def decided(self, command: Command, today: date) -> list[Event]:
        """Decide a command and record nothing."""
        others = tuple(other.case for other in self.others)
        known = Known(today, tuple(self.entries), others, register=STAFFED)
        joining = command.replacement if isinstance(command, CorrectEntry) else command
        if isinstance(joining, JoinPerson):
            known = known._replace(same_as=strangers().get(joining.same_as))
        return decide(self.case, command, known)

    def when(self, command: Command, today: str | date = TODAY) -> "When":
        """Somebody asks for something."""
        return When(self, command, today if isinstance(today, date) else date.fromisoformat(today))


class When:
    """What somebody asked for, and what came of it."""

    def __init__(self, given: Given, command: Command, today: date) -> None:
        self.given = given
        self.before = given.case
        self.events: list[Event] = []
        self.rejected: CommandRejected | None = None
        try:
            self.events = given.decided(command, today)
        except CommandRejected as rejected:
            self.rejected = rejected

    def then(self, *kinds: type[Event], **content: object) -> Self:
        """These kinds of events happened; the last of them has this content."""
        assert self.rejected is None, self.rejected
        assert [type(event) for event in self.events] == list(kinds)
        for name, value in content.items():
            assert getattr(self.events[-1], name) == value, name
        return self

    def then_rejected(self, code: str, clause: str | None = None) -> CommandRejected:
        """It was rejected with this code; clause and sentences are filled in, and the case is as it was."""
        assert self.rejected is not None, f"allowed: {self.events}"
        assert self.rejected.code == code, self.rejected
        assert clause in (None, self.rejected.clause), self.rejected
        for text in (self.rejected.clause, self.rejected.sv, self.rejected.en):
            assert text
            assert not {"{", "}"} & set(text), text
            assert "None" not in text
        assert self.given.case == self.before
        return self.rejected

    @property
    def case(self) -> Case:
        """The case after it."""
        assert self.rejected is None, self.rejected
        for event in self.events:
            self.given.add(event)
        self.events = []
        return self.given.case


def given(
    *past: Event | Command, case_id: UUID = CASE, others: tuple[Given, ...] = (), today: date = TODAY
) -> Given:
    """A case in which this happened: events as they stand, commands as they are carried out."""
    history = Given(case_id, others)
    for one in past:
        if isinstance(one, Event):
            history.add(one)
        else:
            history.carry_out(one, today)
    return history
