"""Fictional employers' cases, one in each field: modules out of the advised order, and funds line by line."""

from collections.abc import Iterator
from datetime import date
from typing import Any
from uuid import UUID, uuid5

from domain.register import REGISTER
from ledger.synthetic.organisation import CLERK, DECIDES, DECISION_MAKERS

STRATEGIC = uuid5(REGISTER, "employer:strategic")
PREVENTIVE = uuid5(REGISTER, "employer:preventive")
COSTS = (
    ("education", 18_500_000, "Utbildning i digitala verktyg, tolv deltagare."),
    ("education_extras", 1_249_050, "Kurslitteratur och resor."),
    ("mentoring", 4_200_000, "Handledning i grupp."),
    ("other_competence_raising", 900_000, "Praktik hos en annan kommun."),
    ("wages", 22_000_000, "Deltagarnas lön under kursdagarna."),
    ("work_environment_project", 3_000_000, "Översyn av arbetsplatsen."),
    ("health_promotion", 750_000, "Friskvårdsdag."),
    ("competence_mapping", 2_500_000, "Kartläggning av behoven i nämnden."),
    ("other", 600_000, "Studiebesök hos ett företag."),
)
"""What is applied for: kind, amount in ore, and what it is."""

Told = tuple[UUID, str, str, date, dict[str, Any]]
"""A case, a command, who, when, and what it says."""


def employer_lines() -> list[dict[str, Any]]:
    """Return the employers' cases as lines of commands; the same each time, so sent again harmless."""
    return [
        {"case": str(case), "command": command, "actor": actor, "id": str(_own(number))}
        | {"occurred_on": on.isoformat()}
        | content
        for number, (case, command, actor, on, content) in enumerate((*_strategic(), *_preventive()))
    ]


def _own(number: int) -> UUID:
    """Return the id of a line's command."""
    return uuid5(REGISTER, f"employers:{number}")


def _strategic() -> Iterator[Told]:
    """Yield a municipality's modules: planning began before the analysis was done, and one day was wrong."""

    def told(command: str, month: int, day: int, **content: Any) -> Told:
        return STRATEGIC, command, CLERK, date(2024, month, day), content

    yield told(
        "open_employer_case",
        2,
        5,
        employer="Sagostads kommun",
        organisation_number="559999-1329",
        kind="municipality",
        area="strategic_competence_supply",
    )
    yield told("start_module", 2, 12, module=1)
    yield told("start_module", 3, 4, module=2)
    yield told("complete_module", 3, 25, module=1)
    yield told("complete_module", 4, 29, module=2)
    yield told("start_module", 5, 13, module=3)
    yield told("complete_module", 9, 30, module=3)
    yield told("start_module", 10, 1, module=4)
    wrong = uuid5(_own(7), "0")
    right = {"command": "start_module", "module": 4, "occurred_on": "2024-10-07"}
    reason = "Utvärderingen började en vecka senare."
    yield told("correct_employer_entry", 10, 8, corrects=str(wrong), reason=reason, replacement=right)
    yield told("complete_module", 11, 29, module=4)
    yield told("close_employer_case", 11, 29)


def _preventive() -> Iterator[Told]:
    """Yield a company's application for funds: what is paid, what never is, and one line by approval."""
    lines = [{"kind": kind, "amount_ore": amount, "description": what} for kind, amount, what in COSTS]
    yield (
        PREVENTIVE,
        "open_employer_case",
        CLERK,
        date(2024, 3, 11),
        {
            "employer": "Exempelbolaget AB",
            "organisation_number": "559999-1337",
            "kind": "municipal_company",
            "area": "preventive_measures",
            "affiliated_from": "2022-10-01",
        },
    )
    yield (
        PREVENTIVE,
        "apply_preventive_funding",
        CLERK,
        date(2024, 3, 18),
        {
            "strengthens_supply": True,
            "secures_employment": True,
            "beyond_ordinary": True,
            "purposes": ["rehabilitation", "remain_employed"],
            "lines": lines,
        },
    )
    yield PREVENTIVE, "decide_funding", DECIDES, date(2024, 4, 2), {}
    approval = {"line": len(COSTS), "by": DECISION_MAKERS[1], "reason": "Visar hur andra har ställt om."}
    yield PREVENTIVE, "decide_funding", DECIDES, date(2024, 4, 15), {"approvals": [approval]}
