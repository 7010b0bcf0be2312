"""What a run makes ready before its workers start: the recognizers of personal data and their compiled patterns."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from pipelines.code.version import code_version
from pipelines.handover.ids import digest
from pipelines.kernels.compiled import cache_folder, store
from policies.cache import processor

if TYPE_CHECKING:
    from policies.pii.scrubber import Scrubber


def prepare_scrubber(scrubber: Scrubber | None, say: Callable[[str], None]) -> bool:
    """Check what scrubs, and compile its patterns, once for what it looks for and each state of the code on a machine.

    What is compiled is left on the disk; without it the first batch of each worker would wait for the same. *say* is
    told if there is something to wait for; so does the answer.

    Raises:
        InvalidScrub: Presidio does not know an entity type or a country; no worker needs to find that out.
    """
    if scrubber is None:
        return False
    code = code_version(type(scrubber).__module__)
    marker = f"scrubber-{digest([code, scrubber.search(), processor()])[:16]}"
    if (cache_folder() / marker).exists():
        return False
    say("compiling the patterns of personal data for this machine, once: some seconds")
    scrubber.check()
    store(marker, lambda file: None)
    return True
