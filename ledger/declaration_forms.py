"""Reads one form of an employer declaration: a person's statement (IU), the employer's sums (HU), an absence.

Every field of every form is checked, also those of people whom nobody asked about: a file is good, or not.
"""

import re
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Literal, cast

from lxml.etree import _Element

from domain.declaration_fields import (
    ABSENCE_NAMES,
    EARLIEST_ABSENCE_PERIOD,
    FIELDS,
    KEPT_AMOUNTS,
    KEPT_TICKS,
    MAIN_STATEMENT_NAMES,
    SOCIAL_PAIRS,
)
from domain.declarations import Absence, AbsenceKind, Statement
from ledger.declaration_faults import Place
from ledger.declaration_values import (
    FRAME,
    IDENTITIES,
    Fields,
    IdentityKind,
    check_amount,
    employer_of,
    identity_of,
    number_of,
    period_of,
    read_fields,
    required,
    tick,
)
from ledger.declaration_xml import K

_REMUNERATION_CODE = re.compile(r"[0-9]{1,4}")
_SHARE = re.compile(r"[0-9]{1,3}(\.[0-9]{1,2})?")
_DAY = re.compile(r"20[0-9]{2}-[0-9]{2}-[0-9]{2}")

_STATEMENT_TAGS = {K + known.name: code for code, known in FIELDS.items()}
_MAIN_TAGS = {K + name: code for code, name in MAIN_STATEMENT_NAMES.items()}
_ABSENCE_TAGS = {K + name: code for code, name in ABSENCE_NAMES.items()}
_TICKS = frozenset(code for code, known in FIELDS.items() if known.kind == "tick")
_AMOUNT_LIMITS = {
    code: known.most
    for code, known in FIELDS.items()
    if known.kind not in ("key", "tick") and code not in dict(SOCIAL_PAIRS)
}
_SOCIAL = frozenset(code for pair in SOCIAL_PAIRS for code in pair)
# A removal names its key and nothing else.
_REMOVAL_FIELDS = frozenset({"201", "006", "570", "205", *IDENTITIES})

ABSENCE_SHARES: dict[str, tuple[str, str]] = {
    "TILLFALLIG_FORALDRAPENNING": ("824", "825"),
    "FORALDRAPENNING": ("826", "827"),
}
"""The fields of percent and of hours that belong to each kind of absence."""

_ABSENCE_LIMITS = {"824": Decimal(100), "825": Decimal(24), "826": Decimal(100), "827": Decimal(24)}


@dataclass(frozen=True, slots=True)
class Form:
    """One checked form: whose, for which month and under which number; `identity` is its kind and text."""

    kind: Literal["main", "statement", "absence"]
    employer: str
    period: str
    identity: tuple[IdentityKind, str]
    number: int
    day: str
    fields: Fields


def read_form(form: _Element, place: Place) -> Form | None:
    """Read one Blankett; None where its content is of a kind that isn't known, and so counts for nothing."""
    owner, period, content = _frame(form, place)
    if content.tag == K + "IU":
        fields = read_fields(content, _STATEMENT_TAGS, place)
        read = _statement_form(fields, place)
    elif content.tag == K + "HU":
        fields = read_fields(content, _MAIN_TAGS, place)
        read = Form(
            "main", employer_of(fields, place), period_of(fields, place), ("legal", ""), 0, "", fields
        )
    elif str(content.tag).startswith(K) and content.tag not in FRAME:
        return None
    else:
        raise place.refusal("its content is neither HU nor IU: have the file made anew")
    if owner != read.employer:
        raise place.refusal(
            "the employer differs from the form's Arendeagare: the employer must correct it", "201"
        )
    if period != fields.known["006"]:
        raise place.refusal("the month differs from the form's Period: the employer must correct it", "006")
    return read


def read_absence(form: _Element, place: Place) -> Form:
    """Read one Franvarouppgift: one day, of one person, under one number."""
    fields = read_fields(form, _ABSENCE_TAGS, place)
    employer, period = employer_of(fields, place), period_of(fields, place)
    if period < EARLIEST_ABSENCE_PERIOD:
        raise place.refusal(f"absences are declared from {EARLIEST_ABSENCE_PERIOD} on", "006")
    day = required(fields, "821", place)
    if not _DAY.fullmatch(day) or not _is_day(day):
        raise place.refusal("is no date, YYYY-MM-DD", "821")
    identity, number = identity_of(fields, place), number_of(fields, "822", place)
    _absence_share(fields, place)
    return Form("absence", employer, period, identity, number, day, fields)


