"""What libphonenumber takes for a number is never ruled out before it is asked."""

from __future__ import annotations

from collections.abc import Iterator

import phonenumbers
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from policies.pii.phones.numbering_plans import may_verify, may_verify_abroad, shortest
from policies.pii.phones.numbers import PHONE_REGIONS, _verifies

REGIONS = (*PHONE_REGIONS, "ZA", "IT", "RU", "KZ", "MX", "HU", "AR", "SM", "AT", "GG")
PREFIXES = ("", "0", "1", "8", "06", "00", "015", "9015", "180020", "011")
BOTH = st.tuples(
    st.sampled_from(["", "0", "00", "011", "1", "49", "44", "0049", "9", "90", "55", "972", "91"]),
    st.text("0123456789", min_size=1, max_size=15),
)


def examples(region: str) -> Iterator[str]:
    """Iterate national numbers of a region, of all types that it has."""
    for kind in range(11):
        if number := phonenumbers.example_number_for_type(region, kind):
            yield phonenumbers.national_significant_number(number)


@pytest.mark.parametrize("region", REGIONS)
def test_written_numbers_are_not_ruled_out(region: str) -> None:
    """With national, international and carriers' prefixes and without, as written in any of the regions."""
    country = str(phonenumbers.country_code_for_region(region))
    before = [*PREFIXES, *(f"{prefix}{country}" for prefix in PREFIXES), f"{country}0", f"{country}8"]
    known = 0
    for digits in {prefix + number for prefix in before for number in examples(region)}:
        verified = [one for one in REGIONS if _verifies(digits, one)]
        known += len(verified)
        assert all(may_verify(digits, one) and len(digits) >= min(shortest(one), 7) for one in verified), digits
    assert known > 20


def test_numbers_of_all_countries_are_not_ruled_out() -> None:
    """Behind a plus sign or what is dialled in its place, with and without a national prefix."""
    known = 0
    for region in sorted(phonenumbers.SUPPORTED_REGIONS):
        country = phonenumbers.country_code_for_region(region)
        for digits in (f"{country}{prefix}{number}" for number in examples(region) for prefix in ("", "0", "8")):
            if _verifies(f"+{digits}", "ZZ"):
                known += 1
                assert may_verify_abroad(digits), digits
                assert may_verify(f"00{digits}", "DE"), digits
    assert known > 1500


@given(parts=BOTH)
@settings(max_examples=1500, deadline=None)
def test_no_digits_are_ruled_out_that_are_a_number(parts: tuple[str, str]) -> None:
    """Whatever digits are put together, in the regions that are asked about by default and behind a plus sign."""
    digits = "".join(parts)
    assert all(may_verify(digits, region) for region in REGIONS if _verifies(digits, region))
    assert may_verify_abroad(digits) or not _verifies(f"+{digits}", "ZZ")


def test_what_needs_a_national_prefix_is_ruled_out_without() -> None:
    """Years, counts and the like are not parsed again and again."""
    assert not any(may_verify(digits, region) for digits in ("2019", "301234567") for region in ("DE", "FR", "GB"))
    assert may_verify("0301234567", "DE")
