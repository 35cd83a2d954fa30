"""Fictional people and employers: names, numbers, regions, occupations; nobody and nothing of this exists.

Identity numbers have a birth number from 980 to 999, which the agencies keep for people who are made up; the
employers' numbers lie in a range that no register has given out.
"""

from collections.abc import Iterable, Iterator
from datetime import date, timedelta
from random import Random
from typing import NamedTuple

from ledger.identity_numbers import check_digit


class Employer(NamedTuple):
    """A fictional employer: its name, its organisation number of ten digits, and its sector."""

    name: str
    number: str
    sector: str

    @property
    def declared_as(self) -> str:
        """Return the twelve digits by which an employer's declaration names itself."""
        return f"16{self.number}"


class Person(NamedTuple):
    """A fictional person, with what an application says about one."""

    identity_number: str
    name: str
    email: str
    phone: str
    region: str
    occupation: str


def _employers() -> Iterator[Employer]:
    """Yield the employers; number 55 9999 91xx is nobody's."""
    names = {
        "municipality": (
            "Exempelköpings kommun",
            "Påhittsunds kommun",
            "Sagostads kommun",
            "Tänktorps kommun",
        ),
        "region": ("Region Fantasia", "Region Låtsasbygden"),
        "municipal_company": ("Exempelköpings Bostäder AB", "Påhittsunds Energi AB"),
        "other": (
            "Hittepå Verkstad AB",
            "Drömbruket AB",
            "Fabelfrakt AB",
            "Luftslottet Hotell AB",
            "Sagolika Livs AB",
            "Molnbyggarna AB",
            "Ingenstans Konsult AB",
            "Enhörningens Tryckeri AB",
        ),
    }
    index = 0
    for sector, of_sector in names.items():
        for name in of_sector:
            nine = f"5599999{10 + index}"
            yield Employer(name, nine + check_digit(nine), sector)
            index += 1


EMPLOYERS = tuple(_employers())
AFFILIATED = tuple(one for one in EMPLOYERS if one.sector != "other")
"""Employers within the collective agreement of municipalities and regions (O-14-a)."""
PRIVATE = tuple(one for one in EMPLOYERS if one.sector == "other")


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


WOMEN = _words(
    "Astrid Birgitta Cecilia Doris Ebba Frida Gunilla Hanna Ida Johanna Karin Lena Maja Nora Olga Petra Rut Sara "
    "Tove Ulla Vera Ylva Åsa"
)
MEN = _words(
    "Anders Bo Carl David Erik Fredrik Gustav Henrik Isak Johan Karl Lars Magnus Nils Oskar Per Rolf Sven Tomas "
    "Ulf Viktor Yngve Åke"
)
FAMILIES = _words(
    "Exempelsson Fiktivsson Påhittström Sagolind Tänkeberg Drömgren Låtsaskvist Fabelqvist Molnblad Hittepåsson "
    "Fantasund Luftman Skuggberg Pappersson Provlund Testbäck"
)
SPELLED_PLAINLY = str.maketrans("åäöÅ", "aaoA")

REGIONS = ("01", "03", "04", "05", "06", "12", "13", "14", "17", "18", "20", "21", "22", "24", "25")
OCCUPATIONS = (
    "2341",  # primary school teachers
    "2343",  # preschool teachers
    "5311",  # childcare workers
    "5321",  # assistant nurses
    "5330",  # personal care workers
    "4112",  # payroll officers
    "4117",  # medical secretaries
    "3411",  # treatment assistants, social educators
    "2221",  # nurses
    "2661",  # social secretaries
    "5120",  # cooks
    "9111",  # cleaners
    "4322",  # warehouse and transport administrators
    "8332",  # heavy truck drivers
    "7233",  # mechanics
    "2512",  # software developers
)


FIRST_BORN, LAST_BORN = date(1964, 1, 1), date(1999, 12, 31)
BIRTH_NUMBERS = range(980, 1000)
COORDINATION_DAYS = 60
STRIDE = 104_729
"""A prime, so that it divides no number of people here."""


def born_on(number: str) -> date:
    """Return the birth date that a person's number tells."""
    return date(int(number[:4]), int(number[4:6]), int(number[6:8]) % COORDINATION_DAYS)


def sex_of(number: str) -> str:
    """Return the sex that a person's number tells."""
    return "male" if int(number[10]) % 2 else "female"


class Crowd:
    """Draws people from one source of chance, so that no two share an identity number."""

    def __init__(self, random: Random, taken: Iterable[str] = ()) -> None:
        self._random = random
        self._taken = set(taken)
        self._count = 0

    def person(self, first: date = FIRST_BORN, last: date = LAST_BORN) -> Person:
        """Return a person born between two days; one in forty has a coordination number."""
        return self._somebody(self._number(first, last))

    def multitude(self) -> Iterator[Person]:
        """Yield everybody else there can be, in an order of chance: first those with a personal number."""
        days, births = (LAST_BORN - FIRST_BORN).days + 1, len(BIRTH_NUMBERS)
        everybody = days * births
        begin = self._random.randrange(everybody)
        for added in (0, COORDINATION_DAYS):
            for count in range(everybody):
                # A stride that has no divisor in common with the whole meets everybody once.
                day, birth = divmod((begin + count * STRIDE) % everybody, births)
                number = _written(FIRST_BORN + timedelta(days=day), added, BIRTH_NUMBERS[birth])
                if number not in self._taken:
                    yield self._somebody(number)

    def _somebody(self, number: str) -> Person:
        """Return a person with a number, and whatever else chance gives."""
        random = self._random
        given = random.choice(MEN if sex_of(number) == "male" else WOMEN)
        family = random.choice(FAMILIES)
        address = f"{given}.{family}".lower().translate(SPELLED_PLAINLY)
        self._count += 1
        return Person(
            identity_number=number,
            name=f"{given} {family}",
            email=f"{address}.{self._count}@example.se",
            phone=f"070-1740{random.randint(605, 699)}",  # the range kept for books and films
            region=random.choice(REGIONS),
            occupation=random.choice(OCCUPATIONS),
        )

    def _number(self, first: date, last: date) -> str:
        """Return twelve digits that nobody else here has."""
        while True:
            born = first + timedelta(days=self._random.randint(0, (last - first).days))
            added = COORDINATION_DAYS if self._random.random() < 1 / 40 else 0
            number = _written(born, added, self._random.randint(BIRTH_NUMBERS[0], BIRTH_NUMBERS[-1]))
            if number not in self._taken:
                self._taken.add(number)
                return number


def _written(born: date, added: int, birth_number: int) -> str:
    """Return an identity number, or a coordination number, in twelve digits."""
    nine = f"{born:%y%m}{born.day + added:02d}{birth_number}"
    return f"{born.year // 100}{nine}{check_digit(nine)}"
