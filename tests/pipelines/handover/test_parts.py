"""Parts: every document once, with what deduplication needs to know of it."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from pipelines.handover import parts
from pipelines.handover.ids import DOC_ID, content_ids
from pipelines.handover.parts import SURVIVOR_RULES, Keying, PartFile, PartWriter, ranks
from pipelines.handover.sidecar import Sidecar
from pipelines.handover.workfiles import reading
from pipelines.kernels.minhash import MinHasher
from policies.addresses.same_page import url_ids

KEYING = Keying(MinHasher(num_perm=16), near=True, survivor=("longest",))


def documents(texts: list[str], **columns: list[Any]) -> pa.RecordBatch:
    """Make a batch of annotated documents."""
    text = pa.array(texts, pa.string())
    return pa.record_batch(
        {
            "doc_id": pa.array([hashlib.sha256(one.encode()).digest()[:16] for one in texts], DOC_ID),
            "content_id": content_ids(text),
            "text": text,
            "license": pa.array(columns.get("license", [None] * len(texts)), pa.string()),
            "captured_at": pa.array(columns.get("captured_at", [None] * len(texts)), pa.timestamp("us", tz="UTC")),
        }
    )


def read(folder: Path, part: str) -> pa.Table:
    """Return the rows of a part."""
    with reading(str(folder / f"{part}.docs")) as file:
        return pa.ipc.open_file(file).read_all()


def test_parts_hold_every_document_in_order(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Parts are closed at the size bound; together they are what was written, and the report says how much."""
    monkeypatch.setattr(parts, "PART_TEXT_BYTES", 30)
    batches = [documents(["a" * 20, "b" * 5]), documents(["c" * 5]), documents(["d" * 40]), documents(["e"])]
    writer = PartWriter(f"{tmp_path}/task", KEYING)
    for batch in batches:
        writer.write(batch)
    report = writer.close()

    assert [(one.rows, one.bytes) for one in report] == [(3, 30), (1, 40), (1, 1)]
    assert [one.name for one in report] == ["task-0000", "task-0001", "task-0002"]
    assert writer.rows == 5
    assert pa.concat_tables(read(tmp_path, one.name) for one in report).equals(pa.Table.from_batches(batches))


@pytest.mark.parametrize("near", [True, False])
def test_sidecar_has_a_row_for_each_document(tmp_path: Path, near: bool) -> None:
    """Keys, sizes, ranks and signatures stand in the order of the part's rows; signatures only if asked for."""
    batch = documents(["one two three", "vier f\u00fcnf"])
    writer = PartWriter(f"{tmp_path}/task", Keying(MinHasher(num_perm=16), near=near, survivor=("longest",)))
    writer.write(batch)
    writer.close()
    with Sidecar(str(tmp_path / "task-0000.dedup")) as sidecar:
        assert [bytes(row) for row in sidecar.read("doc_id")] == batch["doc_id"].to_pylist()
        assert [bytes(row) for row in sidecar.read("content_id")] == batch["content_id"].to_pylist()
        assert sidecar.read("size").tolist() == [13, 10]
        assert sidecar.read("rank").tolist() == [[-13], [-10]]
        assert ("signature" in sidecar.header["sections"]) is near
        if near:
            np.testing.assert_array_equal(sidecar.read("signature"), MinHasher(num_perm=16).signatures(batch["text"]))


def test_urls_are_noted_only_if_asked_for(tmp_path: Path) -> None:
    """The id of each document's URL stands in the sidecar where URLs are compared, zeros for a document without one."""
    batch = documents(["one", "two"]).append_column("uri", pa.array(["http://x.example/", None]))
    for name, asked in (("with", True), ("without", False)):
        writer = PartWriter(f"{tmp_path}/{name}", Keying(MinHasher(num_perm=16), False, (), asked))
        writer.write(batch)
        writer.close()
    with Sidecar(str(tmp_path / "with-0000.dedup")) as sidecar:
        np.testing.assert_array_equal(sidecar.read("url_id"), url_ids(batch["uri"]))
        assert sidecar.read("url_id").any(axis=1).tolist() == [True, False]
    with Sidecar(str(tmp_path / "without-0000.dedup")) as sidecar:
        assert "url_id" not in sidecar.header["sections"]
    assert Keying(MinHasher(), False, (), True).settings() != Keying(MinHasher(), False, ()).settings()


def test_nothing_written_is_no_part(tmp_path: Path) -> None:
    """A task without documents leaves no file."""
    assert PartWriter(f"{tmp_path}/task", KEYING).close() == []
    assert list(tmp_path.iterdir()) == []


def test_same_documents_same_bytes(tmp_path: Path) -> None:
    """Writing a part twice gives the same two files."""
    for folder in ("a", "b"):
        writer = PartWriter(f"{tmp_path / folder}/task", KEYING)
        writer.write(documents(["one", "two"]))
        writer.close()
    first, second = ([path.read_bytes() for path in sorted((tmp_path / name).iterdir())] for name in "ab")

    assert first == second
    assert len(first) == 2


def test_lower_rank_stays() -> None:
    """Permissive licences go before others, early captures before late and undated ones, long texts before short."""
    batch = documents(["x", "xxx", "xx"], license=["GPL-3.0-only", "MIT", None], captured_at=[2, None, 1])
    found = ranks(batch, SURVIVOR_RULES)

    assert found.shape == (3, len(SURVIVOR_RULES))
    orders = {rule: np.argsort(found[:, i]).tolist() for i, rule in enumerate(SURVIVOR_RULES)}
    assert orders["permissive-license"][0] == 1
    assert orders["earliest"] == [2, 0, 1]
    assert orders["longest"] == [1, 2, 0]


def test_no_rule_is_no_rank() -> None:
    """Without rules the doc_id alone decides."""
    assert ranks(documents(["a", "b"]), ()).shape == (2, 0)


def test_settings_name_what_matters() -> None:
    """Keyings that write other sidecars have other settings; parameters of unused signatures are no such."""
    other = [Keying(MinHasher(num_perm=32), True, ("longest",)), Keying(MinHasher(num_perm=16), True, ("earliest",))]

    assert all(one.settings() != KEYING.settings() for one in other)
    assert Keying(MinHasher(num_perm=16), False, ()).settings() == Keying(MinHasher(num_perm=32), False, ()).settings()


def test_part_is_named_without_its_folder() -> None:
    """A part's name says nothing of where it stands."""
    assert PartFile("memory://x/task-0000", 1, 1).name == "task-0000"
