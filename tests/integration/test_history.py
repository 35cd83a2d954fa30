"""What a case looked like at every past position is what was shown then, for ever."""

from datetime import date, timedelta
from random import Random
from typing import Any

import pytest

from domain.events import EntryCorrected
from domain.history import fold
from domain.rejections import CommandRejected
from ledger.ledger import Ledger
from ledger.opening import open_ledger
from ledger.settings import Settings
from replays.replay import replay
from tests.applications import ADVISOR, OFFICER, TODAY, command, received

FIRST = date(2025, 4, 20)

PLAIN: list[tuple[str, str, dict[str, Any]]] = [
    ("judge_need", ADVISOR, {"special_need": True}),
    ("start_engagement", OFFICER, {}),
    ("hold_meeting", OFFICER, {"mode": "digital"}),
    ("hold_meeting", OFFICER, {"mode": "physical"}),
    ("pause", OFFICER, {"reason": "parental_leave"}),
    ("resume", OFFICER, {}),
    ("reach_outcome", OFFICER, {"outcome": "business"}),
]


def anything(ledger: Ledger, case_id: Any, random: Random) -> Any:
    """Some command on some day, a third of them corrections of some earlier entry, corrections among them."""
    day = str(FIRST + timedelta(random.randrange(300)))
    if random.random() < 0.35:
        entry = random.choice(ledger.history(case_id))
        content: dict[str, Any] = {"corrects": entry.event.event_id, "reason": "fel"}
        if random.random() < 0.5:
            name, by, inner = random.choice(PLAIN)
            content["replacement"] = command(name, day, by, **inner)
        return command("correct_entry", str(TODAY), **content)
    name, by, inner = random.choice(PLAIN)
    return command(name, day, by, **inner)


@pytest.mark.parametrize("seed", range(8))
def test_the_past_looks_as_it_looked(settings: Settings, seed: int) -> None:
    """After every command the case is noted; afterwards a fold of what was known at that instant, by a ledger
    that remembers nothing, is the same. Vacuous if nothing went in: hence the counts.
    """
    random = Random(seed)
    shown = []
    with open_ledger(settings) as ledger:
        case_id = received(ledger)
        ledger.execute(case_id, command("decide", str(FIRST)), TODAY)
        for _ in range(60):
            try:
                ledger.execute(case_id, anything(ledger, case_id, random), TODAY)
            except CommandRejected:
                continue
            shown.append((ledger.history(case_id)[-1].recorded_at, ledger.case(case_id)))
    with open_ledger(settings) as ledger:
        entries = ledger.history(case_id)
    assert len(shown) >= 10
    assert any(isinstance(entry.event, EntryCorrected) for entry in entries)
    for recorded_at, case in shown:
        assert fold(case_id, entries, known_at=recorded_at) == case
        assert [step.after for step in replay(case_id, entries, known_at=recorded_at)][-1] == case
