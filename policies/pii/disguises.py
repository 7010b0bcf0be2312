r"""The spellings of a person's value: patterns that find it as it was written, and as people and programs disguise it.

A pattern is two: a *sieve*, which RE2 searches for in much text at once and which misses no spelling, and an *exact*
one with the borders of words, for the few texts that pass. Both are made of the value's characters, each with all its
spellings, and of what may stand between them:

- characters: either case, all of the same compatibility form (full-width ``＠``, styled letters), composed or not;
  character references (``&#64;``, ``&#x40;``, ``&commat;``, also ``&amp;#64;``), percent escapes however often
  (``%40``, ``%2540``), quoted-printable (``=40``), escapes of JSON (``\u0040``, ``\x40``), Markdown's backslash;
- between them: what nobody sees (zero-width characters, soft hyphens, marks of direction; as themselves, as references,
  as escapes), soft line breaks of quoted-printable, tags and comments of HTML;
- ``@`` and dots of addresses also in words: ``[at]``, ``(a)``, `` at ``, ``_at_``, ``((at))``, ``[dot]``, and between
  spaces; several in one bracket before a host (``{ann.lee, bob}@example.org``);
- digits of phone numbers in any script, with separators of all kinds and tags between them; with country code behind
  ``+``, ``00``, ``011`` or nothing, with ``(0)``, or without it as one dials inside the country; groups of a list;
- names: any white space, tags, hyphens, commas and such marks between their parts, and the last part first; ligatures,
  ``ss``; scripts without spaces with and without them, Arabic words of one letter before them.

Borders: an address does not begin behind a letter, digit, or such with one mark of addresses between (``xa@b.co``,
``x.a@b.co`` are others'), nor end before one (``a@b.com``, ``a@b.co.uk``). Dashes, ellipses, marks of emphasis
around it (``_a@b.co_``), escapes before it, footnotes behind it, and letters of other scripts are no part of it.

`UNSEARCHED` says what is not looked for.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from typing import Final, NamedTuple

from policies.pii.characters import AMP, ANY_GAP, GAP, HYPHENS, PERCENT, UNSEEN, spelled
from policies.pii.normal_values import normal_value, parse_phone

UNSEARCHED: Final = (
    "text that is reversed, enciphered, in base64 or compressed inside of a text, or shown in pictures",
    "values that a program puts together, and escapes of CSS and octal ones",
    "letters of other scripts that look alike, transliterations, translations, inflected forms, and "
    "text decoded as another encoding than its own",
    "numbers spelled in words or letters, words in the place of an address's letters, and typing errors",
    "names whose parts are not parted, or parted by more than marks and blanks, with initials, nicknames, titles, "
    "middle names or accents that the request does not have, or as part of a longer name",
    "numbers of fewer than nine digits without what is dialled before them, and cells of tables that hold parts of one",
    "texts that speak of a person without the value",
    "names of sources and of source files: recipes, ledgers and statements keep them",
)
"""What no spelling covers, for people: a search that finds nothing does not speak of these."""


class Spelling(NamedTuple):
    """How a value may be written.

    Attributes:
        sieve: an RE2 pattern that matches every spelling, and perhaps more.
        exact: a pattern of the module ``regex`` that matches the spellings, and not what only holds one.
    """

    sieve: str
    exact: str


_SPACES: Final = " \t\r\n\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000"
_NUMBERS: Final = "#0*(?:9|1[03]|32|160|819[2-9]|820[0-2]|8232|8239|8287|12288);"
_NUMBERS_16: Final = "#[xX]0*(?:9|[aA]|[dD]|20|[aA]0|200[0-9aA]|202[8fF]|205[fF]|3000);"
_BLANK: Final = (
    rf"(?:[{_SPACES}]|{AMP}(?:(?:nbsp|ensp|emsp|thinsp|hairsp|NewLine|Tab);|{_NUMBERS}|{_NUMBERS_16})"
    rf"|{PERCENT}(?:20|0[aA]|0[dD]|[cC]2{PERCENT}[aA]0)|=20)"
)
_SPACE: Final = rf"(?:{_BLANK}|\\+[nrt])"

_OPEN: Final = "[\\[({<\uff08\uff3b\uff5b\u3010\u3014]{1,3}"
_CLOSE: Final = "[\\])}>\uff09\uff3d\uff5d\u3011\u3015]{1,3}"


def spelling(kind: str, value: str) -> Spelling:
    """Return how *value*, an ``email``, ``phone`` or ``name``, may be written."""
    one = _KINDS[kind](unicodedata.normalize("NFC", value))
    return one._replace(sieve=one.sieve.replace(GAP, ANY_GAP))


# addresses


def _email(value: str) -> Spelling:
    normal = normal_value("EMAIL_ADDRESS", value)
    local, _, domain = unicodedata.normalize("NFKC", value).lower().rpartition("@")
    domains = dict.fromkeys([domain, normal.rpartition("@")[2], _in_letters(domain)])
    hosts = "|".join(GAP.join(_DOT if one == "." else spelled(one) for one in name) for name in domains)
    names = GAP.join(_DOT if one == "." else spelled(one) for one in local.strip(_QUOTE))
    first = spelled(local.strip(_QUOTE)[:1])
    sieve, core = (
        f"{names}{GAP}(?:{_others(bound)}{_BLANKS})?{_AT}{GAP}(?:{hosts})" for bound in ("*", "{0,200}")
    )  # counting costs RE2 most
    return Spelling(sieve, f"(?={first}){_before_address(local)}{core}{_behind_address(domain)}")


def _in_letters(domain: str) -> str:
    try:
        return domain.encode("ascii").decode("idna")
    except UnicodeError:  # it has letters already, or is no name of a host
        return domain


_QUOTE: Final = '"'


def _others(bound: str) -> str:
    """Return a pattern of others in one bracket before one host, {ann.lee, bob}@example.org: *bound* characters."""
    return rf"(?:[,;|/ \t\r\n][a-zA-Z0-9_.+%,;|/ \t\r\n-]{bound})?[}})\]]"


_ALONE: Final = r"[\p{Latin}\p{N}]"  # a letter of another script beside an address is no part of it
_ANY: Final = r"[\p{L}\p{M}\p{N}]"
_JOINING: Final = "\\-\u2010\u2011\ufe63\uff0d"  # hyphens; dashes, two hyphens and dots, and marks of markup end a word
_SOFT: Final = rf"[{UNSEEN}]{{0,32}}(?:(?:[.+{_JOINING}]|_{{1,32}})[{UNSEEN}]{{0,32}})?"
_IRISH: Final = rf"(?<!(?<!{_ANY})[oO]')"
"""No O' before it, which is part of a name; other letters with an apostrophe are words (d'Ann), or quote (b'...')."""

_HARD: Final = "(?:0[0-9a-fA-F]|1[0-9a-fA-F]|2[0268-9cCfF]|3[a-fA-F]|5[bBcCdD]|7[bBcCdD])"
_ESCAPED: Final = rf"(?:\\[nrtbfv]|\\u00{_HARD}|\\x{_HARD}|{PERCENT}{_HARD}|={_HARD})"
"""Spelled white space, quotes and brackets: what ends in a letter or digit and is outside of a word all the same."""


def _word(edge: str) -> str:
    return _ALONE if edge.isascii() else _ANY


def _before_address(local: str) -> str:
    return rf"(?:(?<!{_word(local[:1])}{_SOFT}){_IRISH}|(?<={_ESCAPED}{_SOFT}))"


def _behind_address(domain: str) -> str:
    word, unseen = _word(domain[-1:]), f"[{UNSEEN}]*"
    dot = rf"(?:[.\uff0e\u3002\uff61\u2024]|{PERCENT}2[eE]|=2[eE]|&(?:#0*46|#[xX]0*2[eE]|period);|\\u002[eE]"
    dot += rf"|{_OPEN}dot{_CLOSE})"
    sentence = "(?![A-Z][a-z])"  # one that begins without a space before it
    footnote = r"(?:[0-9]{1,2}|[\u00b9\u00b2\u00b3\u2070-\u2079]{1,3})?" if domain[-1:].isalpha() else ""
    return f"(?={footnote}(?!{unseen}{word})(?!{unseen}(?:{dot}|[{_JOINING}]){sentence}{unseen}{word}))"


# phone numbers


def _phone(value: str) -> Spelling:
    number = parse_phone(normal_value("PHONE_NUMBER", value), ())
    if number is None:
        digits = _digits(normal_value("PHONE_NUMBER", value))
        return Spelling(digits, rf"(?<!\p{{Nd}}[-./,]?){digits}(?!\p{{Nd}}|[-.]\p{{Nd}})")
    import phonenumbers

    own, code = phonenumbers.national_significant_number(number), str(number.country_code)
    inside, outside = (
        phonenumbers.format_number(number, one)
        for one in (phonenumbers.PhoneNumberFormat.NATIONAL, phonenumbers.PhoneNumberFormat.INTERNATIONAL)
    )
    region = phonenumbers.region_code_for_country_code(number.country_code)
    usual = phonenumbers.ndd_prefix_for_region(region, strip_non_digits=True) or ""
    plus = rf"(?:(?:{spelled('+')}|0{GAP}0|0{GAP}1{GAP}1){_BETWEEN})?"
    zero = rf"(?:{_digits('0')}{_BETWEEN})?"
    start = r"(?=[\p{Nd}+\uff0b\ufe62\u207a&%=\\])"  # looking behind is costly
    abroad = f"{start}(?<!\\p{{Nd}}[.,]?){plus}{_digits(code)}{_BETWEEN}{zero}{_digits(own)}"
    trunks = _trunks("".join(filter(str.isdecimal, inside)), own, "" if usual == code else usual)
    listed = _listed(re.findall(r"\d+", outside)[1:])
    bare = [
        rf"(?={one})(?<!\p{{Nd}}[{_SPACES},;|:./-]{{0,3}}){one}(?![{_SPACES},;|:]{{0,3}}\p{{Nd}})" for one in listed
    ]
    ways = [abroad, *(_dialled(trunk, own) for trunk in trunks), *bare]
    return Spelling("|".join([_digits(own), *listed]), rf"(?:{'|'.join(ways)})(?!\p{{Nd}})")


def _trunks(inside: str, own: str, usual: str) -> list[str | None]:
    """Return what may stand before *own* inside the country; None for nothing where something is written."""
    trunk = inside.removesuffix(own) if inside.endswith(own) else ""
    if trunk:
        return [trunk, None] if len(own) >= _LONG else [trunk]
    return ["", usual] if usual else [""]


_LONG: Final = 9
"""Digits of a number that is nobody else's without what is dialled before it."""


