"""A malformed request is an error that names the path of the value and repeats no value; never a refusal."""

import copy
import json
from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from pydantic import ValidationError

from domain.request import (
    Employment,
    InputError,
    Request,
    Work,
    check_benefits,
    check_employments,
    check_request,
    check_work,
    input_error,
    parse_request,
    path_of,
)

SECRET = "19800517-1234"

SOUND: dict[str, Any] = {
    "policy": "kammarkollegiet",
    "service": "counselling_dismissed",
    "months": 12,
    "received_on": "2025-04-10",
    "decided_on": "2025-04-20",
    "born": "1980-05-17",
    "employments": [
        {
            "id": one,
            "employer": "556012-3456",
            "sector": "other",
            "country": "SE",
            "form": "permanent",
            "starts_on": "2020-01-01",
            "ends_on": "2025-05-31",
            "end_reason": "redundancy",
            "end_initiative": "employer",
            "managing_director": False,
            "shares": {"own": 1, "total": 10, "relatives": [{"relation": "sibling", "shares": 2}]},
            "sole_trader_relation": None,
        }
        for one in ("e1", "e2")
    ],
    "work": [
        {"employment": "e1", "month": "2025-01", "hours": "160", "income": None},
        {"employment": "e1", "month": "2025-02", "hours": "160.50", "income": 30000},
    ],
    "benefits": [
        {"kind": "other", "country": "SE", "starts_on": "2024-01-01", "ends_on": "2024-01-01"},
    ],
    "earlier_grants": [
        {
            "case": case,
            "decided_on": "2022-11-01",
            "last_day": "2023-11-01",
            "basis_months": ["2022-01", "2022-02"],
            "annulled": False,
        }
        for case in ("c1", "c2")
    ],
}

OPTIONAL = {"policy_version", "starts_on", "special_need", "employer_notified", "on_basis_of"}


def put(*steps: Any) -> Callable[[dict[str, Any]], None]:
    """Return a change that sets the last step at the path of the others."""
    *path, key, value = steps

    def change(request: dict[str, Any]) -> None:
        target: Any = request
        for step in path:
            target = target[step]
        if isinstance(target, list) and key == len(target):
            target.append(value)
        else:
            target[key] = value

    return change


def changed(*changes: Callable[[dict[str, Any]], None]) -> str:
    request = copy.deepcopy(SOUND)
    for change in changes:
        change(request)
    return json.dumps(request)


def rejected(text: str | bytes) -> InputError:
    with pytest.raises(InputError) as raised:
        parse_request(text)
    message = raised.value.message
    assert message
    assert "\n" not in message
    return raised.value


ROW = SOUND["work"][0]

