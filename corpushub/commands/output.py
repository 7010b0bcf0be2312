"""How answers and errors leave the command line: one JSON object or text on stdout, everything else on stderr."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import click
import orjson

YES, NO, FAILED, INTERRUPTED = 0, 1, 2, 130
"""Exit codes: the answer is yes, the answer is no, it could not be done, it was interrupted."""


@dataclass(frozen=True, slots=True)
class Output:
    """Where and how a command answers."""

    json: bool = False

    def answer(self, command: str, content: Mapping[str, Any], render: Callable[[Mapping[str, Any]], str]) -> None:
        """Print *content*: as JSON under the schema of *command*, or as text."""
        if self.json:
            print_json({"schema": f"corpushub.{command}/1", **content})
        else:
            click.echo(render(content))

    def error(self, error: Exception) -> None:
        """Print one clear message, paths and addresses in it redacted; as JSON too where that was asked for."""
        from policies.addresses.redaction import redact_uri

        message = redact_uri(str(error))
        if self.json:
            print_json({"schema": "corpushub.error/1", "error": type(error).__name__, "message": message})
        click.echo(f"error: {message}", err=True)


def print_json(content: Mapping[str, Any]) -> None:
    """Print *content* as one line of JSON, keys in the order given."""
    sys.stdout.write(orjson.dumps(content, default=str, option=orjson.OPT_NON_STR_KEYS).decode() + "\n")
    sys.stdout.flush()


def print_line(content: Mapping[str, Any]) -> None:
    """Print *content* as one line of JSON among many: what is printed leaves when the buffer is full, or at the end."""
    sys.stdout.write(orjson.dumps(content).decode() + "\n")
