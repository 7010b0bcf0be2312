import pyarrow as pa
import pytest

from policies.pii.own.reserved_mail import ReservedMail
from policies.pii.scrubber import Scrubber

RESERVED = [
    "jane@host.local",
    "a.b@intranet.test",
    "x@mail.example",
    "who@box.internal",
    "me@srv1.lan",
    "u@corp.unknowntld",
]


@pytest.mark.parametrize("address", RESERVED)
def test_addresses_below_no_public_suffix_are_found(address: str) -> None:
    """Reserved names and top-level domains nobody knows."""
    text = f"write to <{address}>."

    assert [text[one.start : one.end] for one in ReservedMail().spans(text)] == [address]


@pytest.mark.parametrize(
    "text", ["jane@example.com", "icon@2x.png", "user@localhost", "@decorator.test", "a@b", "git@@x.test"]
)
def test_others_are_not(text: str) -> None:
    """Public addresses are Presidio's; a file, a bare name, a decorator are none."""
    assert list(ReservedMail().spans(text)) == []


@pytest.mark.parametrize("address", RESERVED)
def test_they_are_noted_and_by_a_setting_replaced(address: str) -> None:
    """The finding is on record either way, so that an erasure finds it."""
    text = pa.array([f"write to {address} or jane@example.com"])
    noted, acted = Scrubber().scrub(text), Scrubber(reserved_mail=True).scrub(text)

    assert noted.text.to_pylist() == [f"write to {address} or <EMAIL_ADDRESS_2>"]
    assert acted.text.to_pylist() == ["write to <EMAIL_ADDRESS_1> or <EMAIL_ADDRESS_2>"]
    assert [len(one.findings[0].as_py()) for one in (noted, acted)] == [2, 2]


def test_a_noted_address_hides_nothing() -> None:
    """A number inside it is replaced as if there were no address."""
    found = Scrubber().scrub(pa.array(["4111111111111111@host.local"]))

    assert "4111" not in found.text[0].as_py()
