"""Every recorded decision, decided again by today's code, and compared in everything but the sentences.

    partition   the decisions of a part of the log, case by case, opened under the persons' keys
    receipt     each asked again from its own request, by the rules that it names
    findings    how many gave what they gave; where one did not: the case, the clause and what differs

The case of an erased person can't be asked again, which is no fault. What is told of a difference is clear: codes,
clauses, months and days of the decision; of a fact that is sealed, its name alone.
"""

from collections.abc import Callable, Iterable, Iterator
from functools import partial
from pathlib import Path
from time import perf_counter
from typing import Any, NamedTuple
from uuid import UUID

from domain.events import EligibilityAssessed, PersonErased
from ledger.garbage import seldom_collecting
from ledger.ledger import Ledger
from ledger.settings import Settings
from replays.journal import about, journal
from replays.log import PARTITIONS, opened
from replays.receipts import Difference, Redecided, is_clear, redecided
from replays.source import Source, ledger_id, log_of
from replays.workers import spread

TOPICS = (EligibilityAssessed.topic, PersonErased.topic)
LEFT_OUT = "sealed"
"""What stands in the place of a value that is not told."""


class Differing(NamedTuple):
    """One thing that a decision gives otherwise today: the clause, where it lies in one, and which fact."""

    case: str
    event: str
    position: int
    decided_on: str
    clause: str | None
    fact: str
    recorded: Any
    now: Any


class Examined(NamedTuple):
    """What came of a part of the log: how many decisions gave the same, and what differs in the others."""

    decisions: int
    same: int
    erased: int
    differences: tuple[Differing, ...]

    @property
    def different(self) -> int:
        """How many decisions gave something else."""
        return len({row.event for row in self.differences})


class Findings(NamedTuple):
    """What came of all of it, up to a position of the log; the rate is of what was done in this run."""

    position: int
    examined: Examined
    seconds: float
    per_second: float


def redecide(
    ledger: Ledger,
    settings: Settings,
    *,
    folder: Path | None = None,
    processes: int = 1,
    resume: Path | None = None,
    step: Callable[[int], object] = lambda _: None,
) -> Findings:
    """Decide everything again, and return what came of it; `step` is told of each partition that is done."""
    began, now = perf_counter(), 0
    with journal(resume, about(ledger_id(ledger), "as recorded"), log_of(ledger, folder).newest()) as kept:
        step(len(kept.done))
        numbers = [number for number in range(PARTITIONS) if str(number) not in kept.done]
        work = partial(examine, Source(folder, kept.until))
        for number, examined in spread(ledger, settings, work, numbers, processes):
            now += examined.decisions
            kept.keep(str(number), examined)
            step(1)
        seconds = perf_counter() - began
        total = summed(of_journal(row) for row in kept.done.values())
        return Findings(kept.until, total, seconds, now / seconds)


def examine(source: Source, ledger: Ledger, number: int) -> Examined:
    """Decide again what was decided in one partition of the log."""
    rows = source.log(ledger).partition(number, source.until, TOPICS)
    decisions = same = erased = 0
    differing: list[Differing] = []
    with seldom_collecting():
        for row, entry in zip(rows, opened(ledger, rows), strict=True):
            if isinstance(entry.event, EligibilityAssessed):
                again = redecided(entry.event)
                decisions += 1
                same += again.status == "same"
                erased += again.status == "erased"
                if again.status in ("different", "unknown_rules"):
                    differing += told(row.case_id, row.position, entry.event, again)
    ledger.person_keys.forget_all()
    return Examined(decisions, same, erased, tuple(differing))


def told(
    case_id: UUID, position: int, decision: EligibilityAssessed, again: Redecided
) -> Iterator[Differing]:
    """Yield what may be told of a decision that gives something else today."""
    found = again.differences or (
        Difference("policy_version", decision.policy_version, "not known to this program"),
    )
    for one in found:
        clause, fact, clear = _place(one.field)
        recorded, now = (one.recorded, one.now) if clear else (LEFT_OUT, LEFT_OUT)
        day = decision.occurred_on.isoformat()
        yield Differing(str(case_id), str(decision.event_id), position, day, clause, fact, recorded, now)


def _place(field: str) -> tuple[str | None, str, bool]:
    """Return the clause that a difference lies in, if it does, the fact, and whether its value is clear."""
    if not field.startswith("findings."):
        return None, field, is_clear(field)
    clause, dot, fact = field.removeprefix("findings.").partition(".facts.")
    if dot:
        return clause, fact, False
    clause, _, mark = clause.rpartition(".")
    return clause, mark, True


def of_journal(row: Any) -> Examined:
    """Return what came of a partition, as it was kept."""
    decisions, same, erased, differences = row
    return Examined(decisions, same, erased, tuple(Differing(*one) for one in differences))


def summed(parts: Iterable[Examined]) -> Examined:
    """Return what several parts add up to, what differs in the log's order."""
    total = Examined(0, 0, 0, ())
    for part in parts:
        total = Examined(
            total.decisions + part.decisions,
            total.same + part.same,
            total.erased + part.erased,
            total.differences + part.differences,
        )
    return total._replace(differences=tuple(sorted(total.differences, key=lambda row: row.position)))
