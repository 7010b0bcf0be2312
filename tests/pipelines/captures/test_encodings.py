import codecs

import pytest

from pipelines.captures.encodings import choose_encoding, decode_body

META = b'<html><head><meta charset="koi8-r">'


@pytest.mark.parametrize(
    ("body", "declared", "expected"),
    [
        (codecs.BOM_UTF8 + META, "latin1", "utf-8"),
        (codecs.BOM_UTF16_LE + "x".encode("utf-16-le"), "utf-8", "utf-16-le"),
        (codecs.BOM_UTF16_BE + "x".encode("utf-16-be"), None, "utf-16-be"),
        (META, "windows-1251", "cp1251"),
        (META, "ISO-8859-1", "cp1252"),
        (META, None, "koi8-r"),
        (META, "no-such-charset", "koi8-r"),
        (b"<!-- <meta charset=koi8-r> --><meta charset=cp1251>", None, "cp1251"),
        (b'<META HTTP-EQUIV="Content-Type" content="text/html; charset=Shift_JIS">', None, "shift_jis"),
        (b'<?xml version="1.0" encoding="windows-1250"?><html>', None, "cp1250"),
        (b"<meta charset=utf-16>plain", None, "utf-8"),
        (b" " * 2000 + META, None, "utf-8"),
        ("Gr\u00fc\u00dfe aus \u00d6sterreich".encode(), None, "utf-8"),
        ("Gr\u00fc\u00dfe".encode()[:4], None, "utf-8"),
        (b"", None, "utf-8"),
    ],
)
def test_encodings_are_chosen_as_the_standard_has_it(body: bytes, declared: str | None, expected: str) -> None:
    """A byte order mark beats the transport, that beats the markup, and that beats a guess."""
    assert choose_encoding(body, declared, markup=True)[0] == expected


def test_markup_is_not_read_in_plain_text() -> None:
    """A text that speaks of a meta element does not declare its encoding by that."""
    assert choose_encoding(META, None, markup=False)[0] == "utf-8"


def test_legacy_encodings_are_guessed_by_their_bytes() -> None:
    """Cyrillic bytes without a declaration are read as Cyrillic."""
    text = "Корабль вышел из гавани рано утром, и больше его никто не видел. " * 3
    assert decode_body(text.encode("cp1251"), None, markup=True) == (text, "cp1251")


def test_the_mark_is_not_text_and_bad_bytes_are_replaced() -> None:
    """A byte order mark is taken off; what cannot be decoded becomes U+FFFD."""
    assert decode_body(codecs.BOM_UTF8 + b"a\xffb", None, markup=False) == ("a\ufffdb", "utf-8")
