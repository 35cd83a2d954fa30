"""What study support comes to: calculations in whole öre, line by line (O-18-c to O-21).

Every share is rounded down to whole öre, so that no sum is ever above what the source allows. Shares and cap are
parameters of the services' catalogue; the cap follows the income base amount of each month's year.
"""

from collections.abc import Mapping, Sequence

from domain.services import StudySupport
from domain.values import Frozen


class Line(Frozen):
    """One line of a calculation: what it is, in Swedish and English, its clause, and the amount in whole öre."""

    clause: str
    sv: str
    en: str
    amount: int


class Calculation(Frozen):
    """A calculation as it is shown: its lines, and the sum in whole öre that is granted."""

    lines: tuple[Line, ...]
    total: int


def share(amount: int, percent: int) -> int:
    """Return a share of an amount in whole öre, rounded down."""
    return amount * percent // 100


def csn_cap(base_amount: int, terms: StudySupport) -> int:
    """Return the monthly income in öre up to which CSN's support reaches: 4.5 base amounts a year (O-18-c).

    `base_amount` is the year's income base amount in whole SEK; in 2025 the cap is 30 225 kr a month.
    """
    return base_amount * 100 * terms.cap_tenths.value // (10 * 12)


def csn_part(income: int, base_amount: int, terms: StudySupport) -> int:
    """Return what CSN's support comes to at most for a month with an income in öre (O-18-c)."""
    return share(min(income, csn_cap(base_amount, terms)), terms.csn_percent.value)


def complementary(
    income: int, months: Sequence[str], base_amounts: Mapping[int, int], terms: StudySupport
) -> Calculation:
    """Return complementary support: with CSN's part it fills up to the share of the whole income (O-18-d, O-19).

    `income` is a month's, in öre. Raises `KeyError` for a month of a year whose base amount isn't known.
    """
    percent = terms.complementary_percent
    lines = []
    for month in months:
        base = base_amounts[int(month[:4])]
        goal, csn = share(income, percent.value), csn_part(income, base, terms)
        cap = csn_cap(base, terms)
        lines += [
            Line(
                clause=percent.clause,
                sv=f"{month}: {percent.value} % av inkomsten {kronor(income)}",
                en=f"{month}: {percent.value} % of the income {kronor(income)}",
                amount=goal,
            ),
            Line(
                clause=terms.csn_percent.clause,
                sv=f"{month}: CSN:s del, {terms.csn_percent.value} % upp till taket {kronor(cap)}",
                en=f"{month}: CSN's part, {terms.csn_percent.value} % up to the cap {kronor(cap)}",
                amount=-csn,
            ),
        ]
    return Calculation(lines=tuple(lines), total=sum(line.amount for line in lines))


def extended(income: int, months: Sequence[str], before: int, terms: StudySupport) -> Calculation:
    """Return extended support: a share the first twelve months, a smaller one the next twelve (O-20).

    `before` is how many months of it were granted earlier. Raises `IndexError` in the third year: there is none.
    """
    lines = []
    for index, month in enumerate(months, before):
        percent = terms.extended_percents[index // 12]
        lines.append(
            Line(
                clause=percent.clause,
                sv=f"{month}: år {index // 12 + 1}, {percent.value} % av inkomsten {kronor(income)}",
                en=f"{month}: year {index // 12 + 1}, {percent.value} % of the income {kronor(income)}",
                amount=share(income, percent.value),
            )
        )
    return Calculation(lines=tuple(lines), total=sum(line.amount for line in lines))


def short(lost_income: int, days: int, terms: StudySupport) -> Calculation:
    """Return support for a short course: a share of the income lost during its days (O-21).

    The source gives no divisor for a day, so the income that was lost is what the employer states.
    """
    percent = terms.short_percent
    sv, en = ("dag", "day") if days == 1 else ("dagar", "days")
    line = Line(
        clause=percent.clause,
        sv=f"{days} {sv}: {percent.value} % av inkomsten som gått förlorad, {kronor(lost_income)}",
        en=f"{days} {en}: {percent.value} % of the income lost, {kronor(lost_income)}",
        amount=share(lost_income, percent.value),
    )
    return Calculation(lines=(line,), total=line.amount)


def kronor(amount: int) -> str:
    """Return an amount in öre as kronor, such as `30 225,00 kr`."""
    whole = f"{abs(amount) // 100:,}".replace(",", " ")
    return f"{'-' if amount < 0 else ''}{whole},{abs(amount) % 100:02d} kr"
