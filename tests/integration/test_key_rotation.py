"""The key-encryption key is changed while others work, and whatever comes between, no person's key is lost."""

import json
import os
import threading
from collections.abc import Iterator
from contextlib import suppress
from itertools import count
from pathlib import Path
from typing import Any

import psycopg
import pytest

from domain.events import ApplicationDetails
from ledger.faults import LedgerFault
from ledger.ledger import Ledger
from ledger.opening import open_ledger
from ledger.rotation import retire_keys, rotate_keys
from ledger.settings import Settings, create_keys, read_keys
from tests.applications import application, line, received
from tests.forks import Forks, forks
from tests.interruptions import AFTER, BEFORE, broken_off
from tests.keys import key_rows, sound


@pytest.fixture(scope="module")
def starter(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Forks]:
    with forks(tmp_path_factory.mktemp("forks")) as one:
        yield one


def environment(settings: Settings) -> dict[str, str]:
    return {
        "LIGGARE_HOME": str(settings.home),
        "LIGGARE_DATABASE_URL": settings.database_url or "",
        "LIGGARE_KEYS_URL": settings.keys_url or "",
    }


def ids(settings: Settings) -> list[str]:
    """The key-encryption keys of the key file, oldest first."""
    return [key.id for key in read_keys(settings.home).key_encryption_keys]


def wrapped_by(settings: Settings) -> set[str]:
    """The key-encryption keys by which a living key is wrapped."""
    return {row["wrapped_by"] for row in key_rows(settings).values() if row["wrapped_key"]}


def rotate(ledger: Ledger, settings: Settings) -> tuple[str, int]:
    """Rotate, and return the newest key's id and how many keys were wrapped."""
    wrapped: list[int] = []
    return rotate_keys(ledger.person_keys, settings.home, wrapped.append), sum(wrapped)


