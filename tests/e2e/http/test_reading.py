"""Reading over HTTP: what each route shows, to whom, what stays sealed, and that every look is on record first."""

import re
from base64 import b64decode
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple, get_args
from urllib.parse import urlencode
from uuid import UUID

import pytest
from fastapi import FastAPI
from fastapi.routing import APIRoute
from starlette.testclient import TestClient

from api.http import number_shapes, proof_shapes, shapes
from api.http.cases import WITHHELD
from api.http.replays import without_facts
from api.http.tokens import ROLES, Role
from ledger.checkpoint import open_checkpoint
from ledger.ledger import Ledger
from ledger.merkle import root_of_inclusion
from ledger.readings import Reading, readings_of
from replays.verify_bundle import key_of, verify
from tests.applications import TODAY, command
from tests.filled import AMOUNT, NUMBERS, SECRETS, SERIALS, Filled, keep_up
from tests.projected import under_way

Client = Callable[..., TestClient]
CASE, EVENT, EMPLOYER = "{case}", "{event}", "{employer}"
READERS = ("advisor", "team_lead", "decision_maker", "auditor")
STAFF = (*READERS, "administrator")
COUNTERS = (*STAFF, "statistician")


class View(NamedTuple):
    """A route that is read: its address, the shape of its answer, who may, and whether it can open what is sealed.

    `body` is sent by POST. `on_record` is what stands on record as shown: of the case, or of none for a list.
    """

    address: str
    shape: type[shapes.Shape] | None
    roles: tuple[str, ...]
    opens: bool = False
    body: dict[str, str] | None = None
    on_record: tuple[str, ...] = ()
    of_case: bool = True


VIEWS = (
    View("/v1/cases/{case}", None, READERS, True, on_record=("state",)),
    View("/v1/cases/{case}/history", None, READERS, True, on_record=("history",)),
    View("/v1/cases/{case}/readings", None, ("auditor", "administrator"), on_record=("readings",)),
    View("/v1/cases/{case}/replay", proof_shapes.Replay, READERS, True, on_record=("replay",)),
    View(
        "/v1/cases/{case}/replay/differences?valid_on=2025-04-10&other_rules=2022-10-01",
        proof_shapes.Differences,
        READERS,
        on_record=("replay",),
    ),
    View(
        "/v1/cases/{case}/decisions/{event}/receipt",
        proof_shapes.DecisionReceipt,
        READERS,
        True,
        on_record=("receipt",),
    ),
    View("/v1/cases/{case}/redecisions", proof_shapes.Redecisions, READERS, True, on_record=("redecisions",)),
    View("/v1/cases/{case}/proof", proof_shapes.CaseProof, READERS, on_record=("proof",)),
    View(
        "/v1/requalification-lookups",
        shapes.RequalificationFound,
        READERS,
        body={"case": CASE},
        on_record=("requalification",),
    ),
    View(
        "/v1/person-lookups",
        shapes.PersonFound,
        STAFF,
        body={"identity_number": NUMBERS["active"]},
        on_record=("person_lookup",),
    ),
    View("/v1/caseloads/advisors/bo", shapes.Caseload, READERS, True, on_record=("caseload",), of_case=False),
    View(
        "/v1/caseloads/offices/umea", shapes.Caseload, READERS, True, on_record=("caseload",), of_case=False
    ),
    View("/v1/caseloads/teams/norr", shapes.Caseload, READERS, True, on_record=("caseload",), of_case=False),
    View("/v1/caseloads/waiting", shapes.Caseload, READERS[1:], on_record=("caseload",), of_case=False),
    View("/v1/due?advisor=bo", shapes.Due, READERS, on_record=("due",), of_case=False),
    View("/v1/me", shapes.Me, ROLES),
    View("/v1/statistics/outcomes", number_shapes.OutcomeStatistics, COUNTERS),
    View("/v1/statistics/decisions", number_shapes.DecisionStatistics, COUNTERS),
    View(
        "/v1/statistics/occupations?service=counselling_dismissed",
        number_shapes.OccupationStatistics,
        COUNTERS,
    ),
    View(
        "/v1/employers",
        number_shapes.Employers,
        tuple(role for role in COUNTERS if role != "statistician"),
    ),
    View("/v1/register?on=2025-01-01", number_shapes.RegisterLines, STAFF),
    View("/v1/register/history", number_shapes.RegisterHistory, STAFF),
    View("/v1/checkpoints", proof_shapes.Checkpoints, ("auditor", "administrator")),
    View("/v1/public-key", proof_shapes.PublicKey, ROLES),
)
RECORDED = tuple(view for view in VIEWS if view.on_record)


