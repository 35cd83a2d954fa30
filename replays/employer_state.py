"""An employer's case as plain values: its board of modules, its funds line by line, and what may be done."""

from typing import Any, get_args

from domain.employer import EmployerCase
from domain.employer_events import LineDecision, PreventiveFundingApplied
from domain.employer_funding import said_of
from domain.employer_openings import employer_openings
from domain.employer_terms import COSTS, MODULES, PURPOSES, Module
from domain.grounds import Known
from replays.state import opening_values


def employer_state(case: EmployerCase) -> dict[str, Any]:
    """Return what an employer's case comes to; everything in it is clear."""
    opened = case.opened
    return {
        "stage": case.stage,
        "area": opened.area if opened else None,
        "employer": opened.employer if opened else None,
        "organisation_number": opened.organisation_number if opened else None,
        "kind": opened.kind if opened else None,
        "opened_on": opened.occurred_on.isoformat() if opened else None,
        "closed_on": case.closed.occurred_on.isoformat() if case.closed else None,
        "modules_completed": sum(taken.completed_on is not None for taken in case.modules.values()),
        "deviations": sum(bool(taken.ahead_of) for taken in case.modules.values()),
        "applications": len(case.applications),
        "lines_undecided": sum(len(case.undecided(application)) for application in case.applications),
        "funded_ore": case.funded_ore,
    }


def module_board(case: EmployerCase) -> list[dict[str, Any]]:
    """Return the four modules in the advised order, how far each has come, and where that deviates (O-06, O-07)."""
    if case.opened is None or case.opened.area != "strategic_competence_supply":
        return []
    return [_module(module, case) for module in get_args(Module)]


def _module(module: Module, case: EmployerCase) -> dict[str, Any]:
    """Return one module of the board; a deviation is told in words too."""
    words, taken = MODULES[module], case.modules.get(module)
    ahead = ", ".join(map(str, taken.ahead_of)) if taken else ""
    status = "not_started"
    if taken is not None:
        status = "completed" if taken.completed_on else "started"
    return {
        "module": module,
        "name_sv": words.sv,
        "name_en": words.en,
        "clause": words.clause,
        "status": status,
        "started_on": taken.started_on.isoformat() if taken else None,
        "completed_on": taken.completed_on.isoformat() if taken and taken.completed_on else None,
        "ahead_of": list(taken.ahead_of) if taken else [],
        "sv": f"Började innan modul {ahead} var genomgången." if ahead else None,
        "en": f"Began before module {ahead} was gone through." if ahead else None,
    }


def funding(case: EmployerCase) -> list[dict[str, Any]]:
    """Return the applications for funds, each with what became of its lines and why (O-08 to -11)."""
    return [_application(application, case) for application in case.applications]


def _application(application: PreventiveFundingApplied, case: EmployerCase) -> dict[str, Any]:
    decided = case.decided(application.event_id)
    return {
        "application": str(application.event_id),
        "applied_on": application.occurred_on.isoformat(),
        "purposes": [
            {"purpose": purpose, "clause": PURPOSES[purpose].clause, **_in_words(purpose)}
            for purpose in application.purposes
        ],
        "sought_ore": sum(line.amount_ore for line in application.lines),
        "funded_ore": sum(
            line.amount_ore
            for number, line in enumerate(application.lines, 1)
            if number in decided and decided[number].result == "funded"
        ),
        "lines": [
            _line(number, application, decided.get(number)) for number in range(1, len(application.lines) + 1)
        ],
    }


def _in_words(purpose: Any) -> dict[str, str]:
    return {"sv": PURPOSES[purpose].sv, "en": PURPOSES[purpose].en}


def _line(number: int, application: PreventiveFundingApplied, made: LineDecision | None) -> dict[str, Any]:
    """Return a line and what became of it, None in the place of what is not decided."""
    line = application.lines[number - 1]
    said = said_of(line, made) if made else None
    return {
        "number": number,
        "kind": line.kind,
        "amount_ore": line.amount_ore,
        "description": line.description,
        "result": made.result if made else "undecided",
        "code": made.code if made else None,
        "approved_by": made.approved_by if made else None,
        "clause": said.clause if said else COSTS[line.kind].clause,
        "sv": said.sv if said else None,
        "en": said.en if said else None,
    }


def employer_commands(case: EmployerCase, known: Known) -> list[dict[str, Any]]:
    """Return which commands are open in an employer's case now, and why each other one is not."""
    return [opening_values(row) for row in employer_openings(case, known)]
