from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lineage.audit_log import merkle
from lineage.audit_log.tiles import Tiles, tile_path
from lineage.errors import LogDamaged


def entries(count: int, start: int = 0) -> list[bytes]:
    """Return *count* different entries."""
    return [f"entry {number}".encode() for number in range(start, start + count)]


def root_of(count: int) -> bytes:
    """Return the root of the first *count* entries, computed in memory."""
    return merkle.root(count, merkle.subtree_of([merkle.leaf_hash(entry) for entry in entries(count)]))


@settings(max_examples=12, deadline=None)
@given(st.lists(st.integers(1, 300), min_size=1, max_size=4))
def test_growth_in_any_portions_gives_the_tree_of_the_rfc(
    tmp_path_factory: pytest.TempPathFactory, portions: list[int]
) -> None:
    """However many entries come at once, root, proofs and entries are those of the plain tree."""
    tree = Tiles(str(tmp_path_factory.mktemp("log")), 0)
    for portion in portions:
        grown = tree.extend(entries(portion, tree.size))
        grown.prune(tree.size)
        tree = grown

    assert tree.root() == root_of(tree.size)
    for index in {0, tree.size // 2, tree.size - 1}:
        proof = merkle.inclusion_proof(index, tree.size, tree.subtree)
        leaf = merkle.leaf_hash(entries(1, index)[0])
        assert merkle.verify_inclusion(leaf, index, tree.size, proof, tree.root())
    assert [entry for number in range(-(-tree.size // 256)) for entry in tree.entries(number)] == entries(tree.size)
    assert not [*tree.misfits()]


def test_files_are_those_of_tlog_tiles(tmp_path: Path) -> None:
    """A tree of 70,000 leaves has the tiles that the specification counts, and no partial one that is whole."""
    tree = Tiles(str(tmp_path), 0).extend(entries(200))
    tree = tree.extend(entries(69_800, 200))
    tree.prune(200)
    names = {path.relative_to(tmp_path / "tile").as_posix() for path in tmp_path.rglob("*") if path.is_file()}

    assert {name for name in names if name.startswith("0/")} == {*(f"0/{n:03}" for n in range(273)), "0/273.p/112"}
    assert {name for name in names if name[:2] in {"1/", "2/"}} == {"1/000", "1/001.p/17", "2/000.p/1"}
    assert sum(name.startswith("entries/") for name in names) == 274
    assert tree.root() == root_of(70_000)


def test_large_numbers_are_cut_into_folders() -> None:
    """The example of the specification: tile 1234067."""
    assert tile_path("log", "0", 1234067, 256) == "log/tile/0/x001/x234/067"
    assert tile_path("log", "entries", 5, 3) == "log/tile/entries/005.p/3"


def test_damage_is_named(tmp_path: Path) -> None:
    """A tile that was cut short or removed is an error that names it; one whose hashes were changed does not fit."""
    tree = Tiles(str(tmp_path), 0).extend(entries(300))
    whole = Path(tile_path(str(tmp_path), "0", 0, 256))
    whole.write_bytes(whole.read_bytes()[:-32] + b"\x00" * 32)
    assert [*tree.misfits()] == [str(whole)]
    whole.write_bytes(whole.read_bytes()[:-1])
    with pytest.raises(LogDamaged, match="tile/0/000: it has 8191 bytes"):
        tree.hashes(0, 0)
    whole.unlink()
    with pytest.raises(LogDamaged, match="tile/0/000: it cannot be read"):
        tree.hashes(0, 0)
    bundle = Path(tile_path(str(tmp_path), "entries", 1, 44))
    bundle.write_bytes(bundle.read_bytes()[:-1])
    with pytest.raises(LogDamaged, match="43 whole entries instead of 44"):
        tree.entries(1)
