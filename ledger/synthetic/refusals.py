"""Stories that end in a refusal: one or more for each code that an application can show."""

from datetime import date

from ledger.synthetic.drafts import Path
from ledger.synthetic.people import Employer
from ledger.synthetic.stories import FULL_TIME, affiliated, employed_long, ending, pay, private, story


@story(weight=5)
def too_few_months(path: Path) -> None:
    """Too little work in the two years."""
    draft = path.applies("counselling_dismissed", 6)
    draft.employed(
        private(path),
        path.random.randint(4, 10),
        0,
        pay=pay(path),
        form="fixed_term",
        end_reason="fixed_term_end",
    )


@story(weight=2)
def unemployment_is_not_skipped(path: Path) -> None:
    """Unemployment benefit moves no frame (AMB-09)."""
    draft = path.applies("counselling_dismissed", 12)
    draft.employed(private(path), 36, 16, pay=pay(path))
    draft.benefit("unemployment_benefit", 15, 1)


@story(weight=2)
def turned_sixty_five(path: Path) -> None:
    """The age limit is reached (K-5.3)."""
    ending(path, "counselling_dismissed", 12, private(path))


@story()
def lists_no_employment(path: Path) -> None:
    """Declarations alone are no ground."""
    draft = path.applies("counselling_dismissed", 6)
    path.paid(private(path), [draft.ago(count) for count in range(20, 0, -1)], pay(path))


@story(weight=2)
def still_employed(path: Path) -> None:
    """Counselling for dismissed persons while nothing ends."""
    employed_long(path.applies("counselling_dismissed", 6), private(path), None)


@story()
def guidance_too_late(path: Path) -> None:
    """Guidance for the employed when the employment has ended."""
    employed_long(path.applies("guidance_employed", 3), private(path), 2)


@story(weight=4)
def resigned(path: Path) -> None:
    """An own resignation is no ground (K-5.1-1)."""
    ending(
        path,
        "counselling_dismissed",
        path.random.choice((6, 12)),
        private(path),
        end_reason="resignation",
        end_initiative="employee",
    )


@story()
def dismissed_for_misconduct(path: Path) -> None:
    """Nor are personal reasons."""
    ending(path, "counselling", 12, affiliated(path), end_reason="misconduct")


@story()
def volunteered(path: Path) -> None:
    """Redundancy, but on the employee's initiative (K-5.1-3)."""
    ending(path, "counselling_dismissed", 12, private(path), end_initiative="employee")


@story()
def ended_before_the_act(path: Path) -> None:
    """The employment ended before the rules applied."""
    draft = path.applies("counselling_dismissed", 6, f"2024-0{path.random.randint(1, 6)}")
    draft.employed(private(path), 40, 17, pay=pay(path), paid=range(24, 17, -1), ends_on=date(2022, 9, 16))
    path.paid(private(path), [draft.ago(count) for count in range(13, 0, -1)], pay(path))


@story(weight=2)
def not_affiliated(path: Path) -> None:
    """A private employer is outside the collective agreement (O-14-a)."""
    employed_long(path.applies("career_study_counselling", 12), private(path), None)


@story()
def directed_the_company(path: Path) -> None:
    """A managing director is excluded (K-5.1-4a)."""
    ending(path, "counselling_dismissed", 12, private(path), managing_director=True)


@story()
def owned_the_company(path: Path) -> None:
    """So is one who with the family owns a third (K-5.1-4b)."""
    shares = {"own": 200, "total": 1000, "relatives": ({"relation": "spouse", "shares": 150},)}
    ending(path, "counselling_dismissed", 6, private(path), shares=shares)


@story()
def worked_for_the_spouse(path: Path) -> None:
    """And the sole trader's spouse (K-5.1-4c)."""
    draft = path.applies("counselling_dismissed", 6)
    employer = Employer("Tänktorps Blommor", "Tänktorps Blommor", "other")
    draft.employed(employer, 24, 0, hours=FULL_TIME, sole_trader_relation="spouse")


@story()
def asked_for_nine_months(path: Path) -> None:
    """There is no form of nine months (K-2.1-b)."""
    ending(path, "counselling_dismissed", 9, private(path))


@story()
def need_not_judged(path: Path) -> None:
    """Nobody judged the need (K-5.1-5)."""
    ending(path, "reinforced_support", 12, private(path), end_reason="sickness")


@story()
def employer_kept_silent(path: Path) -> None:
    """The employer did not notify (O-25-d)."""
    ending(path, "extended_counselling", 12, affiliated(path))


@story()
def relies_on_nothing(path: Path) -> None:
    """The decision relied on does not exist."""
    draft = ending(path, "counselling_dismissed", 6, private(path))
    draft.on_basis_of = "OTHER-ORGANISATION-17"
