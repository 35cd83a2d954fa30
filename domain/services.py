"""The services' catalogue: how many meetings each form has at least, and which results end it."""

import tomllib
from importlib.resources import files
from types import MappingProxyType
from typing import Any

from domain.values import Frozen


class Clauses(Frozen):
    """What each step of a service rests on in the sources."""

    start: str
    meeting: str
    pause: str
    period: str
    outcome: str


class Service(Frozen):
    """One service: `meetings` a form in months (0 where the source names no number), and its results."""

    name: str
    policy: str
    clauses: Clauses
    meetings: dict[int, int]
    outcomes: tuple[str, ...]


def _load() -> dict[str, Service]:
    text = files("domain.policies").joinpath("services-2022-10-01.toml").read_text("utf-8")
    return {name: _service(name, row) for name, row in tomllib.loads(text).items()}


def _service(name: str, row: dict[str, Any]) -> Service:
    meetings = {int(months): least for months, least in row["meetings"].items()}
    return Service(
        name=name,
        policy=row["policy"],
        clauses=Clauses(**row["clauses"]),
        meetings=meetings,
        outcomes=tuple(row["outcomes"]),
    )


SERVICES = MappingProxyType(_load())
