"""Lay articles out as the web pages of invented sites, with menus, footers and licence marks."""

from __future__ import annotations

import html
import json
from dataclasses import dataclass

from corpushub.example.prose import Paragraphs, joined, phrases

LICENSES = {
    "CC-BY-4.0": "https://creativecommons.org/licenses/by/4.0/",
    "CC-BY-SA-4.0": "https://creativecommons.org/licenses/by-sa/4.0/",
    "CC-BY-NC-4.0": "https://creativecommons.org/licenses/by-nc/4.0/",
    "CC0-1.0": "https://creativecommons.org/publicdomain/zero/1.0/",
}
"""SPDX ids that pages carry, and the address by which their markup names them."""


@dataclass(frozen=True, slots=True)
class Site:
    """An invented site under a name that RFC 2606 reserves.

    Attributes:
        host: the host name.
        language: the language of its pages.
        license: the SPDX id its pages are marked with; None for no mark.
        mark: how they are marked: "anchor" and "link" (rel=license), "jsonld", "header" (RFC 8288 Link).
        codec: the encoding of its pages.
        declared: where the encoding is declared: "header", "meta" or "nowhere".
    """

    host: str
    language: str
    license: str | None = None
    mark: str = "anchor"
    codec: str = "utf-8"
    declared: str = "header"


SITES = (
    Site("harbour-notes.example", "en", "CC-BY-4.0"),
    Site("allotment-diary.example", "en", "CC-BY-SA-4.0", mark="link"),
    Site("ferry-times.example", "en"),
    Site("valley-almanac.example", "en", "CC-BY-NC-4.0"),
    Site("repair-evenings.example", "en", "CC0-1.0", mark="jsonld"),
    Site("gartenbote.example", "de", "CC-BY-SA-4.0", codec="iso-8859-1"),
    Site("muehlgasse.example", "de", "CC-BY-4.0", mark="header"),
    Site("jetee-du-nord.example", "fr", "CC-BY-NC-4.0", codec="iso-8859-1", declared="meta"),
    Site("bac-et-canal.example", "fr", "CC0-1.0"),
    Site("el-muelle.example", "es", "CC-BY-4.0", mark="jsonld"),
    Site("vencejos.example", "es", declared="nowhere"),
    Site("minato-dayori.example", "ja", "CC-BY-4.0", codec="shift_jis"),
    Site("unga-nikki.example", "ja", codec="shift_jis", declared="meta"),
    Site("yunhe.example", "zh", "CC-BY-SA-4.0"),
)
"""Where the generated pages stand."""


def content_type(site: Site) -> str:
    """Return the Content-Type header that *site* sends with its pages."""
    return f"text/html; charset={site.codec}" if site.declared == "header" else "text/html"


def link_headers(site: Site) -> list[tuple[str, str]]:
    """Return the HTTP headers that carry the licence of *site*, if headers do."""
    if site.license is None or site.mark != "header":
        return []
    return [("Link", f'<{LICENSES[site.license]}>; rel="license"')]


def render(site: Site, title: str, article: Paragraphs) -> bytes:
    """Return the page as bytes in the encoding of its site."""
    paragraphs = "\n".join(f"    <p>{html.escape(joined(site.language, part), quote=False)}</p>" for part in article)
    body = f"  <main>\n  <article>\n    <h1>{html.escape(title)}</h1>\n{paragraphs}\n  </article>\n  </main>"
    return document(site, title, body).encode(site.codec)


def render_menu_only(site: Site, title: str) -> bytes:
    """Return a page that is all menu: there is no text of its own to extract."""
    links = "\n".join(f'    <li><a href="/tag/{number}">{number}</a></li>' for number in range(1, 40))
    return document(site, title, f'  <nav class="tags">\n  <ul>\n{links}\n  </ul>\n  </nav>').encode(site.codec)


def document(site: Site, title: str, body: str) -> str:
    """Wrap *body* in the head, menu and footer of *site*."""
    labels = phrases()[site.language]["navigation"]
    menu = "".join(f'<li><a href="/{number}">{label}</a></li>' for number, label in enumerate(labels))
    return f"""<!DOCTYPE html>
<html lang="{site.language}">
<head>
{head(site, title)}
</head>
<body>
  <header><p class="brand">{site.host}</p></header>
  <nav><ul>{menu}</ul></nav>
{body}
  <footer><p>{phrases()[site.language]["footer"]}</p>{anchor(site)}</footer>
</body>
</html>
"""


def head(site: Site, title: str) -> str:
    """Return the lines inside the head element: encoding, title and licence marks."""
    lines = [f'  <meta charset="{site.codec}">'] if site.declared == "meta" else []
    lines.append(f"  <title>{html.escape(title)} - {site.host}</title>")
    if site.license is not None and site.mark == "link":
        lines.append(f'  <link rel="license" href="{LICENSES[site.license]}">')
    if site.license is not None and site.mark == "jsonld":
        claim = {"@context": "https://schema.org", "@type": "Article", "license": LICENSES[site.license]}
        lines.append(f'  <script type="application/ld+json">{json.dumps(claim)}</script>')
    return "\n".join(lines)


def anchor(site: Site) -> str:
    """Return the visible licence link of the footer, if *site* has one."""
    if site.license is None or site.mark != "anchor":
        return ""
    return f'<p><a rel="license" href="{LICENSES[site.license]}">{site.license}</a></p>'
