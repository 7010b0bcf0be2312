"""The index of a version: what a later run needs to know of documents taken in before, to find copies of them.

An index file is a sidecar (see pipelines.handover.sidecar) of a release group's documents, kept and dropped, with their
fates: ``code`` (uint8, index into drops.REASONS, or STAYED, or REFUSED), ``winner`` (16 B, doc_id of the kept document
it was dropped for, zeros where it was not) and ``similarity`` (float32). Where near-duplicates are looked for, it has
``signed`` (uint8, whether there is a word in the text), ``bands`` (uint32, bands x rows: the upper half of each band's
key) and ``sketch`` (see dedup.near.sketches) in the place of signatures, 150 bytes a document instead of 1,024; and
where candidates are verified exactly, the shingle sets of those kept documents whose text release has changed:
``set_offsets`` (int64, rows + 1) and ``sets`` (uint32). The others' texts are read again (see kept_texts). It holds no
text, yet whoever has a text can tell whether the index knows it: guard it like the documents. Indexes of earlier
releases, with signatures and all sets, are read alike.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from io import BytesIO
from typing import Any

import numpy as np
import pyarrow as pa

from lineage.storage.files import DataFile, open_parquet, write_once
from pipelines.dedup.catalogue import Catalogue, Numbers, sidecar_path
from pipelines.dedup.drops import REASONS, REFUSED, STAYED
from pipelines.dedup.near.bands import is_signed, keys_in, sketches_of
from pipelines.dedup.near.lsh import Bands
from pipelines.dedup.refusals import refused_ids
from pipelines.execution.once import Once, names
from pipelines.execution.stage import FileReport
from pipelines.handover.lists import name_of
from pipelines.handover.parts import PartFile
from pipelines.handover.sections import Array, pack_sections
from pipelines.handover.sidecar import Sidecar
from pipelines.handover.workfiles import reading
from pipelines.kernels.shingles import ShingleSets

_JOINING = 40  # how many times as fast as annotating a byte of text is indexing it
_MADE_ANEW = ("values", "set_offsets", "sets")  # sections that are no simple concatenation
_SIGNATURE = "signature"


@dataclass(frozen=True, slots=True)
class NearIndex:
    """How near-duplicates are looked for.

    Attributes:
        bands: how signatures are cut.
        num_perm: values of a signature.
        shingle: tokens per shingle.
        exact: whether candidates are compared as sets of shingles; else signatures are kept, to be compared.
    """

    bands: Bands
    num_perm: int
    shingle: int
    exact: bool


@dataclass(frozen=True)
class IndexTask(Once[FileReport]):
    """Write the index file of a group of parts; in memory it holds their sidecars.

    Attributes:
        parts: the parts of one release group, sorted by name.
        verdicts: for each part the path of its verdicts, None where it loses no row.
        refused: path of the events of the group's release task, None where it refused nothing.
        near: how near-duplicates are looked for; None where they are not.
        documents: path of the documents file of the group, None where there is none.
        data: folder of the version's index files.
        out: folder of the report.
    """

    parts: tuple[PartFile, ...]
    verdicts: tuple[str | None, ...]
    refused: str | None
    near: NearIndex | None
    documents: str | None
    data: str
    out: str

    @property
    def cost(self) -> int:
        """Return the work in bytes."""
        return sum(part.bytes for part in self.parts) // _JOINING if self.near else 0

    def inputs(self) -> Any:
        """Return what the output depends on."""
        files = [names([path] if path else []) for path in (*self.verdicts, self.refused)]
        near, documents = self.near and asdict(self.near), self.documents and name_of(self.documents)
        return [names([part.path for part in self.parts]), files, near, documents]

    def stands(self, report: FileReport) -> bool:
        """Tell whether the file is still there."""
        return report.is_there

    def work(self) -> FileReport:
        """Write the file; report it."""
        catalogue = Catalogue(self.parts)
        sections = self._columns(catalogue) | self._fates()
        if self.refused:
            gone = np.isin(np.ascontiguousarray(sections["doc_id"]).view("S16").ravel(), refused_ids(self.refused))
            sections["code"][gone & (sections["code"] == STAYED)] = REFUSED
        header: dict[str, Any] = {"rows": len(catalogue), "checksum": self._checksum()}
        if self.near is not None:
            sections |= self._banded(catalogue, self.near.bands)
            header |= {"cut": [self.near.bands.bands, self.near.bands.rows], "num_perm": self.near.num_perm}
        if self.near is not None and self.near.exact:
            del sections[_SIGNATURE]
            sections |= self._sets(catalogue, self._changed(sections))
            header |= {"shingle": self.near.shingle, "documents": self.documents and name_of(self.documents)}
        content = BytesIO()
        pack_sections(content, sections, header)
        return FileReport(self.id, self._write(content, sections["doc_id"]))

    def _columns(self, catalogue: Catalogue) -> dict[str, Array]:
        """Join the sidecars."""
        with Sidecar(sidecar_path(self.parts[0])) as first:
            held = [name for name in first.header["sections"] if name not in _MADE_ANEW]
        return {name: np.concatenate([*catalogue.read(name)]) for name in held}

    def _banded(self, catalogue: Catalogue, bands: Bands) -> dict[str, Array]:
        """Return what stands for signatures."""
        signed, keys, sketches = [], [], []
        for _, sidecar in catalogue.open_each():
            everyone = np.arange(len(sidecar))
            signed.append(is_signed(sidecar).astype(np.uint8))
            keys.append(np.array(keys_in(sidecar, bands, (0, bands.bands), everyone)) >> np.uint64(32))
            sketches.append(sketches_of(sidecar, everyone))
        joined = np.concatenate(keys, axis=1).astype(np.uint32)
        return {"signed": np.concatenate(signed), "bands": joined, "sketch": np.concatenate(sketches)}

    def _changed(self, sections: Mapping[str, Array]) -> Numbers:
        """Return the rows of the kept documents whose text is not, or not so, in the group's documents file."""
        kept = np.flatnonzero(sections["code"] == STAYED)
        if self.documents is None or len(kept) == 0:
            return kept
        with open_parquet(self.documents) as file:
            table = file.read(["doc_id", "content_id"])
        ids, contents = (_raw(table[name], width) for name, width in (("doc_id", 16), ("content_id", 32)))
        order = np.argsort(ids)
        own = _view(sections["doc_id"][kept])
        at = order[np.minimum(np.searchsorted(ids[order], own), len(ids) - 1)]
        same = (ids[at] == own) & (contents[at] == _view(sections["content_id"][kept]))
        return np.asarray(kept[~same])

    def _checksum(self) -> str | None:
        with Sidecar(sidecar_path(self.parts[0])) as first:
            checksum: str | None = first.header["checksum"]
        return checksum

    def _fates(self) -> dict[str, Array]:
        rows = sum(part.rows for part in self.parts)
        code, winner = np.full(rows, STAYED, np.uint8), np.zeros((rows, 16), np.uint8)
        similarity = np.full(rows, np.nan, np.float32)
        codes = {reason.value: index for index, reason in enumerate(REASONS)}
        base = 0
        for part, path in zip(self.parts, self.verdicts, strict=True):
            if path is not None:
                with reading(path) as file:
                    found = pa.ipc.open_file(file).read_all()
                at = found["row"].to_numpy() + base
                code[at] = [codes[reason] for reason in found["reason"].to_pylist()]
                winner[at] = np.frombuffer(b"".join(found["duplicate_of"].to_pylist()), np.uint8).reshape(-1, 16)
                similarity[at] = found["similarity"].to_numpy()
            base += part.rows
        return {"code": code, "winner": winner, "similarity": similarity}

    def _sets(self, catalogue: Catalogue, kept: Numbers) -> dict[str, Array]:
        many = []
        for part, _, rows in catalogue.by_part(kept):
            with Sidecar(sidecar_path(part)) as sidecar:
                many.append(sidecar.take_sets(rows))
        sets = ShingleSets.join(many)
        sizes = np.zeros(len(catalogue), np.int64)
        sizes[kept] = np.diff(sets.offsets)
        return {"set_offsets": np.concatenate([[0], np.cumsum(sizes)]), "sets": sets.hashes}

    def _write(self, content: BytesIO, doc_ids: Array) -> DataFile:
        view = content.getbuffer()
        sha256 = hashlib.sha256(view).hexdigest()
        path = f"{self.data}/{sha256}.index"
        write_once(path, view)
        ids = np.sort(np.ascontiguousarray(doc_ids).view("S16").ravel())
        first, last = (bytes(ids[at]).ljust(16, b"\0").hex() for at in (0, -1))
        return DataFile(path, sha256, len(ids), len(view), first, last)


def _raw(column: pa.ChunkedArray, width: int) -> Array:
    """Return ids that are spelled in hex as bytes (S*width*)."""
    return np.frombuffer(bytes.fromhex("".join(column.to_pylist())), f"S{width}")


def _view(ids: Array) -> Array:
    return np.ascontiguousarray(ids).view(f"S{ids.shape[1]}").ravel()
