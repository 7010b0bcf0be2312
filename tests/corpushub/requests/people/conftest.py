"""A hub in which persons are, one dataset scanned for personal data with a key, and one as it was read."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest

import corpushub
from corpushub.face.hub import Hub
from corpushub.testing.recipes import recipe
from corpushub.testing.sources import write_jsonl
from pipelines.execution.executor import Execution
from policies.pii.keys import VARIABLE

MAIL: Final = "ann.orchard@corp.com"
NUMBER: Final = "+1 212-555-0187"
LONG: Final = " ".join(f"word{number}" for number in range(120))
PAGES: Final = {
    "jam": ("https://kitchen.example/jam", f"Write to {MAIL} for the quince jam, or call {NUMBER} before noon today."),
    "pears": ("https://orchard.example/pears", f"The first page of the orchard, on pears. {LONG}"),
    "copy": ("https://mirror.example/pears", f"The first page of the orchard, on pears. {LONG}"),
    "plums": ("https://shop.orchard.example/plums", "What the shop below the orchard sells: cider, jam and old tools."),
}


@pytest.fixture(scope="session")
def filled(tmp_path_factory: pytest.TempPathFactory, warm: None) -> Iterator[Path]:
    """The folder of a hub with the datasets scanned and plain; none of the tests changes it."""
    folder = tmp_path_factory.mktemp("persons")
    rows = [{"id": name, "url": uri, "text": text} for name, (uri, text) in PAGES.items()]
    write_jsonl(folder / "data" / "all.jsonl", rows)
    pii = "[pii]\nentities = ['EMAIL_ADDRESS', 'PHONE_NUMBER']\n[dedup]\nthreshold = 0.8\n"
    (folder / "scanned.toml").write_text(recipe(pii, dataset="scanned", license="CC0-1.0"), encoding="utf-8")
    (folder / "plain.toml").write_text(recipe(dataset="plain", license="CC0-1.0"), encoding="utf-8")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(VARIABLE, "a key of more than sixteen bytes")
        with corpushub.open(folder / "hub") as opened:
            for name in ("scanned", "plain"):
                opened.run(folder / f"{name}.toml", Execution(workers=1))
        yield folder / "hub"


@pytest.fixture
def key(monkeypatch: pytest.MonkeyPatch) -> None:
    """The key of the findings is at hand."""
    monkeypatch.setenv(VARIABLE, "a key of more than sixteen bytes")


@pytest.fixture
def hub(filled: Path, tmp_path: Path, key: None) -> Iterator[Hub]:
    """A copy of the hub, to be changed."""
    shutil.copytree(filled, tmp_path / "hub")
    with corpushub.open(tmp_path / "hub") as opened:
        yield opened


def holds(folder: Path, value: str) -> list[Path]:
    """Return the files below *folder* in which *value* stands, byte by byte, whatever the letter case."""
    wanted = value.casefold().encode()
    paths = (Path(root) / name for root, _, names in os.walk(folder) for name in names)
    return [path for path in paths if wanted in path.read_bytes().lower()]
