from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lineage.errors import BadReference
from lineage.references import DocumentRef, Reference, RunRef, VersionRef, parse, parse_version, tag

NAMES = st.from_regex(r"[A-Za-z0-9][A-Za-z0-9_-]{0,20}", fullmatch=True)
NUMBERED = st.builds(VersionRef, NAMES, st.integers(1, 10**8), st.none() | st.integers(0, 10**8))
VERSIONS = st.builds(VersionRef, NAMES) | NUMBERED
DOCUMENTS = st.builds(DocumentRef, VERSIONS, st.from_regex(r"[0-9a-f]{32}", fullmatch=True))
RUNS = st.builds(RunRef, NAMES)


@given(VERSIONS | DOCUMENTS | RUNS)
def test_what_is_printed_is_parsed(reference: Reference) -> None:
    """Every reference reads back as what it was."""
    assert parse(str(reference)) == reference


@pytest.mark.parametrize(
    "text",
    [
        "",
        "a b",
        "web@",
        "web@3",
        "web@v0",
        "web@v3.1.2",
        "web@v3.",
        "web@v3.01",
        "web@v.1",
        "web#12",
        "web@v1#" + "g" * 32,
        "run:",
        "../up",
        "a.b",
    ],
)
def test_what_is_no_reference_is_named(text: str) -> None:
    """A text that is no reference raises an error that shows how one is written."""
    with pytest.raises(BadReference, match=r"not a .*;"):
        parse(text)


def test_parts_of_a_reference() -> None:
    """A name alone is the newest version; ids are read in any letter case."""
    assert parse("web") == VersionRef("web", None)
    assert parse("web@v3#" + "AB" * 16) == DocumentRef(VersionRef("web", 3), "ab" * 16)
    assert parse_version("web@v3") == VersionRef("web", 3)
    assert parse_version("web@v3.1") == VersionRef("web", 3, 1)
    assert (tag(3), tag(3, 0), tag(3, 1)) == ("v3", "v3.0", "v3.1")
