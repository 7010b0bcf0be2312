# ruff: noqa: E402 - the handler must stand before Beam is imported
"""What the warm server imports before it forks workers; see pipelines.execution.warm_processes."""

import logging
from contextlib import suppress

logging.getLogger().addHandler(logging.NullHandler())  # before Beam is imported, which warns of parts we do not use

import pipelines.annotate.stage
import pipelines.execution.engines.beam_workers
import pipelines.release.stage
from pipelines.code.version import code_version
from pipelines.startup import warmup

code_version()  # reads all sources, which forks then need not, and as they are now: whatever happens to them later
if warmup.is_warm("texts"):
    with suppress(OSError):  # a full disk: whoever meets it in a task tells it
        warmup.warm_up(["texts"])  # the first kernel loads what all machine code needs, which forks then share

__all__ = ["pipelines", "warmup"]
