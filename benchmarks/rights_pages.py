"""Make web pages of which a lawyer has said what their licence is: our own, from templates, the same each time.

The labels were written before the code that they judge. They say under which licence the *text of the page* is
offered by those who publish it. What speaks only of a picture, a widget, a comment, a quotation, a dataset, the
software behind the page or another page does not count, nor what only mentions licences.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final

from rights_cases import MARKUP, Case
from rights_prose import PROSE

SITE: Final = "commons-digest.example"

LICENCES: Final = (
    ("https://creativecommons.org/licenses/by/4.0/", "CC-BY-4.0", "Creative Commons Attribution 4.0 International"),
    ("http://creativecommons.org/licenses/by-nc-sa/3.0/", "CC-BY-NC-SA-3.0", "CC BY-NC-SA 3.0"),
    ("//creativecommons.org/licenses/by-sa/3.0/de/", "CC-BY-SA-3.0-DE", "CC BY-SA 3.0 DE"),
    ("https://creativecommons.org/publicdomain/zero/1.0/deed.ja", "CC0-1.0", "CC0 1.0 Universal"),
    ("http://www.creativecommons.org/licenses/by-nd/2.5/legalcode", "CC-BY-ND-2.5", "CC BY-ND 2.5"),
    ("https://www.gnu.org/licenses/fdl-1.3.html", "GFDL-1.3-only", "GNU Free Documentation License 1.3"),
    (
        "http://www.nationalarchives.gov.uk/doc/open-government-licence/version/3/",
        "OGL-UK-3.0",
        "Open Government Licence v3.0",
    ),
)
"""Address, SPDX id and everyday name of the licences that the cases are filled with, three or four to each case."""

_FILL: Final = (
    "The harbour was quiet when the survey boats came in, and the crews compared what they had seen. ",
    "A second reading of the tables shows that the winter figures were entered twice. ",
    "Mix the flour with the water, cover the bowl, and leave it in a warm place for an hour. ",
    "The council met on Tuesday to discuss the bridge, and put the decision off until spring. ",
)
_SKINS: Final = (
    "<!DOCTYPE html><html lang=en><head><meta charset=utf-8><title>{title}</title>{head}</head><body>"
    "<header><nav><a href='/'>Home</a> <a href='/about'>About</a></nav></header>"
    "<main><article><h1>{title}</h1><p>{fill}</p>{body}<p>{fill}</p></article></main>"
    "<aside class='sidebar'>{aside}</aside>{comments}<footer><p><a href='/contact'>Contact</a></p>{footer}</footer>"
    "</body></html>",
    "<html><head><title>{title}</title>{head}</head><body><div id='top'><ul><li><a href='/'>Home</a></ul></div>"
    "<div id='content'><h1>{title}</h1><p>{fill}{body}<p>{fill}</div><div class='sidebar'>{aside}</div>{comments}"
    "<div id='footer'>{footer}</div></body></html>",
    "<!doctype html><html><head>{head}<title>{title}</title></head><body><table width=100%><tr><td>{aside}</td><td>"
    "<h1>{title}</h1><p>{fill}</p>{body}<p>{fill}</p></td></tr></table>{comments}<div class='site-footer'>{footer}"
    "</div></body></html>",
)


@dataclass(frozen=True, slots=True)
class LabelledPage:
    """One page and what is true of it.

    Attributes:
        form: how the case is written: "rel-license", "json-ld", "plain link", ...
        name: of the case and its filling, unique.
        html: the page.
        uri: its address.
        headers: of the HTTP response, names in lower case.
        license: the page's licence as SPDX expression; None if it offers none that a reader could rely on.
    """

    form: str
    name: str
    html: str
    uri: str
    license: str | None
    headers: Mapping[str, str] = field(default_factory=dict)


def pages() -> Iterator[LabelledPage]:
    """Iterate the labelled set: every case in one to four fillings, over three page layouts."""
    for number, case in enumerate((*MARKUP, *PROSE)):
        fillings = LICENCES[number % 2 :: 2] if "{url}" in case.text() or "{name}" in case.text() else LICENCES[:1]
        for turn, licence in enumerate(fillings):
            yield _page(case, licence, number + turn, f"{case.name} {turn}")


def _page(case: Case, licence: tuple[str, str, str], number: int, name: str) -> LabelledPage:
    def filled(part: str) -> str:
        url, spdx, words = licence
        uri = f"https://{SITE}/{number}/page"
        for key, value in (("url", url), ("id", spdx), ("name", words), ("uri", uri)):
            part = part.replace("{" + key + "}", value)
        return part

    html = _SKINS[number % len(_SKINS)]
    fill = _FILL[number % len(_FILL)] * (2 + number % 3)
    parts = {"title": "A note on tides", "fill": fill}
    for key in ("head", "body", "aside", "comments", "footer"):
        parts[key] = filled(getattr(case, key))
    for key, value in parts.items():
        html = html.replace("{" + key + "}", value)
    return LabelledPage(
        form=case.form,
        name=name,
        html=html,
        uri=f"https://{SITE}/{number}/page",
        license=filled(case.license) if case.license else None,
        headers={"link": filled(case.link)} if case.link else {},
    )
