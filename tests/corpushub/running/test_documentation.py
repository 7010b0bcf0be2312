from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from corpushub.cli import main
from corpushub.face.hub import Hub
from corpushub.testing.recipes import recipe, source
from corpushub.testing.sources import write_jsonl
from lineage.control.documentation.records import documentation_of

SAID = '[documentation]\ntitle = "Fruit"\ndescription = "Pages."\ncontact = "x@y.example"\nlegal_basis = "None."\n'
Corpushub = Callable[..., Any]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with one small source."""
    write_jsonl(tmp_path / "data" / "a.jsonl", [{"id": str(n), "text": f"Page number {n} of many."} for n in range(9)])
    return tmp_path


def write(folder: Path, *tables: str, **keys: Any) -> Path:
    """Write a recipe into *folder*."""
    path = folder / "recipe.toml"
    path.write_text(recipe(*tables, **keys), encoding="utf-8")
    return path


def test_the_hub_requires_words_before_anything_is_read(folder: Path, corpushub: Corpushub) -> None:
    """Exit 2 with a block to paste, though the source does not even exist; --undocumented says so for ever."""
    hub = folder / "hub"
    corpushub("documentation", "--init", "--hub", hub)
    nothing = write(folder, paths=["nowhere/*.jsonl"])
    refused = corpushub("run", nothing, "--hub", hub, "--yes", code=2)
    assert refused["error"] == "Undocumented"
    assert '[documentation]\ntitle = ""' in refused["message"]
    assert not (hub / "runs").exists()

    path = write(folder)
    plan = corpushub("plan", path, "--hub", hub)
    assert plan["documentation"]["required"][0] == "title"
    assert "undocumented" in plan["not_done"]
    made = corpushub("run", path, "--hub", hub, "--yes", "--undocumented")
    assert made["version"] == "d@v1"

    write(folder, SAID, owner="The orchard", license="CC0-1.0")
    shown = corpushub("show", "d@v1", "--hub", hub)
    assert "title" in shown["not_done"]["undocumented"]
    with Hub.locate(hub) as opened:
        envelope = opened.version("d@v1").record
        assert documentation_of(opened, envelope).undocumented == shown["not_done"]["undocumented"]


def test_a_plan_shows_a_block_to_paste(folder: Path, corpushub: Corpushub) -> None:
    """Each key stands in a line of its own, as in what a run that is refused says."""
    hub = folder / "hub"
    corpushub("documentation", "--init", "--hub", hub)
    told = CliRunner().invoke(main, ["plan", str(write(folder)), "--hub", str(hub)])

    assert told.exit_code == 0
    assert '\n  [documentation]\n  title = ""  # ' in told.stdout


def test_words_alone_make_no_version_and_are_recorded(folder: Path, corpushub: Corpushub) -> None:
    """Nothing changed, but the newest version is what the recipe says now, and its files and run stay as they were."""
    hub = folder / "hub"
    first = corpushub("run", write(folder), "--hub", hub, "--yes")
    assert first["documented"] == "d@v1"
    assert first["not_done"]["documentation"] == "not written"
    again = corpushub("run", write(folder), "--hub", hub, "--yes")
    assert (again["unchanged"], again["documented"]) == ("d@v1", None)

    path = write(folder, SAID, owner="The orchard")
    plan = corpushub("plan", path, "--hub", hub)
    told = corpushub("run", path, "--hub", hub, "--yes")

    assert (plan["unchanged"], plan["shards_done"]) == (True, 0)
    assert (told["unchanged"], told["documented"], told["manifest_root"]) == ("d@v1", "d@v1", None)
    report = corpushub("documentation", "d", "--hub", hub)
    said = [one["name"] for one in report["fields"] if one["filled"]]
    assert said == ["title", "description", "contact", "legal_basis", "source.s.owner"]
    assert corpushub("verify", "d@v1", "--hub", hub)["ok"]


def test_increments_go_on_whatever_is_said(folder: Path, corpushub: Corpushub) -> None:
    """A new file beside new words is read alone: words are no reason to read what was read before."""
    hub = folder / "hub"
    corpushub("run", write(folder), "--hub", hub, "--yes")
    write_jsonl(folder / "data" / "b.jsonl", [{"id": "b", "text": "Another page that is new."}])

    made = corpushub("run", write(folder, SAID), "--hub", hub, "--yes")

    assert made["reused"]["version"] == "d@v1"
    assert made["documented"] == "d@v2"


def test_check_tells_what_is_stale(folder: Path, corpushub: Corpushub) -> None:
    """A new source makes words about sources stale: exit 1 with field, cause and since when; confirmed, they hold."""
    hub = folder / "hub"
    corpushub("run", write(folder, SAID), "--hub", hub, "--yes")
    corpushub("documentation", "d", "--check", "--hub", hub)
    write_jsonl(folder / "more" / "c.jsonl", [{"id": "c", "text": "A page of another source."}])
    corpushub("run", write(folder, SAID, source("more", "jsonl", ["more/*.jsonl"])), "--hub", hub, "--yes")

    found = corpushub("documentation", "d", "--check", "--hub", hub, code=1)
    assert {(one["field"], one["cause"]) for one in found["stale"]} == {
        ("description", "a new source: more"),
        ("legal_basis", "a new source: more"),
    }
    created = corpushub("history", "d", "--hub", hub)["versions"][0]["created"]
    assert {one["since"] for one in found["stale"]} == {created}
    assert corpushub("documentation", "d@v1", "--check", "--hub", hub)["stale"] == []
    confirmed = ("--confirm", "description", "--confirm", "legal_basis")
    assert corpushub("documentation", "d", *confirmed, "--check", "--hub", hub)["stale"] == []


def test_erasures_mark_each_version_they_touch(folder: Path, corpushub: Corpushub) -> None:
    """Papers of every version that lost a document are stale from then on, those of others are not."""
    hub = folder / "hub"
    corpushub("run", write(folder, SAID), "--hub", hub, "--yes")
    write_jsonl(folder / "data" / "b.jsonl", [{"id": "b", "text": "Another page that is new."}])
    corpushub("run", write(folder, SAID), "--hub", hub, "--yes")
    (match,) = corpushub("find", "--id", "b", "--in", "d@v2", "--hub", hub)["matches"]

    corpushub("erase", "--subject", f"doc:{match['doc_id']}", "--reason", "asked", "--yes", "--hub", hub)

    stale = corpushub("documentation", "d@v2", "--check", "--hub", hub, code=1)["stale"]
    assert {one["field"] for one in stale} == {"legal_basis", "papers"}
    assert corpushub("documentation", "d@v1", "--check", "--hub", hub)["ok"]


def test_personal_data_in_words_is_told_and_not_repeated(folder: Path) -> None:
    """The warning names the field and the type, never the value."""
    said = SAID + 'funding = "Paid by jane.doe@orchard.com."\n'
    words = ["run", str(write(folder, said)), "--hub", str(folder / "hub"), "--yes", "--workers", "1", "--json"]

    done = CliRunner().invoke(main, words)

    assert "funding of the documentation seems to hold personal data (EMAIL_ADDRESS)" in done.stderr
    assert "jane.doe" not in done.stderr + json.dumps(json.loads(done.stdout))
    assert "contact" not in done.stderr
