"""Addresses inside DuckDB: the functions that queries ask, so that SQL has no parser of its own."""

from __future__ import annotations

from typing import Any, Final

import pyarrow as pa

from policies.addresses.columns import NO_HOST, PLAIN_HOST, shown_label, starts_with_any
from policies.addresses.tolerance import EXACT, AskedAddress
from policies.addresses.urls import host_of

_HOST_OF: Final = f"""
CREATE TEMP MACRO host_of(address) AS coalesce(
    nullif(regexp_extract(address, '{PLAIN_HOST.replace("(?P<host>", "(")}', 1), ''),
    CASE WHEN NOT regexp_matches(address, '{NO_HOST}') OR starts_with(lower(address), 'localhost')
    THEN parsed_host(address) END)
"""  # a function in Python for one row: with whole columns each call would cost as much as parsing hundreds of rows

_ODD: Final = ("'%'", "' '", *(f"chr({code})" for code in range(9, 14)))
"""What a spelling holds, unless it is beyond ASCII, in which the labels of its host are not to be seen."""


def teach_hosts(connection: Any) -> None:
    """Let queries of *connection* ask ``host_of(address)``: the host in normal form, null where there is none."""
    connection.create_function("parsed_host", host_of, ["VARCHAR"], "VARCHAR", null_handling="special")
    connection.execute(_HOST_OF)


def teach_address(connection: Any, uri: str) -> None:
    """Let queries ask ``matched_by(address)``: by what it is, as stored, the address *uri*.

    See policies.addresses.tolerance; null if it is another. Most are passed over since the longest label of the host
    does not stand in them; an address that holds no host has one spelling.
    """
    asked = AskedAddress.of(uri)
    if asked is None:
        _teach(connection, f"address = {_quoted(uri)}", f"'{EXACT}'")
        return
    connection.create_function("compared", asked.matched_by, ["VARCHAR"], "VARCHAR", null_handling="special")
    _teach(connection, _perhaps_of(asked.url.host), "compared(address)")


def teach_host(connection: Any, host: str) -> None:
    """Let queries ask ``matched_by(address)``: "host" if it is of *host* (in normal form), "subdomain" if below it."""
    teach_hosts(connection)
    below = f"WHEN ends_with(host_of(address), {_quoted('.' + host)}) THEN 'subdomain'"
    kind = f"CASE WHEN host_of(address) = {_quoted(host)} THEN 'host' {below} END"
    _teach(connection, _perhaps_of(host), kind)


def teach_prefix(connection: Any, prefix: str) -> None:
    """Let queries ask ``matched_by(address)``: "prefix" if it begins with *prefix* as starts_with_any compares it."""

    def begin_so(addresses: pa.ChunkedArray) -> pa.BooleanArray:
        return starts_with_any(addresses, [prefix])

    connection.create_function("begins_so", begin_so, ["VARCHAR"], "BOOLEAN", type="arrow", null_handling="special")
    _teach(connection, _perhaps_of(host_of(prefix) or ""), "CASE WHEN begins_so(address) THEN 'prefix' END")


def _teach(connection: Any, seen: str, kind: str) -> None:
    connection.execute(f"CREATE TEMP MACRO matched_by(address) AS CASE WHEN {seen} THEN {kind} END")


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def _perhaps_of(host: str) -> str:
    """Return a condition that the addresses of *host* meet, and few others."""
    odd = " OR ".join(f"contains(address, {one})" for one in _ODD)
    return f"contains(lower(address), '{shown_label(host)}') OR strlen(address) <> length(address) OR {odd}"
