"""Read JSON as people write it into pages: what strict parsers refuse and everybody understands, and nothing else.

Understood are byte order marks, comments, CDATA and HTML comment marks, commas and semicolons too many, single quotes,
bare names, unknown escapes, control characters, several documents in a row, and character references for the quotes.
What else is wrong (a quote inside a string, an end that is missing) leaves the text unread: guessing could give leave.
"""

from __future__ import annotations

import html
import json
import re
from collections.abc import Iterator
from typing import Any, Final

LARGEST: Final = 1 << 20
"""Code points of a text that are read."""

_DEEPEST: Final = 500
_SKIPPED: Final = r"[\s\ufeff\u200b]+|//[^\n]*|/\*(?:[^*]|\*(?!/))*+\*/|<!--|-->|<!\[CDATA\[|\]\]>"
_DOUBLE: Final = r'"(?:[^"\\]|\\.)*+"'
_SINGLE: Final = r"'(?:[^'\\]|\\.)*+'"
_NUMBER: Final = r"-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?(?![\w.])"
_TOKEN: Final = re.compile(
    rf"(?P<skipped>{_SKIPPED})|(?P<double>{_DOUBLE})|(?P<single>{_SINGLE})|(?P<number>{_NUMBER})|"
    r"(?P<name>[A-Za-z_$@][\w$@-]*+)|(?P<mark>[][{}:,;])",
    re.DOTALL,
)
_ESCAPED: Final = re.compile(r'\\(?:(u[0-9A-Fa-f]{4}|["\\/bfnrt])|(.))|(")', re.DOTALL)
_WORDS: Final = frozenset({"true", "false", "null"})


def read(text: str) -> Any:
    """Return what *text* holds, a list of documents if there are several; linear in its length.

    Values of a key that an object repeats are joined to one list, so that none is lost.

    Raises:
        ValueError: it cannot be read, is longer than LARGEST, or nests too deeply.
    """
    if len(text) > LARGEST:
        raise ValueError("the text is too long")
    for spelled in (_same, _strict, _strict_unescaped):
        try:
            return json.loads(spelled(text), strict=False, object_pairs_hook=_joined)
        except RecursionError as error:
            raise ValueError("the text nests too deeply") from error
        except ValueError:
            continue
    raise ValueError("the text is no JSON")


def _same(text: str) -> str:
    return text


def _strict_unescaped(text: str) -> str:
    if "&" not in text:
        raise ValueError("there is nothing to unescape")
    return _strict(html.unescape(text))


def _strict(text: str) -> str:
    """Return *text* as a JSON array of the documents that it holds, or the one alone."""
    out: list[str] = []
    depth = documents = 0
    for kind, token in _tokens(text):
        if token in (",", ";") and (depth == 0 or (token == "," and out[-1] in (",", "{", "["))):
            continue
        if depth == 0:
            out.append("," if documents else "")
            documents += 1
        if token in ("}", "]"):
            depth -= 1
            if out[-1] == ",":
                out.pop()
        depth += token in ("{", "[")
        if depth < 0 or depth > _DEEPEST:
            raise ValueError("the brackets do not match, or nest too deeply")
        out.append(_spelled(kind, token))
    return "".join(out) if documents == 1 else f"[{''.join(out)}]"


def _tokens(text: str) -> Iterator[tuple[str, str]]:
    at = 0
    while at < len(text):
        token = _TOKEN.match(text, at)
        if token is None:
            raise ValueError("there is something that is no part of JSON")
        at = token.end()
        if token.lastgroup and token.lastgroup != "skipped":
            yield token.lastgroup, token[0]


def _spelled(kind: str, token: str) -> str:
    if kind in ("double", "single"):
        return f'"{_ESCAPED.sub(_escape, token[1:-1])}"'
    return f'"{token}"' if kind == "name" and token not in _WORDS else token


def _escape(found: re.Match[str]) -> str:
    known, unknown, quote = found.groups()
    if known:
        return found[0]
    return '\\"' if quote or unknown == '"' else json.dumps(unknown)[1:-1]


def _joined(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        for name in found:
            values = [value for key, value in pairs if key == name]
            found[name] = values if len(values) > 1 else values[0]
    return found
