"""SPDX tags: what a source file says about itself (SPDX 2.3 annex E, REUSE 3.3)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from policies.markup.claims import kept
from policies.markup.page import Page
from policies.rights.evidence import Evidence, Scope, Where
from policies.rights.licenses import normalize

_TAG: Final = re.compile(r"SPDX-License-Identifier:[ \t]*([^\r\n]{1,300})")
_CLOSERS: Final = re.compile(r"(?:\*+/|-->|--\}\}|#\}|\*\)|\"\"\"|'''|[\"'`;])?\s*$")
_MOST: Final = 20
_HEAD: Final = 40_000  # code points of a text in which its own tags stand


def tag_evidence(text: str, where: Where = Where.BODY, scope: Scope = Scope.PAGE) -> Iterator[Evidence]:
    """Read the SPDX-License-Identifier tags of a source file or plain *text*."""
    for number, match in enumerate(_TAG.finditer(text[:_HEAD])):
        if number == _MOST:
            return
        claim = _CLOSERS.sub("", match[1]).strip()
        yield Evidence("spdx-tag", where, scope, kept(claim), "license", normalize(claim))


def comment_tags(page: Page) -> Iterator[Evidence]:
    """Read the tags in the comments of a page's source: they speak of the file; in its text they are only shown."""
    if b"SPDX-License-Identifier:" not in page.source:
        return
    for comment in re.findall(r"<!--(.*?)-->", page.source.decode("utf-8", "replace")[:_HEAD], re.DOTALL):
        yield from tag_evidence(comment, Where.HEAD)
