"""The fund's printed table of occupations, fed in as applications, comes out as that table (O-15)."""

import json
from pathlib import Path
from typing import Any

import pytest

from api.statistics import as_csv
from domain.occupations import OCCUPATIONS
from ledger.erasure import erase_person
from ledger.imports import import_applications
from ledger.ledger import Ledger
from projections.occupations import NAMES, Row, occupations
from tests.applications import OFFICER, TODAY, application, line, received

PRINTED = json.loads((Path(__file__).parents[1] / "data" / "occupations.json").read_text("utf-8"))["printed"]
CODES = {row.sv: code for code, row in OCCUPATIONS.items()}
FUND = {"policy": "omstallningsfonden", "service": "career_study_counselling"}


def stated(sv: str, number: int) -> dict[str, Any]:
    """What an application states of its occupation: the name, where there is a group that too, or that alone."""
    code = CODES[sv]
    groups = OCCUPATIONS[code].ssyk
    ways: list[dict[str, Any]] = [{"occupation": None, "occupation_name": code}]
    if groups:
        group = groups[number % len(groups)]
        ways += [{"occupation": group}, {"occupation": group, "occupation_name": code}]
    return ways[number % len(ways)]


def imported(ledger: Ledger, folder: Path, lines: list[dict[str, Any]]) -> None:
    """Import applications of as many fictional people, one a line."""
    file = folder / "applications.jsonl"
    file.write_bytes(b"".join(line(application(n, **row)) + b"\n" for n, row in enumerate(lines, 1)))
    done = import_applications(ledger, file, OFFICER, TODAY, lambda _: None)
    assert (done.recorded, done.repeated, done.faults) == (len(lines), 0, ())


def counts(rows: list[Row]) -> dict[str, int | str]:
    return {row.code: row.applications for row in rows}


def test_the_printed_table(ledger: Ledger, tmp_path: Path) -> None:
    """O-15: 1,193 applications with an occupation, mixed with others without: the order of the list is kept."""
    lines = [FUND | stated(sv, number) for sv, count in PRINTED for number in range(count)]
    lines = lines[::2] + [FUND | {"occupation": None}] * 17 + lines[1::2]
    imported(ledger, tmp_path, lines)
    rows = occupations(ledger)
    assert [[row.label_sv, row.applications] for row in rows[:20]] == PRINTED
    assert [row[:4] for row in rows[20:]] == [
        ("other", "Övriga yrken", "Other occupations", 0),
        ("registered", "Yrke registrerat", "Occupation registered", 1193),
        ("not_registered", "Yrke inte registrerat", "Occupation not registered", 17),
    ]
    assert (rows[0].share, rows[19].share, rows[21].share) == ("0.1618", "0.0067", "1.0000")
    assert {row.position for row in rows} == {1210}
    assert rows == occupations(ledger, exact=True) == occupations(ledger, "omstallningsfonden")


def small(ledger: Ledger, folder: Path) -> None:
    """Seven teachers, three nurses, six cooks, two of an occupation that has no name, one without any."""
    lines: list[dict[str, Any]] = [{"occupation": "2341"}] * 7
    lines += [{"occupation_name": "nurse", "occupation": None}] * 3
    lines += [{"occupation": "5120"}] * 6 + [{"occupation": "2512"}] * 2 + [{"occupation": None}]
    imported(ledger, folder, lines)


def test_small_groups_are_withheld(ledger: Ledger, tmp_path: Path) -> None:
    """O-15: nurses and the others are five together, each 1 to 4, and so need nobody beside them."""
    small(ledger, tmp_path)
    told = {"teacher": 7, "nurse": "<5", "cook": 6, "other": "<5", "registered": 18, "not_registered": "<5"}
    rows = occupations(ledger)
    assert {code: count for code, count in counts(rows).items() if count != 0} == told
    assert {row.code: row.share for row in rows if row.share and row.applications} == {
        "teacher": "0.3889",
        "cook": "0.3333",
        "registered": "1.0000",
    }
    assert all(row.share is None for row in rows if isinstance(row.applications, str))


