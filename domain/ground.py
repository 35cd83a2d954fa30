"""The ground: which employment, ended, ending or open, carries the support (K-5.1, O-14-a)."""

from collections.abc import Iterable
from datetime import date

from domain.findings import Facts, Finding, finding
from domain.policy import Policy, ServiceTerms
from domain.refusals import Code
from domain.request import Employment, Request, Shares
from domain.values import add_months

REASONS = {
    "redundancy": ("arbetsbrist", "redundancy"),
    "sickness": ("sjukdom", "sickness"),
    "fixed_term_end": ("att den var tidsbegränsad", "its being fixed-term"),
    "resignation": ("egen uppsägning", "your own resignation"),
    "misconduct": ("personliga skäl", "misconduct"),
}

RELATIONS = {
    "spouse": ("make eller maka", "spouse"),
    "registered_partner": ("registrerad partner", "registered partner"),
    "cohabitant": ("sammanboende", "cohabitant"),
    "parent": ("förälder", "parent"),
    "child": ("barn", "child"),
    "sibling": ("syskon", "sibling"),
}

SECTORS = {
    "municipality": ("en kommun", "a municipality"),
    "region": ("en region", "a region"),
    "municipal_company": ("ett kommunalt företag", "a municipal company"),
}


def try_ground(
    request: Request, policy: Policy, terms: ServiceTerms
) -> tuple[Employment | None, list[Finding]]:
    """At least one employment qualifies, or the findings on every employment tried are given (K-5.1)."""
    tried = sorted((one for one in request.employments if one.starts_on is not None), key=lambda one: one.id)
    if not tried:
        return None, [ground_missing(terms)]
    findings = {one.id: try_employment(one, request, policy, terms) for one in tried}
    qualified = [one for one in tried if all(each.holds for each in findings[one.id])]
    if not qualified:
        return None, [each for one in tried for each in findings[one.id]]
    # max keeps the first of equals, and these are sorted: ties go to the smallest id.
    ground = max(qualified, key=lambda one: latest_by(one, terms))
    return ground, findings[ground.id]


def latest_by(employment: Employment, terms: ServiceTerms) -> date:
    """The ground is the employment that ends last, or for the employed the one that started last (K-5.1)."""
    day = employment.ends_on if terms.ground.value == "ending" else employment.starts_on
    return day or date.max


def try_employment(
    employment: Employment, request: Request, policy: Policy, terms: ServiceTerms
) -> list[Finding]:
    """An employment qualifies if it fits the service, isn't excluded and is affiliated (K-5.1, O-14-a)."""
    if terms.ground.value == "open":
        findings = [open_employment(employment, request.decided_on, terms)]
    else:
        findings = ending_employment(employment, request.decided_on, policy, terms)
    findings += (
        managing_director(employment, policy),
        owner(employment, policy),
        family(employment, policy),
    )
    if policy.affiliated_sectors is not None:
        findings.append(
            affiliation(employment, policy.affiliated_sectors.value, policy.affiliated_sectors.clause)
        )
    return findings


def ending_employment(employment: Employment, on: date, policy: Policy, terms: ServiceTerms) -> list[Finding]:
    """The employment ends or has ended for a reason covered, not before the rules applied (K-5.1-1, -3)."""
    if employment.ends_on is None:
        return [no_end(employment, terms)]
    findings = [end_reason(employment, employment.ends_on, on, policy)]
    if employment.end_reason in policy.employer_initiated_reasons.value:
        findings.append(employer_initiative(employment, policy))
    findings.append(commencement(employment, employment.ends_on, policy))
    return findings


def is_excluded(employment: Employment, policy: Policy) -> bool:
    """The applicant directs, owns enough of, or is family of the employer (K-5.1-4a, -4b, -4c)."""
    return (
        employment.managing_director
        or owns_too_much(employment.shares, policy)
        or employment.sole_trader_relation in policy.excluded_family.value
    )


def summed_shares(shares: Shares, policy: Policy) -> int:
    """Own shares together with those of spouse, registered partner, parents and children (K-5.1-4b)."""
    relations = policy.owner_share.value.relations
    return shares.own + sum(one.shares for one in shares.relatives if one.relation in relations)


def owns_too_much(shares: Shares | None, policy: Policy) -> bool:
    """Own at least one share, and with one's family at least a third: a third exactly excludes (K-5.1-4b)."""
    if shares is None or shares.own == 0:
        return False
    limit = policy.owner_share.value
    return limit.denominator * summed_shares(shares, policy) >= limit.numerator * shares.total


