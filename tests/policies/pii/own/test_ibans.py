import pytest

from policies.pii.own.ibans import MoreIbans

RIGHT = ["MN121234123456789123", "BI4210000100010000332045181", "SO211000001001000100141", "ST23000100010051845310146"]


@pytest.mark.parametrize("number", RIGHT)
def test_numbers_of_later_countries_are_found(number: str) -> None:
    """As they are written on paper, with spaces or hyphens, and in small letters."""
    grouped = " ".join(number[at : at + 4] for at in range(0, len(number), 4))
    for written in (number, grouped, grouped.replace(" ", "-"), number.lower()):
        text = f"to {written}, please"
        assert [text[one.start : one.end] for one in MoreIbans().spans(text)] == [written]


@pytest.mark.parametrize("number", RIGHT)
def test_the_check_digits_and_the_length_must_be_right(number: str) -> None:
    """One digit changed, one more, one less."""
    wrong = number[:-1] + str((int(number[-1]) + 1) % 10)

    assert [list(MoreIbans().spans(one)) for one in (wrong, number + "1", number[:-1])] == [[], [], []]
