"""Find phone numbers by their shape and by the words beside them: an addition to Presidio's recognizer.

Presidio asks libphonenumber, whose answer is yes only for numbers that are in use in the numbering plans of the regions
asked for. Text holds others too: of other regions, without area code, with new or retired codes, or made up.
Digits alone do not tell them from a date or a part number, so that two kinds of evidence count here:

- a shape that little else has: a plus sign or 00 with a country code in use (ITU-T E.164), the three groups of North
  America with brackets, hyphens or dots, those of Russia behind an 8, or 9 to 11 digits in three or more groups of
  which the first begins with 0; the last digits of further numbers may follow ("415-555-2671/2672");
- a word beside the number: a label such as "tel" or "fax" right before or after it, or "call me at". Then any grouping
  of 7 to 13 digits will do, except shapes that are known to be something else; digits without grouping, or with signs
  of several kinds between them, need a label.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final

from policies.pii.context.nearby import word_after, word_set, words_before
from policies.pii.recognizers import Detector, Span
from policies.pii.search.windows import Gate

_BY_SHAPE: Final = 0.6
_BY_WORDS: Final = 0.5

_FEWEST, _MOST = 7, 15  # digits; E.164 allows 15 with the country code
_MOST_NATIONAL: Final = 13
_TRUNK: Final = range(9, 12)  # digits of a national number with the 0 before its area code

_SEPARATOR: Final = r"[-./ \u00a0\u2010-\u2013]"
_GAP: Final = r"[-./() \u00a0\u2010-\u2013]{0,3}+"

_CHAIN: Final = re.compile(rf"[0-9](?:{_GAP}[0-9]){{{_FEWEST - 1},}}+")
"""Digits that may be of one number; a number is part of one chain. It reads each character a few times at most."""

_LEAD: Final = 3  # "(+(" before the first digit
_TAIL: Final = 20  # an extension after the last

_ALONE: Final = rf"(?<![0-9]{_SEPARATOR})"
_SHAPES: Final = re.compile(
    rf"""
    (?<![\w@#$%&=*~^+€£¥₹§№\\/-]) (?<![0-9][.,:])
    (?:
      (?P<international> \(? \+ \(? \ ? [1-9] (?: {_GAP} [0-9] ){{6,14}} )
    | (?P<american> (?: 1 {_SEPARATOR} )? (?: \( [0-9]{{3}} \) \ ? [0-9]{{3}} [-.\ ]
        | [0-9]{{3}} (?P<mark> [-.] ) [0-9]{{3}} (?P=mark) | {_ALONE} [0-9]{{3}} \ [0-9]{{3}} - ) [0-9]{{4}} )
    | {_ALONE}
      (?:
        (?P<dialled> 00 {_SEPARATOR}? [1-9] (?: {_GAP} [0-9] ){{8,13}}+ )
      | (?P<trunk> (?: 0 [1-9] [0-9]{{0,3}} | \( 0 [1-9] [0-9]{{0,3}} \) ) (?P<apart> [-\ ] ) [0-9]{{2,4}}
          (?: (?P=apart) [0-9]{{2,4}} ){{1,3}}+ )
      | (?P<russian> 8 [-\ ]? (?: \( [3489][0-9]{{2}} \) [-\ ]? [0-9] (?: [-\ ]? [0-9] ){{6}}
          | \( [3489][0-9]{{3}} \) [-\ ]? [0-9] (?: [-\ ]? [0-9] ){{5}}
          | [3489][0-9]{{2}} [-\ ] [0-9]{{3}} (?: [-\ ] [0-9]{{2}} [-\ ] [0-9]{{2}} | - [0-9]{{4}} ) ) )
      | (?P<japanese> 0 [1-9] [0-9]{{0,3}} \( [0-9]{{1,4}} \) [0-9]{{4}} )
      | (?P<bracketed> \( [0-9]{{1,5}} \) [-\ ]? [0-9]{{2,8}}+ (?: {_SEPARATOR} [0-9]{{2,5}}+ ){{0,4}}+ )
      | (?P<grouped> [0-9]{{1,5}}+ (?P<between> {_SEPARATOR} ) [0-9]{{2,8}}+ (?: (?P=between) [0-9]{{2,5}}+ ){{0,5}}+ )
      | (?P<mixed> (?: \( [0-9]{{1,6}} \) | [0-9]{{1,6}}+ ) (?: (?: \ ?/\ ? | {_SEPARATOR} ) [0-9]{{1,8}}+ ){{1,6}}+ )
      | (?P<bare> [0-9]{{{_FEWEST},{_MOST_NATIONAL}}}+ )
      )
      (?! {_SEPARATOR} [0-9] )
    )
    (?P<extension> \ ?(?: x | \#\ ? | ,?\ ?ext(?:ension)?[.:]?\ ? ) [0-9]{{1,6}}
      | (?<=[0-9]{{3}}) (?: / [0-9]{{2,4}} ){{1,3}} (?![0-9/]) )?
    (?! [\w@%°=*^] | [-./,:\u2010-\u2013][0-9] | \ [%€£¥₹°] )
    """,
    re.VERBOSE | re.IGNORECASE,
)
_COUNTING: Final = re.compile(rf"0[0-9](?:{_SEPARATOR}0[0-9])+")
_DAY: Final = r"(?:0?[1-9]|[12][0-9]|3[01])"
_MONTH: Final = r"(?:0?[1-9]|1[0-2])"
_YEAR: Final = r"(?:1[5-9]|20)[0-9]{2}"
_SOMETHING_ELSE: Final = re.compile(
    rf"""
      {_YEAR} {_SEPARATOR}? {_MONTH} {_SEPARATOR}? {_DAY} (?: {_SEPARATOR}? [0-9]{{2,6}} )?   # a date, with its hour
    | {_DAY} {_SEPARATOR} {_DAY} {_SEPARATOR} {_YEAR} (?: {_SEPARATOR} [0-9]{{2}} )?
    | {_YEAR} {_SEPARATOR} {_YEAR} | [0-9]{{1,2}} {_SEPARATOR} {_YEAR} {_SEPARATOR} {_YEAR}   # years from and to
    | [0-9]{{1,3}} (?: \. [0-9]{{1,3}} ){{3}}                                                 # an IP address
    | [0-9]+ \. [0-9]+ | [1-9][0-9]* / [0-9]+                                                 # a decimal, a fraction
    | [0-9]{{1,3}} (?: \. [0-9]{{3}} )+                                                       # thousands
    | [0-9]{{3}}-[0-9]{{2}}-[0-9]{{4}} | [0-9]{{5}}-[0-9]{{4}}                                # SSN, ZIP code
    | 97[89] {_SEPARATOR}? .*                                                                 # ISBN
    | 0 (?: {_SEPARATOR}? 0 )*
    """,
    re.VERBOSE,
)

_LABELS: Final = word_set(
    "phone phones telephone telephones tel tels tél ph fax telefax mobile mobiles mob cell cellphone cellular handset "
    "voicemail pager landline hotline helpline switchboard whatsapp sms freephone desk "
    "telefon telefonnummer fon handy handynummer mobil mobilnummer téléphone portable télécopie telefono cellulare "
    "teléfono móvil celular telefone telemóvel telefoon mobiel gsm puhelin puh telefón faks fakss "
    "тел телефон факс моб мобильный телефони τηλ τηλέφωνο φαξ κινητό هاتف تلفن جوال फोन"
)
_ENDINGS: Final = (
    "电话",
    "電話",
    "手机",
    "手機",
    "传真",
    "傳真",
    "携帯",
    "ファックス",
    "フリーダイヤル",
    "電話番号",
    "电话号码",
    "ｔｅｌ",
    "ｆａｘ",
    "전화",
    "전화번호",
    "휴대폰",
    "팩스",
)
_PARTICLES: Final = "号號码碼番是为為はがも는은"
"""What may stand between such a label and its number: "number", "is"."""

_VERBS: Final = word_set(
    "call calls called calling dial dialed dialled ring rang reach contact answering text texting message messages "
    "llame appelez rufen chiamare ligue bel"
)
_BEHIND: Final = word_set("fax mobile office cell phone tel telephone voice")

_NEED_A_LABEL: Final = ("bare", "mixed")

_LABEL_REACH: Final = 3  # words from a label to its number: "phone number is"
_VERB_REACH: Final = 5  # "call my sister Ann at"


@dataclass(frozen=True, slots=True)
class PhoneShapes(Detector):
    """The recognizer; it can stand beside the detectors of policies.pii.recognizers and reads each text in full."""

    entity: str = "PHONE_NUMBER"
    recognizer: Any = "corpushub_phone"
    gate: Gate | None = None

    def spans(self, text: str) -> Iterator[Span]:
        """Return the phone numbers in *text*, in order, without overlaps; the score is 0.6 for a shape, else 0.5."""
        for chain in _CHAIN.finditer(text):
            begin, end = max(0, chain.start() - _LEAD), chain.end()
            for match in _SHAPES.finditer(text, begin, end + _TAIL):
                if match.start() < end and (score := _score(text, match)):
                    yield Span(self.entity, *_trimmed(match), score, self.recognizer)


def _score(text: str, match: re.Match[str]) -> float:
    """Return how far the shape of *match*, or the words beside it, speak for a phone number; 0 for not at all."""
    kind = next(kind for kind in _JUDGES if match[kind])
    number = match[kind]
    digits = re.sub("[^0-9]", "", number)
    if _JUDGES[kind](number, digits):
        return _BY_SHAPE
    national = _FEWEST <= len(digits) <= _MOST_NATIONAL and not _SOMETHING_ELSE.fullmatch(number)
    return _BY_WORDS if national and _is_named(text, match, kind) else 0.0


def _is_international(number: str, digits: str) -> bool:
    return _is_possible(re.sub("[^0-9]", "", number.replace("(0)", "")))


def _is_dialled(number: str, digits: str) -> bool:
    return len(digits) < len(number) and _is_international(number[2:], digits)


def _is_clear(number: str, digits: str) -> bool:
    return True


def _has_trunk_prefix(number: str, digits: str) -> bool:
    counting = _COUNTING.fullmatch(number) and digits[1] < digits[3]  # 01 02 03
    return len(digits) in _TRUNK and not counting and not _SOMETHING_ELSE.fullmatch(number)


def _is_unclear(number: str, digits: str) -> bool:
    return False


_JUDGES: Final = {
    "international": _is_international,
    "dialled": _is_dialled,
    "american": _is_clear,
    "trunk": _has_trunk_prefix,
    "russian": _is_clear,
    "japanese": _is_clear,
    "bracketed": _is_unclear,
    "grouped": _is_unclear,
    "mixed": _is_unclear,
    "bare": _is_unclear,
}
"""Whether a number of each shape needs no words beside it."""


def _is_named(text: str, match: re.Match[str], kind: str) -> bool:
    """Return whether a word beside the number says what it is; for some shapes a verb is not enough."""
    before = words_before(text, match.start(), _VERB_REACH)
    if any(word in _LABELS or word.rstrip(_PARTICLES).endswith(_ENDINGS) for word in before[-_LABEL_REACH:]):
        return True
    if word_after(text, match.end()) in _BEHIND:
        return True
    return kind not in _NEED_A_LABEL and any(word in _VERBS for word in before)


def _trimmed(match: re.Match[str]) -> tuple[int, int]:
    """Return where the number begins and ends: without an opening bracket that closes behind it."""
    start, end = match.span()
    opened = match[0].startswith("(") and ")" not in match[0]
    return start + opened, end


@lru_cache(maxsize=1 << 12)
def _is_possible(digits: str) -> bool:
    """Return whether *digits* begin with a country code in use and are as many as its numbers have."""
    from phonenumbers import NumberParseException, is_possible_number, parse

    try:
        return bool(is_possible_number(parse(f"+{digits}")))
    except NumberParseException:
        return False
