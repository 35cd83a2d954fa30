"""An employer's case as users run it: opened, funds applied for and decided, shown and replayed."""

import json

from tests.applications import line as in_json
from tests.e2e import test_cli
from tests.employers import MET, MUNICIPALITY, cost

liggare = test_cli.liggare
"""The fixture: the command line on a ledger of its own."""


def test_an_employer_gets_what_funds_pay_and_nothing_of_the_wages(liggare: test_cli.Liggare) -> None:
    """By processes of their own: each reads what the one before stored (O-08 to O-10)."""

    def did(name: str, *words: str, **content: object) -> dict[str, object]:
        done = liggare("do", name, *words, "--json", in_json(content).decode())
        assert done.status == 0, done.err
        return done.rows[0]

    opening = MUNICIPALITY | {"area": "preventive_measures", "occurred_on": "2025-02-03"}
    case = str(did("open_employer_case", **opening)["case"])
    lines = [cost("education", 500_000), cost("wages", 900_000)]
    did("apply_preventive_funding", case[:12], **MET, lines=lines, occurred_on="2025-02-10")
    did("decide_funding", case, occurred_on="2025-03-01")
    shown = liggare("case", case)
    assert shown.status == 0
    assert "5 000,00 kr of 14 000,00 kr" in shown.out
    assert "COST_TYPE" not in shown.out
    assert "O-10-a" in shown.out
    steps = liggare("replay", case, "--json").rows
    assert [row["event"] for row in steps] == [
        "EmployerCaseOpened",
        "PreventiveFundingApplied",
        "FundingDecided",
    ]
    approving = json.dumps({"approvals": [{"line": 2, "by": "beslutare", "reason": "Ändå."}]})
    tried = liggare("do", "decide_funding", case, "--json", approving)
    assert (tried.status, tried.out) == (2, "")
    assert tried.err.startswith("COST_TYPE_NOT_FUNDED (O-10-a)")
