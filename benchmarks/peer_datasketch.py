"""Deduplicate with datasketch as its documentation does (in datasketch's environment): IN_FOLDER OUT_FILE THRESHOLD.

One process: a document is kept unless the LSH index returns an earlier kept one. 128 permutations, shingles of five
words, bands for THRESHOLD as datasketch chooses them; candidates are not verified, which is how it is mostly used.
"""

from __future__ import annotations

import gzip
import re
import sys
from pathlib import Path

import orjson
import xxhash
from datasketch import MinHash, MinHashLSH

WORD = re.compile(r"\w+")


def signature(text: str) -> MinHash:
    """Return the MinHash of the five-word shingles of *text*."""
    words = WORD.findall(text.lower())
    shingles = {" ".join(words[start : start + 5]) for start in range(max(1, len(words) - 4))}
    result = MinHash(num_perm=128, hashfunc=xxhash.xxh32_intdigest, scheme="affine32")
    result.update_batch([shingle.encode() for shingle in shingles])
    return result


def main() -> None:
    """Copy the lines of documents without an earlier kept neighbour to the output."""
    source, out, threshold = Path(sys.argv[1]), Path(sys.argv[2]), float(sys.argv[3])
    index = MinHashLSH(threshold=threshold, num_perm=128)
    with gzip.open(out, "wb", compresslevel=1) as kept:
        for path in sorted(source.glob("*.jsonl.gz")):
            with gzip.open(path) as lines:
                for number, line in enumerate(lines):
                    mine = signature(orjson.loads(line)["text"])
                    if not index.query(mine):
                        index.insert(f"{path.name}:{number}", mine)
                        kept.write(line)


if __name__ == "__main__":
    main()
