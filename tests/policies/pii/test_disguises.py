"""Spellings of persons' values: what is found, what is another's, and that sieve and exact pattern agree."""

from __future__ import annotations

from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pytest
import regex  # type: ignore[import-untyped]
from hypothesis import given
from hypothesis import strategies as st

from policies.pii.disguises import Spelling, spelling

MAIL, PHONE, US_PHONE, NAME = "ann.lee@example.org", "+44 20 7946 0958", "+1 212 555 2368", "José Ann Müller"


def passes(one: Spelling, text: str) -> bool:
    """Tell whether the sieve lets *text* pass."""
    return bool(pc.match_substring_regex(pa.array([text], pa.string()), one.sieve)[0].as_py())


def is_found(one: Spelling, text: str) -> bool:
    """Tell whether *text* is found as it is when erasing: it passes the sieve, and the exact pattern matches."""
    return passes(one, text) and regex.search(one.exact, text) is not None


@pytest.mark.parametrize(
    "text",
    [
        MAIL,
        "ANN.LEE@Example.ORG",
        "_ann.lee@example.org_",
        "**ann.lee@example.org**",
        "see mailto:ann.lee%40example.org?subject=x",
        "ann.lee%2540example.org",
        "ann.lee&#64;example.org",
        "&#97;nn&#x2e;lee&#0064example.org",
        "ann.lee&commat;example&period;org",
        "ann.lee&amp;#64;example.org",
        "ann.lee [at] example [dot] org",
        "ann.lee(at)example.org",
        "ann.lee at example dot org",
        "ann.lee @ example . org",
        "ann_dot_lee_at_example_dot_org".replace("ann_dot_", "ann.").replace("_at_", "[AT]"),
        "ann\u200b.lee@exam\u2060ple.org",
        "ann.l\u00adee@exam&shy;ple.org",
        "\uff41\uff4e\uff4e\uff0e\uff4c\uff45\uff45\uff20\uff45\uff58\uff41\uff4d\uff50\uff4c\uff45\uff0e\uff4f\uff52\uff47",
        "\U0001d41a\U0001d427\U0001d427.lee@example.org",
        '"ann.lee"@example.org',
        "ann.lee\\u0040example.org",
        "ann.lee\\x40example.org",
        "ann.lee=40exam=\nple.org",
        "ann\\.lee@example.org",
        "one\\nann.lee@example.org\\ntwo",
        "q=%20ann.lee@example.org",
        "\u90ae\u7bb1ann.lee@example.org\u90ae\u7bb1",
        "write to ann.lee@example.org.",
        "write to ann.lee@example.org.Then wait",
        "ann.l<b>ee</b>@example.org",
        "ann.lee<!-- no robots -->@example.org",
        "her\u2014ann.lee@example.org\u2014today",
        "Kontakt\u2013ann.lee@example.org\u2013gerne",
        "write me--ann.lee@example.org--thanks",
        "write to...ann.lee@example.org...thanks",
        "l'adresse d'ann.lee@example.org",
        "b'ann.lee@example.org'",
        "mail**ann.lee@example.org**now",
        "mail*ann.lee@example.org*now",
        "see~~ann.lee@example.org~~now",
        "see`ann.lee@example.org`now",
        "ann.lee@example.org1, and",
        "ann.lee@example.org\u00b9",
        "ann.lee@example.org\u00b9\u00b2",
        "ann.lee(a)example.org",
        "ann.lee [a] example.org",
        "ann.lee -at- example.org",
        "ann.lee ((at)) example.org",
        'ann.lee "at" example.org',
        "ann.lee |at| example.org",
        "ann.lee /at/ example.org",
        "ann.lee #at# example.org",
        "ann.lee [Klammeraffe] example.org",
        "ann.lee arroba example punto org",
        "{ann.lee, bob}@example.org",
        "{bob, ann.lee}@example.org",
        "[ann.lee | bob | c.d] @example.org",
        "ann.lee&#38;#64;example.org",
        "ann.lee&#x26;#64;example.org",
        "ann.lee\\u{40}example.org",
        "ann.lee\\U00000040example.org",
        "ann.lee\n    @example.org",
        "ann.lee\u3164@example.org",
        "ann.lee<!-- a > b -->@example.org",
        'ann.lee<span title="a>b">@</span>example.org',
        "ann.lee&#32;&#64;&thinsp;example.org",
    ],
)
def test_an_address_is_found_in_disguise(text: str) -> None:
    """However people and programs write it."""
    assert is_found(spelling("email", MAIL), text)


