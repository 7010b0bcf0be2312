from __future__ import annotations

import hashlib
import json
from pathlib import Path

from click.testing import CliRunner

from corpushub.audit.evidence_files import describe
from corpushub.cli import main
from policies.rights.evidence import Evidence, Scope, Where
from policies.rights.profiles import Profile, Signal


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
    assert row["profile"] == Profile("MIT", ("MIT",)).id
    assert plain["profile"] == Profile().id


def test_headers_metas_sites_and_registries_speak(tmp_path: Path) -> None:
    """A capture's signals and profile come from its header and meta elements, its site's files and registries."""
    page = (
        b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nX-Robots-Tag: noimageai\r\n\r\n<meta name=robots content=noai>"
    )
    head = (
        "WARC/1.1\r\nWARC-Type: response\r\nWARC-Target-URI: https://a.example/x\r\nWARC-Date: 2024-01-02T03:04:05Z\r\n"
    )
    head += f"Content-Type: application/http; msgtype=response\r\nContent-Length: {len(page)}\r\n\r\n"
    (tmp_path / "a.warc").write_bytes(head.encode() + page + b"\r\n\r\n")
    (tmp_path / "b.jsonl").write_text('{"text": "Some words.", "url": "https://b.example/"}\n')
    (tmp_path / "a.example.txt").write_text("User-agent: *\nContent-Signal: ai-train=no, search=yes\n")
    (tmp_path / "optout.hosts").write_text("a.example\n")
    (tmp_path / "optout.contents").write_text(hashlib.sha256(b"Some words.").hexdigest() + "\n")
    beside = ["--robots", str(tmp_path / "*.example.txt"), "--registry", str(tmp_path / "optout.*")]

    result = CliRunner().invoke(main, ["evidence", str(tmp_path / "a.warc"), str(tmp_path / "b.jsonl"), *beside])
    first, second = (json.loads(line) for line in result.stdout.splitlines())
    denied = {name for name, meaning in first["signals"].items() if meaning == "deny"}

    assert denied == {"noai", "noimageai", "registry", "train-ai"}
    assert (first["signals"]["search"], first["signals"]["robots:GPTBot"]) == ("allow", "allow")
    assert {one["where"] for one in first["evidence"]} == {"head", "header", "site", "registry"}
    assert second["signals"] == {"registry": "deny"}
    assert second["profile"] == Profile(signals=(Signal("registry", "deny", "registry"),)).id


def test_a_missing_file_is_an_error(tmp_path: Path) -> None:
    """Nothing is printed on stdout, and the exit code says so."""
    result = CliRunner().invoke(main, ["evidence", str(tmp_path / "nowhere.warc")])

    assert (result.exit_code, result.stdout) == (2, "")


def test_evidence_says_as_of_when_it_is() -> None:
    """What a page says is of its capture; a file of the site has its own time, or none that is known."""
    said = [
        Evidence("meta-robots", Where.HEAD, Scope.PAGE, "noai", "noai", "deny"),
        Evidence("robots", Where.SITE, Scope.SITE, "", "robots:GPTBot", "allow", "2024-01-01T00:00:00Z"),
        Evidence("robots", Where.SITE, Scope.SITE, "", "robots:CCBot", "allow"),
    ]
    dated, undated = describe(None, said, 0), describe(None, said)

    assert [one.at for one in dated.evidence] == ["1970-01-01T00:00:00Z", "2024-01-01T00:00:00Z", None]
    assert [one.at for one in undated.evidence] == [None, "2024-01-01T00:00:00Z", None]
