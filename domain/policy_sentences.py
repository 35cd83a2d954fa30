"""Conditions in words: each parameter of a version as a plain sentence in Swedish and in English."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from pydantic import JsonValue, SkipValidation

from domain.findings import months_en, months_sv
from domain.ground import REASONS, RELATIONS, SECTORS
from domain.policy import Parameter, Policy, ServiceTerms
from domain.values import Frozen

Pair = tuple[str, str]
"""The same in Swedish and in English."""

BENEFITS = {
    "parental_benefit": ("föräldrapenning", "parental benefit"),
    "sickness_benefit": ("ersättning vid sjukdom", "sickness benefit"),
    "conscription_allowance": ("ersättning vid värnplikt", "conscription allowance"),
    "transition_study_support": ("omställningsstudiestöd", "transition study support"),
    "unemployment_benefit": ("arbetslöshetsersättning", "unemployment benefit"),
    "other": ("annan ersättning", "any other benefit"),
}

NEEDS = {
    "special_need": ("ett särskilt behov på grund av sjukdom", "a special need due to sickness"),
    "employer_notified": ("att arbetsgivaren har anmält den sökande", "a notification by the employer"),
}

GROUNDS = {
    "ending": (
        "den vars anställning upphör eller har upphört",
        "one whose employment ends or has ended",
    ),
    "open": ("den som är anställd på beslutsdagen", "one who is employed on the day of decision"),
}

WORDS: dict[str, Mapping[str, Pair]] = {
    "skippable_benefits": BENEFITS,
    "end_reasons": REASONS,
    "employer_initiated_reasons": REASONS,
    "affiliated_sectors": SECTORS,
    "excluded_family": RELATIONS,
    "owner_share": RELATIONS,
}
"""The words that a parameter's list is made of; a list of countries has codes instead."""

SECTIONS: tuple[tuple[Pair, tuple[str, ...]], ...] = (
    (
        ("Arbete", "Work"),
        (
            *("frame_months", "months_required", "hours_needed", "income_route", "income_share"),
            *("creditable_countries", "skippable_benefits", "consumption"),
        ),
    ),
    (("Ålder", "Age"), ("age_limit",)),
    (
        ("Anställning", "Employment"),
        (
            *(
                "end_reasons",
                "employer_initiated_reasons",
                "affiliated_sectors",
                "managing_director_excluded",
            ),
            *("owner_share", "excluded_family", "commencement", "distant_ground"),
        ),
    ),
    (("Tid", "Time"), ("support_months", "requalification")),
    (("Tjänster", "Services"), ("services",)),
)
"""The parameters in the order in which they are read, under their headings."""

ROUTE_ON: Parameter[bool] = Parameter(
    value=True, clause="K-5.2-2", source="Income is tried where a version doesn't say otherwise."
)


class Condition(Frozen):
    """A parameter as it is read: its value, the clause that gives it, where it was read, and a sentence."""

    heading_sv: str
    heading_en: str
    parameter: str
    value: SkipValidation[JsonValue]
    clause: str
    source: str
    amb: str | None
    sv: str
    en: str


def conditions(policy: Policy) -> tuple[Condition, ...]:
    """Return every condition that a version has, in the order in which they are read."""
    return tuple(
        Condition(
            heading_sv=heading[0],
            heading_en=heading[1],
            parameter=name,
            value=plain(parameter),
            clause=parameter.clause,
            source=parameter.source,
            amb=parameter.amb,
            sv=sv,
            en=en,
        )
        for heading, names in SECTIONS
        for field in names
        for name, parameter, (sv, en) in _read(policy, field)
    )


def _read(policy: Policy, field: str) -> Iterable[tuple[str, Parameter[Any], Pair]]:
    """Yield what a field of a version holds: nothing where it asks for nothing, three where it is a service."""
    if field == "services":
        for name, terms in policy.services.items():
            yield from _read_service(name, terms)
        return
    parameter = ROUTE_ON if field == "income_route" and policy.tries_income else getattr(policy, field)
    if parameter is not None and (field != "income_share" or policy.tries_income):
        yield field, parameter, SENTENCES[field](parameter.value)


def _read_service(name: str, terms: ServiceTerms) -> Iterable[tuple[str, Parameter[Any], Pair]]:
    (to_sv, to_en), (*shorter, last) = GROUNDS[terms.ground.value], terms.months.value
    months = [str(number) for number in shorter]
    ground = f"{terms.sv}: ges till {to_sv}.", f"{terms.en}: given to {to_en}."
    yield f"services.{name}.ground", terms.ground, ground
    forms = either([*months, months_sv(last)], "eller"), either([*months, months_en(last)], "or")
    yield (
        f"services.{name}.months",
        terms.months,
        (
            f"{terms.sv}: ges i {forms[0]}.",
            f"{terms.en}: given for {forms[1]}.",
        ),
    )
    if terms.need is not None:
        need_sv, need_en = NEEDS[terms.need.value]
        need = f"{terms.sv}: kräver {need_sv}.", f"{terms.en}: asks for {need_en}."
        yield f"services.{name}.need", terms.need, need


def plain(parameter: Parameter[Any] | None) -> JsonValue:
    """Return a parameter's value as JSON, what is a set in one order; null where there is none."""
    if parameter is None:
        return None
    value: JsonValue = parameter.model_dump(mode="json")["value"]
    return sorted(value) if isinstance(parameter.value, frozenset) else value  # type: ignore[arg-type,type-var]


def either(words: Iterable[str], between: str) -> str:
    """Write words in a row, the last two joined: `a, b or c`."""
    *first, last = words
    return f"{', '.join(first)} {between} {last}" if first else last


