"""The old way to read a version works for one release."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from lineage.control.versions import Version
from lineage.hub.home import Home
from lineage.reading import open_version


def test_open_version_works_and_names_what_follows_it(home: Home, make_version: Callable[..., Version]) -> None:
    """It reads as before, and a warning at the caller's line says what to write instead."""
    make_version("r1", [1, 2])

    with pytest.warns(DeprecationWarning, match=r"corpushub\.open") as warned:
        version = open_version("fruit@v1", home.path)

    assert version.dataset().count_rows() == 2
    assert warned[0].filename == __file__
