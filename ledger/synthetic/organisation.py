"""The fictional organisation: its offices and teams, who works where and when, and its service providers."""

from collections.abc import Iterator
from datetime import date
from typing import Any
from uuid import uuid5

from domain.register import REGISTER

FOUNDED = date(2022, 10, 1)
ORGANISATION = "Exempelomstallning"
OFFICES = {"Exempelkoping": "norra", "Sagostad": "sodra"}
"""The offices, each with its team."""

ADVISORS = ("ada.exempel", "bertil.fiktiv", "cleo.sagolik", "dag.tankt", "elsa.pahitt", "folke.prov")
DECISION_MAKERS = ("mio.prov", "nora.testberg")
CASE_OFFICER = "kim.prov"
CLERK = f"case_officer:{CASE_OFFICER}"

DECIDES = f"decision_maker:{DECISION_MAKERS[0]}"
MOVED = ("cleo.sagolik", date(2024, 9, 1), "Sagostad")
"""An advisor who moved to the other office."""
LEFT = ("folke.prov", date(2024, 11, 30))
"""An advisor who left, and the last day; whose cases that were under way another took over."""
SUCCESSOR = "ada.exempel"

PROVIDERS = ("Sagokraft", "Nystart.Exempel", "Egen.regi")
PROVIDER_ENDED = ("Nystart.Exempel", date(2025, 1, 31))


def present(advisor: str, on: date) -> str:
    """Return the advisor, or the successor of one who has left by a day."""
    return SUCCESSOR if advisor == LEFT[0] and on > LEFT[1] else advisor


def taking_on(provider: str, on: date) -> str:
    """Return the provider, or the first of the others where it takes no support on any more."""
    return PROVIDERS[0] if provider == PROVIDER_ENDED[0] and on > PROVIDER_ENDED[1] else provider


def register_lines() -> list[dict[str, Any]]:
    """Return the organisation's register as lines of commands; the same each time, so sent again harmless."""
    return [
        {"command": command, "actor": CLERK, "id": str(uuid5(REGISTER, f"{command}:{number}"))}
        | {"occurred_on": on.isoformat()}
        | content
        for number, (command, on, content) in enumerate(_told())
    ]


def branch_lines(branch: int) -> list[dict[str, Any]]:
    """Return the lines that give the organisation a branch's own advisors, who come and go as the first one's."""
    return [
        line
        | {"staff": of_branch(line["staff"], branch), "id": str(uuid5(REGISTER, f"{line['id']}:{branch}"))}
        for line in register_lines()
        if line.get("staff") in ADVISORS
    ]


def of_branch(advisor: str, branch: int) -> str:
    """Return the name of a branch's advisor, who does what one of the first branch does."""
    return f"{advisor}.{branch}" if branch else advisor


def _told() -> Iterator[tuple[str, date, dict[str, Any]]]:
    """Yield the commands: what the organisation began with, then who moved, left and ended."""
    yield "register_organisation", FOUNDED, {"organisation": ORGANISATION}
    for office, team in OFFICES.items():
        yield "open_office", FOUNDED, {"office": office, "organisation": ORGANISATION}
        yield "form_team", FOUNDED, {"team": team, "office": office}
    offices = tuple(OFFICES)
    for number, advisor in enumerate(ADVISORS):
        yield "place_staff", FOUNDED, _place(advisor, "advisor", offices[number % 2])
    for decision_maker in DECISION_MAKERS:
        yield "place_staff", FOUNDED, _place(decision_maker, "decision_maker", offices[0])
    yield "place_staff", FOUNDED, _place(CASE_OFFICER, "case_officer", offices[0])
    for provider in PROVIDERS:
        yield "register_provider", FOUNDED, {"provider": provider}
    moved, moved_on, office = MOVED
    yield "place_staff", moved_on, _place(moved, "advisor", office)
    yield "let_leave", LEFT[1], {"staff": LEFT[0]}
    yield "end_provider", PROVIDER_ENDED[1], {"provider": PROVIDER_ENDED[0]}


def _place(staff: str, role: str, office: str) -> dict[str, Any]:
    return {"staff": staff, "roles": [role], "office": office, "team": OFFICES[office]}
