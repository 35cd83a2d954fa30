"""The stories that fictional people live: each makes one thing happen that the conditions speak of."""

from collections.abc import Callable
from datetime import date
from typing import NamedTuple

from domain.policy import Service
from ledger.synthetic_drafts import LATE, Draft, Path, month_after
from ledger.synthetic_people import AFFILIATED, PRIVATE, Employer

NORMAL_PAY = range(26_000, 42_000, 100)
FULL_TIME = "160"
HALF_TIME = "84.5"
ADVISORS = ("ada.exempel", "bertil.fiktiv", "cleo.sagolik", "dag.tankt", "elsa.pahitt", "folke.prov")

Tell = Callable[[Path], None]


class Story(NamedTuple):
    """A story: how common it is, how many applications it takes, and how it goes."""

    weight: int
    applications: int
    tell: Tell

    @property
    def name(self) -> str:
        """Return the story's name."""
        return self.tell.__name__


STORIES: list[Story] = []


def story(weight: int = 1, applications: int = 1) -> Callable[[Tell], Tell]:
    """Put a function among the stories."""

    def add(tell: Tell) -> Tell:
        STORIES.append(Story(weight, applications, tell))
        return tell

    return add


def pay(path: Path) -> int:
    """Return an ordinary month's pay."""
    return path.random.choice(NORMAL_PAY)


def advisor(path: Path) -> str:
    """Return one of the advisors, as an actor."""
    return f"advisor:{path.random.choice(ADVISORS)}"


def private(path: Path) -> Employer:
    """Return one of the private employers."""
    return path.random.choice(PRIVATE)


def affiliated(path: Path) -> Employer:
    """Return one of the municipalities, regions and municipal companies."""
    return path.random.choice(AFFILIATED)


def employed_long(
    draft: Draft, employer: Employer, left: int | None, began: int | None = None, **said: object
) -> None:
    """Let the person have worked long enough, at ordinary pay."""
    began = began or draft.path.random.randint(18, 30)
    draft.employed(employer, began, left, pay=pay(draft.path), **said)


def ending(
    path: Path, service: Service, months: int, employer: Employer, month: str | None = None, **said: object
) -> Draft:
    """Let the person apply about when a long employment ends."""
    draft = path.applies(service, months, month)
    employed_long(draft, employer, path.random.choice((-2, -1, 0, 1, 2)), **said)
    return draft


# Granted


@story(weight=14)
def made_redundant(path: Path) -> None:
    """A permanent employment ends by redundancy; counselling for six or twelve months."""
    ending(path, "counselling_dismissed", path.random.choice((6, 12)), private(path))


@story(weight=7)
def substitute_post_ends(path: Path) -> None:
    """A fixed-term employment runs out."""
    ending(
        path, "counselling_dismissed", 6, private(path), form="fixed_term", end_reason="fixed_term_end"
    )


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
    draft.told("judge_need", advisor(path), special_need=True)


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
    draft.employed(affiliated(path), 36, None, pay=pay(path), paid=[*range(34, 24, -1), *range(8, -1, -1)])
    draft.benefit("parental_benefit", 20, 11)


@story(weight=2)
def long_sick_leave(path: Path) -> None:
    """Sickness benefit is skipped before the employment ends."""
    draft = path.applies("reinforced_support", 12)
    draft.employed(
        private(path), 36, 1, pay=pay(path), paid=range(34, 14, -1), end_reason="sickness"
    )
    draft.benefit("sickness_benefit", 14, 1)
    draft.told("judge_need", advisor(path), special_need=True)


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


# Refused


