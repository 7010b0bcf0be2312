"""The Merkle tree of the audit log in plain files or objects, laid out as C2SP tlog-tiles specifies.

    FOLDER/checkpoint             the signed size and root
    FOLDER/tile/0/000[.p/W]       leaf hashes 0 to 255, 32 bytes each; while there are only W of them, in a .p/W file
    FOLDER/tile/1/000[.p/W]       hashes of the full tiles below, and so on upwards
    FOLDER/tile/entries/000[.p/W] the entries themselves, each after its length in two bytes

A tile never changes; its partial ones go once the checkpoint of a tree that has it whole is signed. Who reads for an
older checkpoint then finds what it speaks of at the beginning of the whole one.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from lineage.audit_log import merkle
from lineage.errors import LogDamaged
from lineage.storage.files import list_files, read_whole, remove_file, write_once

WIDTH = 256
HEIGHT = 8
HASH = 32
ENTRIES = "entries"


@dataclass(frozen=True, slots=True)
class Tiles:
    """The tree of the first *size* entries in *folder*, a local folder or a URL."""

    folder: str
    size: int

    def subtree(self, level: int, index: int) -> bytes:
        """Return the hash of the perfect subtree *index* at *level*; LogDamaged if a tile is missing or cut short."""
        row, within = divmod(level, HEIGHT)
        first = index << within
        hashes = self.hashes(row, first // WIDTH)
        return merkle.fold(hashes[first % WIDTH : first % WIDTH + (1 << within)])

    def root(self) -> bytes:
        """Return the Merkle tree hash."""
        return merkle.root(self.size, self.subtree)

    def hashes(self, row: int, number: int) -> list[bytes]:
        """Return the hashes of tile *number* in *row*."""
        width = min((self.size >> (HEIGHT * row)) - number * WIDTH, WIDTH)
        path, content = self._read(str(row), number, width)
        content = content[: width * HASH]
        if len(content) != width * HASH:
            raise LogDamaged(_damage(path, f"it has {len(content)} bytes instead of {width * HASH}"))
        return [content[at : at + HASH] for at in range(0, len(content), HASH)]

    def entries(self, number: int) -> list[bytes]:
        """Return the entries of bundle *number*; LogDamaged if it is missing or not well-formed."""
        width = min(self.size - number * WIDTH, WIDTH)
        path, content = self._read(ENTRIES, number, width)
        found = [*_split(content)][:width]
        if len(found) != width:
            raise LogDamaged(_damage(path, f"it has {len(found)} whole entries instead of {width}"))
        return found

    def misfits(self) -> Iterator[str]:
        """Yield the full tiles that do not have the hash which the tile above them holds."""
        for row in range((self.size.bit_length() + 7) // HEIGHT):
            for number in range((self.size >> (HEIGHT * row)) // WIDTH):
                if merkle.fold(self.hashes(row, number)) != self.hashes(row + 1, number // WIDTH)[number % WIDTH]:
                    yield tile_path(self.folder, str(row), number, WIDTH)

    def extend(self, entries: Sequence[bytes]) -> Tiles:
        """Write the tiles of the tree that goes on with *entries*; return that tree. May be repeated after a crash."""
        if not entries:
            return self
        grown = Tiles(self.folder, self.size + len(entries))
        leaves = [merkle.leaf_hash(entry) for entry in entries]
        self._write_entries(grown, entries)
        row = 0
        while leaves:
            before = self.size >> (HEIGHT * row)
            leaves = self._write_row(grown, row, before, leaves)
            row += 1
        return grown

    def prune(self, since: int) -> None:
        """Remove the partial tiles of which this tree, which had *since* leaves before, has the full ones."""
        rows = [(str(row), HEIGHT * row) for row in range((self.size.bit_length() + 7) // HEIGHT)]
        for row, shift in [*rows, (ENTRIES, 0)]:
            for number in range((since >> shift) // WIDTH, (self.size >> shift) // WIDTH):
                for path in list_files(f"{tile_path(self.folder, row, number, WIDTH)}.p"):
                    remove_file(path)

    def _read(self, row: str, number: int, width: int) -> tuple[str, bytes]:
        """Return where tile *number* of *row* stands, and what is there: the partial one, or the whole one after it."""
        path = tile_path(self.folder, row, number, width)
        try:
            try:
                return path, read_whole(path)
            except FileNotFoundError:
                if width == WIDTH:
                    raise
                return path, read_whole(tile_path(self.folder, row, number, WIDTH))
        except OSError as error:
            raise LogDamaged(_damage(path, f"it cannot be read: {error.strerror or type(error).__name__}")) from error

    def _write_entries(self, grown: Tiles, entries: Sequence[bytes]) -> None:
        first = self.size // WIDTH
        held = self.entries(first) if self.size % WIDTH else []
        together = [*held, *entries]
        for number in range(first, (grown.size + WIDTH - 1) // WIDTH):
            some = together[(number - first) * WIDTH : (number - first + 1) * WIDTH]
            content = b"".join(struct.pack(">H", len(entry)) + entry for entry in some)
            write_once(tile_path(self.folder, ENTRIES, number, len(some)), content)

    def _write_row(self, grown: Tiles, row: int, before: int, added: Sequence[bytes]) -> list[bytes]:
        """Write the tiles of *row*, which had *before* hashes; return the hashes that it adds to the row above."""
        first = before // WIDTH
        held = self.hashes(row, first) if before % WIDTH else []
        together, above = [*held, *added], []
        for number in range(first, (before + len(added) + WIDTH - 1) // WIDTH):
            some = together[(number - first) * WIDTH : (number - first + 1) * WIDTH]
            write_once(tile_path(grown.folder, str(row), number, len(some)), b"".join(some))
            if len(some) == WIDTH:
                above.append(merkle.fold(some))
        return above


def tile_path(folder: str, row: str, number: int, width: int) -> str:
    """Return where tile *number* of *row* stands while it holds *width* hashes."""
    digits = f"{number:03}"
    digits = digits.zfill(-(-len(digits) // 3) * 3)
    groups = [digits[at : at + 3] for at in range(0, len(digits), 3)]
    path = "/".join([folder, "tile", row, *(f"x{group}" for group in groups[:-1]), groups[-1]])
    return path if width == WIDTH else f"{path}.p/{width}"


def _split(content: bytes) -> Iterator[bytes]:
    at = 0
    while at + 2 <= len(content):
        (length,) = struct.unpack_from(">H", content, at)
        if at + 2 + length > len(content):
            return
        yield content[at + 2 : at + 2 + length]
        at += 2 + length


def _damage(path: str, why: str) -> str:
    return f"the audit log was damaged: {path}: {why}; nothing was appended; restore the file from a copy of the log"