def statement_of(form: Form) -> Statement:
    """Return a person's statement from a form that is already checked; 0 and empty amounts are absent."""
    known = form.fields.known
    social: dict[str, int] = {}
    for code, pays in SOCIAL_PAIRS:
        if amount := int(known.get(pays) or 0):
            social[known[code]] = social.get(known[code], 0) + amount
    return Statement(
        employer=form.employer,
        payee=form.identity[1],
        period=form.period,
        number=form.number,
        removed=bool(known.get("205")),
        amounts={code: int(known[code]) for code in KEPT_AMOUNTS & known.keys() if int(known[code] or 0)},
        social=social,
        ticks=tuple(sorted(code for code in KEPT_TICKS if known.get(code))),
        unknown=form.fields.unknown,
    )


def absence_of(form: Form) -> Absence:
    """Return one day's absence from a form that is already checked."""
    known = form.fields.known
    return Absence(
        employer=form.employer,
        payee=form.identity[1],
        period=form.period,
        date=date.fromisoformat(form.day),
        number=form.number,
        kind=cast("AbsenceKind | None", known.get("823") or None),
        percent=_plain(known.get("824") or known.get("826")),
        hours=_plain(known.get("825") or known.get("827")),
        removed=bool(known.get("820")),
    )


def _frame(form: _Element, place: Place) -> tuple[str, str, _Element]:
    """Return a Blankett's Arendeagare, Period and the one element of its content."""
    parts = {child.tag: child for child in form}
    case, content = parts.get(K + "Arendeinformation"), parts.get(K + "Blankettinnehall")
    if case is None or content is None or len(form) != len(parts):
        raise place.refusal("Arendeinformation or Blankettinnehall is missing or stands twice")
    if len(parts) > 2 or len(content) != 1:
        raise place.refusal("must hold one statement and nothing else: have the file made anew")
    told = {child.tag: (child.text or "").strip(" \t\r\n") for child in case}
    if len(case) != 2 or set(told) != {K + "Arendeagare", K + "Period"}:
        raise place.refusal("Arendeinformation must hold Arendeagare and Period, once each")
    return told[K + "Arendeagare"], told[K + "Period"], content[0]


def _statement_form(fields: Fields, place: Place) -> Form:
    """Check a person's statement: its key, its ticks, its amounts, and that a removal says nothing else."""
    known = fields.known
    employer, period = employer_of(fields, place), period_of(fields, place)
    identity, number = identity_of(fields, place), number_of(fields, "570", place)
    if tick(fields, "205", place):
        said = {code for code, text in known.items() if text} - _REMOVAL_FIELDS
        if said or fields.silent or fields.unknown:
            raise place.refusal("a removal that says more than which statement it removes", "205")
    for code, text in known.items():
        if code in _AMOUNT_LIMITS:
            check_amount(text, _AMOUNT_LIMITS[code], place, code)
        elif code in _TICKS:
            tick(fields, code, place)
    if not known.keys().isdisjoint(_SOCIAL):
        _check_social(known, place)
    return Form("statement", employer, period, identity, number, "", fields)


def _check_social(known: dict[str, str], place: Place) -> None:
    """Check that each benefit's amount stands with its remuneration code."""
    for code, pays in SOCIAL_PAIRS:
        if known.get(code) and not _REMUNERATION_CODE.fullmatch(known[code]):
            raise place.refusal("is no remuneration code of up to four digits", code)
        if int(known.get(pays) or 0) and not known.get(code):
            raise place.refusal(f"an amount without its remuneration code in {code}", pays)


def _absence_share(fields: Fields, place: Place) -> None:
    """Check kind and extent: one of percent and hours, of the kind it belongs to; a removal has neither."""
    known = fields.known
    kind = known.get("823", "")
    given = [code for code in _ABSENCE_LIMITS if known.get(code)]
    if kind and kind not in ABSENCE_SHARES:
        raise place.refusal("is no kind of absence that is declared", "823")
    if tick(fields, "820", place):
        if given:
            raise place.refusal("a removal that says more than which absence it removes", "820")
        return
    required(fields, "823", place)
    if len(given) != 1 or given[0] not in ABSENCE_SHARES[kind]:
        raise place.refusal("needs either percent or hours, of its own kind", "823")
    text = known[given[0]]
    if not _SHARE.fullmatch(text) or not 0 < Decimal(text) <= _ABSENCE_LIMITS[given[0]]:
        raise place.refusal("is no percent up to 100 or hours up to 24, with at most two decimals", given[0])


def _plain(text: str | None) -> str | None:
    """Return decimal text without needless zeros: 100.00 is 100."""
    return None if not text else f"{Decimal(text).normalize():f}"


def _is_day(text: str) -> bool:
    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return True
