import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.captures.decoders import decode_as
from pipelines.captures.labels import encoding_named

STANDARD = [
    ("big5", "3089c866310b5788"),
    ("euc-jp", "29e58c5dcaaa0817"),
    ("euc-kr", "f421ebee147d7d3f"),
    ("gb18030", "1fc9e1f2b08f77d2"),
    ("shift_jis", "afe61df68127c081"),
    ("windows-1250", "01dd09bae2d209f4"),
    ("windows-1251", "64bc96a197c74f59"),
    ("windows-1252", "d486335e5257b059"),
    ("windows-1253", "9e4c70ccbbd0778f"),
    ("windows-1254", "390edd6fb0372487"),
    ("windows-1255", "eb0725777360879e"),
    ("windows-1256", "5526d72d1fce45fa"),
    ("windows-1257", "6df262bb978fac4d"),
    ("windows-1258", "4744ca2fc1f4eb72"),
    ("windows-874", "17408160a539642a"),
    ("koi8-u", "0fdfdda8e9261a58"),
    ("koi8-r", "4864274e118185ef"),
    ("x-mac-cyrillic", "ce302a812a98d7f3"),
    ("macintosh", "07da6af6067c9558"),
    ("ibm866", "e4d6ff5ca5ada13a"),
    ("x-user-defined", "eeb486ac8bd5c248"),
    ("iso-8859-8-i", "3fece254a648dccd"),
    ("iso-8859-6", "7bd8ab9b93da30d5"),
    ("iso-2022-jp", "d15a442193505fff"),
]
"""Encodings, and the digest of what encoding_rs 0.8 makes of each byte; of five also each pair not led by ASCII."""

PAIRED = ("big5", "euc-jp", "euc-kr", "gb18030", "shift_jis")


@pytest.mark.parametrize(("encoding", "expected"), STANDARD)
def test_every_byte_and_pair_is_read_as_the_standard_has_it(encoding: str, expected: str) -> None:
    """Characters, errors, and the ASCII that stands behind a broken sequence."""
    single = [bytes((one,)) for one in range(256)]
    double = [bytes((one, two)) for one in range(128, 256) for two in range(256) if encoding in PAIRED]
    read = "\n".join(decode_as(one, encoding) for one in [*single, *double])

    assert hashlib.sha256(read.encode()).hexdigest()[:16] == expected


@pytest.mark.parametrize(
    ("encoding", "body", "expected"),
    [
        ("shift_jis", b"\x87\x40\x87\x8a\xfb\xfc\x81\x60\x5c\x7e", "①㈱髙～\\~"),
        ("euc-jp", b"\xad\xa1\xad\xea\xa1\xc1\x8f\xb0\xa1\x8e\xb1", "①㈱～丂ｱ"),
        ("euc-kr", b"\x8c\x63\x94\xee\xc1\x64", "똠뷁햏"),
        ("big5", b"\x9d\xf6\x9d\xcf\x88\x62\xa2\x41\xa1\xfe", "喺嘢Ê̄∕／"),
        ("gb18030", b"\xa2\xe3\x81\x39\xef\x31\x80\xa8\xbc", "€㐂€ḿ"),
        ("gb18030", b"\x81\x30\x81A\x81\x30", "\ufffd0丄\ufffd"),
        ("euc-jp", b"\x8f\xa1A\x8f\xff", "\ufffdA\ufffd"),
        ("iso-2022-jp", b"a\x1b$B\x46\x7c\x1b(Jb\\\x1b(I1\x1b(Bc", "a日b¥ｱc"),
        ("iso-2022-jp", b"\x1b$B\x1b(B\x1b", "\ufffd\ufffd"),
        ("koi8-u", b"\xae\xbe", "ўЎ"),
        ("x-user-defined", b"a\x80\xff", "a\uf780\uf7ff"),
        ("replacement", b"anything", "\ufffd"),
        ("replacement", b"", ""),
        ("utf-8", b"\xf0\x9f\x98a", "\ufffda"),
        ("utf-16be", b"\x00a\xd8\x00\x00", "a\ufffd"),
    ],
)
def test_sequences_beyond_pairs(encoding: str, body: bytes, expected: str) -> None:
    """Rows that vendors added, three and four bytes, escapes, and what is broken or cut off."""
    assert decode_as(body, encoding) == expected


@pytest.mark.parametrize("encoding", ["big5", "euc-jp", "euc-kr", "gb18030", "shift_jis", "windows-1253"])
@given(parts=st.lists(st.one_of(st.binary(max_size=6), st.just(b"<p>")), max_size=20))
def test_broken_sequences_take_no_markup_with_them(encoding: str, parts: list[bytes]) -> None:
    """However broken a text is, markup behind it is read, and there is no more text than bytes."""
    body = b"".join(parts)
    read = decode_as(body + b" <p>", encoding)

    assert read.endswith(" <p>")
    assert len(read) <= 2 * len(body) + 4


@pytest.mark.parametrize(
    ("label", "expected"),
    [
        ("latin1", "windows-1252"),
        ("ISO-8859-9", "windows-1254"),
        ("ks_c_5601-1987", "euc-kr"),
        ("Windows-31J", "shift_jis"),
        ("x-x-big5", "big5"),
        ("gb2312", "gbk"),
        ("\tUTF8 ", "utf-8"),
        ("unicode", "utf-16le"),
        ("x-mac-ukrainian", "x-mac-cyrillic"),
        ("tis-620", "windows-874"),
        ("hz-gb-2312", "replacement"),
        ("utf-7", None),
        ("", None),
    ],
)
def test_labels_mean_what_the_standard_says(label: str, expected: str | None) -> None:
    """Whatever their case, and white space around them."""
    assert encoding_named(label) == expected
