"""Tell sentences about a licence that speak of no page: of a part, of the work of others, of the past or of wishes.

They are looked for in the languages of policies.markup.whole. A sentence from which the text is taken out again
("except the text") is one of them; a reservation for parts ("unless otherwise noted") is not.
"""

from __future__ import annotations

import re
from typing import Final

RESERVATIONS: Final = re.compile(
    r"(?:soweit|sofern|wenn|falls|wo|es sei denn)[^.;:|]{0,60}?\b(?:ander\w*|gegenteil\w*|abweich\w*)(?:[^.;:|"
    r",]{0,40}?\b(?:angegeben|"
    r"gekennzeichnet|vermerkt|markiert|ausgewiesen|erwähnt|genannt|bezeichnet|ist|wird))?|"
    r"\(?(?:unless|except|if not|where not)[^.;:|]{0,50}?\b(?:noted|stated|indicated|specified|"
    r"marked)(?: otherwise)?|"
    r"(?:sauf|à moins)[^.;:|]{0,60}?\b(?:contraires?|ailleurs|indiquée?s?|précisée?)|"
    r"(?:salvo|excepto|a menos|exceto|eccetto|tranne|llevat|agás|except[oe])[^.;:|]{0,60}?\b(?:contrari[oa]|"
    r"otr[oa] \w+|"
    r"diversamente|indica\w*|specificato|outr[oa] \w+)|tenzij[^.;:|]{0,60}?\b(?:vermeld|aangegeven|anders)|"
    r"(?:om|såvida|där) (?:inte |inget )?[^.;:|]{0,20}?ann?a[nt] [^.;:|,]{0,20}|(?:med ?mindre|hvis|dersom|"
    r"der)[^.;:|]{0,20}?\b"
    r"(?:andet|annet|anna)\b[^.;:|,]{0,25}|(?:ellei|jos|mikäli)[^.;:|]{0,30}?\b(?:toisin|muuta)\b[^.;:|,]{0,20}|"
    r"(?:o ile|jeśli|jeżeli|chyba że)[^.;:|]{0,40}?\b(?:inaczej|zaznaczono)(?: inaczej)?|"
    r"(?:pokud|není-li|nie je|ak)[^.;:|]{0,30}?\b(?:jinak|inak)\b[^.;:|,]{0,20}|если[^.;:|"
    r"]{0,40}?\bино[ей]\b[^.;:|,]{0,20}|"
    r"якщо[^.;:|]{0,30}?\bінше\b[^.;:|,]{0,20}|ha(?:csak)?[^.;:|]{0,30}?\bmás\w*[^.;:|,]{0,20}|aksi belirtil\w+|"
    r"εκτός[^.;:|]{0,40}?\b(?:διαφορετικά|αναφέρεται)|kecuali[^.;:|]{0,40}?\b(?:lain|dinyatakan)|trừ khi[^.;:|"
    r",]{0,40}",
    re.IGNORECASE,
)
"""Reservations for parts, which take nothing away from the whole."""

