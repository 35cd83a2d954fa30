"""The contract is whole: every operation says what it takes and answers, with examples that are taken."""

import json
from datetime import date
from typing import Any
from uuid import UUID

import pytest
from fastapi import FastAPI
from jsonschema import Draft202012Validator  # type: ignore[import-untyped]
from starlette.testclient import TestClient

from api import words
from api.http.bodies import LOOKUPS
from api.http.components import PARAMETERS, STATUSES
from api.http.examples import ANSWERS, BODIES
from api.http.openapi import MAKING, NEXT, OPEN, TAGS, operations
from api.http.problems import KINDS, MEDIA_TYPE
from api.http.settings import HttpSettings, ProviderSettings
from ledger.applications import parse_application
from tests.api_page import DOCUMENT, document, the_contract

ALL = {operation["operationId"]: (path, operation) for path, _, operation in operations(the_contract())}
READ = {name for name in ALL if name not in BODIES or name in LOOKUPS}


def faults(schema: dict[str, Any], value: Any) -> list[str]:
    """What of a value is not as a schema has it."""
    whole = schema | {"components": the_contract()["components"]}
    checked = Draft202012Validator(whole, format_checker=Draft202012Validator.FORMAT_CHECKER)
    return [f"{error.json_path}: {error.message}" for error in checked.iter_errors(value)]


def named(kind: str, ref: dict[str, Any]) -> dict[str, Any]:
    """What a reference names."""
    found: dict[str, Any] = the_contract()["components"][kind][ref["$ref"].rpartition("/")[2]]
    return found


def test_what_is_served_is_the_contract(app: FastAPI, nobody: TestClient) -> None:
    """With the operations of no other; each has a name of its own, a summary, a tag that is described."""
    served = nobody.get("/openapi.json").json()
    assert served["paths"] == json.loads(json.dumps(the_contract()["paths"]))
    assert served["info"]["version"]
    assert len(ALL) == sum(len(methods) for methods in served["paths"].values())
    for name, (path, operation) in ALL.items():
        assert operation["summary"], name
        assert operation["description"], name
        assert [tag in TAGS for tag in operation["tags"]] == [True], name
        assert (operation.get("security") == []) == path.startswith(OPEN), name
        told = [one if "name" in one else named("parameters", one) for one in operation["parameters"]]
        assert all(one.get("description") for one in told), name
    assert served["security"] == [{"bearer": []}]


@pytest.mark.parametrize("name", BODIES)
def test_an_example_of_a_body_is_taken(name: str) -> None:
    """By its schema and by the command itself; what is not in the schema is not."""
    content = ALL[name][1]["requestBody"]["content"]["application/json"]
    body = content["example"]
    assert faults(content["schema"], body) == []
    assert faults(content["schema"], body | {"actor": "advisor:bo"}) != []
    if name == "receive_application":
        parse_application(json.dumps(body | {"reference": "x"}).encode(), date(2026, 11, 22))
    elif name in words.ASKED:
        assert words.command(name, json.dumps(body), "advisor:bo", UUID(int=1)).name == name
    else:
        assert name in ("erase", *LOOKUPS)


@pytest.mark.parametrize("name", sorted(READ))
def test_an_example_of_an_answer_is_one(name: str) -> None:
    for kind, content in ALL[name][1]["responses"]["200"]["content"].items():
        if kind == "application/json":
            assert set(content["schema"]) & {"$ref", "anyOf"}, "an answer has a shape"
            assert faults(content["schema"], content["example"]) == []
        else:
            assert name not in ANSWERS


def test_every_problem_of_an_operation_is_one_shape_with_examples() -> None:
    """Each by its status; of those that are the API's own there is an example of each code."""
    shown = set()
    for status in STATUSES:
        answer = the_contract()["components"]["responses"][f"Problem{status}"]
        content = answer["content"][MEDIA_TYPE]
        assert content["schema"] == {"$ref": "#/components/schemas/Problem"}
        for code, example in content["examples"].items():
            assert (example["value"]["status"], example["value"]["code"]) == (status, code)
            assert faults(content["schema"], example["value"]) == []
            shown.add(code)
    assert set(KINDS) <= shown
    for name, (path, operation) in ALL.items():
        found = {status for status in operation["responses"] if status >= "300"}
        least = {"500", "503"} if path.startswith(OPEN) else {"400", "401", "403", "429", "500", "503"}
        least |= {"404"} if "{case}" in path else set()
        least |= {"413", "415", "422"} if name in BODIES else set()
        least |= {"409", "428"} if name not in READ else set()
        least |= {"412"} if name not in READ and name not in MAKING else set()
        assert least <= found, name


def test_a_command_is_sent_with_a_key_and_a_version() -> None:
    """But for what makes a case, which has no version yet."""
    for name in set(BODIES) - set(LOOKUPS):
        told = {one["$ref"].rpartition("/")[2] for one in ALL[name][1]["parameters"] if "$ref" in one}
        assert {"Idempotency-Key", "Prefer", "Accept-Language"} <= told, name
        assert ("If-Match" in told) == (name not in MAKING), name
    for parameter in PARAMETERS.values():
        assert faults(parameter["schema"], parameter["example"]) == []


def test_links_lead_to_operations_by_parameters_that_they_have() -> None:
    assert set(NEXT) <= set(ALL)
    for name, (_, operation) in ALL.items():
        links = [
            link for answer in operation["responses"].values() for link in answer.get("links", {}).values()
        ]
        assert bool(links) == (name in NEXT)
        for link in links:
            aim = ALL[link["operationId"]][1]
            told = [one if "name" in one else named("parameters", one) for one in aim["parameters"]]
            assert {word.rpartition(".")[2] for word in link["parameters"]} <= {one["name"] for one in told}


def test_the_page_has_every_address_and_every_setting() -> None:
    """docs/api.md: the table is written by `make clauses`, the settings by hand."""
    page = DOCUMENT.read_text("utf-8")
    assert page == document()
    for kind in (ProviderSettings, HttpSettings):
        for name, field in kind.model_fields.items():
            row = f"| `{kind.model_config['env_prefix']}{name.upper()}` | "
            (line,) = (line for line in page.splitlines() if line.startswith(row))
            assert line.endswith((f"| {field.default} |", f"| `{field.default}` |")) or field.default == ""
