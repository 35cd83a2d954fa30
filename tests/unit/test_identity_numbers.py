"""Identity numbers: twelve digits, checked, and never repeated in a message."""

import traceback
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.identity_numbers import check_digit, parse_identity_number


def with_check_digit(eleven: str) -> str:
    return eleven + check_digit(eleven[2:])


@pytest.mark.parametrize("number", ["199001052381", "198302099265", "198011882399", "200401022389"])
def test_public_test_numbers_are_taken(number: str) -> None:
    parsed = parse_identity_number(number)
    assert parsed.number == number
    assert parsed.born is not None
    assert number[2:] not in repr(parsed)


def test_what_a_number_tells() -> None:
    parsed = parse_identity_number("199001052381")
    assert (parsed.born, parsed.sex, parsed.coordination) == (date(1990, 1, 5), "female", False)
    coordination = parse_identity_number("198011882399")
    assert (coordination.born, coordination.sex, coordination.coordination) == (
        date(1980, 11, 28),
        "male",
        True,
    )


@pytest.mark.parametrize("eleven", ["19800060001", "19801160001", "19800091002", "20000060999"])
def test_a_coordination_number_may_leave_the_date_open(eleven: str) -> None:
    parsed = parse_identity_number(with_check_digit(eleven))
    assert parsed.coordination
    assert parsed.born is None
    wrong = eleven + str((int(check_digit(eleven[2:])) + 1) % 10)
    with pytest.raises(ValueError, match="check digit"):
        parse_identity_number(wrong)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("9001052381", "century"),
        ("900105-2381", "century"),
        ("900105+2381", "century"),
        ("19900105-2381", "without a sign"),
        ("199001052382", "check digit"),
        ("189001052381", "19 or 20"),
        ("165599999017", "19 or 20"),
        ("", "twelve digits"),
        ("19900105238", "twelve digits"),
        ("199001052381\n", "twelve digits"),
        ("١٩٩٠٠١٠٥٢٣٨١", "twelve digits"),  # Arabic digits are digits to some libraries
        (with_check_digit("19900230100"), "date"),
        (with_check_digit("19901305100"), "date"),
        (with_check_digit("19900105000"), "date"),
        (with_check_digit("19901360100"), "can't be"),
        (with_check_digit("19900092100"), "can't be"),
        (with_check_digit("19900060000"), "can't be"),
    ],
)
def test_refused_with_a_reason_that_never_holds_the_number(text: str, reason: str) -> None:
    with pytest.raises(ValueError, match=reason) as caught:
        parse_identity_number(text)
    told = "".join(traceback.format_exception(caught.value))
    assert len(text) < 10 or text.strip() not in told
    assert caught.value.__cause__ is None
    assert caught.value.__context__ is None


@given(st.text(max_size=14))
def test_any_text_is_taken_or_refused_and_nothing_else(text: str) -> None:
    assert _is_taken(text) in (True, False)


@given(st.dates(date(1900, 1, 1), date(2099, 12, 31)), st.integers(1, 999), st.booleans())
def test_every_whole_number_is_read_back(born: date, birth: int, coordination: bool) -> None:
    day = born.day + 60 * coordination
    number = with_check_digit(f"{born.year}{born.month:02d}{day:02d}{birth:03d}")
    parsed = parse_identity_number(number)
    assert (parsed.born, parsed.coordination) == (born, coordination)
    assert parsed.sex == ("male" if birth % 2 else "female")
    assert sum(_is_taken(number[:11] + digit) for digit in "0123456789") == 1


def _is_taken(text: str) -> bool:
    try:
        parse_identity_number(text)
    except ValueError:
        return False
    return True
