"""The passes over a batch of captures, top to bottom: what is done to it, and in which order the ledger tells of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import pyarrow as pa

from pipelines.annotate.identify import Identify, IdentifyFailed, SetAside, fail
from pipelines.annotate.rights import Rights
from pipelines.annotate.suppress import Suppress
from pipelines.annotate.text import (
    Decontaminate,
    Extract,
    decode_bodies,
    drop_truncated,
    identify_texts,
    set_revisits_aside,
)
from pipelines.annotate.treatment import Reading, Treatment
from pipelines.captures.revisits import CaptureIndex
from pipelines.code.plugins import guarded
from pipelines.handover import events
from pipelines.handover.events import FAILED, EventLog, Order
from pipelines.outcome import Outcome


@dataclass(frozen=True, slots=True)
class Pass:
    """Something that is done to a batch.

    Attributes:
        step: what the ledger calls it.
        order: the place of its events among those of a document (handover.events.Order).
        apply: does it; says what goes on, what is dropped and why, and what was changed.
        ends: the outcome of what it drops.
    """

    step: str
    order: int
    apply: Callable[[pa.RecordBatch], Outcome]
    ends: str = events.DROPPED

    def run(self, batch: pa.RecordBatch, log: EventLog, place: dict[str, str]) -> pa.RecordBatch:
        """Apply it to *batch* and log what became of documents, with the columns of *place*; return what goes on."""
        outcome = self.apply(batch)
        named = {"seq": int(self.order), "step": self.step, **place}
        why = {"reason": outcome.reasons, "value": outcome.values, "detail": outcome.details}
        log.add(events.events(outcome.dropped, outcome=self.ends, **named, **why))
        if outcome.change_reason is not None and len(outcome.changed):
            edited = outcome.kept.take(pa.array(outcome.changed))
            counted = None if outcome.change_values is None else pa.array(outcome.change_values, pa.float64())
            why = {"reason": outcome.change_reason.value, "value": counted, "detail": outcome.change_details}
            log.add(events.events(edited, outcome=events.CHANGED, **named, **why))
        return outcome.kept


def passes_over_failures(reading: Reading, treatment: Treatment, file_digest: str) -> list[Pass]:
    """Return what is done to records that could not be read."""
    passes = [Pass("capture", Order.CAPTURE, IdentifyFailed(reading.source, file_digest))]
    if treatment.suppression is not None:
        passes.append(Pass("erase", Order.RIGHTS, Suppress(treatment.suppression, reading.source, {}).by_address))
    return [*passes, Pass("capture", Order.CAPTURE, fail, ends=FAILED)]


def passes_over_overdue(reading: Reading, file_digest: str) -> list[Pass]:
    """Return what is done to records that are beyond the deadline."""
    return [Pass("capture", Order.CAPTURE, SetAside(reading.source, file_digest))]


def passes_over_captures(rights: Rights, file: str, index: CaptureIndex) -> list[Pass]:
    """Return what is done to captures of *file* that were read; *index* is told of each of them."""
    reading, treatment = rights.reading, rights.treatment
    refused, withdrawn, unwanted = _suppression(rights)
    steps = [Pass(name, Order.STEPS + place, guarded(name, step)) for place, (name, step) in enumerate(treatment.steps)]
    benchmarks = treatment.benchmarks
    return [
        Pass("capture", Order.CAPTURE, Identify(reading, index)),
        *refused,
        Pass("capture", Order.CAPTURE, set_revisits_aside),
        *([Pass("capture", Order.CAPTURE, drop_truncated)] if reading.options.get("truncated") == "drop" else []),
        Pass("capture", Order.CAPTURE, decode_bodies),
        Pass("policy", Order.RIGHTS, rights.add_profiles),
        *withdrawn,
        Pass("policy", Order.RIGHTS, rights.decide),
        Pass("extract", Order.EXTRACT, Extract(reading, file, rights.parsed)),
        *steps,
        *([Pass("policy", Order.LANGUAGE_RIGHTS, rights.decide_finally)] if rights.asks_language else []),
        *([Pass("decontaminate", Order.DECONTAMINATE, Decontaminate(benchmarks.path))] if benchmarks else []),
        Pass("identify", Order.CONTENT, identify_texts),
        *unwanted,
        Pass("policy", Order.CONTENT, rights.decide_by_content),
    ]


def _suppression(rights: Rights) -> tuple[list[Pass], list[Pass], list[Pass]]:
    """Return what refuses captures by their address, by the rules of withdrawals, and by their content."""
    suppression = rights.treatment.suppression
    if suppression is None:
        return [], [], []
    suppress = Suppress(suppression, rights.reading.source, rights.profiles)
    return (
        [Pass("erase", Order.RIGHTS, suppress.by_address)],
        [Pass("revise", Order.RIGHTS, suppress.by_rule)],
        [Pass("erase", Order.CONTENT, suppress.by_content)],
    )