@pytest.mark.parametrize(
    "text",
    [
        "xann.lee@example.org",
        "x.ann.lee@example.org",
        "x-ann.lee@example.org",
        "x_ann.lee@example.org",
        "x\u200bann.lee@example.org",
        "x+ann.lee@example.org",
        "x\u2011ann.lee@example.org",
        "x__ann.lee@example.org",
        "O'ann.lee@example.org",
        "ann.lee@example.org1.com",
        "ann.lee@example.org1a",
        "ann.lee@example.org123",
        "{ann.leek, bob}@example.org",
        "{ann.leebob}@example.org",
        "{ann.lee, bob}@example.org.uk",
        "ann.lee, bob@example.org",
        "ann.lee a example.org",
        "ann.lee@example.org\u2010x.com",
        "joann.lee@example.org",
        "ann.lee@example.org.uk",
        "ann.lee@example%2Eorg%2Euk",
        "ann.lee@example.org-x.com",
        "ann.lee@example.organic",
        "ann.lee@example.com",
        "ann.lee@examples.org",
        "ann_lee@example.org",
        "annlee@example.org",
        "ann.lee",
        "example.org",
    ],
)
def test_the_address_of_another_is_not_found(text: str) -> None:
    """What only holds the address, or nearly is it, is somebody else's."""
    assert not is_found(spelling("email", MAIL), text)


def test_short_addresses_have_borders() -> None:
    """a@b.co is in neither xa@b.co nor a@b.com."""
    one = spelling("email", "a@b.co")

    assert [is_found(one, text) for text in ("a@b.co", "xa@b.co", "a@b.com", "_a@b.co_")] == [True, False, False, True]


def test_an_address_is_found_in_letters_and_in_ascii() -> None:
    """A domain in letters of any script is also found as its A-labels, and the other way round."""
    for written in ("ann@m\u00fcnchen.example", "ann@xn--mnchen-3ya.example"):
        one = spelling("email", written)
        assert is_found(one, "ann@mu\u0308nchen.example")
        assert is_found(one, "ann(at)XN--MNCHEN-3YA.example")


@pytest.mark.parametrize(
    ("number", "text"),
    [
        *((PHONE, text) for text in (
            "+44 20 7946 0958", "+442079460958", "0044 20 7946 0958", "+44 (0)20 7946 0958", "0044(0)2079460958",
            "020 7946 0958", "(020) 7946-0958", "020.7946.0958", "020/7946/0958", "020\u00a07946\u20110958",
            "\uff10\uff12\uff10 \uff17\uff19\uff14\uff16 \uff10\uff19\uff15\uff18", "020 7946\n0958",
            "020\u2013 7946\u2212 0958",
            "tel:+44-20-7946-0958", "%2B442079460958", "020&nbsp;7946&nbsp;0958", "\\u002b44 20 7946 0958",
            "44 20 79460958",
        )),
        *((US_PHONE, text) for text in (
            "212-555-2368", "(212) 555-2368", "1-212-555-2368", "001 212 555 2368", "2125552368", "call 212.555.2368.",
            "(212) <b>555-2368</b>", "+1<span>212</span>5552368", "212&#8209;555&#x2011;2368",
            "(212)&thinsp;555&#45;2368",
            "212        555        2368", "212|555|2368", "212~555~2368", "212,555,2368", "212: 555; 2368",
            "212\\-555\\-2368", "17,2125552368,x", "42,+12125552368,y", "212-555-1234,212-555-2368",
        )),
        *(("+91 98765 43210", text) for text in ("98765 43210", "9876543210", "098765-43210")),
        *(("+7 495 123-45-67", text) for text in ("(495) 123-45-67", "8 495 123 45 67", "495 123 45 67")),
        *(("+55 11 91234-5678", text) for text in ("(011) 91234-5678", "011 91234 5678", "(11) 91234-5678")),
        *(("+81 3-3581-5111", text) for text in ("03\u30fc3581\u30fc5111", "03\u30fb3581\u30fb5111")),
    ],
)  # fmt: skip
def test_a_number_is_found_however_it_is_grouped(number: str, text: str) -> None:
    """With separators of all kinds, and the prefixes that people dial."""
    assert is_found(spelling("phone", number), text)


