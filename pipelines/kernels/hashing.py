"""Hash functions inside compiled kernels: XXH32 and XXH64 (Collet, xxHash specification 0.1.1)."""

from __future__ import annotations

from typing import Any

import numpy as np

from pipelines.kernels.compiled import inlined, intrinsic, kernel

_P32 = tuple(np.uint32(p) for p in (0x9E3779B1, 0x85EBCA77, 0xC2B2AE3D, 0x27D4EB2F, 0x165667B1))
_A1, _A2, _A3, _A4, _A5 = _P32
_P64 = tuple(
    np.uint64(p)
    for p in (0x9E3779B185EBCA87, 0xC2B2AE3D27D4EB4F, 0x165667B19E3779F9, 0x85EBCA77C2B2AE63, 0x27D4EB2F165667C5)
)
_B1, _B2, _B3, _B4, _B5 = _P64


def _loader(width: int) -> Any:
    from llvmlite import ir
    from numba import types
    from numba.core import cgutils

    add: Any = cgutils.pointer_add

    def codegen(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        array = context.make_array(signature.args[0])(context, builder, args[0])
        address = add(builder, array.data, args[1])
        return builder.load(builder.bitcast(address, ir.IntType(width).as_pointer()), align=1)

    word = types.Integer.from_bitwidth(width, signed=False)
    return word(types.Array(types.uint8, 1, "C"), types.intp), codegen


@intrinsic
def load32(typingctx: Any, data: Any, at: Any) -> Any:
    """Read the 4 bytes at *at* of a contiguous uint8 array as one little-endian uint32, at any alignment."""
    return _loader(32)


@intrinsic
def load64(typingctx: Any, data: Any, at: Any) -> Any:
    """Read the 8 bytes at *at* of a contiguous uint8 array as one little-endian uint64, at any alignment."""
    return _loader(64)


@intrinsic
def store32(typingctx: Any, data: Any, at: Any, value: Any) -> Any:
    """Write the uint32 *value* at *at* of a contiguous uint8 array, least byte first, at any alignment."""
    from llvmlite import ir
    from numba import types
    from numba.core import cgutils

    add: Any = cgutils.pointer_add

    def codegen(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        array = context.make_array(signature.args[0])(context, builder, args[0])
        address = add(builder, array.data, args[1])
        builder.store(args[2], builder.bitcast(address, ir.IntType(32).as_pointer()), align=1)
        return context.get_dummy_value()

    return types.void(types.Array(types.uint8, 1, "C"), types.intp, types.uint32), codegen


@inlined
def _rotate32(x: Any, by: int) -> Any:
    return np.uint32((x << np.uint32(by)) | (x >> np.uint32(32 - by)))


@inlined
def _rotate64(x: Any, by: int) -> Any:
    return (x << np.uint64(by)) | (x >> np.uint64(64 - by))


@inlined
def _round32(lane: Any, word: Any) -> Any:
    return np.uint32(_rotate32(np.uint32(lane + np.uint32(word * _A2)), 13) * _A1)


@inlined
def _round64(lane: Any, word: Any) -> Any:
    return _rotate64(lane + word * _B2, 31) * _B1


@inlined
def _stripes32(data: Any, at: int, stop: int) -> Any:
    a, b, c, d = np.uint32(_A1 + _A2), _A2, np.uint32(0), np.uint32(np.uint32(0) - _A1)
    while at + 16 <= stop:
        a = _round32(a, load32(data, at))
        b = _round32(b, load32(data, at + 4))
        c = _round32(c, load32(data, at + 8))
        d = _round32(d, load32(data, at + 12))
        at += 16
    return np.uint32(_rotate32(a, 1) + _rotate32(b, 7) + _rotate32(c, 12) + _rotate32(d, 18))


@inlined
def xxh32(data: Any, start: int, stop: int) -> Any:
    """Return XXH32 with seed 0 of data[start:stop] as uint32; 16 bytes behind *stop* must be readable.

    The last words and bytes are taken without branches (computed, then chosen), because their number is as good as
    random and a mispredicted branch costs more than the arithmetic: 14 instead of 25 ns for 30 bytes.
    """
    length = stop - start
    at = start + (length & ~15)
    h = np.uint32((_stripes32(data, start, stop) if length >= 16 else _A5) + np.uint32(length))
    words = (stop - at) >> 2
    for k in range(3):
        longer = np.uint32(_rotate32(np.uint32(h + np.uint32(load32(data, at + 4 * k) * _A3)), 17) * _A4)
        h = longer if k < words else h
    at += 4 * words
    left: Any = load32(data, at)
    for k in range(3):
        longer = np.uint32(_rotate32(np.uint32(h + np.uint32(np.uint32(left & np.uint32(255)) * _A5)), 11) * _A1)
        left = np.uint32(left >> np.uint32(8))
        h = longer if k < stop - at else h
    h = np.uint32((h ^ (h >> np.uint32(15))) * _A2)
    h = np.uint32((h ^ (h >> np.uint32(13))) * _A3)
    return np.uint32(h ^ (h >> np.uint32(16)))


@kernel
def _stripes64(data: Any, at: int, stop: int) -> Any:
    a, b, c, d = _B1 + _B2, _B2, np.uint64(0), np.uint64(0) - _B1
    while at + 32 <= stop:
        a = _round64(a, load64(data, at))
        b = _round64(b, load64(data, at + 8))
        c = _round64(c, load64(data, at + 16))
        d = _round64(d, load64(data, at + 24))
        at += 32
    h = _rotate64(a, 1) + _rotate64(b, 7) + _rotate64(c, 12) + _rotate64(d, 18)
    for lane in (a, b, c, d):
        h = (h ^ _round64(np.uint64(0), lane)) * _B1 + _B4
    return h


@kernel
def xxh64(data: Any, start: int, stop: int) -> Any:
    """Return XXH64 with seed 0 of data[start:stop] as uint64."""
    length = stop - start
    at = start + (length & ~31)
    h = (_stripes64(data, start, stop) if length >= 32 else _B5) + np.uint64(length)
    while at + 8 <= stop:
        h = _rotate64(h ^ _round64(np.uint64(0), load64(data, at)), 27) * _B1 + _B4
        at += 8
    if at + 4 <= stop:
        h = _rotate64(h ^ (np.uint64(load32(data, at)) * _B1), 23) * _B2 + _B3
        at += 4
    while at < stop:
        h = _rotate64(h ^ (np.uint64(data[at]) * _B5), 11) * _B1
        at += 1
    h = (h ^ (h >> np.uint64(33))) * _B2
    h = (h ^ (h >> np.uint64(29))) * _B3
    return h ^ (h >> np.uint64(32))
