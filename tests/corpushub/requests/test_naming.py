"""A document is traced by its URL, its source's id or the beginning of its doc_id, if only one is meant."""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import corpushub as face
from corpushub.cli import main
from corpushub.requests import naming


@pytest.fixture(scope="module")
def ids(orchard: Path) -> dict[str, str]:
    """Return the doc_id of each document of d, by its source's id."""
    with face.open(orchard) as hub:
        rows = hub.sql("d", "select distinct source_id, doc_id from ledger").rows
    return {row["source_id"]: row["doc_id"] for row in rows}


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("http://orchard.example/p", "page"),
        ("http://Orchard.example./%70", "page"),
        ("https://orchard.example/p/", "secure"),
        ("http://orchard.example:80/p2#top", "section"),
        ("d#http://orchard.example:80/p2#top", "section"),
        ("d@v1#https://bücher.example/ä%20b", "bücher"),
        ("http://mirror.example/near", "near"),
        ("d@v1#http://mirror.example/same/", "same"),
        ("doc-17", "12345"),
        ("12345", "12345"),
        ("kitchen", "kitchen"),
        ("d#kitchen", "kitchen"),
        ("d@v1#bücher", "bücher"),
    ],
)
def test_documents_are_named_in_many_ways(
    orchard: Path, ids: dict[str, str], text: str, name: str, corpushub: Callable[..., Any]
) -> None:
    """The command and the call understand each, kept or dropped; the answer is that of the reference."""
    with face.open(orchard) as hub:
        assert hub.resolve(text) == f"d@v1#{ids[name]}" == hub.resolve(hub.resolve(text))
        assert hub.trace(text) == hub.trace_document(text) == hub.trace(f"d@v1#{ids[name]}")
    assert corpushub("trace", text, "--hub", orchard)["doc_id"] == ids[name]


def test_beginnings_of_ids(orchard: Path, ids: dict[str, str]) -> None:
    """Four digits or more, in either case, with a version or without; whole ones need no search."""
    whole = ids["page"]
    with face.open(orchard) as hub:
        for text in (
            whole,
            whole[:31],
            whole[:8].upper(),
            f"d#{whole[:12]}",
            f"d@v1#{whole[:6]}",
            f"d#{whole.upper()}",
        ):
            assert hub.resolve(text).endswith(f"#{whole}")
        with pytest.raises(face.UnknownReference):
            hub.resolve(f"d#{whole[:3]}")


def test_names_of_datasets_and_references_come_first(orchard: Path) -> None:
    """What was a reference before is one still, and errors about references are the same."""
    with face.open(orchard) as hub:
        assert [hub.resolve(text) for text in ("d", "d@v1", f"d@v1#{'0' * 32}")] == ["d", "d@v1", f"d@v1#{'0' * 32}"]
        for text, told in (("d@v9", "v9"), ("nothing", "nothing"), (f"nothing#{'0' * 32}", "nothing")):
            with pytest.raises(face.UnknownReference, match=told):
                hub.trace(text)
        for text in ("d#", "", "#", "d@3", "run:"):
            with pytest.raises(face.UnknownReference):
                hub.trace(text)


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("orchard.example/p", {"page"}),
        ("//orchard.example/p2/", {"plain"}),
        ("http://orchard.example/p2", {"section", "plain"}),
        ("https://xn--bcher-kva.example/%C3%A4%20b", {"bücher", "other"}),
        ("https://bücher.example:443/ä%20b", {"bücher", "other"}),
        ("https://b%C3%BCcher.example/ä%20b/#x", {"bücher", "other"}),
    ],
)
def test_several_documents_are_listed(orchard: Path, text: str, names: set[str], corpushub: Callable[..., Any]) -> None:
    """Exit code 2 and a list of candidates, each of which can be traced; those alone that differ least are meant."""
    with face.open(orchard) as hub:
        if len(names) == 1:
            found = hub.find(id=hub.resolve(text).partition("#")[2]).matches
            assert {match.source_id for match in found} == names
            return
        with pytest.raises(face.AmbiguousReference) as error:
            hub.trace(text)
        refs = [one.ref for one in error.value.candidates]
        assert {match.source_id for ref in refs for match in hub.find(id=ref.partition("#")[2]).matches} == names
    told = corpushub("trace", text, "--hub", orchard, code=2)
    assert (told["schema"], told["error"]) == ("corpushub.error/1", "AmbiguousReference")
    assert [one["ref"] for one in told["candidates"]] == refs
    assert all(corpushub("trace", ref, "--hub", orchard)["doc_id"] in ref for ref in refs)
    shown = CliRunner().invoke(main, ["trace", text, "--hub", str(orchard)])
    assert (shown.exit_code, shown.stdout) == (2, "")
    assert all(ref in shown.stderr for ref in refs)


def test_what_lies_farther_off_hides_nothing(
    orchard: Path, ids: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """However many other spellings there are, one that differs least is found, and the list is bounded."""
    monkeypatch.setattr(naming, "LISTED", 0)
    with face.open(orchard) as hub:
        assert hub.resolve("http://orchard.example/p") == f"d@v1#{ids['page']}"
        monkeypatch.setattr(naming, "LISTED", 1)
        with pytest.raises(face.AmbiguousReference, match="more than 1 ") as error:
            hub.resolve("http://orchard.example/p2")
    assert len(error.value.candidates) == 1


def test_other_errors_have_no_candidates(orchard: Path, corpushub: Callable[..., Any]) -> None:
    """The key is there all the same."""
    told = corpushub("trace", "http://nowhere.example/?token=abcdef", "--hub", orchard, code=2)

    assert (told["error"], told["candidates"]) == ("UnknownReference", [])
    assert "abcdef" not in json.dumps(told)


@settings(deadline=None, max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.text(max_size=12) | st.sampled_from(["http://", "a@b.example", "x#y#z", "[::1]", "%", "'", "d@v1#'"]))
def test_whatever_is_named_ends_in_an_answer_or_an_error(orchard: Path, text: str) -> None:
    """No text is too odd to be asked about."""
    with face.open(orchard) as hub, suppress(face.UnknownReference):
        assert hub.resolve(text)
