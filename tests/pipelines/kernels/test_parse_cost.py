import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.kernels.parse_cost import parse_cost

PAGE = b"<html><head><title>t</title></head><body><ul><li>one<li>two</ul><p>text <b>bold</b><br>" * 50


def test_ordinary_pages_cost_little() -> None:
    """Balanced and implied tags add up to a few steps each."""
    assert parse_cost(PAGE) < 10 * PAGE.count(b"<")


@pytest.mark.parametrize(
    "page",
    [
        b"<div>" * 20_000,
        b"<div></span>" * 20_000,
        b"<div><!-- </div> -->" * 20_000,
        b"<div title='</div>'>" * 20_000,
        b"<div><script>'</div>'</script>" * 20_000,
        b"<svg><style><div></style>" * 20_000,
        b"".join(b"<font size=%d>x<p>" % i for i in range(20_000)),
        b"<a " + b"".join(b"x%d " % i for i in range(200_000)) + b">",
    ],
)
def test_hostile_pages_cost_the_square_of_their_tags(page: bytes) -> None:
    """Nesting, open formatting and masses of attributes are seen, also behind what only looks like end tags."""
    assert parse_cost(page) > 1 << 24


@pytest.mark.parametrize(
    "page", [b"<script>" + b"'<div>'" * 9999, b"<!--" + b"<div>" * 9999, b"<p>x" * 9999, b"<br>" * 9999]
)
def test_what_does_not_nest_costs_nothing_more(page: bytes) -> None:
    """Scripts, comments, void elements and those that end by themselves are not taken for nesting."""
    assert parse_cost(page) < 10 * 9999


@given(
    st.lists(st.sampled_from([b"<", b">", b"/", b"!", b"--", b"a", b"'", b"=", b" ", b"script", b"svg", b"\xff"])).map(
        b"".join
    )
)
@settings(deadline=None)
def test_any_bytes_have_a_cost(html: bytes) -> None:
    """The estimate ends, and is bounded by the square of the length."""
    assert 0 <= parse_cost(html) <= 20 * (len(html) + 1) ** 2
