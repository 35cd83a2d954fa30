"""Stories of people who come back: with late evidence, or with a second application."""

from ledger.synthetic.drafts import LATE, Path, month_after
from ledger.synthetic.organisation import CLERK, DECIDES
from ledger.synthetic.people import Employer
from ledger.synthetic.stories import (
    FULL_TIME,
    advisor,
    affiliated,
    employed_long,
    ending,
    pay,
    private,
    story,
)


@story(weight=2)
def certificate_came_late(path: Path) -> None:
    """Hours abroad are proved by a certificate, and the application is decided anew."""
    draft = path.applies("counselling_dismissed", 12)
    employer = Employer("Eventyrfjord AS", "Eventyrfjord AS", "other")
    draft.employed(employer, 20, 1, country="NO")
    months = [draft.ago(count) for count in range(20, 0, -1)]
    work = [{"employment": "e1", "month": month, "hours": FULL_TIME, "income": None} for month in months]
    draft.told("record_evidence", CLERK, LATE, source="certificate", content={"work": work})


@story()
def need_judged_late(path: Path) -> None:
    """An advisor judges the need after the refusal."""
    draft = ending(path, "reinforced_support", 12, private(path), end_reason="sickness")
    draft.told("judge_need", advisor(path, LATE), LATE, special_need=True)


@story()
def notified_late(path: Path) -> None:
    """The employer notifies after the refusal."""
    employer = affiliated(path)
    draft = ending(path, "extended_counselling", 12, employer)
    draft.told("notify_as_employer", "employer:personalavdelningen", LATE, employer=employer.name)


@story(applications=2)
def applied_again_too_soon(path: Path) -> None:
    """Earlier support still runs (K-5.5-a)."""
    first = path.applies("counselling_dismissed", 6, f"2024-0{path.random.randint(1, 4)}")
    employed_long(first, private(path), 0)
    second = path.applies("counselling_dismissed", 6, month_after(first.received_on, 7))
    second.employed(private(path), 5, 0, pay=pay(path), form="fixed_term", end_reason="fixed_term_end")


@story(applications=2)
def first_grant_annulled(path: Path) -> None:
    """The earlier grant is annulled: its months are free, and the later application is decided anew."""
    first = path.applies("counselling_dismissed", 12, f"2024-0{path.random.randint(6, 9)}")
    employed_long(first, private(path), 1, began=24)
    first.told("annul_grant", DECIDES, LATE, reason="Granted on the wrong person's evidence.")
    second = path.applies("counselling_dismissed", 6, month_after(first.received_on, 5))
    second.employed(private(path), 28, 0, pay=pay(path))
    hours = [{"employment": "e1", "month": second.ago(1), "hours": FULL_TIME, "income": None}]
    second.told("record_evidence", CLERK, LATE, source="certificate", content={"work": hours})


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