@pytest.mark.parametrize(
    ("number", "text"),
    [
        *((PHONE, text) for text in (
            "+49 20 7946 0958", "120 7946 0958", "020 7946 09581", "1020 7946 0958", "020 7946 0959",
            "+144 20 7946 0958",
        )),
        *((US_PHONE, text) for text in ("+33 212 555 2368", "7212 555 2368", "212-555-23680", "3.2125552368")),
        *((US_PHONE, text) for text in (
            "17,212,555,2368,5", "212,555,2368,5", "3,2125552368", "<td>212</td><td>555</td><td>2368</td>",
            "21,25,55,23,68", "0212 555 2368 0",
        )),
        *(("+91 98765 43210", text) for text in ("+49 98765 43210", "49 98765 43210", "3-98765-43210", "98765 43211")),
        *(("+49 30 227321", text) for text in ("30227321", "30 227321")),
    ],
)  # fmt: skip
def test_the_number_of_another_is_not_found(number: str, text: str) -> None:
    """Other countries, other digits, and longer numbers that hold the digits."""
    assert not is_found(spelling("phone", number), text)


@pytest.mark.parametrize(
    "text",
    [
        NAME,
        "JOS\u00c9 ANN M\u00dcLLER",
        "Jose\u0301 Ann Mu\u0308ller",
        "M\u00fcller, Jos\u00e9 Ann",
        "Jos\u00e9\nAnn\u00a0M\u00fcller",
        "Jos\u00e9  Ann   M\u00fcller's",
        "jos\u00e9_ann_m\u00fcller",
        "Jos\u00e9-Ann M\u00fcller",
        "Jos&eacute; Ann M&uuml;ller",
        "Jos%C3%A9%20Ann%20M%C3%BCller",
        "one\\nJos\u00e9 Ann M\u00fcller",
        "https://h.example/by-jos\u00e9-ann-m\u00fcller-2",
        "<b>Jos\u00e9</b> <i>Ann</i><br>M\u00fcller",
        "Jos\u00e9&#32;Ann&ensp;M\u00fcller",
        "Jos\u00e9          Ann \n\n M\u00fcller",
        "Jos\u00e9|Ann / M\u00fcller",
        "M\u00fcller; Jos\u00e9 Ann",
        "M\u00fcller: Jos\u00e9 Ann",
        "Jos=E9 Ann M=FCller",
        "Jos%E9+Ann%20M%FCller",
        "Jose%CC%81 Ann Mu%CC%88ller",
        "Jose&#769; Ann Mu&#x308;ller",
    ],
)
def test_a_name_is_found_in_either_order(text: str) -> None:
    """Whatever its case and white space, composed or not."""
    assert is_found(spelling("name", NAME), text)


@pytest.mark.parametrize(
    "text",
    [
        "Jos\u00e9 Ann M\u00fcllerin", "XJos\u00e9 Ann M\u00fcller", "Jos\u00e9 M\u00fcller",
        "Mary-Jos\u00e9 Ann M\u00fcller",
        "Jos\u00e9 Ann M\u00fcller-Lee",
        "Jos\u00e9 <td> Ann M\u00fcller",
        "Jos\u00e9Ann M\u00fcller",
    ],
)  # fmt: skip
def test_the_name_of_another_is_not_found(text: str) -> None:
    """A longer name is somebody else's."""
    assert not is_found(spelling("name", NAME), text)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("Fiona Griffin", "\ufb01ona Gri\ufb03n"),
        ("Fiona Griffin", "FIONA Gri\ufb00in, Grif\ufb01n"),
        ("J\u00fcrgen Wei\u00df", "J\u00dcRGEN WEISS"),
        ("J\u00fcrgen Wei\u00df", "J=FCrgen Wei=DF"),
        ("Petr \u010cech", "Petr &Ccaron;ech"),
        ("J\u00fcrgen Weiss", "J\u00fcrgen Wei\u00df"),
        ("\u5c71\u7530\u592a\u90ce", "\u5c71\u7530\u3000\u592a\u90ce"),
        ("\u5c71\u7530\u592a\u90ce", "\u5c71\u7530\u30fb\u592a\u90ce\u3055\u3093"),
        ("\u5c71\u7530 \u592a\u90ce", "\u5c71\u7530\u592a\u90ce\u6c0f"),
        ("\u5c71\u7530 \u592a\u90ce", "\u592a\u90ce\u5c71\u7530"),
        ("\u0645\u062d\u0645\u062f \u0639\u0644\u064a", "\u0648\u0645\u062d\u0645\u062f \u0639\u0644\u064a"),
        ("\u0645\u062d\u0645\u062f \u0639\u0644\u064a", "\u0645\u062d\u0645\u0640\u062f \u0639\u0644\u064a"),
        ("\u0645\u062d\u0645\u062f \u0639\u0644\u064a", "\u0639\u0644\u064a\u060c \u0645\u062d\u0645\u062f"),
    ],
)
def test_a_name_is_found_as_its_script_writes_it(name: str, text: str) -> None:
    """Ligatures, sharp s, scripts without spaces, Arabic prefixes and stretched letters."""
    assert is_found(spelling("name", name), text)


