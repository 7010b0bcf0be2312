"""Winners are followed to kept documents, at once or span by span, whatever their numbers."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from pipelines.dedup.drops import CONFLICT, EXACT, NEAR, REPEATED, URL, Drops, claims_path, dropped_mask, read_drops
from pipelines.dedup.verdicts import settle

BASES = [0, (1 << 32) - 3, 1 << 62]
"""Where documents begin to be numbered: below, across and far above what 32 bits hold."""

CHAIN = [(1, 2, REPEATED, 1.0), (2, 3, EXACT, 1.0), (3, 9, NEAR, 0.9), (4, 3, EXACT, 1.0), (5, 1, CONFLICT, np.nan)]
"""Number, winner, reason and similarity of drops that lead to one another."""


def make(rows: list[tuple[int, int, int, float]], base: int) -> Drops:
    """Make drops of small numbers plus *base*; each id is of its winner's number."""
    numbers, winners, codes, similarities = map(np.array, zip(*rows, strict=True))
    ids = np.repeat(winners.astype(np.uint8)[:, None], 16, axis=1)
    return Drops(numbers + base, winners + base, ids, similarities.astype(np.float32), codes.astype(np.uint8))


@pytest.mark.parametrize("base", BASES)
def test_winners_are_followed_to_the_end(base: int) -> None:
    """All name the kept one, as similar as the last step; an exact copy of a near-duplicate is one, and nan stays."""
    found = settle(make(CHAIN, base), base + 1, base + 6)

    assert (found.winners - base).tolist() == [9] * 5
    assert found.doc_ids[:, 0].tolist() == [9] * 5
    assert found.codes.tolist() == [REPEATED, NEAR, NEAR, NEAR, CONFLICT]
    assert np.array_equal(found.similarities, np.array([0.9] * 4 + [np.nan], np.float32), equal_nan=True)


def test_only_a_span_is_settled() -> None:
    """Drops of other spans are looked at, and not returned."""
    assert settle(make(CHAIN, 0), 2, 4).numbers.tolist() == [2, 3]
    assert len(settle(make(CHAIN, 0), 6, 9)) == 0


def test_after_a_step_without_similarity_none_is_known() -> None:
    """Whoever was dropped for a capture of the same URL may be quite unlike the document that is kept."""
    found = settle(make([(1, 2, REPEATED, 1.0), (2, 3, URL, np.nan), (3, 4, NEAR, 0.8)], 0), 1, 4)
    assert np.isnan(found.similarities[:2]).all()
    assert found.codes.tolist() == [REPEATED, URL, NEAR]


@pytest.mark.parametrize("base", BASES)
def test_drops_are_read_by_number_and_by_winner(tmp_path: Path, base: int) -> None:
    """A span reads those of its own documents, or those whose winners it holds."""
    lows, path = np.array([0, base + 3]), str(tmp_path / "a.drops")
    drops = make(CHAIN, base)
    drops.write(path, lows)
    drops.write_claims(path, lows)

    assert (read_drops([path], base + 3, base + 100).numbers - base).tolist() == [3, 4, 5]
    assert (read_drops([claims_path(path)], base + 3, base + 100).numbers - base).tolist() == [2, 3, 4]
    assert dropped_mask([path], base + 2, base + 8).tolist() == [True, True, True, True, False, False]


def test_one_span_needs_no_claims(tmp_path: Path) -> None:
    """Where all drops are read by one task, nothing is written by winner."""
    make(CHAIN, 0).write_claims(str(tmp_path / "a.drops"), np.array([0]))
    assert list(tmp_path.iterdir()) == []
