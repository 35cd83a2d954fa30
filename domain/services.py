"""The services' catalogue: forms and their meetings, results, activities and deadlines, each with its clause.

A catalogue is data in policies/services-*.toml. A support follows the one in force on the day it was granted.
"""

import tomllib
from datetime import date
from importlib.resources import files
from typing import Literal

from domain.policy import PolicyName
from domain.support_events import OutcomeKind, School
from domain.values import Day, Frozen


class Clauses(Frozen):
    """What each step of a service rests on in the sources; `health` only where the service has such a step."""

    start: str
    meeting: str
    pause: str
    period: str
    outcome: str
    plan: str
    regular: str
    contact: str
    task: str
    activity: str
    statement: str
    health: str | None = None


class Form(Frozen):
    """One length of a service: its least number of meetings, and months a single extension may add (0: none)."""

    meetings: int
    clause: str
    extension_months: int = 0


class Outcome(Frozen):
    """When something is a result of a service (K-2.5, K-3.4, K-4.5).

    `start` says whether the first day must be known, or must have come. A length in `least_months` is reached on
    the day with the same number (AMB-21), one in `least_weeks` in the last week begun. `plan` and `way`
    are the clauses that ask for an action and time plan, and for a way that was chosen (O-22-3).
    """

    clause: str
    start: Literal["known", "begun"] | None = None
    least_months: int = 0
    least_weeks: int = 0
    schools: tuple[School, ...] = ()
    pace_percent: int = 0
    meetings: bool = False
    plan: str | None = None
    way: str | None = None


class Activity(Frozen):
    """Something that a service consists of: for everyone, by the client's need, or where it helps (AMB-24)."""

    need: Literal["mandatory", "by_need", "optional"]
    clause: str
    sv: str
    en: str
    requires: str | None = None
    """The activity that comes first."""


class Service(Frozen):
    """One service: its forms by length in months, its results, and its activities."""

    policy: PolicyName
    clauses: Clauses
    forms: dict[int, Form]
    outcomes: dict[OutcomeKind, Outcome]
    activities: dict[str, Activity]


class Figure(Frozen):
    """A number, of what the parameter's name says, with its clause."""

    value: int
    clause: str
    amb: str | None = None


class Deadlines(Frozen):
    """How long an advisor has for each thing before it is due."""

    plan_days: Figure
    contact_days: Figure
    pause_months: Figure
    end_near_days: Figure
    evidence_days: Figure
    statement_days: Figure
    shortfall_days: Figure
    review_days: Figure
    answer_days: Figure
    reconsideration_days: Figure


class StudySupport(Frozen):
    """The shares and limits of study support, CSN's and the fund's own (O-18-c to O-21), and the collective year.

    `cap_tenths` is the yearly income up to which CSN's reaches, in tenths of the income base amount.
    """

    cap_tenths: Figure
    csn_percent: Figure
    complementary_percent: Figure
    extended_percents: tuple[Figure, ...]
    """The share of each year of extended support; there is no year more."""
    short_percent: Figure
    short_days_below: Figure
    collective_months: Figure


class Catalogue(Frozen):
    """One version of the catalogue, and the day from which supports that are granted follow it."""

    version: str
    in_force_from: Day
    deadlines: Deadlines
    study_support: StudySupport
    services: dict[str, Service]


def catalogue(text: str) -> Catalogue:
    """Return the catalogue that a TOML text states; raise `ValueError` where it does not fit."""
    stated = tomllib.loads(text)
    for service in stated["services"].values():
        service["forms"] = {int(months): form for months, form in service["forms"].items()}
    return Catalogue.model_validate(stated, strict=False)


CATALOGUES: dict[str, Catalogue] = {
    made.version: made
    for path in sorted(files("domain.policies").iterdir(), key=lambda path: path.name)
    if path.name.startswith("services-")
    for made in (catalogue(path.read_text("utf-8")),)
}
"""Every version there has been, by its name."""


def catalogue_on(day: date) -> Catalogue:
    """Return the catalogue in force on a day; before the first one, the first."""
    versions = sorted(CATALOGUES.values(), key=lambda made: made.in_force_from)
    in_force = [made for made in versions if made.in_force_from <= day]
    return in_force[-1] if in_force else versions[0]
