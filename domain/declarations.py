"""What employers' monthly declarations (AGI) say of one person, and how corrections settle between files.

A declaration is kept for ever as the file said it; what a month comes to is folded from all of them, so that
a correction never rewrites anything and never alters a decision by itself (AMB-36).
"""

from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from itertools import pairwise
from statistics import median_low
from typing import Annotated, Generic, Literal, Self, TypeVar
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, AwareDatetime, ConfigDict, Field, StringConstraints, model_validator

from domain.declaration_fields import (
    COUNTED,
    FIELDS,
    FUEL,
    FUEL_PAID,
    FUEL_SHARE,
    HIGH_MONTH_LEAST_OTHERS,
    HIGH_MONTH_TIMES,
    REVIEWED,
)
from domain.values import Day, Frozen, Month, month_of, months_before

#: a later file's statement differs from the one that was imported last: a person decides which holds
ORDER_DISAGREES = "ORDER_DISAGREES"
#: a removal of something that no imported file had declared
REMOVED_NOTHING = "REMOVED_NOTHING"
#: a statement holds a field that is not known here; it counts for nothing
UNKNOWN_FIELD = "UNKNOWN_FIELD"
#: the month lies later than the month after the one in which the file was made: not paid yet
PERIOD_AHEAD = "PERIOD_AHEAD"
#: far above the employer's other months: perhaps severance pay, for which nobody worked (K-5.2)
HIGH_MONTH = "HIGH_MONTH"

_STOCKHOLM = ZoneInfo("Europe/Stockholm")

_Value = TypeVar("_Value")


def _in_order(value: dict[str, _Value]) -> dict[str, _Value]:
    """Sort by code, so that the same content is always stored as the same text."""
    return dict(sorted(value.items()))


PartyNumber = Annotated[str, StringConstraints(pattern=r"^[0-9]{12}$")]
"""An employer or a payee in twelve digits; an organisation number has 16 in front."""

SpecificationNumber = Annotated[int, Field(ge=1)]
"""The employer's own number of a statement (570, 822), without leading zeros."""

# Which codes there are is the reader's to judge: a stored declaration must load when the table has changed.
_Code = Annotated[str, StringConstraints(pattern=r"^[0-9]{1,10}$")]
_Amount = Annotated[int, Field(ge=1)]
_Amounts = Annotated[dict[_Code, _Amount], AfterValidator(_in_order)]
_Utc = Annotated[AwareDatetime, AfterValidator(lambda instant: instant.astimezone(UTC))]

Standing = Literal["prepared", "filed"]
"""Whether a file is known to have reached the agency (by a receipt or its own data), or was only prepared."""


class _Said(Frozen):
    """A value of a declaration; an error about it never repeats what it holds."""

    model_config = ConfigDict(hide_input_in_errors=True)


class Statement(_Said):
    """What an employer says it paid one person in one month, under one number (IU).

    `amounts` are whole SEK by field code; `social` are benefits by remuneration code; `ticks` are those that
    decide what an amount means; `unknown` are elements that the field table doesn't know, as they stood.
    """

    employer: PartyNumber
    payee: PartyNumber
    period: Month
    number: SpecificationNumber
    removed: bool = False
    amounts: _Amounts = Field(default_factory=dict)
    social: _Amounts = Field(default_factory=dict)
    ticks: tuple[_Code, ...] = ()
    unknown: Annotated[dict[str, str], AfterValidator(_in_order)] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _removal_says_nothing_else(self) -> Self:
        if self.removed and (self.amounts or self.social or self.ticks or self.unknown):
            raise ValueError("a removal holds nothing but its key")
        return self

    @property
    def key(self) -> tuple[str, str, str, int]:
        """What a later statement must share to replace this one: employer, payee, month, number."""
        return (self.employer, self.payee, self.period, self.number)


AbsenceKind = Literal["TILLFALLIG_FORALDRAPENNING", "FORALDRAPENNING"]
"""The benefit that the absence may give a right to: temporary parental benefit, or parental benefit."""


class Absence(_Said):
    """One day's absence that an employer recorded; a lead to benefits that are skipped, never proof of one.

    `percent` of full time or `hours` of the day, as decimal text without needless zeros.
    """

    employer: PartyNumber
    payee: PartyNumber
    period: Month
    date: Day
    number: SpecificationNumber
    kind: AbsenceKind | None = None
    percent: str | None = None
    hours: str | None = None
    removed: bool = False

    @property
    def key(self) -> tuple[str, str, str, str, int]:
        """What a later absence must share to replace this one: employer, payee, month, day, number."""
        return (self.employer, self.payee, self.period, self.date.isoformat(), self.number)