MALFORMED: list[tuple[str, Callable[[dict[str, Any]], None]]] = [
    # unknown keys, on every level
    ("wage", put("wage", 31000)),
    ("employments[1].wage", put("employments", 1, "wage", 1)),
    ("employments[0].shares.kin", put("employments", 0, "shares", "kin", 1)),
    ("employments[0].shares.relatives[0].kin", put("employments", 0, "shares", "relatives", 0, "kin", SECRET)),
    ("work[1].note", put("work", 1, "note", SECRET)),
    ("benefits[0].diagnosis", put("benefits", 0, "diagnosis", SECRET)),
    ("earlier_grants[1].months", put("earlier_grants", 1, "months", 12)),
    # unknown kinds, versions, services
    ("policy", put("policy", "trr")),
    ("policy", put("policy", "Kammarkollegiet")),
    ("policy_version", put("policy_version", "2023-01-01")),
    ("policy_version", put("policy_version", "")),
    ("policy_version", put("policy_version", 20221001)),
    ("service", put("service", "coaching")),
    ("service", put("service", "counselling")),
    ("service", put("policy", "omstallningsfonden")),
    ("employments[0].sector", put("employments", 0, "sector", "state")),
    ("employments[0].form", put("employments", 0, "form", "hourly")),
    ("employments[0].form", put("employments", 0, "form", None)),
    ("employments[0].end_reason", put("employments", 0, "end_reason", "bankruptcy")),
    ("employments[0].end_initiative", put("employments", 0, "end_initiative", "union")),
    ("employments[0].sole_trader_relation", put("employments", 0, "sole_trader_relation", "cousin")),
    (
        "employments[0].shares.relatives[0].relation",
        put("employments", 0, "shares", "relatives", 0, "relation", "friend"),
    ),
    ("benefits[0].kind", put("benefits", 0, "kind", "pension")),
    ("benefits[0].country", put("benefits", 0, "country", "SWE")),
    ("employments[0].country", put("employments", 0, "country", "se")),
    ("employments[0].country", put("employments", 0, "country", "ÅÄ")),
    ("employments[0].country", put("employments", 0, "country", None)),
    # dates
    ("born", put("born", "1899-12-31")),
    ("received_on", put("received_on", "2200-01-01")),
    ("decided_on", put("decided_on", "2025-02-30")),
    ("decided_on", put("decided_on", "2025-04-20T00:00:00")),
    ("decided_on", put("decided_on", "20250420")),
    ("decided_on", put("decided_on", "2025-W16-7")),
    ("decided_on", put("decided_on", " 2025-04-20")),
    ("decided_on", put("decided_on", "２０２５-04-20")),
    ("decided_on", put("decided_on", 1745107200)),
    ("decided_on", put("decided_on", None)),
    ("starts_on", put("starts_on", "soon")),
    ("employments[1].starts_on", put("employments", 1, "starts_on", "2025-13-01")),
    ("employments[1].ends_on", put("employments", 1, "ends_on", "2023-02-29")),
    ("employments[1].notice_on", put("employments", 1, "notice_on", "")),
    ("work[0].month", put("work", 0, "month", "2025-13")),
    ("work[0].month", put("work", 0, "month", "2025-1")),
    ("work[0].month", put("work", 0, "month", "2025-01-01")),
    ("work[0].month", put("work", 0, "month", "2025-01\n")),
    ("work[0].month", put("work", 0, "month", "1899-12")),
    ("work[0].month", put("work", 0, "month", "2200-01")),
    ("earlier_grants[0].basis_months[1]", put("earlier_grants", 0, "basis_months", 1, "2022-00")),
    # numbers
    ("months", put("months", "12")),
    ("months", put("months", 12.0)),
    ("months", put("months", True)),
    ("months", put("months", -6)),
    ("months", put("months", float("nan"))),
    ("months", put("months", 10**400)),
    ("work[0].income", put("work", 0, "income", -1)),
    ("work[0].income", put("work", 0, "income", 1.5)),
    ("work[0].income", put("work", 0, "income", "30000")),
    ("work[0].income", put("work", 0, "income", False)),
    ("work[0].income", put("work", 0, "income", float("inf"))),
    ("work[0].income", put("work", 0, "income", 2**53)),
    *(
        ("work[0].hours", put("work", 0, "hours", hours))
        for hours in (
            *(160, 64.0, "", "-1", "+1", "1.", ".5", "1,5", "1e3", "NaN", "Infinity", "1_0", "0x10", " 1"),
            *("1\n", "1.5.0", "１６０", "٣", "9" * 5000, ["1"], True),
        )
    ),
    ("employments[0].shares.own", put("employments", 0, "shares", "own", -1)),
    ("employments[0].shares.own", put("employments", 0, "shares", "own", 0.5)),
    ("employments[0].shares.total", put("employments", 0, "shares", "total", 0)),
    ("employments[0].shares.total", put("employments", 0, "shares", "total", -10)),
    (
        "employments[0].shares.relatives[0].shares",
        put("employments", 0, "shares", "relatives", 0, "shares", -1),
    ),
    ("employments[0].shares.total", put("employments", 0, "shares", "own", 9)),
    ("employments[0].shares.total", put("employments", 0, "shares", "relatives", 0, "shares", 10)),
    # other kinds
    ("special_need", put("special_need", 1)),
    ("special_need", put("special_need", 0)),
    ("special_need", put("special_need", "")),
    ("employments[0].sector", put("employments", 0, "sector", "")),
    ("special_need", put("special_need", "true")),
    ("employer_notified", put("employer_notified", "no")),
    ("employments[0].managing_director", put("employments", 0, "managing_director", None)),
    ("employments[0].managing_director", put("employments", 0, "managing_director", 0)),
    ("earlier_grants[0].annulled", put("earlier_grants", 0, "annulled", "false")),
    ("employments", put("employments", None)),
    ("employments", put("employments", {})),
    ("employments[0]", put("employments", 0, [])),
    ("employments[0].id", put("employments", 0, "id", 1)),
    ("employments[0].id", put("employments", 0, "id", "")),
    ("employments[0].shares", put("employments", 0, "shares", 5)),
    ("employments[0].shares.relatives", put("employments", 0, "shares", "relatives", None)),
    ("work[0]", put("work", 0, None)),
    ("earlier_grants[0].basis_months", put("earlier_grants", 0, "basis_months", "2022-01")),
    ("on_basis_of", put("on_basis_of", 7)),
    # pairs out of order, or given twice: the later one
    ("decided_on", put("decided_on", "2025-04-09")),
    ("born", put("born", "2025-04-11")),
    ("employments[1].ends_on", put("employments", 1, "ends_on", "2019-12-31")),
    ("benefits[0].ends_on", put("benefits", 0, "ends_on", "2023-12-31")),
    ("earlier_grants[0].last_day", put("earlier_grants", 0, "last_day", "2022-10-31")),
    ("earlier_grants[1].decided_on", put("earlier_grants", 1, {
        **SOUND["earlier_grants"][1], "decided_on": "2025-04-21", "last_day": "2026-04-21"})),
    ("employments[1].id", put("employments", 1, "id", "e1")),
    ("earlier_grants[1].case", put("earlier_grants", 1, "case", "c1")),
    ("earlier_grants[0].basis_months[2]", put("earlier_grants", 0, "basis_months", 2, "2022-01")),
    ("work[2].month", put("work", 2, ROW)),
    ("work[2].employment", put("work", 2, {**ROW, "employment": "e3"})),
]  # fmt: skip


