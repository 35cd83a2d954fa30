"""The verifier that stands alone: what it imports, its tree and notes against the ledger's, and absurd files."""

import ast
import json
import sys
from base64 import b64encode
from collections.abc import Sequence
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from ledger.merkle import inclusion_proof, leaf_hash, node_hash, root
from ledger.signed_note import NoteKey, NoteSigner
from ledger.tree import entry_of
from replays import verify_bundle
from replays.verify_bundle import NoBundle, NotProved, key_at, key_of, leaf_of, read, root_of, text_of, verify

SIGNER = NoteSigner("liggare/0123456789abcdef", bytes(range(32)))
KEY = key_of(str(SIGNER.key))


def test_it_needs_nothing_but_python_and_cryptography() -> None:
    tree = ast.parse(Path(verify_bundle.__file__).read_text("utf-8"))
    imported = {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}
    imported |= {str(node.module) for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    rooms = {name.partition(".")[0] for name in imported}
    assert rooms - sys.stdlib_module_names == {"cryptography"}


def hashes_of(leaves: Sequence[bytes]) -> Any:
    """The hashes of full subtrees, as the ledger's tiles give them."""

    def hashes(level: int, number: int) -> bytes:
        if level == 0:
            return leaves[number]
        return node_hash(hashes(level - 1, 2 * number), hashes(level - 1, 2 * number + 1))

    return hashes


@pytest.mark.parametrize("size", [1, 2, 3, 4, 5, 7, 8, 13, 16, 33])
def test_every_proof_of_the_ledger_leads_to_its_root(size: int) -> None:
    """And to no other: not for another leaf, another place, another size, nor with a hash more or less."""
    leaves = [leaf_hash(bytes([number])) for number in range(size)]
    hashes = hashes_of(leaves)
    top = root(hashes, size)
    for index, leaf in enumerate(leaves):
        path = inclusion_proof(hashes, index, size)
        assert root_of(leaf, index, size, path) == top
        assert root_of(sha256(leaf).digest(), index, size, path) != top
        assert all(root_of(leaf, other, size, path) != top for other in range(-1, size + 2) if other != index)
        assert root_of(leaf, index, size, [*path, leaf]) != top
        assert size == 1 or root_of(leaf, index, size, path[:-1]) != top


def test_notes_are_read_as_the_ledger_reads_them() -> None:
    for text in ("one line\n", "two\n\nparagraphs\n", "a\n\n— liggare/x AAAA\n", "å\n"):
        assert text_of(SIGNER.sign(text), KEY, "it") == text == SIGNER.key.open(SIGNER.sign(text))
    assert (KEY.name, KEY.id) == (SIGNER.key.name, NoteKey.parse(str(SIGNER.key)).id)


@pytest.mark.parametrize("flip", [1, 2, 4, 32, 128])
def test_every_changed_byte_and_every_cut_of_a_note_is_noticed(flip: int) -> None:
    note = SIGNER.sign("so many\nlines\n").encode()
    for place in range(len(note)):
        changed = bytearray(note)
        changed[place] ^= flip
        with pytest.raises((NoBundle, NotProved)):
            verify(bytes(changed), KEY)
        with pytest.raises((NoBundle, NotProved)):
            verify(note[:place], KEY)


def test_a_signature_that_is_written_otherwise() -> None:
    """Base64 that another writing of the same bytes would be, or that is none."""
    note = SIGNER.sign("text\n")
    for changed in (note.replace("=\n", "\n"), f"{note[:-3]}{chr(ord(note[-3]) + 1)}=\n", f"{note[:-3]}ä=\n"):
        with pytest.raises(NotProved, match="malformed"):
            text_of(changed, KEY, "it")


MISTYPED = str(SIGNER.key).replace(f"+{SIGNER.key.id.hex()}+", "+00000000+")
UNKNOWN_KIND = bytes([2]) + bytes(32)
ITS_ID = sha256(b"a\n" + UNKNOWN_KIND).hexdigest()[:8]
OF_ANOTHER_KIND = f"a+{ITS_ID}+{b64encode(UNKNOWN_KIND).decode()}"


@pytest.mark.parametrize(
    "text",
    [
        MISTYPED,
        OF_ANOTHER_KIND,
        "",
        "x",
        "a+b",
        "a+00000000+AAAA",
        f"{SIGNER.key}x",
        "a+0+A",
        "ä+\udc80+AA==",
        "a+00000000+=",
    ],
)
def test_not_a_key(text: str) -> None:
    with pytest.raises(NoBundle, match="no public key"):
        key_at(text)


def test_a_key_is_a_text_or_a_file_with_it(tmp_path: Path) -> None:
    file = tmp_path / "key"
    file.write_text(f" {SIGNER.key}\n")
    assert key_at(str(file)) == key_at(str(SIGNER.key)) == KEY
    file.write_bytes(bytes(range(256)))
    for word in (str(file), str(tmp_path), "x" * 5000):
        with pytest.raises(NoBundle, match="no public key"):
            key_at(word)


def test_files_that_cannot_be_read(tmp_path: Path) -> None:
    for file in (tmp_path, tmp_path / "none", Path("\0"), Path("x" * 5000)):
        with pytest.raises(NoBundle, match="can't be read"):
            read(file)


@pytest.mark.parametrize(
    "content", [b"", b"\xff", b"{}", b"\n\n", b"x" * 1000, "\n— a b\n".encode(), b"\0" * 99]
)
def test_files_that_are_no_notes(content: bytes) -> None:
    with pytest.raises(NoBundle, match="no signed note"):
        verify(content, KEY)


def test_notes_of_others() -> None:
    other, elsewhere = NoteSigner(KEY.name, bytes(32)), NoteSigner("liggare/other", bytes(range(32)))
    with pytest.raises(NoBundle, match="another key"):
        verify(other.sign("{}\n").encode(), KEY)
    with pytest.raises(NoBundle, match="another ledger"):
        verify(elsewhere.sign("{}\n").encode(), KEY)


ABSURD = [
    "",
    "no JSON",
    "null",
    "[]",
    "1e999",
    "NaN",
    '"text"',
    "[" * 100_000,
    '{"format":' * 2000 + "1" + "}" * 2000,
    "9" * 10_000,
    '{"format":1}',
    '{"format":1,"case":"x"}',
    '{"format":1,"case":"00000000-0000-0000-0000-000000000000","checkpoint":1}',
    json.dumps({"format": 1, "case": "0" * 32, "checkpoint": SIGNER.sign("a\n")}),
    json.dumps({"format": 1, "case": "0" * 32, "checkpoint": SIGNER.sign(f"{KEY.name}\n1\nx\n")}),
    json.dumps(
        {"format": 1, "case": "0" * 32, "checkpoint": SIGNER.sign(f"{KEY.name}\n{'9' * 9999}\nAA==\n")}
    ),
]


@pytest.mark.parametrize("text", ABSURD, ids=range(len(ABSURD)))
def test_absurd_texts_that_the_ledger_signed(text: str) -> None:
    """No bundle, and no error of Python's either."""
    with pytest.raises(NoBundle, match="not the form of a bundle"):
        verify(SIGNER.sign(f"{text}\n").encode(), KEY)


def test_a_newer_form() -> None:
    with pytest.raises(NoBundle, match="newer form"):
        verify(SIGNER.sign('{"format": 2}\n').encode(), KEY)


def test_the_example_of_the_documentation() -> None:
    """An event's bytes and their hash, which must be the same for as long as any bundle is kept."""
    text = (Path(__file__).parents[2] / "docs" / "bundle.md").read_text("utf-8")
    case_id, at = UUID("00000000-0000-4000-8000-000000000001"), datetime(2026, 1, 2, 3, 4, 5, 6, tzinfo=UTC)
    state = '{"a":"ö"}'
    entry = entry_of(7, case_id, 2, "case.example", at, state.encode())
    row = {"position": 7, "version": 2, "topic": "case.example", "state": state}
    leaf = leaf_of(case_id, row | {"recorded_at": "2026-01-02T03:04:05.000006Z"})
    assert leaf == leaf_hash(entry)
    assert leaf.hex() == "4be69cbcbe1b50b5b1d7a2feb9452304f1f0903902e19b06b2b157b1db46d7ec"
    assert f"{entry.hex(' ')} leaf {leaf.hex()}" in " ".join(text.split())
