"""A robots.txt never harms its reader, and its groups are those that protego decides by."""

from __future__ import annotations

import gzip
import time
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from protego import Protego

from policies.consent.agents import load_agents, shipped_agents
from policies.consent.ai_txt import AiFile
from policies.consent.matching import longest, matches, normal_path, normal_pattern
from policies.consent.robots import LIMIT, RobotsFile, decode
from policies.consent.rsl import NAMESPACE, RslFile
from policies.errors import InvalidPolicy, MissingPolicy
from policies.rights.evidence import Where

AGENTS = shipped_agents().tokens
PATHS = ("/", "/a", "/private/x.html?q=1", "/A%20b", "/ü")

LINES = st.sampled_from(
    [
        "User-agent: *",
        "User-agent: gptbot",
        "user agent GPT",
        "User-agent: GPT*",
        "useragent:CCBot",
        "User-agent:",
        "User-agent foo/1.0",
        "Disallow: /a",
        "Disallow: /",
        "disalow /private",
        "Allow: /private/*.html$",
        "Allow:/a$b",
        "Disallow:",
        "Sitemap: https://e.org/s.xml",
        "Host e.org",
        "Crawl-delay: 5",
        "crawl delay 5",
        "Unknown:/x",
        "Unknown: /x",
        "Unknown:",
        "Content-Usage:train-ai=n",
        "License: /l.xml",
        "words without any sign",
        "# comment",
        "",
        "Disallow /b: c",
        "User-agent: x # y",
    ]
)


def chosen_by_protego(text: str, agent: str) -> str | None:
    """Return the token of the rules that protego applies to *agent*."""
    rules = Protego.parse(text)._get_matching_rule_set(agent)
    return rules.user_agent if rules else None


@settings(max_examples=150, deadline=None)
@given(st.lists(LINES, max_size=14), st.sampled_from(["GPTBot", "CCBot", "foo", "Kangaroo Bot"]))
def test_groups_are_those_of_protego(lines: list[str], agent: str) -> None:
    """For every mixture of lines, the group that our parser finds for an agent is the one that protego applies."""
    text = "\n".join(lines)
    robots = RobotsFile(text.encode())

    assert robots.group_of(agent) == chosen_by_protego(text, agent)
    if robots.readable:
        allowed = [Protego.parse(text).can_fetch(f"https://h{path}", agent) for path in PATHS]
        assert [robots.decide(agent, path) for path in PATHS] == ["allow" if one else "deny" for one in allowed]


@settings(max_examples=150, deadline=None)
@given(st.lists(LINES, max_size=8), st.lists(LINES, max_size=4), st.sampled_from(["GPTBot", "CCBot"]))
def test_rules_about_use_follow_the_groups(before: list[str], after: list[str], agent: str) -> None:
    """A Content-Usage line concerns an agent, and what may be fetched, wherever a Disallow line would."""
    robots = RobotsFile("\n".join([*before, "Content-Usage: search=n;here", *after]).encode())
    rule, plain = (Protego.parse("\n".join([*before, line, *after])) for line in ("Disallow: /here", "Unknown: /here"))
    changed = plain.can_fetch("https://h/here", agent) and not rule.can_fetch("https://h/here", agent)
    if changed and robots.decide(agent, "/here") == "allow":
        assert "search=n;here" in {one.value for one in robots.signals(agent, "/here")}


@given(st.binary(max_size=400))
def test_no_bytes_are_too_odd(body: bytes) -> None:
    """Whatever the bytes, a file is parsed and every agent gets an answer."""
    robots = RobotsFile(body)

    assert {one.meaning for one in robots.evidence(AGENTS, "/a")} <= {"allow", "deny", "unknown"}


def test_agents_of_one_group_share_the_answer() -> None:
    """Each agent gets evidence of its own, which names the group; rules about use are there once."""
    robots = RobotsFile(b"User-agent: *\nContent-Signal: ai-train=no\nUser-agent: GPTBot\nDisallow: /\n")
    evidence = robots.evidence(AGENTS, "/x")
    denied = [one for one in evidence if one.meaning == "deny"]

    assert [(one.name, one.value) for one in denied] == [
        ("robots:GPTBot", "User-agent: gptbot"),
        ("train-ai", "ai-train=no"),
    ]
    assert len(evidence) == len(AGENTS) + 1
    assert {one.where for one in evidence} == {Where.SITE}


def test_what_stands_behind_the_limit_is_not_read() -> None:
    """500 KiB are read; the line that is cut there counts neither way."""
    start = b"User-agent: *\nDisallow: /secret\n"
    filler = b"#" + b"x" * (LIMIT - len(start) - 12) + b"\n"
    robots = RobotsFile(start + filler + b"Allow: /secret/open/\nDisallow: /late\n")

    assert len(decode(b"a" * LIMIT)) == LIMIT
    assert decode(b"a" * (LIMIT + 1)) == ""
    assert robots.decide("x", "/secret/open/1") == "deny"
    assert robots.decide("x", "/late") == "allow"


