"""The request of an assessment: what is known, as frozen values, and what makes it malformed.

Malformed is an error that names the path of the value, never a refusal. No message repeats a value: it may be
personal data.
"""

import json
import re
from collections.abc import Iterable, Sequence
from datetime import date
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, StringConstraints, ValidationError

from domain.policy import Policy, PolicyName, Service, policy_in_force, policy_version
from domain.values import Day, Frozen, Month

_KEY = re.compile(r"[A-Za-z_][A-Za-z_]{0,39}")

LARGEST_NUMBER = 2**53 - 1
"""The largest whole number that every reader of JSON keeps exactly."""

LONGEST_HOURS = 64
"""Characters of an hours text; exact arithmetic on longer ones would only cost time."""

Sector = Literal["municipality", "region", "municipal_company", "other"]
Form = Literal["permanent", "fixed_term"]
EndReason = Literal["redundancy", "sickness", "fixed_term_end", "resignation", "misconduct"]
Initiative = Literal["employer", "employee"]
Relation = Literal["spouse", "registered_partner", "cohabitant", "parent", "child", "sibling"]
BenefitKind = Literal[
    "parental_benefit",
    "sickness_benefit",
    "conscription_allowance",
    "transition_study_support",
    "unemployment_benefit",
    "other",
]

Text = Annotated[str, StringConstraints(min_length=1)]
Number = Annotated[int, Field(ge=0, le=LARGEST_NUMBER)]
Country = Annotated[str, StringConstraints(pattern=r"^[A-Z]{2}$")]
Hours = Annotated[str, StringConstraints(pattern=r"^[0-9]+(\.[0-9]+)?$", max_length=LONGEST_HOURS)]
YesOrNo = Annotated[bool, BeforeValidator(lambda value: False if value is None else value)]
SectorOrOther = Annotated[Sector, BeforeValidator(lambda value: "other" if value is None else value)]


class InputError(Exception):
    """What was given is malformed: the path of the value, and what is wrong with it."""

    def __init__(self, path: str, message: str) -> None:
        super().__init__(f"{path}: {message}" if path else message)
        self.path = path
        self.message = message


class Relative(Frozen):
    """A relative of the applicant who owns shares in the employer's company (K-5.1-4b)."""

    relation: Relation
    shares: Number


class Shares(Frozen):
    """The applicant's own shares, all shares of the company, and what relatives own (K-5.1-4b)."""

    own: Number
    total: Annotated[int, Field(ge=1, le=LARGEST_NUMBER)]
    relatives: tuple[Relative, ...]


class Employment(Frozen):
    """An employment; without `starts_on` only declarations tell of it and it is never a ground (K-5.1)."""

    id: Text
    employer: Text
    sector: SectorOrOther = "other"
    country: Country
    form: Form
    starts_on: Day | None
    ends_on: Day | None
    notice_on: Day | None = None
    end_reason: EndReason | None
    end_initiative: Initiative | None
    managing_director: bool
    shares: Shares | None
    sole_trader_relation: Relation | None


class Work(Frozen):
    """Hours, as the text given, and earned gross income in whole SEK, in one month (K-5.2-1, K-5.2-7)."""

    employment: Text
    month: Month
    hours: Hours | None
    income: Number | None


class Benefit(Frozen):
    """A period with a benefit, both days included (K-5.2-10)."""

    kind: BenefitKind
    country: Country
    starts_on: Day
    ends_on: Day


class EarlierGrant(Frozen):
    """An earlier decision to grant: its last day, and the months that carried it (K-5.5-a, K-5.5-b)."""

    case: Text
    decided_on: Day
    last_day: Day
    basis_months: tuple[Month, ...]
    annulled: bool


class Request(Frozen):
    """All that an assessment knows; two equal requests have equal assessments."""

    policy: PolicyName
    policy_version: str | None = None
    service: Service
    months: Number
    received_on: Day
    decided_on: Day
    starts_on: Day | None = None
    born: Day
    special_need: YesOrNo = False
    employer_notified: YesOrNo = False
    employments: tuple[Employment, ...]
    work: tuple[Work, ...]
    benefits: tuple[Benefit, ...]
    earlier_grants: tuple[EarlierGrant, ...]
    on_basis_of: Text | None = None


