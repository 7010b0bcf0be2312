"""Addresses inside DuckDB: the functions that queries ask, so that SQL has no parser of its own."""

from __future__ import annotations

from typing import Any, Final

from policies.addresses.columns import NO_HOST, PLAIN_HOST, key_of, shown_label
from policies.addresses.redaction import REDACTED
from policies.addresses.urls import beginnings, host_of, normal_address

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
    """Let queries of *connection* ask ``is_asked(address)``: whether it is, as stored, a spelling of *uri*.

    Most addresses are passed over since the longest label of the host does not stand in them.
    """
    host, wanted = host_of(uri), beginnings(key_of(uri))
    key = key_of if REDACTED.search(wanted[0]) else normal_address  # redaction marks what it takes, and costs more

    def is_spelling(address: str | None) -> bool:
        return address is not None and host_of(address) == host and key(address) in wanted

    odd = " OR ".join(f"contains(address, {one})" for one in _ODD)
    seen = f"contains(lower(address), '{shown_label(host or '')}') OR strlen(address) <> length(address) OR {odd}"
    connection.create_function("is_spelling", is_spelling, ["VARCHAR"], "BOOLEAN", null_handling="special")
    connection.execute(f"CREATE TEMP MACRO is_asked(address) AS CASE WHEN {seen} THEN is_spelling(address) END")
