"""The Merkle tree against RFC 9162's own definitions, written out again here without a thought of speed."""

from hashlib import sha256

import pytest

from ledger.merkle import (
    EMPTY,
    consistency_proof,
    inclusion_proof,
    is_consistent,
    leaf_hash,
    node_hash,
    parents,
    root,
    root_of_inclusion,
)

SIZES = range(1, 68)
ENTRIES = [bytes([number]) * number for number in range(max(SIZES) + 1)]


def split(size: int) -> int:
    return max(1 << power for power in range(10) if 1 << power < size)


def tree_hash(entries: list[bytes]) -> bytes:
    """MTH of section 2.1.1."""
    if not entries:
        return sha256().digest()
    if len(entries) == 1:
        return sha256(b"\0" + entries[0]).digest()
    k = split(len(entries))
    return sha256(b"\1" + tree_hash(entries[:k]) + tree_hash(entries[k:])).digest()


def path(index: int, entries: list[bytes]) -> list[bytes]:
    """PATH of section 2.1.3.1."""
    if len(entries) == 1:
        return []
    k = split(len(entries))
    if index < k:
        return [*path(index, entries[:k]), tree_hash(entries[k:])]
    return [*path(index - k, entries[k:]), tree_hash(entries[:k])]


def subproof(first: int, entries: list[bytes], *, whole: bool) -> list[bytes]:
    """SUBPROOF of section 2.1.4.1."""
    if first == len(entries):
        return [] if whole else [tree_hash(entries)]
    k = split(len(entries))
    if first <= k:
        return [*subproof(first, entries[:k], whole=whole), tree_hash(entries[k:])]
    return [*subproof(first - k, entries[k:], whole=False), tree_hash(entries[:k])]


LEVELS = [[leaf_hash(entry) for entry in ENTRIES]]
while len(LEVELS[-1]) > 1:
    LEVELS.append(parents(LEVELS[-1]))


def hashes(level: int, number: int) -> bytes:
    return LEVELS[level][number]


def test_the_root_of_nothing() -> None:
    assert root(hashes, 0) == EMPTY == tree_hash([])


def test_known_roots() -> None:
    """Figures that Certificate Transparency's own tests pin: the empty entry, and two of them."""
    empty = leaf_hash(b"")
    assert empty.hex() == "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d"
    assert node_hash(empty, leaf_hash(b"\0")).hex() == (
        "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125"
    )


@pytest.mark.parametrize("size", SIZES)
def test_roots_and_inclusion(size: int) -> None:
    """Every leaf of every size: the proof is the standard's, leads to the root, and no changed one does."""
    entries = ENTRIES[:size]
    whole = tree_hash(entries)
    assert root(hashes, size) == whole
    for index in range(size):
        proof = inclusion_proof(hashes, index, size)
        assert proof == path(index, entries)
        assert root_of_inclusion(LEVELS[0][index], index, size, proof) == whole
        assert root_of_inclusion(LEVELS[0][index], index, size, [*proof, whole]) is None
        if proof:
            assert root_of_inclusion(LEVELS[0][index], index, size, proof[:-1]) is None
            assert root_of_inclusion(LEVELS[0][index], index, size, [bytes(32), *proof[1:]]) != whole
        assert root_of_inclusion(leaf_hash(b"other"), index, size, proof) != whole


@pytest.mark.parametrize("index", [-1, 5, 6])
def test_no_such_leaf(index: int) -> None:
    assert root_of_inclusion(LEVELS[0][0], index, 5, []) is None
    with pytest.raises(ValueError, match="no leaf"):
        inclusion_proof(hashes, index, 5)


@pytest.mark.parametrize("size", SIZES)
def test_consistency(size: int) -> None:
    """Every earlier size: the proof is the standard's and holds; with another root, more or less, it doesn't."""
    entries = ENTRIES[:size]
    whole = tree_hash(entries)
    for first in range(1, size + 1):
        proof, before = consistency_proof(hashes, first, size), tree_hash(entries[:first])
        assert proof == subproof(first, entries, whole=True)
        assert is_consistent(first, before, size, whole, proof)
        assert not is_consistent(first, bytes(32), size, whole, proof)
        assert not is_consistent(first, before, size, bytes(32), proof)
        assert not is_consistent(first, before, size, whole, [*proof, whole])
        if proof:
            assert not is_consistent(first, before, size, whole, proof[:-1])
            assert not is_consistent(first, before, size, whole, [bytes(32), *proof[1:]])
            assert not is_consistent(first, before, size, whole, [])


@pytest.mark.parametrize(("first", "second"), [(0, 3), (4, 3), (-1, 3)])
def test_no_such_growth(first: int, second: int) -> None:
    assert not is_consistent(first, EMPTY, second, EMPTY, [])
    with pytest.raises(ValueError, match="does not grow"):
        consistency_proof(hashes, first, second)