def parse_request(text: bytes | str) -> Request:
    """Read a request from JSON; raise InputError, with the path of the value, on anything malformed."""
    text = decoded(text)
    try:
        request = Request.model_validate_json(text)
    except ValidationError as error:
        raise input_error(error) from None
    check_keys(text)
    check_request(request)
    return request


def decoded(text: bytes | str) -> str:
    """Return JSON text that is sound UTF-8, or raise InputError."""
    try:
        if isinstance(text, bytes):
            return text.decode()
        text.encode()
    except UnicodeError:
        raise InputError("", "not UTF-8 text") from None
    return text


def policy_of(request: Request) -> Policy:
    """Return the conditions that a request names, or those in force on the day of decision."""
    if request.policy_version is not None:
        return policy_version(request.policy, request.policy_version)
    return policy_in_force(request.policy, request.decided_on)


def check_request(request: Request) -> None:
    """Raise InputError where values that are sound one by one don't fit together."""
    _check_days(request)
    _check_policy(request)
    check_employments(request.employments)
    check_work(request.work, request.employments)
    check_benefits(request.benefits)
    _check_grants(request.earlier_grants, request.decided_on)


def _check_days(request: Request) -> None:
    if request.decided_on < request.received_on:
        raise InputError("decided_on", "a decision is never earlier than the application")
    if request.born > request.received_on:
        raise InputError("born", "nobody applies before being born")


def _check_policy(request: Request) -> None:
    try:
        policy_in_force(request.policy, request.decided_on)
    except LookupError:
        raise InputError("decided_on", "earlier than the first version of these conditions") from None
    try:
        policy = policy_of(request)
    except LookupError:
        raise InputError("policy_version", "no such version of these conditions") from None
    if request.service not in policy.services:
        raise InputError("service", f"not a service of this policy; expected {_either(policy.services)}")


def check_employments(employments: Sequence[Employment], path: str = "employments") -> None:
    """Raise InputError on an id twice, an end before its start, or more shares than there are."""
    ids: set[str] = set()
    for index, employment in enumerate(employments):
        at = f"{path}[{index}]"
        if employment.id in ids:
            raise InputError(f"{at}.id", "an employment is listed once; this id is there already")
        ids.add(employment.id)
        _check_order(employment.starts_on, employment.ends_on, f"{at}.ends_on")
        shares = employment.shares
        if shares and shares.own + sum(relative.shares for relative in shares.relatives) > shares.total:
            raise InputError(f"{at}.shares.total", "fewer than the shares listed")


def check_work(work: Sequence[Work], employments: Sequence[Employment], path: str = "work") -> None:
    """Raise InputError on work for an employment that isn't listed, or a month twice for one employment."""
    ids = {employment.id for employment in employments}
    seen: set[tuple[str, str]] = set()
    for index, row in enumerate(work):
        if row.employment not in ids:
            raise InputError(f"{path}[{index}].employment", "no employment listed has this id")
        key = (row.employment, row.month)
        if key in seen:
            raise InputError(
                f"{path}[{index}].month", "one row an employment and month; this one is there already"
            )
        seen.add(key)


def check_benefits(benefits: Sequence[Benefit], path: str = "benefits") -> None:
    """Raise InputError on a benefit that ends before it starts."""
    for index, benefit in enumerate(benefits):
        _check_order(benefit.starts_on, benefit.ends_on, f"{path}[{index}].ends_on")


