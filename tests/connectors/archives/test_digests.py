from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable
from typing import Any

import pytest

from connectors.archives.digests import check
from connectors.capture import Mark
from connectors.errors import BadOption

BLOCK = b"HTTP/1.1 200 OK\r\n\r\n<p>one"
Read = Callable[..., list[dict[str, Any]]]
Build = Callable[..., bytes]


def base32(data: bytes, name: str = "sha1") -> str:
    """Spell a digest as most archives do."""
    return f"{name}:{base64.b32encode(hashlib.new(name, data).digest()).decode()}"


def spellings(data: bytes) -> list[str]:
    """Spell digests of *data* in all forms that are known."""
    sha1, sha256 = hashlib.sha1(data), hashlib.sha256(data)
    return [
        base32(data),
        base32(data).lower(),
        f"sha1:{sha1.hexdigest()}",
        f"SHA-1:{sha1.hexdigest().upper()}",
        f"sha-256:{sha256.hexdigest()}",
        base32(data, "sha256"),
        base32(data, "sha256").rstrip("="),
        f"sha256:{base64.b64encode(sha256.digest()).decode()}",
        f"sha256:{base64.urlsafe_b64encode(sha256.digest()).decode().rstrip('=')}",
        f"md5:{hashlib.md5(data).hexdigest()}",
        base32(data, "md5"),
        f"sha512:{hashlib.sha512(data).hexdigest()}",
        f"blake2b:{hashlib.blake2b(data).hexdigest()}",
    ]


@pytest.mark.parametrize("number", range(13))
def test_every_spelling_is_compared(number: int) -> None:
    """Right ones agree, and those of other bytes do not."""
    assert check({"warc-block-digest": spellings(BLOCK)[number]}, BLOCK, None) is Mark.DIGEST_VERIFIED
    assert check({"warc-block-digest": spellings(BLOCK)[number]}, BLOCK + b".", None) is Mark.DIGEST_MISMATCH


@pytest.mark.parametrize(
    "declared", ["crc32:00000000", "sha1:", "sha1:zzzz", "nonsense", "sha256:" + "0" * 40, "sha1:" + "1" * 32, ":"]
)
def test_what_cannot_be_compared_is_said_to_be_unchecked(declared: str) -> None:
    """Unknown algorithms and values of another length are no mismatch."""
    assert check({"warc-block-digest": declared}, BLOCK, None) is Mark.DIGEST_UNCHECKED


def test_one_mismatch_outweighs_a_match_and_a_match_what_is_unknown() -> None:
    """A record is as good as the worst of its digests that can be compared."""
    good, bad = base32(BLOCK), base32(b"other")
    payload = {"warc-block-digest": good, "warc-payload-digest": base32(b"<p>one")}

    assert check({}, BLOCK, (b"",)) is None
    assert check(payload, BLOCK, (b"chunks", b"<p>one")) is Mark.DIGEST_VERIFIED
    assert check(payload, BLOCK, (b"<p>two",)) is Mark.DIGEST_MISMATCH
    assert check(payload, BLOCK, None) is Mark.DIGEST_VERIFIED
    assert check({**payload, "warc-block-digest": bad}, BLOCK, (b"<p>one",)) is Mark.DIGEST_MISMATCH
    assert check({"warc-payload-digest": good}, BLOCK, None) is Mark.DIGEST_UNCHECKED


@pytest.mark.parametrize("digested", ["stored", "without chunks"])
def test_a_payload_may_be_digested_with_its_chunks_or_without(
    digested: str, tmp_path: Any, read: Read, warc_record: Build, http_response: Build
) -> None:
    """Crawlers disagree; a third reading is a mismatch."""
    body = b"6\r\n<p>one\r\n0\r\n\r\n"
    block = http_response(body, "Content-Type: text/html", "Transfer-Encoding: chunked")
    payload = base32(body if digested == "stored" else b"<p>one")
    path = tmp_path / "t.warc"
    path.write_bytes(
        warc_record(block, WARC_Payload_Digest=payload) + warc_record(block, WARC_Payload_Digest=base32(b""))
    )

    found = read("warc", str(path))

    assert [row["marks"] for row in found] == [["digest_verified"], ["digest_mismatch"]]
    assert [row["payload"] for row in found] == [b"<p>one"] * 2


@pytest.mark.parametrize(
    ("options", "marks", "failures"),
    [
        ({}, ["digest_mismatch"], None),
        ({"integrity": "record"}, ["digest_mismatch"], None),
        ({"integrity": "drop"}, ["digest_mismatch"], "digest_mismatch"),
        ({"integrity": "off"}, None, None),
    ],
)
@pytest.mark.parametrize("connector", ["warc", "wet"])
def test_the_recipe_says_what_a_mismatch_means(
    connector: str,
    options: dict[str, str],
    marks: list[str] | None,
    failures: str | None,
    tmp_path: Any,
    read: Read,
    warc_record: Build,
    http_response: Build,
) -> None:
    """By default a mark; dropped, it has no body any more; without comparison nothing is said."""
    path = tmp_path / "t.warc"
    kind = "response" if connector == "warc" else "conversion"
    block = http_response(b"<p>one") if connector == "warc" else b"one"
    path.write_bytes(warc_record(block, kind, WARC_Block_Digest=base32(b"other")))

    (row,) = read(connector, str(path), options)

    assert (row["marks"], row["failure"]) == (marks, failures)
    assert (row["payload"] or row["text"] is not None) is (failures is None) or (row["payload"] and failures is None)


def test_a_revisit_is_compared_by_its_block_alone(
    tmp_path: Any, read: Read, warc_record: Build, http_response: Build
) -> None:
    """Its payload digest is of the record that it repeats, and its being cut is its nature."""
    path = tmp_path / "t.warc"
    block = http_response(b"")
    head = {"WARC_Payload_Digest": base32(b"elsewhere"), "WARC_Truncated": "length"}
    path.write_bytes(
        warc_record(block, "revisit", **head) + warc_record(block, "revisit", WARC_Block_Digest=base32(block), **head)
    )

    assert [row["marks"] for row in read("warc", str(path))] == [["digest_unchecked"], ["digest_verified"]]


@pytest.mark.parametrize("option", ["integrity", "truncated"])
def test_another_choice_is_refused(option: str, tmp_path: Any, read: Read) -> None:
    """The message has those that there are."""
    (tmp_path / "t.warc").write_bytes(b"")
    with pytest.raises(BadOption, match=f"'{option}' is one of .*drop"):
        read("warc", str(tmp_path / "t.warc"), {option: "maybe"})
