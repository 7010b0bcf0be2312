"""What commands print is what the schemas in docs/json/ say."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from jsonschema import Draft202012Validator

from corpushub import commands
from corpushub.cli import main
from corpushub.commands.answers import ANSWERS, LINES
from corpushub.docs.schemas import answer_schema

ASKED = {
    "audit": "audit quickstart --policy {corpus}/policy.toml --since quickstart@v1 --hub {hub}",
    "clean": "clean --hub {hub}",
    "doctor": "doctor --hub {hub}",
    "error": "audit nothing --hub {hub}",
    "export": "export quickstart@v1 --as prov --out {out}/prov --hub {hub}",
    "plan": "plan {corpus}/recipe.toml --hub {hub}",
    "policy-test": "policy test research-eu",
    "run": "run {corpus}/recipe.toml --workers 1 --hub {hub}",
    "warm": "warm {corpus}/recipe.toml",
    "scan": "scan {corpus}/corpus/docs/*.jsonl.gz --findings 3",
}
"""Commands that answer from the quickstart's hub, by the schema of what they print."""

RECORDS = {
    "evidence": "evidence {corpus}/corpus/crawl/*.warc.gz --robots {corpus}/corpus/robots/*.warc.gz",
    "scan-apply-line": "scan {corpus}/corpus/docs/*.jsonl.gz --apply",
    "scan-line": "scan {corpus}/corpus/docs/*.jsonl.gz",
}
"""Commands that print a line for each record, by the schema of a line."""


def printed(command: str, *flags: str, **places: Path) -> list[str]:
    """Run *command* in this process, its places filled in; return the lines that it prints."""
    words = [word.format(**places) for word in command.split()]
    return CliRunner().invoke(main, [*words, *flags]).stdout.splitlines()


def check(name: str, answer: dict[str, Any]) -> None:
    """Hold *answer* to its schema, order of keys included."""
    schema = answer_schema(name)
    Draft202012Validator(schema).validate(answer)
    shapes = [schema] if len({**ANSWERS, **LINES}[name]) == 1 else schema["$defs"].values()
    assert [*answer] in [[*shape.get("properties", {})] for shape in shapes]


@pytest.mark.parametrize("name", sorted({**ANSWERS, **LINES}))
def test_schemas_are_schemas_that_explain_every_key(name: str) -> None:
    """Each is valid JSON Schema 2020-12, allows no other keys, and says of every key what it means."""
    schema = answer_schema(name)
    shapes = [shape for shape in (schema, *schema.get("$defs", {}).values()) if "properties" in shape]

    Draft202012Validator.check_schema(schema)
    assert shapes
    assert not any(shape["additionalProperties"] for shape in shapes)
    unexplained = [key for shape in shapes for key, one in shape["properties"].items() if not one["description"]]
    assert unexplained == []


@pytest.mark.parametrize("name", sorted(ASKED))
def test_answers_are_what_their_schemas_say(name: str, hub: Path, corpus: Path, tmp_path: Path) -> None:
    """The object that a command prints has the keys and types of its schema, in order."""
    (line,) = printed(ASKED[name], "--json", hub=hub, corpus=corpus, out=tmp_path)
    answer = json.loads(line)

    assert answer["schema"] == f"corpushub.{name}/1"
    check(name, answer)


@pytest.mark.parametrize("name", sorted(RECORDS))
def test_lines_are_what_their_schemas_say(name: str, corpus: Path) -> None:
    """So have the lines of commands that print one for each record."""
    lines = printed(RECORDS[name], corpus=corpus)

    assert lines
    for line in lines[:50]:
        check(name, json.loads(line))


def test_a_run_that_makes_a_version_is_what_its_schema_says(made: tuple[Path, dict[str, Any]]) -> None:
    """The answer of a run that did something has the same keys as that of one that found nothing to do."""
    check("run", made[1])

    assert made[1]["version"] == "quickstart@v1"


def test_schemas_are_of_answers_that_commands_give() -> None:
    """Each schema belongs to an answer that some command prints, or to errors."""
    sources = [path.read_text(encoding="utf-8") for path in Path(commands.__path__[0]).rglob("*.py")]
    given = {name for source in sources for name in re.findall(r'\.answer\(\s*"([\w-]+)"', source)}

    assert given | {"error", "withdraw", "revise"} == set(ANSWERS), "a withdrawal's name is the one it was called by"
