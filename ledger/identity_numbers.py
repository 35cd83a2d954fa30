"""Swedish personal and coordination numbers, in twelve digits only.

With ten digits the century would be guessed from today's date, and a replay would change as years pass.
"""

import re
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import date
from typing import Literal

from personnummer import personnummer  # type: ignore[import-untyped]

Sex = Literal["female", "male"]

_TWELVE_DIGITS = re.compile(r"(19|20)[0-9]{10}")
_COORDINATION_DAYS = 60


@dataclass(frozen=True, slots=True)
class IdentityNumber:
    """A person's number, and what can be read from it; it never shows itself in a log or a traceback.

    `born` is None where a coordination number leaves the date open: day 60 or month 00.
    """

    number: str = field(repr=False)
    born: date | None = field(repr=False)
    sex: Sex
    coordination: bool


def parse_identity_number(text: str) -> IdentityNumber:
    """Return the number, or raise a ValueError that says what is wrong without repeating the number."""
    if not _TWELVE_DIGITS.fullmatch(text):
        raise ValueError(_shape_fault(text))
    month, day = int(text[4:6]), int(text[6:8])
    coordination = day >= _COORDINATION_DAYS
    born = None
    if coordination and (month == 0 or day == _COORDINATION_DAYS):
        _check_partial(text, month, day)
    else:
        born = _born(text)
    return IdentityNumber(text, born, "male" if int(text[10]) % 2 else "female", coordination)


def _shape_fault(text: str) -> str:
    """Say in what way a text is no twelve-digit number, whatever it holds."""
    digits = re.sub(r"[-+ ]", "", text)
    if re.fullmatch(r"[0-9]{10}", digits):
        return "an identity number needs its century: twelve digits, YYYYMMDDNNNN"
    if re.fullmatch(r"[0-9]{12}", text):
        return "an identity number begins with 19 or 20"
    if re.fullmatch(r"[0-9]{12}", digits):
        return "an identity number is written with its twelve digits alone, without a sign or space"
    return "an identity number is twelve digits, YYYYMMDDNNNN"


def _born(text: str) -> date:
    """Return the birth date of a number whose date is whole, checked by the personnummer library."""
    born: date | None = None
    # The library's message holds the number, so nothing of it may be chained to ours.
    with suppress(personnummer.PersonnummerException):
        born = personnummer.parse(text).get_date()
    if born is None:
        raise ValueError("an identity number with a date that doesn't exist, or the wrong check digit")
    return born


def _check_partial(text: str, month: int, day: int) -> None:
    """Check a coordination number whose date of birth is unknown in part, which the library refuses."""
    days = day - _COORDINATION_DAYS
    if month > 12 or days > 31 or text[8:11] == "000":
        raise ValueError("a coordination number with a date that can't be")
    if check_digit(text[2:11]) != text[11]:
        raise ValueError("a coordination number with the wrong check digit")


def check_digit(nine: str) -> str:
    """Return the tenth digit of YYMMDDNNN: the one that makes the weighted sum (2, 1, 2 ...) end in 0."""
    total = sum(sum(divmod(int(digit) * (2 - place % 2), 10)) for place, digit in enumerate(nine))
    return str(-total % 10)
