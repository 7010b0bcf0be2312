"""What an address may differ in, and what the answer calls it."""

from __future__ import annotations

from contextlib import closing
from itertools import product
from typing import Any

import duckdb
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from policies.addresses.columns import hosts_of, keys_of, starts_with_any
from policies.addresses.hosts import on_host
from policies.addresses.redaction import redact_uri
from policies.addresses.sql import teach_address, teach_host, teach_prefix
from policies.addresses.tolerance import EXACT, SPELLING, TOLERANCES, AskedAddress, differing
from policies.addresses.urls import asked_host, asked_prefix

PIECES = r"""
http:// https:// HTTPS: // \ e.org E.org. sub.e.org xn--e-1ga.é.org é.org %65 www. :80 :443 :8080 :
1.2 0x7f [::1] / .. ? # u@ u:p@ a.txt it's.org ?token=abc
"""

addresses = st.lists(st.sampled_from(PIECES.split()) | st.text(max_size=2), max_size=7).map("".join).map(redact_uri)


def compared(asked: str, stored: str) -> str | None:
    """Return what the comparison of two addresses, redacted, says."""
    address = AskedAddress.of(redact_uri(asked))
    assert address is not None
    return address.matched_by(redact_uri(stored))


def told(teach: Any, asked: str, stored: list[str]) -> list[str | None]:
    """Return what a query says of each address."""
    with closing(duckdb.connect()) as connection:
        teach(connection, asked)
        connection.register("rows", pa.table({"row": range(len(stored)), "uri": pa.array(stored, pa.string())}))
        answer = connection.execute("SELECT matched_by(uri) FROM rows ORDER BY row").fetchall()
    return [row[0] for row in answer]


@pytest.mark.parametrize(
    ("asked", "stored", "kind"),
    [
        ("http://e.org/a", "http://e.org/a", EXACT),
        ("http://e.org", "http://e.org", EXACT),
        ("http://u:p@e.org/a", "http://e.org/a", EXACT),
        ("http://é.org/ü?q=é", "http://é.org/ü?q=é", EXACT),
        ("http://E.org/a", "HTTP://e.org./%61", SPELLING),
        ("http://bücher.example/", "http://xn--bcher-kva.example", SPELLING),
        ("http://e.org/a b", "http://e.org/x/../a%20b", SPELLING),
        ("http://0x7f.1/", "http://127.0.0.1/", SPELLING),
        ("http://e.org/?token=1", "http://e.org/?%74oken=2", SPELLING),
        ("http://e.org/a", "https://e.org/a", "scheme"),
        ("e.org/a", "https://e.org/a", "scheme"),
        ("https://bücher.example/a", "//xn--bcher-kva.example/a", "scheme"),
        ("http://e.org/a", "http://e.org:80/a", "port"),
        ("https://[::1]:443/a", "https://[0::1]/a", "port"),
        ("http://e.org:/a", "http://e.org/a", "port"),
        ("http://e.org/a", "http://e.org/a/", "slash"),
        ("http://e.org/a///?q=1", "http://e.org/a?q=1", "slash"),
        ("http://e.org", "http://e.org//", "slash"),
        ("http://e.org/a", "http://e.org/a#top", "fragment"),
        ("http://e.org/a#x", "http://e.org/a#y", "fragment"),
        ("http://e.org/a#", "http://e.org/a", "fragment"),
        ("http://e.org/a", "https://e.org:443/a/#x", "scheme, port, slash, fragment"),
        ("e.org./a/", "http://u@E.ORG:80/a", "scheme, port, slash"),
        ("http://e.org/a", "http://e.org/b", None),
        ("http://e.org/a", "http://e.org/A", None),
        ("http://e.org/a", "http://e.org/a?q=1", None),
        ("http://e.org/a?q=1", "http://e.org/a?q=2", None),
        ("http://e.org/a", "http://e.org:8080/a", None),
        ("http://e.org:8080/a", "http://e.org:8081/a", None),
        ("http://e.org/a", "ftp://e.org/a", None),
        ("http://e.org/a", "http://www.e.org/a", None),
        ("http://e.org/a", "http://e.org.evil.example/a", None),
        ("http://e.org/a", "e.org", None),
        ("http://e.org/a%2Fb", "http://e.org/a/b", None),
    ],
)
def test_what_is_overlooked_is_told(asked: str, stored: str, kind: str | None) -> None:
    """Scheme, default port, last slashes and fragment alone may differ, in either direction; a query says so too."""
    assert compared(asked, stored) == kind
    assert compared(stored, asked) in (kind, EXACT)
    assert told(teach_address, redact_uri(asked), [redact_uri(stored), "http://e.org.example/a"]) == [kind, None]


@settings(deadline=None, max_examples=300)
@given(addresses, addresses)
def test_comparing_is_even_and_never_fails(one: str, other: str) -> None:
    """Whatever is compared: each is itself, both ways say the same, and a spelling is never another address."""
    left, right = AskedAddress.of(one), AskedAddress.of(other)
    if left is None or right is None:
        return
    there, back = left.matched_by(other), right.matched_by(one)

    assert (left.matched_by(one), left.matched_by(None)) == (EXACT, None)
    assert there == back
    assert there in (None, EXACT, SPELLING) or {*str(there).split(", ")} <= {*TOLERANCES}
    keys = keys_of(pa.array([redact_uri(one), redact_uri(other)]))
    if keys[0] == keys[1] and keys[0].is_valid:
        assert there is not None


@pytest.mark.parametrize("made", [*product(("http:", "https:", ""), ("", ":80", ":443"), ("", "/", "//"), ("", "#x"))])
def test_tolerances_come_together(made: tuple[str, ...]) -> None:
    """Each combination is found, and counts as far away as it has tolerances."""
    scheme, port, slash, fragment = made
    kind = compared("http://e.org/p", f"{scheme}//e.org{port}/p{slash}{fragment}")
    parts = {"scheme": scheme != "http:", "port": port, "slash": slash, "fragment": fragment}
    expected = [name for name, differs in parts.items() if differs]

    assert kind == (", ".join(expected) or EXACT)
    assert differing(kind) == (1 + len(expected) if expected else 0)


@settings(deadline=None, max_examples=60)
@given(st.lists(addresses, max_size=8), st.sampled_from(["e.org", "é.org", "org", "[::1]", "127.0.0.1", "it's.org"]))
def test_hosts_and_those_below(stored: list[str], spelled: str) -> None:
    """A host is found with the hosts below it, as everywhere else, and nothing beside them."""
    host = asked_host(spelled)
    assert host is not None
    found = [
        None if one is None else on_host(one, host) and one
        for one in hosts_of(pa.array(stored, pa.string())).to_pylist()
    ]
    kinds = [("host" if one == host else "subdomain") if one else None for one in found]

    assert told(teach_host, host, stored) == kinds


@settings(deadline=None, max_examples=60)
@given(st.lists(addresses, max_size=8), addresses)
def test_prefixes_are_those_of_erasures(stored: list[str], prefix: str) -> None:
    """An address begins with a prefix for a search if it does for an erasure."""
    normal = redact_uri(asked_prefix(prefix) or "//e.org/")
    expected = starts_with_any(pa.array(stored, pa.string()), [normal]).to_pylist()

    assert told(teach_prefix, normal, stored) == ["prefix" if one else None for one in expected]
