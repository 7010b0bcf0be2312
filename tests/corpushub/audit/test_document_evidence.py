"""What was said of a document's rights is read again from its sources, or told to be gone."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

import corpushub as face
from corpushub.cli import main
from corpushub.errors import BadRequest

WORDS = "The tide comes in twice a day along this coast, and people who live here plan their work around it. " * 6
PAGE = f"""<!doctype html><html><head><title>Tides</title><meta name="robots" content="noindex; noai"></head><body>
<p>{WORDS}</p><footer><p>This page is licensed under <a rel="license"
href="https://creativecommons.org/licenses/by/4.0/">CC BY 4.0</a>.</p>
<p>© Tides, write to jane.doe@example.com. All rights reserved.</p></footer></body></html>"""
ROBOTS = """# ours
User-agent: CCBot
Crawl-delay: 5

User-agent: GPTBot/1.2
Disallow: /private
Disallow: /

User-agent: *
Content-Signal: ai-train=no
Allow: /
"""
RECIPE = """
[dataset]
name = "tides"

[[source]]
name = "crawl"
connector = "warc"
paths = ["crawl/*.warc"]
robots = ["robots/*/robots.txt"]
license = "CC-BY-SA-4.0"
"""


def record(uri: str, page: str) -> bytes:
    """Return a WARC response record."""
    body = f"HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=utf-8\r\n\r\n{page}".encode()
    head = (
        f"WARC/1.1\r\nWARC-Type: response\r\nWARC-Target-URI: {uri}\r\nWARC-Date: 2024-01-02T03:04:05Z\r\n"
        f"Content-Type: application/http; msgtype=response\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body + b"\r\n\r\n"


@pytest.fixture
def made(tmp_path: Path, corpushub: Any) -> tuple[Path, Path, str]:
    """Run a small recipe; return its folder, the hub and the reference of the document."""
    (tmp_path / "crawl").mkdir()
    pages = [record(f"https://other.example/{number}", f"<p>{number} {WORDS}") for number in range(3)]
    whole = b"".join([*pages, record("https://tides.example/a", PAGE)])
    (tmp_path / "crawl" / "a.warc").write_bytes(whole)
    folder = tmp_path / "robots" / "tides.example"
    folder.mkdir(parents=True)
    (folder / "robots.txt").write_text(ROBOTS)
    (tmp_path / "recipe.toml").write_text(RECIPE)
    home = tmp_path / "home"
    corpushub("run", tmp_path / "recipe.toml", "--hub", home, "--yes")
    found = corpushub("find", "--url", "https://tides.example/a", "--hub", home)
    return tmp_path, home, f"tides@v1#{found['matches'][0]['doc_id']}"


def test_claims_are_quoted_with_place_line_and_group(made: tuple[Path, Path, str], corpushub: Any) -> None:
    """Each claim has its quote without personal data, place and date, and those of robots.txt file, line and group."""
    _, home, ref = made
    told = corpushub("trace", ref, "--evidence", "--hub", home)
    claims = {one["name"]: one for one in told["evidence"]["claims"] if one["name"] != "license"}
    licences = {one["kind"]: one for one in told["evidence"]["claims"] if one["name"] == "license"}

    assert told["evidence"]["gone"] == []
    assert (claims["noai"]["quote"], claims["noai"]["meaning"], claims["noai"]["where"]) == (
        "noindex; noai",
        "deny",
        "head",
    )
    assert claims["noai"]["at"] == "2024-01-02T03:04:05Z"
    assert claims["noai"]["file"] == told["locator"]["file"]
    robots = [claims[f"robots:{agent}"] for agent in ("GPTBot", "CCBot", "ClaudeBot")]
    assert [(one["meaning"], one["line"], one["group"], one["quote"]) for one in robots] == [
        ("deny", 7, "gptbot/1.2", "disallow: /"),
        ("deny", 7, "ccbot", "disallow: /"),
        ("allow", 11, "*", "allow: /"),
    ]
    assert {one["file"] for one in robots} == {"//tides.example/robots.txt"}
    assert (claims["train-ai"]["line"], claims["train-ai"]["group"]) == (10, "*")
    assert licences["source"]["meaning"] == "CC-BY-SA-4.0"
    assert licences["rel-license"]["meaning"] == "CC-BY-4.0"
    assert "jane.doe" not in licences["reserved"]["quote"]
    assert "<EMAIL_ADDRESS>" in licences["reserved"]["quote"]
    assert "author" not in claims


def test_without_the_option_nothing_is_read(made: tuple[Path, Path, str], corpushub: Any) -> None:
    """A plain trace has no evidence, and a version none at all."""
    _, home, ref = made

    assert corpushub("trace", ref, "--hub", home)["evidence"] is None
    corpushub("trace", "tides@v1", "--evidence", "--hub", home, code=2)
    with face.open(home) as hub, pytest.raises(BadRequest, match="not a document"):
        hub.trace("tides@v1", evidence=True)


def test_the_face_and_the_text_tell_the_same(made: tuple[Path, Path, str]) -> None:
    """A document of the Python face has its evidence, and the text names file, line and group."""
    _, home, ref = made
    with face.open(home) as hub:
        found = hub.trace_document(ref, evidence=True).evidence
    text = CliRunner().invoke(main, ["trace", ref, "--evidence", "--hub", str(home)]).stdout

    assert found is not None
    assert len(found.claims) > 4
    assert "robots:GPTBot deny (site, no date) //tides.example/robots.txt:7 [gptbot/1.2]" in text
    assert "jane.doe" not in text


def test_what_is_gone_is_said(made: tuple[Path, Path, str], corpushub: Any) -> None:
    """A file that was changed or removed is named, and nothing is read from it; the profile's claims remain."""
    folder, home, ref = made
    archive, robots = folder / "crawl" / "a.warc", folder / "robots" / "tides.example" / "robots.txt"
    whole = archive.read_bytes()
    robots.write_text("User-agent: *\nDisallow:\n")
    told = corpushub("trace", ref, "--evidence", "--hub", home)
    assert told["evidence"]["gone"] == ["robots/tides.example/robots.txt: the file has changed since it was read"]
    assert {one["where"] for one in told["evidence"]["claims"]} == {"source", "head", "footer"}

    archive.write_bytes(whole.replace(b"twice a day", b"thrice a da"))
    changed = corpushub("trace", ref, "--evidence", "--hub", home)["evidence"]
    assert changed["gone"] == ["crawl/a.warc: the file has changed since it was read"]
    archive.unlink()
    gone = corpushub("trace", ref, "--evidence", "--hub", home)
    assert gone["evidence"]["gone"] == ["crawl/a.warc: the file is gone"]
    assert [one["kind"] for one in gone["evidence"]["claims"]] == ["source"]
    assert gone["rights"]["signals"]["noai"]["meaning"] == "deny"


def test_agents_of_the_run_are_asked_again(made: tuple[Path, Path, str], corpushub: Any) -> None:
    """Where the recipe had a list of agents of its own, the claims are about these."""
    folder, home, ref = made
    (folder / "agents.toml").write_text('date = 2026-01-01\nagents = ["ZedBot", "CCBot"]\n')
    recipe = RECIPE + '[policy]\nfile = "permissive"\nagents = "agents.toml"\n'
    (folder / "recipe.toml").write_text(recipe.replace('"tides"', '"tides-too"'))
    corpushub("run", folder / "recipe.toml", "--hub", home, "--yes", code=None)
    told = corpushub("trace", ref.replace("tides@", "tides-too@"), "--evidence", "--hub", home)
    robots = {one["name"]: one["meaning"] for one in told["evidence"]["claims"] if one["kind"] == "robots"}

    assert robots == {"robots:CCBot": "deny", "robots:ZedBot": "allow"}
