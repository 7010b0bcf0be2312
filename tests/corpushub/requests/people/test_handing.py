"""Exports are registered, and an erasure tells who has what it erases."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from corpushub.errors import BadRequest
from corpushub.face.hub import Hub
from corpushub.text import erasures
from lineage.errors import ExportError
from tests.corpushub.conftest import call


@pytest.fixture
def hub(orchard: Path, tmp_path: Path) -> Iterator[Hub]:
    """A copy of the hub of the orchard, to be changed."""
    shutil.copytree(orchard, tmp_path / "hub")
    with Hub.locate(tmp_path / "hub") as opened:
        yield opened


def test_each_export_is_registered(hub: Hub, tmp_path: Path) -> None:
    """With version, root, form, count and time; to whom and what for, as far as somebody said; newest first."""
    hub.export("d", tmp_path / "a", "jsonl")
    call(
        *("export", "d@v1", "--as", "parquet", "--out", tmp_path / "b", "--to", "Lab X, x@lab.example"),
        *("--purpose", "train", "--hub", hub.home.path),
    )
    hub.export("plain", tmp_path / "c", "prov")
    told = call("exports", "--hub", hub.home.path)["exports"]

    assert [one["version"] for one in told] == ["plain@v1", "d@v1", "d@v1"]
    assert [one["recipient"] for one in told] == [None, "Lab X, <EMAIL>", None]
    assert [one["purpose"] for one in told] == [None, "train", None]
    assert [one["documents"] for one in told] == [0, hub.show("d").documents, hub.show("d").documents]
    assert told[1]["manifest_root"] == hub.show("d").manifest_root
    assert len(hub.exports("plain").exports) == 1
    with pytest.raises(BadRequest):
        hub.export("d", tmp_path / "d", to="x" * 201)


def test_an_export_that_failed_is_not_registered(hub: Hub, tmp_path: Path) -> None:
    """Nothing left the hub."""
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "file").touch()
    with pytest.raises(ExportError):
        hub.export("d", tmp_path / "full")

    assert not hub.exports().exports


def test_a_hub_that_may_only_be_read_registers_nothing_and_says_so(
    hub: Hub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """To somebody who is named, nothing is exported from it."""
    monkeypatch.setattr(hub.db, "read_only", True)

    assert not hub.export("d", tmp_path / "a").registered
    with pytest.raises(ExportError, match="registered"):
        hub.export("d", tmp_path / "b", to="Lab X")
    assert not (tmp_path / "b").exists()


def test_an_erasure_tells_who_has_what_it_erases(hub: Hub, tmp_path: Path) -> None:
    """Exports of a version as it was, not of others, nor of those that were made afterwards, nor without documents."""
    hub.export("d", tmp_path / "a", to="Lab X", purpose="train")
    hub.export("d", tmp_path / "b", "prov", to="Museum")
    hub.export("plain", tmp_path / "c", to="Lab Y")
    planned = hub.erase("host:kitchen.example", dry_run=True)
    first = hub.erase("host:kitchen.example", "request 1")
    hub.export("d", tmp_path / "d", to="Lab Z")
    second = hub.erase("host:bücher.example", "request 2")
    receipts = [call("show", one.receipt or "", "--hub", hub.home.path) for one in (first, second)]

    assert first.verified
    assert second.verified
    assert [one.recipient for one in planned.exports] == [one.recipient for one in first.exports] == ["Lab X"]
    assert {one.recipient for one in second.exports} >= {"Lab X", "Lab Z"}
    assert [[one["recipient"] for one in told["exports"]] for told in receipts] == [
        [one.recipient for one in report.exports] for report in (first, second)
    ]
    assert "d@v1 to Lab X for train" in erasures.erased(first)
    assert "Lab X" in erasures.dry_run(planned)


def test_nobody_has_what_was_never_exported(hub: Hub) -> None:
    """The answer names nobody."""
    report = hub.erase("host:kitchen.example", "request 1")

    assert (report.exports, "must be told" in erasures.erased(report)) == ((), False)


def test_a_recipient_is_not_in_the_audit_log(hub: Hub, tmp_path: Path) -> None:
    """The register alone has it."""
    hub.export("d", tmp_path / "a", to="Lab Xylophone")
    hub.erase("host:kitchen.example", "request 1")
    held = [path for path in hub.home.path.rglob("*") if path.is_file() and b"Xylophone" in path.read_bytes()]

    assert {path.name.split("-")[0] for path in held} <= {"hub.sqlite"}
    hub.close()
    with sqlite3.connect(hub.home.path / "hub.sqlite") as connection:
        leaves = connection.execute("SELECT content, subject FROM audit_leaves").fetchall()
    assert leaves
    assert "Xylophone" not in repr(leaves)
