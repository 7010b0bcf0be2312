"""Tell a sentence that offers the whole page, site or work under a licence, in the languages of the stop-word lists.

A sentence speaks of the whole if it names it ("this work", "der Inhalt dieser Seite", "todos los textos"), if words
that offer stand beside it ("unter", "sous licence", "lisanslanmıştır"), and if nothing in it speaks of pictures or
music, programs or data, doubts, denies or asks. Reservations for parts ("soweit nicht anders angegeben") do no harm.
"""

from __future__ import annotations

import re
from typing import Final

from policies.markup.subjects.parts import RESERVATIONS, is_of_no_page

_QUOTES: Final = " \"'“”„«»‘’"

_THIS: Final = {
    "en": "this|our|my|all|(?:the|all) (?:content|contents|text|texts|articles) (?:of|on|in) (?:this|the|our)",
    "de": r"dies(?:e|er|es|em|en|e\(s\)|er/s)|unser\w*|mein\w*|alle[nrms]?|sämtliche\w*|(?:der|die|das) gesamte\w*|"
    r"(?:der|die) (?:\w+ )?(?:inhalte?|texte|beiträge|artikel) (?:von|des|der|dieser|dieses|auf|in|im)",
    "fr": "cet?|cette|ces|tou(?:s|tes) les|l['’]ensemble (?:du|des)|notre|nos|"
    "les? (?:contenus?|textes|articles) (?:de|du|des|sur)(?: ce| cette| notre)?",
    "es": r"est[ea]|est[oa]s|tod[oa]s?(?: (?:el|la|los|las))?|nuestr\w+|(?:el|los) (?:contenidos?|textos) de",
    "it": r"quest[oaie]|quest(?=['’])|tutt[oiae](?: (?:il|i|gli|la|le))?|(?:il|i) (?:contenut[oi]|testi) (?:di|del|"
    r"della)",
    "pt": r"est[ea]s?|tod[oa]s?(?: [oa]s?)?|noss[oa]s?|os? (?:conteúdos?|textos?) (?:de|do|da|deste|desta)",
    "ca": "aquesta?|aquests|tots? (?:els?|la)|el contingut (?:de|d['’])",
    "gl": "est[ea]s?|tod[oa]s?(?: [oa]s?)?",
    "ro": "această|acest|acestui|acestei|toate|tot|conținutul",
    "nl": "dit|deze|alle|onze|de inhoud van(?: deze| dit)?",
    "af": "hierdie|alle|ons|die inhoud van",
    "sv": "detta|denna|den här|det här|allt|alla|hela|innehållet på",
    "da": "dette|denne|alt|alle|hele|indholdet på",
    "no": "dette|denne|alt|alle|hele|innholdet på",
    "nn": "dette|denne|alt|alle|heile|innhaldet på",
    "is": "þetta|þessi|þessa|allt|efni",
    "et": "see|selle|kogu|kõik",
    "fi": "tämä|tämän|kaikki|koko",
    "lv": "šis|šī|šo|visi|viss|visa",
    "lt": "šis|ši|šio|šios|visas|visi|visa",
    "pl": r"ten|ta|to|te|tego|tej|niniejsz\w+|cał[aye]\w*|wszystkie|treś(?:ć|ci)",
    "cs": "t[oae]to|tento|této|tohoto|všechen|všechny|veškerý|celý|obsah",
    "sk": "tento|táto|toto|tejto|tohto|všetok|všetky|celý|obsah",
    "sl": "to|ta|tega|vse|vsa|ves|celotn[aio]",
    "hr": "ov[oaje]j?|ovog|ove|sav|svi|cijeli|sadržaj",
    "sr": "ов[оаеј]|овог|сав|сви|садржај|ov[oaje]j?|ovog|sav|svi",
    "bs": "ov[oaje]j?|ovog|sav|svi",
    "bg": "т[оа]зи?|това|всички|цялото|цялата|съдържанието на",
    "mk": "ов[аоој]+|овој|сите|целата|содржината на",
    "ru": r"эт[оаи]\w*|данн\w+|настоящ\w+|вс[её]|все|весь|вся|содержание|содержимое|тексты",
    "uk": "це[йї]?|ця|цього|цієї|весь|вся|усі|всі|вміст",
    "be": "гэт[аыо]\\w*|увесь|усе|змест",
    "hu": "ez az?|az? teljes|minden|az oldal|a honlap|a blog",
    "tr": "bu|tüm|bütün",
    "az": "bu|bütün",
    "el": r"αυτ[όήές]|το παρόν|όλ[αοιες]+|το",
    "sq": "kjo|ky|këto|gjithë|e gjithë",
    "eu": "(?:lan|obra|webgune|blog|orri) hau|eduki guztiak?",
    "ga": "an|gach",
    "cy": "mae'r|mae|y|yr|holl",
    "eo": "ĉi tiu|tiu ĉi|ĉiuj|la tuta",
    "la": "hoc|haec|omnia",
    "id": "seluruh|semua|isi",
    "ms": "seluruh|semua|kandungan",
    "tl": "ang",
    "vi": "tác phẩm|nội dung|toàn bộ|trang|bài",
    "sw": "kazi|tovuti|makala",
    "ar": "هذا|هذه|جميع|كل|محتوى",
    "fa": "این|تمام|همه|محتوای",
    "ur": "یہ|اس|تمام",
    "he": "כל|ה?יצירה|ה?אתר|התוכן",
    "hi": "यह|इस|सभी",
    "mr": "हे|या|सर्व",
    "ne": "यो|यस|सबै",
    "bn": "এই|সকল|সমস্ত",
    "ta": "இந்த|இப்|அனைத்து",
    "te": "ఈ|అన్ని",
    "ko": "이|본|모든",
    "hy": "այս|բոլոր|ամբողջ",
    "ka": "ეს|ამ|ყველა",
    "kk": "бұл|осы|барлық",
}
"""Words that point to the whole, by language."""

