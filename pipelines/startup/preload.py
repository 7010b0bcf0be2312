# ruff: noqa: E402 - the collector is switched off before the imports
"""What the warm server imports before it forks workers; see pipelines.execution.warm_processes."""

import gc

gc.disable()  # imports make nothing that it could free, and it would look through all they make again and again

from contextlib import suppress

import pipelines.annotate.annotation
import pipelines.release.stage
import pipelines.rights.pages
import pipelines.rights.sites
from pipelines.startup import warmup
from policies.markup.gate import may_speak

may_speak("")  # compiles what it looks for
with suppress(OSError):  # a full disk: whoever meets it in a task tells it
    # The first kernel loads what all machine code needs, which forks then share; most recipes call these.
    warmup.warm_up(job for job in ("texts", "signatures") if warmup.is_warm(job))

gc.freeze()  # nor would it free anything in forks, where looking at it would copy it
gc.enable()

__all__ = ["pipelines", "warmup"]
