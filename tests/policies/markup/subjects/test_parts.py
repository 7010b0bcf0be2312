"""Sentences that offer a part, the work of others, or nothing any more or yet, are no licence of the page."""

from __future__ import annotations

import time

import pytest

from policies.markup import page_evidence
from policies.markup.subjects.parts import is_of_no_page
from policies.rights.profiles import profile_of

ADDRESS = "https://creativecommons.org/licenses/by-sa/4.0/"
NAMED = (f'<a href="{ADDRESS}">CC BY-SA 4.0</a>', f'<a rel="license" href="{ADDRESS}">CC BY-SA 4.0</a>', "CC BY-SA 4.0")
AROUND = ("<p>{}</p>", "<footer><p>{}</p></footer>", '<div class="widget">{}</div>')

PICTURES = (
    "A honlap illusztrációi @ licenc alatt állnak.",
    "Az oldalon található képekkel a blog @ licenc alatt.",
    "本站图片采用 @ 许可。",
    "이 사이트의 사진은 @에 따라 이용할 수 있습니다.",
    "Ez az oldal képei @ licenc alatt állnak.",
    "このサイトの写真は @ ライセンスの下に提供されています。",
    "本サイトの画像は@ライセンスの下に提供されています。",
    "本站的照片采用 @ 许可。",
    "本网站相片以@授權許可。",
    "Az oldal fényképeit @ licenc alatt tesszük közzé. Ez az oldal fotói @ licenc alatt állnak.",
    "The music on this page is licensed under @.",
    "본 사이트의 동영상은 @ 라이선스를 따릅니다.",
    "Bu sitedeki görseller @ ile lisanslanmıştır.",
    "Bu sitenin resimleri @ ile lisanslanmıştır.",
    "Όλες οι εικόνες της σελίδας διατίθενται με άδεια @.",
    "Tämän sivuston kuvat on lisensoitu @ lisenssillä.",
    "Az oldal összes fényképe @ licenc alatt érhető el.",
    "जिस साइट के चित्रों को @ लाइसेंस है।",
    "جميع صور هذا الموقع مرخصة بموجب @.",
    "كل الصور في هذا الموقع مرخصة بموجب @.",
    "همه تصاویر این سایت تحت مجوز @ است.",
    "Tüm web sitesinin fotoğrafları @ altında lisanslanmıştır.",
    "Kaikki sivuston valokuvat on lisensoitu @.",
    "Tot el contingut fotogràfic d'aquest web: imatges sota @.",
    "Toate fotografiile acestui site sunt sub licența @.",
    "Toate imaginile din acest site sunt sub licența @.",
    "Всі світлини цього сайту доступні за ліцензією @.",
    "Zdjęcia tej strony są na licencji @.",
    "Wszystkie obrazki tej strony na licencji @.",
    "The videos on this site are licensed under @.",
    "Our music is licensed under @.",
)
NOT_NOW = (
    "All content of this page is licensed under @, but not the text.",
    "This work is licensed under @, except the text.",
    "All content on this site is licensed under @, excluding the articles.",
    "Der Inhalt dieser Seite steht unter @, außer den Texten.",
    "Le contenu de ce site est sous licence @, sauf les textes.",
    "Der Inhalt dieser Seite stand bis 2015 unter @.",
    "This work was licensed under @ until 2015.",
    "Ce site était sous licence @.",
    "Wir wünschen uns, dass alle Inhalte dieser Seite unter @ stehen.",
    "We hope that all content of this site will be licensed under @.",
    "This page should be licensed under @.",
    "Licensed under @, except for the text.",
    "This work is licensed under @ (except the text).",
    "Tous les contenus de ce site sont sous licence @, à l'exception des textes.",
    "Todo el contenido de este sitio está bajo licencia @, excepto los textos.",
    "Der Inhalt dieser Seite wird künftig unter @ stehen.",
    "Todo el contenido de este sitio estaba bajo licencia @.",
    "Nous souhaitons que tout le contenu de ce site soit sous licence @.",
    "この記事は@の下に提供されていません。",
    "如果本站内容采用@授权，请注明。",
)
OTHERS = (
    "Search for works licensed under @.",
    "See other articles licensed under @.",
    "How to find texts licensed under @",
    "Learn more about works licensed under @.",
    "Read about articles licensed under @.",
    "Alle Kommentare dieser Seite stehen unter @.",
    "Our podcast is @",
    "Old versions of this page are @",
    "The design of this website is @",
    "Older versions of this page are licensed under @.",
    "The design of this website is licensed under @.",
    "The source code of this site is available under @.",
    "Der Wikipedia-Artikel steht unter @",
    "This page uses content from Wikipedia, licensed under @",
    "Der Text stammt von der Wikipedia und steht unter @",
    "Das Werk von Goethe im Bild steht unter @",
    "Le texte provient de Wikipédia et est disponible sous licence @",
    "Text from Wikipedia, available under @.",
    "El texto de Wikipedia está disponible bajo la licencia @.",
    "Teile dieser Seite stehen unter @.",
    "Some content on this site is licensed under @.",
    "Parts of this page are licensed under @.",
    "本站部分内容采用@授权。",
    "本文转载自某网站，采用@许可。",
    "This website's theme is licensed under @.",
    "Earlier revisions of this article are available under @.",
    "Dieser Artikel basiert auf dem Artikel Foo aus der freien Enzyklopädie Wikipedia und steht unter @.",
    "This article uses material from the Wikipedia article Foo, which is released under @.",
    "The articles of Wikipedia are licensed under @.",
    "Cet article de Wikipédia est sous licence @.",
)
WHOLE = (
    "This work is licensed under @.",
    "Der Inhalt dieser Seite steht unter @.",
    "Cette œuvre est mise à disposition selon les termes de la @",
    "この作品は@の下に提供されています。",
    "除非另有说明，本网站内容采用@授权。",
    "本作品采用@进行许可。",
    "本站内容采用 @ 许可。",
    "이 저작물은 @에 따라 이용할 수 있습니다.",
    "Text is available under @; additional terms may apply.",
    "このサイトの内容は@ライセンスの下に提供されています。",
    "この記事は@の下で公開されています。",
    "本網站內容採用@授權。",
    "Unless otherwise noted, the content of this site is licensed under @.",
    "Alle Inhalte dieser Seite stehen, soweit nicht anders angegeben, unter @.",
    "Tous les textes de ce site sont sous licence @, sauf mention contraire.",
    "All content on this site is licensed under @ unless otherwise noted.",
    "Ez a mű @ licenc alatt áll.",
    "Detta verk är licensierat under @.",
    "This site's text is licensed under @.",
    "This article is published under @.",
)


