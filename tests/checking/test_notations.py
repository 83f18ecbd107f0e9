"""Single lines in other people's notations, held against the seed's lesson: 2-1-1, w 0.5, 0.3, 0.8."""

import pytest

from clearprop.checking.judging import check
from clearprop.network.lesson import seed_lesson

RIGHT = [
    # superscripts that count weights, and those that are powers
    "w^1 = 0.5, w^2 = 0.3, w^3 = 0.8",
    "w^1 = 0.5, w^2 = 0.3, w^3 = 0.8\n∂L/∂w^3 = -0.1216",
    "h = 0.7503\nh^2 = 0.5629",
]


def marks(text):
    """Return the marks of a text's equalities under the seed's lesson."""
    return [judgement.mark for judgement in check(text, seed_lesson()).judgements]


@pytest.mark.parametrize("text", RIGHT)
def test_right_work_is_marked_right(text):
    found = marks(text)
    assert found
    assert set(found) == {"right"}