class Declaration(_Said):
    """What one file says of one person.

    `created_at` is the file's own time (Skapad). Only a receipt or the agency's own data makes it `filed`.
    """

    file_sha256: Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
    file_name: Annotated[str, StringConstraints(min_length=1, max_length=255)]
    created_at: _Utc
    standing: Standing = "prepared"
    statements: tuple[Statement, ...] = ()
    absences: tuple[Absence, ...] = ()

    @model_validator(mode="after")
    def _one_person_and_each_key_once(self) -> Self:
        said: tuple[Statement | Absence, ...] = (*self.statements, *self.absences)
        if len({entry.payee for entry in said}) > 1:
            raise ValueError("a declaration is about one person")
        if len({entry.key for entry in said}) < len(said):
            raise ValueError("the same statement stands twice in one file")
        return self


class IncomeMonth(Frozen):
    """What one employer's statements of one month come to.

    `amount` is counted earned income in whole SEK (SFS 2022:852 4 §). `review` is what a person must decide,
    by field code, and `social` is benefits by remuneration code: neither is in the amount. `standing` is
    `filed` where every statement behind the row is.
    """

    employer: str
    month: Month
    amount: int
    review: dict[str, int] = Field(default_factory=dict)
    social: dict[str, int] = Field(default_factory=dict)
    flags: tuple[str, ...] = ()
    standing: Standing = "prepared"


class DeclarationWarning(Frozen):
    """Something about the corrections of one statement that a person should look at."""

    code: str
    employer: str
    month: Month
    number: int


_Entry = TypeVar("_Entry", Statement, Absence)


@dataclass(frozen=True)
class _Version(Generic[_Entry]):
    """One file's word on one key, with the file's time and its place in the order of import."""

    created_at: datetime
    order: int
    standing: Standing
    said: _Entry


def earned_income(declarations: Sequence[Declaration]) -> tuple[IncomeMonth, ...]:
    """Return what each employer's statements of each month come to; `declarations` in the order of import.

    A month whose every statement is removed has no row; one with nothing that counts has amount 0.
    """
    settled = _versions(declarations, lambda declaration: declaration.statements)
    flags: dict[tuple[str, str], set[str]] = {}
    for warning in _warnings(settled):
        flags.setdefault((warning.employer, warning.month), set()).add(warning.code)
    months: dict[tuple[str, str], list[_Version[Statement]]] = {}
    for version in _standing(settled):
        months.setdefault((version.said.employer, version.said.period), []).append(version)
    rows = [_income_month(*key, months[key], flags.get(key, set())) for key in sorted(months)]
    return tuple(_with_high_month(row, rows) for row in rows)


def month_amounts(rows: Iterable[IncomeMonth]) -> dict[str, int]:
    """Return each month's counted earned income from all employers, the months in order."""
    amounts: dict[str, int] = {}
    for row in sorted(rows, key=lambda row: row.month):
        amounts[row.month] = amounts.get(row.month, 0) + row.amount
    return amounts


def absences(declarations: Sequence[Declaration]) -> tuple[Absence, ...]:
    """Return the absences that stand after all corrections, in the order of their days."""
    standing = _standing(_versions(declarations, lambda declaration: declaration.absences))
    return tuple(
        sorted((version.said for version in standing), key=lambda absence: (absence.date, absence.key))
    )


def declaration_warnings(declarations: Sequence[Declaration]) -> tuple[DeclarationWarning, ...]:
    """Return what a person should look at, also where no row is left to carry a flag."""
    return (
        *_warnings(_versions(declarations, lambda declaration: declaration.statements)),
        *_warnings(_versions(declarations, lambda declaration: declaration.absences)),
    )


def counted_income(statement: Statement) -> int:
    """Return the earned income of one statement in whole SEK: 011 + 012 + 013 + max(0, 018 x 5/6 - 098).

    Social insurance and unemployment benefits are no income (K-5.2-5), whatever fields they are declared in.
    """
    part, whole = FUEL_SHARE
    amounts = statement.amounts
    fuel = amounts.get(FUEL, 0) * part // whole - amounts.get(FUEL_PAID, 0)
    return sum(amount for code, amount in amounts.items() if code in COUNTED) + max(0, fuel)


