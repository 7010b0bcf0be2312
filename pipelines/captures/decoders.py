"""Decode bytes as the Encoding standard (whatwg) says: Python's codecs, and what they lack or have otherwise.

Python knows all of the standard's encodings under some name, but its tables of the CJK ones are those of older
standards, its Windows code pages leave bytes undefined that browsers read as controls, and its decoders skip other
bytes behind an error. The differences were found by comparing every sequence of one and two bytes, and of three and
four where there are such, with encoding_rs 0.8.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Callable, Iterator, Mapping
from functools import cache, partial
from types import MappingProxyType
from typing import Final

_BAD: Final = "\ufffd"
_ASCII: Final = 0x80

_NAMES: Final = {
    "windows-874": "cp874",
    "x-mac-cyrillic": "mac-cyrillic",
    "macintosh": "mac-roman",
    "iso-8859-8-i": "iso-8859-8",
    "utf-16le": "utf-16-le",
    "utf-16be": "utf-16-be",
    "utf-32le": "utf-32-le",
    "utf-32be": "utf-32-be",
}
"""What Python calls an encoding, where that is neither the standard's name nor cp for windows-."""

_BIG5_EXTRAS: Final = """
    877a㡵𡵓𣚞𦀡㻬𥣞㫵竼龗𤅡𨤍𣇪𠪊𣉞䌊蒄龖鐯䤰蘓墖靊鈘秐稲晠権袝瑌篅枂稬剏遆㓦珄𥶹瓆鿇垳䤯呌䄱𣚎堘穲𧭥讏䚮𦺈䆁𥶙箮𢒼鿈𢓁𢓉𢓌鿉蔄𣖻䂴鿊䓡𪷿拁灮鿋
    8e69箸 8e6f簆 8e7e糎 8eab緒 8eb4縝 8ecd者 8ed0耨 8f57菁 8f69蒨 8f6e萏 8fcb覦覩
    8ffe起 906d都 907a銹 90dc靜 90f1響 91bf鼖 9244蔃 92af兙兛兝兞 92c8鍮 92d1瑹 9447浧
    94ca禛 95d9邗 9644靝 96ed瀞 96fc嬨 9b76爁 9b78矗 9b7b纇 9bc6駖 9bde釔 9bec惞
    9bf6澶 9c42輶 9c53侻 9c62營 9c68鄄 9c6b鷰 9c77菏 9cbc尐秣 9cd0婧 9d57輋 9d5a筑
    9dc4拐 9ea9恢 9eef痹 9efd汊 9f60鬮 9f66鼗 9fcb僭 9fd8弌 a063蠏 a077拎 a0d5瑨
    a0df煢 a0e4牐 a3c0␀␁␂␃␄␅␆␇␈␉␊␋␌␍␎␏␐␑␒␓␔␕␖␗␘␙␚␛␜␝␞␟␡€ c6cf廴 c6d3无 c6d5癶
    c6d7隶 c6de〃仝 fa5f倩 fa66偽 fabd包 fac5卄 fad5卿 fb48嘅 fbb8婷 fbf3幵 fbf9廐
    fc4f彘 fc6c悤 fcb9撐 fce2晴 fcf1杞 fdb7沜渝 fdbb港 fdf1煮 fe52猪 fe6f瑜 feaa瓩
    fedd砉
"""
"""What Big5 has beside Python's big5hkscs: runs of characters, each with the two bytes of its first in hex."""

_SLASHES: Final = {b"\xa2\x41": "\u2215", b"\xa2\x42": "\ufe68"}
"""Two sequences that big5hkscs reads as characters that others mean as well."""

_BIG5_SEQUENCES: Final = re.compile(rb"[\x00-\x80\xff]+|[\x81-\xfe][\x40-\x7e\x80-\xff]?")

_BIG5_OTHERS: Final = str.maketrans(
    "\u2022\uff64\u203e\u223c\u2641\u2609\xa5\xa2\xa3", "\u2027\ufe51\xaf\uff5e\u2295\u2299\uffe5\uffe0\uffe1"
)
_EUC_JP_OTHERS: Final = str.maketrans("\u301c\u2016\u2212\xa2\xa3\xac", "\uff5e\u2225\uff0d\uffe0\uffe1\uffe2")
_WIDE_TILDE: Final = (b"\x8f\xa2\xb7", b"\xa1\xc1")
"""A sequence that Python's EUC-JP reads as ASCII, and another for what the standard reads."""

