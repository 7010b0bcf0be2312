"""The labelled pages: what is read from them, and that no gate hides anything."""

from __future__ import annotations

import importlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from policies.markup import Page, evidence_each, evidence_of, may_speak_each, page_evidence
from policies.markup.gate import SOURCE
from policies.rights.evidence import Scope
from policies.rights.profiles import profile_of

BENCHMARKS = Path(__file__).parents[3] / "benchmarks"


@pytest.fixture(scope="module")
def labelled() -> Iterator[list[Any]]:
    """The pages of benchmarks/rights_pages.py."""
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(BENCHMARKS))
        yield list(importlib.import_module("rights_pages").pages())


def test_the_set_is_large_and_mixed(labelled: list[Any]) -> None:
    """It has at least 150 different pages of every form, about as many without a licence as with one."""
    assert len({page.html + str(page.headers) for page in labelled}) >= 350
    assert len({(page.form, page.name) for page in labelled}) == len(labelled)
    assert 0.4 < sum(page.license is None for page in labelled) / len(labelled) < 0.6


def test_precision_and_recall_of_the_page_licence(labelled: list[Any]) -> None:
    """At least 97 of 100 licences given are right, and 95 of 100 that are there are found."""
    found = [profile_of(page_evidence(page.html, page.headers, page.uri)).license for page in labelled]
    given = [(page, one) for page, one in zip(labelled, found, strict=True) if one is not None]
    right = sum(page.license == one for page, one in given)

    assert right / len(given) >= 0.97
    assert right / sum(page.license is not None for page in labelled) >= 0.95


def test_the_gate_hides_nothing(labelled: list[Any]) -> None:
    """Every page gives the same with and without the gate, alone and among others."""
    apart = [page_evidence(page.html, page.headers, page.uri) for page in labelled]
    sources = pa.array([page.html for page in labelled])
    together = evidence_each(sources, [page.headers for page in labelled], [page.uri for page in labelled])

    assert apart == together
    assert apart == [evidence_of(Page(page.html, page.headers, page.uri, gated=False)) for page in labelled]


def test_the_gate_needs_no_hyperscan(labelled: list[Any], monkeypatch: pytest.MonkeyPatch) -> None:
    """Where it is not installed the same pages may speak, and the same is read from them."""
    sources = pa.array([page.html for page in labelled])
    about = [page.headers for page in labelled], [page.uri for page in labelled]
    with_it = may_speak_each(sources), evidence_each(sources, *about)
    monkeypatch.setattr(SOURCE, "_database", None)

    assert not SOURCE.quick
    assert (may_speak_each(sources), evidence_each(sources, *about)) == with_it


def test_what_speaks_of_elements_is_kept(labelled: list[Any]) -> None:
    """A picture's licence is evidence, but of the picture alone."""
    pictures = [page for page in labelled if page.form == "JSON-LD" and page.name.startswith("picture of article")]

    for page in pictures:
        (found,) = page_evidence(page.html, page.headers, page.uri)
        assert found.scope is Scope.ELEMENT
        assert found.meaning is not None
