"""What the reading routes answer, as the contract describes it: a shape for each answer.

The answers themselves are written by the queries; a test holds each against its shape.
"""

from datetime import date, datetime
from typing import Any, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field


class Shape(BaseModel):
    """An answer, or a part of one."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Withheld(Shape):
    """Stands in the place of what is sealed and was not asked for, or may not be opened."""

    withheld: Literal[True] = True


class Page(Shape):
    """A page of rows: how many there are altogether, and which of them these are."""

    total: int
    limit: int
    offset: int


Values = dict[str, Any]
"""Values by name that depend on what they are of, such as the content of an entry by its kind."""


class Duty(Shape):
    """Something that falls due in a case."""

    due_on: date
    code: str
    clause: str


class Name(Shape):
    """Who a case is about, by name alone; `raderad` where the person is erased."""

    name: str


class LoadRow(Shape):
    """An open case: where it stands, what it waits for, what is due in it, and the pace of its meetings.

    `person` is None unless `include=person` asks for it.
    """

    case: UUID
    service: str
    policy: str
    months: int
    stage: str
    waits_for: str | None
    advisor: str | None
    received_on: date
    decided_on: date | None
    starts_on: date | None
    agreed_end: date | None
    meetings_held: int
    meetings_required: int | None
    meetings_missed: int
    plan_agreed_on: date | None
    tasks_done: int
    tasks: int
    activities_done: int
    activities: int
    last_contact: date | None
    paused_since: date | None
    flags: list[str]
    protected: bool
    office: str | None
    team: str | None
    due: list[Duty]
    next_due_on: date | None
    days_left: int | None
    pace: int | None = Field(description="Meetings held beyond those of an even pace to the least number.")
    overdue: int
    person: Name | Withheld | None


class Workload(Shape):
    """How many open cases an advisor has (None: nobody), and how many of them wait, are away or overdue."""

    advisor: str | None
    office: str | None
    team: str | None
    cases: int
    active: int
    paused: int
    wait_for_decision: int
    wait_for_advisor: int
    wait_for_start: int
    overdue: int


class Caseload(Page):
    """Open cases, the most urgent first, as the log was at `position`, with days counted to `on`."""

    position: int
    on: date
    workload: list[Workload]
    items: list[LoadRow]


class DueRow(Duty):
    """Something that falls due, in which case, and in words."""

    case: UUID
    advisor: str | None
    sv: str
    en: str


class Due(Page):
    """What falls due until a day in an advisor's cases, the earliest first."""

    position: int
    advisor: str
    until: date
    items: list[DueRow]


class Me(Shape):
    """Who the caller is: the token's name and roles, the register's place today, and addresses to begin with."""

    name: str
    roles: list[str]
    organisation_number: str | None
    office: str | None
    team: str | None
    addresses: dict[str, str]


class Recorded(Shape):
    """An entry of the log: its place, when it was recorded, the event and its content, sealed parts withheld."""

    position: int
    recorded_at: datetime
    event: str
    event_id: UUID
    occurred_on: date
    actor: str
    command_id: UUID
    correlation_id: UUID
    content: Values


class Entry(Recorded):
    """An entry of a case, and whether it still stands."""

    stands: bool


class Reading(Shape):
    """One look at a case: when, who, what was asked for, which parts were shown, what for, and by which rule."""

    number: int
    read_at: datetime
    actor: str
    command: str
    fields: list[str]
    purpose: str | None
    policy: str | None


class PersonCase(Shape):
    """A case of a person: the service, where it stands, and when the application came in."""

    case: UUID
    service: str
    stage: str
    received_on: date


class PersonFound(Shape):
    """The cases of a person who was looked up, the oldest first."""

    items: list[PersonCase]


class UsedMonth(Shape):
    """A month that carried an earlier decision: which one, by which clause, and why it may not be counted again."""

    month: str
    clause: str
    case: str
    decided_on: date
    event: UUID
    sv: str
    en: str


class MonthStatus(Shape):
    """A month of the strip: whether it may be counted in a new application."""

    month: str
    status: Literal["counted", "free", "not_sufficing", "skipped"]


class Evidence(Shape):
    """What the sealed evidence adds: every month, how many are missing, and the earliest day of a new support."""

    months: list[MonthStatus]
    missing: int
    earliest: date | None
    earliest_working: date | None


class Requalification(Shape):
    """A person's months on a day: those that are used up, and when the last window is over.

    `person` is None unless `include=person` asks for it, and of an erased person.
    """

    on: date
    position: int
    opens_on: date | None
    used: list[UsedMonth]
    person: Evidence | None


class RequalificationFound(Requalification):
    """The months of the person who was asked for, and the person's cases."""

    cases: list[UUID]


class Identity(Shape):
    """Who a person is, as the newest application tells it; `raderad` where the person is erased."""

    identity_number: str | None
    name: str
    email: str | None
    phone: str | None
    born: date | None
    sex: str | None
    region: str | None


class WholeCase(Shape):
    """Everything of a case, opened: its state, what the fund gave, its entries, and who has read it."""

    case: UUID
    state: Values
    fund: Values
    history: list[Entry]
    readings: list[Reading]


class PersonExtract(Shape):
    """Everything that is kept about a person."""

    on: date
    person: Identity
    cases: list[WholeCase]
    requalification: Requalification
