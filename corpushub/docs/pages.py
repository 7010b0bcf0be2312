"""Generate docs/cli.md, docs/recipe.md, docs/reasons.md and docs/json/ from the code, so that they cannot drift.

``python -m corpushub.docs`` writes them; a test compares them with what stands in docs/.
"""

from __future__ import annotations

import dataclasses
import inspect
import json
import re
from collections.abc import Iterator
from enum import StrEnum
from pathlib import Path
from types import ModuleType
from typing import Any

import click
from pydantic import BaseModel

import connectors.capture
import pipelines.reasons
from connectors import CONNECTORS
from corpushub.cli import main
from corpushub.docs.docstrings import attributes, prose
from corpushub.docs.rooms import with_tree
from corpushub.docs.schemas import schema_pages
from corpushub.recipe import model as recipe
from pipelines.steps import STEPS

DOCS = Path(__file__).resolve().parents[2] / "docs"

_SECTIONS: tuple[tuple[str, type[BaseModel]], ...] = (
    ("[dataset]", recipe.Dataset),
    ("[[source]]", recipe.Source),
    ("[[step]]", recipe.StepUse),
    ("[[decontaminate]]", recipe.Decontaminate),
    ("[dedup]", recipe.Dedup),
    ("[boilerplate]", recipe.Boilerplate),
    ("[pii]", recipe.Pii),
    ("[policy]", recipe.PolicyUse),
    ("[limits]", recipe.Limits),
)


_FIELDS = (
    "`fields` maps what corpushub wants to know to the names that a table's records use; a dotted name reaches into",
    'nested records. Its keys and their defaults: `id = "id"`, `text = "text"`, `uri = "url"` (else `"uri"`),',
    '`license = "license"`, `date = "date"`, `title = "title"`, `author = "author"`, `media_type` (not set). Title and',
    "author are kept only where the licence asks for attribution. `delimiter` is one character. A `sqlite` source",
    'takes `table` or `query`. `integrity` is "record", "drop" or "off", `truncated` "keep" or "drop". What these',
    "mean, which dates are read, and what becomes of damaged files: docs/sources.md.",
)


def pages() -> dict[str, str]:
    """Return the generated pages by file name below docs/."""
    rooms = with_tree((DOCS / "architecture.md").read_text(encoding="utf-8"))
    pages = {"cli.md": cli(), "recipe.md": recipe_page(), "reasons.md": reasons(), "architecture.md": rooms}
    return pages | schema_pages()


def cli() -> str:
    """Return the help of every command."""
    lines = ["# Command line", "", "Generated from the code by `make docs`.", ""]
    lines += ["```text", _help(main, "corpushub"), "```"]
    for name, command in _commands(main):
        lines += ["", f"## {name}", "", "```text", _help(command, f"corpushub {name}"), "```"]
    return "\n".join(lines) + "\n"


def _commands(group: click.Group, prefix: str = "") -> Iterator[tuple[str, click.Command]]:
    """Yield every command below *group* with its name, groups before what is in them."""
    for name, command in sorted(group.commands.items()):
        yield prefix + name, command
        if isinstance(command, click.Group):
            yield from _commands(command, f"{prefix}{name} ")


def _help(command: click.Command, name: str) -> str:
    context = click.Context(command, info_name=name, terminal_width=100, **main.context_settings)
    return command.get_help(context)


def recipe_page() -> str:
    """Return the recipe reference: every section, key, step setting and connector option."""
    lines = ["# Recipe", "", "Generated from the code by `make docs`. A recipe is TOML; unknown keys are refused."]
    lines += ["Every section but `[dataset]` and one `[[source]]` is optional; what is left out is not done, the run"]
    lines += ["says so, and the version records it. Paths are relative to the recipe's folder.", ""]
    for title, model in _SECTIONS:
        lines += [f"## `{title}`", "", prose(model), "", *_keys(model), ""]
    lines += ["## Connectors", "", "| connector | options |", "| --- | --- |"]
    for name, connector in sorted(CONNECTORS.items()):
        lines.append(f"| `{name}` | {', '.join(f'`{option}`' for option in sorted(connector.options)) or 'none'} |")
    lines += ["", *_FIELDS, "", "## Steps", ""]
    for name, step in STEPS.items():
        lines += [f"### `{name}`", "", prose(step), "", *_settings(step), ""]
    return "\n".join(lines).rstrip() + "\n"


def _keys(model: type[BaseModel]) -> Iterator[str]:
    yield "| key | default | meaning |"
    yield "| --- | --- | --- |"
    for name, field in model.model_fields.items():
        default = "required" if field.is_required() else _toml(field.get_default(call_default_factory=True))
        yield f"| `{name}` | {default} | {field.description} |"


def _settings(step: Any) -> Iterator[str]:
    said = attributes(step)
    yield "| setting | default | meaning |"
    yield "| --- | --- | --- |"
    for field in dataclasses.fields(step):
        default = "required" if field.default is dataclasses.MISSING else _toml(field.default)
        yield f"| `{field.name}` | {default} | {said.get(field.name, '')} |"


def _toml(value: Any) -> str:
    """Spell a default as a recipe would."""
    if value is None:
        return "not set"
    if isinstance(value, dict):
        return "`{}`"
    plain = list(value) if isinstance(value, tuple) else value
    return f"`{json.dumps(plain)}`"


def reasons() -> str:
    """Return every reason with its meaning, taken from the comments beside them."""
    lines = ["# Reasons", "", "Generated from the code by `make docs`. A ledger row of a dropped, failed or changed"]
    lines += [
        "record names one of these.",
        "",
        "## Of pipelines: dropped or changed (the first: failed)",
        "",
    ]
    lines += [*_members(pipelines.reasons, pipelines.reasons.Reason), "", "## Of connectors: failed", ""]
    lines += _members(connectors.capture, connectors.capture.Failure)
    lines += ["", "## Marks: said of records, whatever became of them", ""]
    lines += ["They stand in the column `marks` of ledger and documents, and `run` counts them.", ""]
    lines += _members(connectors.capture, connectors.capture.Mark)
    return "\n".join(lines) + "\n"


def _members(module: ModuleType, members: type[StrEnum]) -> Iterator[str]:
    source = inspect.getsource(module)
    yield "| reason | meaning |"
    yield "| --- | --- |"
    for member in members:
        comment = re.search(rf'{member.name} = "{member.value}"  # (.*)', source)
        yield f"| `{member.value}` | {comment[1] if comment else ''} |"


def write() -> None:
    """Write the pages into docs/; schemas of answers that no command gives any more go."""
    (DOCS / "json").mkdir(exist_ok=True)
    made = pages()
    for old in DOCS.glob("json/*"):
        if f"json/{old.name}" not in made:
            old.unlink()
    for name, text in made.items():
        (DOCS / name).write_text(text, encoding="utf-8")
