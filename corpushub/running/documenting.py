"""Record what a recipe says of its dataset, and warn of personal data in it."""

from __future__ import annotations

from collections.abc import Callable

from corpushub.recipe.documentation.personal import personal_fields
from corpushub.recipe.model import Recipe
from lineage.control.documentation.model import WRITTEN
from lineage.control.documentation.records import document, documentation_of
from lineage.control.versions import Version
from lineage.hub import Hub
from lineage.hub.connection import now


def record(hub: Hub, version: Version, recipe: Recipe, say: Callable[[str], None]) -> str | None:
    """Record for *version* what *recipe* says of its dataset; return NAME@vN, None if nothing of it is new.

    No document depends on these words: a recipe in which nothing else has changed makes no version, and is what people
    say of the newest one from now on. *say* is told which fields of new words hold personal data, never which data.
    """
    written, before = recipe.written(), documentation_of(hub, version)
    if not document(hub, version, written, now()):
        return None
    if any(getattr(before, name) != getattr(written, name) for name in WRITTEN):
        for name, types in personal_fields(written).items():
            kinds = ", ".join(types)
            say(f"warning: {name} of the documentation seems to hold personal data ({kinds}); papers print it")
    return version.name
