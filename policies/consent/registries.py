"""Registries that an operator drops in: plain files of hosts, URL prefixes, repositories or content ids.

One entry a line; what follows a `#` at the start of a line or behind a blank is a comment. A file may begin with a TOML
header between two lines `+++`, with the keys `kind`, `name`, `signal` and `meaning`; without a `kind` there, the file's
name says it ("opt-out.hosts", "opt-out.hosts.txt").
"""

from __future__ import annotations

import hashlib
import re
import tomllib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import pyarrow as pa
import pyarrow.compute as pc

from policies import toml
from policies.addresses.hosts import PLAIN, canonical_host, parents
from policies.addresses.places import Place, locate
from policies.consent.matching import normal_path
from policies.consent.preferences import ALLOW, DENY
from policies.consent.sorted_strings import SortedStrings
from policies.errors import InvalidRegistry, MissingPolicy
from policies.rights.evidence import LONGEST_VALUE, Evidence, Scope, Where
from policies.small_files import LIST, read_small_text

KINDS: Final = ("hosts", "prefixes", "repositories", "contents")
FORGES: Final = ("github.com", "gitlab.com", "codeberg.org", "bitbucket.org", "huggingface.co")
"""Hosts whose first two path segments are a repository's owner and name; the first is meant where none is written."""

_RAW: Final = {"raw.githubusercontent.com": "github.com", "www.github.com": "github.com"}
_HEADER: Final = re.compile(r"\+\+\+[ \t]*\n(.*?)^\+\+\+[ \t]*(?:\n|\Z)", re.DOTALL | re.MULTILINE)
_KEYS: Final = ("kind", "name", "signal", "meaning")
_SHAPES: Final = {
    "hosts": r"^(?:\*\.)?(?:[^\s/:@*\[\]]+|\[[0-9a-f:.]+\])(?::\d+)?$",
    "prefixes": r"^(?:https?://)?[^\s/]+(?:/\S*)?$",
    "repositories": r"^(?:[\w-]+(?:\.[\w-]+)+/)?[\w.-]+(?:/(?:[\w.-]+)?)?$",
    "contents": r"^(?:sha256:)?[0-9a-f]{64}$",
}


_HOST: Final = re.compile(r"(?P<below>\*\.)?(?P<host>\[.*\]|[^:]+)(?P<port>:\d+)?")


@dataclass(frozen=True, slots=True)
class Registry:
    """The entries of one file.

    Attributes:
        kind: a key of KINDS: what the entries are.
        name: of the registry, for people.
        signal: name of the evidence, "registry" unless the file says otherwise.
        meaning: "deny", unless the file says "allow".
        entries: in normal spelling.
    """

    kind: str
    name: str
    signal: str
    meaning: str
    entries: SortedStrings


class Registries:
    """All registries of a run.

    Attributes:
        digest: identifies what they say, whatever their order and their files' names; 64 hex digits.
    """

    def __init__(self, registries: Iterable[Registry]) -> None:
        self._registries = tuple(registries)
        self.digest = hashlib.sha256("".join(sorted(map(_digest, self._registries))).encode()).hexdigest()

    @classmethod
    def load(cls, paths: Sequence[str | Path]) -> Registries:
        """Read the files at *paths*. Raises as load_registry does."""
        return cls(load_registry(path) for path in paths)

    def __len__(self) -> int:
        return sum(len(one.entries) for one in self._registries)

    def registry_evidence(self, uri: str | None, content_id: str | None = None) -> list[Evidence]:
        """Return an Evidence for each registry with an entry for the page at *uri* or for the text *content_id*.

        Among refusals a host stands also for the hosts below it; among permissions it must be written "*.host" for
        that. A prefix holds for http and https alike. A repository is found in addresses of FORGES, an owner stands for
        all of its repositories. *content_id* is the SHA-256 of the canonical text, 64 hex digits.
        """
        place = locate(uri) if uri else None
        found = []
        for one in self._registries:
            entry = _entry(one, place, content_id)
            if entry is not None:
                value = f"{one.name}: {entry}"[:LONGEST_VALUE]
                scope = Scope.SITE if one.kind == "hosts" else Scope.PAGE
                found.append(Evidence("registry", Where.REGISTRY, scope, value, one.signal, one.meaning))
        return found


def load_registry(path: str | Path) -> Registry:
    """Read a registry file.

    Raises:
        MissingPolicy: it cannot be opened.
        InvalidRegistry: its header is malformed, no kind is known, or a line is no entry of that kind.
    """
    try:
        text = read_small_text(path, LIST, "utf-8-sig")
    except OSError as error:
        raise MissingPolicy(f"cannot open the registry {path}: {error.strerror}; nothing was decided") from error
    except UnicodeDecodeError as error:
        raise InvalidRegistry(f"the registry {path} is not UTF-8; nothing was decided") from error
    match = _HEADER.match(text)
    header = _header(match[1] if match else "", Path(path))
    lines = text[match.end() if match else 0 :].split("\n")
    first = text.count("\n", 0, match.end() if match else 0) + 1
    return Registry(**header, entries=_entries(lines, header["kind"], f"the registry {path}", first))


