"""Protected identities as users meet them: opened by the named alone, and attempts are on record."""

import json
from pathlib import Path

import pytest

from tests.applications import application, line
from tests.e2e import test_cli
from tests.e2e.test_cli import Liggare

liggare = test_cli.liggare
"""The fixture: the command line on a ledger of its own."""

OFFICER = ("--actor", "case_officer:test")
PURPOSE = ("--purpose", "möte 3 juni")
NAMED = ("--actor", "advisor:bo", *PURPOSE)
NO_PURPOSE = ("--actor", "advisor:bo")
NOT_NAMED = ("--actor", "advisor:anna", *PURPOSE)
NO_STAFF = ("--actor", "employer:bo", *PURPOSE)
CIRCLE = {"kind": "confidentiality_marking", "readers": ["bo", "cia"], "occurred_on": "2025-06-02"}
SECRETS = ("Testa", "testa@example.se", "559999-9017", "160")
"""Who it is, how they are reached, where they worked and how much."""


@pytest.fixture
def cases(liggare: Liggare, tmp_path: Path) -> list[str]:
    """Two cases of one person, decided, whose identity is protected in the first."""
    file = tmp_path / "applications.jsonl"
    file.write_bytes(b"\n".join(line(application(reference=name)) for name in ("A", "B")))
    liggare("import", "applications", str(file))
    both = [str(row["case"]) for row in liggare("decide", "--on", "2025-04-20", "--json").rows]
    done = liggare("do", "protect_identity", both[0], *OFFICER, "--json", json.dumps(CIRCLE))
    assert (done.status, done.err) == (0, "")
    return both


def test_only_the_named_open_it_and_say_what_for(liggare: Liggare, cases: list[str], tmp_path: Path) -> None:
    """In whichever of the person's cases; and what is clear of it alone is no secret."""
    file, case = tmp_path / "case.bundle", cases[1]
    commands = (("replay", case), ("bundle", case, "-o", str(file)), ("requalification", case))
    for command, who in zip(commands, (NO_PURPOSE, NOT_NAMED, NO_STAFF), strict=True):
        refused = liggare(*command, *who)
        assert (refused.status, refused.out) == (2, ""), command
        assert refused.err == "the identity is protected: only those named may open it, with --purpose\n"
    assert not file.exists()
    assert "EligibilityAssessed" in liggare("replay", case, *NAMED).out
    assert liggare("projections", "run", "--once").status == 0
    assert liggare("requalification", case, *NAMED).status == 0
    assert liggare("requalification", case, "--no-sealed", *NOT_NAMED).status == 0


def test_a_case_shows_that_it_is_protected_and_not_whose_it_is(liggare: Liggare, cases: list[str]) -> None:
    """Everybody sees where it stands, and who may open it; also where that was told in the person's other case."""
    for who in (NO_PURPOSE, NOT_NAMED):
        shown = liggare("case", cases[1], *who)
        assert (shown.status, shown.err) == (0, "")
        assert "bo, cia" in shown.out
        row, *more = liggare("case", cases[1], *who, "--json").rows
        assert (row["person"], row["review"], row["fund"], more) == ({"name": "skyddad"}, [], None, [])
        for text in (shown.out, json.dumps(row)):
            assert [secret for secret in SECRETS if secret in text] == []
            assert "confidentiality_marking" in text
    shown = liggare("case", cases[1], *NAMED)
    for told in ("Testa Påhittsson 1", "confidentiality_marking", "ApplicationReceived"):
        assert told in shown.out


def test_attempts_are_on_record_and_what_was_read(liggare: Liggare, cases: list[str], tmp_path: Path) -> None:
    """Each by whom, for what command and what for; a bundle tells them to an auditor."""
    case, file = cases[0], tmp_path / "case.bundle"
    liggare("case", case, "--actor", "advisor:anna")
    liggare("replay", case, "--actor", "advisor:anna", "--purpose", "nyfiken")
    assert liggare("bundle", case, "-o", str(file), *NAMED).status == 0
    key = liggare("public-key").out
    rows = liggare("verify-bundle", str(file), "--key", key, "--json").rows
    assert [
        (row["reading"]["actor"], row["reading"]["command"], row["reading"]["purpose"])  # type: ignore[index]
        for row in rows
        if "reading" in row
    ] == [
        ("advisor:anna", "case", None),
        ("advisor:anna", "replay", "nyfiken"),
        ("advisor:bo", "bundle", "möte 3 juni"),
    ]


def test_deciding_shows_the_outcome_alone_until_the_protection_is_lifted(
    liggare: Liggare, cases: list[str]
) -> None:
    """The findings tell where somebody worked, and deciding is no reading; lifted, anybody reads it again."""
    decider = ("--actor", "decision_maker:test")
    content = json.dumps({"occurred_on": "2025-06-03", "reason": "Fel."})
    assert liggare("do", "annul_grant", cases[0], *decider, "--json", content).status == 0
    decided = liggare("decide", cases[0], "--on", "2025-06-04", "--again", *decider)
    assert (decided.status, len(decided.out.splitlines())) == (0, 1)
    lifted = json.dumps({"occurred_on": "2025-06-05"})
    assert liggare("do", "lift_protection", cases[0], *OFFICER, "--json", lifted).status == 0
    shown = liggare("case", cases[1])
    assert "Testa Påhittsson 1" in shown.out
    assert "confidentiality_marking" not in shown.out
    again = liggare("do", "lift_protection", cases[0], *OFFICER, "--json", lifted)
    assert (again.status, again.out) == (2, "")
    assert again.err.startswith("NOT_PROTECTED (AMB-37): No protection of the identity stands in this case.")
