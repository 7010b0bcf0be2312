"""The cases of the labelled set in which a licence stands in prose: plain links, sentences, reservations, traps."""

from __future__ import annotations

from typing import Final

from rights_cases import CC_BY, CC_NC, RESERVED, Case, json_ld

LINK: Final = '<a href="{url}">{name}</a>'


def _links() -> list[Case]:
    form = "plain link"
    bodies: list[tuple[str, str | None, str]] = [
        ("this work", "{id}", f"<p>This work is licensed under a {LINK} license.</p>"),
        ("this article", "{id}", f"<p>You may share this article under the terms of the {LINK}.</p>"),
        ("German", "{id}", f"<p>Dieser Text steht unter der Lizenz {LINK}.</p>"),
        ("French", "{id}", f"<p>Ce texte est mis à disposition sous licence {LINK}.</p>"),
        ("Spanish", "{id}", f"<p>Este artículo se publica bajo licencia {LINK}.</p>"),
        ("open access", "{id}", f"<p>Open access. This is an article distributed under the terms of the {LINK}.</p>"),
        ("essay on licences", None, f"<p>The {LINK} licence lets others copy a work, and many libraries like it.</p>"),
        (
            "list of licences",
            None,
            f'<ul><li><a href="{CC_BY}">CC BY 4.0</a><li><a href="{CC_NC}">CC BY-NC 4.0</a></ul>',
        ),
        ("advice", None, f"<p>If you publish your work under {LINK}, anybody may use it.</p>"),
        ("news", None, f"<p>The museum released its photographs under {LINK} last week.</p>"),
        ("picture credit", None, f"<p>Photo by A. Moor, licensed under {LINK}.</p>"),
        ("caption", None, f"<figure><img src=a.jpg><figcaption>The pier. {LINK}</figcaption></figure>"),
        ("caption by class", None, f'<div class="wp-caption"><img src=a.jpg><p>By B, {LINK}, via Commons</p></div>'),
        ("adapted text", None, f"<p>This section uses material from the article Tide, released under {LINK}.</p>"),
        ("quoted", None, f"<blockquote>All our content is licensed under {LINK}.</blockquote>"),
        ("data", None, f"<p>The data set is available under {LINK}.</p>"),
        (
            "map",
            None,
            "<div id='map'>Map data © contributors, <a href='https://opendatacommons.org/licenses/odbl/'>ODbL"
            "</a></div>",
        ),
    ]
    footers: list[tuple[str, str | None, str]] = [
        (
            "except where noted",
            "{id}",
            f"<p>Except where otherwise noted, content on this site is licensed under {LINK}.</p>",
        ),
        ("content", "{id}", f"<p>Content is available under {LINK} unless otherwise noted.</p>"),
        ("text", "{id}", f"<p>Text is available under {LINK}; additional terms may apply.</p>"),
        ("some rights", "{id}", f"<p>© 2019 The Digest. Some rights reserved under {LINK}.</p>"),
        ("contributions", "{id}", f"<p>user contributions licensed under {LINK}</p>"),
        (
            "text and code",
            "CC-BY-4.0",
            f'<p>The content of this page is licensed under <a href="{CC_BY}">CC BY 4.0</a>, '
            'and code samples are licensed under the <a href="https://www.apache.org/licenses/LICENSE-2.0">Apache 2.0 '
            "License</a>.</p>",
        ),
        ("icons", None, f"<p>Icons made by C. Quill, licensed under {LINK}.</p>"),
        ("icons after", None, f"<p>We use icons from the Plain set ({LINK}).</p>"),
        ("fonts", None, f"<p>Fonts are licensed under {LINK}.</p>"),
        (
            "theme",
            None,
            '<p>Theme by D, licensed under the <a href="https://opensource.org/licenses/MIT">MIT License</a></p>',
        ),
        ("software", None, f"<p>Powered by Wikimill, free software released under the {LINK}.</p>"),
        ("logo", None, f"<p>The logo is licensed under {LINK}.</p>"),
        ("background photo", None, f"<p>Background image: E. Field, {LINK}</p>"),
        ("menu", None, f"<ul><li><a href='/about'>About</a><li>{LINK}</ul>"),
    ]
    return [
        *(Case(form, f"{name} in body", want, text) for name, want, text in bodies),
        *(Case(form, f"{name} in footer", want, footer=text) for name, want, text in footers),
        Case(
            form,
            "widget",
            None,
            aside=f'<div class="widget"><footer>Feed content is licensed under {LINK}</footer></div>',
        ),
        Case(form, "reader", None, comments=f'<div id="comments"><p>My text is licensed under {LINK}.</p></div>'),
    ]


