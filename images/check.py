"""Carry out the RUN steps of the Dockerfile in an empty environment of Python, where there is no container engine.

What stands below /opt/corpushub in an image stands in a temporary folder here, which each stage begins empty, as its
environment. Steps that change the system (useradd, chown) and stages that copy from other images are named and left
out. At the end a run must find all compiled.

    python images/check.py
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
import venv
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

CHECKOUT = Path(__file__).parents[1]
DOCKERFILE = Path(__file__).with_name("Dockerfile")
OURS = "/opt/corpushub"
LEFT_OUT = ("useradd", "chown")


@dataclass(slots=True)
class Stage:
    """A stage of the Dockerfile.

    Attributes:
        name: what others copy from it by.
        base: what it begins with.
        steps: instruction and what follows it, in order.
    """

    name: str
    base: str
    steps: list[tuple[str, str]] = field(default_factory=list)


def read(text: str) -> list[Stage]:
    """Return the stages of a Dockerfile."""
    stages: list[Stage] = []
    for line in text.replace("\\\n", " ").splitlines():
        word, _, rest = line.strip().partition(" ")
        if word == "FROM":
            base, _, name = rest.partition(" AS ")
            stages.append(Stage(name, base))
        elif word and not word.startswith("#"):
            stages[-1].steps.append((word, rest.strip()))
    return stages


class Carried:
    """Stages that are carried out, each in a folder of its own."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.environment: dict[str, str] = {}

    def place(self, stage: str, words: str) -> str:
        """Return *words* with what is ours in an image of *stage* put where it is here."""
        return words.replace(OURS, str(self.folder / stage / "ours"))

    def carry_out(self, stage: Stage) -> None:
        """Carry out the steps of *stage*."""
        venv.create(self.folder / stage.name / "python", with_pip=True)
        self.environment = {"PATH": f"{self.folder / stage.name / 'python' / 'bin'}:{os.environ['PATH']}"}
        for word, rest in stage.steps:
            print(f"{stage.name}: {word} {rest}", flush=True)
            if word == "COPY":
                self.copy(stage.name, rest.split())
            elif word == "ENV":
                values = re.findall(r"(\S+?)=(\S+)", rest)
                self.environment |= {name: self.place(stage.name, value) for name, value in values}
            elif word == "RUN":
                self.run(stage.name, rest)

    def copy(self, stage: str, words: Sequence[str]) -> None:
        """Copy from the checkout, what .dockerignore keeps out left out, or from another stage."""
        *options, source, target = words
        other = next((one.removeprefix("--from=") for one in options if one.startswith("--from=")), None)
        begin = Path(self.place(other, source)) if other else CHECKOUT / source
        end = Path(self.place(stage, target))
        end.parent.mkdir(parents=True, exist_ok=True)
        if begin.is_file():
            shutil.copy(begin, end)
        elif other:
            shutil.copytree(begin, end)
        else:
            for name in kept():
                one = begin / name
                copied = shutil.copytree if one.is_dir() else shutil.copy
                (end / name).parent.mkdir(parents=True, exist_ok=True)
                copied(one, end / name)

    def run(self, stage: str, words: str) -> None:
        """Run a step, unless it changes the system."""
        if words.startswith(LEFT_OUT):
            print("  left out: it changes the system", flush=True)
            return
        inherited = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "CORPUSHUB"))}
        subprocess.run(self.place(stage, words), shell=True, env=inherited | self.environment, check=True)


def kept() -> Iterator[str]:
    """Yield what .dockerignore lets into an image."""
    for line in DOCKERFILE.with_name("Dockerfile.dockerignore").read_text(encoding="utf-8").splitlines():
        if line.startswith("!"):
            yield line[1:]


def main() -> None:
    """Carry out all stages that need no other image; then run the quickstart with what is compiled."""
    with tempfile.TemporaryDirectory(prefix="corpushub-image-") as name:
        carried = Carried(Path(name))
        for stage in read(DOCKERFILE.read_text(encoding="utf-8")):
            if stage.name != "beam":
                carried.carry_out(stage)
        image = Path(name) / "corpushub" / "ours"
        compiled = {path: path.stat().st_mtime_ns for path in (image / "cache").rglob("*.*")}
        carried.run("corpushub", f"corpushub example {name}/first")
        carried.run("corpushub", f"cd / && corpushub run {name}/first/recipe.toml --yes --quiet")
        if compiled != {path: path.stat().st_mtime_ns for path in (image / "cache").rglob("*.*")}:
            sys.exit("the run has compiled something that `corpushub warm` had not")
        print(f"the image holds {len(compiled)} compiled files, and a run finds all it needs", flush=True)


if __name__ == "__main__":
    main()
