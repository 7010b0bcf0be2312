"""Columns and queries say of each address what the parser says of it."""

from __future__ import annotations

from contextlib import closing

import duckdb
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from policies.addresses.columns import hosts_of, keys_of, starts_with_any
from policies.addresses.redaction import redact_uri
from policies.addresses.sql import teach_address, teach_hosts
from policies.addresses.urls import host_of

PIECES = r"""
http:// https:// HTTPS: // \ e.org E.org. xn--e-1ga é.org %65 www. :80 :8080 1.2 0x7f [::1] / .. ? # u@ a.txt localhost
"""


@settings(deadline=None, max_examples=300)
@given(st.lists(st.lists(st.sampled_from(PIECES.split()) | st.text(max_size=2), max_size=6).map("".join), max_size=6))
def test_columns_agree_with_the_parser(uris: list[str]) -> None:
    """The fast way and the parser find the same host, in a column and in a query."""
    column = pa.array([*uris, None], pa.string())
    expected = [*map(host_of, uris), None]

    assert hosts_of(column).to_pylist() == hosts_of(pa.chunked_array([column, column[:0]])).to_pylist() == expected
    with closing(duckdb.connect()) as connection:
        teach_hosts(connection)
        found = [connection.execute("SELECT host_of($1::VARCHAR)", [one]).fetchall() for one in column.to_pylist()]
    assert [rows[0][0] for rows in found] == expected


@pytest.mark.parametrize(
    ("asked", "stored"),
    [
        ("http://e.org/x?token=abc", "http://e.org/x?token=abc"),
        ("http://e.org/x?token=abc", "http://e.org/x?%74oken=abc"),
        ("http://e.org/x?%74oken=abc", "HTTP://u:p@E.org:80/x?token=abc"),
        ("http://e.org/bob%40f.org", "http://e.org/bob@f.org"),
        ("http://e.org/a b", "http://e.org/a%20b"),
        ("http://e.org/a", "e.org/a"),
        ("//e.org/a", "https://e.org/a"),
        ("http://1.2.3.4/a", "http://0x01020304/a"),
        ("http://[::1]/a", "http://[0::1]:80/a"),
        ("http://xn--fsqu00a.example/a", "http://例子.example/%61"),
        ("urn:isbn:1", "urn:isbn:1"),
        ("http://a<b/", "http://a<b/"),
    ],
)
def test_spellings_meet_as_they_are_stored(asked: str, stored: str) -> None:
    """Redaction of what is stored and of what is asked keeps no two spellings apart."""
    uri, uris = redact_uri(asked), pa.array([redact_uri(stored), "http://e.org/other", None, "urn:isbn:2"])

    with closing(duckdb.connect()) as connection:
        teach_address(connection, uri)
        found = [connection.execute("SELECT matched_by($1::VARCHAR)", [one]).fetchall() for one in uris.to_pylist()]
    assert [bool(rows[0][0]) for rows in found] == [True, False, False, False]


@pytest.mark.parametrize(
    ("prefix", "found"),
    [
        ("http://e.org", [0, 1, 2, 3, 6]),
        ("https://e.org/", [3, 4]),
        ("http://e.org/~a", [0, 1, 2]),
        ("//e.org/b", [3, 4]),
        ("http://e.org:8080/", [5]),
        ("http://e.org/?k=<SECRET>", [6]),
        ("http://a<b/c", [8]),
        ("doc", [9]),
    ],
)
def test_prefixes(prefix: str, found: list[int]) -> None:
    """A prefix holds whole hosts and ports; one that holds no host, as an earlier release may have kept, is literal."""
    uris = [
        *("http://e.org/~a/x", "http://E.org./%7Ea", "http:\\\\e.org\\c\\..\\~abc", "//e.org/b", "https://e.org/b"),
        *("http://e.org:8080/", "http://e.org?k=<SECRET>", "http://e.organ/", "http://a<b/c", "doc-1", None),
    ]

    assert [row for row, hit in enumerate(starts_with_any(pa.array(uris), [prefix]).to_pylist()) if hit] == found
    assert not any(starts_with_any(pa.array(uris), []).to_pylist())


def test_keys_of_ordinary_addresses_are_the_addresses() -> None:
    """What is in normal form already stays as it is, and nulls stay."""
    uris = ["https://www.example.org/a/b.html?x=1#y", "http://e.org/.well-known/x", None, "doc-1"]

    assert keys_of(pa.array(uris)).to_pylist() == uris