_WHOLE: Final = {
    "en": "works?|web ?-?sites?|sites?|blogs?|weblog|wiki|pages?|articles?|texts?|posts?|contents?|documents?|books?|"
    "publications?|journal",
    "de": r"werke?s?|arbeit|seiten?|web-?\w*seiten?|websites?|homepage|internet\w+|blogs?|weblogs?|"
    r"inhalte?s?n?|texte?n?|"
    r"artikels?|beiträge?n?|beitrags?|\w*beiträge|publikation|veröffentlichung|dokuments?|angebots?|wiki",
    "fr": "œuvres?|oeuvres?|sites?(?: web| internet)?|blogs?|pages?|articles?|textes?|contenus?|documents?|"
    "publications?|"
    "travail|travaux|billets?",
    "es": "obras?|sitio(?: web)?|web|blog|páginas?|artículos?|textos?|contenidos?|trabajo|documento|bitácora|entradas?",
    "it": "opera|opere|sito(?: web)?|blog|pagin[ae]|articol[oi]|test[oi]|contenut[oi]|lavoro|documento",
    "pt": "obras?|trabalho|s[ií]t(?:e|io)|site|blogu?e?|páginas?|artigos?|textos?|conteúdos?|documento",
    "ca": "obra|lloc web|web|bloc|blog|pàgina|article|textos?|continguts?|treball",
    "gl": "obra|sitio|blog|páxina|texto|contidos?|artigo",
    "ro": r"operă|lucrare|site\w*|blog\w*|pagin\w+|articol\w*|text\w*|conținut\w*",
    "nl": "werk|web-?site|site|web-?log|blog|pagina['’]?s?|artikel(?:en)?|teksten|tekst|inhoud|document|berichten",
    "af": "werk|webwerf|blog|bladsy|artikel|inhoud|teks",
    "sv": r"verk|arbete|sida\w*|webb\w+|blogg\w*|artik\w+|text\w*|"
    "innehåll|material|inlägg",
    "da": r"værk|side\w*|hjemmeside|websted\w*|blog\w*|artik\w+|tekst\w*|indhold\w*",
    "no": r"verk\w*|sid\w+|nettsted\w*|blogg\w*|artik\w+|tekst\w*|innhold\w*",
    "nn": r"verk\w*|sid\w+|nettstad\w*|"
    r"blogg\w*|artik\w+|tekst\w*|innhald\w*",
    "is": r"verk\w*|síð\w+|vef\w*|grein\w*|text\w+|efni\w*",
    "et": r"teos\w*|töö|leh\w+|veebi\w*|blogi\w*|artik\w+|tekst\w*|sisu\w*",
    "fi": r"teos\w*|sivu\w*|verkko\w+|blogi\w*|"
    r"artikkel\w*|teksti\w*|sisäl\w+",
    "lv": r"darb\w+|vietn\w+|lap\w+|emuār\w+|rakst\w*|tekst\w*|satur\w*",
    "lt": r"kūrin\w+|darb\w+|svetain\w+|puslap\w+|tinklarašt\w+|straipsn\w+|tekst\w*|turin\w+",
    "pl": r"utw\w+|dzieł\w+|prac\w+|stron\w+|serwis\w*|blog\w*|artykuł\w*|tekst\w*|treś\w+|wpis\w*",
    "cs": r"díl\w+|web\w*|stránk\w+|stránek|blog\w*|člán\w+|text\w*|obsah\w*",
    "sk": r"diel\w+|web\w*|stránk\w+|stránok|"
    r"blog\w*|člán\w+|text\w*|obsah\w*",
    "sl": r"del\w+|spletn\w+|stran\w*|blog\w*|člán\w+|besedil\w*|vsebin\w+",
    "hr": r"djel\w+|stranic\w*|web\w*|blog\w*|člán\w+|tekst\w*|sadržaj\w*",
    "sr": r"дел\w+|сајт\w*|стран\w+|блог\w*|члан\w+|текст\w*|садржај\w*|del\w+|sajt\w*|tekst\w*",
    "bs": r"djel\w+|stranic\w*|web\w*|blog\w*|tekst\w*|sadržaj\w*",
    "bg": r"произведени\w+|творб\w+|сайт\w*|страниц\w+|"
    r"блог\w*|стати\w+|текст\w*|съдържани\w+",
    "mk": r"дел\w+|страниц\w+|блог\w*|статиј\w+|текст\w*|содржин\w+",
    "ru": r"произведени\w+|работ\w+|сайт\w*|блог\w*|страниц\w+|стать\w+|статей|текст\w*|содержи\w+|материал\w*|"
    r"контент\w*",
    "uk": r"твор\w*|твір|сайт\w*|блог\w*|сторінк\w+|статт\w+|текст\w*|вміст\w*|матеріал\w*|робот\w+",
    "be": r"твор\w*|сайт\w*|блог\w*|старонк\w+|артыкул\w*|тэкст\w*|змест\w*",
    "hu": r"mű|műve\w*|oldal\w*|honlap\w*|blog\w*|cikk\w*|szöveg\w*|tartal\w+",
    "tr": r"eser(?:in|ler)?|site(?:nin (?:tüm )?içeri\w+|deki (?:tüm )?(?:içerik\w*|yazılar\w*|metin\w*))?|"
    r"blog|sayfa|makale|"
    r"metin|içerik\w*|çalışma|yazı(?:lar)?",
    "az": r"əsər\w*|sayt\w*|bloq\w*|səhifə\w*|məqalə\w*|mətn\w*",
    "el": r"έργο\w*|ιστ\w+|σελίδ\w+|άρθρ\w+|κείμεν\w+|περιεχόμεν\w+|δικτυακ\w+",
    "sq": r"vep\w+|faq\w+|blog\w*|artikull?\w*|"
    r"përmbajt\w+|tekst\w*",
    "eu": r"lan|obra|webgune|blog|orri|eduki",
    "ga": r"saothar\w*|suíomh|leathanach|t-?ábhar",
    "cy": r"gwaith|wefan|gwefan|tudalen|cynnwys",
    "eo": r"verko|retejo|paĝo|blogo|artikolo\w*|teksto\w*|enhavo",
    "la": r"opus|pagina|scripta",
    "id": r"karya|situs|laman|halaman|blog|artikel|teks|konten|isi",
    "ms": r"karya|laman|blog|"
    "artikel|teks|kandungan",
    "tl": r"gawa|gawang|akda|akdang|pahina|nilalaman",
    "vi": "tác phẩm|trang|website|blog|bài viết|nội dung|này",
    "sw": "hii|haya|yote",
    "ar": r"العمل|المصنف|الموقع|المدونة|الصفحة|المقال\w*|النص\w*|المحتوى|المحتويات",
    "fa": r"اثر|سایت|وبگاه|وبلاگ|صفحه|مقاله|متن\w*|محتوا\w*",
    "ur": r"کام|سائٹ|ویب|صفحہ|مضمون|متن|مواد",
    "he": r"יצירה|האתר|האתר|הבלוג|העמוד|המאמר\w*|הטקסט\w*|התוכן|התכנים|זו|זה",
    "hi": "कार्य|रचना|साइट|वेबसाइट|ब्लॉग|पृष्ठ|लेख|पाठ|सामग्री",
    "mr": "काम|संकेतस्थळ|पान|लेख|मजकूर",
    "ne": "कार्य|साइट|पृष्ठ|लेख|सामग्री",
    "bn": "কাজ|কাজটি|সাইট|ওয়েবসাইট|ব্লগ|পাতা|নিবন্ধ|লেখা",
    "ta": "படைப்பு|தளம்|தளத்தின்|பக்கம்|கட்டுரை|உள்ளடக்கம்",
    "te": "పని|సైట్|పేజీ|వ్యాసం|పాఠ్యం",
    "ko": r"저작물\S*|사이트\S*|블로그\S*|"
    r"페이지\S*|글\S*|문서\S*|콘텐츠\S*|작품\S*",
    "hy": r"ստեղծագործ\w+|կայք\w*|էջ\w*|հոդված\w*|տեքստ\w*|բովանդակ\w+",
    "ka": r"ნაშრომ\w*|ნაწარმოებ\w*|საიტ\w*|გვერდ\w*|სტატი\w*|ტექსტ\w*|შინაარს\w*",
    "kk": r"шығарма\w*|жұмыс\w*|сайт\w*|бет\w*|мақала\w*|мәтін\w*",
}
"""What a page, site or work of words is called, by language; the keys are those of _THIS."""

