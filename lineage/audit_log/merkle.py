"""RFC 6962 Merkle trees: roots, inclusion and consistency proofs, and their verification.

A tree is given by a function ``subtree(level, index)`` that returns the hash of the perfect subtree over the leaves
[index * 2^level, (index + 1) * 2^level), so that roots and proofs of a large log need a few hashes and not its leaves.
All hashes are 32 bytes of SHA-256. Verification follows RFC 9162 section 2.1.3.2 and 2.1.4.2, which spell out the
algorithms for the same trees.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Sequence

Subtree = Callable[[int, int], bytes]

EMPTY_ROOT = hashlib.sha256(b"").digest()
"""The root of a tree without leaves."""


def leaf_hash(entry: bytes) -> bytes:
    """Return the hash of a leaf (RFC 6962 section 2.1)."""
    return hashlib.sha256(b"\x00" + entry).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """Return the hash of an inner node (RFC 6962 section 2.1)."""
    return hashlib.sha256(b"\x01" + left + right).digest()


def fold(hashes: Sequence[bytes]) -> bytes:
    """Return the hash of the perfect subtree over *hashes*, whose number is a power of two."""
    row = list(hashes)
    while len(row) > 1:
        row = [node_hash(row[at], row[at + 1]) for at in range(0, len(row), 2)]
    return row[0]


def subtree_of(leaves: Sequence[bytes]) -> Subtree:
    """Return the tree over leaf hashes that are in memory."""
    return lambda level, index: fold(leaves[index << level : (index + 1) << level])


def root(size: int, subtree: Subtree) -> bytes:
    """Return the Merkle tree hash of the first *size* leaves."""
    return _range_hash(0, size, subtree) if size else EMPTY_ROOT


def inclusion_proof(index: int, size: int, subtree: Subtree) -> list[bytes]:
    """Return the audit path of leaf *index* in the tree of *size* leaves (RFC 6962 section 2.1.1).

    Raises ValueError if the tree has no such leaf.
    """
    if not 0 <= index < size:
        raise ValueError(f"a tree of {size} leaves has no leaf {index}")
    return [*_path(index, 0, size, subtree)]


def consistency_proof(old: int, size: int, subtree: Subtree) -> list[bytes]:
    """Return the proof that the tree of *size* leaves goes on from its first *old* (RFC 6962 section 2.1.2).

    Raises ValueError unless 0 < old <= size.
    """
    if not 0 < old <= size:
        raise ValueError(f"no proof leads from {old} leaves to {size}")
    return [*_subproof(old, 0, size, subtree, known=True)]


def verify_inclusion(leaf: bytes, index: int, size: int, proof: Sequence[bytes], expected: bytes) -> bool:
    """Tell whether *proof* shows that the leaf with hash *leaf* is leaf *index* of the tree with root *expected*."""
    if not 0 <= index < size:
        return False
    place, last, found = index, size - 1, leaf
    for sibling in proof:
        if last == 0:
            return False
        if place & 1 or place == last:
            found = node_hash(sibling, found)
            while place and not place & 1:
                place, last = place >> 1, last >> 1
        else:
            found = node_hash(found, sibling)
        place, last = place >> 1, last >> 1
    return last == 0 and found == expected


def verify_consistency(old: int, size: int, proof: Sequence[bytes], old_root: bytes, new_root: bytes) -> bool:
    """Tell whether *proof* shows that the tree of *size* leaves with *new_root* begins with that of *old* leaves."""
    if old == size:
        return not proof and old_root == new_root
    if not 0 < old < size:
        return False
    steps = [old_root, *proof] if old & (old - 1) == 0 else list(proof)
    if not steps:
        return False
    return _roots(old - 1, size - 1, steps) == (old_root, new_root)


def _roots(place: int, last: int, steps: Sequence[bytes]) -> tuple[bytes, bytes] | None:
    """Return the old and the new root that a consistency proof leads to, None if it has another length."""
    while place & 1:
        place, last = place >> 1, last >> 1
    before = after = steps[0]
    for step in steps[1:]:
        if last == 0:
            return None
        if place & 1 or place == last:
            before, after = node_hash(step, before), node_hash(step, after)
            while place and not place & 1:
                place, last = place >> 1, last >> 1
        else:
            after = node_hash(after, step)
        place, last = place >> 1, last >> 1
    return (before, after) if last == 0 else None


def _range_hash(start: int, end: int, subtree: Subtree) -> bytes:
    count = end - start
    if count & (count - 1) == 0:
        return subtree(count.bit_length() - 1, start // count)
    middle = start + _split(count)
    return node_hash(_range_hash(start, middle, subtree), _range_hash(middle, end, subtree))


def _path(index: int, start: int, end: int, subtree: Subtree) -> Iterator[bytes]:
    if end - start == 1:
        return
    middle = start + _split(end - start)
    if index < middle:
        yield from _path(index, start, middle, subtree)
        yield _range_hash(middle, end, subtree)
    else:
        yield from _path(index, middle, end, subtree)
        yield _range_hash(start, middle, subtree)


def _subproof(old: int, start: int, end: int, subtree: Subtree, *, known: bool) -> Iterator[bytes]:
    """Yield SUBPROOF(old - start, D[start:end], known)."""
    if old == end:
        if not known:
            yield _range_hash(start, end, subtree)
        return
    middle = start + _split(end - start)
    if old <= middle:
        yield from _subproof(old, start, middle, subtree, known=known)
        yield _range_hash(middle, end, subtree)
    else:
        yield from _subproof(old, middle, end, subtree, known=False)
        yield _range_hash(start, middle, subtree)


def _split(count: int) -> int:
    """Return the largest power of two smaller than *count*, which is 2 at least."""
    return 1 << ((count - 1).bit_length() - 1)
