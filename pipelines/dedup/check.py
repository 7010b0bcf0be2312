"""Whether sidecars are what a job asks for: signed with its parameters, and with URLs where these are compared."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from pipelines.dedup.catalogue import Catalogue, sidecar_path
from pipelines.execution.once import Once, names
from pipelines.execution.stage import Report
from pipelines.handover.sidecar import Sidecar


@dataclass(frozen=True, slots=True)
class CheckReport(Report):
    """What is wrong with a sidecar, as a sentence; empty if nothing is with any."""

    mismatch: str


@dataclass(frozen=True)
class CheckTask(Once[CheckReport]):
    """Check the sidecars of a span, of which only headers are read.

    Attributes:
        span: which span of the catalogue.
        checksum: of the parameters of signatures; None where these are not needed.
        urls: whether URLs are compared.
        catalogue: path of the catalogue.
        out: folder of the report.
    """

    span: int
    checksum: str | None
    urls: bool
    catalogue: str
    out: str

    def inputs(self) -> Any:
        """Return what the output depends on."""
        return [self.span, self.checksum, self.urls, names([self.catalogue])]

    def work(self) -> CheckReport:
        """Report the first sidecar that is not what is asked for."""
        return CheckReport(self.id, find_mismatch(Catalogue.load(self.catalogue, self.span), self.checksum, self.urls))


def find_mismatch(catalogue: Catalogue, checksum: str | None, urls: bool) -> str:
    """Say which sidecar lacks the signatures of this *checksum*, if there is one, or *urls*; empty if none does."""
    for part in catalogue.parts:
        with Sidecar(sidecar_path(part)) as sidecar:
            if checksum is not None and sidecar.header["checksum"] != checksum:
                return (
                    f"{sidecar_path(part)}: its signatures were made with other parameters (num_perm, seed, shingle or "
                    "Unicode version) than are asked for; nothing was written; annotate again with these settings"
                )
            if urls and "url_id" not in sidecar.header["sections"]:
                return (
                    f"{sidecar_path(part)}: it was written without URLs, which are to be compared; nothing was "
                    "written; annotate again with these settings"
                )
    return ""