@pytest.mark.parametrize(("path", "change"), MALFORMED)
def test_malformed_names_the_path(path: str, change: Callable[[dict[str, Any]], None]) -> None:
    assert rejected(changed(change)).path == path


def test_a_decision_before_the_first_version_is_malformed() -> None:
    early = changed(
        put("received_on", "2022-09-01"),
        put("decided_on", "2022-09-30"),
        put("earlier_grants", []),
    )
    assert rejected(early).path == "decided_on"
    named = changed(
        put("received_on", "2022-09-01"),
        put("decided_on", "2022-09-30"),
        put("earlier_grants", []),
        put("policy_version", "2022-10-01"),
    )
    assert rejected(named).path == "decided_on"
    first = changed(
        put("received_on", "2022-09-01"),
        put("decided_on", "2022-10-01"),
        put("earlier_grants", []),
    )
    assert parse_request(first).decided_on == date(2022, 10, 1)


def every_key(value: Any, path: str = "") -> list[tuple[str, Callable[[dict[str, Any]], None]]]:
    """Return, for every key of the sound request, its path and a change that takes it away."""

    def away(*steps: Any) -> Callable[[dict[str, Any]], None]:
        def change(request: dict[str, Any]) -> None:
            target: Any = request
            for step in steps[:-1]:
                target = target[step]
            del target[steps[-1]]

        return change

    def walk(inner: Any, steps: tuple[Any, ...]) -> list[tuple[str, Callable[[dict[str, Any]], None]]]:
        found = []
        if isinstance(inner, dict):
            for key in inner:
                found.append((path_of((*steps, key)), away(*steps, key)))
                found += walk(inner[key], (*steps, key))
        elif isinstance(inner, list) and inner:
            found += walk(inner[0], (*steps, 0))
        return found

    return walk(value, ())


@pytest.mark.parametrize(("path", "change"), every_key(SOUND))
def test_every_key_that_is_not_optional_is_required(
    path: str, change: Callable[[dict[str, Any]], None]
) -> None:
    if path == "employments[0].sector":
        assert parse_request(changed(change)).employments[0].sector == "other"
    else:
        error = rejected(changed(change))
        assert (error.path, error.message) == (path, "this key is required")


def test_optional_keys_may_be_absent_or_null() -> None:
    absent = parse_request(changed())
    null = parse_request(
        changed(*(put(key, None) for key in OPTIONAL), put("employments", 0, "sector", None))
    )
    assert absent == null
    assert (null.special_need, null.employer_notified, null.employments[0].sector) == (False, False, "other")
    assert absent.employments[0].notice_on is None


