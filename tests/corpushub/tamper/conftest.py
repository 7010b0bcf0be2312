"""One small hub with a whole story, for each tampering to be tried on a copy of it."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass
from pathlib import Path
from shutil import copytree
from typing import Any

import pytest

import corpushub
from corpushub.testing.recipes import recipe
from corpushub.testing.sources import write_jsonl
from pipelines.execution.executor import Execution

HOSTS = ("good", "bad", "gone", "back")
POLICY = """\
format = 1
name = "ours"
version = "1"
purpose = "train"
unknown = "deny"
allow = [{ license = "CC0-1.0", reason = "All rights are waived." }]
"""


@dataclass(frozen=True)
class Place:
    """A hub, what an outsider got of it, and what an outsider kept.

    Attributes:
        folder: of all of it.
    """

    folder: Path

    @property
    def hub(self) -> Path:
        """The hub home."""
        return self.folder / "hub"

    @property
    def key(self) -> Path:
        """The public key, kept elsewhere."""
        return self.folder / "hub.pub"

    @property
    def kept(self) -> Path:
        """The newest checkpoint, kept elsewhere."""
        return self.folder / "checkpoint"

    @property
    def early(self) -> Path:
        """The checkpoint after the first run, kept elsewhere."""
        return self.folder / "early"

    def log(self, name: str) -> Path:
        """Return a file of the log."""
        return self.hub / "log" / name

    def sql(self, command: str, *values: Any) -> int:
        """Change the control database behind the hub's back; return how many rows that were."""
        with sqlite3.connect(self.hub / "hub.sqlite") as connection:
            changed = connection.execute(command, values).rowcount
        connection.close()
        return int(changed)

    def script(self, commands: str) -> None:
        """Give *commands* to the control database behind the hub's back."""
        with sqlite3.connect(self.hub / "hub.sqlite") as connection:
            connection.executescript(commands)
        connection.close()

    def rows(self, question: str, *values: Any) -> list[Any]:
        """Return what the control database answers."""
        with sqlite3.connect(self.hub / "hub.sqlite") as connection:
            found = connection.execute(question, values).fetchall()
        connection.close()
        return found

    def file(self, kind: str, number: int = 1) -> Path:
        """Return the first file of that kind of version *number*."""
        held = '"first" <= ? AND coalesce("last", ?) >= ?'
        question = f'SELECT path FROM file_spans WHERE {held} AND "table" = ? ORDER BY path'
        return self.hub / "warehouse" / str(self.rows(question, number, number, number, kind)[0][0])


def write_file(folder: Path, name: str) -> None:
    """Write a file of the source: a page for each host."""
    rows = [
        {"id": f"{name}-{host}", "url": f"https://{host}.example/{name}", "text": text_of(f"{host}{name}")}
        for host in HOSTS
    ]
    write_jsonl(folder / "data" / f"{name}.jsonl", rows)


def text_of(word: str) -> str:
    """Return a text unlike that of every other word."""
    return " ".join(f"{word}{at}" for at in range(40))


@pytest.fixture(scope="session")
def story(tmp_path_factory: pytest.TempPathFactory) -> Place:
    """A hub that ran, grew, withdrew, lifted, erased, pinned and retired; and what others have of it.

    d@v1 is pinned, d@v2 grew and is retired, d@v3 lacks bad.example, d@v4 lacks back.example, whose rule was lifted;
    gone.example was erased from all of them.
    """
    place = Place(tmp_path_factory.mktemp("story"))
    (place.folder / "policy.toml").write_text(POLICY, encoding="utf-8")
    text = recipe("[dedup]", '[policy]\nfile = "policy.toml"', license="CC0-1.0")
    (place.folder / "recipe.toml").write_text(text, encoding="utf-8")
    once = Execution(workers=1)
    with corpushub.open(place.hub) as hub:
        for name in ("a", "b"):
            write_file(place.folder, name)
            assert hub.run(place.folder / "recipe.toml", once).unattested is None
            hub.checkpoint(out=place.early) if name == "a" else None
        hub.withdraw("d", ["host:bad.example"], reason="an objection")
        lifted = hub.withdraw("d", ["host:back.example"], reason="another").revisal
        assert lifted is not None
        hub.lift("d", lifted.run, "it was a mistake")
        assert hub.erase("host:gone.example", "request 17").verified
        hub.pin("d@v1", "model 7")
        hub.retire("d@v2", "superseded")
        hub.key(place.key)
        hub.checkpoint(out=place.kept)
        hub.checkpoint(place.early, out=place.folder / "growth")
        for number in (3, 4):
            hub.attest(
                f"d@v{number}", place.folder / f"v{number}.json", files=place.folder / f"v{number}", since=place.early
            )
    return place


@pytest.fixture
def place(story: Place, tmp_path: Path) -> Place:
    """A copy of the story that may be changed."""
    copytree(story.folder, tmp_path / "copy")
    return Place(tmp_path / "copy")