def _sentences() -> list[Case]:
    form = "sentence"
    bodies: list[tuple[str, str | None, str]] = [
        ("this work", "{id}", "<p>This work is licensed under the {name} license.</p>"),
        (
            "split by markup",
            "{id}",
            "<p>This <b>work</b> is <i>licensed</i>\n under&nbsp;the <b>{name}</b> license.</p>",
        ),
        ("documentation", "{id}", "<p>This documentation is released under {name}.</p>"),
        ("public domain", "LicenseRef-PublicDomain", "<p>This text is in the public domain.</p>"),
        ("version left out", None, "<p>This work is licensed under a Creative Commons licence.</p>"),
        ("trade licence", None, "<p>Our brokers are licensed under number 4711 by the state.</p>"),
        ("by law", None, "<p>The bank is licensed under the laws of Delaware.</p>"),
        ("your agreement", None, "<p>The service is licensed under the terms of your agreement.</p>"),
        ("the software", None, "<p>The software is licensed under the MIT License.</p>"),
        ("old works", None, "<p>Many old maps are in the public domain.</p>"),
        ("question", None, "<p>Is this text licensed under CC BY 4.0?</p>"),
        ("denied", None, "<p>This text is not licensed under CC BY 4.0.</p>"),
        (
            "contained",
            None,
            "<p>Contains public sector information licensed under the Open Government Licence v3.0.</p>",
        ),
    ]
    return [Case(form, name, want, text) for name, want, text in bodies] + [
        Case(form, "footer", "{id}", footer="All content on this site is available under the {name}."),
    ]


def _reserved() -> list[Case]:
    form = "all rights reserved"
    cc = f'<a rel="license" href="{CC_BY}">CC BY 4.0</a>'
    return [
        Case(form, "footer", RESERVED, footer="<p>© 2024 The Digest. All rights reserved.</p>"),
        Case(form, "split", RESERVED, footer="<p>&copy; 2024 The Digest. All&nbsp;<b>Rights</b>\nReserved</p>"),
        Case(form, "German", RESERVED, footer="© Verlag. Alle Rechte vorbehalten."),
        Case(form, "French", RESERVED, footer="© 2020 Le Journal. Tous droits réservés."),
        Case(form, "body", RESERVED, "<p>Copyright 2021 by the author. All rights reserved.</p>"),
        Case(form, "holder alone", None, footer="<p>© 2024 The Digest</p>"),
        Case(form, "mentioned", None, "<p>The phrase “all rights reserved” has had no effect in law since 2000.</p>"),
        Case(form, "picture", None, "<figure><img src=a><figcaption>© F. All rights reserved.</figcaption></figure>"),
        Case(form, "reader", None, comments="<div class='comment'>© me, all rights reserved</div>"),
        Case(
            form,
            "beside CC",
            "CC-BY-4.0",
            f"<p>Licence: {cc}</p>",
            footer="<p>© 2024 The Digest. All rights reserved.</p>",
        ),
        Case(form, "in one breath", "CC-BY-4.0", footer=f"<p>© 2024 A. All rights reserved. Licensed under {cc}.</p>"),
        Case(
            form, "software of the site", None, footer="<p>Forum software © 2001 Boardworks. All rights reserved.</p>"
        ),
    ]


def _several() -> list[Case]:
    form = "two licences"
    by, nc = f'<a rel="license" href="{CC_BY}">CC BY</a>', f'<link rel="license" href="{CC_NC}">'
    site = '{"@type":"WebSite","license":"' + CC_NC + '"}'
    return [
        Case(form, "most restrictive", "CC-BY-NC-4.0", f"<p>{by}</p>", head=nc),
        Case(form, "same said twice", "CC-BY-4.0", f"<p>{by}</p>", head=f'<link rel="license" href="{CC_BY}">'),
        Case(form, "page over site", "CC-BY-4.0", f"<p>{by}</p>", head=json_ld(site)),
        Case(
            form, "page and picture", "CC-BY-4.0", f'<figure><a rel=license href="{CC_NC}">NC</a></figure><p>{by}</p>'
        ),
        Case(
            form,
            "page and icons",
            "CC-BY-4.0",
            f"<p>{by}</p>",
            footer=f'<p>Icons by G, <a href="{CC_NC}">CC BY-NC</a></p>',
        ),
    ]


