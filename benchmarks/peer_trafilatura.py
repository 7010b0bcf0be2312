"""Extract with trafilatura (in its own environment): IN_FILE OUT_FILE [--fast].

IN_FILE holds a JSON list of pages; OUT_FILE gets the seconds of the processor and the list of their texts. Readers'
comments are left out; all else is as by default.
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path

import trafilatura


def main() -> None:
    """Extract the pages one by one, after one that loads what is loaded late."""
    pages, fast = json.loads(Path(sys.argv[1]).read_text()), "--fast" in sys.argv
    trafilatura.extract("<p>One page to warm up.</p>", include_comments=False, fast=fast)
    started = time.process_time()
    texts = [trafilatura.extract(page, include_comments=False, fast=fast) or "" for page in pages]
    answer = {"seconds": time.process_time() - started, "texts": texts}
    Path(sys.argv[2]).write_text(json.dumps(answer))


if __name__ == "__main__":
    main()
