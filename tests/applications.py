"""Applications for tests: one that is granted as it stands, and changes to it."""

import json
from datetime import date
from typing import Any
from uuid import UUID, uuid4

from domain.commands import COMMANDS
from ledger.applications import application_command, parse_application
from ledger.identity_numbers import check_digit
from ledger.ledger import Ledger

TODAY = date(2026, 11, 21)
ADVISOR = "advisor:anna.berg"
OFFICER = "case_officer:test"
AUTOMATIC = "system:test"


def identity_number(serial: int) -> str:
    """A synthetic identity number of somebody born in 1980, by a serial number."""
    nine = f"80{1 + serial // 28 % 12:02d}{1 + serial % 28:02d}{100 + serial // 336:03d}"
    return f"19{nine}{check_digit(nine)}"


def work(first: str, count: int, hours: str = "160", employment: str = "e1") -> list[dict[str, Any]]:
    """Months of work in a row, from the first."""
    year, month = int(first[:4]), int(first[5:]) - 1
    return [
        {
            "employment": employment,
            "month": f"{year + (month + index) // 12}-{(month + index) % 12 + 1:02d}",
            "hours": hours,
            "income": None,
        }
        for index in range(count)
    ]


def employment(**changes: Any) -> dict[str, Any]:
    """An employment that ended through redundancy on the employer's initiative."""
    return {
        "id": "e1",
        "employer": "559999-9017",
        "sector": "other",
        "country": "SE",
        "form": "permanent",
        "starts_on": "2020-01-01",
        "ends_on": "2025-05-31",
        "end_reason": "redundancy",
        "end_initiative": "employer",
        "managing_director": False,
        "shares": None,
        "sole_trader_relation": None,
    } | changes


def application(serial: int = 1, **changes: Any) -> dict[str, Any]:
    """An application that is granted as it stands, if decided soon after 10 April 2025."""
    return {
        "reference": f"REF-{serial}",
        "person": {
            "identity_number": identity_number(serial),
            "name": f"Testa Påhittsson {serial}",
            "email": "testa@example.se",
            "phone": None,
        },
        "region": "01",
        "occupation": "2341",
        "policy": "kammarkollegiet",
        "service": "counselling_dismissed",
        "months": 12,
        "received_on": "2025-04-10",
        "employments": [employment()],
        "work": work("2023-04", 24),
        "benefits": [],
    } | changes


def line(values: dict[str, Any]) -> bytes:
    """An application as a line of a file."""
    return json.dumps(values, ensure_ascii=False).encode()


def received(ledger: Ledger, serial: int = 1, **changes: Any) -> UUID:
    """Register an application in a ledger and return its case."""
    parsed, person = parse_application(line(application(serial, **changes)), TODAY)
    case_id, command = application_command(parsed, person, ledger.keys, OFFICER, uuid4())
    ledger.execute(case_id, command, TODAY)
    return case_id


def command(name: str, on: str, actor: str | None = None, **content: Any) -> Any:
    """A command of a kind, on a day; decisions are made automatically where nobody is named."""
    own = uuid4()
    actor = actor or (AUTOMATIC if name in ("decide", "annul_grant") else OFFICER)
    shared = {"command_id": own, "correlation_id": own, "actor": actor, "occurred_on": on}
    return COMMANDS[name].model_validate(shared | content, strict=False)
