"""A run decides by what pages, headers, sites and registries say, and every decision can be explained afterwards."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from corpushub.cli import main
from policies.rules.policy_file import shipped

BY, NC = (f'<a rel="license" href="https://creativecommons.org/licenses/{kind}/4.0/">L</a>' for kind in ("by", "by-nc"))
ROBOTS = "User-agent: GPTBot\nDisallow: /private\n"
SENTENCE = "<p>The quick brown fox went over the {} hill and came back to the house with a friend of the family.</p>"

CREDIT = '<title>Of hills</title><meta name="author" content="A. Writer, desk@news.example.com">'

PAGES = {
    "https://free.example/": (CREDIT + BY, ""),
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
    "https://silent.example/": (CREDIT, ""),
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

LATER = {uri: (why, rule) for uri, (why, rule) in DROPPED.items() if rule != "registry"}
"""The same for a version that was made without a policy: registries belong to one."""

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
    undecided = RECIPE.partition("[policy]")[0].replace('"rights"', '"undecided"') + "[pii]\n"
    texts = {
        "optout.hosts": "listed.example\n",
        "ours.toml": POLICY,
        "recipe.toml": RECIPE,
        "undecided.toml": undecided,
    }
    for name, text in texts.items():
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


@pytest.fixture(scope="module")
def undecided(crawl: Path, tmp_path_factory: pytest.TempPathFactory, corpushub: Any) -> Path:
    """A hub with a version that was made without a policy."""
    home = tmp_path_factory.mktemp("undecided")
    corpushub("run", crawl / "undecided.toml", "--hub", home, "--yes", "--workers", "1")
    return home


def test_without_a_policy_nothing_is_dropped_for_its_rights(undecided: Path) -> None:
    """Every page is kept, and the run says that nobody decided."""
    (run,) = ask("runs", "--hub", str(undecided))[0]["runs"]
    assert (run["counts"]["kept"], run["counts"]["dropped"]) == (len(PAGES), 0)
    assert run["not_done"]["policy"] == "not decided"
    assert "robots" not in run["not_done"]


def test_a_version_is_judged_under_a_policy_it_was_not_made_with(crawl: Path, undecided: Path) -> None:
    """All that pages, headers and sites said was captured, so the audit finds what a run would have dropped."""
    policy = ["--policy", str(crawl / "ours.toml")]
    found = CliRunner().invoke(main, ["audit", "undecided", *policy, "--hub", str(undecided), "--json"])
    report = json.loads(found.stdout)
    findings = {
        rule: sum(one["count"] for one in report["findings"] if one["rule"] == rule) for _, rule in LATER.values()
    }

    assert found.exit_code == 1
    assert findings == Counter(rule for _, rule in LATER.values())
    assert sum(report["verdicts"].values()) == len(PAGES)


def test_whom_to_name_is_listed_and_scrubbed(undecided: Path, tmp_path: Path) -> None:
    """Pages whose licence asks for it are listed with title and author; others' names are nowhere."""
    path = tmp_path / "list.json"
    arguments = [
        "audit",
        "undecided",
        "--policy",
        str(shipped("research-eu")),
        "--attribution",
        str(path),
        "--hub",
        str(undecided),
    ]
    CliRunner().invoke(main, [*arguments, "--json"])
    rows = {row["uri"]: row for row in json.loads(path.read_text(encoding="utf-8"))}
    kept = ask("sql", "undecided", "select uri, title, author from documents", "--hub", str(undecided))[0]["rows"]

    assert rows["https://free.example/"]["title"] == "Of hills"
    assert rows["https://free.example/"]["author"] == "A. Writer, <EMAIL_ADDRESS_1>"
    assert "https://silent.example/" not in rows
    assert [row["uri"] for row in kept if row["title"] or row["author"]] == ["https://free.example/"]
