"""Reports as files beside the answer."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from io import TextIOWrapper
from pathlib import Path
from typing import IO

from corpushub.errors import ReportNotWritten
from lineage.storage.files import writing


@contextmanager
def open_report(path: Path) -> Iterator[IO[str]]:
    """Open *path* for writing text; the file appears whole when the block ends, and not at all if the block raises.

    Raises:
        ReportNotWritten: it cannot be written.
    """
    try:
        path.parent.stat()  # a folder that is mistyped is not made
        with writing(str(path.absolute()), mode=0o666) as file:
            text = TextIOWrapper(file, encoding="utf-8", newline="", write_through=True)
            yield text
            text.detach()
    except OSError as error:
        message = f"cannot write the report to {path}: {error.strerror}; what stood there is unchanged; "
        raise ReportNotWritten(message + "choose another file") from error
