"""Findings on person, form and time: what was compared, and a plain sentence on it in two languages."""

from collections.abc import Sequence
from datetime import date
from typing import Literal

from pydantic import JsonValue, SkipValidation

from domain.policy import Parameter, Policy, ServiceTerms
from domain.refusals import Code
from domain.request import EarlierGrant, Request
from domain.values import Frozen

Facts = dict[str, SkipValidation[JsonValue]]


class Finding(Frozen):
    """A clause that was tried: whether it holds, the code where it doesn't, the facts and two sentences."""

    clause: str
    holds: bool
    code: Code | None
    facts: Facts
    sv: str
    en: str


def finding(clause: str, code: Code | None, facts: Facts, sv: str, en: str) -> Finding:
    """A clause holds exactly where it gives no code."""
    return Finding(clause=clause, holds=code is None, code=code, facts=facts, sv=sv, en=en)


def months_sv(count: int) -> str:
    """Write a number of months in Swedish."""
    return "en månad" if count == 1 else f"{count} månader"


def months_en(count: int) -> str:
    """Write a number of months in English."""
    return "one month" if count == 1 else f"{count} months"


def consumed(policy: Policy, months: Sequence[str], frame: Sequence[str]) -> Finding:
    """Months that carried an earlier grant may not be counted again (K-5.5-b)."""
    span_sv, span_en = f"{frame[0]} till {frame[-1]}", f"{frame[0]} to {frame[-1]}"
    if months:
        listed = ", ".join(months)
        many_sv, many_en = months_sv(len(months)).capitalize(), months_en(len(months)).capitalize()
        sv = f"{many_sv} i ramtiden har redan burit ett tidigare stöd och räknas inte: {listed}."
        en = f"{many_en} of the frame carried earlier support and can't count again: {listed}."
    else:
        sv = f"Inget tidigare stöd vilar på någon månad i ramtiden {span_sv}."
        en = f"No earlier support rests on any month of the frame {span_en}."
    return finding(policy.consumption.clause, None, {"consumed_in_frame": list(months)}, sv, en)


def frame(policy: Policy, months: Sequence[str], skipped: Sequence[str]) -> Finding:
    """The frame, and how much of it is disregarded for a benefit (K-5.2-10)."""
    sv = f"Ramtiden är {months_sv(len(months))} före ansökan, {months[0]} till {months[-1]}"
    en = f"The frame is {months_en(len(months))} before the application, {months[0]} to {months[-1]}"
    if skipped:
        sv = f"{sv}; {months_sv(len(skipped))} med ersättning hoppas över."
        en = f"{en}; {months_en(len(skipped))} with a benefit {'is' if len(skipped) == 1 else 'are'} skipped."
    else:
        sv, en = f"{sv}; ingen månad hoppas över.", f"{en}; no month is skipped."
    facts: Facts = {"first": months[0], "last": months[-1], "skipped": len(skipped)}
    return finding(policy.skippable_benefits.clause, None, facts, sv, en)


def work_condition(
    policy: Policy, frame: Sequence[str], countable: Sequence[str], by_hours: int, by_income: int
) -> Finding:
    """At least twelve months in the frame suffice and aren't consumed (K-5.2-1, O-14-b).

    Where income isn't tried, nothing is said of it: it is no way to the months that lack (K-1-d).
    """
    needed, count = policy.months_required.value, len(countable)
    missing = max(0, needed - count)
    code = Code.WORK_CONDITION_NOT_MET if missing else None
    span_sv, span_en = (
        f"inom ramtiden {frame[0]} till {frame[-1]}",
        f"within the frame {frame[0]} to {frame[-1]}",
    )
    if not missing:
        sv = f"Du har arbetat tillräckligt i {months_sv(count)} {span_sv}; {needed} krävs."
        en = f"You worked enough in {months_en(count)} {span_en}; {needed} are required."
    else:
        worked_sv = (
            f"Du har arbetat tillräckligt i {count}" if count else "Du har inte arbetat tillräckligt i någon"
        )
        worked_en = f"You worked enough in {count or 'none'}"
        lack_en = "one month is" if missing == 1 else f"{missing} months are"
        sv = f"{worked_sv} av de {needed} månader som krävs {span_sv}; {months_sv(missing)} saknas."
        en = f"{worked_en} of the {needed} months required {span_en}; {lack_en} missing."
    facts: Facts = {
        "months_required": needed,
        "months_countable": count,
        "months_by_hours": by_hours,
        "months_by_income": by_income,
        "months_missing": missing,
        "first": frame[0],
        "last": frame[-1],
    }
    if not policy.tries_income:
        del facts["months_by_income"]
        sv, en = f"{sv[:-1]}; bara arbetade timmar räknas.", f"{en[:-1]}; only hours worked count."
    return finding(policy.months_required.clause, code, facts, sv, en)


def work_condition_by_basis(policy: Policy, grant: EarlierGrant) -> Finding:
    """A second service within an earlier grant's window rests on that grant's months (AMB-16)."""
    return finding(
        policy.months_required.clause,
        None,
        {"on_basis_of": grant.case, "decided_on": f"{grant.decided_on}", "months_missing": 0},
        f"Arbetsvillkoret är uppfyllt genom beslutet {grant.decided_on}, som ansökan bygger på.",
        f"The work condition is met by the decision of {grant.decided_on}, on which the application rests.",
    )


