"""How a number is written: with N significant digits, and whether that is all of it."""

from __future__ import annotations

import math
from decimal import Decimal

PLAIN = range(-4, 7)  # powers of ten that are written without an exponent


def number_text(value: float | Decimal, digits: int) -> tuple[str, bool]:
    """Return a number as text, and whether the text is the whole number.

    >>> number_text(0.5, 4), number_text(0.6457039112315864, 4), number_text(1e-8, 4)
    (('0.5', True), ('0.6457', False), ('1e-08', True))
    """
    if isinstance(value, Decimal):
        return decimal_text(value), True
    if not math.isfinite(value):
        return str(value), True
    exact = Decimal(repr(value))
    if len(exact.normalize().as_tuple().digits) <= digits:
        return decimal_text(shortest(exact)), True
    rounded = f"{value:.{digits - 1}e}"
    power = int(rounded.partition("e")[2])
    if power in PLAIN:
        return f"{value:.{max(digits - 1 - power, 0)}f}", False
    return rounded, False


def decimal_text(value: Decimal) -> str:
    """Return a decimal with the digits it has."""
    if value == 0:
        return "0"
    cut = int(value.as_tuple().exponent) > 0  # zeros at the end would look like digits
    if value.adjusted() in PLAIN and not cut:
        return f"{value:f}"
    mantissa = value.scaleb(-value.adjusted())
    return f"{mantissa:f}e{value.adjusted():+03d}"


def shortest(value: Decimal) -> Decimal:
    """Return a decimal without zeros at its end, whole numbers of readable size in full."""
    if value == value.to_integral_value() and value.adjusted() in PLAIN:
        return value.quantize(Decimal(1))
    return value.normalize()


def json_number(value: float) -> float | str:
    """Return a number as JSON takes it; JSON has no word for what is not finite."""
    if math.isfinite(value):
        return value
    return "NaN" if math.isnan(value) else "Infinity" if value > 0 else "-Infinity"
