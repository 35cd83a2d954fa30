"""Whether what the fund gives may enter a case, and why (O-18 to O-26)."""

from datetime import date
from functools import singledispatch

from domain.case import Case
from domain.engagement import Engagement
from domain.event import Event
from domain.five_steps import step_grounds
from domain.fund_events import (
    AgreementOffered,
    CollectiveSupportExtended,
    CompensationRecorded,
    CsnDecisionRecorded,
    DeliberationHeld,
    EmployerContactedFund,
    InformationGiven,
    MeasurePaid,
    StudySupportGranted,
    TerminationAgreed,
    WayChosen,
)
from domain.grounds import Grounds, Known
from domain.period import started, within
from domain.rejections import CommandRejected
from domain.services import StudySupport, catalogue_on
from domain.values import add_months, month_of

DURING_EMPLOYMENT = ("career_study_counselling",)
AT_END_OF_EMPLOYMENT = ("counselling", "extended_counselling")


@singledispatch
def fund_grounds(event: Event, case: Case, known: Known) -> Grounds:
    """Return the grounds of one kind of event of the fund's part, or raise what speaks against it."""
    raise TypeError(f"no rule for {type(event).__name__}")


def _of_service(on: date, case: Case, clause: str, *services: str) -> None:
    """Raise `CommandRejected` where a case's service has no such part, or the application was withdrawn."""
    if case.withdrawn is not None and on > case.withdrawn.occurred_on:
        raise CommandRejected("ALREADY_WITHDRAWN", clause=clause, withdrawn_on=case.withdrawn.occurred_on)
    if case.application is None or case.application.service not in services:
        raise CommandRejected("NOT_IN_SERVICE", clause=clause)


@fund_grounds.register
def _(event: WayChosen, case: Case, known: Known) -> Grounds:
    _of_service(event.occurred_on, case, "O-22-3", *DURING_EMPLOYMENT)
    within(event, case)
    if case.advisor is None:
        raise CommandRejected(
            "STEP_OUT_OF_ORDER",
            clause="O-22-2",
            first_sv="en egen rådgivare",
            first_en="an advisor of one's own",
        )
    return Grounds(
        "O-22-3",
        "Studier, nytt arbete eller att stanna kvar: alla tre är vägar.",
        "Studies, a new job or staying: all three are ways.",
    )


@fund_grounds.register
def _(event: CsnDecisionRecorded, case: Case, known: Known) -> Grounds:
    _of_service(event.occurred_on, case, "O-18-a", *DURING_EMPLOYMENT, *AT_END_OF_EMPLOYMENT)
    _in_order(event.starts_on, event.ends_on, "O-18-a")
    if event.granted and (event.starts_on is None or event.ends_on is None):
        raise CommandRejected("PERIOD_MISSING", clause="O-18-a")
    return Grounds(
        "O-18-a",
        "CSN beslutar om omställningsstudiestöd; beslutet är underlag för fondens stöd.",
        "CSN decides on transition study support; its decision is a basis of the fund's support.",
    )


def _in_order(first: date | None, last: date | None, clause: str) -> None:
    """Raise `CommandRejected` where a stretch of days ends before it begins."""
    if first is not None and last is not None and last < first:
        raise CommandRejected("PERIOD_ENDS_FIRST", clause=clause, on=first, until=last)


@fund_grounds.register
def _(event: StudySupportGranted, case: Case, known: Known) -> Grounds:
    if case.grant is None:
        raise CommandRejected("NOT_GRANTED")
    terms = catalogue_on(case.grant.occurred_on).study_support
    if event.kind == "short":
        return _short(event, case, terms)
    clause = "O-19" if event.kind == "complementary" else "O-20"
    if not event.months:
        raise CommandRejected("PERIOD_MISSING", clause=clause)
    persons = (case, *known.other_cases)
    granted = {month for one in persons for row in one.fund.study_supports for month in row.months}
    if granted & set(event.months):
        twice = min(granted & set(event.months))
        raise CommandRejected("STUDY_SUPPORT_OVERLAPS", clause=clause, month=twice)
    if event.kind == "complementary":
        return _complementary(event, case)
    return _extended(event, case, known, terms)


def _complementary(event: StudySupportGranted, case: Case) -> Grounds:
    _of_service(event.occurred_on, case, "O-19", *DURING_EMPLOYMENT, *AT_END_OF_EMPLOYMENT)
    for month in event.months:
        covered = any(
            row.granted
            and row.occurred_on <= event.occurred_on
            and row.starts_on is not None
            and row.ends_on is not None
            and month_of(row.starts_on) <= month <= month_of(row.ends_on)
            for row in case.fund.csn
        )
        if not covered:
            raise CommandRejected("CSN_GRANT_MISSING", month=month)
    return Grounds(
        "O-19",
        "CSN har beviljat stöd de månaderna; det kompletterande fyller upp till andelen av hela inkomsten.",
        "CSN granted support for those months; the complementary part fills up to the share of the whole income.",
    )


