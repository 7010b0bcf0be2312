"""Whole columns of addresses: most are in normal form and cost no Python; of the others each is parsed once."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Final, TypeAlias

import pyarrow as pa
import pyarrow.compute as pc

from policies.addresses.hosts import PLAIN
from policies.addresses.redaction import redact_uris
from policies.addresses.urls import beginnings, host_of, normal_address, parse

PLAIN_HOST: Final = rf"^https?://(?P<host>{PLAIN})(?::[0-9]*)?(?:[/?#]|$)"
"""A web address of whose host the normal form stands in it."""

_PLAIN_URL: Final = rf"^https?://{PLAIN}/[A-Za-z0-9._~:/?#\[\]@!$&'()*+,;=-]*$"
"""A web address in normal form, if it has no dot segment."""

NO_HOST: Final = r"^[A-Za-z0-9_-]+(?:/[A-Za-z0-9_-]*)*$"
"""What holds no host unless it begins with "localhost": words, numbers, and paths of them."""

_HIDING: Final = r"[^!-$&-~]"
"""What may hide a label: an escape, white space, and all that is not ASCII."""

_FEW: Final = 3

Strings: TypeAlias = "pa.Array | pa.ChunkedArray"


def hosts_of(uris: Strings) -> pa.StringArray:
    """Return the host of each address (string n) in normal form; null where there is none."""
    uris = _one_chunk(uris)
    hosts = pc.struct_field(pc.extract_regex(uris, PLAIN_HOST), "host")
    rest = pc.and_(pc.is_null(hosts), pc.is_valid(uris))
    return _settled(uris, hosts, rest, _parsed_hosts)


def keys_of(uris: Strings) -> pa.StringArray:
    """Return what two addresses (string n), as they are stored, have in common if they are spellings of one.

    That is the normal form, of which what redaction would have taken from another spelling is taken away.
    """
    uris = _one_chunk(uris)
    plain = pc.match_substring_regex(uris, _PLAIN_URL)
    plain = pc.and_not(plain, pc.match_substring(uris, "/."))
    return _settled(uris, uris, pc.fill_null(pc.invert(plain), False), _parsed_keys)


def key_of(uri: str) -> str:
    """Return the key of one address, by the rule of keys_of, whether it is redacted or not."""
    return str(keys_of(redact_uris(pa.array([uri], pa.string())))[0])


def shown_label(host: str) -> str:
    """Return the longest label of *host*, which all its spellings show that are plain ASCII without an escape.

    Empty for an IP address, which has many.
    """
    if host.startswith("[") or host.replace(".", "").isdecimal():
        return ""
    return max(re.findall(r"[a-z0-9_-]+", host), key=len, default="")


def starts_with_any(uris: Strings, prefixes: Sequence[str]) -> pa.BooleanArray:
    """Return bool n: whether each address (string n, as stored) begins with one of *prefixes*; null does not.

    Both are compared in normal form, so that scheme, host and port are compared as wholes; a prefix that holds no host
    is compared as it is.
    """
    mask = pa.repeat(pa.scalar(False), len(uris))
    by_host: dict[str, list[str]] = {}
    for prefix in prefixes:
        url = parse(prefix)
        if url is None:
            mask = pc.or_(mask, pc.fill_null(pc.starts_with(_one_chunk(uris), prefix), False))
        else:
            by_host.setdefault(url.host, []).extend(beginnings(key_of(prefix)))
    if not by_host:
        return mask
    wanted = [one for each in by_host.values() for one in each]
    return pc.or_(mask, _of_hosts(uris, [*by_host], lambda near: _starts_with(keys_of(near), wanted)))


def _of_hosts(uris: Strings, hosts: Sequence[str], ask: Callable[[pa.StringArray], pa.BooleanArray]) -> pa.BooleanArray:
    """Return what *ask* says of the addresses of *hosts*, False of the others."""
    uris = _one_chunk(uris)
    near = _perhaps_of(uris, hosts)
    found = pc.fill_null(pc.is_in(hosts_of(uris.filter(near)), value_set=pa.array(hosts, pa.string())), False)
    near = pc.replace_with_mask(near, near, found)
    return pc.replace_with_mask(near, near, ask(uris.filter(near))) if pc.any(near).as_py() else near


def _perhaps_of(uris: pa.StringArray, hosts: Sequence[str]) -> pa.BooleanArray:
    """Return where a label of *hosts* is to be seen, or what may hide it; for many hosts a look at each costs more."""
    labels = [shown_label(host) for host in hosts]
    if len(hosts) > _FEW or not all(labels):
        return pc.is_valid(uris)
    seen, lower = pc.match_substring_regex(uris, _HIDING), pc.ascii_lower(uris)
    for label in labels:
        seen = pc.or_(seen, pc.match_substring(lower, label))
    return pc.fill_null(seen, False)


def _starts_with(keys: pa.StringArray, beginnings: Sequence[str]) -> pa.BooleanArray:
    mask = pa.repeat(pa.scalar(False), len(keys))
    for one in beginnings:
        mask = pc.or_(mask, pc.starts_with(keys, one))
    return mask


def _settled(
    uris: pa.StringArray,
    known: pa.StringArray,
    rest: pa.BooleanArray,
    parse_each: Callable[[pa.StringArray], pa.StringArray],
) -> pa.StringArray:
    """Return *known* with what *parse_each* makes of the distinct ones of *uris* where *rest* says so."""
    if not pc.any(rest).as_py():
        return known
    encoded = uris.filter(rest).dictionary_encode()
    return pc.replace_with_mask(known, rest, parse_each(encoded.dictionary).take(encoded.indices))


def _parsed_hosts(uris: pa.StringArray) -> pa.StringArray:
    """Parse the hosts of *uris*, all different, those left out that can have none."""
    none = pc.and_not(pc.match_substring_regex(uris, NO_HOST), pc.starts_with(uris, "localhost", ignore_case=True))
    found = pa.array(map(host_of, uris.filter(pc.invert(none)).to_pylist()), pa.string())
    return pc.replace_with_mask(pa.nulls(len(uris), pa.string()), pc.invert(none), found)


def _parsed_keys(uris: pa.StringArray) -> pa.StringArray:
    normal = pa.array(map(normal_address, uris.to_pylist()), pa.string())
    return pa.array(map(normal_address, redact_uris(normal).to_pylist()), pa.string())


def _one_chunk(uris: Strings) -> pa.StringArray:
    return uris.combine_chunks() if isinstance(uris, pa.ChunkedArray) else uris