def test_one_small_group_takes_another_with_it(ledger: Ledger, tmp_path: Path) -> None:
    """O-15: else it were the sum less the others; the one nearest the list's end goes with it."""
    lines = [{"occupation": "2341"}] * 7 + [{"occupation": "2221"}] * 3 + [{"occupation": "5120"}] * 6
    imported(ledger, tmp_path, lines)
    told = counts(occupations(ledger))
    assert {code: count for code, count in told.items() if count} == {
        "teacher": 7,
        "nurse": "<5",
        "cook": "..",
        "registered": 16,
    }


def test_the_organisation_itself_sees_every_count(ledger: Ledger, tmp_path: Path) -> None:
    """O-15: exact, with the same denominator."""
    small(ledger, tmp_path)
    rows = occupations(ledger, exact=True)
    exact = {"teacher": 7, "nurse": 3, "cook": 6, "other": 2, "registered": 18, "not_registered": 1}
    assert {code: count for code, count in counts(rows).items() if count} == exact
    assert sum(int(counts(rows)[name]) for name in NAMES) == 18
    assert next(row.share for row in rows if row.code == "nurse") == "0.1667"


def test_an_erased_persons_application_still_counts(ledger: Ledger) -> None:
    """O-15: the occupation is clear; only the position tells that something happened."""
    case_id = received(ledger, 1, occupation_name="teacher")
    before = counts(occupations(ledger, exact=True))
    erase_person(ledger, ledger.person_of(case_id).person_ref, OFFICER, TODAY)
    after = occupations(ledger, exact=True)
    assert counts(after) == before
    assert (before["teacher"], after[0].position) == (1, 2)


@pytest.mark.parametrize(
    ("policy", "service", "teachers", "cooks"),
    [
        (None, None, 5, 6),
        ("omstallningsfonden", None, 0, 6),
        ("kammarkollegiet", None, 5, 0),
        ("omstallningsfonden", "counselling", 0, 0),
        (None, "career_study_counselling", 0, 6),
    ],
)
def test_of_one_policy_or_service(
    ledger: Ledger, tmp_path: Path, policy: Any, service: str | None, teachers: int, cooks: int
) -> None:
    """O-15: the fund prints those who applied for one service."""
    imported(ledger, tmp_path, [{}] * 5 + [FUND | {"occupation": "5120"}] * 6)
    told = counts(occupations(ledger, policy, service))
    assert (told["teacher"], told["cook"], told["registered"]) == (teachers, cooks, teachers + cooks)


def test_an_empty_ledger_has_the_whole_table(ledger: Ledger) -> None:
    """O-15: every row, nothing counted, no share of nothing, position 0."""
    rows = occupations(ledger)
    assert [row.code for row in rows] == [*OCCUPATIONS, "other", "registered", "not_registered"]
    assert {(row.applications, row.share, row.position) for row in rows} == {(0, None, 0)}


def test_csv(ledger: Ledger, tmp_path: Path) -> None:
    """O-15: to the byte: UTF-8, a header row, a line feed after each row, nothing where there is no share."""
    small(ledger, tmp_path)
    lines = as_csv(occupations(ledger)).split(b"\n")
    assert lines[0] == b"code,label_sv,label_en,applications,share,position"
    assert lines[1] == "teacher,Lärare,Teacher,7,0.3889,19".encode()
    assert lines[2] == "preschool_teacher,Förskollärare,Preschool teacher,0,0.0000,19".encode()
    assert lines[8] == "nurse,Sjuksköterska,Nurse,<5,,19".encode()
    assert lines[21:] == [
        "other,Övriga yrken,Other occupations,<5,,19".encode(),
        b"registered,Yrke registrerat,Occupation registered,18,1.0000,19",
        b"not_registered,Yrke inte registrerat,Occupation not registered,<5,,19",
        b"",
    ]
