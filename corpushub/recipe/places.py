"""Where in a TOML file a key stands, and which one its writer may have meant: for errors."""

from __future__ import annotations

import re
from pathlib import Path


def place(path: Path, text: str, where: tuple[int | str, ...]) -> str:
    """Name a key as people would, with the line of its section or itself: ``recipe.toml:12: step[2].threshold``.

    *where* leads to it in *text*, the TOML of the file at *path*: keys, and positions in arrays of tables from 0.
    """
    dotted = "".join(f"[{part + 1}]" if isinstance(part, int) else f".{part}" for part in where).lstrip(".")
    line = _line(text, where)
    return f"{path.name}:{line}: {dotted}" if line else f"{path.name}: {dotted}"


def _line(text: str, where: tuple[int | str, ...]) -> int | None:
    section = str(where[0])
    wanted = next((part for part in where[1:] if isinstance(part, int)), 0)
    key = next((str(part) for part in reversed(where[1:]) if isinstance(part, str)), None)
    seen, found = -1, None
    for number, line in enumerate(text.splitlines(), start=1):
        header = re.match(r"\s*\[\[?\s*([\w.-]+)", line)
        if header:
            seen += header[1] == section
            if header[1] == section and seen == wanted:
                found = number
        elif key and found and seen == wanted and re.match(rf"\s*{re.escape(key)}\s*=", line):
            return number
    return found
