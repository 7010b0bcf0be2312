"""Duties, contradictions and addresses follow from the licences of a release."""

from __future__ import annotations

import pytest

from policies.rules.conditions import Answer
from policies.rules.engine import Verdict
from policies.rules.review import address, attributed, edited, mixed, obligations, without_derivatives


def test_obligations_add_up() -> None:
    """Documents are counted for each duty and licence, the most first, and rules' own words are kept."""
    by = Verdict(Answer.ALLOW, "r", "", ("attribution", "tell us"))
    mit = Verdict(Answer.ALLOW, "r", "", ("tell us",))
    due = obligations([(by, "CC-BY-4.0", 2), (mit, "MIT", 3), (mit, None, 1)])

    assert [(one.duty, one.documents) for one in due] == [("tell us", 6), ("attribution", 2)]
    assert due[0].licenses == {"CC-BY-4.0": 2, "MIT": 3, "unknown": 1}
    assert due[0].what == "tell us"
    assert "title" in due[1].what


def test_mixed_licences() -> None:
    """Pairs are named once, with the documents of each, and expressions count by their licences."""
    found = mixed({"CC-BY-SA-4.0": 1, "CC-BY-NC-4.0 AND MIT": 2, "CC-BY-ND-4.0 OR MIT": 4, None: 8})

    assert [(one.licenses, one.documents) for one in found] == [(("CC-BY-NC-4.0", "CC-BY-SA-4.0"), (2, 1))]
    assert "forbids commercial use" in found[0].why


def test_edits_of_what_must_not_be_changed() -> None:
    """Only licences that ban derivatives are looked at, and only where documents were edited."""
    assert without_derivatives(["CC-BY-ND-4.0", "MIT", None, "MIT OR CC-BY-ND-4.0"]) == ["CC-BY-ND-4.0"]
    assert [one.documents for one in edited({"CC-BY-ND-4.0": 3, "CC-BY-NC-ND-4.0": 0})] == [(3,)]


@pytest.mark.parametrize(
    ("licence", "url"),
    [
        ("CC-BY-SA-3.0-DE", "https://creativecommons.org/licenses/by-sa/3.0/de/"),
        ("CC-BY-4.0", "https://creativecommons.org/licenses/by/4.0/"),
        ("CC0-1.0", "https://creativecommons.org/publicdomain/zero/1.0/"),
        ("CC-PDM-1.0", "https://creativecommons.org/publicdomain/mark/1.0/"),
        ("Apache-2.0 WITH LLVM-exception", "https://spdx.org/licenses/Apache-2.0.html"),
        ("LicenseRef-terms", "LicenseRef-terms"),
    ],
)
def test_addresses(licence: str, url: str) -> None:
    """A licence's address is that of its authors, or of the SPDX list; a reference has none."""
    assert address(licence) == url


def test_who_asks_for_attribution() -> None:
    """Expressions with such a licence are listed with all its addresses."""
    found = attributed(["CC-BY-4.0 AND MIT", "MIT", "CC-BY-4.0 OR MIT", None])

    assert found == {
        "CC-BY-4.0 AND MIT": "https://creativecommons.org/licenses/by/4.0/ https://spdx.org/licenses/MIT.html"
    }
