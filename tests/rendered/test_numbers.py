"""How a number is written: rounding that carries, exponents, negatives, and what is not finite."""

import math
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clearprop.render.latex import figure_latex
from clearprop.render.numbers import json_number, number_text

WRITTEN = [
    # value, digits, text, whether that is all of it
    (0.5, 4, "0.5", True),
    (1.0, 4, "1", True),
    (100.0, 1, "100", True),
    (0.0, 4, "0", True),
    (-0.0, 4, "0", True),
    (0.12345, 4, "0.1235", False),  # the float 0.12345 lies above the tie
    (0.12552571851659558, 4, "0.1255", False),
    (0.12552571851659558, 1, "0.1", False),
    (-0.0242988596, 4, "-0.02430", False),  # the 0 at its end is a digit, and stays
    (9.99996, 4, "10.00", False),
    (0.99996, 4, "1.000", False),
    (99999.6, 5, "100000", False),
    (0.000099999, 4, "0.0001000", False),
    (0.00009999, 4, "9.999e-05", True),
    (0.0000999996, 4, "0.0001000", False),
    (9999996.0, 4, "1.000e+07", False),
    (1e-8, 4, "1e-08", True),
    (1.23456e-8, 4, "1.235e-08", False),
    (1.5e300, 4, "1.5e+300", True),
    (5e-324, 4, "5e-324", True),
    (1e6, 4, "1000000", True),
    (1e7, 4, "1e+07", True),
    (123456.7, 4, "123457", False),  # whole numbers are not cut
    (math.pi, 17, "3.141592653589793", True),
    (math.inf, 4, "inf", True),
    (-math.inf, 4, "-inf", True),
    (math.nan, 4, "nan", True),
]


@pytest.mark.parametrize(("value", "digits", "text", "whole"), WRITTEN)
def test_a_number_as_it_is_written(value, digits, text, whole):
    assert number_text(value, digits) == (text, whole)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (Decimal("0.750"), "0.750"),  # by hand: the digits that stand on the paper
        (Decimal("0.1875"), "0.1875"),
        (Decimal("10.0"), "10.0"),
        (Decimal("1.20E-7"), "1.20e-07"),
        (Decimal("-4.50E+12"), "-4.50e+12"),
        (Decimal("0.000"), "0"),
    ],
)
def test_a_decimal_keeps_its_digits(value, text):
    assert number_text(value, 2) == (text, True)


@settings(deadline=None)
@given(st.floats(allow_nan=False, allow_infinity=False), st.integers(1, 17))
def test_what_is_written_is_the_number_to_the_digits_asked_for(value, digits):
    text, whole = number_text(value, digits)
    error = abs(Decimal(text) - Decimal(value))
    if whole:
        assert float(text) == value
    else:
        unit = Decimal(1).scaleb(Decimal(value).adjusted() - digits + 1)
        assert error <= unit / 2


@settings(deadline=None)
@given(st.floats(allow_nan=False, allow_infinity=False))
def test_seventeen_digits_read_back_to_the_same_bits(value):
    assert float(number_text(value, 17)[0]) == value


@pytest.mark.parametrize(
    ("text", "latex"),
    [
        ("0.5", "0.5"),
        ("-0.5", "-0.5"),
        ("1.5e+300", r"1.5 \times 10^{300}"),
        ("-1.234e-05", r"-1.234 \times 10^{-5}"),
        ("inf", r"\infty"),
        ("-inf", r"-\infty"),
        ("nan", r"\text{NaN}"),
        ("e", "e"),
    ],
)
def test_a_number_in_latex(text, latex):
    assert figure_latex(text) == latex


def test_json_has_words_for_what_is_not_finite():
    assert [json_number(v) for v in (0.5, math.inf, -math.inf)] == [0.5, "Infinity", "-Infinity"]
    assert json_number(math.nan) == "NaN"
