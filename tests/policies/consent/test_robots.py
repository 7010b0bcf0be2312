"""A robots.txt never harms its reader, and its groups are those that protego decides by."""

from __future__ import annotations

import gzip
import re
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
from policies.consent.rsl import NAMESPACE, RslFile, embedded_terms
from policies.errors import InvalidPolicy, MissingPolicy
from policies.markup import Page
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


def rewritten(text: str, agent: str) -> str:
    """Return *text* as protego must be given it to read agent lines as RFC 9309 does: tokens cut, groups joined.

    Rules stay with the agent lines before them; what is neither a rule nor about use ends no list of agents.
    """
    kept = []
    for line in text.splitlines():
        words = line.partition("#")[0].replace(":", " ", 1).split()
        field = " ".join(words[:2] if words[:1] == ["user"] else words[:1]).lower()
        if field.startswith(("user-agent", "useragent", "user agent")):
            value = " ".join(words[2:] if field == "user agent" else words[1:])
            token = re.match(r"[A-Za-z_-]*", value)
            kept.append(f"User-agent: {'*' if value == '*' else token[0] if token else ''}")
            kept[-1] = kept[-1] if kept[-1].lower().endswith((": *", f": {agent.lower()}")) else "User-agent: another/0"
        elif field in ("disallow", "allow", "disalow") or line.startswith(("Allow:", "Content-Usage", "License")):
            kept.append(line)
    return "\n".join(kept)


@settings(max_examples=150, deadline=None)
@given(st.lists(LINES, max_size=14), st.sampled_from(["GPTBot", "CCBot", "foo"]))
def test_rules_are_those_of_protego(lines: list[str], agent: str) -> None:
    """For every mixture of lines, an agent may fetch what protego says where it reads agent lines as RFC 9309 does."""
    text = "\n".join(lines)
    robots = RobotsFile(text.encode())
    rules = Protego.parse(rewritten(text, agent))
    if robots.readable and not robots.addressed(agent).refused:
        allowed = [rules.can_fetch(f"https://h{path}", agent) for path in PATHS]
        assert [robots.decide(agent, path) for path in PATHS] == ["allow" if one else "deny" for one in allowed]


@settings(max_examples=150, deadline=None)
@given(st.lists(LINES, max_size=8), st.lists(LINES, max_size=4), st.sampled_from(["GPTBot", "CCBot"]))
def test_rules_about_use_follow_the_groups(before: list[str], after: list[str], agent: str) -> None:
    """A Content-Usage line concerns an agent, and what may be fetched, wherever a Disallow line would."""
    robots = RobotsFile("\n".join([*before, "Content-Usage: search=n;here", *after]).encode())
    rule, plain = (
        Protego.parse(rewritten("\n".join([*before, line, *after]), agent))
        for line in ("Disallow: /here", "Content-Usage: /x")
    )
    changed = plain.can_fetch("https://h/here", agent) and not rule.can_fetch("https://h/here", agent)
    if changed and robots.decide(agent, "/here") == "allow":
        assert "search=n;here" in {one.value for one in robots.signals(agent, "/here")}


@pytest.mark.parametrize(
    "value",
    [
        "GPTBot/1.2",
        "GPTBot (x)",
        "gptbot, CCBot",
        "GPTBot; x",
        "GPTBot\tx",
        "GPTBot2",
        "GPTBotü",
        "GPTBot // ours",
        "GPTBot*",
        "GPTBot\0",
        "GPTBot\u200b",
        "GPTBot.",
        "'GPTBot'",
        "CCBot, GPTBot",
        "CCBot GPTBot",
        "CCBot;GPTBot/2",
        "Mozilla/5.0 (compatible; GPTBot/1.0; +https://e.org/gptbot)",
        "GPT*",
        "*bot",
        "*GPTBot*",
        "* all bots",
        "*/1.0",
        "'*'",
        "* (all)",
        ": GPTBot",
        "\u200bGPTBot",
        "CCBot and GPTBot",
    ],
)
def test_refusal_is_heard_however_the_agent_is_written(value: str) -> None:
    """What follows a product token ends it, and a refusal in a list, a wildcard or a whole header is one too."""
    body = f"User-agent: *\nAllow: /b\n\nUser-agent: {value}\nDisallow: /\n".encode()

    assert RobotsFile(body).decide("GPTBot", "/a") == "deny"


@pytest.mark.parametrize(
    "value", ['"GPTBot"', "CCBot, GPTBot", "GPT*", "*/1.0", "Mozilla/5.0 (compatible; GPTBot/1.0)"]
)
def test_leave_in_no_specified_form_is_none(value: str) -> None:
    """Where the RFC sees another token, its group gives no leave against the group for all."""
    body = f"User-agent: *\nDisallow: /\n\nUser-agent: {value}\nAllow: /\n".encode()

    assert RobotsFile(body).decide("GPTBot", "/a") == "deny"