def _dialled(trunk: str | None, own: str) -> str:
    """Return a pattern of *own* as dialled behind *trunk*."""
    other = rf"(?<!(?:{spelled('+')}|00){_BETWEEN}\p{{Nd}}{{1,3}}{_BETWEEN})"  # behind the code of another country
    digits = _digits((trunk or "") + own)
    if trunk is None:
        return rf"(?={digits})(?<!\p{{Nd}}[{_SPACES}{HYPHENS}./,()]{{0,3}}){other}{digits}"
    # no part of a decimal number: one in groups, or with another comma behind it
    cell = rf"(?<=\p{{Nd}},)(?=\p{{Nd}}{{1,{len(own) - 1}}}[^\p{{Nd}}]|{digits}[,;\t])"
    return rf"(?={digits})(?:(?<!\p{{Nd}}[-./,]?)|{cell}){other}{digits}"


def _listed(groups: Sequence[str]) -> list[str]:
    """Return a pattern of *groups* with a mark between them that also parts the items of lists."""
    marks = rf"[{_SPACES}]*[,;|:][{_SPACES}]*"
    return [marks.join("".join(map(spelled, group)) for group in groups)] if len(groups) >= _FEW else []


_FEW: Final = 3
"""Groups below which they may as well be items of a list."""


# names