@pytest.mark.parametrize("databases", ["one", "two"])
def test_rotated_and_retired(
    own_home: Settings, keys_database: str, starter: Forks, databases: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Added, everything wrapped anew in batches, the old one taken out; the file stays closed to others."""
    settings = own_home.model_copy(update={"keys_url": keys_database if databases == "two" else None})
    monkeypatch.setattr("ledger.rotation.BATCH", 3)
    with open_ledger(settings) as ledger:
        cases = [received(ledger, serial) for serial in range(1, 9)]
        [old] = ids(settings)
        newest, wrapped = rotate(ledger, settings)
        assert (ids(settings), wrapped, wrapped_by(settings)) == ([old, newest], 8, {newest})
        received(ledger, 9)
        assert wrapped_by(settings) == {newest}
    told = starter.run(environment(settings), "rotate-keys", "--retire", "--json")
    assert (json.loads(told.out), ids(settings)) == ({"retired": [old]}, [newest])
    path = settings.home / "keys.json"
    assert (path.stat().st_mode & 0o777, path.stat().st_uid) == (0o600, os.getuid())
    assert len(sound(settings)) == len(cases) + 1
    told = starter.run(environment(settings), "rotate-keys", "--json")
    assert json.loads(told.out) == {"key": ids(settings)[-1], "wrapped": 9}
    assert "wrapped by" in starter.run(environment(settings), "rotate-keys").out
    assert "Retired" in starter.run(environment(settings), "rotate-keys", "--retire").out
    assert "none" in starter.run(environment(settings), "rotate-keys", "--retire").out


@pytest.mark.parametrize("when", [BEFORE, AFTER])
def test_broken_off_at_every_round_trip(
    own_home: Settings, when: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After each, every key opens from the file as it is; run again, it goes on with the key that it added."""
    monkeypatch.setattr("ledger.rotation.BATCH", 2)
    with open_ledger(own_home) as ledger:
        for serial in range(1, 6):
            received(ledger, serial)
        for at in count(1):
            before = ids(own_home)
            with broken_off(at, when) as trips:
                rotate(ledger, own_home)
            finished = trips.made < at
            newest, _ = rotate(ledger, own_home)
            assert wrapped_by(own_home) == {newest}
            assert len(ids(own_home)) <= len(before) + 2
            with broken_off(at, when):
                retire_keys(ledger.person_keys, own_home.home)
            sound(own_home)
            retire_keys(ledger.person_keys, own_home.home)
            assert ids(own_home) == [newest]
            if finished:
                break
        assert at > 5  # not vacuous
    sound(own_home)


@pytest.mark.parametrize("how", ["before", "sent"])
def test_killed_at_every_round_trip(own_home: Settings, starter: Forks, how: str) -> None:
    """SIGKILL: whatever had come to pass, the ledger opens, and the next run comes to the end."""
    told = environment(own_home)
    with open_ledger(own_home) as ledger:
        for serial in range(1, 4):
            received(ledger, serial)
    whole = starter.run(told, "rotate-keys").trips
    for at in range(whole - 6, whole + 1):
        assert starter.run(told, "rotate-keys", at=at, how=how).status == -9
        assert len(sound(own_home)) == 3
        assert starter.run(told, "rotate-keys").status == 0
        assert wrapped_by(own_home) == {ids(own_home)[-1]}
    whole = starter.run(told, "rotate-keys", "--retire").trips
    for at in range(whole - 3, whole + 1):
        assert starter.run(told, "rotate-keys").status == 0
        starter.run(told, "rotate-keys", "--retire", at=at, how=how)
        assert len(sound(own_home)) == 3
    assert starter.run(told, "rotate-keys", "--retire").status == 0
    assert len(ids(own_home)) == 1


def test_cut_short_while_the_file_is_written(own_home: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    """What was half written lies beside the key file, and is in nobody's way."""

    def torn(*_: Any) -> None:
        raise KeyboardInterrupt

    with open_ledger(own_home) as ledger:
        received(ledger)
        before = ids(own_home)
        with monkeypatch.context() as patch:
            patch.setattr("os.fsync", torn)
            with pytest.raises(KeyboardInterrupt):
                rotate(ledger, own_home)
        assert ids(own_home) == before
        rotate(ledger, own_home)
        assert {path.name for path in own_home.home.iterdir()} == {"keys.json"}
    sound(own_home)


def test_a_process_that_remembers_the_old_file(own_home: Settings) -> None:
    """It reads what is wrapped by a key that it does not know, and can't wrap by one that is retired."""
    with open_ledger(own_home) as at_work, open_ledger(own_home) as keeper:
        known, unknown = received(at_work, 1), received(keeper, 2)
        old = ids(own_home)
        newest, _ = rotate(keeper, own_home)
        for case_id in (known, unknown):
            application = at_work.case(case_id).application
            assert application is not None
            assert isinstance(application.details, ApplicationDetails)
    with open_ledger(own_home) as at_work, open_ledger(own_home) as keeper:
        received(at_work, 3)
        newest, _ = rotate(keeper, own_home)
        received(at_work, 4)  # it does not know yet
        assert wrapped_by(own_home) == {newest, ids(own_home)[-2]}
        with pytest.raises(
            LedgerFault, match=r"still wrapped by key-encryption key \w+; run `liggare rotate-keys`"
        ):
            retire_keys(keeper.person_keys, own_home.home)
        assert ids(own_home)[-1] == newest
        assert rotate(keeper, own_home) == (newest, 1)
        assert set(old) < set(retire_keys(keeper.person_keys, own_home.home))
        received(at_work, 5)  # by the newest, since the one it remembers is retired
        assert wrapped_by(own_home) == {newest}
    assert len(sound(own_home)) == 5


def test_rotated_and_retired_again_and_again_during_an_import(
    own_home: Settings, starter: Forks, tmp_path: Path
) -> None:
    """The importer, in a process of its own, never stops and loses nothing; it gets files until that was thrice."""
    rotations = imported = 0
    with open_ledger(own_home) as ledger:
        while rotations <= 2:
            file = tmp_path / f"applications-{imported}.jsonl"
            serials = range(imported + 1, imported + 401)
            file.write_bytes(b"\n".join(line(application(serial)) for serial in serials))
            imported += 400
            importer = starter.start(environment(own_home), "import", "applications", str(file))
            ended: list[Any] = []
            waiting = threading.Thread(target=lambda one, to: to.append(one.ended()), args=(importer, ended))
            waiting.start()
            while waiting.is_alive():
                rotate(ledger, own_home)
                rotations += bool(key_rows(own_home))
                with suppress(LedgerFault):  # a key of the importer's still lies under the old one
                    retire_keys(ledger.person_keys, own_home.home)
            waiting.join()
            assert (ended[0].status, ended[0].err.count("at fault")) == (0, 0), ended[0].err
            assert imported < 8_000, "vacuous: nothing was rotated while it was imported"
        rotate(ledger, own_home)
        retire_keys(ledger.person_keys, own_home.home)
    assert len(ids(own_home)) == 1
    assert len(sound(own_home)) == imported


def test_two_rotate_at_once(own_home: Settings, starter: Forks) -> None:
    """One waits for the other; nothing is lost between them."""
    with open_ledger(own_home) as ledger, open_ledger(own_home) as other:
        for serial in range(1, 4):
            received(ledger, serial)
        both = [threading.Thread(target=rotate, args=(one, own_home)) for one in (ledger, other)]
        for one in both:
            one.start()
        for one in both:
            one.join()
    assert len(ids(own_home)) == 3
    assert len(sound(own_home)) == 3


# Files that are not the newest


def test_an_old_or_a_wrong_file(own_home: Settings, tmp_path: Path) -> None:
    """Each is said on one line when the ledger is opened, with what to do; and to a process at work."""
    path = own_home.home / "keys.json"
    old = path.read_bytes()
    with open_ledger(own_home) as ledger:
        received(ledger)
        newest, _ = rotate(ledger, own_home)
        new = path.read_bytes()
    path.write_bytes(old)
    with pytest.raises(LedgerFault, match=f"lacks key-encryption key {newest}, .* put the newest one back"):
        sound(own_home)
    other = json.loads(new)
    other["key_encryption_keys"][-1]["key"] = "00" * 32
    path.write_text(json.dumps(other))
    with pytest.raises(LedgerFault, match="does not unwrap"):
        sound(own_home)
    path.write_text(create_keys(tmp_path / "other").model_dump_json())
    with pytest.raises(LedgerFault, match="belongs to another ledger"):
        sound(own_home)
    path.write_bytes(new)
    with open_ledger(own_home) as at_work:
        received(at_work, 2)
        with open_ledger(own_home) as keeper:
            case_id = received(keeper, 3)
            rotate(keeper, own_home)
        path.write_bytes(new)
        with pytest.raises(LedgerFault, match="lacks key-encryption key"):
            at_work.case(case_id)


def test_a_key_that_was_destroyed_while_it_was_wrapped_anew_stays_so(own_home: Settings) -> None:
    """Read by the rotation, then destroyed by an erasure, then written by the rotation: not brought back."""
    with open_ledger(own_home) as ledger:
        received(ledger)
        execute = ledger.person_keys.execute

        def between(name: str, **values: Any) -> Any:
            if name == "rewrap_keys":
                assert own_home.database_url
                with psycopg.connect(own_home.database_url) as connection:
                    connection.execute(
                        "UPDATE liggare_keys.person_key SET wrapped_key = NULL, wrapped_by = NULL, "
                        "ordered_at = now(), ordered_by = 'x', destroyed_at = now()"
                    )
            return execute(name, **values)

        ledger.person_keys.execute = between  # type: ignore[method-assign]
        rotate(ledger, own_home)
    assert [row["wrapped_key"] for row in key_rows(own_home).values()] == [None]