@pytest.mark.parametrize("value", ["no CCBot but GPTBot", "all (except GPTBot)", "robots of GPTBot (OpenAI)"])
def test_words_about_an_agent_leave_it_unknown(value: str) -> None:
    """A refusal to somebody among whom the agent may be is no answer, and no permission."""
    assert RobotsFile(f"User-agent: {value}\nDisallow: /\n".encode()).decide("GPTBot", "/a") == "unknown"


@pytest.mark.parametrize(
    ("token", "agent"),
    [
        ("GPT", "GPTBot"),
        ("Google", "Google-Extended"),
        ("bot", "GPTBot"),
        ("CC", "CCBot"),
        ("Applebot-", "Applebot-Extended"),
    ],
)
def test_prefix_is_another_token(token: str, agent: str) -> None:
    """A group is for the agent whose whole token it names (RFC 9309, section 2.2.1), whatever it says."""
    for rule, answer in (("Allow", "deny"), ("Disallow", "allow")):
        other = "Disallow" if rule == "Allow" else "Allow"
        body = f"User-agent: {token}\n{rule}: /\n\nUser-agent: *\n{other}: /\n".encode()
        assert RobotsFile(body).decide(agent, "/a") == answer


def test_agents_with_digits_and_blanks_are_found() -> None:
    """Names of agents that are no product tokens of the RFC are found as they are written."""
    robots = RobotsFile(b"User-agent: AI2Bot/1\nUser-agent: kangaroo bot\nUser-agent: img2dataset\nDisallow: /\n")

    assert [robots.decide(one, "/") for one in ("AI2Bot", "Kangaroo Bot", "img2dataset")] == ["deny"] * 3
    assert robots.decide("Ai2Bot-Dolma", "/") == "allow"


@pytest.mark.parametrize(
    "record",
    [
        "Crawl-delay: 10",
        "crawl delay 5",
        "Request-rate: 1/5",
        "Visit-time: 0100-0200",
        "Noindex: /x",
        "Sitemap: /s",
        "??",
    ],
)
def test_other_records_end_no_list_of_agents(record: str) -> None:
    """Agents that only such a record parts share the rules that follow, as in Google's reference parser."""
    body = f"User-agent: *\n{record}\n\nUser-agent: CCBot\nDisallow: /\n\nUser-agent: *\nDisallow:\n".encode()

    assert [RobotsFile(body).decide(one, "/a") for one in ("CCBot", "GPTBot")] == ["deny", "deny"]


@pytest.mark.parametrize(
    "body",
    [
        "<html><body><pre>User-agent: *\nDisallow: /x\n</pre></body></html>",
        "<html><head><title>Error</title>\nSitemap: x\n</html>",
        "\ufeff  <!DOCTYPE html>\nUser-agent: *\n",
        "Not found\n<!-- error -->\nUser-agent: *\n",
        "Allow: /\n<html><body>Not found",
        "User-agent: *\nAllow: /\n\n<!DOCTYPE html>\n<p>Not found",
        "<?xml version='1.0'?><Error>\nHost: e.org\n</Error>",
        '{\n"User-agent": "*",\n"Disallow": ""\n}',
        '[{"Allow": "/"}]\nAllow: /\n',
        "just words\nand more of them\n",
    ],
)
def test_other_documents_are_no_robots_txt(body: str) -> None:
    """A page, a feed or an object in its place decides nothing, though a line of it may look like a rule."""
    robots = RobotsFile(body.encode())

    assert [robots.decide(one, "/a") for one in ("GPTBot", "x")] == ["unknown", "unknown"]
    assert not robots.signals("GPTBot", "/a")


@pytest.mark.parametrize(
    "body",
    [
        "User-agent:GPTBot\rDisallow:/\r",
        "\0User-agent: GPTBot\0\n\0Disallow: /\n",
        "\ufeff\ufeffUser-agent: GPTBot\nDisallow: /",
        "\tUser-agent\t:\tGPTBot\t\n\tDisallow\t:\t/\t",
        "User agent: GPTBot\nDisallow: /",
        "user_agent: GPTBot\ndisallow: /",
        "User-agents: GPTBot\nDisallowed: /",
        "User-agent GPTBot\nDisallow /",
        "User-agent = GPTBot\nDisallow = /",
        "User-agent\uff1aGPTBot\nDisallow\uff1a/",
        "User\u2013agent: GPTBot\nDisallow: /",
        "User-agent:: GPTBot\nDisallow:: /",
    ],
)
def test_misspelled_lines_are_heard(body: str) -> None:
    """Marks, line ends, blanks and fields written otherwise do not make a refusal unheard, whatever the encoding."""
    encoded = [
        body.encode(one)
        for one in ("utf-8", "utf-16", "utf-32", *(("utf-16-le", "utf-16-be") if body[0] >= "\t" else ()))
    ]

    assert [RobotsFile(one).decide("GPTBot", "/a") for one in encoded] == ["deny"] * len(encoded)


