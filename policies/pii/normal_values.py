"""One spelling for each value: what numbers, pseudonyms and hashes are made from, so that all spellings meet."""

from __future__ import annotations

import ipaddress
import re
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from policies.pii.phones.numbers import PHONE_REGIONS

Address = ipaddress.IPv4Address | ipaddress.IPv6Address

_SUFFIX: Final = re.compile(r"[/%]")  # a network mask or a zone


def normal_value(entity: str, value: str, regions: Sequence[str] = PHONE_REGIONS) -> str:
    """Return the normal form of a *value* of an entity type.

    - phone number: E.164; without a country code it is one of the first of *regions* where it is valid; the extension
      goes; a number that is valid in none is its digits;
    - e-mail address: lower case, the domain in ASCII (IDNA 2003);
    - IP address: compressed (RFC 5952), without mask and zone; an IPv4 address inside an IPv6 address is that one;
    - card number: its digits; IBAN: capital letters and digits;
    - all others: NFKC, case folded, runs of white space as one space; of what has more digits than letters only those,
      because numbers of papers and accounts are written with and without separators.

    Applying it twice changes nothing.
    """
    return _FORMS[entity](value, regions) if entity in _FORMS else _plain(value)


def parse_phone(value: str, regions: Sequence[str]) -> Any:
    """Return *value* as a libphonenumber PhoneNumber that is valid, None if it is none in any of *regions*."""
    from phonenumbers import NumberParseException, is_valid_number, parse

    for region in (None, *regions):
        try:
            number = parse(value, region)
        except NumberParseException:
            continue
        if is_valid_number(number):
            return number
    return None


def parse_address(value: str) -> Address | None:
    """Return the IP address in *value*, which may have a mask or a zone behind it."""
    try:
        return ipaddress.ip_address(_SUFFIX.split(value, maxsplit=1)[0])
    except ValueError:
        return None


def _phone(value: str, regions: Sequence[str]) -> str:
    from phonenumbers import PhoneNumberFormat, format_number

    number = parse_phone(value, regions)
    return _digits(value) if number is None else str(format_number(number, PhoneNumberFormat.E164))


def _email(value: str, _: Sequence[str]) -> str:
    local, at, domain = unicodedata.normalize("NFKC", value).lower().rpartition("@")
    return f"{local}{at}{_domain(domain)}"


def _domain(name: str) -> str:
    try:
        return name if name.isascii() else name.encode("idna").decode()
    except UnicodeError:  # a label that no domain can have
        return name


def _address(value: str, _: Sequence[str]) -> str:
    address = parse_address(_folded(value))
    if address is None:
        return _plain(value)
    return str(getattr(address, "ipv4_mapped", None) or address)


def _card(value: str, _: Sequence[str]) -> str:
    return _digits(value)


def _iban(value: str, _: Sequence[str]) -> str:
    return "".join(filter(str.isalnum, unicodedata.normalize("NFKC", value).upper()))


def _folded(value: str) -> str:
    return " ".join(unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", value).casefold()).split())


def _plain(value: str) -> str:
    folded = _folded(value)
    digits, letters = sum(map(str.isdecimal, folded)), sum(map(str.isalpha, folded))
    return "".join(filter(str.isalnum, folded)) if digits > letters else folded


def _digits(value: str) -> str:
    return "".join(str(unicodedata.decimal(one)) for one in value if one.isdecimal())


_FORMS: Final[Mapping[str, Callable[[str, Sequence[str]], str]]] = {
    "PHONE_NUMBER": _phone,
    "EMAIL_ADDRESS": _email,
    "IP_ADDRESS": _address,
    "CREDIT_CARD": _card,
    "IBAN_CODE": _iban,
}
