"""One fictional person's path in the making: employments, what employers declare of them, applications."""

from collections.abc import Iterable, Iterator
from datetime import date, timedelta
from random import Random
from typing import Any, NamedTuple

from domain.declarations import Statement
from domain.events import ApplicationService
from domain.occupations import OCCUPATIONS, OccupationName, occupation_of
from domain.policy import PolicyName
from domain.request import Benefit, BenefitKind, Employment, Work
from domain.services import catalogue_on
from domain.values import days_in_month, month_of, months_before
from ledger.applications import Applicant, Application
from ledger.synthetic.people import Employer, Person

LATE = date(2025, 7, 10)
"""The day on which what had been missing comes in, and mistaken grants are annulled."""


class Correction(NamedTuple):
    """A statement that an employer sent in later, on a day, to correct or remove an earlier one."""

    made_on: date
    statement: Statement


class Notice(NamedTuple):
    """A command of somebody other than the applicant: the application's reference, who, when, and what."""

    reference: str
    command: str
    actor: str
    occurred_on: date
    content: dict[str, Any]


class Draft:
    """An application on its way to a person's next line in the file."""

    def __init__(
        self, path: "Path", reference: str, service: ApplicationService, months: int, month: str
    ) -> None:
        self.path = path
        self.reference = reference
        self.service = service
        self.months = months
        self.month = month
        self.received_on = date.fromisoformat(f"{month}-{path.random.randint(4, 24):02d}")
        self.on_basis_of: str | None = None
        self.benefits: list[Benefit] = []
        self._employments: list[Employment] = []
        self._work: list[Work] = []

    @property
    def told_on(self) -> date:
        """Return the day on which others tell what they have to tell before the decision."""
        return self.received_on + timedelta(days=3)

    def ago(self, count: int) -> str:
        """Return the month that lies so many before the application's."""
        return months_before(self.month, count)

    def employed(
        self,
        employer: Employer,
        began: int,
        left: int | None = None,
        *,
        pay: int | None = None,
        hours: str | None = None,
        paid: Iterable[int] | None = None,
        **said: Any,
    ) -> None:
        """Let the person be employed from so many months before the application, until others (None: still).

        `pay` a month is declared by the employer, in the months `paid` (default: all); `hours` a month are
        stated by the applicant. `said` is what else the applicant says of the employment.
        """
        # The application's own month is declared in the next one, when the decision has been made.
        lasted = range(began, max(1, left or 1) - 1, -1)
        months = [self.ago(count) for count in (lasted if paid is None else paid)]
        if pay is not None and said.get("country", "SE") == "SE":
            self.path.paid(employer, months, pay)
        name = f"e{len(self._employments) + 1}"
        self._employments.append(
            Employment.model_validate(
                {
                    "id": name,
                    "employer": employer.number,
                    "sector": employer.sector,
                    "country": "SE",
                    "form": "permanent",
                    "starts_on": date.fromisoformat(f"{self.ago(began)}-01"),
                    "ends_on": None if left is None else last_day_of(self.ago(left)),
                    "end_reason": None if left is None else "redundancy",
                    "end_initiative": None if left is None else "employer",
                    "managing_director": False,
                    "shares": None,
                    "sole_trader_relation": None,
                }
                | said
            )
        )
        if hours is not None:
            self._work += [Work(employment=name, month=month, hours=hours, income=None) for month in months]

    def benefit(self, kind: BenefitKind, first: int, last: int) -> None:
        """Let the person have a benefit from so many months before the application, until others, all days."""
        starts_on = date.fromisoformat(f"{self.ago(first)}-01")
        ends_on = last_day_of(self.ago(last))
        self.benefits.append(Benefit(kind=kind, country="SE", starts_on=starts_on, ends_on=ends_on))

    def told(self, command: str, actor: str, on: date | None = None, **content: Any) -> None:
        """Let somebody tell something: before the decision, or on a later day."""
        notice = Notice(self.reference, command, actor, on or self.told_on, content)
        (self.path.notices if on is None else self.path.late).append(notice)

    def application(self) -> Application:
        """Return the line as it is sent."""
        person = self.path.person
        of_service = catalogue_on(self.received_on).services.get(self.service)
        policy: PolicyName = of_service.policy if of_service else "omstallningsfonden"
        group, name = self._occupation() if policy == "omstallningsfonden" else (person.occupation, None)
        return Application(
            reference=self.reference,
            person=Applicant(
                identity_number=person.identity_number,
                name=person.name,
                email=person.email,
                phone=person.phone,
            ),
            region=person.region,
            occupation=group,
            occupation_name=name,
            policy=policy,
            service=self.service,
            months=self.months,
            received_on=self.received_on,
            employments=tuple(self._employments),
            work=tuple(self._work),
            benefits=tuple(self.benefits),
            on_basis_of=self.on_basis_of,
        )

    def _occupation(self) -> tuple[str | None, OccupationName | None]:
        """Return what an application to the fund states: a group, its own name, or both (O-15).

        The reference decides, so that nothing else of the population hangs on it.
        """
        chance = Random(f"occupation:{self.reference}")  # noqa: S311 - chance that can be repeated, nothing secret
        group, way = self.path.person.occupation, chance.randrange(3)
        if way == 0:
            return None, chance.choice(tuple(OCCUPATIONS))
        return group, occupation_of(group) if way == 1 else None


class Path:
    """A person's path: what employers declared, what was applied for, and what others had to say."""

    def __init__(self, person: Person, random: Random, references: Iterator[str]) -> None:
        self.person = person
        self.random = random
        self.statements: dict[tuple[str, str, str, int], Statement] = {}
        self.corrections: list[Correction] = []
        self.drafts: list[Draft] = []
        self.notices: list[Notice] = []
        self.late: list[Notice] = []
        self._references = references

    def applies(self, service: ApplicationService, months: int, month: str | None = None) -> Draft:
        """Begin an application, in some month of 2024 where none is given."""
        month = month or f"2024-{self.random.randint(1, 12):02d}"
        draft = Draft(self, next(self._references), service, months, month)
        self.drafts.append(draft)
        return draft

    def paid(self, employer: Employer, months: Iterable[str], pay: int, number: int = 1) -> None:
        """Let an employer declare pay in some months; a raise comes each April."""
        for month in months:
            raised = pay + pay * 3 * (int(month[:4]) - 2023 + (month[5:] >= "04")) // 100
            said = self._statement(employer, month, number, raised // 100 * 100)
            self.statements[said.key] = said

    def corrects(self, employer: Employer, month: str, mistaken: int | None, number: int = 1) -> None:
        """Let an employer have declared a mistaken amount (or, None, one too many), and say so two months on."""
        made_on = date.fromisoformat(f"{months_before(month, -2)}-21")
        right = self.statements.get((employer.declared_as, self.person.identity_number, month, number))
        wrong = self._statement(employer, month, number, mistaken or 9_000)
        self.statements[wrong.key] = wrong
        if mistaken is None or right is None:
            right = Statement(
                employer=employer.declared_as,
                payee=self.person.identity_number,
                period=month,
                number=number,
                removed=True,
            )
        self.corrections.append(Correction(made_on, right))

    def _statement(self, employer: Employer, month: str, number: int, amount: int) -> Statement:
        return Statement(
            employer=employer.declared_as,
            payee=self.person.identity_number,
            period=month,
            number=number,
            amounts={"011": amount},
        )


def last_day_of(month: str) -> date:
    """Return a month's last day."""
    return date.fromisoformat(f"{month}-{days_in_month(month):02d}")


def month_after(day: date, count: int) -> str:
    """Return the month so many months after a day's."""
    return months_before(month_of(day), -count)