def _whole() -> list[Case]:
    """Widgets and footers that say what they speak of, and those that speak of a part."""
    form = "said of the whole"
    rel = '<a rel="license" href="{url}">{name}</a>'
    told: list[tuple[str, str | None, str]] = [
        ("this work", "{id}", f"This work is licensed under a {rel}."),
        ("site", "{id}", f"Unless otherwise noted, all content on this site is available under {LINK}."),
        ("German page", "{id}", f"Der Inhalt dieser Seite steht unter einer {rel}."),
        ("German posts", "{id}", f"Alle Beiträge dieser Website stehen unter {LINK}."),
        ("French texts", "{id}", f"Tous les textes de ce site sont mis à disposition sous licence {LINK}."),
        ("Polish work", "{id}", f"Ten utwór jest dostępny na licencji {rel}."),
        ("Turkish work", "{id}", f"Bu eser {rel} ile lisanslanmıştır."),
        ("pictures", None, f"All pictures on this site are available under {LINK}."),
        ("German pictures", None, f"Die Bilder in diesem Blog stehen unter einer {rel}."),
        ("Spanish pictures", None, f"Las fotos de este sitio están bajo una licencia {LINK}."),
        ("recipes", None, f"All recipes on this site are available under {LINK}."),
        ("German recipes", None, f"Die Rezepte dieser Seite stehen unter {rel}."),
        ("Turkish recipes", None, f"Bu sitedeki tüm tarifler {rel} ile lisanslanmıştır."),
        ("tool of the site", None, f"This website uses Eelkit, which is licensed under {LINK}."),
        ("owner's", None, f"This site's almanac is licensed under {LINK}."),
        ("podcast", None, f"Der Podcast steht unter einer {rel}."),
        ("another work", None, f"The Almanac of Eels by E. Fisk is licensed under a {rel}."),
        ("wish", None, f"If all content on this site were under {LINK}!"),
        ("recommended", None, f"Blogs we like: Eel Weekly, {rel}"),
    ]
    return [
        Case(form, f"{name} in widget", want, aside=f'<div class="widget">{text}</div>') for name, want, text in told
    ]


def _hidden() -> list[Case]:
    form = "not shown"
    rel = '<a rel="license" href="{url}">{name}</a>'
    return [
        Case(form, "comment", None, f"<!-- {rel} This work is licensed under {{name}}. -->"),
        Case(form, "script", None, f"<script>var badge = '{rel}'; // licensed under {{name}}</script>"),
        Case(form, "template", None, f"<template><p>This work is licensed under {rel}</p></template>"),
        Case(form, "display none", None, f'<div style="display: none"><p>This work is licensed under {rel}</p></div>'),
        Case(form, "hidden", None, f"<div hidden>This work is licensed under {LINK}</div>"),
        Case(form, "form", None, "<textarea>This work is licensed under {name}.</textarea>"),
        Case(form, "attribute", None, '<img src=a.png alt="This work is licensed under {name}">'),
    ]


def _addresses() -> list[Case]:
    form = "address"
    said = '<p>This work is licensed under <a href="%s">this licence</a>.</p>'
    addresses: list[tuple[str, str | None, str]] = [
        ("language of the deed", "CC-BY-NC-4.0", "http://creativecommons.org/licenses/by-nc/4.0/deed.es_ES"),
        ("upper case", "CC-BY-SA-4.0", "HTTPS://CreativeCommons.org/licenses/BY-SA/4.0/"),
        ("British spelling", "CC-BY-4.0", "https://creativecommons.org/licences/by/4.0/"),
        ("query", "CC-BY-4.0", "https://creativecommons.org/licenses/by/4.0/?ref=chooser-v1"),
        ("public domain mark", "CC-PDM-1.0", "https://creativecommons.org/publicdomain/mark/1.0/deed.de"),
        (
            "Etalab",
            "etalab-2.0",
            "https://www.etalab.gouv.fr/wp-content/uploads/2017/04/ETALAB-Licence-Ouverte-v2.0.pdf",
        ),
        ("false host", None, "https://creativecommons.org.free.example/licenses/by/4.0/"),
        ("redirect", None, "https://free.example/?to=https://creativecommons.org/licenses/by/4.0/"),
        ("no such version", None, "https://creativecommons.org/licenses/by/5.0/"),
        ("no such code", None, "https://creativecommons.org/licenses/by-xx/4.0/"),
        ("front page", None, "https://creativecommons.org/"),
    ]
    return [Case(form, name, want, said % address) for name, want, address in addresses]


def _tags() -> list[Case]:
    form = "SPDX tag"
    tag = "SPDX-License-" + "Identifier: "
    return [
        Case(form, "of the file", "CC-BY-4.0", head=f"<!-- {tag}CC-BY-4.0 -->"),
        Case(form, "expression", "MIT OR Apache-2.0", head=f"<!--\n {tag}mit OR Apache-2.0\n-->"),
        Case(form, "shown code", None, f"<pre><code># {tag}MIT\nprint(1)</code></pre>"),
        Case(form, "mentioned", None, f"<p>Put {tag}MIT on the first line of each file.</p>"),
    ]


PROSE: Final = (*_links(), *_sentences(), *_reserved(), *_several(), *_whole(), *_hidden(), *_addresses(), *_tags())
"""Cases of links, sentences, reservations and what misleads."""
