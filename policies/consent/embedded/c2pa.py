"""Read C2PA manifests that are hidden in text: what they say of mining and training.

Sources: C2PA 2.3, "Embedding manifests into unstructured text" (a U+FEFF, then one variation selector for each byte of
a wrapper: magic, version, length, manifest store); ISO/IEC 19566-5 (JUMBF boxes); RFC 8949 (CBOR); CAWG Training and
Data Mining 1.1 and the assertion of C2PA 1 that it succeeds.

A signature is not checked: a reservation counts whoever signed it. Time is linear in the text.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Iterator
from typing import Any, Final

from policies.consent.preferences import ALLOW, DENY, UNKNOWN
from policies.rights.evidence import Evidence, Scope, Where

BEGINNING: Final = "\ufeff\U000e0133"
"""The first two code points of a hidden manifest."""

WRAPPER: Final = re.compile("\ufeff([\ufe00-\ufe0f\U000e0100-\U000e01ef]+)")
"""A U+FEFF and the variation selectors behind it."""

_MAGIC: Final = b"C2PATXT\x00"
_HEADER: Final = len(_MAGIC) + 5  # a version of one byte, and the length of what follows
_BOX: Final = 8  # length and type
_DESCRIPTION: Final = 17  # what stands before a label: a UUID and flags
_LABEL_FLAGS: Final = 0x03  # requestable, and labelled
_DEPTH: Final = 16  # boxes, and values, within each other

_ASSERTION: Final = re.compile(r"(?:cawg|c2pa)\.training-mining(?:\.v\d+)?(?:__\d+)?")
_USES: Final = {
    "data_mining": "tdm",
    "ai_training": "train-ai",
    "ai_generative_training": "train-ai",
    "ai_inference": "ai-input",
}
_ANSWERS: Final = {"allowed": ALLOW, "notAllowed": DENY, "constrained": DENY}


def manifests(text: str) -> list[bytes]:
    """Return the manifest stores hidden in *text*; empty bytes for one that is cut short or of another version."""
    found = []
    for selectors in WRAPPER.findall(text) if BEGINNING in text else ():
        body = selectors.encode("utf-32-le")
        codes = struct.unpack(f"<{len(selectors)}I", body)
        wrapped = bytes(code - 0xFE00 if code <= 0xFE0F else code - 0xE0100 + 16 for code in codes)
        if wrapped.startswith(_MAGIC):
            length = int.from_bytes(wrapped[_HEADER - 4 : _HEADER], "big")
            whole = wrapped[len(_MAGIC) : len(_MAGIC) + 1] == b"\x01" and len(wrapped) >= _HEADER + length
            found.append(wrapped[_HEADER : _HEADER + length] if whole else b"")
    return found


def manifest_evidence(text: str) -> list[Evidence]:
    """Return what the manifests in *text* say of mining and training, the same only once.

    "constrained" is a refusal, for nobody meets constraints that are not read. A manifest that cannot be read leaves
    training unknown; one without such an assertion says nothing.
    """
    stated = [statement for store in manifests(text) for statement in _statements(store)]
    return [
        Evidence("c2pa", Where.BODY, Scope.PAGE, value, name, meaning) for name, meaning, value in dict.fromkeys(stated)
    ]


def _statements(store: bytes) -> list[tuple[str, str, str]]:
    try:
        assertions = list(_assertions(store, 0))
    except (ValueError, struct.error, UnicodeError):
        return [("train-ai", UNKNOWN, "")]
    return [statement for one in assertions for statement in _uses(one)]


def _uses(assertion: Any) -> Iterator[tuple[str, str, str]]:
    entries = assertion.get("entries") if isinstance(assertion, dict) else None
    if not isinstance(entries, dict):
        yield "train-ai", UNKNOWN, ""
        return
    for key, entry in entries.items():
        name = _USES.get(str(key).rpartition(".")[2])
        use = entry.get("use") if isinstance(entry, dict) else entry
        if name:
            yield name, _ANSWERS.get(str(use), UNKNOWN), f"{key}: {use}"


def _assertions(store: bytes, depth: int) -> Iterator[Any]:
    """Yield the content of each training and mining assertion among the boxes *store*."""
    for kind, content in _boxes(store):
        if kind != b"jumb":
            continue
        if depth == _DEPTH:
            raise ValueError("too many boxes within each other")
        inner = list(_boxes(content))
        if not inner or inner[0][0] != b"jumd":
            raise ValueError("a box without a description")
        if _ASSERTION.fullmatch(_label(inner[0][1])):
            yield from (_Cbor(data).value() for name, data in inner[1:] if name == b"cbor")
        else:
            yield from _assertions(content, depth + 1)


def _boxes(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Yield the type and content of each box of *data*. Raises ValueError where one is longer than what is there."""
    if not data:
        raise ValueError("no box")
    at = 0
    while at < len(data):
        length, kind = struct.unpack_from(">I4s", data, at)
        end = at + length if length else len(data)
        if (length and length < _BOX) or end > len(data):
            raise ValueError("a box of a wrong length")
        yield kind, data[at + _BOX : end]
        at = end


def _label(description: bytes) -> str:
    if len(description) < _DESCRIPTION or not description[_DESCRIPTION - 1] & _LABEL_FLAGS:
        return ""
    return description[_DESCRIPTION:].partition(b"\x00")[0].decode()


class _Cbor:
    """Reads one CBOR value: maps, arrays, texts, bytes, numbers and simple values, of definite length."""

    def __init__(self, data: bytes) -> None:
        self.data, self.at = data, 0

    def value(self, depth: int = 0) -> Any:
        """Return the next value. Raises ValueError for what is cut short, too deep or of another kind."""
        if depth > _DEPTH:
            raise ValueError("too many values within each other")
        kind, number = self._head()
        if kind in (0, 1, 7):
            return number if kind != 1 else -1 - number
        if kind in (2, 3):
            taken = self._take(number)
            return taken if kind == 2 else taken.decode()
        if kind == 4:
            return [self.value(depth + 1) for _ in self._counted(number)]
        if kind == 5:
            return {self._key(depth): self.value(depth + 1) for _ in self._counted(number)}
        return self.value(depth + 1)  # what a tag is put on

    def _head(self) -> tuple[int, int]:
        first = self._take(1)[0]
        kind, short = first >> 5, first & 31
        if short < 24:
            return kind, short
        if short > 27:
            raise ValueError("a length that is not definite")
        return kind, int.from_bytes(self._take(1 << (short - 24)), "big")

    def _key(self, depth: int) -> Any:
        key = self.value(depth + 1)
        if not isinstance(key, str | int | bytes):
            raise ValueError("a key of a map that is neither text nor number")
        return key

    def _counted(self, number: int) -> range:
        if number > len(self.data) - self.at:
            raise ValueError("more values than bytes")
        return range(number)

    def _take(self, number: int) -> bytes:
        if number > len(self.data) - self.at:
            raise ValueError("cut short")
        self.at += number
        return self.data[self.at - number : self.at]
