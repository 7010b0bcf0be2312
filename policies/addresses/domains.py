"""Registrable domains: what somebody registered below a public suffix, of which hosts are a part."""

from __future__ import annotations

from functools import cache, lru_cache
from typing import TYPE_CHECKING

import pyarrow as pa

from policies.addresses.columns import Strings, hosts_of

if TYPE_CHECKING:
    from tldextract import TLDExtract


def domains_of(uris: Strings) -> pa.StringArray:
    """Return the registrable domain of each address (string n); null where there is no host.

    Of a host below no public suffix, or that is one itself, it is the host: an IP address, "localhost".
    """
    hosts = hosts_of(uris).dictionary_encode()
    return pa.array([domain_of(host) for host in hosts.dictionary.to_pylist()], pa.string()).take(hosts.indices)


@lru_cache(maxsize=1 << 16)  # sites come again from file to file
def domain_of(host: str) -> str:
    """Return the registrable domain of *host*, in normal form; see domains_of."""
    return str(_suffixes()(host).top_domain_under_public_suffix) or host


@cache
def _suffixes() -> TLDExtract:
    """Return the public suffixes of the list in tldextract's package, without their private section; no network."""
    from tldextract import TLDExtract  # which takes a tenth of a second, and few need

    return TLDExtract(cache_dir=None, suffix_list_urls=())
