"""The Croissant document is valid to mlcroissant and to shapes of ours, and loads what was exported."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow.parquet as pq
import pytest

from corpushub.papers.formats import FORMATS, paper_of
from corpushub.papers.linked.validation import validate

if TYPE_CHECKING:
    from tests.corpushub.papers.conftest import Documented

mlcroissant = pytest.importorskip("mlcroissant", reason="the extra papers is not installed")


@pytest.fixture(scope="module")
def document(documented: Documented) -> dict[str, Any]:
    """The document of the version."""
    facts = documented.facts
    text = FORMATS["croissant"].write(facts, paper_of("croissant", facts))["croissant.json"]
    loaded: dict[str, Any] = json.loads(text)
    return loaded


def test_both_validators_find_nothing(document: dict[str, Any]) -> None:
    """Neither mlcroissant, warnings included, nor the shapes have anything to say."""
    found = validate(document)

    assert found.validators == ("mlcroissant", "pyshacl")
    assert found.problems == ()


@pytest.mark.parametrize(("form", "pattern"), [("parquet", "*.parquet"), ("hf", "data/*.parquet")])
def test_it_loads_the_rows_of_the_export(
    documented: Documented, document: dict[str, Any], tmp_path: Path, form: str, pattern: str
) -> None:
    """Beside the exported files, of either layout, it yields every row, text included."""
    out = tmp_path / form
    documented.hub.export(str(documented.ref), out, form)
    documented.hub.papers(str(documented.ref), "croissant", out)
    rows = list(mlcroissant.Dataset(jsonld=str(out / "croissant.json")).records("documents"))
    stored = [row for path in sorted(out.glob(pattern)) for row in pq.read_table(path).to_pylist()]

    assert len(rows) == len(stored) == documented.facts.version.documents
    for name in ("doc_id", "text", "uri", "language"):
        assert [_text(row[f"documents/{name}"]) for row in rows] == [row[name] for row in stored]


def _text(value: bytes | None) -> str | None:
    return None if value is None else value.decode()


def _without(*path: str | int) -> Callable[[dict[str, Any]], None]:
    def cut(document: Any) -> None:
        for step in path[:-1]:
            document = document[step]
        del document[path[-1]]

    return cut


def _with(value: Any, *path: str | int) -> Callable[[dict[str, Any]], None]:
    def put(document: Any) -> None:
        for step in path[:-1]:
            document = document[step]
        document[path[-1]] = value

    return put


BROKEN: dict[str, Callable[[dict[str, Any]], None]] = {
    "no conditions of use": _without("usageInfo"),
    "conditions that are no offer": _with([{"@type": "sc:CreativeWork", "name": "CC0-1.0"}], "usageInfo"),
    "an offer without rules or words": _with([{"@type": ["sc:CreativeWork", "odrl:Offer"], "name": "x"}], "usageInfo"),
    "a permission without an action": _with(
        [{"@type": "odrl:Offer", "name": "x", "odrl:permission": [{"@type": "odrl:Permission"}]}], "usageInfo"
    ),
    "an action that is a word": _with(
        [
            {
                "@type": "odrl:Offer",
                "name": "x",
                "odrl:prohibition": [{"@type": "odrl:Prohibition", "odrl:action": "sell"}],
            }
        ],
        "usageInfo",
    ),
    "derived from nothing": _without("prov:wasDerivedFrom"),
    "an activity that ended before it began": _with(
        "2099-01-01T00:00:00Z", "prov:wasGeneratedBy", "prov:startedAtTime"
    ),
    "an agent without a label": _with({"@type": "prov:Agent"}, "prov:wasAttributedTo"),
    "a RAI property left out": _without("rai:dataBiases"),
    "a RAI property said twice": _with(["one", "two"], "rai:dataCollection"),
    "another version of Croissant": _with(["http://mlcommons.org/croissant/1.0"], "conformsTo"),
    "no manifest root": _with("sha256:none", "identifier"),
    "a field of no type": _without("recordSet", 0, "field", 0, "dataType"),
    "a field that is read from nowhere": _without("recordSet", 0, "field", 0, "source"),
    "files without a pattern": _without("distribution", 0, "includes"),
}
"""Documents that say too little or the wrong thing, by what is wrong."""


@pytest.mark.parametrize("what", BROKEN)
def test_shapes_reject_what_is_broken(document: dict[str, Any], what: str) -> None:
    """Each of these is refused by our shapes, most of which mlcroissant lets pass."""
    broken = copy.deepcopy(document)
    BROKEN[what](broken)

    assert any(one.startswith("pyshacl: ") for one in validate(broken).problems), what


def test_licences_are_offers_with_their_terms(document: dict[str, Any]) -> None:
    """CC BY-NC permits copies and forbids commerce; what nobody can read permits nothing, and says so."""
    offers = {one["name"]: one for one in document["usageInfo"]}
    banned = [one["odrl:action"]["@id"] for one in offers["CC-BY-NC-4.0"]["odrl:prohibition"]]
    duties = [one["odrl:action"]["@id"] for one in offers["CC-BY-4.0"]["odrl:permission"][0]["odrl:duty"]]

    assert banned == ["http://creativecommons.org/ns#CommercialUse"]
    assert "http://creativecommons.org/ns#Attribution" in duties
    assert "odrl:permission" not in offers["LicenseRef-ferry"]
    assert offers["LicenseRef-ferry"]["description"].startswith("Not known to this hub")