def is_distant(ground: Employment, request: Request, policy: Policy, terms: ServiceTerms) -> bool:
    """The end lies so far off that a person should look, though the act sets no limit (K-5.1-1)."""
    if terms.ground.value == "open" or ground.ends_on is None:
        return False
    limit = policy.distant_ground.value
    return (
        add_months(ground.ends_on, limit.months_before_application) < request.received_on
        or add_months(request.decided_on, limit.months_after_decision) < ground.ends_on
    )


def ground_missing(terms: ServiceTerms) -> Finding:
    """No employment was stated that could be tried (K-5.1-1, K-5.1-2)."""
    return finding(
        terms.ground.clause,
        Code.GROUND_MISSING,
        {"employments_tried": 0},
        "Ansökan tar inte upp någon anställning som stödet kan grundas på.",
        "The application names no employment on which the support could rest.",
    )


def employer_of(employment: Employment) -> str:
    """Name the employer on one line."""
    return " ".join(employment.employer.split())


def open_employment(employment: Employment, on: date, terms: ServiceTerms) -> Finding:
    """The employment is open on the day of decision, its first and last day included (K-5.1-2)."""
    starts_on, ends_on, employer = employment.starts_on, employment.ends_on, employer_of(employment)
    is_open = starts_on is not None and starts_on <= on and (ends_on is None or on <= ends_on)
    if is_open:
        sv = f"Du är anställd hos {employer} på beslutsdagen {on}."
        en = f"You are employed by {employer} on the day of decision, {on}."
    else:
        until_sv, until_en = (
            (f" till {ends_on}", f" to {ends_on}") if ends_on else (" och framåt", " onwards")
        )
        runs_sv, runs_en = f"från {starts_on}{until_sv}", f"from {starts_on}{until_en}"
        sv = f"Stödet kräver anställning på beslutsdagen {on}; den hos {employer} gäller {runs_sv}."
        en = f"You must be employed on the day of decision, {on}; your work for {employer} runs {runs_en}."
    facts: Facts = {
        "employment": employment.id,
        "starts_on": f"{starts_on}",
        "ends_on": None if ends_on is None else f"{ends_on}",
        "decided_on": f"{on}",
    }
    return finding(terms.ground.clause, None if is_open else Code.SERVICE_GROUND_MISMATCH, facts, sv, en)


def no_end(employment: Employment, terms: ServiceTerms) -> Finding:
    """Services for the dismissed need an employment with an end (K-5.1-1)."""
    employer = employer_of(employment)
    return finding(
        terms.ground.clause,
        Code.SERVICE_GROUND_MISMATCH,
        {"employment": employment.id, "ends_on": None},
        f"Stödet kräver att anställningen upphör eller har upphört; den hos {employer} har ingen slutdag.",
        f"The service asks for an employment that ends or has ended; yours with {employer} has no last day.",
    )


def end_reason(employment: Employment, ends_on: date, on: date, policy: Policy) -> Finding:
    """Redundancy, sickness and the end of a fixed term are covered; nothing else is (K-5.1-1; AMB-11)."""
    reason, employer = employment.end_reason, employer_of(employment)
    covered = reason in policy.end_reasons.value
    ends_sv, ends_en = ("upphörde", "ended") if ends_on < on else ("upphör", "ends")
    for_sv, for_en = (
        REASONS[reason] if reason else ("ett skäl som inte är angivet", "a reason that is not stated")
    )
    judged_sv, judged_en = ("omfattas", "is covered") if covered else ("omfattas inte", "is not covered")
    return finding(
        policy.end_reasons.clause,
        None if covered else Code.END_REASON_NOT_COVERED,
        {"employment": employment.id, "ends_on": f"{ends_on}", "end_reason": reason},
        f"Anställningen hos {employer} {ends_sv} {ends_on} på grund av {for_sv}; det skälet {judged_sv}.",
        f"Employment with {employer} {ends_en} on {ends_on} because of {for_en}; this reason {judged_en}.",
    )


def employer_initiative(employment: Employment, policy: Policy) -> Finding:
    """Redundancy counts only where the employer took the initiative to the end (K-5.1-3)."""
    initiative, employer = employment.end_initiative, employer_of(employment)
    if initiative == "employer":
        sv = f"{employer} tog initiativet till att anställningen upphör."
        en = f"{employer} took the initiative to end the employment."
    else:
        by_sv, by_en = (
            ("var det du", "it was you")
            if initiative == "employee"
            else ("är ingen angiven", "nobody is stated")
        )
        sv = f"Vid arbetsbrist ska arbetsgivaren ha tagit initiativet; hos {employer} {by_sv}."
        en = f"At redundancy the employer must have taken the initiative; with {employer} {by_en}."
    return finding(
        policy.employer_initiated_reasons.clause,
        None if initiative == "employer" else Code.NOT_EMPLOYER_INITIATED,
        {"employment": employment.id, "end_initiative": initiative},
        sv,
        en,
    )


