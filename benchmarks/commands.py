"""Whole commands (load, fold, decide, seal, store) against the library's bare save; and reading a case.

Every command is validated when it is made, before the clock starts; in the time measured it is decided by all the
rules, sealed where it is, stored with what a ledger keeps of it, and synced before the next of its thread.

`meetings` and `pauses` are carried out by a process that wrote to the same cases before. It remembers their
entries and what those add up to, the register and the keys, and asks the database once, when it stores: that
the case and the register have nothing newer is tried there. `cold` are meetings of a process that remembers none of
this: for each command the case, the register and the key are read, the entries opened, and the case folded whole.
"""

import statistics
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from functools import partial
from typing import Any
from uuid import UUID

from benchmarks.store import library_save
from benchmarks.turns import THREADS, Work, print_rates, rates_in_turns, ratio
from domain.register import REGISTER
from ledger.ledger import Ledger
from tests.applications import TODAY, command, received

EACH, TURNS = 100, 9
CASES = 80
"""Cases of a thread; no case gets longer than sixteen events."""
SERIALS = 3 * THREADS * CASES
EVENTS = 16
FIRST_DAY = date(2025, 4, 27)


def command_rate(database: str, ledger: Ledger) -> None:
    """Print how fast commands on different cases are carried out, one a save, remembered cases and others."""
    with ThreadPoolExecutor(THREADS) as pool:
        made = list(pool.map(partial(_under_way, ledger), range(SERIALS)))
    with library_save(database, EACH) as library:
        remembered = {
            "meetings": _work(ledger, made[::3], _meeting),
            "pauses": _work(ledger, made[1::3], _pause_or_return),
            "library": library,
        }
        rates = rates_in_turns(remembered, EACH, TURNS)
        # By itself, since it forgets the keys of all.
        cold = {"cold": _work(ledger, made[2::3], _meeting, _forgetting(ledger)), "library": library}
        cold_rates = rates_in_turns(cold, EACH, TURNS)
    print(f"commands: {ratio(rates, 'meetings', 'library')} times the library's bare save (wanted: 1.5)")
    print(f"commands, every other one sealed: {ratio(rates, 'pauses', 'library')} times the same")
    print(f"commands, nothing remembered: {ratio(cold_rates, 'cold', 'library')} times the same")
    print_rates(rates, f"commands or events/s, {THREADS} threads")
    print_rates(cold_rates, f"commands or events/s, {THREADS} threads")


def case_seconds(ledger: Ledger, samples: int = 300) -> None:
    """Print how long it takes to read a case of sixteen events and its key from the store, and fold it."""
    case_id = _under_way(ledger, SERIALS)
    for number in range(EVENTS - 3):
        ledger.execute(case_id, _meeting(number), TODAY)
    key = ledger.person_keys.of_person(ledger.person_of(case_id).person_ref)
    assert key is not None
    times = []
    for _ in range(samples):
        ledger.forget([case_id])
        ledger.person_keys.forget([key.key_id])
        began = time.perf_counter()
        case = ledger.case(case_id)
        times.append(time.perf_counter() - began)
        assert case.engagement is not None
        assert len(case.engagement.meetings) == EVENTS - 3
    print(
        f"a case of {EVENTS} events, read and folded: {statistics.median(times) * 1000:.2f} ms, median; "
        f"{sorted(times)[samples * 99 // 100] * 1000:.2f} ms, 99th of 100 (wanted: under 3)"
    )


def _under_way(ledger: Ledger, serial: int) -> UUID:
    """Return a case whose support has begun: three events, two of them sealed."""
    case_id = received(ledger, serial)
    ledger.execute(case_id, command("decide", "2025-04-20"), TODAY)
    ledger.execute(case_id, command("start_engagement", FIRST_DAY.isoformat()), TODAY)
    return case_id


def _meeting(number: int) -> Any:
    day = FIRST_DAY + timedelta(days=number)
    return command("hold_meeting", day.isoformat(), mode="digital")


def _pause_or_return(number: int) -> Any:
    day = (FIRST_DAY + timedelta(days=number)).isoformat()
    return command("resume", day) if number % 2 else command("pause", day, reason="parental_leave")


def _forgetting(ledger: Ledger) -> Callable[[UUID], None]:
    """Return what makes a ledger forget a case, its person's key and the register."""
    keys = {row["case_id"]: row["key_id"] for row in ledger.select("SELECT * FROM liggare.case_register")}

    def forget(case_id: UUID) -> None:
        ledger.forget([case_id, REGISTER])
        ledger.person_keys.forget([keys[case_id]])

    return forget


def _work(
    ledger: Ledger,
    cases: Sequence[UUID],
    made: Callable[[int], Any],
    before: Callable[[UUID], object] = lambda _: None,
) -> Work:
    """Return a turn's share of one thread: the next command on each of its own cases, made beforehand."""
    count = EACH * (TURNS + 1)
    commands = [
        iter([(case, made(round_)) for round_ in range(count // CASES + 1) for case in own])
        for own in (cases[thread::THREADS] for thread in range(THREADS))
    ]

    def work(thread: int) -> None:
        for _ in range(EACH):
            case_id, wish = next(commands[thread])
            before(case_id)
            ledger.execute(case_id, wish, TODAY)

    return work
