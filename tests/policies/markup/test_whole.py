"""A sentence that offers the whole is heard in many languages and wherever it stands; one about a part is not."""

from __future__ import annotations

import time

import pytest

from pipelines.kernels.languages.stopwords import STOP_WORDS
from policies.markup import page_evidence
from policies.markup.whole import LANGUAGES, speaks_of_the_whole
from policies.rights.profiles import profile_of

NC = "https://creativecommons.org/licenses/by-nc-nd/4.0/"

WHOLE = {
    "en": "This work is licensed under a @ license.",
    "en site": "Except where otherwise noted, all content on this site is available under @.",
    "de": "Der Inhalt dieser Seite steht unter einer @.",
    "de all": "Soweit nicht anders angegeben, stehen alle Beiträge dieser Website unter der Lizenz @.",
    "de end": "Dieses Werk ist unter einer @ lizenziert.",
    "de short": "Diese(s) Werk bzw. Inhalt steht unter einer @.",
    "fr": "Sauf mention contraire, tous les textes de ce site sont mis à disposition sous licence @.",
    "es": "Todo el contenido de este sitio está bajo una licencia @.",
    "it": "Quest'opera è distribuita con licenza @.",
    "pt": "Esta obra está licenciada sob a @.",
    "ca": "Aquesta obra està subjecta a una llicència @.",
    "ro": "Această operă este pusă la dispoziție sub licența @.",
    "nl": "Dit werk valt onder een @.",
    "sv": "Detta verk är licensierat under @.",
    "da": "Dette værk er licenseret under @.",
    "no": "Dette verket er lisensiert under en @.",
    "fi": "Tämä teos on lisensoitu @ -lisenssillä.",
    "et": "See teos on litsentseeritud @ all.",
    "lt": "Šis kūrinys licencijuotas pagal @.",
    "pl": "Ten utwór jest dostępny na licencji @.",
    "cs": "Toto dílo podléhá licenci @.",
    "hr": "Ovo djelo je dano na korištenje pod licencom @.",
    "bg": "Това произведение е под лиценз @.",
    "ru": "Если не указано иное, содержание этого сайта доступно по лицензии @.",
    "uk": "Цей твір ліцензовано на умовах @.",
    "hu": "Ez a mű @ licenc alatt érhető el, licencű.",
    "tr": "Bu eser @ ile lisanslanmıştır.",
    "el": "Αυτό το έργο χορηγείται με άδεια @.",
    "eo": "Ĉi tiu verko estas disponebla laŭ la permesilo @.",
    "id": "Karya ini: seluruh konten dilisensikan di bawah @.",
    "vi": "Tác phẩm này được cấp phép theo giấy phép @.",
    "ar": "هذا العمل مرخص بموجب @.",
    "fa": "این اثر تحت مجوز @ است.",
    "ko": "이 저작물은 @ 라이선스에 따라 이용할 수 있습니다.",
}
PARTS = {
    "en pictures": "All photos on this blog are licensed under @.",
    "en feed": "Feed content is licensed under @.",
    "en theme": "The theme of this blog is licensed under @.",
    "en advice": "If you publish this work under @, say so.",
    "en denied": "This work is not licensed under @.",
    "en mention": "In this article we explain what @ means.",
    "de": "Alle Fotos auf diesem Blog stehen unter @.",
    "de caption": "Dieses Bild steht unter @.",
    "fr": "Les photos de ce site sont sous licence @.",
    "es": "Las imágenes de este sitio están bajo una licencia @.",
    "it": "Le immagini di questo sito sono distribuite con licenza @.",
    "nl": "De afbeeldingen op deze site vallen onder @.",
    "pl": "Zdjęcia na tej stronie są na licencji @.",
    "ru": "Фотографии этого сайта доступны по лицензии @.",
    "sv": "Alla bilder på denna blogg är licensierade under @.",
    "tr": "Bu sitedeki tüm fotoğraflar @ ile lisanslanmıştır.",
    "another's": "Das Hundebuch von A. Moor steht unter einer @.",
}


def licence(html: str, uri: str = "https://e.org/a") -> str | None:
    """Return the licence of a page."""
    return profile_of(page_evidence(f"<title>Digest of Tides</title><p>Words.</p>{html}", {}, uri)).license