LANGUAGES: Final = frozenset(_THIS)
"""Codes of the languages in which the whole has words."""

_BETWEEN: Final = r"[\s\"“„«'’]+(?:[\w.()'’-]+\s+){0,2}?"
_SUBJECT: Final = re.compile(
    "|".join(rf"(?<!\w)(?:{this}){_BETWEEN}(?:{_WHOLE[code]})(?!\w|['’]s\b)" for code, this in _THIS.items())
    + r"|^\W*(?:content|contents|text|texts|articles|posts|(?:alle )?(?:inhalte|texte|beiträge)|contenus?|textes|"
    r"contenidos?|textos?|contenuti|testi|conteúdos?|inhoud|innehåll|indhold|innhold|sisältö|treści|obsah|"
    r"содержание|материалы)(?!\w)|"
    r"(?:본 ?저작물|이 ?저작물|本作品|この作品|本サイト|当サイト|このサイト|この(?:記事|ページ|文書|ウェブサイト)|"
    r"本网站|本網站|本站|本文)"
    r"|(?:der|die) (?:[\w-]+ )?(?:inhalte?|texte|beiträge|artikel) (?:von|des|der|auf) |(?:le|"
    r"les) (?:contenus?|textes) (?:de|du|des) "
    r"|the contents? (?:of|on) ",
    re.IGNORECASE,
)

