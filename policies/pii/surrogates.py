"""Surrogates: values that look like the ones they stand for, are the same wherever those occur, and are nobody's."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from ipaddress import IPv4Address, IPv6Address
from typing import Any, Final

from policies.pii.keys import Key
from policies.pii.normal_values import parse_address, parse_phone

_DOCUMENTATION_4: Final = ("192.0.2.0", "198.51.100.0", "203.0.113.0")  # RFC 5737, 256 addresses each
_DOCUMENTATION_6: Final = "2001:db8::"  # RFC 3849, 96 bits below the prefix
_HOSTS: Final = 254
_ATTEMPTS: Final = 64  # of the plans that libphonenumber knows, the densest has some third of its numbers assigned


def surrogate(entity: str, value: str, normal: str, key: Key, regions: Sequence[str]) -> str | None:
    """Return what stands for *value*, of which *normal* is the normal form; None where the type or shape is not known.

    - an e-mail address becomes one at example.org (RFC 2606);
    - an IP address becomes one of its family's documentation ranges, and keeps mask and zone. There are 762 of version
      4: two addresses may have one surrogate;
    - a phone number keeps its country code and all that is not a digit, and becomes one that its country's numbering
      plan does not assign, as libphonenumber knows it.
    """
    if entity == "EMAIL_ADDRESS":
        return f"u{key.draw(entity, normal) % (1 << 64):016x}@example.org"
    if entity == "IP_ADDRESS":
        return _address(value, key.draw(entity, normal))
    return _phone(value, normal, key, regions) if entity == "PHONE_NUMBER" else None


def _address(value: str, drawn: int) -> str | None:
    address = parse_address(value)
    if address is None:
        return None
    suffix = value[len(value.split("/")[0].split("%")[0]) :]
    if address.version == 6:
        return f"{IPv6Address(int(IPv6Address(_DOCUMENTATION_6)) + drawn % (1 << 96))}{suffix}"
    network, host = divmod(drawn % (len(_DOCUMENTATION_4) * _HOSTS), _HOSTS)
    return f"{IPv4Address(_DOCUMENTATION_4[network]) + 1 + host}{suffix}"


def _phone(value: str, normal: str, key: Key, regions: Sequence[str]) -> str | None:
    """Put other digits in the place of the national number and of the extension behind it."""
    from phonenumbers import national_significant_number

    number = parse_phone(value, regions)
    if number is None:
        return None
    places = [at for at, one in enumerate(value) if one.isdecimal()]
    digits = "".join(str(unicodedata.decimal(value[at])) for at in places)
    begin = digits.find(national_significant_number(number))
    if begin < 0:  # letters stand for some of its digits
        return None
    other = _unassigned(number, len(national_significant_number(number)), normal, key)
    if other is None:
        return None
    extension = f"{key.draw('PHONE_NUMBER', digits):080d}"[-len(digits) :]
    letters = list(value)
    for at, digit in zip(places[begin:], other + extension, strict=False):
        letters[at] = digit
    return "".join(letters)


def _unassigned(number: Any, length: int, normal: str, key: Key) -> str | None:
    """Return *length* digits, the first not zero, that are no number in the country of *number*."""
    from phonenumbers import PhoneNumber, is_valid_number

    for attempt in range(_ATTEMPTS):
        drawn = key.draw("PHONE_NUMBER", normal, attempt)
        digits = str(10 ** (length - 1) + drawn % (9 * 10 ** (length - 1)))
        if not is_valid_number(PhoneNumber(country_code=number.country_code, national_number=int(digits))):
            return digits
    return None
