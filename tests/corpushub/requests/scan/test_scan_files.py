"""Personal data in files, and the key in a run, through the command line."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import pytest

from corpushub.testing.recipes import recipe

RECIPE = recipe('[pii]\ndefault = "pseudonym"', paths=["*.jsonl"])
MAIL = "zqann@mail.example.com"


@pytest.fixture(autouse=True)
def _no_key_around(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CORPUSHUB_PII_KEY", raising=False)


@pytest.fixture
def files(tmp_path: Path) -> Path:
    """A folder of files of several kinds with an e-mail address in each, and one without."""
    rows = [{"text": "nothing"}, {"body": "no text"}, {"text": f"é {MAIL} and 192.0.2.1"}]
    with gzip.open(tmp_path / "table.jsonl.gz", "wt", encoding="utf-8") as file:
        file.writelines(json.dumps(row) + "\n" for row in rows)
    (tmp_path / "page.html").write_text(f"<p>Write to <b>{MAIL}</b></p>", encoding="utf-8")
    (tmp_path / "clean.txt").write_text("Nothing to see here.", encoding="utf-8")
    return tmp_path


def test_scan_counts_by_file_and_type(files: Path, corpushub: Any) -> None:
    """Each file's findings are counted by type, records without a text as failed, and no value is shown."""
    report = corpushub("scan", *sorted(files.iterdir()), "--findings", "9", code=1)
    by_name = {Path(one["file"]).name: one for one in report["files"]}

    assert report["schema"] == "corpushub.scan/1"
    assert (report["clean"], report["types"]) == (False, {"EMAIL_ADDRESS": 2, "IP_ADDRESS": 1})
    assert report["status"] == {"complete": 4, "partial": 0, "failed": 1}
    assert [one["type"] for one in by_name["page.html"]["findings"]] == ["EMAIL_ADDRESS"]
    (mail, _) = by_name["table.jsonl.gz"]["findings"]
    assert {**mail, "score": 1.0} == {
        "record": 3,
        "type": "EMAIL_ADDRESS",
        "start": 2,
        "end": 2 + len(MAIL),
        "recognizer": "EmailRecognizer",
        "score": 1.0,
        "value": None,
    }
    assert by_name["clean.txt"]["types"] == {}
    assert "zqann" not in json.dumps(report)


def test_values_are_shown_on_request_alone(files: Path, corpushub: Any) -> None:
    """The flag that says so shows the values."""
    report = corpushub("scan", files / "page.html", "--findings", "1", "--show-values", code=1)

    assert report["files"][0]["findings"][0]["value"] == MAIL


def test_clean_files_are_exit_code_0(files: Path, corpushub: Any) -> None:
    """Where nothing is found the answer is yes; a file that is no text is not clean; a missing one is an error."""
    (files / "picture.bin").write_bytes(bytes(range(256)))

    assert corpushub("scan", files / "clean.txt")["clean"]
    assert corpushub("scan", files / "picture.bin", code=1)["status"]["failed"] == 1
    assert corpushub("scan", files / "none.txt", code=2)["error"] == "MissingSource"


def test_scan_searches_as_a_recipe_does(files: Path, corpushub: Any) -> None:
    """Types and thresholds come from the recipe; its actions and its key play no part."""
    (files / "recipe.toml").write_text(RECIPE + 'entities = ["IP_ADDRESS"]\n', encoding="utf-8")
    report = corpushub("scan", files / "table.jsonl.gz", "--recipe", files / "recipe.toml", code=1)

    assert report["types"] == {"IP_ADDRESS": 1}


def test_a_missing_key_stops_before_anything_is_done(files: Path, corpushub: Any) -> None:
    """Neither plan nor run begins without the key that an action needs, and no hub is made."""
    (files / "recipe.toml").write_text(RECIPE, encoding="utf-8")
    for command in (["plan"], ["run", "--yes"]):
        refused = corpushub(*command, files / "recipe.toml", "--hub", files / "hub", code=2)
        assert refused["error"] == "InvalidScrub"
        assert "CORPUSHUB_PII_KEY" in refused["message"]
    assert not (files / "hub").exists()


def test_the_key_is_part_of_what_a_version_is(files: Path, corpushub: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """The same key makes no new version, another one does, and findings carry hashes with which both agree."""
    (files / "a.jsonl").write_text(json.dumps({"id": "1", "text": f"to {MAIL}"}) + "\n", encoding="utf-8")
    (files / "recipe.toml").write_text(RECIPE, encoding="utf-8")
    hashes = []
    for secret, version in (("first key, long enough", "d@v1"), ("another key, as long", "d@v2")):
        monkeypatch.setenv("CORPUSHUB_PII_KEY", secret)
        made = corpushub("run", files / "recipe.toml", "--hub", files / "hub", "--yes", "--workers", "2")
        (found,) = corpushub("find", "--id", "1", "--in", version, "--hub", files / "hub")["matches"]
        trace = corpushub("trace", f"{version}#{found['doc_id']}", "--hub", files / "hub")
        hashes.append(trace["events"][0]["findings"][0]["hash"])
        assert (made["version"], "findings" in made["not_done"]) == (version, False)
        assert corpushub("run", files / "recipe.toml", "--hub", files / "hub", "--yes")["unchanged"] == version

    assert len(set(hashes)) == 2
    corpushub("export", "d", "--as", "jsonl", "--out", files / "out", "--hub", files / "hub")
    text = "".join(path.read_text(encoding="utf-8") for path in (files / "out").iterdir())
    assert f"to <EMAIL_ADDRESS:{hashes[1][:16]}>" in text


def test_without_a_key_the_version_says_so(files: Path, corpushub: Any) -> None:
    """Findings without hashes are named among what was not done."""
    (files / "a.jsonl").write_text(json.dumps({"id": "1", "text": f"to {MAIL}"}) + "\n", encoding="utf-8")
    (files / "recipe.toml").write_text(RECIPE.replace("pseudonym", "mask"), encoding="utf-8")
    made = corpushub("run", files / "recipe.toml", "--hub", files / "hub", "--yes")

    assert made["not_done"]["findings"] == "not hashed, no key"
