"""Write papers of a version: made from its facts, logged, and put in their place whole or not at all."""

from __future__ import annotations

import errno
import hashlib
import io
import os
import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import IO, Final

import orjson

from corpushub.audit.files import write_attribution
from corpushub.errors import BadRequest, ReportNotWritten
from corpushub.papers.facts import Facts, facts_of
from corpushub.papers.fields import Origin, State
from corpushub.papers.formats import ALL, ATTRIBUTION, FORMATS, NAMES, named, paper_of
from lineage.audit_log.leaves import Event, leaves_about
from lineage.audit_log.log import append_change
from lineage.control.versions import Version
from lineage.errors import SigningError
from lineage.hub import Hub
from lineage.references import VersionRef

PAPER: Final = "paper"
"""The kind of leaves about papers."""


@dataclass(frozen=True, slots=True)
class PaperFile:
    """A file of a paper.

    Attributes:
        format: which paper it belongs to.
        name: of the file.
        sha256: hex digest of its bytes.
        bytes: how many.
        leaf: where the audit log has the digest; null where the hub cannot sign or may only be read.
        content: its text; null where it was written into a folder.
    """

    format: str
    name: str
    sha256: str
    bytes: int
    leaf: int | None
    content: str | None


@dataclass(frozen=True, slots=True)
class Draft:
    """A file that is to be written.

    Attributes:
        format: which paper it belongs to.
        name: of the file.
        write: writes its text.
    """

    format: str
    name: str
    write: Callable[[IO[str]], None]


@dataclass(frozen=True, slots=True)
class Papers:
    """Papers of a version.

    Attributes:
        version: NAME@vN.
        revision: how often an erasure changed it.
        manifest_root: the digest of its files.
        out: the folder that the files stand in; null where they were not written.
        files: by format, the one that is printed first.
    """

    version: str
    revision: int
    manifest_root: str
    out: str | None
    files: tuple[PaperFile, ...]


@dataclass(frozen=True, slots=True)
class ExplainedField:
    """A field of a paper, and where its answer comes from.

    Attributes:
        format: which paper it is of.
        section: number and name of its section.
        id: its number or name in the format.
        name: what it asks.
        state: whether there is an answer.
        origins: where the answer comes from.
        queries: SELECT statements over the version that find its numbers again, as `corpushub sql` takes them; where no
            query can ask for one, the statistic that has it.
    """

    format: str
    section: str
    id: str
    name: str
    state: State
    origins: tuple[Origin, ...]
    queries: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Explanation:
    """Where the answers of papers come from.

    Attributes:
        version: NAME@vN.
        revision: how often an erasure changed it.
        fields: in the order of the papers.
    """

    version: str
    revision: int
    fields: tuple[ExplainedField, ...]


def papers(hub: Hub, ref: VersionRef, name: str, out: Path | None) -> Papers:
    """Make the papers that *name* means, and write them into the folder *out* if one is given.

    A file of that name is replaced, others stay. The digest of each file is a leaf of the audit log, once.

    Raises:
        BadRequest: there is no such format, or all of them were asked for without a folder.
        UnknownReference: there is no such version.
        ReportNotWritten: the folder cannot be written; nothing is left there.
    """
    require_format(name)
    if name == ALL and out is None:
        raise BadRequest("several papers need a folder to stand in; nothing was written; name one with --out")
    facts = facts_of(hub, ref)
    drafts = [draft for one in (*named(name), *_attribution(name)) for draft in _drafts(hub, facts, one)]
    if out is None:
        written = [(draft, _in_memory(draft)) for draft in drafts]
        leaves = _logged(hub, facts, [(draft, _digest(content)) for draft, content in written])
        files = [
            PaperFile(draft.format, draft.name, _digest(content), len(content), leaf, content.decode())
            for (draft, content), leaf in zip(written, leaves, strict=True)
        ]
    else:
        files = _in_folder(hub, facts, drafts, out)
    version = facts.version
    return Papers(version.name, facts.revision, version.manifest_root, str(out) if out else None, tuple(files))


def card(hub: Hub, ref: VersionRef) -> Mapping[str, str]:
    """Return the dataset card of *ref* by the name of its file; nothing is logged."""
    facts = facts_of(hub, ref)
    return FORMATS["hf"].write(facts, paper_of("hf", facts))


