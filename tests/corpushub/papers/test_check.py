"""Before papers are handed out: what is stale, missing or not valid, and what seems personal."""

from __future__ import annotations

import shutil
from datetime import UTC, datetime, timedelta
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from corpushub.face.hub import Hub

if TYPE_CHECKING:
    from tests.corpushub.papers.conftest import Documented

REF = "ferries@v1"


@pytest.fixture
def hub(documented: Documented, tmp_path: Path) -> Hub:
    """A copy of the hub, to be changed."""
    shutil.copytree(documented.folder / "home", tmp_path / "home")
    return Hub.locate(tmp_path / "home")


def test_fresh_papers_may_be_handed_out(hub: Hub) -> None:
    """Right after the run nothing is stale, nothing that is required is missing, and the document is valid."""
    found = hub.check_papers(REF)

    assert found.ok
    assert (found.stale, found.missing, found.invalid, found.personal) == ((), (), (), ())
    assert found.validated == tuple(one for one in ("mlcroissant", "pyshacl") if find_spec(one))


def test_papers_grow_old(hub: Hub) -> None:
    """After 180 days the public summary must be renewed."""
    found = hub.check_papers(REF, at=datetime.now(UTC) + timedelta(days=181))

    assert not found.ok
    assert [one.field for one in found.stale] == ["eu-ai-act"]


def test_an_erasure_makes_papers_stale_until_they_are_made_again(hub: Hub) -> None:
    """What was handed out tells of documents that are gone; new papers do not."""
    hub.papers(REF, "datasheet")
    hub.erase(["host:www0.insel.example.de"], reason="asked for")
    stale = hub.check_papers(REF).stale
    hub.papers(REF, "datasheet")

    assert "papers" in {one.field for one in stale}
    assert "papers" not in {one.field for one in hub.check_papers(REF).stale}


def test_what_the_hub_requires_is_missing(hub: Hub) -> None:
    """A field that the hub's file requires and nobody filled keeps papers back."""
    (hub.home.path / "documentation.toml").write_text('required = ["funding"]\n', encoding="utf-8")
    found = hub.check_papers(REF)

    assert found.missing == ("funding",)
    assert not found.ok
