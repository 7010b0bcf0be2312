"""What the annotate stage is told: how a source is read, and what is done to every document."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from pipelines.decontaminate.benchmark_index import BenchmarkTask
from pipelines.handover.parts import Keying
from pipelines.rights.decide import Finder
from pipelines.rights.suppression import Suppression
from pipelines.steps import Step
from policies.rules.engine import Policy

PER_RECORD = "per-record"


@dataclass(frozen=True, slots=True)
class Reading:
    """How a source's files are read.

    Attributes:
        source: the source's name in the recipe.
        connector: a key of CONNECTORS, or DISTRIBUTION:NAME of a plugin.
        options: the connector's options.
        license: an SPDX expression for every record, PER_RECORD, or None for unknown.
        extract: "main" or "full": which text of a page is taken.
        max_garbled: the largest share of a text that may be U+FFFD, which stands for what could not be decoded.
    """

    source: str
    connector: str
    options: Mapping[str, Any]
    license: str | None
    extract: Literal["main", "full"]
    max_garbled: float = 0.05


@dataclass(frozen=True, slots=True)
class Treatment:
    """What is done to every document.

    Attributes:
        steps: the steps by name, in order.
        policy: what is allowed; None allows all.
        keying: the keys for deduplication.
        finders: look for rights signals in captures, beside what their source or record declares.
        benchmarks: makes the index of benchmark items that no document may overlap, beforehand; None for no such rule.
        suppression: what was erased and is not taken in again; None where nothing was.
    """

    steps: tuple[tuple[str, Step], ...]
    policy: Policy | None
    keying: Keying
    benchmarks: BenchmarkTask | None = None
    finders: tuple[Finder, ...] = ()
    suppression: Suppression | None = None

    def settings(self) -> dict[str, Any]:
        """Describe the treatment as JSON, for cache keys."""
        return {
            "steps": [[name, repr(step)] for name, step in self.steps],
            "policy": self.policy.digest if self.policy else None,
            "keying": self.keying.settings(),
            "benchmarks": self.benchmarks.id if self.benchmarks else None,
            "finders": [[type(one).__name__, one.settings()] for one in self.finders],
            "suppression": self.suppression.digest if self.suppression else None,
        }