def _name(value: str) -> Spelling:
    parts = [one for one in _split(value) if one]
    orders = [parts, [parts[-1], *parts[:-1]]] if len(parts) > 1 else [parts]
    core = "|".join(map(_in_order, orders))
    first, last = {order[0][0] for order in orders}, {order[-1][-1] for order in orders}
    before = "" if any(map(_is_spaceless, first)) else _before_name(first)
    behind = "" if any(map(_takes_endings, last)) else _BEHIND_NAME
    return Spelling(core, f"(?={core}){before}(?:{core}){behind}")


def _in_order(parts: Sequence[str]) -> str:
    """Return a pattern of *parts*, which scripts without spaces may set beside each other or apart at any place."""
    if all(_is_spaceless(one) for part in parts for one in part):
        return rf"{GAP}[{_SPACES}{_MIDDLE}]*".join(spelled(one) for part in parts for one in part)
    return _BETWEEN_NAMES.join(map(_written, parts))


def _written(part: str) -> str:
    """Return a pattern of a *part* of a name: of its characters, and what stands for several."""
    pieces = (piece for piece in _SEVERAL.split(part) if piece)
    return GAP.join(_several(piece) if _SEVERAL.fullmatch(piece) else GAP.join(map(spelled, piece)) for piece in pieces)


