"""What find answers of sites, texts and files."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import corpushub as face
from corpushub.errors import BadRequest
from lineage.questions.find import SearchResult
from policies.addresses.tolerance import differing

LONG = " ".join(f"word{number}" for number in range(120))
MAIL = "someone.else@corp.com"


def ask(hub: Path, **asked: Any) -> SearchResult:
    """Ask the hub from Python."""
    with face.open(hub) as opened:
        return opened.find(**asked)


def told(found: SearchResult) -> list[tuple[str | None, str | None]]:
    """Return the source's id of each match, and what was compared."""
    return [(match.source_id, match.matched_by) for match in found.matches]


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("http://orchard.example/p", [("page", "exact"), ("secure", "scheme, slash")]),
        ("https://orchard.example/p", [("page", "scheme"), ("secure", "slash")]),
        ("HTTPS://ORCHARD.example/p/", [("secure", "spelling"), ("page", "scheme, slash")]),
        ("orchard.example/p2", [("plain", "scheme, slash"), ("section", "scheme, port, fragment")]),
        ("http://u:p@orchard.example./p2#top", [("section", "port"), ("plain", "scheme, slash, fragment")]),
        ("https://xn--bcher-kva.example/%C3%A4 b", [("bücher", "port"), ("other", "port")]),
        ("http://192.0.2.7/x/#y", [("number", "slash, fragment")]),
        ("doc-17", [("12345", "exact")]),
        ("http://orchard.example:8080/p", []),
        ("http://orchard.example/P", []),
    ],
)
def test_urls_are_found_with_what_was_overlooked(orchard: Path, url: str, expected: list[tuple[str, str]]) -> None:
    """What differs least comes first."""
    found = told(ask(orchard, url=url))

    assert sorted(found) == sorted(expected)
    assert [differing(kind) for _, kind in found] == sorted(differing(kind) for _, kind in found)


@pytest.mark.parametrize(
    ("host", "expected"),
    [
        (
            "orchard.example",
            {"page": "host", "secure": "host", "section": "host", "plain": "host", "below": "subdomain"},
        ),
        ("https://SHOP.orchard.example.:443/", {"below": "host"}),
        ("BÜCHER.example", {"bücher": "host", "other": "host"}),
        ("192.0.519", {"number": "host"}),
        ("mirror.example", {"near": "host", "same": "host"}),
        ("test", {"evil": "subdomain"}),
        ("chard.example", {}),
    ],
)
def test_hosts_are_found_with_those_below(orchard: Path, host: str, expected: dict[str, str]) -> None:
    """In any spelling, dropped documents included."""
    assert dict(told(ask(orchard, host=host))) == expected


@pytest.mark.parametrize(
    ("prefix", "expected"),
    [
        ("http://orchard.example", {"page", "section"}),
        ("//orchard.example:443/p", {"page", "secure", "section", "plain"}),
        ("https://b%C3%BCcher.example/%c3%a4", {"bücher", "other"}),
        ("http://192.0.2.7/", {"number"}),
        ("http://mirror.example/n", {"near"}),
        ("http://orchard.example/pq", set()),
    ],
)
def test_prefixes_are_compared_in_normal_form(orchard: Path, prefix: str, expected: set[str]) -> None:
    """As an erasure compares them: scheme, host and port count as wholes."""
    assert {name for name, _ in told(ask(orchard, prefix=prefix))} == expected


@pytest.mark.parametrize(
    "asked",
    [
        {"host": "not a host"},
        {"host": "orchard.example/p"},
        {"host": "*.example"},
        {"host": ""},
        {"prefix": "orchard.example/p"},
        {"prefix": "/p"},
        {"prefix": "http://exa<mple/"},
        {"similar": "no such file"},
        {"url": "http://a.example/", "host": "a.example"},
    ],
)
def test_what_cannot_be_asked_is_an_error(orchard: Path, asked: dict[str, str], corpushub: Callable[..., Any]) -> None:
    """It ends in exit code 2, and the message repeats nothing of it."""
    with pytest.raises(BadRequest, match="nothing was searched") as error:
        ask(orchard, **asked)
    assert not any(value in str(error.value) for value in asked.values() if "<" in value or " " in value)
    if len(asked) == 1:
        ((kind, value),) = asked.items()
        assert corpushub("find", f"--{kind}", value, "--hub", orchard, code=2)["error"] == "BadRequest"


