"""Find repeated word n-grams (Rae et al. 2021, appendix A1.1) in time linear in the text.

A word is a run of characters that are not white space; lengths are its code points, and ratios are shares of the code
points that stand in words. n-grams are compared by 64-bit hashes. Only a position whose (n-1)-gram occurs twice can
begin an n-gram that occurs twice, so each n looks at what the one before left over.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from pipelines.kernels.codepoints import (
    HASH_PRIME,
    HASH_START,
    SPACE,
    Bytes,
    Offsets,
    classes,
    decode,
    mix,
    nonzero,
    seek,
    string_buffers,
    table_size,
)
from pipelines.kernels.compiled import kernel

Ratios = npt.NDArray[np.float64]
Keys = npt.NDArray[np.uint64]
Positions = npt.NDArray[np.int32]

TOP_SIZES = (2, 3, 4)
DUPLICATE_SIZES = (5, 6, 7, 8, 9, 10)
_FIRST, _LAST_TOP, _LAST = TOP_SIZES[0], TOP_SIZES[-1], DUPLICATE_SIZES[-1]


def repeat_ngrams(texts: pa.StringArray) -> Ratios:
    """Return, for each of n *texts*, the character shares of its repeated n-grams: float64, n x 9.

    The columns for 2, 3 and 4 words are the share in the occurrences of the most frequent n-gram (the longest of
    equally frequent ones, then the earliest; 0 if none occurs twice). The columns for 5 to 10 words are the share in
    occurrences of n-grams that occurred earlier in the text. No character is counted twice in a column.
    """
    ratios = np.zeros((len(texts), len(TOP_SIZES) + len(DUPLICATE_SIZES)))
    _repeat(*string_buffers(texts), classes(), ratios)
    return ratios


@kernel
def _repeat(offsets: Offsets, data: Bytes, kinds: Bytes, ratios: Ratios) -> None:
    for d in range(len(offsets) - 1):
        hashes, ends = _words(data[offsets[d] : offsets[d + 1]], kinds)
        _repeat_document(hashes, ends, ratios[d])


@kernel
def _words(data: Bytes, kinds: Bytes) -> tuple[Keys, Positions]:
    """Return each word's hash, and how many code points stand in words before each word and after the last."""
    i, end, count, chars, key, inside = 0, len(data), 0, 0, HASH_START, False
    hashes, ends = np.empty(end // 2 + 1, np.uint64), np.zeros(end // 2 + 2, np.int32)
    while i <= end:
        # Beyond the end stands a space, so that the last word ends like any other.
        code, width = int(data[i]) if i < end else 32, 1
        if code >= 0x80:
            code, width = decode(data, i)
        i += width
        if not kinds[code] & SPACE:
            inside, key, chars = True, (key ^ np.uint64(code)) * HASH_PRIME, chars + 1
        elif inside:
            hashes[count] = key
            count += 1
            ends[count] = chars
            inside, key = False, HASH_START
    return hashes[:count], ends[: count + 1]


@kernel
def _repeat_document(hashes: Keys, ends: Positions, ratios: Ratios) -> None:
    grams, live = hashes.copy(), np.arange(len(hashes)).astype(np.int32)
    size = table_size(len(hashes))
    keys, slots, times = np.empty(size, np.uint64), np.empty(len(hashes), np.int32), np.empty(size, np.int32)
    for n in range(_FIRST, _LAST + 1):
        live = live[: np.searchsorted(live, len(hashes) - n + 1)]
        if len(live) < 2:
            break
        fit = table_size(len(live))
        _extend(grams, hashes, live, n)
        repeated = _tally(grams, live, (keys[:fit], times[:fit], slots), ends, n)
        share = repeated if n > _LAST_TOP else _top(live, times, slots, ends, n)
        ratios[n - _FIRST] = share / ends[-1]
        live = live[times[slots[: len(live)]] > 1]


@kernel
def _extend(grams: Keys, hashes: Keys, live: Positions, n: int) -> None:
    for i in live:
        grams[i] = nonzero(mix(grams[i], hashes[i + n - 1]))


@kernel
def _tally(grams: Keys, live: Positions, table: tuple[Keys, Positions, Positions], ends: Positions, n: int) -> int:
    """Count each n-gram's occurrences; return the code points in those that occurred before."""
    keys, times, slots = table
    keys[:] = 0
    times[:] = 0
    reach, chars = 0, 0
    for k in range(len(live)):
        i = live[k]
        slot = seek(keys, grams[i])
        keys[slot] = grams[i]
        slots[k] = slot
        times[slot] += 1
        if times[slot] > 1:
            chars += ends[i + n] - ends[max(i, reach)]
            reach = i + n
    return chars


@kernel
def _top(live: Positions, times: Positions, slots: Positions, ends: Positions, n: int) -> int:
    """Return the code points in the occurrences of the most frequent n-gram, 0 if none occurs twice."""
    best, most, longest = -1, 1, 0
    for k in range(len(live)):
        often, chars = times[slots[k]], ends[live[k] + n] - ends[live[k]]
        if often > most or (often == most and most > 1 and chars > longest):
            best, most, longest = slots[k], often, chars
    reach, total = 0, 0
    for k in range(len(live)):
        if slots[k] == best:
            total += ends[live[k] + n] - ends[max(live[k], reach)]
            reach = live[k] + n
    return total
