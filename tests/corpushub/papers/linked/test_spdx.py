"""The SPDX document is what the bindings of SPDX 3.0.1, made from its SHACL model, accept."""

from __future__ import annotations

import copy
import io
import json
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from jsonschema import Draft202012Validator

from corpushub.papers.formats import FORMATS, paper_of

if TYPE_CHECKING:
    from tests.corpushub.papers.conftest import Documented

spdx = pytest.importorskip("spdx_python_model.bindings.v3_0_1", reason="spdx-python-model is not installed")


@pytest.fixture(scope="module")
def document(documented: Documented) -> dict[str, Any]:
    """The document of the version."""
    facts = documented.facts
    (text,) = FORMATS["spdx"].write(facts, paper_of("spdx", facts)).values()
    loaded: dict[str, Any] = json.loads(text)
    return loaded


def read(document: dict[str, Any]) -> Any:
    """Read *document* with the bindings, which check types, words of lists and how many values there may be."""
    objects = spdx.SHACLObjectSet()
    spdx.JSONLDDeserializer().read(io.BytesIO(json.dumps(document).encode()), objects)
    missing = objects.link()
    assert not missing, missing
    spdx.JSONLDSerializer().write(objects, io.BytesIO())  # what is required is checked when it is written
    return objects


def test_the_bindings_accept_it(documented: Documented, document: dict[str, Any]) -> None:
    """Every object is read, every reference leads somewhere, and the package says how large it is."""
    (package,) = read(document).foreach_type(spdx.dataset_DatasetPackage)

    assert package.dataset_datasetSize == documented.facts.version.bytes
    assert package.verifiedUsing[0].hashValue == documented.facts.version.manifest_root
    assert package.dataset_intendedUse == "Training."


BROKEN = {
    "a type that is none": {"dataset_datasetType": ["texts"]},
    "a size below nothing": {"dataset_datasetSize": -1},
    "a time that is none": {"builtTime": "yesterday"},
    "a word of no list": {"dataset_hasSensitivePersonalInformation": "perhaps"},
    "a property that there is not": {"dataset_size": 1},
    "several of what there is one": {"dataset_intendedUse": ["a", "b"]},
}


@pytest.mark.parametrize("what", BROKEN)
def test_the_bindings_refuse_what_is_broken(document: dict[str, Any], what: str) -> None:
    """The check can fail."""
    broken = copy.deepcopy(document)
    (package,) = [one for one in broken["@graph"] if one["type"] == "dataset_DatasetPackage"]
    package |= BROKEN[what]

    with pytest.raises((ValueError, TypeError, KeyError)):
        read(broken)


@pytest.fixture(scope="module")
def schema() -> Draft202012Validator:
    """SPDX's JSON Schema, which no package of Python has: where a copy is, CORPUSHUB_SPDX_SCHEMA says."""
    path = os.environ.get("CORPUSHUB_SPDX_SCHEMA")
    if path is None:
        pytest.skip("CORPUSHUB_SPDX_SCHEMA names no copy of spdx-json-schema.json 3.0.1")
    return Draft202012Validator(json.loads(Path(path).read_text(encoding="utf-8")))


def test_the_schema_accepts_it(document: dict[str, Any], schema: Draft202012Validator) -> None:
    """The document is valid."""
    assert schema.is_valid(document)


@pytest.mark.parametrize("what", BROKEN)
def test_the_schema_refuses_what_is_broken(document: dict[str, Any], schema: Draft202012Validator, what: str) -> None:
    """The schema can refuse it, too."""
    broken = copy.deepcopy(document)
    (package,) = [one for one in broken["@graph"] if one["type"] == "dataset_DatasetPackage"]
    package |= BROKEN[what]

    assert not schema.is_valid(broken)


def test_what_the_profile_requires_is_there(document: dict[str, Any]) -> None:
    """A DatasetPackage has what the dataset profile asks of it beyond a package."""
    (package,) = [one for one in document["@graph"] if one["type"] == "dataset_DatasetPackage"]

    for name in ("builtTime", "releaseTime", "originatedBy", "software_downloadLocation", "software_primaryPurpose"):
        assert package[name]
    assert package["dataset_datasetType"] == ["text"]
