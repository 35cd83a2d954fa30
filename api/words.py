"""What the words on the command line mean: days, instants, actors, cases and commands."""

import getpass
import json
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import date, datetime
from pathlib import Path
from typing import Annotated, Any, Literal
from uuid import UUID, uuid4, uuid5

from cyclopts import Parameter
from pydantic import TypeAdapter, ValidationError

from domain.command import Command
from domain.commands import (
    COMMANDS,
    AnnulGrant,
    CorrectEntry,
    Decide,
    DecideReconsideration,
    ErasePerson,
    ReceiveApplication,
    RecordDeclaration,
)
from domain.employer_commands import (
    EMPLOYER_COMMANDS,
    CorrectEmployerEntry,
    DecideFunding,
    OpenEmployerCase,
)
from domain.event import IDENTITY, Actor
from domain.register import REGISTER
from domain.register_commands import REGISTER_COMMANDS, CorrectLine
from domain.rejections import CommandRejected
from domain.request import InputError, check_keys, input_error
from domain.values import FIRST_YEAR, LAST_YEAR, Day
from ledger.faults import InputFault
from ledger.ledger import STOCKHOLM, Ledger, today
from ledger.opening import open_ledger
from ledger.settings import Settings

Json = Annotated[bool, Parameter(name="--json", negative="", help="Print JSON Lines with stable keys.")]
On = Annotated[str | None, Parameter(name="--on", help="The day it happens, YYYY-MM-DD (default: today).")]
By = Annotated[
    str | None,
    Parameter(
        name="--actor",
        help="Who does it, role:name (default: your login name, as case_officer; as decision_maker to decide).",
    ),
]

Reader = Annotated[
    str | None, Parameter(name="--actor", help="Who reads, role:name (default: your login name, as user).")
]
Purpose = Annotated[
    str | None, Parameter(help="What it is read for; stored clear, so without personal data.")
]

Archive = Annotated[
    Path | None, Parameter(name="--from", help="Read the log from this archive, not the database.")
]
Processes = Annotated[Literal[1, 2], Parameter(help="How many processes share the work.")]
Resume = Annotated[
    Path | None, Parameter(help="Keep in this file what is done; where it is there, go on from it.")
]

BAD_INPUT, SOME_BAD = 2, 3
"""Exit statuses: nothing could be done with what was given; some of a file's lines were bad."""

LONGEST_PURPOSE = 100
SHARED = ("command_id", "correlation_id", "actor", "occurred_on")
DECISIONS = (Decide.name, AnnulGrant.name, DecideReconsideration.name, DecideFunding.name)
_DAY: TypeAdapter[date] = TypeAdapter(Day)
_ACTOR: TypeAdapter[str] = TypeAdapter(Actor)


IMPORTED = (ReceiveApplication, RecordDeclaration, ErasePerson)
"""Commands with a way in of their own: imports, and an erasure that destroys the key as well."""

OF_CASES = {name: kind for name, kind in COMMANDS.items() if kind not in IMPORTED}
ASKED: dict[str, type[Command]] = OF_CASES | REGISTER_COMMANDS | EMPLOYER_COMMANDS
"""The commands that can be asked for by name: on a person's case, on the register, and on an employer's case."""
CORRECTIONS: dict[type[Command], Mapping[str, type[Command]]] = {
    CorrectEntry: OF_CASES,
    CorrectLine: REGISTER_COMMANDS,
    CorrectEmployerEntry: EMPLOYER_COMMANDS,
}
"""The commands that correct, and those that may replace what they strike out."""


@contextmanager
def the_ledger() -> Iterator[Ledger]:
    """Open the ledger that the environment names."""
    with open_ledger(Settings.of_environment()) as ledger:
        yield ledger


def day(text: str | None) -> date:
    """Return the day that a word names; today in Stockholm where there is none."""
    if text is None:
        return today()
    try:
        return _DAY.validate_python(text)
    except ValidationError:
        raise InputFault("a day is written YYYY-MM-DD, and lies in the years 1900 to 2199") from None


def instant(text: str | None) -> datetime | None:
    """Return the instant that a word names; without an offset it is Stockholm's time."""
    if text is None:
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise InputFault(
            "an instant is written YYYY-MM-DDTHH:MM:SS, with an offset or in Swedish time"
        ) from None
    if not FIRST_YEAR <= moment.year <= LAST_YEAR:
        raise InputFault(f"an instant lies in the years {FIRST_YEAR} to {LAST_YEAR}")
    return moment if moment.tzinfo else moment.replace(tzinfo=STOCKHOLM)


def actor(text: str | None, command: str = "") -> str:
    """Return who acts: who is logged in, where nobody is named; as a decision maker where that is asked for."""
    if text is None:
        return f"{'decision_maker' if command in DECISIONS else 'case_officer'}:{_login()}"
    try:
        return _ACTOR.validate_python(text)
    except ValidationError as error:
        raise InputFault(f"--actor: {input_error(error).message}") from None


def _login() -> str:
    """Return the name of who is logged in, as a name of staff may be written."""
    return re.sub(r"[^A-Za-z0-9._@-]|[0-9]{6,}", "", getpass.getuser()) or "unknown"


