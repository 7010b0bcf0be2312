import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from policies.pii.scrubber import Scrubber
from policies.pii.search.glued import pieces

VALUES = {
    "jane.roe@example.com": "EMAIL_ADDRESS",
    "j_r+list@mail.example.co.jp": "EMAIL_ADDRESS",
    "4111111111111111": "CREDIT_CARD",
    "5105-1051-0510-5100": "CREDIT_CARD",
    "192.168.10.20": "IP_ADDRESS",
    "2001:db8::8a2e:370:7334": "IP_ADDRESS",
    "00:1B:44:11:3A:B7": "MAC_ADDRESS",
    "DE89370400440532013000": "IBAN_CODE",
    "MN121234123456789123": "IBAN_CODE",
    "+49 30 1234567": "PHONE_NUMBER",
    "8-800-555-35-35": "PHONE_NUMBER",
}
NEIGHBOURS = [
    ("请用", "联系"),
    ("連絡先は", "です"),
    ("番号", "まで。"),
    ("연락처는", "로"),
    ("ติดต่อ", "ครับ"),
    ("пишите", "сейчас"),
    ("(почта", ")"),
    ("「", "」は"),
]
SPACES = ("\u00a0", "\u202f", "\u2009", "\u3000")
SCRUBBER = Scrubber()


def found(text: str) -> list[tuple[str, str]]:
    """Return type and value of what is found in *text*."""
    findings = SCRUBBER.scrub(pa.array([text])).findings[0].as_py() or []
    return [(one["type"], text[one["start"] : one["end"]]) for one in findings]


@pytest.mark.parametrize("value", VALUES)
@pytest.mark.parametrize(("before", "behind"), NEIGHBOURS)
def test_values_between_other_scripts_are_found_exactly(value: str, before: str, behind: str) -> None:
    """On both sides, and on either side alone; the letters around are no part of them."""
    for text in (before + value + behind, f"{before}{value} {behind}", f"{before} {value}{behind}"):
        assert found(text) == [(VALUES[value], value)]


@pytest.mark.parametrize("mark", ["_", "__", "*", "**", "~~", "`"])
@pytest.mark.parametrize("value", ["jane.roe@example.com", "4111111111111111", "DE89370400440532013000"])
def test_marks_of_markdown_are_no_part_of_values(value: str, mark: str) -> None:
    """Around the value alone, and around words that end or begin with it."""
    for text in (f"to {mark}{value}{mark}, please", f"{mark}write to {value}{mark}", f"{mark}{value}{mark}"):
        assert found(text) == [(VALUES[value], value)]


@pytest.mark.parametrize("space", SPACES)
@pytest.mark.parametrize(
    ("value", "kind"),
    [
        ("4111 1111 1111 1111", "CREDIT_CARD"),
        ("DE89 3704 0044 0532 0130 00", "IBAN_CODE"),
        ("+44 20 7946 0123", "PHONE_NUMBER"),
    ],
)
def test_groups_may_stand_apart_by_any_space(value: str, kind: str, space: str) -> None:
    """No-break, narrow, thin and ideographic spaces separate as a plain one does."""
    written = value.replace(" ", space)

    assert found(f"No. {written}.") == [(kind, written)]
    assert found(f"号码{written}。") == [(kind, written)]


@pytest.mark.parametrize("hyphen", ["\u2010", "\u2011", "\u2212", "\uff0d"])
def test_groups_may_be_joined_by_any_hyphen(hyphen: str) -> None:
    """The hyphen that breaks no line is one."""
    for value, kind in (("4111-1111-1111-1111", "CREDIT_CARD"), ("536-90-4399", "US_SSN")):
        written = value.replace("-", hyphen)
        assert found(f"No. {written} here") == [(kind, written)]


def test_full_width_forms_are_their_characters() -> None:
    """As they are typed between Han and kana."""
    value = "".join(chr(ord(one) + 0xFEE0) for one in "jane@example.com")

    assert found(f"連絡先は{value}です") == [("EMAIL_ADDRESS", value)]


@pytest.mark.parametrize(
    "text",
    [
        "李明@example.com",
        "snake_case_123456 and __init__ and a_b_c",
        "2024年12月31日",
        "1\u00a0000\u00a0000 km",
        "第１２３４５６号",
        "v1.2.3を使う",
        "```python\nx = 1\n```",
    ],
)
def test_what_is_no_value_stays_none(text: str) -> None:
    """Dates, amounts, names in code; and an address in one script is as Presidio has it."""
    assert found(text) == ([("EMAIL_ADDRESS", text)] if "@" in text else [])


@given(st.text(st.sampled_from("愛кก a1@._*`+(-:\u00a0\u2011\uff11"), max_size=60))
def test_pieces_stand_where_they_say(text: str) -> None:
    """Each code point of a piece that is not put in stands at its place, in order."""
    for piece in pieces(text):
        assert len(piece.places) == len(piece.text)
        assert list(piece.places) == sorted(piece.places)
        touched = set(piece.touched)
        kept = [
            (place, one)
            for at, (place, one) in enumerate(zip(piece.places, piece.text, strict=False))
            if at not in touched
        ]
        assert all(text[place] == one for place, one in kept)


@pytest.mark.parametrize("unit", ["愛1", "1\u00a0", "_", "@愛", "1 A\u00a0", "a@b.co愛"])
def test_a_text_of_borders_is_no_burden(unit: str) -> None:
    """Thousands of them end: what is found stands in the text, and a search that a limit ended is no answer."""
    text = unit * 5_000
    scrubbed = SCRUBBER.scrub(pa.array([text]))
    ends = [one["end"] for one in scrubbed.findings[0].as_py() or []]

    assert ends == sorted(ends)
    assert all(end <= len(text) for end in ends)
    assert scrubbed.text[0].is_valid is (scrubbed.status[0].as_py() == "complete")


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("ivan@yandex.ru.Спасибо", "ivan@yandex.ru"),
        ("jane@example.com.谢谢", "jane@example.com"),
        ("jane@example.com-谢谢", "jane@example.com"),
        ("jane@münchen.de谢谢", "jane@münchen.de"),
        ("jane@example.com_x", "jane@example.com"),
        ("ip_192.168.1.77_x", "192.168.1.77"),
        ("ID_415-555-2671_END", "415-555-2671"),
        ("手机号是13800138000。", "13800138000"),
        ("電話：０３（１２３４）５６７８", "０３（１２３４）５６７８"),
    ],
)
def test_what_joins_values_to_others_is_no_part_of_them(text: str, value: str) -> None:
    """Stops and dashes before another script, letters with accents in hosts, underscores, labels with particles."""
    assert [one for _, one in found(text)] == [value]
