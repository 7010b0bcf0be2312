from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from policies.evidence import Evidence, Scope, Where
from policies.resolution import page_license

MEANINGS = [None, "MIT", "CC0-1.0", "CC-BY-4.0", "CC-BY-3.0", "CC-BY-NC-4.0", "LicenseRef-AllRightsReserved"]


def claim(meaning: str | None, scope: Scope = Scope.PAGE, name: str = "license") -> Evidence:
    """Return one claim."""
    return Evidence("rel-license", Where.BODY, scope, str(meaning), name, meaning)


def test_no_claim_is_no_licence() -> None:
    """Neither nothing nor a signal is a licence."""
    assert page_license([]).expression is None
    assert page_license([claim("allow", name="tdm")]).expression is None


def test_the_most_specific_scope_decides() -> None:
    """The page goes before the site and this before the dataset; an element never decides."""
    element, page = claim("CC0-1.0", Scope.ELEMENT), claim("CC-BY-4.0")
    site, dataset = claim("CC-BY-NC-4.0", Scope.SITE), claim("MIT", Scope.DATASET)

    assert page_license([dataset, site, page, element]).basis == page
    assert page_license([dataset, site, element]).expression == "CC-BY-NC-4.0"
    assert page_license([dataset, element]).expression == "MIT"
    assert page_license([element]).expression is None


def test_then_the_most_restrictive() -> None:
    """Of unequal licences the stricter counts, equally strict ones hold together, and both are disagreement."""
    found = page_license([claim("CC-BY-4.0"), claim("CC-BY-NC-4.0")])
    both = page_license([claim("CC-BY-4.0"), claim("CC-BY-3.0")])

    assert (found.expression, found.disagreeing) == ("CC-BY-NC-4.0", True)
    assert (both.expression, both.disagreeing) == ("CC-BY-3.0 AND CC-BY-4.0", True)
    assert page_license([claim("MIT"), claim("MIT", Scope.SITE)]).disagreeing is False


def test_what_is_not_understood_disagrees_but_does_not_decide() -> None:
    """An unknown claim beside a known one is flagged."""
    found = page_license([claim(None), claim("CC-BY-4.0", Scope.SITE)])

    assert (found.expression, found.disagreeing) == ("CC-BY-4.0", True)
    assert page_license([claim(None)]).expression is None


@given(st.lists(st.builds(claim, st.sampled_from(MEANINGS), st.sampled_from(list(Scope))), max_size=6), st.randoms())
def test_order_does_not_matter(evidence: list[Evidence], random: st.DataObject) -> None:
    """The same evidence gives the same licence in any order, said once or twice."""
    shuffled = sorted([*evidence, *evidence], key=lambda _: random.random())  # type: ignore[attr-defined]

    assert page_license(shuffled) == page_license(evidence)
