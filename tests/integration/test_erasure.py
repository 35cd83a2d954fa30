"""Erasing a person: wherever it is cut short it is completed, and afterwards nobody can read what was sealed."""

import base64
import json
import os
import re
import subprocess
import zlib
from collections.abc import Iterator
from contextlib import suppress
from itertools import count
from pathlib import Path
from typing import Any
from uuid import UUID

import psycopg
import pytest
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.keywrap import InvalidUnwrap, aes_key_unwrap
from psycopg.conninfo import conninfo_to_dict

from domain.event import Erased
from domain.events import ApplicationDetails, PersonErased
from domain.rejections import CommandRejected
from ledger.erasure import complete_erasures, erase_numbers, erase_person
from ledger.faults import LedgerFault
from ledger.ledger import Ledger
from ledger.local_postgres import find_binaries
from ledger.opening import open_ledger
from ledger.sealing import OWN_KEY, PersonKey
from ledger.settings import Settings, read_keys
from tests.applications import OFFICER, TODAY, application, command, identity_number, line, received
from tests.forks import Forks, forks
from tests.interruptions import AFTER, BEFORE, broken_off
from tests.keys import key_rows, sound


def ref(ledger: Ledger, case_id: UUID) -> str:
    return ledger.person_of(case_id).person_ref


def details(ledger: Ledger, case_id: UUID) -> ApplicationDetails | Erased:
    made = ledger.case(case_id).application
    assert made is not None
    return made.details


# Cut short


@pytest.mark.parametrize("databases", ["one", "two"])
@pytest.mark.parametrize("when", [BEFORE, AFTER])
def test_broken_off_at_every_round_trip(
    settings: Settings, keys_database: str, when: str, databases: str
) -> None:
    """The next run completes what was ordered, whether it opens the ledger or erases again; others stay."""
    settings = settings.model_copy(update={"keys_url": keys_database if databases == "two" else None})
    with open_ledger(settings) as ledger:
        untouched = received(ledger, 999)
        cases = []
        for at in count(1):
            cases.append(received(ledger, at))
            person = ref(ledger, cases[-1])
            with broken_off(at, when) as trips:
                erase_person(ledger, person, OFFICER, TODAY)
            if at % 2:
                with open_ledger(settings) as next_run:
                    assert complete_erasures(next_run, TODAY) == 0
            else:
                erase_person(ledger, person, OFFICER, TODAY)
            if trips.made < at:
                break
        assert len(cases) > 8  # not vacuous
        for case_id in cases:
            if not ledger.case(case_id).erased:  # it was broken off before the order was stored
                erase_person(ledger, ref(ledger, case_id), OFFICER, TODAY)
        assert isinstance(details(ledger, untouched), ApplicationDetails)
    assert sound(settings) == {untouched: False} | dict.fromkeys(cases, True)


@pytest.fixture(scope="module")
def starter(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Forks]:
    with forks(tmp_path_factory.mktemp("forks")) as one:
        yield one


def environment(settings: Settings) -> dict[str, str]:
    return {"LIGGARE_HOME": str(settings.home), "LIGGARE_DATABASE_URL": settings.database_url or ""}


@pytest.mark.parametrize("how", ["before", "sent"])
@pytest.mark.long
def test_killed_at_every_round_trip(settings: Settings, starter: Forks, tmp_path: Path, how: str) -> None:
    """SIGKILL, then whatever command comes next: one that reads, one that imports, the erasure itself."""
    file, again = tmp_path / "applications.jsonl", {}
    told = environment(settings)
    with open_ledger(settings) as ledger:
        cases = [received(ledger, serial) for serial in range(60)]
    whole = starter.run(told, "erase-person", str(cases[0]), "--yes").trips
    for at in (1, *range(whole - 9, whole + 1)):  # those before only read
        case_id = cases[at]
        ended = starter.run(told, "erase-person", str(case_id), "--yes", at=at, how=how)
        ordered = any(row["ordered_at"] and not row["destroyed_at"] for row in key_rows(settings).values())
        file.write_bytes(line(application(5000 + at)))
        others = (("summary",), ("import", "applications", str(file)), ("case", str(case_id)))
        assert starter.run(told, *others[at % 3]).status == 0
        again[case_id] = ordered
        assert ended.status == -9
    assert not all(again.values())  # it began before the order was stored,
    assert sum(again.values()) >= 3  # and some were killed between the order and the end
    erased = sound(settings)
    assert [case_id for case_id, ordered in again.items() if ordered and not erased[case_id]] == []


