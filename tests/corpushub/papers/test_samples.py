"""The papers in docs/samples are those that the quickstart gives today; as a program this file writes them."""

from __future__ import annotations

import re
import tempfile
from pathlib import Path

import pytest

from corpushub import make_example
from corpushub.face.hub import Hub
from pipelines.execution.executor import Execution

SAMPLES = Path(__file__).parents[3] / "docs" / "samples"
NAMES = ("datasheet.md", "eu-ai-act.md", "croissant.json")
"""A sample of each kind: questions, a statute, and a document for machines."""


def samples(folder: Path) -> dict[str, str]:
    """Run the recipe of the samples in *folder*; return its papers without what differs from run to run."""
    make_example(folder)
    (folder / "recipe.toml").write_bytes((SAMPLES / "recipe.toml").read_bytes())
    with Hub.locate(folder / "home") as hub:
        hub.run(folder / "recipe.toml", Execution(workers=1))
        hub.papers("quickstart@v1", "all", folder / "papers")
        version = hub.version("quickstart@v1").record
        run = hub.show_run(f"run:{version.run}")
    of_the_run = {
        version.manifest_root: "(manifest root)",
        version.run: "(run)",
        version.created: "2026-01-01T00:00:00Z",
        run.started: "2026-01-01T00:00:00Z",
        run.finished or "": "2026-01-01T00:00:00Z",
        run.code_version: "(code)",
    }
    return {name: _settled((folder / "papers" / name).read_text(encoding="utf-8"), of_the_run) for name in NAMES}


def _settled(text: str, of_the_run: dict[str, str]) -> str:
    """Return *text* with fixed words for what a run is called, when it was and what it cost."""
    for found, instead in of_the_run.items():
        text = text.replace(found, instead) if found else text
    text = re.sub(
        r"[\d,.]+ processor seconds and [\d,.]+ GB hours", "(some) processor seconds and (some) GB hours", text
    )
    return re.sub(r" (Measured by|Not counted:) .*?\.(?=\n|\"| [A-Z])", "", text)


@pytest.fixture(scope="module")
def today(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """The papers as they are made today."""
    return samples(tmp_path_factory.mktemp("samples"))


@pytest.mark.parametrize("name", NAMES)
def test_samples_are_those_of_today(today: dict[str, str], name: str) -> None:
    """What stands in docs/samples is what the program writes."""
    assert (SAMPLES / name).read_text(encoding="utf-8") == today[name]


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder:
        for name, text in samples(Path(folder)).items():
            (SAMPLES / name).write_text(text, encoding="utf-8")
