"""Runs: rows by key, of which any range is read by itself."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.handover.runs import SPACE, KeyRange, Run, RunList, even_lows, share_keys, write_run
from pipelines.kernels.shingles import ShingleSets

KEYS = st.lists(st.integers(0, SPACE - 1) | st.integers(0, 9) | st.integers(SPACE - 9, SPACE - 1), max_size=30)


def write(path: Path, keys: list[int], lows: list[int]) -> str:
    """Write a run that says of each row where it stood, and lists its key's last digits."""
    sets = ShingleSets(
        np.concatenate([[0], np.cumsum([key % 4 for key in keys])]).astype(np.int64),
        np.array([key % 1000 for key in keys for _ in range(key % 4)], np.uint32),
    )
    columns = {"place": np.arange(len(keys)), "wide": np.arange(2 * len(keys)).reshape(-1, 2)}
    write_run(str(path), np.array(keys, np.uint64), columns, np.array(lows, np.uint64), sets)
    return str(path)


@given(st.lists(KEYS, min_size=1, max_size=3), st.lists(st.integers(0, SPACE - 1), max_size=5), st.data())
def test_any_range_is_what_sorting_would_give(
    tmp_path_factory: pytest.TempPathFactory, many: list[list[int]], lows: list[int], data: st.DataObject
) -> None:
    """Whatever ranges a run was cut by, the rows of keys [low, high) are read, in all columns, run after run."""
    folder = tmp_path_factory.mktemp("runs")
    paths = [write(folder / str(at), keys, sorted({0, *lows})) for at, keys in enumerate(many)]
    low = data.draw(st.integers(0, SPACE))
    high = data.draw(st.integers(low, SPACE))
    expected = [sorted((key, at) for at, key in enumerate(keys) if low <= key < high) for keys in many]
    flat = [row for rows in expected for row in rows]

    with KeyRange(paths, low, high) as table:
        assert [*zip(table.read("key").tolist(), table.read("place").tolist(), strict=True)] == flat
        some = np.arange(0, len(table), 2)
        assert table.take("wide", some).tolist() == [[2 * at, 2 * at + 1] for _, at in flat[::2]]
        sets = table.read_sets()
        assert [sets.hashes[a:b].tolist() for a, b in zip(sets.offsets[:-1], sets.offsets[1:], strict=True)] == [
            [key % 1000] * (key % 4) for key, _ in flat
        ]


@pytest.mark.parametrize("shares", [1, 2, 7, 4096])
def test_shares_are_all_keys(shares: int) -> None:
    """Equal shares follow one another from the least key to the largest, and begin where runs are cut for them."""
    ranges = [share_keys(share, shares) for share in range(shares)]

    assert ranges[0][0] == 0
    assert ranges[-1][1] == SPACE
    assert [low for low, _ in ranges[1:]] == [high for _, high in ranges[:-1]]
    assert even_lows(shares).tolist() == [low for low, _ in ranges]


def test_only_the_range_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A range that a run was cut by costs its rows of the columns asked for, and no keys."""
    path = write(tmp_path / "run", list(range(0, 1000, 10)), [0, 500])
    asked: list[tuple[str, int]] = []
    read = Run.read

    def noting(self: Run, name: str, start: int = 0, stop: int | None = None) -> object:
        values = read(self, name, start, stop)
        asked.append((name, len(values)))
        return values

    monkeypatch.setattr(Run, "read", noting)
    with KeyRange([path], 500, SPACE) as table:
        table.read("place")
    assert asked == [("lows", 2), ("starts", 3), ("place", 50)]


def test_lists_are_kept_in_files(tmp_path: Path) -> None:
    """A list comes back as it was, is named by what it lists, and one run is its own list."""
    listed = RunList((0, 1 << 63), (("a/x", "a/y"), ("a/z",)))
    path = listed.save(str(tmp_path))

    assert RunList.load(path) == listed
    assert listed.save(str(tmp_path)) == path
    assert RunList.of(["a/x"]).save(str(tmp_path)) == "a/x"
    assert RunList.load("a/x") == RunList.of(["a/x"])
    assert listed.between(5, 1 << 63) == ["a/x", "a/y"]
    assert listed.between(5, (1 << 63) + 1) == ["a/x", "a/y", "a/z"]
    assert listed.between(1 << 63, SPACE) == ["a/z"]