def named(view: View) -> str:
    return view.address.partition("?")[0]


@pytest.fixture(scope="module")
def event(ledger: Ledger, filled: Filled) -> UUID:
    """The decision of the active case."""
    return ledger.case(filled.active).decisions[0].event_id


@pytest.fixture
def ask(client: Client, filled: Filled, event: UUID) -> Callable[..., Any]:
    """Ask for a view of the active case: `ask(view, "advisor", include=True)`."""

    def asked(view: View, role: str, *, include: bool = False, **who: str) -> Any:
        address = view.address.format(case=filled.active, event=event)
        if include:
            address += f"{'&' if '?' in address else '?'}include=person"
        one = client(role, **who)
        if view.body is None:
            return one.get(address)
        return one.post(
            address, json={key: text.format(case=filled.active) for key, text in view.body.items()}
        )

    return asked


def last(ledger: Ledger, case: UUID | None) -> Reading:
    """What was put on record last of a case, or of none."""
    if case is not None:
        return readings_of(ledger, case)[-1]
    (row,) = ledger.select("SELECT * FROM liggare.reading WHERE case_id IS NULL ORDER BY number DESC LIMIT 1")
    return Reading(**{name: row[name] for name in Reading._fields} | {"fields": tuple(row["fields"])})


def secrets_in(text: str) -> list[str]:
    return [secret for secret in (*SECRETS, *NUMBERS.values()) if secret in text]


@contextmanager
def no_records(ledger: Ledger) -> Iterator[None]:
    """While this lasts, nothing can be put on record."""
    with ledger.own_connection() as connection:
        connection.execute(
            "CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'no'; END $$"
        )
        connection.execute(
            "CREATE TRIGGER refuse BEFORE INSERT ON liggare.reading FOR EACH ROW EXECUTE FUNCTION refuse()"
        )
        try:
            yield
        finally:
            connection.execute("DROP FUNCTION refuse() CASCADE")


@pytest.mark.parametrize("view", VIEWS, ids=named)
def test_each_view_is_for_some_and_shaped_as_told(ask: Callable[..., Any], view: View) -> None:
    """And without `include=person` nothing sealed is anywhere in the answer."""
    for role in get_args(Role):
        answer = ask(view, role)
        assert (answer.status_code == 200) == (role in view.roles), (role, answer.text)
        assert secrets_in(answer.text) == []
        if role not in view.roles:
            assert (answer.status_code, answer.json()["code"]) == (403, "NOT_ALLOWED")
        elif view.shape is not None:
            view.shape.model_validate_json(answer.text)


@pytest.mark.parametrize("view", [view for view in VIEWS if view.opens], ids=named)
def test_what_is_sealed_comes_when_it_is_asked_for(
    ask: Callable[..., Any], ledger: Ledger, filled: Filled, view: View
) -> None:
    """To those who may open it, and on record as opened."""
    answer = ask(view, "auditor", include=True)
    assert answer.status_code == 200
    assert secrets_in(answer.text) != []
    if view.shape is not None:
        view.shape.model_validate_json(answer.text)
    if view.of_case:
        assert last(ledger, filled.active).fields == (*view.on_record, "person")
    refused = ask(view, "employer_contact", include=True)
    assert (refused.status_code, secrets_in(refused.text)) == (403, [])


