"""Addresses of one page have one normal form, and those of different pages do not."""

from __future__ import annotations

import pyarrow as pa
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from policies.addresses.redaction import redact_uri
from policies.addresses.same_page import normalize_url, url_ids

PIECES = """
http:// https:// HTTP:// www. WWW. x.example bücher.example :80 :443 :8080 / // . .. %2e %2F %41 %c3%bc % %% ü
index.html Default.aspx index.php ;jsessionid=A1 /(S(lit3py55t21z5v55vlm25s55)) ? & = + a b a=1 b=2
utm_source=x UTM%5Fid=1 gclid=1 sid=5 PHPSESSID=1 sid=0123456789abcdef # #! #/x <SECRET> @ [::1] 4 1
"""


@pytest.mark.parametrize(
    ("uri", "expected"),
    [
        ("HTTPS://Example.ORG/A", "http://example.org/A"),
        ("https://bob:pw@ex.org/", "http://ex.org"),
        ("http://www.ex.org./", "http://ex.org"),
        ("http://www.org/", "http://www.org"),
        ("http://ex.org:80/a", "http://ex.org/a"),
        ("https://ex.org:443/a", "http://ex.org/a"),
        ("https://ex.org:8443/a", "http://ex.org:8443/a"),
        ("http://Bücher.example/", "http://xn--bcher-kva.example"),
        ("http://b%C3%BCcher.example/", "http://xn--bcher-kva.example"),
        ("http://[::1]:80/a", "http://[::1]/a"),
        ("http://ex.org/a#top", "http://ex.org/a"),
        ("http://ex.org/#!/a/ü", "http://ex.org#!/a/%C3%BC"),
        ("http://ex.org/a/", "http://ex.org/a"),
        ("http://ex.org/a//b", "http://ex.org/a//b"),
        ("http://ex.org/a/./b/../c", "http://ex.org/a/c"),
        ("http://ex.org/../a/%2e%2E/b/..", "http://ex.org"),
        ("http://ex.org/a/INDEX.html", "http://ex.org/a"),
        ("http://ex.org/index.php?id=5", "http://ex.org?id=5"),
        ("http://ex.org/index.html.txt", "http://ex.org/index.html.txt"),
        ("http://ex.org/%7euser/%c3%bc/%2f%", "http://ex.org/~user/%C3%BC/%2F%25"),
        ("http://ex.org/ü b", "http://ex.org/%C3%BC%20b"),
        ("http://ex.org/?b=2&a=1&b=1", "http://ex.org?a=1&b=2&b=1"),
        ("http://ex.org/?utm_source=x&UTM_Campaign=y&q=a+b&fbclid=1&&gclid=2", "http://ex.org?q=a%20b"),
        ("http://ex.org/?utm%5Fsource=x", "http://ex.org"),
        ("http://ex.org/?utmost=1&gclids=2", "http://ex.org?gclids=2&utmost=1"),
        ("http://ex.org/a;JSESSIONID=F00?x=1", "http://ex.org/a?x=1"),
        ("http://ex.org/(S(lit3py55t21z5v55vlm25s55))/p.aspx", "http://ex.org/p.aspx"),
        ("http://ex.org/?PHPSESSID=f00&ASPSESSIONIDQQ=1&x=1", "http://ex.org?x=1"),
        ("http://ex.org/?sid=0123456789abcdef", "http://ex.org"),
        ("http://ex.org/?sid=17", "http://ex.org?sid=17"),
        ("  http://ex.org/a ", "http://ex.org/a"),
        ("//ex.org/a", "http://ex.org/a"),
        ("ex.org/a", "http://ex.org/a"),
        ("http:\\\\ex.org\\a", "http://ex.org/a"),
        ("http:///ex.org/a", "http://ex.org/a"),
        ("http://e x.org/a", "http://ex.org/a"),
    ],
)
def test_rules(uri: str, expected: str) -> None:
    """Each rule of the docstring makes this of an address."""
    assert normalize_url(uri) == expected


@pytest.mark.parametrize(
    "uri",
    [
        "",
        "ex.org",
        "a.txt/b",
        "/a",
        "ftp://ex.org/",
        "urn:isbn:1",
        "mailto:a@ex.org",
        "http://",
        "http://ex.org:99999/",
        "http://ex.org:x/",
        "http://[::1/",
        "http://a<b/",
        "http://%zz/",
        "http://1.2.3.999/",
    ],
)
def test_others_take_no_part(uri: str) -> None:
    """What is no address of the web, or could be a file's name, has no normal form."""
    assert normalize_url(uri) is None


@pytest.mark.parametrize(
    ("one", "two"),
    [
        ("http://ex.org/?key=1", "http://ex.org/?key=2"),
        (f"http://ex.org/?id={'0a' * 20}", f"http://ex.org/?id={'0b' * 20}"),
        ("http://ex.org/u/ann@ex.org", "http://ex.org/u/bob@ex.org"),
        ("http://ex.org/#!/?token=a", "http://ex.org/#!/?token=b"),
    ],
)
def test_redaction_makes_no_twins(one: str, two: str) -> None:
    """Addresses of different pages that redaction has made equal take no part."""
    assert redact_uri(one) == redact_uri(two)
    assert normalize_url(one) != normalize_url(two)
    assert normalize_url(redact_uri(one)) is None


def test_redacted_sessions_do_not_matter() -> None:
    """A session id that was redacted is removed like any other."""
    assert normalize_url(redact_uri("http://ex.org/a;jsessionid=1?PHPSESSID=2&x=3")) == "http://ex.org/a?x=3"


@settings(deadline=None, max_examples=500)
@given(st.lists(st.sampled_from(PIECES.split()) | st.text(max_size=3), max_size=9).map("".join))
@example("/(S(lit3py55t21z5v55vlm25s55));jsessionid=A1/a")  # one session id hides another
def test_normal_form_stays(rest: str) -> None:
    """Normalising twice changes nothing, whatever the address, and never fails."""
    once = normalize_url(f"http://ex.org/{rest}")
    anywhere = normalize_url(f"http://{rest}")

    assert once is None or normalize_url(once) == once
    assert anywhere is None or normalize_url(anywhere) == anywhere


def test_ids_are_of_the_normal_form() -> None:
    """Equal pages have equal ids, different ones do not, and what takes no part has zeros."""
    ids = url_ids(pa.array(["http://ex.org/a", "https://www.ex.org/a/", "http://ex.org/b", None, "urn:isbn:1"]))

    assert ids.shape == (5, 16)
    assert (ids[0] == ids[1]).all()
    assert (ids[0] != ids[2]).any()
    assert ids.any(axis=1).tolist() == [True, True, True, False, False]
    assert url_ids(pa.array([], pa.string())).shape == (0, 16)
