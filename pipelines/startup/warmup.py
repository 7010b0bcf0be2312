"""Compile all kernels ahead of their use: once for each state of the sources on a machine, a minute on one core.

Whoever starts workers does it first, or each worker would compile the same. Machine code is for the processor that
compiled it: another type of processor that shares the cache folder compiles its own on first use.
"""

from __future__ import annotations

from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import pyarrow as pa

from pipelines.kernels.compiled import cache_folder, kernels_digest, store

if TYPE_CHECKING:
    from pipelines.handover.parts import PartFile

_PAGE = b"<html><body><article><h1>The harbour</h1><p>The ship has left the harbour for the sea.</p></article></body>"
_TEXT = "The ship has left the harbour, and the run_chores that sailed with it will not be home before winter. "


def is_warm() -> bool:
    """Tell whether the kernels, as their sources are now, have been compiled by :func:`warm_up`; imports none."""
    return (cache_folder() / _marker()).exists()


def warm_up() -> None:
    """Compile every kernel, or load what is compiled, by giving it something small to do; then mark that as done."""
    _extract()
    _judge()
    _decontaminate()
    _deduplicate()
    _cut_boilerplate()
    store(_marker(), lambda file: None)


def _marker() -> str:
    return f"warm-{kernels_digest()}"


def _extract() -> None:
    from connectors.capture import CAPTURES, Kind
    from pipelines.captures.bodies import decode
    from pipelines.captures.extract import extract

    page = {"kind": Kind.RECORD.value, "media_type": "text/html", "http_status": 200, "payload": _PAGE}
    extract(decode(pa.RecordBatch.from_pylist([page], schema=CAPTURES)), "main")


def _judge() -> None:
    from pipelines.steps import STEPS

    columns = {
        "text": pa.array([_TEXT * 9]),
        "language": pa.array(["en"]),
        "language_score": pa.array([1.0], pa.float32()),
    }
    for step in STEPS.values():
        step()(pa.record_batch(columns))


def _decontaminate() -> None:
    from pipelines.decontaminate.overlaps import ITEMS, BenchmarkIndex, build_index, find_overlaps

    item = {"benchmark": "warm", "id": "1", "text": _TEXT}
    index, _ = build_index(pa.RecordBatch.from_pylist([item], schema=ITEMS), [(13, 8)])
    with TemporaryDirectory() as folder:
        index.write(f"{folder}/index")
        find_overlaps(pa.array([f"Ahoy! {_TEXT}"]), BenchmarkIndex.read(f"{folder}/index"))


def _deduplicate() -> None:
    """Deduplicate copies, more than are compared pair by pair, and a text that is nearly theirs, in both ways."""
    from pipelines.dedup.deduplicate import DedupSettings, deduplicate
    from pipelines.dedup.near.candidates import SMALL
    from pipelines.dedup.near.lsh import band_keys, bands_for
    from pipelines.execution.in_process import run_tasks

    copies, settings = SMALL + 1, DedupSettings()
    texts = [_TEXT * 9] * copies + [f"{_TEXT * 9} Winter came."]
    band_keys(settings.minhash.signatures(pa.array(texts)), bands_for(settings.threshold, settings.num_perm))
    with TemporaryDirectory() as folder:
        parts = _write_parts(texts, folder)
        deduplicate(parts, DedupSettings(exact=False), folder, lambda tasks: run_tasks(tasks))
        deduplicate(parts, DedupSettings(verify="signature"), folder, lambda tasks: run_tasks(tasks))


def _cut_boilerplate() -> None:
    import numpy as np

    from pipelines.kernels.units import cut_units, distinct_hashes, find_units

    texts = pa.array([f"{_TEXT}\n{_TEXT} Ö\n\nThe ship."])
    for paragraphs in (False, True):
        units = find_units(texts, paragraphs, 15)
        distinct_hashes(units)
        cut_units(texts, units, np.ones(len(units.hashes), np.bool_))


def _write_parts(texts: list[str], folder: str) -> list[PartFile]:
    from pipelines.dedup.deduplicate import DedupSettings
    from pipelines.handover.ids import content_ids
    from pipelines.handover.parts import Keying, PartWriter

    columns = {
        "doc_id": pa.array([row.to_bytes(16, "big") for row in range(len(texts))], pa.binary(16)),
        "content_id": content_ids(pa.array(texts)),
        "text": pa.array(texts),
    }
    writer = PartWriter(f"{folder}/warm", Keying(DedupSettings().minhash, near=True, survivor=("longest",)))
    writer.write(pa.record_batch(columns))
    return writer.close()