@pytest.mark.parametrize("view", RECORDED, ids=named)
def test_a_look_is_on_record_before_anything_is_shown(
    ask: Callable[..., Any], ledger: Ledger, filled: Filled, view: View
) -> None:
    role = view.roles[-1]
    case = filled.active if view.of_case else None
    assert ask(view, role, purpose="tillsyn 7").status_code == 200
    found = last(ledger, case)
    assert (found.fields, found.purpose) == (view.on_record, "tillsyn 7")
    assert found.actor.startswith(f"{role}:")
    method, _, route = found.command.partition(" ")
    assert method == ("GET" if view.body is None else "POST")
    assert named(view).split("/")[:3] == route.split("/")[:3]
    assert found.policy is not None
    assert found.policy not in ("", "refused")
    with no_records(ledger):
        silent = ask(view, role)
        assert (silent.status_code, silent.json()["code"]) == (503, "UNAVAILABLE")
    assert last(ledger, case).number == found.number


def test_a_statistician_never_gets_a_person(
    app: FastAPI, client: Client, filled: Filled, event: UUID
) -> None:
    """From no route that there is: numbers, what runs here and the contract are all."""
    numbers = {
        *("/v1/statistics/outcomes", "/v1/statistics/decisions", "/v1/statistics/occupations"),
        *("/v1/projections", "/v1/me", "/v1/public-key"),
        *("/api-info", "/docs/problems", "/docs/api", "/health/live", "/health/ready"),
    }
    one, opened, tried = client("statistician"), set(), 0
    headers = {"Idempotency-Key": "k", "If-Match": "*"}
    places = {"case": str(filled.active), "event": str(event), "name": "bo"}
    bodies: list[dict[str, Any]] = [
        {},
        {"identity_number": NUMBERS["active"]},
        {"case": str(filled.active)},
        {"erase": True},
    ]
    for route in app.routes:
        if not isinstance(route, APIRoute):
            continue
        known = {field.alias for field in route.dependant.query_params} & {"include", "advisor"}
        words = {"include": "person", "advisor": "bo"}
        address = route.path.format(**places) + "?" + urlencode({name: words[name] for name in known})
        for method in route.methods or ():
            for body in bodies if method == "POST" else [None]:
                answer = one.request(method, address, json=body, headers=headers)
                tried += 1
                assert secrets_in(answer.text) == [], route.path
                if answer.status_code < 400:
                    opened.add(route.path)
                    assert [str(case) for case in filled if str(case) in answer.text] == []
                else:
                    assert answer.status_code in (403, 422, 503), (route.path, answer.text)
    assert opened <= numbers, opened
    assert {path for path in numbers if path.startswith("/v1/")} <= opened
    assert tried > 200


def test_nobody_reads_without_a_token(app: FastAPI, nobody: TestClient, filled: Filled, event: UUID) -> None:
    places = {"case": str(filled.active), "event": str(event), "name": "bo"}
    for route in app.routes:
        if isinstance(route, APIRoute) and route.path.startswith("/v1/"):
            for method in route.methods or ():
                answer = nobody.request(method, route.path.format(**places) + "?advisor=bo", json={})
                assert (answer.status_code, answer.json()["code"]) == (401, "NOT_SIGNED_IN"), route.path


def test_an_advisor_reads_cases_of_the_own_office_alone(
    client: Client, ledger: Ledger, filled: Filled
) -> None:
    advisor = client("advisor")
    for address in (f"/v1/cases/{filled.lund}/replay", "/v1/caseloads/advisors/lisa", "/v1/due?advisor=lisa"):
        assert advisor.get(address).json()["code"] == "NOT_ALLOWED"
        assert client("advisor", name="lisa").get(address).status_code == 200
    asked = {"identity_number": NUMBERS["lund"]}
    assert advisor.post("/v1/requalification-lookups", json=asked).json()["code"] == "NOT_ALLOWED"
    assert last(ledger, filled.lund).fields == ("person_lookup",)
    assert advisor.post("/v1/person-lookups", json=asked).json()["items"][0]["case"] == str(filled.lund)


