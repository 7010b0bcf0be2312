"""Every spelling of a host has one normal form, and what is no host has none."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from policies.addresses.hosts import canonical_host, canonical_pattern, on_host, parents
from policies.addresses.urls import asked_host, host_of

SPELLINGS = {
    "example.org": [
        "http://example.org/",
        "https://example.org",
        "http://EXAMPLE.org/x",
        "HTTP://Example.Org/",
        "http://example.org./x",
        "http://example.org../x",
        "http://example.org:80/",
        "http://example.org:8080/",
        "http://example.org:/",
        "https://example.org:443",
        "example.org:443",
        "example.org.:80/x",
        "//example.org",
        "//example.org/x",
        "example.org",
        "example.org/x",
        "Example.ORG?x",
        " http://example.org/",
        "\u00a0http://example.org/\u3000",
        "\x00\x1fhttp://example.org/",
        "http:// example.org/",
        "http://example.org /x",
        "http://exam ple.org/",
        "http://exam\u00a0ple.org/",
        "http: //example.org/",
        "ht\ttp://exam\tple.\norg/\r\n",
        "http:\\\\example.org\\x",
        "HTTP:\\\\example.org\\x",
        "http:/example.org/x",
        "http:example.org",
        "https:///example.org",
        "http:////example.org/x",
        "\\\\example.org\\x",
        "/\\example.org/x",
        "http://user@example.org/",
        "http://user:pass@example.org/",
        "http://user:p@ss@example.org:81/",
        "//user:pass@example.org/x",
        "http://user:pass@example.org\\@other.example/",
        "http://%65xample.org/",
        "http://%65%78%61%6D%70%6c%65%2Eorg/",
        "http://example%E3%80%82org/",
        "http://ｅｘａｍｐｌｅ.org/",
        "http://ＥＸＡＭＰＬＥ．ＯＲＧ/",
        "http://example。org/",
        "http://example．org/",
        "http://example｡org。/",
        "http://exam\u00adple.org/",
        "http://exam\u200bple.org/",
        "http://\ufeffexample.org/",
        "http://ⓔⓧⓐⓜⓟⓛⓔ.org/",
        "http://𝐞xample.org/",
        "http://example.org#@other.example/",
        "http://example.org?@other.example/",
        "ftp://example.org/x",
        "gopher://example.org/x",
        "wss:example.org",
    ],
    "xn--mnchen-3ya.example": [
        "http://münchen.example/",
        "http://MÜNCHEN.example/",
        "http://mu\u0308nchen.example/",
        "http://xn--mnchen-3ya.example/",
        "http://XN--MNCHEN-3YA.Example./",
        "http://m%C3%BCnchen.example/",
        "http://mu%cc%88nchen.example:8080/",
        "http://ｍünchen。example/",
        "münchen.example/x",
    ],
    "xn--strae-oqa.example": ["http://straße.example/", "http://STRAẞE.example/", "http://xn--strae-oqa.example/"],
    "strasse.example": ["http://strasse.example/"],
    "xn--dagi-oza.example": ["http://dagiı.example/", "http://dag%69%C4%B1.example"],
    "xn--exmple-4nf.example": ["http://exаmple.example/", "//EXАMPLE.example"],
    "xn--11b2ezcw70k.example": ["http://क्\u200dष.example/"],
    "xn--ygb3byl6exgt50m.example": ["http://هیچ\u200cکس.example/"],
    "www.example.org": ["http://www.example.org/", "http://WWW.example.org"],
    "_dmarc.example.org": ["http://_DMARC.example.org/"],
    "a..example.org": ["http://a..example.org/"],
    "x" * 70 + ".example": [f"http://{'X' * 70}.example/"],
    "127.0.0.1": [
        "http://127.0.0.1/",
        "http://127.0.0.1./",
        "http://0x7f.1/",
        "http://0X7F.0.0.0x1:80/",
        "http://0177.1/",
        "http://2130706433/",
        "http://0x7f000001/",
        "http://１２７.0.0.1/",
        "127.0.0.1:8000/x",
    ],
    "[2001:db8::1]": [
        "http://[2001:db8::1]/",
        "http://[2001:DB8:0:0:0:0:0:1]:8080/x",
        "http://[2001:0db8::0001]",
        "http://user@[2001:db8::0.0.0.1]/",
        "//[2001:db8::1]:443/",
        "[2001:db8::1]/x",
        "2001:db8::1",
        "2001:DB8::0001/x?y",
        "http://2001:db8::1/x",
    ],
    "[::ffff:c000:201]": ["http://[::ffff:192.0.2.1]/", "http://[::FFFF:c000:0201]/"],
    "[2001:0:0:1::]": ["http://[2001:0:0:1:0:0:0:0]/"],
    "localhost": ["http://localhost:8080/", "localhost:8080/x", "LOCALHOST"],
    "bucket": ["s3://Bucket/key"],
}

NO_HOST = [
    *("", " ", "/", "//", "///", "http://", "http:///", "https://user@/a", "http://:80/", "http://./", "file:///x"),
    *(
        "urn:isbn:1",
        "mailto:a@example.org",
        "a@example.org",
        "dns:example.org",
        "doc-17",
        "wiki/17",
        "17",
        "1.5",
        "v1.0/x",
    ),
    *("page.html", "data/file.txt", "file.txt", "a.jsonl#3", "/example.org/x", "a title. Of words", "<EMAIL>", "12:30"),
    *("http://[::1", "http://[::1]x]/", "http://[fe80::1%25eth0]/", "http://[1.2.3.4]/", "http://::g/"),
    *(
        "http://1.2.3.999/",
        "http://1.2.3.4.5/",
        "http://0x/0",
        "http://08.1/",
        "http://4294967296/",
        "http://a.0x1/",
    ),
    *("http://a<b/", "http://%zz/", "http://a%2Fb/", "http://a%00b/", "http://%2565xample.org/", "http://a^b/"),
    *("http://exam\u200dple.org/", "http://\u0308a.example/", "http://\ufffd.example/", "http://%ff.example/"),
]


@pytest.mark.parametrize(("host", "address"), [(host, one) for host, many in SPELLINGS.items() for one in many])
def test_every_spelling_has_one_normal_form(host: str, address: str) -> None:
    """Case, dots, ports, users, slashes, white space, escapes, scripts and number formats make no difference."""
    assert host_of(address) == host


@pytest.mark.parametrize("host", SPELLINGS)
def test_the_normal_form_stays(host: str) -> None:
    """A normal form is its own normal form, as a host, in an address and in a request."""
    assert canonical_host(host) == host == host_of(f"http://{host}/") == asked_host(host)


@pytest.mark.parametrize("address", NO_HOST)
def test_what_holds_no_host(address: str) -> None:
    """Other names, files and what can be no host have none, and never fail."""
    assert host_of(address) in ({None, "0.0.0.0"} if address == "http://0x/0" else {None})


@settings(deadline=None, max_examples=500)
@given(st.text(st.characters() | st.sampled_from("./:@[]%\\-x09 \t。"), max_size=30))
def test_any_text_may_be_asked(text: str) -> None:
    """Whatever the text, its host is none or a normal form, and nothing is raised."""
    for host in (canonical_host(text), host_of(text), host_of(f"http://{text}"), asked_host(text)):
        assert host is None or (canonical_host(host) == host and host.isascii())


def test_hosts_below() -> None:
    """A host lies below each of its parents, and an address of numbers below none."""
    assert list(parents("a.b.example")) == ["b.example", "example"]
    assert list(parents("1.2.3.4")) == list(parents("[::1]")) == []
    assert on_host("www.example.org", "example.org")
    assert not on_host("badexample.org", "example.org")
    assert on_host("x.gov", "*.gov")
    assert not on_host("gov", "*.gov")


@pytest.mark.parametrize(
    ("pattern", "normal"),
    [
        ("*.Example.ORG.", "*.example.org"),
        ("*.münchen.example", "*.xn--mnchen-3ya.example"),
        ("news*.example", "news*.example"),
        ("MÜNCHEN.example", "xn--mnchen-3ya.example"),
        ("mün*.example", None),
        ("*/x", None),
    ],
)
def test_patterns(pattern: str, normal: str | None) -> None:
    """The labels of a pattern are spelled as hosts are; a label with an asterisk must be in ASCII."""
    assert canonical_pattern(pattern) == normal