def _before_name(first: set[str]) -> str:
    arabic = all(unicodedata.name(one, "").startswith("ARABIC") for one in first)
    return rf"(?:{_BEFORE_NAME}|(?<=(?<!{_ANY})[{_AND}]))" if arabic else _BEFORE_NAME


_BEFORE_NAME: Final = (
    rf"(?:(?<!{_ANY}[{UNSEEN}]*)(?<!\p{{Lu}}[\p{{L}}\p{{M}}]{{0,40}}[{HYPHENS}][{UNSEEN}]*)|(?<={_ESCAPED}))"
)
_BEHIND_NAME: Final = rf"(?![{UNSEEN}]*{_ANY})(?![{UNSEEN}]*[{HYPHENS}]\p{{Lu}})"
"""A part with a capital letter that a hyphen joins makes a longer name; in addresses hyphens stand between words."""


def _split(value: str) -> list[str]:
    plain = "".join(" " if one.isspace() or one in "-_.,\u2010\u2011\u2012\u2013" else one for one in value)
    return plain.split()


_KINDS: Final[Mapping[str, Callable[[str], Spelling]]] = {"email": _email, "phone": _phone, "name": _name}


_SPACELESS: Final = ("CJK", "HIRAGANA", "KATAKANA", "THAI", "LAO", "KHMER", "MYANMAR")


def _is_spaceless(character: str) -> bool:
    """Tell whether *character* is of a script that sets no spaces between words."""
    return unicodedata.name(character, "").startswith(_SPACELESS)


def _takes_endings(character: str) -> bool:
    return _is_spaceless(character) or unicodedata.name(character, "").startswith("HANGUL")


_SEPARATORS: Final = "\u00b7\u2022\u30fb\u30fc\uff08\uff09\uff0e\uff0f\uff65\uff70"
_INLINE: Final = (
    r"</?(?i:a|abbr|b|bdi|bdo|br|em|font|i|mark|nobr|s|small|span|strong|sub|sup|u|wbr)(?:[ \t\r\n/][^<>]*)?>"
)
_UNSEEN_NUMBERS: Final = "#0*(?:4[0157]|173|820[3-9]|821[0-3]|8288|8722|65279);"
_UNSEEN_NUMBERS_16: Final = "#[xX]0*(?:2[89dDeEfF]|[aA][dD]|200[b-fB-F]|201[0-5]|2060|2212|[fF][eE][fF][fF]);"
_BETWEEN: Final = (
    rf"(?:{_BLANK}|\\[nrt]?|[{HYPHENS}./()\[\]_*~{_SEPARATORS}{UNSEEN}]"
    rf"|{AMP}(?:(?:shy|zwn?j|ndash|mdash|hyphen|dash|minus|lpar|rpar|period|sol);|{_UNSEEN_NUMBERS}|{_UNSEEN_NUMBERS_16})"
    rf"|{PERCENT}2[89dDeE]|=\r?\n|{_INLINE})*"
)
"""What may stand between the digits of a phone number."""

