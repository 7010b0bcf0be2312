"""A run decides by what pages, headers, sites and registries say, and every decision can be explained afterwards."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from hub.cli import main

BY, NC = (f'<a rel="license" href="https://creativecommons.org/licenses/{kind}/4.0/">L</a>' for kind in ("by", "by-nc"))
ROBOTS = "User-agent: GPTBot\nDisallow: /private\n"
SENTENCE = "<p>The quick brown fox went over the {} hill and came back to the house with a friend of the family.</p>"

PAGES = {
    "https://free.example/": (BY, ""),
    "https://site.example/open": (BY, ""),
    "https://site.example/private/x": (BY, ""),
    "https://nc.example/": (NC, ""),
    "https://data.example/": (
        '<script type="application/ld+json">{"@type":"Article","license":"CC-BY-NC-4.0"}</script>',
        "",
    ),
    "https://header.example/": (BY, "X-Robots-Tag: noai\r\n"),
    "https://meta.example/": (f'<meta name="robots" content="no-ai">{BY}', ""),
    "https://www.listed.example/": (BY, ""),
    "https://silent.example/": ("", ""),
}
"""Address of each page, its markup and its header."""

DROPPED = {
    "https://site.example/private/x": ("consent_denied", "robots"),
    "https://nc.example/": ("license_denied", "non-commercial"),
    "https://data.example/": ("license_denied", "non-commercial"),
    "https://header.example/": ("consent_denied", "noai"),
    "https://meta.example/": ("consent_unknown", "noai"),
    "https://www.listed.example/": ("consent_denied", "registry"),
    "https://silent.example/": ("license_unknown", "unknown-licence"),
}
"""Reason and rule of each page that the policy does not allow."""

POLICY = """
name = "ours"
version = "1"
purpose = "train"
rule = [
    { id = "registry", verdict = "deny", reason = "The owner is on our list.", when.signals = { registry = "deny" } },
    { id = "noai", verdict = "deny", reason = "The page says noai.", when.signals = { noai = "deny" } },
    { id = "robots", verdict = "deny", reason = "robots.txt refuses.", when.any_signal = { "robots:*" = "deny" } },
    { id = "non-commercial", verdict = "deny", reason = "No commercial use.", when.bans = ["commercial"] },
    { id = "free", verdict = "allow", reason = "It is free.", when.permits = ["reproduce", "adapt", "share"] },
]
"""
RECIPE = """
[dataset]
name = "rights"
[[source]]
name = "web"
connector = "warc"
paths = ["pages.warc"]
robots = ["robots.warc"]
extract = "full"
[policy]
file = "ours.toml"
registries = ["optout.hosts"]
"""


def response(uri: str, body: str, headers: str) -> bytes:
    """Build the WARC record of an answer."""
    block = f"HTTP/1.1 200 OK\r\n{headers}\r\n{body}".encode()
    head = f"WARC/1.1\r\nWARC-Type: response\r\nWARC-Target-URI: {uri}\r\nWARC-Date: 2024-01-02T03:04:05Z\r\n"
    kind = f"Content-Type: application/http; msgtype=response\r\nContent-Length: {len(block)}\r\n\r\n"
    return head.encode() + kind.encode() + block + b"\r\n\r\n"


@pytest.fixture(scope="module")
def crawl(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with pages, the robots.txt of a site, a registry, a policy and a recipe."""
    folder = tmp_path_factory.mktemp("crawl")
    html = "Content-Type: text/html; charset=utf-8\r\n"
    pages = [response(uri, markup + SENTENCE.format(uri), html + header) for uri, (markup, header) in PAGES.items()]
    (folder / "pages.warc").write_bytes(b"".join(pages))
    (folder / "robots.warc").write_bytes(
        response("https://site.example/robots.txt", ROBOTS, "Content-Type: text/plain\r\n")
    )
    for name, text in (("optout.hosts", "listed.example\n"), ("ours.toml", POLICY), ("recipe.toml", RECIPE)):
        (folder / name).write_text(text, encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def told(crawl: Path, tmp_path_factory: pytest.TempPathFactory, corpushub: Any) -> dict[str, Any]:
    """The trace of every page after one run, by its address."""
    home = tmp_path_factory.mktemp("hub")
    corpushub("run", crawl / "recipe.toml", "--hub", home, "--yes", "--workers", "1")
    query = "select doc_id as id from ledger where outcome in ('kept', 'dropped')"
    ids = [row["id"] for row in ask("sql", "rights", query, "--hub", str(home))[0]["rows"]]
    traces = [ask("trace", f"rights@v1#{one}", "--hub", str(home))[0] for one in ids]
    return {trace["uri"]: trace for trace in traces}


def ask(*arguments: str) -> list[Any]:
    """Run a command in this process and return the objects that it prints."""
    result = CliRunner().invoke(main, [*arguments, "--json"])
    assert result.exit_code == 0, result.output
    return [json.loads(line) for line in result.stdout.splitlines()]


def test_what_is_not_allowed_is_dropped_by_its_rule(told: dict[str, Any]) -> None:
    """Every page has one fate; a dropped one names the reason and, in `detail`, the rule."""
    last = {uri: trace["events"][-1] for uri, trace in told.items()}
    dropped = {uri: (event["reason"], event["detail"]) for uri, event in last.items() if event["outcome"] == "dropped"}

    assert set(told) == set(PAGES)
    assert dropped == DROPPED
    assert {uri for uri, event in last.items() if event["outcome"] == "kept"} == set(PAGES) - set(DROPPED)


def test_a_trace_explains_the_decision(told: dict[str, Any]) -> None:
    """It shows licence, signals and where they were found, and the rule with its reason, for kept pages too."""
    for uri, trace in told.items():
        assert trace["rights"]["rule"] == DROPPED.get(uri, ("", "free"))[1]
    private, kept = told["https://site.example/private/x"]["rights"], told["https://free.example/"]["rights"]
    header = told["https://header.example/"]["rights"]

    assert private["signals"]["robots:GPTBot"] == {"meaning": "deny", "where": "site"}
    assert (private["verdict"], private["why"]) == ("deny", "robots.txt refuses.")
    assert (kept["license"], kept["verdict"], kept["signals"]) == ("CC-BY-4.0", "allow", {})
    assert header["signals"] == {"noai": {"meaning": "deny", "where": "header"}}


def test_evidence_finds_what_the_run_found(crawl: Path, told: dict[str, Any]) -> None:
    """The command that shows evidence gives every capture the profile that stands in the ledger."""
    beside = ["--robots", str(crawl / "robots.warc"), "--registry", str(crawl / "optout.hosts")]
    shown = ask("evidence", str(crawl / "pages.warc"), *beside)

    assert {one["uri"]: one["profile"] for one in shown} == {uri: trace["profile"] for uri, trace in told.items()}