@pytest.mark.parametrize("name", WHOLE)
@pytest.mark.parametrize("rel", ["", " rel=license"])
def test_sentence_about_the_whole_is_heard_in_a_widget(name: str, rel: str) -> None:
    """What says that it speaks of work, page or site does so in a side bar and a footer too."""
    said = WHOLE[name].replace("@", f'<a{rel} href="{NC}">CC BY-NC-ND 4.0</a>')

    assert licence(f'<aside class="sidebar"><div class="widget widget_text">{said}</div></aside>') == "CC-BY-NC-ND-4.0"
    assert licence(f"<footer><p>Imprint</p>{said}</footer>") == "CC-BY-NC-ND-4.0"


@pytest.mark.parametrize("name", PARTS)
@pytest.mark.parametrize("rel", ["", " rel=license"])
def test_sentence_about_a_part_is_not(name: str, rel: str) -> None:
    """Pictures, feeds and themes, advice and denial, and works of other names speak of something within the page."""
    said = PARTS[name].replace("@", f'<a{rel} href="{NC}">CC BY-NC-ND 4.0</a>')

    assert licence(f'<div class="widget">{said}</div>') is None


@pytest.mark.parametrize("tag", ["figure", "blockquote", 'div class="comment"', "div hidden", "code", "template"])
def test_what_is_quoted_or_hidden_stays_an_element(tag: str) -> None:
    """Captions, quotations, comments, code and hidden text speak of nothing around them, whatever they say."""
    said = f'This work is licensed under <a rel=license href="{NC}">CC BY-NC-ND 4.0</a>.'

    assert licence(f"<{tag}>{said}</{tag.split()[0]}>") is None


def test_names_without_links_and_badges_are_read() -> None:
    """A name alone is enough in such a sentence; a badge without words stands for the sentence behind it."""
    badge = f'<a rel="license" href="{NC}"><img src="b.png"></a><br>'

    assert (
        licence('<div class="widget">Alle Texte dieses Blogs stehen unter CC BY-NC-ND 4.0.</div>') == "CC-BY-NC-ND-4.0"
    )
    assert licence('<div class="widget">Alle Fotos dieses Blogs stehen unter CC BY-NC-ND 4.0.</div>') is None
    assert licence(f'<div class="widget">{badge}Der Inhalt dieser Seite steht unter einer Lizenz.</div>') is not None
    assert licence(f'<div class="widget">{badge}Alle Bilder dieser Seite.</div>') is None


def test_the_works_name_may_be_the_pages() -> None:
    """A sentence with the name of a work speaks of the page if its title or host has that name."""
    said = f'is licensed under a <a rel="license" href="{NC}">CC licence</a>.'

    assert licence(f'<div class="widget">Digest of Tides by A. Moor {said}</div>') == "CC-BY-NC-ND-4.0"
    assert licence(f'<div class="widget">tides.example by A. Moor {said}</div>', "https://tides.example/") is not None
    assert licence(f'<div class="widget">Book of Fish by A. Moor {said}</div>') is None


def test_footers_without_sentences() -> None:
    """A licence link of a footer is the page's, though the next notice names a theme, and so is a labelled one."""
    link = f'<a rel=license href="{NC}">CC BY-NC-ND</a>'

    assert licence(f"<footer><p>© 2020 {link} | Powered by Blogmill</p></footer>") == "CC-BY-NC-ND-4.0"
    assert licence(f'<div id="footer"><p>Blog powered by Blogmill | Lizenz <a href="{NC}">CC</a></p></div>') is not None
    assert licence(f'<footer><ul><li>About<li><a href="{NC}">CC</a></ul></footer>') is None


def test_languages_are_those_of_the_stop_words() -> None:
    """Every language whose stop words are known has words for the whole."""
    assert set(STOP_WORDS) == LANGUAGES


def test_long_sentences_take_little_time() -> None:
    """Sentences made of what the patterns look for are read in linear time."""
    started = time.process_time()
    for piece in ("all the ", "this ", "soweit ", "unter ", "x", " ", "© 1, ", "der inhalt von ", "wenn nicht ", "((("):
        speaks_of_the_whole(piece * (2000 // len(piece)), piece * 100, "title")

    assert time.process_time() - started < 20
