"""The top of the command line: commands by what people come for, and hints that never propose to destroy anything."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from importlib import import_module
from typing import Any, Final

import click

from policies.spelling import nearest

DESTRUCTIVE: Final = frozenset({"clean", "erase", "retire", "revise", "withdraw"})
"""Commands that nobody should be led to by a slip of a finger."""

Part = tuple[str, Sequence[str]]
"""What people come for, and the commands that do it, each as MODULE.NAME in corpushub.commands."""


class Menu(click.Group):
    """A group whose help lists its commands in parts, each with its whole first sentence.

    A command's module is imported when the command is asked for: most of the time one is.
    """

    def __init__(self, *args: Any, parts: Sequence[Part] = (), **settings: Any) -> None:
        super().__init__(*args, **settings)
        self.parts = parts
        self._modules = {
            name: module for _, commands in parts for module, _, name in (one.rpartition(".") for one in commands)
        }

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names of all commands, sorted."""
        return sorted(self._modules)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Return the command of that name, None if there is none."""
        if cmd_name not in self._modules:
            return None
        module = import_module(f"corpushub.commands.{self._modules[cmd_name]}")
        command: click.Command = getattr(module, cmd_name.replace("-", "_"))
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the parts of the help that list commands."""
        width = max(map(len, self._modules))
        for title, commands in self.parts:
            names = [one.rpartition(".")[2] for one in commands]
            found = {name: self.get_command(ctx, name) for name in names}
            with formatter.section(title):
                formatter.write_dl(
                    [(name.ljust(width), _first_sentence(one)) for name, one in found.items() if one and not one.hidden]
                )

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Return the command that *args* begin with; a usage error names the nearest one that destroys nothing."""
        name = args[0]
        if self.get_command(ctx, name) is None and not name.startswith("-"):
            harmless = [known for known in self.list_commands(ctx) if known not in DESTRUCTIVE]
            ctx.fail(f"there is no command {name!r}{nearest(name, harmless)}; `corpushub --help` lists all")
        return super().resolve_command(ctx, args)


def _first_sentence(command: click.Command) -> str:
    """Return the first sentence of a command's help, without the stop at its end."""
    words = " ".join((command.help or "").split("\n\n")[0].split())
    return words.split(". ")[0].rstrip(".")


def shared(command: Callable[..., None]) -> Callable[..., None]:
    """Give *command* the options that may stand before the command's name and behind it."""
    for option in (
        click.option("--debug", is_flag=True, help="Show the traceback of an error."),
        click.option("--log", metavar="FILE", help="Append to FILE what is told on stderr, each line with its time."),
        click.option("--json", "as_json", is_flag=True, help="Print one JSON object on stdout."),
        click.option("--hub", metavar="FOLDER", help="Hub home; default CORPUSHUB_HOME, else .corpushub."),
    ):
        command = option(command)
    return command


def given(context: click.Context, own: Mapping[str, Any]) -> dict[str, Any]:
    """Return the shared options: those that stand behind the command's name, else before it."""
    above = [one.params for one in _up(context.parent)]
    return {name: value or next((one[name] for one in above if one.get(name)), value) for name, value in own.items()}


def _up(context: click.Context | None) -> list[click.Context]:
    return [] if context is None else [context, *_up(context.parent)]
