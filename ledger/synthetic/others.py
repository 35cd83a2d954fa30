"""Stories beside the usual: a statement alone, the five steps at reduced capacity, a decision made again."""

from datetime import timedelta

from ledger.synthetic.drafts import Path, last_day_of
from ledger.synthetic.organisation import CLERK, DECIDES
from ledger.synthetic.stories import advisor, affiliated, ending, pay, private, story

FOUR_THINGS = ("support_content", "no_economic_benefits", "securing_sgi", "doctors_certificate")


@story()
def statement_alone(path: Path) -> None:
    """Somebody who plans studies asks for a statement to CSN, and for nothing else (AMB-28, O-17-a)."""
    draft = path.applies("statement", 0)
    draft.employed(affiliated(path), 30, None, pay=pay(path))
    asked = draft.received_on + timedelta(days=1)
    draft.told(
        "request_statement", "applicant:self", asked, education="Specialistsjuksköterska, två terminer."
    )
    issued = asked + timedelta(days=12)
    source = {"kind": "forecast", "reference": "Yrkesprognos, sjuksköterskor"}
    given = {"strengthens": True, "sources": [source], "reasons": "Utbildningen leder till ett bristyrke."}
    draft.told("issue_statement", advisor(path, issued), issued, **given)


@story()
def five_steps(path: Path) -> None:
    """An employer contacts the fund about an employee with reduced work capacity, and the steps follow (O-26)."""
    draft = path.applies("reduced_capacity", 0)
    draft.employed(affiliated(path), 40, None, pay=pay(path))
    first = draft.received_on
    confirmed = {
        "rehabilitation_fulfilled": True,
        "redeployment_exhausted": True,
        "agreement_wanted": True,
        "certificate": True,
    }
    draft.told("contact_fund", "employer:kommunen", first, **confirmed)
    for day, to in ((7, "employer"), (9, "employee")):
        on = first + timedelta(days=day)
        draft.told("give_information", advisor(path, on), on, to=to, topics=list(FOUR_THINGS))
    on = first + timedelta(days=20)
    draft.told("hold_deliberation", advisor(path, on), on)
    on = first + timedelta(days=24)
    draft.told("offer_agreement", advisor(path, on), on)
    on = first + timedelta(days=35)
    draft.told("agree_termination", advisor(path, on), on, ends_on=(on + timedelta(days=60)).isoformat())
    draft.told("notify_as_employer", "employer:kommunen", on + timedelta(days=1), employer="Kommunen")


@story()
def asked_again_and_appealed(path: Path) -> None:
    """Somebody who resigned asks for the refusal to be reconsidered, and then appeals; it stands (2022:850-26)."""
    draft = ending(path, "counselling_dismissed", 12, private(path), end_initiative="employee")
    decided_on = last_day_of(draft.month)
    draft.told("request_reconsideration", "applicant:self", decided_on + timedelta(days=9))
    draft.told("decide_reconsideration", DECIDES, decided_on + timedelta(days=20))
    draft.told("lodge_appeal", "applicant:self", decided_on + timedelta(days=30))
    draft.told("decide_appeal", CLERK, decided_on + timedelta(days=110), result="upheld")