def test_scripts_without_spaces_have_no_borders() -> None:
    """A name in Han characters stands among others."""
    assert is_found(spelling("name", "\u738b\u5c0f\u660e"), "\u6211\u53eb\u738b\u5c0f\u660e\u8bf4")
    assert is_found(spelling("name", "\uae40\ucca0\uc218"), "\uae40\ucca0\uc218\ub294")


@given(st.data())
def test_the_sieve_misses_nothing(data: Any) -> None:
    """Whatever the exact pattern finds has passed the sieve: finding and proving see the same."""
    pieces = [
        "ann",
        ".",
        "lee",
        "@",
        "&#64;",
        "%40",
        " at ",
        "[dot]",
        "example",
        "org",
        "\u00ad",
        "\u200b",
        " ",
        "=40",
        "x",
    ]
    text = "".join(data.draw(st.lists(st.sampled_from(pieces), max_size=14)))
    one = spelling("email", MAIL)

    assert passes(one, text) or regex.search(one.exact, text) is None


@pytest.mark.parametrize(
    "text",
    [
        "<a" * 20_000,
        "ann" * 20_000,
        "a<b>" * 15_000,
        "_" * 50_000 + MAIL,
        "ann.lee@" * 9000,
        "ann.lee, " * 9000,
        "ann.lee" + " " * 50_000 + "x",
        "ann.lee<!-- --> " * 9000,
        'ann.lee<b>"> ' * 9000,
        "a" + '<b>">' * 9000,
        "a" + "<!--" + "-->" * 20_000,
        "ann.lee((" * 9000,
    ],
)
def test_hostile_texts_take_linear_work(text: str) -> None:
    """Repeated beginnings of a value, tags and marks are searched without backtracking over and over."""
    assert regex.search(spelling("email", MAIL).exact, text, timeout=20) is None or text.endswith(MAIL)


@pytest.mark.parametrize(
    "text",
    [
        "212" + " " * 50_000,
        "212" + "\\\\n" * 9000,
        "1" * 50_000,
        "212<b>" * 9000,
        "+1 212 " * 9000,
        "(212)," * 9000,
        "+" * 50_000,
        "0 " * 25_000,
        "212" + "&#45;" * 9000,
        "2125552368," * 9000,
    ],
)
def test_hostile_numbers_take_linear_work(text: str) -> None:
    """Separators without end, and beginnings of numbers over and over."""
    found = [regex.search(spelling("phone", number).exact, text, timeout=20) for number in (US_PHONE, PHONE)]

    assert [one is not None for one in found] == [text.startswith("2125552368"), False]


@pytest.mark.parametrize(
    "text",
    ["Jos\u00e9" + "<br>" * 15_000, "Jos\u00e9 " * 15_000, "Jos\u00e9" + "\\\\n" * 15_000, "Jose\u0301" + " " * 50_000],
)
def test_hostile_names_take_linear_work(text: str) -> None:
    """White space and tags without end, and beginnings of names over and over."""
    assert regex.search(spelling("name", NAME).exact, text, timeout=20) is None
