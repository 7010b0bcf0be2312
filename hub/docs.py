"""Generate docs/cli.md, docs/recipe.md and docs/reasons.md from the code, so that they cannot drift.

``python -m hub.docs`` writes them; a test compares them with what stands in docs/.
"""

from __future__ import annotations

import dataclasses
import inspect
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
from hub import recipe
from hub.cli import main
from pipelines.steps import STEPS

DOCS = Path(__file__).resolve().parent.parent / "docs"

_SECTIONS: tuple[tuple[str, type[BaseModel]], ...] = (
    ("[dataset]", recipe.Dataset),
    ("[[source]]", recipe.Source),
    ("[[step]]", recipe.StepUse),
    ("[dedup]", recipe.Dedup),
    ("[pii]", recipe.Pii),
    ("[policy]", recipe.PolicyUse),
)


def pages() -> dict[str, str]:
    """Return the generated pages by file name."""
    return {"cli.md": cli(), "recipe.md": recipe_page(), "reasons.md": reasons()}


def cli() -> str:
    """Return the help of every command."""
    lines = ["# Command line", "", "Generated from the code by `make docs`.", ""]
    lines += ["```text", _help(main, "corpushub"), "```"]
    for name, command in sorted(main.commands.items()):
        lines += ["", f"## {name}", "", "```text", _help(command, f"corpushub {name}"), "```"]
    return "\n".join(lines) + "\n"


def _help(command: click.Command, name: str) -> str:
    context = click.Context(command, info_name=name, max_content_width=100, terminal_width=100)
    text = command.get_help(context)
    return re.sub(r"\[default: \d+\]", "[default: number of cores]", text)


def recipe_page() -> str:
    """Return the recipe reference: every section, key, step setting and connector option."""
    lines = ["# Recipe", "", "Generated from the code by `make docs`. A recipe is TOML; unknown keys are refused."]
    lines += ["Every section but `[dataset]` and one `[[source]]` is optional; what is left out is not done, the run"]
    lines += ["says so, and the version records it. Paths are relative to the recipe's folder.", ""]
    for title, model in _SECTIONS:
        lines += [f"## `{title}`", "", _first_sentence(model), "", *_keys(model), ""]
    lines += ["## Connectors", "", "| connector | options |", "| --- | --- |"]
    for name, connector in sorted(CONNECTORS.items()):
        lines.append(f"| `{name}` | {', '.join(f'`{option}`' for option in sorted(connector.options)) or 'none'} |")
    lines += ["", "## Steps", ""]
    for name, step in STEPS.items():
        lines += [f"### `{name}`", "", inspect.cleandoc(step.__doc__ or ""), "", *_settings(step), ""]
    return "\n".join(lines).rstrip() + "\n"


def _first_sentence(thing: Any) -> str:
    return inspect.cleandoc(thing.__doc__ or "").split("\n\n")[0]


def _keys(model: type[BaseModel]) -> Iterator[str]:
    yield "| key | default | meaning |"
    yield "| --- | --- | --- |"
    for name, field in model.model_fields.items():
        default = "required" if field.is_required() else f"`{field.get_default(call_default_factory=True)!r}`"
        yield f"| `{name}` | {default} | {field.description} |"


def _settings(step: Any) -> Iterator[str]:
    yield "| setting | default |"
    yield "| --- | --- |"
    for field in dataclasses.fields(step):
        default = "required" if field.default is dataclasses.MISSING else f"`{field.default!r}`"
        yield f"| `{field.name}` | {default} |"


def reasons() -> str:
    """Return every reason with its meaning, taken from the comments beside them."""
    lines = ["# Reasons", "", "Generated from the code by `make docs`. A ledger row of a dropped, failed or changed"]
    lines += ["record names one of these.", "", "## Of pipelines: dropped or changed", ""]
    lines += [*_members(pipelines.reasons, pipelines.reasons.Reason), "", "## Of connectors: failed", ""]
    lines += _members(connectors.capture, connectors.capture.Failure)
    return "\n".join(lines) + "\n"


def _members(module: ModuleType, members: type[StrEnum]) -> Iterator[str]:
    source = inspect.getsource(module)
    yield "| reason | meaning |"
    yield "| --- | --- |"
    for member in members:
        comment = re.search(rf'{member.name} = "{member.value}"  # (.*)', source)
        heading = re.findall(r"^    # (.*)$", source[: source.index(f"{member.name} =")], re.MULTILINE)
        yield f"| `{member.value}` | {comment[1] if comment else heading[-1] if heading else ''} |"


def write() -> None:
    """Write the pages into docs/."""
    for name, text in pages().items():
        (DOCS / name).write_text(text, encoding="utf-8")


if __name__ == "__main__":
    write()
