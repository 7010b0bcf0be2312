"""Bins of numbers: 64-bit keys in the order of the numbers, whose first bits name a bin of fixed relative width.

A number is a float64, in which every signal of up to 53 bits is exact. Its key (uint64) is its bits, turned so that
they sort as the numbers do (IEEE 754-2008, section 5.10): the first BIN_BITS are sign, exponent and four bits of the
mantissa. A quantile is found by its bin, then by further digits of DIGIT_BITS, of which the same is counted again.
"""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt

BIN_BITS: Final = 16
DIGIT_BITS: Final = 12
KEY_BITS: Final = 64

_SIGN: Final = np.uint64(1 << 63)
_GREATEST: Final = float(np.finfo(np.float64).max)

Keys = npt.NDArray[np.uint64]


def keys_of(values: npt.NDArray[np.float64]) -> Keys:
    """Return the keys of finite *values* (float64, n); zero has one key, whatever its sign."""
    bits = (values + 0.0).view(np.uint64)
    return np.where(bits & _SIGN, ~bits, bits | _SIGN)


def value_of(key: int) -> float:
    """Return the number whose key is *key*; the greatest finite one where that is none."""
    bits = key ^ (1 << 63) if key >> 63 else key ^ ((1 << 64) - 1)
    value = float(np.uint64(bits).view(np.float64))
    return value if np.isfinite(value) else _GREATEST


def prefixes_of(keys: Keys, bits: int) -> npt.NDArray[np.int64]:
    """Return the first *bits* of *keys*, at most 63, as numbers; all 64 as two's complement."""
    return (keys >> np.uint64(KEY_BITS - bits)).view(np.int64)


def settled_by(keys: Keys, bits: int) -> npt.NDArray[np.bool_]:
    """Tell of which *keys* all that follows the first *bits* is zero: bool n."""
    rest = KEY_BITS - bits
    settled: npt.NDArray[np.bool_] = (keys & np.uint64((1 << rest) - 1)) == 0
    return settled


def least_of(prefix: int, bits: int) -> float:
    """Return the least number whose key begins with *prefix*, of that many *bits*."""
    return value_of(prefix << (KEY_BITS - bits))


def rank_of(percent: int, values: int) -> int:
    """Return at which place, from 1, the quantile of *values* (at least 1) in order stands: SQL's quantile_disc."""
    return max(1, -(-values * percent // 100))
