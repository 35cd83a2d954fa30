"""What the routes of one case, and those that tell how the API is, answer: a shape for each answer."""

from datetime import date, datetime
from typing import Literal
from uuid import UUID

from api.http.shapes import Duty, Entry, Page, Reading, Shape, Values


class DueInCase(Duty):
    """Something that falls due in a case, in words too."""

    sv: str
    en: str


class Activity(Shape):
    """An activity of the form of support: whether it is mandatory, and whether it is done."""

    activity: str
    need: str
    clause: str
    status: str
    on: date | None
    sv: str
    en: str


class Opening(Shape):
    """A command: whether the caller may send it, and whether the case is open to it now, or why it is not."""

    command: str
    may: bool
    open: bool
    until: date | None
    code: str | None
    clause: str | None
    sv: str | None
    en: str | None


class OpenedPerson(Shape):
    """What is sealed of a case, where it is asked for; `raderad` where the person is erased."""

    name: str
    email: str | None = None
    phone: str | None = None
    review: list[Values]


class PersonsCase(Shape):
    """Where a person's case stands; `person` is None unless `include=person` asks for it."""

    case: UUID
    kind: Literal["case"]
    version: int
    on: date
    state: Values
    due: list[DueInCase]
    activities: list[Activity]
    commands: list[Opening]
    person: OpenedPerson | None


class EmployersCase(Shape):
    """Where an employer's case stands: its modules, and its applications for funds line by line."""

    case: UUID
    kind: Literal["employer_case"]
    version: int
    on: date
    state: Values
    modules: list[Values]
    funding: list[Values]
    commands: list[Opening]
    person: None


class History(Page):
    """A case's entries as they were recorded."""

    case: UUID
    items: list[Entry]


class Readings(Page):
    """Who has looked at a case."""

    case: UUID
    items: list[Reading]


class ProjectionRow(Shape):
    """Where a projection stands; `behind` is how far the log lies ahead."""

    name: str
    version: int
    wanted: int
    position: int
    behind: int
    error: str | None
    failed_at: datetime | None
    moved_at: datetime | None
    serves: bool


class Projections(Shape):
    """Where the projections stand."""

    items: list[ProjectionRow]


class Limits(Shape):
    """How much may be asked for at a time."""

    body_bytes: int
    page_rows: int
    requests_a_minute: int
    wait_seconds: float


class ApiInfo(Shape):
    """What this API is."""

    apiName: str  # noqa: N815 - the national API profile names them so
    apiVersion: str  # noqa: N815
    apiReleased: date  # noqa: N815
    apiDocumentation: str  # noqa: N815
    apiStatus: str  # noqa: N815
    openapi: str
    issuer: str
    limits: Limits


class Health(Shape):
    """How it is."""

    status: Literal["live", "ready"]