def explain(hub: Hub, ref: VersionRef, name: str) -> Explanation:
    """Tell where the answers of the papers that *name* means come from; nothing is written or logged."""
    require_format(name)
    facts = facts_of(hub, ref)
    fields = tuple(field for one in named(name) for field in _explained(facts, one))
    return Explanation(facts.version.name, facts.revision, fields)


def require_format(name: str) -> None:
    """Refuse a name that is none of NAMES.

    Raises:
        BadRequest: it is not.
    """
    if name not in NAMES:
        raise BadRequest(f"there is no paper {name!r}; nothing was written; ask for one of {', '.join(NAMES)}")


def last_made(hub: Hub, version: Version) -> str | None:
    """Return when a paper of *version* was last logged, RFC 3339, UTC; None if none was."""
    times = [orjson.loads(leaf.content)["logged"] for leaf in leaves_about(hub.db, PAPER, version.name) if leaf.content]
    return max(times, default=None)


def _attribution(name: str) -> list[str]:
    return [ATTRIBUTION] if name in (ATTRIBUTION, ALL) else []


def _drafts(hub: Hub, facts: Facts, name: str) -> list[Draft]:
    if name == ATTRIBUTION:
        return [Draft(name, "attribution.csv", partial(write_attribution, hub, facts.version))]
    texts = FORMATS[name].write(facts, paper_of(name, facts))
    return [Draft(name, file, partial(_put, text)) for file, text in texts.items()]


def _put(text: str, sink: IO[str]) -> None:
    sink.write(text)


def _explained(facts: Facts, name: str) -> Iterator[ExplainedField]:
    for section in paper_of(name, facts).sections:
        heading = f"{section.number} {section.name}".strip()
        for one in section.fields:
            queries = tuple(measure.question for measure in one.measures)
            yield ExplainedField(name, heading, one.id, one.name, one.state, one.origins, queries)


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def _logged(hub: Hub, facts: Facts, digests: Sequence[tuple[Draft, str]]) -> list[int | None]:
    """Log *digests* (hex) of files; return their leaves, none where the hub can sign nothing."""
    if hub.db.read_only:
        return [None] * len(digests)
    told = {"revision": facts.revision, "manifest_root": facts.version.manifest_root}
    events = [
        Event(PAPER, facts.version.name, digest, {**told, "format": draft.format, "file": draft.name})
        for draft, digest in digests
    ]
    try:
        return [leaf.index for leaf in append_change(hub, lambda *_: events)]
    except SigningError:
        return [None] * len(digests)


def _in_memory(draft: Draft) -> bytes:
    text = io.StringIO(newline="")
    draft.write(text)
    return text.getvalue().encode()


def _in_folder(hub: Hub, facts: Facts, drafts: Sequence[Draft], out: Path) -> list[PaperFile]:
    """Put *drafts* into the folder *out*: all are written beside it and logged before the first takes its place."""
    beside = out.absolute().parent / f".{out.name}.{os.getpid()}.partial"
    try:
        beside.mkdir(parents=True)
        digests = [(draft, _written(draft, beside / draft.name)) for draft in drafts]
        leaves = _logged(hub, facts, digests)
        files = [
            PaperFile(draft.format, draft.name, digest, (beside / draft.name).stat().st_size, leaf, None)
            for (draft, digest), leaf in zip(digests, leaves, strict=True)
        ]
        _move(beside, out, [draft.name for draft in drafts])
    except OSError as error:
        message = f"cannot write papers to {out}: {error.strerror}; what stood there is unchanged; "
        raise ReportNotWritten(message + "choose another folder with --out") from error
    finally:
        shutil.rmtree(beside, ignore_errors=True)
    return files


def _written(draft: Draft, path: Path) -> str:
    """Write *draft* to *path*; return the digest of its bytes."""
    with path.open("w", encoding="utf-8", newline="") as sink:
        draft.write(sink)
        sink.flush()
        os.fsync(sink.fileno())
    with path.open("rb") as source:
        return hashlib.file_digest(source, "sha256").hexdigest()


def _move(beside: Path, out: Path, names: Sequence[str]) -> None:
    if not out.exists():
        beside.replace(out)
        return
    for name in names:
        if (out / name).is_dir():
            raise IsADirectoryError(errno.EISDIR, f"{name} is a folder")
    for name in names:
        (beside / name).replace(out / name)
