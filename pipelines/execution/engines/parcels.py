"""Assignments in a file: the graph of an engine carries where each task stands, however many and large they are.

Engines take graphs of some megabytes (Dataflow: 20), and some thousand tasks are as large. Workers read their own task
and no other, and nothing that is not, byte for byte, what the driver has written.
"""

from __future__ import annotations

import hashlib
import pickle
from collections.abc import Sequence
from dataclasses import dataclass

from pipelines.errors import UnfitWorker
from pipelines.execution.remote import Answer, Assignment, carry_out
from pipelines.handover.workfiles import reading, writing

GRAPH_BYTES = 1 << 20
"""Bytes of assignments that a graph carries itself: few tasks need no file, and their workers none to see."""


@dataclass(frozen=True, slots=True)
class Parcel:
    """An assignment that stands in a file.

    Attributes:
        path: of the file.
        start, stop: where in it.
        sha256: of these bytes.
    """

    path: str
    start: int
    stop: int
    sha256: bytes


def size_of(sent: Sequence[Assignment]) -> int:
    """Return about how many bytes *sent* take in a graph, from some of them."""
    some = sent[:: max(1, len(sent) // 64)]
    return sum(len(pickle.dumps(one)) for one in some) * len(sent) // max(1, len(some))


def pack(sent: Sequence[Assignment], path: str) -> list[Parcel]:
    """Write *sent* to the file at *path*, which all workers reach; return where each stands."""
    parcels, start = [], 0
    with writing(path) as file:
        for one in sent:
            content = pickle.dumps(one)
            file.write(content)
            parcels.append(Parcel(path, start, start + len(content), hashlib.sha256(content).digest()))
            start += len(content)
    return parcels


def carry_out_parcel(parcel: Parcel) -> Answer:
    """Do what carry_out does with the assignment in *parcel*.

    Raises:
        UnfitWorker: the file holds something else than the driver has written.
    """
    with reading(parcel.path) as file:
        file.seek(parcel.start)
        content = bytes(file.read(parcel.stop - parcel.start))
    if hashlib.sha256(content).digest() != parcel.sha256:
        raise UnfitWorker("the files between stages are not those that the driver has written; nothing was run")
    assignment: Assignment = pickle.loads(content)
    return carry_out(assignment)
