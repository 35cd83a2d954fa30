"""Where a ledger is, and its key file: what is malformed is said on one line that repeats no secret."""

import os
import pwd
from pathlib import Path

import pytest

from ledger.faults import LedgerFault
from ledger.rotation import add_signing_key
from ledger.settings import KEY_FILE, Settings, create_keys, read_keys, replace_keys
from tests.nobody import as_nobody, only_root, open_folder


@pytest.mark.parametrize("name", ["LIGGARE_DATABASE_URL", "LIGGARE_KEYS_URL"])
def test_a_malformed_url_is_named_by_its_variable(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """And not repeated: it may hold a password."""
    monkeypatch.setenv(name, "host=db password='hemligt")
    with pytest.raises(LedgerFault) as raised:
        Settings.of_environment()
    assert str(raised.value).startswith(f"{name} is malformed: expected a URL like postgresql://")
    assert "hemligt" not in str(raised.value)
    assert raised.value.__suppress_context__


def test_an_empty_url_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    """As a variable that is set to nothing says; a home is the folder that it names."""
    monkeypatch.setenv("LIGGARE_DATABASE_URL", "")
    monkeypatch.setenv("LIGGARE_KEYS_URL", "postgresql://liggare@db/keys")
    monkeypatch.setenv("LIGGARE_HOME", "/srv/liggare")
    settings = Settings.of_environment()
    assert settings.database_url is None
    assert settings.keys_url == "postgresql://liggare@db/keys"
    assert settings.home == Path("/srv/liggare")


def test_a_key_file_is_made_once_and_stays_its_owners(tmp_path: Path) -> None:
    """Whoever comes second reads what the first one made; nobody else may read it."""
    first = create_keys(tmp_path / "home")
    assert create_keys(tmp_path / "home") == first == read_keys(tmp_path / "home")
    assert (tmp_path / "home" / KEY_FILE).stat().st_mode & 0o777 == 0o600
    assert [path.name for path in (tmp_path / "home").iterdir()] == [KEY_FILE]


def test_a_key_file_that_is_missing_or_malformed(tmp_path: Path) -> None:
    """Each is one line with what to do; what the file holds is not repeated."""
    path = tmp_path / KEY_FILE
    with pytest.raises(LedgerFault, match="no key file there; put the ledger's own back"):
        read_keys(tmp_path)
    path.mkdir()
    with pytest.raises(LedgerFault, match=r"can't be read \(Is a directory\); check its owner and mode"):
        read_keys(tmp_path)
    path.rmdir()
    for content in ("", "{}", '{"lookup_key": "hemligt", "key_encryption_keys": []}'):
        path.write_text(content)
        path.chmod(0o600)
        with pytest.raises(LedgerFault, match="not a key file; put the ledger's own back") as raised:
            read_keys(tmp_path)
        assert "hemligt" not in str(raised.value)


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o620, 0o601])
def test_a_key_file_that_others_may_read_is_refused(tmp_path: Path, mode: int) -> None:
    """Whoever reads it opens all that is sealed."""
    create_keys(tmp_path)
    (tmp_path / KEY_FILE).chmod(mode)
    with pytest.raises(LedgerFault, match="others may read it; run chmod 600 on it"):
        read_keys(tmp_path)


REPLACED = """
home = Path(sys.argv[1]) / "home"
keys = create_keys(home)
more = (*keys.key_encryption_keys, KeyEncryptionKey(id="new", key="56" * 32))
replace_keys(home, keys.model_copy(update={"key_encryption_keys": more}))
assert read_keys(home).key_encryption_keys == more
"""


def test_a_key_file_is_replaced_by_its_owner() -> None:
    """Whoever runs the ledger need not be root."""
    with open_folder() as folder:
        run = as_nobody(REPLACED, folder, imports="from ledger.settings import *")
        assert (run.returncode, run.stderr) == (0, "")
        (file,) = (folder / "home").iterdir()
        assert file.stat().st_mode & 0o777 == 0o600
        assert file.stat().st_uid == (folder / "home").stat().st_uid


@only_root
def test_a_key_file_that_root_replaces_stays_its_owners() -> None:
    """Or the ledger's own user could not read it any more."""
    nobody = pwd.getpwnam("nobody")
    with open_folder() as folder:
        keys = create_keys(folder)
        os.chown(folder / KEY_FILE, nobody.pw_uid, nobody.pw_gid)
        replace_keys(folder, keys.model_copy(update={"lookup_key": "56" * 32}))
        assert read_keys(folder).lookup_key == "56" * 32
        owner = (folder / KEY_FILE).stat()
        assert (owner.st_uid, owner.st_gid) == (nobody.pw_uid, nobody.pw_gid)


def test_a_key_file_of_before_checkpoints_signs_nothing_yet(tmp_path: Path) -> None:
    """It says what to do, which gives it a key once and leaves the others as they are."""
    before = create_keys(tmp_path).model_copy(update={"signing_key": None})
    replace_keys(tmp_path, before)
    with pytest.raises(LedgerFault, match="run `liggare upgrade`"):
        read_keys(tmp_path).signer()
    add_signing_key(tmp_path)
    after = read_keys(tmp_path)
    assert after.model_copy(update={"signing_key": None}) == before
    assert after.signer().key.name.startswith("liggare/")
    add_signing_key(tmp_path)
    assert read_keys(tmp_path) == after
