"""Python's search for garbage in cycles, which costs a tenth and more where very many values are made."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager

COLLECTING = 200_000, 50, 50
"""How seldom: as `gc.set_threshold` takes it."""


@contextmanager
def seldom_collecting() -> Iterator[None]:
    """Let Python look for garbage in cycles seldom: events and their texts have none, and there are very many."""
    before = gc.get_threshold()
    gc.set_threshold(*COLLECTING)
    try:
        yield
    finally:
        gc.set_threshold(*before)
