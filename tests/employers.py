"""Employers' cases for tests: commands that are allowed as they stand, and lines of costs."""

from itertools import count
from typing import Any
from uuid import UUID

from domain.employer_commands import EMPLOYER_COMMANDS, EmployerCommand

CLERK = "case_officer:test"
DECIDER = "decision_maker:test"
MUNICIPALITY = {
    "employer": "Påhittade kommun",
    "organisation_number": "559999-1329",
    "kind": "municipality",
}
MET: dict[str, Any] = {"strengthens_supply": True, "secures_employment": True, "beyond_ordinary": True}

_numbers = count(5_000_000)


def asked(name: str, on: str, actor: str | None = None, **content: Any) -> Any:
    """A command on an employer's case; each has an id of its own, and decisions are a decision maker's."""
    own = UUID(int=next(_numbers))
    actor = actor or (DECIDER if name == "decide_funding" else CLERK)
    shared = {"command_id": own, "correlation_id": own, "actor": actor, "occurred_on": on}
    return EMPLOYER_COMMANDS[name].model_validate(shared | content, strict=False)


def opening(area: str = "preventive_measures", on: str = "2025-02-03", **changes: Any) -> EmployerCommand:
    """A municipality's case is opened."""
    command: EmployerCommand = asked("open_employer_case", on, **MUNICIPALITY | {"area": area} | changes)
    return command


def cost(kind: str, amount_ore: int = 100_000, description: str = "Kurs i ledarskap.") -> dict[str, Any]:
    """A line of an application for funds."""
    return {"kind": kind, "amount_ore": amount_ore, "description": description}


def application(*kinds: str, on: str = "2025-02-10", **changes: Any) -> Any:
    """An application for funds with a line of each kind; the first costs 1 000 kr and an ore, and so on."""
    lines = [cost(kind, number * 100_000 + 1) for number, kind in enumerate(kinds, 1)]
    return asked("apply_preventive_funding", on, **MET | {"lines": lines} | changes)


def approval(line: int, by: str = "test", reason: str = "Ligger nära det som räknas upp.") -> dict[str, Any]:
    """A decision maker approves a line."""
    return {"line": line, "by": by, "reason": reason}
