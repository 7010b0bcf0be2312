from __future__ import annotations

from math import inf, nan

import pytest

from corpushub.errors import BadRequest
from corpushub.face.arguments import some_time


@pytest.mark.parametrize("seconds", [nan, 0.0, -1.0, -inf])
def test_no_time_is_refused(seconds: float) -> None:
    """What is not above 0 ends nothing, or everything."""
    with pytest.raises(BadRequest, match="seconds is"):
        some_time(seconds)


def test_any_time_is_one() -> None:
    """Also one without end."""
    some_time(0.1)
    some_time(inf)