_PARTS: Final = re.compile(
    r"(?<!\w)(?:"
    r"pictures?|[\w-]*(?:photo|foto|bild(?!ung))\w*|bilete\w*|beeld\w*|billed\w*|valokuv\w*|\w*kuv[ai]\w*|"
    r"imag[eio]\w*|"
    r"imágenes|immagin[ei]|imatges?|imaxes?|imazh\w*|imej\w*|afbeelding\w*|plaatjes|prent\w*|poz(?:e|ele|elor)|"
    r"aufnahmen?|"
    r"zdjęć|zdję\w+|obráz\w+|obraz\w*|fotk\w+|slik\w+|snímk\w*|rysun\w+|сним\w+|здымк\w+|знімк\w+|світлин\w+|"
    r"фот[оа]\w*|"
    r"изображени\w+|зображен\w+|картин\w+|слик\w+|рисун\w+|малюн\w+|иллюстрац\w+|ілюстрац\w+|илюстрац\w+|выяв\w+|"
    r"\w*kép(?:e|ek|ei|eit|eket|et|ein|eink|einek|ének|eknek|eihez|eire|ekre)?|\w*fényképe\w*|fotó\w*|"
    r"ábr[aá]\w*|rajz\w*|"
    r"pil(?:t|di|did|te|tide|tidele|dile)|attēl\w+|nuotrauk\w+|paveiksl\w+|mynd\w*|ljósmynd\w*|res[i]?m\w{0,8}|"
    r"görsel\w*|"
    r"fotoğraf\w*|şək[i]?l\w*|argazki\w*|irudi\w*|[gn]?(?:h?pictiúi?r\w*|ghrianghraf\w*|rianghraf\w*)|n?íomhá\w*|"
    r"ll?uni?au|lluniau|ffotograff\w*|d?delwedd\w*|imag(?:o|in\w+)|larawan\w*|gambar\w*|hình ảnh|hình|ảnh|picha|"
    r"[αά]?φωτογραφ\w+|εικ[όο]ν\w+|(?:و|ب|ل)?(?:ال|لل)?صور\w*|تصو[یي]ر\w*|تصاو[یي]ر\w*|عکس\w*|ה?תמונ\w+|ה?צילומ\w+|"
    r"լուսանկար\w*|նկար\w*|պատկեր\w*|ფოტო\w*|სურათ\w*|გამოსახულ\w*|сурет\w*|"
    r"il[l]?ustra\w+|abbildung\w*|zeichnung\w*|grafi[kc]\w*|graphi\w+|figures?|figur(?:en)?|dessins?|dibujos?|"
    r"disegni|tekening\w*|"
    r"musi\w+|música\w*|muzi\w+|музык\w+|zen(?:e|éi?\w*)|songs?|lied(?:er)?|chansons?|podcast\w*|подкаст\w*|"
    r"vid[eé]o\w*|"
    r"filme?s?|видео\w*|відео\w*|audio\w*|ton|sounds?|recordings?|episodes?|softwares?|logiciels?|programm?[aei]?s?|"
    r"code|codes|código|codice|codi|broncode|kildekode\w*|källkod\w*|lähdekoodi\w*|quell\w+|forráskód\w*|"
    r"(?:исходн\w+ )?код\w*|"
    r"plug-?ins?|themes?|templates?|vorlagen?|(?:web)?designs?|gestaltung|diseño|layout\w*|mise en page|"
    r"vormgeving|дизайн\w*|"
    r"logos?|icons?|icônes|fonts?|karten?|cartes|mapas?|mappe|kaart(?:en)?|карт\w+|maps?|daten\w*|données|datos|"
    r"dati|dados|"
    r"gegevens|data|datasets?|databases?|данны\w+|kommentar\w*|komment\w*|coment[aá]ri\w*|comments?|"
    r"commentaires?|commenti|"
    r"reacties|коммент\w+|комент\w+|yorum\w*|koment\w*|hozzászól\w*|σχόλι\w+|תגוב\w+|تعليقات|zitate?|quotes?|"
    r"citations?|"
    r"übersetzung\w*|"
    r"(?:old|older|earlier|previous|prior|past|former|archived|first) (?:\w+ )?(?:versions?|revisions?|editions?)|"
    r"(?:ältere|alte|frühere|vorige|vorherige)\w* (?:\w+ )?(?:version|fassung|ausgabe)\w*|"
    r"(?:anciennes?|précédentes?|vieilles?) versions?|versions? (?:antérieures?|précédentes?|anciennes?)|"
    r"versiones (?:anteriores|antiguas|previas)|vers(?:ioni|ões) (?:precedenti|anterior\w*|antigas)|"
    r"(?:vecchie|precedenti) versioni|"
    r"(?:oude(?:re)?|eerdere|vorige) versies?|(?:старые|прежние|предыдущие|ранние) версии"
    r")(?!\w)",
    re.IGNORECASE,
)

_OTHERS: Final = re.compile(
    r"(?<!\w)(?:"
    r"from the|aus dem|via|"
    r"(?:\w+-)?(?:wiki[pm][eé]d\w+|vikip\w+|wiktionar\w+|wikivoyage|wikisource|википед\w+|вікіпед\w+)(?:-\w+)?|"
    r"\w*ويكيبيديا|ویکی‌?پدیا|ויקיפדיה|stamm(?:t|en)|entnommen|übernommen|provien\w+|proced\w+|"
    r"proven(?:gono|ient\w+|iente)|"
    r"(?:taken|adapted|adopted|borrowed|copied|excerpted|reproduced|derived|translated|sourced|courtesy|"
    r"originates?) (?:from|of)|"
    r"(?:some|parts?|portions?|sections?|many|most|certain|selected|several|few|one|half) (?:of|the|\w+ (?:of|"
    r"on|in))|some (?!rights)\w+|"
    r"teile?|teilweise|einige\w*|manche\w*|ausgewählte\w*|parties?|certain\w*|quelques|parte?s?|algun\w+|alcun\w+|"
    r"delen|sommige|enkele|części|niektór\w+|část\w*|někter\w+|част[ьи]\w*|некоторые|деякі|частин\w*|egyes|néhány|"
    r"bazı|ορισμέν\w+|delar|noen|nogle|några|osa|jotkut|beberapa|sebagian|một số|بعض|برخی|חלק\w*|"
    r"(?:search(?:ing)?(?: for)?|browse|find(?:ing)?|explore|discover|list of|see(?: also)?|how to \w+) (?:\w+ )?"
    r"(?:works|articles|texts|books|pages|sites|posts|content|documents)|"
    r"(?:other|works|books|documents|publications) (?:works |articles |texts )?(?:that are |which are )?"
    r"(?:licen[sc]ed|available|published|released)|illusztráci\w+|képek\w+|"
    r"based on|basier\w+|tirée?s? d\w+|extraits? d\w+|tomad[oa]s? de\w*|tratt[oaie] da\w*|afkomstig|overgenomen|"
    r"pochodz\w+|"
    r"взят\w+|származ\w+|"
    r"(?:learn|read|know|find out|see|discover|info\w*) (?:more|about|also|further)|more (?:info\w*|about)|"
    r"mehr (?:über|zu)|"
    r"erfahren|(?:en )?savoir plus|más información|saber más|saiba mais|per saperne|lees meer|подробнее|dowiedz się"
    r")(?!\w)",
    re.IGNORECASE,
)

