"""What the languages are called that can be identified: their codes, and what people may write instead."""

from __future__ import annotations

from difflib import get_close_matches
from types import MappingProxyType
from typing import Final

_NAMES: Final = """
    af Afrikaans|als Alemannic|am Amharic|an Aragonese|ar Arabic|arz Egyptian Arabic|as Assamese|ast Asturian|av Avar
    az Azerbaijani|azb South Azerbaijani|ba Bashkir|bar Bavarian|bcl Bikol|be Belarusian|bg Bulgarian|bh Bihari
    bn Bengali|bo Tibetan|bpy Bishnupriya|br Breton|bs Bosnian|bxr Buryat|ca Catalan|cbk Chavacano|ce Chechen
    ceb Cebuano|ckb Central Kurdish|co Corsican|cs Czech|cv Chuvash|cy Welsh|da Danish|de German|diq Zazaki
    dsb Lower Sorbian|dty Doteli|dv Dhivehi|el Greek|eml Emilian|en English|eo Esperanto|es Spanish|et Estonian
    eu Basque|fa Persian|fi Finnish|fr French|frr North Frisian|fy West Frisian|ga Irish|gd Scottish Gaelic|gl Galician
    gn Guarani|gom Konkani|gu Gujarati|gv Manx|he Hebrew|hi Hindi|hif Fiji Hindi|hr Croatian|hsb Upper Sorbian
    ht Haitian Creole|hu Hungarian|hy Armenian|ia Interlingua|id Indonesian|ie Interlingue|ilo Ilocano|io Ido
    is Icelandic|it Italian|ja Japanese|jbo Lojban|jv Javanese|ka Georgian|kk Kazakh|km Khmer|kn Kannada|ko Korean
    krc Karachay-Balkar|ku Kurdish|kv Komi|kw Cornish|ky Kyrgyz|la Latin|lb Luxembourgish|lez Lezgian|li Limburgish
    lmo Lombard|lo Lao|lrc Northern Luri|lt Lithuanian|lv Latvian|mai Maithili|mg Malagasy|mhr Meadow Mari
    min Minangkabau|mk Macedonian|ml Malayalam|mn Mongolian|mr Marathi|mrj Hill Mari|ms Malay|mt Maltese|mwl Mirandese
    my Burmese|myv Erzya|mzn Mazanderani|nah Nahuatl|nap Neapolitan|nds Low German|ne Nepali|new Newar|nl Dutch
    nn Norwegian Nynorsk|no Norwegian|oc Occitan|or Odia|os Ossetian|pa Punjabi|pam Kapampangan|pfl Palatine German
    pl Polish|pms Piedmontese|pnb Western Punjabi|ps Pashto|pt Portuguese|qu Quechua|rm Romansh|ro Romanian|ru Russian
    rue Rusyn|sa Sanskrit|sah Yakut|sc Sardinian|scn Sicilian|sco Scots|sd Sindhi|sh Serbo-Croatian|si Sinhala
    sk Slovak|sl Slovenian|so Somali|sq Albanian|sr Serbian|su Sundanese|sv Swedish|sw Swahili|ta Tamil|te Telugu
    tg Tajik|th Thai|tk Turkmen|tl Tagalog|tr Turkish|tt Tatar|tyv Tuvan|ug Uyghur|uk Ukrainian|ur Urdu|uz Uzbek
    vec Venetian|vep Veps|vi Vietnamese|vls West Flemish|vo Volapük|wa Walloon|war Waray|wuu Wu Chinese|xal Kalmyk
    xmf Mingrelian|yi Yiddish|yo Yoruba|yue Cantonese|zh Chinese
"""
_OTHER_NAMES: Final = """
    de Deutsch|en Anglais|en Englisch|es Español|es Castellano|fr Français|it Italiano|pt Português|nl Nederlands
    pl Polski|fa Farsi|zh Mandarin|no Bokmål|no nb|ja jp|ko kr|zh cn|cs cz|el gr|uk ua|da dk|sv se
    zh zho|zh chi|de deu|de ger|nl nld|fr fra|es spa|el ell|cs ces|fa fas|sv swe|et est|is isl|hy hye|ka kat|sq sqi
"""


def _pairs(text: str) -> list[tuple[str, str]]:
    entries = (entry.strip() for line in text.splitlines() for entry in line.split("|"))
    return [(code, name) for entry in entries if entry for code, _, name in [entry.partition(" ")]]


LANGUAGES: Final = MappingProxyType(dict(_pairs(_NAMES)))
"""English name of each language by its code, as lid.176 has them: ISO 639-1, or 639-3 where there is none."""

_MEANT: Final = {name.lower(): code for code, name in [*_pairs(_NAMES), *_pairs(_OTHER_NAMES)]}


def meant_by(word: str) -> str | None:
    """Return the code that somebody may have meant by *word*, a name or a code with its region; None if none."""
    plain = word.strip().lower().replace("_", "-")
    for guess in (plain, plain.partition("-")[0]):
        if guess in LANGUAGES:
            return guess
        if guess in _MEANT:
            return _MEANT[guess]
    near = get_close_matches(plain, _MEANT, n=1, cutoff=0.5)
    return _MEANT[near[0]] if near else None
