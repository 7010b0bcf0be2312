"""What images/ and docs/cluster.md name is there: files, commands, options, settings, releases."""

from __future__ import annotations

import re
import shlex
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import click
import pytest

from corpushub.cli import main

yaml = pytest.importorskip("yaml", reason="PyYAML, which comes with moto, is not installed")

ROOT = Path(__file__).parent.parent
IMAGES = ROOT / "images"
DOCKERFILE = (IMAGES / "Dockerfile").read_text(encoding="utf-8")
COMPOSE = yaml.safe_load((IMAGES / "compose.yaml").read_text(encoding="utf-8"))
PAGE = (ROOT / "docs" / "cluster.md").read_text(encoding="utf-8")
OURS = ("connectors", "policies", "lineage", "pipelines", "corpushub")


@pytest.fixture(scope="module")
def check() -> ModuleType:
    """Return the program that carries the Dockerfile out."""
    module = ModuleType("check")
    module.__file__ = str(IMAGES / "check.py")
    sys.modules["check"] = module
    exec((IMAGES / "check.py").read_text(encoding="utf-8"), module.__dict__)
    return module


def pins(name: str) -> dict[str, str]:
    """Return the releases that a file of requirements pins."""
    text = (ROOT / name).read_text(encoding="utf-8")
    return dict(re.findall(r"^([a-z0-9_.-]+)(?:\[[^]]*\])?==([^ ;]+)", text, re.MULTILINE))


def require_command(words: list[str]) -> None:
    """Hold a command line of ours to the command and the options that there are."""
    command = main.get_command(click.Context(main), words[0])
    assert command, words
    options = {one for parameter in command.params for one in (*parameter.opts, *parameter.secondary_opts)}
    mine = words[1 : words.index("--")] if "--" in words else words[1:]
    named = {word.partition("=")[0] for word in mine if word.startswith("--")}
    assert named <= options | {"--help", "--hub", "--json"}, words


def lines_of(text: str) -> Iterator[str]:
    """Yield lines of shell, those that go on joined."""
    yield from (line.strip() for line in text.replace("\\\n", " ").splitlines())


def settings_of_code() -> set[str]:
    """Return the settings that our sources read."""
    texts = (path.read_text(encoding="utf-8") for package in OURS for path in (ROOT / package).rglob("*.py"))
    return {name for text in texts for name in re.findall(r"\bCORPUSHUB_[A-Z]+\b", text)}


def test_images_have_what_is_tested() -> None:
    """Each release in an image is that of the environment in which the tests run; the extras are there."""
    tested, image = pins("constraints.txt"), pins("images/requirements.txt")

    assert {name for name in image if tested.get(name, image[name]) != image[name]} == set()
    assert {"ray", "dask", "distributed", "pg8000"} <= {*image}
    assert pins("images/build.txt")["setuptools"] == tested["setuptools"]
    assert {"pytest", "moto", "mypy"} & {*image} == set()


def test_the_programs_of_beam_and_ray_are_of_the_libraries_releases() -> None:
    """The program that starts workers, and the cluster on Kubernetes, are of the releases that are installed."""
    image = pins("images/requirements.txt")
    cluster = yaml.safe_load((IMAGES / "raycluster.yaml").read_text(encoding="utf-8"))

    assert re.findall(r"apache/beam_python3.11_sdk:(\S+)", DOCKERFILE) == [image["apache-beam"]]
    assert cluster["spec"]["rayVersion"] == image["ray"]


def test_what_is_copied_is_there_and_enough(check: ModuleType) -> None:
    """Files that the Dockerfile copies exist; what .dockerignore lets in is what a wheel is made of."""
    copied = [words.split()[0] for stage in check.read(DOCKERFILE) for word, words in stage.steps if word == "COPY"]

    assert [one for one in copied if not one.startswith("--from=") and not (ROOT / one).exists()] == []
    assert [one for one in check.kept() if not (ROOT / one).exists()] == []
    assert {*OURS, "pyproject.toml", "README.md", "LICENSE"} <= {*check.kept()}


def test_stages_begin_with_what_there_is(check: ModuleType) -> None:
    """Each stage begins with a Python of the release that we support, or with an earlier stage; nobody runs as root."""
    stages = check.read(DOCKERFILE)
    names = [stage.name for stage in stages]

    assert names == ["wheel", "corpushub", "beam"]
    assert [stage.base for stage in stages] == ["python:3.11-slim", "python:3.11-slim", "corpushub"]
    assert ("USER", "corpushub") in stages[1].steps


def test_commands_are_commands(check: ModuleType) -> None:
    """Every command of ours in the images and on the page exists, with the options that it is given."""
    ours = [words for stage in check.read(DOCKERFILE) for _, words in stage.steps if words.startswith("corpushub ")]
    head = (IMAGES / "compose.yaml").read_text(encoding="utf-8").partition("\nname:")[0].replace("\n#", "\n")
    driven = [line.partition(" driver ")[2] for line in lines_of(head) if " driver " in line]
    shown = lines_of("\n".join(re.findall(r"```sh\n(.*?)```", PAGE, re.DOTALL)))
    job = yaml.safe_load((IMAGES / "driver.yaml").read_text(encoding="utf-8"))
    (container,) = job["spec"]["template"]["spec"]["containers"]
    every = (*ours, *shown, shlex.join(container["command"]))
    commands = [line.removeprefix("corpushub ") for line in every if line.startswith("corpushub ")]

    assert len(driven) == 2
    assert len(commands) > 5
    for words in (*driven, *commands):
        require_command(shlex.split(words, comments=True))


def test_settings_are_settings() -> None:
    """Every setting of ours that images and page name is one that the code reads; services name nothing unknown."""
    texts = [path.read_text(encoding="utf-8") for path in IMAGES.iterdir() if path.is_file()]
    named = {name for text in (*texts, PAGE) for name in re.findall(r"\bCORPUSHUB_[A-Z]+\b", text)}

    assert named <= settings_of_code()
    assert {name for name in COMPOSE["x-settings"] if name.startswith("CORPUSHUB_")} <= named


def test_services_fit_together() -> None:
    """Volumes, configurations and services that a service names are declared; workers have what the driver has."""
    services: dict[str, Any] = COMPOSE["services"]
    volumes = {one.partition(":")[0] for service in services.values() for one in service.get("volumes", ())}
    needed = {name for service in services.values() for name in service.get("depends_on", ())}
    ours = {name: service for name, service in services.items() if service["image"] == "corpushub"}

    assert volumes == {*COMPOSE["volumes"]}
    assert needed <= {*services}
    assert {*ours} == {"bucket", "head", "worker", "driver"}
    assert all(service["environment"] == COMPOSE["x-settings"] for service in ours.values())
    assert all(
        (IMAGES / service["build"]["context"] / service["build"]["dockerfile"]).is_file() for service in ours.values()
    )
    assert services["worker"]["deploy"]["replicas"] == 2


def test_the_page_names_what_there_is() -> None:
    """Files that the page names exist, and it names each runner that has an address, and when it was shown."""
    files = {*re.findall(r"`((?:images|tests|docs)/[\w./-]+)`", PAGE)}

    assert {one for one in files if not (ROOT / one).exists()} == set()
    assert all(f"--runner {name}" in PAGE for name in ("ray", "dask", "PortableRunner"))