def test_the_order_stands_though_who_gave_it_has_left(ledger: Ledger, settings: Settings) -> None:
    """Completed by the ledger itself, where the actor of the order may not act any more."""
    case_id = received(ledger)
    ledger.person_keys.execute(
        "order_destruction", persons=[ref(ledger, case_id)], actor="applicant:gone", on=TODAY
    )
    assert complete_erasures(ledger, TODAY) == 1
    newest = ledger.history(case_id)[-1].event
    assert isinstance(newest, PersonErased)
    assert newest.actor == "system:erasure"
    assert sound(settings) == {case_id: True}


def test_one_who_may_not_erase_leaves_no_order(ledger: Ledger, settings: Settings) -> None:
    """Otherwise the order would stand for ever, and every later command would stumble over it."""
    case_id = received(ledger)
    with pytest.raises(CommandRejected) as rejected:
        erase_person(ledger, ref(ledger, case_id), "applicant:testa", TODAY)
    assert rejected.value.code == "ACTOR_NOT_ENTITLED"
    assert sound(settings) == {case_id: False}


def test_two_numbers_of_one_person(ledger: Ledger, settings: Settings) -> None:
    """Both keys are destroyed, and each case under either says so."""
    first, second, other = (received(ledger, serial) for serial in (1, 2, 3))
    joining = command("join_person", "2025-06-01", same_as=second, reason="nytt personnummer")
    ledger.execute(first, joining, TODAY)
    assert erase_person(ledger, ref(ledger, second), OFFICER, TODAY) == 2
    assert sound(settings) == {first: True, second: True, other: False}
    assert erase_numbers(ledger, [ref(ledger, other)], OFFICER, TODAY) == 1


def test_keys_that_a_restored_backup_brought_back_are_destroyed_again(
    ledger: Ledger, settings: Settings
) -> None:
    """An older key store opens what was erased since; the ledger knows better, and reads nothing with it."""
    case_id = received(ledger)
    [(key_id, old)] = key_rows(settings).items()
    erase_person(ledger, ref(ledger, case_id), OFFICER, TODAY)
    assert settings.database_url
    with psycopg.connect(settings.database_url) as connection:
        connection.execute(
            "UPDATE liggare_keys.person_key SET wrapped_key = %s, wrapped_by = %s, ordered_by = NULL, "
            "ordered_on = NULL, ordered_at = NULL, destroyed_at = NULL WHERE key_id = %s",
            [old["wrapped_key"], old["wrapped_by"], key_id],
        )
    assert isinstance(details(ledger, case_id), Erased)
    assert sound(settings) == {case_id: True}


# Several at once


def test_another_process_that_had_read_it_shows_it_no_more(settings: Settings) -> None:
    """Neither what it remembers of the case, nor with the key that it remembers; at every step of the erasure."""
    with open_ledger(settings) as one, open_ledger(settings) as two:
        cases = [received(one, 1), received(one, 1, reference="SECOND")]
        for case_id in cases:
            assert isinstance(details(two, case_id), ApplicationDetails)
        seen: list[ApplicationDetails | Erased] = []
        execute = one.person_keys.execute

        def watched(name: str, **values: Any) -> Any:
            if name == "destroy_keys":  # recorded, and the key still there
                seen.extend(details(two, case_id) for case_id in cases)
            return execute(name, **values)

        one.person_keys.execute = watched  # type: ignore[method-assign]
        erase_person(one, ref(one, cases[0]), OFFICER, TODAY)
        assert [type(one) for one in seen] == [Erased, Erased]
        assert [type(details(two, case_id)) for case_id in cases] == [Erased, Erased]
        assert two.person_keys._opened == {}
        assert two.person_keys._of_person == {}


STEPS = ("order_destruction", "keys_ordered_destroyed", "destroy_keys", "the end")