def test_values_that_are_allowed() -> None:
    """What looks odd but is no error: an unknown country, empty lists, work outside an employment."""
    assert parse_request(changed(put("employments", 0, "country", "XX"))).employments[0].country == "XX"
    empty = parse_request(
        changed(put("employments", []), put("work", []), put("benefits", []), put("earlier_grants", []))
    )
    assert empty.employments == ()
    assert parse_request(changed(put("work", 0, "month", "2019-01"))).work[0].month == "2019-01"
    assert parse_request(changed(put("months", 0))).months == 0
    assert parse_request(changed(put("starts_on", "1999-01-01"))).starts_on == date(1999, 1, 1)
    assert parse_request(changed(put("work", 0, "hours", "0160.5000"))).work[0].hours == "0160.5000"
    full = put(
        "employments", 0, "shares", {"own": 8, "total": 10, "relatives": [{"relation": "child", "shares": 2}]}
    )
    assert parse_request(changed(full)).employments[0].shares is not None


def test_a_case_may_be_annulled_and_granted_again() -> None:
    for annulled in (0, 1):
        text = changed(
            put("earlier_grants", 1, "case", "c1"), put("earlier_grants", annulled, "annulled", True)
        )
        assert len(parse_request(text).earlier_grants) == 2
    later = changed(
        put("earlier_grants", 0, "annulled", True),
        put("earlier_grants", 0, "decided_on", "2025-04-21"),
        put("earlier_grants", 0, "last_day", "2026-04-21"),
    )
    assert rejected(later).path == "earlier_grants[0].decided_on"


@pytest.mark.parametrize(
    "text",
    [
        *(
            "",
            " ",
            "{",
            "null",
            "[]",
            "12",
            '"x"',
            "{}{}",
            "{'a': 1}",
            '{"a": 1,}',
            "[" * 10_000,
            '{"a":' * 10_000,
        ),
        *(b"\xff\xfe", b"\xef\xbb\xbf{}", '{"policy": "\ud800"}', "\ufeff{}", '{"policy": NaN'),
    ],
)
def test_what_is_no_json_object_has_no_path(text: str | bytes) -> None:
    assert rejected(text).path == ""


def test_a_key_given_twice_is_malformed() -> None:
    text = changed()
    twice = {
        "months": text.replace('"months": 12', '"months": 12, "months": 12', 1),
        "work[1].hours": text.replace('"hours": "160.50"', '"hours": "160.50", "hours": "0"', 1),
        "employments[0].shares.own": text.replace('"own": 1', '"own": 1, "\\u006fwn": 1', 1),
    }
    for path, malformed in twice.items():
        assert malformed != text
        error = rejected(malformed)
        assert (error.path, error.message) == (path, "a key given twice")


def test_no_message_repeats_a_value() -> None:
    """A value may be an identity number: put one everywhere and look for it in what is answered.

    Vacuous if the number were accepted somewhere: `rejected` fails then, so only free texts are left out.
    """
    free = {"id", "employer", "case", "on_basis_of"}
    places: list[tuple[Any, ...]] = [(key,) for key in SOUND] + [(key,) for key in OPTIONAL]
    for name in ("employments", "work", "benefits", "earlier_grants"):
        places += [(name, 0)] + [(name, 0, key) for key in SOUND[name][0]]
    for place in places:
        if place[-1] not in free:
            error = rejected(changed(put(*place, SECRET)))
            assert SECRET not in str(error), place


def test_a_request_read_and_written_is_the_same_request() -> None:
    request = parse_request(changed())
    assert parse_request(request.model_dump_json()) == request
    assert parse_request(changed().encode()) == request


def test_a_request_built_in_code_is_checked_too() -> None:
    request = parse_request(changed())
    check_request(request)
    twice = request.model_copy(update={"employments": (request.employments[0],) * 2})
    with pytest.raises(InputError, match=r"employments\[1\]\.id"):
        check_request(twice)
    with pytest.raises(InputError, match=r"evidence\.work\[1\]\.month"):
        check_work((request.work[0],) * 2, request.employments, "evidence.work")
    with pytest.raises(InputError, match=r"stated\[0\]\.ends_on"):
        check_benefits((request.benefits[0].model_copy(update={"ends_on": date(2020, 1, 1)}),), "stated")
    check_employments(request.employments)


def test_strict_in_code_too() -> None:
    """A value built in code is as strict as one that is read: a frozen value can't be wrong."""
    with pytest.raises(ValidationError) as raised:
        Work(employment="e1", month="2025-01", hours="160", income="30000")  # type: ignore[arg-type]
    error = input_error(raised.value)
    assert (error.path, error.message) == ("income", "expected a whole number")
    employment = parse_request(changed()).employments[0]
    with pytest.raises(ValidationError, match="frozen"):
        employment.id = "e9"  # type: ignore[misc]


