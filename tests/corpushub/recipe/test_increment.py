"""A version that goes on from another one holds each profiles file once."""

from __future__ import annotations

from corpushub.recipe.increment import Base
from lineage.commit.release import Release
from lineage.control.runs import Run
from lineage.control.versions import Version
from lineage.storage.files import DataFile


def file(name: str, folder: str = "") -> DataFile:
    """Return a file that is named by what it holds."""
    return DataFile(f"{folder}{name}", name, 1, 1, "", "")


def test_the_same_profiles_stand_once() -> None:
    """A run that met no new profile writes the same file again, which the version must not hold twice."""
    old = Version("d", 1, "r", None, "", "", 0, 0, {}, {}, {}, "", 0, 0)
    files = {"documents": [], "ledger": [], "index": [], "profiles": [file("a"), file("b")]}
    base = Base(old, files, (), (), ())  # type: ignore[arg-type]
    run = Run("s", "d", "", "", "", "")
    release = base.extend(Release(run, [], [], profiles=[file("b", "/w/"), file("c", "/w/")]))

    assert [one.sha256 for one in release.profiles] == ["a", "b", "c"]
