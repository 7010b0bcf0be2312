"""Personal data in the words of a recipe: they are kept, signed and printed in papers."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import pyarrow as pa

from corpushub.recipe.model import Pii
from lineage.control.documentation.model import Written
from policies.pii.actions import Action

EXEMPT: Final = frozenset({"contact"})
"""The fields that are there to name somebody."""


def personal_fields(written: Written) -> dict[str, tuple[str, ...]]:
    """Return the types of personal data in *written*, by field: title, source.NAME.owner; EXEMPT ones aside."""
    said = {name: words for name, words in _texts(written).items() if name not in EXEMPT}
    if not said:
        return {}
    scrubber = replace(Pii(default=Action.KEEP).scrubber(Path()), key=None)
    found = scrubber.scrub(pa.array(list(said.values()), pa.string())).findings.to_pylist()
    return {
        name: tuple(sorted({one["type"] for one in findings}))
        for name, findings in zip(said, found, strict=True)
        if findings
    }


def _texts(written: Written) -> dict[str, str]:
    """Return all texts of *written* by their names."""
    texts = dict(written.prose())
    for source in written.sources:
        told: dict[str, Any] = {name: getattr(source, name) for name in ("owner", "personal_data", "synthetic")}
        told |= {f"crawler.{name}": getattr(source.crawler, name, None) for name in ("name", "purpose", "behaviour")}
        told |= {f"consent.{name}": getattr(source.consent, name, None) for name in ("basis", "scope", "document")}
        texts |= {f"source.{source.name}.{name}": words for name, words in told.items() if words}
    for name in ("provider", "representative"):
        words = getattr(written.model, name, None)
        texts |= {f"model.{name}": words} if words else {}
    return texts
