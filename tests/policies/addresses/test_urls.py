"""Every spelling of a URL has one normal form, and prefixes are compared in it."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from policies.addresses.urls import asked_prefix, beginnings, normal_address, parse, spell, without_dots

SPELLINGS = {
    "http://example.org/": [
        "http://example.org",
        "HTTP://EXAMPLE.org:80/",
        "http:\\\\example.org.",
        "http:example.org/.",
    ],
    "https://example.org/~a/b": [
        "https://example.org/%7Ea/b",
        "https://u:p@example.org:443/%7ea/./b",
        "https://example.org/x/../~a//../b",
        "https://example.org/%2E/~a/%2e%2E/~a/b",
        "https:\\\\example.org\\~a\\b",
        " https://exam\tple.org/~a\n/b",
    ],
    "https://example.org/%C3%BC%20%2F%25?q=%C3%BC#%C3%BC": [
        "https://example.org/ü %2f%?q=ü#ü",
        "https://example.org/%c3%bc%20%2F%25?q=%c3%bc#%C3%BC",
    ],
    "https://example.org/a\\b?x\\y".replace("\\b", "/b").replace("\\", "%5C"): ["https://example.org/a\\b?x\\y"],
    "http://example.org:8080/?": ["http://example.org:08080?", "http://EXAMPLE.org:8080/?"],
    "//example.org/x": ["//example.org/x", "example.org/x", "example.org:443/x", "\\\\example.org:80\\x"],
    "http://[::1]:81/": ["http://[0:0::1]:81", "http://[::1]:81/"],
    "s3://bucket/a%5Cb": ["s3://BUCKET/a\\b"],
    "urn:isbn:1": ["urn:isbn:1"],
    "data/%7E.txt": ["data/%7E.txt"],
}


@pytest.mark.parametrize(("normal", "address"), [(normal, one) for normal, many in SPELLINGS.items() for one in many])
def test_every_spelling_has_one_normal_form(normal: str, address: str) -> None:
    """Case, default ports, dot segments, escapes and slashes make no difference; what holds no host stays."""
    assert normal_address(address) == normal == normal_address(normal)


@pytest.mark.parametrize(
    ("one", "two"),
    [
        ("http://example.org/", "https://example.org/"),
        ("http://example.org/a", "http://example.org/a/"),
        ("http://example.org/a", "http://example.org/A"),
        ("http://example.org/a%2Fb", "http://example.org/a/b"),
        ("http://example.org:80/", "http://example.org:8080/"),
        ("https://example.org:80/", "https://example.org/"),
        ("http://example.org/?", "http://example.org/"),
    ],
)
def test_different_addresses_stay_different(one: str, two: str) -> None:
    """What a server may tell apart is not taken together."""
    assert normal_address(one) != normal_address(two)


@pytest.mark.parametrize(
    ("path", "resolved"),
    [
        ("/a/../b", "/b"),
        ("/..", "/"),
        ("/a/.", "/a/"),
        ("/a/%2e%2E/", "/"),
        ("/a//../b", "/a/b"),
        ("/.a/..b", "/.a/..b"),
    ],
)
def test_dot_segments(path: str, resolved: str) -> None:
    """Dot segments are resolved as in RFC 3986, and no path climbs above its root."""
    assert without_dots(path) == resolved


def test_a_prefix_speaks_of_whole_hosts() -> None:
    """A prefix ends below its host, and says a scheme or none."""
    assert asked_prefix("HTTPS://Example.org") == "https://example.org/"
    assert asked_prefix("//example.org:443/%7Ea") == "//example.org/~a"
    assert beginnings("https://example.org/") == ("https://example.org/", "//example.org/")
    assert beginnings("//e.org/") == ("//e.org/", "http://e.org/", "https://e.org/")
    assert beginnings("s3://b/") == ("s3://b/",)
    for none in ("example.org/a", "h", "", "http://", "http://a<b/", "urn:isbn:1", "http://e.org:99999/"):
        assert asked_prefix(none) is None


@settings(deadline=None, max_examples=500)
@given(st.text(max_size=20), st.sampled_from(["http://e.org/", "//e.org", "https:e.org?", "e.org/", "s3://e/", ""]))
def test_normalising_twice_changes_nothing(rest: str, start: str) -> None:
    """A normal form stays, and is plain ASCII where there is a host."""
    once = normal_address(start + rest)

    assert normal_address(once) == once
    assert parse(start + rest) is None or once.isascii()
    assert spell(spell(rest)) == spell(rest)