def age(policy: Policy, birthday: date, decided_on: date, last: date) -> Finding:
    """Support is not given to one who has reached 65 (K-5.3)."""
    limit = policy.age_limit.value
    if decided_on < birthday:
        code = None
        sv = f"Du fyller {limit} år {birthday}, efter beslutsdagen {decided_on}."
        en = f"You turn {limit} on {birthday}, after the day of decision, {decided_on}."
    else:
        code = Code.AGE_LIMIT
        sv = f"Stöd kan beviljas senast {last}, dagen före din {limit}-årsdag; beslutet fattas {decided_on}."
        en = f"Support is granted until {last}, the day before you turn {limit}; the decision is on {decided_on}."
    facts: Facts = {"age_limit": limit, "birthday": f"{birthday}", "decided_on": f"{decided_on}"}
    return finding(policy.age_limit.clause, code, facts, sv, en)


NEEDS: dict[str, tuple[Code, str, str, str, str]] = {
    "special_need": (
        Code.NO_SPECIAL_NEED,
        "En rådgivare har bedömt att du har särskilt behov av stöd på grund av sjukdom.",
        "An advisor has judged that you have a special need of support due to sickness.",
        "Stödet kräver ett särskilt behov på grund av sjukdom, och ingen rådgivare har bedömt det.",
        "The service asks for a special need due to sickness, and no advisor has judged that you have one.",
    ),
    "employer_notified": (
        Code.EMPLOYER_NOTIFICATION_MISSING,
        "Din arbetsgivare har anmält dig till stödet.",
        "Your employer has notified the fund of you.",
        "Stödet kräver att din arbetsgivare anmäler dig, och någon anmälan har inte kommit in.",
        "The service asks that your employer notifies the fund of you, and no notification has come in.",
    ),
}
"""Code, and the sentences where the need is met (sv, en) and where it isn't (sv, en)."""


def need(asked: Parameter[Literal["special_need", "employer_notified"]], met: bool) -> Finding:
    """Reinforced support asks for a special need (K-4.1-a, K-5.1-5), extended for a notification (O-25-d)."""
    code, met_sv, met_en, unmet_sv, unmet_en = NEEDS[asked.value]
    if met:
        return finding(asked.clause, None, {asked.value: True}, met_sv, met_en)
    return finding(asked.clause, code, {asked.value: False}, unmet_sv, unmet_en)


def form(terms: ServiceTerms, months: int) -> Finding:
    """A service is given in its own forms only (K-2.1-b, K-3.1-d, K-4.1-c, O-14-c, O-24-d, O-25-c)."""
    allowed = terms.months.value
    code = None if months in allowed else Code.DURATION_NOT_ALLOWED
    forms_sv = " eller ".join(str(number) for number in allowed) + " månader"
    forms_en = " or ".join(str(number) for number in allowed) + " months"
    sv = f"Stödet {terms.sv} ges i {forms_sv}; du sökte {months_sv(months)}."
    en = f"The service {terms.en} is given for {forms_en}; you asked for {months_en(months)}."
    return finding(terms.months.clause, code, {"months": months, "allowed": list(allowed)}, sv, en)


def requalification(
    policy: Policy, request: Request, last: date | None, named: EarlierGrant | None
) -> Finding:
    """New support opens once the window of the earlier grant is over (K-5.5-a; AMB-16)."""
    code = None
    if named is not None:
        sv = f"Beslutet {named.decided_on} som ansökan bygger på gäller till och med {named.last_day}."
        en = f"The decision of {named.decided_on} on which the application rests runs until {named.last_day}."
    elif request.on_basis_of is not None:
        code = Code.BASIS_NOT_OPEN
        sv = f"Ansökan bygger på ett tidigare beslut som inte gäller {request.decided_on}."
        en = f"The application rests on an earlier decision that does not run on {request.decided_on}."
    elif last is not None:
        code = Code.REQUALIFICATION_NOT_OPEN
        sv = f"Ett tidigare stöd gäller till och med {last}, så ett nytt kan beviljas först dagen efter."
        en = f"Earlier support runs until {last}, so new support can be granted from the day after."
    else:
        sv = f"Inget tidigare stöd gäller på beslutsdagen {request.decided_on}."
        en = f"No earlier support runs on the day of decision, {request.decided_on}."
    facts: Facts = {
        "decided_on": f"{request.decided_on}",
        "on_basis_of": request.on_basis_of,
        "open_until": None if last is None else f"{last}",
    }
    return finding(policy.requalification.clause, code, facts, sv, en)


CAPS = {
    "months": ("{months} månader från beslutet", "{months} months from the decision"),
    "age": ("dagen före din {age}-årsdag", "the day before you turn {age}"),
    "basis": ("sista dagen i beslutet som ansökan bygger på", "the last day of the decision you rely on"),
}
"""Why the last day is that day, in Swedish and English."""


def end(policy: Policy, request: Request, starts_on: date, last: date, cap: str) -> Finding:
    """Support runs at most twelve months from the decision, and starts in them (K-5.4; AMB-15, AMB-17)."""
    inside = request.decided_on <= starts_on <= last
    why_sv, why_en = (
        words.format(months=policy.support_months.value, age=policy.age_limit.value) for words in CAPS[cap]
    )
    lies_sv, lies_en = ("inom", "within") if inside else ("utanför", "outside")
    days_sv, days_en = f"{request.decided_on} till {last}", f"{request.decided_on} to {last}"
    facts: Facts = {
        "decided_on": f"{request.decided_on}",
        "starts_on": f"{starts_on}",
        "last_day": f"{last}",
        "capped_by": cap,
    }
    return finding(
        policy.support_months.clause,
        None if inside else Code.OUTSIDE_WINDOW,
        facts,
        f"Startdagen {starts_on} ligger {lies_sv} tiden för stödet, {days_sv}; den sista dagen är {why_sv}.",
        f"The start, {starts_on}, lies {lies_en} the time of support, {days_en}; its last day is {why_en}.",
    )
