"""Takes the fields of one form out of its XML, and checks each kind of value that a field can hold."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from lxml.etree import _Element

from domain.declaration_fields import EARLIEST_PERIOD, LARGEST_AMOUNT, SILENT_CODES
from ledger.declaration_faults import Place
from ledger.declaration_xml import K
from ledger.identity_numbers import parse_identity_number

_WHITE = " \t\r\n"
_LONGEST_TEXT = 1_000
_LONGEST_OTHER_IDENTITY = 50
_DEEPEST_GROUP = 6
_MOST_UNKNOWN = 50
_LONGEST_UNKNOWN_NAME = 100

_EMPLOYER = re.compile(r"[0-9]{12}")
_LEGAL_PERSON = re.compile(r"16[0-9]{10}")
_PERIOD = re.compile(r"20[0-9]{2}(0[1-9]|1[0-2])")
_INTEGER = re.compile(r"[0-9]{1,10}")
_CODE = re.compile(r"[0-9]{3}")
# Elements that hold forms or frame them; none of them can stand inside a statement.
_FRAME_NAMES = (
    "Avsandare Blankettgemensamt Arbetsgivare Blankett Arendeinformation Arendeagare Period Blankettinnehall"
    " HU IU Franvarouppgift"
)
FRAME = frozenset(K + name for name in _FRAME_NAMES.split())
IDENTITIES = ("215", "222", "224")

IdentityKind = Literal["215", "222", "224", "legal"]


@dataclass(slots=True)
class Fields:
    """The texts of one form by field code, and those of its elements that the field table doesn't know."""

    known: dict[str, str] = field(default_factory=dict)
    silent: set[str] = field(default_factory=set)
    unknown: dict[str, str] = field(default_factory=dict)


def read_fields(form: _Element, tags: Mapping[str, str], place: Place) -> Fields:
    """Return every value of a form; an element table gives the codes that are known in it."""
    fields = Fields()
    _collect(form, tags, fields, place, 0)
    return fields


def _collect(group: _Element, tags: Mapping[str, str], fields: Fields, place: Place, depth: int) -> None:
    """Take every value in a form or a group of it; how they are grouped and ordered is free."""
    known = fields.known
    if group.text and not group.text.isspace():
        raise place.refusal("text stands outside the fields: have the file made anew")
    for child in group:
        code = tags.get(child.tag)
        if code is None:
            _collect_other(child, tags, fields, place, depth)
        else:
            if child.items() != [("faltkod", code)]:
                raise place.refusal("the element stands with another faltkod or attribute than its own", code)
            if code in known:
                raise place.refusal("stands twice in one form", code)
            known[code] = _text(child, place, code)
        if child.tail and not child.tail.isspace():
            raise place.refusal("text stands outside the fields: have the file made anew")


def _collect_other(
    child: _Element, tags: Mapping[str, str], fields: Fields, place: Place, depth: int
) -> None:
    """Step into a group, or keep a field that isn't known: it counts for nothing, and a person is told."""
    tag = child.tag
    if not isinstance(tag, str) or not tag.startswith(K):
        raise place.refusal("an element of another schema stands in the form: have the file made anew")
    if tag in FRAME or depth >= _DEEPEST_GROUP:
        raise place.refusal("a form stands inside another")
    attributes = [(str(name), str(value)) for name, value in child.items()]
    if not attributes and len(child):
        _collect(child, tags, fields, place, depth + 1)
        return
    code = attributes[0][1] if attributes else ""
    if attributes and (len(attributes) > 1 or attributes[0][0] != "faltkod" or not _CODE.fullmatch(code)):
        raise place.refusal("an element stands with another attribute than a faltkod of three digits")
    if code in tags.values():
        raise place.refusal("the faltkod stands on another element than its own", code)
    text = _text(child, place, code)
    if code in SILENT_CODES:
        if text:
            fields.silent.add(code)
    elif text:
        name = f"{code} {tag.removeprefix(K)}".strip()
        if (
            len(name) > _LONGEST_UNKNOWN_NAME
            or len(fields.unknown) >= _MOST_UNKNOWN
            or name in fields.unknown
        ):
            raise place.refusal(
                "elements that are not known here: too many, twice, or with too long a name", code
            )
        fields.unknown[name] = text


