"""How far the loop of the permutations is from what the processor could do: read off its machine code.

The bound is the least number of cycles in which a core can issue the loop: that of its vector ports and of its front
end (Fog, "The microarchitecture of Intel, AMD and VIA CPUs"), at the clock that a chain of dependent multiplications
shows. Loading, storing and waiting are left out, so nothing can be faster, and a good loop is near.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numba
from measure import lines

from pipelines.kernels.minhash import _lower_all

MULTIPLY_CYCLES = 3
"""Cycles of a 64-bit multiplication whose factor is the product before, on all cores below."""

WIDTHS = {"zmm": 16, "ymm": 8, "xmm": 4}
"""Lanes of 32 bits of each kind of vector register."""


@dataclass(frozen=True, slots=True)
class Loop:
    """The innermost loop of the permutations, as machine code.

    Attributes:
        instructions: how many it has.
        multiplications: how many of them multiply vectors.
        minima: how many take minima of vectors.
        additions: how many add vectors.
        lanes: 32-bit lanes of a vector.
    """

    instructions: int
    multiplications: int
    minima: int
    additions: int
    lanes: int

    @property
    def pairs(self) -> int:
        """Return how many products of a hash and a multiplier one turn computes."""
        return self.multiplications * self.lanes


@dataclass(frozen=True, slots=True)
class Core:
    """What a core can begin in a cycle.

    Attributes:
        name: of the kind of core.
        product: operations of one multiplication of vectors.
        wide, narrow: vector operations of 512 bits, and of fewer.
        multiplied: of these, such as multiply, likewise by width.
        minima: whether minima need the ports that multiply.
        front: instructions, a multiplication counting for each of its operations.
    """

    name: str
    product: int
    wide: int
    narrow: int
    multiplied: tuple[int, int]
    minima: bool
    front: int

    def cycles(self, loop: Loop) -> float:
        """Return the least cycles of a turn of *loop*."""
        wide = loop.lanes == WIDTHS["zmm"]
        products = self.product * loop.multiplications
        narrow_ports = products + loop.minima * self.minima
        return max(
            (products + loop.minima + loop.additions) / (self.wide if wide else self.narrow),
            narrow_ports / self.multiplied[0 if wide else 1],
            (loop.instructions + products - loop.multiplications) / self.front,
        )


SKYLAKE = Core("Intel's since Skylake-X", product=2, wide=2, narrow=3, multiplied=(2, 2), minima=True, front=4)
ZEN4 = Core("AMD's Zen 3 and 4", product=1, wide=2, narrow=4, multiplied=(1, 2), minima=False, front=6)


def core() -> Core | None:
    """Return what is known of this machine's cores; None of other kinds."""
    facts = dict(line.split("\t", 1) for line in lines("/proc/cpuinfo") if "\t" in line)
    vendor, family = (facts.get(name, "").strip("\t: ") for name in ("vendor_id", "cpu family"))
    return {("GenuineIntel", "6"): SKYLAKE, ("AuthenticAMD", "25"): ZEN4}.get((vendor, family))


def permutation_loop() -> Loop | None:
    """Return the loop of the machine code that multiplies most, None where vectors are not used."""
    ours: Any = _lower_all
    fresh = numba.njit(nogil=True)(ours.py_func)  # numba shows no machine code that comes from its cache
    for signature in ours.signatures:
        fresh.compile(signature)
    code = "\n".join(fresh.inspect_asm().values())
    bodies = re.findall(r"^(\.L\w+):\n((?:(?!\.L\w+:).*\n)*?)\s+j\w+\s+\1$", code, re.MULTILINE)
    body = max((body for _, body in bodies), key=lambda body: body.count("vpmulld"), default="")
    words = [line.split() for line in body.splitlines() if line.startswith("\t") and not line.startswith("\t.")]
    products, minima, additions = (sum(w[0] == name for w in words) for name in ("vpmulld", "vpminud", "vpaddd"))
    width = next((lanes for register, lanes in WIDTHS.items() if f"%{register}" in body), 0)
    return Loop(len(words) + 1, products, minima, additions, width) if products else None


def roofline(link: float, shingle: float, num_perm: int) -> list[Mapping[str, Any]]:
    """Return the note on the loop: its code, its bound, and how far measurement is from that.

    Args:
        link: seconds of one multiplication in a chain of dependent ones.
        shingle: seconds that the loop takes for a shingle.
        num_perm: permutations.
    """
    loop, kind, gigahertz = permutation_loop(), core(), MULTIPLY_CYCLES / link / 1e9
    facts: dict[str, Any] = {
        "clock, GHz": gigahertz,
        "measured, ns per shingle": 1e9 * shingle,
        "measured, ns per shingle and permutation": 1e9 * shingle / num_perm,
    }
    if loop is not None:
        facts |= {
            "vector width, bits": loop.lanes * 32,
            "instructions of one turn of the loop": loop.instructions,
            "products of one turn": loop.pairs,
            "instructions per shingle": loop.instructions / loop.pairs * num_perm,
            "instructions per shingle and permutation": loop.instructions / loop.pairs,
        }
    if loop is not None and kind is not None:
        cycles = kind.cycles(loop) / loop.pairs * num_perm
        facts |= {
            "core": kind.name,
            "bound, cycles per shingle": cycles,
            "bound, ns per shingle": cycles / gigahertz,
            "bound, ns per shingle and permutation": cycles / gigahertz / num_perm,
            "measured over bound": 1e9 * shingle / (cycles / gigahertz),
        }
    return [{"fact": name, "value": value} for name, value in facts.items()]
