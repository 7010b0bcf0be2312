from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import orjson

from lineage.control.versions import Version
from lineage.hub import Hub
from lineage.questions.export import Format, export
from lineage.questions.graph import Edge, VersionNode, VersionTrace
from lineage.questions.prov import as_prov
from lineage.references import VersionRef


def test_every_relation_names_records_that_exist(
    hub: Hub, make_version: Callable[..., Version], tmp_path: Path
) -> None:
    """Versions, inputs and recipes are entities, runs activities; relations point at them and nowhere else."""
    make_version("r1", [1])
    make_version("r2", [1, 2])
    done = export(hub, VersionRef("fruit"), tmp_path / "out", Format.PROV)
    document = orjson.loads((tmp_path / "out" / "prov.json").read_bytes())
    assert (done.documents, done.files) == (0, ("prov.json",))
    assert {"hub:fruit@v1", "hub:fruit@v2"} <= document["entity"].keys()
    assert set(document["activity"]) == {"hub:run%3Ar1", "hub:run%3Ar2"}
    known = document["entity"].keys() | document["activity"].keys() | document["agent"].keys()
    relations = ("wasGeneratedBy", "used", "wasDerivedFrom", "wasAssociatedWith")
    ends = {end for kind in relations for record in document[kind].values() for end in record.values()}
    assert ends <= known
    assert list(document["wasDerivedFrom"].values()) == [
        {"prov:generatedEntity": "hub:fruit@v2", "prov:usedEntity": "hub:fruit@v1"}
    ]
    assert document["prefix"]["hub"] == "urn:corpushub:"


def test_edges_to_nowhere_are_left_out() -> None:
    """An edge to a node that is not there makes no relation."""
    node = VersionNode("a@v1", 1, "2024-05-01T12:00:00.000000Z", "ab" * 32, 0)
    assert set(as_prov(VersionTrace((node,), (Edge("b@v1", "a@v1", "parent"),)))) == {"prefix", "entity"}
