"""Frozen values, and the calendar of the law: dates, calendar months, periods of months."""

import re
from calendar import monthrange
from collections.abc import Mapping
from datetime import date
from functools import lru_cache
from typing import Annotated, Any, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict, StringConstraints

FIRST_YEAR = 1900
LAST_YEAR = 2199

DAYS_REMEMBERED = 20_000
"""So many days are not parsed again: there are few days, and very many events."""
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


_SET = object.__setattr__


class Frozen(BaseModel):
    """A value that never changes: equal content is equality, and an unknown key is an error."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, defer_build=True)

    def model_copy(self, *, update: Mapping[str, Any] | None = None, deep: bool = False) -> Self:
        """Return the same value with some fields changed, unchecked; what is frozen is shared, never copied."""
        made, changes = type(self).__new__(type(self)), update or {}
        _SET(made, "__dict__", {**self.__dict__, **changes})
        _SET(made, "__pydantic_fields_set__", self.__pydantic_fields_set__.union(changes))
        _SET(made, "__pydantic_extra__", None)
        _SET(made, "__pydantic_private__", None)
        return made


def _day(value: Any) -> Any:
    """Parse `YYYY-MM-DD` and nothing else: no instant, no number, no year outside 1900 to 2199."""
    if isinstance(value, str):
        value = _written(value)
    if type(value) is date and not FIRST_YEAR <= value.year <= LAST_YEAR:
        raise ValueError(f"a date lies in {FIRST_YEAR} to {LAST_YEAR}")
    return value


@lru_cache(maxsize=DAYS_REMEMBERED)
def _written(text: str) -> date:
    if not _DAY.fullmatch(text):
        raise ValueError("a date is written YYYY-MM-DD")
    try:
        return date.fromisoformat(text)
    except ValueError:  # whose text may repeat the value
        raise ValueError("no such day in the calendar") from None


Day = Annotated[date, BeforeValidator(_day)]
"""A date of the law, in Europe/Stockholm, written `YYYY-MM-DD`."""

Month = Annotated[str, StringConstraints(pattern=r"^(19|20|21)[0-9]{2}-(0[1-9]|1[0-2])$")]
"""A calendar month, `YYYY-MM`; as text it sorts as it runs."""


def month_of(day: date) -> str:
    """Return the calendar month of a day."""
    return f"{day.year:04d}-{day.month:02d}"


@lru_cache(maxsize=8192)
def days_in_month(month: str) -> int:
    """Return how many days a calendar month has: 28 to 31."""
    return monthrange(int(month[:4]), int(month[5:]))[1]


@lru_cache(maxsize=8192)
def months_before(month: str, count: int) -> str:
    """Return the calendar month that lies `count` months before another."""
    ordinal = int(month[:4]) * 12 + int(month[5:]) - 1 - count
    return f"{ordinal // 12:04d}-{ordinal % 12 + 1:02d}"


def add_months(day: date, count: int) -> date:
    """Return the same day number `count` months on, or that month's last day (AMB-15; act 1930:173 1 §)."""
    year, month0 = divmod(day.year * 12 + day.month - 1 + count, 12)
    return date(year, month0 + 1, min(day.day, monthrange(year, month0 + 1)[1]))


def birthday(born: date, age: int) -> date:
    """Return the day on which someone reaches an age; 29 February is 28 in a common year (AMB-14)."""
    return add_months(born, age * 12)


def whole_number(value: Any) -> Any:
    """Refuse a text, a fraction, and true or false, in the place of a whole number."""
    if type(value) is not int:
        raise ValueError("expected a whole number")
    return value
