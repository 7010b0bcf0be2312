"""How answers and errors leave the command line: one JSON object or text on stdout, everything else on stderr."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

import click
import orjson

from corpushub.printable import json_printable, printable, shown
from lineage.errors import AmbiguousReference, Candidate
from lineage.storage.as_json import as_json

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

A = TypeVar("A", bound="DataclassInstance")

YES, NO, FAILED, INTERRUPTED, TERMINATED = 0, 1, 2, 130, 143
"""Exit codes: the answer is yes, the answer is no, it could not be done, it was interrupted, or ended by SIGTERM."""


def schema_of(command: str) -> str:
    """Return what the key ``schema`` of a command's answer says."""
    return f"corpushub.{command}/1"


@dataclass(frozen=True, slots=True)
class Problem:
    """Why a command could not do what it was asked to.

    Attributes:
        error: the class of the error.
        message: what happened, on what, and what to do; without document text or personal values.
        candidates: the documents that an ambiguous reference may mean; of other errors none.
    """

    error: str
    message: str
    candidates: tuple[Candidate, ...] = ()


@dataclass(frozen=True, slots=True)
class Output:
    """Where and how a command answers."""

    json: bool = False

    def answer(self, command: str, answer: A, render: Callable[[A], str], *, data: bool = False) -> None:
        """Print *answer*: its fields as JSON under the schema of *command*, or as text.

        What would act on a terminal is spelled out; in *data*, which programs read, only where a terminal gets it.
        """
        if self.json:
            print_json({"schema": schema_of(command), **as_json(answer)})
        elif data:
            print_data(render(answer))
        else:
            say(render(shown(answer)), err=False)

    def error(self, error: Exception) -> None:
        """Print one clear message, paths and addresses in it redacted; as JSON too where that was asked for."""
        from policies.addresses.redaction import redact_uri

        candidates = error.candidates if isinstance(error, AmbiguousReference) else ()
        problem = Problem(type(error).__name__, redact_uri(str(error)), candidates)
        if self.json:
            print_json({"schema": schema_of("error"), **as_json(problem)})
        say(f"error: {problem.message}")
        for one in map(shown, candidates):
            why = f" ({one.reason})" if one.reason else ""
            say(f"  {one.ref}  {one.outcome}{why}  {one.matched_by or ''}  {one.uri or ''}".rstrip())


def say(text: str, *, err: bool = True) -> None:
    """Print *text*, on stderr unless told otherwise; whatever a command says to people leaves here."""
    click.echo(printable(text), err=err)


def print_data(text: str) -> None:
    """Print *text*, which programs read as it is; a terminal is given it as people are."""
    click.echo(printable(text) if sys.stdout.isatty() else text, nl=not text.endswith("\n"))


def print_json(content: Mapping[str, Any]) -> None:
    """Print *content* as one line of JSON, keys in the order given."""
    sys.stdout.write(json_printable(orjson.dumps(content, default=str, option=orjson.OPT_NON_STR_KEYS).decode()) + "\n")
    sys.stdout.flush()


def print_line(answer: DataclassInstance) -> None:
    """Print *answer* as one line of JSON among many: what is printed leaves when the buffer is full, or at the end."""
    sys.stdout.write(json_printable(orjson.dumps(as_json(answer)).decode()) + "\n")
