from __future__ import annotations

from collections.abc import Callable

import pytest
from sqlalchemy import Engine

from lineage import control
from lineage.control import Version
from lineage.errors import UnknownReference, VersionPinned, VersionRetired
from lineage.find import find_id
from lineage.history import history
from lineage.home import Home
from lineage.references import VersionRef
from lineage.show import show_version
from lineage.standing import pin, restore, retire, unpin
from lineage.trace import trace_version

FIRST, SECOND = VersionRef("fruit", 1), VersionRef("fruit", 2)


@pytest.fixture
def home(backed_home: Home) -> Home:
    """A fresh hub with each backing."""
    return backed_home


def test_retired_version_is_never_the_newest(home: Home, db: Engine, make_version: Callable[..., Version]) -> None:
    """A question without a number meets the newest version in use; the retired one can still be named and traced."""
    make_version("r1", [1])
    make_version("r2", [1, 2])
    assert retire(home, SECOND, "wrong filter")["retired_why"] == "wrong filter"
    assert control.get_version(db, VersionRef("fruit")).number == 1
    assert control.newest_number(db, "fruit") == 2
    assert show_version(home, SECOND)["retired"]
    assert any(node["id"] == "fruit@v2" for node in trace_version(home, SECOND)["nodes"])
    assert [bool(item["retired"]) for item in history(home, "fruit")] == [True, False]
    restore(home, SECOND)
    assert control.get_version(db, VersionRef("fruit")).number == 2


def test_all_versions_may_be_retired(home: Home, db: Engine, make_version: Callable[..., Version]) -> None:
    """A dataset without a version in use is not searched, and the error says that one can be named."""
    make_version("r1", [1])
    retire(home, FIRST, "")
    with pytest.raises(UnknownReference, match="all retired"):
        control.get_version(db, VersionRef("fruit"))
    assert find_id(home, "Q-1")["searched"] == []
    assert len(history(home, "fruit")) == 1


def test_pinned_version_stays(home: Home, make_version: Callable[..., Version]) -> None:
    """A pinned version cannot be retired until it is let go; a retired one cannot be pinned."""
    make_version("r1", [1])
    pin(home, FIRST, "model 7")
    with pytest.raises(VersionPinned, match="model 7"):
        retire(home, FIRST, "")
    unpin(home, FIRST)
    retire(home, FIRST, "")
    with pytest.raises(VersionRetired, match="undo"):
        pin(home, FIRST, "")
