"""What OCEL 2.0 asks of a JSON file, and what its parts must be to each other, checked item by item."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

TYPES = {"string", "time", "integer", "float", "boolean"}
EVENT = {"id": str, "type": str, "time": str, "attributes": list, "relationships": list}
OBJECT = {"id": str, "type": str, "attributes": list, "relationships": list}


def check_ocel(log: dict[str, Any]) -> None:
    """Assert that a log has the standard's form: keys, values, ids, declared attributes, and references."""
    assert set(log) == {"eventTypes", "objectTypes", "events", "objects"}
    declared = {which: _declared(log[which]) for which in ("eventTypes", "objectTypes")}
    objects = {one["id"]: one["type"] for one in log["objects"]}
    assert len(objects) == len(log["objects"])
    assert len({one["id"] for one in log["events"]}) == len(log["events"])
    for event in log["events"]:
        _check(event, EVENT, declared["eventTypes"], objects)
        _time(event["time"])
        assert all(set(value) == {"name", "value"} for value in event["attributes"])
    for one in log["objects"]:
        _check(one, OBJECT, declared["objectTypes"], objects)
        assert all(set(value) == {"name", "value", "time"} for value in one["attributes"])
        for value in one["attributes"]:
            _time(value["time"])


def _declared(types: Iterable[dict[str, Any]]) -> dict[str, dict[str, str]]:
    """The attributes of each type with their types; no name twice."""
    found: dict[str, dict[str, str]] = {}
    for one in types:
        assert set(one) == {"name", "attributes"}
        assert all(set(attribute) == {"name", "type"} for attribute in one["attributes"])
        attributes = {attribute["name"]: attribute["type"] for attribute in one["attributes"]}
        assert len(attributes) == len(one["attributes"])
        assert set(attributes.values()) <= TYPES
        assert one["name"] not in found
        found[one["name"]] = attributes
    return found


def _check(
    one: dict[str, Any], form: Mapping[str, type], declared: dict[str, dict[str, str]], ids: dict[str, str]
) -> None:
    assert set(one) == set(form)
    assert all(isinstance(one[name], kind) for name, kind in form.items())
    attributes = declared[one["type"]]
    names = [value["name"] for value in one["attributes"]]
    assert len(set(names)) == len(names)
    for value in one["attributes"]:
        assert isinstance(value["value"], str)  # as the published schema has it, whatever the declared type
        _readable(value["value"], attributes[value["name"]])
    linked = [link["objectId"] for link in one["relationships"]]
    assert len(set(linked)) == len(linked)  # the standard has room for more, but readers keep one
    for link in one["relationships"]:
        assert set(link) == {"objectId", "qualifier"}
        assert link["qualifier"]
        assert link["objectId"] in ids


def _readable(text: str, kind: str) -> None:
    """A value can be read as its declared type."""
    if kind == "time":
        _time(text)
    elif kind == "integer":
        assert str(int(text)) == text
    elif kind == "boolean":
        assert text in ("true", "false")


def _time(text: str) -> None:
    assert text.endswith("Z")
    datetime.fromisoformat(text)


def attributes(one: dict[str, Any]) -> dict[str, str]:
    """The attributes of an event or an object by their names."""
    return {value["name"]: value["value"] for value in one["attributes"]}


def related(one: dict[str, Any]) -> set[tuple[str, str]]:
    """The relations of an event or an object: the qualifier, and the id."""
    return {(link["qualifier"], link["objectId"]) for link in one["relationships"]}
