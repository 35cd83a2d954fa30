"""Three clocks as users set them: each look is a process of its own that reads what others stored."""

from pathlib import Path

from tests.applications import application, line
from tests.e2e import test_cli

liggare = test_cli.liggare
"""The fixture: the command line on a ledger of its own."""

EXAMPLE = Path(__file__).parents[2] / "docs" / "own-conditions.toml"


def test_two_looks_at_a_case_are_compared(liggare: test_cli.Liggare, tmp_path: Path) -> None:
    file, own = tmp_path / "applications.jsonl", tmp_path / "own.toml"
    file.write_bytes(line(application()))
    own.write_text(EXAMPLE.read_text("utf-8").replace("value = 66\n", "value = 40\n"), "utf-8")
    liggare("import", "applications", str(file))
    case = str(liggare("decide", "--on", "2025-04-20", "--json").rows[0]["case"])
    shown = liggare("replay", case, "--against", f"rules={own}", "valid-on=2025-04-20")
    assert (shown.status, shown.err) == (0, "")
    for said in (
        "as it was on 2025-04-20",
        "by exempelfonden 2025-01-01",
        "andra villkor · rules: § 5, decision of 2025-04-20",
    ):
        assert said in shown.out
    again = liggare("replay", case, "--rules", str(own))
    assert (again.status, again.err) == (0, "")
    assert "refused: AGE_LIMIT" in again.out
    wrong = liggare("replay", case, "--against", "rules=1999-01-01")
    assert (wrong.status, wrong.out) == (2, "")
    assert wrong.err.startswith("no such version of kammarkollegiet")
    assert len(wrong.err.strip().splitlines()) == 1