def test_hostile_file_is_not_decided_by() -> None:
    """Ten thousand agents that share ten thousand rules would be a hundred million: the file is unknown, at once."""
    agents = b"".join(b"User-agent: a%d\n" % number for number in range(12_000))
    body = agents + b"Disallow: /x\n" * 12_000 + b"User-agent: *\nAllow: /\n"
    started = time.process_time()
    robots = RobotsFile(body)

    assert robots.decide("GPTBot", "/") == "unknown"
    assert [one.meaning for one in AiFile(body).evidence(AGENTS, "/")] == ["unknown"]
    assert time.process_time() - started < 30


def test_utf_16_is_read() -> None:
    """A file in UTF-16 with a byte order mark is decoded; without a mark it is no robots.txt."""
    text = "User-agent: *\nDisallow: /x\n"

    assert RobotsFile(text.encode("utf-16")).decide("a", "/x") == "deny"
    assert RobotsFile(gzip.compress(text.encode(), mtime=0)).decide("a", "/x") == "unknown"


@pytest.mark.parametrize(
    ("pattern", "path", "expected"),
    [
        ("", "/x", True),
        ("/a*b*c$", "/a1b2c", True),
        ("/a*b*c$", "/a1b2cd", False),
        ("/a*ab$", "/ab", False),
        ("*.jpg", "/x/y.jpg?z", True),
        ("/$", "/", True),
        ("/$", "/a", False),
        ("/a$b", "/a$b", True),
        ("*", "/", True),
    ],
)
def test_patterns(pattern: str, path: str, expected: bool) -> None:
    """Wildcards match any run of characters, and a dollar sign the end only where it stands at the end."""
    assert matches(normal_pattern(pattern), normal_path(path)) is expected


def test_many_wildcards_take_little_time() -> None:
    """A pattern of a thousand asterisks against a long path is linear work."""
    started = time.process_time()

    assert not matches("/" + "*a" * 1000 + "b$", "/" + "a" * 20_000)
    assert longest([("/" + "*a" * 1000, 1), ("", 2)], "/" + "a" * 20_000) == [1]
    assert time.process_time() - started < 20


def test_hostile_rsl_is_unknown() -> None:
    """Entities, depth, size, odd encodings and broken XML leave the terms unknown, and nothing is raised."""
    entity = b'<!DOCTYPE r [<!ENTITY a "aaaa">]><rsl xmlns="%s">&a;</rsl>' % NAMESPACE.encode()
    deep = b'<rsl xmlns="%s">' % NAMESPACE.encode() + b"<a>" * 5000 + b"</a>" * 5000 + b"</rsl>"
    odd = b'<?xml version="1.0" encoding="klingon"?><rsl xmlns="%s"/>' % NAMESPACE.encode()
    for body in (entity, deep, odd, b"\xff\xfe", b"", b"<rsl/>", b" " * 200_000):
        assert [(one.name, one.meaning) for one in RslFile(body).evidence("e.org", "/")] == [("rsl", "unknown")]


def test_shipped_agents_are_dated() -> None:
    """The list has a date, and names each agent once in order."""
    agents = shipped_agents()

    assert agents.date == "2026-08-22"
    assert list(agents.tokens) == sorted(agents.tokens, key=str.lower)
    assert agents.known("gptbot")
    assert not agents.known("bingbot")


@pytest.mark.parametrize(
    "content",
    [
        "agents = []\ndate = 2026-01-01",
        'agents = ["a"]',
        'agents = ["a"]\ndate = "x"',
        'agents = ["a:b"]\ndate = 2026-01-01',
        'agents = ["a"]\ndate = 2026-01-01\nextra = 1',
        "agents = [",
    ],
)
def test_list_of_agents_is_checked(tmp_path: Path, content: str) -> None:
    """A list without date or agents, with another key or a malformed token, is refused with its path."""
    (tmp_path / "agents.toml").write_text(content, encoding="utf-8")
    with pytest.raises(InvalidPolicy, match=r"agents\.toml.*nothing was decided"):
        load_agents(tmp_path / "agents.toml")
    with pytest.raises(MissingPolicy, match="none"):
        load_agents(tmp_path / "none.toml")


def test_own_list_of_agents(tmp_path: Path) -> None:
    """An operator's list is read as the shipped one; spellings that differ in case alone are one agent."""
    (tmp_path / "agents.toml").write_text('agents = ["Zed", "abc", "ABC"]\ndate = 2026-01-01', encoding="utf-8")

    assert load_agents(tmp_path / "agents.toml").tokens == ("ABC", "Zed")
