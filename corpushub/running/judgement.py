"""Whether what a run has made may become a version: one that keeps nothing, or reads a source badly, is no success."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from connectors.tables.fields import mapping
from connectors.tables.names import field_names
from corpushub.errors import NothingKept, TooManyFailed
from corpushub.recipe.model import Recipe
from corpushub.recipe.sections.limits import Limits
from pipelines.handover.sorted_tables import read_sorted
from pipelines.ingest import Ingested, Job
from pipelines.reasons import Reason
from policies.addresses.redaction import redact_uri

_SHOWN = 12
_ADVICE = "nothing was committed; --allow-empty commits it all the same"


@dataclass(frozen=True, slots=True)
class Judgement:
    """Judges what a run has made.

    Attributes:
        recipe: with the limits and what was asked for.
        job: what was computed.
        ingested: what came of it.
        earlier: documents of the version that the run goes on from; 0 if it reads all its sources.
    """

    recipe: Recipe
    job: Job
    ingested: Ingested
    earlier: int

    def require_success(self) -> None:
        """Raise if the version would be empty, or was read or kept worse than the recipe's limits allow.

        Files that could not be read at all have a limit of their own (--allow-failed) and do not count here. A run that
        goes on from a version keeps that one's documents: that nothing in its new files is new is a success.

        Raises:
            NothingKept: no document, or too small a share of the records, would be in the version.
            TooManyFailed: too large a share of a source's records could not be read.
        """
        limits = self.recipe.limits or Limits()
        for source, (read, failed) in sorted(self.ingested.records.items()):
            if failed > limits.max_failed * read:
                raise TooManyFailed(self._too_many_failed(source, read, failed, limits))
        counts = self.ingested.counts
        if counts["kept"] + self.earlier == 0:
            raise NothingKept(self._nothing_kept())
        if not self.earlier and counts["kept"] < limits.min_kept * counts["read"]:
            share = f"{counts['kept']:,} of {counts['read']:,} records were kept, less than {limits.min_kept:g} of them"
            raise NothingKept(f"{share} (min_kept of [limits]){self._why()}; {_ADVICE}")

    def _too_many_failed(self, source: str, read: int, failed: int, limits: Limits) -> str:
        said = f"source {source!r}: {failed:,} of {read:,} records could not be read, more than {limits.max_failed:g} "
        reasons = self._events(("failed",), source)
        why = f"of them (max_failed of [limits]): {_listed(reasons)}"
        return said + why + self._fields(source, reasons) + f"; {_ADVICE}"

    def _nothing_kept(self) -> str:
        read = self.ingested.counts["read"]
        if not read:
            return f"no document was kept: the files of the sources hold no records; {_ADVICE}"
        fields = "".join(
            self._fields(source, self._events(("failed",), source)) for source in sorted(self.ingested.records)
        )
        return f"no document was kept of {read:,} records{self._why()}{fields}{self._languages()}; {_ADVICE}"

    def _why(self) -> str:
        return f": {_listed(self.ingested.reasons)}" if self.ingested.reasons else ""

    def _events(self, outcomes: Sequence[str], source: str) -> Counter[str]:
        """Count the events of *source* with one of *outcomes*, by reason."""
        found: Counter[str] = Counter()
        for fragment in self._fragments(source):
            chosen = fragment.filter(pc.is_in(fragment["outcome"], pa.array(outcomes)))
            found.update(_counted(chosen["reason"]))
        return found

    def _fragments(self, source: str | None = None) -> Sequence[pa.Table]:
        """Return what the annotate tasks noted of *source*, or of all."""
        tasks = [task for task in self.job.tasks if source in (None, task.reading.source)]
        fragments = (read_sorted(task.events_path, "doc_id") for task in tasks)
        return [fragment.select(["outcome", "reason", "detail"]) for fragment in fragments]

    def _fields(self, source: str, reasons: Mapping[str, int]) -> str:
        """Say which fields the records of *source* have, if some lack their text."""
        if not reasons.get("missing_text"):
            return ""
        task = next(task for task in self.job.tasks if task.reading.source == source)
        options = dict(task.reading.options)
        names = [name for name in field_names(task.reading.connector, task.slice.path, options) if _speakable(name)]
        text = mapping(options)["text"]
        if not names:
            return f"; there is no text in field {text!r} of {task.name}"
        there = ", ".join(names[:_SHOWN]) + (", ..." if len(names) > _SHOWN else "")
        advice = 'write which of them holds the text: fields = { text = "..." }'
        return f"; there is no text in field {text!r} of {task.name}, whose fields are: {there}; {advice}"

    def _languages(self) -> str:
        """Say which languages were found, if documents were dropped for theirs."""
        unwanted = pa.array([Reason.LANGUAGE_NOT_WANTED.value, Reason.LANGUAGE_UNCERTAIN.value])
        found: Counter[str] = Counter()
        for fragment in self._fragments():
            dropped = fragment.filter(pc.fill_null(pc.is_in(fragment["reason"], unwanted), False))
            found.update(_counted(pc.fill_null(dropped["detail"], "none")))
        if not found:
            return ""
        wanted = [use.model_extra for use in self.recipe.step if use.use == "language"]
        kept = ", ".join(code for settings in wanted for code in (settings or {}).get("keep", []))
        return f"; languages found: {_listed(found)}; wanted: {kept or 'any'}"


def _counted(column: Any) -> dict[str, int]:
    return {one["values"]: one["counts"] for one in pc.value_counts(column).to_pylist() if one["values"]}


def _listed(counts: Mapping[str, int]) -> str:
    ranked = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    more = ", ..." if len(ranked) > _SHOWN else ""
    return ", ".join(f"{name} {number:,}" for name, number in ranked[:_SHOWN]) + more


def _speakable(name: str) -> bool:
    """Tell whether a field's name may stand in a message: it is short, and no address or personal value."""
    return 0 < len(name) <= 40 and name.isprintable() and redact_uri(name) == name
