"""Search columns and bytes for spellings of values: the one search by which documents are found and files proved."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any, Final

import pyarrow as pa
import pyarrow.compute as pc

OVERLAP: Final = 1 << 11
"""Bytes that two blocks of one file share: more than a spelling has."""

_PIECE: Final = 1 << 13  # bytes that are looked at closely where the sieve lets them pass
_EDGE: Final = 256  # code points in which what stands before or behind a match may be missing


@dataclass(frozen=True, slots=True)
class Spelling:
    """How a value of a person may be written; see policies.pii.disguises, where both patterns are made.

    Attributes:
        sieve: an RE2 pattern that matches every spelling, and perhaps more.
        exact: a pattern of the module ``regex`` that matches the spellings and nothing else.
    """

    sieve: str = field(repr=False)
    exact: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Wanted:
    """What to look for in a hub.

    Attributes:
        spellings: of the values of persons.
        told: names in which one of them stands and of which statements and events tell, each as a whole string.
        kept: whether the control database holds one of them in what stays: then its pages, which cut texts anywhere,
            are not searched as bytes, only its rows.
    """

    spellings: tuple[Spelling, ...]
    told: frozenset[str] = field(default=frozenset(), repr=False)
    kept: bool = False


def rows_with(texts: pa.ChunkedArray | pa.Array, spellings: Iterable[Spelling]) -> pa.BooleanArray:
    """Return bool n: in which of *texts* (string n, nulls allowed) one of *spellings* stands. Reads some 200 MB/s."""
    texts = texts.combine_chunks() if isinstance(texts, pa.ChunkedArray) else texts
    found = pa.repeat(pa.scalar(False), len(texts))
    for one in spellings:
        passed = pc.fill_null(pc.match_substring_regex(texts, one.sieve), False)
        if passed.true_count:
            said = [exact(one).search(text) is not None for text in texts.filter(passed).to_pylist()]
            found = pc.or_(found, pc.replace_with_mask(passed, passed, pa.array(said, pa.bool_())))
    return found


def is_said(text: str, spellings: Iterable[Spelling]) -> bool:
    """Tell whether one of *spellings* stands in *text*."""
    return bool(rows_with(pa.array([text], pa.string()), spellings)[0].as_py())


def is_in_blocks(blocks: Iterable[bytes], spellings: Sequence[Spelling]) -> bool:
    """Tell whether one of *spellings* stands in *blocks*: bytes, each with the last OVERLAP of the block before."""
    return any(_is_in_block(*one, spellings) for one in _with_ends(blocks))


def table_of(wanted: Wanted) -> pa.Table:
    """Return *wanted* as a table of one row for chores.keep_table."""
    columns = {"sieve": [one.sieve for one in wanted.spellings], "exact": [one.exact for one in wanted.spellings]}
    columns["told"] = sorted(wanted.told)
    lists = {name: pa.array([values], pa.list_(pa.string())) for name, values in columns.items()}
    return pa.table({**lists, "kept": pa.array([wanted.kept])})


def read_wanted(table: pa.Table) -> Wanted:
    """Return what table_of made a table of."""
    row = table.to_pylist()[0]
    spellings = tuple(Spelling(*one) for one in zip(row["sieve"], row["exact"], strict=True))
    return Wanted(spellings, frozenset(row.get("told", ())), row.get("kept", False))


def exact(spelling: Spelling) -> Any:
    """Return the compiled pattern of *spelling*."""
    return _compiled(spelling.exact)


@cache
def _compiled(pattern: str) -> Any:
    import regex  # type: ignore[import-untyped]  # only who erases needs it

    return regex.compile(pattern)


def _with_ends(blocks: Iterable[bytes]) -> Iterator[tuple[bytes, bool, bool]]:
    """Yield each block, whether it is the first, and whether it is the last."""
    held: bytes | None = None
    first = True
    for block in blocks:
        if held is not None:
            yield held, first, False
            first = False
        held = block
    if held is not None:
        yield held, first, True


def _is_in_block(block: bytes, first: bool, last: bool, spellings: Sequence[Spelling]) -> bool:
    """Tell whether one of *spellings* stands in *block*; what touches an end is passed over if the file goes on."""
    pieces = [block[at : at + _PIECE + OVERLAP] for at in range(0, max(len(block) - OVERLAP, 1), _PIECE)]
    texts = pa.array(pieces, pa.binary()).view(pa.string())  # RE2 takes what is no UTF-8 for no letter
    for one in spellings:
        for at in pc.indices_nonzero(pc.match_substring_regex(texts, one.sieve)).to_pylist():
            text = pieces[at].decode("utf-8", "replace")
            least = 0 if first and at == 0 else _EDGE
            most = len(text) if last and at == len(pieces) - 1 else len(text) - _EDGE
            if any(found.end() <= most for found in exact(one).finditer(text, least)):
                return True
    return False
