"""Which kind of thing a type of schema.org or Dublin Core names: the page's text, the site, or something else."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

from policies.rights.evidence import Scope

_PAGES_NAMES: Final = """
    aboutpage advertisercontentarticle analysisnewsarticle answer apireference article askpublicnewsarticle
    backgroundnewsarticle blog blogposting chapter checkoutpage collectionpage contactpage course creativework
    criticreview digitaldocument discussionforumposting document faqpage foaf:document guide howto itempage
    learningresource legislation legislationobject liveblogposting manuscript medicalscholarlyarticle
    medicalwebpage newsarticle notedigitaldocument opinionnewsarticle poem presentationdigitaldocument
    profilepage qapage question quiz recipe report reportagenewsarticle review reviewnewsarticle
    satiricalarticle scholarlyarticle searchresultspage shortstory socialmediaposting statement syllabus
    techarticle text textdigitaldocument thesis thing webcontent webpage webpageelement
"""
_PAGES: Final = frozenset(_PAGES_NAMES.split())
_SITES: Final = frozenset({"website", "organization", "newsmediaorganization", "corporation", "collection"})
_NAME: Final = re.compile(r"(?<![\w-])[\w-]++$")


def scope_of(types: Iterable[str]) -> Scope | None:
    """Return what something of *types* is within a page; None if it has no type.

    A type is an address or a name with or without prefix. A page that is of several types counts as page; what is of
    no known type is something within the page (an image, a dataset, a product).
    """
    names = {match[0].lower() for one in types if (match := _NAME.search(one.strip().rstrip("/#")))}
    names -= {"thing"} if len(names) > 1 else set()
    if not names:
        return None
    if names & _PAGES:
        return Scope.PAGE
    return Scope.SITE if names & _SITES else Scope.ELEMENT
