from __future__ import annotations

import contextlib
import tomllib

import pytest

from policies import toml

DEEP = toml.DEEPEST + 1


def _multiplied(tables: int) -> str:
    """Return inline tables within each other, each under a key of ten parts."""
    text = "1"
    for _ in range(tables):
        text = f"{{{'a.' * 9}a = {text}}}"
    return f"a = {text}"


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
        "a = " + "1" * 5_000,
        "a = 9223372036854775808",
        "a.b = [{c = [1, -9223372036854775809]}]",
        "a = 0x" + "f" * 100_000,
        "a = [1, {b = " + "1_1" * 5_000 + "}]",
        _multiplied(4),
        _multiplied(DEEP - 2),
    ],
)
def test_hostile_toml_is_refused_in_one_sentence(text: str) -> None:
    """Whatever nests without end, or is without end, is no TOML of ours."""
    with pytest.raises(tomllib.TOMLDecodeError) as told:
        toml.loads(text)
    assert "\n" not in str(told.value)


@pytest.mark.parametrize(
    "unit",
    [
        '\\"',
        '"',
        "'",
        "'''a",
        '"""a',
        '"""\\',
        "'a\n",
        '"a\n',
        "1",
        "a",
        "a-",
        "1_",
        " ",
        "\n",
        "#",
        "#\n",
        ".",
        ",",
        "=",
        "é",
    ],
)
@pytest.mark.parametrize("before", ["", "a = ", 'a = "', "a = ["])
def test_no_character_is_read_twice(before: str, unit: str) -> None:
    """Whatever is repeated up to the largest file, its tokens are its characters, each once."""
    text = before + unit * 2_000
    assert "".join(found[0] for found in toml._TOKEN.finditer(text)) == text
    steps = [found.end() - found.start() for found in toml._TOKEN.finditer(text)]
    assert min(steps) > 0
    with contextlib.suppress(tomllib.TOMLDecodeError):
        toml.loads(before + unit * ((toml.LARGEST - len(before)) // len(unit)))


@pytest.mark.parametrize(
    "text",
    [
        'a = "' + "x." * 100 + '"',
        "a = '" + "[" * 100 + "'  # " + "[" * 100,
        'a = """\n' + "{" * 100 + ' "" \\""" "quoted"""""',
        "a = [[[[[1.5]]]]]",
        "a = [9223372036854775807, -9223372036854775808, true]",
        "".join(f"a{number} = 1.5\n" for number in range(100)),
        "a = [" + "1.5, " * 100 + "]  # " + ".a" * 100,
        "a = [" + "[], " * 100 + "{}]",
        "".join(f"[a{number}.b.c]\nd = {{e = [1, 2]}}\n" for number in range(100)),
    ],
)
def test_what_people_write_is_read(text: str) -> None:
    """Brackets and dots within strings and comments nest nothing."""
    assert toml.loads(text) == tomllib.loads(text)