def _extended(event: StudySupportGranted, case: Case, known: Known, terms: StudySupport) -> Grounds:
    _of_service(event.occurred_on, case, "O-20", *DURING_EMPLOYMENT)
    if not any(row.exhausted and row.occurred_on <= event.occurred_on for row in case.fund.csn):
        raise CommandRejected("CSN_NOT_EXHAUSTED")
    persons = (case, *known.other_cases)
    latest = max((row.occurred_on for one in persons for row in one.fund.extended), default=event.occurred_on)
    if latest > event.occurred_on:
        raise CommandRejected("DECISION_OUT_OF_ORDER", decided_on=latest)
    most, before = 12 * len(terms.extended_percents), sum(one.fund.months_extended() for one in persons)
    if before + len(event.months) > most:
        raise CommandRejected("EXTENDED_SUPPORT_USED_UP", most=most, granted=before)
    return Grounds(
        "O-20",
        "CSN:s stöd är förbrukat; det förlängda ges i högst två år.",
        "CSN's support is used up; the extended one is given for two years at most.",
    )


def _short(event: StudySupportGranted, case: Case, terms: StudySupport) -> Grounds:
    _of_service(event.occurred_on, case, "O-21", *DURING_EMPLOYMENT)
    below = terms.short_days_below
    if event.days is None:
        raise CommandRejected("PERIOD_MISSING", clause="O-21")
    if event.days >= below.value:
        raise CommandRejected("COURSE_TOO_LONG", days=event.days, below=below.value)
    return Grounds(
        "O-21",
        f"Utbildningen är {event.days} dagar, kortare än {below.value}.",
        f"The course is {event.days} days, shorter than {below.value}.",
    )


@fund_grounds.register
def _(event: CompensationRecorded, case: Case, known: Known) -> Grounds:
    _no_reduced_capacity(case, known)
    _of_service(event.occurred_on, case, "O-23", *AT_END_OF_EMPLOYMENT)
    if case.grant is None:
        raise CommandRejected("NOT_GRANTED")
    _in_order(event.starts_on, event.ends_on, "O-23")
    return Grounds(
        "O-23",
        "Ersättningen registreras med tid och belopp; källan anger ingen beräkning.",
        "The compensation is recorded with its days and amount; the source gives no calculation.",
    )


def _no_reduced_capacity(case: Case, known: Known) -> None:
    """Raise `CommandRejected` in a case of the five steps, or where another of the person's came to its end.

    That route excludes economic benefits (O-26-2-b), in what is applied for within a year of the employment's
    end; a later employment is another matter.
    """
    if case.application is not None and case.application.service == "reduced_capacity":
        raise CommandRejected("ROUTE_EXCLUDES_BENEFITS", case=case.case_id)
    asked_on = case.application.occurred_on if case.application else date.max
    months = catalogue_on(asked_on).study_support.collective_months.value
    for other in known.other_cases:
        agreed = other.fund.agreed
        if agreed is not None and asked_on <= add_months(agreed.ends_on, months):
            raise CommandRejected("ROUTE_EXCLUDES_BENEFITS", case=other.case_id)


def collective_end(case: Case, engagement: Engagement) -> date:
    """Return the last day of the collective part: a year from the start, later where sickness moved it (O-25-c)."""
    months = catalogue_on(engagement.starts_on).study_support.collective_months.value
    return max(case.fund.extended_until or date.min, add_months(engagement.starts_on, months))


@fund_grounds.register
def _(event: MeasurePaid, case: Case, known: Known) -> Grounds:
    if event.kind == "economic_benefit":
        _no_reduced_capacity(case, known)
    _of_service(event.occurred_on, case, "O-25-b", "extended_counselling")
    engagement = _collective(event, case)
    return Grounds(
        "O-25-b",
        f"Fonden betalar utökade insatser till och med {collective_end(case, engagement)}.",
        f"The fund pays for extended measures until {collective_end(case, engagement)}.",
    )


@fund_grounds.register
def _(event: CollectiveSupportExtended, case: Case, known: Known) -> Grounds:
    _of_service(event.occurred_on, case, "O-25-c", "extended_counselling")
    engagement = _collective(event, case)
    end = collective_end(case, engagement)
    if event.until <= end:
        raise CommandRejected("PERIOD_ENDS_FIRST", clause="O-25-c", on=end, until=event.until)
    return Grounds(
        "O-25-c",
        f"Den kollektiva delen pågår till {event.until}; lagens slutdatum {engagement.agreed_end} står fast.",
        f"The collective part goes on until {event.until}; the act's agreed end {engagement.agreed_end} stands.",
    )


def _collective(event: Event, case: Case) -> Engagement:
    """Return the support, provided that its collective part goes on that day (AMB-34)."""
    engagement = started(case)
    end = min(engagement.cut_on or collective_end(case, engagement), engagement.annulled_on or date.max)
    if not engagement.starts_on <= event.occurred_on <= end:
        raise CommandRejected(
            "OUTSIDE_PERIOD",
            clause="O-25-c",
            occurred_on=event.occurred_on,
            starts_on=engagement.starts_on,
            ends_on=end,
        )
    return engagement


@fund_grounds.register
def _(event: EmployerContactedFund, case: Case, known: Known) -> Grounds:
    return step_grounds(event, case, 1)


@fund_grounds.register
def _(event: InformationGiven, case: Case, known: Known) -> Grounds:
    return step_grounds(event, case, 2)


@fund_grounds.register
def _(event: DeliberationHeld, case: Case, known: Known) -> Grounds:
    return step_grounds(event, case, 3)


@fund_grounds.register
def _(event: AgreementOffered, case: Case, known: Known) -> Grounds:
    return step_grounds(event, case, 4)


@fund_grounds.register
def _(event: TerminationAgreed, case: Case, known: Known) -> Grounds:
    return step_grounds(event, case, 5)
