from __future__ import annotations

from collections.abc import Callable

from lineage.control.versions import Version
from lineage.hub import Hub
from lineage.questions.show import show_version
from lineage.references import VersionRef


def test_version_is_shown(hub: Hub, make_version: Callable[..., Version]) -> None:
    """A version's object has the keys that scripts rely on."""
    make_version("r1", [1])
    version = make_version("r2", [1, 2])
    shown = show_version(hub, VersionRef("fruit"))
    assert (shown.version, shown.documents, shown.parents) == ("fruit@v2", 2, ("fruit@v1",))
    assert (shown.run, shown.created, shown.bytes) == ("run:r2", version.created, version.bytes)
    assert (shown.licenses, shown.languages, shown.sources) == ({"MIT": 2}, {"en": 2}, {"orchard": 2})
    assert shown.recipe_digest == "c" * 64
