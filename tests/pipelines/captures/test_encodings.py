import codecs

import pytest

from pipelines.captures.encodings import Decoded, decode_body

META = b'<html><head><meta charset="koi8-r">'
RUSSIAN = "Корабль вышел из гавани рано утром, и больше его никто не видел. "
FRENCH = "Le navire a quitté le port tôt ; personne ne l'a revu depuis l'été. "
JAPANESE = "船は朝早く港を出て、それから誰もその船を見ていない。"
CHINESE = "清晨轮船离开了港口，从此再也没有人见过它。"


@pytest.mark.parametrize(
    ("body", "declared", "expected"),
    [
        (codecs.BOM_UTF8 + META, "latin1", "utf-8"),
        (codecs.BOM_UTF16_LE + "x".encode("utf-16-le"), "utf-8", "utf-16le"),
        (codecs.BOM_UTF16_BE + "x".encode("utf-16-be"), None, "utf-16be"),
        (META, "windows-1251", "windows-1251"),
        (META, "ISO-8859-1", "windows-1252"),
        (META, " Latin1 ", "windows-1252"),
        (META, None, "koi8-r"),
        (META, "no-such-charset", "koi8-r"),
        (b"<!-- <meta charset=koi8-r> --><meta charset=cp1251>", None, "windows-1251"),
        (b'<META HTTP-EQUIV="Content-Type" content="text/html; charset=Shift_JIS">', None, "shift_jis"),
        (b'<?xml version="1.0" encoding="windows-1250"?><html>', None, "windows-1250"),
        (b"<meta charset=utf-16>plain", None, "utf-8"),
        (b"<meta charset=x-user-defined>plain", None, "windows-1252"),
        (b"<meta charset=x-mac-cyrillic>", None, "x-mac-cyrillic"),
        (b" " * 2000 + META, None, "utf-8"),
        ("Gr\u00fc\u00dfe aus \u00d6sterreich".encode(), None, "utf-8"),
        ("Gr\u00fc\u00dfe".encode()[:4], None, "utf-8"),
        (b"", None, "utf-8"),
    ],
)
def test_encodings_are_chosen_as_the_standard_has_it(body: bytes, declared: str | None, expected: str) -> None:
    """A byte order mark beats the transport, that beats the markup, and that beats a guess."""
    found = decode_body(body, declared, markup=True)

    assert (found.encoding, found.contradicted) == (expected, None)


def test_markup_is_not_read_in_plain_text() -> None:
    """A text that speaks of a meta element does not declare its encoding by that."""
    assert decode_body(META, None, markup=False).encoding == "utf-8"


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        (RUSSIAN, "windows-1251"),
        (RUSSIAN, "koi8-u"),
        (FRENCH, "windows-1252"),
        ("Το πλοίο έφυγε νωρίς το πρωί από το λιμάνι και κανείς δεν το ξαναείδε. ", "windows-1253"),
        ("배는 아침 일찍 항구를 떠났고 그 뒤로 아무도 그것을 보지 못했다. 똠방각하", "euc-kr"),
        (JAPANESE, "shift_jis"),
        (JAPANESE, "euc-jp"),
        (CHINESE, "gb18030"),
        ("เรือออกจากท่าเรือแต่เช้า และไม่มีใครเห็นอีกเลย", "windows-874"),
    ],
)
def test_legacy_encodings_are_guessed_by_their_bytes(text: str, encoding: str) -> None:
    """Bytes without a declaration are read as what they are."""
    python = {"windows-874": "cp874", "euc-kr": "cp949"}.get(encoding, encoding.replace("windows-", "cp"))

    assert decode_body(text.encode(python), None, markup=True) == Decoded(text, encoding)


def test_the_site_helps_to_guess() -> None:
    """Bytes that two encodings read as letters are those of the site's country."""
    body = "Ærø, Åge; çok güzel".encode("cp1252")

    guesses = {
        decode_body("ış".encode("cp1254"), None, False, f"https://a.example.{tld}/").encoding for tld in ("tr", "is")
    }
    assert guesses == {"windows-1254", "windows-1252"}
    assert decode_body(body, None, False, "not an address").encoding == "windows-1252"


def test_the_mark_is_not_text_and_bad_bytes_are_replaced() -> None:
    """A byte order mark is taken off; what cannot be decoded becomes U+FFFD."""
    assert decode_body(codecs.BOM_UTF8 + b"a\xffb", None, markup=False) == Decoded("a\ufffdb", "utf-8")