_OFFERS: Final = re.compile(
    r"(?<!\w)(?:under|unter|li[zcs]en[zsc]\w*iert|sous|selon les termes|mise?s? à disposition|bajo|con (?:una |"
    r"la )?licen[cz]i?a|"
    r"sob|licenciad[oa]s?|sotto|distribuit[oaie]|concess\w+ in licenza|rilasciat[oaie]|sota|subject[ea]s?|"
    r"baixo|sub|onder|"
    r"valt onder|gelicen\w+|gelisen\w+|licensier\w+|licenser\w+|lisensier\w+|lisensiert|undir|lisens?soitu|"
    r"lisenssillä|"
    r"lisenssin|litsents\w*|licencēt\w*|licenci\w+|licencją|licencijuot\w*|pagal|saskaņā|objavljen\w*|licenciran\w*|"
    r"udostępni\w+|opublikowan\w+|dostępn\w+|podléh\w+|licencov\w*|pod|лицензи\w+|ліцензі\w+|ліцэнзі\w+|"
    r"лиценц\w*|по|под|під|"
    r"паводле|на умовах|на условиях|alatt|licencű|engedély\w*|lisans\w*|lisenziya\w*|άδει\w+|αδει\w+|υπό|nën|"
    r"licencuar|lizentzia\w*|"
    r"baimen\w*|faoi|cheadún\w*|dan drwydded|trwydded\w*|laŭ|permesil\w*|sub permes\w*|di ?bawah|dilisensikan|"
    r"dilesenkan|"
    r"lisensya\w*|theo giấy phép|cấp phép|giấy phép|chini ya|leseni\w*|مرخ\w*|رخص\w*|تحت|بموجب|مجوز\w*|"
    r"پروانه\w*|لائسنس\w*|"
    r"רישיון|ברישיון|רשיון|लाइसेंस\w*|परवान\w*|লাইসেন্স\w*|உரிம\w*|లైసెన్స్\w*|լիցենզ\w*|արտոնագ\w*|ლიცენზი\w*)(?!\w)"
    r"|라이선스|라이센스|이용할 수 있|ライセンス|の下[にで]|のもと[にで]|に基づ[きい]|许可|許可|授权|授權",
    re.IGNORECASE,
)

