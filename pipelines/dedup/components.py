"""Connected components of candidate pairs, and their distribution over the tasks that verify them.

Components only say which documents must be looked at together; they never decide a drop.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from pipelines.dedup.candidates import Pairs, read_pairs
from pipelines.dedup.catalogue import Catalogue
from pipelines.dedup.distinct import distinct
from pipelines.execution.once import Once, names
from pipelines.execution.stage import Report
from pipelines.handover.sections import Array, Sections, write_sections
from pipelines.handover.workfiles import write_json
from pipelines.kernels.compiled import kernel

Shares = npt.NDArray[np.int32]


@dataclass(frozen=True, slots=True)
class ConnectReport(Report):
    """Paths of the routed pairs and of the sizes of shares; components of two or more, and documents of the largest."""

    routed: Sequence[str]
    shares: str
    components: int
    largest: int


@dataclass(frozen=True)
class ConnectTask(Once[ConnectReport]):
    """Join candidate pairs to components, and sort each file of pairs by the share its component falls to.

    One task for the whole job, since a component may reach anywhere. It holds about 30 bytes for each document of the
    job and 40 for each pair of *one* file, and reads the files one after another: memory does not grow with the number
    of pairs, and there is no bound on it. Documents are bounded by the catalogue, which refuses 2**32 of them; 100
    million need 3 GB. A share holds whole components and about *text_bytes* of text: it exceeds that by less than its
    last component.

    Attributes:
        pairs: paths of files of candidate pairs.
        text_bytes: bytes of text of a share.
        catalogue: path of the catalogue.
        out: folder of outputs.
    """

    pairs: tuple[str, ...]
    text_bytes: int
    catalogue: str
    out: str

    @property
    def cost(self) -> int:
        """Return the number of files."""
        return len(self.pairs)

    def inputs(self) -> Any:
        """Return what the output depends on."""
        return [self.text_bytes, names([self.catalogue, *self.pairs])]

    def work(self) -> ConnectReport:
        """Write the routed pairs and the sizes of the shares (JSON, bytes of text); count the components."""
        catalogue = Catalogue.load(self.catalogue)
        parents = np.arange(len(catalogue), dtype=np.uint32)
        for path in self.pairs:
            _join(parents, read_pairs(path))
        _settle(parents)
        weights, members = _weigh(parents, _sizes(catalogue))
        shares, sizes = _share(weights, members, self.text_bytes)
        routed = [self._route(at, path, parents, shares, len(sizes)) for at, path in enumerate(self.pairs)]
        write_json(f"{self.path}.shares", sizes.tolist())
        components, largest = int((members > 1).sum()), int(members.max(initial=0))
        return ConnectReport(self.id, routed, f"{self.path}.shares", components, largest if components else 0)

    def _route(self, at: int, path: str, parents: Array, shares: Shares, count: int) -> str:
        pairs = read_pairs(path)
        share = shares[parents[pairs >> np.uint64(32)]]
        order = np.argsort(share, kind="stable")
        starts = np.searchsorted(share[order], np.arange(count + 1))
        target = f"{self.path}-{at:04}.routed"
        write_sections(target, {"pairs": pairs[order], "starts": starts.astype(np.int64)})
        return target


def pairs_of_share(routed: Sequence[str], share: int) -> Pairs:
    """Return the distinct pairs of a share, ascending, reading only its range of each file."""
    pieces = [np.empty(0, np.uint64)]
    for path in routed:
        with Sections(path) as sections:
            start, stop = sections.read("starts", share, share + 2).tolist()
            pieces.append(sections.read("pairs", start, stop))
    return distinct(pieces)


def _sizes(catalogue: Catalogue) -> Array:
    return np.concatenate([np.empty(0, np.int64), *catalogue.read("size")])


@kernel
def _join(parents: Any, pairs: Any) -> None:
    """Unite the two documents of each packed pair (union-find with path halving; the least document is the root)."""
    for pair in pairs:
        a, b = pair >> np.uint64(32), pair & np.uint64(0xFFFFFFFF)
        while parents[a] != a:
            parents[a] = parents[parents[a]]
            a = np.uint64(parents[a])
        while parents[b] != b:
            parents[b] = parents[parents[b]]
            b = np.uint64(parents[b])
        parents[max(a, b)] = min(a, b)


@kernel
def _settle(parents: Any) -> None:
    """Point every document at its root; ascending, so that the parent, being less, is settled already."""
    for node in range(len(parents)):
        parents[node] = parents[parents[node]]


@kernel
def _weigh(parents: Any, sizes: Any) -> tuple[Any, Any]:
    """Return for each root the text (int64) and the documents (uint32) of its component; zero for other documents."""
    weights, members = np.zeros(len(parents), np.int64), np.zeros(len(parents), np.uint32)
    for node in range(len(parents)):
        weights[parents[node]] += sizes[node]
        members[parents[node]] += np.uint32(1)
    return weights, members


@kernel
def _share(weights: Any, members: Any, text_bytes: int) -> tuple[Any, Any]:
    """Return for each root of a component of two or more its share (int32), and the bytes of each share (int64)."""
    shares = np.full(len(weights), -1, np.int32)
    sizes = np.zeros(len(weights) // 2 + 1, np.int64)
    share = 0
    for root in range(len(weights)):
        if members[root] < 2:
            continue
        if sizes[share] >= text_bytes:
            share += 1
        shares[root] = share
        sizes[share] += weights[root]
    return shares, sizes[: share + (sizes[share] > 0)].copy()