def test_a_protected_identity_opens_for_the_named_alone(
    client: Client, ledger: Ledger, filled: Filled
) -> None:
    """On every address; an attempt is on record. Who asks with the number without being named finds nobody."""
    case = filled.protected
    for path in ("", "/history", "/replay", "/redecisions", "/replay/differences", "/bundle"):
        address = f"/v1/cases/{case}{path}" + ("" if path == "/bundle" else "?include=person")
        refused = client("auditor", purpose="tillsyn").get(address)
        assert (refused.status_code, refused.json()["code"], secrets_in(refused.text)) == (
            403,
            "NOT_ALLOWED",
            [],
        )
        found = last(ledger, case)
        assert (found.actor, found.fields, found.policy) == ("auditor:revisor", (), "refused")
        assert client("advisor").get(address).json()["code"] == "PURPOSE_NEEDED"
        assert client("advisor", purpose="möte 3 juni").get(address).status_code == 200
        assert last(ledger, case).purpose == "möte 3 juni"
    lookup, asked = "/v1/person-lookups", {"identity_number": NUMBERS["protected"]}
    stranger = client("auditor", purpose="tillsyn").post(lookup, json=asked)
    assert (stranger.status_code, stranger.json()) == (200, {"items": []})
    assert (last(ledger, case).command, last(ledger, case).policy) == (f"POST {lookup}", "refused")
    assert last(ledger, None).actor == "auditor:revisor"
    assert len(client("advisor", purpose="ansökan").post(lookup, json=asked).json()["items"]) == 1
    for address, role in (
        ("/v1/requalification-lookups", "advisor"),
        ("/v1/person-extracts", "administrator"),
    ):
        told = [
            client(role).post(address, json={"identity_number": number}).json()
            | {"trace": "", "instance": ""}
            for number in (NUMBERS["protected"], "199001019802")
        ]
        assert told[0] == told[1]
        assert told[0]["code"] == "UNKNOWN_CASE"


def test_a_list_names_people_only_on_request(client: Client, ledger: Ledger, filled: Filled) -> None:
    """Those of the page, each on record; protected ones are withheld, from the named too."""
    advisor = client("advisor", purpose="fördelning")
    before = {case: len(readings_of(ledger, case)) for case in filled}
    plain = advisor.get("/v1/caseloads/advisors/bo").json()
    assert {row["person"] for row in plain["items"]} == {None}
    assert {case: len(readings_of(ledger, case)) for case in filled} == before
    whole = advisor.get("/v1/caseloads/advisors/bo?include=person").json()
    names = {row["case"]: row["person"] for row in whole["items"]}
    assert names[str(filled.active)] == {"name": "Testa Påhittsson 1"}
    assert names[str(filled.protected)] == {"withheld": True}
    assert len(readings_of(ledger, filled.active)) == before[filled.active] + 1
    assert last(ledger, filled.active).fields == ("caseload", "person")
    assert len(readings_of(ledger, filled.protected)) == before[filled.protected]
    before = {case: len(readings_of(ledger, case)) for case in filled}
    page = advisor.get("/v1/caseloads/offices/umea?include=person&limit=1&offset=2").json()
    assert (page["limit"], page["offset"], len(page["items"])) == (1, 2, 1)
    assert page["total"] > 2
    opened = {str(case) for case in filled if len(readings_of(ledger, case)) > before[case]}
    assert opened <= {page["items"][0]["case"]}


def test_a_list_that_lags_behind_names_nobody_of_another_office(
    client: Client, ledger: Ledger, filled: Filled
) -> None:
    """Lisa at the other office has the case by now, which the list does not show yet."""
    case = under_way(ledger, next(SERIALS), "bo")
    keep_up(ledger)
    ledger.execute(case, command("assign_advisor", "2025-05-05", advisor="lisa"), TODAY)
    told = client("advisor").get("/v1/caseloads/advisors/bo?include=person&limit=200").json()
    names = {row["case"]: row["person"] for row in told["items"]}
    assert names[str(case)] == {"withheld": True}
    assert names[str(filled.active)] == {"name": "Testa Påhittsson 1"}
    assert readings_of(ledger, case) == []
    keep_up(ledger)


def test_cases_that_nobody_has(client: Client, filled: Filled) -> None:
    decider = client("decision_maker")
    whole = decider.get("/v1/caseloads/waiting").json()
    cases = {row["case"]: row["waits_for"] for row in whole["items"]}
    assert [cases[str(case)] for case in (filled.waiting, filled.second)] == ["decision", "decision"]
    assert str(filled.active) not in cases
    assert [(row["advisor"], row["cases"]) for row in whole["workload"]] == [(None, whole["total"])]
    waiting = decider.get("/v1/caseloads/waiting?waits_for=advisor").json()
    assert str(filled.granted) in {row["case"] for row in waiting["items"]}
    assert {row["waits_for"] for row in waiting["items"]} == {"advisor"}
    rows = decider.get("/v1/caseloads/waiting?include=person&limit=200").json()["items"]
    named_ = {row["case"]: row["person"]["name"] for row in rows}
    assert named_[str(filled.waiting)] == "Testa Påhittsson 6"
    assert client("team_lead").get("/v1/caseloads/waiting?include=person").status_code == 403


