"""What every command shares: the hub home, the form of the answer, exit codes, signals, and errors safe to show."""

from __future__ import annotations

import atexit
import functools
import gc
import logging
import os
import signal
import sys
import threading
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import Any, Final

import click

from corpushub.commands.frame import signals
from corpushub.commands.frame.log import kept_in
from corpushub.commands.frame.menu import given, shared
from corpushub.commands.frame.reasons import told
from corpushub.commands.output import FAILED, INTERRUPTED, TERMINATED, Output, say
from corpushub.errors import BadRequest
from corpushub.face.hub import Hub

EPILOG = "Exit codes: 0 yes, 1 the answer is no, 2 it could not be done, 130 interrupted, 143 terminated."


def pass_hub(command: Callable[..., int]) -> Callable[..., None]:
    """Give *command* the hub home and the output; turn its result and its errors into exit codes."""

    @functools.wraps(command)
    def wrapped(hub: str | None, as_json: bool, debug: bool, log: str | None, **arguments: Any) -> None:
        """Carry the command out and end the process with its exit code, whatever is raised."""
        own = {"hub": hub, "as_json": as_json, "debug": debug, "log": log}
        options = given(click.get_current_context(), own)
        for name, value in {**arguments, **options}.items():
            if isinstance(value, str) and not value.isascii() and not _is_unicode(value):
                raise click.UsageError(f"{name} is not text in UTF-8")
        logging.basicConfig(level=logging.WARNING if options["debug"] else logging.CRITICAL)
        gc.set_threshold(100_000, 20, 20)  # what is imported stays, and looking through it again and again takes long
        home = Path(options["hub"]) if options["hub"] else None
        with signals.heeded(lambda number: _leave(_stopped(command, [number]))) as received:
            _leave(_carried_out(command, home, options, arguments, received))

    return shared(wrapped)


def _carried_out(
    command: Callable[..., int], home: Path | None, options: dict[str, Any], arguments: Any, received: list[int]
) -> int:
    """Return the exit code of *command*, all it has to say being said; of the signals *received* the first counts."""
    output = Output(json=options["as_json"])
    with ExitStack() as stack:
        try:
            stack.enter_context(kept_in(options["log"]))
            return command(stack.enter_context(Hub.locate(home)), output, **arguments)
        except (KeyboardInterrupt, signals.Terminated):
            return _stopped(command, received)
        except BrokenPipeError:
            return 141
        except click.ClickException:
            raise
        except Exception as error:  # all of them: each is told in one message and ends in exit code 2
            if received:  # what the signal raised was lost on its way, as in the middle of an import
                return _stopped(command, received)
            if options["debug"]:
                raise
            output.error(told(error))
            return FAILED


def _stopped(command: Callable[..., int], received: list[int]) -> int:
    """End the workers, whatever they do, and say in one line what there is to know."""
    if "pipelines.execution.warm_processes" in sys.modules:
        from pipelines.execution import warm_processes

        warm_processes.abandon()
    how, code = ("terminated", TERMINATED) if received[:1] == [signal.SIGTERM] else ("interrupted", INTERRUPTED)
    kept = "what was computed is kept, run the same command again to go on"
    say(f"{how}; {kept if command.__name__ in _GOES_ON else 'nothing was changed'}")
    return code


_GOES_ON: Final = frozenset({"run", "erase", "withdraw", "revise", "approve", "compact", "index"})
"""Commands of which something may be left that the next one goes on from."""


def confirm(question: str, *, yes: bool, show: Callable[[], str]) -> None:
    """Ask *question* under what *show* tells, unless *yes* was given; where nobody can answer, it must be.

    What is wrong with the order is told by *show* before that.

    Raises:
        BadRequest: there is no terminal to ask at; nothing was changed.
    """
    if yes:
        return
    say(show())
    if not (sys.stdin.isatty() and sys.stderr.isatty()):
        raise BadRequest("there is no terminal to ask at; nothing was changed; give --yes to go on")
    click.confirm(question, abort=True, err=True)


def _is_unicode(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _leave(code: int) -> None:
    """End the process: at once where it had workers, for taking their many modules apart would take half a second.

    After a stalled stage Beam's threads would even keep it from ending.
    """
    signals.ignore()  # what was to be done is done, and its exit code is known
    sys.stdout.flush()
    sys.stderr.flush()
    if "pytest" in sys.modules:
        sys.exit(code)
    if code in {INTERRUPTED, TERMINATED}:
        os._exit(code)
    if "pipelines.execution.warm_processes" in sys.modules:
        from pipelines.execution import warm_processes

        warm_processes.leave()
        os._exit(code)
    if threading.active_count() == 1:
        atexit._run_exitfuncs()  # all that ending does but take every module apart: a sixth of a short command
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)
    sys.exit(code)
