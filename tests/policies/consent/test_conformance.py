"""Consent signals mean what their specifications say: each line of conformance/*.toml is a case."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest

from policies.consent.agents import Agents
from policies.consent.ai_txt import AiFile
from policies.consent.headers import header_evidence, meta_evidence, tdm_answer
from policies.consent.preferences import content_signal, content_usage
from policies.consent.robots import RobotsFile
from policies.consent.rsl import NAMESPACE, RslFile
from policies.consent.tdmrep import TdmFile
from policies.rights.evidence import Evidence, Scope, Where

FOLDER = Path(__file__).parent / "conformance"
TABLES = {path.stem: tomllib.loads(path.read_text(encoding="utf-8")) for path in sorted(FOLDER.glob("*.toml"))}
AGENTS = Agents("2026-01-01", ("GPTBot",))
Says = dict[str, str]


def told(evidence: Iterable[Evidence]) -> Says:
    """Return the meaning of each signal."""
    return {one.name: str(one.meaning) for one in evidence}


def lines_of(table: str, *sections: str) -> list[Any]:
    """Return the cases of sections that map a value to what it says."""
    return [pytest.param(raw, says, id=repr(raw)) for name in sections for raw, says in TABLES[table][name].items()]


def cases_of(table: str, section: str) -> list[Any]:
    """Return the cases of sections that have a text and cases beside it."""
    return [
        pytest.param(one["text"], *case, id=f"{number}-{'-'.join(map(str, case[:2]))}")
        for number, one in enumerate(TABLES[table][section])
        for case in one["cases"]
    ]


@pytest.mark.parametrize(("text", "agent", "path", "answer", "why"), cases_of("rfc9309", "file"))
def test_robots_decides_as_rfc_9309_says(text: str, agent: str, path: str, answer: str, why: str) -> None:
    """Groups, longest match, special characters and grammar lead to the answer of the RFC."""
    assert RobotsFile(text.encode()).decide(agent, path) == answer, why


@pytest.mark.parametrize(("raw", "says"), lines_of("aipref", "values"))
def test_content_usage_is_read_as_aipref_says(raw: str, says: Says) -> None:
    """A value is a dictionary of RFC 9651 with the vocabulary's labels and Tokens, or nothing is known."""
    assert dict(content_usage(raw)) == says


@pytest.mark.parametrize(("raw", "says"), lines_of("content_signals", "values"))
def test_content_signal_is_read_as_published(raw: str, says: Says) -> None:
    """Each of the three signals is yes or no, or unknown where it is malformed."""
    assert dict(content_signal(raw)) == says


@pytest.mark.parametrize(
    ("text", "agent", "path", "says"),
    [case for table in ("aipref", "content_signals", "rsl") for case in cases_of(table, "robots")],
)
def test_robots_rules_about_use(text: str, agent: str, path: str, says: Says) -> None:
    """Rules about use follow the groups and the longest path, and are silent on what may not be fetched."""
    assert told(RobotsFile(text.encode()).signals(agent, path)) == says


def test_conflicting_preferences_are_both_kept() -> None:
    """Of two rules for one path that contradict each other, both are evidence; a policy lets the refusal prevail."""
    case = TABLES["aipref"]["combining"]

    assert sorted(str(one.meaning) for one in RobotsFile(case["text"].encode()).signals("x", "/")) == case["meanings"]


@pytest.mark.parametrize(
    ("lines", "says"), [case for table in ("tdmrep", "robots_tags", "rsl") for case in lines_of(table, "headers")]
)
def test_header_fields(lines: str, says: Says) -> None:
    """TDMRep's fields, X-Robots-Tag and links to RSL terms are read as specified."""
    assert told(header_evidence(lines + "\n", AGENTS)) == says


@pytest.mark.parametrize(
    ("pairs", "says"),
    [(one["pairs"], one["says"]) for table in ("tdmrep", "robots_tags") for one in TABLES[table]["meta"]],
)
def test_meta_elements(pairs: list[tuple[str, str]], says: Says) -> None:
    """TDMRep's elements and the robots element are read as specified."""
    assert told(meta_evidence([(name, content) for name, content in pairs], AGENTS)) == says


@pytest.mark.parametrize(("text", "path", "answer"), cases_of("tdmrep", "file"))
def test_tdmrep_file(text: str, path: str, answer: str) -> None:
    """The first rule whose location matches decides; a broken file or rule is unknown; no match says nothing."""
    assert told(TdmFile(text.encode()).evidence(path)) == ({"tdm": answer} if answer else {})


@pytest.mark.parametrize("case", TABLES["tdmrep"]["priority"])
def test_tdmrep_priority(case: dict[str, Any]) -> None:
    """A page's elements supersede its header, the header the site's file; absence and errors reset nothing."""
    pairs = [one.split(":") for one in case["told"]]
    evidence = [Evidence("tdmrep", Where(where), Scope.PAGE, "", "tdm", meaning) for where, meaning in pairs]

    assert (tdm_answer(evidence) or "") == case["answer"]


@pytest.mark.parametrize(("text", "path", "says"), cases_of("rsl", "document"))
def test_rsl_document(text: str, path: str, says: Says) -> None:
    """Prohibitions hold, permissions without any condition do, and all else is unknown."""
    document = f'<?xml version="1.0"?><rsl xmlns="{NAMESPACE}">{text}</rsl>'

    assert told(RslFile(document.encode()).evidence("e.org", path)) == says


@pytest.mark.parametrize(("text", "path", "answer"), cases_of("ai_txt", "file"))
def test_ai_txt(text: str, path: str, answer: str) -> None:
    """The longest pattern decides, Disallow among equals; silence and other files of that name say nothing."""
    assert told(AiFile(text.encode()).evidence(AGENTS.tokens, path)) == ({"train-ai": answer} if answer else {})
