"""What study support comes to: worked examples to the öre, and what holds for every income."""

from datetime import date
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.policy import policy_in_force
from domain.services import CATALOGUES, Figure
from domain.study_support import (
    Calculation,
    complementary,
    csn_cap,
    csn_part,
    extended,
    kronor,
    share,
    short,
)
from tests.funds import YEAR_ONE, YEAR_TWO

TERMS = CATALOGUES["2022-10-01"].study_support
BASES = {2024: 76_200, 2025: 80_600}
INCOMES = st.integers(1, 10**12)
NEAR_CAP = st.integers(3_022_400, 3_022_600)
ANY_INCOME = NEAR_CAP | st.integers(1, 10_000_000) | INCOMES
BASE_AMOUNTS = st.integers(50_000, 200_000)
MONTHS = st.lists(st.sampled_from((*YEAR_ONE, *(f"2024-{month:02d}" for month in range(1, 13)))), unique=True)


def amounts(calculation: Calculation) -> list[int]:
    """The amount of each line, in the order shown."""
    return [line.amount for line in calculation.lines]


# CSN's part (O-18-c)


def test_the_terms_are_those_of_the_source() -> None:
    """O-18-c, O-19, O-20, O-21: 80, 80, 70 then 50, and 70 per cent; 4.5 base amounts; fewer than five days."""
    assert (TERMS.cap_tenths.value, TERMS.cap_tenths.clause) == (45, "O-18-c")
    assert (TERMS.csn_percent.value, TERMS.complementary_percent.value) == (80, 80)
    assert [row.value for row in TERMS.extended_percents] == [70, 50]
    assert (TERMS.short_percent.value, TERMS.short_days_below.value) == (70, 5)
    assert (TERMS.collective_months.value, TERMS.collective_months.amb) == (12, "AMB-34")


@pytest.mark.parametrize(
    ("year", "cap", "most"),
    [(2024, 2_857_500, 2_286_000), (2025, 3_022_500, 2_418_000), (2026, 3_127_500, 2_502_000)],
)
def test_the_cap_of_each_year(year: int, cap: int, most: int) -> None:
    """O-18-c: 30 225 kr a month in 2025, as printed; four and a half base amounts a year in every other too."""
    base = policy_in_force("omstallningsfonden", date(2025, 1, 1)).amounts[year]
    assert csn_cap(base, TERMS) == cap
    assert csn_part(10**9, base, TERMS) == most
    assert cap * 12 == base * 100 * 9 // 2


@pytest.mark.parametrize(
    ("income", "part"),
    [
        (1, 0),
        (100, 80),
        (2_500_000, 2_000_000),
        (2_500_001, 2_000_000),
        (2_500_002, 2_000_001),
        (3_022_499, 2_417_999),
        (3_022_500, 2_418_000),
        (3_022_501, 2_418_000),
        (6_000_000, 2_418_000),
    ],
)
def test_csns_part_to_the_ore(income: int, part: int) -> None:
    """O-18-c: four fifths of the income, rounded down to whole öre, and nothing of what lies above the cap."""
    assert csn_part(income, 80_600, TERMS) == part


@given(ANY_INCOME, ANY_INCOME, BASE_AMOUNTS)
def test_csns_part_is_capped_and_monotone(one: int, other: int, base: int) -> None:
    """O-18-c: never above four fifths of the cap or of the income, and never less for a higher income."""
    low, high = sorted((one, other))
    part = csn_part(high, base, TERMS)
    assert 0 <= csn_part(low, base, TERMS) <= part
    assert part * 100 <= 80 * min(high, csn_cap(base, TERMS))
    assert part * 100 > 80 * min(high, csn_cap(base, TERMS)) - 100  # less than an öre is lost


@given(BASE_AMOUNTS)
def test_the_cap_of_a_year_is_four_and_a_half_base_amounts(base: int) -> None:
    """O-18-c: twelve months of it are never above that, and lie less than twelve öre below."""
    assert 0 <= base * 450 - 12 * csn_cap(base, TERMS) < 12


@given(INCOMES, st.integers(0, 100))
def test_a_share_is_rounded_down(amount: int, percent: int) -> None:
    """O-19: what is rounded is always less than an öre, and never up."""
    assert 0 <= amount * percent - 100 * share(amount, percent) < 100


