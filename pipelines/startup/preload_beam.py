# ruff: noqa: E402 - the handler must stand before Beam is imported
"""What the warm server imports besides where there is work enough for Beam, whose workers are forked for each stage."""

import gc
import logging
from contextlib import suppress

logging.getLogger().addHandler(logging.NullHandler())  # before Beam is imported, which warns of parts we do not use

gc.disable()  # as in pipelines.startup.preload

import pipelines.execution.engines.beam_workers
from pipelines.code.version import code_version
from pipelines.startup import warmup

code_version()  # reads all sources, which forks then need not, and as they are now: whatever happens to them later
with suppress(OSError):  # a full disk: whoever meets it in a task tells it
    warmup.warm_up(job for job in warmup.JOBS if warmup.is_warm(job))  # loads machine code, which forks then share

gc.freeze()
gc.enable()

__all__ = ["pipelines", "warmup"]