@pytest.mark.parametrize(
    ("text", "declared", "actual"),
    [
        (FRENCH, "utf-8", "windows-1252"),
        (RUSSIAN, "utf-8", "windows-1251"),
        (JAPANESE, "utf-8", "shift_jis"),
        (CHINESE, "utf-8", "gb18030"),
        (FRENCH, "iso-8859-1", "utf-8"),
        ("naïve", "latin1", "utf-8"),
        (RUSSIAN, "windows-1251", "utf-8"),
        (JAPANESE, "shift_jis", "utf-8"),
        (CHINESE, "gb2312", "utf-8"),
        (JAPANESE, "euc-jp", "shift_jis"),
        (JAPANESE, "shift_jis", "euc-jp"),
        (RUSSIAN, "utf-16", "utf-8"),
        ("<html>" + RUSSIAN, "utf-8", "utf-16le"),
        ("<html><head><title>" + FRENCH, "iso-8859-1", "utf-16be"),
        (JAPANESE, "iso-2022-jp", "utf-8"),
    ],
)
def test_a_body_that_contradicts_its_declaration_is_read_as_what_it_is(text: str, declared: str, actual: str) -> None:
    """Both encodings are told."""
    python = {"utf-16le": "utf-16-le", "utf-16be": "utf-16-be"}.get(actual, actual.replace("windows-", "cp"))
    found = decode_body(text.encode(python), declared, markup=True)

    assert found.text == text
    assert (found.encoding, found.contradicted) == (actual, decode_body(b"", declared, markup=False).encoding)


@pytest.mark.parametrize(
    ("body", "declared"),
    [
        (FRENCH.encode() + b"caf\xe9", "utf-8"),
        (FRENCH.encode("cp1252"), "windows-1252"),
        (b"plain", "windows-1251"),
        ("联通".encode("gbk"), "gbk"),
        (RUSSIAN.encode("cp1251"), "koi8-r"),
        (bytes(range(256)) * 40, "utf-8"),
        ((JAPANESE * 3).encode("cp932") + b" \xfd", "shift_jis"),
        ((CHINESE * 3).encode("gbk") + b" \xff and \xff", "gbk"),
        ((JAPANESE * 2).encode("euc-jp") + b"\x80", "euc-jp"),
        (b"with \xe2\x80 and \xe2\x80 and \xf0\x9f\x98 cut", "utf-8"),
        (b"smile \xed\xa0\xbd\xed\xb8\x80", "utf-8"),
        (b"one \xe2\x82 cut", "utf-8"),
    ],
)
def test_declarations_hold_in_doubt(body: bytes, declared: str) -> None:
    """A few broken bytes, what may be a chance, and what is readable neither way, leave the declaration as it is."""
    found = decode_body(body, declared, markup=True)

    assert (found.encoding, found.contradicted) == (declared, None)


@pytest.mark.parametrize("text", ["Größe und Übergröße. ", JAPANESE, RUSSIAN])
@pytest.mark.parametrize("declared", [None, "iso-8859-1"])
def test_some_broken_bytes_do_not_unmake_utf8(text: str, declared: str | None) -> None:
    """A sequence that is cut in the middle of a long text is one U+FFFD."""
    body = (text * 40).encode() + b"\xc3 " + (text * 40).encode()
    found = decode_body(body, declared, markup=False)

    assert (found.text, found.encoding) == (text * 40 + "\ufffd " + text * 40, "utf-8")


@pytest.mark.parametrize("declared", [None, "utf-8", "iso-8859-1"])
def test_escapes_tell_iso_2022_jp(declared: str | None) -> None:
    """It is ASCII to whoever does not know them."""
    assert decode_body(("<p>" + JAPANESE).encode("iso2022_jp"), declared, markup=True).text == "<p>" + JAPANESE
    assert decode_body(b"\x1b[31mred\x1b[0m", declared, markup=False).encoding in ("utf-8", "windows-1252")


@pytest.mark.parametrize("mark", ["utf-32-le", "utf-32-be"])
def test_utf32_is_told_by_its_mark(mark: str) -> None:
    """It begins as UTF-16 does."""
    assert decode_body(("\ufeff<p>" + RUSSIAN).encode(mark), "utf-8", markup=True).text == "<p>" + RUSSIAN