def _versions(
    declarations: Sequence[Declaration], entries: Callable[[Declaration], tuple[_Entry, ...]]
) -> dict[Hashable, list[_Version[_Entry]]]:
    """Gather each key's versions, the latest last: by the file's own time, then by import.

    A file that is imported again adds nothing, except that it may by then be known as filed.
    """
    known: dict[Hashable, dict[str, _Version[_Entry]]] = {}
    for order, declaration in enumerate(declarations):
        for said in entries(declaration):
            files = known.setdefault(said.key, {})
            earlier = files.get(declaration.file_sha256)
            if earlier is None:
                version = _Version(declaration.created_at, order, declaration.standing, said)
                files[declaration.file_sha256] = version
            elif declaration.standing == "filed":
                files[declaration.file_sha256] = replace(earlier, standing="filed")
    return {
        key: sorted(files.values(), key=lambda version: (version.created_at, version.order))
        for key, files in sorted(known.items(), key=lambda item: str(item[0]))
    }


def _standing(settled: dict[Hashable, list[_Version[_Entry]]]) -> list[_Version[_Entry]]:
    """Return the versions that hold: the latest of each key replaces all before it, unless it removes."""
    return [versions[-1] for versions in settled.values() if not versions[-1].said.removed]


def _warnings(settled: dict[Hashable, list[_Version[_Entry]]]) -> list[DeclarationWarning]:
    """Return the removals of nothing, and the keys where the two orders disagree and the contents differ."""
    found: list[DeclarationWarning] = []
    for versions in settled.values():
        said = versions[-1].said
        tried = ((ORDER_DISAGREES, _orders_disagree(versions)), (REMOVED_NOTHING, _removes_nothing(versions)))
        found += [
            DeclarationWarning(code=code, employer=said.employer, month=said.period, number=said.number)
            for code, holds in tried
            if holds
        ]
    return found


def _orders_disagree(versions: list[_Version[_Entry]]) -> bool:
    """Tell whether the file imported last says otherwise than the file made last.

    The agency goes by the order of submission, which no file shows; import is the nearest thing known to it.
    """
    return max(versions, key=_import_order).said != versions[-1].said


def _import_order(version: _Version[_Entry]) -> int:
    return version.order


def _removes_nothing(versions: list[_Version[_Entry]]) -> bool:
    """Tell whether some removal found nothing standing before it."""
    there = [False, *(not version.said.removed for version in versions)]
    return any(not before and not now for before, now in pairwise(there))


def _income_month(
    employer: str, month: str, versions: list[_Version[Statement]], flags: set[str]
) -> IncomeMonth:
    """Add up the statements that stand for one employer and month: each number is a part of it."""
    review: dict[str, int] = {}
    social: dict[str, int] = {}
    for version in versions:
        said = version.said
        _add(review, {code: said.amounts[code] for code in REVIEWED if _needs_review(said, code)})
        _add(social, said.social)
    if any(version.said.unknown for version in versions):
        flags = flags | {UNKNOWN_FIELD}
    if any(month > _next_month(version.created_at) for version in versions):
        flags = flags | {PERIOD_AHEAD}
    return IncomeMonth(
        employer=employer,
        month=month,
        amount=sum(counted_income(version.said) for version in versions),
        review=_in_order(review),
        social=_in_order(social),
        flags=tuple(sorted(flags)),
        standing="filed" if all(version.standing == "filed" for version in versions) else "prepared",
    )


def _needs_review(statement: Statement, code: str) -> bool:
    """Tell whether a person must decide about a field: benefits that are ticked as a pension never count."""
    return code in statement.amounts and FIELDS[code].unless not in statement.ticks


def _add(total: dict[str, int], amounts: dict[str, int]) -> None:
    for code, amount in amounts.items():
        total[code] = total.get(code, 0) + amount


def _next_month(instant: datetime) -> str:
    """Return the month after the one in which a file was made, by the Swedish calendar."""
    return months_before(month_of(instant.astimezone(_STOCKHOLM).date()), -1)


def _with_high_month(row: IncomeMonth, rows: Sequence[IncomeMonth]) -> IncomeMonth:
    """Flag a month far above the employer's other months: perhaps severance pay (K-5.2 wants work)."""
    others = [
        other.amount
        for other in rows
        if other.employer == row.employer and other.month != row.month and other.amount > 0
    ]
    if len(others) < HIGH_MONTH_LEAST_OTHERS or row.amount <= HIGH_MONTH_TIMES * median_low(others):
        return row
    return row.model_copy(update={"flags": tuple(sorted({*row.flags, HIGH_MONTH}))})