def licences(said: str) -> set[str | None]:
    """Return the licences of pages that say so with and without a link, wherever it stands."""
    bodies = [around.format(said.replace("@", name)) for name in NAMED for around in AROUND]
    pages = [f"<title>Tides</title><p>Words.</p>{body}" for body in bodies]
    return {profile_of(page_evidence(page, {}, "https://e.org/a")).license for page in pages}


@pytest.mark.parametrize("said", [*PICTURES, *OTHERS])
def test_a_part_and_the_work_of_others_are_not_the_page(said: str) -> None:
    """Pictures in every language, comments, designs, older versions and Wikipedia have licences of their own."""
    assert licences(said) == {None}


@pytest.mark.parametrize("said", NOT_NOW)
def test_what_was_or_shall_be_or_leaves_out_the_text_offers_nothing(said: str) -> None:
    """Past tense, wishes, denial and exceptions that take the text away make no licence of the page."""
    assert licences(said) == {None}


@pytest.mark.parametrize("said", WHOLE)
def test_the_whole_is_still_heard(said: str) -> None:
    """Plain offers, and reservations for parts, are understood as before."""
    assert licences(said) >= {"CC-BY-SA-4.0"}
    assert licences(said) <= {"CC-BY-SA-4.0", None}  # a name without a link is not read in every language


def test_long_sentences_take_little_time() -> None:
    """Sentences made of what the patterns look for are read in linear time."""
    started = time.process_time()
    for piece in ("except ", "bis ", "képe", "-foto", "kuv", "for ", "some ", "(", "部", "x", " ", "aaa-"):
        is_of_no_page(piece * (2000 // len(piece)), piece * 100)

    assert time.process_time() - started < 20
