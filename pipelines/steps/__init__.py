"""The steps a recipe may name: one small file each."""

from __future__ import annotations

from dataclasses import is_dataclass
from typing import ClassVar, Protocol, cast

import pyarrow as pa

from pipelines.code import plugins
from pipelines.errors import PluginError
from pipelines.outcome import Outcome
from pipelines.steps.c4 import C4
from pipelines.steps.fineweb_quality import FineWebQuality
from pipelines.steps.gopher_quality import GopherQuality
from pipelines.steps.gopher_repetition import GopherRepetition
from pipelines.steps.language import Language


class Step(Protocol):
    """Judges a batch of documents; its fields are the keys of its section in a recipe.

    A batch has the columns text (string, no nulls), language (string, null where not identified) and language_score
    (float32), and what earlier steps added.

    Attributes:
        signals: names and types of the columns it adds.
        needs_language: whether its rules are for documents whose language is identified.
    """

    signals: ClassVar[dict[str, pa.DataType]]
    needs_language: ClassVar[bool]

    def __call__(self, batch: pa.RecordBatch) -> Outcome:
        """Return what of *batch* goes on, and why the rest does not."""


STEPS: dict[str, type[Step]] = {
    "language": Language,
    "gopher_quality": GopherQuality,
    "gopher_repetition": GopherRepetition,
    "c4": C4,
    "fineweb_quality": FineWebQuality,
}
"""Every step that is shipped, by the name that recipes use."""


def step_named(name: str) -> type[Step]:
    """Return the kind of step that recipes call *name*.

    Raises:
        PluginError: *name* means a plugin, and it is not there or offers no step.
    """
    if not plugins.is_plugin(name):
        return STEPS[name]
    found = plugins.load(plugins.STEPS, name)
    lacking = [one for one in ("signals", "needs_language", "__call__") if not hasattr(found, one)]
    if not is_dataclass(found) or not isinstance(found, type) or lacking:
        lacks = f" without {', '.join(lacking)}" if lacking else " that is no dataclass"
        raise PluginError(f"the plugin {name} offers no step, but something{lacks}; see docs/extending.md")
    return cast("type[Step]", found)
