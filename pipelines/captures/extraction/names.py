"""What the names of an element, its classes, id and role, say about its content.

Names are words of English, mostly, put together with hyphens, underscores and capitals: they are looked at word by
word, so that "shareholder" is not about sharing. The words are those that content management systems, their themes and
authors of pages commonly use.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final


class Role:
    """What the content of an element is by its names: bits of an int (an IntFlag takes ten times as long)."""

    BESIDE: Final = 1  # navigation, sharing, promotion and the like
    WEAK: Final = 2  # likewise, if it consists of links
    REMARKS: Final = 4  # readers' comments
    TEASER: Final = 8  # the lead of a text, or what advertises another
    BODY: Final = 16  # the page's text
    POST: Final = 32  # a post or article, with its title and what else belongs to it
    NUMBERS: Final = 64  # of lines of code
    EXACT: Final = 128  # formulas, code, verse: part of a text, though no prose


_UNSHOWN, _WIDGET, _BUILDER, _PHRASAL = 256, 512, 1024, 2048

_BESIDE_WORDS: Final = """
    nav navi navbar navigation navigations menu menus submenu topmenu mainmenu breadcrumb breadcrumbs crumb crumbs
    skip toolbar topbar masthead footer colophon pagefooter pageheader sidebar sidebars rail imprint blogroll archives
    pagination paginator pager paging pagenavi postnav breaking ticker
    share shares sharing sharebar sharer sharethis shariff social socials sociable addtoany addthis jetpack sharedaddy
    follow printfriendly syndication feedback rating ratings partager teilen compartir condividi
    related relateds relatedposts recommend recommended recommendation recommendations readmore mostread trending
    upsell outbrain taboola plista verwandte relacionados relacionadas correlati
    newsletter newsletters subscribe subscription signup optin login signin paywall regwall subscriber donate donation
    cookie cookies consent gdpr popup modal lightbox overlay flyout offcanvas pushlayer toast alertbar
    notification notifications disclaimer banner banners
    ad ads adv advert adverts advertisement advertising adsense sponsor sponsored sponsors promo promos promotion
    promobox affiliate affiliates cta werbung anzeige anzeigen publicidad publicite pubblicita
    taglist tagcloud keywords authorbox bio byline bylines vcard avatar gravatar postmeta postmetadata
"""
_WEAK_WORDS: Final = """
    widget widgets slider slideshow carousel tag tags categories category meta metadata popular similar facebook twitter
    pinterest whatsapp linkedin instagram print noprint box infobox hidden tool tools more next prev previous list links
    link recent latest header head top bottom info aside author authors extra
"""
_REMARKS_WORDS: Final = """
    comment comments commentlist commentform respond disqus reply replies remarks livefyre fbcomments reactions pingback
    pingbacks trackback trackbacks kommentar kommentare commentaires comentarios commenti
"""
_EXACT_WORDS: Final = """
    eq eqn equation equations eqnarray formula formulas formulae formel math maths mathjax katex latex displaymath
    code codeblock codehilite sourcecode syntaxhighlighter highlight pseudocode algorithm theorem lemma proof
    poem poetry verse stanza lyrics
