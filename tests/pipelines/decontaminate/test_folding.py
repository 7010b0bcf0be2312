"""Tokens for comparison are the same whatever was done to case, accents, spaces, line breaks and hyphens."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from pipelines.decontaminate.folding import Reading, begin, fold_tables, read_tokens, tokens
from pipelines.kernels.codepoints import SPACELESS_RANGES

MASK = (1 << 64) - 1
POINTS = [*range(0xD800), *range(0xE000, 0x33000), *range(0x33000, 0x110000, 97), *range(0xE0000, 0xE0200)]
"""All planes that hold letters, marks or format characters, and samples of the others."""
BREAKS = "\n\r\x0b\x0c\x85\u2028\u2029"
TEXTS = st.text(
    st.sampled_from("aB1é ½東가ΐͅ_.'--‐\u00ad\u200b\u0301 \t\n\u2028") | st.characters(exclude_categories=["Cs"])
)


def hashed(token: str) -> int:
    """Hash a token as the kernel is said to: FNV-1a over code points, then a multiplication."""
    h = 0xCBF29CE484222325
    for character in token:
        h = (h ^ ord(character)) * 0x100000001B3 & MASK
    return (h ^ (h >> 32)) * 0x9E3779B97F4A7C15 & MASK


def kernel_hashes(text: str, reading: Reading, room: int = 40) -> Iterator[int]:
    """Yield what the kernel says of *text*, a few tokens at a time."""
    data = np.frombuffer(text.encode() or b"\0", np.uint8)
    hashes, starts = np.empty(room, np.uint64), np.empty(room, np.int64)
    cursor = begin(0)
    while True:
        count = read_tokens(data, len(text.encode()), fold_tables(reading), cursor, (hashes, starts))
        yield from hashes[:count].tolist()
        if int(cursor[0]) >= len(text.encode()):
            return


def is_single(character: str) -> bool:
    """Tell whether a character is a token of its own."""
    return character.isalnum() and any(first <= ord(character) <= last for first, last in SPACELESS_RANGES)


def is_word(character: str) -> bool:
    """Tell whether a character is part of a longer token."""
    return character.isalnum() and not is_single(character)


def prepared(text: str, reading: Reading) -> str:
    """Fold *text* as a whole; take out what vanishes; mark hyphens that join as soft ones."""
    folded = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", text).casefold())
    kinds = [(character, unicodedata.category(character)) for character in folded]
    stays = [one for one, kind in kinds if one == "\u00ad" or (kind[0] != "M" and kind != "Cf")]
    if reading is Reading.JOINED:
        stays = [one for one in stays if one.isalnum() or one.isspace() or one in "-‐\u00ad"]
    if reading is not Reading.APART:
        stays = ["\u00ad" if one in "-‐" else one for one in stays]
    return "".join(stays) + "\0"


def after_hyphen(text: str, at: int) -> int | None:
    """Return where the word that is hyphenated at *at* goes on, None if it does not."""
    begins = at
    while text[at] == "\u00ad":
        at += 1
    if at > begins and is_word(text[at]):
        return at
    at += text[at] in "-‐"
    gap = at
    while text[at].isspace() or text[at] == "\u00ad":
        at += 1
    return at if is_word(text[at]) and any(one in BREAKS for one in text[gap:at]) else None


def expected(text: str, reading: Reading) -> list[str]:
    """Find tokens by walking through the folded text."""
    text, found, word, at = prepared(text, reading), [], "", 0
    while at < len(text):
        goes_on = after_hyphen(text, at) if word and text[at] in "-‐\u00ad" else None
        if goes_on is not None:
            at = goes_on
            continue
        if is_word(text[at]):
            word += text[at]
        else:
            found += [one for one in (word, text[at] if is_single(text[at]) else "") if one]
            word = ""
        at += 1
    return found


@pytest.mark.parametrize("reading", list(Reading))
def test_every_code_point_is_folded_alike_by_kernel_and_definition(reading: Reading) -> None:
    """Each assigned code point, beside letters and at line ends, gives the kernel the defined tokens."""
    text = "".join(f"{char}x-{char}\n{char}y " for char in map(chr, POINTS))
    assert list(kernel_hashes(text, reading, 1 << 16)) == [hashed(token) for token in tokens(text, reading)]


@settings(deadline=None)  # the first call may compile
@given(TEXTS, st.sampled_from(Reading))
@example("co-\u00ad\nop a- b- \n c\u00ad-\nd e\u00ad \u00ad-\nf g--\nh", Reading.APART)
@example("x½-\n½y 東-\nz ㍿ﷺ don't_stop", Reading.JOINED)
def test_tokens_are_those_of_a_plain_walk(text: str, reading: Reading) -> None:
    """Definition and kernel agree with a walk over the text that was folded as a whole."""
    assert tokens(text, reading) == expected(text, reading)
    assert list(kernel_hashes(text, reading)) == [hashed(token) for token in expected(text, reading)]


@given(TEXTS)
def test_equal_normal_forms_fold_alike(text: str) -> None:
    """What NFKC, upper case and case folding do to a text changes no token."""
    for form in ("NFC", "NFD", "NFKC", "NFKD"):
        assert tokens(unicodedata.normalize(form, text)) == tokens(text)
    assert tokens(text.casefold()) == tokens(text)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Straße ÉCOLE ﬁne Ｆｕｌｌ", "strasse ecole fine full"),
        (
            "contam-\nination contam‐ \r\n ination con\u00adtami\u00ad\nnation",
            "contamination contamination contamination",
        ),
        ("well-known a - b the end-\n- of", "well known a b the end of"),
        ("snake_case, (x=1.5); “quoted”…", "snake case x 1 5 quoted"),
        ("zero\u200bwidth\u00a0space\u2003wide", "zerowidth space wide"),
        ("東京abcタワー", "東 京 abc タ ワ ー"),
    ],
)
def test_what_does_not_count(text: str, found: str) -> None:
    """Accents, ligatures, widths, hyphenation, punctuation and invisible characters leave plain tokens."""
    assert tokens(text) == found.split()


def test_readings_differ_in_punctuation_inside_words() -> None:
    """An item's hyphens and apostrophes separate, or join, so that copies without them are found too."""
    text = "Don't be well-known. Be"
    assert tokens(text, Reading.APART) == ["don", "t", "be", "well", "known", "be"]
    assert tokens(text, Reading.HYPHENS) == ["don", "t", "be", "wellknown", "be"]
    assert tokens(text, Reading.JOINED) == ["dont", "be", "wellknown", "be"]
