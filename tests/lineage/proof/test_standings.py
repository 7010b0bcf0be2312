from __future__ import annotations

from collections.abc import Callable

import pytest

from lineage.control.versions import Version, get_version, newest_number
from lineage.errors import UnknownReference, VersionPinned, VersionRetired
from lineage.hub import Hub
from lineage.hub.home import Home
from lineage.proof.standings import pin, restore, retire, unpin
from lineage.questions.find import find_id
from lineage.questions.graph import trace_version
from lineage.questions.history import history
from lineage.questions.show import show_version
from lineage.references import VersionRef

FIRST, SECOND = VersionRef("fruit", 1), VersionRef("fruit", 2)


@pytest.fixture
def home(backed_home: Home) -> Home:
    """A fresh hub with each backing."""
    return backed_home


def test_retired_version_is_never_the_newest(hub: Hub, make_version: Callable[..., Version]) -> None:
    """A question without a number meets the newest version in use; the retired one can still be named and traced."""
    make_version("r1", [1])
    make_version("r2", [1, 2])
    assert retire(hub, SECOND, "wrong filter").retired_why == "wrong filter"
    assert get_version(hub.db, VersionRef("fruit")).number == 1
    assert newest_number(hub.db, "fruit") == 2
    assert show_version(hub, SECOND).retired
    assert any(node.id == "fruit@v2" for node in trace_version(hub, SECOND).nodes)
    assert [bool(item.retired) for item in history(hub, "fruit").versions] == [True, False]
    restore(hub, SECOND)
    assert get_version(hub.db, VersionRef("fruit")).number == 2


def test_all_versions_may_be_retired(hub: Hub, make_version: Callable[..., Version]) -> None:
    """A dataset without a version in use is not searched, and the error says that one can be named."""
    make_version("r1", [1])
    retire(hub, FIRST, "")
    with pytest.raises(UnknownReference, match="all retired"):
        get_version(hub.db, VersionRef("fruit"))
    assert find_id(hub, "Q-1").searched == ()
    assert len(history(hub, "fruit").versions) == 1


def test_pinned_version_stays(hub: Hub, make_version: Callable[..., Version]) -> None:
    """A pinned version cannot be retired until it is let go; a retired one cannot be pinned."""
    make_version("r1", [1])
    pin(hub, FIRST, "model 7")
    with pytest.raises(VersionPinned, match="model 7"):
        retire(hub, FIRST, "")
    unpin(hub, FIRST)
    retire(hub, FIRST, "")
    with pytest.raises(VersionRetired, match="undo"):
        pin(hub, FIRST, "")
