from __future__ import annotations

import tomllib

import pytest

from policies import toml

DEEP = toml.DEEPEST + 1


@pytest.mark.parametrize(
    "text",
    [
        "a = " + "[" * 100_000,
        "a = " + "{a = " * 10_000,
        "[" + "a." * 100_000 + "a]",
        "a" + ".a" * DEEP + " = 1",
        "a" + ' . "a"' * DEEP + " = 1",
        "[[" + "a." * DEEP + "a]]",
        "a = '" + "x" * toml.LARGEST + "'",
        'a = "' + "\\" * 100_000,
        'a = """' + '"' * 100_000,
        "a = '''" + "'" * 100_000,
        "#" * 100_000 + "\na",
        "a = 1\n" * 100_000,
    ],
)
def test_hostile_toml_is_refused_in_one_sentence(text: str) -> None:
    """Whatever nests without end, or is without end, is no TOML of ours."""
    with pytest.raises(tomllib.TOMLDecodeError) as told:
        toml.loads(text)
    assert "\n" not in str(told.value)


@pytest.mark.parametrize(
    "text",
    [
        'a = "' + "x." * 100 + '"',
        "a = '" + "[" * 100 + "'  # " + "[" * 100,
        'a = """\n' + "{" * 100 + ' "" \\""" "quoted"""""',
        "a = [[[[[1.5]]]]]",
        "".join(f"[a{number}.b.c]\nd = {{e = [1, 2]}}\n" for number in range(100)),
    ],
)
def test_what_people_write_is_read(text: str) -> None:
    """Brackets and dots within strings and comments nest nothing."""
    assert toml.loads(text) == tomllib.loads(text)