_MIDDLE, _COMMAS = "\u30fb\uff65", "\u060c\u3001"
_AND: Final = "\u0648\u0641\u0628\u0643\u0644"  # Arabic words of one letter, which are written as part of the next
_BETWEEN_NAMES: Final = rf"(?:{_SPACE}|[,;:|/._+*{_COMMAS}{_MIDDLE}{HYPHENS}{UNSEEN}]|=\r?\n|{_INLINE})+"
"""What may stand between the parts of a name."""

_SEVERAL: Final = re.compile("(?i)(ffi|ffl|ff|fi|fl|ss|\u00df)")


@cache
def _several(letters: str) -> str:
    """Return a pattern of *letters*, and of the signs that stand for them in names."""
    f = spelled("f") + GAP
    signs = {
        "ffi": f"\ufb03|\ufb00{GAP}{spelled('i')}|{f}\ufb01",
        "ffl": f"\ufb04|\ufb00{GAP}{spelled('l')}|{f}\ufb02",
        "ff": "\ufb00",
        "fi": "\ufb01",
        "fl": "\ufb02",
        "ss": f"{spelled(chr(0xDF))}|\u1e9e",
        "\u00df": f"\u1e9e|{spelled('s')}{GAP}{spelled('s')}",
    }
    return f"(?:{GAP.join(map(spelled, letters))}|{signs[letters.lower()]})"


def _digits(digits: str) -> str:
    return _BETWEEN.join(map(spelled, digits))


_QUOTES: Final = "\"'\u2018-\u201f"
_AROBA: Final = "[aA][rR][rR]?[oO][bB][aA](?:[sS][eE])?"
_AT_WORDS: Final = (
    f"(?:[aA][tT]?|[\u00c4\u00e4\u00c5\u00e5\u00e0][tT]?|{_AROBA}|[cC][hH][eE][zZ]|(?i:klammeraffe)|@|\uff20)"
)
_BLANKS: Final = rf"(?:[{_SPACES}]*|{_SPACE}{{0,3}})"
_SET_OFF: Final = f"[_*|/#~{_QUOTES}{HYPHENS}]{{1,2}}"
_AT: Final = (
    rf"(?:\\*[{_QUOTES}]|&quot;|&#34;|%22|=22)?"  # behind a quoted local part
    rf"(?:{_BLANKS}(?:{spelled('@')}|{_OPEN}{_SPACE}{{0,2}}{_AT_WORDS}{_SPACE}{{0,2}}{_CLOSE}"
    rf"|{_SET_OFF}[aA][tT]{_SET_OFF}){_BLANKS}"
    rf"|{_SPACE}{{1,3}}(?:[aA][tT]|{_AROBA}){_SPACE}{{1,3}})"
)
_STOPS: Final = "\u3002\uff61"
_DOT_WORDS: Final = "(?:[dD][oO][tT]|[pP][uU][nN][kK][tT]|[pP][uU][nN][tT][oO]|[pP][oO][iI][nN][tT]|[.])"
_DOT: Final = (
    rf"(?:{spelled('.')}|[{_STOPS}]|{_SPACE}{{0,3}}{_OPEN}{_SPACE}{{0,2}}{_DOT_WORDS}{_SPACE}{{0,2}}{_CLOSE}{_SPACE}{{0,3}}"
    rf"|{_SPACE}{{1,3}}(?:{_DOT_WORDS}){_SPACE}{{1,3}}|[_*{HYPHENS}][dD][oO][tT][_*{HYPHENS}])"
)
