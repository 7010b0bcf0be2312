"""Consent signals of a batch of captures: from their headers, the files of their sites, and registries."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from policies.consent.agents import Agents
from policies.consent.headers import header_evidence
from policies.consent.registries import Registries
from policies.consent.sites import SiteFiles
from policies.rights.evidence import Evidence

_HEADERS = 1 << 12


def consent_evidence(
    uris: pa.Array,
    captured_at: pa.Array,
    headers: pa.Array,
    sites: SiteFiles | None = None,
    registries: Registries | None = None,
) -> dict[int, list[Evidence]]:
    """Return the evidence of captures by row: header, then site, then registries; what a page itself says is not here.

    *uris* are strings as captured, not redacted; *captured_at* times in UTC; *headers* raw lines "name: value"; all may
    hold nulls. RSL terms that a header names are replaced by what they say, where *sites* holds them. The same lines,
    and the same address at the same time, are looked at once.
    """
    asked = pc.is_valid(headers if sites is None and registries is None else pc.coalesce(uris, headers))
    rows = np.flatnonzero(asked).tolist()
    instants = captured_at.cast(pa.timestamp("us", tz="UTC")).cast(pa.int64())
    columns = (column.filter(asked).to_pylist() for column in (uris, instants, headers))
    known: dict[tuple[Any, ...], list[Evidence]] = {}
    found = {}
    for row, uri, at, lines in zip(rows, *columns, strict=True):
        key = uri, at, lines
        if key not in known:
            known[key] = _one(uri, at, lines, sites, registries)
        if known[key]:
            found[row] = known[key]
    return found


def content_evidence(content_ids: pa.Array, registries: Registries) -> list[list[Evidence]]:
    """Return what registries say of texts by their ids (SHA-256 of the canonical text, 32 bytes each or 64 digits)."""
    ids = content_ids.to_pylist()
    return [registries.registry_evidence(None, one.hex() if isinstance(one, bytes) else one) for one in ids]


def _one(
    uri: str | None, at: int | None, lines: str | None, sites: SiteFiles | None, registries: Registries | None
) -> list[Evidence]:
    found = list(_header(lines, sites.agents if sites else None)) if lines else []
    if sites is not None and uri:
        if any(one.name == "rsl" for one in found):
            found = [each for one in found for each in (sites.terms(one, uri, at) if one.name == "rsl" else (one,))]
        found += sites.site_evidence(uri, at)
    return found + (registries.registry_evidence(uri) if registries is not None and uri else [])


@lru_cache(_HEADERS)
def _header(lines: str, agents: Agents | None) -> tuple[Evidence, ...]:
    return tuple(header_evidence(lines, agents))