# Complementary, above the cap


def test_complementary_line_by_line() -> None:
    """O-19: of 40 000 kr in 2025, 32 000 kr in all, of which CSN's part is 24 180 kr and the fund's 7 820 kr."""
    calculation = complementary(4_000_000, ["2025-08"], BASES, TERMS)
    whole, csn = calculation.lines
    assert (whole.clause, whole.amount) == ("O-19", 3_200_000)
    assert (csn.clause, csn.amount) == ("O-18-c", -2_418_000)
    assert whole.sv == "2025-08: 80 % av inkomsten 40 000,00 kr"
    assert csn.en == "2025-08: CSN's part, 80 % up to the cap 30 225,00 kr"
    assert calculation.total == 782_000


@pytest.mark.parametrize(
    ("income", "months", "total"),
    [
        (4_000_000, ("2024-12", "2025-01"), 914_000 + 782_000),  # each month by its own year's cap
        (4_000_000, YEAR_ONE, 12 * 782_000),
        (3_022_500, ("2025-08",), 0),  # at the cap CSN's part is all
        (3_022_501, ("2025-08",), 0),  # a fifth of an öre is lost in rounding
        (3_022_502, ("2025-08",), 1),
        (5_000_099, ("2025-08",), 1_582_079),
        (2_000_000, ("2025-08",), 0),
    ],
)
def test_complementary_to_the_ore(income: int, months: tuple[str, ...], total: int) -> None:
    """O-18-d, O-19: four fifths of the part of the income above the cap, and nothing below it."""
    assert complementary(income, months, BASES, TERMS).total == total


@given(ANY_INCOME, MONTHS)
def test_complementary_fills_up_to_the_share_and_never_above(income: int, months: list[str]) -> None:
    """O-19: with CSN's part it is four fifths of each month's income, to the öre below; the lines add up."""
    calculation = complementary(income, months, BASES, TERMS)
    csn = sum(csn_part(income, BASES[int(month[:4])], TERMS) for month in months)
    assert calculation.total == sum(amounts(calculation))
    assert calculation.total >= 0
    assert 0 <= 80 * income * len(months) - 100 * (calculation.total + csn) < 100 * max(1, len(months))
    assert len(calculation.lines) == 2 * len(months)


@given(ANY_INCOME, ANY_INCOME, MONTHS)
def test_complementary_is_monotone(one: int, other: int, months: list[str]) -> None:
    """O-19: a higher income never gives less, and a year with a higher cap never more."""
    low, high = sorted((one, other))
    assert complementary(low, months, BASES, TERMS).total <= complementary(high, months, BASES, TERMS).total
    of_years = [complementary(high, [month], BASES, TERMS).total for month in ("2025-01", "2024-01")]
    assert of_years == sorted(of_years)


@given(ANY_INCOME, MONTHS)
def test_months_are_independent_of_each_other(income: int, months: list[str]) -> None:
    """O-19: granted together or one by one, it is the same to the öre."""
    together = complementary(income, months, BASES, TERMS).total
    assert together == sum(complementary(income, [month], BASES, TERMS).total for month in months)


def test_a_year_without_a_base_amount_is_no_guess() -> None:
    """O-18-c: a cap that isn't set yet is never made up."""
    with pytest.raises(KeyError):
        complementary(4_000_000, ["2025-12", "2027-01"], BASES, TERMS)


# Extended, for two years at most


def test_extended_for_two_years_line_by_line() -> None:
    """O-20: of 30 000 kr, 21 000 kr a month the first year and 15 000 kr the second."""
    calculation = extended(3_000_000, (*YEAR_ONE, *YEAR_TWO), 0, TERMS)
    assert amounts(calculation) == [2_100_000] * 12 + [1_500_000] * 12
    assert calculation.total == 12 * 3_600_000
    assert {line.clause for line in calculation.lines} == {"O-20"}
    assert calculation.lines[11].sv == "2025-12: år 1, 70 % av inkomsten 30 000,00 kr"
    assert calculation.lines[12].en == "2026-01: year 2, 50 % of the income 30 000,00 kr"


