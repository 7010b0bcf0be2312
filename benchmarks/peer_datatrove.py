"""Run datatrove's MinHash deduplication (in datatrove's environment): IN_FOLDER OUT_FOLDER TASKS WORKERS.

The four stages that its documentation chains: signatures, buckets, clusters, filter; word 5-grams, 14 buckets of 8
hashes, 64-bit xxHash, English word splitting: its defaults. Left out is its token counter, which fetches a tokenizer
from the network and only prints a number.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from datatrove.executor.local import LocalPipelineExecutor  # type: ignore[import-not-found]
from datatrove.pipeline.dedup import MinhashDedupSignature  # type: ignore[import-not-found]
from datatrove.pipeline.dedup.minhash import (  # type: ignore[import-not-found]
    MinhashConfig,
    MinhashDedupBuckets,
    MinhashDedupCluster,
    MinhashDedupFilter,
)
from datatrove.pipeline.readers import JsonlReader  # type: ignore[import-not-found]
from datatrove.pipeline.writers.jsonl import JsonlWriter  # type: ignore[import-not-found]


def stages(source: Path, out: Path, config: Any) -> list[tuple[str, list[Any]]]:
    """Return the name and steps of each stage; a stage begins when the one before it has ended."""
    reader = JsonlReader(str(source), glob_pattern="*.jsonl.gz")
    signatures, buckets, removed = (str(out / name) for name in ("signatures", "buckets", "remove_ids"))
    rejected = JsonlWriter(str(out / "removed"))
    return [
        ("signatures", [reader, MinhashDedupSignature(output_folder=signatures, config=config)]),
        ("buckets", [MinhashDedupBuckets(input_folder=signatures, output_folder=buckets, config=config)]),
        ("clusters", [MinhashDedupCluster(input_folder=buckets, output_folder=removed, config=config)]),
        ("filter", [reader, MinhashDedupFilter(removed, exclusion_writer=rejected), JsonlWriter(str(out / "kept"))]),
    ]


def main() -> None:
    """Run the stages one after another."""
    source, out, tasks, workers = Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4])
    config = MinhashConfig(n_grams=5, num_buckets=14, hashes_per_bucket=8)
    sizes = {"buckets": config.num_buckets, "clusters": 1}
    for name, steps in stages(source, out, config):
        number = sizes.get(name, tasks)
        LocalPipelineExecutor(
            pipeline=steps, tasks=number, workers=min(workers, number), logging_dir=str(out / "logs" / name)
        ).run()


if __name__ == "__main__":
    main()
