"""Reads a file of employer declarations in two passes, neither of which keeps the file in memory.

The first checks every form and tells what the file is; the second gives the statements of the people who are
asked for. The file holds every employee: of the others nothing is kept, shown or logged.
"""

import re
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO
from zoneinfo import ZoneInfo

from lxml.etree import _Element

from domain.declarations import Absence, Declaration, Standing, Statement
from domain.values import month_of, months_before
from ledger.declaration_faults import DeclarationError, Place, plain_name
from ledger.declaration_forms import Form, absence_of, read_absence, read_form, statement_of
from ledger.declaration_values import is_employer
from ledger.declaration_xml import ABSENCE, EMPLOYER, FORM, SENDER, SHARED, FormStream, K

__all__ = ["DeclarationError", "DeclarationFile", "declarations_of", "read_declarations", "statements_in"]

Source = Path | str | BinaryIO
"""A file by its path, or a stream of bytes that can be read from its start again."""

MOST_FORMS = 1_000_000
_MOST_EMPLOYERS = 100_000

_STOCKHOLM = ZoneInfo("Europe/Stockholm")
_CREATED = re.compile(
    r"(20[0-9]{2}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2})(?:\.([0-9]{1,9}))?(Z|[+-][0-9]{2}:[0-9]{2})?"
)
_PAYEE = K + "BetalningsmottagarId"


@dataclass(frozen=True, slots=True)
class DeclarationFile:
    """What a whole, checked file is: nothing in it tells who was paid.

    `skipped_legal_persons` and `skipped_foreign_ids` count statements and absences of payees that are never
    matched: organisations, and people without a Swedish number (222, 224). `warnings` are for a person.
    """

    sha256: str
    name: str
    created_at: datetime
    employers: tuple[str, ...]
    periods: tuple[str, ...]
    statements: int
    absences: int
    main_statements: int
    skipped_legal_persons: int
    skipped_foreign_ids: int
    warnings: tuple[str, ...]


def read_declarations(source: Source, name: str | None = None) -> DeclarationFile:
    """Check the whole file and tell what it is, or raise DeclarationError: all or nothing."""
    with _opened(source, name) as (stream, place):
        reading = _Reading(stream, place)
        count = _Count()
        for form in reading.forms(lambda _: True):
            count.add(form, place)
        return count.file(reading)


def statements_in(source: Source, file: DeclarationFile) -> Iterator[tuple[str, Statement | Absence]]:
    """Give every matched payee with each statement and absence, in the file's order.

    What was given holds only once the iteration has ended: a file that changed since the first pass is found
    out at its end.
    """
    yield from _second_pass(source, file, lambda _: True)


def declarations_of(
    source: Source,
    file: DeclarationFile,
    wanted: Collection[str] | Callable[[str], bool],
    *,
    standing: Standing = "prepared",
    with_absences: bool = False,
) -> dict[str, Declaration]:
    """Return what the file says of each wanted person it names, by identity number.

    `wanted` holds the identity numbers, or tells for one whether it is wanted.

    Absences are left out unless asked for: a day of care for a sick child is close to health data.
    """
    is_wanted = wanted if callable(wanted) else frozenset(wanted).__contains__
    statements: dict[str, list[Statement]] = {}
    absences: dict[str, list[Absence]] = {}
    for payee, said in _second_pass(source, file, is_wanted):
        if isinstance(said, Statement):
            statements.setdefault(payee, []).append(said)
        elif with_absences:
            absences.setdefault(payee, []).append(said)
    return {
        payee: Declaration(
            file_sha256=file.sha256,
            file_name=file.name,
            created_at=file.created_at,
            standing=standing,
            statements=tuple(statements.get(payee, ())),
            absences=tuple(absences.get(payee, ())),
        )
        for payee in sorted(statements.keys() | absences.keys())
    }


def _second_pass(
    source: Source, file: DeclarationFile, wanted: Callable[[str], bool]
) -> Iterator[tuple[str, Statement | Absence]]:
    with _opened(source, file.name) as (stream, place):
        reading = _Reading(stream, place)
        for form in reading.forms(wanted):
            if form.identity[0] == "215":
                yield form.identity[1], absence_of(form) if form.kind == "absence" else statement_of(form)
        if reading.sha256 != file.sha256:
            raise DeclarationError(f"{file.name}: the file changed while it was read: start the import again")


@contextmanager
def _opened(source: Source, name: str | None) -> Iterator[tuple[BinaryIO, Place]]:
    """Open a path, or rewind a stream; what the machine can't read is refused like any other file."""
    given = name or (str(source) if isinstance(source, Path | str) else getattr(source, "name", None))
    place = Place(plain_name(given if isinstance(given, str) else "file"))
    try:
        if isinstance(source, Path | str):
            with Path(source).open("rb") as stream:
                yield stream, place
        else:
            source.seek(0)
            yield source, place
    except OSError as error:
        raise place.refusal(f"can't be read: {error.strerror or 'reading failed'}") from None


