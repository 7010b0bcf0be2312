"""The site file of the page's own time speaks, and one that cannot be read permits nothing."""

from __future__ import annotations

import io
from collections.abc import Sequence

import pyarrow as pa
import pytest

from policies.addresses.places import locate
from policies.consent.agents import Agents
from policies.consent.site_records import SiteRecord, SiteTable
from policies.consent.sites import SiteFiles
from policies.errors import TooManySiteFiles
from policies.rights.evidence import Evidence

DAY = 86_400_000_000
AGENTS = Agents("2026-01-01", ("CCBot", "GPTBot"))
DENY = b"User-agent: *\nDisallow: /\n"
OPEN = b"User-agent: *\nAllow: /\n"
HOST = "https://e.org"


def robots_at(at: int | None, body: bytes = b"", status: int | None = 200, origin: str = HOST) -> SiteRecord:
    """Describe one attempt to fetch a robots.txt."""
    return SiteRecord(origin, "/robots.txt", at, status, body)


def ask(records: Sequence[SiteRecord], uri: str = "https://e.org/a", at: int | None = 5 * DAY) -> list[Evidence]:
    """Return what the sites say of a page."""
    return SiteFiles(SiteTable.of(records), AGENTS).site_evidence(uri, at)


def answers(records: Sequence[SiteRecord], uri: str = "https://e.org/a", at: int | None = 5 * DAY) -> set[str]:
    """Return the distinct answers about fetching."""
    return {str(one.meaning) for one in ask(records, uri, at)}


@pytest.mark.parametrize(
    ("at", "answer", "kind", "shown"),
    [
        (5 * DAY, "deny", "robots", "1970-01-03T00:00:00Z"),
        (2 * DAY, "deny", "robots", "1970-01-03T00:00:00Z"),
        (9 * DAY, "allow", "robots", "1970-01-09T00:00:00Z"),
        (1 * DAY, "deny", "robots-later", "1970-01-03T00:00:00Z"),
        (None, "allow", "robots", "1970-01-09T00:00:00Z"),
    ],
)
def test_the_file_of_the_time_speaks(at: int | None, answer: str, kind: str, shown: str) -> None:
    """The newest file from before the page is used, else the earliest after it, which the kind says."""
    evidence = ask([robots_at(8 * DAY, OPEN), robots_at(2 * DAY, DENY)], at=at)

    assert {(one.meaning, one.kind, one.at) for one in evidence} == {(answer, kind, shown)}


@pytest.mark.parametrize(
    ("status", "answer"),
    [
        (200, "deny"),
        (204, "deny"),
        (404, "allow"),
        (403, "allow"),
        (410, "allow"),
        (429, "unknown"),
        (500, "unknown"),
        (503, "unknown"),
        (301, "unknown"),
        (100, "unknown"),
        (None, "unknown"),
    ],
)
def test_status_decides(status: int | None, answer: str) -> None:
    """4xx restricts nothing; a server that fails, a redirect and no answer leave it open (RFC 9309, 2.3.1)."""
    evidence = ask([robots_at(1, DENY, status)])

    assert {one.meaning for one in evidence} == {answer}
    assert [one.name for one in evidence] == ["robots:CCBot", "robots:GPTBot"]


def test_empty_file_restricts_nothing() -> None:
    """A robots.txt without a byte was found, and has no rules."""
    assert answers([robots_at(1, b"")]) == {"allow"}


@pytest.mark.parametrize(
    ("origin", "uri", "found"),
    [
        ("https://e.org", "https://E.org:443/a", True),
        ("https://e.org", "https://user:pw@e.org./a#x", True),
        ("https://e.org", "http://e.org/a", True),
        ("http://e.org", "https://e.org/a", True),
        ("//e.org", "https://e.org/a", True),
        ("//e.org", "http://e.org:80/a", True),
        ("https://e.org:8443", "https://e.org/a", False),
        ("https://e.org", "https://e.org:8443/a", False),
        ("https://e.org:8443", "https://e.org:08443/a", True),
        ("https://e.org", "https://www.e.org/a", False),
        ("https://e.org", "ftp://e.org/a", False),
        ("https://e.org", "urn:isbn:1", False),
        ("https://xn--mnchen-3ya.de", "https://MÜNCHEN.de/a", True),
        ("https://[::1]:8080", "https://[::1]:8080/a", True),
    ],
)
def test_files_belong_to_scheme_host_and_port(origin: str, uri: str, found: bool) -> None:
    """A file is for its own origin; the other scheme on its default port stands in where there is none."""
    assert bool(ask([robots_at(1, DENY, origin=origin)], uri)) is found


def redirect(target: str | None, origin: str = HOST, path: str = "/robots.txt") -> SiteRecord:
    """Describe a redirect."""
    return SiteRecord(origin, path, 1, 301, b"", target)


