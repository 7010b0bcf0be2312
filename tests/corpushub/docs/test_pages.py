from itertools import pairwise
from pathlib import Path

import click
import pytest

from corpushub.cli import main
from corpushub.docs import pages as docs
from pipelines.reasons import Reason

ROOT = Path(__file__).parents[3]
CONTEXT = click.Context(main)


@pytest.mark.parametrize("name", sorted(docs.pages()))
def test_generated_pages_are_current(name: str) -> None:
    """docs/ holds what the code says now; `make docs` brings it up to date."""
    assert (ROOT / "docs" / name).read_text(encoding="utf-8") == docs.pages()[name]


def test_schemas_are_those_of_answers_alone() -> None:
    """No schema is left of an answer that there is no more."""
    assert {f"json/{path.name}" for path in (ROOT / "docs" / "json").iterdir()} <= set(docs.pages())


def test_every_command_has_help_and_exit_codes() -> None:
    """Each command says what it does and what its exit codes mean."""
    for command in (main.get_command(CONTEXT, name) for name in main.list_commands(CONTEXT)):
        assert command is not None
        assert command.help, command.name
        assert "Exit codes" in (command.epilog or ""), command.name


def test_every_reason_is_explained() -> None:
    """No reason stands in docs/reasons.md without words beside it."""
    page = docs.reasons()

    assert all(f"| `{reason}` | " in page and f"| `{reason}` |  |" not in page for reason in Reason)


def test_readme_names_only_commands_that_exist() -> None:
    """Each `corpushub X` in the README is a command."""
    words = (ROOT / "README.md").read_text(encoding="utf-8").split()
    used = {after.strip("`.,") for word, after in pairwise(words) if word.strip("`$(") == "corpushub"}

    assert used.intersection(main.list_commands(CONTEXT)) >= {
        "run",
        "trace",
        "audit",
    }
