"""The JSON Schema (2020-12) of every answer, from the types and docstrings of its fields."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import reduce
from operator import or_
from typing import Any

from pydantic import TypeAdapter
from pydantic.json_schema import GenerateJsonSchema, JsonSchemaValue
from pydantic_core import core_schema

from corpushub.commands.answers import ANSWERS, LINES
from corpushub.commands.output import schema_of
from corpushub.docs.docstrings import attributes, prose

_PREFACE = """\
# Answers as JSON

Generated from the code by `make docs`. With `--json` a command prints one object; its key `schema` says which of these
it is. Keys are never renamed or removed under one number, their order stays, and all that a schema names are there.
`corpushub schema` is not listed: what it prints is a JSON Schema itself, that of a recipe.
"""


class _AnswerSchema(GenerateJsonSchema):
    """Describes dataclasses as `lineage.storage.as_json` prints them: every field is there, and nothing else is."""

    def field_title_should_be_set(self, schema: Any) -> bool:
        """Leave titles out: they repeat the names."""
        return False

    def dataclass_schema(self, schema: core_schema.DataclassSchema) -> JsonSchemaValue:
        """Describe a dataclass."""
        said = attributes(schema["cls"])
        known = super().dataclass_schema(schema)["properties"]
        fields = {name.removesuffix("_"): _described(one, said.get(name, "")) for name, one in known.items()}
        return {"description": " ".join(prose(schema["cls"]).split()), **_closed(fields)}


def _described(field: JsonSchemaValue, words: str) -> JsonSchemaValue:
    return {**{key: value for key, value in field.items() if key != "default"}, "description": words}


def _closed(fields: Mapping[str, JsonSchemaValue]) -> JsonSchemaValue:
    return {"type": "object", "properties": dict(fields), "required": [*fields], "additionalProperties": False}


def answer_schema(name: str) -> dict[str, Any]:
    """Return the schema of the answer that ANSWERS or LINES calls *name*."""
    classes = ANSWERS.get(name) or LINES[name]
    kind: Any = reduce(or_, classes)
    found = TypeAdapter(kind).json_schema(mode="serialization", schema_generator=_AnswerSchema)
    if name in ANSWERS:
        key = {"schema": {"const": schema_of(name), "description": "What this object is."}}
        for one in (found["$defs"][each.__name__] for each in classes) if len(classes) > 1 else (found,):
            one.update(_closed({**key, **one["properties"]}))
    head = {"$schema": "https://json-schema.org/draft/2020-12/schema", "$id": f"{name}.json", "title": schema_of(name)}
    return {**head, **found}


def schema_pages() -> dict[str, str]:
    """Return the schemas and their table of contents, by file name below docs/."""
    names = sorted([*ANSWERS, *LINES])
    pages = {f"json/{name}.json": json.dumps(answer_schema(name), indent=2, ensure_ascii=False) for name in names}
    return {name: text + "\n" for name, text in {**pages, "json/README.md": _contents()}.items()}


def _contents() -> str:
    lines = [_PREFACE, *_table(ANSWERS), "", "Some commands print an object a line, without `schema`:", ""]
    return "\n".join([*lines, *_table(LINES)])


def _table(answers: Mapping[str, tuple[type, ...]]) -> list[str]:
    rows = [
        f"| [`{name}`]({name}.json) | {' or '.join(prose(one).split(chr(10))[0].rstrip('.') for one in classes)} |"
        for name, classes in sorted(answers.items())
    ]
    return ["| schema | answer |", "| --- | --- |", *rows]