@pytest.mark.parametrize(
    ("text", "best"),
    [
        (f"The first page of the orchard. {LONG}", ["page", "same", "near"]),
        (f"THE FIRST PAGE\r\nof an orchard. {LONG}", ["near", "page", "same"]),
        ("A page of a bookshop in which there are many books to be read.", ["bücher"]),
        ("Words that nobody wrote before, and nobody else will ever write again after me.", []),
    ],
)
def test_texts_like_a_file_are_found(orchard: Path, tmp_path: Path, text: str, best: list[str]) -> None:
    """Kept ones and what was dropped, the most alike first; a version without an index is named as not searched."""
    (tmp_path / "asked.txt").write_bytes(text.encode())
    found = ask(orchard, similar=str(tmp_path / "asked.txt"))
    alike = [match.resemblance or 0.0 for match in found.matches]

    assert [match.source_id in best[:2] for match in found.matches[:1]] == [True][: len(best)]
    assert {name for name, _ in told(found)} == {*best}
    assert alike == sorted(alike, reverse=True)
    assert alike[:1] == [1.0][: len(best)]
    assert {match.matched_by for match in found.matches if match.outcome == "kept"} <= {"shingles"}
    assert [(one.version, one.complete, bool(one.note)) for one in found.searched] == [
        ("d@v1", True, False),
        ("plain@v1", False, True),
    ]


def test_a_version_without_index_is_no_answer(orchard: Path, tmp_path: Path, corpushub: Callable[..., Any]) -> None:
    """Where none of the versions has an index, or the file no words, nothing was searched: exit code 2, not 1."""
    (tmp_path / "asked.txt").write_text(LONG, encoding="utf-8")
    (tmp_path / "empty.txt").write_text(" ...", encoding="utf-8")
    find = ("find", "--hub", orchard, "--similar")

    assert "has no MinHash index" in corpushub(*find, tmp_path / "asked.txt", "--in", "plain", code=2)["message"]
    assert "no words" in corpushub(*find, tmp_path / "empty.txt", code=2)["message"]
    assert corpushub(*find, tmp_path / "asked.txt", "--limit", "1")["searched"][0]["complete"] is False


def test_texts_are_shown_with_snippets_and_copies(orchard: Path) -> None:
    """What was dropped for a match is told with its reason, after those that hold the text; the limit covers both."""
    found = ask(orchard, text="first page of the orchard")
    page, *copies = found.matches
    other = {"page": "same", "same": "page"}[page.source_id or ""]

    assert (page.outcome, page.matched_by, page.reason) == ("kept", "text", None)
    assert page.snippet is not None
    assert page.snippet.startswith("The first page of the orchard. word0")
    assert {(one.source_id, one.reason, one.matched_by, one.snippet) for one in copies} == {
        ("near", "near_duplicate", "copy", None),
        (other, "exact_duplicate", "copy", None),
    }
    assert {one.duplicate_of for one in copies} == {page.doc_id}
    assert all(one.complete for one in found.searched)
    for limit in (1, 2):
        few = ask(orchard, text="first page of the orchard", limit=limit)
        assert len(few.matches) == limit
        assert not few.searched[0].complete


@pytest.mark.parametrize("asked", ["quince jam", MAIL, "212-555-0187", "someone.else"])
def test_snippets_hold_no_personal_data(orchard: Path, asked: str, corpushub: Callable[..., Any]) -> None:
    """Not even what was asked for, in JSON or as text."""
    (match,) = corpushub("find", "--text", asked, "--hub", orchard)["matches"]

    assert "quince jam" in match["snippet"]
    assert "corp.com" not in match["snippet"]
    assert "0187" not in match["snippet"]