_UNSPACED: Final = re.compile(
    r"写真|画像|イラスト|動画|音楽|デザイン|ソースコード|データ|コメント|ポッドキャスト|旧版|古い版|ウィキペディア|图片|圖片|图像|圖像|照片|"
    r"相片|影像|插图|插圖|配图|配圖|摄影|攝影|"
    r"图标|视频|視頻|影片|音乐|音樂|音频|代码|代碼|软件|軟體|数据|數據|评论|評論|"
    r"留言|播客|主题|设计|維基百科|维基百科|"
    r"사진|이미지|그림|영상|음악|댓글|코드|데이터|디자인|소프트웨어|"
    r"팟캐스트|이전 버전|위키백과|चित्र|तस्वीर|तस्बिर|फोटो|छवि|ছবি|চিত্র|படங்கள்|படம்|"
    r"படங்|ఫోటో|చిత్ర|బొమ్మ|"
    r"希望|应该|應該|应当|将会|將會|将来|曾|原先|以前|でした|かつて|願って|べき|희망|"
    r"바랍니다|바란다|원합니다|였습니다|했습니다|었습니다|예정|"
    r"部分|一部の|某些|有些|以下|转载自|轉載自|来自|來自|引用|未经|未經|未|并非|不是|不采用|不適用|不适用|如果|若|是否|"
    r"일부|아래|않습니다|아닙니다|없습니다|않는다|만약|いません|ありません|ではない|ていない|もし|場合|以下の|からの|転載"
)
"""The same in scripts that part no words by blanks, or whose letters are no word characters."""

_NOT_NOW: Final = re.compile(
    r"(?<!\w)(?:"
    r"(?:was|were|had been|used to be) (?:\w+ly )?(?:licen[sc]ed|available|offered|covered|usable|under|dual|cc|"
    r"a|an|the)|"
    r"until \w+|formerly|previously|no longer|stand|standen|gestanden|war|waren|früher|ehemals|"
    r"bis (?:\d{4}|ende|zum|\w+ \d{4})|"
    r"étai(?:t|ent)|jusqu['’]\w+|anciennement|auparavant|estaba\w*|estuv\w+|era[mn]?|erano|hasta \w+|antes|"
    r"estava\w*|fino (?:al?|a)|"
    r"was|waren|viel|vielen|stond(?:en)?|tot \d{4}|voorheen|var|stod|tidligere|tidigare|był[aoy]?|byl[aoiy]?|"
    r"bol[aoi]?|"
    r"был[аои]?|до \d{4}|раньше|ранее|був|була|було|були|volt\w*|állt\w*|oli|olivat|ήταν|idi|erau|"
    r"(?:we|i|they|who|all) (?:\w+ )?(?:hope|wish|want|plan|intend|propose|suggest|ask|demand)\w*|"
    r"hop(?:e|ed|ing)|wish\w*|"
    r"should|would|could|might|shall|will|"
    r"(?:may|must|can|to|let) (?:\w+ )?be(?: \w+)? (?:licen[sc]ed|released|published|placed|put)|"
    r"ought|please|planned|soon|let['’]s|wünsch\w+|hoff(?:e|en|t)|woll(?:en|t\w*)|möcht\w+|soll\w*|würde\w*|"
    r"wäre\w*|stünde\w*|"
    r"könnte\w*|dürfte\w*|künftig|demnächst|bald|geplant|fordern|schlagen|souhait\w+|voudr\w+|voulons|devr\w+|"
    r"ser(?:ai\w*|a|ont)|"
    r"espér\w+|pourr\w+|aimer\w+|dese(?:o|amos|aría\w*)|quer(?:emos|ríamos)|debería\w*|sería\w*|será\w*|ojalá|"
    r"esperamos|podría\w*|"
    r"vorre\w+|vogliamo|dovre\w+|sar(?:e\w+|à|anno)|speriamo|desider\w+|potre\w+|gostar\w+|dever\w+|seria\w*|"
    r"serão|desejamos|"
    r"wens\w*|willen|hopen|zou(?:den)?|moet(?:en)?|zal|zullen|önsk\w+|hoppas|borde|skulle|ska|ønsk\w+|håb\w+|"
    r"håper|burde|bør|skal|"
    r"chc(?:emy|iał\w+)|powin\w+|będ\w+|хот(?:им|ел\w+)|жела\w+|надеемся|долж\w+|буд[еу]\w*|бы|хочемо|сподіва\w+|"
    r"szeretn\w+|kíván\w+|remél\w+|lenne|legyen|kellene|isti\w+|umuyor\w*|olmalı\w*|olacak\w*|haluamme|toivo\w+"
    r")(?!\w)",
    re.IGNORECASE,
)

