"""The table of licences says what their texts say."""

from __future__ import annotations

import pytest

from policies.rights import licenses
from policies.rights.permissions import BANS, DATABASE, DUTIES, PERMITS, at_odds, effective, terms_of

ALL = set(PERMITS)


@pytest.mark.parametrize(
    ("licence", "permits", "duties", "bans", "database"),
    [
        ("CC0-1.0", ALL, set(), set(), "waived"),
        ("CC-BY-4.0", ALL, {"attribution", "notice", "state-changes"}, set(), "licensed"),
        ("CC-BY-2.0", ALL, {"attribution", "notice"}, set(), "not-covered"),
        ("CC-BY-3.0-DE", ALL, {"attribution", "notice", "state-changes"}, set(), "waived"),
        ("CC-BY-3.0-US", ALL, {"attribution", "notice", "state-changes"}, set(), "not-covered"),
        ("CC-BY-SA-4.0", ALL, {"attribution", "notice", "state-changes", "share-alike"}, set(), "licensed"),
        ("CC-BY-NC-4.0", ALL - {"commercial"}, {"attribution", "notice", "state-changes"}, {"commercial"}, "licensed"),
        ("CC-BY-ND-4.0", ALL - {"adapt"}, {"attribution", "notice", "state-changes"}, {"derivatives"}, "licensed"),
        ("ODbL-1.0", ALL, {"attribution", "notice", "share-alike", "source"}, set(), "licensed"),
        ("CC-BY-ND-3.0", ALL - {"adapt"}, {"attribution", "notice"}, {"derivatives"}, "not-covered"),
        ("CC-BY-SA-2.0-UK", ALL, {"attribution", "notice", "share-alike"}, set(), "not-covered"),
        (
            "CC-BY-NC-SA-2.0-FR",
            ALL - {"commercial"},
            {"attribution", "notice", "share-alike"},
            {"commercial"},
            "licensed",
        ),
        ("CDLA-Permissive-1.0", ALL, {"attribution", "notice", "state-changes"}, set(), "unknown"),
        ("LAL-1.3", ALL, {"attribution", "notice", "state-changes", "share-alike"}, set(), "unknown"),
        ("PDDL-1.0", ALL, set(), set(), "waived"),
        ("OGL-UK-3.0", ALL, {"attribution"}, set(), "licensed"),
        ("MIT", ALL, {"notice"}, set(), "unknown"),
        ("GPL-3.0-only", ALL, {"notice", "state-changes", "share-alike", "source"}, set(), "unknown"),
        ("MPL-2.0", ALL, {"notice", "share-alike", "source"}, set(), "unknown"),
        ("Apache-2.0 WITH LLVM-exception", ALL, {"notice", "state-changes"}, set(), "unknown"),
        ("LicenseRef-PublicDomain-JP", ALL, set(), set(), "unknown"),
    ],
)
def test_terms(licence: str, permits: set[str], duties: set[str], bans: set[str], database: str) -> None:
    """What a licence permits, asks for and forbids, and what it says of database rights."""
    terms = terms_of(licence)
    assert (set(terms.permits), set(terms.duties), set(terms.bans)) == (permits, duties, bans)
    assert terms.database == database
    assert terms.known
    assert terms.source


@pytest.mark.parametrize("licence", ["LicenseRef-terms", "LicenseRef-scancode-commercial-license", "BUSL-1.1"])
def test_unknown_terms(licence: str) -> None:
    """Nobody knows what site terms and proprietary terms say; nothing is made up."""
    assert not terms_of(licence).known
    assert not terms_of(licence).permits


def test_every_licence_speaks_the_words_of_policies() -> None:
    """All SPDX licences have terms in the table's words, or unknown ones."""
    for name in licenses.known_ids():
        terms = terms_of(name)
        assert terms.permits <= set(PERMITS)
        assert terms.duties <= set(DUTIES)
        assert terms.bans <= set(BANS)
        assert terms.database in DATABASE
        assert terms.known or not (terms.permits or terms.duties or terms.bans)


@pytest.mark.parametrize(
    ("one", "other", "odds"),
    [
        ("CC-BY-SA-4.0", "CC-BY-NC-SA-4.0", True),
        ("CC-BY-SA-3.0", "CC-BY-SA-4.0", False),
        ("CC-BY-SA-1.0", "CC-BY-SA-4.0", True),
        ("CC-BY-SA-4.0", "CC-BY-ND-4.0", True),
        ("CC-BY-SA-4.0", "CC-BY-NC-4.0", True),
        ("CC-BY-NC-SA-4.0", "CC-BY-NC-4.0", False),
        ("CC-BY-SA-4.0", "CC-BY-4.0", False),
        ("CC-BY-SA-4.0", "GPL-3.0-only", False),
        ("CC-BY-SA-4.0", "GPL-2.0-only", True),
        ("GPL-2.0-only", "GPL-3.0-only", True),
        ("GPL-2.0-or-later", "GPL-3.0-only", False),
        ("GFDL-1.3-only", "GFDL-1.2-only", True),
        ("GFDL-1.2-or-later", "GFDL-1.3-only", False),
        ("CC-BY-NC-4.0", "CC-BY-ND-4.0", False),
        ("LicenseRef-terms", "CC-BY-SA-4.0", False),
        ("MIT", "Apache-2.0", False),
    ],
)
def test_at_odds(one: str, other: str, odds: bool) -> None:
    """Share-alike stands against what its outbound set does not hold, in either order."""
    assert at_odds(one, other) is at_odds(other, one) is odds


def test_effective_licences() -> None:
    """Of alternatives the freest is used, of licences that hold together all, of an unknown one nothing."""
    assert effective("MIT OR GPL-2.0-only") == ("MIT",)
    assert effective("MIT AND CC-BY-4.0") == ("CC-BY-4.0", "MIT")
    assert effective("(MIT AND GPL-2.0-only) OR CC-BY-4.0") == ("CC-BY-4.0",)
    assert effective(None) == effective("?") == ()
