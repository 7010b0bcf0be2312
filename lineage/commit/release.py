"""What a run made, before it is a version."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import pyarrow as pa

from lineage.control.runs import Run
from lineage.hub.home import FileKind
from lineage.storage.files import DataFile


@dataclass(frozen=True)
class Release:
    """What a run made.

    Attributes:
        run: the run, with its final counts.
        documents: all documents files of the version, those it takes over from earlier versions included.
        ledger: all ledger files, likewise.
        index: all index files, likewise.
        profiles: all profiles files, likewise.
        statistics: the statistics files of the version (lineage.statistics.files).
        signals: signal columns of the new documents files.
        licenses: documents by SPDX expression; languages and sources likewise.
        text_bytes: bytes of text in the version; None for the size of its documents files.
    """

    run: Run
    documents: Sequence[DataFile]
    ledger: Sequence[DataFile]
    index: Sequence[DataFile] = ()
    profiles: Sequence[DataFile] = ()
    statistics: Sequence[DataFile] = ()
    signals: Mapping[str, pa.DataType] = field(default_factory=dict)
    licenses: Mapping[str, int] = field(default_factory=dict)
    languages: Mapping[str, int] = field(default_factory=dict)
    sources: Mapping[str, int] = field(default_factory=dict)
    text_bytes: int | None = None

    def files(self) -> dict[FileKind, Sequence[DataFile]]:
        """Return the files by their kind."""
        return {
            "documents": self.documents,
            "ledger": self.ledger,
            "index": self.index,
            "profiles": self.profiles,
            "statistics": self.statistics,
        }
