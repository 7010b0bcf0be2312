"""Registrable domains: by the list of public suffixes, offline."""

from __future__ import annotations

import socket

import pyarrow as pa
import pytest

from policies.addresses.domains import domain_of, domains_of


@pytest.mark.parametrize(
    ("host", "domain"),
    [
        ("example.org", "example.org"),
        ("a.b.example.org", "example.org"),
        ("news.example.co.uk", "example.co.uk"),
        ("someone.github.io", "github.io"),  # the private section takes no part
        ("co.uk", "co.uk"),
        ("a.kawasaki.jp", "a.kawasaki.jp"),
        ("127.0.0.1", "127.0.0.1"),
        ("localhost", "localhost"),
        ("intranet.invalidtld", "intranet.invalidtld"),
    ],
)
def test_a_domain_is_what_was_registered(host: str, domain: str) -> None:
    """Below a public suffix it is one label more; without one, or where it is one, the host."""
    assert domain_of(host) == domain


def test_addresses_have_the_domain_of_their_host() -> None:
    """Scheme, port, case and path do not matter; without a host there is none."""
    addresses = ["https://WWW.Example.co.uk:8080/a?b", "http://example.org", "urn:x:1", None, "ftp://a.example.org/"]

    assert domains_of(pa.array(addresses)).to_pylist()[:4] == ["example.co.uk", "example.org", None, None]


def test_nothing_is_asked_of_the_network(monkeypatch: pytest.MonkeyPatch) -> None:
    """The list is the one in the package."""
    monkeypatch.setattr(socket, "socket", None)

    assert domain_of("never.asked-before.example.net") == "example.net"
