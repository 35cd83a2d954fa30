"""What is published of small groups: nothing that anybody could compute (O-15)."""

from collections import defaultdict
from collections.abc import Sequence
from itertools import product

import pytest

from projections.disclosure import SMALLEST, Told, few, published


@pytest.mark.parametrize(
    ("counts", "told", "total"),
    [
        ((193, 8, 0), (193, 8, 0), 201),
        ((), (), 0),
        ((0, 0), (0, 0), 0),
        ((193, 8, 2), (193, "..", "<5"), 203),
        ((193, 2, 8), (193, "<5", ".."), 203),
        ((193, 8, 5, 1), (193, "..", "..", "<5"), 207),  # of six, the small one could only be 1
        ((50, 3, 2, 9), (50, "<5", "<5", 9), 64),  # together five, each 1 to 4
        ((50, 4, 4, 9), (50, "<5", "<5", ".."), 67),  # together eight: each would be 4
        ((50, 1, 2, 10), (50, "<5", "<5", ".."), 63),  # together three, itself a small group
        ((3,), ("..",), ".."),
        ((3, 0), ("..", 0), ".."),
        ((1, 5), ("..", ".."), ".."),
    ],
)
def test_what_is_told(counts: Sequence[int], told: Sequence[Told], total: Told) -> None:
    """O-15: from the end of the table as many others as it takes; where none is enough, nothing but the zeros."""
    assert published(counts) == (tuple(told), total)


@pytest.mark.parametrize(("groups", "largest"), [(1, 12), (2, 40), (3, 25), (4, 12), (5, 6)])
def test_nobody_can_compute_what_is_withheld(groups: int, largest: int) -> None:
    """O-15: of all tables there are, each withheld count has two values or more among those published alike.

    So the rules themselves, known to the reader, give nothing away. Vacuous where tables with larger counts would
    be published alike: those whose withheld counts together are larger than any tried are left out.
    """
    alike = defaultdict[tuple[Told, ...], list[tuple[int, ...]]](list)
    for table in product(range(largest + 1), repeat=groups):
        told = published(table)
        alike[(*told.counts, told.total)].append(table)
    tried = 0
    for told_as, tables in alike.items():
        withheld = [index for index in range(groups) if isinstance(told_as[index], str)]
        if isinstance(told_as[-1], int) and sum(tables[0][index] for index in withheld) > largest:
            continue
        for index in withheld:
            tried += 1
            assert len({table[index] for table in tables}) > 1, (told_as, tables)
    assert tried


def test_no_small_count_is_ever_told() -> None:
    """O-15: whatever the table."""
    for table in product(range(9), repeat=4):
        assert all(
            isinstance(count, str) or count == 0 or count >= SMALLEST for count in published(table).counts
        )


def test_a_count_by_itself() -> None:
    """O-15: in no total, it needs nothing beside its own mark."""
    assert [few(count) for count in (0, 1, 4, 5)] == [0, "<5", "<5", 5]