def listed(parameter: str, words: Iterable[str], between: Pair = ("och", "and")) -> Pair:
    """Write the words of a parameter's list in Swedish and in English."""
    ordered = sorted(words)
    if not ordered:
        return "inget alls", "nothing at all"
    names = [WORDS[parameter][word] if parameter in WORDS else (word, word) for word in ordered]
    return either([sv for sv, _ in names], between[0]), either([en for _, en in names], between[1])


def _hours(value: Any) -> Pair:
    if value.per == "week":
        return (
            f"En månad räknas vid minst {value.hours} timmars arbete i veckan i genomsnitt.",
            f"A month counts with at least {value.hours} hours of work a week on average.",
        )
    return (
        f"En månad räknas vid minst {value.hours} timmars arbete i månaden.",
        f"A month counts with at least {value.hours} hours of work in it.",
    )


def _route(value: bool) -> Pair:
    if value:
        return "En månad räknas också genom tillräcklig inkomst.", "A month also counts by enough income."
    return "Bara arbetade timmar räknas; inkomst prövas inte.", "Only hours count; income isn't tried."


def _income(value: Any) -> Pair:
    year_sv, year_en = (
        ("månadens år", "the month's year")
        if value.year == "of_month"
        else ("ansökans år", "the application's year")
    )
    return (
        f"Inkomsten ska vara minst {value.percent} procent av inkomstbasbeloppet för {year_sv}.",
        f"The income is at least {value.percent} percent of the income base amount of {year_en}.",
    )


def _owner(value: Any) -> Pair:
    sv, en = listed("owner_share", value.relations)
    share = f"{value.numerator}/{value.denominator}"
    return (
        f"Den som äger aktier i aktiebolaget får stöd bara under {share} av dem, sammanräknat med: {sv}.",
        f"One who owns shares of the company has support only below {share} of all, summed with: {en}.",
    )


def _distant(value: Any) -> Pair:
    before, after = value.months_before_application, value.months_after_decision
    sv, en = f"{months_sv(before)} före ansökan", f"{months_en(before)} before the application"
    return (
        f"En person ser efter där slutdagen ligger mer än {sv} eller mer än {months_sv(after)} efter beslutet.",
        f"A person looks where the end lies over {en}, or over {months_en(after)} after the decision.",
    )


def _list(parameter: str, sv: str, en: str, between: Pair = ("eller", "or")) -> Callable[[Any], Pair]:
    def sentence(value: Any) -> Pair:
        words_sv, words_en = listed(parameter, value, between)
        return sv.format(words_sv), en.format(words_en)

    return sentence


def _one(sv: str, en: str) -> Callable[[Any], Pair]:
    return lambda value: (sv.format(value), en.format(value))


def _months(sv: str, en: str) -> Callable[[Any], Pair]:
    return lambda value: (sv.format(months_sv(value)), en.format(months_en(value)))


SENTENCES: dict[str, Callable[[Any], Pair]] = {
    "frame_months": _months(
        "Arbete räknas inom en ramtid om {} före ansökan; kalendermånader.",
        "Work is counted within a frame of {} before the application; calendar months.",
    ),
    "months_required": _months(
        "Sammanlagt minst {} i ramtiden ska räknas.", "In all, at least {} of the frame must count."
    ),
    "hours_needed": _hours,
    "income_route": _route,
    "income_share": _income,
    "creditable_countries": _list(
        "creditable_countries",
        "Arbete i dessa länder räknas: {}.",
        "Work in these countries counts: {}.",
        ("och", "and"),
    ),
    "skippable_benefits": _list(
        "skippable_benefits",
        "Månader med dessa ersättningar hoppas över: {}.",
        "Months with these benefits are skipped: {}.",
        ("och", "and"),
    ),
    "consumption": _one(
        "En månad som har burit ett tidigare stöd räknas inte igen, i någon del.",
        "A month that carried earlier support doesn't count again, in any part.",
    ),
    "age_limit": _one(
        "Stöd ges inte till den som har fyllt {} år.", "No support is given to one who has reached {}."
    ),
    "end_reasons": _list(
        "end_reasons",
        "En anställning som upphör ska göra det på grund av {}.",
        "An employment that ends does so because of {}.",
    ),
    "employer_initiated_reasons": _list(
        "employer_initiated_reasons",
        "Arbetsgivaren ska ha tagit initiativet där skälet är {}.",
        "The employer must have taken the initiative where the reason is {}.",
    ),
    "affiliated_sectors": _list(
        "affiliated_sectors", "Arbetsgivaren ska vara {}.", "The employer must be {}."
    ),
    "managing_director_excluded": _one(
        "Stöd ges inte för en anställning som verkställande direktör i en juridisk person.",
        "No support is given for an employment as managing director of a legal person.",
    ),
    "owner_share": _owner,
    "excluded_family": _list(
        "excluded_family",
        "Stöd ges inte för en anställning hos en egenföretagare som är den sökandes: {}.",
        "No support is given for an employment with a sole trader who is the applicant's: {}.",
    ),
    "commencement": _one(
        "Reglerna gäller anställningar som upphör {} eller senare.",
        "The rules apply to employments that end on {} or later.",
    ),
    "distant_ground": _distant,
    "support_months": _months(
        "Stöd ges längst under {} från beslutet.", "Support is given for at most {} from the decision."
    ),
    "requalification": _one(
        "Nytt stöd kan ges från dagen efter det tidigare stödets sista dag.",
        "New support can be given from the day after the last day of the earlier.",
    ),
}
"""A sentence for each parameter but the services, by its value."""
