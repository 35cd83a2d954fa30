"""The events of the register: who and what the organisation consists of, and from which day to which.

Each is a line about one thing, which is there from that day, or whose last day that was. Names are those used at
work, stored clear; they never hold an identity number.
"""

from datetime import date, timedelta
from typing import Annotated, ClassVar, Literal

from pydantic import AfterValidator, StringConstraints

from domain.event import IDENTITY, Event, StaffName
from domain.events import EntryCorrected

Kind = Literal["organisation", "office", "team", "staff", "provider"]
Role = Literal["advisor", "case_officer", "decision_maker"]


def _no_identity_number(value: str) -> str:
    if IDENTITY.search(value):
        raise ValueError("no identity number in it: the register is stored clear")
    return value


Remark = Annotated[
    str,
    StringConstraints(min_length=1, max_length=200, strip_whitespace=True),
    AfterValidator(_no_identity_number),
]
"""A few words that are stored clear."""


class Line(Event):
    """A line of the register: about one thing, called as the field of its kind says."""

    kind: ClassVar[Kind]
    ends: ClassVar[bool] = False
    """Whether the thing is there no more from the day after."""

    @property
    def about(self) -> str:
        """Return the name of what the line is about."""
        return str(getattr(self, self.kind))

    @property
    def since(self) -> date:
        """Return the first day on which the line holds: of what ends, the day after its last."""
        return self.occurred_on + timedelta(days=1) if self.ends else self.occurred_on


class OrganisationRegistered(Line):
    """A transition organisation gives support from that day (K-1-b)."""

    topic = "register.organisation_registered"
    kind = "organisation"
    organisation: StaffName


class OrganisationEnded(Line):
    """An organisation gave support for the last time on that day (K-1-b)."""

    topic = "register.organisation_ended"
    kind, ends = "organisation", True
    organisation: StaffName


class OfficeOpened(Line):
    """An organisation has an office from that day (O-03)."""

    topic = "register.office_opened"
    kind = "office"
    office: StaffName
    organisation: StaffName


class OfficeClosed(Line):
    """An office was open for the last time on that day (O-03)."""

    topic = "register.office_closed"
    kind, ends = "office", True
    office: StaffName


class TeamFormed(Line):
    """An office has a team from that day (O-03)."""

    topic = "register.team_formed"
    kind = "team"
    team: StaffName
    office: StaffName


class TeamDissolved(Line):
    """A team worked for the last time on that day (O-03)."""

    topic = "register.team_dissolved"
    kind, ends = "team", True
    team: StaffName


class StaffPlaced(Line):
    """Somebody works at an office from that day, in these roles, until placed elsewhere or gone (O-22-2, K-2.3-a).

    Joining, moving and being given another role are all this.
    """

    topic = "register.staff_placed"
    kind = "staff"
    staff: StaffName
    roles: tuple[Role, ...]
    office: StaffName
    team: StaffName | None = None


class StaffLeft(Line):
    """Somebody worked here for the last time on that day (O-22-2, K-2.3-a)."""

    topic = "register.staff_left"
    kind, ends = "staff", True
    staff: StaffName


class ProviderRegistered(Line):
    """A service provider gives support for the organisation from that day (K-1-g)."""

    topic = "register.provider_registered"
    kind = "provider"
    provider: StaffName


class ProviderEnded(Line):
    """A provider took support on for the last time on that day; what it has begun goes on (K-1-g)."""

    topic = "register.provider_ended"
    kind, ends = "provider", True
    provider: StaffName


class LineCorrected(EntryCorrected):
    """A line of the register was wrong: it no longer stands, and `replaced_by`, if given, does (AMB-36).

    The reason is clear, since the register is about nobody's case.
    """

    topic = "register.line_corrected"
    reason: Remark


REGISTER_EVENTS: dict[str, type[Event]] = {
    event.topic: event
    for event in (
        OrganisationRegistered,
        OrganisationEnded,
        OfficeOpened,
        OfficeClosed,
        TeamFormed,
        TeamDissolved,
        StaffPlaced,
        StaffLeft,
        ProviderRegistered,
        ProviderEnded,
        LineCorrected,
    )
}
"""The closed dictionary of the register's topics."""
