"""Properties, tried on many more examples than from day to day: by `make test-long`."""

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import settings

MANY = 400


def properties(module: dict[str, Any]) -> list[Any]:
    """The tests of a module that draw examples, each under its name."""
    return [
        pytest.param(one, id=name)
        for name, one in module.items()
        if getattr(one, "is_hypothesis_test", False)
    ]


def tried_on_many(holds: Callable[[], None], monkeypatch: pytest.MonkeyPatch) -> None:
    """Try one of them on many examples."""
    name = "_hypothesis_internal_use_settings"
    monkeypatch.setattr(holds, name, settings(getattr(holds, name), max_examples=MANY))
    holds()
