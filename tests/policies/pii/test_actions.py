"""Each action puts in the place of a value what it promises."""

from __future__ import annotations

import re
from ipaddress import ip_address, ip_network

import phonenumbers
import pytest
from hypothesis import given
from hypothesis import strategies as st

from policies.pii.actions import Action, Value, replacement
from policies.pii.keys import Key
from policies.pii.normal_values import normal_value
from policies.pii.phones.numbers import PHONE_REGIONS

KEY, OTHER = Key(b"the key of these tests"), Key(b"another key of these tests")
DOCUMENTATION = [ip_network(name) for name in ("192.0.2.0/24", "198.51.100.0/24", "203.0.113.0/24", "2001:db8::/32")]


def replaced(entity: str, text: str, action: Action, key: Key | None = KEY) -> str:
    """Replace a value."""
    return replacement(Value(entity, text, normal_value(entity, text), 3), action, key, PHONE_REGIONS)


def test_plain_replacements_need_no_key() -> None:
    """Placeholders carry type and number, labels the type, masks the length."""
    assert replaced("EMAIL_ADDRESS", "a@example.com", Action.PLACEHOLDER, None) == "<EMAIL_ADDRESS_3>"
    assert replaced("EMAIL_ADDRESS", "a@example.com", Action.LABEL, None) == "<EMAIL_ADDRESS>"
    assert replaced("EMAIL_ADDRESS", "é@x.org", Action.MASK, None) == "*******"


@pytest.mark.parametrize("action", [Action.PSEUDONYM, Action.SURROGATE, Action.KEEP, Action.DROP])
def test_what_cannot_replace_is_refused(action: Action) -> None:
    """Without a key there is no keyed replacement, and to keep or drop replaces nothing."""
    with pytest.raises(ValueError, match="cannot replace"):
        replaced("EMAIL_ADDRESS", "a@example.com", action, None)


def test_pseudonyms_follow_the_value_and_the_key() -> None:
    """A pseudonym is the half of the keyed hash: equal for all spellings, different for each value, type and key."""
    pseudonym = replaced("EMAIL_ADDRESS", "A@Example.com", Action.PSEUDONYM)
    assert pseudonym == f"<EMAIL_ADDRESS:{KEY.hash('EMAIL_ADDRESS', 'a@example.com')[:16]}>"
    others = [
        replaced("EMAIL_ADDRESS", "b@example.com", Action.PSEUDONYM),
        replaced("PERSON", "a@example.com", Action.PSEUDONYM),
        replaced("EMAIL_ADDRESS", "a@example.com", Action.PSEUDONYM, OTHER),
    ]
    assert len({pseudonym, *others}) == 4


@given(st.emails() | st.sampled_from(["ann@bücher.example"]))
def test_surrogate_addresses_are_addresses(value: str) -> None:
    """An e-mail address becomes one at example.org, the same for each spelling and another for each key."""
    made = replaced("EMAIL_ADDRESS", value, Action.SURROGATE)
    assert re.fullmatch(r"u[0-9a-f]{16}@example\.org", made)
    assert made == replaced("EMAIL_ADDRESS", value.lower(), Action.SURROGATE)
    assert made != replaced("EMAIL_ADDRESS", value, Action.SURROGATE, OTHER)


@given(st.ip_addresses(), st.sampled_from(["", "/24", "%eth0"]))
def test_surrogate_ips_are_of_the_documentation_ranges(address: object, suffix: str) -> None:
    """An IP address stays one of its family, in a range that nobody has; mask and zone stay."""
    made = replaced("IP_ADDRESS", f"{address}{suffix}", Action.SURROGATE)
    assert made.endswith(suffix)
    other = ip_address(made.removesuffix(suffix))
    assert other.version == ip_address(str(address)).version
    assert any(other in network for network in DOCUMENTATION if network.version == other.version)


@pytest.mark.parametrize(
    "written", ["(212) 555-2368", "+1 212 555 2368", "020 7946 0958", "+44 20 7946 0958", "+49 30 901820", "030/901820"]
)
def test_surrogate_numbers_keep_their_shape(written: str) -> None:
    """A phone number keeps country code and punctuation, and becomes one that its country does not assign."""
    made = replaced("PHONE_NUMBER", written, Action.SURROGATE)
    assert re.sub(r"\d", "#", made) == re.sub(r"\d", "#", written)
    assert made != written
    if written.startswith("+"):
        assert made.split()[0] == written.split()[0]
        assert not phonenumbers.is_valid_number(phonenumbers.parse(made))


def test_surrogate_numbers_are_stable_over_spellings() -> None:
    """Two spellings of one number have the same digits in their surrogates; the extension changes too."""
    national = re.sub(r"\D", "", replaced("PHONE_NUMBER", "(212) 555-2368", Action.SURROGATE))
    assert re.sub(r"\D", "", replaced("PHONE_NUMBER", "+1 212.555.2368", Action.SURROGATE)) == "1" + national
    extended = replaced("PHONE_NUMBER", "212-555-2368 ext. 7777", Action.SURROGATE)
    assert re.sub(r"\D", "", extended)[:10] == national
    assert "7777" not in extended


@pytest.mark.parametrize(("entity", "value"), [("CREDIT_CARD", "4111 1111 1111 1111"), ("IP_ADDRESS", "::bad::")])
def test_what_has_no_surrogate_gets_a_pseudonym(entity: str, value: str) -> None:
    """Types without a format of their own, and values that do not parse, are replaced all the same."""
    assert replaced(entity, value, Action.SURROGATE) == replaced(entity, value, Action.PSEUDONYM)