_WITHOUT_TEXT: Final = re.compile(
    r"(?<!\w)(?:"
    r"except(?:ing)?|excluding|excludes?|exclusive of|but not|not (?:including|for|the)|with the exception of|"
    r"other than|apart from|save for|"
    r"without|außer\w*|ausgenommen|ausschließlich|ausnahme|nicht(?: aber)?|ohne|abgesehen|sauf|hormis|"
    r"excepté\w*|exception|exclusion|"
    r"mais pas|salvo|excepto|menos|excluyendo|exceto|menos|eccetto|tranne|eccezione|esclus\w+|behalve|"
    r"uitgezonderd|uitzondering|niet|"
    r"utom|förutom|undantag|undtagen|undtagelse|bortset|unntatt|unntak|paitsi|lukuun|oprócz|wyjątkiem|poza|"
    r"kromě|výjimkou|okrem|"
    r"исключени\w+|кроме|крім|окрім|kivéve|kivételével|hariç|εκτός|πλην|kecuali|trừ|باستثناء|ما عدا|للا|جز|למעט"
    r")(?!\w)[^.;:|,]{0,40}?(?<!\w)(?:"
    r"text|texte?n?s?|textos?|testi|testo|tekst\w*|teks\w*|words|articles?|artikel\w*|artículos?|artigos?|"
    r"articol[io]|contents?|"
    r"inhalt\w*|contenus?|contenidos?|contenut[oi]|conteúdos?|inhoud|innehåll\w*|indhold\w*|innhold\w*|sisäl\w+|"
    r"treści|obsah\w*|treść|"
    r"posts?|beitr[aä]g\w*|billets?|entradas?|pages?|writings?|prose|stories|essays?|текст\w*|стат\w+|содерж\w+|"
    r"szöveg\w*|cikk\w*|metin\w*|"
    r"metn\w*|yazı\w*|κείμεν\w+|النص\w*|متن\w*|טקסט\w*|everything|this (?:page|article|work|post)"
    r")(?!\w)"
    r"|除(?:了)?(?:文字|文章|正文|內文|内容|文本)|(?:文章|記事|テキスト|本文)[はをの]?(?:除|以外)|"
    r"(?:글|텍스트|문서|기사)\S{0,2} ?(?:제외|빼)",
    re.IGNORECASE,
)

_UNTIL: Final = re.compile(
    r"\W{0,3}(?:until|till|bis|jusqu|hasta|fino|até|tot|do|до|till)\W.{0,20}?\d{4}"
    r"|[^.;:|]{0,60}(?<!\w)(?:gestanden|war|waren|stand|standen|wäre[n]?|stünde[n]?|sollte[n]?|soll(?:en)?|"
    r"volt|állt|állnának|idi)(?!\w)",
    re.IGNORECASE,
)
"""What tells behind a licence's name that it is one of the past, or of a wish."""

_APPLIES: Final = re.compile(
    r"[^.;:|]{0,40}(?<!\w)(?:for|to|für|pour|para|per|voor|på|dla|для|applies|gilt|gelten|"
    r"covers)(?!\w)",
    re.IGNORECASE,
)
_ENDS: Final = re.compile(r"[.!?;](?=\s|$)|[。！？；|\n•·]")
_FAR: Final = 200  # code points behind a name that are read


def is_of_no_page(before: str, behind: str) -> bool:
    """Tell whether a sentence speaks of no page whose halves stand *before* and *behind* the name of a licence.

    It speaks of a part or of the work of others, of what was, may be or shall be, or leaves out the text.
    """
    told = RESERVATIONS.sub(" ", before)
    if any(one.search(told) for one in (_PARTS, _OTHERS, _NOT_NOW, _WITHOUT_TEXT, _UNSPACED)):
        return True
    rest = behind[:_FAR]
    end = _ENDS.search(rest)
    rest = RESERVATIONS.sub(" ", rest[: end.start()] if end else rest)
    if _WITHOUT_TEXT.search(rest) or _UNTIL.match(rest) or _UNSPACED.search(rest):
        return True
    applies = _APPLIES.match(rest)
    return applies is not None and _PARTS.match(rest[applies.end() :].lstrip()) is not None
