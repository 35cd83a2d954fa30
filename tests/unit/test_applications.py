"""Applications as they come in: what is taken, and for what isn't one path and one line that repeats no value."""

import copy
import json
from collections.abc import Callable, Iterator
from datetime import date
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.case import Case
from domain.commands import ReceiveApplication
from domain.decisions import decide
from domain.events import ApplicationReceived
from domain.grounds import Known
from domain.request import InputError
from ledger.applications import application_command, parse_application
from ledger.identity_numbers import check_digit
from ledger.settings import KeyEncryptionKey, Keys
from tests.applications import application, employment, identity_number, line, work

TODAY = date(2025, 6, 1)
KEYS = Keys(lookup_key="12" * 32, key_encryption_keys=(KeyEncryptionKey(id="k", key="34" * 32),))
SOUND = application(
    occupation_name="teacher",
    employments=[
        employment(
            shares={"own": 1, "total": 10, "relatives": [{"relation": "sibling", "shares": 2}]},
            notice_on="2025-03-01",
        )
    ],
    benefits=[
        {"kind": "other", "country": "SE", "starts_on": "2024-01-01", "ends_on": "2024-01-01"},
    ],
)
"""An application with something in every list."""


def fault(text: bytes, today: date = TODAY) -> InputError:
    with pytest.raises(InputError) as caught:
        parse_application(text, today)
    error = caught.value
    assert "\n" not in str(error)
    assert error.message
    return error


def changed(path: str, value: Any) -> dict[str, Any]:
    """The sound application with a value put at a path such as `work[0].month`."""
    values = copy.deepcopy(SOUND)
    *way, last = path.replace("]", "").replace("[", ".").split(".")
    at: Any = values
    for step in way:
        at = at[int(step)] if isinstance(at, list) else at[step]
    at[int(last) if isinstance(at, list) else last] = value
    return values


def test_a_sound_application() -> None:
    """Read whole; birth date and sex follow from the identity number, and an optional key may be left out."""
    parsed, person = parse_application(line(SOUND), TODAY)
    assert parsed.person.identity_number == person.number
    assert person.born is not None
    assert (person.born.year, person.sex) == (1980, "female")
    assert len(parsed.work) == 24
    bare = {key: value for key, value in SOUND.items() if not key.startswith("occupation")}
    bare["person"] = {key: SOUND["person"][key] for key in ("identity_number", "name")}
    assert parse_application(line(bare), TODAY)[0].occupation is None