_SHIFT_JIS_OTHERS: Final = str.maketrans("\uf8f0\uf8f1\uf8f2\uf8f3", _BAD * 4)
_GB_OTHERS: Final = str.maketrans(
    "\ue5e5\ue78d\ue78e\ue78f\ue790\ue791\ue792\ue793\ue794\ue795\ue796\ue7c7\ue81e\ue826\ue82b\ue82c\ue832\ue843\ue854"
    "\ue864\u1e3f",
    "\u3000\ufe10\ufe12\ufe11\ufe13\ufe14\ufe15\ufe16\ufe17\ufe18\ufe19\u1e3f\u9fb4\u9fb5\u9fb6\u9fb7\u9fb8\u9fb9\u9fba"
    "\u9fbb\ue7c7",
)
_KOI8_U_OTHERS: Final = str.maketrans("\u255d\u256c", "\u045e\u040e")

_Place = tuple[str, int]
"""What stands for bytes that a codec does not decode, and where it goes on."""


def decode_as(body: bytes, encoding: str) -> str:
    """Return *body* decoded from *encoding* (a name of pipelines.captures.labels); what cannot be becomes U+FFFD.

    Errors end where the standard ends them: an ASCII byte is never taken into a sequence that is broken. Linear in the
    length of *body*.
    """
    special = _SPECIAL.get(encoding)
    if special is not None:
        return special(body)
    name = _NAMES.get(encoding) or encoding.replace("windows-", "cp")
    return body.decode(name, _CONTROLS if encoding.startswith("windows-") else "replace")


def _controls(error: UnicodeError, other: Mapping[int, str] = MappingProxyType({})) -> _Place:
    """Read undefined bytes below 0xA0 as the controls of that number, as Windows does, and *other* ones as given."""
    body, at = _where(error)
    return chr(body[at]) if body[at] < 0xA0 else other.get(body[at], _BAD), at + 1


def _pairs(error: UnicodeError, extra: Callable[[bytes], str | None]) -> _Place:
    """Read a byte or two as *extra* knows them; else one error, which never takes an ASCII byte with it."""
    body, at = _where(error)
    lead = body[at]
    if lead == _ASCII or lead == 0xFF or at + 1 == len(body):
        return extra(body[at : at + 1]) or _BAD, at + 1
    pair = body[at : at + 2]
    return extra(pair) or _BAD, at + (1 if pair[1] < _ASCII and not extra(pair) else 2)


def _euc_jp(error: UnicodeError) -> _Place:
    body, at = _where(error)
    lead, ahead = body[at], body[at + 1 : at + 3]
    if lead == 0x8F and ahead[:1] >= b"\xa1" and ahead[:1] != b"\xff":
        return _BAD, at + (3 if len(ahead) == 2 and ahead[1] >= _ASCII else 2)
    if not (0xA1 <= lead <= 0xFE or lead in (0x8E, 0x8F)):
        return _BAD, at + 1
    return _pairs(error, _nec_and_ibm)


@cache
def _nec_and_ibm(pair: bytes) -> str | None:
    """Return the character of an EUC-JP *pair* in the rows that NEC and IBM added, which Windows-31J has."""
    if len(pair) < 2 or min(pair) < 0xA1 or max(pair) > 0xFE:
        return None
    row, cell = pair[0] - 0xA1, pair[1] - 0xA1
    lead = row // 2 + (0x81 if row < 62 else 0xC1)
    trail = cell + 0x9F if row % 2 else cell + 0x40 + (cell >= 63)
    found = bytes((lead, trail)).decode("cp932", "replace")
    return None if _BAD in found else found


def _gb(error: UnicodeError) -> _Place:
    body, at = _where(error)
    four = body[at : at + 4]
    if four[0] in (_ASCII, 0xFF):
        return "\u20ac" if four[0] == _ASCII else _BAD, at + 1
    if not (len(four) > 1 and 0x30 <= four[1] <= 0x39):
        return _pairs(error, lambda pair: None)
    for place, (low, high) in enumerate(((0x81, 0xFE), (0x30, 0x39)), 2):
        if len(four) == place:
            return _BAD, len(body)
        if not low <= four[place] <= high:
            return _BAD, at + 1
    return _BAD, at + 4


@cache
def _big5_table() -> dict[bytes, str]:
    """Return _BIG5_EXTRAS by their bytes."""
    table = {}
    for run in _BIG5_EXTRAS.split():
        lead, trail = bytes.fromhex(run[:4])
        for character in run[4:]:
            table[bytes((lead, trail))] = character
            trail = 0xA1 if trail == 0x7E else trail + 1
    return table


def _big5_extra(pair: bytes) -> str | None:
    return _big5_table().get(pair)


