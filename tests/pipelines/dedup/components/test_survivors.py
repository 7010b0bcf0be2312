"""The walk keeps its promise: every drop has a kept, verified twin, whatever the order in which pairs are given."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.dedup.catalogue import Numbers
from pipelines.dedup.components.survivors import KEPT, OPEN, Fates, Neighbours, walk, walk_estimated
from pipelines.kernels.minhash import MinHasher
from pipelines.kernels.shingles import ShingleSets

TEXTS = st.lists(st.text("ab ", min_size=1, max_size=12), min_size=2, max_size=12)
THRESHOLD = 0.5


def sets_of(texts: list[str]) -> ShingleSets:
    """Shingle single words."""
    return MinHasher(1, shingle=1).sketch(pa.array(texts))[1]


def decide(sets: ShingleSets, pairs: list[tuple[int, int]], order: Numbers | None = None) -> Fates:
    """Walk over *pairs*."""
    left, right = np.array(pairs, np.int64).reshape(-1, 2).T
    order = np.arange(len(sets)) if order is None else order
    return walk(Neighbours.of(left, right, len(sets)), np.full(len(sets), OPEN), order, sets, THRESHOLD)


def all_pairs(size: int) -> list[tuple[int, int]]:
    """Pair everyone with everyone."""
    return [(i, j) for i in range(size) for j in range(i)]


@settings(deadline=None)  # the first call may compile
@given(TEXTS, st.data())
def test_every_drop_has_a_kept_verified_twin(texts: list[str], data: st.DataObject) -> None:
    """A dropped document names a kept one, earlier in the order, with their exact similarity, at the threshold."""
    sets = sets_of(texts)
    fates = decide(sets, data.draw(st.lists(st.sampled_from(all_pairs(len(texts))))))
    for node in np.flatnonzero(fates.winners != KEPT).tolist():
        winner = int(fates.winners[node])
        assert winner < node
        assert fates.winners[winner] == KEPT
        assert fates.similarities[node] == sets.similarity(node, winner) >= THRESHOLD


@settings(deadline=None)  # the first call may compile
@given(TEXTS, st.data())
def test_no_two_kept_candidates_are_similar(texts: list[str], data: st.DataObject) -> None:
    """Of the candidates, none that reach the threshold are both kept."""
    sets = sets_of(texts)
    pairs = data.draw(st.lists(st.sampled_from(all_pairs(len(texts)))))
    kept = decide(sets, pairs).winners == KEPT
    assert not any(kept[i] and kept[j] and sets.similarity(i, j) >= THRESHOLD for i, j in pairs)


@settings(deadline=None)  # the first call may compile
@given(TEXTS, st.randoms(use_true_random=False))
def test_the_order_of_pairs_does_not_matter(texts: list[str], random: object) -> None:
    """Shuffled, swapped and repeated pairs give the same fates."""
    pairs = all_pairs(len(texts))
    shuffled = [(j, i) for i, j in pairs] + pairs
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    first, second = decide(sets_of(texts), pairs), decide(sets_of(texts), shuffled)
    assert np.array_equal(first.winners, second.winners)
    assert np.array_equal(first.similarities, second.similarities, equal_nan=True)


@settings(deadline=None)  # the first call may compile
@given(TEXTS)
def test_survivors_survive_again(texts: list[str]) -> None:
    """Deduplicating what was kept drops nothing."""
    fates = decide(sets_of(texts), all_pairs(len(texts)))
    kept = [text for text, winner in zip(texts, fates.winners, strict=True) if winner == KEPT]
    assert (decide(sets_of(kept), all_pairs(len(kept))).winners == KEPT).all()


def test_a_chain_does_not_orphan_its_end() -> None:
    """Where b resembles a, and c resembles b but not a, c stays."""
    sets = sets_of(["a b c d", "a b c d e f g", "d e f g h"])
    assert decide(sets, [(0, 1), (1, 2)]).winners.tolist() == [KEPT, 0, KEPT]


def test_the_survivor_of_a_dropped_neighbour_is_tried() -> None:
    """A document whose only candidate was dropped is compared with that one's survivor."""
    sets = sets_of(["a b c d", "a b c d e", "a b c d f"])
    assert decide(sets, [(0, 1), (1, 2)]).winners.tolist() == [KEPT, 0, 0]


def test_the_most_similar_survivor_is_named_and_ties_go_to_the_earlier() -> None:
    """Of two kept neighbours the more similar wins, and the preferred one if they are equal."""
    sets = sets_of(["a b c d x y z", "a b c d e f g h", "a b c d e f", "p q", "r s", "p q r s"])
    fates = decide(sets, [(0, 2), (1, 2), (3, 5), (4, 5)])
    assert fates.winners.tolist() == [KEPT, KEPT, 1, KEPT, KEPT, 3]


def test_sets_may_stand_in_another_order() -> None:
    """The k-th document in survivor order is the set order[k]."""
    sets = sets_of(["a b c", "q", "a b c"])
    assert decide(sets, [(0, 1)], np.array([2, 0, 1])).winners.tolist() == [KEPT, 0, KEPT]


def test_estimates_decide_by_equal_values() -> None:
    """Without texts the share of equal signature values is the similarity."""
    signatures = np.array([[1, 2, 3, 4], [1, 2, 3, 9], [7, 7, 7, 9]], np.uint32)
    neighbours = Neighbours.of(np.array([1, 2]), np.array([0, 1]), 3)
    fates = walk_estimated(neighbours, np.full(3, OPEN), np.arange(3), signatures, 0.75)
    assert fates.winners.tolist() == [KEPT, 0, KEPT]
    assert fates.similarities[1] == 0.75
