"""Who may write is asked of what is true then; what was sent before is found, whoever may do it by now."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
from starlette.testclient import TestClient

from api import words
from api.http import commands
from api.http.app import make_app
from api.http.desk import House
from api.http.limits import Rates
from api.http.settings import HttpSettings
from domain.register import REGISTER
from ledger.ledger import Ledger, today
from ledger.opening import open_ledger
from ledger.settings import Settings
from tests.e2e.http.conftest import MANY, Client, database
from tests.filled import NUMBER, SERIALS, Filled, fill
from tests.issuer import Issuer
from tests.projected import under_way

NOTIFIED = {"employer": NUMBER, "occurred_on": "2025-04-29"}


def send(who: TestClient, way: str, content: dict[str, Any], version: str = "*", key: str = "") -> Any:
    return who.post(way, json=content, headers={"Idempotency-Key": key or str(uuid4()), "If-Match": version})


def fields_read(client: Client, case: UUID) -> list[Any]:
    rows = client("auditor").get(f"/v1/cases/{case}/readings").json()["items"]
    return [(row["actor"], row["fields"]) for row in rows]


@pytest.fixture
def case(ledger: Ledger, filled: Filled) -> UUID:
    """A case of bo's in Umeå, of four events, of this test alone."""
    return under_way(ledger, next(SERIALS), "bo")


@pytest.fixture
def two(server_url: str, tmp_path: Path, issuer: Issuer) -> Iterator[tuple[TestClient, TestClient, Filled]]:
    """Two servers on one ledger, each of which remembers for itself."""
    limits = HttpSettings(requests_a_minute=MANY)
    with database(server_url, tmp_path) as settings, _opened(settings) as one, _opened(settings) as other:
        filled = fill(one)
        apps = [make_app(House(each, issuer.provider(), limits, Rates(MANY))) for each in (one, other)]
        yield TestClient(apps[0]), TestClient(apps[1]), filled


def _opened(settings: Settings) -> Any:
    return open_ledger(settings, HttpSettings().statement_seconds)


def test_who_moved_writes_no_more_whichever_process_is_asked(
    two: tuple[TestClient, TestClient, Filled], issuer: Issuer
) -> None:
    """The first process remembers the register as it was, and the case at the version that is sent for."""
    first, second, filled = two
    for each, name, role in ((first, "bo", "advisor"), (second, "admin", "administrator")):
        each.headers["Authorization"] = f"Bearer {issuer.token(name, role)}"
    way = f"/v1/cases/{filled.team}"  # dag's
    version = first.get(way).headers["etag"]
    move = {"staff": "bo", "office": "lund", "roles": ["advisor"], "occurred_on": today().isoformat()}
    assert send(second, "/v1/register/staff", move).status_code == 201
    late = send(first, f"{way}/meetings", {"mode": "digital", "occurred_on": "2025-04-29"}, version)
    assert (late.status_code, late.json()["code"]) == (403, "NOT_ALLOWED")
    second.headers["Authorization"] = f"Bearer {issuer.token('revisor', 'auditor')}"
    assert second.get(way).headers["etag"] == version


@pytest.mark.parametrize("role", ["employer_contact", "administrator"])
def test_what_came_in_meanwhile_is_for_those_who_may_read_the_case(
    client: Client, case: UUID, role: str
) -> None:
    """Who may send a command but not read the case learns that a version is stale, and no more."""
    ways: dict[str, tuple[str, dict[str, Any]]] = {
        "employer_contact": ("employer-notifications", NOTIFIED),
        "administrator": (
            "protections",
            {"kind": "confidentiality_marking", "readers": ["bo"], "occurred_on": "2025-04-29"},
        ),
    }
    last, content = ways[role]
    stale = send(client(role), f"/v1/cases/{case}/{last}", content, '"1"')
    assert (stale.status_code, stale.json()["code"], stale.json()["meanwhile"]) == (412, "CHANGED", [])


