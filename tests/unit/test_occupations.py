"""Occupations: the fund's own names and their SSYK groups (O-15)."""

import json
from pathlib import Path
from typing import get_args

import pytest

from domain.occupations import OCCUPATIONS, OccupationName, contradicts, counted_as, occupation_of

PRINTED = json.loads((Path(__file__).parents[1] / "data" / "occupations.json").read_text("utf-8"))["printed"]


def test_the_names_are_the_printed_ones_in_the_printed_order() -> None:
    """O-15: twenty of them; the counts, of which the source prints no sum, sum to 1,193."""
    assert [row.sv for row in OCCUPATIONS.values()] == [name for name, _ in PRINTED]
    assert len(OCCUPATIONS) == 20
    assert sum(count for _, count in PRINTED) == 1193
    assert tuple(OCCUPATIONS) == get_args(OccupationName)


def test_a_group_belongs_to_one_name() -> None:
    """O-15: every group is four digits, none stands under two names, and each leads to its name."""
    groups = [(group, name) for name, row in OCCUPATIONS.items() for group in row.ssyk]
    assert len({group for group, _ in groups}) == len(groups)
    assert all(len(group) == 4 and group.isdecimal() for group, _ in groups)
    assert all(occupation_of(group) == name for group, name in groups)


@pytest.mark.parametrize(
    ("group", "name"),
    [
        ("2341", "teacher"),
        ("2343", "preschool_teacher"),
        ("5323", "assistant_nurse"),
        ("1412", "management"),
        ("1111", None),  # politicians
        ("2222", None),  # midwives
        ("2351", None),  # special teachers and special educators
        ("2512", None),
        ("3411", None),  # treatment assistants and support pedagogues alike
        ("5342", None),
        ("9111", "cleaner"),
        (None, None),
    ],
)
def test_what_a_group_is_called(group: str | None, name: str | None) -> None:
    """O-15: only where it is certain."""
    assert occupation_of(group) == name


def test_a_group_contradicts_another_name_and_no_other() -> None:
    """O-15: a group that belongs to no name contradicts none, since the list has only what is certain."""
    assert contradicts("2341", "preschool_teacher")
    assert not contradicts("2341", "teacher")
    assert not contradicts("3411", "support_pedagogue")
    assert not contradicts("3411", "treatment_assistant")
    assert not contradicts("2512", "teacher")
    assert not contradicts(None, "teacher")
    assert not contradicts("2341", None)


def test_what_an_application_is_counted_as() -> None:
    """O-15: its own name first, then its group's; another group is among the others, none is not registered."""
    assert counted_as(None, "cook") == "cook"
    assert counted_as("3411", "support_pedagogue") == "support_pedagogue"
    assert counted_as("5120", None) == "cook"
    assert counted_as("2512", None) == "other"
    assert counted_as(None, None) is None