def test_misspelled_statements_count_as_far_as_they_refuse() -> None:
    """A field about use that is written in no specified form gives no leave."""
    robots = RobotsFile(b"User-agent: *\nContent_Signal: ai-train=no, search=yes\ncontent usage: train-ai=y\n")

    assert [(one.name, one.meaning) for one in robots.signals("GPTBot", "/")] == [
        ("train-ai", "unknown"),
        ("train-ai", "deny"),
        ("search", "unknown"),
    ]


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
    """500 KiB are read; what was refused there stays so, and what was not is unknown, as nobody read the rest."""
    start = b"User-agent: *\nDisallow: /secret\n"
    filler = b"#" + b"x" * (LIMIT - len(start) - 12) + b"\n"
    robots = RobotsFile(start + filler + b"Allow: /secret/open/\nDisallow: /late\n")

    assert len(decode(b"a" * LIMIT)) == LIMIT
    assert decode(b"a" * (LIMIT + 1)) == ""
    assert robots.decide("x", "/secret/open/1") == "deny"
    assert robots.decide("x", "/late") == "unknown"
    assert robots.decide("x", "/") == "unknown"
    assert RobotsFile(start + filler).decide("x", "/late") == "allow"
    assert RobotsFile(b"x" * (LIMIT + 1)).decide("x", "/") == "unknown"


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


def test_rsl_within_a_page_speaks_of_it() -> None:
    """A script element of RSL's type is read as a document of the page; a broken one is unknown, never silence."""
    terms = f'<rsl xmlns="{NAMESPACE}"><content url="/"><license><prohibits type="usage">ai-train</prohibits></license>'
    for text, said in (
        (f"{terms}</content></rsl>", [("train-ai", "deny")]),
        (terms, [("rsl", "unknown")]),
        ("<license>none", [("rsl", "unknown")]),
    ):
        page = Page(f'<script type="application/rsl+xml">{text}</script>', uri="https://e.org/a")
        assert [(one.name, one.meaning) for one in embedded_terms(page)] == said


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


@pytest.mark.parametrize(
    "body",
    [
        r"User-agent: GPTBot\nDisallow: /\n",
        r"User-agent: *\r\nDisallow: /\r\n",
        r"# ours\nUser-agent: GPTBot\nUser-agent: CCBot\nDisallow: /",
        "User-agent: GPTBot Disallow: /",
        "User-agent: * Disallow: / Sitemap: https://e.org/s.xml",
        "User-agent: GPTBot, CCBot; Disallow: /",
        "User-agent: *<br>Disallow: /",
        "User-agent: *all\nDisallow: /",
        "User-agent: all\nDisallow: /",
        "User-agent: all bots\nDisallow: /",
        "User-agent: * (everyone)\nDisallow: /",
        "User-agent: GPT-Bot\nDisallow: /",
        "User-agent: GPT Bot/1.0\nDisallow: /",
        "User-agent: gpt_bot, cc_bot\nDisallow: /",
        "User-agent:\nDisallow: /",
        "User-agent: \nDisallow: /\n\nUser-agent: Other\nAllow: /",
        "User-agent: *\nDisallow:\n\nUser-agent:\nDisallow: /",
    ],
)
def test_refusal_is_heard_however_the_lines_are_written(body: str) -> None:
    """Line ends spelled out or missing, agents hyphenated, all by another name, and no name at all hide no refusal."""
    assert RobotsFile(body.encode()).decide("GPTBot", "/a") in ("deny", "unknown")


@pytest.mark.parametrize(
    "body",
    [
        r"User-agent: *\nDisallow:\n",
        "User-agent: Other Disallow: /",
        "User-agent: Other-Bot\nDisallow: /",
        "User-agent:\nDisallow:",
        "User-agent: *\nDisallow: /b Allow: /a",
        "User-agent: *\nDisallow: /b # not User-agent: * Disallow: /",
    ],
)
def test_what_refuses_nothing_is_leave_still(body: str) -> None:
    """Such lines refuse what they name, and nobody else."""
    assert RobotsFile(body.encode()).decide("GPTBot", "/a") == "allow"


def test_leave_in_one_line_is_none() -> None:
    """An agent whose group stands in one line gets no leave by it that the group for all denies."""
    for joined in (r"User-agent: GPTBot\nAllow: /", "User-agent: GPTBot Allow: /"):
        assert RobotsFile(f"User-agent: *\nDisallow: /\n\n{joined}\n".encode()).decide("GPTBot", "/a") == "deny"


def test_joined_lines_take_little_time() -> None:
    """Lines made of what parts records are read in linear time."""
    started = time.process_time()
    for piece in (" ", "\\n", "\\r\\n", "allow ", ": ", "user-agent: a ", "<br", "*", "*_", "all ", "\\nallow:/ "):
        body = ("User-agent: x: " + piece * (300_000 // len(piece))).encode()
        RobotsFile(body).decide("GPTBot", "/")

    assert time.process_time() - started < 60
