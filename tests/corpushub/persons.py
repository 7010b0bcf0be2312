"""Persons whom a hub of tests is about: what it holds of them, and a search for what stands in files as it is."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Final

MAIL: Final = "ann.orchard@corp.com"
NUMBER: Final = "+1 212-555-0187"
LONG: Final = " ".join(f"word{number}" for number in range(120))
PAGES: Final = {
    "jam": ("https://kitchen.example/jam", f"Write to {MAIL} for the quince jam, or call {NUMBER} before noon today."),
    "pears": ("https://orchard.example/pears", f"The first page of the orchard, on pears. {LONG}"),
    "copy": ("https://mirror.example/pears", f"The first page of the orchard, on pears. {LONG}"),
    "plums": ("https://shop.orchard.example/plums", "What the shop below the orchard sells: cider, jam and old tools."),
}
"""Address and text by the source's own id."""


def holds(folder: Path, value: str) -> list[Path]:
    """Return the files at or below *folder* in which *value* stands, byte by byte, whatever the letter case."""
    wanted = value.casefold().encode()
    paths = [Path(root) / name for root, _, names in os.walk(folder) for name in names] or [folder]
    return [path for path in paths if path.is_file() and wanted in path.read_bytes().lower()]
