"""Read sentences about licences: what is granted, of what they speak, and what is kept back.

A sentence counts for the page only if it says that this text, page or site *is* offered under a licence ("This article
is licensed under ...", "Content is available under ..."). Sentences about icons, photographs, software and data, about
the material of others, and those that ask, deny or advise, count for something else than the page.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from policies.markup.claims import RESERVED
from policies.markup.subjects.parts import is_of_no_page
from policies.markup.whole import speaks_of_the_whole
from policies.rights.evidence import Scope
from policies.rights.licenses import normalize

LONGEST: Final = 2000
"""Code points of a run of text that are read before and behind what caught the eye."""

GRANT: Final = re.compile(
    r"(?:(?:dual[- ]?)?licen[sc]ed|licen[sc]ing|available|released|published|distributed|shared?|offered|"
    r"provided|use[ds]?|"
    r"usable|reserved|covered|governed|protected|reproduced?|"
    r"redistribut\w+|remix\w*|made available|placed)"
    r"(?:[^.;:!?]{0,60}?)\b(?:under|by|with|via|into|according to)\b|\b(?:is|are) (?:in|dedicated to) the\b|"
    r"\b(?:rights reserved|licen[sc]e)\s?[:–—-]|"
    r"\bsous (?:la )?licence|\bbajo (?:la |una )?licencia|\bsob (?:a |uma )?licen[çc]a|"
    r"\bcon licenza|\bsotto licenza|\b(?:steht|stehen|lizenziert|veröffentlicht|verfügbar)\b[^.;]{0,40}?\bunter\b|"
    r"\b(?:lizenz|licence|licentie|licencia|licenza)\s?:",
    re.IGNORECASE,
)
"""Words that offer something under what follows."""

KEPT_BACK: Final = re.compile(
    r"all\s+rights\s+(?:are\s+)?reserved|alle\s+rechte\s+vorbehalten|tous\s+droits\s+r[ée]serv[ée]s|"
    r"todos\s+los\s+derechos\s+reservados|todos\s+os\s+direitos\s+reservados|"
    r"tutti\s+i\s+diritti\s+(?:sono\s+)?riservati|alle\s+rechten\s+voorbehouden",
    re.IGNORECASE,
)
"""The formula of reservation, in seven languages."""

_ELSE: Final = re.compile(
    r"\b(?:icons?|photos?|photographs?|photography|photographer|images?|pictures?|illustrations?|drawings?|"
    r"artwork|clip-?art|"
    r"graphics?|logos?|fonts?|typefaces?|emojis?|themes?|templates?|skins?|layout|design by|software|plug-?ins?|"
    r"scripts?|librar(?:y|ies)|code|programs?|apps?|packages?|powered by|built with|maps?|tiles|data|datasets?|"
    r"databases?|videos?|audio|music|songs?|soundtracks?|sounds?|recordings?|backgrounds?|banners?|avatars?|headers?|"
    r"engine|material from|adapted from|based on|derived from|taken from|contains|includes|incorporates|incorporating|"
    r"via (?:wikimedia|flickr)|screenshots?|comments|bilder?|fotos?|grafik(?:en)?|logiciel|imagen|imágenes)\b",
    re.IGNORECASE,
)
_UNSAID: Final = re.compile(
    r"\b(?:if|when|whether|not|never|isn't|aren't|cannot|without|how|why|suppose|your|would|could|many|most|"
    r"some people|"
    r"they|he|she|his|her|previously|formerly|nicht|wenn|pas)\b",
    re.IGNORECASE,
)
_OURS: Final = re.compile(
    r"\b(?:this|the(?:se)?|all|our|its?|any|every|user|text|unless|except)?\s*"
    r"(?:works?|articles?|pages?|texts?|documents?|documentation|manual|sites?|websites?|blogs?|wikis?|posts?|papers?|"
    r"books?|chapters?|contents?|contributions|publications?|tutorials?|guides?|reports?|stor(?:y|ies)|essays?|"
    r"materials?|lessons?|courses?|notes?|translations?|journal|entries|entry|resources?|pieces?|"
    r"artikel|seite|inhalte?|werk|dieser text|texte|contenu|œuvre|cet article|artículo|contenido|obra|conteúdo|artigo|"
    r"opera|contenuti?)\b|\bthis\b|\bis\b|\bsome rights\b",
    re.IGNORECASE,
)
_THIS: Final = re.compile(r"\bthis (?:work|article|page|text|document|paper|book|chapter)\b", re.IGNORECASE)
_SITE: Final = re.compile(
    r"\b(?:web\s?-?sites?|(?:this|our) (?:blog|wiki|site)|on this site|the site)\b", re.IGNORECASE
)
_BLANK: Final = " \t\n|\xa0"
_NOTICE: Final = re.compile(r"©|\(c\)|copyright|copr\.", re.IGNORECASE)
_PUBLIC: Final = re.compile(r"public[\s-]domain", re.IGNORECASE)
_BREAK: Final = re.compile(
    r"(?<=[.!?;])(?<!bzw\.)(?<!resp\.)(?<!z\.B\.)(?<!e\.g\.)(?<!\b[A-Z]\.)\s+(?=[A-ZÀ-Þ©“\"(])|[\n|•·]\s*|(?<=[,;])\s+(?=and\s|while\s|but\s(?!not\s))"
)
_QUOTES: Final = "“”\"'‘’«»„"
_NAMED: Final = re.compile(r"licen[scç]|lizenz|commons|public.domain|\bcc", re.IGNORECASE)
_NAME_HEAD: Final = re.compile(
    r"(?:\s*(?:the|an?|der|die|la|le|les|el|una?|terms|conditions|and|of|to|license|licence|lizenz|licencia|"
    r"licença)\b[:,]?)*\s*"
)
_CODE: Final = re.compile(r"\bCC(?:0|[ -]BY(?:[ -](?:NC|ND|SA))*)(?![A-Za-z])", re.IGNORECASE)
_NAME_WORDS: Final = 12
_NAME_ENDS: Final = re.compile(r"[;()\[\]<>\"“”:!?]|\.(?=\s|$)")


@dataclass(frozen=True, slots=True)
class Statement:
    """What one sentence says.

    Attributes:
        meaning: the licence as SPDX expression, None if it is not understood.
        scope: of what it speaks.
        text: the sentence.
        reserves: whether it is the formula that reserves all rights.
        whole: whether it says in plain words that the whole page, site or work is meant, wherever it stands.
    """

    meaning: str | None
    scope: Scope
    text: str
    reserves: bool = False
    whole: bool = False


def is_about_something_else(words: str) -> bool:
    """Tell whether the sentence that *words* end speaks of pictures, software, data or the material of others."""
    return _ELSE.search(words) is not None and _OURS_FIRST.match(words) is None


_OURS_FIRST: Final = re.compile(
    r"\W*(?:this|the)\s+(?:work|article|page|text|document|site|website|blog|content)\b", re.I
)


@lru_cache(maxsize=4096)  # a site's pages share their footers
def statements(text: str) -> tuple[Statement, ...]:
    """Return what the sentences of *text* say about licences, in their order; those that grant nothing are left out."""
    found = [one for sentence in _BREAK.split(text[: 2 * LONGEST]) if sentence for one in _granted(sentence)]
    return (*found, *_reserved(text))


def _granted(sentence: str) -> Iterator[Statement]:
    """Read the names of licences behind words that offer something."""
    if _NAMED.search(sentence) is None or sentence.rstrip().endswith("?"):
        return
    for grant in GRANT.finditer(sentence):
        behind = sentence[grant.end() :]
        meaning = _public_domain(grant[0], behind) or name_at_start(behind)
        if meaning or _NAMED.search(behind[:80]):
            before = sentence[: grant.end()]
            whole = meaning is not None and speaks_of_the_whole(before, behind)
            yield Statement(meaning, subject_scope(before, behind), sentence, whole=whole)
            return
    code = _CODE.search(sentence)
    meaning = name_at_start(sentence[code.start() :]) if code else None
    if code and meaning and speaks_of_the_whole(sentence[: code.start()], sentence[code.end() :]):
        yield Statement(meaning, Scope.SITE, sentence, whole=True)


def _public_domain(grant: str, behind: str) -> str | None:
    return "LicenseRef-PublicDomain" if _PUBLIC.match(behind.strip().removeprefix("the ")) else None


def subject_scope(before: str, behind: str) -> Scope:
    """Return of what a sentence speaks whose words up to the licence's name are *before*, and from there *behind*."""
    if _ELSE.search(before) or _UNSAID.search(before) or is_of_no_page(before, behind):
        return Scope.ELEMENT
    if _SITE.search(before):
        return Scope.SITE
    grant = GRANT.search(before)
    subject = before[: grant.start()] if grant else before
    bare = not re.search(r"\w", _NOTICE.sub("", subject)) or _NOTICE.search(subject) is not None
    ours = _OURS.search(subject) or _THIS.search(before)
    return Scope.PAGE if bare or ours else Scope.ELEMENT