def test_redirects_are_followed_to_other_hosts() -> None:
    """What stands at the end of at most five redirects decides for the first host, and a loop or a gap is unknown."""
    other = "https://www.f.org"
    end = robots_at(1, DENY, origin=other)
    long = [redirect(f"https://h{hop}.org/robots.txt", f"https://h{hop - 1}.org") for hop in range(2, 7)]

    assert answers([redirect(f"{other}/robots.txt"), end]) == {"deny"}
    assert answers([redirect(f"{other}/r"), SiteRecord(other, "/r", 1, 200, DENY)]) == {"deny"}
    assert answers([redirect(f"{other}/robots.txt"), robots_at(1, status=404, origin=other)]) == {"allow"}
    assert answers([redirect(f"{other}/robots.txt"), robots_at(1, status=503, origin=other)]) == {"unknown"}
    assert answers([redirect(f"{other}/robots.txt")]) == {"unknown"}
    assert answers([redirect(f"{HOST}/robots.txt")]) == {"unknown"}
    assert answers([redirect("ftp://f.org/robots.txt"), end]) == {"unknown"}
    assert answers([*long, robots_at(1, DENY, origin="https://h6.org")], "https://h1.org/a") == {"deny"}
    far = [*long, redirect("https://h7.org/robots.txt", "https://h6.org"), robots_at(1, OPEN, origin="https://h7.org")]
    assert answers(far, "https://h1.org/a") == {"unknown"}


def test_own_origin_goes_before_others() -> None:
    """The file of the page's own scheme is used before one without a scheme and before the other scheme's."""
    records = [robots_at(1, DENY), robots_at(1, OPEN, origin="http://e.org"), robots_at(1, OPEN, origin="//e.org")]

    assert answers(records) == {"deny"}
    assert answers(records[1:]) == {"allow"}
    assert answers([robots_at(1, status=301), robots_at(1, DENY, origin="http://e.org")]) == {"deny"}


def test_undated_files_are_the_oldest() -> None:
    """A file whose time is not known is used where no dated one is from before the page, and shows no time."""
    records = [robots_at(None, DENY), robots_at(8 * DAY, OPEN)]

    assert {(one.meaning, one.at, one.kind) for one in ask(records)} == {("deny", "", "robots")}
    assert answers(records, at=9 * DAY) == {"allow"}


def test_all_files_of_a_site_speak() -> None:
    """robots.txt, tdmrep.json, ai.txt and the RSL document that robots.txt names are all heard."""
    prohibited = b'<license><prohibits type="usage">search</prohibits></license>'
    terms = b'<rsl xmlns="https://rslstandard.org/rsl"><content url="/">%s</content></rsl>' % prohibited
    records = [
        robots_at(1, b"License: https://e.org/l.xml\nUser-agent: *\nContent-Usage: train-ai=y\n"),
        SiteRecord(HOST, "/l.xml", 1, 200, terms),
        SiteRecord(HOST, "/.well-known/tdmrep.json", 1, 200, b'[{"location": "/", "tdm-reservation": 1}]'),
        SiteRecord(HOST, "/ai.txt", 1, 200, b"User-Agent: *\nDisallow: /\n"),
    ]
    said = {(one.kind, one.name, one.meaning) for one in ask(records) if one.kind != "robots"}

    assert said == {
        ("content-usage", "train-ai", "allow"),
        ("rsl", "search", "deny"),
        ("tdmrep", "tdm", "deny"),
        ("ai-txt", "train-ai", "deny"),
    }
    assert {(one.kind, one.meaning) for one in ask(records[:1]) if one.name == "rsl"} == {("rsl", "unknown")}
    assert ask([SiteRecord(HOST, "/ai.txt", 1, 404)]) == []


def test_table_is_the_same_bytes_and_compact() -> None:
    """Order and repetition of records leave no trace; a body is kept once; a loaded table answers alike."""
    records = [robots_at(at, DENY, origin=f"https://h{at % 3}.org") for at in range(30)]
    first, second = io.BytesIO(), io.BytesIO()
    SiteTable.of(records).write(first)
    SiteTable.of([*reversed(records), *records]).write(second)
    table = SiteTable.load(pa.BufferReader(first.getvalue()))

    assert first.getvalue() == second.getvalue()
    assert (len(table), table.bodies, table.origins) == (30, 1, 3)
    assert SiteFiles(table, AGENTS).site_evidence("https://h1.org/", 30)[0].meaning == "deny"
    assert SiteFiles(SiteTable.of([]), AGENTS).site_evidence("https://h1.org/", 30) == []


def test_table_is_bounded() -> None:
    """More distinct bytes than allowed are refused; repetitions and what was not found count nothing."""
    with pytest.raises(TooManySiteFiles, match="'robots'"):
        SiteTable.of([robots_at(1, b"#a"), robots_at(2, b"#b")], most=3)

    assert len(SiteTable.of([robots_at(1, b"#a"), robots_at(2, b"#a"), robots_at(3, b"#bc", 404)], most=3)) == 3


def test_addresses_are_taken_apart() -> None:
    """There is always a path, dot segments and fragments are no part of it, and query and escapes stay as written."""
    place = locate("HTTPS://user@E.org?q=1#f")

    assert place is not None
    assert (place.origin, place.path, place.host) == ("https://e.org", "/?q=1", "e.org")
    assert locate("https:///") is None
    assert locate("https://user@/a") is None
    below, bare = locate("http:\\\\e.org\\a/../%62?/../c"), locate("e.org:80/a")
    assert below is not None
    assert (below.origin, below.path) == ("http://e.org", "/%62?/../c")
    assert bare is not None
    assert (bare.origin, bare.path, bare.full_authority) == ("http://e.org", "/a", "e.org:80")