def test_what_a_rejection_rests_on_is_for_those_who_may_read_the_case(
    two: tuple[TestClient, TestClient, Filled], issuer: Issuer
) -> None:
    """The first process names a reader who has left by what the second one knows."""
    first, second, filled = two
    first.headers["Authorization"] = f"Bearer {issuer.token('bo', 'advisor')}"
    way = f"/v1/cases/{filled.active}"
    version = first.get(way).headers["etag"]
    for each in (first, second):
        each.headers["Authorization"] = f"Bearer {issuer.token('admin', 'administrator')}"
    content = {"kind": "confidentiality_marking", "readers": ["nils"]}
    joined = {"staff": "nils", "office": "lund", "roles": ["advisor"], "occurred_on": "2025-01-01"}
    assert send(first, "/v1/register/staff", joined).status_code == 201
    left = {"staff": "nils", "occurred_on": (today() - timedelta(days=1)).isoformat()}
    assert send(second, "/v1/register/departures", left).status_code == 201
    late = send(first, f"{way}/protections", content, version)
    assert (late.status_code, late.json()["meanwhile"]) == (409, []), late.text


def test_an_erasure_for_a_stale_version_tells_an_administrator_nothing_of_the_case(
    client: Client, case: UUID
) -> None:
    stale = send(client("administrator"), f"/v1/cases/{case}/erasures", {"erase": True}, '"1"')
    assert (stale.status_code, stale.json()["meanwhile"]) == (412, [])


def test_what_came_in_meanwhile_is_told_on_record(client: Client, case: UUID) -> None:
    stale = send(client("advisor"), f"/v1/cases/{case}/meetings", {"mode": "digital"}, '"1"')
    assert (stale.status_code, len(stale.json()["meanwhile"])) == (412, 3)
    assert fields_read(client, case)[0] == ("advisor:bo", ["meanwhile"])


def test_a_case_is_handed_over_by_a_correction_only_by_those_who_hand_cases_out(
    client: Client, ledger: Ledger, case: UUID
) -> None:
    assigned = next(e for e in ledger.history(case) if type(e.event).__name__ == "AdvisorAssigned")
    wrong = {"corrects": str(assigned.event.event_id), "reason": "fel person"}
    to_lisa = {
        "command": "assign_advisor",
        "advisor": "lisa",
        "occurred_on": assigned.event.occurred_on.isoformat(),
    }
    for content in (wrong, wrong | {"replacement": to_lisa}):
        refused = send(client("advisor"), f"/v1/cases/{case}/corrections", content)
        assert (refused.status_code, refused.json()["code"]) == (403, "NOT_ALLOWED")
    assert len(ledger.history(case)) == 4
    done = send(client("team_lead"), f"/v1/cases/{case}/corrections", wrong | {"replacement": to_lisa})
    assert done.status_code == 201
    taken_back = {"corrects": done.json()["events"][0], "reason": "ändå inte"}
    refused = send(client("advisor", name="lisa"), f"/v1/cases/{case}/corrections", taken_back)
    assert (refused.status_code, refused.json()["code"]) == (403, "NOT_ALLOWED")


@pytest.mark.parametrize("version", ["*", "stale"])
def test_who_handed_a_case_over_finds_that_again(client: Client, case: UUID, version: str) -> None:
    """By then it is another office's, where that one may do nothing; another key is a new command, and refused."""
    told, key = '"4"' if version == "stale" else "*", str(uuid4())
    anna, way = client("team_lead"), f"/v1/cases/{case}/advisors"
    content = {"advisor": "lisa", "occurred_on": "2025-05-05"}
    first, again = (send(anna, way, content, told, key) for _ in range(2))
    assert first.status_code == 201, first.text
    assert (again.status_code, again.content, again.headers["etag"]) == (
        201,
        first.content,
        first.headers["etag"],
    )
    for other in (content | {"advisor": "bo"}, {}, {"advisor": 1}):
        assert send(anna, way, other, told, key).status_code == 403
    assert send(anna, way, content).status_code == 403
    keyless = anna.post(way, json=content, headers={"If-Match": "*"})
    assert (keyless.status_code, keyless.json()["code"]) == (403, "NOT_ALLOWED")


