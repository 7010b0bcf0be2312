from __future__ import annotations

import json
from pathlib import Path

from click.testing import CliRunner

from hub.cli import main


def test_one_object_for_each_capture(tmp_path: Path) -> None:
    """A page and the rows of a table are told as JSON lines with the keys that scripts rely on."""
    (tmp_path / "a.html").write_text(
        '<link rel="license" href="https://creativecommons.org/licenses/by/4.0/">'
        "<footer>© A. All rights reserved</footer>"
    )
    (tmp_path / "b.jsonl").write_text(
        '{"text": "x", "url": "http://u:p@b.example/", "license": "mit"}\n{"text": "y"}\n'
    )

    result = CliRunner().invoke(main, ["evidence", str(tmp_path / "a.html"), str(tmp_path / "b.jsonl")])
    page, row, plain = (json.loads(line) for line in result.stdout.splitlines())

    assert result.exit_code == 0
    assert set(page) >= {"uri", "evidence", "license", "signals", "profile"}
    assert [(one["kind"], one["where"], one["scope"]) for one in page["evidence"]] == [
        ("rel-license", "head", "page"),
        ("reserved", "footer", "site"),
    ]
    assert (page["license"], page["disagreeing"]) == ("CC-BY-4.0", True)
    assert (row["uri"], row["license"], row["evidence"][0]["kind"]) == ("http://b.example/", "MIT", "record")
    assert (plain["uri"], plain["evidence"], plain["license"]) == (None, [], None)


def test_a_missing_file_is_an_error(tmp_path: Path) -> None:
    """Nothing is printed on stdout, and the exit code says so."""
    result = CliRunner().invoke(main, ["evidence", str(tmp_path / "nowhere.warc")])

    assert (result.exit_code, result.stdout) == (2, "")