@story(weight=5)
def too_few_months(path: Path) -> None:
    """Too little work in the two years."""
    draft = path.applies("counselling_dismissed", 6)
    draft.employed(
        private(path), path.random.randint(4, 10), 0, pay=pay(path), form="fixed_term", end_reason="fixed_term_end"
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


# Refused, then granted on what came in later


@story(weight=2)
def certificate_came_late(path: Path) -> None:
    """Hours abroad are proved by a certificate, and the application is decided anew."""
    draft = path.applies("counselling_dismissed", 12)
    employer = Employer("Eventyrfjord AS", "Eventyrfjord AS", "other")
    draft.employed(employer, 20, 1, country="NO")
    months = [draft.ago(count) for count in range(20, 0, -1)]
    work = [{"employment": "e1", "month": month, "hours": FULL_TIME, "income": None} for month in months]
    draft.told("record_evidence", "case_officer:kim.prov", LATE, source="certificate", content={"work": work})


@story()
def need_judged_late(path: Path) -> None:
    """An advisor judges the need after the refusal."""
    draft = ending(path, "reinforced_support", 12, private(path), end_reason="sickness")
    draft.told("judge_need", advisor(path), LATE, special_need=True)


@story()
def notified_late(path: Path) -> None:
    """The employer notifies after the refusal."""
    employer = affiliated(path)
    draft = ending(path, "extended_counselling", 12, employer)
    draft.told("notify_as_employer", "employer:personalavdelningen", LATE, employer=employer.name)


# Two applications


@story(applications=2)
def applied_again_too_soon(path: Path) -> None:
    """Earlier support still runs (K-5.5-a)."""
    first = path.applies("counselling_dismissed", 6, f"2024-0{path.random.randint(1, 4)}")
    employed_long(first, private(path), 0)
    second = path.applies("counselling_dismissed", 6, month_after(first.received_on, 7))
    second.employed(
        private(path), 5, 0, pay=pay(path), form="fixed_term", end_reason="fixed_term_end"
    )


@story(applications=2)
def first_grant_annulled(path: Path) -> None:
    """The earlier grant is annulled: its months are free, and the later application is decided anew."""
    first = path.applies("counselling_dismissed", 12, f"2024-0{path.random.randint(6, 9)}")
    employed_long(first, private(path), 1, began=24)
    first.told("annul_grant", "decision_maker:mio.prov", LATE, reason="Granted on the wrong person's evidence.")
    second = path.applies("counselling_dismissed", 6, month_after(first.received_on, 5))
    second.employed(private(path), 28, 0, pay=pay(path))
    hours = [{"employment": "e1", "month": second.ago(1), "hours": FULL_TIME, "income": None}]
    second.told(
        "record_evidence", "case_officer:kim.prov", LATE, source="certificate", content={"work": hours}
    )


@story(weight=2, applications=2)
def qualified_again(path: Path) -> None:
    """A year later twelve new months have been worked (K-5.5-a, -b)."""
    first = path.applies("counselling_dismissed", 6, f"2024-0{path.random.randint(1, 3)}")
    employed_long(first, private(path), 0, began=26)
    second = path.applies("counselling_dismissed", 12, month_after(first.received_on, 14))
    second.employed(private(path), 13, 0, pay=pay(path), form="fixed_term", end_reason="fixed_term_end")


@story(applications=2)
def months_used_up(path: Path) -> None:
    """The window has closed, but the months that carried the first grant may not be counted again (K-5.5-b)."""
    first = path.applies("counselling_dismissed", 6, f"2024-0{path.random.randint(1, 3)}")
    employed_long(first, private(path), 0, began=26)
    second = path.applies("counselling_dismissed", 6, month_after(first.received_on, 14))
    second.employed(private(path), 7, 0, pay=pay(path), form="fixed_term", end_reason="fixed_term_end")


@story(weight=2, applications=2)
def guidance_then_counselling(path: Path) -> None:
    """A second service inside the window, on the same basis."""
    first = path.applies("guidance_employed", 3, f"2024-0{path.random.randint(1, 6)}")
    employer = private(path)
    employed_long(first, employer, None, began=24)
    second = path.applies("counselling_dismissed", 6, month_after(first.received_on, 6))
    second.on_basis_of = first.reference
    second.employed(employer, 30, 0, pay=pay(path))
