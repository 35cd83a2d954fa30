"""Stories that end in a grant at once."""

from datetime import date

from ledger.synthetic.drafts import Path
from ledger.synthetic.people import PRIVATE, Employer
from ledger.synthetic.stories import (
    FULL_TIME,
    HALF_TIME,
    advisor,
    affiliated,
    employed_long,
    ending,
    pay,
    private,
    story,
)


@story(weight=14)
def made_redundant(path: Path) -> None:
    """A permanent employment ends by redundancy; counselling for six or twelve months."""
    ending(path, "counselling_dismissed", path.random.choice((6, 12)), private(path))


@story(weight=7)
def substitute_post_ends(path: Path) -> None:
    """A fixed-term employment runs out."""
    ending(path, "counselling_dismissed", 6, private(path), form="fixed_term", end_reason="fixed_term_end")


@story(weight=3)
def could_not_go_on(path: Path) -> None:
    """The employment ends because of sickness."""
    ending(path, "counselling_dismissed", 12, private(path), end_reason="sickness")


@story(weight=9)
def seeks_guidance(path: Path) -> None:
    """Somebody employed wants guidance."""
    employed_long(path.applies("guidance_employed", 3), private(path), None)


@story(weight=5)
def has_special_need(path: Path) -> None:
    """Sickness gives a special need, as an advisor judges."""
    draft = ending(path, "reinforced_support", 12, private(path), end_reason="sickness")
    draft.told("judge_need", advisor(path, draft.told_on), special_need=True)


@story(weight=10)
def municipal_career(path: Path) -> None:
    """Somebody employed in a municipality or region considers studies."""
    employed_long(path.applies("career_study_counselling", 12), affiliated(path), None)


@story(weight=8)
def municipal_redundancy(path: Path) -> None:
    """An affiliated employer has to let people go."""
    ending(path, "counselling", 12, affiliated(path))


@story(weight=5)
def notified_by_employer(path: Path) -> None:
    """An affiliated employer notifies the employee for extended measures."""
    employer = affiliated(path)
    draft = ending(path, "extended_counselling", 12, employer)
    draft.told("notify_as_employer", "employer:personalavdelningen", employer=employer.name)


@story(weight=3)
def two_part_time_jobs(path: Path) -> None:
    """Neither of two employments suffices, together they do (AMB-03)."""
    draft = path.applies("counselling_dismissed", 12)
    one, other = path.random.sample(PRIVATE, 2)
    draft.employed(one, 28, 0, pay=12_000)
    draft.employed(other, 24, None, pay=11_500)


@story(weight=2)
def job_not_listed(path: Path) -> None:
    """An employer whom the applicant did not list declares what was missing."""
    draft = path.applies("counselling", 12)
    draft.employed(affiliated(path), 26, 0, pay=11_000)
    path.paid(private(path), [draft.ago(count) for count in range(24, 0, -1)], 12_000)


@story(weight=2)
def worked_in_norway(path: Path) -> None:
    """No Swedish declaration tells of work in Norway: the hours do."""
    draft = path.applies("counselling_dismissed", 12)
    employer = Employer("Eventyrfjord AS", "Eventyrfjord AS", "other")
    draft.employed(employer, 22, 0, hours=FULL_TIME, country="NO")


@story(weight=3)
def hours_and_income(path: Path) -> None:
    """Some months suffice by hours, others by income (AMB-05)."""
    draft = path.applies("counselling_dismissed", 6)
    draft.employed(private(path), 16, 11, pay=5_000, hours=HALF_TIME, form="fixed_term")
    draft.employed(private(path), 8, 0, pay=pay(path))


@story(weight=4)
def on_parental_leave(path: Path) -> None:
    """Ten months of parental benefit are skipped, and older ones come into the frame (K-5.2-10)."""
    draft = path.applies("career_study_counselling", 12)
    draft.employed(affiliated(path), 36, None, pay=pay(path), paid=[*range(34, 24, -1), *range(8, 0, -1)])
    draft.benefit("parental_benefit", 20, 11)


@story(weight=2)
def long_sick_leave(path: Path) -> None:
    """Sickness benefit is skipped before the employment ends."""
    draft = path.applies("reinforced_support", 12)
    draft.employed(private(path), 36, 1, pay=pay(path), paid=range(34, 14, -1), end_reason="sickness")
    draft.benefit("sickness_benefit", 14, 1)
    draft.told("judge_need", advisor(path, draft.told_on), special_need=True)


@story(weight=2)
def nearly_sixty_five(path: Path) -> None:
    """The birthday comes before the year has passed (K-5.3)."""
    month = f"2024-{path.random.randint(7, 12):02d}"
    ending(path, "counselling_dismissed", 12, private(path), month)


@story()
def once_directed_a_company(path: Path) -> None:
    """Months as managing director count, though that employment is no ground (AMB-13)."""
    draft = path.applies("counselling_dismissed", 12)
    draft.employed(private(path), 30, 9, pay=48_000, managing_director=True)
    draft.employed(private(path), 8, 0, pay=pay(path))


@story()
def lost_a_job_long_ago(path: Path) -> None:
    """The ground ended over two years before; a person is asked to look."""
    draft = path.applies("counselling_dismissed", 12, f"2024-{path.random.randint(11, 12)}")
    one, other = path.random.sample(PRIVATE, 2)
    draft.employed(one, 34, 25, pay=pay(path), ends_on=date(2022, 10, 15))
    draft.employed(other, 22, 1, pay=pay(path), end_reason="resignation", end_initiative="employee")


@story(weight=2)
def pay_corrected(path: Path) -> None:
    """The employer had declared a tenth of the pay, and corrects it; one statement too many is removed."""
    draft = path.applies("counselling_dismissed", 6)
    employer = private(path)
    draft.employed(employer, 14, 0, pay=pay(path))
    for count in (9, 8, 6):
        path.corrects(employer, draft.ago(count), 2_900)
    path.corrects(employer, draft.ago(7), None, number=2)


@story(weight=2)
def paid_in_two_parts(path: Path) -> None:
    """Several statements of one month are summed."""
    draft = path.applies("counselling", 12)
    employer = affiliated(path)
    draft.employed(employer, 20, 1, pay=11_000)
    path.paid(employer, [draft.ago(count) for count in range(20, 0, -1)], 10_500, number=2)
