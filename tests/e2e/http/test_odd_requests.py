"""What no well-meaning client sends: nothing of it is a fault of the program, and nothing of it is recorded."""

import json
from typing import Any
from uuid import UUID, uuid4

import pytest

from ledger.ledger import Ledger
from tests.e2e.http.conftest import Client
from tests.filled import SERIALS, Filled, keep_up
from tests.projected import under_way

MEETING = b'{"occurred_on": "2025-04-29", "mode": "digital"}'


@pytest.fixture(scope="module")
def case(ledger: Ledger, filled: Filled) -> UUID:
    """A case of four events, which stay four."""
    return under_way(ledger, next(SERIALS), "bo")


def deep(opening: str, closing: str, times: int) -> bytes:
    return ('{"mode": ' + opening * times + "1" + closing * times + "}").encode()


CONTENTS = {
    "nothing": b"",
    "blanks": b" \r\n",
    "no object": b"[]",
    "a number": b"7",
    "null": b"null",
    "half": MEETING[:-5],
    "two": MEETING + MEETING,
    "a key twice": b'{"mode": "digital", "mode": "physical", "occurred_on": "2025-04-29"}',
    "a mark of byte order": b"\xef\xbb\xbf" + MEETING,
    "another encoding": MEETING.decode().encode("utf-16"),
    "no UTF-8": b'{"mode": "\xff\xfe"}',
    "an overlong NUL": b'{"mode": "\xc0\x80"}',
    "NUL itself": b'{"mode": "digital\x00"}',
    "NUL": b'{"mode": "digital\\u0000", "occurred_on": "2025-04-29"}',
    "half a pair": b'{"mode": "\\ud800", "occurred_on": "2025-04-29"}',
    "half a pair as a key": b'{"\\udfff": 1, "mode": "digital"}',
    "not a number": b'{"mode": NaN}',
    "infinity": b'{"mode": -Infinity}',
    "a huge number": b'{"mode": ' + b"9" * 5000 + b"}",
    "a huge exponent": b'{"mode": 1e999999999}',
    "deep lists": deep("[", "]", 100_000),
    "lists not too deep for JSON": deep("[", "]", 900),
    "deep objects": deep('{"a":', "}", 50_000),
    "a day that is a number": b'{"mode": "digital", "occurred_on": 0}',
    "a day that is not": b'{"mode": "digital", "occurred_on": "2025-02-30"}',
    "a year before all": b'{"mode": "digital", "occurred_on": "0001-01-01"}',
    "an actor": b'{"mode": "digital", "actor": "decision_maker:berit"}',
    "a prototype": b'{"mode": "digital", "__class__": {"__init__": 1}}',
}