_DOUBTS: Final = re.compile(
    r"(?<!\w)(?:uses?|using|contains?|includes?|incorporates?|powered|built|made|based|nutzt|verwendet|benutzt|"
    r"enthält|basiert|"
    r"utilise\w*|contient|usa|utiliza|contiene|contém|inclu[ye]\w*|gebruikt|bevat|använder|innehåller|bruger|bruker|"
    r"inneholder|indeholder|käyttää|sisältää|używa|korzysta|zawiera|používá|obsahuje|использует|содержит|"
    r"використовує|містить|"
    r"használ\w*|kullan\w*|χρησιμοποι\w+|menggunakan|sử dụng|يستخدم|사용\w*|if|whether|not|never|isn['’]t|"
    r"aren['’]t|cannot|without|how|why|suppose|your|would|could|wenn|"
    r"falls|ob|nicht|"
    r"kein\w*|ohne|würde\w*|könnte\w*|dein\w*|si|ne|n['’]est|pas|sans|votre|vos|no|non|não|nao|sin|sem|senza|"
    r"tu|tuo|niet|geen|als|"
    r"inte|ikke|ikkje|ekki|ei|eivät|nav|nėra|nie|není|nejsou|nisu|nije|ni|не|нет|якщо|если|няма|nem|ha|"
    r"değil\w*|δεν|nuk|nid|ne|"
    r"bukan|tidak|hindi|không|si vyo|ليس\w*|لا|نیست|نہیں|לא|אינו|नहीं|নয়|இல்லை|కాదు|아니\S*|չէ|არ|емес)(?!\w)",
    re.IGNORECASE,
)

_NAME: Final = re.compile(
    r"\W*(?:copyright\s|©)?[\s\d,–-]*(?P<name>\w.{3,80}?)(?:,? (?:von|by|de|par|por|di|van|av|af|od|autorstwa|"
    r"автор\w*) .{2,80})?"
    r"\s+(?:is|are|ist|sind|steht|stehen|est|sont|está|estão|è|sono|valt|är|er|jest|доступ\w+)\s",
    re.IGNORECASE,
)
"""A sentence that begins with the name of a work and perhaps its author, as Creative Commons' chooser writes it."""


_LINK_WORDS: Final = """
    on in of at from to the a an auf von des der die das dem den zu im de du la le les l sur dans en el los las su di
    del della da do dos das no na em op van het een på av af i od z ze v ve в на из с у з από στο του της σε
"""
_LINKS: Final = frozenset(_LINK_WORDS.split())
"""Prepositions and articles: what stands before them is what the sentence is about."""

_HARMLESS_WORDS: Final = """
    stehen steht sind ist is are copyright hinweis note und and et y e or oder bzw sont est están está estão zijn är er
    sie alle all tous todos tutti license licence lizenz lizenzen licencia licenza licença licentie lizenziert licensed
"""
_HARMLESS: Final = frozenset(_HARMLESS_WORDS.split())
_WHOLE_WORD: Final = re.compile("|".join(_WHOLE.values()), re.IGNORECASE)
_BORDER: Final = re.compile(r"(?:[,:，：、。（「|•·–—\n\"“„(©]|\s-)\s*\Z")


def _is_subject(before: str) -> bool:
    """Tell whether what follows *before* is what a sentence is about: it begins it, or the whole stands there too."""
    if _BORDER.search(before):
        return True
    words = re.findall(r"\w+", before[-200:].lower())
    while words and words[-1] in _LINKS:
        words.pop()
    return not words or words[-1] in _HARMLESS or _WHOLE_WORD.fullmatch(words[-1]) is not None


def speaks_of_the_whole(before: str, behind: str, names: str = "") -> bool:
    """Tell whether a sentence says that the whole stands under the licence that is named between its two halves.

    The offering words may stand *behind* the name, as in German or Turkish. *names* are the page's title and host in
    lower case: a work of a name that stands there is the page or the site.
    """
    told = RESERVATIONS.sub(" ", before)
    if is_of_no_page(before, behind) or _DOUBTS.search(told):
        return False
    subject = next((one for one in _SUBJECT.finditer(told) if _is_subject(told[: one.start()])), None)
    if subject is None and names:
        subject = _NAME.match(told)
        if subject and subject["name"].strip(_QUOTES).lower() not in names:
            return False
    if subject is None:
        return False
    return _OFFERS.search(told, subject.start()) is not None or _OFFERS.search(behind[:80]) is not None