VALUES: list[tuple[str, Any, str]] = [
    ("person.identity_number", identity_number(1)[2:], "twelve digits"),
    ("person.identity_number", f"{identity_number(1)[2:8]}-{identity_number(1)[8:]}", "twelve digits"),
    ("person.identity_number", f"{identity_number(1)[:11]}{(int(identity_number(1)[11]) + 1) % 10}", "check"),
    ("person.identity_number", "198002301234", "date that doesn't exist"),
    ("person.identity_number", 198001021009, "expected a text"),
    ("person.identity_number", "Testa", "twelve digits"),
    ("person.name", "", "isn't empty"),
    ("person.name", None, "expected a text"),
    ("person.name", "Testa\nPåhittsson", "pattern"),
    ("person.name", "T" * 201, "at most 200"),
    ("person.email", 7, "expected a text"),
    ("person.phone", "", "isn't empty"),
    ("person", "Testa", "expected an object"),
    ("reference", "", "isn't empty"),
    ("reference", "\x00", "pattern"),
    ("region", "1", "pattern"),
    ("region", "AB", "pattern"),
    ("region", None, "expected a text"),
    ("occupation", "234", "pattern"),
    ("occupation", 2341, "expected a text"),
    ("occupation_name", "Lärare", "expected 'teacher'"),
    ("occupation_name", 7, "expected 'teacher'"),
    ("occupation_name", "cook", "not the name of the occupation's SSYK group"),
    ("policy", "trr", "kammarkollegiet"),
    ("policy_version", "2021-01-01", "no such version"),
    ("service", "counselling", "not a service of this policy"),
    ("service", "coaching", "expected"),
    ("months", "12", "whole number"),
    ("months", -1, "at least 0"),
    ("months", 1.5, "whole number"),
    ("months", True, "whole number"),
    ("received_on", "2025-06-02", "in the future"),
    ("received_on", "2025-6-1", "YYYY-MM-DD"),
    ("received_on", "2025-04-10T00:00:00", "YYYY-MM-DD"),
    ("received_on", 20250410, "expected a date"),
    ("received_on", "1899-12-31", "1900 to 2199"),
    ("received_on", "2025-02-30", "day"),
    ("employments", {}, "expected a list"),
    ("employments[0].id", "", "isn't empty"),
    ("employments[0].country", "se", "pattern"),
    ("employments[0].ends_on", "2019-12-31", "before its start"),
    ("employments[0].end_reason", "bankruptcy", "expected"),
    ("employments[0].managing_director", "no", "true or false"),
    ("employments[0].shares.total", 2, "fewer than the shares"),
    ("employments[0].shares.relatives[0].relation", "cousin", "expected"),
    ("employments[0].notice_on", "", "YYYY-MM-DD"),
    ("work[3].month", "2025-05", "after the application"),
    ("work[3].month", "2099-01", "after the application"),
    ("work[3].month", "2025-13", "pattern"),
    ("work[3].month", "2023-04", "there already"),
    ("work[3].employment", "e9", "no employment listed"),
    ("work[3].hours", 160, "expected a text"),
    ("work[3].hours", "160,5", "pattern"),
    ("work[3].hours", "-1", "pattern"),
    ("work[3].income", "31000", "whole number"),
    ("work[3].income", 31_000.5, "whole number"),
    ("work[3].income", -1, "at least 0"),
    ("work[3].income", 2**53, "at most"),
    ("benefits[0].kind", "sick", "expected"),
    ("benefits[0].ends_on", "2023-12-31", "before its start"),
    ("on_basis_of", "", "no identity number"),
    ("on_basis_of", "fonden:198001021235", "no identity number"),
    ("on_basis_of", "19800102-1235", "no identity number"),
    *(
        (f"{where}.wage", 31_000, "an unknown key")
        for where in ("person", "employments[0]", "employments[0].shares", "work[0]", "benefits[0]")
    ),
    *(
        (key, None, "an unknown key")
        for key in ("decided_on", "starts_on", "born", "special_need", "employer_notified", "earlier_grants")
    ),
]


@pytest.mark.parametrize(
    ("path", "value", "words"), VALUES, ids=[f"{row[0]}={row[1]!r}"[:60] for row in VALUES]
)
def test_a_bad_value_is_named_by_its_path(path: str, value: Any, words: str) -> None:
    """The path is exact, the message says what is expected; what others supply is unknown here."""
    error = fault(line(changed(path, value)))
    assert error.path == path
    assert words in error.message


def places(value: Any, path: str = "") -> Iterator[str]:
    """Every key of a value, at any depth."""
    if isinstance(value, dict):
        for key, inner in value.items():
            at = f"{path}.{key}" if path else key
            yield at
            yield from places(inner, at)
    elif isinstance(value, list) and value:
        yield from places(value[0], f"{path}[0]")


OPTIONAL = {
    "occupation",
    "occupation_name",
    "person.email",
    "person.phone",
    "employments[0].sector",
    "employments[0].notice_on",
}


@pytest.mark.parametrize("path", list(places(SOUND)))
def test_a_missing_key_is_named(path: str) -> None:
    """Each key in turn: left out it is required, or truly optional; nothing is guessed in its place."""
    values = changed(path, None)
    *way, last = path.replace("]", "").replace("[", ".").split(".")
    at: Any = values
    for step in way:
        at = at[int(step)] if isinstance(at, list) else at[step]
    del at[last]
    if path in OPTIONAL:
        assert parse_application(line(values), TODAY)
    else:
        error = fault(line(values))
        assert (error.path, error.message) == (path, "this key is required")