class _Reading:
    """One pass over one file: its forms one by one, and what its head says."""

    def __init__(self, stream: BinaryIO, place: Place) -> None:
        self.created_at: datetime | None = None
        self.listed: set[str] = set()
        self.unknown_forms = 0
        self.place = place
        self._stream = FormStream(stream, place)

    @property
    def sha256(self) -> str:
        """Return the SHA-256 of the file, once all forms were given."""
        return self._stream.sha256

    def forms(self, wanted: Callable[[str], bool]) -> Iterator[Form]:
        """Give each form of a payee that is wanted, and each that names nobody by a Swedish number."""
        forms = 0
        for element, tag in self._stream:
            if tag in (FORM, ABSENCE):
                forms += 1
                self.place.enter(tag.removeprefix(K))
                if forms > MOST_FORMS:
                    raise self.place.refusal(f"more than {MOST_FORMS:,} forms: have the file split")
                payee = next(element.iter(_PAYEE), None)
                if payee is not None and not wanted((payee.text or "").strip()):
                    continue
                form = read_form(element, self.place) if tag == FORM else read_absence(element, self.place)
                if form is not None:
                    yield form
                    continue
                self.unknown_forms += 1
            else:
                self._head(element, tag)

    def _head(self, element: _Element, tag: str) -> None:
        """Take what stands outside the forms; only its time and the employers' numbers are looked at."""
        if tag == "":
            if not str(element.tag).startswith(K):
                raise self.place.refusal("an element of another schema stands between the forms")
            self.unknown_forms += 1
            return
        if any(not str(inner.tag).startswith(K) for inner in element.iter()):
            raise self.place.refusal("an element of another schema stands before the forms")
        if tag == SENDER:
            self.created_at = _created_at(element, self.place)
        elif tag == EMPLOYER:
            self._listed_employer(element)
        elif tag == SHARED and not self.listed:
            raise self.place.refusal("Blankettgemensamt names no employer: the employer must correct it")

    def _listed_employer(self, element: _Element) -> None:
        numbers = [(number.text or "").strip() for number in element.iterchildren(K + "AgRegistreradId")]
        if len(numbers) != 1 or not is_employer(numbers[0]):
            raise self.place.refusal("an Arbetsgivare must have one AgRegistreradId of twelve digits")
        self.listed.add(numbers[0])
        if len(self.listed) > _MOST_EMPLOYERS:
            raise self.place.refusal(f"more than {_MOST_EMPLOYERS:,} employers: have the file split")


@dataclass(slots=True)
class _Count:
    """What the first pass adds up, and the keys it has seen: none may stand twice in a file."""

    kinds: dict[str, int] = field(default_factory=lambda: {"main": 0, "statement": 0, "absence": 0})
    skipped: dict[str, int] = field(default_factory=lambda: {"215": 0, "222": 0, "224": 0, "legal": 0})
    with_unknown: int = 0
    # By employer, month and kind. Payee, day and number make one integer: a quarter of a tuple's memory.
    keys: dict[tuple[str, str, str], set[int | tuple[str, int, str]]] = field(default_factory=dict)

    def add(self, form: Form, place: Place) -> None:
        """Count one form, and refuse the file where its key was there before."""
        self.kinds[form.kind] += 1
        keys = self.keys.setdefault((form.employer, form.period, form.kind), set())
        if form.kind == "main":
            return
        self.skipped[form.identity[0]] += 1
        self.with_unknown += bool(form.fields.unknown)
        identity, text = form.identity
        key: int | tuple[str, int, str]
        if identity in ("215", "legal"):
            key = int(f"{text}{form.day.replace('-', '')}{form.number:010d}")
        else:
            key = (f"{identity} {text}", form.number, form.day)
        if key in keys:
            raise place.refusal(
                "the same payee, month and number stand twice in the file: the employer must correct it"
            )
        keys.add(key)

    def file(self, reading: _Reading) -> DeclarationFile:
        """Return what the whole file is."""
        assert reading.created_at is not None  # a file without Avsandare, or without its day, was refused
        employers = sorted({employer for employer, _, _ in self.keys})
        periods = sorted({period for _, period, _ in self.keys})
        return DeclarationFile(
            sha256=reading.sha256,
            name=reading.place.file_name,
            created_at=reading.created_at,
            employers=tuple(employers),
            periods=tuple(periods),
            statements=self.kinds["statement"],
            absences=self.kinds["absence"],
            main_statements=self.kinds["main"],
            skipped_legal_persons=self.skipped["legal"],
            skipped_foreign_ids=self.skipped["222"] + self.skipped["224"],
            warnings=tuple(self._warnings(reading, employers, periods, reading.created_at)),
        )

    def _warnings(
        self, reading: _Reading, employers: list[str], periods: list[str], created_at: datetime
    ) -> Iterator[str]:
        if self.with_unknown:
            yield f"{self.with_unknown} forms hold fields not known here, kept and counting for nothing"
        if reading.unknown_forms:
            yield f"{reading.unknown_forms} parts of the file are of a kind not known here: passed over"
        if not set(employers) <= reading.listed:
            yield "an employer that Blankettgemensamt doesn't name has forms in the file"
        # Pay is declared for the month it is paid in; a run made a few days before that month is ordinary.
        latest = months_before(month_of(created_at.astimezone(_STOCKHOLM).date()), -1)
        if ahead := [period for period in periods if period > latest]:
            yield f"the file was made long before the month it declares: {', '.join(ahead)}"


def _created_at(sender: _Element, place: Place) -> datetime:
    """Return when the file says it was made (Skapad); without an offset it is Swedish time."""
    told = [(child.text or "").strip() for child in sender.iterchildren(K + "Skapad")]
    if len(told) != 1:
        raise place.refusal("the file doesn't say, once, when it was made (Skapad)")
    instant = _instant(told[0])
    if instant is None:
        raise place.refusal("Skapad is no time, YYYY-MM-DDThh:mm:ss")
    return instant


def _instant(text: str) -> datetime | None:
    parts = _CREATED.fullmatch(text)
    if parts is None:
        return None
    second, fraction, offset = parts.groups()
    # Some tools write seven digits or more of the second.
    text = f"{second}.{(fraction or '0')[:6]:0<6}{(offset or '').replace('Z', '+00:00')}"
    try:
        instant = datetime.fromisoformat(text)
        return (instant if instant.tzinfo else instant.replace(tzinfo=_STOCKHOLM)).astimezone(UTC)
    except (ValueError, OverflowError):
        return None
