"""Signed notes and checkpoints: what was signed reads back, and nothing else does."""

import base64
from datetime import UTC, datetime

import pytest

from ledger.checkpoint import Checkpoint, open_checkpoint
from ledger.signed_note import NoteFault, NoteKey, NoteSigner

SIGNER = NoteSigner("liggare/0123456789abcdef", bytes(range(32)))
KEY = NoteKey.parse(str(SIGNER.key))
SEALED_AT = datetime(2026, 11, 22, 4, 5, 6, 789, tzinfo=UTC)
CHECKPOINT = Checkpoint("liggare/0123456789abcdef", 41233, bytes(range(32)), 41240, SEALED_AT)


def test_a_note_reads_back() -> None:
    """Paragraphs, and a line that looks like a signature, are text as any other."""
    for text in ("one line\n", "two\n\nparagraphs\n", "a\n\n— liggare/x AAAA\n", "å\n"):
        assert KEY.open(SIGNER.sign(text)) == text


def test_a_note_known_elsewhere() -> None:
    """The example of the standard's own library for Go (golang.org/x/mod/sumdb/note)."""
    key = NoteKey.parse("PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW")
    note = (
        "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n\n"
        "— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6Ryy"
        "BwJnAM=\n"
    )
    assert key.open(note).startswith("If you think")


def test_every_changed_byte_is_noticed() -> None:
    """Any byte of a note, changed to any of its neighbours, is a fault; so is every cut."""
    note = SIGNER.sign(CHECKPOINT.text).encode()
    for place in range(len(note)):
        for flip in (1, 2, 4, 32, 128):
            changed = bytearray(note)
            changed[place] ^= flip
            with pytest.raises((NoteFault, UnicodeDecodeError)):
                KEY.open(changed.decode())
    for length in range(len(note)):
        with pytest.raises((NoteFault, UnicodeDecodeError)):
            KEY.open(note[:length].decode())


def test_signed_by_another() -> None:
    other = NoteSigner("liggare/0123456789abcdef", bytes(32))
    with pytest.raises(NoteFault, match="another key"):
        KEY.open(other.sign("text\n"))
    with pytest.raises(NoteFault, match="another ledger"):
        KEY.open(NoteSigner("liggare/other", bytes(range(32))).sign("text\n"))


def test_malformed_signatures() -> None:
    """Not base64, or base64 that another writing of the same bytes would be."""
    note = SIGNER.sign("text\n")
    with pytest.raises(NoteFault, match="malformed"):
        KEY.open(note.replace("=\n", "\n"))
    last = note[-3]  # the last letter before '=' has bits that no byte has
    with pytest.raises(NoteFault, match="malformed"):
        KEY.open(f"{note[:-3]}{chr(ord(last) + 1)}=\n")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "x",
        "a+b",
        "a+00000000+AAAA",
        f"{KEY}x",
        str(KEY).replace("+A", "+B"),
        "a+00000000+=",
        "a+00000000+A",
    ],
)
def test_not_a_key(text: str) -> None:
    with pytest.raises(NoteFault, match=r"not a public key|mistyped"):
        NoteKey.parse(text)


def test_a_mistyped_key() -> None:
    """Its id is a checksum, so that a slip of the pen is no other ledger's key."""
    name, number, packed = str(KEY).split("+", 2)
    public = bytearray(base64.b64decode(packed))
    public[9] ^= 1
    with pytest.raises(NoteFault, match="mistyped"):
        NoteKey.parse(f"{name}+{number}+{base64.b64encode(public).decode()}")


def test_a_checkpoint_reads_back() -> None:
    assert open_checkpoint(SIGNER.sign(CHECKPOINT.text), KEY) == CHECKPOINT


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("liggare/0123456789abcdef\n", "liggare/fedcba9876543210\n"),
        ("41233", "041233"),
        ("41233", "0"),
        ("position", "place"),
        ("2026-11", "2026-13"),
        ("Z\n", "Z\nmore\n"),
    ],
)
def test_signed_but_no_checkpoint(before: str, after: str) -> None:
    text = CHECKPOINT.text.replace(before, after, 1)
    assert text != CHECKPOINT.text
    with pytest.raises(NoteFault, match="no checkpoint"):
        open_checkpoint(SIGNER.sign(text), KEY)
