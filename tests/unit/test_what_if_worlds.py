"""What if, against a world in which other rules held from the beginning, and the same was asked for."""

from typing import Any, NamedTuple
from uuid import UUID

import pytest
from hypothesis import event, given
from hypothesis import strategies as st

from domain.commands import AnnulGrant, Decide
from domain.history import Entry
from domain.policy import POLICIES
from domain.rejections import CommandRejected
from domain.values import months_before
from replays.outcomes import NOTHING, Outcome, effect, recorded
from replays.requalifying import Happened, decided_again
from replays.rules import amended, rules_of
from tests.given import NOON, Given, application, details, do, employment, work

RULES = (
    ("months_required=10",),
    ("months_required=14",),
    ("support_months=3",),
    ("support_months=24", "frame_months=18"),
    ("services.counselling_dismissed.months=[3,6,12]",),
    ("services.counselling_dismissed.months=[12]",),
    ("hours_needed.hours=30",),
    ("age_limit=45",),
)
DAYS = ("2024-06", "2024-12", "2025-03", "2025-07", "2026-01", "2026-06")
"""Months in which an application may come in, on the tenth; decided on the twentieth."""


class Asked(NamedTuple):
    """An application, a decision on it, perhaps another one, and perhaps an annulment."""

    month: str
    form: int
    worked: int
    hours: str
    on_basis_of: int | None
    again: bool
    annulled: bool


@st.composite
def lives(draw: st.DrawFn) -> list[Asked]:
    """Two or three applications of one person, in the order of their days."""
    months = draw(st.lists(st.sampled_from(DAYS), min_size=2, max_size=3, unique=True).map(sorted))
    return [
        Asked(
            month,
            draw(st.sampled_from([3, 6, 12])),
            draw(st.integers(8, 30)),
            draw(st.sampled_from(["80", "160"])),
            draw(st.sampled_from([None, *range(number)])),
            draw(st.booleans()),
            draw(st.integers(0, 4)) == 0,
        )
        for number, month in enumerate(months)
    ]


def lived(life: list[Asked]) -> list[Given]:
    """What comes of it; what is rejected, since it is granted already or was not, does not happen."""
    cases: list[Given] = []
    for number, asked in enumerate(life):
        case = Given(UUID(int=number + 1), tuple(cases))
        cases.append(case)
        worked = work(months_before(asked.month, asked.worked), asked.worked, hours=asked.hours)
        one = details(employments=(employment(starts_on="2015-01-01", ends_on="2026-12-31"),), work=worked)
        basis = None if asked.on_basis_of is None else str(UUID(int=asked.on_basis_of + 1))
        case.carry_out(application(f"{asked.month}-10", details=one, months=asked.form, on_basis_of=basis))
        commands: list[Any] = [do(Decide, f"{asked.month}-20")]
        commands += [do(Decide, f"{asked.month}-22", again=True)] * asked.again
        commands += [do(AnnulGrant, f"{asked.month}-25", reason="Fel.")] * asked.annulled
        for command in commands:
            try:
                case.carry_out(command)
            except CommandRejected as rejected:
                if rejected.code not in ("ALREADY_GRANTED", "NOT_GRANTED"):
                    raise
    return cases


def outcomes(cases: list[Given]) -> dict[tuple[UUID, str], Outcome]:
    """What each decision came to, by case and day."""
    return {
        (case.case_id, str(one.occurred_on)): recorded(one) for case in cases for one in case.case.decisions
    }


def in_order(cases: list[Given]) -> list[Happened]:
    events = [(case.case_id, entry.event) for case in cases for entry in case.entries]
    return [
        Happened(case_id, Entry(position, NOON, one)) for position, (case_id, one) in enumerate(events, 1)
    ]


@given(lives(), st.sampled_from(RULES))
def test_it_is_as_if_the_rules_had_always_held(life: list[Asked], changes: tuple[str, ...]) -> None:
    """Each decision that was made comes to what it comes to there; one that was not made there is not needed."""
    rules = rules_of(None, changes)
    policy = amended(POLICIES[0], rules.changes)
    here = lived(life)
    life = [
        asked._replace(annulled=bool(case.case.annulled)) for asked, case in zip(life, here, strict=True)
    ]  # only what was annulled here is annulled there
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr("domain.assessment.policy_of", lambda request: policy)
        there = outcomes(lived(life))
    found = {
        (UUID(change.case), change.decided_on): change for change in decided_again(in_order(here), rules)
    }
    for place, outcome in outcomes(here).items():
        change = found.get(place)
        expected = effect(outcome, there.get(place, NOTHING), policy)
        assert (change.altogether if change else None) == expected
        if change and change.follow_on:
            event(f"follows: {change.follow_on.direction}")