def _text(element: _Element, place: Place, code: str) -> str:
    """Return a field's text; an element inside it would cut the text short, silently."""
    if len(element):
        raise place.refusal("holds an element where a value is expected", code)
    text = (element.text or "").strip(_WHITE)
    if len(text) > _LONGEST_TEXT:
        raise place.refusal(f"is longer than {_LONGEST_TEXT} characters", code)
    return text


def check_amount(text: str, most: int, place: Place, code: str) -> None:
    """Check whole SEK without sign or decimals; empty is absent."""
    if text and not (_INTEGER.fullmatch(text) and int(text) <= most):
        raise place.refusal(
            "is no whole amount in SEK within the schema's limit: the employer must correct it", code
        )


def tick(fields: Fields, code: str, place: Place) -> bool:
    """Tell whether a tick is set; it is written 1, by some tools true."""
    text = fields.known.get(code, "")
    if text not in ("", "1", "true"):
        raise place.refusal("is a tick, and must be 1", code)
    return bool(text)


def required(fields: Fields, code: str, place: Place) -> str:
    """Return the text of a field without which the form means nothing."""
    text = fields.known.get(code, "")
    if not text:
        raise place.refusal("is missing: the employer must correct it", code)
    return text


def employer_of(fields: Fields, place: Place) -> str:
    """Return the employer: twelve digits, an organisation's or a sole trader's."""
    text = required(fields, "201", place)
    if not is_employer(text):
        raise place.refusal("an employer is twelve digits", "201")
    return text


def period_of(fields: Fields, place: Place) -> str:
    """Return the month of payment as YYYY-MM; it is declared as YYYYMM, since 2018-07."""
    text = required(fields, "006", place)
    if not _PERIOD.fullmatch(text):
        raise place.refusal("is no month, YYYYMM: the employer must correct it", "006")
    month = f"{text[:4]}-{text[4:]}"
    if month < EARLIEST_PERIOD:
        raise place.refusal(f"lies before {EARLIEST_PERIOD}, the first month declared per employee", "006")
    place.period = text
    return month


def number_of(fields: Fields, code: str, place: Place) -> int:
    """Return a form's own number with the employer: 001 is 1."""
    text = required(fields, code, place)
    if not _INTEGER.fullmatch(text) or not 1 <= int(text) <= LARGEST_AMOUNT:
        raise place.refusal("is no number from 1 to 9999999999", code)
    return int(text)


def identity_of(fields: Fields, place: Place) -> tuple[IdentityKind, str]:
    """Return the payee by the one field that names it; only a person's own number is ever matched."""
    given = [(code, fields.known[code]) for code in IDENTITIES if fields.known.get(code)]
    if len(given) != 1:
        raise place.refusal("the payee must be named by exactly one of 215, 222 and 224")
    code, text = given[0]
    if code == "224":
        if len(text) > _LONGEST_OTHER_IDENTITY:
            raise place.refusal(f"is longer than {_LONGEST_OTHER_IDENTITY} characters", code)
        return "224", text
    if code == "222":
        if not re.fullmatch(r"[0-9]{11}", text):
            raise place.refusal("is not eleven digits", code)
        return "222", text
    if _LEGAL_PERSON.fullmatch(text):
        return "legal", text
    fault = ""
    try:
        parse_identity_number(text)
    except ValueError as error:
        fault = str(error)
    if fault:
        raise place.refusal(f"{fault}: the employer must correct it", code)
    return "215", text


def is_employer(text: str) -> bool:
    """Tell whether a text has an employer's form: twelve digits."""
    return _EMPLOYER.fullmatch(text) is not None
