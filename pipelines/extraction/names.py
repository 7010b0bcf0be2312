"""What the names of elements, their classes, ids and roles, say about their content."""

from __future__ import annotations

import re
from enum import IntFlag
from functools import lru_cache
from typing import Final


class Role(IntFlag):
    """What the content of an element is by its names."""

    PLAIN = 0
    BESIDE = 1  # navigation, sharing, promotion and the like
    REMARKS = 2  # readers' comments
    CONTENT = 4  # the page's text
    NUMBERS = 8  # of lines of code
    BODY = 16
    POST = 32
    WEAK = 64


_WORDS: Final = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])|\d+")

_BESIDE: Final = frozenset(
    """
    nav navi navbar navigation navigations menu menus submenu topmenu mainmenu breadcrumb breadcrumbs crumb crumbs
    footer colophon sidebar sidebars rail share shares sharing sharebar sharer sharethis shariff social
    socials sociable addtoany addthis jetpack sharedaddy related relateds relatedposts recommend recommended
    recommendation recommendations newsletter newsletters subscribe subscription signup optin cookie cookies consent
    gdpr banner banners ad ads adv advert adverts advertisement advertising adsense sponsor sponsored sponsors promo
    promos promotion promobox outbrain taboola plista pagination paginator pager paging pagenavi postnav popup modal
    lightbox overlay login signin toolbar taglist tagcloud keywords authorbox bio byline bylines postmeta
    postmetadata rating ratings trending readmore mostread disclaimer skip
    breaking ticker masthead topbar donate donation imprint feedback
    avatar gravatar printfriendly follow paywall subscriber regwall
    syndication upsell archives blogroll pagefooter pageheader
    """.split()
)
_WEAK: Final = frozenset(
    """
    teaser teasers widget widgets slider slideshow carousel tags categories category meta metadata popular similar
    facebook twitter pinterest whatsapp linkedin instagram print noprint box infobox hidden tool tools
    more next prev previous list links link recent latest header head top bottom info aside author authors extra
    """.split()
)
_REMARKS: Final = frozenset(
    "comment comments commentlist commentform respond disqus reply replies kommentare kommentar remarks "
    "livefyre fbcomments commentaires comentarios reactions pingback pingbacks trackback trackbacks".split()
)
_PHRASES: Final = re.compile(
    r"\b(?:side bar|(?:author|about) (?:box|bio|info|card|profile|block|author)|(?:entry|post|article|story|blog|node) "
    r"(?:meta|metas|utility|footer|foot|info|infos|details|tools|actions|nav|tags|taxonomy|author|data|date)|read (?:more|next|also)|"
    r"more (?:from|on|stories|news|articles|posts|links)|most (?:read|popular|viewed|recent)|latest (?:news|posts|articles)|"
    r"recent (?:posts|comments|articles)|(?:next|prev|previous) (?:post|posts|article|prev|next)|post (?:navigation|nav|links)|"
    r"see also|you may|might like|screen reader|sr only|visually hidden|table of contents|toc (?:list|container|wrapper|wrap|nav|box)|(?:tag|tags) (?:list|links|cloud)|jp relatedposts|"
    r"social \w+|cookie \w+|(?:article|post|entry) (?:tools|share|sharing|social|bottom|aside|sidebar|tags|related|author)"
    r"|no print|back (?:to )?top|edit (?:link|section)|editsection|catlinks|reflist|navbox|hatnote|mw jump|vector menu)\b"
)
_CONTENT: Final = re.compile(
    r"\b(?:(?:entry|post|article|story|blog|page|news|node|single|main|text|body|detail|press|content) ?"
    r"(?:content|body|text|main|copy|txt|inner content|article)|articlebody|articletext|bodytext|postbody|storytext|article|hentry|"
    r"mw parser output|content|story|post|entry|markdown body|field name body|prose|richtext|rich text|wysiwyg)\b"
)
_NOT: Final = frozenset({"has", "no", "with", "without", "is", "not"})
_LINE_NUMBERS: Final = re.compile(
    r"(?:^|\s)(?:lineno|linenos|linenumbers?|line-?num(?:ber)?s?|blob-num|hljs-ln-n(?:umbers)?|gutter|rouge-gutter|"
    r"crayon-nums?|ln|ln-num|code-line-number)(?:\s|$)",
    re.IGNORECASE,
)


_STRONG: Final = re.compile(
    r"\b(?:(?:entry|post|article|story|blog|news|node|press|wysiwyg|rtf|rich) ?(?:main )?(?:content|body|text|copy|txt)|articlebody|"
    r"articletext|bodytext|postbody|storytext|mw parser output|markdown body|field name body|richtext|rich text|hentry)\b"
)
_POST: Final = re.compile(r"(?:^|\s)(?:hentry|type-post|type-page|h-entry)(?:\s|$)")


@lru_cache(maxsize=1 << 14)
def role_of(names: str) -> Role:
    """Return what the *names* of an element (class, id and role, separated by blanks) say of it."""
    if _POST.search(names):  # their other names are the post's categories and tags
        return Role.POST
    role = Role.PLAIN
    for name in names[:1000].split()[:40]:
        words = [word.lower() for word in _WORDS.findall(name)]
        if not words or not _NOT.isdisjoint(words):
            continue
        phrase = " ".join(words)
        if not _REMARKS.isdisjoint(words):
            role |= Role.REMARKS
        if not _BESIDE.isdisjoint(words) or _PHRASES.search(phrase):
            role |= Role.BESIDE
        elif phrase == "toc":
            role |= Role.BESIDE
        elif _STRONG.search(phrase):
            role |= Role.BODY
        elif _CONTENT.search(phrase):
            role |= Role.CONTENT
        elif not _WEAK.isdisjoint(words):
            role |= Role.WEAK
    if _LINE_NUMBERS.search(names):
        role |= Role.NUMBERS
    return role


@lru_cache(maxsize=1 << 12)
def is_line_number(names: str) -> bool:
    """Tell whether the classes *names* mark the number of a line of code."""
    return _LINE_NUMBERS.search(names) is not None
