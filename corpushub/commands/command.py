"""What every command shares: the hub home, the form of the answer, exit codes and errors that are safe to show."""

from __future__ import annotations

import functools
import logging
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from corpushub.commands.output import FAILED, INTERRUPTED, Output, say
from corpushub.face.hub import Hub

EPILOG = "Exit codes: 0 yes, 1 the answer is no, 2 it could not be done, 130 interrupted."


def pass_hub(command: Callable[..., int]) -> Callable[..., None]:
    """Give *command* the hub home and the output; turn its result and its errors into exit codes."""

    @click.option("--hub", type=click.Path(path_type=Path), help="Hub home; default CORPUSHUB_HOME, else .corpushub.")
    @click.option("--json", "as_json", is_flag=True, help="Print one JSON object on stdout.")
    @click.option("--debug", is_flag=True, help="Show the traceback of an error.")
    @functools.wraps(command)
    def wrapped(hub: Path | None, as_json: bool, debug: bool, **arguments: Any) -> None:
        """Carry the command out and end the process with its exit code, whatever is raised."""
        output = Output(json=as_json)
        for name, value in arguments.items():
            if isinstance(value, str) and not value.isascii() and not _is_unicode(value):
                raise click.UsageError(f"{name} is not text in UTF-8")
        logging.basicConfig(level=logging.WARNING if debug else logging.CRITICAL)
        try:
            with Hub.locate(hub) as opened:
                code = command(opened, output, **arguments)
        except KeyboardInterrupt:
            say("interrupted; what was computed is kept, run the same command again to go on")
            code = INTERRUPTED
        except BrokenPipeError:
            code = 141
        except click.ClickException:
            raise
        except Exception as error:  # all of them: each is told in one message and ends in exit code 2
            if debug:
                raise
            output.error(_told(error))
            code = FAILED
        _leave(code)

    return wrapped


def _is_unicode(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _told(error: Exception) -> Exception:
    """Return an error whose message is safe and complete: those of our own packages already are."""
    package, name = type(error).__module__.split(".")[0], type(error).__name__
    if package in {"connectors", "policies", "lineage", "pipelines", "corpushub"}:
        return error
    if isinstance(error, OSError):
        return OSError(f"{error}; nothing was committed, and what was computed is kept for the next run")
    if isinstance(error, MemoryError) or name == "OutOfMemoryException":
        return MemoryError("not enough memory; nothing was committed; run with fewer --workers, or ask for less")
    what = _OTHERS.get(package, f"an error of this program ({name})")
    advice = "give the command again with --debug, and report what it prints, without texts of documents"
    return RuntimeError(f"{what}; nothing was committed; {advice}".replace("(?)", f"({name})"))


_OTHERS = {
    "apache_beam": "Beam could not carry out the run (?): are --runner and the options after -- those of the service",
    "duckdb": "the query engine could not answer (?): `corpushub verify` tells whether the files are whole",
    "pyarrow": "a file could not be read or written (?): `corpushub verify` tells whether the files are whole",
    "pyiceberg": "the Iceberg catalog could not be used (?): `corpushub doctor` examines it",
    "sqlalchemy": "the control database could not be used (?): `corpushub doctor` examines it",
}
"""What happened, by the library that met it; their own words may quote what documents say, and are not repeated."""


def _leave(code: int) -> None:
    """End the process; after a stalled stage Beam's threads would otherwise keep it from ending."""
    sys.stdout.flush()
    sys.stderr.flush()
    if "apache_beam" in sys.modules and "pytest" not in sys.modules:
        from pipelines.execution import warm_processes

        warm_processes.close()
        os._exit(code)
    sys.exit(code)