def test_models_reused_by_others_keep_their_keys() -> None:
    """Employment, Work and Benefit are recorded in events; their keys are those of the request."""
    assert list(Employment.model_fields) == [
        *("id", "employer", "sector", "country", "form", "starts_on", "ends_on", "notice_on", "end_reason"),
        *("end_initiative", "managing_director", "shares", "sole_trader_relation"),
    ]
    assert list(Work.model_fields) == ["employment", "month", "hours", "income"]
    assert list(Request.model_fields)[-1] == "on_basis_of"


def test_a_key_that_is_no_name_is_not_repeated() -> None:
    """It may be somebody's number: the path says where it stands and not what it is."""
    text = json.dumps({"198507099805": 1})
    with pytest.raises(InputError) as fault:
        parse_request(json.dumps(json.loads(text) | {"policy": "kammarkollegiet"}))
    assert "198507" not in str(fault.value)
    assert path_of(("employments", 0, "198507099805")) == "employments[0].?"


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (put("born", "2025-04-11"), "born: nobody applies before being born"),
        (put("decided_on", "2025-04-09"), "decided_on: a decision is never earlier than the application"),
        (put("policy_version", "2023-01-01"), "policy_version: no such version of these conditions"),
        (
            put("service", "counselling"),
            (
                "service: not a service of this policy; expected 'counselling_dismissed' or 'guidance_employed' or "
                "'reinforced_support'"
            ),
        ),
        (
            put("employments", 1, "id", "e1"),
            "employments[1].id: an employment is listed once; this id is there already",
        ),
        (
            put("employments", 0, "ends_on", "2019-12-31"),
            "employments[0].ends_on: an end is never before its start",
        ),
        (
            put("employments", 0, "shares", "own", 9),
            "employments[0].shares.total: fewer than the shares listed",
        ),
        (put("work", 0, "employment", "e9"), "work[0].employment: no employment listed has this id"),
        (
            put("work", 1, "month", "2025-01"),
            "work[1].month: one row an employment and month; this one is there already",
        ),
        (
            put("benefits", 0, "ends_on", "2023-12-31"),
            "benefits[0].ends_on: an end is never before its start",
        ),
        (
            put("earlier_grants", 1, "case", "c1"),
            "earlier_grants[1].case: a case has one grant that isn't annulled; this one is there already",
        ),
        (
            put("earlier_grants", 0, "decided_on", "2025-04-21"),
            "earlier_grants[0].decided_on: an earlier grant is never decided after this decision",
        ),
        (
            put("earlier_grants", 0, "last_day", "2022-10-31"),
            "earlier_grants[0].last_day: an end is never before its start",
        ),
        (
            put("earlier_grants", 0, "basis_months", 1, "2022-01"),
            "earlier_grants[0].basis_months[1]: a month carries a grant once; this one is there already",
        ),
        (put("wage", 1), "wage: an unknown key"),
        (put("months", "12"), "months: expected a whole number"),
        (put("months", -6), "months: at least 0"),
        (put("work", 0, "income", 2**53), f"work[0].income: at most {2**53 - 1}"),
        (put("special_need", 1), "special_need: expected true or false"),
        (put("policy", "trr"), "policy: expected 'kammarkollegiet' or 'omstallningsfonden'"),
        (put("employments", 0, "form", "hourly"), "employments[0].form: expected 'permanent'"),
        (put("decided_on", "soon"), "decided_on: a date is written YYYY-MM-DD"),
        (put("employments", {}), "employments: expected a list"),
        (put("employments", 0, []), "employments[0]: expected an object"),
    ],
)
def test_a_message_says_what_is_wrong_and_what_is_expected(
    change: Callable[[dict[str, Any]], None], said: str
) -> None:
    assert str(rejected(changed(change))).startswith(said)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("{", "not JSON: "),
        (b"\xff", "not UTF-8 text"),
        ('"\ud800"', "not UTF-8 text"),
        ("[]", "expected an object"),
    ],
)
def test_what_is_no_request_says_so(text: str | bytes, said: str) -> None:
    assert str(rejected(text)).startswith(said)


@pytest.mark.parametrize(
    ("old", "path"), [('"months": 12', "months"), ('"sector": "other"', "employments[0].sector")]
)
def test_a_key_given_twice_is_told_so(old: str, path: str) -> None:
    assert str(rejected(changed().replace(old, f"{old}, {old}", 1))) == f"{path}: a key given twice"
