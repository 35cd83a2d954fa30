"""The assessment: may support be given? One pure function of a request; each step is a clause."""

from datetime import date, timedelta
from typing import Literal, NamedTuple

from pydantic_core import to_json

from domain import findings as sentences
from domain.findings import Finding
from domain.frame import ReferenceFrame, Sufficing, consumed_months, reference_frame, sufficing_months
from domain.ground import is_distant, is_excluded, try_ground
from domain.policy import Policy, PolicyName, digest
from domain.refusals import Code, Flag
from domain.request import EarlierGrant, Employment, Request, parse_request, policy_of
from domain.values import Frozen, add_months, birthday


class Frame(Frozen):
    """The oldest and newest of the months that aren't skipped, and those that are (K-5.2-10)."""

    first: str
    last: str
    skipped: tuple[str, ...]


class Assessment(Frozen):
    """What was decided and why; its JSON is the same, byte for byte, wherever it is made."""

    decision: Literal["grant", "refuse"]
    refusals: tuple[Code, ...]
    policy: PolicyName
    policy_version: str
    policy_digest: str
    frame: Frame
    countable_months: tuple[str, ...]
    basis_months: tuple[str, ...]
    consumed_in_frame: tuple[str, ...]
    ground: str | None
    last_day: date | None
    agreed_end: date | None
    opens_on: date | None
    months_missing: int
    findings: tuple[Finding, ...]
    flags: tuple[Flag, ...]


class Windows(NamedTuple):
    """The last day of the open windows, if any is open, and the open grant that the application rests on."""

    last_day: date | None
    named: EarlierGrant | None


class End(NamedTuple):
    """The last day that support may be given, and what sets it: the months, the age or the basis."""

    last_day: date
    cap: Literal["months", "age", "basis"]


class Tried(NamedTuple):
    """Everything that was looked at, before the decision is drawn from it."""

    sufficing: Sufficing
    frame: ReferenceFrame
    countable: tuple[str, ...]
    consumed_in_frame: tuple[str, ...]
    windows: Windows
    end: End
    ground: Employment | None
    findings: tuple[Finding, ...]


def assess(request: Request) -> Assessment:
    """Support may be given where no clause gives a code; every code that holds is given (K-5)."""
    return assess_by(policy_of(request), request)


def assess_by(policy: Policy, request: Request) -> Assessment:
    """Assess a request by the given conditions, whichever it names: an organisation's own, with this service."""
    tried = try_all(request, policy)
    codes = {finding.code for finding in tried.findings if finding.code is not None}
    granted = not codes
    basis = basis_months(tried, policy) if granted else ()
    return Assessment(
        decision="grant" if granted else "refuse",
        refusals=tuple(sorted(codes)),
        policy=request.policy,
        policy_version=policy.version,
        policy_digest=digest(policy, request.decided_on.year),
        frame=Frame(first=tried.frame.months[0], last=tried.frame.months[-1], skipped=tried.frame.skipped),
        countable_months=tried.countable,
        basis_months=basis,
        consumed_in_frame=tried.consumed_in_frame,
        ground=tried.ground.id if tried.ground else None,
        last_day=tried.end.last_day if granted else None,
        agreed_end=agreed_end(request, tried.end) if granted else None,
        opens_on=opens_on(tried.windows),
        months_missing=months_missing(tried, policy),
        findings=tried.findings,
        flags=flags(request, policy, tried, basis) if granted else (),
    )


def assess_json(text: bytes | str) -> bytes:
    """Assess a request given as JSON and return the canonical bytes; raise InputError on a malformed one."""
    return to_json(assess(parse_request(text)))


def try_all(request: Request, policy: Policy) -> Tried:
    """Try every clause in order: work, age, ground, need, form, again, end (K-5.1 to K-5.5)."""
    sufficing = sufficing_months(request, policy)
    consumed = consumed_months(request.earlier_grants)
    unconsumed = sufficing.months - consumed
    frame = reference_frame(request, policy, unconsumed)
    countable = tuple(month for month in frame.months if month in unconsumed)
    consumed_in_frame = tuple(month for month in frame.months if month in consumed)
    windows = open_windows(request)
    end = last_permitted_day(request, policy, windows.named)
    terms = policy.services[request.service]
    ground, ground_findings = try_ground(request, policy, terms)
    tried = Tried(sufficing, frame, countable, consumed_in_frame, windows, end, ground, ())
    findings = [*try_work(request, policy, tried), try_age(request, policy), *ground_findings]
    if terms.need is not None:
        met = request.special_need if terms.need.value == "special_need" else request.employer_notified
        findings.append(sentences.need(terms.need, met))
    findings.append(sentences.form(terms, request.months))
    findings.append(sentences.requalification(policy, request, windows.last_day, windows.named))
    if not reached_age_limit(request, policy):
        starts_on = first_day(request)
        findings.append(sentences.end(policy, request, starts_on, end.last_day, end.cap))
    return tried._replace(findings=tuple(findings))