"""
_BESIDE: Final = frozenset(_BESIDE_WORDS.split())
_WEAK: Final = frozenset(_WEAK_WORDS.split())
_REMARKS: Final = frozenset(_REMARKS_WORDS.split())
_EXACT: Final = frozenset(_EXACT_WORDS.split())
_DENIED: Final = frozenset({"has", "no", "with", "without", "is", "not"})
"""Beside one of these a word says nothing: "has-sidebar" is an element beside the sidebar."""

_ANY_TEXT: Final = "(?:entry|post|article|story|blog|node|news)"
_PHRASES: Final = (
    "side bar",
    "(?:author|about) (?:box|bio|info|card|profile|block|author)",
    f"{_ANY_TEXT} (?:meta|metas|utility|footer|foot|infos?|details|nav|taxonomy|data|date)",
    f"{_ANY_TEXT} (?:tools|actions|share|sharing|social|bottom|aside|sidebar|tags|related|author)",
    "(?:read|more) (?:more|next|also|from|on|stories|news|articles|posts|links)",
    "(?:most|latest|recent) (?:read|popular|viewed|recent|news|posts|articles|comments)",
    "(?:next|prev|previous) (?:posts?|article|prev|next)",
    "post links",
    "see also",
    "you may",
    "might like",
    "site (?:header|title|description|branding|info)",
    "page header",
    "(?:social|cookie) \\w+",
    "screen reader",
    "sr only",
    "visually hidden",
    "no print",
    "table of contents",
    "toc (?:list|container|wrapper|wrap|nav|box)",
    "tags? (?:list|links|cloud)",
    "back (?:to )?top",
    "edit (?:link|section)",
    "(?:editsection|catlinks|reflist|navbox|hatnote)",
    "mw jump",
    "vector menu",
)
_PHRASE: Final = re.compile(rf"\b(?:{'|'.join(_PHRASES)})\b|toc$")
_COMPOUND: Final = re.compile(
    r"(?:top|main|sub|left|right|meta|side|foot|head|bottom|page|site|global|service|header|footer)"
    r"(?:nav|navi|navigation|menu|footer|modal|bar)"
    r"|(?:newsletter|cookie|sidebar|footer|related|social|sharing|comment|breadcrumb|recommend|sponsor|navbar|menu)\w+"
    r"|\w+(?:sidebar|footer|newsletter|popup|modal|breadcrumbs?|sharing|menu|banner|disclaimer|pagination)"
)
"""Words that are two."""

_TEASER: Final = re.compile(r"\b(?:\w*teasers?|lead|intro|vorspann|standfirst)\b")
_BODY: Final = re.compile(
    r"\b(?:(?:entry|post|article|story|blog|news|node|press|wysiwyg|rtf|rich) ?(?:main )?"
    r"(?:content|body|text|copy|txt)|bodytext|mw parser output|markdown body|field name body)\b"
)
_CONTENT: Final = re.compile(
    r"\b(?:(?:page|single|main|text|body|detail|content) ?(?:content|body|text|main|copy|txt|article)"
    r"|article|content|story|post|entry|prose|wysiwyg)\b"
)
_POST_NAME: Final = re.compile(r"hentry|type-post|type-page|h-entry|post-\d+")
"""Posts of WordPress and microformats; their other names are the categories and tags of the post."""

_UNSHOWN_NAME: Final = re.compile(
    r"hidden|hide|d-none|is-hidden|js-hidden|invisible|sr-only|visuallyhidden|element-invisible"
)
_WIDGET_NAME: Final = re.compile(r"\w*widget|widget[-_].+|.+-widget")
_BUILDER_NAME: Final = re.compile(r"elementor|siteorigin|so-widget|so-panel|panel-widget|fusion|et_pb|vc_|wpb_")
"""Page builders, to which every part of a page is a widget."""

_NUMBER_NAME: Final = re.compile(
    r"lineno|linenos|linenodiv|linenumbers?|line-?num(?:ber)?s?|blob-num|hljs-ln-n(?:umbers)?|gutter"
    r"|rouge-gutter|crayon-nums?|ln|ln-num|code-line-number",
    re.IGNORECASE,
)
"""Classes that highlighters of code give the numbers of lines."""

_SPECIAL_PARTS: Final = (
    r"hentry|type-p|h-entry|post-\d|hid|d-none|invisible|sr-only|widget|elementor|siteorigin|so-panel|fusion|et_pb|vc_|wpb_"
    r"|line|blob-num|hljs|gutter|crayon|^ln"
)
_SPECIAL: Final = re.compile(_SPECIAL_PARTS, re.IGNORECASE)
"""Is in all names that one of the five above may match."""
_SPECIAL_LOW: Final = re.compile(_SPECIAL_PARTS)
"""The same of names in lower case, four times as fast."""

_OPENING: Final = re.compile(
    r"about|article|author|back|blog|body|bodytext|catlinks|content|cookie|detail|edit|entry|field|hatnote|intro|latest"
    r"|lead|main|markdown|might|more|most|mw|navbox|news|next|node|page|post|press|prev|prose|read|recent|reflist|rich"
    r"|rtf|screen|see|side|single|site|social|sr|standfirst|story|table|tags?|text|toc|vector|visually|vorspann|wysiwyg"
    r"|you|no"
)
"""Begins the first word of every phrase."""

_WORD: Final = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])|\d+")
_MOST: Final = 40  # names of an element that are looked at


@lru_cache(maxsize=1 << 14)
def role_of(names: str) -> int:
    """Return what *names*, separated by blanks, say together: bits of Role."""
    role = 0
    for name in names.split()[:_MOST]:
        role |= _role_of_name(name)
    if role & Role.POST:
        return Role.POST
    unshown = role & _UNSHOWN and ":" not in names  # with a colon it is shown on some screens
    if unshown or (role & _WIDGET and not role & _BUILDER):
        role |= Role.BESIDE
    return role & (_UNSHOWN - 1)


@lru_cache(maxsize=1 << 14)
def _role_of_name(name: str) -> int:
    words = [word.lower() for word in _WORD.findall(name)]
    if not (_SPECIAL_LOW.search(name.lower()) if name.isascii() else _SPECIAL.search(name)):
        return _role_of_words(words)
    if _POST_NAME.fullmatch(name):
        return Role.POST
    role = _role_of_words(words)
    role |= _UNSHOWN if _UNSHOWN_NAME.fullmatch(name) else 0
    role |= _WIDGET if _WIDGET_NAME.fullmatch(name) else 0
    role |= _BUILDER if _BUILDER_NAME.search(name) else 0
    return role | (Role.NUMBERS if _NUMBER_NAME.fullmatch(name) else 0)


def _role_of_words(words: list[str]) -> int:
    """Return what one name says by its words; where words say both, that it stands beside."""
    if not words or not _DENIED.isdisjoint(words):
        return 0
    said = 0
    for word in words:
        said |= _role_of_word(word)
    others = said & (Role.REMARKS | Role.EXACT)
    if said & Role.BESIDE:
        return others | Role.BESIDE
    if said & _PHRASAL:
        phrase = " ".join(words)
        if _PHRASE.search(phrase):
            return others | Role.BESIDE
        if _BODY.search(phrase):
            return others | Role.BODY
        if _CONTENT.search(phrase):
            return others
        if _TEASER.search(phrase):
            return others | Role.TEASER
    return others | (said & Role.WEAK)


@lru_cache(maxsize=1 << 14)
def _role_of_word(word: str) -> int:
    role = Role.BESIDE if word in _BESIDE or _COMPOUND.fullmatch(word) else 0
    role |= Role.REMARKS if word in _REMARKS else 0
    role |= Role.WEAK if word in _WEAK else 0
    role |= Role.EXACT if word in _EXACT else 0
    return role | (_PHRASAL if _OPENING.match(word) or "teaser" in word else 0)


@lru_cache(maxsize=1 << 12)
def is_line_number(classes: str) -> bool:
    """Tell whether *classes*, separated by blanks, are of the number of a line of code."""
    return any(map(_NUMBER_NAME.fullmatch, classes.split()))
