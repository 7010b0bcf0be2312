from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from lineage.audit_log.merkle import (
    EMPTY_ROOT,
    consistency_proof,
    inclusion_proof,
    leaf_hash,
    node_hash,
    root,
    subtree_of,
    verify_consistency,
    verify_inclusion,
)

# The tree of the reference implementation of Certificate Transparency (RFC 6962): its inputs and the roots of its
# first 1 to 8 leaves.
ENTRIES = [
    bytes.fromhex(text)
    for text in (
        "",
        "00",
        "10",
        "2021",
        "3031",
        "40414243",
        "5051525354555657",
        "606162636465666768696a6b6c6d6e6f",
    )
]
ROOTS = [
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]
LEAVES = [leaf_hash(entry) for entry in ENTRIES]

sizes = st.integers(1, 70)


def numbered(count: int) -> list[bytes]:
    """Return the hashes of *count* different leaves."""
    return [leaf_hash(str(number).encode()) for number in range(count)]


def test_roots_are_those_of_the_reference() -> None:
    """Every prefix of the reference tree has the published root."""
    assert EMPTY_ROOT.hex() == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    assert [root(size, subtree_of(LEAVES)).hex() for size in range(1, 9)] == ROOTS


def test_inclusion_paths_are_those_of_rfc_6962() -> None:
    """The example of RFC 6962 section 2.1.3: the paths of d0, d3, d4 and d6 in a tree of seven leaves."""
    a, b, c, d, e, f, j = LEAVES[:7]
    g, h, i = node_hash(a, b), node_hash(c, d), node_hash(e, f)
    k, tree = node_hash(g, h), subtree_of(LEAVES)

    assert inclusion_proof(0, 7, tree) == [b, h, node_hash(i, j)]
    assert inclusion_proof(3, 7, tree) == [c, g, node_hash(i, j)]
    assert inclusion_proof(4, 7, tree) == [f, j, k]
    assert inclusion_proof(6, 7, tree) == [i, k]


def test_consistency_proofs_are_those_of_rfc_6962() -> None:
    """The example of RFC 6962 section 2.1.3: from three, four and six leaves to seven."""
    a, b, c, d, e, f, j = LEAVES[:7]
    g, h, i = node_hash(a, b), node_hash(c, d), node_hash(e, f)
    k, tree = node_hash(g, h), subtree_of(LEAVES)

    assert consistency_proof(3, 7, tree) == [c, d, g, node_hash(i, j)]
    assert consistency_proof(4, 7, tree) == [node_hash(i, j)]
    assert consistency_proof(6, 7, tree) == [i, j, k]


@given(sizes, st.data())
def test_every_leaf_is_proved_and_no_other(size: int, data: st.DataObject) -> None:
    """A proof holds for its leaf, place, size and root, and for nothing else."""
    index = data.draw(st.integers(0, size - 1))
    leaves = numbered(size)
    tree = subtree_of(leaves)
    proof, expected = inclusion_proof(index, size, tree), root(size, tree)

    assert verify_inclusion(leaves[index], index, size, proof, expected)
    assert not verify_inclusion(leaf_hash(b"another"), index, size, proof, expected)
    assert not verify_inclusion(leaves[index], index, size, [*proof, expected], expected)
    assert not verify_inclusion(leaves[index], index, size, proof, leaf_hash(b"another"))
    assert not any(
        verify_inclusion(leaves[index], other, size, proof, expected) for other in range(size) if other != index
    )
    if proof:
        assert not verify_inclusion(leaves[index], index, size, proof[:-1], expected)


@given(sizes, st.data())
def test_growth_is_proved_and_nothing_else(size: int, data: st.DataObject) -> None:
    """A consistency proof holds for a tree that only grew, and not for one in which an old leaf was changed."""
    old = data.draw(st.integers(1, size))
    changed = data.draw(st.integers(0, old - 1))
    leaves = numbered(size)
    tree = subtree_of(leaves)
    proof, old_root, new_root = consistency_proof(old, size, tree), root(old, tree), root(size, tree)
    forged = subtree_of([*leaves[:changed], leaf_hash(b"another"), *leaves[changed + 1 :]])

    assert verify_consistency(old, size, proof, old_root, new_root)
    assert not verify_consistency(old, size, [*proof, old_root], old_root, new_root)
    assert not verify_consistency(old, size, proof, root(old, forged), new_root)
    if old < size:
        assert not verify_consistency(old, size, proof[:-1], old_root, new_root)
        forgery = consistency_proof(old, size, forged)
        assert not verify_consistency(old, size, forgery, old_root, root(size, forged))
