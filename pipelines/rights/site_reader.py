"""How site files are found in archives and folders: records in, the body of each file with its place and time out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import PurePosixPath
from typing import Any, Final

from connectors import CONNECTORS
from connectors.capture import Extent, Kind, Limits, Slice
from connectors.errors import UnreadableSource
from connectors.streams.files import DigestedFile, open_file
from pipelines.captures.bodies import HTML_TYPES
from policies.addresses.places import Place, locate
from policies.addresses.urls import WEB, resolve
from policies.consent import ai_txt, rsl, tdmrep
from policies.consent.robots import LIMIT
from policies.consent.site_records import SiteRecord
from policies.consent.sites import HOPS, ROBOTS
from policies.markup.license_files import is_license_file
from policies.markup.page import headers_of

_PATHS: Final = (ROBOTS, ai_txt.PATH, tdmrep.PATH)
_ARCHIVES: Final = {".warc": "warc", ".arc": "arc"}
_COLUMNS: Final = (
    *("uri", "http_status", "payload", "payload_digest", "media_type", "kind", "failure", "refers_to_uri"),
    "rights_headers",
)
_RSL_TYPE: Final = "application/rsl+xml"
_HEAD: Final = 2048

_MOST_TARGETS: Final = 100_000
"""Files that are looked for because a robots.txt was redirected to them."""

_Key = str | tuple[str | None, int | None]
_File = tuple[str, str]
"""Origin and path."""


class SiteReader:
    """Reads records; keeps bodies by what revisits refer to, digest or address and time, and counts what is left."""

    def __init__(self, passed_over: Counter[str]) -> None:
        self.passed_over = passed_over
        self.bodies: dict[_Key, bytes] = {}
        self.targets: set[_File] = set()
        self.revisits: list[tuple[Place, int | None, tuple[_Key, _Key]]] = []

    def read(self, sources: tuple[DigestedFile, ...]) -> Iterator[SiteRecord]:
        """Yield the records of all *sources*; revisits last, when every body is known.

        Archives are read again for what a robots.txt is redirected to, if that is another file's name.
        """
        kinds = [(source, _archive_kind(source.name)) for source in sources]
        yield from (_single(source) for source, kind in kinds if kind is None)
        archives = [(source, kind) for source, kind in kinds if kind is not None]
        for source, kind in archives:
            yield from self._archive(source, kind)
        looked_for: set[_File] = set()
        for _ in range(HOPS):
            missing = self.targets - looked_for
            if not missing:
                break
            looked_for |= missing
            for source, kind in archives:
                yield from self._archive(source, kind, frozenset(missing))
        for place, at, keys in self.revisits:
            body = next((self.bodies[key] for key in keys if key in self.bodies), None)
            self.passed_over["revisit of a body that is not there"] += body is None
            yield SiteRecord(place.origin, place.path, at, None if body is None else 200, body or b"")

    def _archive(
        self, source: DigestedFile, connector: str, ends: frozenset[_File] | None = None
    ) -> Iterator[SiteRecord]:
        """Yield the records of site files in an archive; with *ends* only those that redirects lead to."""
        for batch in CONNECTORS[connector].read(Slice(source.path), {}, Limits(), Extent()):
            at, of = (batch[name].cast("int64").to_pylist() for name in ("captured_at", "refers_to_date"))
            for row, times in zip(batch.select(list(_COLUMNS)).to_pylist(), zip(at, of, strict=True), strict=True):
                record = self._record(row, *times, ends)
                if record is not None:
                    yield record

    def _record(
        self, row: dict[str, Any], at: int | None, of: int | None, ends: frozenset[_File] | None
    ) -> SiteRecord | None:
        place = locate(row["uri"] or "")
        body = (row["payload"] or b"")[: LIMIT + 1]
        site_file = place is not None and _is_site_file(row, place, body)
        if place is None or (not site_file if ends is None else site_file or (place.origin, place.path) not in ends):
            self.passed_over["another file"] += ends is None
            return None
        self.passed_over["another file"] -= ends is not None
        if row["kind"] == Kind.REVISIT.value:
            self.revisits.append((place, at, (row["payload_digest"] or "", (row["refers_to_uri"], of))))
            return None
        if row["failure"] is not None:
            return SiteRecord(place.origin, place.path, at, None)
        status = 200 if row["http_status"] is None else row["http_status"]  # a resource record was got without HTTP
        if status == 200:
            self.bodies |= {(row["uri"], at): body, **({key: body} if (key := row["payload_digest"]) else {})}
        target = _target(row) if 300 <= status < 400 and (place.path == ROBOTS or ends is not None) else None
        self._follow(target)
        return SiteRecord(place.origin, place.path, at, status, body, target)

    def _follow(self, target: str | None) -> None:
        """Note that *target* is looked for, unless every file of that name is kept."""
        place = locate(target) if target else None
        if place is not None and place.path not in _PATHS and len(self.targets) < _MOST_TARGETS:
            self.targets |= {(f"{scheme}://{place.authority}", place.path) for scheme in WEB}


def _target(row: dict[str, Any]) -> str | None:
    """Return the absolute address that a redirect leads to."""
    said = headers_of(row["rights_headers"]).get("location")
    target = resolve(said, row["uri"]) if said else ""
    return target if locate(target) else None


def _is_site_file(row: dict[str, Any], place: Place, body: bytes) -> bool:
    return place.path in _PATHS or _is_rsl(row["media_type"], body) or _is_licence(row, place)


def _archive_kind(name: str) -> str | None:
    suffixes = PurePosixPath(name.partition("#")[0]).suffixes[-2:]
    return next((_ARCHIVES[suffix] for suffix in suffixes if suffix in _ARCHIVES), None)


def _is_rsl(media_type: str | None, body: bytes) -> bool:
    return media_type == _RSL_TYPE or rsl.NAMESPACE.encode() in body[:_HEAD]


def _is_licence(row: dict[str, Any], place: Place) -> bool:
    """Tell whether a capture is a licence file, and no page about licences."""
    return row["media_type"] not in HTML_TYPES and is_license_file(place.path)


def _single(source: DigestedFile) -> SiteRecord:
    """Read a file of its own; its name tells host and path, and its time is not known."""
    with open_file(source.path) as file:
        body = file.read(LIMIT + 1)
    host, path = _named(PurePosixPath(source.name))
    place = locate(f"https://{host}{path}") if host else None
    if place is None:
        raise UnreadableSource(
            f"{source.name}: the name of a robots.txt must tell its host, as HOST.txt or HOST/robots.txt; nothing was "
            "read; rename it or take it out of `robots` in the recipe"
        )
    return SiteRecord(f"//{place.authority}", place.path, None, 200, body)


def _named(name: PurePosixPath) -> tuple[str, str]:
    folder = name.parent.parent if name.parent.name == ".well-known" else name.parent
    if name.name == "tdmrep.json":
        return folder.name, tdmrep.PATH
    if is_license_file(name.name):
        return (folder.name, f"/{name.name}") if _is_host(folder.name) else ("", "")
    if name.suffix == ".txt" and name.stem not in ("robots", "ai"):
        return (name.stem, ROBOTS) if _is_host(name.stem) else ("", "")
    return (folder.name, f"/{name.name}") if _is_host(folder.name) else ("", "")


def _is_host(name: str) -> bool:
    return "." in name.strip(".") or name.partition(":")[0] == "localhost"