def try_work(request: Request, policy: Policy, tried: Tried) -> list[Finding]:
    """Twelve months suffice and aren't consumed, or an open grant's basis carries (K-5.2-1, O-14-b)."""
    frame, countable = tried.frame, tried.countable
    findings = [sentences.frame(policy, frame.months, frame.skipped)]
    if any(not grant.annulled for grant in request.earlier_grants):
        findings.insert(0, sentences.consumed(policy, tried.consumed_in_frame, frame.months))
    if tried.windows.named is not None:
        return [*findings, sentences.work_condition_by_basis(policy, tried.windows.named)]
    by_hours = sum(month in tried.sufficing.by_hours for month in countable)
    by_income = sum(month in tried.sufficing.by_income for month in countable)
    return [*findings, sentences.work_condition(policy, frame.months, countable, by_hours, by_income)]


def limit_birthday(request: Request, policy: Policy) -> date:
    """The day on which the applicant reaches the age limit (K-5.3; AMB-14)."""
    return birthday(request.born, policy.age_limit.value)


def reached_age_limit(request: Request, policy: Policy) -> bool:
    """Support is not given on the 65th birthday or later (K-5.3)."""
    return request.decided_on >= limit_birthday(request, policy)


def try_age(request: Request, policy: Policy) -> Finding:
    """The day of decision is before the 65th birthday (K-5.3; AMB-14)."""
    limit = limit_birthday(request, policy)
    return sentences.age(policy, limit, request.decided_on, limit - timedelta(days=1))


def open_windows(request: Request) -> Windows:
    """An earlier grant, not annulled, is an open window until its last day is past (K-5.5-a)."""
    still_open = [
        grant
        for grant in request.earlier_grants
        if not grant.annulled and grant.last_day >= request.decided_on
    ]
    named = [grant for grant in still_open if grant.case == request.on_basis_of]
    last_day = max((grant.last_day for grant in still_open), default=None)
    return Windows(last_day, named[0] if named else None)


def opens_on(windows: Windows) -> date | None:
    """New support opens the day after the last open window (K-5.5-a; AMB-16)."""
    return None if windows.last_day is None else windows.last_day + timedelta(days=1)


def first_day(request: Request) -> date:
    """The engagement starts on the day of decision unless another day is asked for (AMB-17)."""
    return request.starts_on or request.decided_on


def last_permitted_day(request: Request, policy: Policy, named: EarlierGrant | None) -> End:
    """Twelve months from the decision, at most the named grant's last day and the eve of 65 (K-5.4)."""
    end = End(add_months(request.decided_on, policy.support_months.value), "months")
    if named is not None and named.last_day < end.last_day:
        end = End(named.last_day, "basis")
    eve = limit_birthday(request, policy) - timedelta(days=1)
    return End(eve, "age") if eve < end.last_day else end


def agreed_end(request: Request, end: End) -> date:
    """The form runs from the start, never past the last permitted day (K-5.4; AMB-17)."""
    return min(add_months(first_day(request), request.months), end.last_day)


def basis_months(tried: Tried, policy: Policy) -> tuple[str, ...]:
    """A grant rests on exactly the twelve newest countable months, or on none of its own (AMB-31, AMB-16)."""
    return () if tried.windows.named is not None else tried.countable[-policy.months_required.value :]


def months_missing(tried: Tried, policy: Policy) -> int:
    """Months that lack to twelve; none where an open grant's basis carries (K-5.2-1)."""
    if tried.windows.named is not None:
        return 0
    return max(0, policy.months_required.value - len(tried.countable))


def flags(request: Request, policy: Policy, tried: Tried, basis: tuple[str, ...]) -> tuple[Flag, ...]:
    """What a person is asked to look at in a grant (K-5.1-1, K-5.1-4, K-5.3)."""
    raised = []
    if tried.ground is not None and is_distant(
        tried.ground, request, policy, policy.services[request.service]
    ):
        raised.append(Flag.GROUND_DISTANT)
    if tried.end.cap == "age":
        raised.append(Flag.SHORTENED_BY_AGE)
    if counts_excluded(request, policy, basis):
        raised.append(Flag.EXCLUDED_EMPLOYMENT_COUNTED)
    return tuple(sorted(raised))


def counts_excluded(request: Request, policy: Policy, basis: tuple[str, ...]) -> bool:
    """A basis month has what is counted from an excluded, creditable employment (K-5.1-4; AMB-13)."""
    excluded = {
        employment.id
        for employment in request.employments
        if employment.country in policy.creditable_countries.value and is_excluded(employment, policy)
    }
    return any(
        row.employment in excluded
        and row.month in basis
        and ((policy.tries_income and row.income) or (row.hours or "").strip("0."))
        for row in request.work
    )