def name_at_start(words: str) -> str | None:
    """Return the licence whose name *words* begin with, the longest that is understood; None if there is none."""
    end = _NAME_ENDS.search(words)
    head = words[: end.start()] if end else words
    parts = head[_skip(head) :].split()[:_NAME_WORDS]
    if not parts or not any(char.isalpha() for char in parts[0]):
        return None
    for count in range(len(parts), 0, -1):
        name = " ".join(parts[:count]).rstrip(".,;")
        if (found := normalize(name)) is not None:
            return found
    return None


def _skip(head: str) -> int:
    match = _NAME_HEAD.match(head.lower())
    return match.end() if match else 0


def _reserved(text: str) -> Iterator[Statement]:
    """Read the formula of reservation where it is a notice: not quoted, and near a sign of copyright or alone."""
    for formula in KEPT_BACK.finditer(text):
        before, after = text[: formula.start()].rstrip(), text[formula.end() :].lstrip()
        quoted = before[-1:] in _QUOTES if before else False
        if quoted or (after[:1] in _QUOTES and after):
            continue
        near = before[-200:]
        if not _NOTICE.search(near + after[:100]) and len(near) > 100:
            continue
        scope = Scope.ELEMENT if _ELSE.search(near) else Scope.SITE
        yield Statement(RESERVED, scope, text[max(0, formula.start() - 100) : formula.end()], reserves=True)
        return


