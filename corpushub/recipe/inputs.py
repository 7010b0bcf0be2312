"""The files that a recipe names, each with the SHA-256 of its bytes: read once, by whoever is near them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path

from connectors.streams.files import DigestedFile, SourceFile, digest, is_url, list_files
from connectors.streams.stamps import stamp_of
from corpushub.errors import WrongDigest
from corpushub.recipe.model import Decontaminate, Recipe, Source
from lineage.control.runs import RunInput
from lineage.control.source_digests import SourceDigest, known_digests, remember_digests
from lineage.hub.database import Database
from pipelines.handover.ids import digest as digest_of
from policies.addresses.redaction import redact_uri
from policies.spelling import nearest

ASKING = 16
"""Files that a store is asked about at a time."""


@dataclass(frozen=True, slots=True)
class Input:
    """A file of a source or a benchmark, with the SHA-256 of its bytes."""

    source: Source | Decontaminate
    file: SourceFile
    sha256: str
    robots: bool = False

    @property
    def label(self) -> str:
        """Return what lineage calls the set of files it belongs to."""
        if isinstance(self.source, Decontaminate):
            return f"{self.source.name}:benchmark"
        return f"{self.source.name}:robots" if self.robots else self.source.name

    def digested(self) -> DigestedFile:
        """Return it as tasks that read files whole have it."""
        return DigestedFile(self.file.path, self.file.name, self.file.size, self.sha256)

    def record(self) -> RunInput:
        """Return it as lineage records it."""
        return RunInput(self.label, self.file.name, redact_uri(self.file.path), self.file.size, self.sha256)


@dataclass(frozen=True, slots=True)
class Stamped:
    """A file to digest: where it is, its bytes, and what its disk or store says changes with it, None if nothing."""

    path: str
    size: int
    stamp: str | None


Digester = Callable[[Sequence[Stamped]], Sequence[str]]
"""Returns the SHA-256 (hex) of each of some files."""


def digest_here(files: Sequence[Stamped]) -> list[str]:
    """Digest *files* in this process, two at a time: a disk gives no more."""
    with ThreadPoolExecutor(2) as pool:
        return list(pool.map(digest, [file.path for file in files]))


def list_inputs(
    recipe: Recipe, root: Path, db: Database | None, digester: Digester = digest_here, *, keep: bool = True
) -> list[Input]:
    """List every file of every source and benchmark, with its digest.

    What *db* knows of a file counts while its size and stamp stay; the others are read by *digester*, and what is found
    is remembered there if it is to *keep*. A file whose digest the recipe gives is always read.

    Raises:
        MissingSource: a pattern matches nothing, or a file cannot be read.
        WrongDigest: a file is not what its source's `sha256` says, or the source has no such file.
    """
    wanted: list[tuple[Source | Decontaminate, SourceFile, bool]] = [
        (source, file, robots)
        for source in recipe.source
        for patterns, robots in ((source.paths, False), (source.robots, True))
        if patterns
        for file in list_files(patterns, str(root), outside=source.outside)
    ]
    wanted += [(one, file, False) for one in recipe.decontaminate for file in list_files(one.files, str(root))]
    pinned = {file.path for source, file, _ in wanted if _pinned(source, file)}
    sums = _digests([file for _, file, _ in wanted], pinned, db, digester, keep=keep)
    for source in recipe.source:
        found = {file.name: sums[file.path] for of, file, _ in wanted if of is source}
        _require_digests(source, found)
    return [
        Input(source, _without_personal_data(file, sums[file.path]), sums[file.path], robots)
        for source, file, robots in wanted
    ]


def digest_of_file(path: str, db: Database | None) -> str:
    """Return the SHA-256 (hex) of the local file at *path*, from *db* while its size and stamp stay.

    Raises:
        MissingSource: it cannot be read.
    """
    local = Path(path)
    size = local.stat().st_size if not is_url(path) and local.is_file() else 0
    return _digests([SourceFile(path, path, size)], set(), db, digest_here, keep=True)[path]


def inputs_digest(inputs: Iterable[Input]) -> str:
    """Identify the inputs by source, name and content, whatever their order."""
    return digest_of(sorted([item.label, item.file.name, item.sha256] for item in inputs))


def _digests(
    files: Sequence[SourceFile], anew: set[str], db: Database | None, digester: Digester, *, keep: bool
) -> dict[str, str]:
    """Return the SHA-256 of each of *files* by path; those at paths in *anew* are read whatever is known of them."""
    unique = list({file.path: file for file in files}.values())
    with ThreadPoolExecutor(ASKING) as pool:
        stamps = list(pool.map(stamp_of, [file.path for file in unique]))
    stamped = [Stamped(file.path, file.size, stamp) for file, stamp in zip(unique, stamps, strict=True)]
    known = known_digests(db, [one.path for one in stamped if _may_be_kept(one)]) if db is not None else {}
    found = {
        one.path: known[one.path].sha256
        for one in stamped
        if one.path not in anew
        and one.path in known
        and (known[one.path].size, known[one.path].stamp) == (one.size, one.stamp)
    }
    unread = [one for one in stamped if one.path not in found]
    read = dict(zip((one.path for one in unread), digester(unread) if unread else (), strict=True))
    if db is not None and keep:
        kept = [
            SourceDigest(one.path, one.size, one.stamp or "", read[one.path]) for one in unread if _may_be_kept(one)
        ]
        remember_digests(db, kept)
    return found | read


def _may_be_kept(file: Stamped) -> bool:
    """Tell whether a digest may be kept: something tells when the file changes, and its path is nobody's secret."""
    return file.stamp is not None and redact_uri(file.path) == file.path


def _pinned(source: Source | Decontaminate, file: SourceFile) -> str | None:
    """Return the digest that the recipe wants of *file*: it is then computed anew, whatever is known of the file."""
    return source.sha256.get(file.name) if isinstance(source, Source) else None


def _require_digests(source: Source, found: Mapping[str, str]) -> None:
    for name, wanted in source.sha256.items():
        there = found.get(name)
        if there is None:
            message = (
                f"source {source.name!r} has no file {name!r}, of which its `sha256` speaks{nearest(name, found)}; "
            )
            raise WrongDigest(message + "nothing was read")
        if there != wanted.lower():
            message = f"{redact_uri(name)} of source {source.name!r} is not the file that the recipe means: it has "
            message += f"the SHA-256 {there}, and `sha256` says {wanted.lower()}; nothing was read; "
            raise WrongDigest(message + "get the file again, or correct the recipe")


def _without_personal_data(file: SourceFile, sha256: str) -> SourceFile:
    """Return *file* under the name that ledger and messages give it: redacted like an address, with its digest then."""
    name = redact_uri(file.name)
    return file if name == file.name else replace(file, name=f"{name}#{sha256[:12]}")