@pytest.mark.parametrize("step", STEPS)
@pytest.mark.parametrize("what", ["application", "application of a newcomer", "evidence"])
def test_an_import_before_each_step_of_an_erasure(settings: Settings, step: str, what: str) -> None:
    """What another process, whether it knows the key or not, records meanwhile is either erased with the rest, or
    lives under a key of its own.
    """
    with open_ledger(settings) as one, open_ledger(settings) as two:
        case_id = received(one if what.endswith("newcomer") else two, 1)
        execute = one.person_keys.execute
        done = []

        def add() -> None:
            if what != "evidence":
                done.append(received(two, 1, reference="MEANWHILE"))
                return
            done.append(case_id)
            content: dict[str, Any] = {"source": "applicant", "content": {"benefits": []}}
            with suppress(LedgerFault, CommandRejected):  # its key is ordered destroyed; it is erased
                two.execute(case_id, command("record_evidence", "2025-04-12", **content), TODAY)

        def interleaved(name: str, **values: Any) -> Any:
            if name == step and not done:
                add()
            return execute(name, **values)

        one.person_keys.execute = interleaved  # type: ignore[method-assign]
        erase_person(one, ref(one, case_id), OFFICER, TODAY)
        if not done:
            add()
    erased = sound(settings)
    assert erased[case_id]
    assert len(erased) == (1 if what == "evidence" else 2)
    if what == "application":
        assert erased[done[0]] == (step in STEPS[:2])
    elif what != "evidence":
        assert erased[done[0]] == (step in STEPS[:1])


@pytest.mark.parametrize("what", ["application", "evidence"])
def test_an_erasure_between_sealing_and_storing(settings: Settings, what: str) -> None:
    """What was sealed under a key that is destroyed when it should be stored, is not stored under it."""
    with open_ledger(settings) as one, open_ledger(settings) as two:
        case_id = received(one, 1)
        assert isinstance(details(two, case_id), ApplicationDetails)
        received(two, 1, reference="KNOWN")  # it knows the key now
        append = two._recorder.append
        calls: list[int] = []

        def late(appends: Any) -> Any:
            calls.append(len(calls))
            if len(calls) == 1:
                erase_person(one, ref(one, case_id), OFFICER, TODAY)
            return append(appends)

        two._recorder.append = late  # type: ignore[method-assign]
        if what == "application":
            again = received(two, 1, reference="LATE")
            assert isinstance(details(two, again), ApplicationDetails)
        else:
            content: dict[str, Any] = {"source": "applicant", "content": {"benefits": []}}
            with pytest.raises(CommandRejected, match="PERSON_ERASED"):
                two.execute(case_id, command("record_evidence", "2025-04-12", **content), TODAY)
        assert len(calls) == (2 if what == "application" else 1)
    assert sound(settings)[case_id]


def test_two_erase_the_same_person(settings: Settings) -> None:
    """Another actor, at every step of the first: the order given first stands, and both come to an end."""
    with open_ledger(settings) as one, open_ledger(settings) as two:
        for serial, step in enumerate(STEPS, 1):
            case_id = received(one, serial)
            execute = one.person_keys.execute

            def interleaved(
                name: str, step: str = step, case_id: UUID = case_id, execute: Any = execute, **values: Any
            ) -> Any:
                if name == step:
                    erase_person(two, ref(two, case_id), "case_officer:other", TODAY)
                return execute(name, **values)

            one.person_keys.execute = interleaved  # type: ignore[method-assign]
            erase_person(one, ref(one, case_id), OFFICER, TODAY)
            one.person_keys.execute = execute  # type: ignore[method-assign]
            assert len(one.history(case_id)) == 2
    assert set(sound(settings).values()) == {True}


# Nothing can be read


BOX = re.compile(rb'"(?:key|[a-z_]+)":"([A-Za-z0-9+/]{40,}={0,2})"')


def whole_dump(url: str, folder: Path) -> bytes:
    """Everything that pg_dump gives: tables, sequences, large objects; bytea as the bytes that they are, too."""
    name = find_binaries() / "pg_dump"
    if not name.exists():
        pytest.skip("there is no pg_dump beside the server's binaries")
    parts = conninfo_to_dict(url)
    options = {key: parts[key] for key in ("host", "port", "user", "password", "dbname") if parts.get(key)}
    told = {f"PG{key.upper().replace('DBNAME', 'DATABASE')}": str(value) for key, value in options.items()}
    target = folder / "dump.sql"
    subprocess.run([name, "--large-objects", "-f", target], env=os.environ | told, check=True)
    text = target.read_bytes()
    return text + b"\n".join(
        bytes.fromhex(found.decode()) for found in re.findall(rb"\\\\x([0-9a-f]+)", text)
    )


