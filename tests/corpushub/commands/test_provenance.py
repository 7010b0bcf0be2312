import json
from pathlib import Path
from typing import Any

import pytest


@pytest.fixture(scope="module")
def planted(corpus: Path) -> Any:
    """What the corpus holds, as its generator says."""
    return json.loads((corpus / "corpus" / "contents.json").read_text(encoding="utf-8"))


def one(answer: Any) -> Any:
    """Return the first match, of which there must be one."""
    assert answer["matches"], answer
    return answer["matches"][0]


def test_dropped_duplicate_names_its_survivor(hub: Path, planted: Any, corpushub: Any) -> None:
    """A near-duplicate's trace names a kept document and their similarity, and the survivor's trace says kept."""
    dropped = next(
        match
        for uri in planted["kinds"]["near_duplicate"]
        for match in corpushub("find", "--url", uri, "--hub", hub, code=None)["matches"]
        if match["reason"] == "near_duplicate"
    )
    trace = corpushub("trace", f"quickstart@v1#{dropped['doc_id']}", "--hub", hub)
    survivor = corpushub("trace", f"quickstart@v1#{trace['duplicate_of']}", "--hub", hub)

    assert trace["similarity"] >= 0.8
    assert trace["versions"] == []
    assert survivor["events"][-1]["outcome"] == "kept"
    assert survivor["versions"] == ["quickstart@v1"]


def test_trace_says_where_a_document_was_found(hub: Path, planted: Any, corpushub: Any) -> None:
    """A trace points at file, offset and length, and its last event says what became of the record."""
    found = one(corpushub("find", "--url", planted["kinds"]["article"][0], "--hub", hub))
    trace = corpushub("trace", f"quickstart@v1#{found['doc_id']}", "--hub", hub)

    assert trace["locator"]["file"].startswith("corpus/crawl/crawl-")
    assert trace["locator"]["length"] > 0
    keys = {"step", "outcome", "reason", "value", "detail", "run", "edits", "findings", "marks"}
    assert set(trace["events"][0]) == keys


def test_find_by_text_says_what_it_searched(hub: Path, corpushub: Any) -> None:
    """Text search reads kept documents and reports how many; no match is exit code 1."""
    nothing = corpushub("find", "--text", "no such words anywhere", "--hub", hub, code=1)
    (searched,) = nothing["searched"]

    assert nothing["matches"] == []
    assert searched["complete"]
    assert searched["documents"] == corpushub("show", "quickstart", "--hub", hub)["documents"]


def test_personal_data_are_replaced_in_what_is_released(hub: Path, tmp_path: Path, corpushub: Any) -> None:
    """The export holds placeholders, and none of the planted addresses."""
    corpushub("export", "quickstart", "--as", "jsonl", "--out", tmp_path / "out", "--hub", hub)
    text = "".join(path.read_text(encoding="utf-8") for path in sorted((tmp_path / "out").glob("*.jsonl")))

    assert "<EMAIL_ADDRESS" in text
    assert "192.0.2." not in text
    assert "4111 1111" not in text


def test_export_carries_the_promised_columns(hub: Path, tmp_path: Path, corpushub: Any) -> None:
    """Every exported row has the contract's keys, and there are as many rows as documents."""
    written = corpushub("export", "quickstart", "--as", "jsonl", "--out", tmp_path / "out", "--hub", hub)
    rows = [json.loads(line) for path in sorted((tmp_path / "out").glob("*")) for line in path.open(encoding="utf-8")]
    keys = {"doc_id", "source_id", "text", "uri", "source", "license", "language", "captured_at"}

    assert len(rows) == written["documents"] == corpushub("show", "quickstart", "--hub", hub)["documents"]
    assert all(set(row) == keys for row in rows)


def test_audit_names_the_offending_documents(hub: Path, corpus: Path, corpushub: Any) -> None:
    """The audit answers no, its verdicts sum to the population, and examples can be traced."""
    report = corpushub("audit", "quickstart", "--policy", corpus / "policy.toml", "--hub", hub, code=1)
    example = next(one for finding in report["findings"] for one in finding["examples"])

    assert not report["compliant"]
    assert sum(report["verdicts"].values()) == report["population"]
    assert corpushub("trace", example["ref"], "--hub", hub)["versions"] == ["quickstart@v1"]


def test_every_answer_names_its_schema(hub: Path, corpushub: Any) -> None:
    """Each command's JSON begins with corpushub.<command>/1, errors included."""
    for command in (
        ["show", "quickstart"],
        ["history", "quickstart"],
        ["runs"],
        ["trace", "quickstart"],
        ["verify", "quickstart"],
    ):
        assert corpushub(*command, "--hub", hub)["schema"] == f"corpushub.{command[0]}/1"
    assert corpushub("show", "nothing", "--hub", hub, code=2)["schema"] == "corpushub.error/1"


def test_version_trace_names_its_inputs(hub: Path, corpushub: Any) -> None:
    """The graph leads from the input files over the run to the version."""
    graph = corpushub("trace", "quickstart", "--hub", hub)

    assert {node["kind"] for node in graph["nodes"]} == {"input", "run", "version"}
    assert len([edge for edge in graph["edges"] if edge["kind"] == "read"]) == 6


def test_failed_records_say_what_was_wrong(hub: Path, corpushub: Any) -> None:
    """Each has a reason, and a detail that names the place or the number that does not fit, never what stands there."""
    query = "select reason, detail from ledger where outcome = 'failed' order by all"
    rows = [(row["reason"], row["detail"]) for row in corpushub("sql", "quickstart", query, "--hub", hub)["rows"]]

    assert len(rows) == 11
    assert all(detail for reason, detail in rows if reason != "truncated"), rows
    assert any("declares a block of" in str(detail) for _, detail in rows)
    assert any("line 1 column" in str(detail) for _, detail in rows)