def commencement(employment: Employment, ends_on: date, policy: Policy) -> Finding:
    """The rules apply to employments that end on the day of commencement or later (transitional rule)."""
    first, employer = policy.commencement.value, employer_of(employment)
    early = ends_on < first
    when_sv, when_en = ("före", "before") if early else ("inte före", "not before")
    return finding(
        policy.commencement.clause,
        Code.GROUND_BEFORE_COMMENCEMENT if early else None,
        {"employment": employment.id, "ends_on": f"{ends_on}", "commencement": f"{first}"},
        f"Slutdagen hos {employer}, {ends_on}, ligger {when_sv} {first}, då reglerna började gälla.",
        f"The last day with {employer}, {ends_on}, is {when_en} {first}, when the rules began to apply.",
    )


def managing_director(employment: Employment, policy: Policy) -> Finding:
    """Support is not given for an employment as managing director (K-5.1-4a)."""
    director, employer = employment.managing_director, employer_of(employment)
    if director:
        sv = f"Du är verkställande direktör hos {employer}, och en sådan anställning ger inte rätt till stöd."
        en = f"You are managing director of {employer}, and such an employment gives no right to support."
    else:
        sv = f"Du är inte verkställande direktör hos {employer}."
        en = f"You are not managing director of {employer}."
    return finding(
        policy.managing_director_excluded.clause,
        Code.EXCLUDED_MANAGING_DIRECTOR if director else None,
        {"employment": employment.id, "managing_director": director},
        sv,
        en,
    )


def owner(employment: Employment, policy: Policy) -> Finding:
    """Support is not given where one's own and one's family's shares reach a third (K-5.1-4b; AMB-13)."""
    shares, employer, limit = employment.shares, employer_of(employment), policy.owner_share.value
    facts: Facts = {"employment": employment.id}
    if shares is None or shares.own == 0:
        facts["own"] = 0
        sv, en = f"Du äger inga aktier i {employer}.", f"You own no shares of {employer}."
        return finding(policy.owner_share.clause, None, facts, sv, en)
    summed, third = summed_shares(shares, policy), f"{limit.numerator}/{limit.denominator}"
    facts |= {"own": shares.own, "summed": summed, "total": shares.total, "limit": third}
    too_much = owns_too_much(shares, policy)
    size_sv, size_en = ("minst", "at least") if too_much else ("mindre än", "less than")
    return finding(
        policy.owner_share.clause,
        Code.EXCLUDED_OWNER if too_much else None,
        facts,
        f"Du och din familj äger {summed} av {shares.total} aktier i {employer}, {size_sv} {third}.",
        f"You and your family own {summed} of {shares.total} shares of {employer}, {size_en} {third}.",
    )


def family(employment: Employment, policy: Policy) -> Finding:
    """Support is not given for work with one's spouse, partner or cohabitant, a sole trader (K-5.1-4c)."""
    relation, employer = employment.sole_trader_relation, employer_of(employment)
    excluded = relation in policy.excluded_family.value
    if relation is None:
        sv = f"Du är inte uppgiven som närstående till en egenföretagare som driver {employer}."
        en = f"You are not stated to be family of a sole trader who runs {employer}."
    else:
        word_sv, word_en = RELATIONS[relation]
        judged_sv, judged_en = ("hindrar", "bars") if excluded else ("hindrar inte", "does not bar")
        sv = f"Din relation till egenföretagaren {employer} ({word_sv}) {judged_sv} stöd för anställningen."
        en = (
            f"Your relation to the sole trader {employer} ({word_en}) {judged_en} support for the employment."
        )
    return finding(
        policy.excluded_family.clause,
        Code.EXCLUDED_FAMILY if excluded else None,
        {"employment": employment.id, "sole_trader_relation": relation},
        sv,
        en,
    )


def affiliation(employment: Employment, sectors: Iterable[str], clause: str) -> Finding:
    """The employer is a municipality, a region or a municipal company (O-14-a)."""
    employer, affiliated = employer_of(employment), employment.sector in sectors
    if affiliated:
        what_sv, what_en = SECTORS[employment.sector]
        sv, en = f"{employer} är {what_sv} och ansluten.", f"{employer} is {what_en} and affiliated."
    else:
        sv = f"{employer} är varken kommun, region eller kommunalt företag och omfattas därför inte."
        en = f"{employer} is no municipality, region or municipal company and is therefore not covered."
    return finding(
        clause,
        None if affiliated else Code.NOT_AFFILIATED,
        {"employment": employment.id, "sector": employment.sector},
        sv,
        en,
    )
