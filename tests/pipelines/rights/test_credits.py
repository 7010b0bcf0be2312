"""Title and author stay where a licence asks for them, and are scrubbed as the text is."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pytest

from pipelines.rights.credits import LONGEST, add_credits, scrub_credits
from policies.pii.actions import Action
from policies.pii.keys import KeySource
from policies.pii.scrubber import Scrubber
from policies.pii.search.scan import Limits
from policies.rights.evidence import Evidence, Scope, Where

MAIL = "ann@example.com"


def batch(*rows: tuple[str | None, str | None, str | None]) -> pa.RecordBatch:
    """Return documents of licence, title and author, in English."""
    columns = zip(*rows, strict=True) if rows else ((), (), ())
    found = dict(zip(("license", "title", "author"), (pa.array(one, pa.string()) for one in columns), strict=True))
    return pa.RecordBatch.from_pydict({**found, "language": pa.array(["en"] * len(rows), pa.string())})


def said(name: str, value: str) -> Evidence:
    """Return evidence of a title or author."""
    return Evidence("meta", Where.HEAD, Scope.PAGE, value, name, None)


def pairs(documents: pa.RecordBatch) -> list[tuple[str | None, str | None]]:
    """Return title and author of each."""
    return list(zip(documents["title"].to_pylist(), documents["author"].to_pylist(), strict=True))


def test_only_licences_that_ask_for_attribution_keep_them() -> None:
    """An alternative that does not ask, no licence, or one that nobody knows keeps nobody's name."""
    licenses = ["CC-BY-4.0", "CC0-1.0", None, "MIT", "LicenseRef-terms-x.example", "CC-BY-SA-3.0 OR MIT"]
    found = add_credits(batch(*((one, "T", "A") for one in licenses)), {})
    assert pairs(found) == [("T", "A"), *[(None, None)] * 5]


def test_the_record_comes_before_the_page() -> None:
    """What a record says itself is not replaced by what its page says; the rest is completed."""
    evidence = {0: [said("title", "of the page"), said("author", "A"), said("author", "B")], 2: [said("title", "no")]}
    found = add_credits(batch(("CC-BY-4.0", "of the record", None), ("CC-BY-4.0", None, None), (None,) * 3), evidence)
    assert pairs(found) == [("of the record", "A; B"), (None, None), (None, None)]
    assert pairs(add_credits(batch(), {})) == []


def test_they_are_bounded() -> None:
    """A record cannot make a title a second text."""
    found = add_credits(batch(("CC-BY-4.0", "ß" * 9999, "x")), {})
    assert len(found["title"][0].as_py()) == LONGEST


def test_values_are_replaced_as_in_texts() -> None:
    """The default makes placeholders, numbered in each; what has none stays."""
    found = scrub_credits(batch(("x", f"Write to {MAIL}", f"Ann <{MAIL}>"), ("x", None, "Ann")), Scrubber())
    assert pairs(found) == [("Write to <EMAIL_ADDRESS_1>", "Ann <<EMAIL_ADDRESS_1>>"), (None, "Ann")]


@pytest.mark.parametrize("action", [Action.KEEP, Action.DROP])
def test_what_is_kept_or_dropped_in_texts_is_left_out(action: Action) -> None:
    """Nobody could find a value again that stays in a title; one for which documents go must not stay either."""
    found = scrub_credits(batch(("x", f"Write to {MAIL}", "Ann")), Scrubber(default=action))
    assert pairs(found) == [(None, "Ann")]


@pytest.mark.parametrize("incomplete", ["drop", "keep"])
def test_what_was_not_searched_is_left_out(incomplete: str) -> None:
    """A search that ended early vouches for nothing, whatever happens to texts."""
    scrubber = Scrubber(limits=Limits(chars=10), incomplete="keep" if incomplete == "keep" else "drop")
    found = scrub_credits(batch(("x", "a title that is too long", "Ann")), scrubber)
    assert pairs(found) == [(None, "Ann")]


def test_no_author_stays_where_persons_are_taken_out(tmp_path: Path) -> None:
    """A name alone is not surely found, so none is kept; where persons stay in texts, authors do."""
    documents = batch(("x", "A title", "Xq Zz"))
    hidden = Scrubber(entities=("EMAIL_ADDRESS", "PERSON"), names=True)
    shown = Scrubber(entities=("EMAIL_ADDRESS", "PERSON"), names=True, actions={"PERSON": Action.KEEP})

    assert pairs(scrub_credits(documents, hidden)) == [("A title", None)]
    assert pairs(scrub_credits(documents, shown)) == [("A title", "Xq Zz")]


def test_pseudonyms_are_those_of_texts(tmp_path: Path) -> None:
    """With a key the same value becomes the same pseudonym in text and title."""
    (tmp_path / "key").write_bytes(b"the key of these tests")
    scrubber = Scrubber(default=Action.PSEUDONYM, key=KeySource.locate(tmp_path / "key"))
    found = scrub_credits(batch(("x", f"to {MAIL}", None)), scrubber)
    assert found["title"].to_pylist() == scrubber.scrub(pa.array([f"to {MAIL}"])).text.to_pylist()
