"""The Merkle tree of RFC 9162 (SHA-256): hashes, roots, and proofs that can be tried without the tree.

    leaf    SHA-256(0x00, entry)
    node    SHA-256(0x01, left, right)

A tree of n leaves splits at the largest power of two below n. So a subtree that is full never changes again, which
is what lets a tree grow, and a proof of an early leaf be tried against a late root.
"""

from collections.abc import Callable, Iterable, Sequence
from hashlib import sha256

Hashes = Callable[[int, int], bytes]
"""Returns the hash of the full subtree of 2 ** level leaves with that number, counted from 0 on its level."""

EMPTY = sha256().digest()
"""The root of a tree without leaves."""


def leaf_hash(entry: bytes) -> bytes:
    """Return the hash of an entry (RFC 9162, 2.1.1)."""
    return sha256(b"\0" + entry).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """Return the hash of two subtrees beside each other (RFC 9162, 2.1.1)."""
    return sha256(b"\1" + left + right).digest()


def parents(hashes: Sequence[bytes]) -> list[bytes]:
    """Return the level above some hashes of one level; a last one without a neighbour has no parent yet."""
    pairs = iter(hashes)
    return [sha256(b"\1" + left + right).digest() for left, right in zip(pairs, pairs, strict=False)]


def root(hashes: Hashes, size: int) -> bytes:
    """Return the root of a tree of so many leaves."""
    return _range_hash(hashes, 0, size) if size else EMPTY


def _range_hash(hashes: Hashes, start: int, end: int) -> bytes:
    """Return the hash of the leaves from start up to end, where start is aligned to as many leaves or more."""
    found = b""
    for level, number in reversed(_full(start, end)):
        found = node_hash(hashes(level, number), found) if found else hashes(level, number)
    return found


def _full(start: int, end: int) -> list[tuple[int, int]]:
    """Return the largest full subtrees that leaves consist of, from the left, each as level and number."""
    found = []
    while start < end:
        level = (end - start).bit_length() - 1
        found.append((level, start >> level))
        start += 1 << level
    return found


def inclusion_proof(hashes: Hashes, index: int, size: int) -> list[bytes]:
    """Return the hashes that lead from a leaf to the root of a tree of so many leaves (RFC 9162, 2.1.3.1)."""
    _within(0 <= index < size, f"there is no leaf {index} in a tree of {size}")
    path, start, end = [], 0, size
    while end - start > 1:
        middle = start + _split(end - start)
        if index < middle:
            path.append(_range_hash(hashes, middle, end))
            end = middle
        else:
            path.append(_range_hash(hashes, start, middle))
            start = middle
    return path[::-1]


def root_of_inclusion(leaf: bytes, index: int, size: int, path: Iterable[bytes]) -> bytes | None:
    """Return the root that an inclusion proof leads to, None where it can't be one (RFC 9162, 2.1.3.2)."""
    if not 0 <= index < size:
        return None
    here, last, found = index, size - 1, leaf
    for hashed in path:
        if last == 0:
            return None
        if here & 1 or here == last:
            found = node_hash(hashed, found)
            while not here & 1 and here:
                here, last = here >> 1, last >> 1
        else:
            found = node_hash(found, hashed)
        here, last = here >> 1, last >> 1
    return found if last == 0 else None


def consistency_proof(hashes: Hashes, first: int, second: int) -> list[bytes]:
    """Return the hashes that show that a tree only grew from one size to another (RFC 9162, 2.1.4.1)."""
    _within(0 < first <= second, f"a tree of {first} leaves does not grow to one of {second}")
    path, start, end, whole = list[bytes](), 0, second, True
    while first < end:
        middle = start + _split(end - start)
        if first <= middle:
            path.append(_range_hash(hashes, middle, end))
            end = middle
        else:
            path.append(_range_hash(hashes, start, middle))
            start, whole = middle, False
    if not whole:
        path.append(_range_hash(hashes, start, end))
    return path[::-1]


def is_consistent(first: int, first_root: bytes, second: int, second_root: bytes, path: list[bytes]) -> bool:
    """Tell whether a proof shows that the second tree begins with the first (RFC 9162, 2.1.4.2)."""
    if not 0 < first <= second:
        return False
    if first == second:
        return not path and first_root == second_root
    left = [first_root, *path] if first & (first - 1) == 0 else list(path)
    if not left:
        return False
    here, last = first - 1, second - 1
    while here & 1:
        here, last = here >> 1, last >> 1
    old = new = left[0]
    for hashed in left[1:]:
        if last == 0:
            return False
        if here & 1 or here == last:
            old, new = node_hash(hashed, old), node_hash(hashed, new)
            while not here & 1 and here:
                here, last = here >> 1, last >> 1
        else:
            new = node_hash(new, hashed)
        here, last = here >> 1, last >> 1
    return last == 0 and old == first_root and new == second_root


def _split(size: int) -> int:
    """Return the largest power of two below a size."""
    return 1 << (size - 1).bit_length() - 1


def _within(holds: bool, otherwise: str) -> None:
    if not holds:
        raise ValueError(otherwise)