def test_a_name_that_was_never_registered_is_nobodys(client: Client) -> None:
    for address in ("advisors/umea", "teams/bo", "offices/nowhere"):
        answer = client("decision_maker").get(f"/v1/caseloads/{address}")
        assert (answer.status_code, answer.json()["code"]) == (404, "NOT_FOUND")
    assert client("auditor").get("/v1/due?advisor=nobody").status_code == 404
    assert client("decision_maker").get("/v1/caseloads/advisors/gone").json()["total"] == 0


def test_a_view_waits_for_a_position(client: Client, ledger: Ledger) -> None:
    """One that is reached is there at once; one that the log does not have is malformed."""
    keep_up(ledger)
    position = ledger.select("SELECT max(notification_id) AS position FROM liggare.case_events")[0][
        "position"
    ]
    for address in ("/v1/caseloads/advisors/bo?", "/v1/due?advisor=bo&"):
        answer = client("advisor").get(f"{address}position={position}", headers={"Prefer": "wait=5"})
        assert (answer.status_code, answer.json()["position"]) == (200, position)
        beyond = client("advisor").get(f"{address}position={position + 1}")
        assert (beyond.status_code, beyond.json()["errors"][0]["path"]) == (400, "position")


def test_who_i_am_and_where_i_begin(client: Client) -> None:
    me = client("advisor", "team_lead", name="dag").get("/v1/me").json()
    assert (me["name"], me["roles"], me["office"], me["team"]) == (
        "dag",
        ["advisor", "team_lead"],
        "umea",
        "norr",
    )
    for address in me["addresses"].values():
        assert client("advisor", name="dag").get(address).status_code == 200
    assert set(me["addresses"]) == {"caseload", "due", "team", "office"}
    assert client("auditor").get("/v1/me").json()["addresses"] == {}