def _check_grants(grants: Sequence[EarlierGrant], decided_on: date) -> None:
    cases: set[str] = set()
    for index, grant in enumerate(grants):
        at = f"earlier_grants[{index}]"
        if grant.case in cases and not grant.annulled:
            raise InputError(
                f"{at}.case", "a case has one grant that isn't annulled; this one is there already"
            )
        if not grant.annulled:
            cases.add(grant.case)
        if grant.decided_on > decided_on:
            raise InputError(f"{at}.decided_on", "an earlier grant is never decided after this decision")
        _check_order(grant.decided_on, grant.last_day, f"{at}.last_day")
        if len(set(grant.basis_months)) != len(grant.basis_months):
            later = _first_repeated(grant.basis_months)
            raise InputError(
                f"{at}.basis_months[{later}]", "a month carries a grant once; this one is there already"
            )


def _check_order(starts_on: date | None, ends_on: date | None, path: str) -> None:
    if starts_on is not None and ends_on is not None and ends_on < starts_on:
        raise InputError(path, "an end is never before its start")


def _first_repeated(items: Sequence[str]) -> int:
    return next(index for index, item in enumerate(items) if item in items[:index])


def _either(words: Iterable[str]) -> str:
    return " or ".join(repr(word) for word in words)


EXPECTED = {
    "missing": "this key is required",
    "extra_forbidden": "an unknown key",
    "string_type": "expected a text",
    "string_too_short": "expected a text that isn't empty",
    "int_type": "expected a whole number",
    "int_from_float": "expected a whole number",
    "int_parsing": "expected a whole number",
    "int_parsing_size": "a number that is too large",
    "bool_type": "expected true or false",
    "date_type": "expected a date, YYYY-MM-DD",
    "tuple_type": "expected a list",
    "model_type": "expected an object",
}
"""What was expected, by the kind of error; where the kind isn't here a message is written from its bounds."""


def input_error(exc: ValidationError) -> InputError:
    """Turn the first error of a validation into a path and a message on one line that repeats no value."""
    error = exc.errors(include_url=False, include_input=False)[0]
    return InputError(path_of(error["loc"]), message_of(error["type"], error.get("ctx", {})))


def path_of(location: Iterable[str | int]) -> str:
    """Write where a value stands: `employments[0].ends_on`."""
    path = ""
    for step in location:
        if isinstance(step, str) and not _KEY.fullmatch(step):
            step = "?"  # noqa: PLW2901 - a key that is no name may be anybody's personal data
        path += f"[{step}]" if isinstance(step, int) else f".{step}" if path else step
    return path


def message_of(kind: str, context: dict[str, Any]) -> str:
    """Say what was wrong and what is expected, in words that hold no part of the value."""
    written = {
        "json_invalid": "not JSON: {error}",
        "value_error": "{error}",
        "literal_error": "expected {expected}",
        "string_pattern_mismatch": "expected a text of the pattern {pattern}",
        "string_too_long": "at most {max_length} characters",
        "greater_than_equal": "at least {ge}",
        "less_than_equal": "at most {le}",
    }
    if kind in written:
        return written[kind].format(**context)
    return EXPECTED.get(kind, "not what is expected here")


class _KeyTwiceError(Exception):
    """A key stands twice in one object."""


def check_keys(text: str) -> None:
    """Raise InputError where a key is given twice in one object: which one was meant nobody can say."""
    try:
        json.loads(text, object_pairs_hook=_each_once)
    except _KeyTwiceError:
        raise InputError(
            _twice(json.loads(text, object_pairs_hook=_Pairs)) or "", "a key given twice"
        ) from None


def _each_once(pairs: list[tuple[str, Any]]) -> None:
    if len(dict(pairs)) != len(pairs):
        raise _KeyTwiceError


class _Pairs(list[tuple[str, Any]]):
    """The keys and values of an object as they stand."""


def _twice(value: Any, path: tuple[str | int, ...] = ()) -> str | None:
    """Find the path of the first key given twice."""
    steps: list[tuple[str | int, Any]] = []
    if isinstance(value, _Pairs):
        steps = list(value)
        keys = [key for key, _ in value]
        if len(set(keys)) != len(keys):
            return path_of((*path, keys[_first_repeated(keys)]))
    elif isinstance(value, list):
        steps = list(enumerate(value))
    return next((found for at, inner in steps if (found := _twice(inner, (*path, at))) is not None), None)