@pytest.mark.parametrize("version", ["*", "stale"])
def test_a_key_holds_when_the_day_has_changed(
    client: Client, ledger: Ledger, filled: Filled, monkeypatch: pytest.MonkeyPatch, version: str
) -> None:
    """The day that the content leaves out is the one when it first came, also in a correction's replacement."""
    case, bo, key = filled.waiting, client("decision_maker"), str(uuid4())
    told = f'"{len(ledger.history(case))}"' if version == "stale" else "*"
    way = f"/v1/cases/{case}/joined-persons"
    content = {"same_as": str(filled.lund), "reason": "samma person"}
    first = send(bo, way, content, told, key)
    assert first.status_code == 201, first.text
    event = first.json()["events"][0]
    replaced = {"corrects": event, "reason": "fel", "replacement": {"command": "join_person", **content}}
    corrected = send(bo, f"/v1/cases/{case}/corrections", replaced, "*", f"{key}-2")
    assert corrected.status_code == 201, corrected.text
    later = today() + timedelta(days=1)
    for module in (words, commands):
        monkeypatch.setattr(module, "today", lambda: later)
    again = send(bo, way, content, told, key)
    assert (again.status_code, again.content) == (201, first.content)
    again = send(bo, f"/v1/cases/{case}/corrections", replaced, "*", f"{key}-2")
    assert (again.status_code, again.content) == (201, corrected.content)
    other = send(bo, way, content | {"reason": "en annan"}, told, key)
    assert (other.status_code, other.json()["code"]) == (422, "KEY_REUSED")
    undone = {"corrects": corrected.json()["events"][1], "reason": "inte samma"}
    assert send(bo, f"/v1/cases/{case}/corrections", undone).status_code == 201


def test_an_employers_case_is_opened_once_whatever_day_it_is(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    number = "212000-0027"
    opening = {
        "employer": "Exempelregion",
        "organisation_number": number,
        "kind": "municipality",
        "area": "preventive_measures",
    }
    berit, key = client("decision_maker"), {"Idempotency-Key": str(uuid4())}
    first = berit.post("/v1/employer-cases", json=opening, headers=key)
    assert first.status_code == 201, first.text
    monkeypatch.setattr(words, "today", lambda: today() + timedelta(days=1))
    again = berit.post("/v1/employer-cases", json=opening, headers=key)
    assert (again.status_code, again.content) == (201, first.content)


@pytest.mark.parametrize("role", ["auditor", "decision_maker", "administrator"])
def test_the_register_is_no_case(client: Client, role: str) -> None:
    who = client(role)
    for last in ("", "/history", "/replay", "/bundle", "/proof", "/readings"):
        answer = who.get(f"/v1/cases/{REGISTER}{last}")
        assert (answer.status_code, answer.json()["code"]) == (404, "UNKNOWN_CASE")
    for last, content in (("erasures", {"erase": True}), ("meetings", {"mode": "digital"})):
        assert send(who, f"/v1/cases/{REGISTER}/{last}", content).status_code == 404


def test_an_employers_contact_speaks_for_the_own_employer_alone(client: Client, case: UUID) -> None:
    """However its number is written; who leaves it out speaks for nobody."""
    way, contact = f"/v1/cases/{case}/employer-notifications", client("employer_contact")
    for employer in ("5599999116", "Exempelbruket", "", "1", None):
        refused = send(contact, way, NOTIFIED | {"employer": employer}, "*")
        assert (refused.status_code, refused.json()["code"]) == (403, "NOT_ALLOWED")
    for employer in (NUMBER.replace("-", ""), NUMBER, f"16{NUMBER}"):
        assert send(contact, way, NOTIFIED | {"employer": employer}, "*").status_code == 201
