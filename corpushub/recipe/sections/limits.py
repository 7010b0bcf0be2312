"""What a run may come to, and what its files may cost."""

from __future__ import annotations

from typing import Annotated, Final

from pydantic import Field

from connectors.capture import Limits as FileLimits
from corpushub.recipe.sections.section import Section

USUAL: Final = FileLimits()
"""What holds for files of a recipe that says nothing."""

_MOST_EXPANSION = 1 << 20
_MOST_BYTES = 1 << 62


class Limits(Section):
    """What a run may come to, and what its files may cost. Beyond it nothing is committed, or a file is refused.

    A run whose version would have no document at all ends in an error whatever stands here, and so does one that passes
    `max_failed` or `min_kept`; `run --allow-empty` commits all the same. Shares are of the records that the run reads
    itself. Files that cannot be read at all count in `--allow-failed`, not here. A run that goes on from a version has
    that one's documents, and may find nothing new.
    """

    max_failed: Annotated[
        float, Field(ge=0.0, le=1.0, description="largest share of a source's records that may be failed")
    ] = 0.5
    min_kept: Annotated[
        float, Field(ge=0.0, le=1.0, description="smallest share of all records read that must be kept")
    ] = 0.0
    expansion: Annotated[
        int,
        Field(
            ge=1,
            le=_MOST_EXPANSION,
            description="bytes that a compressed file may decompress to for each stored one, above 256 MiB",
        ),
    ] = USUAL.expansion
    file_bytes: Annotated[
        int, Field(ge=1, le=_MOST_BYTES, description="bytes that a compressed file may decompress to in all")
    ] = USUAL.file_bytes
    record_seconds: Annotated[
        float,
        Field(
            gt=0.0,
            le=50.0,
            description="processor time after which a record is given up as `too_costly`, far beyond what honest ones "
            "take; as much again for each 8 MiB of it",
        ),
    ] = USUAL.record_seconds

    def of_files(self) -> FileLimits:
        """Return what holds for single files and records."""
        return FileLimits(expansion=self.expansion, file_bytes=self.file_bytes, record_seconds=self.record_seconds)
