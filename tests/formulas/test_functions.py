"""The functions of schedules, in every arithmetic."""

import math
from decimal import Decimal

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from clearprop.formulas.arithmetic import DECIMALS, FAST, FLOATS, STRICT, evaluate
from clearprop.formulas.expressions import Expression, Variable, cos, floor, power

x, n = Variable("x"), Variable("n")
ANY = st.floats(allow_nan=True, allow_infinity=True)


def same(found: float, expected: float) -> bool:
    return found == expected or (math.isnan(found) and math.isnan(expected))


@given(ANY, ANY)
@pytest.mark.parametrize("tree", [cos(x), floor(x), power(x, n)])
def test_strict_arrays_have_the_bits_of_floats(tree: Expression, a: float, b: float) -> None:
    one = evaluate(tree, {"x": a, "n": b}, FLOATS)
    assert isinstance(one, float)
    with np.errstate(all="ignore"):
        array = evaluate(tree, {"x": np.array([a, a]), "n": np.array([b, b])}, STRICT)
        fast = evaluate(tree, {"x": np.array([a]), "n": np.array([b])}, FAST)
    assert all(same(found, one) for found in array.tolist())
    np.testing.assert_allclose(fast, [one], rtol=1e-12, atol=1e-12)


def test_decimals_know_them_to_fifty_digits() -> None:
    values = {"x": Decimal("2.5"), "n": Decimal(3)}
    assert evaluate(floor(x), values, DECIMALS) == 2
    assert evaluate(floor(-x), values, DECIMALS) == -3
    assert evaluate(power(x, n), values, DECIMALS) == Decimal("15.625")
    assert str(evaluate(cos(x), values, DECIMALS)).startswith("-0.801143615546933714")


def test_no_rows_have_no_values() -> None:
    empty = np.zeros(0)
    for tree in (cos(x), floor(x), power(x, n)):
        assert evaluate(tree, {"x": empty, "n": 2.0}, STRICT).shape == (0,)
