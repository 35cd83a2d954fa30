"""The catalogue of clauses: each is carried by what it asks for, and docs/coverage.md says by what."""

from pathlib import Path

import pytest

from domain.clauses import CLAUSES, part_of
from tests.clauses import CODES, DOCUMENT, HOUSE, TESTS, carried, document, lacks, met, named_in

MADE_UP = {"K-5.3-a"}
"""Ids that a test makes up, to see that a change is noticed."""

ROOMS = ("domain", "ledger", "projections", "replays", "api", "docs", "tests")


def test_the_document_is_what_the_code_says() -> None:
    """Out of date? `make clauses` writes it anew."""
    assert DOCUMENT.read_text("utf-8") == document(), "run make clauses"


def test_every_clause_has_what_it_asks_for() -> None:
    """An invariant of either source a rule and a test, an event an event or a command."""
    assert {name: lacks(name, by) for name, by in carried().items() if lacks(name, by)} == {}


def test_every_code_has_a_test_that_meets_it() -> None:
    """Rejections and refusals, whatever their clause."""
    assert [code for code, places in met().items() if not places] == []
    assert set().union(*CODES.values()) <= set(CLAUSES)


def _mentions() -> dict[str, set[str]]:
    """Return the ids that each file mentions anywhere, comments too; this file and its generator try wrong ones."""
    paths = {path for room in ROOMS for path in (HOUSE / room).rglob("*")}
    paths -= {Path(__file__), TESTS / "clauses.py"}
    return {
        path.relative_to(HOUSE).as_posix(): named_in(path.read_text("utf-8"))
        for path in sorted(paths)
        if path.suffix in {".py", ".toml", ".md", ".sql"}
    }


def test_every_clause_that_is_named_is_in_the_catalogue() -> None:
    """A slip of the pen is found wherever it stands: in code, data, comments, tests and documents."""
    unknown = {path: ids - CLAUSES.keys() - MADE_UP for path, ids in _mentions().items()}
    assert {path: ids for path, ids in unknown.items() if ids} == {}


def test_the_catalogue_has_titles_in_two_languages_and_no_gaps() -> None:
    """Each title is its own, of one line; the sources' last ids are there."""
    for name, clause in CLAUSES.items():
        assert named_in(name) == {name}
        assert clause.sv != clause.en, name
        assert clause.section, name
    assert {f"AMB-{number:02}" for number in range(1, 37)} < set(CLAUSES)
    assert {"K-1-h", "K-2.5-d", "K-3.4-b", "K-4.5-e", "K-5.5-b", "O-28"} < set(CLAUSES)


@pytest.mark.parametrize(
    ("text", "ids"),
    [
        ("as agreed (K-2.1-g to -i, K-4.1-f, -g).", "K-2.1-g K-2.1-h K-2.1-i K-4.1-f K-4.1-g"),
        ("K-5.1-4a, -4b and -4c; AMB-13", "K-5.1-4a K-5.1-4b K-5.1-4c AMB-13"),
        ("K-2.4-b1 to -b3, K-5.2-1, -2, -10.", "K-2.4-b1 K-2.4-b2 K-2.4-b3 K-5.2-1 K-5.2-2 K-5.2-10"),
        ("O-22-2, -3 and 2022:850-transitional, K-5", "O-22-2 O-22-3 2022:850-transitional K-5"),
        ("K-5.3-A, AMB-1, ISO-8859-1, -2", "K-5.3-A AMB-1"),
    ],
)
def test_ids_are_read_as_they_are_written(text: str, ids: str) -> None:
    """What follows an id shortly is an id too; what is no id of ours is none, and a wrong one is seen."""
    assert named_in(text) == set(ids.split())


def test_what_the_act_gives_is_told_from_what_the_agreement_gives() -> None:
    """O-04: Kammarkollegiet's text is statutory; of the fund's, study support and measures are by agreement."""
    told = {
        "K-2.5-a": "statutory",
        "2022:850-26": "statutory",
        "O-24-b": "statutory",
        "O-19": "collective",
        "O-25-b": "collective",
        "O-03": None,
        "AMB-34": None,
    }
    assert {name: part_of(name) for name in told} == told
