"""What the routes of statistics, employers and the register answer, as the contract describes it."""

from datetime import date
from typing import Literal
from uuid import UUID

from pydantic import ConfigDict

from api.http.shapes import Entry, Page, Shape

Told = int | str
"""A count; `<5` or `..` where it is about so few people that it is withheld."""


class Table(Shape):
    """A table of statistics, counted at a position of the log."""

    position: int


class OutcomeRow(Shape):
    """Supports of a service that began in a year and of which one thing came; `all` is the last row."""

    service: str | None
    year: int | None
    code: str
    label_sv: str
    label_en: str
    supports: Told


class OutcomeStatistics(Table):
    """Supports by service, the year they began, and what came of them."""

    items: list[OutcomeRow]


class DecisionRow(Shape):
    """Decisions of a kind, or refusals with a code by a clause; `all` is granted and refused together."""

    code: str
    clause: str | None
    label_sv: str
    label_en: str
    decisions: Told


class DecisionStatistics(Table):
    """Decisions by what was decided, and refusals by code and clause."""

    items: list[DecisionRow]


class OccupationRow(Shape):
    """Applications of an occupation, and their share of those with an occupation registered."""

    code: str
    label_sv: str
    label_en: str
    applications: Told
    share: str | None


class OccupationStatistics(Table):
    """Applications by occupation."""

    items: list[OccupationRow]


class ModuleRow(Shape):
    """How many employers began a module, completed it, or took it out of the advised order."""

    module: int
    employers: int
    completed: int
    out_of_order: int


class FundingRow(Shape):
    """What employers applied for, by the kind of cost and what became of it; amounts in whole öre."""

    kind: str
    clause: str | None
    result: str
    lines: int
    amount_ore: int


class NotificationRow(Shape):
    """How many employees were notified for extended measures in a year."""

    year: int
    notifications: int


class StepRow(Shape):
    """How many procedures have done one of the five steps."""

    step: int
    clause: str
    procedures: int
    done: int
    out_of_order: int


class Employers(Shape):
    """What employers do, counted at a position of the log."""

    position: int
    modules: list[ModuleRow]
    funding: list[FundingRow]
    notifications: list[NotificationRow]
    steps: list[StepRow]


class RegisterLine(Shape):
    """What holds of an organisation, an office, a team, staff or a provider; each kind has more keys."""

    model_config = ConfigDict(frozen=True, extra="allow")

    kind: Literal["organisation", "office", "team", "staff", "provider"]
    name: str
    since: date
    line: UUID


class RegisterLines(Page):
    """The register on a day; `version` is how many entries it has, as its ETag says."""

    on: date
    version: int
    items: list[RegisterLine]


class RegisterHistory(Page):
    """The register's entries in the order of the log."""

    version: int
    items: list[Entry]
