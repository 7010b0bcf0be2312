"""docs/extending.md, followed to the letter: what it says to write is written, what it says to type is typed."""

from __future__ import annotations

import json
import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

PAGE = Path(__file__).parents[3] / "docs" / "extending.md"
FILES = re.compile(r"`([\w.]+)`:\n\n```\w+\n(.*?)```", re.DOTALL)
COMMANDS = re.compile(r"^\$ (.+)$", re.MULTILINE)
INSTALL = "python -m pip install"


def typed(command: str, folder: Path, site: Path) -> subprocess.CompletedProcess[str]:
    """Carry out a line of the page in *folder*; what it installs goes to *site*."""
    words = shlex.split(command.replace(INSTALL, f"{INSTALL} --quiet --no-index --target {shlex.quote(str(site))}"))
    programs = {"python": [sys.executable], "corpushub": [str(Path(sys.executable).with_name("corpushub"))]}
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(site), str(folder)])}
    arguments = [*programs[words[0]], *words[1:]]
    return subprocess.run(arguments, cwd=folder, env=environment, capture_output=True, text=True, check=False)


@pytest.fixture
def page() -> str:
    """Return the page."""
    return PAGE.read_text(encoding="utf-8")


def test_a_step_in_ten_minutes(page: str, tmp_path: Path) -> None:
    """The files and the commands of the page make a step that a recipe uses."""
    folder, site = tmp_path / "mine", tmp_path / "site"
    folder.mkdir()
    for name, text in FILES.findall(page):
        (folder / name).write_text(text, encoding="utf-8")
    rows = [{"id": "1", "text": "Why is that so? Who said it? When?"}, {"id": "2", "text": "It is so, they said it."}]
    (folder / "docs.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")

    done = [typed(command, folder, site) for command in COMMANDS.findall(page)]

    assert [one.returncode for one in done] == [0] * 4, "".join(one.stdout + one.stderr for one in done)
    assert "too_many_questions" in done[-1].stdout
    assert {path.name for path in folder.glob("*.*")} >= {"pyproject.toml", "my_filters.py", "recipe.toml"}
