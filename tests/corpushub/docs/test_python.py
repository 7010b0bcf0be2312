"""docs/python.md is a notebook: its cells are run in order, and what they print is what stands below them."""

from __future__ import annotations

import re
import shutil
from contextlib import redirect_stdout
from io import StringIO
from pathlib import Path
from typing import Any

import pytest

PAGE = Path(__file__).parents[3] / "docs" / "python.md"
CELL = re.compile(r"```python\n(?P<source>.*?)```\n(?:\n```text\n(?P<printed>.*?)```\n)?", re.DOTALL)


@pytest.mark.usefixtures("warm")
def test_cells_print_what_the_page_says(corpus: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each cell runs where the page says, in the namespace of those before it."""
    folder = tmp_path / "quickstart"
    shutil.copytree(corpus, folder)
    monkeypatch.chdir(folder)
    cells = [*CELL.finditer(PAGE.read_text(encoding="utf-8"))]
    names: dict[str, Any] = {"__name__": "notebook"}

    assert len(cells) > 10
    for cell in cells:
        printed = StringIO()
        with redirect_stdout(printed):
            exec(compile(cell["source"], PAGE.name, "exec"), names)
        assert printed.getvalue().rstrip("\n") == (cell["printed"] or "").rstrip("\n"), cell["source"]