TEXTS: list[tuple[str, bytes, str, str]] = [
    ("no JSON", b"{", "", "not JSON"),
    ("empty", b"", "", "not JSON"),
    ("two values", line(SOUND) * 2, "", "not JSON"),
    ("a list", b"[]", "", "expected an object"),
    ("a text", b'"x"', "", "expected an object"),
    ("null", b"null", "", "expected an object"),
    ("latin-1", '{"reference": "å"}'.encode("latin-1"), "", "not UTF-8"),
    ("lone surrogate", b'{"reference": "\\ud800"}', "", "not JSON"),
    ("too deep", b"[" * 100_000, "", "not JSON"),
    ("not a number", line(SOUND).replace(b'"months": 12', b'"months": NaN'), "months", "whole number"),
    ("a key twice", line(SOUND).replace(b'"region"', b'"months": 6, "region"'), "months", "given twice"),
    (
        "a key twice, deep",
        line(SOUND).replace(b'"own": 1', b'"own": 1, "own": 1'),
        "employments[0].shares.own",
        "given twice",
    ),
    (
        "a person's key twice",
        line(SOUND).replace(b'"phone": null', b'"phone": null, "phone": "1"'),
        "person.phone",
        "given twice",
    ),
    (
        "endless number",
        line(SOUND).replace(b'"months": 12', b'"months": ' + b"9" * 9_999),
        "",
        "not JSON",
    ),
]


@pytest.mark.parametrize(("note", "text", "path", "words"), TEXTS, ids=[row[0] for row in TEXTS])
def test_malformed_text(note: str, text: bytes, path: str, words: str) -> None:
    """One fault with a path, or none where no value is at fault; never a crash."""
    error = fault(text)
    assert error.path == path
    assert words in error.message


def test_nobody_applies_before_being_born() -> None:
    """The value at fault is the identity number: an application has no birth date of its own."""
    number = f"20250411238{check_digit('250411238')}"
    error = fault(line(changed("person.identity_number", number)))
    assert (error.path, error.message) == ("person.identity_number", "nobody applies before being born")


def test_a_coordination_number_without_a_whole_date() -> None:
    number = f"19800060123{check_digit('800060123')}"
    error = fault(line(changed("person.identity_number", number)))
    assert error.path == "person.identity_number"
    assert "leaves the date of birth open" in error.message


@pytest.mark.parametrize(("today", "sound"), [("2025-04-10", True), ("2025-04-09", False)])
def test_the_day_of_the_application_may_be_today(today: str, sound: bool) -> None:
    """And the month of the application may be one of work, the next may not."""
    if sound:
        text = line(application(work=work("2025-04", 1)))
        assert parse_application(text, date.fromisoformat(today))
    else:
        assert fault(line(application()), date.fromisoformat(today)).path == "received_on"


def test_what_is_a_refusal_is_no_fault() -> None:
    """A form of months that no service has, no work, no employment: registered and decided, every one."""
    changes: list[dict[str, Any]] = [
        {"months": 7},
        {"work": []},
        {"employments": [], "work": []},
        {"received_on": "1999-01-01", "work": []},
    ]
    for change in changes:
        assert parse_application(line(application(**change)), TODAY)


# No message repeats a value

MARK = "Zq7"
SPOILS: list[Callable[[str], Any]] = [
    lambda text: text,
    lambda text: [text],
    lambda text: {text: text},
    lambda text: {"id": text},
    lambda text: None,
]


@settings(max_examples=200, deadline=None)
@given(st.sampled_from(list(places(SOUND))), st.sampled_from(SPOILS), st.text(min_size=1, max_size=20))
def test_no_message_repeats_a_value(path: str, spoil: Callable[[str], Any], text: str) -> None:
    """Whatever stands wherever: if it is a fault, no text of the application is in the message.

    Vacuous for texts that the message's own words hold, so each text here holds a mark that no word has.
    """
    marked = f"{MARK}{text}{MARK}"
    message = message_on(line(changed(path, spoil(marked))))
    assert MARK not in message
    assert not [value for value in personal(SOUND) if value in message]


