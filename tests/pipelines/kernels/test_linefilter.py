import re

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.kernels.linefilter import UNWANTED_PHRASES, keep_prose

PIECES = [
    "one two three four five.",
    "One. Two! (Three?) four.",
    "short one.",
    "",
    " ",
    "no end to this line at all",
    "a b c d e...",
]
PIECES += [
    "we use COOKIES, a b c.",
    "please enable JavaScript to go on.",
    '\u3000he said "go on and go on."',
    "{ x y z w. }",
    "Lorem Ipsum",
]
TEXTS = st.lists(
    st.one_of(st.text(st.characters(exclude_categories=["Cs"])), st.lists(st.sampled_from(PIECES)).map("\n".join)),
    min_size=1,
    max_size=4,
)


def _folded(text: str) -> str:
    return "".join(char.lower() if char.isascii() else char for char in text)


def _is_prose(line: str) -> bool:
    unwanted = any(phrase in _folded(line) for phrase in UNWANTED_PHRASES)
    ended = line.endswith((".", "!", "?", '"', "”")) and not line.endswith(("...", "…"))
    return ended and len(line.split()) >= 5 and not unwanted


def _reference(text: str) -> tuple[str, int]:
    kept, removed, gap = "", 0, False
    for line in map(str.strip, text.split("\n")):
        if line and _is_prose(line):
            kept += (("\n\n" if gap else "\n") if kept else "") + line
            gap = False
        removed += bool(line) and not _is_prose(line)
        gap = gap or not line
    return (kept, removed) if removed else (text, 0)


def _sentences(text: str) -> int:
    lines = [line.strip() for line in text.split("\n") if _is_prose(line.strip())]
    return sum(1 + len(re.findall(r"[.!?][\"'”’)\].!?]*(?=\s)", line)) for line in lines)


@given(TEXTS)
@settings(deadline=None)
def test_lines_are_kept_as_in_plain_python(texts: list[str]) -> None:
    """Texts, counts and page marks equal those of the definition read in plain Python."""
    prose = keep_prose(pa.array(texts), 5)
    assert list(zip(prose.texts.to_pylist(), prose.removed, strict=True)) == list(map(_reference, texts))
    assert list(prose.curly_bracket) == ["{" in text for text in texts]
    assert list(prose.lorem_ipsum) == ["lorem ipsum" in _folded(text) for text in texts]


@given(st.lists(st.sampled_from(PIECES)).map("\n".join))
@settings(deadline=None)
def test_sentences_are_counted(text: str) -> None:
    """A sentence ends with its line, and within it at stops that white space follows."""
    assert keep_prose(pa.array([text]), 5).sentences[0] == _sentences(text)


@given(TEXTS)
@settings(deadline=None)
def test_filtering_twice_is_filtering_once(texts: list[str]) -> None:
    """What was kept is kept again, whole."""
    once = keep_prose(pa.array(texts), 5)
    twice = keep_prose(once.texts, 5)
    assert twice.texts.equals(once.texts)
    assert not twice.removed.any()


@pytest.mark.parametrize("phrase", UNWANTED_PHRASES)
def test_each_unwanted_phrase_removes_its_line(phrase: str) -> None:
    """A line with an unwanted phrase goes, in any case, and the lines around it stay."""
    good = "This is a fine line."
    prose = keep_prose(pa.array(["x", f"{good}\nRead all about {phrase.upper()} right here.\n{good}"])[1:], 5)
    assert (prose.texts[0].as_py(), prose.removed[0]) == (f"{good}\n{good}", 1)


def test_no_texts_give_no_prose() -> None:
    """An empty array is filtered to an empty array."""
    assert len(keep_prose(pa.array([], pa.string()), 5).texts) == 0