def _header(text: str, path: Path) -> dict[str, str]:
    try:
        header: dict[str, Any] = toml.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise InvalidRegistry(f"the header of the registry {path} is not TOML: {error}; nothing was decided") from error
    for key, value in header.items():
        if key not in _KEYS or not isinstance(value, str) or not value:
            raise InvalidRegistry(
                f"the key {key!r} in the header of the registry {path} is not one of {', '.join(_KEYS)} with a string; "
                "nothing was decided"
            )
    kind = header.get("kind") or next((suffix[1:] for suffix in path.suffixes if suffix[1:] in KINDS), "")
    if kind not in KINDS or header.get("meaning", DENY) not in (ALLOW, DENY):
        raise InvalidRegistry(
            f"the registry {path} must say in its header or by its name of which kind it is ({', '.join(KINDS)}), "
            "and its meaning must be allow or deny; nothing was decided"
        )
    stem = path.name.partition(".")[0]
    defaults = {"name": stem, "signal": "registry", "meaning": DENY}
    return {**defaults, **header, "kind": kind}


def _entries(lines: Sequence[str], kind: str, where: str, first: int) -> SortedStrings:
    """Return the entries of *lines* in normal spelling; line numbers in errors start at *first*."""
    bare = pc.replace_substring_regex(pa.array(lines, pa.string()), r"(?:^|\s)#.*$", "")
    bare = pc.utf8_trim_whitespace(bare)
    bare = bare if kind == "prefixes" else pc.utf8_lower(bare)
    entry = pc.not_equal(bare, "")
    wrong = pc.and_(entry, pc.invert(pc.match_substring_regex(bare, _SHAPES[kind])))
    if pc.any(wrong).as_py():
        line = first + pc.index(wrong, True).as_py()
        raise InvalidRegistry(f"line {line} of {where} is no entry of kind {kind!r}; nothing was decided")
    normal = _NORMAL[kind](pc.if_else(entry, bare, None))
    if normal.null_count > pc.sum(pc.invert(entry)).as_py():
        line = first + pc.index(pc.and_(entry, pc.is_null(normal)), True).as_py()
        raise InvalidRegistry(f"line {line} of {where} is no host; nothing was decided")
    return SortedStrings(normal.drop_null())


def _normal_hosts(entries: pa.StringArray) -> pa.StringArray:
    """Return *entries* with their hosts in normal form, null where there can be no such host; few cost Python."""
    odd = pc.fill_null(pc.invert(pc.match_substring_regex(entries, rf"^(?:\*\.)?{PLAIN}(?::[1-9][0-9]*)?$")), False)
    return pc.replace_with_mask(entries, odd, pa.array(map(_host, entries.filter(odd).to_pylist()), pa.string()))


def _host(entry: str) -> str | None:
    match = _HOST.fullmatch(entry)
    host = canonical_host(match["host"]) if match else None
    return None if match is None or host is None else f"{match['below'] or ''}{host}{match['port'] or ''}"


def _normal_prefixes(entries: pa.StringArray) -> pa.StringArray:
    return pa.array((None if entry is None else _prefix(entry) for entry in entries.to_pylist()), pa.string())


def _prefix(entry: str) -> str:
    place = locate(entry if "://" in entry else f"https://{entry}")
    return _spelled(place) if place else entry


def _normal_repositories(entries: pa.StringArray) -> pa.StringArray:
    bare = pc.replace_substring_regex(entries, r"(?:\.git)?/?$", "")
    forge = pc.match_substring_regex(bare, rf"^(?:{'|'.join(map(re.escape, FORGES))})/")
    return pc.if_else(forge, bare, pc.binary_join_element_wise(FORGES[0], bare, "/"))


def _normal_contents(entries: pa.StringArray) -> pa.StringArray:
    return pc.replace_substring_regex(entries, "^sha256:", "")


_NORMAL: Final = {
    "hosts": _normal_hosts,
    "prefixes": _normal_prefixes,
    "repositories": _normal_repositories,
    "contents": _normal_contents,
}


def _entry(registry: Registry, place: Place | None, content_id: str | None) -> str | None:
    """Return the entry of *registry* that speaks of the page or the text, if any."""
    if registry.kind == "contents":
        wanted = (content_id or "").lower().removeprefix("sha256:")
        return wanted if registry.entries.holds(wanted) else None
    if place is None:
        return None
    if registry.kind == "prefixes":
        return registry.entries.prefix_of(_spelled(place))
    keys = _hosts(place, registry.meaning) if registry.kind == "hosts" else _repositories(place)
    return next(filter(registry.entries.holds, keys), None)


def _hosts(place: Place, meaning: str) -> Iterator[str]:
    yield place.full_authority
    yield place.host
    for parent in parents(place.host):
        yield f"*.{parent}"
        if meaning == DENY:
            yield parent


def _repositories(place: Place) -> Iterator[str]:
    forge = _RAW.get(place.host, place.host)
    segments = [part for part in place.path.partition("?")[0].lower().split("/") if part]
    segments = segments[1:] if forge == "huggingface.co" and segments[:1] in (["datasets"], ["spaces"]) else segments
    if forge in FORGES and segments:
        yield f"{forge}/{segments[0]}"
        if len(segments) > 1:
            yield f"{forge}/{segments[0]}/{segments[1].removesuffix('.git')}"


def _spelled(place: Place) -> str:
    return f"{place.authority}{normal_path(place.path)}"


def _digest(registry: Registry) -> str:
    state = hashlib.sha256("\0".join((registry.kind, registry.name, registry.signal, registry.meaning, "")).encode())
    for entry in registry.entries:
        state.update(entry.encode() + b"\n")
    return state.hexdigest()