def message_on(text: bytes) -> str:
    """What is said of a line, nothing where it is sound."""
    try:
        parse_application(text, TODAY)
    except InputError as error:
        return error.message
    return ""


CODES = ("service", "occupation_name", "benefits[0].kind")
"""Where the words expected are listed, and the bad one happens to be a part of them."""


def personal(values: dict[str, Any]) -> list[str]:
    """What tells of the person in an application."""
    return [
        *filter(None, values["person"].values()),
        values["reference"],
        values["employments"][0]["employer"],
    ]


@pytest.mark.parametrize(
    ("path", "value", "words"), VALUES, ids=[f"{row[0]}={row[1]!r}"[:60] for row in VALUES]
)
def test_no_known_fault_repeats_its_value(path: str, value: Any, words: str) -> None:
    """The bad values above: none of those that could be a person's stands in its message."""
    message = fault(line(changed(path, value))).message
    if isinstance(value, str) and len(value) > 3 and path not in CODES:
        assert value not in message
    for one in personal(SOUND):
        assert one not in message


@pytest.mark.parametrize(
    ("occupation", "name"),
    [("2341", "teacher"), ("2341", None), (None, "teacher"), (None, None), ("3411", "support_pedagogue")],
)
def test_an_occupation_is_a_group_a_name_both_or_neither(occupation: str | None, name: str | None) -> None:
    """O-15: what is given goes into the command as it is; a group that belongs to no name goes with any."""
    _, command = received(occupation=occupation, occupation_name=name)
    assert (command.occupation, command.occupation_name) == (occupation, name)


def test_a_name_that_contradicts_the_group_is_one_line() -> None:
    """O-15: a teacher's group and a cook's name can't both be the applicant's."""
    error = fault(line(application(occupation="2341", occupation_name="cook")))
    assert str(error) == "occupation_name: not the name of the occupation's SSYK group, which has another"


# The command


def received(**changes: Any) -> tuple[UUID, ReceiveApplication]:
    parsed, person = parse_application(line(application(**changes)), TODAY)
    return application_command(parsed, person, KEYS, "case_officer:test", UUID(int=8))


def test_the_command_carries_the_application() -> None:
    """Dated on the day it was received; the person is known by a reference, the number is sealed with the rest."""
    _, command = received()
    assert (command.occurred_on, command.correlation_id) == (date(2025, 4, 10), UUID(int=8))
    assert command.person_ref == KEYS.person_ref(identity_number(1))
    assert identity_number(1) not in command.model_dump_json(exclude={"details"})
    assert (command.details.identity_number, command.details.reference) == (identity_number(1), "REF-1")
    assert len(command.details.work) == 24
    (event,) = decide(Case(case_id=UUID(int=1)), command, Known(TODAY))
    assert isinstance(event, ApplicationReceived)
    assert event.birth_year == 1980


def test_a_line_sent_again_is_the_same_command() -> None:
    """Case and command follow from the sender's reference: another reference is another case."""
    assert received() == received()
    (first, one), (second, two) = received(), received(reference="REF-2")
    assert first != second
    assert one.command_id != two.command_id
    assert first != one.command_id
    assert first.version == one.command_id.version == 8


def test_ids_say_nothing_without_the_key() -> None:
    """Under another key the same reference and person are others, so neither can be found by trying."""
    parsed, person = parse_application(line(application()), TODAY)
    other = KEYS.model_copy(update={"lookup_key": "56" * 32})
    case_id, command = application_command(parsed, person, other, "case_officer:test", UUID(int=8))
    assert case_id != received()[0]
    assert command.person_ref != received()[1].person_ref


def test_nobody_but_the_ledger_supplies_what_is_others() -> None:
    """The keys of a line are these and no others: neither a birth date nor a need can be stated."""
    text = json.dumps(application() | {"special_need": True})
    assert fault(text.encode()).path == "special_need"
