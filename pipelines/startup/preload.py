# ruff: noqa: E402 - the collector is switched off before the imports
"""What the warm server imports before it forks workers; see pipelines.execution.warm_processes."""

import gc

gc.disable()  # imports make nothing that it could free, and it would look through all they make again and again

from contextlib import suppress

import pyarrow as pa

import pipelines.annotate.annotation
import pipelines.release.stage
import pipelines.rights.pages
import pipelines.rights.sites
from pipelines.kernels.canonical import canonical
from pipelines.kernels.minhash import MinHasher
from pipelines.startup import warmup
from policies.markup.gate import may_speak

may_speak("")  # compiles what it looks for
if warmup.is_warm():
    with suppress(OSError):  # a full disk: whoever meets it in a task tells it
        canonical(pa.array([""]))  # the first kernel loads what all machine code needs, which forks then share
        MinHasher().sketch(pa.array([""]))  # nearly every recipe needs this one

gc.freeze()  # nor would it free anything in forks, where looking at it would copy it
gc.enable()

__all__ = ["pipelines", "warmup"]