def reader(text: str | None) -> str:
    """Return who reads: who is logged in, in no role, where nobody is named."""
    return f"user:{_login()}" if text is None else actor(text)


def purpose(text: str | None) -> str | None:
    """Return what something is read for, in a few words without an identity number."""
    fits = text is None or (text.strip() and text.isprintable() and len(text) <= LONGEST_PURPOSE)
    if not fits or IDENTITY.search(text or ""):
        raise InputFault(f"--purpose: a few words, {LONGEST_PURPOSE} characters at most, no identity number")
    return text


def case_id(ledger: Ledger, text: str) -> UUID:
    """Return the case that a word names: its id, or the first four or more characters of it."""
    digits = text.replace("-", "").lower()
    if not re.fullmatch(r"[0-9a-f]{4,32}", digits):
        raise InputFault("a case is named by its id, or by the first four or more characters of it")
    low, high = UUID(digits.ljust(32, "0")), UUID(digits.ljust(32, "f"))
    found = ledger.rows("cases_like", low=low, high=high)
    if not found:
        raise CommandRejected("UNKNOWN_CASE")
    if len(found) > 1:
        raise InputFault(f"more than one case begins with {digits}; give more of its id")
    return UUID(str(found[0]["case_id"]))


def command(name: str, body: str, by: str, command_id: UUID | None, on: date | None = None) -> Command:
    """Return the command that a name and a JSON object make; raise `InputError` with the path of what is wrong.

    `occurred_on` is today, or the day `on`, where the object has none.
    """
    try:
        values = json.loads(body)
    except (ValueError, RecursionError):
        raise InputError("", "the command's content is not JSON") from None
    if not isinstance(values, dict):
        raise InputError("", "the command's content is a JSON object")
    check_keys(body)
    own = command_id or uuid4()
    return _made(name, values, {"command_id": own, "correlation_id": own, "actor": by}, ASKED, on)


def _made(
    name: str,
    values: dict[str, Any],
    shared: dict[str, Any],
    commands: Mapping[str, type[Command]],
    on: date | None = None,
) -> Command:
    kind = commands.get(name)
    if kind is None:
        raise InputError("command", f"no such command; there are {', '.join(commands)}")
    for word in ("command_id", "correlation_id", "actor"):
        if word in values:
            raise InputError(word, "an unknown key: it is told beside the content")
    values = {"occurred_on": (on or today()).isoformat()} | values
    replacement = values.pop("replacement", None) if kind in CORRECTIONS else None
    if replacement is not None:
        if not isinstance(replacement, dict) or not isinstance(replacement.get("command"), str):
            raise InputError("replacement.command", "the name of the command that makes the right entry")
        inner = dict(replacement)
        replacement = _made(inner.pop("command"), inner, shared, CORRECTIONS[kind], on)
    try:  # as JSON, where a number is no day, and a word no number
        made = kind.model_validate_json(json.dumps(shared | values, default=str))
    except ValidationError as error:
        raise input_error(error) from None
    return made if replacement is None else made.model_copy(update={"replacement": replacement})


def is_of_register(name: str) -> bool:
    """Tell whether a command is one on the register, which names no case."""
    return name in REGISTER_COMMANDS


def aggregate_of(name: str) -> str:
    """Return what a command is on: the register, an employer's case, or a case, which is a person's."""
    if name in REGISTER_COMMANDS:
        return "register"
    return "employer_case" if name in EMPLOYER_COMMANDS else "case"


def needs_no_case(name: str) -> bool:
    """Tell whether a command may name no case: one on the register, or one that makes its case."""
    return is_of_register(name) or name == OpenEmployerCase.name


def new_case(command_id: UUID) -> UUID:
    """Return the id of the case that a command makes; sent again, the command finds the same."""
    return uuid5(command_id, "case")


def command_line(text: bytes, by: str | None, flow: UUID) -> tuple[UUID, Command]:
    """Return the case and the command of a line, `{"case", "command", "actor", "id", ...its own keys}`.

    The actor is the given one where the line names none; without an id a line sent twice is two commands. A
    command on the register names no case, and one that opens an employer's case need not.
    """
    try:
        values = json.loads(text)
    except (ValueError, RecursionError):
        raise InputError("", "not JSON") from None
    if not isinstance(values, dict):
        raise InputError("", "not a JSON object")
    check_keys(text.decode())
    if isinstance(values.get("command"), str) and is_of_register(values["command"]):
        values.setdefault("case", str(REGISTER))
    no_case = values.get("command") == OpenEmployerCase.name and "case" not in values
    for key in ("command",) if no_case else ("case", "command"):
        if not isinstance(values.get(key), str):
            raise InputError(key, "this key is required")
    name = values.pop("command")
    try:
        own = UUID(values.pop("id", None) or str(uuid4()))
        case = new_case(own) if no_case else UUID(values.pop("case"))
    except (ValueError, AttributeError):
        raise InputError("case", "a case (and the command's id) is a UUID, written whole") from None
    shared = {"command_id": own, "correlation_id": flow, "actor": actor(values.pop("actor", by), name)}
    return case, _made(name, values, shared, ASKED)
