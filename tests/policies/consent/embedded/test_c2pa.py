import struct
from typing import Any

import pytest

from policies.consent.embedded.c2pa import manifest_evidence, manifests


def hidden(store: bytes, length: int | None = None, version: int = 1) -> str:
    """Return the manifest store *store* as it is hidden in text."""
    head = b"C2PATXT\0" + bytes((version,)) + struct.pack(">I", len(store) if length is None else length)
    return "\ufeff" + "".join(chr(0xFE00 + one if one < 16 else 0xE0100 + one - 16) for one in head + store)


def box(kind: bytes, content: bytes) -> bytes:
    """Return a JUMBF box."""
    return struct.pack(">I4s", len(content) + 8, kind) + content


def superbox(label: str, *inner: bytes) -> bytes:
    """Return a box with a description, which has *label*, and boxes."""
    return box(b"jumb", box(b"jumd", bytes(16) + b"\x03" + label.encode() + b"\0") + b"".join(inner))


def cbor(value: dict[str, Any] | str) -> bytes:
    """Return *value*, of maps and short texts, as CBOR."""
    if isinstance(value, dict):
        return bytes((0xA0 + len(value),)) + b"".join(cbor(key) + cbor(one) for key, one in value.items())
    text = value.encode()
    return (bytes((0x60 + len(text),)) if len(text) < 24 else bytes((0x78, len(text)))) + text


def store(label: str, entries: dict[str, Any]) -> bytes:
    """Return a manifest store with one assertion."""
    assertion = superbox(label, box(b"cbor", cbor({"entries": entries})))
    return superbox("c2pa", superbox("urn:c2pa:1", superbox("c2pa.assertions", assertion)))


@pytest.mark.parametrize(
    ("label", "entries", "expected"),
    [
        ("cawg.training-mining", {"cawg.ai_training": {"use": "notAllowed"}}, [("train-ai", "deny")]),
        ("c2pa.training-mining", {"c2pa.ai_generative_training": {"use": "notAllowed"}}, [("train-ai", "deny")]),
        ("cawg.training-mining__1", {"cawg.ai_training": {"use": "allowed"}}, [("train-ai", "allow")]),
        ("cawg.training-mining", {"cawg.data_mining": {"use": "constrained"}}, [("tdm", "deny")]),
        ("cawg.training-mining", {"cawg.ai_inference": {"use": "Allowed"}}, [("ai-input", "unknown")]),
        ("cawg.training-mining", {"cawg.ai_training": {}}, [("train-ai", "unknown")]),
        ("cawg.training-mining", {}, []),
        ("c2pa.actions", {"c2pa.ai_training": {"use": "notAllowed"}}, []),
    ],
)
def test_assertions_are_read(label: str, entries: dict[str, Any], expected: list[tuple[str, str]]) -> None:
    """Each use has its answer; constraints are a refusal, and what is not understood is unknown."""
    found = manifest_evidence("A text." + hidden(store(label, entries)) + " More.")

    assert [(one.name, one.meaning) for one in found] == expected


@pytest.mark.parametrize(
    "text",
    [
        hidden(b"\x7f\xe9" * 300),
        hidden(b""),
        hidden(store("c2pa", {})[:-3]),
        hidden(store("c2pa", {}), length=10_000),
        hidden(store("c2pa", {}), version=2),
        hidden(superbox("cawg.training-mining", box(b"cbor", b"\x9b" + b"\xff" * 8))),
        hidden(superbox("cawg.training-mining", box(b"cbor", b"\x81" * 100))),
        hidden(superbox("cawg.training-mining", box(b"cbor", b"\x63\xff\xff\xff"))),
        hidden(box(b"jumb", box(b"cbor", b""))),
    ],
)
def test_a_manifest_that_cannot_be_read_is_no_permission(text: str) -> None:
    """Damaged, cut short, of another version, hostile: training is unknown."""
    assert [(one.name, one.meaning) for one in manifest_evidence(text)] == [("train-ai", "unknown")]


@pytest.mark.parametrize("text", ["", "plain", "\ufeffmark", "\U0001f600\ufe0f", "\ufeff\U000e0133\U000e0122"])
def test_other_text_has_none(text: str) -> None:
    """Byte order marks, emoji and other payloads are no manifests."""
    assert manifests(text) == []


def test_boxes_within_boxes_are_bounded() -> None:
    """Hundreds of levels are not followed."""
    deep = box(b"cbor", b"")
    for _ in range(200):
        deep = superbox("x", deep)

    assert [one.meaning for one in manifest_evidence(hidden(deep))] == ["unknown"]