def sentence_around(text: str, begin: int, end: int) -> tuple[str, str]:
    """Return the parts of a sentence before and behind what stands from *begin* to *end* of *text*, bounded.

    Of a link without words that stands alone, such as a badge, it is the next sentence, all of it before.
    """
    first = max(0, begin - LONGEST)
    start = max([first, *(cut.end() for cut in _BREAK.finditer(text, first, begin))])
    rest = text[end : end + LONGEST]
    following = _BREAK.search(rest)
    before, behind = text[start:begin], rest[: following.start()] if following else rest
    if text[begin:end].strip() or before.strip(_BLANK) or behind.strip(_BLANK):
        return before, behind
    return next((one for one in _BREAK.split(rest) if one.strip(_BLANK)), ""), ""


def _last_before_grant(text: str, begin: int, earlier: Sequence[int]) -> int:
    """Return the last of *earlier* (ascending) between which and *begin* words that offer stand; 0 if none is so."""
    if not earlier or GRANT.search(text, max(0, earlier[0]), begin) is None:
        return 0
    known, open_ = 0, len(earlier)  # behind what is later fewer words stand
    while open_ - known > 1:
        middle = (known + open_) // 2
        if GRANT.search(text, earlier[middle], begin):
            known = middle
        else:
            open_ = middle
    return earlier[known]


def link_scope(text: str, begin: int, earlier: Sequence[int]) -> Scope:
    """Return of what a link to a licence speaks, that begins at *begin* of *text*; *earlier* are ends of those before.

    Its sentence must offer this page under it; a link that is only mentioned speaks of nothing here (ELEMENT).
    """
    start = max([0, *(cut.end() for cut in _BREAK.finditer(text, 0, begin))])
    start = max(start, _last_before_grant(text, begin, earlier))
    before, rest = text[start:begin], text[begin : begin + LONGEST]
    following = _BREAK.search(rest)
    if (rest[: following.start()] if following else rest).rstrip().endswith("?"):
        return Scope.ELEMENT
    grants = list(GRANT.finditer(before))
    if not grants or len(before) - grants[-1].end() > 80:
        return Scope.ELEMENT
    return subject_scope(before, rest)