@pytest.mark.parametrize(
    "way", ["/v1/cases/{case}/meetings", "/v1/cases/{case}/corrections", "/v1/applications"]
)
@pytest.mark.parametrize("name", CONTENTS)
def test_odd_content_is_said_to_be_invalid(client: Client, case: UUID, name: str, way: str) -> None:
    headers = {"Content-Type": "application/json", "Idempotency-Key": str(uuid4()), "If-Match": "*"}
    bo = client("advisor")
    answer = bo.post(way.replace("{case}", str(case)), content=CONTENTS[name], headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (422, "INVALID_CONTENT")
    assert bo.get(f"/v1/cases/{case}").headers["etag"] == '"4"'


PATHS = (
    "/v1/cases/%FF%FE",
    "/v1/cases/%00",
    "/v1/cases/{case}%00",
    "/v1/cases/{case}/",
    "/v1//cases/{case}",
    "/v1/cases/../cases/{case}%2e",
    "/v1/cases/%E0%80%80/history",
    "/v1/cases/%ZZ",
    "/v1/cases/%",
    "/v1/cases/" + "9" * 8000,
    "/v1/caseloads/advisors/%00",
    "/v1/caseloads/advisors/%F0%9F%92%A9",
    "/v1/caseloads/advisors/'%20OR%201=1",
    "/v1/due?advisor=%00",
    "/v1/due?advisor=%FF&advisor=bo&until=9999-12-31",
    "/v1/cases/{case}/history?limit=1e3",
    "/v1/cases/{case}/history?limit=10&limit=20&offset=-1",
    "/v1/cases/{case}/history?offset=" + "9" * 400,
    "/v1/caseloads/advisors/bo?position=9223372036854775808",
    "/v1/cases/{case}/replay?known_at=0001-01-01T00:00:00-23:59",
    "/v1/cases/{case}/replay?known_at=9999-12-31T23:59:59%2B00:00",
    "/v1/cases/{case}/replay?known_at=%D9%A2025-01-01",
    "/v1/cases/{case}/replay?rules=../../etc/passwd",
    "/v1/cases/{case}?include=person&include=all",
    "/v1/statistics/outcomes?policy=%00",
    "/demo/%00/token",
    "/%FF",
)


@pytest.mark.parametrize("path", PATHS)
def test_an_odd_address_is_answered_with_a_problem(client: Client, case: UUID, path: str) -> None:
    answer = client("auditor", "advisor").get(path.replace("{case}", str(case)))
    assert answer.status_code in (400, 404), answer.text
    assert answer.headers["content-type"] == "application/problem+json"


HEADERS: dict[str, list[tuple[str, bytes]]] = {
    "a weak version": [("If-Match", b'W/"4"')],
    "a list of versions": [("If-Match", b'"3", "4"')],
    "two versions": [("If-Match", b'"4"'), ("If-Match", b'"5"')],
    "no quotes": [("If-Match", b"4")],
    "an empty version": [("If-Match", b"")],
    "quotes alone": [("If-Match", b'""')],
    "a version with a sign": [("If-Match", b'"-4"')],
    "a version in other digits": [("If-Match", '"\u0664"'.encode())],
    "a huge version": [("If-Match", b'"' + b"9" * 400 + b'"')],
    "no ASCII in the version": [("If-Match", b'"\xff"')],
    "an empty key": [("Idempotency-Key", b"")],
    "a key with blanks": [("Idempotency-Key", b"a b")],
    "a long key": [("Idempotency-Key", b"k" * 101)],
    "no ASCII in the key": [("Idempotency-Key", b"\xe5\xe4\xf6")],
    "two keys": [("Idempotency-Key", b"one"), ("Idempotency-Key", b"two")],
}


@pytest.mark.parametrize("name", HEADERS)
def test_an_odd_header_is_said_to_be_malformed(client: Client, case: UUID, name: str) -> None:
    """Two of what there is one of as well: nobody guesses which was meant."""
    told: list[tuple[Any, Any]] = [("Content-Type", b"application/json")]
    odd = HEADERS[name]
    for header, fine in (("Idempotency-Key", str(uuid4()).encode()), ("If-Match", b'"4"')):
        told += [(header, fine)] if header != odd[0][0] else odd
    bo = client("advisor")
    answer = bo.post(f"/v1/cases/{case}/meetings", content=MEETING, headers=told)
    assert (answer.status_code, answer.json()["code"]) == (400, "MALFORMED_REQUEST")
    assert bo.get(f"/v1/cases/{case}").headers["etag"] == '"4"'


@pytest.mark.parametrize(
    ("header", "value"),
    [
        ("Prefer", b"wait=9999999, wait=-1; wait=\xff"),
        ("Accept-Language", b"\xff, en;q=2, sv;q=0.0000, *;q="),
        ("Accept-Language", b"en," * 5000),
        ("Accept", b"text/html;q=1"),
        ("Traceparent", b"00-zzz-1-1"),
        ("Traceparent", b"00-00000000000000000000000000000000-0000000000000000-01"),
        ("Baggage", b"\xff=\xfe"),
        ("Cookie", b"a=\xff; =;;;"),
        ("Content-Length", b"0"),
        ("X-Forwarded-For", b"\x80"),
    ],
)
def test_an_odd_header_that_decides_nothing_does_no_harm(
    client: Client, case: UUID, header: str, value: bytes
) -> None:
    assert client("advisor").get(f"/v1/cases/{case}", headers=[(header, value)]).status_code == 200  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "value",
    [
        b"",
        b"Bearer",
        b"Bearer ",
        b"Basic Ym86Ym8=",
        b"Bearer \xff\xfe",
        b"Bearer a.b.c",
        b"bearer " + b"x" * 20_000,
    ],
)
def test_an_odd_token_is_no_token(nobody: Any, case: UUID, value: bytes) -> None:
    answer = nobody.get(f"/v1/cases/{case}", headers=[("Authorization", value)])
    assert (answer.status_code, answer.json()["code"]) == (401, "NOT_SIGNED_IN")


def test_text_is_kept_as_it_was_written(client: Client, ledger: Ledger, case: UUID) -> None:
    """NUL, signs beyond the basic plane and marks that turn text around: what JSON can say comes out again."""
    case = under_way(ledger, next(SERIALS), "bo")
    text = "A\x00B \U0001f600 \u202e \u0301é \x7f\x1b[31m"
    task = {"task": text, "by": "client", "target_on": "2025-06-30"}
    plan = {"occurred_on": "2025-04-29", "goal": "job", "jointly": True, "items": [task]}
    headers = {"Content-Type": "application/json", "Idempotency-Key": str(uuid4()), "If-Match": '"4"'}
    bo = client("advisor")
    made = bo.post(f"/v1/cases/{case}/plans", content=json.dumps(plan), headers=headers)
    assert made.status_code == 201, made.text
    (row,) = (
        row
        for row in bo.get(f"/v1/cases/{case}/history?include=person").json()["items"]
        if row["event_id"] in made.json()["events"]
    )
    assert row["content"]["content"]["tasks"] == [text]
    keep_up(ledger)
