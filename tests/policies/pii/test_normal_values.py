"""All spellings of a value have one normal form, and different values have different ones."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from policies.pii.normal_values import normal_value

SPELLINGS = [
    ("PHONE_NUMBER", "+12125552368", ["(212) 555-2368", "212.555.2368", "+1 212 555 2368", "1-212-555-2368 ext. 5"]),
    ("PHONE_NUMBER", "+442079460958", ["020 7946 0958", "+44 (0)20 7946 0958", "+44 20 7946 0958"]),
    ("PHONE_NUMBER", "12345", ["1 2-345"]),
    ("EMAIL_ADDRESS", "ann@example.com", ["Ann@Example.COM", "ann@example.com", "ＡＮＮ@example.com"]),
    ("EMAIL_ADDRESS", "ann@xn--bcher-kva.example", ["ann@bücher.example", "ANN@BÜCHER.example"]),
    ("IP_ADDRESS", "2001:db8::1", ["2001:0DB8:0:0:0:0:0:1", "2001:db8::1%eth0", "2001:db8:0::1/64"]),
    ("IP_ADDRESS", "192.0.2.1", ["192.0.2.1", "192.0.2.1/24", "::ffff:192.0.2.1"]),
    ("CREDIT_CARD", "4111111111111111", ["4111 1111 1111 1111", "4111-1111-1111-1111", "٤111111111111111"]),
    ("IBAN_CODE", "GB33BUKB20201555555555", ["GB33 BUKB 2020 1555 5555 55", "gb33bukb20201555555555"]),
    ("US_SSN", "078051120", ["078-05-1120", "078 05 1120"]),
    ("PERSON", "ann straße-meyer", ["Ann  Straße-Meyer", "ANN\nSTRASSE-MEYER"]),
]


@pytest.mark.parametrize(("entity", "normal", "spellings"), SPELLINGS)
def test_spellings_meet(entity: str, normal: str, spellings: list[str]) -> None:
    """However a value is written, its normal form is the same."""
    expected = normal.replace("ß", "ss")
    assert {normal_value(entity, spelling) for spelling in spellings} == {expected}


def test_regions_decide_what_a_number_without_a_country_is() -> None:
    """The first region in which a number is valid takes it, and a country code goes before all of them."""
    assert normal_value("PHONE_NUMBER", "030 901820", ("DE", "US")) == "+4930901820"
    assert normal_value("PHONE_NUMBER", "2125552368", ("DE", "US")) != normal_value(
        "PHONE_NUMBER", "2125552368", ("US",)
    )
    assert normal_value("PHONE_NUMBER", "+1 212 555 2368", ("DE",)) == "+12125552368"


@given(
    st.sampled_from(["PERSON", "US_SSN", "EMAIL_ADDRESS", "IP_ADDRESS", "IBAN_CODE", "CREDIT_CARD"]),
    st.one_of(st.text(max_size=20), st.text("aB@.é-0123: ß%/", max_size=20)),
)
def test_normal_forms_are_normal(entity: str, value: str) -> None:
    """Whatever the value, its normal form is its own."""
    once = normal_value(entity, value)
    assert normal_value(entity, once) == once
