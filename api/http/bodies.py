"""What a command looks like when it is sent: its JSON schema, without what the API adds itself.

Who acts follows from the token, and the ids from the Idempotency-Key. What a function checks of a value stands here
as the pattern that says the same, or as much of it as a pattern can say.
"""

from typing import Any, get_args

from pydantic.json_schema import GenerateJsonSchema, JsonSchemaValue, models_json_schema
from pydantic_core import core_schema

from api import words
from api.http.persons import ByEither, ByEitherOnDay, ByNumber
from api.http.ways import WAYS
from domain.employer_commands import OpenEmployerCase
from domain.employer_events import ClearText
from domain.event import CaseName, StaffName
from domain.register_events import Remark
from domain.values import Day
from ledger.applications import Application

Schema = dict[str, Any]
DAY = r"^(19|20|21)[0-9]{2}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])$"
NOT_BLANK = r"[^\s\x85]"
_WORD = r"[A-Za-z0-9][A-Za-z0-9._@-]{0,63}"
_WRITTEN = {
    StaffName: rf"^(?!.*[0-9]{{6}}){_WORD}$",
    CaseName: r"^[A-Za-z0-9][A-Za-z0-9._:/-]{0,63}$",
    Day: DAY,
    ClearText: NOT_BLANK,
    Remark: NOT_BLANK,
}
"""How a value is written, where a function checks it and no pattern says it."""
CHECKED = {
    mark.func: pattern
    for kind, pattern in _WRITTEN.items()
    for mark in get_args(kind)[1:]
    if hasattr(mark, "func")
}


LOOKUPS: dict[str, type[Any]] = {
    "look_up_person": ByNumber,
    "look_up_requalification": ByEitherOnDay,
    "extract_person": ByEither,
}
"""Questions whose content is sent in a body, for an identity number stands in no address."""


class Bodies(GenerateJsonSchema):
    """JSON schemas of commands, with the patterns of what their functions check."""

    def function_after_schema(self, schema: core_schema.AfterValidatorFunctionSchema) -> JsonSchemaValue:
        """Return the schema of a value that is checked by a function."""
        return _patterned(super().function_after_schema(schema), schema["function"]["function"])

    def function_before_schema(self, schema: core_schema.BeforeValidatorFunctionSchema) -> JsonSchemaValue:
        """Return the schema of a value that is parsed by a function."""
        return _patterned(super().function_before_schema(schema), schema["function"]["function"])

    def str_schema(self, schema: core_schema.StringSchema) -> JsonSchemaValue:
        """Return the schema of a text; one of which the ends are stripped has something in it."""
        made = super().str_schema(schema)
        return (
            made | {"pattern": NOT_BLANK}
            if schema.get("strip_whitespace") and "pattern" not in made
            else made
        )


def body_schemas() -> dict[str, Schema]:
    """Return the schemas of all bodies by their commands' names, and of what stands in them by its own."""
    kinds: dict[str, type[Any]] = {
        **{name: words.ASKED[name] for name in (*WAYS.values(), OpenEmployerCase.name)},
        "receive_application": Application,
        **LOOKUPS,
    }
    keys, made = models_json_schema(
        [(kind, "validation") for kind in kinds.values()],
        ref_template="#/components/schemas/Sent{model}",
        schema_generator=Bodies,
    )
    named = _bounded(made["$defs"])
    bodies = {}
    for name, kind in kinds.items():
        shape = named.pop(keys[kind, "validation"]["$ref"].rpartition("/Sent")[2])
        bodies[name] = _as_sent(shape, kind)
    wishes = ("Command", "RegisterCommand", "EmployerCommand")
    return {f"Sent{name}": shape for name, shape in named.items() if name not in wishes} | bodies


def _as_sent(shape: Schema, kind: type[Any]) -> Schema:
    """Return a command's schema without what the API adds, and with a replacement as it is written."""
    added = ("command_id", "correlation_id", "actor", "reference")
    properties = {name: row for name, row in shape["properties"].items() if name not in added}
    if kind in words.CORRECTIONS:
        named = [name for name, one in words.CORRECTIONS[kind].items() if one not in words.CORRECTIONS]
        properties["replacement"] = {
            "description": "The right entry: `command` names what makes it, and its other keys are that command's.",
            "anyOf": [
                {
                    "type": "object",
                    "properties": {"command": {"enum": named}},
                    "required": ["command"],
                },
                {"type": "null"},
            ],
            "default": None,
        }
    required = [name for name in shape.get("required", ()) if name in properties and name != "occurred_on"]
    if "occurred_on" in properties:
        properties["occurred_on"] |= {
            "description": "When it happened; today in Stockholm where it is left out."
        }
    return shape | {"properties": properties, "required": required}


def _patterned(shape: JsonSchemaValue, function: Any) -> JsonSchemaValue:
    return shape | {"pattern": CHECKED[function]} if function in CHECKED else shape


def _bounded(value: Any) -> Any:
    """Return schemas with the bounds of numbers under the names that JSON Schema has, and without titles."""
    if isinstance(value, list):
        return [_bounded(one) for one in value]
    if not isinstance(value, dict):
        return value
    told = {"ge": "minimum", "le": "maximum"}
    return {
        told.get(key, key): _bounded(one)
        for key, one in value.items()
        if not (key == "title" and isinstance(one, str))
    }
