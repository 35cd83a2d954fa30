"""What may be told of small groups of people: which counts of a table are withheld when it is published.

A count from 1 to 4 is withheld (`<5`); 0 is told, since it is about nobody. The table's total is told too, so
that what is withheld could be computed from it, alone or by knowing how this works. Therefore other groups are
withheld as well (`..`), one by one from the table's end whatever their size: which one it is tells nothing of
how large it is. It is enough when the withheld ones together

- with no other group among them: are 2 or more groups, of 5 or more people, at least 2 more than if each were
  1, and at least 2 fewer than if each were 4;
- else: are at least as many as if each small group were 4 and each other one 5.

Then every withheld count could still be at least two different numbers, for a reader who knows the total, the
counts that are told and these rules. Where it is never enough, in a table of very few people, the total and
every count but 0 are withheld (`..`). Tables of different days or selections are not protected against one
another.
"""

from collections.abc import Sequence
from typing import NamedTuple

SMALLEST = 5
"""The least count that is told."""

FEW, WITHHELD = f"<{SMALLEST}", ".."
Told = int | str
"""A count, or the mark of one that is withheld."""


class Published(NamedTuple):
    """A table's counts and their total as they may be told."""

    counts: tuple[Told, ...]
    total: Told


def published(counts: Sequence[int]) -> Published:
    """Return which of a table's counts, which sum to its total, may be told (O-15)."""
    small = [index for index, count in enumerate(counts) if 0 < count < SMALLEST]
    if not small:
        return Published(tuple(counts), sum(counts))
    others = [index for index in reversed(range(len(counts))) if counts[index] >= SMALLEST]
    for added in range(len(others) + 1):
        withheld = {*small, *others[:added]}
        if _is_enough(len(small), added, sum(counts[index] for index in withheld)):
            marks = {index: FEW if index in small else WITHHELD for index in withheld}
            return Published(
                tuple(marks.get(index, count) for index, count in enumerate(counts)), sum(counts)
            )
    return Published(tuple(WITHHELD if count else 0 for count in counts), WITHHELD)


def few(count: int) -> Told:
    """Return a count that is in no total, as it may be told."""
    return FEW if 0 < count < SMALLEST else count


def _is_enough(small: int, others: int, together: int) -> bool:
    """Tell whether nothing can be computed of so many small and other groups from what they are together."""
    most = (SMALLEST - 1) * small
    if others:
        return together >= most + SMALLEST * others
    return small > 1 and max(SMALLEST, small + 2) <= together <= most - 2