def _where(error: UnicodeError) -> tuple[bytes, int]:
    if not isinstance(error, UnicodeDecodeError):
        raise error
    return error.object, error.start


def _registered(name: str, handler: Callable[[UnicodeError], _Place]) -> str:
    codecs.register_error(f"corpushub.{name}", handler)
    return f"corpushub.{name}"


_CONTROLS: Final = _registered("controls", _controls)
_HEBREW: Final = _registered("hebrew", partial(_controls, other={0xCA: "\u05ba"}))
_PLAIN_PAIRS: Final = _registered("pairs", partial(_pairs, extra=lambda pair: "\x80" if pair == b"\x80" else None))
_EUC_KR: Final = _registered("euc-kr", partial(_pairs, extra=lambda pair: None))
_BIG5: Final = _registered("big5", partial(_pairs, extra=_big5_extra))
_EUC_JP: Final = _registered("euc-jp", _euc_jp)
_GB: Final = _registered("gb18030", _gb)


def _decode_big5(body: bytes) -> str:
    text = body.decode("big5hkscs", _BIG5)
    if "\uff0f" in text or "\uff3c" in text:
        sequences = _BIG5_SEQUENCES.findall(body)
        text = "".join(_SLASHES.get(one) or one.decode("big5hkscs", _BIG5) for one in sequences)
    return text.translate(_BIG5_OTHERS)


def _decode_euc_jp(body: bytes) -> str:
    return body.replace(*_WIDE_TILDE).decode("euc_jp", _EUC_JP).translate(_EUC_JP_OTHERS)


def _decode_iso_2022_jp(body: bytes) -> str:
    return "".join(_iso_2022_jp(body))


_ESCAPES: Final = re.compile(rb"\x1b(\([BJI]|\$[@B])")


def _iso_2022_jp(body: bytes) -> Iterator[str]:
    """Yield what stands between escape sequences; two of them with nothing between are an error."""
    mode, bounds = b"(B", [*_ESCAPES.finditer(body), None]
    at = 0
    for number, found in enumerate(bounds):
        part = body[at : found.start() if found else len(body)]
        if found and not part and number:
            yield _BAD
        yield _READ_MODE[mode](part)
        if found:
            mode, at = found[1], found.end()


def _read_roman(part: bytes, backslash: str = "\\", tilde: str = "~") -> str:
    table = str.maketrans({"\\": backslash, "~": tilde, "\x0e": _BAD, "\x0f": _BAD, "\x1b": _BAD})
    return part.decode("ascii", "replace").translate(table)


def _read_katakana(part: bytes) -> str:
    return "".join(chr(byte + 0xFF40) if 0x21 <= byte <= 0x5F else _BAD for byte in part)


def _read_kanji(part: bytes) -> str:
    found, at = [], 0
    while at < len(part):
        pair = part[at : at + 2]
        fits = len(pair) == 2 and min(pair) >= 0x21 and max(pair) <= 0x7E
        found.append(_decode_euc_jp(bytes(byte | 0x80 for byte in pair)) if fits else _BAD)
        at += 2 if 0x21 <= pair[0] <= 0x7E and pair[1:] != b"\x1b" else 1
    return "".join(found)


_READ_MODE: Final[dict[bytes, Callable[[bytes], str]]] = {
    b"(B": _read_roman,
    b"(J": partial(_read_roman, backslash="\xa5", tilde="\u203e"),
    b"(I": _read_katakana,
    b"$@": _read_kanji,
    b"$B": _read_kanji,
}

_USER_DEFINED: Final = "".join(map(chr, range(0x80))) + "".join(map(chr, range(0xF780, 0xF800)))

_SPECIAL: Final[dict[str, Callable[[bytes], str]]] = {
    "big5": _decode_big5,
    "euc-jp": _decode_euc_jp,
    "euc-kr": lambda body: body.decode("cp949", _EUC_KR),
    "gb18030": lambda body: body.decode("gb18030", _GB).translate(_GB_OTHERS),
    "gbk": lambda body: body.decode("gb18030", _GB).translate(_GB_OTHERS),
    "iso-2022-jp": _decode_iso_2022_jp,
    "koi8-u": lambda body: body.decode("koi8-u").translate(_KOI8_U_OTHERS),
    "replacement": lambda body: _BAD if body else "",
    "shift_jis": lambda body: body.decode("cp932", _PLAIN_PAIRS).translate(_SHIFT_JIS_OTHERS),
    "windows-1255": lambda body: body.decode("cp1255", _HEBREW),
    "x-user-defined": lambda body: codecs.charmap_decode(body, "strict", _USER_DEFINED)[0],
}
