"""Equal evidence makes equal profiles, and the strictest of it counts."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from policies.rights.evidence import Evidence, Scope, Where
from policies.rights.profiles import NOT_UNDERSTOOD, Profile, Signal, profile_of, read_profile, stated


def claim(meaning: str | None, scope: Scope = Scope.PAGE, where: Where = Where.BODY) -> Evidence:
    """Return a licence claim."""
    return Evidence("rel-license", where, scope, "as written", "license", meaning)


def signal(name: str, meaning: str | None, where: Where = Where.HEADER, scope: Scope = Scope.PAGE) -> Evidence:
    """Return a consent signal."""
    return Evidence("test", where, scope, "as written", name, meaning)


ND = "CC-BY-ND-4.0"
EVIDENCE = st.builds(
    Evidence,
    st.just("kind"),
    st.sampled_from(list(Where)),
    st.sampled_from(list(Scope)),
    st.text(max_size=3),
    st.sampled_from(["license", "tdm", "robots:GPTBot"]),
    st.sampled_from(["MIT", "CC-BY-NC-4.0", "CC-BY-ND-4.0", "allow", "deny", "unknown", None]),
)


@pytest.mark.parametrize(
    ("evidence", "license", "claims"),
    [
        ([], None, ()),
        ([claim("MIT")], "MIT", ("MIT",)),
        ([claim("MIT"), claim("MIT", where=Where.FOOTER)], "MIT", ("MIT",)),
        ([claim("mit license")], "MIT", ("MIT",)),
        ([claim(None)], None, (NOT_UNDERSTOOD,)),
        ([claim(None), claim("MIT", Scope.SITE)], None, ("MIT", NOT_UNDERSTOOD)),
        ([claim("MIT"), claim(None, Scope.SITE)], "MIT", ("MIT", NOT_UNDERSTOOD)),
        ([claim("CC-BY-4.0"), claim("CC-BY-3.0")], "CC-BY-3.0 AND CC-BY-4.0", ("CC-BY-3.0", "CC-BY-4.0")),
        ([claim("MIT"), claim(None)], None, ("MIT", NOT_UNDERSTOOD)),
        ([claim("CC-BY-4.0"), claim("CC-BY-NC-4.0")], "CC-BY-NC-4.0", ("CC-BY-4.0", "CC-BY-NC-4.0")),
        ([claim("CC-BY-NC-4.0", Scope.DATASET), claim("MIT")], "MIT", ("CC-BY-NC-4.0", "MIT")),
        ([claim("CC-BY-NC-4.0", Scope.SITE), claim("MIT", Scope.DATASET)], "CC-BY-NC-4.0", ("CC-BY-NC-4.0", "MIT")),
        ([claim(ND), claim("CC-BY-NC-4.0")], f"CC-BY-NC-4.0 AND {ND}", ("CC-BY-NC-4.0", ND)),
        ([claim("CC-BY-NC-4.0", Scope.ELEMENT)], None, ()),
    ],
)  # fmt: skip
def test_the_licence_that_counts(evidence: list[Evidence], license: str | None, claims: tuple[str, ...]) -> None:
    """The most specific scope counts, there the strictest class; all claims on the page are kept and flagged."""
    profile = profile_of(evidence)
    assert (profile.license, profile.claims) == (license, tuple(sorted(claims)))
    assert profile.disagree is (len(claims) > 1)


@pytest.mark.parametrize(
    ("evidence", "signals"),
    [
        ([signal("tdm", "allow")], [("tdm", "allow", "header")]),
        ([signal("tdm", "allow"), signal("tdm", "deny", Where.SITE)], [("tdm", "deny", "site")]),
        ([signal("tdm", "allow"), signal("tdm", "unknown")], [("tdm", "unknown", "header")]),
        ([signal("tdm", "deny"), signal("tdm", "deny", Where.SITE)], [("tdm", "deny", "header,site")]),
        ([signal("tdm", "y")], [("tdm", "unknown", "header")]),
        ([signal("tdm", None)], [("tdm", "unknown", "header")]),
        ([signal("noai", "deny", scope=Scope.ELEMENT)], []),
    ],
)
def test_the_strictest_signal_counts(evidence: list[Evidence], signals: list[tuple[str, str, str]]) -> None:
    """Deny counts before unknown before allow; what is no answer is unknown, never a permission."""
    assert profile_of(evidence).signals == tuple(Signal(*one) for one in signals)


@settings(deadline=None)
@given(st.lists(EVIDENCE, max_size=6), st.randoms())
def test_order_and_raw_values_take_no_part(evidence: list[Evidence], random: object) -> None:
    """The profile and its id depend on what was found, not on its order or wording, and survive a round trip."""
    profile = profile_of(evidence)
    shuffled = list(evidence)
    getattr(random, "shuffle")(shuffled)  # noqa: B009
    other = [Evidence("other", one.where, one.scope, "x", one.name, one.meaning) for one in shuffled]
    assert profile_of(other).id == profile.id
    assert read_profile(profile.content) == profile
    assert len(profile.id) == 16


def test_ids_differ_where_profiles_do() -> None:
    """No claim, one that is not understood, and one that is are three profiles."""
    profiles = [Profile(), profile_of([claim(None)]), profile_of([claim("MIT")])]
    assert len({one.id for one in profiles}) == 3


def test_stated_profiles() -> None:
    """What a record or its source says makes the same profile; nothing said makes the empty one."""
    assert stated("MIT", Where.RECORD, True) == stated("MIT", Where.SOURCE, True) == Profile("MIT", ("MIT",))
    assert stated(None, Where.RECORD, True) == Profile(None, (NOT_UNDERSTOOD,))
    assert stated(None, Where.SOURCE, False) == Profile()


def test_content_is_canonical() -> None:
    """The id is made of JSON with sorted keys and no white space."""
    profile = Profile("MIT", ("MIT",), (Signal("tdm", "deny", "site"),))
    assert profile.content == '{"claims":["MIT"],"license":"MIT","signals":{"tdm":["deny","site"]}}'