@pytest.mark.parametrize("path", ["person-lookups", "requalification-lookups", "person-extracts"])
@pytest.mark.parametrize(
    ("body", "at"),
    [
        (b'{"identity_number": "198001011234"}', "identity_number"),
        (b'{"identity_number": 198001011234}', "identity_number"),
        (b'{"identity_number": "8001011234"}', "identity_number"),
        (b'{"identity_number": "198001021008", "x198001011234": 1}', "?"),
        (b'{"identity_number": "198001021008", "identity_number": "198001021008"}', "identity_number"),
        (b"[198001011234]", ""),
        (b'"198001011234', ""),
        (b"{}", None),
    ],
)
def test_a_malformed_number_is_told_by_its_path_and_never_repeated(
    client: Client, path: str, body: bytes, at: str | None
) -> None:
    role = "administrator" if path == "person-extracts" else "decision_maker"
    headers = {"Content-Type": "application/json"}
    answer = client(role).post(f"/v1/{path}", content=body, headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (422, "INVALID_CONTENT")
    (error,) = answer.json()["errors"]
    assert at is None or error["path"] == at
    assert "8001011234" not in answer.text
    assert "198001021008" not in answer.text


def test_a_person_is_found_by_the_number(client: Client, ledger: Ledger, filled: Filled) -> None:
    lookup = "/v1/person-lookups"
    found = client("advisor").post(lookup, json={"identity_number": NUMBERS["active"]}).json()
    assert {row["case"]: row["stage"] for row in found["items"]} == {
        str(filled.active): "ended",
        str(filled.second): "received",
    }
    assert {last(ledger, case).command for case in (filled.active, filled.second)} == {f"POST {lookup}"}
    nobodys = {"identity_number": "199001019802"}
    assert client("advisor").post(lookup, json=nobodys).json() == {"items": []}
    before = last(ledger, None)
    assert (before.command, before.fields) == (f"POST {lookup}", ("person_lookup",))
    assert client("advisor").post(lookup, json=nobodys).json() == {"items": []}
    assert last(ledger, None).number > before.number


def test_months_used_up_are_told_and_the_others_opened(
    client: Client, ledger: Ledger, filled: Filled
) -> None:
    path, on = "/v1/requalification-lookups", {"on": "2025-12-01"}
    plain = client("advisor").post(path, json={"identity_number": NUMBERS["active"]} | on).json()
    assert (len(plain["used"]), plain["opens_on"], plain["person"]) == (12, "2026-04-21", None)
    assert {row["case"] for row in plain["used"]} == {str(filled.active)}
    assert all(row["month"] in row["sv"] and row["clause"] == "K-5.5-b" for row in plain["used"])
    opened = client("advisor").post(f"{path}?include=person", json={"case": str(filled.second)} | on)
    whole = shapes.RequalificationFound.model_validate_json(opened.text)
    assert whole.person is not None
    assert {row.status for row in whole.person.months} >= {"counted"}
    assert whole.person.missing > 0
    assert whole.person.earliest_working is not None
    assert last(ledger, filled.second).fields == ("requalification", "person")
    erased = client("decision_maker").post(f"{path}?include=person", json={"case": str(filled.erased)} | on)
    assert (erased.json()["person"], len(erased.json()["used"])) == (None, 12)
    both = {"case": str(filled.active), "identity_number": NUMBERS["active"]}
    assert client("advisor").post(path, json=both).status_code == 422
    of_employer = client("decision_maker").post(path, json={"case": str(filled.employer)})
    assert of_employer.json()["code"] == "UNKNOWN_CASE"


def test_everything_about_one_person(client: Client, ledger: Ledger, filled: Filled) -> None:
    """For the administrator alone: both cases with what is sealed opened, and this very look at them."""
    path = "/v1/person-extracts"
    for role in set(ROLES) - {"administrator"}:
        for case in (filled.active, UUID(int=1)):
            assert client(role).post(path, json={"case": str(case)}).status_code == 403
    answer = client("administrator", purpose="begäran 12").post(path, json={"case": str(filled.active)})
    whole = shapes.PersonExtract.model_validate_json(answer.text)
    assert (whole.person.identity_number, whole.person.name) == (NUMBERS["active"], "Testa Påhittsson 1")
    assert {one.case for one in whole.cases} == {filled.active, filled.second}
    for one in whole.cases:
        assert len(one.history) == len(ledger.history(one.case))
        found = one.readings[-1]
        assert (found.actor, found.command, found.purpose) == (
            "administrator:admin",
            f"POST {path}",
            "begäran 12",
        )
        assert found.fields == ["extract", "person"]
    assert '"withheld"' not in answer.text
    assert all(
        text in answer.text for text in ("Jobb som smed", "short_sick_leave", "559999-9017", '"findings"')
    )
    assert len(whole.requalification.used) == 12
    erased = client("administrator").post(path, json={"identity_number": NUMBERS["erased"]}).json()
    assert (erased["person"]["name"], erased["person"]["identity_number"]) == ("raderad", None)
    refused = client("administrator", purpose="begäran").post(path, json={"case": str(filled.protected)})
    assert (refused.status_code, last(ledger, filled.protected).policy) == (403, "refused")
    named_ = client("administrator", name="bo", purpose="begäran 13")
    assert named_.post(path, json={"case": str(filled.protected)}).status_code == 200


def test_a_replay_by_its_clocks(client: Client, ledger: Ledger, filled: Filled) -> None:
    advisor, address = client("advisor"), f"/v1/cases/{filled.active}/replay"
    whole = advisor.get(address).json()
    assert whole["total"] == len(ledger.history(filled.active))
    earlier = advisor.get(f"{address}?valid_on=2025-04-27").json()
    assert [row["event"] for row in earlier["items"]] == [
        *("ApplicationReceived", "EligibilityAssessed", "AdvisorAssigned", "EngagementStarted")
    ]
    assert earlier["items"][-1]["state"]["stage"] == "active"
    by_rules = advisor.get(f"{address}?rules=2022-10-01").json()
    assert by_rules["items"][1]["redecided"]["assessment"] == {"withheld": True}
    assert by_rules["items"][1]["content"]["receipt"] == {"withheld": True}
    for word, path in (
        ("rules=own.toml", "query.rules"),
        ("rules=/etc/passwd", "query.rules"),
        ("valid_on=1999-01-01", "query.valid_on"),
        ("known_at=2020-01-01T00:00:00", "query.known_at"),
        ("known_at=yesterday", "query.known_at"),
        ("valid_on=20250101", "query.valid_on"),
    ):
        answer = advisor.get(f"{address}?{word}")
        assert (answer.status_code, answer.json()["errors"][0]["path"]) == (400, path)
    told = advisor.get(f"{address}/differences?valid_on=2025-04-20").json()
    stage = next(row for row in told["differences"] if row["field"] == "stage")
    assert (stage["left"], stage["right"]) == ("granted", "ended")
    assert {cause["cause"] for cause in stage["causes"]} == {"time_passed"}
    none = advisor.get(f"{address}/differences").json()
    assert (none["differences"], none["en"]) == ([], "No difference.")


def test_sums_and_facts_are_withheld(client: Client, filled: Filled) -> None:
    """What the fund paid, wherever it would show; and of a decision that is another today, the facts."""
    decider = client("decision_maker")
    for path in ("/replay", "/history", "/replay/differences?valid_on=2025-05-01"):
        address = f"/v1/cases/{filled.fund}{path}"
        assert str(AMOUNT) not in decider.get(address).text
        include = f"{'&' if '?' in path else '?'}include=person"
        assert str(AMOUNT) in decider.get(address + include).text
    told = decider.get(f"/v1/cases/{filled.fund}/replay/differences?valid_on=2025-05-01").json()
    (row,) = [row for row in told["differences"] if row["field"] == "compensations"]
    assert (row["left"], row["right"]) == ({"withheld": True}, {"withheld": True})
    differences = [
        {"field": field, "recorded": 1, "now": 2}
        for field in ("decision", "findings.K-5.2-1.holds", "findings.K-5.2-1.facts.months", "request")
    ]
    again = without_facts({"status": "different", "differences": differences, "assessment": None})
    assert [row["now"] for row in again["differences"]] == [2, 2, WITHHELD, WITHHELD]
    assert again["assessment"] is None


def test_an_employers_case_is_clear(client: Client, filled: Filled) -> None:
    for path, shape in (
        ("replay", proof_shapes.Replay),
        ("replay/differences?valid_on=2025-02-10", proof_shapes.Differences),
    ):
        answer = client("employer_contact").get(f"/v1/cases/{filled.employer}/{path}")
        assert shape.model_validate_json(answer.text)
        assert "withheld" not in answer.text
        other = client("employer_contact", number="556000-4615").get(f"/v1/cases/{filled.employer}/{path}")
        assert other.status_code == 403


def test_a_receipt_is_of_a_decision(client: Client, ledger: Ledger, filled: Filled, event: UUID) -> None:
    address = f"/v1/cases/{filled.active}/decisions"
    opened = client("auditor").get(f"{address}/{event}/receipt?include=person").json()
    assert opened["person"]["assessment"]["decision"] == opened["decision"] == "grant"
    other = ledger.history(filled.active)[0].event.event_id
    for none in (other, ledger.case(filled.closed).decisions[0].event_id):
        assert client("auditor").get(f"{address}/{none}/receipt").status_code == 404
    erased = ledger.case(filled.erased).decisions[0].event_id
    shown = client("auditor").get(f"/v1/cases/{filled.erased}/decisions/{erased}/receipt?include=person")
    assert proof_shapes.DecisionReceipt.model_validate_json(shown.text).person == proof_shapes.ErasedContent()
    again = client("auditor").get(f"/v1/cases/{filled.erased}/redecisions").json()
    assert [row["status"] for row in again["items"]] == ["erased"]


def test_a_bundle_and_the_proofs_hold(client: Client, ledger: Ledger, filled: Filled) -> None:
    """The file proves itself by the public key; the proof leads from each event to the root that was signed."""
    auditor = client("auditor", purpose="granskning")
    file = auditor.get(f"/v1/cases/{filled.active}/bundle")
    assert file.headers["content-type"] == "application/octet-stream"
    assert file.headers["content-disposition"] == f'attachment; filename="{filled.active}.bundle"'
    key = auditor.get("/v1/public-key").json()["key"]
    bundle = verify(file.content, key_of(key)).bundle
    assert (bundle["made_by"], bundle["readings"][-1]["purpose"]) == ("auditor:revisor", "granskning")
    told = proof_shapes.CaseProof.model_validate_json(auditor.get(f"/v1/cases/{filled.active}/proof").text)
    assert told.checkpoint is not None
    root = open_checkpoint(told.checkpoint, ledger.keys.signer().key)
    assert len(told.events) == len(ledger.history(filled.active))
    for one in told.events:
        assert one.leaf is not None
        assert one.proof is not None
        path = [b64decode(hash_) for hash_ in one.proof]
        assert root_of_inclusion(b64decode(one.hash), one.leaf, root.size, path) == root.root
    newest = auditor.get("/v1/checkpoints?limit=1").json()["items"][0]
    assert newest["note"] == told.checkpoint
    assert auditor.get("/v1/checkpoints?log=readings").json()["log"] == "readings"


def test_the_register_on_a_day_and_how_it_came_about(client: Client) -> None:
    staff = client("administrator")
    today = staff.get("/v1/register")
    assert today.headers["etag"] == f'"{today.json()["version"]}"'
    assert today.json()["version"] == staff.get("/v1/register/history").json()["total"]
    names = {(row["kind"], row["name"]) for row in today.json()["items"]}
    assert ("staff", "lisa") in names
    assert ("staff", "gone") not in names
    then = staff.get("/v1/register?on=2024-01-01").json()
    assert ("staff", "gone") in {(row["kind"], row["name"]) for row in then["items"]}
    assert staff.get("/v1/register?on=2020-01-01").json()["items"] == []


def test_small_groups_are_withheld(client: Client) -> None:
    rows = client("statistician").get("/v1/statistics/outcomes").json()["items"]
    assert {row["supports"] for row in rows} & {1, 2, 3, 4} == set()
    assert rows[-1]["code"] == "all"


def test_a_word_that_no_route_knows_is_said_to_be_none(client: Client, filled: Filled) -> None:
    """A misspelt one would change nothing, and nobody would notice."""
    answer = client("auditor").get(f"/v1/cases/{filled.active}/history?limt=1")
    assert answer.status_code == 400
    assert answer.json()["errors"] == [
        {"path": "query", "message": "an unknown parameter; there are include, limit, offset"}
    ]


def test_each_command_says_whether_the_caller_may_send_it(client: Client, filled: Filled) -> None:
    told = {}
    for role in ("advisor", "decision_maker", "auditor"):
        rows = client(role).get(f"/v1/cases/{filled.active}").json()["commands"]
        told[role] = {row["command"] for row in rows if row["may"]}
    assert "hold_meeting" in told["advisor"] - told["decision_maker"]
    assert "annul_grant" in told["decision_maker"] - told["advisor"]
    assert told["auditor"] == set()


def test_every_instant_is_in_utc(client: Client, filled: Filled) -> None:
    at = f"/v1/cases/{filled.active}/replay"
    asked = "?known_at=2126-11-22T09:25:52"
    for address in (at + asked, at + "/differences" + asked + "&other_known_at=2126-11-23T00:00:00"):
        answer = client("auditor").get(address)
        assert answer.status_code == 200
        assert "2126-11-22T08:25:52Z" in answer.text
        assert re.findall(r"T[0-9:.]+[+-][0-9]{2}:[0-9]{2}", answer.text) == []


def test_of_a_protected_identity_nothing_that_describes_it_is_told(client: Client, filled: Filled) -> None:
    told = {"birth_year", "sex", "region", "occupation"}
    for case, hidden in ((filled.protected, told), (filled.active, set[str]())):
        for path in ("/history", "/replay"):
            first = client("auditor").get(f"/v1/cases/{case}{path}").json()["items"][0]["content"]
            assert {name for name in told if first[name] == {"withheld": True}} == hidden
