"""The digest stage: workers take the SHA-256 of source files, where these are many or far from the driver."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from connectors.streams.files import digest
from pipelines.execution.once import Once
from pipelines.execution.stage import Report


@dataclass(frozen=True, slots=True)
class DigestReport(Report):
    """SHA-256 of a file, hex."""

    sha256: str


@dataclass(frozen=True)
class DigestTask(Once[DigestReport]):
    """Read one file whole.

    Attributes:
        file: an absolute path or an fsspec URL.
        size: its bytes.
        stamp: what changes with the file (connectors.streams.stamps), or something new where nothing tells.
        out: folder of the report.
    """

    file: str
    size: int
    stamp: str
    out: str

    @property
    def cost(self) -> int:
        """Return the bytes that are read, which hashing passes some thirty times as fast as annotating."""
        return self.size // 32

    def inputs(self) -> Any:
        """Return what tells the file, as its disk or store has it now."""
        return [self.file, self.size, self.stamp]

    def work(self) -> DigestReport:
        """Digest the file.

        Raises:
            MissingSource: it cannot be read.
        """
        return DigestReport(self.id, digest(self.file))
