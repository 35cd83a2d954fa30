"""Other rules to decide history by: somebody's conditions, or parameters of the recorded ones set otherwise."""

import json
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Any, NamedTuple

from pydantic import ValidationError

from domain.policy import POLICIES, Policy, policy_version
from domain.policy_comparison import counterparts
from domain.policy_file import check_fit, read_policy
from domain.request import InputError, input_error
from ledger.faults import InputFault

MAY_BE_LEFT_OUT = {"income_route": "K-1-d", "affiliated_sectors": "O-14-a"}
"""Parameters that a version may be without, and the clause that gives one a value."""

OF_SERVICES = "services.NAME.months, .ground and .need"


class Applied(NamedTuple):
    """The conditions that a decision is tried by, and what its service is called there."""

    policy: Policy
    service: str


class Rules(NamedTuple):
    """Rules as they were asked for: the text of a file of conditions, if any, and parameters with their values."""

    text: str | None = None
    changes: tuple[tuple[str, str], ...] = ()

    @property
    def digest(self) -> str:
        """A mark of these rules: of what was asked for, letter by letter."""
        return sha256(json.dumps(self).encode()).hexdigest()

    def applied(self, name: str, version: str, service: str) -> Applied | None:
        """Return what a decision on a service, made by a version, is tried by; None where nothing here is for it.

        A file under the name of a known organisation is for that one's decisions, any other for all. A service is
        tried as the one that corresponds to it (K-1-a).
        """
        try:
            policy = _amended(self, name, version)
        except LookupError:
            return None
        if self.text is None:
            return Applied(policy, service)
        if policy.name != name and policy.name in {one.name for one in POLICIES}:
            return None
        found = _counterparts(self, name, version).get(service)
        return Applied(policy, found) if found is not None else None


def rules_of(file: Path | None, changes: Sequence[str]) -> Rules:
    """Return the rules that a file and words `name=value` give; raise `InputError` on the first thing wrong.

    A parameter that a version of the conditions does not have is set in those that do.
    """
    rules = Rules(_text(file), tuple(map(_pair, changes)))
    try:
        bases = [read_policy(rules.text)] if rules.text is not None else POLICIES
    except InputError as error:
        raise InputError(f"{file}{error.path and ', '}{error.path}", error.message) from None
    for name, _ in rules.changes:
        if not any(_found(_plain(base), name) for base in bases):
            known = dict.fromkeys(one for base in bases for one in _names(_plain(base)))
            raise InputError(name[:60], f"no such parameter; there are {', '.join(known)} and {OF_SERVICES}")
    for base in bases:
        amended(base, rules.changes)
    return rules


def amended(policy: Policy, changes: Iterable[tuple[str, str]]) -> Policy:
    """Return conditions with parameters set, where they have them; raise `InputError` where a value is unfit."""
    plain = _plain(policy)
    for name, text in changes:
        if found := _found(plain, name):
            holder, key = found
            holder[key] = _value(text)
    given = {name: value for name, value in plain.items() if value != _unset(name)}
    try:
        made = Policy.model_validate_json(json.dumps(given, default=str))
        check_fit(made)
    except ValidationError as error:
        raise _named(input_error(error)) from None
    except InputError as error:
        raise _named(error) from None
    return made


def _named(wrong: InputError) -> InputError:
    """Return what is wrong by the name of the parameter, as it is given."""
    return InputError(wrong.path.replace(".value", ""), wrong.message)


@cache
def _amended(rules: Rules, name: str, version: str) -> Policy:
    base = policy_version(name, version) if rules.text is None else read_policy(rules.text)
    return amended(base, rules.changes)


@cache
def _counterparts(rules: Rules, name: str, version: str) -> dict[str, str]:
    return counterparts(_amended(rules, name, version).services, policy_version(name, version).services)


def _text(file: Path | None) -> str | None:
    try:
        return None if file is None else file.read_text("utf-8")
    except UnicodeDecodeError:
        raise InputFault(f"{file}: not UTF-8 text") from None
    except OSError as error:
        raise InputFault(f"{file}: can't be read: {error.strerror}") from None


def _pair(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not equals or not name.strip() or not value.strip():
        raise InputError("--set", "expected name=value, such as age_limit=67")
    return name.strip(), value.strip()


def _value(text: str) -> Any:
    """Return a value as TOML writes it: 67, true, ["SE", "NO"]; anything else is a word."""
    try:
        read = tomllib.loads(f"value = {text}")
    except (ValueError, RecursionError):
        return text
    return read["value"] if len(read) == 1 else text


def _plain(policy: Policy) -> dict[str, Any]:
    """Return conditions as a file has them, with a place for each parameter that they may be without."""
    plain = policy.model_dump(mode="json", exclude_none=True)
    return {name: _unset(name) for name in MAY_BE_LEFT_OUT} | plain


def _unset(name: str) -> dict[str, str] | None:
    return {"clause": MAY_BE_LEFT_OUT[name], "source": "what if"} if name in MAY_BE_LEFT_OUT else None


def _names(plain: Mapping[str, Any]) -> list[str]:
    return [name for name, value in plain.items() if isinstance(value, dict) and "clause" in value]


def _found(plain: dict[str, Any], name: str) -> tuple[dict[str, Any], str] | None:
    """Return where the value of a parameter stands, or of a part of it: hours_needed.hours."""
    node, parts = plain, name.split(".")
    while parts and "clause" not in node:
        node = node.get(parts.pop(0), {})
        if not isinstance(node, dict):
            return None
    if "clause" not in node:
        return None
    if not parts:
        return node, "value"
    values = node.get("value")
    return (values, parts[0]) if len(parts) == 1 and isinstance(values, dict) else None
