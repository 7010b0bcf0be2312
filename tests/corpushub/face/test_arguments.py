from __future__ import annotations

from contextlib import nullcontext
from math import inf, nan

import pytest

from corpushub.errors import BadRequest
from corpushub.face.arguments import some_time


@pytest.mark.parametrize(
    ("seconds", "taken"), [(nan, False), (0.0, False), (-1.0, False), (-inf, False), (0.1, True), (inf, True)]
)
def test_what_is_not_above_0_is_no_time(seconds: float, taken: bool) -> None:
    """It would end nothing, or everything; a time without end is one."""
    with nullcontext() if taken else pytest.raises(BadRequest, match="seconds is"):
        some_time(seconds)
        assert taken
