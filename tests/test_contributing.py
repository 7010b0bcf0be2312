"""The pages for those who join in: the step they are shown works, and every room and decision can be found."""

from __future__ import annotations

import re
import sys
import tomllib
from pathlib import Path
from types import ModuleType

import pyarrow as pa
import pytest

from pipelines.code.libraries import our_packages
from pipelines.reasons import Reason
from pipelines.steps import Step

ROOT = Path(__file__).parent.parent
GLOSSARY = (ROOT / "docs" / "glossary.md").read_text(encoding="utf-8")
PAGES = [ROOT / name for name in ("README.md", "CONTRIBUTING.md", "SECURITY.md", "docs/glossary.md")]


@pytest.fixture
def shown(monkeypatch: pytest.MonkeyPatch) -> type[Step]:
    """Return the step of CONTRIBUTING.md; its reason, which it asks its reader to add, is another here."""
    (code,) = re.findall(r"```python\n(.*?)```", (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8"), re.DOTALL)
    module = ModuleType("digits")
    monkeypatch.setitem(sys.modules, module.__name__, module)
    exec(code.replace("Reason.TOO_MANY_DIGITS", "Reason.EMPTY"), module.__dict__)
    step: type[Step] = module.Digits
    return step


def test_the_step_that_is_shown_works(shown: type[Step]) -> None:
    """It drops what is mostly digits, keeps the rest, and leaves its signal on both."""
    batch = pa.record_batch({"text": ["no digits", "1" * 9 + "x", ""]})
    outcome = shown()(batch)

    assert outcome.kept["text"].to_pylist() == ["no digits", ""]
    assert outcome.reasons.to_pylist() == [Reason.EMPTY]
    assert outcome.values.to_pylist() == [pytest.approx(0.9)]
    assert outcome.kept.schema.field("digit_ratio").type == shown.signals["digit_ratio"]
    assert len(shown()(batch[:0]).kept) == 0


def rooms() -> set[str]:
    """Return the names of all folders of our packages that hold code."""
    folders = {path.parent for package in our_packages() for path in (ROOT / package).rglob("*.py")}
    return {folder.name for folder in folders}


def test_every_room_is_in_the_glossary() -> None:
    """A folder's name is a word, and each word is explained once."""
    firsts = re.findall(r"^\| ([^|]+) \|", GLOSSARY, re.MULTILINE)
    words = [word.strip("` /") for first in firsts for word in first.split(", ")]

    assert rooms() - {*words} == set()
    assert {word for word in words if words.count(word) > 1} == {"word", "---"}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_lead_somewhere(page: Path) -> None:
    """A link to a file of the repository names one that is there."""
    links = re.findall(r"\]\(([^)#]+)(?:#[^)]*)?\)", page.read_text(encoding="utf-8"))
    ours = [link for link in links if not link.startswith("http")]

    assert [link for link in ours if not (page.parent / link).exists()] == []


def test_decisions_are_numbered_without_gaps() -> None:
    """Each decision has a number of its own, which its title repeats."""
    pages = sorted((ROOT / "docs" / "adr").glob("*.md"))

    assert [int(page.name[:4]) for page in pages] == list(range(1, len(pages) + 1))
    for page in pages:
        assert page.read_text(encoding="utf-8").startswith(f"# {int(page.name[:4])}. ")


def test_every_dependency_is_pinned_by_version_and_hash() -> None:
    """What `make setup` installs is what was reviewed, on each platform; nothing says where to get it."""
    text, entries = (ROOT / "constraints.txt").read_text(encoding="utf-8"), pinned("constraints.txt")
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    wanted = [*project["dependencies"], *project["optional-dependencies"]["test"]]

    assert {_normal(one) for one in wanted} <= entries.keys()
    assert [
        entry for entry in entries.values() if not re.search(r"==[^ ]+.*--hash=sha256:[0-9a-f]{64}", entry, re.DOTALL)
    ] == []
    assert "://" not in text
    assert "find-links" not in text


def test_what_a_run_needs_is_a_part_of_what_is_tested() -> None:
    """`make demo` installs the same files as `make setup`, and none that only tests, runners or stores need.

    What the hub needs to be seen in a browser is there, since the demo says how.
    """
    tested, needed = (pinned(name) for name in ("constraints.txt", "requirements.txt"))
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    extras = {_normal(one) for wanted in project["optional-dependencies"].values() for one in wanted}

    assert needed.items() <= tested.items()
    assert {_normal(one) for one in project["dependencies"]} <= needed.keys()
    served = {_normal(one) for one in project["optional-dependencies"]["web"]}
    assert served <= needed.keys()
    assert not needed.keys() & (extras - served - {"httpx", "scipy", "setuptools"})  # as spaCy and datasketch need


def pinned(name: str) -> dict[str, str]:
    """Return the entries of the pins in the file *name*, by the library."""
    entries = re.split(r"\n(?=\S)", (ROOT / name).read_text(encoding="utf-8").strip())
    return {_normal(entry): entry for entry in entries}


def _normal(requirement: str) -> str:
    return re.sub(r"[-_.]+", "-", re.split(r"[^\w.-]", requirement)[0]).lower()
