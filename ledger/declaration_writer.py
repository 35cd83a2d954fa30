"""Writes employer declarations of fictional people, in the real files' structure, for the demo and the tests."""

from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, BinaryIO

from lxml import etree

from domain.declaration_fields import ABSENCE_NAMES, FIELDS, SOCIAL_PAIRS
from domain.declarations import Absence, Statement, counted_income
from ledger.declaration_forms import ABSENCE_SHARES
from ledger.declaration_xml import COMPONENT, INSTANCE, ROOT, K

# Percent of the pay; every statement must hold a tax field, and nobody reads its amount here.
_TAX_PERCENT = 30


def write_declarations(
    target: Path | str | BinaryIO,
    employer: str,
    created_at: datetime,
    statements: Iterable[Statement],
    absences: Iterable[Absence] = (),
    *,
    others: Iterable[str] = (),
) -> None:
    """Write one employer's file, form by form; each month's own form (HU) stands before its statements.

    `others` are further employers whose statements stand in the file, as a payroll bureau writes it.
    """
    path = str(target) if isinstance(target, Path) else target
    with etree.xmlfile(path, encoding="UTF-8") as xml:
        writer = _Writer(xml, employer, others)
        xml.write_declaration(standalone=False)
        names = {None: INSTANCE, "agd": COMPONENT}
        with xml.element(ROOT, {"omrade": "Arbetsgivardeklaration"}, nsmap=names):
            writer.head(created_at)
            begun: set[tuple[str, str]] = set()
            for statement in statements:
                if (form := (statement.employer, statement.period)) not in begun:
                    begun.add(form)
                    writer.main_statement(*form)
                writer.statement(statement)
            for absence in absences:
                writer.absence(absence)


class _Writer:
    """Writes one file's employers and their forms; the first employer is the sender."""

    def __init__(self, xml: Any, employer: str, others: Iterable[str]) -> None:
        self._xml = xml
        self._employers = (employer, *others)

    def head(self, created_at: datetime) -> None:
        """Write who made the file and when, and the employers (Avsandare, Blankettgemensamt)."""
        skapad = created_at.astimezone(UTC).isoformat().replace("+00:00", "Z")
        with self._group("Avsandare"):
            self._text("Programnamn", "Liggare, fictional data")
            self._text("Organisationsnummer", self._employers[0])
            with self._group("TekniskKontaktperson"):
                self._contact()
            self._text("Skapad", skapad)
        with self._group("Blankettgemensamt"):
            for employer in self._employers:
                with self._group("Arbetsgivare"):
                    self._text("AgRegistreradId", employer)
                    with self._group("Kontaktperson"):
                        self._contact()

    def main_statement(self, employer: str, period: str) -> None:
        """Write an employer's own form of a month, without its sums."""
        with self._form("HU", employer, period), self._group("ArbetsgivareHUGROUP"):
            self._value("AgRegistreradId", "201", employer)

    def statement(self, said: Statement) -> None:
        """Write one person's statement: its key, then what it says or that it removes."""
        self._check(said)
        with self._form("IU", said.employer, said.period):
            with self._group("ArbetsgivareIUGROUP"):
                self._value("AgRegistreradId", "201", said.employer)
            with self._group("BetalningsmottagareIUGROUP"), self._group("BetalningsmottagareIDChoice"):
                self._value("BetalningsmottagarId", "215", said.payee)
            self._field("570", f"{said.number:03d}")
            if said.removed:
                self._field("205", "1")
            else:
                self._said(said)

    def absence(self, said: Absence) -> None:
        """Write one day's absence (Franvarouppgift)."""
        self._check(said)
        values = {
            "201": said.employer,
            "006": said.period.replace("-", ""),
            "821": said.date.isoformat(),
            "215": said.payee,
            "822": str(said.number),
            "823": said.kind,
            "820": "1" if said.removed else None,
        }
        if said.kind:
            percent, hours = ABSENCE_SHARES[said.kind]
            values |= {percent: said.percent, hours: said.hours}
        with self._group("Franvarouppgift"):
            for code, text in values.items():
                if text is not None:
                    self._value(ABSENCE_NAMES[code], code, text)

    def _said(self, said: Statement) -> None:
        for code, amount in said.amounts.items():
            self._field(code, str(amount))
        for code in said.ticks:
            self._field(code, "1")
        if len(said.social) > len(SOCIAL_PAIRS):
            raise ValueError(f"a statement has room for {len(SOCIAL_PAIRS)} remuneration codes")
        for (code, pays), (remuneration, amount) in zip(SOCIAL_PAIRS, said.social.items(), strict=False):
            self._field(code, remuneration)
            self._field(pays, str(amount))
        for name, text in said.unknown.items():
            code, _, element = name.rpartition(" ")
            self._value(element, code, text)
        self._field("001", str(counted_income(said) * _TAX_PERCENT // 100))

    def _check(self, said: Statement | Absence) -> None:
        if said.employer not in self._employers:
            raise ValueError("a statement of another employer than the file's")

    def _group(self, name: str) -> AbstractContextManager[Any]:
        group: AbstractContextManager[Any] = self._xml.element(K + name)
        return group

    @contextmanager
    def _form(self, name: str, employer: str, month: str) -> Iterator[None]:
        """Frame a form with its owner and month, which the form itself repeats."""
        period = month.replace("-", "")
        with self._group("Blankett"):
            with self._group("Arendeinformation"):
                self._text("Arendeagare", employer)
                self._text("Period", period)
            with self._group("Blankettinnehall"), self._group(name):
                yield
                self._field("006", period)

    def _text(self, name: str, text: str) -> None:
        with self._group(name):
            self._xml.write(text)

    def _field(self, code: str, text: str) -> None:
        self._value(FIELDS[code].name, code, text)

    def _value(self, name: str, code: str, text: str) -> None:
        with self._xml.element(K + name, {"faltkod": code} if code else {}):
            self._xml.write(text)

    def _contact(self) -> None:
        self._text("Namn", "Fiktiv Person")
        self._text("Telefon", "000-000000")
        self._text("Epostadress", "fiktiv.person@example.se")