@pytest.mark.parametrize(
    ("before", "first", "second"), [(0, 70, 70), (10, 70, 70), (11, 70, 50), (12, 50, 50), (22, 50, 50)]
)
def test_the_year_is_told_by_the_months_before(before: int, first: int, second: int) -> None:
    """O-20: the thirteenth month is the first of the second year, whenever the first twelve were."""
    assert amounts(extended(100, ("2026-03", "2026-04"), before, TERMS)) == [first, second]


@pytest.mark.parametrize("before", [23, 24, 30])
def test_there_is_no_third_year(before: int) -> None:
    """O-20: the twenty-fifth month has no share at all."""
    with pytest.raises(IndexError):
        extended(3_000_000, ("2027-01", "2027-02"), before, TERMS)


@given(ANY_INCOME, st.integers(0, 24), st.integers(0, 24))
def test_extended_is_capped_and_the_same_in_parts(income: int, months: int, first: int) -> None:
    """O-20: no month above its year's share; granted in two parts it is the same to the öre."""
    all_months = (*YEAR_ONE, *YEAR_TWO)[:months]
    first = min(first, months)
    whole = extended(income, all_months, 0, TERMS)
    parts = (
        extended(income, all_months[:first], 0, TERMS),
        extended(income, all_months[first:], first, TERMS),
    )
    assert amounts(whole) == [amount for part in parts for amount in amounts(part)]
    assert whole.total == sum(amounts(whole)) == sum(part.total for part in parts)
    for index, amount in enumerate(amounts(whole)):
        percent = 70 if index < 12 else 50
        assert 0 <= percent * income - 100 * amount < 100
    assert all(earlier >= later for earlier, later in pairwise(amounts(whole)))


@given(ANY_INCOME, ANY_INCOME)
def test_extended_and_short_are_monotone(one: int, other: int) -> None:
    """O-20, O-21: a higher income never gives less."""
    low, high = sorted((one, other))
    assert extended(low, YEAR_TWO, 6, TERMS).total <= extended(high, YEAR_TWO, 6, TERMS).total
    assert short(low, 4, TERMS).total <= short(high, 4, TERMS).total


# Short, for a course of less than five days


def test_short_line_by_line() -> None:
    """O-21: of 6 000,01 kr lost in four days, 4 200 kr: the fraction of an öre is lost."""
    calculation = short(600_001, 4, TERMS)
    (line,) = calculation.lines
    assert (line.clause, line.amount, calculation.total) == ("O-21", 420_000, 420_000)
    assert line.sv == "4 dagar: 70 % av inkomsten som gått förlorad, 6 000,01 kr"
    assert line.en == "4 days: 70 % of the income lost, 6 000,01 kr"


@given(ANY_INCOME, st.integers(1, 4))
def test_short_is_never_above_its_share(lost: int, days: int) -> None:
    """O-21: seven tenths of the income lost, rounded down; the days make it neither more nor less."""
    total = short(lost, days, TERMS).total
    assert 0 <= 70 * lost - 100 * total < 100


# Other terms, and how amounts are written


@given(ANY_INCOME, st.integers(0, 100), st.integers(1, 100))
def test_the_terms_are_parameters(income: int, percent: int, tenths: int) -> None:
    """O-18-c, O-21: with another share or another cap in the catalogue, the result follows."""
    other = TERMS.model_copy(
        update={
            "short_percent": Figure(value=percent, clause="O-21"),
            "cap_tenths": Figure(value=tenths, clause="O-18-c"),
        }
    )
    assert short(income, 3, other).total == income * percent // 100
    assert csn_cap(80_600, other) == 80_600 * tenths * 10 // 12


@pytest.mark.parametrize(
    ("amount", "written"),
    [
        (0, "0,00 kr"),
        (5, "0,05 kr"),
        (3_022_500, "30 225,00 kr"),
        (-2_418_000, "-24 180,00 kr"),
        (-1, "-0,01 kr"),
        (123_456_789, "1 234 567,89 kr"),
    ],
)
def test_amounts_are_written_to_the_ore(amount: int, written: str) -> None:
    """O-18-c: 30 225 kr reads as it does in the source, with its öre."""
    assert kronor(amount) == written


@given(st.integers(-(10**14), 10**14))
def test_what_is_written_can_be_read_back(amount: int) -> None:
    """O-19: no öre is lost between a calculation and what a reader sees."""
    assert int(kronor(amount).removesuffix(" kr").replace(" ", "").replace(",", "")) == amount
