"""Why an event is allowed, and what a decision on it needs to know beside the case."""

from datetime import date
from typing import NamedTuple

from domain.case import Case
from domain.history import Entry
from domain.register import Register


class Grounds(NamedTuple):
    """Why an event was allowed: the clause, and a sentence in Swedish and English."""

    clause: str
    sv: str
    en: str


class Known(NamedTuple):
    """What a decision on a command needs beside the case: the day in Stockholm, the case's entries as the log
    keeps them, the person's other cases, the case whose person is said to be the same, and the register.
    """

    today: date
    entries: tuple[Entry, ...] = ()
    other_cases: tuple[Case, ...] = ()
    same_as: Case | None = None
    register: Register = Register()