def readable(text: bytes, keys: Path) -> list[str]:
    """Every content that opens when every key of the dump, by every key-encryption key, is tried on every box."""
    wrapping = [bytes.fromhex(key.key) for key in read_keys(keys).key_encryption_keys]
    opened = [*wrapping, bytes.fromhex(read_keys(keys).lookup_key)]
    for found in {bytes.fromhex(hexed.decode()) for hexed in re.findall(rb"\\\\x([0-9a-f]{80})\b", text)}:
        for one in wrapping:
            try:
                opened.append(aes_key_unwrap(one, found))
            except InvalidUnwrap:
                continue
    contents = []
    events = [json.loads(row) for row in re.findall(rb'^\{"event_id".*?\}$', text, re.MULTILINE)]
    cases = set(re.findall(rb"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", text))
    for event in events:
        for field, box in event.get("sealed", {}).items():
            if field == "key":
                continue
            raw = base64.b64decode(box.removeprefix(OWN_KEY), validate=True)
            for case in cases:
                place = f"{case.decode()}/{event['event_id']}/{field}"
                for key in (*opened, *(PersonKey(UUID(int=0), one).box_key(place) for one in opened)):
                    try:
                        packed = AESGCM(key).decrypt(raw[:12], raw[12:], place.encode())
                    except InvalidTag:
                        continue
                    contents.append(zlib.decompressobj().decompress(packed).decode())
    return contents


def disguises(secret: str) -> Iterator[bytes]:
    """A secret as it could stand in a dump: plain, UTF-16, hex of both, and base64 from each of three places."""
    for plain in (secret.encode(), secret.encode("utf-16-le"), secret.encode("utf-16-be")):
        yield plain
        yield plain.hex().encode()
        for before in range(3):
            whole = base64.b64encode(bytes(before) + plain)
            if len(inner := whole[4 if before else 0 : len(whole) - 4]) >= 8:
                yield inner


@pytest.mark.parametrize("databases", ["one", "two"])
def test_nothing_of_an_erased_person_is_in_a_dump_with_the_settings(
    settings: Settings, keys_database: str, tmp_path: Path, databases: str
) -> None:
    """The same tool reads everything of somebody else, and so did of this one before: it is not vacuous."""
    settings = settings.model_copy(update={"keys_url": keys_database if databases == "two" else None})
    urls = [url for url in (settings.database_url, settings.keys_url) if url]
    with open_ledger(settings) as ledger:
        for serial in (1, 2):
            case_id = received(ledger, serial)
            ledger.execute(case_id, command("decide", "2025-04-20"), TODAY)
            ledger.execute(case_id, command("start_engagement", "2025-04-27"), TODAY)
            ledger.execute(case_id, command("pause", "2025-05-27", reason="short_sick_leave"), TODAY)
        dump = b"\n".join(whole_dump(url, tmp_path) for url in urls)
        before = "".join(readable(dump, settings.home))
        gone = received(ledger, 1, reference="REF-1")
        erase_person(ledger, ref(ledger, gone), OFFICER, TODAY)
    dump = b"\n".join(whole_dump(url, tmp_path) for url in urls)
    contents = readable(dump, settings.home)
    after = "".join(contents)
    assert len(contents) == 4  # the other person's application, receipt, and a pause's reason and details
    for serial, there in ((1, False), (2, True)):
        for secret in (identity_number(serial), f"Påhittsson {serial}", f"REF-{serial}"):
            assert secret in before
            assert (secret in after) == there
    assert "short_sick_leave" in after
    secrets = [identity_number(1), "Påhittsson 1", "testa@example.se", "REF-1", "559999-9017", "short_sick"]
    for secret in secrets:
        for disguised in disguises(secret):
            assert disguised not in dump, (secret, disguised)
    assert b"counselling_dismissed" in dump  # what is clear is found


def test_replay_says_erased(settings: Settings, starter: Forks) -> None:
    """In the case, in its replay, for people and as JSON: raderad, and nothing of what was."""
    with open_ledger(settings) as ledger:
        case_id = received(ledger)
        ledger.execute(case_id, command("decide", "2025-04-20"), TODAY)
        erase_person(ledger, ref(ledger, case_id), OFFICER, TODAY)
    for words in (("case",), ("case", "--json"), ("replay",), ("replay", "--json")):
        said = starter.run(environment(settings), words[0], str(case_id), *words[1:])
        assert said.status == 0
        assert "raderad" in said.out or '"erased":true' in said.out.replace(" ", "")
        for secret in ("Testa", "Påhittsson", identity_number(1), "testa@", "559999"):
            assert secret not in said.out
